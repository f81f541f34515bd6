//! What nodes show of themselves.

use crate::sim::{Field, Look, NodeId, NodeView, Panel};

use super::judges::{Kind, SETTINGS};
use super::monitor::Monitor;
use super::node::Part;

/// Numbers, words and names only, because it is made at every step.
pub fn part(part: &Part) -> NodeView {
    match part {
        Part::Node(node) => NodeView {
            role: "node",
            look: Look::Server,
            badge: "life",
            fields: vec![
                Field::notable("life", node.last.incarnation),
                Field::new("beats sent", node.last.number),
            ],
        },
        Part::Monitor(monitor) => {
            let suspected = |least: u32| -> Vec<NodeId> {
                let by_some = |judges: u32| judges >= least;
                let watched = monitor.watched.iter();
                watched
                    .filter(|it| by_some(it.judges.suspect().count()))
                    .map(|it| it.node)
                    .collect()
            };
            let judges: u32 = monitor.watched.iter().map(|it| it.judges.suspect().count()).sum();
            NodeView {
                role: "monitor",
                look: Look::Relay,
                badge: "suspicions",
                fields: vec![
                    Field::new("suspicions", u64::from(judges)),
                    Field::notable("suspected by somebody", suspected(1)),
                    Field::notable(
                        "suspected by most",
                        suspected((Kind::ALL.len() * SETTINGS / 2) as u32),
                    ),
                ],
            }
        }
    }
}

/// The larger things that a node shows.
pub fn panels(part: &Part) -> Vec<Panel> {
    match part {
        Part::Node(_) => Vec::new(),
        Part::Monitor(monitor) => vec![verdicts(monitor)],
    }
}

/// For each node: how many of the settings of each detector suspect it.
fn verdicts(monitor: &Monitor) -> Panel {
    let mut columns = vec!["node"];
    columns.extend(Kind::ALL.map(Kind::word));
    let row = |watched: &super::monitor::Watched| {
        let count = |kind: Kind| {
            let suspect = watched.judges.suspect();
            (0..SETTINGS).filter(|setting| suspect.has(kind, *setting)).count() as u64
        };
        let mut row = vec![watched.node.into()];
        row.extend(Kind::ALL.map(|kind| count(kind).into()));
        row
    };
    let rows = monitor.watched.iter().map(row).collect();
    Panel::Table { title: "How many of eight settings suspect it", columns, rows }
}
