//! The parameters of a run, and the one decision that a mutation breaks.

use std::ops::Range;

use crate::labs::detection::phi::{Settings, Shape};
use crate::labs::detection::watch::{Detector, Patience, Watch};
use crate::labs::jobs::Jobs;
use crate::sim::Span;

use super::node::Servers;

/// What all nodes of a run have in common.
#[derive(Clone, Debug)]
pub struct Config {
    /// The decision that is broken, if one is.
    pub flaw: Option<Flaw>,
    /// Whether the servers are those that the course prints.
    pub as_printed: bool,
    /// A follower that hears nothing for so long starts an election. Drawn anew for each wait from
    /// `min..=max` (Raft §5.2).
    pub election_min: Span,
    /// The longest wait; see `election_min`.
    pub election_max: Span,
    /// How often a leader shows that it is there.
    pub heartbeat: Span,
    /// At most so many entries travel in one message; a follower that lacks more gets them in turns.
    pub batch_max: u64,
    /// Whether clients ask by themselves, or only what they are told to.
    pub load: bool,
    /// How long a client thinks between two requests, on average.
    pub think: Span,
    /// How many of 100 requests that a client makes by itself are reads.
    pub reads_percent: u64,
    /// A client that has no answer after so long asks another server.
    pub client_timeout: Span,
    /// How long a server as printed waits for the answer to one call.
    pub rpc_timeout: Span,
    /// Whether a server asks for votes beforehand (dissertation §9.6).
    pub pre_vote: bool,
    /// Whether a leader without a majority resigns, and whoever hears a leader refuses its vote
    /// (dissertation §6.2, §4.2.3).
    pub check_quorum: bool,
    /// Whether entries are sent without waiting for the answers to those before (dissertation §10.2.1).
    pub pipeline: bool,
    /// With pipelining, at most so many entries are on their way to a follower.
    pub window: u64,
    /// Whether a leader may be told to hand over (dissertation §3.10).
    pub transfer: bool,
    /// Whether logs are compacted (Raft §7).
    pub snapshots: bool,
    /// After how many applied entries a server takes a snapshot.
    pub snapshot_every: u64,
    /// How many pieces of a snapshot travel in one message.
    pub chunk_items: u64,
    /// Who is in the cluster at the beginning.
    pub voters: Servers,
    /// How the cluster may be changed.
    pub changes: Changes,
    /// How reads are answered.
    pub reads: Reads,
    /// Clocks run at most so many percent too fast or too slow; leases rely on it.
    pub drift_percent: u64,
    /// What the leader is for.
    pub jobs: Jobs,
    /// How a follower judges its leader's silence.
    pub detector: Detector,
}

/// How the cluster may be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changes {
    Off,
    /// One server at a time (dissertation §4.1).
    Single,
    /// Any number of servers, through a joint configuration (Raft §6).
    Joint,
}

impl Changes {
    /// In the order of the parameter's choices.
    pub const ALL: [Changes; 3] = [Changes::Off, Changes::Single, Changes::Joint];
}

/// How a leader answers reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// As it does writes: an entry of the log.
    Log,
    /// From its store, once a majority has said that it still leads (dissertation §6.4).
    ReadIndex,
    /// From its store, as long as nobody else can have been elected (dissertation §6.4.1).
    Lease,
}

impl Reads {
    /// In the order of the parameter's choices.
    pub const ALL: [Reads; 3] = [Reads::Log, Reads::ReadIndex, Reads::Lease];
}

/// One decision taken wrongly. Every mutation breaks a property that the paper proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// A vote is given before it is on disk, and never gets there.
    VoteNotSaved,
    /// Entries are acknowledged before they are on disk, and never get there.
    LogNotSaved,
    /// A vote is given without comparing the logs.
    NoLogCheck,
    /// A follower that has voted votes again for whoever asks next.
    TwoVotes,
    /// A vote counts whatever term it was given in.
    VotesFromThePast,
    /// A leader commits entries of earlier terms by counting copies (Figure 8).
    CountOldTerms,
    /// Entries after the new ones are deleted even if nothing conflicts.
    TruncateAlways,
    /// A follower commits up to the leader's index, even if its log is not the leader's.
    CommitBeyondMatch,
    /// The entry before the new ones is not compared.
    NoConsistencyCheck,
    /// A majority of the servers that the leader has heard of lately is enough to commit.
    MajorityOfTheLiving,
    /// A leader answers reads from its own store at once.
    StaleReads,
    /// A repeated request takes effect again.
    NoDeduplication,
    /// Each server draws its election timeout once.
    NeverRedrawn,
    /// A new leader does not append a no-op.
    NoNoOp,
    /// A server would vote for another although it hears a leader (PreVote).
    PreVoteWhileLed,
    /// A server votes for another although it hears a leader (CheckQuorum).
    VoteWhileLed,
    /// A leader that no majority answers leads on (CheckQuorum).
    NeverResigns,
    /// A leader reads before anything of its term is committed (ReadIndex).
    ReadTooEarly,
    /// A lease is counted from when the answers came, not from when they were asked for.
    LeaseFromAnswer,
    /// A leader relies on its lease although it has told somebody to stand for election.
    LeaseKeptInTransfer,
    /// A snapshot leaves out the clients' sessions.
    SnapshotWithoutSessions,
    /// A follower puts the chunks together as they come.
    ChunksInAnyOrder,
    /// The cluster is changed at once, without a joint configuration.
    ChangeAtOnce,
    /// A leader changes the cluster before anything of its term is committed.
    ChangeTooEarly,
    /// A refusal does not end pipelining.
    PipelineNeverBacksUp,
}

impl Config {
    /// Whether this is the decision that is broken.
    pub fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    /// The range that election timeouts are drawn from.
    pub fn election_timeout(&self) -> Range<Span> {
        // The two bounds can be set one after the other, so that they may cross for a while.
        self.election_min..Span(self.election_max.max(self.election_min).us() + 1)
    }

    /// The range that a follower's wait is drawn from, with what it has heard of its leader. A detector that
    /// learns says from when on; how wide the range is, which is what keeps servers from standing at once
    /// (§5.2), stays as it is.
    pub fn silence(&self, heard: &Watch) -> Range<Span> {
        let own = self.election_timeout();
        if self.detector == Detector::Timeout || heard.last().is_none() {
            return own;
        }
        let patience = heard.patience(self.detector, &self.patience());
        patience..patience + Span(own.end.us() - own.start.us())
    }

    /// What the detectors go by: heartbeats are expected at their interval, and a deviation of less than
    /// a quarter of it is not believed.
    pub fn patience(&self) -> Patience {
        Patience {
            timeout: self.election_min,
            margin: self.election_min,
            threshold: 8.0,
            phi: Settings {
                shape: Shape::Normal,
                window: 50,
                deviation_min: Span((self.heartbeat.us() / 4).max(1)),
                pause: Span::ZERO,
                estimate: self.heartbeat,
                longest: self.election_max.max(self.heartbeat),
            },
        }
    }

    /// How long a lease lasts from the start of its round, by the leader's clock: if that runs slow and
    /// a follower's fast, it is over before the follower may vote again (dissertation §6.4.1).
    pub fn lease(&self) -> Span {
        let drift = self.drift_percent;
        Span(self.election_min.us() * (100 - drift) / (100 + drift))
    }

    /// The range that thinking times are drawn from: evenly about the average.
    pub fn thinking(&self) -> Range<Span> {
        let us = self.think.us();
        Span(us / 2)..Span(us + us / 2 + 1)
    }
}
