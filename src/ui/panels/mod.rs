//! The panels beside the stage.

mod inspector;
mod log;
mod rules;
mod script;
mod why;

pub use inspector::Inspector;
pub use log::{Log, LogRow};
pub use rules::{Fired, Rules};
pub use script::Script;
pub use why::Why;
