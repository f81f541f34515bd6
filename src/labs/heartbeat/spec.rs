//! What is checked of a run, from outside: invariants, goals, selectors, and how the shards fare.

use std::borrow::Cow;

use crate::labs::Claim;
use crate::labs::detection::pairs::{self, Pairs, Verdict};
use crate::sim::{
    Belief, Broken, Condition, Metric, NodeId, Panel, Service, Span, Spec, Time, Value, World,
};

use super::message::Msg;
use super::node::{Part, SPARE, STORE};
use super::rules::Rule;

pub static INVARIANTS: &[Claim] = &[
    pairs::SUSPECTS_THE_DEAD,
    pairs::OLD_BEATS_REVIVE_NOBODY,
    pairs::ONE_EVENT_A_CHANGE,
    pairs::KEEPS_JUDGING,
    Claim {
        name: "patient-enough",
        means: "A suspicion begins only after a silence of threshold × interval.",
    },
    Claim {
        name: "one-writer",
        means: "Once the store has taken a write of a new owner, it takes none of an older one.",
    },
];

pub static GOALS: &[Claim] = &[
    pairs::ALL_JUDGED_RIGHT,
    Claim { name: "nobody-suspected", means: "No monitor suspects anybody." },
    Claim { name: "no-false-alarm", means: "Nobody was suspected so far who could be heard." },
    Claim {
        name: "no-needless-recovery",
        means: "The spare was never told to take over from a node that another monitor could hear.",
    },
    Claim {
        name: "all-served",
        means: "To every shard somebody has written within the last five intervals.",
    },
    Claim { name: "all-well", means: "All is judged right, and all shards are served." },
];

pub static SELECTORS: &[Claim] = &[
    Claim { name: "suspected", means: "The first node that some monitor suspects." },
    Claim {
        name: "taken-over",
        means: "The first node whose shard was last written by the spare.",
    },
];

/// Watches a run.
#[derive(Clone)]
pub struct HeartbeatSpec {
    pairs: Pairs,
    shards: Vec<Shard>,
    /// How many orders to take a shard over were given.
    orders: u64,
    recoveries: u64,
    needless: u64,
    /// The shortest patience that was ever set.
    patience: Span,
}

/// What the store did with one shard, and who was told to own it.
#[derive(Clone, Debug)]
struct Shard {
    name: NodeId,
    /// The last writer, and when it wrote.
    written: Option<(NodeId, Time)>,
    /// Everybody who was told to take over, with the number of the last order.
    told: Vec<(NodeId, u64)>,
    /// The number of the newest order under which a write was taken.
    newest: u64,
    /// The last token that the spare was told to take over with; as printed, always 0.
    spare_token: Option<u64>,
}

impl Spec<Part> for HeartbeatSpec {
    fn new(world: &World<Part>) -> HeartbeatSpec {
        let shard = |&name: &NodeId| Shard {
            name,
            written: None,
            told: Vec::new(),
            newest: 0,
            spare_token: None,
        };
        HeartbeatSpec {
            pairs: Pairs::new(world, 'm', 'n'),
            shards: world.roster().all('n').iter().map(shard).collect(),
            orders: 0,
            recoveries: 0,
            needless: 0,
            patience: world.config().patience(),
        }
    }

    fn observe(&mut self, world: &World<Part>) -> Result<(), Broken> {
        self.patience = self.patience.min(world.config().patience());
        let judged = self.pairs.observe(world, Some(world.config().bound()), verdict);
        self.follow_orders(world);
        let written = self.check_write(world);
        let fired = |rule| world.fired().filter(|fired| *fired == rule).count();
        judged?;
        self.pairs.check_events(fired(Rule::Suspect), fired(Rule::TrustAgain))?;
        self.check_patience(world)?;
        written.and_then(|()| check_loop(world))
    }

    fn error(&self, world: &World<Part>) -> Option<Cow<'static, str>> {
        let wrong = self.pairs.an_error(world).map(Cow::Owned);
        wrong.or_else(|| {
            let shard = self.shards.iter().find(|shard| !served(shard, world))?;
            Some(Cow::Owned(format!("nobody writes to shard {}", shard.name)))
        })
    }

    fn service(&self, world: &World<Part>) -> Service {
        let failing = self.shards.iter().filter(|shard| !served(shard, world)).count() as u32;
        let total = self.shards.len() as u32;
        Service { users: "shards that need an owner", failing, total, failed: failing * 4 >= total }
    }

    fn settle(&self, world: &World<Part>) -> Span {
        Span(world.config().interval.0.saturating_mul(10))
    }

    fn holds(&self, goal: &str, world: &World<Part>) -> Option<bool> {
        let all_served = || self.shards.iter().all(|shard| served(shard, world));
        match goal {
            "all-judged-right" => Some(self.pairs.all_right(world)),
            "nobody-suspected" => Some(self.pairs.suspected().is_none()),
            "no-false-alarm" => Some(self.pairs.tally().false_alarms == 0),
            "no-needless-recovery" => Some(self.needless == 0),
            "all-served" => Some(all_served()),
            "all-well" => Some(self.pairs.all_right(world) && all_served()),
            _ => None,
        }
    }

    fn find(&self, selector: &str, _world: &World<Part>) -> Option<NodeId> {
        match selector {
            "suspected" => self.pairs.suspected(),
            "taken-over" => {
                let by_spare = |shard: &&Shard| shard.written.is_some_and(|(by, _)| by == SPARE);
                self.shards.iter().find(by_spare).map(|shard| shard.name)
            }
            _ => None,
        }
    }

    fn beliefs(&self, world: &World<Part>, node: NodeId) -> Vec<Belief> {
        self.pairs.beliefs(world, node, known)
    }

    fn metrics(&self, _world: &World<Part>) -> Vec<Metric> {
        let tally = self.pairs.tally();
        vec![
            Metric { name: "last detection", unit: "µs", value: tally.last.us() },
            Metric { name: "false alarms", unit: "", value: tally.false_alarms },
            Metric { name: "recoveries", unit: "", value: self.recoveries },
            Metric { name: "needless recoveries", unit: "", value: self.needless },
        ]
    }

    fn panels(&self, world: &World<Part>) -> Vec<Panel> {
        vec![self.table(world)]
    }
}

impl HeartbeatSpec {
    /// Every pair: what is believed, what is so, and what more can be known.
    fn table(&self, world: &World<Part>) -> Panel {
        let mut rows = Vec::new();
        for &monitor in world.roster().all('m') {
            for belief in self.beliefs(world, monitor) {
                let Belief { about, believes, truth, right, note } = belief;
                let right = Value::Word(if right { "right" } else { "wrong" });
                rows.push(vec![monitor.into(), about.into(), believes, truth, right, note.into()]);
            }
        }
        Panel::Table {
            title: "Believed and true",
            columns: vec!["monitor", "node", "believed", "true", "so it is", "what can be known"],
            rows,
        }
    }

    fn check_patience(&self, world: &World<Part>) -> Result<(), Broken> {
        let Some((id, of)) = world.last().node.zip(self.pairs.just_suspected()) else {
            return Ok(());
        };
        let heard = match world.node(id) {
            Some(Part::Monitor(monitor)) => monitor.of(of).map(|watched| watched.heard),
            Some(Part::Printed(printed)) => printed.of(of).map(|entry| entry.came_at),
            Some(Part::Owner(_) | Part::Store(_)) | None => None,
        };
        let silence = world.clock(id).zip(heard).map(|(now, heard)| now.since(heard));
        match silence {
            Some(silence) if silence < self.patience => {
                let why = format!("{id} suspects {of} after only {silence} of silence");
                Err(Broken { invariant: "patient-enough", why })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Who is told to take over, and whether that was needed.
    fn follow_orders(&mut self, world: &World<Part>) {
        for (flight, msg) in world.last_sent() {
            let Msg::TakeOver { shard, token } = msg else { continue };
            let Some(kept) = self.shards.iter_mut().find(|kept| kept.name == *shard) else {
                continue;
            };
            self.orders += 1;
            match kept.told.iter_mut().find(|(who, _)| *who == flight.to) {
                Some((_, order)) => *order = self.orders,
                None => kept.told.push((flight.to, self.orders)),
            }
            // A repeated order is no further recovery; the print repeats none but means another one.
            if flight.to != SPARE || (*token > 0 && kept.spare_token == Some(*token)) {
                continue;
            }
            kept.spare_token = Some(*token);
            self.recoveries += 1;
            let up = |id: NodeId| world.condition(id) == Some(Condition::Up);
            let mut others = world.roster().all('m').iter().filter(|id| **id != flight.from);
            let heard = others.any(|&other| up(other) && !world.is_cut(*shard, other));
            self.needless += u64::from(up(*shard) && heard);
        }
    }

    /// The store may have taken a write in this step.
    fn check_write(&mut self, world: &World<Part>) -> Result<(), Broken> {
        let Some(Part::Store(store)) = world.last().node.and_then(|id| world.node(id)) else {
            return Ok(());
        };
        let taken = world.fired().any(|rule| rule == Rule::AcceptWrite);
        let Some((name, by)) = store.took.filter(|_| taken) else { return Ok(()) };
        let now = world.now();
        let shard = self.shards.iter_mut().find(|shard| shard.name == name);
        let Some(shard) = shard else { return Ok(()) };
        shard.written = Some((by, now));
        let told = shard.told.iter().find(|(who, _)| *who == by).map_or(0, |(_, order)| *order);
        if told < shard.newest {
            let why = format!("{by} writes to shard {name}, whose newer owner has written before");
            return Err(Broken { invariant: "one-writer", why });
        }
        shard.newest = told;
        Ok(())
    }
}

/// As printed, an exception ends the loop.
fn check_loop(world: &World<Part>) -> Result<(), Broken> {
    let ended = match world.last().node.and_then(|id| world.node(id)) {
        Some(Part::Printed(printed)) => printed.ended,
        Some(Part::Store(_) | Part::Owner(_) | Part::Monitor(_)) | None => None,
    };
    match ended {
        None => Ok(()),
        Some(by) => {
            Err(Broken { invariant: pairs::KEEPS_JUDGING.name, why: format!("{by} has ended it") })
        }
    }
}

/// Whether somebody has written to it lately.
fn served(shard: &Shard, world: &World<Part>) -> bool {
    let lately = Span(world.config().interval.0.saturating_mul(5));
    let store = world.condition(STORE) == Some(Condition::Up);
    store && shard.written.is_some_and(|(_, at)| world.now().since(at) <= lately)
}

/// What can be known of a node beside whether it is suspected.
fn known(part: &Part, of: NodeId) -> String {
    match part {
        Part::Monitor(monitor) => match monitor.of(of) {
            Some(watched) => watched.learnt.words(),
            None => "not on the list".into(),
        },
        Part::Printed(printed) => match printed.of(of) {
            Some(entry) => format!("failure_count is {}", entry.failure_count),
            None => "not in the dictionary".into(),
        },
        Part::Owner(_) | Part::Store(_) => String::new(),
    }
}

fn verdict(part: &Part, of: NodeId) -> Option<Verdict> {
    match part {
        Part::Owner(_) | Part::Store(_) => None,
        Part::Monitor(monitor) => monitor.of(of).map(|watched| watched.verdict()),
        Part::Printed(printed) => printed.of(of).map(|entry| entry.verdict()),
    }
}
