//! What is said about a job, and what is waited for.

use std::fmt;

use crate::sim::{NodeId, Span};

/// A message between those who use the leader, the members, and the storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JobMsg {
    /// To whom one takes for the leader.
    Ask(Request),
    /// What became of it.
    Answer(Answer),
    /// From a leader to the other members, where it keeps its records in memory.
    Copy(Record),
    /// To the storage.
    Store(Written),
    /// The storage took it, or had it already.
    Stored,
    /// The storage refused a token below this one.
    Fenced(u64),
}

/// What is asked of a leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Request {
    /// Write: the writer's own count of its writes, the same in each repetition.
    Write(u32),
    /// Grant me the lock.
    Acquire,
    /// I need it no more: the token of the grant.
    Release(u64),
    /// Give me something to do.
    Take,
    /// This is done.
    Finish(TaskId),
    /// Make a new version of the configuration.
    Publish,
    /// Which version is in force? Any member may answer.
    Read,
}

/// What a member answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// It is kept: the write, the release, that a task is done. It says which, as it may be late.
    Accepted(Request),
    /// The lock is yours for so long, with this token.
    Granted { token: u64, left: Span },
    /// Not now: somebody holds the lock, or an earlier request is under way.
    Busy,
    /// Do this.
    Task(TaskId),
    /// The version in force, as far as the member knows.
    Version(u32),
    /// Ask this member, or another.
    NotLeader(Option<NodeId>),
}

/// A task: its number, and the leader that made it. Two leaders may give one number to two tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId {
    pub number: u32,
    pub by: NodeId,
}

/// Something that a leader decided and that should not be forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Record {
    /// A writer's write.
    Row {
        writer: NodeId,
        number: u32,
    },
    /// The lock is this one's.
    Grant {
        holder: NodeId,
        token: u64,
    },
    /// The lock is free again.
    Free {
        holder: NodeId,
        token: u64,
    },
    /// This one works on it.
    Assigned {
        task: TaskId,
        worker: NodeId,
    },
    Done {
        task: TaskId,
        worker: NodeId,
    },
    /// A new version, for this one who asked for it.
    Published {
        version: u32,
        publisher: NodeId,
    },
}

/// What is written to the storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Written {
    /// By the holder of a lock, with the token of the grant.
    Under(u64),
    /// By a worker: the effect of a task.
    Effect(TaskId),
}

/// What is waited for. `Display` is the name in scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JobTimer {
    /// Until the next request.
    Pause,
    /// For an answer.
    Answer,
    /// For the next piece of work.
    Work,
    /// For a write to get on its way, after the look at the clock.
    Write,
}

impl Record {
    /// Who asked for it, and what is answered. `left` is how long a grant lasts still.
    pub fn answer(self, left: Span) -> (NodeId, Answer) {
        match self {
            Record::Row { writer, number } => (writer, Answer::Accepted(Request::Write(number))),
            Record::Grant { holder, token } => (holder, Answer::Granted { token, left }),
            Record::Free { holder, token } => (holder, Answer::Accepted(Request::Release(token))),
            Record::Assigned { task, worker } => (worker, Answer::Task(task)),
            Record::Done { task, worker } => (worker, Answer::Accepted(Request::Finish(task))),
            Record::Published { version, publisher } => (publisher, Answer::Version(version)),
        }
    }
}

impl JobMsg {
    /// The message's type.
    pub fn kind(&self) -> &'static str {
        match self {
            JobMsg::Ask(request) => match request {
                Request::Write(_) => "Write",
                Request::Acquire => "Acquire",
                Request::Release(_) => "Release",
                Request::Take => "Take",
                Request::Finish(_) => "Finish",
                Request::Publish => "Publish",
                Request::Read => "Read",
            },
            JobMsg::Answer(answer) => match answer {
                Answer::Accepted(_) => "Accepted",
                Answer::Granted { .. } => "Granted",
                Answer::Busy => "Busy",
                Answer::Task(_) => "Task",
                Answer::Version(_) => "Version",
                Answer::NotLeader(_) => "NotLeader",
            },
            JobMsg::Copy(_) => "Copy",
            JobMsg::Store(_) => "Store",
            JobMsg::Stored => "Stored",
            JobMsg::Fenced(_) => "Fenced",
        }
    }
}

impl fmt::Display for JobMsg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JobMsg::Ask(request) => write!(f, "{request}"),
            JobMsg::Answer(answer) => write!(f, "{answer}"),
            JobMsg::Copy(record) => write!(f, "{record}"),
            JobMsg::Store(Written::Under(token)) => write!(f, "under token {token}"),
            JobMsg::Store(Written::Effect(task)) => write!(f, "the effect of {task}"),
            JobMsg::Stored => f.write_str("it is stored"),
            JobMsg::Fenced(token) => write!(f, "I have seen token {token}"),
        }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Request::Write(number) => write!(f, "write {number}"),
            Request::Acquire => f.write_str("the lock, please"),
            Request::Release(token) => write!(f, "the lock is free, token {token}"),
            Request::Take => f.write_str("something to do, please"),
            Request::Finish(task) => write!(f, "{task} is done"),
            Request::Publish => f.write_str("publish a new version"),
            Request::Read => f.write_str("which version?"),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Answer::Accepted(request) => write!(f, "accepted: {request}"),
            Answer::Granted { token, left } => write!(f, "yours for {left}, token {token}"),
            Answer::Busy => f.write_str("not now"),
            Answer::Task(task) => write!(f, "do {task}"),
            Answer::Version(version) => write!(f, "version {version}"),
            Answer::NotLeader(Some(leader)) => write!(f, "ask {leader}"),
            Answer::NotLeader(None) => f.write_str("I know of no leader"),
        }
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "task {} of {}", self.number, self.by)
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Record::Row { writer, number } => write!(f, "write {number} of {writer}"),
            Record::Grant { holder, token } => write!(f, "the lock is {holder}'s, token {token}"),
            Record::Free { token, .. } => write!(f, "the lock is free after token {token}"),
            Record::Assigned { task, worker } => write!(f, "{worker} does {task}"),
            Record::Done { task, worker } => write!(f, "{worker} has done {task}"),
            Record::Published { version, .. } => write!(f, "version {version} is in force"),
        }
    }
}

impl fmt::Display for JobTimer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            JobTimer::Pause => "pause",
            JobTimer::Answer => "answer",
            JobTimer::Work => "work",
            JobTimer::Write => "write",
        })
    }
}
