//! Links between nodes: how long a message takes and what may befall it.
//!
//! Every ordered pair of nodes has a link of its own, so that a cut can be one-way. Messages on one
//! link may overtake each other when their latencies differ, as datagrams do.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use super::id::Ppm;
use super::rng::Rng;
use super::time::Span;

/// No message travels longer than this, whatever its distribution draws.
pub const LATENCY_MAX: Span = Span::from_secs(60);

/// How long a message takes. Every draw is at least 1 µs and at most [`LATENCY_MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Latency {
    /// Always the same.
    Constant(Span),
    /// Evenly spread over `min..=max`.
    Uniform { min: Span, max: Span },
    /// Log-normal about its median; `sigma` in thousandths, 0 to 5000. The usual shape of a network.
    LogNormal { median: Span, sigma: u32 },
    /// Pareto from `min` up; `alpha` in thousandths, 100 to 100000. The smaller, the heavier the tail.
    Pareto { min: Span, alpha: u32 },
}

/// What one link does to the messages sent on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct LinkSettings {
    pub latency: Latency,
    /// Share of messages that never arrive.
    pub loss: Ppm,
    /// Share of messages of which a second copy arrives, with a latency of its own.
    pub duplication: Ppm,
    /// Share of messages that arrive damaged; the receiver's checksum finds out and drops them.
    pub corruption: Ppm,
}

impl LinkSettings {
    /// A link that loses nothing.
    pub const fn reliable(latency: Latency) -> LinkSettings {
        LinkSettings { latency, loss: Ppm::NEVER, duplication: Ppm::NEVER, corruption: Ppm::NEVER }
    }
}

impl Latency {
    pub fn draw(self, rng: &mut Rng) -> Span {
        let span = match self {
            Latency::Constant(span) => span,
            Latency::Uniform { min, max } => rng.span(&(min..Span(max.0.saturating_add(1)))),
            Latency::LogNormal { median, sigma } => {
                scaled(median, libm::exp(rng.normal() * f64::from(sigma) / 1_000.0))
            }
            Latency::Pareto { min, alpha } => {
                scaled(min, libm::pow(rng.unit(), -1_000.0 / f64::from(alpha.max(1))))
            }
        };
        span.clamp(Span(1), LATENCY_MAX)
    }

    /// What is wrong with these numbers, if anything.
    fn check(self) -> Result<Latency, String> {
        let longest = match self {
            Latency::Constant(span) => span,
            Latency::Uniform { min, max } if min > max => {
                return Err("the shortest latency is longer than the longest".into());
            }
            Latency::Uniform { max, .. } => max,
            Latency::LogNormal { sigma, .. } if sigma > 5_000 => {
                return Err("sigma is more than 5".into());
            }
            Latency::LogNormal { median, .. } => median,
            Latency::Pareto { alpha, .. } if !(100..=100_000).contains(&alpha) => {
                return Err("alpha is not between 0.1 and 100".into());
            }
            Latency::Pareto { min, .. } => min,
        };
        if longest > LATENCY_MAX {
            return Err(format!("a latency is at most {LATENCY_MAX}"));
        }
        Ok(self)
    }
}

fn scaled(span: Span, factor: f64) -> Span {
    // A float-to-integer cast saturates, the same natively and in wasm.
    Span((span.0 as f64 * factor) as u64)
}

/// `10ms`, `5ms..15ms`, `lognormal:10ms,0.5`, `pareto:5ms,1.5`.
impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Latency::Constant(span) => f.write_str(&span.to_script()),
            Latency::Uniform { min, max } => write!(f, "{}..{}", min.to_script(), max.to_script()),
            Latency::LogNormal { median, sigma } => {
                write!(f, "lognormal:{},{}", median.to_script(), thousandths(*sigma))
            }
            Latency::Pareto { min, alpha } => {
                write!(f, "pareto:{},{}", min.to_script(), thousandths(*alpha))
            }
        }
    }
}

fn thousandths(value: u32) -> String {
    format!("{}.{:03}", value / 1_000, value % 1_000)
}

fn parse_thousandths(text: &str) -> Option<u32> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) || fraction.len() > 3 {
        return None;
    }
    let whole: u32 = whole.parse().ok()?;
    let fraction: u32 = format!("{fraction:0<3}").parse().ok()?;
    whole.checked_mul(1_000)?.checked_add(fraction)
}

impl FromStr for Latency {
    type Err = String;

    fn from_str(text: &str) -> Result<Latency, String> {
        let shape = |text: &str| -> Result<(Span, u32), String> {
            let wrong = || format!("`{text}` is not a time and a number like 10ms,0.5");
            let (span, number) = text.split_once(',').ok_or_else(wrong)?;
            Ok((span.parse()?, parse_thousandths(number).ok_or_else(wrong)?))
        };
        let latency = if let Some(rest) = text.strip_prefix("lognormal:") {
            let (median, sigma) = shape(rest)?;
            Latency::LogNormal { median, sigma }
        } else if let Some(rest) = text.strip_prefix("pareto:") {
            let (min, alpha) = shape(rest)?;
            Latency::Pareto { min, alpha }
        } else if let Some((min, max)) = text.split_once("..") {
            Latency::Uniform { min: min.parse()?, max: max.parse()? }
        } else {
            Latency::Constant(text.parse()?)
        };
        latency.check()
    }
}

/// `latency=10ms loss=20%`: the latency, then whatever is not zero.
impl fmt::Display for LinkSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "latency={}", self.latency)?;
        let shares = [
            ("loss", self.loss),
            ("duplication", self.duplication),
            ("corruption", self.corruption),
        ];
        for (name, share) in shares {
            if share != Ppm::NEVER {
                write!(f, " {name}={share}")?;
            }
        }
        Ok(())
    }
}

impl LinkSettings {
    /// Changes the one setting that `name=value` names, as in `loss=20%`.
    pub fn set(&mut self, setting: &str) -> Result<(), String> {
        let (name, value) = setting
            .split_once('=')
            .ok_or_else(|| format!("`{setting}` is not a setting like loss=20%"))?;
        match name {
            "latency" => self.latency = value.parse()?,
            "loss" => self.loss = value.parse()?,
            "duplication" => self.duplication = value.parse()?,
            "corruption" => self.corruption = value.parse()?,
            _ => {
                return Err(format!(
                    "a link has no `{name}`; it has latency, loss, duplication and corruption"
                ));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::rng::Purpose;

    fn draws(latency: Latency) -> Vec<u64> {
        let mut all: Vec<u64> = (0..10_000)
            .map(|place| latency.draw(&mut Rng::new(1, Purpose::Outside(9), place)).0)
            .collect();
        all.sort_unstable();
        all
    }

    #[test]
    fn latencies_have_the_shape_that_they_name() {
        let ms = Span::from_ms;
        assert!(draws(Latency::Constant(ms(10))).iter().all(|&us| us == 10_000));

        let uniform = draws(Latency::Uniform { min: ms(5), max: ms(15) });
        assert!(uniform[0] >= 5_000 && uniform[9_999] <= 15_000);
        assert!((9_800..10_200).contains(&uniform[5_000]), "{}", uniform[5_000]);

        // The median is exp(µ); the 84th percentile one sigma above it.
        let log_normal = draws(Latency::LogNormal { median: ms(10), sigma: 500 });
        assert!((9_800..10_200).contains(&log_normal[5_000]));
        assert!((16_000..17_000).contains(&log_normal[8_413]), "{}", log_normal[8_413]);

        // P(X > x) = (min/x)^alpha, so the 75th percentile at alpha 2 is twice the minimum.
        let pareto = draws(Latency::Pareto { min: ms(5), alpha: 2_000 });
        assert!(pareto[0] >= 5_000 && (9_800..10_200).contains(&pareto[7_500]));
    }

    #[test]
    fn settings_are_read_back_as_they_are_written() {
        for text in [
            "latency=10ms",
            "latency=5ms..15ms loss=20%",
            "latency=lognormal:10ms,0.500 duplication=1%",
            "latency=pareto:5ms,1.500 corruption=0.05%",
        ] {
            let mut settings = LinkSettings::reliable(Latency::Constant(Span(1)));
            for part in text.split(' ') {
                settings.set(part).unwrap();
            }
            assert_eq!(settings.to_string(), text);
        }
    }

    #[test]
    fn settings_that_make_no_sense_are_refused() {
        let mut settings = LinkSettings::reliable(Latency::Constant(Span(1)));
        let before = settings;
        for text in [
            "loss",
            "loss=200%",
            "speed=1",
            "latency=9ms..3ms",
            "latency=61s",
            "latency=pareto:1ms,0",
            "latency=lognormal:1ms,9",
            "latency=lognormal:1ms",
            "latency=pareto:5ms,x",
        ] {
            assert!(settings.set(text).is_err(), "{text}");
        }
        assert_eq!(settings, before);
    }
}
