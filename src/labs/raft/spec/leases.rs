//! What must hold of leases and of the reads that rest on them (dissertation §6.4.1).

use crate::labs::raft::config::Reads;
use crate::labs::raft::node::{Part, Server};
use crate::sim::{NodeId, World};

use super::{LEASE_FRESH, ONE_LEASE, RaftSpec, Verdict, broken, place};

impl RaftSpec {
    pub(super) fn check_leases(
        &mut self,
        id: NodeId,
        server: &Server,
        world: &World<Part>,
    ) -> Verdict {
        if world.config().reads != Reads::Lease {
            return Ok(());
        }
        let seen = &mut self.servers[place(id)];
        let has_read = server.lease_reads > seen.lease_reads;
        seen.lease_reads = server.lease_reads;
        if has_read && server.applied < self.committed.last_index() {
            let (applied, committed) = (server.applied, self.committed.last_index());
            return broken(
                LEASE_FRESH,
                format!("{id} answers by its lease from entry {applied}; {committed} is committed"),
            );
        }
        if !holds_lease(id, server, world) {
            return Ok(());
        }
        let others = world.living().filter(|(other, _)| *other != id);
        let holders = others.filter_map(|(other, part)| Some((other, part.server()?)));
        match holders.into_iter().find(|(other, server)| holds_lease(*other, server, world)) {
            Some((other, _)) => broken(ONE_LEASE, format!("{id} and {other} both hold a lease")),
            None => Ok(()),
        }
    }
}

/// Whether a server takes it for certain, by its own clock, that nobody else leads.
fn holds_lease(id: NodeId, server: &Server, world: &World<Part>) -> bool {
    let until = server.lease_until();
    until.is_some_and(|until| world.clock(id).is_some_and(|now| now < until))
}
