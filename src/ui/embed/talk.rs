//! The talk with the host, by `postMessage`.

use std::cell::{Cell, RefCell};

use gloo_events::EventListener;
use wasm_bindgen::JsCast;
use web_sys::MessageEvent;

use faultline::labs::Lab;
use faultline::play::Session;
use faultline::play::embed::messages::{
    Grade, Letter, Notice, Request, Topic, Unread, Verb, statement,
};
use faultline::sim::Time;
use faultline::sim::faults::StageChange;

use crate::ui::app::Theme;
use crate::ui::browser;
use crate::ui::state::{Go, Msg};

use super::{Frame, moment, reach_step, reach_time};

/// At most so many steps are told at once.
pub const STEPS_MAX: u64 = 500;

/// Who listens, and to what.
pub struct Talk {
    /// The only origin that may speak, if the address says so.
    only: Option<String>,
    /// The origin that spoke last, and whether it has said hello.
    origin: RefCell<Option<String>>,
    greeted: Cell<bool>,
    topics: RefCell<Vec<Topic>>,
    /// The frame's own name.
    name: String,
}

impl Talk {
    pub fn new(only: Option<String>, name: String) -> Talk {
        Talk {
            only,
            origin: RefCell::new(None),
            greeted: Cell::new(false),
            topics: RefCell::new(Vec::new()),
            name,
        }
    }

    /// Whether this origin may speak: the one that the address names, or the first that did.
    pub fn admits(&self, origin: &str) -> bool {
        let first = self.origin.borrow();
        let known = self.only.as_deref().or(first.as_deref().filter(|_| self.greeted.get()));
        known.is_none_or(|known| known == origin)
    }

    pub fn heard_from(&self, origin: String) {
        *self.origin.borrow_mut() = Some(origin);
    }

    pub fn wants_steps(&self) -> bool {
        let topics = self.topics.borrow();
        topics.contains(&Topic::Event) || topics.contains(&Topic::Stage)
    }

    /// Tells the host, if it has asked for such things.
    pub fn tell(&self, notice: &Notice) {
        let wanted = notice.topic().is_none_or(|topic| self.topics.borrow().contains(&topic));
        if wanted {
            self.post(notice, &self.name);
        }
    }

    /// A statement about what the learner did.
    pub fn state(&self, verb: Verb, lab: &Lab, state: &str, grade: Option<Grade>) {
        let object = browser::address(if state.is_empty() { "/lab/" } else { state });
        let statement = statement(verb, &object, lab.title, grade);
        self.tell(&Notice::Xapi { statement });
    }

    /// Sends a notice: to anybody if it is public, and else only to the origin that said hello.
    fn post(&self, notice: &Notice, id: &str) {
        let origin = self.origin.borrow();
        let target = match (notice.is_public(), origin.as_deref()) {
            (true, _) => "*",
            (false, None) => return,
            // A page without an origin of its own (a file, a sandbox) can only be named like this.
            (false, Some("null")) => "*",
            (false, Some(origin)) => origin,
        };
        let Ok(message) = js_sys::JSON::parse(&notice.write(id)) else { return };
        if let Some(parent) = parent() {
            // Refused only if the host's origin has changed: then it is not the one to be told.
            let _ = parent.post_message(&message, target);
        }
    }
}

/// The window that has the page in a frame.
fn parent() -> Option<web_sys::Window> {
    let window = browser::window();
    let parent = window.parent().ok()??;
    (!js_sys::Object::is(&parent, &window)).then_some(parent)
}

/// Gives the focus to the parent.
pub fn leave() {
    let focused =
        browser::focused().and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok());
    // What has no focus needs not lose it; and a parent may be one that cannot have it.
    let _ = focused.map(|element| element.blur());
    let _ = parent().map(|parent| parent.focus());
}

/// Hears what the parent says: the message as JSON, and its origin.
pub fn listen(heard: impl Fn(String, String) + 'static) -> EventListener {
    EventListener::new(&browser::window(), "message", move |event| {
        let Some(event) = event.dyn_ref::<MessageEvent>() else { return };
        let from_parent = parent().is_some_and(|parent| {
            event.source().is_some_and(|source| js_sys::Object::is(&source, &parent))
        });
        let text = js_sys::JSON::stringify(&event.data()).ok().and_then(|text| text.as_string());
        if let (true, Some(text)) = (from_parent, text) {
            heard(text, event.origin());
        }
    })
}

/// How much of the script's expectations came true.
pub fn grade(session: &Session) -> Grade {
    let (met, of) = session.expectations();
    Grade { met, of }
}

pub fn stage(change: &StageChange, time: Time) -> Notice {
    Notice::Stage {
        fault: change.fault.map_or_else(String::new, |fault| fault.to_string()),
        stage: change.stage.word().to_string(),
        time,
    }
}

/// Does what a message asks of the session, and gives what it asks of the page.
pub fn hear(frame: &Frame, message: &str, session: &mut Session) -> Vec<Msg> {
    let letter = match Letter::read(message) {
        Ok(letter) => letter,
        Err(Unread::NotOurs) => return Vec::new(),
        Err(Unread::Malformed { id, why }) => {
            frame.talk.post(&Notice::Error { why }, &id);
            return Vec::new();
        }
    };
    let (answer, msgs) = match asked(frame, letter.request, session) {
        Ok((answer, msgs)) => (answer, msgs),
        Err(why) => (Notice::Error { why }, Vec::new()),
    };
    frame.talk.post(&answer, &letter.id);
    msgs
}

fn asked(
    frame: &Frame,
    request: Request,
    session: &mut Session,
) -> Result<(Notice, Vec<Msg>), String> {
    let done = |msgs: Vec<Msg>| Ok((Notice::Done, msgs));
    match request {
        Request::Hello => {
            frame.talk.greeted.set(true);
            done(Vec::new())
        }
        Request::Play => done(vec![Msg::Play(true)]),
        Request::Pause => done(vec![Msg::Play(false)]),
        Request::Step => done(vec![Msg::Go(Go::Step)]),
        Request::Back => done(vec![Msg::Go(Go::Back)]),
        Request::Reset => done(vec![Msg::Go(Go::Reset)]),
        Request::Seek { step: Some(step), .. } => done(vec![reach_step(session, step)]),
        Request::Seek { t: Some(t), .. } => match moment(t) {
            Some(time) => done(vec![reach_time(session, time)]),
            None => Err("`t` is a number of simulated milliseconds".into()),
        },
        Request::Seek { .. } => Err("`seek` takes `t` in milliseconds, or `step`".into()),
        Request::Inject { act } => {
            let act = session.input_of(&act).map_err(|refused| refused.to_string())?;
            match super::Host::forbids(frame, &act) {
                Some(why) => Err(why),
                None => done(vec![Msg::Act(act)]),
            }
        }
        Request::GetState => Ok((Notice::State { state: frame.state(session) }, Vec::new())),
        Request::SetState { state } => {
            let path = format!("/lab/{}?", frame.lab.id);
            if !state.starts_with(&path) {
                return Err(format!("`state` is what getState gave here; it begins with {path}"));
            }
            let query: Vec<String> = frame
                .embed
                .query()
                .iter()
                .map(|(name, value)| format!("{name}={}", browser::encode(value)))
                .collect();
            browser::go(&format!("/embed{state}&{}", query.join("&")));
            done(Vec::new())
        }
        Request::GetGrade => Ok((Notice::Grade(grade(session)), Vec::new())),
        Request::Subscribe { to } => {
            *frame.talk.topics.borrow_mut() = to;
            done(Vec::new())
        }
        Request::SetTheme { theme } => match Theme::read(&theme) {
            Some(theme) => {
                theme.show();
                done(Vec::new())
            }
            None => Err(format!("there is no theme `{theme}`")),
        },
        Request::SetLang { lang } if lang == "en" => done(Vec::new()),
        Request::SetLang { lang } => Err(format!("`{lang}` is not there; there is en")),
        Request::Focus => {
            // Keys of the stage count only where the focus is on something of it.
            let _ = browser::focus("[data-node][tabindex='0']") || browser::focus("#region-stage");
            done(Vec::new())
        }
    }
}
