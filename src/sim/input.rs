//! Everything from outside. Nothing else can disturb a world.

use std::fmt;

use serde::{Serialize, Serializer};

use super::id::{MsgId, NodeId};
use super::network::LinkSettings;
use super::time::Span;

/// The fastest and slowest that a clock may run, in parts per million off the world's.
pub const SKEW_MAX_PPM: i32 = 500_000;

/// No pause of one event (a slow node, a slow disk, a delayed message) is longer than this.
pub const DELAY_MAX: Span = Span::from_secs(600);

/// One act upon a world. Its `Display` is its form in a script.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// Stop a node at once; what it saved survives.
    Crash(NodeId),
    /// Start a crashed node from what it had saved.
    Restart(NodeId),
    /// Lose what a crashed node had saved, as when its disk is replaced by an empty one.
    Wipe(NodeId),
    /// Stop a node in its tracks, as a long garbage collection does: its timers and messages wait.
    Pause(NodeId),
    Resume(NodeId),
    /// Make every event take this long at a node; zero makes it fast again.
    Slow(NodeId, Span),
    /// Make every write to a node's disk take this long; zero makes it fast again.
    SlowDisk(NodeId, Span),
    /// Let a node's clock run this many parts per million too fast (or, negative, too slow).
    Skew(NodeId, i32),
    /// Cut one direction of a link: nothing more gets through, nor does what is on its way.
    Cut(NodeId, NodeId),
    /// Mend one direction of a link.
    Heal(NodeId, NodeId),
    /// Mend every cut and give every link its default settings again.
    HealAll,
    /// Cut every link between different groups and mend those within a group. Nodes that are in no
    /// group keep their links as they are.
    Partition(Vec<Vec<NodeId>>),
    /// Give one direction of a link other settings.
    Link(NodeId, NodeId, LinkSettings),
    Drop(MsgId),
    Duplicate(MsgId),
    /// Let a message arrive this much later.
    Delay(MsgId, Span),
    /// Let a message arrive now.
    Hurry(MsgId),
    /// Damage a message, so that the receiver's checksum rejects it.
    Corrupt(MsgId),
    /// Fire a pending timer of a node now, by its name.
    FireTimer(NodeId, String),
    /// Ask something of a node, in the lab's own words.
    Command(NodeId, String),
    /// A fault that only this lab knows, in the lab's own words.
    Fault(NodeId, String),
    /// Change a parameter of the lab while it runs.
    Set(String, u64),
}

impl Input {
    /// Whether it harms the world, and so gets an entry in the fault ledger.
    pub fn is_fault(&self) -> bool {
        match self {
            Input::Crash(_)
            | Input::Wipe(_)
            | Input::Pause(_)
            | Input::Cut(..)
            | Input::Partition(_)
            | Input::Link(..)
            | Input::Drop(_)
            | Input::Duplicate(_)
            | Input::Delay(..)
            | Input::Corrupt(_)
            | Input::Fault(..) => true,
            Input::Slow(_, span) | Input::SlowDisk(_, span) => *span > Span::ZERO,
            Input::Skew(_, ppm) => *ppm != 0,
            Input::Restart(_)
            | Input::Resume(_)
            | Input::Heal(..)
            | Input::HealAll
            | Input::Hurry(_)
            | Input::FireTimer(..)
            | Input::Command(..)
            | Input::Set(..) => false,
        }
    }

    /// The node that it is about, if it is about one.
    pub fn node(&self) -> Option<NodeId> {
        match self {
            Input::Crash(node)
            | Input::Restart(node)
            | Input::Wipe(node)
            | Input::Pause(node)
            | Input::Resume(node)
            | Input::Slow(node, _)
            | Input::SlowDisk(node, _)
            | Input::Skew(node, _)
            | Input::FireTimer(node, _)
            | Input::Command(node, _)
            | Input::Fault(node, _) => Some(*node),
            Input::Cut(..)
            | Input::Heal(..)
            | Input::HealAll
            | Input::Partition(_)
            | Input::Link(..)
            | Input::Drop(_)
            | Input::Duplicate(_)
            | Input::Delay(..)
            | Input::Hurry(_)
            | Input::Corrupt(_)
            | Input::Set(..) => None,
        }
    }
}

impl Input {
    /// The message that it is done to, if it is done to one.
    pub fn message(&self) -> Option<MsgId> {
        match self {
            Input::Drop(msg)
            | Input::Duplicate(msg)
            | Input::Delay(msg, _)
            | Input::Hurry(msg)
            | Input::Corrupt(msg) => Some(*msg),
            Input::Crash(_)
            | Input::Restart(_)
            | Input::Wipe(_)
            | Input::Pause(_)
            | Input::Resume(_)
            | Input::Slow(..)
            | Input::SlowDisk(..)
            | Input::Skew(..)
            | Input::Cut(..)
            | Input::Heal(..)
            | Input::HealAll
            | Input::Partition(_)
            | Input::Link(..)
            | Input::FireTimer(..)
            | Input::Command(..)
            | Input::Fault(..)
            | Input::Set(..) => None,
        }
    }
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Input::Crash(node) => write!(f, "crash {node}"),
            Input::Restart(node) => write!(f, "restart {node}"),
            Input::Wipe(node) => write!(f, "wipe {node}"),
            Input::Pause(node) => write!(f, "pause {node}"),
            Input::Resume(node) => write!(f, "resume {node}"),
            Input::Slow(node, span) => write!(f, "slow {node} {}", span.to_script()),
            Input::SlowDisk(node, span) => write!(f, "slow-disk {node} {}", span.to_script()),
            Input::Skew(node, ppm) => write!(f, "skew {node} {ppm:+}ppm"),
            Input::Cut(from, to) => write!(f, "cut {from} {to}"),
            Input::Heal(from, to) => write!(f, "heal {from} {to}"),
            Input::HealAll => f.write_str("heal all"),
            Input::Partition(groups) => {
                f.write_str("partition")?;
                for (i, group) in groups.iter().enumerate() {
                    f.write_str(if i == 0 { "" } else { " |" })?;
                    for node in group {
                        write!(f, " {node}")?;
                    }
                }
                Ok(())
            }
            Input::Link(from, to, settings) => write!(f, "link {from} {to} {settings}"),
            Input::Drop(msg) => write!(f, "drop {msg}"),
            Input::Duplicate(msg) => write!(f, "duplicate {msg}"),
            Input::Delay(msg, span) => write!(f, "delay {msg} {}", span.to_script()),
            Input::Hurry(msg) => write!(f, "hurry {msg}"),
            Input::Corrupt(msg) => write!(f, "corrupt {msg}"),
            Input::FireTimer(node, timer) => write!(f, "fire {node} {timer}"),
            Input::Command(node, command) => write!(f, "command {node} {command}"),
            Input::Fault(node, fault) => write!(f, "fault {node} {fault}"),
            Input::Set(param, value) => write!(f, "set {param} {value}"),
        }
    }
}

impl Serialize for Input {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Why an input was refused: one sentence that says what is wrong and, where it helps, what is
/// allowed. A refused input changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputError(pub String);

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InputError {}
