//! What is checked of a run, from outside: invariants, goals, selectors, and how the client fares.

use std::borrow::Cow;
use std::collections::VecDeque;

use crate::labs::Claim;
use crate::labs::detection::pairs;
use crate::sim::panel::{Mark, Scale};
use crate::sim::world::Happening;
use crate::sim::{
    Belief, Broken, Condition, Metric, NodeId, Panel, Service, Span, Spec, Time, World,
};

use super::message::{Msg, Page, Probe};
use super::node::{BALANCER, CLIENT, DATABASE, Part};
use super::rules::Rule;
use super::server::State;

pub static INVARIANTS: &[Claim] = &[
    Claim {
        name: "floor-kept",
        means: "Nobody is taken out of rotation when fewer than the panic floor would be left.",
    },
    Claim {
        name: "thresholds-kept",
        means: "A verdict turns only after as many results in a row as the threshold says.",
    },
    Claim {
        name: "verdict-age",
        means: "While the checker is up, no verdict is older than a round and a timeout.",
    },
    Claim {
        name: "one-alert-a-change",
        means: "The operator is told when a verdict turns, and only then.",
    },
    Claim {
        name: "checks-are-flat",
        means: "Whoever is asked for the sake of another check asks nobody.",
    },
    Claim {
        name: "no-needless-checks",
        means: "When a check of a server has failed, nothing more is asked in that round.",
    },
    Claim {
        name: "restarts-only-the-sick",
        means: "No server is restarted that was well and could be reached all the time.",
    },
];

pub static GOALS: &[Claim] = &[
    Claim { name: "all-in-rotation", means: "Every server gets requests." },
    Claim {
        name: "half-served",
        means: "At least half of the pages of the last second came, and were right.",
    },
    Claim {
        name: "all-served",
        means: "At least 97 of 100 pages of the last second came, and were right.",
    },
    Claim { name: "nobody-deceived", means: "No page of the last second was wrong." },
    Claim { name: "no-restart", means: "No server was restarted so far." },
    Claim {
        name: "all-judged-right",
        means: "A server is taken for live if its process works and can be reached, and only then.",
    },
    Claim {
        name: "all-well",
        means: "Every server works, is taken for live and ready, and gets requests.",
    },
];

pub static SELECTORS: &[Claim] = &[
    Claim { name: "out", means: "The first server that gets no requests." },
    Claim { name: "not-live", means: "The first server that is not taken for live." },
    Claim { name: "not-ready", means: "The first server that is not taken for ready." },
];

/// What counts as lately, for the client.
const LATELY: Span = Span::from_secs(1);

/// Watches a run.
#[derive(Clone)]
pub struct HealthSpec {
    servers: Vec<Seen>,
    /// How many servers were in rotation.
    inside: u64,
    /// Since when the checker could have been checking without a break.
    checking: Time,
    sent: VecDeque<Time>,
    got: VecDeque<(Time, Page)>,
    wrong: u64,
    right: u64,
    asked: u64,
    restarts: u64,
    alerts: u64,
}

/// What is so about a server, and what the checker made of it.
#[derive(Clone, Debug)]
struct Seen {
    node: NodeId,
    /// For each of the two probes: the last result, and how often in a row it came.
    runs: [(bool, u64); 2],
    /// The verdicts after the last step.
    verdicts: [bool; 2],
    /// When the last result came.
    judged: Time,
    /// When it was last not well, or could not be reached.
    unwell: Time,
}

impl Spec<Part> for HealthSpec {
    fn new(world: &World<Part>) -> HealthSpec {
        let seen = |&node: &NodeId| Seen {
            node,
            runs: [(true, 0); 2],
            verdicts: [true; 2],
            judged: Time::ZERO,
            unwell: Time::ZERO,
        };
        let servers: Vec<Seen> = world.roster().all('s').iter().map(seen).collect();
        HealthSpec {
            inside: servers.len() as u64,
            servers,
            checking: Time::ZERO,
            sent: VecDeque::new(),
            got: VecDeque::new(),
            wrong: 0,
            right: 0,
            asked: 0,
            restarts: 0,
            alerts: 0,
        }
    }

    fn observe(&mut self, world: &World<Part>) -> Result<(), Broken> {
        self.follow_truth(world);
        self.follow_client(world);
        check_flat(world)?;
        check_needless(world)?;
        if world.last().node != Some(BALANCER) {
            return Ok(());
        }
        let turned = self.follow_verdicts(world)?;
        self.check_alerts(world, turned)?;
        self.check_restarts(world)?;
        self.check_age(world)?;
        self.check_floor(world)
    }

    fn error(&self, world: &World<Part>) -> Option<Cow<'static, str>> {
        let unwell = self.servers.iter().find_map(|seen| {
            let word = wrong_with(world, seen.node)?;
            Some(format!("{} {word}", seen.node))
        });
        let database = || match (world.condition(DATABASE), world.node(DATABASE)) {
            (Some(Condition::Up), Some(Part::Database(it))) if !it.refuses => None,
            _ => Some("the database does not answer".to_string()),
        };
        unwell.or_else(database).map(Cow::Owned)
    }

    fn service(&self, _world: &World<Part>) -> Service {
        let (right, sent) = self.lately();
        let failing = sent.saturating_sub(right) as u32;
        let total = sent.max(1) as u32;
        // What is on its way is no failure yet.
        Service { users: "pages of the last second", failing, total, failed: failing * 10 >= total }
    }

    fn settle(&self, world: &World<Part>) -> Span {
        let config = world.config();
        Span(config.age_max().0 * config.down_after.max(config.up_after)) + LATELY
    }

    fn holds(&self, goal: &str, world: &World<Part>) -> Option<bool> {
        let (right, sent) = self.lately();
        let all_in = || out(world).is_some_and(|out| out.is_empty());
        match goal {
            "all-in-rotation" => Some(all_in()),
            // One page may be on its way.
            "half-served" => Some((right + 1) * 100 >= sent * 50),
            "all-served" => Some((right + 1) * 100 >= sent * 97),
            "nobody-deceived" => Some(!self.got.iter().any(|(_, page)| *page == Page::Wrong)),
            "no-restart" => Some(self.restarts == 0),
            "all-judged-right" => Some(self.judged_wrong(world).is_none()),
            "all-well" => {
                let well = self.servers.iter().all(|seen| wrong_with(world, seen.node).is_none());
                let verdicts = self.servers.iter().all(|seen| seen.verdicts == [true; 2]);
                Some(well && verdicts && all_in())
            }
            _ => None,
        }
    }

    fn find(&self, selector: &str, world: &World<Part>) -> Option<NodeId> {
        let not = |probe: Probe| {
            self.servers.iter().find(|seen| !seen.verdicts[probe as usize]).map(|seen| seen.node)
        };
        match selector {
            "out" => out(world)?.first().copied(),
            "not-live" => not(Probe::Live),
            "not-ready" => not(Probe::Ready),
            _ => None,
        }
    }

    fn beliefs(&self, world: &World<Part>, node: NodeId) -> Vec<Belief> {
        if node != BALANCER || world.node(node).is_none() {
            return Vec::new();
        }
        let belief = |seen: &Seen| {
            let [live, ready] = seen.verdicts;
            let wrong = wrong_with(world, seen.node);
            Belief {
                about: name(seen.node),
                believes: match (live, ready) {
                    (true, true) => "live, ready".into(),
                    (true, false) => "live, not ready".into(),
                    (false, _) => "not live".into(),
                },
                truth: wrong.unwrap_or("works").into(),
                right: live == wrong.is_none(),
                note: format!("as of {}", seen.judged),
            }
        };
        self.servers.iter().map(belief).collect()
    }

    fn metrics(&self, _world: &World<Part>) -> Vec<Metric> {
        let right = (self.right * 1_000).checked_div(self.asked).unwrap_or(1_000);
        vec![
            Metric { name: "right of 1000 pages", unit: "", value: right },
            Metric { name: "wrong pages", unit: "", value: self.wrong },
            Metric { name: "restarts", unit: "", value: self.restarts },
            Metric { name: "alerts", unit: "", value: self.alerts },
        ]
    }

    fn panels(&self, world: &World<Part>) -> Vec<Panel> {
        let all = self.servers.len() as u64;
        let inside = out(world).map_or(0, |out| all - out.len() as u64);
        let floor = (world.config().floor * all).div_ceil(100);
        vec![
            Panel::Gauge {
                title: "In rotation",
                scale: Scale::whole("servers"),
                value: inside,
                max: all,
                marks: vec![Mark { name: "panic floor", at: floor }],
            },
            self.table(world),
        ]
    }
}

impl HealthSpec {
    /// How many pages of the last second were right, and how many were asked for.
    fn lately(&self) -> (u64, u64) {
        let right = self.got.iter().filter(|(_, page)| *page == Page::Right).count() as u64;
        (right, self.sent.len() as u64)
    }

    /// Who was not well, or out of reach, and whether the checker was at work.
    fn follow_truth(&mut self, world: &World<Part>) {
        let (now, last) = (world.now(), world.last());
        let reliable = world.config().loss.0 == 0 && world.is_sound();
        let disturbed = last.happening == Happening::Disturbed;
        let of_all = disturbed && matches!(last.node, None | Some(BALANCER));
        if !world.is_prompt(BALANCER) || (last.node == Some(BALANCER) && disturbed) {
            self.checking = now;
        }
        if last.node == Some(BALANCER) && last.happening == Happening::Start {
            self.checking = now;
            for seen in &mut self.servers {
                (seen.runs, seen.verdicts) = ([(true, 0); 2], [true; 2]);
            }
            self.inside = self.servers.len() as u64;
        }
        for seen in &mut self.servers {
            let touched = last.node == Some(seen.node) && disturbed;
            let well = wrong_with(world, seen.node).is_none();
            if !well || !reliable || of_all || touched {
                seen.unwell = now;
            }
        }
    }

    fn follow_client(&mut self, world: &World<Part>) {
        let now = world.now();
        let old = |at: &Time| now.since(*at) > LATELY;
        while self.sent.front().is_some_and(old) {
            self.sent.pop_front();
        }
        while self.got.front().is_some_and(|(at, _)| old(at)) {
            self.got.pop_front();
        }
        let Some(Part::Client(client)) =
            world.last().node.filter(|id| *id == CLIENT).and_then(|id| world.node(id))
        else {
            return;
        };
        if world.fired().any(|rule| rule == Rule::AskPage) {
            self.sent.push_back(now);
            self.asked += 1;
        }
        let got = world.fired().any(|rule| rule == Rule::GetPage);
        if let Some((_, page)) = client.last.filter(|_| got) {
            self.got.push_back((now, page));
            self.right += u64::from(page == Page::Right);
            self.wrong += u64::from(page == Page::Wrong);
        }
    }

    /// Takes what the checker came to in this step. How many verdicts turned.
    fn follow_verdicts(&mut self, world: &World<Part>) -> Result<usize, Broken> {
        let now = world.now();
        let (down, up) = (world.config().down_after, world.config().up_after);
        let mut turned = 0;
        let mut broken = Ok(());
        for seen in &mut self.servers {
            for (probe, good) in results(world, seen.node) {
                seen.judged = now;
                let run = &mut seen.runs[probe as usize];
                *run = if run.0 == good { (good, run.1 + 1) } else { (good, 1) };
            }
            let Some(verdicts) = verdicts(world, seen.node) else { continue };
            for (place, verdict) in verdicts.into_iter().enumerate() {
                if std::mem::replace(&mut seen.verdicts[place], verdict) == verdict {
                    continue;
                }
                turned += 1;
                let (needed, run) = (if verdict { up } else { down }, seen.runs[place]);
                if run.0 != verdict || run.1 < needed {
                    let why = format!("{} turns after {} in a row, not {needed}", seen.node, run.1);
                    broken = Err(Broken { invariant: "thresholds-kept", why });
                }
            }
        }
        broken.map(|()| turned)
    }

    fn check_alerts(&mut self, world: &World<Part>, turned: usize) -> Result<(), Broken> {
        let sent = world.last_sent().filter(|(_, msg)| matches!(msg, Msg::Alert { .. })).count();
        self.alerts += sent as u64;
        // As printed, nobody is told when a service is well again.
        if sent <= turned {
            return Ok(());
        }
        let why = format!("{sent} alerts for {turned} verdicts that turned");
        Err(Broken { invariant: "one-alert-a-change", why })
    }

    fn check_restarts(&mut self, world: &World<Part>) -> Result<(), Broken> {
        let config = world.config();
        // What was amiss may be noticed only when as many checks have failed.
        let grace = Span(config.age_max().0 * (config.down_after + 2));
        // Where messages take longer than anybody waits, everybody seems to be silent.
        let timely = config.latency.1.0 * 4 < config.timeout.0;
        for (flight, msg) in world.last_sent() {
            let Msg::Restart { .. } = msg else { continue };
            self.restarts += 1;
            let seen = self.servers.iter().find(|seen| seen.node == flight.to);
            let since = seen.map_or(Span::ZERO, |seen| world.now().since(seen.unwell));
            if since > grace && timely {
                let why = format!("{} has been well for {since}, and is restarted", flight.to);
                return Err(Broken { invariant: "restarts-only-the-sick", why });
            }
        }
        Ok(())
    }

    fn check_age(&self, world: &World<Part>) -> Result<(), Broken> {
        let (now, most) = (world.now(), world.config().age_max());
        let first = world.config().start + world.config().start;
        // As printed, the servers are checked one after the other, so a round takes longer.
        let most = most + first;
        let old = self.servers.iter().find(|seen| now.since(seen.judged.max(self.checking)) > most);
        old.map_or(Ok(()), |seen| {
            let age = now.since(seen.judged);
            let why = format!("{} was last judged {age} ago", seen.node);
            Err(Broken { invariant: "verdict-age", why })
        })
    }

    fn check_floor(&mut self, world: &World<Part>) -> Result<(), Broken> {
        let all = self.servers.len() as u64;
        let inside = out(world).map_or(all, |out| all - out.len() as u64);
        let before = std::mem::replace(&mut self.inside, inside);
        let floor = world.config().floor;
        if inside < before && inside * 100 < floor * all {
            let why = format!("{inside} of {all} are left, and {floor} % are the floor");
            return Err(Broken { invariant: "floor-kept", why });
        }
        Ok(())
    }

    /// A server that is taken for something that it is not.
    fn judged_wrong(&self, world: &World<Part>) -> Option<NodeId> {
        let wrong = |seen: &&Seen| {
            seen.verdicts[Probe::Live as usize] != wrong_with(world, seen.node).is_none()
        };
        self.servers.iter().find(wrong).map(|seen| seen.node)
    }

    fn table(&self, world: &World<Part>) -> Panel {
        let rows = self.beliefs(world, BALANCER).into_iter().map(|belief| {
            let right = if belief.right { "right" } else { "wrong" };
            vec![
                belief.about.into(),
                belief.believes,
                belief.truth,
                right.into(),
                belief.note.into(),
            ]
        });
        Panel::Table {
            title: "Believed and true",
            columns: vec!["server", "believed", "true", "so it is", "verdict"],
            rows: rows.collect(),
        }
    }
}

fn check_flat(world: &World<Part>) -> Result<(), Broken> {
    let deep = world.last_sent().find_map(|(flight, msg)| match msg {
        Msg::Health { depth, .. } if *depth > 1 => Some((flight, *depth)),
        _ => None,
    });
    deep.map_or(Ok(()), |(flight, depth)| {
        let why = format!("{} asks {} for the sake of {depth} others", flight.from, flight.to);
        Err(Broken { invariant: "checks-are-flat", why })
    })
}

fn check_needless(world: &World<Part>) -> Result<(), Broken> {
    let asks = |msg: &Msg| matches!(msg, Msg::Health { .. } | Msg::Usage { .. });
    let asked = world.last_sent().any(|(_, msg)| asks(msg));
    let failed = match world.last().node.and_then(|id| world.node(id)) {
        Some(Part::Printed(printed)) => printed.failed,
        Some(Part::Server(_)) => world.fired().any(|rule| rule == Rule::NotReady),
        Some(
            Part::Balancer(_)
            | Part::Client(_)
            | Part::Operator(_)
            | Part::Database(_)
            | Part::Optional,
        )
        | None => false,
    };
    if asked && failed {
        let why = "a check has failed, and the next one is made".into();
        return Err(Broken { invariant: "no-needless-checks", why });
    }
    Ok(())
}

/// The results about one server that the last step of the checker came to.
fn results(world: &World<Part>, node: NodeId) -> Vec<(Probe, bool)> {
    match world.node(BALANCER) {
        Some(Part::Balancer(balancer)) => {
            let checked = |rule| matches!(rule, Rule::KeepVerdict | Rule::TurnBad | Rule::TurnGood);
            if !world.fired().any(checked) {
                return Vec::new();
            }
            let own = balancer.results.iter().filter(|(of, ..)| *of == node);
            own.map(|(_, probe, good)| (*probe, *good)).collect()
        }
        Some(Part::Printed(printed)) => {
            let judged = world.fired().any(|rule| rule == Rule::PrintedVerdict);
            let clock = world.clock(BALANCER);
            let service =
                printed.services.iter().find(|it| it.node == node && Some(it.at) == clock);
            let healthy = service.filter(|_| judged).and_then(|service| service.healthy);
            healthy
                .map(|healthy| [(Probe::Live, healthy), (Probe::Ready, healthy)].to_vec())
                .unwrap_or_default()
        }
        Some(
            Part::Server(_)
            | Part::Client(_)
            | Part::Operator(_)
            | Part::Database(_)
            | Part::Optional,
        )
        | None => Vec::new(),
    }
}

/// Whether a server is taken for live, and for ready. The print makes no difference.
fn verdicts(world: &World<Part>, node: NodeId) -> Option<[bool; 2]> {
    match world.node(BALANCER)? {
        Part::Balancer(balancer) => {
            let judged = balancer.servers.iter().find(|judged| judged.node == node)?;
            Some([judged.live.good, judged.ready.good])
        }
        Part::Printed(printed) => {
            let service = printed.services.iter().find(|service| service.node == node)?;
            Some([service.healthy != Some(false); 2])
        }
        Part::Server(_)
        | Part::Client(_)
        | Part::Operator(_)
        | Part::Database(_)
        | Part::Optional => None,
    }
}

/// The servers that get no requests. `None` if nobody passes requests on.
fn out(world: &World<Part>) -> Option<Vec<NodeId>> {
    match world.node(BALANCER)? {
        Part::Balancer(balancer) => {
            let out = balancer.servers.iter().filter(|judged| judged.out);
            Some(out.map(|judged| judged.node).collect())
        }
        Part::Printed(printed) => {
            let out = printed.services.iter().filter(|it| it.healthy == Some(false));
            Some(out.map(|service| service.node).collect())
        }
        Part::Server(_)
        | Part::Client(_)
        | Part::Operator(_)
        | Part::Database(_)
        | Part::Optional => None,
    }
}

/// What is wrong with a server, in a word; nothing if its process works and can be reached.
fn wrong_with(world: &World<Part>, node: NodeId) -> Option<&'static str> {
    if let (Some(Condition::Up), Some(Part::Server(server))) =
        (world.condition(node), world.node(node))
    {
        match server.state {
            State::Starting => return Some("starts"),
            State::Zombie => return Some("answers wrongly"),
            State::Hangs => return Some("hangs"),
            State::Well => {}
        }
    }
    match pairs::truth(world, node, BALANCER) {
        "up" => None,
        word => Some(word),
    }
}

/// A server's name where a belief wants one that lasts for ever.
fn name(node: NodeId) -> &'static str {
    const NAMES: [&str; 9] = ["s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9"];
    NAMES.get(usize::from(node.number()) - 1).copied().unwrap_or("another")
}
