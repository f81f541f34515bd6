//! The variants of the lab, each with the scripts that tell it from the corrected one.

use crate::labs::{Variant, VariantKind, Witness};

use super::config::Flaw;

pub static VARIANTS: &[Variant] = &[
    Variant {
        name: "corrected",
        kind: VariantKind::Corrected,
        what: "What the operator wants, health and room are three things, and each has a way back.",
        witnesses: &[],
    },
    Variant {
        name: AS_PRINTED,
        kind: VariantKind::AsPrinted,
        what: "The course's class, line by line.",
        witnesses: PRINTED,
    },
    Variant {
        name: "one-failure",
        kind: VariantKind::Mutation,
        what: "One failure switches a feature off for all.",
        witnesses: &[Witness {
            flaw: "one-failure",
            shows: "One call fails, and for two seconds nobody has recommendations.",
            script: include_str!("witnesses/one-failure.txt"),
            breaks: "off-only-for-cause",
        }],
    },
    Variant {
        name: "no-way-back",
        kind: VariantKind::Mutation,
        what: "What is off for its health stays off.",
        witnesses: &[Witness {
            flaw: "no-way-back",
            shows: "The service is well again, and nobody finds out.",
            script: include_str!("witnesses/no-way-back.txt"),
            breaks: "all-on",
        }],
    },
    Variant {
        name: "trials-unbounded",
        kind: VariantKind::Mutation,
        what: "After the wait everybody tries.",
        witnesses: &[Witness {
            flaw: "trials-unbounded",
            shows: "The service is still slow, and a dozen users wait for its timeout.",
            script: include_str!("witnesses/trials-unbounded.txt"),
            breaks: "one-trial-at-a-time",
        }],
    },
    Variant {
        name: "one-switch",
        kind: VariantKind::Mutation,
        what: "What the operator wants and how the feature is are one switch.",
        witnesses: &[Witness {
            flaw: "one-switch",
            shows: "The operator switches recommendations off, and two seconds later they are back.",
            script: include_str!("witnesses/one-switch.txt"),
            breaks: "operators-off-wins",
        }],
    },
    Variant {
        name: "new-key",
        kind: VariantKind::Mutation,
        what: "The card is charged under a key of its own.",
        witnesses: &[Witness {
            flaw: "new-key",
            shows: "The wallet charges and fails, and the card is charged again.",
            script: include_str!("witnesses/ft-5.txt"),
            breaks: "charged-once",
        }],
    },
    Variant {
        name: "best-first",
        kind: VariantKind::Mutation,
        what: "What loses most for each millisecond is given up first.",
        witnesses: &[Witness {
            flaw: "best-first",
            shows: "Capacity falls to 60 %, and the date of delivery goes before the recommendations.",
            script: include_str!("witnesses/best-first.txt"),
            breaks: "least-loss-first",
        }],
    },
];

/// The variant that is the course's class.
pub const AS_PRINTED: &str = "as-printed";

/// One for each flaw of the print; two where it has two.
const PRINTED: &[Witness] = &[
    Witness {
        flaw: "FT-1",
        shows: "One request for a user who does not exist, and recommendations are off for everybody.",
        script: include_str!("witnesses/ft-1.txt"),
        breaks: "off-only-for-cause",
    },
    Witness {
        flaw: "FT-1, for good",
        shows: "The service was down for a second. A minute later there are still no recommendations.",
        script: include_str!("witnesses/ft-1-for-good.txt"),
        breaks: "all-on",
    },
    Witness {
        flaw: "FT-2",
        shows: "The operator switches a feature off. A deploy registers it, and it is on.",
        script: include_str!("witnesses/ft-2.txt"),
        breaks: "operators-off-wins",
    },
    Witness {
        flaw: "FT-3",
        shows: "A feature is off, and what went wrong is written nowhere.",
        script: include_str!("witnesses/ft-3.txt"),
        breaks: "cause-kept",
    },
    Witness {
        flaw: "FT-4",
        shows: "The fallback is a cache with nothing in it yet, and users get an error.",
        script: include_str!("witnesses/ft-4.txt"),
        breaks: "fallback-used",
    },
    Witness {
        flaw: "FT-5",
        shows: "The wallet charges and then fails. The fallback charges too.",
        script: include_str!("witnesses/ft-5.txt"),
        breaks: "charged-once",
    },
    Witness {
        flaw: "FT-6",
        shows: "Somebody mistypes a name, and there is a toggle for a feature that does not exist.",
        script: include_str!("witnesses/ft-6.txt"),
        breaks: "known-features",
    },
    Witness {
        flaw: "FT-6, slow",
        shows: "A feature takes ten seconds. Nobody falls back, and all threads wait for it.",
        script: include_str!("witnesses/ft-6-slow.txt"),
        breaks: "serving",
    },
];

/// The decision that a variant breaks, if it is a mutation.
pub fn flaw(variant: &Variant) -> Option<Flaw> {
    MUTATIONS.iter().find(|(name, _)| *name == variant.name).map(|(_, flaw)| *flaw)
}

/// Which decision each mutation breaks.
const MUTATIONS: &[(&str, Flaw)] = &[
    ("one-failure", Flaw::OneFailure),
    ("no-way-back", Flaw::NoWayBack),
    ("trials-unbounded", Flaw::TrialsUnbounded),
    ("one-switch", Flaw::OneSwitch),
    ("new-key", Flaw::NewKey),
    ("best-first", Flaw::BestFirst),
];
