//! The same bytes natively and in the browser.

use browser::Page;
use faultline::labs;
use faultline::play::selftest;

#[test]
fn a_hundred_runs_have_the_same_digests_natively_and_in_the_browser() {
    let page = Page::open("#/selftest");
    page.wait_until(
        "the runs are done",
        "document.querySelector('#selftest-result')?.dataset.done === 'true'",
    );
    let text = page.text_of("#selftest-result");
    let browser: Vec<serde_json::Value> = serde_json::from_str(&text).expect("a JSON list");
    assert_eq!(browser.len() as u64, selftest::RUNS);
    let mut steps = 0;
    for (n, there) in browser.iter().enumerate() {
        let here = selftest::run(n as u64, labs::ALL);
        assert_eq!(there["setup"], here.setup);
        assert_eq!(there["steps"], here.steps, "{}", here.setup);
        assert_eq!(there["digest"], here.digest, "{}", here.setup);
        steps += here.steps;
    }
    // Runs in which nothing happens would prove nothing.
    assert!(steps > 100 * selftest::RUNS, "{steps}");
}
