//! What nodes say, wait for, are asked, and suffer.

use std::fmt;
use std::str::FromStr;

use crate::labs::detection::beat::Beat;
use crate::sim::{Message, NodeId, Span};

/// A fencing token: who holds a greater one owns the shard. 0 is nobody's.
pub type Token = u64;

/// What is sent. A shard bears the name of the node that owns it when all is well.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Msg {
    /// "I am up", to every monitor.
    Heartbeat(Beat),
    /// The owner's work on its shard, to the store.
    Write {
        shard: NodeId,
        token: Token,
    },
    /// The store has seen a newer owner.
    Refused {
        shard: NodeId,
        newest: Token,
    },
    /// From m1 to the store: from now on refuse all older owners.
    Fence {
        shard: NodeId,
        token: Token,
    },
    Fenced {
        shard: NodeId,
        token: Token,
    },
    /// From m1 to the new owner.
    TakeOver {
        shard: NodeId,
        token: Token,
    },
    Took {
        shard: NodeId,
        token: Token,
    },
    /// From m1 to the other monitors: do you hear it?
    DoYouHear {
        node: NodeId,
    },
    Opinion {
        node: NodeId,
        hears: bool,
    },
}

impl fmt::Display for Msg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Msg::Heartbeat(beat) => write!(f, "{beat}"),
            Msg::Write { shard, token }
            | Msg::Fence { shard, token }
            | Msg::Fenced { shard, token }
            | Msg::TakeOver { shard, token }
            | Msg::Took { shard, token } => write!(f, "shard {shard}, token {token}"),
            Msg::Refused { shard, newest } => write!(f, "shard {shard}, newest token {newest}"),
            Msg::DoYouHear { node } => write!(f, "{node}"),
            Msg::Opinion { node, hears } => {
                write!(f, "{node} {}", if *hears { "is heard" } else { "is silent" })
            }
        }
    }
}

impl Message for Msg {
    fn kind(&self) -> &'static str {
        match self {
            Msg::Heartbeat(_) => "HEARTBEAT",
            Msg::Write { .. } => "WRITE",
            Msg::Refused { .. } => "REFUSED",
            Msg::Fence { .. } => "FENCE",
            Msg::Fenced { .. } => "FENCED",
            Msg::TakeOver { .. } => "TAKE-OVER",
            Msg::Took { .. } => "TOOK",
            Msg::DoYouHear { .. } => "DO-YOU-HEAR",
            Msg::Opinion { .. } => "OPINION",
        }
    }
}

/// What a node waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// A node or the spare: the next heartbeat, and the next write.
    Beat,
    /// A monitor: this node has been silent for too long.
    Suspect(NodeId),
    /// m1: an answer about this node's shard is overdue.
    Answer(NodeId),
    /// As printed: `time.sleep` of the loop.
    Tick,
    /// As printed: `initiate_recovery` returns.
    Recovered,
}

impl fmt::Display for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Timer::Beat => f.write_str("beat"),
            Timer::Suspect(node) => write!(f, "suspect-{node}"),
            Timer::Answer(node) => write!(f, "answer-{node}"),
            Timer::Tick => f.write_str("tick"),
            Timer::Recovered => f.write_str("recovered"),
        }
    }
}

/// What may be asked of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// A node: send a heartbeat now.
    Beat,
    /// A monitor: watch this node, too.
    Add(NodeId),
}

impl FromStr for Command {
    type Err = String;

    fn from_str(text: &str) -> Result<Command, String> {
        match text.split_once(' ') {
            None if text == "beat" => Ok(Command::Beat),
            Some(("add", node)) => node.parse().map(Command::Add),
            None | Some(_) => Err(format!(
                "nobody can be asked `{text}`; it is `beat` for a node, `add n3` for a monitor"
            )),
        }
    }
}

/// Faults of this lab alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The monitor's wall clock is set back by so much.
    ClockBack(Span),
    /// The monitor's loop and a heartbeat's thread use the same counter at the same time.
    Race,
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Fault, String> {
        match text.split_once(' ') {
            None if text == "race" => Ok(Fault::Race),
            Some(("clock-back", span)) => span.parse().map(Fault::ClockBack),
            None | Some(_) => {
                Err(format!("this lab has no fault `{text}`; it has `clock-back 3600s` and `race`"))
            }
        }
    }
}
