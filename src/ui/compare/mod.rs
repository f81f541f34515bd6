//! Several runs beside each other: twin stages and twin diagrams on one clock, where they part, and
//! what is counted of them. What all of it says comes from [`Comparison`].
//!
//! [`COMPARE`] is the one way in, fetched when it is needed. The lab page opens it over its own run and
//! closes it again; as a place of its own it stands at `#/compare/…`.

mod bar;
mod keys;
mod moves;
mod shown;
mod tables;
mod view;

use litemap::LiteMap;
use std::cell::Cell;
use std::rc::Rc;

use gloo_events::EventListener;
use gloo_render::AnimationFrame;
use gloo_timers::callback::Timeout;
use yew::prelude::*;

use faultline::labs::{Lab, find_pair};
use faultline::play::compare::{Comparison, Figure, Parting, Request, Sweep};
use faultline::sim::{Input, Look, Time};

use super::app::Settings;
use super::browser;
use super::chunk::{Chunk, chunk, drawn};
use super::groups::{one_group, preset};
use super::home::FRONT;
use super::labs;
use super::shared::Shared;
use super::state::{GroupEdit, Groups, Layout, Msg, Selection};

use shown::Shown;

chunk! {
    /// The pages that compare.
    pub COMPARE: Pages = Pages { at, over }, in compare
}

/// The two ways in.
#[derive(Clone, Copy)]
pub struct Pages {
    /// By an address.
    pub at: fn(At, Settings, Callback<Settings>) -> Html,
    /// Over another page, to which the last one leads back.
    pub over: fn(Request, Settings, Callback<Settings>, Callback<()>) -> Html,
}

/// An address of a comparison.
pub struct At {
    pub what: String,
    pub query: Vec<(String, String)>,
    /// The labs that it is about.
    pub labs: Vec<&'static Lab>,
}

/// The labs that an address is about: one, or a pair.
pub fn labs_of(what: &str) -> Vec<&'static Chunk<&'static Lab>> {
    match find_pair(what) {
        Some(pair) => pair.labs.into_iter().filter_map(labs::find).collect(),
        None => labs::find(what).into_iter().collect(),
    }
}

fn at(at: At, settings: Settings, set_settings: Callback<Settings>) -> Html {
    match Request::read(&at.what, &at.query, &at.labs) {
        Ok(request) => page(request, settings, set_settings, None),
        Err(why) => drawn(&FRONT, |front| front.lost, why),
    }
}

fn over(
    request: Request,
    settings: Settings,
    set_settings: Callback<Settings>,
    close: Callback<()>,
) -> Html {
    page(request, settings, set_settings, Some(close))
}

fn page(
    request: Request,
    settings: Settings,
    set_settings: Callback<Settings>,
    close: Option<Callback<()>>,
) -> Html {
    let key = format!("{:?}", request.address);
    yew::html! { <ComparePage {key} {request} {settings} {set_settings} {close} /> }
}

/// Two to four runs on one clock.
pub struct ComparePage {
    comparison: Result<Comparison, String>,
    dispatch: Callback<CompareMsg>,
    /// What happens in one of the runs, by the parts that it shares with the lab page.
    sides: Vec<Callback<Msg>>,
    shown: Vec<Shown>,

    /// Whether the runs are still being played for the first time.
    preparing: bool,
    /// The next slice of that, or of the table.
    slice: Option<Timeout>,
    sweep: Option<Sweep>,

    frame: Option<AnimationFrame>,
    framed_at: Option<f64>,
    speed: usize,
    zoom: usize,
    window: Time,

    selection: Selection,
    /// In which of the runs something is selected.
    chosen: usize,
    groups: Option<Shared<Groups>>,
    layout: Layout,
    toast: Option<String>,
    /// What the announcer says, with a number that makes each utterance new.
    said: (u64, String),
    looks: Vec<LiteMap<&'static str, Look>>,

    // What is read from the comparison when it has moved.
    figures: Vec<Figure>,
    verdicts: Vec<Figure>,
    parting: Option<Parting>,
    /// The first difference of each run from the first one, in words.
    differences: Vec<Option<(Time, String)>>,
    /// When the tables were last renewed.
    counted_at: f64,
    letters: Rc<Cell<bool>>,
    _listeners: Vec<EventListener>,
}

/// What can be said to the page.
pub enum CompareMsg {
    /// What a shared part says in one of the runs.
    Side(usize, Msg),
    /// The next slice of what takes long.
    Slice,
    /// To the beginning, or to the end of what is known.
    Start,
    Step,
    Back,
    NextChange,
    Frame(f64),
    /// Measure the table of the pair.
    Measure,
    CopyLink,
    Told(String),
    Dismiss,
    Key(super::keys::Command),
    Hidden(bool),
    Resized,
}

#[derive(Properties, PartialEq)]
pub struct CompareProps {
    pub request: Request,
    pub settings: Settings,
    pub set_settings: Callback<Settings>,
    pub close: Option<Callback<()>>,
}

impl Component for ComparePage {
    type Message = CompareMsg;
    type Properties = CompareProps;

    fn create(ctx: &Context<ComparePage>) -> ComparePage {
        ComparePage::open(ctx)
    }

    fn update(&mut self, ctx: &Context<ComparePage>, msg: CompareMsg) -> bool {
        match msg {
            CompareMsg::Side(side, msg) => return self.shared(side, msg),
            CompareMsg::Slice => self.slice(ctx),
            CompareMsg::Start => self.seek(Time::ZERO),
            CompareMsg::Step => self.step(),
            CompareMsg::Back => self.back(),
            CompareMsg::NextChange => self.next_change(),
            CompareMsg::Frame(now) => return self.let_pass(now),
            CompareMsg::Measure => self.measure(),
            CompareMsg::CopyLink => self.copy_link(ctx),
            CompareMsg::Told(text) => self.toast = Some(text),
            CompareMsg::Dismiss => self.toast = None,
            CompareMsg::Key(command) => return self.press(ctx, command),
            CompareMsg::Hidden(hidden) => {
                if hidden {
                    self.frame = None;
                }
            }
            CompareMsg::Resized => {
                self.layout = Layout::fitting(browser::room());
                self.shown.iter_mut().for_each(shown::Shown::refresh_ring);
            }
        }
        true
    }

    fn changed(&mut self, ctx: &Context<ComparePage>, _old: &CompareProps) -> bool {
        self.letters.set(ctx.props().settings.letters);
        true
    }

    fn view(&self, ctx: &Context<ComparePage>) -> Html {
        self.page(ctx)
    }

    fn rendered(&mut self, _ctx: &Context<ComparePage>, _first: bool) {
        self.after_rendering();
    }
}

impl ComparePage {
    /// What the stage, the diagram and the tray of one run ask for. All of it is done in all runs;
    /// what belongs to the lab page alone is not asked for here.
    fn shared(&mut self, side: usize, msg: Msg) -> bool {
        match msg {
            Msg::Act(input) => self.act(vec![input]),
            Msg::ActAll(inputs) => self.act(inputs),
            Msg::Select(selection) => {
                if (self.selection, self.chosen) == (selection, side) {
                    return false;
                }
                (self.selection, self.chosen) = (selection, side);
            }
            Msg::Groups(edit) => self.edit_groups(edit),
            Msg::SeekTime(time) => self.seek(time),
            Msg::SeekStep(step) => {
                let Ok(comparison) = &self.comparison else { return false };
                let marks = comparison.sides()[side].session().marks();
                if let Some(mark) = marks.get(step).copied() {
                    self.seek(mark.time);
                }
            }
            Msg::TogglePlay => self.toggle_play(),
            Msg::SetSpeed(speed) => self.set_speed(speed),
            Msg::Zoom(by) => self.zoom_by(by),
            Msg::Light(step) => return self.light(side, step),
            Msg::Complain(why) => self.toast = Some(why),
            Msg::StageSize(width, height) => return self.resize_stage(side, (width, height)),
            Msg::DiagramSize(width, height) => return self.resize_diagram(side, (width, height)),
            // The rest is about panels, sheets and runs that are not here.
            _ => return false,
        }
        true
    }

    fn act(&mut self, inputs: Vec<Input>) {
        let Ok(comparison) = &mut self.comparison else { return };
        let mut words = Vec::new();
        let mut changed_past = false;
        for input in inputs {
            let acted = comparison.act(&input);
            changed_past |= acted.changed_past;
            if acted.is_refused() {
                words.push(format!("“{input}” makes no sense in any of the runs now."));
                continue;
            }
            for (side, told) in comparison.sides().iter().zip(&acted.told) {
                if let Err(why) = told {
                    words.push(format!("{} refuses “{input}”: {why}.", side.name));
                }
            }
        }
        if changed_past {
            words.push(
                "You changed the past of all runs: from here on they have another future.".into(),
            );
        }
        self.toast = (!words.is_empty()).then(|| words.join(" "));
        self.refresh();
        self.say_last();
    }

    fn edit_groups(&mut self, edit: GroupEdit) {
        let Some(shown) = self.shown.first() else { return };
        let scene = shown.scene.clone();
        let none = || Shared::new(one_group(&scene));
        match edit {
            GroupEdit::Toggle => {
                self.groups = if self.groups.is_some() { None } else { Some(none()) };
            }
            GroupEdit::Flip(node) => {
                let mut groups = (*self.groups.take().unwrap_or_else(none)).clone();
                groups.flip(node);
                self.groups = Some(Shared::new(groups));
            }
            GroupEdit::Preset(wanted) => {
                self.groups = Some(Shared::new(preset(&scene, wanted)));
            }
            GroupEdit::OneWay => {
                let mut groups = (*self.groups.take().unwrap_or_else(none)).clone();
                groups.one_way = !groups.one_way;
                self.groups = Some(Shared::new(groups));
            }
            GroupEdit::Apply => {
                let inputs = self.groups.as_ref().map(|groups| groups.inputs());
                match inputs.unwrap_or_default() {
                    inputs if inputs.is_empty() => {
                        self.toast = Some("Put some nodes into another group first.".into());
                    }
                    inputs => {
                        self.groups = None;
                        self.act(inputs);
                    }
                }
            }
        }
    }

    fn say(&mut self, text: String) {
        self.said = (self.said.0 + 1, text);
    }
}
