//! What only the gateway of this lab understands: an operator's words.

use std::str::FromStr;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// The operator does not want this feature.
    Off(Name),
    /// The operator wants it again.
    On(Name),
    /// A deploy registers it once more.
    Register(Name),
}

/// A feature's name as somebody typed it: perhaps no feature is called so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(pub String);

/// Nobody types more than this.
const NAME_MAX: usize = 24;

impl FromStr for Command {
    type Err = String;

    fn from_str(text: &str) -> Result<Command, String> {
        let name = |name: &str| {
            let fits = name.len() <= NAME_MAX && name.bytes().all(|byte| byte.is_ascii_lowercase());
            let wrong = || format!("`{name}` is no name; it has up to {NAME_MAX} small letters");
            if fits && !name.is_empty() { Ok(Name(name.to_string())) } else { Err(wrong()) }
        };
        match text.split_once(' ') {
            Some(("off", which)) => Ok(Command::Off(name(which)?)),
            Some(("on", which)) => Ok(Command::On(name(which)?)),
            Some(("register", which)) => Ok(Command::Register(name(which)?)),
            Some(_) | None => Err(format!(
                "nobody can be asked `{text}`; there are request, batch, mend, and for the gateway \
                 off, on and register with the name of a feature"
            )),
        }
    }
}
