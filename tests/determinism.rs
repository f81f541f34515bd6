//! The same setup and inputs give the same bytes. That they do so in a browser, too, is tested there.

use faultline::labs::{ALL, Setup};
use faultline::play::search::{Act, Attack, attack, replay};
use faultline::play::selftest;
use faultline::sim::{Span, Time};

#[test]
fn a_run_comes_out_the_same_twice() {
    for n in 0..20 {
        assert_eq!(selftest::run(n), selftest::run(n));
    }
}

#[test]
fn another_seed_gives_another_run() {
    assert_ne!(selftest::run(0).digest, selftest::run(ALL.len() as u64 * 100).digest);
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
