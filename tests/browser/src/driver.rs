//! A browser's driver, and the browser that it starts.

use crate::programs;
use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

/// Which browser a test runs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Browser {
    Chromium,
    /// It has no DevTools commands (`Page::cdp` and what uses it), and of its console's errors only what
    /// scripts cause is seen, not what the network does.
    Firefox,
}

impl Browser {
    pub const ALL: [Browser; 2] = [Browser::Chromium, Browser::Firefox];
}

/// Whether pages may keep anything: cookies, `localStorage`, databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    Allowed,
    /// As where a reader blocks all cookies and site data.
    Blocked,
}

/// A running driver; ends when dropped.
pub struct Driver {
    browser: Browser,
    process: Child,
    port: u16,
    /// What the browser prints since it was last asked: Firefox's console is among it.
    said: Arc<Mutex<Vec<String>>>,
}

impl Driver {
    /// Starts it on a free port and waits until it listens.
    pub fn start(browser: Browser) -> Self {
        let (program, arguments): (_, &[&str]) = match browser {
            Browser::Chromium => (programs::chromedriver(), &["--port=0"]),
            Browser::Firefox => (programs::geckodriver(), &["--port=0", "--websocket-port=0"]),
        };
        let program =
            program.unwrap_or_else(|| panic!("no driver: `cargo xtask test` installs it"));
        let mut process = Command::new(&program)
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{} cannot be started: {error}", program.display()));
        let (found, port) = mpsc::channel();
        let said = Arc::new(Mutex::new(Vec::new()));
        let (out, err) = (process.stdout.take(), process.stderr.take());
        listen(out.expect("its output is piped"), found.clone(), said.clone());
        listen(err.expect("its errors are piped"), found, said.clone());
        let port = port.recv().expect("the driver says on which port it listens");
        Self { browser, process, port, said }
    }

    /// Starts a browser with an empty profile.
    pub async fn browser(&self, storage: Storage) -> Client {
        let wanted = match self.browser {
            Browser::Chromium => chromium(storage),
            Browser::Firefox => firefox(storage),
        };
        let wanted: Capabilities = wanted.as_object().expect("this is an object").clone();
        ClientBuilder::new(HttpConnector::new())
            .capabilities(wanted)
            .connect(&format!("http://127.0.0.1:{}", self.port))
            .await
            .unwrap_or_else(|error| panic!("the browser could not be started: {error}"))
    }

    /// The errors on Firefox's console since they were last asked for. It prints its own troubles as
    /// well: those come from `chrome:` and `resource:`, or from its loader of remote settings.
    pub fn printed_errors(&self) -> Vec<String> {
        let said = std::mem::take(&mut *self.said.lock().expect("nobody panics while it prints"));
        let is_error = |line: &String| {
            let begins = ["console.error:", "JavaScript error:", "Content-Security-Policy:"];
            let own = ["chrome://", "resource://", "moz-extension:", "RSLoader:"];
            begins.iter().any(|begin| line.starts_with(begin))
                && !own.iter().any(|own| line.contains(own))
        };
        said.into_iter().filter(is_error).collect()
    }
}

/// Reads what the driver and its browser print: the port, and the console. A program whose output nobody
/// reads stands still.
fn listen(
    output: impl Read + Send + 'static,
    found: mpsc::Sender<u16>,
    said: Arc<Mutex<Vec<String>>>,
) {
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            let after = ["started successfully on port ", "Listening on 127.0.0.1:"];
            let port = after
                .iter()
                .find_map(|before| line.split_once(before))
                .and_then(|(_, port)| port.trim_end_matches('.').parse().ok());
            if let Some(port) = port {
                // Nobody waits for it any more if it is said twice.
                let _ = found.send(port);
            }
            said.lock().expect("nobody panics while it prints").push(line);
        }
    });
}

fn is_headless() -> bool {
    std::env::var_os("FAULTLINE_HEADED").is_none()
}

fn chromium(storage: Storage) -> Value {
    let mut arguments = vec![
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--hide-scrollbars",
        "--window-size=1280,900",
    ];
    if is_headless() {
        arguments.push("--headless=new");
    }
    let mut options = json!({ "args": arguments });
    if let Some(program) = programs::chromium() {
        options["binary"] = json!(program);
    }
    if storage == Storage::Blocked {
        options["prefs"] = json!({ "profile.default_content_setting_values.cookies": 2 });
    }
    json!({
        "browserName": "chrome",
        "goog:chromeOptions": options,
        "goog:loggingPrefs": { "browser": "ALL" },
    })
}

fn firefox(storage: Storage) -> Value {
    let arguments: &[&str] = if is_headless() { &["--headless"] } else { &[] };
    let mut preferences = json!({
        "devtools.console.stdout.content": true,
        "devtools.console.stdout.chrome": false,
        "browser.dom.window.dump.enabled": true,
    });
    if storage == Storage::Blocked {
        preferences["network.cookie.cookieBehavior"] = json!(2);
    }
    let mut options = json!({ "args": arguments, "prefs": preferences });
    if let Some(program) = programs::firefox() {
        options["binary"] = json!(program);
    }
    json!({ "browserName": "firefox", "moz:firefoxOptions": options })
}

impl Drop for Driver {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
