//! The request path: one topology for many labs.
//!
//! ```text
//! users ─▶ client c1 ─▶ gateway g1 ─▶ service s1 ─▶ … ─▶ database d1
//! ```
//!
//! This is no lab. It is the machinery of all labs that are about requests on their way through
//! services: circuit breakers, retries, bulkheads, load shedding, feature toggles. Every part of a path
//! is a node ([`Part`]) of the same world as Raft's servers, and every request and every answer a
//! message on a link, so that a cut, a loss, a crash, a pause or a slow node does to them what it does
//! to anything else.
//!
//! * A **client** has users, whose requests come as the lab's [`Plan`] says.
//! * A **server** has pools of threads with bounded queues. A thread is taken from the moment at which
//!   work on a request begins until it is answered, waiting for others included. That is what makes a
//!   slow dependency dangerous (Little's law: in use = arrivals a second × seconds each).
//! * A **caller** (a client, or a server that calls further ones) asks the lab's [`Mechanism`] before
//!   and after each call. The mechanism is all that a lab adds.
//!
//! A deadline travels as the time that is left, not as an instant, so that clocks need not agree (as
//! gRPC does it). What a message spends on its way is not subtracted.
//!
//! A part holds nothing durable: after a crash it starts empty, and whoever waits for it finds out by a
//! timeout.

pub mod flow;
mod health;
pub mod load;
pub mod mechanism;
pub mod message;
pub mod meter;
pub mod params;
mod part;
pub mod rule;
pub mod shares;
mod view;

pub use flow::Flow;
pub use load::{Arrivals, Plan, Work};
pub use mechanism::{At, Config, Job, Load, Mechanism, Next, Over, Room, Step, Turned, Verdict};
pub use message::{CallId, Class, Key, Msg, Nature, Nothing, Outcome, Request, Timer};
pub use part::{Part, Pool, unit};
pub use rule::{PathRule, Rule};

use crate::labs::Claim;

/// The commands of every path.
pub const REQUEST: Claim = Claim { name: "request", means: "A user asks for something now." };
pub const REQUEST_INVALID: Claim = Claim {
    name: "request invalid",
    means: "A user asks for something that makes no sense: a 400 is the right answer.",
};
pub const BATCH: Claim = Claim { name: "batch VALUE", means: "So many users ask at once." };
pub const MEND: Claim =
    Claim { name: "mend", means: "The server is neither slow nor failing any more." };

/// The faults of every path.
pub const SLOW: Claim = Claim {
    name: "slow SPAN",
    means: "Every piece of work of this server takes so much longer, until it is mended.",
};
pub const FAILING: Claim = Claim {
    name: "failing SHARE",
    means: "This share of the server's work fails, as in 80%, until it is mended.",
};
pub const PATTERN: Claim = Claim {
    name: "pattern FFFFS",
    means: "The server's work fails (F) and succeeds (S) in this order, again and again.",
};
pub const CAPACITY: Claim = Claim {
    name: "capacity SHARE",
    means: "Only this share of the server's threads is left, as in 60%, until it is mended.",
};
