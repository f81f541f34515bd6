//! The parameters of a run, and the one decision that a mutation breaks.

use crate::labs::detection::phi::{Phi, SHAPES, Settings, Shape};
use crate::labs::{Param, SWITCH, Setup, check_live_param};
use crate::sim::{Latency, LinkSettings, Ppm, Span};

use super::LAB;
use super::variants::{AS_PRINTED, Flaw, flaw};

/// What all nodes of a run have in common.
#[derive(Clone, Debug)]
pub struct Config {
    /// The decision that is broken, if one is.
    pub flaw: Option<Flaw>,
    /// Whether the monitor is the course's.
    pub printed: bool,
    pub interval: Span,
    /// The standard deviation of the time between two heartbeats of one node.
    pub jitter: Span,
    pub loss: Ppm,
    pub latency: (Span, Span),
    pub threshold: f64,
    pub settings: Settings,
    /// The timeout of the twin that does not learn.
    pub fixed: Span,
    /// As printed: whether the method `cdf` is there.
    pub cdf: bool,
    /// As printed: what the wall clock shows when the run begins.
    pub epoch: Span,
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
        "interval_ms",
        "Heartbeat every",
        "ms",
        (10, 10_000),
        100,
        true,
        "How often a node says that it is up, on average.",
    ),
    number(
        "jitter_ms",
        "Jitter",
        "ms",
        (0, 3_000),
        10,
        true,
        "The standard deviation of the time between two heartbeats: how irregular the nodes are.",
    ),
    number(
        "threshold",
        "Threshold",
        "phi",
        (1, 16),
        8,
        true,
        "From this phi on a node is suspected: at 1, one suspicion in ten is wrong; at 8, one in a \
         hundred million.",
    ),
    Param {
        name: "shape",
        label: "Distribution",
        unit: "",
        choices: SHAPES,
        range: (0, 2),
        default: 0,
        live: true,
        meaning: "What the intervals are taken for: the logistic approximation of Akka and Pekko, the \
                  normal distribution itself, or the exponential one of Cassandra.",
    },
    number(
        "window",
        "Window",
        "intervals",
        (2, 1_000),
        100,
        false,
        "How many intervals the monitor remembers.",
    ),
    number(
        "deviation_ms_min",
        "Least deviation",
        "ms",
        (1, 1_000),
        10,
        true,
        "The deviation is taken for at least so much, however regular the heartbeats are.",
    ),
    number(
        "pause_ms",
        "Acceptable pause",
        "ms",
        (0, 10_000),
        0,
        true,
        "A silence that is always acceptable, as for a garbage collection. It is added to the mean.",
    ),
    number(
        "estimate_ms",
        "First estimate",
        "ms",
        (4, 10_000),
        100,
        false,
        "What the monitor takes for the interval until it has seen one.",
    ),
    number(
        "longest_ms",
        "Longest interval that counts",
        "ms",
        (10, 60_000),
        250,
        false,
        "A longer one says more of an outage than of the rhythm, and is not recorded.",
    ),
    number(
        "fixed_ms",
        "Fixed timeout",
        "ms",
        (10, 60_000),
        160,
        true,
        "The twin on the same heartbeats that does not learn: it suspects after so long, always.",
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
        3,
        false,
        "The longest time that a message takes.",
    ),
    Param {
        name: "cdf",
        label: "As printed: cdf",
        unit: "",
        choices: SWITCH,
        range: (0, 1),
        default: 1,
        live: false,
        meaning: "Whether the method `cdf` is there, which the print calls and does not define.",
    },
    number(
        "epoch_s",
        "As printed: wall clock at the start",
        "s",
        (0, 4_000_000_000),
        1_700_000_000,
        false,
        "What time.time() returns when the run begins. The print takes an interval for such a time.",
    ),
];

impl Config {
    pub fn new(setup: &Setup) -> Config {
        let ms = |name| Span::from_ms(setup.param(name));
        Config {
            flaw: flaw(setup.variant()),
            printed: setup.variant().name == AS_PRINTED,
            interval: ms("interval_ms"),
            jitter: ms("jitter_ms"),
            loss: Ppm::percent(setup.param("loss_percent") as u32),
            latency: (ms("latency_ms_min"), ms("latency_ms_max")),
            threshold: setup.param("threshold") as f64,
            settings: Settings {
                shape: Shape::ALL[setup.param("shape") as usize],
                window: setup.param("window") as usize,
                deviation_min: ms("deviation_ms_min"),
                pause: ms("pause_ms"),
                estimate: ms("estimate_ms"),
                longest: ms("longest_ms"),
            },
            fixed: ms("fixed_ms"),
            cdf: setup.param("cdf") == 1,
            epoch: Span::from_secs(setup.param("epoch_s")),
        }
    }

    pub fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    /// How the monitor looks at what it has heard.
    pub fn phi_settings(&self) -> Settings {
        let least = self.settings.deviation_min;
        let deviation_min = if self.has(Flaw::NoLeastDeviation) { Span::ZERO } else { least };
        Settings { deviation_min, ..self.settings }
    }

    /// Every link of the network, unless a learner alters it.
    pub fn link(&self) -> LinkSettings {
        let (min, max) = self.latency;
        let latency = Latency::Uniform { min, max: max.max(min) };
        LinkSettings { loss: self.loss, ..LinkSettings::reliable(latency) }
    }

    /// The longest that the monitor is patient, whatever it has heard, with a quarter more for a clock
    /// that runs slow.
    pub fn bound(&self) -> Span {
        let patience = Phi::patience_max(self.threshold, &self.settings);
        Span(patience.0 / 4 * 5 + 1_000)
    }

    /// Changes a live parameter, or says why not.
    pub fn set(&mut self, name: &str, value: u64) -> Result<(), String> {
        check_live_param(&LAB, name, value)?;
        let ms = Span::from_ms(value);
        match name {
            "interval_ms" => self.interval = ms,
            "jitter_ms" => self.jitter = ms,
            "threshold" => self.threshold = value as f64,
            "shape" => self.settings.shape = Shape::ALL[value as usize],
            "deviation_ms_min" => self.settings.deviation_min = ms,
            "pause_ms" => self.settings.pause = ms,
            "fixed_ms" => self.fixed = ms,
            _ => return Err(format!("`{name}` can only be chosen at the start")),
        }
        Ok(())
    }
}
