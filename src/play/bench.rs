//! The workloads of the benchmarks: the same natively (`benches/world.rs`) and in the page (`#/bench`),
//! so that the two can be compared.

use crate::labs::{Lab, Run, Setup};
use crate::sim::rng::{Purpose, Rng};
use crate::sim::{Span, Time};

use super::Session;
use super::search::run_until;

/// One thing that is measured.
pub struct Workload {
    /// Its name in both reports.
    pub id: &'static str,
    /// The lab in which it is measured.
    pub lab: &'static str,
    /// What one iteration handles: so many events, so many seeks.
    pub elements: u64,
    /// Makes everything ready in this lab and returns one iteration.
    pub prepare: fn(&'static Lab) -> Box<dyn FnMut()>,
}

/// The lab in which most is measured.
pub const LAB: &str = "raft";

/// Events of one iteration.
const EVENTS: u64 = 20_000;

/// How long the run is in which seeks are measured, in steps.
pub const LONG_RUN: u64 = 100_000;

pub static WORKLOADS: &[Workload] = &[
    Workload { id: "raft/skip", lab: LAB, elements: EVENTS, prepare: skip },
    Workload { id: "raft/record", lab: LAB, elements: EVENTS, prepare: record },
    Workload { id: "raft/seek", lab: LAB, elements: 1, prepare: seek },
    Workload { id: "breaker/minute", lab: "breaker", elements: 60, prepare: minute },
];

/// Five nodes and three clients that hardly pause, one simulated second in.
fn busy(lab: &'static Lab) -> Setup {
    let mut setup = Setup::new(lab, 42);
    for (param, value) in [("nodes", 5), ("clients", 3), ("think_ms", 1)] {
        setup.set_param(param, value).expect("the lab has this parameter");
    }
    setup
}

fn warm(lab: &'static Lab) -> Box<dyn Run> {
    let mut run = busy(lab).start().expect("the setup is right");
    run_until(&mut *run, Time::ZERO + Span::from_secs(1));
    run
}

/// Events without recording, invariants and fault ledger included.
fn skip(lab: &'static Lab) -> Box<dyn FnMut()> {
    let warm = warm(lab);
    Box::new(move || {
        let mut run = warm.snapshot();
        for _ in 0..EVENTS {
            assert!(run.skip());
        }
        assert!(run.violations().is_empty());
    })
}

/// Events with their full record, as the page shows them.
fn record(lab: &'static Lab) -> Box<dyn FnMut()> {
    let warm = warm(lab);
    Box::new(move || {
        let mut run = warm.snapshot();
        for _ in 0..EVENTS {
            assert!(run.step().is_some());
        }
    })
}

/// One simulated minute after another of a thousand requests a second through a breaker, without
/// recording: ten iterations are ten minutes.
fn minute(lab: &'static Lab) -> Box<dyn FnMut()> {
    let mut setup = Setup::new(lab, 42);
    for (param, value) in [("rate", 1_000), ("threads", 100)] {
        setup.set_param(param, value).expect("the lab has this parameter");
    }
    let mut run = setup.start().expect("the setup is right");
    Box::new(move || {
        let end = run.now() + Span::from_secs(60);
        run_until(&mut *run, end);
        assert!(run.violations().is_empty());
    })
}

/// A session with so many steps behind it.
pub fn long_session(lab: &'static Lab) -> Session {
    let mut session = Session::new(busy(lab)).expect("the setup is right");
    while session.position() < LONG_RUN {
        session.seek_step(LONG_RUN);
    }
    session
}

/// A jump to any step of a long run.
fn seek(lab: &'static Lab) -> Box<dyn FnMut()> {
    let mut session = long_session(lab);
    let mut jumps = 0;
    Box::new(move || {
        jumps += 1;
        session.seek_step(Rng::new(7, Purpose::Outside(2), jumps).below(LONG_RUN));
    })
}
