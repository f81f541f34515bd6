//! Controlled delay, as folly's `Codel` has it and "Fail at Scale" (Maurer, 2015) describes it: a queue
//! whose shortest delay over a whole interval stays above the target is a standing one.

use crate::sim::{Span, Time};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Codel {
    interval_ends: Time,
    /// The shortest delay in this interval so far; `None` before the first.
    least: Option<Span>,
    overloaded: bool,
}

impl Codel {
    pub fn new(now: Time) -> Codel {
        Codel { interval_ends: now, least: None, overloaded: false }
    }

    /// Whether a request that has waited for `delay` is to be dropped. Overloaded, whoever has waited for
    /// more than twice the target is (folly's slough timeout).
    pub fn drops(&mut self, now: Time, delay: Span, target: Span, interval: Span) -> bool {
        if now > self.interval_ends {
            self.interval_ends = now + interval;
            self.overloaded = self.least.is_some_and(|least| least > target);
            // More than one must come in an interval before any is dropped.
            self.least = Some(delay);
            return false;
        }
        self.least = Some(self.least.map_or(delay, |least| least.min(delay)));
        self.overloaded && delay > target + target
    }
}
