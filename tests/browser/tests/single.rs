//! The whole of Faultline in one file: opened from the disk in both browsers, and put into a package for
//! a course.

use browser::{Browser, Page, Storage};
use faultline::play::embed::Package;
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Cursor, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

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

/// Files by their names.
type Files = BTreeMap<String, Vec<u8>>;

/// Serves files as a learning management system does: plainly, and without a policy.
fn serve(files: Files) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port can be opened");
    let url = format!("http://{}/", listener.local_addr().expect("it has an address"));
    let files = Arc::new(files);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let files = files.clone();
            // A browser that closes a connection early is no concern of ours.
            thread::spawn(move || answer(&stream, &files));
        }
    });
    url
}

fn answer(mut stream: &TcpStream, files: &Files) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    lines.map_while(Result::ok).take_while(|line| !line.is_empty()).for_each(drop);
    let name = first.split([' ', '?']).nth(1).unwrap_or_default().trim_start_matches('/');
    let (status, body) = match files.get(name) {
        Some(body) => ("200 OK", body.as_slice()),
        None => ("404 Not Found", &[][..]),
    };
    let mime = if name.ends_with(".js") { "text/javascript" } else { "text/html; charset=utf-8" };
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {mime}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    )?;
    stream.write_all(body)
}

/// A system with SCORM 1.2's API, which shows the package and writes down what it is told. A record store
/// is named as well; what would go there is written down, too.
const SYSTEM: &str = r#"<!doctype html><title>course</title><link rel="icon" href="data:,">
<script>
  window.kept = { "cmi.core.lesson_status": "not attempted" };
  window.calls = [];
  window.sent = [];
  window.API = {
    LMSInitialize: () => (calls.push("LMSInitialize"), "true"),
    LMSGetValue: (name) => kept[name] ?? "",
    LMSSetValue: (name, value) => ((kept[name] = value), "true"),
    LMSCommit: () => "true",
    LMSFinish: () => (calls.push("LMSFinish"), "true"),
  };
  window.show = () => {
    document.querySelector("iframe")?.remove();
    const frame = document.createElement("iframe");
    frame.width = 900;
    frame.height = 650;
    const actor = encodeURIComponent(JSON.stringify({ mbox: "mailto:a@example.org" }));
    frame.src = `index.html?endpoint=${encodeURIComponent(location.href + "xapi")}&actor=${actor}`;
    frame.onload = () => {
      frame.contentWindow.fetch = async (url, { body }) => void sent.push([String(url), JSON.parse(body)]);
    };
    addEventListener("DOMContentLoaded", () => document.body.append(frame));
    document.body?.append(frame);
  };
  show();
</script>"#;

#[test]
fn a_package_tells_a_course_the_grade_and_goes_on_where_it_was() {
    let package = Package {
        title: "Bully & its crash",
        id: "bully",
        hash: "/embed/lab/bully?seed=1&f=k5@1000~3s_expect_not_agreed~5s_expect_agreed~6s_stop\
               &play=1&speed=5000",
        page: &fs::read(file()).expect("it was built"),
    };
    let mut zip = zip::ZipArchive::new(Cursor::new(package.zip())).expect("it is a zip");
    let mut files = Files::from([(String::new(), SYSTEM.as_bytes().to_vec())]);
    for place in 0..zip.len() {
        let mut file = zip.by_index(place).expect("it is there");
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).expect("it is stored");
        files.insert(file.name().to_owned(), bytes);
    }
    let page = Page::blank();
    page.goto_url(&serve(files));
    page.wait_until("the grade", "kept['cmi.core.lesson_status'] === 'failed'");
    assert_eq!(
        page.eval("kept['cmi.core.score.raw'] + ' of ' + kept['cmi.core.score.max']"),
        "50 of 100"
    );
    page.wait_until("its state", "kept['cmi.suspend_data']?.startsWith('/lab/bully?seed=1')");
    page.wait_until("the statement", "sent.some(([, { verb }]) => verb.id.endsWith('/failed'))");
    let sent = page.eval("sent.find(([, { verb }]) => verb.id.endsWith('/failed'))");
    assert!(sent[0].as_str().is_some_and(|url| url.ends_with("/xapi/statements")), "{sent}");
    assert_eq!(sent[1]["actor"]["mbox"], "mailto:a@example.org");

    page.eval("(calls.length = 0, delete kept['cmi.core.score.raw'], show())");
    page.wait_until(
        "the old one ends, and a new one begins",
        "calls.join() === 'LMSFinish,LMSInitialize'",
    );
    page.wait_until("it goes on", "frames[0]?.frames[0]?.location.hash.includes('&at=')");
    page.wait_until("with its grade", "kept['cmi.core.score.raw'] === '50'");
}
