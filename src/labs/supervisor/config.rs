//! The parameters of a run, and the one decision that a mutation breaks.

use std::ops::Range;

use crate::labs::{Param, SWITCH, Setup, check_live_param};
use crate::sim::{Latency, LinkSettings, Ppm, Span};

use super::LAB;
use super::variants::{AS_PRINTED, Flaw, flaw};

/// Who is restarted together with a process that failed (OTP, "Supervisor Behaviour").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// The one that failed.
    OneForOne,
    /// It, and all that were started after it.
    RestForOne,
    /// All.
    OneForAll,
}

/// The words for the strategies, in the order of [`Strategy::ALL`].
const STRATEGIES: &[&str] = &["one-for-one", "rest-for-one", "one-for-all"];

impl Strategy {
    const ALL: [Strategy; 3] = [Strategy::OneForOne, Strategy::RestForOne, Strategy::OneForAll];

    /// Which of so many processes are restarted when one has failed, by their places.
    pub fn group(self, failed: usize, count: usize) -> Range<usize> {
        match self {
            Strategy::OneForOne => failed..failed + 1,
            Strategy::RestForOne => failed..count,
            Strategy::OneForAll => 0..count,
        }
    }
}

/// Who holds a session with whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ties {
    None,
    /// Each with the one before it; the first with nobody.
    Chain,
    /// Each with the one before it; the first with the last.
    Ring,
}

/// The words for the ties, in the order of [`Ties::ALL`].
const TIES: &[&str] = &["none", "chain", "ring"];

impl Ties {
    const ALL: [Ties; 3] = [Ties::None, Ties::Chain, Ties::Ring];

    /// The place of the one that this process is tied to.
    pub fn of(self, place: usize, count: usize) -> Option<usize> {
        match (self, place) {
            (Ties::None, _) | (Ties::Chain, 0) => None,
            (Ties::Ring, 0) => (count > 1).then(|| count - 1),
            (Ties::Chain | Ties::Ring, _) => Some(place - 1),
        }
    }
}

/// What all nodes of a run have in common.
#[derive(Clone, Debug)]
pub struct Config {
    /// The decision that is broken, if one is.
    pub flaw: Option<Flaw>,
    /// Whether the supervisor is the course's.
    pub printed: bool,
    /// At most so many attempts …
    pub restarts_max: u64,
    /// … in any window of this length.
    pub window: Span,
    pub strategy: Strategy,
    pub ties: Ties,
    /// The wait before the first attempt, and the longest one.
    pub backoff: (Span, Span),
    /// How long a process takes from its start until it is ready.
    pub start: Span,
    /// How long the supervisor waits for that.
    pub ready: Span,
    pub beat: Span,
    /// The silence after which a process is taken for failed.
    pub patience: Span,
    pub request: Span,
    /// How much of its memory a leaking process loses at each beat, in percent.
    pub leak: u64,
    pub loss: Ppm,
    pub latency: (Span, Span),
    /// As printed: the sleep between stop and start.
    pub grace: Span,
    /// As printed: whether `stop()` of a process that is gone raises.
    pub stop_raises: bool,
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

const fn choice(
    name: &'static str,
    label: &'static str,
    choices: &'static [&'static str],
    default: u64,
    meaning: &'static str,
) -> Param {
    let range = (0, choices.len() as u64 - 1);
    Param { name, label, unit: "", choices, range, default, live: false, meaning }
}

/// What may be chosen.
pub static PARAMS: &[Param] = &[
    number("workers", "Workers", "", (1, 6), 3, false, "How many processes there are, w1 upward."),
    choice(
        "strategy",
        "Strategy",
        STRATEGIES,
        0,
        "Who is restarted when one has failed: it alone, it and those started after it, or all.",
    ),
    choice(
        "ties",
        "Sessions",
        TIES,
        0,
        "Who holds a session with whom: nobody; each with the one before; and the first with the last, \
         too. A session ends with the life that it was opened with.",
    ),
    number(
        "restarts_max",
        "Restarts, at most",
        "attempts",
        (1, 10),
        3,
        false,
        "How many attempts to restart there may be in any window.",
    ),
    number(
        "window_ms",
        "Window",
        "ms",
        (100, 3_600_000),
        5_000,
        false,
        "The length of that window.",
    ),
    number(
        "backoff_ms",
        "Backoff",
        "ms",
        (1, 60_000),
        100,
        false,
        "The wait before a restart. It doubles with each attempt in the window.",
    ),
    number(
        "backoff_ms_max",
        "Backoff, at most",
        "ms",
        (1, 600_000),
        2_000,
        false,
        "The longest wait before a restart.",
    ),
    number(
        "start_ms",
        "Start takes",
        "ms",
        (1, 60_000),
        40,
        false,
        "How long a process takes from its start until it is ready.",
    ),
    number(
        "ready_ms",
        "Readiness timeout",
        "ms",
        (2, 120_000),
        200,
        false,
        "What is not ready after so long has failed to start.",
    ),
    number(
        "beat_ms",
        "Beat every",
        "ms",
        (5, 60_000),
        50,
        false,
        "How often a process says it is up.",
    ),
    number(
        "patience_ms",
        "Patience",
        "ms",
        (10, 120_000),
        200,
        false,
        "A process that has said nothing for so long is taken for failed.",
    ),
    number(
        "request_ms",
        "Request every",
        "ms",
        (5, 60_000),
        50,
        false,
        "How often the client asks each process for something.",
    ),
    number(
        "leak_percent",
        "Leak",
        "% a beat",
        (1, 100),
        2,
        true,
        "How much of its memory a leaking process loses at each beat. At 100 it is killed.",
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
        "grace_ms",
        "As printed: grace period",
        "ms",
        (0, 60_000),
        100,
        false,
        "How long the print sleeps between stop and start.",
    ),
    Param {
        name: "stop_raises",
        label: "As printed: stop() can fail",
        unit: "",
        choices: SWITCH,
        range: (0, 1),
        default: 0,
        live: false,
        meaning: "Whether stop() raises an exception when the process is gone already.",
    },
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
        ordered("backoff_ms", "backoff_ms_max")?;
        ordered("start_ms", "ready_ms")?;
        ordered("beat_ms", "patience_ms")?;
        Ok(Config {
            flaw: flaw(setup.variant()),
            printed: setup.variant().name == AS_PRINTED,
            restarts_max: setup.param("restarts_max"),
            window: ms("window_ms"),
            strategy: Strategy::ALL[setup.param("strategy") as usize],
            ties: Ties::ALL[setup.param("ties") as usize],
            backoff: (ms("backoff_ms"), ms("backoff_ms_max")),
            start: ms("start_ms"),
            ready: ms("ready_ms"),
            beat: ms("beat_ms"),
            patience: ms("patience_ms"),
            request: ms("request_ms"),
            leak: setup.param("leak_percent"),
            loss: Ppm::percent(setup.param("loss_percent") as u32),
            latency: (ms("latency_ms_min"), ms("latency_ms_max")),
            grace: ms("grace_ms"),
            stop_raises: setup.param("stop_raises") == 1,
        })
    }

    pub fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    /// Every link of the network, unless a learner alters it.
    pub fn link(&self) -> LinkSettings {
        let (min, max) = self.latency;
        LinkSettings { loss: self.loss, ..LinkSettings::reliable(Latency::Uniform { min, max }) }
    }

    /// Changes a live parameter, or says why not.
    pub fn set(&mut self, name: &str, value: u64) -> Result<(), String> {
        check_live_param(&LAB, name, value)?;
        match name {
            "leak_percent" => self.leak = value,
            _ => return Err(format!("`{name}` can only be chosen at the start")),
        }
        Ok(())
    }
}
