//! The parameters of a run.

use crate::labs::path::{self, Arrivals, Plan, Room, Work, params};
use crate::labs::{Param, SWITCH, Setup, check_live_param};
use crate::sim::{Latency, LinkSettings, NodeId, Span};

use super::LAB;
use super::mechanism::{Kind, Settings};
use super::variants::{self, AS_PRINTED};

#[derive(Clone, Debug)]
pub struct Config {
    /// Whether there is a breaker at all.
    pub on: bool,
    /// Whether it is the course's.
    pub printed: bool,
    pub settings: Settings,
    /// Whether it half-opens by itself, rather than with the next call.
    pub automatic: bool,
    /// A call to the service is given up after so long. Not in the print.
    pub call_timeout: Span,
    /// So long does a user wait.
    pub patience: Span,
    plan: Plan,
    latency: Span,
    gateway: Room,
    service: Room,
    work: (Work, Span),
}

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
    params::RATE,
    Param {
        name: "breaker",
        label: "Breaker",
        choices: SWITCH,
        default: 1,
        meaning: "Whether there is a breaker between the gateway and the service.",
        ..OWN
    },
    Param {
        name: "window",
        label: "Window",
        choices: &["in-a-row", "count", "time"],
        range: (0, 2),
        default: 2,
        meaning: "What is judged: failures in a row, the last calls, or the calls of the last seconds. \
                  As printed: always in a row.",
        ..OWN
    },
    Param {
        name: "size",
        label: "Window size",
        range: (1, 1_000),
        default: 5,
        meaning: "So many failures in a row, calls, or seconds. As printed: failure_threshold.",
        ..OWN
    },
    Param {
        name: "minimum",
        label: "Minimum of calls",
        unit: "calls",
        range: (1, 1_000),
        default: 10,
        meaning: "With fewer calls in the window the breaker does not judge.",
        ..OWN
    },
    Param {
        name: "failure_percent",
        label: "Opens at failures of",
        unit: "%",
        range: (1, 100),
        default: 50,
        meaning: "So much of the window failed, or more: the breaker opens.",
        ..OWN
    },
    Param {
        name: "slow_percent",
        label: "Opens at slow calls of",
        unit: "%",
        range: (1, 100),
        default: 80,
        meaning: "So much of the window was slow, or more: the breaker opens.",
        ..OWN
    },
    Param {
        name: "slow_ms",
        label: "A call is slow after",
        unit: "ms",
        range: (1, 60_000),
        default: 200,
        meaning: "A call that takes longer counts as slow.",
        ..OWN
    },
    Param {
        name: "call_timeout_ms",
        label: "Call timeout",
        unit: "ms",
        range: (1, 600_000),
        default: 500,
        meaning: "The gateway gives a call up after so long, and the breaker counts a failure. The \
                  print has no timeout.",
        ..OWN
    },
    Param {
        name: "open_ms",
        label: "Stays open for",
        unit: "ms",
        range: (10, 600_000),
        default: 1_000,
        meaning: "So long nobody is let through. As printed: timeout, there 60 s.",
        ..OWN
    },
    Param {
        name: "open_grows",
        label: "Open time grows",
        choices: SWITCH,
        meaning: "Each time that the probes fail, the breaker stays open twice as long, up to 16 times.",
        ..OWN
    },
    Param {
        name: "half_opens",
        label: "Half-opens",
        choices: &["lazily", "by-itself"],
        meaning: "Whether the breaker half-opens with the next call after the wait, or by a timer.",
        ..OWN
    },
    Param {
        name: "permits",
        label: "Permits, half open",
        unit: "calls",
        range: (1, 100),
        default: 3,
        meaning: "So many calls may try whether the service is well again. The print has no limit.",
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
    Param {
        name: "gateway_threads",
        label: "Threads of the gateway",
        range: (1, 1_000),
        default: 50,
        meaning: "How many calls the gateway can wait for at the same time.",
        ..OWN
    },
    params::THREADS,
    Param { default: 1_000, ..params::QUEUE },
    params::WORK_MS,
    params::WORK_KIND,
    params::LATENCY,
    params::THINK,
];

/// How many may wait for a thread of the gateway.
const GATEWAY_QUEUE: u32 = 20;

impl Config {
    pub fn new(setup: &Setup) -> Config {
        let ms = |name| Span::from_ms(setup.param(name));
        let number = |name| setup.param(name) as u32;
        let settings = Settings {
            window: match setup.param("window") {
                0 => Kind::InARow,
                1 => Kind::Count,
                _ => Kind::Time,
            },
            size: number("size"),
            minimum: number("minimum"),
            failure_percent: number("failure_percent"),
            slow_percent: number("slow_percent"),
            slow_after: ms("slow_ms"),
            open_for: ms("open_ms"),
            grows: setup.param("open_grows") == 1,
            permits: number("permits"),
            flaw: variants::flaw(setup.variant()),
        };
        Config {
            on: setup.param("breaker") == 1,
            printed: setup.variant().name == AS_PRINTED,
            settings,
            automatic: setup.param("half_opens") == 1,
            call_timeout: ms("call_timeout_ms"),
            patience: ms("patience_ms"),
            plan: Plan {
                arrivals: Arrivals::of(setup.param("arrivals")),
                rate: setup.param("rate"),
                think: ms("think_ms"),
            },
            latency: ms("latency_ms"),
            gateway: Room { threads: number("gateway_threads"), queue: GATEWAY_QUEUE },
            service: Room { threads: number("threads"), queue: number("queue") },
            work: (Work::of(setup.param("work")), ms("work_ms")),
        }
    }

    pub fn link(&self) -> LinkSettings {
        LinkSettings::reliable(Latency::Constant(self.latency))
    }
}

impl path::Config for Config {
    fn plan(&self) -> Plan {
        self.plan
    }

    fn pool(&self, server: NodeId, _: usize) -> Room {
        if server.letter() == 'g' { self.gateway } else { self.service }
    }

    fn work(&self, server: NodeId) -> (Work, Span) {
        if server.letter() == 'g' { (Work::Constant, Span::ZERO) } else { self.work }
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
