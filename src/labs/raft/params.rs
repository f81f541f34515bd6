//! The numbers that a learner may choose.

use crate::labs::detection::watch::DETECTORS;
use crate::labs::jobs;
use crate::labs::{Param, SWITCH, check_live_param};
use crate::sim::Span;

use super::LAB;
use super::config::{Config, Reads};

/// Every parameter, in the order of the page.
pub static PARAMS: &[Param] = &[
    Param {
        name: "nodes",
        label: "Servers",
        unit: "",
        choices: &[],
        range: (3, 25),
        default: 5,
        live: false,
        meaning: "How many servers keep the log. More than half of them are a majority.",
    },
    Param {
        name: "clients",
        label: "Clients",
        unit: "",
        choices: &[],
        range: (0, 4),
        default: 2,
        live: false,
        meaning: "How many clients use the store.",
    },
    Param {
        name: "election_ms_min",
        label: "Shortest election timeout",
        unit: "ms",
        choices: &[],
        range: (2, 60_000),
        default: 150,
        live: true,
        meaning: "A follower that hears nothing for at least so long starts an election.",
    },
    Param {
        name: "election_ms_max",
        label: "Longest election timeout",
        unit: "ms",
        choices: &[],
        range: (2, 60_000),
        default: 300,
        live: true,
        meaning: "It waits at most so long. Each wait is drawn between the two.",
    },
    Param {
        name: "heartbeat_ms",
        label: "Heartbeat interval",
        unit: "ms",
        choices: &[],
        range: (1, 10_000),
        default: 50,
        live: true,
        meaning: "How often a leader shows that it is there.",
    },
    Param {
        name: "latency_ms_min",
        label: "Shortest latency",
        unit: "ms",
        choices: &[],
        range: (0, 10_000),
        default: 5,
        live: false,
        meaning: "A message takes at least so long.",
    },
    Param {
        name: "latency_ms_max",
        label: "Longest latency",
        unit: "ms",
        choices: &[],
        range: (0, 10_000),
        default: 15,
        live: false,
        meaning: "A message takes at most so long.",
    },
    Param {
        name: "batch_max",
        label: "Entries in a message",
        unit: "",
        choices: &[],
        range: (1, 64),
        default: 64,
        live: true,
        meaning: "A leader sends at most so many entries in one message.",
    },
    Param {
        name: "load",
        label: "Clients ask by themselves",
        unit: "",
        choices: &[],
        range: (0, 1),
        default: 1,
        live: false,
        meaning: "1: clients read and write by themselves. 0: they ask only what they are told to.",
    },
    Param {
        name: "think_ms",
        label: "Thinking time",
        unit: "ms",
        choices: &[],
        range: (0, 60_000),
        default: 500,
        live: true,
        meaning: "How long a client thinks between two requests, on average.",
    },
    Param {
        name: "reads_percent",
        label: "Share of reads",
        unit: "%",
        choices: &[],
        range: (0, 100),
        default: 50,
        live: true,
        meaning: "How many of the requests that clients make by themselves are reads.",
    },
    Param {
        name: "client_timeout_ms",
        label: "Client's patience",
        unit: "ms",
        choices: &[],
        range: (1, 60_000),
        default: 300,
        live: true,
        meaning: "A client that has no answer after so long asks another server.",
    },
    Param {
        name: "rpc_timeout_ms",
        label: "Time limit of a call",
        unit: "ms",
        choices: &[],
        range: (1, 60_000),
        default: 1_000,
        live: true,
        meaning: "A server as the course prints it waits so long for the answer to one call, and does nothing else.",
    },
    switch(
        "pre_vote",
        "PreVote",
        "A server asks whether it could win before it begins a new term (dissertation §9.6).",
    ),
    switch(
        "check_quorum",
        "CheckQuorum",
        "A leader that no majority answers resigns, and who hears a leader refuses to vote (dissertation §6.2, §4.2.3).",
    ),
    switch(
        "transfer",
        "Leadership transfer",
        "A leader that is told `transfer n2` hands over to n2 (dissertation §3.10).",
    ),
    switch(
        "pipeline",
        "Pipelining",
        "A leader sends entries without waiting for the answers to those before (dissertation §10.2.1).",
    ),
    Param {
        name: "window",
        label: "Pipelining window",
        unit: "",
        choices: &[],
        range: (1, 256),
        default: 16,
        live: true,
        meaning: "With pipelining, at most so many entries are on their way to a follower.",
    },
    Param {
        name: "membership",
        label: "Membership changes",
        unit: "",
        choices: &["off", "single", "joint"],
        range: (0, 2),
        default: 0,
        live: false,
        meaning: "single: servers come and go one at a time (dissertation §4.1). joint: any number at once, with a majority of both the old and the new cluster (Raft §6).",
    },
    Param {
        name: "spares",
        label: "Servers outside",
        unit: "",
        choices: &[],
        range: (0, 24),
        default: 0,
        live: false,
        meaning: "So many of the servers, the last ones, are not in the cluster at first.",
    },
    switch(
        "snapshots",
        "Snapshots",
        "Servers put what they have applied into a snapshot and forget those entries (Raft §7).",
    ),
    Param {
        name: "snapshot_every",
        label: "Entries between snapshots",
        unit: "",
        choices: &[],
        range: (1, 1_000),
        default: 8,
        live: true,
        meaning: "With snapshots, a server takes one when it has applied so many entries since the last.",
    },
    Param {
        name: "chunk_items",
        label: "Pieces in a chunk",
        unit: "",
        choices: &[],
        range: (1, 64),
        default: 2,
        live: true,
        meaning: "So many pieces of a snapshot (a key with its value, a client's session) travel in one message.",
    },
    Param {
        name: "reads",
        label: "Reads",
        unit: "",
        choices: &["log", "read-index", "lease"],
        range: (0, 2),
        default: 0,
        live: false,
        meaning: "log: as an entry, like a write. read-index: the leader asks a majority whether it still leads. lease: it relies on the clocks for a while (dissertation §6.4).",
    },
    Param {
        name: "drift_percent",
        label: "Clock drift allowed for",
        unit: "%",
        choices: &[],
        range: (0, 50),
        default: 20,
        live: false,
        meaning: "A lease is shortened so that it holds if clocks run at most so much too fast or too slow.",
    },
    jobs::JOB,
    jobs::WORKERS,
    jobs::LEASE,
    jobs::FENCING,
    jobs::IDEMPOTENT,
    jobs::MONOTONIC,
    Param {
        name: "detector",
        label: "Leader watch",
        unit: "",
        choices: DETECTORS,
        range: (0, 4),
        default: 0,
        live: false,
        meaning: "How a follower judges its leader's silence: by the election timeout, by the arrival that \
                  it expects from the last ones, or by phi 8. Each wait is drawn all the same.",
    },
];

/// An extension that Figure 2 does not have, so it is off unless said.
const fn switch(name: &'static str, label: &'static str, meaning: &'static str) -> Param {
    Param {
        name,
        label,
        unit: "",
        choices: SWITCH,
        range: (0, 1),
        default: 0,
        live: false,
        meaning,
    }
}

/// Changes a parameter while a run goes on.
pub(super) fn set_param(config: &mut Config, name: &str, value: u64) -> Result<(), String> {
    check_live_param(&LAB, name, value)?;
    if name == "election_ms_min" && config.reads == Reads::Lease {
        return Err(
            "a lease rests on `election_ms_min`; with reads=lease choose it at the start".into()
        );
    }
    let ms = Span::from_ms(value);
    match name {
        "election_ms_min" => config.election_min = ms,
        "election_ms_max" => config.election_max = ms,
        "heartbeat_ms" => config.heartbeat = ms,
        "batch_max" => config.batch_max = value,
        "window" => config.window = value,
        "snapshot_every" => config.snapshot_every = value,
        "chunk_items" => config.chunk_items = value,
        "think_ms" => config.think = ms,
        "reads_percent" => config.reads_percent = value,
        "client_timeout_ms" => config.client_timeout = ms,
        "rpc_timeout_ms" => config.rpc_timeout = ms,
        _ => return Err(format!("`{name}` can only be chosen at the start")),
    }
    Ok(())
}
