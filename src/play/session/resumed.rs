//! A run that is left and taken up again somewhere else, with the story that it follows.

use crate::play::script::{Act, Line, Script, Trigger};
use crate::sim::StepIndex;

use super::Session;

impl Session {
    /// The shown run as a script with which it can be taken up again where its known future ends: all
    /// that was done, each at its place, and then the lines of the followed script that are still to be
    /// done. What the script expected stays in it, at the place at which it was looked at, so that an
    /// exercise keeps its grade. Acts of `every` lines are in it as they were done; from there on these
    /// lines watch again.
    pub fn resumable(&self) -> Script {
        let mut script = self.script();
        let Some(following) = self.following() else { return script };
        // Where a record ends, this one goes on.
        script.lines.pop();
        let (behind, left) = following.conductor.lines();
        let inputs = self.inputs().map(|recorded| recorded.step).zip(script.lines);
        let looks = behind.iter().enumerate().filter_map(|(place, line)| {
            let at = following.passed(place)?;
            is_look(line).then(|| (at, Line { trigger: Trigger::Before(at), ..line.clone() }))
        });
        let mut lines = merged(looks, inputs);
        let watches = behind.iter().filter(|line| matches!(line.trigger, Trigger::Every(_)));
        lines.extend(watches.cloned());
        lines.extend(left.iter().cloned());
        // The first that is left waits from the moment of the line before it, not from the last act.
        if let (Some(first), Some(line)) =
            (left.first(), lines.iter_mut().rev().nth(left.len() - 1))
            && let Trigger::After(span) = first.trigger
        {
            line.trigger = Trigger::At(following.conductor.done_at() + span);
        }
        for (place, line) in lines.iter_mut().enumerate() {
            line.number = place + 2;
        }
        Script { lines, digest: None, ..script }
    }
}

/// Whether a line only looks at the run, at one moment.
fn is_look(line: &Line) -> bool {
    matches!(line.act, Act::Expect(_)) && !matches!(line.trigger, Trigger::Every(_))
}

/// Two lists by their places in the run as one; at one place, looks come before inputs.
fn merged(
    looks: impl Iterator<Item = (StepIndex, Line)>,
    inputs: impl Iterator<Item = (StepIndex, Line)>,
) -> Vec<Line> {
    let mut looks = looks.peekable();
    let mut lines = Vec::new();
    for (step, input) in inputs {
        while let Some((_, look)) = looks.next_if(|(at, _)| *at <= step) {
            lines.push(look);
        }
        lines.push(input);
    }
    lines.extend(looks.map(|(_, look)| look));
    lines
}
