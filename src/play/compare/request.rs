//! What is to be compared: as an address says it, and as a session or a choice of the learner gives it.
//!
//! ```text
//! raft?a=SCRIPT&b=SCRIPT                         whole scripts: runs that parted
//! raft?script=SCRIPT&b=variant=as-printed        one script, and what differs in each set-up; `a` is the
//!                                                script's own unless it is given
//! raft?scenario=leader-crash&b=seed=7            a story of the lab
//! raft?witness=as-printed:1&b=variant=as-printed the first script that tells that variant
//! bully-raft?story=minority-cut&seed=5           one fault script on two labs
//! ```
//!
//! `at=1250` is where to open, in milliseconds.

use crate::labs::{LISTING, Lab, PAIRS, Pair, Setup, Story, Variant, VariantKind, find_pair};
use crate::play::script::{change_setup, read_with};
use crate::play::{RunId, Script, Session};
use crate::sim::Time;

use super::{Kind, Part, SIDES_MAX};

/// The names of the sides in an address.
const SIDES: [&str; SIDES_MAX] = ["a", "b", "c", "d"];

/// What is to be compared.
#[derive(Clone, PartialEq)]
pub struct Request {
    pub kind: Kind,
    pub parts: Vec<Part>,
    /// Where to open; else where the runs part.
    pub at: Option<Time>,
    /// The prepared story, if it is one.
    pub story: Option<&'static str>,
    /// What in the request made no sense, a sentence each.
    pub notices: Vec<String>,
    /// The same request as an address: what stands before the `?`, and the names and values after it.
    pub address: (String, Vec<(String, String)>),
}

impl Request {
    /// Reads an address that is about these labs. An error is a sentence that says what there is.
    pub fn read(
        what: &str,
        query: &[(String, String)],
        labs: &[&'static Lab],
    ) -> Result<Request, String> {
        let lab = labs.iter().copied().find(|lab| lab.id == what);
        let mut request = match (find_pair(what), lab) {
            (Some(pair), _) => of_pair(pair, query, labs)?,
            (None, Some(lab)) => of_lab(lab, query)?,
            (None, None) => return Err(unknown(what)),
        };
        if let Some(at) = value(query, "at") {
            match at.parse::<u64>() {
                Ok(ms) if ms <= 86_400_000 => request.at = Some(Time(ms * 1_000)),
                Ok(_) | Err(_) => request.notices.push(format!("`at={at}` is not a time in ms")),
            }
        }
        request.address = (what.to_string(), query.to_vec());
        Ok(request)
    }

    /// The runs of a session that are kept, the newest [`SIDES_MAX`] of them in the order of their
    /// making. `None` if there is only one. Opens where the shown run left its origin.
    pub fn of_runs(session: &mut Session) -> Option<Request> {
        let mut tabs = session.runs();
        if tabs.len() < 2 {
            return None;
        }
        tabs.drain(..tabs.len().saturating_sub(SIDES_MAX));
        let at = tabs.iter().filter_map(|tab| Some(tab.origin.as_ref()?.time)).min();
        let ids: Vec<(RunId, String, String)> = tabs
            .into_iter()
            .map(|tab| {
                let origin = tab.origin.as_ref();
                let what = origin.map_or("the first run".to_string(), |origin| {
                    format!("left {} at {}: {}", origin.from.name(), origin.time, origin.what)
                });
                (tab.id, tab.name, what)
            })
            .collect();
        let mut parts = Vec::new();
        for (id, name, what) in ids {
            parts.push(Part { name, what, script: session.script_of(id)? });
        }
        let query = parts.iter().zip(SIDES).map(|(part, side)| pair(side, part.script.to_string()));
        let address = (session.lab().id.to_string(), query.collect());
        let (story, notices) = (None, Vec::new());
        Some(Request { kind: Kind::Runs, parts, at, story, notices, address })
    }

    /// One script on several set-ups of its lab.
    pub fn of_setups(script: &Script, setups: &[Setup]) -> Request {
        let part = |setup: &Setup| Part {
            name: name_of(setup, setups),
            what: setup.variant().what.to_string(),
            script: Script { setup: setup.clone(), digest: None, ..script.clone() },
        };
        let mut query = vec![pair("script", script.to_string())];
        let sides = setups.iter().zip(SIDES);
        query.extend(sides.map(|(setup, side)| pair(side, words_of(setup, &script.setup))));
        let address = (script.setup.lab().id.to_string(), query);
        let parts = setups.iter().take(SIDES_MAX).map(part).collect();
        let (at, story, notices) = (None, None, Vec::new());
        Request { kind: Kind::Setups, parts, at, story, notices, address }
    }
}

/// The story of a pair that is meant when none is named: the first one.
pub fn story_for(pair: &'static Pair, id: Option<&str>) -> &'static Story {
    id.and_then(|id| pair.story(id)).unwrap_or(&pair.stories[0])
}

fn unknown(what: &str) -> String {
    let pairs = PAIRS.iter().map(|pair| pair.id);
    let all: Vec<&str> = LISTING.iter().map(|lab| lab.id).chain(pairs).collect();
    format!("There is nothing called “{what}” to compare. There are: {}.", all.join(", "))
}

fn value<'a>(query: &'a [(String, String)], name: &str) -> Option<&'a str> {
    query.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
}

fn pair(name: &str, value: String) -> (String, String) {
    (name.to_string(), value)
}

// ---- one lab ----

fn of_lab(lab: &'static Lab, query: &[(String, String)]) -> Result<Request, String> {
    let mut sides: Vec<&str> = SIDES.iter().filter_map(|side| value(query, side)).collect();
    if value(query, SIDES[0]).is_none() && !sides.is_empty() {
        sides.insert(0, "");
    }
    if !sides.is_empty() && sides.iter().all(|text| text.starts_with("lab ")) {
        return of_scripts(lab, &sides);
    }
    let mut notices = Vec::new();
    let script = base(lab, query, &mut notices)?;
    let mut setups: Vec<Setup> = Vec::new();
    for words in sides {
        match setup_of(&script.setup, words) {
            Ok(setup) => setups.push(setup),
            Err(why) => notices.push(why),
        }
    }
    complete(lab, &script.setup, &mut setups);
    Ok(Request { notices, ..Request::of_setups(&script, &setups) })
}

/// Whole scripts, one for each side.
fn of_scripts(lab: &'static Lab, sides: &[&str]) -> Result<Request, String> {
    let mut parts = Vec::new();
    for (place, text) in sides.iter().enumerate() {
        let name = RunId(place as u32).name();
        let script = read_with(text, &[lab]).map_err(|why| format!("{name}: {why}"))?;
        parts.push(Part { name, what: String::new(), script });
    }
    let (at, story, notices, address) = (None, None, Vec::new(), Default::default());
    Ok(Request { kind: Kind::Runs, parts, at, story, notices, address })
}

/// The script that all set-ups play.
fn base(
    lab: &'static Lab,
    query: &[(String, String)],
    notices: &mut Vec<String>,
) -> Result<Script, String> {
    let scenario = value(query, "scenario").map(|id| {
        let scenario = lab.scenario(id).map(|scenario| scenario.script.to_string());
        scenario.ok_or_else(|| format!("{} has no scenario `{id}`", lab.title))
    });
    let witness = value(query, "witness").map(|name| witness(lab, name));
    let own = value(query, "script").map(|text| Ok(text.to_string()));
    let mut text = match own.or(witness).or(scenario) {
        Some(Ok(text)) => text,
        Some(Err(why)) => {
            notices.push(why);
            String::new()
        }
        None => String::new(),
    };
    if text.is_empty() {
        text = format!("lab {}\n5s stop\n", lab.id);
    }
    read_with(&text, &[lab]).map_err(|why| format!("The script: {why}"))
}

/// `as-printed:2` is the second witness of that variant.
fn witness(lab: &'static Lab, name: &str) -> Result<String, String> {
    let (variant, number) = name.split_once(':').unwrap_or((name, "1"));
    let place = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    let found = lab.variant(variant).zip(place).and_then(|(v, place)| v.witnesses.get(place));
    let found = found.map(|witness| witness.script.to_string());
    found.ok_or_else(|| format!("{} has no witness `{name}`", lab.title))
}

/// A set-up with these words changed: `seed=3 variant=as-printed heartbeat_ms=10`.
fn setup_of(base: &Setup, words: &str) -> Result<Setup, String> {
    let mut setup = base.clone();
    change_setup(&mut setup, words)?;
    setup.start()?;
    Ok(setup)
}

/// Two set-ups at least: the given one, and what it is most worth comparing with.
fn complete(lab: &'static Lab, base: &Setup, setups: &mut Vec<Setup>) {
    if setups.is_empty() {
        setups.push(base.clone());
    }
    if setups.len() > 1 {
        return;
    }
    let mut other = setups[0].clone();
    let printed = |variant: &&Variant| variant.kind == VariantKind::AsPrinted;
    let best = lab.variants.iter().find(printed).or(lab.variants.get(1));
    let own = setups[0].variant().name;
    let wanted = best.map(|variant| variant.name).filter(|name| *name != own);
    let chosen = other.set_variant(wanted.unwrap_or(lab.variants[0].name));
    debug_assert!(chosen.is_ok(), "it is one of the lab's own");
    if other == setups[0] {
        other.seed += 1;
    }
    setups.push(other);
}

/// What tells a set-up from the others: `as-printed`, `Heartbeat interval 10 ms`, `seed 7`.
fn name_of(setup: &Setup, all: &[Setup]) -> String {
    let mut words = Vec::new();
    if all.iter().any(|other| other.variant().name != setup.variant().name) {
        words.push(setup.variant().name.to_string());
    }
    for param in setup.lab().params {
        let value = setup.param(param.name);
        if all.iter().any(|other| other.param(param.name) != value) {
            let text = format!("{} {} {}", param.label, param.text(value), param.unit);
            words.push(text.trim_end().to_string());
        }
    }
    if words.is_empty() || all.iter().any(|other| other.seed != setup.seed) {
        words.push(format!("seed {}", setup.seed));
    }
    words.join(", ")
}

/// What is to be changed in `base` to come to this set-up.
fn words_of(setup: &Setup, base: &Setup) -> String {
    let mut words = Vec::new();
    if setup.seed != base.seed {
        words.push(format!("seed={}", setup.seed));
    }
    if setup.variant().name != base.variant().name {
        words.push(format!("variant={}", setup.variant().name));
    }
    for param in setup.lab().params {
        let value = setup.param(param.name);
        if value != base.param(param.name) {
            words.push(format!("{}={}", param.name, param.text(value)));
        }
    }
    words.join(" ")
}

// ---- two labs ----

fn of_pair(
    pair: &'static Pair,
    query: &[(String, String)],
    labs: &[&'static Lab],
) -> Result<Request, String> {
    let mut notices = Vec::new();
    let wanted = value(query, "story");
    if let Some(id) = wanted.filter(|id| pair.story(id).is_none()) {
        let known: Vec<&str> = pair.stories.iter().map(|story| story.id).collect();
        notices.push(format!("There is no story `{id}`; there are {}", known.join(", ")));
    }
    let story = story_for(pair, wanted);
    let own = value(query, "script");
    let seed = match value(query, "seed").map(str::parse::<u64>) {
        None => story.seed,
        Some(Ok(seed)) => seed,
        Some(Err(_)) => {
            notices.push("The seed is not a number".to_string());
            story.seed
        }
    };
    let both =
        pair.both(labs).ok_or_else(|| format!("“{}” names a lab that is not there", pair.id))?;
    let mut parts = Vec::new();
    for (lab, side) in both.into_iter().zip(SIDES) {
        let words = value(query, side).unwrap_or_default();
        let setup = setup_of(&Setup::new(lab, seed), words)?;
        let script = lenient(&setup, own.unwrap_or(story.script), &mut notices)?;
        parts.push(Part { name: lab.title.to_string(), what: lab.summary.to_string(), script });
    }
    let (kind, story) = (Kind::Labs(pair), own.is_none().then_some(story.id));
    Ok(Request { kind, parts, at: None, story, notices, address: Default::default() })
}

/// Reads the lines of a script for this set-up. A line that makes no sense in its lab is left out,
/// which is told.
fn lenient(setup: &Setup, lines: &str, notices: &mut Vec<String>) -> Result<Script, String> {
    let mut lines: Vec<&str> = lines.lines().collect();
    loop {
        let text = format!("{setup}\n{}\n", lines.join("\n"));
        match read_with(&text, &[setup.lab()]) {
            Ok(script) => return Ok(script),
            // The first line is the set-up, and the lines count from 1.
            Err(why) if why.line >= 2 && why.line - 2 < lines.len() => {
                let line = lines.remove(why.line - 2);
                let title = setup.lab().title;
                notices.push(format!("“{line}” is left out in {title}: {}", why.message));
            }
            Err(why) => return Err(why.to_string()),
        }
    }
}
