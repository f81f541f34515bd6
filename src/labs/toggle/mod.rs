//! Feature toggles: less, but not nothing, and a way back.
//!
//! # What it is for
//!
//! A shop's page has recommendations, reviews and a date of delivery, each from a service of its own. When
//! the recommendations fail, the page need not: it can show the best sellers instead. That is *graceful
//! degradation*. A **feature toggle** (Hodgson 2017 calls this kind an *ops toggle*) decides for each
//! feature whether it is had in full, from its service, or in a simple form that always works.
//!
//! # How it works
//!
//! A feature is on if nothing speaks against it, and there are three things that may, kept apart:
//!
//! * **What the operator wants.** `off recommendations` and `on recommendations`, said to the gateway.
//!   Nothing else changes it, and it is asked first.
//! * **How the feature is.** One request's failure is that request's fallback. When half of the last ten
//!   calls failed, it is off for all; after two seconds one request at a time tries whether it is well,
//!   and three successes bring it back. A request that is wrong in itself counts for nothing.
//! * **Whether there is room.** A page takes a thread of the gateway for as long as its features take
//!   together. When threads do not suffice, features are given up until they do: a *brownout* (Klein et
//!   al. 2014). Which one first? What is short is time on a thread, so the one that loses users least
//!   *for each millisecond that it saves*. Worth is counted in points: a whole page is worth a hundred.
//!
//! | feature | takes | in full | simple | loses a ms |
//! |---|---|---|---|---|
//! | recommendations | 60 ms | 30 | 15 | 0.25 |
//! | reviews | 30 ms | 20 | 5 | 0.5 |
//! | delivery | 10 ms | 25 | 5 | 2 |
//!
//! Paying is a feature with an **effect**. The wallet charges at the bank; its fallback, the card, does so
//! too. When the wallet fails nobody knows whether it has charged. So both charge under the purchase's
//! own key, and the bank charges a key once.
//!
//! # What it assumes, and what happens when that fails
//!
//! * **That the simple form needs nobody.** Best sellers, stars and "in a few days" come from the gateway
//!   itself. A fallback that calls the same database is none.
//! * **That the bank remembers.** Its keys are in memory here: a bank that crashes between two charges
//!   forgets the first. So are the operator's words at the gateway.
//! * **That what features cost and are worth is known.** Both are written down (`feature.rs`).
//!
//! # What always holds
//!
//! What the operator has switched off is not called. Health switches off only for as many failures as its
//! settings ask for, and while it tries, one request does. No page ends with an error because a feature
//! fails. No purchase is charged twice. Features are given up in the order chosen.
//!
//! # Where this lab departs from its sources
//!
//! * Klein's brownout sets a probability by control theory. Here whole features go, one a second.
//! * The health of a toggle is a small circuit breaker with a window of calls; the breaker's own lab has
//!   the rest of what is to say about it.
//! * The features of a page are fetched one after the other, so that each costs a thread its own time.
//!
//! # The variants
//!
//! `corrected` and the mutations are `mechanism.rs`. `as-printed` is `printed.rs`, the course's class; its
//! flaws are numbered FT-1 to FT-6 in `rules.txt`. `shop.rs` wires either into the gateway.

mod bank;
mod config;
mod feature;
mod mechanism;
mod message;
mod printed;
mod rules;
mod shop;
mod spec;
#[cfg(test)]
mod tests;
mod variants;
mod view;

use crate::labs::path::{self, Part};
use crate::labs::{Claim, Lab, Run, Running, Scenario, Setup};
use crate::sim::{Roster, World};

use config::Config;
use feature::FEATURES;
use shop::Shop;
use spec::ToggleSpec;

/// The feature toggle lab.
pub static LAB: Lab = Lab {
    id: "toggle",
    title: "Feature toggles",
    summary: "Less is better than nothing, in the right order; and there must be a way back.",
    params: config::PARAMS,
    variants: variants::VARIANTS,
    rules: concat!(include_str!("rules.txt"), include_str!("../path/rules.txt")),
    invariants: spec::INVARIANTS,
    goals: spec::GOALS,
    // A burst is more than the gateway has threads for, and rightly refused.
    recovers_to: "working",
    selectors: spec::SELECTORS,
    commands: &[
        path::REQUEST,
        path::REQUEST_INVALID,
        path::BATCH,
        path::MEND,
        Claim {
            name: "off recommendations|reviews|delivery|wallet",
            means: "The operator does not want this feature. Said to the gateway.",
        },
        Claim {
            name: "on recommendations|reviews|delivery|wallet",
            means: "The operator wants this feature again.",
        },
        Claim {
            name: "register recommendations|reviews|delivery|wallet",
            means: "A deploy registers this feature once more.",
        },
    ],
    faults: &[path::SLOW, path::FAILING, path::PATTERN, path::CAPACITY],
    scenarios: SCENARIOS,
    start,
};

static SCENARIOS: &[Scenario] = &[
    Scenario {
        id: "an-outage-that-costs-little",
        title: "An outage that costs little",
        shows: "The recommendations are down. Pages have the best sellers, nobody waits, and when the \
                service is back so are they.",
        script: include_str!("scenarios/an-outage-that-costs-little.txt"),
    },
    Scenario {
        id: "one-bad-request",
        title: "One bad request",
        shows: "A user who does not exist gets the best sellers. Everybody else notices nothing.",
        script: include_str!("scenarios/one-bad-request.txt"),
    },
    Scenario {
        id: "off-is-off",
        title: "Off is off",
        shows: "The operator switches a feature off. Neither a deploy nor its good health brings it back.",
        script: include_str!("scenarios/off-is-off.txt"),
    },
    Scenario {
        id: "less-room",
        title: "Less room",
        shows: "The gateway has 60 % of its threads left. The recommendations go, and nothing else has to.",
        script: include_str!("scenarios/less-room.txt"),
    },
    Scenario {
        id: "less-room-wrong-order",
        title: "Less room, in the wrong order",
        shows: "What is worth least goes first, whatever it costs: it saves too little, so more must go.",
        script: include_str!("scenarios/less-room-wrong-order.txt"),
    },
    Scenario {
        id: "less-room-all-or-nothing",
        title: "Less room, all or nothing",
        shows: "Nothing is given up. So some users have whole pages, late, and the others none.",
        script: include_str!("scenarios/less-room-all-or-nothing.txt"),
    },
    Scenario {
        id: "charged-once",
        title: "Charged, and failed",
        shows: "The bank is slow: the wallet charges and fails, the card charges too. The key makes it one.",
        script: include_str!("scenarios/charged-once.txt"),
    },
    Scenario {
        id: "as-printed-for-ever",
        title: "As printed: off for ever",
        shows: "One exception, and the course's manager leaves recommendations off, however well they are.",
        script: include_str!("scenarios/as-printed-for-ever.txt"),
    },
    Scenario {
        id: "as-printed-charged-twice",
        title: "As printed: charged twice",
        shows: "The same slow bank, the course's manager, and two charges for each purchase.",
        script: include_str!("scenarios/as-printed-charged-twice.txt"),
    },
];

fn start(setup: &Setup) -> Result<Box<dyn Run>, String> {
    Ok(Box::new(running(setup)))
}

fn running(setup: &Setup) -> Running<Part<Shop>, ToggleSpec> {
    let (config, services) = (Config::new(setup), FEATURES as u8);
    let roster = Roster::new(&[('c', 1), ('g', 1), ('s', services), ('d', 1)]);
    let link = config.link();
    Running::new(World::new(setup.seed, roster, config, link))
}
