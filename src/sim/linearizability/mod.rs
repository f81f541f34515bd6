//! Is there one order of the operations that explains every answer? Checked while the run goes on.
//!
//! A history is *linearizable* (Herlihy & Wing 1990) if each operation can be given one instant
//! between its invocation and its response at which it takes effect all at once. Each key is an object
//! of its own: a history is linearizable iff it is so key by key (locality, ibid. §3.1).
//!
//! The checker keeps, for each key, every *configuration* that the answers so far allow: what the
//! register holds, and which operations under way have taken effect already, with which answer. An
//! operation is given its instant as late as possible, at the response of one that needs it (just in
//! time, Lowe 2017, after Wing & Gong 1993). If no configuration is left, no order explains the
//! answers.
//!
//! * An operation whose client [gave up](Register) has an unknown outcome: it may take effect at any
//!   later time, or never. It stays under way for good.
//! * That, and many clients at once, can make the configurations many. Beyond [`UNDER_WAY_MAX`] or
//!   [`CONFIGURATIONS_MAX`] the checker gives a key up and says so ([`Verdict::Unknown`]); it never
//!   reports a violation that is none.
//! * Cloning is cheap: the keys share what has not changed, and a key usually has one configuration.
//!
//! ```
//! use faultline::sim::NodeId;
//! use faultline::sim::linearizability::{Act, Answer, OpId, Store};
//!
//! let op = |client, number| OpId { client: NodeId::client(client), number };
//! let mut store: Store<char> = Store::default();
//! store.invoke(op(1, 1), 'x', Act::Put(7));
//! store.respond(op(1, 1), 'x', Answer::Done).unwrap();
//! store.invoke(op(2, 1), 'x', Act::Get);
//! let why = store.respond(op(2, 1), 'x', Answer::Value(None)).unwrap_err();
//! assert_eq!(
//!     why,
//!     "no order of the operations on x explains that c2's get answered nothing: it could only \
//!      answer 7 (done before: c1's put 7 → done; under way: none)"
//! );
//! ```
//!
//! A timed-out operation is [abandoned](Store::abandon) instead of responded to.

mod history;
mod register;

use std::fmt;
use std::rc::Rc;

use super::id::NodeId;

pub use history::{CONFIGURATIONS_MAX, History, Object, UNDER_WAY_MAX, Verdict};
pub use register::{Act, Answer, Register};

/// An operation's name: its client, and a number that the client uses once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OpId {
    pub client: NodeId,
    pub number: u64,
}

/// The history of a key–value store, judged answer by answer.
#[derive(Clone, Debug)]
pub struct Store<K: Ord> {
    /// In the order of the keys. Few, since people type them.
    keys: Vec<(K, Rc<History<Register>>)>,
}

impl<K: Ord + Clone + fmt::Display> Store<K> {
    /// A client begins an operation. An id that is under way already on this key is ignored: a retry
    /// of an operation is the same operation.
    pub fn invoke(&mut self, op: OpId, key: K, act: Act) {
        let place = match self.place(&key) {
            Ok(place) => place,
            Err(place) => {
                self.keys.insert(place, (key, Rc::default()));
                place
            }
        };
        Rc::make_mut(&mut self.keys[place].1).invoke(op, act);
    }

    /// A client has its answer. Says which answer no order explains, once for each key. An answer to
    /// an operation that is not under way, or was abandoned, says nothing and is ignored.
    pub fn respond(&mut self, op: OpId, key: K, answer: Answer) -> Result<(), String> {
        let Ok(place) = self.place(&key) else { return Ok(()) };
        Rc::make_mut(&mut self.keys[place].1).respond(op, &answer, &key)
    }

    /// A client gives up: its operation may take effect at any later time, or never.
    pub fn abandon(&mut self, op: OpId, key: K) {
        if let Ok(place) = self.place(&key) {
            Rc::make_mut(&mut self.keys[place].1).abandon(op);
        }
    }

    /// What is known of a key. One that was never used is [`Verdict::Explained`].
    pub fn verdict(&self, key: &K) -> Verdict {
        self.place(key).map_or(Verdict::Explained, |place| self.keys[place].1.verdict())
    }

    /// The newest operations on a key that were answered, oldest first, and those under way. None once
    /// the key is [`Verdict::Broken`] or given up.
    pub fn operations(&self, key: &K) -> Vec<(OpId, Act, Option<Answer>)> {
        self.place(key).map_or_else(|_| Vec::new(), |place| self.keys[place].1.operations())
    }

    /// The keys that were given up, in order.
    pub fn given_up(&self) -> impl Iterator<Item = &K> {
        let unknown = |(_, history): &&(K, Rc<History<Register>>)| match history.verdict() {
            Verdict::Unknown => true,
            Verdict::Explained | Verdict::Broken => false,
        };
        self.keys.iter().filter(unknown).map(|(key, _)| key)
    }

    /// Where a key is, or would stand.
    fn place(&self, key: &K) -> Result<usize, usize> {
        self.keys.binary_search_by(|(other, _)| other.cmp(key))
    }
}

impl<K: Ord> Default for Store<K> {
    fn default() -> Store<K> {
        Store { keys: Vec::new() }
    }
}

#[cfg(test)]
mod tests;
