//! The buttons over the picture: one for each node, link and message.
//!
//! The stage is one stop for Tab; arrows, digits and letters go from one button to the next.

use crate::ui::dom::classes;
use markup::html;
use yew::prelude::{Callback, FocusEvent, Html, MouseEvent};

use crate::ui::piece::Piece;

use faultline::play::frame::{Point, Ring, flight_name, link_name};
use faultline::sim::{Condition, Input, Scene};

use crate::ui::number::decimal;
use crate::ui::parts::Icon;
use crate::ui::shared::Shared;
use crate::ui::state::{GroupEdit, Msg, Selection};

use super::nodes::Face;

#[derive(PartialEq)]
pub struct Controls {
    pub faces: Vec<Face>,
    pub scene: Shared<Scene>,
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
    html! {
        <div class="controls">
            { for props.ring.ties.iter().map(|tie| link(props, tie)) }
            { for props.scene.messages.iter().map(|flight| message(props, flight)) }
            { for props.faces.iter().enumerate().map(|(place, face)| node(props, face, place)) }
            { for props.faces.iter().map(|face| quick(props, face)) }
        </div>
    }
}

/// Only one of all is reached by Tab: the selected one, or else the first node.
fn tab_stop(props: &Controls, own: Selection, first: bool) -> &'static str {
    let nothing = props.selection == Selection::Nothing;
    if props.selection == own || nothing && first { "0" } else { "-1" }
}

/// Selecting again what is selected goes to its acts, as Enter does.
fn chosen(props: &Controls, own: Selection) -> Callback<MouseEvent> {
    let already = props.selection == own;
    props.dispatch.reform(move |event: MouseEvent| {
        // A click by key has no place: Enter on a node that has the focus.
        if already && event.detail() == 0 {
            Msg::Key(crate::ui::keys::Command::Acts)
        } else {
            Msg::Select(own)
        }
    })
}

fn focused(props: &Controls, own: Selection) -> Callback<FocusEvent> {
    props.dispatch.reform(move |_| Msg::Select(own))
}

fn at(point: Point) -> String {
    format!("transform:translate({}px,{}px)", decimal(point.x, 1), decimal(point.y, 1))
}

fn node(props: &Controls, face: &Face, place: usize) -> Html {
    let own = Selection::Node(face.id);
    let id = face.id;
    let onclick = if props.grouping && !face.seat.outside {
        props.dispatch.reform(move |_| Msg::Groups(GroupEdit::Flip(id)))
    } else {
        chosen(props, own)
    };
    let name = match face.group {
        Some(group) => format!("{}, group {group}", face.name),
        None => face.name.clone(),
    };
    let size = decimal(props.ring.radius * 2.0 + 8.0, 0);
    let size = format!("{};--size:{size}px", at(face.seat.at));
    html! {
        <button key={format!("node-{id}")} type="button" class="spot node-spot" ~style={size}
            data-node={id.to_string()} tabindex={tab_stop(props, own, place == 0)}
            aria-label={name} aria-pressed={(props.selection == own).to_string()}
            {onclick} onfocus={focused(props, own)} />
    }
}

/// The button beside a node that kills or restarts it. While the node is selected the tray has the
/// same button, and this one is only for the pointer.
fn quick(props: &Controls, face: &Face) -> Html {
    let id = face.id;
    let (verb, icon, input) = match face.condition {
        Condition::Up | Condition::Paused => ("Kill", Icon::Power, Input::Crash(id)),
        Condition::Down => ("Restart", Icon::Restart, Input::Restart(id)),
    };
    let selected = props.selection == Selection::Node(id);
    let name = format!("{verb} {}", crate::ui::parts::plain(id));
    let onclick = props.dispatch.reform(move |_| Msg::Act(input.clone()));
    html! {
        <button key={format!("quick-{id}")} type="button" class={classes!("spot", "quick", verb.to_ascii_lowercase())}
            ~style={at(face.seat.button)} tabindex="-1" aria-hidden={selected.then_some("true")}
            aria-label={name.clone()} title={name} {onclick}>
            { icon.html() }
        </button>
    }
}

fn link(props: &Controls, tie: &faultline::play::frame::Tie) -> Html {
    let (a, b) = (tie.a, tie.b);
    let own = Selection::Link(a, b);
    html! {
        <button key={format!("link-{a}-{b}")} type="button" class="spot link-spot" ~style={at(tie.handle)}
            data-link={format!("{a}-{b}")} tabindex={tab_stop(props, own, false)}
            aria-label={link_name(&props.scene, a, b)}
            aria-pressed={(props.selection == own).to_string()}
            onclick={chosen(props, own)} onfocus={focused(props, own)} />
    }
}

fn message(props: &Controls, flight: &faultline::sim::view::Flight) -> Html {
    let id = flight.message.id;
    let own = Selection::Message(id);
    html! {
        <button key={format!("message-{id}")} type="button" class="spot message-spot"
            data-hit={id.to_string()} tabindex={tab_stop(props, own, false)}
            aria-label={flight_name(flight)} title={flight.message.text.clone()}
            aria-pressed={(props.selection == own).to_string()}
            onclick={chosen(props, own)} onfocus={focused(props, own)} />
    }
}
