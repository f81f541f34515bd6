//! What is taken away from a run can be read by others.

use std::collections::BTreeMap;

use faultline::labs::ALL;
use faultline::play::export::svg::{self, Sheet};
use faultline::play::export::{Exporter, FORMATS, Format, metrics};
use faultline::play::import::import;
use faultline::play::{Limits, Script, Session, watch_script};
use faultline::sim::{Span, Time};
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
fn metrics_are_a_table_with_a_column_each_that_ends_where_the_run_does() {
    for lab in ["raft", "breaker"] {
        let script: Script =
            format!("lab {lab} seed=3\n1s crash n1\n8s stop\n").parse().expect("it is a script");
        let mut session = Session::play_script(&script).expect("it starts");
        session.follow_script(100_000);
        let (here, end) = ((session.position(), session.clock()), session.end().0);
        let table = metrics(&mut session);
        assert_eq!((session.position(), session.clock()), here, "the session stays where it is");
        let mut reader = csv::Reader::from_reader(table.as_bytes());
        let columns = reader.headers().unwrap().len();
        assert_eq!(columns, 2 + session.scene().metrics.len());
        let rows: Vec<csv::StringRecord> =
            reader.records().map(|row| row.expect("as many cells as columns")).collect();
        assert!(rows.len() > 1 && rows.len() <= 1_001, "{lab}: {}", rows.len());
        let last = rows.last().expect("there are rows");
        let scene = session.scene();
        let now: Vec<String> =
            scene.metrics.iter().map(|metric| metric.value.to_string()).collect();
        assert_eq!(
            (&last[0], last.iter().skip(2).collect::<Vec<_>>()),
            (&*end.to_string(), now.iter().map(String::as_str).collect()),
            "{lab}"
        );
    }
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

/// The picture of the whole story, as XML that was read.
fn sheet(lab: &str, blank: bool) -> (String, Vec<String>) {
    let mut session = Session::play_script(&story(lab)).expect("it starts");
    session.follow_script(100_000);
    let (from, to) = ((Time::ZERO + Span::from_ms(900)), (Time::ZERO + Span::from_ms(2_300)));
    let sheet = Sheet { title: "Two & <more>".into(), from, to, blank };
    let here = (session.position(), session.clock());
    let picture = svg::diagram(&mut session, &sheet);
    assert_eq!((session.position(), session.clock()), here, "the session stays where it is");
    let document = roxmltree::Document::parse(&picture).expect("it is well-formed");
    let texts = document.descendants().filter(|node| node.is_text());
    let texts = texts.filter_map(|node| node.text()).map(str::to_string).collect();
    (picture, texts)
}

#[test]
fn the_diagram_stands_alone_as_a_picture() {
    for lab in ["bully", "raft"] {
        let (picture, texts) = sheet(lab, false);
        for expected in ["Two & <more>", "n1", "n4", "1.000: partition n1 n2 | n3 n4"] {
            let seen = texts.iter().any(|text| text.replace(" s:", ":").contains(expected));
            assert!(seen, "{lab}: {expected}");
        }
        for outside in ["href", "url(", "<style", "<script", "class="] {
            assert!(!picture.contains(outside), "{lab}: {outside}");
        }
    }
}

#[test]
fn a_worksheet_has_the_acts_but_not_the_messages() {
    let (_, full) = sheet("raft", false);
    let (_, blank) = sheet("raft", true);
    let messages = |texts: &[String]| texts.iter().any(|text| text.contains("AppendEntries"));
    assert!(messages(&full) && !messages(&blank));
    assert!(blank.iter().any(|text| text.contains("crash n3")));
}

#[test]
fn the_telling_part_of_a_run_has_its_first_fault_in_it() {
    let mut session = Session::play_script(&story("raft")).expect("it starts");
    session.follow_script(100_000);
    let (from, to) = svg::telling_part(&mut session, Span::from_ms(600));
    assert!(
        from < (Time::ZERO + Span::from_ms(500)) && to > (Time::ZERO + Span::from_ms(500)),
        "{from} to {to}"
    );
}

#[test]
fn a_run_that_was_taken_away_as_json_can_be_brought_back() {
    let script = story("raft");
    let mut exporter = Exporter::new(Format::JsonLines, script.setup.lab());
    let mut text = String::new();
    watch_script(&script, Limits::default(), &mut |step, _| text.push_str(&exporter.step(step)))
        .expect("it starts");
    text.push_str(&exporter.tail(&script));
    let brought = import(&text).unwrap();
    assert_eq!((brought.lab, brought.script.parse()), ("raft", Ok(script.clone())));
    let brought = import(&format!("# mine\n\n{script}")).unwrap();
    assert_eq!(brought.script.parse(), Ok(script));
}

#[test]
fn what_is_no_run_is_refused_with_what_would_be_one() {
    let deep = "[".repeat(100_000);
    for (text, expected) in [
        ("", "lab raft seed=42"),
        ("hello", "lab raft seed=42"),
        ("lab", "lab raft seed=42"),
        ("lab none seed=1", "there is no lab `none`"),
        ("{}", "{\"end\""),
        ("{\"end\":{\"script\":7}}", "{\"end\""),
        ("{\"end\":{\"script\":\"crash n1\"}}", "lab raft seed=42"),
        (&format!("{{{deep}"), "{\"end\""),
        ("\u{0}\u{1}{", "lab raft seed=42"),
    ] {
        let why = import(text).unwrap_err();
        assert!(why.contains(expected), "{text:.40}: {why}");
        assert!(why.len() < 300, "{why}");
    }
}
