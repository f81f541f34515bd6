//! The world: a queue of events, the nodes that handle them and the links between them.

mod inputs;
mod queue;
mod scene;

use std::hash::{Hash, Hasher};
use std::rc::Rc;

use super::faults::{Alarm, Ledger, Moment};
use super::id::{FaultId, MsgId, NodeId, StepIndex};
use super::network::LinkSettings;
use super::protocol::{Cx, Effects, Message, Protocol, Roster, TimerEffect};
use super::rng::{Purpose, Rng};
use super::spec::Service;
use super::time::{Span, Time};
use super::trace::{Cause, Change, Digest, Firing, Held, Loss, Sent, Step, TimerSet};
use super::view::{Condition, Envelope, Fate, Look, NodeView};
use queue::{Event, Queue, What};

/// At most so many messages travel at once; what is sent beyond that is lost and said to be.
pub const IN_FLIGHT_MAX: usize = 65_536;

/// A whole simulated distributed system at one moment.
pub struct World<P: Protocol> {
    seed: u64,
    now: Time,
    next_step: StepIndex,
    next_msg: u64,
    roster: Rc<Roster>,
    config: Rc<P::Config>,
    slots: Vec<Slot<P>>,
    links: Vec<Link>,
    default_link: LinkSettings,
    /// Links with settings of their own, in order.
    altered: Vec<Altered>,
    flights: Flights<P>,
    queue: Queue,
    ledger: Ledger,
    digest: Digest,
    /// What the last step did; its buffers are reused.
    last: Last<P>,
    /// The step that is being recorded, if somebody wants to see it.
    record: Option<Box<Step>>,
}

/// What a step did, in the protocol's own types, for a [`Spec`](super::Spec) to look at.
pub struct Last<P: Protocol> {
    pub index: StepIndex,
    pub time: Time,
    /// The node that acted or was acted upon.
    pub node: Option<NodeId>,
    pub happening: Happening<P::Timer>,
    effects: Effects<P>,
    /// Where the messages that were sent lie.
    sent: Vec<u32>,
}

/// Why the last step happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening<T> {
    /// A node began, at first or after a restart.
    Start,
    Deliver {
        from: NodeId,
        msg: MsgId,
    },
    Timer(T),
    /// Somebody asked something of a node, or injected one of the lab's own faults.
    Asked,
    /// An input that no node handled: a crash, a cut.
    Disturbed,
    Undelivered,
    Held,
}

impl<P: Protocol> Last<P> {
    /// The rules that fired, in order.
    pub fn fired(&self) -> impl Iterator<Item = P::Rule> {
        self.effects.fired.iter().map(|(rule, _)| *rule)
    }
}

/// A message on its way.
#[derive(Clone, Debug)]
pub struct Flight<M> {
    pub id: MsgId,
    pub from: NodeId,
    pub to: NodeId,
    pub msg: M,
    pub sent_at: Time,
    pub arrives_at: Time,
    pub fate: Fate,
    from_slot: u16,
    to_slot: u16,
    /// Tells its live event in the queue from outdated ones.
    seq: u64,
    /// The fault that its fate, or its lateness, is due to.
    fault: Option<FaultId>,
    /// Whether that fault was done to this message alone, and so is over when the message is.
    tampered: bool,
    /// Whether it is a second copy.
    copy: bool,
    /// The step that sent it.
    parent: StepIndex,
}

impl<M: Message> Flight<M> {
    fn envelope(&self) -> Envelope {
        Envelope {
            id: self.id,
            from: self.from,
            to: self.to,
            kind: self.msg.kind(),
            text: self.msg.to_string(),
            sent_at: self.sent_at,
            arrives_at: self.arrives_at,
        }
    }
}

/// The messages on their way, each at a place that stays its own until it arrives.
struct Flights<P: Protocol> {
    places: Vec<Option<Flight<P::Msg>>>,
    free: Vec<u32>,
}

/// A node and all that the world keeps for it.
struct Slot<P: Protocol> {
    id: NodeId,
    condition: Condition,
    /// Its state; the last one, while it is down. `None` until it first starts.
    node: Option<P>,
    durable: P::Durable,
    timers: Vec<Pending<P::Timer>>,
    clock: Clock,
    draws: u64,
    slow: Span,
    slow_disk: Span,
    /// While it handles an event slowly, further ones wait.
    busy_until: Time,
    /// What came while it was paused, in order, each with its number in the queue.
    waiting: Vec<(What, u64)>,
    suspects: Vec<NodeId>,
    /// The faults that it suffers from.
    down_by: Option<FaultId>,
    slow_by: Option<FaultId>,
    slow_disk_by: Option<FaultId>,
    skew_by: Option<FaultId>,
    wiped_by: Option<FaultId>,
    /// The last crash or pause that is over, and when it ended: it explains a silence from before.
    excuse: Option<(FaultId, Time)>,
}

/// A timer that is set.
#[derive(Clone, Debug)]
struct Pending<T> {
    timer: T,
    range: (Span, Span),
    set_at: Time,
    due: Time,
    seq: u64,
    /// When its event stands in the queue, and under which number. A timer that is put off leaves its
    /// event where it is; that one is put right when it gets to the front. A follower that is set
    /// right by every heartbeat so costs one event and not hundreds.
    event: (Time, u64),
    /// The step that set it.
    parent: StepIndex,
}

/// A node's own clock: where it stood at some moment, and how fast it has run since.
#[derive(Clone, Copy, Debug, Default)]
struct Clock {
    ppm: i32,
    local: Time,
    global: Time,
}

/// One direction between two nodes.
#[derive(Clone, Copy, Debug, Default)]
struct Link {
    /// How many messages were sent: the place in the link's random stream.
    sent: u64,
    cut_by: Option<FaultId>,
    altered: bool,
    /// When a message last got through.
    heard: Time,
    /// The last message that did not, since one did: the step in which it died, and the fault.
    silenced: Option<(StepIndex, Option<FaultId>)>,
}

#[derive(Clone, Debug)]
struct Altered {
    /// Its place among the links.
    link: usize,
    settings: LinkSettings,
    fault: FaultId,
}

/// What a handler is called for.
enum Call<P: Protocol> {
    Start,
    Message(NodeId, P::Msg),
    Timer(P::Timer),
    Command(P::Command),
    Fault(P::Fault),
}

impl Clock {
    fn at(&self, now: Time) -> Time {
        let elapsed = now.since(self.global);
        if self.ppm == 0 {
            return self.local + elapsed;
        }
        let rate = (1_000_000 + i64::from(self.ppm)) as u128;
        self.local + Span((u128::from(elapsed.0) * rate / 1_000_000) as u64)
    }

    /// How long a wait on this clock takes in the world, rounded up.
    fn global_span(&self, local: Span) -> Span {
        if self.ppm == 0 {
            return local;
        }
        let rate = (1_000_000 + i64::from(self.ppm)) as u128;
        let global = (u128::from(local.0) * 1_000_000).div_ceil(rate);
        Span(u64::try_from(global).unwrap_or(u64::MAX))
    }
}

impl<P: Protocol> World<P> {
    /// A world in which every node of the roster starts at time zero, in order.
    pub fn new(
        seed: u64,
        roster: Roster,
        config: P::Config,
        default_link: LinkSettings,
    ) -> World<P> {
        let count = roster.ids().len();
        let slots: Vec<Slot<P>> = roster.ids().iter().map(|&id| Slot::new(id)).collect();
        let mut queue = Queue::default();
        for slot in 0..count {
            queue.push(Time::ZERO, What::Start(slot as u16));
        }
        World {
            seed,
            now: Time::ZERO,
            next_step: 0,
            next_msg: 1,
            roster: Rc::new(roster),
            config: Rc::new(config),
            slots,
            links: vec![Link::default(); count * count],
            default_link,
            altered: Vec::new(),
            flights: Flights { places: Vec::new(), free: Vec::new() },
            queue,
            ledger: Ledger::default(),
            digest: Digest::default(),
            last: Last::new(),
            record: None,
        }
    }

    pub fn now(&self) -> Time {
        self.now
    }

    pub fn seed(&self) -> u64 {
        self.seed
    }

    pub fn config(&self) -> &P::Config {
        &self.config
    }

    pub fn roster(&self) -> &Roster {
        &self.roster
    }

    /// The index that the next step will have.
    pub fn next_step(&self) -> StepIndex {
        self.next_step
    }

    /// When the next event is due, if there is one.
    pub fn next_at(&self) -> Option<Time> {
        self.queue.peek().map(|event| event.time)
    }

    /// What the last step did.
    pub fn last(&self) -> &Last<P> {
        &self.last
    }

    /// The messages that the last step sent.
    pub fn last_sent(&self) -> impl Iterator<Item = &Flight<P::Msg>> {
        self.last.sent.iter().filter_map(|&place| self.flights.get(place))
    }

    /// How many messages were sent so far, second copies included.
    pub fn messages_sent(&self) -> u64 {
        self.next_msg - 1
    }

    /// All messages on their way or waiting at a paused node.
    pub fn flights(&self) -> impl Iterator<Item = &Flight<P::Msg>> {
        self.flights.places.iter().flatten()
    }

    /// How many messages there are on their way or waiting.
    pub fn in_flight(&self) -> usize {
        self.flights.len()
    }

    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The digest of everything that has happened.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// Every node that has ever started, down or not, with its condition and its (last) state.
    pub fn nodes(&self) -> impl Iterator<Item = (NodeId, Condition, &P)> {
        let with_state = |slot: &Slot<P>| slot.node.is_some();
        self.slots.iter().filter(move |slot| with_state(slot)).map(|slot| {
            let node = slot.node.as_ref().expect("only nodes with a state");
            (slot.id, slot.condition, node)
        })
    }

    /// The nodes that are not down.
    pub fn living(&self) -> impl Iterator<Item = (NodeId, &P)> {
        self.nodes()
            .filter(|(_, condition, _)| *condition != Condition::Down)
            .map(|(id, _, node)| (id, node))
    }

    /// A node's state, unless it is down, has not started yet, or is not of this world.
    pub fn node(&self, id: NodeId) -> Option<&P> {
        let slot = &self.slots[self.roster.slot(id)?];
        slot.node.as_ref().filter(|_| slot.condition != Condition::Down)
    }

    /// What a node has saved. `None` if it is not of this world.
    pub fn durable(&self, id: NodeId) -> Option<&P::Durable> {
        Some(&self.slots[self.roster.slot(id)?].durable)
    }

    pub fn condition(&self, id: NodeId) -> Option<Condition> {
        Some(self.slots[self.roster.slot(id)?].condition)
    }

    /// Whether what one node sends can reach another: the link is not cut, and both are up.
    pub fn reaches(&self, from: NodeId, to: NodeId) -> bool {
        let up = |id| self.condition(id) == Some(Condition::Up);
        up(from) && up(to) && !self.is_cut(from, to)
    }

    /// The timers that a node has set. None if it is down or not of this world.
    pub fn timers(&self, id: NodeId) -> impl Iterator<Item = P::Timer> {
        let slot = self.roster.slot(id).map(|slot| &self.slots[slot]);
        slot.into_iter().flat_map(|slot| slot.timers.iter().map(|pending| pending.timer))
    }

    /// Whether nothing is amiss now except that nodes may be down: no link is cut or altered, no node
    /// is paused, slow or behind, and no clock runs wrong.
    pub fn is_sound(&self) -> bool {
        let healthy = |link: &Link| link.cut_by.is_none() && !link.altered;
        let well = |slot: &Slot<P>| {
            slot.condition == Condition::Down
                || (slot.condition == Condition::Up
                    && (slot.slow, slot.slow_disk) == (Span::ZERO, Span::ZERO)
                    && slot.clock.ppm == 0
                    && slot.busy_until <= self.now)
        };
        self.links.iter().all(healthy) && self.slots.iter().all(well)
    }

    /// Whether the link in that direction is cut.
    pub fn is_cut(&self, from: NodeId, to: NodeId) -> bool {
        let (Some(from), Some(to)) = (self.roster.slot(from), self.roster.slot(to)) else {
            return false;
        };
        self.links[self.link(from, to)].cut_by.is_some()
    }

    /// Lets the clock run on to `time`, which no event may be due before. It never runs back.
    pub fn wait_until(&mut self, time: Time) {
        assert!(self.next_at().is_none_or(|next| time <= next), "an event is due before {time}");
        self.now = self.now.max(time);
    }

    /// Takes the earliest event. False if nothing is going to happen. The step is recorded if
    /// `recording`; then [`take_record`](World::take_record) has it.
    pub fn step(&mut self, recording: bool) -> bool {
        let Some(event) = self.queue.pop() else {
            return false;
        };
        self.now = self.now.max(event.time);
        match event.what {
            What::Start(slot) => self.begin_node(usize::from(slot), recording),
            What::Timer(slot) => self.timer_due(usize::from(slot), event.seq, recording),
            What::Deliver(place) => self.arrive(place, recording),
        }
        self.refresh_queue();
        true
    }

    /// The last step as plain data, if it was recorded and has not been taken yet.
    pub fn take_record(&mut self) -> Option<Box<Step>> {
        self.record.take()
    }

    /// Takes the lab's judgement of the state after the last step, and moves the faults accordingly.
    pub fn assess(
        &mut self,
        error: Option<std::borrow::Cow<'static, str>>,
        service: impl FnOnce(&World<P>) -> Service,
        settle: Span,
    ) {
        if error.is_none() && self.ledger.is_quiet() {
            return;
        }
        let moment = self.moment();
        let mut ledger = std::mem::take(&mut self.ledger);
        ledger.assess(error, || service(self), settle, moment);
        self.ledger = ledger;
    }

    // ---- the turns of a step ----

    /// Opens a step. `cause` is only made when it is recorded.
    fn begin(
        &mut self,
        slot: Option<usize>,
        happening: Happening<P::Timer>,
        parent: Option<StepIndex>,
        cause: Option<Cause>,
    ) {
        let node = slot.map(|slot| self.slots[slot].id);
        let last = &mut self.last;
        last.index = self.next_step;
        last.time = self.now;
        last.node = node;
        last.happening = happening;
        last.effects.clear();
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

    fn moment(&self) -> Moment {
        Moment { time: self.last.time, step: self.last.index, node: self.last.node }
    }

    fn begin_node(&mut self, slot: usize, recording: bool) {
        self.begin(Some(slot), Happening::Start, None, recording.then_some(Cause::Start));
        self.call(slot, Call::Start);
    }

    fn timer_due(&mut self, slot: usize, seq: u64, recording: bool) {
        let timers = &mut self.slots[slot].timers;
        let place = timers.iter().position(|pending| pending.seq == seq);
        let place = place.expect("outdated events are taken out of the queue");
        let (timer, parent) = (timers[place].timer, timers[place].parent);
        if self.slots[slot].condition == Condition::Paused {
            let cause = recording.then(|| Cause::Held(Held::Timer(timer.to_string())));
            self.begin(Some(slot), Happening::Held, Some(parent), cause);
            let what = (What::Timer(slot as u16), seq);
            return self.hold(slot, what, || format!("its {timer} timer waits"));
        }
        self.slots[slot].timers.swap_remove(place);
        let cause = recording.then(|| Cause::Timer(timer.to_string()));
        self.begin(Some(slot), Happening::Timer(timer), Some(parent), cause);
        if let Some(fault) = self.slots[slot].skew_by {
            let moment = self.moment();
            self.ledger
                .activate(fault, moment, || format!("its {timer} timer ran on a wrong clock"));
        }
        self.call(slot, Call::Timer(timer));
    }

    /// A message reaches the end of its way.
    fn arrive(&mut self, place: u32, recording: bool) {
        let flight = self.flights.get(place).expect("outdated events are taken out of the queue");
        let (from, to) = (usize::from(flight.from_slot), usize::from(flight.to_slot));
        let Flight { id, parent, fault, copy, .. } = *flight;
        let sender = flight.from;
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
            let cause = recording.then(|| Cause::Undelivered { message: flight.envelope(), why });
            self.begin(Some(to), Happening::Undelivered, Some(parent), cause);
            self.undelivered(&flight, why, fault, link);
            return self.end_tampering(&flight);
        }
        if receiver.condition == Condition::Paused {
            let cause = recording.then(|| Cause::Held(Held::Message(flight.envelope())));
            self.begin(Some(to), Happening::Held, Some(parent), cause);
            self.flights.get_mut(place).expect("it is there").fate = Fate::Waiting;
            return self.hold(to, (What::Deliver(place), 0), || format!("{id} waits"));
        }
        let flight = self.flights.take(place);
        let cause = recording.then(|| Cause::Deliver(flight.envelope()));
        self.begin(Some(to), Happening::Deliver { from: sender, msg: id }, Some(parent), cause);
        self.digest.write_u64(id.0);
        let link = &mut self.links[link];
        link.heard = self.now;
        link.silenced = None;
        if let Some(fault) = fault {
            let moment = self.moment();
            self.ledger.activate(fault, moment, || {
                let what = if copy { "a second time" } else { "at another time" };
                format!("{id} from {sender} arrived {what}")
            });
        }
        self.end_tampering(&flight);
        self.call(to, Call::Message(sender, flight.msg));
    }

    /// What was done to one message is over when its way is.
    fn end_tampering(&mut self, flight: &Flight<P::Msg>) {
        if let (Some(fault), true) = (flight.fault, flight.tampered) {
            self.ledger.end(fault, self.moment());
        }
    }

    fn undelivered(
        &mut self,
        flight: &Flight<P::Msg>,
        why: Loss,
        fault: Option<FaultId>,
        link: usize,
    ) {
        self.digest.write_u64(flight.id.0);
        why.hash(&mut self.digest);
        let moment = self.moment();
        self.links[link].silenced = Some((moment.step, fault));
        let Some(fault) = fault else { return };
        self.blame(fault);
        let Flight { id, from, to, .. } = *flight;
        self.ledger.activate(fault, moment, || match why {
            Loss::Lost | Loss::Dropped | Loss::Overflow => {
                format!("{id} from {from} to {to} was lost")
            }
            Loss::Cut => format!("{id} from {from} died at the cut"),
            Loss::Corrupted => format!("{id} from {from} arrived damaged"),
            Loss::Down => format!("{id} from {from} found {to} down"),
        });
        if why == Loss::Corrupted {
            self.ledger
                .detect(fault, to, moment, || format!("the checksum of {id} does not match"));
        }
    }

    /// Lets something wait at a paused node.
    fn hold(&mut self, slot: usize, what: (What, u64), how: impl FnOnce() -> String) {
        let slot = &mut self.slots[slot];
        slot.waiting.push(what);
        let fault = slot.down_by.expect("a paused node knows the fault");
        self.blame(fault);
        let moment = self.moment();
        self.ledger.activate(fault, moment, how);
    }

    /// Lets a node handle something, and carries out what it wants done.
    fn call(&mut self, slot: usize, call: Call<P>) {
        let recording = self.record.is_some();
        let before = if recording { self.view_of(slot) } else { None };
        self.run_handler(slot, call, recording);
        self.carry_out(slot);
        if recording {
            self.record_handled(slot, before);
        }
    }

    fn run_handler(&mut self, slot: usize, call: Call<P>, recording: bool) {
        let Slot { id, node, durable, clock, draws, .. } = &mut self.slots[slot];
        let mut cx = Cx {
            me: *id,
            now: clock.at(self.now),
            roster: &self.roster,
            slot,
            config: self.config.as_ref(),
            seed: self.seed,
            draws,
            effects: &mut self.last.effects,
            recording,
        };
        match (call, node) {
            (Call::Start, node) => *node = Some(P::start(durable.clone(), &mut cx)),
            (Call::Message(from, msg), Some(node)) => node.on_message(from, msg, &mut cx),
            (Call::Timer(timer), Some(node)) => node.on_timer(timer, &mut cx),
            (Call::Command(command), Some(node)) => node.on_command(command, &mut cx),
            (Call::Fault(fault), Some(node)) => node.on_fault(fault, &mut cx),
            (_, None) => panic!("{id} is called before it has started"),
        }
    }

    fn carry_out(&mut self, slot: usize) {
        for (rule, _) in &self.last.effects.fired {
            rule.hash(&mut self.digest);
        }
        let mut busy = self.slots[slot].slow;
        if busy > Span::ZERO {
            self.activate_slow(self.slots[slot].slow_by, busy);
        }
        if let Some(durable) = self.last.effects.saved.take() {
            self.slots[slot].durable = durable;
            let disk = self.slots[slot].slow_disk;
            if disk > Span::ZERO {
                self.activate_slow(self.slots[slot].slow_disk_by, disk);
                busy += disk;
            }
            if let Some(record) = &mut self.record {
                record.saved = true;
            }
        }
        // What is asked by hand of a node that is busy takes its turn.
        let departs = self.slots[slot].busy_until.max(self.now) + busy;
        if busy > Span::ZERO {
            self.slots[slot].busy_until = departs;
        }
        let mut sends = std::mem::take(&mut self.last.effects.sends);
        for (to, msg) in sends.drain(..) {
            self.send(slot, to, msg, departs);
        }
        self.last.effects.sends = sends;
        let mut timers = std::mem::take(&mut self.last.effects.timers);
        for effect in timers.drain(..) {
            match effect {
                TimerEffect::Set(timer, range) => self.set_timer(slot, timer, range),
                TimerEffect::Cancel(timer) => {
                    self.slots[slot].timers.retain(|pending| pending.timer != timer);
                }
            }
        }
        self.last.effects.timers = timers;
        for place in 0..self.last.effects.suspicions.len() {
            let (of, suspected) = self.last.effects.suspicions[place];
            self.suspicion(slot, of, suspected);
        }
    }

    fn activate_slow(&mut self, fault: Option<FaultId>, by: Span) {
        let moment = self.moment();
        if let Some(fault) = fault {
            self.ledger.activate(fault, moment, || format!("one event took {by} longer"));
        }
    }

    fn send(&mut self, from: usize, to: NodeId, msg: P::Msg, departs: Time) {
        let sender = self.slots[from].id;
        let Some(to_slot) = self.roster.slot(to) else {
            panic!("{sender} sends to {to}, which is not of this world");
        };
        assert_ne!(from, to_slot, "{sender} sends a message to itself");
        let link = self.link(from, to_slot);
        let mut rng = self.link_luck(link, sender, to);
        let (settings, altered_by) = self.settings(from, to_slot);
        // The order of these draws is part of every shared link: do not change it.
        let lost = rng.chance(settings.loss);
        let corrupted = rng.chance(settings.corruption);
        let duplicated = rng.chance(settings.duplication);
        let latency = settings.latency.draw(&mut rng);
        let mut fate = Fate::Travelling;
        let mut fault = None;
        if let Some(cut) = self.links[link].cut_by {
            (fate, fault) = (Fate::Cut, Some(cut));
        } else if lost {
            (fate, fault) = (Fate::Lost, altered_by);
        } else if corrupted {
            (fate, fault) = (Fate::Corrupted, altered_by);
        } else if altered_by.is_some() && settings.latency != self.default_link.latency {
            fault = altered_by;
        }
        let copy = duplicated.then(|| (msg.clone(), settings.latency.draw(&mut rng)));
        let flight = self.flight(from, to_slot, msg, departs, departs + latency, fate, fault);
        let original = flight.id;
        self.launch(flight, None);
        if let Some((msg, latency)) = copy {
            let copy =
                self.flight(from, to_slot, msg, departs, departs + latency, fate, altered_by);
            self.launch(copy, Some(original));
        }
    }

    /// The luck of the next message on a link.
    fn link_luck(&mut self, link: usize, from: NodeId, to: NodeId) -> Rng {
        let place = self.links[link].sent;
        self.links[link].sent += 1;
        Rng::new(self.seed, Purpose::Link(from, to), place)
    }

    fn settings(&self, from: usize, to: usize) -> (LinkSettings, Option<FaultId>) {
        let link = self.link(from, to);
        if !self.links[link].altered {
            return (self.default_link, None);
        }
        let place = self.altered_place(link).expect("an altered link has its settings");
        let altered = &self.altered[place];
        (altered.settings, Some(altered.fault))
    }

    /// Where the settings of a link are, or would stand.
    fn altered_place(&self, link: usize) -> Result<usize, usize> {
        self.altered.binary_search_by_key(&link, |altered| altered.link)
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of a message, each used once")]
    fn flight(
        &mut self,
        from: usize,
        to: usize,
        msg: P::Msg,
        sent_at: Time,
        arrives_at: Time,
        fate: Fate,
        fault: Option<FaultId>,
    ) -> Flight<P::Msg> {
        let id = MsgId(self.next_msg);
        self.next_msg += 1;
        Flight {
            id,
            from: self.slots[from].id,
            to: self.slots[to].id,
            msg,
            sent_at,
            arrives_at,
            fate,
            from_slot: from as u16,
            to_slot: to as u16,
            seq: 0,
            fault,
            tampered: false,
            copy: false,
            parent: self.last.index,
        }
    }

    /// Puts a message on its way.
    fn launch(&mut self, mut flight: Flight<P::Msg>, copy_of: Option<MsgId>) {
        if self.flights.len() >= IN_FLIGHT_MAX && flight.fate == Fate::Travelling {
            flight.fate = Fate::Overflow;
        }
        flight.copy = copy_of.is_some();
        self.digest.write_u64(flight.arrives_at.0);
        self.digest.write_u8(flight.to_slot as u8);
        flight.msg.hash(&mut self.digest);
        if let Some(record) = &mut self.record {
            record.sent.push(Sent { message: flight.envelope(), fate: flight.fate, copy_of });
        }
        let arrives_at = flight.arrives_at;
        let place = self.flights.put(flight);
        let seq = self.queue.push(arrives_at, What::Deliver(place));
        self.flights.get_mut(place).expect("it was just put there").seq = seq;
        self.last.sent.push(place);
    }

    fn set_timer(&mut self, slot: usize, timer: P::Timer, range: std::ops::Range<Span>) {
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
        let place = timers.iter().position(|pending| pending.timer == timer);
        let event = match place.map(|place| timers[place].event) {
            Some(event) if event.0 <= due => event,
            Some(_) | None => {
                let what = What::Timer(slot as u16);
                self.queue.push_again(Event { time: due, seq, what });
                (due, seq)
            }
        };
        let range = (range.start, Span(range.end.0.saturating_sub(1)).max(range.start));
        let pending = Pending { timer, range, set_at: self.now, due, seq, event, parent };
        match place {
            Some(place) => timers[place] = pending,
            None => timers.push(pending),
        }
        if let Some(record) = &mut self.record {
            record.timers.push(TimerSet { name: timer.to_string(), range, drawn: wait });
        }
    }

    fn suspicion(&mut self, slot: usize, of: NodeId, suspected: bool) {
        let suspects = &mut self.slots[slot].suspects;
        let place = suspects.binary_search(&of);
        match (suspected, place) {
            (true, Err(place)) => suspects.insert(place, of),
            (false, Ok(place)) => {
                suspects.remove(place);
                return;
            }
            (true, Ok(_)) | (false, Err(_)) => return,
        }
        let Some(suspect) = self.roster.slot(of) else { return };
        let by = self.slots[slot].id;
        let moment = self.moment();
        let (fault, step) = self.silence(slot, suspect);
        if let Some(record) = &mut self.record {
            record.blames = record.blames.or(step);
        }
        let from_there = self.links[self.link(suspect, slot)].cut_by;
        let to_there = self.links[self.link(slot, suspect)].cut_by;
        let out_of_reach = self.slots[suspect].condition != Condition::Up
            || from_there.is_some()
            || to_there.is_some();
        if !out_of_reach {
            let Moment { time, step, .. } = moment;
            self.ledger.false_alarm(Alarm { by, of, time, step, fault }, moment);
        } else if let Some(fault) = fault {
            self.ledger.detect(fault, by, moment, || format!("{by} suspects {of}"));
        }
    }

    /// What has kept one node from hearing another: the fault, and the step to which "why?" leads.
    fn silence(&self, slot: usize, suspect: usize) -> (Option<FaultId>, Option<StepIndex>) {
        let there = &self.slots[suspect];
        let from_there = &self.links[self.link(suspect, slot)];
        let to_there = &self.links[self.link(slot, suspect)];
        let begun = |fault: FaultId| (Some(fault), self.introduced(fault));
        let present = there.down_by.or(from_there.cut_by).or(to_there.cut_by);
        if let Some(fault) = present {
            return begun(fault);
        }
        for link in [from_there, to_there] {
            match link.silenced {
                Some((_, Some(fault))) => return begun(fault),
                Some((step, None)) => return (None, Some(step)),
                None => {}
            }
        }
        if let Some((fault, ended)) = there.excuse
            && ended >= from_there.heard
        {
            return begun(fault);
        }
        let lasting = there.slow_by.or(there.slow_disk_by).or(there.skew_by);
        let altered = self.settings(suspect, slot).1.or(self.settings(slot, suspect).1);
        match lasting.or(altered).or(self.slots[slot].skew_by) {
            Some(fault) => begun(fault),
            None => (None, None),
        }
    }

    /// The step in which a fault was injected, while the ledger knows it.
    fn introduced(&self, fault: FaultId) -> Option<StepIndex> {
        let record = self.ledger.faults().find(|record| record.id == fault);
        record.map(|record| record.introduced().step)
    }

    // ---- recording ----

    /// Lets "why?" lead from this step to a fault.
    fn blame(&mut self, fault: FaultId) {
        if self.record.is_none() {
            return;
        }
        let step = self.introduced(fault);
        if let Some(record) = &mut self.record {
            record.blames = record.blames.or(step);
        }
    }

    fn view_of(&self, slot: usize) -> Option<NodeView> {
        self.slots[slot].node.as_ref().map(P::view)
    }

    /// Completes the record of a step that a node handled.
    fn record_handled(&mut self, slot: usize, before: Option<NodeView>) {
        let after = self.view_of(slot);
        let Some(record) = &mut self.record else { return };
        let effects = &mut self.last.effects;
        record.picks.append(&mut effects.picks);
        record.fired.extend(effects.fired.iter_mut().map(|(rule, because)| Firing {
            rule: (*rule).into(),
            because: std::mem::take(because),
        }));
        if let (Some(before), Some(after)) = (before, after) {
            diff(before, after, &mut record.changes);
        }
    }

    // ---- small things ----

    fn link(&self, from: usize, to: usize) -> usize {
        from * self.slots.len() + to
    }

    /// Takes outdated events from the front of the queue, and lets those that find their node busy
    /// wait, so that the front is always what happens next.
    fn refresh_queue(&mut self) {
        while let Some(event) = self.queue.peek() {
            let (time, seq, what) = (event.time, event.seq, event.what);
            let slot = match what {
                What::Start(slot) => {
                    let slot = usize::from(slot);
                    (self.slots[slot].node.is_none() && self.slots[slot].condition == Condition::Up)
                        .then_some(slot)
                }
                What::Timer(slot) => {
                    let timers = &mut self.slots[usize::from(slot)].timers;
                    let pending = timers.iter_mut().find(|pending| pending.event.1 == seq);
                    match pending {
                        Some(pending) if pending.seq == seq => Some(usize::from(slot)),
                        Some(pending) => {
                            let Pending { due: time, seq, .. } = *pending;
                            pending.event = (time, seq);
                            self.queue.pop();
                            self.queue.push_again(Event { time, seq, what });
                            continue;
                        }
                        None => None,
                    }
                }
                What::Deliver(place) => self
                    .flights
                    .get(place)
                    .filter(|flight| flight.seq == seq && flight.fate != Fate::Waiting)
                    .map(|flight| usize::from(flight.to_slot)),
            };
            let Some(slot) = slot else {
                self.queue.pop();
                continue;
            };
            let Slot { busy_until, condition, .. } = self.slots[slot];
            if busy_until <= time || condition != Condition::Up {
                return;
            }
            self.queue.pop();
            self.queue.push_again(Event { time: busy_until, seq, what });
            match what {
                What::Start(_) => {}
                What::Timer(slot) => {
                    let timers = &mut self.slots[usize::from(slot)].timers;
                    if let Some(pending) = timers.iter_mut().find(|pending| pending.seq == seq) {
                        pending.due = busy_until;
                        pending.event = (busy_until, seq);
                    }
                }
                What::Deliver(place) => {
                    if let Some(flight) = self.flights.get_mut(place) {
                        flight.arrives_at = busy_until;
                    }
                }
            }
        }
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

impl<P: Protocol> Slot<P> {
    fn new(id: NodeId) -> Slot<P> {
        Slot {
            id,
            condition: Condition::Up,
            node: None,
            durable: P::Durable::default(),
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
            excuse: None,
        }
    }
}

impl<P: Protocol> Last<P> {
    fn new() -> Last<P> {
        Last {
            index: 0,
            time: Time::ZERO,
            node: None,
            happening: Happening::Disturbed,
            effects: Effects::new(),
            sent: Vec::new(),
        }
    }
}

impl<P: Protocol> Flights<P> {
    fn len(&self) -> usize {
        self.places.len() - self.free.len()
    }

    fn get(&self, place: u32) -> Option<&Flight<P::Msg>> {
        self.places.get(place as usize)?.as_ref()
    }

    fn get_mut(&mut self, place: u32) -> Option<&mut Flight<P::Msg>> {
        self.places.get_mut(place as usize)?.as_mut()
    }

    fn find(&self, id: MsgId) -> Option<u32> {
        let is_it = |flight: &Option<Flight<P::Msg>>| flight.as_ref().is_some_and(|f| f.id == id);
        self.places.iter().position(is_it).map(|place| place as u32)
    }

    fn put(&mut self, flight: Flight<P::Msg>) -> u32 {
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

    fn take(&mut self, place: u32) -> Flight<P::Msg> {
        self.free.push(place);
        self.places[place as usize].take().expect("a message is taken once")
    }
}

/// A snapshot. What the last step did, and its record, belong to that step and do not come along.
impl<P: Protocol> Clone for World<P> {
    fn clone(&self) -> World<P> {
        World {
            seed: self.seed,
            now: self.now,
            next_step: self.next_step,
            next_msg: self.next_msg,
            roster: Rc::clone(&self.roster),
            config: Rc::clone(&self.config),
            slots: self.slots.clone(),
            links: self.links.clone(),
            default_link: self.default_link,
            altered: self.altered.clone(),
            flights: Flights {
                places: self.flights.places.clone(),
                free: self.flights.free.clone(),
            },
            queue: self.queue.clone(),
            ledger: self.ledger.clone(),
            digest: self.digest.clone(),
            last: Last::new(),
            record: None,
        }
    }
}

impl<P: Protocol> Clone for Slot<P> {
    fn clone(&self) -> Slot<P> {
        Slot {
            node: self.node.clone(),
            durable: self.durable.clone(),
            timers: self.timers.clone(),
            waiting: self.waiting.clone(),
            suspects: self.suspects.clone(),
            ..*self
        }
    }
}
