//! The keyboard map: one table from which both the handler and the help dialog are made.

use faultline::play::frame::Toward;

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    PlayPause,
    Reset,
    Undo,
    Redo,
    Help,
    Leave,
    NextRegion,
    LastRegion,
    Step,
    Back,
    NextMessage,
    LastMessage,
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
    Compare,
    /// The node at this place, from 1 upward.
    Node(u8),
    CycleLinks,
    CycleMessages,
    /// To the nearest node to the left, right, up or down.
    Move(i8, i8),
    Acts,
    /// To another place in the diagram.
    Toward(Toward),
    /// To what can be done with the event, the message or the act at the place in the diagram.
    Choose,
    /// To the chip so many places further on in the script bar.
    NextChip(i8),
    /// Makes the chip earlier or later by so many small steps.
    MoveChip(i8),
    DeleteChip,
}

/// Where a key counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everywhere in a lab, unless a field has the focus and would take it.
    Lab,
    /// Only while the focus is on the stage or in the diagram; single letters can be switched off.
    Views,
    /// Only while the focus is on the stage.
    Stage,
    /// Only while the focus is in the diagram.
    Diagram,
    /// Only while the focus is on a chip of the script bar.
    Script,
}

impl Scope {
    /// In the order of the help dialog.
    pub const ALL: [Scope; 5] =
        [Scope::Lab, Scope::Views, Scope::Stage, Scope::Diagram, Scope::Script];

    /// As the help dialog says it.
    pub fn words(self) -> &'static str {
        match self {
            Scope::Lab => "Everywhere in a lab",
            Scope::Views => "On the stage and in the diagram",
            Scope::Stage => "On the stage",
            Scope::Diagram => "In the diagram",
            Scope::Script => "In the script bar",
        }
    }

    fn counts(self, place: Place) -> bool {
        match self {
            Scope::Lab => true,
            Scope::Views => matches!(place, Place::Stage | Place::Diagram),
            Scope::Stage => place == Place::Stage,
            Scope::Diagram => place == Place::Diagram,
            Scope::Script => place == Place::Script,
        }
    }
}

/// Where the focus is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Stage,
    Diagram,
    Script,
    Elsewhere,
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

const fn both(key: &'static str, command: Command) -> Chord {
    Chord { key, shift: true, control: true, alt: false, command }
}

const fn lab(keys: &'static [Chord], shown: &'static str, does: &'static str) -> Binding {
    Binding { keys, scope: Scope::Lab, shown, does }
}

const fn views(keys: &'static [Chord], shown: &'static str, does: &'static str) -> Binding {
    Binding { keys, scope: Scope::Views, shown, does }
}

const fn diagram(keys: &'static [Chord], shown: &'static str, does: &'static str) -> Binding {
    Binding { keys, scope: Scope::Diagram, shown, does }
}

const fn script(keys: &'static [Chord], shown: &'static str, does: &'static str) -> Binding {
    Binding { keys, scope: Scope::Script, shown, does }
}

const fn stage(keys: &'static [Chord], shown: &'static str, does: &'static str) -> Binding {
    Binding { keys, scope: Scope::Stage, shown, does }
}

/// The whole map, in the order of the help dialog.
pub static MAP: &[Binding] = &[
    lab(&[alt("KeyK", Command::PlayPause)], "Alt+K", "Play or pause"),
    lab(&[alt("KeyR", Command::Reset)], "Alt+R", "Reset the scenario"),
    lab(&[control("z", Command::Undo)], "Ctrl+Z", "Undo what you did last"),
    lab(&[both("z", Command::Redo)], "Ctrl+Shift+Z", "Redo it"),
    lab(
        &[key("f6", Command::NextRegion), shift("f6", Command::LastRegion)],
        "F6, Shift+F6",
        "Next or last region of the page",
    ),
    lab(&[key("?", Command::Help), shift("?", Command::Help)], "?", "This help"),
    lab(&[key("escape", Command::Leave)], "Esc", "Close; then leave the stage"),
    views(&[key(" ", Command::PlayPause)], "Space", "Play or pause"),
    views(&[key("Period", Command::Step)], ".", "Step: the next event"),
    views(&[key("Comma", Command::Back)], ",", "Step back"),
    views(
        &[key("n", Command::NextMessage), shift("n", Command::LastMessage)],
        "N, Shift+N",
        "To the next or last message (of the selected node)",
    ),
    views(&[key("u", Command::NextChange)], "U", "On to the next change"),
    views(
        &[shift("Comma", Command::Slower), shift("Period", Command::Faster)],
        "Shift+, and Shift+.",
        "Slower or faster",
    ),
    views(&[key("y", Command::Why)], "Y", "Why did this happen?"),
    views(&[key("i", Command::Inspector)], "I", "Inspector"),
    views(&[key("w", Command::WhereAmI)], "W", "Say where I am"),
    views(&[key("t", Command::Table)], "T", "Everything as tables"),
    views(&[key("v", Command::Compare)], "V", "Versus: compare the runs, or another set-up"),
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
        "To that node; clients come after the servers",
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
    stage(&[key("r", Command::Ask)], "R", "Request something of the node"),
    diagram(
        &[
            key("arrowup", Command::Toward(Toward::Up)),
            key("arrowdown", Command::Toward(Toward::Down)),
        ],
        "Up, Down",
        "To the node above or below",
    ),
    diagram(
        &[
            key("arrowleft", Command::Toward(Toward::Before)),
            key("arrowright", Command::Toward(Toward::After)),
        ],
        "Left, Right",
        "To the node's last or next event",
    ),
    diagram(
        &[key("home", Command::Toward(Toward::First)), key("end", Command::Toward(Toward::Last))],
        "Home, End",
        "To the node's first or last event",
    ),
    diagram(&[key("enter", Command::Choose)], "Enter", "To what can be done with it"),
    script(
        &[key("arrowleft", Command::NextChip(-1)), key("arrowright", Command::NextChip(1))],
        "Left, Right",
        "To the act before or after",
    ),
    script(
        &[shift("arrowleft", Command::MoveChip(-1)), shift("arrowright", Command::MoveChip(1))],
        "Shift+Left, Shift+Right",
        "Move the act to an earlier or later time",
    ),
    script(&[key("delete", Command::DeleteChip)], "Delete", "Take the act out of the script"),
];

/// A key that was pressed, and where.
pub struct Press<'a> {
    pub key: &'a str,
    pub code: &'a str,
    pub shift: bool,
    pub control: bool,
    pub alt: bool,
    pub place: Place,
    /// Whether a field would take the key.
    pub typing: bool,
    /// Whether single letters count.
    pub letters: bool,
}

/// What the map says of a key.
pub fn command(press: &Press<'_>) -> Option<Command> {
    let counts = |binding: &&Binding| binding.scope.counts(press.place);
    let mut chords = MAP.iter().filter(counts).flat_map(|binding| binding.keys);
    let chord = chords.find(|chord| chord.is(press))?;
    let single = chord.is_character();
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
    /// Whether it is a letter, a digit or a punctuation mark, which can be switched off (WCAG 2.1.4).
    pub fn is_character(&self) -> bool {
        let printed = self.key.len() == 1 || matches!(self.key, "Period" | "Comma");
        (printed || self.key.starts_with("Digit")) && self.key != " "
    }

    fn is(&self, press: &Press<'_>) -> bool {
        let same_key = self.key == press.code || self.key == press.key.to_ascii_lowercase();
        same_key
            && self.shift == press.shift
            && self.control == press.control
            && self.alt == press.alt
    }
}
