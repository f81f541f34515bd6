//! What holders of a lock and workers write to. It knows nothing of leaders.

use litemap::LiteMap;

use crate::sim::{Cx, Field, Look, NodeId, NodeView, Value};

use super::Employer;
use super::message::{JobMsg, TaskId, Written};
use super::rules::JobRule;

/// A storage. It is not what is looked at here, so it keeps everything in memory.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Storage {
    /// The greatest token that it has seen, and who showed it.
    pub newest: Option<(u64, NodeId)>,
    /// The last write that it took.
    pub last: Option<(u64, NodeId)>,
    /// How many writes it took.
    pub writes: u64,
    /// How many writes it refused.
    pub fenced: u64,
    /// Writes that it took after one with a greater token.
    pub late: u64,
    /// How often the effect of each task was stored.
    pub effects: LiteMap<TaskId, u32>,
    /// Tasks that it took for others that had the same number, and did not do.
    pub mistaken: u64,
}

impl Storage {
    pub fn on_message<P: Employer>(&mut self, from: NodeId, msg: JobMsg, cx: &mut Cx<'_, P>) {
        match msg {
            JobMsg::Store(Written::Under(token)) => self.write(from, token, cx),
            JobMsg::Store(Written::Effect(task)) => self.effect(from, task, cx),
            JobMsg::Ask(_)
            | JobMsg::Answer(_)
            | JobMsg::Copy(_)
            | JobMsg::Stored
            | JobMsg::Fenced(_) => {}
        }
    }

    fn write<P: Employer>(&mut self, from: NodeId, token: u64, cx: &mut Cx<'_, P>) {
        let older = self.newest.filter(|(newest, _)| token < *newest);
        if let (Some((newest, by)), true) = (older, P::jobs(cx.config()).fencing) {
            self.fenced += 1;
            cx.fire(JobRule::Fence.into(), || {
                format!("{from} has token {token}, and {by} has shown {newest}")
            });
            return cx.send(from, JobMsg::Fenced(newest).into());
        }
        cx.fire(JobRule::Store.into(), || match older {
            Some((newest, by)) => {
                format!("{from} has token {token}, although {by} has shown {newest}: nobody checks")
            }
            None => format!("{from} has token {token}, and there is no greater one"),
        });
        if older.is_some() {
            self.late += 1;
        } else {
            self.newest = Some((token, from));
        }
        self.last = Some((token, from));
        self.writes += 1;
        cx.send(from, JobMsg::Stored.into());
    }

    fn effect<P: Employer>(&mut self, from: NodeId, task: TaskId, cx: &mut Cx<'_, P>) {
        let known = self.effects.keys().find(|known| known.number == task.number).copied();
        if let (Some(known), true) = (known, P::jobs(cx.config()).idempotent) {
            self.mistaken += u64::from(known != task);
            cx.fire(JobRule::KnowAgain.into(), || format!("{task} is done already, as {known}"));
        } else {
            let times = self.effects.entry(task).or_insert(0);
            *times += 1;
            let times = *times;
            cx.fire(JobRule::Store.into(), || {
                format!("the effect of {task}, for the {times}. time")
            });
        }
        cx.send(from, JobMsg::Stored.into());
    }

    /// Whether its last write is of an earlier holder of the lock than one before.
    pub fn holds_late(&self) -> bool {
        matches!((self.last, self.newest), (Some((last, _)), Some((newest, _))) if last < newest)
    }

    /// How many tasks took effect more than once.
    pub fn twice(&self) -> u64 {
        self.effects.values().filter(|times| **times > 1).count() as u64
    }

    pub fn view(&self) -> NodeView {
        let node = |of: Option<(u64, NodeId)>| of.map_or(Value::None, |(_, node)| node.into());
        let token = |of: Option<(u64, NodeId)>| of.map_or(Value::None, |(token, _)| token.into());
        let fields = vec![
            Field::new(
                "writes",
                self.writes + self.effects.values().map(|n| u64::from(*n)).sum::<u64>(),
            ),
            Field::new("last writer", node(self.last)),
            Field::new("last token", token(self.last)),
            Field::new("greatest token", token(self.newest)),
            Field::notable("late writes", self.late),
            Field::notable("refused", self.fenced),
            Field::notable("done twice", self.twice()),
            Field::notable("taken for another", self.mistaken),
        ];
        NodeView { role: "storage", look: Look::Store, badge: "writes", fields }
    }
}
