//! Steps: what happened, as plain data.

use std::hash::Hasher;

use serde::Serialize;
use siphasher::sip::SipHasher13;

use super::faults::StageChange;
use super::id::{MsgId, NodeId, StepIndex};
use super::input::Input;
use super::spec::Violation;
use super::time::{Span, Time};
use super::view::{Envelope, Fate, Value};

/// One transition of the world. Everything that a person sees of a run is drawn from these.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    pub index: StepIndex,
    #[serde(rename = "time_us")]
    pub time: Time,
    /// The node that acted, or that was acted upon.
    pub node: Option<NodeId>,
    pub cause: Cause,
    /// The step that this one follows from: the sending of the message, the setting of the timer.
    pub parent: Option<StepIndex>,
    /// The step that explains this one better than its parent, if one does; "why?" prefers it. Where a
    /// node suspects another, that is what silenced the other (the fault that was injected, or the
    /// message that the link lost); where a message or a timer comes to nothing, the fault that
    /// ended it.
    pub blames: Option<StepIndex>,
    /// The rules of the protocol that fired, in order.
    pub fired: Vec<Firing>,
    pub sent: Vec<Sent>,
    /// What differs in the node's view, before and after.
    pub changes: Vec<Change>,
    /// Timers that were set, with the range and the draw.
    pub timers: Vec<TimerSet>,
    /// The numbers that the world drew for the node.
    pub picks: Vec<u64>,
    /// Whether the node wrote to its disk.
    pub saved: bool,
    /// Which fault moved to which stage.
    pub faults: Vec<StageChange>,
    /// The invariant that this step broke, if any.
    pub violation: Option<Violation>,
}

/// Why a step happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The node began.
    Start,
    /// A message arrived.
    Deliver(Envelope),
    /// A timer came due, by its name.
    Timer(String),
    /// Somebody acted on the world.
    Input {
        input: Input,
        /// The ledger's number for it, if it is a fault.
        fault: Option<super::id::FaultId>,
        /// The message that it was done to, as it was before.
        message: Option<Envelope>,
    },
    /// A message reached the end of its way without being delivered.
    Undelivered { message: Envelope, why: Loss },
    /// Something came for a paused node and waits there.
    Held(Held),
}

/// Why a message was not delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// The link lost it, by chance.
    Lost,
    /// The link was cut.
    Cut,
    /// A learner dropped it.
    Dropped,
    /// The receiver's checksum did not match.
    Corrupted,
    /// The receiver was down.
    Down,
    /// Too many messages were in flight.
    Overflow,
}

impl Loss {
    /// What will become of a message with this fate, as far as is known while it travels.
    pub fn of(fate: Fate) -> Option<Loss> {
        match fate {
            Fate::Travelling | Fate::Waiting => None,
            Fate::Lost => Some(Loss::Lost),
            Fate::Cut => Some(Loss::Cut),
            Fate::Dropped => Some(Loss::Dropped),
            Fate::Corrupted => Some(Loss::Corrupted),
            Fate::Overflow => Some(Loss::Overflow),
        }
    }
}

/// What waits at a paused node.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Held {
    Message(Envelope),
    Timer(String),
}

/// A rule of the protocol that fired.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Firing {
    /// The rule's name, as in the lab's `rules.txt`.
    pub rule: &'static str,
    /// The facts that made it fire: "term 4 > 3".
    pub because: String,
}

/// A message that a step sent.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sent {
    pub message: Envelope,
    pub fate: Fate,
    /// The message of which this is a second copy, if it is one.
    pub copy_of: Option<MsgId>,
}

/// One fact of a node that a step changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    pub field: &'static str,
    pub old: Value,
    pub new: Value,
    /// Whether it is a turning point of the run.
    pub notable: bool,
}

/// A timer that a step set.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TimerSet {
    pub name: String,
    pub range: (Span, Span),
    pub drawn: Span,
}

impl Step {
    /// Whether a run to the next turning point stops here: a role, a term, a leader, a fault's stage
    /// or an invariant changed, or somebody acted.
    pub fn is_turning_point(&self) -> bool {
        self.violation.is_some()
            || !self.faults.is_empty()
            || matches!(self.cause, Cause::Input { .. })
            || self.changes.iter().any(|change| change.notable)
    }
}

/// A running digest of everything that happened. Two runs with the same digest did the same.
///
/// SipHash-1-3 over the integers of each step, each widened to 64 bits, so that 32-bit wasm and 64-bit
/// native code agree.
#[derive(Clone, Debug)]
pub struct Digest {
    sip: SipHasher13,
    /// The newest words, in little-endian order; they go into the hasher together, which is several
    /// times as fast as one by one.
    block: [u8; BLOCK],
    filled: usize,
}

/// How many bytes go into the hasher at a time.
const BLOCK: usize = 64;

impl Default for Digest {
    fn default() -> Digest {
        Digest { sip: SipHasher13::new(), block: [0; BLOCK], filled: 0 }
    }
}

impl Digest {
    /// The digest so far. More can be added afterwards.
    pub fn value(&self) -> u64 {
        let mut sip = self.sip;
        sip.write(&self.block[..self.filled]);
        sip.finish()
    }

    /// The digest so far, as scripts and links write it.
    pub fn text(&self) -> String {
        format!("{:016x}", self.value())
    }
}

impl Hasher for Digest {
    fn finish(&self) -> u64 {
        self.value()
    }
    /// The bytes in words of eight, the last one filled up with zeros; their number goes first.
    fn write(&mut self, bytes: &[u8]) {
        self.write_usize(bytes.len());
        for word in bytes.chunks(8) {
            let mut whole = [0; 8];
            whole[..word.len()].copy_from_slice(word);
            self.write_u64(u64::from_le_bytes(whole));
        }
    }
    fn write_u8(&mut self, i: u8) {
        self.write_u64(u64::from(i));
    }
    fn write_u16(&mut self, i: u16) {
        self.write_u64(u64::from(i));
    }
    fn write_u32(&mut self, i: u32) {
        self.write_u64(u64::from(i));
    }
    #[inline]
    fn write_u64(&mut self, i: u64) {
        self.block[self.filled..self.filled + 8].copy_from_slice(&i.to_le_bytes());
        self.filled += 8;
        if self.filled == BLOCK {
            self.sip.write(&self.block);
            self.filled = 0;
        }
    }
    fn write_u128(&mut self, i: u128) {
        self.write_u64(i as u64);
        self.write_u64((i >> 64) as u64);
    }
    fn write_usize(&mut self, i: usize) {
        self.write_u64(i as u64);
    }
    fn write_i8(&mut self, i: i8) {
        self.write_u8(i as u8);
    }
    fn write_i16(&mut self, i: i16) {
        self.write_u16(i as u16);
    }
    fn write_i32(&mut self, i: i32) {
        self.write_u32(i as u32);
    }
    fn write_i64(&mut self, i: i64) {
        self.write_u64(i as u64);
    }
    fn write_i128(&mut self, i: i128) {
        self.write_u128(i as u128);
    }
    fn write_isize(&mut self, i: isize) {
        self.write_i64(i as i64);
    }
}
