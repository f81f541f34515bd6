//! Acting on the world, and choosing what to act on.

use faultline::play::RunId;
use faultline::play::frame::clock_words;
use faultline::play::narrate::capital;
use faultline::sim::{Input, NodeId};

use crate::ui::browser;
use crate::ui::groups::{one_group, preset};
use crate::ui::shared::Shared;
use crate::ui::state::{GroupEdit, Groups, Msg, Selection, Sheet, Tab};

use super::{LabPage, Toast};

impl LabPage {
    /// Does these things now, as one act of the learner. The first that is refused ends it.
    pub fn act(&mut self, inputs: Vec<Input>) {
        let clock = clock_words(self.session.clock());
        let mut kept = None;
        let mut said = Vec::new();
        self.toast = None;
        self.untouched = false;
        for input in inputs {
            if let Some(why) = self.forbidden(&input) {
                self.refuse(why);
                break;
            }
            match self.session.act(input) {
                Ok(acted) => {
                    kept = kept.or(acted.kept);
                    said.push(self.session.sentence(&acted.step));
                }
                Err(refused) => {
                    self.refuse(refused.to_string());
                    break;
                }
            }
        }
        if said.is_empty() {
            return;
        }
        if let Some(run) = kept {
            let text = format!("You changed {clock}. The old future is kept as {}.", run.name());
            said.push(text.clone());
            self.toast = Some(Toast { text, refusal: false, run: Some(run) });
        }
        // A new fault is what the strip should follow.
        self.chosen_fault = None;
        self.lit = None;
        self.acted();
        self.say(said.join(" "));
    }

    pub fn refuse(&mut self, why: String) {
        let text = sentence(&why);
        self.say(text.clone());
        self.toast = Some(Toast { text, refusal: true, run: None });
    }

    pub fn undo(&mut self) {
        match self.session.undo() {
            Ok(undone) => {
                let text = format!("Undone: {}. {} still has it.", undone.what, undone.kept.name());
                self.changed_run(text, &undone.refused, undone.kept);
            }
            Err(refused) => self.refuse(refused.to_string()),
        }
    }

    pub fn redo(&mut self) {
        match self.session.redo() {
            Ok(run) => {
                self.acted();
                self.toast = None;
                self.say(format!("Done again. {} is shown.", run.name()));
            }
            Err(refused) => self.refuse(refused.to_string()),
        }
    }

    pub fn clear_faults(&mut self) {
        match self.session.clear_faults() {
            Ok(changed) => {
                let text = format!(
                    "Your faults are cleared: the same run without them. {} still has them.",
                    changed.kept.name()
                );
                self.changed_run(text, &changed.refused, changed.kept);
            }
            Err(refused) => self.refuse(refused.to_string()),
        }
    }

    /// Tells that the run was played anew in another way.
    pub fn changed_run(&mut self, mut text: String, refused: &[(String, String)], kept: RunId) {
        for (words, why) in refused {
            text.push_str(&format!(" “{words}” makes no sense now: {why}."));
        }
        self.chosen_fault = None;
        self.lit = None;
        self.acted();
        self.say(text.clone());
        self.toast = Some(Toast { text, refusal: false, run: Some(kept) });
    }

    pub fn select(&mut self, selection: Selection) {
        if self.selection == selection {
            return;
        }
        self.selection = selection;
        let on_node = matches!(selection, Selection::Node(_));
        if on_node && matches!(self.tab, Tab::Why | Tab::Script) {
            self.tab = Tab::Inspector;
        }
    }

    pub fn show_tab(&mut self, tab: Tab) {
        self.tab = tab;
        self.side_open = true;
        match tab {
            Tab::Log => self.refresh_log(),
            Tab::Why => self.refresh_why(),
            Tab::Rules => self.refresh_fired(),
            Tab::Diagram | Tab::Inspector | Tab::Script => {}
        }
    }

    pub fn open_sheet(&mut self, sheet: Option<Sheet>) {
        match sheet {
            Some(_) => self.pause(),
            None => return self.close_sheet(),
        }
        self.sheet = sheet;
        self.refresh_timeline();
    }

    /// On paper the page is its tables, unless something else lies over it.
    pub fn print(&mut self, begins: bool) -> bool {
        if begins && self.sheet.is_none() {
            self.open_sheet(Some(Sheet::Table));
            self.printing = true;
            return true;
        }
        let over = !begins && std::mem::take(&mut self.printing);
        if over {
            self.sheet = None;
        }
        over
    }

    /// Closes what lies over the page; the focus goes back to what it was about.
    pub fn close_sheet(&mut self) {
        let back = match (self.sheet.take(), self.selection) {
            (Some(Sheet::Chip(_)), _) => return self.focus_chip(),
            (Some(Sheet::Ask(node)), _) => format!("[data-node=\"{node}\"]"),
            (Some(Sheet::More), Selection::Node(node)) => format!("[data-node=\"{node}\"]"),
            (Some(Sheet::More), Selection::Link(a, b)) => format!("[data-link=\"{a}-{b}\"]"),
            (Some(Sheet::More), Selection::Message(id)) => format!("[data-hit=\"{id}\"]"),
            (_, _) => return,
        };
        self.focus_next = Some(back);
    }

    pub fn edit_groups(&mut self, edit: GroupEdit) {
        match edit {
            GroupEdit::Toggle => {
                let fresh = || Shared::new(self.one_group());
                self.groups = if self.groups.is_some() { None } else { Some(fresh()) };
            }
            GroupEdit::Flip(node) => {
                let mut groups =
                    self.groups.as_deref().cloned().unwrap_or_else(|| self.one_group());
                groups.flip(node);
                if let Some(words) = groups.words(node) {
                    self.say(format!("{node} is in {words}."));
                }
                self.groups = Some(Shared::new(groups));
            }
            GroupEdit::Preset(wanted) => {
                self.groups = Some(Shared::new(preset(&self.scene, wanted)));
            }
            GroupEdit::OneWay => {
                let mut groups =
                    self.groups.as_deref().cloned().unwrap_or_else(|| self.one_group());
                groups.one_way = !groups.one_way;
                self.groups = Some(Shared::new(groups));
            }
            GroupEdit::Apply => self.apply_groups(),
        }
    }

    fn apply_groups(&mut self) {
        let inputs = self.groups.as_ref().map(|groups| groups.inputs()).unwrap_or_default();
        if inputs.is_empty() {
            return self.refuse("all nodes are in one group; put some into another".to_string());
        }
        self.groups = None;
        self.act(inputs);
    }

    fn one_group(&self) -> Groups {
        one_group(&self.scene)
    }

    /// Selects a node and moves the focus to it.
    pub fn focus_node(&mut self, id: NodeId) {
        self.select(Selection::Node(id));
        browser::focus(&format!("[data-node=\"{id}\"]"));
    }

    /// What can be asked of a node, if the lab has commands at all.
    pub fn ask(&mut self) {
        let Selection::Node(node) = self.selection else {
            return self.refuse("select the node to ask first".to_string());
        };
        if self.session.lab().commands.is_empty() {
            return self.refuse("nothing can be asked of the nodes of this lab".to_string());
        }
        self.open_sheet(Some(Sheet::Ask(node)));
    }

    /// Says something that nobody has to answer.
    pub fn tell(&mut self, text: String) {
        self.say(text.clone());
        self.toast = Some(Toast { text, refusal: false, run: None });
    }

    pub fn copy(&self, text: &str, what: &'static str) {
        let dispatch = self.dispatch.clone();
        browser::copy(text, move |done| {
            dispatch.emit(match done {
                true => Msg::Tell(format!("The {what} is copied.")),
                false => Msg::Complain(format!(
                    "the browser did not allow it: select the {what} and copy it by hand"
                )),
            });
        });
    }

    pub fn complain(&mut self, why: &str) {
        self.refuse(why.to_string());
    }
}

/// A clause as a sentence.
fn sentence(clause: &str) -> String {
    let mut text = capital(clause);
    if !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    text
}
