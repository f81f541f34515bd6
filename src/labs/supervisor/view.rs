//! What nodes show of themselves.

use crate::sim::panel::{Mark, Scale};
use crate::sim::{Field, Look, NodeView, Panel, Value};

use super::host::{Host, State};
use super::node::Part;
use super::supervision::{Doing, Supervisor};

/// Numbers, words and names only, because it is made at every step.
pub fn part(part: &Part) -> NodeView {
    match part {
        Part::Supervisor(supervisor) => {
            let down = supervisor.children.iter().filter(|child| !child.up);
            let doing = word(supervisor.doing);
            NodeView {
                role: "supervisor",
                look: Look::Relay,
                badge: "does",
                fields: vec![
                    Field::notable("does", doing),
                    Field::notable("down", down.map(|child| child.node).collect::<Vec<_>>()),
                    Field::new("attempts noted", supervisor.record.attempts().len() as u64),
                    Field::notable("given up", supervisor.escalations),
                ],
            }
        }
        Part::Printed(printed) => {
            let down = printed.managers.iter().filter(|manager| !manager.up);
            let times = printed.managers.iter().map(|manager| manager.restart_times.len() as u64);
            NodeView {
                role: "recovery manager",
                look: Look::Relay,
                badge: "restart_times",
                fields: vec![
                    Field::notable("down", down.map(|manager| manager.node).collect::<Vec<_>>()),
                    Field::new("restart_times", times.sum::<u64>()),
                    Field::new("restart_count", 0),
                ],
            }
        }
        Part::Host(host) => machine(host),
        Part::Operator(operator) => NodeView {
            role: "operator",
            look: Look::Leader,
            badge: "calls",
            fields: vec![Field::notable("calls", operator.noted)],
        },
        Part::Client(client) => NodeView {
            role: "client",
            look: Look::Client,
            badge: "rounds",
            fields: vec![Field::new("rounds", client.sent)],
        },
    }
}

fn word(doing: Doing) -> &'static str {
    match doing {
        Doing::Watching => "watches",
        Doing::Waiting { .. } => "waits",
        Doing::Starting { .. } => "starts",
        Doing::GivenUp { .. } => "gave up",
    }
}

fn machine(host: &Host) -> NodeView {
    let role = match host.process.map(|process| process.state) {
        None => "stopped",
        Some(State::Starting) => "starting",
        Some(State::Ready) => "ready",
        Some(State::Hangs) => "hangs",
    };
    let look = match host.ready_life() {
        Some(_) => Look::Server,
        None => Look::Follower,
    };
    let of = |get: fn(&super::host::Process) -> u64| {
        host.process.as_ref().map_or(Value::None, |process| Value::Number(get(process)))
    };
    NodeView {
        role,
        look,
        badge: "life",
        fields: vec![
            Field::notable("process", role),
            Field::notable("life", of(|process| process.life)),
            Field::new("memory %", of(|process| process.memory)),
            Field::notable("leaks", host.leaks),
            Field::notable("bad configuration", host.bad_config),
        ],
    }
}

/// The larger things that a node shows.
pub fn panels(part: &Part) -> Vec<Panel> {
    match part {
        Part::Supervisor(supervisor) => vec![states(supervisor)],
        Part::Host(host) => host.process.iter().map(|process| memory(process.memory)).collect(),
        Part::Printed(_) | Part::Operator(_) | Part::Client(_) => Vec::new(),
    }
}

fn states(supervisor: &Supervisor) -> Panel {
    let rows = supervisor.children.iter().map(|child| {
        let state = if child.up { "up" } else { "down" };
        vec![child.node.into(), child.life.into(), state.into()]
    });
    Panel::Table {
        title: "Children",
        columns: vec!["process", "life", "taken for"],
        rows: rows.collect(),
    }
}

fn memory(percent: u64) -> Panel {
    let marks = vec![Mark { name: "killed", at: 100 }];
    Panel::Gauge { title: "Memory", scale: Scale::whole("%"), value: percent, max: 100, marks }
}
