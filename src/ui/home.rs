//! The catalogue, and the places that are only text.

use crate::ui::dom::classes;
use markup::html;
use yew::prelude::{Callback, Component, Context, Html, Properties};

use faultline::labs::{self, Lab, Setup};
use faultline::play::Session;
use faultline::play::frame::Ring;
use faultline::sim::{Look, Scene, Time};

use super::app::{Settings, Theme, theme_menu};
use super::parts::{Icon, px};
use super::route::{lab_hash, scenario_hash};

#[derive(Properties, PartialEq)]
pub struct HomeProps {
    pub settings: Settings,
    pub set_settings: Callback<Settings>,
}

/// The catalogue. It keeps the little scenes that it shows.
pub struct Home {
    scenes: Vec<Option<Scene>>,
}

impl Component for Home {
    type Message = ();
    type Properties = HomeProps;

    fn create(_ctx: &Context<Home>) -> Home {
        Home { scenes: labs::ALL.iter().map(|lab| first_scene(lab)).collect() }
    }

    fn view(&self, ctx: &Context<Home>) -> Html {
        self.front(ctx.props())
    }
}

impl Home {
    fn front(&self, props: &HomeProps) -> Html {
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
                        { for labs::ALL.iter().zip(&self.scenes).map(|(lab, scene)| {
                            html! { <li>{ card(lab, scene.as_ref()) }</li> }
                        }) }
                    </ul>
                </main>
            </div>
        }
    }
}

fn doors() -> Html {
    let first = labs::find("raft").or(labs::ALL.first().copied());
    html! {
        <div class="doors">
            if let Some(lab) = first {
                <a class="door open" href={format!("#{}", lab_hash(lab))}>
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

fn card(lab: &Lab, scene: Option<&Scene>) -> Html {
    html! {
        <article class="card">
            <a class="card-main" href={format!("#{}", lab_hash(lab))}>
                { picture(scene) }
                <h3>{ lab.title }</h3>
                <p>{ lab.summary }</p>
            </a>
            if !lab.scenarios.is_empty() {
                <details class="stories">
                    <summary>{ format!("{} stories", lab.scenarios.len()) }</summary>
                    <ul>
                        { for lab.scenarios.iter().map(|scenario| html! {
                            <li>
                                <a href={format!("#{}", scenario_hash(lab, scenario))}>{ scenario.title }</a>
                                <p class="small soft">{ scenario.shows }</p>
                            </li>
                        }) }
                    </ul>
                </details>
            }
        </article>
    }
}

/// The lab as it is soon after its beginning.
fn first_scene(lab: &'static Lab) -> Option<Scene> {
    let mut session = Session::new(Setup::new(lab, 1)).ok()?;
    session.seek_time(Time(600_000));
    Some(session.scene())
}

/// A small picture of a scene.
fn picture(scene: Option<&Scene>) -> Html {
    let Some(scene) = scene else { return html! {} };
    let (width, height) = (320.0, 180.0);
    let ring = Ring::small(&scene.nodes, width, height);
    let look = |id| scene.nodes.iter().find(|node| node.id == id).map(|node| node.view.look);
    html! {
        <svg class="card-picture" viewBox={format!("0 0 {width} {height}")} aria-hidden="true">
            { for ring.ties.iter().map(|tie| {
                let (a, b) = (ring.at(tie.a), ring.at(tie.b));
                html! { <line class="open" x1={px(a.x)} y1={px(a.y)} x2={px(b.x)} y2={px(b.y)} /> }
            }) }
            { for scene.messages.iter().take(12).map(|flight| {
                let message = &flight.message;
                let whole = message.arrives_at.since(message.sent_at).us().max(1) as f64;
                let gone = scene.time.since(message.sent_at).us() as f64 / whole;
                let at = ring.at(message.from).towards(ring.at(message.to), gone.clamp(0.15, 0.85));
                html! { <rect class="pill" x={px(at.x - 6.0)} y={px(at.y - 4.0)} width="12" height="8" rx="4" /> }
            }) }
            { for ring.seats.iter().map(|seat| {
                let look = look(seat.id).unwrap_or(Look::Follower);
                let class = match look {
                    Look::Leader => "leader",
                    Look::Candidate => "candidate",
                    Look::Follower => "follower",
                    Look::Client => "client",
                    Look::Server => "server",
                    Look::Store => "store",
                    Look::Relay => "relay",
                };
                html! {
                    <g class={classes!("node", "up", class)} transform={format!("translate({} {})", px(seat.at.x), px(seat.at.y))}>
                        <circle class="body" r={px(ring.radius)} />
                        { Icon::of_look(look).at(0.0, 0.0, ring.radius * 1.1) }
                    </g>
                }
            }) }
        </svg>
    }
}

/// The sign of the house: three nodes, one of them cut off.
pub fn logo() -> Html {
    html! {
        <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
            <rect width="32" height="32" rx="7" class="logo-ground" />
            <path d="M9 22 16 9" class="logo-link" />
            <path d="M16 9 23 22" class="logo-cut" />
            <circle cx="16" cy="9" r="4" class="logo-node" /><circle cx="9" cy="22" r="4" class="logo-node" />
            <circle cx="23" cy="22" r="3" class="logo-lost" />
        </svg>
    }
}

/// A link that leads nowhere: says so, and where to go.
pub fn lost(what: &str) -> Html {
    html! {
        <main class="page lost">
            <h1>{ "This link leads nowhere" }</h1>
            <p class="notice">{ what.to_string() }</p>
            <ul class="row">
                { for labs::ALL.iter().map(|lab| html! {
                    <li><a class="button" href={format!("#{}", lab_hash(lab))}>{ lab.title }</a></li>
                }) }
                <li><a class="button main" href="#/">{ "All labs" }</a></li>
            </ul>
        </main>
    }
}

/// What this is, what it leaves out, and what it does with data (nothing).
pub fn about() -> Html {
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
