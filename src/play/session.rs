//! One learner's session over one lab.

use std::ops::Range;
use std::rc::Rc;

use crate::labs::{Lab, Run, Setup};
use crate::sim::{Input, InputError, NodeId, Scene, Span, Step, StepIndex, Time};

use super::history::{History, Recorded};
use super::marks::{MarkKind, Marks};
use super::narrate;

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
}

/// A run and its name.
struct Kept {
    id: RunId,
    history: History,
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
    /// The run is as long as a run may be.
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
        let history = History::new(setup, run.as_ref());
        let first = Kept { id: RunId(0), history, origin: None, left_at: (0, Time::ZERO) };
        Ok(Session { runs: vec![first], current: 0, made: 1, run })
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

    /// When the next step happens, as far as is known; `None` if nothing is going to happen.
    pub fn next_at(&self) -> Option<Time> {
        match self.history().input_at(self.position()) {
            Some(recorded) => Some(recorded.time),
            None => self.run.next_at(),
        }
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
        self.forward_until(until, STEPS_PER_MOVE_MAX, |step| {
            if step.is_turning_point() { Go::Stop } else { Go::On }
        })
    }

    /// Lets the clock run on by `span`, over at most `max_steps` steps.
    pub fn play_for(&mut self, span: Span, max_steps: u64) -> Moved {
        let until = self.clock() + span;
        self.forward_until(until, max_steps, |_| Go::On)
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
        self.check(&input)?;
        let at = self.here();
        let recorded = self.recorded(input.clone(), false);
        let step = self.run.apply(&input)?;
        let kept = (at.0 < self.end().0).then(|| self.fork(at, input.to_string()));
        self.push(step, Some(recorded));
        let step = self.step_at(at.0).expect("it was just done");
        Ok(Acted { step, kept })
    }

    /// Takes the last fault before the present back: a new run without it, up to the present clock.
    pub fn undo_fault(&mut self) -> Result<Undone, InputError> {
        let (here, clock) = self.here();
        let past = self.inputs().take_while(|recorded| recorded.step < here);
        let past: Vec<Recorded> = past.cloned().collect();
        let Some(place) = past.iter().rposition(|recorded| recorded.input.is_fault()) else {
            return Err(InputError("there is no fault to take back".into()));
        };
        let fault = &past[place];
        self.place(fault.step);
        self.run.wait_until(fault.time);
        let kept = self.fork(self.here(), format!("without {}", fault.input));
        let mut left_out = Vec::new();
        for recorded in &past[place + 1..] {
            self.forward_until(recorded.time, STEPS_MAX, |_| Go::On);
            if self.act(recorded.input.clone()).is_err() {
                left_out.push(recorded.input.clone());
            }
        }
        self.forward_until(clock, STEPS_MAX, |_| Go::On);
        Ok(Undone { input: fault.input.clone(), kept, left_out })
    }

    // ---- why ----

    /// The chain from a step back to its first cause: the fault, or the start of the node.
    pub fn why(&mut self, step: StepIndex) -> Vec<WhyLink> {
        let mut chain = Vec::new();
        let mut next = Some(step);
        while let Some(step) = next.filter(|_| chain.len() < WHY_MAX) {
            let Some(mark) = self.marks().get(step).copied() else { break };
            let Some(full) = self.step_at(step) else { break };
            let sentence = narrate::sentence(&full);
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

    /// The script of what was done in the shown run.
    pub fn script(&self) -> String {
        let mut text = format!("{}\n", self.setup());
        for recorded in self.inputs() {
            let Recorded { step, time, input, crowded, .. } = recorded;
            let line = match crowded {
                true => format!("@{step} {input}\n"),
                false => format!("{} {input}\n", time.to_script()),
            };
            text.push_str(&line);
        }
        text
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

    /// Whether the lab's own tables allow it.
    fn check(&self, input: &Input) -> Result<(), InputError> {
        match input {
            Input::Set(name, value) => {
                crate::labs::check_live_param(self.lab(), name, *value).map_err(InputError)
            }
            _ => Ok(()),
        }
    }

    fn recorded(&self, input: Input, scripted: bool) -> Recorded {
        let (step, time) = self.here();
        let crowded = self.run.next_at().is_some_and(|next| next <= time);
        Recorded { step, time, input, crowded, scripted }
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

    /// Begins a new run with the past of the shown one, and shows it. Returns the old one.
    fn fork(&mut self, (step, time): (StepIndex, Time), what: String) -> RunId {
        let old = &mut self.runs[self.current];
        let from = old.id;
        old.left_at = (step, time);
        let history = old.history.fork(step, time);
        let id = RunId(self.made);
        self.made += 1;
        if self.runs.len() == RUNS_MAX {
            let oldest = (0..RUNS_MAX).find(|&place| place != self.current);
            self.runs.remove(oldest.expect("there are several"));
        }
        let origin = Some(Origin { from, step, time, what });
        self.runs.push(Kept { id, history, origin, left_at: (step, time) });
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
        let mut taken = 0;
        let halt = loop {
            let Some(due) = self.next_at() else { break Halt::Quiet };
            if due > until {
                break Halt::There;
            }
            if taken == max {
                break Halt::Busy;
            }
            if self.position() >= STEPS_MAX {
                break Halt::Full;
            }
            taken += 1;
            if self.one_step(&mut judge) == Go::Stop {
                return Moved { from, to: self.here(), halt: Halt::There };
            }
        };
        if matches!(halt, Halt::There | Halt::Quiet) && until < Time(u64::MAX) {
            self.run.wait_until(until);
            let clock = self.clock();
            if self.is_at_end() {
                self.history_mut().saw(clock);
            }
        }
        Moved { from, to: self.here(), halt }
    }

    fn one_step(&mut self, judge: &mut impl FnMut(&Step) -> Go) -> Go {
        let Session { runs, current, run, .. } = self;
        let history = &mut runs[*current].history;
        if run.next_step() < history.len() {
            return judge(&history.replay(run.as_mut()));
        }
        let step = run.step().expect("something was due");
        let go = judge(&step);
        history.push(step, None, run.as_ref());
        go
    }
}

/// The longest chain that "why?" tells.
const WHY_MAX: usize = 64;

/// Whether a move goes on after a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Go {
    On,
    Stop,
}
