//! The recovery manager as the course prints it, flaws included; one for each service.
//!
//! What the print leaves undefined, and what stands in for it here:
//!
//! * Who calls `attempt_recovery` is left open: here it is whoever notices that the service is down, by its
//!   exit or its silence, and he calls it again when it raises.
//! * `service.stop()` sends STOP and does not wait. If `stop_raises`, it raises when the process is gone.
//! * `service.start()` sends START and returns when the process runs; it raises when it cannot, or when
//!   nothing is heard for the readiness timeout.
//! * `time.time()` is the node's clock, less what the fault `clock-back` took away.
//! * The constructor starts nothing, so whoever made it starts the services.

use crate::sim::{Cx, NodeId, Span, Time, exactly};

use super::message::{Life, Msg, Timer};
use super::node::Part;
use super::rules::Rule;

/// The managers, and their callers.
#[derive(Clone, Debug)]
pub struct Printed {
    pub managers: Vec<Manager>,
    life: Life,
    /// How far the wall clock was set back.
    back: Span,
    /// The next failure is noticed by two threads at once (the fault `race`).
    race: bool,
}

/// A `ServiceRecoveryManager` object. Its `restart_count` is never touched again (SV-7).
#[derive(Clone, Debug)]
pub struct Manager {
    pub node: NodeId,
    /// `self.restart_times`, on the wall clock, in microseconds.
    pub restart_times: Vec<i64>,
    pub life: Life,
    pub up: bool,
    heard: Time,
    /// The process is known to be gone.
    exited: bool,
    /// `attempt_recovery` is running, since that `current_time`.
    attempt: Option<i64>,
    /// Two threads are in it.
    twice: bool,
}

impl Printed {
    pub fn start(cx: &mut Cx<'_, Part>) -> Printed {
        let now = cx.now();
        let manager = |&node: &NodeId| Manager {
            node,
            restart_times: Vec::new(),
            life: 0,
            up: false,
            heard: now,
            exited: false,
            attempt: None,
            twice: false,
        };
        let managers = cx.all('w').iter().map(manager).collect();
        // The print keeps nothing on disk. Lives have to go on growing, so they are begun by the clock.
        let life = now.0;
        let mut printed = Printed { managers, life, back: Span::ZERO, race: false };
        cx.fire(Rule::StartChildren, || "every process at once".into());
        for place in 0..printed.managers.len() {
            printed.send_start(place, cx);
        }
        printed
    }

    fn place(&self, node: NodeId) -> usize {
        let place = self.managers.iter().position(|manager| manager.node == node);
        place.expect("only machines speak to a supervisor")
    }

    fn time(&self, cx: &Cx<'_, Part>) -> i64 {
        cx.now().0 as i64 - self.back.0 as i64
    }

    pub fn clock_back(&mut self, span: Span, cx: &mut Cx<'_, Part>) {
        self.back += span;
        cx.fire(Rule::PrintedClockBack, || format!("time.time() is {span} less than before"));
    }

    pub fn race(&mut self, cx: &mut Cx<'_, Part>) {
        self.race = true;
        cx.fire(Rule::PrintedRace, || "two threads are about to look at restart_times".into());
    }

    pub fn on_message(&mut self, from: NodeId, msg: Msg, cx: &mut Cx<'_, Part>) {
        let place = self.place(from);
        match msg {
            Msg::Spawned { life } => self.start_returned(place, life, cx),
            Msg::Exited { life } => self.exited(place, life, cx),
            Msg::Alive { life } | Msg::Ready { life } => {
                let manager = &mut self.managers[place];
                if manager.up && manager.life == life {
                    manager.heard = cx.now();
                    cx.set_timer(Timer::Silent(from), exactly(cx.config().patience));
                    cx.fire(Rule::HearChild, || format!("{from} is up in its life {life}"));
                }
            }
            Msg::Start { .. }
            | Msg::Stop { .. }
            | Msg::Escalate { .. }
            | Msg::Noted { .. }
            | Msg::Request { .. }
            | Msg::Reply { .. }
            | Msg::Call { .. }
            | Msg::Answer { .. } => panic!("this is never sent to a supervisor"),
        }
    }

    pub fn on_timer(&mut self, timer: Timer, cx: &mut Cx<'_, Part>) {
        match timer {
            Timer::Silent(node) => {
                let place = self.place(node);
                cx.fire(Rule::SuspectChild, || format!("{node} has been silent for too long"));
                self.notice(place, cx);
            }
            Timer::Grace(node) => {
                let place = self.place(node);
                cx.fire(Rule::PrintedStart, || format!("{node}: service.start()"));
                self.send_start(place, cx);
                if std::mem::take(&mut self.managers[place].twice) {
                    cx.fire(Rule::PrintedStart, || format!("{node}: service.start(), once more"));
                    self.send_start(place, cx);
                }
            }
            Timer::Ready(node) => self.start_raised(self.place(node), "nothing is heard", cx),
            Timer::Again(node) => self.attempt_recovery(self.place(node), cx),
            Timer::Backoff | Timer::Page | Timer::Up | Timer::Beat | Timer::Ask => {
                panic!("the print sets no such timer")
            }
        }
    }

    fn send_start(&mut self, place: usize, cx: &mut Cx<'_, Part>) {
        self.life += 1;
        let count = self.managers.len();
        let tie = cx.config().ties.of(place, count).map_or(0, |tied| self.managers[tied].life);
        let manager = &mut self.managers[place];
        (manager.life, manager.exited) = (self.life, false);
        cx.send(manager.node, Msg::Start { life: self.life, tie });
        cx.set_timer(Timer::Ready(manager.node), exactly(cx.config().ready));
    }

    /// `service.start()` returns, which is taken for recovery.
    fn start_returned(&mut self, place: usize, life: Life, cx: &mut Cx<'_, Part>) {
        let now = cx.now();
        let manager = &mut self.managers[place];
        if manager.life != life {
            return;
        }
        let node = manager.node;
        (manager.up, manager.heard) = (true, now);
        cx.cancel_timer(Timer::Ready(node));
        // The time out of which it starts is not the print's to choose; it is that of the process.
        let patience = cx.config().patience + cx.config().start;
        cx.set_timer(Timer::Silent(node), exactly(patience));
        cx.trust(node);
        if let Some(current_time) = manager.attempt.take() {
            manager.restart_times.push(current_time);
            cx.fire(Rule::PrintedReturnTrue, || {
                format!("{node}: restart_times.append, return True")
            });
        }
    }

    fn exited(&mut self, place: usize, life: Life, cx: &mut Cx<'_, Part>) {
        let manager = &mut self.managers[place];
        if manager.life != life {
            return;
        }
        manager.exited = true;
        if manager.up {
            cx.fire(Rule::ChildExited, || format!("life {life} of {} has ended", manager.node));
            return self.notice(place, cx);
        }
        self.start_raised(place, "the process cannot start", cx);
    }

    fn notice(&mut self, place: usize, cx: &mut Cx<'_, Part>) {
        let manager = &mut self.managers[place];
        manager.up = false;
        cx.cancel_timer(Timer::Silent(manager.node));
        cx.suspect(manager.node);
        self.attempt_recovery(place, cx);
    }

    /// `except Exception as e: raise RecoveryFailedError`: nothing goes on the record.
    fn start_raised(&mut self, place: usize, why: &'static str, cx: &mut Cx<'_, Part>) {
        let manager = &mut self.managers[place];
        manager.attempt = None;
        let node = manager.node;
        cx.cancel_timer(Timer::Ready(node));
        cx.suspect(node);
        cx.fire(Rule::PrintedRaise, || format!("RecoveryFailedError: {why}; restart_times stays"));
        self.attempt_recovery(place, cx);
    }

    fn attempt_recovery(&mut self, place: usize, cx: &mut Cx<'_, Part>) {
        let current_time = self.time(cx);
        let (window, most) = (cx.config().window.0 as i64, cx.config().restarts_max as usize);
        let beat = exactly(cx.config().beat);
        let manager = &mut self.managers[place];
        let node = manager.node;
        manager.restart_times.retain(|t| current_time - t < window);
        if manager.restart_times.len() >= most {
            cx.fire(Rule::PrintedTooMany, || {
                format!("MaxRestartsExceededError: {most} restarts of {node}, and that is all")
            });
            return cx.set_timer(Timer::Again(node), beat);
        }
        if manager.exited && cx.config().stop_raises {
            cx.fire(Rule::PrintedStopRaises, || {
                format!("service.stop(): {node} runs nothing; start() is not reached")
            });
            return cx.set_timer(Timer::Again(node), beat);
        }
        manager.attempt = Some(current_time);
        manager.twice = std::mem::take(&mut self.race);
        cx.fire(Rule::PrintedStop, || format!("{node}: service.stop(), then time.sleep"));
        cx.send(node, Msg::Stop { before: manager.life + 1 });
        cx.set_timer(Timer::Grace(node), exactly(cx.config().grace));
    }
}
