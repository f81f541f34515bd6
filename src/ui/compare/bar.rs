//! The bar at the top and the transport below: both drive all runs.

use markup::html;
use yew::prelude::{Callback, Context, Event, Html, InputEvent, KeyboardEvent, MouseEvent};

use faultline::play::compare::Kind;
use faultline::sim::Time;

use crate::ui::app::{Settings, Theme, theme_menu};
use crate::ui::browser;
use crate::ui::parts::Icon;
use crate::ui::route::{compare_hash, lab_hash};
use crate::ui::state::{Msg, SPEEDS};

use super::{CompareMsg, ComparePage};

/// The scrubber counts in these, so that it can stand at any event.
const SCRUB_US: u64 = 1_000;

impl ComparePage {
    pub fn bar(&self, ctx: &Context<ComparePage>) -> Html {
        let props = ctx.props();
        let settings = props.settings.clone();
        let set_theme =
            props.set_settings.reform(move |theme: Theme| Settings { theme, ..settings.clone() });
        html! {
            <header class="bar">
                <a class="home" href="#/" aria-label="Faultline: all labs">
                    { crate::ui::parts::logo() }<span class="home-word">{ "Faultline" }</span>
                </a>
                <h1 class="compare-title">{ self.title() }</h1>
                { self.stories(ctx) }
                <span class="spread" />
                { self.copy_button() }
                { theme_menu(props.settings.theme, set_theme) }
                { self.way_back(ctx) }
            </header>
        }
    }

    fn title(&self) -> String {
        let Ok(comparison) = &self.comparison else { return "Compare".to_string() };
        let names: Vec<&str> = comparison.sides().iter().map(|side| side.name.as_str()).collect();
        names.join(" | ")
    }

    /// The prepared scripts of a pair of labs.
    fn stories(&self, ctx: &Context<ComparePage>) -> Html {
        let request = &ctx.props().request;
        let Kind::Labs(pair) = request.kind else { return html! {} };
        let onchange = Callback::from(|event: Event| browser::go(&browser::value_of(&event)));
        html! {
            <label class="menu">
                <span class="unseen">{ "Story" }</span>
                <select {onchange}>
                    { for pair.stories.iter().map(|story| {
                        let query = [("story".to_string(), story.id.to_string())];
                        html! {
                            <option value={compare_hash(pair.id, &query)} selected={request.story == Some(story.id)}>
                                { story.title }
                            </option>
                        }
                    }) }
                </select>
            </label>
        }
    }

    fn copy_button(&self) -> Html {
        let onclick = self.dispatch.reform(|_: MouseEvent| CompareMsg::CopyLink);
        html! {
            <button type="button" class="button quiet" {onclick} aria-label="Copy link to this comparison">
                { Icon::Copy.html() }<span class="word">{ "Copy link" }</span>
            </button>
        }
    }

    fn way_back(&self, ctx: &Context<ComparePage>) -> Html {
        let props = ctx.props();
        if let Some(close) = &props.close {
            let onclick = close.reform(|_: MouseEvent| ());
            return html! {
                <button type="button" class="button" {onclick}>{ Icon::Back.html() }{ "Back to the lab" }</button>
            };
        }
        let Some(part) = props.request.parts.first() else { return html! {} };
        let lab = part.script.setup.lab();
        html! {
            <a class="button" href={format!("#{}", lab_hash(lab.id))}>{ format!("To {}", lab.title) }</a>
        }
    }

    pub fn copy_link(&self, ctx: &Context<ComparePage>) {
        let (what, query) = &ctx.props().request.address;
        let dispatch = self.dispatch.clone();
        browser::copy(&browser::address(&compare_hash(what, query)), move |done| {
            let told = if done { "The link is copied." } else { "The browser did not allow it." };
            dispatch.emit(CompareMsg::Told(told.to_string()));
        });
    }

    // ---- the transport ----

    pub fn transport(&self) -> Html {
        let play = self.dispatch.reform(|_: MouseEvent| CompareMsg::Side(0, Msg::TogglePlay));
        let (icon, word) =
            if self.is_playing() { (Icon::Pause, "Pause") } else { (Icon::Play, "Play") };
        html! {
            <section class="transport" id="region-transport" tabindex="-1" aria-label="Transport of all runs">
                <div class="moves">
                    { self.go(Icon::Reset, "To the start", || CompareMsg::Start) }
                    { self.go(Icon::Back, "Step back", || CompareMsg::Back) }
                    <button type="button" class="button main play" onclick={play} disabled={self.preparing}>
                        { icon.html() }<span>{ word }</span>
                    </button>
                    { self.go(Icon::Step, "Step", || CompareMsg::Step) }
                    { self.go(Icon::Flag, "Next change", || CompareMsg::NextChange) }
                </div>
                { self.scrubber() }
                { self.speed() }
                { self.zoom() }
            </section>
        }
    }

    fn go(&self, icon: Icon, name: &'static str, msg: fn() -> CompareMsg) -> Html {
        let onclick = self.dispatch.reform(move |_: MouseEvent| msg());
        html! {
            <button type="button" class="button move" aria-label={name} title={name} {onclick} disabled={self.preparing}>
                { icon.html() }<span class="word" aria-hidden="true">{ name }</span>
            </button>
        }
    }

    fn scrubber(&self) -> Html {
        let Ok(comparison) = &self.comparison else { return html! {} };
        let (clock, end) = (comparison.clock(), comparison.end());
        let seek = self.dispatch.reform(|time: Time| CompareMsg::Side(0, Msg::SeekTime(time)));
        let oninput = seek.reform(|event: InputEvent| {
            let place: u64 = browser::value_of(&event).parse().unwrap_or_default();
            Time(place.saturating_mul(SCRUB_US))
        });
        let (step, back) = (self.dispatch.clone(), self.dispatch.clone());
        let onkeydown = Callback::from(move |event: KeyboardEvent| match event.key().as_str() {
            "ArrowRight" | "ArrowUp" => {
                event.prevent_default();
                step.emit(CompareMsg::Step);
            }
            "ArrowLeft" | "ArrowDown" => {
                event.prevent_default();
                back.emit(CompareMsg::Back);
            }
            _ => {}
        });
        html! {
            <div class="scrubber">
                <output class="clock number" data-clock="" aria-label="Simulated time"></output>
                <input type="range" class="slider" min="0" max={end.0.div_ceil(SCRUB_US).to_string()} step="1"
                    value={(clock.0 / SCRUB_US).to_string()} aria-label="Time in all runs"
                    aria-valuetext={format!("{clock} of {end}")} {oninput} {onkeydown} />
                <span class="events number soft">{ format!("of {end}") }</span>
            </div>
        }
    }

    fn speed(&self) -> Html {
        let onchange = self.dispatch.reform(|event: Event| {
            let speed = browser::value_of(&event).parse().unwrap_or_default();
            CompareMsg::Side(0, Msg::SetSpeed(speed))
        });
        html! {
            <div class="speed">
                <label>
                    <span class="speed-words">{ "1 s on screen =" }</span>
                    <select {onchange} aria-label="Speed: simulated time for each second on screen">
                        { for SPEEDS.iter().enumerate().map(|(place, span)| html! {
                            <option value={place.to_string()} selected={place == self.speed}>{ span.to_string() }</option>
                        }) }
                    </select>
                </label>
            </div>
        }
    }

    fn zoom(&self) -> Html {
        let button = |by: i32, icon: Icon, name: &'static str| {
            let onclick =
                self.dispatch.reform(move |_: MouseEvent| CompareMsg::Side(0, Msg::Zoom(by)));
            html! {
                <button type="button" class="button square quiet" aria-label={name} title={name} {onclick}>
                    { icon.html() }
                </button>
            }
        };
        html! {
            <div class="row compare-zoom">
                { button(-1, Icon::Plus, "Zoom in") }
                <span class="small soft number">{ self.zoom_words() }</span>
                { button(1, Icon::Minus, "Zoom out") }
            </div>
        }
    }
}
