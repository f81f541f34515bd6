//! What every lab owes: content that holds together, scenarios that show what they say, variants that
//! are told apart, and a corrected variant that survives an adversary.

use std::collections::BTreeSet;

use faultline::labs::{ALL, Claim, Lab, Param, Setup, VariantKind, Witness};
use faultline::play::search::{Attack, Attacked, attack, heal_everything, run_until, shrink};
use faultline::play::{Limits, Outcome, Script, run_script, watch_script};
use faultline::sim::rng::{Purpose, Rng};
use faultline::sim::{Input, Span, Time};

/// Every lab, or the one that `FAULTLINE_LAB` names.
fn labs() -> impl Iterator<Item = &'static Lab> {
    let only = std::env::var("FAULTLINE_LAB").ok();
    ALL.iter().copied().filter(move |lab| only.as_deref().is_none_or(|only| only == lab.id))
}

// ---- content ----

#[test]
fn every_lab_is_complete() {
    assert!(!ALL.is_empty());
    for lab in labs() {
        let id = lab.id;
        let kinds: Vec<VariantKind> = lab.variants.iter().map(|variant| variant.kind).collect();
        assert_eq!(kinds[0], VariantKind::Corrected, "{id}: the default is the corrected variant");
        let mutations = kinds.iter().filter(|kind| **kind == VariantKind::Mutation).count();
        assert!(mutations >= 3, "{id} has {mutations} mutations");
        assert!(lab.scenarios.len() >= 5, "{id} has {} scenarios", lab.scenarios.len());
        for claims in [lab.invariants, lab.goals, lab.selectors] {
            assert!(!claims.is_empty(), "{id} lacks claims");
        }
        for param in lab.params {
            let (least, greatest) = param.range;
            let name = param.name;
            assert!((least..=greatest).contains(&param.default), "{id}: {name} is out of range");
        }
    }
}

#[test]
fn every_name_is_used_once() {
    for lab in labs() {
        let id = lab.id;
        assert_distinct(id, "variant", lab.variants.iter().map(|variant| variant.name));
        assert_distinct(id, "scenario", lab.scenarios.iter().map(|scenario| scenario.id));
        assert_distinct(id, "parameter", lab.params.iter().map(|param| param.name));
        assert_distinct(id, "invariant", lab.invariants.iter().map(|claim| claim.name));
        let conditions = lab.goals.iter().chain(lab.selectors).map(|claim| claim.name);
        assert_distinct(id, "goal or selector", conditions);
        assert_distinct(id, "flaw", witnesses(lab).map(|(_, witness)| witness.flaw));
    }
    assert_distinct("the catalogue", "lab", ALL.iter().map(|lab| lab.id));
}

fn assert_distinct<'a>(place: &str, what: &str, names: impl Iterator<Item = &'a str>) {
    let mut seen = BTreeSet::new();
    for name in names {
        assert!(!name.is_empty(), "{place} has a {what} without a name");
        assert!(seen.insert(name), "{place} has the {what} {name} twice");
    }
}

#[test]
fn every_goal_and_selector_is_answered() {
    for lab in labs() {
        let run = Setup::new(lab, 1).start().expect("the defaults make sense");
        for goal in lab.goals {
            assert!(run.holds(goal.name).is_some(), "{} does not know {}", lab.id, goal.name);
        }
        assert_eq!(run.holds("no-such-goal"), None);
        assert_eq!(run.find("no-such-selector"), None);
    }
}

#[test]
fn every_rule_of_the_book_fires_somewhere_and_every_rule_that_fires_is_in_the_book() {
    for lab in labs() {
        let book: BTreeSet<String> =
            lab.rulebook().rules.into_iter().map(|rule| rule.name).collect();
        let mut fired = BTreeSet::new();
        for script in all_scripts(lab) {
            watch_script(&script, Limits::default(), &mut |step, _| {
                fired.extend(step.fired.iter().map(|firing| firing.rule.to_string()));
            })
            .expect("the script is right");
        }
        let unknown: Vec<_> = fired.difference(&book).collect();
        assert!(unknown.is_empty(), "{}: not in rules.txt: {unknown:?}", lab.id);
        let unused: Vec<_> = book.difference(&fired).collect();
        assert!(unused.is_empty(), "{}: in rules.txt, but never fired: {unused:?}", lab.id);
    }
}

#[test]
fn every_because_has_something_to_say() {
    for lab in labs() {
        for scenario in lab.scenarios {
            let script = parse(lab, scenario.id, scenario.script);
            watch_script(&script, Limits::default(), &mut |step, _| {
                for firing in &step.fired {
                    assert!(!firing.because.is_empty(), "{}: {}", lab.id, firing.rule);
                }
            })
            .expect("the script is right");
        }
    }
}

// ---- scenarios ----

#[test]
fn every_scenario_shows_what_it_says() {
    for lab in labs() {
        for scenario in lab.scenarios {
            let script = parse(lab, scenario.id, scenario.script);
            let outcome = run_script(&script, Limits::default()).expect("the script is right");
            let place = format!("{}/{}", lab.id, scenario.id);
            assert!(outcome.problems.is_empty(), "{place}: {:#?}", outcome.problems);
            assert!(scenario.script.contains("expect"), "{place} expects nothing");
        }
    }
}

// ---- witnesses ----

#[test]
fn every_variant_is_told_from_the_corrected_one_by_its_witnesses() {
    for lab in labs() {
        for variant in &lab.variants[1..] {
            assert!(!variant.witnesses.is_empty(), "{}: {} has none", lab.id, variant.name);
        }
        for (variant, witness) in witnesses(lab) {
            let place = format!("{} {} {}", lab.id, variant, witness.flaw);
            let broken = play_with(lab, witness, variant);
            assert!(breaks(lab, witness, &broken), "{place} keeps `{}`", witness.breaks);
            let corrected = play_with(lab, witness, lab.variants[0].name);
            let kept = !breaks(lab, witness, &corrected) && corrected.violations.is_empty();
            assert!(kept, "{place}: corrected breaks {:#?}", corrected.violations);
        }
    }
}

fn witnesses(lab: &'static Lab) -> impl Iterator<Item = (&'static str, &'static Witness)> {
    let of = |variant: &'static faultline::labs::Variant| {
        variant.witnesses.iter().map(move |witness| (variant.name, witness))
    };
    lab.variants.iter().flat_map(of)
}

fn play_with(lab: &'static Lab, witness: &Witness, variant: &str) -> Outcome {
    let mut script = parse(lab, witness.flaw, witness.script);
    script.setup.set_variant(variant).expect("it is in the table");
    run_script(&script, Limits::default()).expect("the script is right")
}

fn breaks(lab: &Lab, witness: &Witness, outcome: &Outcome) -> bool {
    let named = |claims: &[Claim]| claims.iter().any(|claim| claim.name == witness.breaks);
    if named(lab.invariants) {
        outcome.has_broken(witness.breaks)
    } else {
        assert!(named(lab.goals), "{}: {} is no claim of the lab", witness.flaw, witness.breaks);
        !outcome.holds(witness.breaks)
    }
}

fn parse(lab: &Lab, name: &str, text: &str) -> Script {
    match text.parse::<Script>() {
        Ok(script) => script,
        Err(error) => panic!("{}/{name}: {error}", lab.id),
    }
}

/// Every script that comes with a lab, witnesses in their own variant.
fn all_scripts(lab: &'static Lab) -> Vec<Script> {
    let mut scripts: Vec<Script> =
        lab.scenarios.iter().map(|scenario| parse(lab, scenario.id, scenario.script)).collect();
    for (variant, witness) in witnesses(lab) {
        let mut script = parse(lab, witness.flaw, witness.script);
        scripts.push(script.clone());
        script.setup.set_variant(variant).expect("it is in the table");
        scripts.push(script);
    }
    scripts
}

// ---- the adversary ----

/// How many seeds an adversary gets: 200, or what `FAULTLINE_SEEDS` says.
fn seeds() -> u64 {
    match std::env::var("FAULTLINE_SEEDS") {
        Ok(text) => text.parse().expect("FAULTLINE_SEEDS is a number"),
        Err(_) => 200,
    }
}

#[test]
fn the_corrected_variant_survives_an_adversary_and_recovers_when_it_has_gone() {
    for lab in labs() {
        let mut acts = 0;
        for seed in 0..seeds() {
            let setup = varied_setup(lab, seed);
            let pace = Span::from_ms([20, 60, 150, 400][(seed % 4) as usize]);
            let plan = Attack { time: Span::from_secs(8), pace, wipe: false };
            let attacked = attack(&setup, seed, plan).expect("the setup is right");
            acts += attacked.acts.len() as u64;
            assert_unbroken(&attacked);
            assert_recovers(lab, &setup, attacked);
        }
        // An adversary that is refused everything proves nothing.
        assert!(acts > 10 * seeds(), "{}: only {acts} acts", lab.id);
    }
}

/// What can be wrong with a server on a request path, besides what can be wrong with any node.
const SERVER_FAULTS: [&str; 6] =
    ["slow 40ms", "slow 700ms", "failing 30%", "failing 100%", "capacity 40%", "pattern FFFFS"];

#[test]
fn the_corrected_variant_survives_servers_that_are_slow_that_fail_and_that_are_short_of_threads() {
    let on_a_path = |lab: &&Lab| lab.faults.iter().any(|claim| claim.name == "capacity SHARE");
    for lab in labs().filter(on_a_path) {
        for seed in 0..seeds() / 2 {
            let setup = varied_setup(lab, seed);
            let mut draws = 0;
            let mut below = |n: u64| {
                draws += 1;
                Rng::new(seed, Purpose::Outside(2), draws).below(n)
            };
            let mut run = setup.start().expect("the setup is right");
            let mut acts = 0;
            while run.now() < Time::ZERO + Span::from_secs(6) {
                let pause = Span(1 + below(400_000));
                let end = run.now() + pause;
                run_until(&mut *run, end);
                let nodes = run.scene().nodes;
                let node = nodes[below(nodes.len() as u64) as usize].id;
                let input = match below(3) {
                    0 => Input::Command(node, "mend".into()),
                    _ => Input::Fault(node, SERVER_FAULTS[below(6) as usize].into()),
                };
                acts += u64::from(run.apply(&input).is_ok());
                let violations = run.violations();
                assert!(violations.is_empty(), "{setup}: {violations:#?}");
            }
            assert!(acts > 10, "{setup}: only {acts} acts");
        }
    }
}

fn assert_unbroken(attacked: &Attacked) {
    if let Some(failure) = &attacked.failure {
        let small = shrink(failure);
        let violation = &small.violation;
        panic!("`{}`: {}\n\n{}", violation.invariant, violation.why, small.script());
    }
}

/// When every fault is over, the lab comes to its goal and stays well.
fn assert_recovers(lab: &Lab, setup: &Setup, attacked: Attacked) {
    let mut run = attacked.run;
    heal_everything(&mut *run);
    let end = run.now() + Span::from_secs(30);
    run_until(&mut *run, end);
    let violations = run.violations();
    assert!(violations.is_empty(), "{setup}, after the attack: {violations:#?}");
    // The longest memory of a lab is that of a throttle, two minutes: it may take so long to forget.
    for _ in 0..12 {
        if run.holds(lab.recovers_to) == Some(true) {
            return;
        }
        let later = run.now() + Span::from_secs(10);
        run_until(&mut *run, later);
    }
    panic!("{setup}: not `{}`", lab.recovers_to);
}

/// A setup with other sizes and other switches for other seeds.
fn varied_setup(lab: &'static Lab, seed: u64) -> Setup {
    let mut setup = (0..)
        .map(|attempt| switched_setup(lab, seed, attempt))
        .find(|setup| setup.start().is_ok())
        .expect("some choices go together");
    for name in ["nodes", "clients"] {
        if let Some(param) = lab.param(name) {
            let (least, greatest) = param.range;
            // Nine are many enough to go wrong, and few enough to be quick.
            let value = least + seed % (greatest.min(9) - least + 1);
            setup.set_param(name, value).expect("it is within the range");
        }
    }
    if lab.param("spares").is_some() {
        setup.set_param("spares", seed / 7 % 3).expect("it is within the range");
    }
    setup
}

/// A setup whose choices are drawn: one combination of the lab's switches.
fn switched_setup(lab: &'static Lab, seed: u64, attempt: u64) -> Setup {
    let mut setup = Setup::new(lab, seed);
    for (place, param) in lab.params.iter().enumerate().filter(|(_, it)| !it.choices.is_empty()) {
        let (least, greatest) = param.range;
        let rng = Rng::new(seed, Purpose::Outside(3 + place as u64), attempt);
        let value = least + { rng }.below(greatest - least + 1);
        setup.set_param(param.name, value).expect("it is within the range");
    }
    setup
}

/// With 2,000 seeds, as in a long run, every two choices of two switches meet that may; and of Raft's own
/// switches, without those of the leader's job and who watches it, every combination there is.
#[test]
fn the_adversary_meets_every_combination_of_switches() {
    for lab in labs() {
        let choices: Vec<_> = lab.params.iter().filter(|it| !it.choices.is_empty()).collect();
        let values = |setup: &Setup| -> Vec<u64> {
            choices.iter().map(|param| setup.param(param.name)).collect()
        };
        let met: Vec<Vec<u64>> = (0..2_000).map(|seed| values(&varied_setup(lab, seed))).collect();
        for (a, first) in choices.iter().enumerate() {
            for (b, second) in choices.iter().enumerate().skip(a + 1) {
                let together: BTreeSet<(u64, u64)> = met.iter().map(|it| (it[a], it[b])).collect();
                let size = |param: &Param| param.choices.len();
                // Whatever else is chosen, a few pairs are refused, such as a lease without CheckQuorum.
                let refused = size(first) * size(second) - together.len();
                assert!(refused <= 1, "{}: {} with {}", lab.id, first.name, second.name);
            }
        }
        if lab.id != "raft" {
            continue;
        }
        let own: Vec<usize> =
            (0..choices.len()).filter(|at| is_of_raft(choices[*at].name)).collect();
        let met: BTreeSet<Vec<u64>> =
            met.iter().map(|it| own.iter().map(|at| it[*at]).collect()).collect();
        // Five switches of two; reads and membership of three. A lease takes CheckQuorum, and membership
        // that or PreVote: 288 less those.
        assert_eq!((own.len(), met.len()), (7, 208));
    }
}

fn is_of_raft(param: &str) -> bool {
    !["job", "fencing", "idempotent", "monotonic", "detector"].contains(&param)
}

#[test]
fn an_adversary_finds_mutations_by_chance_and_shrinks_what_it_finds() {
    for lab in labs() {
        let mutations = lab.variants.iter().filter(|v| v.kind == VariantKind::Mutation);
        let count = mutations.clone().count();
        let found: Vec<_> = mutations.filter_map(|variant| hunt(lab, variant.name)).collect();
        // The others break a promise of progress, or need a story that only a witness tells.
        assert!(found.len() * 3 >= count, "{}: finds {} of {count}", lab.id, found.len());
        assert!(found.iter().all(|(before, after)| after <= before), "{found:?}");
        assert!(found.iter().any(|(before, after)| after < before), "{found:?}");
    }
}

/// The number of acts of the first failure found, before and after shrinking.
fn hunt(lab: &'static Lab, variant: &str) -> Option<(usize, usize)> {
    (0..40).find_map(|seed| {
        let mut setup = varied_setup(lab, seed);
        setup.set_variant(variant).expect("it is in the table");
        let plan = Attack { time: Span::from_secs(5), pace: Span::from_ms(40), wipe: false };
        let attacked = attack(&setup, seed, plan).expect("the setup is right");
        let small = shrink(&attacked.failure?);
        Some((attacked.acts.len(), small.acts.len()))
    })
}
