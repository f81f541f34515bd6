//! The monitor as the course prints it, flaws included.
//!
//! What the print leaves undefined, and what stands in for it here:
//!
//! * `time.time()` is the monitor's clock, less what the fault `clock-back` took away.
//! * `initiate_recovery` tells the spare to take over (m1 only), and returns after `recovery_ms`. It runs in
//!   the loop's own thread, so the loop waits for it.
//! * Who calls `receive_heartbeat` is left open: here it is a thread of its own, so a heartbeat is taken
//!   while the loop is blocked. The counters have no lock (the fault `race`).
//! * An exception ends the loop, as it ends a thread in Python.

use crate::labs::detection::beat::Beat;
use crate::labs::detection::pairs::Verdict;
use crate::sim::{Cx, NodeId, Span, Time, exactly};

use super::message::{Fault, Msg, Timer};
use super::node::{Part, SPARE};
use super::rules::Rule;

/// A `HeartbeatMonitor` object.
#[derive(Clone, Debug)]
pub struct Printed {
    pub me: NodeId,
    /// `self.nodes`
    pub nodes: Vec<NodeId>,
    /// The keys of `last_heartbeat` and `failure_count`, with their values.
    pub entries: Vec<Entry>,
    /// What ended the loop.
    pub ended: Option<&'static str>,
    /// Where the loop stands while `initiate_recovery` blocks it: the next node, and `current_time`.
    blocked: Option<(usize, i64)>,
    /// How far the wall clock was set back.
    back: Span,
    /// The next late heartbeat comes while the loop uses its counter (the fault `race`).
    race: bool,
}

/// What the print knows of one node.
#[derive(Clone, Debug)]
pub struct Entry {
    pub node: NodeId,
    /// On the wall clock, in microseconds.
    pub last_heartbeat: i64,
    pub failure_count: u64,
    /// Whether it is taken for failed: the count has reached the threshold.
    pub suspected: bool,
    /// The last heartbeat that came, for those who check; the print does not look at it.
    pub came: Option<Beat>,
    /// When it came, by the monotonic clock. The print does not look at that either.
    pub came_at: Time,
}

impl Printed {
    /// `__init__` and the first lines of `start_monitoring`.
    pub fn start(cx: &mut Cx<'_, Part>) -> Printed {
        let (me, now) = (cx.me(), cx.now());
        let listed = cx.all('n').len().saturating_sub(cx.config().unlisted as usize);
        let nodes = cx.all('n')[..listed].to_vec();
        let entry = |&node: &NodeId| Entry {
            node,
            last_heartbeat: now.0 as i64,
            failure_count: 0,
            suspected: false,
            came: None,
            came_at: now,
        };
        let entries = nodes.iter().map(entry).collect();
        cx.fire(Rule::BeginListening, || format!("{me} has heard of nobody yet"));
        cx.set_timer(Timer::Tick, exactly(cx.config().interval));
        let (ended, blocked, back, race) = (None, None, Span::ZERO, false);
        Printed { me, nodes, entries, ended, blocked, back, race }
    }

    pub fn of(&self, node: NodeId) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.node == node)
    }

    pub fn add(&mut self, node: NodeId, cx: &mut Cx<'_, Part>) {
        cx.fire(Rule::PrintedAdd, || format!("self.nodes.append({node}), and nothing else"));
        self.nodes.push(node);
    }

    pub fn suffer(&mut self, fault: Fault, cx: &mut Cx<'_, Part>) {
        match fault {
            Fault::ClockBack(span) => {
                self.back += span;
                cx.fire(Rule::PrintedClockBack, || {
                    format!("time.time() is {span} less than before")
                });
            }
            Fault::Race => {
                self.race = true;
                cx.fire(Rule::PrintedRace, || {
                    "the loop is reading a counter while a heartbeat is about to come".into()
                });
            }
        }
    }

    /// `receive_heartbeat`
    pub fn receive_heartbeat(&mut self, from: NodeId, beat: Beat, cx: &mut Cx<'_, Part>) {
        let (time, now) = (self.time(cx), cx.now());
        if self.of(from).is_none() {
            cx.fire(Rule::PrintedUnknown, || format!("{from} is not in self.nodes, and is kept"));
            self.entries.push(Entry {
                node: from,
                last_heartbeat: time,
                failure_count: 0,
                suspected: false,
                came: None,
                came_at: now,
            });
        }
        let place = self.entries.iter().position(|entry| entry.node == from);
        let entry = &mut self.entries[place.expect("it was just put there")];
        let late = time - entry.last_heartbeat > cx.config().interval.0 as i64;
        if self.race && late {
            // The loop has read both values before this heartbeat, and writes its count after it.
            self.race = false;
            (entry.came, entry.came_at) = (Some(beat), now);
            entry.last_heartbeat = time;
            cx.fire(Rule::PrintedLostReset, || {
                format!("failure_count[{from}] = 0 is overwritten by what the loop had read")
            });
            let declared = entry.count(cx);
            self.recover(declared, from, cx);
            return;
        }
        entry.last_heartbeat = time;
        entry.failure_count = 0;
        (entry.came, entry.came_at) = (Some(beat), now);
        cx.fire(Rule::PrintedReceive, || {
            format!("last_heartbeat[{from}] = now, failure_count = 0")
        });
        entry.clear(cx);
    }

    /// `check_heartbeats`, and the `time.sleep` after it.
    pub fn check_heartbeats(&mut self, cx: &mut Cx<'_, Part>) {
        let current = self.time(cx);
        self.check_from(0, current, cx);
    }

    /// `initiate_recovery` has returned, and the loop goes on with the `current_time` that it had.
    pub fn go_on(&mut self, cx: &mut Cx<'_, Part>) {
        let (place, current) = self.blocked.take().expect("it was blocked");
        cx.fire(Rule::PrintedGoesOn, || "initiate_recovery has returned".into());
        self.check_from(place, current, cx);
    }

    fn check_from(&mut self, first: usize, current: i64, cx: &mut Cx<'_, Part>) {
        let interval = cx.config().interval.0 as i64;
        for place in first..self.nodes.len() {
            let node = self.nodes[place];
            let Some(entry) = self.entries.iter_mut().find(|entry| entry.node == node) else {
                self.ended = Some("KeyError");
                return cx.fire(Rule::PrintedKeyError, || {
                    format!("last_heartbeat[{node}] raises KeyError, and the loop ends")
                });
            };
            if current - entry.last_heartbeat > interval {
                let declared = entry.count(cx);
                if self.recover(declared, node, cx) {
                    self.blocked = Some((place + 1, current));
                    return cx.set_timer(Timer::Recovered, exactly(cx.config().recovery));
                }
            } else {
                entry.failure_count = 0;
                entry.clear(cx);
            }
        }
        cx.fire(Rule::PrintedCheck, || "every node was checked".into());
        cx.set_timer(Timer::Tick, exactly(cx.config().interval));
    }

    /// `initiate_recovery`. True if it blocks.
    fn recover(&self, declared: bool, node: NodeId, cx: &mut Cx<'_, Part>) -> bool {
        if !declared {
            return false;
        }
        if self.me.number() == 1 {
            cx.fire(Rule::PrintedRecover, || format!("{SPARE} takes over from {node}, at once"));
            cx.send(SPARE, Msg::TakeOver { shard: node, token: 0 });
        }
        cx.config().recovery > Span::ZERO
    }

    fn time(&self, cx: &Cx<'_, Part>) -> i64 {
        cx.now().0 as i64 - self.back.0 as i64
    }
}

impl Entry {
    pub fn verdict(&self) -> Verdict {
        Verdict { suspected: self.suspected, newest: self.came }
    }

    /// `self.failure_count[node] += 1`. True if the node is declared failed, which it is every time.
    fn count(&mut self, cx: &mut Cx<'_, Part>) -> bool {
        self.failure_count += 1;
        let (node, count) = (self.node, self.failure_count);
        if count < cx.config().threshold {
            cx.fire(Rule::PrintedCount, || format!("failure_count[{node}] = {count}"));
            return false;
        }
        self.suspected = true;
        cx.suspect(node);
        cx.fire(Rule::Suspect, || format!("failure_count[{node}] = {count}"));
        true
    }

    fn clear(&mut self, cx: &mut Cx<'_, Part>) {
        if std::mem::take(&mut self.suspected) {
            let node = self.node;
            cx.trust(node);
            cx.fire(Rule::TrustAgain, || format!("failure_count[{node}] = 0"));
        }
    }
}
