//! What was done in a run, told so that it makes sense with other luck too.

use crate::play::history::Recorded;
use crate::play::script::{Act, Condition, Line, Script, Template, Trigger, read_act};
use crate::sim::{Input, NodeId, Time};

use super::Session;

impl Session {
    /// The shown run as a script for other seeds: the script that it follows, if the learner added
    /// nothing to it; otherwise every act after the same waits. What was done to the node that had a
    /// part in the run (the leader) is done to whoever has it. What was done to single messages is
    /// left out, as there are others with another seed.
    pub fn story(&self) -> Script {
        let own = |recorded: &&Recorded| !recorded.is_scripted();
        match self.following() {
            Some(following)
                if !following.conductor.is_altered()
                    && !self.inputs().any(|recorded| own(&recorded)) =>
            {
                Script { digest: None, ..following.conductor.script().clone() }
            }
            Some(_) | None => self.acts_retold(),
        }
    }

    fn acts_retold(&self) -> Script {
        let mut lines: Vec<Line> = Vec::new();
        let mut last = Time::ZERO;
        for recorded in self.inputs().filter(|recorded| !is_on_a_message(&recorded.input)) {
            let part = one_node(&recorded.input).and_then(|node| self.part(recorded, node));
            let act = part.and_then(|part| renamed(&recorded.input, part, self.lab()));
            // At first somebody must have the part at all.
            if let (Some(_), Some(part), true) = (&act, part, lines.is_empty()) {
                last = self.first_time_of(part).unwrap_or(last);
                let some = Condition::MeansSome(part);
                lines.push(line(Trigger::When(some.clone()), Act::Expect(some)));
            }
            let act = act.unwrap_or_else(|| Act::from(recorded.input.clone()));
            lines.push(line(Trigger::After(recorded.time.since(last)), act));
            last = recorded.time;
        }
        for (place, line) in lines.iter_mut().enumerate() {
            line.number = place + 2;
        }
        Script { setup: self.setup().clone(), lines, digest: None }
    }

    /// The word that meant this node just before something was done to it, if one did.
    fn part(&self, recorded: &Recorded, node: NodeId) -> Option<&'static str> {
        let run = self.history().at(recorded.step, recorded.time);
        let selectors = self.lab().selectors.iter().map(|claim| claim.name);
        selectors.into_iter().find(|selector| run.find(selector) == Some(node))
    }

    /// When a word first meant some node. Parts change at turning points, so only these are looked at.
    fn first_time_of(&self, part: &str) -> Option<Time> {
        let mut from = 0;
        while let Some(step) = self.marks().turning_from(from) {
            let time = self.marks().get(step)?.time;
            if self.history().at(step + 1, time).find(part).is_some() {
                return Some(time);
            }
            from = step + 1;
        }
        None
    }
}

fn line(trigger: Trigger, act: Act) -> Line {
    Line { number: 0, trigger, act }
}

fn is_on_a_message(input: &Input) -> bool {
    match input {
        Input::Drop(_)
        | Input::Duplicate(_)
        | Input::Delay(..)
        | Input::Hurry(_)
        | Input::Corrupt(_) => true,
        Input::Crash(_)
        | Input::Restart(_)
        | Input::Wipe(_)
        | Input::Pause(_)
        | Input::Resume(_)
        | Input::Slow(..)
        | Input::SlowDisk(..)
        | Input::Skew(..)
        | Input::Cut(..)
        | Input::Heal(..)
        | Input::HealAll
        | Input::Partition(_)
        | Input::Link(..)
        | Input::FireTimer(..)
        | Input::Command(..)
        | Input::Fault(..)
        | Input::Set(..) => false,
    }
}

/// The node that something is done to, if it is a single one.
fn one_node(input: &Input) -> Option<NodeId> {
    match input {
        Input::Crash(node)
        | Input::Wipe(node)
        | Input::Pause(node)
        | Input::Slow(node, _)
        | Input::SlowDisk(node, _)
        | Input::Skew(node, _)
        | Input::FireTimer(node, _)
        | Input::Command(node, _)
        | Input::Fault(node, _) => Some(*node),
        Input::Restart(_)
        | Input::Resume(_)
        | Input::Cut(..)
        | Input::Heal(..)
        | Input::HealAll
        | Input::Partition(_)
        | Input::Link(..)
        | Input::Drop(_)
        | Input::Duplicate(_)
        | Input::Delay(..)
        | Input::Hurry(_)
        | Input::Corrupt(_)
        | Input::Set(..) => None,
    }
}

/// The same act, on whoever has this part.
fn renamed(input: &Input, part: &str, lab: &'static crate::labs::Lab) -> Option<Act> {
    let text = Template::from(input.clone()).to_string();
    let mut words: Vec<&str> = text.split(' ').collect();
    *words.get_mut(1)? = part;
    read_act(&words.join(" "), lab).ok()
}
