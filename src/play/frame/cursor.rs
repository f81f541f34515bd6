//! Going through the space–time diagram by keys: from event to event, and from node to node.

use crate::play::Marks;
use crate::sim::{NodeId, StepIndex};

/// A place in the diagram: a node, and one of its events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub node: NodeId,
    /// `None` if the node has none yet.
    pub step: Option<StepIndex>,
}

/// A direction in the diagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toward {
    /// The node above, at its event nearest in time; and the one below.
    Up,
    Down,
    /// The event before, of the same node; and the one after.
    Before,
    After,
    /// The node's first and last event.
    First,
    Last,
}

impl Cursor {
    /// At the last event of a node before a position.
    pub fn at(marks: &Marks, node: NodeId, position: StepIndex) -> Cursor {
        Cursor { node, step: last_of(marks, node, position) }
    }

    /// The place in that direction; the same if there is none. `nodes` are the lanes from the top.
    pub fn toward(self, marks: &Marks, nodes: &[NodeId], toward: Toward) -> Cursor {
        let row = nodes.iter().position(|&node| node == self.node).unwrap_or(0);
        let same = |step: Option<StepIndex>| Cursor { step: step.or(self.step), ..self };
        match toward {
            Toward::Up => self.beside(marks, nodes.get(row.wrapping_sub(1))),
            Toward::Down => self.beside(marks, nodes.get(row + 1)),
            Toward::Before => same(self.step.and_then(|step| last_of(marks, self.node, step))),
            Toward::After => same(next_of(marks, self.node, self.step.map_or(0, |step| step + 1))),
            Toward::First => same(next_of(marks, self.node, 0)),
            Toward::Last => same(last_of(marks, self.node, marks.len())),
        }
    }

    fn beside(self, marks: &Marks, node: Option<&NodeId>) -> Cursor {
        let Some(&node) = node else { return self };
        let here = self.step.map_or(marks.len(), |step| step + 1);
        Cursor { node, step: last_of(marks, node, here).or(next_of(marks, node, here)) }
    }
}

/// The last event of a node before a position.
fn last_of(marks: &Marks, node: NodeId, position: StepIndex) -> Option<StepIndex> {
    let of_node = |step: &StepIndex| marks.get(*step).is_some_and(|mark| mark.node == Some(node));
    (0..position.min(marks.len())).rev().find(of_node)
}

/// The first event of a node at or after a position.
fn next_of(marks: &Marks, node: NodeId, position: StepIndex) -> Option<StepIndex> {
    let own = marks.range(position..marks.len()).find(|(_, mark)| mark.node == Some(node));
    own.map(|(step, _)| step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::{self, Setup};
    use crate::play::Session;
    use crate::sim::Time;

    fn session() -> Session {
        let lab = labs::find("bully").expect("there is such a lab");
        let mut session = Session::new(Setup::new(lab, 1)).expect("it starts");
        session.seek_time(Time(500_000));
        session
    }

    fn nodes(session: &Session) -> Vec<NodeId> {
        session.scene().nodes.iter().map(|node| node.id).collect()
    }

    #[test]
    fn left_and_right_go_over_every_event_of_the_node_and_no_other() {
        let session = session();
        let (marks, nodes) = (session.marks(), nodes(&session));
        let own = marks.range(0..marks.len()).filter(|(_, mark)| mark.node == Some(nodes[1]));
        let own: Vec<StepIndex> = own.map(|(step, _)| step).collect();
        let mut cursor = Cursor::at(marks, nodes[1], 0).toward(marks, &nodes, Toward::First);
        let mut seen = vec![cursor.step.unwrap()];
        loop {
            let next = cursor.toward(marks, &nodes, Toward::After);
            if next == cursor {
                break;
            }
            cursor = next;
            seen.push(cursor.step.unwrap());
        }
        assert_eq!(seen, own);
        assert_eq!(cursor, cursor.toward(marks, &nodes, Toward::Last));
        let back = cursor.toward(marks, &nodes, Toward::Before);
        assert_eq!(back.step, Some(own[own.len() - 2]));
    }

    #[test]
    fn up_and_down_change_the_node_and_stay_near_in_time() {
        let session = session();
        let (marks, nodes) = (session.marks(), nodes(&session));
        let cursor = Cursor::at(marks, nodes[0], marks.len());
        let below = cursor.toward(marks, &nodes, Toward::Down);
        assert_eq!(below.node, nodes[1]);
        assert_eq!(marks.get(below.step.unwrap()).unwrap().node, Some(nodes[1]));
        assert_eq!(below.toward(marks, &nodes, Toward::Up).node, nodes[0]);
        assert_eq!(cursor.toward(marks, &nodes, Toward::Up), cursor, "above the first is nothing");
    }
}
