//! What is checked of a run, from outside: invariants, goals, selectors, and how users fare.

use std::borrow::Cow;

use crate::labs::Claim;
use crate::labs::path::flow::{self, Flow};
use crate::labs::path::{self, Outcome, Part, Rule as PathRule};
use crate::sim::panel::{Mark, Scale};
use crate::sim::world::Happening;
use crate::sim::{Belief, Broken, Metric, NodeId, Panel, Service, Span, Spec, Time, World};

use super::backoff::Jitter;
use super::budget;
use super::config::{Config, DATABASE};
use super::retrier::{Decision, End, Retrier, hopeless};
use super::rules::Rule;

pub static INVARIANTS: &[Claim] = &[
    Claim {
        name: "attempts-bounded",
        means: "No caller makes more calls for a request than it may.",
    },
    Claim {
        name: "one-layer-retries",
        means: "If only the client is to try again, no other caller does.",
    },
    Claim {
        name: "wait-in-its-interval",
        means: "Each wait before a retry lies where backoff and jitter say, and not above the cap.",
    },
    Claim { name: "hopeless-not-retried", means: "What cannot succeed is not tried again." },
    Claim { name: "pushback-honoured", means: "Nobody is called again before it wished to be." },
    Claim {
        name: "within-budget",
        means: "No caller makes more retries than its budget has paid for.",
    },
    Claim { name: "served-in-time", means: "Whatever is served is served before its deadline." },
    Claim { name: "given-up-in-time", means: "No call is given up before its own time is over." },
    Claim { name: "done-once", means: "With idempotency keys, no request is done twice." },
    Claim { name: "threads-within-pool", means: "No server uses more threads than it has." },
    Claim { name: "queue-within-bound", means: "No queue is longer than its bound." },
];

pub static GOALS: &[Claim] = &[
    Claim { name: "serving", means: "Nine of ten requests of the last second were served." },
    Claim { name: "answered", means: "Users have asked, and none of them waits any more." },
    Claim { name: "quiet", means: "Less than a tenth of the last second's calls were retries." },
    Claim {
        name: "spread",
        means: "No second brought half of the calls of the last twenty to the database.",
    },
];

pub static SELECTORS: &[Claim] = &[
    Claim { name: "database", means: "The end of the path." },
    Claim { name: "retrying", means: "The first caller that waits to try again." },
];

/// How wide a bucket of arrivals is, and how many there are.
const WIDTH: Span = Span::from_ms(250);
const BUCKETS: usize = 80;

#[derive(Clone)]
pub struct RetrySpec {
    flow: Flow,
    /// Calls that reached the database, in the newest quarters of a second, each with its number.
    arrivals: [(u64, u64); BUCKETS],
    /// Calls and retries of all callers, by the newest tenths of a second.
    retries: [(u64, u64, u64); 10],
    reached: u64,
    /// Each caller's requests and retries so far, by its slot.
    seen: Vec<(u64, u64)>,
    called: Vec<(u64, u64)>,
}

type Path = World<Part<Retrier>>;

impl Spec<Part<Retrier>> for RetrySpec {
    fn new(world: &Path) -> RetrySpec {
        let count = world.roster().ids().len();
        RetrySpec {
            flow: Flow::new(world, 'd'),
            arrivals: [(0, 0); BUCKETS],
            retries: [(0, 0, 0); 10],
            reached: 0,
            seen: vec![(0, 0); count],
            called: vec![(0, 0); count],
        }
    }

    fn observe(&mut self, world: &Path) -> Result<(), Broken> {
        self.flow.observe(world);
        self.count(world);
        let Some((id, part)) = flow::acting(world) else { return Ok(()) };
        match world.last().happening {
            Happening::Deliver { .. } | Happening::Timer | Happening::Asked => {}
            Happening::Start | Happening::Disturbed | Happening::Undelivered | Happening::Held => {
                return Ok(());
            }
        }
        flow::rooms_hold(world)?;
        if id == DATABASE {
            return check_once(part, world.config());
        }
        check_calls(world, id)?;
        check_retry(world, id, part)?;
        check_times(world, id, part)?;
        self.check_budget(world, id)
    }

    fn error(&self, world: &Path) -> Option<Cow<'static, str>> {
        let database = world.node(DATABASE)?;
        let pool = &database.pools[0];
        if pool.busy >= pool.room.threads && !pool.queue.is_empty() {
            return Some("the database has more to do than it can".into());
        }
        (!self.is_quiet(world.now())).then(|| "more than a tenth of all calls are retries".into())
    }

    fn service(&self, world: &Path) -> Service {
        self.flow.service(world.now())
    }

    fn settle(&self, _: &Path) -> Span {
        Span::from_secs(3)
    }

    fn holds(&self, goal: &str, world: &Path) -> Option<bool> {
        match goal {
            "serving" => Some(self.flow.serves(world.now())),
            "answered" => {
                let total = &self.flow.total;
                Some(total.offered > 0 && total.good + total.bad == total.offered)
            }
            "quiet" => Some(self.is_quiet(world.now())),
            "spread" => Some(self.is_spread(world.now())),
            _ => None,
        }
    }

    fn find(&self, selector: &str, world: &Path) -> Option<NodeId> {
        match selector {
            "database" => Some(DATABASE),
            "retrying" => world
                .living()
                .find(|(_, part)| part.jobs.values().any(|job| job.note.begun))
                .map(|(id, _)| id),
            _ => None,
        }
    }

    fn beliefs(&self, _: &Path, _: NodeId) -> Vec<Belief> {
        Vec::new()
    }

    fn metrics(&self, world: &Path) -> Vec<Metric> {
        let total = &self.flow.total;
        let amplification = total.reached * 100 / total.offered.max(1);
        let wasted = world.node(DATABASE).map_or(0, |database| database.tally.wasted);
        vec![
            Metric { name: "not served", unit: "requests", value: total.bad },
            Metric {
                name: "calls that reach the database, of 100 requests",
                unit: "",
                value: amplification,
            },
            Metric { name: "calls", unit: "", value: self.flow.called },
            Metric { name: "done for nobody", unit: "requests", value: wasted },
        ]
    }

    fn panels(&self, world: &Path) -> Vec<Panel> {
        vec![self.flow.panel(), self.histogram(world.now())]
    }
}

impl RetrySpec {
    /// Calls of all callers, and that were not the first for their request.
    #[cfg(test)]
    pub fn flow(&self) -> &Flow {
        &self.flow
    }

    fn count(&mut self, world: &Path) {
        let now = world.now().0;
        let reached = self.flow.total.reached - self.reached;
        if reached > 0 {
            self.reached += reached;
            let number = now / WIDTH.us();
            let bucket = &mut self.arrivals[(number % BUCKETS as u64) as usize];
            if bucket.0 != number {
                *bucket = (number, 0);
            }
            bucket.1 += reached;
        }
        let Some((id, part)) = flow::acting(world) else { return };
        let Some(slot) = world.roster().slot(id) else { return };
        let calls = (part.tally.called, part.tally.again);
        let before = std::mem::replace(&mut self.called[slot], calls);
        if calls.0 > before.0 {
            let number = now / 100_000;
            let tenth = &mut self.retries[(number % 10) as usize];
            if tenth.0 != number {
                *tenth = (number, 0, 0);
            }
            tenth.1 += calls.0 - before.0;
            tenth.2 += calls.1.saturating_sub(before.1);
        }
    }

    fn is_quiet(&self, now: Time) -> bool {
        let number = now.0 / 100_000;
        let recent = self.retries.iter().filter(|(of, _, _)| of + 10 > number);
        let (calls, again) =
            recent.fold((0, 0), |sum, (_, calls, again)| (sum.0 + calls, sum.1 + again));
        again * 10 <= calls
    }

    /// Oldest first.
    fn buckets(&self, now: Time) -> Vec<u64> {
        let last = now.0 / WIDTH.us();
        let of = |number: u64| {
            let (is, count) = self.arrivals[(number % BUCKETS as u64) as usize];
            if is == number { count } else { 0 }
        };
        (0..BUCKETS as u64).rev().filter_map(|back| last.checked_sub(back)).map(of).collect()
    }

    fn is_spread(&self, now: Time) -> bool {
        let buckets = self.buckets(now);
        let total: u64 = buckets.iter().sum();
        let peak = buckets.windows(4).map(|second| second.iter().sum::<u64>()).max().unwrap_or(0);
        total < 20 || peak * 2 < total
    }

    /// Arrivals at the database in the last twenty seconds: a herd is a row of towers.
    fn histogram(&self, now: Time) -> Panel {
        let counts = self.buckets(now);
        let first =
            (now.0 / WIDTH.us() + 1).saturating_sub(counts.len() as u64) * WIDTH.us() / 1_000;
        Panel::Histogram {
            title: "Arrivals at the database",
            scale: Scale::whole("ms"),
            first,
            width: WIDTH.us() / 1_000,
            counts,
            marks: Vec::<Mark>::new(),
        }
    }

    fn check_budget(&mut self, world: &Path, id: NodeId) -> Result<(), Broken> {
        let (Some(slot), Some(part)) = (world.roster().slot(id), world.node(id)) else {
            return Ok(());
        };
        let (kind, percent) = world.config().budget;
        let (requests, retries) = (part.tally.called - part.tally.again, part.tally.again);
        self.seen[slot] = (requests, retries);
        let most = match kind {
            budget::Kind::None | budget::Kind::Grpc => return Ok(()),
            // As printed, nobody asks for a budget; the claim is the same.
            budget::Kind::Ratio => budget::RATIO_RESERVE / budget::TOKEN + requests * percent / 100,
            // 500 tokens, what first successes give, and what successful retries give back.
            budget::Kind::Aws => 100 + (requests + 2 * retries) / 5 + retries,
        };
        if retries > most {
            let why = format!("{id} has made {retries} retries for {requests} requests");
            return Err(Broken { invariant: "within-budget", why });
        }
        Ok(())
    }
}

fn broken(invariant: &'static str, why: String) -> Result<(), Broken> {
    Err(Broken { invariant, why })
}

fn check_once(database: &Part<Retrier>, config: &Config) -> Result<(), Broken> {
    if config.keys && database.mech.store.twice > 0 {
        return broken("done-once", "the database has done a request twice".into());
    }
    Ok(())
}

/// The calls that were just made.
fn check_calls(world: &Path, id: NodeId) -> Result<(), Broken> {
    let config = world.config();
    for (flight, msg) in world.last_sent() {
        let path::Msg::Request(request) = msg else { continue };
        if flight.from != id {
            continue;
        }
        if u32::from(request.attempt) > config.attempts.max(1) {
            let why = format!("{id} makes attempt {} for {}", request.attempt, request.key);
            return broken("attempts-bounded", why);
        }
        if request.attempt > 1 && id.letter() != 'c' && !config.each_layer {
            return broken("one-layer-retries", format!("{id} tries {} again", request.key));
        }
    }
    Ok(())
}

/// The retry that was just decided on.
fn check_retry(world: &Path, id: NodeId, part: &Part<Retrier>) -> Result<(), Broken> {
    if !world.fired().any(retries) {
        return Ok(());
    }
    let Some(decided) = part.mech.decided else { return Ok(()) };
    let Decision { outcome, wait, pushback, .. } = decided;
    if hopeless(outcome) {
        let why = format!("{id} tries again what was {}", outcome.word());
        return broken("hopeless-not-retried", why);
    }
    if let Some(wish) = pushback
        && wait < wish
    {
        return broken(
            "pushback-honoured",
            format!("{id} waits for {wait}, and was asked for {wish}"),
        );
    }
    check_wait(&decided, world.config(), id)
}

fn retries(rule: PathRule<Rule>) -> bool {
    matches!(
        rule,
        PathRule::Own(
            Rule::Backoff
                | Rule::HonourPushback
                | Rule::IgnorePushback
                | Rule::NoCap
                | Rule::PrintedSleep
                | Rule::PrintedSmallJitter
                | Rule::PrintedNoCap
        )
    )
}

/// The cap holds whatever the backoff, unless it is the kind that has none.
fn check_wait(decided: &Decision, config: &Config, id: NodeId) -> Result<(), Broken> {
    let Decision { retry, wait, before, pushback, .. } = *decided;
    let (least, most) = config.waits.between(retry, before);
    let uncapped = config.waits.backoff == super::backoff::Backoff::Exponential && !config.printed;
    let (least, most) = match config.waits.jitter {
        Jitter::Decorrelated => (least.min(config.waits.cap), most.min(config.waits.cap)),
        _ if uncapped => (least, most),
        _ => (least.min(config.waits.cap), most.min(config.waits.cap + Span::from_secs(1))),
    };
    let most = most.max(pushback.unwrap_or(Span::ZERO));
    if wait < least || wait > most {
        let why = format!("{id} waits for {wait}, which is not from {least} to {most}");
        return broken("wait-in-its-interval", why);
    }
    Ok(())
}

/// How a call or a request has just ended.
fn check_times(world: &Path, id: NodeId, part: &Part<Retrier>) -> Result<(), Broken> {
    let answered = matches!(world.last().happening, Happening::Deliver { .. });
    if let Some(End { outcome, took, limit }) = part.mech.ended
        && answered
        && outcome.is_good()
        && limit.is_some_and(|limit| took > limit)
    {
        return broken("served-in-time", format!("{id} serves after {took}"));
    }
    let timed_out = |rule| rule == PathRule::Path(path::PathRule::TimeOut);
    if let Some(End { outcome: Outcome::TimedOut, took, limit }) = part.mech.call_ended
        && world.fired().any(timed_out)
        && limit.is_none_or(|limit| took < limit)
        && !part.by_hand
    {
        return broken("given-up-in-time", format!("{id} gives a call up after {took}"));
    }
    Ok(())
}
