//! The ways of gossiping about who is up: as it should be, and with one decision broken. The course
//! prints no code for this.

use crate::labs::{Variant, VariantKind, Witness};

/// One decision taken wrongly on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Who does not answer is declared failed at once.
    NoSuspicion,
    /// A node does not refute what is said of it.
    DoesNotRefute,
    /// Nobody is asked to try.
    AsksNobody,
    /// News of the same incarnation revives.
    OldNewsRevives,
}

/// The decision that a variant breaks, if it is a mutation.
pub fn flaw(variant: &Variant) -> Option<Flaw> {
    match variant.name {
        "no-suspicion" => Some(Flaw::NoSuspicion),
        "does-not-refute" => Some(Flaw::DoesNotRefute),
        "asks-nobody" => Some(Flaw::AsksNobody),
        "old-news-revives" => Some(Flaw::OldNewsRevives),
        _ => None,
    }
}

/// The variants' table. The first one is the default.
pub static VARIANTS: &[Variant] = &[
    Variant {
        name: "corrected",
        kind: VariantKind::Corrected,
        what: "Probes, asks helpers, suspects first, and lets a suspect refute by its incarnation.",
        witnesses: &[],
    },
    Variant {
        name: "no-suspicion",
        kind: VariantKind::Mutation,
        what: "Declares failed whoever did not answer once.",
        witnesses: &[Witness {
            flaw: "no-suspicion",
            shows: "n3 stands still for a moment, and everybody is told that it has failed.",
            script: include_str!("witnesses/no-suspicion.txt"),
            breaks: "time-to-refute",
        }],
    },
    Variant {
        name: "does-not-refute",
        kind: VariantKind::Mutation,
        what: "Does not refute what is said of it.",
        witnesses: &[Witness {
            flaw: "does-not-refute",
            shows: "A lie about n3 goes round, and n3 says nothing.",
            script: include_str!("witnesses/does-not-refute.txt"),
            breaks: "all-judged-right",
        }],
    },
    Variant {
        name: "asks-nobody",
        kind: VariantKind::Mutation,
        what: "Asks nobody to try before it suspects.",
        witnesses: &[Witness {
            flaw: "asks-nobody",
            shows: "Only the link between n1 and n2 is cut, and each suspects the other.",
            script: include_str!("witnesses/asks-nobody.txt"),
            breaks: "never-suspected",
        }],
    },
    Variant {
        name: "old-news-revives",
        kind: VariantKind::Mutation,
        what: "Takes a member back for news that is not newer than its death.",
        witnesses: &[Witness {
            flaw: "old-news-revives",
            shows: "n3 is dead, and an old message says that it is alive.",
            script: include_str!("witnesses/old-news-revives.txt"),
            breaks: "old-beats-revive-nobody",
        }],
    },
];
