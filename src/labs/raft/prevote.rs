//! PreVote: a server asks whether it could win before it begins a new term (dissertation §9.6).

use crate::sim::{Cx, NodeId};

use super::config::Flaw;
use super::election::{Occasion, up_to_date};
use super::log::Term;
use super::message::{Msg, PreVote, PreVoteReply};
use super::node::{Part, Role, Server, Servers};
use super::rules::Rule;

impl Server {
    /// Asks all others whether they would vote for it. Nobody's term changes by that, its own neither.
    pub(super) fn start_pre_vote(&mut self, cx: &mut Cx<'_, Part>) {
        let term = self.disk.term;
        let next = Term(term.0 + 1);
        cx.fire(Rule::StartPreVote, || {
            format!("nothing heard of a leader in term {term}; would I get votes in term {next}?")
        });
        self.role = Role::PreCandidate { votes: Servers::only(cx.me()) };
        self.reset_election_timer(cx);
        let last = self.disk.log.last();
        self.ask_voters(Msg::PreVote(PreVote { next, last }), cx);
        self.count_pre_votes(cx);
    }

    pub(super) fn on_pre_vote(&mut self, from: NodeId, request: PreVote, cx: &mut Cx<'_, Part>) {
        let granted = self.judge_pre_candidate(from, request, cx);
        let PreVote { next, .. } = request;
        let reply = PreVoteReply { term: self.disk.term, next, granted };
        cx.send(from, Msg::PreVoteReply(reply));
    }

    /// Whether a server would get this one's vote. Unlike a vote this promises nothing, so that any
    /// number may be told yes.
    fn judge_pre_candidate(&self, from: NodeId, request: PreVote, cx: &mut Cx<'_, Part>) -> bool {
        let own = self.disk.term;
        if request.next <= own {
            cx.fire(Rule::RefusePreVoteStale, || {
                format!("{from} asks about term {}, and I am in term {own}", request.next)
            });
            return false;
        }
        if let Some(why) = self.hears_leader(cx)
            && !cx.config().has(Flaw::PreVoteWhileLed)
        {
            cx.fire(Rule::RefusePreVoteLed, || why.words());
            return false;
        }
        let mine = self.disk.log.last();
        if !up_to_date(request.last, mine) {
            cx.fire(Rule::RefusePreVoteLogBehind, || {
                format!("my log ends with {mine}, that of {from} with {}", request.last)
            });
            return false;
        }
        cx.fire(Rule::GrantPreVote, || {
            format!(
                "I hear no leader; my log ends with {mine}, that of {from} with {}",
                request.last
            )
        });
        true
    }

    pub(super) fn on_pre_vote_reply(
        &mut self,
        from: NodeId,
        reply: PreVoteReply,
        cx: &mut Cx<'_, Part>,
    ) {
        let next = Term(self.disk.term.0 + 1);
        match &mut self.role {
            Role::PreCandidate { votes } if reply.granted && reply.next == next => {
                votes.insert(from);
                let votes = *votes;
                cx.fire(Rule::CountPreVote, || format!("{votes} would vote for me in term {next}"));
                self.count_pre_votes(cx);
            }
            role => {
                let role = role.word();
                cx.fire(Rule::IgnorePreVote, || match reply.granted {
                    true => format!("it is about term {}; I am {role}, next is {next}", reply.next),
                    false => format!("{from} would not vote for me in term {}", reply.next),
                });
            }
        }
    }

    fn count_pre_votes(&mut self, cx: &mut Cx<'_, Part>) {
        match self.role {
            Role::PreCandidate { votes } if self.members.is_quorum(votes) => {
                self.start_election(Occasion::PreVotes(votes), cx);
            }
            Role::PreCandidate { .. }
            | Role::Follower
            | Role::Candidate { .. }
            | Role::Leader { .. } => {}
        }
    }
}
