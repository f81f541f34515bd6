//! One part of a request path: a client with its users, a gateway, a service or a database. All are the
//! same machine. A request is taken in hand, perhaps waits for a thread, is worked on, perhaps leads to
//! further calls, and is answered. A client's requests come from its users and need no thread.

use std::collections::{BTreeMap, VecDeque};

use crate::sim::{Cx, NodeId, NodeView, Panel, Protocol, Span, Time, exactly};

use super::health::Health;
use super::load::{self, Agenda, Arrivals};
use super::mechanism::{
    CLASS_DRAWS, Config, Job, Load, Mechanism, Next, Over, Room, Stage, Step, Turned, Verdict,
};
use super::message::{
    BATCH_MAX, CallId, Class, Command, Fault, Key, Msg, Nature, Outcome, Reply, Request, Timer,
};
use super::meter::{Meter, Tally};
use super::rule::{PathRule, Rule};
use super::view;

/// At most so many requests are in hand. Whoever comes then is not served.
pub const JOBS_MAX: usize = 20_000;

/// The letter of clients.
pub const CLIENT: char = 'c';

#[derive(Clone, Debug)]
pub struct Part<M: Mechanism> {
    pub me: NodeId,
    /// Its own clock, when it last did something.
    pub clock: Time,
    pub mech: M,
    pub pools: Vec<Pool>,
    pub jobs: BTreeMap<u64, Job<M::Note>>,
    /// The calls that are not over.
    pub calls: BTreeMap<CallId, Attempt<M::Ticket>>,
    pub health: Health,
    pub tally: Tally,
    pub meter: Meter,
    /// Whether its last timer was fired by hand, before its time.
    pub by_hand: bool,
    began: Time,
    next_job: u64,
    next_call: u64,
    agendas: [Agenda; 4],
}

/// Threads, and those who wait for one, oldest first.
#[derive(Clone, Debug)]
pub struct Pool {
    pub room: Room,
    pub busy: u32,
    pub queue: VecDeque<u64>,
}

/// A call that is not over.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<T> {
    pub job: u64,
    pub to: NodeId,
    pub sent: Time,
    pub ticket: T,
    expires: Option<Time>,
}

/// The timers that stand for many things each, by their place in `agendas`.
const TIMERS: [Timer; 4] = [Timer::Arrival, Timer::Work, Timer::Timeout, Timer::Again];
const ARRIVAL: usize = 0;
const WORK: usize = 1;
const TIMEOUT: usize = 2;
const AGAIN: usize = 3;

/// Draws from the open interval (0, 1).
pub fn unit<M: Mechanism>(cx: &mut Cx<'_, Part<M>>) -> f64 {
    (cx.pick(1 << 53) as f64 + 0.5) / (1_u64 << 53) as f64
}

impl<M: Mechanism> Protocol for Part<M> {
    type Config = M::Config;
    type Msg = Msg;
    type Timer = Timer;
    type Command = Command<M::Command>;
    type Fault = Fault<M::Fault>;
    type Durable = ();
    type Rule = Rule<M::Rule>;

    fn start((): (), cx: &mut Cx<'_, Self>) -> Self {
        let (me, now) = (cx.me(), cx.now());
        let pools = if me.letter() == CLIENT { 0 } else { cx.config().pools(me) };
        let pool =
            |place| Pool { room: cx.config().pool(me, place), busy: 0, queue: VecDeque::new() };
        let mut part = Part {
            me,
            clock: now,
            pools: (0..pools).map(pool).collect(),
            mech: M::new(me, cx.config(), now),
            jobs: BTreeMap::new(),
            calls: BTreeMap::new(),
            health: Health::default(),
            tally: Tally::default(),
            meter: Meter::new(now),
            by_hand: false,
            began: now,
            next_job: 1,
            // A restart takes longer than a microsecond, and no part calls a thousand times in one.
            next_call: now.0 * 1_000 + 1,
            agendas: Default::default(),
        };
        if me.letter() == CLIENT {
            part.begin_arrivals(cx);
        }
        part.set_timers(cx);
        part
    }

    fn on_message(&mut self, from: NodeId, msg: Msg, cx: &mut Cx<'_, Self>) {
        self.clock = cx.now();
        match msg {
            Msg::Request(request) => self.on_request(from, &request, cx),
            Msg::Reply(reply) => self.on_reply(from, reply, cx),
        }
        self.set_timers(cx);
    }

    fn on_timer(&mut self, timer: Timer, cx: &mut Cx<'_, Self>) {
        self.clock = cx.now();
        let agenda = match timer {
            Timer::Arrival => ARRIVAL,
            Timer::Work => WORK,
            Timer::Timeout => TIMEOUT,
            Timer::Again => AGAIN,
            Timer::Own => {
                let open = self.calls.keys().copied().collect();
                for call in self.mech.wake(open, cx) {
                    self.timed_out(call, cx);
                }
                return self.set_timers(cx);
            }
        };
        self.agendas[agenda].armed = None;
        // A timer that is fired by hand stands for the first of its agenda.
        let mut in_any_case = true;
        self.by_hand = self.agendas[agenda].earliest().is_some_and(|due| due > self.clock);
        while let Some(what) = self.agendas[agenda].take(self.clock, in_any_case) {
            in_any_case = false;
            match timer {
                Timer::Arrival => self.arrival(cx),
                Timer::Work => self.worked(what, cx),
                Timer::Timeout => self.timed_out(CallId(what), cx),
                Timer::Again => self.go_on(what, cx),
                Timer::Own => {}
            }
        }
        self.set_timers(cx);
    }

    fn on_command(&mut self, command: Command<M::Command>, cx: &mut Cx<'_, Self>) {
        self.clock = cx.now();
        match command {
            Command::Request(nature, class) if self.is_client() => {
                let class = class.unwrap_or_else(|| Self::draw_class(cx));
                self.issue(nature, class, cx);
            }
            Command::Batch(count) if self.is_client() => self.batch(count, cx),
            // A server has no users.
            Command::Request(..) | Command::Batch(_) => {}
            Command::Mend => {
                self.health = Health::default();
                for place in 0..self.pools.len() {
                    self.take_next(place, cx);
                }
            }
            Command::Own(own) => {
                let open = self.calls.keys().copied().collect();
                for call in self.mech.command(own, open, cx) {
                    self.end_call(call, Outcome::Cancelled, None, cx);
                }
            }
        }
        self.set_timers(cx);
    }

    fn on_fault(&mut self, fault: Fault<M::Fault>, cx: &mut Cx<'_, Self>) {
        self.clock = cx.now();
        match fault {
            Fault::Slow(span) => self.health.slow = span,
            Fault::Failing(share) => self.health.failing = share,
            Fault::Pattern(pattern) => self.health.set_pattern(pattern),
            Fault::Capacity(left) => self.health.set_capacity(left),
            Fault::Own(own) => self.mech.fault(own, cx),
        }
        self.set_timers(cx);
    }

    fn ails(&self) -> bool {
        !self.health.is_well()
    }

    fn view(&self) -> NodeView {
        view::node(self)
    }

    fn panels(&self) -> Vec<Panel> {
        view::panels(self)
    }

    fn set_param(config: &mut M::Config, name: &str, value: u64) -> Result<(), String> {
        config.set(name, value)
    }
}

impl<M: Mechanism> Part<M> {
    pub fn is_client(&self) -> bool {
        self.me.letter() == CLIENT
    }

    // ---- users ----

    fn begin_arrivals(&mut self, cx: &mut Cx<'_, Self>) {
        let plan = cx.config().plan();
        let users = if plan.arrivals == Arrivals::Closed { plan.rate } else { 1 };
        for user in 0..users {
            if let Some(wait) = load::first(plan, &mut || unit(cx)) {
                self.agendas[ARRIVAL].add(self.clock + wait, user);
            }
        }
    }

    fn arrival(&mut self, cx: &mut Cx<'_, Self>) {
        let plan = cx.config().plan();
        let since = self.clock.since(self.began);
        if let Some(wait) = load::next(plan, since, &mut || unit(cx)) {
            self.agendas[ARRIVAL].add(self.clock + wait, 0);
        }
        match plan.arrivals {
            Arrivals::Batch => self.batch(plan.rate as u32, cx),
            _ => {
                let class = Self::draw_class(cx);
                self.issue(Nature::Sound, class, cx);
            }
        }
    }

    fn batch(&mut self, count: u32, cx: &mut Cx<'_, Self>) {
        for _ in 0..count.min(BATCH_MAX) {
            let class = Self::draw_class(cx);
            self.issue(Nature::Sound, class, cx);
        }
    }

    fn draw_class(cx: &mut Cx<'_, Self>) -> Class {
        let drawn = cx.pick(CLASS_DRAWS);
        cx.config().class(drawn)
    }

    /// A user asks for something.
    fn issue(&mut self, nature: Nature, class: Class, cx: &mut Cx<'_, Self>) {
        self.tally.issued += 1;
        if self.jobs.len() >= JOBS_MAX {
            self.tally.bad += 1;
            return;
        }
        let key = Key(self.next_job * 100 + u64::from(self.me.number()));
        let job = Job {
            key,
            class,
            nature,
            caller: None,
            attempt: 1,
            came: self.clock,
            began: None,
            deadline: None,
            calls: 0,
            open: 0,
            pool: 0,
            note: M::Note::default(),
            stage: Stage::Calling,
        };
        cx.fire(Rule::Path(PathRule::SendRequest), || format!("a user asks: {key}"));
        let id = self.take_in_hand(job);
        self.go_on(id, cx);
    }

    fn take_in_hand(&mut self, job: Job<M::Note>) -> u64 {
        let id = self.next_job;
        self.next_job += 1;
        self.jobs.insert(id, job);
        self.meter.came(self.clock);
        id
    }

    // ---- a server ----

    fn on_request(&mut self, from: NodeId, request: &Request, cx: &mut Cx<'_, Self>) {
        self.tally.arrived += 1;
        let place = self.mech.pool(request);
        let Pool { room, busy, ref queue } = self.pools[place];
        let room = Room { threads: self.health.threads(room.threads), ..room };
        let waiting = queue.len() as u32;
        let load = Load { busy, room, waiting };
        let caller = Some((from, request.call));
        if let Err(Turned { outcome, pushback }) = self.mech.arrive(request, load, cx) {
            self.tally.turned += 1;
            return Self::reply(caller, outcome, pushback, cx);
        }
        let free = busy < room.threads;
        if !free && (waiting >= room.queue || self.jobs.len() >= JOBS_MAX) {
            self.tally.turned += 1;
            cx.fire(Rule::Path(PathRule::RefuseFull), || {
                format!("{busy} of {} threads are taken and {waiting} wait", room.threads)
            });
            return Self::reply(caller, Outcome::Refused, None, cx);
        }
        let job = Job {
            key: request.key,
            class: request.class,
            nature: request.nature,
            caller,
            attempt: request.attempt,
            came: self.clock,
            began: None,
            deadline: request.left.map(|left| self.clock + left),
            calls: 0,
            open: 0,
            pool: place,
            note: M::Note::default(),
            stage: Stage::Waiting,
        };
        let id = self.take_in_hand(job);
        if free {
            self.begin_arrived(id, cx);
        } else {
            self.pools[place].queue.push_back(id);
            cx.fire(Rule::Path(PathRule::WaitInQueue), || {
                format!("all {busy} threads are taken; {waiting} wait already")
            });
        }
    }

    fn begin_work(&mut self, id: u64, cx: &mut Cx<'_, Self>) {
        let (work, mean) = cx.config().work(self.me);
        let drawn = if mean == Span::ZERO { mean } else { work.draw(mean, &mut || unit(cx)) };
        let until = self.clock + drawn + self.health.slow;
        let job = self.jobs.get_mut(&id).expect("it is in hand");
        job.stage = Stage::Working(until);
        job.began = Some(self.clock);
        let (key, pool) = (job.key, &mut self.pools[job.pool]);
        pool.busy += 1;
        let (busy, threads) = (pool.busy, pool.room.threads);
        self.agendas[WORK].add(until, id);
        cx.fire(Rule::Path(PathRule::StartWork), || {
            format!("{key}: thread {busy} of {threads} is taken")
        });
    }

    /// A part that only passes on begins at once; but not with those from its queue, one inside the
    /// other.
    fn begin_arrived(&mut self, id: u64, cx: &mut Cx<'_, Self>) {
        self.begin_work(id, cx);
        let now = self.clock;
        if let Some(Job { stage: Stage::Working(due), .. }) = self.jobs.get(&id)
            && *due == now
        {
            self.agendas[WORK].remove(now, id);
            self.worked(id, cx);
        }
    }

    /// The part's own work on a request is done.
    fn worked(&mut self, id: u64, cx: &mut Cx<'_, Self>) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        job.stage = Stage::Calling;
        let key = job.key;
        if self.health.fails(&mut || cx.pick(1_000_000)) {
            cx.fire(Rule::Path(PathRule::FailWork), || format!("{key} fails"));
            return self.finish(id, Outcome::Failed, cx);
        }
        self.go_on(id, cx);
    }

    // ---- a caller ----

    /// What now, with this request?
    fn go_on(&mut self, id: u64, cx: &mut Cx<'_, Self>) {
        let Some(mut job) = self.jobs.remove(&id) else { return };
        if let Stage::Sleeping(due) = job.stage {
            self.agendas[AGAIN].remove(due, id);
            job.stage = Stage::Calling;
        }
        let step = self.mech.before(&mut job, cx);
        match step {
            Step::Call { to, timeout, left, ticket, again } => {
                let call = CallId(self.next_call);
                self.next_call += 1;
                job.calls = job.calls.saturating_add(1);
                job.open += 1;
                job.stage = Stage::Calling;
                let Job { key, class, nature, calls: attempt, .. } = job;
                let request = Request { call, key, attempt, left, class, nature };
                cx.send(to, Msg::Request(request));
                self.tally.called += 1;
                self.tally.again += u64::from(attempt > 1);
                let expires = timeout.map(|timeout| self.clock + timeout);
                if let Some(expires) = expires {
                    self.agendas[TIMEOUT].add(expires, call.0);
                }
                let attempt = Attempt { job: id, to, sent: self.clock, ticket, expires };
                self.calls.insert(call, attempt);
                if let Some(again) = again {
                    self.look_again(id, &mut job, again);
                }
                self.jobs.insert(id, job);
            }
            Step::Wait(span) => {
                self.look_again(id, &mut job, span);
                self.jobs.insert(id, job);
            }
            Step::Stay => {
                job.stage = Stage::Calling;
                self.jobs.insert(id, job);
            }
            Step::Answer(outcome) => {
                self.jobs.insert(id, job);
                self.finish(id, outcome, cx);
            }
        }
    }

    fn look_again(&mut self, id: u64, job: &mut Job<M::Note>, after: Span) {
        if let Stage::Sleeping(due) = job.stage {
            self.agendas[AGAIN].remove(due, id);
        }
        let due = self.clock + after;
        job.stage = Stage::Sleeping(due);
        self.agendas[AGAIN].add(due, id);
    }

    fn on_reply(&mut self, from: NodeId, reply: Reply, cx: &mut Cx<'_, Self>) {
        let Reply { call, outcome, pushback } = reply;
        if !self.calls.contains_key(&call) {
            self.tally.late += 1;
            cx.fire(Rule::Path(PathRule::LateAnswer), || {
                format!("{from} answers {call}, which is over")
            });
            return;
        }
        cx.trust(from);
        self.end_call(call, outcome, pushback, cx);
    }

    fn timed_out(&mut self, call: CallId, cx: &mut Cx<'_, Self>) {
        let Some(&Attempt { to, sent, .. }) = self.calls.get(&call) else { return };
        let waited = self.clock.since(sent);
        self.tally.timed_out += 1;
        cx.suspect(to);
        cx.fire(Rule::Path(PathRule::TimeOut), || {
            format!("{to} has not answered {call} in {waited}")
        });
        self.end_call(call, Outcome::TimedOut, None, cx);
    }

    fn end_call(
        &mut self,
        call: CallId,
        outcome: Outcome,
        pushback: Option<Span>,
        cx: &mut Cx<'_, Self>,
    ) {
        let Some(attempt) = self.forget_call(call) else { return };
        let Attempt { job: id, to, sent, ticket, .. } = attempt;
        let Some(mut job) = self.jobs.remove(&id) else { return };
        job.open -= 1;
        let took = self.clock.since(sent);
        let over = Over { call, to, ticket, outcome, pushback, took };
        let verdict = self.mech.after(&mut job, over, cx);
        if let Verdict::Again(wait) = verdict
            && wait > Span::ZERO
        {
            self.look_again(id, &mut job, wait);
        }
        self.jobs.insert(id, job);
        match verdict {
            Verdict::Answer(outcome) => self.finish(id, outcome, cx),
            Verdict::Again(Span::ZERO) => self.go_on(id, cx),
            Verdict::Again(_) | Verdict::Stay => {}
        }
    }

    fn forget_call(&mut self, call: CallId) -> Option<Attempt<M::Ticket>> {
        let attempt = self.calls.remove(&call)?;
        if let Some(expires) = attempt.expires {
            self.agendas[TIMEOUT].remove(expires, call.0);
        }
        Some(attempt)
    }

    // ---- the end ----

    /// Answers a request, gives its thread back and takes the next.
    fn finish(&mut self, id: u64, outcome: Outcome, cx: &mut Cx<'_, Self>) {
        let Some(job) = self.jobs.remove(&id) else { return };
        match job.stage {
            Stage::Working(due) => self.agendas[WORK].remove(due, id),
            Stage::Sleeping(due) => self.agendas[AGAIN].remove(due, id),
            Stage::Waiting | Stage::Calling => {}
        }
        if job.open > 0 {
            let of_job = self.calls.iter().filter(|(_, attempt)| attempt.job == id);
            let open: Vec<CallId> = of_job.map(|(call, _)| *call).collect();
            for call in open {
                self.forget_call(call);
            }
        }
        self.meter.left(job.came, self.clock);
        self.mech.left(&job, outcome, cx);
        self.count(&job, outcome);
        if job.caller.is_none() {
            return self.user_is_answered(&job, outcome, cx);
        }
        let key = job.key;
        if outcome.is_good() {
            cx.fire(Rule::Path(PathRule::Answer), || format!("{key} is done"));
        }
        Self::reply(job.caller, outcome, None, cx);
        if job.stage != Stage::Waiting {
            self.pools[job.pool].busy -= 1;
            self.take_next(job.pool, cx);
        }
    }

    fn count(&mut self, job: &Job<M::Note>, outcome: Outcome) {
        let tally = &mut self.tally;
        match outcome {
            Outcome::Ok => tally.ok += 1,
            Outcome::Degraded => tally.degraded += 1,
            Outcome::Refused => (tally.refused, tally.bad) = (tally.refused + 1, tally.bad + 1),
            _ => tally.bad += 1,
        }
        let worked = job.stage != Stage::Waiting && job.caller.is_some();
        if worked && job.is_expired(self.clock) {
            tally.wasted += 1;
        }
        if job.caller.is_none() {
            self.meter.waited(self.clock.since(job.came), outcome.is_good());
        }
    }

    fn user_is_answered(&mut self, _job: &Job<M::Note>, _: Outcome, cx: &mut Cx<'_, Self>) {
        let plan = cx.config().plan();
        if plan.arrivals == Arrivals::Closed {
            let think = load::exponential(plan.think, unit(cx));
            let user = self.next_job;
            self.agendas[ARRIVAL].add(self.clock + think + Span(1), user);
        }
    }

    fn reply(
        caller: Option<(NodeId, CallId)>,
        outcome: Outcome,
        pushback: Option<Span>,
        cx: &mut Cx<'_, Self>,
    ) {
        if let Some((to, call)) = caller {
            cx.send(to, Msg::Reply(Reply { call, outcome, pushback }));
        }
    }

    /// Lets those who wait begin, as far as there are threads.
    fn take_next(&mut self, place: usize, cx: &mut Cx<'_, Self>) {
        while self.pools[place].busy < self.health.threads(self.pools[place].room.threads) {
            match self.mech.next(&mut self.pools[place].queue, &self.jobs, cx) {
                Next::Nobody => return,
                Next::Take(id) => self.begin_work(id, cx),
                Next::Drop(id, outcome) => self.finish(id, outcome, cx),
            }
        }
    }

    /// Sets each timer to the earliest of its agenda.
    fn set_timers(&mut self, cx: &mut Cx<'_, Self>) {
        for (agenda, timer) in self.agendas.iter_mut().zip(TIMERS) {
            let earliest = agenda.earliest();
            if earliest == agenda.armed {
                continue;
            }
            match earliest {
                Some(due) => cx.set_timer(timer, exactly(due.since(self.clock))),
                None => cx.cancel_timer(timer),
            }
            agenda.armed = earliest;
        }
    }
}
