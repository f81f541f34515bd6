//! Making what the children draw from the session, after it changed.

use litemap::LiteMap;
use std::cell::Cell;
use std::rc::Rc;

use gloo_events::EventListener;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use faultline::labs::{Setup, VariantKind};
use faultline::play::announce::Announcer;
use faultline::play::frame::{Diagram, Ring, SceneExt};
use faultline::play::script::read_with;
use faultline::play::{Samples, Session};
use faultline::sim::view::SceneNode;
use faultline::sim::{Condition, Latency, Look, NodeId, Scene, Span, Step, StepIndex, Time, Value};

use crate::ui::chunk::Part;
use crate::ui::panels::{Fired, LogRow, Told};
use crate::ui::parts::SHEETS;
use crate::ui::route::{Request, script_hash};
use crate::ui::shared::Shared;
use crate::ui::stage::Painter;
use crate::ui::state::{Layout, LogFilter, Msg, RulesAs, SPEEDS, Selection, Sheet, Tab, ZOOMS};
use crate::ui::{browser, failed};

use super::{Calm, LabPage, Toast, pressed as keyboard};

/// The diagram reads at most so many steps.
const WINDOW_STEPS: u64 = 3_000;
/// The log shows at most so many rows before the present, and half as many after it.
const LOG_ROWS: u64 = 160;
/// The tables show so many of the last events.
const TIMELINE_ROWS: u64 = 40;
/// While time runs, so long passes between two renewals of something calm.
const CALM_MS: f64 = 60.0;
/// And so long where much happens: with so many events between the two, nobody could read them anyway.
const CALM_OF_MANY_MS: f64 = 240.0;
const MANY: u64 = 100;
/// How far from the left edge of the diagram the present stands while time runs.
const PRESENT: f64 = 0.74;
/// How long, on screen, an event leaves a trace on the stage.
pub const AFTERGLOW_MS: u64 = 450;

impl LabPage {
    pub fn open(ctx: &Context<LabPage>) -> LabPage {
        let request = &ctx.props().request;
        let (session, mut notices) = start(request);
        notices.extend(request.notices.iter().cloned());
        let mut told = Vec::new();
        if !notices.is_empty() {
            told.push(format!("{} The default is used instead.", notices.join(". ")));
        }
        if request.script.is_some() && is_another_run(request) {
            told.push(OTHER_RULES.to_string());
        }
        let toast =
            (!told.is_empty()).then(|| Toast { text: told.join(" "), refusal: true, run: None });
        let dispatch = ctx.link().callback(|msg| msg);
        let letters = Rc::new(Cell::new(ctx.props().settings.letters));
        let scene = session.scene();
        let latency = typical(scene.default_link.latency);
        let speed = nearest(&SPEEDS, Span(latency.us() * 4));
        let zoom = nearest(&ZOOMS, Span(latency.us() * 20));
        let empty = Diagram::new(Time::ZERO, Time(1), &scene, &[], &LiteMap::new());
        let rules_as = match session.setup().variant().kind {
            VariantKind::AsPrinted => RulesAs::Printed,
            VariantKind::Corrected | VariantKind::Mutation => RulesAs::Corrected,
        };
        let scene = Shared::new(scene);
        let mut page = LabPage {
            ring: Shared::new(Ring::new(&scene.nodes, 720.0, 430.0, browser::drawing_unit())),
            rulebook: Shared::new(session.lab().rulebook()),
            begin: session.position(),
            fail: request.fail,
            session,
            host: ctx.props().host.clone(),
            dispatch: dispatch.clone(),
            painter: Painter::default(),
            frame: None,
            framed_at: None,
            unseen: None,
            rested: false,
            speed,
            zoom,
            window: Time::ZERO,
            selection: Selection::Nothing,
            lit: None,
            rules_as,
            sources: Shared::new(Vec::new()),
            samples: Samples::default(),
            metrics: Shared::new(Vec::new()),
            tab: Tab::Inspector,
            side_open: false,
            sheet: None,
            printing: false,
            groups: None,
            chosen_fault: None,
            filter: LogFilter::default(),
            why_of: None,
            toast,
            announcer: Announcer::default(),
            level: ctx.props().settings.announce,
            said: (0, AttrValue::default()),
            untouched: true,
            cursor: None,
            chip: 0,
            drag: None,
            held: None,
            dragged: false,
            focus_next: None,
            looks: LiteMap::new(),
            places: (NodeRef::default(), NodeRef::default()),
            watches: None,
            compare: None,
            scrolled: (None, false),
            layout: Layout::fitting(browser::room()),
            stage_size: (720.0, 430.0),
            diagram_size: (720.0, 240.0),

            calm: Calm {
                scene: scene.clone(),
                position: 0,
                end: 0,
                last: AttrValue::default(),
                ways_back: (false, false, false),
            },
            calmed_at: 0.0,
            diagram_next: false,
            scene,
            recent: Shared::new(Vec::new()),
            diagram: Shared::new(empty),
            log: Shared::new(Vec::new()),
            timeline: Shared::new(Vec::new()),
            why: Shared::new(Vec::new()),
            no_chain: super::shell::no_chain(),
            script: Shared::new(String::new()),
            chips: Shared::new(Vec::new()),
            fired: Shared::new(Vec::new()),
            told: Shared::new(Told::default()),
            _listeners: listeners(&dispatch, &letters),
            letters,
            later: None,
        };
        page.acted();
        page.invite();
        page
    }

    /// What a newcomer may do first.
    fn invite(&mut self) {
        let request = match (self.session.waits_for(), self.in_charge()) {
            (Some(_), _) => "A story is ready. Press Play, or step through it.".to_string(),
            (None, Some(node)) => {
                let role = self.scene.node(node).map_or("", |node| node.view.role);
                format!("{node} is the {role}. Kill it, and see what follows.")
            }
            (None, None) => "Press Play. Then kill a node, and see what follows.".to_string(),
        };
        self.say(request);
    }

    /// The node in charge, if one is up and has that role.
    pub fn in_charge(&self) -> Option<NodeId> {
        let leads =
            |node: &&SceneNode| node.view.look == Look::Leader && node.condition == Condition::Up;
        self.scene.nodes.iter().find(leads).map(|node| node.id)
    }

    /// After the world changed: everything that is drawn from it.
    pub fn refresh(&mut self) {
        let scene = self.session.scene();
        self.know_looks(&scene);
        let run = self.session.run_id();
        if self.samples.is_other(run) {
            self.samples.open(run, self.session.left(), self.session.metrics_known());
        }
        self.samples.note(scene.time, &scene.metrics);
        self.scene = Shared::new(scene);
        self.refresh_ring();
        self.refresh_recent();
        self.refresh_calm();
        self.forget_gone();
        failed::remember_event(self.session.position());
        if self.fail.is_some_and(|fail| self.session.position() >= fail) {
            panic!("a failure was asked for, to rehearse it");
        }
    }

    /// The diagram, the panels and the transport: at once, unless time runs. Then they take turns, so
    /// that no frame has to draw all of them.
    fn refresh_calm(&mut self) {
        let now = browser::now_ms();
        let playing = self.is_playing();
        let many = self.session.position().abs_diff(self.calm.position) > MANY;
        let wait = if many { CALM_OF_MANY_MS } else { CALM_MS };
        if playing && now - self.calmed_at < wait {
            return;
        }
        self.calmed_at = now;
        self.diagram_next = !self.diagram_next;
        if !playing || self.diagram_next {
            self.refresh_diagram();
        }
        if !playing || !self.diagram_next {
            self.refresh_log();
            self.refresh_timeline();
            self.refresh_fired();
            self.refresh_chips();
            self.calm = self.calm();
            self.metrics = Shared::new(self.samples.panels(&self.scene.metrics));
        }
    }

    fn calm(&self) -> Calm {
        let last = match (self.is_playing(), self.recent.last()) {
            (false, Some(step)) => self.session.sentence(step).into(),
            (true, _) | (false, None) => AttrValue::default(),
        };
        Calm {
            scene: self.scene.clone(),
            position: self.session.position(),
            end: self.session.end().0,
            last,
            ways_back: (
                self.session.can_undo(),
                self.session.can_redo(),
                self.session.has_own_faults(),
            ),
        }
    }

    fn refresh_chips(&mut self) {
        let chips = self.session.chips();
        self.chip = self.chip.min(chips.len().saturating_sub(1));
        self.chips.update(chips);
    }

    /// After somebody acted: the script has changed as well.
    pub fn acted(&mut self) {
        let script = self.session.script().to_string();
        failed::remember(Some(failed::Report {
            event: self.session.position(),
            seed: self.session.setup().seed,
            hash: script_hash(self.session.lab(), &script),
            script: script.clone(),
        }));
        self.script.update(script);
        self.refresh();
    }

    pub fn refresh_ring(&mut self) {
        let (width, height) = self.stage_size;
        self.ring.update(Ring::new(&self.scene.nodes, width, height, browser::drawing_unit()));
    }

    /// The steps whose traces are still to be seen on the stage.
    fn refresh_recent(&mut self) {
        let position = self.session.position();
        if let Some(lit) = self.lit {
            self.recent = Shared::new(self.session.steps(lit..lit + 1));
            return;
        }
        let glow = Span(SPEEDS[self.speed].us() * AFTERGLOW_MS / 1_000);
        let since = match self.frame {
            Some(_) => self.session.marks().between(self.scene.time - glow, self.scene.time).start,
            None => position.saturating_sub(1),
        };
        let first = since.clamp(position.saturating_sub(40), position);
        let steps = self.session.steps(first..position);
        self.recent = Shared::new(steps);
    }

    pub fn refresh_diagram(&mut self) {
        let span = ZOOMS[self.zoom];
        self.window = window_at(self.scene.time, self.window, span);
        let (from, to) = (self.window, self.window + span);
        let mut range = self.session.marks().between(from, to);
        range.start = range.start.max(range.end.saturating_sub(WINDOW_STEPS));
        let steps = self.session.steps(range);
        self.learn_looks(&steps);
        self.diagram = Shared::new(Diagram::new(from, to, &self.scene, &steps, &self.looks));
    }

    /// How a role is drawn is in the scene only: looks at the moment after a node took a new one.
    fn learn_looks(&mut self, steps: &[Rc<Step>]) {
        let (position, clock) = (self.session.position(), self.session.clock());
        for step in steps {
            let unknown = step.changes.iter().any(|change| match (change.field, &change.new) {
                ("role", Value::Word(role)) => !self.looks.contains_key(role),
                _ => false,
            });
            if unknown {
                self.session.seek_step(step.index + 1);
                self.know_looks(&self.session.scene());
            }
        }
        if self.session.position() != position {
            self.session.seek_step(position);
            if self.session.clock() < clock {
                self.session.seek_time(clock);
            }
        }
    }

    fn know_looks(&mut self, scene: &Scene) {
        for node in &scene.nodes {
            self.looks.insert(node.view.role, node.view.look);
        }
    }

    pub fn refresh_log(&mut self) {
        if self.tab != Tab::Log {
            return;
        }
        let position = self.session.position();
        let LogFilter { key_events, node } = self.filter;
        let chosen = |(step, mark): (StepIndex, &faultline::play::Mark)| {
            let wanted = (!key_events || mark.turning) && node.is_none_or(|n| mark.node == Some(n));
            wanted.then_some(step)
        };
        let marks = self.session.marks();
        let earliest = position.saturating_sub(20_000);
        let before: Vec<StepIndex> = marks.range(earliest..position).filter_map(chosen).collect();
        let before = &before[before.len().saturating_sub(LOG_ROWS as usize)..];
        let after = marks.range(position..marks.len().min(position + 2_000)).filter_map(chosen);
        let after: Vec<StepIndex> = after.take(LOG_ROWS as usize / 2).collect();
        let steps: Vec<StepIndex> = before.iter().copied().chain(after).collect();
        let rows = steps.into_iter().filter_map(|step| self.log_row(step, position)).collect();
        self.log.update(rows);
    }

    /// The last events, while the tables are open.
    pub fn refresh_timeline(&mut self) {
        if self.sheet != Some(Sheet::Table) {
            return;
        }
        let position = self.session.position();
        let steps = position.saturating_sub(TIMELINE_ROWS)..position;
        let rows = steps.filter_map(|step| self.log_row(step, position)).collect();
        self.timeline.update(rows);
    }

    fn log_row(&mut self, step: StepIndex, position: StepIndex) -> Option<LogRow> {
        let full = self.session.step_at(step)?;
        Some(LogRow {
            step,
            time: full.time,
            node: full.node,
            text: self.session.sentence(&full),
            turning: full.is_turning_point(),
            ahead: step >= position,
        })
    }

    /// Another event is pointed at: all views speak of it. While time runs, they speak of the present.
    pub fn light(&mut self, step: Option<StepIndex>) -> bool {
        if self.lit == step || self.is_playing() {
            return false;
        }
        self.lit = step;
        self.refresh_recent();
        self.refresh_fired();
        true
    }

    /// The event that all views speak of, in words.
    fn refresh_told(&mut self) {
        let step = self.focus_step().and_then(|step| self.session.step_at(step));
        let told = step.map(|step| Told {
            time: step.time,
            sentence: self.session.sentence(&step),
            rules: step.fired.iter().map(|fired| (fired.rule, fired.because.clone())).collect(),
        });
        self.told.update(told.unwrap_or_default());
    }

    /// The rules that fired of late, the last firing of each; that of the lit or last step first.
    pub fn refresh_fired(&mut self) {
        if matches!(self.tab, Tab::Rules | Tab::Log) {
            self.refresh_told();
        }
        if self.tab != Tab::Rules {
            return;
        }
        let position = self.session.position();
        let focus = self.focus_step();
        let from = position.saturating_sub(300);
        let mut last: LiteMap<&'static str, Fired> = LiteMap::new();
        let mut take = |step: &faultline::sim::Step| {
            for firing in &step.fired {
                let because = firing.because.clone();
                let now = Some(step.index) == focus;
                let (step, time, node) = (step.index, step.time, step.node);
                let fired = Fired { rule: firing.rule, because, step, time, node, now };
                last.insert(firing.rule, fired);
            }
        };
        self.session.steps(from..position).iter().for_each(|step| take(step));
        if let Some(step) = focus.and_then(|focus| self.session.step_at(focus)) {
            take(&step);
        }
        self.fired.update(last.into_iter().map(|(_, fired)| fired).collect());
    }

    /// Shows the rules in another form. Their Rust source is fetched when it is first asked for.
    pub fn show_rules(&mut self, form: RulesAs) {
        self.rules_as = form;
        if form == RulesAs::Rust && self.sources.is_empty() {
            let dispatch = self.dispatch.clone();
            let file = format!("lab/{}/rules.rs.txt", self.session.lab().id);
            browser::fetch_text(&file, move |text| dispatch.emit(Msg::Sources(text)));
        }
    }

    /// The step that all views speak of: the one that is pointed at, or else the last one.
    pub fn focus_step(&self) -> Option<StepIndex> {
        self.lit.or_else(|| self.session.position().checked_sub(1))
    }

    /// A message that has arrived can no longer be selected.
    fn forget_gone(&mut self) {
        if let Selection::Message(id) = self.selection
            && !self.scene.messages.iter().any(|flight| flight.message.id == id)
        {
            self.selection = Selection::Nothing;
        }
        if let Selection::Node(id) = self.selection
            && self.scene.node(id).is_none()
        {
            self.selection = Selection::Nothing;
        }
    }

    pub fn resized(&mut self) -> bool {
        self.refresh_ring();
        let layout = Layout::fitting(browser::room());
        self.layout = layout;
        true
    }

    pub fn resize_stage(&mut self, width: f64, height: f64) -> bool {
        if self.stage_size == (width, height) || width < 1.0 || height < 1.0 {
            return false;
        }
        self.stage_size = (width, height);
        self.refresh_ring();
        true
    }

    pub fn resize_diagram(&mut self, width: f64, height: f64) -> bool {
        if self.diagram_size == (width, height) || width < 1.0 || height < 1.0 {
            return false;
        }
        self.diagram_size = (width, height);
        true
    }
}

/// A session for what was asked, at the moment at which it opens, and what could not be done.
fn start(request: &Request) -> (Session, Vec<String>) {
    let mut notices = Vec::new();
    let mut session = scripted(request).unwrap_or_else(|why| {
        notices.extend(why);
        Session::new(request.setup.clone())
    });
    if let Err(why) = &session {
        notices.push(why.clone());
        session = Session::new(Setup::new(request.setup.lab(), 1));
    }
    let mut session = session.unwrap_or_else(|why| panic!("the default does not start: {why}"));
    let followed = request.scenario.is_some() || request.script.is_some();
    match request.at {
        Some(at) => drop(session.seek_step(at)),
        None if followed => drop(session.seek_time(Time::ZERO)),
        None => settle(&mut session),
    }
    (session, notices)
}

/// A session that follows the script that was asked for; without one, no reason.
fn scripted(request: &Request) -> Result<Result<Session, String>, Option<String>> {
    let scenario = request.scenario.and_then(|id| request.setup.lab().scenario(id));
    let own = request.script.as_deref();
    let text = own.or(scenario.map(|scenario| scenario.script)).ok_or(None)?;
    let script = read_with(text, &[request.setup.lab()])
        .map_err(|why| Some(format!("The script: {why}")))?;
    Session::play_script(&script).map(Ok).map_err(|why| Some(format!("The script: {why}")))
}

/// What is said of a link whose acts give another run than the one that was recorded.
const OTHER_RULES: &str = "This link was made by another version of Faultline: the same acts now give \
    another run. It plays on.";

/// A record is played to its end, to see whether it is still the same run; but no longer than this.
const RECORD_MAX: u64 = 20_000;

/// Whether what a link recorded is another run today.
fn is_another_run(request: &Request) -> bool {
    let Ok(Ok(mut again)) = scripted(request) else { return false };
    again.follow_script(RECORD_MAX);
    again.is_another_run()
}

/// Runs on until the system has begun to work, so that the first picture shows something to break.
fn settle(session: &mut Session) {
    session.seek_time(Time::ZERO);
    let works = |scene: &Scene| scene.error.is_none() && !scene.service.failed;
    for _ in 0..60 {
        if works(&session.scene()) || session.clock() > Time(20_000_000) {
            break;
        }
        session.step_to_change();
    }
}

fn listeners(dispatch: &Callback<Msg>, letters: &Rc<Cell<bool>>) -> Vec<EventListener> {
    let (hidden, pressed, resized) = (dispatch.clone(), dispatch.clone(), dispatch.clone());
    let printed = dispatch.clone();
    let letters = letters.clone();
    // Dialogs are there when they are asked for: what is typed at once must not be lost.
    let fetch_dialogs = || {
        spawn_local(async {
            SHEETS.fetch().await;
        })
    };
    let listeners = [
        browser::on_visibility(move |is| hidden.emit(Msg::Hidden(is))),
        browser::on_resize(move || resized.emit(Msg::Resized)),
        browser::on_key(move |event| {
            if let Some(command) = keyboard::command(&event, letters.get()) {
                event.prevent_default();
                pressed.emit(Msg::Key(command));
            }
        }),
    ];
    let print = browser::on_print(move |begins| printed.emit(Msg::Print(begins)));
    listeners.into_iter().chain(print).chain(browser::on_first_use(fetch_dialogs)).collect()
}

/// How much time the diagram shows at a zoom.
pub fn zoom_span(zoom: usize) -> Span {
    ZOOMS[zoom.min(ZOOMS.len() - 1)]
}

/// Where a window of this span begins that shows `now`: where it was, if that will do.
pub fn window_at(now: Time, window: Time, span: Span) -> Time {
    let part = |share: f64| Span((span.us() as f64 * share) as u64);
    let least = now - part(PRESENT);
    if window < least {
        return least;
    }
    if now < window + part(0.08) && window > Time::ZERO {
        return now - part(0.3);
    }
    window
}

/// How long a message usually takes.
pub fn typical(latency: Latency) -> Span {
    match latency {
        Latency::Constant(span) => span,
        Latency::Uniform { min, max } => Span((min.us() + max.us()) / 2),
        Latency::LogNormal { median, .. } => median,
        Latency::Pareto { min, .. } => min,
    }
}

fn nearest(choices: &[Span], wanted: Span) -> usize {
    let far = |span: &Span| span.us().abs_diff(wanted.us());
    let best = choices.iter().enumerate().min_by_key(|(_, span)| far(span));
    best.map_or(0, |(place, _)| place)
}
