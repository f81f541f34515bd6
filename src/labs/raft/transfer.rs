//! Leadership transfer: a leader hands over to a server of its choice (dissertation §3.10).

use crate::sim::{Cx, NodeId, Time};

use super::config::Flaw;
use super::election::Occasion;
use super::log::Term;
use super::message::Msg;
use super::node::{Part, Role, Server};
use super::order::{Order, refuse_order};
use super::rules::Rule;

/// A transfer that is under way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Transfer {
    /// Who is to lead.
    pub target: NodeId,
    /// By the leader's clock: when it gives up and goes on leading.
    pub deadline: Time,
    /// Whether the target has been told to stand for election.
    pub told: bool,
}

impl Server {
    pub(super) fn on_transfer(&mut self, order: Order, target: NodeId, cx: &mut Cx<'_, Part>) {
        let me = cx.me();
        let Role::Leader { leading, .. } = &self.role else { return };
        if !cx.config().transfer {
            return refuse_order(order, cx, || "leadership transfer is switched off".into());
        }
        if let Some(Transfer { target, .. }) = leading.transfer {
            return refuse_order(order, cx, || format!("I am handing over to {target} already"));
        }
        if target == me || !self.members.voters.contains(target) {
            return refuse_order(order, cx, || match target == me {
                true => "I lead already".into(),
                false => format!("{target} has no vote"),
            });
        }
        let deadline = cx.now() + cx.config().election_max;
        cx.fire(Rule::StartTransfer, || {
            format!("to {target}; until then I take no commands, at most until {deadline}")
        });
        let Role::Leader { leading, .. } = &mut self.role else { return };
        leading.transfer = Some(Transfer { target, deadline, told: false });
        self.go_on_with_transfer(cx);
    }

    /// "The prior leader … sends a TimeoutNow request to the target server" when that has all its entries.
    pub(super) fn go_on_with_transfer(&mut self, cx: &mut Cx<'_, Part>) {
        let (last, term) = (self.disk.log.last_index(), self.disk.term);
        let Role::Leader { followers, leading } = &mut self.role else { return };
        let Some(Transfer { target, told: false, .. }) = leading.transfer else { return };
        let follower = followers.iter().find(|follower| follower.id == target);
        if follower.is_none_or(|follower| follower.matched < last) {
            return;
        }
        // From now on somebody may be elected at any time who was told so by this leader; so it can
        // rely on no lease any more in its term, however this ends.
        leading.gave_up_lease = !cx.config().has(Flaw::LeaseKeptInTransfer);
        if let Some(transfer) = &mut leading.transfer {
            transfer.told = true;
        }
        cx.fire(Rule::SendTimeoutNow, || format!("the log of {target} equals mine up to {last}"));
        cx.send(target, Msg::TimeoutNow(term));
    }

    /// "If leadership transfer does not complete after about an election timeout, the prior leader aborts
    /// the transfer and resumes accepting client requests."
    pub(super) fn abort_late_transfer(&mut self, cx: &mut Cx<'_, Part>) {
        let now = cx.now();
        let Role::Leader { leading, .. } = &mut self.role else { return };
        if let Some(Transfer { target, deadline, .. }) = leading.transfer
            && now >= deadline
        {
            leading.transfer = None;
            cx.fire(Rule::AbortTransfer, || format!("{target} has not taken over by {deadline}"));
        }
    }

    /// To whom it is handing over.
    pub(super) fn transfer_target(&self) -> Option<NodeId> {
        match &self.role {
            Role::Leader { leading, .. } => leading.transfer.map(|transfer| transfer.target),
            Role::Follower | Role::PreCandidate { .. } | Role::Candidate { .. } => None,
        }
    }

    /// "This causes the target server to start an election" at once, whatever its timer says, and without
    /// asking beforehand.
    pub(super) fn on_timeout_now(&mut self, from: NodeId, term: Term, cx: &mut Cx<'_, Part>) {
        let own = self.disk.term;
        let role = self.role.word();
        let has_vote = self.members.voters.contains(cx.me());
        if term < own || self.leads() || !has_vote {
            return cx.fire(Rule::IgnoreTimeoutNow, || match has_vote {
                true => format!("it is of term {term}; I am {role} in term {own}"),
                false => "I have no vote".into(),
            });
        }
        cx.fire(Rule::TakeOver, || format!("{from}, the leader of term {term}, wants me to lead"));
        self.start_election(Occasion::Ordered(from), cx);
    }
}
