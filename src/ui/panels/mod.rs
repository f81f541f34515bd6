//! The panels beside the stage.

mod inspector;
mod log;
mod rules;
mod script;
mod why;

use yew::prelude::Html;

use crate::ui::chunk::chunk;
use crate::ui::piece::piece;

pub use inspector::Inspector;
pub use log::{Log, LogRow, Told};
pub use rules::{Fired, Rules};
pub use script::Script;
pub use why::Why;

/// How the panels are drawn that are opened by their tabs.
#[derive(Clone, Copy)]
pub struct Panels {
    pub rules: fn(Rules) -> Html,
    pub log: fn(Log) -> Html,
    pub why: fn(Why) -> Html,
    pub script: fn(Script) -> Html,
}

chunk! {
    pub PANELS: Panels = Panels { rules: piece, log: piece, why: piece, script: piece }, in panels
}
