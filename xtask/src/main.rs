//! `cargo xtask`: everything that is done to this repository, in one program.
//!
//! | file | what it does |
//! |---|---|
//! | `page.rs` | builds the page into `dist/`: cargo, wasm-bindgen, the files that `index.html` lists |
//! | `index.rs` | reads and rewrites `index.html` |
//! | `single.rs` | the whole page in one file |
//! | `offline.rs` | what makes the site one that can be installed, and opened without a network |
//! | `stubs.rs` | a small static page for each lab, with pictures |
//! | `split.rs` | takes the program apart into parts that are fetched when they are needed |
//! | `sizes.rs` | compresses what was built and prints the table of sizes |
//! | `sources.rs` | cuts the Rust source of each rule from the labs |
//! | `serve.rs`, `server.rs` | serves `dist/` as strictly as the strictest host would |
//! | `tests.rs` | every check, in order |
//! | `bench.rs` | the benchmarks, natively and in the browser; pictures of the page |
//! | `setup.rs` | installs what is missing: wasm target, rustfmt, clippy, Chromium |
//! | `programs.rs` | where the browsers and their drivers are |
//! | `shell.rs` | runs a command and says so |

use anyhow::Result;
use clap::{Parser, Subcommand};
use page::Profile;
use std::process::ExitCode;

mod bench;
mod index;
mod offline;
mod page;
mod programs;
mod serve;
mod server;
mod setup;
mod shell;
mod single;
mod sizes;
mod sources;
mod split;
mod stubs;
mod tests;

/// Builds, serves, tests and measures the Faultline page.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build the page and serve it on this computer.
    ///
    /// Adds the wasm target by rustup when it is missing. Serves with the strict content security
    /// policy that the page promises to work under. Run it again to rebuild.
    Serve {
        /// The port to listen on; 0 takes any free one.
        #[arg(long, default_value_t = 8080)]
        port: u16,
        /// Only print the address, do not open a browser.
        #[arg(long)]
        no_open: bool,
        /// Build without optimisation: quicker to build, slower to run.
        #[arg(long)]
        dev: bool,
    },
    /// Build the page into `dist/`, ready for any static host.
    ///
    /// All addresses in it are relative, so it works under any path. A `.br` and a `.gz` stand
    /// beside each file for hosts that can send them. Prints the table of sizes.
    Build {
        /// Build without optimisation: quicker to build, slower to run.
        #[arg(long)]
        dev: bool,
        /// Leave the program in one file, rather than in parts that are fetched when they are needed.
        #[arg(long, conflicts_with = "dev")]
        whole: bool,
        /// Write `dist/faultline.html`: everything in one file, which opens without a server.
        #[arg(long, conflicts_with_all = ["dev", "whole"])]
        single: bool,
    },
    /// Run everything that must pass: format, lints, tests, docs, build, and the page in a browser.
    ///
    /// Installs what is missing: the wasm target, rustfmt and clippy by rustup; Chromium with its driver
    /// and Firefox by apt-get where that is possible, and else says how to get them; Firefox's driver by
    /// cargo.
    Test {
        /// Only format, lints and native tests: leaves out the documentation, the build and the browser.
        #[arg(long)]
        quick: bool,
    },
    /// Run the benchmarks natively (criterion) and in headless Chromium, and print both.
    ///
    /// The page at `#/bench` runs the same workloads and puts its figures into `#bench-result`.
    Bench,
    /// Take a picture of the page, after playing a few acts on it.
    ///
    /// Example: cargo xtask shot '#/lab/raft' 1280x800 raft.png --theme dark --do click:Play --do for:2000
    ///
    /// `cargo xtask shot --help` tells all acts.
    #[command(disable_help_flag = true)]
    Shot {
        /// Take `dist/` as it is.
        #[arg(long)]
        no_build: bool,
        /// Build without optimisation: quicker to build, slower to run.
        #[arg(long)]
        dev: bool,
        /// ROUTE WIDTHxHEIGHT PICTURE.png and options.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        args: Vec<String>,
    },
}

fn main() -> ExitCode {
    match run(Cli::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<()> {
    std::env::set_current_dir(shell::root())?;
    match task {
        Task::Serve { port, no_open, dev } => serve::serve(port, no_open, Profile::new(dev)),
        Task::Build { single: true, .. } => single::build().map(drop),
        Task::Build { whole: true, .. } => page::build(Profile::Whole).map(drop),
        Task::Build { dev, .. } => page::build(Profile::new(dev)).map(drop),
        Task::Test { quick } => tests::test(quick),
        Task::Bench => bench::bench(),
        Task::Shot { no_build, dev, args } => {
            bench::shot((!no_build).then(|| Profile::new(dev)), &args)
        }
    }
}
