//! How each class of requests fared in the last second.

use crate::sim::Time;

/// At most so many classes are told apart; what is beyond counts with the last.
pub const CLASSES: usize = 10;

/// Requests of each class that ended so far, well and not: what a client counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    pub good: [u64; CLASSES],
    pub bad: [u64; CLASSES],
}

impl Ended {
    pub fn count(&mut self, class: u8, good: bool) {
        let place = usize::from(class).min(CLASSES - 1);
        if good {
            self.good[place] += 1;
        } else {
            self.bad[place] += 1;
        }
    }
}

/// The last second, by tenths.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shares {
    seen: Ended,
    tenths: [(u64, Ended); 10],
}

impl Shares {
    /// What the client has counted by now.
    pub fn observe(&mut self, now: Time, ended: &Ended) {
        let before = std::mem::replace(&mut self.seen, *ended);
        if before == *ended {
            return;
        }
        let number = now.0 / 100_000;
        let tenth = &mut self.tenths[(number % 10) as usize];
        if tenth.0 != number {
            *tenth = (number, Ended::default());
        }
        for class in 0..CLASSES {
            // A client that has started again counts from nothing.
            tenth.1.good[class] += ended.good[class].saturating_sub(before.good[class]);
            tenth.1.bad[class] += ended.bad[class].saturating_sub(before.bad[class]);
        }
    }

    /// How many of these classes were served in the last second, and how many were not.
    pub fn last_second(&self, now: Time, classes: std::ops::Range<usize>) -> (u64, u64) {
        let number = now.0 / 100_000;
        let recent = self.tenths.iter().filter(|(of, _)| of + 10 > number);
        recent.fold((0, 0), |(good, bad), (_, ended)| {
            let sum = |counts: &[u64; CLASSES]| counts[classes.clone()].iter().sum::<u64>();
            (good + sum(&ended.good), bad + sum(&ended.bad))
        })
    }
}
