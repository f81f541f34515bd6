//! What the address of an embedded page may ask for, besides the run itself.
//!
//! | name | values | unless said |
//! |---|---|---|
//! | `ui` | `full`, `std`, `min`, `none` | `std` |
//! | `panels` | of `stage`, `space`, `strip`, `rules`, `state`, `log`, `metrics` | as `ui` says |
//! | `controls` | of `play`, `step`, `back`, `msg`, `scrub`, `speed` | as `ui` says |
//! | `actions` | of `kill`, `cut`, `part`, `msg`, `load`; or `none` | all |
//! | `theme` | `auto`, `light`, `dark`, `projector`, `contrast` | `auto` |
//! | `motion` | `auto`, `reduce`, `full` | `auto` |
//! | `keys` | `focus`, `forward`, `off` | `focus` |
//! | `lang` | `en` | `en` |
//! | `t`, `until` | simulated milliseconds to open at, and to stop at | the beginning, never |
//! | `step` | the position to open at | |
//! | `speed` | simulated milliseconds for one second on screen | as the lab says |
//! | `play` | `1`: play at once, where motion is welcome | `0` |
//! | `lock` | `1`: look, but do not act | `0` |
//! | `answers` | `show`: lessons open with their answers | `hide` |
//! | `origin` | the only origin that may talk to the page | whoever says hello first |
//! | `id` | a name that all messages bear | |
//! | `v` | the version that the link was made with | |
//! | `fuzz`, `fuzzboard` | a seed: the page plays with itself, by pointer or by keys | |

use crate::sim::{Input, Span, StepIndex, Time};

/// How an embedded page looks and behaves.
#[derive(Clone, Debug, PartialEq)]
pub struct Embed {
    pub ui: Ui,
    pub panels: Vec<Part>,
    pub controls: Vec<Control>,
    /// What a learner may do there.
    pub actions: Vec<Action>,
    pub theme: Theme,
    pub motion: Motion,
    pub keys: Keys,
    /// Where to open: a moment or a position. The later name in the address wins.
    pub open: Open,
    /// Playing stops here.
    pub until: Option<Time>,
    /// How much simulated time passes in a second.
    pub speed: Option<Span>,
    pub play: bool,
    /// Nothing can be done to the run.
    pub lock: bool,
    pub answers: bool,
    /// The only origin that is listened to: `https://lms.example.org`.
    pub origin: Option<String>,
    /// What all messages bear, so that a host can tell several frames apart.
    pub id: Option<String>,
    /// The version that the link was made with.
    pub version: Option<String>,
    /// Seeds of the page's play with itself: by pointer, by keys.
    pub fuzz: Option<u64>,
    pub fuzzboard: Option<u64>,
}

/// Where a run opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Open {
    Beginning,
    Moment(Time),
    Position(StepIndex),
}

macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$of:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$of])* $variant),+ }

        impl $name {
            /// Every value with its word in addresses, the usual one first.
            pub const ALL: &'static [($name, &'static str)] = &[$(($name::$variant, $word)),+];

            /// Its word in addresses.
            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }
        }
    };
}

words! {
    /// How much of the page is there.
    Ui {
        /// Stage, diagram, strip, transport; the panels in a drawer.
        Std = "std",
        /// Everything, as on the page itself.
        Full = "full",
        /// Stage and transport.
        Min = "min",
        /// The stage alone.
        None = "none",
    }
}

words! {
    /// A part of the page that can be shown or not.
    Part {
        Stage = "stage",
        /// The space–time diagram.
        Space = "space",
        Strip = "strip",
        Rules = "rules",
        /// The inspector.
        State = "state",
        Log = "log",
        Metrics = "metrics",
    }
}

words! {
    /// A control of the transport.
    Control {
        Play = "play",
        Step = "step",
        Back = "back",
        /// To the next delivery.
        Message = "msg",
        Scrub = "scrub",
        Speed = "speed",
    }
}

words! {
    /// A kind of act.
    Action {
        /// Crash, restart, pause, slow, skew.
        Kill = "kill",
        /// Cut, heal and change links.
        Cut = "cut",
        Partition = "part",
        /// Drop, delay, duplicate, corrupt and hurry messages; fire timers.
        Message = "msg",
        /// Commands of clients, faults of the lab, parameters.
        Load = "load",
    }
}

impl Action {
    /// Which kind of act an input is.
    pub fn of(input: &Input) -> Action {
        match input {
            Input::Crash(_)
            | Input::Restart(_)
            | Input::Wipe(_)
            | Input::Pause(_)
            | Input::Resume(_)
            | Input::Slow(..)
            | Input::SlowDisk(..)
            | Input::Skew(..) => Action::Kill,
            Input::Cut(..) | Input::Heal(..) | Input::HealAll | Input::Link(..) => Action::Cut,
            // Two nodes that are cut off from each other are a link that is cut both ways.
            Input::Partition(groups) => match groups.as_slice() {
                [one, other] if one.len() == 1 && other.len() == 1 => Action::Cut,
                _ => Action::Partition,
            },
            Input::Drop(_)
            | Input::Duplicate(_)
            | Input::Delay(..)
            | Input::Hurry(_)
            | Input::Corrupt(_)
            | Input::FireTimer(..) => Action::Message,
            Input::Command(..) | Input::Fault(..) | Input::Set(..) => Action::Load,
        }
    }

    /// The class of the buttons that do it.
    pub fn class(self) -> &'static str {
        match self {
            Action::Kill => "act-kill",
            Action::Cut => "act-cut",
            Action::Partition => "act-part",
            Action::Message => "act-msg",
            Action::Load => "act-load",
        }
    }
}

words! {
    /// The colours.
    Theme {
        /// As the system says.
        Auto = "auto",
        Light = "light",
        Dark = "dark",
        Projector = "projector",
        Contrast = "contrast",
    }
}

words! {
    /// Whether things move.
    Motion {
        /// As the system says.
        Auto = "auto",
        Reduce = "reduce",
        Full = "full",
    }
}

words! {
    /// Who gets the keys.
    Keys {
        /// The page, while something in it has the focus.
        Focus = "focus",
        /// The host hears of them as well: for slides.
        Forward = "forward",
        /// Single keys do nothing.
        Off = "off",
    }
}

impl Default for Embed {
    fn default() -> Embed {
        Embed::of(Ui::Std)
    }
}

impl Embed {
    /// So much of the page, and all else as usual.
    pub fn of(ui: Ui) -> Embed {
        let (panels, controls) = shown(ui);
        Embed {
            ui,
            panels,
            controls,
            actions: Action::ALL.iter().map(|(action, _)| *action).collect(),
            theme: Theme::Auto,
            motion: Motion::Auto,
            keys: Keys::Focus,
            open: Open::Beginning,
            until: None,
            speed: None,
            play: false,
            lock: false,
            answers: false,
            origin: None,
            id: None,
            version: None,
            fuzz: None,
            fuzzboard: None,
        }
    }
}

/// The parts and controls that belong to an amount of page.
fn shown(ui: Ui) -> (Vec<Part>, Vec<Control>) {
    let parts: Vec<Part> = Part::ALL.iter().map(|(part, _)| *part).collect();
    let controls: Vec<Control> = Control::ALL.iter().map(|(control, _)| *control).collect();
    match ui {
        Ui::Full | Ui::Std => (parts, controls),
        Ui::Min => (vec![Part::Stage], vec![Control::Play, Control::Step, Control::Back]),
        Ui::None => (vec![Part::Stage], Vec::new()),
    }
}

/// What an address asks of an embedded page.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    pub embed: Embed,
    /// The names that are not about the embedding but about the run.
    pub rest: Vec<(String, String)>,
    /// What made no sense: a sentence each. The default stands in its place.
    pub notices: Vec<String>,
}

impl Embed {
    /// Reads the query of an embedded page's address.
    pub fn read(query: &[(String, String)]) -> Asked {
        let mut asked = Asked { embed: Embed::default(), rest: Vec::new(), notices: Vec::new() };
        // How much of the page there is comes first: it says which parts there are unless said.
        let ui = query.iter().filter(|(name, _)| name == "ui");
        let others = query.iter().filter(|(name, _)| name != "ui");
        for (name, value) in ui.chain(others) {
            match asked.embed.take(name, value) {
                Ok(true) => {}
                Ok(false) => asked.rest.push((name.clone(), value.clone())),
                Err(notice) => asked.notices.push(notice),
            }
        }
        asked
    }

    /// Takes one name; false if it is not about the embedding.
    fn take(&mut self, name: &str, value: &str) -> Result<bool, String> {
        match name {
            "ui" => {
                self.ui = one(name, value, Ui::ALL)?;
                (self.panels, self.controls) = shown(self.ui);
            }
            "panels" => self.panels = some(name, value, Part::ALL)?,
            "controls" => self.controls = some(name, value, Control::ALL)?,
            "actions" if value == "none" => self.actions.clear(),
            "actions" => self.actions = some(name, value, Action::ALL)?,
            "theme" => self.theme = one(name, value, Theme::ALL)?,
            "motion" => self.motion = one(name, value, Motion::ALL)?,
            "keys" => self.keys = one(name, value, Keys::ALL)?,
            "lang" => one(name, value, &[((), "en")])?,
            "t" => self.open = Open::Moment(Time(ms(name, value)?.0)),
            "step" => self.open = Open::Position(number(name, value)?),
            "until" => self.until = Some(Time(ms(name, value)?.0)),
            "speed" => self.speed = Some(pace(name, value)?),
            "play" => self.play = flag(name, value)?,
            "lock" => self.lock = flag(name, value)?,
            "answers" => self.answers = one(name, value, &[(false, "hide"), (true, "show")])?,
            "origin" => self.origin = Some(origin(value)?),
            "id" => self.id = Some(short(name, value)?),
            "v" => self.version = Some(short(name, value)?),
            "fuzz" => self.fuzz = Some(number(name, value)?),
            "fuzzboard" => self.fuzzboard = Some(number(name, value)?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// What of this differs from the usual, for an address.
    pub fn query(&self) -> Vec<(&'static str, String)> {
        let usual = Embed::default();
        let (panels, controls) = shown(self.ui);
        let mut query: Vec<(&'static str, String)> = Vec::new();
        let mut say = |name, differs: bool, value: String| {
            if differs {
                query.push((name, value));
            }
        };
        say("ui", self.ui != usual.ui, self.ui.word().into());
        say("panels", self.panels != panels, list(&self.panels, Part::word));
        say("controls", self.controls != controls, list(&self.controls, Control::word));
        let actions = if self.actions.is_empty() {
            "none".to_string()
        } else {
            list(&self.actions, Action::word)
        };
        say("actions", self.actions != usual.actions, actions);
        say("theme", self.theme != usual.theme, self.theme.word().into());
        say("motion", self.motion != usual.motion, self.motion.word().into());
        say("keys", self.keys != usual.keys, self.keys.word().into());
        match self.open {
            Open::Beginning => {}
            Open::Moment(time) => say("t", true, milliseconds(time.0)),
            Open::Position(step) => say("step", true, step.to_string()),
        }
        if let Some(until) = self.until {
            say("until", true, milliseconds(until.0));
        }
        if let Some(speed) = self.speed {
            say("speed", true, milliseconds(speed.0));
        }
        say("play", self.play, "1".into());
        say("lock", self.lock, "1".into());
        say("answers", self.answers, "show".into());
        for (name, value) in [("origin", &self.origin), ("id", &self.id), ("v", &self.version)] {
            say(name, value.is_some(), value.clone().unwrap_or_default());
        }
        for (name, seed) in [("fuzz", self.fuzz), ("fuzzboard", self.fuzzboard)] {
            say(name, seed.is_some(), seed.unwrap_or_default().to_string());
        }
        query
    }
}

fn list<T: Copy>(values: &[T], word: impl Fn(T) -> &'static str) -> String {
    values.iter().map(|value| word(*value)).collect::<Vec<_>>().join(",")
}

fn one<T: Copy>(name: &str, value: &str, all: &[(T, &'static str)]) -> Result<T, String> {
    let known = all.iter().find(|(_, word)| *word == value);
    known.map(|(value, _)| *value).ok_or_else(|| {
        let words: Vec<&str> = all.iter().map(|(_, word)| *word).collect();
        format!("`{name}` is one of {}, not `{value}`", words.join(", "))
    })
}

fn some<T: Copy>(name: &str, value: &str, all: &[(T, &'static str)]) -> Result<Vec<T>, String> {
    value.split(',').filter(|word| !word.is_empty()).map(|word| one(name, word, all)).collect()
}

fn number(name: &str, value: &str) -> Result<u64, String> {
    let digits = value.bytes().all(|byte| byte.is_ascii_digit());
    let number = value.parse().ok().filter(|_| digits);
    number.ok_or_else(|| format!("`{name}` is a whole number, not `{value}`"))
}

fn ms(name: &str, value: &str) -> Result<Span, String> {
    let span = format!("{value}ms").parse();
    span.map_err(|_| format!("`{name}` is a number of milliseconds such as 1250, not `{value}`"))
}

/// A pace: neither so slow that nothing moves nor faster than a minute in a second.
fn pace(name: &str, value: &str) -> Result<Span, String> {
    let span = ms(name, value)?;
    if (Span(100)..=Span::from_secs(60)).contains(&span) {
        return Ok(span);
    }
    Err(format!("`{name}` goes from 0.1 to 60000 milliseconds a second, so it cannot be {value}"))
}

fn milliseconds(us: u64) -> String {
    let (whole, rest) = (us / 1_000, us % 1_000);
    if rest == 0 { whole.to_string() } else { format!("{whole}.{rest:03}") }
}

fn flag(name: &str, value: &str) -> Result<bool, String> {
    one(name, value, &[(false, "0"), (true, "1")])
}

/// A scheme and a host, which is what a browser compares.
fn origin(value: &str) -> Result<String, String> {
    let host = value.strip_prefix("https://").or_else(|| value.strip_prefix("http://"));
    let plain = |host: &&str| {
        let fits = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
        !host.is_empty() && host.len() < 254 && host.chars().all(fits)
    };
    match host.filter(plain) {
        Some(_) => Ok(value.to_string()),
        None => Err(format!(
            "`origin` is a scheme and a host such as https://lms.example.org, not `{value}`"
        )),
    }
}

/// A name that a message or a page can bear without harm.
fn short(name: &str, value: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if !value.is_empty() && value.len() <= 64 && value.chars().all(fits) {
        return Ok(value.to_string());
    }
    Err(format!("`{name}` is at most 64 letters, digits, dots and dashes, not `{value}`"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::play::link::pairs;

    fn read(query: &str) -> Asked {
        Embed::read(&pairs(query))
    }

    #[test]
    fn what_is_asked_for_is_there_and_can_be_asked_for_again() {
        let query = "ui=min&panels=stage,log&controls=play&actions=kill,cut&theme=dark&motion=reduce\
                     &keys=forward&t=1250.500&until=4000&speed=20&play=1&lock=1&answers=show\
                     &origin=https://lms.example.org&id=one&v=0.1.0&fuzz=7&fuzzboard=8";
        let asked = read(query);
        assert_eq!(asked.notices, Vec::<String>::new());
        assert_eq!(asked.embed.panels, [Part::Stage, Part::Log]);
        assert_eq!(asked.embed.open, Open::Moment(Time(1_250_500)));
        let again: Vec<String> =
            asked.embed.query().iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(again.join("&"), query);
        assert_eq!(Embed::default().query(), []);
    }

    #[test]
    fn what_makes_no_sense_is_told_and_the_usual_stands() {
        for wrong in [
            "ui=huge",
            "panels=stage,stag",
            "actions=kill,nothing",
            "theme=pink",
            "t=soon",
            "play=yes",
            "speed=0",
            "speed=99999999",
            "origin=javascript:alert(1)",
            "origin=https://",
            "id=%3Cb%3E",
            "step=-1",
            "lang=xx",
            "fuzz=1e3",
        ] {
            let asked = read(wrong);
            assert_eq!(asked.embed, Embed::default(), "{wrong}");
            assert_eq!(asked.notices.len(), 1, "{wrong}");
        }
    }

    #[test]
    fn parts_stay_as_they_were_asked_for_wherever_the_amount_of_page_is_said() {
        assert_eq!(read("panels=log&ui=min").embed, read("ui=min&panels=log").embed);
    }

    #[test]
    fn what_is_about_the_run_is_left_for_the_run() {
        let asked = read("seed=4&ui=none&f=k1@1000");
        assert_eq!(asked.rest, pairs("seed=4&f=k1@1000"));
    }

    #[test]
    fn nothing_is_left_to_do_when_no_action_is() {
        assert_eq!(read("actions=none").embed.actions, []);
        assert_eq!(read("actions=none").embed.query(), [("actions", "none".to_string())]);
    }
}
