//! The history of one run: what somebody did, and what makes going back quick.
//!
//! Only the inputs are history. A step of the past is played again from the nearest **keyframe**, a
//! snapshot of the world. Keyframes stand at equal intervals; when there are too many, every other one
//! goes and the interval doubles. So neither their number nor the way from one to the next grows
//! without bound. Runs that share a past share its keyframes, marks and recorded steps.

use litemap::LiteMap;
use std::ops::Range;
use std::rc::Rc;

use crate::labs::{Run, Setup};
use crate::sim::{Input, SharedVec, Step, StepIndex, Time};

use super::marks::{Mark, Marks};

/// At most so many keyframes are kept. At 100,000 steps, one stands every 512.
const KEYFRAMES_MAX: usize = 256;

/// The keyframes of a run hold at most so many messages on their way, all together: a keyframe costs
/// what it holds, and a node that is paused or slow may have thousands of them waiting.
const MESSAGES_MAX: usize = 300_000;

/// The interval at the beginning of a run.
const INTERVAL_FIRST: StepIndex = 64;

/// Recorded steps are kept in blocks of so many.
const BLOCK: StepIndex = 256;

/// At most so many blocks are kept; the one that was not used for longest goes first.
const BLOCKS_MAX: usize = 32;

/// Something that somebody did in a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// The step that it became.
    pub step: StepIndex,
    pub time: Time,
    pub input: Input,
    /// Whether something else was due at that same time, so that the time does not tell its place.
    pub crowded: bool,
    /// Which line of the followed script did it, counted from 0; `None` if the learner did.
    pub line: Option<usize>,
}

impl Recorded {
    /// Whether a line of the script did it, not the learner.
    pub fn is_scripted(&self) -> bool {
        self.line.is_some()
    }
}

/// One run from its beginning to the last moment that was seen.
#[derive(Clone)]
pub(super) struct History {
    setup: Rc<Setup>,
    inputs: SharedVec<Recorded>,
    marks: Marks,
    keyframes: Vec<Keyframe>,
    interval: StepIndex,
    /// The run at its end, while somebody looks at another place.
    tip: Option<Rc<dyn Run>>,
    /// The last moment that was seen.
    end: Time,
    blocks: LiteMap<StepIndex, Block>,
    /// Counts the uses of blocks.
    uses: u64,
}

#[derive(Clone)]
struct Keyframe {
    /// The position at which it stands.
    at: StepIndex,
    /// How many messages it holds.
    messages: usize,
    run: Rc<dyn Run>,
}

/// Recorded steps from a multiple of [`BLOCK`] on, without a gap, but perhaps not all.
#[derive(Clone, Default)]
struct Block {
    steps: Vec<Rc<Step>>,
    used: u64,
}

impl Keyframe {
    fn of(run: &dyn Run) -> Keyframe {
        let messages = run.messages_in_flight();
        Keyframe { at: run.next_step(), messages, run: Rc::from(run.snapshot()) }
    }
}

impl History {
    /// A run that has just begun. `run` must be fresh from `setup`.
    pub fn new(setup: Setup, run: &dyn Run) -> History {
        let start = Keyframe::of(run);
        History {
            setup: Rc::new(setup),
            inputs: SharedVec::default(),
            marks: Marks::default(),
            keyframes: vec![start],
            interval: INTERVAL_FIRST,
            tip: None,
            end: Time::ZERO,
            blocks: LiteMap::new(),
            uses: 0,
        }
    }

    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    pub fn marks(&self) -> &Marks {
        &self.marks
    }

    pub fn inputs(&self) -> &SharedVec<Recorded> {
        &self.inputs
    }

    /// How many steps it has.
    pub fn len(&self) -> StepIndex {
        self.marks.len()
    }

    pub fn end(&self) -> Time {
        self.end
    }

    /// The moments at which a keyframe stands, each with the run as it was.
    pub fn moments(&self) -> impl Iterator<Item = &dyn Run> {
        self.keyframes.iter().map(|keyframe| keyframe.run.as_ref())
    }

    /// The clock stood at `time` at the end of the run.
    pub fn saw(&mut self, time: Time) {
        self.end = self.end.max(time);
    }

    /// What somebody did as this step, if somebody did.
    pub fn input_at(&self, step: StepIndex) -> Option<&Recorded> {
        let place = self.inputs.partition_point(|recorded| recorded.step < step);
        self.inputs.get(place).filter(|recorded| recorded.step == step)
    }

    /// Lengthens the run by a step that was just done by `run`; `input` if somebody did it.
    pub fn push(&mut self, step: Box<Step>, input: Option<Recorded>, run: &dyn Run) {
        debug_assert_eq!(step.index, self.len(), "a run grows at its end");
        if let Some(input) = input {
            self.inputs.push(input);
        }
        self.marks.push(Mark::of(&step));
        self.end = step.time;
        self.tip = None;
        self.keep(Rc::new(*step));
        if self.len().is_multiple_of(self.interval) {
            self.keyframes.push(Keyframe::of(run));
            self.thin_out();
        }
    }

    /// Remembers the run at its end, before somebody goes elsewhere.
    pub fn leave(&mut self, run: Box<dyn Run>) {
        if run.next_step() == self.len() {
            self.tip = Some(Rc::from(run));
        }
    }

    /// The run at its end, if somebody looks at another place.
    pub fn tip(&self) -> Option<&dyn Run> {
        self.tip.as_deref()
    }

    /// The run as it was at a position, its clock between the step before and `time`.
    pub fn at(&self, position: StepIndex, time: Time) -> Box<dyn Run> {
        let mut run = self.nearest(position, time);
        while run.next_step() < position {
            self.skip(run.as_mut());
        }
        run
    }

    /// The past up to a position and a time, as the beginning of another run.
    pub fn fork(&self, position: StepIndex, time: Time) -> History {
        let mut fork = self.clone();
        fork.marks = self.marks.before(position);
        let kept = self.inputs.partition_point(|recorded| recorded.step < position);
        fork.inputs.truncate(kept);
        fork.keyframes.retain(|keyframe| keyframe.at <= position);
        fork.tip = None;
        fork.end = time;
        fork.blocks.retain(|&start, _| start < position);
        if let Some((&start, block)) = fork.blocks.last()
            && start + block.steps.len() as StepIndex > position
        {
            let block = fork.blocks.get_mut(&start).expect("it is the last one");
            block.steps.truncate((position - start) as usize);
        }
        fork
    }

    /// These steps in full, as far as the run has them.
    pub fn steps(&mut self, range: Range<StepIndex>) -> Vec<Rc<Step>> {
        let end = range.end.min(self.len());
        let mut steps = Vec::new();
        let mut next = range.start;
        while next < end {
            let start = next - next % BLOCK;
            let until = end.min(start + BLOCK);
            let block = self.block(start, until);
            steps.extend_from_slice(&block[(next - start) as usize..(until - start) as usize]);
            next = until;
        }
        steps
    }

    /// How many messages the keyframes hold, all together.
    pub fn messages_kept(&self) -> usize {
        self.keyframes.iter().map(|keyframe| keyframe.messages).sum()
    }

    /// How many keyframes and blocks are kept.
    #[cfg(test)]
    pub fn kept(&self) -> (usize, usize) {
        (self.keyframes.len(), self.blocks.len())
    }

    /// Takes the next step of the past once more.
    pub fn replay(&self, run: &mut dyn Run) -> Box<Step> {
        match self.input_at(run.next_step()) {
            Some(recorded) => {
                run.wait_until(recorded.time);
                run.apply(&recorded.input).expect("it was accepted the first time")
            }
            None => run.step().expect("there was a step here the first time"),
        }
    }

    fn skip(&self, run: &mut dyn Run) {
        if self.input_at(run.next_step()).is_some() {
            self.replay(run);
        } else {
            let stepped = run.skip();
            assert!(stepped, "there was a step here the first time");
        }
    }

    /// The latest snapshot that does not lie beyond a position, nor beyond a time.
    fn nearest(&self, position: StepIndex, time: Time) -> Box<dyn Run> {
        if let Some(tip) = &self.tip
            && position >= self.len()
            && tip.now() <= time
        {
            return tip.snapshot();
        }
        let after = self.keyframes.partition_point(|keyframe| keyframe.at <= position);
        self.keyframes[after - 1].run.snapshot()
    }

    fn thin_out(&mut self) {
        let too_heavy = |history: &History| {
            history.keyframes.len() > KEYFRAMES_MAX || history.messages_kept() > MESSAGES_MAX
        };
        while too_heavy(self) && self.keyframes.len() > 2 {
            self.interval *= 2;
            let interval = self.interval;
            self.keyframes.retain(|keyframe| keyframe.at.is_multiple_of(interval));
        }
    }

    /// Keeps a step that was just done, if its block has all before it.
    fn keep(&mut self, step: Rc<Step>) {
        let start = step.index - step.index % BLOCK;
        let before = (step.index - start) as usize;
        if before == 0 {
            self.make_room();
            self.blocks.insert(start, Block::default());
        }
        if let Some(block) = self.blocks.get_mut(&start)
            && block.steps.len() == before
        {
            self.uses += 1;
            block.used = self.uses;
            block.steps.push(step);
        }
    }

    /// The steps of the block that begins at `start`, at least up to `until`.
    fn block(&mut self, start: StepIndex, until: StepIndex) -> &[Rc<Step>] {
        let wanted = (until - start) as usize;
        let have = self.blocks.get(&start).map_or(0, |block| block.steps.len());
        if have < wanted {
            let first = start + have as StepIndex;
            let mut run = self.at(first, self.marks.time_at(first));
            let fresh: Vec<Rc<Step>> =
                (have..wanted).map(|_| Rc::new(*self.replay(run.as_mut()))).collect();
            if have == 0 {
                self.make_room();
            }
            self.blocks.entry(start).or_default().steps.extend(fresh);
        }
        self.uses += 1;
        let block = self.blocks.get_mut(&start).expect("it was just made");
        block.used = self.uses;
        &block.steps
    }

    fn make_room(&mut self) {
        if self.blocks.len() >= BLOCKS_MAX {
            let oldest = self.blocks.iter().min_by_key(|(_, block)| block.used);
            let oldest = oldest.map(|(&start, _)| start);
            self.blocks.remove(&oldest.expect("there are blocks"));
        }
    }
}
