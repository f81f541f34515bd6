//! The gateway's bulkheads: pools of threads, or permits for threads that are for all.

use std::collections::{BTreeMap, VecDeque};

use crate::labs::path::shares::Ended;
use crate::labs::path::{
    At, CallId, Class, Job, Load, Mechanism, Nature, Next, Nothing, Outcome, Over, Request,
    Rule as PathRule, Step, Turned, Verdict,
};
use crate::sim::panel::{Mark, Scale};
use crate::sim::{Field, NodeId, Panel, Span, Time};

use super::config::{Config, DEPENDENCIES, Flaw, Walls};
use super::rules::Rule;

#[derive(Clone, Debug)]
pub struct Gate {
    me: NodeId,
    walls: Walls,
    borrows: bool,
    /// How many permits there are, and how many are free, for each dependency.
    pub permits: [(u32, u32); DEPENDENCIES],
    /// Requests that have a permit, at the gateway.
    pub under_way: [u32; DEPENDENCIES],
    /// The places of free threads in each pool, as it was last seen; for those that borrow.
    free: [bool; DEPENDENCIES],
    /// At the client: what became of its users' requests, by dependency.
    pub ended: Ended,
}

pub const GATEWAY: NodeId = NodeId::new('g', 1);

/// The dependency that a class of requests is for.
pub fn dependency(class: Class) -> usize {
    usize::from(class.0).min(DEPENDENCIES - 1)
}

/// Its name.
pub const NAMES: [&str; DEPENDENCIES] = ["A", "B", "C"];

fn own(cx: At<Gate>, rule: Rule, because: impl FnOnce() -> String) {
    cx.fire(PathRule::Own(rule), because);
}

impl Mechanism for Gate {
    type Config = Config;
    type Rule = Rule;
    type Command = Nothing;
    type Fault = Nothing;
    type Ticket = ();
    type Note = ();

    fn new(me: NodeId, config: &Config, _: Time) -> Gate {
        Gate {
            me,
            walls: config.walls,
            borrows: config.has(Flaw::Borrows),
            permits: config.sizes.map(|size| (size, size)),
            under_way: [0; DEPENDENCIES],
            free: [true; DEPENDENCIES],
            ended: Ended::default(),
        }
    }

    fn before(&mut self, job: &mut Job<()>, cx: At<Self>) -> Step<()> {
        let (patience, timeout) = (cx.config().patience, cx.config().call_timeout);
        match self.me.letter() {
            'c' => call(GATEWAY, patience),
            'g' => {
                let which = dependency(job.class);
                own(cx, Rule::CallDependency, || format!("{} goes to {}", job.key, NAMES[which]));
                call(NodeId::new('s', which as u8 + 1), timeout)
            }
            _ if job.nature == Nature::Invalid => Step::Answer(Outcome::Invalid),
            _ => Step::Answer(Outcome::Ok),
        }
    }

    fn after(&mut self, _: &mut Job<()>, over: Over<()>, _: At<Self>) -> Verdict {
        Verdict::Answer(match over.outcome {
            Outcome::TimedOut if self.me == GATEWAY => Outcome::Failed,
            outcome => outcome,
        })
    }

    fn arrive(&mut self, request: &Request, load: Load, cx: At<Self>) -> Result<(), Turned> {
        if self.me != GATEWAY {
            return Ok(());
        }
        let which = dependency(request.class);
        let pool = self.pool(request);
        self.free[pool] = load.busy + 1 < load.room.threads;
        if self.walls == Walls::Pools && pool != which {
            own(cx, Rule::Borrow, || format!("all threads for {} are taken", NAMES[which]));
        }
        match self.walls {
            Walls::Shared | Walls::Pools => Ok(()),
            // Refused for want of a thread, it must not keep a permit.
            Walls::Semaphores if load.busy >= load.room.threads => Ok(()),
            Walls::Semaphores => self.take_permit(which, request, cx),
        }
    }

    fn pool(&self, request: &Request) -> usize {
        let which = dependency(request.class);
        match self.walls {
            _ if self.me != GATEWAY => 0,
            Walls::Shared | Walls::Semaphores => 0,
            Walls::Pools if self.borrows && !self.free[which] => {
                self.free.iter().position(|free| *free).unwrap_or(which)
            }
            Walls::Pools => which,
        }
    }

    fn next(
        &mut self,
        queue: &mut VecDeque<u64>,
        jobs: &BTreeMap<u64, Job<()>>,
        cx: At<Self>,
    ) -> Next {
        let Some(id) = queue.pop_front() else { return Next::Nobody };
        let Some(job) = jobs.get(&id) else { return Next::Nobody };
        let (key, age) = (job.key, cx.now().since(job.came));
        if self.me != GATEWAY || age <= cx.config().wait {
            return Next::Take(id);
        }
        if cx.config().has(Flaw::WaitsForEver) {
            own(cx, Rule::WaitForEver, || format!("{key} has waited for {age}"));
            return Next::Take(id);
        }
        own(cx, Rule::WaitedTooLong, || format!("{key} has waited for {age}"));
        Next::Drop(id, Outcome::Refused)
    }

    fn left(&mut self, job: &Job<()>, outcome: Outcome, cx: At<Self>) {
        let which = dependency(job.class);
        if job.caller.is_none() {
            self.ended.count(job.class.0, outcome.is_good());
        }
        if self.me != GATEWAY {
            return;
        }
        self.free[job.pool.min(DEPENDENCIES - 1)] = true;
        if self.walls != Walls::Semaphores {
            return;
        }
        self.under_way[which] -= 1;
        if cx.config().has(Flaw::PermitLeaks) && outcome == Outcome::Failed {
            return own(cx, Rule::PermitLeaks, || format!("{} ends with an error", job.key));
        }
        self.permits[which].1 += 1;
        own(cx, Rule::GivePermitBack, || {
            format!(
                "{}: {} of {} are free",
                NAMES[which], self.permits[which].1, self.permits[which].0
            )
        });
    }

    fn command(&mut self, command: Nothing, _: Vec<CallId>, _: At<Self>) -> Vec<CallId> {
        match command {}
    }

    fn fault(&mut self, fault: Nothing, _: At<Self>) {
        match fault {}
    }

    fn fields(&self) -> Vec<Field> {
        Vec::new()
    }

    fn panels(&self) -> Vec<Panel> {
        if self.me != GATEWAY || self.walls != Walls::Semaphores {
            return Vec::new();
        }
        let titles = ["Permits for A in use", "Permits for B in use", "Permits for C in use"];
        let gauge = |(title, (all, free)): (&'static str, (u32, u32))| Panel::Gauge {
            title,
            scale: Scale::whole("permits"),
            value: (all - free).into(),
            max: all.into(),
            marks: Vec::<Mark>::new(),
        };
        titles.into_iter().zip(self.permits).map(gauge).collect()
    }

    fn role(&self) -> Option<&'static str> {
        let which = usize::from(self.me.number()) - 1;
        (self.me.letter() == 's').then(|| ["service A", "service B", "service C"][which])
    }

    fn pool_words(&self, pool: usize) -> (&'static str, &'static str) {
        match pool {
            _ if self.me != GATEWAY || self.walls != Walls::Pools => ("Threads", "Queue"),
            0 => ("Threads for A", "Queue for A"),
            1 => ("Threads for B", "Queue for B"),
            2.. => ("Threads for C", "Queue for C"),
        }
    }

    fn class_word(class: Class) -> &'static str {
        NAMES[dependency(class)]
    }
}

impl Gate {
    fn take_permit(&mut self, which: usize, request: &Request, cx: At<Self>) -> Result<(), Turned> {
        let (all, free) = self.permits[which];
        let key = request.key;
        let counted: u32 = self.under_way.iter().sum();
        let refused = Err(Turned { outcome: Outcome::Refused, pushback: None });
        if cx.config().has(Flaw::CountsAll) && counted >= all {
            own(cx, Rule::CountAll, || {
                format!("{key}: {counted} are under way, whomever they call")
            });
            return refused;
        }
        if free == 0 {
            own(cx, Rule::RefuseNoPermit, || {
                format!("{key}: all {all} permits for {} are given", NAMES[which])
            });
            return refused;
        }
        self.permits[which].1 -= 1;
        self.under_way[which] += 1;
        own(cx, Rule::TakePermit, || format!("{key}: {} of {all} are left", free - 1));
        Ok(())
    }
}

fn call(to: NodeId, timeout: Span) -> Step<()> {
    let timeout = Some(timeout);
    Step::Call { to, timeout, left: timeout, ticket: (), again: None }
}
