//! The catalogue, and the places that are only text.

use markup::html;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::{Callback, Component, Context, FocusEvent, Html, PointerEvent, Properties};

use super::app::{Settings, Theme, theme_menu};
use super::chunk::{Part, chunk};
use super::lab_page::PLAY;
use super::labs;
use super::parts::{Icon, logo};
use super::route::{compare_hash, lab_hash};
use faultline::labs::{LISTING, Listing, PAIRS};

/// How the places are drawn that are not labs.
#[derive(Clone, Copy)]
pub struct Front {
    pub home: fn((Settings, Callback<Settings>)) -> Html,
    pub about: fn(()) -> Html,
    /// A link that leads nowhere: says so, and where to go.
    pub lost: fn(String) -> Html,
}

chunk! {
    pub FRONT: Front = Front { home, about, lost }, in front
}

fn home((settings, set_settings): (Settings, Callback<Settings>)) -> Html {
    yew::html! { <Home {settings} {set_settings} /> }
}

#[derive(Properties, PartialEq)]
struct HomeProps {
    settings: Settings,
    set_settings: Callback<Settings>,
}

/// The catalogue. A lab that somebody points at is fetched ahead, and its picture comes alive.
struct Home {
    /// Whether each lab has been asked for.
    asked: Vec<bool>,
    /// The lab that somebody points at.
    near: Option<usize>,
}

/// What happens in the catalogue, to the lab at a place in the list.
enum HomeMsg {
    Near(usize),
    Away,
    Here,
}

impl Component for Home {
    type Message = HomeMsg;
    type Properties = HomeProps;

    fn create(_ctx: &Context<Home>) -> Home {
        Home { asked: vec![false; LISTING.len()], near: None }
    }

    fn update(&mut self, ctx: &Context<Home>, msg: HomeMsg) -> bool {
        match msg {
            HomeMsg::Near(place) => {
                if !std::mem::replace(&mut self.asked[place], true) {
                    fetch(place, ctx.link().callback(|()| HomeMsg::Here));
                }
                self.near = Some(place);
            }
            HomeMsg::Away => self.near = None,
            HomeMsg::Here => {}
        }
        true
    }

    fn view(&self, ctx: &Context<Home>) -> Html {
        self.front(ctx)
    }
}

/// Fetches a lab and what plays it. If that fails, opening the lab will say so.
fn fetch(place: usize, here: Callback<()>) {
    spawn_local(async move {
        if PLAY.fetch().await && labs::at(place).fetch().await {
            here.emit(());
        }
    });
}

impl Home {
    fn front(&self, ctx: &Context<Home>) -> Html {
        let props = ctx.props();
        let settings = props.settings.clone();
        let set_theme =
            props.set_settings.reform(move |theme: Theme| Settings { theme, ..settings.clone() });
        html! {
            <div class="front">
                <header class="bar front-bar">
                    <span class="home">{ logo() }<span class="home-word">{ "Faultline" }</span></span>
                    <span class="spread" />
                    { theme_menu(props.settings.theme, set_theme) }
                    <a class="button quiet" href="#/keys">{ "Keys" }</a>
                    <a class="button quiet" href="#/about">{ "About" }</a>
                </header>
                <main class="page">
                    <section class="hello">
                        <h1>{ "Break it. Watch it recover." }</h1>
                        <p class="lead">{ "Real distributed protocols in your browser. Kill a leader, cut a link, lose a message; then step back and try another way." }</p>
                    </section>
                    { doors() }
                    <h2 id="labs">{ "Labs" }</h2>
                    <ul class="catalogue">
                        { for LISTING.iter().enumerate().map(|(place, lab)| {
                            let near = ctx.link().callback(move |near| match near {
                                true => HomeMsg::Near(place),
                                false => HomeMsg::Away,
                            });
                            html! { <li>{ card(place, lab, self.near == Some(place), near) }</li> }
                        }) }
                    </ul>
                    { side_by_side() }
                </main>
            </div>
        }
    }
}

/// Labs that solve one problem, to be seen on one clock.
fn side_by_side() -> Html {
    html! {
        <h2 id="side-by-side">{ "Side by side" }</h2>
        <ul class="catalogue">
            { for PAIRS.iter().map(|pair| {
                let titles = pair.labs.map(|id| labs::listed(id).map_or(id, |lab| lab.title));
                html! {
                    <li><article class="card">
                        <a class="card-main" href={format!("#{}", compare_hash(pair.id, &[]))}>
                            <h3>{ titles.join(" | ") }</h3>
                            <p>{ pair.summary }</p>
                        </a>
                    </article></li>
                }
            }) }
        </ul>
    }
}

/// What a newcomer plays first, and how it is set up: with clients so busy and so impatient that they
/// notice when the leader is gone.
const FIRST: (&str, &str) = ("raft", "?think_ms=100&client_timeout_ms=120");

fn doors() -> Html {
    let first = labs::listed(FIRST.0).or(LISTING.first());
    html! {
        <div class="doors">
            if let Some(lab) = first {
                <a class="door open" href={format!("#{}{}", lab_hash(lab.id), FIRST.1)}>
                    <span class="door-icon">{ Icon::Play.html() }</span>
                    <strong>{ "Play now" }</strong>
                    <span>{ format!("{} is running. Kill the leader.", lab.title) }</span>
                </a>
            }
            <div class="door">
                <span class="door-icon">{ Icon::Flag.html() }</span>
                <strong>{ "Lessons" }</strong>
                <span>{ "Predict, run, observe, explain. They are being written; until then, each lab has stories that play themselves." }</span>
            </div>
            <a class="door" href="#/about">
                <span class="door-icon">{ Icon::Person.html() }</span>
                <strong>{ "For teachers" }</strong>
                <span>{ "What the models leave out, how to share a run as a link, and a theme for the projector." }</span>
            </a>
        </div>
    }
}

fn card(place: usize, lab: &Listing, moving: bool, near: Callback<bool>) -> Html {
    let onpointerenter = near.reform(|_: PointerEvent| true);
    let onpointerleave = near.reform(|_: PointerEvent| false);
    let (onfocusin, onfocusout) =
        (near.reform(|_: FocusEvent| true), near.reform(|_: FocusEvent| false));
    let part = labs::at(place);
    let live = (part.is_here() && PLAY.is_here()).then(|| (PLAY.get().card)(part.get(), moving));
    let (picture, stories) = live.unwrap_or_else(|| (quiet_picture(lab), html! {}));
    html! {
        <article class="card" {onpointerenter} {onpointerleave} {onfocusin} {onfocusout}>
            <a class="card-main" href={format!("#{}", lab_hash(lab.id))}>
                { picture }
                <h3>{ lab.title }</h3>
                <p>{ lab.summary }</p>
            </a>
            if lab.scenarios > 0 {
                <details class="stories">
                    <summary>{ format!("{} stories", lab.scenarios) }</summary>
                    { stories }
                </details>
            }
        </article>
    }
}

/// The picture of a lab that has not been fetched: a file beside the page, in the page's colours.
fn quiet_picture(lab: &Listing) -> Html {
    html! {
        <svg class="card-picture" viewBox="0 0 320 180" aria-hidden="true">
            <use href={format!("lab/{}/card.svg#card", lab.id)} />
        </svg>
    }
}

fn lost(what: String) -> Html {
    html! {
        <main class="page lost">
            <h1>{ "This link leads nowhere" }</h1>
            <p class="notice">{ what }</p>
            <ul class="row">
                { for LISTING.iter().map(|lab| html! {
                    <li><a class="button" href={format!("#{}", lab_hash(lab.id))}>{ lab.title }</a></li>
                }) }
                <li><a class="button main" href="#/">{ "All labs" }</a></li>
            </ul>
        </main>
    }
}

/// What this is, what it leaves out, and what it does with data (nothing).
fn about((): ()) -> Html {
    html! {
        <main class="page prose">
            <h1>{ "About Faultline" }</h1>
            <p>{ "Faultline runs distributed protocols in your browser, in a small simulated world. You can break whatever you like in it and see what follows." }</p>
            <h2>{ "What the model is" }</h2>
            <p>{ "Nodes exchange messages over links with latency, loss, duplication and damage. Time is simulated and exact. The same seed and the same acts give the same run, on every computer: that is why a link can be the whole experiment." }</p>
            <h2>{ "What it leaves out" }</h2>
            <p>{ "Bandwidth, queues in the network, real disks, and processors that share their work. A crash stops a node between two events, never in the middle of one. Damaged messages are always noticed by their checksum." }</p>
            <h2>{ "For teachers" }</h2>
            <p>{ "Choose the theme “Projector” for the wall of a lecture hall. Prepare a run, open the panel “Script” and copy its link: whoever opens it sees the same run, event for event. Everything works by keyboard; press ? in a lab for the keys." }</p>
            <h2>{ "Privacy" }</h2>
            <p>{ "Nothing leaves your browser: no accounts, no cookies, no trackers, no requests to anybody else. Only your choice of theme and keys is kept, in this browser, if it allows that." }</p>
            <h2>{ "Access" }</h2>
            <p>{ "Everything can be done by mouse, by touch and by keyboard. Every state has a word and a shape besides its colour. The button “Tables” shows all that is on the stage as tables. Reduced motion, high contrast and forced colours are respected." }</p>
            <p class="soft">{ format!("Version {}", env!("CARGO_PKG_VERSION")) }</p>
            <p><a class="button" href="#/">{ "All labs" }</a></p>
        </main>
    }
}
