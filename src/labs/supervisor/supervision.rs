//! The supervisor: starts processes in order, restarts what fails, and knows when to give up.

use crate::sim::{Cx, NodeId, Span, Time, exactly};

use super::message::{Life, Msg, Timer};
use super::node::{Durable, OPERATOR, Part};
use super::record::{Record, backoff};
use super::rules::Rule;
use super::variants::Flaw;

/// A supervisor with its children. It does one thing after the other, as OTP's does: while it waits for one
/// process, it does nothing about another.
#[derive(Clone, Debug)]
pub struct Supervisor {
    pub children: Vec<Child>,
    pub record: Record,
    pub doing: Doing,
    /// The newest life that it has ordered.
    pub life: Life,
    pub escalations: u64,
    /// Whether what it starts is a new attempt, and not the beginning.
    restarting: bool,
}

/// What it knows of one process.
#[derive(Clone, Debug)]
pub struct Child {
    pub node: NodeId,
    /// The life that it ordered last.
    pub life: Life,
    /// Whether that life is taken for up.
    pub up: bool,
    heard: Time,
}

/// What it is about. Children are named by their places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    Watching,
    /// One has failed, and the next attempt is at that time.
    Waiting {
        failed: usize,
        until: Time,
    },
    /// It has started a process and waits until it is ready; more of the group come after it.
    Starting {
        child: usize,
        end: usize,
        since: Time,
    },
    /// It has given up. `noted`: the operator knows.
    GivenUp {
        noted: bool,
    },
}

impl Supervisor {
    pub fn start(durable: Durable, cx: &mut Cx<'_, Part>) -> Supervisor {
        let now = cx.now();
        let child = |&node: &NodeId| Child { node, life: 0, up: false, heard: now };
        let children = cx.all('w').iter().map(child).collect();
        let (life, record, escalations, given_up) = match durable {
            Durable::Supervisor { life, record, escalations, given_up } => {
                (life, record, escalations, given_up)
            }
            Durable::Nothing | Durable::Host { .. } | Durable::Operator { .. } => {
                (0, Record::default(), 0, None)
            }
        };
        let doing = Doing::Watching;
        let restarting = false;
        let mut supervisor = Supervisor { children, record, doing, life, escalations, restarting };
        match given_up {
            Some(noted) => {
                supervisor.doing = Doing::GivenUp { noted };
                cx.fire(Rule::StayGivenUp, || {
                    format!("it has given up, for the {escalations}. time")
                });
                if !noted {
                    supervisor.page(cx);
                }
            }
            None => supervisor.begin(cx),
        }
        supervisor
    }

    /// Starts every child, in order.
    fn begin(&mut self, cx: &mut Cx<'_, Part>) {
        self.life += 1;
        self.restarting = false;
        cx.fire(Rule::StartChildren, || "every process, one after the other".into());
        self.start_child(0, self.children.len(), cx);
        self.save(cx);
    }

    fn save(&self, cx: &mut Cx<'_, Part>) {
        let (life, escalations) = (self.life, self.escalations);
        let forgets = cx.config().has(Flaw::ForgetsRecord);
        let record = if forgets { Record::default() } else { self.record.clone() };
        let given_up = match self.doing {
            Doing::GivenUp { noted } => Some(noted),
            Doing::Watching | Doing::Waiting { .. } | Doing::Starting { .. } => None,
        };
        cx.save(Durable::Supervisor { life, record, escalations, given_up });
    }

    pub fn on_message(&mut self, from: NodeId, msg: Msg, cx: &mut Cx<'_, Part>) {
        match msg {
            Msg::Spawned { life } => {
                cx.fire(Rule::SpawnedIsNotReady, || format!("life {life} of {from} runs"));
                if cx.config().has(Flaw::SpawnedIsReady) {
                    self.ready(from, life, cx);
                }
            }
            Msg::Ready { life } => self.ready(from, life, cx),
            Msg::Alive { life } => self.alive(from, life, cx),
            Msg::Exited { life } => self.exited(from, life, cx),
            Msg::Noted { number } => self.noted(number, cx),
            Msg::Start { .. }
            | Msg::Stop { .. }
            | Msg::Escalate { .. }
            | Msg::Request { .. }
            | Msg::Reply { .. }
            | Msg::Call { .. }
            | Msg::Answer { .. } => panic!("this is never sent to a supervisor"),
        }
    }

    fn place(&self, node: NodeId) -> usize {
        let place = self.children.iter().position(|child| child.node == node);
        place.expect("only machines speak to a supervisor")
    }

    // ---- starting ----

    fn start_child(&mut self, place: usize, end: usize, cx: &mut Cx<'_, Part>) {
        let count = self.children.len();
        let life = self.life;
        // One of the same group lives in this life, or soon will.
        let tie = cx.config().ties.of(place, count).map_or(0, |tied| {
            let soon = (place..end).contains(&tied);
            if soon { life } else { self.children[tied].life }
        });
        let (now, child) = (cx.now(), &mut self.children[place]);
        (child.life, child.up) = (life, false);
        let node = child.node;
        cx.cancel_timer(Timer::Silent(node));
        cx.fire(Rule::StartChild, || format!("{node} is to begin its life {life}"));
        cx.send(node, Msg::Start { life, tie });
        cx.set_timer(Timer::Ready(node), exactly(cx.config().ready));
        self.doing = Doing::Starting { child: place, end, since: now };
    }

    fn ready(&mut self, from: NodeId, life: Life, cx: &mut Cx<'_, Part>) {
        let place = self.place(from);
        let Doing::Starting { child, end, .. } = self.doing else {
            return self.ignore_old(from, life, cx);
        };
        if child != place || life != self.children[place].life {
            return self.ignore_old(from, life, cx);
        }
        let child = &mut self.children[place];
        (child.up, child.heard) = (true, cx.now());
        cx.cancel_timer(Timer::Ready(from));
        cx.set_timer(Timer::Silent(from), exactly(cx.config().patience));
        cx.trust(from);
        cx.fire(Rule::ChildIsReady, || format!("{from} serves in its life {life}"));
        if place + 1 < end {
            return self.start_child(place + 1, end, cx);
        }
        self.doing = Doing::Watching;
        if cx.config().has(Flaw::CountsSuccesses) && self.restarting {
            self.record.note(cx.now(), cx.config().window);
            self.save(cx);
        }
        self.look_for_failed(cx);
    }

    fn ignore_old(&self, from: NodeId, life: Life, cx: &mut Cx<'_, Part>) {
        cx.fire(Rule::IgnoreOldLife, || {
            format!("life {life} of {from} is not the one it waits for")
        });
    }

    /// Another one may have failed in the meantime.
    fn look_for_failed(&mut self, cx: &mut Cx<'_, Part>) {
        if let Some(failed) = self.children.iter().position(|child| !child.up) {
            self.plan(failed, cx);
        }
    }

    pub fn overdue(&mut self, node: NodeId, cx: &mut Cx<'_, Part>) {
        let Doing::Starting { since, .. } = self.doing else { return };
        let (waited, most) = (cx.now().since(since), cx.config().ready);
        if waited < most {
            return not_yet(waited, most, Timer::Ready(node), cx);
        }
        cx.suspect(node);
        cx.fire(Rule::NotReadyInTime, || format!("{node} is not ready after {waited}"));
        self.plan(self.place(node), cx);
    }

    // ---- watching ----

    fn alive(&mut self, from: NodeId, life: Life, cx: &mut Cx<'_, Part>) {
        let place = self.place(from);
        let now = cx.now();
        let child = &mut self.children[place];
        if let Doing::GivenUp { .. } = self.doing {
            cx.fire(Rule::StopAgain, || format!("{from} runs life {life}, and should not"));
            return cx.send(from, Msg::Stop { before: self.life + 1 });
        }
        if !child.up || child.life != life {
            return self.ignore_old(from, life, cx);
        }
        child.heard = now;
        cx.set_timer(Timer::Silent(from), exactly(cx.config().patience));
        cx.fire(Rule::HearChild, || format!("{from} is up in its life {life}"));
    }

    pub fn silent(&mut self, node: NodeId, cx: &mut Cx<'_, Part>) {
        let place = self.place(node);
        let silence = cx.now().since(self.children[place].heard);
        let patience = cx.config().patience;
        if silence < patience {
            return not_yet(silence, patience, Timer::Silent(node), cx);
        }
        cx.fire(Rule::SuspectChild, || format!("nothing of {node} in {silence}"));
        self.failed(place, cx);
    }

    fn exited(&mut self, from: NodeId, life: Life, cx: &mut Cx<'_, Part>) {
        let place = self.place(from);
        let child = &self.children[place];
        let awaited = matches!(self.doing, Doing::Starting { child, .. } if child == place);
        if child.life != life || !(child.up || awaited) {
            return self.ignore_old(from, life, cx);
        }
        cx.fire(Rule::ChildExited, || format!("life {life} of {from} has ended"));
        self.failed(place, cx);
    }

    /// A child has failed: see to it now, or when there is time.
    fn failed(&mut self, place: usize, cx: &mut Cx<'_, Part>) {
        let child = &mut self.children[place];
        child.up = false;
        let node = child.node;
        cx.cancel_timer(Timer::Silent(node));
        cx.suspect(node);
        match self.doing {
            Doing::Watching => self.plan(place, cx),
            Doing::Starting { child, .. } if child == place => {
                cx.cancel_timer(Timer::Ready(node));
                self.plan(place, cx);
            }
            Doing::Starting { .. } | Doing::Waiting { .. } => {
                cx.fire(Rule::OneAfterTheOther, || format!("{node} has to wait for its turn"));
            }
            Doing::GivenUp { .. } => {}
        }
    }

    // ---- restarting ----

    /// One has failed. May there be one more attempt, and when?
    fn plan(&mut self, failed: usize, cx: &mut Cx<'_, Part>) {
        let (now, most) = (cx.now(), cx.config().restarts_max);
        let window = cx.config().window;
        let lately = match cx.config().has(Flaw::HalfOpenWindow) {
            true => self.record.within_open(now, window),
            false => self.record.within(now, window),
        };
        if lately >= most {
            return self.give_up(lately, cx);
        }
        let (base, longest) = cx.config().backoff;
        let wait = match cx.config().has(Flaw::NoBackoff) {
            true => Span::from_us(1),
            false => backoff(base, longest, lately),
        };
        let node = self.children[failed].node;
        cx.fire(Rule::WaitBeforeRestart, || {
            format!("{lately} of {most} attempts in {window} are used up; {node} in {wait}")
        });
        self.doing = Doing::Waiting { failed, until: now + wait };
        cx.set_timer(Timer::Backoff, exactly(wait));
    }

    /// The wait is over.
    pub fn waited(&mut self, cx: &mut Cx<'_, Part>) {
        let Doing::Waiting { failed, until } = self.doing else { return };
        if cx.now() < until {
            let left = until.since(cx.now());
            cx.fire(Rule::NotYet, || format!("it has to wait for {left} more"));
            return cx.set_timer(Timer::Backoff, exactly(left));
        }
        self.attempt(failed, cx);
    }

    fn attempt(&mut self, failed: usize, cx: &mut Cx<'_, Part>) {
        let count = self.children.len();
        let group = match cx.config().has(Flaw::OnlyTheFailed) {
            true => failed..failed + 1,
            false => cx.config().strategy.group(failed, count),
        };
        self.life += 1;
        self.restarting = true;
        let (life, node) = (self.life, self.children[failed].node);
        if !cx.config().has(Flaw::CountsSuccesses) {
            self.record.note(cx.now(), cx.config().window);
        }
        cx.fire(Rule::CountAttempt, || {
            format!("an attempt for {node}, on the record before it is made")
        });
        for place in group.clone().rev().filter(|place| *place != group.start) {
            self.stop_child(place, life, cx);
        }
        self.start_child(group.start, group.end, cx);
        self.save(cx);
    }

    fn stop_child(&mut self, place: usize, before: Life, cx: &mut Cx<'_, Part>) {
        let child = &mut self.children[place];
        child.up = false;
        let node = child.node;
        cx.cancel_timer(Timer::Silent(node));
        cx.fire(Rule::StopChild, || format!("{node} is to end every life before {before}"));
        cx.send(node, Msg::Stop { before });
    }

    // ---- giving up ----

    fn give_up(&mut self, lately: u64, cx: &mut Cx<'_, Part>) {
        self.escalations += 1;
        let window = cx.config().window;
        cx.fire(Rule::GiveUp, || format!("{lately} attempts in {window} have not helped"));
        for place in (0..self.children.len()).rev() {
            self.stop_child(place, self.life + 1, cx);
        }
        self.doing = Doing::GivenUp { noted: false };
        self.save(cx);
        self.page(cx);
        if cx.config().has(Flaw::GoesOn) {
            self.doing = Doing::Waiting { failed: 0, until: cx.now() + window };
            cx.set_timer(Timer::Backoff, exactly(window));
        }
    }

    /// Calls the operator, again and again until he says that he knows.
    pub fn page(&mut self, cx: &mut Cx<'_, Part>) {
        if cx.config().has(Flaw::NewNumbers) {
            self.escalations += 1;
        }
        let number = self.escalations;
        cx.fire(Rule::Escalate, || format!("escalation {number}, until it is noted"));
        cx.send(OPERATOR, Msg::Escalate { number });
        cx.set_timer(Timer::Page, exactly(cx.config().ready));
    }

    fn noted(&mut self, number: u64, cx: &mut Cx<'_, Part>) {
        match self.doing {
            Doing::GivenUp { noted: false } if number == self.escalations => {
                self.doing = Doing::GivenUp { noted: true };
                cx.cancel_timer(Timer::Page);
                cx.fire(Rule::OperatorKnows, || {
                    format!("the operator knows of escalation {number}")
                });
                self.save(cx);
            }
            Doing::GivenUp { .. }
            | Doing::Watching
            | Doing::Waiting { .. }
            | Doing::Starting { .. } => {
                cx.fire(Rule::IgnoreRepeated, || format!("escalation {number} is settled"));
            }
        }
    }

    /// The operator has seen to it.
    pub fn reset(&mut self, cx: &mut Cx<'_, Part>) {
        let Doing::GivenUp { .. } = self.doing else {
            return cx.fire(Rule::NothingToReset, || "it has not given up".into());
        };
        cx.cancel_timer(Timer::Page);
        self.record = Record::default();
        self.doing = Doing::Watching;
        cx.fire(Rule::Reset, || "it begins anew, with an empty record".into());
        self.begin(cx);
    }
}

/// Somebody fired a timer by hand, or the clock was set.
fn not_yet(passed: Span, needed: Span, timer: Timer, cx: &mut Cx<'_, Part>) {
    cx.fire(Rule::NotYet, || format!("{passed} are less than {needed}"));
    cx.set_timer(timer, exactly(Span(needed.0 - passed.0)));
}
