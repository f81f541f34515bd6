//! The leader's job, where it has one (see [`jobs`](crate::labs::jobs)).
//!
//! A leader of Bully keeps what it decides in memory, answers at once, and sends a copy to the others.
//! Nobody waits for the copies: what has not arrived when the leader fails is forgotten, and two leaders
//! decide apart from each other.

use crate::labs::jobs::{Answer, Decision, Employed, JobMsg, JobRule, Record, Request};
use crate::sim::{Cx, NodeId};

use super::message::Kind;
use super::node::{Node, Role};
use super::part::Part;
use super::rules::Rule;

/// A token says its epoch first, so that a later leader's are greater than all before.
const TOKENS_AN_EPOCH: u64 = 1_000;

impl Node {
    pub(super) fn on_job(&mut self, from: NodeId, msg: JobMsg, cx: &mut Cx<'_, Part>) {
        match msg {
            JobMsg::Ask(request) => self.on_request(from, request, cx),
            JobMsg::Copy(record) => self.on_copy(from, record, cx),
            JobMsg::Answer(_) | JobMsg::Store(_) | JobMsg::Stored | JobMsg::Fenced(_) => {
                panic!("{from} takes {} for an outsider", self.me)
            }
        }
    }

    fn on_request(&mut self, from: NodeId, request: Request, cx: &mut Cx<'_, Part>) {
        let (me, now) = (self.me, cx.now());
        let leads = matches!(self.role, Role::Leader { leads: true, .. });
        if !leads && request != Request::Read {
            let leader = self.followed().filter(|leader| *leader != me);
            cx.fire(Rule::Job(JobRule::Refuse), || match leader {
                Some(leader) => format!("{me} follows {leader}"),
                None => format!("{me} knows of no leader"),
            });
            return self.answer(from, Answer::NotLeader(leader), cx);
        }
        let jobs = Part::jobs(cx.config());
        let token = self.epoch.0 * TOKENS_AN_EPOCH;
        match self.office.decide((me, from), request, (now, token), jobs) {
            Decision::Answer(answer) => {
                cx.fire(Rule::Job(JobRule::AnswerAtOnce), || format!("{from}: {answer}"));
                self.answer(from, answer, cx);
            }
            Decision::Record { record, again } => self.decide(record, again, cx),
        }
    }

    /// Keeps a decision in memory, answers, and tells the others.
    fn decide(&mut self, record: Record, again: bool, cx: &mut Cx<'_, Part>) {
        if again {
            cx.fire(Rule::Job(JobRule::HandOutAgain), || format!("it took too long: {record}"));
        }
        let (me, now) = (self.me, cx.now());
        cx.fire(Rule::Job(JobRule::PutOnRecord), || format!("{me} keeps in memory: {record}"));
        self.office.record(record, now);
        let left = self.office.left(now, cx.config().jobs.lease);
        let (from, answer) = record.answer(left);
        self.answer(from, answer, cx);
        let peers = cx.peers().to_vec();
        for peer in peers {
            self.send(peer, Kind::Job(JobMsg::Copy(record)), cx);
        }
    }

    fn answer(&mut self, to: NodeId, answer: Answer, cx: &mut Cx<'_, Part>) {
        self.send(to, Kind::Job(JobMsg::Answer(answer)), cx);
    }

    fn on_copy(&mut self, from: NodeId, record: Record, cx: &mut Cx<'_, Part>) {
        let (me, now) = (self.me, cx.now());
        if self.followed() != Some(from) {
            return cx.fire(Rule::RefuseCopy, || format!("{me} does not follow {from}"));
        }
        cx.fire(Rule::AdoptCopy, || format!("{from} leads: {record}"));
        self.office.record(record, now);
    }
}
