//! Does this machine compute what every other one does?
//!
//! A hundred runs, spread over all labs and variants, each disturbed by an adversary. Their digests
//! must be the same natively and in every browser; the page shows them at `#/selftest`, and a test
//! compares.

use std::hash::Hasher;

use crate::labs::detection::phi::{Shape, phi};
use crate::labs::{Lab, Setup};
use crate::sim::{Digest, Span};

use super::search::{Attack, attack};

/// How many runs there are.
pub const RUNS: u64 = 100;

/// What one run came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How the run begins, as in a script.
    pub setup: String,
    pub steps: u64,
    /// Over everything that happened, over the whole scene at the end as the page gets it, and over phi at
    /// a few silences, bit by bit: all runs together go through the whole range that is tested natively.
    pub digest: String,
}

/// Plays the `n`th run over these labs.
pub fn run(n: u64, labs: &[&'static Lab]) -> Outcome {
    let lab = labs[(n % labs.len() as u64) as usize];
    let variant = &lab.variants[(n / labs.len() as u64 % lab.variants.len() as u64) as usize];
    let mut setup = Setup::new(lab, n);
    setup.set_variant(variant.name).expect("it is in the table");
    let plan = Attack { time: Span::from_secs(3), pace: Span::from_ms(40), wipe: true };
    let attacked = attack(&setup, n, plan).expect("the defaults make sense");
    let scene = serde_json::to_string(&attacked.run.scene()).expect("a scene is plain data");
    let mut digest = Digest::default();
    digest.write(attacked.run.digest().as_bytes());
    digest.write(scene.as_bytes());
    for shape in Shape::ALL {
        for tenth in 0..4 {
            // In tenths of a deviation, from 5 below the mean to 35 beyond it.
            let silence = (50 + n * 4 + tenth) as f64;
            digest.write_u64(phi(shape, silence, 100.0, 10.0).to_bits());
        }
    }
    Outcome { setup: setup.to_string(), steps: attacked.run.next_step(), digest: digest.text() }
}
