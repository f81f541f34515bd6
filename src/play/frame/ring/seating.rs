//! Which arrangement there is room for.

use crate::sim::view::SceneNode;
use crate::sim::{Look, NodeId};

use super::boxes::{self, Side};
use super::{Detail, Point, Ring, Seat, Tie};

/// The least and the largest radius of a node, at the usual text size, with words and without.
const RADII: (f64, f64) = (17.0, 40.0);
const RADIUS_OF_DOTS: f64 = 12.0;
/// How much room is between the rims of two nodes at least.
const BETWEEN: f64 = 22.0;
/// How much larger the nodes of the second arrangement must be to take the place of the first.
const MUCH: f64 = 1.3;
/// How many times as wide as high the ring is at most.
const FLAT: f64 = 2.4;
/// How far apart the handles of two links stand at least, where there is room.
const APART: f64 = 30.0;

/// Who stands where, roughly.
struct Cast {
    /// On the ring, in order; or all of the columns.
    members: Vec<NodeId>,
    clients: Vec<NodeId>,
    /// From those who ask to those who keep; empty if the nodes are peers.
    columns: Vec<Vec<NodeId>>,
}

impl Cast {
    fn new(nodes: &[SceneNode]) -> Cast {
        let mut columns: [Vec<NodeId>; 4] = Default::default();
        for node in nodes {
            columns[rank(node.view.look)].push(node.id);
        }
        let [clients, relays, servers, stores] = &columns;
        let members: Vec<NodeId> = nodes
            .iter()
            .filter(|node| node.view.look != Look::Client)
            .map(|node| node.id)
            .collect();
        let ranks = [relays, servers, stores].iter().filter(|rank| !rank.is_empty()).count();
        let peers = |node: &SceneNode| {
            matches!(node.view.look, Look::Leader | Look::Candidate | Look::Follower)
        };
        let chain = ranks > 1 || !clients.is_empty() && members.len() <= 3;
        let chain = chain && !nodes.iter().any(peers);
        let clients = clients.clone();
        let columns = columns.into_iter().filter(|column| chain && !column.is_empty()).collect();
        Cast { members, clients, columns }
    }
}

/// How far from those who ask.
fn rank(look: Look) -> usize {
    match look {
        Look::Client => 0,
        Look::Relay => 1,
        Look::Leader | Look::Candidate | Look::Follower | Look::Server => 2,
        Look::Store => 3,
    }
}

/// The ways to arrange nodes, the better ones first.
#[derive(Clone, Copy, PartialEq)]
enum Style {
    /// A ring, with the words beside the nodes, away from its middle.
    Beside,
    /// A ring, with the words above and below the nodes.
    Under,
    /// Columns, from left to right.
    Across,
    /// Rows, from top to bottom.
    Down,
}

/// The arrangement that shows most and has the largest nodes of all that fit.
pub fn seated(nodes: &[SceneNode], size: (f64, f64), unit: f64) -> Ring {
    let cast = Cast::new(nodes);
    let styles = if cast.columns.is_empty() {
        [Style::Beside, Style::Under]
    } else {
        [Style::Across, Style::Down]
    };
    let details = [Detail::Full, Detail::Words, Detail::Bare, Detail::Dots];
    for detail in details {
        let mut best: Option<Ring> = None;
        for style in styles {
            let fitting = largest(&cast, style, detail, size, unit);
            if let Some(ring) = fitting
                && best.as_ref().is_none_or(|best| ring.radius > best.radius * MUCH)
            {
                best = Some(ring);
            }
        }
        if let Some(ring) = best {
            return ring.tied(&cast);
        }
    }
    arranged(&cast, styles[1], Detail::Dots, size, unit, RADIUS_OF_DOTS * unit).tied(&cast)
}

/// With the largest radius at which nothing overlaps, if there is one.
fn largest(cast: &Cast, style: Style, detail: Detail, size: (f64, f64), unit: f64) -> Option<Ring> {
    let least = match detail {
        Detail::Full => RADII.0 + 6.0,
        Detail::Words => RADII.0 + 2.0,
        Detail::Bare => RADII.0,
        Detail::Dots => RADIUS_OF_DOTS,
    };
    let mut radius = RADII.1;
    while radius >= least {
        let ring = arranged(cast, style, detail, size, unit, radius * unit);
        if ring.is_sound() {
            return Some(ring);
        }
        radius -= 1.0;
    }
    None
}

fn arranged(
    cast: &Cast,
    style: Style,
    detail: Detail,
    (width, height): (f64, f64),
    unit: f64,
    radius: f64,
) -> Ring {
    let (seats, ties) = (Vec::new(), Vec::new());
    let mut ring = Ring { width, height, unit, radius, detail, seats, ties };
    match style {
        Style::Beside | Style::Under => ring.around(cast, style),
        Style::Across => ring.columns(&cast.columns),
        Style::Down => ring.rows(&cast.columns),
    }
    ring
}

/// The members alone, on an ellipse, or all in their columns.
pub fn small(nodes: &[SceneNode], (width, height): (f64, f64)) -> Ring {
    let cast = Cast::new(nodes);
    let radius = (height / (cast.members.len() as f64 + 6.0)).max(8.0);
    let (seats, ties, detail) = (Vec::new(), Vec::new(), Detail::Dots);
    let mut ring = Ring { width, height, unit: 1.0, radius, detail, seats, ties };
    if cast.columns.is_empty() {
        let margin = radius + 12.0;
        ring.ellipse(&cast.members, (width, height), (margin, margin), None);
    } else {
        ring.columns(&cast.columns);
    }
    ring.tied(&cast)
}

impl Ring {
    fn sit(&mut self, id: NodeId, at: Point, side: Side, outside: bool) {
        let (card, button) = boxes::card(self.detail, side, at, self.radius, self.unit, outside);
        self.seats.push(Seat { id, at, outside, card, button });
    }

    /// Nodes evenly on an ellipse, the first at the top, then clockwise; clients outside: at the right
    /// of a wide stage, at the bottom of a narrow one.
    fn around(&mut self, cast: &Cast, style: Style) {
        let beside = style == Style::Beside;
        let rim = self.radius + boxes::ARC * self.unit + 2.0;
        let probe = |side| {
            let at = Point { x: 0.0, y: 0.0 };
            boxes::card(self.detail, side, at, self.radius, self.unit, false).0
        };
        let (right, below) = (probe(Side::Right).rect(), probe(Side::Below).rect());
        let margin = if beside {
            (right.right.max(rim), right.bottom.max(rim))
        } else {
            (below.right.max(rim + (boxes::BUTTON + 2.0) * self.unit), below.bottom.max(rim))
        };
        let clients = boxes::card(
            self.detail,
            if beside { Side::Right } else { Side::Below },
            Point { x: 0.0, y: 0.0 },
            self.radius,
            self.unit,
            true,
        );
        let card = clients.0.rect();
        let button = clients.1.map_or(0.0, |at| at.x + boxes::BUTTON / 2.0 * self.unit);
        let narrow = self.width < 560.0 * self.unit;
        let (wide, high) = match (cast.clients.is_empty(), narrow) {
            (true, _) => (0.0, 0.0),
            (false, false) => (rim + card.right.max(button).max(rim) + 12.0 * self.unit, 0.0),
            (false, true) => (0.0, rim + card.bottom.max(rim)),
        };
        let room = (self.width - wide, self.height - high);
        self.ellipse(&cast.members, room, margin, Some(beside));
        let count = cast.clients.len() as f64;
        for (place, &id) in cast.clients.iter().enumerate() {
            let share = (place as f64 + 0.5) / count;
            let (x, y) = (self.width - wide + 12.0 * self.unit + rim, self.height - high + rim);
            if narrow {
                let side = if beside { Side::Right } else { Side::Below };
                let at = Point { x: self.width * share - card.left.max(0.0) / 2.0, y };
                self.sit(id, at, side, true);
            } else {
                let middle = (card.top.min(-rim) + card.bottom.max(rim)) / 2.0;
                let side = if beside { Side::Right } else { Side::Below };
                self.sit(id, Point { x, y: self.height * share - middle }, side, true);
            }
        }
    }

    /// Seats nodes evenly on an ellipse in so much room, this far from its edges at least, with their
    /// words beside them or above and below; `None` for no words.
    fn ellipse(
        &mut self,
        members: &[NodeId],
        room: (f64, f64),
        margin: (f64, f64),
        beside: Option<bool>,
    ) {
        let middle = Point { x: room.0 / 2.0, y: room.1 / 2.0 };
        let half_height = middle.y - margin.1;
        let half_width = (middle.x - margin.0).min(half_height * FLAT);
        let alone = members.len() == 1;
        for (place, &id) in members.iter().enumerate() {
            let angle = std::f64::consts::TAU * place as f64 / members.len() as f64;
            let (dx, dy) = if alone { (0.0, 0.0) } else { (libm::sin(angle), -libm::cos(angle)) };
            let at = Point { x: middle.x + dx * half_width, y: middle.y + dy * half_height };
            let side = match beside {
                Some(true) if dx < -0.1 => Side::Left,
                Some(true) => Side::Right,
                Some(false) if dy < -0.1 => Side::Above,
                Some(false) | None => Side::Below,
            };
            self.sit(id, at, side, false);
        }
    }

    /// The nodes of each rank under each other, from left to right.
    fn columns(&mut self, columns: &[Vec<NodeId>]) {
        let wide = self.width / columns.len() as f64;
        for (place, column) in columns.iter().enumerate() {
            let high = self.height / column.len() as f64;
            for (row, &id) in column.iter().enumerate() {
                let below = self.below();
                let at = Point {
                    x: wide * (place as f64 + 0.5),
                    y: high * (row as f64 + 0.5) - below / 2.0,
                };
                self.sit(id, at, Side::Below, id.letter() == 'c');
            }
        }
    }

    /// The nodes of each rank beside each other, from top to bottom.
    fn rows(&mut self, rows: &[Vec<NodeId>]) {
        let high = self.height / rows.len() as f64;
        for (place, row) in rows.iter().enumerate() {
            let wide = self.width / row.len() as f64;
            for (column, &id) in row.iter().enumerate() {
                let below = self.below();
                let at = Point {
                    x: wide * (column as f64 + 0.5),
                    y: high * (place as f64 + 0.5) - below / 2.0,
                };
                self.sit(id, at, Side::Below, id.letter() == 'c');
            }
        }
    }

    /// How far the words reach below a node's rim.
    fn below(&self) -> f64 {
        let at = Point { x: 0.0, y: 0.0 };
        let (card, _) = boxes::card(self.detail, Side::Below, at, self.radius, self.unit, false);
        card.rect().bottom.max(self.radius) - self.radius
    }

    /// Whether all is on the stage and nothing overlaps.
    fn is_sound(&self) -> bool {
        let all: Vec<_> = self.seats.iter().map(|seat| self.boxes(seat)).collect();
        let apart = 2.0 * self.radius + BETWEEN * self.unit;
        all.iter().enumerate().all(|(place, own)| {
            own.iter().all(|rect| rect.is_within(self.width, self.height))
                && all[place + 1..].iter().enumerate().all(|(next, others)| {
                    let other = &self.seats[place + 1 + next];
                    self.seats[place].at.distance(other.at) >= apart
                        && own.iter().all(|rect| others.iter().all(|other| !rect.meets(other)))
                })
        })
    }

    fn tied(mut self, cast: &Cast) -> Ring {
        if cast.columns.is_empty() {
            self.tie_all(&cast.members);
        }
        for pair in cast.columns.windows(2) {
            for &a in &pair[0] {
                for &b in &pair[1] {
                    self.tie(a, b);
                }
            }
        }
        self
    }

    fn tie_all(&mut self, members: &[NodeId]) {
        for (place, &a) in members.iter().enumerate() {
            for &b in &members[place + 1..] {
                self.tie(a, b);
            }
        }
    }

    fn tie(&mut self, a: NodeId, b: NodeId) {
        let handle = self.handle(a, b);
        self.ties.push(Tie { a, b, handle });
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
        let mut best = from.towards(to, shares[0]);
        for point in shares.map(|share| from.towards(to, share)) {
            if room(point) >= APART * self.unit {
                return point;
            }
            if room(point) > room(best) {
                best = point;
            }
        }
        best
    }
}
