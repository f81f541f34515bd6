//! The part of a world that knows the protocol: the nodes' states and disks, the names of their timers
//! and the content of the messages.
//!
//! [`NodesOf`] is compiled for each protocol, so it holds as little as possible; it keeps its timers
//! and messages at the same places at which [`Core`] keeps all that is known of them besides.

use std::fmt::Display;
use std::hash::Hash;
use std::rc::Rc;

use crate::sim::id::NodeId;
use crate::sim::input::Input;
use crate::sim::panel::Panel;
use crate::sim::protocol::{Cx, Effects, Message, Protocol, TimerEffect};
use crate::sim::trace::Firing;
use crate::sim::view::NodeView;

use super::core::{Core, Flight};

/// What [`Core`] asks of the nodes, whatever their protocol. A slot is a node's place in the roster.
pub trait Nodes {
    /// A new step begins: what the last one did is forgotten.
    fn begin(&mut self);

    /// Lets a node handle something, and carries out what it wants done.
    fn handle(&mut self, core: &mut Core, slot: usize, call: Call);

    /// The timer that a node has at this place.
    fn timer(&self, slot: usize, place: usize) -> &dyn Display;

    /// None of a node's timers is set any more.
    fn forget_timers(&mut self, slot: usize);

    /// The kind and the content of a message, and which part of something larger it is.
    fn message(&self, place: u32) -> (&'static str, &dyn Display, Option<(u32, u32)>);

    /// Sends the content of a message once more, as `copy`.
    fn copy_message(&mut self, core: &mut Core, place: u32, copy: Flight);

    fn forget_message(&mut self, place: u32);

    /// What a node shows of itself; nothing before it has begun.
    fn view(&self, slot: usize) -> Option<NodeView>;

    fn panels(&self, slot: usize) -> Vec<Panel>;

    /// Whether one of the lab's own faults is still in a node.
    fn ails(&self, slot: usize) -> bool;

    /// Reads what an input asks in the protocol's own words, and keeps it for [`Call::Asked`] or for
    /// [`configure`](Nodes::configure). Refuses with a sentence.
    fn read(&mut self, input: &Input) -> Result<(), String>;

    /// Takes over the configuration that was read.
    fn configure(&mut self);

    fn disk_is_empty(&self, slot: usize) -> bool;

    fn wipe(&mut self, slot: usize);
}

/// What a handler is called for.
#[derive(Clone, Copy)]
pub enum Call {
    Start,
    /// The message at this place, which is free again.
    Message {
        from: NodeId,
        place: u32,
    },
    /// The timer that was at this place; the last one has taken it.
    Timer(usize),
    /// What was [read](Nodes::read) last.
    Asked,
}

/// The nodes of one protocol.
pub struct NodesOf<P: Protocol> {
    pub config: Rc<P::Config>,
    pub slots: Vec<Slot<P>>,
    /// The content of the messages on their way, each at its place.
    pub messages: Vec<Option<P::Msg>>,
    /// What the last step did; its buffers are reused.
    pub effects: Effects<P>,
    asked: Option<Asked<P>>,
}

/// A node's state and disk.
pub struct Slot<P: Protocol> {
    /// Its state; the last one, while it is down. `None` until it first starts.
    pub node: Option<P>,
    pub durable: P::Durable,
    pub timers: Vec<P::Timer>,
}

/// What an input asks, in the protocol's own types.
enum Asked<P: Protocol> {
    Command(P::Command),
    Fault(P::Fault),
    Set(P::Config),
}

impl<P: Protocol> NodesOf<P> {
    pub fn new(count: usize, config: P::Config) -> NodesOf<P> {
        let slot = |_| Slot { node: None, durable: P::Durable::default(), timers: Vec::new() };
        NodesOf {
            config: Rc::new(config),
            slots: (0..count).map(slot).collect(),
            messages: Vec::new(),
            effects: Effects::new(),
            asked: None,
        }
    }

    fn run_handler(&mut self, core: &mut Core, slot: usize, call: Call) {
        let recording = core.record.is_some();
        let seat = &mut core.slots[slot];
        let mut cx = Cx {
            me: seat.id,
            now: seat.clock.at(core.now),
            roster: &core.roster,
            slot,
            config: &*self.config,
            seed: core.seed,
            draws: &mut seat.draws,
            effects: &mut self.effects,
            recording,
        };
        let Slot { node, durable, timers } = &mut self.slots[slot];
        let Some(node) = node else {
            assert!(matches!(call, Call::Start), "{} is called before it has started", seat.id);
            *node = Some(P::start(durable.clone(), &mut cx));
            return;
        };
        match call {
            Call::Start => *node = P::start(durable.clone(), &mut cx),
            Call::Message { from, place } => {
                let msg = self.messages[place as usize].take().expect("it lies at its place");
                node.on_message(from, msg, &mut cx);
            }
            Call::Timer(place) => node.on_timer(timers.swap_remove(place), &mut cx),
            Call::Asked => match self.asked.take() {
                Some(Asked::Command(command)) => node.on_command(command, &mut cx),
                Some(Asked::Fault(fault)) => node.on_fault(fault, &mut cx),
                Some(Asked::Set(_)) | None => panic!("nothing was asked of {}", seat.id),
            },
        }
    }

    fn carry_out(&mut self, core: &mut Core, slot: usize) {
        for rule in &self.effects.fired {
            rule.hash(&mut core.digest);
        }
        let saved = self.effects.saved.take();
        let departs = core.departs(slot, saved.is_some());
        if let Some(durable) = saved {
            self.slots[slot].durable = durable;
        }
        let mut sends = std::mem::take(&mut self.effects.sends);
        for (to, msg) in sends.drain(..) {
            let sending = core.send(slot, to, departs);
            let copy = sending.copy.map(|flight| (flight, msg.clone()));
            self.launch(core, sending.first, msg);
            if let Some((flight, msg)) = copy {
                self.launch(core, flight, msg);
            }
        }
        self.effects.sends = sends;
        for effect in self.effects.timers.drain(..) {
            let timers = &mut self.slots[slot].timers;
            match effect {
                TimerEffect::Set(timer, range) => {
                    let place = timers.iter().position(|pending| *pending == timer);
                    if place.is_none() {
                        timers.push(timer);
                    }
                    core.set_timer(slot, place, range, &timer);
                }
                TimerEffect::Cancel(timer) => {
                    if let Some(place) = timers.iter().position(|pending| *pending == timer) {
                        timers.remove(place);
                        core.slots[slot].timers.remove(place);
                    }
                }
            }
        }
        for &(of, suspected) in &self.effects.suspicions {
            core.suspicion(slot, of, suspected);
        }
    }

    fn launch(&mut self, core: &mut Core, flight: Flight, msg: P::Msg) {
        let place = core.launch(flight);
        msg.hash(&mut core.digest);
        match self.messages.get_mut(place as usize) {
            Some(free) => *free = Some(msg),
            None => self.messages.push(Some(msg)),
        }
        if core.record.is_some() {
            core.record_sent(place, self);
        }
    }

    /// Tells what the node did, in words.
    fn record(&mut self, core: &mut Core) {
        let Some(record) = &mut core.record else { return };
        record.picks.append(&mut self.effects.picks);
        for (rule, because) in self.effects.fired.iter().zip(self.effects.because.drain(..)) {
            record.fired.push(Firing { rule: (*rule).into(), because });
        }
    }
}

impl<P: Protocol> Nodes for NodesOf<P> {
    fn begin(&mut self) {
        self.effects.clear();
    }

    fn handle(&mut self, core: &mut Core, slot: usize, call: Call) {
        self.run_handler(core, slot, call);
        self.carry_out(core, slot);
        self.record(core);
    }

    fn timer(&self, slot: usize, place: usize) -> &dyn Display {
        &self.slots[slot].timers[place]
    }

    fn forget_timers(&mut self, slot: usize) {
        self.slots[slot].timers.clear();
    }

    fn message(&self, place: u32) -> (&'static str, &dyn Display, Option<(u32, u32)>) {
        let msg = self.messages[place as usize].as_ref().expect("it lies at its place");
        (msg.kind(), msg, msg.part())
    }

    fn copy_message(&mut self, core: &mut Core, place: u32, copy: Flight) {
        if let Some(msg) = self.messages[place as usize].clone() {
            self.launch(core, copy, msg);
        }
    }

    fn forget_message(&mut self, place: u32) {
        self.messages[place as usize] = None;
    }

    fn view(&self, slot: usize) -> Option<NodeView> {
        self.slots[slot].node.as_ref().map(P::view)
    }

    fn panels(&self, slot: usize) -> Vec<Panel> {
        self.slots[slot].node.as_ref().map_or(Vec::new(), P::panels)
    }

    fn ails(&self, slot: usize) -> bool {
        self.slots[slot].node.as_ref().is_some_and(P::ails)
    }

    fn read(&mut self, input: &Input) -> Result<(), String> {
        self.asked = match input {
            Input::Command(_, text) => Some(Asked::Command(text.parse()?)),
            Input::Fault(_, text) => Some(Asked::Fault(text.parse()?)),
            Input::Set(name, value) => {
                let mut config = P::Config::clone(&self.config);
                P::set_param(&mut config, name, *value)?;
                Some(Asked::Set(config))
            }
            other => panic!("`{other}` is in the world's own words"),
        };
        Ok(())
    }

    fn configure(&mut self) {
        if let Some(Asked::Set(config)) = self.asked.take() {
            self.config = Rc::new(config);
        }
    }

    fn disk_is_empty(&self, slot: usize) -> bool {
        self.slots[slot].durable == P::Durable::default()
    }

    fn wipe(&mut self, slot: usize) {
        self.slots[slot].durable = P::Durable::default();
    }
}

/// A snapshot. What the last step did does not come along.
impl<P: Protocol> Clone for NodesOf<P> {
    fn clone(&self) -> NodesOf<P> {
        NodesOf {
            config: Rc::clone(&self.config),
            slots: self.slots.clone(),
            messages: self.messages.clone(),
            effects: Effects::new(),
            asked: None,
        }
    }
}

impl<P: Protocol> Clone for Slot<P> {
    fn clone(&self) -> Slot<P> {
        let Slot { node, durable, timers } = self;
        Slot { node: node.clone(), durable: durable.clone(), timers: timers.clone() }
    }
}
