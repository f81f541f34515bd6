//! Inputs: how somebody outside disturbs a world.

use std::hash::Hasher;

use crate::sim::id::FaultId;
use crate::sim::input::{Input, InputError};
use crate::sim::network::LinkSettings;
use crate::sim::sorting;
use crate::sim::time::Time;
use crate::sim::trace::{Cause, Change};
use crate::sim::view::{Condition, Fate};

use super::Happening;
use super::check::{Checked, Tamper};
use super::core::{Altered, Clock, Core, Flight};
use super::nodes::{Call, Nodes};
use super::queue::What;

impl Core {
    /// Disturbs the world now. One step, like an event; recorded if `recording`.
    pub fn apply(
        &mut self,
        nodes: &mut dyn Nodes,
        input: &Input,
        recording: bool,
    ) -> Result<(), InputError> {
        let checked = self.check(nodes, input)?;
        let slot = input.node().and_then(|node| self.roster.slot(node));
        let harms = input.is_fault() && !self.only_mends(&checked);
        let fault = harms.then(|| self.ledger.next_id());
        let cause = recording.then(|| {
            let place = input.message().and_then(|msg| self.flights.find(msg));
            let found = place.and_then(|place| Some((place, self.flights.get(place)?)));
            let message = found.map(|(place, flight)| flight.envelope(place, nodes));
            Cause::Input { input: input.clone(), fault, message }
        });
        let happening = match &checked {
            Checked::Restart(_) => Happening::Start,
            Checked::Timer(..) => Happening::Timer,
            Checked::Ask(_) | Checked::Fault(_) => Happening::Asked,
            _ => Happening::Disturbed,
        };
        self.begin(nodes, slot, happening, None, cause);
        self.digest.write(input.to_string().as_bytes());
        if fault.is_some() {
            let moment = self.moment();
            self.ledger.introduce(input.to_string(), moment);
        }
        self.carry_out(nodes, checked, fault);
        self.refresh_queue();
        Ok(())
    }

    /// Whether an input that could do harm does none here: a partition that heals, or a link that gets
    /// its usual settings again.
    fn only_mends(&self, checked: &Checked) -> bool {
        match checked {
            Checked::Rewire(cut, _) => cut.is_empty(),
            Checked::Link(_, _, settings) => *settings == self.default_link,
            _ => false,
        }
    }

    fn carry_out(&mut self, nodes: &mut dyn Nodes, checked: Checked, fault: Option<FaultId>) {
        match checked {
            Checked::Crash(slot) => self.crash(nodes, slot, fault),
            Checked::Restart(slot) => self.restart(nodes, slot),
            Checked::Wipe(slot) => {
                nodes.wipe(slot);
                self.slots[slot].wiped_by = fault;
                self.note_change("disk", "as saved", "empty");
            }
            Checked::Pause(slot) => {
                self.slots[slot].down_by = fault;
                self.set_condition(slot, Condition::Paused);
            }
            Checked::Resume(slot) => self.resume(slot),
            Checked::Slow(slot, span) => {
                self.slots[slot].slow = span;
                let old = std::mem::replace(&mut self.slots[slot].slow_by, fault);
                self.end_fault(old);
            }
            Checked::SlowDisk(slot, span) => {
                self.slots[slot].slow_disk = span;
                let old = std::mem::replace(&mut self.slots[slot].slow_disk_by, fault);
                self.end_fault(old);
            }
            Checked::Skew(slot, ppm) => {
                self.skew(slot, ppm);
                let old = std::mem::replace(&mut self.slots[slot].skew_by, fault);
                self.end_fault(old);
            }
            Checked::Rewire(cut, mend) => self.rewire(&cut, &mend, fault),
            Checked::HealAll => self.heal_all(),
            Checked::Link(from, to, settings) => self.alter(from, to, settings, fault),
            Checked::Message(place, tamper) => self.tamper(nodes, place, tamper, fault),
            Checked::Timer(slot, place) => self.fire(nodes, slot, place),
            Checked::Ask(slot) => {
                self.call(nodes, slot, Call::Asked);
                if !nodes.ails(slot) {
                    let mended = self.slots[slot].ails_by.take();
                    self.end_fault(mended);
                }
            }
            Checked::Fault(slot) => {
                if let Some(fault) = fault {
                    let how = || "it took effect at once".into();
                    self.ledger.activate(fault, self.moment(), &how);
                }
                self.call(nodes, slot, Call::Asked);
                let lasts = nodes.ails(slot);
                let before =
                    std::mem::replace(&mut self.slots[slot].ails_by, fault.filter(|_| lasts));
                self.end_fault(before);
                if !lasts {
                    self.end_fault(fault);
                }
            }
            Checked::Set => nodes.configure(),
        }
    }

    fn crash(&mut self, nodes: &mut dyn Nodes, slot: usize, fault: Option<FaultId>) {
        let paused_by = std::mem::replace(&mut self.slots[slot].down_by, fault);
        self.end_fault(paused_by);
        let ailed_by = self.slots[slot].ails_by.take();
        self.end_fault(ailed_by);
        let had_timers = !self.slots[slot].timers.is_empty();
        let this = &mut self.slots[slot];
        this.timers.clear();
        nodes.forget_timers(slot);
        this.suspects.clear();
        this.busy_until = self.now;
        // Whatever waited at it now finds it down.
        let waiting = std::mem::take(&mut this.waiting);
        self.set_condition(slot, Condition::Down);
        self.requeue(waiting);
        self.recall(nodes, slot);
        if let (true, Some(fault)) = (had_timers, fault) {
            let moment = self.moment();
            self.ledger.activate(fault, moment, &|| "its pending work is gone".into());
        }
    }

    /// What a slow node has not sent yet when it crashes is never sent.
    fn recall(&mut self, nodes: &mut dyn Nodes, slot: usize) {
        let now = self.now;
        for place in 0..self.flights.places() {
            let leaves_later =
                |flight: &Flight| usize::from(flight.from_slot) == slot && flight.sent_at > now;
            if self.flights.get(place).is_some_and(leaves_later) {
                let flight = self.flights.take(place);
                nodes.forget_message(place);
                self.end_tampering(&flight);
            }
        }
    }

    fn restart(&mut self, nodes: &mut dyn Nodes, slot: usize) {
        let id = self.slots[slot].id;
        let crashed_by = self.slots[slot].down_by.take();
        self.slots[slot].excuse = crashed_by.map(|fault| (fault, self.now));
        self.end_fault(crashed_by);
        if let Some(wiped) = self.slots[slot].wiped_by.take() {
            let moment = self.moment();
            self.ledger.activate(wiped, moment, &|| format!("{id} starts with an empty disk"));
            self.end_fault(Some(wiped));
        }
        self.set_condition(slot, Condition::Up);
        self.slots[slot].busy_until = self.now;
        self.call(nodes, slot, Call::Start);
    }

    fn resume(&mut self, slot: usize) {
        let paused_by = self.slots[slot].down_by.take();
        self.slots[slot].excuse = paused_by.map(|fault| (fault, self.now));
        self.end_fault(paused_by);
        self.set_condition(slot, Condition::Up);
        let waiting = std::mem::take(&mut self.slots[slot].waiting);
        self.requeue(waiting);
    }

    /// Lets what waited at a node happen now, in the order in which it came.
    fn requeue(&mut self, waiting: Vec<(What, u64)>) {
        for (what, seq) in waiting {
            let new_seq = self.queue.push(self.now, what);
            match what {
                What::Start(_) => {}
                What::Timer(slot) => {
                    let timers = &mut self.slots[usize::from(slot)].timers;
                    if let Some(pending) = timers.iter_mut().find(|pending| pending.seq == seq) {
                        (pending.due, pending.seq) = (self.now, new_seq);
                        pending.event = (self.now, new_seq);
                    }
                }
                What::Deliver(place) => {
                    let flight = self.flights.get_mut(place).expect("it waited there");
                    flight.fate = Fate::Travelling;
                    (flight.arrives_at, flight.seq) = (self.now, new_seq);
                }
            }
        }
    }

    /// Changes how fast a clock runs. Pending timers are waits on that clock, so they move too.
    fn skew(&mut self, slot: usize, ppm: i32) {
        let now = self.now;
        let this = &mut self.slots[slot];
        let old = this.clock;
        this.clock = Clock { ppm, local: old.at(now), global: now };
        let waits = |seq| this.waiting.iter().any(|(_, waiting)| *waiting == seq);
        for pending in this.timers.iter_mut().filter(|pending| !waits(pending.seq)) {
            let left = pending.due.since(now);
            let local = Clock { ppm: old.ppm, local: now, global: now }.at(now + left).since(now);
            pending.due = now + this.clock.global_span(local);
            pending.seq = self.queue.push(pending.due, What::Timer(slot as u16));
            pending.event = (pending.due, pending.seq);
        }
    }

    fn rewire(&mut self, cut: &[(usize, usize)], mend: &[(usize, usize)], fault: Option<FaultId>) {
        let mut mended = Vec::new();
        for &(from, to) in mend {
            let link = self.link(from, to);
            mended.extend(self.links[link].cut_by.take());
        }
        for &(from, to) in cut {
            let link = self.link(from, to);
            self.links[link].cut_by = fault;
        }
        self.end_gone(mended);
    }

    fn heal_all(&mut self) {
        let mut over = Vec::new();
        for link in &mut self.links {
            over.extend(link.cut_by.take());
            link.altered = false;
        }
        over.extend(self.altered.iter().map(|altered| altered.fault));
        self.altered.clear();
        self.end_gone(over);
    }

    fn alter(&mut self, from: usize, to: usize, settings: LinkSettings, fault: Option<FaultId>) {
        let link = self.link(from, to);
        let place = self.altered_place(link);
        let before = place.ok().map(|place| self.altered.remove(place).fault);
        self.links[link].altered = settings != self.default_link;
        if let Some(fault) = fault {
            let place = place.unwrap_or_else(|place| place);
            self.altered.insert(place, Altered { link, settings, fault });
        }
        self.end_gone(before.into_iter().collect());
    }

    fn tamper(
        &mut self,
        nodes: &mut dyn Nodes,
        place: u32,
        tamper: Tamper,
        fault: Option<FaultId>,
    ) {
        let arrives_at = self.flights.get(place).expect("it was checked").arrives_at;
        match tamper {
            Tamper::Drop => self.set_fate(place, Fate::Dropped, fault),
            Tamper::Corrupt => self.set_fate(place, Fate::Corrupted, fault),
            Tamper::Delay(span) => self.reschedule(place, arrives_at + span, fault),
            Tamper::Hurry => self.reschedule(place, self.now, None),
            Tamper::Duplicate => {
                let copy = self.duplicate(place, fault);
                nodes.copy_message(self, place, copy);
            }
        }
    }

    fn set_fate(&mut self, place: u32, fate: Fate, fault: Option<FaultId>) {
        let flight = self.flights.get_mut(place).expect("it was checked");
        let before = (flight.fault, flight.tampered);
        (flight.fate, flight.fault, flight.tampered) = (fate, fault, true);
        self.supersede(before);
    }

    /// What was done to a message before is over when something else is done to it.
    fn supersede(&mut self, (fault, tampered): (Option<FaultId>, bool)) {
        if tampered {
            self.end_fault(fault);
        }
    }

    fn reschedule(&mut self, place: u32, time: Time, fault: Option<FaultId>) {
        let time = time.max(self.now);
        let seq = self.queue.push(time, What::Deliver(place));
        let flight = self.flights.get_mut(place).expect("it was checked");
        (flight.arrives_at, flight.seq) = (time, seq);
        if fault.is_none() {
            return;
        }
        let before = (flight.fault, flight.tampered);
        if flight.fate == Fate::Travelling {
            (flight.fault, flight.tampered) = (fault, true);
            self.supersede(before);
        } else {
            // It will not be read, late or not.
            self.end_fault(fault);
        }
    }

    // ---- small things ----

    fn set_condition(&mut self, slot: usize, condition: Condition) {
        let old = std::mem::replace(&mut self.slots[slot].condition, condition);
        self.note_change("condition", old.word(), condition.word());
    }

    fn note_change(&mut self, field: &'static str, old: &'static str, new: &'static str) {
        if let Some(record) = &mut self.record {
            let (old, new) = (old.into(), new.into());
            record.changes.push(Change { field, old, new, notable: true });
        }
    }

    fn end_fault(&mut self, fault: Option<FaultId>) {
        if let Some(fault) = fault {
            let moment = self.moment();
            self.ledger.end(fault, moment);
        }
    }

    /// Ends those of these faults of which nothing is left on any link.
    fn end_gone(&mut self, mut faults: Vec<FaultId>) {
        sorting::sort(&mut faults);
        faults.dedup();
        for fault in faults {
            let cut = self.links.iter().any(|link| link.cut_by == Some(fault));
            if !cut && !self.altered.iter().any(|altered| altered.fault == fault) {
                self.end_fault(Some(fault));
            }
        }
    }
}
