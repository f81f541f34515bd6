//! The buttons over the picture: one for each node, link and message.
//!
//! The stage is one stop for Tab; arrows, digits and letters go from one button to the next.

use std::rc::Rc;

use markup::html;
use yew::prelude::{AttrValue, Callback, FocusEvent, Html, MouseEvent};

use faultline::play::frame::{Point, Ring, Traffic, flight_name, link_name};
use faultline::sim::{Condition, Input, NodeId, Scene};

use crate::ui::dom::classes;
use crate::ui::keys::Command;
use crate::ui::number::decimal;
use crate::ui::parts::{Icon, plain};
use crate::ui::piece::{Piece, keyed};
use crate::ui::shared::Shared;
use crate::ui::state::{GroupEdit, Msg, Selection};

use super::named;
use super::nodes::Face;

#[derive(PartialEq)]
pub struct Controls {
    /// As in [`Stage`](super::Stage).
    pub who: AttrValue,
    pub faces: Vec<Face>,
    pub scene: Shared<Scene>,
    pub traffic: Rc<Traffic>,
    pub ring: Shared<Ring>,
    pub selection: Selection,
    /// Whether a partition is being put together, so that a click flips a node's group.
    pub grouping: bool,
    pub dispatch: Callback<Msg>,
}

impl Piece for Controls {
    fn html(&self) -> Html {
        view(self)
    }
}

fn view(props: &Controls) -> Html {
    let spot = |target: Selection, at: Option<Point>, name: String| Spot {
        at,
        size: None,
        name: named(&props.who, &name),
        title: None,
        selected: props.selection == target,
        target,
        stop: props.selection == target,
        flips: None,
        dispatch: props.dispatch.clone(),
    };
    let ties = props.ring.ties.iter().map(|tie| {
        let target = Selection::Link(tie.a, tie.b);
        let name = link_name(&props.scene, tie.a, tie.b);
        keyed(format!("{}-{}", tie.a, tie.b), spot(target, Some(tie.handle), name))
    });
    let singles = props.traffic.singles.iter().filter_map(|single| {
        props.scene.messages.iter().find(|flight| flight.message.id == single.id)
    });
    let messages = singles.map(|flight| {
        let message = &flight.message;
        let own = spot(Selection::Message(message.id), None, flight_name(flight));
        keyed(message.id, Spot { title: Some(message.text.clone()), ..own })
    });
    let nodes = props.faces.iter().enumerate().map(|(place, face)| {
        let name = match face.group {
            Some('–') => format!("{}, no group: a bridge", face.name),
            Some(group) => format!("{}, group {group}", face.name),
            None => face.name.clone(),
        };
        let own = spot(Selection::Node(face.id), Some(face.seat.at), name);
        // Only one of all is reached by Tab: the selected one, or else the first node.
        let stop = own.stop || props.selection == Selection::Nothing && place == 0;
        let flips = props.grouping.then_some(face.id);
        let size = Some(props.ring.radius * 2.0 + 8.0);
        keyed(face.id, Spot { size, stop, flips, ..own })
    });
    let quick = props.faces.iter().filter_map(|face| {
        let at = face.seat.button?;
        let id = face.id;
        let down = face.condition == Condition::Down;
        let selected = props.selection == Selection::Node(id);
        let dispatch = props.dispatch.clone();
        let who = props.who.clone();
        Some(keyed(id, Quick { who, id, down, selected, at, dispatch }))
    });
    html! {
        <div class="controls">
            { for ties }
            { for messages }
            { for nodes }
            { for quick }
        </div>
    }
}

/// The button over a node, a link or a message.
#[derive(PartialEq)]
struct Spot {
    target: Selection,
    /// Where it is; of a message, the painter says.
    at: Option<Point>,
    /// Its width, unless it is the usual one.
    size: Option<f64>,
    name: String,
    title: Option<String>,
    selected: bool,
    /// Whether Tab stops here.
    stop: bool,
    /// The node whose group a click flips, while a partition is put together.
    flips: Option<NodeId>,
    dispatch: Callback<Msg>,
}

impl Piece for Spot {
    fn html(&self) -> Html {
        let (kind, node, link, hit) = match self.target {
            Selection::Node(id) => ("node-spot", Some(id.to_string()), None, None),
            Selection::Link(a, b) => ("link-spot", None, Some(format!("{a}-{b}")), None),
            Selection::Message(id) => ("message-spot", None, None, Some(id.to_string())),
            Selection::Nothing => return html! {},
        };
        let target = self.target;
        let onfocus = self.dispatch.reform(move |_: FocusEvent| Msg::Select(target));
        html! {
            <button type="button" class={classes!("spot", kind)} ~style={self.style()}
                data-node={node} data-link={link} data-hit={hit}
                tabindex={if self.stop { "0" } else { "-1" }} aria-label={self.name.clone()}
                title={self.title.clone()} aria-pressed={self.selected.to_string()}
                onclick={self.click()} {onfocus} />
        }
    }
}

impl Spot {
    fn style(&self) -> String {
        let at = self.at.map(place).unwrap_or_default();
        match self.size {
            Some(size) => format!("{at};--size:{}px", decimal(size, 0)),
            None => at,
        }
    }

    fn click(&self) -> Callback<MouseEvent> {
        let (target, already, flips) = (self.target, self.selected, self.flips);
        self.dispatch.reform(move |event: MouseEvent| match flips {
            Some(node) => Msg::Groups(GroupEdit::Flip(node)),
            // A click by key has no place: Enter on what is selected already goes to its acts.
            None if already && event.detail() == 0 => Msg::Key(Command::Acts),
            None => Msg::Select(target),
        })
    }
}

fn place(point: Point) -> String {
    format!("transform:translate({}px,{}px)", decimal(point.x, 1), decimal(point.y, 1))
}

/// The button beside a node that kills or restarts it. While the node is selected the tray has the
/// same button, and this one is only for the pointer.
#[derive(PartialEq)]
struct Quick {
    who: AttrValue,
    id: NodeId,
    down: bool,
    selected: bool,
    at: Point,
    dispatch: Callback<Msg>,
}

impl Piece for Quick {
    fn html(&self) -> Html {
        let (verb, class, icon, input) = match self.down {
            false => ("Kill", "kill", Icon::Power, Input::Crash(self.id)),
            true => ("Restart", "restart", Icon::Restart, Input::Restart(self.id)),
        };
        let name = named(&self.who, &format!("{verb} {}", plain(self.id)));
        let onclick = self.dispatch.reform(move |_: MouseEvent| Msg::Act(input.clone()));
        html! {
            <button type="button" class={classes!("spot", "quick", class)} ~style={place(self.at)}
                tabindex="-1" aria-hidden={self.selected.then_some("true")}
                aria-label={name.clone()} title={name} {onclick}>
                { icon.html() }
            </button>
        }
    }
}
