//! Restart supervision: a restart cures the error, not the fault.
//!
//! # What it is for
//!
//! Many errors are transient: a rare interleaving, a lost connection, memory that was never given back. A
//! process that fails and is started again from a known state works. That is cheap, and needs nobody to
//! understand what was wrong. But the *fault* is still there. If it comes back slowly (a leak), restarting
//! now and then is a way to live with it. If it comes back at once (a bad configuration), restarting is a
//! loop that never ends, burns the machine and hides the cause. A supervisor has to tell the two apart, and
//! it does so by counting.
//!
//! # How it works
//!
//! The supervisor `s1` starts the processes of the machines `w1`, `w2`, … one after the other and watches
//! them. A process that exits, or says nothing for its *patience*, has failed. Then:
//!
//! 1. *Count.* If there have been `restarts_max` attempts in the window that ends now, give up. The window is
//!    closed at both ends, and an attempt counts whether it succeeds or not. It is on disk before it is
//!    made.
//! 2. *Wait* for the backoff, which doubles with each attempt in the window.
//! 3. *Restart* those that the strategy names: stop them in reverse order, start them in order, each when
//!    the one before it is **ready** and not only running.
//! 4. *Give up once*: stop all, call the operator `o1` until he says that he knows, and start nothing until
//!    he resets.
//!
//! | strategy (OTP) | restarted with the one that failed | right if |
//! |---|---|---|
//! | one-for-one | nobody | nobody depends on another's life |
//! | rest-for-one | those started after it | each depends on those before it |
//! | one-for-all | all | all depend on each other |
//!
//! `ties` makes processes depend on each other: each holds a session with the life of another one, and a
//! session with a life that is over is worth nothing.
//!
//! **Leak or bad configuration.** Both look the same at the first failure. With a leak, each life lasts, and
//! the window is never full. With a bad configuration no life begins, and the window is full after
//! `restarts_max` attempts.
//!
//! # What is assumed
//!
//! The supervisor's disk keeps its record. A machine that comes back after a crash runs nothing, and its
//! program and configuration are right again (it was set up anew). Whoever resets has mended the cause, or
//! sees the same again.
//!
//! # CAVEATS: where this lab departs from its sources
//!
//! * In OTP supervisor and processes are in one node, and an exit is a signal that cannot get lost. Here
//!   they are on machines of their own, so there are a patience, a readiness timeout, and numbers for
//!   lives: an order or a message of an old life is refused.
//! * OTP has no backoff. Here it is as in Kubernetes (CrashLoopBackOff), but remembers as long as the window
//!   does.
//! * OTP's record dies with the supervisor, whose own supervisor counts. Here there is no other one, so it
//!   survives.
//! * OTP counts a restart when the process has failed, ours when the attempt is made, after the backoff.
//!   What is refused is the same: the failure that finds the window full.
//! * A supervisor that comes back from a crash starts all its processes anew. That is no attempt.
//!
//! # The variants
//!
//! `as-printed` is `printed.rs`: SV-1 to SV-7 are its flaws. What it leaves undefined, and what stands in for
//! it, is said there.

mod config;
mod host;
mod message;
mod node;
mod printed;
mod record;
mod rules;
mod spec;
mod supervision;
mod variants;
mod view;

use crate::labs::{Claim, Lab, Run, Running, Scenario, Setup};
use crate::sim::{Roster, World};

use config::Config;
use node::Part;
use spec::SupervisorSpec;

/// The restart supervision lab.
pub static LAB: Lab = Lab {
    id: "supervisor",
    title: "Restart supervision",
    summary: "A restart cures the error, not the fault: count attempts, wait, and give up once.",
    params: config::PARAMS,
    variants: variants::VARIANTS,
    rules: include_str!("rules.txt"),
    invariants: spec::INVARIANTS,
    goals: spec::GOALS,
    recovers_to: "settled",
    selectors: spec::SELECTORS,
    commands: &[
        Claim { name: "kill", means: "A worker: kill the process." },
        Claim { name: "mend", means: "A worker: set program and configuration right." },
        Claim { name: "reset", means: "The supervisor: begin anew after it has given up." },
    ],
    faults: &[
        Claim { name: "exit", means: "The process fails once, by a transient error." },
        Claim { name: "hang", means: "The process stands still and says nothing." },
        Claim {
            name: "leak",
            means: "The process leaks memory, in this life and in all later ones.",
        },
        Claim { name: "bad-config", means: "From its next start on the process cannot start." },
        Claim {
            name: "clock-back TIME",
            means: "The supervisor's wall clock is set back: `clock-back 7200s`.",
        },
        Claim { name: "race", means: "As printed: two threads notice the next failure at once." },
    ],
    scenarios: SCENARIOS,
    start,
};

static SCENARIOS: &[Scenario] = &[
    Scenario {
        id: "a-leak-is-lived-with",
        title: "A leak is lived with",
        shows: "w1 leaks, is killed, and begins anew with an empty memory. 99 of 100 requests are served.",
        script: include_str!("scenarios/a-leak-is-lived-with.txt"),
    },
    Scenario {
        id: "a-bad-configuration-is-not",
        title: "A bad configuration is not",
        shows: "Three attempts, each after a longer wait; then it is given up, and the operator is called \
                once.",
        script: include_str!("scenarios/a-bad-configuration-is-not.txt"),
    },
    Scenario {
        id: "one-for-one-is-too-few",
        title: "One for one is too few",
        shows: "w2 and w3 hold sessions with those before them. w1 alone is restarted, and w2 is ready and \
                serves nobody.",
        script: include_str!("scenarios/one-for-one-is-too-few.txt"),
    },
    Scenario {
        id: "rest-for-one-keeps-the-chain",
        title: "Rest for one keeps the chain",
        shows: "w2 fails: w3, which came after it, is restarted with it, and w1 is not.",
        script: include_str!("scenarios/rest-for-one-keeps-the-chain.txt"),
    },
    Scenario {
        id: "one-for-all-keeps-the-ring",
        title: "One for all keeps the ring",
        shows: "Each needs another, all around. Whoever fails, all begin anew.",
        script: include_str!("scenarios/one-for-all-keeps-the-ring.txt"),
    },
    Scenario {
        id: "silence-old-orders-and-other-people",
        title: "Silence, old orders, and other people",
        shows: "A process hangs, a machine is cut off, an order comes late, the operator is slow: each \
                has its rule.",
        script: include_str!("scenarios/silence-old-orders-and-other-people.txt"),
    },
    Scenario {
        id: "printed-restarts-for-ever",
        title: "As printed: a limit of three, and restarts for ever",
        shows: "Only what worked is counted, and nothing works.",
        script: include_str!("scenarios/printed-restarts-for-ever.txt"),
    },
];

fn start(setup: &Setup) -> Result<Box<dyn Run>, String> {
    let config = Config::new(setup)?;
    let link = config.link();
    let workers = setup.param("workers") as u8;
    // The machines are there before the supervisor, which is the order in which they start.
    let roster = Roster::new(&[('w', workers), ('s', 1), ('o', 1), ('c', 1)]);
    let world = World::<Part>::new(setup.seed, roster, config, link);
    Ok(Box::new(Running::<Part, SupervisorSpec>::new(world)))
}
