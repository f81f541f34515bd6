//! The rules in pseudo-code; the one that fired is marked, with the facts that made it fire.

use crate::ui::dom::classes;
use markup::html;
use yew::prelude::{Callback, Html, MouseEvent};

use crate::ui::piece::Piece;

use faultline::labs::{RuleText, Rulebook};
use faultline::play::frame::brief;
use faultline::sim::{NodeId, StepIndex, Time};

use crate::ui::parts::{Icon, prose};
use crate::ui::shared::Shared;
use crate::ui::state::Msg;

/// The last firing of a rule.
#[derive(Clone, PartialEq)]
pub struct Fired {
    pub rule: &'static str,
    pub because: String,
    pub step: StepIndex,
    pub time: Time,
    pub node: Option<NodeId>,
    /// Whether it fired in the step that all views speak of.
    pub now: bool,
}

#[derive(Clone, PartialEq)]
pub struct Rules {
    pub book: Shared<Rulebook>,
    pub fired: Shared<Vec<Fired>>,
    pub clock: Time,
    /// Whether the course's own print is shown.
    pub printed: bool,
    pub dispatch: Callback<Msg>,
}

impl Piece for Rules {
    fn html(&self) -> Html {
        view(self)
    }
}

fn view(props: &Rules) -> Html {
    let now: Vec<&Fired> = props.fired.iter().filter(|fired| fired.now).collect();
    let rules = props.book.rules.iter().filter(|rule| is_printed(rule) == props.printed);
    let rules: Vec<&RuleText> = rules.collect();
    let first = now.first().map(|fired| fired.rule);
    html! {
        <>
            if props.book.rules.iter().any(is_printed) { { choice(props) } }
            if now.is_empty() {
                <p class="soft small">{ "No rule fired in the last event. Below, each rule with its last firing." }</p>
            }
            <ol class="rules">
                { for rules.into_iter().map(|text| {
                    let fired = props.fired.iter().find(|fired| fired.rule == text.name);
                    rule(props, text, fired, first == Some(text.name.as_str()))
                }) }
            </ol>
        </>
    }
}

/// Whether it is a rule of the course's own print.
fn is_printed(rule: &RuleText) -> bool {
    rule.name.starts_with("printed_")
}

fn choice(props: &Rules) -> Html {
    let option = |own: bool, words: &'static str| {
        let chosen = (props.printed == own).to_string();
        let onclick = props.dispatch.reform(move |_: MouseEvent| Msg::ShowPrinted(own));
        html! {
            <button type="button" class="button small" aria-pressed={chosen} {onclick}>{ words }</button>
        }
    };
    html! {
        <div class="row" role="group" aria-label="Which rules">
            { option(false, "Corrected") }
            { option(true, "As printed") }
        </div>
    }
}

fn rule(props: &Rules, text: &RuleText, fired: Option<&Fired>, first: bool) -> Html {
    let now = fired.is_some_and(|fired| fired.now);
    html! {
        <li key={text.name.clone()} class={classes!("rule", now.then_some("now"))}
            aria-current={now.then_some("step")} data-here={fired.filter(|_| first).map(|fired| fired.step.to_string())}>
            <p class="rule-head">
                if now { <span class="rule-mark">{ Icon::Play.html() }</span> }
                <strong>{ text.name.replace('_', " ") }</strong>
                <cite class="small soft">{ &text.cite }</cite>
            </p>
            <pre class="code" tabindex="0">{ text.code.join("\n") }</pre>
            { fired.map(|fired| because(props, fired)) }
            <details class="rule-why" open={now}>
                <summary>{ "Why it is so" }</summary>
                <p>{ prose(&text.why) }</p>
            </details>
        </li>
    }
}

fn because(props: &Rules, fired: &Fired) -> Html {
    let who = fired.node.map_or("the world".to_string(), |node| node.to_string());
    let ago = brief(props.clock.since(fired.time));
    let when = if fired.now { format!("{who} now") } else { format!("{who}, {ago} ago") };
    let step = fired.step;
    let seek = props.dispatch.reform(move |_: MouseEvent| Msg::SeekStep(step + 1));
    html! {
        <p class="because">
            <button type="button" class="chip" onclick={seek} aria-label={format!("Go to {when}")}>{ when }</button>
            if !fired.because.is_empty() { <span>{ "because " }{ &fired.because }</span> }
        </p>
    }
}
