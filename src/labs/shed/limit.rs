//! Adaptive limits on how many requests are in hand, as in Netflix's concurrency-limits: AIMD, Vegas and
//! Gradient2. All look at how long requests took.

use crate::sim::Span;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    None,
    Aimd,
    Vegas,
    Gradient2,
}

#[derive(Clone, Copy, Debug)]
pub struct Limit {
    kind: Kind,
    limit: f64,
    /// Vegas: the shortest that a request ever took, as if nobody waited.
    no_load: Option<Span>,
    /// Gradient2: how long requests took lately, on average.
    long: f64,
    /// AIMD: what took longer counts as dropped.
    timeout: Span,
    least: f64,
    most: f64,
    seen: u64,
}

const INITIAL: f64 = 20.0;
/// AIMD: what is left of the limit after a drop.
const BACKOFF: f64 = 0.9;
/// Gradient2: how far above its long average a time may be, and how many may always wait.
const TOLERANCE: f64 = 1.5;
const QUEUE: f64 = 4.0;
const SMOOTHING: f64 = 0.2;
/// Gradient2: over so many requests the long average goes.
const LONG_WINDOW: f64 = 600.0;
const WARMUP: u64 = 10;

impl Limit {
    /// Between `least`, below which threads would be idle, and `most`.
    pub fn new(kind: Kind, timeout: Span, least: u32, most: u32) -> Limit {
        let (least, most) = (f64::from(least.min(most)), f64::from(most));
        let limit = INITIAL.clamp(least, most);
        Limit { kind, limit, no_load: None, long: 0.0, timeout, least, most, seen: 0 }
    }

    /// The most that it can become.
    pub fn ceiling(&self) -> u32 {
        self.most as u32
    }

    /// So many may be in hand; `None` if there is no limit.
    pub fn most(&self) -> Option<u32> {
        (self.kind != Kind::None).then_some(self.limit as u32)
    }

    /// A request has left after `took`, while `in_hand` were there; `dropped` if it was not served.
    pub fn sample(&mut self, took: Span, in_hand: u32, dropped: bool) {
        let in_hand = f64::from(in_hand);
        self.seen += 1;
        let limit = match self.kind {
            Kind::None => return,
            Kind::Aimd => self.aimd(took, in_hand, dropped),
            Kind::Vegas => self.vegas(took, in_hand, dropped),
            Kind::Gradient2 => self.gradient(took, in_hand),
        };
        self.limit = limit.clamp(self.least, self.most);
    }

    fn aimd(&self, took: Span, in_hand: f64, dropped: bool) -> f64 {
        if dropped || took > self.timeout {
            self.limit * BACKOFF
        } else if in_hand * 2.0 >= self.limit {
            self.limit + 1.0
        } else {
            self.limit
        }
    }

    fn vegas(&mut self, took: Span, in_hand: f64, dropped: bool) -> f64 {
        let no_load = self.no_load.map_or(took, |least| least.min(took));
        self.no_load = Some(no_load);
        let log = libm::log10(self.limit).max(1.0);
        if dropped {
            return self.limit - log;
        }
        if in_hand * 2.0 < self.limit {
            return self.limit;
        }
        let share = no_load.us() as f64 / took.us().max(1) as f64;
        let waiting = libm::ceil(self.limit * (1.0 - share));
        if waiting <= log {
            self.limit + 6.0 * log
        } else if waiting < 3.0 * log {
            self.limit + log
        } else if waiting > 6.0 * log {
            self.limit - log
        } else {
            self.limit
        }
    }

    fn gradient(&mut self, took: Span, in_hand: f64) -> f64 {
        let short = took.us().max(1) as f64;
        let window = if self.seen <= WARMUP { self.seen as f64 } else { LONG_WINDOW };
        self.long += (short - self.long) / window;
        // What a long overload has done to the average is forgotten when it is over.
        if self.long / short > 2.0 {
            self.long *= 0.95;
        }
        if in_hand < self.limit / 2.0 {
            return self.limit;
        }
        let gradient = (TOLERANCE * self.long / short).clamp(0.5, 1.0);
        let aim = self.limit * gradient + QUEUE;
        self.limit * (1.0 - SMOOTHING) + aim * SMOOTHING
    }
}
