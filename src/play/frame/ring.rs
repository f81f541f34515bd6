//! Where nodes and links stand on the stage: peers on a ring, services in columns.
//!
//! No two things overlap: of several arrangements the one is taken that shows most and whose boxes are
//! all apart. It depends on the nodes and on the room alone, not on what happens, so nothing jumps.

mod boxes;
mod seating;
#[cfg(test)]
mod tests;

use crate::sim::NodeId;
use crate::sim::view::SceneNode;

pub use boxes::{Card, Rect, Side};

/// A place on the stage.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    pub x: f64,
    pub y: f64,
}

impl Point {
    pub fn distance(self, other: Point) -> f64 {
        let (dx, dy) = (self.x - other.x, self.y - other.y);
        (dx * dx + dy * dy).sqrt()
    }

    /// The place this share of the way to `other`.
    pub fn towards(self, other: Point, share: f64) -> Point {
        Point { x: self.x + (other.x - self.x) * share, y: self.y + (other.y - self.y) * share }
    }
}

/// All places on a stage of some size.
#[derive(Clone, Debug, PartialEq)]
pub struct Ring {
    pub width: f64,
    pub height: f64,
    /// Pixels for each of the sixteen parts of the text size: 1 at the usual one.
    pub unit: f64,
    /// The radius of every node.
    pub radius: f64,
    pub detail: Detail,
    pub seats: Vec<Seat>,
    /// The links that are drawn even when nothing is the matter with them.
    pub ties: Vec<Tie>,
}

/// How much is said of each node beside its picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Role, states, what it believes and the end of its log.
    Full,
    /// One line of words, and the button.
    Words,
    /// One line of words.
    Bare,
    /// Nothing: its name alone, inside.
    Dots,
}

/// Where a node stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seat {
    pub id: NodeId,
    pub at: Point,
    /// Whether it is no part of the protocol, as clients are not.
    pub outside: bool,
    /// Where its words stand.
    pub card: Card,
    /// Where the button that kills or restarts it stands, where there is room for one.
    pub button: Option<Point>,
}

/// The link between two nodes, and where its handle is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tie {
    pub a: NodeId,
    pub b: NodeId,
    pub handle: Point,
}

impl Ring {
    /// Places nodes on a stage of this size; `unit` is the text size in sixteenths.
    pub fn new(nodes: &[SceneNode], width: f64, height: f64, unit: f64) -> Ring {
        seating::seated(nodes, (width, height), unit)
    }

    /// Without words and buttons: for a picture of a few fingers' width.
    pub fn small(nodes: &[SceneNode], width: f64, height: f64) -> Ring {
        seating::small(nodes, (width, height))
    }

    pub fn seat_of(&self, id: NodeId) -> Option<&Seat> {
        self.seats.iter().find(|seat| seat.id == id)
    }

    /// The node's place; the middle of the stage if it has none.
    pub fn at(&self, id: NodeId) -> Point {
        let middle = Point { x: self.width / 2.0, y: self.height / 2.0 };
        self.seat_of(id).map_or(middle, |seat| seat.at)
    }

    /// All that a seat takes up: the node with its timer's arc, its words, its button.
    pub fn boxes(&self, seat: &Seat) -> Vec<Rect> {
        let mut boxes = vec![Rect::around(seat.at, self.radius + boxes::ARC * self.unit)];
        if seat.card.height > 0.0 {
            boxes.push(seat.card.rect());
        }
        boxes.extend(seat.button.map(|at| Rect::around(at, boxes::BUTTON * self.unit / 2.0)));
        boxes
    }

    /// Whether a box is on the stage and free of all nodes and their words.
    pub fn is_free(&self, rect: &Rect) -> bool {
        rect.is_within(self.width, self.height)
            && self.seats.iter().all(|seat| self.boxes(seat).iter().all(|own| !own.meets(rect)))
    }
}

/// How far from a node's rim a message begins and ends its way, so that it does not lie on the node.
const BESIDE: f64 = 17.0;
/// How far beside the link a message keeps, so that those that come the other way can pass.
const LANE: f64 = 5.0;

/// The straight way of a message between two nodes, on its own side of the link.
pub fn way(ring: &Ring, from: NodeId, to: NodeId) -> (Point, Point) {
    let (a, b) = between(ring, from, to, ring.radius + BESIDE * ring.unit);
    let length = a.distance(b).max(1.0);
    let aside = LANE * ring.unit / length;
    let (dx, dy) = ((a.y - b.y) * aside, (b.x - a.x) * aside);
    (Point { x: a.x + dx, y: a.y + dy }, Point { x: b.x + dx, y: b.y + dy })
}

/// The straight line between two nodes, from rim to rim.
pub fn line(ring: &Ring, from: NodeId, to: NodeId) -> (Point, Point) {
    between(ring, from, to, ring.radius)
}

fn between(ring: &Ring, from: NodeId, to: NodeId, inset: f64) -> (Point, Point) {
    let (a, b) = (ring.at(from), ring.at(to));
    let distance = a.distance(b).max(1.0);
    let rim = (inset / distance).min(0.45);
    (a.towards(b, rim), b.towards(a, rim))
}
