//! What is checked of a run, from outside: invariants, goals, selectors, and how users fare.

use std::borrow::Cow;

use crate::labs::Claim;
use crate::labs::path::flow::{self, Flow};
use crate::labs::path::shares::Shares;
use crate::labs::path::{self, Part, Rule as PathRule};
use crate::sim::{Belief, Broken, Metric, NodeId, Panel, Service, Span, Spec, Time, Value, World};

use super::config::{DEPENDENCIES, Walls};
use super::gate::{GATEWAY, Gate, NAMES, dependency};
use super::rules::Rule;

pub static INVARIANTS: &[Claim] = &[
    Claim {
        name: "in-flight-within-wall",
        means: "With walls, no more calls to a dependency are under way than it has threads or permits.",
    },
    Claim {
        name: "permits-conserved",
        means: "Permits that are free and requests that have one are all permits together.",
    },
    Claim {
        name: "refused-only-when-full",
        means: "With walls, nobody is refused while its own dependency has a thread or permit free, and \
                the gateway a thread.",
    },
    Claim {
        name: "begun-in-time",
        means: "Nobody begins who has waited for longer than the longest wait.",
    },
    Claim { name: "threads-within-pool", means: "No server uses more threads than it has." },
    Claim { name: "queue-within-bound", means: "No queue is longer than its bound." },
];

pub static GOALS: &[Claim] = &[
    Claim { name: "serving", means: "Nine of ten requests of the last second were served." },
    Claim { name: "working", means: "Somebody was served in the last second, or nobody asked." },
    Claim { name: "a-served", means: "Nine of ten requests for A of the last second were served." },
    Claim { name: "b-served", means: "Nine of ten requests for B of the last second were served." },
    Claim { name: "c-served", means: "Nine of ten requests for C of the last second were served." },
];

pub static SELECTORS: &[Claim] = &[
    Claim { name: "gateway", means: "The gateway, whose threads are at stake." },
    Claim { name: "ailing", means: "The first part that is down, slow or failing." },
];

#[derive(Clone)]
pub struct BulkheadSpec {
    flow: Flow,
    shares: Shares,
    /// The most threads of the gateway that were taken.
    peak: u32,
}

type Path = World<Part<Gate>>;

impl Spec<Part<Gate>> for BulkheadSpec {
    fn new(world: &Path) -> BulkheadSpec {
        BulkheadSpec { flow: Flow::new(world, 's'), shares: Shares::default(), peak: 0 }
    }

    fn observe(&mut self, world: &Path) -> Result<(), Broken> {
        self.flow.observe(world);
        let Some((id, part)) = flow::acting(world) else { return Ok(()) };
        if part.is_client() {
            self.shares.observe(world.now(), &part.mech.ended);
        }
        if id == GATEWAY {
            self.peak = self.peak.max(part.pools.iter().map(|pool| pool.busy).sum());
            check_walls(world, part)?;
        }
        flow::rooms_hold(world)
    }

    fn error(&self, world: &Path) -> Option<Cow<'static, str>> {
        let gateway = world.node(GATEWAY)?;
        let full = gateway.pools.iter().any(|pool| pool.busy >= pool.room.threads);
        let spent = gateway.mech.permits.iter().any(|(_, free)| *free == 0);
        (full || spent).then(|| "a pool of the gateway has no thread left".into())
    }

    fn service(&self, world: &Path) -> Service {
        self.flow.service(world.now())
    }

    fn settle(&self, _: &Path) -> Span {
        Span::from_secs(3)
    }

    fn holds(&self, goal: &str, world: &Path) -> Option<bool> {
        let served = |which: usize| {
            let (good, bad) = self.shares.last_second(world.now(), which..which + 1);
            Some(bad * 10 <= good + bad && good > 0)
        };
        match goal {
            "serving" => Some(self.flow.serves(world.now())),
            "working" => {
                let last = self.flow.last_second(world.now());
                Some(last.good > 0 || last.offered == 0)
            }
            "a-served" => served(0),
            "b-served" => served(1),
            "c-served" => served(2),
            _ => None,
        }
    }

    fn find(&self, selector: &str, world: &Path) -> Option<NodeId> {
        match selector {
            "gateway" => Some(GATEWAY),
            "ailing" => flow::ailing(world),
            _ => None,
        }
    }

    fn beliefs(&self, _: &Path, _: NodeId) -> Vec<Belief> {
        Vec::new()
    }

    fn metrics(&self, world: &Path) -> Vec<Metric> {
        let ended =
            world.living().find(|(_, part)| part.is_client()).map(|(_, part)| part.mech.ended);
        let bad = |which: usize| ended.map_or(0, |ended| ended.bad[which]);
        vec![
            Metric { name: "A not served", unit: "requests", value: bad(0) },
            Metric { name: "B not served", unit: "requests", value: bad(1) },
            Metric { name: "C not served", unit: "requests", value: bad(2) },
            Metric { name: "most threads taken", unit: "", value: self.peak.into() },
        ]
    }

    fn panels(&self, world: &Path) -> Vec<Panel> {
        let row = |which: usize| {
            let (good, bad) = self.shares.last_second(world.now(), which..which + 1);
            vec![Value::Word(NAMES[which]), good.into(), bad.into()]
        };
        let dependencies = Panel::Table {
            title: "Dependencies, last second",
            columns: vec!["dependency", "served", "not served"],
            rows: (0..DEPENDENCIES).map(row).collect(),
        };
        vec![self.flow.panel(), dependencies]
    }
}

fn broken(invariant: &'static str, why: String) -> Result<(), Broken> {
    Err(Broken { invariant, why })
}

/// What the gateway has just done.
fn check_walls(world: &Path, gateway: &Part<Gate>) -> Result<(), Broken> {
    let config = world.config();
    if config.walls == Walls::Shared {
        return check_waits(world, gateway);
    }
    let mut in_flight = [0; DEPENDENCIES];
    for job in gateway.jobs.values().filter(|job| job.began.is_some()) {
        in_flight[dependency(job.class)] += 1;
    }
    for (which, count) in in_flight.into_iter().enumerate() {
        if count > config.sizes[which] {
            let why = format!("{count} calls to {} are under way", NAMES[which]);
            return broken("in-flight-within-wall", why);
        }
        let (all, free) = gateway.mech.permits[which];
        if config.walls == Walls::Semaphores && free + count != all {
            let why = format!("{free} permits for {} are free, {} given", NAMES[which], count);
            return broken("permits-conserved", why);
        }
    }
    let refuses = |rule| {
        matches!(
            rule,
            PathRule::Own(Rule::CountAll | Rule::RefuseNoPermit)
                | PathRule::Path(path::PathRule::RefuseFull)
        )
    };
    // A gateway that has lost threads may have none, whatever its permits say.
    let no_thread = |pool: &path::Pool| pool.busy >= gateway.health.threads(pool.room.threads);
    let some_full = in_flight.iter().zip(config.sizes).any(|(count, size)| *count >= size)
        || gateway.pools.iter().any(no_thread);
    if world.fired().any(refuses) && !some_full && config.walls == Walls::Semaphores {
        return broken("refused-only-when-full", format!("under way are {in_flight:?}"));
    }
    check_waits(world, gateway)
}

/// Nobody has just begun who has waited too long.
fn check_waits(world: &Path, gateway: &Part<Gate>) -> Result<(), Broken> {
    let now: Time = gateway.clock;
    if !world.fired().any(|rule| rule == PathRule::Path(path::PathRule::StartWork)) {
        return Ok(());
    }
    let wait = world.config().wait;
    let late = |job: &&path::Job<()>| job.began == Some(now) && now.since(job.came) > wait;
    match gateway.jobs.values().find(late) {
        Some(job) => {
            broken("begun-in-time", format!("{} begins after {}", job.key, now.since(job.came)))
        }
        None => Ok(()),
    }
}
