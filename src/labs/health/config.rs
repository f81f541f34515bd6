//! The parameters of a run, and the one decision that a mutation breaks.

use crate::labs::{Param, SWITCH, Setup, check_live_param};
use crate::sim::{Latency, LinkSettings, Ppm, Span};

use super::LAB;
use super::variants::{AS_PRINTED, Flaw, flaw};

/// What all nodes of a run have in common.
#[derive(Clone, Debug)]
pub struct Config {
    /// The decision that is broken, if one is.
    pub flaw: Option<Flaw>,
    /// Whether the checker is the course's.
    pub printed: bool,
    pub check: Span,
    /// How long a check may take.
    pub timeout: Span,
    /// How long a server waits for what it asks others.
    pub query: Span,
    /// So many results in a row turn a verdict to bad, and so many to good.
    pub down_after: u64,
    pub up_after: u64,
    /// Whether readiness includes the database.
    pub deep: bool,
    /// Whether servers ask each other.
    pub mutual: bool,
    /// So much of the fleet stays in rotation, in percent.
    pub floor: u64,
    /// So many failed requests in a row eject a server, for that long.
    pub eject_after: u64,
    pub eject: Span,
    pub request: Span,
    pub start: Span,
    /// What the optional service answers when it is well.
    pub status: u64,
    pub loss: Ppm,
    pub latency: (Span, Span),
    /// As printed: whether `import requests` and `check_business_logic` are there.
    pub requests: bool,
    pub business: bool,
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
    live: bool,
    meaning: &'static str,
) -> Param {
    Param { name, label, unit: "", choices, range: (0, 1), default, live, meaning }
}

/// What may be chosen.
pub static PARAMS: &[Param] = &[
    number("servers", "Servers", "", (2, 9), 5, false, "How many servers there are, s1 upward."),
    number(
        "check_ms",
        "Check every",
        "ms",
        (20, 60_000),
        200,
        true,
        "How often the balancer asks each server whether it is live and ready.",
    ),
    number(
        "timeout_ms",
        "Check timeout",
        "ms",
        (10, 30_000),
        150,
        false,
        "What is not answered after so long has failed.",
    ),
    number(
        "query_ms",
        "Query timeout",
        "ms",
        (5, 30_000),
        60,
        false,
        "How long a server waits for the database and for others. Shorter than the check timeout, so that \
         it can still say what is wrong.",
    ),
    number(
        "down_after",
        "Down after",
        "results",
        (1, 10),
        3,
        true,
        "So many failed checks in a row turn a verdict.",
    ),
    number(
        "up_after",
        "Up after",
        "results",
        (1, 10),
        2,
        true,
        "So many good checks in a row turn it back.",
    ),
    choice(
        "readiness",
        "Readiness",
        &["shallow", "deep"],
        1,
        true,
        "Whether a server that cannot reach the database calls itself ready.",
    ),
    choice(
        "mutual",
        "Servers check each other",
        SWITCH,
        0,
        false,
        "Whether a deep check of a server also asks the next server.",
    ),
    number(
        "floor_percent",
        "Panic floor",
        "%",
        (0, 100),
        50,
        true,
        "So much of the fleet stays in rotation, whatever the checks say.",
    ),
    number(
        "eject_after",
        "Eject after",
        "failed requests",
        (1, 100),
        5,
        true,
        "So many failed requests in a row take a server out, whatever the checks say.",
    ),
    number("eject_ms", "Ejected for", "ms", (10, 600_000), 1_000, true, "How long that lasts."),
    number(
        "request_ms",
        "Request every",
        "ms",
        (1, 60_000),
        25,
        true,
        "How often the client asks. Every second page needs the database; the others are cached.",
    ),
    number(
        "start_ms",
        "Restart takes",
        "ms",
        (1, 60_000),
        100,
        false,
        "How long a server takes to come up.",
    ),
    number(
        "status",
        "Optional service answers",
        "",
        (200, 299),
        200,
        false,
        "The status code with which the optional service says that it is well.",
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
    choice(
        "requests",
        "As printed: import requests",
        SWITCH,
        1,
        false,
        "Whether the module is there that the print uses and does not import.",
    ),
    choice(
        "business",
        "As printed: check_business_logic",
        SWITCH,
        1,
        false,
        "Whether the method is there that the print calls and does not define.",
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
        ordered("query_ms", "timeout_ms")?;
        Ok(Config {
            flaw: flaw(setup.variant()),
            printed: setup.variant().name == AS_PRINTED,
            check: ms("check_ms"),
            timeout: ms("timeout_ms"),
            query: ms("query_ms"),
            down_after: setup.param("down_after"),
            up_after: setup.param("up_after"),
            deep: setup.param("readiness") == 1,
            mutual: setup.param("mutual") == 1,
            floor: setup.param("floor_percent"),
            eject_after: setup.param("eject_after"),
            eject: ms("eject_ms"),
            request: ms("request_ms"),
            start: ms("start_ms"),
            status: setup.param("status"),
            loss: Ppm::percent(setup.param("loss_percent") as u32),
            latency: (ms("latency_ms_min"), ms("latency_ms_max")),
            requests: setup.param("requests") == 1,
            business: setup.param("business") == 1,
        })
    }

    pub fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    /// How old a verdict may become: one round, the longest wait for an answer, and a quarter more for a
    /// clock that runs slow.
    pub fn age_max(&self) -> Span {
        Span((self.check + self.timeout).0 / 4 * 5 + 1_000)
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
            "check_ms" => self.check = Span::from_ms(value),
            "down_after" => self.down_after = value,
            "up_after" => self.up_after = value,
            "readiness" => self.deep = value == 1,
            "floor_percent" => self.floor = value,
            "eject_after" => self.eject_after = value,
            "eject_ms" => self.eject = Span::from_ms(value),
            "request_ms" => self.request = Span::from_ms(value),
            _ => return Err(format!("`{name}` can only be chosen at the start")),
        }
        Ok(())
    }
}
