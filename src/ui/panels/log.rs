//! The log: one sentence for each event.

use crate::ui::dom::classes;
use markup::html;
use yew::prelude::{Callback, Event, Html, MouseEvent};

use crate::ui::piece::Piece;

use faultline::play::frame::clock_words;
use faultline::sim::{NodeId, StepIndex, Time};

use crate::ui::browser;
use crate::ui::shared::Shared;
use crate::ui::state::{LogFilter, Msg};

/// One event in words.
#[derive(Clone, PartialEq)]
pub struct LogRow {
    pub step: StepIndex,
    pub time: Time,
    pub node: Option<NodeId>,
    pub text: String,
    pub turning: bool,
    /// Whether it lies after the present.
    pub ahead: bool,
}

#[derive(Clone, PartialEq)]
pub struct Log {
    pub rows: Shared<Vec<LogRow>>,
    pub filter: LogFilter,
    pub nodes: Vec<NodeId>,
    pub lit: Option<StepIndex>,
    /// The event that all views speak of.
    pub event: Shared<Told>,
    pub dispatch: Callback<Msg>,
}

/// An event in words, with the rules that fired in it and why.
#[derive(Clone, Default, PartialEq)]
pub struct Told {
    pub time: Time,
    pub sentence: String,
    pub rules: Vec<(&'static str, String)>,
}

impl Piece for Log {
    fn html(&self) -> Html {
        view(self)
    }
}

fn view(props: &Log) -> Html {
    let last = props.rows.iter().rposition(|row| !row.ahead);
    html! {
        <>
            { filters(props) }
            <div role="log" aria-live="off" aria-label="Events"><ol class="log">
                { for props.rows.iter().enumerate().map(|(place, row)| {
                    line(props, row, Some(place) == last)
                }) }
            </ol></div>
            if props.rows.is_empty() { <p class="soft">{ "No event fits this filter so far." }</p> }
            { rule(&props.event) }
        </>
    }
}

/// The first rule that fired in the event, and why: the line of the rules that belongs to the row.
fn rule(event: &Told) -> Html {
    html! {
        <p class="event-rule small">
            { event.rules.first().map(|(rule, because)| html! {
                <>
                    <strong>{ rule.replace('_', " ") }</strong>
                    { if because.is_empty() { "" } else { " because " } }{ because }
                </>
            }) }
            if event.rules.is_empty() { <span class="soft">{ "No rule fired." }</span> }
        </p>
    }
}

fn filters(props: &Log) -> Html {
    let filter = props.filter;
    let key = props.dispatch.reform(move |event: Event| {
        Msg::LogFilter(LogFilter { key_events: browser::checked(&event), ..filter })
    });
    let node = props.dispatch.reform(move |event: Event| {
        Msg::LogFilter(LogFilter { node: browser::value_of(&event).parse().ok(), ..filter })
    });
    html! {
        <div class="row log-filters">
            <label class="check">
                <input type="checkbox" checked={filter.key_events} onchange={key} />{ "Turning points only" }
            </label>
            <span class="spread" />
            <label class="row">
                <span class="unseen">{ "Events of" }</span>
                <select onchange={node}>
                    <option value="" selected={filter.node.is_none()}>{ "All nodes" }</option>
                    { for props.nodes.iter().map(|id| html! {
                        <option value={id.to_string()} selected={filter.node == Some(*id)}>{ id.to_string() }</option>
                    }) }
                </select>
            </label>
        </div>
    }
}

fn line(props: &Log, row: &LogRow, here: bool) -> Html {
    let step = row.step;
    let lit = props.lit == Some(step);
    let seek = props.dispatch.reform(move |_: MouseEvent| Msg::SeekStep(step + 1));
    let class = classes!(
        "log-row",
        row.turning.then_some("turning"),
        row.ahead.then_some("ahead"),
        here.then_some("here"),
        lit.then_some("lit")
    );
    html! {
        <li key={step} {class} data-step={step.to_string()} data-here={(lit || here && props.lit.is_none()).then(|| step.to_string())}>
            <button type="button" onclick={seek} aria-current={here.then_some("step")}>
                <span class="log-time number">{ clock_words(row.time) }</span>
                <span class="log-text">{ row.text.clone() }</span>
            </button>
        </li>
    }
}
