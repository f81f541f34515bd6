//! Everything by keyboard alone, and with a finger on a phone.

use browser::Page;

/// What the announcer said last.
fn said(page: &Page) -> String {
    page.text_of(".caption")
}

fn position(page: &Page) -> u64 {
    let value = page.eval("document.querySelector('.slider').value");
    value.as_str().unwrap().parse().unwrap()
}

/// Goes to the stage as a person without a mouse does.
fn on_stage(page: &Page) {
    page.tab_to("Node 1…");
}

#[test]
fn a_leader_is_killed_and_restarted_with_three_keys() {
    let page = Page::open("#/lab/raft");
    on_stage(&page);
    let leader = page.controls().into_iter().find(|c| c.name.contains(", leader,")).unwrap();
    let number = leader.name.trim_start_matches("Node ").split(',').next().unwrap().to_string();
    page.press(&number);
    assert!(page.focused().unwrap().name.starts_with(&format!("Node {number}, leader")));
    page.press("k");
    page.control(&format!("crash n{number} fault 1 of 1…"));
    assert!(page.focused().unwrap().name.contains("crashed"), "the focus stays on the node");
    page.press("k");
    assert!(page.control(&format!("Node {number},…")).name.contains(", up"));
}

#[test]
fn keys_step_through_time() {
    let page = Page::open("#/lab/raft");
    on_stage(&page);
    let start = position(&page);
    page.press(".");
    assert_eq!(position(&page), start + 1);
    page.press(",");
    assert_eq!(position(&page), start);
    page.press("u");
    assert!(position(&page) > start);
    page.press("Space");
    page.control("Pause");
    page.press("Space");
    page.control("Play");
    page.press("w");
    page.wait_for_text("nodes up");
}

#[test]
fn links_are_cut_and_mended_by_key() {
    let page = Page::open("#/lab/raft");
    on_stage(&page);
    page.press("l");
    assert_eq!(page.focused().unwrap().name, "Link 1 to 2, open");
    page.press("c");
    page.control("Link 1 to 2, cut both ways");
    page.press("l");
    page.press("c");
    page.control("Link 1 to 3, cut both ways");
    page.press("h");
    page.control("Link 1 to 2, open");
    page.control("Link 1 to 3, open");
}

#[test]
fn a_partition_is_made_by_key() {
    let page = Page::open("#/lab/raft");
    on_stage(&page);
    for node in ["1", "2"] {
        page.press(node);
        page.press("p");
    }
    assert!(said(&page).contains("group B"), "{}", said(&page));
    page.press("Shift+P");
    page.control("Link 1 to 3, cut both ways");
    page.control("Link 1 to 2, open");
}

#[test]
fn messages_are_reached_and_dropped_by_key() {
    let page = Page::open("#/lab/raft");
    on_stage(&page);
    page.press("n");
    page.press("m");
    let name = page.focused().unwrap().name;
    assert!(name.starts_with("Message "), "{name}");
    page.press("d");
    assert!(page.focused().unwrap().name.ends_with("dropped"));
}

#[test]
fn enter_leads_to_the_acts_and_escape_back() {
    let page = Page::open("#/lab/raft");
    on_stage(&page);
    page.press("2");
    page.press("Enter");
    assert_eq!(page.focused().unwrap().name, "Kill node 2");
    page.press("Enter");
    assert!(page.control("Node 2,…").name.contains("crashed"));
    page.press("Escape");
    assert!(page.focused().unwrap().name.starts_with("Node 2,"));
}

#[test]
fn every_region_is_reached_by_f6_and_nothing_is_a_trap() {
    let page = Page::open("#/lab/raft");
    let here = "document.activeElement.closest('[id^=region]')?.id";
    let mut regions: Vec<String> = Vec::new();
    for _ in 0..6 {
        let last = regions.last().map_or("", String::as_str);
        page.press("F6");
        page.wait_until("the next region", &format!("{here} && {here} !== '{last}'"));
        regions.push(page.eval(here).as_str().unwrap().to_string());
    }
    regions.sort();
    regions.dedup();
    assert_eq!(regions.len(), 6, "{regions:?}");
    on_stage(&page);
    page.press("Tab");
    assert!(!page.focused().unwrap().name.starts_with("Node "), "the stage is one stop");
}

#[test]
fn single_letters_can_be_switched_off() {
    let page = Page::open("#/lab/raft");
    on_stage(&page);
    page.press("?");
    page.wait_for_text("Kill or restart the node");
    page.click("Single letters are keys while the stage has the focus");
    page.press("Escape");
    on_stage(&page);
    page.press("k");
    page.press("Enter");
    assert_eq!(page.focused().unwrap().name, "Kill node 1", "nothing was killed");
}

#[test]
fn arrows_on_the_scrubber_move_by_one_event() {
    let page = Page::open("#/lab/raft");
    page.tab_to("slider:Position in the run");
    let start = position(&page);
    page.press("ArrowLeft");
    assert_eq!(position(&page), start - 1);
    page.press("PageDown");
    assert_eq!(position(&page), start - 11);
    page.press("End");
    assert_eq!(position(&page), start);
    let says = page.eval("document.querySelector('.slider').getAttribute('aria-valuetext')");
    assert!(says.as_str().unwrap().contains(&format!("event {start} of {start}")), "{says}");
}

fn phone() -> Page {
    let page = Page::blank();
    page.set_size(390, 844);
    page.goto("#/lab/raft");
    page
}

#[test]
fn a_phone_shows_it_all_without_scrolling_sideways() {
    let page = phone();
    assert_eq!(page.eval("document.documentElement.scrollWidth <= innerWidth"), true);
    let small = page.eval(
        "[...document.querySelectorAll('.transport button, .tray button, .tabs button')] \
         .filter(b => b.getBoundingClientRect().height > 0 && b.getBoundingClientRect().height < 40) \
         .map(b => b.textContent)",
    );
    assert_eq!(small.as_array().unwrap().len(), 0, "{small}");
}

#[test]
fn a_finger_kills_and_restarts_a_node() {
    let page = phone();
    page.touch_tap("Node 2…");
    page.touch_tap("Kill node 2");
    page.touch_tap("Restart node 2");
    assert!(page.control("Node 2,…").name.contains(", up"));
    page.touch_tap("tab:Space–time");
    page.wait_until("the diagram", "document.querySelector('.diagram-picture.down')");
}

#[test]
fn at_320_pixels_nothing_scrolls_sideways() {
    let page = Page::blank();
    page.set_size(320, 480);
    for route in ["", "#/lab/raft", "#/lab/bully", "#/keys", "#/about"] {
        page.goto(route);
        page.next_frame();
        assert_eq!(
            page.eval("document.documentElement.scrollWidth <= innerWidth"),
            true,
            "{route}"
        );
    }
}
