//! What the page draws, as plain data: where things stand on the stage, the space–time diagram, the
//! fault strip, and the names of things.
//!
//! Nothing here knows a browser. Lengths are in CSS pixels, with the origin at the top left.

mod diagram;
mod ring;
mod strip;
mod words;

pub use diagram::{
    Diagram, Lane, LaneState, Point as LanePoint, PointKind, Slant, SlantEnd, Stretch,
};
pub use ring::{Point, Ring, Seat, Side, Tie, line, way};
pub use strip::{Cell, CellState, StripRow, strip_row};
pub use words::{
    SceneExt, brief, clock_words, flight_name, initials, link_name, node_name, node_states, plain,
    role_badge, short, summary,
};
