//! Installs what is missing, or says exactly how to.

use crate::programs;
use crate::shell::{cargo, output, run};
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
pub fn chromium() -> Result<()> {
    let missing = || programs::chromium().is_none() || programs::chromedriver().is_none();
    if missing() {
        apt(&["chromium", "chromium-driver", "fonts-dejavu-core"]).context(CHROMIUM)?;
    }
    if missing() {
        bail!(CHROMIUM);
    }
    Ok(())
}

/// Makes sure that Firefox and its driver are there.
pub fn firefox() -> Result<()> {
    if programs::firefox().is_none() {
        apt(&["firefox-esr"]).context(FIREFOX)?;
    }
    if programs::firefox().is_none() {
        bail!(FIREFOX);
    }
    if programs::geckodriver().is_none() {
        // Debian has no package of it. It only drives tests: built without optimisation it is there in
        // half the time.
        run(cargo()
            .args(["install", "geckodriver", "--locked", "--debug", "--root", programs::TOOLS])
            .env_remove("CARGO_TARGET_DIR"))
        .context(FIREFOX)?;
    }
    if programs::geckodriver().is_none() {
        bail!(FIREFOX);
    }
    Ok(())
}

/// Installs packages where that may be done: as root on Debian or one of its kin.
fn apt(packages: &[&str]) -> Result<()> {
    let apt = output(Command::new("apt-get").arg("--version")).is_some();
    let root = output(Command::new("id").arg("-u")).as_deref() == Some("0");
    if apt && root {
        run(Command::new("apt-get").arg("update"))?;
        run(Command::new("apt-get")
            .args(["install", "-y", "--no-install-recommends"])
            .args(packages)
            .env("DEBIAN_FRONTEND", "noninteractive"))?;
    }
    Ok(())
}

/// What to do where we cannot install it.
const CHROMIUM: &str = "\
the browser tests need Chromium or Chrome, and the chromedriver of the same version.
  Debian:   sudo apt-get update && sudo apt-get install -y chromium chromium-driver
  Ubuntu:   sudo snap install chromium   (chromedriver comes with it, as chromium.chromedriver)
  Fedora:   sudo dnf install -y chromium chromedriver
  macOS:    brew install --cask google-chrome chromedriver
  Windows:  winget install Google.Chrome Chromium.ChromeDriver
If they lie elsewhere, name them by the environment variables CHROMIUM and CHROMEDRIVER.
`cargo xtask test --quick` runs everything that needs no browser.";

/// The same for the other browser.
const FIREFOX: &str = "\
the browser tests need Firefox and geckodriver as well.
  Debian:   sudo apt-get update && sudo apt-get install -y firefox-esr
  Ubuntu:   sudo snap install firefox   (geckodriver comes with it, as firefox.geckodriver)
  Fedora:   sudo dnf install -y firefox
  macOS:    brew install --cask firefox && brew install geckodriver
  Windows:  winget install Mozilla.Firefox Mozilla.GeckoDriver
Where there is no package of geckodriver: cargo install geckodriver --locked
If they lie elsewhere, name them by the environment variables FIREFOX and GECKODRIVER.
`cargo xtask test --quick` runs everything that needs no browser.";
