//! A compact index of a run: a few words for each step, for diagrams, the scrubber and "why?".

use std::ops::Range;

use crate::sim::{Cause, NodeId, SharedVec, Step, StepIndex, Time};

/// What is kept of every step, so that a diagram of the whole run needs no replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    pub time: Time,
    /// The node that acted or was acted upon.
    pub node: Option<NodeId>,
    pub kind: MarkKind,
    /// Whether it is a turning point ([`Step::is_turning_point`]).
    pub turning: bool,
    /// As in [`Step::parent`].
    pub parent: Option<StepIndex>,
    /// As in [`Step::blames`].
    pub blames: Option<StepIndex>,
}

/// The kind of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkKind {
    /// A node began by itself, at time zero.
    Start,
    /// A message arrived.
    Deliver,
    /// A timer came due.
    Timer,
    /// Somebody acted on the world.
    Input,
    /// A message was lost.
    Undelivered,
    /// Something came for a paused node and waits there.
    Held,
}

impl Mark {
    pub fn of(step: &Step) -> Mark {
        let kind = match step.cause {
            Cause::Start => MarkKind::Start,
            Cause::Deliver(_) => MarkKind::Deliver,
            Cause::Timer(_) => MarkKind::Timer,
            Cause::Input { .. } => MarkKind::Input,
            Cause::Undelivered { .. } => MarkKind::Undelivered,
            Cause::Held(_) => MarkKind::Held,
        };
        let turning = step.is_turning_point();
        let Step { time, node, parent, blames, .. } = *step;
        Mark { time, node, kind, turning, parent, blames }
    }
}

/// The marks of a run, one for each step. Cloning shares them.
#[derive(Clone, Debug, Default)]
pub struct Marks(SharedVec<Mark>);

impl Marks {
    /// How many steps the run has.
    pub fn len(&self) -> StepIndex {
        self.0.len() as StepIndex
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn get(&self, step: StepIndex) -> Option<&Mark> {
        self.0.get(usize::try_from(step).ok()?)
    }

    /// The marks of these steps, as far as the run has them, each with its index.
    pub fn range(&self, steps: Range<StepIndex>) -> impl Iterator<Item = (StepIndex, &Mark)> {
        let end = steps.end.min(self.len());
        let start = steps.start.min(end);
        (start..end).zip(self.0.range(start as usize..end as usize))
    }

    /// The index of the first step that is later than `time`; the length of the run if none is. It
    /// is the position at which everything due until `time` is done.
    pub fn after(&self, time: Time) -> StepIndex {
        self.0.partition_point(|mark| mark.time <= time) as StepIndex
    }

    /// The steps at or after `from` and no later than `until`.
    pub fn between(&self, from: Time, until: Time) -> Range<StepIndex> {
        let start = match from.0.checked_sub(1) {
            Some(before) => self.after(Time(before)),
            None => 0,
        };
        start..self.after(until)
    }

    /// The first turning point at or after position `from`.
    pub fn turning_from(&self, from: StepIndex) -> Option<StepIndex> {
        self.range(from..self.len()).find(|(_, mark)| mark.turning).map(|(step, _)| step)
    }

    pub(super) fn push(&mut self, mark: Mark) {
        self.0.push(mark);
    }

    /// The marks before a position.
    pub(super) fn before(&self, step: StepIndex) -> Marks {
        let mut before = self.clone();
        before.0.truncate(step.min(self.len()) as usize);
        before
    }

    /// When the step before a position happened; zero before the first one.
    pub(super) fn time_at(&self, position: StepIndex) -> Time {
        let before = position.checked_sub(1).and_then(|step| self.get(step));
        before.map_or(Time::ZERO, |mark| mark.time)
    }
}
