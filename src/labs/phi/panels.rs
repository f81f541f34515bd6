//! The larger pictures: the bell curve with "now" moving into its tail, phi as a gauge, and what is known
//! of each node.

use std::f64::consts::LN_10;

use crate::labs::detection::phi::{Phi, Settings, Shape};
use crate::sim::panel::{Curve, Mark, Scale};
use crate::sim::{NodeId, Panel, Span, Value, World};

use super::node::{Monitor, Part, Watched};
use super::spec::MONITOR;

/// What is shown of one node, as the monitor sees it.
pub fn of_node(world: &World<Part>, node: NodeId) -> Vec<Panel> {
    let Some((monitor, silence)) = monitor(world) else { return Vec::new() };
    let Some(watched) = monitor.of(node) else { return Vec::new() };
    pictures(world, watched, silence(watched))
}

/// What is shown of the run: the picture of the node with the highest phi, and a table of all.
pub fn of_run(world: &World<Part>) -> Vec<Panel> {
    let Some((monitor, silence)) = monitor(world) else { return printed(world) };
    let mut panels = Vec::new();
    if let Some(watched) = most_silent(world).and_then(|node| monitor.of(node)) {
        panels = pictures(world, watched, silence(watched));
    }
    panels.push(table(world, monitor, &silence));
    panels
}

/// The node with the highest phi, if somebody has been heard.
pub fn most_silent(world: &World<Part>) -> Option<NodeId> {
    let (monitor, silence) = monitor(world)?;
    let settings = world.config().phi_settings();
    let heard = monitor.watched.iter().filter(|watched| watched.phi.last().is_some());
    let phi = |watched: &&Watched| thousandths(watched.phi.phi_after(silence(watched), &settings));
    heard.max_by_key(phi).map(|watched| watched.node)
}

/// One clause about a node, for the monitor's beliefs.
pub fn phi_note(world: &World<Part>, of: NodeId) -> String {
    let Some((monitor, silence)) = monitor(world) else { return "as printed".into() };
    match monitor.of(of) {
        Some(watched) if watched.phi.last().is_some() => {
            let settings = world.config().phi_settings();
            let phi = watched.phi.phi_after(silence(watched), &settings);
            format!("phi is {}", PHI.digits(hundredths(phi)))
        }
        Some(_) | None => "never heard".into(),
    }
}

/// The monitor, if it is up and corrected, and how long each node has been silent on its clock.
fn monitor(world: &World<Part>) -> Option<(&Monitor, impl Fn(&Watched) -> Span)> {
    let now = world.clock(MONITOR)?;
    match world.node(MONITOR)? {
        Part::Monitor(monitor) => Some((monitor, move |watched: &Watched| {
            watched.phi.last().map_or(Span::ZERO, |last| now.since(last))
        })),
        Part::Beater(_) | Part::Printed(_) => None,
    }
}

const PHI: Scale = Scale { unit: "", decimals: 2 };

/// How many points a curve has.
const POINTS: u64 = 48;

fn pictures(world: &World<Part>, watched: &Watched, silence: Span) -> Vec<Panel> {
    if watched.phi.last().is_none() {
        return Vec::new();
    }
    let (config, settings) = (world.config(), world.config().phi_settings());
    let phi = watched.phi.phi_after(silence, &settings);
    let patience = watched.phi.patience(config.threshold, &settings);
    let most = (config.threshold * 200.0) as u64;
    let gauge = Panel::Gauge {
        title: "Phi",
        scale: PHI,
        value: hundredths(phi).min(most),
        max: most,
        marks: vec![Mark { name: "threshold", at: hundredths(config.threshold) }],
    };
    let end = patience.max(config.fixed).0 * 5 / 4;
    let marks = vec![
        Mark { name: "now", at: silence.0.min(end) / 1_000 },
        Mark { name: "suspected", at: patience.0 / 1_000 },
        Mark { name: "fixed timeout", at: config.fixed.0 / 1_000 },
    ];
    let at = |place: u64| Span(end * place / POINTS);
    let line = |name, height: &dyn Fn(Span) -> f64| {
        let point = |place| (at(place).0 / 1_000, (height(at(place)) * 1_000.0) as u64);
        Curve { name, points: (0..=POINTS).map(point).collect() }
    };
    let curve = Panel::Curve {
        title: "When the next heartbeat is expected",
        across: ("silence", Scale::whole("ms")),
        up: ("share of the peak, ‰", Scale::whole("‰")),
        curves: vec![
            line("expected now", &|silence| density(&watched.phi, silence, &settings)),
            line("still to come", &|silence| {
                libm::exp(-watched.phi.phi_after(silence, &settings) * LN_10)
            }),
        ],
        marks,
    };
    vec![gauge, curve]
}

/// How probable an arrival is at this moment, as a share of the most probable one.
fn density(phi: &Phi, silence: Span, settings: &Settings) -> f64 {
    let beyond = silence.0 as f64 - settings.pause.0 as f64;
    match settings.shape {
        Shape::Logistic | Shape::Normal => {
            let deviation = phi.deviation_us().max(settings.deviation_min.0 as f64);
            let y = (beyond - phi.mean_us()) / deviation;
            libm::exp(-y * y / 2.0)
        }
        Shape::Exponential => libm::exp(-(beyond / phi.mean_us()).max(0.0)),
    }
}

fn table(world: &World<Part>, monitor: &Monitor, silence: &impl Fn(&Watched) -> Span) -> Panel {
    let (config, settings) = (world.config(), world.config().phi_settings());
    let row = |watched: &Watched| {
        let word = |suspected| Value::Word(if suspected { "failed" } else { "up" });
        let (mean, deviation) = (watched.phi.mean_us(), watched.phi.deviation_us());
        let phi = watched.phi.phi_after(silence(watched), &settings);
        let known = watched.phi.last().is_some();
        let text = |text: String| if known { Value::Text(text) } else { Value::None };
        vec![
            watched.node.into(),
            text(Span(mean as u64).to_string()),
            text(Span(deviation as u64).to_string()),
            text(watched.phi.patience(config.threshold, &settings).to_string()),
            text(PHI.digits(hundredths(phi))),
            word(watched.suspected),
            word(watched.twin_suspects),
        ]
    };
    Panel::Table {
        title: "What the monitor has learnt",
        columns: vec![
            "node",
            "mean",
            "deviation",
            "patience",
            "phi",
            "by phi",
            "by the fixed timeout",
        ],
        rows: monitor.watched.iter().map(row).collect(),
    }
}

/// The print's lists, of which every other entry is no interval.
fn printed(world: &World<Part>) -> Vec<Panel> {
    let Some(Part::Printed(printed)) = world.node(MONITOR) else { return Vec::new() };
    let row = |entry: &super::printed::Entry| {
        let skipped = entry.intervals.len().saturating_sub(4);
        let last: Vec<String> = entry
            .intervals
            .iter()
            .skip(skipped)
            .map(|seconds| {
                let ms = libm::round(seconds.abs() * 1_000.0) as u64;
                Scale { unit: "s", decimals: 3 }.text(ms)
            })
            .collect();
        vec![
            entry.node.into(),
            last.join(", ").into(),
            PHI.digits(hundredths(entry.phi)).into(),
            Value::Word(if entry.suspected { "failed" } else { "up" }),
        ]
    };
    vec![Panel::Table {
        title: "arrival_intervals",
        columns: vec!["node", "last four", "phi", "believed"],
        rows: printed.entries.iter().map(row).collect(),
    }]
}

fn hundredths(phi: f64) -> u64 {
    (phi.clamp(0.0, 1e9) * 100.0) as u64
}

fn thousandths(phi: f64) -> u64 {
    (phi.clamp(0.0, 1e9) * 1_000.0) as u64
}
