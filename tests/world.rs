//! Claims about the world, on a protocol that does as little as possible.

use std::borrow::Cow;
use std::fmt;

use faultline::labs::{Run, Running};
use faultline::sim::faults::Stage;
use faultline::sim::network::{Latency, LinkSettings};
use faultline::sim::*;

/// Every node pings every other one at intervals, and each ping is answered. Whoever does not answer
/// in time is suspected.
#[derive(Clone, Debug)]
struct Ping {
    heard: u64,
    restarts: u64,
}

#[derive(Clone, Debug, PartialEq, Hash)]
enum Msg {
    Ping(u64),
    Pong(u64),
}

impl fmt::Display for Msg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Msg::Ping(n) => write!(f, "Ping {n}"),
            Msg::Pong(n) => write!(f, "Pong {n}"),
        }
    }
}

impl Message for Msg {
    fn kind(&self) -> &'static str {
        match self {
            Msg::Ping(_) => "Ping",
            Msg::Pong(_) => "Pong",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Timer {
    Ping,
    Silence,
}

impl fmt::Display for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Timer::Ping => "ping",
            Timer::Silence => "silence",
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Hash)]
enum Rule {
    Answer,
}

impl From<Rule> for &'static str {
    fn from(_: Rule) -> &'static str {
        "answer"
    }
}

/// Nothing can be asked of a node.
#[derive(Debug)]
enum Never {}

impl std::str::FromStr for Never {
    type Err = String;
    fn from_str(_: &str) -> Result<Never, String> {
        Err("there are no commands here".into())
    }
}

/// The node forgets what it has heard.
#[derive(Debug)]
struct Forget;

impl std::str::FromStr for Forget {
    type Err = String;
    fn from_str(text: &str) -> Result<Forget, String> {
        if text == "forget" { Ok(Forget) } else { Err("the only fault here is `forget`".into()) }
    }
}

const INTERVAL: Span = Span::from_ms(100);
const SILENCE: Span = Span::from_ms(250);

impl Protocol for Ping {
    type Config = u64;
    type Msg = Msg;
    type Timer = Timer;
    type Command = Never;
    type Fault = Forget;
    type Durable = u64;
    type Rule = Rule;

    fn start(durable: u64, cx: &mut Cx<'_, Ping>) -> Ping {
        cx.save(durable + 1);
        cx.set_timer(Timer::Ping, INTERVAL..Span(INTERVAL.0 + 10_000));
        cx.set_timer(Timer::Silence, exactly(SILENCE));
        Ping { heard: 0, restarts: durable }
    }

    fn on_message(&mut self, from: NodeId, msg: Msg, cx: &mut Cx<'_, Ping>) {
        self.heard += 1;
        cx.trust(from);
        cx.set_timer(Timer::Silence, exactly(SILENCE));
        if let Msg::Ping(n) = msg {
            cx.fire(Rule::Answer, || format!("{from} asked"));
            cx.send(from, Msg::Pong(n));
        }
    }

    fn on_timer(&mut self, timer: Timer, cx: &mut Cx<'_, Ping>) {
        match timer {
            Timer::Ping => {
                let n = cx.pick(100);
                cx.broadcast(Msg::Ping(n));
                cx.set_timer(Timer::Ping, exactly(INTERVAL));
            }
            Timer::Silence => {
                if let Some(&other) = cx.peers().first() {
                    cx.suspect(other);
                }
                cx.set_timer(Timer::Silence, exactly(SILENCE));
            }
        }
    }

    fn on_command(&mut self, command: Never, _: &mut Cx<'_, Ping>) {
        match command {}
    }

    fn on_fault(&mut self, _: Forget, _: &mut Cx<'_, Ping>) {
        self.heard = 0;
    }

    fn view(&self) -> NodeView {
        NodeView {
            role: "node",
            look: Look::Follower,
            badge: "heard",
            fields: vec![Field::new("heard", self.heard), Field::new("restarts", self.restarts)],
        }
    }

    fn set_param(config: &mut u64, name: &str, value: u64) -> Result<(), String> {
        if name != "n" {
            return Err(format!("no `{name}`"));
        }
        *config = value;
        Ok(())
    }
}

/// All is well while all are up and nobody is suspected.
#[derive(Clone)]
struct Watch;

impl Spec<Ping> for Watch {
    fn new(_: &World<Ping>) -> Watch {
        Watch
    }
    fn observe(&mut self, _: &World<Ping>) -> Result<(), Broken> {
        Ok(())
    }
    fn error(&self, world: &World<Ping>) -> Option<Cow<'static, str>> {
        let down = |id: &&NodeId| world.condition(**id) == Some(Condition::Down);
        world.roster().ids().iter().any(|id| down(&id)).then_some(Cow::Borrowed("a node is down"))
    }
    fn service(&self, world: &World<Ping>) -> Service {
        let failing = world.roster().ids().len() as u32 - world.living().count() as u32;
        Service { users: "nodes", failing, total: 2, failed: failing > 0 }
    }
    fn settle(&self, _: &World<Ping>) -> Span {
        Span::from_ms(500)
    }
    fn holds(&self, _: &str, _: &World<Ping>) -> Option<bool> {
        None
    }
    fn find(&self, _: &str, _: &World<Ping>) -> Option<NodeId> {
        None
    }
    fn beliefs(&self, _: &World<Ping>, _: NodeId) -> Vec<Belief> {
        Vec::new()
    }
    fn metrics(&self, _: &World<Ping>) -> Vec<Metric> {
        Vec::new()
    }
}

const N1: NodeId = NodeId::server(1);
const N2: NodeId = NodeId::server(2);
const TEN_MS: LinkSettings = LinkSettings::reliable(Latency::Constant(Span::from_ms(10)));

fn two_nodes(seed: u64) -> Running<Ping, Watch> {
    Running::new(World::new(seed, Roster::new(&[('n', 2)]), 0, TEN_MS))
}

/// Runs on to `ms` and returns the steps.
fn run_to(run: &mut Running<Ping, Watch>, ms: u64) -> Vec<Step> {
    let until = Time::ZERO + Span::from_ms(ms);
    let mut steps = Vec::new();
    while run.next_at().is_some_and(|next| next <= until) {
        steps.push(*run.step().expect("an event is due"));
    }
    run.wait_until(until);
    steps
}

fn stages(run: &Running<Ping, Watch>) -> Vec<Vec<Stage>> {
    let history = |fault: &faults::FaultRecord| fault.history.iter().map(|r| r.stage).collect();
    run.faults().iter().map(history).collect()
}

/// Refused, with a reason that says so, and nothing has changed.
fn assert_refused(run: &mut Running<Ping, Watch>, input: Input, says: &str) {
    let before = (run.scene(), run.digest(), run.next_at());
    let error = run.apply(&input).expect_err(says);
    assert!(error.0.contains(says), "{error}");
    assert_eq!((run.scene(), run.digest(), run.next_at()), before);
}

#[test]
fn the_same_seed_and_inputs_give_the_same_steps_and_digest() {
    let play = |seed| {
        let mut run = two_nodes(seed);
        let mut steps = run_to(&mut run, 300);
        steps.push(*run.apply(&Input::Crash(N2)).unwrap());
        steps.extend(run_to(&mut run, 900));
        (steps, run.digest())
    };
    assert_eq!(play(1), play(1));
    assert_ne!(play(1).1, play(2).1);
}

#[test]
fn skipping_comes_to_the_same_state_as_stepping() {
    let mut stepped = two_nodes(3);
    run_to(&mut stepped, 2_000);
    let mut skipped = two_nodes(3);
    while skipped.next_at().is_some_and(|next| next <= stepped.now()) {
        assert!(skipped.skip());
    }
    skipped.wait_until(stepped.now());
    assert_eq!(skipped.digest(), stepped.digest());
    assert_eq!(skipped.scene(), stepped.scene());
}

#[test]
fn a_snapshot_goes_on_by_itself() {
    let mut run = two_nodes(3);
    run_to(&mut run, 500);
    let mut copy = run.snapshot();
    let there = run_to(&mut run, 1_000).len();
    let mut steps = 0;
    while copy.next_at().is_some_and(|next| next <= run.now()) {
        copy.step();
        steps += 1;
    }
    assert_eq!(steps, there);
    assert_eq!(copy.digest(), run.digest());
}

#[test]
fn a_delivery_names_the_step_that_sent_it() {
    let mut run = two_nodes(1);
    let steps = run_to(&mut run, 400);
    let delivery = steps.iter().find(|s| matches!(s.cause, Cause::Deliver(_))).unwrap();
    let Cause::Deliver(message) = &delivery.cause else { unreachable!() };
    let parent = &steps[delivery.parent.unwrap() as usize];
    assert!(parent.sent.iter().any(|sent| sent.message.id == message.id));
    assert_eq!(message.arrives_at.since(message.sent_at), Span::from_ms(10));
    assert_eq!(delivery.fired[0].rule, "answer");
    assert_eq!(delivery.changes[0].field, "heard");
}

#[test]
fn what_was_saved_survives_a_crash_and_not_a_wipe() {
    let mut run = two_nodes(1);
    run_to(&mut run, 50);
    let restarts = |run: &Running<Ping, Watch>| run.world().node(N1).map(|node| node.restarts);
    run.apply(&Input::Crash(N1)).unwrap();
    assert_eq!(restarts(&run), None);
    run.apply(&Input::Restart(N1)).unwrap();
    assert_eq!(restarts(&run), Some(1));
    run.apply(&Input::Crash(N1)).unwrap();
    run.apply(&Input::Wipe(N1)).unwrap();
    run.apply(&Input::Restart(N1)).unwrap();
    assert_eq!(restarts(&run), Some(0));
}

#[test]
fn a_crashed_node_does_nothing_and_messages_find_it_down() {
    let mut run = two_nodes(1);
    run_to(&mut run, 50);
    run.apply(&Input::Crash(N1)).unwrap();
    let steps = run_to(&mut run, 500);
    assert!(steps.iter().all(|step| step.node != Some(N1) || step.sent.is_empty()));
    let down = |step: &&Step| matches!(step.cause, Cause::Undelivered { why: Loss::Down, .. });
    assert!(steps.iter().filter(down).count() >= 4);
}

#[test]
fn what_comes_for_a_paused_node_waits_in_order_and_nothing_is_lost() {
    let mut run = two_nodes(1);
    run_to(&mut run, 150);
    run.apply(&Input::Pause(N1)).unwrap();
    let steps = run_to(&mut run, 450);
    let held = steps.iter().filter(|step| matches!(step.cause, Cause::Held(_))).count();
    assert!(held >= 4, "{held}");
    assert_eq!(run.scene().nodes[0].waiting, held as u64);
    let heard = run.world().node(N1).unwrap().heard;
    run.apply(&Input::Resume(N1)).unwrap();
    let at_once = run_to(&mut run, 450);
    // The silence timer waited too, but a message that waited before it set it anew.
    let message = |step: &&Step| matches!(step.cause, Cause::Held(Held::Message(_)));
    let delivery = |step: &&Step| matches!(step.cause, Cause::Deliver(_));
    let messages = steps.iter().filter(message).count();
    assert_eq!(at_once.iter().filter(delivery).count(), messages);
    assert!(at_once.iter().all(|step| step.node == Some(N1)));
    assert!(run.world().node(N1).unwrap().heard > heard);
    assert_eq!(run.scene().nodes[0].waiting, 0);
}

#[test]
fn crashing_a_paused_node_loses_what_waited_there() {
    let mut run = two_nodes(1);
    run_to(&mut run, 150);
    run.apply(&Input::Pause(N1)).unwrap();
    run_to(&mut run, 450);
    run.apply(&Input::Crash(N1)).unwrap();
    let steps = run_to(&mut run, 450);
    assert!(!steps.is_empty());
    let down = |step: &Step| matches!(step.cause, Cause::Undelivered { why: Loss::Down, .. });
    assert!(steps.iter().all(down), "{steps:#?}");
}

#[test]
fn a_cut_is_one_way() {
    let mut run = two_nodes(1);
    run_to(&mut run, 50);
    run.apply(&Input::Cut(N1, N2)).unwrap();
    run_to(&mut run, 1_000);
    assert_eq!(run.world().node(N2).unwrap().heard, 0);
    assert!(run.world().node(N1).unwrap().heard > 5);
    run.apply(&Input::Heal(N1, N2)).unwrap();
    run_to(&mut run, 1_200);
    assert!(run.world().node(N2).unwrap().heard > 0);
}

#[test]
fn a_partition_cuts_between_groups_and_mends_within() {
    let mut run: Running<Ping, Watch> =
        Running::new(World::new(1, Roster::new(&[('n', 4)]), 0, TEN_MS));
    let nodes: Vec<NodeId> = (1..=4).map(NodeId::server).collect();
    let cuts = |run: &Running<Ping, Watch>| {
        run.scene().links.iter().filter(|link| link.cut).map(|l| (l.from, l.to)).collect::<Vec<_>>()
    };
    let groups = |a: &[usize], b: &[usize]| {
        Input::Partition([a, b].map(|g| g.iter().map(|&i| nodes[i]).collect()).to_vec())
    };
    run.apply(&groups(&[0, 1], &[2, 3])).unwrap();
    assert_eq!(cuts(&run).len(), 8);
    run.apply(&groups(&[0, 2], &[1])).unwrap();
    let now = cuts(&run);
    assert!(!now.contains(&(nodes[0], nodes[2])));
    assert!(now.contains(&(nodes[0], nodes[1])) && now.contains(&(nodes[1], nodes[2])));
    assert!(now.contains(&(nodes[0], nodes[3])), "a node in no group keeps its links");
    run.apply(&Input::HealAll).unwrap();
    assert!(cuts(&run).is_empty());
}

#[test]
fn messages_can_be_dropped_copied_delayed_hurried_and_damaged() {
    let mut run = two_nodes(1);
    let steps = run_to(&mut run, 111);
    let sent: Vec<MsgId> = steps.iter().flat_map(|s| &s.sent).map(|s| s.message.id).collect();
    assert_eq!(sent.len(), 2, "both have pinged");
    let [a, b] = sent[..] else { unreachable!() };
    run.apply(&Input::Drop(a)).unwrap();
    let copied = run.apply(&Input::Duplicate(b)).unwrap();
    assert_eq!(copied.sent[0].copy_of, Some(b));
    let copy = copied.sent[0].message.id;
    run.apply(&Input::Delay(b, Span::from_ms(30))).unwrap();
    run.apply(&Input::Corrupt(b)).unwrap();
    run.apply(&Input::Hurry(copy)).unwrap();
    let steps = run_to(&mut run, 180);
    let end = |id: MsgId| {
        steps.iter().find_map(|step| match &step.cause {
            Cause::Deliver(m) if m.id == id => Some((None, step.time)),
            Cause::Undelivered { message: m, why } if m.id == id => Some((Some(*why), step.time)),
            _ => None,
        })
    };
    assert_eq!(end(a).unwrap().0, Some(Loss::Dropped));
    assert_eq!(end(copy), Some((None, Time(111_000))));
    let (why, time) = end(b).unwrap();
    assert_eq!(why, Some(Loss::Corrupted));
    assert!(time > Time(131_000));
}

#[test]
fn a_lossy_link_loses_its_share_and_the_others_keep_their_luck() {
    let mut lossy = TEN_MS;
    lossy.set("loss=50%").unwrap();
    lossy.set("latency=5ms..15ms").unwrap();
    let play = |settings: Option<LinkSettings>| {
        let mut run = two_nodes(9);
        if let Some(settings) = settings {
            run.apply(&Input::Link(N1, N2, settings)).unwrap();
        }
        let steps = run_to(&mut run, 20_000);
        let lost = |s: &&Step| matches!(s.cause, Cause::Undelivered { why: Loss::Lost, .. });
        (steps.iter().filter(lost).count(), steps)
    };
    assert_eq!(play(None).0, 0);
    let (lost, steps) = play(Some(lossy));
    let sent = steps.iter().flat_map(|s| &s.sent).filter(|s| s.message.from == N1).count();
    assert!((sent * 4 / 10..sent * 6 / 10).contains(&lost), "{lost} of {sent}");
}

#[test]
fn a_skewed_clock_makes_timers_come_early() {
    let mut run = two_nodes(1);
    run.apply(&Input::Skew(N1, 500_000)).unwrap();
    let pings = |steps: &[Step], node| {
        let ping =
            |s: &&Step| s.node == Some(node) && matches!(&s.cause, Cause::Timer(t) if t == "ping");
        steps.iter().filter(ping).count()
    };
    let steps = run_to(&mut run, 10_000);
    let (fast, right) = (pings(&steps, N1), pings(&steps, N2));
    assert!((145..=151).contains(&fast) && (98..=100).contains(&right), "{fast} {right}");
}

#[test]
fn a_slow_node_takes_its_time_and_events_wait_for_it() {
    let mut run = two_nodes(1);
    run.apply(&Input::Slow(N1, Span::from_ms(40))).unwrap();
    let steps = run_to(&mut run, 5_000);
    let times: Vec<Time> = steps
        .iter()
        .filter(|s| s.node == Some(N1) && !matches!(s.cause, Cause::Input { .. }))
        .map(|s| s.time)
        .collect();
    assert!(times.windows(2).skip(1).all(|pair| pair[1].since(pair[0]) >= Span::from_ms(40)));
    let answer = steps.iter().find(|s| s.node == Some(N1) && !s.fired.is_empty()).unwrap();
    assert_eq!(answer.sent[0].message.sent_at.since(answer.time), Span::from_ms(40));
}

#[test]
fn a_timer_can_be_fired_by_hand() {
    let mut run = two_nodes(1);
    run_to(&mut run, 20);
    let step = run.apply(&Input::FireTimer(N1, "ping".into())).unwrap();
    assert_eq!(step.sent.len(), 1);
    assert_eq!(step.picks.len(), 1);
    assert_refused(&mut run, Input::FireTimer(N1, "nap".into()), "it has");
}

#[test]
fn inputs_that_make_no_sense_are_refused_and_change_nothing() {
    let mut run = two_nodes(1);
    run_to(&mut run, 200);
    let n9 = NodeId::server(9);
    let long = Span::from_secs(10_000);
    assert_refused(&mut run, Input::Crash(n9), "there are n1, n2");
    assert_refused(&mut run, Input::Restart(N1), "not down");
    assert_refused(&mut run, Input::Wipe(N1), "not down");
    assert_refused(&mut run, Input::Resume(N1), "not paused");
    assert_refused(&mut run, Input::Heal(N1, N2), "not cut");
    assert_refused(&mut run, Input::Cut(N1, N1), "to itself");
    assert_refused(&mut run, Input::HealAll, "no link");
    assert_refused(&mut run, Input::Partition(vec![vec![N1, N2]]), "at least two groups");
    assert_refused(&mut run, Input::Partition(vec![vec![N1], vec![N1]]), "twice");
    assert_refused(&mut run, Input::Drop(MsgId(1)), "no longer on its way");
    assert_refused(&mut run, Input::Drop(MsgId(9_999)), "not been sent");
    assert_refused(&mut run, Input::Slow(N1, Span::ZERO), "already");
    assert_refused(&mut run, Input::Slow(N1, long), "too long");
    assert_refused(&mut run, Input::Skew(N1, 600_000), "at most");
    assert_refused(&mut run, Input::Link(N1, N2, TEN_MS), "like that already");
    assert_refused(&mut run, Input::Set("m".into(), 1), "no `m`");
    run.apply(&Input::Crash(N1)).unwrap();
    assert_refused(&mut run, Input::Crash(N1), "down already");
    assert_refused(&mut run, Input::Pause(N1), "is down");
    assert_refused(&mut run, Input::Command(N1, "x".into()), "is down");
}

#[test]
fn a_crash_goes_through_all_stages_in_order() {
    let mut run = two_nodes(1);
    run_to(&mut run, 300);
    run.apply(&Input::Crash(N2)).unwrap();
    run_to(&mut run, 900);
    run.apply(&Input::Restart(N2)).unwrap();
    run_to(&mut run, 1_500);
    use Stage::*;
    assert_eq!(stages(&run), [[Introduced, Activated, Error, Failure, Detected, Recovered]]);
    let fault = &run.faults()[0];
    assert!(fault.history.is_sorted_by_key(|reached| reached.time));
    assert_eq!(fault.reached(Detected).unwrap().by, Some(N1));
    assert!(!fault.present);
}

#[test]
fn a_cut_that_nobody_notices_is_latent_and_one_that_is_tolerated_is_masked() {
    let mut run: Running<Ping, Watch> =
        Running::new(World::new(1, Roster::new(&[('n', 2), ('c', 1)]), 0, TEN_MS));
    run_to(&mut run, 50);
    run.apply(&Input::Cut(NodeId::client(1), N1)).unwrap();
    run_to(&mut run, 2_000);
    assert_eq!(stages(&run), [[Stage::Introduced, Stage::Latent]]);

    let mut run = two_nodes(1);
    run_to(&mut run, 50);
    run.apply(&Input::Cut(N1, N2)).unwrap();
    run_to(&mut run, 2_000);
    assert!(stages(&run)[0].starts_with(&[Stage::Introduced, Stage::Activated]));
    assert!(stages(&run)[0].contains(&Stage::Masked));
}

#[test]
fn an_error_is_not_blamed_on_what_the_system_has_borne_so_far() {
    let mut run = two_nodes(1);
    run_to(&mut run, 50);
    run.apply(&Input::Cut(N1, N2)).unwrap();
    run_to(&mut run, 2_000);
    assert!(stages(&run)[0].contains(&Stage::Masked));
    run.apply(&Input::Crash(N1)).unwrap();
    run_to(&mut run, 2_100);
    assert!(!stages(&run)[0].contains(&Stage::Error), "{:?}", stages(&run));
    assert!(stages(&run)[1].contains(&Stage::Error), "{:?}", stages(&run));
}

#[test]
fn suspecting_a_node_that_is_up_and_within_reach_is_a_false_alarm() {
    let mut run = two_nodes(1);
    run_to(&mut run, 50);
    let mut slow = TEN_MS;
    slow.set("latency=600ms").unwrap();
    run.apply(&Input::Link(N1, N2, slow)).unwrap();
    run.apply(&Input::Link(N2, N1, slow)).unwrap();
    run_to(&mut run, 1_000);
    let scene = run.scene();
    assert!(scene.false_alarms.iter().any(|alarm| alarm.by == N2 && alarm.of == N1));
    assert!(stages(&run).iter().flatten().any(|&stage| stage == Stage::FalseAlarm));
    assert!(stages(&run).iter().flatten().all(|&stage| stage != Stage::Detected));
}

#[test]
fn a_suspicion_blames_the_step_that_caused_the_silence() {
    let mut run = two_nodes(1);
    run_to(&mut run, 300);
    let crash = run.apply(&Input::Crash(N2)).unwrap();
    let steps = run_to(&mut run, 900);
    let blamed = steps.iter().find_map(|step| step.blames);
    assert_eq!(blamed, Some(crash.index));
}

#[test]
fn a_damaged_message_is_detected_by_its_receiver() {
    let mut run = two_nodes(1);
    let steps = run_to(&mut run, 111);
    let id = steps.iter().flat_map(|s| &s.sent).next().unwrap().message.id;
    run.apply(&Input::Corrupt(id)).unwrap();
    run_to(&mut run, 150);
    assert_eq!(stages(&run), [[Stage::Introduced, Stage::Activated, Stage::Detected]]);
}

#[test]
fn a_message_that_comes_to_nothing_blames_the_fault_that_ended_it() {
    let blamed = |input: Input| {
        let mut run = two_nodes(1);
        run_to(&mut run, 300);
        let fault = run.apply(&input).unwrap().index;
        let steps = run_to(&mut run, 900);
        let ended = |step: &&Step| {
            matches!(step.cause, Cause::Undelivered { .. } | Cause::Held(Held::Message(_)))
        };
        let step = steps.iter().find(ended).expect("a message comes to nothing");
        assert_eq!(step.blames, Some(fault), "{input}");
    };
    blamed(Input::Cut(N1, N2));
    blamed(Input::Crash(N2));
    blamed(Input::Pause(N2));
    let mut lossy = TEN_MS;
    lossy.set("loss=100%").unwrap();
    blamed(Input::Link(N1, N2, lossy));
}

#[test]
fn a_message_that_will_not_arrive_cannot_be_tampered_with() {
    let mut run = two_nodes(1);
    run_to(&mut run, 20);
    let step = run.apply(&Input::FireTimer(N1, "ping".into())).unwrap();
    let id = step.sent[0].message.id;
    run.apply(&Input::Drop(id)).unwrap();
    assert_refused(&mut run, Input::Corrupt(id), "will not arrive");
    assert_refused(&mut run, Input::Duplicate(id), "will not arrive");
    assert_refused(&mut run, Input::Delay(id, Span::from_ms(5)), "will not arrive");
    assert_refused(&mut run, Input::Hurry(id), "will not arrive");
    assert_refused(&mut run, Input::Drop(id), "dropped already");
}

#[test]
fn what_has_not_left_a_slow_node_when_it_crashes_never_leaves() {
    let mut run = two_nodes(1);
    run_to(&mut run, 20);
    run.apply(&Input::Slow(N1, Span::from_ms(500))).unwrap();
    let step = run.apply(&Input::FireTimer(N1, "ping".into())).unwrap();
    let message = &step.sent[0].message;
    assert!(message.sent_at > run.now());
    run.apply(&Input::Crash(N1)).unwrap();
    assert_refused(&mut run, Input::Drop(message.id), "no longer on its way");
    let steps = run_to(&mut run, 2_000);
    let arrives = |step: &&Step| matches!(&step.cause, Cause::Deliver(m) if m.id == message.id);
    assert_eq!(steps.iter().find(arrives), None);
}

#[test]
fn what_a_busy_node_is_asked_by_hand_takes_its_turn() {
    let mut run = two_nodes(1);
    run_to(&mut run, 20);
    run.apply(&Input::Slow(N1, Span::from_ms(500))).unwrap();
    let first = run.apply(&Input::FireTimer(N1, "ping".into())).unwrap();
    run.apply(&Input::Slow(N1, Span::from_ms(10))).unwrap();
    let second = run.apply(&Input::FireTimer(N1, "ping".into())).unwrap();
    let left = |step: &Step| step.sent[0].message.sent_at;
    assert_eq!(left(&second).since(left(&first)), Span::from_ms(10));
}

#[test]
fn a_timer_that_waits_at_a_paused_node_waits_once_whatever_its_clock_does() {
    let mut run = two_nodes(1);
    run_to(&mut run, 20);
    run.apply(&Input::Pause(N1)).unwrap();
    run_to(&mut run, 1_000);
    let waiting = |run: &Running<Ping, Watch>| run.scene().nodes[0].waiting;
    let before = waiting(&run);
    run.apply(&Input::Skew(N1, 1_000)).unwrap();
    run.apply(&Input::Skew(N1, -1_000)).unwrap();
    let held = |step: &&Step| matches!(step.cause, Cause::Held(Held::Timer(_)));
    assert_eq!(run_to(&mut run, 1_001).iter().find(held), None);
    assert_eq!(waiting(&run), before);
    run.apply(&Input::Resume(N1)).unwrap();
    let fires = |step: &&Step| step.node == Some(N1) && matches!(step.cause, Cause::Timer(_));
    assert_eq!(run_to(&mut run, 1_001).iter().filter(fires).count(), 1);
}

#[test]
fn giving_a_link_its_usual_settings_again_is_no_fault() {
    let mut run = two_nodes(1);
    run_to(&mut run, 300);
    let mut lossy = TEN_MS;
    lossy.set("loss=100%").unwrap();
    run.apply(&Input::Link(N1, N2, lossy)).unwrap();
    run.apply(&Input::Link(N1, N2, TEN_MS)).unwrap();
    assert_eq!(run.faults().len(), 1);
    assert!(!run.faults()[0].present);
}

#[test]
fn recovered_is_said_when_it_has_lasted_and_dated_to_when_it_began() {
    let mut run = two_nodes(1);
    run_to(&mut run, 300);
    run.apply(&Input::Crash(N2)).unwrap();
    run_to(&mut run, 900);
    run.apply(&Input::Restart(N2)).unwrap();
    assert!(!stages(&run)[0].contains(&Stage::Recovered), "it may yet fail again");
    run.apply(&Input::Crash(N2)).unwrap();
    run.apply(&Input::Restart(N2)).unwrap();
    run_to(&mut run, 3_000);
    for fault in run.faults() {
        let recovered = fault.reached(Stage::Recovered).expect("it has recovered");
        assert_eq!(recovered.time, Time(900_000));
        let times = fault.history.iter().filter(|r| r.stage == Stage::Recovered).count();
        assert_eq!(times, 1);
    }
}

#[test]
fn a_fault_that_comes_and_goes_for_long_still_ends_at_its_true_stage() {
    let mut run = two_nodes(1);
    run_to(&mut run, 300);
    // A link that is nearly deaf makes one false alarm after the other.
    let mut deaf = TEN_MS;
    deaf.set("loss=90%").unwrap();
    run.apply(&Input::Link(N1, N2, deaf)).unwrap();
    run_to(&mut run, 250_000);
    assert!(run.scene().false_alarms.len() > faults::HISTORY_MAX);
    let fault = &run.faults()[0];
    assert!(fault.history.len() <= faults::HISTORY_MAX, "{}", fault.history.len());
    assert_eq!(fault.history[0].stage, Stage::Introduced);
    let last = fault.history.last().unwrap();
    assert!(last.time > Time(200_000_000), "the newest stage is kept: {last:?}");
}

#[test]
fn what_is_done_to_a_message_is_there_until_the_message_comes() {
    let mut run = two_nodes(1);
    run_to(&mut run, 20);
    let step = run.apply(&Input::FireTimer(N1, "ping".into())).unwrap();
    let id = step.sent[0].message.id;
    run.apply(&Input::Delay(id, Span::from_ms(2_000))).unwrap();
    run_to(&mut run, 1_500);
    assert!(run.faults()[0].present);
    assert_eq!(stages(&run), [[Stage::Introduced, Stage::Latent]]);
    run_to(&mut run, 2_100);
    assert!(!run.faults()[0].present);
    assert_eq!(run.faults()[0].stage(), Stage::Activated);
    assert!(run.faults()[0].history[2].note.ends_with("arrived at another time"));
}

#[test]
fn what_is_done_to_a_message_twice_leaves_one_fault() {
    let mut run = two_nodes(1);
    run_to(&mut run, 20);
    let step = run.apply(&Input::FireTimer(N1, "ping".into())).unwrap();
    let id = step.sent[0].message.id;
    run.apply(&Input::Delay(id, Span::from_ms(200))).unwrap();
    run.apply(&Input::Drop(id)).unwrap();
    let present: Vec<bool> = run.faults().iter().map(|fault| fault.present).collect();
    assert_eq!(present, [false, true]);
    run_to(&mut run, 500);
    assert!(run.faults().iter().all(|fault| !fault.present));
}
