//! What is checked of a run, from outside: invariants, goals, selectors, and how users fare.

use std::borrow::Cow;

use crate::labs::Claim;
use crate::labs::path::flow::{self, Flow};
use crate::labs::path::shares::{CLASSES, Shares};
use crate::labs::path::{self, Part, Rule as PathRule};
use crate::sim::panel::{Curve, Mark, Scale};
use crate::sim::world::Happening;
use crate::sim::{Belief, Broken, Metric, NodeId, Panel, Service, Span, Spec, World};

use super::config::{IMPORTANT, Policy, rank};
use super::rules::Rule;
use super::shedder::{Decision, SERVICE, Shedder};

pub static INVARIANTS: &[Claim] = &[
    Claim {
        name: "idle-sheds-nothing",
        means: "Nobody is turned away while a thread is free and the bound is not reached.",
    },
    Claim {
        name: "in-hand-within-bound",
        means: "No more requests are in hand than the bound allows, if the policy has one.",
    },
    Claim {
        name: "high-class-last",
        means: "An important request is turned away for its class only with more in hand than any low \
                one is let in with.",
    },
    Claim { name: "served-fresh", means: "Work is begun only for those who still wait." },
    Claim { name: "counted-once", means: "No more requests are counted than have come." },
    Claim { name: "threads-within-pool", means: "The service uses no more threads than it has." },
    Claim {
        name: "queue-within-bound",
        means: "The queue is not longer than the machine can hold.",
    },
];

pub static GOALS: &[Claim] = &[
    Claim { name: "serving", means: "Nine of ten requests of the last second were served." },
    Claim { name: "working", means: "Somebody was served in the last second, or nobody asked." },
    Claim {
        name: "important-served",
        means: "Nine of ten important requests of the last second were served.",
    },
    Claim {
        name: "goodput",
        means: "In the last second, at least four fifths of what the service can do was served in time, \
                or nearly all that was asked.",
    },
];

pub static SELECTORS: &[Claim] = &[
    Claim { name: "service", means: "The service." },
    Claim { name: "overloaded", means: "The service, while requests wait for a thread." },
];

/// So many steps has the curve from left to right, up to twice and a half the capacity.
const STEPS: usize = 25;

#[derive(Clone)]
pub struct ShedSpec {
    flow: Flow,
    shares: Shares,
    /// The fewest in hand with which an important request was shed, and the most with which a low one
    /// was let in.
    shed_high: u32,
    let_low: u32,
    /// Seconds by how much was offered: how many, and what was done and served in them.
    curve: [(u64, u64, u64); STEPS],
    second: u64,
    /// Totals at the beginning of this second: offered, done by the service, served.
    begun: (u64, u64, u64),
}

type Path = World<Part<Shedder>>;

impl Spec<Part<Shedder>> for ShedSpec {
    fn new(world: &Path) -> ShedSpec {
        ShedSpec {
            flow: Flow::new(world, 's'),
            shares: Shares::default(),
            shed_high: u32::MAX,
            let_low: 0,
            curve: [(0, 0, 0); STEPS],
            second: 0,
            begun: (0, 0, 0),
        }
    }

    fn observe(&mut self, world: &Path) -> Result<(), Broken> {
        self.flow.observe(world);
        self.sweep(world);
        let Some((id, part)) = flow::acting(world) else { return Ok(()) };
        if part.is_client() {
            self.shares.observe(world.now(), &part.mech.ended);
        }
        let handled = match world.last().happening {
            Happening::Deliver { .. } | Happening::Timer | Happening::Asked => id == SERVICE,
            Happening::Start | Happening::Disturbed | Happening::Undelivered | Happening::Held => {
                false
            }
        };
        if handled {
            self.check(world, part)?;
        }
        flow::rooms_hold(world)
    }

    fn error(&self, world: &Path) -> Option<Cow<'static, str>> {
        let pool = world.node(SERVICE)?.pools.first()?;
        let over = pool.queue.len() > 2 * pool.room.threads as usize;
        over.then(|| "more wait than can be served soon".into())
    }

    fn service(&self, world: &Path) -> Service {
        self.flow.service(world.now())
    }

    fn settle(&self, _: &Path) -> Span {
        Span::from_secs(3)
    }

    fn holds(&self, goal: &str, world: &Path) -> Option<bool> {
        let now = world.now();
        match goal {
            "serving" => Some(self.flow.serves(now)),
            "working" => {
                let last = self.flow.last_second(now);
                Some(last.good > 0 || last.offered == 0)
            }
            "important-served" => {
                let (good, bad) = self.shares.last_second(now, usize::from(IMPORTANT)..CLASSES);
                Some(bad * 10 <= good + bad)
            }
            "goodput" => {
                let last = self.flow.last_second(now);
                let asked = (last.good + last.bad) * 9 / 10;
                Some(last.good >= asked.min(world.config().capacity() * 4 / 5))
            }
            _ => None,
        }
    }

    fn find(&self, selector: &str, world: &Path) -> Option<NodeId> {
        match selector {
            "service" => Some(SERVICE),
            "overloaded" => {
                let waits = !world.node(SERVICE)?.pools[0].queue.is_empty();
                waits.then_some(SERVICE)
            }
            _ => None,
        }
    }

    fn beliefs(&self, _: &Path, _: NodeId) -> Vec<Belief> {
        Vec::new()
    }

    fn metrics(&self, world: &Path) -> Vec<Metric> {
        let total = &self.flow.total;
        let client = world.living().find(|(_, part)| part.is_client());
        let important = client
            .map_or(0, |(_, part)| part.mech.ended.bad[usize::from(IMPORTANT)..].iter().sum());
        let wasted = world.node(SERVICE).map_or(0, |service| service.tally.wasted);
        vec![
            Metric { name: "served", unit: "requests", value: total.good },
            Metric { name: "not served", unit: "requests", value: total.bad },
            Metric { name: "important and not served", unit: "requests", value: important },
            Metric { name: "done for nobody", unit: "requests", value: wasted },
        ]
    }

    fn panels(&self, world: &Path) -> Vec<Panel> {
        vec![self.flow.panel(), self.swept(world)]
    }
}

impl ShedSpec {
    fn check(&mut self, world: &Path, service: &Part<Shedder>) -> Result<(), Broken> {
        let config = world.config();
        let in_hand = service.jobs.len() as u32;
        if config.policy != Policy::None && in_hand > config.bound {
            let why = format!("{in_hand} are in hand, the bound is {}", config.bound);
            return broken("in-hand-within-bound", why);
        }
        if service.mech.total > service.tally.arrived {
            let why = format!("{} are counted, {} came", service.mech.total, service.tally.arrived);
            return broken("counted-once", why);
        }
        self.check_decision(world, service)?;
        let strict = config.printed || config.policy != Policy::None;
        let begins = world.fired().any(|rule| rule == PathRule::Path(path::PathRule::StartWork));
        let now = service.clock;
        let late = |job: &&path::Job<()>| job.began == Some(now) && job.is_expired(now);
        if strict
            && begins
            && let Some(job) = service.jobs.values().find(late)
        {
            let why = format!("{} is begun after {}", job.key, now.since(job.came));
            return broken("served-fresh", why);
        }
        Ok(())
    }

    fn check_decision(&mut self, world: &Path, service: &Part<Shedder>) -> Result<(), Broken> {
        let decides = |rule| {
            matches!(rule, PathRule::Own(rule) if !matches!(rule,
                Rule::CodelDrop | Rule::NewestFirst | Rule::DropExpired | Rule::HoldBack | Rule::Peek
                | Rule::ServeExpired | Rule::PrintedNotSeen | Rule::PrintedTwice))
        };
        let Some(decided) = service.mech.decided.filter(|_| world.fired().any(decides)) else {
            return Ok(());
        };
        let config = world.config();
        let Decision { class, in_hand, shed, by_load } = decided;
        if shed && in_hand < config.threads.min(config.bound) && class != super::printed::NONE {
            let why = format!("a request of class {class} is shed with {in_hand} in hand");
            return broken("idle-sheds-nothing", why);
        }
        if config.policy != Policy::Priority {
            return Ok(());
        }
        let important = rank(class) >= IMPORTANT;
        if shed && by_load && important {
            self.shed_high = self.shed_high.min(in_hand);
        }
        if !shed && !important {
            self.let_low = self.let_low.max(in_hand);
        }
        if self.shed_high <= self.let_low {
            let why = format!(
                "an important one was shed with {} in hand, a low one let in with {}",
                self.shed_high, self.let_low
            );
            return broken("high-class-last", why);
        }
        Ok(())
    }

    /// Adds a whole second to the curve.
    fn sweep(&mut self, world: &Path) {
        let second = world.now().0 / 1_000_000;
        if second == self.second {
            return;
        }
        self.second = second;
        let done = world.node(SERVICE).map_or(0, |service| service.tally.ok);
        let totals = (self.flow.total.offered, done, self.flow.total.good);
        let before = std::mem::replace(&mut self.begun, totals);
        let offered = totals.0 - before.0;
        let step = (offered * 10 / world.config().capacity().max(1)) as usize;
        if let Some((seconds, done, served)) = self.curve.get_mut(step) {
            *seconds += 1;
            *done += totals.1.saturating_sub(before.1);
            *served += totals.2 - before.2;
        }
    }

    /// Goodput and throughput over offered load, from the seconds so far.
    fn swept(&self, world: &Path) -> Panel {
        let capacity = world.config().capacity();
        let curve = |name, of: fn(&(u64, u64, u64)) -> u64| {
            let seen = self.curve.iter().zip(0_u64..).filter(|((seconds, _, _), _)| *seconds > 0);
            let points = seen.map(|(step, n)| (n * capacity / 10, of(step) / step.0));
            Curve { name, points: points.collect() }
        };
        let scale = Scale::whole("requests a second");
        Panel::Curve {
            title: "What comes of the load",
            across: ("offered", scale),
            up: ("a second", scale),
            curves: vec![
                curve("done (throughput)", |step| step.1),
                curve("served in time (goodput)", |step| step.2),
            ],
            marks: vec![Mark { name: "capacity", at: capacity }],
        }
    }
}

fn broken(invariant: &'static str, why: String) -> Result<(), Broken> {
    Err(Broken { invariant, why })
}
