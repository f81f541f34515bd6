//! What is checked of the detector that speaks, and what all of them are measured by.

use std::borrow::Cow;

use crate::labs::Claim;
use crate::labs::detection::pairs::{self, Pairs, Verdict};
use crate::sim::panel::{Curve, Scale};
use crate::sim::world::Happening;
use crate::sim::{
    Belief, Broken, Condition, Metric, NodeId, Panel, Service, Span, Spec, Time, Value, World,
    sorting,
};

use super::config::Config;
use super::judges::{JUDGES, Kind, SETTINGS, patience_max, place};
use super::node::{MONITOR, Part};
use super::rules::Rule;

pub static INVARIANTS: &[Claim] =
    &[pairs::SUSPECTS_THE_DEAD, pairs::OLD_BEATS_REVIVE_NOBODY, pairs::ONE_EVENT_A_CHANGE];

pub static GOALS: &[Claim] = &[
    pairs::ALL_JUDGED_RIGHT,
    Claim { name: "nobody-suspected", means: "The one that speaks suspects nobody." },
    Claim {
        name: "no-false-alarm",
        means: "The one that speaks has suspected nobody so far who could be heard.",
    },
    Claim {
        name: "all-accurate",
        means: "No judge has suspected anybody so far who could be heard.",
    },
    Claim {
        name: "all-complete",
        means: "Every judge has suspected every node that was down for long, while it was.",
    },
];

pub static SELECTORS: &[Claim] =
    &[Claim { name: "suspected", means: "The first node that the one that speaks suspects." }];

/// An outage is long if it lasts for so many intervals: longer than the most patient are.
const LONG: u64 = 60;

/// Watches a run.
#[derive(Clone)]
pub struct DetectorsSpec {
    /// The one that speaks.
    pairs: Pairs,
    scores: Vec<Score>,
    nodes: Vec<Truth>,
    /// How many heartbeats were heard, and how many messages of probes were sent.
    beats: u64,
    probes: u64,
    /// How many long outages there were.
    crashes: u64,
}

/// What one judge has come to, counted against the truth.
#[derive(Clone, Copy, Debug, Default)]
pub struct Score {
    /// Suspicions of a node that could not be heard, and from when it could not to the suspicion.
    pub detections: u64,
    pub total: Span,
    pub longest: Span,
    /// Suspicions of a node that could be heard, and when the last one was.
    pub false_alarms: u64,
    pub last_alarm: Time,
    /// Long outages that it has not noticed while they lasted.
    pub missed: u64,
}

/// Since when a node cannot be heard: it is not up, or the link from it is cut.
#[derive(Clone, Debug)]
struct Truth {
    node: NodeId,
    gone: Option<Time>,
    /// Since when it is down, if it is.
    down: Option<Time>,
}

impl Score {
    fn mean(&self) -> Option<Span> {
        (self.detections > 0).then(|| Span(self.total.0 / self.detections))
    }
}

impl Spec<Part> for DetectorsSpec {
    fn new(world: &World<Part>) -> DetectorsSpec {
        let truth = |&node: &NodeId| Truth { node, gone: None, down: None };
        DetectorsSpec {
            pairs: Pairs::new(world, 'm', 'n'),
            scores: vec![Score::default(); JUDGES],
            nodes: world.roster().all('n').iter().map(truth).collect(),
            beats: 0,
            probes: 0,
            crashes: 0,
        }
    }

    fn observe(&mut self, world: &World<Part>) -> Result<(), Broken> {
        self.follow_truth(world);
        self.score(world);
        self.count_messages(world);
        let config = world.config();
        let verdict = |part: &Part, of: NodeId| verdict(part, of, config);
        // A probe may be answered through others when the link is cut, so there is no bound from there.
        let probe = config.kind == Kind::Probe;
        let judged = self.pairs.observe(world, (!probe).then(|| bound(config)), verdict);
        judged?;
        let fired = |rule| world.fired().filter(|fired| *fired == rule).count();
        self.pairs.check_events(fired(Rule::Suspect), fired(Rule::TrustAgain))
    }

    fn error(&self, world: &World<Part>) -> Option<Cow<'static, str>> {
        self.pairs.an_error(world).map(Cow::Owned)
    }

    fn service(&self, world: &World<Part>) -> Service {
        let (failing, total) = self.pairs.wrong(world);
        Service {
            users: "verdicts of the one that speaks",
            failing,
            total,
            failed: failing * 2 > total,
        }
    }

    fn settle(&self, world: &World<Part>) -> Span {
        bound(world.config())
    }

    fn holds(&self, goal: &str, world: &World<Part>) -> Option<bool> {
        match goal {
            "all-judged-right" => Some(self.pairs.all_right(world)),
            "nobody-suspected" => Some(self.pairs.suspected().is_none()),
            "no-false-alarm" => Some(self.pairs.tally().false_alarms == 0),
            "all-accurate" => Some(self.scores.iter().all(|score| score.false_alarms == 0)),
            "all-complete" => Some(self.scores.iter().all(|score| score.missed == 0)),
            _ => None,
        }
    }

    fn find(&self, selector: &str, _world: &World<Part>) -> Option<NodeId> {
        match selector {
            "suspected" => self.pairs.suspected(),
            _ => None,
        }
    }

    fn beliefs(&self, world: &World<Part>, node: NodeId) -> Vec<Belief> {
        self.pairs.beliefs(world, node, |part, of| match part {
            Part::Node(_) => String::new(),
            Part::Monitor(monitor) => {
                let judges = monitor.of(of).map_or(0, |watched| watched.judges.suspect().count());
                format!("{judges} of {JUDGES} judges suspect it")
            }
        })
    }

    fn metrics(&self, world: &World<Part>) -> Vec<Metric> {
        let own = self.scores[place(world.config().kind, world.config().setting)];
        vec![
            Metric {
                name: "mean detection",
                unit: "µs",
                value: own.mean().unwrap_or_default().us(),
            },
            Metric { name: "detections", unit: "", value: own.detections },
            Metric { name: "false alarms", unit: "", value: own.false_alarms },
            Metric { name: "missed crashes", unit: "", value: own.missed },
        ]
    }

    fn panels(&self, world: &World<Part>) -> Vec<Panel> {
        let mut panels = vec![self.classes(world)];
        if self.scores.iter().any(|score| score.detections > 0) {
            panels.insert(0, self.curve());
        }
        panels
    }
}

impl DetectorsSpec {
    fn follow_truth(&mut self, world: &World<Part>) {
        let last = world.last();
        if !matches!(last.happening, Happening::Disturbed | Happening::Start) {
            return;
        }
        let now = world.now();
        let long = Span(world.config().interval.0.saturating_mul(LONG));
        for truth in &mut self.nodes {
            let down = world.condition(truth.node) == Some(Condition::Down);
            let gone = world.condition(truth.node) != Some(Condition::Up)
                || world.is_cut(truth.node, MONITOR);
            truth.gone = if gone { truth.gone.or(Some(now)) } else { None };
            let ended = truth.down.filter(|_| !down);
            truth.down = if down { truth.down.or(Some(now)) } else { None };
            if ended.is_none_or(|since| now.since(since) < long) {
                continue;
            }
            self.crashes += 1;
            // Its next heartbeat has not come yet, so whoever does not suspect it now has missed it.
            if let Some(Part::Monitor(monitor)) = world.node(MONITOR)
                && let Some(watched) = monitor.of(truth.node)
                && watched.newest.is_some()
            {
                let suspect = watched.judges.suspect();
                for kind in Kind::ALL {
                    for setting in 0..SETTINGS {
                        let missed = !suspect.has(kind, setting);
                        self.scores[place(kind, setting)].missed += u64::from(missed);
                    }
                }
            }
        }
    }

    /// What the judges came to in this step.
    fn score(&mut self, world: &World<Part>) {
        let Some(Part::Monitor(monitor)) =
            world.last().node.filter(|id| *id == MONITOR).and_then(|id| world.node(id))
        else {
            return;
        };
        let spoke = |rule: Rule| matches!(rule, Rule::Suspect | Rule::OthersSuspect);
        if !world.fired().any(spoke) {
            return;
        }
        let now = world.now();
        for (node, new) in &monitor.began {
            let gone = self.nodes.iter().find(|truth| truth.node == *node).and_then(|it| it.gone);
            for judge in new.places() {
                let score = &mut self.scores[judge];
                match gone {
                    Some(since) => {
                        let took = now.since(since);
                        score.detections += 1;
                        score.total += took;
                        score.longest = score.longest.max(took);
                    }
                    None => {
                        score.false_alarms += 1;
                        score.last_alarm = now;
                    }
                }
            }
        }
    }

    fn count_messages(&mut self, world: &World<Part>) {
        for (_, msg) in world.last_sent() {
            match msg {
                super::message::Msg::Heartbeat(_) => self.beats += 1,
                super::message::Msg::Ping { .. }
                | super::message::Msg::Ack { .. }
                | super::message::Msg::PingReq { .. } => self.probes += 1,
            }
        }
    }

    /// Detection time against false alarms: one line for each detector, one point for each setting.
    fn curve(&self) -> Panel {
        let line = |kind: Kind| {
            let scores = (0..SETTINGS).map(|setting| &self.scores[place(kind, setting)]);
            let point = |score: &Score| {
                let alarms = (score.false_alarms * 100_000).checked_div(self.beats).unwrap_or(0);
                Some((score.mean()?.0 / 1_000, alarms))
            };
            let mut points: Vec<(u64, u64)> = scores.filter_map(point).collect();
            sorting::sort(&mut points);
            Curve { name: kind.word(), points }
        };
        Panel::Curve {
            title: "Slow or wrong",
            across: ("mean time to detection", Scale::whole("ms")),
            up: ("false alarms in 1000 heartbeats", Scale { unit: "", decimals: 2 }),
            curves: Kind::ALL
                .map(line)
                .into_iter()
                .filter(|line| !line.points.is_empty())
                .collect(),
            marks: Vec::new(),
        }
    }

    /// What each detector gives up at the chosen setting, in the words of Chandra and Toueg.
    fn classes(&self, world: &World<Part>) -> Panel {
        let setting = world.config().setting;
        let row = |kind: Kind| {
            let score = &self.scores[place(kind, setting)];
            let found = self.crashes.saturating_sub(score.missed);
            let alarm = match score.false_alarms {
                0 => Value::None,
                _ => Value::Text(score.last_alarm.to_string()),
            };
            let cost = if kind == Kind::Probe { self.probes } else { self.beats };
            vec![
                kind.word().into(),
                format!("{found} of {}", self.crashes).into(),
                score.longest.to_string().into(),
                score.false_alarms.into(),
                alarm,
                class(score, world.now()).into(),
                cost.into(),
            ]
        };
        Panel::Table {
            title: "What each gives up",
            columns: vec![
                "detector",
                "long crashes found",
                "slowest detection",
                "false alarms",
                "the last at",
                "so far",
                "messages",
            ],
            rows: Kind::ALL.map(row).into(),
        }
    }
}

/// The class of Chandra and Toueg (1996) that a run so far does not contradict. `◇` (eventually): if there
/// was no alarm in the second half of the run.
fn class(score: &Score, now: Time) -> &'static str {
    let quiet = score.false_alarms == 0 || now.since(score.last_alarm).0 > now.0 / 2;
    match (score.missed == 0, score.false_alarms == 0, quiet) {
        (true, true, _) => "perfect (P)",
        (true, false, true) => "eventually perfect (◇P)",
        (true, false, false) => "complete, not accurate",
        (false, true, _) => "accurate, not complete",
        (false, false, _) => "neither",
    }
}

/// The stated time to detection of the one that speaks, with a quarter more for a clock that runs slow.
fn bound(config: &Config) -> Span {
    let (interval, longest) = (config.interval, config.stated_longest());
    Span(patience_max(config.kind, config.setting, interval, longest).0 / 4 * 5 + 1_000)
}

fn verdict(part: &Part, of: NodeId, config: &Config) -> Option<Verdict> {
    match part {
        Part::Node(_) => None,
        Part::Monitor(monitor) => {
            let watched = monitor.of(of)?;
            // A probe looks at no heartbeat.
            let newest = watched.newest.filter(|_| config.kind != Kind::Probe);
            Some(Verdict { suspected: watched.is_suspected(config), newest })
        }
    }
}
