//! `class RaftNode`: its fields, and what it does with requests.

use crate::sim::{Cx, Field, NodeId, NodeView, Span, Time, exactly, sorting};

use super::super::kv::{Answer, Command, RequestId};
use super::super::log::{Entry, Index, Payload, Position, Term};
use super::super::message::{
    AppendEntries, ClientReply, ClientRequest, Msg, Outcome, RequestVote, RequestVoteReply,
};
use super::super::node::{Durable, Part, Role, Server, Servers, Timer};
use super::super::order::{Ask, refuse_order};
use super::calls::{Beating, Electing};
use super::message::{Rpc, What};
use super::rules::Rule;

/// How often the timeout is checked. The course does not say; the loop must be a short one.
pub const CHECK: Span = Span::from_ms(1);

/// A node of the cluster as printed.
#[derive(Clone, Debug)]
pub struct Printed {
    /// The print's `state`, `current_term`, `voted_for` and `leader_id`, and what the stubs need. Of
    /// what is called its disk, nothing is ever saved. A leader's `matched` is how far a peer has
    /// acknowledged; the class has no `nextIndex`.
    pub server: Server,
    /// Drawn from the election timeout's range.
    pub(super) election_timeout: Span,
    /// When the node last heard from a leader, or when it was made.
    pub(super) last_heartbeat: Time,
    /// When `election_timeout` was last drawn.
    pub(super) drawn_at: Time,
    /// What the thread that checks the timeout is doing.
    pub(super) electing: Electing,
    /// What the thread that sends heartbeats is doing.
    pub(super) beating: Beating,
    /// How many calls it has made.
    pub(super) calls: u64,
    /// When the next check that could succeed is due, if the checking thread is free.
    check_at: Option<Time>,
}

impl Printed {
    pub(in super::super) fn start(cx: &mut Cx<'_, Part>) -> Printed {
        let now = cx.now();
        let mut node = Printed {
            server: Server::with(Durable::default(), Servers::first(cx.all('n').len())),
            election_timeout: Span::ZERO,
            last_heartbeat: now,
            drawn_at: now,
            electing: Electing::Idle,
            beating: Beating::Idle,
            calls: 0,
            check_at: None,
        };
        if now > Time::ZERO {
            fire(cx, Rule::ForgetEverything, || {
                "it starts at term 0, without a vote or a log, whatever it promised before".into()
            });
        }
        node.reset_election_timeout(cx);
        node.watch(cx);
        node
    }

    pub(in super::super) fn on_message(&mut self, from: NodeId, msg: Msg, cx: &mut Cx<'_, Part>) {
        match msg {
            Msg::Printed(rpc) => self.on_rpc(from, rpc, cx),
            Msg::ClientRequest(request) => self.on_client_request(from, request, cx),
            Msg::RequestVote(_)
            | Msg::RequestVoteReply(_)
            | Msg::PreVote(_)
            | Msg::PreVoteReply(_)
            | Msg::AppendEntries(_)
            | Msg::AppendEntriesReply(_)
            | Msg::InstallSnapshot(_)
            | Msg::InstallSnapshotReply(_)
            | Msg::TimeoutNow(_)
            | Msg::Job(_)
            | Msg::ClientReply(_) => panic!("{from} takes {} for another kind of node", cx.me()),
        }
    }

    pub(in super::super) fn on_timer(&mut self, timer: Timer, cx: &mut Cx<'_, Part>) {
        match timer {
            Timer::Election => {
                self.check_at = None;
                self.start_election(cx);
            }
            Timer::Heartbeat => self.send_heartbeat(cx),
            Timer::VoteCall => self.on_vote_call_timeout(cx),
            Timer::HeartbeatCall => self.on_heartbeat_call_timeout(cx),
            Timer::Think | Timer::Reply | Timer::Job(_) => {
                panic!("{} has a timer of a client", cx.me())
            }
        }
        self.watch(cx);
    }

    fn on_rpc(&mut self, from: NodeId, Rpc { call, what }: Rpc, cx: &mut Cx<'_, Part>) {
        match what {
            What::RequestVote(request) => {
                let reply = What::RequestVoteReply(self.handle_request_vote(from, request, cx));
                send(cx, from, call, reply);
            }
            What::AppendEntries(request) => {
                let success = self.handle_append_entries(from, &request, cx);
                let term = self.server.term();
                send(cx, from, call, What::AppendEntriesReply { term, success });
            }
            What::RequestVoteReply(reply) => self.on_vote(from, call, reply, cx),
            What::AppendEntriesReply { term, success } => {
                self.on_acknowledgement(from, call, term, success, cx);
            }
        }
        self.watch(cx);
    }

    /// The print's `handle_request_vote`.
    fn handle_request_vote(
        &mut self,
        candidate: NodeId,
        request: RequestVote,
        cx: &mut Cx<'_, Part>,
    ) -> RequestVoteReply {
        let RequestVote { term, last, .. } = request;
        if term > self.server.term() {
            self.update_term(term, cx);
            self.become_follower();
        }
        let (own, voted_for) = (self.server.term(), self.server.disk.voted_for);
        let other = voted_for.filter(|other| *other != candidate);
        let mine = self.server.log().last();
        let granted = term == own && other.is_none() && is_up_to_date(last, mine);
        if granted {
            self.server.disk.voted_for = Some(candidate);
            fire(cx, Rule::GrantVote, || format!("no other vote in term {term}, log up to date"));
            self.reset_election_timeout(cx);
            self.keep_old_clock(cx);
        } else {
            fire(cx, Rule::RefuseVote, || match other {
                _ if term < own => format!("{candidate} asks in term {term} < {own}"),
                Some(other) => format!("the vote of term {term} went to {other}"),
                None => format!("my log ends with {mine}, that of {candidate} with {last}"),
            });
        }
        RequestVoteReply { term: own, granted }
    }

    /// The print's `handle_append_entries`, which answers with its success.
    fn handle_append_entries(
        &mut self,
        leader: NodeId,
        request: &AppendEntries,
        cx: &mut Cx<'_, Part>,
    ) -> bool {
        let (term, own) = (request.term, self.server.term());
        if self.server.leads() && term == own {
            fire(cx, Rule::LeaderFollowsEqual, || {
                format!("{leader} leads term {term} too, which cannot be; nothing is said of it")
            });
        }
        if term > own {
            self.update_term(term, cx);
        }
        if term < own {
            fire(cx, Rule::RefuseAppend, || format!("{leader} is in term {term} < {own}"));
            return false;
        }
        self.become_follower();
        self.server.leader = Some(leader);
        self.last_heartbeat = cx.now();
        fire(cx, Rule::FollowLeader, || format!("{leader} leads term {term}"));
        let (prev, entries) = (request.prev, request.entries.len());
        if entries > 0 || self.server.log().term(prev.index) != Some(prev.term) {
            let mine = self.server.log().last();
            fire(cx, Rule::AcknowledgeUnread, || {
                format!("{entries} entries after {prev}; my log ends with {mine} and stays so")
            });
        }
        true
    }

    // ---- clients ----

    fn on_client_request(&mut self, client: NodeId, request: ClientRequest, cx: &mut Cx<'_, Part>) {
        let ClientRequest { number, command } = request;
        let id = RequestId { client, number };
        let outcome = match (self.server.answer_at_once(id, command, cx), command) {
            (Some(outcome), _) => outcome,
            (None, Command::Get { key }) => {
                self.tell_read(cx);
                Outcome::Done(Answer::Value(self.server.store.get(key)))
            }
            (None, Command::Put { .. }) => return self.append(command, Some(id), cx),
        };
        cx.send(client, Msg::ClientReply(ClientReply { number, outcome }));
    }

    /// A learner asks, in a client's place, and waits for no answer.
    pub(in super::super) fn on_command(&mut self, ask: Ask, cx: &mut Cx<'_, Part>) {
        let command = match ask {
            Ask::Store(command) => command,
            Ask::Order(order) => return refuse_order(order, cx, || "the class knows none".into()),
        };
        match command {
            _ if !self.server.leads() => self.server.refuse_not_leader(cx),
            Command::Put { .. } => self.append(command, None, cx),
            Command::Get { .. } => self.tell_read(cx),
        }
    }

    fn append(&mut self, command: Command, request: Option<RequestId>, cx: &mut Cx<'_, Part>) {
        let term = self.server.term();
        let log = &mut self.server.disk.log;
        log.push(Entry { term, payload: Payload::Command { command, request } });
        let index = log.last_index();
        fire(cx, Rule::AppendCommand, || format!("{command} becomes entry {index} of term {term}"));
    }

    /// "Commits when majority acknowledges": what a majority, as the class counts, is taken to hold.
    pub(super) fn advance_commit(&mut self, cx: &mut Cx<'_, Part>) {
        let Role::Leader { followers, .. } = &self.server.role else { return };
        let mut held: Vec<Index> = followers.iter().map(|follower| follower.matched).collect();
        held.push(self.server.log().last_index());
        sorting::sort(&mut held);
        // More than half of the *other* nodes hold it, this one included.
        let enough = cx.peers().len() / 2 + 1;
        let index = held[held.len() - enough];
        if index <= self.server.commit {
            return;
        }
        let own = self.server.term();
        let term = self.server.log().term(index).unwrap_or_default();
        let holders = held.iter().filter(|&&other| other >= index).count();
        fire(cx, Rule::Commit, || format!("{holders} nodes count as holding entry {index}"));
        if term < own {
            fire(cx, Rule::CommitOldTerm, || {
                format!("entry {index} is of term {term}, and a later leader may lack it")
            });
        }
        tell_minority(holders, cx);
        self.server.commit_to(index, cx);
    }

    // ---- what the class calls ----

    /// The print's `become_follower`.
    pub(super) fn become_follower(&mut self) {
        self.server.role = Role::Follower;
        self.server.leader = None;
    }

    /// The print's first lines of `start_election`.
    pub(super) fn become_candidate(&mut self, me: NodeId) -> Term {
        let disk = &mut self.server.disk;
        disk.term = Term(disk.term.0 + 1);
        disk.voted_for = Some(me);
        let (votes, refusals) = (Servers::only(me), Servers::default());
        self.server.role = Role::Candidate { votes, refusals };
        disk.term
    }

    fn update_term(&mut self, term: Term, cx: &mut Cx<'_, Part>) {
        let own = self.server.term();
        fire(cx, Rule::UpdateTerm, || format!("term {term} > {own}"));
        self.server.disk.term = term;
        self.server.disk.voted_for = None;
    }

    /// The stub: draws the duration, and leaves `last_heartbeat` alone.
    pub(super) fn reset_election_timeout(&mut self, cx: &mut Cx<'_, Part>) {
        let range = cx.config().election_timeout();
        self.election_timeout = range.start + Span(cx.pick(range.end.us() - range.start.us()));
        self.drawn_at = cx.now();
    }

    /// Sees to it that the next check which can succeed takes place: the others would do nothing.
    fn watch(&mut self, cx: &mut Cx<'_, Part>) {
        let busy = match self.electing {
            Electing::Idle => false,
            Electing::Asking { .. } => true,
        };
        if busy || self.server.leads() {
            if self.check_at.take().is_some() {
                cx.cancel_timer(Timer::Election);
            }
            return;
        }
        let due = self.last_heartbeat + self.election_timeout;
        let next = due.max(cx.now() + CHECK);
        if self.check_at.is_some_and(|check| due <= check && check <= next) {
            return;
        }
        self.check_at = Some(next);
        cx.set_timer(Timer::Election, exactly(next.since(cx.now())));
    }

    // ---- what is shown and told ----

    /// The view of any server, and for whom its two threads wait.
    pub(in super::super) fn view(&self) -> NodeView {
        let asks = match self.electing {
            Electing::Idle => None,
            Electing::Asking { whom, .. } => Some(whom),
        };
        let calls = match self.beating {
            Beating::Idle => None,
            Beating::Calling { whom, .. } => Some(whom),
        };
        let mut view = self.server.view();
        view.fields.extend([
            Field::new("waits for the vote of", asks),
            Field::new("waits for the answer of", calls),
            Field::new("timeout in ms", self.election_timeout.us() / 1_000),
            Field::new("last heartbeat at ms", self.last_heartbeat.0 / 1_000),
        ]);
        view
    }

    pub(super) fn keep_old_clock(&self, cx: &mut Cx<'_, Part>) {
        let (heard, timeout) = (self.last_heartbeat, self.election_timeout);
        fire(cx, Rule::KeepOldClock, || {
            format!("the timeout of {timeout} still counts from {heard}, when a leader last spoke")
        });
    }

    fn tell_read(&self, cx: &mut Cx<'_, Part>) {
        let commit = self.server.commit;
        fire(cx, Rule::ReadLocally, || format!("it has applied its log up to {commit}"));
    }
}

/// The stub `is_log_up_to_date` (Raft §5.4.1).
fn is_up_to_date(candidate: Position, own: Position) -> bool {
    (candidate.term, candidate.index) >= (own.term, own.index)
}

/// Tells if so many nodes are no majority of all, although the class takes them for one.
pub(super) fn tell_minority(nodes: usize, cx: &mut Cx<'_, Part>) {
    let all = cx.peers().len() + 1;
    if nodes * 2 <= all {
        fire(cx, Rule::HalfIsEnough, || format!("{nodes} of {all} nodes are no majority"));
    }
}

pub(super) fn fire(cx: &mut Cx<'_, Part>, rule: Rule, because: impl FnOnce() -> String) {
    cx.fire(super::super::rules::Rule::Printed(rule), because);
}

pub(super) fn send(cx: &mut Cx<'_, Part>, to: NodeId, call: u64, what: What) {
    cx.send(to, Msg::Printed(Rpc { call, what }));
}
