//! The deterministic world.
//!
//! A [`World`] holds nodes of one [`Protocol`], the links between them and a queue of what is going to
//! happen. [`World::step`] takes the earliest event, lets one node handle it and carries out the
//! effects; [`World::apply`] lets somebody outside disturb it with an [`Input`]. Both tell what
//! happened as a [`Step`]. Nothing else changes a world, and *seed + configuration + inputs* is all
//! that it depends on.
//!
//! * Time is an integer number of microseconds. Events at the same time happen in the order in which
//!   they were scheduled, so the order is total.
//! * Nodes name timers and ranges; the world draws. Each link and each node has a random stream of
//!   its own ([`rng`]), so that what happens on one does not move the luck of another.
//! * A crash is the world's business: the node vanishes, what it [saved](Cx::save) stays, and a
//!   restart is [`Protocol::start`] with that.
//! * What must hold of a protocol is said in a [`Spec`], apart from the node, and checked
//!   after each step; what became of each fault is kept in the [ledger](faults).
//! * Cloning a world is taking a snapshot.

pub mod faults;
pub mod id;
pub mod input;
pub mod linearizability;
pub mod network;
pub mod panel;
pub mod protocol;
pub mod rng;
pub mod shared_vec;
pub mod sorting;
pub mod spec;
pub mod time;
pub mod trace;
pub mod view;
pub mod world;

pub use id::{FaultId, MsgId, NodeId, Ppm, StepIndex};
pub use input::{Input, InputError};
pub use network::{Latency, LinkSettings};
pub use panel::Panel;
pub use protocol::{Cx, Message, Protocol, Roster, exactly};
pub use shared_vec::SharedVec;
pub use spec::{Broken, Service, Spec, Violation};
pub use time::{Span, Time};
pub use trace::{Cause, Change, Digest, Firing, Held, Loss, Sent, Step};
pub use view::{Belief, Condition, Field, Look, Metric, NodeView, Scene, Standing, Value};
pub use world::World;
