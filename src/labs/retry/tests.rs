//! Conformance with the named sources, the experiment of AWS's article, amplification, and the metastable
//! failure with its ways out.

use crate::labs::path::rule::PathRule;
use crate::labs::{Run, Setup};
use crate::sim::{Input, NodeId, Span, Time};

use super::backoff::{Backoff, Jitter, Waits};
use super::budget::{Budget, Kind, TOKEN};
use super::rules::Rule;
use super::{LAB, running};

const DATABASE: NodeId = super::config::DATABASE;
const CLIENT: NodeId = NodeId::client(1);

fn waits(backoff: Backoff, jitter: Jitter) -> Waits {
    Waits { backoff, jitter, base: Span::from_ms(100), cap: Span::from_secs(2) }
}

// ---- "Exponential Backoff And Jitter", Brooker, AWS Architecture Blog 2015 ----

#[test]
fn aws_backoff_is_the_least_of_cap_and_base_doubled() {
    let capped = waits(Backoff::Capped, Jitter::None);
    let all: Vec<u64> = (0..7).map(|retry| capped.wait(retry).us() / 1_000).collect();
    assert_eq!(all, [100, 200, 400, 800, 1_600, 2_000, 2_000]);
    assert_eq!(capped.wait(400), Span::from_secs(2));
}

#[test]
fn aws_full_jitter_is_between_zero_and_the_wait_and_equal_keeps_half() {
    let between = |jitter| waits(Backoff::Capped, jitter).between(2, Span::ZERO);
    let ms = Span::from_ms;
    assert_eq!(between(Jitter::Full), (ms(0), ms(400)));
    assert_eq!(between(Jitter::Equal), (ms(200), ms(400)));
    assert_eq!(between(Jitter::None), (ms(400), ms(400)));
}

#[test]
fn aws_decorrelated_jitter_is_between_base_and_thrice_the_wait_before_and_capped() {
    let decorrelated = waits(Backoff::Capped, Jitter::Decorrelated);
    let ms = Span::from_ms;
    assert_eq!(decorrelated.between(0, Span::ZERO), (ms(100), ms(300)));
    assert_eq!(decorrelated.between(5, ms(500)), (ms(100), ms(1_500)));
    assert_eq!(decorrelated.draw(9, ms(2_000), 0.999), ms(2_000));
}

#[test]
fn every_draw_lies_in_its_interval() {
    for jitter in [Jitter::None, Jitter::Additive, Jitter::Equal, Jitter::Full] {
        let waits = waits(Backoff::Capped, jitter);
        for n in 0..100 {
            let drawn = waits.draw(n % 8, Span::ZERO, f64::from(n) / 100.0);
            let (least, most) = waits.between(n % 8, Span::ZERO);
            assert!((least..=most).contains(&drawn), "{jitter:?}: {drawn}");
        }
    }
}

// ---- the retry quota of the AWS SDKs (SDK reference guide, "Retry behavior", standard mode) ----

#[test]
fn aws_quota_pays_a_hundred_retries_or_fifty_after_timeouts() {
    for (after_timeout, most) in [(false, 100), (true, 50)] {
        let mut budget = Budget::new(Kind::Aws, 0);
        let made = (0..1_000).take_while(|_| budget.take(after_timeout).is_some()).count();
        assert_eq!(made, most);
    }
}

#[test]
fn aws_quota_gives_a_successful_retry_its_tokens_back_and_one_for_a_first_success() {
    let mut budget = Budget::new(Kind::Aws, 0);
    let taken = budget.take(false).unwrap();
    assert_eq!(budget.tokens(), 495 * TOKEN);
    budget.success(taken);
    assert_eq!(budget.tokens(), 500 * TOKEN);
    budget.take(true).unwrap();
    budget.success(super::budget::Taken::default());
    assert_eq!(budget.tokens(), 491 * TOKEN);
}

// ---- gRPC A6, "Throttling Retry Attempts and Hedged RPCs" ----

#[test]
fn grpc_a6_retries_stop_when_half_of_the_tokens_are_gone() {
    let mut budget = Budget::new(Kind::Grpc, 0);
    for _ in 0..4 {
        budget.failure();
        assert!(budget.take(false).is_some());
    }
    budget.failure();
    assert_eq!(budget.tokens(), 5 * TOKEN);
    assert!(budget.take(false).is_none());
    // A success is worth a tenth, and one is enough to be above half.
    budget.success(super::budget::Taken::default());
    assert!(budget.take(false).is_some());
    (0..50).for_each(|_| budget.failure());
    assert_eq!(budget.tokens(), 0);
}

#[test]
fn a_ratio_budget_pays_a_tenth_of_the_requests() {
    let mut budget = Budget::new(Kind::Ratio, 10);
    let mut made = 0;
    for _ in 0..1_000 {
        budget.request();
        made += u32::from(budget.take(false).is_some());
    }
    assert_eq!(made, 110, "a tenth, and the ten that it begins with");
}

// ---- the course's figures ----

#[test]
fn rt_1_and_2_the_print_waits_between_1024_and_1025_s_and_at_last_for_six_days() {
    let printed = Waits {
        backoff: Backoff::Exponential,
        jitter: Jitter::Additive,
        base: Span::from_secs(1),
        cap: Span::from_secs(20),
    };
    assert_eq!(printed.between(10, Span::ZERO), (Span::from_secs(1_024), Span::from_secs(1_025)));
    assert_eq!(printed.wait(19), Span::from_secs(524_288));
    let total: u64 = (0..20).map(|retry| printed.wait(retry).us() / 1_000_000).sum();
    assert_eq!(total, 1_048_575);
}

// ---- runs ----

fn setup(seed: u64, params: &[(&str, &str)]) -> Setup {
    let mut setup = Setup::new(&LAB, seed);
    for (name, text) in params {
        let value = LAB.param(name).unwrap().read(text).unwrap();
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

fn fault(run: &mut dyn Run, what: &str) {
    run.apply(&Input::Fault(DATABASE, what.into())).unwrap();
}

#[test]
fn rt_5_retries_at_every_layer_multiply() {
    for (layers, calls) in [(0, 4), (1, 16), (2, 64), (3, 256)] {
        let layers = layers.to_string();
        let mut run = running(&setup(
            1,
            &[
                ("arrivals", "by-hand"),
                ("layers", &layers),
                ("retry_at", "each-layer"),
                ("base_ms", "1"),
                ("deadline_ms", "600000"),
                ("timeout_ms", "0"),
                ("budget", "none"),
            ],
        ));
        run_for(&mut run, Span::from_ms(10));
        fault(&mut run, "pattern F");
        run.apply(&Input::Command(CLIENT, "request".into())).unwrap();
        run_for(&mut run, Span::from_secs(60));
        assert_eq!(run.spec().flow().total.reached, calls, "{layers} services between");
    }
}

/// Fifty writers of one row: how many calls it took, and until when.
fn contention(backoff: &str, jitter: &str) -> (u64, Time) {
    let (mut calls, mut end) = (0, 0);
    for seed in 0..5 {
        let mut run = running(&setup(
            seed,
            &[
                ("arrivals", "batch"),
                ("rate", "50"),
                ("layers", "0"),
                ("writes", "contended"),
                ("attempts", "250"),
                ("backoff", backoff),
                ("jitter", jitter),
                ("base_ms", "5"),
                ("cap_ms", "2000"),
                ("budget", "none"),
                ("deadline_ms", "600000"),
                ("timeout_ms", "0"),
                ("threads", "1000"),
                ("work", "constant"),
                ("work_ms", "10"),
                ("latency_ms", "10"),
                ("latency_percent", "20"),
            ],
        ));
        while run.next_at().is_some() && run.spec().flow().total.good < 50 {
            run.skip();
        }
        assert_eq!(run.spec().flow().total.good, 50, "{backoff} {jitter}");
        calls += run.spec().flow().total.reached;
        end += run.now().0;
    }
    (calls, Time(end))
}

#[test]
fn aws_experiment_jitter_saves_calls_and_time_where_backoff_alone_does_not() {
    let (none, _) = contention("none", "none");
    let (exponential, long) = contention("capped", "none");
    let (equal, _) = contention("capped", "equal");
    let (full, short) = contention("capped", "full");
    let (decorrelated, _) = contention("capped", "decorrelated");
    assert!(none > exponential, "{none} {exponential}");
    assert!(exponential > equal, "{exponential} {equal}");
    assert!(exponential > full && exponential > decorrelated, "{full} {decorrelated}");
    // As in the article, jitter saves much of the work and most of the time.
    assert!(2 * none > 3 * full && equal > full, "{none} {equal} {full}");
    assert!(long.0 > 5 * short.0, "{long} {short}");
}

/// 280 requests a second, 300 can be served, one retry after a timeout of 1 s.
const METASTABLE: &[(&str, &str)] = &[
    ("layers", "0"),
    ("rate", "280"),
    ("threads", "30"),
    ("work_ms", "100"),
    ("attempts", "2"),
    ("backoff", "none"),
    ("jitter", "none"),
    ("timeout_ms", "1000"),
    ("deadline_ms", "2500"),
    ("pushback_ms", "0"),
    ("budget", "none"),
    ("propagate", "off"),
    ("queue", "2000"),
];

/// How many seeds the metastable failure is played on.
const SEEDS: u64 = 20;

/// The share of users, in percent, that are served in the last five seconds, and how many calls a second
/// reach the database then; `wait` after an outage of ten seconds.
fn after_an_outage(seed: u64, changes: &[(&str, &str)], cut: bool, wait: Span) -> (u64, u64) {
    let mut setup = setup(seed, METASTABLE);
    for (name, text) in changes {
        let value = LAB.param(name).unwrap().read(text).unwrap();
        setup.set_param(name, value).unwrap();
    }
    let mut run = running(&setup);
    run_for(&mut run, Span::from_secs(3));
    assert_eq!(run.holds("serving"), Some(true), "seed {seed}: before");
    run.apply(&Input::Pause(DATABASE)).unwrap();
    run_for(&mut run, Span::from_secs(10));
    run.apply(&Input::Resume(DATABASE)).unwrap();
    if cut {
        run_for(&mut run, Span::from_secs(5));
        run.apply(&Input::Set("rate".into(), 28)).unwrap();
        run_for(&mut run, Span::from_secs(15));
        run.apply(&Input::Set("rate".into(), 280)).unwrap();
    }
    run_for(&mut run, wait);
    let before = run.spec().flow().total;
    run_for(&mut run, Span::from_secs(5));
    let after = run.spec().flow().total;
    let served = (after.good - before.good) * 100 / (after.offered - before.offered);
    (served, (after.reached - before.reached) / 5)
}

#[test]
fn a_metastable_failure_outlasts_its_trigger() {
    for seed in 0..SEEDS {
        let (served, load) = after_an_outage(seed, &[], false, Span::from_secs(40));
        assert!(served < 10, "seed {seed}: {served} % are served");
        assert!((520..=600).contains(&load), "seed {seed}: {load} calls a second");
    }
}

/// With this change nine of ten are served again.
fn assert_way_out(changes: &[(&str, &str)], cut: bool, wait: u64) {
    for seed in 0..SEEDS {
        let (served, _) = after_an_outage(seed, changes, cut, Span::from_secs(wait));
        assert!(served >= 90, "{changes:?}, seed {seed}: {served} % are served");
    }
}

#[test]
fn a_way_out_is_a_retry_budget() {
    assert_way_out(&[("budget", "grpc")], false, 130);
}

#[test]
fn a_way_out_is_to_drop_what_nobody_waits_for() {
    assert_way_out(&[("propagate", "on")], false, 20);
}

#[test]
fn a_way_out_is_a_short_queue() {
    assert_way_out(&[("queue", "30")], false, 20);
}

#[test]
fn a_way_out_is_to_take_the_newest_first() {
    assert_way_out(&[("order", "newest")], false, 20);
}

#[test]
fn a_way_out_is_less_load_for_a_while() {
    assert_way_out(&[], true, 10);
}

#[test]
fn a_hedge_cuts_the_tail() {
    let slow = |hedge: &str| {
        let mut run = running(&setup(
            3,
            &[
                ("layers", "0"),
                ("work", "lognormal"),
                ("work_ms", "40"),
                ("threads", "30"),
                ("budget_percent", "30"),
                ("deadline_ms", "5000"),
                ("timeout_ms", "0"),
                ("hedge_ms", hedge),
            ],
        ));
        run_for(&mut run, Span::from_secs(100));
        let waits = run.world().node(CLIENT).unwrap().meter.waits;
        waits[2..].iter().sum::<u32>()
    };
    let (without, with) = (slow("0"), slow("60"));
    assert!(with * 2 < without, "slower than 200 ms: {with} with, {without} without");
}

// ---- tables ----

#[test]
fn rules_and_book_name_the_same_rules_in_the_same_order() {
    let own = Rule::ALL.iter().map(|rule| <&'static str>::from(*rule));
    let path = PathRule::ALL.iter().map(|rule| <&'static str>::from(*rule));
    let names: Vec<&str> = own.chain(path).collect();
    let book: Vec<String> = LAB.rulebook().rules.into_iter().map(|rule| rule.name).collect();
    assert_eq!(names, book);
}

#[test]
fn every_printed_flaw_has_a_rule_of_its_own_and_a_witness() {
    let rules = LAB.rulebook().rules;
    let as_printed = LAB.variant("as-printed").unwrap();
    for kind in ["RT", "TO"] {
        for number in 1..=6 {
            let flaw = format!("{kind}-{number}");
            let own = |rule: &&crate::labs::RuleText| {
                rule.name.starts_with("printed_") && rule.cite.starts_with(&format!("{flaw}, "))
            };
            assert_eq!(rules.iter().filter(own).count(), 1, "{flaw}");
            assert!(as_printed.witnesses.iter().any(|witness| witness.flaw == flaw), "{flaw}");
        }
    }
}
