//! The whole of Faultline in one HTML file: opens from a disk, a stick or a mail, with no server.
//!
//! A browser runs no modules and fetches nothing from `file://`, so everything stands inside: the style
//! sheets, the program's script as a classic one, and the wasm, compressed and in base64.

use crate::index::{self, Link};
use crate::page::{self, Profile};
use crate::setup;
use crate::shell;
use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use wasm_bindgen_cli_support::Bindgen;

/// Its name, in `dist/`.
pub const FILE: &str = "faultline.html";

/// What it may weigh, in bytes.
const BUDGET: usize = 1_500_000;

/// Starts the program that stands in the page.
const START: &str = r#"
const packed = Uint8Array.from(atob(document.getElementById("program").textContent), (c) => c.charCodeAt(0));
const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
new Response(unpacked)
  .arrayBuffer()
  .then((wasm) => wasm_bindgen({ module_or_path: wasm }))
  .catch((error) => {
    console.error(error);
    const loading = document.getElementById("loading");
    if (loading) loading.textContent = "Faultline could not start. It needs a current browser. " + error;
  });
"#;

/// Builds the file and gives its path.
pub fn build() -> Result<PathBuf> {
    setup::wasm_target()?;
    let root = shell::root();
    let html = fs::read_to_string(root.join("index.html")).context("index.html cannot be read")?;
    let mut failed = None;
    let single = index::rewrite(&html, |link| {
        inlined(link, root).unwrap_or_else(|error| {
            failed = Some(error);
            String::new()
        })
    })?;
    if let Some(error) = failed {
        return Err(error);
    }
    ensure!(single.len() <= BUDGET, "{FILE} takes {} bytes; it may take {BUDGET}", single.len());
    fs::create_dir_all(page::dist())?;
    let file = page::dist().join(FILE);
    println!("{FILE}: {} bytes", single.len());
    fs::write(&file, single)?;
    Ok(file)
}

/// What stands in the page in the place of a link.
fn inlined(link: &Link, root: &Path) -> Result<String> {
    let read = |file: &Path| {
        fs::read_to_string(root.join(file))
            .with_context(|| format!("{} cannot be read", file.display()))
    };
    Ok(match link {
        Link::Css(file) => format!("<style>{}</style>", read(file)?),
        Link::Icon(file, mime) => {
            let icon = STANDARD.encode(read(file)?);
            format!("<link rel=\"icon\" href=\"data:{mime};base64,{icon}\">")
        }
        // These are for other pages, or fetched by the page when it is served.
        Link::CopyFile(_) | Link::CopyDir(_) => String::new(),
        Link::Rust(bin) => program(bin)?,
    })
}

/// The script and the wasm. They wait for the page, whose elements they need.
fn program(bin: &str) -> Result<String> {
    let wasm = page::wasm(bin, Profile::Whole)?;
    let out = page::target().join("single");
    page::remove(&out)?;
    Bindgen::new()
        .input_path(&wasm)
        .no_modules(true)?
        .typescript(false)
        .remove_producers_section(true)
        .remove_name_section(true)
        .generate(&out)
        .with_context(|| format!("wasm-bindgen could not read {}", wasm.display()))?;
    let script = fs::read_to_string(out.join(bin).with_extension("js"))?;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(&fs::read(out.join(format!("{bin}_bg.wasm")))?)?;
    let packed = STANDARD.encode(packed.finish()?);
    let start = "addEventListener('DOMContentLoaded', () => {";
    Ok(format!(
        "<script type=\"application/gzip\" id=\"program\">{packed}</script>\n\
         <script>{}\n{start}{START}}});</script>",
        safe(&script)
    ))
}

/// A script that may stand in a page: nothing in it ends the element early.
fn safe(script: &str) -> String {
    script.replace("</script", "<\\/script")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_script_ends_it_early() {
        assert_eq!(safe("a('</script>')"), "a('<\\/script>')");
    }
}
