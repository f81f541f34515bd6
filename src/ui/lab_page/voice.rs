//! What the page says aloud: one voice, by the rules of [`Announcer`](faultline::play::announce).

use std::ops::Range;

use faultline::play::announce::Level;
use faultline::play::frame::{SceneExt, link_name, summary};
use faultline::sim::{Condition, StepIndex};

use crate::ui::browser;
use crate::ui::state::Selection;

use super::LabPage;

impl LabPage {
    /// Answers what the learner did.
    pub fn say(&mut self, text: String) {
        let text = self.announcer.answer(&text, now());
        self.utter(text);
    }

    /// Tells what happened while time ran, when it is time to.
    pub fn tell_events(&mut self, steps: Range<StepIndex>) {
        let wanted = |turning: bool| match self.level {
            Level::Off => false,
            Level::KeyEvents => turning,
            Level::All => true,
        };
        let (mut last, mut count) = (None, 0);
        for (step, mark) in self.session.marks().range(steps) {
            if wanted(mark.turning) {
                (last, count) = (Some(step), count + 1);
            }
        }
        let text = match last.and_then(|last| self.session.step_at(last)) {
            Some(step) => self.announcer.happened(self.session.sentence(&step), count, now()),
            None => self.announcer.due(now()),
        };
        if let Some(text) = text {
            self.utter(text);
        }
    }

    fn utter(&mut self, text: String) {
        self.said = (self.said.0 + 1, text.into());
    }

    /// Where the learner is: what is selected, and how the system fares.
    pub fn say_where(&mut self) {
        let scene = &self.scene;
        let selected = match self.selection {
            Selection::Nothing => None,
            Selection::Node(id) => scene
                .node(id)
                .map(|node| format!("{}.", faultline::play::frame::node_name(scene, node))),
            Selection::Link(a, b) => Some(format!("{}.", link_name(scene, a, b))),
            Selection::Message(id) => Some(format!("Message {} is selected.", id.0)),
        };
        let text = match selected {
            Some(selected) => format!("{selected} {}", summary(scene)),
            None => summary(scene),
        };
        self.say(text);
    }

    /// Whether nothing can happen because every node is down.
    pub fn is_nobody_up(&self) -> bool {
        self.scene.nodes.iter().all(|node| node.condition == Condition::Down)
    }
}

/// Whole milliseconds on a clock that never runs back.
fn now() -> u64 {
    browser::now_ms() as u64
}
