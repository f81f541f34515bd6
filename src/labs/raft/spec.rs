//! What must hold of a run of Raft, checked after each step and apart from the nodes.
//!
//! The spec keeps what every server looked like when it last acted, every entry that was ever
//! committed, and the leader of every term. A step is compared with that, and only as far as it
//! changed something, so that an ordinary step costs a few comparisons. Its size grows with the
//! entries committed and the terms begun, as the logs do; a copy shares all of it.

use std::borrow::Cow;

use crate::sim::linearizability::{self as history, Act, OpId};
use crate::sim::world::Happening;
use crate::sim::{Belief, Broken, Condition, Metric, NodeId, Service, Span, Spec, Time, World};

use super::client::Client;
use super::figure4::{Place, check_change, check_own_term};
use super::kv::{Answer, Command, Key, Known, Store};
use super::log::{Entry, Index, Log, Payload, Term};
use super::node::{Part, Role, Server};
use super::printed::Printed;

/// The judge of a run.
#[derive(Clone)]
pub struct RaftSpec {
    /// By the servers' numbers.
    servers: Vec<Seen>,
    /// By the clients' numbers.
    clients: Vec<SeenClient>,
    /// The leader of each term that had one.
    leaders: imbl::OrdMap<Term, NodeId>,
    /// Every entry that a server has ever taken for committed, as the first one had it.
    committed: Log,
    /// For each term in which something was committed, in order: up to where.
    committed_in: imbl::Vector<(Term, Index)>,
    /// The state machine after `committed`, with every request taking effect once.
    reference: Store,
    /// The clients' history.
    history: history::Store<Key>,
    outlook: Outlook,
    /// How many elections were begun.
    elections: u64,
    /// When a server last began an election sooner after its last one than any timeout.
    hasty_at: Option<Time>,
    /// How many requests were answered.
    answered: u64,
}

/// What a server looked like when it last acted.
#[derive(Clone)]
struct Seen {
    id: NodeId,
    term: Term,
    standing: Standing,
    leader: Option<NodeId>,
    log: Log,
    commit: Index,
    applied: Index,
    /// When it last began an election.
    stood_at: Option<Time>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Follower,
    Candidate,
    Leader,
}

/// What a client waited for when it last acted, and since when.
#[derive(Clone, Copy, Default)]
struct SeenClient {
    waits: Option<(OpId, Key, Time)>,
    done: u64,
}

/// Who leads. Only changes when a server's role, term, leader or condition does.
#[derive(Clone, Copy, Default)]
struct Outlook {
    /// The live leader with the highest term.
    leader: Option<NodeId>,
    /// Live servers that take themselves for the leader.
    leaders: u32,
    /// Whether a majority of all servers is alive and follows `leader`, itself included.
    agreed: bool,
    /// Since when nobody is agreed upon, if so.
    leaderless_since: Option<Time>,
    /// How long nobody was, before that.
    leaderless: Span,
}

pub(super) type Verdict = Result<(), Broken>;

fn broken(invariant: &'static str, why: String) -> Verdict {
    Err(Broken { invariant, why })
}

impl Spec<Part> for RaftSpec {
    fn new(world: &World<Part>) -> RaftSpec {
        let ids = world.roster();
        let seen = |&id: &NodeId| Seen {
            id,
            term: Term(0),
            standing: Standing::Follower,
            leader: None,
            log: Log::default(),
            commit: Index(0),
            applied: Index(0),
            stood_at: None,
        };
        RaftSpec {
            servers: ids.all('n').iter().map(seen).collect(),
            clients: vec![SeenClient::default(); ids.all('c').len()],
            leaders: imbl::OrdMap::new(),
            committed: Log::default(),
            committed_in: imbl::Vector::new(),
            reference: Store::default(),
            history: history::Store::default(),
            outlook: Outlook { leaderless_since: Some(world.now()), ..Outlook::default() },
            elections: 0,
            hasty_at: None,
            answered: 0,
        }
    }

    fn observe(&mut self, world: &World<Part>) -> Verdict {
        let last = world.last();
        let Some(id) = last.node else { return Ok(()) };
        match last.happening {
            Happening::Undelivered | Happening::Held => Ok(()),
            Happening::Disturbed => self.after_disturbance(id, world),
            Happening::Start => {
                self.begins_again(id);
                self.after_act(id, world)
            }
            Happening::Deliver { .. } | Happening::Timer(_) | Happening::Asked => {
                self.after_act(id, world)
            }
        }
    }

    fn error(&self, _: &World<Part>) -> Option<Cow<'static, str>> {
        if self.outlook.leaders > 1 {
            return Some("two servers take themselves for the leader".into());
        }
        (!self.outlook.agreed).then(|| "no leader that a majority follows".into())
    }

    fn service(&self, world: &World<Part>) -> Service {
        if self.clients.is_empty() {
            return self.service_of_servers(world);
        }
        let patience = world.config().client_timeout;
        let waits_long = |client: &&SeenClient| {
            client.waits.is_some_and(|(_, _, since)| world.now().since(since) > patience)
        };
        let failing = self.clients.iter().filter(waits_long).count() as u32;
        let total = self.clients.len() as u32;
        Service { users: "clients", failing, total, failed: failing > 0 }
    }

    fn settle(&self, world: &World<Part>) -> Span {
        // Two elections, if the first one is split.
        let patience = world.config().election_timeout().end;
        patience + patience
    }

    fn holds(&self, goal: &str, world: &World<Part>) -> Option<bool> {
        super::goals::holds(self, goal, world)
    }

    fn find(&self, selector: &str, world: &World<Part>) -> Option<NodeId> {
        super::goals::find(self, selector, world)
    }

    fn beliefs(&self, world: &World<Part>, node: NodeId) -> Vec<Belief> {
        let believes = match world.node(node) {
            Some(Part::Server(server) | Part::Printed(Printed { server, .. })) => server.leader,
            Some(Part::Client(client)) => Some(client.leader),
            None => return Vec::new(),
        };
        let truth = self.outlook.leader;
        let note = match (believes, truth) {
            (None, None) => "nobody leads".into(),
            (None, Some(leader)) => format!("{leader} leads"),
            (Some(leader), _) => self.what_is(leader, world),
        };
        vec![Belief {
            about: "leader",
            believes: believes.into(),
            truth: truth.into(),
            right: believes == truth,
            note,
        }]
    }

    fn metrics(&self, world: &World<Part>) -> Vec<Metric> {
        let metric = |name, unit, value| Metric { name, unit, value };
        let since = self.outlook.leaderless_since;
        let now = since.map_or(Span::ZERO, |since| world.now().since(since));
        vec![
            metric("elections", "elections", self.elections),
            metric("time without leader", "µs", (self.outlook.leaderless + now).us()),
            metric("requests answered", "requests", self.answered),
            metric("messages", "messages", world.messages_sent()),
        ]
    }
}

impl RaftSpec {
    /// The live leader of the highest term.
    pub(super) fn leader(&self) -> Option<NodeId> {
        self.outlook.leader
    }

    pub(super) fn agreed(&self) -> bool {
        self.outlook.agreed
    }

    /// The first leader of all, and its term.
    pub(super) fn first_leader(&self) -> Option<(Term, NodeId)> {
        self.leaders.get_min().copied()
    }

    /// Whether in the last second every election was begun at least the shortest timeout after the
    /// same server's last one.
    pub(super) fn is_patient(&self, now: Time) -> bool {
        self.hasty_at.is_none_or(|at| now.since(at) > Span::from_secs(1))
    }

    fn majority(&self) -> u32 {
        self.servers.len() as u32 / 2 + 1
    }

    fn after_act(&mut self, id: NodeId, world: &World<Part>) -> Verdict {
        match world.node(id) {
            Some(Part::Server(server) | Part::Printed(Printed { server, .. })) => {
                self.after_server(id, server, world)
            }
            Some(Part::Client(client)) => self.after_client(id, client, world),
            None => Ok(()),
        }
    }

    /// A node that starts has forgotten what was not on disk: that is no violation.
    fn begins_again(&mut self, id: NodeId) {
        if id.letter() == 'n' {
            let seen = &mut self.servers[place(id)];
            (seen.commit, seen.applied) = (Index(0), Index(0));
        } else {
            self.clients[place(id)].done = 0;
        }
    }

    fn after_disturbance(&mut self, id: NodeId, world: &World<Part>) -> Verdict {
        if id.letter() == 'n' {
            self.look_around(world);
            return self.check_majority(world);
        }
        if world.node(id).is_none()
            && let Some((op, key, _)) = self.clients[place(id)].waits.take()
        {
            self.history.abandon(op, key);
        }
        Ok(())
    }

    // ---- servers ----

    fn after_server(&mut self, id: NodeId, server: &Server, world: &World<Part>) -> Verdict {
        let seen = &self.servers[place(id)];
        let standing = Standing::of(&server.role);
        let same_standing =
            seen.term == server.term() && seen.standing == standing && seen.leader == server.leader;
        let same_log = server.log().is_still(&seen.log);
        let same_progress = seen.commit == server.commit && seen.applied == server.applied;
        let started = world.last().happening == Happening::Start;
        if same_standing && same_log && same_progress && !started {
            return Ok(());
        }
        if world.last().happening == Happening::Asked && !same_log {
            self.asked_directly(id, server);
        }
        // Every check is made, so that each sees every change; the first complaint is told.
        let mut verdict = Ok(());
        if !same_standing || started {
            verdict = verdict.and(self.check_standing(id, server, standing));
        }
        if !same_log {
            verdict = verdict.and(self.check_log(id, server, standing, world));
        }
        if !same_progress {
            verdict = verdict.and(check_own_term(id, server, self.servers[place(id)].commit));
            verdict = verdict.and(self.check_progress(id, server, world));
        }
        let elected = standing == Standing::Leader
            && (self.servers[place(id)].standing, self.servers[place(id)].term)
                != (Standing::Leader, server.term());
        if elected {
            verdict = verdict.and(self.check_elected(id, server));
        }
        if !same_standing && !started {
            let Seen { term, standing: was, leader, .. } = self.servers[place(id)];
            let from = Place { term, standing: was, leader };
            let to = Place { term: server.term(), standing, leader: server.leader };
            verdict = verdict.and(check_change(id, from, to));
        }
        self.note_election(id, server, standing, world);
        self.remember(id, server, standing, same_log);
        if !same_standing || started {
            self.look_around(world);
        }
        verdict
    }

    fn note_election(
        &mut self,
        id: NodeId,
        server: &Server,
        standing: Standing,
        world: &World<Part>,
    ) {
        let seen = &mut self.servers[place(id)];
        if standing != Standing::Candidate || server.term() <= seen.term {
            return;
        }
        self.elections += 1;
        let now = world.now();
        let shortest = world.config().election_timeout().start;
        if seen.stood_at.is_some_and(|before| now.since(before) < shortest) {
            self.hasty_at = Some(now);
        }
        seen.stood_at = Some(now);
    }

    /// Somebody asked a leader to write, outside any session. That too is an operation of the
    /// history, which ends when its entry is committed.
    fn asked_directly(&mut self, id: NodeId, server: &Server) {
        let index = server.log().last_index();
        if let Some(Entry { term, payload }) = server.log().get(index)
            && let Payload::Command { command: Command::Put { key, value }, request: None } =
                payload
        {
            self.history.invoke(direct(id, index, term), key, Act::Put(value));
        }
    }

    fn remember(&mut self, id: NodeId, server: &Server, standing: Standing, same_log: bool) {
        let seen = &mut self.servers[place(id)];
        seen.term = server.term();
        seen.standing = standing;
        seen.leader = server.leader;
        seen.commit = server.commit;
        seen.applied = server.applied;
        if !same_log {
            seen.log = server.log().clone();
        }
    }

    fn check_standing(&self, id: NodeId, server: &Server, _: Standing) -> Verdict {
        let seen = &self.servers[place(id)];
        if server.term() < seen.term {
            let (old, new) = (seen.term, server.term());
            return broken(NEVER_BACK, format!("{id} went from term {old} back to term {new}"));
        }
        Ok(())
    }

    /// Election Safety and Leader Completeness (Raft, Figure 3), when a server becomes leader.
    fn check_elected(&mut self, id: NodeId, server: &Server) -> Verdict {
        let term = server.term();
        if let Some(&other) = self.leaders.get(&term) {
            if other != id {
                let why = format!("{other} and {id} were both elected in term {term}");
                return broken(ONE_LEADER, why);
            }
            return Ok(());
        }
        self.leaders.insert(term, id);
        let up_to = self.committed_before(term);
        self.check_complete(id, server.log(), term, up_to)
    }

    fn check_complete(&self, id: NodeId, log: &Log, term: Term, up_to: Index) -> Verdict {
        if log.fingerprint(up_to) == self.committed.fingerprint(up_to) {
            return Ok(());
        }
        let lacks = self.first_difference(log, up_to);
        let entry = self.committed.get(lacks);
        let what = entry.map_or(String::new(), |entry| format!(" ({})", entry.payload));
        broken(
            LEADER_COMPLETENESS,
            format!(
                "{id} leads term {term} without entry {lacks}{what}, which was committed before"
            ),
        )
    }

    /// Up to where entries were committed in terms before this one.
    fn committed_before(&self, term: Term) -> Index {
        let runs = self.committed_in.iter().rev();
        let before = runs.into_iter().find(|(in_term, _)| *in_term < term);
        before.map_or(Index(0), |(_, up_to)| *up_to)
    }

    fn check_log(
        &self,
        id: NodeId,
        server: &Server,
        standing: Standing,
        world: &World<Part>,
    ) -> Verdict {
        let seen = &self.servers[place(id)];
        let log = server.log();
        if log.extends(&seen.log) {
            return self.check_matching(id, log, seen.log.last_index().next());
        }
        let lost = first_difference(log, &seen.log, seen.log.last_index());
        let leads = |standing| standing == Standing::Leader;
        let append_only = if leads(seen.standing) && leads(standing) && seen.term == server.term() {
            let why = format!("{id} changed entry {lost} of its own log while it led");
            broken(APPEND_ONLY, why)
        } else {
            Ok(())
        };
        let applied = if lost <= seen.applied {
            let why = format!("{id} changed entry {lost}, which it had applied");
            broken(APPLIED_STAYS, why)
        } else {
            Ok(())
        };
        append_only
            .and(applied)
            .and(self.check_majority(world))
            .and(self.check_matching(id, log, lost))
    }

    /// The Log Matching Property (Raft, Figure 3): compares the entries from `first` on with those
    /// of every other server. What comes before was compared when it came.
    fn check_matching(&self, id: NodeId, log: &Log, first: Index) -> Verdict {
        for other in self.servers.iter().filter(|other| other.id != id) {
            let mut at = log.last_index().min(other.log.last_index());
            while at >= first && log.term(at) != other.log.term(at) {
                at = at.before();
            }
            if at >= first && log.fingerprint(at) != other.log.fingerprint(at) {
                let differs = first_difference(log, &other.log, at);
                let (at_term, other) = (log.term(at).unwrap_or_default(), other.id);
                return broken(
                    LOG_MATCHING,
                    format!(
                        "{id} and {other} agree on entry {at} of term {at_term}, but not on entry {differs}"
                    ),
                );
            }
        }
        Ok(())
    }

    fn check_progress(&mut self, id: NodeId, server: &Server, world: &World<Part>) -> Verdict {
        let Seen { commit, applied, .. } = self.servers[place(id)];
        if server.commit < commit {
            let why = format!("{id} took entry {commit} for committed, now only {}", server.commit);
            return broken(NEVER_BACK, why);
        }
        let known = server.applied.min(self.committed.last_index());
        let log = server.log();
        if known > applied && log.fingerprint(known) != self.committed.fingerprint(known) {
            let differs = self.first_difference(log, known);
            let text = |log: &Log| log.get(differs).map_or("nothing".into(), |e| entry_text(&e));
            let (mine, theirs) = (text(log), text(&self.committed));
            return broken(
                STATE_MACHINE_SAFETY,
                format!(
                    "{id} applied {mine} as entry {differs}, where {theirs} was applied before"
                ),
            );
        }
        if server.applied > self.committed.last_index() {
            self.commit(server)?;
            self.check_later_leaders(server.term())?;
            self.check_majority(world)?;
        }
        self.check_effects(id, server)
    }

    /// Takes over the entries that this server is the first to commit.
    fn commit(&mut self, server: &Server) -> Verdict {
        while self.committed.last_index() < server.applied {
            let next = self.committed.last_index().next();
            let Some(entry) = server.log().get(next) else { break };
            self.committed.push(entry);
            self.end_direct(next, entry);
            if let Payload::Command { command, request } = entry.payload
                && request.is_none_or(|request| self.reference.known(request) == Known::New)
            {
                self.reference.carry_out(command, request);
            }
        }
        let up_to = self.committed.last_index();
        match self.committed_in.back() {
            Some((term, _)) if *term >= server.term() => {
                let last = self.committed_in.len() - 1;
                self.committed_in[last].1 = up_to;
            }
            _ => self.committed_in.push_back((server.term(), up_to)),
        }
        Ok(())
    }

    fn end_direct(&mut self, index: Index, Entry { term, payload }: Entry) {
        if let Payload::Command { command: Command::Put { key, .. }, request: None } = payload
            && let Some(&leader) = self.leaders.get(&term)
        {
            // A write answers nothing that an order would have to explain.
            let _ = self.history.respond(direct(leader, index, term), key, history::Answer::Done);
        }
    }

    /// What is committed in a term must be in the logs of leaders that later terms have already.
    fn check_later_leaders(&self, term: Term) -> Verdict {
        let up_to = self.committed.last_index();
        let later = |seen: &&Seen| seen.standing == Standing::Leader && seen.term > term;
        self.servers
            .iter()
            .filter(later)
            .try_for_each(|seen| self.check_complete(seen.id, &seen.log, seen.term, up_to))
    }

    /// What is committed is on the disks of a majority, whoever has crashed since.
    fn check_majority(&self, world: &World<Part>) -> Verdict {
        let up_to = self.committed.last_index();
        let committed = self.committed.fingerprint(up_to);
        let holds = |seen: &&Seen| {
            let disk = world.durable(seen.id);
            disk.is_some_and(|disk| disk.log.fingerprint(up_to) == committed)
        };
        let holders = self.servers.iter().filter(holds).count() as u32;
        if holders >= self.majority() {
            return Ok(());
        }
        let all = self.servers.len();
        broken(
            ON_A_MAJORITY,
            format!("entry {up_to} is committed, and on {holders} of {all} disks"),
        )
    }

    /// A request takes effect once, however often it stands in the log.
    fn check_effects(&self, id: NodeId, server: &Server) -> Verdict {
        let (has, should) = (server.store.effects(), self.reference.effects());
        if server.applied != self.committed.last_index() || has == should {
            return Ok(());
        }
        broken(
            EXACTLY_ONCE,
            format!("{id} let {has} requests take effect, but clients made {should} up to there"),
        )
    }

    fn first_difference(&self, log: &Log, up_to: Index) -> Index {
        first_difference(log, &self.committed, up_to)
    }

    // ---- clients ----

    fn after_client(&mut self, id: NodeId, client: &Client, world: &World<Part>) -> Verdict {
        let seen = &mut self.clients[place(id)];
        let mut verdict = Ok(());
        if client.done > seen.done {
            seen.done = client.done;
            self.answered += 1;
            if let (Some((op, key, _)), Some(finished)) = (seen.waits.take(), client.finished) {
                let answer = match finished.answer {
                    Answer::Done => history::Answer::Done,
                    Answer::Value(value) => history::Answer::Value(value),
                };
                verdict = self
                    .history
                    .respond(op, key, answer)
                    .map_err(|why| Broken { invariant: LINEARIZABLE, why });
            }
        }
        let number = client.under_way.map(|request| u64::from(request.number));
        if number == seen.waits.map(|(op, _, _)| op.number) {
            return verdict;
        }
        if let Some((op, key, _)) = seen.waits.take() {
            self.history.abandon(op, key);
        }
        if let Some(request) = client.under_way {
            let op = OpId { client: id, number: u64::from(request.number) };
            let (key, act) = match request.command {
                Command::Put { key, value } => (key, Act::Put(value)),
                Command::Get { key } => (key, Act::Get),
            };
            self.history.invoke(op, key, act);
            seen.waits = Some((op, key, world.now()));
        }
        verdict
    }

    // ---- who leads ----

    fn look_around(&mut self, world: &World<Part>) {
        let up = |seen: &&Seen| world.condition(seen.id) == Some(Condition::Up);
        let leading = |seen: &&Seen| up(seen) && seen.standing == Standing::Leader;
        let leader = self.servers.iter().filter(leading).max_by_key(|seen| seen.term);
        let follows = |seen: &&Seen| {
            up(seen) && leader.is_some_and(|l| seen.leader == Some(l.id) && seen.term == l.term)
        };
        let followers = self.servers.iter().filter(follows).count() as u32;
        let outlook = Outlook {
            leader: leader.map(|seen| seen.id),
            leaders: self.servers.iter().filter(leading).count() as u32,
            agreed: followers >= self.majority(),
            ..self.outlook
        };
        let now = world.now();
        self.outlook = match (outlook.agreed, outlook.leaderless_since) {
            (true, Some(since)) => Outlook {
                leaderless_since: None,
                leaderless: outlook.leaderless + now.since(since),
                ..outlook
            },
            (false, None) => Outlook { leaderless_since: Some(now), ..outlook },
            (true, None) | (false, Some(_)) => outlook,
        };
    }

    fn service_of_servers(&self, world: &World<Part>) -> Service {
        let leader = self.outlook.leader;
        let without = |seen: &&Seen| {
            world.condition(seen.id) == Some(Condition::Up)
                && (leader.is_none() || seen.leader != leader)
        };
        let failing = self.servers.iter().filter(without).count() as u32;
        let total = self.servers.len() as u32;
        Service { users: "servers", failing, total, failed: !self.outlook.agreed }
    }

    fn what_is(&self, id: NodeId, world: &World<Part>) -> String {
        match world.condition(id) {
            Some(Condition::Down) => return format!("{id} is down"),
            Some(Condition::Paused) => return format!("{id} is paused"),
            Some(Condition::Up) | None => {}
        }
        let seen = &self.servers[place(id)];
        match seen.standing {
            Standing::Leader => format!("{id} leads term {}", seen.term),
            Standing::Candidate => format!("{id} is a candidate in term {}", seen.term),
            Standing::Follower => format!("{id} is a follower in term {}", seen.term),
        }
    }
}

impl Standing {
    pub(super) fn word(self) -> &'static str {
        match self {
            Standing::Follower => "follower",
            Standing::Candidate => "candidate",
            Standing::Leader => "leader",
        }
    }

    fn of(role: &Role) -> Standing {
        match role {
            Role::Follower => Standing::Follower,
            Role::Candidate { .. } => Standing::Candidate,
            Role::Leader { .. } => Standing::Leader,
        }
    }
}

/// Where a node stands among those of its letter.
fn place(id: NodeId) -> usize {
    usize::from(id.number()) - 1
}

/// The name of an operation that a leader was asked for directly: its entry tells it from all others.
fn direct(leader: NodeId, index: Index, term: Term) -> OpId {
    OpId { client: leader, number: term.0 << 32 | index.0 }
}

/// The first place up to `up_to` where two logs differ. Equal beginnings have equal fingerprints, so
/// it can be found by halving.
fn first_difference(a: &Log, b: &Log, up_to: Index) -> Index {
    let (mut same, mut differs) = (0, up_to.0);
    while differs - same > 1 {
        let middle = Index(same + (differs - same) / 2);
        let equal =
            a.fingerprint(middle).is_some() && a.fingerprint(middle) == b.fingerprint(middle);
        if equal { same = middle.0 } else { differs = middle.0 }
    }
    Index(differs)
}

fn entry_text(entry: &Entry) -> String {
    format!("{} of term {}", entry.payload, entry.term)
}

pub(super) const ONE_LEADER: &str = "one-leader-a-term";
pub(super) const APPEND_ONLY: &str = "leader-append-only";
pub(super) const LOG_MATCHING: &str = "log-matching";
pub(super) const LEADER_COMPLETENESS: &str = "leader-completeness";
pub(super) const STATE_MACHINE_SAFETY: &str = "state-machine-safety";
pub(super) const NEVER_BACK: &str = "never-back";
pub(super) const APPLIED_STAYS: &str = "applied-stays";
pub(super) const ON_A_MAJORITY: &str = "on-a-majority";
pub(super) const EXACTLY_ONCE: &str = "exactly-once";
pub(super) const ROLE_CHANGES: &str = "role-changes";
pub(super) const OWN_TERM: &str = "commits-own-term";
pub(super) const LINEARIZABLE: &str = "linearizable";
