//! Messages on the stage, and the traces of those that ended a moment ago.

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::ui::dom::classes;
use markup::html;
use yew::prelude::Html;

use crate::ui::piece::{Piece, keyed};

use faultline::play::frame::{Point, Ring, initials, way};
use faultline::sim::trace::{Cause, Loss};
use faultline::sim::view::{Envelope, Fate};
use faultline::sim::{NodeId, Scene, Step, Time};

use crate::ui::parts::{Icon, px};
use crate::ui::shared::Shared;
use crate::ui::state::Selection;

use super::painter::{CUT_AT, LOST_AT};

#[derive(PartialEq)]
pub struct Flights {
    pub scene: Shared<Scene>,
    pub ring: Shared<Ring>,
    pub selection: Selection,
}

/// At the most so many whole words; beyond that, letters must do.
const WORDS_MAX: usize = 9;

impl Piece for Flights {
    fn html(&self) -> Html {
        flights(self)
    }
}

/// Every message on its way. Where it is, the painter says.
fn flights(props: &Flights) -> Html {
    let mut named: BTreeSet<(NodeId, &'static str, Time)> = BTreeSet::new();
    html! {
        <g class="flights">
            { for props.scene.messages.iter().map(|flight| {
                let message = &flight.message;
                // Messages that were sent together say their name once.
                let first = named.insert((message.from, message.kind, message.sent_at));
                let selected = props.selection == Selection::Message(message.id);
                let words = selected || first && named.len() <= WORDS_MAX;
                let (id, fate) = (message.id.0, shown(flight.fate));
                keyed(id, FlightPicture { id, kind: message.kind, fate, words, selected })
            }) }
        </g>
    }
}

/// What can be seen of a message's fate while it travels. That the link will lose it, nobody knows.
fn shown(fate: Fate) -> Option<&'static str> {
    match fate {
        Fate::Travelling | Fate::Lost | Fate::Cut | Fate::Overflow => None,
        Fate::Waiting => Some("waiting"),
        Fate::Dropped => Some("dropped"),
        Fate::Corrupted => Some("damaged"),
    }
}

#[derive(PartialEq)]
struct FlightPicture {
    id: u64,
    kind: &'static str,
    fate: Option<&'static str>,
    words: bool,
    selected: bool,
}

impl Piece for FlightPicture {
    fn html(&self) -> Html {
        flight_picture(self)
    }
}

fn flight_picture(props: &FlightPicture) -> Html {
    let FlightPicture { id, kind, fate, words, selected } = props;
    let class = classes!("flight", *fate, selected.then_some("selected"));
    html! {
        <g {class} data-mover={id.to_string()}>
            if *selected { <circle class="glow" r="20" /> }
            { pill(kind) }
            if *fate == Some("dropped") { { Icon::Cross.at(0.0, 0.0, 24.0) } }
            if *words {
                <text class="flight-words" y="-14">
                    { *kind }{ fate.map(|fate| format!(" ({fate})")) }
                </text>
            }
        </g>
    }
}

fn pill(kind: &str) -> Html {
    let letters = initials(kind);
    let half = if letters.len() > 2 { 15.0 } else { 12.5 };
    html! {
        <>
            <rect class="pill" x={px(-half)} y="-9" width={px(half * 2.0)} height="18" rx="9" />
            <text class="pill-words" y="4">{ letters }</text>
        </>
    }
}

#[derive(PartialEq)]
pub struct Traces {
    pub recent: Shared<Vec<Rc<Step>>>,
    pub ring: Shared<Ring>,
}

impl Piece for Traces {
    fn html(&self) -> Html {
        traces(self)
    }
}

/// What became of the messages that ended a moment ago: arrived, or died and of what.
fn traces(props: &Traces) -> Html {
    html! {
        <g class="traces">
            { for props.recent.iter().filter_map(|step| trace(step, &props.ring)) }
        </g>
    }
}

fn trace(step: &Step, ring: &Ring) -> Option<Html> {
    match &step.cause {
        Cause::Deliver(message) => Some(arrival(step.index, message, ring)),
        Cause::Undelivered { message, why } => Some(death(step.index, message, *why, ring)),
        Cause::Start | Cause::Timer(_) | Cause::Input { .. } | Cause::Held(_) => None,
    }
}

fn arrival(key: u64, message: &Envelope, ring: &Ring) -> Html {
    let (from, to) = way(ring, message.from, message.to);
    let at = from.towards(to, 0.95);
    html! {
        <g {key} class="arrival" transform={place(at)}>
            <line class="tail" x1={px(from.x - at.x)} y1={px(from.y - at.y)} x2="0" y2="0" />
            { pill(message.kind) }
            <text class="flight-words" y="-14">{ message.kind }</text>
        </g>
    }
}

fn death(key: u64, message: &Envelope, why: Loss, ring: &Ring) -> Html {
    let (word, share) = match why {
        Loss::Lost => ("lost", LOST_AT),
        Loss::Cut => ("cut off", CUT_AT),
        Loss::Dropped => ("dropped", 0.97),
        Loss::Corrupted => ("damaged: rejected", 0.97),
        Loss::Down => ("nobody there", 0.97),
        Loss::Overflow => ("no room", LOST_AT),
    };
    let (from, to) = way(ring, message.from, message.to);
    html! {
        <g {key} class="death" transform={place(from.towards(to, share))}>
            <circle r="12" />
            { Icon::Cross.at(0.0, 0.0, 16.0) }
            <text class="flight-words" y="-17">{ format!("{} {word}", message.kind) }</text>
        </g>
    }
}

fn place(at: Point) -> String {
    format!("translate({} {})", px(at.x), px(at.y))
}
