//! Messages and events in the diagram.

use markup::html;
use yew::prelude::{Callback, Html, PointerEvent};

use faultline::play::frame::{LanePoint, PointKind, Slant, SlantEnd, initials};
use faultline::sim::view::Fate;
use faultline::sim::{NodeId, Time};

use crate::ui::dom::classes;
use crate::ui::parts::{Icon, px};
use crate::ui::piece::{Piece, keyed};
use crate::ui::state::{Msg, Selection};

use super::DiagramView;
use super::axes::Axes;

/// Words stand in slants up to so many; beyond that, the picture says more without.
const WORDS_MAX: usize = 70;

pub fn slants(props: &DiagramView, axes: Axes) -> Html {
    let diagram = &*props.diagram;
    // Words that would lie over the next line say nothing.
    let unit = axes.unit;
    let wordy = diagram.slants.len() <= WORDS_MAX && axes.lane(1) - axes.lane(0) > 14.0 * unit;
    let mut named: Vec<(NodeId, &'static str, Time)> = Vec::new();
    let mut taken: Vec<(f64, f64)> = Vec::new();
    let mut is_free = |slant: &Slant| {
        let (x, y) = word_place(&axes, slant, diagram.row(slant.from), diagram.row(slant.to));
        let (wide, high) = (WORD.0 * unit, WORD.1 * unit);
        let free = taken.iter().all(|at| (at.0 - x).abs() > wide || (at.1 - y).abs() > high);
        if free {
            taken.push((x, y));
        }
        free
    };
    html! {
        <g class="slants">
            { for diagram.slants.iter().map(|slant| {
                let name = (slant.from, slant.kind, slant.sent_at);
                let first = wordy && !named.contains(&name);
                named.push(name);
                let words = first && is_free(slant);
                keyed(slant.id, SlantPicture {
                    slant: slant.clone(),
                    lanes: (diagram.row(slant.from), diagram.row(slant.to)),
                    axes: axes.fixed(),
                    words,
                    selected: props.selection == Selection::Message(slant.id),
                    lit: props.lit.is_some() && (slant.step == props.lit || slant.sent_in == props.lit),
                    chained: props.chain.iter().any(|link| Some(link.step) == slant.step),
                    dispatch: props.dispatch.clone(),
                })
            }) }
        </g>
    }
}

/// How far apart two words stand at least, at the usual text size.
const WORD: (f64, f64) = (26.0, 11.0);

/// Where a message's letters stand: nearer to its beginning, so that they do not meet in the middle.
fn word_place(axes: &Axes, slant: &Slant, from: usize, to: usize) -> (f64, f64) {
    let (start, end) = (axes.along(slant.sent_at), axes.along(slant.ends_at));
    let (top, bottom) = (axes.lane(from), axes.lane(to));
    axes.at(start + (end - start) * 0.3, top + (bottom - top) * 0.3)
}

/// One message. It is drawn again only when something of it has changed.
#[derive(PartialEq)]
struct SlantPicture {
    slant: Slant,
    /// The rows of its sender and its receiver.
    lanes: (usize, usize),
    axes: Axes,
    words: bool,
    selected: bool,
    lit: bool,
    chained: bool,
    dispatch: Callback<Msg>,
}

impl Piece for SlantPicture {
    fn html(&self) -> Html {
        message(self)
    }
}

fn message(picture: &SlantPicture) -> Html {
    let SlantPicture { slant, axes, words, selected, lit, chained, .. } = picture;
    let start = axes.along(slant.sent_at);
    let mut end = axes.along(slant.ends_at);
    let (top, mut bottom) = (axes.lane(picture.lanes.0), axes.lane(picture.lanes.1));
    let (class, dead) = match slant.end {
        SlantEnd::Arrived => ("arrived", false),
        SlantEnd::Lost(_) => ("lost", true),
        SlantEnd::Flying(Fate::Dropped | Fate::Corrupted) => ("lost", false),
        SlantEnd::Flying(
            Fate::Travelling | Fate::Waiting | Fate::Lost | Fate::Cut | Fate::Overflow,
        ) => ("flying", false),
    };
    if dead {
        // It never got there.
        end = start + (end - start) * 0.8;
        bottom = top + (bottom - top) * 0.8;
    }
    let class = classes!(
        "slant",
        class,
        slant.ahead.then_some("ahead"),
        selected.then_some("selected"),
        lit.then_some("lit"),
        chained.then_some("chain")
    );
    let (dead_x, dead_y) = axes.at(end, bottom);
    let (word_x, word_y) = word_place(axes, slant, picture.lanes.0, picture.lanes.1);
    html! {
        <g {class} onpointerdown={chosen(picture)} data-step={slant.step.or(slant.sent_in).map(|step| step.to_string())}>
            <title>{ format!("{} {} to {}: {}", slant.kind, slant.from, slant.to, slant.text) }</title>
            { axes.line(classes!("reach"), (start, top), (end, bottom)) }
            { axes.line(classes!("shaft"), (start, top), (end, bottom)) }
            if dead { { Icon::Cross.at(dead_x, dead_y, 12.0) } }
            if !dead { { tip(*axes, (start, top), (end, bottom)) } }
            if *words || *selected || *lit {
                <text class="slant-words" x={px(word_x)} y={px(word_y)}>{ initials(slant.kind) }</text>
            }
        </g>
    }
}

/// A small arrow head at a slant's end.
fn tip(axes: Axes, from: (f64, f64), to: (f64, f64)) -> Html {
    let ((x1, y1), (x2, y2)) = (axes.at(from.0, from.1), axes.at(to.0, to.1));
    let length = ((x2 - x1) * (x2 - x1) + (y2 - y1) * (y2 - y1)).sqrt().max(1.0);
    let (ux, uy) = ((x2 - x1) / length, (y2 - y1) / length);
    let (ex, ey) = (x2 - ux * 3.0, y2 - uy * 3.0);
    let wing = |side: f64| {
        format!("{} {}", px(ex - ux * 7.0 - uy * 3.5 * side), px(ey - uy * 7.0 + ux * 3.5 * side))
    };
    html! { <path class="tip" d={format!("M{} {} L{} L{}Z", px(ex), px(ey), wing(1.0), wing(-1.0))} /> }
}

/// The message is selected; if it has ended, time goes back to when it was on its way.
fn chosen(picture: &SlantPicture) -> Callback<PointerEvent> {
    let id = picture.slant.id;
    picture.dispatch.reform(move |event: PointerEvent| {
        event.stop_propagation();
        Msg::Choose(id)
    })
}

/// What happened at one node and one moment.
pub fn points(props: &DiagramView, axes: Axes) -> Html {
    let diagram = &*props.diagram;
    html! {
        <g class="points">
            { for diagram.points.iter().map(|point| {
                let violation = point.kind == PointKind::Violation;
                keyed(format!("{}{violation}", point.step), PointPicture {
                    point: point.clone(),
                    lane: point.node.map(|node| diagram.row(node)),
                    axes: axes.fixed(),
                    lit: props.lit == Some(point.step),
                    chained: props.chain.iter().any(|link| link.step == point.step),
                    dispatch: props.dispatch.clone(),
                })
            }) }
        </g>
    }
}

/// One event. It is drawn again only when something of it has changed.
#[derive(PartialEq)]
struct PointPicture {
    point: LanePoint,
    lane: Option<usize>,
    axes: Axes,
    lit: bool,
    chained: bool,
    dispatch: Callback<Msg>,
}

impl Piece for PointPicture {
    fn html(&self) -> Html {
        mark(self)
    }
}

fn mark(picture: &PointPicture) -> Html {
    let PointPicture { point, axes, lit, chained, .. } = picture;
    let along = axes.along(point.time);
    let across = match picture.lane {
        Some(row) => axes.lane(row),
        None => axes.lead - 11.0,
    };
    let (kind, size) = match point.kind {
        PointKind::Timer => ("timer", 4.0),
        PointKind::Input => ("input", 7.0),
        PointKind::Start => ("start", 4.0),
        PointKind::Held => ("held", 4.0),
        PointKind::Arrival => ("arrival", 2.8),
        PointKind::Violation => ("violation", 9.0),
    };
    let class = classes!(
        "point",
        kind,
        point.ahead.then_some("ahead"),
        lit.then_some("lit"),
        chained.then_some("chain")
    );
    let (x, y) = axes.at(along, across);
    let (step, is_act) = (point.step, point.kind == PointKind::Input);
    let seek = picture.dispatch.reform(move |event: PointerEvent| {
        event.stop_propagation();
        // What somebody did can be dragged to another time.
        if is_act { Msg::Grab(step) } else { Msg::SeekStep(step + 1) }
    });
    html! {
        <g {class} transform={format!("translate({} {})", px(x), px(y))} onpointerdown={seek} data-step={step.to_string()}>
            <title>{ point.text.clone() }</title>
            <circle class="reach" r="9" />
            { shape(point.kind, size) }
        </g>
    }
}

fn shape(kind: PointKind, size: f64) -> Html {
    match kind {
        PointKind::Input => Icon::Bolt.at(0.0, 0.0, size * 2.4),
        PointKind::Violation => Icon::Warning.at(0.0, -14.0, size * 2.0),
        PointKind::Timer => html! {
            <path class="dot" d={format!("M{0} 0 L0 {0} L-{0} 0 L0 -{0}Z", px(size))} />
        },
        PointKind::Start | PointKind::Held | PointKind::Arrival => {
            html! { <circle class="dot" r={px(size)} /> }
        }
    }
}
