//! The nodes of this lab: servers, and clients that use them.
//!
//! A [`Server`] is the state of Figure 2 and nothing else. What it does is in `election.rs` (§5.1,
//! §5.2, §5.4.1), `replication.rs` (§5.3, §5.4.2) and `service.rs` (§8); here it is put together.

use std::convert::Infallible;
use std::fmt;
use std::rc::Rc;
use std::str::FromStr;

use crate::labs::detection::watch::Watch;
use crate::labs::jobs::{JobTimer, Office, Outsider, Storage};
use crate::sim::{Cx, NodeId, NodeView, Panel, Protocol, Span, Time};

use super::change::Wanted;
use super::client::Client;
use super::config::{Config, Flaw};
use super::kv::Store;
use super::log::{Index, Log, Term};
use super::membership::Membership;
use super::message::Msg;
use super::order::Ask;
use super::printed::Printed;
use super::reads::Read;
use super::rules::Rule;
use super::snapshot::{Incoming, Snapshot};
use super::transfer::Transfer;

/// A node of a Raft world: `n1` and so on are servers, `c1` and so on clients.
#[derive(Clone, Debug)]
pub enum Part {
    Server(Server),
    /// A server as the course prints it.
    Printed(Printed),
    Client(Client),
    /// One who uses the leader, where it has a job.
    Outsider(Outsider),
    /// What those write to.
    Storage(Storage),
}

/// The state of one server (Raft, Figure 2).
#[derive(Clone, Debug)]
pub struct Server {
    /// What is also on its disk, except in between changing it and saving it.
    pub disk: Durable,
    /// Up to where it knows its log to be committed. Only grows; starts again from 0 after a crash.
    pub commit: Index,
    /// Up to where the store has it. Never beyond `commit`.
    pub applied: Index,
    /// Follower, candidate or leader, with what belongs to that role alone.
    pub role: Role,
    /// Whom it takes for the leader of its term, if for anybody. A leader takes itself.
    pub leader: Option<NodeId>,
    /// The state machine, after `applied`.
    pub store: Store,
    /// Whom it has not heard of for an election timeout when it should have.
    pub suspects: Servers,
    /// The election timeout of a server that draws only once ([`Flaw::NeverRedrawn`]).
    pub fixed_timeout: Option<Span>,
    /// When it last heard of each peer; only kept for [`Flaw::MajorityOfTheLiving`].
    pub heard: Vec<(NodeId, Time)>,
    /// Who is in the cluster.
    pub members: Membership,
    /// The entry that `members` stands in; 0 if it is the first.
    pub members_index: Index,
    /// Who was in the cluster at the beginning.
    pub first_members: Membership,
    /// When it last heard of a leader of its term, by its own clock.
    pub leader_heard: Option<Time>,
    /// The rhythm of its leader; only kept for a detector that learns.
    pub watch: Watch,
    /// When it came back after a crash, by its own clock.
    pub started: Option<Time>,
    /// The snapshot that is coming in.
    pub incoming: Option<Incoming>,
    /// How many reads it has answered by its lease since it started.
    pub lease_reads: u64,
    /// What it knows of the leader's job: what its store has of it, and since when.
    pub office: Office,
}

/// What survives a crash. Cheap to copy.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Durable {
    /// The latest term that the server has seen. Only grows.
    pub term: Term,
    /// Who got its vote in this term.
    pub voted_for: Option<NodeId>,
    /// All entries, committed or not.
    pub log: Log,
    /// The state machine as of the end of what was compacted, if anything was (Raft §7).
    pub snapshot: Option<Rc<Snapshot>>,
    /// Of a client: how many requests it has made, so that no number is used twice.
    pub requests: u32,
}

/// What a server is at the moment (Raft, Figure 4).
#[derive(Clone, Debug, PartialEq)]
pub enum Role {
    Follower,
    /// Asks whether it could win an election, without a new term (dissertation §9.6).
    PreCandidate {
        /// Those that would vote for it, itself included.
        votes: Servers,
    },
    Candidate {
        /// Those that voted for it, itself included.
        votes: Servers,
        /// Those that refused.
        refusals: Servers,
    },
    Leader {
        /// One for each peer, in id order.
        followers: Vec<Progress>,
        /// What the extensions of Figure 2 keep.
        leading: Leading,
    },
}

/// What a leader keeps beyond Figure 2.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Leading {
    /// The leader's clock when its newest round of messages began; grows with each round.
    pub stamp: Time,
    /// The reads that wait for an answer.
    pub reads: Vec<Read>,
    /// Until when, by its own clock, nobody else can be elected.
    pub lease_until: Option<Time>,
    /// Whether it has told somebody to stand for election in its term, so that its lease is worth
    /// nothing any more.
    pub gave_up_lease: bool,
    /// The handing over that is under way.
    pub transfer: Option<Transfer>,
    /// The change of the cluster that waits for its newcomers.
    pub wanted: Option<Wanted>,
    /// The snapshot that followers are being sent.
    pub sending: Option<Rc<Snapshot>>,
}

/// What a leader knows of a follower's log.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// The follower.
    pub id: NodeId,
    /// The next entry to send (`nextIndex`). Always beyond `matched`.
    pub next: Index,
    /// Up to here the follower's log is known to equal the leader's (`matchIndex`). Only grows.
    pub matched: Index,
    /// The last entry that was sent: what comes after it waits for an answer or a new command.
    pub sent: Index,
    /// When it last answered, by the leader's clock; at first, when the leader was elected.
    pub heard: Time,
    /// The newest round that it has answered.
    pub answered: Time,
    /// How many pieces of a snapshot it has, while it is sent one.
    pub chunk: Option<u32>,
    /// Whether its log is not yet known to match, so that pipelining has to wait.
    pub probing: bool,
}

impl Progress {
    /// What a leader supposes of a follower when it is elected (Figure 2, "Volatile state on leaders").
    pub fn fresh(id: NodeId, last: Index, now: Time) -> Progress {
        let (matched, answered) = (Index(0), Time::ZERO);
        Progress {
            id,
            next: last.next(),
            matched,
            sent: last,
            heard: now,
            answered,
            chunk: None,
            probing: true,
        }
    }
}

/// A set of servers.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Servers(u32);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// Of a follower or candidate: without word from a leader until then, it starts an election.
    Election,
    /// Of a leader: it is time to be heard of again.
    Heartbeat,
    /// Of a client: it has thought of something to ask.
    Think,
    /// Of a client: it has waited long enough for an answer.
    Reply,
    /// Of a server as printed: it has waited long enough for a vote.
    VoteCall,
    /// Of a leader as printed: it has waited long enough for the answer to a heartbeat.
    HeartbeatCall,
    /// Of one who uses the leader.
    Job(JobTimer),
}

/// Raft has no faults that are not the world's.
#[derive(Clone, Copy, Debug)]
pub struct NoFault(Infallible);

impl Part {
    /// The state of a server, corrected or as printed.
    pub fn server(&self) -> Option<&Server> {
        match self {
            Part::Server(server) => Some(server),
            Part::Printed(printed) => Some(&printed.server),
            Part::Client(_) | Part::Outsider(_) | Part::Storage(_) => None,
        }
    }
}

impl Server {
    pub(super) fn start(durable: Durable, cx: &mut Cx<'_, Part>) -> Server {
        let range = cx.config().election_timeout();
        let fixed_timeout = cx.config().has(Flaw::NeverRedrawn).then(|| {
            let drawn = cx.pick(range.end.us() - range.start.us());
            range.start + Span(drawn)
        });
        let came_back = durable.term > Term(0);
        let mut server = Server {
            fixed_timeout,
            started: came_back.then(|| cx.now()),
            ..Server::with(durable, cx.config().voters)
        };
        server.restore(cx.now());
        server.find_members();
        cx.fire(Rule::BeginAsFollower, || {
            let Durable { term, voted_for, log, .. } = &server.disk;
            let vote = voted_for.map_or("no vote".into(), |id| format!("a vote for {id}"));
            format!("on disk: term {term}, {vote}, {} log entries", log.last_index())
        });
        if server.may_stand(cx.me()) {
            server.reset_election_timer(cx);
        }
        server
    }

    /// A follower with this on its disk that knows of nothing else.
    pub(super) fn with(disk: Durable, voters: Servers) -> Server {
        Server {
            disk,
            commit: Index(0),
            applied: Index(0),
            role: Role::Follower,
            leader: None,
            store: Store::default(),
            suspects: Servers::default(),
            fixed_timeout: None,
            heard: Vec::new(),
            members: Membership::of(voters),
            members_index: Index(0),
            first_members: Membership::of(voters),
            leader_heard: None,
            watch: Watch::default(),
            started: None,
            incoming: None,
            lease_reads: 0,
            office: Office::default(),
        }
    }

    /// `currentTerm`.
    pub fn term(&self) -> Term {
        self.disk.term
    }

    /// `log[]`.
    pub fn log(&self) -> &Log {
        &self.disk.log
    }

    /// Whether it takes itself for the leader.
    pub fn leads(&self) -> bool {
        matches!(self.role, Role::Leader { .. })
    }

    fn on_message(&mut self, from: NodeId, msg: Msg, cx: &mut Cx<'_, Part>) {
        self.hear(from, cx);
        if let Msg::RequestVote(request) = msg
            && self.withhold_vote(from, request, cx)
        {
            return;
        }
        if let Some(term) = msg.term()
            && term > self.disk.term
        {
            self.adopt_term(term, from, cx);
        }
        match msg {
            Msg::RequestVote(request) => self.on_request_vote(from, request, cx),
            Msg::RequestVoteReply(reply) => self.on_request_vote_reply(from, reply, cx),
            Msg::PreVote(request) => self.on_pre_vote(from, request, cx),
            Msg::PreVoteReply(reply) => self.on_pre_vote_reply(from, reply, cx),
            Msg::AppendEntries(request) => self.on_append_entries(from, &request, cx),
            Msg::AppendEntriesReply(reply) => self.on_append_entries_reply(from, reply, cx),
            Msg::InstallSnapshot(chunk) => self.on_install_snapshot(from, &chunk, cx),
            Msg::InstallSnapshotReply(reply) => self.on_install_snapshot_reply(from, reply, cx),
            Msg::TimeoutNow(term) => self.on_timeout_now(from, term, cx),
            Msg::ClientRequest(request) => self.on_client_request(from, request, cx),
            Msg::Job(job) => self.on_job(from, job, cx),
            Msg::ClientReply(_) | Msg::Printed(_) => {
                panic!("{from} takes {} for another kind of node", cx.me())
            }
        }
    }

    fn on_timer(&mut self, timer: Timer, cx: &mut Cx<'_, Part>) {
        match timer {
            Timer::Election => self.on_election_timeout(cx),
            Timer::Heartbeat => self.on_heartbeat_due(cx),
            Timer::Think
            | Timer::Reply
            | Timer::VoteCall
            | Timer::HeartbeatCall
            | Timer::Job(_) => {
                panic!("{} has a timer of another kind of node", cx.me())
            }
        }
    }

    /// Writes term, vote and log to disk, before any message of this step leaves (Figure 2,
    /// "updated on stable storage before responding to RPCs").
    pub(super) fn save(&self, cx: &mut Cx<'_, Part>) {
        let mut durable = self.disk.clone();
        if cx.config().has(Flaw::VoteNotSaved) {
            durable.voted_for = None;
        }
        if cx.config().has(Flaw::LogNotSaved) {
            durable.log = Log::default();
        }
        cx.save(durable);
    }

    /// Notes that a node is there.
    fn hear(&mut self, from: NodeId, cx: &mut Cx<'_, Part>) {
        if self.suspects.remove(from) {
            cx.trust(from);
        }
        if cx.config().has(Flaw::MajorityOfTheLiving) && from.letter() == 'n' {
            self.heard.retain(|(id, _)| *id != from);
            self.heard.push((from, cx.now()));
        }
    }

    /// How many servers are a majority: of all, alive or not (Raft §5.2).
    pub(super) fn quorum(&self) -> u32 {
        self.members.majority()
    }

    /// How many servers must hold an entry before it is committed. A majority of all, too.
    pub(super) fn commit_quorum(&self, cx: &Cx<'_, Part>) -> u32 {
        if !cx.config().has(Flaw::MajorityOfTheLiving) {
            return self.quorum();
        }
        let (now, patience) = (cx.now(), cx.config().election_max);
        let living = self.heard.iter().filter(|(_, at)| now.since(*at) <= patience);
        majority(living.count() as u32 + 1)
    }
}

fn majority(servers: u32) -> u32 {
    servers / 2 + 1
}

impl Protocol for Part {
    type Config = Config;
    type Msg = Msg;
    type Timer = Timer;
    type Command = Ask;
    type Fault = NoFault;
    type Durable = Durable;
    type Rule = Rule;

    fn start(durable: Durable, cx: &mut Cx<'_, Part>) -> Part {
        match cx.me().letter() {
            'n' if cx.config().as_printed => Part::Printed(Printed::start(cx)),
            'n' => Part::Server(Server::start(durable, cx)),
            'w' => Part::Outsider(Outsider::start(cx)),
            's' => Part::Storage(Storage::default()),
            _ => Part::Client(Client::start(durable, cx)),
        }
    }

    fn on_message(&mut self, from: NodeId, msg: Msg, cx: &mut Cx<'_, Part>) {
        match self {
            Part::Server(server) => server.on_message(from, msg, cx),
            Part::Printed(printed) => printed.on_message(from, msg, cx),
            Part::Client(client) => client.on_message(from, msg, cx),
            Part::Outsider(outsider) => outsider.on_message(from, msg.of_job(), cx),
            Part::Storage(storage) => storage.on_message(from, msg.of_job(), cx),
        }
    }

    fn on_timer(&mut self, timer: Timer, cx: &mut Cx<'_, Part>) {
        match self {
            Part::Server(server) => server.on_timer(timer, cx),
            Part::Printed(printed) => printed.on_timer(timer, cx),
            Part::Client(client) => client.on_timer(timer, cx),
            Part::Outsider(outsider) => match timer {
                Timer::Job(timer) => outsider.on_timer(timer, cx),
                Timer::Election
                | Timer::Heartbeat
                | Timer::Think
                | Timer::Reply
                | Timer::VoteCall
                | Timer::HeartbeatCall => panic!("{} has the timer {timer}", cx.me()),
            },
            Part::Storage(_) => panic!("{} has the timer {timer}", cx.me()),
        }
    }

    fn on_command(&mut self, ask: Ask, cx: &mut Cx<'_, Part>) {
        match self {
            Part::Server(server) => server.on_command(ask, cx),
            Part::Printed(printed) => printed.on_command(ask, cx),
            Part::Client(client) => client.on_command(ask, cx),
            // They have their work, and nothing else is asked of them.
            Part::Outsider(_) | Part::Storage(_) => {}
        }
    }

    fn on_fault(&mut self, fault: NoFault, _: &mut Cx<'_, Part>) {
        match fault.0 {}
    }

    fn view(&self) -> NodeView {
        match self {
            Part::Server(server) => server.view(),
            Part::Printed(printed) => printed.view(),
            Part::Client(client) => client.view(),
            Part::Outsider(outsider) => outsider.view(),
            Part::Storage(storage) => storage.view(),
        }
    }

    fn panels(&self) -> Vec<Panel> {
        match self {
            Part::Server(server) => server.panels(),
            Part::Printed(printed) => printed.server.panels(),
            Part::Client(client) => client.panels(),
            Part::Outsider(_) | Part::Storage(_) => Vec::new(),
        }
    }

    fn set_param(config: &mut Config, name: &str, value: u64) -> Result<(), String> {
        super::params::set_param(config, name, value)
    }
}

impl Servers {
    /// The greatest number of servers that a set can hold.
    pub const MAX: u32 = 31;

    /// The first `count` servers, from `n1` on.
    pub fn first(count: usize) -> Servers {
        (1..=count as u8).map(NodeId::server).collect()
    }

    /// Those that are in either set.
    pub fn or(self, other: Servers) -> Servers {
        Servers(self.0 | other.0)
    }

    /// Those that are in this set and not in the other.
    pub fn without(self, other: Servers) -> Servers {
        Servers(self.0 & !other.0)
    }

    /// The set in one number.
    pub(super) fn bits(self) -> u64 {
        u64::from(self.0)
    }

    /// Those that are in both sets.
    pub fn and(self, other: Servers) -> Servers {
        Servers(self.0 & other.0)
    }

    /// The set of one server.
    pub fn only(server: NodeId) -> Servers {
        let mut servers = Servers::default();
        servers.insert(server);
        servers
    }

    /// Adds a server; a client is in no such set and is left out.
    pub fn insert(&mut self, server: NodeId) {
        self.0 |= bit(server);
    }

    /// Whether it was there.
    pub fn remove(&mut self, server: NodeId) -> bool {
        let there = self.0 & bit(server) != 0;
        self.0 &= !bit(server);
        there
    }

    /// Whether a server is in it.
    pub fn contains(self, server: NodeId) -> bool {
        self.0 & bit(server) != 0
    }

    /// How many there are.
    pub fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The servers, in order.
    pub fn iter(self) -> impl Iterator<Item = NodeId> {
        (1..=Servers::MAX as u8).map(NodeId::server).filter(move |server| self.contains(*server))
    }
}

/// A client is in no set of servers.
fn bit(server: NodeId) -> u32 {
    if server.letter() == 'n' { 1 << server.number() } else { 0 }
}

impl FromIterator<NodeId> for Servers {
    fn from_iter<T: IntoIterator<Item = NodeId>>(servers: T) -> Servers {
        let mut set = Servers::default();
        servers.into_iter().for_each(|server| set.insert(server));
        set
    }
}

/// `n1, n3`.
impl fmt::Display for Servers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("nobody");
        }
        for (place, server) in self.iter().enumerate() {
            write!(f, "{}{server}", if place == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

impl fmt::Debug for Servers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Timer::Election => "election",
            Timer::Heartbeat => "heartbeat",
            Timer::Think => "think",
            Timer::Reply => "reply",
            Timer::VoteCall => "vote-call",
            Timer::HeartbeatCall => "heartbeat-call",
            Timer::Job(timer) => return write!(f, "{timer}"),
        })
    }
}

impl FromStr for NoFault {
    type Err = String;

    fn from_str(text: &str) -> Result<NoFault, String> {
        Err(format!(
            "raft has no fault `{text}` of its own; crash nodes, cut links, tamper with messages"
        ))
    }
}
