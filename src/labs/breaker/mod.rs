//! Circuit breaker: who keeps failing is left alone for a while.
//!
//! # What it is for
//!
//! A caller that waits for a service that does not answer loses a thread for as long as its timeout.
//! When many wait, the caller is gone too, and then its own callers. A **circuit breaker** (Nygard,
//! *Release It!*) watches the calls. If too many fail, it *opens*: for some time nobody calls, and
//! everybody gets an error at once. That protects both: the callers keep their threads, and the callee
//! gets a rest.
//!
//! # How it works
//!
//! ```text
//!            too many failed or slow
//!   CLOSED ──────────────────────────▶ OPEN ◀────────┐
//!     ▲                                  │ the wait   │ the probes failed
//!     │ the probes succeeded             ▼ is over    │
//!     └───────────────────────────── HALF OPEN ───────┘
//! ```
//!
//! * **Closed**: every call goes through, and its outcome into a *window*: the last N calls, or the
//!   calls of the last N seconds. With at least a minimum of calls in it, the breaker opens when the
//!   share of failures, or of slow calls, reaches a threshold.
//! * **Open**: every call is refused, until now > opened_at + wait.
//! * **Half open**: P permits. Whoever has one calls; all others are refused. When all P are back, their
//!   rates decide.
//!
//! Every change of state begins a new **generation**. A call carries the one that admitted it, and an
//! outcome from another one changes nothing: it tells of a time that is over.
//!
//! # What it assumes, and what happens when that fails
//!
//! * **That failing is the callee's doing.** A caller's own mistake (a 400) counts for nothing; a queue
//!   that is full counts as a failure, although nothing is broken (`more-than-it-can-take`).
//! * **That calls end.** The timeout stands inside the breaker, so that a call that hangs is a failure.
//!   The course's has none (CB-10).
//! * **That one callee is one thing.** A breaker in front of many servers refuses the well with the sick.
//!
//! # What always holds
//!
//! Open, no call is made. Half open, at most P are under way, and no permit is ever lost. Open lasts for
//! the whole wait, and for no caller longer.
//!
//! # Where this lab departs from its sources
//!
//! * The windows, the strict comparisons and the judgement of probes are resilience4j's. As there, a
//!   window of calls that is smaller than the minimum needs to be full only.
//! * The generation is gobreaker's. resilience4j ignores late outcomes by the state object they were
//!   admitted by, which comes to the same.
//! * `in-a-row` is gobreaker's default and the course's. Half open, one failed probe of P opens it again.
//! * resilience4j lets a half-open breaker wait for lost probes for ever, unless told otherwise. Here the
//!   call timeout brings every permit back.
//! * With `half_opens=lazily` the breaker notices the end of its wait with the next call.
//!
//! # The variants
//!
//! `corrected` and the mutations are `mechanism.rs`. `as-printed` is `printed.rs`, the course's class; its
//! flaws are numbered CB-1 to CB-10 in `rules.txt`. `guard.rs` wires either into the gateway.

mod config;
mod guard;
mod mechanism;
mod message;
mod printed;
mod rules;
mod spec;
#[cfg(test)]
mod tests;
mod variants;
mod view;
mod window;

use crate::labs::path::{self, Part};
use crate::labs::{Claim, Lab, Run, Running, Scenario, Setup};
use crate::sim::{Roster, World};

use config::Config;
use guard::Guard;
use spec::BreakerSpec;

/// The circuit breaker lab.
pub static LAB: Lab = Lab {
    id: "breaker",
    title: "Circuit breaker",
    summary: "Who keeps failing is left alone for a while; and counting failures in a row is a trap.",
    params: config::PARAMS,
    variants: variants::VARIANTS,
    rules: concat!(include_str!("rules.txt"), include_str!("../path/rules.txt")),
    invariants: spec::INVARIANTS,
    goals: spec::GOALS,
    recovers_to: "serving",
    selectors: spec::SELECTORS,
    commands: &[
        path::REQUEST,
        path::REQUEST_INVALID,
        path::BATCH,
        path::MEND,
        Claim { name: "cancel", means: "The gateway gives up all calls that are under way." },
    ],
    faults: &[
        path::SLOW,
        path::FAILING,
        path::PATTERN,
        path::CAPACITY,
        Claim {
            name: "clock-back SPAN",
            means: "Somebody sets the wall clock of the gateway back by so much.",
        },
    ],
    scenarios: SCENARIOS,
    start,
};

static SCENARIOS: &[Scenario] = &[
    Scenario {
        id: "outage-with-a-breaker",
        title: "An outage, with a breaker",
        shows: "The service hangs. After a few timeouts the breaker opens, and the gateway keeps its threads.",
        script: include_str!("scenarios/outage-with-a-breaker.txt"),
    },
    Scenario {
        id: "outage-without-one",
        title: "The same outage without one",
        shows: "Every caller waits for the timeout. The gateway's threads run out.",
        script: include_str!("scenarios/outage-without-one.txt"),
    },
    Scenario {
        id: "noise-is-not-an-outage",
        title: "Noise is not an outage",
        shows: "One call in a hundred fails, and the breaker stays closed.",
        script: include_str!("scenarios/noise-is-not-an-outage.txt"),
    },
    Scenario {
        id: "slow-is-an-outage",
        title: "Slow is an outage",
        shows: "Nothing fails, but all is slow: the share of slow calls opens the breaker.",
        script: include_str!("scenarios/slow-is-an-outage.txt"),
    },
    Scenario {
        id: "four-of-five-in-a-row",
        title: "Four of five, in a row",
        shows: "A breaker that counts failures in a row never sees that four of five calls fail.",
        script: include_str!("scenarios/four-of-five-in-a-row.txt"),
    },
    Scenario {
        id: "cut-off",
        title: "Late, and cut off",
        shows: "The network fails, not the service. The breaker cannot tell the difference, and need not.",
        script: include_str!("scenarios/cut-off.txt"),
    },
    Scenario {
        id: "more-than-it-can-take",
        title: "More than it can take",
        shows: "A full queue looks like a failing service: the breaker opens and closes, again and again.",
        script: include_str!("scenarios/more-than-it-can-take.txt"),
    },
    Scenario {
        id: "as-printed-never-opens",
        title: "As printed: never opens",
        shows: "Four of five calls fail for half a minute, and the course's breaker stays closed.",
        script: include_str!("scenarios/as-printed-never-opens.txt"),
    },
];

fn start(setup: &Setup) -> Result<Box<dyn Run>, String> {
    Ok(Box::new(running(setup)))
}

fn running(setup: &Setup) -> Running<Part<Guard>, BreakerSpec> {
    let config = Config::new(setup);
    let (roster, link) = (Roster::new(&[('c', 1), ('g', 1), ('s', 1)]), config.link());
    Running::new(World::new(setup.seed, roster, config, link))
}
