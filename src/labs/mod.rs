//! The labs: distributed systems to break.
//!
//! A [`Lab`] is a static table: what it is about, its parameters and variants, its rules in words, and
//! how to start it. A started lab is a [`Run`]: plain data in ([`Input`]), plain data out ([`Step`],
//! [`Scene`]). Nothing outside a lab knows its types, and labs do not know each other. To add one,
//! copy the smallest and name it in [`every_lab!`](crate::every_lab).

pub mod breaker;
pub mod bulkhead;
pub mod bully;
pub mod detection;
pub mod detectors;
pub mod health;
pub mod heartbeat;
mod jobs;
mod pairs;
pub mod path;
pub mod phi;
pub mod raft;
pub mod retry;
mod rulebook;
mod running;
mod setup;
pub mod shed;
pub mod supervisor;
pub mod swim;
pub mod toggle;

use crate::sim::faults::FaultRecord;
use crate::sim::{Input, InputError, NodeId, Scene, Service, Step, StepIndex, Time, Violation};

pub use pairs::{Aspect, Measure, PAIRS, Pair, Story, find_pair};
pub use rulebook::{RuleText, Rulebook};
pub use running::Running;
pub use setup::{Setup, check_live_param};

/// The one list of labs, in the order of the catalogue: `every_lab!(MACRO)` is `MACRO!` of their
/// modules. From it come [`ALL`], [`LISTING`], and the page's way to fetch each lab by itself.
#[macro_export]
macro_rules! every_lab {
    ($with:ident) => {
        $with! { bully raft breaker retry bulkhead shed toggle heartbeat health swim phi detectors supervisor }
    };
}

macro_rules! tables {
    ($($lab:ident)*) => {
        /// Every lab, in the order of the catalogue.
        pub static ALL: &[&Lab] = &[$(&$lab::LAB),*];

        /// What the catalogue says of each, in the same order. It leads to nothing else of a lab, so
        /// that a page can list all labs and hold none.
        pub static LISTING: &[Listing] = &[$($lab::LAB.listing()),*];
    };
}

every_lab!(tables);

/// The lab with this id.
pub fn find(id: &str) -> Option<&'static Lab> {
    ALL.iter().copied().find(|lab| lab.id == id)
}

/// What a lab is called and what it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listing {
    /// See [`Lab::id`].
    pub id: &'static str,
    /// See [`Lab::title`].
    pub title: &'static str,
    /// See [`Lab::summary`].
    pub summary: &'static str,
    /// How many scenarios it has.
    pub scenarios: usize,
}

/// Everything about a lab that does not depend on a run.
pub struct Lab {
    /// Its name in scripts and links: `raft`.
    pub id: &'static str,
    /// Its name on the page: `Raft`.
    pub title: &'static str,
    /// What a learner can see here, in one sentence.
    pub summary: &'static str,
    pub params: &'static [Param],
    /// The first one is the default: `corrected`.
    pub variants: &'static [Variant],
    /// The text of `rules.txt`; read it with [`Lab::rulebook`].
    pub rules: &'static str,
    /// What always holds in the corrected variant.
    pub invariants: &'static [Claim],
    /// What may hold or not at a moment.
    pub goals: &'static [Claim],
    /// The goal that the corrected variant reaches when all faults are over.
    pub recovers_to: &'static str,
    /// Words that stand for a node: `leader`.
    pub selectors: &'static [Claim],
    /// What may be asked of a node. A claim's name is the form: `put KEY VALUE`.
    pub commands: &'static [Claim],
    /// Faults that only this lab knows, in the same form.
    pub faults: &'static [Claim],
    pub scenarios: &'static [Scenario],
    /// Starts it. The setup has been checked against `params` and `variants`; what is left to refuse
    /// is a combination that makes no sense.
    pub start: fn(&Setup) -> Result<Box<dyn Run>, String>,
}

/// A number that a learner may choose.
pub struct Param {
    /// Its name in scripts: `heartbeat_ms`. The unit stands last.
    pub name: &'static str,
    /// Its name on the page.
    pub label: &'static str,
    /// The unit in words, or nothing for a plain number.
    pub unit: &'static str,
    /// The words for its values, from the least upward (`off`, `on`): a choice rather than a number.
    /// Empty for a number.
    pub choices: &'static [&'static str],
    /// Least and greatest value.
    pub range: (u64, u64),
    pub default: u64,
    /// Whether it may change while the lab runs (`set heartbeat_ms 50`).
    pub live: bool,
    pub meaning: &'static str,
}

/// One way of doing what the lab does.
pub struct Variant {
    /// Its name in scripts: `corrected`, `as-printed`, `vote-not-saved`.
    pub name: &'static str,
    pub kind: VariantKind,
    /// What it does differently, in one sentence.
    pub what: &'static str,
    /// Scripts on which the corrected variant keeps its word and this one does not.
    pub witnesses: &'static [Witness],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VariantKind {
    Corrected,
    /// As the course prints it, flaws included.
    AsPrinted,
    /// One decision broken on purpose.
    Mutation,
}

/// A script that tells a variant from the corrected one.
pub struct Witness {
    /// The flaw's number in the course's list (`BU-1`), or the mutation's name.
    pub flaw: &'static str,
    /// What goes wrong, in one sentence.
    pub shows: &'static str,
    /// The script, without its variant: it is played with both.
    pub script: &'static str,
    /// The invariant that breaks, or the goal that does not hold at the end. The corrected variant
    /// keeps every invariant and reaches the goal.
    pub breaks: &'static str,
}

/// A name and what it means.
pub struct Claim {
    pub name: &'static str,
    pub means: &'static str,
}

/// A story that a lab can tell, as a script that plays itself.
pub struct Scenario {
    /// Its name in links: `leader-in-the-minority`.
    pub id: &'static str,
    pub title: &'static str,
    /// What there is to see, in one or two sentences.
    pub shows: &'static str,
    pub script: &'static str,
}

/// A switch that is off unless said.
pub const SWITCH: &[&str] = &["off", "on"];

impl Param {
    /// A value as scripts write it: its word, or the number.
    pub fn text(&self, value: u64) -> String {
        let place = value.checked_sub(self.range.0).and_then(|place| usize::try_from(place).ok());
        let word = place.and_then(|place| self.choices.get(place));
        word.map_or_else(|| value.to_string(), |word| (*word).to_string())
    }

    /// Reads what [`Param::text`] writes; a choice may also be given by its number.
    pub fn read(&self, text: &str) -> Result<u64, String> {
        if let Some(place) = self.choices.iter().position(|word| *word == text) {
            return Ok(self.range.0 + place as u64);
        }
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u64>().ok().filter(|_| digits).ok_or_else(|| match self.choices {
            [] => format!("`{}` is a whole number, not `{text}`", self.name),
            words => format!("`{}` is one of {}, not `{text}`", self.name, words.join(", ")),
        })
    }
}

impl Lab {
    const fn listing(&self) -> Listing {
        let Lab { id, title, summary, scenarios, .. } = *self;
        Listing { id, title, summary, scenarios: scenarios.len() }
    }

    pub fn variant(&self, name: &str) -> Option<&'static Variant> {
        self.variants.iter().find(|variant| variant.name == name)
    }

    pub fn param(&self, name: &str) -> Option<&'static Param> {
        self.params.iter().find(|param| param.name == name)
    }

    pub fn scenario(&self, id: &str) -> Option<&'static Scenario> {
        self.scenarios.iter().find(|scenario| scenario.id == id)
    }

    /// The rules in words. Panics if `rules.txt` is malformed, which a test excludes.
    pub fn rulebook(&self) -> Rulebook {
        match Rulebook::parse(self.rules) {
            Ok(book) => book,
            Err(error) => panic!("rules.txt of {}: {error}", self.id),
        }
    }
}

impl PartialEq for Lab {
    fn eq(&self, other: &Lab) -> bool {
        self.id == other.id
    }
}

/// One running lab with its types erased: plain data in, plain data out.
pub trait Run {
    /// The time on the world's clock.
    fn now(&self) -> Time;

    /// When the next event is due; `None` if nothing is going to happen by itself.
    fn next_at(&self) -> Option<Time>;

    /// The index that the next step will have.
    fn next_step(&self) -> StepIndex;

    /// Takes the next event and tells what it did; `None` if nothing is going to happen.
    fn step(&mut self) -> Option<Box<Step>>;

    /// Takes the next event without telling, which is several times as fast. False if there is none.
    fn skip(&mut self) -> bool;

    /// Lets the clock run on to `time`. Panics if an event is due before that.
    fn wait_until(&mut self, time: Time);

    /// Disturbs the world now. A refused input changes nothing.
    fn apply(&mut self, input: &Input) -> Result<Box<Step>, InputError>;

    /// All that there is to see now.
    fn scene(&self) -> Scene;

    /// Whether a goal holds now; `None` if the lab has no such goal.
    fn holds(&self, goal: &str) -> Option<bool>;

    /// The node that a selector (`leader`) means now.
    fn find(&self, selector: &str) -> Option<NodeId>;

    /// How its users fare now. Far cheaper than the whole scene.
    fn service(&self) -> Service;

    /// Every invariant that was broken so far, each with its first time.
    fn violations(&self) -> &[Violation];

    /// Every fault so far (of the newest [`RECORDS_MAX`](crate::sim::faults::RECORDS_MAX)), oldest
    /// first.
    fn faults(&self) -> Vec<FaultRecord>;

    /// The digest of everything that has happened.
    fn digest(&self) -> String;

    /// How many messages are on their way or wait: what a snapshot costs, more than anything else.
    fn messages_in_flight(&self) -> usize;

    /// A copy that goes on by itself.
    fn snapshot(&self) -> Box<dyn Run>;
}

#[cfg(test)]
mod tests {
    use super::*;

    static JITTER: Param = Param {
        name: "jitter",
        label: "Jitter",
        unit: "",
        choices: &["none", "equal", "full"],
        range: (0, 2),
        default: 2,
        live: false,
        meaning: "How much of the wait is left to chance.",
    };

    #[test]
    fn a_choice_is_written_as_its_word_and_read_by_word_or_number() {
        assert_eq!(JITTER.text(1), "equal");
        assert_eq!(JITTER.read("full"), Ok(2));
        assert_eq!(JITTER.read("1"), Ok(1));
        let wrong = "`jitter` is one of none, equal, full, not `half`".to_string();
        assert_eq!(JITTER.read("half"), Err(wrong));
    }
}
