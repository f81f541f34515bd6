//! Acts that need a number: how slow, how skewed, what a link does to messages.

use yew::prelude::*;

use faultline::labs::{Claim, Lab};
use faultline::sim::{Input, LinkSettings, NodeId, Ppm, Scene, Span};

use crate::ui::browser;
use crate::ui::shared::Shared;
use crate::ui::state::Msg;

use super::{plain, prose, short};

/// A text field that is kept in a state.
fn input(label: &'static str, state: &UseStateHandle<String>, name: String) -> Html {
    let oninput = {
        let state = state.clone();
        Callback::from(move |event: InputEvent| state.set(browser::value_of(&event)))
    };
    html! {
        <label class="field">
            <span>{ label }</span>
            <input type="text" class="number" aria-label={name} value={(**state).clone()} {oninput} />
        </label>
    }
}

#[derive(Properties, PartialEq)]
pub struct NodeFormProps {
    pub node: NodeId,
    pub lab: &'static Lab,
    pub down: bool,
    pub dispatch: Callback<Msg>,
}

/// Slow, slow disk, clock skew, and the faults that only this lab knows.
#[component]
pub fn NodeForm(props: &NodeFormProps) -> Html {
    let slow = use_state(|| "50ms".to_string());
    let disk = use_state(|| "20ms".to_string());
    let skew = use_state(|| "5".to_string());
    let id = props.node;
    if props.down {
        return html! {};
    }
    let name = plain(id);
    html! {
        <section class="facts">
            <h2>{ "Disturb it" }</h2>
            <div class="acts-form">
                { input("Each event takes", &slow, format!("Each event of {name} takes")) }
                { apply(props, format!("Slow {name}"), parsed(&slow, |span| Input::Slow(id, span))) }
                { input("Each write takes", &disk, format!("Each write of {name} takes")) }
                { apply(props, format!("Slow disk of {name}"), parsed(&disk, |span| Input::SlowDisk(id, span))) }
                { input("Clock off by, %", &skew, format!("Clock of {name} off by, %")) }
                { apply(props, format!("Skew clock of {name}"), percent(&skew).map(|ppm| Input::Skew(id, ppm))) }
            </div>
            { for props.lab.faults.iter().map(|claim| lab_fault(props, claim)) }
        </section>
    }
}

fn parsed(text: &str, input: impl Fn(Span) -> Input) -> Result<Input, String> {
    text.trim().replace(' ', "").parse::<Span>().map(input)
}

fn percent(text: &str) -> Result<i32, String> {
    let wrong = || format!("`{text}` is not a percentage; write it like 5 or -0.5");
    let text = text.trim().trim_end_matches('%').trim();
    let (sign, share) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let share: Ppm = format!("{share}%").parse().map_err(|_| wrong())?;
    Ok(sign * share.0 as i32)
}

fn apply(props: &NodeFormProps, words: String, input: Result<Input, String>) -> Html {
    let onclick = props.dispatch.reform(move |_: MouseEvent| match &input {
        Ok(input) => Msg::Act(input.clone()),
        Err(why) => Msg::Complain(why.clone()),
    });
    html! { <button type="button" class="button small" {onclick}>{ words }</button> }
}

fn lab_fault(props: &NodeFormProps, claim: &'static Claim) -> Html {
    let input = Input::Fault(props.node, claim.name.to_string());
    html! {
        <div class="row">
            { apply(props, format!("{} on {}", claim.name, plain(props.node)), Ok(input)) }
            <span class="small soft">{ prose(claim.means) }</span>
        </div>
    }
}

#[derive(Properties, PartialEq)]
pub struct LinkFormProps {
    pub scene: Shared<Scene>,
    pub a: NodeId,
    pub b: NodeId,
    pub dispatch: Callback<Msg>,
}

/// What a link does to the messages on it, one way or both.
#[component]
pub fn LinkForm(props: &LinkFormProps) -> Html {
    let (a, b) = (props.a, props.b);
    let now = settings_of(&props.scene, a, b);
    let latency = use_state(|| now.latency.to_string());
    let loss = use_state(|| now.loss.to_string());
    let twice = use_state(|| now.duplication.to_string());
    let damage = use_state(|| now.corruption.to_string());
    let way = use_state(|| Way::Both);
    let onclick = {
        let dispatch = props.dispatch.clone();
        let parts = [
            format!("latency={}", latency.trim()),
            format!("loss={}", loss.trim()),
            format!("duplication={}", twice.trim()),
            format!("corruption={}", damage.trim()),
        ];
        let (way, default) = (*way, props.scene.default_link);
        Callback::from(move |_: MouseEvent| {
            let mut settings = default;
            match parts.iter().try_for_each(|part| settings.set(part)) {
                Ok(()) => dispatch.emit(Msg::ActAll(way.inputs(a, b, settings))),
                Err(why) => dispatch.emit(Msg::Complain(why)),
            }
        })
    };
    let (first, second) = (short(a), short(b));
    let choice = |own: Way, words: String| {
        let chosen = way.clone();
        let onchange = Callback::from(move |_: Event| chosen.set(own));
        html! {
            <label class="check">
                <input type="radio" name="way" checked={*way == own} {onchange} />{ words }
            </label>
        }
    };
    html! {
        <>
            <p class="inspect-head"><strong>{ format!("link {first} to {second}") }</strong></p>
            <section class="facts">
                <h2>{ "What it does to messages" }</h2>
                <div class="acts-form two">
                    { input("Latency: 10ms, 5ms..15ms, pareto:5ms,1.5", &latency, "Latency".into()) }
                    { input("Loses", &loss, "Loss".into()) }
                    { input("Sends twice", &twice, "Duplication".into()) }
                    { input("Damages", &damage, "Corruption".into()) }
                </div>
                <fieldset>
                    <legend class="unseen">{ "Direction" }</legend>
                    { choice(Way::Both, "both ways".into()) }
                    { choice(Way::There, format!("only {first} → {second}")) }
                    { choice(Way::Back, format!("only {second} → {first}")) }
                </fieldset>
                <button type="button" class="button main" {onclick}>{ "Apply to the link" }</button>
            </section>
        </>
    }
}

/// A direction of a link, or both.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    Both,
    There,
    Back,
}

impl Way {
    fn inputs(self, a: NodeId, b: NodeId, settings: LinkSettings) -> Vec<Input> {
        let (there, back) = (Input::Link(a, b, settings), Input::Link(b, a, settings));
        match self {
            Way::Both => vec![there, back],
            Way::There => vec![there],
            Way::Back => vec![back],
        }
    }
}

fn settings_of(scene: &Scene, a: NodeId, b: NodeId) -> LinkSettings {
    let own = scene.links.iter().find(|link| (link.from, link.to) == (a, b));
    own.and_then(|link| link.settings).unwrap_or(scene.default_link)
}
