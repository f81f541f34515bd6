//! The boxes that things take up on the stage.

use super::{Detail, Point};

/// What a timer's arc needs outside the node.
pub const ARC: f64 = 9.0;
/// The width of the button beside a node.
pub const BUTTON: f64 = 28.0;
/// What is left free between a node and its words.
const GAP: f64 = 5.0;

/// A box: from its left top corner to its right bottom one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Rect {
    /// The square around a point, so far to each side.
    pub fn around(at: Point, half: f64) -> Rect {
        Rect { left: at.x - half, top: at.y - half, right: at.x + half, bottom: at.y + half }
    }

    pub fn meets(&self, other: &Rect) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }

    pub fn is_within(&self, width: f64, height: f64) -> bool {
        self.left >= 0.0 && self.top >= 0.0 && self.right <= width && self.bottom <= height
    }
}

/// On which side of a node its words stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Left,
    Right,
    Above,
    Below,
}

/// The place of a node's words.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Card {
    pub side: Side,
    pub left: f64,
    pub top: f64,
    pub width: f64,
    pub height: f64,
}

impl Card {
    pub fn rect(&self) -> Rect {
        Rect {
            left: self.left,
            top: self.top,
            right: self.left + self.width,
            bottom: self.top + self.height,
        }
    }
}

/// The heights of a card's three lines, at the usual text size: role, states, belief and log.
pub const LINES: [f64; 3] = [17.0, 15.0, 22.0];
const FULL_WIDTH: f64 = 118.0;
const WORDS_WIDTH: f64 = 82.0;
const BARE_WIDTH: f64 = 64.0;

/// The card and the button of a node of this radius at this place. A client has no third line.
pub fn card(
    detail: Detail,
    side: Side,
    at: Point,
    radius: f64,
    unit: f64,
    outside: bool,
) -> (Card, Option<Point>) {
    let rim = radius + (ARC + GAP) * unit;
    let beside = matches!(side, Side::Left | Side::Right);
    let (width, mut height) = match detail {
        Detail::Full if outside => (WORDS_WIDTH, LINES[0] + LINES[1]),
        Detail::Full => (FULL_WIDTH, LINES[0] + LINES[1] + LINES[2]),
        Detail::Words => (WORDS_WIDTH, LINES[0]),
        Detail::Bare => (BARE_WIDTH, 14.0),
        Detail::Dots => (0.0, 0.0),
    };
    let width = width * unit;
    // Beside the node the button stands over the words, under it to its right.
    let buttons = matches!(detail, Detail::Full | Detail::Words);
    let over = if beside && buttons { BUTTON + 2.0 } else { 0.0 };
    height *= unit;
    let top = at.y - (height + over * unit) / 2.0 + over * unit;
    let (left, top) = match side {
        Side::Left => (at.x - rim - width, top),
        Side::Right => (at.x + rim, top),
        Side::Above => (at.x - width / 2.0, at.y - rim - height),
        Side::Below => (at.x - width / 2.0, at.y + rim),
    };
    let half = BUTTON / 2.0 * unit;
    let over = top - half - 2.0 * unit;
    let button = match side {
        Side::Left => Point { x: left + width - half, y: over },
        Side::Right => Point { x: left + half, y: over },
        Side::Above | Side::Below => {
            // Above the link that may leave the node on this side.
            Point { x: at.x + radius + (ARC + 1.0) * unit + half, y: at.y - radius * 0.7 }
        }
    };
    let button = buttons.then_some(button);
    (Card { side, left, top, width, height }, button)
}
