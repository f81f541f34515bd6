//! What is wrong with a server: the faults that all request-path labs know.

use std::rc::Rc;

use crate::sim::{Ppm, Span};

#[derive(Clone, Debug, Default)]
pub struct Health {
    /// Every piece of work takes so much longer.
    pub slow: Span,
    /// So much of the work fails.
    pub failing: Ppm,
    /// So much of the threads is gone.
    pub lost: Ppm,
    /// Which pieces of work fail, in order, again and again; empty if none does.
    pattern: Rc<Vec<bool>>,
    place: usize,
}

impl Health {
    pub fn is_well(&self) -> bool {
        self.slow == Span::ZERO
            && self.failing == Ppm::NEVER
            && self.lost == Ppm::NEVER
            && self.pattern.is_empty()
    }

    /// Only this share of the threads is left.
    pub fn set_capacity(&mut self, left: Ppm) {
        self.lost = Ppm(Ppm::percent(100).0.saturating_sub(left.0));
    }

    /// How many of so many threads are left: one at the least, so that whoever waits is served some day.
    pub fn threads(&self, all: u32) -> u32 {
        let whole = u64::from(Ppm::percent(100).0);
        let left = u64::from(all) * (whole - u64::from(self.lost.0)) / whole;
        (left as u32).max(1)
    }

    pub fn set_pattern(&mut self, pattern: Vec<bool>) {
        self.pattern = Rc::new(pattern);
        self.place = 0;
    }

    /// Whether the next piece of work fails. `pick` draws below a million, if it is left to chance.
    pub fn fails(&mut self, pick: &mut dyn FnMut() -> u64) -> bool {
        let by_pattern = self.pattern.get(self.place).copied();
        if let Some(fails) = by_pattern {
            self.place = (self.place + 1) % self.pattern.len();
            return fails;
        }
        self.failing != Ppm::NEVER && pick() < u64::from(self.failing.0)
    }

    /// In words.
    pub fn word(&self) -> &'static str {
        match (self.slow > Span::ZERO, self.failing != Ppm::NEVER || !self.pattern.is_empty()) {
            (false, false) if self.lost != Ppm::NEVER => "short of threads",
            (false, false) => "well",
            (true, false) => "slow",
            (false, true) => "failing",
            (true, true) => "slow and failing",
        }
    }
}
