//! The ways of running Raft: as it should be, and with one decision broken.

use crate::labs::{Variant, VariantKind, Witness};

use super::config::Flaw;
use super::{printed, spec};

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
    Variant {
        name: "vote-not-saved",
        kind: VariantKind::Mutation,
        what: "A vote never gets to the disk, so a restart forgets it.",
        witnesses: &[Witness {
            flaw: "vote-not-saved",
            shows: "A voter that was restarted votes twice in one term, and both candidates win.",
            script: include_str!("witnesses/vote-not-saved.txt"),
            breaks: spec::ONE_LEADER,
        }],
    },
    Variant {
        name: "two-votes",
        kind: VariantKind::Mutation,
        what: "A follower votes again in the same term for whoever asks next.",
        witnesses: &[Witness {
            flaw: "two-votes",
            shows: "Two candidates share a voter, and both win the term.",
            script: include_str!("witnesses/two-votes.txt"),
            breaks: spec::ONE_LEADER,
        }],
    },
    Variant {
        name: "votes-from-the-past",
        kind: VariantKind::Mutation,
        what: "A candidate counts votes of earlier terms.",
        witnesses: &[Witness {
            flaw: "votes-from-the-past",
            shows: "A late vote of term 1 decides term 2, which somebody else has won.",
            script: include_str!("witnesses/votes-from-the-past.txt"),
            breaks: spec::ONE_LEADER,
        }],
    },
    Variant {
        name: "no-log-check",
        kind: VariantKind::Mutation,
        what: "A vote is given without comparing the logs.",
        witnesses: &[Witness {
            flaw: "no-log-check",
            shows: "A server that missed a committed write is elected, and erases it.",
            script: include_str!("witnesses/no-log-check.txt"),
            breaks: spec::LEADER_COMPLETENESS,
        }],
    },
    Variant {
        name: "log-not-saved",
        kind: VariantKind::Mutation,
        what: "Entries are acknowledged, but never get to the disk.",
        witnesses: &[Witness {
            flaw: "log-not-saved",
            shows: "A committed write is on no disk; a power cut erases it.",
            script: include_str!("witnesses/log-not-saved.txt"),
            breaks: spec::ON_A_MAJORITY,
        }],
    },
    Variant {
        name: "no-consistency-check",
        kind: VariantKind::Mutation,
        what: "A follower appends without comparing the entry before.",
        witnesses: &[Witness {
            flaw: "no-consistency-check",
            shows: "New entries are put on top of old ones that the leader does not have.",
            script: include_str!("witnesses/no-consistency-check.txt"),
            breaks: spec::LOG_MATCHING,
        }],
    },
    Variant {
        name: "truncate-always",
        kind: VariantKind::Mutation,
        what: "A follower deletes what comes after the new entries even without a conflict.",
        witnesses: &[Witness {
            flaw: "truncate-always",
            shows: "An older message comes late and deletes a committed write.",
            script: include_str!("witnesses/truncate-always.txt"),
            breaks: spec::ON_A_MAJORITY,
        }],
    },
    Variant {
        name: "count-old-terms",
        kind: VariantKind::Mutation,
        what: "A leader commits entries of earlier terms by counting copies.",
        witnesses: &[Witness {
            flaw: "count-old-terms",
            shows: "Figure 8: a write on a majority is committed, and still overwritten.",
            script: include_str!("witnesses/count-old-terms.txt"),
            breaks: spec::LEADER_COMPLETENESS,
        }],
    },
    Variant {
        name: "majority-of-the-living",
        kind: VariantKind::Mutation,
        what: "To commit, a majority of the servers that the leader has heard of lately is enough.",
        witnesses: &[Witness {
            flaw: "majority-of-the-living",
            shows: "The minority's leader commits, and so does the majority's.",
            script: include_str!("witnesses/majority-of-the-living.txt"),
            breaks: spec::STATE_MACHINE_SAFETY,
        }],
    },
    Variant {
        name: "commit-beyond-match",
        kind: VariantKind::Mutation,
        what: "A follower commits up to the leader's index even if its log is not the leader's.",
        witnesses: &[Witness {
            flaw: "commit-beyond-match",
            shows: "A server that was cut off carries out writes that were never committed.",
            script: include_str!("witnesses/commit-beyond-match.txt"),
            breaks: spec::STATE_MACHINE_SAFETY,
        }],
    },
    Variant {
        name: "stale-reads",
        kind: VariantKind::Mutation,
        what: "A leader answers reads from its own store, without asking anybody.",
        witnesses: &[Witness {
            flaw: "stale-reads",
            shows: "A leader that was replaced answers with a value that was overwritten long ago.",
            script: include_str!("witnesses/stale-reads.txt"),
            breaks: spec::LINEARIZABLE,
        }],
    },
    Variant {
        name: "no-deduplication",
        kind: VariantKind::Mutation,
        what: "Servers do not remember which requests took effect.",
        witnesses: &[Witness {
            flaw: "no-deduplication",
            shows: "An answer is lost, the client asks again, and its write takes effect twice.",
            script: include_str!("witnesses/no-deduplication.txt"),
            breaks: spec::EXACTLY_ONCE,
        }],
    },
    Variant {
        name: "never-redrawn",
        kind: VariantKind::Mutation,
        what: "Each server draws its election timeout once, for ever.",
        witnesses: &[Witness {
            flaw: "never-redrawn",
            shows: "Two servers with nearly the same timeout split every vote.",
            script: include_str!("witnesses/never-redrawn.txt"),
            breaks: "agreed",
        }],
    },
    Variant {
        name: "no-no-op",
        kind: VariantKind::Mutation,
        what: "A new leader does not append a no-op.",
        witnesses: &[Witness {
            flaw: "no-no-op",
            shows: "A write on every living server stays uncommitted as long as no client writes.",
            script: include_str!("witnesses/no-no-op.txt"),
            breaks: "all-committed",
        }],
    },
    Variant {
        name: "pre-vote-while-led",
        kind: VariantKind::Mutation,
        what: "With PreVote: a server would vote for another although it hears a leader.",
        witnesses: &[Witness {
            flaw: "pre-vote-while-led",
            shows: "A server that does not hear the leader, while all others do, unseats it.",
            script: include_str!("witnesses/pre-vote-while-led.txt"),
            breaks: "first-leader",
        }],
    },
    Variant {
        name: "vote-while-led",
        kind: VariantKind::Mutation,
        what: "With CheckQuorum: a server votes for another although it hears a leader.",
        witnesses: &[Witness {
            flaw: "vote-while-led",
            shows: "A server that does not hear the leader, while all others do, unseats it.",
            script: include_str!("witnesses/vote-while-led.txt"),
            breaks: "first-leader",
        }],
    },
    Variant {
        name: "never-resigns",
        kind: VariantKind::Mutation,
        what: "With CheckQuorum: a leader that no majority answers leads on.",
        witnesses: &[Witness {
            flaw: "never-resigns",
            shows: "The leader of a minority goes on believing, and its clients with it.",
            script: include_str!("witnesses/never-resigns.txt"),
            breaks: "one-leader",
        }],
    },
    Variant {
        name: "read-too-early",
        kind: VariantKind::Mutation,
        what: "With ReadIndex: a new leader reads before anything of its term is committed.",
        witnesses: &[Witness {
            flaw: "read-too-early",
            shows: "A new leader has a committed write in its log, does not know that it is committed, and reads the old value.",
            script: include_str!("witnesses/read-too-early.txt"),
            breaks: spec::LINEARIZABLE,
        }],
    },
    Variant {
        name: "lease-from-answer",
        kind: VariantKind::Mutation,
        what: "With leases: a lease is counted from when the answers came, not from when they were asked for.",
        witnesses: &[Witness {
            flaw: "lease-from-answer",
            shows: "Late answers of a majority lengthen the lease of a leader that has been replaced.",
            script: include_str!("witnesses/lease-from-answer.txt"),
            breaks: spec::ONE_LEASE,
        }],
    },
    Variant {
        name: "pipeline-never-backs-up",
        kind: VariantKind::Mutation,
        what: "With pipelining: a leader takes for granted that what it has sent arrives.",
        witnesses: &[Witness {
            flaw: "pipeline-never-backs-up",
            shows: "One lost message, and a follower gets nothing more.",
            script: include_str!("witnesses/pipeline-never-backs-up.txt"),
            breaks: "all-committed",
        }],
    },
    Variant {
        name: "lease-kept-in-transfer",
        kind: VariantKind::Mutation,
        what: "With leases and transfer: a leader relies on its lease although it is handing over.",
        witnesses: &[Witness {
            flaw: "lease-kept-in-transfer",
            shows: "The next leader is elected at once, and the old one still has a lease.",
            script: include_str!("witnesses/lease-kept-in-transfer.txt"),
            breaks: spec::ONE_LEASE,
        }],
    },
    Variant {
        name: "snapshot-without-sessions",
        kind: VariantKind::Mutation,
        what: "With snapshots: a snapshot leaves out the clients' sessions.",
        witnesses: &[Witness {
            flaw: "snapshot-without-sessions",
            shows: "After a restart nobody remembers a request that took effect, and it takes effect again.",
            script: include_str!("witnesses/snapshot-without-sessions.txt"),
            breaks: spec::EXACTLY_ONCE,
        }],
    },
    Variant {
        name: "chunks-in-any-order",
        kind: VariantKind::Mutation,
        what: "With snapshots: a follower puts the chunks together as they come.",
        witnesses: &[Witness {
            flaw: "chunks-in-any-order",
            shows: "A chunk comes twice, and the snapshot is complete before all of it is there.",
            script: include_str!("witnesses/chunks-in-any-order.txt"),
            breaks: spec::SNAPSHOT,
        }],
    },
    Variant {
        name: "change-at-once",
        kind: VariantKind::Mutation,
        what: "With membership=joint: the leader goes to the new cluster at once, without a joint configuration.",
        witnesses: &[Witness {
            flaw: "change-at-once",
            shows: "Two majorities: two of the old three, and three of the new five.",
            script: include_str!("witnesses/change-at-once.txt"),
            breaks: spec::LEADER_COMPLETENESS,
        }],
    },
    Variant {
        name: "change-too-early",
        kind: VariantKind::Mutation,
        what: "With membership=single: a leader changes the cluster before anything of its term is committed, as first published.",
        witnesses: &[Witness {
            flaw: "change-too-early",
            shows: "Two changes of the same cluster, by two leaders, differ by two servers: two majorities.",
            script: include_str!("witnesses/change-too-early.txt"),
            breaks: spec::LEADER_COMPLETENESS,
        }],
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
    ("two-votes", Flaw::TwoVotes),
    ("votes-from-the-past", Flaw::VotesFromThePast),
    ("no-log-check", Flaw::NoLogCheck),
    ("log-not-saved", Flaw::LogNotSaved),
    ("no-consistency-check", Flaw::NoConsistencyCheck),
    ("truncate-always", Flaw::TruncateAlways),
    ("count-old-terms", Flaw::CountOldTerms),
    ("majority-of-the-living", Flaw::MajorityOfTheLiving),
    ("commit-beyond-match", Flaw::CommitBeyondMatch),
    ("stale-reads", Flaw::StaleReads),
    ("no-deduplication", Flaw::NoDeduplication),
    ("never-redrawn", Flaw::NeverRedrawn),
    ("no-no-op", Flaw::NoNoOp),
    ("pre-vote-while-led", Flaw::PreVoteWhileLed),
    ("vote-while-led", Flaw::VoteWhileLed),
    ("never-resigns", Flaw::NeverResigns),
    ("read-too-early", Flaw::ReadTooEarly),
    ("lease-from-answer", Flaw::LeaseFromAnswer),
    ("lease-kept-in-transfer", Flaw::LeaseKeptInTransfer),
    ("snapshot-without-sessions", Flaw::SnapshotWithoutSessions),
    ("chunks-in-any-order", Flaw::ChunksInAnyOrder),
    ("change-at-once", Flaw::ChangeAtOnce),
    ("change-too-early", Flaw::ChangeTooEarly),
    ("pipeline-never-backs-up", Flaw::PipelineNeverBacksUp),
];
