//! Moving through time: forwards by one step, by a span, to a delivery, to a change; back, and anywhere.

use crate::sim::{Cause, NodeId, Span, Step, StepIndex, Time};

use super::{Halt, Kept, Moved, Session};
use crate::play::MarkKind;
use crate::play::history::Recorded;
use crate::play::runner::{Scripted, Turn, turn};
use crate::play::script::TIME_MAX;

/// A run to the next change goes at most so far.
pub const CHANGE_MAX: Span = Span::from_secs(10);

/// No single move takes more steps than this.
pub const STEPS_PER_MOVE_MAX: u64 = 50_000;

/// No run is longer than this.
pub const STEPS_MAX: StepIndex = 1_000_000;

impl Session {
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
        self.forward(
            STEPS_PER_MOVE_MAX,
            |step| {
                if is_delivery(step, node) { Go::Stop } else { Go::On }
            },
        )
    }

    /// Goes back to the last message that arrived or was lost: at `node`, or, if lost, from it too. The
    /// beginning of the run if there is none.
    pub fn back_to_delivery(&mut self, node: Option<NodeId>) -> Moved {
        let before = (0..self.position().saturating_sub(1)).rev();
        let met = before.into_iter().find(|&step| {
            let kind = self.marks().get(step).map(|mark| mark.kind);
            let delivery = matches!(kind, Some(MarkKind::Deliver | MarkKind::Undelivered));
            delivery && self.step_at(step).is_some_and(|step| is_delivery(&step, node))
        });
        self.seek_step(met.map_or(0, |step| step + 1))
    }

    /// Goes on to the next event of a node.
    pub fn step_to_event_of(&mut self, node: NodeId) -> Moved {
        self.forward(
            STEPS_PER_MOVE_MAX,
            |step| {
                if step.node == Some(node) { Go::Stop } else { Go::On }
            },
        )
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
        self.place_until(known, time);
        let moved = self.forward_until(time, STEPS_PER_MOVE_MAX, |_| Go::On);
        Moved { from, ..moved }
    }

    /// Goes back to where it stood before somebody looked around: a position, and the time that the clock
    /// showed there, which may be after the last step.
    pub fn back_to(&mut self, (position, clock): (StepIndex, Time)) {
        self.seek_step(position);
        if self.clock() < clock {
            self.seek_time(clock);
        }
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

    // ---- inside ----

    fn forward(&mut self, max: u64, judge: impl FnMut(&Step) -> Go) -> Moved {
        self.forward_until(Time(u64::MAX), max, judge)
    }

    /// Takes steps until `judge` says to stop, the next one is later than `until`, or there were
    /// `max`. At the end the clock stands at `until`, unless something stopped it before.
    pub(super) fn forward_until(
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
                let recorded = scripted.map(|Scripted { line, input, crowded }| Recorded {
                    step: step.index,
                    time: step.time,
                    input,
                    crowded,
                    line: Some(line),
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

/// Whether a step is the end of a message's way: at `node`, or, if it was lost, from it too.
fn is_delivery(step: &Step, node: Option<NodeId>) -> bool {
    match &step.cause {
        Cause::Deliver(message) => node.is_none_or(|node| node == message.to),
        Cause::Undelivered { message, .. } => {
            node.is_none_or(|node| node == message.to || node == message.from)
        }
        Cause::Start | Cause::Timer(_) | Cause::Input { .. } | Cause::Held(_) => false,
    }
}

/// What the next thing was.
enum Did {
    Step(Go),
    Nothing,
    Stop,
}

/// Whether a move goes on after a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Go {
    On,
    Stop,
}
