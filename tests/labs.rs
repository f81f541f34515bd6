//! What every lab owes: content that holds together, variants that are told apart, and a corrected
//! variant that survives an adversary.

use faultline::labs::{ALL, Lab, Setup, VariantKind};
use faultline::play::search::{Attack, attack, shrink};
use faultline::sim::Span;

/// How many seeds an adversary gets. The long run sets another number.
fn seeds() -> u64 {
    match std::env::var("FAULTLINE_SEEDS") {
        Ok(text) => text.parse().expect("FAULTLINE_SEEDS is a number"),
        Err(_) => 200,
    }
}

#[test]
fn the_corrected_variant_survives_an_adversary() {
    for lab in ALL {
        let mut acts_in_all = 0;
        for seed in 0..seeds() {
            let setup = varied_setup(lab, seed);
            let plan = Attack {
                time: Span::from_secs(8),
                pace: Span::from_ms([20, 60, 150, 400][(seed % 4) as usize]),
                wipe: false,
            };
            let (acts, failure) = attack(&setup, seed, plan).expect("the setup is right");
            acts_in_all += acts.len();
            if let Some(failure) = failure {
                let small = shrink(&failure);
                panic!(
                    "{} breaks `{}`: {}\n\n{}",
                    lab.id, small.violation.invariant, small.violation.why, small.script()
                );
            }
        }
        // An adversary that is refused everything proves nothing.
        assert!(acts_in_all as u64 > 10 * seeds(), "{}: only {acts_in_all} acts", lab.id);
    }
}

/// A setup with other sizes for other seeds.
fn varied_setup(lab: &'static Lab, seed: u64) -> Setup {
    let mut setup = Setup::new(lab, seed);
    for name in ["nodes", "clients"] {
        if let Some(param) = lab.param(name) {
            let (least, greatest) = param.range;
            let value = least + seed % (greatest - least + 1);
            setup.set_param(name, value).expect("it is within the range");
        }
    }
    setup
}

#[test]
fn an_adversary_finds_a_mutation_and_shrinks_what_it_found() {
    // Not every mutation is found by chance; most are, or the adversary is too tame.
    for lab in ALL {
        let mutations = lab.variants.iter().filter(|v| v.kind == VariantKind::Mutation);
        let found: Vec<_> = mutations.filter_map(|v| hunt(lab, v.name)).collect();
        assert!(!found.is_empty(), "{}: no mutation is found", lab.id);
        for (before, after) in found {
            assert!(after <= before);
        }
    }
}

/// The number of acts of the first failure found, before and after shrinking.
fn hunt(lab: &'static Lab, variant: &str) -> Option<(usize, usize)> {
    (0..60).find_map(|seed| {
        let mut setup = varied_setup(lab, seed);
        setup.set_variant(variant).expect("it is in the table");
        let plan = Attack { time: Span::from_secs(5), pace: Span::from_ms(40), wipe: false };
        let (acts, failure) = attack(&setup, seed, plan).expect("the setup is right");
        let small = shrink(&failure?);
        Some((acts.len(), small.acts.len()))
    })
}
