//! Raft as the course prints it: `class RaftNode`, flaws included.
//!
//! The class is blocking. One thread looks at the clock every millisecond and, when the election
//! timeout has passed, holds a whole election before it looks again: it calls one peer, waits for the
//! answer or for the time limit of the call, then calls the next. A second thread does the same with
//! the leader's heartbeats. Requests of other nodes are served meanwhile, by threads of their own, and
//! may change term and role under the feet of an election that is still counting. Here each of the two
//! threads is a small state machine (`Electing`, `Beating`) that waits for one answer at a time.
//!
//! # What is wrong with it
//!
//! Each flaw fires a rule of its own.
//!
//! | flaw | rule | what goes wrong |
//! |---|---|---|
//! | RF-1 | `printed_count_regardless` | the votes of a round count although the node is candidate no more, or in another term |
//! | RF-2 | `printed_forget_everything` | term, vote and log are gone after a crash |
//! | RF-3 | `printed_acknowledge_unread` | entries are acknowledged and thrown away |
//! | RF-4 | `printed_keep_old_clock` | neither an election nor a vote starts the election timeout anew |
//! | RF-5 | `printed_ignore_term_of_vote` | a higher term in the answer to RequestVote is not taken over |
//! | RF-6 | `printed_ignore_term_of_ack` | nor is one in the answer to AppendEntries |
//! | RF-7 | `printed_lead_minority` | a leader whom no majority answers leads on, and answers reads |
//! | RF-8 | `printed_half_is_enough` | the majority is counted without the node itself |
//! | RF-9 | `printed_wait_for_silent` | one dead peer holds up all that come after it |
//! | RF-10 | `printed_give_up_at_once` | a lost round ends as follower, who also forgets the leader |
//! | RF-11 | `printed_skip_new_draw` | a newly drawn timeout is never waited for, so rivals collide again |
//! | RF-12 | `printed_commit_old_term` | entries of earlier terms are committed by counting |
//! | RF-13 | `printed_leader_follows_equal` | a leader silently follows another leader of its own term |
//! | RF-14 | `printed_no_first_heartbeat` | a new leader neither appends a no-op nor speaks at once |
//!
//! # What had to be added
//!
//! The class calls methods that it does not print. These are the stubs, as plain as they can be and
//! without flaws that the print does not have:
//!
//! * `reset_election_timeout` draws the duration anew, and no more: the print assigns `last_heartbeat`
//!   only in the constructor and in `handle_append_entries`.
//! * The check of the timeout runs every millisecond (`CHECK`). `fire n1 election` makes it succeed.
//! * `send_message` blocks until the answer comes, or raises an exception after `rpc_timeout_ms`. An
//!   answer that comes later is dropped with its connection.
//! * `get_last_log_index`, `get_last_log_term` and `is_log_up_to_date` are those of the paper (§5.4.1).
//! * `cluster_nodes` holds the *other* nodes.
//! * `start_heartbeat_timer` calls `send_heartbeat` when one heartbeat interval has passed, and again
//!   one interval after each round has ended. Being elected again ends a round that still waits.
//! * `send_append_entries` carries every entry that is not known to be committed: the class has no
//!   `nextIndex`. It is not sent by a node that leads no more. A success counts the follower as holding
//!   all that was sent.
//! * Clients: the leader appends a write to its log and answers when a majority (counted as the class
//!   counts votes) has acknowledged it; a read is answered at once from what the leader has applied.
//!   The text says no more than "commits when majority acknowledges". The store and its sessions are
//!   those of the corrected variant.

mod calls;
mod message;
mod node;
mod rules;
mod witnesses;

pub use message::Rpc;
pub use node::Printed;
pub use rules::Rule;
pub use witnesses::WITNESSES;

#[cfg(test)]
mod tests;
