//! The ways of judging: as it should be, and with one decision broken.

use crate::labs::{Variant, VariantKind, Witness};

/// One decision taken wrongly on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// A heartbeat counts, however old it is.
    TakesOldBeats,
    /// A suspicion is declared again at every tick.
    DeclaresAgain,
    /// An interval that spans an outage is taken for the rhythm.
    LearnsFromOutages,
    /// Whoever was trusted again once is not watched any more.
    WatchesOnce,
}

/// The decision that a variant breaks, if it is a mutation.
pub fn flaw(variant: &Variant) -> Option<Flaw> {
    match variant.name {
        "takes-old-beats" => Some(Flaw::TakesOldBeats),
        "declares-again" => Some(Flaw::DeclaresAgain),
        "learns-from-outages" => Some(Flaw::LearnsFromOutages),
        "watches-once" => Some(Flaw::WatchesOnce),
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
        what: "Seven detectors with eight settings each, on the same heartbeats.",
        witnesses: &[],
    },
    mutation(
        "takes-old-beats",
        "Takes every heartbeat for news, however old it is.",
        &[Witness {
            flaw: "takes-old-beats",
            shows: "A heartbeat that was held back arrives when its sender is long dead.",
            script: include_str!("witnesses/old-beat.txt"),
            breaks: "old-beats-revive-nobody",
        }],
    ),
    mutation(
        "declares-again",
        "Declares a suspicion again at every tick.",
        &[Witness {
            flaw: "declares-again",
            shows: "One crash, and an alarm each interval.",
            script: include_str!("witnesses/crash.txt"),
            breaks: "one-event-a-change",
        }],
    ),
    mutation(
        "learns-from-outages",
        "Takes the interval that spans an outage for the rhythm.",
        &[Witness {
            flaw: "learns-from-outages",
            shows: "n1 was down for half a minute. The next time, phi waits for as long.",
            script: include_str!("witnesses/two-outages.txt"),
            breaks: "suspects-the-dead",
        }],
    ),
    mutation(
        "watches-once",
        "Watches nobody whom it has once trusted again.",
        &[Witness {
            flaw: "watches-once",
            shows: "n1 crashes, comes back, and crashes again. Nobody notices.",
            script: include_str!("witnesses/two-outages.txt"),
            breaks: "suspects-the-dead",
        }],
    ),
];
