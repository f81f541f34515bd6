//! The page in a frame of somebody else's page: what its address asks for, and the talk with the host.

mod talk;

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use gloo_events::{EventListener, EventListenerOptions};
use markup::html;
use wasm_bindgen::{JsCast, closure::Closure};
use yew::prelude::{Callback, Html};

use faultline::labs::Lab;
use faultline::play::Session;
use faultline::play::embed::messages::Verb;
use faultline::play::embed::options::{Action, Control, Motion, Open, Part};
use faultline::play::embed::{Embed, Keys, Notice, Ui};
use faultline::play::link::Link;
use faultline::sim::{Input, StepIndex, Time};

use super::app::{Settings, Theme};
use super::browser;
use super::chunk::chunk;
use super::lab_page::{Host, HostRef, PLAY};
use super::parts::Icon;
use super::route::Query;
use super::state::{Msg, SPEEDS};

use talk::Talk;

chunk! {
    /// Draws a lab as its embedded address asks.
    pub EMBED: Draw = draw, in embed
}

/// Where Escape leads to another part of the page first.
const TAKES_ESCAPE: &str = "[data-stage], [data-plot], [data-chip], [data-tray]";

/// Draws a lab, as the query of its address asks; what of the address could not be read is told.
type Draw = fn(&'static Lab, &Query, Vec<String>, Settings, Callback<Settings>) -> Html;

fn draw(
    lab: &'static Lab,
    query: &Query,
    mut notices: Vec<String>,
    mut settings: Settings,
    set_settings: Callback<Settings>,
) -> Html {
    let asked = Embed::read(query);
    let embed = asked.embed;
    notices.extend(asked.notices);
    settings.theme = Theme::read(embed.theme.word()).unwrap_or(Theme::Auto);
    settings.letters = embed.keys != Keys::Off;
    settings.show();
    let motion = match embed.motion {
        Motion::Auto => None,
        Motion::Reduce | Motion::Full => Some(embed.motion.word()),
    };
    browser::set_root("data-motion", motion);
    let frame = classes(&embed);
    let open = browser::address(&Link::read(lab, &asked.rest).link.short_hash());
    let host = Frame::here(lab, embed);
    let page = (PLAY.get().page)(lab, &asked.rest, notices, settings, set_settings, Some(host));
    html! {
        <div class={frame}>
            <header class="frame-bar">
                <strong>{ lab.title }</strong>
                <span class="spread" />
                <a class="button quiet" href={open} target="_blank" rel="noopener">
                    { "Open " }{ Icon::Out.html() }<span class="unseen">{ "in a page of its own" }</span>
                </a>
            </header>
            { page }
        </div>
    }
}

/// What the style sheet needs to know: how much of the page is there, and what is not.
fn classes(embed: &Embed) -> String {
    let mut classes = format!("frame frame-{}", embed.ui.word());
    let parts = Part::ALL.iter().filter(|(part, _)| !embed.panels.contains(part));
    let controls = Control::ALL.iter().filter(|(control, _)| !embed.controls.contains(control));
    let actions =
        Action::ALL.iter().filter(|(action, _)| embed.lock || !embed.actions.contains(action));
    for (kind, words) in [
        ("part", parts.map(|(_, word)| *word).collect::<Vec<_>>()),
        ("control", controls.map(|(_, word)| *word).collect()),
        ("action", actions.map(|(_, word)| *word).collect()),
    ] {
        for word in words {
            classes.push_str(&format!(" no-{kind}-{word}"));
        }
    }
    if embed.lock {
        classes.push_str(" locked");
    }
    classes
}

/// The frame that the page stands in.
struct Frame {
    embed: Embed,
    lab: &'static Lab,
    talk: Talk,
    page: RefCell<Option<Callback<Msg>>>,
    /// The first step that the host has not heard of.
    told: Cell<StepIndex>,
    /// What the host was last told of the script's expectations.
    checked: Cell<(u64, u64)>,
    /// Whether `until` has been reached.
    ended: Cell<bool>,
    _listeners: RefCell<Vec<EventListener>>,
    _sight: RefCell<Option<Sight>>,
}

thread_local! {
    /// The frame stays the same when the page in it changes, so that a host need not greet again.
    static HERE: RefCell<Option<Rc<Frame>>> = const { RefCell::new(None) };
}

impl Frame {
    fn here(lab: &'static Lab, embed: Embed) -> HostRef {
        let known = HERE.with(|here| here.borrow().clone());
        if let Some(frame) = known.filter(|frame| frame.lab == lab && frame.embed == embed) {
            return HostRef(frame);
        }
        let talk = Talk::new(embed.origin.clone(), embed.id.clone().unwrap_or_default());
        let frame = Rc::new(Frame {
            embed,
            lab,
            talk,
            page: RefCell::new(None),
            told: Cell::new(0),
            checked: Cell::new((0, 0)),
            ended: Cell::new(false),
            _listeners: RefCell::new(Vec::new()),
            _sight: RefCell::new(None),
        });
        *frame._listeners.borrow_mut() = frame.clone().listeners();
        HERE.with(|here| *here.borrow_mut() = Some(frame.clone()));
        HostRef(frame)
    }

    fn say(&self, msg: Msg) {
        if let Some(page) = &*self.page.borrow() {
            page.emit(msg);
        }
    }

    fn listeners(self: Rc<Frame>) -> Vec<EventListener> {
        let messages = Rc::downgrade(&self);
        let keys = messages.clone();
        let options = EventListenerOptions::enable_prevent_default();
        vec![
            talk::listen(move |text, origin| {
                if let Some(frame) = Weak::upgrade(&messages)
                    && frame.talk.admits(&origin)
                {
                    frame.talk.heard_from(origin);
                    frame.say(Msg::Hear(text));
                }
            }),
            // Heard before the page, which may move the focus.
            EventListener::new_with_options(
                &browser::document(),
                "keydown",
                options,
                move |event| {
                    let key = event.dyn_ref::<web_sys::KeyboardEvent>().map(|event| event.key());
                    if let (Some(frame), Some(key)) = (Weak::upgrade(&keys), key) {
                        frame.pressed(&key);
                    }
                },
            ),
        ]
    }

    /// Keys that are the host's, too: those of its slides, and Escape once nothing here takes it. It
    /// gives the focus back even to a host that does not listen.
    fn pressed(&self, key: &str) {
        let forwarded = ["PageUp", "PageDown", "b", "."].contains(&key);
        if self.embed.keys == Keys::Forward && forwarded && !browser::is_typing() {
            self.talk.tell(&Notice::Key { key: key.to_string() });
        }
        if key == "Escape" && !browser::dialog_is_open() && !browser::focus_is_in(TAKES_ESCAPE) {
            self.talk.tell(&Notice::FocusExit);
            talk::leave();
        }
    }

    /// What the run's place asks of the page when it opens.
    fn opening(&self, session: &mut Session) -> Vec<Msg> {
        let mut msgs = Vec::new();
        if let Some(speed) = self.embed.speed {
            let off = |place: &usize| SPEEDS[*place].us().abs_diff(speed.us());
            msgs.extend((0..SPEEDS.len()).min_by_key(off).map(Msg::SetSpeed));
        }
        match self.embed.open {
            Open::Beginning => {}
            Open::Moment(time) => msgs.push(reach_time(session, time)),
            Open::Position(step) => msgs.push(reach_step(session, step)),
        }
        if self.embed.play && !browser::prefers_less_motion() {
            msgs.push(Msg::Play(true));
        }
        msgs
    }

    fn state(&self, session: &Session) -> String {
        Link::of_script(&session.resumable(), Some(session.position())).short_hash()
    }

    fn tell_steps(&self, session: &mut Session) {
        let position = session.position();
        let told = self.told.replace(position);
        if !self.talk.wants_steps() || told >= position {
            return;
        }
        // A jump over a long run is told by its end.
        for step in session.steps(told.max(position.saturating_sub(talk::STEPS_MAX))..position) {
            let text = session.sentence(&step);
            self.talk.tell(&Notice::Event { index: step.index, time: step.time, text });
            for change in &step.faults {
                self.talk.tell(&talk::stage(change, step.time));
            }
        }
    }

    fn tell_grade(&self, session: &Session) {
        let grade = talk::grade(session);
        if self.checked.replace((grade.met, grade.of)) != (grade.met, grade.of) && grade.of > 0 {
            self.talk.tell(&Notice::Check { line: grade.met, pass: true, grade });
        }
        let over = grade.of > 0 && session.waits_for().is_none();
        if over && !self.ended.replace(true) {
            self.talk.tell(&Notice::Completed(grade));
            let verb = if grade.met == grade.of { Verb::Passed } else { Verb::Failed };
            self.talk.state(verb, self.lab, &self.state(session), Some(grade));
        }
    }
}

impl Host for Frame {
    fn begins(&self, page: Callback<Msg>, session: &mut Session) {
        self.told.set(0);
        self.ended.set(false);
        *self.page.borrow_mut() = Some(page.clone());
        *self._sight.borrow_mut() = Sight::new(page.clone());
        for msg in self.opening(session) {
            page.emit(msg);
        }
        self.talk.tell(&Notice::Ready {
            version: env!("CARGO_PKG_VERSION"),
            lab: self.lab.id.to_string(),
        });
        self.talk.tell(&Notice::Height { px: height(self.embed.ui) });
        self.talk.state(Verb::Initialized, self.lab, "", None);
    }

    fn hear(&self, message: &str, session: &mut Session) -> Vec<Msg> {
        talk::hear(self, message, session)
    }

    fn after(&self, session: &mut Session, playing: bool) {
        self.tell_steps(session);
        self.tell_grade(session);
        let over = self.embed.until.is_some_and(|until| session.clock() >= until);
        if playing && over {
            self.say(Msg::Play(false));
        }
    }

    fn forbids(&self, input: &Input) -> Option<String> {
        if self.embed.lock {
            return Some("this frame shows a run; open it in a page of its own to act".into());
        }
        let action = Action::of(input);
        (!self.embed.actions.contains(&action))
            .then(|| format!("acts of the kind “{}” are switched off in this frame", action.word()))
    }
}

/// How high a frame would like to be, in CSS pixels.
fn height(ui: Ui) -> u32 {
    match ui {
        Ui::None => 360,
        Ui::Min => 440,
        Ui::Std => 600,
        Ui::Full => 760,
    }
}

/// Whether the frame can be seen: out of sight it rests, as in a hidden tab.
struct Sight {
    observer: web_sys::IntersectionObserver,
    _seen: Closure<dyn FnMut(js_sys::Array)>,
}

impl Sight {
    fn new(page: Callback<Msg>) -> Option<Sight> {
        let seen = Closure::<dyn FnMut(js_sys::Array)>::new(move |entries: js_sys::Array| {
            let last: web_sys::IntersectionObserverEntry = entries.pop().unchecked_into();
            if !last.is_intersecting() {
                page.emit(Msg::Hidden(true));
            }
        });
        let observer = web_sys::IntersectionObserver::new(seen.as_ref().unchecked_ref()).ok()?;
        observer.observe(&browser::document().document_element()?);
        Some(Sight { observer, _seen: seen })
    }
}

impl Drop for Sight {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// Lets the run go on as far as is needed to show a moment; the page then shows it.
fn reach_time(session: &mut Session, time: Time) -> Msg {
    session.seek_time(time);
    Msg::SeekTime(time)
}

/// The same for a position.
fn reach_step(session: &mut Session, step: StepIndex) -> Msg {
    session.seek_step(step);
    Msg::SeekStep(step)
}

/// A moment that a host gave in milliseconds.
fn moment(ms: f64) -> Option<Time> {
    let fits = ms.is_finite() && (0.0..=1e11).contains(&ms);
    fits.then_some(Time((ms * 1_000.0) as u64))
}
