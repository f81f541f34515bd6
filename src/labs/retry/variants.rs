//! The variants of the lab, each with the scripts that tell it from the corrected one.

use crate::labs::{Variant, VariantKind, Witness};

use super::config::Flaw;

pub static VARIANTS: &[Variant] = &[
    Variant {
        name: "corrected",
        kind: VariantKind::Corrected,
        what: "Deadlines that shrink, retries that are worth it, and a budget for them.",
        witnesses: &[],
    },
    Variant {
        name: AS_PRINTED,
        kind: VariantKind::AsPrinted,
        what: "The course's two functions, one around the other, at every caller.",
        witnesses: PRINTED,
    },
    Variant {
        name: "retries-hopeless",
        kind: VariantKind::Mutation,
        what: "Tries again what cannot succeed.",
        witnesses: &[Witness {
            flaw: "retries-hopeless",
            shows: "A request that is wrong in itself is made four times.",
            script: include_str!("witnesses/rt-4.txt"),
            breaks: "hopeless-not-retried",
        }],
    },
    Variant {
        name: "ignores-pushback",
        kind: VariantKind::Mutation,
        what: "Comes back before the server wishes.",
        witnesses: &[Witness {
            flaw: "ignores-pushback",
            shows: "The database asks for three seconds of peace, and gets a tenth of one.",
            script: include_str!("witnesses/rt-6.txt"),
            breaks: "pushback-honoured",
        }],
    },
    Variant {
        name: "ignores-budget",
        kind: VariantKind::Mutation,
        what: "Tries again whatever its budget says.",
        witnesses: &[Witness {
            flaw: "ignores-budget",
            shows: "Everything fails, and everything is tried four times.",
            script: include_str!("witnesses/ignores-budget.txt"),
            breaks: "within-budget",
        }],
    },
    Variant {
        name: "forgets-keys",
        kind: VariantKind::Mutation,
        what: "The database does not look at idempotency keys.",
        witnesses: &[Witness {
            flaw: "forgets-keys",
            shows: "The answer is late, the client tries again, and the database does it twice.",
            script: include_str!("witnesses/forgets-keys.txt"),
            breaks: "done-once",
        }],
    },
    Variant {
        name: "no-cap",
        kind: VariantKind::Mutation,
        what: "The wait doubles without end.",
        witnesses: &[Witness {
            flaw: "no-cap",
            shows: "The cap is 4 s, and the client sleeps for longer.",
            script: include_str!("witnesses/no-cap.txt"),
            breaks: "wait-in-its-interval",
        }],
    },
];

/// The variant that is the course's code.
pub const AS_PRINTED: &str = "as-printed";

/// One for each flaw of the print.
const PRINTED: &[Witness] = &[
    Witness {
        flaw: "RT-1",
        shows: "A hundred fail together and come back together, in one second out of twenty.",
        script: include_str!("witnesses/rt-1.txt"),
        breaks: "spread",
    },
    Witness {
        flaw: "RT-2",
        shows: "The wait doubles from a second up to six days.",
        script: include_str!("witnesses/rt-2.txt"),
        breaks: "wait-in-its-interval",
    },
    Witness {
        flaw: "RT-3",
        shows: "With max_retries = −1 the function is never called.",
        script: include_str!("witnesses/rt-3.txt"),
        breaks: "serving",
    },
    Witness {
        flaw: "RT-4",
        shows: "A request that is wrong in itself is made four times.",
        script: include_str!("witnesses/rt-4.txt"),
        breaks: "hopeless-not-retried",
    },
    Witness {
        flaw: "RT-5",
        shows: "Three callers try four times each: 64 calls for one request.",
        script: include_str!("witnesses/rt-5.txt"),
        breaks: "one-layer-retries",
    },
    Witness {
        flaw: "RT-6",
        shows: "The database asks for three seconds of peace, and is called after one and a half.",
        script: include_str!("witnesses/rt-6.txt"),
        breaks: "pushback-honoured",
    },
    Witness {
        flaw: "TO-1",
        shows: "One call fails at once. A second later its alarm ends another that has no time limit.",
        script: include_str!("witnesses/to-1.txt"),
        breaks: "given-up-in-time",
    },
    Witness {
        flaw: "TO-2",
        shows: "The inner limit of 5 s ends the outer one of 1 s: the answer comes after 2.5 s, and is taken.",
        script: include_str!("witnesses/to-2.txt"),
        breaks: "served-in-time",
    },
    Witness {
        flaw: "TO-3",
        shows: "No time is left, so there is no limit: it runs for 1.5 s.",
        script: include_str!("witnesses/to-3.txt"),
        breaks: "served-in-time",
    },
    Witness {
        flaw: "TO-4",
        shows: "Half a second is no whole number: every call ends with a TypeError before it begins.",
        script: include_str!("witnesses/to-4.txt"),
        breaks: "serving",
    },
    Witness {
        flaw: "TO-5",
        shows: "The deadline of a second is caught as one more failure; it succeeds after more than two.",
        script: include_str!("witnesses/to-5.txt"),
        breaks: "served-in-time",
    },
    Witness {
        flaw: "TO-6",
        shows: "The database's own TimeoutError passes for the alarm's, which rings later, elsewhere.",
        script: include_str!("witnesses/to-6.txt"),
        breaks: "given-up-in-time",
    },
];

/// The decision that a variant breaks, if it is a mutation.
pub fn flaw(variant: &Variant) -> Option<Flaw> {
    MUTATIONS.iter().find(|(name, _)| *name == variant.name).map(|(_, flaw)| *flaw)
}

/// Which decision each mutation breaks.
const MUTATIONS: &[(&str, Flaw)] = &[
    ("retries-hopeless", Flaw::RetriesHopeless),
    ("ignores-pushback", Flaw::IgnoresPushback),
    ("ignores-budget", Flaw::IgnoresBudget),
    ("forgets-keys", Flaw::ForgetsKeys),
    ("no-cap", Flaw::NoCap),
];
