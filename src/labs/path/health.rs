//! What is wrong with a server: the faults that all request-path labs know.

use std::rc::Rc;

use crate::sim::{Ppm, Span};

#[derive(Clone, Debug, Default)]
pub struct Health {
    /// Every piece of work takes so much longer.
    pub slow: Span,
    /// So much of the work fails.
    pub failing: Ppm,
    /// Which pieces of work fail, in order, again and again; empty if none does.
    pattern: Rc<Vec<bool>>,
    place: usize,
}

impl Health {
    pub fn is_well(&self) -> bool {
        self.slow == Span::ZERO && self.failing == Ppm::NEVER && self.pattern.is_empty()
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
            (false, false) => "well",
            (true, false) => "slow",
            (false, true) => "failing",
            (true, true) => "slow and failing",
        }
    }
}
