//! The text form of a run, which a teacher can read and edit.
//!
//! ```text
//! lab raft seed=42 nodes=5 clients=2
//! # Cut the leader off with one follower and one client, and let that client write.
//! when agreed: partition n1 n2 c1 | n3 n4 n5 c2
//! +200ms command c1 put x 1
//! when leader n5: expect two-believe
//! # Mend the network, but lose the first answer that the client gets.
//! +500ms heal all
//! when sent ClientReply * c1: drop it
//! when agreed: expect not two-believe
//! +1s expect nobody-waits
//! ```
//!
//! The first line says how the run begins. Each further line is a **trigger** and an **act**. Lines
//! are done in order: each waits for its trigger after the one before it was done. A `#` begins a
//! comment. Links, scenarios, witnesses and golden tests are all written like this.
//!
//! | trigger | the act is done |
//! |---|---|
//! | `1.250s` | at that time, after everything that is due until then; at once if it has passed |
//! | `+200ms` | so long after the previous line was done |
//! | `@54` | immediately before the step that would have the index 54, at the time of the step before it |
//! | `when CONDITION:` | as soon as it holds |
//! | `every CONDITION:` | each time that it begins to hold, from now on; later lines do not wait |
//!
//! | condition | holds |
//! |---|---|
//! | `sent KIND FROM TO` | when such a message was just sent; `*` is anybody |
//! | `leader n3` | while the selector means that node |
//! | `leader` | while the selector means some node |
//! | `GOAL` | while the goal holds |
//! | `not …` | while the goal does not hold, or the selector means another node or none |
//!
//! Acts are the inputs as [`Input`] prints them. A selector may stand for a node, as in
//! `crash leader`, and under `sent`, `it` is the message. Besides, there are `expect CONDITION`, which
//! fails the script if it does not hold then, and `stop`, where the run ends. A recording ends with
//! `digest HEX`, so that it is noticed if the same inputs no longer give the same run.

mod act;
mod check;
mod parse;

use std::fmt;
use std::str::FromStr;

use crate::labs::{self, Claim, Lab, Setup};
use crate::sim::{Input, NodeId, Span, StepIndex, Time};

pub use act::{Names, Template};
pub use check::check;

/// Every act that a line may do, by its form, and what it means.
pub static ACTS: &[Claim] = &[
    Claim { name: "crash NODE", means: "stop it at once; what it saved survives" },
    Claim { name: "restart NODE", means: "start a crashed node from what it had saved" },
    Claim { name: "wipe NODE", means: "lose what a crashed node had saved" },
    Claim { name: "pause NODE", means: "stop it in its tracks; its timers and messages wait" },
    Claim { name: "resume NODE", means: "let a paused node go on" },
    Claim { name: "slow NODE TIME", means: "each event takes it so long; 0s ends it" },
    Claim {
        name: "slow-disk NODE TIME",
        means: "each write to its disk takes so long; 0s ends it",
    },
    Claim { name: "skew NODE +NUMBERppm", means: "its clock runs so much too fast, or - too slow" },
    Claim { name: "cut NODE NODE", means: "nothing gets through from the first to the second" },
    Claim { name: "heal NODE NODE", means: "mend that direction" },
    Claim { name: "heal all", means: "mend every link and give it its usual settings" },
    Claim { name: "partition NODE… | NODE…", means: "cut all links between the groups" },
    Claim {
        name: "link NODE NODE SETTING…",
        means: "change one direction: latency=5ms..15ms, loss=20%, duplication=1%, corruption=1%",
    },
    Claim { name: "drop MESSAGE", means: "it will not arrive" },
    Claim { name: "duplicate MESSAGE", means: "a second copy will arrive" },
    Claim { name: "delay MESSAGE TIME", means: "it arrives so much later" },
    Claim { name: "hurry MESSAGE", means: "it arrives now" },
    Claim { name: "corrupt MESSAGE", means: "it arrives damaged, and the checksum rejects it" },
    Claim { name: "fire NODE TIMER", means: "a pending timer fires now" },
    Claim { name: "command NODE COMMAND", means: "ask something, in the lab's own words" },
    Claim { name: "fault NODE FAULT", means: "a fault that only this lab knows" },
    Claim { name: "set PARAMETER NUMBER", means: "change a parameter while the lab runs" },
    Claim { name: "expect CONDITION", means: "the script fails if it does not hold now" },
    Claim { name: "stop", means: "the run ends here" },
];

/// A script is at most so many bytes long.
pub const TEXT_MAX: usize = 1 << 20;

/// A script has at most so many lines, comments included.
pub const LINES_MAX: usize = 20_000;

/// No trigger is later than this.
pub const TIME_MAX: Time = Time(24 * 3_600 * 1_000_000);

/// A setup and what is done to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Script {
    pub setup: Setup,
    pub lines: Vec<Line>,
    /// What the run's digest was when it was recorded: 16 hexadecimal digits.
    pub digest: Option<String>,
}

/// What is done, and when.
#[derive(Clone, Debug)]
pub struct Line {
    /// Where it stands in the text, from 1 upward.
    pub number: usize,
    pub trigger: Trigger,
    pub act: Act,
}

/// When a line is done.
#[derive(Clone, Debug, PartialEq)]
pub enum Trigger {
    At(Time),
    After(Span),
    Before(StepIndex),
    When(Condition),
    Every(Condition),
}

/// Something that holds or not at a moment of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// A message of this kind was just sent.
    Sent { kind: String, from: Party, to: Party },
    /// A selector means this node.
    Means(&'static str, NodeId),
    /// A selector means some node.
    MeansSome(&'static str),
    /// A goal of the lab holds.
    Goal(&'static str),
    /// A goal or a selector's meaning is not so.
    Not(Box<Condition>),
}

/// One end of a message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Party {
    Anybody,
    Node(NodeId),
    Selector(&'static str),
}

/// What a line does.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    Input(Template),
    Expect(Condition),
    Stop,
}

/// What is wrong with a script, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptError {
    /// From 1 upward.
    pub line: usize,
    /// In characters, from 1 upward.
    pub column: usize,
    /// What was found and what was expected.
    pub message: String,
}

impl Script {
    /// The same acts on another variant of the lab, without the digest, which would not fit.
    pub fn with_variant(&self, name: &str) -> Result<Script, String> {
        let mut script = self.clone();
        script.setup.set_variant(name)?;
        script.digest = None;
        Ok(script)
    }
}

/// Reads a single act, such as `crash leader`, as it stands after a trigger.
pub fn read_act(text: &str, lab: &'static Lab) -> Result<Act, String> {
    parse::single_act(text, lab)
}

/// Reads a single condition, such as `not agreed`, as it stands in a trigger.
pub fn read_condition(text: &str, lab: &'static Lab) -> Result<Condition, String> {
    parse::single_condition(text, lab)
}

/// Changes a set-up as the first line of a script would: `nodes=5 variant=as-printed`.
pub fn change_setup(setup: &mut Setup, text: &str) -> Result<(), String> {
    text.split_whitespace().try_for_each(|word| parse::single_choice(setup, word))
}

/// Lines are equal if they say the same, wherever they stand.
impl PartialEq for Line {
    fn eq(&self, other: &Line) -> bool {
        self.trigger == other.trigger && self.act == other.act
    }
}

/// Reads a single line, trigger and act, of a script for this lab. Its number is 1.
pub fn read_line(text: &str, lab: &'static Lab) -> Result<Line, String> {
    parse::single_line(text, lab)
}

impl FromStr for Script {
    type Err = ScriptError;

    fn from_str(text: &str) -> Result<Script, ScriptError> {
        parse::script(text, labs::ALL)
    }
}

/// Reads a script of one of these labs.
pub fn read_with(text: &str, labs: &[&'static Lab]) -> Result<Script, ScriptError> {
    parse::script(text, labs)
}

/// The text that [`FromStr`] reads back as the same script.
impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.setup)?;
        for line in &self.lines {
            writeln!(f, "{line}")?;
        }
        match &self.digest {
            Some(digest) => writeln!(f, "digest {digest}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.trigger, self.act)
    }
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trigger::At(time) => f.write_str(&time.to_script()),
            Trigger::After(span) => write!(f, "+{}", span.to_script()),
            Trigger::Before(step) => write!(f, "@{step}"),
            Trigger::When(condition) => write!(f, "when {condition}:"),
            Trigger::Every(condition) => write!(f, "every {condition}:"),
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Condition::Sent { kind, from, to } => write!(f, "sent {kind} {from} {to}"),
            Condition::Means(selector, node) => write!(f, "{selector} {node}"),
            Condition::MeansSome(selector) => f.write_str(selector),
            Condition::Goal(goal) => f.write_str(goal),
            Condition::Not(condition) => write!(f, "not {condition}"),
        }
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Party::Anybody => f.write_str("*"),
            Party::Node(node) => write!(f, "{node}"),
            Party::Selector(selector) => f.write_str(selector),
        }
    }
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Act::Input(template) => write!(f, "{template}"),
            Act::Expect(condition) => write!(f, "expect {condition}"),
            Act::Stop => f.write_str("stop"),
        }
    }
}

impl From<Input> for Act {
    fn from(input: Input) -> Act {
        Act::Input(Template::from(input))
    }
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.message)
    }
}

impl std::error::Error for ScriptError {}
