//! All nodes of the lab as one type; the client, the operator, and what servers depend on.

use crate::sim::{Cx, NodeId, NodeView, Panel, Protocol, Span, exactly};

use super::balancer::Balancer;
use super::config::Config;
use super::message::{Command, Fault, Msg, Page, Timer};
use super::printed::Printed;
use super::rules::Rule;
use super::server::Server;
use super::view;

/// A node of this lab.
#[derive(Clone, Debug)]
pub enum Part {
    Balancer(Balancer),
    Printed(Printed),
    Server(Server),
    Client(Client),
    Operator(Operator),
    /// The database.
    Database(Database),
    /// A service that the pages are nicer with.
    Optional,
}

/// The one balancer, which checks.
pub const BALANCER: NodeId = NodeId::new('b', 1);
/// The one client.
pub const CLIENT: NodeId = NodeId::new('c', 1);
/// The database that all servers share.
pub const DATABASE: NodeId = NodeId::new('d', 1);
/// The optional service.
pub const OPTIONAL: NodeId = NodeId::new('x', 1);
/// The one operator.
pub const OPERATOR: NodeId = NodeId::new('o', 1);

/// Asks for pages, every second one fresh.
#[derive(Clone, Debug)]
pub struct Client {
    pub sent: u64,
    /// What came of the last answer: its number, and what it was.
    pub last: Option<(u64, Page)>,
}

/// What all servers share.
#[derive(Clone, Debug)]
pub struct Database {
    pub queries: u64,
    pub refuses: bool,
}

/// A person who gets alerts.
#[derive(Clone, Debug)]
pub struct Operator {
    pub alerts: u64,
}

impl Protocol for Part {
    type Config = Config;
    type Msg = Msg;
    type Timer = Timer;
    type Command = Command;
    type Fault = Fault;
    type Durable = ();
    type Rule = Rule;

    fn start((): (), cx: &mut Cx<'_, Part>) -> Part {
        match cx.me() {
            BALANCER if cx.config().printed => Part::Printed(Printed::start(cx)),
            BALANCER => Part::Balancer(Balancer::start(cx)),
            CLIENT => {
                let first = cx.config().start;
                cx.set_timer(Timer::Ask, first..first + cx.config().request);
                // Numbers go on growing after a crash, by the clock.
                Part::Client(Client { sent: cx.now().0, last: None })
            }
            DATABASE => Part::Database(Database { queries: 0, refuses: false }),
            OPTIONAL => Part::Optional,
            OPERATOR => Part::Operator(Operator { alerts: 0 }),
            _ => Part::Server(Server::start(cx)),
        }
    }

    fn on_message(&mut self, from: NodeId, msg: Msg, cx: &mut Cx<'_, Part>) {
        match (self, msg) {
            (Part::Server(server), msg) => server.on_message(from, msg, cx),
            (Part::Printed(printed), msg) => printed.on_message(from, msg, cx),
            (Part::Balancer(balancer), Msg::Checked { round, probe, ok, answer }) => {
                balancer.checked(from, round, probe, (ok, answer), cx);
            }
            (Part::Balancer(balancer), Msg::Request { number, fresh }) => {
                balancer.on_request(number, fresh, cx);
            }
            (Part::Balancer(balancer), Msg::Reply { number, page }) => {
                balancer.on_reply(from, number, page, cx);
            }
            (Part::Database(database), Msg::Query { token }) => {
                database.queries += 1;
                let ok = !database.refuses;
                match ok {
                    true => cx.fire(Rule::AnswerQuery, || format!("{from} gets its rows")),
                    false => cx.fire(Rule::RefuseQuery, || format!("{from} gets no connection")),
                }
                cx.send(from, Msg::Rows { token, ok });
            }
            (Part::Optional, Msg::Health { token, .. }) => {
                let code = cx.config().status;
                cx.fire(Rule::AnswerForItself, || format!("it is well, which it says by {code}"));
                cx.send(from, Msg::Status { token, code });
            }
            (Part::Operator(operator), Msg::Alert { server, healthy }) => {
                operator.alerts += 1;
                let word = if healthy { "healthy again" } else { "not healthy" };
                cx.fire(Rule::GetAlert, || format!("{server} is {word}"));
            }
            (Part::Client(client), Msg::Reply { number, page }) => {
                client.last = Some((number, page));
                cx.fire(Rule::GetPage, || format!("page {number} is {}", page.word()));
            }
            (
                Part::Balancer(_)
                | Part::Database(_)
                | Part::Optional
                | Part::Operator(_)
                | Part::Client(_),
                _,
            ) => panic!("this is never sent there"),
        }
    }

    fn on_timer(&mut self, timer: Timer, cx: &mut Cx<'_, Part>) {
        match (self, timer) {
            (Part::Balancer(balancer), Timer::Check(node)) => balancer.check(node, cx),
            (Part::Balancer(balancer), Timer::Overdue(node)) => balancer.overdue(node, cx),
            (Part::Balancer(balancer), Timer::Back(node)) => balancer.back(node, cx),
            (Part::Balancer(balancer), Timer::Sweep) => balancer.sweep(cx),
            (Part::Server(server), Timer::Work(token)) => server.overdue(token, cx),
            (Part::Server(server), Timer::Up) => server.up(cx),
            (Part::Printed(printed), Timer::Sleep) => printed.round(cx),
            (Part::Printed(printed), Timer::Get) => printed.get_timed_out(cx),
            (Part::Client(client), Timer::Ask) => client.ask(cx),
            (
                Part::Balancer(_)
                | Part::Server(_)
                | Part::Printed(_)
                | Part::Client(_)
                | Part::Operator(_)
                | Part::Database(_)
                | Part::Optional,
                _,
            ) => panic!("a part sets only timers of its own"),
        }
    }

    fn on_command(&mut self, command: Command, cx: &mut Cx<'_, Part>) {
        match self {
            Part::Balancer(balancer) => balancer.on_command(command, cx),
            Part::Server(server) => server.on_command(command, cx),
            Part::Printed(_)
            | Part::Client(_)
            | Part::Operator(_)
            | Part::Database(_)
            | Part::Optional => not_its_business(cx),
        }
    }

    fn on_fault(&mut self, fault: Fault, cx: &mut Cx<'_, Part>) {
        match (self, fault) {
            (Part::Server(server), fault) => server.suffer(fault, cx),
            (Part::Database(database), Fault::Refuse) => {
                database.refuses = true;
                cx.fire(Rule::BeginRefusing, || "it takes no connections any more".into());
            }
            (
                Part::Balancer(_)
                | Part::Printed(_)
                | Part::Client(_)
                | Part::Operator(_)
                | Part::Database(_)
                | Part::Optional,
                Fault::Zombie | Fault::Hang | Fault::Raise | Fault::Refuse,
            ) => not_its_business(cx),
        }
    }

    fn ails(&self) -> bool {
        match self {
            Part::Server(server) => server.ails(),
            Part::Database(database) => database.refuses,
            Part::Balancer(_)
            | Part::Printed(_)
            | Part::Client(_)
            | Part::Operator(_)
            | Part::Optional => false,
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

impl Client {
    fn ask(&mut self, cx: &mut Cx<'_, Part>) {
        self.sent += 1;
        let number = self.sent;
        let fresh = number.is_multiple_of(2);
        cx.fire(Rule::AskPage, || format!("page {number}"));
        cx.send(BALANCER, Msg::Request { number, fresh });
        cx.set_timer(Timer::Ask, exactly(cx.config().request.max(Span::from_us(1))));
    }
}
