//! "Why?": the chain of causes from one event back to the first.

use markup::html;
use yew::prelude::{Callback, Html, MouseEvent};

use crate::ui::piece::Piece;

use faultline::play::WhyLink;
use faultline::play::frame::clock_words;
use faultline::sim::StepIndex;

use crate::ui::shared::Shared;
use crate::ui::state::Msg;

#[derive(Clone, PartialEq)]
pub struct Why {
    pub chain: Shared<Vec<WhyLink>>,
    pub position: StepIndex,
    /// Whether the chain is that of a chosen event, not of the last one.
    pub chosen: bool,
    pub dispatch: Callback<Msg>,
}

impl Piece for Why {
    fn html(&self) -> Html {
        view(self)
    }
}

fn view(props: &Why) -> Html {
    let Some(first) = props.chain.first() else {
        return html! { <p class="soft">{ "Nothing has happened yet." }</p> };
    };
    let here = props.position.checked_sub(1);
    let ask = props.dispatch.clone();
    let last = Callback::from(move |_: MouseEvent| {
        if let Some(step) = here {
            ask.emit(Msg::WhyOf(step));
        }
    });
    html! {
        <>
            <p class="why-first" data-step={first.step.to_string()}><strong>{ clock_words(first.time) }</strong>{ " " }{ &first.sentence }</p>
            <ol class="why">
                { for props.chain.iter().skip(1).map(|link| cause(props, link)) }
            </ol>
            if props.chain.len() == 1 { <p class="soft">{ "This is a first cause: nothing before it led here." }</p> }
            if props.chosen && here != Some(first.step) {
                <button type="button" class="button small" onclick={last}>{ "Why did the last event happen?" }</button>
            }
        </>
    }
}

fn cause(props: &Why, link: &WhyLink) -> Html {
    let step = link.step;
    let go = props.dispatch.reform(move |_: MouseEvent| Msg::SeekStep(step + 1));
    html! {
        <li data-step={step.to_string()}>
            <span class="small soft number">{ "because at " }{ clock_words(link.time) }</span>
            <p>{ &link.sentence }</p>
            <button type="button" class="button small" onclick={go}>
                { "Go there" }<span class="unseen">{ format!(", {}", clock_words(link.time)) }</span>
            </button>
        </li>
    }
}
