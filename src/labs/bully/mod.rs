//! Bully: the highest id leads.
//!
//! # What it is for
//!
//! A cluster needs one node that decides: the primary of a database, the keeper of locks, whoever hands
//! out work. When that node fails, the others have to agree on another one. Bully (Garcia-Molina 1982)
//! takes the simplest rule that all can apply by themselves: **of those that are up, the one with the
//! highest id leads.** What is left to do is to find out who is up.
//!
//! # How it works
//!
//! The textbook form (Coulouris, Dollimore, Kindberg and Blair, *Distributed Systems*, §15.3) has three
//! messages:
//!
//! * `ELECTION`, to all higher ids: are you there?
//! * `OK`, to a lower id: I am, and so it will not be you.
//! * `COORDINATOR`, to all lower ids: I lead.
//!
//! A node **holds an election** when it starts, when it hears nothing of its leader for too long, and
//! when it learns of a leader that it outranks. It asks all higher nodes. If none answers in time, it
//! leads and says so. If one answers, the matter is out of its hands: each node that said `OK` holds an
//! election of its own, up to the highest, and that one announces itself. If the announcement does not
//! come, the node asks again.
//!
//! A node that comes back takes over from a lower leader that did its work well. Hence the name.
//!
//! The failure detector, which the course's text presupposes and does not print, is a **heartbeat**: the
//! leader sends one to everybody at a fixed interval, and a follower that misses it for a timeout, drawn
//! anew each time, suspects the leader. The parameter `detector` puts another one in its place: one that
//! expects the next heartbeat from the last ones, or phi accrual. Bully asks nothing of a detector but that
//! silence ends in a suspicion, so any of them will do; they differ in how soon, and in how often wrongly.
//!
//! **Epochs** number the rounds, and every message carries its sender's. All elections that follow from
//! one suspicion share an epoch, and a node holds at most one in each: that is what keeps the cost down.
//! If the node `i` notices that the leader `n` is dead, and `h` is the highest that is up, then
//!
//! | message | how many | n = 5, n1 notices | n = 5, n4 notices |
//! |---|---|---|---|
//! | `ELECTION` | Σ (n − j) for j = i … h | 10 | 1 |
//! | `OK` | (h − i)(h − i + 1) / 2 | 6 | 0 |
//! | `COORDINATOR` | h − 1 | 3 | 3 |
//!
//! # What it assumes, and what happens when that fails
//!
//! * **A synchronous network**: whoever is up answers before the timeout. If an `OK` is late, a live node
//!   is passed over, and two lead (the scenario `answers-come-too-late`).
//! * **A network that does not fall apart.** On each side of a partition somebody is the highest. Bully
//!   never asks how many can hear it, so **it elects a leader on each side** (`two-bosses`), and no
//!   choice of timeouts helps. That is why `one-leader` is a goal here and not an invariant.
//! * **Reliable links.** A lost message costs a timeout. A link that is cut one way costs an election
//!   again and again (`one-way-cut`).
//! * **A list of members that all share**, and nodes that do not lie about who they are. Two of this lab's
//!   faults take that away: `ask-all` and `claim`.
//!
//! # What always holds
//!
//! No node follows a lower one; none holds two elections an epoch; none follows anybody while it holds
//! one; none waits without a timer. And once the network is whole and quiet for longer than all timeouts
//! together, everybody follows the highest id that is up.
//!
//! # Where this lab departs from its sources
//!
//! * Garcia-Molina's own protocol polls (`AreYouUp`), halts the lower nodes first and has them
//!   acknowledge. This is the shorter form that textbooks and the course teach.
//! * Epochs in messages are ours. The textbook form says only "unless it has begun one already". A
//!   higher id is followed whatever its epoch: it may have slept through some.
//! * A leader that is sent an `ELECTION` does not hold one; it repeats its `COORDINATOR`. Had anybody
//!   above it come up, it would know.
//! * Two leaders that hear each other's heartbeats settle it (`meet_rival`, `outrank_rival`), so that a
//!   healed partition heals the cluster. The textbook form leaves them as they are; the mutation
//!   `deaf-to-rivals` shows that.
//! * The epoch survives a crash on disk. Everything else a node finds out again.
//! * The parameter `quorum` is not Bully. With it, followers acknowledge, and a leader acts as one only
//!   while a majority of *all* nodes, itself included, has done so lately. It shows what it takes to have
//!   no leader rather than two (BU-6). It is not the whole cure: a leader that pauses acts in good faith
//!   when it wakes up, and only a fencing token, checked by the resource that it uses, stops it.
//!
//! # The leader's job
//!
//! The parameter `job` gives the leader something to do (see `labs/jobs`): be the primary of a database,
//! keep a lock, hand out tasks, publish a configuration. What it decides it keeps in memory and sends to
//! the others as copies that nobody waits for (`office.rs`). So it is quick, and forgets: two leaders
//! decide apart from each other. Raft has the same jobs with a log, for comparison. As printed, the
//! leader has no job.
//!
//! # The variants
//!
//! `corrected` is `node.rs`, and the mutations break one decision in it each. `as-printed` is `printed.rs`:
//! the course's Python, whose blocking calls make it another state machine; its flaws are numbered BU-1
//! to BU-9 in `rules.txt`. It says there which stubs stand for what the print leaves undefined.

mod config;
mod message;
mod node;
mod office;
mod part;
mod printed;
mod quorum;
mod rules;
mod spec;
#[cfg(test)]
mod tests;
mod variants;
mod view;

use crate::labs::{Claim, Lab, Run, Running, Scenario, Setup};
use crate::sim::{Protocol, Roster, World};

use config::Config;
use part::Part;
use printed::Printed;
use spec::BullySpec;

/// The Bully lab.
pub static LAB: Lab = Lab {
    id: "bully",
    title: "Bully",
    summary: "The highest id wins, whoever asks; and a cut makes two bosses.",
    params: config::PARAMS,
    variants: variants::VARIANTS,
    rules: concat!(include_str!("rules.txt"), include_str!("../jobs/rules.txt")),
    invariants: spec::INVARIANTS,
    goals: spec::GOALS,
    recovers_to: "agreed",
    selectors: spec::SELECTORS,
    commands: &[Claim { name: "election", means: "Hold an election now." }],
    faults: &[
        Claim {
            name: "send-error",
            means: "The next message that the node sends is refused by its own operating system.",
        },
        Claim {
            name: "claim",
            means: "Somebody promotes the node by hand: it announces itself to all, elected or not.",
        },
        Claim {
            name: "ask-all",
            means: "The node's list of members is wrong: from now on it takes all others for higher.",
        },
    ],
    scenarios: SCENARIOS,
    start,
};

static SCENARIOS: &[Scenario] = &[
    Scenario {
        id: "lowest-notices",
        title: "The top node dies, and the lowest notices",
        shows: "Everybody between n1 and the top holds an election: 19 messages for one leader.",
        script: include_str!("scenarios/lowest-notices.txt"),
    },
    Scenario {
        id: "next-in-line-notices",
        title: "The top node dies, and the next in line notices",
        shows: "The same crash, the same leader, and 4 messages: the cost depends on who asks first.",
        script: include_str!("scenarios/next-in-line-notices.txt"),
    },
    Scenario {
        id: "flapping-top-node",
        title: "A top node that comes and goes",
        shows: "n5 takes over each time that it comes back, although n4 did its work well, and leaves the others alone each time that it fails.",
        script: include_str!("scenarios/flapping-top-node.txt"),
    },
    Scenario {
        id: "two-bosses",
        title: "A partition makes two bosses",
        shows: "Each side elects its highest node. Nothing in Bully tells the smaller side that it is one.",
        script: include_str!("scenarios/two-bosses.txt"),
    },
    Scenario {
        id: "one-boss-by-quorum",
        title: "The same partition, with a quorum",
        shows: "A leader that no majority acknowledges does not act as one, so the smaller side has none.",
        script: include_str!("scenarios/one-boss-by-quorum.txt"),
    },
    Scenario {
        id: "one-way-cut",
        title: "A one-way cut",
        shows: "n1 cannot hear the leader, though all others can. It calls for elections again and again, and drags everybody along.",
        script: include_str!("scenarios/one-way-cut.txt"),
    },
    Scenario {
        id: "lost-coordinator",
        title: "The COORDINATOR is lost",
        shows: "n1 has heard OK and waits for a leader that has long been elected. It gives up, and asks in a new epoch.",
        script: include_str!("scenarios/lost-coordinator.txt"),
    },
    Scenario {
        id: "paused-leader",
        title: "The leader only paused",
        shows: "Silence looks like a crash. The others elect n4, and then n5 wakes up and still leads.",
        script: include_str!("scenarios/paused-leader.txt"),
    },
    Scenario {
        id: "answers-come-too-late",
        title: "OK comes too late",
        shows: "The leader is up and answers, but slower than the timeout allows: n2 takes it for dead and leads as well.",
        script: include_str!("scenarios/answers-come-too-late.txt"),
    },
    Scenario {
        id: "promoted-by-hand",
        title: "Promoted by hand",
        shows: "n2 announces itself without an election. Nobody above it follows.",
        script: include_str!("scenarios/promoted-by-hand.txt"),
    },
    Scenario {
        id: "old-news",
        title: "Old news",
        shows: "A COORDINATOR and an OK arrive long after their election. Epochs tell old from new.",
        script: include_str!("scenarios/old-news.txt"),
    },
    Scenario {
        id: "job-two-primaries",
        title: "Job: two primaries of one database",
        shows: "Both sides of a partition take writes. When it heals, all that the lower leader accepted is lost.",
        script: include_str!("scenarios/job-two-primaries.txt"),
    },
    Scenario {
        id: "job-paused-holder",
        title: "Job: a paused holder of the lock",
        shows: "Between its look at the clock and its write, w1 is paused for longer than its lease. It writes when the lock is another's.",
        script: include_str!("scenarios/job-paused-holder.txt"),
    },
    Scenario {
        id: "job-fencing-token",
        title: "Job: a fencing token",
        shows: "The same pause. The storage has seen a greater token, so it refuses the late write, without a clock.",
        script: include_str!("scenarios/job-fencing-token.txt"),
    },
    Scenario {
        id: "job-work-twice",
        title: "Job: work done twice",
        shows: "A worker that is only slow looks like one that died. Its task is given to another, and both do it.",
        script: include_str!("scenarios/job-work-twice.txt"),
    },
    Scenario {
        id: "job-idempotent-work",
        title: "Job: idempotent work, and its limit",
        shows: "A storage that knows tasks by number does each once. Two leaders give one number to two tasks, and one of them is never done.",
        script: include_str!("scenarios/job-idempotent-work.txt"),
    },
    Scenario {
        id: "job-stale-reader",
        title: "Job: a configuration that goes back",
        shows: "A reader turns to a member that was cut off, and goes back to an older version.",
        script: include_str!("scenarios/job-stale-reader.txt"),
    },
    Scenario {
        id: "job-monotonic-reader",
        title: "Job: readers that never go back",
        shows: "The reader remembers the newest version that it has seen, refuses an older one and asks another member.",
        script: include_str!("scenarios/job-monotonic-reader.txt"),
    },
    Scenario {
        id: "printed-stuck",
        title: "As printed: stuck for ever",
        shows: "One lost message, and the course's n1 never takes part in an election again.",
        script: include_str!("scenarios/printed-stuck.txt"),
    },
];

fn start(setup: &Setup) -> Result<Box<dyn Run>, String> {
    for (least, greatest) in
        [("timeout_ms_min", "timeout_ms_max"), ("latency_ms_min", "latency_ms_max")]
    {
        if setup.param(least) > setup.param(greatest) {
            return Err(format!("{least} is greater than {greatest}"));
        }
    }
    if setup.variant().name == variants::AS_PRINTED {
        if setup.param("job") > 0 {
            return Err("as printed, a leader has no job: choose job=none".to_string());
        }
        return Ok(Box::new(printed(setup)));
    }
    Ok(Box::new(corrected(setup)))
}

/// A cluster of corrected nodes, or of mutated ones.
fn corrected(setup: &Setup) -> Running<Part, BullySpec> {
    Running::new(world(setup))
}

/// A cluster of nodes as the course prints them.
fn printed(setup: &Setup) -> Running<Printed, BullySpec> {
    Running::new(world(setup))
}

fn world<P: Protocol<Config = Config>>(setup: &Setup) -> World<P> {
    let config = Config::new(setup);
    let mut kinds = vec![('n', setup.param("nodes") as u8)];
    kinds.extend(config.jobs.nodes(setup));
    let link = config.link();
    World::new(setup.seed, Roster::new(&kinds), config, link)
}
