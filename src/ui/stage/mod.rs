//! The stage: nodes on a ring, the links between them, and messages on their way.
//!
//! The picture is SVG and says nothing to a screen reader. Over it lie real buttons, made from the same
//! data, which have names, take the focus and are clicked; so the two cannot drift apart.

mod controls;
mod flights;
mod nodes;
mod painter;
mod ties;
mod tray;

use std::rc::Rc;

use markup::html;
use yew::prelude::{AttrValue, Callback, Html, NodeRef};

use crate::ui::piece::{Piece, keyed, piece};

use faultline::play::frame::{
    NodeCard, Ring, SceneExt, node_name, node_states, role_badge, traffic,
};
use faultline::sim::view::SceneNode;
use faultline::sim::{Condition, NodeId, Scene, Step};

use super::number::decimal;
use super::parts::px;
use super::shared::Shared;
use super::state::{Groups, Msg, Selection};

use controls::Controls;
use flights::{Flights, Traces};
use nodes::{Face, NodePicture};
pub use painter::{Painter, Sweep};
use ties::Ties;
pub use tray::{Tray, cut_both, isolation};

#[derive(PartialEq)]
pub struct Stage {
    /// Whose run it shows, where there are several on one page: `Run B`. It stands before every name.
    pub who: AttrValue,
    pub scene: Shared<Scene>,
    pub ring: Shared<Ring>,
    /// The steps whose traces are still to be seen.
    pub recent: Shared<Vec<Rc<Step>>>,
    pub selection: Selection,
    pub groups: Option<Shared<Groups>>,
    /// The node of the step that all views speak of.
    pub lit: Option<NodeId>,
    /// Whether `recent` is one step that is pointed at.
    pub pointed: bool,
    /// Whether time runs: then no words stand beside messages.
    pub moving: bool,
    /// Where its element is, for the painter.
    pub place: NodeRef,
    pub dispatch: Callback<Msg>,
}

impl Piece for Stage {
    fn html(&self) -> Html {
        view(self)
    }
}

fn view(props: &Stage) -> Html {
    let Stage { scene, ring, selection, groups, dispatch, .. } = props;
    let faces = faces(props);
    let (width, height) = (px(ring.width), px(ring.height));
    let view = format!("0 0 {width} {height}");
    let ties = Ties {
        scene: scene.clone(),
        ring: ring.clone(),
        selection: *selection,
        groups: groups.clone(),
    };
    let (radius, unit, detail) = (ring.radius, ring.unit, ring.detail);
    let picture = |face: &Face| NodePicture { face: face.clone(), radius, unit, detail };
    let nodes: Vec<NodePicture> = faces.iter().map(picture).collect();
    let traces =
        Traces { recent: props.recent.clone(), ring: ring.clone(), pointed: props.pointed };
    let chosen = match *selection {
        Selection::Message(id) => Some(id),
        Selection::Nothing | Selection::Node(_) | Selection::Link(..) => None,
    };
    let traffic = Rc::new(traffic(scene, ring, chosen, props.moving));
    let flights = Flights { traffic: traffic.clone(), ring: ring.clone(), chosen };
    let controls = Controls {
        who: props.who.clone(),
        faces,
        scene: scene.clone(),
        traffic,
        ring: ring.clone(),
        selection: *selection,
        grouping: groups.is_some(),
        dispatch: dispatch.clone(),
    };
    html! {
        <div class="stage" data-stage="" ref={props.place.clone()} role="group"
            aria-label={named(&props.who, "Stage")}>
            <svg class="stage-picture" {width} {height} viewBox={view} aria-hidden="true"
                ~style={format!("--u:{}px", decimal(ring.unit, 2))}>
                { hatch() }
                { piece(ties) }
                { for nodes.into_iter().map(|node| keyed(node.face.id, node)) }
                { piece(traces) }
                { piece(flights) }
            </svg>
            { piece(controls) }
            { nobody_left(props) }
        </div>
    }
}

/// A name as it is said where several runs are on one page: `Run B, node 3, leader`.
pub fn named(who: &str, name: &str) -> String {
    if who.is_empty() {
        return name.to_string();
    }
    let mut letters = name.chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    format!("{who}, {}{}", first.into_iter().collect::<String>(), letters.as_str())
}

/// Crossed lines for what is down.
fn hatch() -> Html {
    html! {
        <defs>
            <pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse"
                patternTransform="rotate(45)">
                <line x1="0" y1="0" x2="0" y2="7" class="hatch-line" />
            </pattern>
        </defs>
    }
}

/// What the stage says when nothing can happen any more.
fn nobody_left(props: &Stage) -> Html {
    let down = |node: &SceneNode| node.condition == Condition::Down;
    if props.scene.nodes.is_empty() || !props.scene.nodes.iter().all(down) {
        return html! {};
    }
    html! {
        <p class="stage-empty">{ "All nodes are down. Nothing can happen. Restart one (K)." }</p>
    }
}

fn faces(props: &Stage) -> Vec<Face> {
    let face = |node: &SceneNode| {
        let seat = *props.ring.seat_of(node.id)?;
        let card = NodeCard::new(&props.scene, node);
        Some(Face {
            id: node.id,
            seat,
            look: node.view.look,
            role: node.view.role,
            badge: role_badge(node),
            condition: node.condition,
            standing: node.standing,
            states: node_states(node),
            suspected: !props.scene.suspected_by(node.id).is_empty(),
            word: card.word(node),
            card,
            timer: !node.timers.is_empty() && node.condition != Condition::Down,
            selected: props.selection == Selection::Node(node.id),
            lit: props.lit == Some(node.id),
            group: props.groups.as_ref().and_then(|groups| groups.letter(node.id)),
            name: node_name(&props.scene, node),
        })
    };
    props.scene.nodes.iter().filter_map(face).collect()
}
