//! Timeouts and retries: how long to wait, and whether to ask again.
//!
//! # What it is for
//!
//! A call may never be answered, so every caller needs a **timeout**. Many failures are short, so a
//! **retry** often helps. Both are two lines of code, and both can take a system down: a timeout that is
//! too short throws work away, and retries are extra load at the worst moment.
//!
//! # How it works
//!
//! * A request has a **deadline**, and every call for it gets min(its own timeout, what is left). Callees
//!   are told how long that is. What has waited in a queue until nobody waits for it is dropped.
//! * After a failure a caller asks: can it help (not after a 400)? May it be done twice (an *idempotency
//!   key* makes that harmless)? Are attempts, time and **budget** left?
//! * Then it waits. **Backoff** says how long at most: v = min(cap, base · 2ⁿ). **Jitter** says how much of
//!   that is left to chance:
//!
//! | jitter | wait |
//! |---|---|
//! | none | v |
//! | additive, as printed | v + U(0, 1 s) |
//! | equal | v/2 + U(0, v/2) |
//! | full | U(0, v) |
//! | decorrelated | min(cap, U(base, 3 · the wait before)) |
//!
//! * If only the client tries again, a request costs at most r + 1 calls. If each of d callers does, it is
//!   (r + 1)^d.
//!
//! # The experiment of the AWS article
//!
//! N clients write one row at once, and all but the first begin again (scenario `one-row`). Calls and the
//! time until all are done, over N, for each kind of jitter:
//!
//! ```sh
//! faultline run src/labs/retry/scenarios/one-row.txt --seeds 20 \
//!   --measure calls --measure 'start to answered' --across rate=10,20,40,80,120 \
//!   --versus 'backoff=none jitter=none' --versus jitter=none \
//!   --versus jitter=equal --versus jitter=decorrelated
//! ```
//!
//! The page draws the same as curves: *Run many seeds*, with those set-ups beside each other and
//! `rate=10,20,40,80,120` as the parameter that they are drawn over.
//!
//! # What it assumes, and what happens when that fails
//!
//! * **That a failure is local and short.** When everything fails, retries only add load. A budget bounds
//!   what they add.
//! * **That the server recovers when its fault is gone.** Not if retries keep it overloaded: this is a
//!   *metastable failure* (Bronson, Aghayev, Charapko and Zhu 2021), the scenario `metastable`. What gets
//!   out of it: a budget, dropping what is expired, a short queue, newest first, or less load.
//! * **That the outcome is known.** A timeout says nothing about what was done.
//!
//! # What always holds
//!
//! No more attempts than allowed, and with `retry_at=client` in one place only. Each wait is in its
//! interval. Nothing hopeless is tried again, no wish of a server is passed over, no budget overdrawn.
//! Nothing is served after its deadline, and no call given up before its time. With keys, nothing is done
//! twice.
//!
//! # Where this lab departs from its sources
//!
//! * A deadline travels as the time that is left, as in gRPC; the way itself is not subtracted.
//! * The ratio budget is Finagle's without the expiry: a request pays its share in, up to 100 tokens, and
//!   it begins with 10. AWS's quota and gRPC's throttling are as specified; every caller has its own.
//! * gRPC's pushback can also forbid a retry. Here it only delays one.
//! * The database remembers keys in memory, the last 4096 of them: a restart forgets. It ought to write
//!   them down with what it does.
//! * A hedge costs a token of the budget, as a retry does.
//! * Requests of class 1 are made without any time limit, to show what a stray alarm does to them.
//!
//! # The variants
//!
//! `corrected` and the mutations are `retrier.rs` and `store.rs`, over `backoff.rs` and `budget.rs`.
//! `as-printed` is `printed.rs`: the course's two functions, `call_with_timeout` around
//! `retry_with_exponential_backoff`, at every caller; its flaws are numbered RT-1 to RT-6 and TO-1 to TO-6
//! in `rules.txt`.

mod backoff;
mod budget;
mod config;
mod message;
mod printed;
mod retrier;
mod rules;
mod spec;
mod store;
#[cfg(test)]
mod tests;
mod variants;
mod view;

use crate::labs::path::{self, Part};
use crate::labs::{Claim, Lab, Run, Running, Scenario, Setup};
use crate::sim::{Roster, World};

use config::Config;
use retrier::Retrier;
use spec::RetrySpec;

/// The lab of timeouts and retries.
pub static LAB: Lab = Lab {
    id: "retry",
    title: "Timeouts and retries",
    summary: "Retries multiply; and those who fail together come back together.",
    params: config::PARAMS,
    variants: variants::VARIANTS,
    rules: concat!(include_str!("rules.txt"), include_str!("../path/rules.txt")),
    invariants: spec::INVARIANTS,
    goals: spec::GOALS,
    recovers_to: "serving",
    selectors: spec::SELECTORS,
    commands: &[path::REQUEST, path::REQUEST_INVALID, path::BATCH, path::MEND],
    faults: &[
        path::SLOW,
        path::FAILING,
        path::PATTERN,
        path::CAPACITY,
        Claim {
            name: "timeout-error",
            means: "The database's next piece of work ends with a TimeoutError of its own.",
        },
    ],
    scenarios: SCENARIOS,
    start,
};

static SCENARIOS: &[Scenario] = &[
    Scenario {
        id: "herd",
        title: "The herd",
        shows: "A hundred fail together and come back together. Nothing parts them.",
        script: include_str!("scenarios/herd.txt"),
    },
    Scenario {
        id: "herd-dissolved",
        title: "The herd, dissolved",
        shows: "The same hundred with full jitter: no two seconds look alike, and none is a peak.",
        script: include_str!("scenarios/herd-dissolved.txt"),
    },
    Scenario {
        id: "sixty-four-calls",
        title: "Sixty-four calls for one request",
        shows: "Three callers, four attempts each: they multiply.",
        script: include_str!("scenarios/sixty-four-calls.txt"),
    },
    Scenario {
        id: "budget-in-an-outage",
        title: "A budget in an outage",
        shows: "Everything fails for twenty seconds, and retries add a tenth to the load, not three times it.",
        script: include_str!("scenarios/budget-in-an-outage.txt"),
    },
    Scenario {
        id: "metastable",
        title: "Down for good",
        shows: "A pause of ten seconds. It is over, and the retries keep the database down.",
        script: include_str!("scenarios/metastable.txt"),
    },
    Scenario {
        id: "metastable-and-the-way-out",
        title: "Down, and out again",
        shows: "The same failure, and the load is cut until the queue is gone.",
        script: include_str!("scenarios/metastable-and-the-way-out.txt"),
    },
    Scenario {
        id: "metastable-not-at-all",
        title: "Not down at all",
        shows: "The same pause, with deadlines that travel and a short queue.",
        script: include_str!("scenarios/metastable-not-at-all.txt"),
    },
    Scenario {
        id: "hedged",
        title: "Hedged",
        shows: "A second call for those that take too long. Most users never notice bad luck again.",
        script: include_str!("scenarios/hedged.txt"),
    },
    Scenario {
        id: "lost-answers",
        title: "Lost answers",
        shows: "What was done is done. The key tells the database so, and the user never knows.",
        script: include_str!("scenarios/lost-answers.txt"),
    },
    Scenario {
        id: "without-keys",
        title: "Lost answers, without keys",
        shows: "It may have been done, so nobody dares to try again.",
        script: include_str!("scenarios/without-keys.txt"),
    },
    Scenario {
        id: "one-row",
        title: "Fifty writers, one row",
        shows: "The experiment of AWS's article: each conflict is a retry. Try it with other kinds of jitter.",
        script: include_str!("scenarios/one-row.txt"),
    },
    Scenario {
        id: "nobody-waits",
        title: "Work for nobody",
        shows: "Twice the load. What waited too long is dropped, not done.",
        script: include_str!("scenarios/nobody-waits.txt"),
    },
];

fn start(setup: &Setup) -> Result<Box<dyn Run>, String> {
    Ok(Box::new(running(setup)))
}

fn running(setup: &Setup) -> Running<Part<Retrier>, RetrySpec> {
    let config = Config::new(setup);
    let mut parts = vec![('c', 1)];
    if config.layers > 0 {
        parts.push(('s', config.layers));
    }
    parts.push(('d', 1));
    let link = config.link();
    Running::new(World::new(setup.seed, Roster::new(&parts), config, link))
}
