//! What is sent, waited for, asked, and suffered.

use std::fmt;
use std::str::FromStr;

use crate::sim::{Message, NodeId, Span};

/// The number of a life of a process: that of the order that began it. A greater one is later.
pub type Life = u64;

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Msg {
    /// From the supervisor to a machine: run the process; `tie` is the life of the one that it is tied to.
    Start {
        life: Life,
        tie: Life,
    },
    /// End every life before this one.
    Stop {
        before: Life,
    },
    /// From a machine: the process runs. Whether it will ever be ready is another question.
    Spawned {
        life: Life,
    },
    Ready {
        life: Life,
    },
    /// The process is gone.
    Exited {
        life: Life,
    },
    /// From the process: it is up.
    Alive {
        life: Life,
    },
    /// From the supervisor to the operator.
    Escalate {
        number: u64,
    },
    Noted {
        number: u64,
    },
    /// From a client.
    Request {
        number: u64,
    },
    Reply {
        number: u64,
        served: bool,
    },
    /// From a process to the one that it is tied to, on behalf of a client.
    Call {
        client: NodeId,
        number: u64,
        life: Life,
    },
    Answer {
        client: NodeId,
        number: u64,
        known: bool,
    },
}

impl fmt::Display for Msg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Msg::Start { life, tie: 0 } => write!(f, "life {life}"),
            Msg::Start { life, tie } => write!(f, "life {life}, tied to life {tie}"),
            Msg::Stop { before } => write!(f, "all before life {before}"),
            Msg::Spawned { life }
            | Msg::Ready { life }
            | Msg::Exited { life }
            | Msg::Alive { life } => write!(f, "life {life}"),
            Msg::Escalate { number } | Msg::Noted { number } => write!(f, "escalation {number}"),
            Msg::Request { number } => write!(f, "request {number}"),
            Msg::Reply { number, served } => {
                write!(f, "request {number} {}", if *served { "is served" } else { "failed" })
            }
            Msg::Call { number, life, .. } => write!(f, "request {number}, to life {life}"),
            Msg::Answer { number, known: true, .. } => write!(f, "request {number}"),
            Msg::Answer { number, known: false, .. } => {
                write!(f, "request {number}: that life is over")
            }
        }
    }
}

impl Message for Msg {
    fn kind(&self) -> &'static str {
        match self {
            Msg::Start { .. } => "START",
            Msg::Stop { .. } => "STOP",
            Msg::Spawned { .. } => "SPAWNED",
            Msg::Ready { .. } => "READY",
            Msg::Exited { .. } => "EXITED",
            Msg::Alive { .. } => "ALIVE",
            Msg::Escalate { .. } => "ESCALATE",
            Msg::Noted { .. } => "NOTED",
            Msg::Request { .. } => "REQUEST",
            Msg::Reply { .. } => "REPLY",
            Msg::Call { .. } => "CALL",
            Msg::Answer { .. } => "ANSWER",
        }
    }
}

/// What a node waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// The supervisor: this process has said nothing for too long.
    Silent(NodeId),
    /// The supervisor: the wait before an attempt is over.
    Backoff,
    /// The supervisor: what was started should be ready by now.
    Ready(NodeId),
    /// The supervisor: the operator has not answered.
    Page,
    /// A machine: the process is ready now.
    Up,
    /// A process: say that it is up.
    Beat,
    /// A client: the next round of requests.
    Ask,
    /// As printed: `time.sleep(5)` between stop and start.
    Grace(NodeId),
    /// As printed: whoever called `attempt_recovery` calls it again.
    Again(NodeId),
}

impl fmt::Display for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Timer::Silent(node) => write!(f, "silent-{node}"),
            Timer::Backoff => f.write_str("backoff"),
            Timer::Ready(node) => write!(f, "ready-{node}"),
            Timer::Page => f.write_str("page"),
            Timer::Up => f.write_str("up"),
            Timer::Beat => f.write_str("beat"),
            Timer::Ask => f.write_str("ask"),
            Timer::Grace(node) => write!(f, "grace-{node}"),
            Timer::Again(node) => write!(f, "again-{node}"),
        }
    }
}

/// What may be asked of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// A machine: kill the process, as an operator would.
    Kill,
    /// A machine: take back what is wrong with the process.
    Mend,
    /// The supervisor: begin anew after an escalation.
    Reset,
}

impl FromStr for Command {
    type Err = String;

    fn from_str(text: &str) -> Result<Command, String> {
        match text {
            "kill" => Ok(Command::Kill),
            "mend" => Ok(Command::Mend),
            "reset" => Ok(Command::Reset),
            _ => Err(format!(
                "nobody can be asked `{text}`; it is `kill` or `mend` for a worker, `reset` for the \
                 supervisor"
            )),
        }
    }
}

/// Faults of this lab alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The process fails once, by a transient error.
    Exit,
    /// The process stands still and says nothing.
    Hang,
    /// From now on the process leaks memory, in this life and in all later ones.
    Leak,
    /// From now on the process cannot start; it is still running.
    BadConfig,
    /// The supervisor's wall clock is set back by so much.
    ClockBack(Span),
    /// As printed: two threads notice the next failure at once.
    Race,
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Fault, String> {
        if let Some(("clock-back", span)) = text.split_once(' ') {
            return span.parse().map(Fault::ClockBack);
        }
        match text {
            "exit" => Ok(Fault::Exit),
            "hang" => Ok(Fault::Hang),
            "leak" => Ok(Fault::Leak),
            "bad-config" => Ok(Fault::BadConfig),
            "race" => Ok(Fault::Race),
            _ => Err(format!(
                "this lab has no fault `{text}`; it has `exit`, `hang`, `leak`, `bad-config`, \
                 `clock-back 7200s` and `race`"
            )),
        }
    }
}
