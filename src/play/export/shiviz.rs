//! ShiViz's log format: each event takes two lines, what happened and then where, with the vector
//! clock of that place:
//!
//! ```text
//! 0.152 s: n3 becomes a candidate
//! n3 {"n1":1,"n3":4}
//! ```
//!
//! The expression that ShiViz reads by default is `(?<event>.*)\n(?<host>\S*) (?<clock>{.*})`. A clock
//! counts the events of each node that an event follows from (Fidge 1988; Mattern 1989): its own, and
//! through every message those of the sender.

use std::collections::BTreeMap;

use crate::play::narrate::Narrator;
use crate::sim::{Cause, MsgId, NodeId, Step};

/// How many events of each node are known.
type Clock = BTreeMap<NodeId, u64>;

/// The clocks of all nodes, and of the messages on their way.
#[derive(Default)]
pub struct Clocks {
    nodes: BTreeMap<NodeId, Clock>,
    /// What the sender knew.
    messages: BTreeMap<MsgId, Clock>,
}

impl Clocks {
    /// The event of a step, if it happened at a node.
    pub fn event(&mut self, step: &Step, narrator: &Narrator) -> String {
        let clock =
            step.node.filter(|_| is_an_event(&step.cause)).map(|node| self.tick(node, step));
        self.follow(step);
        let (Some(node), Some(clock)) = (step.node, clock) else { return String::new() };
        let counts: Vec<String> =
            clock.iter().map(|(node, count)| format!("\"{node}\":{count}")).collect();
        let sentence = narrator.sentence(step);
        let sentence = sentence.trim_end_matches('.');
        format!("{}: {sentence}\n{node} {{{}}}\n", step.time, counts.join(","))
    }

    /// One more event of a node; if it took a message, it knows what the sender knew.
    fn tick(&mut self, node: NodeId, step: &Step) -> Clock {
        let clock = self.nodes.entry(node).or_default();
        *clock.entry(node).or_default() += 1;
        if let Cause::Deliver(message) = &step.cause {
            let known = self.messages.get(&message.id).into_iter().flatten();
            for (other, count) in known {
                let mine = clock.entry(*other).or_default();
                *mine = (*mine).max(*count);
            }
        }
        clock.clone()
    }

    /// What was sent carries its sender's clock; what has arrived is forgotten.
    fn follow(&mut self, step: &Step) {
        for sent in &step.sent {
            let clock = match sent.copy_of {
                Some(original) => self.messages.get(&original).cloned(),
                None => self.nodes.get(&sent.message.from).cloned(),
            };
            self.messages.insert(sent.message.id, clock.unwrap_or_default());
        }
        match &step.cause {
            Cause::Deliver(message) | Cause::Undelivered { message, .. } => {
                self.messages.remove(&message.id);
            }
            Cause::Start | Cause::Timer(_) | Cause::Input { .. } | Cause::Held(_) => {}
        }
    }
}

/// Whether the node itself took part: what is lost on the way, or waits for a paused node, is not
/// its event.
fn is_an_event(cause: &Cause) -> bool {
    match cause {
        Cause::Start | Cause::Deliver(_) | Cause::Timer(_) | Cause::Input { .. } => true,
        Cause::Undelivered { .. } | Cause::Held(_) => false,
    }
}
