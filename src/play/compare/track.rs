//! What is kept of a run besides its steps: how it fared from moment to moment.

use std::rc::Rc;

use crate::sim::{Cause, Condition, Look, NodeId, Span, Step, Time};

use crate::play::Session;

/// How a run fares at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// How many nodes that are up take themselves for the one in charge.
    pub leaders: u32,
    /// Whether the service deviates from what it should be.
    pub failed: bool,
    /// How many invariants were broken so far.
    pub broken: u32,
}

/// What a run came to up to a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Messages that nodes sent each other.
    pub messages: u64,
    /// Messages to and from clients.
    pub client_messages: u64,
    /// The most that took themselves for the one in charge at one time.
    pub most_leaders: u32,
    /// How long nobody did.
    pub leaderless: Span,
    /// How long two or more did.
    pub rivals: Span,
    /// How long the service failed.
    pub failing: Span,
    pub broken: u32,
}

/// One run's outcomes, in order.
#[derive(Default)]
pub(super) struct Track {
    samples: Vec<Sample>,
    until: Time,
}

/// From this moment on the outcome is so; the tally is up to this moment.
#[derive(Clone, Copy, Default)]
struct Sample {
    time: Time,
    outcome: Outcome,
    tally: Tally,
}

impl Sample {
    /// The tally when the outcome has stayed the same up to `time`.
    fn tally_at(&self, time: Time) -> Tally {
        let mut tally = self.tally;
        let passed = time.since(self.time);
        let Outcome { leaders, failed, .. } = self.outcome;
        if leaders == 0 {
            tally.leaderless += passed;
        }
        if leaders > 1 {
            tally.rivals += passed;
        }
        if failed {
            tally.failing += passed;
        }
        tally
    }
}

impl Track {
    /// Up to where the run is known.
    pub fn until(&self) -> Time {
        self.until
    }

    /// Nothing else happened until then.
    pub fn saw(&mut self, time: Time) {
        self.until = self.until.max(time);
    }

    /// Takes in steps that were done for the first time. `session` stands just after the last one.
    pub fn observe(&mut self, session: &Session, steps: &[Rc<Step>]) {
        let time = session.clock();
        self.saw(time);
        let last = self.samples.last().copied().unwrap_or_default();
        let mut tally = last.tally_at(time);
        let mut outcome = last.outcome;
        let mut turned = false;
        for step in steps {
            count_messages(step, &mut tally);
            outcome.broken += u32::from(step.violation.is_some());
            turned |= may_change_leaders(step);
        }
        if turned {
            outcome.leaders = leaders(session);
        }
        outcome.failed = session.service().failed;
        tally.broken = outcome.broken;
        tally.most_leaders = tally.most_leaders.max(outcome.leaders);
        if !steps.is_empty() {
            self.samples.push(Sample { time, outcome, tally });
        }
    }

    /// Forgets what came later, because another future begins.
    pub fn forget_after(&mut self, time: Time) {
        self.samples.truncate(self.samples.partition_point(|sample| sample.time <= time));
        self.until = time;
    }

    pub fn outcome_at(&self, time: Time) -> Outcome {
        self.sample_at(time).outcome
    }

    pub fn tally_at(&self, time: Time) -> Tally {
        self.sample_at(time).tally_at(time)
    }

    /// Each moment from which on the outcome is another, with that outcome.
    pub fn outcomes(&self) -> Vec<(Time, Outcome)> {
        let mut outcomes: Vec<(Time, Outcome)> = vec![(Time::ZERO, Outcome::default())];
        for sample in &self.samples {
            let (time, outcome) = outcomes[outcomes.len() - 1];
            if outcome == sample.outcome {
                continue;
            }
            if time == sample.time {
                outcomes.pop();
            }
            outcomes.push((sample.time, sample.outcome));
        }
        outcomes
    }

    fn sample_at(&self, time: Time) -> Sample {
        let after = self.samples.partition_point(|sample| sample.time <= time);
        after.checked_sub(1).map_or(Sample::default(), |last| self.samples[last])
    }
}

fn count_messages(step: &Step, tally: &mut Tally) {
    let outside = |id: NodeId| id.letter() == 'c';
    for sent in &step.sent {
        if outside(sent.message.from) || outside(sent.message.to) {
            tally.client_messages += 1;
        } else {
            tally.messages += 1;
        }
    }
}

/// Whether somebody may have begun or ceased to lead.
fn may_change_leaders(step: &Step) -> bool {
    let roles = |field: &str| matches!(field, "role" | "condition");
    matches!(step.cause, Cause::Start | Cause::Input { .. })
        || step.changes.iter().any(|change| roles(change.field))
}

fn leaders(session: &Session) -> u32 {
    let scene = session.scene();
    let leads = scene
        .nodes
        .iter()
        .filter(|node| node.condition == Condition::Up && node.view.look == Look::Leader);
    leads.count() as u32
}
