//! CheckQuorum and the leader's lease: who is heard, by whom, and what follows from it (dissertation
//! §6.2, §6.4.1, §4.2.3).
//!
//! Every AppendEntries carries a *stamp*: the leader's own clock when the round of messages was sent,
//! made to grow with each round. The answer carries it back. So a leader knows for each follower the
//! newest of its rounds that this follower has heard, and from the majority's newest it follows up to
//! which moment nobody else can have been elected. No clock is compared with another server's.

use crate::sim::{Cx, NodeId, Span, Time};

use super::config::{Flaw, Reads};
use super::node::{Part, Progress, Role, Server, Timer};
use super::rules::Rule;

/// Why a server takes a leader for alive.
pub(super) enum Hears {
    /// It leads itself.
    Itself,
    /// It heard of one so long ago.
    Lately { since: Span, least: Span },
    /// It started so long ago, and may have promised a leader to wait before it crashed.
    Started { since: Span, least: Span },
}

impl Hears {
    pub(super) fn words(&self) -> String {
        match self {
            Hears::Itself => "I lead, and a majority hears me".into(),
            Hears::Lately { since, least } => {
                format!(
                    "I heard of a leader {since} ago, less than the shortest timeout of {least}"
                )
            }
            Hears::Started { since, least } => format!(
                "I started {since} ago, and may have heard of a leader just before: I wait {least}"
            ),
        }
    }
}

impl Server {
    /// Whether there is a leader as far as this server can tell: "if a server receives a RequestVote
    /// request within the minimum election timeout of hearing from a current leader, it does not
    /// update its term or grant its vote" (dissertation §4.2.3).
    pub(super) fn hears_leader(&self, cx: &Cx<'_, Part>) -> Option<Hears> {
        if self.leads() {
            return Some(Hears::Itself);
        }
        let least = cx.config().election_min;
        let within = |at: Option<Time>| {
            let since = cx.now().since(at?);
            (since < least).then_some(since)
        };
        if let Some(since) = within(self.leader_heard) {
            return Some(Hears::Lately { since, least });
        }
        // A server that comes back does not know whom it answered just before it crashed. One that
        // was never in any term has answered nobody.
        let since = within(self.started.filter(|_| cx.config().check_quorum))?;
        Some(Hears::Started { since, least })
    }

    /// Whether CheckQuorum keeps this server from an election: its own, or a vote in another's.
    pub(super) fn held_by_leader(&self, cx: &Cx<'_, Part>) -> Option<Hears> {
        let withholds = cx.config().check_quorum && !cx.config().has(Flaw::VoteWhileLed);
        if withholds { self.hears_leader(cx) } else { None }
    }

    /// A leader that a majority has not answered for an election timeout leads nobody, and says so
    /// (dissertation §6.2). Its term stays as it is.
    pub(super) fn resign_if_alone(&mut self, cx: &mut Cx<'_, Part>) -> bool {
        if !cx.config().check_quorum || cx.config().has(Flaw::NeverResigns) {
            return false;
        }
        let heard = self.reached(cx, cx.now(), |follower| follower.heard);
        let silent = cx.now().since(heard);
        let patience = cx.config().election_max;
        if silent <= patience {
            return false;
        }
        cx.fire(Rule::Resign, || {
            format!("no majority has answered for {silent}, more than {patience}")
        });
        self.leader = None;
        self.step_down(cx);
        true
    }

    /// A follower has answered a message of the round with this stamp: it followed then.
    pub(super) fn note_answer(&mut self, from: NodeId, stamp: Time, cx: &mut Cx<'_, Part>) {
        let now = cx.now();
        let Role::Leader { followers, .. } = &mut self.role else { return };
        let Some(follower) = followers.iter_mut().find(|follower| follower.id == from) else {
            return;
        };
        follower.heard = now;
        let news = stamp > follower.answered;
        follower.answered = follower.answered.max(stamp);
        if news && cx.config().reads != Reads::Log {
            self.renew_lease(cx);
            self.answer_reads(cx);
        }
    }

    /// The newest round that a majority has heard.
    pub(super) fn confirmed(&self, cx: &Cx<'_, Part>) -> Time {
        self.reached(cx, Time(u64::MAX), |follower| follower.answered)
    }

    /// "The leader's lease is extended to start + election timeout / clock drift bound" once a majority
    /// has acknowledged the round that began at `start` (dissertation §6.4.1).
    fn renew_lease(&mut self, cx: &mut Cx<'_, Part>) {
        if cx.config().reads != Reads::Lease {
            return;
        }
        let start = match cx.config().has(Flaw::LeaseFromAnswer) {
            false => self.confirmed(cx).min(cx.now()),
            true => self.reached(cx, cx.now(), |follower| follower.heard),
        };
        let until = start + cx.config().lease();
        let Role::Leader { leading, .. } = &mut self.role else { return };
        // Before the first answer there is no round to count from.
        if start > Time::ZERO {
            leading.lease_until = leading.lease_until.max(Some(until));
        }
    }

    /// Until when, by its own clock, this server may take it for certain that nobody else leads.
    pub fn lease_until(&self) -> Option<Time> {
        match &self.role {
            Role::Leader { leading, .. } if !leading.gave_up_lease => leading.lease_until,
            Role::Leader { .. }
            | Role::Follower
            | Role::Candidate { .. }
            | Role::PreCandidate { .. } => None,
        }
    }

    /// What a majority has reached: the leader itself `own`, its followers what `of` says.
    pub(super) fn reached<T: Copy + Ord + Default>(
        &self,
        cx: &Cx<'_, Part>,
        own: T,
        of: impl Fn(&Progress) -> T,
    ) -> T {
        let Role::Leader { followers, .. } = &self.role else { return T::default() };
        let me = cx.me();
        let figure = |id: NodeId| {
            if id == me {
                return own;
            }
            followers.iter().find(|follower| follower.id == id).map_or(T::default(), &of)
        };
        self.members.reached(figure).unwrap_or_default()
    }

    /// Begins a round: every message from now on carries a later stamp than any before.
    pub(super) fn begin_round(&mut self, cx: &Cx<'_, Part>) {
        if let Role::Leader { leading, .. } = &mut self.role {
            leading.stamp = cx.now().max(leading.stamp + Span(1));
        }
    }

    /// An election timeout that came too soon by the rule of CheckQuorum, which only happens if
    /// somebody made it: a server that campaigns right after it answered a leader would break the
    /// promise on which that leader's lease rests.
    pub(super) fn wait_for_leader(&self, cx: &mut Cx<'_, Part>) -> bool {
        let Some(why) = self.held_by_leader(cx) else { return false };
        cx.fire(Rule::HoldElection, || why.words());
        cx.set_timer(Timer::Election, cx.config().election_timeout());
        true
    }
}
