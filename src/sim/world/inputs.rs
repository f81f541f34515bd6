//! Inputs: how somebody outside disturbs a world. Each is checked first; a refused one changes
//! nothing and takes no step.

use std::hash::Hasher;
use std::rc::Rc;

use crate::sim::id::{FaultId, MsgId, NodeId};
use crate::sim::input::{DELAY_MAX, Input, InputError, SKEW_MAX_PPM};
use crate::sim::network::LinkSettings;
use crate::sim::protocol::Protocol;
use crate::sim::rng::Rng;
use crate::sim::time::Span;
use crate::sim::trace::{Cause, Change};
use crate::sim::view::{Condition, Fate};

use super::queue::What;
use super::{Altered, Call, Clock, Happening, World};

type Refusal<T> = Result<T, InputError>;

fn refuse<T>(why: impl Into<String>) -> Refusal<T> {
    Err(InputError(why.into()))
}

/// An input that was checked, with what the check found. Carrying it out cannot fail.
enum Checked<P: Protocol> {
    Crash(usize),
    Restart(usize),
    Wipe(usize),
    Pause(usize),
    Resume(usize),
    Slow(usize, Span),
    SlowDisk(usize, Span),
    Skew(usize, i32),
    /// Links to cut, and links to mend.
    Rewire(Vec<(usize, usize)>, Vec<(usize, usize)>),
    HealAll,
    Link(usize, usize, LinkSettings),
    Message(u32, Tamper),
    Timer(usize, usize),
    Call(usize, Call<P>),
    Set(Box<P::Config>),
}

enum Tamper {
    Drop,
    Duplicate,
    Delay(Span),
    Hurry,
    Corrupt,
}

impl<P: Protocol> World<P> {
    /// Disturbs the world now. One step, like an event; recorded if `recording`.
    pub fn apply(&mut self, input: &Input, recording: bool) -> Result<(), InputError> {
        let checked = self.check(input)?;
        let slot = input.node().and_then(|node| self.roster.slot(node));
        let harms = input.is_fault() && !self.only_mends(&checked);
        let fault = harms.then(|| self.ledger.next_id());
        let cause = recording.then(|| {
            let place = input.message().and_then(|msg| self.flights.find(msg));
            let flight = place.and_then(|place| self.flights.get(place));
            let message = flight.map(|flight| flight.envelope());
            Cause::Input { input: input.clone(), fault, message }
        });
        let happening = match &checked {
            Checked::Restart(_) => Happening::Start,
            Checked::Timer(slot, place) => Happening::Timer(self.slots[*slot].timers[*place].timer),
            Checked::Call(..) => Happening::Asked,
            _ => Happening::Disturbed,
        };
        self.begin(slot, happening, None, cause);
        self.digest.write(input.to_string().as_bytes());
        if fault.is_some() {
            let moment = self.moment();
            self.ledger.introduce(input.to_string(), moment);
        }
        self.carry_out_input(checked, fault);
        self.refresh_queue();
        Ok(())
    }

    /// Whether an input that could do harm does none here: a partition that heals, or a link that gets
    /// its usual settings again.
    fn only_mends(&self, checked: &Checked<P>) -> bool {
        match checked {
            Checked::Rewire(cut, _) => cut.is_empty(),
            Checked::Link(_, _, settings) => *settings == self.default_link,
            _ => false,
        }
    }

    // ---- checking ----

    fn check(&self, input: &Input) -> Refusal<Checked<P>> {
        match input {
            Input::Crash(node) => {
                let slot = self.known(*node)?;
                if self.slots[slot].condition == Condition::Down {
                    return refuse(format!("{node} is down already"));
                }
                Ok(Checked::Crash(slot))
            }
            Input::Restart(node) => Ok(Checked::Restart(self.down(*node)?)),
            Input::Wipe(node) => {
                let slot = self.down(*node)?;
                if self.slots[slot].durable == P::Durable::default() {
                    return refuse(format!("{node} has nothing on its disk"));
                }
                Ok(Checked::Wipe(slot))
            }
            Input::Pause(node) => Ok(Checked::Pause(self.up(*node)?)),
            Input::Resume(node) => {
                let slot = self.known(*node)?;
                if self.slots[slot].condition != Condition::Paused {
                    return refuse(format!("{node} is not paused"));
                }
                Ok(Checked::Resume(slot))
            }
            Input::Slow(node, span) => {
                let slot = self.known(*node)?;
                changed(*span, self.slots[slot].slow, || format!("{node} is that slow already"))?;
                Ok(Checked::Slow(slot, bounded(*span)?))
            }
            Input::SlowDisk(node, span) => {
                let slot = self.known(*node)?;
                let disk = self.slots[slot].slow_disk;
                changed(*span, disk, || format!("the disk of {node} is that slow already"))?;
                Ok(Checked::SlowDisk(slot, bounded(*span)?))
            }
            Input::Skew(node, ppm) => {
                let slot = self.known(*node)?;
                if ppm.unsigned_abs() > SKEW_MAX_PPM.unsigned_abs() {
                    return refuse(format!("a clock runs at most {SKEW_MAX_PPM} ppm off"));
                }
                let now = self.slots[slot].clock.ppm;
                changed(*ppm, now, || format!("the clock of {node} runs like that already"))?;
                Ok(Checked::Skew(slot, *ppm))
            }
            Input::Cut(from, to) => {
                let link = self.known_link(*from, *to)?;
                if self.is_cut(*from, *to) {
                    return refuse(format!("the link from {from} to {to} is cut already"));
                }
                Ok(Checked::Rewire(vec![link], Vec::new()))
            }
            Input::Heal(from, to) => {
                let link = self.known_link(*from, *to)?;
                if !self.is_cut(*from, *to) {
                    return refuse(format!("the link from {from} to {to} is not cut"));
                }
                Ok(Checked::Rewire(Vec::new(), vec![link]))
            }
            Input::HealAll => {
                let healthy = |link: &super::Link| link.cut_by.is_none() && !link.altered;
                if self.links.iter().all(healthy) {
                    return refuse("no link is cut or altered");
                }
                Ok(Checked::HealAll)
            }
            Input::Partition(groups) => self.check_partition(groups),
            Input::Link(from, to, settings) => {
                let (from_slot, to_slot) = self.known_link(*from, *to)?;
                let now = self.settings(from_slot, to_slot).0;
                changed(*settings, now, || {
                    format!("the link from {from} to {to} is like that already")
                })?;
                Ok(Checked::Link(from_slot, to_slot, *settings))
            }
            Input::Drop(msg) => self.check_message(*msg, Tamper::Drop),
            Input::Duplicate(msg) => self.check_message(*msg, Tamper::Duplicate),
            Input::Delay(msg, span) => {
                if *span == Span::ZERO {
                    return refuse("a delay of nothing changes nothing");
                }
                self.check_message(*msg, Tamper::Delay(bounded(*span)?))
            }
            Input::Hurry(msg) => self.check_message(*msg, Tamper::Hurry),
            Input::Corrupt(msg) => self.check_message(*msg, Tamper::Corrupt),
            Input::FireTimer(node, name) => self.check_timer(*node, name),
            Input::Command(node, text) => {
                let slot = self.up(*node)?;
                let command = text.parse().map_err(InputError)?;
                Ok(Checked::Call(slot, Call::Command(command)))
            }
            Input::Fault(node, text) => {
                let slot = self.up(*node)?;
                let fault = text.parse().map_err(InputError)?;
                Ok(Checked::Call(slot, Call::Fault(fault)))
            }
            Input::Set(name, value) => {
                let mut config = P::Config::clone(&self.config);
                P::set_param(&mut config, name, *value).map_err(InputError)?;
                Ok(Checked::Set(Box::new(config)))
            }
        }
    }

    fn check_partition(&self, groups: &[Vec<NodeId>]) -> Refusal<Checked<P>> {
        if groups.iter().filter(|group| !group.is_empty()).count() < 2 {
            return refuse("a partition has at least two groups: partition n1 n2 | n3");
        }
        let mut members: Vec<(usize, usize)> = Vec::new();
        for (group, nodes) in groups.iter().enumerate() {
            for &node in nodes {
                let slot = self.known(node)?;
                if members.iter().any(|&(other, _)| other == slot) {
                    return refuse(format!("{node} is in the partition twice"));
                }
                members.push((slot, group));
            }
        }
        let (mut cut, mut mend) = (Vec::new(), Vec::new());
        for &(from, from_group) in &members {
            for &(to, to_group) in members.iter().filter(|&&(to, _)| to != from) {
                let is_cut = self.links[self.link(from, to)].cut_by.is_some();
                match (from_group == to_group, is_cut) {
                    (true, true) => mend.push((from, to)),
                    (false, false) => cut.push((from, to)),
                    (true, false) | (false, true) => {}
                }
            }
        }
        if cut.is_empty() && mend.is_empty() {
            return refuse("the network is partitioned like that already");
        }
        Ok(Checked::Rewire(cut, mend))
    }

    fn check_message(&self, msg: MsgId, tamper: Tamper) -> Refusal<Checked<P>> {
        let Some(place) = self.flights.find(msg) else {
            return refuse(if msg.0 >= self.next_msg || msg.0 == 0 {
                format!("{msg} has not been sent yet")
            } else {
                format!("{msg} is no longer on its way")
            });
        };
        let flight = self.flights.get(place).expect("it was just found");
        match (flight.fate, &tamper) {
            (Fate::Waiting, _) => refuse(format!("{msg} has arrived and waits at {}", flight.to)),
            (Fate::Dropped, Tamper::Drop) => refuse(format!("{msg} is dropped already")),
            (Fate::Dropped | Fate::Lost | Fate::Cut | Fate::Overflow, _) => {
                refuse(format!("{msg} will not arrive, whatever is done to it"))
            }
            (Fate::Corrupted, Tamper::Corrupt) => refuse(format!("{msg} is damaged already")),
            _ => Ok(Checked::Message(place, tamper)),
        }
    }

    fn check_timer(&self, node: NodeId, name: &str) -> Refusal<Checked<P>> {
        let slot = self.up(node)?;
        let timers = &self.slots[slot].timers;
        let names: Vec<String> = timers.iter().map(|pending| pending.timer.to_string()).collect();
        match names.iter().position(|pending| pending == name) {
            Some(place) => Ok(Checked::Timer(slot, place)),
            None if names.is_empty() => refuse(format!("{node} has no timer pending")),
            None => {
                refuse(format!("{node} has no `{name}` timer pending; it has {}", names.join(", ")))
            }
        }
    }

    fn known(&self, node: NodeId) -> Refusal<usize> {
        self.roster.slot(node).ok_or_else(|| {
            let ids = self.roster.ids().iter().map(NodeId::to_string).collect::<Vec<_>>();
            InputError(format!("there is no {node} here; there are {}", ids.join(", ")))
        })
    }

    fn down(&self, node: NodeId) -> Refusal<usize> {
        let slot = self.known(node)?;
        match self.slots[slot].condition {
            Condition::Down => Ok(slot),
            Condition::Up | Condition::Paused => refuse(format!("{node} is not down")),
        }
    }

    fn up(&self, node: NodeId) -> Refusal<usize> {
        let slot = self.known(node)?;
        match self.slots[slot].condition {
            Condition::Up if self.slots[slot].node.is_none() => {
                refuse(format!("{node} has not started yet"))
            }
            Condition::Up => Ok(slot),
            Condition::Paused => refuse(format!("{node} is paused")),
            Condition::Down => refuse(format!("{node} is down")),
        }
    }

    fn known_link(&self, from: NodeId, to: NodeId) -> Refusal<(usize, usize)> {
        if from == to {
            return refuse(format!("{from} has no link to itself"));
        }
        Ok((self.known(from)?, self.known(to)?))
    }

    // ---- carrying out ----

    fn carry_out_input(&mut self, checked: Checked<P>, fault: Option<FaultId>) {
        match checked {
            Checked::Crash(slot) => self.crash(slot, fault),
            Checked::Restart(slot) => self.restart(slot),
            Checked::Wipe(slot) => {
                self.slots[slot].durable = P::Durable::default();
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
            Checked::Message(place, tamper) => self.tamper(place, tamper, fault),
            Checked::Timer(slot, place) => {
                let pending = self.slots[slot].timers.swap_remove(place);
                self.call(slot, Call::Timer(pending.timer));
            }
            Checked::Call(slot, call) => {
                if let (Call::Fault(_), Some(fault)) = (&call, fault) {
                    let moment = self.moment();
                    self.ledger.activate(fault, moment, || "it took effect at once".into());
                }
                self.call(slot, call);
                if let Some(fault) = fault {
                    self.end_fault(Some(fault));
                }
            }
            Checked::Set(config) => self.config = Rc::new(*config),
        }
    }

    fn crash(&mut self, slot: usize, fault: Option<FaultId>) {
        let paused_by = std::mem::replace(&mut self.slots[slot].down_by, fault);
        self.end_fault(paused_by);
        let had_timers = !self.slots[slot].timers.is_empty();
        let this = &mut self.slots[slot];
        this.timers.clear();
        this.suspects.clear();
        this.busy_until = self.now;
        // Whatever waited at it now finds it down.
        let waiting = std::mem::take(&mut this.waiting);
        self.set_condition(slot, Condition::Down);
        self.requeue(waiting);
        self.recall(slot);
        if let (true, Some(fault)) = (had_timers, fault) {
            let moment = self.moment();
            self.ledger.activate(fault, moment, || "its pending work is gone".into());
        }
    }

    /// What a slow node has not sent yet when it crashes is never sent.
    fn recall(&mut self, slot: usize) {
        let now = self.now;
        for place in 0..self.flights.places.len() as u32 {
            let leaves_later = |flight: &super::Flight<P::Msg>| {
                usize::from(flight.from_slot) == slot && flight.sent_at > now
            };
            if self.flights.get(place).is_some_and(leaves_later) {
                let flight = self.flights.take(place);
                self.end_tampering(&flight);
            }
        }
    }

    fn restart(&mut self, slot: usize) {
        let id = self.slots[slot].id;
        let crashed_by = self.slots[slot].down_by.take();
        self.slots[slot].excuse = crashed_by.map(|fault| (fault, self.now));
        self.end_fault(crashed_by);
        if let Some(wiped) = self.slots[slot].wiped_by.take() {
            let moment = self.moment();
            self.ledger.activate(wiped, moment, || format!("{id} starts with an empty disk"));
            self.end_fault(Some(wiped));
        }
        self.set_condition(slot, Condition::Up);
        self.slots[slot].busy_until = self.now;
        self.call(slot, Call::Start);
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

    fn tamper(&mut self, place: u32, tamper: Tamper, fault: Option<FaultId>) {
        let flight = self.flights.get(place).expect("it was checked");
        let (from, to) = (usize::from(flight.from_slot), usize::from(flight.to_slot));
        let arrives_at = flight.arrives_at;
        match tamper {
            Tamper::Drop => self.set_fate(place, Fate::Dropped, fault),
            Tamper::Corrupt => self.set_fate(place, Fate::Corrupted, fault),
            Tamper::Delay(span) => self.reschedule(place, arrives_at + span, fault),
            Tamper::Hurry => self.reschedule(place, self.now, None),
            Tamper::Duplicate => {
                let (msg, original, fate) = (flight.msg.clone(), flight.id, flight.fate);
                let (sender, receiver) = (flight.from, flight.to);
                let link = self.link(from, to);
                let mut rng: Rng = self.link_luck(link, sender, receiver);
                let latency = self.settings(from, to).0.latency.draw(&mut rng);
                let arrives_at = self.now + latency;
                let mut copy = self.flight(from, to, msg, self.now, arrives_at, fate, fault);
                copy.tampered = true;
                self.launch(copy, Some(original));
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

    fn reschedule(&mut self, place: u32, time: crate::sim::Time, fault: Option<FaultId>) {
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
        faults.sort_unstable();
        faults.dedup();
        for fault in faults {
            let cut = self.links.iter().any(|link| link.cut_by == Some(fault));
            if !cut && !self.altered.iter().any(|altered| altered.fault == fault) {
                self.end_fault(Some(fault));
            }
        }
    }
}

fn changed<T: PartialEq>(new: T, old: T, why: impl FnOnce() -> String) -> Refusal<()> {
    if new == old { refuse(why()) } else { Ok(()) }
}

fn bounded(span: Span) -> Refusal<Span> {
    if span > DELAY_MAX {
        return refuse(format!("{span} is too long; at most {DELAY_MAX}"));
    }
    Ok(span)
}
