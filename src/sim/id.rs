//! Names for the things of a world.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A node's name: a letter for what it is and a number from 1 upward, written `n3` or `c1`.
///
/// The letter is the lab's choice: `n` for the members of a cluster, `c` for clients, and others
/// (services, gateways, databases) where a lab has them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId {
    letter: u8,
    number: u8,
}

impl NodeId {
    /// Panics unless `letter` is a lower-case ASCII letter and `number` at least 1.
    pub const fn new(letter: char, number: u8) -> NodeId {
        assert!(letter.is_ascii_lowercase() && number >= 1);
        NodeId { letter: letter as u8, number }
    }

    /// The `number`th member of a cluster, `n1` upward.
    pub const fn server(number: u8) -> NodeId {
        NodeId::new('n', number)
    }

    /// The `number`th client, `c1` upward.
    pub const fn client(number: u8) -> NodeId {
        NodeId::new('c', number)
    }

    pub const fn letter(self) -> char {
        self.letter as char
    }

    pub const fn number(self) -> u8 {
        self.number
    }

    /// Both parts in one number, for seeding the node's random stream.
    pub(super) const fn key(self) -> u64 {
        ((self.letter as u64) << 8) | self.number as u64
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.letter(), self.number)
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for NodeId {
    type Err = String;

    fn from_str(text: &str) -> Result<NodeId, String> {
        let wrong = || format!("`{text}` is not a node; nodes are written like n3 or c1");
        let mut chars = text.chars();
        let letter = chars.next().filter(char::is_ascii_lowercase).ok_or_else(wrong)?;
        let digits = chars.as_str();
        if digits.starts_with(['0', '+']) {
            return Err(wrong());
        }
        let number: u8 = digits.parse().map_err(|_| wrong())?;
        if number == 0 {
            return Err(wrong());
        }
        Ok(NodeId::new(letter, number))
    }
}

impl Serialize for NodeId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for NodeId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<NodeId, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A message's number in the order of sending, from 1 upward. Written `m17`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MsgId(pub u64);

impl fmt::Display for MsgId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "m{}", self.0)
    }
}

impl FromStr for MsgId {
    type Err = String;

    fn from_str(text: &str) -> Result<MsgId, String> {
        text.strip_prefix('m')
            .filter(|digits| digits.starts_with(|c: char| c.is_ascii_digit()))
            .and_then(|digits| digits.parse().ok())
            .map(MsgId)
            .ok_or_else(|| format!("`{text}` is not a message; messages are written like m17"))
    }
}

/// A fault's number in the order of injection, from 1 upward. Written `f2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FaultId(pub u32);

impl fmt::Display for FaultId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "f{}", self.0)
    }
}

/// A step's place in the run, from 0 upward. Written `@54` in scripts.
pub type StepIndex = u64;

/// A proportion in parts per million: 0 is never, 1,000,000 is always.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Ppm(pub u32);

impl Ppm {
    pub const NEVER: Ppm = Ppm(0);
    pub const ALWAYS: Ppm = Ppm(1_000_000);

    pub const fn percent(percent: u32) -> Ppm {
        Ppm(percent * 10_000)
    }
}

/// As a percentage: `20%`, `0.05%`.
impl fmt::Display for Ppm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fraction = format!("{:04}", self.0 % 10_000);
        match fraction.trim_end_matches('0') {
            "" => write!(f, "{}%", self.0 / 10_000),
            digits => write!(f, "{}.{digits}%", self.0 / 10_000),
        }
    }
}

impl FromStr for Ppm {
    type Err = String;

    fn from_str(text: &str) -> Result<Ppm, String> {
        let wrong = || format!("`{text}` is not a share; write it like 20% or 0.05%");
        let number = text.strip_suffix('%').ok_or_else(wrong)?;
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || whole.len() > 3 || fraction.len() > 4 {
            return Err(wrong());
        }
        if !digits(whole) || !digits(fraction) {
            return Err(wrong());
        }
        let whole: u32 = whole.parse().map_err(|_| wrong())?;
        let fraction: u32 = format!("{fraction:0<4}").parse().map_err(|_| wrong())?;
        let ppm = whole * 10_000 + fraction;
        if ppm > Ppm::ALWAYS.0 {
            return Err(format!("`{text}` is more than 100%"));
        }
        Ok(Ppm(ppm))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_as_they_are_written() {
        assert_eq!("n3".parse(), Ok(NodeId::server(3)));
        assert_eq!(NodeId::client(12).to_string(), "c12");
        assert_eq!("m17".parse(), Ok(MsgId(17)));
        for ppm in [0, 1, 500, 10_000, 200_000, 999_999, 1_000_000] {
            assert_eq!(Ppm(ppm).to_string().parse(), Ok(Ppm(ppm)));
        }
    }

    #[test]
    fn what_is_not_a_name_is_refused() {
        for text in ["", "n", "n0", "3", "N3", "n03", "n+3", "n256", "nn", "é1"] {
            assert!(text.parse::<NodeId>().is_err(), "{text}");
        }
        for text in ["", "20", "%", "101%", "1.23456%", "-1%", "+1%", "1.%x"] {
            assert!(text.parse::<Ppm>().is_err(), "{text}");
        }
    }
}
