//! The rules in pseudo-code; the one that fired is marked, with the facts that made it fire.

use crate::ui::dom::classes;
use markup::html;
use yew::prelude::{Callback, Html, MouseEvent};

use crate::ui::piece::Piece;

use faultline::labs::{RuleText, Rulebook};
use faultline::play::frame::{brief, clock_words};
use faultline::play::sources::Source;
use faultline::sim::{NodeId, StepIndex, Time};

use crate::ui::parts::{Icon, prose};
use crate::ui::shared::Shared;
use crate::ui::state::{Msg, RulesAs};

use super::Told;

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
    /// The event that all views speak of.
    pub event: Shared<Told>,
    /// The form in which they are shown.
    pub form: RulesAs,
    /// Whether the nodes run the course's own print.
    pub printed: bool,
    /// The Rust source, if it has been asked for and has come.
    pub sources: Shared<Vec<Source>>,
    pub dispatch: Callback<Msg>,
}

impl Piece for Rules {
    fn html(&self) -> Html {
        view(self)
    }
}

fn view(props: &Rules) -> Html {
    let now: Vec<&Fired> = props.fired.iter().filter(|fired| fired.now).collect();
    let printed = match props.form {
        RulesAs::Printed => true,
        RulesAs::Corrected => false,
        RulesAs::Rust => props.printed,
    };
    let rules = props.book.rules.iter().filter(|rule| is_printed(rule) == printed);
    let rules: Vec<&RuleText> = rules.collect();
    let first = now.first().map(|fired| fired.rule);
    html! {
        <>
            { choice(props) }
            <p class="event-line small"><span class="number soft">{ clock_words(props.event.time) }</span>{ " " }{ &props.event.sentence }</p>
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
    let option = |form: RulesAs, words: &'static str| {
        let chosen = (props.form == form).to_string();
        let onclick = props.dispatch.reform(move |_: MouseEvent| Msg::ShowRules(form));
        html! {
            <button type="button" class="button small" aria-pressed={chosen} {onclick}>{ words }</button>
        }
    };
    let both = props.book.rules.iter().any(is_printed);
    html! {
        <div class="row choose" role="group" aria-label="Rules in which form">
            if both { { option(RulesAs::Printed, "As printed") } }
            { option(RulesAs::Corrected, if both { "Corrected" } else { "Pseudo-code" }) }
            { option(RulesAs::Rust, "Rust source") }
        </div>
    }
}

/// The pseudo-code of a rule, or the handler in which it fires.
fn code(props: &Rules, text: &RuleText, now: bool) -> Html {
    if props.form != RulesAs::Rust {
        return html! { <pre class="code" tabindex="0">{ text.code.join("\n") }</pre> };
    }
    let Some(source) = props.sources.iter().find(|source| source.rule == text.name) else {
        return html! { <p class="soft small">{ "The source is on its way." }</p> };
    };
    html! {
        <details class="source" open={now}>
            <summary class="small number">{ &source.at }</summary>
            <pre class="code" tabindex="0">
                { for source.lines.iter().enumerate().map(|(place, line)| {
                    let class = source.marks.contains(&place).then_some("mark");
                    html! { <span {class}>{ format!("{line}\n") }</span> }
                }) }
            </pre>
        </details>
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
            { code(props, text, now) }
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
    let when = match fired.now {
        true => format!("fired just now by {who}"),
        false => format!("last fired {ago} ago by {who}"),
    };
    let step = fired.step;
    let seek = props.dispatch.reform(move |_: MouseEvent| Msg::SeekStep(step + 1));
    html! {
        <p class="because">
            <button type="button" class="chip" data-step={step.to_string()} onclick={seek} aria-label={format!("{when}: go there")}>{ when }</button>
            if !fired.because.is_empty() { <span>{ "because " }{ &fired.because }</span> }
        </p>
    }
}
