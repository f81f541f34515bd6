//! Sentences over the page: what was refused, what became of the old future.

use crate::ui::dom::classes;
use markup::html;
use yew::prelude::{Callback, Html, MouseEvent};

use crate::ui::piece::Piece;

use crate::ui::lab_page::Toast;
use crate::ui::state::Msg;

use super::Icon;

#[derive(PartialEq)]
pub struct Toasts {
    pub toast: Option<Toast>,
    pub dispatch: Callback<Msg>,
}

impl Piece for Toasts {
    fn html(&self) -> Html {
        toasts(self)
    }
}

/// Where toasts appear. It stays until it is closed or the next act; nothing runs out of time.
fn toasts(props: &Toasts) -> Html {
    html! {
        <div class="toasts">
            if let Some(toast) = &props.toast { { view(props, toast) } }
        </div>
    }
}

fn view(props: &Toasts, toast: &Toast) -> Html {
    let close = props.dispatch.reform(|_: MouseEvent| Msg::Dismiss);
    let back = toast.run.map(|run| {
        let onclick = props.dispatch.reform(move |_: MouseEvent| Msg::SwitchRun(run));
        html! {
            <button type="button" class="button small" {onclick}>{ format!("Back to {}", run.name()) }</button>
        }
    });
    html! {
        <div class={classes!("notice", (!toast.refusal).then_some("plain"))}>
            <p>{ toast.text.clone() }</p>
            { back }
            <button type="button" class="button small quiet square" aria-label="Dismiss" onclick={close}>
                { Icon::Cross.html() }
            </button>
        </div>
    }
}
