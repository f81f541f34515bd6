//! The ways of watching: as it should be, as the course prints it, and with one decision broken.

use crate::labs::{Variant, VariantKind, Witness};

/// One decision taken wrongly on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// A heartbeat counts, however old it is.
    TakesOldBeats,
    /// A suspicion is declared again every interval.
    DeclaresAgain,
    /// m1 recovers on its own opinion.
    AsksNobody,
    /// The store looks at no token.
    TakesAnyToken,
}

/// The variant whose monitors are of its own.
pub const AS_PRINTED: &str = "as-printed";

/// The decision that a variant breaks, if it is a mutation.
pub fn flaw(variant: &Variant) -> Option<Flaw> {
    match variant.name {
        "takes-old-beats" => Some(Flaw::TakesOldBeats),
        "declares-again" => Some(Flaw::DeclaresAgain),
        "asks-nobody" => Some(Flaw::AsksNobody),
        "takes-any-token" => Some(Flaw::TakesAnyToken),
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
        what: "A timer for each node, numbered heartbeats, a second opinion, and a fence before recovery.",
        witnesses: &[],
    },
    Variant {
        name: AS_PRINTED,
        kind: VariantKind::AsPrinted,
        what: "The course's Python: one loop that counts, sleeps and recovers.",
        witnesses: PRINTED,
    },
    mutation(
        "takes-old-beats",
        "Takes every heartbeat for news, however old it is.",
        &[Witness {
            flaw: "takes-old-beats",
            shows: "A heartbeat that was held back arrives when its sender is long dead.",
            script: include_str!("witnesses/hb-6.txt"),
            breaks: "old-beats-revive-nobody",
        }],
    ),
    mutation(
        "declares-again",
        "Declares a suspicion again every interval.",
        &[Witness {
            flaw: "declares-again",
            shows: "One crash, and an alarm each interval.",
            script: include_str!("witnesses/hb-1.txt"),
            breaks: "one-event-a-change",
        }],
    ),
    mutation(
        "asks-nobody",
        "Recovers without asking whether somebody else hears the node.",
        &[Witness {
            flaw: "asks-nobody",
            shows: "Only the way from n1 to m1 is cut; m2 hears n1 all the time.",
            script: include_str!("witnesses/asks-nobody.txt"),
            breaks: "no-needless-recovery",
        }],
    ),
    mutation(
        "takes-any-token",
        "Takes every write, whatever its token.",
        &[Witness {
            flaw: "takes-any-token",
            shows: "n1 was only paused. It wakes up and writes, after the spare has written.",
            script: include_str!("witnesses/no-fence.txt"),
            breaks: "one-writer",
        }],
    ),
];

const PRINTED: &[Witness] = &[
    Witness {
        flaw: "HB-1",
        shows: "One crash, and a recovery at every tick for as long as n1 is down.",
        script: include_str!("witnesses/hb-1.txt"),
        breaks: "one-event-a-change",
    },
    Witness {
        flaw: "HB-2",
        shows: "5 s × 3 takes up to 20 s and not 15: the count begins one tick after the silence.",
        script: include_str!("witnesses/hb-2.txt"),
        breaks: "suspects-the-dead",
    },
    Witness {
        flaw: "HB-3",
        shows: "n1 is being recovered for five seconds. n3 dies, and nobody looks.",
        script: include_str!("witnesses/hb-3.txt"),
        breaks: "suspects-the-dead",
    },
    Witness {
        flaw: "HB-4",
        shows: "The wall clock is set back by an hour, and for an hour nobody is late.",
        script: include_str!("witnesses/hb-4.txt"),
        breaks: "suspects-the-dead",
    },
    Witness {
        flaw: "HB-5",
        shows: "n3 joins the list before its first heartbeat: KeyError, and the loop ends.",
        script: include_str!("witnesses/hb-5.txt"),
        breaks: "keeps-judging",
    },
    Witness {
        flaw: "HB-6",
        shows: "A heartbeat that was held back revives a dead node.",
        script: include_str!("witnesses/hb-6.txt"),
        breaks: "old-beats-revive-nobody",
    },
    Witness {
        flaw: "HB-7",
        shows: "20 % loss: sooner or later three in a row are lost, and a living node is recovered.",
        script: include_str!("witnesses/hb-7.txt"),
        breaks: "no-needless-recovery",
    },
    Witness {
        flaw: "HB-8",
        shows: "The loop counts a failure with what it had read before the heartbeat came.",
        script: include_str!("witnesses/hb-8.txt"),
        breaks: "patient-enough",
    },
    Witness {
        flaw: "HB-9",
        shows: "n1 was only paused. It wakes up and writes, after the spare has written.",
        script: include_str!("witnesses/no-fence.txt"),
        breaks: "one-writer",
    },
];
