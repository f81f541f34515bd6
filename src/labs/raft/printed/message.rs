//! What nodes as printed say to each other: calls and their answers.

use std::fmt;

use super::super::log::Term;
use super::super::message::{AppendEntries, RequestVote, RequestVoteReply};

/// A call, or the answer to one. The paper's messages, over a connection of its own each.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Rpc {
    /// The caller's number of the call, the same in the answer: it stands for the connection, which is
    /// closed when the caller has waited long enough.
    pub call: u64,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, Hash)]
pub enum What {
    RequestVote(RequestVote),
    RequestVoteReply(RequestVoteReply),
    AppendEntries(AppendEntries),
    AppendEntriesReply {
        /// The follower's term, which the caller does not look at.
        term: Term,
        success: bool,
    },
}

impl Rpc {
    /// The sender's term.
    pub fn term(&self) -> Term {
        match &self.what {
            What::RequestVote(request) => request.term,
            What::RequestVoteReply(reply) => reply.term,
            What::AppendEntries(request) => request.term,
            What::AppendEntriesReply { term, .. } => *term,
        }
    }

    /// The same words as for the corrected variant's messages.
    pub fn kind(&self) -> &'static str {
        match &self.what {
            What::RequestVote(_) => "RequestVote",
            What::RequestVoteReply(_) => "RequestVoteReply",
            What::AppendEntries(request) if request.entries.is_empty() => "Heartbeat",
            What::AppendEntries(_) => "AppendEntries",
            What::AppendEntriesReply { .. } => "AppendEntriesReply",
        }
    }
}

impl fmt::Display for Rpc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            What::RequestVote(RequestVote { term, last, .. }) => {
                write!(f, "term {term}, my log ends with {last}")
            }
            What::RequestVoteReply(RequestVoteReply { term, granted }) => {
                write!(f, "term {term}, {}", if *granted { "granted" } else { "refused" })
            }
            What::AppendEntries(request) => write!(f, "{request}"),
            What::AppendEntriesReply { term, success } => {
                write!(f, "term {term}, {}", if *success { "success" } else { "failure" })
            }
        }
    }
}
