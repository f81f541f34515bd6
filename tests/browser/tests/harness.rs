//! The harness does what it says, on a page of its own.

use browser::Page;

/// A small page with one of each kind of control.
fn sample() -> Page {
    let page = Page::blank();
    page.goto_url(
        "data:text/html,<title>sample</title><body>\
         <button onclick=\"said.textContent='clicked'\">Play</button>\
         <button aria-pressed=true>Node 3, leader, up</button><button disabled>Step back</button>\
         <input type=range aria-label=Speed max=10 value=1 oninput=\"said.textContent='speed '%2Bvalue\">\
         <input aria-label=Command onkeydown=\"said.textContent='key '%2Bevent.key%2B(event.shiftKey?' shift':'')\">\
         <svg width=80 height=40><g role=button tabindex=0 aria-label='Cut link' \
         onpointerdown=\"said.textContent='pointer '%2Bevent.pointerType\"><circle cx=20 cy=20 r=12 /></g></svg>\
         <p id=said></p><span hidden><button>Unseen</button></span>",
    );
    page
}

#[test]
fn controls_are_found_by_name_beginning_and_role() {
    let page = sample();
    page.click("Play");
    page.wait_for_text("clicked");
    assert!(page.has("button:Play") && !page.has("link:Play"));
    assert!(!page.has("Unseen"));
    let node = page.control("Node 3…");
    assert_eq!((node.role.as_str(), node.on, node.disabled), ("button", Some(true), false));
    assert!(page.control("Step back").disabled);
}

#[test]
fn shapes_are_clicked_and_tapped() {
    let page = sample();
    page.click("Cut link");
    page.wait_for_text("pointer mouse");
    page.touch_tap("Cut link");
    page.wait_for_text("pointer touch");
}

#[test]
fn keys_go_to_what_has_the_focus() {
    let page = sample();
    page.tab_to("Command");
    page.press("Shift+ArrowLeft");
    page.wait_for_text("key ArrowLeft shift");
    page.keys("ab");
    assert_eq!(page.eval("document.activeElement.value"), "ab");
    page.set_value("Speed", "7");
    page.wait_for_text("speed 7");
}

#[test]
#[should_panic(expected = "no control is called \"Stop\"; there are:\n  button \"Play\"")]
fn what_is_not_there_is_answered_by_what_is() {
    let page = sample();
    page.set_patience(std::time::Duration::from_millis(100));
    page.click("Stop");
}

#[test]
#[should_panic(expected = "the console has errors")]
fn an_error_on_the_console_fails_the_test() {
    let page = sample();
    page.eval("console.error('broken')");
}
