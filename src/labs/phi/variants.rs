//! The ways of suspecting: as it should be, as the course prints it, and with one decision broken.

use crate::labs::{Variant, VariantKind, Witness};

/// One decision taken wrongly on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// A heartbeat counts, however old it is.
    TakesOldBeats,
    /// A suspicion is declared again every interval.
    DeclaresAgain,
    /// There is no least deviation.
    NoLeastDeviation,
    /// Phi is computed as −log10(1 − cdf).
    OneMinusCdf,
    /// Nothing is guessed before there are two intervals.
    NoFirstEstimate,
    /// The interval that spans an outage is recorded.
    CountsOutages,
}

/// The variant that is a detector of its own.
pub const AS_PRINTED: &str = "as-printed";

/// The decision that a variant breaks, if it is a mutation.
pub fn flaw(variant: &Variant) -> Option<Flaw> {
    match variant.name {
        "takes-old-beats" => Some(Flaw::TakesOldBeats),
        "declares-again" => Some(Flaw::DeclaresAgain),
        "no-least-deviation" => Some(Flaw::NoLeastDeviation),
        "one-minus-cdf" => Some(Flaw::OneMinusCdf),
        "no-first-estimate" => Some(Flaw::NoFirstEstimate),
        "counts-outages" => Some(Flaw::CountsOutages),
        _ => None,
    }
}

const fn mutation(
    name: &'static str,
    what: &'static str,
    witnesses: &'static [Witness],
) -> Variant {
    Variant { name, kind: VariantKind::Mutation, what, witnesses }
}

/// The variants' table. The first one is the default.
pub static VARIANTS: &[Variant] = &[
    Variant {
        name: "corrected",
        kind: VariantKind::Corrected,
        what: "Keeps the last arrival apart, guesses at first, and learns nothing from outages.",
        witnesses: &[],
    },
    Variant {
        name: AS_PRINTED,
        kind: VariantKind::AsPrinted,
        what: "The course's Python, which takes an interval for a time stamp.",
        witnesses: PRINTED,
    },
    mutation(
        "no-least-deviation",
        "Divides by the deviation as it is.",
        &[Witness {
            flaw: "PH-4",
            shows: "Perfectly regular heartbeats: the deviation is 0, and the detector fails on its best \
                    node. In the print PH-1 hides this.",
            script: include_str!("witnesses/ph-4.txt"),
            breaks: "keeps-judging",
        }],
    ),
    mutation(
        "one-minus-cdf",
        "Computes the tail as 1 − cdf.",
        &[Witness {
            flaw: "one-minus-cdf",
            shows: "With a threshold of 16 the tail is 0 before phi gets there.",
            script: include_str!("witnesses/one-minus-cdf.txt"),
            breaks: "keeps-judging",
        }],
    ),
    mutation(
        "no-first-estimate",
        "Guesses at nothing before there are two intervals.",
        &[Witness {
            flaw: "no-first-estimate",
            shows: "n1 dies after its first heartbeat and is never suspected.",
            script: include_str!("witnesses/ph-6.txt"),
            breaks: "suspects-the-dead",
        }],
    ),
    mutation(
        "counts-outages",
        "Records the interval that spans an outage.",
        &[Witness {
            flaw: "PH-7",
            shows: "n1 was away for half a minute. After that the monitor is patient for minutes. The \
                    print records such gaps, too; there PH-1 hides it.",
            script: include_str!("witnesses/ph-7.txt"),
            breaks: "suspects-the-dead",
        }],
    ),
    mutation(
        "takes-old-beats",
        "Takes every heartbeat for news, however old it is.",
        &[Witness {
            flaw: "takes-old-beats",
            shows: "A heartbeat that was held back arrives when its sender is long dead.",
            script: include_str!("witnesses/takes-old-beats.txt"),
            breaks: "old-beats-revive-nobody",
        }],
    ),
    mutation(
        "declares-again",
        "Declares a suspicion again every interval.",
        &[Witness {
            flaw: "declares-again",
            shows: "One crash, ten alarms a second.",
            script: include_str!("witnesses/declares-again.txt"),
            breaks: "one-event-a-change",
        }],
    ),
];

const PRINTED: &[Witness] = &[
    Witness {
        flaw: "PH-1",
        shows: "Heartbeats come every second, and the second entry of the list is 1 700 000 001 s.",
        script: include_str!("witnesses/ph-1.txt"),
        breaks: "intervals-are-intervals",
    },
    Witness {
        flaw: "PH-2",
        shows: "n1 has been dead for a minute; its phi has not moved.",
        script: include_str!("witnesses/ph-2.txt"),
        breaks: "suspects-the-dead",
    },
    Witness {
        flaw: "PH-3",
        shows: "cdf is not defined: at the third heartbeat the loop ends.",
        script: include_str!("witnesses/ph-3.txt"),
        breaks: "keeps-judging",
    },
    Witness {
        flaw: "PH-5",
        shows: "With a clock that starts at 0, phi grows, until 1 − cdf is 0 and the loop ends.",
        script: include_str!("witnesses/ph-5.txt"),
        breaks: "keeps-judging",
    },
    Witness {
        flaw: "PH-6",
        shows: "n1 dies after its first heartbeat. Its phi is 0 for ever.",
        script: include_str!("witnesses/ph-6.txt"),
        breaks: "suspects-the-dead",
    },
];
