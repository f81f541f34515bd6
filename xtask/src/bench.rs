//! The benchmarks, natively and in the browser; and pictures of the page.
//!
//! Natively they are criterion's, in `benches/`. In the browser the page at `#/bench` runs the same
//! workloads one after the other and, when it is done, has an element
//!
//! ```html
//! <pre id="bench-result" data-done="true">{"results": [{"id": "raft/recorded", "ns": 81234.5}]}</pre>
//! ```
//!
//! where `id` is criterion's full name of the benchmark and `ns` the median time of one iteration in
//! nanoseconds. The page may measure more than criterion, and the other way round; ratios are printed
//! where both have a figure. Then a lab is played, with the processor as it is and slowed down four
//! times: how long a frame takes, and a press until the page is drawn again.

use crate::page::{self, Profile};
use crate::setup;
use crate::shell::{cargo, run};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::SystemTime;

/// One benchmark's figures.
#[derive(Default)]
struct Figures {
    /// Median time of one iteration, in nanoseconds.
    native: Option<f64>,
    wasm: Option<f64>,
    /// What one iteration handles: events, seeks.
    elements: Option<f64>,
}

pub fn bench() -> Result<()> {
    setup::chromium()?;
    let dist = page::build(Profile::Release)?;

    let started = SystemTime::now();
    run(cargo().args(["bench", "--package", "faultline", "--bench", "*"]))?;
    let mut figures = BTreeMap::new();
    native(&page::target().join("criterion"), started, &mut figures)?;

    eprintln!("\nThe same in headless Chromium …");
    let mut browser = browser(&dist);
    let output = browser.arg("bench").stdout(Stdio::piped()).spawn()?.wait_with_output()?;
    if !output.status.success() {
        bail!("the page's benchmarks did not end");
    }
    wasm(&String::from_utf8_lossy(&output.stdout), &mut figures)?;

    print(&figures);
    Ok(())
}

/// Takes a picture of the page.
pub fn shot(build: Option<Profile>, args: &[String]) -> Result<()> {
    let dist = match build {
        Some(profile) if !args.iter().any(|arg| arg == "--help") => page::build(profile)?,
        _ => page::dist(),
    };
    run(browser(&dist).arg("shot").args(args))
}

fn browser(dist: &Path) -> Command {
    let mut command = cargo();
    command.args(["run", "--quiet", "--package", "browser", "--"]);
    command.env("FAULTLINE_DIST", dist);
    command
}

/// Reads what criterion has written since `started`: `…/NAME/new/{benchmark,estimates}.json`.
fn native(
    folder: &Path,
    started: SystemTime,
    figures: &mut BTreeMap<String, Figures>,
) -> Result<()> {
    for entry in fs::read_dir(folder)
        .with_context(|| format!("criterion left nothing in {}", folder.display()))?
    {
        let path = entry?.path();
        if !path.is_dir() {
            continue;
        }
        let estimates = path.join("estimates.json");
        let fresh = || anyhow::Ok(fs::metadata(&estimates)?.modified()? >= started);
        if !(path.ends_with("new") && estimates.exists()) {
            native(&path, started, figures)?;
        } else if fresh()? {
            let benchmark: Value = serde_json::from_slice(&fs::read(path.join("benchmark.json"))?)?;
            let estimates: Value = serde_json::from_slice(&fs::read(&estimates)?)?;
            let id = benchmark["full_id"].as_str().context("criterion names its benchmarks")?;
            let figure = figures.entry(id.to_owned()).or_default();
            figure.native = estimates["median"]["point_estimate"].as_f64();
            figure.elements = benchmark["throughput"]["Elements"].as_f64();
        }
    }
    Ok(())
}

fn wasm(json: &str, figures: &mut BTreeMap<String, Figures>) -> Result<()> {
    let json: Value =
        serde_json::from_str(json).with_context(|| format!("#bench-result is not JSON: {json}"))?;
    for result in json["results"].as_array().context("#bench-result has no `results`")? {
        let id = result["id"].as_str().context("a result of #bench-result has no `id`")?;
        let ns = result["ns"].as_f64().context("a result of #bench-result has no `ns`")?;
        figures.entry(id.to_owned()).or_default().wasm = Some(ns);
    }
    Ok(())
}

fn print(figures: &BTreeMap<String, Figures>) {
    println!(
        "\n{:<40}{:>14}{:>14}{:>12}{:>14}",
        "benchmark", "native", "wasm", "wasm speed", "wasm, each s"
    );
    for (id, Figures { native, wasm, elements }) in figures {
        let time = |ns: &Option<f64>| ns.map_or("–".into(), |ns| format!("{:.1} µs", ns / 1e3));
        let ratio = native
            .zip(*wasm)
            .map_or("–".into(), |(native, wasm)| format!("{:.2} ×", native / wasm));
        let rate =
            elements.zip(*wasm).map_or("–".into(), |(n, wasm)| format!("{:.0}", n / wasm * 1e9));
        println!("{id:<40}{:>14}{:>14}{ratio:>12}{rate:>14}", time(native), time(wasm));
    }
}
