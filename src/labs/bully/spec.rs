//! What is checked of a run, from outside: invariants, goals, selectors, and how the nodes fare.

mod elections;

use std::borrow::Cow;

use crate::labs::Claim;
use crate::labs::jobs::{self, Account, Employed, Jobs};
use crate::sim::world::Happening;
use crate::sim::{
    Belief, Broken, Condition, Metric, NodeId, Panel, Service, Span, Spec, Time, Value, World,
};

use super::config::Config;
use super::node::{Node, Role};
use super::part::Part;
use super::printed::Printed;
use super::rules::Rule;
use elections::Elections;

pub static INVARIANTS: &[Claim] = &[
    Claim {
        name: "agree-when-quiet",
        means: "When the network is whole and nothing has turned for longer than all timeouts \
                together, every live node follows the highest live id.",
    },
    Claim {
        name: "no-wait-without-timer",
        means: "A node that waits for something has a timer that ends the wait.",
    },
    Claim { name: "one-election-an-epoch", means: "A node holds at most one election an epoch." },
    Claim { name: "never-follows-lower", means: "No node follows a node with a lower id." },
    Claim {
        name: "elects-leaderless",
        means: "A node that holds an election follows nobody meanwhile.",
    },
    jobs::FENCED,
];

pub static GOALS: &[Claim] = &[
    Claim {
        name: "one-leader",
        means: "At most one live node takes itself for leader. A partition breaks this on purpose: \
                Bully asks for no majority.",
    },
    Claim {
        name: "agreed",
        means: "Every live node follows the highest live id, which takes itself for leader.",
    },
    Claim { name: "led", means: "Some live node takes itself for leader." },
    Claim {
        name: "quiet",
        means: "No election is under way at a live node, and no message of one on its way.",
    },
    jobs::WRITES_KEPT,
    jobs::IN_ORDER,
    jobs::DONE_ONCE,
    jobs::CONFIG_FORWARD,
];

pub static SELECTORS: &[Claim] = &[
    Claim { name: "leader", means: "The highest live node that takes itself for leader." },
    Claim { name: "highest-live", means: "The highest live node: the one that should lead." },
    Claim { name: "next-in-line", means: "The highest live node below the highest." },
    Claim { name: "lowest-live", means: "The lowest live node." },
    Claim { name: "candidate", means: "The highest live node that holds an election." },
];

/// What the spec wants to know of a node, corrected or as printed.
pub trait Elector: Employed<Config = Config, Rule = Rule> {
    /// Whom it takes for leader, itself included.
    fn followed(&self) -> Option<NodeId>;

    /// Whether it takes itself for leader and acts so.
    fn leads(&self) -> bool;

    /// Whether it holds an election.
    fn elects(&self) -> bool;

    /// Whether some election of it is under way, its announcement included.
    fn busy(&self) -> bool;

    /// Whether it waits for something that may never come.
    fn waits(&self) -> bool;

    /// The epoch of the last election that it began. Only equality counts.
    fn epoch_held(&self) -> u64;
}

impl Elector for Part {
    fn followed(&self) -> Option<NodeId> {
        match self {
            Part::Member(node) => node.followed(),
            Part::Outsider(outsider) => Some(outsider.leader()),
            Part::Storage(_) => None,
        }
    }

    fn leads(&self) -> bool {
        self.in_charge().is_some()
    }

    fn elects(&self) -> bool {
        matches!(self, Part::Member(Node { role: Role::Candidate { .. }, .. }))
    }

    fn busy(&self) -> bool {
        Elector::elects(self)
    }

    /// Always: for a heartbeat, for an answer, or for the time to send the next heartbeat.
    fn waits(&self) -> bool {
        true
    }

    fn epoch_held(&self) -> u64 {
        match self {
            Part::Member(node) => node.held.0,
            Part::Outsider(_) | Part::Storage(_) => 0,
        }
    }
}

/// The course's print gives its leader nothing to do.
impl Employed for Printed {
    fn jobs(config: &Config) -> &Jobs {
        &config.jobs
    }
}

impl Elector for Printed {
    fn followed(&self) -> Option<NodeId> {
        self.leader_id
    }

    fn leads(&self) -> bool {
        self.leader_id == Some(self.me)
    }

    fn elects(&self) -> bool {
        self.election_in_progress
    }

    /// The flag may be left over; the threads tell.
    fn busy(&self) -> bool {
        !self.threads.is_empty()
    }

    /// Only in an election: nothing of the print watches the leader.
    fn waits(&self) -> bool {
        self.election_in_progress
    }

    fn epoch_held(&self) -> u64 {
        self.round.0
    }
}

/// Watches a run.
#[derive(Clone)]
pub struct BullySpec {
    /// What was last seen of each node, by its place in the roster.
    seen: Vec<Seen>,
    /// The epochs of the last elections of each node since it started.
    held: Vec<Vec<u64>>,
    elections: Elections,
    calm: Calm,
    /// Since when no live node leads. `None` before the first leader, and while there is one.
    leaderless_since: Option<Time>,
    /// How long there was no leader, all in all, up to `leaderless_since`.
    leaderless: Span,
    /// What came of the leader's job.
    account: Account,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Seen {
    followed: Option<NodeId>,
    leads: bool,
    elects: bool,
}

/// The most epochs of one node that are remembered.
const EPOCHS_KEPT: usize = 16;

/// Whether anything is going on, or left over from what was done to the world.
#[derive(Clone, Copy, Debug)]
struct Calm {
    /// Since when nothing has turned.
    since: Time,
    /// The last moment at which something was amiss. What was sent until then may be late.
    amiss: Time,
    /// Whether messages from that time are still on their way.
    echoes: bool,
    /// The longest that was ever needed, because a wait that was set may outlast a change of settings.
    needed: Span,
}

impl<P: Elector> Spec<P> for BullySpec {
    fn new(world: &World<P>) -> BullySpec {
        let count = world.roster().ids().len();
        BullySpec {
            seen: vec![Seen::default(); count],
            held: vec![Vec::new(); count],
            elections: Elections::default(),
            calm: Calm {
                since: Time::ZERO,
                amiss: Time::ZERO,
                echoes: true,
                needed: world.config().calm(),
            },
            leaderless_since: None,
            leaderless: Span::ZERO,
            account: Account::new(world),
        }
    }

    fn observe(&mut self, world: &World<P>) -> Result<(), Broken> {
        let turned = self.look(world);
        self.follow_calm(world, turned);
        self.follow_leadership(world);
        self.elections.observe(world, turned);
        let checked = match acting(world) {
            Some((id, node)) => self.check_node(world, id, node),
            None => Ok(()),
        };
        let account = self.account.observe(world);
        checked.and_then(|()| self.check_agreement(world)).and(account)
    }

    fn error(&self, world: &World<P>) -> Option<Cow<'static, str>> {
        match leaders(world).count() {
            0 => Some("nobody leads".into()),
            1 if up(world).any(|(id, node)| !served(world, id, node)) => {
                Some("some node has no leader within reach".into())
            }
            1 => self.account.error(world),
            _ => Some("more than one node takes itself for leader".into()),
        }
    }

    fn service(&self, world: &World<P>) -> Service {
        if let Some(service) = self.account.service(world) {
            return service;
        }
        let leader = leaders(world).last();
        let well =
            |(id, node): &(NodeId, &P)| node.followed() == leader && served(world, *id, node);
        let total = up(world).count() as u32;
        let failing = total - up(world).filter(well).count() as u32;
        let failed = failing * 2 >= total.max(1) || leaders(world).count() > 1;
        Service { users: "nodes that need the leader", failing, total, failed }
    }

    fn settle(&self, _world: &World<P>) -> Span {
        self.calm.needed
    }

    fn holds(&self, goal: &str, world: &World<P>) -> Option<bool> {
        match goal {
            "one-leader" => Some(leaders(world).count() <= 1),
            "agreed" => Some(highest(world).is_some_and(|(top, node)| {
                node.leads() && up(world).all(|(_, node)| node.followed() == Some(top))
            })),
            "led" => Some(leaders(world).next().is_some()),
            "quiet" => Some(elections::quiet(world)),
            _ => self.account.holds(goal, world),
        }
    }

    fn find(&self, selector: &str, world: &World<P>) -> Option<NodeId> {
        match selector {
            "leader" => leaders(world).last(),
            "highest-live" => highest(world).map(|(id, _)| id),
            "next-in-line" => {
                let ids: Vec<NodeId> = up(world).map(|(id, _)| id).collect();
                ids.len().checked_sub(2).map(|place| ids[place])
            }
            "lowest-live" => up(world).next().map(|(id, _)| id),
            "candidate" => up(world).filter(|(_, node)| node.elects()).last().map(|(id, _)| id),
            _ => None,
        }
    }

    fn beliefs(&self, world: &World<P>, node: NodeId) -> Vec<Belief> {
        let Some(state) = world.node(node) else { return Vec::new() };
        let truth = leaders(world).last();
        let believes = state.followed();
        let right = believes == truth && served(world, node, state);
        vec![Belief {
            about: "leader",
            believes: believes.into(),
            truth: truth.map_or(Value::Word("nobody"), Value::Node),
            right,
            note: about_leader(world, node, believes, truth),
        }]
    }

    fn metrics(&self, world: &World<P>) -> Vec<Metric> {
        let (none, count) = (Span::ZERO, self.elections.count());
        let since = self.leaderless_since;
        let leaderless = self.leaderless + since.map_or(none, |since| world.now().since(since));
        let metric = |name, unit, value| Metric { name, unit, value };
        let mut metrics = self.account.metrics(world);
        let has_job = !metrics.is_empty();
        metrics.push(metric("elections", "", count));
        metrics.push(metric("time without a leader", "µs", leaderless.us()));
        if !has_job {
            let messages = self.elections.last().map_or(0, |election| election.messages());
            metrics.insert(0, metric("last election", "messages", messages));
            metrics.push(metric("leaders now", "", leaders(world).count() as u64));
        }
        metrics
    }

    fn panels(&self, _world: &World<P>) -> Vec<Panel> {
        vec![self.elections.panel()]
    }
}

impl BullySpec {
    /// What the last election cost.
    #[cfg(test)]
    pub fn last_election(&self) -> Option<&elections::Election> {
        self.elections.last()
    }

    /// Looks at the node that acted. True if it turned: follows, leads or elects in another way, or
    /// began an election.
    fn look<P: Elector>(&mut self, world: &World<P>) -> bool {
        let last = world.last();
        let began = world.fired().any(Rule::begins_election);
        let Some(id) = last.node else { return began };
        let Some(slot) = world.roster().slot(id) else { return began };
        if last.happening == Happening::Start {
            self.held[slot].clear();
        }
        let now = world.node(id).map_or(Seen::default(), |node| Seen {
            followed: node.followed(),
            leads: node.leads(),
            elects: node.elects(),
        });
        began | (std::mem::replace(&mut self.seen[slot], now) != now)
    }

    /// Keeps account of since when nothing has turned and nothing was done to the world.
    fn follow_calm<P: Elector>(&mut self, world: &World<P>, turned: bool) {
        let (now, calm) = (world.now(), &mut self.calm);
        let touched = match world.last().happening {
            Happening::Disturbed | Happening::Asked | Happening::Start => true,
            Happening::Deliver { .. }
            | Happening::Timer
            | Happening::Undelivered
            | Happening::Held => world.fired().any(|rule| rule == Rule::SendFailed),
        };
        if touched {
            calm.needed = calm.needed.max(world.config().calm());
        }
        if touched || !world.is_sound() {
            (calm.amiss, calm.echoes) = (now, true);
        }
        if calm.echoes {
            let in_time = now + world.config().latency_longest();
            calm.echoes = world
                .flights()
                .any(|(flight, _)| flight.sent_at <= calm.amiss || flight.arrives_at > in_time);
        }
        if turned || touched || calm.echoes {
            calm.since = now;
        }
    }

    fn follow_leadership<P: Elector>(&mut self, world: &World<P>) {
        let (now, led) = (world.now(), leaders(world).next().is_some());
        match self.leaderless_since {
            Some(since) if led => {
                self.leaderless += now.since(since);
                self.leaderless_since = None;
            }
            None if !led && self.elections.led() => self.leaderless_since = Some(now),
            Some(_) | None => {}
        }
    }

    fn check_node<P: Elector>(
        &mut self,
        world: &World<P>,
        id: NodeId,
        node: &P,
    ) -> Result<(), Broken> {
        if world.fired().any(Rule::begins_election) {
            self.check_epoch(world, id, node)?;
        }
        let followed = node.followed();
        if let Some(leader) = followed.filter(|leader| *leader < id) {
            let why = format!("{id} follows {leader}");
            return Err(Broken { invariant: "never-follows-lower", why });
        }
        if node.waits() && world.timers(id).next().is_none() {
            let why = format!("{id} waits, and none of its timers is set");
            return Err(Broken { invariant: "no-wait-without-timer", why });
        }
        if let (true, Some(leader)) = (node.elects(), followed) {
            let why = format!("{id} holds an election and follows {leader}");
            return Err(Broken { invariant: "elects-leaderless", why });
        }
        Ok(())
    }

    /// The node has just begun an election.
    fn check_epoch<P: Elector>(
        &mut self,
        world: &World<P>,
        id: NodeId,
        node: &P,
    ) -> Result<(), Broken> {
        let slot = world.roster().slot(id).expect("it is of this world");
        let (held, epoch) = (&mut self.held[slot], node.epoch_held());
        if held.contains(&epoch) {
            let why = format!("{id} holds a second election on one occasion");
            return Err(Broken { invariant: "one-election-an-epoch", why });
        }
        if held.len() == EPOCHS_KEPT {
            held.remove(0);
        }
        held.push(epoch);
        Ok(())
    }

    fn check_agreement<P: Elector>(&self, world: &World<P>) -> Result<(), Broken> {
        if self.calm.echoes || world.now().since(self.calm.since) <= self.calm.needed {
            return Ok(());
        }
        let Some((top, _)) = highest(world) else { return Ok(()) };
        let other = up(world).find(|(_, node)| node.followed() != Some(top));
        match other {
            None => Ok(()),
            Some((id, node)) => {
                let follows =
                    node.followed().map_or("nobody".to_string(), |leader| leader.to_string());
                let why = format!("all is quiet, {top} is the highest, and {id} follows {follows}");
                Err(Broken { invariant: "agree-when-quiet", why })
            }
        }
    }
}

/// The member that acted or was acted upon, if it is up.
fn acting<P: Elector>(world: &World<P>) -> Option<(NodeId, &P)> {
    let id = world.last().node.filter(|id| id.letter() == 'n')?;
    let node = world.node(id)?;
    (world.condition(id) == Some(Condition::Up)).then_some((id, node))
}

/// The members that can act, lowest first.
fn up<P: Elector>(world: &World<P>) -> impl Iterator<Item = (NodeId, &P)> {
    let up = |(id, condition, _): &(NodeId, Condition, &P)| {
        *condition == Condition::Up && id.letter() == 'n'
    };
    world.nodes().filter(up).map(|(id, _, node)| (id, node))
}

fn highest<P: Elector>(world: &World<P>) -> Option<(NodeId, &P)> {
    up(world).last()
}

/// Those who can act and take themselves for leader, lowest first.
fn leaders<P: Elector>(world: &World<P>) -> impl Iterator<Item = NodeId> {
    up(world).filter(|(_, node)| node.leads()).map(|(id, _)| id)
}

/// Whether a node has a leader that leads and is within reach, both ways.
fn served<P: Elector>(world: &World<P>, id: NodeId, node: &P) -> bool {
    let Some(leader) = node.followed() else { return false };
    let leads = world.node(leader).is_some_and(P::leads);
    leads && (leader == id || (world.reaches(id, leader) && world.reaches(leader, id)))
}

/// One clause on how a belief about the leader stands to the truth.
fn about_leader<P: Elector>(
    world: &World<P>,
    id: NodeId,
    believes: Option<NodeId>,
    truth: Option<NodeId>,
) -> String {
    let Some(leader) = believes else {
        return truth.map_or("nobody leads".into(), |truth| format!("{truth} leads"));
    };
    match world.condition(leader) {
        Some(Condition::Down) | None => format!("{leader} is down"),
        Some(Condition::Paused) => format!("{leader} is paused"),
        Some(Condition::Up) if !world.node(leader).is_some_and(P::leads) => {
            format!("{leader} does not take itself for leader")
        }
        Some(Condition::Up) if leader != id && world.is_cut(leader, id) => {
            format!("nothing from {leader} reaches {id}")
        }
        Some(Condition::Up) if leader != id && world.is_cut(id, leader) => {
            format!("nothing from {id} reaches {leader}")
        }
        Some(Condition::Up) if truth != believes => {
            truth.map_or("nobody leads".into(), |truth| format!("{truth} leads as well"))
        }
        Some(Condition::Up) => format!("{leader} leads"),
    }
}
