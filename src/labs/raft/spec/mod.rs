//! What must hold of a run of Raft, checked after each step and apart from the nodes.
//!
//! The spec keeps what every server looked like when it last acted, every entry that was ever
//! committed, and the leader of every term. A step is compared with that, and only as far as it
//! changed something, so that an ordinary step costs a few comparisons. Its size grows with the
//! entries committed and the terms begun, as the logs do; a copy shares all of it.

mod history;
mod leases;
mod outlook;
mod panels;
mod servers;
mod snapshots;

use std::borrow::Cow;
use std::rc::Rc;

use crate::labs::jobs::Account;
use crate::sim::linearizability::{self, OpId};
use crate::sim::world::Happening;
use crate::sim::{
    Belief, Broken, Metric, NodeId, Panel, Service, SharedVec, Span, Spec, Time, World,
};

use super::kv::{Key, Store};
use super::log::{Index, Log, Term};
use super::membership::Membership;
use super::node::{Part, Role};
use super::printed::Printed;
use outlook::Outlook;

/// The judge of a run.
#[derive(Clone)]
pub struct RaftSpec {
    /// By the servers' numbers.
    servers: Vec<Seen>,
    /// By the clients' numbers.
    clients: Vec<SeenClient>,
    /// The leader of each term that had one, by term.
    leaders: SharedVec<(Term, NodeId)>,
    /// Every entry that a server has ever taken for committed, as the first one had it.
    committed: Log,
    /// For each term in which something was committed, in order: up to where.
    committed_in: SharedVec<(Term, Index)>,
    /// The cluster by whose majority the last of them was committed.
    cluster: Membership,
    /// The state machine after `committed`, with every request taking effect once.
    reference: Store,
    /// Up to where the state machine was carried out a second time, for the newest snapshot that was
    /// checked, and what it was then.
    replayed: (Index, Store),
    /// The clients' history.
    history: linearizability::Store<Key>,
    /// The operations that no order explains, if it came to that.
    unexplained: Rc<Vec<[String; 3]>>,
    outlook: Outlook,
    /// How many elections were begun.
    elections: u64,
    /// When a server last began an election sooner after its last one than any timeout.
    hasty_at: Option<Time>,
    /// How many requests were answered.
    answered: u64,
    /// What came of the leader's job.
    account: Account,
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
    members: Membership,
    lease_reads: u64,
    /// When it last began an election.
    stood_at: Option<Time>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Follower,
    PreCandidate,
    Candidate,
    Leader,
}

/// What a client waited for when it last acted, and since when.
#[derive(Clone, Copy, Default)]
struct SeenClient {
    waits: Option<(OpId, Key, Time)>,
    done: u64,
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
            members: Membership::of(world.config().voters),
            lease_reads: 0,
            stood_at: None,
        };
        RaftSpec {
            servers: ids.all('n').iter().map(seen).collect(),
            clients: vec![SeenClient::default(); ids.all('c').len()],
            leaders: SharedVec::default(),
            committed: Log::default(),
            committed_in: SharedVec::default(),
            cluster: Membership::of(world.config().voters),
            reference: Store::default(),
            replayed: Default::default(),
            history: linearizability::Store::default(),
            unexplained: Rc::default(),
            outlook: Outlook { leaderless_since: Some(world.now()), ..Outlook::default() },
            elections: 0,
            hasty_at: None,
            answered: 0,
            account: Account::new(world),
        }
    }

    fn observe(&mut self, world: &World<Part>) -> Verdict {
        self.judge(world).and(self.account.observe(world))
    }

    fn error(&self, world: &World<Part>) -> Option<Cow<'static, str>> {
        if self.outlook.leaders > 1 {
            return Some("two servers take themselves for the leader".into());
        }
        let unled = (!self.outlook.agreed).then(|| "no leader that a majority follows".into());
        unled.or_else(|| self.account.error(world))
    }

    fn service(&self, world: &World<Part>) -> Service {
        if self.clients.is_empty() {
            let of_job = self.account.service(world);
            return of_job.unwrap_or_else(|| self.service_of_servers(world));
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
        // Two elections, if the first one is split; and an election and a client's patience, for only
        // then do those who asked the old leader come again.
        let config = world.config();
        let election = config.election_timeout().end;
        (election + election).max(election + config.client_timeout)
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
            Some(Part::Outsider(outsider)) => Some(outsider.leader()),
            Some(Part::Storage(_)) | None => return Vec::new(),
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

    fn standing(&self, world: &World<Part>, node: NodeId) -> Option<crate::sim::Standing> {
        self.standing_of(node, world)
    }

    fn metrics(&self, world: &World<Part>) -> Vec<Metric> {
        let metric = |name, unit, value| Metric { name, unit, value };
        let since = self.outlook.leaderless_since;
        let now = since.map_or(Span::ZERO, |since| world.now().since(since));
        let mut metrics = self.account.metrics(world);
        let has_job = !metrics.is_empty();
        metrics.extend([
            metric("elections", "elections", self.elections),
            metric("time without leader", "µs", (self.outlook.leaderless + now).us()),
        ]);
        if has_job {
            return metrics;
        }
        metrics.extend([
            metric("requests answered", "requests", self.answered),
            metric("messages", "messages", world.messages_sent()),
        ]);
        metrics
    }

    fn panels(&self, world: &World<Part>) -> Vec<Panel> {
        self.panels_of(world)
    }
}

impl RaftSpec {
    fn judge(&mut self, world: &World<Part>) -> Verdict {
        let last = world.last();
        let Some(id) = last.node else { return Ok(()) };
        match last.happening {
            Happening::Undelivered | Happening::Held => Ok(()),
            Happening::Disturbed => self.after_disturbance(id, world),
            Happening::Start => {
                self.begins_again(id);
                self.after_act(id, world)
            }
            Happening::Deliver { .. } | Happening::Timer | Happening::Asked => {
                self.after_act(id, world)
            }
        }
    }

    /// The live leader of the highest term.
    pub(super) fn leader(&self) -> Option<NodeId> {
        self.outlook.leader
    }

    pub(super) fn account(&self) -> &Account {
        &self.account
    }

    pub(super) fn agreed(&self) -> bool {
        self.outlook.agreed
    }

    /// The first leader of all, and its term.
    pub(super) fn first_leader(&self) -> Option<(Term, NodeId)> {
        self.leaders.get(0).copied()
    }

    /// Whether in the last second every election was begun at least the shortest timeout after the
    /// same server's last one.
    pub(super) fn is_patient(&self, now: Time) -> bool {
        self.hasty_at.is_none_or(|at| now.since(at) > Span::from_secs(1))
    }

    /// Where the leader of a term stands in `leaders`, or would stand, and who it is.
    fn leader_of(&self, term: Term) -> (usize, Option<NodeId>) {
        let place = self.leaders.partition_point(|(other, _)| *other < term);
        let leader = self.leaders.get(place).filter(|(other, _)| *other == term);
        (place, leader.map(|(_, leader)| *leader))
    }

    /// Whether a server is in the cluster, as far as that is certain.
    pub(super) fn is_member(&self, id: NodeId) -> bool {
        self.cluster.all().contains(id)
    }

    fn after_act(&mut self, id: NodeId, world: &World<Part>) -> Verdict {
        match world.node(id) {
            Some(Part::Server(server) | Part::Printed(Printed { server, .. })) => {
                self.after_server(id, server, world)
            }
            Some(Part::Client(client)) => self.after_client(id, client, world),
            Some(Part::Outsider(_) | Part::Storage(_)) | None => Ok(()),
        }
    }

    /// A node that starts has forgotten what was not on disk: that is no violation.
    fn begins_again(&mut self, id: NodeId) {
        if id.letter() == 'n' {
            let seen = &mut self.servers[place(id)];
            (seen.commit, seen.applied, seen.lease_reads) = (Index(0), Index(0), 0);
        } else if id.letter() == 'c' {
            self.clients[place(id)].done = 0;
        }
    }

    fn after_disturbance(&mut self, id: NodeId, world: &World<Part>) -> Verdict {
        if id.letter() == 'n' {
            self.look_around(world);
            return self.check_majority(world);
        }
        if id.letter() == 'c'
            && world.node(id).is_none()
            && let Some((op, key, _)) = self.clients[place(id)].waits.take()
        {
            self.history.abandon(op, key);
        }
        Ok(())
    }
}

impl Standing {
    pub(super) fn word(self) -> &'static str {
        match self {
            Standing::Follower => "follower",
            Standing::PreCandidate => "pre-candidate",
            Standing::Candidate => "candidate",
            Standing::Leader => "leader",
        }
    }

    fn of(role: &Role) -> Standing {
        match role {
            Role::Follower => Standing::Follower,
            Role::PreCandidate { .. } => Standing::PreCandidate,
            Role::Candidate { .. } => Standing::Candidate,
            Role::Leader { .. } => Standing::Leader,
        }
    }
}

/// Where a node stands among those of its letter.
fn place(id: NodeId) -> usize {
    usize::from(id.number()) - 1
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
pub(super) const SNAPSHOT: &str = "snapshot-is-prefix";
pub(super) const ONE_LEASE: &str = "one-lease";
pub(super) const LEASE_FRESH: &str = "lease-reads-fresh";
pub(super) const LINEARIZABLE: &str = "linearizable";
