//! What nodes say, wait for, are asked, and suffer.

use std::fmt;
use std::str::FromStr;

use crate::labs::jobs::{JobMsg, JobTimer};
use crate::sim::Message;

/// The number of a round of elections, from 1 upward. All that belongs to one round bears its number,
/// so that a node can tell a new election from the echo of an old one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub u64);

impl Epoch {
    pub fn next(self) -> Epoch {
        Epoch(self.0.saturating_add(1))
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "epoch {}", self.0)
    }
}

/// A message of the corrected node. Each carries its sender's epoch.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Msg {
    pub kind: Kind,
    pub epoch: Epoch,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// To higher ids: I hold an election; are you there?
    Election,
    /// To a lower id: I am, so it will not be you.
    Ok,
    /// To all lower ids: I lead.
    Coordinator,
    /// To all: I still lead.
    Heartbeat,
    /// To the leader, where a quorum counts: I follow you.
    Ack,
    /// About the leader's job. The epoch does not count.
    Job(JobMsg),
}

impl From<JobMsg> for Msg {
    fn from(job: JobMsg) -> Msg {
        Msg { kind: Kind::Job(job), epoch: Epoch::default() }
    }
}

impl From<JobTimer> for Timer {
    fn from(timer: JobTimer) -> Timer {
        Timer::Job(timer)
    }
}

impl fmt::Display for Msg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Job(job) => write!(f, "{job}"),
            Kind::Election | Kind::Ok | Kind::Coordinator | Kind::Heartbeat | Kind::Ack => {
                write!(f, "{}", self.epoch)
            }
        }
    }
}

impl Message for Msg {
    fn kind(&self) -> &'static str {
        match self.kind {
            Kind::Election => "ELECTION",
            Kind::Ok => "OK",
            Kind::Coordinator => "COORDINATOR",
            Kind::Heartbeat => "HEARTBEAT",
            Kind::Ack => "ACK",
            Kind::Job(job) => job.kind(),
        }
    }
}

/// What a node waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// A leader: the next heartbeat.
    Heartbeat,
    /// A follower: its leader's silence has lasted too long.
    Silence,
    /// A candidate: whoever has not answered OK by now is taken for failed.
    Ok,
    /// A candidate that was answered: the COORDINATOR should be here by now.
    Coordinator,
    /// One who uses the leader.
    Job(JobTimer),
}

impl fmt::Display for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Timer::Heartbeat => "heartbeat",
            Timer::Silence => "silence",
            Timer::Ok => "ok",
            Timer::Coordinator => "coordinator",
            Timer::Job(timer) => return write!(f, "{timer}"),
        })
    }
}

/// What may be asked of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Hold an election now.
    Election,
}

impl FromStr for Command {
    type Err = String;

    fn from_str(text: &str) -> Result<Command, String> {
        match text {
            "election" => Ok(Command::Election),
            _ => Err(format!("a node cannot be asked `{text}`; it can be asked `election`")),
        }
    }
}

/// Faults of this lab alone. Two of them make true what Bully takes for impossible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The next message that the node sends is refused by its own operating system.
    SendError,
    /// Somebody promotes the node by hand: it announces itself to everybody, elected or not.
    Claim,
    /// From now on the node takes every other one for higher, as if its list of members were wrong.
    AskAll,
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Fault, String> {
        match text {
            "send-error" => Ok(Fault::SendError),
            "claim" => Ok(Fault::Claim),
            "ask-all" => Ok(Fault::AskAll),
            _ => {
                Err(format!("this lab has no fault `{text}`; it has send-error, claim and ask-all"))
            }
        }
    }
}
