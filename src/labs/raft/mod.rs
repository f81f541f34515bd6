//! Raft: a majority in a newer term rules.
//!
//! # What it is for
//!
//! Several servers keep copies of one store, so that it survives the loss of some of them. The copies
//! stay equal if all carry out the same commands in the same order. So the servers have to agree on one
//! **log** of commands, while servers crash and messages get lost. Raft (Ongaro and Ousterhout, *In Search
//! of an Understandable Consensus Algorithm*, 2014) does it with one **leader**, who decides on the order,
//! and with **majorities**, who decide on the leader and on what is certain.
//!
//! # How it works
//!
//! **Terms** (§5.1) are Raft's clock: numbers that only grow. Every message carries its sender's. Whoever
//! sees a higher one adopts it and is a follower from then on; whoever gets a lower one refuses. A term
//! has one leader or none.
//!
//! **Elections** (§5.2). A follower that hears nothing of a leader for an *election timeout* begins a new
//! term, votes for itself and asks the others. A server has one vote a term. Votes of more than half of
//! *all* servers make a leader. Two majorities always have a server in common, so there cannot be two in
//! one term. If the vote is split, the next timeouts are drawn anew and somebody comes first.
//!
//! **Replication** (§5.3). The leader appends a command to its log and sends it to all others with the
//! place and term of the entry before. A follower that does not have that entry refuses; the leader goes
//! back until the logs agree, and whatever else the follower had there gives way. So two logs that have
//! one entry in common have everything before it in common.
//!
//! **Commitment** (§5.3, §5.4). An entry that is on a majority is committed: it will be in the log of
//! every later leader, because a server votes only for candidates whose log is not behind its own
//! (§5.4.1). With one exception, which took the authors a proof to find: an entry of an *earlier* term may
//! be on a majority and still be lost (Figure 8), so a leader counts copies only of entries of its own
//! term (§5.4.2). It appends a no-op when it is elected, so as to have one (§8).
//!
//! **Clients** (§8) number their requests and repeat them until they are answered. The servers remember
//! for each client the last number that took effect, and its answer, so that a repetition does nothing.
//!
//! # What always holds
//!
//! The five properties of Figure 3 (Election Safety, Leader Append-Only, Log Matching, Leader
//! Completeness, State Machine Safety) and some more are checked after each step, from outside
//! (`spec.rs`). For users it comes to this: the store is **linearizable**. All answers are as if the
//! requests had been carried out one at a time, each at some instant while its client waited.
//!
//! What does *not* always hold, and is a goal: that somebody leads, and that only one server believes it.
//! An old leader may believe for as long as it is cut off. It does no harm, since it cannot commit.
//!
//! # What it assumes, and what happens when that fails
//!
//! * **Disks keep what was saved**: term, vote and log. A server that loses its disk may vote twice in one
//!   term, and two leaders follow (the scenario `lost-disk`).
//! * **A majority can talk**, for anything to go on. Without one, Raft stands still rather than go wrong.
//! * **Timing matters for progress only**: message delay ≪ election timeout ≪ time between crashes (§5.6).
//!   No safety depends on it.
//! * **Links that work both ways.** A leader that is heard but does not hear holds everything up
//!   (`deaf-leader`), and a server that is heard but does not hear its leader brings one leader after the
//!   other down (`disruptive-server`). CheckQuorum and PreVote are the remedies; they are not in Figure 2.
//! * **Clocks do not matter**, unless leases are on: then they may drift by `drift_percent` and no more
//!   (`lease-and-clocks`).
//!
//! # Extensions
//!
//! Each is a parameter and off unless it is set, so that what Figure 2 does by itself can be seen.
//!
//! * `pre_vote` (dissertation §9.6): a server asks whether it could win before it begins a term.
//! * `check_quorum` (§6.2, §4.2.3): a leader without a majority resigns; who hears a leader does not vote.
//! * `pipeline` (§10.2.1): entries are sent without waiting for the answers to those before.
//! * `transfer` (§3.10): a leader told `transfer n2` hands over to n2 without waiting for a timeout.
//! * `snapshots` (paper §7, Figure 13): logs are compacted, and who lags behind gets the snapshot in chunks.
//! * `membership` (paper §6, dissertation §4): `add n6`, `learn n6`, `remove n1`, `voters n1 n4 n5`, one
//!   server at a time or through a joint configuration. `spares` servers begin outside.
//! * `reads` (§6.4): through the log, or from the leader's store after a majority has confirmed that it
//!   leads (ReadIndex), or from its store as long as its lease lasts.
//!
//! # The leader's job
//!
//! The parameter `job` gives the leader something to do (see `labs/jobs`): be the primary of a database,
//! keep a lock, hand out tasks, publish a configuration. What it decides becomes an entry of the log and
//! is answered when that is applied (`office.rs`), so that a new leader knows all of it. Bully has the
//! same jobs without a log, for comparison. What a log does not cure (a paused holder, a worker taken for
//! dead, a reader of a follower) is the same in both.
//!
//! # CAVEATS
//!
//! Where this lab departs from Figure 2, or chooses what it leaves open:
//!
//! * Requests and replies are messages, not blocking calls; a reply therefore says by itself what it is
//!   about (the index up to which the log matches). `leaderId` and `candidateId` are the sender's address.
//! * A refusal carries the *conflict hint* of §5.3 (the conflicting term and its first index), as in etcd,
//!   so that a leader goes back by whole terms.
//! * A candidate asks once in its term; a request that is lost is made good by the next election, as in
//!   etcd. The paper repeats it (§5.1).
//! * A leader saves an entry before it sends it; the dissertation (§10.2.1) and etcd do both at once.
//! * A leader of the past is always answered, as in the paper; by etcd only with CheckQuorum or PreVote.
//! * A new command is sent at once, from `nextIndex` on; `nextIndex` moves only when the follower has
//!   answered, so that an entry may travel twice.
//! * With `pipeline` `nextIndex` moves ahead of the answers, once a follower's log is known to match, by at
//!   most `window` entries; a refusal ends it until the next match (dissertation §10.2.1; etcd's states
//!   Replicate and Probe). etcd counts messages in its window, this lab entries.
//! * A heartbeat takes along what a follower has not acknowledged. In the paper heartbeats are empty and
//!   retries apart from them.
//! * A follower draws its timeout anew whenever it starts to wait, also after each heartbeat. The paper
//!   asks for it at each election only.
//! * *Leader watch*: with `detector` a follower's wait begins at what a failure detector says instead of at
//!   the shortest election timeout. The detector only says *from when on*: the width of the draw stays, since
//!   it is what keeps servers from standing at once (§5.2), a candidate waits by the election timeout alone,
//!   and PreVote, CheckQuorum and leases go by the shortest election timeout whatever a detector says. A
//!   wrong suspicion costs an election and never safety. AppendEntries that carry entries come at the pace
//!   of clients, so what comes within half a heartbeat interval is not taken for a beat.
//! * Followers learn of a commitment with the next message, at the latest with the next heartbeat.
//! * **Reads go through the log** unless `reads` says otherwise. That is linearizable and slow.
//! * *Stamps*: every AppendEntries carries the leader's clock, and its answer brings that back. So a late
//!   answer cannot pass for a fresh one, neither for a read nor for a lease. etcd numbers its reads, and
//!   counts a follower as active whenever anything comes from it.
//! * PreVote: the request carries no term of its own, so that it changes nobody's; etcd has it carry the
//!   next term and leaves that out when it compares. A pre-vote is also refused by who hears a leader
//!   (dissertation §9.6); etcd does so with CheckQuorum only.
//! * CheckQuorum: who hears a leader ignores RequestVote without a word, as in etcd. In etcd a server that
//!   was restarted, or saw a higher term, votes at once. Here it waits for the shortest election timeout,
//!   since it may have answered a leader whose lease still lasts. So does a candidate-to-be whose timer is
//!   fired by hand.
//! * CheckQuorum: the leader looks back over the longest election timeout, at each heartbeat; etcd looks
//!   once in each election timeout.
//! * Transfer: a leader that is handing over sends clients away without naming a server; etcd drops their
//!   requests. It still answers reads that wait. Once it has told the other to stand, its lease is worth
//!   nothing for the rest of its term, since TimeoutNow may still be on its way when the transfer is given
//!   up. The one that is told asks nobody beforehand, and is voted for by those who hear a leader.
//! * ReadIndex: one round for each read; etcd and the dissertation let one round serve several. A follower
//!   passes no reads on, and a leader that steps down forgets those that wait: their clients ask again.
//! * Leases: counted from when the round was sent (dissertation §6.4.1), and shortened by the drift that
//!   both clocks may have. etcd's lease is the time between two checks of the quorum and allows for no
//!   drift.
//! * A message that cannot be (an AppendEntries from another leader of the own term) is told and dropped.
//! * A client that gets no answer turns to the next server; in the paper to one drawn at random (§8).
//! * Sessions never expire, since there are at most four clients. A client that loses its disk goes on
//!   with the number that the servers remember; a real one would open a new session.
//! * A command that is given to a server itself (`command n1 put x 1`) has no session.
//! * Snapshots: a chunk holds pieces of the store (a key and its value, a session) instead of bytes, and says
//!   how many there are instead of `done`. The answer says how much has come, so that a lost, doubled or
//!   reordered chunk is noticed; the paper relies on each call being answered. One chunk at a time; heartbeats
//!   repeat it. etcd sends a snapshot whole.
//! * Snapshots: a server keeps no entries behind its snapshot, so a follower that lags by one entry at the
//!   wrong moment is sent all of it; etcd and others keep some.
//! * Membership: a configuration counts from when it is appended (Raft §6); in etcd from when it is applied.
//!   A server that is not in its newest configuration still stands for election while that is not known to
//!   be committed (dissertation §4.2.2), which etcd needs not.
//! * Membership: a leader first commits an entry of its own term. The single-server change as first
//!   published lacks this and is wrong (Ongaro on raft-dev, 2015; `change-too-early`).
//! * Membership: newcomers learn first, by rounds (dissertation §4.2.1); `add` then makes them voters by
//!   itself, as long as its leader leads. In etcd that is a second order. A newcomer that lacks nothing has
//!   caught up, however long its round took.
//! * Membership: the leader leaves a joint configuration as soon as it is committed; etcd can also wait for
//!   an order.
//! * Membership: a removed server is sent nothing more, not even that it was removed, so it may go on asking
//!   for votes. So `membership` needs CheckQuorum, or PreVote, which here also refuses while a leader is heard.
//!
//! # Reading order
//!
//! `node.rs` (the state of Figure 2), `election.rs`, `replication.rs`, `service.rs`, `client.rs`; then
//! `spec.rs`. The extensions: `prevote.rs`, `lease.rs`, `reads.rs`,
//! `transfer.rs`, `snapshot.rs`, `membership.rs` and `change.rs`. `log.rs` says why copies of a log cost nothing. `printed/` is the course's own sketch.

mod change;
mod claims;
mod client;
mod config;
mod election;
mod figure4;
mod goals;
mod kv;
mod lease;
mod log;
mod membership;
mod message;
mod node;
mod office;
mod order;
mod params;
mod prevote;
mod printed;
mod reads;
mod replication;
mod rules;
mod scenarios;
mod service;
mod snapshot;
mod spec;
mod transfer;
mod variants;
mod view;

use crate::labs::detection::watch::Detector;
use crate::labs::jobs::Jobs;
use crate::labs::{Claim, Lab, Run, Running, Setup, VariantKind};
use crate::sim::protocol::Roster;
use crate::sim::{Latency, LinkSettings, Span, World};

use config::{Changes, Config, Reads};
use node::{Part, Servers};
use spec::RaftSpec;

/// The Raft lab.
pub static LAB: Lab = Lab {
    id: "raft",
    title: "Raft",
    summary: "A majority in a newer term rules; the old leader may still believe, yet cannot commit.",
    params: params::PARAMS,
    variants: variants::VARIANTS,
    rules: concat!(
        include_str!("rules.txt"),
        include_str!("extensions.txt"),
        include_str!("printed/rules.txt"),
        include_str!("../jobs/rules.txt")
    ),
    invariants: claims::INVARIANTS,
    goals: claims::GOALS,
    recovers_to: "agreed",
    selectors: claims::SELECTORS,
    commands: &[
        Claim { name: "put KEY VALUE", means: "Write a number under a name: `put x 1`." },
        Claim { name: "get KEY", means: "Read it: `get x`." },
        Claim {
            name: "transfer SERVER",
            means: "Tell the leader to hand over to a server: `transfer n2` (with transfer=on).",
        },
        Claim {
            name: "add SERVER",
            means: "Tell the leader to let a server vote, after it has caught up (with membership).",
        },
        Claim {
            name: "learn SERVER",
            means: "Tell the leader to send a server the log without letting it vote (with membership).",
        },
        Claim {
            name: "remove SERVER",
            means: "Tell the leader to let a server go, itself perhaps (with membership).",
        },
        Claim {
            name: "voters SERVERS",
            means: "Tell the leader who is to vote from now on: `voters n1 n4 n5` (with membership=joint).",
        },
    ],
    faults: &[],
    scenarios: scenarios::SCENARIOS,
    start,
};

fn start(setup: &Setup) -> Result<Box<dyn Run>, String> {
    let ms = |name| Span::from_ms(setup.param(name));
    let on = |name| setup.param(name) == 1;
    let ordered = |least: &str, greatest: &str| {
        if setup.param(least) > setup.param(greatest) {
            return Err(format!("{least} is greater than {greatest}"));
        }
        Ok(())
    };
    ordered("election_ms_min", "election_ms_max")?;
    ordered("latency_ms_min", "latency_ms_max")?;
    let spares = setup.param("spares");
    let voters = setup.param("nodes").saturating_sub(spares) as usize;
    if voters == 0 {
        return Err(format!("{spares} servers outside leave nobody inside; choose more `nodes`"));
    }
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
        pre_vote: on("pre_vote"),
        check_quorum: on("check_quorum"),
        transfer: on("transfer"),
        snapshots: on("snapshots"),
        snapshot_every: setup.param("snapshot_every"),
        chunk_items: setup.param("chunk_items"),
        voters: Servers::first(voters),
        changes: Changes::ALL[setup.param("membership") as usize],
        pipeline: on("pipeline"),
        window: setup.param("window"),
        reads: Reads::ALL[setup.param("reads") as usize],
        drift_percent: setup.param("drift_percent"),
        jobs: Jobs::new(setup),
        detector: Detector::ALL[setup.param("detector") as usize],
    };
    if config.reads == Reads::Lease && !config.check_quorum {
        return Err(
            "reads=lease needs check_quorum=on: a lease holds only while followers refuse to vote"
                .into(),
        );
    }
    if config.changes != Changes::Off && !config.check_quorum && !config.pre_vote {
        return Err("membership needs check_quorum=on or pre_vote=on: a server that was removed would disturb the others for ever (dissertation §4.2.3)".into());
    }
    if config.as_printed && config.jobs.job.is_some() {
        return Err("as printed, a leader has no job: choose job=none".into());
    }
    let (nodes, clients) = (setup.param("nodes") as u8, setup.param("clients") as u8);
    let mut kinds = vec![('n', nodes), ('c', clients)];
    kinds.extend(config.jobs.nodes(setup));
    let roster = Roster::new(&kinds);
    let latency = Latency::Uniform { min: ms("latency_ms_min"), max: ms("latency_ms_max") };
    let world = World::new(setup.seed, roster, config, LinkSettings::reliable(latency));
    Ok(Box::new(Running::<Part, RaftSpec>::new(world)))
}
