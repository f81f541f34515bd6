//! Everything on the stage as tables: for those who read better than they see, and for print.

use markup::html;
use yew::prelude::{Callback, Html, MouseEvent};

use crate::ui::piece::Piece;

use faultline::play::frame::{SceneExt, clock_words, role_badge};
use faultline::sim::view::{Flight, SceneNode};
use faultline::sim::{Condition, Input, NodeId, Scene};

use crate::ui::browser;
use crate::ui::panels::LogRow;
use crate::ui::shared::Shared;
use crate::ui::state::Msg;

#[derive(Clone, PartialEq)]
pub struct TableSheet {
    pub scene: Shared<Scene>,
    /// The last events.
    pub log: Shared<Vec<LogRow>>,
    pub dispatch: Callback<Msg>,
}

impl Piece for TableSheet {
    fn html(&self) -> Html {
        view(self)
    }
}

fn view(props: &TableSheet) -> Html {
    let print = Callback::from(|_: MouseEvent| browser::print());
    html! {
        <>
            <p>{ faultline::play::frame::summary(&props.scene) }</p>
            { nodes(props) }
            { links(props) }
            { messages(props) }
            { timeline(props) }
            <div class="row">
                <button type="button" class="button" onclick={print}>{ "Print these tables" }</button>
            </div>
        </>
    }
}

fn act(props: &TableSheet, words: String, input: Input) -> Html {
    let onclick = props.dispatch.reform(move |_: MouseEvent| Msg::Act(input.clone()));
    html! { <button type="button" class="button small" {onclick}>{ words }</button> }
}

fn nodes(props: &TableSheet) -> Html {
    html! {
        <section class="stack">
            <h3>{ "Nodes" }</h3>
            <div class="scroll" tabindex="0"><table class="table">
                <thead><tr>
                    <th>{ "Node" }</th><th>{ "Role" }</th><th>{ "State" }</th><th>{ "Condition" }</th>
                    <th>{ "Suspects" }</th><th>{ "Acts" }</th>
                </tr></thead>
                <tbody>{ for props.scene.nodes.iter().map(|node| node_row(props, node)) }</tbody>
            </table></div>
        </section>
    }
}

fn node_row(props: &TableSheet, node: &SceneNode) -> Html {
    let id = node.id;
    let suspects: Vec<String> = node.suspects.iter().map(NodeId::to_string).collect();
    let acts = match node.condition {
        Condition::Up => html! { <>
            { act(props, format!("Kill {id}"), Input::Crash(id)) }
            { act(props, format!("Pause {id}"), Input::Pause(id)) }
        </> },
        Condition::Paused => html! { <>
            { act(props, format!("Kill {id}"), Input::Crash(id)) }
            { act(props, format!("Resume {id}"), Input::Resume(id)) }
        </> },
        Condition::Down => act(props, format!("Restart {id}"), Input::Restart(id)),
    };
    html! {
        <tr>
            <th scope="row">{ id.to_string() }</th>
            <td>{ node.view.role }</td>
            <td>{ role_badge(node) }</td>
            <td>{ node.condition.word() }</td>
            <td>{ suspects.join(", ") }</td>
            <td><div class="row">{ acts }</div></td>
        </tr>
    }
}

/// A matrix: from the row's node to the column's.
fn links(props: &TableSheet) -> Html {
    let ids: Vec<NodeId> = props.scene.nodes.iter().map(|node| node.id).collect();
    html! {
        <section class="stack">
            <h3>{ "Links, from the row to the column" }</h3>
            <div class="scroll" tabindex="0"><table class="table matrix">
                <thead><tr>
                    <td></td>
                    { for ids.iter().map(|id| html! { <th>{ id.to_string() }</th> }) }
                </tr></thead>
                <tbody>
                    { for ids.iter().map(|&from| html! {
                        <tr>
                            <th scope="row">{ from.to_string() }</th>
                            { for ids.iter().map(|&to| html! { <td>{ link(props, from, to) }</td> }) }
                        </tr>
                    }) }
                </tbody>
            </table></div>
        </section>
    }
}

fn link(props: &TableSheet, from: NodeId, to: NodeId) -> Html {
    if from == to {
        return html! {};
    }
    let cut = props.scene.is_cut(from, to);
    let input = if cut { Input::Heal(from, to) } else { Input::Cut(from, to) };
    let onclick = props.dispatch.reform(move |_: MouseEvent| Msg::Act(input.clone()));
    html! {
        <button type="button" class="button small" aria-pressed={cut.to_string()} {onclick}>
            <span class="unseen">{ format!("From {from} to {to}: ") }</span>
            { if cut { "cut" } else { "open" } }
        </button>
    }
}

fn messages(props: &TableSheet) -> Html {
    if props.scene.messages.is_empty() {
        return html! { <p>{ "No message is on its way." }</p> };
    }
    html! {
        <section class="stack">
            <h3>{ "Messages on their way" }</h3>
            <div class="scroll" tabindex="0"><table class="table">
                <thead><tr>
                    <th>{ "Message" }</th><th>{ "Kind" }</th><th>{ "From" }</th><th>{ "To" }</th>
                    <th>{ "Content" }</th><th>{ "Act" }</th>
                </tr></thead>
                <tbody>{ for props.scene.messages.iter().map(|flight| message(props, flight)) }</tbody>
            </table></div>
        </section>
    }
}

/// The last events, latest first, each a way back to its moment.
fn timeline(props: &TableSheet) -> Html {
    let row = |row: &LogRow| {
        let position = row.step + 1;
        let go = props.dispatch.reform(move |_: MouseEvent| Msg::SeekStep(position));
        html! {
            <tr>
                <td class="number">{ clock_words(row.time) }</td>
                <td>{ row.node.map_or_else(String::new, |node| node.to_string()) }</td>
                <td>{ &row.text }</td>
                <td><button type="button" class="button small" onclick={go}>
                    { "Go there" }<span class="unseen">{ format!(": event {}", row.step) }</span>
                </button></td>
            </tr>
        }
    };
    html! {
        <section class="stack">
            <h3>{ "What happened, latest first" }</h3>
            <div class="scroll" tabindex="0"><table class="table">
                <thead><tr>
                    <th>{ "Time" }</th><th>{ "Node" }</th><th>{ "Event" }</th>
                    <th><span class="unseen">{ "Act" }</span></th>
                </tr></thead>
                <tbody>{ for props.log.iter().rev().map(row) }</tbody>
            </table></div>
        </section>
    }
}

fn message(props: &TableSheet, flight: &Flight) -> Html {
    let message = &flight.message;
    html! {
        <tr>
            <th scope="row">{ message.id.to_string() }</th>
            <td>{ message.kind }</td>
            <td>{ message.from.to_string() }</td>
            <td>{ message.to.to_string() }</td>
            <td>{ message.text.clone() }</td>
            <td><div class="row">
                { act(props, format!("Drop {}", message.id), Input::Drop(message.id)) }
                { act(props, format!("Deliver {} now", message.id), Input::Hurry(message.id)) }
            </div></td>
        </tr>
    }
}
