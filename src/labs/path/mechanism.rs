//! What a lab adds to the path: the decisions of a caller, and those of a server at its door.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Debug;
use std::hash::Hash;
use std::str::FromStr;

use crate::sim::{Cx, Field, NodeId, Panel, Span, Time};

use super::load::{Plan, Work};
use super::message::{CallId, Class, Key, Nature, Outcome, Request};
use super::part::Part;

/// The handle that a mechanism gets on the world.
pub type At<'a, 'b, M> = &'a mut Cx<'b, Part<M>>;

/// The mechanism of a lab, as one part of the path has it. It is asked before and after each call, and
/// for each request that arrives; the part does the rest.
pub trait Mechanism: Clone + Debug + 'static {
    type Config: Config;
    type Rule: Copy + Debug + PartialEq + Hash + Into<&'static str>;
    type Command: FromStr<Err = String> + Debug;
    type Fault: FromStr<Err = String> + Debug;
    /// What an admitted call carries until it is over.
    type Ticket: Copy + Debug + 'static;
    /// What is remembered of a request in hand.
    type Note: Clone + Debug + Default;

    fn new(me: NodeId, config: &Self::Config, now: Time) -> Self;

    /// A request is in hand and the part's own work on it is done: what now? Asked again after each
    /// wait that the mechanism wanted.
    fn before(&mut self, job: &mut Job<Self::Note>, cx: At<Self>) -> Step<Self::Ticket>;

    /// A call is over: what now?
    fn after(
        &mut self,
        job: &mut Job<Self::Note>,
        over: Over<Self::Ticket>,
        cx: At<Self>,
    ) -> Verdict;

    /// A request arrives. An error turns it away.
    fn arrive(&mut self, _request: &Request, _load: Load, _cx: At<Self>) -> Result<(), Turned> {
        Ok(())
    }

    /// Which of the part's pools serves it.
    fn pool(&self, _request: &Request) -> usize {
        0
    }

    /// A thread is free: who is next? Whoever is dropped is answered with that outcome.
    fn next(
        &mut self,
        queue: &mut VecDeque<u64>,
        _jobs: &BTreeMap<u64, Job<Self::Note>>,
        _cx: At<Self>,
    ) -> Next {
        queue.pop_front().map_or(Next::Nobody, Next::Take)
    }

    /// A request leaves, so answered.
    fn left(&mut self, _job: &Job<Self::Note>, _outcome: Outcome, _cx: At<Self>) {}

    /// The timer `own` that the mechanism has set came due. Of the calls that are `open`, oldest first,
    /// it names those that time out by it.
    fn wake(&mut self, _open: Vec<CallId>, _cx: At<Self>) -> Vec<CallId> {
        Vec::new()
    }

    /// Carries out a command of its own. Of the calls that are `open` it names those to give up.
    fn command(&mut self, command: Self::Command, open: Vec<CallId>, cx: At<Self>) -> Vec<CallId>;

    fn fault(&mut self, fault: Self::Fault, cx: At<Self>);

    /// What the part shows besides threads and queue; the same fields at all times.
    fn fields(&self) -> Vec<Field> {
        Vec::new()
    }

    fn panels(&self) -> Vec<Panel> {
        Vec::new()
    }

    /// What this part is called, where `service` or `database` says too little.
    fn role(&self) -> Option<&'static str> {
        None
    }

    /// What a pool's threads and its queue are called, where there are several.
    fn pool_words(&self, _pool: usize) -> (&'static str, &'static str) {
        ("Threads", "Queue")
    }

    /// What a class of requests is called.
    fn class_word(_class: Class) -> &'static str {
        "request"
    }
}

/// From so many the class of a request is drawn.
pub const CLASS_DRAWS: u64 = 1_000;

/// What a path needs to know of a lab's parameters.
pub trait Config: Clone + 'static {
    /// What a client's users do.
    fn plan(&self) -> Plan;

    /// How many threads a pool of a server has, and how many may wait for them.
    fn pool(&self, server: NodeId, pool: usize) -> Room;

    fn pools(&self, _server: NodeId) -> usize {
        1
    }

    /// What a server's own work takes, on average.
    fn work(&self, server: NodeId) -> (Work, Span);

    /// Which class a client's next request is of, by an even draw below [`CLASS_DRAWS`].
    fn class(&self, _drawn: u64) -> Class {
        Class(0)
    }

    /// Changes a live parameter, or says why not.
    fn set(&mut self, name: &str, value: u64) -> Result<(), String>;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    pub threads: u32,
    pub queue: u32,
}

/// A request in hand.
#[derive(Clone, Debug)]
pub struct Job<N> {
    pub key: Key,
    pub class: Class,
    pub nature: Nature,
    /// Whom to answer; `None` at the client whose user asks.
    pub caller: Option<(NodeId, CallId)>,
    /// The how manieth attempt of the caller this is.
    pub attempt: u8,
    pub came: Time,
    /// When it got a thread; `None` while it waits for one, and at a client.
    pub began: Option<Time>,
    /// Until when the caller waits, on this part's clock.
    pub deadline: Option<Time>,
    /// How many calls were made for it here, and how many of them are not over.
    pub calls: u8,
    pub open: u8,
    pub pool: usize,
    /// What the mechanism keeps of it.
    pub note: N,
    pub(super) stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// In the queue.
    Waiting,
    /// On a thread, until then.
    Working(Time),
    /// On a thread that waits for others.
    Calling,
    /// On a thread that sleeps until then, or that looks after its call then.
    Sleeping(Time),
}

impl<N> Job<N> {
    /// How long the caller still waits; nothing if it has left.
    pub fn left(&self, now: Time) -> Option<Span> {
        self.deadline.map(|deadline| deadline.since(now))
    }

    /// Whether nobody waits for the answer any more.
    pub fn is_expired(&self, now: Time) -> bool {
        self.deadline.is_some_and(|deadline| deadline <= now)
    }
}

/// What to do with a request now.
#[derive(Clone, Copy, Debug)]
pub enum Step<T> {
    Call {
        to: NodeId,
        /// How long to wait for the answer; `None` for ever.
        timeout: Option<Span>,
        /// What the callee is told of that.
        left: Option<Span>,
        ticket: T,
        /// Ask [`Mechanism::before`] again if the answer is not there after so long.
        again: Option<Span>,
    },
    Answer(Outcome),
    /// Sleep, then ask again.
    Wait(Span),
    /// The call that is under way is enough.
    Stay,
}

/// How a call ended.
#[derive(Clone, Copy, Debug)]
pub struct Over<T> {
    pub call: CallId,
    pub to: NodeId,
    pub ticket: T,
    pub outcome: Outcome,
    pub pushback: Option<Span>,
    /// How long it took.
    pub took: Span,
}

/// What comes after a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Answer(Outcome),
    /// Ask [`Mechanism::before`] again after so long.
    Again(Span),
    /// Another call for the same request is still open.
    Stay,
}

/// How things stand at a server's door.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    pub busy: u32,
    pub room: Room,
    pub waiting: u32,
}

/// Why a request is turned away, in the words of the answer.
#[derive(Clone, Copy, Debug)]
pub struct Turned {
    pub outcome: Outcome,
    pub pushback: Option<Span>,
}

/// Who is taken from a queue.
#[derive(Clone, Copy, Debug)]
pub enum Next {
    Take(u64),
    Drop(u64, Outcome),
    Nobody,
}
