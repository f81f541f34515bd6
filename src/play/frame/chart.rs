//! A panel with axes, laid out: bars, lines, ticks and marks as plain numbers.

use crate::sim::panel::{Mark, Scale};
use crate::sim::{Panel, Span};

/// The size of a chart's picture, in units of its own; it is drawn as wide as there is room.
pub const WIDTH: f64 = 340.0;
const HEIGHT: f64 = 130.0;
/// The room at the left for the figures of the axis, at the bottom for those across, and at the edges.
const LEFT: f64 = 38.0;
const BOTTOM: f64 = 18.0;
const EDGE: f64 = 10.0;
/// At most so many points of a line are drawn; of more, evenly chosen ones and the last.
const POINTS_MAX: usize = 240;

/// A chart, ready to be drawn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chart {
    pub height: f64,
    pub bars: Vec<Bar>,
    pub lines: Vec<Polyline>,
    /// Figures along the bottom and along the left side.
    pub across: Vec<Tick>,
    pub up: Vec<Tick>,
    pub marks: Vec<Rule>,
}

/// A filled box: left, top, width, height.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    pub at: (f64, f64),
    pub size: (f64, f64),
    pub ink: Ink,
}

/// How a bar is filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// What is measured.
    Full,
    /// Fresh, middling and old, of what waits.
    Fresh,
    Middling,
    Old,
    /// Nobody waits for it any more.
    Hollow,
    /// Nothing is there yet.
    Free,
}

/// One line; several are told apart by their texture and by the name at their end.
#[derive(Clone, Debug, PartialEq)]
pub struct Polyline {
    pub name: &'static str,
    pub points: Vec<(f64, f64)>,
    /// How high its name stands, apart from those of the others.
    pub name_at: f64,
}

/// A figure on an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    pub at: f64,
    pub text: String,
}

/// A straight line through the chart that is named: a limit, a threshold, "now".
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    pub upright: bool,
    pub at: f64,
    pub text: String,
}

/// What a panel looks like as a chart; `None` for those that are no charts: logs, tables, switches.
pub fn chart(panel: &Panel) -> Option<Chart> {
    match panel {
        Panel::Log { .. } | Panel::Table { .. } | Panel::Switch { .. } => None,
        Panel::Gauge { scale, value, max, marks, .. } => Some(gauge(*scale, *value, *max, marks)),
        Panel::Queue { capacity, deadline, items, .. } => {
            let ages: Vec<Span> = items.iter().map(|item| item.age).collect();
            Some(queue(&ages, *capacity, *deadline))
        }
        Panel::Histogram { scale, first, width, counts, marks, .. } => {
            Some(histogram(*scale, (*first, *width), counts, marks))
        }
        Panel::Series { scale, lines, marks, .. } => {
            let lines: Vec<_> = lines
                .iter()
                .map(|line| {
                    let points = line.points.iter().map(|&(time, value)| (time.0, value)).collect();
                    (line.name, points)
                })
                .collect();
            let time = Scale { unit: "s", decimals: 6 };
            let (mut chart, plot) = plot(&lines, time, *scale, marks);
            chart.marks = marks.iter().filter_map(|mark| plot.level(mark, *scale)).collect();
            Some(chart)
        }
        Panel::Curve { across, up, curves, marks, .. } => {
            let lines: Vec<_> =
                curves.iter().map(|curve| (curve.name, curve.points.clone())).collect();
            let (mut chart, plot) = plot(&lines, across.1, up.1, &[]);
            chart.marks = marks.iter().filter_map(|mark| plot.upright(mark)).collect();
            Some(chart)
        }
    }
}

/// Where figures are on the picture.
struct Plot {
    x: (u64, u64),
    y: (u64, u64),
}

impl Plot {
    fn across(&self, value: u64) -> f64 {
        LEFT + share(value, self.x) * (WIDTH - LEFT - EDGE)
    }

    fn up(&self, value: u64) -> f64 {
        (HEIGHT - BOTTOM) - share(value, self.y) * (HEIGHT - BOTTOM - EDGE)
    }

    fn level(&self, mark: &Mark, scale: Scale) -> Option<Rule> {
        let text = format!("{} {}", mark.name, scale.text(mark.at));
        within(mark.at, self.y).then(|| Rule { upright: false, at: self.up(mark.at), text })
    }

    fn upright(&self, mark: &Mark) -> Option<Rule> {
        let text = mark.name.to_string();
        within(mark.at, self.x).then(|| Rule { upright: true, at: self.across(mark.at), text })
    }
}

fn within(value: u64, (least, most): (u64, u64)) -> bool {
    (least..=most).contains(&value)
}

/// How far a value is between two others, from 0 to 1.
fn share(value: u64, (least, most): (u64, u64)) -> f64 {
    let gone = value.clamp(least, most.max(least)) - least;
    gone as f64 / most.saturating_sub(least).max(1) as f64
}

/// The least 1, 2 or 5 times a power of ten that cuts a range into at most `parts` parts.
fn round_step(range: u64, parts: u64) -> u64 {
    let mut step: u64 = 1;
    loop {
        for factor in [1, 2, 5] {
            if range <= step.saturating_mul(factor).saturating_mul(parts) {
                return step.saturating_mul(factor);
            }
        }
        step = step.saturating_mul(10);
    }
}

/// Round values from the least to the most, about `parts` of them.
fn round_values(least: u64, most: u64, parts: u64) -> Vec<u64> {
    let step = round_step(most - least.min(most), parts);
    let first = least.div_ceil(step) * step;
    (0..=parts).map(|i| first.saturating_add(i * step)).take_while(|&value| value <= most).collect()
}

/// A figure without what its round value does not need: `1.5`, not `1.500000`.
fn short(scale: Scale, value: u64) -> String {
    let digits = scale.digits(value);
    match digits.contains('.') {
        true => digits.trim_end_matches('0').trim_end_matches('.').to_string(),
        false => digits,
    }
}

fn ticks(least: u64, most: u64, scale: Scale, parts: u64, at: impl Fn(u64) -> f64) -> Vec<Tick> {
    let values = round_values(least, most, parts);
    let last = values.len().saturating_sub(1);
    let text = |(place, value): (usize, u64)| {
        // The unit is said once, with the last figure.
        let unit = if place == last && !scale.unit.is_empty() { scale.unit } else { "" };
        let text = format!("{} {unit}", short(scale, value));
        Tick { at: at(value), text: text.trim_end().to_string() }
    };
    values.into_iter().enumerate().map(text).collect()
}

/// Points, in the order in which they are drawn.
type Points = Vec<(u64, u64)>;

fn plot(
    lines: &[(&'static str, Points)],
    across: Scale,
    up: Scale,
    levels: &[Mark],
) -> (Chart, Plot) {
    let points = || lines.iter().flat_map(|(_, points)| points.iter());
    let least = points().map(|point| point.0).min().unwrap_or(0);
    let most = points().map(|point| point.0).max().unwrap_or(0).max(least + 1);
    let high = points().map(|point| point.1).chain(levels.iter().map(|mark| mark.at)).max();
    // The axis ends at a round figure.
    let step = round_step(high.unwrap_or(0).max(1), 3);
    let top = high.unwrap_or(0).max(1).div_ceil(step) * step;
    let plot = Plot { x: (least, most), y: (0, top) };
    let mut chart = Chart { height: HEIGHT, ..Chart::default() };
    if points().next().is_some() {
        chart.across = ticks(least, most, across, 4, |value| plot.across(value));
    }
    chart.up = ticks(0, top, Scale { unit: "", ..up }, 3, |value| plot.up(value));
    for (name, points) in lines {
        let points = thinned(points);
        let place = |&(x, y): &(u64, u64)| (plot.across(x), plot.up(y));
        let points: Vec<(f64, f64)> = points.iter().map(place).collect();
        let wanted = points.last().map_or(EDGE, |point| point.1 - 5.0).max(EDGE);
        let name_at = free_height(wanted, &chart.lines);
        chart.lines.push(Polyline { name, points, name_at });
    }
    (chart, plot)
}

/// At most [`POINTS_MAX`] of them, evenly chosen, and the last.
fn thinned(points: &[(u64, u64)]) -> Points {
    let every = points.len().div_ceil(POINTS_MAX).max(1);
    let mut kept: Points = points.iter().step_by(every).copied().collect();
    if let (Some(last), true) = (points.last(), points.len() % every != 1 && every > 1) {
        kept.push(*last);
    }
    kept
}

/// The height nearest below the wanted one at which no other name stands.
fn free_height(wanted: f64, lines: &[Polyline]) -> f64 {
    let mut at = wanted;
    while lines.iter().any(|line| (line.name_at - at).abs() < 12.0) && at < HEIGHT - BOTTOM {
        at += 3.0;
    }
    at
}

fn gauge(scale: Scale, value: u64, max: u64, marks: &[Mark]) -> Chart {
    let most = marks.iter().map(|mark| mark.at).chain([max, value]).max().unwrap_or(1).max(1);
    let wide = |value| share(value, (0, most)) * (WIDTH - 2.0 * EDGE);
    let bar = |width, ink| Bar { at: (EDGE, 18.0), size: (width, 20.0), ink };
    Chart {
        height: 60.0,
        bars: vec![bar(wide(most), Ink::Hollow), bar(wide(value), Ink::Full)],
        across: ticks(0, most, scale, 4, |value| EDGE + wide(value)),
        marks: marks
            .iter()
            .map(|mark| {
                let (at, text) = (EDGE + wide(mark.at), mark.name.to_string());
                Rule { upright: true, at, text }
            })
            .collect(),
        ..Chart::default()
    }
}

/// Cells from the left, the oldest first; where a queue is bounded, its free places as well.
fn queue(ages: &[Span], capacity: Option<u64>, deadline: Option<Span>) -> Chart {
    const PER_ROW: usize = 20;
    let places = capacity.map_or(ages.len(), |capacity| capacity as usize).max(ages.len());
    let places = places.clamp(1, 6 * PER_ROW);
    let side = (WIDTH - 2.0 * EDGE) / PER_ROW as f64;
    let oldest = ages.first().map_or(1, |age| age.us()).max(1);
    let whole = deadline.map_or(oldest, |deadline| deadline.us()).max(1);
    let ink = |age: Span| match deadline {
        Some(deadline) if age >= deadline => Ink::Hollow,
        Some(_) | None if age.us() * 3 < whole => Ink::Fresh,
        Some(_) | None if age.us() * 3 < whole * 2 => Ink::Middling,
        Some(_) | None => Ink::Old,
    };
    let bars = (0..places).map(|place| {
        let at = (EDGE + (place % PER_ROW) as f64 * side, 6.0 + (place / PER_ROW) as f64 * side);
        let age = ages.get(place);
        // A free place is a small one.
        let (inset, ink) = age.map_or((side / 2.0 - 2.0, Ink::Free), |&age| (1.5, ink(age)));
        let size = side - 2.0 * inset;
        Bar { at: (at.0 + inset, at.1 + inset), size: (size, size), ink }
    });
    let bars: Vec<Bar> = bars.collect();
    let rows = places.div_ceil(PER_ROW) as f64;
    Chart { height: rows * side + 12.0, bars, ..Chart::default() }
}

fn histogram(scale: Scale, (first, width): (u64, u64), counts: &[u64], marks: &[Mark]) -> Chart {
    let end = first + width * counts.len() as u64;
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    let plot = Plot { x: (first, end.max(first + 1)), y: (0, most) };
    let bar = |(count, place): (&u64, u64)| {
        let (left, right) = (first + place * width, first + (place + 1) * width);
        let (x, y) = (plot.across(left), plot.up(*count));
        let size = ((plot.across(right) - x - 1.0).max(0.5), plot.up(0) - y);
        Bar { at: (x, y), size, ink: Ink::Full }
    };
    Chart {
        height: HEIGHT,
        bars: counts.iter().zip(0..).map(bar).collect(),
        across: ticks(plot.x.0, plot.x.1, scale, 4, |value| plot.across(value)),
        up: ticks(0, most, Scale::whole(""), 3, |value| plot.up(value)),
        marks: marks.iter().filter_map(|mark| plot.upright(mark)).collect(),
        ..Chart::default()
    }
}

/// What a chart shows, in one sentence, for those who do not see it.
pub fn chart_name(panel: &Panel) -> String {
    let title = panel.title();
    match panel {
        Panel::Log { entries, committed, .. } => {
            format!("{title}: {} entries shown, committed up to {committed}", entries.len())
        }
        Panel::Table { rows, .. } => format!("{title}: {} rows", rows.len()),
        Panel::Gauge { scale, value, max, .. } => {
            format!("{title}: {} of {}", scale.digits(*value), scale.text(*max))
        }
        Panel::Queue { capacity, deadline, items, .. } => {
            let expired = items.iter().filter(|item| deadline.is_some_and(|d| item.age >= d));
            let of = capacity.map(|most| format!(" of at most {most}")).unwrap_or_default();
            format!("{title}: {} waiting{of}, {} expired", items.len(), expired.count())
        }
        Panel::Histogram { counts, .. } => {
            format!("{title}: {} values in {} buckets", counts.iter().sum::<u64>(), counts.len())
        }
        Panel::Series { scale, lines, .. } => {
            let last = lines.iter().filter_map(|line| {
                let (_, value) = line.points.last()?;
                Some(format!("{} {}", line.name, scale.text(*value)))
            });
            format!("{title}, over time; last: {}", last.collect::<Vec<_>>().join(", "))
        }
        Panel::Switch { states, now, note, .. } => {
            let state = states.get(*now).copied().unwrap_or_default();
            format!("{title}: {state}. {note}")
        }
        Panel::Curve { across, up, curves, .. } => {
            let names: Vec<&str> = curves.iter().map(|curve| curve.name).collect();
            format!("{title}: {} over {}; {}", up.0, across.0, names.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::Time;
    use crate::sim::panel::{Curve, Line, Waiting};

    fn texts(ticks: &[Tick]) -> Vec<&str> {
        ticks.iter().map(|tick| tick.text.as_str()).collect()
    }

    #[test]
    fn axes_have_round_figures_and_say_their_unit_once() {
        let ms = Scale { unit: "ms", decimals: 0 };
        let ticks = ticks(130, 470, ms, 4, |value| value as f64);
        assert_eq!(texts(&ticks), ["200", "300", "400 ms"]);
        assert_eq!(round_values(0, 3, 4), [0, 1, 2, 3]);
        assert_eq!(short(Scale { unit: "s", decimals: 6 }, 1_500_000), "1.5");
    }

    #[test]
    fn a_series_runs_from_left_to_right_and_higher_figures_stand_higher() {
        let points = vec![(Time(0), 0), (Time(500_000), 8), (Time(1_000_000), 4)];
        let panel = Panel::Series {
            title: "load",
            scale: Scale::whole("requests"),
            lines: vec![Line { name: "offered", points }],
            marks: vec![Mark { name: "limit", at: 10 }],
        };
        let chart = chart(&panel).unwrap();
        let line = &chart.lines[0].points;
        assert!(line.is_sorted_by_key(|point| point.0));
        assert!(line[1].1 < line[2].1 && line[2].1 < line[0].1);
        let limit = &chart.marks[0];
        assert_eq!((limit.upright, limit.text.as_str()), (false, "limit 10 requests"));
        assert!(limit.at < line[1].1, "the limit is above all that was measured");
        assert_eq!(chart_name(&panel), "load, over time; last: offered 4 requests");
    }

    #[test]
    fn before_anything_is_measured_the_axis_across_says_nothing() {
        let line = |name| Line { name, points: Vec::new() };
        let panel = Panel::Series {
            title: "load",
            scale: Scale::whole(""),
            lines: vec![line("a"), line("b")],
            marks: vec![],
        };
        let chart = chart(&panel).unwrap();
        assert_eq!(chart.across, []);
        assert!((chart.lines[0].name_at - chart.lines[1].name_at).abs() >= 12.0);
    }

    #[test]
    fn what_waits_is_coloured_by_age_and_hollow_when_it_has_expired() {
        let item = |ms| Waiting { age: Span::from_ms(ms), class: "order" };
        let panel = Panel::Queue {
            title: "queue",
            capacity: Some(5),
            deadline: Some(Span::from_ms(90)),
            items: vec![item(95), item(70), item(40), item(5)],
        };
        let inks: Vec<Ink> = chart(&panel).unwrap().bars.iter().map(|bar| bar.ink).collect();
        assert_eq!(inks, [Ink::Hollow, Ink::Old, Ink::Middling, Ink::Fresh, Ink::Free]);
        assert_eq!(chart_name(&panel), "queue: 4 waiting of at most 5, 1 expired");
    }

    #[test]
    fn everything_is_drawn_inside_the_picture() {
        let curve = |name, top| Curve { name, points: (0..900).map(|x| (x, x * top)).collect() };
        let panels = [
            Panel::Gauge {
                title: "phi",
                scale: Scale { unit: "", decimals: 2 },
                value: 1_900,
                max: 800,
                marks: vec![Mark { name: "threshold", at: 800 }],
            },
            Panel::Histogram {
                title: "waits",
                scale: Scale::whole("ms"),
                first: 100,
                width: 50,
                counts: vec![3, 0, 12],
                marks: vec![Mark { name: "now", at: 140 }],
            },
            Panel::Curve {
                title: "goodput",
                across: ("load", Scale::whole("rps")),
                up: ("answers", Scale::whole("rps")),
                curves: vec![curve("with", 7), curve("without", 7), curve("flat", 0)],
                marks: vec![],
            },
        ];
        for panel in &panels {
            let chart = chart(panel).unwrap();
            let bars = chart
                .bars
                .iter()
                .flat_map(|bar| [bar.at, (bar.at.0 + bar.size.0, bar.at.1 + bar.size.1)]);
            let lines = chart.lines.iter().flat_map(|line| line.points.iter().copied());
            for (x, y) in bars.chain(lines) {
                assert!((0.0..=WIDTH).contains(&x) && (0.0..=chart.height).contains(&y), "{x} {y}");
            }
            assert!(chart.lines.iter().all(|line| line.points.len() <= POINTS_MAX + 1));
            for pair in chart.lines.windows(2) {
                assert!((pair[0].name_at - pair[1].name_at).abs() >= 12.0, "names overlap");
            }
        }
    }
}
