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

pub use chip_form::ChipForm;
pub use compare::CompareSheet;
pub use dialog::{Ask, FaultList, Help, dialog};
pub use faultline::play::frame::{plain, short};
pub use forms::{LinkForm, NodeForm};
pub use icon::{Icon, px};
pub use more::More;
pub use panels_of_node::node_panels;
pub use setup::SetupSheet;
pub use table::TableSheet;
pub use toast::Toasts;

/// A sentence in which `this` is code.
pub fn prose(text: &str) -> Html {
    let parts = text.split('`').enumerate().map(|(place, part)| match place % 2 {
        0 => html! { { part } },
        _ => html! { <code>{ part }</code> },
    });
    html! { <>{ for parts }</> }
}

/// A button with a picture and the name of its act: what is done, and to what. Where room is short,
/// only the first is to be seen.
pub fn act_button(
    icon: Icon,
    verb: &str,
    object: &str,
    harm: bool,
    onclick: Callback<MouseEvent>,
) -> Html {
    html! {
        <button type="button" class={classes!("button", harm.then_some("harm"))} {onclick}>
            { icon.html() }<span>
                { verb }
                if !object.is_empty() { <span class="object">{ format!(" {object}") }</span> }
            </span>
        </button>
    }
}
