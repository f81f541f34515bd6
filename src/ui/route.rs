//! Where in the page one is. A place is the hash of the address, so that any static host serves it.

use faultline::labs::{LISTING, Lab, Scenario, Setup};
use faultline::sim::StepIndex;

use super::browser;

/// What stands after the `?` of a hash: names and values.
pub type Query = [(String, String)];

/// A place in the page.
#[derive(Clone, Debug, PartialEq)]
pub enum Route {
    Home,
    /// `#/lab/raft?seed=4&nodes=5`
    Lab {
        id: String,
        query: Vec<(String, String)>,
    },
    /// `#/compare/bully-raft?story=minority-cut`
    Compare {
        what: String,
        query: Vec<(String, String)>,
    },
    Keys,
    About,
    Bench,
    SelfTest,
    Unknown(String),
}

impl Route {
    /// Reads a hash without its `#`. Every text is some place.
    pub fn parse(hash: &str) -> Route {
        let (path, query) = hash.split_once('?').unwrap_or((hash, ""));
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        match parts.as_slice() {
            [] => Route::Home,
            ["lab", id] => Route::Lab { id: browser::decode(id), query: pairs(query) },
            ["compare", what] => {
                Route::Compare { what: browser::decode(what), query: pairs(query) }
            }
            ["keys"] => Route::Keys,
            ["about"] => Route::About,
            ["bench"] => Route::Bench,
            ["selftest"] => Route::SelfTest,
            _ => Route::Unknown(hash.to_string()),
        }
    }
}

fn pairs(query: &str) -> Vec<(String, String)> {
    let pair = |part: &str| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (browser::decode(name), browser::decode(value))
    };
    query.split('&').filter(|part| !part.is_empty()).map(pair).collect()
}

/// What a lab's address asks for, as far as it makes sense.
#[derive(Clone, PartialEq)]
pub struct Request {
    pub setup: Setup,
    pub scenario: Option<&'static str>,
    /// A script to play in place of a scenario.
    pub script: Option<String>,
    /// The position to open at.
    pub at: Option<StepIndex>,
    /// The position at which the program is to fail, to rehearse what a failure looks like.
    pub fail: Option<StepIndex>,
    /// What in the address made no sense: a sentence each. The default stands in its place.
    pub notices: Vec<String>,
}

impl Request {
    /// Reads the query of a lab's address.
    pub fn read(lab: &'static Lab, query: &Query) -> Request {
        let setup = Setup::new(lab, 1);
        let mut request = Request {
            setup,
            scenario: None,
            script: None,
            at: None,
            fail: None,
            notices: Vec::new(),
        };
        for (name, value) in query {
            if let Err(notice) = request.take(lab, name, value) {
                request.notices.push(notice);
            }
        }
        request
    }

    fn take(&mut self, lab: &'static Lab, name: &str, value: &str) -> Result<(), String> {
        let number = || {
            let wrong = |_| format!("`{name}={value}` is not a number");
            value.parse::<u64>().map_err(wrong)
        };
        match name {
            "seed" => self.setup.seed = number()?,
            "variant" => self.setup.set_variant(value)?,
            "scenario" => self.scenario = Some(find_scenario(lab, value)?.id),
            "at" => self.at = Some(number()?),
            "fail" => self.fail = Some(number()?),
            // Read elsewhere, as it is not about the run.
            "theme" => {}
            "script" => self.script = Some(value.to_string()),
            _ => match lab.param(name) {
                Some(param) => self.setup.set_param(name, param.read(value)?)?,
                // Only to hear the complaint about the name.
                None => self.setup.set_param(name, 0)?,
            },
        }
        Ok(())
    }
}

fn find_scenario(lab: &'static Lab, id: &str) -> Result<&'static Scenario, String> {
    lab.scenario(id).ok_or_else(|| {
        let known: Vec<_> = lab.scenarios.iter().map(|scenario| scenario.id).collect();
        format!("{} has no scenario `{id}`; it has {}", lab.title, known.join(", "))
    })
}

/// The address of a lab as it begins by default.
pub fn lab_hash(id: &str) -> String {
    format!("/lab/{id}")
}

/// The address of a scenario.
pub fn scenario_hash(lab: &Lab, scenario: &Scenario) -> String {
    format!("/lab/{}?scenario={}", lab.id, scenario.id)
}

/// The address of a set-up: what differs from the default.
pub fn setup_hash(setup: &Setup) -> String {
    let lab = setup.lab();
    let mut parts = vec![format!("seed={}", setup.seed)];
    for param in lab.params {
        let value = setup.param(param.name);
        if value != param.default {
            parts.push(format!("{}={}", param.name, param.text(value)));
        }
    }
    if setup.variant().name != lab.variants[0].name {
        parts.push(format!("variant={}", setup.variant().name));
    }
    format!("/lab/{}?{}", lab.id, parts.join("&"))
}

/// The address of a script: it says everything.
pub fn script_hash(lab: &Lab, script: &str) -> String {
    format!("/lab/{}?script={}", lab.id, browser::encode(script))
}

/// The address of a comparison.
pub fn compare_hash(what: &str, query: &[(String, String)]) -> String {
    let parts = query.iter().map(|(name, value)| format!("{name}={}", browser::encode(value)));
    format!("/compare/{what}?{}", parts.collect::<Vec<_>>().join("&"))
}

/// The labs by name, for a complaint about a wrong one.
pub fn known_labs() -> String {
    let titles: Vec<_> = LISTING.iter().map(|lab| lab.title).collect();
    titles.join(", ")
}
