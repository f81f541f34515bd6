//! Where the browsers and their drivers are.
//!
//! `cargo xtask test` and the browser tests share this file, so that what the one finds the other uses.

use std::path::{Path, PathBuf};

/// The browser: `CHROMIUM` when set, else the first of its usual names that is there.
pub fn chromium() -> Option<PathBuf> {
    find(
        "CHROMIUM",
        &[
            "chromium",
            "chromium-browser",
            "google-chrome",
            "google-chrome-stable",
            "chrome",
            "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
            "/Applications/Chromium.app/Contents/MacOS/Chromium",
            r"C:\Program Files\Google\Chrome\Application\chrome.exe",
        ],
    )
}

/// Its driver: `CHROMEDRIVER` when set, else the first of its usual names that is there.
pub fn chromedriver() -> Option<PathBuf> {
    find(
        "CHROMEDRIVER",
        &[
            "chromedriver",
            "chromium.chromedriver",
            "/usr/lib/chromium/chromedriver",
            "/usr/lib64/chromium-browser/chromedriver",
        ],
    )
}

/// The other browser: `FIREFOX` when set, else the first of its usual names that is there.
pub fn firefox() -> Option<PathBuf> {
    find(
        "FIREFOX",
        &[
            "firefox-esr",
            "firefox",
            "/Applications/Firefox.app/Contents/MacOS/firefox",
            r"C:\Program Files\Mozilla Firefox\firefox.exe",
        ],
    )
}

/// Its driver: `GECKODRIVER` when set, else the first that is there: in `PATH`, or where
/// `cargo xtask test` has put it.
pub fn geckodriver() -> Option<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join(TOOLS));
    let own: Vec<_> = own.map(|folder| folder.join("bin/geckodriver")).collect();
    let own = own.iter().filter_map(|path| path.to_str());
    find(
        "GECKODRIVER",
        &["geckodriver", "firefox.geckodriver"].into_iter().chain(own).collect::<Vec<_>>(),
    )
}

/// Where tools are installed that no package manager has, below the root of the repository.
pub const TOOLS: &str = "target/tools";

/// A name that is a path of its own stands as it is; others are looked up in `PATH`.
fn find(variable: &str, names: &[&str]) -> Option<PathBuf> {
    if let Some(named) = std::env::var_os(variable) {
        return Some(named.into());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    names
        .iter()
        .flat_map(|name| std::env::split_paths(&path).map(move |folder| folder.join(name)))
        .flat_map(|program| [program.with_extension(std::env::consts::EXE_EXTENSION), program])
        .find(|program| program.is_file())
}
