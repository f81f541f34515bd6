//! Moving all runs through time, and making what is drawn of them.

use litemap::LiteMap;
use std::cell::Cell;
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use yew::prelude::Context;

use faultline::play::compare::{Comparison, Kind, Sweep};
use faultline::play::frame::clock_words;
use faultline::sim::{Span, StepIndex, Time};

use crate::ui::browser::{self, SizeWatch};
use crate::ui::diagram::sweep;
use crate::ui::lab_page::{diagram_from, key_command, zoom_span};
use crate::ui::state::{Layout, Msg, SPEEDS, Selection, ZOOMS};

use super::shown::Shown;
use super::{CompareMsg, ComparePage};

/// Steps in a slice of what takes long; a slice is far shorter than what a person notices.
const SLICE_STEPS: u64 = 1_500;
/// Runs of the table in a slice.
const SLICE_RUNS: usize = 3;
/// No frame counts for more than this, so that a tab that was away does not race.
const FRAME_MAX_MS: f64 = 100.0;
/// No frame takes more steps than this, all runs together.
const STEPS_PER_FRAME: u64 = 400;
/// While time runs, the tables are renewed so often.
const CALM_MS: f64 = 200.0;
/// How long, on screen, an event leaves a trace on a stage.
const AFTERGLOW_MS: u64 = 450;
/// How fast it goes at first, and how much time the diagrams show: places in `SPEEDS` and `ZOOMS`.
const SPEED_FIRST: usize = 6;
const ZOOM_FIRST: usize = 4;
/// How much of the diagram lies before the moment at which the runs part, when it is gone to.
const BEFORE: Span = Span::from_ms(1);

impl ComparePage {
    pub fn open(ctx: &Context<ComparePage>) -> ComparePage {
        let props = ctx.props();
        let request = &props.request;
        let comparison = Comparison::new(request.kind, &request.parts);
        let count = comparison.as_ref().map_or(0, |comparison| comparison.sides().len());
        let shown = comparison.as_ref().map_or(Vec::new(), |comparison| {
            comparison.sides().iter().map(|side| Shown::new(side.session())).collect()
        });
        let dispatch = ctx.link().callback(|msg| msg);
        let sides = (0..count).map(|side| dispatch.reform(move |msg| CompareMsg::Side(side, msg)));
        let letters = Rc::new(Cell::new(props.settings.letters));
        let (pressed, hidden, resized) = (dispatch.clone(), dispatch.clone(), dispatch.clone());
        let letters_now = letters.clone();
        let listeners = vec![
            browser::on_visibility(move |is| hidden.emit(CompareMsg::Hidden(is))),
            browser::on_resize(move || resized.emit(CompareMsg::Resized)),
            browser::on_key(move |event| {
                if let Some(command) = key_command(&event, letters_now.get()) {
                    event.prevent_default();
                    pressed.emit(CompareMsg::Key(command));
                }
            }),
        ];
        let mut page = ComparePage {
            preparing: comparison.is_ok(),
            comparison,
            sides: sides.collect(),
            shown,
            dispatch,
            slice: None,
            sweep: None,
            frame: None,
            framed_at: None,
            speed: SPEED_FIRST,
            zoom: ZOOM_FIRST,
            window: Time::ZERO,
            selection: Selection::Nothing,
            chosen: 0,
            groups: None,
            layout: Layout::fitting(browser::room()),
            toast: (!request.notices.is_empty()).then(|| request.notices.join(" ")),
            said: (0, String::new()),
            looks: vec![LiteMap::new(); count],
            figures: Vec::new(),
            verdicts: Vec::new(),
            parting: None,
            differences: Vec::new(),
            counted_at: 0.0,
            letters,
            _listeners: listeners,
        };
        page.slice(ctx);
        page
    }

    /// The next part of what takes long; the page is drawn between two parts.
    pub fn slice(&mut self, ctx: &Context<ComparePage>) {
        self.slice = None;
        if self.preparing {
            let Ok(comparison) = &mut self.comparison else { return };
            self.preparing = !comparison.prepare(SLICE_STEPS);
            if !self.preparing {
                self.begin(ctx.props().request.at);
            }
        } else if let Some(sweep) = &mut self.sweep {
            for _ in 0..SLICE_RUNS {
                match sweep.run_next() {
                    Ok(true) => {}
                    Ok(false) => return,
                    Err(why) => {
                        self.toast = Some(why);
                        return;
                    }
                }
            }
        } else {
            return;
        }
        let dispatch = self.dispatch.clone();
        self.slice = Some(Timeout::new(0, move || dispatch.emit(CompareMsg::Slice)));
    }

    /// Measures the table of a pair.
    pub fn measure(&mut self) {
        let Ok(comparison) = &self.comparison else { return };
        let Kind::Labs(pair) = comparison.kind else { return };
        let labs: Vec<_> = comparison.sides().iter().map(|side| side.session().lab()).collect();
        match Sweep::new(pair, &labs) {
            Ok(sweep) => self.sweep = Some(sweep),
            Err(why) => self.toast = Some(why),
        }
        let dispatch = self.dispatch.clone();
        self.slice = Some(Timeout::new(0, move || dispatch.emit(CompareMsg::Slice)));
    }

    /// Opens where it says most: where the runs begin to fare differently, or else to differ.
    fn begin(&mut self, at: Option<Time>) {
        let Ok(comparison) = &self.comparison else { return };
        let parting = comparison.parting().map(|parting| parting.time);
        let differs = comparison.sides().iter().filter_map(|side| Some(side.differs()?.time)).min();
        let to = match comparison.kind {
            Kind::Runs => at.or(differs),
            Kind::Setups | Kind::Labs(_) => at.or(parting).or(differs),
        };
        self.seek(to.unwrap_or(Time::ZERO));
        self.say("The runs are ready. Press Play, or step through them.".to_string());
    }

    // ---- moving ----

    pub fn is_playing(&self) -> bool {
        self.frame.is_some()
    }

    pub fn toggle_play(&mut self) {
        if self.frame.take().is_some() {
            self.say("Paused.".to_string());
            self.refresh();
        } else if !self.preparing {
            self.framed_at = None;
            self.ask_for_frame();
            self.say("Playing all runs.".to_string());
        }
    }

    fn ask_for_frame(&mut self) {
        let dispatch = self.dispatch.clone();
        let asked = gloo_render::request_animation_frame(move |now| {
            dispatch.emit(CompareMsg::Frame(now));
        });
        self.frame = Some(asked);
    }

    /// Lets the time of one frame pass in all runs. True if the page must be rendered.
    pub fn let_pass(&mut self, now: f64) -> bool {
        let Ok(comparison) = &mut self.comparison else { return false };
        if self.frame.is_none() {
            return false;
        }
        let elapsed = (now - self.framed_at.unwrap_or(now)).clamp(0.0, FRAME_MAX_MS);
        self.framed_at = Some(now);
        let span = Span((SPEEDS[self.speed].us() as f64 * elapsed / 1_000.0) as u64);
        let positions = |comparison: &Comparison| -> Vec<StepIndex> {
            comparison.sides().iter().map(|side| side.session().position()).collect()
        };
        let before = positions(comparison);
        let to = comparison.clock() + span;
        comparison.seek(to, STEPS_PER_FRAME);
        let stepped = positions(comparison) != before;
        self.ask_for_frame();
        if stepped {
            self.refresh_drawn();
            if browser::now_ms() - self.counted_at > CALM_MS {
                self.refresh_tables();
            }
        } else {
            self.paint();
        }
        stepped
    }

    pub fn seek(&mut self, time: Time) {
        self.frame = None;
        if let Ok(comparison) = &mut self.comparison {
            comparison.seek(time.min(comparison.end()), u64::MAX);
        }
        self.refresh();
    }

    pub fn step(&mut self) {
        self.frame = None;
        let Ok(comparison) = &mut self.comparison else { return };
        if !comparison.step() {
            self.toast = Some("Nothing is going to happen by itself.".to_string());
        }
        self.refresh();
        self.say_last();
    }

    pub fn back(&mut self) {
        self.frame = None;
        let Ok(comparison) = &mut self.comparison else { return };
        comparison.back();
        self.refresh();
        self.say_last();
    }

    pub fn next_change(&mut self) {
        self.frame = None;
        let Ok(comparison) = &mut self.comparison else { return };
        comparison.next_change();
        self.refresh();
        self.say_last();
    }

    /// Says what each run that did something at this moment did.
    pub fn say_last(&mut self) {
        let Ok(comparison) = &mut self.comparison else { return };
        let clock = comparison.clock();
        let mut words = vec![format!("{}:", clock_words(clock))];
        for side in 0..comparison.sides().len() {
            let session = comparison.session(side);
            let last = session.position().checked_sub(1).and_then(|last| session.step_at(last));
            if let Some(step) = last.filter(|step| step.time == clock) {
                let sentence = session.sentence(&step);
                words.push(format!("{}: {sentence}", comparison.sides()[side].name));
            }
        }
        self.say(words.join(" "));
    }

    pub fn set_speed(&mut self, speed: usize) {
        self.speed = speed.min(SPEEDS.len() - 1);
    }

    pub fn zoom_by(&mut self, by: i32) {
        self.zoom = self.zoom.saturating_add_signed(by as isize).min(ZOOMS.len() - 1);
        self.refresh_drawn();
    }

    pub fn light(&mut self, side: usize, step: Option<StepIndex>) -> bool {
        std::mem::replace(&mut self.shown[side].lit, step) != step
    }

    // ---- drawing ----

    /// After the runs have moved: everything that is made from them.
    pub fn refresh(&mut self) {
        self.refresh_drawn();
        self.refresh_tables();
    }

    fn refresh_drawn(&mut self) {
        let playing = self.is_playing();
        let Ok(comparison) = &mut self.comparison else { return };
        let span = ZOOMS[self.zoom];
        self.window = diagram_from(comparison.clock(), self.window, span);
        let glow =
            if playing { Span(SPEEDS[self.speed].us() * AFTERGLOW_MS / 1_000) } else { BEFORE };
        let first = comparison.sides().iter().find_map(|side| side.differs()).map(|d| d.time);
        for (side, shown) in self.shown.iter_mut().enumerate() {
            let own = comparison.sides()[side].differs().map(|difference| difference.time);
            let moment = own.or(first).map(|time| (time, "first difference".to_string()));
            let session = comparison.session(side);
            shown.refresh_stage(session, glow);
            let moments = moment.into_iter().collect();
            shown.refresh_diagram(session, &mut self.looks[side], (self.window, span), moments);
        }
        self.forget_gone();
    }

    fn refresh_tables(&mut self) {
        let Ok(comparison) = &self.comparison else { return };
        self.counted_at = browser::now_ms();
        self.figures = comparison.figures();
        self.verdicts = comparison.verdicts();
        self.parting = comparison.parting();
        let sides = comparison.sides();
        let words = |side: &faultline::play::compare::Side| {
            let difference = side.differs()?;
            Some((difference.time, difference.sentence(&sides[0].name, &side.name)))
        };
        self.differences = sides.iter().skip(1).map(words).collect();
    }

    /// A message that has arrived can no longer be selected.
    fn forget_gone(&mut self) {
        if let Selection::Message(id) = self.selection
            && let Some(shown) = self.shown.get(self.chosen)
            && !shown.scene.messages.iter().any(|flight| flight.message.id == id)
        {
            self.selection = Selection::Nothing;
        }
    }

    pub fn resize_stage(&mut self, side: usize, size: (f64, f64)) -> bool {
        let shown = &mut self.shown[side];
        if shown.stage_size == size || size.0 < 1.0 || size.1 < 1.0 {
            return false;
        }
        shown.stage_size = size;
        shown.refresh_ring();
        true
    }

    pub fn resize_diagram(&mut self, side: usize, size: (f64, f64)) -> bool {
        let shown = &mut self.shown[side];
        if shown.diagram_size == size || size.0 < 1.0 || size.1 < 1.0 {
            return false;
        }
        shown.diagram_size = size;
        true
    }

    /// Takes hold of the elements that were just rendered.
    pub fn after_rendering(&mut self) {
        for (side, shown) in self.shown.iter_mut().enumerate() {
            let Some((stage, surface)) = shown.elements() else { continue };
            if shown.watches.is_none() {
                let watch = |element, msg: fn(f64, f64) -> Msg| {
                    let dispatch = self.sides[side].clone();
                    SizeWatch::new(element, move |width, height| dispatch.emit(msg(width, height)))
                };
                shown.watches =
                    Some([watch(&stage, Msg::StageSize), watch(&surface, Msg::DiagramSize)]);
            }
            shown.painter.attach(&stage, &shown.scene, &shown.ring);
            let (diagram, size) = (shown.diagram.clone(), shown.diagram_size);
            shown.painter.attach_sweep(sweep(&surface, diagram, size, self.zoom));
        }
        self.paint();
    }

    fn paint(&self) {
        let Ok(comparison) = &self.comparison else { return };
        for shown in &self.shown {
            shown.painter.paint(comparison.clock());
        }
    }

    /// How much time the diagrams show, in words.
    pub fn zoom_words(&self) -> String {
        format!("{} wide", zoom_span(self.zoom))
    }
}
