//! The circuit breaker itself: no messages, no clock of its own. Whoever uses it says what time it is.

use crate::sim::{Span, Time};

use super::window::{Rates, Window};

/// How a breaker is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    pub window: Kind,
    /// So many calls, or seconds, are looked back upon. In a row: so many failures open it.
    pub size: u32,
    /// With fewer calls in the window there is no judgement.
    pub minimum: u32,
    /// It opens when so many of a hundred calls failed, or more.
    pub failure_percent: u32,
    /// It opens when so many of a hundred calls were slow, or more.
    pub slow_percent: u32,
    /// A call is slow if it takes longer than this.
    pub slow_after: Span,
    /// It stays open for so long.
    pub open_for: Span,
    /// Whether it stays open twice as long each time that its probes fail, up to [`GROWTH_MAX`] times.
    pub grows: bool,
    /// So many calls may try whether the callee is well again.
    pub permits: u32,
    /// Which decision is taken wrongly on purpose, if one is.
    pub flaw: Option<Flaw>,
}

/// An open time that grows becomes at most so many times as long.
pub const GROWTH_MAX: u64 = 16;

/// What the window is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Failures in a row, as the course prints it: one success forgives all.
    InARow,
    /// The last `size` calls.
    Count,
    /// The calls of the last `size` seconds.
    Time,
}

/// One decision taken wrongly on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Outcomes of calls from before the last change count as if they were new.
    StaleCounts,
    /// A failure that comes late makes the wait begin again.
    LateFailureRestarts,
    /// Half open, everybody is let through.
    ProbesUnbounded,
    /// A probe that ends without a verdict keeps its permit.
    PermitLeaks,
    /// The caller's own mistakes count as failures of the callee.
    CallersErrorsCount,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Everybody is let through and watched.
    Closed,
    /// Nobody is let through until `wait` has passed.
    Open { since: Time, wait: Span },
    /// A few are let through, and decide.
    HalfOpen(Probes),
}

/// The permits of a half-open breaker. Free, in flight and judged are all of them together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Probes {
    pub free: u32,
    pub in_flight: u32,
    pub judged: u32,
    pub failed: u32,
    pub slow: u32,
}

/// What an admitted call brings back with its outcome: the generation that admitted it. Every change of
/// state begins a new one (gobreaker).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    pub generation: u64,
}

/// How a call went, as far as the breaker cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Result {
    Success,
    Failure,
    /// It says nothing about the callee: the caller's own mistake, or a call that was cancelled.
    Ignored,
}

/// Whether a call may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    Admitted(Ticket),
    /// It is open, for so long still.
    Open(Span),
    /// It is half open and has no permit to give.
    NoPermit,
}

/// What an outcome led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// It counts, and nothing changes.
    Counted,
    Ignored,
    /// It comes from another generation.
    Stale,
    /// Too many in the window failed.
    TooManyFailed(Rates),
    TooManySlow(Rates),
    /// So many failed in a row.
    InARow(u32),
    /// All probes are back: closed again.
    ProbesSucceeded,
    /// All probes are back: open again.
    ProbesFailed,
}

#[derive(Clone, Debug)]
pub struct Breaker {
    pub state: State,
    pub generation: u64,
    pub window: Window,
    /// How often in a row it opened without closing between.
    openings: u32,
}

impl Breaker {
    pub fn new(settings: &Settings) -> Breaker {
        Breaker { state: State::Closed, generation: 1, window: Window::new(settings), openings: 0 }
    }

    /// Somebody wants to call.
    pub fn admit(&mut self, now: Time, settings: &Settings) -> Admission {
        self.look(now, settings);
        let ticket = Ticket { generation: self.generation };
        match &mut self.state {
            State::Closed => Admission::Admitted(ticket),
            State::Open { since, wait } => Admission::Open((*since + *wait).since(now)),
            State::HalfOpen(probes) => {
                let unbounded = settings.flaw == Some(Flaw::ProbesUnbounded);
                if probes.free == 0 && !unbounded {
                    return Admission::NoPermit;
                }
                probes.free = probes.free.saturating_sub(1);
                probes.in_flight += 1;
                Admission::Admitted(ticket)
            }
        }
    }

    /// Half-opens if the wait is over: strictly after it, as in resilience4j and Hystrix. Tells whether
    /// it did.
    pub fn look(&mut self, now: Time, settings: &Settings) -> bool {
        let State::Open { since, wait } = self.state else { return false };
        if now <= since + wait {
            return false;
        }
        let probes = Probes { free: settings.permits, ..Probes::default() };
        self.turn(State::HalfOpen(probes));
        true
    }

    /// A call that was admitted is over, and took so long.
    pub fn record(
        &mut self,
        now: Time,
        ticket: Ticket,
        result: Result,
        took: Span,
        settings: &Settings,
    ) -> Ruling {
        if ticket.generation != self.generation {
            return self.stale(now, result, settings);
        }
        let slow = took > settings.slow_after;
        match &mut self.state {
            State::Closed if result == Result::Ignored => Ruling::Ignored,
            State::Closed => {
                self.window.push(now, result == Result::Failure, slow, settings);
                self.judge_window(now, settings)
            }
            // Every change of state begins a generation, and an open breaker admits nobody.
            State::Open { .. } => Ruling::Stale,
            State::HalfOpen(probes) => {
                probes.in_flight -= 1;
                if result == Result::Ignored {
                    probes.free += u32::from(settings.flaw != Some(Flaw::PermitLeaks));
                    return Ruling::Ignored;
                }
                probes.judged += 1;
                probes.failed += u32::from(result == Result::Failure);
                probes.slow += u32::from(slow);
                self.judge_probes(now, settings)
            }
        }
    }

    /// An outcome from another generation is known and changes nothing.
    fn stale(&mut self, now: Time, result: Result, settings: &Settings) -> Ruling {
        match (settings.flaw, &mut self.state, result) {
            (Some(Flaw::StaleCounts), State::Open { .. } | State::HalfOpen(_), Result::Success) => {
                self.close(settings);
                Ruling::ProbesSucceeded
            }
            (Some(Flaw::LateFailureRestarts), State::Open { since, .. }, Result::Failure) => {
                *since = now;
                Ruling::Stale
            }
            _ => Ruling::Stale,
        }
    }

    fn judge_window(&mut self, now: Time, settings: &Settings) -> Ruling {
        let rates = self.window.rates(now, settings);
        let ruling = match settings.window {
            Kind::InARow if self.window.in_a_row() >= settings.size => {
                Ruling::InARow(self.window.in_a_row())
            }
            Kind::InARow => return Ruling::Counted,
            Kind::Count | Kind::Time if rates.calls < settings.least(rates) => {
                return Ruling::Counted;
            }
            Kind::Count | Kind::Time if rates.failed_at_least(settings.failure_percent) => {
                Ruling::TooManyFailed(rates)
            }
            Kind::Count | Kind::Time if rates.slow_at_least(settings.slow_percent) => {
                Ruling::TooManySlow(rates)
            }
            Kind::Count | Kind::Time => return Ruling::Counted,
        };
        self.open(now, settings);
        ruling
    }

    fn judge_probes(&mut self, now: Time, settings: &Settings) -> Ruling {
        let State::HalfOpen(probes) = self.state else { return Ruling::Counted };
        if probes.judged < settings.permits {
            return Ruling::Counted;
        }
        let Probes { judged: calls, failed, slow, .. } = probes;
        let rates = Rates { calls, failed, slow };
        let bad = match settings.window {
            Kind::InARow => failed > 0,
            Kind::Count | Kind::Time => {
                rates.failed_at_least(settings.failure_percent)
                    || rates.slow_at_least(settings.slow_percent)
            }
        };
        if bad {
            self.open(now, settings);
            Ruling::ProbesFailed
        } else {
            self.close(settings);
            Ruling::ProbesSucceeded
        }
    }

    fn open(&mut self, now: Time, settings: &Settings) {
        let growth = if settings.grows { 1 << self.openings.min(10) } else { 1 };
        let wait = Span(settings.open_for.us() * growth.min(GROWTH_MAX));
        self.openings += 1;
        self.turn(State::Open { since: now, wait });
    }

    fn close(&mut self, settings: &Settings) {
        self.openings = 0;
        self.window = Window::new(settings);
        self.turn(State::Closed);
    }

    fn turn(&mut self, state: State) {
        self.state = state;
        self.generation += 1;
    }
}

impl Settings {
    /// How many calls a judgement needs. A window of calls that is full has enough, even if it is
    /// smaller than the minimum (resilience4j).
    fn least(&self, _: Rates) -> u32 {
        match self.window {
            Kind::InARow | Kind::Time => self.minimum,
            Kind::Count => self.minimum.min(self.size),
        }
    }
}
