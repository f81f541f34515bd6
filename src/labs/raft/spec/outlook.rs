//! Who leads, and what can be said of it.

use crate::labs::raft::node::{Part, Servers};
use crate::sim::{Condition, NodeId, Service, Span, Time, World};

use super::{RaftSpec, Seen, Standing, place};

/// Who leads. Only changes when a server's role, term, leader or condition does.
#[derive(Clone, Copy, Default)]
pub(super) struct Outlook {
    /// The live leader with the highest term.
    pub(super) leader: Option<NodeId>,
    /// Live servers that take themselves for the leader.
    pub(super) leaders: u32,
    /// Whether a majority of all servers is alive and follows `leader`, itself included.
    pub(super) agreed: bool,
    /// Since when nobody is agreed upon, if so.
    pub(super) leaderless_since: Option<Time>,
    /// How long nobody was, before that.
    pub(super) leaderless: Span,
}

impl RaftSpec {
    pub(super) fn look_around(&mut self, world: &World<Part>) {
        let up = |seen: &&Seen| world.condition(seen.id) == Some(Condition::Up);
        let leading = |seen: &&Seen| up(seen) && seen.standing == Standing::Leader;
        let leader = self.servers.iter().filter(leading).max_by_key(|seen| seen.term);
        let follows = |seen: &&Seen| {
            up(seen) && leader.is_some_and(|l| seen.leader == Some(l.id) && seen.term == l.term)
        };
        let followers: Servers = self.servers.iter().filter(follows).map(|seen| seen.id).collect();
        let outlook = Outlook {
            leader: leader.map(|seen| seen.id),
            leaders: self.servers.iter().filter(leading).count() as u32,
            agreed: leader.is_some_and(|leader| leader.members.is_quorum(followers)),
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

    pub(super) fn service_of_servers(&self, world: &World<Part>) -> Service {
        let leader = self.outlook.leader;
        let without = |seen: &&Seen| {
            self.is_member(seen.id)
                && world.condition(seen.id) == Some(Condition::Up)
                && (leader.is_none() || seen.leader != leader)
        };
        let failing = self.servers.iter().filter(without).count() as u32;
        let total = self.servers.iter().filter(|seen| self.is_member(seen.id)).count() as u32;
        Service { users: "servers", failing, total, failed: !self.outlook.agreed }
    }

    pub(super) fn what_is(&self, id: NodeId, world: &World<Part>) -> String {
        match world.condition(id) {
            Some(Condition::Down) => return format!("{id} is down"),
            Some(Condition::Paused) => return format!("{id} is paused"),
            Some(Condition::Up) | None => {}
        }
        let seen = &self.servers[place(id)];
        match seen.standing {
            Standing::Leader => format!("{id} leads term {}", seen.term),
            Standing::PreCandidate => {
                format!("{id} asks for votes beforehand in term {}", seen.term)
            }
            Standing::Candidate => format!("{id} is a candidate in term {}", seen.term),
            Standing::Follower => format!("{id} is a follower in term {}", seen.term),
        }
    }
}
