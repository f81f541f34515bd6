//! What is checked of a run, from outside: invariants, goals, selectors, and how users fare.

use std::borrow::Cow;

use crate::labs::Claim;
use crate::labs::path::flow::{self, Flow};
use crate::labs::path::shares::Shares;
use crate::labs::path::{Part, Rule as PathRule};
use crate::sim::panel::Scale;
use crate::sim::{Belief, Broken, Metric, NodeId, Panel, Service, Span, Spec, Value, World};

use super::feature::{ALL, Feature};
use super::mechanism::Health;
use super::rules::Rule;
use super::shop::{BANK, GATEWAY, POSSIBLE, Pass, QUICK, Shop, WORTH};

pub static INVARIANTS: &[Claim] = &[
    Claim {
        name: "operators-off-wins",
        means: "A feature that the operator has switched off is not called.",
    },
    Claim {
        name: "off-only-for-cause",
        means: "Health switches a feature off only after as many failures as its settings ask for.",
    },
    Claim {
        name: "one-trial-at-a-time",
        means: "While a feature is being tried, one request calls its service, and no other.",
    },
    Claim { name: "fallback-used", means: "No page ends with an error because a feature fails." },
    Claim {
        name: "charged-once",
        means: "No purchase is charged twice, as far as the bank remembers.",
    },
    Claim {
        name: "cause-kept",
        means: "Why a feature's last call failed is known at the gateway.",
    },
    Claim { name: "known-features", means: "There is a toggle for each feature, and no other." },
    Claim {
        name: "least-loss-first",
        means: "What is given up for want of room comes before what is not, in the order chosen.",
    },
    Claim { name: "threads-within-pool", means: "No server uses more threads than it has." },
    Claim { name: "queue-within-bound", means: "No queue is longer than its bound." },
];

pub static GOALS: &[Claim] = &[
    Claim { name: "serving", means: "Nine of ten requests of the last second were served." },
    Claim { name: "working", means: "Somebody was served in the last second, or nobody asked." },
    Claim { name: "quick", means: "99 of 100 users of the last second were served within 300 ms." },
    Claim {
        name: "recommends",
        means: "Nine of ten pages of the last second had recommendations in full.",
    },
    Claim {
        name: "worthwhile",
        means: "Users of the last second had four fifths of the worth of what they asked for.",
    },
    Claim { name: "all-on", means: "Every feature that the operator wants is on." },
];

pub static SELECTORS: &[Claim] = &[
    Claim { name: "gateway", means: "The gateway, which has the toggles." },
    Claim { name: "switched-off", means: "The service of the first feature that is not on." },
    Claim { name: "ailing", means: "The first part that is down, slow or failing." },
];

#[derive(Clone)]
pub struct ToggleSpec {
    flow: Flow,
    /// What the pages of the last second had, and how their users fared.
    pages: Shares,
    users: Shares,
}

type Path = World<Part<Shop>>;

impl Spec<Part<Shop>> for ToggleSpec {
    fn new(world: &Path) -> ToggleSpec {
        let flow = Flow::new(world, 's');
        ToggleSpec { flow, pages: Shares::default(), users: Shares::default() }
    }

    fn observe(&mut self, world: &Path) -> Result<(), Broken> {
        self.flow.observe(world);
        let Some((id, part)) = flow::acting(world) else { return Ok(()) };
        if part.is_client() {
            self.users.observe(world.now(), &part.mech.counts);
        }
        if id == GATEWAY {
            self.pages.observe(world.now(), &part.mech.counts);
            check_calls(world, part)?;
            check_toggles(world, part)?;
        }
        if id == BANK && part.mech.bank.again > 0 {
            return broken("charged-once", format!("{} charges too many", part.mech.bank.again));
        }
        flow::rooms_hold(world)
    }

    fn error(&self, world: &Path) -> Option<Cow<'static, str>> {
        let gateway = world.node(GATEWAY)?;
        let shop = &gateway.mech.gateway;
        let off = |feature: &Feature| shop.wanted[feature.place()] && !shop.is_on(*feature);
        if let Some(feature) = ALL.into_iter().find(off) {
            return Some(format!("{} are not there in full", feature.name()).into());
        }
        let full = gateway.pools.iter().any(|pool| {
            pool.busy >= gateway.health.threads(pool.room.threads) && !pool.queue.is_empty()
        });
        full.then(|| "the gateway has no thread left".into())
    }

    fn service(&self, world: &Path) -> Service {
        self.flow.service(world.now())
    }

    fn settle(&self, world: &Path) -> Span {
        world.config().settings.off_for + Span::from_secs(3)
    }

    fn holds(&self, goal: &str, world: &Path) -> Option<bool> {
        let now = world.now();
        match goal {
            "serving" => Some(self.flow.serves(now)),
            "working" => {
                let last = self.flow.last_second(now);
                Some(last.good > 0 || last.offered == 0)
            }
            "quick" => {
                let (quick, slow) = self.users.last_second(now, QUICK..QUICK + 1);
                Some(slow * 100 <= quick + slow)
            }
            "recommends" => {
                let (full, simple) = self.pages.last_second(now, 0..1);
                Some(simple * 10 <= full + simple && full > 0)
            }
            "worthwhile" => {
                let (worth, possible) = self.worth(world);
                Some(worth * 5 >= possible * 4)
            }
            "all-on" => Some(world.node(GATEWAY).is_some_and(|part| {
                let shop = &part.mech.gateway;
                ALL.into_iter().all(|it| !shop.wanted[it.place()] || shop.is_on(it))
            })),
            _ => None,
        }
    }

    fn find(&self, selector: &str, world: &Path) -> Option<NodeId> {
        match selector {
            "gateway" => Some(GATEWAY),
            "switched-off" => {
                let shop = &world.node(GATEWAY)?.mech.gateway;
                ALL.into_iter().find(|feature| !shop.is_on(*feature)).map(Feature::service)
            }
            "ailing" => flow::ailing(world),
            _ => None,
        }
    }

    fn beliefs(&self, _: &Path, _: NodeId) -> Vec<Belief> {
        Vec::new()
    }

    fn metrics(&self, world: &Path) -> Vec<Metric> {
        let counted = |place: usize, id: NodeId| {
            world.node(id).map_or((0, 0), |part| {
                let counts = &part.mech.counts;
                (counts.good[place], counts.bad[place])
            })
        };
        let (worth, possible) = (counted(WORTH, GATEWAY).0, counted(POSSIBLE, NodeId::client(1)).0);
        let again = world.node(BANK).map_or(0, |bank| bank.mech.bank.again);
        vec![
            Metric { name: "not served", unit: "requests", value: self.flow.total.bad },
            Metric { name: "worth of 100", unit: "", value: worth * 100 / possible.max(1) },
            Metric {
                name: "without recommendations",
                unit: "pages",
                value: counted(Feature::Recommendations.place(), GATEWAY).1,
            },
            Metric { name: "charged twice", unit: "purchases", value: again },
        ]
    }

    fn panels(&self, world: &Path) -> Vec<Panel> {
        let (worth, possible) = self.worth(world);
        let utility = Panel::Gauge {
            title: "Worth to users, last second",
            scale: Scale::whole("%"),
            value: (worth * 100 / possible.max(1)).min(100),
            max: 100,
            marks: Vec::new(),
        };
        let row = |feature: Feature| {
            let place = feature.place();
            let (full, simple) = self.pages.last_second(world.now(), place..place + 1);
            vec![Value::Word(feature.name()), full.into(), simple.into()]
        };
        let features = Panel::Table {
            title: "Features, last second",
            columns: vec!["feature", "in full", "simple"],
            rows: ALL.into_iter().map(row).collect(),
        };
        vec![self.flow.panel(), utility, features]
    }
}

impl ToggleSpec {
    /// The worth of what was served in the last second, and of what was asked for.
    fn worth(&self, world: &Path) -> (u64, u64) {
        let worth = self.pages.last_second(world.now(), WORTH..WORTH + 1).0;
        let possible = self.users.last_second(world.now(), POSSIBLE..POSSIBLE + 1).0;
        (worth, possible)
    }
}

fn broken(invariant: &'static str, why: String) -> Result<(), Broken> {
    Err(Broken { invariant, why })
}

/// What the gateway has called.
fn check_calls(world: &Path, part: &Part<Shop>) -> Result<(), Broken> {
    let shop = &part.mech.gateway;
    for (flight, _) in world.last_sent() {
        if let Some(feature) = Feature::of_service(flight.to)
            && !shop.wanted[feature.place()]
        {
            let why = format!("{} is called, and the operator's word is off", feature.name());
            return broken("operators-off-wins", why);
        }
    }
    for feature in ALL {
        let toggle = &shop.toggles[feature.place()];
        if !matches!(toggle.health, Health::Trying { .. }) {
            continue;
        }
        let trial =
            |pass: &Pass| matches!(pass, Pass::Feature(of, it) if *of == feature && it.trial);
        let trials = part.calls.values().filter(|call| trial(&call.ticket)).count();
        if trials > 1 {
            return broken("one-trial-at-a-time", format!("{trials} try {}", feature.name()));
        }
    }
    Ok(())
}

/// How the gateway's toggles stand.
fn check_toggles(world: &Path, part: &Part<Shop>) -> Result<(), Broken> {
    let (config, shop) = (world.config(), &part.mech.gateway);
    let off = |rule| {
        use Rule::{OneFailure, PrintedException, SwitchOff};
        matches!(rule, PathRule::Own(OneFailure | PrintedException | SwitchOff))
    };
    if let Some(feature) = shop.switched_off
        && world.fired().any(off)
    {
        let (failures, needed) =
            (shop.failures[feature.place()], config.settings.failures_needed());
        if failures < needed {
            let why = format!("{} is off after {failures} failures", feature.name());
            return broken("off-only-for-cause", why);
        }
    }
    if shop.page_errors > 0 {
        return broken("fallback-used", format!("{} pages ended with an error", shop.page_errors));
    }
    for feature in ALL {
        let place = feature.place();
        if shop.failures[place] > 0 && shop.causes[place].is_none() {
            return broken("cause-kept", format!("{} failed, and why?", feature.name()));
        }
    }
    if shop.toggle_count() != ALL.len() {
        return broken("known-features", format!("there are {} toggles", shop.toggle_count()));
    }
    let dimmed = config.order.sorted().map(|feature| shop.toggles[feature.place()].dimmed);
    if !dimmed.is_sorted_by(|before, after| before >= after) {
        let given: Vec<&str> = ALL
            .into_iter()
            .filter(|feature| shop.toggles[feature.place()].dimmed)
            .map(Feature::name)
            .collect();
        return broken("least-loss-first", format!("given up: {}", given.join(", ")));
    }
    Ok(())
}
