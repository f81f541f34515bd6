//! Several runs beside each other, on one clock.
//!
//! A [`Comparison`] plays up to four [`Part`]s together: runs that left each other when somebody acted in
//! the past, one script on several set-ups (a variant, a parameter, other luck), or one script on two
//! labs. Each is a session of its own; time passes in all of them at once, and what a learner does is
//! done in all of them. Everything that is said of them comes from the runs: the first step that
//! [differs](Difference), the [outcome](Outcome) from moment to moment, and the [figures](Figure).

mod difference;
mod figures;
mod request;
mod table;
mod track;

use std::rc::Rc;

use crate::labs::Pair;
use crate::sim::{Input, InputError, Span, Step, StepIndex, Time};

use super::script::Script;
use super::{CHANGE_MAX, Halt, Session};

pub use difference::{Difference, Parting};
pub use figures::{Figure, FigureCell};
pub use request::{Request, story_for};
pub use table::{AspectRow, Measured, RunBehind, Sweep};
pub use track::{Outcome, Tally};

use track::Track;

/// At most so many runs are compared.
pub const SIDES_MAX: usize = 4;

/// So long do runs go on after their scripts, before they are shown.
const SETTLE: Span = Span::from_secs(3);

/// No run is played further than this before it is shown.
const READY_MAX: Time = Time(60_000_000);

/// What one side of a comparison plays.
#[derive(Clone, PartialEq)]
pub struct Part {
    /// `Run A`, `as-printed`, `Bully`.
    pub name: String,
    /// How it differs from the first one, in a few words; empty if the name says it.
    pub what: String,
    pub script: Script,
}

/// What the sides have in common.
#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    /// Runs of one learner: one set-up, other acts.
    Runs,
    /// One script, other set-ups of one lab.
    Setups,
    /// One script, two labs.
    Labs(&'static Pair),
}

/// Several runs on one clock.
pub struct Comparison {
    pub kind: Kind,
    sides: Vec<Side>,
}

/// One of the runs.
pub struct Side {
    pub name: String,
    pub what: String,
    session: Session,
    track: Track,
    /// So many steps from the beginning are like those of the first side.
    same: StepIndex,
    differs: Option<Difference>,
}

/// What became of an act that was done in all runs.
pub struct ActedAll {
    /// For each side: the step that it became, in a sentence, or why it was refused there.
    pub told: Vec<Result<String, InputError>>,
    /// Whether known futures were left behind.
    pub changed_past: bool,
}

impl ActedAll {
    /// Whether no run took it.
    pub fn is_refused(&self) -> bool {
        self.told.iter().all(Result::is_err)
    }
}

impl Comparison {
    /// The runs at their beginning. Refused if there are fewer than two, or if one does not start.
    pub fn new(kind: Kind, parts: &[Part]) -> Result<Comparison, String> {
        if parts.len() < 2 {
            return Err("To compare, there must be two runs at least".into());
        }
        let parts = &parts[..parts.len().min(SIDES_MAX)];
        let sides = parts.iter().map(Side::new).collect::<Result<Vec<Side>, String>>()?;
        Ok(Comparison { kind, sides })
    }

    pub fn sides(&self) -> &[Side] {
        &self.sides
    }

    /// The session of one side, to look at: its steps in full are made when they are asked for.
    pub fn session(&mut self, side: usize) -> &mut Session {
        &mut self.sides[side].session
    }

    /// The time on display, the same for all.
    pub fn clock(&self) -> Time {
        self.sides.iter().map(|side| side.session.clock()).max().unwrap_or(Time::ZERO)
    }

    /// How far the known futures go.
    pub fn end(&self) -> Time {
        self.sides.iter().map(|side| side.track.until()).max().unwrap_or(Time::ZERO)
    }

    /// Plays all runs through their scripts and a little further, so that the whole of them can be
    /// seen, in slices of about `max_steps`. True when that is done; the clock then stands at the end.
    pub fn prepare(&mut self, max_steps: u64) -> bool {
        let mut left = max_steps;
        while let Some(side) = self.sides.iter_mut().find(|side| !side.is_through()) {
            let next = side.session.next_at().unwrap_or(READY_MAX).min(READY_MAX);
            if left == 0 || !side.advance(next, &mut left) {
                return false;
            }
        }
        let settle = match self.kind {
            Kind::Runs => Span::ZERO,
            Kind::Setups | Kind::Labs(_) => SETTLE,
        };
        let through = self.sides.iter().map(|side| side.through_at()).max().unwrap_or(Time::ZERO);
        self.advance((through + settle).max(self.end()), &mut left)
    }

    // ---- moving ----

    /// Goes to a time, in slices of about `max_steps`; beyond the known futures all runs go on. True
    /// when all are there.
    pub fn seek(&mut self, time: Time, max_steps: u64) -> bool {
        let mut left = max_steps;
        self.advance(time, &mut left)
    }

    /// Goes on to the next moment at which something happens in any of the runs. False if nothing is
    /// going to happen.
    pub fn step(&mut self) -> bool {
        let next = self.sides.iter().filter_map(|side| side.session.next_at()).min();
        let Some(next) = next else { return false };
        self.seek(next, u64::MAX);
        true
    }

    /// Goes back to the last moment before the present at which something happened.
    pub fn back(&mut self) {
        let now = self.clock();
        let last = self.sides.iter().filter_map(|side| side.last_before(now)).max();
        self.seek(last.unwrap_or(Time::ZERO), u64::MAX);
    }

    /// Goes on to the next turning point of any of the runs, or by [`CHANGE_MAX`].
    pub fn next_change(&mut self) {
        let until = self.clock() + CHANGE_MAX;
        while self.clock() < until {
            let from: Vec<StepIndex> =
                self.sides.iter().map(|side| side.session.position()).collect();
            if !self.step() {
                return;
            }
            let turned = self.sides.iter().zip(from).any(|(side, from)| {
                let turning = side.session.marks().turning_from(from);
                turning.is_some_and(|step| step < side.session.position())
            });
            if turned {
                return;
            }
        }
    }

    fn advance(&mut self, time: Time, left: &mut u64) -> bool {
        let mut there = true;
        for side in &mut self.sides {
            there &= side.advance(time, left);
        }
        self.find_differences();
        there
    }

    // ---- acting ----

    /// Does something in all runs now. Where it makes no sense it is refused, with the reason.
    pub fn act(&mut self, input: &Input) -> ActedAll {
        let mut acted = ActedAll { told: Vec::new(), changed_past: false };
        for side in &mut self.sides {
            acted.told.push(side.act(input, &mut acted.changed_past));
        }
        self.find_differences();
        acted
    }

    /// Compares the steps that have become known with those of the first side.
    fn find_differences(&mut self) {
        if let Kind::Labs(_) = self.kind {
            return;
        }
        let [first, others @ ..] = self.sides.as_mut_slice() else { return };
        for other in others {
            difference::look(first, other);
        }
    }
}

impl Side {
    fn new(part: &Part) -> Result<Side, String> {
        let Part { name, what, script } = part.clone();
        let session = Session::play_script(&script).map_err(|why| format!("{name}: {why}"))?;
        Ok(Side { name, what, session, track: Track::default(), same: 0, differs: None })
    }

    pub fn session(&self) -> &Session {
        &self.session
    }

    /// What the run has come to at the present.
    pub fn outcome(&self) -> Outcome {
        self.track.outcome_at(self.session.clock())
    }

    /// The first step that is not as in the first run, as far as is known.
    pub fn differs(&self) -> Option<&Difference> {
        self.differs.as_ref()
    }

    /// Whether the script has nothing left to do, as far as it is played before it is shown.
    fn is_through(&self) -> bool {
        self.session.waits_for().is_none() || self.track.until() >= READY_MAX
    }

    fn through_at(&self) -> Time {
        self.session.end().1.min(READY_MAX)
    }

    /// Lets the run come to `time`, and takes in what happens there for the first time. False if
    /// `left` steps were not enough.
    fn advance(&mut self, time: Time, left: &mut u64) -> bool {
        if time < self.track.until() {
            self.session.seek_time(time);
            return true;
        }
        if self.session.clock() < self.track.until() {
            self.session.seek_time(self.track.until());
        }
        while let Some(due) = self.session.next_at().filter(|due| *due <= time) {
            if *left == 0 {
                return false;
            }
            let before = self.session.position();
            let halt = self.session.seek_time(due).halt;
            let steps = self.take_in(before);
            *left = left.saturating_sub(steps.max(1));
            if halt == Halt::Full {
                return true;
            }
        }
        self.session.seek_time(time);
        self.track.saw(time);
        true
    }

    /// Takes in the steps from a position up to the present; returns how many.
    fn take_in(&mut self, from: StepIndex) -> u64 {
        let steps: Vec<Rc<Step>> = self.session.steps(from..self.session.position());
        self.track.observe(&self.session, &steps);
        steps.len() as u64
    }

    fn last_before(&self, now: Time) -> Option<Time> {
        let before = Time(now.0.checked_sub(1)?);
        let last = self.session.marks().after(before).checked_sub(1)?;
        Some(self.session.marks().get(last)?.time)
    }

    fn act(&mut self, input: &Input, changed_past: &mut bool) -> Result<String, InputError> {
        let (position, clock) = (self.session.position(), self.session.clock());
        let acted = self.session.act(input.clone())?;
        *changed_past |= acted.kept.is_some();
        self.track.forget_after(clock);
        self.same = self.same.min(position);
        if self.differs.as_ref().is_some_and(|difference| difference.step >= position) {
            self.differs = None;
        }
        self.take_in(position);
        Ok(self.session.sentence(&acted.step))
    }
}
