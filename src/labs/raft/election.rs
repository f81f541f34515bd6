//! Terms and elections (Raft §5.1, §5.2, §5.4.1; Figure 2, "RequestVote RPC" and "Rules for Servers").

use crate::labs::detection::watch::Detector;
use crate::sim::{Cx, NodeId, Span, exactly};

use super::config::Flaw;
use super::log::{Entry, Payload, Position, Term};
use super::message::{Msg, RequestVote, RequestVoteReply};
use super::node::{Leading, Part, Progress, Role, Server, Servers, Timer};
use super::rules::Rule;

/// Why a server stands for election.
#[derive(Clone, Copy)]
pub(super) enum Occasion {
    /// It has not heard of a leader; of this one, if it knew one.
    Silence(Option<NodeId>),
    /// Those have said that they would vote for it (dissertation §9.6).
    PreVotes(Servers),
    /// The leader told it to (dissertation §3.10).
    Ordered(NodeId),
}

impl Server {
    /// "If RPC request or response contains term T > currentTerm: set currentTerm = T, convert to
    /// follower" (Figure 2, all servers). A new term is a new vote.
    pub(super) fn adopt_term(&mut self, term: Term, from: NodeId, cx: &mut Cx<'_, Part>) {
        let old = self.disk.term;
        let role = self.role.word();
        cx.fire(Rule::AdoptTerm, || match role {
            "follower" => format!("{from} is in term {term} > {old}"),
            _ => format!("{from} is in term {term} > {old}, so I am no longer {role}"),
        });
        self.disk.term = term;
        self.disk.voted_for = None;
        self.leader = None;
        self.save(cx);
        self.step_down(cx);
    }

    /// Becomes a follower, whatever it was.
    pub(super) fn step_down(&mut self, cx: &mut Cx<'_, Part>) {
        if self.leads() {
            cx.cancel_timer(Timer::Heartbeat);
            self.reset_election_timer(cx);
        }
        self.role = Role::Follower;
    }

    /// Waits for word from a leader or candidate, for a time that is drawn anew (§5.2), so that
    /// servers which once came due together do not do so again.
    pub(super) fn reset_election_timer(&self, cx: &mut Cx<'_, Part>) {
        let led = self.leader.is_some();
        let drawn = || match led {
            true => cx.config().silence(&self.watch),
            false => cx.config().election_timeout(),
        };
        let range = self.fixed_timeout.map_or_else(drawn, exactly);
        cx.set_timer(Timer::Election, range);
    }

    /// What came from the leader counts as a heartbeat, unless it came sooner than half of their interval
    /// after the last: entries travel at the pace of clients, and say nothing of the leader's rhythm.
    pub(super) fn hear_beat(&mut self, cx: &Cx<'_, Part>) {
        let (now, config) = (cx.now(), cx.config());
        let soon = |last| now.since(last) < Span(config.heartbeat.us() / 2);
        if config.detector != Detector::Timeout && !self.watch.last().is_some_and(soon) {
            self.watch.beat(now, false, &config.patience());
        }
    }

    /// "If election timeout elapses without receiving AppendEntries RPC from current leader or
    /// granting vote to candidate: convert to candidate" (Figure 2, followers), and "if election
    /// timeout elapses: start new election" (candidates).
    pub(super) fn on_election_timeout(&mut self, cx: &mut Cx<'_, Part>) {
        if self.has_no_vote(cx.me(), cx) || self.wait_for_leader(cx) {
            return;
        }
        let silent = self.leader.take();
        if let Some(leader) = silent {
            self.suspects.insert(leader);
            cx.suspect(leader);
        }
        if cx.config().pre_vote {
            self.start_pre_vote(cx);
        } else {
            self.start_election(Occasion::Silence(silent), cx);
        }
    }

    /// "On conversion to candidate, start election: increment currentTerm, vote for self, reset election
    /// timer, send RequestVote RPCs to all other servers" (Figure 2, candidates).
    pub(super) fn start_election(&mut self, occasion: Occasion, cx: &mut Cx<'_, Part>) {
        let me = cx.me();
        let (old, term) = (self.disk.term, Term(self.disk.term.0 + 1));
        cx.fire(Rule::StartElection, || match (&self.role, occasion) {
            (_, Occasion::Ordered(leader)) => format!("{leader} hands over: on to term {term}"),
            (_, Occasion::PreVotes(votes)) => format!("{votes} would vote for me in term {term}"),
            (Role::Candidate { votes, .. }, _) => {
                format!(
                    "term {old} ended with {} votes and no leader: on to term {term}",
                    votes.len()
                )
            }
            (_, Occasion::Silence(Some(leader))) => {
                format!("nothing heard of {leader}, the leader of term {old}: on to term {term}")
            }
            (_, Occasion::Silence(None)) => {
                format!("no leader known in term {old}: on to term {term}")
            }
        });
        self.leader = None;
        self.disk.term = term;
        self.disk.voted_for = Some(me);
        self.save(cx);
        self.role = Role::Candidate { votes: Servers::only(me), refusals: Servers::default() };
        self.reset_election_timer(cx);
        let last = self.disk.log.last();
        let ordered = matches!(occasion, Occasion::Ordered(_));
        self.ask_voters(Msg::RequestVote(RequestVote { term, last, ordered }), cx);
        self.count_votes(cx);
    }

    /// Sends to all others that have a vote.
    pub(super) fn ask_voters(&self, msg: Msg, cx: &mut Cx<'_, Part>) {
        let me = cx.me();
        for voter in self.members.all_voters().iter().filter(|voter| *voter != me) {
            cx.send(voter, msg.clone());
        }
    }

    /// Whether a candidate is not even listened to, since there is a leader (dissertation §4.2.3).
    pub(super) fn withhold_vote(
        &self,
        from: NodeId,
        request: RequestVote,
        cx: &mut Cx<'_, Part>,
    ) -> bool {
        if request.ordered {
            // "Servers … process a RequestVote request even if they believe a current cluster leader
            // exists", if the leader itself wants it (dissertation §4.2.3).
            return false;
        }
        let Some(why) = self.held_by_leader(cx) else { return false };
        cx.fire(Rule::RefuseVoteLed, || {
            format!("{from} asks in term {}; {}", request.term, why.words())
        });
        true
    }

    /// Figure 2, RequestVote RPC, receiver.
    pub(super) fn on_request_vote(
        &mut self,
        from: NodeId,
        request: RequestVote,
        cx: &mut Cx<'_, Part>,
    ) {
        let granted = self.judge_candidate(from, request, cx);
        if granted {
            self.disk.voted_for = Some(from);
            self.save(cx);
            self.reset_election_timer(cx);
        }
        let reply = RequestVoteReply { term: self.disk.term, granted };
        cx.send(from, Msg::RequestVoteReply(reply));
    }

    /// Whether a candidate gets this server's vote.
    fn judge_candidate(&self, from: NodeId, request: RequestVote, cx: &mut Cx<'_, Part>) -> bool {
        let own = self.disk.term;
        if request.term < own {
            cx.fire(Rule::RefuseVoteStaleTerm, || {
                format!("{from} asks in term {} < {own}", request.term)
            });
            return false;
        }
        let again = cx.config().has(Flaw::TwoVotes) && self.role == Role::Follower;
        if let Some(other) = self.disk.voted_for.filter(|other| *other != from && !again) {
            let me = cx.me();
            cx.fire(Rule::RefuseVoteTaken, || {
                let whom = if other == me { "myself".into() } else { other.to_string() };
                format!("my vote of term {own} went to {whom}")
            });
            return false;
        }
        let mine = self.disk.log.last();
        if !up_to_date(request.last, mine) && !cx.config().has(Flaw::NoLogCheck) {
            cx.fire(Rule::RefuseVoteLogBehind, || {
                format!("my log ends with {mine}, that of {from} with {}", request.last)
            });
            return false;
        }
        cx.fire(Rule::GrantVote, || {
            let again = if self.disk.voted_for == Some(from) { "again " } else { "" };
            let theirs = request.last;
            format!("{again}term {own}; my log ends with {mine}, that of {from} with {theirs}")
        });
        true
    }

    /// Votes count "only while it is still candidate in the same term" (§5.2).
    pub(super) fn on_request_vote_reply(
        &mut self,
        from: NodeId,
        reply: RequestVoteReply,
        cx: &mut Cx<'_, Part>,
    ) {
        let term = self.disk.term;
        let of_this_term = reply.term == term || cx.config().has(Flaw::VotesFromThePast);
        let members = self.members;
        match &mut self.role {
            Role::Candidate { votes, .. } if of_this_term && reply.granted => {
                votes.insert(from);
                let votes = *votes;
                cx.fire(Rule::CountVote, || {
                    format!("votes of {votes} in term {term}; {}", members.needed())
                });
                self.count_votes(cx);
            }
            Role::Candidate { refusals, .. } if of_this_term => {
                refusals.insert(from);
                let refusals = *refusals;
                cx.fire(Rule::CountRefusal, || format!("refused by {refusals} in term {term}"));
            }
            role => {
                let role = role.word();
                cx.fire(Rule::IgnoreVote, || {
                    format!("it is of term {}; I am {role} in term {term}", reply.term)
                });
            }
        }
    }

    /// "If votes received from majority of servers: become leader" (Figure 2, candidates).
    fn count_votes(&mut self, cx: &mut Cx<'_, Part>) {
        match self.role {
            Role::Candidate { votes, .. } if self.members.is_quorum(votes) => {
                self.become_leader(votes, cx);
            }
            Role::Candidate { .. }
            | Role::PreCandidate { .. }
            | Role::Follower
            | Role::Leader { .. } => {}
        }
    }

    fn become_leader(&mut self, votes: Servers, cx: &mut Cx<'_, Part>) {
        let term = self.disk.term;
        let members = self.members.voters.len();
        cx.fire(Rule::BecomeLeader, || {
            format!("votes of {votes} in term {term}: {} of {members}", votes.len())
        });
        let last = self.disk.log.last_index();
        let now = cx.now();
        let me = cx.me();
        let others = self.members.all().iter().filter(|id| *id != me);
        let followers = others.map(|id| Progress::fresh(id, last, now)).collect();
        self.role = Role::Leader { followers, leading: Leading::default() };
        self.leader = Some(cx.me());
        cx.cancel_timer(Timer::Election);
        if !cx.config().has(Flaw::NoNoOp) {
            // Entries of earlier terms are only committed with one of its own (§5.4.2, §8).
            cx.fire(Rule::AppendNoOp, || format!("entry {} of term {term}", last.next()));
            self.disk.log.push(Entry { term, payload: Payload::NoOp });
            self.save(cx);
        }
        // "Upon election: send initial empty AppendEntries RPCs (heartbeat) to each server" (Figure
        // 2, leaders); here with the no-op in it.
        self.send_heartbeats(cx);
        self.commit_if_alone(cx);
    }
}

/// Whether a candidate's log is at least as up-to-date as the voter's: the later term of the last
/// entries decides, then the longer log (§5.4.1).
pub(super) fn up_to_date(candidate: Position, voter: Position) -> bool {
    (candidate.term, candidate.index) >= (voter.term, voter.index)
}
