//! A list that only grows or is cut short, and whose copies share what they have in common.
//!
//! A snapshot copies the whole history of a run, and a run of 100,000 steps has hundreds of them. So
//! the items lie in chunks; a copy shares the chunks, and whoever goes on writes a new last one.

use std::ops::{Index, Range};
use std::rc::Rc;

/// Items lie in chunks of so many. All chunks but the last are full.
const CHUNK: usize = 128;

/// A list whose copies share their chunks.
#[derive(Clone, Debug, PartialEq)]
pub struct SharedVec<T> {
    chunks: Vec<Rc<Vec<T>>>,
    len: usize,
}

impl<T: Clone> SharedVec<T> {
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub fn get(&self, place: usize) -> Option<&T> {
        self.chunks.get(place / CHUNK)?.get(place % CHUNK)
    }

    pub fn last(&self) -> Option<&T> {
        self.chunks.last()?.last()
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + ExactSizeIterator {
        self.range(0..self.len)
    }

    /// The items at these places. Panics if there are not so many.
    pub fn range(
        &self,
        places: Range<usize>,
    ) -> impl DoubleEndedIterator<Item = &T> + ExactSizeIterator {
        places.map(|place| &self[place])
    }

    /// How many items stand at the beginning of which `is_before` holds. It must hold of none that
    /// stands after one of which it does not.
    pub fn partition_point(&self, is_before: impl Fn(&T) -> bool) -> usize {
        let (mut start, mut end) = (0, self.len);
        while start < end {
            let middle = start + (end - start) / 2;
            if is_before(&self[middle]) { start = middle + 1 } else { end = middle }
        }
        start
    }

    pub fn push(&mut self, item: T) {
        match self.chunks.last_mut() {
            Some(last) if last.len() < CHUNK => Rc::make_mut(last).push(item),
            Some(_) | None => self.chunks.push(Rc::new(vec![item])),
        }
        self.len += 1;
    }

    /// Puts an item at a place near the end; those that stand there move on.
    pub fn insert(&mut self, place: usize, item: T) {
        let after: Vec<T> = self.range(place..self.len).cloned().collect();
        self.truncate(place);
        self.push(item);
        for item in after {
            self.push(item);
        }
    }

    /// Takes the last item away.
    pub fn pop(&mut self) {
        self.truncate(self.len.saturating_sub(1));
    }

    /// Keeps the first `len` items at most.
    pub fn truncate(&mut self, len: usize) {
        if len >= self.len {
            return;
        }
        self.chunks.truncate(len.div_ceil(CHUNK));
        self.len = len;
        if let Some(last) = self.chunks.last_mut()
            && !len.is_multiple_of(CHUNK)
        {
            Rc::make_mut(last).truncate(len % CHUNK);
        }
    }
}

impl<T> Default for SharedVec<T> {
    fn default() -> SharedVec<T> {
        SharedVec { chunks: Vec::new(), len: 0 }
    }
}

impl<T: Clone> Index<usize> for SharedVec<T> {
    type Output = T;
    fn index(&self, place: usize) -> &T {
        &self.chunks[place / CHUNK][place % CHUNK]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::rng::{Purpose, Rng};

    fn of(list: &SharedVec<u64>) -> Vec<u64> {
        list.iter().copied().collect()
    }

    #[test]
    fn it_holds_what_a_plain_vector_holds_and_copies_go_their_own_ways() {
        let mut lists = vec![(SharedVec::default(), Vec::new())];
        for place in 0..3_000 {
            let mut rng = Rng::new(5, Purpose::Outside(0), place);
            let count = lists.len();
            let which = rng.below(count as u64) as usize;
            let (list, plain) = &mut lists[which];
            match rng.below(20) {
                0 => {
                    let len = plain.len() - plain.len().min(rng.below(300) as usize);
                    list.truncate(len);
                    plain.truncate(len);
                }
                1 => {
                    let at = plain.len() - plain.len().min(rng.below(200) as usize);
                    list.insert(at, place);
                    plain.insert(at, place);
                }
                2 => {
                    list.pop();
                    plain.pop();
                }
                3 if count < 8 => {
                    let copy = (list.clone(), plain.clone());
                    lists.push(copy);
                }
                _ => {
                    for item in 0..rng.below(20) {
                        list.push(item);
                        plain.push(item);
                    }
                }
            }
            let (list, plain) = &lists[which];
            assert_eq!((list.len(), list.last()), (plain.len(), plain.last()));
        }
        assert!(lists.iter().any(|(list, _)| list.len() > 3 * CHUNK));
        for (list, plain) in &lists {
            assert_eq!(&of(list), plain);
            assert_eq!(list.get(plain.len()), None);
        }
    }

    #[test]
    fn a_copy_shares_the_chunks_that_are_full() {
        let mut list = SharedVec::default();
        (0..3 * CHUNK as u64 + 1).for_each(|item| list.push(item));
        let mut copy = list.clone();
        copy.push(0);
        let shared = |at: usize| Rc::ptr_eq(&list.chunks[at], &copy.chunks[at]);
        assert!(shared(0) && shared(1) && shared(2) && !shared(3));
        assert_eq!(list.len() + 1, copy.len());
    }

    #[test]
    fn the_partition_point_is_where_the_first_other_one_stands() {
        let mut list = SharedVec::default();
        (0..500_u64).for_each(|item| list.push(item / 2));
        assert_eq!(list.partition_point(|item| *item < 100), 200);
        assert_eq!(list.partition_point(|_| true), 500);
        assert_eq!(list.partition_point(|_| false), 0);
    }
}
