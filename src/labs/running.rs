//! A protocol, its world and its spec, put together as a [`Run`].

use crate::sim::faults::FaultRecord;
use crate::sim::{
    Broken, Input, InputError, NodeId, Protocol, Scene, Service, Spec, Step, StepIndex, Time,
    Violation, World,
};

use super::Run;

/// A world that is watched by a spec.
#[derive(Clone)]
pub struct Running<P: Protocol, S: Spec<P>> {
    world: World<P>,
    spec: S,
    /// The first violation of each invariant.
    violations: Vec<Violation>,
}

impl<P: Protocol, S: Spec<P>> Running<P, S> {
    pub fn new(world: World<P>) -> Running<P, S> {
        let spec = S::new(&world);
        Running { world, spec, violations: Vec::new() }
    }

    pub fn world(&self) -> &World<P> {
        &self.world
    }

    pub fn spec(&self) -> &S {
        &self.spec
    }

    /// Lets the spec look at what just happened. Returns the violation, if this step is the first to
    /// break that invariant.
    fn judge(&mut self) -> Option<Violation> {
        let broken = self.spec.observe(&self.world).err();
        let (spec, world) = (&self.spec, &mut self.world);
        let error = spec.error(world);
        let settle = spec.settle(world);
        world.assess(error, |world| spec.service(world), settle);
        let Broken { invariant, why } = broken?;
        if self.violations.iter().any(|known| known.invariant == invariant) {
            return None;
        }
        let last = self.world.last();
        let violation = Violation { invariant, why, step: last.index, time: last.time };
        self.violations.push(violation.clone());
        Some(violation)
    }

    /// The step that was just recorded, completed with what spec and ledger say of it.
    fn recorded(&mut self) -> Box<Step> {
        let violation = self.judge();
        let mut step = self.world.take_record().expect("the step was recorded");
        step.faults = self.world.ledger().fresh().to_vec();
        step.violation = violation;
        step
    }
}

impl<P: Protocol, S: Spec<P>> Run for Running<P, S> {
    fn now(&self) -> Time {
        self.world.now()
    }

    fn next_at(&self) -> Option<Time> {
        self.world.next_at()
    }

    fn next_step(&self) -> StepIndex {
        self.world.next_step()
    }

    fn step(&mut self) -> Option<Box<Step>> {
        self.world.step(true).then(|| self.recorded())
    }

    fn skip(&mut self) -> bool {
        let stepped = self.world.step(false);
        if stepped {
            self.judge();
        }
        stepped
    }

    fn wait_until(&mut self, time: Time) {
        self.world.wait_until(time);
    }

    fn apply(&mut self, input: &Input) -> Result<Box<Step>, InputError> {
        self.world.apply(input, true)?;
        Ok(self.recorded())
    }

    fn scene(&self) -> Scene {
        let (world, spec) = (&self.world, &self.spec);
        let mut scene = world.scene(&self.violations, spec.service(world));
        for node in &mut scene.nodes {
            node.beliefs = spec.beliefs(world, node.id);
            node.standing = spec.standing(world, node.id);
            node.panels.extend(spec.node_panels(world, node.id));
        }
        scene.error = spec.error(world).map(|error| error.into_owned());
        scene.metrics = spec.metrics(world);
        scene.panels = spec.panels(world);
        scene
    }

    fn holds(&self, goal: &str) -> Option<bool> {
        self.spec.holds(goal, &self.world)
    }

    fn find(&self, selector: &str) -> Option<NodeId> {
        self.spec.find(selector, &self.world)
    }

    fn service(&self) -> Service {
        self.spec.service(&self.world)
    }

    fn violations(&self) -> &[Violation] {
        &self.violations
    }

    fn faults(&self) -> Vec<FaultRecord> {
        self.world.ledger().faults().cloned().collect()
    }

    fn digest(&self) -> String {
        self.world.digest().text()
    }

    fn messages_in_flight(&self) -> usize {
        self.world.in_flight()
    }

    fn snapshot(&self) -> Box<dyn Run> {
        Box::new(self.clone())
    }
}
