//! What keys do.

use web_sys::KeyboardEvent;

use faultline::play::ChipEdit;
use faultline::play::frame::SceneExt;
use faultline::sim::view::SceneLink;
use faultline::sim::{Condition, Input, NodeId};

use crate::ui::browser;
use crate::ui::keys::{self, Command, Place, Press};
use crate::ui::stage::{cut_both, isolation};
use crate::ui::state::{ChipMsg, Go, GroupEdit, Selection, Sheet, Tab};

use super::LabPage;

/// The regions that F6 goes through, in order.
const REGIONS: [&str; 6] = [
    "#region-strip",
    "#region-stage",
    "#region-diagram",
    "#region-script",
    "#region-transport",
    "#region-side",
];

/// What the map says of a key that was pressed here and now.
pub fn command(event: &KeyboardEvent, letters: bool) -> Option<Command> {
    if event.is_composing() || event.meta_key() {
        return None;
    }
    let press = Press {
        key: &event.key(),
        code: &event.code(),
        shift: event.shift_key(),
        control: event.ctrl_key(),
        alt: event.alt_key(),
        place: place(),
        typing: browser::is_typing(),
        letters,
    };
    let native = matches!(press.key, " " | "Enter") || press.key.starts_with("Arrow");
    if native && browser::focus_is_in("[data-tray]") {
        return None;
    }
    let command = keys::command(&press)?;
    // A dialog keeps its keys, and closes by its own Escape.
    (!browser::dialog_is_open()).then_some(command)
}

fn place() -> Place {
    if browser::focus_is_in("[data-stage]") {
        Place::Stage
    } else if browser::focus_is_in("[data-plot]") {
        Place::Diagram
    } else if browser::focus_is_in("[data-chip]") {
        Place::Script
    } else {
        Place::Elsewhere
    }
}

impl LabPage {
    pub fn press(&mut self, command: Command) -> bool {
        match command {
            Command::PlayPause => self.toggle_play(),
            Command::Reset => self.go(Go::Reset),
            Command::Undo => self.undo(),
            Command::Redo => self.redo(),
            Command::Help => self.open_sheet(Some(Sheet::Help)),
            Command::Leave => self.leave(),
            Command::NextRegion => self.region(1),
            Command::LastRegion => self.region(-1),
            Command::Step => self.go(Go::Step),
            Command::Back => self.go(Go::Back),
            Command::NextMessage => self.go(Go::NextMessage),
            Command::LastMessage => self.go(Go::LastMessage),
            Command::NextChange => self.go(Go::NextChange),
            Command::Slower => self.set_speed(self.speed.saturating_sub(1)),
            Command::Faster => self.set_speed(self.speed + 1),
            Command::Kill => self.kill_or_restart(),
            Command::PauseNode => self.pause_or_resume(),
            Command::CutLink => self.cut_or_mend(),
            Command::DropMessage => self.drop_message(),
            Command::FlipGroup => self.on_node("put into a group", |page, node| {
                page.edit_groups(GroupEdit::Flip(node));
            }),
            Command::ApplyPartition => self.edit_groups(GroupEdit::Apply),
            Command::HealAll => self.act(vec![Input::HealAll]),
            Command::Ask => self.ask(),
            Command::Inspector => self.show_and_focus(Tab::Inspector),
            Command::Why => self.show_and_focus(Tab::Why),
            Command::WhereAmI => self.say_where(),
            Command::Table => self.open_sheet(Some(Sheet::Table)),
            Command::Node(place) => {
                let node = self.scene.nodes.get(usize::from(place) - 1).map(|node| node.id);
                node.into_iter().for_each(|node| self.focus_node(node));
            }
            Command::Compare => self.compare_runs(),
            Command::CycleLinks => self.cycle_links(),
            Command::CycleMessages => self.cycle_messages(),
            Command::Move(x, y) => self.move_focus(f64::from(x), f64::from(y)),
            Command::Acts => {
                browser::focus("[data-tray] button:not(:disabled)");
            }
            Command::Toward(toward) => self.toward(toward),
            Command::Choose => self.choose_here(),
            Command::NextChip(by) => self.next_chip(by),
            Command::MoveChip(by) => self.change_chips(ChipMsg::Move(self.chip, by)),
            Command::DeleteChip => {
                self.change_chips(ChipMsg::Change(self.chip, ChipEdit::Delete));
            }
        }
        self.keep_going();
        true
    }

    fn on_node(&mut self, what: &str, act: impl FnOnce(&mut LabPage, NodeId)) {
        match self.selection {
            Selection::Node(node) => act(self, node),
            Selection::Nothing | Selection::Link(..) | Selection::Message(_) => {
                self.complain(&format!("select the node to {what} first"));
            }
        }
    }

    fn condition(&self, node: NodeId) -> Option<Condition> {
        self.scene.node(node).map(|node| node.condition)
    }

    fn kill_or_restart(&mut self) {
        if self.is_nobody_up()
            && !matches!(self.selection, Selection::Node(_))
            && let Some(node) = self.scene.nodes.first().map(|node| node.id)
        {
            return self.act(vec![Input::Restart(node)]);
        }
        self.on_node("kill", |page, node| {
            let down = page.condition(node) == Some(Condition::Down);
            page.act(vec![if down { Input::Restart(node) } else { Input::Crash(node) }]);
        });
    }

    fn pause_or_resume(&mut self) {
        self.on_node("pause", |page, node| {
            let paused = page.condition(node) == Some(Condition::Paused);
            page.act(vec![if paused { Input::Resume(node) } else { Input::Pause(node) }]);
        });
    }

    fn cut_or_mend(&mut self) {
        let inputs = match self.selection {
            Selection::Link(a, b) => match cut_both(&self.scene, a, b) {
                Some(cut) => vec![cut],
                None => vec![Input::Heal(a, b), Input::Heal(b, a)],
            },
            Selection::Node(node) => match isolation(&self.scene, node) {
                cuts if cuts.is_empty() => self.mend_all_of(node),
                cuts => cuts,
            },
            Selection::Nothing | Selection::Message(_) => {
                return self.complain("select the link to cut first (L goes through them)");
            }
        };
        self.act(inputs);
    }

    fn mend_all_of(&self, node: NodeId) -> Vec<Input> {
        let its = |link: &&SceneLink| link.cut && (link.from == node || link.to == node);
        self.scene.links.iter().filter(its).map(|link| Input::Heal(link.from, link.to)).collect()
    }

    fn drop_message(&mut self) {
        match self.selection {
            Selection::Message(id) => self.act(vec![Input::Drop(id)]),
            Selection::Nothing | Selection::Node(_) | Selection::Link(..) => {
                self.complain("select the message to drop first (M goes through them)");
            }
        }
    }

    fn cycle_links(&mut self) {
        let ties = &self.ring.ties;
        let of_node = match self.selection {
            Selection::Node(node) => Some(node),
            Selection::Link(a, _) => Some(a),
            Selection::Nothing | Selection::Message(_) => None,
        };
        let its: Vec<(NodeId, NodeId)> = ties
            .iter()
            .filter(|tie| of_node.is_none_or(|node| tie.a == node || tie.b == node))
            .map(|tie| (tie.a, tie.b))
            .collect();
        let here = match self.selection {
            Selection::Link(a, b) => its.iter().position(|&tie| tie == (a, b)),
            Selection::Nothing | Selection::Node(_) | Selection::Message(_) => None,
        };
        let next = here.map_or(0, |here| here + 1);
        match its.get(next).or(its.first()) {
            Some(&(a, b)) => {
                self.select(Selection::Link(a, b));
                browser::focus(&format!("[data-link=\"{a}-{b}\"]"));
            }
            None => self.complain("there are no links here"),
        }
    }

    fn cycle_messages(&mut self) {
        let ids: Vec<_> = self.scene.messages.iter().map(|flight| flight.message.id).collect();
        let here = match self.selection {
            Selection::Message(id) => ids.iter().position(|&other| other == id),
            Selection::Nothing | Selection::Node(_) | Selection::Link(..) => None,
        };
        let next = here.map_or(0, |here| here + 1);
        match ids.get(next).or(ids.first()) {
            Some(&id) => {
                self.select(Selection::Message(id));
                browser::focus(&format!("[data-hit=\"{id}\"]"));
            }
            None => self.complain("no message is on its way"),
        }
    }

    /// To the node that lies best in a direction from the selected one.
    fn move_focus(&mut self, x: f64, y: f64) {
        let from = match self.selection {
            Selection::Node(node) => node,
            Selection::Link(a, _) => a,
            Selection::Nothing | Selection::Message(_) => {
                if let Some(seat) = self.ring.seats.first() {
                    self.focus_node(seat.id);
                }
                return;
            }
        };
        let at = self.ring.at(from);
        let cost = |seat: &&faultline::play::frame::Seat| {
            let (dx, dy) = (seat.at.x - at.x, seat.at.y - at.y);
            let along = dx * x + dy * y;
            let aside = (dx * y - dy * x).abs();
            (along > 8.0).then_some(along + 2.0 * aside)
        };
        let best = self
            .ring
            .seats
            .iter()
            .filter_map(|seat| Some((cost(&seat)?, seat.id)))
            .min_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((_, id)) = best {
            self.focus_node(id);
        }
    }

    fn show_and_focus(&mut self, tab: Tab) {
        self.show_tab(tab);
        browser::focus(&format!("#tab-{}", tab.id()));
    }

    /// Closes what is open; else takes the focus from the stage.
    fn leave(&mut self) {
        if self.drag.take().is_some() {
            return;
        }
        if self.toast.take().is_some() {
            return;
        }
        if self.groups.take().is_some() {
            return;
        }
        if browser::focus_is_in("[data-tray]")
            && let Selection::Node(node) = self.selection
        {
            return self.focus_node(node);
        }
        if browser::focus_is_in("[data-stage], [data-plot], [data-chip]") {
            self.select(Selection::Nothing);
            browser::focus("#region-transport");
            return;
        }
        self.side_open = false;
    }

    fn region(&mut self, by: isize) {
        let here = REGIONS.iter().position(|region| browser::focus_is_in(region));
        let count = REGIONS.len() as isize;
        let first = if by > 0 { -1 } else { count };
        let mut at = here.map_or(first, |here| here as isize);
        // A region that is not shown cannot have the focus: on to the next one.
        for _ in 0..count {
            at = (at + by).rem_euclid(count);
            let region = REGIONS[at as usize];
            if browser::focus(region) && browser::focus_is_in(region) {
                return;
            }
        }
    }
}
