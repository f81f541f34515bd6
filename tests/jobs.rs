//! What a leader is for, as the fault strip tells it: a job that went wrong is an error and a failure, and
//! what is repaired has recovered. With the guard switched on, the same fault is masked.

use faultline::labs;
use faultline::play::{Limits, Outcome, Script, run_script};
use faultline::sim::faults::{FaultRecord, Stage};

/// Plays a scenario of a lab, with other parameters.
fn play(lab: &str, id: &str, changes: &[(&str, u64)]) -> Outcome {
    let text = labs::find(lab).unwrap().scenario(id).unwrap().script;
    let mut script: Script = text.parse().unwrap_or_else(|error| panic!("{id}: {error}"));
    for (name, value) in changes {
        script.setup.set_param(name, *value).unwrap();
    }
    run_script(&script, Limits::default()).unwrap()
}

/// The fault of this name, the first.
fn fault(outcome: &Outcome, what: &str) -> FaultRecord {
    let faults = outcome.run.faults();
    let found = faults.iter().find(|fault| fault.what.starts_with(what));
    found.unwrap_or_else(|| panic!("no {what}: {faults:#?}")).clone()
}

fn reached(fault: &FaultRecord, stage: Stage) -> Option<&str> {
    fault.history.iter().rev().find(|it| it.stage == stage).map(|it| it.note.as_str())
}

fn figure(outcome: &Outcome, name: &str) -> u64 {
    outcome.scene().metrics.iter().find(|metric| metric.name == name).unwrap().value
}

/// The next write of the lock's holder repairs the storage.
#[test]
fn a_late_write_is_a_failure_until_the_holder_writes_again() {
    let paused = fault(&play("raft", "job-paused-holder", &[]), "pause w1");
    let late = "the storage holds a late write of an earlier holder";
    assert_eq!(reached(&paused, Stage::Error), Some(late));
    assert_eq!(reached(&paused, Stage::Failure), Some("users: 1 of 2 failing"));
    assert_eq!(paused.history.last().unwrap().stage, Stage::Recovered);
}

/// Bully, too: the lock is not what a log would help.
#[test]
fn with_a_fencing_token_the_same_pause_does_no_harm() {
    for lab in ["bully", "raft"] {
        let unguarded = play(lab, "job-paused-holder", &[]);
        assert!(reached(&fault(&unguarded, "pause w1"), Stage::Failure).is_some(), "{lab}");
        assert_eq!(unguarded.run.holds("in-order"), Some(false), "{lab}");
        let guarded = play(lab, "job-paused-holder", &[("fencing", 1)]);
        assert_eq!(reached(&fault(&guarded, "pause w1"), Stage::Failure), None, "{lab}");
        assert_eq!(guarded.run.holds("in-order"), Some(true), "{lab}");
        assert!(figure(&guarded, "writes fenced off") > 0, "{lab}");
    }
}

/// A reader that turned to a server of the past is right again as soon as it reads of another.
#[test]
fn a_reader_that_went_back_is_repaired_by_the_next_version() {
    let outcome = play("raft", "job-stale-reader", &[]);
    let crash = fault(&outcome, "crash n2");
    let back = "a reader has gone back to an older version";
    assert_eq!(reached(&crash, Stage::Error), Some(back));
    assert_eq!(outcome.scene().service.failing, 0, "it has read a newer one since");
    let guarded = play("raft", "job-stale-reader", &[("monotonic", 1)]);
    assert_eq!(reached(&fault(&guarded, "crash n2"), Stage::Failure), None);
}

/// Two primaries take writes under Bully, and those of one are lost for good. Under Raft the writer of the
/// minority waits, and goes on when the cut heals.
#[test]
fn what_two_primaries_took_is_lost_for_good_and_raft_takes_nothing_that_it_loses() {
    let bully = play("bully", "job-two-primaries", &[]);
    let cut = fault(&bully, "partition");
    assert!(figure(&bully, "writes lost") > 0);
    assert_eq!(reached(&cut, Stage::Recovered), None);
    assert!(bully.scene().error.unwrap().ends_with("accepted writes are lost"));

    let raft = play("raft", "job-one-primary", &[]);
    let cut = fault(&raft, "partition");
    assert_eq!(reached(&cut, Stage::Failure), Some("users: 1 of 2 failing"));
    assert_eq!(cut.history.last().unwrap().stage, Stage::Recovered);
    assert_eq!((figure(&raft, "writes lost"), raft.scene().error), (0, None));
}

/// Work that was done twice stays done twice; a storage that knows a task again does it once.
#[test]
fn work_done_twice_is_not_repaired_and_idempotent_work_needs_no_repair() {
    let twice = play("bully", "job-work-twice", &[]);
    let pause = fault(&twice, "pause w1");
    assert_eq!(reached(&pause, Stage::Error), Some("done twice, or not at all: 1 of the tasks"));
    assert_eq!(reached(&pause, Stage::Recovered), None);
    let once = play("bully", "job-work-twice", &[("idempotent", 1)]);
    assert_eq!(reached(&fault(&once, "pause w1"), Stage::Failure), None);
    assert_eq!(once.run.holds("done-once"), Some(true));
}

/// How long the writers of a database are without its primary, when that crashes.
#[test]
fn a_new_primary_serves_within_a_second_of_a_crash() {
    for (lab, clients) in [("raft", "clients=0 "), ("bully", "")] {
        for seed in 1..=10 {
            let text = format!(
                "lab {lab} seed={seed} {clients}job=primary workers=2\n1500ms crash leader\n+2s stop\n"
            );
            let outcome = run_script(&text.parse().unwrap(), Limits::default()).unwrap();
            let service = outcome.scene().service;
            assert_eq!((service.failing, service.total), (0, 2), "{text}");
            if lab == "raft" {
                assert_eq!(figure(&outcome, "writes lost"), 0, "{text}");
            }
        }
    }
}
