//! The parameters of a run.

use crate::labs::path::mechanism::CLASS_DRAWS;
use crate::labs::path::{self, Arrivals, Class, Plan, Room, Work, params};
use crate::labs::{Param, SWITCH, Setup, check_live_param};
use crate::sim::{Latency, LinkSettings, NodeId, Span};

use super::LAB;
use super::limit;
use super::variants::{self, AS_PRINTED};

#[derive(Clone, Debug)]
pub struct Config {
    pub flaw: Option<Flaw>,
    pub printed: bool,
    pub policy: Policy,
    pub limit: limit::Kind,
    /// Whether clients hold requests back by themselves, and K in hundredths.
    pub throttle: Option<u64>,
    pub threads: u32,
    /// At most so many requests are in hand at the service, those at work included.
    pub bound: u32,
    pub target: Span,
    pub interval: Span,
    /// So long does a user wait.
    pub patience: Span,
    pub work: (Work, Span),
    plan: Plan,
    latency: Span,
}

/// Who is turned away when there is too much to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Nobody, until the machine has no room left.
    None,
    /// Whoever comes when the bound is reached.
    Bounded,
    /// Low classes first.
    Priority,
    /// Whoever has waited too long in a standing queue.
    Codel,
    /// Nobody in particular, but under load the newest is served first.
    Newest,
}

/// One decision taken wrongly on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// One low request in ten is shed whatever the load.
    ShedsIdle,
    /// High classes are shed first.
    HighFirst,
    /// Nobody looks at how long a request has waited.
    ServesExpired,
    /// One more is let in than the bound allows.
    OneTooMany,
}

/// Classes go from 1, the lowest, to this.
pub const HIGHEST: u8 = 9;

/// From this class on a request is an important one.
pub const IMPORTANT: u8 = 5;

const OWN: Param = Param {
    name: "",
    label: "",
    unit: "",
    choices: &[],
    range: (0, 1),
    default: 0,
    live: false,
    meaning: "",
};

pub static PARAMS: &[Param] = &[
    params::ARRIVAL,
    Param { default: 60, ..params::RATE },
    Param {
        name: "policy",
        label: "Shedding",
        choices: &["none", "bounded", "priority", "codel", "newest"],
        range: (0, 4),
        default: 2,
        meaning: "Who is turned away when there is too much to do. All but `none` also drop what can \
                  no longer be done in time.",
        ..OWN
    },
    Param {
        name: "limit",
        label: "Adaptive limit",
        choices: &["none", "aimd", "vegas", "gradient2"],
        range: (0, 3),
        meaning: "A limit on requests in hand that follows how long they take.",
        ..OWN
    },
    Param {
        name: "throttle",
        label: "Clients hold back",
        choices: SWITCH,
        meaning: "Whether a client that is refused much does not even send a part of its requests.",
        ..OWN
    },
    Param {
        name: "k_percent",
        label: "K",
        unit: "%",
        range: (110, 1_000),
        default: 200,
        meaning: "A client sends K times as many requests as were accepted lately.",
        ..OWN
    },
    Param { name: "threads", range: (1, 200), default: 4, ..params::THREADS },
    Param {
        name: "bound",
        label: "Bound",
        unit: "requests",
        range: (1, 2_000),
        default: 40,
        meaning: "At most so many requests are in hand, those at work included. As printed: \
                  max_queue_size.",
        ..OWN
    },
    Param {
        name: "target_ms",
        label: "CoDel target",
        unit: "ms",
        range: (1, 1_000),
        default: 20,
        meaning: "A queue whose shortest delay stays above this is a standing one.",
        ..OWN
    },
    Param {
        name: "interval_ms",
        label: "CoDel interval",
        unit: "ms",
        range: (1, 10_000),
        default: 100,
        meaning: "Over so long the shortest delay is taken.",
        ..OWN
    },
    Param {
        name: "patience_ms",
        label: "Users wait for",
        unit: "ms",
        range: (1, 600_000),
        default: 1_000,
        meaning: "After so long a user goes away.",
        ..OWN
    },
    Param { default: 40, ..params::WORK_MS },
    params::WORK_KIND,
    params::LATENCY,
    params::THINK,
];

/// What the machine itself can hold.
pub const MACHINE: u32 = 2_000;

impl Config {
    pub fn new(setup: &Setup) -> Config {
        let ms = |name| Span::from_ms(setup.param(name));
        let number = |name| setup.param(name) as u32;
        Config {
            flaw: variants::flaw(setup.variant()),
            printed: setup.variant().name == AS_PRINTED,
            policy: match setup.param("policy") {
                0 => Policy::None,
                1 => Policy::Bounded,
                2 => Policy::Priority,
                3 => Policy::Codel,
                _ => Policy::Newest,
            },
            limit: match setup.param("limit") {
                0 => limit::Kind::None,
                1 => limit::Kind::Aimd,
                2 => limit::Kind::Vegas,
                _ => limit::Kind::Gradient2,
            },
            throttle: (setup.param("throttle") == 1).then(|| setup.param("k_percent")),
            threads: number("threads"),
            bound: number("bound"),
            target: ms("target_ms"),
            interval: ms("interval_ms"),
            patience: ms("patience_ms"),
            work: (Work::of(setup.param("work")), ms("work_ms")),
            plan: Plan {
                arrivals: Arrivals::of(setup.param("arrivals")),
                rate: setup.param("rate"),
                think: ms("think_ms"),
            },
            latency: ms("latency_ms"),
        }
    }

    pub fn link(&self) -> LinkSettings {
        LinkSettings::reliable(Latency::Constant(self.latency))
    }

    pub fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    /// How many requests a second the service can do.
    pub fn capacity(&self) -> u64 {
        u64::from(self.threads) * 1_000_000 / self.work.1.us().max(1)
    }

    /// What an adaptive limit takes for too long: half of what users wait for, so that there is time left
    /// to answer in.
    pub fn prompt(&self) -> Span {
        Span(self.patience.us() / 2)
    }

    /// At how many in hand a class is turned away: the higher, the later. The highest has all the room.
    pub fn bound_of(&self, class: u8) -> u32 {
        let class = u32::from(rank(class));
        let class = if self.has(Flaw::HighFirst) { u32::from(HIGHEST) + 1 - class } else { class };
        let least = self.threads.min(self.bound);
        least + (self.bound - least) * class / u32::from(HIGHEST)
    }
}

/// A class that is none counts as the lowest.
pub fn rank(class: u8) -> u8 {
    if (1..=HIGHEST).contains(&class) { class } else { 1 }
}

impl path::Config for Config {
    fn plan(&self) -> Plan {
        self.plan
    }

    fn pool(&self, _: NodeId, _: usize) -> Room {
        Room { threads: self.threads, queue: MACHINE }
    }

    fn work(&self, _: NodeId) -> (Work, Span) {
        self.work
    }

    fn class(&self, drawn: u64) -> Class {
        Class((drawn * u64::from(HIGHEST) / CLASS_DRAWS) as u8 + 1)
    }

    fn set(&mut self, name: &str, value: u64) -> Result<(), String> {
        check_live_param(&LAB, name, value)?;
        match name {
            "rate" => self.plan.rate = value,
            "think_ms" => self.plan.think = Span::from_ms(value),
            "work_ms" => self.work.1 = Span::from_ms(value),
            _ => return Err(format!("`{name}` can only be chosen at the start")),
        }
        Ok(())
    }
}
