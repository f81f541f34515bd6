//! The bank at the end of the path: it charges a card once for each purchase, if it looks at keys.

use std::collections::{BTreeMap, VecDeque};

use crate::labs::path::{At, Job, Key, Nature, Outcome, Step};

use super::rules::Rule;
use super::shop::{Note, Pass, Shop, own};

/// So many purchases does the bank remember; a real one would keep them for days.
const KEYS_KEPT: usize = 4_096;

#[derive(Clone, Debug, Default)]
pub struct Bank {
    /// The keys under which each purchase that is remembered was charged.
    charged: BTreeMap<Key, Vec<Key>>,
    order: VecDeque<Key>,
    /// Charges, and those that were not the first for their purchase.
    pub charges: u64,
    pub again: u64,
}

/// What a key of its own adds to that of the purchase: keys end with the number of their client, and
/// there is one.
const OTHER: u64 = 50;

impl Bank {
    /// Another key for the same purchase, as one that does not know better would make it.
    pub fn other_key(key: Key) -> Key {
        Key(key.0 + OTHER)
    }

    /// The purchase for which a key was made: what only those who watch know.
    fn purchase(key: Key) -> Key {
        if key.0 % 100 > OTHER { Key(key.0 - OTHER) } else { key }
    }

    pub fn charge(&mut self, job: &Job<Note>, cx: At<Shop>) -> Step<Pass> {
        let key = job.key;
        if job.nature == Nature::Invalid {
            return Step::Answer(Outcome::Invalid);
        }
        let keys = self.charged.entry(Bank::purchase(key)).or_default();
        let first = keys.is_empty();
        if keys.contains(&key) && !cx.config().printed {
            own(cx, Rule::KnowCharge, || format!("{key} was charged before"));
            return Step::Answer(Outcome::Ok);
        }
        let rule =
            if cx.config().printed && !first { Rule::PrintedChargeAgain } else { Rule::Charge };
        own(cx, rule, || format!("{key}: the card is charged"));
        self.charges += 1;
        self.again += u64::from(!first);
        if !keys.contains(&key) {
            keys.push(key);
        }
        if first {
            self.remember(Bank::purchase(key));
        }
        Step::Answer(Outcome::Ok)
    }

    fn remember(&mut self, purchase: Key) {
        self.order.push_back(purchase);
        if self.order.len() > KEYS_KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.charged.remove(&oldest);
        }
    }
}
