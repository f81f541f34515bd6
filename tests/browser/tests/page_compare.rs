//! Several runs beside each other, as a person makes and sees them.

use browser::Page;

/// How many nodes of a run say that they lead and are up.
fn leaders(page: &Page, run: &str) -> usize {
    let is = |name: &str| name.starts_with(&format!("{run}, node ")) && name.contains(", leader,");
    let up = |name: &str| !name.contains("crashed");
    page.controls().iter().filter(|control| is(&control.name) && up(&control.name)).count()
}

/// Waits until the runs have been played and can be looked at.
fn ready(page: &Page) {
    page.wait_until("the figures", "document.querySelectorAll('.counters dd').length > 0");
    page.wait_until("the runs to be ready", "!document.querySelector('.play').disabled");
}

/// Waits until the node of this name is seen to be down.
fn crashed(page: &Page, name: &str, node: u8) {
    let look = format!(
        "[...document.querySelectorAll('.node-spot')].some(spot => \
         spot.ariaLabel.startsWith('{name} {node},') && spot.ariaLabel.includes('crashed'))"
    );
    page.wait_until(&format!("{name} {node} to be down"), &look);
}

fn clock(page: &Page) -> String {
    page.text_of(".compare .clock")
}

#[test]
fn four_forks_are_made_switched_and_compared() {
    let page = Page::open("#/lab/raft?seed=5");
    let place = page.eval("document.querySelector('.slider').value");
    let place = place.as_str().unwrap().to_string();
    for node in [5, 4, 3, 2] {
        page.set_value("Position in the run", &place);
        page.click(&format!("Kill node {node}"));
        page.click("Next change");
        page.click("Next change");
    }
    for (run, node) in [("Run A", 5), ("Run C", 3), ("Run D", 2)] {
        // A run is shown where it was left: just before the act.
        page.click(run);
        page.click("Step");
        crashed(&page, "Node", node);
    }
    page.click("Compare runs");
    ready(&page);
    for (run, node) in [("Run A", 5), ("Run B", 4), ("Run C", 3), ("Run D", 2)] {
        crashed(&page, &format!("{run}, node"), node);
    }
    assert!(page.control("Run B, node 5,…").name.contains(", up"));
    let text = page.text();
    assert_eq!(text.matches("First difference: step ").count(), 3, "{text}");
    assert!(text.contains("Run A: n5 crashes.") && text.contains("Run D: n2 crashes."), "{text}");
    page.click("Back to the lab");
    assert_eq!(page.control("Run D").on, Some(true));
    page.click("Run B");
    page.click("Step");
    crashed(&page, "Node", 4);
}

#[test]
fn one_transport_drives_all_runs() {
    let page = Page::open("#/compare/bully-raft?story=leader-crash&at=2000");
    ready(&page);
    let start = clock(&page);
    page.click("Step");
    let next = clock(&page);
    assert!(next > start, "{next} after {start}");
    page.click("Step back");
    assert_eq!(clock(&page), start);
    for run in ["Bully", "Raft"] {
        assert!(page.control(&format!("{run}, node 5,…")).name.contains("crashed"), "{run}");
        assert_eq!(leaders(&page, run), 0, "{run}");
    }
    page.set_value("Time in all runs", "4000");
    assert_eq!(clock(&page), "4.000 s");
    assert_eq!((leaders(&page, "Bully"), leaders(&page, "Raft")), (1, 1));
    page.click("Play");
    page.wait_until(
        "time to pass",
        "document.querySelector('.compare .clock').textContent > '4.050 s'",
    );
    page.click("Pause");
    page.eval("document.querySelector('[data-side=\"1\"] [data-node=n1]').focus()");
    let before = clock(&page);
    page.press(".");
    page.wait_until(
        "the keys of the stage to work",
        &format!("document.querySelector('.compare .clock').textContent !== '{before}'"),
    );
}

#[test]
fn the_same_cut_makes_two_leaders_in_bully_and_one_in_raft() {
    let page = Page::open("#/compare/bully-raft?story=minority-cut&at=4900");
    ready(&page);
    assert_eq!((leaders(&page, "Bully"), leaders(&page, "Raft")), (2, 1));
    page.wait_for_text("two leaders, service fails");
    page.wait_for_text("one leader, service works");
    let counters = page.text();
    assert!(counters.contains("not applicable"), "nobody writes in Bully: {counters}");
    page.set_value("Story", "/compare/bully-raft?story=flapping-top-node");
    page.wait_for_text("Raft stays with whom it has");
}

#[test]
fn an_act_is_done_in_both_and_a_refusal_says_where_and_why() {
    let page = Page::open("#/compare/bully-raft?story=leader-crash&at=1500");
    ready(&page);
    page.click("Raft, node 2,…");
    page.click("Kill node 2");
    for run in ["Bully", "Raft"] {
        crashed(&page, &format!("{run}, node"), 2);
    }
    page.click("Raft, client 1,…");
    page.click("Kill client 1");
    page.wait_for_text("Bully refuses “crash c1”");
    assert!(page.control("Raft, client 1,…").name.contains("crashed"));
}

#[test]
fn as_printed_is_compared_with_corrected_from_the_lab() {
    let page = Page::open("#/lab/raft?seed=5");
    page.click("Kill node 5");
    page.click("Next change");
    page.click("Compare with…");
    page.click("Compare with as-printed");
    ready(&page);
    page.wait_for_text("First difference: step ");
    page.control("corrected, node 1,…");
    page.control("as-printed, node 1,…");
    let text = page.text();
    assert!(text.contains("Verdicts") && text.contains("Invariants"), "{text}");
    page.click("Back to the lab");
    page.control("Play");
    page.click("Step");
}

#[test]
fn another_seed_or_parameter_is_compared_from_the_lab_and_by_key() {
    let page = Page::open("#/lab/raft?seed=5");
    page.click("Node 1…");
    page.press("v");
    page.set_value("Parameter", "heartbeat_ms");
    page.set_value("Its other value", "100");
    page.click("Compare set-ups");
    ready(&page);
    page.control("Heartbeat interval 100 ms, node 1,…");
    page.control("Heartbeat interval 50 ms, node 1,…");
}

#[test]
fn the_courses_table_is_measured_and_each_figure_opens_its_runs() {
    let page = Page::open("#/compare/bully-raft");
    ready(&page);
    assert!(!page.text().contains("two leaders in"), "nothing is claimed before it is measured");
    page.eval("document.querySelector('.compare-measured').scrollIntoView()");
    page.click("Measure it");
    page.wait_for_text("two leaders in 10 of 10");
    page.wait_until(
        "all runs",
        "(bar => bar && bar.value === bar.max)(document.querySelector('progress'))",
    );
    page.wait_for_text("“Critical consensus”");
    page.wait_for_text("Quoted only");
    page.eval("document.querySelectorAll('.measure details')[6].querySelector('summary').click()");
    let link =
        page.eval("document.querySelectorAll('.measure details')[6].querySelector('a').hash");
    page.goto(link.as_str().unwrap());
    page.control("Play");
    page.wait_for_text("A story is ready");
}

#[test]
fn nothing_need_be_scrolled_sideways_at_any_size() {
    let page = Page::blank();
    for (width, height) in [(1440, 900), (1024, 768), (800, 600), (390, 844), (320, 640)] {
        page.set_size(width, height);
        page.goto("#/compare/bully-raft?story=minority-cut&at=4900");
        ready(&page);
        let fits = page.eval("document.documentElement.scrollWidth <= innerWidth");
        assert_eq!(fits, true, "{width}");
        assert_eq!(page.eval("innerWidth"), width, "{width}");
        page.goto("");
    }
}

#[test]
fn a_comparison_that_makes_no_sense_says_what_there_is() {
    let page = Page::open("#/compare/nothing");
    page.wait_for_text("There is nothing called “nothing” to compare");
    page.goto("#/compare/bully-raft?story=none");
    page.wait_for_text("There is no story `none`");
}
