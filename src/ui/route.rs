//! Where in the page one is. A place is the hash of the address, so that any static host serves it.

use faultline::labs::{LISTING, Lab, Scenario, Setup};
use faultline::play::link::{Link, Reading, pairs};
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
    /// `#/embed/lab/raft?seed=4&ui=min`
    Embed {
        id: String,
        query: Vec<(String, String)>,
    },
    Keys,
    About,
    Bench,
    SelfTest,
    Unknown(String),
}

impl Route {
    /// Whether the page stands in a frame of somebody else's.
    pub fn is_embedded(&self) -> bool {
        matches!(self, Route::Embed { .. })
    }

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
            ["embed", "lab", id] => Route::Embed { id: browser::decode(id), query: pairs(query) },
            ["keys"] => Route::Keys,
            ["about"] => Route::About,
            ["bench"] => Route::Bench,
            ["selftest"] => Route::SelfTest,
            _ => Route::Unknown(hash.to_string()),
        }
    }
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
        let (own, run): (Vec<_>, Vec<_>) = query.iter().cloned().partition(|(name, _)| {
            // The theme is read elsewhere, as it is not about the run.
            name == "fail" || name == "theme"
        });
        let Reading { link, notices } = Link::read(lab, &run);
        let fail = own.iter().find(|(name, _)| name == "fail");
        Request {
            script: link.script().map(|script| script.to_string()),
            setup: link.setup,
            scenario: link.scenario,
            at: link.at,
            fail: fail.and_then(|(_, step)| step.parse().ok()),
            notices,
        }
    }
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
    Link::new(setup.clone()).hash()
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
