//! The parameters of a run, and the one decision that a mutation breaks.

use crate::labs::detection::suspicion;
use crate::labs::{Param, Setup, check_live_param};
use crate::sim::{Latency, LinkSettings, Ppm, Span};

use super::LAB;
use super::variants::{Flaw, flaw};

/// What all nodes of a run have in common.
#[derive(Clone, Debug)]
pub struct Config {
    /// The decision that is broken, if one is.
    pub flaw: Option<Flaw>,
    /// Whether nodes send heartbeats to all instead: what SWIM is compared with.
    pub all_to_all: bool,
    /// Whether the next one to probe is drawn anew each time, as in the first form of the paper.
    pub random: bool,
    pub nodes: u64,
    pub period: Span,
    /// How long a direct answer may take.
    pub timeout: Span,
    pub helpers: u64,
    pub suspicion_mult: u64,
    pub most_mult: u64,
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
    number("members", "Members", "", (5, 50), 8, false, "How many nodes there are, n1 upward."),
    Param {
        name: "detector",
        label: "Detector",
        unit: "",
        choices: &["swim", "all-to-all"],
        range: (0, 1),
        default: 0,
        live: false,
        meaning: "SWIM, or heartbeats from everybody to everybody once a period: what it is measured by.",
    },
    Param {
        name: "probing",
        label: "Whom to probe",
        unit: "",
        choices: &["in-turn", "random"],
        range: (0, 1),
        default: 0,
        live: false,
        meaning: "Each in turn, in an order that is shuffled each time: nobody waits longer than two \
                  rounds. Or anybody, drawn anew each period.",
    },
    number(
        "period_ms",
        "Period",
        "ms",
        (20, 10_000),
        200,
        true,
        "How often a node probes somebody.",
    ),
    number(
        "timeout_ms",
        "Answer timeout",
        "ms",
        (5, 5_000),
        40,
        true,
        "How long a node waits for a direct answer before it asks others to try.",
    ),
    number("helpers", "Helpers", "", (0, 5), 3, true, "How many others are asked to try."),
    number(
        "suspicion_mult",
        "Suspicion lasts",
        "× log₁₀ n periods",
        (1, 20),
        4,
        true,
        "How long a suspect has to refute, at least.",
    ),
    number(
        "most_mult",
        "Unconfirmed, it lasts",
        "times that",
        (1, 10),
        3,
        true,
        "How much longer a suspicion lasts that nobody else confirms.",
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
        "The longest time that a message takes. An answer through a helper needs four times this.",
    ),
];

impl Config {
    pub fn new(setup: &Setup) -> Config {
        let ms = |name| Span::from_ms(setup.param(name));
        Config {
            flaw: flaw(setup.variant()),
            all_to_all: setup.param("detector") == 1,
            random: setup.param("probing") == 1,
            nodes: setup.param("members"),
            period: ms("period_ms"),
            timeout: ms("timeout_ms"),
            helpers: setup.param("helpers"),
            suspicion_mult: setup.param("suspicion_mult"),
            most_mult: setup.param("most_mult"),
            loss: Ppm::percent(setup.param("loss_percent") as u32),
            latency: (ms("latency_ms_min"), ms("latency_ms_max")),
        }
    }

    pub fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    /// The shortest and the longest time that a suspicion lasts.
    pub fn suspicion(&self) -> (Span, Span) {
        let least = suspicion::least(self.suspicion_mult, self.nodes, self.period);
        (least, Span(least.0 * self.most_mult))
    }

    /// How many confirmations bring it down to the shortest: one of each helper, if there are so many
    /// nodes (memberlist, `suspectNode`).
    pub fn confirmations(&self) -> u32 {
        if self.nodes < 3 + 2 { 0 } else { 3 }
    }

    /// How often a piece of news is passed on.
    pub fn retransmissions(&self) -> u64 {
        suspicion::retransmissions(4, self.nodes)
    }

    /// How long a silent node may stay trusted by somebody who heard it: two rounds until it is probed,
    /// the longest suspicion, and as much again for old news that is still on its way. With all-to-all
    /// heartbeats the suspicion alone, with room for old news. Nothing is promised when the next one is drawn.
    pub fn bound(&self) -> Option<Span> {
        let most = self.suspicion().1;
        let rounds = Span(self.period.0 * 2 * (self.nodes + 1));
        match (self.all_to_all, self.random) {
            (true, _) => Some(Span((most.0 + self.period.0) * 3)),
            (false, true) => None,
            (false, false) => Some(Span((rounds.0 + most.0) * 2)),
        }
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
            "period_ms" => self.period = Span::from_ms(value),
            "timeout_ms" => self.timeout = Span::from_ms(value),
            "helpers" => self.helpers = value,
            "suspicion_mult" => self.suspicion_mult = value,
            "most_mult" => self.most_mult = value,
            _ => return Err(format!("`{name}` can only be chosen at the start")),
        }
        Ok(())
    }
}
