//! One lab being played: the one component that owns a session and the frame loop.

mod acts;
mod bar;
mod comparing;
mod entry;
mod host;
mod live;
mod moves;
mod pressed;
mod refresh;
mod script;
mod shell;
mod voice;

use litemap::LiteMap;
use std::cell::Cell;
use std::rc::Rc;

use gloo_events::EventListener;
use gloo_render::AnimationFrame;
use gloo_timers::callback::Timeout;
use yew::prelude::*;

use faultline::labs::Rulebook;
use faultline::play::announce::{Announcer, Level};
use faultline::play::frame::{Cursor, Diagram, Ring};
use faultline::play::sources::{self, Source};
use faultline::play::{Chip, Samples, Session, WhyLink, compare};
use faultline::sim::{Input, Look, Panel, Scene, Step, StepIndex, Time};

use super::app::Settings;
use super::browser::SizeWatch;
use super::panels::{LogRow, Told};
use super::route::Request;
use super::shared::Shared;
use super::stage::Painter;
use super::state::{Groups, Layout, LogFilter, Msg, RulesAs, Selection, Sheet, Tab};

pub struct LabPage {
    session: Session,
    dispatch: Callback<Msg>,
    host: Option<HostRef>,
    painter: Painter,
    rulebook: Shared<Rulebook>,
    /// The position that the page opens at and "Reset" goes to.
    begin: StepIndex,
    /// Where to fail, if that is to be rehearsed.
    fail: Option<StepIndex>,

    /// The frame that was asked for, while playing. Dropping it cancels it.
    frame: Option<AnimationFrame>,
    /// When the last frame was, in milliseconds.
    framed_at: Option<f64>,
    /// The first step that was taken and not yet drawn, while time runs.
    unseen: Option<StepIndex>,
    /// Whether the last frame drew nothing new, to give a slow machine a rest.
    rested: bool,
    speed: usize,
    zoom: usize,
    /// Where the diagram's window begins.
    window: Time,

    selection: Selection,
    lit: Option<StepIndex>,
    /// The form in which the rules are shown.
    rules_as: RulesAs,
    /// The Rust source of the rules, once somebody has asked for it.
    sources: Shared<Vec<Source>>,
    samples: Samples,
    metrics: Shared<Vec<Panel>>,
    tab: Tab,
    side_open: bool,
    sheet: Option<Sheet>,
    /// Whether what lies over the page was opened for print alone.
    printing: bool,
    groups: Option<Shared<Groups>>,
    chosen_fault: Option<usize>,
    filter: LogFilter,
    why_of: Option<StepIndex>,
    toast: Option<Toast>,
    announcer: Announcer,
    /// How much is announced.
    level: Level,
    /// What the announcer says, with a number that makes each utterance new.
    said: (u64, AttrValue),
    /// Whether nobody has done anything yet.
    untouched: bool,

    /// The place in the diagram that keys go from.
    cursor: Option<Cursor>,
    /// The chip that the script bar's keys are about.
    chip: usize,
    /// A chip that is being dragged in the diagram, and where it is now.
    drag: Option<(usize, Time)>,
    /// The chip of the bar that a pointer holds: which, where it took hold of it, and when the chip is.
    held: Option<(usize, i32, Time)>,
    /// Whether the pointer has dragged it, so that the click at the end is none.
    dragged: bool,
    /// What gets the focus after the next rendering.
    focus_next: Option<String>,

    /// How each role is drawn, as far as it has been seen.
    looks: LiteMap<&'static str, Look>,
    /// Where stage and diagram are in the page.
    places: (NodeRef, NodeRef),
    watches: Option<[SizeWatch; 2]>,
    /// What is shown in place of the lab while runs are compared.
    compare: Option<compare::Request>,
    /// What the panel was last scrolled to, and whether that was pointed at.
    scrolled: (Option<String>, bool),
    layout: Layout,
    stage_size: (f64, f64),
    diagram_size: (f64, f64),

    /// What panels and transport show: renewed some times a second while time runs.
    calm: Calm,
    /// When something calm was last renewed, and whether the diagram is next.
    calmed_at: f64,
    diagram_next: bool,

    // What the children draw. Each is made anew when, and only when, it changed.
    scene: Shared<Scene>,
    ring: Shared<Ring>,
    recent: Shared<Vec<Rc<Step>>>,
    diagram: Shared<Diagram>,
    log: Shared<Vec<LogRow>>,
    /// The last events, for the tables.
    timeline: Shared<Vec<LogRow>>,
    why: Shared<Vec<WhyLink>>,
    /// In place of `why` while it is not shown.
    no_chain: Shared<Vec<WhyLink>>,
    script: Shared<String>,
    chips: Shared<Vec<Chip>>,
    fired: Shared<Vec<super::panels::Fired>>,
    /// The event that all views speak of.
    told: Shared<Told>,
    /// Whether single letters are keys.
    letters: Rc<Cell<bool>>,
    /// What is to be done after the next rendering.
    later: Option<Timeout>,
    _listeners: Vec<EventListener>,
}

pub use entry::PLAY;
pub use host::{Host, HostRef};
pub use pressed::command as key_command;
pub use refresh::{window_at as diagram_from, zoom_span};

/// The world as the calm parts of the page show it.
#[derive(Clone, PartialEq)]
pub struct Calm {
    pub scene: Shared<Scene>,
    pub position: StepIndex,
    /// How many steps of the run are known.
    pub end: StepIndex,
    /// What the last step was, in words.
    pub last: AttrValue,
    /// Whether there is something to undo, to redo, and of the learner's faults to clear.
    pub ways_back: (bool, bool, bool),
}

/// A sentence over the page, and what can be done about it.
#[derive(Clone, PartialEq)]
pub struct Toast {
    pub text: String,
    /// Whether something was refused.
    pub refusal: bool,
    /// A run that one may want to go back to.
    pub run: Option<faultline::play::RunId>,
}

#[derive(Properties, PartialEq)]
pub struct LabPageProps {
    pub request: Request,
    pub settings: Settings,
    pub set_settings: Callback<Settings>,
    /// Whoever has the page in a frame.
    pub host: Option<HostRef>,
}

impl Component for LabPage {
    type Message = Msg;
    type Properties = LabPageProps;

    fn create(ctx: &Context<LabPage>) -> LabPage {
        LabPage::open(ctx)
    }

    fn update(&mut self, _ctx: &Context<LabPage>, msg: Msg) -> bool {
        self.take(msg)
    }

    fn changed(&mut self, ctx: &Context<LabPage>, _old: &LabPageProps) -> bool {
        if ctx.props().host != self.host {
            self.host = ctx.props().host.clone();
            self.greet_host();
        }
        self.letters.set(ctx.props().settings.letters);
        self.level = ctx.props().settings.announce;
        // A theme may bring another text size; it is in force after this rendering.
        let dispatch = self.dispatch.clone();
        self.later = Some(Timeout::new(0, move || dispatch.emit(Msg::Resized)));
        true
    }

    fn view(&self, ctx: &Context<LabPage>) -> Html {
        self.shell(ctx)
    }

    fn rendered(&mut self, _ctx: &Context<LabPage>, first: bool) {
        if first {
            self.greet_host();
        }
        self.after_rendering();
    }

    fn destroy(&mut self, _ctx: &Context<LabPage>) {
        super::failed::remember(None);
    }
}

impl LabPage {
    /// Does what was asked for. True if the page must be rendered.
    fn take(&mut self, msg: Msg) -> bool {
        match msg {
            Msg::Hear(message) => {
                let asked = self.host.clone().map(|host| host.0.hear(&message, &mut self.session));
                for msg in asked.into_iter().flatten() {
                    self.take(msg);
                }
            }
            Msg::Visit(visit) => visit(&mut self.session),
            Msg::Play(on) if on == self.is_playing() => return false,
            Msg::Play(_) => self.toggle_play(),
            Msg::Act(input) => self.act(vec![input]),
            Msg::ActAll(inputs) => self.act(inputs),
            Msg::Undo => self.undo(),
            Msg::Redo => self.redo(),
            Msg::ClearFaults => self.clear_faults(),
            Msg::Go(go) => self.go(go),
            Msg::SeekStep(step) => self.seek_step(step),
            Msg::SeekTime(time) => self.seek_time(time),
            Msg::TogglePlay => self.toggle_play(),
            Msg::Frame(now) => {
                let drawn = self.frame(now);
                self.tell_host();
                return drawn;
            }
            Msg::Faster(by) => {
                self.set_speed(self.speed.saturating_add_signed(by as isize));
            }
            Msg::SetSpeed(speed) => self.set_speed(speed),
            Msg::Zoom(by) => self.zoom_by(by),
            Msg::Select(selection) => self.select(selection),
            Msg::Choose(message) => self.choose(message),
            Msg::Grab(step) => self.grab(step),
            Msg::Release => self.release(),
            Msg::Chip(msg) => self.change_chips(msg),
            Msg::Light(step) => return self.light(step),
            Msg::LightMessage(id) => {
                let slant = self.diagram.slants.iter().find(|slant| slant.id == id);
                let sent_in = slant.and_then(|slant| slant.sent_in);
                return self.light(sent_in);
            }
            Msg::ShowTab(tab) => self.show_tab(tab),
            Msg::ToggleSide => self.side_open = !self.side_open,
            Msg::WhyOf(step) => self.why_of(step),
            Msg::ChooseFault(fault) => self.chosen_fault = fault,
            Msg::Groups(edit) => self.edit_groups(edit),
            Msg::Open(sheet) => self.open_sheet(sheet),
            Msg::SwitchRun(run) => self.switch_run(run),
            Msg::CompareRuns => self.compare_runs(),
            Msg::CompareWith(setup, witness) => self.compare_with(setup, witness),
            Msg::CloseCompare => self.compare = None,
            Msg::Load(setup) => {
                self.sheet = None;
                super::browser::go(&super::route::setup_hash(&setup));
            }
            Msg::Complain(why) => self.complain(&why),
            Msg::Dismiss => self.toast = None,
            // What lies over the lab has the keys.
            Msg::Key(_) if self.compare.is_some() => return false,
            Msg::Key(command) => return self.press(command),
            Msg::StageSize(width, height) => return self.resize_stage(width, height),
            Msg::DiagramSize(width, height) => return self.resize_diagram(width, height),
            Msg::Hidden(hidden) => return self.hidden(hidden),
            Msg::Print(begins) => return self.print(begins),
            Msg::Resized => return self.resized(),
            Msg::ShowRules(form) => self.show_rules(form),
            Msg::Sources(text) => self.sources = Shared::new(sources::parse(&text)),
            Msg::Copy(text, what) => self.copy(&text, what),
            Msg::Tell(text) => self.tell(text),
            Msg::Ask(node, words) => {
                self.close_sheet();
                self.act(vec![Input::Command(node, words)]);
            }
            Msg::LogFilter(filter) => {
                self.filter = filter;
                self.refresh_log();
            }
        }
        self.keep_going();
        self.tell_host();
        true
    }
}
