//! A learner's session over a lab.
//!
//! A [`Session`] is one lab being played: it steps, plays, goes back, takes [`Input`](crate::sim::Input)s
//! and keeps every future that was left behind. Everything that it knows is derived from *setup +
//! inputs*; what is kept besides (keyframes, [marks](Marks), recorded steps) only makes
//! it quick and can be made again.
//!
//! * **position**: the index of the step that comes next. At position 54 the steps 0 to 53 are done.
//! * **clock**: the time on display. It stands at the last step that was done, or between it and the
//!   next one.
//! * **run**: one history, from the start to the last moment that was seen. Acting in the past makes a
//!   new run and keeps the old one.

pub mod announce;
pub mod batch;
pub mod bench;
#[cfg(test)]
mod chip_tests;
pub mod compare;
mod conductor;
pub mod embed;
pub mod export;
mod following;
pub mod frame;
mod history;
pub mod import;
pub mod link;
mod marks;
pub mod narrate;
mod runner;
mod samples;
pub mod script;
pub mod search;
pub mod selftest;
mod session;
#[cfg(test)]
mod session_tests;
pub mod sources;
#[cfg(test)]
mod testing;

pub use conductor::{FIRINGS_MAX, Problem, ProblemKind};
pub use history::Recorded;
pub use marks::{Mark, MarkKind, Marks};
pub use runner::{Limits, Outcome, run_script, watch_script};
pub use samples::{METRICS_MAX, Samples};
pub use script::{Script, ScriptError};
pub use session::{
    Acted, CHANGE_MAX, Changed, Chip, ChipEdit, Halt, Moved, Origin, RUNS_MAX, RunId, RunTab,
    STEPS_MAX, STEPS_PER_MOVE_MAX, Session, Undone, WhyLink,
};
