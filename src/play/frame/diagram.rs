//! The space–time diagram: a life line for each node, a slant for each message, one time axis.

use litemap::LiteMap;
use std::rc::Rc;

use crate::sim::faults::{FaultRecord, Stage};
use crate::sim::trace::{Cause, Held, Loss, Step};
use crate::sim::view::{Envelope, Fate, SceneNode, Value};
use crate::sim::{Condition, Look, MsgId, NodeId, Scene, StepIndex, Time};

use super::words::initials;

/// At most so many slants and as many points are drawn; the earliest make room.
pub const MARKS_MAX: usize = 700;

/// What happened between two moments.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagram {
    pub from: Time,
    pub to: Time,
    /// The present; what lies behind it was seen before the learner went back.
    pub now: Time,
    pub lanes: Vec<Lane>,
    pub slants: Vec<Slant>,
    pub points: Vec<Point>,
    /// When the service failed.
    pub failing: Vec<Stretch>,
    /// Every fault that was there in this time, with its words.
    pub faults: Vec<Stretch>,
    /// Moments that somebody marked, each with its words: where two runs part.
    pub moments: Vec<(Time, String)>,
    /// Whether something before `MARKS_MAX` marks was left out.
    pub crowded: bool,
}

/// A node's life line.
#[derive(Clone, Debug, PartialEq)]
pub struct Lane {
    pub id: NodeId,
    /// In order and without gaps.
    pub states: Vec<(Time, Time, LaneState)>,
    /// Where its badge took a new value.
    pub badges: Vec<(Time, String)>,
    /// The timers that it waits for now: since when, until when, and which.
    pub timers: Vec<(Time, Time, String)>,
}

/// What a node was, for the texture of its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LaneState {
    Role(Look),
    Paused,
    Down,
}

/// A message from its sending to its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Slant {
    pub id: MsgId,
    pub kind: &'static str,
    pub text: String,
    pub from: NodeId,
    pub to: NodeId,
    pub sent_at: Time,
    pub ends_at: Time,
    pub end: SlantEnd,
    /// The step that sent it, if it is among those that were read.
    pub sent_in: Option<StepIndex>,
    /// The step in which it ended, if it has.
    pub step: Option<StepIndex>,
    /// Whether it was sent after the present.
    pub ahead: bool,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlantEnd {
    Arrived,
    Lost(Loss),
    /// It is on its way now.
    Flying(Fate),
}

/// Something that happened at one node and one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    pub step: StepIndex,
    pub time: Time,
    pub node: Option<NodeId>,
    pub kind: PointKind,
    pub text: String,
    pub ahead: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PointKind {
    Timer,
    Input,
    Start,
    Held,
    Arrival,
    /// An invariant broke.
    Violation,
}

/// A stretch of time with a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Stretch {
    pub from: Time,
    pub to: Time,
    pub text: String,
    /// Whether it kept nodes apart: a cut, a partition.
    pub apart: bool,
}

impl Diagram {
    /// The time from `from` to `to`. `steps` are those of this time, in order and without gaps; `scene`
    /// is the present one; `looks` tells how each role is drawn.
    pub fn new(
        from: Time,
        to: Time,
        scene: &Scene,
        steps: &[Rc<Step>],
        looks: &LiteMap<&'static str, Look>,
    ) -> Diagram {
        let mut diagram = Diagram {
            from,
            to,
            now: scene.time,
            lanes: lanes(from, to, scene, steps, looks),
            slants: slants(scene, steps),
            points: points(scene, steps),
            failing: failing(from, to, scene),
            faults: faults(from, to, scene),
            moments: Vec::new(),
            crowded: false,
        };
        for extra in [
            crop(&mut diagram.slants, |slant| slant.ends_at >= from && slant.sent_at <= to),
            crop(&mut diagram.points, |_| true),
        ] {
            diagram.crowded |= extra;
        }
        diagram
    }

    /// Every kind of message in it with its letters, in the order of the alphabet.
    pub fn kinds(&self) -> Vec<(String, &'static str)> {
        let mut kinds: LiteMap<&'static str, String> = LiteMap::new();
        for slant in &self.slants {
            kinds.entry(slant.kind).or_insert_with(|| initials(slant.kind));
        }
        kinds.into_iter().map(|(kind, initials)| (initials, kind)).collect()
    }

    /// The moment at a share of the way from the left edge.
    pub fn time_at(&self, share: f64) -> Time {
        let span = self.to.since(self.from).us() as f64;
        Time(self.from.0.saturating_add((span * share.clamp(0.0, 1.0)) as u64))
    }

    /// Which lane from the top is a node's.
    pub fn row(&self, id: NodeId) -> usize {
        self.lanes.iter().position(|lane| lane.id == id).unwrap_or(0)
    }
}

fn crop<T>(all: &mut Vec<T>, keep: impl Fn(&T) -> bool) -> bool {
    all.retain(keep);
    let extra = all.len().saturating_sub(MARKS_MAX);
    all.drain(..extra);
    extra > 0
}

/// One node while its line is put together.
struct Tracing {
    id: NodeId,
    role: LaneState,
    condition: Condition,
    badge: &'static str,
}

impl Tracing {
    fn state(&self) -> LaneState {
        match self.condition {
            Condition::Up => self.role,
            Condition::Paused => LaneState::Paused,
            Condition::Down => LaneState::Down,
        }
    }

    /// Takes one side of a change; `looks` says how a role is drawn.
    fn take(&mut self, field: &str, value: &Value, looks: &LiteMap<&'static str, Look>) {
        match (field, value) {
            ("role", Value::Word(role)) => {
                let look = looks.get(role).copied().unwrap_or(Look::Follower);
                self.role = LaneState::Role(look);
            }
            ("condition", Value::Word(word)) => {
                let all = [Condition::Up, Condition::Paused, Condition::Down];
                if let Some(condition) = all.into_iter().find(|known| known.word() == *word) {
                    self.condition = condition;
                }
            }
            _ => {}
        }
    }
}

fn lanes(
    from: Time,
    to: Time,
    scene: &Scene,
    steps: &[Rc<Step>],
    looks: &LiteMap<&'static str, Look>,
) -> Vec<Lane> {
    let done = steps.partition_point(|step| step.index < scene.next_step);
    let lane = |node: &SceneNode| {
        let mut tracing = Tracing {
            id: node.id,
            role: LaneState::Role(node.view.look),
            condition: node.condition,
            badge: node.view.badge,
        };
        for step in steps[..done].iter().rev().filter(|step| step.node == Some(node.id)) {
            for change in step.changes.iter().rev() {
                tracing.take(change.field, &change.old, looks);
            }
        }
        let waits = node.timers.iter().filter(|_| node.condition != Condition::Down);
        let timers = waits.map(|timer| (timer.set_at, timer.due, timer.name.clone())).collect();
        Lane { timers, ..trace(tracing, from, to, steps, looks) }
    };
    scene.nodes.iter().map(lane).collect()
}

/// Follows one node from the state that it had at `from`.
fn trace(
    mut tracing: Tracing,
    from: Time,
    to: Time,
    steps: &[Rc<Step>],
    looks: &LiteMap<&'static str, Look>,
) -> Lane {
    let id = tracing.id;
    let mut lane = Lane { id, states: Vec::new(), badges: Vec::new(), timers: Vec::new() };
    let mut since = from;
    for step in steps.iter().filter(|step| step.node == Some(id)) {
        let before = tracing.state();
        for change in &step.changes {
            tracing.take(change.field, &change.new, looks);
            if change.field == tracing.badge {
                lane.badges.push((step.time, change.new.to_string()));
            }
        }
        if tracing.state() != before {
            lane.states.push((since, step.time.max(since), before));
            since = step.time.max(since);
        }
    }
    lane.states.push((since, to, tracing.state()));
    lane
}

fn slants(scene: &Scene, steps: &[Rc<Step>]) -> Vec<Slant> {
    let mut slants: LiteMap<MsgId, Slant> = LiteMap::new();
    for step in steps {
        let ahead = step.index >= scene.next_step;
        match &step.cause {
            Cause::Deliver(message) => end(&mut slants, message, step, SlantEnd::Arrived, scene),
            Cause::Undelivered { message, why } => {
                end(&mut slants, message, step, SlantEnd::Lost(*why), scene);
            }
            Cause::Start | Cause::Timer(_) | Cause::Input { .. } | Cause::Held(_) => {}
        }
        for sent in &step.sent {
            let slant = flying(&sent.message, sent.fate, ahead);
            slants.insert(sent.message.id, Slant { sent_in: Some(step.index), ..slant });
        }
    }
    for flight in &scene.messages {
        let slant = flying(&flight.message, flight.fate, false);
        // What is known of its end, because the learner has gone back, is better.
        slants.entry(flight.message.id).and_modify(|known| {
            if known.step.is_none() {
                *known = Slant { sent_in: known.sent_in, ..slant.clone() };
            }
        });
        slants.entry(flight.message.id).or_insert(slant);
    }
    slants.into_iter().map(|(_, slant)| slant).collect()
}

fn flying(message: &Envelope, fate: Fate, ahead: bool) -> Slant {
    let Envelope { id, from, to, kind, sent_at, arrives_at, .. } = *message;
    let text = message.text.clone();
    let end = SlantEnd::Flying(fate);
    let (ends_at, sent_in, step) = (arrives_at, None, None);
    Slant { id, kind, text, from, to, sent_at, ends_at, end, sent_in, step, ahead }
}

/// A message ends in this step.
fn end(
    slants: &mut LiteMap<MsgId, Slant>,
    message: &Envelope,
    step: &Step,
    end: SlantEnd,
    scene: &Scene,
) {
    let Envelope { id, from, to, kind, sent_at, .. } = *message;
    let text = message.text.clone();
    let ahead = sent_at > scene.time;
    let sent_in = slants.get(&id).and_then(|known| known.sent_in);
    let (ends_at, step) = (step.time, Some(step.index));
    let slant = Slant { id, kind, text, from, to, sent_at, ends_at, end, sent_in, step, ahead };
    slants.insert(id, slant);
}

fn points(scene: &Scene, steps: &[Rc<Step>]) -> Vec<Point> {
    let mut points = Vec::new();
    for step in steps {
        let (kind, text) = match &step.cause {
            Cause::Start => (PointKind::Start, "starts".to_string()),
            Cause::Timer(name) => (PointKind::Timer, name.clone()),
            Cause::Input { input, .. } => (PointKind::Input, input.to_string()),
            Cause::Held(Held::Timer(name)) => (PointKind::Held, format!("{name} waits")),
            Cause::Held(Held::Message(message)) => {
                (PointKind::Held, format!("{} waits", message.kind))
            }
            Cause::Deliver(message) => (PointKind::Arrival, message.kind.to_string()),
            Cause::Undelivered { .. } => continue,
        };
        let Step { index, time, node, .. } = **step;
        let ahead = index >= scene.next_step;
        if let Some(violation) = &step.violation {
            let (kind, text) = (PointKind::Violation, violation.invariant.to_string());
            points.push(Point { step: index, time, node, kind, text, ahead });
        }
        points.push(Point { step: index, time, node, kind, text, ahead });
    }
    points
}

/// The stretches in which at least one fault had become a failure that was not over.
fn failing(from: Time, to: Time, scene: &Scene) -> Vec<Stretch> {
    let mut all: Vec<(Time, Time)> = Vec::new();
    for fault in &scene.faults {
        let mut since = None;
        for reached in &fault.history {
            if reached.stage == Stage::Failure {
                since = since.or(Some(reached.time));
            } else if reached.stage == Stage::Recovered {
                all.extend(since.take().map(|start| (start, reached.time)));
            }
        }
        all.extend(since.map(|start| (start, scene.time)));
    }
    let here = all.into_iter().filter(|&(start, end)| end >= from && start <= to);
    let mut all: Vec<(Time, Time)> = Vec::new();
    for stretch in here {
        let place = all.partition_point(|known| *known < stretch);
        all.insert(place, stretch);
    }
    let mut merged: Vec<Stretch> = Vec::new();
    for (start, end) in all {
        match merged.last_mut() {
            Some(last) if start <= last.to => last.to = last.to.max(end),
            _ => {
                let text = format!("{} fail", scene.service.users);
                merged.push(Stretch { from: start.max(from), to: end, text, apart: false });
            }
        }
    }
    merged
}

fn faults(from: Time, to: Time, scene: &Scene) -> Vec<Stretch> {
    let stretch = |fault: &FaultRecord| {
        let start = fault.introduced().time;
        let end = if fault.present { scene.time } else { fault.ended.unwrap_or(start) };
        let here = end >= from && start <= to;
        let text = fault.what.clone();
        let apart = text.starts_with("partition") || text.starts_with("cut");
        here.then(|| Stretch { from: start.max(from), to: end.min(to), text, apart })
    };
    scene.faults.iter().filter_map(stretch).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::play::frame::words::tests::scene;
    use crate::sim::trace::{Change, Sent};

    fn step(index: u64, ms: u64, node: u8, cause: Cause) -> Step {
        Step {
            index,
            time: Time(ms * 1_000),
            node: Some(NodeId::server(node)),
            cause,
            parent: None,
            blames: None,
            fired: Vec::new(),
            sent: Vec::new(),
            changes: Vec::new(),
            timers: Vec::new(),
            picks: Vec::new(),
            saved: false,
            faults: Vec::new(),
            violation: None,
        }
    }

    fn role(old: &'static str, new: &'static str) -> Change {
        Change { field: "role", old: old.into(), new: new.into(), notable: true }
    }

    fn envelope(id: u64, sent_ms: u64, arrives_ms: u64) -> Envelope {
        Envelope {
            id: MsgId(id),
            from: NodeId::server(1),
            to: NodeId::server(2),
            kind: "Vote",
            text: String::new(),
            part: None,
            sent_at: Time(sent_ms * 1_000),
            arrives_at: Time(arrives_ms * 1_000),
        }
    }

    fn looks() -> LiteMap<&'static str, Look> {
        LiteMap::from_iter([("follower", Look::Follower), ("leader", Look::Leader)])
    }

    fn diagram(steps: Vec<Step>, next_step: u64) -> Diagram {
        let mut scene = scene(2);
        scene.next_step = next_step;
        scene.time = Time(100_000);
        let steps: Vec<Rc<Step>> = steps.into_iter().map(Rc::new).collect();
        Diagram::new(Time(0), Time(200_000), &scene, &steps, &looks())
    }

    #[test]
    fn a_life_line_is_told_from_the_present_backward_and_forward() {
        let mut down = step(4, 40, 1, Cause::Start);
        down.changes = vec![role("leader", "follower")];
        let mut up = step(8, 120, 1, Cause::Start);
        up.changes = vec![role("follower", "leader")];
        let lane = &diagram(vec![down, up], 5).lanes[0];
        let (leader, follower) = (LaneState::Role(Look::Leader), LaneState::Role(Look::Follower));
        let ms = |ms: u64| Time(ms * 1_000);
        assert_eq!(
            lane.states,
            [(ms(0), ms(40), leader), (ms(40), ms(120), follower), (ms(120), ms(200), leader)]
        );
    }

    #[test]
    fn a_message_is_drawn_from_its_sending_to_its_real_end() {
        let mut sends = step(1, 10, 1, Cause::Timer("t".into()));
        let message = envelope(1, 10, 30);
        sends.sent = vec![Sent { message: message.clone(), fate: Fate::Lost, copy_of: None }];
        let lost = Cause::Undelivered { message, why: Loss::Lost };
        let all = diagram(vec![sends, step(2, 35, 2, lost)], 3);
        assert_eq!(all.slants.len(), 1);
        let slant = &all.slants[0];
        assert_eq!((slant.sent_at, slant.ends_at), (Time(10_000), Time(35_000)));
        assert_eq!((slant.end, slant.step), (SlantEnd::Lost(Loss::Lost), Some(2)));
    }

    #[test]
    fn what_lies_behind_the_present_is_marked_so() {
        let timer = |index, ms| step(index, ms, 1, Cause::Timer("t".into()));
        let all = diagram(vec![timer(1, 90), timer(2, 150)], 2);
        let ahead: Vec<bool> = all.points.iter().map(|point| point.ahead).collect();
        assert_eq!(ahead, [false, true]);
    }

    #[test]
    fn a_crowded_diagram_keeps_the_newest_and_says_so() {
        let many = (0..2_000).map(|i| step(i, i / 10, 1, Cause::Timer("t".into())));
        let all = diagram(many.collect(), 2_000);
        assert_eq!(all.points.len(), MARKS_MAX);
        assert!(all.crowded);
        assert_eq!(all.points.last().unwrap().step, 1_999);
    }
}
