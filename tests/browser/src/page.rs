//! The page, and what a person does with it.

use crate::driver::{Browser, Driver, Storage};
use crate::names::{self, Control, Handle};
use crate::{address, keys, root};
use fantoccini::actions::{InputSource, MOUSE_BUTTON_LEFT, PointerAction, TouchActions};
use fantoccini::elements::{Element, ElementRef};
use fantoccini::error::CmdError;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, Locator};
use http::Method;
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};

/// How long a thing may take to come about before the test fails.
const PATIENCE: Duration = Duration::from_secs(10);

/// A browser of its own, with the page in it. Ends when dropped.
///
/// Dropped at the end of a test that passed, it fails the test when the console has errors that
/// [`Page::console_errors`] was not asked for; of a test that failed, it leaves a picture.
pub struct Page {
    client: Client,
    runtime: Runtime,
    patience: Cell<Duration>,
    console: RefCell<Vec<String>>,
    console_read: Cell<bool>,
    browser: Browser,
    /// Whether the mouse's left button is down.
    button_down: Cell<bool>,
    /// Last, so that it ends after the browser has been told to close.
    driver: Driver,
}

/// Starting and going to places.
impl Page {
    /// Opens a route (`"#/lab/raft"`; `""` is the catalogue) in a new browser and waits until it is up.
    pub fn open(route: &str) -> Self {
        let page = Self::blank();
        page.goto(route);
        page
    }

    /// A new browser with nothing in it yet, for tests that set it up first: [`Page::set_size`],
    /// [`Page::set_theme`], [`Page::cdp`].
    pub fn blank() -> Self {
        Self::blank_in(Browser::Chromium, Storage::Allowed)
    }

    /// The same in any browser.
    pub fn blank_in(browser: Browser, storage: Storage) -> Self {
        let runtime =
            Builder::new_current_thread().enable_all().build().expect("an async runtime starts");
        let driver = Driver::start(browser);
        let client = runtime.block_on(driver.browser(storage));
        Self {
            client,
            runtime,
            patience: Cell::new(PATIENCE),
            console: RefCell::default(),
            console_read: Cell::new(false),
            browser,
            button_down: Cell::new(false),
            driver,
        }
    }

    /// Goes to a route and waits until the program is up.
    pub fn goto(&self, route: &str) {
        self.goto_url(&format!("{}{route}", address()));
        self.wait_until("the program to start", "!document.querySelector('#loading, .later')");
    }

    /// Goes to any address and does not wait for the program.
    pub fn goto_url(&self, url: &str) {
        self.run(self.client.goto(url));
    }

    /// Loads the page anew.
    pub fn reload(&self) {
        self.run(self.client.refresh());
        self.wait_until("the program to start", "!document.querySelector('#loading, .later')");
    }

    /// The browser's back button.
    pub fn back(&self) {
        self.run(self.client.back());
    }

    /// What follows `index.html` in the address: `#/lab/raft`.
    pub fn route(&self) -> String {
        self.eval("location.hash").as_str().unwrap_or_default().to_owned()
    }
}

/// What a person does.
impl Page {
    /// Clicks the one control of this name, waiting for it if need be.
    ///
    /// `"Play"` is the exact name, `"Node 3…"` its beginning, `"tab:Log"` asks for the role as well. The
    /// click is a real one at the middle of the element: it fails when something lies above it.
    pub fn click(&self, name: &str) {
        let element = self.element(&self.control(name));
        self.run(element.click());
    }

    /// Taps it with a finger.
    pub fn touch_tap(&self, name: &str) {
        let element = self.element(&self.control(name));
        self.run(
            self.client
                .execute("arguments[0].scrollIntoView({ block: 'nearest' })", vec![json!(element)]),
        );
        let touch = TouchActions::new("finger".into())
            .then(PointerAction::MoveToElement { element, duration: None, x: 0.0, y: 0.0 })
            .then(PointerAction::Down { button: MOUSE_BUTTON_LEFT })
            .then(PointerAction::Pause { duration: Duration::from_millis(30) })
            .then(PointerAction::Up { button: MOUSE_BUTTON_LEFT });
        self.run(self.client.perform_actions(touch));
    }

    /// The middle of an element, in the window; a JavaScript expression says which.
    pub fn middle(&self, element: &str) -> (f64, f64) {
        let at = self.eval(&format!(
            "(box => [box.x + box.width / 2, box.y + box.height / 2])(({element}).getBoundingClientRect())"
        ));
        (at[0].as_f64().unwrap_or_default(), at[1].as_f64().unwrap_or_default())
    }

    /// One event of the mouse in the window: `mousePressed`, `mouseMoved`, `mouseReleased`. Its left
    /// button counts as pressed from the first to the last.
    pub fn mouse(&self, kind: &str, (x, y): (f64, f64)) {
        self.button_down.set(match kind {
            "mousePressed" => true,
            "mouseReleased" => false,
            _ => self.button_down.get(),
        });
        let buttons = i32::from(self.button_down.get());
        let button = match (kind, buttons) {
            ("mouseMoved", 0) => "none",
            _ => "left",
        };
        let event = json!({ "type": kind, "x": x, "y": y, "button": button, "buttons": buttons, "clickCount": 1 });
        self.cdp("Input.dispatchMouseEvent", event);
    }

    /// One event of fingers in the window: `touchStart`, `touchMove`, `touchEnd`.
    pub fn touch(&self, kind: &str, fingers: &[(f64, f64)]) {
        let points: Vec<_> = fingers.iter().map(|(x, y)| json!({ "x": x, "y": y })).collect();
        self.cdp("Input.dispatchTouchEvent", json!({ "type": kind, "touchPoints": points }));
    }

    /// Presses one key or chord on whatever has the focus: `"k"`, `"Space"`, `"Shift+Tab"`. The names are
    /// those of `KeyboardEvent.key`.
    pub fn press(&self, chord: &str) {
        self.run(self.client.perform_actions(keys::chord(chord)));
    }

    /// Types a text into whatever has the focus.
    pub fn keys(&self, text: &str) {
        self.run(self.client.perform_actions(keys::text(text)));
    }

    /// Presses Tab until the control of this name has the focus; fails after 200 presses.
    pub fn tab_to(&self, name: &str) {
        self.control(name);
        for _ in 0..200 {
            self.press("Tab");
            if self.focused().is_some_and(|control| names::matches(&control, name)) {
                return;
            }
        }
        panic!("200 presses of Tab do not lead to \"{name}\"");
    }

    /// Gives a field, a slider or a list of choices a value, as if entered.
    pub fn set_value(&self, name: &str, value: &str) {
        let element = self.element(&self.control(name));
        let script = "const [element, value] = arguments;
            const prototype = Object.getPrototypeOf(element);
            Object.getOwnPropertyDescriptor(prototype, 'value').set.call(element, value);
            element.dispatchEvent(new Event('input', { bubbles: true }));
            element.dispatchEvent(new Event('change', { bubbles: true }));";
        self.run(self.client.execute(script, vec![json!(element), json!(value)]));
    }
}

/// What a person perceives.
impl Page {
    /// All that can be operated, in the order of the document.
    pub fn controls(&self) -> Vec<Control> {
        match self.browser {
            Browser::Chromium => {
                names::controls(&self.cdp("Accessibility.getFullAXTree", json!({})))
            }
            Browser::Firefox => self.computed_controls(),
        }
    }

    /// Without an accessibility tree to be had: what can be operated, and role and name of each as the
    /// browser computes them.
    fn computed_controls(&self) -> Vec<Control> {
        let found = self.eval(names::OPERABLE);
        let found = found.as_array().into_iter().flatten();
        let control = |entry: &Value| {
            let element = entry["element"].as_object()?.values().next()?.as_str()?.to_owned();
            // One that has gone in the meantime is none.
            let computed = |what: &str| {
                let path = format!("element/{element}/computed{what}");
                let asked = self.runtime.block_on(self.client.issue_cmd(Get(path))).ok()?;
                Some(asked.as_str()?.to_owned())
            };
            Some(Control {
                role: computed("role")?,
                name: computed("label")?,
                focused: entry["focused"] == true,
                disabled: entry["disabled"] == true,
                on: entry["on"].as_bool(),
                handle: Handle::Reference(element),
            })
        };
        found.filter_map(control).collect()
    }

    /// The one control of this name (see [`Page::click`]); waits for it, and fails when there are none or
    /// several.
    pub fn control(&self, name: &str) -> Control {
        let deadline = Instant::now() + self.patience.get();
        loop {
            let controls = self.controls();
            let mut found = controls.iter().filter(|control| names::matches(control, name));
            match (found.next(), found.next()) {
                (Some(control), None) => return control.clone(),
                (Some(one), Some(other)) => {
                    panic!("\"{name}\" is the name of both {one} and {other}")
                }
                (None, _) if Instant::now() < deadline => self.next_frame(),
                (None, _) => {
                    let there: Vec<_> = controls.iter().map(Control::to_string).collect();
                    panic!("no control is called \"{name}\"; there are:\n  {}", there.join("\n  "));
                }
            }
        }
    }

    /// Whether there is a control of this name now.
    pub fn has(&self, name: &str) -> bool {
        self.controls().iter().any(|control| names::matches(control, name))
    }

    /// What has the keyboard's focus.
    pub fn focused(&self) -> Option<Control> {
        self.controls().into_iter().find(|control| control.focused)
    }

    /// The visible text of the whole page.
    pub fn text(&self) -> String {
        self.eval("document.body.innerText").as_str().unwrap_or_default().to_owned()
    }

    /// The visible text of the first element that a CSS selector finds.
    pub fn text_of(&self, css: &str) -> String {
        let element = self.run(self.client.find(Locator::Css(css)));
        self.run(element.text())
    }

    /// The console's errors so far, a failed load and a breach of the policy among them. A test that
    /// asks has to judge them itself; else any of them fails the test at its end.
    pub fn console_errors(&self) -> Vec<String> {
        self.console_read.set(true);
        self.read_console().expect("the browser gives its console");
        self.console.borrow().clone()
    }

    /// Saves a picture of what is in the window.
    pub fn screenshot(&self, path: impl AsRef<Path>) {
        let picture = self.run(self.client.screenshot());
        fs::write(path.as_ref(), picture)
            .unwrap_or_else(|error| panic!("{}: {error}", path.as_ref().display()));
    }
}

/// Waiting: always for something, up to a deadline.
impl Page {
    /// Waits until a JavaScript expression is true, looking every 20 ms (not once a frame: a page that
    /// is not drawn has no frames). `what` is for the failure's
    /// sentence.
    pub fn wait_until(&self, what: &str, expression: &str) {
        let script = format!(
            "const [patience, done] = arguments;
             const end = performance.now() + patience;
             let failed = null;
             const look = () => {{
               try {{ failed = null; if ({expression}) return done(true); }} catch (error) {{ failed = String(error); }}
               if (performance.now() > end) return done(failed ?? false);
               setTimeout(look, 20);
             }};
             look();"
        );
        let patience = self.patience.get();
        let came =
            self.run(self.client.execute_async(&script, vec![json!(patience.as_millis() as u64)]));
        if came != json!(true) {
            let console = self.read_console().map(|()| self.console.borrow().join("\n  "));
            panic!(
                "waited {patience:?} in vain for {what}: `{expression}` is {came}\nconsole: {}\ntext: {}",
                console.unwrap_or_default(),
                self.text()
            );
        }
    }

    /// Waits until the page shows this text anywhere.
    pub fn wait_for_text(&self, text: &str) {
        self.wait_until(
            &format!("the text \"{text}\""),
            &format!("document.body.innerText.includes({})", json!(text)),
        );
    }

    /// Begins to count the work of the page's thread, in its processor's time.
    pub fn count_work(&self) {
        self.cdp("Performance.enable", json!({ "timeDomain": "threadTicks" }));
    }

    /// One of the figures of `Performance.getMetrics`, such as `TaskDuration` in seconds.
    pub fn metric(&self, name: &str) -> f64 {
        let metrics = self.cdp("Performance.getMetrics", json!({}));
        let all = metrics["metrics"].as_array().expect("a list of metrics");
        let found = all.iter().find(|metric| metric["name"] == name);
        found.and_then(|metric| metric["value"].as_f64()).expect("a metric of this name")
    }

    /// How long the waits of this page wait; 10 s unless said otherwise.
    pub fn set_patience(&self, patience: Duration) {
        self.patience.set(patience);
        let timeouts = json!({ "script": patience.as_millis() as u64 + 20_000 });
        self.send(Raw { path: "timeouts", body: timeouts });
    }

    /// Waits until the page has drawn once more.
    pub fn next_frame(&self) {
        let script =
            "const [done] = arguments; requestAnimationFrame(() => setTimeout(() => done()));";
        self.run(self.client.execute_async(script, vec![]));
    }
}

/// The browser's settings, and the ways around the person.
impl Page {
    /// The value of a JavaScript expression in the page.
    pub fn eval(&self, expression: &str) -> Value {
        self.run(self.client.execute(&format!("return ({expression});"), vec![]))
    }

    /// What a script calls `done` with, some time later.
    pub fn eval_async(&self, script: &str) -> Value {
        let script = format!("const [done] = arguments; {script}");
        self.run(self.client.execute_async(&script, vec![]))
    }

    /// The size of the view in CSS pixels. Below 600 across, it is a phone: touch and a mobile viewport.
    pub fn set_size(&self, width: u32, height: u32) {
        let phone = width < 600;
        let metrics =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": phone });
        self.cdp("Emulation.setDeviceMetricsOverride", metrics);
        self.cdp("Emulation.setTouchEmulationEnabled", json!({ "enabled": phone }));
    }

    /// What the computer prefers: `light` or `dark`.
    pub fn set_theme(&self, theme: &str) {
        self.set_media("prefers-color-scheme", theme);
    }

    /// Any other preference of the computer: `set_media("prefers-reduced-motion", "reduce")`. One at a
    /// time: each takes the place of the one before.
    pub fn set_media(&self, feature: &str, value: &str) {
        let features = json!({ "features": [{ "name": feature, "value": value }] });
        self.cdp("Emulation.setEmulatedMedia", features);
    }

    /// Makes the computer so many times slower.
    pub fn slow_down(&self, times: f64) {
        self.cdp("Emulation.setCPUThrottlingRate", json!({ "rate": times }));
    }

    /// Any command of the Chrome DevTools protocol; in Chromium only.
    pub fn cdp(&self, command: &str, params: Value) -> Value {
        self.send(Raw {
            path: "goog/cdp/execute",
            body: json!({ "cmd": command, "params": params }),
        })
    }

    /// The WebDriver element of a control. The accessibility tree knows elements by the browser's own
    /// number, WebDriver by a reference that a script returns: the element passes through a global.
    fn element(&self, control: &Control) -> Element {
        let number = match &control.handle {
            Handle::Number(number) => number,
            Handle::Reference(reference) => {
                let reference = ElementRef::from(reference.clone());
                return Element::from_element_id(self.client.clone(), reference);
            }
        };
        let object = self.cdp("DOM.resolveNode", json!({ "backendNodeId": number }));
        let keep = "function () { globalThis.controlOfTest = this; }";
        let params =
            json!({ "objectId": object["object"]["objectId"], "functionDeclaration": keep });
        self.cdp("Runtime.callFunctionOn", params);
        let element = self.eval("globalThis.controlOfTest");
        let reference = element.as_object().and_then(|element| element.values().next()?.as_str());
        let reference = reference.unwrap_or_else(|| panic!("{control} is gone")).to_owned();
        Element::from_element_id(self.client.clone(), ElementRef::from(reference))
    }

    /// Adds what the console has got since it was last read.
    fn read_console(&self) -> Result<(), CmdError> {
        if self.browser == Browser::Firefox {
            self.console.borrow_mut().extend(self.driver.printed_errors());
            return Ok(());
        }
        let raw = Raw { path: "se/log", body: json!({ "type": "browser" }) };
        let entries = self.runtime.block_on(self.client.issue_cmd(raw))?;
        let errors =
            entries.as_array().into_iter().flatten().filter(|entry| entry["level"] == "SEVERE");
        let messages = errors.map(|entry| entry["message"].as_str().unwrap_or_default().to_owned());
        self.console.borrow_mut().extend(messages);
        Ok(())
    }

    fn send(&self, raw: Raw) -> Value {
        self.run(self.client.issue_cmd(raw))
    }

    fn run<T>(&self, command: impl Future<Output = Result<T, CmdError>>) -> T {
        self.runtime
            .block_on(command)
            .unwrap_or_else(|error| panic!("the browser refused: {error}"))
    }

    /// A picture and the console of a test that failed.
    fn leave_evidence(&self) {
        let folder = root().join("target/browser");
        let name = thread::current().name().unwrap_or("test").replace("::", "-");
        let file = folder.join(name).with_extension("png");
        let picture = self.runtime.block_on(self.client.screenshot());
        if let Ok(picture) = picture
            && fs::create_dir_all(&folder).and_then(|()| fs::write(&file, picture)).is_ok()
        {
            eprintln!("what the page looked like: {}", file.display());
        }
        if self.read_console().is_ok() {
            eprintln!("its console's errors: {:#?}", self.console.borrow());
        }
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        if thread::panicking() {
            self.leave_evidence();
        }
        let console = self.read_console();
        let closed = self.runtime.block_on(self.client.clone().close());
        if !thread::panicking() {
            console.expect("the browser gives its console");
            closed.expect("the browser closes");
            let errors = self.console.borrow();
            assert!(
                self.console_read.get() || errors.is_empty(),
                "the console has errors: {errors:#?}"
            );
        }
    }
}

/// A command below the session's address that WebDriver itself does not have.
#[derive(Debug)]
struct Raw {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Raw {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &url::Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}

/// A question below the session's address.
#[derive(Debug)]
struct Get(String);

impl WebDriverCompatibleCommand for Get {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.0))
    }

    fn method_and_body(&self, _: &url::Url) -> (Method, Option<String>) {
        (Method::GET, None)
    }
}
