//! A run to take away: its log as text, as a table, as JSON lines, and in ShiViz's format; its
//! space–time diagram as a [picture](svg), its [metrics] as a table; the stage as a [small picture](card).
//!
//! An [`Exporter`] is given the steps of a run in order and writes each of them as it comes, so a long
//! run need not lie in memory twice.

pub mod card;
mod metrics;
mod shiviz;
pub mod svg;

pub use metrics::metrics;

use crate::labs::Lab;
use crate::sim::{Cause, Step};

use super::narrate::Narrator;
use super::script::Script;

use shiviz::Clocks;

/// A form in which a run can be taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One sentence a line, with its time and position.
    Text,
    /// Comma-separated values (RFC 4180), with a line of column names.
    Csv,
    /// One JSON object a line: the whole step.
    JsonLines,
    /// The log format of ShiViz (Beschastnikh et al. 2016), with vector clocks. Its default parser
    /// reads it.
    ShiViz,
}

/// Every format, its name on the command line first.
pub static FORMATS: &[(&str, Format)] = &[
    ("text", Format::Text),
    ("csv", Format::Csv),
    ("json", Format::JsonLines),
    ("shiviz", Format::ShiViz),
];

impl Format {
    /// How the name of a file in this format ends, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Format::Text => "txt",
            Format::Csv => "csv",
            Format::JsonLines => "jsonl",
            Format::ShiViz => "log",
        }
    }
}

/// Writes the steps of one run, from its first step on.
pub struct Exporter {
    format: Format,
    narrator: Narrator,
    clocks: Clocks,
}

impl Exporter {
    pub fn new(format: Format, lab: &Lab) -> Exporter {
        Exporter { format, narrator: Narrator::new(lab), clocks: Clocks::default() }
    }

    /// What stands before the first step.
    pub fn head(&self) -> &'static str {
        match self.format {
            Format::Csv => "step,time_us,node,cause,rules,event\r\n",
            Format::Text | Format::JsonLines | Format::ShiViz => "",
        }
    }

    /// A step in this format, its line end included. Empty where the format has no place for it.
    pub fn step(&mut self, step: &Step) -> String {
        match self.format {
            Format::Text => {
                let sentence = self.narrator.sentence(step);
                format!("{:>12}  @{:<5} {sentence}\n", step.time.to_string(), step.index)
            }
            Format::Csv => self.row(step),
            Format::JsonLines => {
                let mut line = serde_json::to_string(step).expect("a step is plain data");
                line.push('\n');
                line
            }
            Format::ShiViz => self.clocks.event(step, &self.narrator),
        }
    }

    /// What stands after the last step: `script` plays the run again.
    pub fn tail(&self, script: &Script) -> String {
        match self.format {
            Format::JsonLines => {
                let end = serde_json::json!({ "end": { "script": script.to_string() } });
                format!("{end}\n")
            }
            Format::Text | Format::Csv | Format::ShiViz => String::new(),
        }
    }

    fn row(&self, step: &Step) -> String {
        let rules: Vec<&str> = step.fired.iter().map(|firing| firing.rule).collect();
        let cells = [
            step.index.to_string(),
            step.time.0.to_string(),
            step.node.map(|node| node.to_string()).unwrap_or_default(),
            cause(&step.cause).to_string(),
            rules.join(" "),
            self.narrator.sentence(step),
        ];
        let cells: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
        format!("{}\r\n", cells.join(","))
    }
}

fn cause(cause: &Cause) -> &'static str {
    match cause {
        Cause::Start => "start",
        Cause::Deliver(_) => "deliver",
        Cause::Timer(_) => "timer",
        Cause::Input { .. } => "input",
        Cause::Undelivered { .. } => "undelivered",
        Cause::Held(_) => "held",
    }
}

/// A cell of comma-separated values, in quotes where that is needed (RFC 4180 §2).
pub fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) {
        return format!("\"{}\"", cell.replace('"', "\"\""));
    }
    cell.to_string()
}
