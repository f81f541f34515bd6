//! Seven detectors, each with eight settings, on the same heartbeats and the same network.
//!
//! Each is asked one thing: is it up? They differ in when they say no.

use crate::labs::detection::phi::{Settings, Shape};
use crate::labs::detection::watch::{Detector, Patience, Watch};
use crate::sim::{Span, Time};

/// A way of detecting failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The course's loop: count a miss each interval, suspect at so many.
    Loop,
    /// A fixed timeout.
    Timeout,
    /// Chen, Toueg and Aguilera (2002): the mean interval and a fixed margin.
    Expected,
    /// Phi accrual with the logistic approximation (Akka, Pekko).
    Logistic,
    /// Phi accrual with the normal distribution (Hayashibara et al. 2004).
    Normal,
    /// Phi accrual with the exponential distribution (Cassandra).
    Exponential,
    /// SWIM's probe: a ping, then others' pings, then so many periods of suspicion.
    Probe,
}

/// How many settings each has, from impatient to patient.
pub const SETTINGS: usize = 8;

/// How many judges there are.
pub const JUDGES: usize = Kind::ALL.len() * SETTINGS;

/// The words for the kinds, in the order of [`Kind::ALL`].
pub const WORDS: &[&str] = &[
    "loop",
    "timeout",
    "expected-arrival",
    "phi-logistic",
    "phi-normal",
    "phi-exponential",
    "probe",
];

impl Kind {
    pub const ALL: [Kind; 7] = [
        Kind::Loop,
        Kind::Timeout,
        Kind::Expected,
        Kind::Logistic,
        Kind::Normal,
        Kind::Exponential,
        Kind::Probe,
    ];

    /// Those that set a deadline at each heartbeat.
    const PATIENT: [(Kind, Detector); 5] = [
        (Kind::Timeout, Detector::Timeout),
        (Kind::Expected, Detector::Expected),
        (Kind::Logistic, Detector::Phi(Shape::Logistic)),
        (Kind::Normal, Detector::Phi(Shape::Normal)),
        (Kind::Exponential, Detector::Phi(Shape::Exponential)),
    ];

    pub fn word(self) -> &'static str {
        WORDS[self as usize]
    }

    /// The detector with a deadline that this is, if it is one.
    pub fn patient(self) -> Option<Detector> {
        Kind::PATIENT.iter().find(|(kind, _)| *kind == self).map(|(_, detector)| *detector)
    }
}

/// Later than any deadline.
const NEVER: Time = Time(u64::MAX);

/// A set of judges, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bench(u64);

impl Bench {
    fn bit(kind: Kind, setting: usize) -> u64 {
        1 << (kind as usize * SETTINGS + setting)
    }

    /// All settings of a kind.
    fn of(kind: Kind) -> u64 {
        ((1 << SETTINGS) - 1) << (kind as usize * SETTINGS)
    }

    pub fn has(self, kind: Kind, setting: usize) -> bool {
        self.0 & Bench::bit(kind, setting) != 0
    }

    pub fn count(self) -> u32 {
        self.0.count_ones()
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The places of those that are in it, see [`place`].
    pub fn places(self) -> impl Iterator<Item = usize> {
        (0..JUDGES).filter(move |place| self.0 >> place & 1 != 0)
    }
}

/// Where a judge stands among all.
pub fn place(kind: Kind, setting: usize) -> usize {
    kind as usize * SETTINGS + setting
}

/// How patient a setting is: what each detector looks at.
pub fn patience(kind: Kind, setting: usize, interval: Span, longest: Span) -> Patience {
    const STEEP: [f64; SETTINGS] = [0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 12.0, 16.0];
    const FLAT: [f64; SETTINGS] = [0.5, 0.7, 0.9, 1.1, 1.3, 1.6, 2.0, 3.0];
    let quarters = |count: u64| Span(interval.0 / 4 * count);
    let step = setting as u64;
    Patience {
        timeout: quarters(5 + 3 * step),
        margin: quarters(1 + 3 * step),
        // The tail of the exponential distribution falls more slowly, so the same patience is a lower phi.
        threshold: if kind == Kind::Exponential { FLAT[setting] } else { STEEP[setting] },
        phi: Settings {
            shape: Shape::Normal,
            window: 60,
            deviation_min: Span(interval.0 / 10),
            pause: Span::ZERO,
            estimate: interval,
            longest,
        },
    }
}

/// The longest silence that a judge may be patient with, whatever it has heard.
pub fn patience_max(kind: Kind, setting: usize, interval: Span, longest: Span) -> Span {
    let steps = |count: u64| Span(interval.0.saturating_mul(count));
    match kind.patient() {
        Some(detector) => {
            Watch::patience_max(detector, &patience(kind, setting, interval, longest))
        }
        // The tick before the first late one, and so many late ones (HB-2).
        None if kind == Kind::Loop => steps(setting as u64 + 2),
        // The period in which it fails has been answered already; then one without an answer, and so many
        // of suspicion.
        None => steps(setting as u64 + 3),
    }
}

/// What all judges think of one node.
#[derive(Clone, Debug)]
pub struct Judges {
    watch: Watch,
    /// For each of those that set a deadline: how many of its settings, from the least patient on, have
    /// waited long enough since the last heartbeat, and until when the next one waits.
    waiting: [(usize, Time); Kind::PATIENT.len()],
    suspect: Bench,
    /// The loop's `failure_count`.
    late: u64,
    /// Periods without an answer to a probe.
    unanswered: u64,
}

impl Judges {
    pub fn new() -> Judges {
        Judges {
            watch: Watch::default(),
            waiting: [(0, NEVER); Kind::PATIENT.len()],
            suspect: Bench::default(),
            late: 0,
            unanswered: 0,
        }
    }

    /// Who suspects it.
    pub fn suspect(&self) -> Bench {
        self.suspect
    }

    /// When the next deadline is, if nothing comes until then.
    pub fn next(&self) -> Option<Time> {
        let next = self.waiting.iter().map(|(_, until)| *until).min();
        next.filter(|next| *next < NEVER)
    }

    /// A heartbeat arrived. Who trusts it again?
    pub fn beat(&mut self, now: Time, interval: Span, longest: Span) -> Bench {
        let settings = patience(Kind::Timeout, 0, interval, longest);
        self.watch.beat(now, false, &settings);
        for place in 0..self.waiting.len() {
            self.waiting[place] = (0, self.deadline(place, 0, interval, longest));
        }
        self.late = 0;
        self.clear(!Bench::of(Kind::Probe))
    }

    /// Until when a setting waits, if nothing comes. It is worked out only when it is next: most heartbeats
    /// come before anybody has waited long enough.
    fn deadline(&self, place: usize, setting: usize, interval: Span, longest: Span) -> Time {
        let (kind, detector) = Kind::PATIENT[place];
        match self.watch.last() {
            Some(last) if setting < SETTINGS => {
                let settings = patience(kind, setting, interval, longest);
                last + self.watch.patience(detector, &settings)
            }
            Some(_) | None => NEVER,
        }
    }

    /// Who has waited long enough by now, and suspects it from now on?
    pub fn due(&mut self, now: Time, interval: Span, longest: Span) -> Bench {
        let mut due = 0;
        for (place, (kind, _)) in Kind::PATIENT.iter().enumerate() {
            while self.waiting[place].1 <= now {
                let setting = self.waiting[place].0;
                due |= Bench::bit(*kind, setting);
                let next = self.deadline(place, setting + 1, interval, longest);
                self.waiting[place] = (setting + 1, next);
            }
        }
        self.add(due)
    }

    /// A tick of the loop. `late`: nothing was heard for more than an interval. Who suspects it from now on?
    pub fn tick(&mut self, now: Time, interval: Span) -> Bench {
        let heard = self.watch.last();
        if heard.is_none_or(|last| now.since(last) <= interval) {
            self.late = 0;
            return Bench::default();
        }
        self.late += 1;
        let most = self.late.min(SETTINGS as u64) as usize;
        self.add((0..most).map(|setting| Bench::bit(Kind::Loop, setting)).sum())
    }

    /// A period ended without an answer. Who suspects it from now on?
    pub fn unanswered(&mut self) -> Bench {
        self.unanswered += 1;
        let most = self.unanswered.saturating_sub(1).min(SETTINGS as u64) as usize;
        self.add((0..most).map(|setting| Bench::bit(Kind::Probe, setting)).sum())
    }

    /// A probe was answered. Who trusts it again?
    pub fn answered(&mut self) -> Bench {
        self.unanswered = 0;
        self.clear(Bench::of(Kind::Probe))
    }

    fn add(&mut self, some: u64) -> Bench {
        let new = some & !self.suspect.0;
        self.suspect.0 |= some;
        Bench(new)
    }

    fn clear(&mut self, some: u64) -> Bench {
        let old = some & self.suspect.0;
        self.suspect.0 &= !some;
        Bench(old)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_more_patient_setting_never_suspects_before_a_less_patient_one() {
        let (interval, longest) = (Span::from_ms(100), Span::from_ms(500));
        let mut judges = Judges::new();
        for beat in 0..40_u64 {
            judges.beat(Time(beat * 100_000 + beat % 5 * 9_000), interval, longest);
        }
        for place in 0..Kind::PATIENT.len() {
            let deadlines: Vec<Time> =
                (0..SETTINGS).map(|it| judges.deadline(place, it, interval, longest)).collect();
            assert!(deadlines.is_sorted(), "{deadlines:?}");
        }
        for kind in Kind::ALL {
            let bounds: Vec<Span> =
                (0..SETTINGS).map(|it| patience_max(kind, it, interval, longest)).collect();
            assert!(bounds.is_sorted(), "{kind:?}");
        }
    }

    #[test]
    fn each_judge_has_its_own_bit() {
        let mut all = 0;
        for kind in Kind::ALL {
            for setting in 0..SETTINGS {
                assert_eq!(
                    Bench(Bench::bit(kind, setting)).places().next(),
                    Some(place(kind, setting))
                );
                all |= Bench::bit(kind, setting);
            }
        }
        assert_eq!(Bench(all).count() as usize, JUDGES);
    }
}
