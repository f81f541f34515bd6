//! The whole of Faultline in one file: opened from the disk in both browsers, and put into a package for
//! a course.

use browser::{Browser, Page, Storage};
use std::fs;
use std::path::PathBuf;

fn file() -> PathBuf {
    let file = browser::dist().join("faultline.html");
    if !file.is_file() {
        browser::xtask(&["build", "--single"]);
    }
    file
}

/// Keeps what is to be saved, in place of saving it.
const KEEP: &str = "(() => { window.saved = {}; let last; \
    window.URL.createObjectURL = (blob) => (last = blob, 'blob:none'); \
    window.HTMLAnchorElement.prototype.click = function () { saved[this.download] = last; }; })()";

fn opens_and_plays(browser: Browser) {
    let file = file();
    let bytes = fs::metadata(&file).expect("it was built").len();
    assert!((100_000..=1_500_000).contains(&bytes), "{bytes} bytes");
    let page = Page::blank_in(browser, Storage::Allowed);
    page.goto_url(&format!("file://{}#/lab/raft?seed=1", file.display()));
    page.click("Next change");
    page.click("Step");
    page.click("Play");
    page.click("Pause");

    // The diagram as pixels: both browsers draw it, and there is something on it.
    page.eval(KEEP);
    page.click("Share");
    page.click("tab:File");
    page.click("Diagram .png");
    page.wait_until("the picture", "!!saved['raft.png']");
    let colours = page.eval_async(
        "createImageBitmap(saved['raft.png']).then((picture) => { \
           const canvas = Object.assign(document.createElement('canvas'), { width: picture.width, height: picture.height }); \
           const context = canvas.getContext('2d'); context.drawImage(picture, 0, 0); \
           const { data } = context.getImageData(0, 0, picture.width, picture.height); \
           const colours = new Set(); for (let at = 0; at < data.length; at += 4) colours.add((data[at] << 16) | (data[at + 1] << 8) | data[at + 2]); \
           done([picture.width, colours.size]); })",
    );
    assert_eq!(colours[0], 2_400);
    assert!(colours[1].as_u64() > Some(20), "{colours}");
    let loaded = page.eval("performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => !/^(data|blob):/.test(name))");
    assert_eq!(loaded, serde_json::json!([]), "nothing is fetched");
    assert_eq!(page.console_errors(), [""; 0]);
}

#[test]
fn one_file_opens_without_a_server_and_plays_a_lab() {
    opens_and_plays(Browser::Chromium);
}

#[test]
fn one_file_opens_without_a_server_and_plays_a_lab_in_firefox_too() {
    opens_and_plays(Browser::Firefox);
}

#[test]
fn the_dialog_gives_the_one_file_and_a_package_for_a_course() {
    file();
    let page = Page::open("#/lab/bully?seed=1&f=k5@1000~5s_expect_agreed~6s_stop");
    page.eval(KEEP);
    page.click("Share");
    page.click("tab:File");
    page.click("All of Faultline in one file…");
    page.wait_until("the file", "saved['faultline.html']?.size > 100000");
    page.click("tab:Embed");
    page.click("From the start…");
    page.click("To look at only");
    page.click("Save for a course…");
    page.wait_until("the package", "saved['faultline-bully.zip']?.size > 100000");
    let inside = page.eval_async(
        "saved['faultline-bully.zip'].text().then((text) => done(['imsmanifest.xml', 'tincan.xml', 'index.html', 'lms.js', \
         'faultline.html#/embed/lab/bully?seed=1&amp;f=k5@1000'].filter((part) => !text.includes(part))))",
    );
    assert_eq!(inside, serde_json::json!([]), "all of these are in the package");
}
