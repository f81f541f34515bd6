//! The leader's job, where it has one (see [`jobs`](crate::labs::jobs)).
//!
//! What the leader decides becomes an entry of the log: a write under a name of its own. It is answered
//! when the entry is applied, and every server that applies it knows of it. So a new leader knows all
//! that was ever answered, and a token is the index of its entry, which no other has.

use crate::labs::jobs::{Answer, Decision, Employed, JobMsg, JobRule, Jobs, Office, Outsider};
use crate::labs::jobs::{Record, Request, Storage, TaskId};
use crate::sim::{Cx, NodeId, Time};

use super::config::Config;
use super::kv::{Command, Key};
use super::node::{Part, Server};
use super::rules::Rule;

impl Server {
    pub(super) fn on_job(&mut self, from: NodeId, msg: JobMsg, cx: &mut Cx<'_, Part>) {
        match msg {
            JobMsg::Ask(request) => self.on_job_request(from, request, cx),
            JobMsg::Copy(_)
            | JobMsg::Answer(_)
            | JobMsg::Store(_)
            | JobMsg::Stored
            | JobMsg::Fenced(_) => panic!("{from} takes {} for an outsider", cx.me()),
        }
    }

    fn on_job_request(&mut self, from: NodeId, request: Request, cx: &mut Cx<'_, Part>) {
        if !self.leads() && request != Request::Read {
            let (leader, term) = (self.leader, self.disk.term);
            cx.fire(Rule::Job(JobRule::Refuse), || match leader {
                Some(leader) => format!("{leader} leads term {term}"),
                None => format!("I know of no leader of term {term}"),
            });
            return answer(from, Answer::NotLeader(leader), cx);
        }
        let (me, now, next) = (cx.me(), cx.now(), self.disk.log.last_index().next());
        let decision = self.office.decide((me, from), request, (now, next.0), &cx.config().jobs);
        match decision {
            Decision::Answer(at_once) => {
                cx.fire(Rule::Job(JobRule::AnswerAtOnce), || format!("{from}: {at_once}"));
                answer(from, at_once, cx);
            }
            Decision::Record { .. } if self.takes_no_commands(cx) => {
                cx.fire(Rule::Job(JobRule::AnswerAtOnce), || "another is to lead".to_string());
                answer(from, Answer::Busy, cx);
            }
            // What it would decide may rest on what is not settled yet.
            Decision::Record { .. } if !is_simple(request) && self.applied.next() != next => {
                cx.fire(Rule::Job(JobRule::AnswerAtOnce), || {
                    format!("entries after {} are not applied yet", self.applied)
                });
                answer(from, Answer::Busy, cx);
            }
            Decision::Record { record, again } => {
                if again {
                    cx.fire(Rule::Job(JobRule::HandOutAgain), || {
                        format!("it took too long: {record}")
                    });
                }
                cx.fire(Rule::Job(JobRule::PutOnRecord), || format!("in the log: {record}"));
                self.accept(command(record), None, cx);
            }
        }
    }

    /// The store came from a snapshot. Leases count from now, which is later than they were granted.
    pub(super) fn job_restored(&mut self, now: Time) {
        for &(key, value) in self.store.values() {
            if let Some(record) = record(Command::Put { key, value }) {
                self.office.record(record, now);
                self.office.fill_rows(record);
            }
        }
    }

    /// An entry was applied. If it is a decision about the job, this server knows of it now, and the
    /// leader answers.
    pub(super) fn job_applied(&mut self, applied: Command, cx: &mut Cx<'_, Part>) {
        let Some(record) = record(applied) else { return };
        let now = cx.now();
        self.office.record(record, now);
        if self.leads() {
            let left = self.office.left(now, cx.config().jobs.lease);
            let (from, done) = record.answer(left);
            answer(from, done, cx);
        }
    }
}

/// Whether a decision on it rests on nothing else.
fn is_simple(request: Request) -> bool {
    match request {
        Request::Write(_) | Request::Finish(_) | Request::Release(_) | Request::Read => true,
        Request::Acquire | Request::Take | Request::Publish => false,
    }
}

fn answer(to: NodeId, answer: Answer, cx: &mut Cx<'_, Part>) {
    cx.send(to, JobMsg::Answer(answer).into());
}

/// A decision as a write: `row1` is the newest write of w1, `lock` the grant, `t7` the task 7, `config`
/// the version. The last byte of a value says whom it is about.
fn command(record: Record) -> Command {
    let (name, number, about, done) = match record {
        Record::Row { writer, number } => {
            (format!("row{}", writer.number()), u64::from(number), writer, false)
        }
        Record::Grant { holder, token } => ("lock".to_string(), token, holder, false),
        Record::Free { holder, token } => ("lock".to_string(), token, holder, true),
        Record::Assigned { task, worker } => {
            (format!("t{}", task.number), u64::from(task.by.number()), worker, false)
        }
        Record::Done { task, worker } => {
            (format!("t{}", task.number), u64::from(task.by.number()), worker, true)
        }
        Record::Published { version, publisher } => {
            ("config".to_string(), u64::from(version), publisher, false)
        }
    };
    let key: Key = name.parse().expect("it has at most eight small letters and digits");
    let value = number << 9 | u64::from(done) << 8 | u64::from(about.number());
    Command::Put { key, value }
}

/// The decision that a write stands for, if it does.
fn record(command: Command) -> Option<Record> {
    let Command::Put { key, value } = command else { return None };
    let (number, done, about) = (value >> 9, value >> 8 & 1 == 1, value as u8);
    if about == 0 {
        return None;
    }
    let (about, name) = (NodeId::new('w', about), key.to_string());
    let small = u32::try_from(number).ok()?;
    if name == "lock" {
        let (holder, token) = (about, number);
        let free = Record::Free { holder, token };
        return Some(if done { free } else { Record::Grant { holder, token } });
    }
    if name == "config" {
        return Some(Record::Published { version: small, publisher: about });
    }
    if name.starts_with("row") {
        return Some(Record::Row { writer: about, number: small });
    }
    let task = name.strip_prefix('t')?.parse().ok()?;
    let by = u8::try_from(number).ok().filter(|by| *by > 0)?;
    let task = TaskId { number: task, by: NodeId::server(by) };
    let worker = about;
    Some(if done { Record::Done { task, worker } } else { Record::Assigned { task, worker } })
}

impl Employed for Part {
    fn jobs(config: &Config) -> &Jobs {
        &config.jobs
    }

    /// With its first commit a leader has applied all that was ever committed before.
    fn in_charge(&self) -> Option<(u64, &Office)> {
        match self {
            Part::Server(server)
                if server.leads() && server.log().term(server.commit) == Some(server.term()) =>
            {
                Some((server.term().0, &server.office))
            }
            Part::Server(_)
            | Part::Printed(_)
            | Part::Client(_)
            | Part::Outsider(_)
            | Part::Storage(_) => None,
        }
    }

    fn outsider(&self) -> Option<&Outsider> {
        match self {
            Part::Outsider(outsider) => Some(outsider),
            Part::Server(_) | Part::Printed(_) | Part::Client(_) | Part::Storage(_) => None,
        }
    }

    fn storage(&self) -> Option<&Storage> {
        match self {
            Part::Storage(storage) => Some(storage),
            Part::Server(_) | Part::Printed(_) | Part::Client(_) | Part::Outsider(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_decision_can_be_read_back_from_its_entry() {
        let (w, task) = (NodeId::new('w', 3), TaskId { number: 12, by: NodeId::server(4) });
        for known in [
            Record::Row { writer: w, number: 7 },
            Record::Grant { holder: w, token: 99 },
            Record::Free { holder: w, token: 99 },
            Record::Assigned { task, worker: w },
            Record::Done { task, worker: w },
            Record::Published { version: 5, publisher: w },
        ] {
            assert_eq!(record(command(known)), Some(known));
        }
        let others: [Command; 2] = ["put x 1", "get lock"].map(|text| text.parse().unwrap());
        assert_eq!(others.map(record), [None, None]);
    }
}
