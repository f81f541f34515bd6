//! The variants of the lab, each with the scripts that tell it from the corrected one.

use crate::labs::{Variant, VariantKind, Witness};

use super::mechanism::Flaw;

pub static VARIANTS: &[Variant] = &[
    Variant {
        name: "corrected",
        kind: VariantKind::Corrected,
        what: "A breaker as resilience4j has it, with gobreaker's generations.",
        witnesses: &[],
    },
    Variant {
        name: AS_PRINTED,
        kind: VariantKind::AsPrinted,
        what: "The course's class, line by line.",
        witnesses: PRINTED,
    },
    Variant {
        name: "stale-counts",
        kind: VariantKind::Mutation,
        what: "A success from before the breaker opened closes it.",
        witnesses: &[Witness {
            flaw: "stale-counts",
            shows: "A call from before the outage succeeds, and the breaker closes in the middle of it.",
            script: include_str!("witnesses/stale-counts.txt"),
            breaks: "open-for-the-wait",
        }],
    },
    Variant {
        name: "late-failure-restarts",
        kind: VariantKind::Mutation,
        what: "A failure that comes while the breaker is open makes the wait begin again.",
        witnesses: &[Witness {
            flaw: "late-failure-restarts",
            shows: "A call that hung fails when half the wait is over, and half of it is added.",
            script: include_str!("witnesses/late-failure-restarts.txt"),
            breaks: "open-for-the-wait",
        }],
    },
    Variant {
        name: "probes-unbounded",
        kind: VariantKind::Mutation,
        what: "Half open, everybody is let through.",
        witnesses: &[Witness {
            flaw: "probes-unbounded",
            shows: "The wait is over, and the crowd is let in before one probe is back.",
            script: include_str!("witnesses/probes-unbounded.txt"),
            breaks: "probes-within-permits",
        }],
    },
    Variant {
        name: "permit-leaks",
        kind: VariantKind::Mutation,
        what: "A probe that ends without a verdict keeps its permit.",
        witnesses: &[Witness {
            flaw: "permit-leaks",
            shows: "One probe is cancelled, and one permit is missing.",
            script: include_str!("witnesses/permit-leaks.txt"),
            breaks: "permits-conserved",
        }],
    },
    Variant {
        name: "callers-errors-count",
        kind: VariantKind::Mutation,
        what: "A caller's own mistake counts as a failure of the service.",
        witnesses: &[Witness {
            flaw: "callers-errors-count",
            shows: "Ten wrong questions, and nobody is served any more.",
            script: include_str!("witnesses/callers-errors-count.txt"),
            breaks: "closed",
        }],
    },
];

/// The variant that is the course's class.
pub const AS_PRINTED: &str = "as-printed";

/// One for each flaw of the print.
const PRINTED: &[Witness] = &[
    Witness {
        flaw: "CB-1",
        shows: "Five failures open it. A call from before succeeds a second later, and it is closed.",
        script: include_str!("witnesses/cb-1.txt"),
        breaks: "open-for-the-wait",
    },
    Witness {
        flaw: "CB-2",
        shows: "Failures that come late, at 10, 25 and 50 s, put the first probe off from 60 to 110 s.",
        script: include_str!("witnesses/cb-2.txt"),
        breaks: "open-for-the-wait",
    },
    Witness {
        flaw: "CB-3",
        shows: "A hundred callers come while the first probe is under way, and all are let through.",
        script: include_str!("witnesses/cb-3.txt"),
        breaks: "probes-within-permits",
    },
    Witness {
        flaw: "CB-4",
        shows: "The first of two probes fails and opens the breaker; the second succeeds and closes it.",
        script: include_str!("witnesses/cb-4.txt"),
        breaks: "open-for-the-wait",
    },
    Witness {
        flaw: "CB-5",
        shows: "Four of five calls fail, for as long as you like, and it never opens.",
        script: include_str!("witnesses/cb-5.txt"),
        breaks: "guarded",
    },
    Witness {
        flaw: "CB-6",
        shows: "One failure a day, and on the fifth day it opens.",
        script: include_str!("witnesses/cb-6.txt"),
        breaks: "closed",
    },
    Witness {
        flaw: "CB-7",
        shows: "Five requests that are wrong in themselves open it.",
        script: include_str!("witnesses/cb-7.txt"),
        breaks: "closed",
    },
    Witness {
        flaw: "CB-8",
        shows: "The clock is set back an hour, and it refuses for an hour more.",
        script: include_str!("witnesses/cb-8.txt"),
        breaks: "open-for-the-wait",
    },
    Witness {
        flaw: "CB-9",
        shows: "The probe is cancelled. It stays half open and lets everybody through.",
        script: include_str!("witnesses/cb-9.txt"),
        breaks: "probes-within-permits",
    },
    Witness {
        flaw: "CB-10",
        shows: "Calls take twenty seconds. All threads of the gateway wait, and it counts successes.",
        script: include_str!("witnesses/cb-10.txt"),
        breaks: "callers-free",
    },
];

/// The decision that a variant breaks, if it is a mutation.
pub fn flaw(variant: &Variant) -> Option<Flaw> {
    MUTATIONS.iter().find(|(name, _)| *name == variant.name).map(|(_, flaw)| *flaw)
}

/// Which decision each mutation breaks.
const MUTATIONS: &[(&str, Flaw)] = &[
    ("stale-counts", Flaw::StaleCounts),
    ("late-failure-restarts", Flaw::LateFailureRestarts),
    ("probes-unbounded", Flaw::ProbesUnbounded),
    ("permit-leaks", Flaw::PermitLeaks),
    ("callers-errors-count", Flaw::CallersErrorsCount),
];
