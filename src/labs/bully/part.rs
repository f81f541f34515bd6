//! The nodes of this lab: members, who elect; and, where the leader has a job, those who use it.

use crate::labs::jobs::{Employed, Jobs, Office, Outsider, Storage};
use crate::sim::{Cx, NodeId, NodeView, Protocol};

use super::config::Config;
use super::message::{Command, Fault, Kind, Msg, Timer};
use super::node::{Durable, Node, Role};
use super::rules::Rule;
use super::view;

/// A node of a Bully world: `n1` and so on are members, `w1` and so on use the leader, `s1` is a storage.
#[derive(Clone, Debug)]
pub enum Part {
    Member(Node),
    Outsider(Outsider),
    Storage(Storage),
}

impl Protocol for Part {
    type Config = Config;
    type Msg = Msg;
    type Timer = Timer;
    type Command = Command;
    type Fault = Fault;
    type Durable = Durable;
    type Rule = Rule;

    fn start(durable: Durable, cx: &mut Cx<'_, Part>) -> Part {
        match cx.me().letter() {
            'n' => Part::Member(Node::start(durable, cx)),
            'w' => Part::Outsider(Outsider::start(cx)),
            _ => Part::Storage(Storage::default()),
        }
    }

    fn on_message(&mut self, from: NodeId, msg: Msg, cx: &mut Cx<'_, Part>) {
        match (self, msg.kind) {
            (Part::Member(node), _) => node.on_message(from, msg, cx),
            (Part::Outsider(outsider), Kind::Job(job)) => outsider.on_message(from, job, cx),
            (Part::Storage(storage), Kind::Job(job)) => storage.on_message(from, job, cx),
            (
                Part::Outsider(_) | Part::Storage(_),
                Kind::Election | Kind::Ok | Kind::Coordinator | Kind::Heartbeat | Kind::Ack,
            ) => panic!("{from} takes {} for a member", cx.me()),
        }
    }

    fn on_timer(&mut self, timer: Timer, cx: &mut Cx<'_, Part>) {
        match (self, timer) {
            (Part::Member(node), _) => node.on_timer(timer, cx),
            (Part::Outsider(outsider), Timer::Job(timer)) => outsider.on_timer(timer, cx),
            (Part::Outsider(_) | Part::Storage(_), _) => {
                panic!("{} has the timer {timer} of a member", cx.me())
            }
        }
    }

    /// Only members hold elections; of others nothing is known to ask.
    fn on_command(&mut self, command: Command, cx: &mut Cx<'_, Part>) {
        if let Part::Member(node) = self {
            node.on_command(command, cx);
        }
    }

    /// The faults of this lab are those of members.
    fn on_fault(&mut self, fault: Fault, cx: &mut Cx<'_, Part>) {
        if let Part::Member(node) = self {
            node.on_fault(fault, cx);
        }
    }

    fn view(&self) -> NodeView {
        match self {
            Part::Member(node) => view::node(node),
            Part::Outsider(outsider) => outsider.view(),
            Part::Storage(storage) => storage.view(),
        }
    }

    fn set_param(config: &mut Config, name: &str, value: u64) -> Result<(), String> {
        config.set(name, value)
    }
}

impl Employed for Part {
    fn jobs(config: &Config) -> &Jobs {
        &config.jobs
    }

    fn in_charge(&self) -> Option<(u64, &Office)> {
        match self {
            Part::Member(Node { role: Role::Leader { leads: true, .. }, office, .. }) => {
                Some((0, office))
            }
            Part::Member(_) | Part::Outsider(_) | Part::Storage(_) => None,
        }
    }

    fn outsider(&self) -> Option<&Outsider> {
        match self {
            Part::Outsider(outsider) => Some(outsider),
            Part::Member(_) | Part::Storage(_) => None,
        }
    }

    fn storage(&self) -> Option<&Storage> {
        match self {
            Part::Storage(storage) => Some(storage),
            Part::Member(_) | Part::Outsider(_) => None,
        }
    }
}
