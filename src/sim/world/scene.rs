//! The world as plain data, for drawing.

use crate::sim::sorting;
use crate::sim::spec::{Service, Violation};
use crate::sim::view::{Condition, Flight, NodeView, Scene, SceneLink, SceneNode, SceneTimer};

use super::core::Core;
use super::nodes::Nodes;

impl Core {
    /// All that there is to see, but for what only the lab's spec knows.
    pub fn scene(&self, nodes: &dyn Nodes, violations: &[Violation], service: Service) -> Scene {
        let shown = |slot| Some(self.scene_node(nodes, slot, nodes.view(slot)?));
        Scene {
            time: self.now,
            next_step: self.next_step,
            nodes: (0..self.slots.len()).filter_map(shown).collect(),
            messages: self.scene_messages(nodes),
            links: self.scene_links(),
            default_link: self.default_link,
            faults: self.ledger.faults().cloned().collect(),
            false_alarms: self.ledger.alarms().cloned().collect(),
            error: None,
            service,
            violations: violations.to_vec(),
            metrics: Vec::new(),
            panels: Vec::new(),
        }
    }

    /// Every message on its way, in the order of sending.
    fn scene_messages(&self, nodes: &dyn Nodes) -> Vec<Flight> {
        let mut flights: Vec<Flight> = self
            .flights
            .iter()
            .map(|(place, flight)| Flight {
                message: flight.envelope(place, nodes),
                fate: flight.fate,
            })
            .collect();
        sorting::sort_by(&mut flights, |one, other| one.message.id.cmp(&other.message.id));
        flights
    }

    /// Every link that is cut or has settings of its own.
    fn scene_links(&self) -> Vec<SceneLink> {
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

    /// A node that has started. What the lab's spec knows of it (the beliefs) is for the caller to add.
    fn scene_node(&self, nodes: &dyn Nodes, place: usize, view: NodeView) -> SceneNode {
        let slot = &self.slots[place];
        let pending = slot.timers.iter().enumerate();
        let mut timers: Vec<SceneTimer> = pending
            .map(|(timer, pending)| SceneTimer {
                name: nodes.timer(place, timer).to_string(),
                range: pending.range,
                set_at: pending.set_at,
                due: pending.due,
            })
            .collect();
        sorting::sort_by(&mut timers, |one, other| one.name.cmp(&other.name));
        let is_down = slot.condition == Condition::Down;
        SceneNode {
            id: slot.id,
            condition: slot.condition,
            slow: slot.slow,
            slow_disk: slot.slow_disk,
            skew_ppm: slot.clock.ppm,
            view,
            panels: if is_down { Vec::new() } else { nodes.panels(place) },
            timers,
            beliefs: Vec::new(),
            standing: None,
            suspects: slot.suspects.clone(),
            waiting: slot.waiting.len() as u64,
        }
    }
}
