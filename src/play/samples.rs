//! How the metrics went over the time of a run, from samples that were taken as it was played.

use std::collections::BTreeMap;

use crate::sim::panel::{Line, Scale};
use crate::sim::{Metric, Panel, Span, Time};

use super::session::{RUNS_MAX, RunId};

/// At most so many samples are kept; when there are more, every second one goes.
const SAMPLES_MAX: usize = 256;
/// A lab shows at most so many metrics.
pub const METRICS_MAX: usize = 4;

/// Samples by time.
type Taken = BTreeMap<Time, Vec<u64>>;

/// What was measured, by time. Nothing is made up between two samples. Each run has its own; a fork has
/// those of the run that it left, up to where it left it.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    run: Option<RunId>,
    taken: Taken,
    /// Those of the runs that are not shown, the one that was shown last at the end.
    others: Vec<(RunId, Taken)>,
    /// The last time at which something was measured, and what.
    last: Option<(Time, Vec<u64>)>,
    /// How far apart samples are at least.
    apart: Span,
}

impl Samples {
    /// Whether this run is another than the one of the last sample, and so has to be [opened](Self::open).
    pub fn is_other(&self, run: RunId) -> bool {
        self.run != Some(run)
    }

    /// From now on it is about this run, which left another one at a moment, if it did. `known` is what
    /// is known of it without having been seen: it was played again in one go, or opened in its middle.
    pub fn open(
        &mut self,
        run: RunId,
        left: Option<(RunId, Time)>,
        known: impl Iterator<Item = (Time, Vec<Metric>)>,
    ) {
        if let Some(old) = self.run.replace(run) {
            self.others.push((old, std::mem::take(&mut self.taken)));
        }
        let of = |run: RunId| self.others.iter().position(|(other, _)| *other == run);
        match (of(run), left) {
            (Some(own), _) => self.taken = self.others.remove(own).1,
            (None, Some((from, time))) => {
                if let Some(place) = of(from) {
                    self.taken = self.others[place].1.clone();
                    drop(self.taken.split_off(&time));
                }
            }
            (None, None) => {}
        }
        if self.others.len() > RUNS_MAX {
            self.others.remove(0);
        }
        for (time, metrics) in known {
            self.taken.entry(time).or_insert_with(|| values(&metrics));
        }
    }

    /// Notes what is measured now.
    pub fn note(&mut self, now: Time, metrics: &[Metric]) {
        let values = values(metrics);
        self.last = Some((now, values.clone()));
        let near = self.taken.range(..=now).next_back().map(|(time, _)| *time);
        if near.is_some_and(|near| now.since(near) < self.apart) && near != Some(now) {
            return;
        }
        self.taken.insert(now, values);
        if self.taken.len() > SAMPLES_MAX {
            let mut odd = false;
            self.taken.retain(|_, _| {
                odd = !odd;
                odd
            });
            let span = match (self.taken.first_key_value(), self.taken.last_key_value()) {
                (Some((first, _)), Some((last, _))) => last.since(*first),
                (Some(_), None) | (None, _) => Span::ZERO,
            };
            self.apart = Span(span.us() / (SAMPLES_MAX as u64 / 2));
        }
    }

    /// Each metric over the time up to the last sample that was noted, as a series.
    pub fn panels(&self, metrics: &[Metric]) -> Vec<Panel> {
        let Some((now, last)) = &self.last else { return Vec::new() };
        let series = |(place, metric): (usize, &Metric)| {
            let before = self.taken.range(..*now);
            let values = before.map(|(time, values)| (*time, values)).chain([(*now, last)]);
            let points = values.filter_map(|(time, values)| Some((time, *values.get(place)?)));
            let (unit, shift) = match metric.unit {
                "µs" => ("s", 6),
                unit if metric.name.contains(unit) => ("", 0),
                unit => (unit, 0),
            };
            Panel::Series {
                title: metric.name,
                scale: Scale { unit, decimals: shift },
                lines: vec![Line { name: "", points: points.collect() }],
                marks: Vec::new(),
            }
        };
        metrics.iter().take(METRICS_MAX).enumerate().map(series).collect()
    }
}

fn values(metrics: &[Metric]) -> Vec<u64> {
    metrics.iter().take(METRICS_MAX).map(|metric| metric.value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metric(value: u64) -> [Metric; 1] {
        [Metric { name: "elections", unit: "", value }]
    }

    fn points(samples: &Samples) -> Vec<(Time, u64)> {
        match &samples.panels(&metric(0))[0] {
            Panel::Series { lines, .. } => lines[0].points.clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_long_run_keeps_a_bounded_number_of_samples_over_all_its_time() {
        let mut samples = Samples::default();
        for ms in 0..100_000 {
            samples.note(Time(ms * 1_000), &metric(ms));
        }
        let points = points(&samples);
        assert!(points.len() <= SAMPLES_MAX + 1 && points.len() > SAMPLES_MAX / 4);
        assert!(points.is_sorted());
        assert!(points[0].0 < Time(1_000_000) && points.last().unwrap().0 == Time(99_999_000));
    }

    /// Opens a run of which nothing is known but what was seen.
    fn open(samples: &mut Samples, run: u32, left: Option<(RunId, Time)>) {
        samples.open(RunId(run), left, std::iter::empty());
    }

    #[test]
    fn going_back_shows_what_was_measured_up_to_there() {
        let mut samples = Samples::default();
        for ms in [10, 20, 30] {
            samples.note(Time(ms), &metric(ms));
        }
        samples.note(Time(20), &metric(20));
        assert_eq!(points(&samples), [(Time(10), 10), (Time(20), 20)]);
    }

    #[test]
    fn a_fork_keeps_what_lies_before_it_and_each_run_its_own() {
        let mut samples = Samples::default();
        open(&mut samples, 0, None);
        for ms in [10, 20, 30] {
            samples.note(Time(ms), &metric(ms));
        }
        assert!(samples.is_other(RunId(1)));
        open(&mut samples, 1, Some((RunId(0), Time(15))));
        samples.note(Time(20), &metric(7));
        samples.note(Time(40), &metric(8));
        assert_eq!(points(&samples), [(Time(10), 10), (Time(20), 7), (Time(40), 8)]);
        open(&mut samples, 0, None);
        samples.note(Time(40), &metric(40));
        let first = [(Time(10), 10), (Time(20), 20), (Time(30), 30), (Time(40), 40)];
        assert_eq!(points(&samples), first);
    }

    #[test]
    fn what_was_played_in_one_go_is_filled_from_what_is_known_of_it() {
        let mut samples = Samples::default();
        let known = [(Time(5), metric(1).to_vec()), (Time(25), metric(2).to_vec())];
        samples.open(RunId(0), None, known.into_iter());
        samples.note(Time(30), &metric(3));
        assert_eq!(points(&samples), [(Time(5), 1), (Time(25), 2), (Time(30), 3)]);
    }
}
