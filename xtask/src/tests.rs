//! Every check, in the order in which a mistake is found soonest.

use crate::page::{self, Profile};
use crate::setup::{self, WASM};
use crate::shell::{cargo, run};
use crate::single;
use anyhow::Result;
use std::path::Path;
use std::time::Instant;

pub fn test(quick: bool) -> Result<()> {
    let started = Instant::now();
    let stage =
        |name: &str| eprintln!("\n── {name} ── (at {:.0} s)", started.elapsed().as_secs_f64());

    stage("what is needed");
    setup::lints()?;
    setup::wasm_target()?;
    if !quick {
        setup::chromium()?;
        setup::firefox()?;
    }

    stage("format");
    run(cargo().args(["fmt", "--all", "--check"]))?;

    stage("lints");
    run(cargo().args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    run(cargo().args([
        "clippy",
        "--package",
        "faultline",
        "--bin",
        "page",
        "--target",
        WASM,
        "--",
        "-D",
        "warnings",
    ]))?;

    stage("native tests");
    run(cargo().args(["test", "--package", "faultline"]))?;
    run(cargo().args(["test", "--package", "xtask"]))?;

    if quick {
        eprintln!(
            "\nquick tests passed in {:.0} s (left out: docs, build, browser)",
            started.elapsed().as_secs_f64()
        );
        return Ok(());
    }

    stage("documentation");
    run(cargo().args(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))?;

    stage("the page");
    let dist = page::build(Profile::Release)?;

    stage("the page in one file");
    single::build()?;

    stage("the page in a browser");
    browser(&dist)?;

    eprintln!("\nall tests passed in {:.0} s", started.elapsed().as_secs_f64());
    Ok(())
}

/// Runs the browser tests on a built page.
fn browser(dist: &Path) -> Result<()> {
    run(cargo().args(["test", "--package", "browser"]).env("FAULTLINE_DIST", dist))
}
