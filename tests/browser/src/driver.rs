//! One chromedriver, and the browser that it starts.

use crate::programs;
use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::thread;

/// A running chromedriver; ends when dropped.
pub struct Driver {
    process: Child,
    port: u16,
}

impl Driver {
    /// Starts it on a free port and waits until it listens.
    pub fn start() -> Self {
        let program = programs::chromedriver()
            .expect("chromedriver was not found: `cargo xtask test` installs it");
        let mut process = Command::new(&program)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{} cannot be started: {error}", program.display()));
        let mut lines = BufReader::new(process.stdout.take().expect("its output is piped")).lines();
        let port = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| {
                let (_, port) = line.split_once("started successfully on port ")?;
                port.trim_end_matches('.').parse().ok()
            })
            .expect("chromedriver says on which port it listens");
        // It blocks when nobody reads what it says.
        thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Self { process, port }
    }

    /// Starts a browser with an empty profile.
    pub async fn browser(&self) -> Client {
        let mut arguments = vec![
            "--headless=new",
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
        if std::env::var_os("FAULTLINE_HEADED").is_some() {
            arguments.retain(|argument| !argument.starts_with("--headless"));
        }
        let mut options = json!({ "args": arguments });
        if let Some(program) = programs::chromium() {
            options["binary"] = json!(program);
        }
        let wanted = json!({
            "browserName": "chrome",
            "goog:chromeOptions": options,
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        let wanted: Capabilities = wanted.as_object().expect("this is an object").clone();
        ClientBuilder::new(HttpConnector::new())
            .capabilities(wanted)
            .connect(&format!("http://127.0.0.1:{}", self.port))
            .await
            .unwrap_or_else(|error| panic!("the browser could not be started: {error}"))
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
