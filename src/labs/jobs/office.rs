//! What a member knows of the job, and how a leader decides.

use litemap::LiteMap;

use crate::sim::{Field, NodeId, Span, Time};

use super::Jobs;
use super::message::{Answer, Record, Request, TaskId};

/// What a member knows: everything that it holds on record.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Office {
    /// The writes of each writer.
    rows: LiteMap<NodeId, Rows>,
    /// The last grant of the lock, unless it was given back.
    lock: Option<Grant>,
    /// The greatest token of all grants.
    token: u64,
    tasks: LiteMap<u32, Task>,
    version: u32,
}

/// The writes of one writer, which numbers them from 1 upward.
#[derive(Clone, Debug, Default, PartialEq)]
struct Rows {
    newest: u32,
    /// Those up to `newest` that are not there.
    missing: Vec<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Grant {
    holder: NodeId,
    token: u64,
    /// When it was put on record, by this member's clock.
    at: Time,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Task {
    by: NodeId,
    worker: NodeId,
    /// When it was given to that one, by this member's clock.
    at: Time,
    done: bool,
}

/// What a leader does about a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Decision {
    /// Put it on record, and answer when that is done. `again` tells that a task is given to another
    /// because its worker took too long.
    Record { record: Record, again: bool },
    /// Answer at once; nothing changes.
    Answer(Answer),
}

/// At most so many tasks are handed out.
const TASKS_MAX: usize = 2_000;

impl Office {
    /// What `me`, who leads, does about a request. `token` is what a grant would be numbered, if that is
    /// more than all numbers before.
    pub fn decide(
        &self,
        (me, from): (NodeId, NodeId),
        request: Request,
        (now, token): (Time, u64),
        jobs: &Jobs,
    ) -> Decision {
        let record = |record| Decision::Record { record, again: false };
        match request {
            Request::Write(number) => record(Record::Row { writer: from, number }),
            Request::Acquire => match self.lock {
                Some(grant) if now.since(grant.at) < jobs.lease => {
                    Decision::Answer(self.to_asker(grant, from, now, jobs.lease))
                }
                Some(_) | None => {
                    record(Record::Grant { holder: from, token: token.max(self.token + 1) })
                }
            },
            Request::Release(token) => match self.lock {
                Some(grant) if grant.token == token => record(Record::Free { holder: from, token }),
                Some(_) | None => Decision::Answer(Answer::Accepted(request)),
            },
            Request::Take => self.hand_out(me, from, now, jobs.lease),
            Request::Finish(task) => record(Record::Done { task, worker: from }),
            Request::Publish => {
                record(Record::Published { version: self.version + 1, publisher: from })
            }
            Request::Read => Decision::Answer(Answer::Version(self.version)),
        }
    }

    fn to_asker(&self, grant: Grant, from: NodeId, now: Time, lease: Span) -> Answer {
        if grant.holder != from {
            return Answer::Busy;
        }
        Answer::Granted { token: grant.token, left: (grant.at + lease).since(now) }
    }

    fn hand_out(&self, me: NodeId, from: NodeId, now: Time, lease: Span) -> Decision {
        let open = || self.tasks.iter().filter(|(_, task)| !task.done);
        let id = |(number, task): (&u32, &Task)| TaskId { number: *number, by: task.by };
        if let Some(own) = open().find(|(_, task)| task.worker == from) {
            return Decision::Answer(Answer::Task(id(own)));
        }
        if let Some(late) = open().find(|(_, task)| now.since(task.at) >= lease) {
            let record = Record::Assigned { task: id(late), worker: from };
            return Decision::Record { record, again: true };
        }
        if self.tasks.len() >= TASKS_MAX {
            return Decision::Answer(Answer::Busy);
        }
        let number = self.tasks.last().map_or(0, |(number, _)| *number) + 1;
        let task = TaskId { number, by: me };
        Decision::Record { record: Record::Assigned { task, worker: from }, again: false }
    }

    /// Puts something on record. The same twice changes nothing, but for the time of a grant.
    pub fn record(&mut self, record: Record, now: Time) {
        match record {
            Record::Row { writer, number } => self.rows.entry(writer).or_default().add(number),
            Record::Grant { holder, token } if token >= self.token => {
                self.token = token;
                self.lock = Some(Grant { holder, token, at: now });
            }
            // An old one, by a leader of the past.
            Record::Grant { .. } => {}
            Record::Free { token, .. } => {
                self.lock = self.lock.filter(|grant| grant.token != token);
            }
            Record::Assigned { task, worker } => {
                let task_now = Task { by: task.by, worker, at: now, done: false };
                let known = self.tasks.entry(task.number).or_insert(task_now);
                if !known.done {
                    *known = task_now;
                }
            }
            Record::Done { task, worker } => {
                let done = Task { by: task.by, worker, at: now, done: true };
                self.tasks.insert(task.number, done);
            }
            Record::Published { version, .. } => self.version = self.version.max(version),
        }
    }

    /// Takes the newest write of a writer for a sign that all before are there too, as where a log keeps
    /// them in order.
    pub fn fill_rows(&mut self, record: Record) {
        if let Record::Row { writer, .. } = record {
            self.rows.entry(writer).or_default().missing.clear();
        }
    }

    /// How long a lease lasts still, if it was granted now or earlier.
    pub fn left(&self, now: Time, lease: Span) -> Span {
        self.lock.map_or(lease, |grant| (grant.at + lease).since(now).min(lease))
    }

    /// Whether it has this write.
    pub fn has_row(&self, writer: NodeId, number: u32) -> bool {
        self.rows
            .get(&writer)
            .is_some_and(|rows| number <= rows.newest && !rows.missing.contains(&number))
    }

    /// What it knows of the job, for a view; nothing as long as there is nothing on record.
    pub fn field(&self) -> Option<Field> {
        if let Some(grant) = self.lock {
            return Some(Field::new("lock", grant.holder));
        }
        if !self.tasks.is_empty() {
            let done = self.tasks.values().filter(|task| task.done).count();
            return Some(Field::new("tasks done", done as u64));
        }
        if self.version > 0 {
            return Some(Field::new("version", u64::from(self.version)));
        }
        let count = |rows: &Rows| u64::from(rows.newest) - rows.missing.len() as u64;
        let rows: u64 = self.rows.values().map(count).sum();
        (rows > 0).then(|| Field::new("rows", rows))
    }
}

impl Rows {
    fn add(&mut self, number: u32) {
        if number > self.newest {
            self.missing.extend(self.newest + 1..number);
            self.newest = number;
        } else {
            self.missing.retain(|missing| *missing != number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const N: NodeId = NodeId::server(5);

    fn w(number: u8) -> NodeId {
        NodeId::new('w', number)
    }

    fn ms(ms: u64) -> Time {
        Time(ms * 1_000)
    }

    fn decide(office: &Office, from: NodeId, request: Request, now: Time) -> Decision {
        office.decide((N, from), request, (now, 0), &Jobs::none())
    }

    #[test]
    fn a_lock_is_granted_to_one_until_its_lease_is_over_and_tokens_grow() {
        let mut office = Office::default();
        let first = Record::Grant { holder: w(1), token: 1 };
        let granted = decide(&office, w(1), Request::Acquire, ms(0));
        assert_eq!(granted, Decision::Record { record: first, again: false });
        office.record(first, ms(0));
        let refused = decide(&office, w(2), Request::Acquire, ms(499));
        assert_eq!(refused, Decision::Answer(Answer::Busy));
        let again = decide(&office, w(1), Request::Acquire, ms(400));
        let left = Span::from_ms(100);
        assert_eq!(again, Decision::Answer(Answer::Granted { token: 1, left }));
        let second = Record::Grant { holder: w(2), token: 2 };
        let granted = decide(&office, w(2), Request::Acquire, ms(500));
        assert_eq!(granted, Decision::Record { record: second, again: false });
        office.record(second, ms(500));
        office.record(first, ms(600));
        assert_eq!(office.lock.map(|grant| (grant.holder, grant.token)), Some((w(2), 2)));
    }

    #[test]
    fn a_task_is_given_to_another_when_its_worker_takes_too_long() {
        let mut office = Office::default();
        let task = TaskId { number: 1, by: N };
        office.record(Record::Assigned { task, worker: w(1) }, ms(0));
        let next = TaskId { number: 2, by: N };
        let fresh = Record::Assigned { task: next, worker: w(2) };
        let decision = decide(&office, w(2), Request::Take, ms(499));
        assert_eq!(decision, Decision::Record { record: fresh, again: false });
        let late = Record::Assigned { task, worker: w(2) };
        let decision = decide(&office, w(2), Request::Take, ms(500));
        assert_eq!(decision, Decision::Record { record: late, again: true });
        office.record(Record::Done { task, worker: w(1) }, ms(600));
        office.record(late, ms(700));
        assert_eq!(
            decide(&office, w(2), Request::Take, ms(2_000)),
            Decision::Record { record: fresh, again: false }
        );
    }

    #[test]
    fn a_write_that_was_passed_over_is_missing() {
        let mut office = Office::default();
        for number in [1, 2, 5] {
            office.record(Record::Row { writer: w(1), number }, ms(0));
        }
        let has = |number| office.has_row(w(1), number);
        assert_eq!([1, 2, 3, 4, 5, 6].map(has), [true, true, false, false, true, false]);
    }
}
