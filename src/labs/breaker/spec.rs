//! What is checked of a run, from outside: invariants, goals, selectors, and how users fare.

use std::borrow::Cow;
use std::rc::Rc;

use crate::labs::Claim;
use crate::labs::path::flow::{self, Flow};
use crate::labs::path::{Part, Rule as PathRule};
use crate::sim::world::Happening;
use crate::sim::{
    Belief, Broken, Condition, Metric, NodeId, Panel, Service, Span, Spec, Time, Value, World,
};

use super::guard::{GATEWAY, Gate, Guard, SERVICE, Why};
use super::mechanism::State;
use super::printed::Word;
use super::rules::Rule;
use super::view;

pub static INVARIANTS: &[Claim] = &[
    Claim {
        name: "open-calls-nothing",
        means: "While the breaker is open, no call leaves the gateway.",
    },
    Claim {
        name: "open-for-the-wait",
        means: "An open breaker stays open for its whole wait, and refuses nobody who comes later.",
    },
    Claim {
        name: "probes-within-permits",
        means: "Half open, no more calls are under way than there are permits.",
    },
    Claim {
        name: "permits-conserved",
        means: "Half open, permits that are free, under way and judged are all of them together.",
    },
    Claim { name: "threads-within-pool", means: "No server uses more threads than it has." },
    Claim { name: "queue-within-bound", means: "No queue is longer than its bound." },
];

pub static GOALS: &[Claim] = &[
    Claim { name: "serving", means: "Nine of ten requests of the last second were served." },
    Claim { name: "closed", means: "The breaker is closed." },
    Claim { name: "open", means: "The breaker is open." },
    Claim { name: "half-open", means: "The breaker is half open." },
    Claim {
        name: "guarded",
        means: "The breaker is not closed while so many of the last calls failed or were slow that it \
                should open.",
    },
    Claim {
        name: "callers-free",
        means: "At least half of the gateway's threads are free: callers do not pile up.",
    },
];

pub static SELECTORS: &[Claim] = &[
    Claim { name: "service", means: "The service." },
    Claim { name: "gateway", means: "The gateway, which has the breaker." },
    Claim { name: "tripped", means: "The gateway, while its breaker is not closed." },
];

/// So many outcomes are remembered, to judge what the breaker should have seen.
const OUTCOMES: usize = 20;

/// So many changes of the breaker are shown.
const TURNS_SHOWN: usize = 12;

#[derive(Clone)]
pub struct BreakerSpec {
    flow: Flow,
    /// What was last seen of the breaker.
    was: Option<Word>,
    /// When it opened, on the gateway's clock, and for how long.
    opened: (Time, Span),
    /// Whether the newest calls of the gateway went badly: failed or slow. Newest last.
    outcomes: Rc<Vec<bool>>,
    turns: Rc<Vec<(Time, Word, Why)>>,
    openings: u64,
    /// How long it was not closed, up to `not_closed_since`.
    away: Span,
    away_since: Option<Time>,
}

type Path = World<Part<Guard>>;

impl Spec<Part<Guard>> for BreakerSpec {
    fn new(world: &Path) -> BreakerSpec {
        BreakerSpec {
            flow: Flow::new(world, 's'),
            was: None,
            opened: (Time::ZERO, Span::ZERO),
            outcomes: Rc::default(),
            turns: Rc::default(),
            openings: 0,
            away: Span::ZERO,
            away_since: None,
        }
    }

    fn observe(&mut self, world: &Path) -> Result<(), Broken> {
        self.flow.observe(world);
        if world.last().node == Some(GATEWAY) {
            self.look(world)?;
        }
        flow::rooms_hold(world)
    }

    fn error(&self, world: &Path) -> Option<Cow<'static, str>> {
        let gateway = world.node(GATEWAY)?;
        match gateway.mech.word() {
            Some(Word::Open) => return Some("the breaker is open".into()),
            Some(Word::HalfOpen) => return Some("the breaker is half open".into()),
            Some(Word::Closed) | None => {}
        }
        (!callers_free(gateway)).then(|| "callers pile up in the gateway".into())
    }

    fn service(&self, world: &Path) -> Service {
        self.flow.service(world.now())
    }

    fn settle(&self, world: &Path) -> Span {
        world.config().settings.open_for + Span::from_secs(2)
    }

    fn holds(&self, goal: &str, world: &Path) -> Option<bool> {
        let word = world.node(GATEWAY).and_then(|gateway| gateway.mech.word());
        match goal {
            "serving" => Some(self.flow.serves(world.now())),
            "closed" => Some(word == Some(Word::Closed)),
            "open" => Some(word == Some(Word::Open)),
            "half-open" => Some(word == Some(Word::HalfOpen)),
            "guarded" => Some(word != Some(Word::Closed) || !self.should_open(world)),
            "callers-free" => Some(world.node(GATEWAY).is_some_and(callers_free)),
            _ => None,
        }
    }

    fn find(&self, selector: &str, world: &Path) -> Option<NodeId> {
        match selector {
            "service" => Some(SERVICE),
            "gateway" => Some(GATEWAY),
            "tripped" => {
                let word = world.node(GATEWAY)?.mech.word()?;
                (word != Word::Closed).then_some(GATEWAY)
            }
            _ => None,
        }
    }

    fn beliefs(&self, world: &Path, node: NodeId) -> Vec<Belief> {
        let Some(word) = world.node(node).and_then(|part| part.mech.word()) else {
            return Vec::new();
        };
        let well = |is_well: bool| Value::Word(if is_well { "well" } else { "unwell" });
        let (believes, truth) = (word == Word::Closed, service_is_well(world));
        let note = match world.condition(SERVICE) {
            Some(Condition::Up)
                if !world.reaches(SERVICE, GATEWAY) || !world.reaches(GATEWAY, SERVICE) =>
            {
                format!("{SERVICE} is cut off")
            }
            Some(Condition::Up) => {
                let health = world.node(SERVICE).map_or("down", |service| service.health.word());
                format!("{SERVICE} is {health}")
            }
            Some(other) => format!("{SERVICE} is {}", other.word()),
            None => String::new(),
        };
        vec![Belief {
            about: "service",
            believes: well(believes),
            truth: well(truth),
            right: believes == truth,
            note,
        }]
    }

    fn metrics(&self, world: &Path) -> Vec<Metric> {
        let total = &self.flow.total;
        let refused = world.node(GATEWAY).map_or(0, |gateway| gateway.mech.refused);
        let now = self.away_since.map_or(Span::ZERO, |since| world.now().since(since));
        vec![
            Metric { name: "not served", unit: "requests", value: total.bad },
            Metric { name: "refused at once", unit: "requests", value: refused },
            Metric { name: "openings", unit: "", value: self.openings },
            Metric { name: "time not closed", unit: "µs", value: (self.away + now).us() },
        ]
    }

    fn panels(&self, _world: &Path) -> Vec<Panel> {
        vec![self.flow.panel(), self.history()]
    }
}

impl BreakerSpec {
    /// The gateway has done something: what does that say of its breaker?
    fn look(&mut self, world: &Path) -> Result<(), Broken> {
        if world.last().happening == Happening::Start {
            self.was = None;
        }
        let Some(gateway) = world.node(GATEWAY) else { return Ok(()) };
        let Some(word) = gateway.mech.word() else { return Ok(()) };
        let before = self.was.replace(word);
        self.remember(world);
        let clock = gateway.clock;
        let (since, wait) = self.opened;
        let over = clock > since + wait;
        if before == Some(Word::Open) && word == Word::Open {
            if world.last_sent().any(|(flight, _)| flight.to == SERVICE) {
                return broken(
                    "open-calls-nothing",
                    "a call leaves, and the breaker is open".into(),
                );
            }
            if over && world.fired().any(refuses) {
                let why = format!("it opened at {since} for {wait}, and refuses at {clock}");
                return broken("open-for-the-wait", why);
            }
        }
        if before != Some(word) {
            self.turn(world, before, word);
        }
        if before == Some(Word::Open) && word != Word::Open && !over {
            let why = format!("it opened at {since} for {wait}, and is {} at {clock}", word.text());
            return broken("open-for-the-wait", why);
        }
        check_permits(gateway, world.config().settings.permits)
    }

    fn turn(&mut self, world: &Path, before: Option<Word>, word: Word) {
        let (Some(gateway), now) = (world.node(GATEWAY), world.now()) else { return };
        if word == Word::Open {
            let wait = match &gateway.mech.gate {
                Gate::Corrected(breaker) => match breaker.state {
                    State::Open { wait, .. } => wait,
                    State::Closed | State::HalfOpen(_) => Span::ZERO,
                },
                Gate::None | Gate::Printed { .. } => world.config().settings.open_for,
            };
            self.opened = (gateway.clock, wait);
            self.openings += 1;
        }
        if word == Word::Closed {
            self.outcomes = Rc::default();
            let since = self.away_since.take();
            self.away += since.map_or(Span::ZERO, |since| now.since(since));
        } else {
            self.away_since.get_or_insert(now);
        }
        if before.is_some() {
            let turns = Rc::make_mut(&mut self.turns);
            if turns.len() == TURNS_SHOWN {
                turns.remove(0);
            }
            turns.push((now, word, gateway.mech.turned.1));
        }
    }

    /// Keeps how the gateway's calls went, as the rules tell it.
    fn remember(&mut self, world: &Path) {
        for rule in world.fired() {
            let PathRule::Own(rule) = rule else { continue };
            let bad = match rule {
                Rule::RecordSuccess | Rule::PrintedSuccess | Rule::PrintedForgive => false,
                Rule::RecordFailure
                | Rule::RecordSlow
                | Rule::PrintedFailure
                | Rule::PrintedNeverExpires
                | Rule::PrintedSlowUnseen => true,
                _ => continue,
            };
            let outcomes = Rc::make_mut(&mut self.outcomes);
            if outcomes.len() == OUTCOMES {
                outcomes.remove(0);
            }
            outcomes.push(bad);
        }
    }

    fn should_open(&self, world: &Path) -> bool {
        let settings = &world.config().settings;
        let bad = self.outcomes.iter().filter(|bad| **bad).count() as u32;
        let calls = self.outcomes.len() as u32;
        calls >= settings.minimum.min(OUTCOMES as u32)
            && bad * 100 >= settings.failure_percent * calls
    }

    fn history(&self) -> Panel {
        let rows = self.turns.iter().rev().map(|(time, word, why)| {
            vec![time.to_string().into(), Value::Word(word.text()), view::why(*why).into()]
        });
        Panel::Table {
            title: "Changes of the breaker",
            columns: vec!["at", "to", "because"],
            rows: rows.collect(),
        }
    }
}

fn broken(invariant: &'static str, why: String) -> Result<(), Broken> {
    Err(Broken { invariant, why })
}

fn refuses(rule: PathRule<Rule>) -> bool {
    matches!(rule, PathRule::Own(Rule::RefuseOpen | Rule::PrintedRefuse))
}

/// Half open, nobody beyond the permits is under way, and no permit is lost.
fn check_permits(gateway: &Part<Guard>, permits: u32) -> Result<(), Broken> {
    match &gateway.mech.gate {
        Gate::None => Ok(()),
        // The print has no number of permits: one caller tries, it says elsewhere.
        Gate::Printed { breaker, probes, .. } => {
            if breaker.state == Word::HalfOpen && *probes > 1 {
                return broken("probes-within-permits", format!("{probes} probes are under way"));
            }
            Ok(())
        }
        Gate::Corrected(breaker) => {
            let State::HalfOpen(probes) = breaker.state else { return Ok(()) };
            if probes.in_flight > permits {
                let why = format!("{} probes under way, {permits} permits", probes.in_flight);
                return broken("probes-within-permits", why);
            }
            let sum = probes.free + probes.in_flight + probes.judged;
            if sum != permits {
                let why = format!("{sum} of {permits} permits are accounted for");
                return broken("permits-conserved", why);
            }
            Ok(())
        }
    }
}

fn callers_free(gateway: &Part<Guard>) -> bool {
    gateway.pools.iter().all(|pool| pool.busy * 2 <= pool.room.threads)
}

fn service_is_well(world: &Path) -> bool {
    world.reaches(GATEWAY, SERVICE)
        && world.reaches(SERVICE, GATEWAY)
        && world.node(SERVICE).is_some_and(|service| service.health.is_well())
}
