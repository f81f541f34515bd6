//! What only this lab's parts understand.

use std::str::FromStr;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The next piece of work at the database ends with a TimeoutError of its own.
    TimeoutError,
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Fault, String> {
        match text {
            "timeout-error" => Ok(Fault::TimeoutError),
            _ => Err(format!(
                "this lab has no fault `{text}`; it has slow, failing, pattern, capacity and timeout-error"
            )),
        }
    }
}
