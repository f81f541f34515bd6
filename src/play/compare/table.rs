//! A comparison in words, with the figures of runs beside them.
//!
//! The runs are made now, one a slice; each figure keeps the scripts of the runs behind it.

use std::collections::BTreeSet;

use crate::labs::{Lab, Measure, Pair, Run};
use crate::play::frame::brief;
use crate::play::script::{Act, read_with};
use crate::play::{Limits, Problem, ProblemKind, Script, watch_script};
use crate::sim::{Cause, Condition, Look, NodeId, Span, Step, Time};

/// The seeds that an experiment is done with.
const SEEDS: std::ops::RangeInclusive<u64> = 1..=20;

/// When the leader crashes, or the network is cut: all have agreed on somebody long before.
const HIT: &str = "2s";

/// Does all the experiments of a table, one after the other.
pub struct Sweep {
    pair: &'static Pair,
    jobs: Vec<Job>,
    /// One for each job that is done, in order.
    probes: Vec<Probe>,
}

/// One run to be made.
struct Job {
    /// Which of the two labs.
    lab: usize,
    experiment: Experiment,
    script: Script,
}

/// What is done in a run. Several measures may look at the same run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Experiment {
    /// The leader of so many nodes crashes; `alike` if both labs have the same timeouts.
    Crash { nodes: u8, alike: bool },
    /// Two of five are cut off.
    Cut,
    /// One node after the other crashes.
    Fall,
}

/// What was seen in a run.
struct Probe {
    /// From the leader's crash to the next agreement.
    recovery: Option<Span>,
    /// Sent between nodes in that time.
    messages: u64,
    /// How many lead in the end.
    leaders: u64,
    /// How many expectations were met before the first that was not.
    met: u64,
    broken: Vec<&'static str>,
    rules: BTreeSet<&'static str>,
    kinds: BTreeSet<&'static str>,
}

/// One line of the table.
#[derive(Clone, Debug, PartialEq)]
pub struct AspectRow {
    pub name: &'static str,
    /// The source's own words, for each of the two.
    pub words: [&'static str; 2],
    pub measured: Vec<Measured>,
}

/// One measurement of both labs.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// What was measured, and how.
    pub what: String,
    /// The figure of each of the two, in words.
    pub figures: [String; 2],
    /// The runs behind the figures.
    pub runs: [Vec<RunBehind>; 2],
}

/// A run, and what it gave.
#[derive(Clone, Debug, PartialEq)]
pub struct RunBehind {
    pub script: String,
    pub gave: String,
}

impl Sweep {
    /// The experiments that the table of this pair asks for. Refused if its labs are not among these.
    pub fn new(pair: &'static Pair, labs: &[&'static Lab]) -> Result<Sweep, String> {
        let both = pair
            .both(labs)
            .ok_or_else(|| format!("“{}” names a lab that is not there", pair.id))?;
        let mut experiments: Vec<Experiment> = Vec::new();
        for measure in pair.table.iter().flat_map(|aspect| aspect.measures) {
            let wanted = experiment(*measure);
            if !wanted.is_some_and(|wanted| experiments.contains(&wanted)) {
                experiments.extend(wanted);
            }
        }
        let mut jobs = Vec::new();
        for experiment in experiments {
            for (place, lab) in both.into_iter().enumerate() {
                for text in scripts(lab, experiment) {
                    let script =
                        read_with(&text, &[lab]).map_err(|why| format!("{text}: {why}"))?;
                    jobs.push(Job { lab: place, experiment, script });
                }
            }
        }
        Ok(Sweep { pair, jobs, probes: Vec::new() })
    }

    /// How many runs are done, and of how many.
    pub fn progress(&self) -> (usize, usize) {
        (self.probes.len(), self.jobs.len())
    }

    /// Makes the next run. False if all are done.
    pub fn run_next(&mut self) -> Result<bool, String> {
        let Some(job) = self.jobs.get(self.probes.len()) else { return Ok(false) };
        self.probes.push(probe(&job.script)?);
        Ok(true)
    }

    /// The table, as far as it is done.
    pub fn table(&self) -> Vec<AspectRow> {
        let rows = self.pair.table.iter().map(|aspect| AspectRow {
            name: aspect.name,
            words: aspect.words,
            measured: aspect.measures.iter().map(|measure| self.measured(*measure)).collect(),
        });
        rows.collect()
    }

    fn measured(&self, measure: Measure) -> Measured {
        let (mut figures, mut runs) = ([String::new(), String::new()], [Vec::new(), Vec::new()]);
        for lab in 0..2 {
            let all = self.jobs.iter().zip(&self.probes).filter(|(job, _)| job.lab == lab);
            let wanted = experiment(measure);
            let own: Vec<(&Job, &Probe)> = all
                .filter(|(job, _)| wanted.is_none_or(|wanted| wanted == job.experiment))
                .collect();
            figures[lab] = if own.is_empty() {
                "not yet".to_string()
            } else {
                self.figure(measure, lab, &own)
            };
            runs[lab] = own
                .iter()
                .map(|(job, probe)| RunBehind {
                    script: job.script.to_string(),
                    gave: gave(measure, probe),
                })
                .collect();
        }
        Measured { what: what(measure), figures, runs }
    }

    fn figure(&self, measure: Measure, lab: usize, runs: &[(&Job, &Probe)]) -> String {
        let probes = || runs.iter().map(|(_, probe)| *probe);
        let count =
            |wanted: &dyn Fn(&Probe) -> bool| probes().filter(|probe| wanted(probe)).count();
        match measure {
            Measure::Machinery => {
                let rules: BTreeSet<&str> =
                    probes().flat_map(|p| p.rules.iter().copied()).collect();
                let kinds: BTreeSet<&str> =
                    probes().flat_map(|p| p.kinds.iter().copied()).collect();
                format!("{} rules, {} kinds of message", rules.len(), kinds.len())
            }
            Measure::CrashesBorne => {
                let least = probes().map(|probe| probe.met).min().unwrap_or(0);
                format!("{least} of 5")
            }
            Measure::LeadersInCuts => {
                format!("two leaders in {} of {}", count(&|probe| probe.leaders > 1), runs.len())
            }
            Measure::WritesLost => match self.pair.writes[lab] {
                None => "not applicable: nobody writes".to_string(),
                Some(kept_by) => {
                    let lost =
                        count(&|probe| probe.broken.iter().any(|name| kept_by.contains(name)));
                    format!("in {lost} of {}", runs.len())
                }
            },
            Measure::Messages { .. } => {
                spread(probes().map(|probe| probe.messages).collect(), |messages| {
                    messages.to_string()
                })
            }
            Measure::Recovery { .. } => {
                let times: Vec<u64> =
                    probes().filter_map(|probe| probe.recovery).map(Span::us).collect();
                let never = runs.len() - times.len();
                let told = spread(times, |us| brief(Span(us)));
                if never == 0 { told } else { format!("{told}; never in {never}") }
            }
        }
    }
}

/// The run that a measure looks at; `None` for all of them.
fn experiment(measure: Measure) -> Option<Experiment> {
    match measure {
        Measure::Machinery => None,
        Measure::CrashesBorne => Some(Experiment::Fall),
        Measure::LeadersInCuts | Measure::WritesLost => Some(Experiment::Cut),
        Measure::Messages { nodes } => Some(Experiment::Crash { nodes, alike: false }),
        Measure::Recovery { alike } => Some(Experiment::Crash { nodes: 5, alike }),
    }
}

fn what(measure: Measure) -> String {
    let seeds = SEEDS.count();
    match measure {
        Measure::Machinery => {
            "What the runs of this table needed: the rules that fired, and the kinds of message \
             between nodes."
                .to_string()
        }
        Measure::CrashesBorne => {
            "Crashes borne: five nodes, of which one after the other crashes; after how many do \
             the rest still agree within 4 s?"
                .to_string()
        }
        Measure::LeadersInCuts => {
            "All ten ways to cut two of five nodes off, looked at after 4 s.".to_string()
        }
        Measure::WritesLost => {
            "Acknowledged writes lost in those cuts, by the invariants that forbid it.".to_string()
        }
        Measure::Messages { nodes } => format!(
            "Messages from the leader's crash to the next agreement, {nodes} nodes: the median \
             of {seeds} seeds, and the range."
        ),
        Measure::Recovery { alike: false } => format!(
            "Time from the leader's crash to the next agreement, five nodes, each lab's usual \
             timeouts: the median of {seeds} seeds, and the range."
        ),
        Measure::Recovery { alike: true } => format!(
            "The same, when followers of both wait 150 to 300 ms for a heartbeat that comes every \
             50 ms: the median of {seeds} seeds, and the range."
        ),
    }
}

fn gave(measure: Measure, probe: &Probe) -> String {
    match measure {
        Measure::Machinery => {
            format!("{} rules, {} kinds", probe.rules.len(), probe.kinds.len())
        }
        Measure::CrashesBorne => format!("{} crashes", probe.met),
        Measure::LeadersInCuts => format!("{} leaders", probe.leaders),
        Measure::WritesLost if probe.broken.is_empty() => "all invariants hold".to_string(),
        Measure::WritesLost => format!("broken: {}", probe.broken.join(", ")),
        Measure::Messages { .. } => format!("{} messages", probe.messages),
        Measure::Recovery { .. } => probe.recovery.map_or("never".to_string(), brief),
    }
}

// ---- the scripts ----

fn scripts(lab: &Lab, experiment: Experiment) -> Vec<String> {
    match experiment {
        Experiment::Crash { nodes, alike } => {
            SEEDS.map(|seed| crash(lab, nodes, alike, seed)).collect()
        }
        Experiment::Cut => cuts()
            .into_iter()
            .map(|cut| format!("lab {} seed=1 nodes=5\n{HIT} partition {cut}\n+4s stop\n", lab.id))
            .collect(),
        Experiment::Fall => {
            let mut text = format!("lab {} seed=1 nodes=5\n{HIT} expect agreed\n", lab.id);
            for node in [5, 4, 3, 2] {
                text.push_str(&format!("+1ms crash n{node}\n+4s expect agreed\n"));
            }
            vec![format!("{text}+1ms stop\n")]
        }
    }
}

fn crash(lab: &Lab, nodes: u8, alike: bool, seed: u64) -> String {
    let mut head = format!("lab {} seed={seed} nodes={nodes}", lab.id);
    // Only what the nodes say to each other is counted.
    let mut choose = |name: &str, value: u64| {
        if lab.param(name).is_some() {
            head.push_str(&format!(" {name}={value}"));
        }
    };
    choose("clients", 0);
    if alike {
        choose("heartbeat_ms", 50);
        for (least, greatest) in
            [("timeout_ms_min", "timeout_ms_max"), ("election_ms_min", "election_ms_max")]
        {
            choose(least, 150);
            choose(greatest, 300);
        }
    }
    format!("{head}\n{HIT} crash leader\nwhen agreed: stop\n")
}

/// All ways to part five nodes into two and three.
fn cuts() -> Vec<String> {
    let mut cuts = Vec::new();
    for a in 1..=5_u8 {
        for b in a + 1..=5 {
            let rest = (1..=5).filter(|n| *n != a && *n != b).map(|n| format!("n{n}"));
            let rest: Vec<String> = rest.collect();
            cuts.push(format!("n{a} n{b} | {}", rest.join(" ")));
        }
    }
    cuts
}

// ---- the runs ----

fn probe(script: &Script) -> Result<Probe, String> {
    let mut probe = Probe {
        recovery: None,
        messages: 0,
        leaders: 0,
        met: 0,
        broken: Vec::new(),
        rules: BTreeSet::new(),
        kinds: BTreeSet::new(),
    };
    let mut hit: Option<Time> = None;
    let mut watch = |step: &Step, _: &dyn Run| {
        let server = |id: NodeId| id.letter() == 'n';
        let between = step.sent.iter().map(|sent| &sent.message);
        for message in between.filter(|message| server(message.from) && server(message.to)) {
            probe.messages += u64::from(hit.is_some());
            probe.kinds.insert(message.kind);
        }
        if step.node.is_none_or(server) {
            probe.rules.extend(step.fired.iter().map(|firing| firing.rule));
        }
        if matches!(step.cause, Cause::Input { .. }) {
            hit = hit.or(Some(step.time));
        }
    };
    let limits = Limits { wait: Span::from_secs(30), ..Limits::default() };
    let outcome = watch_script(script, limits, &mut watch).map_err(|why| why.to_string())?;
    let never = |problem: &Problem| problem.kind == ProblemKind::NeverReached;
    if !outcome.problems.iter().any(never) {
        probe.recovery = hit.map(|hit| outcome.time.since(hit));
    }
    let scene = outcome.scene();
    let leads = scene
        .nodes
        .iter()
        .filter(|node| node.condition == Condition::Up && node.view.look == Look::Leader);
    probe.leaders = leads.count() as u64;
    probe.met = met(script, &outcome.problems);
    probe.broken = outcome.violations.iter().map(|violation| violation.invariant).collect();
    Ok(probe)
}

/// How many expectations after the first were met, before one was not.
fn met(script: &Script, problems: &[Problem]) -> u64 {
    let failed = problems.iter().filter(|problem| problem.kind == ProblemKind::Expectation);
    let first = failed.map(|problem| problem.line).min().unwrap_or(usize::MAX);
    let expects = script.lines.iter().filter(|line| match line.act {
        Act::Expect(_) => line.number < first,
        Act::Input(_) | Act::Stop => false,
    });
    (expects.count() as u64).saturating_sub(1)
}

/// The median, and from where to where.
fn spread(values: Vec<u64>, say: impl Fn(u64) -> String) -> String {
    let mut sorted: Vec<u64> = Vec::new();
    for value in values {
        sorted.insert(sorted.partition_point(|known| *known < value), value);
    }
    match sorted.as_slice() {
        [] => "never".to_string(),
        [first, .., last] if first != last => {
            let median = sorted[sorted.len() / 2];
            format!("{} ({} to {})", say(median), say(*first), say(*last))
        }
        [first, ..] => say(*first),
    }
}
