//! Reads that do not go through the log (dissertation §6.4).
//!
//! A leader knows all that was committed, if it still is the leader. *ReadIndex* asks a majority each
//! time; a *lease* relies on clocks for a while. Either way a new leader first has to commit an entry of
//! its own term, since before that it does not know how far its log is committed.

use crate::sim::{Cx, Time};

use super::config::{Flaw, Reads};
use super::kv::{Answer, Key, RequestId};
use super::log::Index;
use super::message::{ClientReply, Msg, Outcome};
use super::node::{Part, Role, Server};
use super::rules::Rule;

/// A read that waits for its answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Read {
    /// Who asks; at most one read of each client waits.
    pub request: RequestId,
    /// What for.
    pub key: Key,
    /// What the store must have applied, and the round that a majority must have heard beyond. None
    /// while the leader has committed nothing in its term.
    pub after: Option<(Index, Time)>,
}

impl Server {
    /// A client reads.
    pub(super) fn read(&mut self, request: RequestId, key: Key, cx: &mut Cx<'_, Part>) {
        let Role::Leader { leading, .. } = &mut self.role else { return };
        leading.reads.retain(|read| read.request.client != request.client);
        if !self.knows_commit(cx) {
            let term = self.disk.term;
            cx.fire(Rule::ReadWaits, || {
                format!(
                    "{request}: nothing of term {term} is committed yet, so I may lack something"
                )
            });
            return self.put_off(Read { request, key, after: None });
        }
        self.begin_read(Read { request, key, after: None }, cx);
    }

    /// Answers at once if a lease allows it, else asks the followers.
    fn begin_read(&mut self, read: Read, cx: &mut Cx<'_, Part>) {
        if cx.config().reads == Reads::Lease {
            let now = cx.now();
            match self.lease_until() {
                Some(until) if now < until => {
                    self.lease_reads += 1;
                    cx.fire(Rule::AnswerByLease, || {
                        let left = until.since(now);
                        format!("{}: nobody else can be elected for another {left}", read.request)
                    });
                    return self.answer_read(read, cx);
                }
                lease => cx.fire(Rule::LeaseOver, || match lease {
                    Some(until) => format!("my lease ended {} ago", now.since(until)),
                    None => "I have no lease".into(),
                }),
            }
        }
        let Role::Leader { leading, .. } = &self.role else { return };
        let (index, stamp) = (self.commit, leading.stamp);
        cx.fire(Rule::ReadIndex, || {
            format!("{}: committed up to {index}; do they still follow me?", read.request)
        });
        self.put_off(Read { after: Some((index, stamp)), ..read });
        self.send_to_all(cx);
        self.answer_reads(cx);
    }

    fn put_off(&mut self, read: Read) {
        if let Role::Leader { leading, .. } = &mut self.role {
            leading.reads.push(read);
        }
    }

    /// Whether it knows how far its log is committed: it has committed an entry of its own term.
    fn knows_commit(&self, cx: &Cx<'_, Part>) -> bool {
        cx.config().has(Flaw::ReadTooEarly)
            || self.disk.log.term(self.commit) == Some(self.disk.term)
    }

    /// Begins the reads that waited for the leader's first commit.
    pub(super) fn begin_reads(&mut self, cx: &mut Cx<'_, Part>) {
        let Role::Leader { leading, .. } = &mut self.role else { return };
        if leading.reads.iter().all(|read| read.after.is_some()) {
            return;
        }
        let waiting: Vec<Read> =
            leading.reads.iter().filter(|read| read.after.is_none()).copied().collect();
        if !self.knows_commit(cx) {
            return;
        }
        for read in waiting {
            let Role::Leader { leading, .. } = &mut self.role else { return };
            leading.reads.retain(|other| *other != read);
            self.begin_read(read, cx);
        }
    }

    /// Answers the reads whose round a majority has heard.
    pub(super) fn answer_reads(&mut self, cx: &mut Cx<'_, Part>) {
        let Role::Leader { leading, .. } = &self.role else { return };
        if leading.reads.is_empty() {
            return;
        }
        let (confirmed, applied) = (self.confirmed(cx), self.applied);
        let ready = |read: &Read| {
            read.after.is_some_and(|(index, stamp)| confirmed > stamp && applied >= index)
        };
        let answered: Vec<Read> = leading.reads.iter().filter(|it| ready(it)).copied().collect();
        if answered.is_empty() {
            return;
        }
        let Role::Leader { leading, .. } = &mut self.role else { return };
        leading.reads.retain(|read| !ready(read));
        for read in answered {
            cx.fire(Rule::AnswerRead, || {
                format!("{}: a majority has heard me since it was asked", read.request)
            });
            self.answer_read(read, cx);
        }
    }

    fn answer_read(&self, Read { request, key, .. }: Read, cx: &mut Cx<'_, Part>) {
        let outcome = Outcome::Done(Answer::Value(self.store.get(key)));
        let reply = ClientReply { number: request.number, outcome };
        cx.send(request.client, Msg::ClientReply(reply));
    }
}
