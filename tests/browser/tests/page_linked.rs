//! One event in all views: pointing at it anywhere lights what belongs to it everywhere.

use browser::Page;

/// Raft after a node was killed and a message ended, with a panel open.
fn lab(panel: &str) -> Page {
    let page = Page::open("#/lab/raft?seed=1");
    page.click("Kill node 4");
    page.click("Next change");
    page.click("Next change");
    page.click(&format!("tab:{panel}"));
    page.wait_until("the panel", "document.querySelector('#panel [data-step]')");
    page
}

/// The pointer goes to the first element of this selector, or, with `""`, where there is nothing.
fn point_at(page: &Page, css: &str) {
    let (x, y) = match css {
        "" => (5.0, 5.0),
        css => {
            let element = format!("document.querySelector({css:?})");
            page.eval(&format!("{element}.scrollIntoView({{ block: 'center' }})"));
            page.middle(&element)
        }
    };
    page.mouse("mouseMoved", (x, y));
    page.next_frame();
}

fn count(page: &Page, css: &str) -> u64 {
    page.eval(&format!("document.querySelectorAll({css:?}).length")).as_u64().unwrap()
}

/// A message of the diagram that arrived, and at whose arrival a rule fired: its selector.
const ARRIVED: &str = ".slant.arrived:not(.ahead) .reach";

#[test]
fn a_message_of_the_diagram_lights_its_node_its_way_its_row_and_its_rule() {
    let page = lab("Log");
    let log_before = count(&page, ".log-row.lit");
    point_at(&page, ARRIVED);
    assert_eq!((log_before, count(&page, ".log-row.lit")), (0, 1), "its row");
    assert!(count(&page, ".slant.lit") >= 1, "itself, and what the step sent");
    assert_eq!(count(&page, ".stage-picture .node.lit"), 1, "its node");
    assert!(count(&page, ".traces .arrival") >= 1, "its way on the stage");
    let rule = page.text_of(".event-rule");
    assert!(!rule.is_empty() && rule != "No rule fired.", "its rule: {rule}");
    let row = page.text_of(".log-row.lit .log-text");
    point_at(&page, "");
    assert_eq!(count(&page, ".log-row.lit") + count(&page, ".slant.lit"), 0, "nothing stays lit");
    // The same event with the rules open: the line that fired, and the log's sentence.
    page.click("tab:Rules");
    page.wait_until("the rules", "document.querySelector('.rule')");
    point_at(&page, ARRIVED);
    assert!(page.text_of(".event-line").ends_with(&row), "{}", page.text_of(".event-line"));
    assert!(rule.starts_with(&page.text_of(".rule.now .rule-head strong")), "{rule}");
}

#[test]
fn a_row_of_the_log_lights_the_same_by_pointer_and_by_focus() {
    let page = lab("Log");
    let row = ".log-row.here .log-text";
    point_at(&page, row);
    let by_pointer = (count(&page, ".node.lit"), count(&page, ".log-row.lit"));
    assert_eq!(by_pointer, (1, 1));
    let lit = page.eval("document.querySelector('.log-row.lit').dataset.step");
    point_at(&page, "");
    page.eval("document.querySelector('.log-row.here button').focus()");
    page.next_frame();
    assert_eq!(page.eval("document.querySelector('.log-row.lit')?.dataset.step"), lit);
    let marked = format!(":is(.slant, .point).lit[data-step='{}']", lit.as_str().unwrap());
    assert!(count(&page, &marked) >= 1, "the event in the diagram, and what it sent");
}

#[test]
fn a_stage_of_the_strip_a_chip_and_a_firing_are_events_too() {
    let page = lab("Rules");
    for css in [".strip button[data-step]", ".act-chip", ".rule.now .chip"] {
        point_at(&page, "");
        point_at(&page, css);
        let step = page.eval(&format!("document.querySelector({css:?}).dataset.step"));
        let marked = format!(":is(.slant, .point).lit[data-step='{}']", step.as_str().unwrap());
        assert!(count(&page, &marked) >= 1, "{css} lights its event in the diagram");
    }
}

#[test]
fn a_message_on_its_way_lights_its_sending() {
    let page = Page::open("#/lab/raft?seed=1");
    page.click("Next message");
    page.eval("document.querySelector('[data-hit]').focus()");
    page.next_frame();
    let name = page.focused().unwrap().name;
    assert!(name.starts_with("Message "), "{name}");
    assert!(count(&page, ".slant.lit") >= 1, "its line in the diagram");
    assert!(count(&page, ".traces .sending") >= 1, "the ways of what was sent with it");
}

#[test]
fn why_is_drawn_in_the_diagram_and_its_list_keeps_still_under_the_pointer() {
    let page = lab("Why?");
    let links = count(&page, ".why li");
    assert!(links >= 1, "there is a cause");
    assert!(count(&page, ":is(.slant, .point).chain") >= 2, "the chain in the diagram");
    point_at(&page, ".why li p");
    assert_eq!(count(&page, ".why li"), links, "the list is still the same");
    assert!(count(&page, ":is(.slant, .point).lit") >= 1, "the cause is lit");
}
