//! What makes the site one that can be installed and opened without a network: `sw.js` with the list of
//! this build's files, a manifest, and icons.

use anyhow::{Context, Result, anyhow, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use resvg::{tiny_skia, usvg};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::{shell, stubs};

/// The service worker.
pub const WORKER: &str = "sw.js";

/// What a browser reads to install the site.
pub const MANIFEST: &str = "manifest.webmanifest";

/// The icons' sizes in pixels: those that browsers ask for before they offer to install.
const ICONS: [u32; 2] = [192, 512];

/// The icons' names.
pub fn icons() -> impl Iterator<Item = String> {
    ICONS.into_iter().map(|size| format!("icon-{size}.png"))
}

/// Writes them into the built page. `addresses` are the files of the page as it asks for them, versions
/// included: `page.js?v=0123abcd`.
pub fn write(dist: &Path, addresses: &[String]) -> Result<()> {
    let assets = shell::root().join("assets");
    fs::copy(assets.join(MANIFEST), dist.join(MANIFEST))?;
    let icon = fs::read_to_string(assets.join("favicon.svg"))?;
    for (name, size) in icons().zip(ICONS) {
        fs::write(dist.join(name), pixels(&icon, size)?)?;
    }
    let script = fs::read_to_string(assets.join(WORKER))?;
    Ok(fs::write(dist.join(WORKER), filled(&script, &kept(dist, addresses)?)?)?)
}

/// Every file that is kept, by its address, with the hash of its content.
fn kept(dist: &Path, addresses: &[String]) -> Result<BTreeMap<String, String>> {
    let mut kept = BTreeMap::new();
    let mut keep = |address: &str, file: &Path| -> Result<()> {
        let content =
            fs::read(file).with_context(|| format!("{} is to be kept", file.display()))?;
        let hash = format!("sha256-{}", STANDARD.encode(Sha256::digest(content)));
        kept.insert(address.to_owned(), hash);
        Ok(())
    };
    keep("./", &dist.join("index.html"))?;
    for address in addresses {
        let file = address.split('?').next().unwrap_or_default();
        keep(address, &dist.join(file))?;
    }
    // The rules' sources have no version in their address: a page asks the network first.
    for lab in fs::read_dir(dist.join(stubs::FOLDER))? {
        let file = lab?.path().join("rules.rs.txt");
        let address = file.strip_prefix(dist)?.to_string_lossy().replace('\\', "/");
        keep(&address, &file)?;
    }
    Ok(kept)
}

/// `assets/sw.js` with the files of this build.
fn filled(script: &str, files: &BTreeMap<String, String>) -> Result<String> {
    let list = serde_json::to_string(files)?;
    let build = format!("{:x}", Sha256::digest(&list));
    let mut script = script.to_owned();
    for (empty, value) in
        [("const build = \"\";", json!(build[..12])), ("const files = {};", json!(files))]
    {
        ensure!(script.contains(empty), "assets/{WORKER} has no line `{empty}`");
        let (name, _) = empty.split_once(" = ").expect("it is an assignment");
        script = script.replace(empty, &format!("{name} = {value};"));
    }
    Ok(script)
}

/// A square picture as a PNG.
fn pixels(svg: &str, size: u32) -> Result<Vec<u8>> {
    let tree = usvg::Tree::from_str(svg, &usvg::Options::default())?;
    let mut picture = tiny_skia::Pixmap::new(size, size).context("an icon has a size")?;
    let scale = size as f32 / tree.size().width();
    resvg::render(&tree, tiny_skia::Transform::from_scale(scale, scale), &mut picture.as_mut());
    picture.encode_png().map_err(|error| anyhow!("the icon: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_content_is_another_build() {
        let script = "const build = \"\";\nconst files = {};\n";
        let build = |hash: &str| {
            let files = BTreeMap::from([("./".to_owned(), hash.to_owned())]);
            filled(script, &files).unwrap()
        };
        assert_eq!(build("one"), build("one"));
        let first = |text: &str| text.lines().next().unwrap().to_owned();
        assert_ne!(first(&build("one")), first(&build("two")));
        assert!(build("one").contains("const files = {\"./\":\"one\"};"));
    }

    #[test]
    fn every_icon_of_the_manifest_is_there() {
        let text = fs::read_to_string(shell::root().join("assets").join(MANIFEST)).unwrap();
        let manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
        let icons: Vec<_> = icons().chain(["favicon.svg".to_owned()]).collect();
        let listed = manifest["icons"].as_array().unwrap().iter().map(|icon| icon["src"].clone());
        assert_eq!(listed.collect::<Vec<_>>(), icons);
    }
}
