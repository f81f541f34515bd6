//! Client-side adaptive throttling (SRE book, ch. 21): a client that is refused much asks less.

use std::collections::VecDeque;

use crate::sim::Time;

/// The client looks back so far, in seconds.
const WINDOW_SECS: u64 = 120;

#[derive(Clone, Debug, Default)]
pub struct Throttle {
    /// By second: requests of users, and those that the server accepted.
    parts: VecDeque<(u64, u64, u64)>,
    requests: u64,
    accepts: u64,
}

impl Throttle {
    /// The share of requests that are not sent: max(0, (requests − K·accepts) / (requests + 1)), in
    /// millionths. `k` in hundredths.
    pub fn rejects(&self, k: u64) -> u64 {
        let accepted = k * self.accepts;
        (self.requests * 100).saturating_sub(accepted) * 10_000 / (self.requests + 1)
    }

    /// A user asks.
    pub fn request(&mut self, now: Time) {
        self.part(now).1 += 1;
        self.requests += 1;
    }

    /// The server has accepted one.
    pub fn accept(&mut self, now: Time) {
        self.part(now).2 += 1;
        self.accepts += 1;
    }

    fn part(&mut self, now: Time) -> &mut (u64, u64, u64) {
        let second = now.0 / 1_000_000;
        while let Some((of, requests, accepts)) = self.parts.front().copied()
            && of + WINDOW_SECS <= second
        {
            self.requests -= requests;
            self.accepts -= accepts;
            self.parts.pop_front();
        }
        if self.parts.back().is_none_or(|(of, _, _)| *of != second) {
            self.parts.push_back((second, 0, 0));
        }
        self.parts.back_mut().expect("it was just put there")
    }
}
