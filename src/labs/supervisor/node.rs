//! All nodes of the lab as one type; the client and the operator.

use crate::sim::{Cx, NodeId, NodeView, Panel, Protocol, Span, exactly};

use super::config::Config;
use super::host::Host;
use super::message::{Command, Fault, Life, Msg, Timer};
use super::printed::Printed;
use super::record::Record;
use super::rules::Rule;
use super::supervision::Supervisor;
use super::view;

/// A node of this lab.
#[derive(Clone, Debug)]
pub enum Part {
    Supervisor(Supervisor),
    Printed(Printed),
    Host(Host),
    Operator(Operator),
    Client(Client),
}

/// The one supervisor.
pub const SUPERVISOR: NodeId = NodeId::new('s', 1);
/// The one client.
pub const CLIENT: NodeId = NodeId::new('c', 1);
/// The one operator.
pub const OPERATOR: NodeId = NodeId::new('o', 1);

/// A person who is called when the supervisor gives up.
#[derive(Clone, Debug)]
pub struct Operator {
    /// The newest escalation that reached him.
    pub noted: u64,
}

/// Asks every process for something, again and again.
#[derive(Clone, Debug)]
pub struct Client {
    /// How many requests it has sent to each.
    pub sent: u64,
    /// The last answer of each process.
    pub answers: Vec<Answer>,
}

/// What a client got from a process.
#[derive(Clone, Copy, Debug)]
pub struct Answer {
    pub from: NodeId,
    pub number: u64,
    pub served: bool,
}

/// What survives a crash.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Durable {
    #[default]
    Nothing,
    Host {
        newest: Life,
    },
    Supervisor {
        /// The newest life that it has ordered.
        life: Life,
        record: Record,
        /// How often it has given up.
        escalations: u64,
        /// Whether it has given up, and whether the operator knows.
        given_up: Option<bool>,
    },
    Operator {
        noted: u64,
    },
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
        match (cx.me().letter(), durable) {
            ('s', _) if cx.config().printed => Part::Printed(Printed::start(cx)),
            ('s', durable) => Part::Supervisor(Supervisor::start(durable, cx)),
            ('w', Durable::Host { newest }) => Part::Host(Host::start(newest, cx)),
            ('w', _) => Part::Host(Host::start(0, cx)),
            ('o', Durable::Operator { noted }) => Part::Operator(Operator { noted }),
            ('o', _) => Part::Operator(Operator { noted: 0 }),
            _ => {
                cx.set_timer(Timer::Ask, Span::ZERO..cx.config().request);
                Part::Client(Client { sent: 0, answers: Vec::new() })
            }
        }
    }

    fn on_message(&mut self, from: NodeId, msg: Msg, cx: &mut Cx<'_, Part>) {
        match self {
            Part::Supervisor(supervisor) => supervisor.on_message(from, msg, cx),
            Part::Printed(printed) => printed.on_message(from, msg, cx),
            Part::Host(host) => host.on_message(from, msg, cx),
            Part::Operator(operator) => operator.on_message(from, msg, cx),
            Part::Client(client) => client.on_message(from, msg, cx),
        }
    }

    fn on_timer(&mut self, timer: Timer, cx: &mut Cx<'_, Part>) {
        match (self, timer) {
            (Part::Supervisor(supervisor), Timer::Silent(node)) => supervisor.silent(node, cx),
            (Part::Supervisor(supervisor), Timer::Backoff) => supervisor.waited(cx),
            (Part::Supervisor(supervisor), Timer::Ready(node)) => supervisor.overdue(node, cx),
            (Part::Supervisor(supervisor), Timer::Page) => supervisor.page(cx),
            (Part::Printed(printed), timer) => printed.on_timer(timer, cx),
            (Part::Host(host), Timer::Up) => host.up(cx),
            (Part::Host(host), Timer::Beat) => host.beat(cx),
            (Part::Client(client), Timer::Ask) => client.ask(cx),
            (
                Part::Supervisor(_) | Part::Host(_) | Part::Operator(_) | Part::Client(_),
                Timer::Silent(_)
                | Timer::Backoff
                | Timer::Ready(_)
                | Timer::Page
                | Timer::Up
                | Timer::Beat
                | Timer::Ask
                | Timer::Grace(_)
                | Timer::Again(_),
            ) => panic!("a part sets only timers of its own"),
        }
    }

    fn on_command(&mut self, command: Command, cx: &mut Cx<'_, Part>) {
        match (self, command) {
            (Part::Host(host), command) => host.on_command(command, cx),
            (Part::Supervisor(supervisor), Command::Reset) => supervisor.reset(cx),
            (
                Part::Supervisor(_) | Part::Printed(_) | Part::Operator(_) | Part::Client(_),
                Command::Kill | Command::Mend | Command::Reset,
            ) => not_its_business(cx),
        }
    }

    fn on_fault(&mut self, fault: Fault, cx: &mut Cx<'_, Part>) {
        match (self, fault) {
            (Part::Host(host), fault) => host.suffer(fault, cx),
            (Part::Printed(printed), Fault::ClockBack(span)) => printed.clock_back(span, cx),
            (Part::Printed(printed), Fault::Race) => printed.race(cx),
            (Part::Supervisor(_), Fault::ClockBack(_) | Fault::Race) => {
                cx.fire(Rule::MonotonicClock, || {
                    "it measures by the monotonic clock, and one thread does everything".into()
                });
            }
            (
                Part::Supervisor(_) | Part::Printed(_) | Part::Operator(_) | Part::Client(_),
                Fault::Exit
                | Fault::Hang
                | Fault::Leak
                | Fault::BadConfig
                | Fault::ClockBack(_)
                | Fault::Race,
            ) => not_its_business(cx),
        }
    }

    fn ails(&self) -> bool {
        match self {
            Part::Host(host) => host.ails(),
            Part::Supervisor(_) | Part::Printed(_) | Part::Operator(_) | Part::Client(_) => false,
        }
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

fn not_its_business(cx: &mut Cx<'_, Part>) {
    let me = cx.me();
    cx.fire(Rule::NotItsBusiness, || format!("{me} cannot do that"));
}

impl Operator {
    fn on_message(&mut self, from: NodeId, msg: Msg, cx: &mut Cx<'_, Part>) {
        let Msg::Escalate { number } = msg else { panic!("this is never sent to the operator") };
        if number > self.noted {
            self.noted = number;
            cx.save(Durable::Operator { noted: number });
            cx.fire(Rule::CallOperator, || format!("{from} has given up, for the {number}. time"));
        } else {
            cx.fire(Rule::IgnoreRepeated, || format!("escalation {number} is known"));
        }
        cx.send(from, Msg::Noted { number });
    }
}

impl Client {
    fn ask(&mut self, cx: &mut Cx<'_, Part>) {
        self.sent += 1;
        let number = self.sent;
        cx.fire(Rule::AskService, || format!("request {number}, to each process"));
        for worker in cx.all('w').to_vec() {
            cx.send(worker, Msg::Request { number });
        }
        cx.set_timer(Timer::Ask, exactly(cx.config().request));
    }

    fn on_message(&mut self, from: NodeId, msg: Msg, cx: &mut Cx<'_, Part>) {
        let Msg::Reply { number, served } = msg else { panic!("this is never sent to a client") };
        let answer = Answer { from, number, served };
        match self.answers.iter_mut().find(|answer| answer.from == from) {
            Some(last) => *last = answer,
            None => self.answers.push(answer),
        }
        cx.fire(Rule::TakeAnswer, || match served {
            true => format!("request {number} is served"),
            false => format!("request {number} has failed"),
        });
    }
}
