//! The parameters that request-path labs share. A lab takes those that it needs, with defaults of its own.

use crate::labs::Param;

use super::load::{ARRIVALS, WORK};

pub const ARRIVAL: Param = Param {
    name: "arrivals",
    label: "Arrivals",
    unit: "",
    choices: ARRIVALS,
    range: (0, 6),
    default: 2,
    live: false,
    meaning: "How requests come. All but `closed` are open: nobody waits for an answer before asking \
              for the next thing.",
};

pub const RATE: Param = Param {
    name: "rate",
    label: "Load",
    unit: "requests a second",
    choices: &[],
    range: (1, 5_000),
    default: 50,
    live: true,
    meaning: "How many requests come a second. For a batch: how many at once. Closed: how many users.",
};

pub const THINK: Param = Param {
    name: "think_ms",
    label: "Users think for",
    unit: "ms",
    choices: &[],
    range: (0, 60_000),
    default: 1_000,
    live: true,
    meaning: "Closed arrivals: how long a user waits on average between an answer and the next request.",
};

pub const LATENCY: Param = Param {
    name: "latency_ms",
    label: "Latency of a link",
    unit: "ms",
    choices: &[],
    range: (0, 1_000),
    default: 2,
    live: false,
    meaning: "How long a message takes.",
};

pub const THREADS: Param = Param {
    name: "threads",
    label: "Threads of the service",
    unit: "",
    choices: &[],
    range: (1, 1_000),
    default: 20,
    live: false,
    meaning: "How many requests the service works on at the same time.",
};

pub const QUEUE: Param = Param {
    name: "queue",
    label: "Queue of the service",
    unit: "requests",
    choices: &[],
    range: (0, 10_000),
    default: 50,
    live: false,
    meaning: "How many requests may wait for a thread. Whoever comes then is refused.",
};

pub const WORK_MS: Param = Param {
    name: "work_ms",
    label: "Work on a request",
    unit: "ms",
    choices: &[],
    range: (1, 10_000),
    default: 20,
    live: true,
    meaning: "How long the service works on a request, on average.",
};

pub const WORK_KIND: Param = Param {
    name: "work",
    label: "Work is",
    unit: "",
    choices: WORK,
    range: (0, 2),
    default: 1,
    live: false,
    meaning: "How the time of work is spread about its average.",
};
