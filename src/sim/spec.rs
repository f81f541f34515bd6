//! What is checked of a run, apart from the nodes: invariants, goals, selectors, and the service that
//! users see.

use std::borrow::Cow;

use serde::Serialize;

use super::id::{NodeId, StepIndex};
use super::panel::Panel;
use super::protocol::Protocol;
use super::time::{Span, Time};
use super::view::{Belief, Metric, Standing};
use super::world::World;

/// The claims that a lab makes of its protocol. It watches every step from outside and may keep
/// ghost state (every leader of every term, all that was ever committed), which no node can read.
pub trait Spec<P: Protocol>: Clone + 'static {
    fn new(world: &World<P>) -> Self;

    /// Looks at the world after each step and says which invariant is broken, if one is. What the
    /// step did is in [`World::last`]. Called at every step of every run: look at the node that
    /// acted, not at all of them.
    fn observe(&mut self, world: &World<P>) -> Result<(), Broken>;

    /// What is wrong inside the system at this moment, if anything: an *error* in the sense of
    /// Avizienis et al. (2004), the part of the state that may lead to a failure. `None` is also
    /// right while the system has not yet begun to work.
    fn error(&self, world: &World<P>) -> Option<Cow<'static, str>>;

    /// How its users fare at this moment.
    fn service(&self, world: &World<P>) -> Service;

    /// How long after its first effect a fault without consequences counts as masked.
    fn settle(&self, world: &World<P>) -> Span;

    /// Whether a goal holds now; `None` if there is no goal of that name.
    fn holds(&self, goal: &str, world: &World<P>) -> Option<bool>;

    /// The node that a selector means now, as in `leader`; `None` if there is none now.
    fn find(&self, selector: &str, world: &World<P>) -> Option<NodeId>;

    /// What a node believes, beside what is so.
    fn beliefs(&self, world: &World<P>, node: NodeId) -> Vec<Belief>;

    /// What a node is to the group that decides. Nothing where the group is always the same.
    fn standing(&self, _world: &World<P>, _node: NodeId) -> Option<Standing> {
        None
    }

    /// The figures of the run so far, at most four that matter.
    fn metrics(&self, world: &World<P>) -> Vec<Metric>;

    /// The larger things that a node shows which change with the time and not only with its steps, such
    /// as a suspicion that grows. They stand after those of [`Protocol::panels`].
    fn node_panels(&self, _world: &World<P>, _node: NodeId) -> Vec<Panel> {
        Vec::new()
    }

    /// The larger things that are known of the run as a whole, such as a table of what happened.
    /// Called only to draw a scene.
    fn panels(&self, _world: &World<P>) -> Vec<Panel> {
        Vec::new()
    }
}

/// An invariant that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Its name, as in the lab's list.
    pub invariant: &'static str,
    /// The facts that contradict it.
    pub why: String,
}

/// A broken invariant, with its place in the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    pub invariant: &'static str,
    pub why: String,
    pub step: StepIndex,
    pub time: Time,
}

/// The service that users see: the lab's service-level indicator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Service {
    /// Who uses it, in the plural: `clients`, `nodes with a leader`.
    pub users: &'static str,
    pub failing: u32,
    pub total: u32,
    /// Whether this counts as a *failure*: the service deviates from what it should be.
    pub failed: bool,
}
