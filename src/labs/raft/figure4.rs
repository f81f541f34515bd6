//! Which roles may follow on which (Raft, Figure 4), and what a leader may commit by counting (§5.4.2).

use crate::sim::{Broken, NodeId};

use super::log::{Index, Term};
use super::node::Server;
use super::spec::{OWN_TERM, ROLE_CHANGES, Standing, Verdict};

/// A server's place in Figure 4.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// Its current term.
    pub term: Term,
    /// Its role.
    pub standing: Standing,
    /// Whom it takes for the leader.
    pub leader: Option<NodeId>,
}

/// What the extensions add to the arrows of Figure 4.
#[derive(Clone, Copy, Default)]
pub(super) struct Extras {
    /// Whether the server is a majority by itself, so that it stands and wins in one step.
    pub alone: bool,
    /// Whether a leader may resign without a higher term (CheckQuorum).
    pub resigns: bool,
}

/// Whether a server that did not just start may have gone from one place to another in one step. It
/// may take over a higher term as a follower; all else follows the arrows of Figure 4.
pub(super) fn check_change(id: NodeId, from: Place, to: Place, extras: Extras) -> Verdict {
    use Standing::{Candidate, Follower, Leader, PreCandidate};
    let next_term = to.term == Term(from.term.0 + 1);
    let same_term = to.term == from.term;
    let led = to.leader.is_some_and(|leader| leader != id);
    let legal = match (from.standing, to.standing) {
        (Follower | PreCandidate | Candidate | Leader, Follower) if to.term > from.term => true,
        // "Discovers current leader".
        (Candidate | PreCandidate, Follower) => same_term && led,
        (Leader, Follower) => same_term && extras.resigns,
        // A pre-vote changes no term, and a new election needs it (dissertation §9.6).
        (Follower | PreCandidate | Candidate, PreCandidate) => same_term,
        (Follower, Follower) | (Leader, Leader) => same_term,
        // "Times out, starts election" and "times out, new election".
        (Follower | PreCandidate, Candidate) => next_term,
        (Candidate, Candidate) => next_term || same_term,
        // "Receives votes from majority of servers".
        (Candidate, Leader) if same_term => true,
        (Follower | PreCandidate | Candidate, Leader) => next_term && extras.alone,
        (Leader, Candidate | PreCandidate) => false,
    };
    if legal {
        return Ok(());
    }
    let why = format!("{id} went from {} to {}", from.words(), to.words());
    Err(Broken { invariant: ROLE_CHANGES, why })
}

/// Whether a leader's commit index, which it has just moved on from `before`, rests on an entry of
/// its own term.
pub(super) fn check_own_term(id: NodeId, server: &Server, before: Index) -> Verdict {
    let (commit, own) = (server.commit, server.term());
    let term = server.log().term(commit).unwrap_or_default();
    if !server.leads() || commit <= before || term == own {
        return Ok(());
    }
    let why =
        format!("{id} leads term {own} and commits entry {commit} of term {term} by counting");
    Err(Broken { invariant: OWN_TERM, why })
}

impl Place {
    fn words(self) -> String {
        let Place { term, standing, leader } = self;
        let of = match leader {
            Some(leader) if standing == Standing::Follower => format!(" of {leader}"),
            _ => String::new(),
        };
        format!("{}{of} in term {term}", standing.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Standing::{Candidate, Follower, Leader};

    fn goes(from: (Standing, u64), to: (Standing, u64), leader: Option<u8>) -> bool {
        let place = |(standing, term), leader: Option<u8>| Place {
            term: Term(term),
            standing,
            leader: leader.map(NodeId::server),
        };
        check_change(NodeId::server(1), place(from, None), place(to, leader), Extras::default())
            .is_ok()
    }

    #[test]
    fn the_arrows_of_figure_4_are_legal() {
        assert!(goes((Follower, 1), (Candidate, 2), None));
        assert!(goes((Candidate, 2), (Candidate, 3), None));
        assert!(goes((Candidate, 2), (Leader, 2), Some(1)));
        assert!(goes((Candidate, 2), (Follower, 2), Some(3)));
        assert!(goes((Candidate, 2), (Follower, 5), None));
        assert!(goes((Leader, 2), (Follower, 3), None));
    }

    #[test]
    fn what_figure_4_has_no_arrow_for_is_told() {
        assert!(!goes((Candidate, 2), (Follower, 2), None));
        assert!(!goes((Leader, 2), (Follower, 2), Some(3)));
        assert!(!goes((Follower, 2), (Leader, 2), Some(1)));
        assert!(!goes((Follower, 2), (Candidate, 2), None));
        assert!(!goes((Follower, 2), (Candidate, 4), None));
        assert!(!goes((Leader, 2), (Candidate, 3), None));
        assert!(!goes((Follower, 2), (Follower, 1), None));
    }
}
