//! When the program itself fails: what happened, how to tell us, and how to go on.
//!
//! A panic ends the program, so what it leaves on the page is made of plain elements and links, and
//! what it says was prepared before.

use std::cell::RefCell;
use std::panic::PanicHookInfo;

use web_sys::Element;

use super::browser;

/// What is needed to come back to where it failed.
#[derive(Clone, Default)]
pub struct Report {
    /// The event at which the run stood.
    pub event: u64,
    pub seed: u64,
    /// The script of all that was done.
    pub script: String,
    /// The address that plays it.
    pub hash: String,
}

thread_local! {
    static LAST: RefCell<Option<Report>> = const { RefCell::new(None) };
}

/// Keeps what would be reported if the program failed next.
pub fn remember(report: Option<Report>) {
    LAST.with(|last| {
        if let Ok(mut last) = last.try_borrow_mut() {
            *last = report;
        }
    });
}

/// Notes how far the run has come; cheap enough for every step.
pub fn remember_event(event: u64) {
    LAST.with(|last| {
        if let Ok(mut last) = last.try_borrow_mut()
            && let Some(report) = last.as_mut()
        {
            report.event = event;
        }
    });
}

/// From now on a panic shows itself on the page, and on the console.
pub fn install() {
    // By Yew's own way: it would put its hook in the place of one set otherwise.
    yew::set_custom_panic_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        let report = LAST.with(|last| last.try_borrow().ok().and_then(|last| last.clone()));
        // A failure while failing must not hide the first one.
        let _ = show(info, report);
    }));
}

fn show(info: &PanicHookInfo<'_>, report: Option<Report>) -> Option<()> {
    let what = info.to_string();
    let body = browser::body();
    body.set_inner_html("");
    let main = append(&body, "main", "failed")?;
    let said = append(&main, "div", "stack")?;
    said.set_attribute("role", "alert").ok()?;
    let title = match &report {
        Some(report) => format!("The simulation stopped at event {}", report.event),
        None => "Faultline stopped".to_string(),
    };
    text(&said, "h1", &title)?;
    text(
        &said,
        "p",
        "This is a mistake in Faultline, not in what you did. Nothing is lost: the script below says all that happened.",
    )?;
    let acts = append(&main, "p", "row")?;
    let again = match &report {
        Some(report) if !report.hash.is_empty() => report.hash.clone(),
        _ => browser::hash(),
    };
    // Another query makes the browser load the page anew; a hash alone would not.
    let href = format!("?again={}#{again}", js_sys::Date::now() as u64);
    link(&acts, "Restart from the last snapshot", &href, "button main")?;
    link(&acts, "All labs", "?again=0#/", "button")?;
    let copied = full_text(&what, report.as_ref());
    let copy = append(&acts, "button", "button")?;
    copy.set_text_content(Some("Copy report"));
    on_click_copy(&copy, copied.clone());
    let area = append(&main, "textarea", "")?;
    area.set_attribute("readonly", "").ok()?;
    area.set_attribute("rows", "14").ok()?;
    area.set_attribute("aria-label", "Report").ok()?;
    area.set_text_content(Some(&copied));
    Some(())
}

fn full_text(what: &str, report: Option<&Report>) -> String {
    match report {
        Some(report) => format!(
            "Faultline {} stopped at event {}, seed {}.\n{what}\n\n{}",
            env!("CARGO_PKG_VERSION"),
            report.event,
            report.seed,
            report.script
        ),
        None => format!("Faultline {} stopped.\n{what}\n", env!("CARGO_PKG_VERSION")),
    }
}

fn on_click_copy(button: &Element, text: String) {
    let shown = button.clone();
    let listener = gloo_events::EventListener::new(button, "click", move |_| {
        let shown = shown.clone();
        browser::copy(&text, move |done| {
            let word = if done { "Copied" } else { "Select the text below and copy it" };
            shown.set_text_content(Some(word));
        });
    });
    listener.forget();
}

fn append(parent: &Element, tag: &str, class: &str) -> Option<Element> {
    let element = browser::document().create_element(tag).ok()?;
    element.set_class_name(class);
    parent.append_child(&element).ok()?;
    Some(element)
}

fn text(parent: &Element, tag: &str, text: &str) -> Option<()> {
    append(parent, tag, "")?.set_text_content(Some(text));
    Some(())
}

fn link(parent: &Element, words: &str, href: &str, class: &str) -> Option<()> {
    let link = append(parent, "a", class)?;
    link.set_attribute("href", href).ok()?;
    link.set_text_content(Some(words));
    Some(())
}
