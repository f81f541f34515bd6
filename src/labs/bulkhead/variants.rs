//! The variants of the lab, each with the scripts that tell it from the corrected one.
//!
//! The course draws bulkheads and prints no code for them, so there is no variant `as-printed`. Its
//! picture is the setup with `walls=pools` and three pools of ten threads: the default.

use crate::labs::{Variant, VariantKind, Witness};

use super::config::Flaw;

pub static VARIANTS: &[Variant] = &[
    Variant {
        name: "corrected",
        kind: VariantKind::Corrected,
        what: "Walls as the parameters say.",
        witnesses: &[],
    },
    Variant {
        name: "borrows",
        kind: VariantKind::Mutation,
        what: "Whoever finds its own pool full takes a thread of another.",
        witnesses: &[Witness {
            flaw: "borrows",
            shows: "A is slow. Its calls fill their own pool, and then those of B and C.",
            script: include_str!("witnesses/borrows.txt"),
            breaks: "in-flight-within-wall",
        }],
    },
    Variant {
        name: "permit-leaks",
        kind: VariantKind::Mutation,
        what: "A call that fails does not give its permit back.",
        witnesses: &[Witness {
            flaw: "permit-leaks",
            shows: "Ten calls to A fail, A is well again, and nobody gets through to it.",
            script: include_str!("witnesses/permit-leaks.txt"),
            breaks: "permits-conserved",
        }],
    },
    Variant {
        name: "waits-for-ever",
        kind: VariantKind::Mutation,
        what: "The wait for a thread has no end.",
        witnesses: &[Witness {
            flaw: "waits-for-ever",
            shows: "A request waits for two seconds, and is begun when its user is about to leave.",
            script: include_str!("witnesses/waits-for-ever.txt"),
            breaks: "begun-in-time",
        }],
    },
    Variant {
        name: "counts-all",
        kind: VariantKind::Mutation,
        what: "One count for all dependencies.",
        witnesses: &[Witness {
            flaw: "counts-all",
            shows: "A is slow, and B is refused though all its permits are free.",
            script: include_str!("witnesses/counts-all.txt"),
            breaks: "refused-only-when-full",
        }],
    },
];

/// The decision that a variant breaks, if it is a mutation.
pub fn flaw(variant: &Variant) -> Option<Flaw> {
    MUTATIONS.iter().find(|(name, _)| *name == variant.name).map(|(_, flaw)| *flaw)
}

/// Which decision each mutation breaks.
const MUTATIONS: &[(&str, Flaw)] = &[
    ("borrows", Flaw::Borrows),
    ("permit-leaks", Flaw::PermitLeaks),
    ("waits-for-ever", Flaw::WaitsForEver),
    ("counts-all", Flaw::CountsAll),
];
