//! What else can be done with what is selected: all that needs a number, a timer or a choice.

use markup::html;
use yew::prelude::{Callback, Html, MouseEvent, SubmitEvent};

use faultline::labs::Lab;
use faultline::play::frame::{SceneExt, brief};
use faultline::sim::view::{SceneNode, SceneTimer};
use faultline::sim::{Condition, Input, MsgId, Scene, Span};

use crate::ui::browser;
use crate::ui::piece::{Piece, piece};
use crate::ui::shared::Shared;
use crate::ui::state::{Msg, Selection};

use super::forms::presets;
use super::{LinkForm, NodeForm, plain};

#[derive(Clone, PartialEq)]
pub struct More {
    pub scene: Shared<Scene>,
    pub selection: Selection,
    pub lab: &'static Lab,
    pub dispatch: Callback<Msg>,
}

impl Piece for More {
    fn html(&self) -> Html {
        let (scene, dispatch) = (self.scene.clone(), self.dispatch.clone());
        match self.selection {
            Selection::Node(id) => {
                self.scene.node(id).map_or_else(gone, |node| of_node(self, node))
            }
            Selection::Link(a, b) => piece(LinkForm { scene, a, b, dispatch }),
            Selection::Message(id) => of_message(self, id),
            Selection::Nothing => gone(),
        }
    }
}

fn gone() -> Html {
    html! { <p>{ "Select a node, a link or a message first." }</p> }
}

fn of_node(props: &More, node: &SceneNode) -> Html {
    let form = NodeForm {
        node: node.id,
        lab: props.lab,
        down: node.condition == Condition::Down,
        dispatch: props.dispatch.clone(),
    };
    let timer = |timer: &SceneTimer| {
        let input = Input::FireTimer(node.id, timer.name.clone());
        let fire = props.dispatch.reform(move |_: MouseEvent| Msg::Act(input.clone()));
        html! {
            <li class="row">
                <button type="button" class="button small" onclick={fire}>
                    { format!("Fire {} timer of {}", timer.name, plain(node.id)) }
                </button>
                <span class="soft small">{ format!("due in {}", brief(timer.due.since(props.scene.time))) }</span>
            </li>
        }
    };
    let timers = node.condition != Condition::Down && !node.timers.is_empty();
    html! {
        <>
            if timers {
                <section class="facts">
                    <h2>{ "Timers" }</h2>
                    <ul class="stack">{ for node.timers.iter().map(timer) }</ul>
                </section>
            }
            { piece(form) }
            if node.condition == Condition::Down {
                <p>{ format!("{} is down. Restart it, and it can be disturbed again.", node.id) }</p>
            }
        </>
    }
}

fn of_message(props: &More, id: MsgId) -> Html {
    let act = |words: &'static str, input: Input| {
        let onclick = props.dispatch.reform(move |_: MouseEvent| Msg::Act(input.clone()));
        html! { <button type="button" class="button small" {onclick}>{ words }</button> }
    };
    let onsubmit = props.dispatch.reform(move |event: SubmitEvent| {
        event.prevent_default();
        let text = browser::field(&event, "number");
        match text.trim().replace(' ', "").parse::<Span>() {
            Ok(span) => Msg::Act(Input::Delay(id, span)),
            Err(why) => Msg::Complain(why),
        }
    });
    html! {
        <>
            <p><strong>{ format!("message {}", id.0) }</strong></p>
            <form class="acts-form" {onsubmit}>
                <label class="field"><span>{ "Later by" }</span>
                    <input type="text" class="number" name="number" ~defaultValue={"50ms".to_string()} autofocus=true />
                </label>
                <div class="row">
                    { presets("number", &["10ms", "50ms", "200ms", "1s"]) }
                    <button type="submit" class="button small main">{ "Delay it" }</button>
                </div>
            </form>
            <div class="row">
                { act("Drop", Input::Drop(id)) }
                { act("Duplicate", Input::Duplicate(id)) }
                { act("Damage", Input::Corrupt(id)) }
                { act("Deliver now", Input::Hurry(id)) }
            </div>
        </>
    }
}
