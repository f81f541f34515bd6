//! The lab page as a whole: where each view stands, and what each is given.

use crate::ui::dom::classes;
use markup::html;
use web_sys::Element;
use yew::prelude::{AttrValue, Callback, Context, Html, KeyboardEvent, MouseEvent, NodeRef};

use faultline::labs::VariantKind;
use faultline::play::announce::Level;
use faultline::play::frame::{clock_words, summary};
use faultline::play::link::Link;
use faultline::sim::Span;

use crate::ui::browser::{self, SizeWatch};
use crate::ui::chunk::{drawn, later};
use crate::ui::compare::COMPARE;
use crate::ui::diagram::{DiagramView, sweep};
use crate::ui::light;
use crate::ui::panels::{Inspector, Log, PANELS, Rules, Script, Why};
use crate::ui::parts::{
    Ask, ChipForm, CompareSheet, FaultList, Help, Icon, More, SHEETS, SetupSheet, TableSheet,
    Toasts, dialog,
};
use crate::ui::piece::piece;
use crate::ui::script_bar::ScriptBar;
use crate::ui::seeds::SEEDS;
use crate::ui::share::{SHARE, Share};
use crate::ui::shared::Shared;
use crate::ui::stage::{Stage, Tray};
use crate::ui::state::{Msg, Sheet, Tab};
use crate::ui::strip::Strip;
use crate::ui::transport::Transport;

use super::{Calm, LabPage};

impl LabPage {
    pub fn shell(&self, ctx: &Context<LabPage>) -> Html {
        if let Some(request) = &self.compare {
            let props = ctx.props();
            let close = self.dispatch.reform(|()| Msg::CloseCompare);
            let (settings, set_settings) = (props.settings.clone(), props.set_settings.clone());
            let request = request.clone();
            return later(vec![&COMPARE], move || {
                let (settings, set_settings) = (settings.clone(), set_settings.clone());
                (COMPARE.get().over)(request.clone(), settings, set_settings, close.clone())
            });
        }
        let (onpointerover, onfocusin) = light::listeners(&self.dispatch);
        let side = if self.side_open { "open" } else { "closed" };
        html! {
            <div class="lab" {onpointerover} {onfocusin} data-layout={self.layout.id()} data-tab={self.tab.id()} data-side={side}
                data-playing={self.is_playing().to_string()}>
                { self.bar(ctx) }
                <main>
                    <h1 class="unseen">{ self.session.lab().title }</h1>
                    { self.strip() }
                    { self.stage() }
                    { self.diagram() }
                    { self.script_bar() }
                    { self.transport() }
                    if self.sheet.is_none() { { self.toasts() } }
                </main>
                { self.side() }
                { self.sheet(ctx) }
            </div>
        }
    }

    fn strip(&self) -> Html {
        piece(Strip::new(&self.scene, self.chosen_fault, self.dispatch.clone()))
    }

    /// Over the page, or in the dialog that lies over the page.
    fn toasts(&self) -> Html {
        piece(Toasts { toast: self.toast.clone(), dispatch: self.dispatch.clone() })
    }

    fn stage(&self) -> Html {
        let last = self.recent.last();
        let lit = match self.lit {
            Some(step) => self.session.marks().get(step).and_then(|mark| mark.node),
            None => last.and_then(|step| step.node),
        };
        let stage = piece(Stage {
            who: AttrValue::default(),
            scene: self.scene.clone(),
            ring: self.ring.clone(),
            recent: self.recent.clone(),
            selection: self.selection,
            groups: self.groups.clone(),
            lit,
            pointed: self.lit.is_some(),
            moving: self.is_playing(),
            place: self.places.0.clone(),
            dispatch: self.dispatch.clone(),
        });
        let tray = piece(Tray {
            scene: self.scene.clone(),
            selection: self.selection,
            groups: self.groups.clone(),
            commands: !self.session.lab().commands.is_empty(),
            leader: self.in_charge(),
            untouched: self.untouched,
            quiet: self.quiet(),
            dispatch: self.dispatch.clone(),
        });
        html! {
            <section class="stage-region" id="region-stage" tabindex="-1" aria-label="Stage and acts"
                aria-describedby="stage-about">
                { self.about() }
                { self.caption() }
                { stage }
                { tray }
            </section>
        }
    }

    /// For those who do not see the stage: what it is, what can be done, how things are, and a hint.
    fn about(&self) -> Html {
        let hint = match self.in_charge() {
            Some(node) => {
                format!("Try this: kill the leader, {node}, and go on to the next change.")
            }
            None => "Try this: press Play and listen.".to_string(),
        };
        html! {
            <div class="unseen" id="stage-about">
                <p>{ self.session.lab().summary }</p>
                <p>{ "You can kill, pause and cut off nodes, cut links, and drop messages, at any time of the run. Question mark lists the keys." }</p>
                <p>{ summary(&self.scene) }</p>
                <p>{ hint }</p>
            </div>
        }
    }

    /// What happened last, over the stage; the same words go to a screen reader.
    fn caption(&self) -> Html {
        let (number, said) = &self.said;
        let live = if self.level == Level::Off { "off" } else { "polite" };
        html! {
            <p class="caption" role="status" aria-live={live}><span key={*number}>{ said }</span></p>
        }
    }

    /// How long nothing is to be seen, if only a timer can end it.
    fn quiet(&self) -> Option<Span> {
        let still = !self.is_playing() && self.scene.messages.is_empty() && !self.is_nobody_up();
        let next = self.session.next_at().filter(|_| still && self.session.is_at_end())?;
        Some(next.since(self.session.clock())).filter(|span| *span > Span::ZERO)
    }

    fn diagram(&self) -> Html {
        let chain = if self.tab == Tab::Why { self.why.clone() } else { self.no_chain.clone() };
        let diagram = piece(DiagramView {
            diagram: self.diagram.clone(),
            size: self.diagram_size,
            zoom: self.zoom,
            selection: self.selection,
            lit: self.lit,
            chain,
            cursor: self.cursor,
            drag: self.drag.map(|(place, time)| {
                let words =
                    self.chips.get(place).map_or_else(String::new, |chip| chip.words.clone());
                (format!("{words} @ {}", clock_words(time)), time)
            }),
            about: self.cursor_words(),
            place: self.places.1.clone(),
            dispatch: self.dispatch.clone(),
        });
        html! {
            <section class="diagram-region" id="region-diagram" tabindex="-1" aria-label="Space–time diagram">
                { diagram }
            </section>
        }
    }

    fn script_bar(&self) -> Html {
        piece(ScriptBar {
            chips: self.chips.clone(),
            chosen: self.chip,
            drag: self.drag,
            ways_back: self.calm.ways_back,
            dispatch: self.dispatch.clone(),
        })
    }

    fn side(&self) -> Html {
        let toggle = self.dispatch.reform(|_: MouseEvent| Msg::ToggleSide);
        html! {
            <aside class="side" id="region-side" tabindex="-1" aria-label="Panels">
                <div class="tabs">
                    <div class="tab-list" role="tablist" aria-label="Panels">
                        { for Tab::ALL.into_iter().map(|tab| self.tab_button(tab)) }
                    </div>
                    <button type="button" class="button quiet square side-close" onclick={toggle}
                        aria-label="Close the panels">{ Icon::Cross.html() }</button>
                </div>
                <div class="panel" role="tabpanel" id="panel" tabindex="0"
                    aria-labelledby={format!("tab-{}", self.tab.id())}>
                    { self.panel() }
                </div>
            </aside>
        }
    }

    fn tab_button(&self, tab: Tab) -> Html {
        let chosen = self.tab == tab;
        let onclick = self.dispatch.reform(move |_: MouseEvent| Msg::ShowTab(tab));
        let dispatch = self.dispatch.clone();
        let onkeydown = Callback::from(move |event: KeyboardEvent| {
            let by = match event.key().as_str() {
                "ArrowLeft" => -1,
                "ArrowRight" => 1,
                _ => return,
            };
            event.prevent_default();
            let count = Tab::ALL.len() as isize;
            let place = Tab::ALL.iter().position(|&other| other == tab).unwrap_or(0) as isize;
            let next = Tab::ALL[(place + by).rem_euclid(count) as usize];
            dispatch.emit(Msg::ShowTab(next));
            browser::focus(&format!("#tab-{}", next.id()));
        });
        html! {
            <button type="button" role="tab" id={format!("tab-{}", tab.id())} class={classes!("tab", format!("tab-{}", tab.id()))}
                aria-selected={chosen.to_string()} aria-controls="panel" {onclick} {onkeydown}
                tabindex={if chosen { "0" } else { "-1" }}>{ tab.word() }</button>
        }
    }

    fn panel(&self) -> Html {
        let Calm { scene, position, .. } = self.calm.clone();
        let (dispatch, lab) = (self.dispatch.clone(), self.session.lab());
        match self.tab {
            Tab::Diagram | Tab::Inspector => {
                let metrics = self.metrics.clone();
                piece(Inspector { scene, metrics, selection: self.selection, lab, dispatch })
            }
            Tab::Rules => drawn(
                &PANELS,
                |panels| panels.rules,
                Rules {
                    book: self.rulebook.clone(),
                    fired: self.fired.clone(),
                    clock: scene.time,
                    event: self.told.clone(),
                    form: self.rules_as,
                    printed: self.session.setup().variant().kind == VariantKind::AsPrinted,
                    sources: self.sources.clone(),
                    dispatch,
                },
            ),
            Tab::Log => drawn(
                &PANELS,
                |panels| panels.log,
                Log {
                    rows: self.log.clone(),
                    filter: self.filter,
                    nodes: scene.nodes.iter().map(|node| node.id).collect(),
                    lit: self.lit,
                    event: self.told.clone(),
                    dispatch,
                },
            ),
            Tab::Why => drawn(
                &PANELS,
                |panels| panels.why,
                Why { chain: self.why.clone(), position, chosen: self.why_of.is_some(), dispatch },
            ),
            Tab::Script => drawn(
                &PANELS,
                |panels| panels.script,
                Script { script: self.script.clone(), lab, dispatch },
            ),
        }
    }

    fn transport(&self) -> Html {
        let Calm { scene, position, end, last, .. } = self.calm.clone();
        piece(Transport {
            playing: self.is_playing(),
            position,
            end,
            clock: scene.time,
            last,
            speed: self.speed,
            dispatch: self.dispatch.clone(),
        })
    }

    /// What can be shared of the run.
    fn shared(&self, scenario: Option<&'static str>) -> Share {
        let lab = self.session.lab();
        let scenario = scenario.and_then(|id| lab.scenario(id));
        let begun = match (scenario, self.session.followed()) {
            (Some(scenario), _) => Link::of_scenario(lab, scenario),
            (None, Some(script)) => Link::of_script(script, None),
            (None, None) => Link::new(self.session.setup().clone()),
        };
        Share {
            whole: Link::of_script(&self.session.script(), None),
            position: self.session.position(),
            begun,
            title: match scenario {
                Some(scenario) => format!("{}: {}", lab.title, scenario.title),
                None => lab.title.to_string(),
            },
            dispatch: self.dispatch.clone(),
        }
    }

    fn sheet(&self, ctx: &Context<LabPage>) -> Html {
        let Some(sheet) = self.sheet else { return html! {} };
        let dispatch = self.dispatch.clone();
        let scene = self.scene.clone();
        let (title, body) = match sheet {
            Sheet::Help => {
                let props = ctx.props();
                let (settings, set_settings) = (props.settings.clone(), props.set_settings.clone());
                ("Keys", drawn(&SHEETS, |sheets| sheets.help, Help { settings, set_settings }))
            }
            Sheet::Share => {
                let share = self.shared(ctx.props().request.scenario);
                ("Share", drawn(&SHARE, |draw| draw, share))
            }
            Sheet::Setup => {
                let setup = self.session.setup().clone();
                ("Set-up", drawn(&SHEETS, |sheets| sheets.setup, SetupSheet { setup, dispatch }))
            }
            Sheet::Table => {
                let log = self.timeline.clone();
                (
                    "Everything as tables",
                    drawn(&SHEETS, |sheets| sheets.table, TableSheet { scene, log, dispatch }),
                )
            }
            Sheet::Ask(node) => {
                let lab = self.session.lab();
                ("Ask a node", drawn(&SHEETS, |sheets| sheets.ask, Ask { lab, node, dispatch }))
            }
            Sheet::Compare => {
                let setup = self.session.setup().clone();
                let sheet = CompareSheet { setup, dispatch };
                ("Compare with", drawn(&SHEETS, |sheets| sheets.compare, sheet))
            }
            Sheet::Seeds => {
                let (story, lab) = (self.session.story().to_string(), self.session.lab());
                let draw = move || SEEDS.get()(story.clone(), lab, dispatch.clone());
                ("Many seeds", later(vec![&SEEDS], draw))
            }
            Sheet::Faults => (
                "Faults of this run",
                drawn(&SHEETS, |sheets| sheets.faults, FaultList { scene, dispatch }),
            ),
            Sheet::More => {
                let (selection, lab) = (self.selection, self.session.lab());
                (
                    "More acts",
                    drawn(&SHEETS, |sheets| sheets.more, More { scene, selection, lab, dispatch }),
                )
            }
            Sheet::Chip(place) => {
                let nodes = scene.nodes.iter().map(|node| node.id.to_string()).collect();
                let chip = place.and_then(|place| Some((place, self.chips.get(place)?.clone())));
                let title = if chip.is_some() { "Change an act" } else { "Add an act" };
                let now = self.session.clock();
                (
                    title,
                    drawn(&SHEETS, |sheets| sheets.chip, ChipForm { chip, nodes, now, dispatch }),
                )
            }
        };
        dialog(title, &self.dispatch, html! { <>{ body }{ self.toasts() }</> })
    }

    /// From now on, a new size of stage or diagram is heard of.
    pub fn watch_sizes(&mut self) {
        let watch = |place: &NodeRef, msg: fn(f64, f64) -> Msg| {
            let (element, dispatch) = (place.cast::<Element>()?, self.dispatch.clone());
            Some(SizeWatch::new(&element, move |width, height| dispatch.emit(msg(width, height))))
        };
        let stage = watch(&self.places.0, Msg::StageSize);
        let diagram = watch(&self.places.1, Msg::DiagramSize);
        self.watches = stage.zip(diagram).map(|(stage, diagram)| [stage, diagram]);
    }

    /// What takes hold of elements: the painter, an opened dialog, a panel that follows the run.
    pub fn after_rendering(&mut self) {
        if self.compare.is_some() {
            return;
        }
        if self.watches.is_none() {
            self.watch_sizes();
        }
        if let Some(stage) = self.places.0.cast::<Element>() {
            self.painter.attach(&stage, &self.scene, &self.ring);
        }
        if let Some(surface) = self.places.1.cast::<Element>() {
            let diagram = self.diagram.clone();
            self.painter.attach_sweep(sweep(&surface, diagram, self.diagram_size, self.zoom));
        }
        self.painter.paint(self.session.clock());
        if let Some(next) = self.focus_next.take() {
            browser::focus(&next);
        }
        if self.sheet.is_some()
            && let Some(dialog) = browser::find("dialog")
        {
            browser::open_dialog(&dialog);
        }
        let here = browser::find("#panel [data-here]");
        let scrolled = here.as_ref().and_then(|here| here.get_attribute("data-here"));
        if scrolled != self.scrolled.0 {
            // A list does not move under the pointer, nor back when nothing is pointed at any more.
            let back = self.scrolled.1 && self.lit.is_none();
            self.scrolled = (scrolled, self.lit.is_some());
            if let Some(here) = here.filter(|_| !back && browser::find("#panel:hover").is_none()) {
                browser::scroll_into_view(&here);
            }
        }
    }
}

/// Nothing to mark in the diagram.
pub fn no_chain() -> Shared<Vec<faultline::play::WhyLink>> {
    Shared::new(Vec::new())
}
