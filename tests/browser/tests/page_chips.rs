//! A chip that is dragged along the script bar is done at another time, and the world runs anew.

use browser::Page;

/// The time on the first chip, in milliseconds.
fn time(page: &Page) -> f64 {
    let shown = page.text_of("[data-chip='0'] .number");
    shown.trim_start_matches("at ").trim_end_matches(" s").parse::<f64>().unwrap() * 1_000.0
}

fn crashed(page: &Page) {
    page.click("Kill node 4");
    page.click("Next change");
    page.click("Next change");
}

/// Where the chip can be taken hold of.
fn grip(page: &Page) -> (f64, f64) {
    page.middle("document.querySelector('[data-chip=\"0\"] .grip')")
}

fn played_anew(page: &Page, before: f64) {
    page.control("Run A");
    assert_eq!(page.control("Run B").on, Some(true));
    assert!(time(page) < before - 5.0, "{before} → {}", time(page));
    let script = page.eval("document.querySelectorAll('.act-chip').length");
    assert_eq!(script, 1, "it is the same act");
    assert_eq!(page.eval("document.querySelectorAll('dialog').length"), 0, "a drag is no click");
    page.wait_for_text("The run is played anew");
}

#[test]
fn by_pointer() {
    let page = Page::open("#/lab/raft?seed=1");
    crashed(&page);
    let before = time(&page);
    let (x, y) = page.middle("document.querySelector('[data-chip=\"0\"] code')");
    page.mouse("mousePressed", (x, y));
    for by in [10.0, 30.0, 60.0] {
        page.mouse("mouseMoved", (x - by, y));
    }
    page.wait_until("the line in the diagram", "document.querySelector('.dragged-line')");
    page.mouse("mouseReleased", (x - 60.0, y));
    played_anew(&page, before);
    // A click still opens its form.
    page.click("crash n4 at…");
    page.control("Change");
}

#[test]
fn by_finger() {
    let page = Page::blank();
    page.set_size(390, 844);
    page.goto("#/lab/raft?seed=1");
    page.touch_tap("Kill node 4");
    page.touch_tap("Next change");
    page.touch_tap("Next change");
    page.eval("document.querySelector('.script-bar').scrollIntoView({ block: 'center' })");
    let before = time(&page);
    let (x, y) = grip(&page);
    page.touch("touchStart", &[(x, y)]);
    for by in [8.0, 16.0, 30.0] {
        page.touch("touchMove", &[(x - by, y)]);
    }
    page.touch("touchEnd", &[]);
    played_anew(&page, before);
}

#[test]
fn a_chip_is_not_dragged_before_the_beginning() {
    let page = Page::open("#/lab/raft?seed=1");
    crashed(&page);
    let (x, y) = grip(&page);
    page.mouse("mousePressed", (x, y));
    page.mouse("mouseMoved", (0.0, y));
    page.mouse("mouseMoved", (-4_000.0, y));
    page.mouse("mouseReleased", (-4_000.0, y));
    page.control("Run A");
    assert_eq!(time(&page), 0.0);
}
