//! What Bully costs, and what the tables promise. Scenarios, witnesses and the adversary that all labs
//! face are in `tests/labs.rs`.

use std::collections::BTreeSet;

use crate::labs::jobs::JobRule;
use crate::labs::{Run, Setup};
use crate::sim::faults::Stage;
use crate::sim::rng::{Purpose, Rng};
use crate::sim::{Input, NodeId, Span, Time};

use super::part::Part;
use super::printed::Printed;
use super::rules::Rule;
use super::spec::BullySpec;
use super::{LAB, Running, corrected, printed};

const SECOND: Span = Span::from_secs(1);

fn setup(params: &[(&str, u64)]) -> Setup {
    let mut setup = Setup::new(&LAB, 1);
    for &(name, value) in params {
        setup.set_param(name, value).unwrap();
    }
    setup
}

fn run_for(run: &mut dyn Run, span: Span) {
    let end = run.now() + span;
    while run.next_at().is_some_and(|next| next <= end) {
        run.skip();
    }
    run.wait_until(end);
}

fn act(run: &mut dyn Run, input: &str) {
    let words: Vec<&str> = input.split(' ').collect();
    let node: NodeId = words[1].parse().unwrap();
    let rest = words[2..].join(" ");
    let input = match words[0] {
        "crash" => Input::Crash(node),
        "restart" => Input::Restart(node),
        "pause" => Input::Pause(node),
        "slow" => Input::Slow(node, rest.parse().unwrap()),
        "fire" => Input::FireTimer(node, rest),
        "command" => Input::Command(node, rest),
        "fault" => Input::Fault(node, rest),
        other => panic!("no {other} here"),
    };
    run.apply(&input).unwrap();
}

/// A corrected cluster that has been up for a second.
fn settled(nodes: u64) -> Running<Part, BullySpec> {
    let mut run = corrected(&setup(&[("nodes", nodes)]));
    run_for(&mut run, SECOND);
    assert_eq!(run.holds("agreed"), Some(true));
    run
}

/// The messages of the last election by kind: ELECTION, OK, COORDINATOR.
fn cost(run: &Running<Part, BullySpec>) -> (u64, u64, u64) {
    run.spec().last_election().unwrap().by_kind()
}

// ---- what an election costs ----

/// The formula of the chapter, for the case that all above `h` are dead.
fn formula(n: u64, i: u64, h: u64) -> (u64, u64, u64) {
    ((i..=h).map(|j| n - j).sum(), (h - i) * (h - i + 1) / 2, h - 1)
}

#[test]
fn the_sample_of_the_formula_is_ten_six_three() {
    assert_eq!(formula(5, 1, 4), (10, 6, 3));
    assert_eq!(formula(5, 4, 4), (1, 0, 3));
    assert_eq!(formula(7, 1, 6), (21, 15, 5));
}

#[test]
fn an_election_costs_what_the_formula_says_whoever_notices() {
    for n in 3..=9 {
        for dead in 1..=2 {
            let h = n - dead;
            for i in 1..=h {
                let mut run = settled(n);
                for id in h + 1..=n {
                    act(&mut run, &format!("crash n{id}"));
                }
                act(&mut run, &format!("fire n{i} silence"));
                run_for(&mut run, SECOND);
                assert_eq!(run.find("leader"), Some(NodeId::server(h as u8)));
                assert_eq!(cost(&run), formula(n, i, h), "n={n}, i={i}, h={h}");
            }
        }
    }
}

#[test]
fn with_all_nodes_up_an_election_costs_one_message_a_pair_and_one_announcement() {
    for n in 3..=9 {
        let pairs = n * (n - 1) / 2;
        // With messages that overtake each other, a COORDINATOR may save a node its election.
        let even = [("nodes", n), ("latency_ms_min", 10), ("latency_ms_max", 10)];
        let mut run = corrected(&setup(&even));
        run_for(&mut run, SECOND);
        assert_eq!(cost(&run), (pairs, pairs, n - 1), "all start at once, n={n}");
        act(&mut run, "command n1 election");
        run_for(&mut run, SECOND);
        assert_eq!(cost(&run), (pairs, pairs, n - 1), "n1 asks, n={n}");
    }
}

#[test]
fn a_lost_coordinator_costs_one_more_round_of_questions() {
    let mut run = settled(3);
    act(&mut run, "crash n3");
    act(&mut run, "fire n1 silence");
    loop {
        let step = run.step().unwrap();
        if let Some(sent) = step.sent.iter().find(|sent| sent.message.kind == "COORDINATOR") {
            run.apply(&Input::Drop(sent.message.id)).unwrap();
            break;
        }
    }
    run_for(&mut run, SECOND);
    assert_eq!(run.holds("agreed"), Some(true));
    assert_eq!(cost(&run), (5, 2, 2));
}

#[test]
fn the_print_doubles_its_elections_with_every_node() {
    for n in 3..=9u32 {
        let mut run = printed(&setup(&[("nodes", n.into()), ("ok_timeout_ms", 60_000)]));
        run_for(&mut run, SECOND);
        act(&mut run, "command n1 election");
        run_for(&mut run, Span::from_secs(55));
        assert_eq!(run.holds("agreed"), Some(true));
        let (election, _, coordinator) = run.spec().last_election().unwrap().by_kind();
        let n = u64::from(n);
        assert_eq!(election, (1 << (n - 1)) - 1, "n={n}");
        assert_eq!(coordinator, (n - 1) << (n - 2), "n={n}");
    }
}

// ---- as printed ----

#[test]
fn a_stuck_printed_node_sends_nothing_however_often_it_is_asked() {
    let mut run = printed(&setup(&[("nodes", 3)]));
    run_for(&mut run, SECOND);
    act(&mut run, "fault n1 send-error");
    act(&mut run, "command n1 election");
    let sent = run.world().messages_sent();
    for _ in 0..10 {
        act(&mut run, "command n1 election");
        run_for(&mut run, SECOND);
    }
    assert_eq!(run.world().messages_sent(), sent);
}

#[test]
fn the_course_s_example_of_a_late_ok_ends_with_two_leaders() {
    let mut run: Running<Printed, BullySpec> =
        printed(&setup(&[("ok_timeout_ms", 500), ("coordinator_timeout_ms", 5_000)]));
    run_for(&mut run, SECOND);
    act(&mut run, "crash n5");
    act(&mut run, "command n3 election");
    run_for(&mut run, Span::from_secs(20));
    let views: Vec<_> = run.world().living().map(|(_, node)| node.leader_id.unwrap()).collect();
    let n = NodeId::server;
    assert_eq!(views, [n(3), n(3), n(3), n(4)]);
}

// ---- tables ----

#[test]
fn rules_and_book_name_the_same_rules_in_the_same_order() {
    let jobs = JobRule::ALL.iter().map(|rule| Rule::Job(*rule));
    let names = Rule::ALL.iter().copied().chain(jobs);
    let names: Vec<&str> = names.map(|rule| rule.into()).collect();
    let book: Vec<String> = LAB.rulebook().rules.into_iter().map(|rule| rule.name).collect();
    assert_eq!(names, book);
    let distinct: BTreeSet<Rule> = Rule::ALL.iter().copied().collect();
    assert_eq!(distinct.len(), Rule::ALL.len());
}

#[test]
fn every_printed_flaw_has_a_rule_of_its_own_and_a_witness() {
    let rules = LAB.rulebook().rules;
    let as_printed = LAB.variant("as-printed").unwrap();
    for number in 1..=9 {
        let flaw = format!("BU-{number}");
        let own = |rule: &&crate::labs::RuleText| {
            rule.name.starts_with("printed_") && rule.cite.starts_with(&format!("{flaw}, "))
        };
        assert_eq!(rules.iter().filter(own).count(), 1, "{flaw}");
        assert!(as_printed.witnesses.iter().any(|witness| witness.flaw == flaw), "{flaw}");
    }
}

#[test]
fn times_may_change_while_the_lab_runs_and_the_rest_may_not() {
    let mut run = settled(5);
    for param in LAB.params {
        let mut set = |value| run.apply(&Input::Set(param.name.into(), value));
        assert_eq!(set(param.range.1).is_ok(), param.live, "{}", param.name);
        assert!(set(param.range.1 + 1).is_err(), "{}", param.name);
    }
    let crossed = setup(&[("timeout_ms_min", 700)]).start();
    assert!(crossed.is_err_and(|why| why.contains("timeout_ms_max")));
}

// ---- what users and the ledger see ----

fn stages(run: &dyn Run) -> Vec<Stage> {
    run.faults()[0].history.iter().map(|reached| reached.stage).collect()
}

#[test]
fn a_crashed_leader_is_an_error_a_failure_then_detected_and_recovered_from() {
    let mut run = settled(5);
    act(&mut run, "crash n5");
    assert!(run.scene().service.failed);
    let n1 = run.scene().nodes.remove(0);
    assert_eq!(n1.beliefs[0].note, "n5 is down");
    assert!(!n1.beliefs[0].right);
    run_for(&mut run, Span::from_secs(2));
    use Stage::{Activated, Detected, Error, Failure, Introduced, Recovered};
    assert_eq!(stages(&run), [Introduced, Activated, Error, Failure, Detected, Recovered]);
    assert!(!run.scene().service.failed && run.scene().error.is_none());
}

#[test]
fn a_follower_that_cannot_hear_the_leader_is_an_error_before_it_is_a_failure() {
    let mut run = settled(5);
    let n = NodeId::server;
    run.apply(&Input::Cut(n(5), n(1))).unwrap();
    let scene = run.scene();
    assert!(scene.error.is_some());
    assert_eq!((scene.service.failing, scene.service.failed), (1, false));
}

#[test]
fn a_slow_leader_is_a_false_alarm() {
    let mut run = settled(5);
    act(&mut run, "slow n5 700ms");
    run_for(&mut run, Span::from_secs(2));
    let scene = run.scene();
    assert!(scene.false_alarms.iter().any(|alarm| alarm.of == NodeId::server(5)));
}

#[test]
fn the_scene_counts_messages_by_kind_for_each_election() {
    let mut run = settled(5);
    act(&mut run, "crash n5");
    act(&mut run, "fire n1 silence");
    run_for(&mut run, SECOND);
    let panels = serde_json::to_string(&run.scene().panels).unwrap();
    assert!(panels.contains(r#"[2,"n1",10,6,3,19,"n4","#), "{panels}");
    let metrics = run.scene().metrics;
    assert_eq!(metrics[0].value, 19);
    assert!((100_000..200_000).contains(&metrics[2].value), "{metrics:?}");
}

// ---- an adversary with this lab's own faults ----

/// Disturbs a run by chance for some seconds, then mends everything and waits.
fn attacked(seed: u64) -> Box<dyn Run> {
    let mut setup = setup(&[("nodes", 3 + seed % 7), ("quorum", seed / 7 % 2)]);
    setup.seed = seed;
    let mut run = setup.start().unwrap();
    let mut draws = (0..).map(|place| Rng::new(seed, Purpose::Outside(7), place));
    let mut below = |n| draws.next().expect("it never ends").below(n);
    while run.now() < Time(6_000_000) && run.violations().is_empty() {
        run_for(&mut *run, Span::from_ms(below(120)));
        let nodes = run.scene().nodes;
        let [id, other] = [below(9), below(9)].map(|n| nodes[n as usize % nodes.len()].id);
        let fault = ["send-error", "claim", "ask-all"][below(3) as usize].to_string();
        let input = match below(12) {
            0 => Input::Crash(id),
            1..=2 => Input::Restart(id),
            3 => Input::Pause(id),
            4 => Input::Resume(id),
            5 => Input::Cut(id, other),
            6 => Input::HealAll,
            7 => Input::Wipe(id),
            8..=9 => Input::Fault(id, fault),
            10 => Input::Command(id, "election".into()),
            _ => Input::Slow(id, Span::from_ms(below(40))),
        };
        // Some of them make no sense at the moment and are refused.
        let _ = run.apply(&input);
    }
    for node in run.scene().nodes {
        for input in [
            Input::HealAll,
            Input::Restart(node.id),
            Input::Resume(node.id),
            Input::Slow(node.id, Span::ZERO),
        ] {
            let _ = run.apply(&input);
        }
    }
    run_for(&mut *run, Span::from_secs(8));
    run
}

#[test]
fn the_corrected_node_survives_the_faults_of_this_lab() {
    // As many as in `tests/labs.rs`.
    let seeds = std::env::var("FAULTLINE_SEEDS").ok().and_then(|text| text.parse().ok());
    for seed in 0..seeds.unwrap_or(200) {
        let run = attacked(seed);
        let violations = run.violations();
        assert!(violations.is_empty(), "seed {seed}: {violations:?}");
        assert_eq!(run.holds("agreed"), Some(true), "seed {seed}");
    }
}

// ---- other failure detectors ----

#[test]
fn any_detector_finds_out_that_the_leader_crashed_and_the_next_one_is_elected() {
    for detector in 0..5 {
        let mut run = setup(&[("detector", detector)]).start().unwrap();
        run_for(&mut *run, Span::from_secs(5));
        assert_eq!(run.holds("agreed"), Some(true), "detector {detector}");
        assert!(run.scene().false_alarms.is_empty(), "detector {detector}");
        run.apply(&Input::Crash(NodeId::server(5))).unwrap();
        run_for(&mut *run, Span::from_secs(5));
        assert_eq!(run.find("leader"), Some(NodeId::server(4)), "detector {detector}");
        assert!(stages(&*run).contains(&Stage::Detected), "detector {detector}");
    }
}

#[test]
fn phi_suspects_a_regular_leader_sooner_than_the_timeout_does() {
    let detected = |detector| {
        let mut run = setup(&[("detector", detector)]).start().unwrap();
        run_for(&mut *run, Span::from_secs(5));
        run.apply(&Input::Crash(NodeId::server(5))).unwrap();
        run_for(&mut *run, Span::from_secs(5));
        let faults = run.faults();
        let [from, to] = [Stage::Introduced, Stage::Detected]
            .map(|stage| faults[0].reached(stage).expect("it went through that stage").time);
        to.since(from)
    };
    let (timeout, phi) = (detected(0), detected(3));
    assert!(phi < timeout, "phi {phi}, timeout {timeout}");
}
