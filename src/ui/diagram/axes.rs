//! Where things are in the diagram.

use markup::html;
use yew::prelude::Html;

use faultline::play::frame::Diagram;
use faultline::sim::Time;

use crate::ui::browser;
use crate::ui::number::decimal;
use crate::ui::parts::px;

/// The room for the times below the lanes.
pub const BOTTOM: f64 = 20.0;

/// Where time and nodes are on the surface. Time runs right, or down if the surface is narrow.
#[derive(Clone, Copy, PartialEq)]
pub struct Axes {
    pub down: bool,
    /// The size of the plot: along time, and across it.
    pub long: f64,
    pub across: f64,
    /// Where the plot begins on the surface.
    pub left: f64,
    pub top: f64,
    /// The size of words: 1 is the usual one.
    pub unit: f64,
    /// The room beside the lanes in which faults have their bars; with time down, also the times.
    pub lead: f64,
    lanes: f64,
    /// The moment at the plot's origin. It seldom changes, so that what has been drawn stays where it is
    /// while the window moves.
    anchor: Time,
    /// The window, for what would reach far beyond it.
    window: (Time, Time),
    per_us: f64,
}

impl Axes {
    pub fn new(diagram: &Diagram, (width, height): (f64, f64)) -> Axes {
        // Narrow, and high enough for time to run down.
        let down = width < 520.0 && height > 0.6 * width;
        let lanes = diagram.lanes.len().max(1) as f64;
        let unit = browser::drawing_unit();
        let (left, top, lead) =
            if down { (0.0, 26.0, 78.0) } else { (44.0 * unit, 0.0, 22.0 * unit) };
        let (long, across) =
            if down { (height - top, width) } else { (width - left, height - BOTTOM) };
        let (long, across) = (long.max(1.0), across.max(1.0));
        let span = diagram.to.since(diagram.from).us().max(1);
        let anchor = Time(diagram.from.0 / (4 * span) * (4 * span));
        let per_us = long / span as f64;
        let window = (diagram.from, diagram.to);
        Axes { down, long, across, left, top, unit, lead, lanes, anchor, window, per_us }
    }

    /// The same axes for what never reaches far beyond the window: they do not change when it moves.
    pub fn fixed(self) -> Axes {
        Axes { window: (Time::ZERO, Time::ZERO), ..self }
    }

    /// How far along the plot a moment is.
    pub fn along(self, time: Time) -> f64 {
        (time.0 as f64 - self.anchor.0 as f64) * self.per_us
    }

    /// The same for what would reach far beyond the window: it ends a little outside.
    pub fn near(self, time: Time) -> f64 {
        let (from, to) = (self.along(self.window.0), self.along(self.window.1));
        self.along(time).clamp(from - self.long, to + self.long)
    }

    /// How far across the plot a lane is.
    pub fn lane(self, row: usize) -> f64 {
        self.lead + (row as f64 + 0.5) * (self.across - self.lead - 4.0) / self.lanes
    }

    /// A place of the plot from along and across.
    pub fn at(self, along: f64, across: f64) -> (f64, f64) {
        if self.down { (across, along) } else { (along, across) }
    }

    /// Moves so far along.
    pub fn shift(self, along: f64) -> String {
        let (x, y) = self.at(along, 0.0);
        format!("translate({} {})", decimal(x, 1), decimal(y, 1))
    }

    /// The share of the time at a place of the surface.
    pub fn share_at(self, x: f64, y: f64) -> f64 {
        let along = if self.down { y - self.top } else { x - self.left };
        along / self.long.max(1.0)
    }

    pub fn line(self, class: String, from: (f64, f64), to: (f64, f64)) -> Html {
        let ((x1, y1), (x2, y2)) = (self.at(from.0, from.1), self.at(to.0, to.1));
        html! { <line {class} x1={px(x1)} y1={px(y1)} x2={px(x2)} y2={px(y2)} /> }
    }

    pub fn rect(self, class: String, along: (f64, f64), across: (f64, f64)) -> Html {
        let ((x1, y1), (x2, y2)) = (self.at(along.0, across.0), self.at(along.1, across.1));
        let (width, height) = ((x2 - x1).max(1.0), (y2 - y1).max(1.0));
        html! { <rect {class} x={px(x1)} y={px(y1)} width={px(width)} height={px(height)} /> }
    }

    pub fn text(self, class: &'static str, along: f64, across: f64, text: String) -> Html {
        let (x, y) = self.at(along, across);
        html! { <text {class} x={px(x)} y={px(y)}>{ text }</text> }
    }
}
