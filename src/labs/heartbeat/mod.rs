//! Heartbeats: you can only choose between slow and wrong.
//!
//! # What it is for
//!
//! Before anything can be repaired, somebody has to notice that it is broken. The oldest way: every node
//! says at a fixed interval that it is up, and whoever has been silent for too long is taken for failed.
//! Then somebody else takes over its work.
//!
//! # How it works
//!
//! Nodes `n1`, `n2`, … send a `HEARTBEAT` to every monitor each interval. A monitor that hears nothing of a
//! node for *threshold × interval* suspects it. `m1` is in charge of recovery: it asks the other monitors
//! for a second opinion, and if nobody hears the node, the spare `r1` takes over the node's shard. A shard
//! is the work that needs exactly one owner: its owner writes to the store `s1` each interval.
//!
//! **What can be known.** A node that is down, one that is paused, one that is cut off, and one whose
//! heartbeats are lost are the same to a monitor: silence. It can know more only from others (another
//! monitor hears the node: then the way is broken and not the node), or afterwards, from the first
//! heartbeat that comes again:
//!
//! | the heartbeat | it had |
//! |---|---|
//! | of a new incarnation | crashed |
//! | of the same one, and numbers are missing | been cut off |
//! | of the same one, and no number is missing | stood still |
//!
//! # Slow or wrong
//!
//! With interval I, threshold m and loss p, a monitor detects a crash after m × I from the last heartbeat,
//! and raises a false alarm each time that m heartbeats in a row are lost: about p^m(1 − p) for each
//! heartbeat. A higher threshold is slower and less often wrong; nothing makes it both fast and right. A
//! shorter interval helps, and costs messages.
//!
//! In the words of Chandra and Toueg (1996): it is *complete* (who is silent for good is suspected for
//! good) and gives up *accuracy*; if messages are in time in the end, it is *eventually perfect*.
//!
//! **A suspicion is not a fact**, so recovery has to be safe when it is wrong. A token, greater each time,
//! goes with the shard, and the store refuses smaller ones (*fencing*). A node that was only paused wakes
//! up, writes, is refused, and steps down.
//!
//! # What is assumed
//!
//! m1 and the store are there: nobody watches the watcher here, and nobody replaces the store. Both keep
//! their tokens on disk. Intervals are short beside how long a machine takes to come back.
//!
//! # Where this lab departs from its sources
//!
//! * The course prints a loop that counts ticks; here each node has a timer that each heartbeat sets anew,
//!   which detects after m × I and not up to (m + 1) × I (HB-2).
//! * The second opinion is an indirect probe as in SWIM, among monitors.
//! * A monitor that starts watches everybody as if it had heard him just then.
//!
//! # The variants
//!
//! `as-printed` has the course's monitors (`printed.rs`); nodes, spare and store are the same, but there
//! are no tokens. `hb-1` to `hb-9` are its flaws.

mod config;
mod message;
mod monitor;
mod node;
mod printed;
mod rules;
mod spec;
mod variants;
mod view;

use crate::labs::{Claim, Lab, Run, Running, Scenario, Setup};
use crate::sim::{Roster, World};

use config::Config;
use node::Part;
use spec::HeartbeatSpec;

/// The heartbeat lab.
pub static LAB: Lab = Lab {
    id: "heartbeat",
    title: "Heartbeat",
    summary: "Silence is all that can be known: choose between slow and wrong.",
    params: config::PARAMS,
    variants: variants::VARIANTS,
    rules: include_str!("rules.txt"),
    invariants: spec::INVARIANTS,
    goals: spec::GOALS,
    recovers_to: "all-well",
    selectors: spec::SELECTORS,
    commands: &[
        Claim { name: "beat", means: "A node: send a heartbeat now." },
        Claim { name: "add NODE", means: "A monitor: watch this node, too." },
    ],
    faults: &[
        Claim {
            name: "clock-back TIME",
            means: "The monitor's wall clock is set back: `clock-back 3600s`.",
        },
        Claim {
            name: "race",
            means: "The monitor's loop and a heartbeat's thread use the same counter at the same time.",
        },
    ],
    scenarios: SCENARIOS,
    start,
};

static SCENARIOS: &[Scenario] = &[
    Scenario {
        id: "five-seconds-times-three",
        title: "Five seconds, times three",
        shows: "A crash is noticed 15 s after the last heartbeat; the course's loop needs up to 20.",
        script: include_str!("scenarios/five-seconds-times-three.txt"),
    },
    Scenario {
        id: "kill-cut-pause",
        title: "Kill, cut, one-way cut, pause",
        shows: "Four times the same silence. A second opinion tells the cut, and the first heartbeat \
                afterwards tells the rest.",
        script: include_str!("scenarios/kill-cut-pause.txt"),
    },
    Scenario {
        id: "the-zombie-is-fenced",
        title: "The dead one writes",
        shows: "n1 only paused. It wakes up as owner of a shard that has another one, and the store \
                refuses it.",
        script: include_str!("scenarios/the-zombie-is-fenced.txt"),
    },
    Scenario {
        id: "slow-or-wrong",
        title: "Slow or wrong",
        shows: "One link loses half of its messages. With a threshold of 2 the alarms are false; with 10 \
                they cease, and a real crash takes five times as long.",
        script: include_str!("scenarios/slow-or-wrong.txt"),
    },
    Scenario {
        id: "old-news-and-strangers",
        title: "Old news, strangers, and other interruptions",
        shows: "A heartbeat that was held back, a node that nobody added, a timer fired too early: all \
                refused, each for its reason.",
        script: include_str!("scenarios/old-news-and-strangers.txt"),
    },
    Scenario {
        id: "printed-cries-every-tick",
        title: "As printed: one crash, an alarm every tick",
        shows: "The counter never goes back, so the course's monitor starts a recovery every interval.",
        script: include_str!("scenarios/printed-cries-every-tick.txt"),
    },
];

fn start(setup: &Setup) -> Result<Box<dyn Run>, String> {
    if setup.param("latency_ms_min") > setup.param("latency_ms_max") {
        return Err("latency_ms_min is greater than latency_ms_max".into());
    }
    let config = Config::new(setup);
    let link = config.link();
    let (nodes, monitors) = (setup.param("nodes") as u8, setup.param("monitors") as u8);
    let roster = Roster::new(&[('n', nodes), ('m', monitors), ('s', 1), ('r', 1)]);
    let world = World::<Part>::new(setup.seed, roster, config, link);
    Ok(Box::new(Running::<Part, HeartbeatSpec>::new(world)))
}
