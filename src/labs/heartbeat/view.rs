//! What nodes show of themselves.

use crate::sim::{Field, Look, NodeId, NodeView, Value};

use super::node::{Holding, Part, SPARE};

/// Numbers, words and names only, because it is made at every step.
pub fn part(part: &Part) -> NodeView {
    match part {
        Part::Owner(owner) => {
            let shards: Vec<NodeId> = owner.held.iter().map(|holding| holding.shard).collect();
            let role = if owner.me == SPARE { "spare" } else { "node" };
            NodeView {
                role,
                look: if shards.is_empty() { Look::Follower } else { Look::Server },
                badge: "owns",
                fields: vec![
                    Field::notable("owns", shards),
                    Field::notable("life", owner.last.incarnation),
                    Field::new("beats sent", owner.last.number),
                ],
            }
        }
        Part::Store(store) => {
            let newest = store.newest.iter().map(|Holding { token, .. }| *token).max();
            NodeView {
                role: "store",
                look: Look::Store,
                badge: "newest token",
                fields: vec![
                    Field::notable("newest token", newest.map_or(Value::None, Value::Number)),
                    Field::new("last write by", store.took.map(|(_, by)| by)),
                ],
            }
        }
        Part::Monitor(monitor) => {
            let suspected = monitor.watched.iter().filter(|watched| watched.suspected);
            let suspected: Vec<NodeId> = suspected.map(|watched| watched.node).collect();
            listening("monitor", suspected, None)
        }
        Part::Printed(printed) => {
            let suspected = printed.entries.iter().filter(|entry| entry.suspected);
            let suspected: Vec<NodeId> = suspected.map(|entry| entry.node).collect();
            let role = if printed.ended.is_some() { "monitor, failed" } else { "monitor" };
            listening(role, suspected, printed.ended)
        }
    }
}

fn listening(role: &'static str, suspects: Vec<NodeId>, ended: Option<&'static str>) -> NodeView {
    NodeView {
        role,
        look: Look::Relay,
        badge: "suspects",
        fields: vec![
            Field::notable("suspects", suspects),
            Field::notable("ended by", ended.map_or(Value::None, Value::Word)),
        ],
    }
}
