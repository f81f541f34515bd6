//! Golden scripts: each file in `tests/golden` is a lesson, whose name is its claim. Above the line
//! `---` stands a script; below it, what the log tells of its turning points.
//!
//! `FAULTLINE_UPDATE=1 cargo test --test golden` writes the lower halves anew. Read what changed.

use std::fs;
use std::path::{Path, PathBuf};

use faultline::play::narrate::Narrator;
use faultline::play::{Limits, Script, watch_script};
use faultline::sim::Step;

const LINE: &str = "\n---\n";

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let entries = fs::read_dir(folder).expect("the folder can be read");
    let mut files: Vec<PathBuf> =
        entries.map(|entry| entry.expect("the entry can be read").path()).collect();
    files.sort();
    files
}

/// What the log tells of a script's turning points.
fn told(name: &str, text: &str) -> String {
    let script: Script = text.parse().unwrap_or_else(|error| panic!("{name}: {error}"));
    let narrator = Narrator::new(script.setup.lab());
    let mut told = String::new();
    let outcome = watch_script(&script, Limits::default(), &mut |step, _| {
        if step.is_turning_point() {
            told.push_str(&line(step, &narrator));
        }
    });
    let outcome = outcome.unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(outcome.problems.is_empty(), "{name}: {:#?}", outcome.problems);
    told
}

fn line(step: &Step, narrator: &Narrator) -> String {
    let ms = step.time.0 / 1_000;
    format!("{:>4}.{:03} s  {}\n", ms / 1_000, ms % 1_000, narrator.sentence(step))
}

#[test]
fn the_log_tells_each_lesson_as_it_is_written_down() {
    let files = files();
    assert!(files.len() >= 8, "there are lessons");
    let update = std::env::var_os("FAULTLINE_UPDATE").is_some();
    let mut wrong = Vec::new();
    for file in files {
        let name = file.file_stem().expect("it has a name").to_string_lossy().into_owned();
        let golden = fs::read_to_string(&file).expect("the file is text");
        let (script, expected) = golden.split_once(LINE).unwrap_or((&golden, ""));
        let told = told(&name, script);
        if told == expected {
            continue;
        }
        if update {
            let whole = format!("{}{LINE}{told}", script.trim_end());
            fs::write(&file, whole).expect("the file can be written");
        } else {
            wrong.push(format!("{name}:\n{}", first_difference(expected, &told)));
        }
    }
    assert!(wrong.is_empty(), "{}\nFAULTLINE_UPDATE=1 writes them anew.", wrong.join("\n"));
}

fn first_difference(expected: &str, told: &str) -> String {
    let (mut expected, mut told) = (expected.lines(), told.lines());
    loop {
        match (expected.next(), told.next()) {
            (Some(expected), Some(told)) if expected == told => {}
            (expected, told) => {
                let end = "(the end)";
                return format!("- {}\n+ {}", expected.unwrap_or(end), told.unwrap_or(end));
            }
        }
    }
}

#[test]
fn every_lesson_expects_something_and_says_what_it_shows() {
    for file in files() {
        let text = fs::read_to_string(&file).expect("the file is text");
        assert!(text.starts_with("# "), "{} does not say what it shows", file.display());
        assert!(text.contains(" expect "), "{} expects nothing", file.display());
    }
}

#[test]
fn a_sentence_is_short() {
    for file in files() {
        let text = fs::read_to_string(&file).expect("the file is text");
        let (_, told) = text.split_once(LINE).expect("there is a lower half");
        for line in told.lines() {
            // The time is not spoken.
            let words = line.split_whitespace().count() - 2;
            assert!(words <= 30, "{words} words in {}: {line}", file.display());
        }
    }
}
