//! A machine and the process that it runs.

use crate::sim::{Cx, NodeId, Time, exactly};

use super::message::{Command, Fault, Life, Msg, Timer};
use super::node::{Durable, Part, SUPERVISOR};
use super::rules::Rule;

/// A machine. It runs the process that it is told to run, and tells what becomes of it.
#[derive(Clone, Debug)]
pub struct Host {
    pub me: NodeId,
    /// The newest life that it was told to begin, or to end all before. It survives a crash, so that an old
    /// order is told from a new one.
    pub newest: Life,
    pub process: Option<Process>,
    /// What is wrong with the program, whoever runs it.
    pub leaks: bool,
    pub bad_config: bool,
    /// The process ended without having been told to.
    pub failed: bool,
}

/// A process in one of its lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Process {
    pub life: Life,
    /// The life of the process that its session is with; 0 for none.
    pub tie: Life,
    pub state: State,
    /// In percent.
    pub memory: u64,
    pub since: Time,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Starting,
    Ready,
    /// It is there, and does nothing.
    Hangs,
}

impl Host {
    pub fn start(newest: Life, cx: &mut Cx<'_, Part>) -> Host {
        let me = cx.me();
        if newest > 0 {
            cx.fire(Rule::MachineIsBack, || format!("{me} is up again, and runs nothing"));
            cx.send(SUPERVISOR, Msg::Exited { life: newest });
        }
        Host { me, newest, process: None, leaks: false, bad_config: false, failed: false }
    }

    /// Whether one of the lab's faults is still in it.
    pub fn ails(&self) -> bool {
        let hangs = self.process.is_some_and(|process| process.state == State::Hangs);
        self.leaks || self.bad_config || self.failed || hangs
    }

    /// The life of the process that is ready, if one is.
    pub fn ready_life(&self) -> Option<Life> {
        self.process.filter(|process| process.state == State::Ready).map(|process| process.life)
    }

    pub fn on_message(&mut self, from: NodeId, msg: Msg, cx: &mut Cx<'_, Part>) {
        match msg {
            Msg::Start { life, tie } => self.run(life, tie, cx),
            Msg::Stop { before } => self.stop(before, cx),
            Msg::Request { number } => self.on_request(from, number, cx),
            Msg::Call { client, number, life } => {
                let known = self.ready_life() == Some(life);
                if !known {
                    cx.fire(Rule::RefuseOldSession, || {
                        format!("the session is with life {life}, which is over")
                    });
                }
                cx.send(from, Msg::Answer { client, number, known });
            }
            Msg::Answer { client, number, known } => {
                if known && self.ready_life().is_some() {
                    self.serve(client, number, cx);
                } else {
                    self.fail_request(
                        client,
                        number,
                        "its session is with a life that is over",
                        cx,
                    );
                }
            }
            Msg::Spawned { .. }
            | Msg::Ready { .. }
            | Msg::Exited { .. }
            | Msg::Alive { .. }
            | Msg::Escalate { .. }
            | Msg::Noted { .. }
            | Msg::Reply { .. } => panic!("this is never sent to a machine"),
        }
    }

    fn run(&mut self, life: Life, tie: Life, cx: &mut Cx<'_, Part>) {
        let me = self.me;
        if life <= self.newest {
            let newest = self.newest;
            return cx.fire(Rule::RefuseOldOrder, || format!("life {life} is not after {newest}"));
        }
        self.newest = life;
        cx.save(Durable::Host { newest: life });
        cx.cancel_timer(Timer::Beat);
        self.failed = false;
        if self.bad_config {
            self.process = None;
            cx.cancel_timer(Timer::Up);
            cx.fire(Rule::CannotStart, || {
                format!("{me} cannot read the configuration of life {life}")
            });
            return cx.send(SUPERVISOR, Msg::Exited { life });
        }
        let since = cx.now();
        self.process = Some(Process { life, tie, state: State::Starting, memory: 5, since });
        cx.fire(Rule::RunProcess, || format!("{me} runs life {life}, with nothing in its memory"));
        cx.send(SUPERVISOR, Msg::Spawned { life });
        cx.set_timer(Timer::Up, exactly(cx.config().start));
    }

    fn stop(&mut self, before: Life, cx: &mut Cx<'_, Part>) {
        if self.newest < before - 1 {
            self.newest = before - 1;
            cx.save(Durable::Host { newest: self.newest });
        }
        match self.process {
            Some(process) if process.life < before => {
                self.end_process(cx);
                cx.fire(Rule::StopProcess, || format!("life {} is ended", process.life));
            }
            Some(_) | None => {
                cx.fire(Rule::NothingToStop, || format!("no life before {before} is running"));
            }
        }
    }

    fn end_process(&mut self, cx: &mut Cx<'_, Part>) {
        self.process = None;
        cx.cancel_timer(Timer::Up);
        cx.cancel_timer(Timer::Beat);
    }

    /// The process has come up.
    pub fn up(&mut self, cx: &mut Cx<'_, Part>) {
        let now = cx.now();
        let process = self.process.as_mut().expect("the timer goes with the process");
        let (life, waited, takes) = (process.life, now.since(process.since), cx.config().start);
        if waited < takes {
            cx.fire(Rule::NotYet, || format!("{waited} are less than {takes}"));
            return cx.set_timer(Timer::Up, exactly(crate::sim::Span(takes.0 - waited.0)));
        }
        process.state = State::Ready;
        cx.fire(Rule::BecomeReady, || format!("life {life} can serve"));
        cx.send(SUPERVISOR, Msg::Ready { life });
        cx.set_timer(Timer::Beat, exactly(cx.config().beat));
    }

    pub fn beat(&mut self, cx: &mut Cx<'_, Part>) {
        let leak = cx.config().leak;
        let process = self.process.as_mut().expect("the timer goes with the process");
        if self.leaks {
            process.memory = (process.memory + leak).min(100);
            let memory = process.memory;
            cx.fire(Rule::LeakMemory, || format!("{memory} % of the memory are gone"));
            if memory == 100 {
                return self.exit(Rule::OutOfMemory, "its memory is full", cx);
            }
        }
        let life = process.life;
        cx.fire(Rule::SayAlive, || format!("life {life} is up"));
        cx.send(SUPERVISOR, Msg::Alive { life });
        cx.set_timer(Timer::Beat, exactly(cx.config().beat));
    }

    /// The process ends by itself.
    fn exit(&mut self, rule: Rule, why: &'static str, cx: &mut Cx<'_, Part>) {
        let Some(process) = self.process else {
            return cx.fire(Rule::NothingToStop, || "no process is running".into());
        };
        self.end_process(cx);
        self.failed = true;
        cx.fire(rule, || format!("life {} ends: {why}", process.life));
        cx.send(SUPERVISOR, Msg::Exited { life: process.life });
    }

    pub fn on_command(&mut self, command: Command, cx: &mut Cx<'_, Part>) {
        match command {
            Command::Kill => self.exit(Rule::ProcessExits, "it was killed", cx),
            Command::Mend => {
                (self.leaks, self.bad_config) = (false, false);
                cx.fire(Rule::Mend, || "program and configuration are right again".into());
            }
            Command::Reset => self.not_mine(cx),
        }
    }

    pub fn suffer(&mut self, fault: Fault, cx: &mut Cx<'_, Part>) {
        match fault {
            Fault::Exit => self.exit(Rule::ProcessExits, "a transient error", cx),
            Fault::Hang => match &mut self.process {
                Some(process) => {
                    process.state = State::Hangs;
                    cx.cancel_timer(Timer::Up);
                    cx.cancel_timer(Timer::Beat);
                    cx.fire(Rule::ProcessHangs, || "it is there, and says nothing".into());
                }
                None => cx.fire(Rule::NothingToStop, || "no process is running".into()),
            },
            Fault::Leak => {
                self.leaks = true;
                cx.fire(Rule::BeginLeak, || "it forgets to give memory back, in every life".into());
            }
            Fault::BadConfig => {
                self.bad_config = true;
                cx.fire(Rule::BadConfig, || "it is read at the next start".into());
            }
            Fault::ClockBack(_) | Fault::Race => self.not_mine(cx),
        }
    }

    fn not_mine(&self, cx: &mut Cx<'_, Part>) {
        let me = self.me;
        cx.fire(Rule::NotItsBusiness, || format!("{me} is no supervisor"));
    }

    // ---- requests ----

    fn on_request(&mut self, client: NodeId, number: u64, cx: &mut Cx<'_, Part>) {
        match self.process {
            Some(Process { state: State::Ready, tie, .. }) => {
                let place = usize::from(self.me.number()) - 1;
                let workers = cx.all('w').to_vec();
                match cx.config().ties.of(place, workers.len()) {
                    None => self.serve(client, number, cx),
                    Some(tied) => {
                        let to = workers[tied];
                        cx.fire(Rule::AskTied, || format!("{to} is needed for request {number}"));
                        cx.send(to, Msg::Call { client, number, life: tie });
                    }
                }
            }
            Some(Process { state: State::Hangs, .. }) => {
                cx.fire(Rule::LeaveUnanswered, || "the process hangs".into());
            }
            Some(Process { state: State::Starting, .. }) => {
                self.fail_request(client, number, "the process is not ready", cx);
            }
            None => self.fail_request(client, number, "no process is running", cx),
        }
    }

    fn serve(&self, client: NodeId, number: u64, cx: &mut Cx<'_, Part>) {
        cx.fire(Rule::ServeRequest, || format!("{client} gets its answer to request {number}"));
        cx.send(client, Msg::Reply { number, served: true });
    }

    fn fail_request(&self, client: NodeId, number: u64, why: &'static str, cx: &mut Cx<'_, Part>) {
        cx.fire(Rule::FailRequest, || why.into());
        cx.send(client, Msg::Reply { number, served: false });
    }
}
