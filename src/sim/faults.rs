//! The fault ledger: every injected fault on its way from cause to recovery.
//!
//! ```text
//! introduced → activated → error → failure → detected → recovered
//!      └ latent     └ masked
//! ```
//!
//! The words are those of Avizienis, Laprie, Randell and Landwehr (2004): a *fault* is the cause, an
//! *error* is wrong state, a *failure* is a service that deviates from what it should be. Every stage
//! comes from an event of the run:
//!
//! * **activated**: the world let the fault take effect for the first time (a message died at the
//!   cut, a timer of the paused node came due);
//! * **error**, **failure**: the lab's [`Spec`](super::spec::Spec) says so. An error that begins is
//!   ascribed to every fault that is active and has none yet, but not to those that were masked or
//!   recovered from if there are others; if no fault has taken effect before, then to the newest
//!   one, which takes effect by it;
//! * **detected**: a node suspects a node that the fault keeps silent, or a checksum rejects a
//!   damaged message. A suspicion of a node that is up and within reach is a **false alarm**;
//! * **recovered**: error and failure are over, and have been for a settling time, so that a pause
//!   between two failures is not taken for the end. It is dated to when it began. If they come back
//!   later, the fault goes through the stages again;
//! * **masked**: it took effect and, a settling time later, nothing had gone wrong; **latent**: a
//!   settling time passed and it had never taken effect.

use std::borrow::Cow;
use std::rc::Rc;

use serde::Serialize;

use super::id::{FaultId, NodeId, StepIndex};
use super::spec::Service;
use super::time::{Span, Time};

/// How far a fault has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    Introduced,
    Activated,
    Error,
    Failure,
    Detected,
    Recovered,
    /// A side exit: it is there and has had no effect.
    Latent,
    /// A side exit: it had an effect, and nothing went wrong.
    Masked,
    /// Somebody took a node for failed that was not.
    FalseAlarm,
}

impl Stage {
    pub fn word(self) -> &'static str {
        match self {
            Stage::Introduced => "introduced",
            Stage::Activated => "activated",
            Stage::Error => "error",
            Stage::Failure => "failure",
            Stage::Detected => "detected",
            Stage::Recovered => "recovered",
            Stage::Latent => "latent",
            Stage::Masked => "masked",
            Stage::FalseAlarm => "false alarm",
        }
    }
}

/// A fault that reached a stage, or a false alarm that no fault is to blame for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StageChange {
    pub fault: Option<FaultId>,
    pub stage: Stage,
    /// The node by which it came: the one that detected, or that brought recovery.
    pub by: Option<NodeId>,
    /// The facts in a clause.
    pub note: String,
}

/// One fault and its history.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FaultRecord {
    pub id: FaultId,
    /// The input that brought it, in the words of the script.
    pub what: String,
    /// Whether it is still there: not restarted, healed or spent.
    pub present: bool,
    /// When it ended. What goes wrong within a settling time of that is still ascribed to it.
    #[serde(rename = "ended_us")]
    pub ended: Option<Time>,
    /// Every stage that it reached, in order. The first is always `Introduced`.
    pub history: Vec<Reached>,
}

/// A stage, and when it was reached.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reached {
    pub stage: Stage,
    #[serde(rename = "time_us")]
    pub time: Time,
    pub step: StepIndex,
    pub by: Option<NodeId>,
    pub note: String,
}

impl FaultRecord {
    /// When it was injected.
    pub fn introduced(&self) -> &Reached {
        &self.history[0]
    }

    /// Where it stands now.
    pub fn stage(&self) -> Stage {
        let last = self.history.last().expect("a fault begins with `introduced`");
        last.stage
    }

    /// When it last came to this stage, if it has since it last began to do harm.
    pub fn reached(&self, stage: Stage) -> Option<&Reached> {
        self.history.iter().rev().find(|reached| reached.stage == stage)
    }

    /// Whether it has an error or a failure that is not over.
    fn harms(&self) -> bool {
        let harm = |stage| matches!(stage, Stage::Error | Stage::Failure);
        let last = self.history.iter().rev().find(|r| harm(r.stage) || r.stage == Stage::Recovered);
        last.is_some_and(|reached| harm(reached.stage))
    }

    fn has(&self, stage: Stage) -> bool {
        self.reached(stage).is_some()
    }

    /// Whether something that goes wrong now may be its doing.
    fn works(&self, now: Time, settle: Span) -> bool {
        self.present || now.since(self.last_effect()) < settle
    }

    /// Since when nothing new has come of it, if it has never done harm.
    fn quiet_since(&self) -> Option<Time> {
        if self.has(Stage::Error) {
            return None;
        }
        Some(self.last_effect())
    }

    fn last_effect(&self) -> Time {
        let last = self.reached(Stage::Activated).unwrap_or(self.introduced()).time;
        self.ended.map_or(last, |ended| ended.max(last))
    }

    /// Whether it may change its stage without a further touch.
    fn is_open(&self) -> bool {
        let settled =
            self.has(Stage::Masked) || self.has(Stage::Latent) || self.has(Stage::Recovered);
        self.present || self.harms() || !settled
    }

    /// Makes room for a further stage, so that every kind that was reached is still there once.
    fn forget_one(&mut self) {
        let came_again = |place: &usize| {
            let stage = self.history[*place].stage;
            self.history[place + 1..].iter().any(|later| later.stage == stage)
        };
        let oldest = (1..self.history.len()).find(came_again);
        self.history.remove(oldest.expect("there are fewer kinds than places"));
    }

    /// Whether the system has come to terms with it: masked, latent, or recovered from.
    fn is_borne(&self) -> bool {
        let settled = [Stage::Masked, Stage::Latent, Stage::Recovered];
        settled.iter().any(|&stage| self.has(stage)) && !self.harms()
    }

    /// Whether the present trouble has come to this stage already.
    fn has_since_recovery(&self, stage: Stage) -> bool {
        let since = self.history.iter().rev().take_while(|r| r.stage != Stage::Recovered);
        since.into_iter().any(|reached| reached.stage == stage)
    }
}

/// A node that took another for failed which was up and within reach.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Alarm {
    pub by: NodeId,
    pub of: NodeId,
    pub time: Time,
    pub step: StepIndex,
    /// The fault that kept the suspect silent, if one did.
    pub fault: Option<FaultId>,
}

/// At most so many faults and alarms are kept; older ones that are over make room.
pub const RECORDS_MAX: usize = 256;

/// At most so many stages of one fault are kept. Of one that flaps more often, older ones of a kind
/// that came again make room.
pub const HISTORY_MAX: usize = 64;

/// All faults of a run.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    faults: Rc<Vec<Rc<FaultRecord>>>,
    alarms: Rc<Vec<Alarm>>,
    introduced: u32,
    in_error: bool,
    in_failure: bool,
    /// Since when all has been well, while some fault has not been recovered from yet.
    calm: Option<Moment>,
    /// Whether the service has ever worked: before that nothing can go wrong.
    began: bool,
    /// Faults that may still change their stage. Zero lets a run without faults cost nothing.
    open: usize,
    /// What changed in this step.
    fresh: Vec<StageChange>,
}

/// Where in the run something happens.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    pub time: Time,
    pub step: StepIndex,
    pub node: Option<NodeId>,
}

impl Ledger {
    pub fn faults(&self) -> impl Iterator<Item = &FaultRecord> {
        self.faults.iter().map(Rc::as_ref)
    }

    pub fn alarms(&self) -> impl Iterator<Item = &Alarm> {
        self.alarms.iter()
    }

    /// What changed in the last step.
    pub fn fresh(&self) -> &[StageChange] {
        &self.fresh
    }

    pub(super) fn begin_step(&mut self) {
        self.fresh.clear();
    }

    pub(super) fn next_id(&self) -> FaultId {
        FaultId(self.introduced + 1)
    }

    pub(super) fn introduce(&mut self, what: String, at: Moment) -> FaultId {
        let id = self.next_id();
        self.introduced += 1;
        if self.faults.len() == RECORDS_MAX {
            let over = self.faults.iter().position(|fault| !fault.present && !fault.harms());
            Rc::make_mut(&mut self.faults).remove(over.unwrap_or(0));
        }
        let history = Vec::new();
        let record = FaultRecord { id, what, present: true, ended: None, history };
        Rc::make_mut(&mut self.faults).push(Rc::new(record));
        let last = self.faults.len() - 1;
        self.reach(last, Stage::Introduced, at, &String::new);
        id
    }

    /// The fault took effect, in a way that `how` describes. Only the first time counts.
    pub(super) fn activate(&mut self, id: FaultId, at: Moment, how: &dyn Fn() -> String) {
        let Some(place) = self.place(id) else { return };
        if !self.faults[place].has(Stage::Activated) {
            self.reach(place, Stage::Activated, at, how);
        }
    }

    /// The fault is no longer there: healed, restarted, or spent.
    pub(super) fn end(&mut self, id: FaultId, at: Moment) {
        let Some(place) = self.place(id) else { return };
        if self.faults[place].present {
            let fault = self.record(place);
            fault.present = false;
            fault.ended = Some(at.time);
        }
    }

    pub(super) fn detect(&mut self, id: FaultId, by: NodeId, at: Moment, how: &dyn Fn() -> String) {
        let Some(place) = self.place(id) else { return };
        if !self.faults[place].has_since_recovery(Stage::Detected) {
            self.reach(place, Stage::Detected, Moment { node: Some(by), ..at }, how);
        }
    }

    pub(super) fn false_alarm(&mut self, alarm: Alarm, at: Moment) {
        let note = || format!("{} takes {} for failed, but it is up", alarm.by, alarm.of);
        match alarm.fault.and_then(|id| self.place(id)) {
            Some(place) => {
                let at = Moment { node: Some(alarm.by), ..at };
                self.reach(place, Stage::FalseAlarm, at, &note);
            }
            None => self.fresh.push(StageChange {
                fault: None,
                stage: Stage::FalseAlarm,
                by: Some(alarm.by),
                note: note(),
            }),
        }
        let alarms = Rc::make_mut(&mut self.alarms);
        if alarms.len() == RECORDS_MAX {
            alarms.remove(0);
        }
        alarms.push(alarm);
    }

    /// Whether nothing is wrong or can become so by itself: the system works, and every fault is over.
    pub(super) fn is_quiet(&self) -> bool {
        self.began && self.open == 0 && !self.in_error && !self.in_failure
    }

    /// Takes the lab's own judgement after a step and moves the faults accordingly.
    pub(super) fn assess(
        &mut self,
        error: Option<Cow<'static, str>>,
        service: &Service,
        settle: Span,
        at: Moment,
    ) {
        if !self.began {
            self.began = error.is_none() && !service.failed;
            return;
        }
        let error = error.or_else(|| service.failed.then_some(Cow::Borrowed("the service fails")));
        self.assess_error(error, settle, at);
        self.assess_failure(service, at);
        self.assess_calm(service, settle, at);
        for place in 0..self.faults.len() {
            if self.faults[place].quiet_since().is_some_and(|since| at.time.since(since) >= settle)
            {
                self.settle_one(place, at);
            }
        }
        self.open = self.faults.iter().filter(|fault| fault.is_open()).count();
    }

    fn assess_error(&mut self, error: Option<Cow<'static, str>>, settle: Span, at: Moment) {
        let Some(error) = error else {
            self.in_error = false;
            return;
        };
        let begins = !std::mem::replace(&mut self.in_error, true);
        let active =
            |fault: &FaultRecord| fault.has(Stage::Activated) && fault.works(at.time, settle);
        if begins && !self.faults().any(active) {
            let newest = self.faults.iter().rposition(|fault| fault.works(at.time, settle));
            if let Some(place) = newest {
                self.reach(place, Stage::Activated, at, &|| "it took effect at once".into());
            }
        }
        // What the system has borne so far is to blame only if nothing else is.
        let fresh = self.faults().any(|fault| active(fault) && !fault.is_borne());
        for place in 0..self.faults.len() {
            let fault = &self.faults[place];
            let blamed = active(fault) && !(fresh && fault.is_borne());
            if blamed && !fault.has_since_recovery(Stage::Error) {
                self.reach(place, Stage::Error, at, &|| error.to_string());
            }
        }
    }

    fn assess_failure(&mut self, service: &Service, at: Moment) {
        self.in_failure = service.failed;
        if !service.failed {
            return;
        }
        for place in 0..self.faults.len() {
            let fault = &self.faults[place];
            if fault.harms() && !fault.has_since_recovery(Stage::Failure) {
                let Service { users, failing, total, .. } = service;
                self.reach(place, Stage::Failure, at, &|| {
                    format!("{users}: {failing} of {total} failing")
                });
            }
        }
    }

    fn assess_calm(&mut self, service: &Service, settle: Span, at: Moment) {
        let in_trouble = self.in_error || self.in_failure;
        if in_trouble || !self.faults().any(FaultRecord::harms) {
            self.calm = None;
            return;
        }
        let since = *self.calm.get_or_insert(at);
        if at.time.since(since.time) < settle {
            return;
        }
        let Service { users, failing, total, .. } = service;
        let (well, begun) = (total - failing, Time(since.time.0 / 1_000 * 1_000));
        for place in 0..self.faults.len() {
            if self.faults[place].harms() {
                self.reach(place, Stage::Recovered, since, &|| {
                    format!("{users}: {well} of {total} served, since {begun}")
                });
            }
        }
    }

    /// Says of a fault that did no harm that it is latent or masked.
    fn settle_one(&mut self, place: usize, at: Moment) {
        let fault = &self.faults[place];
        if fault.has(Stage::Masked) {
            return;
        }
        if fault.has(Stage::Activated) {
            self.reach(place, Stage::Masked, at, &|| {
                "it had an effect, and nothing went wrong".into()
            });
        } else if !fault.has(Stage::Latent) {
            let note = if fault.present {
                "it is there and has had no effect"
            } else {
                "it came and went without effect"
            };
            self.reach(place, Stage::Latent, at, &|| note.into());
        }
    }

    /// A fault's record, to be written to. Snapshots keep it as it was.
    fn record(&mut self, place: usize) -> &mut FaultRecord {
        Rc::make_mut(&mut Rc::make_mut(&mut self.faults)[place])
    }

    fn place(&self, id: FaultId) -> Option<usize> {
        self.faults.iter().rposition(|fault| fault.id == id)
    }

    fn reach(&mut self, place: usize, stage: Stage, at: Moment, note: &dyn Fn() -> String) {
        let Moment { time, step, node: by } = at;
        let note = note();
        self.open = self.open.max(1);
        let fault = Some(self.faults[place].id);
        self.fresh.push(StageChange { fault, stage, by, note: note.clone() });
        let fault = self.record(place);
        if fault.history.len() == HISTORY_MAX {
            fault.forget_one();
        }
        fault.history.push(Reached { stage, time, step, by, note });
    }
}
