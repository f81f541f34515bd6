//! Changing what was done: the chips of the script bar, by form, by keys and by dragging; and going
//! through the diagram by keys.

use faultline::play::frame::{Cursor, SceneExt, Toward, clock_words};
use faultline::play::{ChipEdit, MarkKind};
use faultline::sim::{Cause, MsgId, NodeId, Span, StepIndex, Time};

use crate::ui::browser;
use crate::ui::state::{ChipMsg, Selection, Sheet, ZOOMS};

use super::LabPage;

/// A pointer that moves less than this has only clicked.
const DRAG_MIN_PX: i64 = 5;

impl LabPage {
    pub fn change_chips(&mut self, msg: ChipMsg) {
        match msg {
            ChipMsg::Focus(place) => self.chip = place,
            ChipMsg::Hold(place, x) => self.hold_chip(place, x),
            ChipMsg::Drag(x) => self.drag_chip(x),
            ChipMsg::Drop => self.drop_chip(),
            ChipMsg::Click(place) => {
                if !std::mem::take(&mut self.dragged) {
                    self.open_sheet(Some(Sheet::Chip(Some(place))));
                }
            }
            ChipMsg::Change(place, edit) => self.change_chip(place, edit),
            ChipMsg::Move(place, by) => {
                if let Some(chip) = self.chips.get(place) {
                    let step = self.small_step();
                    let time = if by < 0 { chip.time - step } else { chip.time + step };
                    let words = chip.words.clone();
                    self.change_chip(place, ChipEdit::Change { time, words });
                }
            }
            ChipMsg::GoTo(place) => {
                if let Some(chip) = self.chips.get(place) {
                    let (step, time) = (chip.step, chip.time);
                    self.close_sheet();
                    match step {
                        Some(step) => self.seek_step(step + 1),
                        None => self.seek_time(time),
                    }
                }
            }
            ChipMsg::Add(time, words) => match self.session.add_chip(time, &words) {
                Ok(changed) => {
                    self.close_sheet();
                    let text = format!("{words} at {}.", clock_words(time));
                    self.played_anew(text, changed);
                }
                Err(why) => self.refuse(why.to_string()),
            },
        }
    }

    /// By so much does a key or a button move a chip: a small part of what the diagram shows.
    fn small_step(&self) -> Span {
        Span(ZOOMS[self.zoom].us() / 40)
    }

    fn change_chip(&mut self, place: usize, edit: ChipEdit) {
        self.pause();
        let Some(old) = self.chips.get(place).cloned() else { return };
        match self.session.edit_chip(place, &edit) {
            Ok(changed) => {
                let text = match &edit {
                    ChipEdit::Delete => format!("Without {}.", old.words),
                    ChipEdit::Change { time, words } => {
                        format!("{words} at {}.", clock_words(*time))
                    }
                };
                self.played_anew(text, changed);
            }
            Err(why) => self.refuse(why.to_string()),
        }
    }

    /// Tells what became of a change of the script, and stays with its chip.
    fn played_anew(&mut self, text: String, changed: faultline::play::Changed) {
        self.untouched = false;
        let text = format!("{text} The run is played anew; {} is as it was.", changed.kept.name());
        self.chip = changed.chip.unwrap_or(self.chip.saturating_sub(1));
        self.changed_run(text, &changed.refused, changed.kept);
        match self.sheet {
            Some(Sheet::Chip(_)) => match changed.chip {
                Some(place) => self.sheet = Some(Sheet::Chip(Some(place))),
                None => self.close_sheet(),
            },
            _ if browser::focus_is_in("#region-script") => self.focus_chip(),
            _ => {}
        }
    }

    pub fn next_chip(&mut self, by: i8) {
        let last = self.chips.len().saturating_sub(1);
        self.chip = self.chip.saturating_add_signed(isize::from(by)).min(last);
        self.focus_chip();
    }

    /// Focuses the chip once it is drawn, or, if there is none, the bar.
    pub fn focus_chip(&mut self) {
        self.focus_next = Some(match self.chips.is_empty() {
            true => "#region-script".to_string(),
            false => format!("[data-chip=\"{}\"]", self.chip),
        });
    }

    // ---- dragging in the diagram ----

    /// Takes hold of the chip of a step.
    pub fn grab(&mut self, step: StepIndex) {
        self.pause();
        let chips = self.session.chips();
        let place = chips.iter().position(|chip| chip.step == Some(step));
        match place {
            Some(place) => {
                self.chip = place;
                self.drag = Some((place, chips[place].time));
            }
            None => self.seek_step(step + 1),
        }
    }

    pub fn drag_to(&mut self, time: Time) {
        if let Some((_, at)) = &mut self.drag {
            *at = time;
        }
    }

    /// Lets a chip go: a drag moves it, a mere click goes to its moment.
    pub fn release(&mut self) {
        let Some((place, time)) = self.drag.take() else { return };
        let Some(chip) = self.chips.get(place).cloned() else { return };
        let least = Span(ZOOMS[self.zoom].us() / 200);
        if time.0.abs_diff(chip.time.0) <= least.us() {
            return self.change_chips(ChipMsg::GoTo(place));
        }
        self.move_chip(place, time, chip.words);
    }

    fn move_chip(&mut self, place: usize, time: Time, words: String) {
        // Whole milliseconds are easier to read, and to say.
        let time = Time(time.0 / 1_000 * 1_000);
        self.change_chip(place, ChipEdit::Change { time, words });
    }

    // ---- dragging in the bar ----

    fn hold_chip(&mut self, place: usize, x: i32) {
        self.dragged = false;
        self.held = self.chips.get(place).map(|chip| (place, x, chip.time));
    }

    /// The chip goes with the pointer, as far in time as the pointer would go in the diagram.
    fn drag_chip(&mut self, x: i32) {
        let Some((place, from, time)) = self.held else { return };
        let far = i64::from(x) - i64::from(from);
        if !self.dragged && far.abs() < DRAG_MIN_PX {
            return;
        }
        if !std::mem::replace(&mut self.dragged, true) {
            self.pause();
        }
        let per_px = ZOOMS[self.zoom].us() as f64 / self.diagram_size.0.max(200.0);
        let by = Span((far.unsigned_abs() as f64 * per_px) as u64);
        self.drag = Some((place, if far < 0 { time - by } else { time + by }));
    }

    fn drop_chip(&mut self) {
        self.held = None;
        let Some((place, time)) = self.drag.take() else { return };
        let Some(chip) = self.chips.get(place).cloned() else { return };
        self.move_chip(place, time, chip.words);
    }

    // ---- the diagram by keys ----

    /// Goes to another place in the diagram, and shows its moment everywhere.
    pub fn toward(&mut self, toward: Toward) {
        let nodes: Vec<NodeId> = self.scene.nodes.iter().map(|node| node.id).collect();
        let Some(cursor) = self.cursor_here(&nodes) else { return };
        let mut next = cursor.toward(self.session.marks(), &nodes, toward);
        if next == cursor && toward == Toward::After {
            // Beyond what is known, the run goes on.
            let moved = self.session.step_to_event_of(cursor.node);
            next.step = moved.to.0.checked_sub(1);
            self.cursor = Some(next);
            return self.moved(&moved);
        }
        self.cursor = Some(next);
        self.select(Selection::Node(next.node));
        match next.step {
            Some(step) => {
                let moved = self.session.seek_step(step + 1);
                self.moved(&moved);
            }
            None => self.say(format!("Nothing has happened at {}.", next.node)),
        }
    }

    /// Where the keys go from: the last place, unless time has gone elsewhere since.
    fn cursor_here(&self, nodes: &[NodeId]) -> Option<Cursor> {
        let selected = match self.selection {
            Selection::Node(node) => Some(node),
            Selection::Nothing | Selection::Link(..) | Selection::Message(_) => None,
        };
        let last = self.cursor.filter(|cursor| nodes.contains(&cursor.node));
        let node = last.map(|cursor| cursor.node).or(selected).or(nodes.first().copied())?;
        let position = self.session.position();
        let there = last.filter(|cursor| cursor.step.is_some_and(|step| step + 1 == position));
        Some(there.unwrap_or_else(|| Cursor::at(self.session.marks(), node, position)))
    }

    /// What can be done with the event at the cursor: its act, its message, or its node.
    pub fn choose_here(&mut self) {
        let nodes: Vec<NodeId> = self.scene.nodes.iter().map(|node| node.id).collect();
        let Some(cursor) = self.cursor_here(&nodes) else { return };
        self.cursor = Some(cursor);
        let Some(step) = cursor.step.and_then(|step| self.session.step_at(step)) else { return };
        match &step.cause {
            Cause::Input { .. } => {
                if let Some(place) =
                    self.session.chips().iter().position(|chip| chip.step == Some(step.index))
                {
                    self.open_sheet(Some(Sheet::Chip(Some(place))));
                }
            }
            Cause::Deliver(message) | Cause::Undelivered { message, .. } => self.choose(message.id),
            Cause::Start | Cause::Timer(_) | Cause::Held(_) => {
                let sent = step.sent.iter().map(|sent| sent.message.id);
                let flying = |id: &MsgId| self.is_flying(*id);
                match sent.into_iter().find(flying) {
                    Some(message) => self.choose(message),
                    None => {
                        self.select(Selection::Node(cursor.node));
                        self.focus_next = Some("[data-tray] button:not(:disabled)".to_string());
                    }
                }
            }
        }
    }

    fn is_flying(&self, id: MsgId) -> bool {
        self.scene.messages.iter().any(|flight| flight.message.id == id)
    }

    /// Selects a message. If it has ended, time goes back to when it was on its way.
    pub fn choose(&mut self, id: MsgId) {
        if !self.is_flying(id) {
            let slant = self.diagram.slants.iter().find(|slant| slant.id == id).cloned();
            let span = match (slant, self.session.position().checked_sub(1)) {
                (Some(slant), _) => Some((slant.sent_at, slant.ends_at)),
                (None, Some(last)) => self.span_of(last),
                (None, None) => None,
            };
            let Some((sent, ends)) = span else { return };
            self.seek_time(Time(sent.0 + ends.since(sent).us() / 2));
        }
        if self.is_flying(id) {
            self.select(Selection::Message(id));
            self.focus_next = Some("[data-tray] button:not(:disabled)".to_string());
        } else {
            self.refuse(format!("message {} is on its way at no moment of this run", id.0));
        }
    }

    /// When the message that ended as this step was sent, and when it ended.
    fn span_of(&mut self, step: StepIndex) -> Option<(Time, Time)> {
        let kind = self.session.marks().get(step)?.kind;
        let ended = matches!(kind, MarkKind::Deliver | MarkKind::Undelivered);
        let step = self.session.step_at(step).filter(|_| ended)?;
        match &step.cause {
            Cause::Deliver(message) | Cause::Undelivered { message, .. } => {
                Some((message.sent_at, step.time))
            }
            Cause::Start | Cause::Timer(_) | Cause::Input { .. } | Cause::Held(_) => None,
        }
    }

    /// What the diagram says of the place that keys go from.
    pub fn cursor_words(&self) -> String {
        match self.cursor.and_then(|cursor| self.scene.node(cursor.node)) {
            Some(node) => format!(
                "Events of {}. Arrows go from event to event and from node to node.",
                node.id
            ),
            None => "Events. Arrows go from event to event and from node to node.".to_string(),
        }
    }
}
