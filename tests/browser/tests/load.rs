//! The page loads, under the strictest policy, and is light.

use browser::Page;
use std::collections::BTreeSet;
use std::fs;

/// What the first visit may weigh, as it goes over the wire: the page, and a lab that is opened directly.
/// The aim for a lab is 350 kB, which Raft has outgrown; this is what is, so that it grows no further
/// unnoticed.
const BUDGETS: [(&str, u64); 2] = [("", 250_000), ("#/lab/raft", 415_000)];

#[test]
fn the_page_loads_under_the_strict_policy_without_a_word_on_the_console() {
    let page = Page::open("");
    page.wait_for_text("Faultline");
    assert_eq!(page.eval("document.title"), "Faultline");
    assert_eq!(page.console_errors(), [""; 0]);
}

#[test]
fn the_first_load_is_within_its_budget() {
    for (route, budget) in BUDGETS {
        let page = Page::open(route);
        let bytes = page.eval(
            "['navigation', 'resource'].flatMap(type => performance.getEntriesByType(type)) \
             .reduce((sum, entry) => sum + entry.encodedBodySize, 0)",
        );
        let bytes = bytes.as_f64().expect("the browser counts bytes") as u64;
        assert!(
            (10_000..=budget).contains(&bytes),
            "the first load of \"{route}\" is {bytes} bytes; allowed are {budget}"
        );
    }
}

#[test]
fn everything_is_asked_for_once_and_from_the_pages_own_folder() {
    let page = Page::open("#/lab/raft");
    let loaded = page.eval("performance.getEntriesByType('resource').map(entry => entry.name)");
    let loaded: Vec<_> =
        loaded.as_array().unwrap().iter().map(|url| url.as_str().unwrap()).collect();
    let base = browser::address();
    assert!(loaded.iter().all(|url| url.starts_with(&base)), "{loaded:#?}");
    let different: BTreeSet<_> = loaded.iter().collect();
    assert_eq!(different.len(), loaded.len(), "{loaded:#?}");
    let of_other_labs = |url: &&&str| labs_in(url).any(|lab| lab != "raft");
    assert_eq!(loaded.iter().find(of_other_labs), None, "{loaded:#?}");
    assert_eq!(loaded.iter().filter(|url| labs_in(url).count() > 0).count(), 1, "{loaded:#?}");
}

/// The labs whose file this is: one or none.
fn labs_in(url: &str) -> impl Iterator<Item = &'static str> {
    let file = url.rsplit('/').next().unwrap_or_default().to_string();
    let ids = faultline::labs::LISTING.iter().map(|lab| lab.id);
    ids.filter(move |id| file.starts_with(&format!("{id}.")))
}

#[test]
fn a_lab_that_cannot_be_fetched_says_so_and_can_be_tried_again() {
    let page = Page::open("");
    page.cdp("Network.enable", serde_json::json!({}));
    page.cdp("Network.setBlockedURLs", serde_json::json!({ "urls": ["*/raft.*.wasm"] }));
    page.eval("location.hash = '#/lab/raft'");
    page.wait_for_text("This part could not be fetched");
    assert!(!page.console_errors().is_empty(), "the error is on the console, too");
    page.cdp("Network.setBlockedURLs", serde_json::json!({ "urls": [] }));
    page.click("Try again");
    page.click("Step");
}

#[test]
fn a_lab_that_nobody_plays_asks_for_no_frame_and_no_timer() {
    let page = Page::blank();
    let count = "globalThis.asked = 0; for (const name of ['requestAnimationFrame', 'setTimeout', 'setInterval']) { \
                 const own = globalThis[name]; globalThis[name] = (...given) => { asked += 1; return own(...given); }; }";
    page.cdp("Page.addScriptToEvaluateOnNewDocument", serde_json::json!({ "source": count }));
    page.goto("#/lab/raft");
    // Playing shows that the counter counts.
    page.click("Play");
    page.wait_until("frames are asked for", "asked > 10");
    page.click("Pause");
    // Each look asks for the next one. Thirty looks in a row between which nobody else asks are idleness.
    page.eval("(globalThis.quiet = 0, globalThis.before = 0)");
    page.wait_until(
        "nothing is asked for any more",
        "(quiet = asked - before === 1 ? quiet + 1 : 0, before = asked, quiet >= 30)",
    );
}

#[test]
fn without_webassembly_the_page_says_what_to_do() {
    let page = Page::blank();
    let gone = serde_json::json!({ "source": "delete globalThis.WebAssembly" });
    page.cdp("Page.addScriptToEvaluateOnNewDocument", gone);
    page.goto_url(&browser::address());
    page.wait_for_text("could not start");
    assert!(page.text().contains("'wasm-unsafe-eval'"), "{}", page.text());
    assert!(!page.console_errors().is_empty(), "the error is on the console, too");
}

#[test]
fn without_script_the_page_says_what_is_missing() {
    let html = fs::read_to_string(browser::dist().join("index.html")).unwrap();
    assert!(html.contains("<noscript>"));
    let page = Page::blank();
    page.cdp("Emulation.setScriptExecutionDisabled", serde_json::json!({ "value": true }));
    page.goto_url(&browser::address());
    assert!(page.text_of("noscript").contains("JavaScript"));
}

#[test]
fn a_phone_need_not_scroll_sideways() {
    let page = Page::blank();
    page.set_size(390, 844);
    page.goto("");
    assert_eq!(page.eval("innerWidth"), 390);
    assert_eq!(page.eval("document.documentElement.scrollWidth <= innerWidth"), true);
}
