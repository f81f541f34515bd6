//! Figures and verdicts beside each other.

use crate::play::frame::brief;
use crate::sim::faults::FaultRecord;
use crate::sim::{Metric, Scene, Span};

use super::{Comparison, Kind, Side, Tally};

/// One line of the table: the same question to all runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    pub name: String,
    /// What it counts, in one sentence; empty if the name says it.
    pub means: String,
    /// One for each run.
    pub cells: Vec<FigureCell>,
    /// Whether the runs differ in it.
    pub differs: bool,
    /// Whether it is one of the few that stand beside each run.
    pub main: bool,
}

/// One run's answer.
#[derive(Clone, Debug, PartialEq)]
pub struct FigureCell {
    pub text: String,
    /// How far it is from the first run's: `+12`.
    pub difference: Option<String>,
}

/// The figures that say most, and how many of them stand beside each run.
const MAIN: &[&str] =
    &["Messages", "Without a leader", "Most leaders at once", "Writes lost", "Service failed for"];
const MAIN_MAX: usize = 4;

/// What a number counts.
#[derive(Clone, Copy)]
enum Unit {
    Count,
    Time,
}

impl Comparison {
    /// Whether the labs have anybody in charge.
    pub fn is_led(&self) -> bool {
        let leads = |side: &Side| side.session.lab().selectors.iter().any(|s| s.name == "leader");
        self.sides().iter().all(leads)
    }

    /// All figures up to the present clock: what is counted in the same way for all runs, and then
    /// what the labs themselves count.
    pub fn figures(&self) -> Vec<Figure> {
        let tally = |side: &Side| side.track.tally_at(side.session.clock());
        let tallies: Vec<Tally> = self.sides().iter().map(tally).collect();
        let scenes: Vec<Scene> = self.sides().iter().map(|side| side.session.scene()).collect();
        let counted = |name: &str, means: &str, unit: Unit, of: fn(&Tally) -> u64| {
            numbers(name, means, unit, tallies.iter().map(|tally| Some(of(tally))).collect())
        };
        let mut figures = vec![counted(
            "Messages",
            "Between nodes; those of clients are not in it.",
            Unit::Count,
            |t| t.messages,
        )];
        if tallies.iter().any(|tally| tally.client_messages > 0) {
            let means = "To clients and from them.";
            figures.push(counted("Messages of clients", means, Unit::Count, |t| t.client_messages));
        }
        if self.is_led() {
            let of = |t: &Tally| t.leaderless.us();
            let means = "No node that is up took itself for the leader.";
            figures.push(counted("Without a leader", means, Unit::Time, of));
            let means = "How many took themselves for the leader at one time.";
            let of = |t: &Tally| u64::from(t.most_leaders);
            figures.push(counted("Most leaders at once", means, Unit::Count, of));
            let means = "Two or more took themselves for the leader.";
            figures.push(counted("With several leaders", means, Unit::Time, |t| t.rivals.us()));
        }
        figures.extend(self.lost_writes(&scenes));
        let means = "As the lab says that its users see it.";
        figures.push(counted("Service failed for", means, Unit::Time, |t| t.failing.us()));
        let common = matches!(self.kind, Kind::Labs(_));
        figures.extend(own_figures(&scenes, common));
        let main = |figure: &&mut Figure| MAIN.contains(&figure.name.as_str());
        figures.iter_mut().filter(main).take(MAIN_MAX).for_each(|figure| figure.main = true);
        figures
    }

    /// What can be said of the runs at the present clock: invariants, goals, the last fault, the script.
    pub fn verdicts(&self) -> Vec<Figure> {
        let scenes: Vec<Scene> = self.sides().iter().map(|side| side.session.scene()).collect();
        let all = |name: &str, means: &str, say: &dyn Fn(&Side, &Scene) -> String| {
            let told = self.sides().iter().zip(&scenes);
            words(name, means, told.map(|(side, scene)| say(side, scene)).collect())
        };
        let mut verdicts = vec![
            all("Service now", "", &|_, scene| service(scene)),
            all("Invariants", "What always holds in the corrected variant.", &|_, scene| {
                broken(scene)
            }),
            all("Last fault", "", &|_, scene| last_fault(&scene.faults)),
            all("Script", "Whether all went as it says.", &|side, _| problems(side)),
        ];
        let first = self.sides()[0].session.lab();
        let goals = first
            .goals
            .iter()
            .filter(|goal| self.sides().iter().all(|side| side.session.holds(goal.name).is_some()));
        verdicts.extend(goals.map(|goal| {
            let name = format!("Goal {}", goal.name);
            all(&name, goal.means, &|side, _| match side.session.holds(goal.name) {
                Some(true) => "holds".to_string(),
                Some(false) | None => "does not hold".to_string(),
            })
        }));
        verdicts
    }

    /// Writes that were acknowledged and are gone: only where somebody writes, and from what is
    /// checked there.
    fn lost_writes(&self, scenes: &[Scene]) -> Option<Figure> {
        let Kind::Labs(pair) = self.kind else { return None };
        let told = scenes.iter().zip(pair.writes).map(|(scene, kept_by)| {
            if let Some(metric) = scene.metrics.iter().find(|metric| metric.name == "writes lost") {
                return metric.value.to_string();
            }
            let Some(kept_by) = kept_by else { return "not applicable".to_string() };
            let broken = scene.violations.iter().find(|v| kept_by.contains(&v.invariant));
            broken.map_or("0".to_string(), |v| format!("some: {} is broken", v.invariant))
        });
        let means = "Acknowledged to a client, and gone; told by the invariants that forbid it. Where \
                     nobody writes, it is not applicable.";
        Some(words("Writes lost", means, told.collect()))
    }
}

/// What the labs count themselves, aligned by name; `common` leaves out what not all of them count.
fn own_figures(scenes: &[Scene], common: bool) -> Vec<Figure> {
    let mut figures: Vec<Figure> = Vec::new();
    for metric in scenes.iter().flat_map(|scene| &scene.metrics) {
        let name = format!("Lab: {}", metric.name);
        if metric.name == "writes lost" || figures.iter().any(|known| known.name == name) {
            continue;
        }
        let own = |scene: &Scene| {
            let same = |other: &&Metric| (other.name, other.unit) == (metric.name, metric.unit);
            scene.metrics.iter().find(same).map(|metric| metric.value)
        };
        let unit = if metric.unit == "µs" { Unit::Time } else { Unit::Count };
        let values: Vec<Option<u64>> = scenes.iter().map(own).collect();
        if !common || values.iter().all(Option::is_some) {
            figures.push(numbers(&name, "", unit, values));
        }
    }
    figures
}

fn numbers(name: &str, means: &str, unit: Unit, values: Vec<Option<u64>>) -> Figure {
    let first = values.first().copied().flatten();
    let cell = |(place, value): (usize, &Option<u64>)| FigureCell {
        text: value.map_or("—".to_string(), |value| amount(value, unit)),
        difference: match (place, first, value) {
            (0, _, _) | (_, None, _) | (_, _, None) => None,
            (_, Some(first), Some(value)) => Some(apart(first, *value, unit)),
        },
    };
    let cells = values.iter().enumerate().map(cell).collect();
    let differs = values.iter().any(|value| *value != first);
    Figure { name: name.to_string(), means: means.to_string(), cells, differs, main: false }
}

fn words(name: &str, means: &str, told: Vec<String>) -> Figure {
    let differs = told.iter().any(|text| *text != told[0]);
    let cells = told.into_iter().map(|text| FigureCell { text, difference: None }).collect();
    Figure { name: name.to_string(), means: means.to_string(), cells, differs, main: false }
}

fn amount(value: u64, unit: Unit) -> String {
    match unit {
        Unit::Count => value.to_string(),
        Unit::Time if value == 0 => "0 ms".to_string(),
        Unit::Time => brief(Span(value)),
    }
}

fn apart(first: u64, value: u64, unit: Unit) -> String {
    if first == value {
        return "same".to_string();
    }
    let sign = if value > first { '+' } else { '−' };
    format!("{sign}{}", amount(value.abs_diff(first), unit))
}

fn service(scene: &Scene) -> String {
    let service = &scene.service;
    let word = if service.failed { "fails" } else { "works" };
    match service.failing {
        0 => word.to_string(),
        failing => format!("{word}: {failing} of {} {} fail", service.total, service.users),
    }
}

fn broken(scene: &Scene) -> String {
    let broken = scene.violations.iter().map(|v| format!("{} broken at {}", v.invariant, v.time));
    let broken: Vec<String> = broken.collect();
    if broken.is_empty() { "all hold".to_string() } else { broken.join("; ") }
}

fn last_fault(faults: &[FaultRecord]) -> String {
    let Some(fault) = faults.last() else { return "none".to_string() };
    format!("{}: {}", fault.what, fault.stage().word())
}

fn problems(side: &Side) -> String {
    let here = (side.session.position(), side.session.clock());
    let told = side.session.problems().filter(|problem| (problem.step, problem.time) <= here);
    let told: Vec<&str> = told.map(|problem| problem.message.as_str()).collect();
    match told.as_slice() {
        [] => "as it says".to_string(),
        [only] => (*only).to_string(),
        [first, rest @ ..] => format!("{first}; and {} more", rest.len()),
    }
}
