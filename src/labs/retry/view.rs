//! What callers and the database show.

use crate::sim::panel::{Mark, Scale};
use crate::sim::{Field, Panel};

use super::budget::TOKEN;
use super::config::DATABASE;
use super::retrier::Retrier;

pub fn fields(part: &Retrier) -> Vec<Field> {
    if part.me == DATABASE {
        return vec![Field::new("done twice", part.store.twice)];
    }
    vec![Field::new("retry tokens", part.budget.tokens() / TOKEN)]
}

pub fn panels(part: &Retrier) -> Vec<Panel> {
    if part.me == DATABASE || part.budget.most() == 0 {
        return Vec::new();
    }
    vec![Panel::Gauge {
        title: "Retry budget",
        scale: Scale { unit: "tokens", decimals: 3 },
        value: part.budget.tokens(),
        max: part.budget.most(),
        marks: Vec::<Mark>::new(),
    }]
}
