//! What belongs to one event lights up together in all views.
//!
//! An element that stands for an event says so by `data-step`, the event's index in the run; the button
//! over a message by `data-hit`, the message. One handler around all of them hears pointer and focus.

use wasm_bindgen::JsCast;
use web_sys::{Element, Event};
use yew::prelude::{Callback, FocusEvent, PointerEvent};

use super::state::Msg;

/// What a page listens to: where the pointer goes, and where the focus goes.
pub fn listeners(dispatch: &Callback<Msg>) -> (Callback<PointerEvent>, Callback<FocusEvent>) {
    (
        dispatch.reform(|event: PointerEvent| meant(&event)),
        dispatch.reform(|event: FocusEvent| meant(&event)),
    )
}

fn meant(event: &Event) -> Msg {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let found = target.and_then(|at| at.closest("[data-step], [data-hit]").ok().flatten());
    let read = |name| found.as_ref().and_then(|element| element.get_attribute(name));
    match read("data-hit").and_then(|id| id.parse().ok()) {
        Some(message) => Msg::LightMessage(message),
        None => Msg::Light(read("data-step").and_then(|step| step.parse().ok())),
    }
}
