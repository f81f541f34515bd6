//! What keys do here: the same as on the lab page, in all runs at once.

use yew::prelude::Context;

use faultline::play::frame::SceneExt;
use faultline::sim::{Condition, Input, NodeId};

use crate::ui::browser;
use crate::ui::keys::Command;
use crate::ui::stage::{cut_both, isolation};
use crate::ui::state::{GroupEdit, Selection};

use super::ComparePage;

impl ComparePage {
    /// True if the page must be rendered.
    pub fn press(&mut self, ctx: &Context<ComparePage>, command: Command) -> bool {
        match command {
            Command::PlayPause => self.toggle_play(),
            Command::Reset => self.seek(faultline::sim::Time::ZERO),
            Command::Step | Command::NextMessage => self.step(),
            Command::Back => self.back(),
            Command::NextChange => self.next_change(),
            Command::Slower => self.set_speed(self.speed.saturating_sub(1)),
            Command::Faster => self.set_speed(self.speed + 1),
            Command::Kill => self.on_node(|condition, node| match condition {
                Condition::Down => Input::Restart(node),
                Condition::Up | Condition::Paused => Input::Crash(node),
            }),
            Command::PauseNode => self.on_node(|condition, node| match condition {
                Condition::Paused => Input::Resume(node),
                Condition::Up | Condition::Down => Input::Pause(node),
            }),
            Command::CutLink => self.cut_or_mend(),
            Command::HealAll => self.act(vec![Input::HealAll]),
            Command::FlipGroup => {
                if let Selection::Node(node) = self.selection {
                    self.edit_groups(GroupEdit::Flip(node));
                }
            }
            Command::ApplyPartition => self.edit_groups(GroupEdit::Apply),
            Command::Node(number) => self.focus_node(NodeId::server(number)),
            Command::WhereAmI => {
                let words = self.differences.iter().flatten().map(|(_, words)| words.as_str());
                self.say(words.collect::<Vec<_>>().join(" "));
            }
            Command::Leave => self.leave(ctx),
            // The rest is about panels and sheets that are not here.
            _ => return false,
        }
        true
    }

    fn on_node(&mut self, input: impl Fn(Condition, NodeId) -> Input) {
        let Selection::Node(node) = self.selection else { return };
        let scene = self.shown.get(self.chosen).map(|shown| shown.scene.clone());
        if let Some(node) = scene.as_ref().and_then(|scene| scene.node(node)) {
            self.act(vec![input(node.condition, node.id)]);
        }
    }

    fn cut_or_mend(&mut self) {
        let Some(scene) = self.shown.get(self.chosen).map(|shown| shown.scene.clone()) else {
            return;
        };
        let inputs = match self.selection {
            Selection::Link(a, b) => match cut_both(&scene, a, b) {
                Some(cut) => vec![cut],
                None => vec![Input::Heal(a, b), Input::Heal(b, a)],
            },
            Selection::Node(node) => isolation(&scene, node),
            Selection::Nothing | Selection::Message(_) => Vec::new(),
        };
        if !inputs.is_empty() {
            self.act(inputs);
        }
    }

    fn focus_node(&mut self, node: NodeId) {
        let here = browser::focused().and_then(|focused| focused.closest("[data-side]").ok()?);
        let side = here.and_then(|side| side.get_attribute("data-side"));
        let side = side.unwrap_or_else(|| self.chosen.to_string());
        browser::focus(&format!("[data-side=\"{side}\"] [data-node=\"{node}\"]"));
    }

    /// Closes what is open, then leaves the stage, then goes back to where this was opened.
    fn leave(&mut self, ctx: &Context<ComparePage>) {
        if self.toast.take().is_some() || self.groups.take().is_some() {
            return;
        }
        if browser::focus_is_in("[data-stage]") {
            self.selection = Selection::Nothing;
            browser::focus("#region-transport");
            return;
        }
        if let Some(close) = &ctx.props().close {
            close.emit(());
        }
    }
}
