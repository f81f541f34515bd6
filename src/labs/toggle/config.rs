//! The parameters of a run.

use crate::labs::path::mechanism::CLASS_DRAWS;
use crate::labs::path::{self, Arrivals, Class, Plan, Room, Work, params};
use crate::labs::{Param, Setup, check_live_param};
use crate::sim::{Latency, LinkSettings, NodeId, Span};

use super::LAB;
use super::feature::Feature;
use super::mechanism::{Order, Settings};
use super::variants::{self, AS_PRINTED};

#[derive(Clone, Debug)]
pub struct Config {
    pub printed: bool,
    pub settings: Settings,
    pub order: Order,
    /// A call of a feature's service is given up after so long. Not in the print.
    pub timeout: Span,
    /// The wallet gives its call of the bank up after so long.
    pub bank_timeout: Span,
    /// So long does a user wait.
    pub patience: Span,
    /// So many of a hundred requests buy something.
    buy_percent: u64,
    plan: Plan,
    latency: Span,
    gateway: Room,
    work: Work,
}

/// One decision taken wrongly on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// One failure switches a feature off for all.
    OneFailure,
    /// What is off for its health stays off.
    NoWayBack,
    /// After the wait everybody tries.
    TrialsUnbounded,
    /// What the operator wants and how the feature is are one switch.
    OneSwitch,
    /// The fallback of the wallet charges under a key of its own.
    NewKey,
    /// What is worth most is given up first.
    BestFirst,
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
    Param { default: 67, ..params::RATE },
    Param {
        name: "buy_percent",
        label: "Purchases",
        unit: "%",
        range: (0, 100),
        default: 20,
        meaning: "So many of a hundred requests buy something; the others look at a page.",
        ..OWN
    },
    Param {
        name: "order",
        label: "Gives up first",
        choices: &["nothing", "worth", "worth-per-ms"],
        range: (0, 2),
        default: 2,
        meaning: "What the gateway leaves out when its threads do not suffice: nothing, what is worth \
                  least, or what loses least for each millisecond that it saves. The print has no such \
                  thing.",
        ..OWN
    },
    Param {
        name: "timeout_ms",
        label: "Timeout of a feature",
        unit: "ms",
        range: (1, 60_000),
        default: 150,
        meaning: "A feature that takes longer is had in its simple form. The print has no timeout.",
        ..OWN
    },
    Param {
        name: "window",
        label: "Judged by the last",
        unit: "calls",
        range: (1, 1_000),
        default: 10,
        meaning: "So many calls of a feature are looked back upon. The print looks at one.",
        ..OWN
    },
    Param {
        name: "failure_percent",
        label: "Off at failures of",
        unit: "%",
        range: (1, 100),
        default: 50,
        meaning: "So many of them failed, or more: the feature is off for all, until a trial succeeds.",
        ..OWN
    },
    Param {
        name: "off_ms",
        label: "Stays off for",
        unit: "ms",
        range: (10, 600_000),
        default: 2_000,
        meaning: "After so long one request tries the feature again. As printed: for ever.",
        ..OWN
    },
    Param {
        name: "trials",
        label: "Trials that must succeed",
        range: (1, 100),
        default: 3,
        meaning: "So many trials in a row bring a feature back.",
        ..OWN
    },
    Param {
        name: "gateway_threads",
        label: "Threads of the gateway",
        range: (1, 1_000),
        default: 9,
        meaning: "How many pages the gateway can put together at the same time.",
        ..OWN
    },
    Param {
        name: "bank_timeout_ms",
        label: "The wallet waits for",
        unit: "ms",
        range: (1, 60_000),
        default: 100,
        meaning: "The wallet gives the bank up after so long, and fails; the bank may have charged.",
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
    Param { default: 0, ..params::WORK_KIND },
    params::LATENCY,
    params::THINK,
];

/// How many may wait for a thread of the gateway.
const GATEWAY_QUEUE: u32 = 20;

/// The services and the bank are never short of threads: this lab is about the gateway's.
const BEHIND: Room = Room { threads: 2_000, queue: 0 };

/// What the gateway itself does for a request, and the bank for a charge.
const RENDER: Span = Span::from_ms(5);
const CHARGE: Span = Span::from_ms(10);

/// The class of those who look at a page, and of those who buy.
pub const VIEW: Class = Class(0);
pub const BUY: Class = Class(1);

impl Config {
    pub fn new(setup: &Setup) -> Config {
        let ms = |name| Span::from_ms(setup.param(name));
        let number = |name| setup.param(name) as u32;
        Config {
            printed: setup.variant().name == AS_PRINTED,
            settings: Settings {
                window: number("window"),
                failure_percent: number("failure_percent"),
                off_for: ms("off_ms"),
                trials: number("trials"),
                flaw: variants::flaw(setup.variant()),
            },
            order: match setup.param("order") {
                0 => Order::Never,
                1 => Order::Worth,
                _ => Order::WorthPerMs,
            },
            timeout: ms("timeout_ms"),
            bank_timeout: ms("bank_timeout_ms"),
            patience: ms("patience_ms"),
            buy_percent: setup.param("buy_percent"),
            plan: Plan {
                arrivals: Arrivals::of(setup.param("arrivals")),
                rate: setup.param("rate"),
                think: ms("think_ms"),
            },
            latency: ms("latency_ms"),
            gateway: Room { threads: number("gateway_threads"), queue: GATEWAY_QUEUE },
            work: Work::of(setup.param("work")),
        }
    }

    pub fn link(&self) -> LinkSettings {
        LinkSettings::reliable(Latency::Constant(self.latency))
    }

    pub fn has(&self, flaw: Flaw) -> bool {
        self.settings.flaw == Some(flaw)
    }

    /// How long the gateway is busy with a page that has these features in full.
    pub fn page_time(&self, features: impl Iterator<Item = Feature>) -> Span {
        features.fold(RENDER, |sum, feature| sum + self.added(feature))
    }

    /// What a feature adds to that.
    pub fn added(&self, feature: Feature) -> Span {
        feature.cost() + self.latency + self.latency
    }
}

impl path::Config for Config {
    fn plan(&self) -> Plan {
        self.plan
    }

    fn pool(&self, server: NodeId, _: usize) -> Room {
        if server.letter() == 'g' { self.gateway } else { BEHIND }
    }

    fn work(&self, server: NodeId) -> (Work, Span) {
        match Feature::of_service(server) {
            Some(feature) => (self.work, feature.cost()),
            None if server.letter() == 'g' => (Work::Constant, RENDER),
            None => (Work::Constant, CHARGE),
        }
    }

    fn class(&self, drawn: u64) -> Class {
        if drawn * 100 < self.buy_percent * CLASS_DRAWS { BUY } else { VIEW }
    }

    fn set(&mut self, name: &str, value: u64) -> Result<(), String> {
        check_live_param(&LAB, name, value)?;
        match name {
            "rate" => self.plan.rate = value,
            "think_ms" => self.plan.think = Span::from_ms(value),
            _ => return Err(format!("`{name}` can only be chosen at the start")),
        }
        Ok(())
    }
}
