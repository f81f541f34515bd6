//! Installs what is missing, or says exactly how to.

use crate::programs;
use crate::shell::{output, run};
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::Command;

/// What the page is compiled for.
pub const WASM: &str = "wasm32-unknown-unknown";

/// Makes sure that the page can be compiled.
pub fn wasm_target() -> Result<()> {
    let sysroot = output(Command::new("rustc").args(["--print", "sysroot"])).context(
        "`rustc` was not found. Install Rust from https://rustup.rs and open a new terminal",
    )?;
    if Path::new(&sysroot).join("lib/rustlib").join(WASM).join("lib").exists() {
        return Ok(());
    }
    rustup(&["target", "add", WASM], &format!("the Rust target {WASM}"))
}

/// Makes sure that `cargo fmt` and `cargo clippy` are there.
pub fn lints() -> Result<()> {
    for (tool, component) in [("rustfmt", "rustfmt"), ("cargo-clippy", "clippy")] {
        if output(Command::new(tool).arg("--version")).is_none() {
            rustup(&["component", "add", component], component)?;
        }
    }
    Ok(())
}

fn rustup(args: &[&str], what: &str) -> Result<()> {
    if output(Command::new("rustup").arg("--version")).is_none() {
        bail!(
            "{what} is missing, and so is `rustup`, which would install it.\n\
             Either install rustup from https://rustup.rs and run this again,\n\
             or install {what} by the package manager that gave you Rust\n\
             (Debian: libstd-rust-dev-wasm32, rustfmt, rust-clippy; Fedora: rust-std-static-{WASM}, rustfmt, clippy)."
        );
    }
    run(Command::new("rustup").args(args))
}

/// Makes sure that Chromium and its driver are there.
pub fn browser() -> Result<()> {
    if programs::chromium().is_some() && programs::chromedriver().is_some() {
        return Ok(());
    }
    let apt = output(Command::new("apt-get").arg("--version")).is_some();
    let user = output(Command::new("id").arg("-u"));
    if apt && user.as_deref() == Some("0") {
        run(Command::new("apt-get").arg("update"))?;
        return run(Command::new("apt-get")
            .args([
                "install",
                "-y",
                "--no-install-recommends",
                "chromium",
                "chromium-driver",
                "fonts-dejavu-core",
            ])
            .env("DEBIAN_FRONTEND", "noninteractive"));
    }
    bail!(
        "the browser tests need Chromium (or Chrome) and the chromedriver of the same version.\n\
         \x20 Debian, Ubuntu:  sudo apt-get update && sudo apt-get install -y chromium chromium-driver\n\
         \x20 Fedora:          sudo dnf install -y chromium chromedriver\n\
         \x20 macOS:           brew install --cask google-chrome chromedriver\n\
         \x20 Windows:         winget install Google.Chrome Chromium.ChromeDriver\n\
         If they lie elsewhere, name them by the environment variables CHROMIUM and CHROMEDRIVER.\n\
         `cargo xtask test --quick` runs everything that needs no browser."
    )
}
