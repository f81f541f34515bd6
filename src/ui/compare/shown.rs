//! What is drawn of one run.

use litemap::LiteMap;
use std::rc::Rc;

use web_sys::Element;
use yew::prelude::NodeRef;

use faultline::play::Session;
use faultline::play::WhyLink;
use faultline::play::frame::{Diagram, Ring};
use faultline::sim::{Look, NodeId, Scene, Span, Step, StepIndex, Time, Value};

use crate::ui::browser::{self, SizeWatch};
use crate::ui::shared::Shared;
use crate::ui::stage::Painter;

/// The diagram reads at most so many steps.
const WINDOW_STEPS: u64 = 3_000;
/// At most so many steps leave a trace on a stage.
const TRACES: u64 = 40;

pub struct Shown {
    pub scene: Shared<Scene>,
    pub ring: Shared<Ring>,
    pub recent: Shared<Vec<Rc<Step>>>,
    pub diagram: Shared<Diagram>,
    /// No chain of causes is drawn here.
    pub chain: Shared<Vec<WhyLink>>,
    /// The step that is pointed at.
    pub lit: Option<StepIndex>,
    /// Where stage and diagram are in the page.
    pub places: (NodeRef, NodeRef),
    pub stage_size: (f64, f64),
    pub diagram_size: (f64, f64),
    pub painter: Painter,
    pub watches: Option<[SizeWatch; 2]>,
}

impl Shown {
    pub fn new(session: &Session) -> Shown {
        let scene = session.scene();
        let empty = Diagram::new(Time::ZERO, Time(1), &scene, &[], &LiteMap::new());
        let stage_size = (560.0, 300.0);
        Shown {
            ring: Shared::new(Ring::new(
                &scene.nodes,
                stage_size.0,
                stage_size.1,
                browser::text_unit(),
            )),
            scene: Shared::new(scene),
            recent: Shared::new(Vec::new()),
            diagram: Shared::new(empty),
            chain: Shared::new(Vec::new()),
            lit: None,
            places: Default::default(),
            stage_size,
            diagram_size: (560.0, 180.0),
            painter: Painter::default(),
            watches: None,
        }
    }

    /// The stage as it is now. `glow` is how long an event leaves a trace.
    pub fn refresh_stage(&mut self, session: &mut Session, glow: Span) {
        self.scene = Shared::new(session.scene());
        self.refresh_ring();
        let position = session.position();
        let clock = session.clock();
        let since = session.marks().between(clock - glow, clock).start;
        let first = since.clamp(position.saturating_sub(TRACES), position);
        self.recent = Shared::new(session.steps(first..position));
    }

    pub fn refresh_ring(&mut self) {
        let (width, height) = self.stage_size;
        self.ring.update(Ring::new(&self.scene.nodes, width, height, browser::text_unit()));
    }

    /// The diagram from `from` over `span`, with the moment at which the runs part.
    pub fn refresh_diagram(
        &mut self,
        session: &mut Session,
        looks: &mut LiteMap<&'static str, Look>,
        (from, span): (Time, Span),
        moments: Vec<(Time, String)>,
    ) {
        let to = from + span;
        let mut range = session.marks().between(from, to);
        range.start = range.start.max(range.end.saturating_sub(WINDOW_STEPS));
        let steps = session.steps(range);
        know(looks, &self.scene);
        learn(session, looks, &steps);
        let mut diagram = Diagram::new(from, to, &self.scene, &steps, looks);
        diagram.moments = moments;
        self.diagram = Shared::new(diagram);
    }

    /// The element of the stage, and that of the diagram's surface.
    pub fn elements(&self) -> Option<(Element, Element)> {
        Some((self.places.0.cast::<Element>()?, self.places.1.cast::<Element>()?))
    }

    /// The node of the step that all views of this run speak of.
    pub fn lit_node(&self, session: &Session) -> Option<NodeId> {
        match self.lit {
            Some(step) => session.marks().get(step).and_then(|mark| mark.node),
            None => self.recent.last().and_then(|step| step.node),
        }
    }
}

fn know(looks: &mut LiteMap<&'static str, Look>, scene: &Scene) {
    for node in &scene.nodes {
        looks.insert(node.view.role, node.view.look);
    }
}

/// How a role is drawn is in the scene only: looks at the moment after a node took a new one.
fn learn(session: &mut Session, looks: &mut LiteMap<&'static str, Look>, steps: &[Rc<Step>]) {
    let clock = session.clock();
    let mut moved = false;
    for step in steps {
        let unknown = step.changes.iter().any(|change| match (change.field, &change.new) {
            ("role", Value::Word(role)) => !looks.contains_key(role),
            _ => false,
        });
        if unknown {
            session.seek_step(step.index + 1);
            know(looks, &session.scene());
            moved = true;
        }
    }
    if moved {
        session.seek_time(clock);
    }
}
