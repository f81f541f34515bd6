//! Every use of the browser: the address, frames, focus, storage, clipboard, preferences.
//!
//! What a browser may refuse (storage in a third-party frame, the clipboard without a permission) is
//! tried and, if refused, done without.

use gloo_events::{EventListener, EventListenerOptions};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Document, Element, Event, HtmlDialogElement, HtmlElement, KeyboardEvent, Window};

pub fn window() -> Window {
    web_sys::window().expect("the page runs in a window")
}

pub fn document() -> Document {
    window().document().expect("a window has a document")
}

pub fn body() -> HtmlElement {
    document().body().expect("the page has a body")
}

// ---- the address ----

/// What follows `#` in the address: `/lab/raft?seed=4`.
pub fn hash() -> String {
    window().location().hash().unwrap_or_default().trim_start_matches('#').to_string()
}

/// Goes to another place in the page. Listeners of [`on_hash`] hear of it.
pub fn go(hash: &str) {
    // Refused only while the page is being closed.
    let _ = window().location().set_hash(hash);
}

/// The address of the page with another hash.
pub fn address(hash: &str) -> String {
    let href = window().location().href().unwrap_or_default();
    let base = href.split('#').next().unwrap_or_default();
    format!("{base}#{hash}")
}

pub fn on_hash(heard: impl Fn() + 'static) -> EventListener {
    EventListener::new(&window(), "hashchange", move |_| heard())
}

/// Text that may stand in a hash after `=`.
pub fn encode(text: &str) -> String {
    js_sys::encode_uri_component(text).into()
}

/// The reverse of [`encode`]; text that is not well encoded stays as it is.
pub fn decode(text: &str) -> String {
    let decoded = js_sys::decode_uri_component(&text.replace('+', " "));
    decoded.map_or_else(|_| text.to_string(), String::from)
}

// ---- events ----

/// Hears every key before the elements do, unless they stop it.
pub fn on_key(heard: impl Fn(KeyboardEvent) + 'static) -> EventListener {
    let options = EventListenerOptions::enable_prevent_default();
    EventListener::new_with_options(&document(), "keydown", options, move |event| {
        if let Some(key) = event.dyn_ref::<KeyboardEvent>() {
            heard(key.clone());
        }
    })
}

/// Calls back when somebody begins to use the page, by whatever means; perhaps once for each.
pub fn on_first_use(heard: impl Fn() + Clone + 'static) -> [EventListener; 3] {
    ["pointermove", "pointerdown", "keydown"].map(|means| {
        let heard = heard.clone();
        EventListener::once(&document(), means, move |_| heard())
    })
}

/// Hears when the page is hidden or shown again.
pub fn on_visibility(heard: impl Fn(bool) + 'static) -> EventListener {
    EventListener::new(&document(), "visibilitychange", move |_| heard(document().hidden()))
}

/// Calls back when the element's size changes, and once at the beginning. Ends when dropped.
pub struct SizeWatch {
    observer: web_sys::ResizeObserver,
    _heard: Closure<dyn FnMut()>,
}

impl SizeWatch {
    pub fn new(element: &Element, heard: impl Fn(f64, f64) + 'static) -> SizeWatch {
        let watched = element.clone();
        let heard = Closure::<dyn FnMut()>::new(move || {
            let (width, height) = size(&watched);
            heard(width, height);
        });
        let observer = web_sys::ResizeObserver::new(heard.as_ref().unchecked_ref())
            .expect("the browser has ResizeObserver");
        observer.observe(element);
        SizeWatch { observer, _heard: heard }
    }
}

impl Drop for SizeWatch {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// Where in an element a pointer is, as shares of its width and height.
pub fn share_in(element: &Element, client_x: f64, client_y: f64) -> (f64, f64) {
    let rect = element.get_bounding_client_rect();
    let share = |at: f64, start: f64, length: f64| {
        if length > 0.0 { ((at - start) / length).clamp(0.0, 1.0) } else { 0.0 }
    };
    (share(client_x, rect.left(), rect.width()), share(client_y, rect.top(), rect.height()))
}

/// Hears when the window changes its size.
pub fn on_resize(heard: impl Fn() + 'static) -> EventListener {
    EventListener::new(&window(), "resize", move |_| heard())
}

/// The room for the page, in multiples of the text size.
pub fn room() -> (f64, f64) {
    let text = text_unit() * 16.0;
    let (width, height) = match document().document_element() {
        // Not the window's own: on a phone it grows with what does not fit.
        Some(root) => (f64::from(root.client_width()), f64::from(root.client_height())),
        None => (1_280.0, 800.0),
    };
    (width / text, height / text)
}

/// The page's text size in sixteenths: 1 pixel, unless the reader or the theme wants it otherwise.
pub fn text_unit() -> f64 {
    root_size("font-size").unwrap_or(16.0) / 16.0
}

/// The same for the words in stage and diagram, which a theme may want larger than those around.
pub fn drawing_unit() -> f64 {
    text_unit() * root_size("--drawn").unwrap_or(100.0) / 100.0
}

/// A number among the styles of the document's root. Whole ones will do, and reading a float weighs
/// 15 kB.
fn root_size(name: &str) -> Option<f64> {
    let style = window().get_computed_style(&document().document_element()?).ok().flatten()?;
    let size = style.get_property_value(name).ok()?;
    let number = size.trim().split(['.', 'p', '%']).next()?.parse::<u32>().ok()?;
    (number > 0).then(|| f64::from(number))
}

/// Width and height inside the border, in CSS pixels.
pub fn size(element: &Element) -> (f64, f64) {
    (f64::from(element.client_width()), f64::from(element.client_height()))
}

/// Milliseconds on a clock that never runs back.
pub fn now_ms() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}

// ---- pointer and focus ----

/// From now on, all that this pointer does goes to the button that it is on, until it is let go.
pub fn hold_pointer(event: &web_sys::PointerEvent) {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    if let Some(element) = target.and_then(|target| target.closest("button").ok().flatten()) {
        // Refused only if the pointer is gone already.
        let _ = element.set_pointer_capture(event.pointer_id());
    }
}

/// The element that has the focus.
pub fn focused() -> Option<Element> {
    document().active_element()
}

/// Whether the focus is within an element that a selector finds.
pub fn focus_is_in(selector: &str) -> bool {
    focused().is_some_and(|element| element.closest(selector).ok().flatten().is_some())
}

/// The first element that a selector finds.
pub fn find(selector: &str) -> Option<Element> {
    document().query_selector(selector).ok().flatten()
}

/// Focuses the first element that a selector finds. False if there is none.
pub fn focus(selector: &str) -> bool {
    let Some(element) = find(selector).and_then(|element| element.dyn_into::<HtmlElement>().ok())
    else {
        return false;
    };
    element.focus().is_ok()
}

/// Whether a key pressed now would go into a field.
pub fn is_typing() -> bool {
    focus_is_in("input:not([type=checkbox]):not([type=radio]):not([type=range]), textarea, select")
}

/// Whether a dialog is open.
pub fn dialog_is_open() -> bool {
    find("dialog[open]").is_some()
}

/// Opens a `<dialog>` over the page; the focus goes into it.
pub fn open_dialog(element: &Element) {
    if let Some(dialog) = element.dyn_ref::<HtmlDialogElement>()
        && !dialog.open()
    {
        // Refused only if it is not in the page.
        let _ = dialog.show_modal();
    }
}

pub fn scroll_into_view(element: &Element) {
    let options = web_sys::ScrollIntoViewOptions::new();
    options.set_block(web_sys::ScrollLogicalPosition::Nearest);
    element.scroll_into_view_with_scroll_into_view_options(&options);
}

// ---- preferences ----

/// Whether things should not move: as the page was asked, or else as the system says.
pub fn prefers_less_motion() -> bool {
    let root = document().document_element();
    if let Some(asked) = root.and_then(|root| root.get_attribute("data-motion")) {
        return asked == "reduce";
    }
    let query = window().match_media("(prefers-reduced-motion: reduce)");
    query.ok().flatten().is_some_and(|list| list.matches())
}

/// Sets or takes away an attribute of the document's root.
pub fn set_root(name: &str, value: Option<&str>) {
    let Some(root) = document().document_element() else { return };
    let _ = match value {
        Some(value) => root.set_attribute(name, value),
        None => root.remove_attribute(name),
    };
}

pub fn set_title(title: &str) {
    document().set_title(title);
}

/// A setting that was kept, if the browser lets us keep any.
pub fn kept(name: &str) -> Option<String> {
    window().local_storage().ok().flatten()?.get_item(name).ok().flatten()
}

/// Keeps a setting, if the browser lets us.
pub fn keep(name: &str, value: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.set_item(name, value);
    }
}

/// Hears when the page is about to be printed, and when that is over.
pub fn on_print(heard: impl Fn(bool) + Clone + 'static) -> [EventListener; 2] {
    let after = heard.clone();
    [
        EventListener::new(&window(), "beforeprint", move |_| heard(true)),
        EventListener::new(&window(), "afterprint", move |_| after(false)),
    ]
}

/// Opens the browser's dialog for printing.
pub fn print() {
    // Refused in a frame that may not open dialogs: then nothing happens.
    let _ = window().print();
}

/// Puts a text on the clipboard and says whether that worked.
pub fn copy(text: &str, done: impl FnOnce(bool) + 'static) {
    let navigator = window().navigator();
    let clipboard = js_sys::Reflect::get(&navigator, &JsValue::from_str("clipboard"));
    if !clipboard.is_ok_and(|clipboard| clipboard.is_object()) {
        return done(false);
    }
    let promise = navigator.clipboard().write_text(text);
    wasm_bindgen_futures::spawn_local(async move {
        done(wasm_bindgen_futures::JsFuture::from(promise).await.is_ok());
    });
}

/// Fetches a text file that stands beside the page; nothing comes if it is not there.
pub fn fetch_text(file: &str, done: impl FnOnce(String) + 'static) {
    let promise = window().fetch_with_str(file);
    wasm_bindgen_futures::spawn_local(async move {
        let Ok(answer) = wasm_bindgen_futures::JsFuture::from(promise).await else { return };
        let Ok(answer) = answer.dyn_into::<web_sys::Response>() else { return };
        let Ok(text) = answer.text() else { return };
        if let Ok(text) = wasm_bindgen_futures::JsFuture::from(text).await {
            done(text.as_string().unwrap_or_default());
        }
    });
}

/// The value of a field, by its name, in the form that an event came from.
pub fn field(event: &Event, name: &str) -> String {
    field_of(event, name).map(|field| value(&field)).unwrap_or_default()
}

/// Gives a field of the form that an event came from another value.
pub fn set_field(event: &Event, name: &str, value: &str) {
    if let Some(field) = field_of(event, name) {
        let _ =
            js_sys::Reflect::set(&field, &JsValue::from_str("value"), &JsValue::from_str(value));
    }
}

/// Of several radio buttons, the one that is chosen.
fn field_of(event: &Event, name: &str) -> Option<Element> {
    let form = event.target()?.dyn_into::<Element>().ok()?.closest("form").ok()??;
    let chosen = form.query_selector(&format!("[name={name}]:checked")).ok()?;
    chosen.or(form.query_selector(&format!("[name={name}]")).ok()?)
}

fn value(of: &JsValue) -> String {
    let value = js_sys::Reflect::get(of, &JsValue::from_str("value")).ok();
    value.and_then(|value| value.as_string()).unwrap_or_default()
}

/// The value of the field that an event came from.
pub fn value_of(event: &Event) -> String {
    event.target().map(|target| value(&target)).unwrap_or_default()
}

/// Whether the box that an event came from is ticked.
pub fn checked(event: &Event) -> bool {
    let target = event.target();
    let checked = target.and_then(|target| {
        js_sys::Reflect::get(&target, &JsValue::from_str("checked")).ok()?.as_bool()
    });
    checked.unwrap_or_default()
}
