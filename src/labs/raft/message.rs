//! What the nodes say to each other: the two RPCs of Raft (Figure 2), and the clients' requests.
//!
//! The sender of a message is known from the network, so the paper's `candidateId` and `leaderId` are
//! not in it. An RPC's answer travels as a message of its own and may be late, lost or doubled; so it
//! says by itself what it is about.

use std::fmt;

use crate::labs::jobs::{JobMsg, JobTimer};
use crate::sim::{Message, NodeId, Time};

use super::kv::{Answer, Command, Item};
use super::log::{Entries, Index, Position, Term};
use super::membership::Membership;
use super::node::Timer;
use super::printed::Rpc;

#[derive(Clone, Debug, PartialEq, Hash)]
pub enum Msg {
    RequestVote(RequestVote),
    RequestVoteReply(RequestVoteReply),
    PreVote(PreVote),
    PreVoteReply(PreVoteReply),
    AppendEntries(AppendEntries),
    AppendEntriesReply(AppendEntriesReply),
    InstallSnapshot(InstallSnapshot),
    InstallSnapshotReply(InstallSnapshotReply),
    /// The leader of this term wants the receiver to stand for election at once (dissertation §3.10).
    TimeoutNow(Term),
    ClientRequest(ClientRequest),
    ClientReply(ClientReply),
    /// A call between servers as the course prints them, or the answer to one.
    Printed(Rpc),
    /// About the leader's job.
    Job(JobMsg),
}

/// A candidate asks for a vote (Figure 2, RequestVote RPC).
#[derive(Clone, Copy, Debug, PartialEq, Hash)]
pub struct RequestVote {
    /// The candidate's term.
    pub term: Term,
    /// The last entry of the candidate's log.
    pub last: Position,
    /// Whether the leader itself wants this election (dissertation §3.10, §4.2.3).
    pub ordered: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Hash)]
pub struct RequestVoteReply {
    /// The voter's term, for the candidate to update itself.
    pub term: Term,
    /// Whether the candidate got the vote.
    pub granted: bool,
}

/// A server asks whether it would get a vote, if it stood for election (dissertation §9.6).
#[derive(Clone, Copy, Debug, PartialEq, Hash)]
pub struct PreVote {
    /// The term in which it would stand. Nobody is in it by that.
    pub next: Term,
    /// The last entry of its log.
    pub last: Position,
}

#[derive(Clone, Copy, Debug, PartialEq, Hash)]
pub struct PreVoteReply {
    /// The term that the answering server is in.
    pub term: Term,
    /// The term that it was asked about.
    pub next: Term,
    /// Whether it would vote so. It promises nothing.
    pub granted: bool,
}

/// A leader replicates entries; without any it is a heartbeat (Figure 2, AppendEntries RPC).
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct AppendEntries {
    /// The leader's term.
    pub term: Term,
    /// The entry just before the new ones.
    pub prev: Position,
    /// The entries that follow it; none in a heartbeat.
    pub entries: Entries,
    /// How far the leader knows its log to be committed.
    pub commit: Index,
    /// The leader's own clock when it began this round; the answer brings it back. Not in the paper.
    pub stamp: Time,
}

#[derive(Clone, Copy, Debug, PartialEq, Hash)]
pub struct AppendEntriesReply {
    /// The follower's term, for the leader to update itself.
    pub term: Term,
    /// What became of it.
    pub outcome: Appended,
    /// The stamp of the message that is answered.
    pub stamp: Time,
}

/// What became of an AppendEntries. The paper has a yes or no here and takes from the pending call
/// what it was about.
#[derive(Clone, Copy, Debug, PartialEq, Hash)]
pub enum Appended {
    /// The follower's log equals the leader's up to here.
    Matches(Index),
    /// The follower lacks the entry before the new ones, or has another in its place.
    Conflict(Conflict),
    /// The leader's term is over.
    Stale,
}

/// Where a follower's log departs from the leader's, so that the leader can go back by whole terms
/// rather than by single entries (Raft §5.3, last paragraphs).
#[derive(Clone, Copy, Debug, PartialEq, Hash)]
pub struct Conflict {
    /// The place that was asked about.
    pub prev: Index,
    /// The term of the entry that stands there instead; none if the log ends before.
    pub term: Option<Term>,
    /// The first entry of that term; or the place after the log's end.
    pub first: Index,
}

/// A leader sends a piece of its snapshot to a follower that lacks entries which are gone (Figure 13).
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct InstallSnapshot {
    /// The leader's term.
    pub term: Term,
    /// The last entry that the snapshot replaces.
    pub last: Position,
    /// The fingerprint of the log up to there, by which the spec compares logs; nobody decides by it.
    pub fingerprint: u64,
    /// The cluster as of that entry.
    pub members: Membership,
    /// How many pieces come before these.
    pub offset: u32,
    /// How many there are in all: the last chunk is the one that ends with it (`done` in the paper).
    pub total: u32,
    /// The pieces; the paper has bytes.
    pub data: Vec<Item>,
    /// The leader's own clock when it began this round; the answer brings it back.
    pub stamp: Time,
}

#[derive(Clone, Copy, Debug, PartialEq, Hash)]
pub struct InstallSnapshotReply {
    /// The follower's term, for the leader to update itself.
    pub term: Term,
    /// The last entry of the snapshot that it is about.
    pub last: Index,
    /// How much of it the follower has.
    pub received: Received,
    /// The stamp of the chunk that is answered.
    pub stamp: Time,
}

/// How much of a snapshot a follower has.
#[derive(Clone, Copy, Debug, PartialEq, Hash)]
pub enum Received {
    /// So many pieces from the beginning on.
    Pieces(u32),
    /// All of it, or everything that it stands for.
    All,
}

/// A client asks something of the server that it takes for the leader.
#[derive(Clone, Copy, Debug, PartialEq, Hash)]
pub struct ClientRequest {
    /// The client's own count of its requests; the same in each repetition (Raft §8).
    pub number: u32,
    /// What is asked.
    pub command: Command,
}

#[derive(Clone, Copy, Debug, PartialEq, Hash)]
pub struct ClientReply {
    /// The request that it answers.
    pub number: u32,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a client's request.
#[derive(Clone, Copy, Debug, PartialEq, Hash)]
pub enum Outcome {
    /// It took effect, and this is what it gave.
    Done(Answer),
    /// The server does not lead; it knows of this leader, if of any.
    NotLeader(Option<NodeId>),
    /// The session has gone on to later requests: the newest was this.
    Outdated(u32),
}

impl Msg {
    /// The sender's term, which every message between servers carries; but for PreVote, which must
    /// change nobody's.
    pub fn term(&self) -> Option<Term> {
        match self {
            Msg::RequestVote(request) => Some(request.term),
            Msg::RequestVoteReply(reply) => Some(reply.term),
            Msg::AppendEntries(request) => Some(request.term),
            Msg::AppendEntriesReply(reply) => Some(reply.term),
            Msg::PreVoteReply(reply) => Some(reply.term),
            Msg::InstallSnapshot(chunk) => Some(chunk.term),
            Msg::InstallSnapshotReply(reply) => Some(reply.term),
            Msg::TimeoutNow(term) => Some(*term),
            Msg::Printed(rpc) => Some(rpc.term()),
            Msg::PreVote(_) | Msg::ClientRequest(_) | Msg::ClientReply(_) | Msg::Job(_) => None,
        }
    }

    /// What it says about the leader's job. Panics if it is about something else, which nobody sends to
    /// those who only have to do with that.
    pub fn of_job(self) -> JobMsg {
        match self {
            Msg::Job(job) => job,
            other => panic!("{} is not about a job", other.kind()),
        }
    }
}

impl From<JobMsg> for Msg {
    fn from(job: JobMsg) -> Msg {
        Msg::Job(job)
    }
}

impl From<JobTimer> for Timer {
    fn from(timer: JobTimer) -> Timer {
        Timer::Job(timer)
    }
}

impl Message for Msg {
    fn kind(&self) -> &'static str {
        match self {
            Msg::RequestVote(_) => "RequestVote",
            Msg::RequestVoteReply(_) => "RequestVoteReply",
            Msg::PreVote(_) => "PreVote",
            Msg::PreVoteReply(_) => "PreVoteReply",
            Msg::AppendEntries(request) if request.entries.is_empty() => "Heartbeat",
            Msg::AppendEntries(_) => "AppendEntries",
            Msg::AppendEntriesReply(_) => "AppendEntriesReply",
            Msg::InstallSnapshot(_) => "InstallSnapshot",
            Msg::InstallSnapshotReply(_) => "InstallSnapshotReply",
            Msg::TimeoutNow(_) => "TimeoutNow",
            Msg::ClientRequest(_) => "ClientRequest",
            Msg::ClientReply(_) => "ClientReply",
            Msg::Printed(rpc) => rpc.kind(),
            Msg::Job(job) => job.kind(),
        }
    }

    fn part(&self) -> Option<(u32, u32)> {
        let Msg::InstallSnapshot(chunk) = self else { return None };
        Some((chunk.offset + chunk.data.len() as u32, chunk.total))
    }
}

impl fmt::Display for Msg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Msg::RequestVote(RequestVote { term, last, ordered }) => {
                let why = if *ordered { ", the leader wants it" } else { "" };
                write!(f, "term {term}, my log ends with {last}{why}")
            }
            Msg::InstallSnapshot(chunk) => write!(f, "{chunk}"),
            Msg::InstallSnapshotReply(InstallSnapshotReply { term, last, received, .. }) => {
                match received {
                    Received::All => write!(f, "term {term}, has all up to entry {last}"),
                    Received::Pieces(count) => {
                        write!(f, "term {term}, {count} pieces of the snapshot up to {last}")
                    }
                }
            }
            Msg::TimeoutNow(term) => write!(f, "term {term}, stand for election now"),
            Msg::RequestVoteReply(RequestVoteReply { term, granted: true }) => {
                write!(f, "term {term}, granted")
            }
            Msg::RequestVoteReply(RequestVoteReply { term, granted: false }) => {
                write!(f, "term {term}, refused")
            }
            Msg::PreVote(PreVote { next, last }) => {
                write!(f, "would I get your vote in term {next}? my log ends with {last}")
            }
            Msg::PreVoteReply(PreVoteReply { term, next, granted }) => {
                let would = if *granted { "would" } else { "would not" };
                write!(f, "term {term}, {would} vote so in term {next}")
            }
            Msg::AppendEntries(request) => write!(f, "{request}"),
            Msg::AppendEntriesReply(AppendEntriesReply { term, outcome, .. }) => {
                write!(f, "term {term}, {outcome}")
            }
            Msg::ClientRequest(ClientRequest { number, command }) => {
                write!(f, "#{number} {command}")
            }
            Msg::ClientReply(ClientReply { number, outcome }) => write!(f, "#{number} {outcome}"),
            Msg::Printed(rpc) => write!(f, "{rpc}"),
            Msg::Job(job) => write!(f, "{job}"),
        }
    }
}

impl fmt::Display for AppendEntries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AppendEntries { term, prev, entries, commit, .. } = self;
        write!(f, "term {term}, after {prev}: ")?;
        if entries.is_empty() {
            f.write_str("nothing new")?;
        }
        // A line has room for a few entries; the rest is counted.
        for (place, (index, entry)) in entries.iter().take(3).enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            write!(f, "{comma}{index}:{} (term {})", entry.payload, entry.term)?;
        }
        if entries.len() > 3 {
            write!(f, " and {} more", entries.len() - 3)?;
        }
        write!(f, "; committed up to {commit}")
    }
}

impl fmt::Display for Appended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Appended::Matches(index) => write!(f, "matches up to {index}"),
            Appended::Conflict(Conflict { prev, term: None, first }) => {
                write!(f, "no entry {prev}: the log ends before {first}")
            }
            Appended::Conflict(Conflict { prev, term: Some(term), first }) => {
                write!(f, "another entry {prev}: of term {term}, which begins at {first}")
            }
            Appended::Stale => f.write_str("your term is over"),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Done(answer) => write!(f, "answer: {answer}"),
            Outcome::NotLeader(Some(leader)) => write!(f, "not the leader; ask {leader}"),
            Outcome::NotLeader(None) => f.write_str("not the leader, and knows of none"),
            Outcome::Outdated(newest) => write!(f, "outdated: #{newest} is done already"),
        }
    }
}
