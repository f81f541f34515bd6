//! How the values of many runs are spread.

use serde::Serialize;

/// The values of one measure over many runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spread {
    /// From the least upward.
    values: Vec<u64>,
    /// How many runs have no value: what was waited for never came.
    never: usize,
}

/// Equally wide classes of values, and one for all that lies beyond them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Buckets {
    /// Where the first one begins.
    pub first: u64,
    pub width: u64,
    pub count: usize,
}

impl Spread {
    pub fn new(values: impl IntoIterator<Item = Option<u64>>) -> Spread {
        let mut spread = Spread::default();
        for value in values {
            match value {
                Some(value) => spread.values.push(value),
                None => spread.never += 1,
            }
        }
        spread.values.sort_unstable();
        spread
    }

    /// The values, from the least upward.
    pub fn values(&self) -> &[u64] {
        &self.values
    }

    /// How many runs have no value.
    pub fn never(&self) -> usize {
        self.never
    }

    /// How many runs there are.
    pub fn runs(&self) -> usize {
        self.values.len() + self.never
    }

    /// The least value that so many percent of all runs do not exceed (nearest rank). A run that never
    /// got there exceeds every value; `None` if the answer is such a run.
    pub fn quantile(&self, percent: u32) -> Option<u64> {
        let rank = (self.runs() * percent as usize).div_ceil(100).max(1);
        self.values.get(rank - 1).copied()
    }

    /// How many values fall into each bucket, and how many beyond the last.
    pub fn counts(&self, buckets: Buckets) -> (Vec<usize>, usize) {
        let mut counts = vec![0; buckets.count];
        let mut beyond = 0;
        for value in &self.values {
            let place = value.saturating_sub(buckets.first) / buckets.width;
            match usize::try_from(place).ok().and_then(|place| counts.get_mut(place)) {
                Some(count) => *count += 1,
                None => beyond += 1,
            }
        }
        (counts, beyond)
    }

    /// The share of runs, in parts per thousand, whose value does not exceed this.
    pub fn share_until(&self, value: u64) -> u32 {
        let until = self.values.partition_point(|known| *known <= value);
        (until * 1000 / self.runs().max(1)) as u32
    }
}

impl Buckets {
    /// At most `most` buckets of a round width (1, 2 or 5 times a power of ten) from the least value
    /// on. They reach twice as far as nine tenths of the values; a longer tail is left out, so that
    /// it does not squeeze all else.
    pub fn fitting(spread: &Spread, most: usize) -> Buckets {
        let values = &spread.values;
        let (least, last) = match (values.first(), values.last()) {
            (Some(&least), Some(&last)) => {
                let bulk = values[(values.len() * 9).div_ceil(10) - 1];
                (least, last.min(bulk.saturating_add(bulk - least)))
            }
            (None, _) | (_, None) => (0, 0),
        };
        let most = most.max(2) as u64;
        let mut width = round_up((last - least) / most + 1);
        loop {
            let first = least / width * width;
            let count = (last - first) / width + 1;
            if count <= most {
                return Buckets { first, width, count: count as usize };
            }
            width = round_up(width + 1);
        }
    }

    /// Where the bucket at this place begins.
    pub fn start(&self, place: usize) -> u64 {
        self.first + self.width * place as u64
    }

    /// Where the last bucket ends.
    pub fn end(&self) -> u64 {
        self.start(self.count)
    }
}

/// The least of 1, 2, 5, 10, 20, 50, … that is not below `least`.
fn round_up(least: u64) -> u64 {
    let mut unit: u64 = 1;
    loop {
        for step in [1, 2, 5] {
            if let Some(width) = unit.checked_mul(step).filter(|width| *width >= least) {
                return width;
            }
        }
        match unit.checked_mul(10) {
            Some(next) => unit = next,
            None => return u64::MAX,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_count_the_runs_that_never_got_there() {
        let spread = Spread::new((1..=9).rev().map(Some).chain([None]));
        assert_eq!(spread.quantile(0), Some(1));
        assert_eq!(spread.quantile(50), Some(5));
        assert_eq!(spread.quantile(90), Some(9));
        assert_eq!(spread.quantile(100), None, "one of ten never got there");
        assert_eq!(spread.share_until(3), 300);
        assert_eq!(Spread::default().quantile(50), None);
    }

    #[test]
    fn buckets_are_round_and_leave_a_long_tail_beyond() {
        let values = (0..100).map(|place| Some(if place < 95 { 150 + place } else { 9_000 }));
        let spread = Spread::new(values);
        let buckets = Buckets::fitting(&spread, 20);
        assert_eq!((buckets.first, buckets.width), (150, 10));
        let (counts, beyond) = spread.counts(buckets);
        assert_eq!(counts.iter().sum::<usize>() + beyond, 100);
        assert_eq!((counts[0], beyond), (10, 5));
    }

    #[test]
    fn one_value_fills_one_bucket() {
        let spread = Spread::new([Some(7), Some(7)]);
        let buckets = Buckets::fitting(&spread, 10);
        assert_eq!(spread.counts(buckets), (vec![2], 0));
        assert_eq!(Buckets::fitting(&Spread::default(), 10).count, 1);
        let huge = Spread::new([Some(0), Some(u64::MAX)]);
        assert!(Buckets::fitting(&huge, 10).count <= 10);
    }
}
