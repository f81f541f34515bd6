//! The bar at the top: which lab, which story, which run, and the settings.

use markup::html;
use yew::prelude::{Callback, Context, Event, Html, MouseEvent};

use faultline::labs::LISTING;
use faultline::play::RunTab;

use crate::ui::app::{Theme, theme_menu};
use crate::ui::browser;
use crate::ui::parts::{Icon, logo};
use crate::ui::route::{lab_hash, scenario_hash};
use crate::ui::state::{Layout, Msg, Sheet};

use super::LabPage;

impl LabPage {
    pub fn bar(&self, ctx: &Context<LabPage>) -> Html {
        let props = ctx.props();
        let settings = props.settings.clone();
        let set_theme = props
            .set_settings
            .reform(move |theme: Theme| crate::ui::app::Settings { theme, ..settings.clone() });
        html! {
            <header class="bar">
                <a class="home" href="#/" aria-label="Faultline: all labs">
                    { logo() }<span class="home-word">{ "Faultline" }</span>
                </a>
                { self.lab_menu() }
                { self.scenario_menu(props.request.scenario) }
                { self.setup_button() }
                { self.opener(Sheet::Compare, Icon::Twice, "Compare with…") }
                { self.runs() }
                <span class="spread" />
                { self.panels_button() }
                { self.opener(Sheet::Seeds, Icon::Spread, "Run many seeds") }
                { self.opener(Sheet::Share, Icon::Out, "Share") }
                { self.opener(Sheet::Table, Icon::Table, "Tables") }
                { theme_menu(props.settings.theme, set_theme) }
                { self.opener(Sheet::Help, Icon::Question, "Keys and help") }
            </header>
        }
    }

    /// Opens the panels where they have no place of their own.
    fn panels_button(&self) -> Html {
        if self.layout != Layout::Frame {
            return html! {};
        }
        let onclick = self.dispatch.reform(|_: MouseEvent| Msg::ToggleSide);
        html! {
            <button type="button" class="button small" aria-expanded={self.side_open.to_string()} {onclick}>
                { "Panels" }
            </button>
        }
    }

    fn opener(&self, sheet: Sheet, icon: Icon, name: &'static str) -> Html {
        let onclick = self.dispatch.reform(move |_: MouseEvent| Msg::Open(Some(sheet)));
        html! {
            <button type="button" class="button quiet square" aria-label={name} title={name} {onclick}>
                { icon.html() }
            </button>
        }
    }

    fn lab_menu(&self) -> Html {
        let here = self.session.lab().id;
        let onchange = Callback::from(|event: Event| browser::go(&browser::value_of(&event)));
        html! {
            <label class="menu">
                <span class="unseen">{ "Lab" }</span>
                <select {onchange}>
                    { for LISTING.iter().map(|lab| html! {
                        <option value={lab_hash(lab.id)} selected={lab.id == here}>{ lab.title }</option>
                    }) }
                </select>
            </label>
        }
    }

    fn scenario_menu(&self, chosen: Option<&'static str>) -> Html {
        let lab = self.session.lab();
        if lab.scenarios.is_empty() {
            return html! {};
        }
        let onchange = Callback::from(|event: Event| browser::go(&browser::value_of(&event)));
        html! {
            <label class="menu">
                <span class="unseen">{ "Scenario" }</span>
                <select {onchange}>
                    <option value={lab_hash(lab.id)} selected={chosen.is_none()}>{ "Free play" }</option>
                    { for lab.scenarios.iter().map(|scenario| html! {
                        <option value={scenario_hash(lab, scenario)} selected={chosen == Some(scenario.id)}>
                            { scenario.title }
                        </option>
                    }) }
                </select>
            </label>
        }
    }

    fn setup_button(&self) -> Html {
        let setup = self.session.setup();
        let onclick = self.dispatch.reform(|_: MouseEvent| Msg::Open(Some(Sheet::Setup)));
        let variant = setup.variant().name.replace('-', " ");
        html! {
            <button type="button" class="button quiet setup" {onclick} aria-label={format!("Set-up: {variant}, seed {}", setup.seed)}>
                { Icon::Sliders.html() }
                <span class="setup-words">{ variant }<span class="soft number">{ format!(" · seed {}", setup.seed) }</span></span>
            </button>
        }
    }

    /// The runs that are kept, once there are several.
    fn runs(&self) -> Html {
        let runs = self.session.runs();
        if runs.len() < 2 {
            return html! {};
        }
        let compare = self.dispatch.reform(|_: MouseEvent| Msg::CompareRuns);
        html! {
            <div class="runs" role="group" aria-label="Runs">
                { for runs.iter().map(|run| self.run(run)) }
                <button type="button" class="button small main" onclick={compare}>{ "Compare runs" }</button>
            </div>
        }
    }

    fn run(&self, run: &RunTab) -> Html {
        let id = run.id;
        let onclick = self.dispatch.reform(move |_: MouseEvent| Msg::SwitchRun(id));
        let title = match &run.origin {
            Some(origin) => {
                format!("left {} at {}: {}", origin.from.name(), origin.time, origin.what)
            }
            None => "the first run".to_string(),
        };
        html! {
            <button key={run.name.clone()} type="button" class="button small run" {onclick} {title}
                aria-pressed={run.current.to_string()}>{ &run.name }</button>
        }
    }
}
