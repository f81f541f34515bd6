//! One learner's session over one lab.

mod acting;
mod chips;
mod moving;
mod outcome;
mod resumed;
mod runs;
mod story;

use std::ops::Range;
use std::rc::Rc;

use crate::labs::{Lab, Run, Setup};
use crate::sim::view::Envelope;
use crate::sim::{Metric, NodeId, Scene, Service, Step, StepIndex, Time};

use super::conductor::{Problem, ProblemKind};
use super::following::Following;
use super::history::{History, Recorded};
use super::marks::Marks;
use super::narrate::Narrator;
use super::runner;
use super::script::{Act, Line, Script, ScriptError, Trigger};

pub use moving::{CHANGE_MAX, STEPS_MAX, STEPS_PER_MOVE_MAX};
pub use outcome::{
    Acted, Changed, Chip, ChipEdit, Halt, Moved, Origin, RunId, RunTab, Undone, WhyLink,
};

/// At most so many runs are kept. The oldest one that is not shown makes room.
pub const RUNS_MAX: usize = 8;

/// One lab being played, by one learner.
pub struct Session {
    /// Every run that is kept, in the order in which they were made. Never empty.
    runs: Vec<Kept>,
    /// The one that is shown.
    current: usize,
    /// How many runs there have ever been.
    made: u32,
    /// The shown run at the present position; its own clock is the session's.
    run: Box<dyn Run>,
    /// The runs in which is still what was taken back, the last one last.
    redo: Vec<RunId>,
    narrator: Narrator,
}

/// A run and its name.
struct Kept {
    id: RunId,
    history: History,
    /// The script that it follows, if it follows one.
    following: Option<Following>,
    /// Where it left another one.
    origin: Option<Origin>,
    /// Where the learner stood when the run was left.
    left_at: (StepIndex, Time),
    /// What the learner did in another run and what makes no sense in this one.
    refused: Vec<Refused>,
    /// The run that an undo leads back to.
    left: Option<Left>,
}

/// An act that was refused when the run was played anew.
#[derive(Clone)]
struct Refused {
    time: Time,
    words: String,
    /// The message that it was to be done to.
    message: Option<Envelope>,
    why: String,
}

/// How a run came from another one by one change.
#[derive(Clone)]
struct Left {
    run: RunId,
    /// Whatever is done from this step on was done after the change.
    since: StepIndex,
    /// The chip that was changed, if one was.
    chip: Option<usize>,
}

/// The past of a run, as the beginning of another one.
struct Fork {
    history: History,
    following: Option<Following>,
    refused: Vec<Refused>,
}

impl Session {
    /// A session at the beginning of a run. Refused if the setup makes no sense as a whole.
    pub fn new(setup: Setup) -> Result<Session, String> {
        let run = setup.start()?;
        Ok(Session::begin(setup, run, None))
    }

    /// A session whose run follows a script as time passes: a scenario, or what somebody shared. The
    /// learner may act besides; the script goes on.
    pub fn play_script(script: &Script) -> Result<Session, ScriptError> {
        let run = runner::start(script)?;
        let following = Following::new(script.clone(), run.as_ref());
        Ok(Session::begin(script.setup.clone(), run, Some(following)))
    }

    fn begin(setup: Setup, run: Box<dyn Run>, following: Option<Following>) -> Session {
        let narrator = Narrator::new(setup.lab());
        let history = History::new(setup, run.as_ref());
        let left_at = (0, Time::ZERO);
        let refused = Vec::new();
        let id = RunId(0);
        let first = Kept { id, history, following, origin: None, left_at, refused, left: None };
        Session { runs: vec![first], current: 0, made: 1, run, redo: Vec::new(), narrator }
    }

    // ---- what there is ----

    pub fn setup(&self) -> &Setup {
        self.history().setup()
    }

    pub fn lab(&self) -> &'static Lab {
        self.setup().lab()
    }

    /// The time on display.
    pub fn clock(&self) -> Time {
        self.run.now()
    }

    /// The index of the step that comes next.
    pub fn position(&self) -> StepIndex {
        self.run.next_step()
    }

    /// How far the known future of the shown run goes.
    pub fn end(&self) -> (StepIndex, Time) {
        (self.history().len(), self.history().end())
    }

    /// Whether nothing that is known lies ahead.
    pub fn is_at_end(&self) -> bool {
        self.position() == self.history().len()
    }

    /// When the next thing happens, as far as is known; `None` if nothing is going to happen.
    pub fn next_at(&self) -> Option<Time> {
        if let Some(recorded) = self.history().input_at(self.position()) {
            return Some(recorded.time);
        }
        let scripted = self.following().filter(|_| self.is_at_end());
        let scripted = scripted.and_then(|following| following.conductor.due(self.run.as_ref()));
        scripted.or(self.run.next_at())
    }

    /// What did not go as the followed script says, so far.
    pub fn problems(&self) -> impl Iterator<Item = &Problem> {
        self.following().into_iter().flat_map(Following::problems)
    }

    /// The script that the shown run follows, as it was given.
    pub fn followed(&self) -> Option<&Script> {
        self.following().map(|following| following.conductor.script())
    }

    /// Whether the followed script is the record of another run: its acts give something else now, as
    /// they do when other rules have played it. Known when the script has been followed to its end.
    pub fn is_another_run(&self) -> bool {
        self.problems().any(|problem| problem.kind == ProblemKind::Digest)
    }

    /// The line that the followed script waits for at the end of the shown run, if it has one left.
    pub fn waits_for(&self) -> Option<&Line> {
        self.following()?.conductor.waits_for()
    }

    /// How many of the followed script's expectations have come true so far, and how many it has. An
    /// expectation after `every` is none of them, as it may come up any number of times.
    pub fn expectations(&self) -> (u64, u64) {
        let Some(following) = self.following() else { return (0, 0) };
        let expects = |line: &&Line| {
            matches!(line.act, Act::Expect(_)) && !matches!(line.trigger, Trigger::Every(_))
        };
        let conductor = &following.conductor;
        let failed = |line: &&Line| {
            self.problems().any(|problem| {
                problem.kind == ProblemKind::Expectation && problem.line == line.number
            })
        };
        let met = conductor.behind().iter().filter(expects).filter(|line| !failed(line)).count();
        (met as u64, conductor.script().lines.iter().filter(expects).count() as u64)
    }

    /// All that there is to see now.
    pub fn scene(&self) -> Scene {
        self.run.scene()
    }

    /// How the users fare now.
    pub fn service(&self) -> Service {
        self.run.service()
    }

    /// Whether a goal of the lab holds now; `None` if it has no such goal.
    pub fn holds(&self, goal: &str) -> Option<bool> {
        self.run.holds(goal)
    }

    /// The node that a selector of the lab means now.
    pub fn find(&self, selector: &str) -> Option<NodeId> {
        self.run.find(selector)
    }

    /// The digest of everything up to the present position.
    pub fn digest(&self) -> String {
        self.run.digest()
    }

    /// The index of all steps of the shown run, also of those ahead of the present position.
    pub fn marks(&self) -> &Marks {
        self.history().marks()
    }

    /// What was done in the shown run, by the learner and by the script, in order.
    pub fn inputs(&self) -> impl Iterator<Item = &Recorded> {
        self.history().inputs().iter()
    }

    /// These steps of the shown run in full, as far as they are known. Those that are not kept are
    /// played again: ask for windows, not for everything.
    pub fn steps(&mut self, range: Range<StepIndex>) -> Vec<Rc<Step>> {
        self.history_mut().steps(range)
    }

    /// One step in full.
    pub fn step_at(&mut self, step: StepIndex) -> Option<Rc<Step>> {
        self.steps(step..step.saturating_add(1)).pop()
    }

    /// What a step did, in one plain sentence.
    pub fn sentence(&self, step: &Step) -> String {
        self.narrator.sentence(step)
    }

    // ---- inside ----

    /// What the metrics were at some moments of the run, in order: wherever a keyframe stands.
    pub fn metrics_known(&self) -> impl Iterator<Item = (Time, Vec<Metric>)> {
        self.history().moments().map(|run| (run.now(), run.scene().metrics))
    }

    /// The run that the present one left, and when.
    pub fn left(&self) -> Option<(RunId, Time)> {
        let tab = self.runs().into_iter().find(|run| run.current)?;
        tab.origin.map(|origin| (origin.from, origin.time))
    }

    fn history(&self) -> &History {
        &self.runs[self.current].history
    }

    fn history_mut(&mut self) -> &mut History {
        &mut self.runs[self.current].history
    }

    fn here(&self) -> (StepIndex, Time) {
        (self.position(), self.clock())
    }

    fn following(&self) -> Option<&Following> {
        self.runs[self.current].following.as_ref()
    }

    fn push(&mut self, step: Box<Step>, recorded: Option<Recorded>) {
        let Session { runs, current, run, .. } = self;
        runs[*current].history.push(step, recorded, run.as_ref());
    }

    /// Goes to a position that is known, the clock at the step before it.
    fn place(&mut self, position: StepIndex) {
        self.place_until(position, self.marks().time_at(position));
    }

    /// Goes to a position that is known, the clock between the step before it and `time`.
    fn place_until(&mut self, position: StepIndex, time: Time) {
        if position == self.position() && self.clock() <= time {
            return;
        }
        let run = self.history().at(position, time);
        let left = std::mem::replace(&mut self.run, run);
        self.history_mut().leave(left);
    }
}
