//! Raft (Ongaro & Ousterhout 2014).

mod client;
mod config;
mod election;
mod figure4;
mod goals;
mod kv;
mod log;
mod message;
mod node;
mod printed;
mod replication;
mod rules;
mod service;
mod spec;
mod variants;
mod view;

use crate::labs::{Claim, Lab, Param, Run, Running, Setup, VariantKind, check_live_param};
use crate::sim::protocol::Roster;
use crate::sim::{Latency, LinkSettings, Span, World};

use config::Config;
use node::Part;
use spec::RaftSpec;

/// The Raft lab.
pub static LAB: Lab = Lab {
    id: "raft",
    title: "Raft",
    summary: "A majority in a newer term rules; the old leader may still believe, yet cannot commit.",
    params: PARAMS,
    variants: variants::VARIANTS,
    rules: concat!(include_str!("rules.txt"), include_str!("printed/rules.txt")),
    invariants: INVARIANTS,
    goals: goals::GOALS,
    recovers_to: "agreed",
    selectors: goals::SELECTORS,
    commands: &[
        Claim { name: "put KEY VALUE", means: "Write a number under a name: `put x 1`." },
        Claim { name: "get KEY", means: "Read it: `get x`." },
    ],
    faults: &[],
    scenarios: &[],
    start,
};

const PARAMS: &[Param] = &[
    Param {
        name: "nodes",
        label: "Servers",
        unit: "",
        range: (3, 9),
        default: 5,
        live: false,
        meaning: "How many servers keep the log. More than half of them are a majority.",
    },
    Param {
        name: "clients",
        label: "Clients",
        unit: "",
        range: (0, 4),
        default: 2,
        live: false,
        meaning: "How many clients use the store.",
    },
    Param {
        name: "election_ms_min",
        label: "Shortest election timeout",
        unit: "ms",
        range: (2, 60_000),
        default: 150,
        live: true,
        meaning: "A follower that hears nothing for at least so long starts an election.",
    },
    Param {
        name: "election_ms_max",
        label: "Longest election timeout",
        unit: "ms",
        range: (2, 60_000),
        default: 300,
        live: true,
        meaning: "It waits at most so long. Each wait is drawn between the two.",
    },
    Param {
        name: "heartbeat_ms",
        label: "Heartbeat interval",
        unit: "ms",
        range: (1, 10_000),
        default: 50,
        live: true,
        meaning: "How often a leader shows that it is there.",
    },
    Param {
        name: "latency_ms_min",
        label: "Shortest latency",
        unit: "ms",
        range: (0, 10_000),
        default: 5,
        live: false,
        meaning: "A message takes at least so long.",
    },
    Param {
        name: "latency_ms_max",
        label: "Longest latency",
        unit: "ms",
        range: (0, 10_000),
        default: 15,
        live: false,
        meaning: "A message takes at most so long.",
    },
    Param {
        name: "batch_max",
        label: "Entries in a message",
        unit: "",
        range: (1, 64),
        default: 64,
        live: true,
        meaning: "A leader sends at most so many entries in one message.",
    },
    Param {
        name: "load",
        label: "Clients ask by themselves",
        unit: "",
        range: (0, 1),
        default: 1,
        live: false,
        meaning: "1: clients read and write by themselves. 0: they ask only what they are told to.",
    },
    Param {
        name: "think_ms",
        label: "Thinking time",
        unit: "ms",
        range: (0, 60_000),
        default: 500,
        live: true,
        meaning: "How long a client thinks between two requests, on average.",
    },
    Param {
        name: "reads_percent",
        label: "Share of reads",
        unit: "%",
        range: (0, 100),
        default: 50,
        live: true,
        meaning: "How many of the requests that clients make by themselves are reads.",
    },
    Param {
        name: "client_timeout_ms",
        label: "Client's patience",
        unit: "ms",
        range: (1, 60_000),
        default: 300,
        live: true,
        meaning: "A client that has no answer after so long asks another server.",
    },
    Param {
        name: "rpc_timeout_ms",
        label: "Time limit of a call",
        unit: "ms",
        range: (1, 60_000),
        default: 1_000,
        live: true,
        meaning: "A server as the course prints it waits so long for the answer to one call, and does nothing else.",
    },
];

const INVARIANTS: &[Claim] = &[
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
        name: spec::EXACTLY_ONCE,
        means: "A client's request takes effect once, however often it was sent.",
    },
    Claim {
        name: spec::LINEARIZABLE,
        means: "One order of the clients' requests, each at an instant while it was under way, explains every answer.",
    },
];

fn start(setup: &Setup) -> Result<Box<dyn Run>, String> {
    let ms = |name| Span::from_ms(setup.param(name));
    let ordered = |least: &str, greatest: &str| {
        if setup.param(least) > setup.param(greatest) {
            return Err(format!("{least} is greater than {greatest}"));
        }
        Ok(())
    };
    ordered("election_ms_min", "election_ms_max")?;
    ordered("latency_ms_min", "latency_ms_max")?;
    let config = Config {
        flaw: variants::flaw(setup.variant().name),
        as_printed: setup.variant().kind == VariantKind::AsPrinted,
        election_min: ms("election_ms_min"),
        election_max: ms("election_ms_max"),
        heartbeat: ms("heartbeat_ms"),
        batch_max: setup.param("batch_max"),
        load: setup.param("load") == 1,
        think: ms("think_ms"),
        reads_percent: setup.param("reads_percent"),
        client_timeout: ms("client_timeout_ms"),
        rpc_timeout: ms("rpc_timeout_ms"),
    };
    let (nodes, clients) = (setup.param("nodes") as u8, setup.param("clients") as u8);
    let roster = Roster::new(&[('n', nodes), ('c', clients)]);
    let latency = Latency::Uniform { min: ms("latency_ms_min"), max: ms("latency_ms_max") };
    let world = World::new(setup.seed, roster, config, LinkSettings::reliable(latency));
    Ok(Box::new(Running::<Part, RaftSpec>::new(world)))
}

/// Changes a parameter of a run.
fn set_param(config: &mut Config, name: &str, value: u64) -> Result<(), String> {
    check_live_param(&LAB, name, value)?;
    let ms = Span::from_ms(value);
    match name {
        "election_ms_min" => config.election_min = ms,
        "election_ms_max" => config.election_max = ms,
        "heartbeat_ms" => config.heartbeat = ms,
        "batch_max" => config.batch_max = value,
        "think_ms" => config.think = ms,
        "reads_percent" => config.reads_percent = value,
        "client_timeout_ms" => config.client_timeout = ms,
        "rpc_timeout_ms" => config.rpc_timeout = ms,
        _ => return Err(format!("`{name}` can only be chosen at the start")),
    }
    Ok(())
}
