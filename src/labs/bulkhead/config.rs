//! The parameters of a run.

use crate::labs::path::mechanism::CLASS_DRAWS;
use crate::labs::path::{self, Arrivals, Class, Plan, Room, Work, params};
use crate::labs::{Param, Setup, check_live_param};
use crate::sim::{Latency, LinkSettings, NodeId, Span};

use super::LAB;
use super::variants;

#[derive(Clone, Debug)]
pub struct Config {
    pub flaw: Option<Flaw>,
    pub walls: Walls,
    /// Threads, or permits, for each dependency.
    pub sizes: [u32; DEPENDENCIES],
    /// Nobody begins who has waited for a thread for longer.
    pub wait: Span,
    pub call_timeout: Span,
    /// So long does a user wait.
    pub patience: Span,
    /// How many may wait for each pool.
    waiting: u32,
    plan: Plan,
    latency: Span,
    work: (Work, Span),
}

/// What stands between the dependencies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Walls {
    /// Nothing: all threads are for all.
    Shared,
    /// A pool of threads for each, with its own queue.
    Pools,
    /// All threads are for all, but each dependency has only so many permits, and nobody waits.
    Semaphores,
}

/// One decision taken wrongly on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Whoever finds its own pool full takes a thread of another.
    Borrows,
    /// A permit is not given back after a timeout.
    PermitLeaks,
    /// The wait for a thread has no end.
    WaitsForEver,
    /// All dependencies are counted together.
    CountsAll,
}

/// A, B and C.
pub const DEPENDENCIES: usize = 3;

const OWN: Param = Param {
    name: "",
    label: "",
    unit: "",
    choices: &[],
    range: (1, 500),
    default: 10,
    live: false,
    meaning: "",
};

pub static PARAMS: &[Param] = &[
    params::ARRIVAL,
    Param { default: 60, ..params::RATE },
    Param {
        name: "walls",
        label: "Bulkheads",
        choices: &["shared", "pools", "semaphores"],
        range: (0, 2),
        default: 1,
        meaning: "Whether all threads are for all, each dependency has a pool of its own, or each has \
                  so many permits for threads that are for all.",
        ..OWN
    },
    Param {
        name: "threads_a",
        label: "Threads for A",
        meaning: "How many calls to A may be under way. Shared: what it adds to the threads of all.",
        ..OWN
    },
    Param {
        name: "threads_b",
        label: "Threads for B",
        meaning: "How many calls to B may be under way. Shared: what it adds to the threads of all.",
        ..OWN
    },
    Param {
        name: "threads_c",
        label: "Threads for C",
        meaning: "How many calls to C may be under way. Shared: what it adds to the threads of all.",
        ..OWN
    },
    Param {
        name: "waiting",
        label: "Places to wait",
        unit: "requests",
        range: (0, 1_000),
        default: 10,
        meaning: "How many may wait for a thread of each pool. Semaphores: nobody waits.",
        ..OWN
    },
    Param {
        name: "wait_ms",
        label: "Longest wait",
        unit: "ms",
        range: (1, 60_000),
        default: 500,
        meaning: "Nobody begins who has waited for a thread for longer.",
        ..OWN
    },
    Param {
        name: "call_timeout_ms",
        label: "Call timeout",
        unit: "ms",
        range: (1, 600_000),
        default: 2_000,
        meaning: "The gateway gives a call up after so long, and its thread is free.",
        ..OWN
    },
    Param {
        name: "patience_ms",
        label: "Users wait for",
        unit: "ms",
        range: (1, 600_000),
        default: 3_000,
        meaning: "After so long a user goes away.",
        ..OWN
    },
    Param { default: 100, ..params::WORK_MS },
    params::WORK_KIND,
    params::LATENCY,
    params::THINK,
];

/// The dependencies themselves are never short of threads: this lab is about the gateway's.
const DEPENDENCY: Room = Room { threads: 2_000, queue: 0 };

impl Config {
    pub fn new(setup: &Setup) -> Config {
        let ms = |name| Span::from_ms(setup.param(name));
        let number = |name| setup.param(name) as u32;
        Config {
            flaw: variants::flaw(setup.variant()),
            walls: match setup.param("walls") {
                0 => Walls::Shared,
                1 => Walls::Pools,
                _ => Walls::Semaphores,
            },
            sizes: [number("threads_a"), number("threads_b"), number("threads_c")],
            wait: ms("wait_ms"),
            call_timeout: ms("call_timeout_ms"),
            patience: ms("patience_ms"),
            waiting: number("waiting"),
            plan: Plan {
                arrivals: Arrivals::of(setup.param("arrivals")),
                rate: setup.param("rate"),
                think: ms("think_ms"),
            },
            latency: ms("latency_ms"),
            work: (Work::of(setup.param("work")), ms("work_ms")),
        }
    }

    pub fn link(&self) -> LinkSettings {
        LinkSettings::reliable(Latency::Constant(self.latency))
    }

    pub fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    /// All threads of the gateway.
    pub fn threads(&self) -> u32 {
        self.sizes.iter().sum()
    }
}

impl path::Config for Config {
    fn plan(&self) -> Plan {
        self.plan
    }

    fn pools(&self, server: NodeId) -> usize {
        if server.letter() == 'g' && self.walls == Walls::Pools { DEPENDENCIES } else { 1 }
    }

    fn pool(&self, server: NodeId, pool: usize) -> Room {
        match (server.letter(), self.walls) {
            ('g', Walls::Shared) => {
                Room { threads: self.threads(), queue: self.waiting * DEPENDENCIES as u32 }
            }
            ('g', Walls::Pools) => Room { threads: self.sizes[pool], queue: self.waiting },
            ('g', Walls::Semaphores) => Room { threads: self.threads(), queue: 0 },
            _ => DEPENDENCY,
        }
    }

    fn work(&self, server: NodeId) -> (Work, Span) {
        if server.letter() == 'g' { (Work::Constant, Span::ZERO) } else { self.work }
    }

    /// As many for each dependency.
    fn class(&self, drawn: u64) -> Class {
        Class((drawn * DEPENDENCIES as u64 / CLASS_DRAWS) as u8)
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
