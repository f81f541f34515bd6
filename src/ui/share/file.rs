//! A run as a file, to take away and to bring back.

use markup::html;
use wasm_bindgen::{JsCast, JsValue};
use yew::prelude::{Callback, Event, Html, MouseEvent};

use std::rc::Rc;

use faultline::play::Session;
use faultline::play::export::svg::{self, Sheet};
use faultline::play::export::{Exporter, Format};
use faultline::play::import::{FILE_MAX, import};
use faultline::sim::{Span, Time};

use crate::ui::browser;
use crate::ui::state::Msg;

use super::Share;

/// Steps are taken out of the run so many at a time.
const SLICE: u64 = 2_000;

/// How much time a picture shows before the present.
const SPAN: Span = Span::from_ms(600);

/// A file that can be made of a run: what it is, how its name ends, its kind, and what makes it.
type Kind = (&'static str, &'static str, &'static str, fn(&mut Session, &str) -> String);

static KINDS: &[Kind] = &[
    ("Script", "txt", "text/plain", |session, _| session.script().to_string()),
    ("Log as text", "log.txt", "text/plain", |session, _| log(session, Format::Text)),
    ("Log as a table", "csv", "text/csv", |session, _| log(session, Format::Csv)),
    ("Run as JSON lines", "jsonl", "application/jsonl", |session, _| {
        log(session, Format::JsonLines)
    }),
    ("Log for ShiViz", "shiviz.log", "text/plain", |session, _| log(session, Format::ShiViz)),
    ("Diagram", "svg", "image/svg+xml", |session, title| picture(session, title, false)),
    ("Worksheet: the diagram to draw on", "worksheet.svg", "image/svg+xml", |session, title| {
        picture(session, title, true)
    }),
];

pub fn files(share: &Share) -> Html {
    html! {
        <>
            <ul class="share-files">
                { for KINDS.iter().map(|kind| file(share, kind)) }
            </ul>
            { bring(share) }
        </>
    }
}

fn file(share: &Share, &(what, extension, mime, make): &'static Kind) -> Html {
    let (name, title) = (share.whole.setup.lab().id, share.title.clone());
    let onclick = share.dispatch.reform(move |_: MouseEvent| {
        let title = title.clone();
        Msg::Visit(Rc::new(move |session: &mut Session| {
            download(&format!("{name}.{extension}"), mime, &make(session, &title));
        }))
    });
    html! {
        <li><button type="button" class="button" {onclick}>{ what }<span class="soft number">{ format!(" .{extension}") }</span></button></li>
    }
}

fn log(session: &mut Session, format: Format) -> String {
    let mut exporter = Exporter::new(format, session.lab());
    let mut text = exporter.head().to_string();
    let end = session.end().0;
    let mut from = 0;
    while from < end {
        let to = (from + SLICE).min(end);
        for step in session.steps(from..to) {
            text.push_str(&exporter.step(&step));
        }
        from = to;
    }
    text.push_str(&exporter.tail(&session.script()));
    text
}

/// The last moments before the present.
fn picture(session: &mut Session, title: &str, blank: bool) -> String {
    let to = session.clock();
    let from = Time(to.0.saturating_sub(SPAN.us()));
    svg::diagram(session, &Sheet { title: title.to_string(), from, to: from + SPAN, blank })
}

/// Lets the browser save a text as a file.
fn download(name: &str, mime: &str, text: &str) {
    let parts = js_sys::Array::of1(&JsValue::from_str(text));
    let kind = web_sys::BlobPropertyBag::new();
    kind.set_type(mime);
    let Ok(blob) = web_sys::Blob::new_with_str_sequence_and_options(&parts, &kind) else { return };
    let Ok(url) = web_sys::Url::create_object_url_with_blob(&blob) else { return };
    let anchor = browser::document().create_element("a");
    if let Ok(anchor) = anchor
        && let Some(anchor) = anchor.dyn_ref::<web_sys::HtmlAnchorElement>()
    {
        anchor.set_href(&url);
        anchor.set_download(name);
        anchor.click();
    }
    // The browser has taken hold of it by now; a refusal only keeps it in memory.
    let _ = web_sys::Url::revoke_object_url(&url);
}

/// Brings a run from a file.
fn bring(share: &Share) -> Html {
    let dispatch = share.dispatch.clone();
    let onchange = Callback::from(move |event: Event| {
        let input =
            event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok());
        let file = input.and_then(|input| input.files()).and_then(|files| files.get(0));
        if let Some(file) = file {
            read(&file, dispatch.clone());
        }
    });
    html! {
        <label class="field">
            <span>{ "Bring a run: a script, or a run as JSON lines" }</span>
            <input type="file" accept=".txt,.jsonl,.json,text/plain" {onchange} />
        </label>
    }
}

fn read(file: &web_sys::File, dispatch: Callback<Msg>) {
    if file.size() > FILE_MAX as f64 {
        return dispatch.emit(Msg::Complain("The file is too large: at most 256 MiB".into()));
    }
    let text = file.text();
    wasm_bindgen_futures::spawn_local(async move {
        let text = wasm_bindgen_futures::JsFuture::from(text).await;
        let text = text.ok().and_then(|text| text.as_string());
        match import(&text.unwrap_or_default()) {
            Ok(brought) => {
                let script = browser::encode(&brought.script);
                browser::go(&format!("/lab/{}?script={script}", brought.lab));
            }
            Err(why) => dispatch.emit(Msg::Complain(why)),
        }
    });
}
