//! Where the requests come from: users who do not wait for each other, or who do.

use crate::sim::{Span, Time};

/// How requests come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrivals {
    /// Only those that somebody asks for (`request`, `batch`).
    ByHand,
    /// At equal intervals.
    Constant,
    /// Independent of each other: the intervals are exponential.
    Poisson,
    /// All of a second's requests in its first tenth.
    Burst,
    /// From nothing up to the whole rate, evenly over a minute.
    Ramp,
    /// As many as the rate says, all at once after one second, and no more.
    Batch,
    /// So many users, each of whom waits for the answer and thinks before asking again: the only one in
    /// which a slow system is asked less.
    Closed,
}

/// The words for [`Arrivals`], in order.
pub const ARRIVALS: &[&str] =
    &["by-hand", "constant", "poisson", "burst", "ramp", "batch", "closed"];

/// How long a ramp takes.
const RAMP: Span = Span::from_secs(60);

/// How long after its start a client sends its batch.
const BATCH_AFTER: Span = Span::from_secs(1);

const SECOND: Span = Span::from_secs(1);

impl Arrivals {
    /// Reads the place of a word of [`ARRIVALS`].
    pub fn of(value: u64) -> Arrivals {
        match value {
            0 => Arrivals::ByHand,
            1 => Arrivals::Constant,
            2 => Arrivals::Poisson,
            3 => Arrivals::Burst,
            4 => Arrivals::Ramp,
            5 => Arrivals::Batch,
            6 => Arrivals::Closed,
            _ => panic!("there are seven kinds of arrivals"),
        }
    }
}

/// The load of one client.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub arrivals: Arrivals,
    /// Requests a second; for a batch, how many; closed, how many users.
    pub rate: u64,
    /// Closed: how long a user thinks on average.
    pub think: Span,
}

/// When the first request of a client comes, `None` if none comes by itself. `unit` draws from (0, 1).
pub fn first(plan: Plan, unit: &mut dyn FnMut() -> f64) -> Option<Span> {
    match plan.arrivals {
        Arrivals::ByHand => None,
        Arrivals::Constant => Some(interval(plan.rate)),
        Arrivals::Poisson => Some(exponential(interval(plan.rate), unit())),
        Arrivals::Burst => Some(SECOND),
        Arrivals::Ramp => Some(Span::from_ms(100)),
        Arrivals::Batch => Some(BATCH_AFTER),
        Arrivals::Closed => Some(exponential(plan.think, unit())),
    }
}

/// How long after one request the next one comes, by the generator alone. `now` is the time since the
/// client began.
pub fn next(plan: Plan, now: Span, unit: &mut dyn FnMut() -> f64) -> Option<Span> {
    match plan.arrivals {
        Arrivals::ByHand | Arrivals::Batch | Arrivals::Closed => None,
        Arrivals::Constant => Some(interval(plan.rate)),
        Arrivals::Poisson => Some(exponential(interval(plan.rate), unit())),
        Arrivals::Burst => {
            let step = interval(plan.rate * 10);
            let into = now.us() % SECOND.us();
            let goes_on = into + step.us() < SECOND.us() / 10;
            Some(if goes_on { step } else { Span(SECOND.us() - into) })
        }
        Arrivals::Ramp => {
            let share = now.us().clamp(100_000, RAMP.us());
            let rate = (plan.rate * share / RAMP.us()).max(1);
            Some(interval(rate))
        }
    }
}

fn interval(rate: u64) -> Span {
    Span((1_000_000 / rate.max(1)).max(1))
}

/// A draw from the exponential distribution with this mean, from an even draw of (0, 1).
pub fn exponential(mean: Span, unit: f64) -> Span {
    Span((-libm::log(unit) * mean.us() as f64) as u64)
}

/// How long a piece of work takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    Constant,
    Exponential,
    /// Log-normal about the mean with sigma 1: most are quick, a few take many times as long.
    LogNormal,
}

/// The words for [`Work`], in order.
pub const WORK: &[&str] = &["constant", "exponential", "lognormal"];

impl Work {
    pub fn of(value: u64) -> Work {
        match value {
            0 => Work::Constant,
            1 => Work::Exponential,
            2 => Work::LogNormal,
            _ => panic!("there are three kinds of work"),
        }
    }

    /// One draw. `unit` draws from (0, 1), as often as is needed.
    pub fn draw(self, mean: Span, unit: &mut dyn FnMut() -> f64) -> Span {
        match self {
            Work::Constant => mean,
            Work::Exponential => exponential(mean, unit()),
            Work::LogNormal => {
                let (u, v) = (unit(), unit());
                let normal = libm::sqrt(-2.0 * libm::log(u)) * libm::cos(std::f64::consts::TAU * v);
                // The mean of a log-normal is its median times exp(σ²/2).
                Span((mean.us() as f64 * libm::exp(normal - 0.5)) as u64)
            }
        }
    }
}

/// Points in time, each with a number, earliest first: what one timer stands for.
#[derive(Clone, Debug, Default)]
pub struct Agenda {
    due: std::collections::BTreeSet<(Time, u64)>,
    /// What the timer is set to.
    pub armed: Option<Time>,
}

impl Agenda {
    pub fn add(&mut self, due: Time, what: u64) {
        self.due.insert((due, what));
    }

    pub fn remove(&mut self, due: Time, what: u64) {
        self.due.remove(&(due, what));
    }

    pub fn earliest(&self) -> Option<Time> {
        self.due.first().map(|(due, _)| *due)
    }

    /// Takes the first one if it is due at `now`; or in any case, if the timer was fired by hand.
    pub fn take(&mut self, now: Time, in_any_case: bool) -> Option<u64> {
        let (due, what) = *self.due.first()?;
        if due > now && !in_any_case {
            return None;
        }
        self.due.pop_first();
        Some(what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The multiples of the golden ratio: as even as it gets.
    fn even() -> impl FnMut() -> f64 {
        let mut place = 0.5;
        move || {
            place = (place + 0.618_033_988_75) % 1.0;
            place
        }
    }

    fn count(plan: Plan, from: u64, to: u64) -> usize {
        let mut unit = even();
        let mut now = first(plan, &mut unit).unwrap();
        let mut count = 0;
        while now < Span::from_secs(to) {
            count += usize::from(now >= Span::from_secs(from));
            now += next(plan, now, &mut unit).unwrap();
        }
        count
    }

    #[test]
    fn every_open_generator_makes_as_many_requests_as_its_rate_says() {
        for arrivals in [Arrivals::Constant, Arrivals::Poisson, Arrivals::Burst] {
            let plan = Plan { arrivals, rate: 200, think: Span::ZERO };
            let made = count(plan, 1, 11);
            assert!((1_950..=2_050).contains(&made), "{arrivals:?}: {made}");
        }
        let ramp = Plan { arrivals: Arrivals::Ramp, rate: 200, think: Span::ZERO };
        assert!((1_900..=2_100).contains(&count(ramp, 60, 70)));
        assert!((450..=550).contains(&count(ramp, 10, 20)), "{}", count(ramp, 10, 20));
    }

    #[test]
    fn work_takes_its_mean_on_average_and_has_the_shape_that_it_names() {
        let mean = Span::from_ms(10);
        for work in [Work::Constant, Work::Exponential, Work::LogNormal] {
            let mut place = 0;
            let mut unit = || {
                place += 1;
                let luck = crate::sim::rng::Purpose::Outside(3);
                crate::sim::rng::Rng::new(1, luck, place).unit()
            };
            let mut all: Vec<u64> = (0..20_000).map(|_| work.draw(mean, &mut unit).us()).collect();
            all.sort_unstable();
            let average = all.iter().sum::<u64>() / 20_000;
            assert!((9_700..10_300).contains(&average), "{work:?}: {average}");
            let median = match work {
                Work::Constant => 10_000,
                // ln 2, and exp(-1/2).
                Work::Exponential => 6_931,
                Work::LogNormal => 6_065,
            };
            assert!(all[10_000].abs_diff(median) < 200, "{work:?}: {}", all[10_000]);
        }
    }
}
