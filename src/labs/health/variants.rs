//! The ways of checking: as it should be, as the course prints it, and with one decision broken.

use crate::labs::{Variant, VariantKind, Witness};

/// One decision taken wrongly on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    NoFloor,
    /// One result turns a verdict.
    NoThresholds,
    /// Liveness asks for what only readiness should.
    LivenessIsDeep,
    /// Whatever is answered to the question is right.
    TakesAnyAnswer,
    /// What is optional is taken for needed.
    OptionalIsNeeded,
    AlertsEachTime,
    /// Whoever is asked for the sake of another check asks others.
    PassesChecksOn,
}

/// The variant whose checker is of its own.
pub const AS_PRINTED: &str = "as-printed";

/// The decision that a variant breaks, if it is a mutation.
pub fn flaw(variant: &Variant) -> Option<Flaw> {
    match variant.name {
        "no-floor" => Some(Flaw::NoFloor),
        "no-thresholds" => Some(Flaw::NoThresholds),
        "liveness-is-deep" => Some(Flaw::LivenessIsDeep),
        "takes-any-answer" => Some(Flaw::TakesAnyAnswer),
        "optional-is-needed" => Some(Flaw::OptionalIsNeeded),
        "alerts-each-time" => Some(Flaw::AlertsEachTime),
        "passes-checks-on" => Some(Flaw::PassesChecksOn),
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
        what: "Liveness apart from readiness, thresholds both ways, a floor, and questions with known answers.",
        witnesses: &[],
    },
    Variant {
        name: AS_PRINTED,
        kind: VariantKind::AsPrinted,
        what: "The course's Python: one loop, one `all(checks)`, one dictionary.",
        witnesses: PRINTED,
    },
    mutation(
        "no-floor",
        "Takes everybody out whom a check says so of.",
        &[Witness {
            flaw: "no-floor",
            shows: "The database refuses connections, and no server is left to serve even what is cached.",
            script: include_str!("witnesses/database.txt"),
            breaks: "floor-kept",
        }],
    ),
    mutation(
        "no-thresholds",
        "Turns a verdict at the first result.",
        &[Witness {
            flaw: "no-thresholds",
            shows: "One check is lost on its way, and a server that is well is out.",
            script: include_str!("witnesses/lost-check.txt"),
            breaks: "thresholds-kept",
        }],
    ),
    mutation(
        "liveness-is-deep",
        "Asks the database whether a process is live.",
        &[Witness {
            flaw: "liveness-is-deep",
            shows: "The database refuses connections, and all servers are restarted for it.",
            script: include_str!("witnesses/database.txt"),
            breaks: "restarts-only-the-sick",
        }],
    ),
    mutation(
        "takes-any-answer",
        "Takes whoever answers for live, whatever he answers.",
        &[Witness {
            flaw: "takes-any-answer",
            shows: "s2 answers, and its answers are wrong. It is never found out.",
            script: include_str!("witnesses/zombie.txt"),
            breaks: "nobody-deceived",
        }],
    ),
    mutation(
        "optional-is-needed",
        "Takes a server for not ready when something optional is down.",
        &[Witness {
            flaw: "optional-is-needed",
            shows: "The optional service is down, and servers go out of rotation for it.",
            script: include_str!("witnesses/optional.txt"),
            breaks: "all-in-rotation",
        }],
    ),
    mutation(
        "alerts-each-time",
        "Tells the operator of every bad result.",
        &[Witness {
            flaw: "alerts-each-time",
            shows: "One crash, and an alert with each round.",
            script: include_str!("witnesses/crash.txt"),
            breaks: "one-alert-a-change",
        }],
    ),
    mutation(
        "passes-checks-on",
        "Asks others before it answers for itself.",
        &[Witness {
            flaw: "passes-checks-on",
            shows: "Servers check each other, and one check becomes many.",
            script: include_str!("witnesses/mutual.txt"),
            breaks: "checks-are-flat",
        }],
    ),
];

const PRINTED: &[Witness] = &[
    Witness {
        flaw: "HC-1",
        shows: "`requests` is not imported. The NameError is swallowed, and everybody is unhealthy for ever.",
        script: include_str!("witnesses/hc-1.txt"),
        breaks: "all-served",
    },
    Witness {
        flaw: "HC-2",
        shows: "`check_business_logic` is not defined: AttributeError, and the loop ends.",
        script: include_str!("witnesses/hc-2.txt"),
        breaks: "verdict-age",
    },
    Witness {
        flaw: "HC-3",
        shows: "One probe raises, and the loop ends. What the dictionary says is never looked at again.",
        script: include_str!("witnesses/hc-3.txt"),
        breaks: "verdict-age",
    },
    Witness {
        flaw: "HC-4",
        shows: "The database refuses, which decides it; all other checks are made all the same.",
        script: include_str!("witnesses/database.txt"),
        breaks: "no-needless-checks",
    },
    Witness {
        flaw: "HC-5",
        shows: "One optional service is down, and no server is left.",
        script: include_str!("witnesses/optional.txt"),
        breaks: "floor-kept",
    },
    Witness {
        flaw: "HC-5, the database",
        shows: "The shared database takes the whole fleet with it, cached pages and all.",
        script: include_str!("witnesses/database.txt"),
        breaks: "half-served",
    },
    Witness {
        flaw: "HC-5, mutual checks",
        shows: "Each asks the next, which asks the next.",
        script: include_str!("witnesses/mutual.txt"),
        breaks: "checks-are-flat",
    },
    Witness {
        flaw: "HC-5, the zombie",
        shows: "No check asks whether an answer is right.",
        script: include_str!("witnesses/zombie.txt"),
        breaks: "nobody-deceived",
    },
    Witness {
        flaw: "HC-6",
        shows: "One answer is lost on its way, and a server that is well is out.",
        script: include_str!("witnesses/lost-check.txt"),
        breaks: "thresholds-kept",
    },
    Witness {
        flaw: "HC-7",
        shows: "One outage, and an alert for each server in each round.",
        script: include_str!("witnesses/alerts.txt"),
        breaks: "one-alert-a-change",
    },
    Witness {
        flaw: "HC-8",
        shows: "The optional service answers 204, which is a success and counts as none.",
        script: include_str!("witnesses/no-content.txt"),
        breaks: "all-in-rotation",
    },
    Witness {
        flaw: "HC-8, the processor",
        shows: "Exactly 90 % is too much: s1 is out, and its load goes to the others.",
        script: include_str!("witnesses/busy.txt"),
        breaks: "all-in-rotation",
    },
    Witness {
        flaw: "HC-9",
        shows: "SELECT 1 has no timeout. The database hangs, and so does the checker.",
        script: include_str!("witnesses/hc-9.txt"),
        breaks: "verdict-age",
    },
];
