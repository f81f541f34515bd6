//! Who is in the cluster, and what a majority of it is (Raft §5.2, §6; dissertation §4).

use std::fmt;

use crate::sim::{NodeId, Standing};

use super::log::{Index, Payload};
use super::node::{Server, Servers};

/// The servers that count, as a server knows them from the newest configuration in its log, committed or
/// not (Raft §6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Membership {
    /// Those that vote and whose copies count.
    pub voters: Servers,
    /// In a joint configuration, those that did before: a majority of both is needed (Raft §6).
    pub outgoing: Servers,
    /// Those that get the log and do not count (dissertation §4.2.1).
    pub learners: Servers,
}

impl Membership {
    /// A cluster of these voters.
    pub fn of(voters: Servers) -> Membership {
        Membership { voters, ..Membership::default() }
    }

    /// Whether two sets of voters count at the same time.
    pub fn is_joint(self) -> bool {
        !self.outgoing.is_empty()
    }

    /// All that vote, in either half of a joint configuration.
    pub fn all_voters(self) -> Servers {
        self.voters.or(self.outgoing)
    }

    /// All that are sent the log.
    pub fn all(self) -> Servers {
        self.all_voters().or(self.learners)
    }

    /// What a server is to the cluster.
    pub fn standing(self, id: NodeId) -> Standing {
        match (self.voters.contains(id), self.outgoing.contains(id)) {
            (true, true) => Standing::VotesInBoth,
            (true, false) if self.is_joint() => Standing::VotesInNew,
            (true, false) => Standing::Votes,
            (false, true) => Standing::VotesInOld,
            (false, false) if self.learners.contains(id) => Standing::Learns,
            (false, false) => Standing::Outside,
        }
    }

    /// What a decision takes: `3 are a majority`; of a joint configuration, both.
    pub fn needed(self) -> String {
        let Membership { voters, outgoing, .. } = self;
        match self.is_joint() {
            false => format!("{} are a majority", self.majority()),
            true => format!(
                "it takes {} of {outgoing} and {} of {voters}",
                outgoing.len() / 2 + 1,
                self.majority()
            ),
        }
    }

    /// Whether a set of servers is a majority: of all that vote, alive or not, and in a joint
    /// configuration of both halves.
    pub fn is_quorum(self, set: Servers) -> bool {
        let majority = |voters: Servers| set.and(voters).len() > voters.len() / 2;
        majority(self.voters) && (!self.is_joint() || majority(self.outgoing))
    }

    /// The greatest figure that a majority has reached, if each voter has the one that `of` tells.
    pub fn reached<T: Copy + Ord>(self, of: impl Fn(NodeId) -> T) -> Option<T> {
        let new = reached_by(self.voters, &of)?;
        if self.is_joint() { Some(new.min(reached_by(self.outgoing, &of)?)) } else { Some(new) }
    }

    /// How many voters are a majority, of the new ones if there are two sets.
    pub fn majority(self) -> u32 {
        self.voters.len() / 2 + 1
    }
}

fn reached_by<T: Copy + Ord>(voters: Servers, of: &impl Fn(NodeId) -> T) -> Option<T> {
    let mut figures = [None; Servers::MAX as usize];
    let mut count = 0;
    for voter in voters.iter() {
        figures[count] = Some(of(voter));
        count += 1;
    }
    let figures = &figures[..count];
    let many_reach = |figure: &&Option<T>| {
        figures.iter().filter(|reached| reached >= figure).count() > count / 2
    };
    figures.iter().filter(many_reach).max().copied().flatten()
}

impl Server {
    /// The cluster as of an entry of its log.
    pub(super) fn members_at(&self, index: Index) -> Membership {
        self.newest_members(index).1
    }

    /// Takes the cluster from what is on disk, after the log has lost entries.
    pub(super) fn find_members(&mut self) {
        (self.members_index, self.members) = self.newest_members(self.disk.log.last_index());
    }

    /// Takes note of an entry that was appended: "a server always uses the latest configuration in its
    /// log, regardless of whether the entry is committed" (§6).
    pub(super) fn note_members(&mut self, index: Index, payload: Payload) {
        if let Payload::Members(members) = payload {
            (self.members_index, self.members) = (index, members);
        }
    }

    /// The newest configuration up to `index`, and the entry that it stands in.
    fn newest_members(&self, index: Index) -> (Index, Membership) {
        let log = &self.disk.log;
        let mut at = index;
        while let Some(entry) = log.get(at) {
            if let Payload::Members(members) = entry.payload {
                return (at, members);
            }
            at = at.before();
        }
        match &self.disk.snapshot {
            Some(snapshot) => (snapshot.last.index, snapshot.members),
            None => (Index(0), self.first_members),
        }
    }

    /// Whether it may stand for election: it has a vote, or had one before a configuration that is not
    /// known to be committed, since then it may be needed still (dissertation §4.2.2).
    pub(super) fn may_stand(&self, me: NodeId) -> bool {
        self.members.all_voters().contains(me)
            || self.members_index > self.commit
                && self.members_at(self.members_index.before()).all_voters().contains(me)
    }
}

/// `n1, n2, n3`; `n1, n2 (before: n2, n3), learner n4`.
impl fmt::Display for Membership {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.voters)?;
        if self.is_joint() {
            write!(f, " (before: {})", self.outgoing)?;
        }
        if !self.learners.is_empty() {
            write!(f, ", learning: {}", self.learners)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(numbers: &[u8]) -> Servers {
        numbers.iter().map(|number| NodeId::server(*number)).collect()
    }

    #[test]
    fn a_majority_is_more_than_half_of_all_voters() {
        let four = Membership::of(set(&[1, 2, 3, 4]));
        assert!(!four.is_quorum(set(&[1, 2])) && four.is_quorum(set(&[1, 2, 3])));
        assert!(!four.is_quorum(set(&[1, 2, 5, 6])), "others do not count");
        assert_eq!(four.reached(|id| 10 * id.number()), Some(20));
    }

    /// "Agreement (for elections and entry commitment) requires separate majorities from both the old and
    /// new configurations" (Raft §6).
    #[test]
    fn a_joint_configuration_needs_a_majority_of_both_halves() {
        let joint = Membership {
            voters: set(&[3, 4, 5]),
            outgoing: set(&[1, 2, 3]),
            learners: Servers::default(),
        };
        assert!(!joint.is_quorum(set(&[3, 4, 5])) && !joint.is_quorum(set(&[1, 2, 3])));
        assert!(joint.is_quorum(set(&[2, 3, 4])));
        assert_eq!(joint.reached(|id| id.number()), Some(2));
    }
}
