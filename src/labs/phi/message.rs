//! What nodes say, wait for, are asked, and suffer.

use std::fmt;
use std::str::FromStr;

use crate::labs::detection::beat::Beat;
use crate::sim::{Message, NodeId, Span};

/// "I am up."
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Heartbeat(pub Beat);

impl fmt::Display for Heartbeat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Message for Heartbeat {
    fn kind(&self) -> &'static str {
        "HEARTBEAT"
    }
}

/// What a node waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// A node: the next heartbeat.
    Beat,
    /// The monitor: phi of this node reaches the threshold now.
    Suspect(NodeId),
    /// The monitor: the fixed timeout for this node is over.
    Fixed(NodeId),
    /// As printed: it is time to ask `is_available` of every node.
    Poll,
}

impl fmt::Display for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Timer::Beat => f.write_str("beat"),
            Timer::Suspect(node) => write!(f, "suspect-{node}"),
            Timer::Fixed(node) => write!(f, "fixed-{node}"),
            Timer::Poll => f.write_str("poll"),
        }
    }
}

/// What may be asked of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Send a heartbeat now.
    Beat,
}

impl FromStr for Command {
    type Err = String;

    fn from_str(text: &str) -> Result<Command, String> {
        match text {
            "beat" => Ok(Command::Beat),
            _ => Err(format!("a node cannot be asked `{text}`; it can be asked `beat`")),
        }
    }
}

/// Faults of this lab alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The node does nothing for so long, as in a garbage collection, and then goes on by itself.
    Stall(Span),
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Fault, String> {
        let span = text.strip_prefix("stall ");
        let wrong = || format!("this lab has no fault `{text}`; it has `stall 2s`");
        span.ok_or_else(wrong)?.parse().map(Fault::Stall)
    }
}
