//! The script bar: every act of the run as a chip, in the order of time.

use markup::html;
use yew::prelude::{Callback, FocusEvent, Html, MouseEvent, PointerEvent};

use faultline::play::Chip;
use faultline::play::frame::clock_words;
use faultline::sim::Time;

use super::browser;
use super::dom::classes;
use super::parts::Icon;
use super::piece::{Piece, keyed};
use super::shared::Shared;
use super::state::{ChipMsg, Msg, Sheet};

#[derive(PartialEq)]
pub struct ScriptBar {
    pub chips: Shared<Vec<Chip>>,
    /// The chip that Tab leads to.
    pub chosen: usize,
    /// A chip that is being dragged, and where it is now.
    pub drag: Option<(usize, Time)>,
    /// Whether there is something to undo, to redo, and of the learner's faults to clear.
    pub ways_back: (bool, bool, bool),
    pub dispatch: Callback<Msg>,
}

impl Piece for ScriptBar {
    fn html(&self) -> Html {
        view(self)
    }
}

fn view(props: &ScriptBar) -> Html {
    let (undo, redo, clear) = props.ways_back;
    let add = props.dispatch.reform(|_: MouseEvent| Msg::Open(Some(Sheet::Chip(None))));
    let chip = |(place, chip): (usize, &Chip)| {
        let dragged = props.drag.filter(|(dragged, _)| *dragged == place);
        keyed(
            place,
            ChipButton {
                place,
                chip: chip.clone(),
                at: dragged.map_or(chip.time, |(_, time)| time),
                stop: place == props.chosen,
                dispatch: props.dispatch.clone(),
            },
        )
    };
    html! {
        <section class="script-bar" id="region-script" tabindex="-1" aria-label="Script: what was done">
            <h2 class="script-head">{ "Script" }</h2>
            if props.chips.is_empty() {
                <p class="soft small script-empty">{ "What you do is written here, to be moved and changed." }</p>
            }
            <ul class="chips">{ for props.chips.iter().enumerate().map(chip) }</ul>
            <button type="button" class="button small square quiet" aria-label="Add an act" title="Add an act" onclick={add}>
                { Icon::Plus.html() }
            </button>
            <div class="ways-back" role="group" aria-label="Ways back">
                { back(props, Icon::Undo, "Undo", undo, || Msg::Undo) }
                { back(props, Icon::Redo, "Redo", redo, || Msg::Redo) }
                { back(props, Icon::Broom, "Clear my faults", clear, || Msg::ClearFaults) }
            </div>
        </section>
    }
}

/// A way back from what was done; greyed out while there is nothing of it.
fn back(props: &ScriptBar, icon: Icon, name: &'static str, on: bool, msg: fn() -> Msg) -> Html {
    let onclick = props.dispatch.reform(move |_: MouseEvent| msg());
    html! {
        <button type="button" class="button small quiet" aria-label={name} title={name} disabled={!on} {onclick}>
            { icon.html() }<span class="word" aria-hidden="true">{ name }</span>
        </button>
    }
}

#[derive(PartialEq)]
struct ChipButton {
    place: usize,
    chip: Chip,
    /// Its time, or where it is being dragged.
    at: Time,
    /// Whether Tab stops here.
    stop: bool,
    dispatch: Callback<Msg>,
}

impl Piece for ChipButton {
    fn html(&self) -> Html {
        let ChipButton { place, chip, at, .. } = self;
        let place = *place;
        let time = clock_words(*at);
        let mut name = format!("{} at {time}", chip.words);
        if chip.scripted {
            name.push_str(", by the scenario");
        }
        if chip.ahead {
            name.push_str(", still ahead");
        }
        if let Some(why) = &chip.refused {
            name.push_str(&format!(", not done: {why}"));
        }
        let class = classes!(
            "act-chip",
            chip.refused.is_some().then_some("refused"),
            chip.ahead.then_some("ahead"),
            chip.scripted.then_some("scripted")
        );
        let onclick = self.dispatch.reform(move |_: MouseEvent| Msg::Chip(ChipMsg::Click(place)));
        let onpointerdown = self.dispatch.reform(move |event: PointerEvent| {
            browser::hold_pointer(&event);
            Msg::Chip(ChipMsg::Hold(place, event.client_x()))
        });
        let drag = self.dispatch.clone();
        let onpointermove = Callback::from(move |event: PointerEvent| {
            if event.buttons() & 1 == 1 {
                drag.emit(Msg::Chip(ChipMsg::Drag(event.client_x())));
            }
        });
        let onpointerup = self.dispatch.reform(|_: PointerEvent| Msg::Chip(ChipMsg::Drop));
        let onpointercancel = onpointerup.clone();
        let onfocus = self.dispatch.reform(move |_: FocusEvent| Msg::Chip(ChipMsg::Focus(place)));
        html! {
            <li>
                <button type="button" {class} data-chip={place.to_string()} aria-label={name.clone()} title={name}
                    data-step={chip.step.map(|step| step.to_string())}
                    tabindex={if self.stop { "0" } else { "-1" }} {onclick} {onfocus}
                    {onpointerdown} {onpointermove} {onpointerup} {onpointercancel}>
                    <span class="grip" aria-hidden="true"></span>
                    if chip.refused.is_some() { { Icon::Warning.html() } }
                    <code>{ &chip.words }</code>{ " " }
                    <span class="number soft">{ format!("at {time}") }</span>
                </button>
            </li>
        }
    }
}
