//! Health checks: a check can turn one sick dependency into an outage of everything.
//!
//! # What it is for
//!
//! A balancer should send requests to servers that can serve them, and a server whose process no longer
//! works should be restarted. Both need somebody to ask. What is asked decides what is found out, and what
//! is done about the answer decides whether it helps.
//!
//! # How it works
//!
//! Servers `s1`, `s2`, … serve pages: every second one is cached, every second one comes from the database
//! `d1` that all share. The balancer `b1` asks each server two things every round:
//!
//! | | it asks | if not |
//! |---|---|---|
//! | *liveness* | does the process work? | restart it |
//! | *readiness* | can it serve now? | send it no requests |
//!
//! * Each comes with a **question whose answer is known**. A process that answers wrongly is a *zombie*:
//!   it looks alive to whoever only looks whether it answers.
//! * Liveness is **shallow**: a restart does not mend a database. Readiness may be **deep**: it includes the
//!   database. What is optional (`x1`, other servers) never decides it.
//! * A verdict turns after `down_after` bad results in a row, and back after `up_after` good ones
//!   (*hysteresis*): one lost message turns nothing.
//! * Every verdict has an **age**. No answer within the timeout is a bad result, so none grows old.
//! * The **panic floor**: however bad the verdicts are, so much of the fleet stays in rotation. If all are
//!   said to be unfit, it is more likely that the check is, or something that they share.
//! * **Ejection**: requests that fail are checks, too. So many in a row take a server out for a while.
//! * Whoever is asked for the sake of another check **asks nobody**: mutual checks end there.
//!
//! # What it gives up
//!
//! Liveness is a failure detector by pings with a fixed timeout. In the words of Chandra and Toueg (1996)
//! it is complete and not accurate: whoever is too slow to answer is taken for dead, and restarted.
//! A deep check is *more* complete (it sees what the server needs) and less accurate as a statement about
//! the server. That is why it may take a server out and never restart it. And each costs: a query at
//! the database from each server in each round.
//!
//! # What is assumed
//!
//! The balancer is there, and nobody checks it. A restart takes `start_ms` and cures a zombie and a hang;
//! how often it may be tried is the business of a supervisor, which has a lab of its own.
//!
//! # CAVEATS: where this lab departs from its sources
//!
//! * Kubernetes has the two probes, the two thresholds and no floor; Envoy has the floor (*panic
//!   threshold*, 50 %) and ejection (*outlier detection*) with a limit of its own. Here one floor holds for
//!   all reasons to be out.
//! * In Envoy, below the floor *all* get requests again. Here those that are in stay in, and nobody more
//!   goes out: what is left is at least the floor in both.
//! * Kubernetes asks the process over HTTP and takes any status from 200 to 399. The known answer is ours.
//! * The balancer takes everybody for well when it starts.
//!
//! # The variants
//!
//! `as-printed` is `printed.rs`: HC-1 to HC-9 are its flaws. What it leaves undefined, and what stands in
//! for it, is said there.

mod balancer;
mod config;
mod message;
mod node;
mod printed;
mod rules;
mod server;
mod spec;
mod variants;
mod view;

use crate::labs::{Claim, Lab, Run, Running, Scenario, Setup};
use crate::sim::{Roster, World};

use config::Config;
use node::Part;
use spec::HealthSpec;

/// The health check lab.
pub static LAB: Lab = Lab {
    id: "health",
    title: "Health checks",
    summary: "Deep checks turn one sick dependency into a full outage, and shallow ones see no zombie.",
    params: config::PARAMS,
    variants: variants::VARIANTS,
    rules: include_str!("rules.txt"),
    invariants: spec::INVARIANTS,
    goals: spec::GOALS,
    recovers_to: "all-well",
    selectors: spec::SELECTORS,
    commands: &[
        Claim { name: "check", means: "The balancer: check everybody now." },
        Claim {
            name: "load VALUE",
            means: "A server: so much of its processor is in use, in percent: `load 90`.",
        },
    ],
    faults: &[
        Claim {
            name: "zombie",
            means: "A server: the process answers, and its answers are wrong.",
        },
        Claim { name: "hang", means: "A server: the process does nothing any more." },
        Claim {
            name: "refuse",
            means: "The database: it takes no connections, until it restarts.",
        },
        Claim {
            name: "raise",
            means: "A server, as printed: get_cpu_usage() raises an exception.",
        },
    ],
    scenarios: SCENARIOS,
    start,
};

static SCENARIOS: &[Scenario] = &[
    Scenario {
        id: "printed-one-database-for-all",
        title: "As printed: one database takes all with it",
        shows: "Half of the pages are cached and need no database. All servers are unhealthy at once, so \
                nobody gets any.",
        script: include_str!("scenarios/printed-one-database-for-all.txt"),
    },
    Scenario {
        id: "the-floor-keeps-half",
        title: "The floor keeps half",
        shows: "The same database, the same deep check. Three of five stay in, and cached pages are served.",
        script: include_str!("scenarios/the-floor-keeps-half.txt"),
    },
    Scenario {
        id: "shallow-checks-do-not-see-it",
        title: "Shallow checks do not see it",
        shows: "Nobody is out, every second page fails, and nobody is told.",
        script: include_str!("scenarios/shallow-checks-do-not-see-it.txt"),
    },
    Scenario {
        id: "the-zombie-answers",
        title: "The zombie answers",
        shows: "s2 answers every request and every check, wrongly. The known answer finds it out, and it \
                alone is restarted.",
        script: include_str!("scenarios/the-zombie-answers.txt"),
    },
    Scenario {
        id: "one-lost-check-is-no-news",
        title: "One lost check is no news",
        shows: "Two checks in a row are lost, then a server crashes. Only the third result in a row counts.",
        script: include_str!("scenarios/one-lost-check-is-no-news.txt"),
    },
    Scenario {
        id: "requests-are-checks-too",
        title: "Requests are checks, too",
        shows: "Checks are far apart. Failed requests in a row take the crashed server out long before.",
        script: include_str!("scenarios/requests-are-checks-too.txt"),
    },
    Scenario {
        id: "they-check-each-other",
        title: "They check each other",
        shows: "Each asks the next one, which answers for itself. s3 is down, and nobody else is out for it.",
        script: include_str!("scenarios/they-check-each-other.txt"),
    },
];

fn start(setup: &Setup) -> Result<Box<dyn Run>, String> {
    let config = Config::new(setup)?;
    let link = config.link();
    let servers = setup.param("servers") as u8;
    let roster = Roster::new(&[('d', 1), ('x', 1), ('s', servers), ('b', 1), ('o', 1), ('c', 1)]);
    let world = World::<Part>::new(setup.seed, roster, config, link);
    Ok(Box::new(Running::<Part, HealthSpec>::new(world)))
}
