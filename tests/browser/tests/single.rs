//! The whole of Faultline in one file, opened from the disk.

use browser::Page;
use std::fs;

#[test]
fn one_file_opens_without_a_server_and_plays_a_lab() {
    let file = browser::dist().join("faultline.html");
    if !file.is_file() {
        browser::xtask(&["build", "--single"]);
    }
    let bytes = fs::metadata(&file).expect("it was built").len();
    assert!((100_000..=1_500_000).contains(&bytes), "{bytes} bytes");
    let page = Page::blank();
    page.goto_url(&format!("file://{}#/lab/raft?seed=1", file.display()));
    page.click("Next change");
    page.click("Step");
    let loaded = page.eval("performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => !name.startsWith('data:'))");
    assert_eq!(loaded, serde_json::json!([]), "nothing is fetched");
    assert_eq!(page.console_errors(), [""; 0]);
}
