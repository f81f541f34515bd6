//! What the script bar promises, shown on the test lab.

use crate::labs::Setup;
use crate::sim::{Input, NodeId, Span, Time};

use super::testing::{RING, ms, script};
use super::{ChipEdit, Session};

fn n(number: u8) -> NodeId {
    NodeId::server(number)
}

/// A second of a run in which n1 crashes at 200 ms and comes back at 600 ms.
fn session() -> Session {
    let mut session = Session::new(Setup::new(&RING, 1)).unwrap();
    session.seek_time(ms(200));
    session.act(Input::Crash(n(1))).unwrap();
    session.seek_time(ms(600));
    session.act(Input::Restart(n(1))).unwrap();
    session.seek_time(ms(1_000));
    session
}

fn change(time: Time, words: &str) -> ChipEdit {
    ChipEdit::Change { time, words: words.into() }
}

/// The bar in words; what was refused stands in brackets.
fn bar(session: &Session) -> Vec<String> {
    let chips = session.chips().into_iter();
    let words = chips.map(|chip| match chip.refused {
        None => format!("{} @ {}", chip.words, chip.time.to_script()),
        Some(_) => format!("[{} @ {}]", chip.words, chip.time.to_script()),
    });
    words.collect()
}

#[test]
fn every_act_is_a_chip() {
    assert_eq!(bar(&session()), ["crash n1 @ 0.200s", "restart n1 @ 0.600s"]);
}

#[test]
fn a_chip_that_is_moved_plays_the_run_anew_and_lands_at_the_same_time() {
    let mut session = session();
    let before = session.digest();
    let first = session.runs()[0].id;
    let changed = session.edit_chip(0, &change(ms(400), "crash n1")).unwrap();
    assert_eq!((changed.kept, changed.chip), (first, Some(0)));
    assert_eq!(bar(&session), ["crash n1 @ 0.400s", "restart n1 @ 0.600s"]);
    assert_eq!(session.clock(), ms(1_000));
    assert_ne!(session.digest(), before);
    assert!(session.switch_run(first));
    assert_eq!(session.digest(), before, "the old future is kept");
}

#[test]
fn a_chip_may_be_moved_over_others_and_back() {
    let mut session = session();
    session.act(Input::Pause(n(3))).unwrap();
    let digest = session.digest();
    session.edit_chip(2, &change(ms(100), "pause n3")).unwrap();
    let moved = ["pause n3 @ 0.100s", "crash n1 @ 0.200s", "restart n1 @ 0.600s"];
    assert_eq!(bar(&session), moved);
    session.edit_chip(0, &change(ms(1_000), "pause n3")).unwrap();
    assert_eq!(session.digest(), digest, "the same acts at the same times are the same run");
}

#[test]
fn the_words_of_a_chip_can_be_changed_and_mean_what_is_so_then() {
    let mut session = session();
    session.edit_chip(0, &change(ms(200), "crash n2")).unwrap();
    assert_eq!(bar(&session), ["crash n2 @ 0.200s", "[restart n1 @ 0.600s]"]);
    session.edit_chip(1, &change(ms(600), "restart n2")).unwrap();
    assert_eq!(bar(&session), ["crash n2 @ 0.200s", "restart n2 @ 0.600s"]);
}

#[test]
fn what_makes_no_sense_stays_with_its_reason_and_is_tried_again() {
    let mut session = session();
    let changed = session.edit_chip(0, &change(ms(700), "crash n1")).unwrap();
    assert_eq!(changed.refused, [("restart n1".to_string(), "n1 is not down".to_string())]);
    assert_eq!(bar(&session), ["[restart n1 @ 0.600s]", "crash n1 @ 0.700s"]);
    assert_eq!(session.chips()[0].refused.as_deref(), Some("n1 is not down"));
    session.edit_chip(1, &change(ms(300), "crash n1")).unwrap();
    assert_eq!(bar(&session), ["crash n1 @ 0.300s", "restart n1 @ 0.600s"]);
}

#[test]
fn words_that_say_nothing_change_nothing() {
    let mut session = session();
    let before = (bar(&session), session.digest(), session.runs().len());
    for words in ["crash", "explode n1", "expect warm", "stop"] {
        assert!(session.edit_chip(0, &change(ms(200), words)).is_err(), "{words}");
        assert!(session.add_chip(ms(100), words).is_err(), "{words}");
    }
    assert!(session.edit_chip(7, &ChipEdit::Delete).is_err());
    assert_eq!((bar(&session), session.digest(), session.runs().len()), before);
}

#[test]
fn a_chip_that_is_moved_many_times_leaves_one_run_behind() {
    let mut session = session();
    for time in [250, 300, 350] {
        session.edit_chip(0, &change(ms(time), "crash n1")).unwrap();
    }
    assert_eq!(session.runs().len(), 2);
    assert_eq!(session.runs()[1].origin.as_ref().unwrap().from, session.runs()[0].id);
    session.undo().unwrap();
    assert_eq!(bar(&session), ["crash n1 @ 0.200s", "restart n1 @ 0.600s"]);
}

#[test]
fn undo_takes_changes_and_acts_back_and_redo_brings_them_again() {
    let mut session = session();
    session.edit_chip(0, &change(ms(300), "crash n1")).unwrap();
    session.act(Input::Pause(n(2))).unwrap();
    let all = (bar(&session), session.digest());
    assert_eq!(session.undo().unwrap().what, "pause n2");
    assert_eq!(bar(&session), ["crash n1 @ 0.300s", "restart n1 @ 0.600s"]);
    session.undo().unwrap();
    assert_eq!(bar(&session), ["crash n1 @ 0.200s", "restart n1 @ 0.600s"]);
    session.redo().unwrap();
    assert_eq!(bar(&session), ["crash n1 @ 0.300s", "restart n1 @ 0.600s"]);
    session.redo().unwrap();
    assert_eq!((bar(&session), session.digest()), all);
    assert!(!session.can_redo() && session.redo().is_err());
}

#[test]
fn a_deleted_chip_comes_back_by_undo() {
    let mut session = session();
    session.edit_chip(1, &ChipEdit::Delete).unwrap();
    assert_eq!(bar(&session), ["crash n1 @ 0.200s"]);
    session.undo().unwrap();
    assert_eq!(bar(&session).len(), 2);
    assert_eq!(session.clock(), ms(1_000));
}

#[test]
fn a_chip_that_was_moved_beyond_the_present_can_be_moved_back_by_undo() {
    let mut session = session();
    session.seek_time(ms(300));
    session.edit_chip(0, &change(ms(500), "crash n1")).unwrap();
    assert!(session.chips()[0].ahead);
    session.undo().unwrap();
    assert_eq!(session.chips()[0].time, ms(200));
}

#[test]
fn everything_can_be_taken_back_one_by_one() {
    let mut session = session();
    while session.can_undo() {
        session.undo().unwrap();
    }
    assert_eq!(bar(&session), Vec::<String>::new());
    assert!(session.undo().is_err());
}

#[test]
fn an_act_ends_what_could_be_done_again() {
    let mut session = session();
    session.undo().unwrap();
    assert!(session.can_redo());
    session.act(Input::Crash(n(2))).unwrap();
    assert!(!session.can_redo());
}

#[test]
fn clearing_the_faults_leaves_what_is_none() {
    let mut session = session();
    session.act(Input::Command(n(2), "add 5".into())).unwrap();
    session.clear_faults().unwrap();
    assert_eq!(bar(&session), ["[restart n1 @ 0.600s]", "command n2 add 5 @ 1.000s"]);
    assert!(session.scene().faults.is_empty());
    assert!(session.clear_faults().is_err(), "there is none left");
}

#[test]
fn a_line_of_a_script_becomes_the_learners_when_it_is_changed() {
    let story = script("lab ring\n500ms crash n2\n+300ms restart n2\n").unwrap();
    for time in [300, 500, 600] {
        let mut session = Session::play_script(&story).unwrap();
        session.seek_time(ms(1_500));
        session.edit_chip(0, &change(ms(time), "crash n2")).unwrap();
        let crash = format!("crash n2 @ {}", ms(time).to_script());
        assert_eq!(bar(&session), [crash, "restart n2 @ 0.800s".to_string()]);
        let by_script: Vec<bool> = session.chips().iter().map(|chip| chip.scripted).collect();
        assert_eq!(by_script, [false, true]);
    }
}

#[test]
fn a_line_that_a_change_makes_senseless_is_refused_where_it_stands() {
    let story = script("lab ring\n500ms crash n2\n+300ms restart n2\n").unwrap();
    let mut session = Session::play_script(&story).unwrap();
    session.seek_time(ms(1_500));
    session.edit_chip(0, &ChipEdit::Delete).unwrap();
    assert_eq!(bar(&session), ["[restart n2 @ 0.800s]"]);
    session.edit_chip(0, &change(ms(800), "crash n3")).unwrap();
    assert_eq!(bar(&session), ["crash n3 @ 0.800s"]);
}

#[test]
fn an_act_on_a_message_finds_the_same_message_in_the_new_run() {
    let mut session = Session::new(Setup::new(&RING, 1)).unwrap();
    session.seek_time(ms(50));
    session.act(Input::Slow(n(3), Span::from_ms(5))).unwrap();
    session.seek_time(ms(150));
    let flying = |session: &Session| {
        let from_two = |flight: &&crate::sim::view::Flight| flight.message.from == n(2);
        session.scene().messages.iter().find(from_two).map(|flight| flight.message.clone())
    };
    while flying(&session).is_none() {
        session.step();
    }
    let message = flying(&session).unwrap();
    session.act(Input::Drop(message.id)).unwrap();
    session.seek_time(session.clock() + Span::from_ms(300));
    session.edit_chip(0, &change(ms(50), "fire n1 greet")).unwrap();
    let last = session.chips().pop().unwrap();
    assert_eq!(last.refused, None, "{last:?}");
    let step = session.step_at(last.step.unwrap()).unwrap();
    let crate::sim::Cause::Input { message: Some(now), .. } = &step.cause else {
        panic!("{step:?}")
    };
    assert_eq!((now.kind, now.from, now.to), (message.kind, message.from, message.to));
    assert_ne!(now.id, message.id, "one message more has shifted the numbers");
    // Before it was sent there is no such message.
    session.edit_chip(session.chips().len() - 1, &change(Time::ZERO, &last.words)).unwrap();
    let why = session.chips().iter().find_map(|chip| chip.refused.clone()).unwrap();
    assert!(why.contains("is on its way then"), "{why}");
}

#[test]
fn starting_over_leaves_the_script_and_nothing_of_the_learners() {
    let story = script("lab ring\n500ms crash n2\n").unwrap();
    let mut session = Session::play_script(&story).unwrap();
    session.seek_time(ms(200));
    assert_eq!(session.start_over(), None, "nothing was done");
    session.seek_time(ms(300));
    session.act(Input::Pause(n(1))).unwrap();
    session.seek_time(ms(900));
    let kept = session.start_over();
    assert_eq!((kept, session.position()), (Some(session.runs()[0].id), 0));
    session.seek_time(ms(900));
    assert_eq!(bar(&session), ["crash n2 @ 0.500s"]);
    session.undo().unwrap();
    assert_eq!(bar(&session), ["pause n1 @ 0.300s", "crash n2 @ 0.500s"]);
}
