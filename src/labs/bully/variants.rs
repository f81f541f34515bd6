//! The ways of electing: as it should be, as the course prints it, and with one decision broken.

use crate::labs::{Variant, VariantKind, Witness};

use super::config::Flaw;

/// The variants' table. The first one is the default.
pub static VARIANTS: &[Variant] = &[
    Variant {
        name: "corrected",
        kind: VariantKind::Corrected,
        what: "Answers first, elects once an epoch, gives up waiting, and never follows a lower id.",
        witnesses: &[],
    },
    Variant {
        name: AS_PRINTED,
        kind: VariantKind::AsPrinted,
        what: "The course's Python, blocking calls and nine flaws included.",
        witnesses: PRINTED,
    },
    Variant {
        name: "adopts-lower",
        kind: VariantKind::Mutation,
        what: "Follows whoever sends a COORDINATOR, a lower id as well.",
        witnesses: &[Witness {
            flaw: "adopts-lower",
            shows: "Somebody promotes n2 by hand, and all the others follow it.",
            script: include_str!("witnesses/adopts-lower.txt"),
            breaks: "never-follows-lower",
        }],
    },
    Variant {
        name: "waits-for-ever",
        kind: VariantKind::Mutation,
        what: "After an OK, waits for the COORDINATOR without a timer.",
        witnesses: &[Witness {
            flaw: "waits-for-ever",
            shows: "One COORDINATOR is lost, and n1 waits for it for ever.",
            script: include_str!("witnesses/waits-for-ever.txt"),
            breaks: "no-wait-without-timer",
        }],
    },
    Variant {
        name: "election-for-each",
        kind: VariantKind::Mutation,
        what: "Holds an election for each ELECTION that it hears.",
        witnesses: &[Witness {
            flaw: "election-for-each",
            shows: "One node notices, and each ELECTION sets off further ones.",
            script: include_str!("witnesses/election-for-each.txt"),
            breaks: "one-election-an-epoch",
        }],
    },
    Variant {
        name: "ok-to-anyone",
        kind: VariantKind::Mutation,
        what: "Answers OK to higher ids as well.",
        witnesses: &[Witness {
            flaw: "ok-to-anyone",
            shows: "The top node asks a lower one, hears OK, and steps back for nobody.",
            script: include_str!("witnesses/ok-to-anyone.txt"),
            breaks: "agreed",
        }],
    },
    Variant {
        name: "deaf-to-rivals",
        kind: VariantKind::Mutation,
        what: "Ignores the heartbeats of a second leader.",
        witnesses: &[Witness {
            flaw: "deaf-to-rivals",
            shows: "The partition is healed, and both leaders stay.",
            script: include_str!("witnesses/deaf-to-rivals.txt"),
            breaks: "agree-when-quiet",
        }],
    },
];

/// The variant that is a node of its own.
pub const AS_PRINTED: &str = "as-printed";

/// One for each flaw of the print.
const PRINTED: &[Witness] = &[
    Witness {
        flaw: "BU-1",
        shows: "One COORDINATOR is lost, and n1 stays without a leader, however often it is asked to \
                hold an election.",
        script: include_str!("witnesses/bu-1.txt"),
        breaks: "no-wait-without-timer",
    },
    Witness {
        flaw: "BU-2",
        shows: "All nodes are up and n1 asks once: n5 holds eight elections in a row.",
        script: include_str!("witnesses/bu-2.txt"),
        breaks: "one-election-an-epoch",
    },
    Witness {
        flaw: "BU-3",
        shows: "n4 answers n3 after a whole election of its own. By then n3 takes it for dead, and \
                both lead.",
        script: include_str!("witnesses/bu-3.txt"),
        breaks: "one-leader",
    },
    Witness {
        flaw: "BU-4",
        shows: "The leader n5 hears a COORDINATOR from n2 and follows it.",
        script: include_str!("witnesses/bu-4.txt"),
        breaks: "never-follows-lower",
    },
    Witness {
        flaw: "BU-5",
        shows: "n5 asks lower nodes by mistake, they say OK, and n5 waits for one of them to lead.",
        script: include_str!("witnesses/bu-5.txt"),
        breaks: "agreed",
    },
    Witness {
        flaw: "BU-6",
        shows: "The network is cut in two, and each side crowns a leader. The corrected variant needs \
                the quorum for this, too: Bully itself has no answer.",
        script: include_str!("witnesses/bu-6.txt"),
        breaks: "one-leader",
    },
    Witness {
        flaw: "BU-7",
        shows: "One send raises an OSError, and n1 is in an election for ever.",
        script: include_str!("witnesses/bu-7.txt"),
        breaks: "no-wait-without-timer",
    },
    Witness {
        flaw: "BU-8",
        shows: "n5 is dead and its successor is being elected; everybody still names n5.",
        script: include_str!("witnesses/bu-8.txt"),
        breaks: "elects-leaderless",
    },
    Witness {
        flaw: "BU-9",
        shows: "Nothing happens at all: starting holds no election.",
        script: include_str!("witnesses/bu-9.txt"),
        breaks: "agreed",
    },
];

/// The decision that a variant breaks, if it is a mutation.
pub fn flaw(variant: &Variant) -> Option<Flaw> {
    MUTATIONS.iter().find(|(name, _)| *name == variant.name).map(|(_, flaw)| *flaw)
}

/// Which decision each mutation breaks.
const MUTATIONS: &[(&str, Flaw)] = &[
    ("adopts-lower", Flaw::AdoptsLower),
    ("waits-for-ever", Flaw::WaitsForEver),
    ("election-for-each", Flaw::ElectionForEach),
    ("ok-to-anyone", Flaw::OkToAnyone),
    ("deaf-to-rivals", Flaw::DeafToRivals),
];
