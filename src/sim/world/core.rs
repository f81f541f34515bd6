//! All of a world that does not depend on the protocol: the queue, the clocks, the links, the faults.
//!
//! It is compiled once, whatever the number of labs. What only the protocol's types can say or do, it
//! asks of the [`Nodes`].

use std::fmt::Display;
use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::rc::Rc;

use crate::sim::faults::{Ledger, Moment};
use crate::sim::id::{FaultId, MsgId, NodeId, StepIndex};
use crate::sim::network::LinkSettings;
use crate::sim::protocol::Roster;
use crate::sim::rng::{Purpose, Rng};
use crate::sim::time::{Span, Time};
use crate::sim::trace::{Cause, Change, Digest, Held, Loss, Step, TimerSet};
use crate::sim::view::{Condition, Envelope, Fate, Look, NodeView};

use super::nodes::{Call, Nodes};
use super::queue::{Event, Queue, What};
use super::{Happening, Last};

pub struct Core {
    pub seed: u64,
    pub now: Time,
    pub next_step: StepIndex,
    pub next_msg: u64,
    pub roster: Rc<Roster>,
    pub slots: Vec<Slot>,
    pub links: Vec<Link>,
    pub default_link: LinkSettings,
    /// Links with settings of their own, in order.
    pub altered: Vec<Altered>,
    pub flights: Flights,
    pub queue: Queue,
    pub ledger: Ledger,
    pub digest: Digest,
    /// What the last step did; its buffers are reused.
    pub last: Last,
    /// The step that is being recorded, if somebody wants to see it.
    pub record: Option<Box<Step>>,
}

/// A message on its way. Its content lies with the nodes, at the same place.
#[derive(Clone, Debug)]
pub struct Flight {
    pub id: MsgId,
    pub from: NodeId,
    pub to: NodeId,
    pub sent_at: Time,
    pub arrives_at: Time,
    pub fate: Fate,
    pub(super) from_slot: u16,
    pub(super) to_slot: u16,
    /// Tells its live event in the queue from outdated ones.
    pub(super) seq: u64,
    /// The fault that its fate, or its lateness, is due to.
    pub(super) fault: Option<FaultId>,
    /// Whether that fault was done to this message alone, and so is over when the message is.
    pub(super) tampered: bool,
    /// The message of which it is a second copy, if it is one.
    pub(super) copy_of: Option<MsgId>,
    /// The step that sent it.
    pub(super) parent: StepIndex,
}

/// The messages on their way, each at a place that stays its own until it arrives.
#[derive(Clone, Default)]
pub struct Flights {
    places: Vec<Option<Flight>>,
    free: Vec<u32>,
}

/// All that the world keeps for a node, but for its state and its disk.
#[derive(Clone)]
pub struct Slot {
    pub id: NodeId,
    /// Whether it has ever begun.
    pub started: bool,
    pub condition: Condition,
    /// The timers that are set; which ones they are, the nodes know.
    pub timers: Vec<Pending>,
    pub clock: Clock,
    pub draws: u64,
    pub slow: Span,
    pub slow_disk: Span,
    /// While it handles an event slowly, further ones wait.
    pub busy_until: Time,
    /// What came while it was paused, in order, each with its number in the queue.
    pub waiting: Vec<(What, u64)>,
    pub suspects: Vec<NodeId>,
    /// The faults that it suffers from.
    pub down_by: Option<FaultId>,
    pub slow_by: Option<FaultId>,
    pub slow_disk_by: Option<FaultId>,
    pub skew_by: Option<FaultId>,
    pub wiped_by: Option<FaultId>,
    /// One of the lab's own, which lasts.
    pub ails_by: Option<FaultId>,
    /// The last crash or pause that is over, and when it ended: it explains a silence from before.
    pub excuse: Option<(FaultId, Time)>,
}

/// A timer that is set.
#[derive(Clone, Copy, Debug)]
pub struct Pending {
    pub range: (Span, Span),
    pub set_at: Time,
    pub due: Time,
    pub seq: u64,
    /// When its event stands in the queue, and under which number. A timer that is put off leaves its
    /// event where it is; that one is put right when it gets to the front. A follower that is set
    /// right by every heartbeat so costs one event and not hundreds.
    pub event: (Time, u64),
    /// The step that set it.
    pub parent: StepIndex,
}

/// A node's own clock: where it stood at some moment, and how fast it has run since.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock {
    pub ppm: i32,
    pub local: Time,
    pub global: Time,
}

/// One direction between two nodes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Link {
    /// How many messages were sent: the place in the link's random stream.
    pub sent: u64,
    pub cut_by: Option<FaultId>,
    pub altered: bool,
    /// When a message last got through.
    pub heard: Time,
    /// The last message that did not, since one did: the step in which it died, and the fault.
    pub silenced: Option<(StepIndex, Option<FaultId>)>,
}

#[derive(Clone, Debug)]
pub struct Altered {
    /// Its place among the links.
    pub link: usize,
    pub settings: LinkSettings,
    pub fault: FaultId,
}

impl Clock {
    pub fn at(&self, now: Time) -> Time {
        let elapsed = now.since(self.global);
        if self.ppm == 0 {
            return self.local + elapsed;
        }
        let rate = (1_000_000 + i64::from(self.ppm)) as u128;
        self.local + Span((u128::from(elapsed.0) * rate / 1_000_000) as u64)
    }

    /// How long a wait on this clock takes in the world, rounded up.
    pub fn global_span(&self, local: Span) -> Span {
        if self.ppm == 0 {
            return local;
        }
        let rate = (1_000_000 + i64::from(self.ppm)) as u128;
        let global = (u128::from(local.0) * 1_000_000).div_ceil(rate);
        Span(u64::try_from(global).unwrap_or(u64::MAX))
    }
}

impl Core {
    /// Nothing has happened; every node of the roster starts at time zero, in order.
    pub fn new(seed: u64, roster: Roster, default_link: LinkSettings) -> Core {
        let slots: Vec<Slot> = roster.ids().iter().map(|&id| Slot::new(id)).collect();
        let count = slots.len();
        let mut queue = Queue::default();
        for slot in 0..count {
            queue.push(Time::ZERO, What::Start(slot as u16));
        }
        Core {
            seed,
            now: Time::ZERO,
            next_step: 0,
            next_msg: 1,
            roster: Rc::new(roster),
            slots,
            links: vec![Link::default(); count * count],
            default_link,
            altered: Vec::new(),
            flights: Flights::default(),
            queue,
            ledger: Ledger::default(),
            digest: Digest::default(),
            last: Last::default(),
            record: None,
        }
    }

    pub fn condition(&self, id: NodeId) -> Option<Condition> {
        Some(self.slots[self.roster.slot(id)?].condition)
    }

    pub fn reaches(&self, from: NodeId, to: NodeId) -> bool {
        let up = |id| self.condition(id) == Some(Condition::Up);
        up(from) && up(to) && !self.is_cut(from, to)
    }

    pub fn is_prompt(&self, slot: usize) -> bool {
        let slot = &self.slots[slot];
        slot.condition == Condition::Up && slot.slow == Span::ZERO && slot.busy_until <= self.now
    }

    pub fn is_sound(&self) -> bool {
        let healthy = |link: &Link| link.cut_by.is_none() && !link.altered;
        let well = |slot: &Slot| {
            slot.condition == Condition::Down
                || (slot.condition == Condition::Up
                    && (slot.slow, slot.slow_disk) == (Span::ZERO, Span::ZERO)
                    && slot.clock.ppm == 0
                    && slot.busy_until <= self.now)
        };
        self.links.iter().all(healthy) && self.slots.iter().all(well)
    }

    pub fn is_cut(&self, from: NodeId, to: NodeId) -> bool {
        let (Some(from), Some(to)) = (self.roster.slot(from), self.roster.slot(to)) else {
            return false;
        };
        self.links[self.link(from, to)].cut_by.is_some()
    }

    pub fn wait_until(&mut self, time: Time) {
        assert!(
            self.queue.peek().map(|event| event.time).is_none_or(|next| time <= next),
            "an event is due before {time}"
        );
        self.now = self.now.max(time);
    }

    /// Takes the earliest event. False if nothing is going to happen.
    pub fn step(&mut self, nodes: &mut dyn Nodes, recording: bool) -> bool {
        let Some(event) = self.queue.pop() else {
            return false;
        };
        self.now = self.now.max(event.time);
        match event.what {
            What::Start(slot) => self.begin_node(nodes, usize::from(slot), recording),
            What::Timer(slot) => self.timer_due(nodes, usize::from(slot), event.seq, recording),
            What::Deliver(place) => self.arrive(nodes, place, recording),
        }
        self.refresh_queue();
        true
    }

    /// Opens a step. `cause` is only made when it is recorded.
    pub fn begin(
        &mut self,
        nodes: &mut dyn Nodes,
        slot: Option<usize>,
        happening: Happening,
        parent: Option<StepIndex>,
        cause: Option<Cause>,
    ) {
        let node = slot.map(|slot| self.slots[slot].id);
        nodes.begin();
        let last = &mut self.last;
        last.index = self.next_step;
        last.time = self.now;
        last.node = node;
        last.happening = happening;
        last.sent.clear();
        self.ledger.begin_step();
        self.next_step += 1;
        self.digest.write_u64(self.now.0);
        self.digest.write_u8(slot.map_or(u8::MAX, |slot| slot as u8));
        self.record = cause.map(|cause| {
            Box::new(Step {
                index: self.last.index,
                time: self.now,
                node,
                cause,
                parent,
                blames: None,
                fired: Vec::new(),
                sent: Vec::new(),
                changes: Vec::new(),
                timers: Vec::new(),
                picks: Vec::new(),
                saved: false,
                faults: Vec::new(),
                violation: None,
            })
        });
    }

    pub fn moment(&self) -> Moment {
        Moment { time: self.last.time, step: self.last.index, node: self.last.node }
    }

    fn begin_node(&mut self, nodes: &mut dyn Nodes, slot: usize, recording: bool) {
        self.begin(nodes, Some(slot), Happening::Start, None, recording.then_some(Cause::Start));
        self.call(nodes, slot, Call::Start);
    }

    fn timer_due(&mut self, nodes: &mut dyn Nodes, slot: usize, seq: u64, recording: bool) {
        let timers = &mut self.slots[slot].timers;
        let place = timers.iter().position(|pending| pending.seq == seq);
        let place = place.expect("outdated events are taken out of the queue");
        let parent = Some(timers[place].parent);
        let name = recording.then(|| nodes.timer(slot, place).to_string());
        if self.slots[slot].condition == Condition::Paused {
            let cause = name.map(|name| Cause::Held(Held::Timer(name)));
            self.begin(nodes, Some(slot), Happening::Held, parent, cause);
            let timer = nodes.timer(slot, place);
            let what = (What::Timer(slot as u16), seq);
            return self.hold(slot, what, &|| format!("its {timer} timer waits"));
        }
        self.begin(nodes, Some(slot), Happening::Timer, parent, name.map(Cause::Timer));
        if let Some(fault) = self.slots[slot].skew_by {
            let timer = nodes.timer(slot, place);
            let how = || format!("its {timer} timer ran on a wrong clock");
            self.ledger.activate(fault, self.moment(), &how);
        }
        self.fire(nodes, slot, place);
    }

    /// Fires the timer at this place.
    pub fn fire(&mut self, nodes: &mut dyn Nodes, slot: usize, place: usize) {
        self.slots[slot].timers.swap_remove(place);
        self.call(nodes, slot, Call::Timer(place));
    }

    /// A message reaches the end of its way.
    fn arrive(&mut self, nodes: &mut dyn Nodes, place: u32, recording: bool) {
        let flight = self.flights.get(place).expect("outdated events are taken out of the queue");
        let ((from, to), parent) = (flight.slots(), Some(flight.parent));
        let Flight { id, fault, from: sender, .. } = *flight;
        let envelope = recording.then(|| flight.envelope(place, nodes));
        let link = self.link(from, to);
        let receiver = &self.slots[to];
        let loss = Loss::of(flight.fate).map(|loss| (loss, fault)).or_else(|| {
            if let Some(cut) = self.links[link].cut_by {
                Some((Loss::Cut, Some(cut)))
            } else if receiver.condition == Condition::Down {
                Some((Loss::Down, receiver.down_by))
            } else {
                None
            }
        });
        if let Some((why, fault)) = loss {
            let flight = self.flights.take(place);
            nodes.forget_message(place);
            let cause = envelope.map(|message| Cause::Undelivered { message, why });
            self.begin(nodes, Some(to), Happening::Undelivered, parent, cause);
            self.undelivered(&flight, why, fault, link);
            return self.end_tampering(&flight);
        }
        if receiver.condition == Condition::Paused {
            let cause = envelope.map(|message| Cause::Held(Held::Message(message)));
            self.begin(nodes, Some(to), Happening::Held, parent, cause);
            self.flights.get_mut(place).expect("it is there").fate = Fate::Waiting;
            return self.hold(to, (What::Deliver(place), 0), &|| format!("{id} waits"));
        }
        let flight = self.flights.take(place);
        let happening = Happening::Deliver { from: sender, msg: id };
        self.begin(nodes, Some(to), happening, parent, envelope.map(Cause::Deliver));
        self.digest.write_u64(id.0);
        let link = &mut self.links[link];
        link.heard = self.now;
        link.silenced = None;
        if let Some(fault) = fault {
            let moment = self.moment();
            self.ledger.activate(fault, moment, &|| {
                let what =
                    if flight.copy_of.is_some() { "a second time" } else { "at another time" };
                format!("{id} from {sender} arrived {what}")
            });
        }
        self.end_tampering(&flight);
        self.call(nodes, to, Call::Message { from: sender, place });
    }

    /// What was done to one message is over when its way is.
    pub fn end_tampering(&mut self, flight: &Flight) {
        if let (Some(fault), true) = (flight.fault, flight.tampered) {
            self.ledger.end(fault, self.moment());
        }
    }

    fn undelivered(&mut self, flight: &Flight, why: Loss, fault: Option<FaultId>, link: usize) {
        self.digest.write_u64(flight.id.0);
        why.hash(&mut self.digest);
        let moment = self.moment();
        self.links[link].silenced = Some((moment.step, fault));
        let Some(fault) = fault else { return };
        self.blame(fault);
        let Flight { id, from, to, .. } = *flight;
        self.ledger.activate(fault, moment, &|| match why {
            Loss::Lost | Loss::Dropped | Loss::Overflow => {
                format!("{id} from {from} to {to} was lost")
            }
            Loss::Cut => format!("{id} from {from} died at the cut"),
            Loss::Corrupted => format!("{id} from {from} arrived damaged"),
            Loss::Down => format!("{id} from {from} found {to} down"),
        });
        if why == Loss::Corrupted {
            self.ledger
                .detect(fault, to, moment, &|| format!("the checksum of {id} does not match"));
        }
    }

    /// Lets something wait at a paused node.
    fn hold(&mut self, slot: usize, what: (What, u64), how: &dyn Fn() -> String) {
        let slot = &mut self.slots[slot];
        slot.waiting.push(what);
        let fault = slot.down_by.expect("a paused node knows the fault");
        self.blame(fault);
        let moment = self.moment();
        self.ledger.activate(fault, moment, how);
    }

    /// Lets a node handle something, and carries out what it wants done.
    pub fn call(&mut self, nodes: &mut dyn Nodes, slot: usize, call: Call) {
        let before = self.record.as_ref().and_then(|_| nodes.view(slot));
        nodes.handle(self, slot, call);
        self.slots[slot].started = true;
        if let Some(record) = &mut self.record
            && let (Some(before), Some(after)) = (before, nodes.view(slot))
        {
            diff(before, after, &mut record.changes);
        }
    }

    /// Sets a timer of a node: the one at `place`, or a new one after the others. `name` is what the
    /// record calls it.
    pub fn set_timer(
        &mut self,
        slot: usize,
        place: Option<usize>,
        range: Range<Span>,
        name: &dyn Display,
    ) {
        let parent = self.last.index;
        let Slot { id, timers, clock, draws, .. } = &mut self.slots[slot];
        let wait = if range.end.0 > range.start.0 + 1 {
            let mut rng = Rng::new(self.seed, Purpose::Node(*id), *draws);
            *draws += 1;
            rng.span(&range)
        } else {
            range.start
        };
        let due = self.now + clock.global_span(wait);
        let seq = self.queue.number();
        let event = match place.map(|place| timers[place].event) {
            Some(event) if event.0 <= due => event,
            Some(_) | None => {
                let what = What::Timer(slot as u16);
                self.queue.push_again(Event { time: due, seq, what });
                (due, seq)
            }
        };
        let range = (range.start, Span(range.end.0.saturating_sub(1)).max(range.start));
        let pending = Pending { range, set_at: self.now, due, seq, event, parent };
        match place {
            Some(place) => timers[place] = pending,
            None => timers.push(pending),
        }
        if let Some(record) = &mut self.record {
            record.timers.push(TimerSet { name: name.to_string(), range, drawn: wait });
        }
    }

    // ---- small things ----

    pub fn link(&self, from: usize, to: usize) -> usize {
        from * self.slots.len() + to
    }
}

/// What differs between two views of a node.
fn diff(before: NodeView, after: NodeView, changes: &mut Vec<Change>) {
    if before.role != after.role {
        changes.push(Change {
            field: "role",
            old: before.role.into(),
            new: after.role.into(),
            // What a client is busy with is no turning point of the system that it uses.
            notable: after.look != Look::Client,
        });
    }
    for (old, new) in before.fields.into_iter().zip(after.fields) {
        debug_assert_eq!(old.name, new.name, "a view has the same fields at all times");
        if old.value != new.value {
            let notable = new.notable;
            changes.push(Change { field: new.name, old: old.value, new: new.value, notable });
        }
    }
}

impl Slot {
    fn new(id: NodeId) -> Slot {
        Slot {
            id,
            started: false,
            condition: Condition::Up,
            timers: Vec::new(),
            clock: Clock::default(),
            draws: 0,
            slow: Span::ZERO,
            slow_disk: Span::ZERO,
            busy_until: Time::ZERO,
            waiting: Vec::new(),
            suspects: Vec::new(),
            down_by: None,
            slow_by: None,
            slow_disk_by: None,
            skew_by: None,
            wiped_by: None,
            ails_by: None,
            excuse: None,
        }
    }
}

impl Flight {
    /// The slots of its sender and its receiver.
    pub(super) fn slots(&self) -> (usize, usize) {
        (usize::from(self.from_slot), usize::from(self.to_slot))
    }

    /// The message as plain data. `place` is where it lies.
    pub(super) fn envelope(&self, place: u32, nodes: &dyn Nodes) -> Envelope {
        let (kind, content, part) = nodes.message(place);
        Envelope {
            id: self.id,
            from: self.from,
            to: self.to,
            kind,
            text: content.to_string(),
            part,
            sent_at: self.sent_at,
            arrives_at: self.arrives_at,
        }
    }
}

impl Flights {
    pub fn len(&self) -> usize {
        self.places.len() - self.free.len()
    }

    /// Every message, with its place.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &Flight)> {
        (0..).zip(&self.places).filter_map(|(place, flight)| Some((place, flight.as_ref()?)))
    }

    /// How many places there are, taken or free.
    pub fn places(&self) -> u32 {
        self.places.len() as u32
    }

    pub fn get(&self, place: u32) -> Option<&Flight> {
        self.places.get(place as usize)?.as_ref()
    }

    pub fn get_mut(&mut self, place: u32) -> Option<&mut Flight> {
        self.places.get_mut(place as usize)?.as_mut()
    }

    pub fn find(&self, id: MsgId) -> Option<u32> {
        let is_it = |flight: &Option<Flight>| flight.as_ref().is_some_and(|f| f.id == id);
        self.places.iter().position(is_it).map(|place| place as u32)
    }

    pub fn put(&mut self, flight: Flight) -> u32 {
        match self.free.pop() {
            Some(place) => {
                self.places[place as usize] = Some(flight);
                place
            }
            None => {
                self.places.push(Some(flight));
                (self.places.len() - 1) as u32
            }
        }
    }

    pub fn take(&mut self, place: u32) -> Flight {
        self.free.push(place);
        self.places[place as usize].take().expect("a message is taken once")
    }
}

/// A snapshot. What the last step did, and its record, belong to that step and do not come along.
impl Clone for Core {
    fn clone(&self) -> Core {
        Core {
            seed: self.seed,
            now: self.now,
            next_step: self.next_step,
            next_msg: self.next_msg,
            roster: Rc::clone(&self.roster),
            slots: self.slots.clone(),
            links: self.links.clone(),
            default_link: self.default_link,
            altered: self.altered.clone(),
            flights: self.flights.clone(),
            queue: self.queue.clone(),
            ledger: self.ledger.clone(),
            digest: self.digest.clone(),
            last: Last::default(),
            record: None,
        }
    }
}
