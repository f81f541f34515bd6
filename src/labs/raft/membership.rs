//! Who is in the cluster, and what a majority of it is (Raft §5.2, §6).

use std::fmt;

use super::node::Servers;

/// The servers that count, as a server knows them from its log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Membership {
    /// Those that vote and whose copies count.
    pub voters: Servers,
}

impl Membership {
    /// A cluster of these voters.
    pub fn of(voters: Servers) -> Membership {
        Membership { voters }
    }

    /// Whether a set of servers is a majority: of all that vote, alive or not.
    pub fn is_quorum(self, set: Servers) -> bool {
        is_majority(self.voters, set)
    }

    /// The greatest figure that a majority has reached, if each voter has the one that `of` tells.
    pub fn reached<T: Copy + Ord>(self, of: impl Fn(crate::sim::NodeId) -> T) -> Option<T> {
        reached_by(self.voters, of)
    }

    /// How many voters are a majority.
    pub fn majority(self) -> u32 {
        self.voters.len() / 2 + 1
    }
}

fn is_majority(voters: Servers, set: Servers) -> bool {
    set.and(voters).len() > voters.len() / 2
}

fn reached_by<T: Copy + Ord>(voters: Servers, of: impl Fn(crate::sim::NodeId) -> T) -> Option<T> {
    let mut figures = [None; Servers::MAX as usize];
    let mut count = 0;
    for voter in voters.iter() {
        figures[count] = Some(of(voter));
        count += 1;
    }
    let figures = &mut figures[..count];
    figures.sort_unstable_by(|a, b| b.cmp(a));
    *figures.get(count / 2)?
}

impl fmt::Display for Membership {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.voters)
    }
}
