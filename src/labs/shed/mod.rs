//! Load shedding: whom to turn away when there is too much to do.
//!
//! # What it is for
//!
//! A service can do a hundred requests a second, and two hundred come. If it takes them all, the queue
//! grows, everybody waits longer than anybody has patience, and it works at full speed for users who have
//! left: **throughput** is 100 %, **goodput** nothing. If it refuses half of them at once, the other half
//! is served in time.
//!
//! # How it works
//!
//! | policy | who is turned away |
//! |---|---|
//! | none | nobody, until the machine is full |
//! | bounded | whoever comes when so many are in hand |
//! | priority | low classes first: class p of 9 may fill p ninths of the room beyond the threads |
//! | codel | whoever has waited for more than twice the target in a queue that never empties |
//! | newest | nobody in particular, but under load the newest is served first |
//!
//! All but `none` also drop what could no longer be done in time. Two more can be added to any:
//!
//! * an **adaptive limit** on requests in hand, learnt from how long they take (AIMD, Vegas, Gradient2 of
//!   Netflix's concurrency-limits);
//! * **clients that hold back** (SRE book): with probability max(0, (requests − K·accepts)/(requests + 1))
//!   a request is not even sent.
//!
//! # What it assumes, and what happens when that fails
//!
//! * **That a refusal is cheap.** Here it costs nothing. If it costs as much as an answer, only clients
//!   that hold back help.
//! * **That users say what is important**, and do not all say that they are.
//!
//! # What always holds
//!
//! Nothing is shed while idle. No more are in hand than the bound. An important request is turned away only
//! when low ones are, too. Work is begun only for those who still wait.
//!
//! # Where this lab departs from its sources
//!
//! * CoDel is folly's: it drops by a fixed delay while overloaded, where the paper's interval shrinks.
//! * AIMD takes for dropped what took more than half of the users' patience.
//! * An adaptive limit never falls below the number of threads, nor above the bound.
//! * Vegas never measures its shortest time anew here (Netflix's does, now and then); Gradient2 is without
//!   the metrics and with the default tolerance of 1.5 and queue of 4.
//! * Adaptive LIFO is "Fail at Scale"'s without its CoDel. The oldest are looked at first and dropped if
//!   they are too old, or they would keep their places.
//! * A class that is missing or none counts as the lowest.
//!
//! # The variants
//!
//! `corrected` and the mutations are `shedder.rs`, over `codel.rs`, `limit.rs` and `throttle.rs`.
//! `as-printed` is `printed.rs`: the course's class; its flaws are numbered LS-1 to LS-8 in `rules.txt`.

mod codel;
mod config;
mod limit;
mod printed;
mod rules;
mod shedder;
mod spec;
#[cfg(test)]
mod tests;
mod throttle;
mod variants;

use crate::labs::path::{self, Part};
use crate::labs::{Claim, Lab, Run, Running, Scenario, Setup};
use crate::sim::{Roster, World};

use config::Config;
use shedder::Shedder;
use spec::ShedSpec;

/// The load shedding lab.
pub static LAB: Lab = Lab {
    id: "shed",
    title: "Load shedding",
    summary: "At overload, refusing early serves more; a long queue serves only those who have left.",
    params: config::PARAMS,
    variants: variants::VARIANTS,
    rules: concat!(include_str!("rules.txt"), include_str!("../path/rules.txt")),
    invariants: spec::INVARIANTS,
    goals: spec::GOALS,
    recovers_to: "working",
    selectors: spec::SELECTORS,
    commands: &[
        path::REQUEST,
        path::REQUEST_INVALID,
        path::BATCH,
        path::MEND,
        Claim { name: "peek", means: "A load balancer asks the service whether it has room." },
    ],
    faults: &[path::SLOW, path::FAILING, path::PATTERN, path::CAPACITY],
    scenarios: SCENARIOS,
    start,
};

static SCENARIOS: &[Scenario] = &[
    Scenario {
        id: "unbounded",
        title: "Nobody is refused",
        shows: "Twice the load, and a queue without end: all threads work, and hardly anybody is served.",
        script: include_str!("scenarios/unbounded.txt"),
    },
    Scenario {
        id: "bounded",
        title: "Half is refused",
        shows: "The same load with a bound: half of the users are served, and in time.",
        script: include_str!("scenarios/bounded.txt"),
    },
    Scenario {
        id: "important-first",
        title: "Low classes first",
        shows: "Too much load, and those who matter do not notice.",
        script: include_str!("scenarios/important-first.txt"),
    },
    Scenario {
        id: "standing-queue",
        title: "A standing queue",
        shows: "CoDel tells a burst from a queue that never empties.",
        script: include_str!("scenarios/standing-queue.txt"),
    },
    Scenario {
        id: "newest-first",
        title: "Newest first",
        shows: "The newest still have time. The oldest have none, whatever is done.",
        script: include_str!("scenarios/newest-first.txt"),
    },
    Scenario {
        id: "learnt-limit",
        title: "A limit that is learnt",
        shows: "Vegas finds out how many are too many.",
        script: include_str!("scenarios/learnt-limit.txt"),
    },
    Scenario {
        id: "clients-hold-back",
        title: "Clients hold back",
        shows: "Who hears no all the time says it to himself.",
        script: include_str!("scenarios/clients-hold-back.txt"),
    },
    Scenario {
        id: "a-swept-curve",
        title: "A swept curve",
        shows: "The load rises to twice the capacity: goodput against throughput against what is offered.",
        script: include_str!("scenarios/a-swept-curve.txt"),
    },
];

fn start(setup: &Setup) -> Result<Box<dyn Run>, String> {
    Ok(Box::new(running(setup)))
}

fn running(setup: &Setup) -> Running<Part<Shedder>, ShedSpec> {
    let config = Config::new(setup);
    let link = config.link();
    Running::new(World::new(setup.seed, Roster::new(&[('c', 1), ('s', 1)]), config, link))
}
