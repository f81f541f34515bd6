//! The style that matters is a test: what each room of the house may not know.

use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Every Rust file below a folder of `src`, with its text.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(ROOT).join("src").join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder can be read") {
            let path = entry.expect("the entry can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(&path).expect("the file is text");
                found.push((path, text));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "there are sources in {folder}");
    found
}

/// The lines of code that have any of these words in them, comments left out.
fn lines_with(folder: &str, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in sources(folder) {
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or(line);
            if let Some(word) = words.iter().find(|word| code.contains(*word)) {
                found.push(format!("{}:{}: {word}", path.display(), number + 1));
            }
        }
    }
    found
}

fn assert_none(folder: &str, words: &[&str], why: &str) {
    let found = lines_with(folder, words);
    assert!(found.is_empty(), "{why}:\n{}", found.join("\n"));
}

/// The rooms in which everything must be the same natively and in wasm.
const PORTABLE: [&str; 3] = ["sim", "labs", "play"];

#[test]
fn the_world_the_labs_and_the_session_read_no_wall_clock() {
    for room in PORTABLE {
        assert_none(
            room,
            &["std::time", "Instant::now", "SystemTime"],
            "time comes from the world",
        );
    }
}

#[test]
fn they_use_ordered_maps_only() {
    for room in PORTABLE {
        assert_none(room, &["HashMap", "HashSet"], "hash maps have no order");
    }
}

#[test]
fn they_draw_from_the_named_generator_only() {
    let others = ["StdRng", "SmallRng", "rand::rng(", "thread_rng", "getrandom"];
    for room in PORTABLE {
        assert_none(room, &others, "chance comes from the world's own streams");
    }
    for room in ["labs", "play"] {
        assert_none(room, &["use rand", "rand::"], "only the world draws");
    }
}

#[test]
fn they_use_no_float_function_that_differs_between_machines() {
    let platform = [
        ".ln()",
        ".exp()",
        ".powf(",
        ".powi(",
        ".log10()",
        ".log2()",
        ".sin()",
        ".cos()",
        ".tan()",
        ".exp2()",
        ".cbrt()",
        ".ln_1p()",
        ".exp_m1()",
        ".hypot(",
        ".tanh()",
    ];
    for room in PORTABLE {
        assert_none(room, &platform, "use the libm crate");
    }
}

#[test]
fn they_know_no_browser() {
    for room in PORTABLE {
        assert_none(
            room,
            &["web_sys", "js_sys", "wasm_bindgen", "gloo", "yew"],
            "no web crate here",
        );
    }
}

#[test]
fn arrows_point_one_way() {
    assert_none("sim", &["crate::labs", "crate::play", "crate::ui"], "the world knows no protocol");
    assert_none("labs", &["crate::play", "crate::ui"], "labs know the world only");
    assert_none("play", &["crate::ui"], "the session knows no page");
    let labs = lab_folders();
    for lab in &labs {
        let others = labs.iter().filter(|other| *other != lab);
        let names: Vec<String> =
            others.flat_map(|o| [format!("labs::{o}"), format!("super::super::{o}")]).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert_none(&format!("labs/{lab}"), &names, "labs do not know each other");
        for room in ["play", "ui"] {
            let name = format!("labs::{lab}");
            assert_none_but_tests(room, &name);
        }
    }
}

/// The session and the page know labs only as data.
fn assert_none_but_tests(room: &str, name: &str) {
    let found = lines_with(room, &[name]);
    let found: Vec<_> = found.iter().filter(|line| !line.contains("tests")).collect();
    assert!(found.is_empty(), "{room} knows {name}: {found:?}");
}

/// Folders of `src/labs` that hold what several labs share.
const SHARED: [&str; 2] = ["jobs", "path"];

fn lab_folders() -> Vec<String> {
    let entries = fs::read_dir(Path::new(ROOT).join("src/labs")).expect("there are labs");
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("the entry can be read").path())
        // What has no rules is no lab, but what several labs share.
        .filter(|path| path.join("rules.txt").exists())
        .map(|path| path.file_name().expect("it has a name").to_string_lossy().into_owned())
        .filter(|name| !SHARED.contains(&name.as_str()))
        .collect();
    names.sort();
    names
}

#[test]
fn every_lab_folder_is_in_the_catalogue_and_the_other_way_round() {
    let mut ids: Vec<&str> = faultline::labs::ALL.iter().map(|lab| lab.id).collect();
    ids.sort_unstable();
    assert_eq!(lab_folders(), ids);
}

#[test]
fn no_test_is_ignored_and_none_sleeps() {
    let tests = [Path::new(ROOT).join("src"), Path::new(ROOT).join("tests")];
    let sleeping = concat!("thread::", "sleep");
    let ignored = concat!("#[", "ignore");
    for folder in tests {
        let folder = folder.to_string_lossy().into_owned();
        assert_none(&folder, &[sleeping, ignored], "a test is a claim that is always checked");
    }
}
