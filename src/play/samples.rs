//! How the metrics went over the time of a run, from samples that were taken as it was played.

use std::collections::BTreeMap;

use crate::sim::panel::{Line, Scale};
use crate::sim::{Metric, Panel, Span, Time};

use super::session::RunId;

/// At most so many samples are kept; when there are more, every second one goes.
const SAMPLES_MAX: usize = 256;
/// A lab shows at most so many metrics.
pub const METRICS_MAX: usize = 4;

/// What was measured, by time. Nothing is made up between two samples, and nothing stays of a future
/// that was left for another.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    run: Option<RunId>,
    taken: BTreeMap<Time, Vec<u64>>,
    /// The last time at which something was measured, and what.
    last: Option<(Time, Vec<u64>)>,
    /// How far apart samples are at least.
    apart: Span,
}

impl Samples {
    /// Notes what is measured now.
    pub fn note(&mut self, run: RunId, now: Time, metrics: &[Metric]) {
        if self.run != Some(run) {
            // A fork shares what lies before it.
            drop(self.taken.split_off(&now));
            self.run = Some(run);
        }
        let values: Vec<u64> =
            metrics.iter().take(METRICS_MAX).map(|metric| metric.value).collect();
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

    /// Forgets everything: the run that is shown is another one.
    pub fn clear(&mut self) {
        *self = Samples::default();
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
            samples.note(RunId(0), Time(ms * 1_000), &metric(ms));
        }
        let points = points(&samples);
        assert!(points.len() <= SAMPLES_MAX + 1 && points.len() > SAMPLES_MAX / 4);
        assert!(points.is_sorted());
        assert!(points[0].0 < Time(1_000_000) && points.last().unwrap().0 == Time(99_999_000));
    }

    #[test]
    fn going_back_shows_what_was_measured_up_to_there_and_a_fork_drops_the_old_future() {
        let mut samples = Samples::default();
        for ms in [10, 20, 30] {
            samples.note(RunId(0), Time(ms), &metric(ms));
        }
        samples.note(RunId(0), Time(20), &metric(20));
        assert_eq!(points(&samples), [(Time(10), 10), (Time(20), 20)]);
        samples.note(RunId(1), Time(20), &metric(7));
        samples.note(RunId(1), Time(40), &metric(8));
        assert_eq!(points(&samples), [(Time(10), 10), (Time(20), 7), (Time(40), 8)]);
    }
}
