//! How long to wait before trying again: backoff × jitter.

use crate::sim::Span;

/// How the wait grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backoff {
    None,
    /// Always the base.
    Fixed,
    /// Doubles without end, as the course prints it.
    Exponential,
    /// Doubles up to the cap.
    Capped,
}

/// How much of the wait is left to chance: the kinds of "Exponential Backoff And Jitter" (Brooker, AWS
/// 2015), and the course's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jitter {
    None,
    /// Up to a second on top.
    Additive,
    /// Half of it.
    Equal,
    /// All of it.
    Full,
    /// Between the base and three times the wait before.
    Decorrelated,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waits {
    pub backoff: Backoff,
    pub jitter: Jitter,
    pub base: Span,
    pub cap: Span,
}

/// What additive jitter adds at most.
const SECOND: Span = Span::from_secs(1);

impl Waits {
    /// The wait before the `retry`th retry (from 0 upward) without jitter.
    pub fn wait(&self, retry: u32) -> Span {
        let doubled = || {
            let factor = 1_u64.checked_shl(retry.min(63)).unwrap_or(u64::MAX);
            Span(self.base.us().saturating_mul(factor))
        };
        match self.backoff {
            Backoff::None => Span::ZERO,
            Backoff::Fixed => self.base,
            Backoff::Exponential => doubled(),
            Backoff::Capped => doubled().min(self.cap),
        }
    }

    /// The least and the greatest wait before the `retry`th retry; `before` is the wait before that.
    /// It is drawn evenly between them, and decorrelated jitter cuts the draw at the cap.
    pub fn between(&self, retry: u32, before: Span) -> (Span, Span) {
        let wait = self.wait(retry);
        match self.jitter {
            Jitter::None => (wait, wait),
            Jitter::Additive => (wait, wait + SECOND),
            Jitter::Equal => (Span(wait.us() / 2), wait),
            Jitter::Full => (Span::ZERO, wait),
            Jitter::Decorrelated => {
                let before = before.max(self.base);
                (self.base, Span(before.us().saturating_mul(3)))
            }
        }
    }

    /// One draw. `unit` is even in (0, 1).
    pub fn draw(&self, retry: u32, before: Span, unit: f64) -> Span {
        let (least, most) = self.between(retry, before);
        let drawn = least + Span((most.since(least).us() as f64 * unit) as u64);
        match self.jitter {
            Jitter::Decorrelated => drawn.min(self.cap),
            Jitter::None | Jitter::Additive | Jitter::Equal | Jitter::Full => drawn,
        }
    }
}

trait Since {
    fn since(self, earlier: Span) -> Span;
}

impl Since for Span {
    fn since(self, earlier: Span) -> Span {
        Span(self.us().saturating_sub(earlier.us()))
    }
}
