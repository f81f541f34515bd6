//! What the lab claims, in words: invariants, goals, and the words that stand for a server.

use crate::labs::{Claim, jobs};

use super::spec;

/// What always holds in the corrected variant, unless a disk is lost.
pub static INVARIANTS: &[Claim] = &[
    Claim {
        name: spec::ONE_LEADER,
        means: "At most one leader is elected in a term, over the whole history (Election Safety).",
    },
    Claim {
        name: spec::APPEND_ONLY,
        means: "A leader never changes or deletes entries of its own log; it only appends (Leader Append-Only).",
    },
    Claim {
        name: spec::LOG_MATCHING,
        means: "If two logs have an entry with the same index and term, they are the same up to there (Log Matching).",
    },
    Claim {
        name: spec::LEADER_COMPLETENESS,
        means: "What was committed in a term is in the log of every leader of a later term (Leader Completeness).",
    },
    Claim {
        name: spec::STATE_MACHINE_SAFETY,
        means: "No two servers apply different entries at the same index (State Machine Safety).",
    },
    Claim {
        name: spec::NEVER_BACK,
        means: "A server's term never goes back, nor does its commit index while it is up.",
    },
    Claim {
        name: spec::APPLIED_STAYS,
        means: "An entry that a server has applied stays in its log as it is.",
    },
    Claim {
        name: spec::ON_A_MAJORITY,
        means: "A committed entry is on the disks of a majority of all servers.",
    },
    Claim {
        name: spec::OWN_TERM,
        means: "A leader commits by counting only with an entry of its own term (Raft §5.4.2).",
    },
    Claim {
        name: spec::ROLE_CHANGES,
        means: "Roles change only as in Figure 4: a candidate gives way to a leader or a higher term only, a leader only to a higher term.",
    },
    Claim {
        name: spec::SNAPSHOT,
        means: "A snapshot is the state after the committed entries that it replaces, sessions included (snapshots=on).",
    },
    Claim {
        name: spec::ONE_LEASE,
        means: "No two servers hold a lease at the same time, as long as clocks drift no more than allowed for (reads=lease).",
    },
    Claim {
        name: spec::LEASE_FRESH,
        means: "A read that is answered by a lease sees everything that was committed, anywhere (reads=lease).",
    },
    Claim {
        name: spec::EXACTLY_ONCE,
        means: "A client's request takes effect once, however often it was sent.",
    },
    Claim {
        name: spec::LINEARIZABLE,
        means: "One order of the clients' requests, each at an instant while it was under way, explains every answer.",
    },
    jobs::FENCED,
];

/// What may hold or not at a moment.
pub static GOALS: &[Claim] = &[
    Claim { name: "agreed", means: "A live majority of all servers follows one live leader." },
    Claim { name: "one-leader", means: "Exactly one live server takes itself for the leader." },
    Claim { name: "no-leader", means: "No live server takes itself for the leader." },
    Claim {
        name: "two-believe",
        means: "Two live servers or more take themselves for the leader.",
    },
    Claim {
        name: "split-vote",
        means: "Two live candidates or more ask for votes in the highest term, which has no leader.",
    },
    Claim { name: "same-term", means: "All live servers are in the same term." },
    Claim {
        name: "patient",
        means: "In the last second no server began two elections within the shortest timeout.",
    },
    Claim { name: "first-leader", means: "The first leader of the run still leads its term." },
    Claim { name: "same-logs", means: "All live servers of the cluster have the same log." },
    Claim {
        name: "all-committed",
        means: "All live servers of the cluster have the same log, and know every entry to be committed.",
    },
    Claim { name: "nobody-waits", means: "No live client waits for an answer." },
    jobs::WRITES_KEPT,
    jobs::IN_ORDER,
    jobs::DONE_ONCE,
    jobs::CONFIG_FORWARD,
];

/// Words that stand for a server.
pub static SELECTORS: &[Claim] = &[
    Claim { name: "leader", means: "The live leader with the highest term." },
    Claim {
        name: "old-leader",
        means: "The live server that takes itself for the leader in the lowest term, when another leads a later one.",
    },
    Claim { name: "follower", means: "The first live follower." },
    Claim { name: "other-follower", means: "The second live follower." },
    Claim { name: "candidate", means: "The live candidate with the highest term." },
    Claim { name: "lowest-live", means: "The live server with the lowest number." },
    Claim { name: "highest-live", means: "The live server with the highest number." },
    Claim { name: "behind", means: "The live server with the shortest log, the first of these." },
];
