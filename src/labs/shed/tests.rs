//! Conformance with the named sources, and the figures of the course's print.

use crate::labs::path::rule::PathRule;
use crate::labs::{Run, Setup};
use crate::sim::rng::{Purpose, Rng};
use crate::sim::{Span, Time};

use super::codel::Codel;
use super::limit::{Kind, Limit};
use super::printed::{MISSING, NONE, Printed, Verdict};
use super::rules::Rule;
use super::throttle::Throttle;
use super::{LAB, running};

const MS: fn(u64) -> Span = Span::from_ms;

fn at(ms: u64) -> Time {
    Time(ms * 1_000)
}

// ---- folly, Codel.cpp, and "Fail at Scale" ----

/// One request every 10 ms for a second, each after this delay: how many are dropped.
fn dropped(delay: impl Fn(u64) -> u64) -> usize {
    let mut codel = Codel::new(at(0));
    (1..=100).filter(|n| codel.drops(at(n * 10), MS(delay(*n)), MS(5), MS(100))).count()
}

#[test]
fn codel_drops_nothing_while_the_shortest_delay_is_within_the_target() {
    assert_eq!(dropped(|_| 5), 0);
    // A burst: some wait long, but the queue empties now and then.
    assert_eq!(dropped(|n| if n % 8 == 0 { 1 } else { 80 }), 0);
}

#[test]
fn codel_drops_beyond_twice_the_target_after_an_interval_above_it() {
    assert!(dropped(|_| 11) > 70, "{}", dropped(|_| 11));
    assert_eq!(dropped(|_| 10), 0, "not more than twice the target");
}

// ---- the SRE book, ch. 21 ----

#[test]
fn a_client_whose_requests_are_all_accepted_holds_nothing_back() {
    let mut throttle = Throttle::default();
    for n in 0..100 {
        throttle.request(at(n));
        throttle.accept(at(n));
    }
    assert_eq!(throttle.rejects(200), 0);
}

#[test]
fn the_share_held_back_is_requests_less_k_accepts_over_requests_and_one() {
    let mut throttle = Throttle::default();
    (0..99).for_each(|n| throttle.request(at(n)));
    (0..20).for_each(|n| throttle.accept(at(n)));
    // (99 − 2 · 20) / 100
    assert_eq!(throttle.rejects(200), 590_000);
    // Two minutes later all of that is forgotten.
    throttle.request(at(121_000));
    assert_eq!(throttle.rejects(200), 500_000);
}

// ---- Netflix, concurrency-limits ----

fn limited(kind: Kind) -> Limit {
    Limit::new(kind, MS(100), 1, 200)
}

#[test]
fn aimd_adds_one_while_it_is_used_and_loses_a_tenth_with_a_drop() {
    let mut limit = limited(Kind::Aimd);
    limit.sample(MS(10), 9, false);
    assert_eq!(limit.most(), Some(20), "less than half of it is used");
    limit.sample(MS(10), 10, false);
    assert_eq!(limit.most(), Some(21));
    limit.sample(MS(10), 10, true);
    assert_eq!(limit.most(), Some(18));
    limit.sample(MS(101), 10, false);
    assert_eq!(limit.most(), Some(17), "too slow counts as dropped");
}

#[test]
fn vegas_grows_without_a_queue_and_shrinks_with_a_long_one() {
    let mut limit = limited(Kind::Vegas);
    limit.sample(MS(10), 20, false);
    let grown = limit.most().unwrap();
    assert!(grown > 20, "no queue: {grown}");
    (0..5).for_each(|_| limit.sample(MS(20), 40, false));
    assert!(limit.most().unwrap() < grown, "half of them wait");
    let before = limit.most();
    limit.sample(MS(20), 1, false);
    assert_eq!(limit.most(), before, "hardly used");
}

#[test]
fn gradient2_halves_at_most_and_leaves_room_for_a_queue() {
    let mut limit = limited(Kind::Gradient2);
    (0..100).for_each(|_| limit.sample(MS(10), 150, false));
    let steady = limit.most().unwrap();
    assert!(steady > 20, "as long as ever: {steady}");
    (0..20).for_each(|_| limit.sample(MS(100), 150, false));
    assert!(limit.most().unwrap() < steady, "ten times as long");
}

#[test]
fn no_limit_is_none() {
    assert_eq!(limited(Kind::None).most(), None);
}

// ---- the course's class ----

/// The share of ten thousand requests that the print sheds, in percent.
fn printed_share(priority: u8, cpu: u64) -> f64 {
    let mut printed = Printed::default();
    let mut place = 0;
    let mut chance = |share: u64| {
        place += 1;
        Rng::new(1, Purpose::Outside(5), place).below(1_000_000) < share
    };
    let shed = (0..10_000).filter(|_| {
        printed.should_shed_request(priority, 1_000, cpu, &mut chance) != Verdict::Admit
    });
    shed.count() as f64 / 100.0
}

#[test]
fn ls_3_an_idle_print_sheds_a_tenth_of_the_low_ones() {
    assert!((9.0..11.0).contains(&printed_share(1, 0)));
    assert_eq!((printed_share(5, 0), printed_share(MISSING, 0)), (0.0, 0.0));
}

#[test]
fn ls_4_and_5_at_85_90_95_and_100_percent_the_high_ones_are_shed_as_well() {
    for (cpu, high, low) in
        [(85, 25.0, 32.5), (90, 50.0, 55.0), (95, 75.0, 77.5), (100, 100.0, 100.0)]
    {
        assert!((printed_share(9, cpu) - high).abs() < 1.5, "{cpu} %: {}", printed_share(9, cpu));
        assert!((printed_share(1, cpu) - low).abs() < 1.5, "{cpu} %: {}", printed_share(1, cpu));
    }
}

#[test]
fn ls_1_and_6_the_print_admits_one_more_than_its_maximum_and_raises_at_none() {
    let mut printed = Printed { current_queue_size: 3, total_requests: 0 };
    assert_eq!(printed.should_shed_request(9, 3, 0, &mut |_| false), Verdict::Admit);
    printed.current_queue_size = 4;
    assert_eq!(printed.should_shed_request(9, 3, 0, &mut |_| false), Verdict::Size);
    printed.current_queue_size = 0;
    assert_eq!(printed.should_shed_request(NONE, 3, 0, &mut |_| false), Verdict::TypeError);
    assert_eq!(printed.total_requests, 3);
}

// ---- runs ----

/// At twice the capacity for half a minute: the share of the capacity that is served in time, in percent.
fn goodput(params: &[(&str, &str)]) -> u64 {
    let mut setup = Setup::new(&LAB, 5);
    for (name, text) in params.iter().chain(&[("rate", "200")]) {
        let value = LAB.param(name).unwrap().read(text).unwrap();
        setup.set_param(name, value).unwrap();
    }
    let mut run = running(&setup);
    let served = |run: &dyn Run| run.scene().metrics[0].value;
    let go = |run: &mut dyn Run, secs: u64| {
        while run.next_at().is_some_and(|next| next <= Time(secs * 1_000_000)) {
            run.skip();
        }
    };
    go(&mut run, 10);
    let before = served(&run);
    go(&mut run, 40);
    (served(&run) - before) * 100 / 3_000
}

#[test]
fn at_twice_the_load_bounds_and_newest_first_keep_most_of_the_goodput_and_no_policy_keeps_none() {
    let none = goodput(&[("policy", "none")]);
    assert!(none < 10, "none: {none} %");
    for policy in ["bounded", "priority", "codel", "newest"] {
        let share = goodput(&[("policy", policy)]);
        assert!(share >= 90, "{policy}: {share} %");
    }
}

#[test]
fn at_twice_the_load_a_limit_that_is_learnt_keeps_most_of_the_goodput_without_a_bound() {
    for limit in ["aimd", "vegas", "gradient2"] {
        let share = goodput(&[("policy", "none"), ("limit", limit), ("bound", "500")]);
        assert!(share >= 85, "{limit}: {share} %");
    }
}

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
    for number in 1..=8 {
        let flaw = format!("LS-{number}");
        let own = |rule: &&crate::labs::RuleText| {
            rule.name.starts_with("printed_") && rule.cite.starts_with(&format!("{flaw}, "))
        };
        assert_eq!(rules.iter().filter(own).count(), 1, "{flaw}");
        assert!(as_printed.witnesses.iter().any(|witness| witness.flaw == flaw), "{flaw}");
    }
}
