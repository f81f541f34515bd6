//! What is shown of the cluster as a whole: its members, its clocks, and answers that no order explains.

use crate::labs::raft::config::{Changes, Reads};
use crate::labs::raft::log::Index;
use crate::labs::raft::membership::Membership;
use crate::labs::raft::node::{Part, Server, Servers};
use crate::sim::panel::{Mark, Scale};
use crate::sim::{NodeId, Panel, Span, Standing, Value, World};

use super::{RaftSpec, Seen};

/// So many of the last entries of each log stand beside each other.
const LOG_SHOWN: u64 = 14;

impl RaftSpec {
    pub(super) fn panels_of(&self, world: &World<Part>) -> Vec<Panel> {
        let mut panels = Vec::new();
        if !self.unexplained.is_empty() {
            panels.push(self.unexplained_panel());
        }
        let config = world.config();
        if self.clients.is_empty() && config.jobs.job.is_none() {
            panels.push(self.logs_panel());
        }
        if self.shows_members(world) {
            panels.push(self.quorum_panel(world));
            panels.push(self.cluster_panel());
        }
        if config.check_quorum || config.pre_vote {
            panels.push(clocks_panel(world));
        }
        if config.reads == Reads::Lease {
            panels.push(self.lease_panel(world));
        }
        panels
    }

    fn unexplained_panel(&self) -> Panel {
        let row = |row: &[String; 3]| row.iter().map(|it| it.clone().into()).collect();
        Panel::Table {
            title: "operations that no order explains",
            columns: vec!["who", "what", "answer"],
            rows: self.unexplained.iter().map(row).collect(),
        }
    }

    /// All logs beside each other, as in Figure 7, where nobody asks by itself: the term of each entry, and
    /// a bar behind what the server knows to be committed.
    fn logs_panel(&self) -> Panel {
        let row = |seen: &Seen| -> Vec<Value> {
            let (base, last) = (seen.log.base().0, seen.log.last_index().0);
            let first = base.max(last.saturating_sub(LOG_SHOWN)) + 1;
            let mut text = String::from(if first > 1 { "… " } else { "" });
            for index in first..=last {
                let term = seen.log.term(Index(index)).unwrap_or_default();
                let bar = if index == seen.commit.0 && index < last { " |" } else { "" };
                let space = if index == last { "" } else { " " };
                text.push_str(&format!("{term}{bar}{space}"));
            }
            vec![seen.id.into(), text.into()]
        };
        Panel::Table {
            title: "logs",
            columns: vec!["server", "terms of the entries, committed | not"],
            rows: self.servers.iter().map(row).collect(),
        }
    }

    /// Whether it can be seen who is in the cluster: it may change, or not all servers are in it.
    fn shows_members(&self, world: &World<Part>) -> bool {
        let config = world.config();
        config.changes != Changes::Off || self.servers.len() > config.voters.len() as usize
    }

    /// The cluster as the leader has it in its log; without a leader, as it was last committed.
    fn members(&self) -> Membership {
        let leader = self.servers.iter().find(|seen| Some(seen.id) == self.leader());
        leader.map_or(self.cluster, |leader| leader.members)
    }

    pub(super) fn standing_of(&self, id: NodeId, world: &World<Part>) -> Option<Standing> {
        (id.letter() == 'n' && self.shows_members(world)).then(|| self.members().standing(id))
    }

    /// What each server is to the cluster, and what it knows of it.
    fn cluster_panel(&self) -> Panel {
        let members = self.members();
        let rows = self.servers.iter().map(|seen| {
            let knows = seen.members.to_string();
            vec![seen.id.into(), members.standing(seen.id).word().into(), knows.into()]
        });
        Panel::Table {
            title: "cluster",
            columns: vec!["server", "in it", "its log says"],
            rows: rows.collect(),
        }
    }

    /// Whose majority decides, of both sets of voters while there are two, and who of them has
    /// acknowledged the leader's last entry.
    fn quorum_panel(&self, world: &World<Part>) -> Panel {
        let members = self.members();
        let leader = self.leader().and_then(|id| Some((id, world.node(id)?.server()?)));
        let holders = |voters: Servers| -> Value {
            let Some((id, server)) = leader else { return Value::None };
            let last = server.log().last_index();
            let holds = |voter: &NodeId| *voter == id || server.matched(*voter) >= last;
            Value::Nodes(voters.iter().filter(holds).collect())
        };
        let row = |which: &'static str, voters: Servers| {
            let needed = format!("{} of {}", voters.len() / 2 + 1, voters.len());
            let servers = Value::Nodes(voters.iter().collect());
            vec![which.into(), servers, needed.into(), holders(voters)]
        };
        let rows = match members.is_joint() {
            true => vec![row("old", members.outgoing), row("new", members.voters)],
            false => vec![row("all", members.voters)],
        };
        Panel::Table {
            title: "majority",
            columns: vec!["of", "voters", "takes", "have the last entry"],
            rows,
        }
    }

    fn lease_panel(&self, world: &World<Part>) -> Panel {
        let length = world.config().lease();
        let left = self.leader().and_then(|id| lease_left(id, world)).unwrap_or(Span::ZERO);
        let marks = vec![Mark { name: "shortest timeout", at: world.config().election_min.us() }];
        Panel::Gauge {
            title: "lease of the leader",
            scale: Scale { unit: "ms", decimals: 3 },
            value: left.us(),
            max: length.max(world.config().election_min).us(),
            marks,
        }
    }
}

/// By each server's own clock: its term, since when it has not heard of a leader, and what is left of its
/// lease.
fn clocks_panel(world: &World<Part>) -> Panel {
    let servers = world.living().filter_map(|(id, part)| Some((id, part.server()?)));
    let row = |(id, server): (NodeId, &Server)| {
        let now = world.clock(id).unwrap_or_default();
        let heard = server.leader_heard.filter(|_| !server.leads());
        let silent = heard.map_or(Value::None, |at| now.since(at).to_string().into());
        let lease = lease_left(id, world).map_or(Value::None, |left| left.to_string().into());
        vec![id.into(), server.term().0.into(), silent, lease]
    };
    Panel::Table {
        title: "clocks",
        columns: vec!["server", "term", "heard a leader ago", "lease left"],
        rows: servers.map(row).collect(),
    }
}

fn lease_left(id: NodeId, world: &World<Part>) -> Option<Span> {
    let Some(Part::Server(server)) = world.node(id) else { return None };
    Some(server.lease_until()?.since(world.clock(id)?))
}
