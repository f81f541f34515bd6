//! What walls are worth, in figures.

use crate::labs::path::rule::PathRule;
use crate::labs::{Run, Setup};
use crate::sim::{Input, NodeId, Span};

use super::gate::GATEWAY;
use super::rules::Rule;
use super::{LAB, running};

const A: NodeId = NodeId::new('s', 1);

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

/// What became of the requests of B in a minute: served and not, and how long all users waited. A slows
/// down if `slow`.
fn minute(walls: &str, slow: bool) -> (u64, u64) {
    let patient = [("call_timeout_ms", "60000"), ("rate", "15"), ("arrivals", "constant")];
    let mut params = vec![("walls", walls)];
    params.extend(patient);
    let mut run = running(&setup(7, &params));
    if slow {
        run_for(&mut run, Span::from_ms(1));
        run.apply(&Input::Fault(A, "slow 10s".into())).unwrap();
    }
    run_for(&mut run, Span::from_secs(60));
    let client = run.world().node(NodeId::client(1)).unwrap();
    (client.mech.ended.good[1], client.mech.ended.bad[1])
}

#[test]
fn what_becomes_of_b_does_not_depend_on_a_when_the_pools_are_apart() {
    for walls in ["pools", "semaphores"] {
        let (good, bad) = minute(walls, true);
        assert!(good > 200 && bad == 0, "{walls}: {good} served, {bad} not");
    }
    let (good, bad) = minute("shared", true);
    assert!(bad * 2 > good, "shared: {good} served, {bad} not");
    let (good, bad) = minute("shared", false);
    assert!(good > 200 && bad == 0, "shared, and A is well: {good} served, {bad} not");
}

#[test]
fn threads_in_use_are_arrivals_a_second_times_seconds_each() {
    // 30 a second, 100 ms of work and 2 ms of way there and back: 3.1 threads.
    let params =
        [("walls", "shared"), ("rate", "30"), ("arrivals", "constant"), ("work", "constant")];
    let mut run = running(&setup(1, &params));
    run_for(&mut run, Span::from_ms(10_500));
    let gateway = run.world().node(GATEWAY).unwrap();
    let last = &gateway.meter.last;
    assert_eq!((last.came, last.left, last.stay()), (30, 30, Span::from_ms(104)));
    assert_eq!(last.inside(), 312);
}

#[test]
fn rules_and_book_name_the_same_rules_in_the_same_order() {
    let own = Rule::ALL.iter().map(|rule| <&'static str>::from(*rule));
    let path = PathRule::ALL.iter().map(|rule| <&'static str>::from(*rule));
    let names: Vec<&str> = own.chain(path).collect();
    let book: Vec<String> = LAB.rulebook().rules.into_iter().map(|rule| rule.name).collect();
    assert_eq!(names, book);
}
