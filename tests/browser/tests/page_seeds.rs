//! One script over many seeds, in the page.

use browser::Page;

/// A crashed leader, and how long until there is another one.
const CRASH: &str = "lab raft seed=1 clients=0\nwhen agreed: crash leader\nwhen leader: stop\n";

/// A row of the summary: the set-up, the runs, those that never got there, and the spread.
fn row(page: &Page, place: usize) -> Vec<String> {
    let cells = format!(
        "[...document.querySelectorAll('.spread-table tbody tr')[{place}].cells].map(c => c.innerText.trim())"
    );
    let cells = page.eval(&cells);
    cells.as_array().unwrap().iter().map(|cell| cell.as_str().unwrap().to_string()).collect()
}

/// A time in milliseconds.
fn ms(text: &str) -> f64 {
    let (number, unit) = text.split_once(' ').unwrap();
    number.parse::<f64>().unwrap() * if unit == "s" { 1_000.0 } else { 1.0 }
}

#[test]
fn two_hundred_crashes_show_the_shape_of_figure_16() {
    let page = Page::open("#/lab/raft");
    page.click("Run many seeds");
    page.set_value("Script that is played with each seed", CRASH);
    page.set_value("Seeds", "200");
    let short =
        "election_ms_min=12 election_ms_max=24 heartbeat_ms=5 latency_ms_min=2 latency_ms_max=3";
    page.set_value("Other set-ups…", &format!("{short}; election_ms_max=155"));
    page.click("Run them");
    page.wait_for_text("All 600 runs are played.");
    let medians: Vec<f64> = (0..3).map(|place| ms(&row(&page, place)[4])).collect();
    assert_eq!((row(&page, 0)[1].as_str(), row(&page, 0)[2].as_str()), ("200", "0"));
    assert!(medians[1] * 5.0 < medians[0] && medians[0] * 3.0 < medians[2], "{medians:?}");
    let lines = page.eval("document.querySelectorAll('.spread-line').length");
    assert_eq!(lines.as_u64(), Some(3));
}

#[test]
fn what_a_learner_did_is_played_with_other_seeds_and_each_run_opens() {
    let page = Page::open("#/lab/raft");
    let controls = page.controls();
    let leader = controls.iter().find(|control| control.name.contains(", leader,")).unwrap();
    let number = leader.name.trim_start_matches("Node ").split(',').next().unwrap().to_string();
    page.click(&format!("Kill node {number}"));
    page.click("Run many seeds");
    page.set_value("Seeds", "20");
    page.click("Run them");
    page.wait_for_text("All 20 runs are played.");
    let script = page.eval("document.querySelector('[name=script]').value");
    assert!(script.as_str().unwrap().contains("crash leader"), "{script}");
    assert_eq!(row(&page, 0)[2], "0", "in every run somebody leads again");
    page.eval("document.querySelector('.runs-list').closest('details').open = true");
    page.click("Seed 7");
    page.wait_for_text("seed 7");
}

#[test]
fn it_can_be_stopped_and_says_what_is_wrong() {
    let page = Page::open("#/lab/raft");
    page.click("Run many seeds");
    page.set_value("Seeds", "50000");
    page.click("Run them");
    page.click("Stop");
    page.wait_for_text("Stopped after");
    page.set_value("Other set-ups…", "colour=red");
    page.click("Run them");
    page.wait_for_text("no `colour`");
}

#[test]
fn a_measure_is_drawn_as_curves_over_a_parameter() {
    let page = Page::open("#/lab/retry?scenario=one-row");
    page.click("Run many seeds");
    page.set_value("Seeds", "3");
    page.set_value("Other set-ups…", "backoff=none jitter=none; jitter=none");
    page.set_value("Over a parameter", "rate=10,20,40");
    page.click("Run them");
    page.wait_for_text("All 27 runs are played.");
    let measures =
        "[...document.querySelector('figure.spread').parentElement.querySelectorAll('option')]";
    let calls = page.eval(&format!("{measures}.findIndex(it => it.textContent === 'Calls')"));
    page.set_value("Measure", &calls.to_string());
    page.wait_for_text("Calls: medians over");
    let lines = page.eval("document.querySelectorAll('.spread-line').length");
    assert_eq!(lines.as_u64(), Some(3));
    let figures: Vec<f64> = row(&page, 2).iter().map(|cell| cell.parse().unwrap()).collect();
    // 40 writers: full jitter, no backoff, no jitter.
    assert_eq!(figures[0], 40.0);
    assert!(figures[1] < figures[2] && figures[1] < figures[3], "{figures:?}");
}
