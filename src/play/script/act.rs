//! Acts in words: an [`Input`] in which a selector may stand for a node, and `it` for a message.

use std::fmt;

use crate::sim::{Input, LinkSettings, MsgId, NodeId, Span};

/// What the words of an act stand for: at the moment of acting, or, while a script is read, anything.
pub trait Names {
    /// The node that a word means, a node's own name or a selector.
    fn node(&self, word: &str) -> Result<NodeId, String>;
    /// The message that a word means, a message's own name or `it`.
    fn message(&self, word: &str) -> Result<MsgId, String>;
    /// The settings that a link has unless it is said otherwise.
    fn link(&self) -> LinkSettings;
    /// Whether the lab knows such a command (`fault` false) or fault of its own.
    fn request(&self, words: &str, fault: bool) -> Result<(), String>;
    /// Whether the lab lets this parameter be set so while it runs.
    fn set(&self, param: &str, value: u64) -> Result<(), String>;
}

/// An input whose nodes may be selectors.
#[derive(Clone, Debug, PartialEq)]
pub struct Template(Form);

#[derive(Clone, Debug, PartialEq)]
enum Form {
    /// Every word stands for itself.
    Fixed(Input),
    /// Its words, with one space between them; what they stand for is known when it is done.
    Open(String),
}

/// A word of a line and the column at which it begins, from 1 upward.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word<'a> {
    pub column: usize,
    pub text: &'a str,
}

/// What is wrong, and at which column.
#[derive(Debug)]
pub(super) struct Wrong {
    pub column: usize,
    pub message: String,
}

pub(super) type Read<T> = Result<T, Wrong>;

impl Template {
    /// What is to be done, with every word taken for what it means now.
    pub fn input(&self, names: &dyn Names) -> Result<Input, String> {
        match &self.0 {
            Form::Fixed(input) => Ok(input.clone()),
            Form::Open(text) => read(&words(text, 1), names).map_err(|wrong| wrong.message),
        }
    }

    /// The input, if every word stands for itself.
    pub fn fixed(&self) -> Option<&Input> {
        match &self.0 {
            Form::Fixed(input) => Some(input),
            Form::Open(_) => None,
        }
    }

    /// Its words from the first one on that may name a node, and no others.
    pub fn words(&self) -> impl Iterator<Item = String> {
        let text = self.to_string();
        let words: Vec<String> =
            text.split([' ', '|']).filter(|word| !word.is_empty()).map(str::to_string).collect();
        let named = match words[0].as_str() {
            "command" | "fault" | "fire" => 2,
            "set" => 1,
            _ => words.len(),
        };
        words.into_iter().take(named).skip(1)
    }

    /// Reads an act and checks its words as far as `names` can.
    pub(super) fn read(words: &[Word<'_>], names: &dyn Names) -> Read<Template> {
        let input = read(words, names)?;
        // The words that may stand for a node or a message; a lab's own words do not.
        let named = match input {
            Input::Command(..) | Input::Fault(..) | Input::FireTimer(..) => &words[1..2],
            Input::Set(..) => &[],
            _ => &words[1..],
        };
        let mut parts = named.iter().flat_map(|word| word.text.split('|'));
        let open = parts.any(|part| {
            part == "it" || names.node(part).is_ok_and(|node| node.to_string() != part)
        });
        // A link's settings may lean on the lab's default, which is known only when it is done.
        let leans = matches!(input, Input::Link(..))
            && !words.iter().any(|word| word.text.starts_with("latency="));
        if !open && !leans {
            return Ok(Template(Form::Fixed(input)));
        }
        let texts: Vec<&str> = words.iter().map(|word| word.text).collect();
        Ok(Template(Form::Open(texts.join(" "))))
    }
}

impl From<Input> for Template {
    fn from(input: Input) -> Template {
        Template(Form::Fixed(input))
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Fixed(input) => write!(f, "{input}"),
            Form::Open(text) => f.write_str(text),
        }
    }
}

/// The words of a text whose first character stands at `column`.
pub(super) fn words(text: &str, column: usize) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut begin: Option<(usize, usize)> = None;
    for (place, (byte, c)) in text.char_indices().enumerate() {
        match (begin, c.is_whitespace()) {
            (None, false) => begin = Some((byte, place)),
            (Some((from, at)), true) => {
                words.push(Word { column: column + at, text: &text[from..byte] });
                begin = None;
            }
            (None, true) | (Some(_), false) => {}
        }
    }
    if let Some((from, at)) = begin {
        words.push(Word { column: column + at, text: &text[from..] });
    }
    words
}

/// The words of an act, one after the other.
struct Reader<'a> {
    words: &'a [Word<'a>],
    names: &'a dyn Names,
    next: usize,
}

const ACTS: &str = "crash, restart, wipe, pause, resume, slow, slow-disk, skew, cut, heal, partition, \
                    link, drop, duplicate, delay, hurry, corrupt, fire, command, fault, set, expect \
                    or stop";

fn read(words: &[Word<'_>], names: &dyn Names) -> Read<Input> {
    let mut reader = Reader { words, names, next: 0 };
    let verb = reader.word("an act")?;
    let input = match verb.text {
        "crash" => Input::Crash(reader.node()?),
        "restart" => Input::Restart(reader.node()?),
        "wipe" => Input::Wipe(reader.node()?),
        "pause" => Input::Pause(reader.node()?),
        "resume" => Input::Resume(reader.node()?),
        "slow" => Input::Slow(reader.node()?, reader.span()?),
        "slow-disk" => Input::SlowDisk(reader.node()?, reader.span()?),
        "skew" => Input::Skew(reader.node()?, reader.skew()?),
        "cut" => Input::Cut(reader.node()?, reader.node()?),
        "heal" if reader.peek() == Some("all") => {
            reader.next += 1;
            Input::HealAll
        }
        "heal" => Input::Heal(reader.node()?, reader.node()?),
        "partition" => reader.partition()?,
        "link" => reader.link()?,
        "drop" => Input::Drop(reader.message()?),
        "duplicate" => Input::Duplicate(reader.message()?),
        "delay" => Input::Delay(reader.message()?, reader.span()?),
        "hurry" => Input::Hurry(reader.message()?),
        "corrupt" => Input::Corrupt(reader.message()?),
        "fire" => Input::FireTimer(reader.node()?, reader.word("a timer's name")?.text.to_string()),
        "command" => Input::Command(reader.node()?, reader.request(false)?),
        "fault" => Input::Fault(reader.node()?, reader.request(true)?),
        "set" => reader.set()?,
        other => {
            let message = format!("`{other}` is not an act; expected {ACTS}");
            return Err(Wrong { column: verb.column, message });
        }
    };
    match reader.words.get(reader.next) {
        None => Ok(input),
        Some(word) => {
            let message = format!("`{}` is too much here; `{input}` is all", word.text);
            Err(Wrong { column: word.column, message })
        }
    }
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<&'a str> {
        self.words.get(self.next).map(|word| word.text)
    }

    fn word(&mut self, what: &str) -> Read<Word<'a>> {
        match self.words.get(self.next) {
            Some(word) => {
                self.next += 1;
                Ok(*word)
            }
            None => Err(Wrong { column: self.end(), message: format!("expected {what}") }),
        }
    }

    /// The column after the last word.
    fn end(&self) -> usize {
        self.words.last().map_or(1, |word| word.column + word.text.chars().count() + 1)
    }

    fn node(&mut self) -> Read<NodeId> {
        let word = self.word("a node such as n3")?;
        at(word, self.names.node(word.text))
    }

    fn message(&mut self) -> Read<MsgId> {
        let word = self.word("a message such as m17")?;
        at(word, self.names.message(word.text))
    }

    fn span(&mut self) -> Read<Span> {
        let word = self.word("a time such as 50ms")?;
        at(word, word.text.parse())
    }

    fn skew(&mut self) -> Read<i32> {
        let word = self.word("a skew such as +500ppm")?;
        let number = word.text.strip_suffix("ppm").and_then(|number| number.parse().ok());
        let wrong = || format!("`{}` is not a skew; write it like +500ppm or -20ppm", word.text);
        at(word, number.ok_or_else(wrong))
    }

    fn partition(&mut self) -> Read<Input> {
        let mut groups: Vec<Vec<NodeId>> = vec![Vec::new()];
        while let Some(word) = self.words.get(self.next) {
            self.next += 1;
            for (i, part) in word.text.split('|').enumerate() {
                if i > 0 {
                    groups.push(Vec::new());
                }
                if !part.is_empty() {
                    let node = at(*word, self.names.node(part))?;
                    groups.last_mut().expect("there is a group").push(node);
                }
            }
        }
        if groups.len() < 2 || groups.iter().any(Vec::is_empty) {
            let message = "expected groups of nodes such as n1 n2 | n3 n4 n5".to_string();
            return Err(Wrong { column: self.end(), message });
        }
        Ok(Input::Partition(groups))
    }

    fn link(&mut self) -> Read<Input> {
        let (from, to) = (self.node()?, self.node()?);
        let mut settings = self.names.link();
        let mut word = self.word("a setting such as loss=20% or latency=5ms..15ms")?;
        loop {
            at(word, settings.set(word.text))?;
            match self.words.get(self.next) {
                Some(next) => word = *next,
                None => return Ok(Input::Link(from, to, settings)),
            }
            self.next += 1;
        }
    }

    /// The lab's own words, to the end of the line.
    fn request(&mut self, fault: bool) -> Read<String> {
        let first = self.word(if fault { "a fault of the lab" } else { "a command of the lab" })?;
        let texts: Vec<&str> = self.words[self.next - 1..].iter().map(|word| word.text).collect();
        self.next = self.words.len();
        let text = texts.join(" ");
        at(first, self.names.request(&text, fault))?;
        Ok(text)
    }

    fn set(&mut self) -> Read<Input> {
        let param = self.word("a parameter's name")?;
        let value = self.word("a number")?;
        let wrong = || format!("`{}` is not a whole number", value.text);
        let number: u64 = at(value, value.text.parse().map_err(|_| wrong()))?;
        at(param, self.names.set(param.text, number))?;
        Ok(Input::Set(param.text.to_string(), number))
    }
}

/// Tells where it went wrong.
pub(super) fn at<T>(word: Word<'_>, result: Result<T, String>) -> Read<T> {
    result.map_err(|message| Wrong { column: word.column, message })
}
