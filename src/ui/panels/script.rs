//! The script of the run: all that was done, exactly.

use yew::prelude::*;

use crate::ui::browser;
use crate::ui::parts::Icon;
use crate::ui::route::script_hash;
use crate::ui::shared::Shared;
use faultline::labs::Lab;

#[derive(Properties, PartialEq)]
pub struct ScriptProps {
    pub script: Shared<String>,
    pub lab: &'static Lab,
}

#[component]
pub fn Script(props: &ScriptProps) -> Html {
    let said = use_state(|| "");
    let copy = |what: String, done_words: &'static str| {
        let said = said.clone();
        Callback::from(move |_: MouseEvent| {
            let said = said.clone();
            browser::copy(&what, move |done| {
                said.set(if done {
                    done_words
                } else {
                    "The browser did not allow it: select the text and copy it."
                });
            });
        })
    };
    let link = browser::address(&script_hash(props.lab, &props.script));
    let rows = (props.script.lines().count() + 1).clamp(6, 24).to_string();
    html! {
        <>
            <p class="soft">{ "This is the whole experiment: whoever plays it gets the same run, event for event." }</p>
            <textarea class="script" readonly=true {rows} aria-label="Script" value={props.script.to_string()} />
            <div class="row">
                <button type="button" class="button" onclick={copy(props.script.to_string(), "The script is copied.")}>
                    { Icon::Copy.html() }{ "Copy script" }
                </button>
                <button type="button" class="button" onclick={copy(link, "The link is copied.")}>
                    { Icon::Link.html() }{ "Copy link" }
                </button>
            </div>
            <p class="small" role="status">{ *said }</p>
        </>
    }
}
