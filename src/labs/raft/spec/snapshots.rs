//! What must hold of snapshots: each is the state after the committed entries up to its last one (Raft §7).

use crate::labs::raft::kv::{Known, Store};
use crate::labs::raft::log::{Entry, Index, Payload};
use crate::labs::raft::node::Server;
use crate::sim::NodeId;

use super::{RaftSpec, SNAPSHOT, Verdict, broken};

impl RaftSpec {
    /// A server has a snapshot that it did not have before.
    pub(super) fn check_snapshot(&mut self, id: NodeId, server: &Server) -> Verdict {
        let Some(snapshot) = server.disk.snapshot.clone() else { return Ok(()) };
        let index = snapshot.last.index;
        if self.committed.fingerprint(index) != Some(snapshot.fingerprint) {
            let why =
                format!("{id} has a snapshot up to entry {index}, which is not what was committed");
            return broken(SNAPSHOT, why);
        }
        self.replay(index);
        if Store::from_items(&snapshot.items) == self.replayed.1 {
            return Ok(());
        }
        let why =
            format!("the snapshot of {id} up to entry {index} is not the state after that entry");
        broken(SNAPSHOT, why)
    }

    /// Carries out the committed entries up to `index`, each request once.
    fn replay(&mut self, index: Index) {
        if self.replayed.0 > index {
            self.replayed = Default::default();
        }
        let (mut at, mut store) = std::mem::take(&mut self.replayed);
        while at < index {
            at = at.next();
            let Some(Entry { payload: Payload::Command { command, request }, .. }) =
                self.committed.get(at)
            else {
                continue;
            };
            if request.is_none_or(|request| store.known(request) == Known::New) {
                store.carry_out(command, request);
            }
        }
        self.replayed = (at, store);
    }
}
