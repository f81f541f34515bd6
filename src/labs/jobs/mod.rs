//! What leaders are for: four jobs that a lab with a leader can give it.
//!
//! The course names them: choosing the **primary** of a database, keeping **locks**, handing out
//! **tasks**, publishing **configuration**. Whether they go well depends on how the leader was chosen
//! and on what it does with its word, so they are here once, for all labs that elect somebody:
//!
//! * [`Office`]: what a member knows of the job. A leader [decides](Office::decide) on a request: it
//!   answers at once, or makes a [`Record`] first. How a record is kept is the lab's affair, and makes
//!   the difference: in the leader's memory with copies to the others (Bully), or in a replicated log
//!   (Raft). Its answer goes out when it is kept.
//! * [`Outsider`]: those who use the leader, `w1` upward: writers, holders of a lock, workers, readers
//!   of a configuration. They ask whom they take for the leader, as messages, and look for another if
//!   they are not answered.
//! * [`Storage`]: `s1`, which holders of a lock and workers write to. It knows nothing of leaders.
//! * [`Account`]: what came of it, seen from outside: writes lost, late writes, work done twice, stale
//!   readers.
//!
//! A lock is a **lease**: it ends by itself, so that a holder that died does not keep it for ever. A
//! holder looks at its clock before each write. If it is paused between the look and the write, the
//! write is late, and no clock helps (Kleppmann, *How to do distributed locking*, 2016). What helps is
//! a **fencing token**: a number that grows with each grant and goes with each write, and a storage
//! that refuses a number below one that it has seen.
//!
//! # CAVEATS
//!
//! * A request that changes something is decided with what the leader knows; Raft's leader decides on
//!   nothing while its log holds something that it has not applied.
//! * Leases are measured on the clocks of leader and holder; with clocks that drift they may overlap.
//! * The storage never fails here; crashed by hand, it forgets what it had.
//! * Work is one write to the storage. A worker that has done it tells the leader.

mod account;
mod message;
mod office;
mod outsider;
mod rules;
mod storage;

pub use account::{Account, CONFIG_FORWARD, DONE_ONCE, FENCED, IN_ORDER, WRITES_KEPT};
pub use message::{Answer, JobMsg, JobTimer, Record, Request, TaskId};
pub use office::{Decision, Office};
pub use outsider::Outsider;
pub use rules::JobRule;
pub use storage::Storage;

use crate::sim::{NodeId, Protocol, Span};

use super::{Param, SWITCH, Setup};

/// A job for a leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    /// The leader is the primary of a database: it takes the writes.
    Primary,
    /// The leader grants a lock, for a time.
    Lock,
    /// The leader hands out tasks to workers.
    Tasks,
    /// The leader publishes a configuration that all read.
    Config,
}

/// What the nodes of a run know of the job.
#[derive(Clone, Debug, PartialEq)]
pub struct Jobs {
    pub job: Option<Job>,
    /// The storage refuses a token below one that it has seen.
    pub fencing: bool,
    /// The storage knows a task again and does it once.
    pub idempotent: bool,
    /// A reader refuses a configuration older than one that it has seen.
    pub monotonic: bool,
    /// How long a lock is granted for, and how long a worker has for a task.
    pub lease: Span,
    /// How long who uses the leader waits between two requests, on average.
    pub pause: Span,
    /// Who gets no answer for so long asks another member.
    pub patience: Span,
}

pub const JOB: Param = Param {
    name: "job",
    label: "What the leader is for",
    unit: "",
    choices: &["none", "primary", "lock", "tasks", "config"],
    range: (0, 4),
    default: 0,
    live: false,
    meaning: "What the leader does once it leads: nothing, be the primary of a database, keep a \
              lock, hand out tasks, publish a configuration.",
};

pub const WORKERS: Param = Param {
    name: "workers",
    label: "Who uses the leader",
    unit: "",
    choices: &[],
    range: (1, 4),
    default: 2,
    live: false,
    meaning: "With a job: how many write, take the lock, work or read; `w1` upward.",
};

pub const FENCING: Param = Param {
    name: "fencing",
    label: "Fencing tokens",
    unit: "",
    choices: SWITCH,
    range: (0, 1),
    default: 0,
    live: false,
    meaning: "`job=lock`: the storage refuses a write whose token is below one that it has seen.",
};

pub const IDEMPOTENT: Param = Param {
    name: "idempotent",
    label: "Idempotent work",
    unit: "",
    choices: SWITCH,
    range: (0, 1),
    default: 0,
    live: false,
    meaning: "`job=tasks`: the storage knows a task by its number, and does it once.",
};

pub const MONOTONIC: Param = Param {
    name: "monotonic",
    label: "Monotonic readers",
    unit: "",
    choices: SWITCH,
    range: (0, 1),
    default: 0,
    live: false,
    meaning: "`job=config`: a reader refuses a version older than one that it has seen.",
};

pub const LEASE: Param = Param {
    name: "lease_ms",
    label: "Lease",
    unit: "ms",
    choices: &[],
    range: (50, 60_000),
    default: 500,
    live: false,
    meaning: "How long a lock is granted for, and how long a worker has for a task before it is \
              given to another.",
};

impl Jobs {
    /// No job.
    #[cfg(test)]
    pub fn none() -> Jobs {
        Jobs::of(None, [false; 3], Span::from_ms(500))
    }

    /// What a set-up says, for a lab that has these parameters.
    pub fn new(setup: &Setup) -> Jobs {
        let job = match setup.param(JOB.name) {
            1 => Some(Job::Primary),
            2 => Some(Job::Lock),
            3 => Some(Job::Tasks),
            4 => Some(Job::Config),
            _ => None,
        };
        let switches = [FENCING, IDEMPOTENT, MONOTONIC].map(|param| setup.param(param.name) == 1);
        Jobs::of(job, switches, Span::from_ms(setup.param(LEASE.name)))
    }

    fn of(job: Option<Job>, switches: [bool; 3], lease: Span) -> Jobs {
        let [fencing, idempotent, monotonic] = switches;
        let (pause, patience) = (Span::from_ms(150), Span::from_ms(250));
        Jobs { job, fencing, idempotent, monotonic, lease, pause, patience }
    }

    /// The further nodes of a run: those who use the leader, and what they write to.
    pub fn nodes(&self, setup: &Setup) -> Vec<(char, u8)> {
        let workers = ('w', setup.param(WORKERS.name) as u8);
        match self.job {
            None => Vec::new(),
            Some(Job::Primary | Job::Config) => vec![workers],
            Some(Job::Lock | Job::Tasks) => vec![workers, ('s', 1)],
        }
    }
}

/// A protocol whose leader can have a job, as far as it can be seen from outside. By default nobody has
/// anything to do with one.
pub trait Employed: Protocol {
    /// The job of a run.
    fn jobs(config: &Self::Config) -> &Jobs;

    /// What a member that leads knows of the job, once it can know all of it; and a rank: of two that
    /// believe to lead, the one with the higher is right.
    fn in_charge(&self) -> Option<(u64, &Office)> {
        None
    }

    fn outsider(&self) -> Option<&Outsider> {
        None
    }

    fn storage(&self) -> Option<&Storage> {
        None
    }
}

/// A protocol whose messages, timers and rules include those of the job.
pub trait Employer:
    Employed<Msg: From<JobMsg>, Timer: From<JobTimer>, Rule: From<JobRule>>
{
}

impl<P> Employer for P where
    P: Employed<Msg: From<JobMsg>, Timer: From<JobTimer>, Rule: From<JobRule>>
{
}

/// Where a node stands among those of its letter.
fn place(id: NodeId) -> usize {
    usize::from(id.number()) - 1
}
