//! Every wrong way of electing shows in its witness, by a rule of its own, and not in the corrected one.

use faultline::labs::{self, Lab, VariantKind, Witness};
use faultline::play::{Limits, Outcome, Script, watch_script};

fn bully() -> &'static Lab {
    labs::find("bully").unwrap()
}

/// Plays a witness with a variant; also tells which rules fired.
fn play(witness: &Witness, variant: &str) -> (Outcome, Vec<&'static str>) {
    let mut script: Script = witness.script.parse().expect("a witness reads well");
    script.setup.set_variant(variant).unwrap();
    let mut fired: Vec<&str> = Vec::new();
    let outcome = watch_script(&script, Limits::default(), &mut |step, _| {
        fired.extend(step.fired.iter().map(|firing| firing.rule));
    });
    (outcome.expect("a witness can be played"), fired)
}

/// The rule by which a flaw or a mutation shows: the one that is cited for it first.
fn rule_of(witness: &Witness, kind: VariantKind) -> String {
    let cite = match kind {
        VariantKind::AsPrinted => format!("{}, ", witness.flaw),
        VariantKind::Mutation => format!("the mutation {}", witness.flaw),
        VariantKind::Corrected => panic!("the corrected variant has no witness"),
    };
    let rules = bully().rulebook().rules;
    let own = rules.into_iter().find(|rule| rule.cite.starts_with(&cite));
    own.unwrap_or_else(|| panic!("no rule is cited as `{cite}`")).name
}

#[test]
fn every_flaw_and_every_mutation_shows_by_the_rule_that_is_cited_for_it() {
    for variant in &bully().variants[1..] {
        for witness in variant.witnesses {
            let place = format!("{} {}", variant.name, witness.flaw);
            let rule = rule_of(witness, variant.kind);
            let (outcome, fired) = play(witness, variant.name);
            assert!(outcome.problems.is_empty(), "{place}: {:?}", outcome.problems);
            assert!(fired.contains(&rule.as_str()), "{place} does not fire {rule}");
            let (outcome, fired) = play(witness, "corrected");
            assert!(outcome.is_well(), "{place}: {:?} {:?}", outcome.problems, outcome.violations);
            assert!(!fired.contains(&rule.as_str()), "{place}: corrected fires {rule}");
        }
    }
}

#[test]
fn the_print_has_nine_flaws() {
    let as_printed = bully().variant("as-printed").unwrap();
    let flaws: Vec<&str> = as_printed.witnesses.iter().map(|witness| witness.flaw).collect();
    let expected: Vec<String> = (1..=9).map(|number| format!("BU-{number}")).collect();
    assert_eq!(flaws, expected);
}

/// Two leaders at once are what a partition makes of Bully; with a quorum, at no moment.
#[test]
fn with_a_quorum_a_partition_never_has_two_leaders() {
    for seed in 0..100 {
        for (groups, leader) in [("n1 n2 | n3 n4 n5", "n5"), ("n1 n2 n3 | n4 n5", "n3")] {
            let script = format!(
                "lab bully seed={seed} nodes=5 quorum=1\n1s partition {groups}\n\
                 +3s expect leader {leader}\n+1ms stop\n"
            );
            let script: Script = script.parse().unwrap();
            let mut two = false;
            let outcome = watch_script(&script, Limits::default(), &mut |_, run| {
                two |= run.holds("one-leader") == Some(false);
            });
            assert!(outcome.unwrap().is_well(), "seed {seed}, {groups}");
            assert!(!two, "seed {seed}, {groups}: two leaders at some moment");
        }
    }
}
