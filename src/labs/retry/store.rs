//! The database at the end of the path: it does each request once, if it may look at keys.

use std::collections::{BTreeMap, VecDeque};

use crate::labs::path::{At, Job, Key, Outcome, Step};
use crate::sim::Time;

use super::config::Flaw;
use super::retrier::{Note, Pass, Retrier, is_invalid, own};
use super::rules::Rule;

/// So many requests does the database remember; a real one would keep them for as long as retries may
/// come.
const KEYS_KEPT: usize = 4_096;

#[derive(Clone, Debug, Default)]
pub struct Store {
    /// How often each request was done, of those that are remembered.
    done: BTreeMap<Key, u32>,
    order: VecDeque<Key>,
    /// How many requests were done more than once.
    pub twice: u64,
    /// Contended writes: when the row was last written.
    written: Option<Time>,
    /// Whether the next piece of work raises a TimeoutError.
    pub raises: bool,
}

impl Store {
    /// The work on a request is done: what does it come to?
    pub fn finish(&mut self, job: &Job<Note>, cx: At<Retrier>) -> Step<Pass> {
        let key = job.key;
        if std::mem::take(&mut self.raises) {
            own(cx, Rule::RaiseTimeout, || {
                format!("{key} ends with a TimeoutError of the database")
            });
            return Step::Answer(Outcome::Expired);
        }
        if is_invalid(job) {
            return Step::Answer(Outcome::Invalid);
        }
        if self.done.contains_key(&key) {
            if cx.config().keys && !cx.config().has(Flaw::ForgetsKeys) {
                own(cx, Rule::KnowKey, || format!("{key} was done before"));
                return Step::Answer(Outcome::Ok);
            }
            self.twice += 1;
            own(cx, Rule::DoTwice, || format!("{key} was done before, and is done again"));
        } else if cx.config().optimistic && self.written.is_some_and(|at| at >= job.came) {
            own(cx, Rule::LoseRace, || format!("{key}: the row was written since it was read"));
            return Step::Answer(Outcome::Conflict);
        } else {
            own(cx, Rule::DoIt, || format!("{key} is done"));
        }
        self.written = Some(cx.now());
        self.remember(key);
        Step::Answer(Outcome::Ok)
    }

    fn remember(&mut self, key: Key) {
        let times = self.done.entry(key).or_insert(0);
        *times += 1;
        if *times > 1 {
            return;
        }
        self.order.push_back(key);
        if self.order.len() > KEYS_KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.done.remove(&oldest);
        }
    }
}
