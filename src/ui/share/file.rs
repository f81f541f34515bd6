//! A run as a file, to take away and to bring back; and the whole of Faultline as one.

use gloo_events::{EventListener, EventListenerOptions};
use markup::html;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, DragEvent, File};
use yew::prelude::{Callback, Event, Html, MouseEvent};

use std::rc::Rc;

use faultline::play::Session;
use faultline::play::embed::Package;
use faultline::play::export::svg::{self, Sheet};
use faultline::play::export::{Exporter, Format, metrics};
use faultline::play::import::{FILE_MAX, import};
use faultline::sim::{Span, Time};

use crate::ui::browser;
use crate::ui::chunk::{Part, chunk};
use crate::ui::state::Msg;

use super::{Share, png};

/// Steps are taken out of the run so many at a time.
const SLICE: u64 = 2_000;

/// How much time a picture shows before the present.
const SPAN: Span = Span::from_ms(600);

/// All of Faultline in one file, as it lies beside the page on its host.
const WHOLE: &str = "faultline.html";

chunk! {
    /// Puts a lab and the whole of Faultline into a zip for a course.
    PACKAGE: fn(&Package<'_>) -> Vec<u8> = zipped, in package
}

fn zipped(package: &Package<'_>) -> Vec<u8> {
    package.zip()
}

/// A file that can be made of a run: what it is, how its name ends, its kind, and what makes it.
type Kind = (&'static str, &'static str, &'static str, fn(&mut Session, &str) -> String);

/// The kind of file that is drawn anew in pixels.
const PNG: &str = "image/png";

static KINDS: &[Kind] = &[
    ("Script", "txt", "text/plain", |session, _| session.script().to_string()),
    ("Log as text", "log.txt", "text/plain", |session, _| log(session, Format::Text)),
    ("Log as a table", "csv", "text/csv", |session, _| log(session, Format::Csv)),
    ("Metrics as a table", "metrics.csv", "text/csv", |session, _| metrics(session)),
    ("Run as JSON lines", "jsonl", "application/jsonl", |session, _| {
        log(session, Format::JsonLines)
    }),
    ("Log for ShiViz", "shiviz.log", "text/plain", |session, _| log(session, Format::ShiViz)),
    ("Diagram", "svg", "image/svg+xml", |session, title| picture(session, title, false)),
    ("Diagram", "png", PNG, |session, title| picture(session, title, false)),
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
            { whole(share) }
        </>
    }
}

fn file(share: &Share, &(what, extension, mime, make): &'static Kind) -> Html {
    let (name, title) = (share.whole.setup.lab().id, share.title.clone());
    let onclick = share.dispatch.reform(move |_: MouseEvent| {
        let title = title.clone();
        Msg::Visit(Rc::new(move |session: &mut Session| {
            let (name, text) = (format!("{name}.{extension}"), make(session, &title));
            match mime {
                PNG => png::draw(&text, move |blob| save(&name, &blob)),
                _ => {
                    blob(mime, &JsValue::from_str(&text)).iter().for_each(|blob| save(&name, blob))
                }
            }
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

/// A file's content, of a text or of bytes.
fn blob(mime: &str, part: &JsValue) -> Option<Blob> {
    let kind = web_sys::BlobPropertyBag::new();
    kind.set_type(mime);
    let parts = js_sys::Array::of1(part);
    Blob::new_with_buffer_source_sequence_and_options(&parts, &kind).ok()
}

/// Lets the browser save something as a file.
fn save(name: &str, blob: &Blob) {
    let Ok(url) = web_sys::Url::create_object_url_with_blob(blob) else { return };
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

// ---- to bring back ----

/// Brings a run from a file.
fn bring(share: &Share) -> Html {
    let dispatch = share.dispatch.clone();
    let onchange = Callback::from(move |event: Event| {
        let input =
            event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok());
        read_first(input.and_then(|input| input.files()), &dispatch);
    });
    html! {
        <label class="field share-drop">
            <span>{ "Bring a run: choose a file, or drop it here. A script, or a run as JSON lines." }</span>
            <input type="file" accept=".txt,.jsonl,.json,text/plain" {onchange} />
        </label>
    }
}

/// Takes files that are dropped anywhere, as long as the dialog is open. Without this the browser would
/// leave the page for the file.
pub fn drops(dispatch: &Callback<Msg>) -> [EventListener; 2] {
    let options = EventListenerOptions::enable_prevent_default();
    let dispatch = dispatch.clone();
    let document = browser::document();
    [
        EventListener::new_with_options(&document, "dragover", options, |event| {
            event.prevent_default();
        }),
        EventListener::new_with_options(&document, "drop", options, move |event| {
            event.prevent_default();
            let data = event.dyn_ref::<DragEvent>().and_then(DragEvent::data_transfer);
            read_first(data.and_then(|data| data.files()), &dispatch);
        }),
    ]
}

fn read_first(files: Option<web_sys::FileList>, dispatch: &Callback<Msg>) {
    if let Some(file) = files.and_then(|files| files.get(0)) {
        read(&file, dispatch.clone());
    }
}

fn read(file: &File, dispatch: Callback<Msg>) {
    if file.size() > FILE_MAX as f64 {
        return dispatch.emit(Msg::Complain("The file is too large: at most 256 MiB".into()));
    }
    let text = file.text();
    spawn_local(async move {
        let text = JsFuture::from(text).await;
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

// ---- all of it ----

fn whole(share: &Share) -> Html {
    let dispatch = share.dispatch.clone();
    let onclick = Callback::from(move |_: MouseEvent| {
        fetch_whole(&dispatch, |page| {
            blob("text/html", page).iter().for_each(|page| save(WHOLE, page));
        });
    });
    html! {
        <div class="row">
            <button type="button" class="button" {onclick}>{ "All of Faultline in one file" }<span class="soft number">{ " .html" }</span></button>
            <p class="soft small">{ "It opens from a disk or a stick, with no network and no server." }</p>
        </div>
    }
}

/// Saves an embedded lab as a package for a course.
pub fn package(share: &Share, hash: String) -> Html {
    let (dispatch, title) = (share.dispatch.clone(), share.title.clone());
    let id = share.whole.setup.lab().id;
    let onclick = Callback::from(move |_: MouseEvent| {
        let (title, hash) = (title.clone(), hash.clone());
        fetch_whole(&dispatch, move |page| {
            let page = js_sys::Uint8Array::new(page).to_vec();
            spawn_local(async move {
                if PACKAGE.fetch().await {
                    let package = Package { title: &title, id, hash: &hash, page: &page };
                    let bytes = js_sys::Uint8Array::from(PACKAGE.get()(&package).as_slice());
                    let zip = blob("application/zip", &bytes);
                    zip.iter().for_each(|zip| save(&format!("faultline-{id}.zip"), zip));
                }
            });
        });
    });
    html! {
        <button type="button" class="button" {onclick}>{ "Save for a course" }<span class="soft number">{ " SCORM 1.2, xAPI .zip" }</span></button>
    }
}

/// Fetches the one file that holds everything, as an `ArrayBuffer`.
fn fetch_whole(dispatch: &Callback<Msg>, done: impl FnOnce(&JsValue) + 'static) {
    let promise = browser::window().fetch_with_str(WHOLE);
    let dispatch = dispatch.clone();
    spawn_local(async move {
        match bytes_of(promise).await {
            Some(bytes) => done(&bytes),
            None => dispatch.emit(Msg::Complain(format!(
                "{WHOLE} could not be fetched. It lies beside the page where Faultline is served whole; \
                 `cargo xtask build --single` makes it"
            ))),
        }
    });
}

async fn bytes_of(answer: js_sys::Promise) -> Option<JsValue> {
    let answer = JsFuture::from(answer).await.ok()?;
    let answer = answer.dyn_into::<web_sys::Response>().ok().filter(web_sys::Response::ok)?;
    JsFuture::from(answer.array_buffer().ok()?).await.ok()
}
