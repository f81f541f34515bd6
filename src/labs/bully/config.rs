//! The parameters of a run, and the one decision that a mutation breaks.

use std::ops::Range;

use crate::labs::detection::phi::{Settings, Shape};
use crate::labs::detection::watch::{DETECTORS, Detector, Patience, Watch};
use crate::labs::jobs::{self, Jobs};
use crate::labs::{Param, Setup, check_live_param};
use crate::sim::{Latency, LinkSettings, Span};

use super::LAB;

/// What all nodes of a run have in common.
#[derive(Clone, Debug)]
pub struct Config {
    /// The decision that is broken, if one is.
    pub flaw: Option<Flaw>,
    /// Whether a node leads only while a majority of all nodes acknowledges it.
    pub quorum: bool,
    /// How often a leader shows that it is there.
    pub heartbeat: Span,
    /// A follower that hears nothing of its leader for so long takes it for failed. Drawn anew for
    /// each wait from `timeout_min..=timeout_max`, so that not all notice at once.
    pub timeout_min: Span,
    pub timeout_max: Span,
    /// How a follower judges its leader's silence.
    pub detector: Detector,
    /// From this phi on it suspects the leader, if the detector is phi.
    pub threshold: u64,
    /// A node that was sent an ELECTION and has not answered OK after so long counts as failed.
    pub ok_timeout: Span,
    /// After an OK, a node waits so long for the COORDINATOR, and up to `retry_jitter` longer.
    pub coordinator_timeout: Span,
    pub retry_jitter: Span,
    pub latency_min: Span,
    pub latency_max: Span,
    /// What the leader is for.
    pub jobs: Jobs,
}

/// One decision taken wrongly on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// A COORDINATOR from a lower id is adopted.
    AdoptsLower,
    /// After an OK, a node waits for the COORDINATOR without a timer.
    WaitsForEver,
    /// A node holds an election for each ELECTION that it hears, not one an epoch.
    ElectionForEach,
    /// An ELECTION from a higher id is answered OK as well.
    OkToAnyone,
    /// Heartbeats of a second leader are ignored.
    DeafToRivals,
}

/// What may be chosen. Of the times, only the latencies are fixed at the start.
pub static PARAMS: &[Param] = &[
    Param {
        name: "nodes",
        label: "Nodes",
        unit: "",
        choices: &[],
        range: (3, 9),
        default: 5,
        live: false,
        meaning: "How many nodes there are, n1 upward. The highest id outranks all others.",
    },
    Param {
        name: "heartbeat_ms",
        label: "Heartbeat every",
        unit: "ms",
        choices: &[],
        range: (10, 10_000),
        default: 100,
        live: true,
        meaning: "How often the leader shows that it is there.",
    },
    Param {
        name: "timeout_ms_min",
        label: "Heartbeat timeout, shortest",
        unit: "ms",
        choices: &[],
        range: (20, 60_000),
        default: 300,
        live: true,
        meaning: "A follower takes a leader that is silent for so long for failed.",
    },
    Param {
        name: "timeout_ms_max",
        label: "Heartbeat timeout, longest",
        unit: "ms",
        choices: &[],
        range: (20, 60_000),
        default: 500,
        live: true,
        meaning: "Each wait is drawn between the shortest and this, so that not all notice at once.",
    },
    Param {
        name: "detector",
        label: "Failure detector",
        unit: "",
        choices: DETECTORS,
        range: (0, 4),
        default: 0,
        live: false,
        meaning: "How a follower judges its leader's silence: by the heartbeat timeout, by the arrival \
                  that it expects from the last ones, or by phi. All but the first learn the rhythm.",
    },
    Param {
        name: "threshold",
        label: "Phi threshold",
        unit: "phi",
        choices: &[],
        range: (1, 16),
        default: 8,
        live: false,
        meaning: "From this phi on a follower suspects its leader, if the detector is phi.",
    },
    Param {
        name: "ok_timeout_ms",
        label: "OK timeout",
        unit: "ms",
        choices: &[],
        range: (10, 60_000),
        default: 100,
        live: true,
        meaning: "A node that has not answered an ELECTION after so long counts as failed. As \
                  printed: the deadline of a remote call.",
    },
    Param {
        name: "coordinator_timeout_ms",
        label: "COORDINATOR timeout",
        unit: "ms",
        choices: &[],
        range: (10, 60_000),
        default: 400,
        live: true,
        meaning: "After an OK, how long a node waits for the COORDINATOR before it tries again. As \
                  printed: election_timeout, there 5000.",
    },
    Param {
        name: "retry_jitter_ms",
        label: "Retry jitter",
        unit: "ms",
        choices: &[],
        range: (0, 10_000),
        default: 200,
        live: true,
        meaning: "Up to so much is added to that wait, by chance, so that not all try again at once.",
    },
    Param {
        name: "latency_ms_min",
        label: "Latency, shortest",
        unit: "ms",
        choices: &[],
        range: (0, 10_000),
        default: 5,
        live: false,
        meaning: "The shortest time that a message takes.",
    },
    Param {
        name: "latency_ms_max",
        label: "Latency, longest",
        unit: "ms",
        choices: &[],
        range: (0, 10_000),
        default: 15,
        live: false,
        meaning: "The longest time that a message takes. An OK needs twice this.",
    },
    Param {
        name: "quorum",
        label: "Quorum",
        unit: "",
        choices: &[],
        range: (0, 1),
        default: 0,
        live: false,
        meaning: "1: a node leads only while a majority of all nodes acknowledges it, which Bully \
                  itself does not ask for.",
    },
    jobs::JOB,
    jobs::WORKERS,
    jobs::LEASE,
    jobs::FENCING,
    jobs::IDEMPOTENT,
    jobs::MONOTONIC,
];

impl Config {
    pub fn new(setup: &Setup) -> Config {
        let ms = |name| Span::from_ms(setup.param(name));
        Config {
            flaw: super::variants::flaw(setup.variant()),
            quorum: setup.param("quorum") == 1,
            heartbeat: ms("heartbeat_ms"),
            timeout_min: ms("timeout_ms_min"),
            timeout_max: ms("timeout_ms_max"),
            detector: Detector::ALL[setup.param("detector") as usize],
            threshold: setup.param("threshold"),
            ok_timeout: ms("ok_timeout_ms"),
            coordinator_timeout: ms("coordinator_timeout_ms"),
            retry_jitter: ms("retry_jitter_ms"),
            latency_min: ms("latency_ms_min"),
            latency_max: ms("latency_ms_max"),
            jobs: Jobs::new(setup),
        }
    }

    pub fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    /// The range that a follower's patience is drawn from. The two bounds are set one after the other,
    /// so they may cross for a while.
    pub fn timeout(&self) -> Range<Span> {
        self.timeout_min..Span(self.timeout_max.max(self.timeout_min).us() + 1)
    }

    /// The range that a follower's patience is drawn from, with what it has heard of its leader. A
    /// detector that learns says how long it is patient; the chance in it is that of the timeout.
    pub fn silence(&self, heard: &Watch) -> Range<Span> {
        if self.detector == Detector::Timeout {
            return self.timeout();
        }
        self.with_chance(heard.patience(self.detector, &self.patience()))
    }

    /// The longest that a follower's patience can be.
    fn silence_max(&self) -> Span {
        if self.detector == Detector::Timeout {
            return self.timeout().end;
        }
        self.with_chance(Watch::patience_max(self.detector, &self.patience())).end
    }

    /// A patience, up to so much longer as the longest timeout is than the shortest.
    fn with_chance(&self, patience: Span) -> Range<Span> {
        let chance = self.timeout_max.us().saturating_sub(self.timeout_min.us());
        patience..Span(patience.us().saturating_add(chance + 1))
    }

    /// What the detectors go by: heartbeats are expected at their interval, and a deviation of less than
    /// a quarter of it is not believed.
    pub fn patience(&self) -> Patience {
        Patience {
            timeout: self.timeout_min,
            margin: self.timeout_min,
            threshold: self.threshold as f64,
            phi: Settings {
                shape: Shape::Normal,
                window: 50,
                deviation_min: Span((self.heartbeat.us() / 4).max(1)),
                pause: Span::ZERO,
                estimate: self.heartbeat,
                longest: self.timeout_max.max(self.heartbeat),
            },
        }
    }

    /// The range that the wait for a COORDINATOR is drawn from.
    pub fn coordinator_wait(&self) -> Range<Span> {
        self.coordinator_timeout..Span((self.coordinator_timeout + self.retry_jitter).us() + 1)
    }

    /// Every link of the network, unless a learner alters it.
    pub fn link(&self) -> LinkSettings {
        let (min, max) = (self.latency_min, self.latency_longest());
        LinkSettings::reliable(Latency::Uniform { min, max })
    }

    /// The longest that a message takes on a link that nobody has altered.
    pub fn latency_longest(&self) -> Span {
        self.latency_max.max(self.latency_min)
    }

    /// The longest that a node can go on without anything turning, if something is going to turn: every
    /// wait and a message's way, one after the other.
    pub fn calm(&self) -> Span {
        let waits = self.silence_max() + self.ok_timeout + self.coordinator_wait().end;
        let way = self.latency_longest();
        self.heartbeat + self.heartbeat + waits + way + way
    }

    /// Changes a live parameter, or says why not.
    pub fn set(&mut self, name: &str, value: u64) -> Result<(), String> {
        check_live_param(&LAB, name, value)?;
        let place = match name {
            "heartbeat_ms" => &mut self.heartbeat,
            "timeout_ms_min" => &mut self.timeout_min,
            "timeout_ms_max" => &mut self.timeout_max,
            "ok_timeout_ms" => &mut self.ok_timeout,
            "coordinator_timeout_ms" => &mut self.coordinator_timeout,
            "retry_jitter_ms" => &mut self.retry_jitter,
            _ => return Err(format!("`{name}` can only be chosen at the start")),
        };
        *place = Span::from_ms(value);
        Ok(())
    }
}
