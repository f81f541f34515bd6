//! What servers and clients show of themselves.

use crate::sim::panel::LogEntry;
use crate::sim::{Field, Look, NodeId, NodeView, Panel, Value};

use super::client::Client;
use super::log::Index;
use super::node::{Progress, Role, Server};

/// The newest entries that the picture of a log has room for.
const ENTRIES_SHOWN: u64 = 12;

impl Role {
    /// The paper's word for it.
    pub fn word(&self) -> &'static str {
        match self {
            Role::Follower => "follower",
            Role::PreCandidate { .. } => "pre-candidate",
            Role::Candidate { .. } => "candidate",
            Role::Leader { .. } => "leader",
        }
    }

    fn look(&self) -> Look {
        match self {
            Role::Follower => Look::Follower,
            Role::PreCandidate { .. } | Role::Candidate { .. } => Look::Candidate,
            Role::Leader { .. } => Look::Leader,
        }
    }
}

impl Server {
    pub(super) fn view(&self) -> NodeView {
        let last = self.log().last();
        let votes = match self.role {
            Role::Candidate { votes, .. } | Role::PreCandidate { votes } => {
                Value::Nodes(votes.iter().collect())
            }
            Role::Follower | Role::Leader { .. } => Value::None,
        };
        NodeView {
            role: self.role.word(),
            look: self.role.look(),
            badge: "term",
            fields: vec![
                Field::notable("term", self.term().0),
                Field::notable("leader", self.leader),
                Field::new("voted for", self.disk.voted_for),
                Field::new("votes", votes),
                Field::new("last index", last.index.0),
                Field::new("last term", last.term.0),
                Field::new("committed", self.commit.0),
                Field::new("applied", self.applied.0),
            ],
        }
    }

    pub(super) fn panels(&self) -> Vec<Panel> {
        let mut panels = vec![self.log_panel()];
        if let Role::Leader { followers, .. } = &self.role {
            panels.push(followers_panel(followers));
        }
        panels.push(self.store_panel());
        panels.push(self.sessions_panel());
        panels
    }

    fn log_panel(&self) -> Panel {
        let log = self.log();
        let first = Index(log.last_index().0.saturating_sub(ENTRIES_SHOWN) + 1);
        let shown = log.entries(first, ENTRIES_SHOWN);
        let entries = shown
            .iter()
            .map(|(_, entry)| LogEntry { term: entry.term.0, text: entry.payload.to_string() })
            .collect();
        let (committed, applied) = (self.commit.0, self.applied.0);
        Panel::Log { title: "log", first: first.0, entries, committed, applied }
    }

    fn store_panel(&self) -> Panel {
        let values = self.store.values().iter();
        let rows = values.map(|(key, value)| vec![key.to_string().into(), (*value).into()]);
        Panel::Table { title: "store", columns: vec!["key", "value"], rows: rows.collect() }
    }

    fn sessions_panel(&self) -> Panel {
        let rows = self.store.sessions().iter().map(|session| {
            let number = u64::from(session.newest.number);
            vec![session.newest.client.into(), number.into(), session.answer.to_string().into()]
        });
        Panel::Table {
            title: "sessions",
            columns: vec!["client", "newest request", "answer"],
            rows: rows.collect(),
        }
    }
}

fn followers_panel(followers: &[Progress]) -> Panel {
    let row = |follower: &Progress| -> Vec<Value> {
        vec![follower.id.into(), follower.next.0.into(), follower.matched.0.into()]
    };
    Panel::Table {
        title: "followers",
        columns: vec!["follower", "next index", "match index"],
        rows: followers.iter().map(row).collect(),
    }
}

impl Client {
    pub(super) fn view(&self) -> NodeView {
        let (asks, server, tries): (Value, Option<NodeId>, u64) = match self.under_way {
            Some(request) => {
                (request.command.to_string().into(), Some(request.server), u64::from(request.tries))
            }
            None => (Value::None, None, 0),
        };
        let told = self.finished.map_or(Value::None, |finished| {
            format!("{} → {}", finished.command, finished.answer).into()
        });
        NodeView {
            // Not what it does at the moment: a change of role is a turning point of the run.
            role: "client",
            look: Look::Client,
            badge: "answered",
            fields: vec![
                Field::new("answered", self.done),
                Field::new("request", u64::from(self.requests())),
                Field::new("asks", asks),
                Field::new("of", server),
                Field::new("tries", tries),
                Field::new("leader", self.leader),
                Field::new("last answer", told),
            ],
        }
    }

    pub(super) fn panels(&self) -> Vec<Panel> {
        Vec::new()
    }
}
