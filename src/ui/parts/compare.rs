//! What to compare the present run with.

use markup::html;
use yew::prelude::{Callback, Html, MouseEvent, SubmitEvent};

use faultline::labs::{Lab, PAIRS, Setup, Variant, VariantKind};

use crate::ui::browser;
use crate::ui::labs;
use crate::ui::piece::Piece;
use crate::ui::route::compare_hash;
use crate::ui::state::Msg;

use super::prose;

#[derive(Clone, PartialEq)]
pub struct CompareSheet {
    pub setup: Setup,
    pub dispatch: Callback<Msg>,
}

impl Piece for CompareSheet {
    fn html(&self) -> Html {
        view(self)
    }
}

fn view(props: &CompareSheet) -> Html {
    let setup = props.setup.clone();
    let onsubmit = props.dispatch.reform(move |event: SubmitEvent| {
        event.prevent_default();
        match read(&setup, &event) {
            Ok(setup) => Msg::CompareWith(setup, None),
            Err(why) => Msg::Complain(why),
        }
    });
    let lab = props.setup.lab();
    let seed = props.setup.seed + 1;
    html! {
        <>
            <p>{ "The same acts and the same luck, in two set-ups beside each other." }</p>
            { printed(props) }
            <form class="stack" {onsubmit}>
                <h3>{ "Another parameter, or other luck" }</h3>
                <div class="params">
                    <label class="field"><span>{ "Parameter" }</span>
                        <select name="param">
                            <option value="">{ "none" }</option>
                            { for lab.params.iter().map(|param| {
                                let now = param.text(props.setup.param(param.name));
                                html! { <option value={param.name}>{ format!("{} (now {now} {})", param.label, param.unit) }</option> }
                            }) }
                        </select>
                    </label>
                    <label class="field"><span>{ "Its other value" }</span><input name="value" inputmode="numeric" /></label>
                    <label class="field"><span>{ format!("Seed (now {})", props.setup.seed) }</span>
                        <input name="seed" inputmode="numeric" placeholder={format!("{seed}, say")} />
                    </label>
                </div>
                <div class="row"><button type="submit" class="button main">{ "Compare set-ups" }</button></div>
            </form>
            { pairs(lab) }
            { mutations(props) }
        </>
    }
}

/// The variants other than the present one that are, or are not, mutations.
fn others(props: &CompareSheet, mutations: bool) -> impl Iterator<Item = &'static Variant> {
    let own = props.setup.variant().name;
    let wanted = move |variant: &&Variant| {
        variant.name != own && (variant.kind == VariantKind::Mutation) == mutations
    };
    props.setup.lab().variants.iter().filter(wanted)
}

/// The pair that matters most: as the course prints it, and corrected.
fn printed(props: &CompareSheet) -> Html {
    html! { <ul class="stack">{ for others(props, false).map(|variant| self::variant(props, variant)) }</ul> }
}

/// One decision broken on purpose, each.
fn mutations(props: &CompareSheet) -> Html {
    let count = others(props, true).count();
    if count == 0 {
        return html! {};
    }
    html! {
        <details>
            <summary>{ format!("{count} mutations, each with one decision broken") }</summary>
            <ul class="stack">{ for others(props, true).map(|variant| self::variant(props, variant)) }</ul>
        </details>
    }
}

/// A variant on what happened here, or on a script that tells it from the corrected one.
fn variant(props: &CompareSheet, variant: &Variant) -> Html {
    let mut setup = props.setup.clone();
    if setup.set_variant(variant.name).is_err() {
        return html! {};
    }
    let here = setup.clone();
    let onclick = props.dispatch.reform(move |_: MouseEvent| Msg::CompareWith(here.clone(), None));
    html! {
        <li class="stack compare-variant">
            <div class="row">
                <button type="button" class="button" {onclick}>{ format!("Compare with {}", variant.name) }</button>
                <span class="small soft">{ prose(variant.what) }</span>
            </div>
            if !variant.witnesses.is_empty() {
                <details class="small">
                    <summary>{ "On a script that tells them apart" }</summary>
                    <ul>
                        { for variant.witnesses.iter().map(|witness| {
                            let setup = setup.clone();
                            let onclick = props.dispatch.reform(move |_: MouseEvent| {
                                Msg::CompareWith(setup.clone(), Some(witness))
                            });
                            html! {
                                <li><button type="button" class="button small quiet compare-witness" {onclick}>
                                    { format!("{}: {}", witness.flaw, witness.shows) }
                                </button></li>
                            }
                        }) }
                    </ul>
                </details>
            }
        </li>
    }
}

/// Another lab that solves the same problem.
fn pairs(lab: &Lab) -> Html {
    let own = PAIRS.iter().filter(|pair| pair.labs.contains(&lab.id));
    html! {
        <>
            { for own.map(|pair| {
                let titles = pair.labs.map(|id| labs::listed(id).map_or(id, |lab| lab.title)).join(" | ");
                html! {
                    <section class="stack">
                        <h3>{ "Another algorithm" }</h3>
                        <p><a class="button" href={format!("#{}", compare_hash(pair.id, &[]))}>{ titles }</a>{ " " }{ pair.summary }</p>
                    </section>
                }
            }) }
        </>
    }
}

fn read(setup: &Setup, event: &SubmitEvent) -> Result<Setup, String> {
    let mut other = setup.clone();
    let field = |name: &str| browser::field(event, name).trim().to_string();
    let (param, value, seed) = (field("param"), field("value"), field("seed"));
    if let Some(param) = setup.lab().param(&param) {
        other.set_param(param.name, param.read(&value)?)?;
    }
    if !seed.is_empty() {
        other.seed =
            seed.parse().map_err(|_| format!("the seed is a whole number, not “{seed}”"))?;
    }
    if other == *setup {
        return Err("choose a parameter and another value for it, or another seed".to_string());
    }
    Ok(other)
}
