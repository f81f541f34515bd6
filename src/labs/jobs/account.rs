//! What came of a job, seen from outside.

use std::borrow::Cow;

use crate::labs::Claim;
use crate::sim::world::Happening;
use crate::sim::{Broken, Metric, NodeId, Service, World};

use super::message::Request;
use super::outsider::Doing;
use super::{Employed, Job, Outsider, Storage, place};

/// Goals, for the lists of the labs.
pub const WRITES_KEPT: Claim = Claim {
    name: "writes-kept",
    means: "`job=primary`: the leader, if there is one, has every write that was ever accepted.",
};
pub const IN_ORDER: Claim = Claim {
    name: "in-order",
    means: "`job=lock`: the storage has taken no write of an earlier holder after one of a later.",
};
pub const DONE_ONCE: Claim = Claim {
    name: "done-once",
    means: "`job=tasks`: no task was done twice, and none was taken for another and left undone.",
};
pub const CONFIG_FORWARD: Claim = Claim {
    name: "config-forward",
    means: "`job=config`: no reader has used an older version after a newer one.",
};

/// An invariant, for the lists of the labs.
pub const FENCED: Claim = Claim {
    name: "fenced",
    means: "With `fencing=on`, the storage takes no write whose token is below one that it has seen.",
};

/// Keeps account of a run.
#[derive(Clone, Debug)]
pub struct Account {
    outsiders: Vec<Seen>,
    /// The writes that were accepted.
    accepted: u64,
    /// The newest version whose publication was confirmed.
    published: u32,
    /// How often a reader used a version older than one confirmed before it asked.
    stale: u64,
    /// How often a reader used an older version after a newer one.
    back: u64,
    /// How many requests were answered and pieces of work done, all together.
    done: u64,
}

/// What an outsider was when it last acted.
#[derive(Clone, Debug, Default)]
struct Seen {
    newest: u32,
    /// The newest version that it ever used.
    best: u32,
    done: u32,
    /// Its writes that were accepted: all numbers up to `newest`, but for these that it gave up.
    accepted: Vec<u32>,
    /// What was confirmed when it asked.
    confirmed: u32,
    asks: bool,
}

impl Account {
    pub fn new<P: Employed>(world: &World<P>) -> Account {
        let outsiders = vec![Seen::default(); world.roster().all('w').len()];
        Account { outsiders, accepted: 0, published: 0, stale: 0, back: 0, done: 0 }
    }

    /// Looks at what just happened. Costs nothing where there is no job.
    pub fn observe<P: Employed>(&mut self, world: &World<P>) -> Result<(), Broken> {
        let last = world.last();
        let (Some(id), false) = (last.node, self.outsiders.is_empty()) else { return Ok(()) };
        match id.letter() {
            'w' => {
                if last.happening == Happening::Start {
                    let seen = &mut self.outsiders[place(id)];
                    (seen.newest, seen.best, seen.done, seen.asks) = (0, 0, 0, false);
                }
                if let Some(outsider) = world.node(id).and_then(P::outsider) {
                    self.follow(world, id, outsider);
                }
                Ok(())
            }
            's' => check_fence(world),
            _ => Ok(()),
        }
    }

    fn follow<P: Employed>(&mut self, world: &World<P>, id: NodeId, outsider: &Outsider) {
        let job = P::jobs(world.config()).job;
        let seen = &mut self.outsiders[place(id)];
        let done = outsider.done > seen.done;
        self.done += u64::from(outsider.done.saturating_sub(seen.done));
        match job {
            Some(Job::Primary) if done => {
                seen.accepted.push(outsider.newest);
                self.accepted += 1;
            }
            Some(Job::Config) if done && id.number() == 1 => {
                self.published = self.published.max(outsider.newest);
            }
            Some(Job::Config) if done => {
                self.stale += u64::from(outsider.newest < seen.confirmed);
                self.back += u64::from(outsider.newest < seen.newest);
            }
            Some(Job::Primary | Job::Config | Job::Lock | Job::Tasks) | None => {}
        }
        let asks = matches!(outsider.doing, Doing::Asks { request: Request::Read, .. });
        if asks && !seen.asks {
            seen.confirmed = self.published;
        }
        seen.best = seen.best.max(outsider.newest);
        (seen.newest, seen.done, seen.asks) = (outsider.newest, outsider.done, asks);
    }

    /// How many accepted writes the leader does not have; none if nobody leads.
    fn lost<P: Employed>(&self, world: &World<P>) -> u64 {
        let in_charge = world.living().filter_map(|(_, node)| node.in_charge());
        let Some((_, office)) = in_charge.max_by_key(|(rank, _)| *rank) else { return 0 };
        let of = |(place, seen): (usize, &Seen)| {
            let writer = NodeId::new('w', place as u8 + 1);
            let lost = seen.accepted.iter().filter(|number| !office.has_row(writer, **number));
            lost.count() as u64
        };
        self.outsiders.iter().enumerate().map(of).sum()
    }

    /// For how many of those who use the leader it came out wrong.
    fn harmed<P: Employed>(&self, world: &World<P>) -> u64 {
        let storage = storage(world);
        match P::jobs(world.config()).job {
            None => 0,
            Some(Job::Primary) => self.lost(world),
            // Whose write was overwritten.
            Some(Job::Lock) => u64::from(storage.is_some_and(|storage| storage.holds_late())),
            Some(Job::Tasks) => storage.map_or(0, |storage| storage.twice() + storage.mistaken),
            Some(Job::Config) => {
                self.outsiders.iter().filter(|seen| seen.newest < seen.best).count() as u64
            }
        }
    }

    /// What is wrong with what came of the job, at this moment. A late write is repaired by the next one of
    /// the lock's holder, and a reader by the next version; what was lost or done twice stays so.
    pub fn error<P: Employed>(&self, world: &World<P>) -> Option<Cow<'static, str>> {
        let wrong = self.harmed(world);
        if wrong == 0 {
            return None;
        }
        let what = match P::jobs(world.config()).job? {
            Job::Primary => format!("{wrong} accepted writes are lost"),
            Job::Lock => "the storage holds a late write of an earlier holder".into(),
            Job::Tasks => format!("done twice, or not at all: {wrong} of the tasks"),
            Job::Config => "a reader has gone back to an older version".into(),
        };
        Some(what.into())
    }

    /// How those fare who use the leader; nothing where there is no job. They fail who wait for an answer
    /// for too long, and all for whom it came out wrong.
    pub fn service<P: Employed>(&self, world: &World<P>) -> Option<Service> {
        let jobs = P::jobs(world.config());
        jobs.job?;
        let total = self.outsiders.len() as u32;
        let patience = jobs.patience + jobs.patience;
        let waits = |id: NodeId| {
            let outsider = world.node(id).and_then(P::outsider);
            outsider.is_some_and(|outsider| match outsider.doing {
                Doing::Asks { since, .. } => {
                    world.clock(id).is_some_and(|now| now.since(since) > patience)
                }
                Doing::Waits
                | Doing::Holds { .. }
                | Doing::Looked { .. }
                | Doing::Writes { .. }
                | Doing::Works { .. }
                | Doing::Delivers { .. } => false,
            })
        };
        let waiting = world.roster().all('w').iter().filter(|id| waits(**id)).count() as u64;
        let failing = waiting.max(self.harmed(world)).min(u64::from(total)) as u32;
        Some(Service { users: "users", failing, total, failed: failing > 0 })
    }

    /// Whether a goal of the jobs holds; `None` if it is none.
    pub fn holds<P: Employed>(&self, goal: &str, world: &World<P>) -> Option<bool> {
        let storage = || storage(world);
        Some(match goal {
            "writes-kept" => self.lost(world) == 0,
            "in-order" => storage().is_none_or(|storage| storage.late == 0),
            "done-once" => {
                storage().is_none_or(|storage| storage.twice() == 0 && storage.mistaken == 0)
            }
            "config-forward" => self.back == 0,
            _ => return None,
        })
    }

    /// Two figures of the job, if there is one.
    pub fn metrics<P: Employed>(&self, world: &World<P>) -> Vec<Metric> {
        let metric = |name, unit, value| Metric { name, unit, value };
        let of_storage = |figure: fn(&Storage) -> u64| storage(world).map_or(0, figure);
        match P::jobs(world.config()).job {
            None => Vec::new(),
            Some(Job::Primary) => vec![
                metric("writes accepted", "writes", self.accepted),
                metric("writes lost", "writes", self.lost(world)),
            ],
            Some(Job::Lock) => vec![
                metric("late writes", "writes", of_storage(|storage| storage.late)),
                metric("writes fenced off", "writes", of_storage(|storage| storage.fenced)),
            ],
            Some(Job::Tasks) => vec![
                metric("tasks done", "tasks", of_storage(|storage| storage.effects.len() as u64)),
                metric(
                    "done twice or not at all",
                    "tasks",
                    of_storage(|storage| storage.twice() + storage.mistaken),
                ),
            ],
            Some(Job::Config) => vec![
                metric("stale reads", "reads", self.stale),
                metric("reads that went back", "reads", self.back),
            ],
        }
    }
}

fn storage<P: Employed>(world: &World<P>) -> Option<&Storage> {
    let id = *world.roster().all('s').first()?;
    world.nodes().find(|(node, ..)| *node == id).and_then(|(_, _, node)| node.storage())
}

fn check_fence<P: Employed>(world: &World<P>) -> Result<(), Broken> {
    match storage(world) {
        Some(storage) if P::jobs(world.config()).fencing && storage.late > 0 => {
            let why = format!("it took {} late writes", storage.late);
            Err(Broken { invariant: FENCED.name, why })
        }
        Some(_) | None => Ok(()),
    }
}
