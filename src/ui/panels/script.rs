//! The script of the run: all that was done, exactly.

use markup::html;
use yew::prelude::{Callback, Html, MouseEvent};

use crate::ui::piece::Piece;

use crate::ui::browser;
use crate::ui::parts::Icon;
use crate::ui::route::script_hash;
use crate::ui::shared::Shared;
use crate::ui::state::Msg;
use faultline::labs::Lab;

#[derive(Clone, PartialEq)]
pub struct Script {
    pub script: Shared<String>,
    pub lab: &'static Lab,
    pub dispatch: Callback<Msg>,
}

impl Piece for Script {
    fn html(&self) -> Html {
        view(self)
    }
}

fn view(props: &Script) -> Html {
    let copy = |text: String, what: &'static str| {
        props.dispatch.reform(move |_: MouseEvent| Msg::Copy(text.clone(), what))
    };
    let link = browser::address(&script_hash(props.lab, &props.script));
    let rows = (props.script.lines().count() + 1).clamp(6, 24).to_string();
    html! {
        <>
            <p class="soft">{ "This is the whole experiment: whoever plays it gets the same run, event for event." }</p>
            <textarea class="script" readonly=true {rows} aria-label="Script" value={props.script.to_string()} />
            <div class="row">
                <button type="button" class="button" onclick={copy(props.script.to_string(), "script")}>
                    { Icon::Copy.html() }{ "Copy script" }
                </button>
                <button type="button" class="button" onclick={copy(link, "link")}>
                    { Icon::Link.html() }{ "Copy link" }
                </button>
            </div>
        </>
    }
}
