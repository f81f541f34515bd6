//! Where two runs part: the first step that is not the same in both.

use crate::play::frame::clock_words;
use crate::sim::{Cause, Change, Held, NodeId, Step, StepIndex, Time};

use super::{Comparison, Outcome, Side};

/// The first step that is not the same in two runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Its index, which is the same in both: up to here they are alike.
    pub step: StepIndex,
    /// When it happened; if the runs have it at different times, the earlier one.
    pub time: Time,
    /// What happened there in the first run and in this one, a sentence each.
    pub told: [String; 2],
    /// To whom.
    pub node: [Option<NodeId>; 2],
    /// Whether each of the two runs does something at that time.
    pub acts: [bool; 2],
}

/// The first moment at which the runs fare differently.
#[derive(Clone, Debug, PartialEq)]
pub struct Parting {
    pub time: Time,
    /// How each of them fares from then on.
    pub outcomes: Vec<Outcome>,
}

impl Difference {
    /// The whole of it in words.
    pub fn sentence(&self, first: &str, other: &str) -> String {
        let [here, there] = &self.told;
        let (step, when) = (self.step, clock_words(self.time));
        format!("First difference: step {step} at {when}. {first}: {here} {other}: {there}")
    }
}

impl Outcome {
    /// In words: `two leaders, service fails`. `led` if the lab has anybody in charge.
    pub fn words(&self, led: bool) -> String {
        let mut words = Vec::new();
        if led {
            words.push(match self.leaders {
                0 => "no leader".to_string(),
                1 => "one leader".to_string(),
                2 => "two leaders".to_string(),
                many => format!("{many} leaders"),
            });
        }
        words.push(if self.failed { "service fails" } else { "service works" }.to_string());
        match self.broken {
            0 => {}
            1 => words.push("an invariant is broken".to_string()),
            many => words.push(format!("{many} invariants are broken")),
        }
        words.join(", ")
    }
}

impl Comparison {
    /// The first moment at which not all runs fare the same, as far as they are known. Before the
    /// first act they only begin to work, each in its own time: that counts only if nothing comes after.
    pub fn parting(&self) -> Option<Parting> {
        let first = self.sides().iter().filter_map(|side| Some(side.session.inputs().next()?.time));
        first.min().and_then(|act| self.parting_from(act)).or_else(|| self.parting_from(Time::ZERO))
    }

    fn parting_from(&self, from: Time) -> Option<Parting> {
        let tracks: Vec<_> = self.sides().iter().map(|side| side.track.outcomes()).collect();
        let known = self.sides().iter().map(|side| side.track.until()).min()?;
        let mut places = vec![0; tracks.len()];
        loop {
            let next = tracks.iter().zip(&places).filter_map(|(track, &place)| track.get(place));
            let time = next.map(|(time, _)| *time).min().filter(|time| *time <= known)?;
            for (track, place) in tracks.iter().zip(&mut places) {
                *place += usize::from(track.get(*place).is_some_and(|(at, _)| *at == time));
            }
            // Each track begins at time zero, so every place is past its first entry by now.
            let outcomes: Vec<Outcome> =
                tracks.iter().zip(&places).map(|(track, &place)| track[place - 1].1).collect();
            if time >= from && outcomes.windows(2).any(|pair| pair[0] != pair[1]) {
                return Some(Parting { time, outcomes });
            }
        }
    }
}

/// Looks for the first difference among the steps that both runs have by now.
pub(super) fn look(first: &mut Side, other: &mut Side) {
    if other.differs.is_some() {
        return;
    }
    let both = first.session.end().0.min(other.session.end().0);
    while other.same < both {
        let until = both.min(other.same + 256);
        let range = other.same..until;
        let (ours, theirs) =
            (first.session.steps(range.clone()), other.session.steps(range.clone()));
        match ours.iter().zip(&theirs).position(|(one, two)| !alike(one, two)) {
            Some(place) => {
                other.same += place as StepIndex;
                other.differs = tell(first, other);
                return;
            }
            None => other.same = until,
        }
    }
    other.differs = tell(first, other);
}

/// The step after those that are alike, if what it is in both runs is known.
fn tell(first: &mut Side, other: &mut Side) -> Option<Difference> {
    let step = other.same;
    let ours = first.session.step_at(step);
    let theirs = other.session.step_at(step);
    let times = [ours.as_ref().map(|step| step.time), theirs.as_ref().map(|step| step.time)];
    let time = times.into_iter().flatten().min()?;
    // A run that has not come so far may still do the same.
    let known = |own: Option<Time>, side: &Side| own.is_some() || side.track.until() > time;
    if !known(times[0], first) || !known(times[1], other) {
        return None;
    }
    let acts = times.map(|own| own == Some(time));
    let told = |step: Option<&Step>, side: &Side| match step {
        Some(step) if step.time == time => side.session.sentence(step),
        Some(step) => {
            let (next, when) = (side.session.sentence(step), clock_words(step.time));
            format!("Nothing happens then; what comes next, at {when}: {next}")
        }
        None => "Nothing happens then.".to_string(),
    };
    let told = [told(ours.as_deref(), first), told(theirs.as_deref(), other)];
    let node = [ours.and_then(|step| step.node), theirs.and_then(|step| step.node)];
    Some(Difference { step, time, told, node, acts })
}

/// Whether two steps are the same as far as can be seen from outside: who acted when and why, what
/// turned, and what was sent to whom. Another variant has other rules and may keep other things.
fn alike(one: &Step, two: &Step) -> bool {
    let sent = |step: &Step| {
        let sent = step.sent.iter().map(|sent| (sent.message.kind, sent.message.to));
        sent.collect::<Vec<_>>()
    };
    (one.time, one.node) == (two.time, two.node)
        && same_cause(&one.cause, &two.cause)
        && turned(one).eq(turned(two))
        && sent(one) == sent(two)
}

fn turned(step: &Step) -> impl Iterator<Item = (&'static str, String)> {
    let counts = |change: &&Change| change.notable || change.field == "role";
    step.changes.iter().filter(counts).map(|change| (change.field, change.new.to_string()))
}

fn same_cause(one: &Cause, two: &Cause) -> bool {
    match (one, two) {
        (Cause::Start, Cause::Start) => true,
        (Cause::Deliver(one), Cause::Deliver(two)) => (one.kind, one.from) == (two.kind, two.from),
        (Cause::Timer(one), Cause::Timer(two)) => one == two,
        (Cause::Input { input: one, .. }, Cause::Input { input: two, .. }) => one == two,
        (
            Cause::Undelivered { message: one, why: lost },
            Cause::Undelivered { message: two, why },
        ) => (one.kind, one.from, lost) == (two.kind, two.from, why),
        (Cause::Held(Held::Message(one)), Cause::Held(Held::Message(two))) => one.kind == two.kind,
        (Cause::Held(Held::Timer(one)), Cause::Held(Held::Timer(two))) => one == two,
        (
            Cause::Start
            | Cause::Deliver(_)
            | Cause::Timer(_)
            | Cause::Input { .. }
            | Cause::Undelivered { .. }
            | Cause::Held(_),
            _,
        ) => false,
    }
}
