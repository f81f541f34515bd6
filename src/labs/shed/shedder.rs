//! The service that turns requests away, and the client that holds them back.

use std::collections::{BTreeMap, VecDeque};
use std::str::FromStr;

use crate::labs::path::shares::Ended;
use crate::labs::path::{
    At, CallId, Class, Job, Load, Mechanism, Nature, Next, Nothing, Outcome, Over, Request,
    Rule as PathRule, Step, Turned, Verdict,
};
use crate::sim::panel::{Mark, Scale};
use crate::sim::{Field, NodeId, Panel, Time};

use super::codel::Codel;
use super::config::{Config, Flaw, HIGHEST, IMPORTANT, Policy, rank};
use super::limit::Limit;
use super::printed::{self, Printed};
use super::rules::Rule;
use super::throttle::Throttle;

#[derive(Clone, Debug)]
pub struct Shedder {
    me: NodeId,
    codel: Codel,
    pub limit: Limit,
    throttle: Throttle,
    pub printed: Printed,
    cpu: Cpu,
    /// What was last decided, for those who watch.
    pub decided: Option<Decision>,
    /// Requests that were counted.
    pub total: u64,
    /// At the client: what became of its users' requests, by class.
    pub ended: Ended,
}

/// Whether a request was let in, with so many in hand.
#[derive(Clone, Copy, Debug)]
pub struct Decision {
    pub class: u8,
    pub in_hand: u32,
    pub shed: bool,
    /// Whether class decided, or the state of the whole machine.
    pub by_load: bool,
}

/// How busy the threads were in the last whole second.
#[derive(Clone, Copy, Debug, Default)]
struct Cpu {
    second: u64,
    changed: Time,
    area: u64,
    last: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Ask the service whether it would shed a request now.
    Peek,
}

impl FromStr for Command {
    type Err = String;

    fn from_str(text: &str) -> Result<Command, String> {
        match text {
            "peek" => Ok(Command::Peek),
            _ => Err(format!(
                "nobody can be asked `{text}`; there are request, request invalid, batch, mend and peek"
            )),
        }
    }
}

/// The only service.
pub const SERVICE: NodeId = NodeId::new('s', 1);

fn own(cx: At<Shedder>, rule: Rule, because: impl FnOnce() -> String) {
    cx.fire(PathRule::Own(rule), because);
}

impl Mechanism for Shedder {
    type Config = Config;
    type Rule = Rule;
    type Command = Command;
    type Fault = Nothing;
    type Ticket = ();
    type Note = ();

    fn new(me: NodeId, config: &Config, now: Time) -> Shedder {
        Shedder {
            me,
            codel: Codel::new(now),
            limit: Limit::new(config.limit, config.prompt(), config.threads, config.bound),
            throttle: Throttle::default(),
            printed: Printed::default(),
            cpu: Cpu::default(),
            decided: None,
            total: 0,
            ended: Ended::default(),
        }
    }

    fn before(&mut self, job: &mut Job<()>, cx: At<Self>) -> Step<()> {
        if self.me == SERVICE {
            let invalid = job.nature == Nature::Invalid;
            return Step::Answer(if invalid { Outcome::Invalid } else { Outcome::Ok });
        }
        let now = cx.now();
        if let Some(k) = cx.config().throttle {
            let share = self.throttle.rejects(k);
            self.throttle.request(now);
            if share > 0 && cx.pick(1_000_000) < share {
                own(cx, Rule::HoldBack, || {
                    format!("{}: {} % are held back", job.key, share / 10_000)
                });
                return Step::Answer(Outcome::Refused);
            }
        }
        let patience = Some(cx.config().patience);
        Step::Call { to: SERVICE, timeout: patience, left: patience, ticket: (), again: None }
    }

    fn after(&mut self, _: &mut Job<()>, over: Over<()>, cx: At<Self>) -> Verdict {
        if !matches!(over.outcome, Outcome::Refused | Outcome::TimedOut) {
            self.throttle.accept(cx.now());
        }
        Verdict::Answer(over.outcome)
    }

    fn arrive(&mut self, request: &Request, load: Load, cx: At<Self>) -> Result<(), Turned> {
        if cx.config().printed {
            return self.arrive_printed(request, load, cx);
        }
        self.total += 1;
        let (class, in_hand) = (request.class.0, load.busy + load.waiting);
        let reason = self.reason(class, in_hand, cx);
        let shed = reason.is_some();
        let by_load = matches!(reason, Some(Rule::RefuseClass | Rule::HighFirst));
        self.decided = Some(Decision { class, in_hand, shed, by_load });
        let full = cx.config().policy != Policy::None && in_hand >= cx.config().bound;
        let rule = reason.unwrap_or(if full { Rule::OneTooMany } else { Rule::Admit });
        own(cx, rule, || format!("{}, class {class}: {in_hand} in hand", request.key));
        if shed { Err(REFUSED) } else { Ok(()) }
    }

    fn next(
        &mut self,
        queue: &mut VecDeque<u64>,
        jobs: &BTreeMap<u64, Job<()>>,
        cx: At<Self>,
    ) -> Next {
        if cx.config().printed {
            return self.next_printed(queue, jobs, cx);
        }
        let (now, policy) = (cx.now(), cx.config().policy);
        let newest = policy == Policy::Newest && queue.len() > cx.config().threads as usize;
        // The oldest are looked at first, or they would keep their places for ever.
        let old = queue.front().is_some_and(|id| too_late(jobs, id, now, cx));
        let id = if newest && !old { queue.pop_back() } else { queue.pop_front() };
        let Some(id) = id else { return Next::Nobody };
        let Some(job) = jobs.get(&id) else { return Next::Nobody };
        let (key, age) = (job.key, now.since(job.came));
        if too_late(jobs, &id, now, cx) && policy != Policy::None {
            if !cx.config().has(Flaw::ServesExpired) {
                own(cx, Rule::DropExpired, || format!("{key} has waited for {age}"));
                return Next::Drop(id, Outcome::Expired);
            }
            own(cx, Rule::ServeExpired, || format!("{key} has waited for {age}"));
        }
        let (target, interval) = (cx.config().target, cx.config().interval);
        if policy == Policy::Codel && self.codel.drops(now, age, target, interval) {
            own(cx, Rule::CodelDrop, || {
                format!("{key} has waited for {age}, the target is {target}")
            });
            return Next::Drop(id, Outcome::Refused);
        }
        if newest {
            own(cx, Rule::NewestFirst, || format!("{key}: {} older ones wait", queue.len()));
        }
        Next::Take(id)
    }

    fn left(&mut self, job: &Job<()>, outcome: Outcome, cx: At<Self>) {
        let now = cx.now();
        if job.caller.is_none() {
            return self.ended.count(job.class.0, outcome.is_good());
        }
        if job.began.is_some() {
            self.cpu.pass(now, self.printed.current_queue_size, cx.config().threads);
            self.printed.current_queue_size = self.printed.current_queue_size.saturating_sub(1);
        }
        let in_hand = self.in_hand(cx);
        self.limit.sample(now.since(job.came), in_hand, !outcome.is_good());
    }

    fn command(&mut self, Command::Peek: Command, _: Vec<CallId>, cx: At<Self>) -> Vec<CallId> {
        if cx.config().printed {
            self.judge_printed(HIGHEST, cx);
            let total = self.printed.total_requests;
            own(cx, Rule::PrintedTwice, || format!("total_requests is {total}"));
        } else {
            own(cx, Rule::Peek, || "somebody asks whether there is room".into());
        }
        Vec::new()
    }

    fn fault(&mut self, fault: Nothing, _: At<Self>) {
        match fault {}
    }

    fn fields(&self) -> Vec<Field> {
        if self.me != SERVICE {
            return Vec::new();
        }
        vec![Field::new("limit", self.limit.most().map_or(0, u64::from))]
    }

    fn panels(&self) -> Vec<Panel> {
        let Some(most) = self.limit.most().filter(|_| self.me == SERVICE) else {
            return Vec::new();
        };
        vec![Panel::Gauge {
            title: "Adaptive limit",
            scale: Scale::whole("requests"),
            value: most.into(),
            max: self.limit.ceiling().into(),
            marks: Vec::<Mark>::new(),
        }]
    }

    fn class_word(class: Class) -> &'static str {
        if rank(class.0) >= IMPORTANT { "important" } else { "low" }
    }
}

const REFUSED: Turned = Turned { outcome: Outcome::Refused, pushback: None };

/// Whether a request could not be done in time any more: less is left than the work takes on average.
fn too_late(jobs: &BTreeMap<u64, Job<()>>, id: &u64, now: Time, cx: At<Shedder>) -> bool {
    let needed = cx.config().work.1;
    let left = jobs.get(id).and_then(|job| job.left(now));
    left.is_some_and(|left| left <= needed && left < cx.config().patience)
}

impl Shedder {
    /// Why a request of this class is turned away with so many in hand, if it is.
    fn reason(&mut self, class: u8, in_hand: u32, cx: At<Self>) -> Option<Rule> {
        let idle = cx.config().has(Flaw::ShedsIdle) && rank(class) < IMPORTANT;
        if idle && cx.pick(10) == 0 {
            return Some(Rule::ShedIdle);
        }
        if self.limit.most().is_some_and(|most| in_hand >= most) {
            return Some(Rule::RefuseLimit);
        }
        let more = u32::from(cx.config().has(Flaw::OneTooMany));
        match cx.config().policy {
            Policy::None => None,
            Policy::Priority => {
                let backwards = cx.config().has(Flaw::HighFirst);
                let rule = if backwards { Rule::HighFirst } else { Rule::RefuseClass };
                (in_hand >= cx.config().bound_of(class) + more).then_some(rule)
            }
            Policy::Bounded | Policy::Codel | Policy::Newest => {
                (in_hand >= cx.config().bound + more).then_some(Rule::RefuseBound)
            }
        }
    }

    /// How many are at work, as far as this mechanism counts them.
    fn in_hand(&self, _: At<Self>) -> u32 {
        self.decided.map_or(0, |decided| decided.in_hand)
    }

    // ---- as printed ----

    fn judge_printed(&mut self, class: u8, cx: At<Self>) -> printed::Verdict {
        let (now, threads, bound) = (cx.now(), cx.config().threads, cx.config().bound);
        self.cpu.pass(now, self.printed.current_queue_size, threads);
        let cpu = self.cpu.last;
        let mut chance = |share: u64| cx.pick(1_000_000) < share;
        self.printed.should_shed_request(class, bound, cpu, &mut chance)
    }

    /// A thread takes a request: process_request. False if it is shed.
    fn process(&mut self, class: u8, late: bool, in_hand: u32, cx: At<Self>) -> Option<Outcome> {
        use printed::Verdict::{Admit, Cpu, Priority, Size, TypeError};
        let verdict = self.judge_printed(class, cx);
        let (size, cpu, bound) =
            (self.printed.current_queue_size, self.cpu.last, cx.config().bound);
        let important = class >= IMPORTANT;
        let rule = match verdict {
            Admit if late => Rule::PrintedNoAge,
            Admit if size == bound => Rule::PrintedOneMore,
            Admit => Rule::PrintedAdmit,
            Size => Rule::PrintedShed,
            Priority if size == 0 => Rule::PrintedIdle,
            Priority => Rule::PrintedShedLow,
            Cpu if cpu >= 100 => Rule::PrintedEverything,
            Cpu if important => Rule::PrintedCpu,
            Cpu => Rule::PrintedShed,
            TypeError => Rule::PrintedTypeError,
        };
        own(cx, rule, || format!("class {class}: {size} are handled, the CPU is at {cpu} %"));
        let shed = verdict != Admit;
        self.decided = Some(Decision { class, in_hand, shed, by_load: verdict == Cpu });
        match verdict {
            Admit => {
                self.printed.current_queue_size += 1;
                None
            }
            TypeError => Some(Outcome::Failed),
            Size | Priority | Cpu => Some(Outcome::Refused),
        }
    }

    fn arrive_printed(
        &mut self,
        request: &Request,
        load: Load,
        cx: At<Self>,
    ) -> Result<(), Turned> {
        let in_hand = load.busy + load.waiting;
        if load.busy >= load.room.threads {
            let waiting = load.waiting;
            own(cx, Rule::PrintedNotSeen, || {
                format!("{waiting} wait already, and none is counted")
            });
            self.decided = None;
            return Ok(());
        }
        let outcome = self.process(request.class.0, false, in_hand, cx);
        self.total = self.printed.total_requests;
        match outcome {
            None => Ok(()),
            Some(outcome) => Err(Turned { outcome, pushback: None }),
        }
    }

    fn next_printed(
        &mut self,
        queue: &mut VecDeque<u64>,
        jobs: &BTreeMap<u64, Job<()>>,
        cx: At<Self>,
    ) -> Next {
        let Some(id) = queue.pop_front() else { return Next::Nobody };
        let Some(job) = jobs.get(&id) else { return Next::Nobody };
        let late = job.is_expired(cx.now());
        let outcome = self.process(job.class.0, late, jobs.len() as u32, cx);
        self.total = self.printed.total_requests;
        match outcome {
            None => Next::Take(id),
            Some(outcome) => Next::Drop(id, outcome),
        }
    }
}

impl Cpu {
    /// Time goes on with as many threads busy as before.
    fn pass(&mut self, now: Time, busy: u32, threads: u32) {
        let (busy, most) = (u64::from(busy), u64::from(threads) * 1_000_000);
        let second = now.0 / 1_000_000;
        if second > self.second {
            let end = Time((self.second + 1) * 1_000_000);
            let whole = if second > self.second + 1 {
                busy * 1_000_000
            } else {
                self.area + busy * end.since(self.changed).us()
            };
            self.last = (whole * 100 / most.max(1)).min(100);
            (self.second, self.area, self.changed) = (second, 0, Time(second * 1_000_000));
        }
        self.area += busy * now.since(self.changed).us();
        self.changed = now;
    }
}
