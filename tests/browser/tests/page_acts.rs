//! What a person does in a lab, with the pointer.

use browser::Page;

/// The number of the node that leads now.
fn leader(page: &Page) -> String {
    let controls = page.controls();
    let leader = controls.iter().find(|control| control.name.contains(", leader,"));
    let name = &leader.expect("somebody leads").name;
    name.trim_start_matches("Node ").split(',').next().unwrap().to_string()
}

/// A node that does not lead.
fn follower(page: &Page) -> String {
    if leader(page) == "1" { "2".to_string() } else { "1".to_string() }
}

/// The position in the run, as the scrubber has it.
fn position(page: &Page) -> u64 {
    let value = page.eval("document.querySelector('.slider').value");
    value.as_str().unwrap().parse().unwrap()
}

#[test]
fn a_newcomer_kills_the_leader_in_one_click_and_sees_it_recover() {
    let page = Page::open("#/lab/raft");
    let killed = leader(&page);
    page.click(&format!("Kill node {killed}"));
    page.control(&format!("crash n{killed} fault 1 of 1…"));
    assert!(page.control(&format!("Node {killed}, leader…")).name.contains("crashed"));
    page.click("Next change");
    page.click("Next change");
    page.set_value("Speed…", "8");
    page.click("Play");
    page.control("recovered +…");
    page.click("Pause");
    assert_ne!(leader(&page), killed);
    page.click(&format!("Restart node {killed}"));
    assert!(page.control(&format!("Node {killed},…")).name.contains(", up"));
}

#[test]
fn steps_go_forward_and_back() {
    let page = Page::open("#/lab/raft");
    let start = position(&page);
    page.click("Step");
    assert_eq!(position(&page), start + 1);
    page.click("Next message");
    let there = position(&page);
    assert!(there > start + 1);
    page.click("Step back");
    assert_eq!(position(&page), there - 1);
    page.click("Reset scenario");
    assert_eq!(position(&page), start);
}

#[test]
fn a_link_is_cut_one_way_or_both_and_mended() {
    let page = Page::open("#/lab/raft");
    page.click("Link 1 to 2, open");
    page.click("Cut link 1 to 2");
    page.control("Link 1 to 2, cut both ways");
    page.click("Mend link 1 to 2");
    page.control("Link 1 to 2, open");
    page.click("Cut only 2 → 1");
    page.control("Link 1 to 2, cut from 2 to 1");
}

#[test]
fn links_lose_and_delay_what_the_form_says() {
    let page = Page::open("#/lab/raft");
    page.click("Link 1 to 2, open");
    page.set_value("Loss", "40%");
    page.set_value("Latency", "200ms");
    page.click("Apply to the link");
    page.control("Link 1 to 2, open, 1 to 2: latency=200ms loss=40%…");
    page.set_value("Loss", "many");
    page.click("Apply to the link");
    page.wait_for_text("is not a share");
}

#[test]
fn a_partition_is_put_together_by_clicking_nodes() {
    let page = Page::open("#/lab/raft");
    page.click("Partition");
    assert!(page.control("Apply partition").disabled);
    page.click("Node 1…");
    page.click("Node 2…");
    page.click("Apply partition");
    page.control("Link 1 to 2, open");
    page.control("Link 1 to 3, cut both ways");
    page.click("Heal all");
    page.control("Link 1 to 3, open");
}

#[test]
fn a_chosen_message_is_dropped_and_dies() {
    let page = Page::open("#/lab/raft");
    page.click("Next message");
    let controls = page.controls();
    let message = controls.iter().find(|control| control.name.starts_with("Message "));
    let name = message.expect("something is on its way").name.clone();
    let number = name.trim_start_matches("Message ").split(',').next().unwrap();
    // They may lie on each other, as they may for a person: the keyboard reaches each.
    page.eval(&format!("document.querySelector('[data-hit=m{number}]').focus()"));
    page.click(&format!("Drop message {number}"));
    assert!(page.control(&format!("Message {number},…")).name.ends_with("dropped"));
}

#[test]
fn changing_the_past_keeps_the_old_future() {
    let page = Page::open("#/lab/raft");
    let (first, second) = (leader(&page), follower(&page));
    page.click(&format!("Kill node {first}"));
    page.click("Next change");
    page.click("Next change");
    page.click("Step back");
    page.click(&format!("Kill node {second}"));
    page.wait_for_text("The old future is kept as Run A");
    assert_eq!(page.control("Run B").on, Some(true));
    page.click("Run A");
    page.control(&format!("crash n{first} fault 1 of 1…"));
    page.click("Run B");
    page.control(&format!("crash n{second}"));
}

#[test]
fn the_last_fault_can_be_undone() {
    let page = Page::open("#/lab/raft");
    let node = follower(&page);
    page.click(&format!("Kill node {node}"));
    page.click("Undo");
    page.wait_for_text("Run A still has it");
    assert!(page.control(&format!("Node {node},…")).name.contains(", up"));
}

#[test]
fn the_rule_that_fired_is_marked_and_why_leads_to_the_fault() {
    let page = Page::open("#/lab/raft");
    let killed = leader(&page);
    page.click(&format!("Kill node {killed}"));
    for _ in 0..6 {
        page.click("Next change");
        if page.text().contains("stands for election") {
            break;
        }
    }
    page.click("tab:Rules");
    page.wait_until("a marked rule", "document.querySelector('.rule[aria-current=step]')");
    page.click("tab:Why?");
    page.wait_for_text("crash");
    page.click("tab:Script");
    page.wait_until(
        "the script",
        &format!("document.querySelector('textarea.script').value.includes('crash n{killed}')"),
    );
}

#[test]
fn a_script_in_a_link_is_the_same_run() {
    let page = Page::open("#/lab/raft");
    page.click(&format!("Kill node {}", leader(&page)));
    page.click("tab:Script");
    let script = page.eval("document.querySelector('textarea.script').value");
    let script = script.as_str().unwrap().to_string();
    let at = position(&page);
    let hash = page.eval(&format!(
        "'#/lab/raft?at={at}&script=' + encodeURIComponent({})",
        serde_json::json!(script)
    ));
    let other = Page::open(hash.as_str().unwrap());
    assert_eq!(position(&other), at);
    other.click("tab:Script");
    other.wait_until(
        "the same script",
        &format!(
            "document.querySelector('textarea.script').value.startsWith({})",
            serde_json::json!(script.lines().take(2).collect::<Vec<_>>().join("\n"))
        ),
    );
}

#[test]
fn bad_links_say_what_is_wrong_and_what_there_is() {
    let page = Page::open("#/lab/nope");
    page.wait_for_text("There is no lab called “nope”");
    page.click("Raft");
    page.control("Play");
    page.goto("#/lab/raft?nodes=99&colour=red");
    page.wait_for_text("`nodes` goes from 3 to 25");
    page.wait_for_text("has no `colour`");
    page.goto("#/nowhere");
    page.wait_for_text("leads nowhere");
}

#[test]
fn a_failure_of_the_program_is_no_dead_end() {
    let page = Page::open("#/lab/raft?seed=7");
    let at = position(&page) + 1;
    page.goto("");
    page.goto(&format!("#/lab/raft?seed=7&fail={at}"));
    page.click("Step");
    page.wait_for_text(&format!("The simulation stopped at event {at}"));
    assert!(
        page.text().contains("seed 7")
            || page.eval("document.querySelector('textarea').value").to_string().contains("seed 7")
    );
    assert!(page.has("Copy report"));
    page.click("Restart from the last snapshot");
    page.control("Play");
    assert!(!page.console_errors().is_empty(), "the console tells it, too");
}
