//! The inspector: all there is to know of what is selected, and the acts that need a number.

use markup::html;
use yew::prelude::{Callback, Html, MouseEvent};

use crate::ui::chunk::{chunk, drawn};
use crate::ui::piece::{Piece, keyed};

use faultline::labs::Lab;
use faultline::play::METRICS_MAX;
use faultline::play::frame::{SceneExt, brief};
use faultline::sim::view::{SceneNode, SceneTimer};
use faultline::sim::{Belief, Condition, Input, Metric, MsgId, NodeId, Panel, Scene, Span, Time};

use crate::ui::parts::{Icon, LinkForm, NodeForm, node_panels, plain, prose, spark};
use crate::ui::shared::Shared;
use crate::ui::state::{Msg, Selection};

#[derive(Clone, PartialEq)]
pub struct Inspector {
    pub scene: Shared<Scene>,
    /// How the metrics went so far, each a series.
    pub metrics: Shared<Vec<Panel>>,
    pub selection: Selection,
    pub lab: &'static Lab,
    pub dispatch: Callback<Msg>,
}

impl Piece for Inspector {
    fn html(&self) -> Html {
        view(self)
    }
}

fn view(props: &Inspector) -> Html {
    match props.selection {
        Selection::Node(_) | Selection::Link(..) | Selection::Message(_) => {
            drawn(&DETAILS, |details| details, props.clone())
        }
        Selection::Nothing => overview(props),
    }
}

chunk! {
    /// Draws what is selected.
    DETAILS: fn(Inspector) -> Html = |props| details(&props), in details
}

fn details(props: &Inspector) -> Html {
    match props.selection {
        Selection::Node(id) => match props.scene.node(id) {
            Some(node) => of_node(props, node),
            None => overview(props),
        },
        Selection::Link(a, b) => keyed(
            format!("{a}-{b}"),
            LinkForm { scene: props.scene.clone(), a, b, dispatch: props.dispatch.clone() },
        ),
        Selection::Message(id) => of_message(props, id),
        Selection::Nothing => overview(props),
    }
}

/// With nothing selected: the system as a whole.
fn overview(props: &Inspector) -> Html {
    let scene = &props.scene;
    html! {
        <>
            <p class="lead">{ prose(props.lab.summary) }</p>
            { violations(props) }
            <section class="facts">
                <h2>{ "The run so far" }</h2>
                <dl class="metrics">
                    { for scene.metrics.iter().take(METRICS_MAX).zip(0..).map(|(metric, place)| html! {
                        <div>
                            <dt>{ metric.name }</dt>
                            <dd class="number">{ metric_words(metric) }{ props.metrics.get(place).map(spark) }</dd>
                        </div>
                    }) }
                </dl>
                <details class="as-table">
                    <summary>{ "Larger, and as tables" }</summary>
                    { node_panels(&props.metrics) }
                </details>
            </section>
            { node_panels(&scene.panels) }
            <section class="facts">
                <h2>{ "Nodes" }</h2>
                <ul class="node-list">{ for scene.nodes.iter().map(|node| node_line(props, node)) }</ul>
            </section>
        </>
    }
}

fn metric_words(metric: &Metric) -> String {
    let Metric { name, unit, value } = *metric;
    match unit {
        "µs" => brief(Span(value)),
        // The name says the unit already: "elections", "messages".
        unit if unit.is_empty() || name.contains(unit) => value.to_string(),
        unit => format!("{value} {unit}"),
    }
}

fn violations(props: &Inspector) -> Html {
    if props.scene.violations.is_empty() {
        return html! {};
    }
    html! {
        <ul class="stack">
            { for props.scene.violations.iter().map(|violation| {
                let step = violation.step;
                let why = props.dispatch.reform(move |_: MouseEvent| Msg::WhyOf(step));
                html! {
                    <li class="notice">
                        <p><strong>{ violation.invariant.replace(['-', '_'], " ") }</strong>{ " is broken: " }{ &violation.why }</p>
                        <button type="button" class="button small" onclick={why}>{ "Why?" }</button>
                    </li>
                }
            }) }
        </ul>
    }
}

fn node_line(props: &Inspector, node: &SceneNode) -> Html {
    let id = node.id;
    let onclick = props.dispatch.reform(move |_: MouseEvent| Msg::Select(Selection::Node(id)));
    let condition = match node.condition {
        Condition::Up => node.view.role,
        Condition::Paused => "paused",
        Condition::Down => "crashed",
    };
    let icon = match node.condition {
        Condition::Up => Icon::of_look(node.view.look),
        Condition::Paused => Icon::Pause,
        Condition::Down => Icon::Cross,
    };
    html! {
        <li>
            <button type="button" class="node-line" {onclick}>
                { icon.html() }<span class="unseen">{ "Inspect " }</span><strong>{ id.to_string() }</strong><span>{ condition }</span>
                <span class="soft">{ faultline::play::frame::role_badge(node) }</span>
            </button>
        </li>
    }
}

fn of_node(props: &Inspector, node: &SceneNode) -> Html {
    let form = NodeForm {
        node: node.id,
        lab: props.lab,
        down: node.condition == Condition::Down,
        dispatch: props.dispatch.clone(),
    };
    html! {
        <>
            <p class="inspect-head">
                <strong>{ plain(node.id) }</strong>
                <span>{ node.view.role }</span>
                <span class="chip">{ node.condition.word() }</span>
            </p>
            { beliefs(&node.beliefs) }
            { fields(node) }
            { timers(props, node) }
            { node_panels(&node.panels) }
            { keyed(node.id, form) }
        </>
    }
}

/// What the node takes for true, beside what is true.
fn beliefs(beliefs: &[Belief]) -> Html {
    if beliefs.is_empty() {
        return html! {};
    }
    html! {
        <section class="facts">
            <table class="table beliefs">
                <thead><tr>
                    <th><span class="unseen">{ "About" }</span></th><th>{ "believes" }</th><th>{ "is true" }</th>
                </tr></thead>
                <tbody>
                    { for beliefs.iter().map(|belief| html! {
                        <tr class={if belief.right { "right" } else { "wrong" }}>
                            <th scope="row">{ belief.about }</th>
                            <td>{ belief.believes.to_string() }</td>
                            <td>
                                { if belief.right { Icon::Check.html() } else { Icon::Failure.html() } }
                                <span class="unseen">{ if belief.right { "right: " } else { "wrong: " } }</span>
                                { belief.truth.to_string() }
                                if !belief.note.is_empty() { <span class="small soft belief-note">{ &belief.note }</span> }
                            </td>
                        </tr>
                    }) }
                </tbody>
            </table>
        </section>
    }
}

fn fields(node: &SceneNode) -> Html {
    html! {
        <section class="facts">
            <h2>{ "State" }</h2>
            <dl class="pairs">
                { for node.view.fields.iter().map(|field| html! {
                    <div><dt>{ field.name.replace('_', " ") }</dt><dd class="number">{ field.value.to_string() }</dd></div>
                }) }
                if !node.suspects.is_empty() {
                    <div><dt>{ "suspects" }</dt><dd>{ list(&node.suspects) }</dd></div>
                }
            </dl>
        </section>
    }
}

fn list(nodes: &[NodeId]) -> String {
    nodes.iter().map(NodeId::to_string).collect::<Vec<_>>().join(", ")
}

fn timers(props: &Inspector, node: &SceneNode) -> Html {
    if node.timers.is_empty() || node.condition == Condition::Down {
        return html! {};
    }
    html! {
        <section class="facts">
            <h2>{ "Timers" }</h2>
            <ul class="timers">{ for node.timers.iter().map(|timer| timer_line(props, node, timer)) }</ul>
        </section>
    }
}

fn timer_line(props: &Inspector, node: &SceneNode, timer: &SceneTimer) -> Html {
    let now: Time = props.scene.time;
    let left = timer.due.since(now);
    let whole = timer.due.since(timer.set_at).us().max(1);
    let width = (left.us() * 100 / whole).min(100).to_string();
    let input = Input::FireTimer(node.id, timer.name.clone());
    let fire = props.dispatch.reform(move |_: MouseEvent| Msg::Act(input.clone()));
    let (least, greatest) = timer.range;
    // An exact wait is a range of one microsecond.
    let range = if greatest.us() <= least.us() + 1 {
        format!("{least}")
    } else {
        format!("drawn from {least} to {greatest}")
    };
    html! {
        <li>
            <span class="timer-name">{ &timer.name }<span class="small soft">{ range }</span></span>
            <span class="timer-left number">{ brief(left) }</span>
            <svg class="timer-bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
                <rect class="timer-bar-track" width="100" height="6" /><rect class="timer-bar-left" {width} height="6" />
            </svg>
            <button type="button" class="button small" onclick={fire}
                aria-label={format!("Fire {} timer of {}", timer.name, plain(node.id))}>{ "Fire" }</button>
        </li>
    }
}

fn of_message(props: &Inspector, id: MsgId) -> Html {
    let Some(flight) = props.scene.messages.iter().find(|flight| flight.message.id == id) else {
        return overview(props);
    };
    let message = &flight.message;
    let left = message.arrives_at.since(props.scene.time);
    let pair = |name: &'static str, value: String| {
        html! { <div><dt>{ name }</dt><dd class="number">{ value }</dd></div> }
    };
    html! {
        <>
            <p class="inspect-head"><strong>{ format!("message {}", id.0) }</strong><span>{ message.kind }</span></p>
            <section class="facts">
                <dl class="pairs">
                    { pair("from", message.from.to_string()) }
                    { pair("to", message.to.to_string()) }
                    { pair("sent", message.sent_at.to_string()) }
                    { pair("arrives in", brief(left)) }
                </dl>
                <pre class="code">{ &message.text }</pre>
            </section>
        </>
    }
}
