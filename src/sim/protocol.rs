//! What a protocol is: a deterministic state machine without I/O, and all that it may know and do.

use std::fmt::{Debug, Display};
use std::hash::Hash;
use std::ops::Range;
use std::str::FromStr;

use super::id::NodeId;
use super::panel::Panel;
use super::rng::{Purpose, Rng};
use super::time::{Span, Time};
use super::view::NodeView;

/// A node of a distributed protocol.
///
/// A handler takes one event and pushes its effects into [`Cx`]; it reads no clock, draws no numbers
/// and touches no other node. The world does the rest, so that a run can be repeated, rewound and
/// forked. Cloning a node must be cheap: a keyframe clones them all.
pub trait Protocol: Clone + Debug + 'static {
    /// Parameters and variant. The same for all nodes.
    type Config: Clone + 'static;
    type Msg: Message;
    /// The timers that a node may have pending, one of each at a time. `Display` gives the name that
    /// scripts use: one word, as in `election`.
    type Timer: Copy + Ord + Display + Debug + Hash;
    /// What a client, or a learner in its place, may ask of a node.
    type Command: FromStr<Err = String> + Debug;
    /// Faults that only this protocol knows: a flipped bit, a leak, a lie.
    type Fault: FromStr<Err = String> + Debug;
    /// What survives a crash. Must be cheap to clone (share what is large).
    type Durable: Clone + Debug + Default + PartialEq;
    /// The rules of the protocol, whose names are those in the lab's `rules.txt`.
    type Rule: Copy + Debug + PartialEq + Hash + Into<&'static str>;

    /// The node begins, or begins again after a crash with what it had saved.
    fn start(durable: Self::Durable, cx: &mut Cx<'_, Self>) -> Self;
    fn on_message(&mut self, from: NodeId, msg: Self::Msg, cx: &mut Cx<'_, Self>);
    fn on_timer(&mut self, timer: Self::Timer, cx: &mut Cx<'_, Self>);
    fn on_command(&mut self, command: Self::Command, cx: &mut Cx<'_, Self>);
    fn on_fault(&mut self, fault: Self::Fault, cx: &mut Cx<'_, Self>);

    /// Whether one of the lab's own faults is still in the node: it is slow, it fails. As long as it is,
    /// the ledger counts the last such fault of this node as present. A crash ends it.
    fn ails(&self) -> bool {
        false
    }

    /// What the node shows of itself; never read by the protocol. Called before and after each step
    /// that is recorded, so it should cost little: numbers and names rather than text.
    fn view(&self) -> NodeView;

    /// The larger things that the node shows. Called only to draw a scene.
    fn panels(&self) -> Vec<Panel> {
        Vec::new()
    }

    /// Changes a parameter while the world runs; refuses with a sentence that names what is allowed.
    fn set_param(config: &mut Self::Config, name: &str, value: u64) -> Result<(), String>;
}

/// A message of a protocol. `Display` is its content in one line.
pub trait Message: Clone + Debug + Display + PartialEq + Hash {
    /// The message's type, as the literature names it: `RequestVote`.
    fn kind(&self) -> &'static str;

    /// How far something larger has come with it, that travels in several messages: 4 of 7 pieces.
    fn part(&self) -> Option<(u32, u32)> {
        None
    }
}

/// All that a handler may know of, or do to, the world. Effects are pushed, so none can be forgotten.
pub struct Cx<'a, P: Protocol> {
    pub(super) me: NodeId,
    /// The node's own clock.
    pub(super) now: Time,
    pub(super) roster: &'a Roster,
    pub(super) slot: usize,
    pub(super) config: &'a P::Config,
    pub(super) seed: u64,
    /// How many numbers this node has drawn in its life.
    pub(super) draws: &'a mut u64,
    pub(super) effects: &'a mut Effects<P>,
    /// Whether somebody will read the becauses.
    pub(super) recording: bool,
}

impl<P: Protocol> Cx<'_, P> {
    pub fn me(&self) -> NodeId {
        self.me
    }

    /// This node's own clock, which may drift from the world's.
    pub fn now(&self) -> Time {
        self.now
    }

    /// The other nodes of this node's kind (the same letter), sorted.
    pub fn peers(&self) -> &[NodeId] {
        &self.roster.peers[self.slot]
    }

    /// All nodes with that letter, sorted; this one too, if the letter is its own.
    pub fn all(&self, letter: char) -> &[NodeId] {
        self.roster.all(letter)
    }

    pub fn config(&self) -> &P::Config {
        self.config
    }

    pub fn send(&mut self, to: NodeId, msg: P::Msg) {
        self.effects.sends.push((to, msg));
    }

    /// Sends to every peer, in id order.
    pub fn broadcast(&mut self, msg: P::Msg) {
        for &peer in &self.roster.peers[self.slot] {
            self.effects.sends.push((peer, msg.clone()));
        }
    }

    /// Sets a timer to a wait that the world draws evenly from `after`, measured on this node's own
    /// clock. Replaces the timer if it is pending already. For an exact wait use [`exactly`].
    pub fn set_timer(&mut self, timer: P::Timer, after: Range<Span>) {
        self.effects.timers.push(TimerEffect::Set(timer, after));
    }

    /// Does nothing if the timer is not pending.
    pub fn cancel_timer(&mut self, timer: P::Timer) {
        self.effects.timers.push(TimerEffect::Cancel(timer));
    }

    /// Writes to the node's disk before any message of this step leaves.
    pub fn save(&mut self, durable: P::Durable) {
        self.effects.saved = Some(durable);
    }

    /// A number from `0..n`, drawn by the world and recorded in the step.
    pub fn pick(&mut self, n: u64) -> u64 {
        let drawn = Rng::new(self.seed, Purpose::Node(self.me), *self.draws).below(n);
        *self.draws += 1;
        if self.recording {
            self.effects.picks.push(drawn);
        }
        drawn
    }

    /// Tells that a rule fired, and the facts that made it fire. The facts are only put into words
    /// when somebody will read them.
    pub fn fire(&mut self, rule: P::Rule, because: impl FnOnce() -> String) {
        self.effects.fired.push(rule);
        if self.recording {
            self.effects.because.push(because());
        }
    }

    /// Tells that this node now takes another for failed. The world knows what is true and judges:
    /// a detection, or a false alarm. Telling it again changes nothing.
    pub fn suspect(&mut self, node: NodeId) {
        self.effects.suspicions.push((node, true));
    }

    /// Tells that this node takes another for alive (again).
    pub fn trust(&mut self, node: NodeId) {
        self.effects.suspicions.push((node, false));
    }
}

/// The range that holds one wait only.
pub fn exactly(span: Span) -> Range<Span> {
    span..Span(span.0.saturating_add(1))
}

/// What a handler did, in the order in which the world carries it out.
pub(super) struct Effects<P: Protocol> {
    pub saved: Option<P::Durable>,
    pub sends: Vec<(NodeId, P::Msg)>,
    pub timers: Vec<TimerEffect<P::Timer>>,
    pub suspicions: Vec<(NodeId, bool)>,
    pub fired: Vec<P::Rule>,
    /// Why each of them fired; empty if nobody will read it.
    pub because: Vec<String>,
    pub picks: Vec<u64>,
}

impl<P: Protocol> Effects<P> {
    pub fn new() -> Effects<P> {
        Effects {
            saved: None,
            sends: Vec::new(),
            timers: Vec::new(),
            suspicions: Vec::new(),
            fired: Vec::new(),
            because: Vec::new(),
            picks: Vec::new(),
        }
    }

    pub fn clear(&mut self) {
        self.saved = None;
        self.sends.clear();
        self.timers.clear();
        self.suspicions.clear();
        self.fired.clear();
        self.because.clear();
        self.picks.clear();
    }
}

pub(super) enum TimerEffect<T> {
    Set(T, Range<Span>),
    Cancel(T),
}

/// Who is in a world. Shared by all snapshots of it.
#[derive(Debug)]
pub struct Roster {
    /// In the order of their slots: by letter in order of first mention, then by number.
    ids: Vec<NodeId>,
    /// For each letter, where its nodes begin in `ids` and how many there are.
    places: [(usize, usize); 26],
    /// For each node, the others of its letter.
    peers: Vec<Vec<NodeId>>,
}

impl Roster {
    /// A roster of so many nodes of each letter, as in `[('n', 5), ('c', 2)]`. Panics if a letter is
    /// named twice.
    pub fn new(kinds: &[(char, u8)]) -> Roster {
        let mut ids = Vec::new();
        let mut places = [(0, 0); 26];
        for &(letter, count) in kinds {
            let place = &mut places[letter_place(letter)];
            assert_eq!(place.1, 0, "the letter {letter} is named twice");
            *place = (ids.len(), usize::from(count));
            ids.extend((1..=count).map(|number| NodeId::new(letter, number)));
        }
        let peers = ids
            .iter()
            .map(|me: &NodeId| {
                let same = |id: &&NodeId| id.letter() == me.letter() && *id != me;
                ids.iter().filter(same).copied().collect()
            })
            .collect();
        Roster { ids, places, peers }
    }

    /// All nodes, in the order of their slots.
    pub fn ids(&self) -> &[NodeId] {
        &self.ids
    }

    /// All nodes with that letter, sorted.
    pub fn all(&self, letter: char) -> &[NodeId] {
        let (start, count) = self.places[letter_place(letter)];
        &self.ids[start..start + count]
    }

    /// Where a node stands in `ids`, if it is in this world at all.
    pub fn slot(&self, id: NodeId) -> Option<usize> {
        let (start, count) = self.places[letter_place(id.letter())];
        let place = usize::from(id.number()) - 1;
        (place < count).then_some(start + place)
    }
}

fn letter_place(letter: char) -> usize {
    letter as usize - 'a' as usize
}
