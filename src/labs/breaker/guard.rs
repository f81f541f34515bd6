//! The breaker wired into the path: the gateway asks it before each call to the service and tells it how
//! the call went.

use crate::labs::path::{
    At, CallId, Job, Mechanism, Outcome, Over, Rule as PathRule, Step, Timer, Verdict,
};
use crate::sim::{Field, NodeId, Panel, Span, Time, exactly};

use super::config::Config;
use super::mechanism::{Admission, Breaker, Flaw, Result, Ruling, State, Ticket};
use super::message::{Command, Fault};
use super::printed::{Printed, Wall, Word};
use super::rules::Rule;
use super::view;

/// The client, the gateway and the service, of which only the gateway has a breaker.
#[derive(Clone, Debug)]
pub struct Guard {
    pub me: NodeId,
    pub gate: Gate,
    /// When the breaker last changed its state, and why.
    pub turned: (Time, Why),
    /// Calls that were not made because the breaker refused them.
    pub refused: u64,
}

#[derive(Clone, Debug)]
pub enum Gate {
    /// Nothing stands between: at the client, at the service, or if the breaker is off.
    None,
    Corrected(Breaker),
    Printed {
        breaker: Printed,
        /// How far the wall clock has been set back.
        back: Span,
        /// When it last failed, on a clock that nobody sets back, and the calls let through half open
        /// that are not over: what those who watch know, and the print does not.
        failed_at: Time,
        probes: u32,
    },
}

/// Why the breaker is in the state in which it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    Start,
    Ruled(Ruling),
    WaitOver,
    Printed(&'static str),
}

/// What an admitted call brings back.
#[derive(Clone, Copy, Debug)]
pub struct Pass {
    ticket: Ticket,
    probe: bool,
}

const PLAIN: Pass = Pass { ticket: Ticket { generation: 0 }, probe: false };

/// The only gateway, and the only service.
pub const GATEWAY: NodeId = NodeId::new('g', 1);
pub const SERVICE: NodeId = NodeId::new('s', 1);

impl Mechanism for Guard {
    type Config = Config;
    type Rule = Rule;
    type Command = Command;
    type Fault = Fault;
    type Ticket = Pass;
    type Note = ();

    fn new(me: NodeId, config: &Config, now: Time) -> Guard {
        let gate = match (me == GATEWAY && config.on, config.printed) {
            (false, _) => Gate::None,
            (true, false) => Gate::Corrected(Breaker::new(&config.settings)),
            (true, true) => Gate::Printed {
                breaker: Printed::new(),
                back: Span::ZERO,
                failed_at: now,
                probes: 0,
            },
        };
        Guard { me, gate, turned: (now, Why::Start), refused: 0 }
    }

    fn before(&mut self, job: &mut Job<()>, cx: At<Self>) -> Step<Pass> {
        let patience = Some(cx.config().patience);
        match self.me.letter() {
            'c' => call(GATEWAY, patience, PLAIN),
            'g' => self.gate(job, cx),
            _ if job.nature == crate::labs::path::Nature::Invalid => Step::Answer(Outcome::Invalid),
            _ => Step::Answer(Outcome::Ok),
        }
    }

    fn after(&mut self, job: &mut Job<()>, over: Over<Pass>, cx: At<Self>) -> Verdict {
        match &self.gate {
            Gate::None => {}
            Gate::Corrected(_) => self.record(job, &over, cx),
            Gate::Printed { .. } => self.record_printed(job, &over, cx),
        }
        Verdict::Answer(match over.outcome {
            Outcome::TimedOut if self.me == GATEWAY => Outcome::Failed,
            outcome => outcome,
        })
    }

    fn wake(&mut self, _: Vec<CallId>, cx: At<Self>) -> Vec<CallId> {
        let (now, settings) = (cx.now(), cx.config().settings);
        let Gate::Corrected(breaker) = &mut self.gate else { return Vec::new() };
        if breaker.look(now, &settings) {
            self.half_open(now, "by its timer", cx);
        } else if let State::Open { since, wait } = breaker.state {
            // Fired by hand before its time.
            cx.set_timer(Timer::Own, exactly((since + wait).since(now) + Span(1)));
        }
        Vec::new()
    }

    fn command(&mut self, command: Command, open: Vec<CallId>, cx: At<Self>) -> Vec<CallId> {
        match command {
            Command::Cancel => {
                let count = open.len();
                own(cx, Rule::CancelCalls, || format!("{count} calls are given up"));
                open
            }
        }
    }

    fn fault(&mut self, fault: Fault, cx: At<Self>) {
        let Fault::ClockBack(by) = fault;
        own(cx, Rule::SetClockBack, || format!("the wall clock goes back by {by}"));
        if let Gate::Printed { back, .. } = &mut self.gate {
            *back += by;
        }
    }

    fn fields(&self) -> Vec<Field> {
        view::fields(self)
    }

    fn panels(&self) -> Vec<Panel> {
        view::panels(self)
    }
}

fn call(to: NodeId, timeout: Option<Span>, ticket: Pass) -> Step<Pass> {
    Step::Call { to, timeout, left: timeout, ticket, again: None }
}

fn own(cx: At<Guard>, rule: Rule, because: impl FnOnce() -> String) {
    cx.fire(PathRule::Own(rule), because);
}

impl Guard {
    /// In which of the three states the breaker is, if there is one.
    pub fn word(&self) -> Option<Word> {
        match &self.gate {
            Gate::None => None,
            Gate::Corrected(breaker) => Some(match breaker.state {
                State::Closed => Word::Closed,
                State::Open { .. } => Word::Open,
                State::HalfOpen(_) => Word::HalfOpen,
            }),
            Gate::Printed { breaker, .. } => Some(breaker.state),
        }
    }

    /// Whether the service may be called now.
    fn gate(&mut self, job: &Job<()>, cx: At<Self>) -> Step<Pass> {
        let (key, timeout) = (job.key, cx.config().call_timeout);
        match &self.gate {
            Gate::None => {
                own(cx, Rule::NoBreaker, || {
                    format!("{key} goes to {SERVICE}, whatever became of others")
                });
                call(SERVICE, Some(timeout), PLAIN)
            }
            Gate::Corrected(_) => self.admit(job, timeout, cx),
            Gate::Printed { .. } => self.admit_printed(job, cx),
        }
    }

    // ---- corrected ----

    fn admit(&mut self, job: &Job<()>, timeout: Span, cx: At<Self>) -> Step<Pass> {
        let (now, settings, key) = (cx.now(), cx.config().settings, job.key);
        let Gate::Corrected(breaker) = &mut self.gate else { return Step::Answer(Outcome::Failed) };
        let was_open = matches!(breaker.state, State::Open { .. });
        let admission = breaker.admit(now, &settings);
        let probes = match breaker.state {
            State::HalfOpen(probes) => Some(probes),
            State::Closed | State::Open { .. } => None,
        };
        if was_open && probes.is_some() {
            self.half_open(now, "with the next call", cx);
        }
        match (admission, probes) {
            (Admission::Admitted(ticket), None) => {
                own(cx, Rule::AdmitClosed, || format!("{key}: the breaker is closed"));
                call(SERVICE, Some(timeout), Pass { ticket, probe: false })
            }
            (Admission::Admitted(ticket), Some(probes)) => {
                let beyond = probes.in_flight + probes.judged > settings.permits;
                let rule = if beyond { Rule::ProbesUnbounded } else { Rule::AdmitProbe };
                own(cx, rule, || format!("{key}: {} permits are left", probes.free));
                call(SERVICE, Some(timeout), Pass { ticket, probe: true })
            }
            (Admission::Open(left), _) => {
                own(cx, Rule::RefuseOpen, || format!("{key}: open for another {left}"));
                self.refuse()
            }
            (Admission::NoPermit, _) => {
                let permits = settings.permits;
                own(cx, Rule::RefuseNoPermit, || format!("{key}: all {permits} permits are given"));
                self.refuse()
            }
        }
    }

    fn refuse(&mut self) -> Step<Pass> {
        self.refused += 1;
        Step::Answer(Outcome::Refused)
    }

    fn half_open(&mut self, now: Time, how: &'static str, cx: At<Self>) {
        self.turned = (now, Why::WaitOver);
        let permits = cx.config().settings.permits;
        own(cx, Rule::HalfOpen, || format!("the wait is over, noticed {how}; {permits} permits"));
    }

    fn record(&mut self, job: &Job<()>, over: &Over<Pass>, cx: At<Self>) {
        let (now, settings) = (cx.now(), cx.config().settings);
        let Gate::Corrected(breaker) = &mut self.gate else { return };
        let result = match over.outcome {
            Outcome::Ok | Outcome::Degraded => Result::Success,
            Outcome::Invalid if settings.flaw == Some(Flaw::CallersErrorsCount) => {
                own(cx, Rule::CallersErrorsCount, || format!("{} is invalid, and counts", job.key));
                Result::Failure
            }
            Outcome::Invalid | Outcome::Cancelled => Result::Ignored,
            Outcome::Failed
            | Outcome::Refused
            | Outcome::Expired
            | Outcome::Conflict
            | Outcome::TimedOut => Result::Failure,
        };
        let before = breaker.state;
        let ruling = breaker.record(now, over.ticket.ticket, result, over.took, &settings);
        let after = breaker.state;
        let (took, word, key) = (over.took, over.outcome.word(), job.key);
        let slow = took > settings.slow_after;
        let counted = match result {
            Result::Failure => Rule::RecordFailure,
            Result::Success if slow => Rule::RecordSlow,
            Result::Success | Result::Ignored => Rule::RecordSuccess,
        };
        match ruling {
            Ruling::Stale => self.stale(before, after, key.0, word, cx),
            Ruling::Ignored => {
                let leaks = settings.flaw == Some(Flaw::PermitLeaks) && over.ticket.probe;
                let rule = if leaks { Rule::PermitLeaks } else { Rule::IgnoreOutcome };
                own(cx, rule, || format!("{key}: {word} says nothing about {SERVICE}"));
            }
            Ruling::Counted => own(cx, counted, || format!("{key}: {word} in {took}")),
            ruling => {
                let stale = over.ticket.ticket.generation + 1 < breaker_generation(&self.gate);
                let rule = if stale { Rule::StaleCounts } else { counted };
                own(cx, rule, || format!("{key}: {word} in {took}"));
                self.turn(now, ruling, cx);
            }
        }
    }

    fn stale(&mut self, before: State, after: State, key: u64, word: &'static str, cx: At<Self>) {
        let rule = if before == after { Rule::StaleOutcome } else { Rule::LateFailureRestarts };
        own(cx, rule, || {
            format!("request {key}: {word}, but it was let through before the last change")
        });
    }

    /// The breaker has changed its state.
    fn turn(&mut self, now: Time, ruling: Ruling, cx: At<Self>) {
        self.turned = (now, Why::Ruled(ruling));
        match ruling {
            Ruling::TooManyFailed(rates) => own(cx, Rule::TripFailures, || {
                format!("{} of {} calls failed", rates.failed, rates.calls)
            }),
            Ruling::TooManySlow(rates) => own(cx, Rule::TripSlow, || {
                format!("{} of {} calls were slow", rates.slow, rates.calls)
            }),
            Ruling::InARow(count) => {
                own(cx, Rule::TripInARow, || format!("{count} calls in a row failed"));
            }
            Ruling::ProbesSucceeded => {
                own(cx, Rule::ProbesClose, || "the probes succeeded".into());
                return cx.trust(SERVICE);
            }
            Ruling::ProbesFailed => own(cx, Rule::ProbesReopen, || "the probes failed".into()),
            Ruling::Counted | Ruling::Ignored | Ruling::Stale => return,
        }
        cx.suspect(SERVICE);
        if let (Gate::Corrected(breaker), true) = (&self.gate, cx.config().automatic)
            && let State::Open { wait, .. } = breaker.state
        {
            cx.set_timer(Timer::Own, exactly(wait + Span(1)));
        }
    }

    // ---- as printed ----

    fn admit_printed(&mut self, job: &Job<()>, cx: At<Self>) -> Step<Pass> {
        let (now, timeout, key) = (cx.now(), cx.config().settings.open_for, job.key);
        let Gate::Printed { breaker, back, failed_at, probes } = &mut self.gate else {
            return Step::Answer(Outcome::Failed);
        };
        let before = breaker.state;
        if !breaker.admits(Wall::at(now, *back), timeout) {
            let since = now.since(*failed_at);
            if since > timeout {
                own(cx, Rule::PrintedWallClock, || {
                    format!("{since} have passed since the last failure, but not on the wall clock")
                });
            }
            own(cx, Rule::PrintedRefuse, || format!("{key}: CircuitBreakerOpenError"));
            return self.refuse();
        }
        let ticket = Ticket { generation: breaker.turns };
        let probe = breaker.state == Word::HalfOpen;
        if probe {
            *probes += 1;
        }
        let count = *probes;
        match (before, breaker.state) {
            (Word::Open, Word::HalfOpen) => {
                self.turned = (now, Why::Printed("the timeout is over"));
                own(cx, Rule::PrintedHalfOpen, || {
                    format!("more than {timeout} since the last failure")
                });
            }
            (_, Word::HalfOpen) => own(cx, Rule::PrintedAdmitAll, || {
                format!("{key} is let through, half open, as the {count}th that is under way")
            }),
            _ => own(cx, Rule::PrintedCall, || format!("{key}: the state is CLOSED")),
        }
        call(SERVICE, None, Pass { ticket, probe })
    }

    fn record_printed(&mut self, job: &Job<()>, over: &Over<Pass>, cx: At<Self>) {
        let (now, settings, key) = (cx.now(), cx.config().settings, job.key);
        let (took, word) = (over.took, over.outcome.word());
        let Gate::Printed { breaker, back, failed_at, probes } = &mut self.gate else { return };
        let before = (breaker.state, breaker.failure_count);
        if over.ticket.probe {
            *probes = probes.saturating_sub(1);
        }
        let stale = over.ticket.ticket.generation != breaker.turns;
        match over.outcome {
            Outcome::Cancelled => own(cx, Rule::PrintedCancelUnseen, || {
                format!("{key}: the exception that ends it is no `Exception`; {:?} stays", before.0)
            }),
            Outcome::Ok | Outcome::Degraded => {
                breaker.on_success();
                let rule = match before {
                    (Word::Open, _) if over.ticket.probe => Rule::PrintedOtherProbe,
                    (Word::Open, _) => Rule::PrintedLateSuccess,
                    (Word::Closed, 1..) => Rule::PrintedForgive,
                    _ if took > settings.slow_after => Rule::PrintedSlowUnseen,
                    _ => Rule::PrintedSuccess,
                };
                own(cx, rule, || {
                    format!("{key}: {word} in {took}; failure_count was {}, is 0", before.1)
                });
                if before.0 != Word::Closed {
                    self.turned = (now, Why::Printed("a call succeeded"));
                    cx.trust(SERVICE);
                }
            }
            _ => {
                let since = now.since(std::mem::replace(failed_at, now));
                let first = breaker.last_failure_time.is_none();
                breaker.on_failure(Wall::at(now, *back), settings.size);
                let count = breaker.failure_count;
                let rule = match before.0 {
                    _ if over.outcome == Outcome::Invalid => Rule::PrintedCallersError,
                    Word::Open if stale => Rule::PrintedLateFailure,
                    Word::Closed if !first && since > settings.open_for => {
                        Rule::PrintedNeverExpires
                    }
                    _ => Rule::PrintedFailure,
                };
                let opened = before.0 != Word::Open && breaker.state == Word::Open;
                own(cx, rule, || format!("{key}: {word}; failure_count is {count}"));
                if opened {
                    self.turned = (now, Why::Printed("failure_count has reached the threshold"));
                    own(cx, Rule::PrintedOpen, || format!("{count} failures, whenever they were"));
                    cx.suspect(SERVICE);
                }
            }
        }
    }
}

fn breaker_generation(gate: &Gate) -> u64 {
    match gate {
        Gate::Corrected(breaker) => breaker.generation,
        Gate::None | Gate::Printed { .. } => 0,
    }
}
