//! What servers and clients show of themselves.

use crate::sim::panel::{LogEntry, Scale};
use crate::sim::{Field, Look, NodeId, NodeView, Panel, Value};

use super::client::Client;
use super::log::Index;
use super::node::{Progress, Role, Server};
use super::reads::Read;
use super::snapshot::Incoming;

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
        if let Role::Leader { followers, leading } = &self.role {
            panels.push(followers_panel(followers));
            if !leading.reads.is_empty() {
                panels.push(reads_panel(&leading.reads));
            }
        }
        if let Some(incoming) = &self.incoming {
            panels.push(incoming_panel(incoming));
        }
        panels.push(self.store_panel());
        panels.push(self.sessions_panel());
        panels
    }

    fn log_panel(&self) -> Panel {
        let log = self.log();
        let first = Index(log.last_index().0.saturating_sub(ENTRIES_SHOWN) + 1);
        let first = first.max(log.base().next());
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
        let on_its_way = follower.sent.0.saturating_sub(follower.matched.0);
        let gets = match (follower.chunk, follower.probing) {
            (Some(pieces), _) => format!("a snapshot: {pieces} pieces there").into(),
            (None, true) => "a probe at a time".into(),
            (None, false) => "entries".into(),
        };
        let Progress { id, next, matched, .. } = *follower;
        vec![id.into(), next.0.into(), matched.0.into(), on_its_way.into(), gets]
    };
    Panel::Table {
        title: "followers",
        columns: vec!["follower", "next index", "match index", "on the way", "gets"],
        rows: followers.iter().map(row).collect(),
    }
}

/// How much of a snapshot has come in.
fn incoming_panel(incoming: &Incoming) -> Panel {
    let (value, max) = (incoming.items.len() as u64, u64::from(incoming.total));
    let scale = Scale::whole("pieces");
    Panel::Gauge { title: "snapshot coming in", scale, value, max, marks: Vec::new() }
}

fn reads_panel(reads: &[Read]) -> Panel {
    let rows = reads.iter().map(|read| {
        let (index, waits): (Value, &'static str) = match read.after {
            Some((index, _)) => (index.0.into(), "for a majority to answer"),
            None => (Value::None, "for the first commit of the term"),
        };
        vec![read.request.to_string().into(), read.key.to_string().into(), index, waits.into()]
    });
    Panel::Table {
        title: "reads that wait",
        columns: vec!["request", "key", "read index", "waits"],
        rows: rows.collect(),
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
