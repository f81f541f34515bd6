//! A whole lesson by keyboard alone, and every word that is said of it.
//!
//! The transcript is kept in `narration/`: each key, and below it what the announcer says.
//! `FAULTLINE_UPDATE=1` writes it anew; read what changed.

use std::fs;
use std::path::Path;

use browser::Page;

/// Raft with its leader in the minority: both sides are asked to write, and then the network heals. The
/// leader is n4, and its side is n1 and the client c1.
const SPLIT_BRAIN: &str = "4, w, p, 1, p, 6, p, p, 7, p, Shift+P, u, u, u, u, u, u, u, u, u, w, \
                           6, r, type put x 1, Enter, 7, r, type put x 2, Enter, n, n, n, 6, w, \
                           4, w, h, u, u, u, u, w, y, Control+z, Control+Shift+Z";

/// Plays these keys on the stage and writes down what is said after each.
fn transcript(page: &Page, keys: &str) -> String {
    page.eval(
        "(() => {
            const caption = document.querySelector('.caption');
            globalThis.said = [];
            const heard = () => said.push(caption.textContent);
            new MutationObserver(heard).observe(caption, { childList: true, subtree: true, characterData: true });
        })()",
    );
    page.tab_to("Node 1…");
    let mut told = String::new();
    for key in keys.split(", ") {
        match key.strip_prefix("type ") {
            Some(words) => {
                page.press("Control+a");
                page.keys(words);
            }
            None => page.press(key),
        }
        page.next_frame();
        told.push_str(&format!("{key}\n"));
        for said in page.eval("said.splice(0)").as_array().unwrap() {
            told.push_str(&format!("    {}\n", said.as_str().unwrap()));
        }
    }
    told
}

#[test]
fn the_split_brain_of_raft_is_told_by_keyboard_alone_as_it_is_written_down() {
    let page = Page::open("#/lab/raft?seed=1");
    page.control("Play");
    let told = transcript(&page, SPLIT_BRAIN);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("narration/raft-split-brain.txt");
    if std::env::var_os("FAULTLINE_UPDATE").is_some() {
        fs::write(&file, &told).expect("the file can be written");
    }
    let written = fs::read_to_string(&file).expect("the transcript is there");
    assert_eq!(told, written, "FAULTLINE_UPDATE=1 writes it anew");
    // What the lesson is about is among what is said.
    for part in ["The network is partitioned", "becomes leader", "All links are mended"] {
        assert!(told.contains(part), "{part} is not said:\n{told}");
    }
    for line in told.lines().filter(|line| line.starts_with(' ')) {
        assert!(line.split_whitespace().count() <= 20, "more than 20 words: {line}");
    }
}

#[test]
fn while_time_runs_sentences_stand_two_seconds_apart_and_off_is_silent() {
    let page = Page::open("#/lab/raft?seed=1");
    page.control("Play");
    page.click("Keys and help");
    page.set_value("What a screen reader is told while time runs", "all");
    page.press("Escape");
    page.eval(
        "(() => {
            const caption = document.querySelector('.caption');
            globalThis.said = [];
            const heard = () => said.push(performance.now());
            new MutationObserver(heard).observe(caption, { childList: true, subtree: true, characterData: true });
        })()",
    );
    page.click("Play");
    page.wait_until("some sentences", "said.length >= 3");
    let gaps = page.eval("said.slice(1).map((at, i) => at - said[i])");
    let gaps: Vec<f64> = gaps.as_array().unwrap().iter().map(|gap| gap.as_f64().unwrap()).collect();
    assert!(gaps.iter().all(|gap| *gap > 1_900.0), "{gaps:?}");
    page.click("Pause");
    page.click("Keys and help");
    page.set_value("What a screen reader is told while time runs", "off");
    page.wait_until("silence", "document.querySelector('.caption').ariaLive === 'off'");
}
