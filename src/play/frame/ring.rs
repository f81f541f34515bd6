//! Where nodes and links stand on the stage.

use crate::sim::view::SceneNode;
use crate::sim::{Look, NodeId};

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
    /// The radius of every node.
    pub radius: f64,
    pub seats: Vec<Seat>,
    /// One for each pair of nodes on the ring.
    pub ties: Vec<Tie>,
}

/// Where a node stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seat {
    pub id: NodeId,
    pub at: Point,
    /// Whether it stands outside the ring, as clients do.
    pub outside: bool,
    /// On which side its words stand, away from the ring's middle.
    pub words: Side,
    /// Where the button that kills or restarts it stands.
    pub button: Point,
}

/// Above or below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Above,
    Below,
}

/// The link between two nodes of the ring, and where its handle is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tie {
    pub a: NodeId,
    pub b: NodeId,
    pub handle: Point,
}

/// The least and the largest radius of a node.
const RADII: (f64, f64) = (19.0, 40.0);
/// How much room is between the rims of two nodes at least.
const BETWEEN: f64 = 26.0;
/// How many times as wide as high the ring is at most.
const FLAT: f64 = 2.5;
/// How far apart the handles of two links stand at least, where there is room.
const APART: f64 = 30.0;

impl Ring {
    /// Places nodes evenly on an ellipse, the first at the top, then clockwise; clients stand outside:
    /// at the right of a wide stage, at the bottom of a narrow one.
    pub fn new(nodes: &[SceneNode], width: f64, height: f64) -> Ring {
        let outside = |node: &&SceneNode| node.view.look == Look::Client;
        let clients: Vec<NodeId> = nodes.iter().filter(outside).map(|node| node.id).collect();
        let members: Vec<NodeId> =
            nodes.iter().filter(|node| !outside(node)).map(|node| node.id).collect();
        let mut ring = Ring { width, height, radius: 0.0, seats: Vec::new(), ties: Vec::new() };
        ring.seat(&members, &clients);
        ring.tie(&members);
        ring
    }

    /// The members alone, without words and buttons: for a picture of a few fingers' width.
    pub fn small(nodes: &[SceneNode], width: f64, height: f64) -> Ring {
        let members: Vec<NodeId> = nodes
            .iter()
            .filter(|node| node.view.look != Look::Client)
            .map(|node| node.id)
            .collect();
        let radius = (height / (members.len() as f64 + 6.0)).max(8.0);
        let mut ring = Ring { width, height, radius, seats: Vec::new(), ties: Vec::new() };
        let (words, buttons) = (radius + 12.0, radius + 12.0);
        ring.ellipse(&members, (width, height), words, buttons);
        ring.tie(&members);
        ring
    }

    pub fn seat_of(&self, id: NodeId) -> Option<&Seat> {
        self.seats.iter().find(|seat| seat.id == id)
    }

    /// The node's place; the middle of the stage if it has none.
    pub fn at(&self, id: NodeId) -> Point {
        let middle = Point { x: self.width / 2.0, y: self.height / 2.0 };
        self.seat_of(id).map_or(middle, |seat| seat.at)
    }

    /// Takes the largest radius at which the nodes stand well apart.
    fn seat(&mut self, members: &[NodeId], clients: &[NodeId]) {
        let mut radius = RADII.1;
        loop {
            self.radius = radius;
            self.seats.clear();
            self.seat_members(members, !clients.is_empty());
            self.seat_clients(clients);
            if radius <= RADII.0 || self.least_distance() >= 2.0 * radius + BETWEEN {
                return;
            }
            radius -= 1.0;
        }
    }

    fn is_narrow(&self) -> bool {
        self.width < 560.0
    }

    fn seat_members(&mut self, members: &[NodeId], clients: bool) {
        let radius = self.radius;
        let (beside, below) = match (clients, self.is_narrow()) {
            (false, _) => (0.0, 0.0),
            (true, false) => (radius * 2.0 + 96.0, 0.0),
            (true, true) => (0.0, radius * 2.0 + 30.0),
        };
        // Words stand above and below the nodes, buttons beside them.
        let room = (self.width - beside, self.height - below);
        self.ellipse(members, room, radius + 29.0, radius + 40.0);
    }

    /// Seats nodes evenly on an ellipse in so much room, this far from its edges at least.
    fn ellipse(&mut self, members: &[NodeId], room: (f64, f64), words: f64, buttons: f64) {
        let radius = self.radius;
        let middle = Point { x: room.0 / 2.0, y: room.1 / 2.0 };
        let half_height = (middle.y - words).max(radius);
        let half_width = (middle.x - buttons).max(radius).min(half_height * FLAT);
        for (place, &id) in members.iter().enumerate() {
            let angle = std::f64::consts::TAU * place as f64 / members.len() as f64;
            let (dx, dy) = (libm::sin(angle), -libm::cos(angle));
            let at = Point { x: middle.x + dx * half_width, y: middle.y + dy * half_height };
            let words = if dy < -0.1 { Side::Above } else { Side::Below };
            let side = if dx < -0.1 { -1.0 } else { 1.0 };
            let button = Point { x: at.x + side * (radius + 18.0), y: at.y - radius * 0.62 };
            self.seats.push(Seat { id, at, outside: false, words, button });
        }
    }

    fn seat_clients(&mut self, clients: &[NodeId]) {
        let radius = self.radius;
        for (place, &id) in clients.iter().enumerate() {
            let share = (place as f64 + 0.5) / clients.len() as f64;
            let at = if self.is_narrow() {
                Point { x: self.width * share, y: self.height - radius - 26.0 }
            } else {
                Point { x: self.width - radius - 52.0, y: self.height * share - 14.0 }
            };
            let button = Point { x: at.x + radius + 18.0, y: at.y - radius * 0.62 };
            self.seats.push(Seat { id, at, outside: true, words: Side::Below, button });
        }
    }

    fn least_distance(&self) -> f64 {
        let pairs = self.seats.iter().enumerate().flat_map(|(place, seat)| {
            self.seats[place + 1..].iter().map(move |other| seat.at.distance(other.at))
        });
        pairs.fold(f64::MAX, f64::min)
    }

    fn tie(&mut self, members: &[NodeId]) {
        for (place, &a) in members.iter().enumerate() {
            for &b in &members[place + 1..] {
                let handle = self.handle(a, b);
                self.ties.push(Tie { a, b, handle });
            }
        }
    }

    /// The first place along the link that is far from all handles so far and from all nodes; the best
    /// of all if none is far enough.
    fn handle(&self, a: NodeId, b: NodeId) -> Point {
        let (from, to) = (self.at(a), self.at(b));
        let room = |point: Point| {
            let handles = self.ties.iter().map(|tie| tie.handle.distance(point));
            let nodes = self.seats.iter().map(|seat| seat.at.distance(point) - self.radius);
            handles.chain(nodes).fold(f64::MAX, f64::min)
        };
        let shares = [0.5, 0.44, 0.56, 0.38, 0.62, 0.32, 0.68, 0.27, 0.73];
        let points = shares.map(|share| from.towards(to, share));
        let roomy = points.iter().copied().find(|&point| room(point) >= APART);
        roomy.unwrap_or_else(|| {
            points.into_iter().fold(
                points[0],
                |best, point| {
                    if room(point) > room(best) { point } else { best }
                },
            )
        })
    }
}

/// How far from a node's rim a message begins and ends its way, so that it does not lie on the node.
const BESIDE: f64 = 15.0;

/// The straight way of a message between two nodes.
pub fn way(ring: &Ring, from: NodeId, to: NodeId) -> (Point, Point) {
    between(ring, from, to, ring.radius + BESIDE)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::play::frame::words::tests::node;

    fn ring(members: u8, clients: u8, width: f64, height: f64) -> Ring {
        let members = (1..=members).map(|n| node(NodeId::server(n), Look::Follower));
        let clients = (1..=clients).map(|n| node(NodeId::client(n), Look::Client));
        Ring::new(&members.chain(clients).collect::<Vec<_>>(), width, height)
    }

    const SIZES: [(f64, f64); 5] =
        [(1016.0, 430.0), (700.0, 380.0), (800.0, 300.0), (390.0, 330.0), (320.0, 300.0)];

    #[test]
    fn nodes_stand_on_the_stage_and_apart_at_every_count_and_size() {
        for (width, height) in SIZES {
            for members in 1..=9 {
                let ring = ring(members, 2, width, height);
                for (i, seat) in ring.seats.iter().enumerate() {
                    let Point { x, y } = seat.at;
                    assert!(x > ring.radius && x < width - ring.radius, "{members} {seat:?}");
                    assert!(y > ring.radius && y < height - ring.radius, "{members} {seat:?}");
                    for other in &ring.seats[i + 1..] {
                        let apart = seat.at.distance(other.at) - 2.0 * ring.radius;
                        assert!(apart > 2.0, "{width}×{height}, {members}: {seat:?} {other:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn every_pair_of_the_ring_has_a_handle_off_the_nodes() {
        for (width, height) in SIZES {
            for members in 2..=9 {
                let ring = ring(members, 0, width, height);
                assert_eq!(ring.ties.len(), usize::from(members) * usize::from(members - 1) / 2);
                for tie in &ring.ties {
                    let near = ring.seats.iter().map(|seat| seat.at.distance(tie.handle));
                    let near = near.fold(f64::MAX, f64::min);
                    assert!(near > ring.radius, "{width}×{height}, {members}: {tie:?}");
                }
            }
        }
    }

    #[test]
    fn a_seat_does_not_move_while_a_node_changes() {
        let mut nodes =
            vec![node(NodeId::server(1), Look::Follower), node(NodeId::server(2), Look::Follower)];
        let before = Ring::new(&nodes, 700.0, 400.0);
        nodes[1].view.look = Look::Leader;
        nodes[0].condition = crate::sim::Condition::Down;
        assert_eq!(Ring::new(&nodes, 700.0, 400.0), before);
    }
}
