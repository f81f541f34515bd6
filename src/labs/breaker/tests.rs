//! Conformance with the named implementations, and the figures of the course's print.

use crate::labs::path::rule::PathRule;
use crate::sim::{Span, Time};

use super::LAB;
use super::mechanism::{Admission, Breaker, Kind, Result, Ruling, Settings, State, Ticket};
use super::printed::{Printed, Wall, Word};
use super::rules::Rule;

const SETTINGS: Settings = Settings {
    window: Kind::Count,
    size: 10,
    minimum: 10,
    failure_percent: 50,
    slow_percent: 100,
    slow_after: Span::from_secs(60),
    open_for: Span::from_secs(60),
    grows: false,
    permits: 10,
    flaw: None,
};

fn at(ms: u64) -> Time {
    Time(ms * 1_000)
}

fn admit(breaker: &mut Breaker, ms: u64, settings: &Settings) -> Option<Ticket> {
    match breaker.admit(at(ms), settings) {
        Admission::Admitted(ticket) => Some(ticket),
        Admission::Open(_) | Admission::NoPermit => None,
    }
}

/// One call from beginning to end.
fn call(breaker: &mut Breaker, ms: u64, result: Result, settings: &Settings) -> Ruling {
    let ticket = admit(breaker, ms, settings).expect("it is let through");
    breaker.record(at(ms), ticket, result, Span::ZERO, settings)
}

fn fail(breaker: &mut Breaker, ms: u64, times: u32, settings: &Settings) {
    for _ in 0..times {
        call(breaker, ms, Result::Failure, settings);
    }
}

fn is_open(breaker: &Breaker) -> bool {
    matches!(breaker.state, State::Open { .. })
}

/// Open since time zero.
fn opened(settings: &Settings) -> Breaker {
    let mut breaker = Breaker::new(settings);
    fail(&mut breaker, 0, 10, settings);
    assert!(is_open(&breaker));
    breaker
}

// ---- resilience4j, https://resilience4j.readme.io/docs/circuitbreaker ----

#[test]
fn resilience4j_nine_failures_of_a_minimum_of_ten_open_nothing_and_the_tenth_does() {
    let mut breaker = Breaker::new(&SETTINGS);
    fail(&mut breaker, 0, 9, &SETTINGS);
    assert_eq!(breaker.state, State::Closed);
    fail(&mut breaker, 0, 1, &SETTINGS);
    assert!(is_open(&breaker));
}

#[test]
fn resilience4j_a_rate_equal_to_the_threshold_opens() {
    let mut breaker = Breaker::new(&SETTINGS);
    for _ in 0..5 {
        call(&mut breaker, 0, Result::Success, &SETTINGS);
    }
    fail(&mut breaker, 0, 4, &SETTINGS);
    assert_eq!(breaker.state, State::Closed);
    let ruling = call(&mut breaker, 0, Result::Failure, &SETTINGS);
    assert!(
        matches!(ruling, Ruling::TooManyFailed(rates) if (rates.failed, rates.calls) == (5, 10))
    );
}

#[test]
fn resilience4j_a_count_window_forgets_the_oldest_call_with_each_new_one() {
    let mut breaker = Breaker::new(&SETTINGS);
    fail(&mut breaker, 0, 4, &SETTINGS);
    for _ in 0..10 {
        call(&mut breaker, 0, Result::Success, &SETTINGS);
    }
    assert_eq!(breaker.window.last_rates().failed, 0);
    fail(&mut breaker, 0, 4, &SETTINGS);
    assert_eq!((breaker.window.last_rates().calls, breaker.state), (10, State::Closed));
}

#[test]
fn resilience4j_a_count_window_smaller_than_the_minimum_is_judged_when_it_is_full() {
    let settings = Settings { size: 4, minimum: 100, ..SETTINGS };
    let mut breaker = Breaker::new(&settings);
    fail(&mut breaker, 0, 3, &settings);
    assert_eq!(breaker.state, State::Closed);
    fail(&mut breaker, 0, 1, &settings);
    assert!(is_open(&breaker));
}

#[test]
fn resilience4j_a_time_window_holds_the_current_second_and_those_before_it() {
    let settings = Settings { window: Kind::Time, size: 10, ..SETTINGS };
    let mut breaker = Breaker::new(&settings);
    fail(&mut breaker, 500, 9, &settings);
    // The last moment of the tenth second still sees the first one.
    assert_eq!(breaker.window.rates(at(9_999), &settings).failed, 9);
    assert_eq!(breaker.window.rates(at(10_000), &settings).failed, 0);
    fail(&mut breaker, 10_000, 9, &settings);
    assert_eq!(breaker.state, State::Closed);
    fail(&mut breaker, 19_999, 1, &settings);
    assert!(is_open(&breaker));
}

#[test]
fn resilience4j_a_call_is_slow_only_beyond_the_limit() {
    let settings = Settings { slow_after: Span::from_ms(100), ..SETTINGS };
    let run = |took: Span| {
        let mut breaker = Breaker::new(&settings);
        for _ in 0..10 {
            let ticket = admit(&mut breaker, 0, &settings).unwrap();
            breaker.record(at(0), ticket, Result::Success, took, &settings);
        }
        is_open(&breaker)
    };
    assert!(!run(Span::from_ms(100)));
    assert!(run(Span(100_001)));
}

#[test]
fn resilience4j_and_hystrix_the_wait_is_over_strictly_after_it() {
    let mut breaker = opened(&SETTINGS);
    assert_eq!(breaker.admit(at(60_000), &SETTINGS), Admission::Open(Span::ZERO));
    assert!(matches!(breaker.admit(Time(60_000_001), &SETTINGS), Admission::Admitted(_)));
}

#[test]
fn resilience4j_half_open_all_permits_are_judged_together() {
    for (failures, opens) in [(4, false), (5, true), (10, true)] {
        let mut breaker = opened(&SETTINGS);
        let tickets: Vec<Ticket> =
            (0..10).map(|_| admit(&mut breaker, 60_001, &SETTINGS).unwrap()).collect();
        assert_eq!(breaker.admit(at(60_001), &SETTINGS), Admission::NoPermit);
        for (n, ticket) in tickets.into_iter().enumerate() {
            assert!(matches!(breaker.state, State::HalfOpen(_)));
            let result = if n < failures { Result::Failure } else { Result::Success };
            breaker.record(at(60_002), ticket, result, Span::ZERO, &SETTINGS);
        }
        assert_eq!(is_open(&breaker), opens, "{failures} failures");
        assert_eq!(breaker.state == State::Closed, !opens);
    }
}

#[test]
fn resilience4j_an_ignored_error_gives_its_permission_back_and_counts_for_nothing() {
    let settings = Settings { permits: 1, ..SETTINGS };
    let mut breaker = opened(&settings);
    for _ in 0..3 {
        assert_eq!(call(&mut breaker, 60_001, Result::Ignored, &settings), Ruling::Ignored);
    }
    assert_eq!(call(&mut breaker, 60_001, Result::Success, &settings), Ruling::ProbesSucceeded);
    for _ in 0..100 {
        assert_eq!(call(&mut breaker, 60_002, Result::Ignored, &settings), Ruling::Ignored);
    }
    assert_eq!(breaker.window.last_rates().calls, 0);
}

#[test]
fn resilience4j_an_exponential_wait_doubles_with_each_opening_and_begins_anew_after_closing() {
    let settings = Settings { grows: true, permits: 1, open_for: Span::from_secs(1), ..SETTINGS };
    let mut breaker = opened(&settings);
    let mut now = 0;
    for expected in [1, 2, 4, 8, 16, 16] {
        let State::Open { wait, .. } = breaker.state else { panic!("it is open") };
        assert_eq!(wait, Span::from_secs(expected));
        now += expected * 1_000 + 1;
        call(&mut breaker, now, Result::Failure, &settings);
    }
    now += 16_001;
    call(&mut breaker, now, Result::Success, &settings);
    assert_eq!(breaker.state, State::Closed);
    fail(&mut breaker, now, 10, &settings);
    let State::Open { wait, .. } = breaker.state else { panic!("it is open") };
    assert_eq!(wait, Span::from_secs(1));
}

// ---- Hystrix, https://github.com/Netflix/Hystrix/wiki/Configuration ----

#[test]
fn hystrix_nineteen_failures_of_a_volume_threshold_of_twenty_do_not_trip() {
    let settings = Settings { window: Kind::Time, size: 10, minimum: 20, ..SETTINGS };
    let mut breaker = Breaker::new(&settings);
    fail(&mut breaker, 0, 19, &settings);
    assert_eq!(breaker.state, State::Closed);
    fail(&mut breaker, 9_000, 1, &settings);
    assert!(is_open(&breaker));
}

#[test]
fn hystrix_one_single_test_goes_through_after_the_sleep_window() {
    let settings = Settings { permits: 1, open_for: Span::from_secs(5), ..SETTINGS };
    let mut breaker = opened(&settings);
    assert!(admit(&mut breaker, 4_999, &settings).is_none());
    let test = admit(&mut breaker, 5_001, &settings).expect("the single test");
    assert!(admit(&mut breaker, 5_001, &settings).is_none());
    // It fails, and the sleep window begins again.
    breaker.record(at(5_100), test, Result::Failure, Span::ZERO, &settings);
    assert!(admit(&mut breaker, 10_100, &settings).is_none());
    assert!(admit(&mut breaker, 10_101, &settings).is_some());
}

// ---- gobreaker, https://github.com/sony/gobreaker (afterRequest) ----

#[test]
fn gobreaker_an_outcome_of_another_generation_changes_nothing() {
    let settings = Settings { permits: 1, ..SETTINGS };
    for result in [Result::Success, Result::Failure, Result::Ignored] {
        let mut breaker = Breaker::new(&settings);
        let early = admit(&mut breaker, 0, &settings).unwrap();
        fail(&mut breaker, 0, 10, &settings);
        let before = breaker.state;
        assert_eq!(breaker.record(at(1), early, result, Span::ZERO, &settings), Ruling::Stale);
        assert_eq!(breaker.state, before);
        // Nor half open, where it would take the place of a probe.
        let probe = admit(&mut breaker, 60_001, &settings).unwrap();
        let before = breaker.state;
        breaker.record(at(60_002), early, result, Span::ZERO, &settings);
        assert_eq!(breaker.state, before);
        breaker.record(at(60_003), probe, Result::Success, Span::ZERO, &settings);
        assert_eq!(breaker.state, State::Closed);
    }
}

#[test]
fn gobreaker_failures_in_a_row_open_and_one_success_between_them_does_not_let_them() {
    let settings = Settings { window: Kind::InARow, size: 5, ..SETTINGS };
    let mut breaker = Breaker::new(&settings);
    for _ in 0..200 {
        fail(&mut breaker, 0, 4, &settings);
        call(&mut breaker, 0, Result::Success, &settings);
    }
    assert_eq!(breaker.state, State::Closed);
    fail(&mut breaker, 0, 4, &settings);
    assert_eq!(call(&mut breaker, 0, Result::Failure, &settings), Ruling::InARow(5));
}

// ---- the course's class: the triggers and figures of its list of flaws ----

const TIMEOUT: Span = Span::from_secs(60);

fn wall(ms: i64) -> Wall {
    Wall(ms * 1_000)
}

fn printed_open() -> Printed {
    let mut printed = Printed::new();
    for _ in 0..5 {
        assert!(printed.admits(wall(0), TIMEOUT));
        printed.on_failure(wall(0), 5);
    }
    assert_eq!(printed.state, Word::Open);
    printed
}

#[test]
fn cb_1_and_4_any_success_closes_the_print_at_once() {
    let mut printed = printed_open();
    printed.on_success();
    assert_eq!((printed.state, printed.failure_count), (Word::Closed, 0));
}

#[test]
fn cb_2_late_failures_put_the_first_probe_of_the_print_off_to_110_5() {
    let mut printed = printed_open();
    for late in [10_000, 25_000, 50_000] {
        printed.on_failure(wall(late), 5);
    }
    for refused in [61_000, 70_000, 110_000] {
        assert!(!printed.admits(wall(refused), TIMEOUT), "{refused}");
    }
    assert!(printed.admits(wall(110_500), TIMEOUT));
}

#[test]
fn cb_3_a_hundred_callers_are_all_admitted_by_the_print() {
    let mut printed = printed_open();
    let admitted = (0..100).filter(|_| printed.admits(wall(61_000), TIMEOUT)).count();
    (0..admitted).for_each(|_| printed.on_failure(wall(62_000), 5));
    assert_eq!((admitted, printed.failure_count), (100, 105));
    // Corrected: one of a hundred.
    let settings = Settings { permits: 1, ..SETTINGS };
    let mut breaker = opened(&settings);
    assert_eq!((0..100).filter(|_| admit(&mut breaker, 61_000, &settings).is_some()).count(), 1);
}

#[test]
fn cb_8_a_clock_set_back_an_hour_keeps_the_print_open() {
    let mut printed = printed_open();
    let back = Span::from_secs(3_600);
    assert!(!printed.admits(Wall::at(at(61_000), back), TIMEOUT));
    assert!(!printed.admits(Wall::at(at(3_660_000), back), TIMEOUT));
    assert!(printed.admits(Wall::at(at(3_660_001), back), TIMEOUT));
}

#[test]
fn the_print_compares_strictly_as_it_should() {
    let mut printed = printed_open();
    assert!(!printed.admits(wall(60_000), TIMEOUT));
    assert!(printed.admits(Wall(60_000_100), TIMEOUT));
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
    for number in 1..=10 {
        let flaw = format!("CB-{number}");
        let own = |rule: &&crate::labs::RuleText| {
            rule.name.starts_with("printed_") && rule.cite.starts_with(&format!("{flaw}, "))
        };
        assert_eq!(rules.iter().filter(own).count(), 1, "{flaw}");
        assert!(as_printed.witnesses.iter().any(|witness| witness.flaw == flaw), "{flaw}");
    }
}
