//! Builds the page into `dist/`: cargo, then wasm-bindgen, then the files that `index.html` lists.

use crate::index::{self, Link};
use crate::offline;
use crate::setup::{self, WASM};
use crate::shell::{self, cargo, run};
use crate::sizes;
use crate::sources;
use crate::split::{self, Parts};
use crate::stubs;
use anyhow::{Context, Result, ensure};
use std::collections::BTreeSet;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::Instant;
use wasm_bindgen_cli_support::Bindgen;

/// Starts the program: loads the wasm, and says what to do when it cannot be loaded.
const BOOT: &str = "assets/boot.js";

/// All style sheets, one after the other: fewer requests, and they compress better together.
const STYLES: &str = "page.css";

/// How the page is compiled.
#[derive(Clone, Copy, PartialEq)]
pub enum Profile {
    /// Small, and in parts that are fetched when they are needed.
    Release,
    /// Small, and in one file.
    Whole,
    /// Quick to build, in one file.
    Dev,
}

impl Profile {
    pub fn new(dev: bool) -> Self {
        if dev { Profile::Dev } else { Profile::Release }
    }
}

/// What a program was compiled to.
#[derive(Default)]
struct Program {
    version: String,
    parts: Parts,
}

/// Where the built page lies.
pub fn dist() -> PathBuf {
    shell::root().join("dist")
}

/// Builds the page and gives the folder in which it now lies.
///
/// The folder is made anew under another name and then takes the place of the old one, so that a page
/// that does not build leaves the last good one as it was.
pub fn build(profile: Profile) -> Result<PathBuf> {
    let started = Instant::now();
    setup::wasm_target()?;
    let root = shell::root();
    let html = fs::read_to_string(root.join("index.html")).context("index.html cannot be read")?;
    let links = index::links(&html)?;

    let new = root.join("dist.new");
    remove(&new)?;
    fs::create_dir_all(&new)?;
    let mut program = Program::default();
    for link in &links {
        match link {
            Link::Rust(bin) => program = compile(bin, profile, &new)?,
            Link::Css(file) => add(&root.join(file), &new.join(STYLES))?,
            Link::Icon(file, _) | Link::CopyFile(file) => {
                copy(&root.join(file), &new.join(name(file)))?;
            }
            Link::CopyDir(folder) => copy_folder(&root.join(folder), &new.join(name(folder)))?,
        }
    }
    fs::write(new.join("index.html"), linked(&html, &new, &program.version)?)?;
    stubs::write(&new)?;
    sources::write(&new)?;
    offline::write(&new, &addresses(&links, &new, &program)?)?;

    let dist = dist();
    if profile != Profile::Dev {
        sizes::compress(&new)?;
    }
    remove(&dist)?;
    fs::rename(&new, &dist)?;
    if profile != Profile::Dev {
        sizes::report(&dist, &links, &program.parts)?;
    }
    eprintln!("built {} in {:.1} s", dist.display(), started.elapsed().as_secs_f64());
    Ok(dist)
}

/// Compiles the binary and writes `boot.js`, `NAME.js`, `NAME_bg.wasm` and, if it is to be split, its
/// parts.
fn compile(bin: &str, profile: Profile, out: &Path) -> Result<Program> {
    let (split, release) = (profile == Profile::Release, profile != Profile::Dev);
    let wasm = wasm(bin, profile)?;
    let mut bindgen = Bindgen::new();
    let mut parts = Parts::new();
    if split {
        let (rest, taken) = split::split(&wasm, bin, out)?;
        bindgen.input_module(bin, rest);
        parts = taken;
    } else {
        bindgen.input_path(&wasm);
    }
    bindgen
        .web(true)?
        // The parts find each other's functions in the table.
        .keep_lld_exports(split)
        .typescript(false)
        // boot.js names the wasm itself, so that it can add the build's version to the address.
        .omit_default_module_path(true)
        .remove_producers_section(release)
        .remove_name_section(release)
        .generate(out)
        .with_context(|| format!("wasm-bindgen could not read {}", wasm.display()))?;

    let boot = fs::read_to_string(shell::root().join(BOOT))?;
    fs::write(out.join("boot.js"), boot.replace("./page", &format!("./{bin}")))?;
    let (script, chunks) = (out.join(bin).with_extension("js"), out.join(split::SCRIPT));
    let version = version(&[out.join("boot.js"), script.clone(), wasm])?;
    if split {
        // These two import each other.
        stamp(&script, split::SCRIPT, &version)?;
        stamp(&chunks, &format!("{bin}.js"), &version)?;
    }
    Ok(Program { version, parts })
}

/// Compiles the binary and gives the path of its wasm, which wasm-bindgen has not seen yet.
pub fn wasm(bin: &str, profile: Profile) -> Result<PathBuf> {
    let mut build = cargo();
    build.args(["rustc", "--package", "faultline", "--bin", bin, "--target", WASM]);
    let release = profile != Profile::Dev;
    if release {
        build.arg("--release");
    }
    if profile == Profile::Release {
        build.args(split::CARGO);
    }
    run(&mut build)?;
    let folder = if release { "release" } else { "debug" };
    Ok(target().join(WASM).join(folder).join(bin).with_extension("wasm"))
}

/// Adds the version to the address from which a script imports another.
fn stamp(script: &Path, imports: &str, version: &str) -> Result<()> {
    let text = fs::read_to_string(script)?;
    let stamped = text
        .replace(&format!("from \"./{imports}\""), &format!("from \"./{imports}?v={version}\""));
    ensure!(stamped != text, "{} does not import {imports}", script.display());
    Ok(fs::write(script, stamped)?)
}

/// Where cargo puts what it builds.
pub fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => shell::root().join(folder),
        None => shell::root().join("target"),
    }
}

/// `index.html` with its links to the files in `dist`.
///
/// Each address ends in a version made of the file's content: names stay the same from build to build,
/// and yet no cache ever pairs the script of one build with the wasm of another.
fn linked(html: &str, dist: &Path, program: &str) -> Result<String> {
    let mut failed = None;
    let mut versioned = |file: &Path| {
        versioned(file, dist).unwrap_or_else(|error| {
            failed = Some(error);
            String::new()
        })
    };
    let mut styled = false;
    let html = index::rewrite(html, |link| match link {
        Link::Css(_) if std::mem::replace(&mut styled, true) => String::new(),
        Link::Css(_) => {
            format!(r#"<link rel="stylesheet" href="{}">"#, versioned(Path::new(STYLES)))
        }
        Link::Icon(file, mime) => {
            format!(r#"<link rel="icon" href="{}" type="{mime}">"#, versioned(file))
        }
        Link::CopyFile(_) | Link::CopyDir(_) => String::new(),
        // boot.js asks for the program itself: in a frame that is out of sight, it does not.
        Link::Rust(_) => {
            format!(
                "<link rel=\"manifest\" href=\"{}\">\n    \
                 <script type=\"module\" src=\"boot.js?v={program}\"></script>",
                offline::MANIFEST
            )
        }
    })?;
    match failed {
        Some(error) => Err(error),
        None => Ok(html),
    }
}

/// Every file that the page may ask for, as it asks: what `index.html` links, and the program.
fn addresses(links: &[Link], dist: &Path, program: &Program) -> Result<Vec<String>> {
    let mut addresses = vec![versioned(Path::new(STYLES), dist)?];
    for link in links {
        match link {
            Link::Icon(file, _) => addresses.push(versioned(file, dist)?),
            Link::Css(_) | Link::CopyFile(_) | Link::CopyDir(_) => {}
            Link::Rust(bin) => {
                let files = ["boot.js".to_owned(), format!("{bin}.js"), format!("{bin}_bg.wasm")];
                let chunks = (!program.parts.is_empty()).then(|| split::SCRIPT.to_owned());
                let stamped = files.into_iter().chain(chunks);
                addresses.extend(stamped.map(|file| format!("{file}?v={}", program.version)));
            }
        }
    }
    let parts: BTreeSet<_> = program.parts.values().flatten().cloned().collect();
    addresses.extend(parts);
    Ok(addresses)
}

/// A file's address: its name, and a version made of its content.
fn versioned(file: &Path, dist: &Path) -> Result<String> {
    let file = name(file);
    Ok(format!("{file}?v={}", version(&[dist.join(&file)])?))
}

pub fn version(files: &[PathBuf]) -> Result<String> {
    let mut hash = DefaultHasher::new();
    for file in files {
        fs::read(file)
            .with_context(|| format!("{} cannot be read", file.display()))?
            .hash(&mut hash);
    }
    Ok(format!("{:08x}", hash.finish() as u32))
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Adds a file's text at the end of another.
fn add(file: &Path, to: &Path) -> Result<()> {
    let text = fs::read_to_string(file)
        .with_context(|| format!("index.html lists {}, which cannot be read", file.display()))?;
    let before = if to.exists() { fs::read_to_string(to)? } else { String::new() };
    Ok(fs::write(to, before + &text)?)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to)
        .with_context(|| format!("index.html lists {}, which cannot be copied", from.display()))?;
    Ok(())
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    let entries = fs::read_dir(from)
        .with_context(|| format!("index.html lists {}, which cannot be read", from.display()))?;
    for entry in entries {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &to)?;
        } else {
            copy(&entry.path(), &to)?;
        }
    }
    Ok(())
}

pub fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("{} cannot be removed", folder.display()))
        }
        _ => Ok(()),
    }
}
