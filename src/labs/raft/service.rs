//! What servers do for clients: accept commands, apply what is committed, answer (Raft §5.3, §8).

use crate::sim::{Cx, NodeId};

use super::config::{Flaw, Reads};
use super::kv::{Answer, Command, Known, RequestId};
use super::log::{Entry, Index, Payload};
use super::message::{ClientReply, ClientRequest, Msg, Outcome};
use super::node::{Part, Server};
use super::rules::Rule;

impl Server {
    /// A client asks. "If command received from client: append entry to local log, respond after
    /// entry applied to state machine" (Figure 2, leaders).
    pub(super) fn on_client_request(
        &mut self,
        from: NodeId,
        request: ClientRequest,
        cx: &mut Cx<'_, Part>,
    ) {
        let ClientRequest { number, command } = request;
        let request = RequestId { client: from, number };
        if let Some(outcome) = self.answer_at_once(request, command, cx) {
            cx.send(from, Msg::ClientReply(ClientReply { number, outcome }));
        } else if let (Command::Get { key }, true) = (command, cx.config().reads != Reads::Log) {
            self.read(request, key, cx);
        } else {
            self.accept(command, Some(request), cx);
        }
    }

    /// Somebody asks the server itself, outside any client's session.
    pub(super) fn on_store_command(&mut self, command: Command, cx: &mut Cx<'_, Part>) {
        if !self.leads() {
            self.refuse_not_leader(cx);
        } else if !self.takes_no_commands(cx) {
            self.accept(command, None, cx);
        }
    }

    /// The answer to a request that need not go through the log.
    pub(super) fn answer_at_once(
        &self,
        request: RequestId,
        command: Command,
        cx: &mut Cx<'_, Part>,
    ) -> Option<Outcome> {
        if !self.leads() {
            self.refuse_not_leader(cx);
            return Some(Outcome::NotLeader(self.leader));
        }
        if self.takes_no_commands(cx) {
            return Some(Outcome::NotLeader(None));
        }
        if let (Command::Get { key }, true) = (command, cx.config().has(Flaw::StaleReads)) {
            let value = self.store.get(key);
            cx.fire(Rule::AnswerFromOwnStore, || {
                format!("I take myself for the leader; {request}")
            });
            return Some(Outcome::Done(Answer::Value(value)));
        }
        if cx.config().has(Flaw::NoDeduplication) {
            return None;
        }
        // The sessions hold only what is committed, so they are right even on a leader of the past.
        match self.store.known(request) {
            Known::New => None,
            Known::Done(answer) => {
                cx.fire(Rule::AnswerRepeat, || format!("{request} has taken effect already"));
                Some(Outcome::Done(answer))
            }
            Known::Outdated { newest } => {
                cx.fire(Rule::RefuseOutdated, || {
                    format!("{request} is older than #{newest}, which has taken effect")
                });
                Some(Outcome::Outdated(newest))
            }
        }
    }

    /// Whether it is handing over, so that nothing may be added to its log (dissertation §3.10).
    pub(super) fn takes_no_commands(&self, cx: &mut Cx<'_, Part>) -> bool {
        let target = self.transfer_target();
        if let Some(target) = target {
            cx.fire(Rule::HoldDuringTransfer, || format!("I am handing over to {target}"));
        }
        target.is_some()
    }

    pub(super) fn refuse_not_leader(&self, cx: &mut Cx<'_, Part>) {
        let (role, term) = (self.role.word(), self.disk.term);
        cx.fire(Rule::RefuseNotLeader, || match self.leader {
            Some(leader) => format!("I am {role} in term {term}; {leader} leads"),
            None => format!("I am {role} in term {term} and know of no leader"),
        });
    }

    pub(super) fn accept(
        &mut self,
        command: Command,
        request: Option<RequestId>,
        cx: &mut Cx<'_, Part>,
    ) {
        let term = self.disk.term;
        let index = self.disk.log.last_index().next();
        cx.fire(Rule::AcceptCommand, || format!("{command} becomes entry {index} of term {term}"));
        self.replicate(Entry { term, payload: Payload::Command { command, request } }, cx);
    }

    /// "If commitIndex > lastApplied: increment lastApplied, apply log[lastApplied] to state machine"
    /// (Figure 2, all servers).
    pub(super) fn commit_to(&mut self, index: Index, cx: &mut Cx<'_, Part>) {
        self.commit = index;
        while self.applied < self.commit {
            let Some(entry) = self.disk.log.get(self.applied.next()) else { return };
            self.applied = self.applied.next();
            self.apply(entry, cx);
        }
        self.compact_if_long(cx);
    }

    fn apply(&mut self, entry: Entry, cx: &mut Cx<'_, Part>) {
        let index = self.applied;
        let (command, request) = match entry.payload {
            Payload::Command { command, request } => (command, request),
            Payload::Members(members) => {
                return cx.fire(Rule::Apply, || format!("entry {index}: the cluster is {members}"));
            }
            Payload::NoOp => {
                return cx.fire(Rule::Apply, || format!("entry {index}: no-op"));
            }
        };
        let known = match request {
            Some(request) if !cx.config().has(Flaw::NoDeduplication) => self.store.known(request),
            Some(_) | None => Known::New,
        };
        let outcome = match known {
            Known::New => {
                let answer = self.store.carry_out(command, request);
                cx.fire(Rule::Apply, || format!("entry {index}: {command} → {answer}"));
                if request.is_none() {
                    self.job_applied(command, cx);
                }
                Outcome::Done(answer)
            }
            Known::Done(answer) => {
                cx.fire(Rule::SkipRepeat, || format!("entry {index}: {command} is a repetition"));
                Outcome::Done(answer)
            }
            Known::Outdated { newest } => {
                cx.fire(Rule::SkipRepeat, || {
                    format!("entry {index}: {command} is older than #{newest} of its client")
                });
                Outcome::Outdated(newest)
            }
        };
        if let (Some(RequestId { client, number }), true) = (request, self.leads()) {
            cx.fire(Rule::AnswerClient, || format!("I lead, and {client} waits for #{number}"));
            cx.send(client, Msg::ClientReply(ClientReply { number, outcome }));
        }
    }
}
