//! What elections cost: for each, the messages by kind, its outcome and how long it took.
//!
//! An election here is the whole affair, from the first node that begins one until none is under way and
//! none of its messages on its way. What concurs counts as one.

use std::rc::Rc;

use crate::sim::view::Fate;
use crate::sim::{Message, NodeId, Panel, Time, Value, World};

use super::{Elector, Rule, leaders, up};

/// So many elections are kept, the newest.
const KEPT: usize = 32;

/// All elections of a run.
#[derive(Clone, Debug, Default)]
pub struct Elections {
    newest: Rc<Vec<Election>>,
    count: u64,
    /// Whether the newest one is still going on.
    open: bool,
    /// Whether there has ever been a leader.
    led: bool,
}

/// One election.
#[derive(Clone, Debug)]
pub struct Election {
    number: u64,
    /// Who held one first.
    by: NodeId,
    began: Time,
    /// When some node last turned: began to hold one, to lead or to follow.
    settled: Time,
    election: u64,
    ok: u64,
    coordinator: u64,
    /// Who leads after it, if somebody does: the highest.
    leader: Option<NodeId>,
}

impl Elections {
    /// How many there have been.
    pub fn count(&self) -> u64 {
        self.count
    }

    pub fn last(&self) -> Option<&Election> {
        self.newest.last()
    }

    /// Whether there has ever been a leader.
    pub fn led(&self) -> bool {
        self.led
    }

    /// Keeps account of the last step, in which a node may have turned.
    pub fn observe<P: Elector>(&mut self, world: &World<P>, turned: bool) {
        let last = world.last();
        if !self.open
            && world.fired().any(Rule::begins_election)
            && let Some(by) = last.node
        {
            self.begin(by, world.now());
        }
        self.led |= leaders(world).next().is_some();
        if !self.open {
            return;
        }
        let election = Rc::make_mut(&mut self.newest).last_mut().expect("one is open");
        for (_, msg) in world.last_sent() {
            match msg.kind() {
                "ELECTION" => election.election += 1,
                "OK" => election.ok += 1,
                "COORDINATOR" => election.coordinator += 1,
                _ => {}
            }
        }
        if turned {
            election.settled = world.now();
        }
        election.leader = leaders(world).last();
        self.open = !quiet(world);
    }

    fn begin(&mut self, by: NodeId, now: Time) {
        self.count += 1;
        self.open = true;
        let newest = Rc::make_mut(&mut self.newest);
        if newest.len() == KEPT {
            newest.remove(0);
        }
        newest.push(Election {
            number: self.count,
            by,
            began: now,
            settled: now,
            election: 0,
            ok: 0,
            coordinator: 0,
            leader: None,
        });
    }

    /// The newest ones as a table, newest first.
    pub fn panel(&self) -> Panel {
        let columns =
            vec!["#", "begun by", "ELECTION", "OK", "COORDINATOR", "messages", "leader", "took"];
        let rows = self.newest.iter().rev().take(8).map(Election::row).collect();
        Panel::Table { title: "Elections", columns, rows }
    }
}

impl Election {
    /// ELECTION, OK and COORDINATOR together.
    pub fn messages(&self) -> u64 {
        self.election + self.ok + self.coordinator
    }

    /// Messages by kind: ELECTION, OK, COORDINATOR.
    #[cfg(test)]
    pub fn by_kind(&self) -> (u64, u64, u64) {
        (self.election, self.ok, self.coordinator)
    }

    fn row(&self) -> Vec<Value> {
        vec![
            self.number.into(),
            self.by.into(),
            self.election.into(),
            self.ok.into(),
            self.coordinator.into(),
            self.messages().into(),
            self.leader.into(),
            self.settled.since(self.began).to_string().into(),
        ]
    }
}

/// Whether no election is under way at a live node and no message of one on its way. What waits at a
/// paused node does not count.
pub fn quiet<P: Elector>(world: &World<P>) -> bool {
    let of_election = |kind: &str| matches!(kind, "ELECTION" | "OK" | "COORDINATOR");
    !up(world).any(|(_, node)| node.busy())
        && !world
            .flights()
            .any(|(flight, msg)| flight.fate != Fate::Waiting && of_election(msg.kind()))
}
