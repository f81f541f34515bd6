//! Every flaw of the course's Raft shows in its witness, by its own rule, and not in the corrected
//! variant.

use faultline::labs::{self, Lab, Setup, Witness};
use faultline::play::search::{Act, Attack, attack, heal_everything};
use faultline::play::{Limits, Outcome, Script, watch_script};
use faultline::sim::Span;

/// The rule of each flaw, RF-1 to RF-14.
const FLAWS: [&str; 14] = [
    "printed_count_regardless",
    "printed_forget_everything",
    "printed_acknowledge_unread",
    "printed_keep_old_clock",
    "printed_ignore_term_of_vote",
    "printed_ignore_term_of_ack",
    "printed_lead_minority",
    "printed_half_is_enough",
    "printed_wait_for_silent",
    "printed_give_up_at_once",
    "printed_skip_new_draw",
    "printed_commit_old_term",
    "printed_leader_follows_equal",
    "printed_no_first_heartbeat",
];

fn raft() -> &'static Lab {
    labs::find("raft").unwrap()
}

fn witnesses() -> &'static [Witness] {
    raft().variant("as-printed").unwrap().witnesses
}

fn is_invariant(name: &str) -> bool {
    raft().invariants.iter().any(|claim| claim.name == name)
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

#[test]
fn every_flaw_breaks_its_claim_by_the_rule_that_bears_its_number() {
    assert_eq!(witnesses().len(), FLAWS.len());
    let book = raft().rulebook();
    for (number, (witness, rule)) in witnesses().iter().zip(FLAWS).enumerate() {
        let flaw = format!("RF-{}", number + 1);
        assert_eq!(witness.flaw, flaw);
        let cite = &book.get(rule).unwrap().cite;
        assert!(cite.starts_with(&format!("course, {flaw};")), "{rule} is cited as {cite}");
        let (outcome, fired) = play(witness, "as-printed");
        assert!(outcome.problems.is_empty(), "{flaw}: {:?}", outcome.problems);
        let breaks = if is_invariant(witness.breaks) {
            outcome.has_broken(witness.breaks)
        } else {
            !outcome.holds(witness.breaks)
        };
        assert!(breaks, "{flaw} breaks {}, not {:?}", witness.breaks, outcome.violations);
        assert!(fired.contains(&rule), "{flaw} fires {rule}");
    }
}

#[test]
fn the_corrected_servers_keep_their_word_on_every_witness() {
    for witness in witnesses() {
        let (outcome, fired) = play(witness, "corrected");
        assert!(outcome.is_well(), "{}: {:?}", witness.flaw, outcome.violations);
        let reached = is_invariant(witness.breaks) || outcome.holds(witness.breaks);
        assert!(reached, "{}: {} at the end", witness.flaw, witness.breaks);
        assert!(!fired.iter().any(|rule| rule.starts_with("printed_")), "{}", witness.flaw);
    }
}

#[test]
fn every_rule_of_the_print_fires_in_some_witness() {
    let plays = witnesses().iter().map(|witness| play(witness, "as-printed").1);
    let fired: Vec<&str> = plays.flatten().collect();
    for rule in raft().rulebook().rules {
        if rule.name.starts_with("printed_") {
            assert!(fired.contains(&rule.name.as_str()), "{} never fires", rule.name);
        }
    }
}

/// What an adversary does to the corrected servers is done to those of the print as well.
#[test]
fn whatever_is_done_to_them_the_servers_of_the_print_go_on() {
    let adversary = Attack { time: Span::from_secs(20), pace: Span::from_ms(200), wipe: true };
    for seed in 0..20 {
        let mut setup = Setup::new(raft(), seed);
        let acts = attack(&setup, seed, adversary).unwrap().acts;
        setup.set_variant("as-printed").unwrap();
        let mut run = setup.start().unwrap();
        for Act { at, input } in acts {
            while run.next_at().is_some_and(|due| due <= at) {
                run.skip();
            }
            run.wait_until(at);
            // An act may make no sense here; then nothing happens.
            let _ = run.apply(&input);
        }
        let before = run.next_step();
        heal_everything(&mut *run);
        let end = run.now() + Span::from_secs(2);
        while run.next_at().is_some_and(|due| due <= end) {
            run.skip();
        }
        assert!(run.next_step() > before + 100, "seed {seed} has come to a halt");
    }
}
