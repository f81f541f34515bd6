//! What is drawn in the diagram, and where.

use std::collections::BTreeSet;

use crate::ui::dom::classes;
use markup::html;
use yew::prelude::{Callback, Html, MouseEvent, PointerEvent};

use faultline::play::frame::{
    Diagram, Lane, LanePoint, LaneState, PointKind, Slant, SlantEnd, Stretch, initials,
};
use faultline::sim::view::Fate;
use faultline::sim::{Look, NodeId, Span, Time};

use crate::ui::number::decimal;
use crate::ui::parts::{Icon, px};
use crate::ui::state::{Msg, Selection};

use super::DiagramView;

/// Where time and nodes are on the surface. Time runs right, or down if the surface is narrow.
#[derive(Clone, Copy)]
pub struct Axes {
    down: bool,
    /// The size of the plot: along time, and across it.
    long: f64,
    across: f64,
    /// Where the plot begins on the surface.
    left: f64,
    top: f64,
    /// The room beside the lanes in which faults have their bars; with time down, also the times.
    lead: f64,
    lanes: f64,
}

/// Words stand in slants up to so many; beyond that, the picture says more without.
const WORDS_MAX: usize = 70;

impl Axes {
    pub fn new(diagram: &Diagram, (width, height): (f64, f64)) -> Axes {
        let down = width < 520.0;
        let lanes = diagram.lanes.len().max(1) as f64;
        if down {
            let (left, top, lead) = (0.0, 26.0, 78.0);
            let (long, across) = ((height - top).max(1.0), width.max(1.0));
            Axes { down, long, across, left, top, lead, lanes }
        } else {
            let (left, top, lead) = (44.0, 0.0, 22.0);
            let (long, across) = ((width - left).max(1.0), (height - 20.0).max(1.0));
            Axes { down, long, across, left, top, lead, lanes }
        }
    }

    /// How far along the plot a share of its time is.
    fn along(self, share: f64) -> f64 {
        share.clamp(-1.0, 2.5) * self.long
    }

    /// How far across the plot a lane is.
    fn lane(self, row: usize) -> f64 {
        self.lead + (row as f64 + 0.5) * (self.across - self.lead - 4.0) / self.lanes
    }

    /// A place of the plot from along and across.
    fn at(self, along: f64, across: f64) -> (f64, f64) {
        if self.down { (across, along) } else { (along, across) }
    }

    /// Moves by a share of the time.
    pub fn shift(self, share: f64) -> String {
        let (x, y) = self.at(share * self.long, 0.0);
        format!("translate({} {})", decimal(x, 1), decimal(y, 1))
    }

    /// The share of the time at a place of the surface.
    pub fn share_at(self, x: f64, y: f64) -> f64 {
        let along = if self.down { y - self.top } else { x - self.left };
        along / self.long.max(1.0)
    }

    fn line(self, class: String, from: (f64, f64), to: (f64, f64)) -> Html {
        let ((x1, y1), (x2, y2)) = (self.at(from.0, from.1), self.at(to.0, to.1));
        html! { <line {class} x1={px(x1)} y1={px(y1)} x2={px(x2)} y2={px(y2)} /> }
    }

    fn rect(self, class: String, along: (f64, f64), across: (f64, f64)) -> Html {
        let ((x1, y1), (x2, y2)) = (self.at(along.0, across.0), self.at(along.1, across.1));
        let (width, height) = ((x2 - x1).max(1.0), (y2 - y1).max(1.0));
        html! { <rect {class} x={px(x1)} y={px(y1)} width={px(width)} height={px(height)} /> }
    }

    fn text(self, class: &'static str, along: f64, across: f64, text: String) -> Html {
        let (x, y) = self.at(along, across);
        html! { <text {class} x={px(x)} y={px(y)}>{ text }</text> }
    }
}

/// The whole picture.
pub fn picture(props: &DiagramView) -> Html {
    let diagram = &*props.diagram;
    let axes = Axes::new(diagram, props.size);
    let (width, height) = props.size;
    let (plot_width, plot_height) =
        if axes.down { (axes.across, axes.long) } else { (axes.long, axes.across + 20.0) };
    html! {
        <svg class={classes!("diagram-picture", axes.down.then_some("down"))}
            width={px(width)} height={px(height)} aria-hidden="true">
            { for diagram.lanes.iter().enumerate().map(|(row, lane)| label(props, axes, row, lane)) }
            <svg x={px(axes.left)} y={px(axes.top)} width={px(plot_width)} height={px(plot_height)}>
                <g data-moving="">
                    { for diagram.failing.iter().map(|stretch| failing(diagram, axes, stretch)) }
                    { ticks(diagram, axes) }
                    { faults(diagram, axes) }
                    { for diagram.lanes.iter().enumerate().map(|(row, lane)| life(diagram, axes, row, lane)) }
                    { slants(props, axes) }
                    { for diagram.points.iter().map(|point| mark(props, axes, point)) }
                    { badges(diagram, axes) }
                </g>
                <g data-present="" class="present">
                    { axes.line(classes!("present-line"), (0.0, 0.0), (0.0, axes.across)) }
                </g>
            </svg>
        </svg>
    }
}

fn label(props: &DiagramView, axes: Axes, row: usize, lane: &Lane) -> Html {
    let (x, y) = if axes.down {
        (axes.left + axes.lane(row), 17.0)
    } else {
        (axes.left - 10.0, axes.lane(row) + 5.0)
    };
    let selected = props.selection == Selection::Node(lane.id);
    let apart = axes.lane(1) - axes.lane(0);
    html! {
        <text class={classes!("lane-id", selected.then_some("selected"))} x={px(x)} y={px(y)}
            font-size={px((apart * 0.95).clamp(9.0, 14.0))}>
            { lane.id.to_string() }
        </text>
    }
}

/// Times along the edge, at round distances.
fn ticks(diagram: &Diagram, axes: Axes) -> Html {
    let span = diagram.to.since(diagram.from);
    let per_px = span.us() as f64 / axes.long.max(1.0);
    let step = round_step(per_px * if axes.down { 70.0 } else { 110.0 });
    let first = diagram.from.0.div_ceil(step) * step;
    let times = (0..60)
        .map(|i| Time(first + i * step))
        .take_while(|time| *time <= diagram.to + Span(span.us() / 4));
    html! {
        <g class="ticks">
            { for times.map(|time| {
                let along = axes.along(diagram.share(time));
                html! { <>
                    { axes.line(classes!("tick"), (along, 0.0), (along, axes.across)) }
                    if !axes.down { { axes.text("tick-words", along + 4.0, axes.across + 14.0, tick_words(time)) } }
                    if axes.down { { axes.text("tick-words", along - 4.0, 2.0, tick_words(time)) } }
                </> }
            }) }
        </g>
    }
}

/// 1, 2 or 5 times a power of ten, at least `least` microseconds.
fn round_step(least: f64) -> u64 {
    let mut step = 100;
    loop {
        for factor in [1, 2, 5] {
            if (step * factor) as f64 >= least {
                return step * factor;
            }
        }
        step *= 10;
    }
}

fn tick_words(time: Time) -> String {
    let (secs, ms) = (time.0 / 1_000_000, time.0 / 1_000 % 1_000);
    match time.0 % 1_000 {
        0 if ms == 0 => format!("{secs} s"),
        0 => format!("{secs}.{ms:03} s"),
        us => format!("{secs}.{ms:03}{us:03} s"),
    }
}

fn failing(diagram: &Diagram, axes: Axes, stretch: &Stretch) -> Html {
    let along = (axes.along(diagram.share(stretch.from)), axes.along(diagram.share(stretch.to)));
    let wide = along.1 - along.0 > 70.0 && !axes.down;
    html! {
        <g class="failing">
            { axes.rect(classes!("failing-area"), along, (axes.lead, axes.across)) }
            if wide {
                { axes.text("failing-words", along.0 + 6.0, axes.across - 6.0, stretch.text.clone()) }
            }
        </g>
    }
}

/// One bar for each fault while it is there. Several at once share the room.
fn faults(diagram: &Diagram, axes: Axes) -> Html {
    html! {
        { for diagram.faults.iter().map(|stretch| {
            let from = axes.along(diagram.share(stretch.from));
            let to = axes.along(diagram.share(stretch.to)).max(from + 3.0);
            let room = if axes.down { 0.0 } else { to - from };
            let fits = room > stretch.text.len() as f64 * 7.0 + 10.0;
            html! {
                <g class="fault-bar">
                    <title>{ stretch.text.clone() }</title>
                    { axes.rect(classes!("bar"), (from, to), (axes.lead - 19.0, axes.lead - 4.0)) }
                    if fits { { axes.text("bar-words", from + 6.0, axes.lead - 8.0, stretch.text.clone()) } }
                </g>
            }
        }) }
    }
}

fn life(diagram: &Diagram, axes: Axes, row: usize, lane: &Lane) -> Html {
    let across = axes.lane(row);
    let last = lane.states.len().saturating_sub(1);
    html! {
        <g class="life">
            { for lane.states.iter().enumerate().map(|(place, &(from, to, state))| {
                let start = axes.along(diagram.share(from));
                // The line goes on beyond the edge, for when the window moves.
                let end = axes.along(if place == last { 1.6 } else { diagram.share(to) });
                stretch(axes, state, start, end, across)
            }) }
        </g>
    }
}

/// The texture of a line says the role: double in charge, dashed trying, plain following.
fn stretch(axes: Axes, state: LaneState, start: f64, end: f64, across: f64) -> Html {
    let one = |class: &'static str, off: f64| {
        axes.line(classes!("lane", class), (start, across + off), (end, across + off))
    };
    match state {
        LaneState::Role(Look::Leader) => {
            html! { <>{ one("leader", -2.6) }{ one("leader", 2.6) }</> }
        }
        LaneState::Role(Look::Candidate) => one("candidate", 0.0),
        LaneState::Role(Look::Follower) => one("follower", 0.0),
        LaneState::Role(Look::Client) => one("client", 0.0),
        LaneState::Paused => one("paused", 0.0),
        LaneState::Down => {
            let (x, y) = axes.at(start, across);
            html! { <>{ one("down", 0.0) }<g class="down-mark">{ Icon::Cross.at(x, y, 15.0) }</g></> }
        }
    }
}

fn badges(diagram: &Diagram, axes: Axes) -> Html {
    let busy = diagram.lanes.iter().map(|lane| lane.badges.len()).sum::<usize>() > 60;
    if busy {
        return html! {};
    }
    html! {
        { for diagram.lanes.iter().enumerate().flat_map(|(row, lane)| {
            lane.badges.iter().map(move |(time, value)| {
                let along = axes.along(diagram.share(*time));
                let (x, y) = axes.at(along, axes.lane(row));
                html! { <text class="lane-badge" x={px(x + 3.0)} y={px(y - 7.0)}>{ value.clone() }</text> }
            })
        }) }
    }
}

fn slants(props: &DiagramView, axes: Axes) -> Html {
    let diagram = &*props.diagram;
    let wordy = diagram.slants.len() <= WORDS_MAX;
    let mut named: BTreeSet<(NodeId, &'static str, Time)> = BTreeSet::new();
    html! {
        <g class="slants">
            { for diagram.slants.iter().map(|slant| {
                let first = named.insert((slant.from, slant.kind, slant.sent_at));
                message(props, axes, slant, wordy && first)
            }) }
        </g>
    }
}

fn message(props: &DiagramView, axes: Axes, slant: &Slant, words: bool) -> Html {
    let diagram = &*props.diagram;
    let start = axes.along(diagram.share(slant.sent_at));
    let mut end = axes.along(diagram.share(slant.ends_at));
    let (top, mut bottom) = (axes.lane(diagram.row(slant.from)), axes.lane(diagram.row(slant.to)));
    let selected = props.selection == Selection::Message(slant.id);
    let lit = slant.step.is_some() && slant.step == props.lit;
    let chained = props.chain.iter().any(|link| Some(link.step) == slant.step);
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
    let (word_x, word_y) = axes.at(start + (end - start) * 0.3, top + (bottom - top) * 0.3);
    html! {
        <g {class} onpointerdown={chosen(props, slant)} onmouseenter={light(props, slant.step)}
            onmouseleave={light(props, None)}>
            <title>{ format!("{} {} to {}: {}", slant.kind, slant.from, slant.to, slant.text) }</title>
            { axes.line(classes!("reach"), (start, top), (end, bottom)) }
            { axes.line(classes!("shaft"), (start, top), (end, bottom)) }
            if dead { { Icon::Cross.at(dead_x, dead_y, 12.0) } }
            if !dead { { tip(axes, (start, top), (end, bottom)) } }
            if words || selected || lit {
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

/// A message on its way is selected; of one that has ended, one goes to its end.
fn chosen(props: &DiagramView, slant: &Slant) -> Callback<PointerEvent> {
    let (id, step) = (slant.id, slant.step);
    props.dispatch.reform(move |event: PointerEvent| {
        event.stop_propagation();
        match step {
            Some(step) => Msg::SeekStep(step + 1),
            None => Msg::Select(Selection::Message(id)),
        }
    })
}

fn light(props: &DiagramView, step: Option<u64>) -> Callback<MouseEvent> {
    props.dispatch.reform(move |_: MouseEvent| Msg::Light(step))
}

fn mark(props: &DiagramView, axes: Axes, point: &LanePoint) -> Html {
    let diagram = &*props.diagram;
    let along = axes.along(diagram.share(point.time));
    let across = match point.node {
        Some(node) => axes.lane(diagram.row(node)),
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
    let lit = props.lit == Some(point.step);
    let chained = props.chain.iter().any(|link| link.step == point.step);
    let class = classes!(
        "point",
        kind,
        point.ahead.then_some("ahead"),
        lit.then_some("lit"),
        chained.then_some("chain")
    );
    let (x, y) = axes.at(along, across);
    let position = point.step + 1;
    let seek = props.dispatch.reform(move |event: PointerEvent| {
        event.stop_propagation();
        Msg::SeekStep(position)
    });
    html! {
        <g {class} transform={format!("translate({} {})", px(x), px(y))} onpointerdown={seek}
            onmouseenter={light(props, Some(point.step))} onmouseleave={light(props, None)}>
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
