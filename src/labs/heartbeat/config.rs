//! The parameters of a run, and the one decision that a mutation breaks.

use crate::labs::{Param, Setup, check_live_param};
use crate::sim::{Latency, LinkSettings, Ppm, Span};

use super::LAB;
use super::variants::{AS_PRINTED, Flaw, flaw};

/// What all nodes of a run have in common.
#[derive(Clone, Debug)]
pub struct Config {
    /// The decision that is broken, if one is.
    pub flaw: Option<Flaw>,
    /// Whether the monitors are the course's.
    pub printed: bool,
    pub interval: Span,
    pub threshold: u64,
    /// How many of the highest nodes are not on the monitors' list at first.
    pub unlisted: u64,
    /// How long a monitor waits for the others' opinion, and for an answer of store, spare or node.
    pub answer: Span,
    /// As printed: how long `initiate_recovery` blocks the loop.
    pub recovery: Span,
    pub loss: Ppm,
    pub latency: (Span, Span),
}

const fn number(
    name: &'static str,
    label: &'static str,
    unit: &'static str,
    range: (u64, u64),
    default: u64,
    live: bool,
    meaning: &'static str,
) -> Param {
    Param { name, label, unit, choices: &[], range, default, live, meaning }
}

/// What may be chosen.
pub static PARAMS: &[Param] = &[
    number("nodes", "Nodes", "", (1, 9), 3, false, "How many nodes are watched, n1 upward."),
    number(
        "monitors",
        "Monitors",
        "",
        (1, 3),
        2,
        false,
        "How many watch them. m1 is in charge: it alone starts a recovery.",
    ),
    number(
        "interval_ms",
        "Heartbeat every",
        "ms",
        (10, 60_000),
        100,
        true,
        "How often a node says that it is up.",
    ),
    number(
        "threshold",
        "Threshold",
        "heartbeats",
        (1, 20),
        4,
        true,
        "A node is suspected after a silence of so many intervals.",
    ),
    number("loss_percent", "Loss", "%", (0, 90), 0, false, "How many messages get lost."),
    number(
        "latency_ms_min",
        "Latency, shortest",
        "ms",
        (0, 10_000),
        1,
        false,
        "The shortest time that a message takes.",
    ),
    number(
        "latency_ms_max",
        "Latency, longest",
        "ms",
        (0, 10_000),
        5,
        false,
        "The longest time that a message takes.",
    ),
    number(
        "answer_ms",
        "Answer timeout",
        "ms",
        (10, 60_000),
        50,
        true,
        "How long m1 waits for the other monitors' opinion, and for each answer in a recovery.",
    ),
    number(
        "unlisted",
        "Not on the list",
        "",
        (0, 8),
        0,
        false,
        "How many of the highest nodes the monitors do not know of until they are added.",
    ),
    number(
        "recovery_ms",
        "As printed: recovery takes",
        "ms",
        (0, 600_000),
        0,
        false,
        "How long initiate_recovery blocks the loop of the print.",
    ),
];

impl Config {
    pub fn new(setup: &Setup) -> Config {
        let ms = |name| Span::from_ms(setup.param(name));
        Config {
            flaw: flaw(setup.variant()),
            printed: setup.variant().name == AS_PRINTED,
            interval: ms("interval_ms"),
            threshold: setup.param("threshold"),
            unlisted: setup.param("unlisted"),
            answer: ms("answer_ms"),
            recovery: ms("recovery_ms"),
            loss: Ppm::percent(setup.param("loss_percent") as u32),
            latency: (ms("latency_ms_min"), ms("latency_ms_max")),
        }
    }

    pub fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    /// The silence after which a node is suspected.
    pub fn patience(&self) -> Span {
        Span(self.interval.0.saturating_mul(self.threshold))
    }

    /// The stated time to detection, from the last heartbeat: the patience, with a quarter more for a
    /// clock that runs slow.
    pub fn bound(&self) -> Span {
        Span(self.patience().0 / 4 * 5 + 1_000)
    }

    /// Every link of the network, unless a learner alters it.
    pub fn link(&self) -> LinkSettings {
        let (min, max) = self.latency;
        let latency = Latency::Uniform { min, max: max.max(min) };
        LinkSettings { loss: self.loss, ..LinkSettings::reliable(latency) }
    }

    /// Changes a live parameter, or says why not.
    pub fn set(&mut self, name: &str, value: u64) -> Result<(), String> {
        check_live_param(&LAB, name, value)?;
        match name {
            "interval_ms" => self.interval = Span::from_ms(value),
            "threshold" => self.threshold = value,
            "answer_ms" => self.answer = Span::from_ms(value),
            _ => return Err(format!("`{name}` can only be chosen at the start")),
        }
        Ok(())
    }
}
