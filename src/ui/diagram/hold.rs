//! What a learner holds in the diagram: the place that keys go from, and a chip on its way to another
//! time.

use markup::html;
use yew::prelude::Html;

use crate::ui::dom::classes;
use crate::ui::parts::px;

use super::DiagramView;
use super::axes::Axes;

/// A ring around the event that keys go from.
pub fn cursor(props: &DiagramView, axes: Axes) -> Html {
    let diagram = &*props.diagram;
    let Some(cursor) = props.cursor else { return html! {} };
    let at_step = |point: &&faultline::play::frame::LanePoint| Some(point.step) == cursor.step;
    let by_point = diagram.points.iter().find(at_step).map(|point| point.time);
    let by_slant = || {
        let ended = diagram.slants.iter().find(|slant| slant.step == cursor.step);
        ended.filter(|slant| slant.step.is_some()).map(|slant| slant.ends_at)
    };
    let Some(time) = by_point.or_else(by_slant) else { return html! {} };
    let (x, y) = axes.at(axes.along(time), axes.lane(diagram.row(cursor.node)));
    html! { <circle class="cursor" cx={px(x)} cy={px(y)} r="11" /> }
}

/// A line where the dragged chip would be done.
pub fn dragged(props: &DiagramView, axes: Axes) -> Html {
    let Some((words, time)) = &props.drag else { return html! {} };
    let along = axes.along(*time);
    html! {
        <g class="dragged">
            { axes.line(classes!("dragged-line"), (along, 0.0), (along, axes.across)) }
            { axes.text("dragged-words", along + 6.0, axes.lead + 4.0, words.clone()) }
        </g>
    }
}
