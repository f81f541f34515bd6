//! A script that was played, and questions about it: what the tests of Raft, sentence by sentence, share.
#![allow(dead_code, reason = "every test crate asks other questions")]

use faultline::play::{Limits, Script, watch_script};
use faultline::sim::{Cause, Scene, Span, Step, Value};

/// A script that was played, and every step of it.
pub struct Story {
    pub steps: Vec<Step>,
    pub scene: Scene,
}

/// Three servers, n1 in the lead of term 1, nobody else around.
pub const THREE: &str =
    "lab raft seed=1 nodes=3 clients=0\n1ms fire n1 election\n150ms expect leader n1\n+0ms ";

/// The same with five.
pub const FIVE: &str =
    "lab raft seed=1 nodes=5 clients=0\n1ms fire n1 election\n150ms expect leader n1\n+0ms ";

/// Plays a script whose lines are separated by semicolons, and lets it settle for a second.
pub fn tell(start: &str, lines: &str) -> Story {
    let lines: Vec<&str> = lines.split("; ").collect();
    let text = format!("{start}{}\n", lines.join("\n"));
    let script: Script = text.parse().unwrap_or_else(|error| panic!("{error}\n{text}"));
    let mut steps = Vec::new();
    let limits = Limits { settle: Span::from_secs(1), ..Limits::default() };
    let outcome = watch_script(&script, limits, &mut |step, _| steps.push(step.clone())).unwrap();
    assert_eq!(outcome.problems, [], "{text}");
    assert_eq!(outcome.violations, [], "{text}");
    Story { steps, scene: outcome.scene() }
}

impl Story {
    /// The steps in which a rule fired at a node, and why.
    pub fn firings(&self, node: &str, rule: &str) -> Vec<(&Step, &str)> {
        let at =
            self.steps.iter().filter(|step| step.node.is_some_and(|id| id.to_string() == node));
        at.flat_map(|step| step.fired.iter().map(move |firing| (step, firing)))
            .filter(|(_, firing)| firing.rule == rule)
            .map(|(step, firing)| (step, firing.because.as_str()))
            .collect()
    }

    /// The first step in which a rule fired at a node.
    #[track_caller]
    pub fn first(&self, node: &str, rule: &str) -> (&Step, &str) {
        let firings = self.firings(node, rule);
        *firings.first().unwrap_or_else(|| panic!("{rule} never fired at {node}"))
    }

    /// The first step after that input.
    #[track_caller]
    pub fn after(&self, input: &str) -> &[Step] {
        let is_it = |step: &Step| match &step.cause {
            Cause::Input { input: said, .. } => said.to_string() == input,
            _ => false,
        };
        let place = self.steps.iter().position(is_it);
        &self.steps[place.unwrap_or_else(|| panic!("nobody said {input}"))..]
    }

    /// What a node's view says of a field at the end.
    pub fn field(&self, node: &str, field: &str) -> Value {
        let node = self.scene.nodes.iter().find(|it| it.id.to_string() == node).unwrap();
        node.view.fields.iter().find(|it| it.name == field).unwrap().value.clone()
    }
}

pub fn sends(step: &Step, kind: &str) -> Vec<String> {
    let of_kind = step.sent.iter().filter(|sent| sent.message.kind == kind);
    of_kind.map(|sent| sent.message.to.to_string()).collect()
}

pub fn text(step: &Step, kind: &str) -> String {
    step.sent.iter().find(|sent| sent.message.kind == kind).unwrap().message.text.clone()
}

pub fn sets(step: &Step, timer: &str) -> bool {
    step.timers.iter().any(|set| set.name == timer)
}
