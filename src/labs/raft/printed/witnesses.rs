//! For each flaw a script on which it shows.
//!
//! In most of them nobody's patience ends by itself: elections are begun by hand, so that one flaw is
//! seen at a time. Left alone, the servers as printed disturb each other all the time (RF-14).

use crate::labs::Witness;

/// The script of a flaw.
macro_rules! script {
    ($number:literal) => {
        include_str!(concat!("../witnesses/printed_rf_", $number, ".txt"))
    };
}

/// One witness a flaw, RF-1 to RF-14.
pub const WITNESSES: &[Witness] = &[
    Witness {
        flaw: "RF-1",
        shows: "While n1 counts votes of term 1, n5 wins term 2 with its help; n1 counts on and leads term 2 too.",
        script: script!("1"),
        breaks: "one-leader-a-term",
    },
    Witness {
        flaw: "RF-2",
        shows: "n2 votes for n1, restarts without remembering it, and votes for n3 in the same term.",
        script: script!("2"),
        breaks: "one-leader-a-term",
    },
    Witness {
        flaw: "RF-3",
        shows: "A write is committed that its followers threw away; the next leader knows nothing of it.",
        script: script!("3"),
        breaks: "leader-completeness",
    },
    Witness {
        flaw: "RF-4",
        shows: "n1 is alone and stands 85 times in 2 seconds instead of 8, one election right after the other.",
        script: script!("4"),
        breaks: "patient",
    },
    Witness {
        flaw: "RF-5",
        shows: "n1 stands in term 1 among servers in term 10; told so twice, it is no further than term 2.",
        script: script!("5"),
        breaks: "same-term",
    },
    Witness {
        flaw: "RF-6",
        shows: "n3 tells n1 with every answer that term 2 has begun; n1 goes on leading term 1.",
        script: script!("6"),
        breaks: "one-leader",
    },
    Witness {
        flaw: "RF-7",
        shows: "A leader cut off with a minority leads on and answers a read with a value that was overwritten.",
        script: script!("7"),
        breaks: "linearizable",
    },
    Witness {
        flaw: "RF-8",
        shows: "Four servers are cut in two halves, and each half elects a leader of term 1.",
        script: script!("8"),
        breaks: "one-leader-a-term",
    },
    Witness {
        flaw: "RF-9",
        shows: "Two of five are dead; after two seconds every candidate still waits for the second of them.",
        script: script!("9"),
        breaks: "agreed",
    },
    Witness {
        flaw: "RF-10",
        shows: "A candidate that has too few votes is a follower again at once, though it has heard of no leader.",
        script: script!("10"),
        breaks: "role-changes",
    },
    Witness {
        flaw: "RF-11",
        shows: "Two candidates that need each other's vote go again together 16 times in 5 seconds; one second draw would part them.",
        script: script!("11"),
        breaks: "agreed",
    },
    Witness {
        flaw: "RF-12",
        shows: "In term 3 a leader commits an entry of term 1 by counting, although the leader of term 2 went without it.",
        script: script!("12"),
        breaks: "commits-own-term",
    },
    Witness {
        flaw: "RF-13",
        shows: "A leader hears another leader of its own term, and follows without a word.",
        script: script!("13"),
        breaks: "role-changes",
    },
    Witness {
        flaw: "RF-14",
        shows: "Left alone for 3 seconds, five servers stand 134 times: nobody hears of a new leader in time.",
        script: script!("14"),
        breaks: "first-leader",
    },
];
