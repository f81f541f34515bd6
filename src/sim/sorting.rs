//! Sorting in little code.
//!
//! The standard library's sort is compiled anew for each type that is sorted, some 4 kB each time, and
//! most lists here hold a handful of items. This one sorts their places, which are of one type.

use std::cmp::Ordering;

/// Sorts by `compare`. Items that compare equal stay in the order in which they are.
pub fn sort_by<T>(items: &mut [T], mut compare: impl FnMut(&T, &T) -> Ordering) {
    let mut from = places(items.len(), &mut |one, other| compare(&items[one], &items[other]));
    for place in 0..items.len() {
        // What belongs here has moved if its place lies behind: it was swapped to where that one's
        // successor came from.
        while from[place] < place {
            from[place] = from[from[place]];
        }
        items.swap(place, from[place]);
    }
}

/// Sorts from the least upward.
pub fn sort<T: Ord>(items: &mut [T]) {
    sort_by(items, T::cmp);
}

/// The places of so many items in the order of `compare`.
#[inline(never)]
fn places(count: usize, compare: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<usize> {
    let mut places: Vec<usize> = (0..count).collect();
    places.sort_by(|&one, &other| compare(one, other));
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::rng::{Purpose, Rng};

    #[test]
    fn it_sorts_as_the_standard_librarys_stable_sort_does() {
        let mut rng = Rng::new(1, Purpose::Outside(1), 0);
        for count in 0..200 {
            let items: Vec<(u64, usize)> = (0..count).map(|at| (rng.below(20), at)).collect();
            let (mut ours, mut theirs) = (items.clone(), items);
            sort_by(&mut ours, |one, other| other.0.cmp(&one.0));
            theirs.sort_by_key(|item| std::cmp::Reverse(item.0));
            assert_eq!(ours, theirs);
            sort(&mut ours);
            theirs.sort();
            assert_eq!(ours, theirs);
        }
    }
}
