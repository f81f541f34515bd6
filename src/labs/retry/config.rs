//! The parameters of a run.

use crate::labs::path::{self, Arrivals, Plan, Room, Work, params};
use crate::labs::{Param, SWITCH, Setup, check_live_param};
use crate::sim::{Latency, LinkSettings, NodeId, Span};

use super::LAB;
use super::backoff::{Backoff, Jitter, Waits};
use super::budget;
use super::variants::{self, AS_PRINTED};

#[derive(Clone, Debug)]
pub struct Config {
    pub flaw: Option<Flaw>,
    pub printed: bool,
    /// Services between the client and the database.
    pub layers: u8,
    /// Whether every caller tries again, or only the client.
    pub each_layer: bool,
    /// Calls for one request, the first included.
    pub attempts: u32,
    pub waits: Waits,
    /// One call is given up after so long; zero: only with the whole request.
    pub timeout: Span,
    /// The whole request is given up after so long.
    pub deadline: Span,
    /// Whether callees are told how long is left.
    pub propagate: bool,
    pub budget: (budget::Kind, u64),
    /// A second call is made beside the first after so long; zero: none.
    pub hedge: Span,
    /// A full database asks for so much peace; zero: it does not.
    pub pushback: Span,
    /// Whether the database knows a request that it has done again.
    pub keys: bool,
    /// Whether the database takes the newest first.
    pub newest_first: bool,
    /// Whether only the first of several concurrent writes gets through.
    pub optimistic: bool,
    plan: Plan,
    latency: Span,
    /// How far latencies are spread, in thousandths.
    sigma: u32,
    service: Room,
    database: Room,
    work: (Work, Span),
}

/// One decision taken wrongly on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// What cannot succeed is tried again as well.
    RetriesHopeless,
    /// The server's wish is not heard.
    IgnoresPushback,
    /// Retries are made whatever the budget says.
    IgnoresBudget,
    /// The database does not look at the key.
    ForgetsKeys,
    /// The wait has no cap.
    NoCap,
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
    Param { default: 20, ..params::RATE },
    Param {
        name: "layers",
        label: "Services between",
        range: (0, 3),
        default: 1,
        meaning: "How many services stand between the client and the database. Each is a caller too.",
        ..OWN
    },
    Param {
        name: "retry_at",
        label: "Who tries again",
        choices: &["client", "each-layer"],
        meaning: "Only the client, or every caller on the way. As printed: every caller.",
        ..OWN
    },
    Param {
        name: "attempts",
        label: "Attempts",
        range: (0, 250),
        default: 4,
        meaning: "Calls for one request, the first included. As printed: max_retries + 1.",
        ..OWN
    },
    Param {
        name: "backoff",
        label: "Backoff",
        choices: &["none", "fixed", "exponential", "capped"],
        range: (0, 3),
        default: 3,
        meaning: "How the wait before a retry grows. As printed: exponential, without a cap.",
        ..OWN
    },
    Param {
        name: "jitter",
        label: "Jitter",
        choices: &["none", "additive", "equal", "full", "decorrelated"],
        range: (0, 4),
        default: 3,
        meaning: "How much of the wait is left to chance. As printed: additive, up to a second on top.",
        ..OWN
    },
    Param {
        name: "base_ms",
        label: "First wait",
        unit: "ms",
        range: (1, 60_000),
        default: 100,
        meaning: "What the wait grows from.",
        ..OWN
    },
    Param {
        name: "cap_ms",
        label: "Longest wait",
        unit: "ms",
        range: (1, 600_000),
        default: 2_000,
        meaning: "No wait is longer.",
        ..OWN
    },
    Param {
        name: "timeout_ms",
        label: "Timeout of a call",
        unit: "ms",
        range: (0, 600_000),
        default: 500,
        meaning: "One call is given up after so long. 0: only with the whole request.",
        ..OWN
    },
    Param {
        name: "deadline_ms",
        label: "Deadline of a request",
        unit: "ms",
        range: (0, 2_000_000_000),
        default: 2_000,
        meaning: "So long does a user wait, all attempts included. 0: no time is left, not even now.",
        ..OWN
    },
    Param {
        name: "propagate",
        label: "Deadlines travel",
        choices: SWITCH,
        default: 1,
        meaning: "Whether a callee is told how long is left, and leaves undone what nobody waits for.",
        ..OWN
    },
    Param {
        name: "budget",
        label: "Retry budget",
        choices: &["none", "ratio", "aws", "grpc"],
        range: (0, 3),
        default: 1,
        meaning: "What limits retries all in all: nothing, a share of the requests, the quota of the \
                  AWS SDKs, or gRPC's throttling.",
        ..OWN
    },
    Param {
        name: "budget_percent",
        label: "Budget, share",
        unit: "%",
        range: (0, 100),
        default: 10,
        meaning: "Ratio: so many retries for a hundred requests.",
        ..OWN
    },
    Param {
        name: "hedge_ms",
        label: "Hedge after",
        unit: "ms",
        range: (0, 60_000),
        default: 0,
        meaning: "If the answer is not there after so long, call once more and take whichever comes \
                  first. 0: do not.",
        ..OWN
    },
    Param {
        name: "pushback_ms",
        label: "Retry-After",
        unit: "ms",
        range: (0, 60_000),
        default: 500,
        meaning: "A database that is full asks not to be called again before so long. 0: it does not.",
        ..OWN
    },
    Param {
        name: "keys",
        label: "Idempotency keys",
        choices: SWITCH,
        default: 1,
        meaning: "Whether the database knows a request that it has done again. Without them, only what \
                  was certainly not done is tried again.",
        ..OWN
    },
    Param {
        name: "order",
        label: "The database takes the",
        choices: &["oldest", "newest"],
        meaning: "Who is next when a thread of the database is free.",
        ..OWN
    },
    Param {
        name: "writes",
        label: "Writes",
        choices: &["independent", "contended"],
        meaning: "Contended, for a batch: all write the same row, and whoever began before the last \
                  write is told that there is a conflict (optimistic concurrency).",
        ..OWN
    },
    Param { name: "threads", label: "Threads of the database", default: 10, ..params::THREADS },
    Param { name: "queue", label: "Queue of the database", ..params::QUEUE },
    params::WORK_MS,
    params::WORK_KIND,
    params::LATENCY,
    Param {
        name: "latency_percent",
        label: "Latencies are spread by",
        unit: "%",
        range: (0, 200),
        default: 0,
        meaning: "How much latencies differ (log-normal). 0: not at all.",
        ..OWN
    },
    params::THINK,
];

/// What stands between has room for all that the database can have in hand, and more.
const SERVICE: Room = Room { threads: 1_000, queue: 1_000 };

impl Config {
    pub fn new(setup: &Setup) -> Config {
        let ms = |name| Span::from_ms(setup.param(name));
        let on = |name| setup.param(name) == 1;
        let number = |name| setup.param(name) as u32;
        let backoff = match setup.param("backoff") {
            0 => Backoff::None,
            1 => Backoff::Fixed,
            2 => Backoff::Exponential,
            _ => Backoff::Capped,
        };
        let jitter = match setup.param("jitter") {
            0 => Jitter::None,
            1 => Jitter::Additive,
            2 => Jitter::Equal,
            3 => Jitter::Full,
            _ => Jitter::Decorrelated,
        };
        let arrivals = Arrivals::of(setup.param("arrivals"));
        let printed = setup.variant().name == AS_PRINTED;
        let (backoff, jitter) =
            if printed { (Backoff::Exponential, Jitter::Additive) } else { (backoff, jitter) };
        let kind = match setup.param("budget") {
            0 => budget::Kind::None,
            1 => budget::Kind::Ratio,
            2 => budget::Kind::Aws,
            _ => budget::Kind::Grpc,
        };
        Config {
            flaw: variants::flaw(setup.variant()),
            printed,
            layers: setup.param("layers") as u8,
            each_layer: on("retry_at"),
            attempts: number("attempts"),
            waits: Waits { backoff, jitter, base: ms("base_ms"), cap: ms("cap_ms") },
            timeout: ms("timeout_ms"),
            deadline: ms("deadline_ms"),
            propagate: on("propagate"),
            budget: (kind, setup.param("budget_percent")),
            hedge: ms("hedge_ms"),
            pushback: ms("pushback_ms"),
            keys: on("keys"),
            newest_first: on("order"),
            optimistic: on("writes") && arrivals == Arrivals::Batch,
            plan: Plan { arrivals, rate: setup.param("rate"), think: ms("think_ms") },
            latency: ms("latency_ms"),
            sigma: 10 * number("latency_percent"),
            service: SERVICE,
            database: Room { threads: number("threads"), queue: number("queue") },
            work: (Work::of(setup.param("work")), ms("work_ms")),
        }
    }

    pub fn link(&self) -> LinkSettings {
        LinkSettings::reliable(match self.sigma {
            0 => Latency::Constant(self.latency),
            sigma => Latency::LogNormal { median: self.latency, sigma },
        })
    }

    pub fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    /// Whom this part calls; nobody at the end of the path.
    pub fn callee(&self, me: NodeId) -> Option<NodeId> {
        let next = match me.letter() {
            'c' => 1,
            's' => me.number() + 1,
            _ => return None,
        };
        Some(if next <= self.layers { NodeId::new('s', next) } else { DATABASE })
    }

    /// Whether this part tries again.
    pub fn retries(&self, me: NodeId) -> bool {
        me.letter() == 'c' || self.each_layer || self.printed
    }
}

/// The end of the path.
pub const DATABASE: NodeId = NodeId::new('d', 1);

impl path::Config for Config {
    fn plan(&self) -> Plan {
        self.plan
    }

    fn pool(&self, server: NodeId, _: usize) -> Room {
        if server == DATABASE { self.database } else { self.service }
    }

    fn work(&self, server: NodeId) -> (Work, Span) {
        if server == DATABASE { self.work } else { (Work::Constant, Span::ZERO) }
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
