//! The set-up of a run: variant, seed and parameters.

use markup::html;
use yew::prelude::{Callback, Event, Html, MouseEvent, SubmitEvent};

use faultline::labs::{Param, Setup, Variant, VariantKind};
use faultline::sim::Input;

use crate::ui::browser;
use crate::ui::piece::Piece;
use crate::ui::state::Msg;

use super::prose;

#[derive(Clone, PartialEq)]
pub struct SetupSheet {
    pub setup: Setup,
    pub dispatch: Callback<Msg>,
}

impl Piece for SetupSheet {
    fn html(&self) -> Html {
        view(self)
    }
}

fn view(props: &SetupSheet) -> Html {
    let setup = props.setup.clone();
    let onsubmit = props.dispatch.reform(move |event: SubmitEvent| {
        event.prevent_default();
        match read(&setup, &event) {
            Ok(setup) => Msg::Load(setup),
            Err(why) => Msg::Complain(why),
        }
    });
    html! {
        <form class="stack" {onsubmit}>
            { variants(&props.setup) }
            { seed(props.setup.seed) }
            <div class="params">
                { for props.setup.lab().params.iter().map(|param| field(props, param)) }
            </div>
            <div class="row">
                <button type="submit" class="button main">{ "Start anew with this" }</button>
                <span class="soft small">{ "What can change while it runs has a button of its own." }</span>
            </div>
        </form>
    }
}

fn number(name: &str, text: &str) -> Result<u64, String> {
    text.trim().parse().map_err(|_| format!("{name}: “{text}” is not a whole number"))
}

fn read(old: &Setup, event: &Event) -> Result<Setup, String> {
    let mut setup = old.clone();
    setup.seed = number("seed", &browser::field(event, "seed"))?;
    setup.set_variant(&browser::field(event, "variant"))?;
    for param in setup.lab().params {
        setup.set_param(param.name, param.read(browser::field(event, param.name).trim())?)?;
    }
    setup.start().map(|_| setup)
}

fn variants(setup: &Setup) -> Html {
    let option = |variant: &'static Variant| {
        let chosen = setup.variant().name == variant.name;
        html! {
            <label class="choice">
                <input type="radio" name="variant" value={variant.name} ~defaultChecked={chosen} />
                <span>
                    <strong>{ variant.name.replace('-', " ") }</strong>
                    <span class="soft">{ prose(variant.what) }</span>
                </span>
            </label>
        }
    };
    let broken = |variant: &&Variant| variant.kind == VariantKind::Mutation;
    let (broken, usual): (Vec<&'static Variant>, Vec<_>) =
        setup.lab().variants.iter().partition(broken);
    let open = setup.variant().kind == VariantKind::Mutation;
    html! {
        <fieldset class="stack">
            <legend>{ "Variant" }</legend>
            { for usual.into_iter().map(option) }
            if !broken.is_empty() {
                <details {open}>
                    <summary>{ format!("Broken on purpose: {}", broken.len()) }</summary>
                    { for broken.into_iter().map(option) }
                </details>
            }
        </fieldset>
    }
}

fn seed(seed: u64) -> Html {
    let another = Callback::from(|event: MouseEvent| {
        let seed = (js_sys::Math::random() * 10_000.0) as u64;
        browser::set_field(&event, "seed", &seed.to_string());
    });
    html! {
        <div class="param">
            <label class="field">
                <span>{ "Seed: the same seed and the same acts give the same run" }</span>
                <input class="number" type="text" inputmode="numeric" name="seed" ~defaultValue={seed.to_string()} />
            </label>
            <button type="button" class="button" onclick={another}>{ "Draw another" }</button>
        </div>
    }
}

fn field(props: &SetupSheet, param: &'static Param) -> Html {
    let live = param.live.then(|| {
        let onclick = props.dispatch.reform(move |event: MouseEvent| {
            match param.read(browser::field(&event, param.name).trim()) {
                Ok(value) => Msg::Act(Input::Set(param.name.to_string(), value)),
                Err(why) => Msg::Complain(why),
            }
        });
        html! {
            <button type="button" class="button" {onclick}>
                { "Set now" }<span class="unseen">{ format!(": {}", param.label) }</span>
            </button>
        }
    });
    let value = props.setup.param(param.name);
    let entry = if param.choices.is_empty() { amount(param, value) } else { choice(param, value) };
    html! {
        <div class="param">
            <label class="field">
                { entry }
                <span>{ prose(param.meaning) }</span>
            </label>
            { live }
        </div>
    }
}

fn amount(param: &Param, value: u64) -> Html {
    let (least, greatest) = param.range;
    let unit = if param.unit.is_empty() { String::new() } else { format!(", {}", param.unit) };
    html! {
        <>
            <span><strong>{ param.label }</strong>{ format!("{unit}; {least} to {greatest}") }</span>
            <input class="number" type="number" name={param.name} min={least.to_string()}
                max={greatest.to_string()} ~defaultValue={value.to_string()} />
        </>
    }
}

fn choice(param: &Param, value: u64) -> Html {
    let chosen = param.text(value);
    html! {
        <>
            <span><strong>{ param.label }</strong></span>
            <select name={param.name}>
                { for param.choices.iter().map(|word| html! {
                    <option value={*word} selected={*word == chosen}>{ *word }</option>
                }) }
            </select>
        </>
    }
}
