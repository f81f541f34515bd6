//! The same setup and inputs give the same bytes. That they do so in a browser, too, is tested there.

use faultline::labs::{ALL, Run, Setup};
use faultline::play::search::{Act, Attack, attack, replay};
use faultline::play::selftest;
use faultline::sim::{Span, Time};

#[test]
fn a_run_comes_out_the_same_twice() {
    for n in 0..20 {
        assert_eq!(selftest::run(n, ALL), selftest::run(n, ALL));
    }
}

#[test]
fn another_seed_gives_another_run() {
    assert_ne!(selftest::run(0, ALL).digest, selftest::run(ALL.len() as u64 * 100, ALL).digest);
}

#[test]
fn a_run_that_is_replayed_from_its_inputs_alone_comes_out_the_same() {
    for lab in ALL {
        for seed in 0..20 {
            let setup = Setup::new(lab, seed);
            let plan = Attack { time: Span::from_secs(3), pace: Span::from_ms(60), wipe: true };
            let attacked = attack(&setup, seed, plan).expect("the setup is right");
            // The adversary acts when all that is due has happened, so times tell the places.
            let acts: Vec<Act> = attacked.acts;
            let end = attacked.run.now();
            let again = replay(&setup, &acts, end).expect("the setup is right");
            assert_eq!(again.digest(), attacked.run.digest(), "{setup}");
            assert_eq!(again.scene(), attacked.run.scene(), "{setup}");
            assert!(end > Time::ZERO);
        }
    }
}

#[test]
fn recorded_and_skipped_steps_come_to_the_same_in_every_variant() {
    for lab in ALL {
        let mut setup = Setup::new(lab, 5);
        // With no disk lost, the corrected variant lasts to the end; so do its acts.
        let plan = Attack { time: Span::from_secs(15), pace: Span::from_ms(150), wipe: false };
        let attacked = attack(&setup, 7, plan).expect("the defaults make sense");
        assert!(attacked.acts.len() > 30, "{}", lab.id);
        for variant in lab.variants {
            setup.set_variant(variant.name).expect("it is in the table");
            let skipped = replayed(&setup, &attacked.acts, |run| assert!(run.skip()));
            let recorded = replayed(&setup, &attacked.acts, |run| {
                run.step().expect("an event is due");
                if run.next_step().is_multiple_of(50) {
                    *run = run.snapshot();
                }
            });
            let seen = (skipped.digest(), skipped.scene());
            assert_eq!(seen, (recorded.digest(), recorded.scene()), "{} {}", lab.id, variant.name);
        }
    }
}

/// The acts on a fresh run, and a second more, each event taken by `take`.
fn replayed(setup: &Setup, acts: &[Act], take: impl Fn(&mut Box<dyn Run>)) -> Box<dyn Run> {
    let mut run = setup.start().expect("the defaults make sense");
    let go_to = |run: &mut Box<dyn Run>, time: Time| {
        while run.next_at().is_some_and(|next| next <= time) {
            take(run);
        }
        run.wait_until(time);
    };
    for act in acts {
        go_to(&mut run, act.at);
        // What makes sense on one variant may not on another.
        let _ = run.apply(&act.input);
    }
    let end = run.now() + Span::from_secs(1);
    go_to(&mut run, end);
    run
}
