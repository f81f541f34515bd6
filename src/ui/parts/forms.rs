//! Acts that need a number: how slow, how skewed, what a link does to messages.

use markup::html;
use yew::prelude::{Callback, Html, MouseEvent, SubmitEvent};

use crate::ui::piece::Piece;

use faultline::labs::{Claim, Lab};
use faultline::sim::{Input, LinkSettings, NodeId, Ppm, Scene, Span};

use crate::ui::browser;
use crate::ui::shared::Shared;
use crate::ui::state::Msg;

use super::{plain, prose, short};

/// A text field. What was typed stays in the page until the form is sent.
fn input(label: &'static str, field: &'static str, value: String, name: String) -> Html {
    html! {
        <label class="field">
            <span>{ label }</span>
            <input type="text" class="number" name={field} aria-label={name} ~defaultValue={value} />
        </label>
    }
}

/// Values that are often wanted: each puts itself into the field.
pub fn presets(field: &'static str, values: &'static [&'static str]) -> Html {
    html! {
        <div class="row presets">
            { for values.iter().map(|value| {
                let onclick =
                    Callback::from(move |event: MouseEvent| browser::set_field(&event, field, value));
                html! { <button type="button" class="button small" {onclick}>{ *value }</button> }
            }) }
        </div>
    }
}

#[derive(PartialEq)]
pub struct NodeForm {
    pub node: NodeId,
    pub lab: &'static Lab,
    pub down: bool,
    pub dispatch: Callback<Msg>,
}

impl Piece for NodeForm {
    fn html(&self) -> Html {
        node_form(self)
    }
}

/// How slow; the first ends it, the second is the default.
const SLOW: &[&str] = &["0s", "50ms", "200ms", "1s"];
/// How far off a clock is, in percent.
const SKEW: &[&str] = &["0", "5", "-5", "20"];

/// Slow, slow disk, clock skew, and the faults that only this lab knows.
fn node_form(props: &NodeForm) -> Html {
    let id = props.node;
    if props.down {
        return html! {};
    }
    let name = plain(id);
    html! {
        <section class="facts">
            <h2>{ "Disturb it" }</h2>
            { act_form(props, "Each event takes", SLOW, format!("Slow {name}"), |id, text| {
                span(text).map(|span| Input::Slow(id, span))
            }) }
            { act_form(props, "Each write takes", SLOW, format!("Slow disk of {name}"), |id, text| {
                span(text).map(|span| Input::SlowDisk(id, span))
            }) }
            { act_form(props, "Clock off by, %", SKEW, format!("Skew clock of {name}"), |id, text| {
                percent(text).map(|ppm| Input::Skew(id, ppm))
            }) }
            { for props.lab.faults.iter().map(|claim| lab_fault(props, claim)) }
        </section>
    }
}

/// One number and what is done with it.
fn act_form(
    props: &NodeForm,
    label: &'static str,
    values: &'static [&'static str],
    words: String,
    read: fn(NodeId, &str) -> Result<Input, String>,
) -> Html {
    let id = props.node;
    let onsubmit = props.dispatch.reform(move |event: SubmitEvent| {
        event.prevent_default();
        match read(id, &browser::field(&event, "number")) {
            Ok(input) => Msg::Act(input),
            Err(why) => Msg::Complain(why),
        }
    });
    html! {
        <form class="acts-form" {onsubmit}>
            { input(label, "number", values[1].to_string(), format!("{words}: {label}")) }
            <div class="row">
                { presets("number", values) }
                <button type="submit" class="button small main">{ words }</button>
            </div>
        </form>
    }
}

fn span(text: &str) -> Result<Span, String> {
    text.trim().replace(' ', "").parse()
}

fn percent(text: &str) -> Result<i32, String> {
    let wrong = || format!("`{text}` is not a percentage; write it like 5 or -0.5");
    let text = text.trim().trim_end_matches('%').trim();
    let (sign, share) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let share: Ppm = format!("{share}%").parse().map_err(|_| wrong())?;
    Ok(sign * share.0 as i32)
}

/// A fault that only this lab knows. One with words in capitals has a field for them.
fn lab_fault(props: &NodeForm, claim: &'static Claim) -> Html {
    let id = props.node;
    let onsubmit = props.dispatch.reform(move |event: SubmitEvent| {
        event.prevent_default();
        Msg::Act(Input::Fault(id, browser::field(&event, "words").trim().to_string()))
    });
    let fixed = !claim.name.split(' ').any(|word| word.chars().all(|c| c.is_ascii_uppercase()));
    let kind = if fixed { "hidden" } else { "text" };
    html! {
        <form class="row" {onsubmit}>
            <input type={kind} name="words" aria-label={format!("Fault: {}", claim.name)} ~defaultValue={claim.name} />
            <button type="submit" class="button small">
                { format!("{} on {}", claim.name, plain(id)) }
            </button>
            <span class="small soft">{ prose(claim.means) }</span>
        </form>
    }
}

#[derive(PartialEq)]
pub struct LinkForm {
    pub scene: Shared<Scene>,
    pub a: NodeId,
    pub b: NodeId,
    pub dispatch: Callback<Msg>,
}

impl Piece for LinkForm {
    fn html(&self) -> Html {
        link_form(self)
    }
}

/// What a link does to the messages on it, one way or both.
fn link_form(props: &LinkForm) -> Html {
    let (a, b) = (props.a, props.b);
    let now = settings_of(&props.scene, a, b);
    let default = props.scene.default_link;
    let onsubmit = props.dispatch.reform(move |event: SubmitEvent| {
        event.prevent_default();
        let mut settings = default;
        let set =
            |name: &str| settings.set(&format!("{name}={}", browser::field(&event, name).trim()));
        match ["latency", "loss", "duplication", "corruption"].into_iter().try_for_each(set) {
            Ok(()) => Msg::ActAll(inputs(&browser::field(&event, "way"), a, b, settings)),
            Err(why) => Msg::Complain(why),
        }
    });
    let (first, second) = (short(a), short(b));
    let choice = |value: &'static str, words: String| {
        html! {
            <label class="check">
                <input type="radio" name="way" {value} ~defaultChecked={value == "both"} />{ words }
            </label>
        }
    };
    html! {
        <>
            <p class="inspect-head"><strong>{ format!("link {first} to {second}") }</strong></p>
            <form class="facts" {onsubmit}>
                <h2>{ "What it does to messages" }</h2>
                <div class="acts-form two">
                    { input("Latency: 10ms, 5ms..15ms, pareto:5ms,1.5", "latency", now.latency.to_string(), "Latency".into()) }
                    { input("Loses", "loss", now.loss.to_string(), "Loss".into()) }
                    { input("Sends twice", "duplication", now.duplication.to_string(), "Duplication".into()) }
                    { input("Damages", "corruption", now.corruption.to_string(), "Corruption".into()) }
                </div>
                { preset_group("Latency", "latency", &["5ms", "50ms", "20ms..200ms", "1s"]) }
                { preset_group("Loses", "loss", &["0%", "10%", "30%", "100%"]) }
                { preset_group("Sends twice", "duplication", &["0%", "10%", "50%"]) }
                <fieldset>
                    <legend class="unseen">{ "Direction" }</legend>
                    { choice("both", "both ways".into()) }
                    { choice("there", format!("only {first} → {second}")) }
                    { choice("back", format!("only {second} → {first}")) }
                </fieldset>
                <button type="submit" class="button main">{ "Apply to the link" }</button>
            </form>
        </>
    }
}

fn preset_group(label: &'static str, field: &'static str, values: &'static [&'static str]) -> Html {
    html! {
        <div class="row" role="group" aria-label={label}>
            <span class="small soft preset-label">{ label }</span>{ presets(field, values) }
        </div>
    }
}

/// Settings for one direction of a link, or both.
fn inputs(way: &str, a: NodeId, b: NodeId, settings: LinkSettings) -> Vec<Input> {
    let (there, back) = (Input::Link(a, b, settings), Input::Link(b, a, settings));
    match way {
        "there" => vec![there],
        "back" => vec![back],
        _ => vec![there, back],
    }
}

fn settings_of(scene: &Scene, a: NodeId, b: NodeId) -> LinkSettings {
    let own = scene.links.iter().find(|link| (link.from, link.to) == (a, b));
    own.and_then(|link| link.settings).unwrap_or(scene.default_link)
}
