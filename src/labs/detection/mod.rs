//! How a node finds out that another has failed: mechanisms that several labs share.
//!
//! A failure detector is asked one question, "is it up?", and has one thing to go by: what it has heard,
//! and when. Everything here is a plain struct that is told the time and keeps no clock of its own; the
//! labs wire it to their nodes.
//!
//! | file | what is in it |
//! |---|---|
//! | [`phi`] | suspicion as a number: phi accrual in its three shapes |
//! | [`suspicion`] | SWIM's suspicion that others confirm (memberlist, Lifeguard) |
//! | [`watch`] | any of the detectors as one: what it has heard, and how long it is patient |
//! | [`beat`] | heartbeats with incarnations and sequence numbers: which one is news |
//! | [`pairs`] | what is believed of each pair of nodes beside what is true, and the claims about it |
//!
//! # Which detector gives up what
//!
//! Chandra and Toueg (1996) ask two things of a detector. *Completeness*: every node that crashes is
//! suspected in the end, for good. *Accuracy*: no node is suspected that has not crashed. In a network
//! without a bound on delays no detector has both, so every one in here keeps completeness and gives up
//! accuracy to some degree: a node that is slow, paused or cut off is suspected wrongly. Those that go on
//! listening, and trust again what they hear from, are *eventually perfect* (◇P) if the network becomes
//! timely in the end: then, and only then, the wrong suspicions cease.

pub mod beat;
pub mod pairs;
pub mod phi;
pub mod suspicion;
pub mod watch;
