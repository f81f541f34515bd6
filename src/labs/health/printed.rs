//! The health checker as the course prints it, flaws included.
//!
//! What the print leaves undefined, and what stands in for it here:
//!
//! * The checker runs at the balancer. Requests go to those with `health_status` True.
//! * `service.database.execute("SELECT 1")` is a QUERY to the database, and waits for ever (HC-9).
//! * `service.dependencies` is the optional service, and the next server if they check each other. A
//!   `/health` that is asked asks its own dependencies (HC-5).
//! * `get_cpu_usage()` is asked of the server; memory is always fine.
//! * `import requests` and `check_business_logic` are there unless the parameters say otherwise.
//! * `trigger_alert` tells the operator. An exception ends the loop.

use crate::sim::{Cx, NodeId, Time, exactly};

use super::message::{Msg, Page, Timer};
use super::node::{CLIENT, DATABASE, OPERATOR, OPTIONAL, Part};
use super::rules::Rule;

/// A `HealthChecker` object, and the balancer that looks at its dictionary.
#[derive(Clone, Debug)]
pub struct Printed {
    pub services: Vec<Service>,
    /// What ended the loop.
    pub ended: Option<&'static str>,
    /// Which service the loop is at, and where in it.
    place: usize,
    at: At,
    /// A check of this service has failed, and the list is made to its end all the same.
    pub failed: bool,
    token: u64,
    next: usize,
}

/// What `health_status` says of one service.
#[derive(Clone, Debug)]
pub struct Service {
    pub node: NodeId,
    /// Nothing until the first round has come to it.
    pub healthy: Option<bool>,
    pub at: Time,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Database,
    Dependency(usize),
    Usage,
    Sleep,
}

impl Printed {
    pub fn start(cx: &mut Cx<'_, Part>) -> Printed {
        let now = cx.now();
        let service = |&node: &NodeId| Service { node, healthy: None, at: now };
        let services = cx.all('s').iter().map(service).collect();
        cx.fire(Rule::BeginChecking, || "health_status is {}".into());
        cx.set_timer(Timer::Sleep, exactly(cx.config().start + cx.config().start));
        let (ended, place, at, failed) = (None, 0, At::Sleep, false);
        Printed { services, ended, place, at, failed, token: now.0, next: 0 }
    }

    // ---- continuous_health_monitoring ----

    pub fn round(&mut self, cx: &mut Cx<'_, Part>) {
        cx.fire(Rule::PrintedRound, || "for service in self.services, one after the other".into());
        self.check(0, cx);
    }

    /// `check_service_health`: all four checks are made before `all` looks at them (HC-4).
    fn check(&mut self, place: usize, cx: &mut Cx<'_, Part>) {
        (self.place, self.at, self.failed) = (place, At::Database, false);
        self.token += 1;
        let node = self.services[place].node;
        cx.fire(Rule::PrintedDatabase, || format!("{node}: SELECT 1, without a timeout"));
        cx.send(DATABASE, Msg::Query { token: self.token });
    }

    pub fn on_message(&mut self, from: NodeId, msg: Msg, cx: &mut Cx<'_, Part>) {
        match msg {
            Msg::Rows { token, ok } if token == self.token && self.at == At::Database => {
                if !ok {
                    cx.fire(Rule::PrintedDatabaseFalse, || "except Exception: return False".into());
                    self.failed = true;
                }
                self.dependency(0, cx);
            }
            Msg::Status { token, code } if token == self.token => {
                if let At::Dependency(place) = self.at {
                    cx.cancel_timer(Timer::Get);
                    self.got(place, code == 200, cx);
                }
            }
            Msg::Used { token, cpu } if token == self.token && self.at == At::Usage => {
                self.used(cpu, cx);
            }
            Msg::Request { number, fresh } => self.on_request(number, fresh, cx),
            Msg::Reply { number, page } => {
                cx.fire(Rule::PassBack, || format!("page {number} came from {from}"));
                cx.send(CLIENT, Msg::Reply { number, page });
            }
            Msg::Rows { .. } | Msg::Status { .. } | Msg::Used { .. } => {
                cx.fire(Rule::IgnoreLate, || "nobody waits for that any more".into());
            }
            Msg::Check { .. }
            | Msg::Checked { .. }
            | Msg::Query { .. }
            | Msg::Health { .. }
            | Msg::Usage { .. }
            | Msg::Restart { .. }
            | Msg::Alert { .. } => panic!("this is never sent to a checker"),
        }
    }

    fn dependencies(&self, cx: &Cx<'_, Part>) -> Vec<NodeId> {
        let mut dependencies = vec![OPTIONAL];
        if cx.config().mutual {
            let next = (self.place + 1) % self.services.len();
            dependencies.push(self.services[next].node);
        }
        dependencies
    }

    fn dependency(&mut self, place: usize, cx: &mut Cx<'_, Part>) {
        let Some(dependency) = self.dependencies(cx).get(place).copied() else {
            return self.usage(cx);
        };
        if !cx.config().requests {
            cx.fire(Rule::PrintedNoRequests, || "NameError: requests; return False".into());
            self.failed = true;
            return self.usage(cx);
        }
        self.at = At::Dependency(place);
        self.token += 1;
        cx.fire(Rule::PrintedGet, || format!("GET {dependency}/health"));
        cx.send(dependency, Msg::Health { token: self.token, depth: 1 });
        cx.set_timer(Timer::Get, exactly(cx.config().timeout));
    }

    fn got(&mut self, place: usize, ok: bool, cx: &mut Cx<'_, Part>) {
        if ok {
            return self.dependency(place + 1, cx);
        }
        cx.fire(Rule::PrintedDependencyFalse, || "not 200, or an exception: return False".into());
        self.failed = true;
        self.usage(cx);
    }

    /// `timeout=5` is over.
    pub fn get_timed_out(&mut self, cx: &mut Cx<'_, Part>) {
        if let At::Dependency(place) = self.at {
            self.got(place, false, cx);
        }
    }

    fn usage(&mut self, cx: &mut Cx<'_, Part>) {
        self.at = At::Usage;
        self.token += 1;
        let node = self.services[self.place].node;
        cx.fire(Rule::PrintedAskUsage, || format!("{node}: get_cpu_usage()"));
        cx.send(node, Msg::Usage { token: self.token });
    }

    fn used(&mut self, cpu: Option<u64>, cx: &mut Cx<'_, Part>) {
        let Some(cpu) = cpu else { return self.end("get_cpu_usage", cx) };
        if !cx.config().business {
            return self.end("AttributeError", cx);
        }
        self.failed |= cpu >= 90;
        let (place, healthy) = (self.place, !self.failed);
        let now = cx.now();
        let service = &mut self.services[place];
        let node = service.node;
        (service.healthy, service.at) = (Some(healthy), now);
        cx.fire(Rule::PrintedVerdict, || format!("health_status[{node}] = {healthy}"));
        if healthy {
            cx.trust(node);
        } else {
            cx.suspect(node);
            cx.fire(Rule::PrintedAlert, || format!("trigger_alert({node}), as in every round"));
            cx.send(OPERATOR, Msg::Alert { server: node, healthy: false });
        }
        if place + 1 < self.services.len() {
            return self.check(place + 1, cx);
        }
        self.at = At::Sleep;
        cx.set_timer(Timer::Sleep, exactly(cx.config().check));
    }

    fn end(&mut self, by: &'static str, cx: &mut Cx<'_, Part>) {
        self.ended = Some(by);
        self.at = At::Sleep;
        cx.fire(Rule::PrintedEnd, || format!("{by} raises, nobody catches it, and the loop ends"));
    }

    // ---- requests ----

    fn on_request(&mut self, number: u64, fresh: bool, cx: &mut Cx<'_, Part>) {
        let count = self.services.len();
        let order = (self.next..self.next + count).map(|place| place % count);
        // What is not in the dictionary yet is given a chance.
        let place = order.into_iter().find(|it| self.services[*it].healthy != Some(false));
        let Some(place) = place else {
            cx.fire(Rule::NobodyThere, || "nobody is in rotation".into());
            return cx.send(CLIENT, Msg::Reply { number, page: Page::Failed });
        };
        self.next = place + 1;
        let server = self.services[place].node;
        cx.fire(Rule::PassOn, || format!("request {number} is {server}'s"));
        cx.send(server, Msg::Request { number, fresh });
    }
}
