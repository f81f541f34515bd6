//! What several views use.

mod chip_form;
mod compare;
mod dialog;
mod forms;
mod icon;
mod more;
mod panels_of_node;
mod setup;
mod table;
mod toast;

use crate::ui::dom::classes;
use markup::html;
use yew::prelude::{Callback, Html, MouseEvent};

use crate::ui::chunk::chunk;
use crate::ui::piece::piece;

pub use chip_form::ChipForm;
pub use compare::CompareSheet;
pub use dialog::{Ask, FaultList, Help, dialog};
pub use faultline::play::frame::{plain, short};
pub use forms::{LinkForm, NodeForm};
pub use icon::{Icon, px};
pub use more::More;
pub use panels_of_node::{node_panels, spark};
pub use setup::SetupSheet;
pub use table::TableSheet;
pub use toast::Toasts;

/// How the insides of dialogs are drawn.
#[derive(Clone, Copy)]
pub struct Sheets {
    pub help: fn(Help) -> Html,
    pub setup: fn(SetupSheet) -> Html,
    pub table: fn(TableSheet) -> Html,
    pub ask: fn(Ask) -> Html,
    pub faults: fn(FaultList) -> Html,
    pub more: fn(More) -> Html,
    pub chip: fn(ChipForm) -> Html,
    pub compare: fn(CompareSheet) -> Html,
}

chunk! {
    pub SHEETS: Sheets = Sheets {
        help: piece,
        setup: piece,
        table: piece,
        ask: piece,
        faults: piece,
        more: piece,
        chip: piece,
        compare: piece,
    }, in sheets
}

/// A sentence in which `this` is code.
pub fn prose(text: &str) -> Html {
    let parts = text.split('`').enumerate().map(|(place, part)| match place % 2 {
        0 => html! { { part } },
        _ => html! { <code>{ part }</code> },
    });
    html! { <>{ for parts }</> }
}

/// A button with a picture and the name of its act: what is done, and to what. Where room is short,
/// only the first is to be seen. `kind` is for the style sheet: a frame may allow some kinds of acts only.
pub fn act_button(
    icon: Icon,
    verb: &str,
    object: &str,
    harm: bool,
    kind: &'static str,
    onclick: Callback<MouseEvent>,
) -> Html {
    html! {
        <button type="button" class={classes!("button", kind, harm.then_some("harm"))} {onclick}>
            { icon.html() }<span>
                { verb }
                if !object.is_empty() { <span class="object">{ format!(" {object}") }</span> }
            </span>
        </button>
    }
}

/// The sign of the house: three nodes, one of them cut off.
pub fn logo() -> Html {
    html! {
        <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
            <rect width="32" height="32" rx="7" class="logo-ground" />
            <path d="M9 22 16 9" class="logo-link" />
            <path d="M16 9 23 22" class="logo-cut" />
            <circle cx="16" cy="9" r="4" class="logo-node" /><circle cx="9" cy="22" r="4" class="logo-node" />
            <circle cx="23" cy="22" r="3" class="logo-lost" />
        </svg>
    }
}
