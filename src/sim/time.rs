//! Simulated time. Integer microseconds, so that it is the same on every machine.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An instant of simulated time: microseconds since the world began.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Time(pub u64);

/// A length of simulated time, in microseconds.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Span(pub u64);

impl Time {
    /// The instant at which every world begins.
    pub const ZERO: Time = Time(0);

    /// The time since `earlier`; zero if `earlier` is in fact later.
    pub fn since(self, earlier: Time) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Span {
    pub const ZERO: Span = Span(0);

    pub const fn from_us(us: u64) -> Span {
        Span(us)
    }

    pub const fn from_ms(ms: u64) -> Span {
        Span(ms.saturating_mul(1_000))
    }

    pub const fn from_secs(secs: u64) -> Span {
        Span(secs.saturating_mul(1_000_000))
    }

    /// Whole microseconds.
    pub const fn us(self) -> u64 {
        self.0
    }
}

impl Add<Span> for Time {
    type Output = Time;
    fn add(self, span: Span) -> Time {
        Time(self.0.saturating_add(span.0))
    }
}

impl Sub<Span> for Time {
    type Output = Time;
    fn sub(self, span: Span) -> Time {
        Time(self.0.saturating_sub(span.0))
    }
}

impl Add for Span {
    type Output = Span;
    fn add(self, other: Span) -> Span {
        Span(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Span {
    fn add_assign(&mut self, other: Span) {
        *self = *self + other;
    }
}

/// Seconds with three decimals (`1.250 s`), or six where microseconds matter.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (secs, us) = (self.0 / 1_000_000, self.0 % 1_000_000);
        if us.is_multiple_of(1_000) {
            write!(f, "{secs}.{:03} s", us / 1_000)
        } else {
            write!(f, "{secs}.{us:06} s")
        }
    }
}

/// The shortest usual unit: `250 µs`, `83.4 ms`, `2.5 s`.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let us = self.0;
        if us < 1_000 {
            write!(f, "{us} µs")
        } else if us < 1_000_000 {
            decimal(f, us, 1_000, "ms")
        } else {
            decimal(f, us, 1_000_000, "s")
        }
    }
}

/// `us / unit` with at most two decimals and no trailing zeros.
fn decimal(f: &mut fmt::Formatter<'_>, us: u64, unit: u64, name: &str) -> fmt::Result {
    let hundredths = (us % unit) * 100 / unit;
    match (hundredths / 10, hundredths % 10) {
        (0, 0) => write!(f, "{} {name}", us / unit),
        (tenth, 0) => write!(f, "{}.{tenth} {name}", us / unit),
        _ => write!(f, "{}.{hundredths:02} {name}", us / unit),
    }
}

/// Reads `1.25s`, `150ms`, `20us` or `20µs`: a decimal number and its unit, without a space.
impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Span, String> {
        let wrong = || format!("`{text}` is not a time; write it like 1.25s, 150ms or 20us");
        let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(wrong)?;
        let (number, unit) = text.split_at(split);
        let unit: u64 = match unit {
            "s" => 1_000_000,
            "ms" => 1_000,
            "us" | "µs" => 1,
            _ => return Err(wrong()),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() || fraction.contains('.') || fraction.len() > 6 {
            return Err(wrong());
        }
        let whole: u64 = whole.parse().map_err(|_| wrong())?;
        let mut us = whole.checked_mul(unit).ok_or_else(wrong)?;
        let mut place = unit;
        for digit in fraction.bytes() {
            if place < 10 && digit != b'0' {
                return Err(format!("`{text}` is finer than a microsecond"));
            }
            place /= 10;
            us = us.checked_add(u64::from(digit - b'0') * place).ok_or_else(wrong)?;
        }
        Ok(Span(us))
    }
}

impl Span {
    /// The form that [`FromStr`] reads back exactly: `1.25s`, `150ms`, `1500us`.
    pub fn to_script(self) -> String {
        match self.0 {
            us if us.is_multiple_of(1_000_000) => format!("{}s", us / 1_000_000),
            us if us.is_multiple_of(1_000) => format!("{}ms", us / 1_000),
            us => format!("{us}us"),
        }
    }
}

impl Time {
    /// Seconds with as many decimals as are needed, which [`Span::from_str`] reads back exactly.
    pub fn to_script(self) -> String {
        let (secs, us) = (self.0 / 1_000_000, self.0 % 1_000_000);
        if us.is_multiple_of(1_000) {
            format!("{secs}.{:03}s", us / 1_000)
        } else {
            format!("{secs}.{us:06}s")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_back_as_they_are_written() {
        for us in [0, 1, 999, 1_000, 1_500, 150_000, 1_250_000, 60_000_000, 1_000_001] {
            assert_eq!(Span(us).to_script().parse(), Ok(Span(us)));
            assert_eq!(Time(us).to_script().parse(), Ok(Span(us)));
        }
        assert_eq!("1.25s".parse(), Ok(Span::from_ms(1_250)));
    }

    #[test]
    fn what_is_not_a_span_is_refused_with_an_example() {
        for text in ["", "5", "s", "1.2.3s", "-1s", "1 s", "1m", "99999999999999999999s", "0.5us"] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
        assert!("x".parse::<Span>().unwrap_err().contains("150ms"));
    }

    #[test]
    fn times_read_naturally() {
        assert_eq!(Time(1_250_000).to_string(), "1.250 s");
        assert_eq!(Time(1_250_001).to_string(), "1.250001 s");
        assert_eq!(Span(250).to_string(), "250 µs");
        assert_eq!(Span(83_400).to_string(), "83.4 ms");
        assert_eq!(Span(2_500_000).to_string(), "2.5 s");
    }
}
