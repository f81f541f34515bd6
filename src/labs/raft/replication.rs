//! Log replication (Raft §5.3, §5.4.2; Figure 2, "AppendEntries RPC" and "Rules for Servers").

use crate::labs::detection::watch::Watch;
use crate::sim::{Cx, NodeId, exactly, sorting};

use super::config::Flaw;
use super::log::{Entry, Index, Payload, Position, Term};
use super::message::{AppendEntries, AppendEntriesReply, Appended, Conflict, Msg};
use super::node::{Durable, Leading, Part, Progress, Role, Server, Servers, Timer};
use super::rules::Rule;

// ---- the leader ----

impl Server {
    /// "Repeat during idle periods to prevent election timeouts" (Figure 2, leaders). A heartbeat
    /// takes along what the follower has not acknowledged yet, which is how a lost message is
    /// repeated: "servers retry RPCs if they do not receive a response in a timely manner" (§5.1).
    pub(super) fn on_heartbeat_due(&mut self, cx: &mut Cx<'_, Part>) {
        if !self.resign_if_alone(cx) {
            self.abort_late_transfer(cx);
            self.give_up_late_change(cx);
            self.send_heartbeats(cx);
        }
    }

    pub(super) fn send_heartbeats(&mut self, cx: &mut Cx<'_, Part>) {
        let term = self.disk.term;
        cx.fire(Rule::SendHeartbeats, || format!("I lead term {term}"));
        self.send_to_all(cx);
        cx.set_timer(Timer::Heartbeat, exactly(cx.config().heartbeat));
    }

    /// Puts an entry into the leader's own log and on its way (Figure 2, leaders: "append entry to
    /// local log").
    pub(super) fn replicate(&mut self, entry: Entry, cx: &mut Cx<'_, Part>) {
        self.disk.log.push(entry);
        self.save(cx);
        let last = self.disk.log.last_index();
        cx.fire(Rule::SendEntries, || format!("my log now ends with entry {last}"));
        self.begin_round(cx);
        let Role::Leader { followers, leading } = &mut self.role else { return };
        for follower in followers {
            if lacks_compacted(follower, &self.disk) {
                // A chunk is on its way, or goes with the next heartbeat.
            } else if has_room(follower, cx) {
                send_append(follower, leading, &self.disk, self.commit, cx);
            } else {
                tell_full_window(follower, cx);
            }
        }
        self.commit_if_alone(cx);
    }

    /// A round of messages to all followers.
    pub(super) fn send_to_all(&mut self, cx: &mut Cx<'_, Part>) {
        self.begin_round(cx);
        let mut behind = Servers::default();
        let Role::Leader { followers, leading } = &mut self.role else { return };
        for follower in followers {
            if lacks_compacted(follower, &self.disk) {
                behind.insert(follower.id);
            } else {
                send_append(follower, leading, &self.disk, self.commit, cx);
            }
        }
        for follower in behind.iter() {
            self.send_chunk(follower, cx);
        }
    }

    pub(super) fn on_append_entries_reply(
        &mut self,
        from: NodeId,
        reply: AppendEntriesReply,
        cx: &mut Cx<'_, Part>,
    ) {
        let term = self.disk.term;
        if reply.term == term {
            self.note_answer(from, reply.stamp, cx);
        }
        let role = self.role.word();
        let progress = match &mut self.role {
            Role::Leader { followers, .. } if reply.term == term => {
                followers.iter_mut().find(|follower| follower.id == from)
            }
            Role::Leader { .. }
            | Role::Candidate { .. }
            | Role::PreCandidate { .. }
            | Role::Follower => None,
        };
        match (progress, reply.outcome) {
            (Some(progress), Appended::Matches(index)) if index > progress.matched => {
                progress.matched = index;
                progress.probing = false;
                progress.next = progress.next.max(index.next());
                if progress.next > self.disk.log.base() {
                    progress.chunk = None;
                }
                let next = progress.next;
                cx.fire(Rule::AdvanceMatch, || {
                    format!("the log of {from} equals mine up to {index}; next is {next}")
                });
                self.send_what_is_left(from, cx);
                self.advance_commit(index, cx);
                self.go_on_with_transfer(cx);
                self.go_on_with_change(cx);
            }
            (Some(progress), Appended::Matches(_)) => {
                progress.probing = false;
                let matched = progress.matched;
                cx.fire(Rule::ConfirmMatch, || {
                    format!("I knew that the log of {from} equals mine up to {matched}")
                });
            }
            (Some(progress), Appended::Conflict(conflict)) if is_news(progress, conflict, cx) => {
                self.back_up(from, conflict, cx);
            }
            (Some(progress), Appended::Conflict(Conflict { prev, .. })) => {
                let next = progress.next;
                cx.fire(Rule::IgnoreReply, || {
                    format!("it is about entry {prev}, and I am at {next} with {from} by now")
                });
            }
            (None, _) | (Some(_), Appended::Stale) => cx.fire(Rule::IgnoreReply, || {
                format!("it is of term {}; I am {role} in term {term}", reply.term)
            }),
        }
    }

    /// "If AppendEntries fails because of log inconsistency: decrement nextIndex and retry" (Figure
    /// 2), by whole terms (§5.3): if the leader has entries of the follower's term, it goes on after
    /// the last of them, else at the beginning of that term.
    fn back_up(&mut self, from: NodeId, conflict: Conflict, cx: &mut Cx<'_, Part>) {
        let Role::Leader { followers, leading } = &mut self.role else { return };
        let Some(progress) = followers.iter_mut().find(|follower| follower.id == from) else {
            return;
        };
        let log = &self.disk.log;
        let shared = conflict.term.and_then(|term| log.last_of_term(term, conflict.prev));
        let next = shared.map_or(conflict.first, Index::next);
        let old = progress.next;
        progress.next = next.min(conflict.prev).max(progress.matched.next());
        progress.probing = true;
        let next = progress.next;
        cx.fire(Rule::BackUp, || match conflict.term {
            None => format!("the log of {from} ends before {}: {old} → {next}", conflict.first),
            Some(term) => {
                let prev = conflict.prev;
                format!("entry {prev} of {from} is of term {term}: {old} → {next}")
            }
        });
        if lacks_compacted(progress, &self.disk) {
            return self.send_chunk(from, cx);
        }
        send_append(progress, leading, &self.disk, self.commit, cx);
    }

    /// Sends a follower the entries that no message has taken along yet.
    pub(super) fn send_what_is_left(&mut self, to: NodeId, cx: &mut Cx<'_, Part>) {
        let last = self.disk.log.last_index();
        let Role::Leader { followers, leading } = &mut self.role else { return };
        let Some(progress) = followers.iter_mut().find(|follower| follower.id == to) else {
            return;
        };
        if lacks_compacted(progress, &self.disk) {
            return self.send_chunk(to, cx);
        }
        if progress.sent.max(progress.matched) >= last {
            return;
        }
        let next = progress.next;
        cx.fire(Rule::SendEntries, || format!("{to} lacks {}", span_of(next, last)));
        send_append(progress, leading, &self.disk, self.commit, cx);
        // With pipelining as many messages as the window allows.
        while pipelines(progress, cx) && progress.next <= last && has_room(progress, cx) {
            send_append(progress, leading, &self.disk, self.commit, cx);
        }
    }

    /// "If there exists an N such that N > commitIndex, a majority of matchIndex[i] ≥ N, and
    /// log[N].term == currentTerm: set commitIndex = N" (Figure 2, leaders). `acked` is the match
    /// index that has just moved.
    pub(super) fn advance_commit(&mut self, acked: Index, cx: &mut Cx<'_, Part>) {
        if acked <= self.commit {
            return;
        }
        let quorum = self.commit_quorum(cx);
        let replicated = self.held_by_majority(quorum, cx);
        let term = self.disk.term;
        if replicated <= self.commit {
            cx.fire(Rule::WaitForMajority, || {
                let holders = self.holders(acked);
                let needed = match self.members.is_joint() {
                    true => self.members.needed(),
                    false => format!("{quorum} are a majority"),
                };
                format!("entry {acked} is on {holders} servers; {needed}")
            });
            return;
        }
        let of = self.disk.log.term(replicated);
        if of != Some(term) && !cx.config().has(Flaw::CountOldTerms) {
            cx.fire(Rule::HoldOldTerm, || {
                let of = of.unwrap_or_default();
                format!("entry {replicated} is on a majority, but of term {of} < {term}")
            });
            return;
        }
        cx.fire(Rule::Commit, || {
            let holders = self.holders(replicated);
            format!("entry {replicated} of term {} is on {holders} servers", of.unwrap_or_default())
        });
        self.commit_to(replicated, cx);
        self.begin_reads(cx);
        self.after_members_committed(cx);
    }

    /// A server that is a majority by itself need not wait for anybody. With the full membership
    /// counted, as it should be, that only happens in a cluster of one.
    pub(super) fn commit_if_alone(&mut self, cx: &mut Cx<'_, Part>) {
        if self.commit_quorum(cx) == 1 {
            self.advance_commit(self.disk.log.last_index(), cx);
        }
    }

    /// The last entry that a majority holds; or, if the majority is miscounted, that `quorum` servers do.
    fn held_by_majority(&self, quorum: u32, cx: &Cx<'_, Part>) -> Index {
        let last = self.disk.log.last_index();
        if !cx.config().has(Flaw::MajorityOfTheLiving) {
            return self.reached(cx, last, |follower| follower.matched);
        }
        let Role::Leader { followers, .. } = &self.role else { return Index(0) };
        let mut held: Vec<Index> = followers.iter().map(|follower| follower.matched).collect();
        held.push(last);
        sorting::sort(&mut held);
        held[held.len() - quorum as usize]
    }

    /// How far a follower's log is known to match.
    pub(super) fn matched(&self, id: NodeId) -> Index {
        let Role::Leader { followers, .. } = &self.role else { return Index(0) };
        let follower = followers.iter().find(|follower| follower.id == id);
        follower.map_or(Index(0), |follower| follower.matched)
    }

    /// How many of those that vote hold an entry, the leader among them.
    fn holders(&self, index: Index) -> usize {
        let voters = self.members.all_voters();
        let holds = |id: &NodeId| self.leader == Some(*id) || self.matched(*id) >= index;
        voters.iter().filter(holds).count()
    }
}

/// Whether a follower lacks entries that the leader has only as a snapshot.
fn lacks_compacted(to: &Progress, disk: &Durable) -> bool {
    to.chunk.is_some() || to.next <= disk.log.base()
}

/// "If last log index ≥ nextIndex for a follower: send AppendEntries RPC with log entries starting
/// at nextIndex" (Figure 2, leaders); without any if there are none.
fn send_append(
    to: &mut Progress,
    leading: &Leading,
    disk: &Durable,
    commit: Index,
    cx: &mut Cx<'_, Part>,
) {
    let index = to.next.before();
    let term = disk.log.term(index).expect("nextIndex is at most one beyond the leader's log");
    let pipelines = pipelines(to, cx);
    let count = if pipelines { room(to, cx) } else { u64::MAX };
    let entries = disk.log.entries(to.next, count.min(cx.config().batch_max));
    to.sent = Index(index.0 + entries.len());
    if pipelines {
        to.next = to.sent.next();
    }
    let prev = Position { index, term };
    let (term, stamp) = (disk.term, leading.stamp);
    cx.send(to.id, Msg::AppendEntries(AppendEntries { term, prev, entries, commit, stamp }));
}

// ---- pipelining (dissertation §10.2.1) ----

/// Whether a follower is sent entries without waiting for its answers to those before.
fn pipelines(to: &Progress, cx: &Cx<'_, Part>) -> bool {
    cx.config().pipeline && !to.probing
}

/// How many more entries may be on their way to a follower.
fn room(to: &Progress, cx: &Cx<'_, Part>) -> u64 {
    (to.matched.0 + cx.config().window).saturating_sub(to.next.before().0)
}

/// Whether new entries may be sent now; without pipelining, always.
fn has_room(to: &Progress, cx: &Cx<'_, Part>) -> bool {
    !pipelines(to, cx) || room(to, cx) > 0
}

fn tell_full_window(to: &Progress, cx: &mut Cx<'_, Part>) {
    let (id, window) = (to.id, cx.config().window);
    let first = to.matched.next();
    cx.fire(Rule::WindowFull, || {
        format!("{id} has not acknowledged entry {first}, and {window} are on their way")
    });
}

/// Whether a refusal tells something new: it is about the last message, or, with pipelining, about any
/// one on its way.
fn is_news(to: &Progress, conflict: Conflict, cx: &Cx<'_, Part>) -> bool {
    if to.chunk.is_some() {
        return false;
    }
    if pipelines(to, cx) {
        return conflict.prev > to.matched && !cx.config().has(Flaw::PipelineNeverBacksUp);
    }
    conflict.prev.next() == to.next
}

// ---- the follower ----

/// Whether a server follows the one that claims to lead.
pub(super) enum Follows {
    Yes,
    /// Its term is over.
    Stale,
    /// The server leads that term itself.
    Rival,
}

impl Server {
    /// Figure 2, AppendEntries RPC, receiver.
    pub(super) fn on_append_entries(
        &mut self,
        from: NodeId,
        request: &AppendEntries,
        cx: &mut Cx<'_, Part>,
    ) {
        match self.follow(from, request.term, cx) {
            Follows::Yes => {}
            Follows::Stale => return self.reply_append(from, request, Appended::Stale, cx),
            Follows::Rival => return,
        }
        let outcome = match self.conflict_with(request.prev, cx) {
            Some(conflict) => {
                if cx.config().has(Flaw::CommitBeyondMatch) {
                    self.follow_commit(request.commit, self.disk.log.last_index(), cx);
                }
                Appended::Conflict(conflict)
            }
            None => Appended::Matches(self.take_entries(from, request, cx)),
        };
        self.reply_append(from, request, outcome, cx);
    }

    /// Whether this is the leader of its term, which a server then follows (Figure 2, AppendEntries 1, and
    /// candidates; Figure 13, InstallSnapshot 1).
    pub(super) fn follow(&mut self, from: NodeId, term: Term, cx: &mut Cx<'_, Part>) -> Follows {
        let own = self.disk.term;
        if term < own {
            cx.fire(Rule::RefuseAppendStaleTerm, || format!("{from} leads term {term} < {own}"));
            return Follows::Stale;
        }
        match self.role {
            Role::Follower => {}
            Role::Candidate { .. } | Role::PreCandidate { .. } => {
                cx.fire(Rule::YieldToLeader, || format!("{from} leads term {own} already"));
                self.step_down(cx);
            }
            Role::Leader { .. } => {
                // Cannot happen while there is at most one leader a term; so it is not obeyed but
                // told (§5.2, Election Safety).
                cx.fire(Rule::SecondLeader, || format!("{from} leads term {own}, and so do I"));
                return Follows::Rival;
            }
        }
        if self.leader != Some(from) {
            cx.fire(Rule::FollowLeader, || format!("{from} leads term {own}"));
            self.leader = Some(from);
            self.watch = Watch::default();
        }
        self.leader_heard = Some(cx.now());
        self.hear_beat(cx);
        self.reset_election_timer(cx);
        Follows::Yes
    }

    fn reply_append(
        &self,
        to: NodeId,
        request: &AppendEntries,
        outcome: Appended,
        cx: &mut Cx<'_, Part>,
    ) {
        let (term, stamp) = (self.disk.term, request.stamp);
        let reply = AppendEntriesReply { term, outcome, stamp };
        cx.send(to, Msg::AppendEntriesReply(reply));
    }

    /// "Reply false if log doesn't contain an entry at prevLogIndex whose term matches prevLogTerm":
    /// the consistency check, by which equal logs stay equal (§5.3).
    fn conflict_with(&self, prev: Position, cx: &mut Cx<'_, Part>) -> Option<Conflict> {
        let log = &self.disk.log;
        let conflict = match log.term(prev.index) {
            Some(term) if term == prev.term => return None,
            Some(_) if cx.config().has(Flaw::NoConsistencyCheck) => return None,
            Some(term) => Conflict {
                prev: prev.index,
                term: Some(term),
                first: log.first_of_term(prev.index),
            },
            None => Conflict { prev: prev.index, term: None, first: log.last_index().next() },
        };
        cx.fire(Rule::RefuseGap, || match conflict.term {
            None => format!("entry {prev} is not in my log, which ends with {}", log.last()),
            Some(term) => {
                format!("entry {} of mine is of term {term}, not {}", prev.index, prev.term)
            }
        });
        Some(conflict)
    }

    /// Takes over what is new, and tells up to where the log is now known to equal the leader's.
    fn take_entries(
        &mut self,
        from: NodeId,
        request: &AppendEntries,
        cx: &mut Cx<'_, Part>,
    ) -> Index {
        let last_new = Index(request.prev.index.0 + request.entries.len());
        if request.entries.is_empty() {
            cx.fire(Rule::HeartbeatHeard, || {
                format!("{from} leads term {}; my log equals its up to {last_new}", request.term)
            });
        } else {
            self.append_new(request, cx);
        }
        self.follow_commit(request.commit, last_new, cx);
        last_new
    }

    /// "If an existing entry conflicts with a new one (same index but different terms), delete the
    /// existing entry and all that follow it. Append any new entries not already in the log."
    fn append_new(&mut self, request: &AppendEntries, cx: &mut Cx<'_, Part>) {
        let before = self.disk.log.last_index();
        let log = &mut self.disk.log;
        if cx.config().has(Flaw::TruncateAlways) && request.prev.index < before {
            let kept = request.prev.index;
            cx.fire(Rule::TruncateConflict, || {
                format!("only entries up to {kept} were asked about")
            });
            log.truncate(kept);
        }
        let mut first_new = None;
        let mut pushed_members = false;
        for (index, entry) in request.entries.iter() {
            match log.term(index) {
                Some(term) if term == entry.term => continue,
                Some(term) => {
                    let last = log.last_index();
                    cx.fire(Rule::TruncateConflict, || {
                        let new = entry.term;
                        format!("entry {index} was of term {term}, is of term {new}: {index} to {last} go")
                    });
                    log.truncate(index.before());
                }
                None => {}
            }
            log.push(entry);
            pushed_members |= matches!(entry.payload, Payload::Members(_));
            first_new = first_new.or(Some(index));
        }
        let last = log.last_index();
        if pushed_members
            || last < self.members_index
            || first_new.is_some_and(|it| it <= self.members_index)
        {
            self.find_members();
        }
        match first_new {
            Some(first) => {
                cx.fire(Rule::AppendEntries, || {
                    if first == last {
                        format!("entry {first}")
                    } else {
                        format!("entries {first} to {last}")
                    }
                });
                self.save(cx);
            }
            None => cx.fire(Rule::AlreadyThere, || {
                let first = request.prev.index.next();
                let last_new = Index(request.prev.index.0 + request.entries.len());
                format!("my log has {} already", span_of(first, last_new))
            }),
        }
    }

    /// "If leaderCommit > commitIndex, set commitIndex = min(leaderCommit, index of last new entry)."
    /// What comes after the last new entry may be from a leader whose entries were never committed.
    fn follow_commit(&mut self, leader_commit: Index, last_new: Index, cx: &mut Cx<'_, Part>) {
        let commit = leader_commit.min(last_new);
        if commit > self.commit {
            cx.fire(Rule::FollowCommit, || {
                format!("the leader has committed up to {leader_commit}; my log equals its up to {last_new}")
            });
            self.commit_to(commit, cx);
        }
    }
}

/// `entry 7`, `entries 7 to 9`.
fn span_of(first: Index, last: Index) -> String {
    if first == last { format!("entry {first}") } else { format!("entries {first} to {last}") }
}
