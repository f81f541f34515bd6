//! What is sent, waited for, asked, and suffered.

use std::fmt;
use std::str::FromStr;

use crate::sim::{Message, NodeId};

/// What a check asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Probe {
    /// Does the process work? If not, it has to be restarted.
    Live,
    /// Can it serve now? If not, it should get no requests.
    Ready,
}

impl Probe {
    pub fn word(self) -> &'static str {
        match self {
            Probe::Live => "live",
            Probe::Ready => "ready",
        }
    }
}

/// What came of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Page {
    Right,
    /// It looks like an answer.
    Wrong,
    Failed,
}

impl Page {
    pub fn word(self) -> &'static str {
        match self {
            Page::Right => "right",
            Page::Wrong => "wrong",
            Page::Failed => "failed",
        }
    }
}

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Msg {
    /// From the client to the balancer, and from there to a server. `fresh`: it needs the database.
    Request {
        number: u64,
        fresh: bool,
    },
    Reply {
        number: u64,
        page: Page,
    },
    /// From the balancer: a question whose answer is known.
    Check {
        round: u64,
        probe: Probe,
    },
    Checked {
        round: u64,
        probe: Probe,
        ok: bool,
        /// The answer to the question, see [`answer`].
        answer: u64,
    },
    /// To the database.
    Query {
        token: u64,
    },
    /// `ok`: it is no refusal.
    Rows {
        token: u64,
        ok: bool,
    },
    /// `GET /health`, with how many checks it is the consequence of.
    Health {
        token: u64,
        depth: u64,
    },
    Status {
        token: u64,
        code: u64,
    },
    /// As printed: `get_cpu_usage()`.
    Usage {
        token: u64,
    },
    /// Its answer; nothing if it raises.
    Used {
        token: u64,
        cpu: Option<u64>,
    },
    Restart {
        number: u64,
    },
    /// To the operator: a verdict has changed.
    Alert {
        server: NodeId,
        healthy: bool,
    },
}

/// The right answer to the question of a check.
pub fn answer(round: u64) -> u64 {
    round * 7 % 97
}

impl fmt::Display for Msg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Msg::Request { number, fresh: true } => {
                write!(f, "request {number}, from the database")
            }
            Msg::Request { number, fresh: false } => write!(f, "request {number}, a cached page"),
            Msg::Reply { number, page } => write!(f, "request {number}: {}", page.word()),
            Msg::Check { round, probe } => write!(f, "round {round}: {}?", probe.word()),
            Msg::Checked { round, probe, ok, answer } => {
                let not = if *ok { "" } else { "not " };
                write!(f, "round {round}: {not}{}, and the answer is {answer}", probe.word())
            }
            Msg::Query { .. } => f.write_str("SELECT 1"),
            Msg::Rows { ok, .. } => f.write_str(if *ok { "1" } else { "connection refused" }),
            Msg::Health { depth, .. } => write!(f, "GET /health, for {depth} others"),
            Msg::Status { code, .. } => write!(f, "{code}"),
            Msg::Usage { .. } => f.write_str("get_cpu_usage()"),
            Msg::Used { cpu: Some(cpu), .. } => write!(f, "{cpu} %"),
            Msg::Used { cpu: None, .. } => f.write_str("raises"),
            Msg::Restart { number } => write!(f, "restart {number}"),
            Msg::Alert { server, healthy } => {
                write!(f, "{server} is {}", if *healthy { "healthy again" } else { "not healthy" })
            }
        }
    }
}

impl Message for Msg {
    fn kind(&self) -> &'static str {
        match self {
            Msg::Request { .. } => "REQUEST",
            Msg::Reply { .. } => "REPLY",
            Msg::Check { .. } => "CHECK",
            Msg::Checked { .. } => "CHECKED",
            Msg::Query { .. } => "QUERY",
            Msg::Rows { .. } => "ROWS",
            Msg::Health { .. } => "HEALTH",
            Msg::Status { .. } => "STATUS",
            Msg::Usage { .. } => "USAGE",
            Msg::Used { .. } => "USED",
            Msg::Restart { .. } => "RESTART",
            Msg::Alert { .. } => "ALERT",
        }
    }
}

/// What a node waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// The balancer: the next round of checks of this server.
    Check(NodeId),
    /// The balancer: this server's answers are overdue.
    Overdue(NodeId),
    /// The balancer: the server may come back from its ejection.
    Back(NodeId),
    /// The balancer: look for requests without an answer.
    Sweep,
    /// A server: what it asked for on behalf of this work is overdue.
    Work(u64),
    /// A server: it has come up.
    Up,
    /// A client: the next request.
    Ask,
    /// As printed: `time.sleep(30)`.
    Sleep,
    /// As printed: `timeout=5` of `requests.get`.
    Get,
}

impl fmt::Display for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Timer::Check(node) => write!(f, "check-{node}"),
            Timer::Overdue(node) => write!(f, "overdue-{node}"),
            Timer::Back(node) => write!(f, "back-{node}"),
            Timer::Sweep => f.write_str("sweep"),
            Timer::Work(token) => write!(f, "work-{token}"),
            Timer::Up => f.write_str("up"),
            Timer::Ask => f.write_str("ask"),
            Timer::Sleep => f.write_str("sleep"),
            Timer::Get => f.write_str("get"),
        }
    }
}

/// What may be asked of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// The balancer: check all now.
    Check,
    /// A server: so much of its processor is in use, in percent.
    Load(u64),
}

impl FromStr for Command {
    type Err = String;

    fn from_str(text: &str) -> Result<Command, String> {
        let load = |percent: &str| percent.parse::<u64>().ok().filter(|percent| *percent <= 100);
        match text.split_once(' ') {
            None if text == "check" => return Ok(Command::Check),
            Some(("load", percent)) => {
                if let Some(percent) = load(percent) {
                    return Ok(Command::Load(percent));
                }
            }
            None | Some(_) => {}
        }
        Err(format!(
            "nobody can be asked `{text}`; it is `check` for the balancer, `load 95` for a server"
        ))
    }
}

/// Faults of this lab alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The process answers, and its answers are wrong.
    Zombie,
    /// The process does nothing any more; its machine can restart it.
    Hang,
    /// As printed: `get_cpu_usage()` raises.
    Raise,
    /// The database refuses connections, until it restarts.
    Refuse,
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Fault, String> {
        match text {
            "zombie" => Ok(Fault::Zombie),
            "hang" => Ok(Fault::Hang),
            "raise" => Ok(Fault::Raise),
            "refuse" => Ok(Fault::Refuse),
            _ => Err(format!(
                "this lab has no fault `{text}`; it has `zombie`, `hang`, `raise` and `refuse`"
            )),
        }
    }
}
