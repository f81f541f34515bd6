//! What can be said to the lab page, and the small facts that it keeps beside the session.

use litemap::LiteMap;
use std::rc::Rc;

use faultline::labs::Setup;
use faultline::labs::Witness;
use faultline::play::{ChipEdit, RunId, Session};
use faultline::sim::{Input, MsgId, NodeId, Span, StepIndex, Time};

use super::keys::Command;

/// Everything that can be asked of the lab page. Made by its parts and by keys.
pub enum Msg {
    /// Do something to the world.
    Act(Input),
    /// Do several things, one after the other, as one act of the learner.
    ActAll(Vec<Input>),
    Undo,
    Redo,
    /// Plays the run anew without the learner's faults.
    ClearFaults,
    Go(Go),
    SeekStep(StepIndex),
    SeekTime(Time),
    TogglePlay,
    /// Plays, or pauses, if it does not already.
    Play(bool),
    /// The host of the frame says something: a message as JSON.
    Hear(String),
    /// Looks at the session, to make something of it that the page does not show.
    Visit(Visit),
    /// The screen is about to be drawn, at this time on the page's clock in milliseconds.
    Frame(f64),
    Faster(i32),
    SetSpeed(usize),
    Zoom(i32),
    Select(Selection),
    /// Selects a message of the diagram, at a moment at which it is on its way.
    Choose(MsgId),
    /// Takes hold of the chip of a step in the diagram, to drag it to another time.
    Grab(StepIndex),
    /// Lets it go.
    Release,
    Chip(ChipMsg),
    /// Hovering or focusing what belongs to a step lights all that belongs to it.
    Light(Option<StepIndex>),
    /// The same for a message on its way: the event is its sending.
    LightMessage(MsgId),
    ShowTab(Tab),
    /// Opens or closes the side panel where it lies over the stage.
    ToggleSide,
    WhyOf(StepIndex),
    ChooseFault(Option<usize>),
    Groups(GroupEdit),
    Open(Option<Sheet>),
    SwitchRun(RunId),
    /// Shows the runs that are kept beside each other; if there is only one, asks what with.
    CompareRuns,
    /// Shows this set-up beside the present one, on what happened here or on a script that tells them
    /// apart.
    CompareWith(Setup, Option<&'static Witness>),
    CloseCompare,
    Load(Setup),
    /// What was asked for makes no sense, for this reason.
    Complain(String),
    Dismiss,
    Key(Command),
    StageSize(f64, f64),
    DiagramSize(f64, f64),
    Hidden(bool),
    /// The page is about to be printed, or has been: on paper it is its tables.
    Print(bool),
    /// The window or the text has another size.
    Resized,
    LogFilter(LogFilter),
    /// Shows the rules in another form.
    ShowRules(RulesAs),
    /// The Rust source of the rules has come.
    Sources(String),
    /// Puts a text on the clipboard; the second is what it is.
    Copy(String, &'static str),
    /// Something that was asked for is done.
    Tell(String),
    /// Asks something of a node, in the lab's own words.
    Ask(NodeId, String),
}

/// What is done to the chips of the script bar. Chips are named by their place.
#[derive(Clone, Debug, PartialEq)]
pub enum ChipMsg {
    /// The focus has come to it.
    Focus(usize),
    /// A pointer takes hold of it, this far from the left edge of the window.
    Hold(usize, i32),
    /// The pointer that holds a chip is now here.
    Drag(i32),
    /// The pointer lets it go.
    Drop,
    /// A click on it, which opens its form unless it ends a drag.
    Click(usize),
    Change(usize, ChipEdit),
    /// Makes it so many small steps later, or earlier.
    Move(usize, i8),
    /// Goes to the moment of the act.
    GoTo(usize),
    Add(Time, String),
}

/// What is done with the session by a part of the page that the lab page does not know.
pub type Visit = Rc<dyn Fn(&mut Session)>;

/// A move through time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Go {
    Step,
    Back,
    NextMessage,
    LastMessage,
    NextChange,
    /// To the beginning, with nothing done yet.
    Reset,
}

/// The form in which the rules are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RulesAs {
    /// The course's own print, in pseudo-code.
    Printed,
    /// The corrected rules, in pseudo-code.
    Corrected,
    /// The handlers of the node that runs, in Rust.
    Rust,
}

/// What is selected on the stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Selection {
    #[default]
    Nothing,
    Node(NodeId),
    /// A pair of nodes, in their order on the ring.
    Link(NodeId, NodeId),
    Message(MsgId),
}

/// The panels beside the stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// The space–time diagram, where it has no place of its own.
    Diagram,
    Inspector,
    Rules,
    Log,
    Why,
    Script,
}

impl Tab {
    pub const ALL: [Tab; 6] =
        [Tab::Diagram, Tab::Inspector, Tab::Rules, Tab::Log, Tab::Why, Tab::Script];

    pub fn word(self) -> &'static str {
        match self {
            Tab::Diagram => "Space–time",
            Tab::Inspector => "Inspector",
            Tab::Rules => "Rules",
            Tab::Log => "Log",
            Tab::Why => "Why?",
            Tab::Script => "Script",
        }
    }

    /// For ids in the page.
    pub fn id(self) -> &'static str {
        match self {
            Tab::Diagram => "diagram",
            Tab::Inspector => "inspector",
            Tab::Rules => "rules",
            Tab::Log => "log",
            Tab::Why => "why",
            Tab::Script => "script",
        }
    }
}

/// What lies over the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sheet {
    Share,
    Help,
    Setup,
    Table,
    Ask(NodeId),
    Faults,
    /// What needs a number, done to the node, link or message that is selected.
    More,
    /// A chip of the script bar, by its place; or a new one.
    Chip(Option<usize>),
    /// What to compare with.
    Compare,
    /// One script over many seeds.
    Seeds,
}

/// Groups of a partition that is being put together: a letter for each node.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Groups {
    /// The group of each node; [`Groups::BRIDGE`] is in none and keeps its links.
    of: LiteMap<NodeId, u8>,
    /// Whether only what the first group would hear is cut.
    pub one_way: bool,
}

impl Groups {
    /// At most so many groups.
    pub const MAX: u8 = 3;
    /// In place of a group: the node is a bridge between all of them.
    pub const BRIDGE: u8 = Groups::MAX;

    pub fn new(members: impl Iterator<Item = (NodeId, u8)>) -> Groups {
        let mut groups = Groups::default();
        // One by one: to collect them at once would bring a sorting routine of its own.
        for (node, group) in members {
            groups.of.insert(node, group);
        }
        groups
    }

    pub fn letter(&self, node: NodeId) -> Option<char> {
        self.of.get(&node).map(|&group| match group {
            Groups::BRIDGE => '–',
            group => char::from(b'A' + group),
        })
    }

    /// Whether two nodes are in different groups.
    pub fn are_apart(&self, a: NodeId, b: NodeId) -> bool {
        let group = |node: NodeId| self.of.get(&node).filter(|&&group| group != Groups::BRIDGE);
        group(a).zip(group(b)).is_some_and(|(a, b)| a != b)
    }

    /// In words: `group A`, or `no group: a bridge`.
    pub fn words(&self, node: NodeId) -> Option<String> {
        self.letter(node).map(|letter| match letter {
            '–' => "no group: a bridge".to_string(),
            letter => format!("group {letter}"),
        })
    }

    /// Puts a node into the next group; one that was in none, as clients are, into the first.
    pub fn flip(&mut self, node: NodeId) {
        let next = self.of.get(&node).map_or(0, |group| (group + 1) % (Groups::MAX + 1));
        self.of.insert(node, next);
    }

    /// The inputs that cut between them; none while all are in one group.
    pub fn inputs(&self) -> Vec<Input> {
        let mut groups: Vec<Vec<NodeId>> = vec![Vec::new(); usize::from(Groups::MAX)];
        for (&node, &group) in &self.of {
            if let Some(members) = groups.get_mut(usize::from(group)) {
                members.push(node);
            }
        }
        groups.retain(|group| !group.is_empty());
        match groups.split_first() {
            Some((first, rest)) if !rest.is_empty() && self.one_way => {
                let others = || rest.iter().flatten();
                first
                    .iter()
                    .flat_map(|&to| others().map(move |&from| Input::Cut(from, to)))
                    .collect()
            }
            Some((_, rest)) if !rest.is_empty() => vec![Input::Partition(groups)],
            Some(_) | None => Vec::new(),
        }
    }
}

/// What is done to the groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupEdit {
    /// Shows or hides the tool.
    Toggle,
    Flip(NodeId),
    Preset(Preset),
    /// Cuts both ways, or only what the first group would hear.
    OneWay,
    Apply,
}

/// A partition that is often wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// The node in charge alone.
    Leader,
    /// The first nodes, fewer than half.
    Minority,
    /// Two halves.
    Halves,
    /// Two halves, and one node that still reaches both.
    Bridge,
    /// The node in charge is heard and hears nobody.
    Deaf,
}

/// How the regions are laid out, by the room there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Everything beside each other, with words on all buttons.
    Wide,
    /// The same, closer together.
    Medium,
    /// As in a frame of 800 by 600: the panels lie over the stage when asked for.
    Frame,
    /// One column that scrolls.
    Phone,
}

impl Layout {
    /// The layout for so much room, in multiples of the text size.
    pub fn fitting((width, height): (f64, f64)) -> Layout {
        if width < 37.5 {
            Layout::Phone
        } else if width < 60.0 || height < 40.0 {
            Layout::Frame
        } else if width < 84.0 {
            Layout::Medium
        } else {
            Layout::Wide
        }
    }

    /// For the style sheet.
    pub fn id(self) -> &'static str {
        match self {
            Layout::Wide => "wide",
            Layout::Medium => "medium",
            Layout::Frame => "frame",
            Layout::Phone => "phone",
        }
    }
}

/// Which rows the log shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct LogFilter {
    /// Turning points only.
    pub key_events: bool,
    pub node: Option<NodeId>,
}

/// How fast it can go: simulated time for each second on screen.
pub const SPEEDS: [Span; 12] = [
    Span::from_ms(1),
    Span::from_ms(2),
    Span::from_ms(5),
    Span::from_ms(10),
    Span::from_ms(20),
    Span::from_ms(50),
    Span::from_ms(100),
    Span::from_ms(200),
    Span::from_ms(500),
    Span::from_secs(1),
    Span::from_secs(5),
    Span::from_secs(20),
];

/// How much time the diagram shows.
pub const ZOOMS: [Span; 10] = [
    Span::from_ms(50),
    Span::from_ms(100),
    Span::from_ms(200),
    Span::from_ms(400),
    Span::from_ms(800),
    Span::from_ms(1_600),
    Span::from_ms(4_000),
    Span::from_secs(10),
    Span::from_secs(30),
    Span::from_secs(120),
];
