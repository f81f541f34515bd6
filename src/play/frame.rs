//! What the page draws, as plain data: where things stand on the stage, the space–time diagram, the
//! fault strip, and the names of things.
//!
//! Nothing here knows a browser. Lengths are in CSS pixels, with the origin at the top left.

mod act_form;
mod card;
mod chart;
mod cursor;
mod diagram;
mod ring;
mod strip;
mod traffic;
mod words;

pub use act_form::{ActField, FieldKind, GROUPS, act_fields, act_words};
pub use card::{BeliefCrown, Newest, NodeCard, StripEntry};
pub use chart::{Bar, Chart, Ink, Polyline, Rule, Tick, WIDTH as CHART_WIDTH, chart, chart_name};
pub use cursor::{Cursor, Toward};
pub use diagram::{
    Diagram, Lane, LaneState, Point as LanePoint, PointKind, Slant, SlantEnd, Stretch,
};
pub use ring::{Card, Detail, Point, Rect, Ring, Seat, Side, Tie, line, way};
pub use strip::{Cell, CellState, STAGES, StripRow, stage_meaning, strip_faults, strip_row};
pub use traffic::{
    Flow, Label, Single, Traffic, flight_at, kind_words, label_at, loss_at, tag, traffic,
};
pub use words::{
    SceneExt, brief, clock_words, cropped, flight_name, initials, link_name, node_name,
    node_states, plain, role_badge, short, summary,
};
