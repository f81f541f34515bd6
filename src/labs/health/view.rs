//! What nodes show of themselves.

use crate::sim::{Field, Look, NodeId, NodeView, Panel, Value};

use super::balancer::Balancer;
use super::node::Part;
use super::server::{Server, State};

/// Numbers, words and names only, because it is made at every step.
pub fn part(part: &Part) -> NodeView {
    match part {
        Part::Balancer(balancer) => {
            let of = |is: fn(&super::balancer::Judged) -> bool| -> Vec<NodeId> {
                balancer.servers.iter().filter(|it| is(it)).map(|it| it.node).collect()
            };
            let inside = balancer.servers.iter().filter(|judged| !judged.out).count();
            NodeView {
                role: "balancer",
                look: Look::Relay,
                badge: "in rotation",
                fields: vec![
                    Field::notable("in rotation", inside as u64),
                    Field::notable("not live", of(|it| !it.live.good)),
                    Field::notable("not ready", of(|it| !it.ready.good)),
                    Field::notable("ejected", of(|it| it.ejected.is_some())),
                ],
            }
        }
        Part::Printed(printed) => {
            let healthy = printed.services.iter().filter(|it| it.healthy != Some(false)).count();
            let bad = printed.services.iter().filter(|it| it.healthy == Some(false));
            NodeView {
                role: if printed.ended.is_some() { "balancer, checker ended" } else { "balancer" },
                look: Look::Relay,
                badge: "in rotation",
                fields: vec![
                    Field::notable("in rotation", healthy as u64),
                    Field::notable("unhealthy", bad.map(|it| it.node).collect::<Vec<_>>()),
                    Field::notable("ended by", printed.ended.map_or(Value::None, Value::Word)),
                ],
            }
        }
        Part::Server(server) => machine(server),
        Part::Client(client) => NodeView {
            role: "client",
            look: Look::Client,
            badge: "last page",
            fields: vec![Field::new(
                "last page",
                client.last.map_or(Value::None, |(_, page)| Value::Word(page.word())),
            )],
        },
        Part::Operator(operator) => NodeView {
            role: "operator",
            look: Look::Leader,
            badge: "alerts",
            fields: vec![Field::notable("alerts", operator.alerts)],
        },
        Part::Database(database) => NodeView {
            role: if database.refuses { "database, refuses" } else { "database" },
            look: Look::Store,
            badge: "queries",
            fields: vec![
                Field::new("queries", database.queries),
                Field::notable("refuses", database.refuses),
            ],
        },
        Part::Optional => {
            NodeView { role: "optional service", look: Look::Store, badge: "", fields: Vec::new() }
        }
    }
}

fn machine(server: &Server) -> NodeView {
    let (role, look) = match server.state {
        State::Starting => ("starting", Look::Follower),
        State::Well => ("server", Look::Server),
        State::Zombie => ("zombie", Look::Server),
        State::Hangs => ("hangs", Look::Follower),
    };
    NodeView {
        role,
        look,
        badge: "cpu %",
        fields: vec![Field::notable("process", role), Field::new("cpu %", server.cpu)],
    }
}

/// The larger things that a node shows.
pub fn panels(part: &Part) -> Vec<Panel> {
    match part {
        Part::Balancer(balancer) => vec![verdicts(balancer)],
        Part::Printed(_)
        | Part::Server(_)
        | Part::Client(_)
        | Part::Operator(_)
        | Part::Database(_)
        | Part::Optional => Vec::new(),
    }
}

fn verdicts(balancer: &Balancer) -> Panel {
    let row = |judged: &super::balancer::Judged| {
        vec![
            judged.node.into(),
            judged.live.good.into(),
            judged.ready.good.into(),
            judged.ready.at.to_string().into(),
            (!judged.out).into(),
        ]
    };
    Panel::Table {
        title: "Verdicts",
        columns: vec!["server", "live", "ready", "as of", "in rotation"],
        rows: balancer.servers.iter().map(row).collect(),
    }
}
