//! The same browser for developers: pictures of the page, and its benchmarks. Run by `cargo xtask shot`
//! and `cargo xtask bench`.

use browser::{Page, motion};
use clap::{Parser, Subcommand};
use serde_json::json;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Take a picture of the page, after playing a few acts on it.
    ///
    /// Acts: `click:NAME`, `tap:NAME`, `press:KEY` (Space, Shift+Tab, k), `keys:TEXT`, `set:NAME=VALUE`,
    /// `wait:TEXT` (until the page shows it), `for:MILLISECONDS`, `eval:JAVASCRIPT`. A NAME is a
    /// control's accessible name; one that ends in … is its beginning.
    Shot {
        /// Where on the page: `#/lab/raft`; "" is the catalogue.
        route: String,
        /// Width and height of the view: 1280x800, 390x844.
        #[arg(value_parser = size)]
        size: (u32, u32),
        /// The picture to write, a PNG.
        picture: PathBuf,
        /// light or dark
        #[arg(long, default_value = "light")]
        theme: String,
        /// An act before the picture; may be given many times.
        #[arg(long = "do", value_name = "ACT")]
        acts: Vec<String>,
        /// Also print all controls by role and name.
        #[arg(long)]
        controls: bool,
        /// Also print the visible text.
        #[arg(long)]
        text: bool,
    },
    /// Run the page's benchmarks, see how smoothly it plays, and print both as JSON.
    Bench,
}

fn main() {
    match Cli::parse().task {
        Task::Shot { route, size, picture, theme, acts, controls, text } => {
            let page = Page::blank();
            page.set_size(size.0, size.1);
            page.set_theme(&theme);
            page.goto(&route);
            page.next_frame();
            acts.iter().for_each(|act| play(&page, act));
            page.next_frame();
            page.screenshot(&picture);
            println!("{}", picture.display());
            if controls {
                page.controls().iter().for_each(|control| println!("{control}"));
            }
            if text {
                println!("{}", page.text());
            }
            for error in page.console_errors() {
                println!("console: {error}");
            }
        }
        Task::Bench => {
            let page = Page::open("#/bench");
            page.set_patience(Duration::from_secs(600));
            page.wait_until(
                "the page's benchmarks to end (the contract: #bench-result with data-done=\"true\")",
                "document.getElementById('bench-result')?.dataset.done === 'true'",
            );
            let mut all =
                page.eval("JSON.parse(document.getElementById('bench-result').textContent)");
            let results = all["results"].as_array_mut().expect("`results` is a list");
            for (id, ns) in [1, 4].into_iter().flat_map(motion::measure).chain(motion::busy()) {
                results.push(json!({ "id": id, "ns": ns }));
            }
            println!("{all}");
        }
    }
}

fn play(page: &Page, act: &str) {
    let (verb, what) = act.split_once(':').unwrap_or((act, ""));
    match verb {
        "click" => page.click(what),
        "tap" => page.touch_tap(what),
        "press" => page.press(what),
        "keys" => page.keys(what),
        "set" => {
            let (name, value) = what.split_once('=').expect("an act `set` is set:NAME=VALUE");
            page.set_value(name, value);
        }
        "wait" => page.wait_for_text(what),
        "for" => {
            let milliseconds: f64 = what.parse().expect("an act `for` is for:MILLISECONDS");
            let start = page.eval("performance.now()").as_f64().expect("the page has a clock");
            page.wait_until(
                "time to pass",
                &format!("performance.now() > {}", start + milliseconds),
            );
        }
        "eval" => println!("{}", page.eval(what)),
        _ => panic!("no act is called \"{verb}\"; `cargo xtask shot --help` tells them"),
    }
}

fn size(text: &str) -> Result<(u32, u32), String> {
    let parts = text
        .split_once('x')
        .and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
    parts.ok_or_else(|| "a size is WIDTHxHEIGHT, such as 1280x800".to_owned())
}
