//! The parameters of a run, and the one decision that a mutation breaks.

use std::ops::Range;

use crate::labs::{Param, Setup, check_live_param};
use crate::sim::{Latency, LinkSettings, Ppm, Span};

use super::LAB;
use super::judges::{Kind, WORDS};
use super::variants::{Flaw, flaw};

/// What all nodes of a run have in common.
#[derive(Clone, Debug)]
pub struct Config {
    /// The decision that is broken, if one is.
    pub flaw: Option<Flaw>,
    pub interval: Span,
    /// A heartbeat is up to so much early or late.
    pub jitter: Span,
    /// The detector that speaks, and its setting, from 0 upward.
    pub kind: Kind,
    pub setting: usize,
    pub helpers: u64,
    pub loss: Ppm,
    pub latency: (Span, Span),
}

const fn number(
    name: &'static str,
    label: &'static str,
    unit: &'static str,
    range: (u64, u64),
    default: u64,
    meaning: &'static str,
) -> Param {
    Param { name, label, unit, choices: &[], range, default, live: false, meaning }
}

/// What may be chosen.
pub static PARAMS: &[Param] = &[
    number("nodes", "Nodes", "", (1, 9), 4, "How many nodes are watched, n1 upward."),
    Param {
        name: "detector",
        label: "The one that speaks",
        unit: "",
        choices: WORDS,
        range: (0, WORDS.len() as u64 - 1),
        default: 3,
        live: false,
        meaning: "Whose suspicions are told and checked. All the others judge the same, in silence.",
    },
    Param {
        name: "setting",
        label: "Its setting",
        unit: "",
        choices: &[],
        range: (1, 8),
        default: 5,
        live: false,
        meaning: "How patient it is, from 1 to 8: so many late ticks; a timeout or a margin that grows by \
                  three quarters of an interval each; phi 0.5, 1, 2, 3, 5, 8, 12 or 16 (0.5 to 3 for the \
                  exponential shape); so many periods of suspicion.",
    },
    number(
        "interval_ms",
        "Heartbeat every",
        "ms",
        (10, 10_000),
        100,
        "How often a node says that it is up, and how often it is probed.",
    ),
    number(
        "jitter_ms",
        "Jitter",
        "ms",
        (0, 5_000),
        20,
        "A heartbeat is up to so much early or late.",
    ),
    number(
        "helpers",
        "Helpers",
        "",
        (0, 8),
        2,
        "How many others ping a node that has not answered.",
    ),
    number("loss_percent", "Loss", "%", (0, 90), 0, "How many messages get lost."),
    number(
        "latency_ms_min",
        "Latency, shortest",
        "ms",
        (0, 10_000),
        1,
        "The shortest time that a message takes.",
    ),
    number(
        "latency_ms_max",
        "Latency, longest",
        "ms",
        (0, 10_000),
        10,
        "The longest time that a message takes.",
    ),
];

impl Config {
    /// Refused if what was chosen makes no sense together.
    pub fn new(setup: &Setup) -> Result<Config, String> {
        let ms = |name| Span::from_ms(setup.param(name));
        let ordered = |less: &str, more: &str| match setup.param(less) <= setup.param(more) {
            true => Ok(()),
            false => Err(format!("{less} is greater than {more}")),
        };
        ordered("latency_ms_min", "latency_ms_max")?;
        ordered("jitter_ms", "interval_ms")?;
        Ok(Config {
            flaw: flaw(setup.variant()),
            interval: ms("interval_ms"),
            jitter: ms("jitter_ms"),
            kind: Kind::ALL[setup.param("detector") as usize],
            setting: setup.param("setting") as usize - 1,
            helpers: setup.param("helpers"),
            loss: Ppm::percent(setup.param("loss_percent") as u32),
            latency: (ms("latency_ms_min"), ms("latency_ms_max")),
        })
    }

    pub fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    /// An interval longer than this says more of an outage than of the rhythm.
    pub fn longest(&self) -> Span {
        match self.has(Flaw::LearnsFromOutages) {
            true => Span::from_secs(100_000),
            false => self.stated_longest(),
        }
    }

    /// The same, as it should be.
    pub fn stated_longest(&self) -> Span {
        Span(self.interval.0.saturating_mul(4))
    }

    /// The wait until the next heartbeat.
    pub fn beat(&self) -> Range<Span> {
        let (interval, jitter) = (self.interval.0, self.jitter.0);
        Span((interval - jitter).max(1))..Span((interval + jitter).max(1) + 1)
    }

    /// Every link of the network, unless a learner alters it.
    pub fn link(&self) -> LinkSettings {
        let (min, max) = self.latency;
        LinkSettings { loss: self.loss, ..LinkSettings::reliable(Latency::Uniform { min, max }) }
    }

    /// Nothing may change while it runs: what was measured would be of two things.
    pub fn set(&mut self, name: &str, value: u64) -> Result<(), String> {
        check_live_param(&LAB, name, value)
    }
}
