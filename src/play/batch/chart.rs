//! A spread as a picture: bars for how many runs, and a line for the share of runs so far.
//!
//! Everything is in thousandths of the picture's sides, whole, with the origin at the top left: the
//! page stretches it to the room that there is.

use super::{Measure, Spread};

/// How long a side of the picture is.
pub const SIDE: u32 = 1_000;

/// How many bars there is room for.
const BARS: usize = 40;

/// From this ratio of the greatest to the least value on, equal steps across are equal ratios.
const LOGARITHMIC: u64 = 20;

/// The spreads of one measure, one for each set-up.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chart {
    pub shapes: Vec<Shape>,
    /// Values across, from left to right.
    pub ticks: Vec<Tick>,
    /// Whether equal steps across are equal ratios.
    pub logarithmic: bool,
    /// The most runs that a bar stands for.
    pub tallest: usize,
}

/// One spread, as paths in the syntax of SVG.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// One bar after another, each as high as there are runs in it.
    pub bars: String,
    /// The share of runs so far, from nothing at the bottom to all at the top.
    pub line: String,
    /// Where the median lies, if half of the runs got there.
    pub median: Option<u32>,
}

/// A value on the axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    pub at: u32,
    pub label: String,
}

impl Chart {
    pub fn new(spreads: &[Spread], measure: &Measure) -> Chart {
        let Some(axis) = Axis::over(spreads) else { return Chart::default() };
        let binned: Vec<Vec<usize>> = spreads.iter().map(|spread| axis.bins(spread)).collect();
        let tallest = binned.iter().flatten().copied().max().unwrap_or(0).max(1);
        let shape = |(spread, bins): (&Spread, &Vec<usize>)| Shape {
            bars: bars(bins, tallest),
            line: line(spread, axis),
            median: spread.quantile(50).map(|median| axis.place(median)),
        };
        let ticks = axis.ticks().into_iter();
        let ticks = ticks.map(|value| Tick { at: axis.place(value), label: measure.words(value) });
        Chart {
            shapes: spreads.iter().zip(&binned).map(shape).collect(),
            ticks: ticks.collect(),
            logarithmic: axis.logarithmic,
            tallest,
        }
    }
}

/// What stands where, from left to right.
#[derive(Clone, Copy)]
pub(super) struct Axis {
    pub least: u64,
    pub most: u64,
    pub logarithmic: bool,
}

impl Axis {
    fn over(spreads: &[Spread]) -> Option<Axis> {
        let least = spreads.iter().filter_map(|spread| spread.values().first()).min()?;
        let most = spreads.iter().filter_map(|spread| spread.values().last()).max()?;
        let (least, most) = (*least, (*most).max(least + 1));
        let logarithmic = least > 0 && most / least >= LOGARITHMIC;
        Some(Axis { least, most, logarithmic })
    }

    pub fn place(self, value: u64) -> u32 {
        let value = value.clamp(self.least, self.most);
        let share = if self.logarithmic {
            let ratio = |value: u64| libm::log(value as f64 / self.least as f64);
            ratio(value) / ratio(self.most)
        } else {
            (value - self.least) as f64 / (self.most - self.least) as f64
        };
        (share * f64::from(SIDE) + 0.5) as u32
    }

    /// How many values fall into each of equally broad stripes.
    fn bins(self, spread: &Spread) -> Vec<usize> {
        let mut bins = vec![0; BARS];
        for value in spread.values() {
            let place = self.place(*value) as usize * BARS / SIDE as usize;
            bins[place.min(BARS - 1)] += 1;
        }
        bins
    }

    /// Round values, four to ten of them.
    pub fn ticks(self) -> Vec<u64> {
        if !self.logarithmic {
            let mut step = 1;
            let mut steps = [2, 5, 10].into_iter().cycle();
            let mut unit = 1;
            while (self.most - self.least) / step > 6 {
                let next = steps.next().expect("it goes round");
                step = unit * next;
                if next == 10 {
                    unit *= 10;
                }
            }
            return (self.least.div_ceil(step)..=self.most / step).map(|n| n * step).collect();
        }
        let fine = self.most / self.least < 1_000;
        let factors: &[u64] = if fine { &[1, 2, 5] } else { &[1] };
        let units = std::iter::successors(Some(1_u64), |unit| unit.checked_mul(10));
        let values =
            units.flat_map(|unit| factors.iter().filter_map(move |f| unit.checked_mul(*f)));
        values.filter(|value| (self.least..=self.most).contains(value)).collect()
    }
}

fn bars(bins: &[usize], tallest: usize) -> String {
    let mut path = String::new();
    let width = SIDE as usize / BARS;
    for (place, count) in bins.iter().enumerate().filter(|(_, count)| **count > 0) {
        let (left, height) = (place * width, count * SIDE as usize / tallest);
        path.push_str(&format!("M{left} {SIDE}v-{height}h{width}v{height}z"));
    }
    path
}

/// A staircase: a step up at each value.
fn line(spread: &Spread, axis: Axis) -> String {
    let mut path = format!("M0 {SIDE}");
    let mut last = None;
    let all = spread.runs().max(1);
    for (place, value) in spread.values().iter().enumerate() {
        let (across, up) = (axis.place(*value), SIDE as usize - (place + 1) * SIDE as usize / all);
        if last != Some(across) {
            path.push_str(&format!("H{across}"));
        }
        path.push_str(&format!("V{up}"));
        last = Some(across);
    }
    path.push_str(&format!("H{SIDE}"));
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_and_line_stand_where_the_values_are() {
        let spread = Spread::new([Some(0), Some(50), Some(50), Some(100)]);
        let chart = Chart::new(&[spread], &Measure::Violations);
        assert!(!chart.logarithmic);
        assert_eq!(chart.tallest, 2);
        assert_eq!(chart.shapes[0].line, "M0 1000H0V750H500V500V250H1000V0H1000");
        assert_eq!(chart.shapes[0].median, Some(500));
        assert!(chart.shapes[0].bars.contains("M500 1000v-1000h25v1000z"), "{chart:?}");
        let labels: Vec<&str> = chart.ticks.iter().map(|tick| tick.label.as_str()).collect();
        assert_eq!(labels, ["0", "20", "40", "60", "80", "100"]);
    }

    #[test]
    fn runs_that_never_got_there_keep_the_line_from_the_top() {
        let chart = Chart::new(&[Spread::new([Some(1), None])], &Measure::Violations);
        assert!(chart.shapes[0].line.ends_with("V500H1000"), "{chart:?}");
    }

    #[test]
    fn a_long_tail_is_drawn_by_ratios() {
        let spread = Spread::new([Some(100), Some(1_000), Some(10_000)]);
        let chart = Chart::new(&[spread], &Measure::Violations);
        assert!(chart.logarithmic);
        let ticks: Vec<u32> = chart.ticks.iter().map(|tick| tick.at).collect();
        assert_eq!(ticks, [0, 151, 349, 500, 651, 849, 1000]);
    }

    #[test]
    fn nothing_to_draw_is_an_empty_chart() {
        assert_eq!(Chart::new(&[Spread::new([None])], &Measure::Violations), Chart::default());
    }
}
