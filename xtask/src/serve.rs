//! Builds the page, serves it, and opens the browser.

use crate::page::{self, Profile};
use crate::server::Server;
use anyhow::{Context, Result};

pub fn serve(port: u16, no_open: bool, profile: Profile) -> Result<()> {
    let dist = page::build(profile)?;
    let server = Server::start(&dist, port, "").with_context(|| {
        format!(
            "port {port} cannot be opened; choose another by --port, or any free one by --port 0"
        )
    })?;
    let url = server.url();
    println!("Faultline is at {url} (end it by Ctrl-C; run again to rebuild)");
    if !no_open && let Err(error) = open::that(&url) {
        println!("No browser could be opened ({error}): open the address yourself.");
    }
    server.wait();
    Ok(())
}
