//! What nodes say, wait for, are asked, and suffer.

use std::fmt;
use std::str::FromStr;

use crate::sim::{Message, NodeId};

/// What is held of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    Alive,
    /// It did not answer, and may refute that.
    Suspect,
    /// It has not refuted it in time.
    Failed,
}

impl Status {
    pub fn word(self) -> &'static str {
        match self {
            Status::Alive => "alive",
            Status::Suspect => "suspect",
            Status::Failed => "failed",
        }
    }
}

/// A piece of news about a node, which rides on other messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Update {
    pub node: NodeId,
    pub status: Status,
    /// Which of the node's statements about itself this is about.
    pub incarnation: u64,
    /// Who says so.
    pub by: NodeId,
}

/// A message, with the news that rides on it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Msg {
    pub kind: Kind,
    /// The sender's own incarnation.
    pub incarnation: u64,
    pub news: Vec<Update>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Are you there? To be answered with the same number.
    Ping(u64),
    Ack(u64),
    /// Ask that node for me; the number is the asker's.
    PingReq(u64, NodeId),
    /// All-to-all: I am up.
    Heartbeat,
}

impl fmt::Display for Update {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ({})", self.node, self.status.word(), self.incarnation)
    }
}

impl fmt::Display for Msg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Ping(number) | Kind::Ack(number) => write!(f, "no. {number}")?,
            Kind::PingReq(number, node) => write!(f, "no. {number}, {node}")?,
            Kind::Heartbeat => write!(f, "incarnation {}", self.incarnation)?,
        }
        for update in &self.news {
            write!(f, "; {update}")?;
        }
        Ok(())
    }
}

impl Message for Msg {
    fn kind(&self) -> &'static str {
        match self.kind {
            Kind::Ping(_) => "PING",
            Kind::Ack(_) => "ACK",
            Kind::PingReq(..) => "PING-REQ",
            Kind::Heartbeat => "HEARTBEAT",
        }
    }
}

/// What a node waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// The next period.
    Period,
    /// A direct answer.
    Answer,
    /// This suspect's time to refute; all-to-all: its next heartbeat.
    Suspect(NodeId),
}

impl fmt::Display for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Timer::Period => f.write_str("period"),
            Timer::Answer => f.write_str("answer"),
            Timer::Suspect(node) => write!(f, "suspect-{node}"),
        }
    }
}

/// What may be asked of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Probe somebody now.
    Probe,
}

impl FromStr for Command {
    type Err = String;

    fn from_str(text: &str) -> Result<Command, String> {
        match text {
            "probe" => Ok(Command::Probe),
            _ => Err(format!("a node cannot be asked `{text}`; it can be asked `probe`")),
        }
    }
}

/// Faults of this lab alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The node tells a lie: that this one has failed.
    Slander(NodeId),
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Fault, String> {
        let wrong = || format!("this lab has no fault `{text}`; it has `slander n3`");
        text.strip_prefix("slander ").ok_or_else(wrong)?.parse().map(Fault::Slander)
    }
}
