//! One parameter swept: each set-up with one value of it after another, so that a measure can be drawn as
//! curves over it.

use crate::labs::{Lab, Param, Setup};

use super::chart::{Axis, SIDE, Tick};
use super::{Batch, Measure};

/// A sweep has at most so many values.
const VALUES_MAX: usize = 40;

/// A parameter and the values that it takes, from the least upward.
#[derive(Clone)]
pub struct Sweep {
    param: &'static Param,
    values: Vec<u64>,
}

impl Sweep {
    /// Reads `rate=10,20,50`. An error says what is wrong.
    pub fn read(text: &str, lab: &'static Lab) -> Result<Sweep, String> {
        let form = || format!("`{text}` is no sweep; write it like rate=10,20,50");
        let (name, list) = text.trim().split_once('=').ok_or_else(form)?;
        let param = lab
            .param(name.trim())
            .ok_or_else(|| format!("{} has no parameter `{}`", lab.id, name.trim()))?;
        let mut values = Vec::new();
        for value in list.split(',') {
            let value = param.read(value.trim())?;
            let place = values.partition_point(|known| *known < value);
            if values.get(place) != Some(&value) {
                values.insert(place, value);
            }
        }
        match values.len() {
            0..=1 => Err(form()),
            2..=VALUES_MAX => Ok(Sweep { param, values }),
            _ => Err(format!("a sweep has at most {VALUES_MAX} values")),
        }
    }

    pub fn param(&self) -> &'static Param {
        self.param
    }

    pub fn values(&self) -> &[u64] {
        &self.values
    }

    /// Each of these set-ups with each value, set-up by set-up.
    pub fn setups(&self, of: &[Setup]) -> Result<Vec<Setup>, String> {
        let mut all = Vec::new();
        for setup in of {
            for value in &self.values {
                let mut setup = setup.clone();
                setup.set_param(self.param.name, *value)?;
                all.push(setup);
            }
        }
        Ok(all)
    }
}

/// The medians of one measure over the values of a sweep, one line for each set-up. Everything is in
/// thousandths of the picture's sides, as in [`Chart`](super::Chart).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curves {
    pub lines: Vec<Curve>,
    /// The parameter's values, from left to right.
    pub across: Vec<Tick>,
    /// Values of the measure; the least is at the bottom, where `at` is [`SIDE`].
    pub up: Vec<Tick>,
}

/// One set-up's line.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// In the syntax of SVG.
    pub path: String,
    /// The median at each value of the parameter; none if fewer than half of the runs got there.
    pub medians: Vec<Option<u64>>,
}

impl Curves {
    /// What a batch has come to so far; none if it sweeps nothing.
    pub fn new(batch: &Batch, measure: usize) -> Option<Curves> {
        let sweep = batch.sweep()?;
        let values = sweep.values();
        let median = |setup| batch.spread(setup, measure).quantile(50);
        let all: Vec<Option<u64>> = (0..batch.setups().len()).map(median).collect();
        let most = all.iter().flatten().copied().max().unwrap_or(0).max(1);
        let up = Axis { least: 0, most, logarithmic: false };
        let (least, greatest) = (*values.first()?, *values.last()?);
        let right = Axis { least, most: greatest, logarithmic: false };
        let line = |medians: &[Option<u64>]| {
            let mut path = String::new();
            for (value, median) in values.iter().zip(medians) {
                let Some(median) = median else { continue };
                let verb = if path.is_empty() { 'M' } else { 'L' };
                let (x, y) = (right.place(*value), SIDE - up.place(*median));
                path.push_str(&format!("{verb}{x} {y}"));
            }
            Curve { path, medians: medians.to_vec() }
        };
        let words = |measure: &Measure, value| measure.words(value);
        let measure = &batch.measures()[measure];
        let across = values
            .iter()
            .map(|value| Tick { at: right.place(*value), label: sweep.param().text(*value) });
        let heights = up.ticks().into_iter();
        Some(Curves {
            lines: all.chunks(values.len()).map(line).collect(),
            across: across.collect(),
            up: heights
                .map(|value| Tick { at: SIDE - up.place(value), label: words(measure, value) })
                .collect(),
        })
    }
}
