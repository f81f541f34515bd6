//! What printed nodes send, and what their threads wait for.

use std::fmt;

use crate::sim::{Message, NodeId};

/// One call of a node, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Call(pub u32);

/// All elections that follow from one occasion: one request to elect, or one wait that was in vain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Round(pub u64);

/// What the printed nodes send.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Msg {
    Election { call: Call, round: Round },
    Ok,
    Coordinator { call: Call, leader: NodeId },
    Return { call: Call, ok: bool },
}

/// What a thread waits for at most; the number is the thread's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// The deadline of its call.
    Deadline(u8),
    /// The end of its sleep.
    Sleep(u8),
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "call {}", self.0)
    }
}

impl fmt::Display for Msg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Msg::Election { call, .. } => write!(f, "{call}"),
            Msg::Ok => f.write_str("from send_ok_response"),
            Msg::Coordinator { call, leader } => write!(f, "{leader} leads, {call}"),
            Msg::Return { call, ok: true } => write!(f, "OK from {call}"),
            Msg::Return { call, ok: false } => write!(f, "from {call}"),
        }
    }
}

impl Message for Msg {
    fn kind(&self) -> &'static str {
        match self {
            Msg::Election { .. } => "ELECTION",
            Msg::Ok => "OK",
            Msg::Coordinator { .. } => "COORDINATOR",
            Msg::Return { .. } => "RETURN",
        }
    }
}

impl fmt::Display for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Timer::Deadline(id) => write!(f, "deadline-{id}"),
            Timer::Sleep(id) => write!(f, "sleep-{id}"),
        }
    }
}
