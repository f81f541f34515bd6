//! What is drawn in the diagram, and where.

use markup::html;
use yew::prelude::Html;

use faultline::play::frame::{Diagram, Lane, LaneState, Stretch};
use faultline::sim::{Look, Span, Time};

use crate::ui::dom::classes;
use crate::ui::parts::{Icon, px};
use crate::ui::state::Selection;

use super::DiagramView;
use super::axes::{Axes, BOTTOM};
use super::hold::{cursor, dragged};
use super::slants::{points, slants};

/// The whole picture.
pub fn picture(props: &DiagramView) -> Html {
    let diagram = &*props.diagram;
    let axes = Axes::new(diagram, props.size);
    let (width, height) = props.size;
    let (plot_width, plot_height) =
        if axes.down { (axes.across, axes.long) } else { (axes.long, axes.across + BOTTOM) };
    html! {
        <svg class={classes!("diagram-picture", axes.down.then_some("down"))}
            width={px(width)} height={px(height)} aria-hidden="true">
            { hatch() }
            { for diagram.lanes.iter().enumerate().map(|(row, lane)| label(props, axes, row, lane)) }
            <svg x={px(axes.left)} y={px(axes.top)} width={px(plot_width)} height={px(plot_height)}>
                <g data-moving="">
                    { for diagram.failing.iter().map(|stretch| failing(axes, stretch)) }
                    { bands(diagram, axes) }
                    { ticks(diagram, axes) }
                    { faults(diagram, axes) }
                    { for diagram.lanes.iter().enumerate().map(|(row, lane)| life(diagram, axes, row, lane)) }
                    { slants(props, axes) }
                    { points(props, axes) }
                    { badges(diagram, axes) }
                    { cursor(props, axes) }
                    { dragged(props, axes) }
                    { moments(diagram, axes) }
                </g>
                <g data-present="" class="present">
                    { axes.line(classes!("present-line"), (0.0, 0.0), (0.0, axes.across)) }
                </g>
            </svg>
        </svg>
    }
}

/// The lines of a band.
fn hatch() -> Html {
    html! {
        <defs>
            <pattern id="band" width="9" height="9" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
                <line x1="0" y1="0" x2="0" y2="9" class="band-line" />
            </pattern>
        </defs>
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
            font-size={px((apart * 0.95).clamp(9.0, 14.0 * axes.unit))}>
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
                let along = axes.along(time);
                html! { <>
                    { axes.line(classes!("tick"), (along, 0.0), (along, axes.across)) }
                    if !axes.down { { axes.text("tick-words", along + 4.0, axes.across + 15.0, tick_words(time)) } }
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

fn failing(axes: Axes, stretch: &Stretch) -> Html {
    let along = (axes.near(stretch.from), axes.near(stretch.to));
    let wide = along.1 - along.0 > if axes.down { 22.0 } else { 70.0 * axes.unit };
    // Where time runs down the words stand at its beginning, else at the foot.
    let (words_along, words_across) = match axes.down {
        true => (along.0 + 14.0, axes.lead + 4.0),
        false => (along.0 + 6.0, axes.across - 6.0),
    };
    html! {
        <g class="failing">
            { axes.rect(classes!("failing-area"), along, (axes.lead, axes.across)) }
            if wide {
                { axes.text("failing-words", words_along, words_across, stretch.text.clone()) }
            }
        </g>
    }
}

/// While nodes are kept apart, hatched over all lanes.
fn bands(diagram: &Diagram, axes: Axes) -> Html {
    let apart = diagram.faults.iter().filter(|stretch| stretch.apart);
    html! {
        { for apart.map(|stretch| {
            let along = (axes.near(stretch.from), axes.near(stretch.to));
            html! {
                <g class="band" fill="url(#band)">{ axes.rect(classes!("apart"), along, (axes.lead, axes.across)) }</g>
            }
        }) }
    }
}

/// One bar for each fault while it is there. Several at once share the room.
fn faults(diagram: &Diagram, axes: Axes) -> Html {
    html! {
        { for diagram.faults.iter().map(|stretch| {
            let from = axes.near(stretch.from);
            let to = axes.near(stretch.to).max(from + 3.0);
            let room = if axes.down { 0.0 } else { to - from };
            let fits = room > stretch.text.len() as f64 * 7.0 * axes.unit + 10.0;
            html! {
                <g class="fault-bar">
                    <title>{ stretch.text.clone() }</title>
                    { axes.rect(classes!("bar"), (from, to), (axes.lead - 19.0 * axes.unit, axes.lead - 4.0)) }
                    if fits { { axes.text("bar-words", from + 6.0, axes.lead - 4.0 - 4.0 * axes.unit, stretch.text.clone()) } }
                </g>
            }
        }) }
    }
}

/// A line across all lanes for each moment that is marked.
fn moments(diagram: &Diagram, axes: Axes) -> Html {
    html! {
        { for diagram.moments.iter().map(|(time, words)| {
            let along = axes.along(*time);
            html! {
                <g class="moment">
                    { axes.line(classes!("moment-line"), (along, 0.0), (along, axes.across)) }
                    if !axes.down { { axes.text("moment-words", along + 5.0, 12.0, words.clone()) } }
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
                let start = axes.near(from);
                // The line goes on beyond the edge, for when the window moves.
                let beyond = to + diagram.to.since(diagram.from);
                let end = axes.near(if place == last { beyond } else { to });
                stretch(axes, state, start, end, across)
            }) }
            { for lane.timers.iter().map(|(since, due, name)| html! {
                <g class="wait">
                    <title>{ name.clone() }</title>
                    { axes.rect(classes!("wait-bar"), (axes.near(*since), axes.near(*due)), (across + 5.0, across + 7.0)) }
                </g>
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
        LaneState::Role(Look::Server | Look::Store | Look::Relay) => one("server", 0.0),
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
                let along = axes.along(*time);
                let (x, y) = axes.at(along, axes.lane(row));
                html! { <text class="lane-badge" x={px(x + 3.0)} y={px(y - 7.0)}>{ value.clone() }</text> }
            })
        }) }
    }
}
