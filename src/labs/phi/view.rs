//! What nodes show of themselves.

use crate::sim::{Field, Look, NodeId, NodeView, Value};

use super::node::Part;

/// Numbers, words and names only, because it is made at every step.
pub fn part(part: &Part) -> NodeView {
    match part {
        Part::Beater(beater) => NodeView {
            role: "node",
            look: Look::Server,
            badge: "life",
            fields: vec![
                Field::notable("life", beater.last.incarnation),
                Field::new("beats sent", beater.last.number),
            ],
        },
        Part::Monitor(monitor) => {
            let suspects = |is: fn(&super::node::Watched) -> bool| -> Vec<NodeId> {
                monitor.watched.iter().filter(|w| is(w)).map(|w| w.node).collect()
            };
            let ended = monitor.watched.iter().find_map(|watched| watched.ended);
            NodeView {
                role: if ended.is_some() { "monitor, failed" } else { "monitor" },
                look: Look::Relay,
                badge: "suspects",
                fields: vec![
                    Field::notable("suspects", suspects(|watched| watched.suspected)),
                    Field::notable("fixed timeout suspects", suspects(|w| w.twin_suspects)),
                    Field::notable("ended by", ended.map_or(Value::None, Value::Word)),
                ],
            }
        }
        Part::Printed(printed) => {
            let suspects = printed.entries.iter().filter(|entry| entry.suspected);
            let suspects: Vec<NodeId> = suspects.map(|entry| entry.node).collect();
            NodeView {
                role: if printed.ended.is_some() { "monitor, failed" } else { "monitor" },
                look: Look::Relay,
                badge: "suspects",
                fields: vec![
                    Field::notable("suspects", suspects),
                    Field::notable("ended by", printed.ended.map_or(Value::None, Value::Word)),
                ],
            }
        }
    }
}
