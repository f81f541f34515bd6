//! Phi accrual (Hayashibara, Défago, Yared and Katayama 2004): suspicion as a number.
//!
//! The detector keeps the intervals between the last heartbeats, takes them for a distribution, and asks
//! how probable it is that a heartbeat is merely late: `phi = −log10 P(later than now)`. So at phi 1 one
//! suspicion in ten is wrong, at phi 8 one in a hundred million, *if* the distribution is the right one.
//!
//! Which distribution is taken differs, and so do the numbers that systems show:
//!
//! * [`Shape::Logistic`]: Akka's and Pekko's approximation of the normal distribution. Good to about three
//!   standard deviations; beyond, it grows faster than the exact one.
//! * [`Shape::Normal`]: the normal distribution itself, as in the paper.
//! * [`Shape::Exponential`]: Cassandra's, which looks at the mean only.

use std::collections::VecDeque;
use std::f64::consts::{LN_10, SQRT_2, TAU};

use crate::sim::{Span, Time};

/// Which distribution the intervals are taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// The normal distribution by a logistic approximation (Pekko, `PhiAccrualFailureDetector.scala`).
    Logistic,
    /// The normal distribution itself (Hayashibara et al. 2004, §4.2).
    Normal,
    /// The exponential distribution (Cassandra, `FailureDetector.java`).
    Exponential,
}

/// The words for the shapes, in the order of [`Shape::ALL`], for a parameter of choices.
pub const SHAPES: &[&str] = &["logistic", "normal", "exponential"];

impl Shape {
    pub const ALL: [Shape; 3] = [Shape::Logistic, Shape::Normal, Shape::Exponential];
}

/// How a detector looks at what it has heard.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    pub shape: Shape,
    /// How many intervals are kept, 1 to 1000.
    pub window: usize,
    /// The deviation is taken for at least so much, so that a very regular node is not suspected for the
    /// first hiccup, nor divided by zero (Pekko's `min-std-deviation`).
    pub deviation_min: Span,
    /// A silence that is always acceptable: added to the mean (Pekko's `acceptable-heartbeat-pause`).
    pub pause: Span,
    /// Taken for the mean until there are intervals, with a quarter of it for the deviation (Pekko's
    /// `first-heartbeat-estimate`).
    pub estimate: Span,
    /// An interval longer than this is not recorded (Cassandra's `fd_max_interval_ms`). So the mean and
    /// the deviation are bounded, and with them the time that it takes to detect a crash.
    pub longest: Span,
}

/// What one node has heard of another.
#[derive(Clone, Debug, Default)]
pub struct Phi {
    /// In microseconds, oldest first.
    intervals: VecDeque<u64>,
    sum: u64,
    squares: u128,
    last: Option<Time>,
}

/// The longest silence that is ever thought about.
const SILENCE_MAX: Span = Span::from_secs(1_000_000);

impl Phi {
    /// A heartbeat arrived. `outage`: the node was suspected until now, so this interval says nothing
    /// of how regular it is and is not recorded.
    pub fn beat(&mut self, now: Time, outage: bool, settings: &Settings) {
        match self.last {
            None => {
                let quarter = Span(settings.estimate.0 / 4);
                self.record(settings.estimate.0 - quarter.0, settings);
                self.record(settings.estimate.0 + quarter.0, settings);
            }
            Some(last) => {
                let interval = now.since(last);
                if !outage && interval <= settings.longest {
                    self.record(interval.0, settings);
                }
            }
        }
        self.last = Some(now);
    }

    /// Takes an interval into the window, whatever it is.
    pub fn record(&mut self, interval_us: u64, settings: &Settings) {
        self.intervals.push_back(interval_us);
        self.sum += interval_us;
        self.squares += u128::from(interval_us) * u128::from(interval_us);
        while self.intervals.len() > settings.window.max(1) {
            let oldest = self.intervals.pop_front().expect("it is longer than one");
            self.sum -= oldest;
            self.squares -= u128::from(oldest) * u128::from(oldest);
        }
    }

    /// When it last heard a heartbeat, if it ever did.
    pub fn last(&self) -> Option<Time> {
        self.last
    }

    /// The intervals that are kept, in microseconds, oldest first.
    pub fn intervals(&self) -> impl Iterator<Item = u64> {
        self.intervals.iter().copied()
    }

    /// The mean interval in microseconds; nothing before the first heartbeat.
    pub fn mean_us(&self) -> f64 {
        if self.intervals.is_empty() {
            return 0.0;
        }
        self.sum as f64 / self.intervals.len() as f64
    }

    /// The standard deviation of the intervals in microseconds, as they are.
    pub fn deviation_us(&self) -> f64 {
        let count = self.intervals.len() as u128;
        if count == 0 {
            return 0.0;
        }
        // Exact in whole numbers: n·Σx² − (Σx)², which is never negative.
        let spread = count * self.squares - u128::from(self.sum) * u128::from(self.sum);
        libm::sqrt(spread as f64) / count as f64
    }

    /// The suspicion now. Zero before the first heartbeat: nothing is known yet.
    pub fn phi(&self, now: Time, settings: &Settings) -> f64 {
        self.last.map_or(0.0, |last| self.phi_after(now.since(last), settings))
    }

    /// The suspicion after a silence of so long.
    pub fn phi_after(&self, silence: Span, settings: &Settings) -> f64 {
        let deviation = self.deviation_us().max(settings.deviation_min.0 as f64);
        let beyond = silence.0 as f64 - settings.pause.0 as f64;
        phi(settings.shape, beyond, self.mean_us(), deviation)
    }

    /// The shortest silence after which phi has reached a threshold, to the microsecond.
    pub fn patience(&self, threshold: f64, settings: &Settings) -> Span {
        let reached = |us: u64| self.phi_after(Span(us), settings) >= threshold;
        let mut high = 1_024;
        while !reached(high) {
            high *= 2;
            if high > SILENCE_MAX.0 {
                return SILENCE_MAX;
            }
        }
        let mut low = 0;
        while low < high {
            let middle = low + (high - low) / 2;
            if reached(middle) { high = middle } else { low = middle + 1 }
        }
        Span(high)
    }

    /// The longest silence that the detector can be patient with, whatever it has heard: every interval
    /// is at most `longest`, and so the deviation at most half of that.
    pub fn patience_max(threshold: f64, settings: &Settings) -> Span {
        let longest = settings.longest.max(Span(settings.estimate.0 / 4 * 5));
        let mut worst = Phi::default();
        let wide = Settings { window: 2, ..*settings };
        let deviation = Span(longest.0 / 2).max(settings.deviation_min);
        worst.record(longest.0, &wide);
        let wide = Settings { deviation_min: deviation, ..wide };
        worst.patience(threshold, &wide)
    }
}

/// `−log10` of the probability that a heartbeat comes later than `silence`, in any unit that the mean and
/// the deviation have as well. The deviation must be positive; the exponential shape does not look at it.
pub fn phi(shape: Shape, silence: f64, mean: f64, deviation: f64) -> f64 {
    let y = (silence - mean) / deviation;
    match shape {
        Shape::Logistic => logistic(y),
        Shape::Normal => normal(y),
        Shape::Exponential => (silence / mean).max(0.0) / LN_10,
    }
}

/// Pekko computes `e = exp(−a)`, with `a` as here, and `−log10(e / (1 + e))`. This is the same number,
/// written so that it neither overflows nor loses its digits: `log10(1 + exp(a))`.
fn logistic(y: f64) -> f64 {
    let a = y * (1.5976 + 0.070566 * y * y);
    let log = if a > 0.0 { a + libm::log1p(libm::exp(-a)) } else { libm::log1p(libm::exp(a)) };
    log / LN_10
}

/// The upper tail of the normal distribution, by the complementary error function. Where that leaves the
/// range of numbers, by its asymptotic series (Abramowitz and Stegun 26.2.12).
fn normal(y: f64) -> f64 {
    if y < 30.0 {
        return -libm::log10(libm::erfc(y / SQRT_2) / 2.0);
    }
    let square = y * y;
    let series = 1.0 - 1.0 / square + 3.0 / (square * square);
    (square / 2.0 + libm::log(y * libm::sqrt(TAU)) - libm::log(series)) / LN_10
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: Settings = Settings {
        shape: Shape::Logistic,
        window: 1_000,
        deviation_min: Span::from_ms(100),
        pause: Span::ZERO,
        estimate: Span::from_secs(1),
        longest: Span::from_secs(1_000),
    };

    #[test]
    fn phi_reaches_the_threshold_at_the_end_of_its_patience_and_not_before() {
        for shape in Shape::ALL {
            let settings = Settings { shape, ..SETTINGS };
            let mut detector = Phi::default();
            for second in 0..20 {
                detector.beat(Time(second * 1_000_000 + second % 3 * 40_000), false, &settings);
            }
            for threshold in [0.5, 1.0, 3.0, 8.0, 16.0] {
                let patience = detector.patience(threshold, &settings);
                assert!(detector.phi_after(patience, &settings) >= threshold);
                assert!(detector.phi_after(Span(patience.0 - 1), &settings) < threshold);
            }
        }
    }

    #[test]
    fn no_window_is_more_patient_than_the_stated_bound() {
        for shape in Shape::ALL {
            let settings = Settings { shape, window: 10, longest: Span::from_secs(3), ..SETTINGS };
            let bound = Phi::patience_max(8.0, &settings);
            let mut detector = Phi::default();
            let mut now = Time::ZERO;
            for place in 0..40_u64 {
                now = now + Span::from_ms(if place % 2 == 0 { 1 } else { 3_000 });
                detector.beat(now, false, &settings);
                assert!(detector.patience(8.0, &settings) <= bound);
            }
        }
    }

    #[test]
    fn an_interval_that_spans_an_outage_is_not_recorded() {
        let mut detector = Phi::default();
        for second in 0..10 {
            detector.beat(Time(second * 1_000_000), false, &SETTINGS);
        }
        let before = detector.mean_us();
        detector.beat(Time(300_000_000), true, &SETTINGS);
        assert_eq!(detector.mean_us(), before);
        assert_eq!(detector.last(), Some(Time(300_000_000)));
    }
}
