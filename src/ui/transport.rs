//! The transport: play, step, seek, and how fast.

use crate::ui::dom::classes;
use markup::html;
use yew::prelude::{AttrValue, Callback, Event, Html, InputEvent, KeyboardEvent, MouseEvent};

use crate::ui::piece::Piece;

use faultline::sim::{StepIndex, Time};

use super::browser;
use super::parts::Icon;
use super::state::{Go, Msg, SPEEDS};

#[derive(PartialEq)]
pub struct Transport {
    pub playing: bool,
    pub position: StepIndex,
    /// How many steps of the run are known.
    pub end: StepIndex,
    pub clock: Time,
    /// What the last step was, in words.
    pub last: AttrValue,
    pub speed: usize,
    pub dispatch: Callback<Msg>,
}

impl Piece for Transport {
    fn html(&self) -> Html {
        view(self)
    }
}

fn view(props: &Transport) -> Html {
    let play = props.dispatch.reform(|_: MouseEvent| Msg::TogglePlay);
    let (icon, word) = if props.playing { (Icon::Pause, "Pause") } else { (Icon::Play, "Play") };
    html! {
        <section class="transport" id="region-transport" tabindex="-1" aria-label="Transport">
            <div class="moves">
                { go(props, Icon::Reset, "Reset scenario", Go::Reset, false) }
                { go(props, Icon::Back, "Step back", Go::Back, props.position == 0) }
                <button type="button" class="button main play" onclick={play}>
                    { icon.html() }<span>{ word }</span>
                </button>
                { go(props, Icon::Step, "Step", Go::Step, false) }
                { go(props, Icon::Envelope, "Next message", Go::NextMessage, false) }
                { go(props, Icon::Flag, "Next change", Go::NextChange, false) }
            </div>
            { scrubber(props) }
            { speed(props) }
        </section>
    }
}

fn go(props: &Transport, icon: Icon, name: &'static str, go: Go, off: bool) -> Html {
    let onclick = props.dispatch.reform(move |_: MouseEvent| Msg::Go(go));
    html! {
        <button type="button" class={classes!("button", "move", name.to_ascii_lowercase().replace(' ', "-"))}
            disabled={off} aria-label={name} title={name} {onclick}>
            { icon.html() }<span class="word" aria-hidden="true">{ name }</span>
        </button>
    }
}

fn scrubber(props: &Transport) -> Html {
    let Transport { position, end, clock, last, dispatch, .. } = props;
    let oninput = dispatch.reform(|event: InputEvent| {
        Msg::SeekStep(browser::value_of(&event).parse().unwrap_or_default())
    });
    let (here, last_step) = (*position, *end);
    let page = dispatch.clone();
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        let to = match event.key().as_str() {
            "PageUp" => (here + 10).min(last_step),
            "PageDown" => here.saturating_sub(10),
            _ => return,
        };
        event.prevent_default();
        page.emit(Msg::SeekStep(to));
    });
    let says = format!("{clock}, event {position} of {end}, {last}");
    html! {
        <div class="scrubber">
            <output class="clock number" data-clock="" aria-label="Simulated time"></output>
            <input type="range" class="slider" min="0" max={end.to_string()} step="1"
                value={position.to_string()} aria-label="Position in the run" aria-valuetext={says}
                {oninput} {onkeydown} />
            <span class="events number soft">{ format!("event {position} of {end}") }</span>
        </div>
    }
}

fn speed(props: &Transport) -> Html {
    let onchange = props.dispatch.reform(|event: Event| {
        Msg::SetSpeed(browser::value_of(&event).parse().unwrap_or_default())
    });
    let words = format!("1 s on screen = {} in the cluster", SPEEDS[props.speed]);
    let name = format!("Speed: {words}");
    let faster = |by: i32, icon: Icon, name: &'static str| {
        let onclick = props.dispatch.reform(move |_: MouseEvent| Msg::Faster(by));
        html! {
            <button type="button" class="button square quiet" aria-label={name} title={name} {onclick}>
                { icon.html() }
            </button>
        }
    };
    html! {
        <div class="speed">
            <div class="speed-row">
                { faster(-1, Icon::Minus, "Slower") }
                <select {onchange} aria-label={name}>
                    { for SPEEDS.iter().enumerate().map(|(place, span)| html! {
                        <option value={place.to_string()} selected={place == props.speed}>
                            { span.to_string() }
                        </option>
                    }) }
                </select>
                { faster(1, Icon::Plus, "Faster") }
            </div>
            <p class="speed-words" aria-hidden="true">{ words }</p>
        </div>
    }
}
