//! The only randomness of a world.
//!
//! Each purpose has a stream of its own, and each draw's place in it is a counter: the `n`th message
//! on one link has the same luck whatever happens on the others. So two variants of a protocol, or
//! two futures of one run, can be compared on the same luck. The generator is a named, portable one
//! (xoshiro256++, Blackman and Vigna 2019), seeded by mixing the world's seed with the purpose.

use std::ops::Range;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng as _, RngExt as _, SeedableRng as _};

use super::id::{NodeId, Ppm};
use super::time::Span;

/// What a stream of random numbers is for. Streams of different purposes are independent.
#[derive(Clone, Copy, Debug)]
pub enum Purpose {
    /// The fate and latency of the messages on one directed link.
    Link(NodeId, NodeId),
    /// A node's timers and picks.
    Node(NodeId),
    /// Something outside the world that needs luck of its own, such as a search for failures.
    Outside(u64),
}

/// The `place`th draw of one stream. Cheap to make, so that a world keeps only counters.
pub struct Rng(Xoshiro256PlusPlus);

impl Rng {
    pub fn new(seed: u64, purpose: Purpose, place: u64) -> Rng {
        let stream = match purpose {
            Purpose::Link(from, to) => (1 << 48) | (from.key() << 16) | to.key(),
            Purpose::Node(node) => (2 << 48) | node.key(),
            Purpose::Outside(what) => (3 << 48) ^ what,
        };
        let mixed = mix(mix(mix(seed) ^ stream) ^ place);
        Rng(Xoshiro256PlusPlus::seed_from_u64(mixed))
    }

    /// An even draw from `range`; its start if the range is empty.
    pub fn span(&mut self, range: &Range<Span>) -> Span {
        if range.end <= range.start {
            return range.start;
        }
        Span(self.0.random_range(range.start.0..range.end.0))
    }

    /// An even draw from `0..n`; 0 if `n` is 0.
    pub fn below(&mut self, n: u64) -> u64 {
        if n == 0 { 0 } else { self.0.random_range(0..n) }
    }

    /// True with the given probability. Always takes exactly one draw.
    pub fn chance(&mut self, share: Ppm) -> bool {
        // The top 53 bits scaled to a million: exact, and the same on every machine.
        let draw = (u128::from(self.0.next_u64() >> 11) * 1_000_000) >> 53;
        (draw as u32) < share.0
    }

    /// An even draw from the open interval (0, 1).
    pub fn unit(&mut self) -> f64 {
        ((self.0.next_u64() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    /// A draw from the standard normal distribution (Box and Muller 1958), through `libm` because
    /// the platform's own logarithms and cosines differ.
    pub fn normal(&mut self) -> f64 {
        let (u, v) = (self.unit(), self.unit());
        libm::sqrt(-2.0 * libm::log(u)) * libm::cos(std::f64::consts::TAU * v)
    }
}

/// The finalizer of SplitMix64 (Steele, Lea and Flood 2014): spreads every input bit over the word.
fn mix(x: u64) -> u64 {
    let z = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_place_of_the_same_stream_gives_the_same_draw() {
        let link = Purpose::Link(NodeId::server(1), NodeId::server(2));
        let draw = |purpose, place| Rng::new(7, purpose, place).below(u64::MAX);
        assert_eq!(draw(link, 3), draw(link, 3));
        assert_ne!(draw(link, 3), draw(link, 4));
        let back = Purpose::Link(NodeId::server(2), NodeId::server(1));
        assert_ne!(draw(link, 3), draw(back, 3));
    }

    #[test]
    fn the_generator_is_the_named_one() {
        // The value is fixed: another one would change every shared link.
        let mut rng = Rng::new(42, Purpose::Node(NodeId::server(1)), 0);
        assert_eq!(rng.below(1_000_000), 103_231);
    }

    #[test]
    fn a_share_is_hit_about_as_often_as_it_says() {
        let hits = (0..100_000)
            .filter(|&place| Rng::new(1, Purpose::Outside(0), place).chance(Ppm::percent(20)))
            .count();
        assert!((19_500..20_500).contains(&hits), "{hits}");
        let mut rng = Rng::new(1, Purpose::Outside(1), 0);
        assert!((0..1000).all(|_| rng.chance(Ppm::ALWAYS) && !rng.chance(Ppm::NEVER)));
    }
}
