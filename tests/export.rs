//! What is taken away from a run can be read by others.

use std::collections::BTreeMap;

use faultline::labs::ALL;
use faultline::play::export::{Exporter, FORMATS, Format};
use faultline::play::{Limits, Script, watch_script};
use regex::Regex;
use serde_json::Value;

/// Leaders that change, a partition, copies and losses, in every lab.
fn story(lab: &str) -> Script {
    let text = format!(
        "lab {lab} seed=3 nodes=4\n\
         500ms link n1 n2 loss=30% duplication=30%\n\
         1s partition n1 n2 | n3 n4\n\
         2s crash n3\n\
         3s heal all\n\
         4s restart n3\n\
         6s stop\n"
    );
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

fn exported(script: &Script, format: Format) -> String {
    let mut exporter = Exporter::new(format, script.setup.lab());
    let mut text = exporter.head().to_string();
    watch_script(script, Limits::default(), &mut |step, _| text.push_str(&exporter.step(step)))
        .expect("it starts");
    text
}

type Clock = BTreeMap<String, u64>;

/// The events as ShiViz's default expression reads them (shiviz, `index.html`: `#parser`).
fn shiviz_events(log: &str) -> Vec<(String, String, Clock)> {
    let default = Regex::new(r"(?P<event>.*)\n(?P<host>\S*) (?P<clock>\{.*\})").unwrap();
    let events = default.captures_iter(log).map(|event| {
        let clock: Clock = serde_json::from_str(&event["clock"]).expect("a clock is JSON");
        (event["event"].to_string(), event["host"].to_string(), clock)
    });
    events.collect()
}

#[test]
fn shiviz_reads_every_line_of_its_export() {
    for lab in ["bully", "raft"] {
        let log = exported(&story(lab), Format::ShiViz);
        let events = shiviz_events(&log);
        assert_eq!(events.len() * 2, log.lines().count(), "{lab}: two lines an event");
        assert!(events.len() > 200, "{lab}: {}", events.len());
        assert!(events.iter().all(|(event, _, _)| !event.is_empty()));
    }
}

/// ShiViz refuses a log in which a host's own count does not go up by one, or a clock speaks of
/// events that are not there (shiviz, `js/model/modelGraph.js`).
#[test]
fn the_vector_clocks_are_whole_and_say_who_could_know_of_whom() {
    for lab in ["bully", "raft"] {
        let events = shiviz_events(&exported(&story(lab), Format::ShiViz));
        let mut known: BTreeMap<String, Clock> = BTreeMap::new();
        let mut learned = 0;
        for (event, host, clock) in &events {
            let before = known.get(host).cloned().unwrap_or_default();
            let own = before.get(host).copied().unwrap_or(0);
            assert_eq!(clock[host], own + 1, "{lab}: {host}, {event}");
            for (other, count) in clock {
                assert!(*count >= before.get(other).copied().unwrap_or(0), "{lab}: {event}");
                if other != host {
                    let so_far = known.get(other).map_or(0, |clock| clock[other]);
                    assert!(*count <= so_far, "{lab}: {event} knows what has not happened");
                    learned += u64::from(before.get(other) != Some(count));
                }
            }
            known.insert(host.clone(), clock.clone());
        }
        assert!(learned > 100, "{lab}: messages carry the clock on");
    }
}

#[test]
fn a_table_has_one_row_of_six_cells_for_each_step() {
    let script = story("raft");
    let table = exported(&script, Format::Csv);
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    assert_eq!(reader.headers().unwrap().len(), 6);
    let rows: Vec<csv::StringRecord> =
        reader.records().map(|row| row.expect("six cells")).collect();
    let steps = exported(&script, Format::JsonLines).lines().count();
    assert_eq!(rows.len(), steps);
    assert!(rows.iter().enumerate().all(|(place, row)| row[0] == place.to_string()));
    assert!(rows.iter().any(|row| row[5].contains(',')), "some sentence needs its quotes");
}

#[test]
fn json_lines_are_the_steps_themselves() {
    for (place, line) in exported(&story("bully"), Format::JsonLines).lines().enumerate() {
        let step: Value = serde_json::from_str(line).expect("each line is JSON");
        assert_eq!(step["index"], place);
    }
}

#[test]
fn every_format_tells_something_of_every_lab() {
    for lab in ALL {
        let script: Script = format!("lab {}\n1s stop\n", lab.id).parse().unwrap();
        for (name, format) in FORMATS {
            let text = exported(&script, *format);
            assert!(text.lines().count() > 5, "{} as {name}", lab.id);
        }
    }
}
