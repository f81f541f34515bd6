//! The stories that this lab can tell.

use crate::labs::Scenario;

/// Every scenario, in the order in which they teach best.
pub static SCENARIOS: &[Scenario] = &[
    Scenario {
        id: "leader-crash",
        title: "The leader dies",
        shows: "Its followers notice by its silence and elect another. The old leader comes back as a follower.",
        script: include_str!("scenarios/leader-crash.txt"),
    },
    Scenario {
        id: "leader-in-the-minority",
        title: "The leader in the minority",
        shows: "A cut leaves the old leader with one follower. It still believes, but what it is told to write is never committed, and gives way when the cut heals.",
        script: include_str!("scenarios/leader-in-the-minority.txt"),
    },
    Scenario {
        id: "split-vote",
        title: "A split vote",
        shows: "Two candidates at the same moment, two votes each of four: nobody wins. New random timeouts decide.",
        script: include_str!("scenarios/split-vote.txt"),
    },
    Scenario {
        id: "figure-8",
        title: "On a majority, and still lost",
        shows: "Figure 8 of the paper: why a leader must not commit entries of earlier terms by counting copies.",
        script: include_str!("scenarios/figure-8.txt"),
    },
    Scenario {
        id: "transfer",
        title: "Handing over",
        shows: "A leader that is to be taken down names its successor, who is elected within a round trip instead of an election timeout.",
        script: include_str!("scenarios/transfer.txt"),
    },
    Scenario {
        id: "snapshot",
        title: "A snapshot in pieces",
        shows: "Servers forget the entries that are in their snapshots. One that was away for long is sent a snapshot, in chunks that get lost and come twice.",
        script: include_str!("scenarios/snapshot.txt"),
    },
    Scenario {
        id: "membership",
        title: "Servers come and go",
        shows: "One at a time: newcomers learn the log before they vote, a dead one is given up, and at last the leader removes itself.",
        script: include_str!("scenarios/membership.txt"),
    },
    Scenario {
        id: "joint-consensus",
        title: "A whole cluster is replaced",
        shows: "All servers at once: for a while every decision takes a majority of the old cluster and one of the new.",
        script: include_str!("scenarios/joint-consensus.txt"),
    },
    Scenario {
        id: "two-majorities",
        title: "Two majorities",
        shows: "Figure 10 of the paper: a careless change of the cluster lets two of the old three and three of the new five decide apart.",
        script: include_str!("scenarios/two-majorities.txt"),
    },
    Scenario {
        id: "removed-server",
        title: "Removed, and never told",
        shows: "A server that was removed asks for votes for ever. In this variant the others listen, and lose one leader after the other.",
        script: include_str!("scenarios/removed-server.txt"),
    },
    Scenario {
        id: "figure-8-e",
        title: "On a majority with one of its own",
        shows: "The other end of Figure 8: once the leader has an entry of its own term on a majority, all before it is safe, even if it dies at once.",
        script: include_str!("scenarios/figure-8-e.txt"),
    },
    Scenario {
        id: "figure-7",
        title: "Seven logs",
        shows: "Figure 7 of the paper: missing entries, extra entries, and both. Four servers vote for the leader of term 8, two refuse; then it repairs every log.",
        script: include_str!("scenarios/figure-7.txt"),
    },
    Scenario {
        id: "pipelining",
        title: "Without waiting for answers",
        shows: "Far apart, one entry a message: a leader that waits for each answer takes seconds. With pipelining the entries follow each other, and a lost one is noticed and sent again.",
        script: include_str!("scenarios/pipelining.txt"),
    },
    Scenario {
        id: "repair",
        title: "A log is repaired",
        shows: "A server returns with entries that nobody else has. The leader goes back to where the logs part, and overwrites the rest.",
        script: include_str!("scenarios/repair.txt"),
    },
    Scenario {
        id: "paused-leader",
        title: "The leader wakes up",
        shows: "After a long pause a leader goes on as if nothing had happened, and believes for a moment what is long past.",
        script: include_str!("scenarios/paused-leader.txt"),
    },
    Scenario {
        id: "deaf-leader",
        title: "A leader that hears nobody",
        shows: "A one-way cut: its heartbeats still hold the others down, but without their answers nothing is committed. Raft as in Figure 2 does not get out of this by itself.",
        script: include_str!("scenarios/deaf-leader.txt"),
    },
    Scenario {
        id: "disruptive-server",
        title: "One deaf server disturbs all",
        shows: "A server that cannot hear the leader asks for votes in ever higher terms, and brings down one good leader after the other.",
        script: include_str!("scenarios/disruptive-server.txt"),
    },
    Scenario {
        id: "pre-vote",
        title: "The deaf server asks first",
        shows: "With PreVote a server asks whether it could win before it begins a term. Those who hear the leader say no, and nobody is disturbed.",
        script: include_str!("scenarios/pre-vote.txt"),
    },
    Scenario {
        id: "check-quorum",
        title: "The deaf leader resigns",
        shows: "With CheckQuorum a leader that no majority answers gives up, and candidates are not listened to while there is a leader.",
        script: include_str!("scenarios/check-quorum.txt"),
    },
    Scenario {
        id: "stale-read",
        title: "A read at an old leader",
        shows: "With ReadIndex a leader asks a majority whether it still leads before it answers. Cut off, it gives no answer rather than an old one.",
        script: include_str!("scenarios/stale-read.txt"),
    },
    Scenario {
        id: "leases",
        title: "A lease runs out",
        shows: "A leader with a lease answers reads at once. Cut off, its lease ends before anybody else can be elected, and it stops answering.",
        script: include_str!("scenarios/leases.txt"),
    },
    Scenario {
        id: "lease-and-clocks",
        title: "A lease and a slow clock",
        shows: "With leases reads cost no messages, and rely on clocks. One clock that is slower than allowed for, and an old leader answers with an old value.",
        script: include_str!("scenarios/lease-and-clocks.txt"),
    },
    Scenario {
        id: "flapping-leader",
        title: "A leader that comes and goes",
        shows: "The same server is elected and dies, three times. Every election costs time; the client's request takes effect once.",
        script: include_str!("scenarios/flapping-leader.txt"),
    },
    Scenario {
        id: "slow-disk",
        title: "A leader with a slow disk",
        shows: "It is alive and answers, but too late. To the others it is as good as dead.",
        script: include_str!("scenarios/slow-disk.txt"),
    },
    Scenario {
        id: "lost-answer",
        title: "A lost answer",
        shows: "A write took effect, but its client cannot know. It asks again, and the sessions keep it from happening twice.",
        script: include_str!("scenarios/lost-answer.txt"),
    },
    Scenario {
        id: "forgetful-client",
        title: "A client forgets its count",
        shows: "It begins again with request 1, which its session is long past, and has to take a new number.",
        script: include_str!("scenarios/forgetful-client.txt"),
    },
    Scenario {
        id: "lost-disk",
        title: "A lost disk and a double vote",
        shows: "A voter loses its disk and votes again in the same term: two leaders in one term. Raft relies on its disks.",
        script: include_str!("scenarios/lost-disk.txt"),
    },
];
