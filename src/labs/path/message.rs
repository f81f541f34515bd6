//! What the parts of a request path say to each other, wait for, are asked, and suffer.

use std::fmt;
use std::str::FromStr;

use crate::sim::{Message, Ppm, Span};

/// One attempt at a call, numbered by its sender. Never used twice, not even after a restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);

/// A user's request, the same along the whole path and in every attempt: its idempotency key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub u64);

/// What a request belongs to: a dependency, a priority, a feature. What the number means is the lab's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Class(pub u8);

/// Whether a request can succeed at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Nature {
    #[default]
    Sound,
    /// It is wrong in itself, and every healthy server will say so.
    Invalid,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Msg {
    Request(Request),
    Reply(Reply),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Request {
    pub call: CallId,
    pub key: Key,
    /// The how manieth attempt of its sender it is, from 1 upward.
    pub attempt: u8,
    /// How long its sender still waits; `None` if for ever. A length and not an instant, so that it
    /// means the same on every clock, as in gRPC's `grpc-timeout`.
    pub left: Option<Span>,
    pub class: Class,
    pub nature: Nature,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reply {
    pub call: CallId,
    pub outcome: Outcome,
    /// The server asks not to be called again before so long (`Retry-After`).
    pub pushback: Option<Span>,
}

/// How a call ends, for whoever made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    Ok,
    /// Served, but with less than was asked for: a fallback's answer.
    Degraded,
    /// The server tried and failed (500).
    Failed,
    /// The server did not even try (503).
    Refused,
    /// Nobody could have waited for the answer any more, so the server did not work on it.
    Expired,
    /// The request is wrong in itself (400).
    Invalid,
    /// Another one was faster, and nothing was written (409).
    Conflict,
    /// No answer came in time. What the server did is unknown.
    TimedOut,
    /// The caller gave up for a reason of its own.
    Cancelled,
}

impl Outcome {
    /// Whether a user has something of it.
    pub fn is_good(self) -> bool {
        matches!(self, Outcome::Ok | Outcome::Degraded)
    }

    /// In one word, as log and messages have it.
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Ok => "OK",
            Outcome::Degraded => "degraded",
            Outcome::Failed => "failed",
            Outcome::Refused => "refused",
            Outcome::Expired => "expired",
            Outcome::Invalid => "invalid",
            Outcome::Conflict => "conflict",
            Outcome::TimedOut => "timed out",
            Outcome::Cancelled => "cancelled",
        }
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "call {}", self.0)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "request {}", self.0)
    }
}

impl fmt::Display for Msg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Msg::Request(Request { key, attempt, left, .. }) => {
                write!(f, "{key}")?;
                if *attempt > 1 {
                    write!(f, ", attempt {attempt}")?;
                }
                match left {
                    Some(left) => write!(f, ", {left} left"),
                    None => Ok(()),
                }
            }
            Msg::Reply(Reply { call, outcome, pushback }) => {
                write!(f, "{call}: {}", outcome.word())?;
                match pushback {
                    Some(wait) => write!(f, ", not again before {wait}"),
                    None => Ok(()),
                }
            }
        }
    }
}

impl Message for Msg {
    fn kind(&self) -> &'static str {
        match self {
            Msg::Request(_) => "Request",
            Msg::Reply(reply) if reply.outcome.is_good() => "Answer",
            Msg::Reply(_) => "Error",
        }
    }
}

/// What a part waits for. It may wait for many of each; the timer is the earliest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// A client: the next request of its users.
    Arrival,
    /// A server: the next piece of work is done.
    Work,
    /// A caller: the next call whose answer is too late.
    Timeout,
    /// A caller: the next call to be made again, or once more beside the first.
    Again,
    /// Something of the lab's own mechanism.
    Own,
}

impl fmt::Display for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Timer::Arrival => "arrival",
            Timer::Work => "work",
            Timer::Timeout => "timeout",
            Timer::Again => "again",
            Timer::Own => "own",
        })
    }
}

/// What may be asked of a part. `C` is what only the lab's own mechanism understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command<C> {
    /// A client sends a request, of this class if one is named.
    Request(Nature, Option<Class>),
    /// A client sends so many at once.
    Batch(u32),
    /// A server is well again.
    Mend,
    Own(C),
}

/// At most so many requests are sent at once.
pub const BATCH_MAX: u32 = 2_000;

impl<C: FromStr<Err = String>> FromStr for Command<C> {
    type Err = String;

    fn from_str(text: &str) -> Result<Command<C>, String> {
        let words: Vec<&str> = text.split(' ').collect();
        match words[..] {
            ["request"] => Ok(Command::Request(Nature::Sound, None)),
            ["request", "invalid"] => Ok(Command::Request(Nature::Invalid, None)),
            ["request", class] => match class.parse() {
                Ok(class) => Ok(Command::Request(Nature::Sound, Some(Class(class)))),
                Err(_) => Err(format!("`{class}` is not the number of a class")),
            },
            ["batch", count] => match count.parse() {
                Ok(count) if count <= BATCH_MAX => Ok(Command::Batch(count)),
                Ok(_) => Err(format!("at most {BATCH_MAX} requests are sent at once")),
                Err(_) => Err(format!("`{count}` is not a number of requests")),
            },
            ["mend"] => Ok(Command::Mend),
            _ => text.parse().map(Command::Own),
        }
    }
}

/// What can be wrong with a server. It lasts until the server is mended or starts again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault<F> {
    /// Every piece of work takes so much longer.
    Slow(Span),
    /// This share of what it does fails.
    Failing(Ppm),
    /// What it does fails (F) and succeeds (S) in this order, again and again.
    Pattern(Vec<bool>),
    /// Only this share of its threads is left.
    Capacity(Ppm),
    Own(F),
}

/// The longest pattern of failures.
const PATTERN_MAX: usize = 64;

impl<F: FromStr<Err = String>> FromStr for Fault<F> {
    type Err = String;

    fn from_str(text: &str) -> Result<Fault<F>, String> {
        match text.split_once(' ') {
            Some(("slow", span)) => Ok(Fault::Slow(span.parse()?)),
            Some(("failing", share)) => Ok(Fault::Failing(share.parse()?)),
            Some(("pattern", letters)) => pattern(letters).map(Fault::Pattern),
            Some(("capacity", share)) => Ok(Fault::Capacity(share.parse()?)),
            Some(_) | None => text.parse().map(Fault::Own),
        }
    }
}

fn pattern(letters: &str) -> Result<Vec<bool>, String> {
    let wrong = || format!("`{letters}` is not a pattern of F (fails) and S (succeeds)");
    if letters.is_empty() || letters.len() > PATTERN_MAX {
        return Err(wrong());
    }
    let fails = |letter| match letter {
        'F' => Ok(true),
        'S' => Ok(false),
        _ => Err(wrong()),
    };
    letters.chars().map(fails).collect()
}

/// A mechanism that has no commands, or no faults, of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nothing {}

impl FromStr for Nothing {
    type Err = String;

    fn from_str(text: &str) -> Result<Nothing, String> {
        Err(format!("nothing here understands `{text}`"))
    }
}
