//! The features of the shop, and what each is worth to a user.

use crate::sim::{NodeId, Span};

/// Something that a page may have in full, or in a simple form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Feature {
    /// What others bought, from a model that learns. Simple: the best sellers.
    Recommendations,
    /// What others wrote. Simple: the stars that the gateway has cached.
    Reviews,
    /// When it would arrive. Simple: "in a few days".
    Delivery,
    /// Payment with one click. Simple: the form for a card.
    Wallet,
}

pub const FEATURES: usize = 4;

pub const ALL: [Feature; FEATURES] =
    [Feature::Recommendations, Feature::Reviews, Feature::Delivery, Feature::Wallet];

/// The features of a product page, in the order in which they are fetched.
pub const PAGE: [Feature; 3] = [Feature::Recommendations, Feature::Reviews, Feature::Delivery];

/// What a page is worth to a user without any feature, in points: one with all of them has a hundred.
pub const BARE: u64 = 25;

/// What a purchase is worth.
pub const PURCHASE: u64 = 100;

/// What a page with all its features is worth.
pub const WHOLE: u64 = 100;

impl Feature {
    pub fn place(self) -> usize {
        self as usize
    }

    pub fn name(self) -> &'static str {
        match self {
            Feature::Recommendations => "recommendations",
            Feature::Reviews => "reviews",
            Feature::Delivery => "delivery",
            Feature::Wallet => "wallet",
        }
    }

    pub fn named(name: &str) -> Option<Feature> {
        ALL.into_iter().find(|feature| feature.name() == name)
    }

    /// The service that does it.
    pub fn service(self) -> NodeId {
        NodeId::new('s', self as u8 + 1)
    }

    pub fn of_service(node: NodeId) -> Option<Feature> {
        ALL.into_iter().find(|feature| feature.service() == node)
    }

    /// What users have of it, in points: in full, and in its simple form.
    pub fn worth(self) -> (u64, u64) {
        match self {
            Feature::Recommendations => (30, 15),
            Feature::Reviews => (20, 5),
            Feature::Delivery => (25, 5),
            Feature::Wallet => (PURCHASE, 80),
        }
    }

    /// How long its service works on it, on average: so long is a thread of the gateway taken.
    pub fn cost(self) -> Span {
        Span::from_ms(match self {
            Feature::Recommendations => 60,
            Feature::Reviews => 30,
            Feature::Delivery => 10,
            Feature::Wallet => 5,
        })
    }

    /// What a user loses for each millisecond that is saved, in hundredths of a point.
    pub fn loss_per_ms(self) -> u64 {
        let (full, simple) = self.worth();
        (full - simple) * 100_000 / self.cost().us()
    }

    /// What it looks like on the page, in full and in its simple form.
    pub fn looks(self) -> (&'static str, &'static str) {
        match self {
            Feature::Recommendations => ("chosen for you", "best sellers"),
            Feature::Reviews => ("reviews", "stars only"),
            Feature::Delivery => ("arrives on Tuesday", "in a few days"),
            Feature::Wallet => ("one click", "card form"),
        }
    }
}
