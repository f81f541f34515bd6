//! The larger things that a node or a lab shows: a closed set, so that a lab brings no drawing code.
//!
//! Every panel can also be read as a table ([`Panel::table`]), for those who cannot see it and for those
//! who want its numbers.

use serde::Serialize;

use super::time::{Span, Time};
use super::view::Value;

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Panel {
    /// A replicated log: the last entries, and how far it is known to be committed and applied.
    Log {
        title: &'static str,
        /// The index of the first entry of `entries`; indexes begin at 1.
        first: u64,
        entries: Vec<LogEntry>,
        committed: u64,
        applied: u64,
    },
    /// Rows under column heads.
    Table { title: &'static str, columns: Vec<&'static str>, rows: Vec<Vec<Value>> },
    /// One figure between nothing and a most: threads in use, phi.
    Gauge { title: &'static str, scale: Scale, value: u64, max: u64, marks: Vec<Mark> },
    /// What waits, oldest first.
    Queue {
        title: &'static str,
        /// How many may wait, if that is bounded.
        capacity: Option<u64>,
        /// From this age on, nobody waits for the answer any more.
        deadline: Option<Span>,
        items: Vec<Waiting>,
    },
    /// How often a figure fell into each of equally wide buckets; the first begins at `first`.
    Histogram {
        title: &'static str,
        scale: Scale,
        first: u64,
        width: u64,
        counts: Vec<u64>,
        marks: Vec<Mark>,
    },
    /// Figures over the time of the run.
    Series { title: &'static str, scale: Scale, lines: Vec<Line>, marks: Vec<Mark> },
    /// Which of a few states a machine is in.
    Switch {
        title: &'static str,
        states: Vec<&'static str>,
        /// An index into `states`.
        now: usize,
        since: Time,
        /// One clause: "6 of 10 calls failed".
        note: String,
    },
    /// Figures over another figure: goodput over offered load, a bell curve over silence.
    Curve {
        title: &'static str,
        /// What runs across, and its scale.
        across: (&'static str, Scale),
        /// What runs up, and its scale.
        up: (&'static str, Scale),
        curves: Vec<Curve>,
        /// Marks on the axis that runs across, such as "now".
        marks: Vec<Mark>,
    },
}

/// How whole numbers stand for a quantity: `1234` with two decimals and the unit `ms` is 12.34 ms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Scale {
    /// The unit in words: `messages`, `ms`; nothing for a plain number.
    pub unit: &'static str,
    /// How many digits stand behind the point, 0 to 6.
    pub decimals: u8,
}

impl Scale {
    /// Whole numbers of a unit.
    pub const fn whole(unit: &'static str) -> Scale {
        Scale { unit, decimals: 0 }
    }

    /// A figure in words, with its unit.
    pub fn text(self, value: u64) -> String {
        let mut text = self.digits(value);
        if !self.unit.is_empty() {
            text.push(' ');
            text.push_str(self.unit);
        }
        text
    }

    /// A figure without its unit.
    pub fn digits(self, value: u64) -> String {
        if self.decimals == 0 {
            return value.to_string();
        }
        let one = 10_u64.pow(u32::from(self.decimals));
        format!("{}.{:0width$}", value / one, value % one, width = usize::from(self.decimals))
    }
}

/// A named place on a scale: a limit, a threshold, "now".
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Mark {
    pub name: &'static str,
    pub at: u64,
}

/// One thing that waits in a [`Panel::Queue`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Waiting {
    pub age: Span,
    /// What it belongs to: a priority, a caller.
    pub class: &'static str,
}

/// One line of a [`Panel::Series`], its points in the order of time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    pub name: &'static str,
    pub points: Vec<(Time, u64)>,
}

/// One line of a [`Panel::Curve`], its points from left to right.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Curve {
    pub name: &'static str,
    pub points: Vec<(u64, u64)>,
}

/// One entry of a [`Panel::Log`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LogEntry {
    pub term: u64,
    pub text: String,
}

/// A panel as rows under column heads.
#[derive(Clone, Debug, PartialEq)]
pub struct PanelTable {
    pub columns: Vec<&'static str>,
    pub rows: Vec<Vec<Value>>,
}

impl Panel {
    pub fn title(&self) -> &'static str {
        match self {
            Panel::Log { title, .. }
            | Panel::Table { title, .. }
            | Panel::Gauge { title, .. }
            | Panel::Queue { title, .. }
            | Panel::Histogram { title, .. }
            | Panel::Series { title, .. }
            | Panel::Switch { title, .. }
            | Panel::Curve { title, .. } => title,
        }
    }

    /// The same, as a table.
    pub fn table(&self) -> PanelTable {
        let (columns, rows) = match self {
            Panel::Log { first, entries, committed, applied, .. } => {
                let state = |index: u64| match () {
                    () if index <= *applied => "applied",
                    () if index <= *committed => "committed",
                    () => "not committed",
                };
                let row = |(entry, index): (&LogEntry, u64)| {
                    vec![
                        index.into(),
                        entry.term.into(),
                        entry.text.clone().into(),
                        state(index).into(),
                    ]
                };
                (
                    vec!["index", "term", "entry", "state"],
                    entries.iter().zip(*first..).map(row).collect(),
                )
            }
            Panel::Table { columns, rows, .. } => (columns.clone(), rows.clone()),
            Panel::Gauge { scale, value, max, marks, .. } => {
                let mut rows = vec![named("now", scale.text(*value))];
                rows.extend(marks.iter().map(|mark| named(mark.name, scale.text(mark.at))));
                rows.push(named("at most", scale.text(*max)));
                (vec!["what", "value"], rows)
            }
            Panel::Queue { items, .. } => {
                let row = |(item, place): (&Waiting, u64)| {
                    vec![place.into(), item.class.into(), item.age.to_string().into()]
                };
                (vec!["place", "class", "age"], items.iter().zip(1..).map(row).collect())
            }
            Panel::Histogram { scale, first, width, counts, .. } => {
                let row = |(count, bucket): (&u64, u64)| {
                    let from = first + bucket * width;
                    let range = format!("{} to {}", scale.digits(from), scale.text(from + width));
                    vec![range.into(), (*count).into()]
                };
                (vec!["from … to", "times"], counts.iter().zip(0..).map(row).collect())
            }
            Panel::Series { scale, lines, .. } => {
                let row = |line: &Line| {
                    line.points
                        .iter()
                        .map(|(time, value)| {
                            vec![
                                line.name.into(),
                                time.to_string().into(),
                                scale.text(*value).into(),
                            ]
                        })
                        .collect::<Vec<_>>()
                };
                (vec!["what", "time", "value"], lines.iter().flat_map(row).collect())
            }
            Panel::Switch { states, now, since, note, .. } => {
                let row = vec![states[*now].into(), since.to_string().into(), note.clone().into()];
                (vec!["state", "since", "why"], vec![row])
            }
            Panel::Curve { across, up, curves, .. } => {
                let row = |curve: &Curve| {
                    curve
                        .points
                        .iter()
                        .map(|(x, y)| {
                            vec![curve.name.into(), across.1.text(*x).into(), up.1.text(*y).into()]
                        })
                        .collect::<Vec<_>>()
                };
                (vec!["what", across.0, up.0], curves.iter().flat_map(row).collect())
            }
        };
        PanelTable { columns, rows }
    }
}

fn named(name: &'static str, value: String) -> Vec<Value> {
    vec![name.into(), value.into()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_written_with_its_decimals_and_unit() {
        assert_eq!(Scale { unit: "ms", decimals: 2 }.text(1204), "12.04 ms");
        assert_eq!(Scale::whole("").text(7), "7");
    }

    #[test]
    fn a_histogram_reads_as_a_table_of_buckets() {
        let scale = Scale::whole("ms");
        let panel = Panel::Histogram {
            title: "waits",
            scale,
            first: 100,
            width: 50,
            counts: vec![3, 0],
            marks: vec![],
        };
        let rows = panel.table().rows;
        assert_eq!(rows[0], vec![Value::Text("100 to 150 ms".into()), Value::Number(3)]);
        assert_eq!(rows[1], vec![Value::Text("150 to 200 ms".into()), Value::Number(0)]);
    }
}
