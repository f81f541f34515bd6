//! The command line, as somebody uses it.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// Runs `faultline` with these arguments and this on standard input.
fn faultline(args: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_faultline"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("it has an input");
    // Some commands end without reading it.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    child.wait_with_output().expect("the program ends")
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("it writes UTF-8")
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("it writes UTF-8")
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("it is not killed")
}

fn json_lines(output: &Output) -> Vec<Value> {
    out(output).lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
}

const STORY: &str = "lab raft seed=42\n1s crash leader\n+1s expect leader\n+100ms stop\n";

#[test]
fn a_run_is_told_step_by_step_in_plain_sentences() {
    let output = faultline(&["run", "-"], STORY);
    assert_eq!(code(&output), 0, "{}", err(&output));
    let text = out(&output);
    assert!(text.contains("@0     n1 starts"), "{text}");
    assert!(text.contains(" crashes. Error: no leader"), "{text}");
    assert!(text.contains("The run ends at"), "{text}");
    let changes = out(&faultline(&["run", "-", "--changes"], STORY));
    assert!(changes.lines().count() < text.lines().count() / 2, "{changes}");
    assert!(changes.contains(" crashes. Error: no leader"), "{changes}");
}

#[test]
fn as_json_every_step_is_a_line_and_the_end_is_the_last() {
    let output = faultline(&["run", "-", "--json"], STORY);
    assert_eq!(code(&output), 0, "{}", err(&output));
    let lines = json_lines(&output);
    let (end, steps) = lines.split_last().expect("there are lines");
    let fields = ["time_us", "node", "cause", "fired", "sent", "changes", "faults", "violation"];
    for (index, step) in steps.iter().enumerate() {
        assert_eq!(step["index"], index);
        for field in fields {
            assert!(step.get(field).is_some(), "step {index} has no {field}");
        }
    }
    let end = &end["end"];
    assert_eq!(end["steps"], steps.len());
    assert_eq!(end["digest"].as_str().map(str::len), Some(16));
    assert!(end["time_us"].is_u64() && end["scene"]["nodes"].is_array());
    assert_eq!(end["violations"], Value::Array(Vec::new()));
    assert!(end["goals"].as_object().is_some_and(|goals| goals.values().all(Value::is_boolean)));
}

#[test]
fn the_same_script_gives_the_same_output() {
    let (first, again) =
        (faultline(&["run", "-", "--json"], STORY), faultline(&["run", "-", "--json"], STORY));
    assert!(first.stdout == again.stdout && !first.stdout.is_empty());
    let other = faultline(&["run", "-", "--json", "--seed", "43"], STORY);
    assert!(first.stdout != other.stdout);
}

#[test]
fn a_failed_expectation_ends_with_one_and_names_its_line() {
    let output = faultline(&["run", "-"], "lab raft\n1s expect not leader\n");
    assert_eq!(code(&output), 1);
    assert!(out(&output).contains("Line 2, at 1.000 s: expected `not leader`"), "{}", out(&output));
    let output = faultline(&["run", "-"], "lab raft\n1s stop\ndigest 0123456789abcdef\n");
    assert_eq!(code(&output), 1);
    assert!(out(&output).contains("not the recorded one"), "{}", out(&output));
}

#[test]
fn a_script_that_is_wrong_ends_with_two_and_names_the_place() {
    let output = faultline(&["run", "-"], "lab raft\n1s explode n1\n");
    assert_eq!(code(&output), 2);
    assert!(err(&output).starts_with("standard input:2:4: `explode` is not an act"), "{output:?}");
    assert!(out(&output).is_empty());
    let output = faultline(&["run", "-"], "lab raft election_ms_min=400\n");
    assert_eq!((code(&output), err(&output).contains("election_ms_min")), (2, true));
    let output = faultline(&["run", "-"], "lab raft\n1s restart n1\n");
    assert_eq!((code(&output), out(&output).contains("n1 is not down")), (2, true));
    let output = faultline(&["run", "no-such-file"], "");
    assert_eq!((code(&output), err(&output).contains("no-such-file")), (2, true));
    let output = faultline(&["run", "-", "--variant", "none"], STORY);
    assert_eq!((code(&output), err(&output).contains("corrected")), (2, true));
}

#[test]
fn a_check_finds_what_reads_well_and_still_is_wrong() {
    let output = faultline(&["check", "-"], STORY);
    assert_eq!((code(&output), out(&output).as_str()), (0, "standard input is well\n"));
    let wrong =
        "lab raft nodes=3\n1s crash n4\nwhen leader n9: stop\n2s command c1 put x\n3s cut n1 n2\n";
    let output = faultline(&["check", "-"], wrong);
    assert_eq!(code(&output), 2);
    let errors = err(&output);
    let places: Vec<&str> = errors.lines().filter_map(|line| line.split(':').nth(1)).collect();
    assert_eq!(places, ["2", "3", "4"], "{errors}");
}

#[test]
fn a_check_reads_rules_in_words_too() {
    let output = faultline(&["check", "src/labs/raft/rules.txt"], "");
    assert_eq!(code(&output), 0, "{}", err(&output));
    let output = faultline(&["check", "-"], "[a_rule]\nwhy: So.\n");
    assert_eq!((code(&output), err(&output).contains("[a_rule] lacks")), (2, true));
}

#[test]
fn a_check_without_files_checks_what_the_labs_bring_along() {
    let output = faultline(&["check"], "");
    assert_eq!(code(&output), 0, "{}", err(&output));
}

#[test]
fn the_catalogue_names_every_lab_with_all_that_belongs_to_it() {
    let output = faultline(&["labs", "--json"], "");
    let catalogue: Value = serde_json::from_str(&out(&output)).expect("it is JSON");
    let labs = catalogue["labs"].as_array().expect("there is a list");
    assert_eq!(labs.len(), faultline::labs::ALL.len());
    for lab in labs {
        for field in
            ["params", "variants", "rules", "goals", "invariants", "selectors", "scenarios"]
        {
            assert!(lab[field].is_array(), "{} has no {field}", lab["id"]);
        }
        for param in lab["params"].as_array().expect("it was just seen") {
            assert!(param["min"].as_u64() <= param["max"].as_u64() && param["default"].is_u64());
        }
    }
    assert!(catalogue["inputs"].as_array().is_some_and(|inputs| inputs.len() > 20));

    let all = out(&faultline(&["labs"], ""));
    let raft = out(&faultline(&["labs", "raft"], ""));
    assert!(all.contains("crash NODE") && raft.contains("heartbeat_ms"), "{all}\n{raft}");
    assert_eq!(code(&faultline(&["labs", "none"], "")), 2);
}

#[test]
fn help_explains_the_language_and_the_exit_status() {
    let help = out(&faultline(&["run", "--help"], ""));
    assert!(help.contains("when leader n3") && help.contains("Exit status"), "{help}");
}

#[test]
fn a_run_can_be_taken_away_for_a_spreadsheet_or_for_shiviz() {
    let table = out(&faultline(&["run", "-", "--export", "csv"], STORY));
    assert!(table.starts_with("step,time_us,node,cause,rules,event\r\n"), "{table}");
    let log = out(&faultline(&["run", "-", "--export", "shiviz"], STORY));
    assert!(log.lines().nth(1).is_some_and(|line| line.starts_with("n1 {\"n1\":1}")), "{log}");
    assert_eq!(code(&faultline(&["run", "-", "--export", "pdf"], STORY)), 2);
}

// ---- many seeds ----

const REPLACED: &str = "lab raft seed=1 clients=0\nwhen agreed: crash leader\nwhen leader: stop\n";

#[test]
fn over_many_seeds_the_command_tells_how_a_measure_is_spread() {
    let args = ["run", "-", "--seeds", "40", "--measure", "last act to leader"];
    let output = faultline(&args, REPLACED);
    assert_eq!(code(&output), 0, "{}", err(&output));
    let text = out(&output);
    assert!(text.contains("last act to leader, 40 runs of lab raft clients=0"), "{text}");
    assert!(text.contains("median ") && text.contains("100 % █"), "{text}");
    let all = out(&faultline(&args[..4], REPLACED));
    assert!(all.contains("elections") && all.contains("introduced to detected"), "{all}");
    assert!(!all.contains("last act to follower"), "what comes at once tells nothing: {all}");
}

#[test]
fn over_many_seeds_json_has_a_line_a_run_and_the_spreads_at_the_end() {
    let args = ["run", "-", "--json", "--seeds", "5", "--measure", "last act to leader"];
    let more = ["--measure", "elections", "--versus", "election_ms_max=155", "--set", "nodes=3"];
    let output = faultline(&[&args[..], &more].concat(), REPLACED);
    assert_eq!(code(&output), 0, "{}", err(&output));
    let lines = json_lines(&output);
    let (end, runs) = lines.split_last().expect("there are lines");
    assert_eq!(runs.len(), 10);
    assert_eq!((&runs[3]["run"]["seed"], &runs[3]["run"]["setup"]), (&2.into(), &1.into()));
    assert!(runs[3]["run"]["values"][0].as_u64().is_some_and(|time_us| time_us > 100_000));
    assert_eq!(end["end"]["measures"][1]["name"], "elections");
    let setup = end["end"]["setups"][1].as_str().unwrap_or_default();
    assert!(setup.contains("nodes=3") && setup.contains("election_ms_max=155"), "{setup}");
    let spread = &end["end"]["spreads"][0][1];
    assert_eq!((&spread["runs"], &spread["never"]), (&5.into(), &0.into()));
}

#[test]
fn a_wrong_measure_or_set_up_is_told_and_nothing_is_played() {
    for (more, says) in [
        (["--measure", "speed"], "`speed` is no measure"),
        (["--versus", "nodes=99"], "`nodes` goes from 3 to 25"),
        (["--set", "colour=red"], "no `colour`"),
        (["--set", "nodes"], "name=value"),
    ] {
        let output = faultline(&[&["run", "-", "--seeds", "3"][..], &more].concat(), REPLACED);
        assert_eq!((code(&output), out(&output).as_str()), (2, ""));
        assert!(err(&output).contains(says), "{}", err(&output));
    }
}

#[test]
fn runs_are_compared_and_it_is_told_where_they_part() {
    let args = ["compare", "raft", "--scenario", "leader-crash", "--with", "variant=as-printed"];
    let output = faultline(&args, "");
    assert_eq!(code(&output), 0, "{}", err(&output));
    let text = out(&output);
    assert!(text.contains("First difference: step "), "{text}");
    assert!(text.contains("as-printed: role-changes broken at"), "{text}");
    let output = faultline(&["compare", "raft", "--script", "-", "--with", "seed=7"], STORY);
    assert!(out(&output).contains("seed 7: lab raft seed=7"), "{}", out(&output));
    let output = faultline(&["compare", "nothing"], "");
    assert_eq!((code(&output), err(&output).contains("bully-raft")), (2, true));
}

#[test]
fn the_table_of_a_pair_is_measured() {
    let text = out(&faultline(&["compare", "bully-raft", "--table"], ""));
    assert!(text.contains("two leaders in 10 of 10"), "{text}");
    assert!(text.contains("“Critical consensus”"), "{text}");
    let output = faultline(&["compare", "raft", "--table"], "");
    assert_eq!((code(&output), err(&output).contains("has no table")), (2, true));
}
