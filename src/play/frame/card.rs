//! What stands beside a node on the stage: its role and what is the matter with it, what it believes,
//! and the newest of what it keeps.

use crate::sim::view::SceneNode;
use crate::sim::{Condition, Look, Panel, Scene, Span, Standing, Value};

use super::words::{SceneExt, node_states};

/// The last entries of a log that a strip has room for.
const ENTRIES: usize = 4;

/// The words and small pictures of one node.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeCard {
    /// The role; of a node that cannot act, why it cannot.
    pub role: String,
    /// What else is out of the ordinary, the most important first.
    pub states: Vec<String>,
    /// Of two sets of voters, in which it is: `old`, `new`, `both`; of one that leads from outside, that.
    pub half: Option<&'static str>,
    pub crown: Option<BeliefCrown>,
    pub strip: Newest,
}

/// Whom or what a node takes for true, beside whether it is.
#[derive(Clone, Debug, PartialEq)]
pub struct BeliefCrown {
    /// What it is about: `leader`.
    pub about: &'static str,
    pub believes: String,
    pub right: bool,
    /// The whole in words.
    pub note: String,
}

/// The newest of what a node keeps, as small as can be.
#[derive(Clone, Debug, PartialEq)]
pub enum Newest {
    Nothing,
    Log(Vec<StripEntry>),
    /// How full something is: from nothing, 0, to full, 100.
    Level {
        percent: u64,
        text: String,
    },
    /// The state of a switch.
    State(&'static str),
}

/// One entry of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StripEntry {
    pub index: u64,
    pub term: u64,
    pub committed: bool,
}

impl NodeCard {
    pub fn new(scene: &Scene, node: &SceneNode) -> NodeCard {
        let role = match node.condition {
            Condition::Down => "crashed".to_string(),
            Condition::Paused if node.waiting > 0 => format!("paused, {} wait", node.waiting),
            Condition::Paused => "paused".to_string(),
            Condition::Up => match (node.standing, node.view.look) {
                (Some(Standing::Learns), Look::Follower) => "learner".to_string(),
                (Some(Standing::Outside), Look::Follower) => "outside".to_string(),
                _ => node.view.role.to_string(),
            },
        };
        let suspecting = scene.suspected_by(node.id).len();
        let mut states = Vec::new();
        if suspecting > 0 {
            states.push(format!("suspected by {suspecting}"));
        }
        let ordinary = |state: &String| state != "paused" && state != "crashed";
        states.extend(node_states(node).into_iter().filter(ordinary));
        NodeCard { role, states, half: half(node), crown: crown(node), strip: strip(node) }
    }

    /// The one word for which there is always room: what is the matter, or else the role.
    pub fn word(&self, node: &SceneNode) -> String {
        match node.condition {
            Condition::Down | Condition::Paused => self.role.clone(),
            Condition::Up => match self.states.first() {
                Some(state) if state.starts_with("suspected") => "suspected".to_string(),
                Some(_) if node.slow > Span::ZERO => "slow".to_string(),
                Some(_) | None => self.role.clone(),
            },
        }
    }
}

/// The word on the rim of a node where two sets of voters count, or where it leads a group without itself.
fn half(node: &SceneNode) -> Option<&'static str> {
    match node.standing? {
        Standing::VotesInBoth => Some("both"),
        Standing::VotesInNew => Some("new"),
        Standing::VotesInOld => Some("old"),
        Standing::Outside if node.view.look != Look::Follower => Some("out"),
        Standing::Votes | Standing::Learns | Standing::Outside => None,
    }
}

/// A node that is down believes nothing.
fn crown(node: &SceneNode) -> Option<BeliefCrown> {
    let belief = node.beliefs.first().filter(|_| node.condition != Condition::Down)?;
    let believes = match &belief.believes {
        Value::None => "nobody".to_string(),
        value => value.to_string(),
    };
    let verdict = if belief.right { "which is so" } else { "which is wrong" };
    let mut note = format!("believes {}: {believes}, {verdict}", belief.about);
    if !belief.note.is_empty() {
        note = format!("{note}; {}", belief.note);
    }
    Some(BeliefCrown { about: belief.about, believes, right: belief.right, note })
}

fn strip(node: &SceneNode) -> Newest {
    for panel in &node.panels {
        match panel {
            Panel::Log { first, entries, committed, .. } => {
                let entry = |(place, entry): (u64, &crate::sim::panel::LogEntry)| StripEntry {
                    index: place,
                    term: entry.term,
                    committed: place <= *committed,
                };
                let all: Vec<StripEntry> = (*first..).zip(entries).map(entry).collect();
                return Newest::Log(all[all.len().saturating_sub(ENTRIES)..].to_vec());
            }
            Panel::Gauge { scale, value, max, .. } => {
                let percent = (value * 100).checked_div(*max).unwrap_or(0).min(100);
                let text = format!("{}/{}", scale.digits(*value), scale.digits(*max));
                return Newest::Level { percent, text };
            }
            Panel::Queue { capacity, items, .. } => {
                let count = items.len() as u64;
                let percent = (count * 100).checked_div(capacity.unwrap_or(0)).unwrap_or(0);
                let text = format!("{count} waiting");
                return Newest::Level { percent: percent.min(100), text };
            }
            Panel::Switch { states, now, .. } => {
                return states.get(*now).map_or(Newest::Nothing, |state| Newest::State(state));
            }
            Panel::Table { .. }
            | Panel::Histogram { .. }
            | Panel::Series { .. }
            | Panel::Curve { .. } => {}
        }
    }
    Newest::Nothing
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::play::frame::words::tests::scene;
    use crate::sim::panel::LogEntry;
    use crate::sim::{Belief, NodeId};

    fn belief(right: bool) -> Belief {
        let (believes, truth) = (NodeId::server(5).into(), Value::None);
        Belief { about: "leader", believes, truth, right, note: "n5 is down".into() }
    }

    #[test]
    fn what_is_the_matter_with_a_node_goes_before_its_role() {
        let mut scene = scene(3);
        scene.nodes[0].suspects = vec![NodeId::server(2)];
        scene.nodes[1].slow = Span::from_ms(50);
        let card = NodeCard::new(&scene, &scene.nodes[1]);
        assert_eq!(card.states, ["suspected by 1", "slow by 50 ms"]);
        assert_eq!(card.word(&scene.nodes[1]), "suspected");
        assert_eq!(NodeCard::new(&scene, &scene.nodes[2]).word(&scene.nodes[2]), "follower");
        scene.nodes[1].condition = Condition::Down;
        let card = NodeCard::new(&scene, &scene.nodes[1]);
        assert_eq!(card.word(&scene.nodes[1]), "crashed");
    }

    #[test]
    fn who_learns_or_is_outside_is_called_so_and_who_votes_is_called_by_its_role() {
        let mut scene = scene(6);
        let all = [
            Standing::Votes,
            Standing::VotesInBoth,
            Standing::VotesInNew,
            Standing::VotesInOld,
            Standing::Learns,
            Standing::Outside,
        ];
        for (node, standing) in scene.nodes.iter_mut().zip(all) {
            node.standing = Some(standing);
        }
        let drawn = scene.nodes.iter().map(|node| {
            let card = NodeCard::new(&scene, node);
            (card.role, card.half)
        });
        let wanted = [
            ("follower", None),
            ("follower", Some("both")),
            ("follower", Some("new")),
            ("follower", Some("old")),
            ("learner", None),
            ("outside", None),
        ];
        assert_eq!(drawn.collect::<Vec<_>>(), wanted.map(|it| (it.0.to_string(), it.1)));
        // A leader that removes itself leads on from outside for a moment.
        (scene.nodes[5].view.look, scene.nodes[5].view.role) = (Look::Leader, "leader");
        let card = NodeCard::new(&scene, &scene.nodes[5]);
        assert_eq!((card.role.as_str(), card.half), ("leader", Some("out")));
    }

    #[test]
    fn a_crown_says_whom_a_node_believes_in_and_whether_it_is_right() {
        let mut scene = scene(3);
        scene.nodes[0].beliefs = vec![belief(false)];
        let crown = NodeCard::new(&scene, &scene.nodes[0]).crown.unwrap();
        assert_eq!((crown.believes.as_str(), crown.right), ("n5", false));
        assert_eq!(crown.note, "believes leader: n5, which is wrong; n5 is down");
        scene.nodes[0].condition = Condition::Down;
        assert_eq!(NodeCard::new(&scene, &scene.nodes[0]).crown, None);
    }

    #[test]
    fn a_log_strip_has_the_newest_entries_and_says_which_are_committed() {
        let mut scene = scene(1);
        let entries: Vec<LogEntry> =
            (1..=6).map(|term| LogEntry { term, text: "x".into() }).collect();
        scene.nodes[0].panels =
            vec![Panel::Log { title: "log", first: 3, entries, committed: 6, applied: 5 }];
        let Newest::Log(entries) = NodeCard::new(&scene, &scene.nodes[0]).strip else {
            panic!("no log")
        };
        let marks: Vec<_> = entries.iter().map(|e| (e.index, e.term, e.committed)).collect();
        assert_eq!(marks, [(5, 3, true), (6, 4, true), (7, 5, false), (8, 6, false)]);
    }
}
