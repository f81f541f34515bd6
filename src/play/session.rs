//! One learner's session over one lab.

use std::ops::Range;
use std::rc::Rc;

use crate::labs::{Lab, Run, Setup};
use crate::sim::{Input, InputError, NodeId, Scene, Span, Step, StepIndex, Time};

use super::conductor::{self, Problem};
use super::following::Following;
use super::history::{History, Recorded};
use super::marks::{MarkKind, Marks};
use super::narrate::Narrator;
use super::runner::{self, Turn, is_crowded, turn};
use super::script::{self, Act, Line, Script, ScriptError, TIME_MAX, Template, Trigger};

/// A run to the next change goes at most so far.
pub const CHANGE_MAX: Span = Span::from_secs(10);

/// No single move takes more steps than this.
pub const STEPS_PER_MOVE_MAX: u64 = 50_000;

/// No run is longer than this.
pub const STEPS_MAX: StepIndex = 1_000_000;

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
}

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

/// What became of taking a fault back.
#[derive(Clone, Debug, PartialEq)]
pub struct Undone {
    pub input: Input,
    /// The run in which it still is.
    pub kept: RunId,
    /// Later acts that make no sense without it, and so were left out.
    pub left_out: Vec<Input>,
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
        let first = Kept { id: RunId(0), history, following, origin: None, left_at };
        Session { runs: vec![first], current: 0, made: 1, run, narrator }
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

    /// The line that the followed script waits for at the end of the shown run, if it has one left.
    pub fn waits_for(&self) -> Option<&Line> {
        self.following()?.conductor.waits_for()
    }

    /// All that there is to see now.
    pub fn scene(&self) -> Scene {
        self.run.scene()
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
        self.steps(step..step + 1).pop()
    }

    /// What a step did, in one plain sentence.
    pub fn sentence(&self, step: &Step) -> String {
        self.narrator.sentence(step)
    }

    // ---- moving ----

    /// Takes one step forward.
    pub fn step(&mut self) -> Moved {
        self.forward(STEPS_PER_MOVE_MAX, |_| Go::Stop)
    }

    /// Goes back by one step.
    pub fn step_back(&mut self) -> Moved {
        self.seek_step(self.position().saturating_sub(1))
    }

    /// Goes on to the next message that arrives or is lost: at `node` or, if lost, from it too.
    pub fn step_to_delivery(&mut self, node: Option<NodeId>) -> Moved {
        use crate::sim::Cause;
        self.forward(STEPS_PER_MOVE_MAX, |step| {
            let met = match &step.cause {
                Cause::Deliver(message) => node.is_none_or(|node| node == message.to),
                Cause::Undelivered { message, .. } => {
                    node.is_none_or(|node| node == message.to || node == message.from)
                }
                Cause::Start | Cause::Timer(_) | Cause::Input { .. } | Cause::Held(_) => false,
            };
            if met { Go::Stop } else { Go::On }
        })
    }

    /// Goes on to the next turning point, or by [`CHANGE_MAX`] if there is none until then.
    pub fn step_to_change(&mut self) -> Moved {
        let until = self.clock() + CHANGE_MAX;
        if let Some(known) = self.marks().turning_from(self.position())
            && self.marks().get(known).is_some_and(|mark| mark.time <= until)
        {
            return self.seek_step(known + 1);
        }
        self.forward_until(until, STEPS_PER_MOVE_MAX, |step| {
            if step.is_turning_point() { Go::Stop } else { Go::On }
        })
    }

    /// Lets the clock run on by `span`, over at most `max_steps` steps.
    pub fn play_for(&mut self, span: Span, max_steps: u64) -> Moved {
        let until = self.clock() + span;
        self.forward_until(until, max_steps, |_| Go::On)
    }

    /// Follows the script on to where it stops or has no line left, over at most `max_steps` steps.
    pub fn follow_script(&mut self, max_steps: u64) -> Moved {
        let from = self.here();
        let (end, _) = self.end();
        self.place(end);
        let mut left = max_steps;
        let halt = loop {
            if self.waits_for().is_none() {
                break Halt::There;
            }
            if left == 0 {
                break Halt::Busy;
            }
            left -= 1;
            match self.step().halt {
                Halt::There => {}
                halt @ (Halt::Quiet | Halt::Busy | Halt::Stop | Halt::Full) => break halt,
            }
        };
        Moved { from, to: self.here(), halt }
    }

    /// Goes to a time; everything due until then is done. Beyond the known future the run goes on.
    pub fn seek_time(&mut self, time: Time) -> Moved {
        let from = self.here();
        let known = self.marks().after(time);
        self.place(known);
        let moved = self.forward_until(time, STEPS_PER_MOVE_MAX, |_| Go::On);
        Moved { from, ..moved }
    }

    /// Goes to a position. Beyond the known future the run goes on.
    pub fn seek_step(&mut self, position: StepIndex) -> Moved {
        let from = self.here();
        self.place(position.min(self.end().0));
        if self.position() == position {
            return Moved { from, to: self.here(), halt: Halt::There };
        }
        let moved = self.forward(STEPS_PER_MOVE_MAX, |step| {
            if step.index + 1 == position { Go::Stop } else { Go::On }
        });
        Moved { from, ..moved }
    }

    // ---- acting ----

    /// Does something to the world now. In the past this makes a new run, and the old one is kept. A
    /// refused input changes nothing.
    pub fn act(&mut self, input: Input) -> Result<Acted, InputError> {
        // What a script cannot say is not done: every session can be shared.
        let said = script::read_act(&input.to_string(), self.lab()).map_err(InputError)?;
        let Act::Input(said) = said else { unreachable!("an input reads back as an input") };
        self.do_act(&said)
    }

    /// Does what the words say: `crash n3`, or, by what a node is now, `crash leader`.
    pub fn act_in_words(&mut self, words: &str) -> Result<Acted, InputError> {
        match script::read_act(words, self.lab()).map_err(InputError)? {
            Act::Input(said) => self.do_act(&said),
            Act::Expect(_) | Act::Stop => Err(InputError(format!("`{words}` is not an input"))),
        }
    }

    fn do_act(&mut self, said: &Template) -> Result<Acted, InputError> {
        let input = conductor::input_now(said, self.run.as_ref()).map_err(InputError)?;
        let at = self.here();
        let recorded = self.recorded(input.clone());
        let past = (at.0 < self.end().0).then(|| self.fork_of(at));
        let step = self.run.apply(&input)?;
        let kept = past.map(|past| self.show_fork(past, at, input.to_string()));
        self.push(step, Some(recorded));
        let step = self.step_at(at.0).expect("it was just done");
        let Kept { following, .. } = &mut self.runs[self.current];
        if let Some(following) = following {
            following.conductor.observe(Some(&step), self.run.as_ref());
            following.remember(self.run.as_ref());
        }
        Ok(Acted { step, kept })
    }

    /// Takes the last fault before the present back: a new run without it, up to the present clock.
    /// What the learner did later is done again at the same times.
    pub fn undo_fault(&mut self) -> Result<Undone, InputError> {
        let (here, clock) = self.here();
        let past: Vec<Recorded> = self.inputs().take_while(|r| r.step < here).cloned().collect();
        let Some(place) = past.iter().rposition(|recorded| recorded.input.is_fault()) else {
            return Err(InputError("there is no fault to take back".into()));
        };
        let fault = &past[place];
        self.place(fault.step);
        self.run.wait_until(fault.time);
        let at = self.here();
        let fork = self.fork_of(at);
        let kept = self.show_fork(fork, at, format!("without {}", fault.input));
        if fault.scripted {
            self.pass_over_line();
        }
        let mut left_out = Vec::new();
        for recorded in past[place + 1..].iter().filter(|recorded| !recorded.scripted) {
            self.run_to(recorded.time);
            if self.act(recorded.input.clone()).is_err() {
                left_out.push(recorded.input.clone());
            }
        }
        self.run_to(clock);
        Ok(Undone { input: fault.input.clone(), kept, left_out })
    }

    /// Goes on to a time, whatever the script says.
    fn run_to(&mut self, time: Time) {
        while self.forward_until(time, STEPS_MAX, |_| Go::On).halt == Halt::Stop {}
    }

    /// Lets the followed script take the line that is due for done.
    fn pass_over_line(&mut self) {
        let Session { runs, current, run, .. } = self;
        let Some(following) = &mut runs[*current].following else { return };
        following.conductor.take(run.as_ref());
        following.conductor.observe(None, run.as_ref());
        following.remember(run.as_ref());
    }

    // ---- why ----

    /// The chain from a step back to its first cause: the fault, or the start of the node.
    pub fn why(&mut self, step: StepIndex) -> Vec<WhyLink> {
        let mut chain = Vec::new();
        let mut next = Some(step);
        while let Some(step) = next.filter(|_| chain.len() < WHY_MAX) {
            let Some(mark) = self.marks().get(step).copied() else { break };
            let Some(full) = self.step_at(step) else { break };
            let sentence = self.narrator.sentence(&full);
            chain.push(WhyLink { step, time: mark.time, node: mark.node, sentence });
            let cause = mark.blames.or(mark.parent);
            next = cause.filter(|&cause| cause < step && mark.kind != MarkKind::Input);
        }
        chain
    }

    // ---- runs ----

    /// Every run that is kept, oldest first.
    pub fn runs(&self) -> Vec<RunTab> {
        let tab = |(place, kept): (usize, &Kept)| RunTab {
            id: kept.id,
            name: kept.id.name(),
            end: (kept.history.len(), kept.history.end()),
            current: place == self.current,
            origin: kept.origin.clone(),
        };
        self.runs.iter().enumerate().map(tab).collect()
    }

    /// Shows another run, at the place where it was left. False if it is not kept.
    pub fn switch_run(&mut self, id: RunId) -> bool {
        let Some(place) = self.runs.iter().position(|kept| kept.id == id) else { return false };
        if place != self.current {
            self.runs[self.current].left_at = self.here();
            let (position, clock) = self.runs[place].left_at;
            let run = self.runs[place].history.at(position);
            let left = std::mem::replace(&mut self.run, run);
            self.history_mut().leave(left);
            self.current = place;
            self.run.wait_until(clock);
        }
        true
    }

    /// The exact script of the shown run, up to the end of its known future.
    pub fn script(&self) -> Script {
        let tip = self.history().tip().filter(|_| !self.is_at_end());
        self.recording(tip.unwrap_or(self.run.as_ref()), self.end().1)
    }

    /// The exact script of the shown run up to the present.
    pub fn script_to_here(&self) -> Script {
        self.recording(self.run.as_ref(), self.clock())
    }

    fn recording(&self, run: &dyn Run, time: Time) -> Script {
        let past = self.inputs().take_while(|recorded| recorded.step < run.next_step());
        let mut lines: Vec<Line> = past
            .map(|recorded| {
                let Recorded { step, time, crowded, .. } = *recorded;
                line(step, time, crowded, Act::from(recorded.input.clone()))
            })
            .collect();
        let crowded = run.next_at().is_some_and(|next| next <= time);
        lines.push(line(run.next_step(), time, crowded, Act::Stop));
        for (place, line) in lines.iter_mut().enumerate() {
            line.number = place + 2;
        }
        Script { setup: self.setup().clone(), lines, digest: Some(run.digest()) }
    }

    /// How many snapshots the shown run keeps, and in how many blocks its recorded steps lie.
    #[cfg(test)]
    pub(super) fn kept(&self) -> (usize, usize) {
        self.history().kept()
    }

    // ---- inside ----

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

    fn recorded(&self, input: Input) -> Recorded {
        let (step, time) = self.here();
        Recorded { step, time, input, crowded: is_crowded(self.run.as_ref()), scripted: false }
    }

    fn push(&mut self, step: Box<Step>, recorded: Option<Recorded>) {
        let Session { runs, current, run, .. } = self;
        runs[*current].history.push(step, recorded, run.as_ref());
    }

    /// Goes to a position that is known, the clock at the step before it.
    fn place(&mut self, position: StepIndex) {
        if position == self.position() && self.clock() == self.marks().time_at(position) {
            return;
        }
        let run = self.history().at(position);
        let left = std::mem::replace(&mut self.run, run);
        self.history_mut().leave(left);
    }

    /// The past of the shown run up to the present, to go on from in another way.
    fn fork_of(&mut self, (step, time): (StepIndex, Time)) -> (History, Option<Following>) {
        let last = step.checked_sub(1).and_then(|last| self.step_at(last));
        let kept = &self.runs[self.current];
        let following = kept.following.as_ref();
        let following =
            following.map(|following| following.fork(self.run.as_ref(), last.as_deref()));
        (kept.history.fork(step, time), following)
    }

    /// Keeps a new run and shows it. Returns the old one.
    fn show_fork(
        &mut self,
        (history, following): (History, Option<Following>),
        (step, time): (StepIndex, Time),
        what: String,
    ) -> RunId {
        let old = &mut self.runs[self.current];
        let from = old.id;
        old.left_at = (step, time);
        let id = RunId(self.made);
        self.made += 1;
        if self.runs.len() == RUNS_MAX {
            let oldest = (0..RUNS_MAX).find(|&place| place != self.current);
            self.runs.remove(oldest.expect("there are several"));
        }
        let origin = Some(Origin { from, step, time, what });
        self.runs.push(Kept { id, history, following, origin, left_at: (step, time) });
        self.current = self.runs.len() - 1;
        from
    }

    fn forward(&mut self, max: u64, judge: impl FnMut(&Step) -> Go) -> Moved {
        self.forward_until(Time(u64::MAX), max, judge)
    }

    /// Takes steps until `judge` says to stop, the next one is later than `until`, or there were
    /// `max`. At the end the clock stands at `until`, unless something stopped it before.
    fn forward_until(
        &mut self,
        until: Time,
        max: u64,
        mut judge: impl FnMut(&Step) -> Go,
    ) -> Moved {
        let from = self.here();
        let end = until.min(TIME_MAX);
        let mut left = max;
        let halt = loop {
            if self.next_at().is_none_or(|due| due > end) {
                break self.wait_until(end, until);
            }
            if left == 0 {
                break Halt::Busy;
            }
            if self.position() >= STEPS_MAX {
                break Halt::Full;
            }
            match self.one_turn(&mut judge) {
                Did::Step(Go::On) => left -= 1,
                Did::Step(Go::Stop) => break Halt::There,
                Did::Nothing => {}
                Did::Stop => break Halt::Stop,
            }
        };
        Moved { from, to: self.here(), halt }
    }

    /// Lets the clock run on to `end`, until when nothing more happens. Moves that would go on for
    /// ever leave it where it is.
    fn wait_until(&mut self, end: Time, until: Time) -> Halt {
        let quiet = self.next_at().is_none();
        if until < Time(u64::MAX) {
            self.run.wait_until(end);
            if self.is_at_end() {
                let clock = self.clock();
                self.history_mut().saw(clock);
            }
        }
        match (quiet, end < until) {
            (true, _) => Halt::Quiet,
            (false, true) => Halt::Full,
            (false, false) => Halt::There,
        }
    }

    /// Does the one next thing.
    fn one_turn(&mut self, judge: &mut impl FnMut(&Step) -> Go) -> Did {
        let Session { runs, current, run, .. } = self;
        let Kept { history, following, .. } = &mut runs[*current];
        if run.next_step() < history.len() {
            return Did::Step(judge(&history.replay(run.as_mut())));
        }
        let conductor = following.as_mut().map(|following| &mut following.conductor);
        let did = match turn(run.as_mut(), conductor, TIME_MAX, true) {
            Turn::Step { step, scripted } => {
                let go = judge(&step);
                let recorded = scripted.map(|(input, crowded)| Recorded {
                    step: step.index,
                    time: step.time,
                    input,
                    crowded,
                    scripted: true,
                });
                history.push(step, recorded, run.as_ref());
                Did::Step(go)
            }
            Turn::Problem(problem) => {
                following.iter_mut().for_each(|following| following.tell(problem.clone()));
                Did::Nothing
            }
            Turn::Stop => {
                if let Some(following) = following
                    && let Some(problem) = following.conductor.at_end(run.as_ref())
                {
                    following.tell(problem);
                }
                Did::Stop
            }
            Turn::Skipped | Turn::Nothing | Turn::Quiet => Did::Nothing,
        };
        history.saw(run.now());
        if let Some(following) = following {
            following.remember(run.as_ref());
        }
        did
    }
}

/// A line of a recording: by its time where that tells its place, and otherwise by its position.
fn line(step: StepIndex, time: Time, crowded: bool, act: Act) -> Line {
    let trigger = if crowded { Trigger::Before(step) } else { Trigger::At(time) };
    Line { number: 0, trigger, act }
}

/// The longest chain that "why?" tells.
const WHY_MAX: usize = 64;

/// What the next thing was.
enum Did {
    Step(Go),
    Nothing,
    Stop,
}

/// Whether a move goes on after a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Go {
    On,
    Stop,
}
