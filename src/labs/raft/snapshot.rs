//! Log compaction: a server puts what it has applied into a snapshot and forgets those entries; who lags
//! behind them is sent the snapshot in chunks (Raft §7, Figure 13; dissertation §5).

use std::fmt;
use std::rc::Rc;

use crate::sim::{Cx, NodeId, Time};

use super::config::Flaw;
use super::kv::{Item, Store};
use super::log::{Log, Position};
use super::membership::Membership;
use super::message::{InstallSnapshot, InstallSnapshotReply, Msg, Received};
use super::node::{Part, Role, Server};
use super::replication::Follows;
use super::rules::Rule;

/// The state machine after some entry, in place of all entries up to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// The last entry that it replaces (`lastIncludedIndex`, `lastIncludedTerm`).
    pub last: Position,
    /// The fingerprint of the log up to there.
    pub fingerprint: u64,
    /// The cluster as of that entry.
    pub members: Membership,
    /// What the store holds, piece by piece.
    pub items: Vec<Item>,
}

/// A snapshot of which some chunks have come in.
#[derive(Clone, Debug, PartialEq)]
pub struct Incoming {
    /// Which one it is.
    pub last: Position,
    /// What has come so far, from the beginning on.
    pub items: Vec<Item>,
    /// How many there are in all.
    pub total: u32,
}

// ---- taking one ----

impl Server {
    /// "Once a server completes writing a snapshot, it may delete all log entries up through the last
    /// included index" (§7).
    pub(super) fn compact_if_long(&mut self, cx: &mut Cx<'_, Part>) {
        let config = cx.config();
        let due = self.disk.log.base().0 + config.snapshot_every;
        if !config.snapshots || self.applied.0 < due {
            return;
        }
        let index = self.applied;
        let log = &self.disk.log;
        let (Some(term), Some(fingerprint)) = (log.term(index), log.fingerprint(index)) else {
            return;
        };
        let last = Position { index, term };
        let mut items = self.store.items();
        if config.has(Flaw::SnapshotWithoutSessions) {
            items.retain(|item| !item.is_session());
        }
        let (from, count) = (log.base().next(), items.len());
        let members = self.members_at(index);
        self.disk.snapshot = Some(Rc::new(Snapshot { last, fingerprint, members, items }));
        self.disk.log.compact(index);
        self.save(cx);
        cx.fire(Rule::TakeSnapshot, || {
            format!("entries {from} to {index} give way to {count} pieces of state")
        });
    }

    /// What a server that starts has of its state machine: what its snapshot says.
    pub(super) fn restore(&mut self, now: Time) {
        let Some(snapshot) = self.disk.snapshot.clone() else { return };
        self.store = Store::from_items(&snapshot.items);
        self.job_restored(now);
        self.commit = snapshot.last.index;
        self.applied = snapshot.last.index;
    }
}

// ---- sending one ----

impl Server {
    /// Sends a follower the chunk that it is to have next. The entries that it lacks are gone.
    pub(super) fn send_chunk(&mut self, to: NodeId, cx: &mut Cx<'_, Part>) {
        let term = self.disk.term;
        let Role::Leader { followers, leading } = &mut self.role else { return };
        let busy = followers.iter().any(|other| other.id != to && other.chunk.is_some());
        let Some(follower) = followers.iter_mut().find(|follower| follower.id == to) else {
            return;
        };
        if follower.chunk.is_none() && !busy {
            // A newer one, unless somebody is just receiving the old one.
            leading.sending = None;
        }
        if leading.sending.is_none() {
            leading.sending.clone_from(&self.disk.snapshot);
        }
        let Some(snapshot) = leading.sending.clone() else { return };
        let offset = *follower.chunk.get_or_insert(0);
        let stamp = leading.stamp;
        let items = snapshot.items.iter().skip(offset as usize);
        let data: Vec<Item> = items.take(cx.config().chunk_items as usize).copied().collect();
        let (last, total) = (snapshot.last, snapshot.items.len() as u32);
        cx.fire(Rule::SendChunk, || {
            let end = offset + data.len() as u32;
            format!(
                "{to} lacks entries that are in my snapshot up to {last}; {end} of {total} pieces"
            )
        });
        let Snapshot { fingerprint, members, .. } = *snapshot;
        let chunk =
            InstallSnapshot { term, last, fingerprint, members, offset, total, data, stamp };
        cx.send(to, Msg::InstallSnapshot(chunk));
    }

    pub(super) fn on_install_snapshot_reply(
        &mut self,
        from: NodeId,
        reply: InstallSnapshotReply,
        cx: &mut Cx<'_, Part>,
    ) {
        let term = self.disk.term;
        if reply.term == term {
            self.note_answer(from, reply.stamp, cx);
        }
        let role = self.role.word();
        let Role::Leader { followers, leading } = &mut self.role else {
            return cx.fire(Rule::IgnoreReply, || format!("I am {role} in term {term}"));
        };
        let sending = leading.sending.as_ref().map(|snapshot| snapshot.last.index);
        let follower = followers.iter_mut().find(|follower| follower.id == from);
        let Some(follower) = follower.filter(|_| reply.term == term) else {
            return cx.fire(Rule::IgnoreReply, || format!("it is of term {}", reply.term));
        };
        match (reply.received, follower.chunk) {
            (Received::All, _) => {
                follower.matched = follower.matched.max(reply.last);
                follower.next = follower.next.max(follower.matched.next());
                follower.probing = false;
                if sending == Some(reply.last) {
                    // What was sent before the snapshot was refused.
                    follower.sent = follower.matched;
                    follower.chunk = None;
                }
                follower.sent = follower.sent.max(follower.matched);
                let matched = follower.matched;
                cx.fire(Rule::SnapshotArrived, || {
                    format!("the log of {from} equals mine up to {matched}")
                });
                self.send_what_is_left(from, cx);
                self.advance_commit(self.matched(from), cx);
                self.go_on_with_transfer(cx);
                self.go_on_with_change(cx);
            }
            (Received::Pieces(count), Some(chunk))
                if sending == Some(reply.last) && count != chunk =>
            {
                follower.chunk = Some(count);
                self.send_chunk(from, cx);
            }
            (Received::Pieces(count), chunk) => cx.fire(Rule::IgnoreReply, || match chunk {
                Some(_) => format!("I know that {from} has {count} pieces"),
                None => format!("{from} has the whole snapshot by now"),
            }),
        }
    }
}

// ---- receiving one ----

impl Server {
    /// Figure 13, InstallSnapshot RPC, receiver.
    pub(super) fn on_install_snapshot(
        &mut self,
        from: NodeId,
        chunk: &InstallSnapshot,
        cx: &mut Cx<'_, Part>,
    ) {
        let received = match self.follow(from, chunk.term, cx) {
            Follows::Yes => self.take_chunk(chunk, cx),
            Follows::Stale => Received::Pieces(0),
            Follows::Rival => return,
        };
        self.reply_chunk(from, chunk, received, cx);
    }

    fn reply_chunk(
        &self,
        to: NodeId,
        chunk: &InstallSnapshot,
        received: Received,
        cx: &mut Cx<'_, Part>,
    ) {
        let (term, last, stamp) = (self.disk.term, chunk.last.index, chunk.stamp);
        let reply = InstallSnapshotReply { term, last, received, stamp };
        cx.send(to, Msg::InstallSnapshotReply(reply));
    }

    /// Takes a chunk if it is the next one, and tells how far it is.
    fn take_chunk(&mut self, chunk: &InstallSnapshot, cx: &mut Cx<'_, Part>) -> Received {
        let InstallSnapshot { last, offset, total, .. } = *chunk;
        if last.index <= self.commit {
            let commit = self.commit;
            cx.fire(Rule::SnapshotKnown, || {
                format!("it ends with entry {last}, and I have committed up to {commit}")
            });
            return Received::All;
        }
        let old = self.incoming.as_ref().filter(|incoming| incoming.last != last);
        if offset == 0 && old.is_none_or(|incoming| incoming.last.index < last.index) {
            // "Create new snapshot file if first chunk (offset is 0)", unless it is there already.
            let fresh = || Incoming { last, items: Vec::new(), total };
            match &self.incoming {
                Some(incoming) if incoming.last == last => {}
                Some(_) | None => self.incoming = Some(fresh()),
            }
        }
        let Some(incoming) = self.incoming.as_mut().filter(|incoming| incoming.last == last) else {
            cx.fire(Rule::RefuseChunk, || {
                format!("I have no beginning of the snapshot up to {last}")
            });
            return Received::Pieces(0);
        };
        let count = incoming.items.len() as u32;
        if offset != count && !cx.config().has(Flaw::ChunksInAnyOrder) {
            cx.fire(Rule::RefuseChunk, || {
                format!("it begins with piece {}, and I have {count}", offset + 1)
            });
            return Received::Pieces(count);
        }
        incoming.items.extend_from_slice(&chunk.data);
        let count = incoming.items.len() as u32;
        cx.fire(Rule::TakeChunk, || {
            format!("{count} of {total} pieces of the snapshot up to {last}")
        });
        if count < total {
            return Received::Pieces(count);
        }
        self.install(chunk, cx);
        Received::All
    }

    /// "If existing log entry has same index and term as snapshot's last included entry, retain log
    /// entries following it", else "discard the entire log"; "reset state machine using snapshot contents
    /// (and load snapshot's cluster configuration)".
    fn install(&mut self, chunk: &InstallSnapshot, cx: &mut Cx<'_, Part>) {
        let InstallSnapshot { last, fingerprint, members, .. } = *chunk;
        let Some(Incoming { items, .. }) = self.incoming.take() else { return };
        let keeps = self.disk.log.term(last.index) == Some(last.term);
        let end = self.disk.log.last_index();
        cx.fire(Rule::InstallSnapshot, || match keeps {
            true => format!("up to entry {last}; what follows it in my log stays"),
            false => {
                format!("up to entry {last}, in place of my whole log, which ended with {end}")
            }
        });
        if keeps {
            self.disk.log.compact(last.index);
        } else {
            self.disk.log = Log::after(last, fingerprint);
        }
        self.disk.snapshot = Some(Rc::new(Snapshot { last, fingerprint, members, items }));
        self.restore(cx.now());
        self.find_members();
        self.save(cx);
    }
}

impl fmt::Display for InstallSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let InstallSnapshot { term, last, offset, total, data, .. } = self;
        let end = offset + data.len() as u32;
        write!(
            f,
            "term {term}, snapshot up to {last}, pieces {} to {end} of {total}:",
            offset + 1
        )?;
        data.iter().try_for_each(|item| write!(f, " {item}"))
    }
}
