//! Messages on the stage, and the traces of those that ended a moment ago.

use std::rc::Rc;

use crate::ui::dom::classes;
use markup::html;
use yew::prelude::Html;

use crate::ui::piece::{Piece, keyed};

use faultline::play::frame::{
    Flow, Label, Point, Ring, Single, Traffic, initials, kind_words, label_at, loss_at, tag, way,
};
use faultline::sim::trace::{Cause, Loss};
use faultline::sim::view::Envelope;
use faultline::sim::{MsgId, Step};

use crate::ui::parts::{Icon, px};
use crate::ui::shared::Shared;

#[derive(PartialEq)]
pub struct Flights {
    pub traffic: Rc<Traffic>,
    pub ring: Shared<Ring>,
    pub chosen: Option<MsgId>,
}

impl Piece for Flights {
    fn html(&self) -> Html {
        flights(self)
    }
}

/// Every message on its way. Where it is, the painter says.
fn flights(props: &Flights) -> Html {
    let ring = &props.ring;
    html! {
        <g class="flights">
            { for props.traffic.flows.iter().map(|flow| self::flow(flow, ring)) }
            { for props.traffic.singles.iter().map(|single| {
                let selected = props.chosen == Some(single.id);
                keyed(single.id, FlightPicture { single: single.clone(), unit: ring.unit, selected })
            }) }
        </g>
    }
}

/// Many messages in one direction: a stroke that is the wider the more they are, and their number.
fn flow(flow: &Flow, ring: &Ring) -> Html {
    let Flow { from, to, count, kind } = *flow;
    let (a, b) = way(ring, from, to);
    let width = ring.unit * (3.0 + (count.ilog2() * 2) as f64).min(16.0);
    let at = a.towards(b, 0.4);
    let words = format!("{} ×{count}", initials(kind));
    let half = words.chars().count() as f64 * 3.8 * ring.unit + 4.0;
    let (high, u) = (20.0 * ring.unit, ring.unit);
    html! {
        <g key={format!("{from}-{to}")} class="flow">
            <line class="flow-stroke" x1={px(a.x)} y1={px(a.y)} x2={px(b.x)} y2={px(b.y)} stroke-width={px(width)} />
            <line class="flow-dashes" x1={px(a.x)} y1={px(a.y)} x2={px(b.x)} y2={px(b.y)} />
            <g transform={place(at)}>
                <rect class="pill" x={px(-half)} y={px(-high / 2.0)} width={px(half * 2.0)} height={px(high)} rx={px(high / 2.0)} />
                <text class="pill-words" y={px(4.0 * u)}>{ words }</text>
            </g>
        </g>
    }
}

#[derive(PartialEq)]
struct FlightPicture {
    single: Single,
    unit: f64,
    selected: bool,
}

impl Piece for FlightPicture {
    fn html(&self) -> Html {
        flight_picture(self)
    }
}

fn flight_picture(props: &FlightPicture) -> Html {
    let FlightPicture { single, unit, selected } = props;
    let Single { id, tag, fate, label } = single;
    let class = classes!("flight", *fate, selected.then_some("selected"));
    html! {
        <g {class} data-mover={id.0.to_string()}>
            if *selected { <circle class="glow" r={px(20.0 * unit)} /> }
            { pill(tag, *unit) }
            if *fate == Some("dropped") { { Icon::Cross.at(0.0, 0.0, 24.0 * unit) } }
            { words(label.as_ref()) }
        </g>
    }
}

fn words(label: Option<&Label>) -> Option<Html> {
    let Label { below, text } = label?;
    Some(html! { <text class="flight-words" y={px(*below)}>{ text }</text> })
}

fn pill(letters: &str, unit: f64) -> Html {
    let half = unit
        * match letters.len() {
            0..=2 => 13.5,
            3 => 16.0,
            _ => 21.0,
        };
    let high = 19.0 * unit;
    html! {
        <>
            <rect class="pill" x={px(-half)} y={px(-high / 2.0)} width={px(half * 2.0)} height={px(high)} rx={px(high / 2.0)} />
            <text class="pill-words" y={px(4.0 * unit)}>{ letters }</text>
        </>
    }
}

#[derive(PartialEq)]
pub struct Traces {
    pub recent: Shared<Vec<Rc<Step>>>,
    pub ring: Shared<Ring>,
    /// Whether it is one step that is pointed at: then the ways of what it sent are shown, too.
    pub pointed: bool,
}

impl Piece for Traces {
    fn html(&self) -> Html {
        traces(self)
    }
}

/// What became of the messages that ended a moment ago: arrived, or died and of what.
fn traces(props: &Traces) -> Html {
    // While time runs, words that come and go would only flicker.
    let wordy = props.recent.len() == 1;
    html! {
        <g class="traces">
            { for props.recent.iter().filter_map(|step| trace(step, &props.ring, wordy)) }
            { for props.recent.iter().filter(|_| props.pointed).flat_map(|step| {
                step.sent.iter().map(|sent| sending(&sent.message, &props.ring))
            }) }
        </g>
    }
}

fn trace(step: &Step, ring: &Ring, wordy: bool) -> Option<Html> {
    match &step.cause {
        Cause::Deliver(message) => Some(arrival(step.index, message, ring, wordy)),
        Cause::Undelivered { message, why } => Some(death(step.index, message, *why, ring)),
        Cause::Start | Cause::Timer(_) | Cause::Input { .. } | Cause::Held(_) => None,
    }
}

fn arrival(key: u64, message: &Envelope, ring: &Ring, wordy: bool) -> Html {
    let (from, to) = way(ring, message.from, message.to);
    let at = from.towards(to, 0.97);
    let label = wordy.then(|| label_at(ring, at, kind_words(message))).flatten();
    html! {
        <g {key} class="arrival" transform={place(at)}>
            <line class="tail" x1={px(from.x - at.x)} y1={px(from.y - at.y)} x2="0" y2="0" />
            { pill(&tag(message), ring.unit) }
            { words(label.as_ref()) }
        </g>
    }
}

/// The way of a message that the step sent.
fn sending(message: &Envelope, ring: &Ring) -> Html {
    let (from, to) = way(ring, message.from, message.to);
    let at = from.towards(to, 0.2);
    html! {
        <g class="arrival sending" transform={place(at)}>
            <line class="tail" x1="0" y1="0" x2={px(to.x - at.x)} y2={px(to.y - at.y)} />
            { pill(message.kind, ring.unit) }
        </g>
    }
}

fn death(key: u64, message: &Envelope, why: Loss, ring: &Ring) -> Html {
    let (word, share) = loss_at(why);
    let (from, to) = way(ring, message.from, message.to);
    let at = from.towards(to, share);
    let full = label_at(ring, at, format!("{} {word}", message.kind));
    let label = full.or_else(|| label_at(ring, at, word.to_string()));
    html! {
        <g {key} class="death" transform={place(at)}>
            <circle r={px(12.0 * ring.unit)} />
            { Icon::Cross.at(0.0, 0.0, 16.0 * ring.unit) }
            { words(label.as_ref()) }
        </g>
    }
}

fn place(at: Point) -> String {
    format!("translate({} {})", px(at.x), px(at.y))
}
