//! Compresses what was built, and prints how large it is.

use crate::index::Link;
use crate::offline;
use crate::split::Parts;
use crate::stubs;
use anyhow::{Context, Result};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::thread;

/// What the first visit may weigh, compressed by brotli: the page, and with a part that is opened directly.
const BUDGETS: [u64; 2] = [250_000, 350_000];

/// Files that are compressed already: doing it twice gains nothing.
const COMPRESSED: &[&str] = &["br", "gz", "png", "jpg", "webp", "woff2", "zip"];

/// Writes a `.br` and a `.gz` beside each file.
pub fn compress(dist: &Path) -> Result<()> {
    let files: Vec<_> = files(dist)?.into_iter().filter(|file| !is(file, COMPRESSED)).collect();
    thread::scope(|scope| {
        let work: Vec<_> = files
            .iter()
            .flat_map(|file| [scope.spawn(|| brotli(file)), scope.spawn(|| gzip(file))])
            .collect();
        work.into_iter().try_for_each(|work| work.join().expect("compressing does not panic"))
    })
}

fn brotli(file: &Path) -> Result<()> {
    let (quality, window) = (11, 22);
    let mut out = brotli::CompressorWriter::new(
        fs::File::create(beside(file, "br"))?,
        1 << 16,
        quality,
        window,
    );
    out.write_all(&fs::read(file)?)?;
    out.flush()?;
    Ok(())
}

fn gzip(file: &Path) -> Result<()> {
    let mut out = flate2::write::GzEncoder::new(
        fs::File::create(beside(file, "gz"))?,
        flate2::Compression::best(),
    );
    out.write_all(&fs::read(file)?)?;
    out.finish()?;
    Ok(())
}

/// Prints the table. What `index.html` only copies is fetched when it is asked for, if at all, and
/// does not count to the first load; nor do parts of the program, until they are opened.
pub fn report(dist: &Path, links: &[Link], parts: &Parts) -> Result<()> {
    let copied = links.iter().filter_map(|link| match link {
        Link::CopyFile(path) | Link::CopyDir(path) => Some(dist.join(path.file_name()?)),
        Link::Css(_) | Link::Icon(..) | Link::Rust(_) => None,
    });
    let of_parts = parts.values().flatten().map(|file| dist.join(file));
    let icons = offline::icons().map(|icon| dist.join(icon));
    let beside = [stubs::FOLDER, offline::WORKER, offline::MANIFEST].map(|name| dist.join(name));
    let later: Vec<_> = copied.chain(of_parts).chain(icons).chain(beside).collect();
    println!("{:<28}{:>10}{:>10}{:>10}", "bytes", "raw", "gzip", "brotli");
    let mut first = [0; 3];
    for file in files(dist)?.iter().filter(|file| !is(file, &["br", "gz"])) {
        let name = file.strip_prefix(dist)?.display().to_string();
        if later.iter().any(|path| file.starts_with(path)) {
            row(&format!("({name})"), sizes(file)?);
        } else {
            row(&name, sizes(file)?);
            first = sum(first, sizes(file)?);
        }
    }
    load("first load", first, BUDGETS[0]);
    for (part, files) in parts {
        let files = files.iter().map(|file| sizes(&dist.join(file))).collect::<Result<Vec<_>>>()?;
        load(&format!("first load with {part}"), files.into_iter().fold(first, sum), BUDGETS[1]);
    }
    Ok(())
}

/// A line of the table that has a budget.
fn load(name: &str, sizes: [u64; 3], budget: u64) {
    row(name, sizes);
    if sizes[2] > budget {
        println!("warning: this is over its budget of {budget} bytes (brotli)");
    }
}

/// As it is, by gzip, by brotli.
fn sizes(file: &Path) -> Result<[u64; 3]> {
    let raw = size(file)?;
    let compressed = |extension| size(&beside(file, extension)).unwrap_or(raw);
    Ok([raw, compressed("gz"), compressed("br")])
}

fn sum(a: [u64; 3], b: [u64; 3]) -> [u64; 3] {
    std::array::from_fn(|i| a[i] + b[i])
}

fn row(name: &str, [raw, gzip, brotli]: [u64; 3]) {
    println!("{name:<28}{raw:>10}{gzip:>10}{brotli:>10}");
}

fn size(file: &Path) -> Result<u64> {
    Ok(fs::metadata(file).with_context(|| file.display().to_string())?.len())
}

fn is(file: &Path, extensions: &[&str]) -> bool {
    file.extension().is_some_and(|own| extensions.iter().any(|extension| own == *extension))
}

/// `page.js` → `page.js.br`
fn beside(file: &Path, extension: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    name.into()
}

/// All files in the folder and below, sorted.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
