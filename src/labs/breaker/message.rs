//! What only the gateway of this lab understands.

use std::str::FromStr;

use crate::sim::Span;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Give all calls up that are under way, as if whoever waits had gone away.
    Cancel,
}

impl FromStr for Command {
    type Err = String;

    fn from_str(text: &str) -> Result<Command, String> {
        match text {
            "cancel" => Ok(Command::Cancel),
            _ => Err(format!(
                "nobody can be asked `{text}`; there are request, request invalid, batch, mend and cancel"
            )),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Somebody sets the machine's wall clock back by so much.
    ClockBack(Span),
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Fault, String> {
        match text.split_once(' ') {
            Some(("clock-back", span)) => Ok(Fault::ClockBack(span.parse()?)),
            _ => Err(format!(
                "this lab has no fault `{text}`; it has slow, failing, pattern, capacity and clock-back"
            )),
        }
    }
}
