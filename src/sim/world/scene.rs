//! The world as plain data, for drawing.

use crate::sim::network::LinkSettings;
use crate::sim::protocol::Protocol;
use crate::sim::view::{Condition, Flight, SceneLink, SceneNode, SceneTimer};

use super::{Slot, World};

impl<P: Protocol> World<P> {
    /// Every node that has started. What the lab's spec knows (the beliefs) is for the caller to add.
    pub fn scene_nodes(&self) -> Vec<SceneNode> {
        let shown = |slot: &Slot<P>| Some(scene_node(slot, slot.node.as_ref()?));
        self.slots.iter().filter_map(shown).collect()
    }

    /// Every message on its way, in the order of sending.
    pub fn scene_messages(&self) -> Vec<Flight> {
        let mut flights: Vec<Flight> = self
            .flights()
            .map(|flight| Flight { message: flight.envelope(), fate: flight.fate })
            .collect();
        flights.sort_by_key(|flight| flight.message.id);
        flights
    }

    /// Every link that is cut or has settings of its own.
    pub fn scene_links(&self) -> Vec<SceneLink> {
        let mut links = Vec::new();
        for from in 0..self.slots.len() {
            for to in 0..self.slots.len() {
                let link = &self.links[self.link(from, to)];
                if link.cut_by.is_none() && !link.altered {
                    continue;
                }
                links.push(SceneLink {
                    from: self.slots[from].id,
                    to: self.slots[to].id,
                    cut: link.cut_by.is_some(),
                    settings: link.altered.then(|| self.settings(from, to).0),
                });
            }
        }
        links
    }

    /// The settings of every link that has none of its own.
    pub fn default_link(&self) -> LinkSettings {
        self.default_link
    }
}

fn scene_node<P: Protocol>(slot: &Slot<P>, node: &P) -> SceneNode {
    let mut timers: Vec<SceneTimer> = slot
        .timers
        .iter()
        .map(|pending| SceneTimer {
            name: pending.timer.to_string(),
            range: pending.range,
            set_at: pending.set_at,
            due: pending.due,
        })
        .collect();
    timers.sort_by(|a, b| a.name.cmp(&b.name));
    SceneNode {
        id: slot.id,
        condition: slot.condition,
        slow: slot.slow,
        slow_disk: slot.slow_disk,
        skew_ppm: slot.clock.ppm,
        view: node.view(),
        panels: if slot.condition == Condition::Down { Vec::new() } else { node.panels() },
        timers,
        beliefs: Vec::new(),
        suspects: slot.suspects.clone(),
        waiting: slot.waiting.len() as u64,
    }
}
