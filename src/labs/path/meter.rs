//! What a part counts of itself.

use crate::sim::{Span, Time};

/// Counts since the part started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Requests of this client's users.
    pub issued: u64,
    /// Requests that arrived at this server.
    pub arrived: u64,
    /// Requests that were turned away at the door.
    pub turned: u64,
    /// Requests that left, by how they were answered.
    pub ok: u64,
    pub degraded: u64,
    pub bad: u64,
    /// Those of the bad that were refused rather than tried.
    pub refused: u64,
    /// Those that were worked on although nobody waited for the answer any more.
    pub wasted: u64,
    /// Calls that this part made, and those that were not the first for their request.
    pub called: u64,
    pub again: u64,
    pub timed_out: u64,
    /// Answers to calls that were over.
    pub late: u64,
}

/// How long requests stay, second by second: what Little's law is about.
#[derive(Clone, Copy, Debug)]
pub struct Meter {
    inside: u64,
    changed: Time,
    second: u64,
    now: Window,
    /// The last whole second.
    pub last: Window,
    /// How long users waited for good answers, in steps of [`WAITS_WIDTH`]; the last one is open.
    pub waits: [u32; WAITS],
    /// How long the last user waited.
    pub last_wait: Span,
}

/// How many buckets there are for the waits of users.
pub const WAITS: usize = 20;

/// How wide each is.
pub const WAITS_WIDTH: Span = Span::from_ms(100);

/// What happened in one second.
#[derive(Clone, Copy, Debug, Default)]
pub struct Window {
    pub came: u64,
    pub left: u64,
    /// The time that those who left had been inside, all together.
    stayed: Span,
    /// The time that all who were inside spent there in this second.
    area: Span,
}

impl Window {
    /// How long those who left had been inside, on average.
    pub fn stay(&self) -> Span {
        Span(self.stayed.us() / self.left.max(1))
    }

    /// How many were inside on average, in hundredths.
    pub fn inside(&self) -> u64 {
        self.area.us() / 10_000
    }
}

impl Meter {
    pub fn new(now: Time) -> Meter {
        Meter {
            inside: 0,
            changed: now,
            second: now.0 / SECOND,
            now: Window::default(),
            last: Window::default(),
            waits: [0; WAITS],
            last_wait: Span::ZERO,
        }
    }

    pub fn came(&mut self, now: Time) {
        self.pass(now);
        self.inside += 1;
        self.now.came += 1;
    }

    pub fn left(&mut self, came: Time, now: Time) {
        self.pass(now);
        self.inside = self.inside.saturating_sub(1);
        self.now.left += 1;
        self.now.stayed += now.since(came);
    }

    /// A user was answered after so long.
    pub fn waited(&mut self, span: Span, good: bool) {
        self.last_wait = span;
        if good {
            let bucket = (span.us() / WAITS_WIDTH.us()) as usize;
            self.waits[bucket.min(WAITS - 1)] += 1;
        }
    }

    /// Time goes on with as many inside as before.
    fn pass(&mut self, now: Time) {
        let second = now.0 / SECOND;
        if second != self.second {
            let end = Time((self.second + 1) * SECOND);
            self.now.area += Span(self.inside * end.since(self.changed).us());
            let gap = second > self.second + 1;
            self.last = if gap { Window::full(self.inside) } else { self.now };
            self.now = Window::default();
            self.second = second;
            self.changed = Time(second * SECOND);
        }
        self.now.area += Span(self.inside * now.since(self.changed).us());
        self.changed = now;
    }
}

impl Window {
    /// A second in which nobody came or left.
    fn full(inside: u64) -> Window {
        Window { area: Span(inside * SECOND), ..Window::default() }
    }
}

const SECOND: u64 = 1_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_are_inside_as_arrive_a_second_times_how_long_they_stay() {
        let mut meter = Meter::new(Time::ZERO);
        // 10 a second, each for 250 ms: 2.5 inside.
        for n in 0..30 {
            let came = Time(n * 100_000);
            if n >= 3 {
                meter.left(Time((n - 3) * 100_000), Time((n - 3) * 100_000 + 250_000));
            }
            meter.came(came);
        }
        assert_eq!((meter.last.came, meter.last.left), (10, 10));
        assert_eq!(meter.last.stay(), Span::from_ms(250));
        assert_eq!(meter.last.inside(), 250);
    }
}
