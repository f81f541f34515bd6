//! What is checked of a server after each of its steps (Raft, Figure 3 and §5).

use crate::labs::raft::config::Changes;
use crate::labs::raft::figure4::{Extras, Place, check_change, check_own_term};
use crate::labs::raft::kv::Known;
use crate::labs::raft::log::{Entry, Index, Log, Payload, Term};
use crate::labs::raft::node::{Part, Server, Servers};
use crate::sim::world::Happening;
use crate::sim::{NodeId, World};

use super::{
    APPEND_ONLY, APPLIED_STAYS, EXACTLY_ONCE, LEADER_COMPLETENESS, LOG_MATCHING, NEVER_BACK,
    ON_A_MAJORITY, ONE_LEADER, RaftSpec, STATE_MACHINE_SAFETY, Seen, Standing, Verdict, broken,
    place,
};

impl RaftSpec {
    pub(super) fn after_server(
        &mut self,
        id: NodeId,
        server: &Server,
        world: &World<Part>,
    ) -> Verdict {
        let seen = &self.servers[place(id)];
        let standing = Standing::of(&server.role);
        let same_standing =
            seen.term == server.term() && seen.standing == standing && seen.leader == server.leader;
        let same_log = server.log().is_still(&seen.log);
        let same_progress = seen.commit == server.commit && seen.applied == server.applied;
        let leases = self.check_leases(id, server, world);
        let started = world.last().happening == Happening::Start;
        if same_standing && same_log && same_progress && !started {
            return leases;
        }
        if world.last().happening == Happening::Asked && !same_log {
            self.asked_directly(id, server);
        }
        // Every check is made, so that each sees every change; the first complaint is told.
        let mut verdict = leases;
        if !same_standing || started {
            verdict = verdict.and(self.check_term(id, server));
        }
        if !same_log {
            verdict = verdict.and(self.check_log(id, server, standing, world));
        }
        if !same_progress {
            verdict = verdict.and(check_own_term(id, server, self.servers[place(id)].commit));
            verdict = verdict.and(self.check_progress(id, server, world));
        }
        let elected = standing == Standing::Leader
            && (self.servers[place(id)].standing, self.servers[place(id)].term)
                != (Standing::Leader, server.term());
        if elected {
            verdict = verdict.and(self.check_elected(id, server));
        }
        if !same_standing && !started {
            let Seen { term, standing: was, leader, .. } = self.servers[place(id)];
            let from = Place { term, standing: was, leader };
            let to = Place { term: server.term(), standing, leader: server.leader };
            let alone = server.members.majority() == 1;
            let config = world.config();
            let resigns = config.check_quorum || config.changes != Changes::Off;
            verdict = verdict.and(check_change(id, from, to, Extras { alone, resigns }));
        }
        if server.log().base() > self.servers[place(id)].log.base() {
            verdict = verdict.and(self.check_snapshot(id, server));
        }
        self.note_election(id, server, standing, world);
        self.remember(id, server, standing, same_log);
        if !same_standing || started {
            self.look_around(world);
        }
        verdict
    }

    fn note_election(
        &mut self,
        id: NodeId,
        server: &Server,
        standing: Standing,
        world: &World<Part>,
    ) {
        let seen = &mut self.servers[place(id)];
        if standing != Standing::Candidate || server.term() <= seen.term {
            return;
        }
        self.elections += 1;
        let now = world.now();
        let shortest = world.config().election_timeout().start;
        if seen.stood_at.is_some_and(|before| now.since(before) < shortest) {
            self.hasty_at = Some(now);
        }
        seen.stood_at = Some(now);
    }

    fn remember(&mut self, id: NodeId, server: &Server, standing: Standing, same_log: bool) {
        let seen = &mut self.servers[place(id)];
        seen.term = server.term();
        seen.standing = standing;
        seen.leader = server.leader;
        seen.commit = server.commit;
        seen.applied = server.applied;
        seen.members = server.members;
        if !same_log {
            seen.log = server.log().clone();
        }
    }

    fn check_term(&self, id: NodeId, server: &Server) -> Verdict {
        let seen = &self.servers[place(id)];
        if server.term() < seen.term {
            let (old, new) = (seen.term, server.term());
            return broken(NEVER_BACK, format!("{id} went from term {old} back to term {new}"));
        }
        Ok(())
    }

    /// Election Safety and Leader Completeness (Raft, Figure 3), when a server becomes leader.
    fn check_elected(&mut self, id: NodeId, server: &Server) -> Verdict {
        let term = server.term();
        let (place, leader) = self.leader_of(term);
        if let Some(other) = leader {
            if other != id {
                let why = format!("{other} and {id} were both elected in term {term}");
                return broken(ONE_LEADER, why);
            }
            return Ok(());
        }
        self.leaders.insert(place, (term, id));
        let up_to = self.committed_before(term);
        self.check_complete(id, server.log(), term, up_to)
    }

    fn check_complete(&self, id: NodeId, log: &Log, term: Term, up_to: Index) -> Verdict {
        if log.agrees(&self.committed, up_to) {
            return Ok(());
        }
        let lacks = self.first_difference(log, up_to);
        let entry = self.committed.get(lacks);
        let what = entry.map_or(String::new(), |entry| format!(" ({})", entry.payload));
        broken(
            LEADER_COMPLETENESS,
            format!(
                "{id} leads term {term} without entry {lacks}{what}, which was committed before"
            ),
        )
    }

    /// Up to where entries were committed in terms before this one.
    fn committed_before(&self, term: Term) -> Index {
        let runs = self.committed_in.iter().rev();
        let before = runs.into_iter().find(|(in_term, _)| *in_term < term);
        before.map_or(Index(0), |(_, up_to)| *up_to)
    }

    fn check_log(
        &self,
        id: NodeId,
        server: &Server,
        standing: Standing,
        world: &World<Part>,
    ) -> Verdict {
        let seen = &self.servers[place(id)];
        let log = server.log();
        if log.base() > seen.log.last_index() {
            // A snapshot took the place of the whole log; what it stands for is checked by itself.
            return self.check_matching(id, log, log.base().next());
        }
        if log.extends(&seen.log) {
            return self.check_matching(id, log, seen.log.last_index().next());
        }
        let lost = first_difference(log, &seen.log, seen.log.last_index());
        let leads = |standing| standing == Standing::Leader;
        let append_only = if leads(seen.standing) && leads(standing) && seen.term == server.term() {
            let why = format!("{id} changed entry {lost} of its own log while it led");
            broken(APPEND_ONLY, why)
        } else {
            Ok(())
        };
        let applied = if lost <= seen.applied {
            let why = format!("{id} changed entry {lost}, which it had applied");
            broken(APPLIED_STAYS, why)
        } else {
            Ok(())
        };
        append_only
            .and(applied)
            .and(self.check_majority(world))
            .and(self.check_matching(id, log, lost))
    }

    /// The Log Matching Property (Raft, Figure 3): compares the entries from `first` on with those
    /// of every other server. What comes before was compared when it came.
    fn check_matching(&self, id: NodeId, log: &Log, first: Index) -> Verdict {
        for other in self.servers.iter().filter(|other| other.id != id) {
            let mut at = log.last_index().min(other.log.last_index());
            while at >= first && log.term(at) != other.log.term(at) {
                at = at.before();
            }
            if at >= first && log.fingerprint(at) != other.log.fingerprint(at) {
                let differs = first_difference(log, &other.log, at);
                let (at_term, other) = (log.term(at).unwrap_or_default(), other.id);
                return broken(
                    LOG_MATCHING,
                    format!(
                        "{id} and {other} agree on entry {at} of term {at_term}, but not on entry {differs}"
                    ),
                );
            }
        }
        Ok(())
    }

    fn check_progress(&mut self, id: NodeId, server: &Server, world: &World<Part>) -> Verdict {
        let Seen { commit, applied, .. } = self.servers[place(id)];
        if server.commit < commit {
            let why = format!("{id} took entry {commit} for committed, now only {}", server.commit);
            return broken(NEVER_BACK, why);
        }
        let known = server.applied.min(self.committed.last_index());
        // A step may commit and compact at once.
        let log = server.log().uncompacted();
        if known > applied && !log.agrees(&self.committed, known) {
            let differs = self.first_difference(&log, known);
            let text = |log: &Log| log.get(differs).map_or("nothing".into(), |e| entry_text(&e));
            let (mine, theirs) = (text(&log), text(&self.committed));
            return broken(
                STATE_MACHINE_SAFETY,
                format!(
                    "{id} applied {mine} as entry {differs}, where {theirs} was applied before"
                ),
            );
        }
        if server.applied > self.committed.last_index() {
            self.take_committed(server);
            self.check_later_leaders(server.term())?;
            // By the cluster that the server knew before this step, or by one that it has just appended.
            let before = std::mem::replace(&mut self.cluster, self.servers[place(id)].members);
            if self.check_majority(world).is_err() {
                self.cluster = server.members;
                self.check_majority(world).inspect_err(|_| self.cluster = before)?;
            }
        }
        self.check_effects(id, server)
    }

    /// Takes over the entries that this server is the first to commit.
    fn take_committed(&mut self, server: &Server) {
        let log = server.log().uncompacted();
        while self.committed.last_index() < server.applied {
            let next = self.committed.last_index().next();
            let Some(entry) = log.get(next) else { break };
            self.committed.push(entry);
            self.end_direct(next, entry);
            if let Payload::Command { command, request } = entry.payload
                && request.is_none_or(|request| self.reference.known(request) == Known::New)
            {
                self.reference.carry_out(command, request);
            }
        }
        let up_to = self.committed.last_index();
        let mut term = server.term();
        if let Some(&(last, _)) = self.committed_in.last()
            && last >= term
        {
            term = last;
            self.committed_in.pop();
        }
        self.committed_in.push((term, up_to));
    }

    /// What is committed in a term must be in the logs of leaders that later terms have already.
    fn check_later_leaders(&self, term: Term) -> Verdict {
        let up_to = self.committed.last_index();
        let later = |seen: &&Seen| seen.standing == Standing::Leader && seen.term > term;
        self.servers
            .iter()
            .filter(later)
            .try_for_each(|seen| self.check_complete(seen.id, &seen.log, seen.term, up_to))
    }

    /// What is committed is on the disks of a majority, whoever has crashed since.
    pub(super) fn check_majority(&self, world: &World<Part>) -> Verdict {
        let up_to = self.committed.last_index();
        let committed = self.committed.fingerprint(up_to);
        let holds = |seen: &&Seen| {
            let disk = world.durable(seen.id);
            disk.is_some_and(|disk| {
                disk.log.base() > up_to || disk.log.fingerprint(up_to) == committed
            })
        };
        let holders: Servers = self.servers.iter().filter(holds).map(|seen| seen.id).collect();
        if self.cluster.is_quorum(holders) {
            return Ok(());
        }
        let cluster = self.cluster;
        broken(
            ON_A_MAJORITY,
            format!(
                "entry {up_to} is committed, and on the disks of {holders}; the cluster is {cluster}"
            ),
        )
    }

    /// A request takes effect once, however often it stands in the log.
    fn check_effects(&self, id: NodeId, server: &Server) -> Verdict {
        let (has, should) = (server.store.effects(), self.reference.effects());
        if server.applied != self.committed.last_index() || has == should {
            return Ok(());
        }
        broken(
            EXACTLY_ONCE,
            format!(
                "{id} let {has} requests take effect; there are {should} different ones up to there"
            ),
        )
    }

    fn first_difference(&self, log: &Log, up_to: Index) -> Index {
        first_difference(log, &self.committed, up_to)
    }
}

/// The first place up to `up_to` where two logs differ. Equal beginnings have equal fingerprints, so
/// it can be found by halving.
fn first_difference(a: &Log, b: &Log, up_to: Index) -> Index {
    // What was compacted is committed; whether it is right is checked by itself.
    let (mut same, mut differs) = (a.base().max(b.base()).0, up_to.0);
    while differs > same + 1 {
        let middle = Index(same + (differs - same) / 2);
        let equal =
            a.fingerprint(middle).is_some() && a.fingerprint(middle) == b.fingerprint(middle);
        if equal { same = middle.0 } else { differs = middle.0 }
    }
    Index(differs)
}

fn entry_text(entry: &Entry) -> String {
    format!("{} of term {}", entry.payload, entry.term)
}
