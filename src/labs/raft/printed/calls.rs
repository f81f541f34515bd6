//! The two threads that call other nodes, one at a time, and wait.

use crate::sim::{Cx, NodeId, Time, exactly};

use super::super::log::{Index, Position, Term};
use super::super::message::{AppendEntries, RequestVote, RequestVoteReply};
use super::super::node::{Leading, Part, Progress, Role, Timer};
use super::message::What;
use super::node::{Printed, fire, send, tell_minority};
use super::rules::Rule;

/// What the thread that checks the election timeout is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Electing {
    /// It checks.
    Idle,
    /// It holds an election and waits for one peer's vote.
    Asking {
        whom: NodeId,
        /// Its place among the peers.
        peer: u8,
        call: u64,
        /// The term in which the election began.
        term: Term,
        /// How many votes came in, its own included.
        votes: u8,
    },
}

/// What the thread that sends heartbeats is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beating {
    /// It sleeps until the next round, or there is nothing to lead.
    Idle,
    /// It waits for one peer's answer.
    Calling {
        whom: NodeId,
        /// Its place among the peers.
        peer: u8,
        call: u64,
        /// The term in which it called.
        term: Term,
        /// The last entry that the call carried.
        last: Index,
        /// How many peers have answered in this round.
        answered: u8,
    },
}

impl Printed {
    // ---- an election ----

    /// The print's `start_election`, up to the first call.
    pub(super) fn start_election(&mut self, cx: &mut Cx<'_, Part>) {
        let timeout = self.election_timeout;
        let waited = cx.now().since(self.drawn_at);
        let term = self.become_candidate(cx.me());
        fire(cx, Rule::StartElection, || {
            format!("no heartbeat for longer than {timeout}; the new term is {term}")
        });
        if waited < timeout {
            fire(cx, Rule::SkipNewDraw, || {
                format!("{timeout} were drawn, {waited} were waited since")
            });
        }
        self.reset_election_timeout(cx);
        self.keep_old_clock(cx);
        self.ask(0, 1, term, cx);
    }

    /// Calls the next peer for its vote, or counts if all were called. As printed, the request bears
    /// the term of the moment, not that of the election.
    fn ask(&mut self, peer: u8, votes: u8, term: Term, cx: &mut Cx<'_, Part>) {
        let Some(&whom) = cx.peers().get(usize::from(peer)) else {
            return self.finish_election(votes, term, cx);
        };
        self.calls += 1;
        let call = self.calls;
        self.electing = Electing::Asking { whom, peer, call, term, votes };
        let request = RequestVote {
            term: self.server.term(),
            last: self.server.log().last(),
            ordered: false,
        };
        send(cx, whom, call, What::RequestVote(request));
        cx.set_timer(Timer::VoteCall, exactly(cx.config().rpc_timeout));
    }

    /// The answer to a call for a vote.
    pub(super) fn on_vote(
        &mut self,
        from: NodeId,
        answers: u64,
        reply: RequestVoteReply,
        cx: &mut Cx<'_, Part>,
    ) {
        let (peer, term, votes) = match self.electing {
            Electing::Asking { peer, call, term, votes, .. } if call == answers => {
                (peer, term, votes)
            }
            Electing::Asking { .. } | Electing::Idle => return drop_late(from, cx),
        };
        let own = self.server.term();
        if reply.term > own {
            fire(cx, Rule::IgnoreTermOfVote, || {
                format!("{from} is in term {}, and this node stays in term {own}", reply.term)
            });
        }
        if let Role::Candidate { votes, refusals } = &mut self.server.role {
            let side = if reply.granted { votes } else { refusals };
            side.insert(from);
        }
        cx.cancel_timer(Timer::VoteCall);
        self.ask(peer + 1, votes + u8::from(reply.granted), term, cx);
    }

    /// A call for a vote has taken too long.
    pub(super) fn on_vote_call_timeout(&mut self, cx: &mut Cx<'_, Part>) {
        if let Electing::Asking { whom, peer, term, votes, .. } = self.electing {
            tell_silence(whom, peer, cx);
            self.ask(peer + 1, votes, term, cx);
        }
    }

    /// The print's `start_election`, from the counting on.
    fn finish_election(&mut self, votes: u8, term: Term, cx: &mut Cx<'_, Part>) {
        self.electing = Electing::Idle;
        if usize::from(votes) <= cx.peers().len() / 2 {
            let leader = self.server.leader;
            fire(cx, Rule::GiveUpAtOnce, || match leader {
                Some(leader) => format!("{votes} votes are too few; {leader} is forgotten"),
                None => format!("{votes} votes are too few"),
            });
            return self.become_follower();
        }
        let (role, own) = (self.server.role.word(), self.server.term());
        if own != term || !matches!(self.server.role, Role::Candidate { .. }) {
            fire(cx, Rule::CountRegardless, || {
                format!("the first votes were for term {term}; it is {role} in term {own} now")
            });
        }
        tell_minority(usize::from(votes), cx);
        self.become_leader(votes, cx);
    }

    /// The print's `become_leader`.
    fn become_leader(&mut self, votes: u8, cx: &mut Cx<'_, Part>) {
        let term = self.server.term();
        fire(cx, Rule::BecomeLeader, || format!("{votes} votes; the term is {term}"));
        let last = self.server.log().last_index();
        let now = cx.now();
        let unheard = |&id: &NodeId| Progress::fresh(id, last, now);
        let followers = cx.peers().iter().map(unheard).collect();
        self.server.role = Role::Leader { followers, leading: Leading::default() };
        self.server.leader = Some(cx.me());
        self.beating = Beating::Idle;
        cx.cancel_timer(Timer::HeartbeatCall);
        let interval = cx.config().heartbeat;
        fire(cx, Rule::NoFirstHeartbeat, || {
            format!("its log stays as it is, and for {interval} nobody hears of it")
        });
        cx.set_timer(Timer::Heartbeat, exactly(interval));
    }

    // ---- heartbeats ----

    /// The print's `send_heartbeat`.
    pub(super) fn send_heartbeat(&mut self, cx: &mut Cx<'_, Part>) {
        if self.server.leads() {
            let (peers, term) = (cx.peers().len(), self.server.term());
            fire(cx, Rule::SendHeartbeat, || {
                format!("it leads term {term}: {peers} calls, one at a time")
            });
            self.call(0, 0, cx);
        }
    }

    /// Calls the next peer, or sleeps if all were called.
    fn call(&mut self, peer: u8, answered: u8, cx: &mut Cx<'_, Part>) {
        self.beating = Beating::Idle;
        let place = usize::from(peer);
        let Role::Leader { followers, .. } = &mut self.server.role else { return };
        let Some(follower) = followers.get_mut(place) else {
            return self.finish_round(answered, cx);
        };
        let log = &self.server.disk.log;
        let (whom, last) = (follower.id, log.last_index());
        (follower.sent, follower.next) = (last, last.next());
        let (commit, term) = (self.server.commit, self.server.disk.term);
        self.calls += 1;
        self.beating = Beating::Calling { whom, peer, call: self.calls, term, last, answered };
        let prev = Position { index: commit, term: log.term(commit).unwrap_or_default() };
        let entries = log.entries(commit.next(), last.0 - commit.0);
        let request = AppendEntries { term, prev, entries, commit, stamp: Time::ZERO };
        send(cx, whom, self.calls, What::AppendEntries(request));
        cx.set_timer(Timer::HeartbeatCall, exactly(cx.config().rpc_timeout));
    }

    /// The answer to AppendEntries.
    pub(super) fn on_acknowledgement(
        &mut self,
        from: NodeId,
        answers: u64,
        reply_term: Term,
        success: bool,
        cx: &mut Cx<'_, Part>,
    ) {
        let (peer, term, last, answered) = match self.beating {
            Beating::Calling { peer, call, term, last, answered, .. } if call == answers => {
                (peer, term, last, answered)
            }
            Beating::Calling { .. } | Beating::Idle => return drop_late(from, cx),
        };
        let (role, own) = (self.server.role.word(), self.server.term());
        if reply_term > own {
            fire(cx, Rule::IgnoreTermOfAck, || {
                format!("{from} is in term {reply_term}; this node is {role} of term {own} still")
            });
        }
        cx.cancel_timer(Timer::HeartbeatCall);
        if let Role::Leader { followers, .. } = &mut self.server.role
            && success
            && term == own
        {
            let matched = &mut followers[usize::from(peer)].matched;
            *matched = last.max(*matched);
            self.advance_commit(cx);
        }
        self.call(peer + 1, answered + 1, cx);
    }

    /// A call of AppendEntries has taken too long.
    pub(super) fn on_heartbeat_call_timeout(&mut self, cx: &mut Cx<'_, Part>) {
        if let Beating::Calling { whom, peer, answered, .. } = self.beating {
            tell_silence(whom, peer, cx);
            self.call(peer + 1, answered, cx);
        }
    }

    fn finish_round(&mut self, answered: u8, cx: &mut Cx<'_, Part>) {
        let all = cx.peers().len() + 1;
        let heard = usize::from(answered) + 1;
        if heard * 2 <= all {
            fire(cx, Rule::LeadMinority, || {
                format!("{heard} of {all} nodes are with it, and it leads on")
            });
        }
        cx.set_timer(Timer::Heartbeat, exactly(cx.config().heartbeat));
    }
}

fn tell_silence(silent: NodeId, peer: u8, cx: &mut Cx<'_, Part>) {
    let limit = cx.config().rpc_timeout;
    let after = cx.peers().len() - usize::from(peer) - 1;
    fire(cx, Rule::WaitForSilent, || {
        format!("{silent} did not answer for {limit}, and {after} nodes were not asked meanwhile")
    });
}

fn drop_late(from: NodeId, cx: &mut Cx<'_, Part>) {
    fire(cx, Rule::DropLate, || format!("the call to {from} was given up"));
}
