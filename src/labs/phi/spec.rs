//! What is checked of a run, from outside, and what is shown of it.

use std::borrow::Cow;

use crate::labs::Claim;
use crate::labs::detection::pairs::{self, Pairs, Verdict};
use crate::sim::world::Happening;
use crate::sim::{Belief, Broken, Metric, NodeId, Panel, Service, Span, Spec, Time, World};

use super::node::{Monitor, Part};
use super::panels;
use super::rules::Rule;

pub static INVARIANTS: &[Claim] = &[
    pairs::SUSPECTS_THE_DEAD,
    pairs::OLD_BEATS_REVIVE_NOBODY,
    pairs::ONE_EVENT_A_CHANGE,
    pairs::KEEPS_JUDGING,
    Claim {
        name: "phi-never-falls-in-silence",
        means: "As long as nothing is heard of a node, its phi does not fall.",
    },
    Claim {
        name: "intervals-are-intervals",
        means: "No recorded interval is longer than the monitor's clock has run.",
    },
];

pub static GOALS: &[Claim] = &[
    pairs::ALL_JUDGED_RIGHT,
    Claim {
        name: "twin-judges-right",
        means: "The fixed timeout's opinion of every node is right.",
    },
    Claim { name: "nobody-suspected", means: "The monitor suspects nobody." },
];

pub static SELECTORS: &[Claim] = &[
    Claim { name: "suspected", means: "The first node that the monitor suspects." },
    Claim { name: "twin-suspected", means: "The first node that the fixed timeout suspects." },
    Claim { name: "most-silent", means: "The node with the highest phi." },
];

/// Watches a run.
#[derive(Clone)]
pub struct PhiSpec {
    pairs: Pairs,
    twin: Pairs,
    /// The last phi of each node, and the arrival after which it was taken.
    phis: Vec<(Option<Time>, f64)>,
}

impl Spec<Part> for PhiSpec {
    fn new(world: &World<Part>) -> PhiSpec {
        let pairs = Pairs::new(world, 'm', 'n');
        let count = world.roster().all('n').len();
        PhiSpec { twin: pairs.clone(), pairs, phis: vec![(None, 0.0); count] }
    }

    fn observe(&mut self, world: &World<Part>) -> Result<(), Broken> {
        let bound = Some(world.config().bound());
        let judged = self.pairs.observe(world, bound, verdict);
        // The twin promises nothing, but is counted.
        let _ = self.twin.observe(world, None, twin_verdict);
        judged?;
        let fired = |rule| world.fired().filter(|fired| *fired == rule).count();
        self.pairs.check_events(fired(Rule::Suspect), fired(Rule::TrustAgain))?;
        match world.last().node.and_then(|id| world.node(id)) {
            Some(Part::Monitor(monitor)) => self.check_monitor(world, monitor),
            Some(Part::Printed(printed)) => {
                let clock = world.clock(MONITOR).unwrap_or_default();
                let longest =
                    |e: &super::printed::Entry| e.intervals.back().copied().unwrap_or(0.0);
                let odd = printed.entries.iter().find(|e| longest(e) * 1e6 > clock.0 as f64 + 1.0);
                if let Some(entry) = odd {
                    let why = format!("{} is said to have beaten after decades", entry.node);
                    return Err(Broken { invariant: "intervals-are-intervals", why });
                }
                judges(printed.ended)
            }
            Some(Part::Beater(_)) | None => Ok(()),
        }
    }

    fn error(&self, world: &World<Part>) -> Option<Cow<'static, str>> {
        self.pairs.an_error(world).map(Cow::Owned)
    }

    fn service(&self, world: &World<Part>) -> Service {
        let (failing, total) = self.pairs.wrong(world);
        Service { users: "opinions of the monitor", failing, total, failed: failing * 4 > total }
    }

    fn settle(&self, world: &World<Part>) -> Span {
        let interval = world.config().interval;
        Span(interval.0.saturating_mul(3))
    }

    fn holds(&self, goal: &str, world: &World<Part>) -> Option<bool> {
        match goal {
            "all-judged-right" => Some(self.pairs.all_right(world)),
            "twin-judges-right" => Some(self.twin.all_right(world)),
            "nobody-suspected" => Some(self.pairs.suspected().is_none()),
            _ => None,
        }
    }

    fn find(&self, selector: &str, world: &World<Part>) -> Option<NodeId> {
        match selector {
            "suspected" => self.pairs.suspected(),
            "twin-suspected" => self.twin.suspected(),
            "most-silent" => panels::most_silent(world),
            _ => None,
        }
    }

    fn beliefs(&self, world: &World<Part>, node: NodeId) -> Vec<Belief> {
        self.pairs.beliefs(world, node, |_, of| panels::phi_note(world, of))
    }

    fn metrics(&self, _world: &World<Part>) -> Vec<Metric> {
        let (own, twin) = (self.pairs.tally(), self.twin.tally());
        vec![
            Metric { name: "last detection", unit: "µs", value: own.last.us() },
            Metric { name: "false alarms", unit: "", value: own.false_alarms },
            Metric { name: "last detection, fixed", unit: "µs", value: twin.last.us() },
            Metric { name: "false alarms, fixed", unit: "", value: twin.false_alarms },
        ]
    }

    fn node_panels(&self, world: &World<Part>, node: NodeId) -> Vec<Panel> {
        panels::of_node(world, node)
    }

    fn panels(&self, world: &World<Part>) -> Vec<Panel> {
        panels::of_run(world)
    }
}

/// The one monitor.
pub const MONITOR: NodeId = NodeId::new('m', 1);

impl PhiSpec {
    fn check_monitor(&mut self, world: &World<Part>, monitor: &Monitor) -> Result<(), Broken> {
        for watched in &monitor.watched {
            judges(watched.ended)?;
        }
        let clock = world.clock(MONITOR).unwrap_or_default();
        let settings = world.config().phi_settings();
        let touched =
            !matches!(world.last().happening, Happening::Deliver { .. } | Happening::Timer);
        for (watched, before) in monitor.watched.iter().zip(&mut self.phis) {
            let now = (watched.phi.last(), watched.phi.phi(clock, &settings));
            let (arrival, was) = std::mem::replace(before, now);
            if !touched && arrival == now.0 && now.1 < was {
                let why = format!("phi of {} falls although nothing came", watched.node);
                return Err(Broken { invariant: "phi-never-falls-in-silence", why });
            }
        }
        Ok(())
    }
}

fn judges(ended: Option<&'static str>) -> Result<(), Broken> {
    match ended {
        None => Ok(()),
        Some(by) => {
            Err(Broken { invariant: pairs::KEEPS_JUDGING.name, why: format!("{by} has ended it") })
        }
    }
}

fn verdict(part: &Part, of: NodeId) -> Option<Verdict> {
    match part {
        Part::Beater(_) => None,
        Part::Monitor(monitor) => monitor.of(of).map(|watched| watched.verdict()),
        Part::Printed(printed) => printed.of(of).map(|entry| entry.verdict()),
    }
}

fn twin_verdict(part: &Part, of: NodeId) -> Option<Verdict> {
    match part {
        Part::Monitor(monitor) => monitor.of(of).map(|watched| watched.twin_verdict()),
        Part::Beater(_) | Part::Printed(_) => None,
    }
}
