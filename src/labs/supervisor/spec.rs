//! What is checked of a run, from outside: invariants, goals, selectors, and how the client fares.

use std::borrow::Cow;
use std::rc::Rc;

use crate::labs::Claim;
use crate::sim::panel::{Mark, Scale};
use crate::sim::world::Happening;
use crate::sim::{
    Belief, Broken, Condition, Metric, NodeId, Panel, Service, Span, Spec, Time, Value, World,
};

use super::host::{Host, State};
use super::message::{Life, Msg};
use super::node::{Answer, CLIENT, Part, SUPERVISOR};
use super::record::backoff;
use super::rules::Rule;
use super::supervision::{Doing, Supervisor};

pub static INVARIANTS: &[Claim] = &[
    Claim {
        name: "at-most-i-in-p",
        means: "In every window there are at most as many attempts to restart as are allowed, whether they \
                succeed or not.",
    },
    Claim {
        name: "waits-before-restart",
        means: "Between two attempts it waits for the backoff, which doubles with each one in the window.",
    },
    Claim {
        name: "ready-before-up",
        means: "A process is taken for up only if it was ready in that life.",
    },
    Claim {
        name: "strategy-kept",
        means: "An attempt restarts exactly those that the strategy names, in the order of their start.",
    },
    Claim {
        name: "stays-given-up",
        means: "Once it has given up, it starts nothing until somebody resets it.",
    },
    Claim {
        name: "one-escalation",
        means: "The operator is called at most once for each time that it gives up.",
    },
];

pub static GOALS: &[Claim] = &[
    Claim { name: "all-ready", means: "Every process is ready." },
    Claim { name: "all-served", means: "Every process has served a request lately." },
    Claim {
        name: "settled",
        means: "Every process is ready, or the supervisor has given up and the operator knows.",
    },
    Claim { name: "given-up", means: "The supervisor has given up." },
    Claim { name: "operator-called", means: "The operator was called." },
    Claim {
        name: "ninety-nine",
        means: "Of the requests whose fate was decided so far, at least 99 in 100 were served.",
    },
    Claim { name: "more-than-twenty", means: "There were more than twenty attempts to restart." },
];

pub static SELECTORS: &[Claim] = &[
    Claim { name: "down", means: "The first process that is not ready." },
    Claim { name: "restarting", means: "The process that is being started." },
];

/// At most so many lives are shown.
const LIVES_SHOWN: usize = 12;

/// Watches a run.
#[derive(Clone)]
pub struct SupervisorSpec {
    workers: Vec<Worker>,
    /// When the attempts were, on the supervisor's clock, since the last reset.
    attempts: Vec<Time>,
    attempts_all: u64,
    /// Whether it has given up and nobody has reset it.
    given_up: bool,
    /// How often it has given up, and how often the operator was called.
    given_ups: u64,
    calls: u64,
    /// Who failed in the attempt that is being made.
    attempt: Option<usize>,
    served: u64,
    failed: u64,
    lives: Rc<Vec<Ended>>,
}

/// What became of one process.
#[derive(Clone, Debug)]
struct Worker {
    node: NodeId,
    /// The newest life in which it was ready.
    ready: Life,
    /// The life that runs, and since when.
    runs: Option<(Life, Time, bool)>,
    served_at: Option<Time>,
    /// The newest request that was sent to it and has no answer yet.
    asked: u64,
}

/// A life that is over.
#[derive(Clone, Debug)]
struct Ended {
    of: NodeId,
    life: Life,
    from: Time,
    until: Time,
    ready: bool,
}

impl Spec<Part> for SupervisorSpec {
    fn new(world: &World<Part>) -> SupervisorSpec {
        let worker =
            |&node: &NodeId| Worker { node, ready: 0, runs: None, served_at: None, asked: 0 };
        SupervisorSpec {
            workers: world.roster().all('w').iter().map(worker).collect(),
            attempts: Vec::new(),
            attempts_all: 0,
            given_up: false,
            given_ups: 0,
            calls: 0,
            attempt: None,
            served: 0,
            failed: 0,
            lives: Rc::default(),
        }
    }

    fn observe(&mut self, world: &World<Part>) -> Result<(), Broken> {
        self.follow_lives(world);
        self.follow_requests(world);
        self.check_attempts(world)?;
        self.check_giving_up(world)?;
        self.check_up(world)?;
        self.check_strategy(world)
    }

    fn error(&self, world: &World<Part>) -> Option<Cow<'static, str>> {
        let down =
            self.workers.iter().find(|worker| host(world, worker.node).is_none_or(is_down))?;
        // At the beginning nothing has begun to work.
        (down.ready > 0).then(|| Cow::Owned(format!("{} is not ready", down.node)))
    }

    fn service(&self, world: &World<Part>) -> Service {
        let failing =
            self.workers.iter().filter(|worker| !self.served_lately(worker, world)).count();
        let total = self.workers.len() as u32;
        let failing = failing as u32;
        Service { users: "processes that serve", failing, total, failed: failing * 4 >= total }
    }

    fn settle(&self, world: &World<Part>) -> Span {
        let config = world.config();
        config.patience + config.backoff.1 + config.ready
    }

    fn holds(&self, goal: &str, world: &World<Part>) -> Option<bool> {
        let given_up = supervisor(world).map(|it| it.doing);
        match goal {
            "all-ready" => Some(self.all_ready(world)),
            "all-served" => Some(self.workers.iter().all(|it| self.served_lately(it, world))),
            "settled" => {
                let knows = matches!(given_up, Some(Doing::GivenUp { noted: true }));
                Some(knows || self.all_ready(world))
            }
            "given-up" => Some(matches!(given_up, Some(Doing::GivenUp { .. }))),
            "operator-called" => Some(self.calls > 0),
            "ninety-nine" => Some(self.served * 100 >= (self.served + self.failed) * 99),
            "more-than-twenty" => Some(self.attempts_all > 20),
            _ => None,
        }
    }

    fn find(&self, selector: &str, world: &World<Part>) -> Option<NodeId> {
        let mut nodes = self.workers.iter().map(|worker| worker.node);
        match selector {
            "down" => nodes.find(|node| host(world, *node).is_none_or(is_down)),
            "restarting" => nodes.find(|node| {
                let process = host(world, *node).and_then(|host| host.process);
                process.is_some_and(|process| process.state == State::Starting)
            }),
            _ => None,
        }
    }

    fn beliefs(&self, world: &World<Part>, node: NodeId) -> Vec<Belief> {
        let Some(part) = world.node(node) else { return Vec::new() };
        let of = |node: NodeId, up: bool, life: Life| {
            let host = host(world, node);
            let truth =
                host.and_then(|host| host.process).map_or("no process", |it| match it.state {
                    State::Starting => "starting",
                    State::Ready => "ready",
                    State::Hangs => "hangs",
                });
            let right = up == host.is_some_and(|host| host.ready_life() == Some(life));
            let condition = world.condition(node);
            Belief {
                about: name(node),
                believes: if up { "up".into() } else { "down".into() },
                truth: if condition == Some(Condition::Up) { truth.into() } else { "down".into() },
                right,
                note: format!("ordered life {life}"),
            }
        };
        match part {
            Part::Supervisor(supervisor) => {
                supervisor.children.iter().map(|it| of(it.node, it.up, it.life)).collect()
            }
            Part::Printed(printed) => {
                printed.managers.iter().map(|it| of(it.node, it.up, it.life)).collect()
            }
            Part::Host(_) | Part::Operator(_) | Part::Client(_) => Vec::new(),
        }
    }

    fn metrics(&self, _world: &World<Part>) -> Vec<Metric> {
        let all = self.served + self.failed;
        let served = (self.served * 1_000).checked_div(all).unwrap_or(1_000);
        vec![
            Metric { name: "attempts", unit: "", value: self.attempts_all },
            Metric { name: "escalations", unit: "", value: self.given_ups },
            Metric { name: "calls of the operator", unit: "", value: self.calls },
            Metric { name: "served of 1000 requests", unit: "", value: served },
        ]
    }

    fn panels(&self, world: &World<Part>) -> Vec<Panel> {
        let config = world.config();
        let now = world.clock(SUPERVISOR).unwrap_or(world.now());
        let lately =
            self.attempts.iter().filter(|at| now.since(**at) <= config.window).count() as u64;
        let most = config.restarts_max;
        let ladder = Panel::Gauge {
            title: "Attempts in the window",
            scale: Scale::whole(""),
            value: lately.min(most + 1),
            max: most + 1,
            marks: vec![Mark { name: "at most", at: most }],
        };
        vec![ladder, self.table_of_lives(world)]
    }
}

impl SupervisorSpec {
    fn all_ready(&self, world: &World<Part>) -> bool {
        self.workers.iter().all(|worker| !host(world, worker.node).is_none_or(is_down))
    }

    fn served_lately(&self, worker: &Worker, world: &World<Part>) -> bool {
        let lately =
            Span(world.config().request.0.saturating_mul(4) + world.config().latency.1.0 * 4);
        if world.condition(CLIENT) != Some(Condition::Up) {
            // Nobody asks.
            return true;
        }
        // Nobody has asked yet.
        worker
            .served_at
            .map_or(world.now().since(Time::ZERO) <= lately, |at| world.now().since(at) <= lately)
    }

    /// Which lives run, and which have ended.
    fn follow_lives(&mut self, world: &World<Part>) {
        let now = world.now();
        for worker in &mut self.workers {
            let process = machine(world, worker.node).and_then(|host| host.process);
            if let Some(process) = process.filter(|process| process.state == State::Ready) {
                worker.ready = worker.ready.max(process.life);
            }
            let running = process.map(|process| process.life);
            match worker.runs {
                Some((life, _, ref mut ready)) if running == Some(life) => {
                    *ready |= worker.ready == life;
                }
                ended => {
                    if let Some((life, from, ready)) = ended {
                        let lives = Rc::make_mut(&mut self.lives);
                        lives.push(Ended { of: worker.node, life, from, until: now, ready });
                        let surplus = lives.len().saturating_sub(LIVES_SHOWN);
                        lives.drain(..surplus);
                    }
                    worker.runs = running.map(|life| (life, now, worker.ready == life));
                }
            }
        }
    }

    /// What the client asked for, and what it got. An answer counts if it comes before the next round.
    fn follow_requests(&mut self, world: &World<Part>) {
        let now = world.now();
        let Some(Part::Client(client)) = world.last().node.and_then(|id| world.node(id)) else {
            return;
        };
        if world.fired().any(|rule| rule == Rule::AskService) {
            for worker in &mut self.workers {
                let unanswered = std::mem::replace(&mut worker.asked, client.sent) > 0;
                self.failed += u64::from(unanswered);
            }
        }
        let Happening::Deliver { from, .. } = world.last().happening else { return };
        let answer = client.answers.iter().find(|answer| answer.from == from);
        let Some(&Answer { number, served, .. }) = answer else { return };
        let worker = self.workers.iter_mut().find(|worker| worker.node == from);
        if let Some(worker) = worker.filter(|worker| worker.asked == number) {
            worker.asked = 0;
            if served {
                worker.served_at = Some(now);
            }
            self.served += u64::from(served);
            self.failed += u64::from(!served);
        }
    }

    fn check_attempts(&mut self, world: &World<Part>) -> Result<(), Broken> {
        if world.last().node != Some(SUPERVISOR) {
            return Ok(());
        }
        if world.fired().any(|rule| rule == Rule::Reset) {
            self.attempts.clear();
        }
        let made = |rule: &Rule| matches!(rule, Rule::CountAttempt | Rule::PrintedStart);
        let Some(now) = world.clock(SUPERVISOR) else { return Ok(()) };
        for _ in world.fired().filter(made) {
            self.attempts_all += 1;
            let config = world.config();
            let window = |since: &&Time| now.since(**since) <= config.window;
            let lately = self.attempts.iter().filter(window).count() as u64;
            let last = self.attempts.last().copied();
            self.attempts.push(now);
            if lately >= config.restarts_max {
                let why = format!("{} attempts within {}", lately + 1, config.window);
                return Err(Broken { invariant: "at-most-i-in-p", why });
            }
            let needed = backoff(config.backoff.0, config.backoff.1, lately);
            if let Some(waited) = last.map(|last| now.since(last)).filter(|it| *it < needed) {
                let why =
                    format!("the next attempt is {waited} after the last one, and not {needed}");
                return Err(Broken { invariant: "waits-before-restart", why });
            }
        }
        Ok(())
    }

    fn check_giving_up(&mut self, world: &World<Part>) -> Result<(), Broken> {
        for rule in world.fired() {
            match rule {
                Rule::GiveUp => (self.given_up, self.given_ups) = (true, self.given_ups + 1),
                Rule::Reset => self.given_up = false,
                Rule::CallOperator => self.calls += 1,
                _ => {}
            }
        }
        let starts = world.last_sent().any(|(_, msg)| matches!(msg, Msg::Start { .. }));
        if starts && self.given_up {
            let why = "it has given up, and starts a process".into();
            return Err(Broken { invariant: "stays-given-up", why });
        }
        if self.calls > self.given_ups {
            let why = format!("{} calls for {} times", self.calls, self.given_ups);
            return Err(Broken { invariant: "one-escalation", why });
        }
        Ok(())
    }

    /// Whoever is taken for up was ready in that life.
    fn check_up(&self, world: &World<Part>) -> Result<(), Broken> {
        if world.last().node != Some(SUPERVISOR) {
            return Ok(());
        }
        let wrong = |node: NodeId, up: bool, life: Life| {
            let ready = self.workers.iter().any(|it| it.node == node && it.ready >= life);
            (up && !ready)
                .then(|| format!("{node} is taken for up in life {life}, and was never ready"))
        };
        let why = match world.node(SUPERVISOR) {
            Some(Part::Supervisor(it)) => {
                it.children.iter().find_map(|child| wrong(child.node, child.up, child.life))
            }
            Some(Part::Printed(it)) => {
                it.managers.iter().find_map(|manager| wrong(manager.node, manager.up, manager.life))
            }
            Some(Part::Host(_) | Part::Operator(_) | Part::Client(_)) | None => None,
        };
        why.map_or(Ok(()), |why| Err(Broken { invariant: "ready-before-up", why }))
    }

    /// Who was started in an attempt, when all of it are ready.
    fn check_strategy(&mut self, world: &World<Part>) -> Result<(), Broken> {
        let Some(supervisor) = supervisor(world).filter(|_| world.last().node == Some(SUPERVISOR))
        else {
            return Ok(());
        };
        let broken = |why: String| Err(Broken { invariant: "strategy-kept", why });
        let children = &supervisor.children;
        match (supervisor.doing, self.attempt) {
            (Doing::Waiting { failed, .. }, _) => self.attempt = Some(failed),
            (Doing::GivenUp { .. }, _) => self.attempt = None,
            (Doing::Starting { child, .. }, _) => {
                let begins = world.fired().any(|rule| rule == Rule::StartChildren);
                self.attempt = self.attempt.filter(|_| !begins);
                let group = self.attempt.map_or(0..children.len(), |failed| {
                    world.config().strategy.group(failed, children.len())
                });
                let wrong = (group.start..child).find(|it| children[*it].life != supervisor.life);
                if let Some(place) = wrong {
                    let node = children[place].node;
                    return broken(format!("{node} should have been started before"));
                }
            }
            (Doing::Watching, Some(failed)) => {
                self.attempt = None;
                let group = world.config().strategy.group(failed, children.len());
                for (place, child) in children.iter().enumerate() {
                    let restarted = child.life == supervisor.life;
                    if restarted != group.contains(&place) {
                        let word = if restarted { "was" } else { "was not" };
                        let failed = children[failed].node;
                        return broken(format!(
                            "{failed} failed, and {} {word} restarted",
                            child.node
                        ));
                    }
                }
            }
            (Doing::Watching, None) => {}
        }
        Ok(())
    }

    /// Every life that has ended, the newest first, after those that run.
    fn table_of_lives(&self, world: &World<Part>) -> Panel {
        let mut rows = Vec::new();
        for worker in &self.workers {
            if let Some((life, from, ready)) = worker.runs {
                let lasts = world.now().since(from);
                rows.push(row(
                    worker.node,
                    life,
                    from,
                    lasts,
                    if ready { "runs" } else { "starts" },
                ));
            }
        }
        for Ended { of, life, from, until, ready } in self.lives.iter().rev() {
            let end = if *ready { "ended" } else { "never ready" };
            rows.push(row(*of, *life, *from, until.since(*from), end));
        }
        let columns = vec!["process", "life", "from", "lasts", "so it is"];
        Panel::Table { title: "Lives", columns, rows }
    }
}

fn row(of: NodeId, life: Life, from: Time, lasts: Span, end: &'static str) -> Vec<Value> {
    vec![of.into(), life.into(), from.to_string().into(), lasts.to_string().into(), end.into()]
}

/// A machine that is up.
fn host(world: &World<Part>, node: NodeId) -> Option<&Host> {
    machine(world, node).filter(|_| world.condition(node) == Some(Condition::Up))
}

/// A machine that is not down.
fn machine(world: &World<Part>, node: NodeId) -> Option<&Host> {
    match world.node(node)? {
        Part::Host(host) => Some(host),
        Part::Supervisor(_) | Part::Printed(_) | Part::Operator(_) | Part::Client(_) => None,
    }
}

fn is_down(host: &Host) -> bool {
    host.ready_life().is_none()
}

fn supervisor(world: &World<Part>) -> Option<&Supervisor> {
    match world.node(SUPERVISOR)? {
        Part::Supervisor(supervisor) => Some(supervisor),
        Part::Printed(_) | Part::Host(_) | Part::Operator(_) | Part::Client(_) => None,
    }
}

/// A process's name where a belief wants one that lasts for ever.
fn name(node: NodeId) -> &'static str {
    const NAMES: [&str; 6] = ["w1", "w2", "w3", "w4", "w5", "w6"];
    NAMES.get(usize::from(node.number()) - 1).copied().unwrap_or("another")
}
