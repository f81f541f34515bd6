//! Takes the program apart into parts that the page fetches when it needs them.
//!
//! The places where it may be taken apart are marked in the source (`src/ui/chunk.rs`). What only one
//! part reaches goes into that part's file. What several reach, but not the start of the program, are
//! modules by themselves. Lest the page fetch dozens of small files they lie in others, as sections:
//! what [`COMMON`] or most labs share is in its file, the rest in the file of each part that needs it.

use crate::page;
use anyhow::{Context, Result, anyhow, ensure};
use faultline::labs;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use walrus::{Module, ModuleConfig, RawCustomSection};
use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{ExportKind, ExportSection, RawSection};
use wasm_split_cli_support::{Options, transform};
use wasmparser::{KnownCustom, Name, Parser, Payload};

/// What cargo is told, so that the linker says what refers to what.
pub const CARGO: [&str; 7] =
    ["--features", "split", "--", "-C", "link-arg=--emit-relocs", "-C", "strip=none"];

/// The script that fetches the parts.
pub const SCRIPT: &str = "chunks.js";

/// How the names of exports begin that are only there to keep functions in the main file.
const KEPT: &str = "kept ";

/// What plays a lab: every other part that shares something with it needs all of it.
const COMMON: &str = "play";

/// Each part's files, which lie in `dist`.
pub type Parts = Lists;

/// What is shown before a lab is played: it does not wait for [`COMMON`].
const ALONE: [&str; 1] = ["front"];

/// A shared module of fewer bytes is not worth being one.
const SMALL: u64 = 16_000;

/// A name and what belongs to it: a part and its modules, a file and its sections, a part and its files.
type Lists = BTreeMap<String, Vec<String>>;

/// Writes the parts of `wasm` and the script that fetches them into `out`. Gives the rest, with which
/// the page starts; wasm-bindgen has not seen it yet.
pub fn split(wasm: &Path, bin: &str, out: &Path) -> Result<(Module, Parts)> {
    let folder = page::target().join("split");
    let main = folder.join(bin).with_extension("wasm");
    let (link, module) = (format!("./{SCRIPT}"), format!("./{bin}.js"));
    let input = fs::read(wasm).with_context(|| format!("{} cannot be read", wasm.display()))?;
    let cut = |input: &[u8]| {
        page::remove(&folder)?;
        let mut options = Options::new(input);
        options.output_dir = &folder;
        options.main_out_path = &main;
        options.link_name = &link;
        options.main_module = &module;
        let split = transform(options)
            .map_err(|error| anyhow!("the program cannot be taken apart: {error:#}"))?;
        anyhow::Ok(split.prefetch_map.into_iter().collect::<Lists>())
    };
    // What most labs share, and what would be crumbs, compresses best with the rest of the program: a
    // second cut leaves it there.
    let needs = cut(&input)?;
    let mut kept = BTreeSet::new();
    for module in shared(&needs) {
        let path = folder.join(module).with_extension("wasm");
        if of_most_labs(&needs, module) || fs::metadata(&path)?.len() < SMALL {
            let functions = read(&path)?.funcs;
            kept.extend(functions.iter().filter_map(|function| function.name.clone()));
        }
    }
    let needs = cut(&export(&input, &kept)?)?;

    for lab in needs.keys().filter(|part| labs::find(part).is_some()) {
        ensure!(
            folder.join(own(lab)).with_extension("wasm").exists(),
            "the lab `{lab}` is no part by itself: the start of the page reaches `labs::ALL` or \
             `labs::find`, perhaps by reading a script with `parse` rather than `script::read_with`"
        );
    }

    // The version is in the name: a page that is older than this build must not get a part of it.
    let version = page::version(&[wasm.to_path_buf()])?;
    let address = |name: &str| format!("{name}.{version}.wasm");
    let (mut parts, mut files) = (Parts::new(), Lists::new());
    let stock = stock(&needs);
    for (name, sections) in &stock {
        fs::write(out.join(address(name)), file(&folder, name, sections)?)?;
        files.insert(address(name), sections.clone());
    }
    for (part, modules) in &needs {
        let alone = part == COMMON || ALONE.contains(&part.as_str());
        let common = !alone && stock[COMMON].iter().any(|module| modules.contains(module));
        let names = common.then_some(COMMON).into_iter().chain([part.as_str()]);
        parts.insert(part.clone(), names.map(address).collect());
    }
    fs::write(out.join(SCRIPT), script(&parts, &files)?)?;
    Ok((rest(&main)?, parts))
}

/// The program with which the page starts, without the exports that were only there for the cut.
fn rest(main: &Path) -> Result<Module> {
    let mut module = read(main)?;
    let kept = module.exports.iter().filter(|export| export.name.starts_with(KEPT));
    let kept: Vec<_> = kept.map(|export| export.id()).collect();
    for id in kept {
        module.exports.delete(id);
    }
    Ok(module)
}

/// Which shared modules lie in which file.
fn stock(needs: &Lists) -> Lists {
    let common = COMMON.to_string();
    let mut stock: Lists = needs.keys().map(|part| (part.clone(), Vec::new())).collect();
    for module in shared(needs) {
        let sharers = needs.keys().filter(|part| needs[*part].contains(module));
        let (alone, others): (Vec<_>, Vec<_>) =
            sharers.partition(|part| ALONE.contains(&part.as_str()));
        let with_play = needs[COMMON].contains(module) && !others.is_empty();
        for name in if with_play { vec![&common] } else { others }.into_iter().chain(alone) {
            stock.entry(name.clone()).or_default().push(module.clone());
        }
    }
    stock
}

/// The modules that several parts need.
fn shared(needs: &Lists) -> BTreeSet<&String> {
    needs
        .iter()
        .flat_map(|(part, modules)| modules.iter().filter(move |module| **module != own(part)))
        .collect()
}

/// Whether at least half of all labs need this module.
fn of_most_labs(needs: &Lists, module: &String) -> bool {
    let labs: Vec<_> = needs.keys().filter(|part| labs::find(part).is_some()).collect();
    labs.iter().filter(|lab| needs[**lab].contains(module)).count() * 2 >= labs.len()
}

/// The splitter's name for what only this part reaches.
fn own(part: &str) -> String {
    format!("split_{part}")
}

/// A part's own module, and in it those that it shares.
fn file(folder: &Path, name: &str, shared: &[String]) -> Result<Vec<u8>> {
    let path = |module: &str| folder.join(module).with_extension("wasm");
    let own = path(&own(name));
    let mut module = if own.exists() { tidy(&own)? } else { Module::default() };
    for name in shared {
        let data = tidy(&path(name))?.emit_wasm();
        module.customs.add(RawCustomSection { name: "shared".into(), data });
    }
    Ok(module.emit_wasm())
}

/// Without all that only tools read. Written anew, it is also smaller: the linker left room in every
/// number that might have to be changed.
fn tidy(path: &Path) -> Result<Module> {
    let mut module = read(path)?;
    let customs: Vec<_> = module.customs.iter().map(|(id, _)| id).collect();
    for id in customs {
        module.customs.delete(id);
    }
    walrus::passes::gc::run(&mut module);
    Ok(module)
}

/// Without names when it is written again.
fn read(path: &Path) -> Result<Module> {
    let mut config = ModuleConfig::new();
    config.generate_name_section(false).generate_producers_section(false);
    config.parse_file(path).with_context(|| format!("{} cannot be read", path.display()))
}

/// The program with these functions among its exports, which the splitter leaves in the main file.
fn export(wasm: &[u8], names: &BTreeSet<String>) -> Result<Vec<u8>> {
    let mut functions = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        if let Payload::CustomSection(section) = payload?
            && let KnownCustom::Name(subsections) = section.as_known()
        {
            for subsection in subsections {
                if let Name::Function(all) = subsection? {
                    for naming in all {
                        let naming = naming?;
                        if names.contains(naming.name) {
                            functions.push(naming.index);
                        }
                    }
                }
            }
        }
    }
    let mut module = wasm_encoder::Module::new();
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload?;
        if let Payload::ExportSection(reader) = payload {
            let mut exports = ExportSection::new();
            RoundtripReencoder.parse_export_section(&mut exports, reader)?;
            for index in &functions {
                exports.export(&format!("{KEPT}{index}"), ExportKind::Func, *index);
            }
            module.section(&exports);
        } else if let Some((id, range)) = payload.as_section() {
            let data = &wasm[range.start as usize..range.end as usize];
            module.section(&RawSection { id, data });
        }
    }
    Ok(module.finish())
}

/// `assets/chunks.js` with this build's parts, and a function for each.
fn script(parts: &Lists, files: &Lists) -> Result<String> {
    let mut script = fs::read_to_string("assets/chunks.js")?;
    for (name, lists) in [("parts", parts), ("files", files)] {
        let empty = format!("const {name} = {{}};");
        ensure!(script.contains(&empty), "assets/chunks.js has no line `{empty}`");
        let lists = serde_json::to_string(lists)?;
        script = script.replace(&empty, &format!("const {name} = {lists};"));
    }
    for part in parts.keys() {
        script += &format!("export const __wasm_split_load_{part} = loader(\"{part}\");\n");
    }
    Ok(script)
}
