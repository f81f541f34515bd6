//! The ways of restarting: as it should be, as the course prints it, and with one decision broken.

use crate::labs::{Variant, VariantKind, Witness};

/// One decision taken wrongly on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// An attempt is noted when it has succeeded.
    CountsSuccesses,
    /// An attempt exactly one window ago is forgotten.
    HalfOpenWindow,
    /// The record is not on disk.
    ForgetsRecord,
    NoBackoff,
    /// What runs is taken for ready.
    SpawnedIsReady,
    /// The strategy is not looked at.
    OnlyTheFailed,
    /// After an escalation it tries again when the window is over.
    GoesOn,
    /// Each repetition of an escalation is a new one.
    NewNumbers,
}

/// The variant whose supervisor is of its own.
pub const AS_PRINTED: &str = "as-printed";

/// The decision that a variant breaks, if it is a mutation.
pub fn flaw(variant: &Variant) -> Option<Flaw> {
    match variant.name {
        "counts-successes" => Some(Flaw::CountsSuccesses),
        "half-open-window" => Some(Flaw::HalfOpenWindow),
        "forgets-record" => Some(Flaw::ForgetsRecord),
        "no-backoff" => Some(Flaw::NoBackoff),
        "spawned-is-ready" => Some(Flaw::SpawnedIsReady),
        "only-the-failed" => Some(Flaw::OnlyTheFailed),
        "goes-on" => Some(Flaw::GoesOn),
        "new-numbers" => Some(Flaw::NewNumbers),
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
        what: "Counts every attempt before it is made, waits, looks for readiness, and gives up once.",
        witnesses: &[],
    },
    Variant {
        name: AS_PRINTED,
        kind: VariantKind::AsPrinted,
        what: "The course's Python: stop, sleep, start, and a list of those that worked.",
        witnesses: PRINTED,
    },
    mutation(
        "counts-successes",
        "Notes an attempt when the process is ready.",
        &[Witness {
            flaw: "counts-successes",
            shows: "The configuration is bad, no attempt succeeds, and none is on the record.",
            script: include_str!("witnesses/sv-1.txt"),
            breaks: "at-most-i-in-p",
        }],
    ),
    mutation(
        "half-open-window",
        "Forgets an attempt that is exactly one window old.",
        &[Witness {
            flaw: "half-open-window",
            shows: "Four failures, the last exactly one window after the first.",
            script: include_str!("witnesses/sv-5.txt"),
            breaks: "given-up",
        }],
    ),
    mutation(
        "forgets-record",
        "Keeps the record in memory only.",
        &[Witness {
            flaw: "forgets-record",
            shows: "The supervisor restarts between two attempts, and begins to count anew.",
            script: include_str!("witnesses/forgets-record.txt"),
            breaks: "at-most-i-in-p",
        }],
    ),
    mutation(
        "no-backoff",
        "Restarts at once.",
        &[Witness {
            flaw: "no-backoff",
            shows: "The configuration is bad; the attempts are used up within the blink of an eye.",
            script: include_str!("witnesses/sv-1.txt"),
            breaks: "waits-before-restart",
        }],
    ),
    mutation(
        "spawned-is-ready",
        "Takes a process that runs for one that is ready.",
        &[Witness {
            flaw: "spawned-is-ready",
            shows: "It takes a second to come up, and is said to be up at once.",
            script: include_str!("witnesses/ready.txt"),
            breaks: "ready-before-up",
        }],
    ),
    mutation(
        "only-the-failed",
        "Restarts the one that failed, whatever the strategy.",
        &[Witness {
            flaw: "only-the-failed",
            shows: "w1 fails, and w2 and w3 keep sessions with a life that is over.",
            script: include_str!("witnesses/strategy.txt"),
            breaks: "strategy-kept",
        }],
    ),
    mutation(
        "goes-on",
        "Escalates, and tries again when the window is over.",
        &[Witness {
            flaw: "goes-on",
            shows: "The configuration is bad. It is given up, and tried again.",
            script: include_str!("witnesses/sv-6.txt"),
            breaks: "stays-given-up",
        }],
    ),
    mutation(
        "new-numbers",
        "Counts each repetition of a call as a call of its own.",
        &[Witness {
            flaw: "new-numbers",
            shows: "The operator's answers are lost, and he is called again and again for one thing.",
            script: include_str!("witnesses/new-numbers.txt"),
            breaks: "one-escalation",
        }],
    ),
];

const PRINTED: &[Witness] = &[
    Witness {
        flaw: "SV-1",
        shows: "The configuration is bad. What fails is not put on the record, so the limit is never hit.",
        script: include_str!("witnesses/sv-1.txt"),
        breaks: "at-most-i-in-p",
    },
    Witness {
        flaw: "SV-2",
        shows: "The process is gone, so stop() raises, and start() is never reached.",
        script: include_str!("witnesses/sv-2.txt"),
        breaks: "all-ready",
    },
    Witness {
        flaw: "SV-3",
        shows: "No backoff: the next attempt follows at once.",
        script: include_str!("witnesses/sv-1.txt"),
        breaks: "waits-before-restart",
    },
    Witness {
        flaw: "SV-3, readiness",
        shows: "start() has returned, so it is taken for up; it comes up a second later.",
        script: include_str!("witnesses/ready.txt"),
        breaks: "ready-before-up",
    },
    Witness {
        flaw: "SV-4",
        shows: "The wall clock is set back by two hours. Old restarts lie in the future, and never age.",
        script: include_str!("witnesses/sv-4.txt"),
        breaks: "all-ready",
    },
    Witness {
        flaw: "SV-5",
        shows: "Restarts at 0, 1 and 2 of a window of 3, and a failure at 3: OTP terminates, this restarts.",
        script: include_str!("witnesses/sv-5.txt"),
        breaks: "given-up",
    },
    Witness {
        flaw: "SV-6",
        shows: "The limit is an exception and nothing else: nobody is called.",
        script: include_str!("witnesses/sv-6.txt"),
        breaks: "operator-called",
    },
    Witness {
        flaw: "SV-7",
        shows: "Two threads find one restart left, and both take it.",
        script: include_str!("witnesses/sv-7.txt"),
        breaks: "at-most-i-in-p",
    },
];
