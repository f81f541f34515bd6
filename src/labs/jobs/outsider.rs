//! Those who use a leader: writers, holders of a lock, workers, readers of a configuration.
//!
//! Each asks one thing at a time, of whom it takes for the leader, and repeats it until it is answered.

use crate::sim::{Cx, Field, Look, NodeId, NodeView, Span, Time, Value, exactly};

use super::message::{Answer, JobMsg, JobTimer, Request, TaskId, Written};
use super::rules::JobRule;
use super::{Employer, Job, Jobs, place};

/// One of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Outsider {
    job: Job,
    /// Whom it asks.
    leader: NodeId,
    pub doing: Doing,
    /// How many things it has asked for; numbers its writes.
    asked: u32,
    /// The writes that were accepted, the versions that were used or published: the newest.
    pub newest: u32,
    /// How many requests or pieces of work are done.
    pub done: u32,
    /// The last task that it did, which a late answer may offer again.
    did: Option<TaskId>,
}

/// What it does now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Doing {
    /// Nothing, until it wants something again.
    Waits,
    /// Has asked the leader, since that time.
    Asks { request: Request, since: Time, hints: u8 },
    /// Holds the lock, and will write so many times more.
    Holds { token: u64, until: Time, writes: u8 },
    /// Has looked at its clock and found its lease to last; the write is about to leave.
    Looked { token: u64, until: Time, writes: u8 },
    /// The write is on its way to the storage.
    Writes { token: u64, until: Time, writes: u8 },
    /// Works on a task.
    Works { task: TaskId },
    /// The effect of the task is on its way to the storage.
    Delivers { task: TaskId },
}

/// So often writes a holder before it gives the lock back.
const WRITES: u8 = 3;

/// So long is a holder busy between two writes.
const BETWEEN: Span = Span::from_ms(60);

/// So long after the look at the clock the write leaves.
const LEAVES: Span = Span::from_ms(30);

/// So long a worker works on a task.
const WORK: Span = Span::from_ms(120);

impl Outsider {
    pub fn start<P: Employer>(cx: &mut Cx<'_, P>) -> Outsider {
        let job = jobs(cx).job.expect("nobody is outside without a job");
        let members = cx.all('n');
        let leader = members[place(cx.me()) % members.len()];
        cx.set_timer(JobTimer::Pause.into(), pause(cx));
        Outsider { job, leader, doing: Doing::Waits, asked: 0, newest: 0, done: 0, did: None }
    }

    /// Whom it takes for the leader.
    pub fn leader(&self) -> NodeId {
        self.leader
    }

    pub fn on_timer<P: Employer>(&mut self, timer: JobTimer, cx: &mut Cx<'_, P>) {
        match (timer, self.doing) {
            (JobTimer::Pause, Doing::Waits) => self.want(cx),
            (JobTimer::Answer, Doing::Asks { request, .. }) => self.ask_another(request, cx),
            (JobTimer::Answer, Doing::Writes { token, until, writes }) => {
                // The storage is silent; the next write will tell.
                self.go_on(token, until, writes, cx);
            }
            (JobTimer::Answer, Doing::Delivers { task }) => self.deliver(task, cx),
            (JobTimer::Work, Doing::Holds { token, until, writes }) => {
                self.look(token, until, writes, cx);
            }
            (JobTimer::Work, Doing::Works { task }) => self.deliver(task, cx),
            (JobTimer::Write, Doing::Looked { token, until, writes }) => {
                let storage = cx.all('s')[0];
                cx.fire(JobRule::WriteUnderLease.into(), || {
                    format!("the look at the clock was {LEAVES} ago; token {token}")
                });
                self.doing = Doing::Writes { token, until, writes: writes - 1 };
                cx.send(storage, JobMsg::Store(Written::Under(token)).into());
                cx.set_timer(JobTimer::Answer.into(), exactly(jobs(cx).patience));
            }
            // What it waited for has come by another way.
            (JobTimer::Pause | JobTimer::Answer | JobTimer::Work | JobTimer::Write, _) => {}
        }
    }

    pub fn on_message<P: Employer>(&mut self, from: NodeId, msg: JobMsg, cx: &mut Cx<'_, P>) {
        match (msg, self.doing) {
            (JobMsg::Answer(answer), Doing::Asks { request, since, hints }) => {
                self.on_answer(from, answer, (request, since, hints), cx);
            }
            (JobMsg::Stored, Doing::Writes { token, until, writes }) => {
                self.go_on(token, until, writes, cx);
            }
            (JobMsg::Stored, Doing::Delivers { task }) => {
                cx.cancel_timer(JobTimer::Answer.into());
                self.ask(Request::Finish(task), cx);
            }
            (JobMsg::Fenced(seen), Doing::Writes { token, .. }) => {
                cx.fire(JobRule::FencedOff.into(), || {
                    format!("mine is {token}, and {from} has seen {seen}: the lock is another's")
                });
                self.rest(cx);
            }
            // Late, or a copy.
            (
                JobMsg::Ask(_)
                | JobMsg::Answer(_)
                | JobMsg::Copy(_)
                | JobMsg::Store(_)
                | JobMsg::Stored
                | JobMsg::Fenced(_),
                _,
            ) => {}
        }
    }

    /// It is time to want something.
    fn want<P: Employer>(&mut self, cx: &mut Cx<'_, P>) {
        let publishes = cx.me().number() == 1;
        self.asked += 1;
        let request = match self.job {
            Job::Primary => Request::Write(self.asked),
            Job::Lock => Request::Acquire,
            Job::Tasks => Request::Take,
            Job::Config if publishes => Request::Publish,
            Job::Config => Request::Read,
        };
        self.ask(request, cx);
    }

    fn ask<P: Employer>(&mut self, request: Request, cx: &mut Cx<'_, P>) {
        let leader = self.leader;
        cx.fire(JobRule::Ask.into(), || format!("of {leader}: {request}"));
        self.send(request, 0, cx);
    }

    fn send<P: Employer>(&mut self, request: Request, hints: u8, cx: &mut Cx<'_, P>) {
        // Since it asked first: an answer to that one may come still.
        let since = match self.doing {
            Doing::Asks { request: before, since, .. } if before == request => since,
            Doing::Asks { .. }
            | Doing::Waits
            | Doing::Holds { .. }
            | Doing::Looked { .. }
            | Doing::Writes { .. }
            | Doing::Works { .. }
            | Doing::Delivers { .. } => cx.now(),
        };
        self.doing = Doing::Asks { request, since, hints };
        cx.send(self.leader, JobMsg::Ask(request).into());
        cx.set_timer(JobTimer::Answer.into(), exactly(jobs(cx).patience));
    }

    fn ask_another<P: Employer>(&mut self, request: Request, cx: &mut Cx<'_, P>) {
        let silent = self.leader;
        let members = cx.all('n');
        self.leader = members[usize::from(silent.number()) % members.len()];
        let next = self.leader;
        cx.fire(JobRule::AskAnother.into(), || format!("{silent} was no help, so I ask {next}"));
        self.send(request, 0, cx);
    }

    fn on_answer<P: Employer>(
        &mut self,
        from: NodeId,
        answer: Answer,
        (request, since, hints): (Request, Time, u8),
        cx: &mut Cx<'_, P>,
    ) {
        match (answer, request) {
            (Answer::NotLeader(Some(leader)), _) if leader != from && hints < 3 => {
                cx.fire(JobRule::FollowHint.into(), || format!("{from} says that {leader} leads"));
                self.leader = leader;
                self.send(request, hints + 1, cx);
            }
            (Answer::NotLeader(_), _) => {
                // Somebody will lead soon; until then there is no hurry.
                cx.set_timer(JobTimer::Answer.into(), exactly(BETWEEN));
            }
            (Answer::Granted { token, left }, Request::Acquire) => {
                self.answered(from, answer, cx);
                let until = since + left;
                self.doing = Doing::Holds { token, until, writes: WRITES };
                cx.set_timer(JobTimer::Work.into(), exactly(BETWEEN));
            }
            (Answer::Task(task), Request::Take) if self.did != Some(task) => {
                self.answered(from, answer, cx);
                self.doing = Doing::Works { task };
                cx.set_timer(JobTimer::Work.into(), exactly(WORK));
            }
            (Answer::Version(version), Request::Read) => self.read(from, version, cx),
            (Answer::Version(version), Request::Publish) => {
                self.answered(from, answer, cx);
                self.newest = self.newest.max(version);
                self.rest(cx);
            }
            (Answer::Accepted(done), _) if done == request => {
                self.answered(from, answer, cx);
                self.note(done);
                self.rest(cx);
            }
            (Answer::Busy, _) => {
                self.answered(from, answer, cx);
                self.rest(cx);
            }
            // The answer to something that it asked before.
            (
                Answer::Accepted(_) | Answer::Granted { .. } | Answer::Task(_) | Answer::Version(_),
                _,
            ) => {}
        }
    }

    /// Something that it asked for is on record.
    fn note(&mut self, done: Request) {
        match done {
            Request::Write(number) => self.newest = number,
            Request::Finish(task) => self.did = Some(task),
            Request::Acquire
            | Request::Release(_)
            | Request::Take
            | Request::Publish
            | Request::Read => {}
        }
    }

    fn answered<P: Employer>(&mut self, from: NodeId, answer: Answer, cx: &mut Cx<'_, P>) {
        cx.fire(JobRule::Answered.into(), || format!("{from}: {answer}"));
        cx.cancel_timer(JobTimer::Answer.into());
        if answer != Answer::Busy {
            self.done += 1;
        }
    }

    /// A reader learns of a version.
    fn read<P: Employer>(&mut self, from: NodeId, version: u32, cx: &mut Cx<'_, P>) {
        let newest = self.newest;
        if jobs(cx).monotonic && version < newest {
            cx.fire(JobRule::RefuseOlder.into(), || {
                format!("{from} knows version {version}, and I have seen {newest}")
            });
            // Another member may know more.
            return cx.set_timer(JobTimer::Answer.into(), exactly(BETWEEN));
        }
        cx.fire(JobRule::UseVersion.into(), || format!("version {version}, says {from}"));
        cx.cancel_timer(JobTimer::Answer.into());
        (self.newest, self.done) = (version, self.done + 1);
        self.rest(cx);
    }

    /// Before each write, the holder looks at its clock.
    fn look<P: Employer>(&mut self, token: u64, until: Time, writes: u8, cx: &mut Cx<'_, P>) {
        let now = cx.now();
        if now + LEAVES >= until {
            cx.fire(JobRule::LeaseOver.into(), || {
                format!("{} of the lease of token {token} are left", until.since(now))
            });
            return self.rest(cx);
        }
        cx.fire(JobRule::LookAtClock.into(), || {
            format!("the lease lasts {} more, and a write takes {LEAVES}", until.since(now))
        });
        self.doing = Doing::Looked { token, until, writes };
        cx.set_timer(JobTimer::Write.into(), exactly(LEAVES));
    }

    /// After a write: the next one, or the lock is given back.
    fn go_on<P: Employer>(&mut self, token: u64, until: Time, writes: u8, cx: &mut Cx<'_, P>) {
        cx.cancel_timer(JobTimer::Answer.into());
        if writes == 0 {
            return self.ask(Request::Release(token), cx);
        }
        self.doing = Doing::Holds { token, until, writes };
        cx.set_timer(JobTimer::Work.into(), exactly(BETWEEN));
    }

    fn deliver<P: Employer>(&mut self, task: TaskId, cx: &mut Cx<'_, P>) {
        let storage = cx.all('s')[0];
        cx.fire(JobRule::DoWork.into(), || {
            format!("{task} is worked out; its effect goes to {storage}")
        });
        self.doing = Doing::Delivers { task };
        cx.send(storage, JobMsg::Store(Written::Effect(task)).into());
        cx.set_timer(JobTimer::Answer.into(), exactly(jobs(cx).patience));
    }

    fn rest<P: Employer>(&mut self, cx: &mut Cx<'_, P>) {
        self.doing = Doing::Waits;
        cx.cancel_timer(JobTimer::Answer.into());
        cx.set_timer(JobTimer::Pause.into(), pause(cx));
    }

    pub fn view(&self) -> NodeView {
        let (role, token) = match self.doing {
            Doing::Waits => ("waits", Value::None),
            Doing::Asks { .. } => ("asks", Value::None),
            Doing::Holds { token, .. } => ("holds lock", token.into()),
            Doing::Looked { token, .. } => ("will write", token.into()),
            Doing::Writes { token, .. } => ("writes", token.into()),
            Doing::Works { task } => ("works", u64::from(task.number).into()),
            Doing::Delivers { task } => ("delivers", u64::from(task.number).into()),
        };
        let (newest, holds, look) = match self.job {
            Job::Primary => ("newest accepted", "token", Look::Client),
            Job::Lock => ("newest accepted", "token", Look::Client),
            Job::Tasks => ("newest accepted", "task", Look::Server),
            Job::Config => ("version", "token", Look::Client),
        };
        let mut fields =
            vec![Field::new("done", u64::from(self.done)), Field::new("asks", self.leader)];
        match self.job {
            Job::Primary | Job::Config => fields.push(Field::new(newest, u64::from(self.newest))),
            Job::Lock | Job::Tasks => fields.push(Field::new(holds, token)),
        }
        NodeView { role, look, badge: "done", fields }
    }
}

fn jobs<'a, P: Employer>(cx: &'a Cx<'_, P>) -> &'a Jobs {
    P::jobs(cx.config())
}

/// Drawn evenly about the average.
fn pause<P: Employer>(cx: &Cx<'_, P>) -> std::ops::Range<Span> {
    let us = jobs(cx).pause.us();
    Span(us / 2)..Span(us + us / 2 + 1)
}
