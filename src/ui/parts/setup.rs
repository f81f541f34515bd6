//! The set-up of a run: variant, seed and parameters.

use std::collections::BTreeMap;

use yew::prelude::*;

use faultline::labs::{Param, Setup, Variant, VariantKind};
use faultline::sim::Input;

use super::prose;
use crate::ui::browser;
use crate::ui::state::Msg;

#[derive(Properties, PartialEq)]
pub struct SetupSheetProps {
    pub setup: Setup,
    pub dispatch: Callback<Msg>,
}

/// What has been entered and not yet used.
#[derive(Clone, PartialEq)]
struct Draft {
    seed: String,
    variant: &'static str,
    params: BTreeMap<&'static str, String>,
}

#[component]
pub fn SetupSheet(props: &SetupSheetProps) -> Html {
    let setup = &props.setup;
    let draft = use_state(|| Draft {
        seed: setup.seed.to_string(),
        variant: setup.variant().name,
        params: BTreeMap::new(),
    });
    let problem = use_state(|| None::<String>);
    let onsubmit = {
        let (setup, draft) = (setup.clone(), draft.clone());
        let (problem, dispatch) = (problem.clone(), props.dispatch.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            match read(&setup, &draft) {
                Ok(setup) => {
                    dispatch.emit(Msg::Open(None));
                    dispatch.emit(Msg::Load(setup));
                }
                Err(why) => problem.set(Some(why)),
            }
        })
    };
    html! {
        <form class="stack" {onsubmit}>
            { variants(setup, &draft) }
            { seed(&draft) }
            <div class="params">
                { for setup.lab().params.iter().map(|param| field(props, param, &draft)) }
            </div>
            if let Some(problem) = &*problem {
                <p class="notice" role="alert">{ problem }</p>
            }
            <div class="row">
                <button type="submit" class="button main">{ "Start anew with this" }</button>
                <span class="soft small">{ "What can change while it runs has a button of its own." }</span>
            </div>
        </form>
    }
}

fn read(setup: &Setup, draft: &Draft) -> Result<Setup, String> {
    let mut setup = setup.clone();
    let number = |name: &str, text: &str| {
        text.trim().parse::<u64>().map_err(|_| format!("{name}: “{text}” is not a whole number."))
    };
    setup.seed = number("Seed", &draft.seed)?;
    setup.set_variant(draft.variant)?;
    for (name, text) in &draft.params {
        setup.set_param(name, number(name, text)?)?;
    }
    setup.start().map(|_| setup)
}

fn variants(setup: &Setup, draft: &UseStateHandle<Draft>) -> Html {
    let option = |variant: &'static Variant| {
        let draft = draft.clone();
        let checked = draft.variant == variant.name;
        let onchange = Callback::from(move |_: Event| {
            draft.set(Draft { variant: variant.name, ..(*draft).clone() });
        });
        html! {
            <label class="choice">
                <input type="radio" name="variant" {checked} {onchange} />
                <span>
                    <strong>{ variant.name.replace('-', " ") }</strong>
                    <span class="soft">{ prose(variant.what) }</span>
                </span>
            </label>
        }
    };
    let all = setup.lab().variants.iter();
    let usual = all.clone().filter(|variant| variant.kind != VariantKind::Mutation);
    let broken = all.filter(|variant| variant.kind == VariantKind::Mutation);
    let chosen_broken = setup.variant().kind == VariantKind::Mutation;
    html! {
        <fieldset class="stack">
            <legend>{ "Variant" }</legend>
            { for usual.map(option) }
            if broken.clone().next().is_some() {
                <details open={chosen_broken}>
                    <summary>{ format!("Broken on purpose: {}", broken.clone().count()) }</summary>
                    { for broken.map(option) }
                </details>
            }
        </fieldset>
    }
}

fn seed(draft: &UseStateHandle<Draft>) -> Html {
    let oninput = {
        let draft = draft.clone();
        Callback::from(move |event: InputEvent| {
            draft.set(Draft { seed: browser::value_of(&event), ..(*draft).clone() });
        })
    };
    let another = {
        let draft = draft.clone();
        Callback::from(move |_: MouseEvent| {
            let seed = (js_sys::Math::random() * 10_000.0).floor().to_string();
            draft.set(Draft { seed, ..(*draft).clone() });
        })
    };
    html! {
        <div class="param">
            <label class="field">
                <span>{ "Seed: the same seed and the same acts give the same run" }</span>
                <input class="number" type="text" inputmode="numeric" value={draft.seed.clone()} {oninput} />
            </label>
            <button type="button" class="button" onclick={another}>{ "Draw another" }</button>
        </div>
    }
}

fn field(props: &SetupSheetProps, param: &'static Param, draft: &UseStateHandle<Draft>) -> Html {
    let now = props.setup.param(param.name).to_string();
    let value = draft.params.get(param.name).cloned().unwrap_or(now);
    let oninput = {
        let draft = draft.clone();
        Callback::from(move |event: InputEvent| {
            let mut params = draft.params.clone();
            params.insert(param.name, browser::value_of(&event));
            draft.set(Draft { params, ..(*draft).clone() });
        })
    };
    let live = param.live.then(|| {
        let value = value.trim().parse::<u64>().ok();
        let dispatch = props.dispatch.clone();
        let onclick = Callback::from(move |_: MouseEvent| {
            if let Some(value) = value {
                dispatch.emit(Msg::Act(Input::Set(param.name.to_string(), value)));
            }
        });
        html! {
            <button type="button" class="button" disabled={value.is_none()} {onclick}>
                { "Set now" }<span class="unseen">{ format!(": {}", param.label) }</span>
            </button>
        }
    });
    let (least, greatest) = param.range;
    let unit = if param.unit.is_empty() { String::new() } else { format!(", {}", param.unit) };
    html! {
        <div class="param">
            <label class="field">
                <span><strong>{ param.label }</strong>{ format!("{unit}; {least} to {greatest}") }</span>
                <input class="number" type="number" min={least.to_string()} max={greatest.to_string()}
                    {value} {oninput} />
                <span>{ prose(param.meaning) }</span>
            </label>
            { live }
        </div>
    }
}
