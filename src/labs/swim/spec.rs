//! What is checked of a run, from outside: invariants, goals, selectors, and what detection costs.

use std::borrow::Cow;

use crate::labs::Claim;
use crate::labs::detection::pairs::{self, Pairs};
use crate::sim::world::Happening;
use crate::sim::{
    Belief, Broken, Condition, Metric, NodeId, Panel, Service, Span, Spec, Time, Value, World,
};

use super::message::Status;
use super::node::Node;
use super::rules::Rule;

pub static INVARIANTS: &[Claim] = &[
    pairs::SUSPECTS_THE_DEAD,
    pairs::OLD_BEATS_REVIVE_NOBODY,
    pairs::ONE_EVENT_A_CHANGE,
    Claim {
        name: "time-to-refute",
        means: "A node declares another failed by itself only after that one had its time to refute.",
    },
    Claim {
        name: "own-incarnation",
        means: "Nobody holds a node for an incarnation that the node has not reached.",
    },
];

pub static GOALS: &[Claim] = &[
    pairs::ALL_JUDGED_RIGHT,
    Claim { name: "nobody-failed", means: "No node that is up holds another for failed." },
    Claim {
        name: "no-false-alarm",
        means: "Nobody was declared failed so far who could be heard.",
    },
    Claim { name: "never-suspected", means: "Nobody was suspected so far." },
];

pub static SELECTORS: &[Claim] = &[
    Claim { name: "suspect", means: "The first node that somebody suspects." },
    Claim { name: "failed", means: "The first node that somebody holds for failed." },
];

/// Watches a run.
#[derive(Clone)]
pub struct SwimSpec {
    pairs: Pairs,
    /// How often a suspicion began by a node's own probe.
    suspected: u64,
    /// When a node last went, and what became of that.
    gone: Option<Gone>,
}

/// How far the news of a failure has come.
#[derive(Clone, Copy, Debug)]
struct Gone {
    node: NodeId,
    at: Time,
    suspected: Option<Time>,
    all_know: Option<Time>,
}

impl Spec<Node> for SwimSpec {
    fn new(world: &World<Node>) -> SwimSpec {
        SwimSpec { pairs: Pairs::new(world, 'n', 'n'), suspected: 0, gone: None }
    }

    fn observe(&mut self, world: &World<Node>) -> Result<(), Broken> {
        let judged = self.pairs.observe(world, world.config().bound(), Node::verdict);
        self.follow(world);
        judged?;
        let fired = |rule| world.fired().filter(|fired| *fired == rule).count();
        let declared = fired(Rule::Declare) + fired(Rule::HearDeclared);
        let back = fired(Rule::TrustAgain);
        self.pairs.check_events(declared, back)?;
        let acting = world.last().node.and_then(|id| Some((id, world.node(id)?)));
        let Some((id, node)) = acting else { return Ok(()) };
        if fired(Rule::Declare) > 0 {
            check_time(world, id, node)?;
        }
        check_incarnations(world, id, node)
    }

    fn error(&self, world: &World<Node>) -> Option<Cow<'static, str>> {
        self.pairs.an_error(world).map(Cow::Owned)
    }

    fn service(&self, world: &World<Node>) -> Service {
        let (failing, total) = self.pairs.wrong(world);
        Service { users: "opinions of the members", failing, total, failed: failing * 8 > total }
    }

    fn settle(&self, world: &World<Node>) -> Span {
        Span(world.config().period.0.saturating_mul(10))
    }

    fn holds(&self, goal: &str, world: &World<Node>) -> Option<bool> {
        match goal {
            "all-judged-right" => Some(self.pairs.all_right(world)),
            "nobody-failed" => Some(failed(world).is_none()),
            "no-false-alarm" => Some(self.pairs.tally().false_alarms == 0),
            "never-suspected" => Some(self.suspected == 0),
            _ => None,
        }
    }

    fn find(&self, selector: &str, world: &World<Node>) -> Option<NodeId> {
        match selector {
            "suspect" => first(world, Status::Suspect),
            "failed" => failed(world),
            _ => None,
        }
    }

    fn beliefs(&self, world: &World<Node>, node: NodeId) -> Vec<Belief> {
        self.pairs.beliefs(world, node, |node, of| {
            node.member(of).map_or(String::new(), |member| {
                format!("{}, incarnation {}", member.status.word(), member.incarnation)
            })
        })
    }

    fn metrics(&self, world: &World<Node>) -> Vec<Metric> {
        let nodes = world.roster().ids().len() as u64;
        let periods = world.now().0 / world.config().period.0.max(1);
        let hundredths = world.messages_sent() * 100 / (nodes * periods.max(1));
        let since = |at: Option<Time>| {
            let gone = self.gone.zip(at);
            gone.map_or(0, |(gone, at)| at.since(gone.at).us())
        };
        vec![
            Metric { name: "messages a node and 100 periods", unit: "", value: hundredths },
            Metric {
                name: "to the first suspicion",
                unit: "µs",
                value: since(self.gone.and_then(|gone| gone.suspected)),
            },
            Metric {
                name: "until all know",
                unit: "µs",
                value: since(self.gone.and_then(|gone| gone.all_know)),
            },
            Metric { name: "false alarms", unit: "", value: self.pairs.tally().false_alarms },
        ]
    }

    fn panels(&self, world: &World<Node>) -> Vec<Panel> {
        vec![opinions(world)]
    }
}

impl SwimSpec {
    /// Keeps account of the last node that went, and of who knows.
    fn follow(&mut self, world: &World<Node>) {
        let (last, now) = (world.last(), world.now());
        let own = world.fired().any(|rule| rule == Rule::Suspect);
        self.suspected += u64::from(own);
        if last.happening == Happening::Disturbed
            && let Some(node) = last.node
            && world.condition(node) != Some(Condition::Up)
        {
            self.gone = Some(Gone { node, at: now, suspected: None, all_know: None });
        }
        let Some(gone) = &mut self.gone else { return };
        if own && gone.suspected.is_none() {
            let of = last.node.and_then(|id| world.node(id)).and_then(|by| by.member(gone.node));
            if of.is_some_and(|member| member.status == Status::Suspect) {
                gone.suspected = Some(now);
            }
        }
        let news = world.fired().any(|rule| matches!(rule, Rule::Declare | Rule::HearDeclared));
        if news && gone.all_know.is_none() {
            let knows = |(id, node): (NodeId, &Node)| {
                id == gone.node
                    || node.member(gone.node).is_some_and(|member| member.status == Status::Failed)
            };
            if world.living().all(knows) {
                gone.all_know = Some(now);
            }
        }
    }
}

fn check_time(world: &World<Node>, id: NodeId, node: &Node) -> Result<(), Broken> {
    let least = world.config().suspicion().0;
    match node.last_wait {
        Some(wait) if wait < least => {
            let why = format!("{id} has given only {wait} to refute, and it is at least {least}");
            Err(Broken { invariant: "time-to-refute", why })
        }
        Some(_) | None => Ok(()),
    }
}

/// Nobody but the node itself raises its incarnation. What is on its disk may be newer than its state.
fn check_incarnations(world: &World<Node>, id: NodeId, node: &Node) -> Result<(), Broken> {
    let ahead = |member: &&super::node::Member| {
        world.durable(member.node).is_some_and(|own| own.incarnation < member.incarnation)
    };
    match node.members.iter().find(ahead) {
        None => Ok(()),
        Some(member) => {
            let why = format!("{id} knows of {}, incarnation {}", member.node, member.incarnation);
            Err(Broken { invariant: "own-incarnation", why })
        }
    }
}

/// The first node that somebody who is up holds for failed.
fn failed(world: &World<Node>) -> Option<NodeId> {
    first(world, Status::Failed)
}

fn first(world: &World<Node>, status: Status) -> Option<NodeId> {
    let up = world.nodes().filter(|(_, condition, _)| *condition == Condition::Up);
    let of = |(_, _, node): (NodeId, Condition, &Node)| {
        node.members.iter().find(|member| member.status == status).map(|member| member.node)
    };
    up.filter_map(of).min()
}

/// For each node, by how many it is held for what.
fn opinions(world: &World<Node>) -> Panel {
    let row = |&of: &NodeId| {
        let count = |status| {
            let holds = |(id, node): &(NodeId, &Node)| {
                *id != of && node.member(of).is_some_and(|member| member.status == status)
            };
            Value::Number(world.living().filter(holds).count() as u64)
        };
        let truth = world.condition(of).map_or("down", Condition::word);
        let incarnation = world.node(of).map_or(Value::None, |node| node.incarnation.into());
        vec![
            of.into(),
            Value::Word(truth),
            incarnation,
            count(Status::Alive),
            count(Status::Suspect),
            count(Status::Failed),
        ]
    };
    Panel::Table {
        title: "Who holds whom for what",
        columns: vec!["node", "true", "incarnation", "alive for", "suspect for", "failed for"],
        rows: world.roster().ids().iter().map(row).collect(),
    }
}
