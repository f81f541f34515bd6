//! Phi accrual: suspicion as a number.
//!
//! # What it is for
//!
//! A timeout answers "is it up?" with yes or no, and somebody has to choose the timeout. Too short, and a
//! slow network makes false alarms; too long, and a crash stays unseen. The phi accrual detector
//! (Hayashibara, Défago, Yared and Katayama 2004) gives a number instead, **phi**: how surprising the
//! present silence is, given how this node has behaved lately. It learns the network; the user only says
//! how sure he wants to be.
//!
//! # How it works
//!
//! The monitor keeps the last intervals between heartbeats and takes them for a normal distribution with
//! their mean and deviation. Then
//!
//! ```text
//! phi(silence) = −log10 P(the next heartbeat comes later than this)
//! ```
//!
//! | normal, mean 1000 ms | φ = 1 | φ = 3 | φ = 8 |
//! |---|---|---|---|
//! | deviation 100 ms | 1128 ms | 1309 ms | 1561 ms |
//! | deviation 300 ms | 1384 ms | 1927 ms | 2684 ms |
//!
//! A twin on the same heartbeats uses a fixed timeout. On a quiet network they agree. When the jitter
//! triples, the twin raises false alarms, and phi becomes more patient by itself.
//!
//! # What it gives up
//!
//! In the words of Chandra and Toueg (1996) it is complete: a node that is silent for good is suspected
//! within a bound and stays so, because the window, the interval that counts at most and the deviation are
//! bounded. It is not accurate: an unusual delay is a false alarm. If the network settles down, alarms
//! cease in the end (◇P).
//!
//! # Where this lab departs from its sources
//!
//! * **Three shapes.** Akka and Pekko compute the normal tail by a logistic approximation, which is good
//!   to three deviations; Cassandra takes the exponential distribution, which looks at the mean alone; the
//!   paper has the normal one. The course says "used in Cassandra and Akka" as if they were one.
//! * The window begins with two guesses around the first estimate, as Pekko's does, whatever the shape.
//! * Intervals that end a suspicion are not recorded (Pekko), nor those beyond a longest one (Cassandra).
//!   The second makes the time to detection bounded.
//! * The monitor does not poll: it computes at each heartbeat when phi will reach the threshold. A
//!   changed threshold counts from the next heartbeat on.
//! * A heartbeat has an incarnation and a number, so that an old one revives nobody. Neither Akka's
//!   detector nor the print looks at that; their transport or their gossip does.
//! * A node that was never heard is not suspected, as in Pekko.
//!
//! # The variants
//!
//! `as-printed` is `printed.rs`. Its first flaw (PH-1) hides the later ones, so PH-4 and PH-7 are shown
//! each as a mutation of the corrected detector.

mod config;
mod message;
mod node;
mod panels;
mod printed;
mod rules;
mod spec;
mod variants;
mod view;

use crate::labs::{Claim, Lab, Run, Running, Scenario, Setup};
use crate::sim::{Roster, World};

use config::Config;
use node::Part;
use spec::PhiSpec;

/// The phi accrual lab.
pub static LAB: Lab = Lab {
    id: "phi",
    title: "Phi accrual",
    summary: "Suspicion is a number that learns the network.",
    params: config::PARAMS,
    variants: variants::VARIANTS,
    rules: include_str!("rules.txt"),
    invariants: spec::INVARIANTS,
    goals: spec::GOALS,
    recovers_to: "all-judged-right",
    selectors: spec::SELECTORS,
    commands: &[Claim { name: "beat", means: "Send a heartbeat now." }],
    faults: &[Claim {
        name: "stall TIME",
        means: "The node stands still for so long, as in a garbage collection: `stall 2s`.",
    }],
    scenarios: SCENARIOS,
    start,
};

static SCENARIOS: &[Scenario] = &[
    Scenario {
        id: "now-moves-into-the-tail",
        title: "Now moves into the tail",
        shows: "A node dies. Watch now leave the bell, and phi climb to 8 at about 1.6 s.",
        script: include_str!("scenarios/now-moves-into-the-tail.txt"),
    },
    Scenario {
        id: "jitter-triples",
        title: "The jitter triples",
        shows: "The fixed timeout of 1.6 s begins to cry wolf. Phi has learnt, and waits.",
        script: include_str!("scenarios/jitter-triples.txt"),
    },
    Scenario {
        id: "a-pause-is-survived",
        title: "A pause of two seconds",
        shows: "With a deviation of 300 ms and a threshold of 6, a stall of two seconds is borne, and a \
                crash is still found in time.",
        script: include_str!("scenarios/a-pause-is-survived.txt"),
    },
    Scenario {
        id: "told-apart-afterwards",
        title: "Crash, cut or pause? Told apart afterwards",
        shows: "Three silences look the same while they last. The first heartbeat after each tells which \
                it was.",
        script: include_str!("scenarios/told-apart-afterwards.txt"),
    },
    Scenario {
        id: "cassandra-is-more-patient",
        title: "Cassandra's phi is another number",
        shows: "The exponential shape reaches 8 only after 18 mean intervals, however regular the node is.",
        script: include_str!("scenarios/cassandra-is-more-patient.txt"),
    },
    Scenario {
        id: "printed-sees-nothing",
        title: "As printed: a minute dead, and available",
        shows: "The list holds 1 700 000 001 s as an interval. Beside half a century, a minute is nothing.",
        script: include_str!("scenarios/printed-sees-nothing.txt"),
    },
];

fn start(setup: &Setup) -> Result<Box<dyn Run>, String> {
    if setup.param("latency_ms_min") > setup.param("latency_ms_max") {
        return Err("latency_ms_min is greater than latency_ms_max".into());
    }
    let config = Config::new(setup);
    let link = config.link();
    let roster = Roster::new(&[('n', setup.param("nodes") as u8), ('m', 1)]);
    let world = World::<Part>::new(setup.seed, roster, config, link);
    Ok(Box::new(Running::<Part, PhiSpec>::new(world)))
}
