//! The keyboard map: one table from which both the handler and the help dialog are made.

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    PlayPause,
    Reset,
    UndoFault,
    Help,
    Leave,
    NextRegion,
    LastRegion,
    Step,
    Back,
    NextMessage,
    NextChange,
    Slower,
    Faster,
    Kill,
    PauseNode,
    CutLink,
    DropMessage,
    FlipGroup,
    ApplyPartition,
    HealAll,
    Ask,
    Inspector,
    Why,
    WhereAmI,
    Table,
    /// The node at this place, from 1 upward.
    Node(u8),
    CycleLinks,
    CycleMessages,
    /// To the nearest node to the left, right, up or down.
    Move(i8, i8),
    Acts,
}

/// Where a key counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everywhere in a lab, unless a field has the focus and would take it.
    Lab,
    /// Only while the focus is on the stage; single letters can be switched off.
    Stage,
}

/// One line of the map.
pub struct Binding {
    pub keys: &'static [Chord],
    pub scope: Scope,
    /// As the help dialog prints it.
    pub shown: &'static str,
    pub does: &'static str,
}

/// A key with its modifiers, and what it does.
pub struct Chord {
    /// `KeyboardEvent.key` in lower case for letters and named keys, `KeyboardEvent.code` for
    /// punctuation and digits, whose places differ between keyboards.
    pub key: &'static str,
    pub shift: bool,
    pub control: bool,
    pub alt: bool,
    pub command: Command,
}

const fn key(key: &'static str, command: Command) -> Chord {
    Chord { key, shift: false, control: false, alt: false, command }
}

const fn shift(key: &'static str, command: Command) -> Chord {
    Chord { key, shift: true, control: false, alt: false, command }
}

const fn control(key: &'static str, command: Command) -> Chord {
    Chord { key, shift: false, control: true, alt: false, command }
}

const fn alt(key: &'static str, command: Command) -> Chord {
    Chord { key, shift: false, control: false, alt: true, command }
}

const fn lab(keys: &'static [Chord], shown: &'static str, does: &'static str) -> Binding {
    Binding { keys, scope: Scope::Lab, shown, does }
}

const fn stage(keys: &'static [Chord], shown: &'static str, does: &'static str) -> Binding {
    Binding { keys, scope: Scope::Stage, shown, does }
}

/// The whole map, in the order of the help dialog.
pub static MAP: &[Binding] = &[
    lab(&[alt("KeyK", Command::PlayPause)], "Alt+K", "Play or pause"),
    lab(&[alt("KeyR", Command::Reset)], "Alt+R", "Start the run anew"),
    lab(&[control("z", Command::UndoFault)], "Ctrl+Z", "Undo the last fault"),
    lab(
        &[key("f6", Command::NextRegion), shift("f6", Command::LastRegion)],
        "F6, Shift+F6",
        "Next or last region of the page",
    ),
    lab(&[key("?", Command::Help), shift("?", Command::Help)], "?", "This help"),
    lab(&[key("escape", Command::Leave)], "Esc", "Close; then leave the stage"),
    stage(&[key(" ", Command::PlayPause)], "Space", "Play or pause"),
    stage(&[key("Period", Command::Step)], ".", "Step: the next event"),
    stage(&[key("Comma", Command::Back)], ",", "Step back"),
    stage(&[key("n", Command::NextMessage)], "N", "On to the next message (of the selected node)"),
    stage(&[key("u", Command::NextChange)], "U", "On to the next change"),
    stage(
        &[shift("Comma", Command::Slower), shift("Period", Command::Faster)],
        "Shift+, and Shift+.",
        "Slower or faster",
    ),
    stage(
        &[
            key("arrowleft", Command::Move(-1, 0)),
            key("arrowright", Command::Move(1, 0)),
            key("arrowup", Command::Move(0, -1)),
            key("arrowdown", Command::Move(0, 1)),
        ],
        "Arrows",
        "To the nearest node in that direction",
    ),
    stage(
        &[
            key("Digit1", Command::Node(1)),
            key("Digit2", Command::Node(2)),
            key("Digit3", Command::Node(3)),
            key("Digit4", Command::Node(4)),
            key("Digit5", Command::Node(5)),
            key("Digit6", Command::Node(6)),
            key("Digit7", Command::Node(7)),
            key("Digit8", Command::Node(8)),
            key("Digit9", Command::Node(9)),
        ],
        "1 to 9",
        "To that node",
    ),
    stage(&[key("l", Command::CycleLinks)], "L", "To the next link of the node"),
    stage(&[key("m", Command::CycleMessages)], "M", "To the next message"),
    stage(&[key("enter", Command::Acts)], "Enter", "To what can be done with it"),
    stage(&[key("k", Command::Kill)], "K", "Kill or restart the node"),
    stage(&[key("x", Command::PauseNode)], "X", "Pause or resume the node"),
    stage(&[key("c", Command::CutLink)], "C", "Cut or mend the link; for a node, all its links"),
    stage(&[key("d", Command::DropMessage)], "D", "Drop the message"),
    stage(&[key("p", Command::FlipGroup)], "P", "Put the node into the next group of a partition"),
    stage(&[shift("p", Command::ApplyPartition)], "Shift+P", "Apply the partition"),
    stage(&[key("h", Command::HealAll)], "H", "Heal all links"),
    stage(&[key("r", Command::Ask)], "R", "Ask something of the node"),
    stage(&[key("i", Command::Inspector)], "I", "Inspector"),
    stage(&[key("y", Command::Why)], "Y", "Why did this happen?"),
    stage(&[key("w", Command::WhereAmI)], "W", "Say where I am"),
    stage(&[key("t", Command::Table)], "T", "Everything as tables"),
];

/// A key that was pressed, and where.
pub struct Press<'a> {
    pub key: &'a str,
    pub code: &'a str,
    pub shift: bool,
    pub control: bool,
    pub alt: bool,
    pub on_stage: bool,
    /// Whether a field would take the key.
    pub typing: bool,
    /// Whether single letters count.
    pub letters: bool,
}

/// What the map says of a key.
pub fn command(press: &Press<'_>) -> Option<Command> {
    let counts = |binding: &&Binding| match binding.scope {
        Scope::Lab => true,
        Scope::Stage => press.on_stage,
    };
    let mut chords = MAP.iter().filter(counts).flat_map(|binding| binding.keys);
    let chord = chords.find(|chord| chord.is(press))?;
    let single = chord.key.chars().count() == 1 && chord.key != " ";
    let plain = !chord.control && !chord.alt;
    if press.typing && (plain && chord.key != "f6" && chord.key != "escape" || chord.key == "z") {
        return None;
    }
    if single && plain && !press.letters {
        return None;
    }
    Some(chord.command)
}

impl Chord {
    fn is(&self, press: &Press<'_>) -> bool {
        let same_key = self.key == press.code || self.key == press.key.to_ascii_lowercase();
        same_key
            && self.shift == press.shift
            && self.control == press.control
            && self.alt == press.alt
    }
}
