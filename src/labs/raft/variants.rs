//! The ways of running Raft: as it should be, and with one decision broken.

use crate::labs::{Variant, VariantKind};

use super::config::Flaw;
use super::printed;

/// The variants' table. The first one is the default.
pub static VARIANTS: &[Variant] = &[
    Variant {
        name: "corrected",
        kind: VariantKind::Corrected,
        what: "Raft as in Figure 2 of the paper.",
        witnesses: &[],
    },
    Variant {
        name: "as-printed",
        kind: VariantKind::AsPrinted,
        what: "`class RaftNode` as the course prints it: one blocking call after another, nothing saved, entries acknowledged unread.",
        witnesses: printed::WITNESSES,
    },
];

/// The decision that the variant of this name breaks, if it breaks one.
pub fn flaw(variant: &str) -> Option<Flaw> {
    let mutation = MUTATIONS.iter().find(|(name, _)| *name == variant);
    mutation.map(|(_, flaw)| *flaw)
}

/// Which decision each mutation breaks.
const MUTATIONS: &[(&str, Flaw)] = &[
    ("vote-not-saved", Flaw::VoteNotSaved),
    ("log-not-saved", Flaw::LogNotSaved),
    ("no-log-check", Flaw::NoLogCheck),
    ("two-votes", Flaw::TwoVotes),
    ("votes-from-the-past", Flaw::VotesFromThePast),
    ("count-old-terms", Flaw::CountOldTerms),
    ("truncate-always", Flaw::TruncateAlways),
    ("commit-beyond-match", Flaw::CommitBeyondMatch),
    ("no-consistency-check", Flaw::NoConsistencyCheck),
    ("majority-of-the-living", Flaw::MajorityOfTheLiving),
    ("stale-reads", Flaw::StaleReads),
    ("no-deduplication", Flaw::NoDeduplication),
    ("never-redrawn", Flaw::NeverRedrawn),
    ("no-no-op", Flaw::NoNoOp),
];
