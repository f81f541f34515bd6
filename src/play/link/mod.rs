//! A whole run in the hash of an address: the link *is* the experiment.
//!
//! ```text
//! #/lab/raft?seed=42&nodes=7&f=k1@1000~p12-345@1700.5~h@2050~1500ms_command_c1_put_x_1&d=…
//! ```
//!
//! The lab, the seed, the variant and each parameter that is not at its default stand by their names,
//! so that a teacher can read and change them. `f=` holds the lines of the script, with `~` between
//! them, the frequent acts in a short form; `z=` holds the same, compressed, when it
//! would be long. `d=` is the digest of the recording, so that it is noticed when other rules give
//! another run. `at=` is the position that the page opens at.
//!
//! Everything can be read: what makes no sense is told in a sentence each and left out, the rest is
//! played.

mod compact;
mod packed;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::labs::{Lab, Scenario, Setup};
use crate::sim::StepIndex;

use super::script::{Line, Script, TEXT_MAX, read_with};

/// From so many characters of acts on, they are compressed.
pub const READABLE_MAX: usize = 320;

/// A longer address is refused by some programs that pass it on: offer a file instead.
pub const HASH_MAX: usize = 2_000;

/// What stands for itself in a hash.
const SAFE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'*')
    .remove(b'(')
    .remove(b')')
    .remove(b'@')
    .remove(b':')
    .remove(b',')
    .remove(b'+')
    .remove(b'=')
    .remove(b'/')
    .remove(b'\'');

/// What an address says about a lab.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    pub setup: Setup,
    /// The id of a scenario to play in place of `lines`.
    pub scenario: Option<&'static str>,
    /// What is done in the run.
    pub lines: Vec<Line>,
    /// The digest of the recording: 16 hexadecimal digits.
    pub digest: Option<String>,
    /// The position to open at; the beginning if there is none.
    pub at: Option<StepIndex>,
}

/// What a link says, as far as it makes sense.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    pub link: Link,
    /// What made no sense: a sentence each. The default stands in its place.
    pub notices: Vec<String>,
}

impl Link {
    /// A set-up, and nothing done to it.
    pub fn new(setup: Setup) -> Link {
        Link { setup, scenario: None, lines: Vec::new(), digest: None, at: None }
    }

    /// A script, opened at a position or at the beginning.
    pub fn of_script(script: &Script, at: Option<StepIndex>) -> Link {
        let Script { setup, lines, digest } = script.clone();
        Link { setup, scenario: None, lines, digest, at }
    }

    /// A scenario of a lab, opened at the beginning.
    pub fn of_scenario(lab: &'static Lab, scenario: &Scenario) -> Link {
        let id = lab.scenario(scenario.id).map(|scenario| scenario.id);
        Link { scenario: id, ..Link::new(Setup::new(lab, 1)) }
    }

    /// The script that the link plays, if it plays one that is not a scenario.
    pub fn script(&self) -> Option<Script> {
        if self.lines.is_empty() {
            return None;
        }
        let Link { setup, lines, digest, .. } = self.clone();
        Some(Script { setup, lines, digest })
    }

    /// The hash, without its `#`, with every act in it to be read.
    pub fn hash(&self) -> String {
        self.written("f", compact::write(&self.lines))
    }

    /// The hash, without its `#`; the acts are compressed if they are long.
    pub fn short_hash(&self) -> String {
        let acts = compact::write(&self.lines);
        if acts.len() > READABLE_MAX {
            return self.written("z", packed::pack(&acts));
        }
        self.written("f", acts)
    }

    fn written(&self, name: &'static str, acts: String) -> String {
        let query = self.query(name, acts);
        let mut hash = format!("/lab/{}", self.setup.lab().id);
        for (place, (name, value)) in query.iter().enumerate() {
            hash.push(if place == 0 { '?' } else { '&' });
            hash.push_str(name);
            hash.push('=');
            hash.extend(utf8_percent_encode(value, SAFE));
        }
        hash
    }

    /// The names and values of the query.
    fn query(&self, name: &'static str, acts: String) -> Vec<(&'static str, String)> {
        let setup = &self.setup;
        let lab = setup.lab();
        let mut query = Vec::new();
        query.extend(self.scenario.map(|id| ("scenario", id.to_string())));
        if self.scenario.is_none() || setup.seed != 1 {
            query.push(("seed", setup.seed.to_string()));
        }
        for param in lab.params {
            let value = setup.param(param.name);
            if value != param.default {
                query.push((param.name, param.text(value)));
            }
        }
        if setup.variant().name != lab.variants[0].name {
            query.push(("variant", setup.variant().name.to_string()));
        }
        if !acts.is_empty() {
            query.push((name, acts));
        }
        query.extend(self.digest.clone().map(|digest| ("d", digest)));
        query.extend(self.at.map(|at| ("at", at.to_string())));
        query
    }

    /// Reads the query of a lab's address, name by name. What is compressed must have been
    /// [unpacked](unpack).
    pub fn read(lab: &'static Lab, query: &[(String, String)]) -> Reading {
        let mut reading = Reading { link: Link::new(Setup::new(lab, 1)), notices: Vec::new() };
        for (name, value) in query {
            if let Err(notice) = reading.take(name, value) {
                reading.notices.push(notice);
            }
        }
        reading
    }
}

impl Reading {
    fn take(&mut self, name: &str, value: &str) -> Result<(), String> {
        let lab = self.link.setup.lab();
        let number = || {
            let digits = value.bytes().all(|byte| byte.is_ascii_digit());
            let number = value.parse::<u64>().ok().filter(|_| digits);
            number.ok_or_else(|| format!("`{name}={value}` is not a number"))
        };
        match name {
            "seed" => self.link.setup.seed = number()?,
            "variant" => self.link.setup.set_variant(value)?,
            "scenario" => self.link.scenario = Some(scenario(lab, value)?.id),
            "at" => self.link.at = Some(number()?),
            "d" => self.link.digest = Some(digest(value)?),
            "f" => self.acts(value),
            "script" => self.script(value)?,
            _ => match lab.param(name) {
                Some(param) => self.link.setup.set_param(name, param.read(value)?)?,
                None => return Err(unknown(lab, name)),
            },
        }
        Ok(())
    }

    /// Takes the acts that make sense.
    fn acts(&mut self, text: &str) {
        let (lines, notices) = compact::read(text, self.link.setup.lab());
        self.link.lines = lines;
        self.notices.extend(notices);
    }

    /// Takes a script in full, set-up included.
    fn script(&mut self, text: &str) -> Result<(), String> {
        let lab = self.link.setup.lab();
        let script = read_with(text, &[lab]).map_err(|error| format!("the script: {error}"))?;
        let at = self.link.at;
        self.link = Link::of_script(&script, at);
        Ok(())
    }
}

fn scenario(lab: &'static Lab, id: &str) -> Result<&'static Scenario, String> {
    lab.scenario(id).ok_or_else(|| {
        let known: Vec<_> = lab.scenarios.iter().map(|scenario| scenario.id).collect();
        format!("{} has no scenario `{id}`; it has {}", lab.title, known.join(", "))
    })
}

fn digest(text: &str) -> Result<String, String> {
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if text.len() == 16 && text.bytes().all(is_hex) {
        return Ok(text.to_string());
    }
    Err("`d` is a digest of 16 hexadecimal digits; without it, the run is played unchecked".into())
}

fn unknown(lab: &Lab, name: &str) -> String {
    let params = lab.params.iter().map(|param| param.name);
    let names: Vec<&str> =
        ["seed", "variant", "scenario", "f", "at"].into_iter().chain(params).collect();
    format!("{} has no `{name}`; it has {}", lab.id, names.join(", "))
}

/// The query with what is compressed in it (`z=`) unpacked, and a sentence for what is damaged.
pub fn unpack(query: &[(String, String)]) -> (Vec<(String, String)>, Vec<String>) {
    let (mut pairs, mut notices) = (Vec::new(), Vec::new());
    for (name, value) in query {
        match name.as_str() {
            "z" => match packed::unpack(value) {
                Ok(acts) => pairs.push(("f".to_string(), acts)),
                Err(why) => notices.push(why),
            },
            _ => pairs.push((name.clone(), value.clone())),
        }
    }
    (pairs, notices)
}

/// The names and values of a query, decoded. Every text is some query.
pub fn pairs(query: &str) -> Vec<(String, String)> {
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    // An address is never longer than the longest script, each of whose bytes may take three.
    let query = if query.len() > 3 * TEXT_MAX { "" } else { query };
    let pair = |part: &str| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (decode(name), decode(value))
    };
    query.split('&').filter(|part| !part.is_empty()).map(pair).collect()
}
