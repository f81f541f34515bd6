//! The way into the lab page: by its address, or by its card in the catalogue.

use crate::ui::dom::classes;
use markup::html;
use yew::prelude::{Callback, Html};

use faultline::labs::{Lab, Setup};
use faultline::play::Session;
use faultline::play::frame::Ring;
use faultline::sim::{Look, Scene, Time};

use crate::ui::app::{Settings, Theme};
use crate::ui::chunk::chunk;
use crate::ui::parts::{Icon, px};
use crate::ui::route::{Query, Request, scenario_hash};

use super::{HostRef, LabPage};

/// What plays a lab.
#[derive(Clone, Copy)]
pub struct Play {
    /// The page of a lab, as the query of its address asks; what of the address could not be read is
    /// told. It may stand in a frame of somebody else's.
    pub page: Page,
    /// A small picture of a lab, and the list of its stories.
    pub card: fn(&'static Lab) -> (Html, Html),
}

/// See [`Play::page`].
pub type Page =
    fn(&'static Lab, &Query, Vec<String>, Settings, Callback<Settings>, Option<HostRef>) -> Html;

chunk! {
    /// Everything that it takes to play a lab, except labs.
    pub PLAY: Play = Play { page, card }, in play
}

fn page(
    lab: &'static Lab,
    query: &Query,
    notices: Vec<String>,
    settings: Settings,
    set_settings: Callback<Settings>,
    host: Option<HostRef>,
) -> Html {
    let mut request = Request::read(lab, query);
    request.notices.extend(notices);
    let (settings, request) = with_query(settings, request, query);
    // Another request is another page: nothing of the old one is kept.
    let key = format!("{}?{query:?}", lab.id);
    yew::html! { <LabPage {key} {request} {settings} {set_settings} {host} /> }
}

/// A link may ask for a theme; that is for this visit only.
fn with_query(
    mut settings: Settings,
    mut request: Request,
    query: &[(String, String)],
) -> (Settings, Request) {
    let asked = query.iter().find(|(name, _)| name == "theme");
    if let Some((_, id)) = asked {
        match Theme::read(id) {
            Some(theme) => {
                settings.theme = theme;
                settings.show();
            }
            None => {
                let all: Vec<_> = Theme::ALL.iter().map(|theme| theme.id()).collect();
                request
                    .notices
                    .push(format!("There is no theme “{id}”; there are {}", all.join(", ")));
            }
        }
    }
    (settings, request)
}

fn card(lab: &'static Lab) -> (Html, Html) {
    (picture(first_scene(lab).as_ref()), stories(lab))
}

fn stories(lab: &Lab) -> Html {
    html! {
        <ul>
            { for lab.scenarios.iter().map(|scenario| html! {
                <li>
                    <a href={format!("#{}", scenario_hash(lab, scenario))}>{ scenario.title }</a>
                    <p class="small soft">{ scenario.shows }</p>
                </li>
            }) }
        </ul>
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
