//! One script over many seeds: what is measured, and that it is what single runs say.

use faultline::labs::{self, Setup};
use faultline::play::batch::{Batch, Curves, Measure, Sweep, figures};
use faultline::play::{Limits, Script, Session, run_script, script};
use faultline::sim::faults::Stage;
use faultline::sim::{Input, Span, Time};

/// Crashes the leader and waits for the next one.
const CRASH: &str = "lab raft seed=1 clients=0\nwhen agreed: crash leader\nwhen leader: stop\n";

fn batch(text: &str, measures: &[&str], others: &[&str], seeds: u64) -> Batch {
    let script: Script = text.parse().expect("the script is right");
    let figures = figures(&script.setup).expect("the set-up is right");
    let lab = script.setup.lab();
    let read = |text: &&str| Measure::read(text, lab, &figures).expect("there is such a measure");
    let measures = measures.iter().map(read).collect();
    let other = |change: &&str| {
        let mut setup = script.setup.clone();
        script::change_setup(&mut setup, change).expect("the lab has these parameters");
        setup
    };
    let others: Vec<Setup> = others.iter().map(other).collect();
    Batch::new(script, others, measures, seeds, Limits::default()).expect("it can be played")
}

/// Raft §9.3, Figure 16: with a wide range of timeouts a new leader is there soon after the crash; with
/// a narrow one votes are split again and again, and the tail is long; short timeouts are quick, as
/// long as they are well above the time that a message takes.
#[test]
fn a_crashed_leader_is_replaced_as_in_figure_16_of_the_raft_paper() {
    let others = [
        "election_ms_min=12 election_ms_max=24 heartbeat_ms=5 latency_ms_min=2 latency_ms_max=3",
        "election_ms_max=155",
    ];
    let mut batch = batch(CRASH, &["last act to leader"], &others, 200);
    while batch.advance(1_000_000) {}
    let [usual, short, narrow] = [0, 1, 2].map(|setup| batch.spread(setup, 0));
    for spread in [&usual, &short, &narrow] {
        assert_eq!((spread.runs(), spread.never()), (200, 0));
    }
    let ms = |value: Option<u64>| value.expect("all got there") / 1_000;
    // A follower that heard the last heartbeat waits at least 150 ms, and nobody more than 300 ms.
    assert!(ms(usual.quantile(0)) >= 130, "{:?}", usual.quantile(0));
    assert!(ms(usual.quantile(50)) < 300 && ms(usual.quantile(99)) < 1_000);
    assert!(ms(short.quantile(50)) * 5 < ms(usual.quantile(50)));
    // The same least wait, and yet most elections of the narrow range are split at least once.
    assert!(ms(narrow.quantile(0)) < 300);
    assert!(ms(narrow.quantile(50)) > 3 * ms(usual.quantile(50)), "{:?}", narrow.quantile(50));
    assert!(ms(narrow.quantile(99)) > 10 * ms(usual.quantile(99)), "{:?}", narrow.quantile(99));
}

#[test]
fn a_batch_measures_what_each_run_says_of_itself() {
    let text = "lab raft seed=7\nwhen agreed: crash leader\n+3s restart n1\n+0s restart n2\n\
                +0s restart n3\n+0s restart n4\n+0s restart n5\n+2s stop\n";
    let measures = ["introduced to recovered", "elections", "violations"];
    let mut batch = batch(text, &measures, &["variant=majority-of-the-living"], 6);
    while batch.advance(1_000_000) {}
    assert_eq!(batch.played().len(), 12);
    for played in batch.played() {
        let script = batch.script(played.setup, played.seed);
        assert_eq!(script.setup.seed, played.seed);
        let outcome = run_script(&script, Limits::default()).expect("it plays alone too");
        let faults = outcome.run.faults();
        let recovered = faults[0].history.iter().find(|reached| reached.stage == Stage::Recovered);
        let span = recovered.map(|to| to.time.since(faults[0].introduced().time).us());
        assert_eq!(played.values[0], span);
        let scene = outcome.scene();
        let figure = scene.metrics.iter().find(|metric| metric.name == "elections");
        assert_eq!(played.values[1], figure.map(|figure| figure.value));
        assert_eq!(played.values[2], Some(outcome.violations.len() as u64));
        assert_eq!(played.problems.len(), outcome.problems.len());
    }
    assert!(batch.played().iter().any(|played| played.values[0].is_some()));
}

#[test]
fn how_it_is_sliced_makes_no_difference() {
    let mut whole = batch(CRASH, &["last act to agreed"], &[], 5);
    while whole.advance(u64::MAX) {}
    let mut sliced = batch(CRASH, &["last act to agreed"], &[], 5);
    let mut slices = 0;
    while sliced.advance(7) {
        slices += 1;
    }
    assert!(slices > 20, "{slices}");
    assert_eq!(whole.played(), sliced.played());
}

#[test]
fn what_never_comes_is_counted_as_such() {
    let text = "lab raft\nwhen agreed: crash n1\n+0s crash n2\n+0s crash n3\n+5s stop\n";
    let mut batch = batch(text, &["last act to agreed", "start to agreed"], &[], 3);
    while batch.advance(1_000_000) {}
    assert_eq!((batch.spread(0, 0).never(), batch.spread(0, 1).never()), (3, 0));
}

#[test]
fn every_measure_that_is_offered_reads_back_and_a_wrong_one_says_what_there_is() {
    for lab in labs::ALL {
        let script: Script = format!("lab {}\n", lab.id).parse().expect("its defaults make sense");
        let figures = figures(&script.setup).expect("its defaults make sense");
        for measure in Measure::offered(&script, &figures) {
            assert_eq!(Measure::read(&measure.to_string(), lab, &figures), Ok(measure));
        }
        let wrong = |text: &str| Measure::read(text, lab, &figures).expect_err(text);
        assert!(wrong("speed").contains("`violations`"), "{}", wrong("speed"));
        assert!(wrong("start to nowhere").contains("`last act`"), "{}", wrong("start to nowhere"));
        assert!(wrong("failure of fault 0 to start").contains("from 1"));
        assert!(wrong("sent Vote * * to start").contains("no moment"));
    }
}

// ---- a learner's run, retold ----

#[test]
fn a_run_is_retold_for_other_seeds_by_the_parts_that_nodes_had() {
    let raft = labs::find("raft").expect("there is Raft");
    let mut session = Session::new(Setup::new(raft, 7)).expect("its defaults make sense");
    while session.find("leader").is_none() {
        session.step();
    }
    let elected = session.clock();
    session.seek_time(elected + Span::from_ms(40));
    let leader = session.find("leader").expect("it still leads");
    session.act(Input::Crash(leader)).expect("it is up");
    session.seek_time(elected + Span::from_ms(2_040));
    session.act(Input::Restart(leader)).expect("it is down");
    let story = session.story().to_string();
    let lines: Vec<&str> = story.lines().skip(1).collect();
    let restart = format!("+2s restart {leader}");
    assert_eq!(lines, ["when leader: expect leader", "+40ms crash leader", &restart]);
    assert_eq!(story.parse::<Script>().map(|script| script.to_string()), Ok(story.clone()));
}

#[test]
fn a_run_that_follows_a_script_is_retold_by_it_until_the_learner_acts() {
    let script: Script = CRASH.parse().expect("it is right");
    let mut session = Session::play_script(&script).expect("its set-up is right");
    session.seek_time(Time::ZERO + Span::from_secs(2));
    assert_eq!(session.story(), script);
    let crashed = session.inputs().find_map(|recorded| match recorded.input {
        Input::Crash(node) => Some(node),
        _ => None,
    });
    session.act(Input::Restart(crashed.expect("the script did it"))).expect("it is down");
    let story = session.story().to_string();
    assert!(story.contains("crash leader") && story.contains("restart"), "{story}");
}

/// The experiment of "Exponential Backoff And Jitter" (Brooker, AWS Architecture Blog 2015): N clients write
/// one row at once. The same as the command in the chapter of the lab `retry`.
const CONTENTION: &str = include_str!("../src/labs/retry/scenarios/one-row.txt");

#[test]
fn contention_of_n_clients_has_the_shape_of_the_aws_article() {
    let script: Script = CONTENTION.parse().expect("the script is right");
    let lab = script.setup.lab();
    let figures = figures(&script.setup).expect("the set-up is right");
    let read = |text: &str| Measure::read(text, lab, &figures).expect("there is such a measure");
    let other = |change: &str| {
        let mut setup = script.setup.clone();
        script::change_setup(&mut setup, change).expect("the lab has these parameters");
        setup
    };
    let others = ["backoff=none jitter=none", "jitter=none", "jitter=equal", "jitter=decorrelated"]
        .map(other);
    let sweep = Sweep::read("rate=20,80,40", lab).expect("the lab has this parameter");
    assert_eq!(sweep.values(), [20, 40, 80]);
    let measures = vec![read("calls"), read("start to answered")];
    let limits = Limits::default();
    let mut batch = Batch::swept(script, others.to_vec(), sweep, measures, 5, limits).unwrap();
    while batch.advance(1_000_000) {}
    assert_eq!(batch.all(), 5 * 5 * 3);
    let medians = |measure: usize, line: usize| {
        let curves = Curves::new(&batch, measure).expect("something is swept");
        curves.lines[line].medians.iter().map(|median| median.unwrap()).collect::<Vec<u64>>()
    };
    let [full, none, exponential, equal, decorrelated] = [0, 1, 2, 3, 4];
    let calls = |line| medians(0, line);
    let time = |line| medians(1, line);
    // Without backoff the work grows nearly as N²: with twice as many clients it is thrice as much.
    let without = calls(none);
    assert!(without[2] > 3 * without[1] && without[1] * 2 > 5 * without[0], "{without:?}");
    // Backoff alone helps, and jitter much more; the herd is dissolved.
    for jittered in [equal, full, decorrelated] {
        assert!(calls(none)[2] > calls(exponential)[2]);
        assert!(calls(exponential)[2] * 10 > calls(jittered)[2] * 13, "{:?}", calls(jittered));
        let (long, short) = (time(exponential)[2], time(jittered)[2]);
        assert!(long > 2 * short, "{long} {short}");
    }
    // Of the jittered ones, equal makes the most calls, as in the article.
    assert!(calls(equal)[2] > calls(full)[2], "{:?} {:?}", calls(equal), calls(full));
}

#[test]
fn a_sweep_says_what_is_wrong_with_it() {
    let lab = labs::find("retry").unwrap();
    let wrong = |text: &str| Sweep::read(text, lab).err().unwrap();
    assert_eq!(wrong("rate"), "`rate` is no sweep; write it like rate=10,20,50");
    assert_eq!(wrong("rate=10"), "`rate=10` is no sweep; write it like rate=10,20,50");
    assert_eq!(wrong("colour=1,2"), "retry has no parameter `colour`");
    assert!(wrong("rate=1,x").contains("whole number"));
    // A choice is swept by its words.
    let sweep = Sweep::read("jitter=none,full", lab).unwrap();
    assert_eq!(sweep.values(), [0, 3]);
}
