//! One key of a store: a register that holds a number or nothing.

use std::fmt;

use super::history::Object;

/// A register, empty at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Register {}

/// What a client may ask of one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    /// Read the value.
    Get,
    /// Write a value, whatever was there.
    Put(u64),
    /// Remove the value, whatever was there.
    Delete,
    /// Write `new` if the value is `expected` (`None`: if there is none).
    Cas { expected: Option<u64>, new: u64 },
}

/// What a client is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// To [`Act::Get`]: the value, if there was one.
    Value(Option<u64>),
    /// To [`Act::Put`] and [`Act::Delete`]: it was done.
    Done,
    /// To [`Act::Cas`]: whether the value was as expected, and so was replaced.
    Swapped(bool),
}

impl Object for Register {
    type State = Option<u64>;
    type Act = Act;
    type Answer = Answer;

    fn apply(state: &Option<u64>, act: &Act) -> (Option<u64>, Answer) {
        match *act {
            Act::Get => (*state, Answer::Value(*state)),
            Act::Put(value) => (Some(value), Answer::Done),
            Act::Delete => (None, Answer::Done),
            Act::Cas { expected, new } if expected == *state => (Some(new), Answer::Swapped(true)),
            Act::Cas { .. } => (*state, Answer::Swapped(false)),
        }
    }

    fn only_reads(act: &Act) -> bool {
        match act {
            Act::Get => true,
            Act::Put(_) | Act::Delete | Act::Cas { .. } => false,
        }
    }

    fn only_writes(act: &Act) -> bool {
        match act {
            Act::Put(_) | Act::Delete => true,
            Act::Get | Act::Cas { .. } => false,
        }
    }
}

fn value(value: Option<u64>) -> String {
    value.map_or("nothing".into(), |value| value.to_string())
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Act::Get => f.write_str("get"),
            Act::Put(new) => write!(f, "put {new}"),
            Act::Delete => f.write_str("delete"),
            Act::Cas { expected, new } => write!(f, "cas {} {new}", value(*expected)),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Answer::Value(read) => f.write_str(&value(*read)),
            Answer::Done => f.write_str("done"),
            Answer::Swapped(true) => f.write_str("swapped"),
            Answer::Swapped(false) => f.write_str("not swapped"),
        }
    }
}
