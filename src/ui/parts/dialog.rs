//! Dialogs: the help, all faults, and asking something of a node.

use markup::html;
use yew::prelude::{Callback, Event, Html, MouseEvent, SubmitEvent};

use crate::ui::piece::Piece;

use faultline::labs::{Claim, Lab};
use faultline::play::announce::Level;
use faultline::play::frame::{CellState, STAGES, stage_meaning, strip_row};
use faultline::sim::faults::FaultRecord;
use faultline::sim::{NodeId, Scene};

use crate::ui::app::{Settings, Theme};
use crate::ui::browser;
use crate::ui::keys::{MAP, Scope};
use crate::ui::shared::Shared;
use crate::ui::state::Msg;

use super::{Icon, plain, prose};

/// A `<dialog>` over the page; Escape closes it and the focus goes back. The lab page opens it.
pub fn dialog(title: &'static str, dispatch: &Callback<Msg>, body: Html) -> Html {
    let closed = dispatch.reform(|_: Event| Msg::Open(None));
    let close = dispatch.reform(|_: MouseEvent| Msg::Open(None));
    html! {
        <dialog onclose={closed} aria-labelledby="dialog-title">
            <div class="dialog-head">
                <h2 id="dialog-title">{ title }</h2>
                <button type="button" class="button quiet square" aria-label="Close" onclick={close}>
                    { Icon::Cross.html() }
                </button>
            </div>
            <div class="dialog-body">{ body }</div>
        </dialog>
    }
}

#[derive(Clone, PartialEq)]
pub struct Help {
    pub settings: Settings,
    pub set_settings: Callback<Settings>,
}

impl Piece for Help {
    fn html(&self) -> Html {
        help(self)
    }
}

/// The keyboard map, from the same table as its handler.
fn help(props: &Help) -> Html {
    let settings = props.settings.clone();
    let onchange = props.set_settings.reform(move |event: Event| Settings {
        letters: browser::checked(&event),
        ..settings.clone()
    });
    let settings = props.settings.clone();
    let announce = props.set_settings.reform(move |event: Event| Settings {
        announce: Level::read(&browser::value_of(&event)).unwrap_or(Level::KeyEvents),
        ..settings.clone()
    });
    let settings = props.settings.clone();
    let theme = props.set_settings.reform(move |event: Event| Settings {
        theme: Theme::read(&browser::value_of(&event)).unwrap_or(Theme::Auto),
        ..settings.clone()
    });
    html! {
        <>
            <label class="field row">
                <span>{ "Colours and sizes" }</span>
                <select onchange={theme}>
                    { for Theme::ALL.into_iter().map(|theme| html! {
                        <option value={theme.id()} selected={theme == props.settings.theme}>{ theme.word() }</option>
                    }) }
                </select>
            </label>
            <label class="field row">
                <span>{ "What a screen reader is told while time runs" }</span>
                <select onchange={announce}>
                    { for Level::ALL.into_iter().map(|level| html! {
                        <option value={level.id()} selected={level == props.settings.announce}>{ level.word() }</option>
                    }) }
                </select>
            </label>
            <label class="check">
                <input type="checkbox" checked={props.settings.letters} {onchange} />
                { "Single letters are keys while the stage has the focus" }
            </label>
            { for Scope::ALL.into_iter().map(map) }
        </>
    }
}

fn map(scope: Scope) -> Html {
    let title = scope.words();
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

#[derive(Clone, PartialEq)]
pub struct FaultList {
    pub scene: Shared<Scene>,
    pub dispatch: Callback<Msg>,
}

impl Piece for FaultList {
    fn html(&self) -> Html {
        fault_list(self)
    }
}

/// Every fault of the run, with the stages that it reached.
fn fault_list(props: &FaultList) -> Html {
    html! {
        <>
            if props.scene.faults.is_empty() { <p>{ "There is no fault yet." }</p> }
            if !props.scene.faults.is_empty() { { fault_table(props) } }
            <h3>{ "What the words mean" }</h3>
            { terms() }
        </>
    }
}

/// The words of the fault strip.
pub fn terms() -> Html {
    html! {
        <dl class="terms">
            { for STAGES.into_iter().map(|stage| html! {
                <div>
                    <dt>{ Icon::of_stage(stage).html() }{ stage.word() }</dt>
                    <dd>{ stage_meaning(stage) }</dd>
                </div>
            }) }
        </dl>
    }
}

fn fault_table(props: &FaultList) -> Html {
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

fn row(props: &FaultList, place: usize, fault: &FaultRecord) -> Html {
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

#[derive(Clone, PartialEq)]
pub struct Ask {
    pub lab: &'static Lab,
    pub node: NodeId,
    pub dispatch: Callback<Msg>,
}

impl Piece for Ask {
    fn html(&self) -> Html {
        ask(self)
    }
}

/// Asks a node for something, in the lab's own words.
fn ask(props: &Ask) -> Html {
    let example = props.lab.commands.first().map_or(String::new(), example);
    let node = props.node;
    let onsubmit = props.dispatch.reform(move |event: SubmitEvent| {
        event.prevent_default();
        Msg::Ask(node, browser::field(&event, "words"))
    });
    html! {
        <form class="stack" {onsubmit}>
            <label class="field">
                <span>{ format!("What to ask {}", plain(node)) }</span>
                <input type="text" name="words" ~defaultValue={example} autofocus=true />
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
