//! A caller that tries again, and a database that knows what it has done.

use std::collections::{BTreeMap, VecDeque};

use crate::labs::path::{
    self, At, CallId, Job, Load, Mechanism, Nature, Next, Nothing, Outcome, Over, Request,
    Rule as PathRule, Step, Turned, Verdict, unit,
};
use crate::sim::{Field, NodeId, Panel, Span, Time};

use super::budget::{Budget, Taken};
use super::config::{Config, DATABASE, Flaw};
use super::message::Fault;
use super::printed::Alarm;
use super::rules::Rule;
use super::store::Store;
use super::view;

#[derive(Clone, Debug)]
pub struct Retrier {
    pub me: NodeId,
    pub budget: Budget,
    pub store: Store,
    /// As printed: the process's one alarm.
    pub alarm: Alarm,
    /// What was last decided about a retry, and how a request last ended, for those who watch.
    pub decided: Option<Decision>,
    pub ended: Option<End>,
    /// The same of its calls.
    pub call_ended: Option<End>,
}

/// What is remembered of a request in hand.
#[derive(Clone, Copy, Debug, Default)]
pub struct Note {
    /// The wait before the last retry.
    pub waited: Span,
    /// What the next call has taken from the budget.
    pub taken: Taken,
    /// Whether the next call is a retry that was decided on, rather than a hedge.
    pub begun: bool,
}

/// What a call carries.
#[derive(Clone, Copy, Debug)]
pub struct Pass {
    /// How long it was allowed to take; `None` if for ever.
    pub limit: Option<Span>,
    pub taken: Taken,
}

/// A call is over, and another one follows.
#[derive(Clone, Copy, Debug)]
pub struct Decision {
    pub outcome: Outcome,
    /// The how manieth retry it is, from 0 upward.
    pub retry: u32,
    /// The waits before this retry and the one before.
    pub wait: Span,
    pub before: Span,
    pub pushback: Option<Span>,
}

/// How a call or a request ended.
#[derive(Clone, Copy, Debug)]
pub struct End {
    pub outcome: Outcome,
    pub took: Span,
    pub limit: Option<Span>,
}

/// Requests of this class are made without any time limit.
pub const PATIENT: u8 = 1;

pub fn own(cx: At<Retrier>, rule: Rule, because: impl FnOnce() -> String) {
    cx.fire(PathRule::Own(rule), because);
}

impl Mechanism for Retrier {
    type Config = Config;
    type Rule = Rule;
    type Command = Nothing;
    type Fault = Fault;
    type Ticket = Pass;
    type Note = Note;

    fn new(me: NodeId, config: &Config, _: Time) -> Retrier {
        Retrier {
            me,
            budget: Budget::new(config.budget.0, config.budget.1),
            store: Store::default(),
            alarm: Alarm::default(),
            decided: None,
            ended: None,
            call_ended: None,
        }
    }

    fn before(&mut self, job: &mut Job<Note>, cx: At<Self>) -> Step<Pass> {
        let Some(to) = cx.config().callee(self.me) else { return self.store.finish(job, cx) };
        if job.caller.is_none() && job.deadline.is_none() && job.class.0 != PATIENT {
            job.deadline = Some(job.came + cx.config().deadline);
        }
        if cx.config().printed {
            return self.before_printed(job, to, cx);
        }
        if job.calls == 0 {
            self.first(job, to, cx)
        } else if job.open > 0 && !job.note.begun {
            self.hedge(job, to, cx)
        } else {
            job.note.begun = false;
            let attempt = job.calls + 1;
            own(cx, Rule::CallAgain, || format!("{}: attempt {attempt}", job.key));
            self.call(job, to, None, cx)
        }
    }

    fn after(&mut self, job: &mut Job<Note>, over: Over<Pass>, cx: At<Self>) -> Verdict {
        self.call_ended =
            Some(End { outcome: over.outcome, took: over.took, limit: over.ticket.limit });
        if cx.config().printed {
            return self.after_printed(job, over, cx);
        }
        let late = job.is_expired(cx.now()) && over.outcome.is_good();
        let outcome = if late { Outcome::TimedOut } else { over.outcome };
        if outcome.is_good() {
            self.budget.success(over.ticket.taken);
            if job.open > 0 {
                own(cx, Rule::TakeFirstAnswer, || {
                    format!("{} is answered by {}", job.key, over.call)
                });
            }
            return Verdict::Answer(outcome);
        }
        self.budget.failure();
        if job.open > 0 {
            return Verdict::Stay;
        }
        self.again(job, outcome, over.pushback, cx)
    }

    fn arrive(&mut self, request: &Request, load: Load, cx: At<Self>) -> Result<(), Turned> {
        let pushback = cx.config().pushback;
        let full = load.busy >= load.room.threads && load.waiting >= load.room.queue;
        if self.me != DATABASE || !full || pushback == Span::ZERO {
            return Ok(());
        }
        own(cx, Rule::AskForPeace, || format!("{}: not again before {pushback}", request.key));
        Err(Turned { outcome: Outcome::Refused, pushback: Some(pushback) })
    }

    fn next(
        &mut self,
        queue: &mut VecDeque<u64>,
        jobs: &BTreeMap<u64, Job<Note>>,
        cx: At<Self>,
    ) -> Next {
        let newest = cx.config().newest_first && self.me == DATABASE;
        let Some(id) = (if newest { queue.pop_back() } else { queue.pop_front() }) else {
            return Next::Nobody;
        };
        // Less than work usually takes at most is as good as nothing.
        let needed = Span(3 * path::Config::work(cx.config(), self.me).1.us());
        let too_little = |job: &&Job<Note>| job.left(cx.now()).is_some_and(|left| left <= needed);
        let expired = jobs.get(&id).filter(too_little);
        match expired {
            Some(job) => {
                let (key, age) = (job.key, cx.now().since(job.came));
                own(cx, Rule::DropExpired, || {
                    format!("{key} has waited for {age}, and too little is left")
                });
                Next::Drop(id, Outcome::Expired)
            }
            None => Next::Take(id),
        }
    }

    fn left(&mut self, job: &Job<Note>, outcome: Outcome, cx: At<Self>) {
        if job.caller.is_none() {
            let limit = job.deadline.map(|deadline| deadline.since(job.came));
            self.ended = Some(End { outcome, took: cx.now().since(job.came), limit });
        }
    }

    fn wake(&mut self, open: Vec<CallId>, cx: At<Self>) -> Vec<CallId> {
        self.alarm_rings(open, cx)
    }

    fn command(&mut self, command: Nothing, _: Vec<CallId>, _: At<Self>) -> Vec<CallId> {
        match command {}
    }

    fn fault(&mut self, Fault::TimeoutError: Fault, cx: At<Self>) {
        own(cx, Rule::RaiseTimeout, || "the next piece of work ends so".into());
        self.store.raises = true;
    }

    fn fields(&self) -> Vec<Field> {
        view::fields(self)
    }

    fn panels(&self) -> Vec<Panel> {
        view::panels(self)
    }
}

impl Retrier {
    fn first(&mut self, job: &mut Job<Note>, to: NodeId, cx: At<Self>) -> Step<Pass> {
        self.budget.request();
        let attempts = cx.config().attempts;
        if attempts == 0 {
            own(cx, Rule::AtLeastOne, || {
                "no attempts are allowed, which makes no sense; one is made".into()
            });
        }
        own(cx, Rule::FirstCall, || format!("{} goes to {to}", job.key));
        let hedge = cx.config().hedge;
        let again = (hedge > Span::ZERO && cx.config().retries(self.me)).then_some(hedge);
        self.call(job, to, again, cx)
    }

    /// A second call beside the first, if it may be made.
    fn hedge(&mut self, job: &mut Job<Note>, to: NodeId, cx: At<Self>) -> Step<Pass> {
        let may = u32::from(job.calls) < cx.config().attempts && may_repeat(cx);
        let Some(taken) = may.then(|| self.budget.take(false)).flatten() else { return Step::Stay };
        job.note.taken = taken;
        let hedge = cx.config().hedge;
        own(cx, Rule::Hedge, || format!("{}: no answer after {hedge}", job.key));
        self.call(job, to, None, cx)
    }

    fn call(
        &mut self,
        job: &mut Job<Note>,
        to: NodeId,
        again: Option<Span>,
        cx: At<Self>,
    ) -> Step<Pass> {
        let left = job.left(cx.now());
        if left == Some(Span::ZERO) {
            own(cx, Rule::NoTimeLeft, || format!("{}: its deadline has come", job.key));
            return Step::Answer(Outcome::Expired);
        }
        let own_limit = (cx.config().timeout > Span::ZERO && job.class.0 != PATIENT)
            .then_some(cx.config().timeout);
        let limit = match (own_limit, left) {
            (Some(own), Some(left)) => Some(own.min(left)),
            (own, left) => own.or(left),
        };
        let taken = std::mem::take(&mut job.note.taken);
        let told = limit.filter(|_| cx.config().propagate);
        Step::Call { to, timeout: limit, left: told, ticket: Pass { limit, taken }, again }
    }

    /// A call failed: is there another one?
    fn again(
        &mut self,
        job: &mut Job<Note>,
        outcome: Outcome,
        pushback: Option<Span>,
        cx: At<Self>,
    ) -> Verdict {
        let (now, key, word) = (cx.now(), job.key, outcome.word());
        let end = Verdict::Answer(if outcome == Outcome::TimedOut && self.me.letter() != 'c' {
            Outcome::Failed
        } else {
            outcome
        });
        if !cx.config().retries(self.me) {
            own(cx, Rule::LeaveRetries, || format!("{key}: {word}; the client may try again"));
            return end;
        }
        if hopeless(outcome) {
            if !cx.config().has(Flaw::RetriesHopeless) {
                own(cx, Rule::GiveUpHopeless, || format!("{key}: {word}, and would be again"));
                return end;
            }
            own(cx, Rule::RetryHopeless, || format!("{key}: {word}, and is tried again"));
        }
        if !may_repeat(cx) && unknown(outcome) {
            own(cx, Rule::GiveUpUnknown, || format!("{key}: {word}; it may have been done"));
            return end;
        }
        let attempts = cx.config().attempts.max(1);
        if u32::from(job.calls) >= attempts {
            own(cx, Rule::GiveUpAttempts, || format!("{key}: {word}, {attempts} times"));
            return end;
        }
        let retry = u32::from(job.calls) - 1;
        let before = job.note.waited;
        let mut waits = cx.config().waits;
        if cx.config().has(Flaw::NoCap) {
            waits.cap = Span(u64::MAX);
        }
        let drawn = waits.draw(retry, before, unit(cx));
        let honoured = pushback.filter(|_| !cx.config().has(Flaw::IgnoresPushback));
        let wait = drawn.max(honoured.unwrap_or(Span::ZERO));
        if job.left(now).is_some_and(|left| left <= wait) {
            own(cx, Rule::GiveUpDeadline, || {
                format!("{key}: {word}, and {wait} is more than is left")
            });
            return end;
        }
        match self.budget.take(outcome == Outcome::TimedOut) {
            Some(taken) => job.note.taken = taken,
            None if cx.config().has(Flaw::IgnoresBudget) => {
                own(cx, Rule::IgnoreBudget, || format!("{key}: the budget is empty"));
            }
            None => {
                own(cx, Rule::GiveUpBudget, || format!("{key}: {word}, and the budget is empty"));
                return end;
            }
        }
        let (rule, note) = match (pushback, honoured) {
            (Some(_), None) => (Rule::IgnorePushback, "whatever the server says"),
            (_, Some(wish)) if wish >= drawn => (Rule::HonourPushback, "as the server wishes"),
            _ if drawn > cx.config().waits.cap => (Rule::NoCap, "without a cap"),
            _ => (Rule::Backoff, "by backoff and jitter"),
        };
        own(cx, rule, || format!("{key}: {word}; again in {wait}, {note}"));
        job.note.waited = drawn;
        job.note.begun = true;
        self.decided = Some(Decision { outcome, retry, wait, before, pushback });
        Verdict::Again(wait)
    }
}

/// Whether trying again cannot help.
pub fn hopeless(outcome: Outcome) -> bool {
    match outcome {
        Outcome::Invalid | Outcome::Expired | Outcome::Cancelled => true,
        Outcome::Ok
        | Outcome::Degraded
        | Outcome::Failed
        | Outcome::Refused
        | Outcome::Conflict
        | Outcome::TimedOut => false,
    }
}

/// Whether it may have been done in spite of the error.
pub fn unknown(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::TimedOut | Outcome::Failed)
}

/// Whether doing a request twice is the same as doing it once.
fn may_repeat(cx: At<Retrier>) -> bool {
    cx.config().keys
}

/// Whether the request itself is wrong.
pub fn is_invalid(job: &Job<Note>) -> bool {
    job.nature == Nature::Invalid
}
