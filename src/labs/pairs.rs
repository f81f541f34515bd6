//! Labs that solve the same problem, to be seen beside each other: plain data, as a lab's own table is.
//!
//! What is said of them is measured on runs of both; see [`compare`](crate::play::compare).

use super::Lab;

/// Every pair, in the order of the catalogue.
pub static PAIRS: &[&Pair] = &[&BULLY_RAFT];

/// Two labs that solve one problem.
pub struct Pair {
    /// Its name in links: `bully-raft`.
    pub id: &'static str,
    /// The ids of the two.
    pub labs: [&'static str; 2],
    /// What there is to see, in one sentence.
    pub summary: &'static str,
    /// For each of the two: the invariants that forbid the loss of an acknowledged write; `None` if
    /// nobody writes there.
    pub writes: [Option<&'static [&'static str]>; 2],
    pub stories: &'static [Story],
    /// The course's own comparison, with what can be measured of it.
    pub table: &'static [Aspect],
    /// Where that table stands.
    pub source: &'static str,
}

/// One fault script for both.
pub struct Story {
    /// Its name in links: `minority-cut`.
    pub id: &'static str,
    pub title: &'static str,
    /// What there is to see, in one or two sentences.
    pub shows: &'static str,
    pub seed: u64,
    /// The script without its first line. A lab leaves out the lines that make no sense in it.
    pub script: &'static str,
}

/// One line of a comparison in words, and the measurements that speak to it.
pub struct Aspect {
    pub name: &'static str,
    /// The words of the source for each of the two.
    pub words: [&'static str; 2],
    /// Empty if it cannot be measured.
    pub measures: &'static [Measure],
}

/// Something that can be measured on runs of both labs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// How many rules fire and how many kinds of messages there are, in all runs of the table.
    Machinery,
    /// How many of five nodes can crash, one after the other, until the rest no longer agree.
    CrashesBorne,
    /// In how many of the ten ways to cut two of five nodes off there are two leaders in the end.
    LeadersInCuts,
    /// In how many of those cuts an acknowledged write was lost.
    WritesLost,
    /// Messages from the leader's crash to the next agreement, in a cluster of so many nodes.
    Messages { nodes: u8 },
    /// Time from the leader's crash to the next agreement; `alike` if both have the same timeouts.
    Recovery { alike: bool },
}

impl Pair {
    /// The two, if they are among these.
    pub fn both(&self, labs: &[&'static Lab]) -> Option<[&'static Lab; 2]> {
        let find = |id: &str| labs.iter().copied().find(|lab| lab.id == id);
        Some([find(self.labs[0])?, find(self.labs[1])?])
    }

    pub fn story(&self, id: &str) -> Option<&'static Story> {
        self.stories.iter().find(|story| story.id == id)
    }
}

impl PartialEq for Pair {
    fn eq(&self, other: &Pair) -> bool {
        self.id == other.id
    }
}

/// The pair of this name.
pub fn find_pair(id: &str) -> Option<&'static Pair> {
    PAIRS.iter().copied().find(|pair| pair.id == id)
}

static BULLY_RAFT: Pair = Pair {
    id: "bully-raft",
    labs: ["bully", "raft"],
    summary: "One fault script, two elections, one clock.",
    writes: [
        None,
        Some(&["linearizable", "leader-completeness", "state-machine-safety", "applied-stays"]),
    ],
    stories: &[
        Story {
            id: "leader-crash",
            title: "The leader crashes",
            shows: "Both have a new one soon. Who is first is a matter of timeouts, not of the algorithm.",
            seed: 5,
            script: "2s crash n5\n5s stop\n",
        },
        Story {
            id: "minority-cut",
            title: "Two of five are cut off",
            shows: "Bully makes a second boss among the two. In Raft two of five are no majority.",
            seed: 5,
            script: "2s partition n1 n2 | n3 n4 n5\n5s heal all\n8s stop\n",
        },
        Story {
            id: "leader-cut-off",
            title: "The leader is cut off with one other",
            shows: "In both, two believe that they lead. In Raft the old one can commit nothing, and gives way when the network heals.",
            seed: 5,
            script: "2s partition n1 n2 n3 | n4 n5\n5s heal all\n8s stop\n",
        },
        Story {
            id: "flapping-top-node",
            title: "The top node comes and goes",
            shows: "Bully gives n5 the lead each time that it is back. Raft stays with whom it has.",
            seed: 5,
            script: "2s crash n5\n4s restart n5\n6s crash n5\n8s restart n5\n10s crash n5\n12s restart n5\n14s stop\n",
        },
        Story {
            id: "one-way-cut",
            title: "A one-way cut",
            shows: "n1 hears nothing from the leader, which hears n1 well. Both are drawn into election after election.",
            seed: 5,
            script: "2s cut n5 n1\n5s heal all\n8s stop\n",
        },
        Story {
            id: "majority-gone",
            title: "Three of five crash",
            shows: "Bully goes on with whoever is left. Raft has no majority: whoever leads can commit nothing, and clients wait rather than be told what is wrong.",
            seed: 5,
            script: "2s crash n5\n4s crash n4\n6s crash n3\n9s restart n3\n12s stop\n",
        },
    ],
    table: &[
        Aspect {
            name: "Complexity",
            words: ["Simple", "Moderate"],
            measures: &[Measure::Machinery],
        },
        Aspect {
            name: "Fault Tolerance",
            words: ["Basic", "Strong"],
            measures: &[Measure::CrashesBorne],
        },
        Aspect {
            name: "Consistency",
            words: ["Eventual", "Strong"],
            measures: &[Measure::LeadersInCuts, Measure::WritesLost],
        },
        Aspect {
            name: "Network Messages",
            words: ["High during election", "Moderate"],
            measures: &[
                Measure::Messages { nodes: 3 },
                Measure::Messages { nodes: 5 },
                Measure::Messages { nodes: 7 },
                Measure::Messages { nodes: 9 },
            ],
        },
        Aspect {
            name: "Use Cases",
            words: ["Simple coordination", "Critical consensus"],
            measures: &[],
        },
        Aspect {
            name: "Recovery Time",
            words: ["Fast", "Moderate"],
            measures: &[Measure::Recovery { alike: false }, Measure::Recovery { alike: true }],
        },
    ],
    source: "the course, “Comparison: Bully vs Raft”",
};
