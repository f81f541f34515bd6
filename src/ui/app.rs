//! The page's places, and what holds on all of them.

use gloo_events::EventListener;
use markup::html;
use yew::prelude::{Callback, Component, Context, Event, Html};

use faultline::labs::Lab;
use faultline::play::announce::Level;
use faultline::play::link::unpack;

use super::browser;
use super::chunk::{Part, chunk, drawn, later};
use super::compare::{self, COMPARE};
use super::embed::EMBED;
use super::home::FRONT;
use super::lab_page::PLAY;
use super::labs;
use super::machine::MACHINE;
use super::parts::{Help, Icon, SHEETS};
use super::route::{Query, Route, known_labs};

/// What a person chose for all labs. Kept if the browser lets us.
#[derive(Clone, PartialEq)]
pub struct Settings {
    pub theme: Theme,
    /// Whether single letters are keys while the stage has the focus.
    pub letters: bool,
    /// How much is said aloud.
    pub announce: Level,
}

/// Colours and sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// As the computer prefers.
    Auto,
    Light,
    Dark,
    Projector,
    Contrast,
}

impl Theme {
    pub const ALL: [Theme; 5] =
        [Theme::Auto, Theme::Light, Theme::Dark, Theme::Projector, Theme::Contrast];

    /// Its name in links and storage.
    pub fn id(self) -> &'static str {
        match self {
            Theme::Auto => "auto",
            Theme::Light => "light",
            Theme::Dark => "dark",
            Theme::Projector => "projector",
            Theme::Contrast => "contrast",
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Theme::Auto => "Automatic",
            Theme::Light => "Light",
            Theme::Dark => "Dark",
            Theme::Projector => "Projector",
            Theme::Contrast => "High contrast",
        }
    }

    /// From now on the page looks like this.
    pub fn show(self) {
        let chosen = (self != Theme::Auto).then(|| self.id());
        browser::set_root("data-theme", chosen);
    }

    pub fn read(id: &str) -> Option<Theme> {
        Theme::ALL.into_iter().find(|theme| theme.id() == id)
    }
}

impl Settings {
    fn usual() -> Settings {
        Settings { theme: Theme::Auto, letters: true, announce: Level::KeyEvents }
    }

    fn kept() -> Settings {
        Settings {
            theme: browser::kept("theme").and_then(|id| Theme::read(&id)).unwrap_or(Theme::Auto),
            letters: browser::kept("letters").is_none_or(|kept| kept != "off"),
            announce: browser::kept("announce")
                .and_then(|id| Level::read(&id))
                .unwrap_or(Level::KeyEvents),
        }
    }

    fn keep(&self) {
        browser::keep("theme", self.theme.id());
        browser::keep("letters", if self.letters { "on" } else { "off" });
        browser::keep("announce", self.announce.id());
    }

    pub fn show(&self) {
        self.theme.show();
    }
}

/// The whole page: one place at a time.
pub struct App {
    route: Route,
    settings: Settings,
    set_settings: Callback<Settings>,
    _moves: EventListener,
}

/// What can happen to the page as a whole.
pub enum AppMsg {
    /// The address has changed.
    Moved,
    Set(Settings),
}

impl Component for App {
    type Message = AppMsg;
    type Properties = ();

    fn create(ctx: &Context<App>) -> App {
        let link = ctx.link().clone();
        let route = Route::parse(&browser::hash());
        // In somebody else's page nothing is kept, and nothing that was kept is looked at.
        let settings = if route.is_embedded() { Settings::usual() } else { Settings::kept() };
        settings.show();
        App {
            route,
            settings,
            set_settings: ctx.link().callback(AppMsg::Set),
            _moves: browser::on_hash(move || link.send_message(AppMsg::Moved)),
        }
    }

    fn update(&mut self, _ctx: &Context<App>, msg: AppMsg) -> bool {
        match msg {
            AppMsg::Moved => self.route = Route::parse(&browser::hash()),
            AppMsg::Set(settings) => {
                if !self.route.is_embedded() {
                    settings.keep();
                }
                settings.show();
                self.settings = settings;
            }
        }
        true
    }

    fn view(&self, _ctx: &Context<App>) -> Html {
        place(&self.route, &self.settings, &self.set_settings)
    }

    fn rendered(&mut self, _ctx: &Context<App>, first: bool) {
        if first {
            remove_loading();
        }
        browser::set_title(&title(&self.route));
    }
}

/// What stood on the page before the program did.
fn remove_loading() {
    if let Some(loading) = browser::document().get_element_by_id("loading") {
        loading.remove();
    }
}

fn title(route: &Route) -> String {
    match route {
        Route::Home | Route::Unknown(_) => "Faultline".to_string(),
        Route::Lab { id, .. } | Route::Embed { id, .. } => labs::listed(id)
            .map_or("Faultline".to_string(), |lab| format!("{} · Faultline", lab.title)),
        Route::Compare { what, .. } => format!("Compare {what} · Faultline"),
        Route::Keys => "Keys · Faultline".to_string(),
        Route::About => "About · Faultline".to_string(),
        Route::Bench => "Benchmarks · Faultline".to_string(),
        Route::SelfTest => "Self-test · Faultline".to_string(),
    }
}

fn place(route: &Route, settings: &Settings, set_settings: &Callback<Settings>) -> Html {
    let (settings, set_settings) = (settings.clone(), set_settings.clone());
    match route {
        Route::Home => drawn(&FRONT, |front| front.home, (settings, set_settings)),
        Route::Lab { id, query } => lab(id, query, &[], move |lab, query, notices| {
            let (settings, set_settings) = (settings.clone(), set_settings.clone());
            (PLAY.get().page)(lab, query, notices, settings, set_settings, None)
        }),
        Route::Embed { id, query } => lab(id, query, &[&EMBED], move |lab, query, notices| {
            EMBED.get()(lab, query, notices, settings.clone(), set_settings.clone())
        }),
        Route::Compare { what, query } => {
            let labs = compare::labs_of(what);
            let needs = labs.iter().map(|lab| *lab as _).chain([&COMPARE as _]).collect();
            let (what, query) = (what.clone(), query.clone());
            later(needs, move || {
                let labs: Vec<_> = labs.iter().map(|lab| lab.get()).collect();
                let opened = compare::At { what: what.clone(), query: query.clone(), labs };
                (COMPARE.get().at)(opened, settings.clone(), set_settings.clone())
            })
        }
        Route::Keys => html! {
            <main class="page">
                <h1>{ "Keys" }</h1>
                { drawn(&SHEETS, |sheets| sheets.help, Help { settings, set_settings }) }
                <p><a href="#/">{ "All labs" }</a></p>
            </main>
        },
        Route::About => drawn(&FRONT, |front| front.about, ()),
        Route::Bench => machine(false),
        Route::SelfTest => machine(true),
        Route::Unknown(hash) => {
            let what = format!("The link “#{hash}” leads nowhere.");
            drawn(&FRONT, |front| front.lost, what)
        }
    }
}

/// Something of a lab, once the lab and what else is needed are here. `draw` gets the query as it can be
/// read, and what could not be.
fn lab(
    id: &str,
    query: &Query,
    more: &[&'static dyn Part],
    draw: impl Fn(&'static Lab, &Query, Vec<String>) -> Html + 'static,
) -> Html {
    let Some(lab) = labs::find(id) else {
        let what = format!("There is no lab called “{id}”. There are: {}.", known_labs());
        return drawn(&FRONT, |front| front.lost, what);
    };
    let query = query.to_vec();
    let packed = query.iter().any(|(name, _)| name == "z");
    let mut needs: Vec<&'static dyn Part> = vec![&PLAY, lab];
    needs.extend(more);
    if packed {
        needs.push(&UNPACK);
    }
    later(needs, move || {
        let (query, notices) =
            if packed { UNPACK.get()(&query) } else { (query.clone(), Vec::new()) };
        draw(lab.get(), &query, notices)
    })
}

chunk! {
    /// Unpacks the compressed acts of a link.
    UNPACK: fn(&Query) -> (Vec<(String, String)>, Vec<String>) = unpack, in unpack
}

/// What this machine can do; it takes all labs.
fn machine(test: bool) -> Html {
    let needs = labs::parts().chain([&MACHINE as _]).collect();
    later(needs, move || MACHINE.get()(test, labs::all()))
}

/// The choice of a theme.
pub fn theme_menu(theme: Theme, set: Callback<Theme>) -> Html {
    let onchange =
        set.reform(|event: Event| Theme::read(&browser::value_of(&event)).unwrap_or(Theme::Auto));
    html! {
        <label class="menu theme-menu">
            { Icon::Palette.html() }<span class="unseen">{ "Theme" }</span>
            <select {onchange}>
                { for Theme::ALL.into_iter().map(|own| html! {
                    <option value={own.id()} selected={own == theme}>{ own.word() }</option>
                }) }
            </select>
        </label>
    }
}
