//! The replicated log: entries in order, numbered from 1 (Raft §5.3).
//!
//! Every server copies its log to its disk at each change, every snapshot of the world copies all of
//! them, and every AppendEntries carries a piece of one. So a [`Log`] is a view of the first `len`
//! entries of a shared arena that only ever grows: copying it costs a counter, appending writes one
//! entry, and a log that is cut short and goes on differently copies what it keeps. Nobody can see
//! that memory is shared, since what lies in an arena never changes.

use std::cell::RefCell;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use super::kv::{Command, RequestId};
use super::membership::Membership;

/// A period of the protocol's logical time with at most one leader (Raft §5.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Term(pub u64);

/// A place in the log, from 1 upward. 0 is the place before the first entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Index(pub u64);

/// An entry's identity: two entries with the same place and term are the same, and so are all that
/// come before them (the Log Matching Property, Raft §5.3). Nothing comes before index 0, term 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Position {
    /// Where it stands.
    pub index: Index,
    /// The term in which a leader received it.
    pub term: Term,
}

/// One entry of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The term in which a leader received it.
    pub term: Term,
    /// What it is for.
    pub payload: Payload,
}

/// What an entry is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payload {
    /// Who is in the cluster from here on (Raft §6).
    Members(Membership),
    /// Nothing: a new leader's first entry, by which it learns what is committed (Raft §8).
    NoOp,
    Command {
        command: Command,
        /// Which request of which client it is; none if a learner asked the server itself.
        request: Option<RequestId>,
    },
}

/// A server's log, or a copy of it.
#[derive(Clone, Default)]
pub struct Log {
    arena: Rc<RefCell<Arena>>,
    last: Position,
    /// Entries up to here were compacted: a snapshot stands for them (Raft §7). They may lie in the arena
    /// still, for other copies, but this log has them no more.
    base: Index,
}

/// Where the entries of some logs lie.
#[derive(Default)]
struct Arena {
    /// The entry before the first one that lies here; 0 unless the log began with a snapshot.
    origin: Position,
    /// The fingerprint of all entries up to `origin`.
    fingerprint: u64,
    entries: Vec<Stored>,
}

/// Some entries of a log, one after the other, on their way to a follower.
#[derive(Clone)]
pub struct Entries {
    log: Log,
    /// The entry before the first of them.
    after: Index,
}

#[derive(Clone, Copy, Debug)]
struct Stored {
    entry: Entry,
    /// The fingerprint of this entry and all before it.
    fingerprint: u64,
}

impl Index {
    /// The place after this one.
    pub fn next(self) -> Index {
        Index(self.0 + 1)
    }

    /// The place before this one; 0 stays 0.
    pub fn before(self) -> Index {
        Index(self.0.saturating_sub(1))
    }
}

impl Log {
    /// The last entry; index 0 of term 0 if the log is empty.
    pub fn last(&self) -> Position {
        self.last
    }

    /// The place of the last entry; 0 if the log is empty.
    pub fn last_index(&self) -> Index {
        self.last.index
    }

    /// The entry at `index`, if the log reaches that far.
    pub fn get(&self, index: Index) -> Option<Entry> {
        self.stored(index).map(|stored| stored.entry)
    }

    /// The term of the entry at `index`; term 0 at index 0; `None` beyond the end.
    pub fn term(&self, index: Index) -> Option<Term> {
        if index == self.last.index {
            return Some(self.last.term);
        }
        if index == Index(0) && self.base == Index(0) {
            return Some(Term(0));
        }
        self.known(index).map(|(term, _)| term)
    }

    /// A number that stands for the first entries up to `index`: equal for equal beginnings, and
    /// different for different ones but for a chance of 2⁻⁶⁴. `None` beyond the end, and before the last
    /// entry that was compacted.
    pub fn fingerprint(&self, index: Index) -> Option<u64> {
        if index == Index(0) && self.base == Index(0) {
            return Some(0);
        }
        self.known(index).map(|(_, fingerprint)| fingerprint)
    }

    /// The last entry that was compacted; 0 if none was.
    pub fn base(&self) -> Index {
        self.base
    }

    /// Forgets every entry up to `index`, except what the last of them was (Raft §7).
    pub fn compact(&mut self, index: Index) {
        self.base = self.base.max(index.min(self.last.index));
    }

    /// The same log with what was compacted, as far as anybody still has it: for who looks on from outside.
    pub fn uncompacted(&self) -> Log {
        let base = self.arena.borrow().origin.index;
        Log { base, ..self.clone() }
    }

    /// A log that goes on after a snapshot: no entries yet, and none before.
    pub fn after(last: Position, fingerprint: u64) -> Log {
        let arena = Arena { origin: last, fingerprint, entries: Vec::new() };
        Log { arena: Rc::new(RefCell::new(arena)), last, base: last.index }
    }

    /// Whether this log and another, which was never compacted, have the same beginning up to `index`;
    /// or, if that was compacted here, up to where this log begins.
    pub fn agrees(&self, whole: &Log, index: Index) -> bool {
        let at = index.max(self.base);
        self.fingerprint(at) == whole.fingerprint(at)
    }

    /// Appends an entry. Copies that were made before do not see it.
    pub fn push(&mut self, entry: Entry) {
        let mut arena = self.arena.borrow_mut();
        let at = (self.last.index.0 - arena.origin.index.0) as usize;
        self.last = Position { index: self.last.index.next(), term: entry.term };
        // Another copy of this log may have gone on already: in the same way, or in another.
        match arena.entries.get(at) {
            Some(stored) if stored.entry == entry => {}
            None => {
                let stored = arena.stored_after(at, entry);
                arena.entries.push(stored);
            }
            Some(_) => {
                let mut own = Vec::with_capacity(at + 8);
                own.extend_from_slice(&arena.entries[..at]);
                own.push(arena.stored_after(at, entry));
                let Arena { origin, fingerprint, .. } = *arena;
                drop(arena);
                let own = Arena { origin, fingerprint, entries: own };
                self.arena = Rc::new(RefCell::new(own));
            }
        }
    }

    /// Forgets every entry after `index`.
    pub fn truncate(&mut self, index: Index) {
        if let (true, Some(term)) = (index < self.last.index, self.term(index)) {
            self.last = Position { index, term };
        }
    }

    /// At most `count` entries from `first` on.
    pub fn entries(&self, first: Index, count: u64) -> Entries {
        let mut log = self.clone();
        log.truncate(Index((first.before().0).saturating_add(count)));
        Entries { log, after: first.before().min(self.last.index) }
    }

    /// The first entry of the run of entries with one term that `index` belongs to, as far as it is there.
    pub fn first_of_term(&self, index: Index) -> Index {
        let term = self.term(index);
        let mut first = index;
        while first > Index(1) && self.term(first.before()) == term {
            first = first.before();
        }
        first
    }

    /// The last entry with this term, looked for from `index` backward, if there is one.
    pub fn last_of_term(&self, term: Term, index: Index) -> Option<Index> {
        let mut at = index.min(self.last.index);
        while at > Index(0) && self.term(at)? > term {
            at = at.before();
        }
        (at > Index(0) && self.term(at) == Some(term)).then_some(at)
    }

    /// Whether this log is `old`, or begins with it. Costs nothing unless they have parted.
    pub fn extends(&self, old: &Log) -> bool {
        let reaches = self.last.index >= old.last.index;
        reaches
            && (Rc::ptr_eq(&self.arena, &old.arena)
                || self.fingerprint(old.last.index) == old.fingerprint(old.last.index))
    }

    /// Whether nothing has changed since `old` was copied from this log.
    pub fn is_still(&self, old: &Log) -> bool {
        self.last == old.last && self.base == old.base && Rc::ptr_eq(&self.arena, &old.arena)
    }

    fn stored(&self, index: Index) -> Option<Stored> {
        if index > self.last.index || index <= self.base {
            return None;
        }
        let arena = self.arena.borrow();
        let place = index.0.checked_sub(arena.origin.index.0 + 1)?;
        Some(arena.entries[place as usize])
    }

    /// Term and fingerprint of an entry that is there, or is the last that was compacted.
    fn known(&self, index: Index) -> Option<(Term, u64)> {
        if index > self.last.index || index < self.base {
            return None;
        }
        let arena = self.arena.borrow();
        if index == arena.origin.index {
            return Some((arena.origin.term, arena.fingerprint));
        }
        let place = index.0.checked_sub(arena.origin.index.0 + 1)?;
        let Stored { entry, fingerprint } = arena.entries[place as usize];
        Some((entry.term, fingerprint))
    }
}

impl Arena {
    /// An entry as it lies in the place `at`, with the fingerprint of all before it.
    fn stored_after(&self, at: usize, entry: Entry) -> Stored {
        let before =
            at.checked_sub(1).map_or(self.fingerprint, |last| self.entries[last].fingerprint);
        Stored { entry, fingerprint: entry.fingerprint_after(before) }
    }
}

impl Entries {
    /// Whether it is a heartbeat's: no entries at all.
    pub fn is_empty(&self) -> bool {
        self.log.last.index == self.after
    }

    /// How many there are.
    pub fn len(&self) -> u64 {
        self.log.last.index.0 - self.after.0
    }

    /// The places and entries, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Index, Entry)> + '_ {
        (self.after.0 + 1..=self.log.last.index.0).map(|at| {
            let entry = self.log.get(Index(at)).expect("a log has every entry up to its last");
            (Index(at), entry)
        })
    }
}

impl Entry {
    fn fingerprint_after(self, before: u64) -> u64 {
        let (kind, key, value, request) = match self.payload {
            Payload::NoOp => (0, 0, 0, 0),
            Payload::Members(Membership { voters, outgoing, learners }) => {
                (3, voters.bits(), outgoing.bits(), learners.bits())
            }
            Payload::Command { command, request } => {
                let request = request.map_or(0, RequestId::key);
                match command {
                    Command::Put { key, value } => (1, key.bits(), value, request),
                    Command::Get { key } => (2, key.bits(), 0, request),
                }
            }
        };
        [self.term.0, kind, key, value, request].into_iter().fold(before, mix)
    }
}

/// Stirs one word into a fingerprint: the multiply-and-fold step of wyhash (Wang Yi 2019), the same
/// on every machine.
fn mix(state: u64, word: u64) -> u64 {
    let product = u128::from(state ^ 0x9e37_79b9_7f4a_7c15)
        .wrapping_mul(u128::from(word ^ 0xe703_7ed1_a0b4_28db) | 1);
    (product as u64) ^ (product >> 64) as u64
}

impl PartialEq for Log {
    fn eq(&self, other: &Log) -> bool {
        self.last == other.last && self.extends(other)
    }
}

impl PartialEq for Entries {
    fn eq(&self, other: &Entries) -> bool {
        self.after == other.after && self.log.last == other.log.last && {
            let mut both = self.iter().zip(other.iter());
            both.all(|(mine, theirs)| mine == theirs)
        }
    }
}

/// Hashes what identifies them, in constant time: where they begin and end, and the fingerprint.
impl Hash for Entries {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.after.0);
        if !self.is_empty() {
            let last = self.log.last.index;
            state.write_u64(last.0);
            state.write_u64(self.log.fingerprint(last).unwrap_or_default());
        }
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = self.entries(self.base.next(), self.last.index.0);
        f.debug_list().entries(entries.iter().map(|(_, entry)| entry)).finish()
    }
}

impl fmt::Debug for Entries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl fmt::Display for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// `7 of term 3`.
impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of term {}", self.index, self.term)
    }
}

impl fmt::Display for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Payload::NoOp => f.write_str("no-op"),
            Payload::Members(members) => write!(f, "cluster: {members}"),
            Payload::Command { command, .. } => write!(f, "{command}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(term: u64) -> Entry {
        Entry { term: Term(term), payload: Payload::NoOp }
    }

    fn log(terms: &[u64]) -> Log {
        let mut log = Log::default();
        terms.iter().for_each(|&term| log.push(entry(term)));
        log
    }

    #[test]
    fn a_copy_keeps_what_it_saw_whatever_becomes_of_the_original() {
        let mut original = log(&[1, 1, 2]);
        let copy = original.clone();
        original.truncate(Index(1));
        original.push(entry(3));
        assert_eq!(copy, log(&[1, 1, 2]));
        assert_eq!(original, log(&[1, 3]));
        assert!(!original.extends(&copy) && !copy.extends(&original));
    }

    #[test]
    fn a_copy_that_goes_on_in_the_same_way_shares_the_memory() {
        let mut original = log(&[1]);
        let mut copy = original.clone();
        original.push(entry(2));
        copy.push(entry(2));
        assert!(copy.is_still(&original));
        copy.push(entry(2));
        assert!(copy.extends(&original) && !original.extends(&copy));
    }

    #[test]
    fn equal_fingerprints_mean_equal_beginnings() {
        let (a, b) = (log(&[1, 1, 2]), log(&[1, 2, 2]));
        assert_eq!(a.fingerprint(Index(1)), b.fingerprint(Index(1)));
        assert_ne!(a.fingerprint(Index(2)), b.fingerprint(Index(2)));
        assert_ne!(a.fingerprint(Index(3)), b.fingerprint(Index(3)));
        assert_eq!(a.fingerprint(Index(4)), None);
    }

    #[test]
    fn the_place_before_the_first_entry_is_in_every_log() {
        for log in [log(&[]), log(&[3])] {
            assert_eq!(log.term(Index(0)), Some(Term(0)));
            assert_eq!(log.get(Index(0)), None);
        }
    }

    #[test]
    fn the_edges_of_a_term_are_found() {
        let log = log(&[1, 1, 1, 4, 4, 5, 5, 6, 6, 6]);
        assert_eq!(log.first_of_term(Index(5)), Index(4));
        assert_eq!(log.first_of_term(Index(3)), Index(1));
        assert_eq!(log.last_of_term(Term(4), Index(10)), Some(Index(5)));
        assert_eq!(log.last_of_term(Term(2), Index(10)), None);
        assert_eq!(log.last_of_term(Term(6), Index(20)), Some(Index(10)));
    }

    #[test]
    fn a_compacted_log_forgets_its_entries_and_goes_on() {
        let whole = log(&[1, 1, 2, 3]);
        let mut compacted = whole.clone();
        compacted.compact(Index(3));
        assert_eq!((compacted.get(Index(3)), compacted.term(Index(3))), (None, Some(Term(2))));
        assert_eq!((compacted.term(Index(2)), compacted.fingerprint(Index(0))), (None, None));
        assert_eq!(compacted.get(Index(4)), Some(entry(3)));
        assert!(compacted.agrees(&whole, Index(1)) && !compacted.is_still(&whole));
        assert_eq!(whole.get(Index(3)), Some(entry(2)), "other copies keep theirs");
    }

    #[test]
    fn a_log_after_a_snapshot_is_as_good_as_the_whole_one() {
        let whole = log(&[1, 1, 2, 3]);
        let last = Position { index: Index(2), term: Term(1) };
        let mut after = Log::after(last, whole.fingerprint(Index(2)).unwrap());
        assert_eq!((after.last_index(), after.term(Index(2))), (Index(2), Some(Term(1))));
        after.push(entry(2));
        after.push(entry(3));
        assert!(after.agrees(&whole, Index(4)) && after == whole);
        after.truncate(Index(3));
        after.push(entry(4));
        assert!(!after.agrees(&whole, Index(4)) && after.agrees(&whole, Index(3)));
    }

    #[test]
    fn a_piece_of_a_log_has_the_entries_that_were_asked_for() {
        let log = log(&[1, 2, 3, 4]);
        let places = |first, count| -> Vec<u64> {
            log.entries(Index(first), count).iter().map(|(index, _)| index.0).collect()
        };
        assert_eq!(places(2, 2), [2, 3]);
        assert_eq!(places(4, 9), [4]);
        assert_eq!(places(5, 9), [0; 0]);
        assert_eq!(log.entries(Index(1), 0).len(), 0);
    }
}
