//! SWIM: everybody watches one other at a time, and gossip does the rest.
//!
//! # What it is for
//!
//! If each of n nodes sends heartbeats to all others, every node sends and receives n − 1 messages each
//! period: fifty nodes, two and a half thousand messages. SWIM (Das, Gupta and Motivala 2002) finds
//! failures in an expected time that does not depend on n, with a load on each node that does not either.
//!
//! # How it works
//!
//! Each **period** a node sends a `PING` to one other. If no `ACK` comes in time, it asks k others to try
//! (`PING-REQ`): perhaps only the way between the two is broken. If the period ends without an answer, the
//! other is **suspected**. The suspicion rides as **news** on the messages that are sent anyway. A suspect
//! that hears of it **refutes**: it raises its *incarnation* and says that it is alive. One that does not,
//! in time, is declared **failed**.
//!
//! News about a node is ordered by its incarnation, which only the node itself raises; within one
//! incarnation *failed* beats *suspect* beats *alive*. So old news revives nobody.
//!
//! **How long it takes.** If each of n nodes draws its next one anew, somebody draws a failed node in a
//! period with probability 1 − (1 − 1/(n−1))^(n−1) ≈ 1 − 1/e. So the first suspicion comes after
//! e/(e − 1) ≈ 1.58 periods on average, whatever n is. Taken in turn, each node finds it within two
//! rounds at the latest. The news then reaches everybody in about log n periods.
//!
//! # What it gives up
//!
//! Complete, in the words of Chandra and Toueg (1996), and with an order in turn even within a bound. Not
//! accurate: a node that is silent for longer than a suspicion lasts is declared failed, right or wrong.
//! Suspicion makes wrong ones rarer and right ones slower.
//!
//! # What happens when its assumptions fail
//!
//! * In a **partition** each side declares the other failed. Nobody probes a failed member, so healing
//!   would change nothing; hence `knock`.
//! * **Lies**: members trust each other. What is false about a node, it refutes; what is false about a
//!   dead one, nobody can.
//!
//! # Where this lab departs from its sources
//!
//! * Time to refute as in memberlist and Lifeguard: it begins long and gets shorter with each
//!   confirmation by another node. The paper's is fixed.
//! * What is held against a node rides on every message to it, so that it can refute at once (memberlist
//!   does so for a suspect that is probed).
//! * `knock` is Serf's reconnect. memberlist's exchange of whole states over TCP is left out.
//! * All members know each other from the start; joining by a seed is left out. A node that restarts
//!   takes everybody for alive.
//! * The first form of the paper (draw anew) and the second (in turn, shuffled) are a parameter.
//! * `suspect` in the fault strip is a declaration here: a suspect of SWIM is still a member.

mod config;
mod message;
mod node;
mod rules;
mod spec;
mod variants;

use crate::labs::{Claim, Lab, Run, Running, Scenario, Setup};
use crate::sim::{Roster, World};

use config::Config;
use node::Node;
use spec::SwimSpec;

/// The SWIM lab.
pub static LAB: Lab = Lab {
    id: "swim",
    title: "SWIM",
    summary: "Everybody watches one other at a time, and gossip does the rest.",
    params: config::PARAMS,
    variants: variants::VARIANTS,
    rules: include_str!("rules.txt"),
    invariants: spec::INVARIANTS,
    goals: spec::GOALS,
    recovers_to: "all-judged-right",
    selectors: spec::SELECTORS,
    commands: &[Claim { name: "probe", means: "Begin a period now." }],
    faults: &[Claim {
        name: "slander NODE",
        means: "The node tells everybody that another one has failed: `slander n3`.",
    }],
    scenarios: SCENARIOS,
    start,
};

static SCENARIOS: &[Scenario] = &[
    Scenario {
        id: "fifty-nodes",
        title: "Fifty nodes, two messages each",
        shows: "A node dies. Somebody finds out in about two periods, and gossip tells the other \
                forty-eight.",
        script: include_str!("scenarios/fifty-nodes.txt"),
    },
    Scenario {
        id: "all-to-all",
        title: "The same with heartbeats to all",
        shows: "Fifty nodes, 2450 messages each period. Everybody finds out by himself.",
        script: include_str!("scenarios/all-to-all.txt"),
    },
    Scenario {
        id: "others-have-other-ways",
        title: "Others have other ways",
        shows: "The link between n1 and n2 is cut. Helpers answer for both, and nobody is suspected.",
        script: include_str!("scenarios/others-have-other-ways.txt"),
    },
    Scenario {
        id: "a-suspect-refutes",
        title: "A suspect refutes",
        shows: "n3 stands still for a second, and is suspected. It wakes up, hears of it, and raises its \
                incarnation.",
        script: include_str!("scenarios/a-suspect-refutes.txt"),
    },
    Scenario {
        id: "two-clusters-and-one-again",
        title: "Two clusters, and one again",
        shows: "In a partition each side declares the other failed. Healed, somebody has to knock.",
        script: include_str!("scenarios/two-clusters-and-one-again.txt"),
    },
    Scenario {
        id: "a-lie-is-refuted",
        title: "A lie is refuted",
        shows: "n1 says that n3 has failed. All believe it, until n3 hears of it.",
        script: include_str!("scenarios/a-lie-is-refuted.txt"),
    },
];

fn start(setup: &Setup) -> Result<Box<dyn Run>, String> {
    if setup.param("latency_ms_min") > setup.param("latency_ms_max") {
        return Err("latency_ms_min is greater than latency_ms_max".into());
    }
    if setup.param("timeout_ms") >= setup.param("period_ms") {
        return Err("timeout_ms is not below period_ms: there is no time to ask others".into());
    }
    let config = Config::new(setup);
    let link = config.link();
    let roster = Roster::new(&[('n', setup.param("members") as u8)]);
    let world = World::<Node>::new(setup.seed, roster, config, link);
    Ok(Box::new(Running::<Node, SwimSpec>::new(world)))
}
