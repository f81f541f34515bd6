//! The world: a queue of events, the nodes that handle them and the links between them.
//!
//! | file | what is in it |
//! |---|---|
//! | `core.rs` | all that needs no protocol, and what happens at each turn |
//! | `nodes.rs` | what knows the protocol: states, disks, timers, the content of messages |
//! | `queue.rs` | what is due next |
//! | `links.rs` | what becomes of a message that is sent |
//! | `silence.rs` | suspicions, and what has kept a node silent |
//! | `check.rs`, `inputs.rs` | what somebody outside does |
//! | `scene.rs` | all that there is to see |

mod check;
mod core;
mod inputs;
mod links;
mod nodes;
mod queue;
mod scene;
mod silence;

use std::borrow::Cow;

use super::faults::Ledger;
use super::id::{MsgId, NodeId, StepIndex};
use super::input::{Input, InputError};
use super::network::LinkSettings;
use super::protocol::{Protocol, Roster};
use super::spec::{Service, Violation};
use super::time::{Span, Time};
use super::trace::{Digest, Step};
use super::view::{Condition, Scene};

use self::core::Core;
pub use self::core::Flight;
use nodes::NodesOf;

/// At most so many messages travel at once; what is sent beyond that is lost and said to be.
pub const IN_FLIGHT_MAX: usize = 65_536;

/// A whole simulated distributed system at one moment.
#[derive(Clone)]
pub struct World<P: Protocol> {
    core: Core,
    nodes: NodesOf<P>,
}

/// What a step did, for a [`Spec`](super::Spec) to look at.
#[derive(Debug, Default)]
pub struct Last {
    pub index: StepIndex,
    pub time: Time,
    /// The node that acted or was acted upon.
    pub node: Option<NodeId>,
    pub happening: Happening,
    /// Where the messages that were sent lie.
    sent: Vec<u32>,
}

/// Why the last step happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Happening {
    /// A node began, at first or after a restart.
    Start,
    Deliver {
        from: NodeId,
        msg: MsgId,
    },
    Timer,
    /// Somebody asked something of a node, or injected one of the lab's own faults.
    Asked,
    /// An input that no node handled: a crash, a cut.
    #[default]
    Disturbed,
    Undelivered,
    Held,
}

impl<P: Protocol> World<P> {
    /// A world in which every node of the roster starts at time zero, in order.
    pub fn new(
        seed: u64,
        roster: Roster,
        config: P::Config,
        default_link: LinkSettings,
    ) -> World<P> {
        let nodes = NodesOf::new(roster.ids().len(), config);
        World { core: Core::new(seed, roster, default_link), nodes }
    }

    pub fn now(&self) -> Time {
        self.core.now
    }

    pub fn seed(&self) -> u64 {
        self.core.seed
    }

    pub fn config(&self) -> &P::Config {
        &self.nodes.config
    }

    pub fn roster(&self) -> &Roster {
        &self.core.roster
    }

    /// The index that the next step will have.
    pub fn next_step(&self) -> StepIndex {
        self.core.next_step
    }

    /// When the next event is due, if there is one.
    pub fn next_at(&self) -> Option<Time> {
        self.core.queue.peek().map(|event| event.time)
    }

    /// What the last step did.
    pub fn last(&self) -> &Last {
        &self.core.last
    }

    /// The rules that fired in the last step, in order.
    pub fn fired(&self) -> impl Iterator<Item = P::Rule> {
        self.nodes.effects.fired.iter().copied()
    }

    /// The messages that the last step sent, with their content.
    pub fn last_sent(&self) -> impl Iterator<Item = (&Flight, &P::Msg)> {
        self.core.last.sent.iter().filter_map(|&place| {
            let msg = self.nodes.messages[place as usize].as_ref();
            self.core.flights.get(place).zip(msg)
        })
    }

    /// How many messages were sent so far, second copies included.
    pub fn messages_sent(&self) -> u64 {
        self.core.next_msg - 1
    }

    /// How many messages there are on their way or waiting.
    pub fn in_flight(&self) -> usize {
        self.core.flights.len()
    }

    /// All messages on their way or waiting at a paused node, with their content.
    pub fn flights(&self) -> impl Iterator<Item = (&Flight, &P::Msg)> {
        let content = |place: u32| self.nodes.messages[place as usize].as_ref();
        self.core.flights.iter().filter_map(move |(place, flight)| Some((flight, content(place)?)))
    }

    pub fn ledger(&self) -> &Ledger {
        &self.core.ledger
    }

    /// The digest of everything that has happened.
    pub fn digest(&self) -> &Digest {
        &self.core.digest
    }

    /// Every node that has ever started, down or not, with its condition and its (last) state.
    pub fn nodes(&self) -> impl Iterator<Item = (NodeId, Condition, &P)> {
        let slots = self.core.slots.iter().zip(&self.nodes.slots);
        slots.filter_map(|(slot, own)| Some((slot.id, slot.condition, own.node.as_ref()?)))
    }

    /// The nodes that are not down.
    pub fn living(&self) -> impl Iterator<Item = (NodeId, &P)> {
        self.nodes()
            .filter(|(_, condition, _)| *condition != Condition::Down)
            .map(|(id, _, node)| (id, node))
    }

    /// A node's state, unless it is down, has not started yet, or is not of this world.
    pub fn node(&self, id: NodeId) -> Option<&P> {
        let slot = self.core.roster.slot(id)?;
        let is_down = self.core.slots[slot].condition == Condition::Down;
        self.nodes.slots[slot].node.as_ref().filter(|_| !is_down)
    }

    /// What a node has saved. `None` if it is not of this world.
    pub fn durable(&self, id: NodeId) -> Option<&P::Durable> {
        Some(&self.nodes.slots[self.core.roster.slot(id)?].durable)
    }

    pub fn condition(&self, id: NodeId) -> Option<Condition> {
        self.core.condition(id)
    }

    /// What a node's own clock shows, which may drift. `None` if it is not of this world.
    pub fn clock(&self, id: NodeId) -> Option<Time> {
        let slot = self.core.roster.slot(id)?;
        Some(self.core.slots[slot].clock.at(self.core.now))
    }

    /// Whether what one node sends can reach another: the link is not cut, and both are up.
    pub fn reaches(&self, from: NodeId, to: NodeId) -> bool {
        self.core.reaches(from, to)
    }

    /// The timers that a node has set. None if it is down or not of this world.
    pub fn timers(&self, id: NodeId) -> impl Iterator<Item = P::Timer> {
        let slot = self.core.roster.slot(id).map(|slot| &self.nodes.slots[slot]);
        slot.into_iter().flat_map(|slot| slot.timers.iter().copied())
    }

    /// Whether a node handles what comes as soon as it comes: it is up, not slow, and not behind.
    pub fn is_prompt(&self, id: NodeId) -> bool {
        self.core.roster.slot(id).is_some_and(|slot| self.core.is_prompt(slot))
    }

    /// Whether nothing is amiss now except that nodes may be down: no link is cut or altered, no node
    /// is paused, slow or behind, and no clock runs wrong.
    pub fn is_sound(&self) -> bool {
        self.core.is_sound()
    }

    /// Whether the link in that direction is cut.
    pub fn is_cut(&self, from: NodeId, to: NodeId) -> bool {
        self.core.is_cut(from, to)
    }

    /// Lets the clock run on to `time`, which no event may be due before. It never runs back.
    pub fn wait_until(&mut self, time: Time) {
        self.core.wait_until(time);
    }

    /// Takes the earliest event. False if nothing is going to happen. The step is recorded if
    /// `recording`; then [`take_record`](World::take_record) has it.
    pub fn step(&mut self, recording: bool) -> bool {
        self.core.step(&mut self.nodes, recording)
    }

    /// Disturbs the world now. One step, like an event; recorded if `recording`.
    pub fn apply(&mut self, input: &Input, recording: bool) -> Result<(), InputError> {
        self.core.apply(&mut self.nodes, input, recording)
    }

    /// The last step as plain data, if it was recorded and has not been taken yet.
    pub fn take_record(&mut self) -> Option<Box<Step>> {
        self.core.record.take()
    }

    /// Takes the lab's judgement of the state after the last step, and moves the faults accordingly.
    pub fn assess(
        &mut self,
        error: Option<Cow<'static, str>>,
        service: impl FnOnce(&World<P>) -> Service,
        settle: Span,
    ) {
        if error.is_some() || !self.core.ledger.is_quiet() {
            let service = service(self);
            self.core.ledger.assess(error, &service, settle, self.core.moment());
        }
    }

    /// All that there is to see, but for what only the lab's spec knows.
    pub fn scene(&self, violations: &[Violation], service: Service) -> Scene {
        self.core.scene(&self.nodes, violations, service)
    }
}
