//! What can be wrong with a script that reads well: a setup that makes no sense as a whole, nodes that
//! are not there, commands that the lab does not understand.

use crate::labs::Run;
use crate::sim::{Input, NodeId, Time};

use super::{Act, Condition, Line, Party, Script, ScriptError, Trigger};

/// Checks a script against the lab that it is for, without playing it. At most one error a line.
pub fn check(script: &Script) -> Vec<ScriptError> {
    let mut run = match script.setup.start() {
        Ok(run) => run,
        Err(message) => return vec![ScriptError { line: 1, column: 1, message }],
    };
    while run.next_at() == Some(Time::ZERO) {
        run.skip();
    }
    let nodes: Vec<NodeId> = run.scene().nodes.iter().map(|node| node.id).collect();
    let wrong = |line: &Line| {
        let message = unknown_node(line, &nodes).or_else(|| refused_request(line, run.as_ref()))?;
        Some(ScriptError { line: line.number, column: 1, message })
    };
    script.lines.iter().filter_map(wrong).collect()
}

fn unknown_node(line: &Line, nodes: &[NodeId]) -> Option<String> {
    let mut named = Vec::new();
    match &line.trigger {
        Trigger::When(condition) | Trigger::Every(condition) => in_condition(condition, &mut named),
        Trigger::At(_) | Trigger::After(_) | Trigger::Before(_) => {}
    }
    match &line.act {
        Act::Input(template) => {
            named.extend(template.words().filter_map(|word| word.parse::<NodeId>().ok()))
        }
        Act::Expect(condition) => in_condition(condition, &mut named),
        Act::Stop => {}
    }
    let unknown = named.into_iter().find(|node| !nodes.contains(node))?;
    let known: Vec<String> = nodes.iter().map(NodeId::to_string).collect();
    Some(format!("there is no {unknown} here; there are {}", known.join(", ")))
}

fn in_condition(condition: &Condition, named: &mut Vec<NodeId>) {
    match condition {
        Condition::Sent { from, to, .. } => {
            for party in [from, to] {
                match party {
                    Party::Node(node) => named.push(*node),
                    Party::Anybody | Party::Selector(_) => {}
                }
            }
        }
        Condition::Means(_, node) => named.push(*node),
        Condition::MeansSome(_) | Condition::Goal(_) => {}
        Condition::Not(condition) => in_condition(condition, named),
    }
}

/// Why the lab does not understand a command or a fault of its own, if it does not.
fn refused_request(line: &Line, run: &dyn Run) -> Option<String> {
    let Act::Input(template) = &line.act else { return None };
    match template.fixed()? {
        input @ (Input::Command(..) | Input::Fault(..)) => {
            run.snapshot().apply(input).err().map(|error| error.0)
        }
        _ => None,
    }
}
