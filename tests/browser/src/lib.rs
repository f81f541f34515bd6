//! Drives the built page in a headless browser, as a person would.
//!
//! ```no_run
//! use browser::Page;
//!
//! let page = Page::open("#/lab/raft");   // builds and serves the page, starts a browser of its own
//! page.click("Kill node 3");             // by the name that a screen reader would say
//! page.wait_for_text("node 3 crashed");  // waits for it, up to a deadline; no sleeps
//! page.press("Shift+Tab");
//! assert!(page.has("Restart node 3"));
//! ```
//!
//! What a test may count on:
//!
//! - **Nothing is started by hand.** `cargo xtask test` builds the page and names it by
//!   `FAULTLINE_DIST`; without that variable the first test of a process calls `cargo xtask build`.
//! - **The real thing is tested**: the release build, compressed, below a path (`/a/path/`), under the
//!   content security policy of [`POLICY`], from the same server code as `cargo xtask serve`.
//! - **The browser is Chromium**, and for what must be shown there, too, Firefox: [`Page::blank_in`].
//! - **Every [`Page`] is a browser of its own** with an empty profile; it ends with the test.
//! - **Controls are found by role and name in the accessibility tree**: what cannot be named cannot be
//!   tested, nor used.
//! - **A console error fails the test**, unless the test asked for them by [`Page::console_errors`].
//! - **A test that fails leaves a picture** in `target/browser/`.
//!
//! A failure is a panic with a sentence: this is a library for tests.

mod axe;
mod driver;
mod keys;
pub mod motion;
mod names;
mod page;
#[path = "../../../xtask/src/programs.rs"]
mod programs;
#[path = "../../../xtask/src/server.rs"]
mod server;

pub use driver::{Browser, Storage};
pub use names::Control;
pub use page::Page;
pub use server::POLICY;

use server::Server;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("the repository has a root")
}

/// The folder of the built page; builds it when nobody has said that it is built.
pub fn dist() -> &'static Path {
    static DIST: OnceLock<PathBuf> = OnceLock::new();
    DIST.get_or_init(|| match std::env::var_os("FAULTLINE_DIST") {
        Some(folder) => root().join(folder),
        None => {
            xtask(&["build"]);
            root().join("dist")
        }
    })
}

/// Runs `cargo xtask`, which must succeed.
pub fn xtask(args: &[&str]) {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo).arg("xtask").args(args).current_dir(root()).status();
    let done = status.is_ok_and(|status| status.success());
    assert!(done, "`cargo xtask {}` failed", args.join(" "));
}

/// Where the page is served for the tests of this process.
pub fn address() -> String {
    static ADDRESS: OnceLock<String> = OnceLock::new();
    ADDRESS.get_or_init(|| serve(dist())).clone()
}

/// Serves any folder in the same way, on an origin of its own, until the process ends.
pub fn serve(folder: &Path) -> String {
    Server::start(folder, 0, "a/path/").expect("a free port can be opened").url()
}
