//! The clients' history, of which linearizability is judged.

use std::rc::Rc;

use crate::labs::raft::client::Client;
use crate::labs::raft::kv::{Answer, Command};
use crate::labs::raft::log::{Entry, Index, Payload, Term};
use crate::labs::raft::node::{Part, Server};
use crate::sim::linearizability::{self as history, Act, OpId};
use crate::sim::{Broken, NodeId, World};

use super::{LINEARIZABLE, RaftSpec, Verdict, place};

impl RaftSpec {
    pub(super) fn after_client(
        &mut self,
        id: NodeId,
        client: &Client,
        world: &World<Part>,
    ) -> Verdict {
        let seen = &mut self.clients[place(id)];
        let mut verdict = Ok(());
        if client.done > seen.done {
            seen.done = client.done;
            self.answered += 1;
            if let (Some((op, key, _)), Some(finished)) = (seen.waits.take(), client.finished) {
                let answer = match finished.answer {
                    Answer::Done => history::Answer::Done,
                    Answer::Value(value) => history::Answer::Value(value),
                };
                let operations = self.history.operations(&key);
                verdict = self.history.respond(op, key, answer).map_err(|why| {
                    self.unexplained = Rc::new(in_words(operations, op, answer));
                    Broken { invariant: LINEARIZABLE, why }
                });
            }
        }
        let number = client.under_way.map(|request| u64::from(request.number));
        if number == seen.waits.map(|(op, _, _)| op.number) {
            return verdict;
        }
        if let Some((op, key, _)) = seen.waits.take() {
            self.history.abandon(op, key);
        }
        if let Some(request) = client.under_way {
            let op = OpId { client: id, number: u64::from(request.number) };
            let (key, act) = match request.command {
                Command::Put { key, value } => (key, Act::Put(value)),
                Command::Get { key } => (key, Act::Get),
            };
            self.history.invoke(op, key, act);
            seen.waits = Some((op, key, world.now()));
        }
        verdict
    }

    /// Somebody asked a leader to write, outside any session. That too is an operation of the
    /// history, which ends when its entry is committed.
    pub(super) fn asked_directly(&mut self, id: NodeId, server: &Server) {
        let index = server.log().last_index();
        if let Some(Entry { term, payload }) = server.log().uncompacted().get(index)
            && let Payload::Command { command: Command::Put { key, value }, request: None } =
                payload
        {
            self.history.invoke(direct(id, index, term), key, Act::Put(value));
        }
    }

    pub(super) fn end_direct(&mut self, index: Index, Entry { term, payload }: Entry) {
        if let Payload::Command { command: Command::Put { key, .. }, request: None } = payload
            && let (_, Some(leader)) = self.leader_of(term)
        {
            // A write answers nothing that an order would have to explain.
            let _ = self.history.respond(direct(leader, index, term), key, history::Answer::Done);
        }
    }
}

/// The operations that no order explains: who, what, and the answer; the one that does not fit is last.
fn in_words(
    operations: Vec<(OpId, Act, Option<history::Answer>)>,
    last: OpId,
    gave: history::Answer,
) -> Vec<[String; 3]> {
    let (it, others): (Vec<_>, Vec<_>) = operations.into_iter().partition(|(op, ..)| *op == last);
    let rows = others.into_iter().chain(it.into_iter().map(|(op, act, _)| (op, act, Some(gave))));
    rows.map(|(op, act, answer)| {
        let answer = answer.map_or("none yet".into(), |answer| answer.to_string());
        [op.client.to_string(), act.to_string(), answer]
    })
    .collect()
}

/// The name of an operation that a leader was asked for directly: its entry tells it from all others.
fn direct(leader: NodeId, index: Index, term: Term) -> OpId {
    OpId { client: leader, number: term.0 << 32 | index.0 }
}
