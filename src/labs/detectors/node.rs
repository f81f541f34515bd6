//! The nodes that beat, answer pings and help, and all nodes of the lab as one type.

use crate::labs::detection::beat::Beat;
use crate::sim::{Cx, NodeId, NodeView, Panel, Protocol};

use super::config::Config;
use super::message::{Command, Fault, Msg, Timer};
use super::monitor::Monitor;
use super::rules::Rule;
use super::view;

/// A node of this lab.
#[derive(Clone, Debug)]
pub enum Part {
    Node(Node),
    Monitor(Monitor),
}

/// A node that is watched, and helps to watch others.
#[derive(Clone, Debug)]
pub struct Node {
    pub me: NodeId,
    pub last: Beat,
    /// Whom it pings for the monitor, and in which period; the newest few.
    errands: Vec<(NodeId, u64)>,
}

/// At most so many errands are remembered.
const ERRANDS_MAX: usize = 16;

/// The one monitor.
pub const MONITOR: NodeId = NodeId::new('m', 1);

impl Protocol for Part {
    type Config = Config;
    type Msg = Msg;
    type Timer = Timer;
    type Command = Command;
    type Fault = Fault;
    /// A node's number of lives.
    type Durable = u64;
    type Rule = Rule;

    fn start(lives: u64, cx: &mut Cx<'_, Part>) -> Part {
        if cx.me() == MONITOR {
            return Part::Monitor(Monitor::start(cx));
        }
        let (me, incarnation) = (cx.me(), lives + 1);
        cx.save(incarnation);
        cx.fire(Rule::BeginLife, || format!("{me} begins its life {incarnation}"));
        cx.set_timer(Timer::Beat, crate::sim::Span::ZERO..cx.config().interval);
        Part::Node(Node { me, last: Beat { incarnation, number: 0 }, errands: Vec::new() })
    }

    fn on_message(&mut self, from: NodeId, msg: Msg, cx: &mut Cx<'_, Part>) {
        match (self, msg) {
            (Part::Monitor(monitor), Msg::Heartbeat(beat)) => monitor.on_beat(from, beat, cx),
            (Part::Monitor(monitor), Msg::Ack { of, period }) => {
                monitor.on_ack(from, of, period, cx);
            }
            (Part::Node(node), Msg::Ping { period }) => node.on_ping(from, period, cx),
            (Part::Node(node), Msg::PingReq { of, period }) => node.on_ping_req(of, period, cx),
            (Part::Node(node), Msg::Ack { of, period }) => node.on_ack(of, period, cx),
            (Part::Node(_), Msg::Heartbeat(_))
            | (Part::Monitor(_), Msg::Ping { .. } | Msg::PingReq { .. }) => {
                panic!("this is never sent there")
            }
        }
    }

    fn on_timer(&mut self, timer: Timer, cx: &mut Cx<'_, Part>) {
        match (self, timer) {
            (Part::Node(node), Timer::Beat) => node.beat(cx),
            (Part::Monitor(monitor), Timer::Silent(node)) => monitor.silent(node, cx),
            (Part::Monitor(monitor), Timer::Tick) => monitor.tick(cx),
            (Part::Monitor(monitor), Timer::Period) => monitor.period(cx),
            (Part::Monitor(monitor), Timer::Indirect) => monitor.ask_helpers(cx),
            (Part::Node(_), _) | (Part::Monitor(_), Timer::Beat) => {
                panic!("a part sets only timers of its own")
            }
        }
    }

    fn on_command(&mut self, command: Command, cx: &mut Cx<'_, Part>) {
        match (self, command) {
            (Part::Node(node), Command::Beat) => node.beat(cx),
            (Part::Monitor(_), Command::Beat) => {
                cx.fire(Rule::NotItsBusiness, || "nobody watches the monitor".into());
            }
        }
    }

    fn on_fault(&mut self, fault: Fault, _cx: &mut Cx<'_, Part>) {
        match fault {}
    }

    fn view(&self) -> NodeView {
        view::part(self)
    }

    fn panels(&self) -> Vec<Panel> {
        view::panels(self)
    }

    fn set_param(config: &mut Config, name: &str, value: u64) -> Result<(), String> {
        config.set(name, value)
    }
}

impl Node {
    fn beat(&mut self, cx: &mut Cx<'_, Part>) {
        self.last = self.last.next();
        let (me, last) = (self.me, self.last);
        cx.fire(Rule::SendHeartbeat, || format!("{me} says that it is up: {last}"));
        cx.send(MONITOR, Msg::Heartbeat(last));
        cx.set_timer(Timer::Beat, cx.config().beat());
    }

    fn on_ping(&mut self, from: NodeId, period: u64, cx: &mut Cx<'_, Part>) {
        let of = self.me;
        cx.fire(Rule::AnswerPing, || format!("{from} asks in period {period}"));
        cx.send(from, Msg::Ack { of, period });
    }

    fn on_ping_req(&mut self, of: NodeId, period: u64, cx: &mut Cx<'_, Part>) {
        self.errands.push((of, period));
        let surplus = self.errands.len().saturating_sub(ERRANDS_MAX);
        self.errands.drain(..surplus);
        cx.fire(Rule::PingForOther, || format!("the monitor hears nothing of {of}"));
        cx.send(of, Msg::Ping { period });
    }

    fn on_ack(&mut self, of: NodeId, period: u64, cx: &mut Cx<'_, Part>) {
        let errand = self.errands.iter().position(|errand| *errand == (of, period));
        let Some(place) = errand else {
            return cx.fire(Rule::IgnoreAck, || format!("nobody waits for {of} any more"));
        };
        self.errands.remove(place);
        cx.fire(Rule::PassAckOn, || format!("{of} is up, which the monitor does not know"));
        cx.send(MONITOR, Msg::Ack { of, period });
    }
}
