//! What toggles are worth, in figures.

use crate::labs::path::rule::PathRule;
use crate::labs::path::{Config as _, Work};
use crate::labs::{Run, Setup};
use crate::sim::{Input, NodeId, Ppm, Span, Time};

use super::feature::{ALL, Feature};
use super::mechanism::{Toggle, Way};
use super::printed::{Fallback, Printed};
use super::rules::Rule;
use super::shop::{BANK, GATEWAY, POSSIBLE, QUICK, WORTH};
use super::{LAB, config, running};

const ML: NodeId = NodeId::new('s', 1);

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

/// The worth of what users had in twenty seconds with this share of the threads, in hundredths of what
/// they asked for.
fn worth_with_capacity(order: &str, left: Ppm, seed: u64) -> u64 {
    let mut run = running(&setup(seed, &[("order", order)]));
    run_for(&mut run, Span::from_secs(1));
    run.apply(&Input::Fault(GATEWAY, format!("capacity {left}"))).unwrap();
    run_for(&mut run, Span::from_secs(5));
    let sum = |run: &dyn Fn(NodeId) -> u64| (run(GATEWAY), run(NodeId::client(1)));
    let count = |world: &crate::sim::World<_>| {
        sum(&|id| {
            let place = if id == GATEWAY { WORTH } else { POSSIBLE };
            let part: &crate::labs::path::Part<super::shop::Shop> = world.node(id).unwrap();
            part.mech.counts.good[place]
        })
    };
    let before = count(run.world());
    run_for(&mut run, Span::from_secs(15));
    let after = count(run.world());
    (after.0 - before.0) * 100 / (after.1 - before.1)
}

#[test]
fn the_order_by_loss_a_millisecond_leaves_users_the_most() {
    for seed in 0..5 {
        let worth = |order| worth_with_capacity(order, Ppm::percent(60), seed);
        let (best, wrong, none) = (worth("worth-per-ms"), worth("worth"), worth("nothing"));
        assert!(best >= 82, "seed {seed}: {best}");
        assert!(best > wrong + 5 && best > none + 5, "seed {seed}: {best} {wrong} {none}");
    }
}

#[test]
fn an_outage_of_a_feature_costs_no_error_and_no_time_and_is_over_when_it_is() {
    for seed in 0..5 {
        let mut run = running(&setup(seed, &[]));
        run_for(&mut run, Span::from_secs(3));
        run.apply(&Input::Crash(ML)).unwrap();
        run_for(&mut run, Span::from_secs(10));
        run.apply(&Input::Restart(ML)).unwrap();
        run_for(&mut run, Span::from_secs(5));
        assert_eq!(run.holds("recommends"), Some(true), "seed {seed}");
        let client = run.world().node(NodeId::client(1)).unwrap();
        let (quick, slow) = (client.mech.counts.good[QUICK], client.mech.counts.bad[QUICK]);
        assert_eq!(client.tally.bad, 0, "seed {seed}");
        assert!(slow * 100 <= quick + slow, "seed {seed}: {slow} of {} are slow", quick + slow);
    }
}

#[test]
fn a_purchase_that_failed_after_it_was_charged_is_charged_once_or_twice() {
    let again = |variant: &str| {
        let mut setup = setup(1, &[("buy_percent", "100"), ("rate", "10")]);
        setup.set_variant(variant).unwrap();
        let mut run = running(&setup);
        run_for(&mut run, Span::from_secs(1));
        run.apply(&Input::Fault(BANK, "slow 300ms".into())).unwrap();
        run_for(&mut run, Span::from_secs(5));
        let bank = &run.world().node(BANK).unwrap().mech.bank;
        (bank.charges, bank.again)
    };
    let (charges, twice) = again("corrected");
    assert!(charges > 20 && twice == 0, "{twice} of {charges}");
    assert!(again("as-printed").1 >= 1);
    assert!(again("new-key").1 >= 1);
}

#[test]
fn a_page_takes_as_long_as_its_features_together() {
    let config = config::Config::new(&setup(1, &[]));
    // 5 ms of its own, and 4 ms of way to each.
    assert_eq!(config.page_time(super::feature::PAGE.into_iter()), Span::from_ms(117));
    for feature in ALL {
        assert_eq!(config.work(feature.service()), (Work::Constant, feature.cost()));
    }
    assert_eq!(Feature::named("wallet"), Some(Feature::Wallet));
    assert_eq!(Feature::named("ghost"), None);
}

// ---- the course's class: the triggers and figures of its list of flaws ----

/// One request after another: which of them have the primary function's answer.
fn printed_requests(printed: &mut Printed, raises: [bool; 4]) -> [&'static str; 4] {
    raises.map(|raises| {
        if printed.is_enabled("ml") {
            if !raises {
                return "ml";
            }
            printed.disable_feature("ml");
        }
        if printed.falls_back("ml") { "fallback" } else { "error" }
    })
}

fn registered() -> Printed {
    let mut printed = Printed::default();
    printed.register_feature("ml", Fallback::Function);
    printed
}

#[test]
fn ft_1_one_bad_request_and_the_print_falls_back_for_everybody_after_it() {
    let shown = printed_requests(&mut registered(), [false, true, false, false]);
    assert_eq!(shown, ["ml", "fallback", "fallback", "fallback"]);
    // Corrected: only the bad one falls back.
    let mut toggle = Toggle::new();
    let settings = config::Config::new(&setup(1, &[])).settings;
    let shown = [false, true, false, false].map(|bad| {
        let Way::Primary(ticket) = toggle.ask(Time(1), &settings) else { return "fallback" };
        toggle.record(Time(1), ticket, (!bad).then_some(false), &settings);
        if bad { "fallback" } else { "ml" }
    });
    assert_eq!(shown, ["ml", "fallback", "ml", "ml"]);
}

#[test]
fn ft_2_registering_again_enables_what_the_operator_has_disabled() {
    let mut printed = registered();
    printed.disable_feature("ml");
    printed.register_feature("ml", Fallback::Function);
    assert!(printed.is_enabled("ml"));
}

#[test]
fn ft_4_a_callable_of_length_zero_is_no_fallback_to_the_print() {
    let mut printed = Printed::default();
    printed.register_feature("ml", Fallback::Cache(0));
    assert_eq!(printed_requests(&mut printed, [true; 4]), ["error"; 4]);
    printed.register_feature("ml", Fallback::Cache(1));
    assert_eq!(printed_requests(&mut printed, [true; 4]), ["fallback"; 4]);
}

#[test]
fn ft_6_disabling_a_ghost_makes_a_toggle() {
    let mut printed = registered();
    printed.disable_feature("ghost");
    assert_eq!(printed.toggles.len(), 2);
    assert!(printed.is_enabled("ml"));
}

#[test]
fn every_printed_flaw_has_a_rule_of_its_own_and_a_witness() {
    let rules = LAB.rulebook().rules;
    let as_printed = LAB.variant("as-printed").unwrap();
    for number in 1..=6 {
        let flaw = format!("FT-{number}");
        let own = |rule: &crate::labs::RuleText| {
            rule.name.starts_with("printed_") && rule.cite.starts_with(&format!("{flaw}, "))
        };
        assert!(rules.iter().any(own), "{flaw}");
        assert!(as_printed.witnesses.iter().any(|witness| witness.flaw == flaw), "{flaw}");
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
