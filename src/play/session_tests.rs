//! What a session promises, shown on the test lab.

use crate::labs::Setup;
use crate::sim::faults::Stage;
use crate::sim::rng::{Purpose, Rng};
use crate::sim::{Cause, Input, NodeId, Span, Time};

use super::testing::{RING, ms, script};
use super::{ChipEdit, Halt, Limits, MarkKind, Session, run_script, watch_script};

fn n(number: u8) -> NodeId {
    NodeId::server(number)
}

fn session() -> Session {
    Session::new(Setup::new(&RING, 1)).unwrap()
}

fn here(session: &Session) -> (u64, Time) {
    (session.position(), session.clock())
}

#[test]
fn a_session_begins_at_zero_and_takes_one_event_a_step() {
    let mut session = session();
    assert_eq!(here(&session), (0, Time::ZERO));
    let moved = session.step();
    assert_eq!((moved.steps(), moved.halt), (0..1, Halt::There));
    assert_eq!(session.steps(0..9)[0].cause, Cause::Start);
    assert_eq!(session.marks().get(0).unwrap().kind, MarkKind::Start);
}

#[test]
fn playing_runs_the_clock_on_between_events() {
    let mut session = session();
    session.play_for(Span(1_234_567), 10_000);
    assert_eq!(session.clock(), Time(1_234_567));
    assert_eq!(session.scene().time, Time(1_234_567));
    let last = session.marks().get(session.position() - 1).unwrap().time;
    assert!(last < Time(1_234_567) && session.next_at() > Some(Time(1_234_567)));
}

#[test]
fn playing_is_bounded_by_steps_and_says_so() {
    let mut session = session();
    let moved = session.play_for(Span::from_secs(60), 10);
    assert_eq!((moved.steps(), moved.halt), (0..10, Halt::Busy));
    let moved = session.play_for(Span::from_secs(60), 5);
    assert_eq!(moved.steps(), 10..15);
}

#[test]
fn going_back_and_forth_gives_the_same_steps_and_digests() {
    let mut session = session();
    session.play_for(Span::from_secs(2), 10_000);
    session.act(Input::Crash(n(2))).unwrap();
    session.play_for(Span::from_secs(200), 50_000);
    let (end, time) = session.end();
    assert!(end > 7_000, "{end}");
    let (digest, last) = (session.digest(), session.steps(end - 300..end));

    // Once more, step by step.
    session.seek_step(0);
    let mut digests = vec![session.digest()];
    while session.position() < end {
        session.step();
        digests.push(session.digest());
    }
    assert_eq!(session.digest(), digest);

    // And from place to place, backwards.
    for place in (0..end).rev().step_by(97) {
        session.seek_step(place);
        assert_eq!(
            (session.position(), session.digest()),
            (place, digests[place as usize].clone())
        );
    }
    session.seek_time(time);
    assert_eq!((session.position(), session.digest()), (end, digest));
    assert_eq!(session.steps(end - 300..end), last);
    assert_eq!(session.runs().len(), 1);
}

#[test]
fn stepping_back_returns_to_the_step_before_and_its_time() {
    let mut session = session();
    session.play_for(Span::from_secs(1), 10_000);
    let (end, _) = session.end();
    session.step_back();
    let before = session.marks().get(end - 2).unwrap().time;
    assert_eq!(here(&session), (end - 1, before));
    let moved = session.seek_step(0);
    assert!(moved.steps().is_empty());
    assert_eq!(here(&session), (0, Time::ZERO));
    session.step_back();
    assert_eq!(session.position(), 0);
}

#[test]
fn a_seek_in_time_shows_everything_due_until_then() {
    let mut session = session();
    session.play_for(Span::from_secs(3), 10_000);
    session.seek_time(ms(1_000));
    assert_eq!(session.clock(), ms(1_000));
    let next = session.marks().get(session.position()).unwrap().time;
    let last = session.marks().get(session.position() - 1).unwrap().time;
    assert!(last <= ms(1_000) && next > ms(1_000));
    assert_eq!(session.end().1, ms(3_000), "the future is still known");
}

#[test]
fn the_next_delivery_is_that_of_the_selected_node() {
    let mut session = session();
    for _ in 0..20 {
        session.step_to_delivery(Some(n(3)));
        let step = session.step_at(session.position() - 1).unwrap();
        let Cause::Deliver(message) = &step.cause else { panic!("{step:?}") };
        assert_eq!(message.to, n(3));
    }
}

#[test]
fn the_last_delivery_is_the_way_back() {
    let mut session = session();
    let first = session.step_to_delivery(Some(n(2))).to;
    session.step_to_delivery(Some(n(2)));
    session.step();
    session.back_to_delivery(Some(n(2)));
    session.back_to_delivery(Some(n(2)));
    assert_eq!(here(&session), first);
    assert_eq!(session.back_to_delivery(Some(n(2))).to.0, 0);
}

#[test]
fn a_run_to_the_next_change_ends_at_a_turning_point_or_after_ten_seconds() {
    let mut session = session();
    session.step_to_change();
    let step = session.step_at(session.position() - 1).unwrap();
    assert!(step.changes.iter().any(|change| change.field == "role"), "{step:?}");
    for _ in 0..9 {
        session.step_to_change();
    }
    let clock = session.clock();
    let moved = session.step_to_change();
    assert_eq!((moved.to.1, moved.halt), (clock + Span::from_secs(10), Halt::There));
}

#[test]
fn acting_in_the_past_makes_a_new_run_and_keeps_the_old_future() {
    let mut session = session();
    session.play_for(Span::from_secs(2), 10_000);
    let (old_end, old_digest) = (session.end(), session.digest());
    session.seek_time(ms(800));
    let at = here(&session);
    let acted = session.act(Input::Crash(n(1))).unwrap();
    let tabs = session.runs();
    assert_eq!((tabs.len(), acted.kept), (2, Some(tabs[0].id)));
    assert_eq!((tabs[0].name.as_str(), tabs[1].name.as_str()), ("Run A", "Run B"));
    assert_eq!(tabs[1].origin.as_ref().unwrap().what, "crash n1");
    assert_eq!(session.end().0, at.0 + 1, "the future is open again");

    assert!(session.switch_run(tabs[0].id));
    assert_eq!((here(&session), session.end()), (at, old_end));
    session.seek_step(old_end.0);
    assert_eq!(session.digest(), old_digest);
    assert!(session.switch_run(tabs[1].id) && !session.switch_run(super::RunId(99)));
    assert_eq!(session.scene().nodes[0].condition.word(), "down");
}

#[test]
fn at_least_four_runs_are_kept_and_the_one_shown_is_never_lost() {
    let mut session = session();
    session.play_for(Span::from_secs(1), 10_000);
    for round in 0..20 {
        session.seek_time(ms(500));
        session.act(Input::Command(n(1), format!("add {round}"))).unwrap();
        session.play_for(Span::from_secs(1), 10_000);
        assert!(session.runs().len() >= 4.min(round + 2));
        assert!(session.runs().iter().filter(|tab| tab.current).count() == 1);
    }
    assert_eq!(session.runs().last().unwrap().name, "Run U");
}

#[test]
fn a_refused_act_changes_nothing() {
    let mut session = session();
    session.play_for(Span::from_secs(1), 10_000);
    session.seek_time(ms(500));
    let (at, digest) = (here(&session), session.digest());
    for input in [
        Input::Restart(n(1)),
        Input::Crash(n(9)),
        Input::Set("nodes".into(), 4),
        Input::Command(n(1), "fly".into()),
        Input::Command(n(1), "add #1".into()),
        Input::FireTimer(n(1), "two words".into()),
    ] {
        assert!(session.act(input).is_err());
    }
    assert!(session.act_in_words("stop").is_err() && session.act_in_words("").is_err());
    assert_eq!((here(&session), session.digest(), session.runs().len()), (at, digest, 1));
}

#[test]
fn an_act_may_name_a_node_by_what_it_is() {
    let mut session = session();
    session.play_for(Span::from_secs(1), 10_000);
    let first = session.find("first").unwrap();
    let acted = session.act_in_words("crash first").unwrap();
    assert_eq!(acted.step.node, Some(first));
}

#[test]
fn a_fault_that_is_taken_back_never_was_and_later_acts_are_done_again() {
    let mut session = session();
    session.play_for(Span::from_ms(500), 10_000);
    session.act(Input::Crash(n(1))).unwrap();
    session.play_for(Span::from_ms(500), 10_000);
    session.act(Input::Command(n(2), "add 5".into())).unwrap();
    session.play_for(Span::from_ms(300), 10_000);
    session.act(Input::Restart(n(1))).unwrap();
    session.play_for(Span::from_ms(200), 10_000);
    let changed = session.edit_chip(0, &ChipEdit::Delete).unwrap();
    let why = ("restart n1".to_string(), "n1 is not down".to_string());
    assert_eq!(changed.refused, [why]);
    assert_eq!(session.clock(), ms(1_500));
    let inputs: Vec<String> = session.inputs().map(|r| r.input.to_string()).collect();
    assert_eq!(inputs, ["command n2 add 5"]);
    assert!(session.scene().faults.is_empty());
    assert_eq!(session.runs().len(), 2);
}

#[test]
fn why_leads_from_an_effect_back_to_its_cause() {
    let mut session = session();
    session.step_to_delivery(None);
    session.step_to_delivery(None);
    let last = session.position() - 1;
    let chain = session.why(last);
    let kinds: Vec<MarkKind> =
        chain.iter().map(|link| session.marks().get(link.step).unwrap().kind).collect();
    assert_eq!(chain[0].step, last);
    assert_eq!(kinds.last(), Some(&MarkKind::Start), "{chain:?}");
    assert!(chain.windows(2).all(|pair| pair[1].step < pair[0].step));
}

#[test]
fn why_tells_what_repeats_itself_once() {
    let mut session = session();
    session.play_for(Span::from_secs(5), 10_000);
    let greetings = (0..session.position()).rev();
    let greeting = |step: &u64| session.marks().get(*step).unwrap().kind == MarkKind::Timer;
    let last = greetings.into_iter().find(greeting).unwrap();
    let chain = session.why(last);
    assert_eq!(chain.len(), 2, "{chain:#?}");
    assert!(chain[0].sentence.contains("greets a neighbour. So it did 4"), "{chain:#?}");
    assert!(chain[1].sentence.ends_with("starts."), "{chain:#?}");
}

#[test]
fn faults_come_through_to_the_scene_with_their_stages() {
    let mut session = session();
    session.play_for(Span::from_secs(1), 10_000);
    session.act(Input::Crash(n(1))).unwrap();
    session.play_for(Span::from_ms(100), 10_000);
    let scene = session.scene();
    assert!(scene.faults[0].reached(Stage::Error).is_some());
}

#[test]
fn a_long_history_stays_small_and_every_place_of_it_near() {
    let mut setup = Setup::new(&RING, 3);
    setup.set_param("greet_ms", 1).unwrap();
    let mut session = Session::new(setup).unwrap();
    let mut digests = Vec::new();
    while session.position() < 40_000 {
        session.play_for(Span::from_secs(10), 500);
        digests.push((session.position(), session.digest()));
    }
    assert!(session.kept().0 <= 256, "{:?}", session.kept());
    for (position, digest) in digests.iter().rev().step_by(7) {
        session.seek_step(*position);
        assert_eq!(session.digest(), *digest);
        let steps = session.steps(*position..position + 10);
        assert!(steps.iter().zip(*position..).all(|(step, index)| step.index == index));
    }
    assert!(session.kept().1 <= 32);
}

#[test]
fn a_seek_to_a_time_between_the_last_event_and_the_end_stops_there() {
    let mut session = session();
    session.play_for(Span::from_secs(1), 10_000);
    let (position, end) = here(&session);
    let last = session.marks().get(position - 1).unwrap().time;
    let between = Time((last.0 + end.0) / 2);
    assert!(last < between && between < end);
    session.step_back();
    session.seek_time(between);
    assert_eq!(here(&session), (position, between));
    session.step_back();
    session.seek_step(position);
    assert_eq!(here(&session), (position, last));
}

#[test]
fn a_run_is_shown_again_at_the_very_place_where_it_was_left() {
    let mut session = session();
    session.play_for(Span::from_secs(1), 10_000);
    let (position, end) = here(&session);
    session.seek_step(position / 2);
    let fork = session.act(Input::Crash(n(1))).unwrap();
    let first = fork.kept.unwrap();
    let second = session.runs()[1].id;
    session.switch_run(first);
    session.seek_time(end);
    session.step_back();
    session.seek_time(Time(end.0 - 1));
    let left = here(&session);
    session.switch_run(second);
    session.switch_run(first);
    assert_eq!(here(&session), left);
}

#[test]
fn an_act_after_a_seek_back_is_done_at_that_time() {
    let mut session = session();
    session.play_for(Span::from_secs(1), 10_000);
    let (position, end) = here(&session);
    session.step_back();
    session.seek_time(Time(end.0 - 1));
    let acted = session.act(Input::Crash(n(1))).unwrap();
    assert_eq!((acted.step.index, acted.step.time), (position, Time(end.0 - 1)));
    assert_eq!(session.end(), (position + 1, Time(end.0 - 1)));
    assert_reproducible(&session);
}

#[test]
fn a_step_that_cannot_be_is_none() {
    let mut session = session();
    session.play_for(Span::from_secs(1), 10_000);
    assert_eq!(session.step_at(u64::MAX), None);
    assert_eq!(session.step_at(session.end().0), None);
    assert!(session.why(u64::MAX).is_empty());
}

#[test]
fn a_backlog_at_a_node_does_not_make_the_history_heavy() {
    let mut setup = Setup::new(&RING, 3);
    setup.set_param("greet_ms", 1).unwrap();
    let mut session = Session::new(setup).unwrap();
    session.play_for(Span::from_ms(100), 10_000);
    session.act(Input::Pause(n(1))).unwrap();
    while session.position() < 60_000 {
        session.play_for(Span::from_secs(10), 10_000);
    }
    assert!(session.scene().messages.len() > 10_000, "there is a backlog");
    assert!(session.messages_kept() <= 400_000, "{}", session.messages_kept());
    assert_eq!(session.seek_step(30_000).to.0, 30_000);
}

/// Does something at random that a learner could do.
fn wander(session: &mut Session, rng: &mut Rng) {
    let node = n(1 + rng.below(3) as u8);
    let other = n(1 + (u64::from(node.number()) % 3) as u8);
    let message = session.scene().messages.first().map(|flight| flight.message.id);
    let acts = [
        format!("crash {node}"),
        format!("restart {node}"),
        format!("pause {node}"),
        format!("resume {node}"),
        format!("cut {node} {other}"),
        format!("heal {node} {other}"),
        "heal all".to_string(),
        format!("partition {node} | {other}"),
        format!("slow {node} {}ms", rng.below(40)),
        format!("skew {node} {:+}ppm", rng.below(100_000)),
        format!("link {node} {other} loss=20%"),
        format!("command {node} add {}", rng.below(5)),
        format!("fault {node} forget"),
        format!("fire {node} greet"),
        format!("set greet_ms {}", 50 + rng.below(100)),
        message.map_or("crash first".to_string(), |message| format!("hurry {message}")),
        message.map_or("crash n1".to_string(), |message| format!("duplicate {message}")),
    ];
    let (end, end_time) = session.end();
    match rng.below(12) {
        0 => drop(session.seek_time(Time(rng.below(end_time.0 + 1)))),
        1 => drop(session.seek_step(rng.below(end + 1))),
        2 => drop(session.seek_step(end)),
        3 => drop(session.step_back()),
        4 => drop(session.step()),
        5 => drop(session.step_to_change()),
        6 => match rng.below(4) {
            0 => drop(session.undo()),
            1 => drop(session.redo()),
            2 => drop(session.clear_faults()),
            _ => change_a_chip(session, rng, &acts),
        },
        7 => {
            let tabs = session.runs();
            session.switch_run(tabs[rng.below(tabs.len() as u64) as usize].id);
        }
        8 | 9 => drop(session.play_for(Span(rng.below(400_000)), 10_000)),
        _ => {
            let act = &acts[rng.below(acts.len() as u64) as usize];
            let _ = session.act_in_words(act);
        }
    }
}

fn change_a_chip(session: &mut Session, rng: &mut Rng, acts: &[String]) {
    let words = acts[rng.below(acts.len() as u64) as usize].clone();
    let time = Time(rng.below(session.end().1.0 + 1));
    match session.chips().len() as u64 {
        0 => drop(session.add_chip(time, &words)),
        count => {
            let place = rng.below(count) as usize;
            let edit = match rng.below(3) {
                0 => ChipEdit::Delete,
                1 => ChipEdit::Change { time, words: session.chips()[place].words.clone() },
                _ => ChipEdit::Change { time: session.chips()[place].time, words },
            };
            session.edit_chip(place, &edit).unwrap();
        }
    }
}

fn assert_reproducible(session: &Session) {
    for recording in [session.script(), session.script_to_here()] {
        let text = recording.to_string();
        let read = script(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let outcome = run_script(&read, Limits::default()).unwrap();
        assert!(outcome.problems.is_empty(), "{:?}\n{text}", outcome.problems);
        assert_eq!(Some(outcome.digest), read.digest, "{text}");
    }
    assert_eq!(session.script_to_here().digest, Some(session.digest()));
}

#[test]
fn whatever_a_learner_does_the_printed_script_gives_the_same_run() {
    for seed in 0..30 {
        let mut rng = Rng::new(seed, Purpose::Outside(1), 0);
        let mut session = Session::new(Setup::new(&RING, seed)).unwrap();
        for _ in 0..60 {
            wander(&mut session, &mut rng);
        }
        assert_reproducible(&session);
    }
}

#[test]
fn a_learner_may_meddle_with_a_scenario_and_the_recording_is_still_exact() {
    let story = script(
        "lab ring seed=5\nevery sent Hi n1 *: delay it 3ms\n200ms crash n2\n+300ms restart n2\n\
         when first: cut first n3\nevery first n1: command n1 add 1\n+100ms heal all\n+1s expect warm\n",
    )
    .unwrap();
    for seed in 0..30 {
        let mut rng = Rng::new(seed, Purpose::Outside(2), 0);
        let mut session = Session::play_script(&story).unwrap();
        for _ in 0..60 {
            wander(&mut session, &mut rng);
        }
        assert_reproducible(&session);
    }
}

#[test]
fn a_session_follows_a_script_exactly_as_it_runs_alone() {
    let story = script(
        "lab ring seed=5\n500ms crash n2\nevery sent Hi n1 *: drop it\n+300ms restart n2\n2s stop\n",
    )
    .unwrap();
    let mut inputs = Vec::new();
    let alone = watch_script(&story, Limits::default(), &mut |step, _| {
        if let Cause::Input { input, .. } = &step.cause {
            inputs.push((step.index, input.clone()));
        }
    })
    .unwrap();
    let mut session = Session::play_script(&story).unwrap();
    let moved = session.play_for(Span::from_secs(60), 10_000);
    assert_eq!((moved.halt, here(&session)), (Halt::Stop, (alone.steps, alone.time)));
    assert_eq!(session.digest(), alone.digest);
    let scripted = session.inputs().filter(|recorded| recorded.is_scripted());
    assert!(scripted.map(|r| (r.step, r.input.clone())).eq(inputs.iter().cloned()));
    assert!(inputs.len() > 10, "{inputs:?}");
    session.play_for(Span::from_secs(1), 10_000);
    assert_eq!(session.clock(), ms(3_000), "the learner may go on");
}

#[test]
fn a_recording_is_followed_to_where_it_stops() {
    let mut first = session();
    first.play_for(Span::from_ms(700), 10_000);
    first.act(Input::Crash(n(2))).unwrap();
    first.play_for(Span::from_ms(900), 10_000);
    let mut second = Session::play_script(&first.script()).unwrap();
    assert_eq!(second.follow_script(10).halt, Halt::Busy);
    assert_eq!(second.follow_script(10_000).halt, Halt::Stop);
    assert_eq!((here(&second), second.digest()), (here(&first), first.digest()));
    assert_eq!(second.problems().count(), 0);
    assert_eq!(second.follow_script(10).halt, Halt::There, "nothing is left to follow");
    assert_eq!(second.script(), first.script());
}

#[test]
fn a_scenario_is_followed_to_its_last_line() {
    let story = script("lab ring\n500ms crash n2\n+100ms restart n2\n").unwrap();
    let mut session = Session::play_script(&story).unwrap();
    assert_eq!(session.follow_script(10_000).halt, Halt::There);
    assert_eq!(session.clock(), ms(600));
}

#[test]
fn taking_a_fault_back_goes_on_past_the_end_of_the_script() {
    let story = script("lab ring\n500ms crash n2\n700ms stop\n").unwrap();
    let mut session = Session::play_script(&story).unwrap();
    session.follow_script(10_000);
    session.play_for(Span::from_ms(300), 10_000);
    session.act(Input::Command(n(1), "add 1".into())).unwrap();
    let undone = session.undo().unwrap();
    assert_eq!((session.clock(), undone.what), (ms(1_000), "command n1 add 1".into()));
    let undone = session.undo().unwrap();
    assert_eq!((session.clock(), undone.refused), (ms(1_000), Vec::new()));
    assert_eq!(session.inputs().count(), 0);
}

#[test]
fn a_script_goes_on_after_an_act_in_its_past() {
    let story = script("lab ring\n500ms crash n2\n1s restart n2\n1.5s crash n3\n").unwrap();
    let mut session = Session::play_script(&story).unwrap();
    session.seek_time(ms(2_000));
    session.seek_time(ms(700));
    session.act(Input::Crash(n(1))).unwrap();
    session.seek_time(ms(2_000));
    let inputs: Vec<String> = session.inputs().map(|r| r.input.to_string()).collect();
    assert_eq!(inputs, ["crash n2", "crash n1", "restart n2", "crash n3"]);
}

#[test]
fn taking_back_a_fault_of_a_script_leaves_out_its_line_alone() {
    let story = script("lab ring\n500ms crash n2\n+100ms cut n1 n3\n1s restart n2\n").unwrap();
    let mut session = Session::play_script(&story).unwrap();
    session.seek_time(ms(2_000));
    assert_eq!(session.undo().unwrap().what, "cut n1 n3");
    let inputs: Vec<String> = session.inputs().map(|r| r.input.to_string()).collect();
    assert_eq!(inputs, ["crash n2", "restart n2"]);
    session.undo().unwrap();
    let problems: Vec<String> = session.problems().map(|p| p.message.clone()).collect();
    assert_eq!(problems, ["`restart n2` was refused: n2 is not down"]);
}

#[test]
fn what_a_script_expects_is_counted_as_it_comes_true() {
    let text = "lab ring\n100ms expect not warm\n500ms crash n2\n600ms expect warm\n2s stop\n";
    let mut session = Session::play_script(&script(text).unwrap()).unwrap();
    assert_eq!(session.expectations(), (0, 2), "nothing has happened yet");
    session.seek_time(ms(200));
    assert_eq!(session.expectations(), (1, 2));
    session.follow_script(10_000);
    assert_eq!(session.problems().count(), 1, "n2 is down, so not all are warm");
    assert_eq!(session.expectations(), (1, 2));
}
