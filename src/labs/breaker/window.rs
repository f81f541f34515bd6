//! What a breaker looks back upon.

use std::collections::VecDeque;

use crate::sim::Time;

use super::mechanism::{Kind, Settings};

/// Calls, and how many of them failed or were slow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rates {
    pub calls: u32,
    pub failed: u32,
    pub slow: u32,
}

impl Rates {
    pub fn failed_at_least(&self, percent: u32) -> bool {
        self.calls > 0 && self.failed * 100 >= percent * self.calls
    }

    pub fn slow_at_least(&self, percent: u32) -> bool {
        self.calls > 0 && self.slow * 100 >= percent * self.calls
    }

    /// How many of a hundred failed, rounded down.
    pub fn failed_percent(&self) -> u64 {
        u64::from(self.failed) * 100 / u64::from(self.calls.max(1))
    }

    pub fn slow_percent(&self) -> u64 {
        u64::from(self.slow) * 100 / u64::from(self.calls.max(1))
    }

    fn add(&mut self, other: Rates) {
        self.calls += other.calls;
        self.failed += other.failed;
        self.slow += other.slow;
    }

    fn subtract(&mut self, other: Rates) {
        self.calls -= other.calls;
        self.failed -= other.failed;
        self.slow -= other.slow;
    }
}

/// The window. Its parts are single calls, or whole seconds (the partial aggregations of resilience4j's
/// sliding time window); the sum is kept, so that a look costs nothing.
#[derive(Clone, Debug, Default)]
pub struct Window {
    parts: VecDeque<(u64, Rates)>,
    sum: Rates,
    in_a_row: u32,
}

impl Window {
    pub fn new(settings: &Settings) -> Window {
        let room = if settings.window == Kind::Count { settings.size as usize } else { 0 };
        Window { parts: VecDeque::with_capacity(room), ..Window::default() }
    }

    pub fn push(&mut self, now: Time, failed: bool, slow: bool, settings: &Settings) {
        self.in_a_row = if failed { self.in_a_row + 1 } else { 0 };
        let call = Rates { calls: 1, failed: failed.into(), slow: slow.into() };
        match settings.window {
            Kind::InARow => {}
            Kind::Count => {
                if self.parts.len() == settings.size as usize {
                    self.forget_first();
                }
                self.parts.push_back((0, call));
                self.sum.add(call);
            }
            Kind::Time => {
                self.expire(now, settings);
                let second = now.0 / 1_000_000;
                match self.parts.back_mut() {
                    Some((of, part)) if *of == second => part.add(call),
                    Some(_) | None => self.parts.push_back((second, call)),
                }
                self.sum.add(call);
            }
        }
    }

    pub fn rates(&mut self, now: Time, settings: &Settings) -> Rates {
        if settings.window == Kind::Time {
            self.expire(now, settings);
        }
        self.sum
    }

    /// What was in it when it was last touched.
    pub fn last_rates(&self) -> Rates {
        self.sum
    }

    pub fn in_a_row(&self) -> u32 {
        self.in_a_row
    }

    /// The current second and those before it are `size` together.
    fn expire(&mut self, now: Time, settings: &Settings) {
        let second = now.0 / 1_000_000;
        while self.parts.front().is_some_and(|(of, _)| of + u64::from(settings.size) <= second) {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        if let Some((_, part)) = self.parts.pop_front() {
            self.sum.subtract(part);
        }
    }
}
