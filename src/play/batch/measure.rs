//! What is measured of a run: a figure of its lab, or the time from one moment to another.
//!
//! | measure | is |
//! |---|---|
//! | `elections` | one of the lab's own figures, at the end of the run |
//! | `violations` | how many invariants were broken |
//! | `MOMENT to MOMENT` | the time from the first to the second, if both came |
//!
//! | moment | is |
//! |---|---|
//! | `start` | the beginning of the run |
//! | `last act` | when the script last acted on the world; the start if it never did |
//! | `failure`, `recovered of fault 2` | when the first fault, or that one, came to this stage |
//! | `leader`, `agreed`, `not agreed` | the first time from which this condition holds |

use std::fmt;

use crate::labs::{Lab, Run};
use crate::play::conductor::holds;
use crate::play::script::{Condition, Script, read_condition};
use crate::sim::faults::{FaultRecord, Stage};
use crate::sim::view::Metric;
use crate::sim::{Span, Time};

/// Something that can be measured of every run of a script.
#[derive(Clone, Debug, PartialEq)]
pub enum Measure {
    /// A figure of the lab at the end of the run: its name and its unit.
    Figure(&'static str, &'static str),
    /// How many invariants were broken.
    Violations,
    /// The time from one moment to the first such moment that is not before it, in µs.
    Between(Moment, Moment),
}

/// A moment of a run, if it came.
#[derive(Clone, Debug, PartialEq)]
pub enum Moment {
    Start,
    LastAct,
    /// When a fault came to a stage. Faults are counted from 1.
    Stage(Stage, usize),
    /// When a condition on the state began to hold.
    Holds(Condition),
}

/// The stages that a measure may name.
const STAGES: [Stage; 8] = [
    Stage::Introduced,
    Stage::Activated,
    Stage::Error,
    Stage::Failure,
    Stage::Detected,
    Stage::Recovered,
    Stage::Latent,
    Stage::Masked,
];

impl Measure {
    /// Reads a measure of a lab whose figures are these. An error says what there is.
    pub fn read(text: &str, lab: &'static Lab, figures: &[Metric]) -> Result<Measure, String> {
        let text = text.trim();
        if text == "violations" {
            return Ok(Measure::Violations);
        }
        if let Some((from, to)) = text.split_once(" to ") {
            return Ok(Measure::Between(Moment::read(from, lab)?, Moment::read(to, lab)?));
        }
        let known = figures.iter().find(|figure| figure.name == text);
        known.map(|figure| Measure::Figure(figure.name, figure.unit)).ok_or_else(|| {
            let mut names: Vec<String> =
                figures.iter().map(|figure| format!("`{}`", figure.name)).collect();
            names.push("`violations`".to_string());
            let names = names.join(", ");
            format!("`{text}` is no measure; there are {names}, and `MOMENT to MOMENT`")
        })
    }

    /// What is worth measuring of a script.
    pub fn offered(script: &Script, figures: &[Metric]) -> Vec<Measure> {
        let lab = script.setup.lab();
        let to = |name| Measure::Between(Moment::LastAct, Moment::Holds(name));
        let stage = |from, to| Measure::Between(Moment::Stage(from, 1), Moment::Stage(to, 1));
        let mut offered = vec![
            stage(Stage::Introduced, Stage::Detected),
            stage(Stage::Introduced, Stage::Recovered),
            stage(Stage::Failure, Stage::Recovered),
        ];
        offered.extend(lab.selectors.iter().map(|claim| to(Condition::MeansSome(claim.name))));
        offered.extend(lab.goals.iter().map(|claim| to(Condition::Goal(claim.name))));
        offered.extend(figures.iter().map(|figure| Measure::Figure(figure.name, figure.unit)));
        offered.push(Measure::Violations);
        offered
    }

    /// The unit of its values in words; nothing for a plain number.
    pub fn unit(&self) -> &'static str {
        match self {
            Measure::Figure(_, unit) => unit,
            Measure::Violations => "",
            Measure::Between(..) => "µs",
        }
    }

    /// A value in words, with its unit.
    pub fn words(&self, value: u64) -> String {
        match self.unit() {
            "µs" => Span(value).to_string(),
            "" => value.to_string(),
            unit => format!("{value} {unit}"),
        }
    }
}

impl Moment {
    fn read(text: &str, lab: &'static Lab) -> Result<Moment, String> {
        let text = text.trim();
        match text {
            "start" => return Ok(Moment::Start),
            "last act" => return Ok(Moment::LastAct),
            _ => {}
        }
        let (stage, fault) = match text.split_once(" of fault ") {
            Some((stage, number)) => (stage, Some(number)),
            None => (text, None),
        };
        if let Some(stage) = STAGES.into_iter().find(|known| known.word() == stage) {
            let number = fault.map_or(Ok(1), |number| number.trim().parse());
            return match number {
                Ok(number @ 1..) => Ok(Moment::Stage(stage, number)),
                Ok(0) | Err(_) => Err(format!("`{text}`: faults are counted from 1 upward")),
            };
        }
        match read_condition(text, lab) {
            Ok(Condition::Sent { .. }) => Err("the sending of a message is no moment here".into()),
            Ok(condition) => Ok(Moment::Holds(condition)),
            Err(wrong) => {
                let stages = STAGES.map(Stage::word).join(", ");
                Err(format!("{wrong}; or `start`, `last act`, or a fault's {stages}"))
            }
        }
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Measure::Figure(name, _) => f.write_str(name),
            Measure::Violations => f.write_str("violations"),
            Measure::Between(from, to) => write!(f, "{from} to {to}"),
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Moment::Start => f.write_str("start"),
            Moment::LastAct => f.write_str("last act"),
            Moment::Stage(stage, 1) => f.write_str(stage.word()),
            Moment::Stage(stage, fault) => write!(f, "{} of fault {fault}", stage.word()),
            Moment::Holds(condition) => write!(f, "{condition}"),
        }
    }
}

/// Watches a run for what some measures ask.
#[derive(Clone, Debug)]
pub(super) struct Watch {
    /// The conditions that are asked for, each with every time at which it changed.
    conditions: Vec<(Condition, Vec<(Time, bool)>)>,
    last_act: Option<Time>,
}

/// A condition that changes more often than this is not followed further.
const CHANGES_MAX: usize = 100_000;

impl Watch {
    pub fn new(measures: &[Measure]) -> Watch {
        let mut conditions: Vec<(Condition, Vec<(Time, bool)>)> = Vec::new();
        for measure in measures {
            let Measure::Between(from, to) = measure else { continue };
            for moment in [from, to] {
                let Moment::Holds(condition) = moment else { continue };
                if !conditions.iter().any(|(known, _)| known == condition) {
                    conditions.push((condition.clone(), Vec::new()));
                }
            }
        }
        Watch { conditions, last_act: None }
    }

    /// Looks at the run after something happened; `acted` tells that the script did it.
    pub fn look(&mut self, run: &dyn Run, acted: bool) {
        let now = run.now();
        if acted {
            self.last_act = Some(now);
        }
        for (condition, changes) in &mut self.conditions {
            let held = changes.last().is_some_and(|(_, held)| *held);
            if changes.len() < CHANGES_MAX && holds(condition, run) != held {
                changes.push((now, !held));
            }
        }
    }

    /// The value of a measure at the end of the run; `None` if one of its moments never came.
    pub fn value(&self, measure: &Measure, run: &dyn Run, end: &End) -> Option<u64> {
        match measure {
            Measure::Figure(name, _) => {
                let figure = end.figures.iter().find(|figure| figure.name == *name);
                figure.map(|figure| figure.value)
            }
            Measure::Violations => Some(run.violations().len() as u64),
            Measure::Between(from, to) => {
                let from = self.first(from, Time::ZERO, end)?;
                Some(self.first(to, from, end)?.since(from).us())
            }
        }
    }

    /// The first such moment that is not before `since`.
    fn first(&self, moment: &Moment, since: Time, end: &End) -> Option<Time> {
        match moment {
            Moment::Start => (since == Time::ZERO).then_some(since),
            Moment::LastAct => {
                Some(self.last_act.unwrap_or(Time::ZERO)).filter(|act| *act >= since)
            }
            Moment::Stage(stage, fault) => {
                let history = &end.faults.get(fault - 1)?.history;
                let reached = history.iter().find(|r| r.stage == *stage && r.time >= since);
                reached.map(|reached| reached.time)
            }
            Moment::Holds(condition) => {
                let (_, changes) = self.conditions.iter().find(|(known, _)| known == condition)?;
                let later = changes.partition_point(|(time, _)| *time <= since);
                if later > 0 && changes[later - 1].1 {
                    return Some(since);
                }
                changes[later..].iter().find(|(_, held)| *held).map(|(time, _)| *time)
            }
        }
    }
}

/// What is known of a run only at its end.
pub(super) struct End {
    pub figures: Vec<Metric>,
    pub faults: Vec<FaultRecord>,
}
