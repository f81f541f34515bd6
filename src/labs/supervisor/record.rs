//! Restart intensity: how many attempts there were lately, and whether there may be one more.

use std::rc::Rc;

use crate::sim::{Span, Time};

/// The attempts to restart something, on the clock of whoever makes them. It is cheap to clone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Oldest first. Never longer than the limit that was kept, since older ones are forgotten.
    attempts: Rc<Vec<Time>>,
}

impl Record {
    /// How many attempts there were in the window that ends now. The window is closed at both ends, as
    /// in OTP (`supervisor.erl`: `Now =< Then + Period`): an attempt exactly one window ago counts.
    pub fn within(&self, now: Time, window: Span) -> u64 {
        self.attempts.iter().filter(|at| now.since(**at) <= window).count() as u64
    }

    /// The same with a window that is open at its beginning, as in the course's print.
    pub fn within_open(&self, now: Time, window: Span) -> u64 {
        self.attempts.iter().filter(|at| now.since(**at) < window).count() as u64
    }

    /// Notes an attempt, and forgets those that no window can reach any more.
    pub fn note(&mut self, now: Time, window: Span) {
        let mut kept: Vec<Time> =
            self.attempts.iter().copied().filter(|at| now.since(*at) <= window).collect();
        kept.push(now);
        self.attempts = Rc::new(kept);
    }

    /// All that it remembers, oldest first.
    pub fn attempts(&self) -> &[Time] {
        &self.attempts
    }
}

/// How long to wait before the next attempt: doubled with each that there was lately, up to a most.
pub fn backoff(base: Span, most: Span, attempts: u64) -> Span {
    let factor = 1_u64.checked_shl(attempts.min(63) as u32).unwrap_or(u64::MAX);
    Span(base.0.saturating_mul(factor)).min(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SV-5: restarts at 0, 100 and 200, and a crash at 300. OTP terminates; the print restarts.
    #[test]
    fn an_attempt_exactly_one_window_ago_counts_as_in_otp() {
        let window = Span::from_secs(300);
        let mut record = Record::default();
        for at in [0, 100, 200] {
            record.note(Time::ZERO + Span::from_secs(at), window);
        }
        let now = Time::ZERO + Span::from_secs(300);
        assert_eq!(record.within(now, window), 3);
        assert_eq!(record.within_open(now, window), 2);
        assert_eq!(record.within(now + Span::from_us(1), window), 2);
    }

    #[test]
    fn the_wait_doubles_up_to_the_most() {
        let wait = |n| backoff(Span::from_ms(100), Span::from_ms(1_000), n).0 / 1_000;
        assert_eq!([wait(0), wait(1), wait(3), wait(4), wait(200)], [100, 200, 800, 1_000, 1_000]);
    }
}
