//! Failure detectors compared: the same heartbeats, the same faults, and what each gives up.
//!
//! # What it is for
//!
//! Every failure detector is slow or wrong, and has a knob between the two. Which one is *better* can only be
//! said if all hear the same. Here one monitor `m1` hears the heartbeats of `n1`, `n2`, … and seven
//! detectors judge by them, each with eight settings from impatient to patient: 56 judges with one pair of
//! ears. Their suspicions are counted against the truth, which only the table knows.
//!
//! | detector | suspects when | its knob |
//! |---|---|---|
//! | `loop` | the course's loop has counted enough late ticks | how many |
//! | `timeout` | nothing came for a fixed time | the time |
//! | `expected-arrival` | the mean interval and a margin are over (Chen et al. 2002) | the margin |
//! | `phi-logistic` | phi is reached, as in Akka and Pekko | the phi |
//! | `phi-normal` | phi is reached, as in the paper (Hayashibara et al. 2004) | the phi |
//! | `phi-exponential` | phi is reached, as in Cassandra | the phi |
//! | `probe` | neither it nor a helper answers, as in SWIM (Das et al. 2002) | periods of suspicion |
//!
//! # The curve
//!
//! The panel *Slow or wrong* has a line for each detector: how long it takes on average to notice that a
//! node is gone, against how often it cries wolf. Whoever is further to the left at the same height is
//! better. One run gives a rough curve; many seeds give the real one, as medians over the settings:
//!
//! ```sh
//! faultline run src/labs/detectors/scenarios/the-curve.txt --seeds 100 --across setting=1,2,3,4,5,6,7,8 \
//!   --measure "mean detection" --versus detector=timeout --versus detector=loop --versus detector=probe
//! faultline run src/labs/detectors/scenarios/the-curve.txt --seeds 100 --across setting=1,2,3,4,5,6,7,8 \
//!   --measure "false alarms" --versus detector=timeout --versus detector=loop --versus detector=probe
//! ```
//!
//! On the page the same is *Many seeds*. `tests/detectors.rs` measures all 56 over 100 seeds.
//!
//! # What each gives up
//!
//! Chandra and Toueg (1996) sort detectors by *completeness* (who crashes is suspected in the end, for good)
//! and *accuracy* (nobody else is):
//!
//! | class | complete | accurate |
//! |---|---|---|
//! | perfect (P) | yes | always |
//! | eventually perfect (◇P) | yes | from some time on |
//!
//! In a network without a bound on delays P cannot be had, and in one that never settles not even ◇P. All
//! seven keep completeness. Where delays and losses stay within what a detector waits for, it is perfect as
//! far as anybody can see; where they go beyond it, it gives up accuracy. The table *What each gives up*
//! says for the chosen setting which class the run has not contradicted *so far*; nobody can say more of a
//! run that goes on.
//!
//! # What is assumed
//!
//! The monitor is there, and nobody watches it.
//!
//! # CAVEATS: where this lab departs from its sources
//!
//! * All phi detectors and the expected arrival learn from one window of 60 intervals; an interval of more
//!   than four times the usual one is left out (Cassandra's rule). Pekko leaves out those that end a
//!   suspicion, which would give each judge a window of its own.
//! * In SWIM each member probes *one* other in each period and tells all. Here one monitor probes all in
//!   each period and tells nobody, so that it judges as often as the others hear heartbeats. What
//!   dissemination adds is in the lab of SWIM.
//! * A node that was never heard is suspected by nobody.

mod config;
mod judges;
mod message;
mod monitor;
mod node;
mod rules;
mod spec;
mod variants;
mod view;

use crate::labs::{Claim, Lab, Run, Running, Scenario, Setup};
use crate::sim::{Roster, World};

use config::Config;
use node::Part;
use spec::DetectorsSpec;

/// The comparison of failure detectors.
pub static LAB: Lab = Lab {
    id: "detectors",
    title: "Detectors compared",
    summary: "Seven detectors hear the same heartbeats: how slow, how wrong, and what each gives up.",
    params: config::PARAMS,
    variants: variants::VARIANTS,
    rules: include_str!("rules.txt"),
    invariants: spec::INVARIANTS,
    goals: spec::GOALS,
    recovers_to: "all-judged-right",
    selectors: spec::SELECTORS,
    commands: &[Claim { name: "beat", means: "A node: send a heartbeat now." }],
    faults: &[],
    scenarios: SCENARIOS,
    start,
};

static SCENARIOS: &[Scenario] = &[
    Scenario {
        id: "the-curve",
        title: "The curve",
        shows: "One message in ten is lost, and somebody crashes again and again. Every detector can be \
                quick or right; the curve says how much of the one costs how much of the other.",
        script: include_str!("scenarios/the-curve.txt"),
    },
    Scenario {
        id: "a-network-without-surprises",
        title: "A network without surprises",
        shows: "Nothing is lost, nothing is late. Whoever is a little patient is perfect, as far as anybody \
                can see.",
        script: include_str!("scenarios/a-network-without-surprises.txt"),
    },
    Scenario {
        id: "the-rhythm-changes",
        title: "The rhythm changes",
        shows: "The link of n1 becomes slow and irregular. A fixed timeout does not learn; phi does, after a \
                few false alarms.",
        script: include_str!("scenarios/the-rhythm-changes.txt"),
    },
    Scenario {
        id: "one-way-is-cut",
        title: "One way is cut",
        shows: "n1 is up, and the link from it to the monitor is cut. Whoever only listens suspects it. The \
                probe asks others, and does not.",
        script: include_str!("scenarios/one-way-is-cut.txt"),
    },
    Scenario {
        id: "accuracy-is-given-up",
        title: "Accuracy is given up",
        shows: "Four messages in ten are lost, for good. False alarms never cease, so nobody is eventually \
                perfect, and everybody is complete.",
        script: include_str!("scenarios/accuracy-is-given-up.txt"),
    },
    Scenario {
        id: "old-news",
        title: "Old news, and other interruptions",
        shows: "A heartbeat that was held back revives nobody, and a timer fired too early is no silence.",
        script: include_str!("scenarios/old-news.txt"),
    },
];

fn start(setup: &Setup) -> Result<Box<dyn Run>, String> {
    let config = Config::new(setup)?;
    let link = config.link();
    let roster = Roster::new(&[('n', setup.param("nodes") as u8), ('m', 1)]);
    let world = World::<Part>::new(setup.seed, roster, config, link);
    Ok(Box::new(Running::<Part, DetectorsSpec>::new(world)))
}
