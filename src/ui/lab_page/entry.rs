//! The way into the lab page: by its address, or by its card in the catalogue.

use markup::html;
use yew::prelude::{Callback, Html};

use faultline::labs::Lab;

use crate::ui::app::{Settings, Theme};
use crate::ui::chunk::chunk;
use crate::ui::route::{Query, Request, scenario_hash};

use super::live::Live;
use super::{HostRef, LabPage};

/// What plays a lab.
#[derive(Clone, Copy)]
pub struct Play {
    /// The page of a lab, as the query of its address asks; what of the address could not be read is
    /// told. It may stand in a frame of somebody else's.
    pub page: Page,
    /// A small picture of a lab, which moves or not, and the list of its stories.
    pub card: fn(&'static Lab, bool) -> (Html, Html),
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

fn card(lab: &'static Lab, moving: bool) -> (Html, Html) {
    (yew::html! { <Live key={lab.id} {lab} {moving} /> }, stories(lab))
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
