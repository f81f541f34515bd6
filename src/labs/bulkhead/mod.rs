//! Bulkheads: what one dependency may take from the others.
//!
//! # What it is for
//!
//! A gateway calls three services, A, B and C, and has thirty threads. A becomes slow: calls take 10 s
//! instead of 100 ms. By **Little's law** (1961) as many threads are taken as calls come a second times
//! seconds each: 5 × 10 = 50. There are thirty, so all of them wait for A, and nobody can be served who
//! wants B or C, with which nothing is wrong. A **bulkhead** (Nygard, *Release It!*) is a wall in the hull:
//! one compartment may fill, and the ship stays afloat.
//!
//! # How it works
//!
//! * **Pools**: ten threads for each dependency, with a short queue of its own. That is the course's
//!   picture, and the default here.
//! * **Semaphores**: threads are for all, but no more than ten calls to one dependency may be under way.
//!   Whoever finds no permit is refused at once.
//! * **Shared**: no walls, to see what they are for.
//!
//! Waiting is bounded in number (`waiting`) and in time (`wait_ms`): who has waited too long is refused
//! rather than begun.
//!
//! # What it assumes, and what happens when that fails
//!
//! * **That the sizes fit.** A pool that is too small refuses while other threads lie idle (`too-small`);
//!   the wall is worth what it costs only when something goes wrong.
//! * **That the dependencies are apart.** If A and B stand on one database, no wall in the gateway helps.
//! * A wall does not free the threads behind it; a timeout does (`a-timeout-is-half-a-wall`).
//!
//! # What always holds
//!
//! With walls: no more calls to a dependency are under way than it has threads or permits; permits that
//! are free and those that are given are all of them; nobody is refused while its own dependency has one
//! free. So what B's users see does not depend on A.
//!
//! # Where this lab departs from its sources
//!
//! * Hystrix's thread pools run the call apart from the caller's thread. Here a thread of the pool *is* the
//!   caller's, as in a server with one pool an endpoint.
//! * resilience4j's semaphore may wait for a permit (`maxWaitDuration`). Here it does not: to wait is to
//!   hold a thread.
//! * The longest wait is looked at when a thread becomes free, not by a timer. So nobody begins too late,
//!   but is perhaps told so later.
//! * The course prints no code for bulkheads, so there is no variant as printed.

mod config;
mod gate;
mod rules;
mod spec;
#[cfg(test)]
mod tests;
mod variants;

use crate::labs::path::{self, Part};
use crate::labs::{Lab, Run, Running, Scenario, Setup};
use crate::sim::{Roster, World};

use config::{Config, DEPENDENCIES};
use gate::Gate;
use spec::BulkheadSpec;

/// The bulkhead lab.
pub static LAB: Lab = Lab {
    id: "bulkhead",
    title: "Bulkheads",
    summary: "A slow dependency eats the threads of all, unless there is a wall.",
    params: config::PARAMS,
    variants: variants::VARIANTS,
    rules: concat!(include_str!("rules.txt"), include_str!("../path/rules.txt")),
    invariants: spec::INVARIANTS,
    goals: spec::GOALS,
    // A burst is more than walls let through, and rightly refused: at no moment of it are nine of ten
    // served.
    recovers_to: "working",
    selectors: spec::SELECTORS,
    commands: &[path::REQUEST, path::REQUEST_INVALID, path::BATCH, path::MEND],
    faults: &[path::SLOW, path::FAILING, path::PATTERN, path::CAPACITY],
    scenarios: SCENARIOS,
    start,
};

static SCENARIOS: &[Scenario] = &[
    Scenario {
        id: "shared",
        title: "One pool for all",
        shows: "A becomes slow, and users of B and C are not served, though B and C are well.",
        script: include_str!("scenarios/shared.txt"),
    },
    Scenario {
        id: "three-pools",
        title: "Three pools",
        shows: "The same slow A. Its pool is full; B and C notice nothing.",
        script: include_str!("scenarios/three-pools.txt"),
    },
    Scenario {
        id: "semaphores",
        title: "Permits instead of pools",
        shows: "The same again: whoever finds no permit for A is refused at once.",
        script: include_str!("scenarios/semaphores.txt"),
    },
    Scenario {
        id: "a-timeout-is-half-a-wall",
        title: "A timeout is half a wall",
        shows: "No walls, but short timeouts: Little's law leaves threads for all.",
        script: include_str!("scenarios/a-timeout-is-half-a-wall.txt"),
    },
    Scenario {
        id: "too-small",
        title: "A compartment too small",
        shows: "B is refused while the threads of A and C lie idle: what walls cost.",
        script: include_str!("scenarios/too-small.txt"),
    },
    Scenario {
        id: "the-link-to-a",
        title: "The link to A",
        shows: "The network fails instead of the service, and the walls hold as well.",
        script: include_str!("scenarios/the-link-to-a.txt"),
    },
];

fn start(setup: &Setup) -> Result<Box<dyn Run>, String> {
    Ok(Box::new(running(setup)))
}

fn running(setup: &Setup) -> Running<Part<Gate>, BulkheadSpec> {
    let config = Config::new(setup);
    let roster = Roster::new(&[('c', 1), ('g', 1), ('s', DEPENDENCIES as u8)]);
    let link = config.link();
    Running::new(World::new(setup.seed, roster, config, link))
}
