//! Dialogs: the help, all faults, and asking something of a node.

use yew::prelude::*;

use faultline::labs::{Claim, Lab};
use faultline::play::frame::{CellState, strip_row};
use faultline::sim::faults::FaultRecord;
use faultline::sim::{Input, NodeId, Scene};

use crate::ui::app::Settings;
use crate::ui::browser;
use crate::ui::keys::{MAP, Scope};
use crate::ui::shared::Shared;
use crate::ui::state::Msg;

use super::{Icon, plain, prose};

#[derive(Properties, PartialEq)]
pub struct DialogProps {
    pub title: AttrValue,
    pub onclose: Callback<()>,
    #[prop_or_default]
    pub children: Html,
}

/// A `<dialog>` over the page; Escape closes it and the focus goes back.
#[component]
pub fn Dialog(props: &DialogProps) -> Html {
    let root = use_node_ref();
    {
        let root = root.clone();
        use_effect_with((), move |()| {
            if let Some(element) = root.cast::<web_sys::Element>() {
                browser::open_dialog(&element);
            }
        });
    }
    let closed = props.onclose.reform(|_: Event| ());
    let close = props.onclose.reform(|_: MouseEvent| ());
    html! {
        <dialog ref={root} onclose={closed} aria-labelledby="dialog-title">
            <div class="dialog-head">
                <h2 id="dialog-title">{ props.title.clone() }</h2>
                <button type="button" class="button quiet square" aria-label="Close" onclick={close}>
                    { Icon::Cross.html() }
                </button>
            </div>
            <div class="dialog-body">{ props.children.clone() }</div>
        </dialog>
    }
}

#[derive(Properties, PartialEq)]
pub struct HelpProps {
    pub settings: Settings,
    pub set_settings: Callback<Settings>,
}

/// The keyboard map, from the same table as its handler.
#[component]
pub fn Help(props: &HelpProps) -> Html {
    let settings = props.settings.clone();
    let onchange = props.set_settings.reform(move |event: Event| Settings {
        letters: browser::checked(&event),
        ..settings.clone()
    });
    html! {
        <>
            <label class="check">
                <input type="checkbox" checked={props.settings.letters} {onchange} />
                { "Single letters are keys while the stage has the focus" }
            </label>
            { map("Everywhere in a lab", Scope::Lab) }
            { map("On the stage", Scope::Stage) }
        </>
    }
}

fn map(title: &str, scope: Scope) -> Html {
    html! {
        <section class="stack">
            <h2 class="keys-head">{ title }</h2>
            <dl class="keys">
                { for MAP.iter().filter(|binding| binding.scope == scope).map(|binding| html! {
                    <div><dt><kbd>{ binding.shown }</kbd></dt><dd>{ binding.does }</dd></div>
                }) }
            </dl>
        </section>
    }
}

#[derive(Properties, PartialEq)]
pub struct FaultListProps {
    pub scene: Shared<Scene>,
    pub dispatch: Callback<Msg>,
}

/// Every fault of the run, with the stages that it reached.
#[component]
pub fn FaultList(props: &FaultListProps) -> Html {
    if props.scene.faults.is_empty() {
        return html! { <p>{ "There is no fault yet." }</p> };
    }
    html! {
        <div class="scroll" tabindex="0">
            <table class="table">
                <thead><tr>
                    <th>{ "Fault" }</th><th>{ "Introduced" }</th><th>{ "Reached" }</th>
                    <th><span class="unseen">{ "Show" }</span></th>
                </tr></thead>
                <tbody>
                    { for props.scene.faults.iter().enumerate().map(|(place, fault)| row(props, place, fault)) }
                </tbody>
            </table>
        </div>
    }
}

fn row(props: &FaultListProps, place: usize, fault: &FaultRecord) -> Html {
    let show = props.dispatch.reform(move |_: MouseEvent| Msg::ChooseFault(Some(place)));
    let row = strip_row(Some(fault));
    let reached = row.cells.iter().chain(&row.exit).filter(|cell| cell.state != CellState::Ahead);
    html! {
        <tr>
            <td><code>{ fault.what.clone() }</code></td>
            <td class="number">{ fault.introduced().time.to_string() }</td>
            <td>
                <ul class="row">
                    { for reached.map(|cell| html! {
                        <li class="chip">{ Icon::of_stage(cell.stage).html() }{ cell.stage.word() }</li>
                    }) }
                </ul>
            </td>
            <td>
                <button type="button" class="button small" onclick={show}>
                    { "Show" }<span class="unseen">{ format!(" {} in the strip", fault.id) }</span>
                </button>
            </td>
        </tr>
    }
}

#[derive(Properties, PartialEq)]
pub struct AskProps {
    pub lab: &'static Lab,
    pub node: NodeId,
    pub dispatch: Callback<Msg>,
}

/// Asks a node for something, in the lab's own words.
#[component]
pub fn Ask(props: &AskProps) -> Html {
    let example = props.lab.commands.first().map_or(String::new(), example);
    let words = use_state(|| AttrValue::from(example));
    let oninput = {
        let words = words.clone();
        Callback::from(move |event: InputEvent| words.set(browser::value_of(&event).into()))
    };
    let onsubmit = {
        let (words, node, dispatch) = (words.clone(), props.node, props.dispatch.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            dispatch.emit(Msg::Act(Input::Command(node, words.to_string())));
            dispatch.emit(Msg::Open(None));
        })
    };
    html! {
        <form class="stack" {onsubmit}>
            <label class="field">
                <span>{ format!("What to ask {}", plain(props.node)) }</span>
                <input type="text" value={(*words).clone()} {oninput} autofocus=true />
            </label>
            <dl class="claims">
                { for props.lab.commands.iter().map(|claim| html! {
                    <div><dt><code>{ claim.name }</code></dt><dd>{ prose(claim.means) }</dd></div>
                }) }
            </dl>
            <div class="row"><button type="submit" class="button main">{ "Ask" }</button></div>
        </form>
    }
}

/// A form such as `put KEY VALUE` with something in the place of its capitals.
fn example(claim: &Claim) -> String {
    let word = |word: &str| {
        let placeholder = word.chars().all(|c| c.is_ascii_uppercase() || c == '_');
        match (placeholder, word) {
            (true, "VALUE") => "1".to_string(),
            (true, _) => "x".to_string(),
            (false, word) => word.to_string(),
        }
    };
    claim.name.split(' ').map(word).collect::<Vec<_>>().join(" ")
}
