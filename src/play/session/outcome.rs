//! What a session answers: where a move went, what became of an act, which runs there are.

use std::ops::Range;
use std::rc::Rc;

use crate::sim::{NodeId, Step, StepIndex, Time};

/// Names a run of the session, in the order of making. Never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(pub u32);

/// How a run came to differ from an earlier one.
#[derive(Clone, Debug, PartialEq)]
pub struct Origin {
    pub from: RunId,
    /// The first step that differs.
    pub step: StepIndex,
    pub time: Time,
    /// What was done otherwise: `crash n3`, `without crash n3`.
    pub what: String,
}

/// One run, as a tab of the page.
#[derive(Clone, Debug, PartialEq)]
pub struct RunTab {
    pub id: RunId,
    /// `Run A`, `Run B`, …
    pub name: String,
    /// How far its known future goes.
    pub end: (StepIndex, Time),
    pub current: bool,
    pub origin: Option<Origin>,
}

/// What a move through time did.
#[derive(Clone, Debug, PartialEq)]
pub struct Moved {
    /// Position and clock before.
    pub from: (StepIndex, Time),
    /// Position and clock now.
    pub to: (StepIndex, Time),
    pub halt: Halt,
}

/// Why a move ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Halt {
    /// It came to where it was to go.
    There,
    /// Nothing is going to happen by itself.
    Quiet,
    /// It met the bound on its work; the same move again goes on.
    Busy,
    /// The script said `stop`. Moving on leaves the script behind.
    Stop,
    /// The run is as long, or as late, as a run may be.
    Full,
}

/// What became of an act.
#[derive(Clone, Debug, PartialEq)]
pub struct Acted {
    /// The step that it became.
    pub step: Rc<Step>,
    /// The run whose future was kept, if the act was in the past.
    pub kept: Option<RunId>,
}

/// What became of taking an act back.
#[derive(Clone, Debug, PartialEq)]
pub struct Undone {
    /// What was taken back, as a script says it.
    pub what: String,
    /// The run in which it still is.
    pub kept: RunId,
    /// Later acts that make no sense without it, each with the reason. They are kept as chips.
    pub refused: Vec<(String, String)>,
}

/// One act of the shown run, in the script bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Chip {
    pub time: Time,
    /// The step that it became; `None` if it was refused.
    pub step: Option<StepIndex>,
    /// The act as a script says it: `crash n1`.
    pub words: String,
    /// Whether a line of the followed script did it, not the learner.
    pub scripted: bool,
    /// Whether it lies after the present.
    pub ahead: bool,
    /// Why it was not done, if it makes no sense at its time.
    pub refused: Option<String>,
}

/// A change of the script bar.
#[derive(Clone, Debug, PartialEq)]
pub enum ChipEdit {
    Delete,
    /// Do this instead, at this time.
    Change {
        time: Time,
        words: String,
    },
}

/// What became of a change of the script bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Changed {
    /// The run as it was before.
    pub kept: RunId,
    /// Acts that make no sense in the new run, each with the reason. They are kept as chips.
    pub refused: Vec<(String, String)>,
    /// The place of the changed chip now.
    pub chip: Option<usize>,
}

/// One link of the chain from an event back to its first cause.
#[derive(Clone, Debug, PartialEq)]
pub struct WhyLink {
    pub step: StepIndex,
    pub time: Time,
    pub node: Option<NodeId>,
    /// What happened there, in a sentence.
    pub sentence: String,
}

impl Moved {
    /// The steps that this move went forward over. Empty if it went back.
    pub fn steps(&self) -> Range<StepIndex> {
        self.from.0..self.to.0.max(self.from.0)
    }
}

impl RunId {
    /// `Run A`, `Run B`, …, `Run Z`, `Run 27`, …
    pub fn name(self) -> String {
        match u8::try_from(self.0) {
            Ok(place) if place < 26 => format!("Run {}", char::from(b'A' + place)),
            _ => format!("Run {}", self.0 + 1),
        }
    }
}
