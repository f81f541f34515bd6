//! What is sent, waited for, and asked.

use std::fmt;
use std::str::FromStr;

use crate::labs::detection::beat::Beat;
use crate::sim::{Message, NodeId};

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Msg {
    /// From a node to the monitor: I am up.
    Heartbeat(Beat),
    /// Are you up?
    Ping { period: u64 },
    /// It is up. A helper passes it on.
    Ack { of: NodeId, period: u64 },
    /// From the monitor to a helper: ping it for me.
    PingReq { of: NodeId, period: u64 },
}

impl fmt::Display for Msg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Msg::Heartbeat(beat) => write!(f, "{beat}"),
            Msg::Ping { period } => write!(f, "period {period}"),
            Msg::Ack { of, period } => write!(f, "{of} is up in period {period}"),
            Msg::PingReq { of, period } => write!(f, "{of}, in period {period}"),
        }
    }
}

impl Message for Msg {
    fn kind(&self) -> &'static str {
        match self {
            Msg::Heartbeat(_) => "HEARTBEAT",
            Msg::Ping { .. } => "PING",
            Msg::Ack { .. } => "ACK",
            Msg::PingReq { .. } => "PING-REQ",
        }
    }
}

/// What a node waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// A node: the next heartbeat.
    Beat,
    /// The monitor: some judge has waited long enough for this node.
    Silent(NodeId),
    /// The monitor: a tick of the loop.
    Tick,
    /// The monitor: a period of probes ends, and the next one begins.
    Period,
    /// The monitor: it is time to ask others for help.
    Indirect,
}

impl fmt::Display for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Timer::Beat => f.write_str("beat"),
            Timer::Silent(node) => write!(f, "silent-{node}"),
            Timer::Tick => f.write_str("tick"),
            Timer::Period => f.write_str("period"),
            Timer::Indirect => f.write_str("indirect"),
        }
    }
}

/// What may be asked of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// A node: send a heartbeat now.
    Beat,
}

impl FromStr for Command {
    type Err = String;

    fn from_str(text: &str) -> Result<Command, String> {
        match text {
            "beat" => Ok(Command::Beat),
            _ => Err(format!("nobody can be asked `{text}`; it is `beat` for a node")),
        }
    }
}

/// This lab has no faults of its own: those of the world are enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Fault, String> {
        Err(format!("this lab has no fault `{text}`: crash, pause, slow, cut and lose"))
    }
}
