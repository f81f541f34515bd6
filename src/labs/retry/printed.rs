//! `call_with_timeout(lambda: retry_with_exponential_backoff(f), deadline)` as the course prints the two,
//! `f` being a call with a timeout of its own if there is one.
//!
//! `signal.alarm` is one alarm for the whole process. Whatever runs when it rings gets a TimeoutError;
//! here that is the newest call under way. A part of the path is one process.

use crate::labs::path::{At, CallId, Job, Outcome, Over, Step, Timer, Verdict, unit};
use crate::sim::{NodeId, Span, Time, exactly};

use super::retrier::{Decision, Note, PATIENT, Pass, Retrier, hopeless, own};
use super::rules::Rule;

/// `signal.alarm`: when it rings, if it is set.
#[derive(Clone, Copy, Debug, Default)]
pub struct Alarm(pub Option<Time>);

impl Retrier {
    pub fn before_printed(&mut self, job: &mut Job<Note>, to: NodeId, cx: At<Self>) -> Step<Pass> {
        let (timeout, deadline, key) = (cx.config().timeout, cx.config().deadline, job.key);
        let limited = job.class.0 != PATIENT;
        if job.calls == 0 && limited {
            if deadline.us() % 1_000_000 != 0 {
                own(cx, Rule::PrintedTypeError, || {
                    format!("signal.alarm({deadline}): an integer is required")
                });
                return Step::Answer(Outcome::Failed);
            }
            self.set_alarm(deadline, "around the retries", cx);
        }
        if cx.config().attempts == 0 {
            own(cx, Rule::PrintedNeverCalls, || {
                "range(0) is empty: the function returns None".into()
            });
            return Step::Answer(Outcome::Cancelled);
        }
        if job.calls > 0 && self.me.letter() != 'c' {
            own(cx, Rule::PrintedEachLayer, || {
                format!("{} tries again for {key} as well", self.me)
            });
        } else {
            let attempt = job.calls;
            own(cx, Rule::PrintedCall, || format!("{key}: attempt {attempt} of max_retries"));
        }
        if limited && timeout > Span::ZERO {
            self.set_alarm(timeout, "around the call", cx);
        }
        let own_limit = (timeout > Span::ZERO).then_some(timeout);
        let left = job.left(cx.now());
        let limit = own_limit.or(left).filter(|_| limited);
        let ticket = Pass { limit, taken: Default::default() };
        Step::Call { to, timeout: None, left: None, ticket, again: None }
    }

    pub fn after_printed(
        &mut self,
        job: &mut Job<Note>,
        over: Over<Pass>,
        cx: At<Self>,
    ) -> Verdict {
        let (outcome, key, word) = (over.outcome, job.key, over.outcome.word());
        if outcome.is_good() {
            // signal.alarm(0), of the call and of what is around it.
            self.alarm = Alarm(None);
            cx.cancel_timer(Timer::Own);
            return Verdict::Answer(outcome);
        }
        if outcome == Outcome::Expired {
            own(cx, Rule::PrintedForeignTimeout, || {
                format!("{key}: a TimeoutError of somebody else looks like the alarm's")
            });
        }
        if outcome != Outcome::TimedOut && self.alarm.0.is_some() {
            own(cx, Rule::PrintedAlarmStays, || {
                format!("{key}: {word}, and alarm(0) is not reached")
            });
        }
        if u32::from(job.calls) >= cx.config().attempts {
            own(cx, Rule::PrintedRaise, || format!("{key}: {word} in the last attempt"));
            return Verdict::Answer(outcome);
        }
        if outcome == Outcome::TimedOut {
            own(cx, Rule::PrintedSwallow, || format!("{key}: TimeoutError is an Exception too"));
        }
        if hopeless(outcome) {
            own(cx, Rule::PrintedAnyError, || {
                format!("{key}: {word} is an Exception like any other")
            });
        }
        let waits = cx.config().waits;
        let retry = u32::from(job.calls) - 1;
        let before = job.note.waited;
        let wait = waits.draw(retry, before, unit(cx));
        if let Some(wish) = over.pushback {
            own(cx, Rule::PrintedNoPushback, || {
                format!("{key}: the server asks for {wish}, unheard")
            });
        }
        if waits.wait(retry) > waits.cap {
            own(cx, Rule::PrintedNoCap, || format!("{key}: sleeps for {wait}"));
        } else if waits.wait(retry) >= Span::from_secs(2) {
            own(cx, Rule::PrintedSmallJitter, || {
                format!("{key}: {} and at most a second more", waits.wait(retry))
            });
        } else {
            own(cx, Rule::PrintedSleep, || format!("{key}: sleeps for {wait}"));
        }
        job.note.waited = wait;
        job.note.begun = true;
        self.decided = Some(Decision { outcome, retry, wait, before, pushback: over.pushback });
        Verdict::Again(wait)
    }

    fn set_alarm(&mut self, span: Span, whose: &'static str, cx: At<Self>) {
        if span == Span::ZERO {
            own(cx, Rule::PrintedZero, || "signal.alarm(0) sets no alarm".into());
            self.alarm = Alarm(None);
            return cx.cancel_timer(Timer::Own);
        }
        let rings = cx.now() + span;
        match self.alarm.0.replace(rings) {
            Some(other) => own(cx, Rule::PrintedOneAlarm, || {
                format!("the alarm {whose} replaces one that would ring at {other}")
            }),
            None => own(cx, Rule::PrintedAlarm, || format!("{whose}: rings at {rings}")),
        }
        cx.set_timer(Timer::Own, exactly(span));
    }

    /// SIGALRM: the newest call under way gets a TimeoutError, whosever alarm it was.
    pub fn alarm_rings(&mut self, open: Vec<CallId>, _: At<Self>) -> Vec<CallId> {
        self.alarm = Alarm(None);
        open.last().copied().into_iter().collect()
    }
}
