//! One test for each sentence of the paper that a server obeys.

use crate::labs::{Run, Setup};
use crate::sim::{Span, Time};

use super::LAB;

fn run(setup: &[(&str, u64)], variant: &str, seed: u64) -> Box<dyn Run> {
    let mut start = Setup::new(&LAB, seed);
    start.set_variant(variant).unwrap();
    setup.iter().for_each(|(name, value)| start.set_param(name, *value).unwrap());
    start.start().unwrap()
}

fn play(run: &mut dyn Run, span: Span) {
    let end = run.now() + span;
    while run.next_at().is_some_and(|at| at <= end) {
        run.skip();
    }
    run.wait_until(end);
}

#[test]
fn a_cluster_elects_a_leader_and_serves_its_clients() {
    let mut run = run(&[], "corrected", 1);
    play(&mut *run, Span::from_secs(5));
    assert_eq!(run.holds("agreed"), Some(true));
    assert_eq!(run.violations(), []);
    let scene = run.scene();
    assert!(scene.metrics[2].value > 10, "{:?}", scene.metrics);
    assert_eq!(scene.time, Time(5_000_000));
}
