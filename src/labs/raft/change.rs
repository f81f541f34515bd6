//! Membership changes: one server at a time, or any number through a joint configuration, and learners
//! that catch up first (Raft §6; dissertation §4).

use crate::sim::{Cx, NodeId, Time};

use super::config::{Changes, Flaw};
use super::log::{Entry, Index, Payload};
use super::membership::Membership;
use super::node::{Part, Role, Server, Servers};
use super::order::{Order, refuse_order};
use super::rules::Rule;

/// After so many rounds a newcomer that does not keep up is given up (dissertation §4.2.1: "for example,
/// 10").
const ROUNDS_MAX: u32 = 10;

/// A change that waits for its newcomers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wanted {
    /// Who is to vote.
    pub voters: Servers,
    /// The newcomers are to have the log up to here in this round.
    pub goal: Index,
    /// When this round began, by the leader's clock.
    pub since: Time,
    /// Which round it is, from 1 upward.
    pub round: u32,
}

impl Server {
    pub(super) fn on_change(&mut self, order: Order, cx: &mut Cx<'_, Part>) {
        if let Some(why) = self.cannot_change(cx) {
            return refuse_order(order, cx, || why);
        }
        let Membership { voters, learners, .. } = self.members;
        let known: Servers = cx.all('n').iter().copied().collect();
        let wanted = match order {
            Order::Add(server) => voters.or(Servers::only(server)),
            Order::Remove(server) => voters.without(Servers::only(server)),
            Order::Voters(servers) => servers,
            Order::Learn(_) | Order::Transfer(_) => voters,
        };
        let learner = match order {
            Order::Learn(server) => Servers::only(server),
            Order::Add(_) | Order::Remove(_) | Order::Voters(_) | Order::Transfer(_) => {
                Servers::default()
            }
        };
        let new_learners = match order {
            Order::Remove(server) => learners.without(Servers::only(server)),
            Order::Add(_) | Order::Learn(_) | Order::Voters(_) | Order::Transfer(_) => {
                learners.or(learner.without(voters))
            }
        };
        if let Some(why) = self.makes_no_sense(wanted, new_learners, known, cx) {
            return refuse_order(order, cx, || why);
        }
        let newcomers = wanted.without(voters);
        if newcomers.is_empty() {
            return self.propose(wanted, new_learners, cx);
        }
        // They learn the log before they count, so that they do not hold everything up (§4.2.1).
        let goal = self.disk.log.last_index();
        let catch_up = Wanted { voters: wanted, goal, since: cx.now(), round: 1 };
        cx.fire(Rule::CatchUpFirst, || format!("{newcomers} first to have my log up to {goal}"));
        if let Role::Leader { leading, .. } = &mut self.role {
            leading.wanted = Some(catch_up);
        }
        let learners = new_learners.or(newcomers);
        if learners != self.members.learners {
            self.append_members(Membership { learners, ..self.members }, cx);
        }
        self.go_on_with_change(cx);
    }

    /// Why no change may be begun now.
    fn cannot_change(&self, cx: &Cx<'_, Part>) -> Option<String> {
        if cx.config().changes == Changes::Off {
            return Some("membership changes are switched off".into());
        }
        if let Some(target) = self.transfer_target() {
            return Some(format!("I am handing over to {target}"));
        }
        let at = self.members_index;
        if at > self.commit || self.members.is_joint() {
            return Some(format!("the last change, entry {at}, is not committed yet"));
        }
        // The single-server change of the dissertation as first published was wrong without this
        // (Ongaro on raft-dev, July 2015).
        let own_term = self.disk.log.term(self.commit) == Some(self.disk.term);
        if !own_term && !cx.config().has(Flaw::ChangeTooEarly) {
            let term = self.disk.term;
            return Some(format!("nothing of term {term} is committed yet"));
        }
        None
    }

    /// Why this is no change, or not one that can be made so.
    fn makes_no_sense(
        &self,
        wanted: Servers,
        learners: Servers,
        known: Servers,
        cx: &Cx<'_, Part>,
    ) -> Option<String> {
        let Membership { voters, learners: now, .. } = self.members;
        if wanted.is_empty() {
            return Some("somebody must be left to vote".into());
        }
        let unknown = wanted.or(learners).without(known);
        if !unknown.is_empty() {
            return Some(format!("there is no {unknown}"));
        }
        if wanted == voters && learners == now {
            return Some(format!("that is how it is: {}", self.members));
        }
        let differ = wanted.without(voters).len() + voters.without(wanted).len();
        (cx.config().changes == Changes::Single && differ > 1).then(|| {
            format!("{differ} changes in one; one server at a time, or with membership=joint")
        })
    }

    /// Appends the configuration that is wanted, all newcomers having caught up.
    fn propose(&mut self, wanted: Servers, learners: Servers, cx: &mut Cx<'_, Part>) {
        let Membership { voters, .. } = self.members;
        let learners = learners.without(wanted);
        let by_steps =
            cx.config().changes == Changes::Joint && !cx.config().has(Flaw::ChangeAtOnce);
        let outgoing = if by_steps && wanted != voters { voters } else { Servers::default() };
        self.append_members(Membership { voters: wanted, outgoing, learners }, cx);
    }

    fn append_members(&mut self, members: Membership, cx: &mut Cx<'_, Part>) {
        let (index, term) = (self.disk.log.last_index().next(), self.disk.term);
        cx.fire(Rule::AppendMembers, || format!("entry {index}: {members}; it counts from now on"));
        self.note_members(index, Payload::Members(members));
        self.fit_followers(cx);
        self.replicate(Entry { term, payload: Payload::Members(members) }, cx);
    }

    /// One progress for each server that is to get the log.
    pub(super) fn fit_followers(&mut self, cx: &Cx<'_, Part>) {
        let (me, now, last) = (cx.me(), cx.now(), self.disk.log.last_index());
        let members = self.members.all();
        let Role::Leader { followers, .. } = &mut self.role else { return };
        followers.retain(|follower| members.contains(follower.id));
        for id in members.iter().filter(|id| *id != me) {
            let place = followers.partition_point(|follower| follower.id < id);
            if followers.get(place).is_none_or(|follower| follower.id != id) {
                followers.insert(place, super::node::Progress::fresh(id, last, now));
            }
        }
    }

    /// A follower has answered: perhaps the newcomers have caught up.
    pub(super) fn go_on_with_change(&mut self, cx: &mut Cx<'_, Part>) {
        let Role::Leader { leading, .. } = &self.role else { return };
        let Some(Wanted { voters, goal, since, round }) = leading.wanted else { return };
        let newcomers = voters.without(self.members.voters);
        if newcomers.iter().any(|id| self.matched(id) < goal) || self.members_index > self.commit {
            return;
        }
        let (took, quick) = (cx.now().since(since), cx.config().election_min);
        let (last, now) = (self.disk.log.last_index(), cx.now());
        // A newcomer may have more by now than the round was to bring; with everything it need not go on.
        let behind = newcomers.iter().any(|id| self.matched(id) < last);
        let Role::Leader { leading, .. } = &mut self.role else { return };
        if took > quick && behind {
            leading.wanted = Some(Wanted { voters, goal: last, since: now, round: round + 1 });
            return cx.fire(Rule::CatchUpRound, || {
                format!("round {round} took {took}, more than {quick}; now up to entry {last}")
            });
        }
        leading.wanted = None;
        cx.fire(Rule::CaughtUp, || format!("{newcomers}: in round {round}, within {took}"));
        self.propose(voters, self.members.learners, cx);
    }

    /// "If the new server is unavailable or is so slow that it will never catch up", the change is given
    /// up (§4.2.1).
    pub(super) fn give_up_late_change(&mut self, cx: &mut Cx<'_, Part>) {
        let (now, patience) = (cx.now(), cx.config().election_max);
        let Role::Leader { leading, .. } = &mut self.role else { return };
        let Some(Wanted { voters, since, round, .. }) = leading.wanted else { return };
        let waited = now.since(since);
        if round <= ROUNDS_MAX && waited.us() <= patience.us() * u64::from(ROUNDS_MAX) {
            return;
        }
        leading.wanted = None;
        let newcomers = voters.without(self.members.voters);
        cx.fire(Rule::GiveUpChange, || {
            format!("{newcomers} did not catch up: round {round}, {waited} without success")
        });
    }

    /// The newest configuration is committed: a joint one is left, and a leader that is no longer in it
    /// goes (Raft §6).
    pub(super) fn after_members_committed(&mut self, cx: &mut Cx<'_, Part>) {
        if !self.leads() || self.members_index > self.commit {
            return;
        }
        let members = self.members;
        if members.is_joint() {
            cx.fire(Rule::LeaveJoint, || {
                format!("entry {} is committed by both halves", self.members_index)
            });
            let outgoing = Servers::default();
            return self.append_members(Membership { outgoing, ..members }, cx);
        }
        if !members.voters.contains(cx.me()) {
            cx.fire(Rule::StepDownRemoved, || format!("the cluster is {members} without me"));
            self.leader = None;
            self.step_down(cx);
        }
    }

    /// A server without a vote does not stand for election, whatever it hears.
    pub(super) fn has_no_vote(&self, me: NodeId, cx: &mut Cx<'_, Part>) -> bool {
        if self.may_stand(me) {
            return false;
        }
        cx.fire(Rule::NoVote, || format!("the cluster is {}", self.members));
        true
    }
}
