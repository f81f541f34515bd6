//! The breaker as the course prints it, line by line.
//!
//! What the print leaves out, this stubs: `time` is not imported there and `CircuitBreakerOpenError` is
//! not defined. `time.time()` is the wall clock of the machine, which can be set back.

use crate::sim::{Span, Time};

/// `CircuitBreaker(failure_threshold, timeout)`.
#[derive(Clone, Debug)]
pub struct Printed {
    pub failure_count: u32,
    pub last_failure_time: Option<Wall>,
    pub state: Word,
    /// How often the state has changed. The print keeps no such number; it tells those who watch which
    /// calls were let through before.
    pub turns: u64,
}

/// `self.state`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    Closed,
    Open,
    HalfOpen,
}

/// A time on the wall clock, in microseconds. It may go back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wall(pub i64);

impl Wall {
    /// The wall clock of a machine that runs since `now`, set back by `back` all in all.
    pub fn at(now: Time, back: Span) -> Wall {
        Wall(now.0 as i64 - back.us() as i64)
    }
}

impl Printed {
    pub fn new() -> Printed {
        Printed { failure_count: 0, last_failure_time: None, state: Word::Closed, turns: 0 }
    }

    /// The first lines of `call`: false raises `CircuitBreakerOpenError`.
    pub fn admits(&mut self, now: Wall, timeout: Span) -> bool {
        if self.state == Word::Open {
            let last = self.last_failure_time.expect("it opens with a failure");
            if now.0 - last.0 > timeout.us() as i64 {
                self.turn(Word::HalfOpen);
            } else {
                return false;
            }
        }
        true
    }

    pub fn on_success(&mut self) {
        self.failure_count = 0;
        self.turn(Word::Closed);
    }

    pub fn on_failure(&mut self, now: Wall, failure_threshold: u32) {
        self.failure_count += 1;
        self.last_failure_time = Some(now);
        if self.failure_count >= failure_threshold {
            self.turn(Word::Open);
        }
    }

    fn turn(&mut self, state: Word) {
        self.turns += u64::from(self.state != state);
        self.state = state;
    }
}
