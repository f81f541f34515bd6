//! The variants of the lab, each with the scripts that tell it from the corrected one.

use crate::labs::{Variant, VariantKind, Witness};

use super::config::Flaw;

pub static VARIANTS: &[Variant] = &[
    Variant {
        name: "corrected",
        kind: VariantKind::Corrected,
        what: "The policy that the parameters name.",
        witnesses: &[],
    },
    Variant {
        name: AS_PRINTED,
        kind: VariantKind::AsPrinted,
        what: "The course's class, line by line.",
        witnesses: PRINTED,
    },
    Variant {
        name: "sheds-idle",
        kind: VariantKind::Mutation,
        what: "Turns one low request in ten away, whatever the load.",
        witnesses: &[Witness {
            flaw: "sheds-idle",
            shows: "Hardly anything is going on, and requests are refused.",
            script: include_str!("witnesses/ls-3.txt"),
            breaks: "idle-sheds-nothing",
        }],
    },
    Variant {
        name: "high-first",
        kind: VariantKind::Mutation,
        what: "The higher the class, the less of the room it may fill.",
        witnesses: &[Witness {
            flaw: "high-first",
            shows: "Important requests are refused while low ones are let in.",
            script: include_str!("witnesses/high-first.txt"),
            breaks: "high-class-last",
        }],
    },
    Variant {
        name: "serves-expired",
        kind: VariantKind::Mutation,
        what: "Nobody looks at how long a request has waited.",
        witnesses: &[Witness {
            flaw: "serves-expired",
            shows: "Threads work for users who have left.",
            script: include_str!("witnesses/ls-8.txt"),
            breaks: "served-fresh",
        }],
    },
    Variant {
        name: "one-too-many",
        kind: VariantKind::Mutation,
        what: "One more is let in than the bound allows.",
        witnesses: &[Witness {
            flaw: "one-too-many",
            shows: "Three may be in hand, and four are.",
            script: include_str!("witnesses/ls-1.txt"),
            breaks: "in-hand-within-bound",
        }],
    },
];

/// The variant that is the course's class.
pub const AS_PRINTED: &str = "as-printed";

/// One for each flaw of the print.
const PRINTED: &[Witness] = &[
    Witness {
        flaw: "LS-1",
        shows: "The maximum is 3, and 4 are handled.",
        script: include_str!("witnesses/ls-1.txt"),
        breaks: "in-hand-within-bound",
    },
    Witness {
        flaw: "LS-2",
        shows: "Two threads, a maximum of 20, and sixty in hand: those that wait are not counted.",
        script: include_str!("witnesses/ls-2.txt"),
        breaks: "in-hand-within-bound",
    },
    Witness {
        flaw: "LS-3",
        shows: "Hardly anything is going on, and a tenth of the low requests is refused.",
        script: include_str!("witnesses/ls-3.txt"),
        breaks: "idle-sheds-nothing",
    },
    Witness {
        flaw: "LS-4",
        shows: "Near full load, important requests are shed while low ones are let in.",
        script: include_str!("witnesses/ls-4.txt"),
        breaks: "high-class-last",
    },
    Witness {
        flaw: "LS-5",
        shows: "At 100 % everything is shed, and at 0 % all are let in again.",
        script: include_str!("witnesses/ls-5.txt"),
        breaks: "important-served",
    },
    Witness {
        flaw: "LS-6",
        shows: "A request whose priority is None raises a TypeError.",
        script: include_str!("witnesses/ls-6.txt"),
        breaks: "serving",
    },
    Witness {
        flaw: "LS-7",
        shows: "One request and one question make two requests.",
        script: include_str!("witnesses/ls-7.txt"),
        breaks: "counted-once",
    },
    Witness {
        flaw: "LS-8",
        shows: "Threads work for users who have left.",
        script: include_str!("witnesses/ls-8.txt"),
        breaks: "served-fresh",
    },
];

/// The decision that a variant breaks, if it is a mutation.
pub fn flaw(variant: &Variant) -> Option<Flaw> {
    MUTATIONS.iter().find(|(name, _)| *name == variant.name).map(|(_, flaw)| *flaw)
}

/// Which decision each mutation breaks.
const MUTATIONS: &[(&str, Flaw)] = &[
    ("sheds-idle", Flaw::ShedsIdle),
    ("high-first", Flaw::HighFirst),
    ("serves-expired", Flaw::ServesExpired),
    ("one-too-many", Flaw::OneTooMany),
];
