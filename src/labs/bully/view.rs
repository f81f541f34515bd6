//! What nodes show of themselves. Numbers, words and names only, because it is made at every step.

use crate::sim::{Field, Look, NodeId, NodeView, Value, sorting};

use super::node::{Node, Role};
use super::printed::{Printed, Thread};

/// The corrected node.
pub fn node(node: &Node) -> NodeView {
    let (role, look) = match &node.role {
        Role::Follower { .. } => ("follower", Look::Follower),
        Role::Candidate { answered, .. } if answered.is_empty() => ("candidate", Look::Candidate),
        Role::Candidate { .. } => ("outranked candidate", Look::Candidate),
        Role::Leader { leads: true, .. } => ("leader", Look::Leader),
        Role::Leader { leads: false, .. } => ("leader without a quorum", Look::Candidate),
    };
    let (asked, answered) = match &node.role {
        Role::Candidate { asked, answered } => {
            (Value::Nodes(asked.clone()), Value::Nodes(answered.clone()))
        }
        Role::Follower { .. } | Role::Leader { .. } => (Value::None, Value::None),
    };
    let acknowledged_by = match &node.role {
        Role::Leader { acks, .. } => {
            let mut nodes: Vec<NodeId> = acks.iter().map(|(node, _)| *node).collect();
            sorting::sort(&mut nodes);
            Value::Nodes(nodes)
        }
        Role::Follower { .. } | Role::Candidate { .. } => Value::None,
    };
    let mut view = NodeView {
        role,
        look,
        badge: "leader",
        fields: vec![
            Field::notable("leader", node.followed()),
            Field::notable("epoch", node.epoch.0),
            Field::new("sent ELECTION to", asked),
            Field::new("heard OK from", answered),
            Field::new("acknowledged by", acknowledged_by),
        ],
    };
    view.fields.extend(node.office.field());
    view
}

/// The node as printed.
pub fn printed(node: &Printed) -> NodeView {
    let (role, look) = match node.leader_id {
        _ if node.election_in_progress => ("candidate", Look::Candidate),
        Some(leader) if leader == node.me => ("leader", Look::Leader),
        Some(_) => ("follower", Look::Follower),
        None => ("idle", Look::Follower),
    };
    let mut blocked_on: Vec<NodeId> = node.threads.iter().filter_map(Thread::blocked_on).collect();
    sorting::sort(&mut blocked_on);
    blocked_on.dedup();
    NodeView {
        role,
        look,
        badge: "leader_id",
        fields: vec![
            Field::notable("leader_id", node.leader_id),
            Field::notable("election_in_progress", node.election_in_progress),
            Field::new("threads", node.threads.len() as u64),
            Field::new("waits for a call of", blocked_on),
        ],
    }
}
