//! Looking back over a run, at the others that are kept, and writing one down.

use std::rc::Rc;

use crate::labs::Run;
use crate::sim::{Cause, Step, StepIndex, Time};

use super::{Kept, RunId, RunTab, Session, WhyLink};
use crate::play::history::Recorded;
use crate::play::marks::{Mark, MarkKind};
use crate::play::script::{Act, Line, Script, Trigger};

/// The longest way back that "why?" goes, in steps.
const WHY_MAX: usize = 1_000;

impl Session {
    /// The chain from a step back to its first cause: the fault, or the start of the node. What
    /// happened several times in a row, as heartbeats do, is one link: its last time, and how often.
    /// What goes round and round, as one request after the other, is told for its last round.
    pub fn why(&mut self, step: StepIndex) -> Vec<WhyLink> {
        let mut chain: Vec<WhyLink> = Vec::new();
        let mut told: Vec<Rc<Step>> = Vec::new();
        let mut before = 0;
        let mut next = Some(step);
        for _ in 0..WHY_MAX {
            let Some((step, full)) = next.and_then(|step| Some((step, self.step_at(step)?))) else {
                break;
            };
            let sentence = self.narrator.sentence(&full);
            match chain.last() {
                Some(last) if last.sentence == sentence => before += 1,
                Some(_) if told.iter().any(|known| is_alike(known, &full)) => {}
                Some(_) | None => {
                    tell_repeats(&mut chain, std::mem::take(&mut before));
                    chain.push(WhyLink { step, time: full.time, node: full.node, sentence });
                    told.push(Rc::clone(&full));
                }
            }
            let mut cause = full.blames.or(full.parent);
            if before > 0 {
                let skipped = self.beats_before(step);
                before += skipped.0;
                cause = skipped.1.or(cause);
            }
            let by_input = matches!(full.cause, Cause::Input { .. });
            next = cause.filter(|&cause| cause < step && !by_input);
        }
        tell_repeats(&mut chain, before);
        chain
    }

    /// How many steps before this one came at the same beat, each the timer of one node that sets
    /// itself again, and what came before them all. Told from the marks alone, so that a long run of
    /// heartbeats costs no replay.
    fn beats_before(&self, step: StepIndex) -> (u32, Option<StepIndex>) {
        let marks = self.marks();
        let parent = |mark: &Mark| {
            let alone = mark.kind == MarkKind::Timer && mark.blames.is_none();
            let before = marks.get(mark.parent.filter(|_| alone)?).copied()?;
            (before.kind == MarkKind::Timer && before.node == mark.node).then_some(before)
        };
        let (mut count, mut cause) = (0, None);
        let mut beat = None;
        let mut next = marks.get(step).copied();
        while let Some(mark) = next {
            cause = mark.parent;
            next = parent(&mark).filter(|before| {
                let gap = mark.time.since(before.time);
                *beat.get_or_insert(gap) == gap && before.blames.is_none()
            });
            count += u32::from(next.is_some());
        }
        (count, cause)
    }

    /// The run that is being played.
    pub fn run_id(&self) -> RunId {
        self.runs[self.current].id
    }

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
            let run = self.runs[place].history.at(position, clock);
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

    /// The exact script of any run that is kept, up to the end of its known future.
    pub fn script_of(&mut self, id: RunId) -> Option<Script> {
        let (shown, here) = (self.runs[self.current].id, self.here());
        let found = self.switch_run(id);
        let script = found.then(|| self.script());
        self.switch_run(shown);
        debug_assert_eq!(self.here(), here, "looking at another run leaves no trace");
        script
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

    /// How many messages the snapshots of the shown run hold, all together.
    #[cfg(test)]
    pub(in crate::play) fn messages_kept(&self) -> usize {
        self.history().messages_kept()
    }

    /// How many snapshots the shown run keeps, and in how many blocks its recorded steps lie.
    #[cfg(test)]
    pub(in crate::play) fn kept(&self) -> (usize, usize) {
        self.history().kept()
    }
}

/// Whether two steps are the same turn of different rounds: the same node had the same timer, or got
/// the same kind of message, and neither is explained by a fault.
fn is_alike(one: &Step, other: &Step) -> bool {
    let same = match (&one.cause, &other.cause) {
        (Cause::Timer(one), Cause::Timer(other)) => one == other,
        (Cause::Deliver(one), Cause::Deliver(other)) => one.kind == other.kind,
        _ => false,
    };
    same && one.node == other.node && one.blames.is_none() && other.blames.is_none()
}

/// Adds to the last link how often the same had happened before.
fn tell_repeats(chain: &mut [WhyLink], before: u32) {
    if let (Some(last), true) = (chain.last_mut(), before > 0) {
        let times = if before == 1 { "once".into() } else { format!("{before} times") };
        last.sentence.push_str(&format!(" So it did {times} before."));
    }
}

/// A line of a recording: by its time where that tells its place, and otherwise by its position.
fn line(step: StepIndex, time: Time, crowded: bool, act: Act) -> Line {
    let trigger = if crowded { Trigger::Before(step) } else { Trigger::At(time) };
    Line { number: 0, trigger, act }
}
