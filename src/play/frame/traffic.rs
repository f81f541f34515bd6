//! Messages on the stage: one by one while they are few, as a flow where a link carries many.

use litemap::LiteMap;

use crate::sim::trace::Loss;
use crate::sim::view::{Envelope, Fate, Flight};
use crate::sim::{MsgId, NodeId, Scene, Time};

use super::ring::{Point, Rect, Ring, way};
use super::words::initials;

/// From so many messages in one direction of a link on, a flow is drawn.
const FLOW_MIN: usize = 5;
/// At most so many messages are drawn one by one; beyond that, every link shows its flow.
const SINGLES_MAX: usize = 40;
/// How far along its way a message gets that meets a cut, that the link loses, or that nobody takes.
const CUT_AT: f64 = 0.5;
const LOST_AT: f64 = 0.8;
const REFUSED_AT: f64 = 0.97;
/// Where on its way a message stands while motion is not wanted.
const STILL_AT: f64 = 0.42;

/// What is on its way, as the stage shows it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Traffic {
    pub singles: Vec<Single>,
    pub flows: Vec<Flow>,
}

/// A message that is drawn by itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Single {
    pub id: MsgId,
    /// What stands on it: its kind in letters; of something larger, how far that has come: `4/7`.
    pub tag: String,
    /// What can be seen of its fate. That the link will lose it, nobody knows.
    pub fate: Option<&'static str>,
    pub label: Option<Label>,
}

/// Words beside a message, where there is room for them.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// How far below the message's middle they stand.
    pub below: f64,
    pub text: String,
}

/// Many messages in one direction of a link.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    pub from: NodeId,
    pub to: NodeId,
    pub count: usize,
    /// The kind that most of them are of.
    pub kind: &'static str,
}

/// What to draw of the messages in flight. Words stand beside them only while time stands still;
/// `chosen` is always drawn by itself.
pub fn traffic(scene: &Scene, ring: &Ring, chosen: Option<MsgId>, moving: bool) -> Traffic {
    let mut links: LiteMap<(NodeId, NodeId), Vec<&Flight>> = LiteMap::new();
    for flight in &scene.messages {
        links.entry((flight.message.from, flight.message.to)).or_default().push(flight);
    }
    let crowded = scene.messages.len() > SINGLES_MAX;
    let flows = |flights: &[&Flight]| flights.len() >= if crowded { 2 } else { FLOW_MIN };
    let mut shown = Traffic::default();
    let mut labels = Labels::default();
    for flight in &scene.messages {
        let message = &flight.message;
        let many = flows(&links[&(message.from, message.to)]);
        if many && chosen != Some(message.id) {
            continue;
        }
        let at = flight_at(flight, ring, scene.time, false);
        let chosen = chosen == Some(message.id);
        let fate = visible(flight.fate);
        let wanted = chosen || fate.is_some() || !moving && labels.is_new(flight);
        let kind = kind_words(message);
        let text = match fate {
            Some(fate) => format!("{kind} ({fate})"),
            None if chosen && !moving => format!("{kind} {}", message.text),
            None => kind,
        };
        let label = if wanted { labels.place(ring, at, text) } else { None };
        shown.singles.push(Single { id: message.id, tag: tag(message), fate, label });
    }
    for ((from, to), flights) in links {
        if flows(&flights) {
            shown.flows.push(Flow { from, to, count: flights.len(), kind: commonest(&flights) });
        }
    }
    shown
}

/// What stands on a message: `RV`; `4/7`.
pub fn tag(message: &Envelope) -> String {
    message.part.map_or_else(|| initials(message.kind), in_parts)
}

fn in_parts((part, of): (u32, u32)) -> String {
    format!("{part}/{of}")
}

/// A message's kind, and which part it is: `InstallSnapshot 4/7`.
pub fn kind_words(message: &Envelope) -> String {
    match message.part {
        None => message.kind.to_string(),
        Some(part) => format!("{} {}", message.kind, in_parts(part)),
    }
}

/// What can be seen of a message's fate while it travels.
fn visible(fate: Fate) -> Option<&'static str> {
    match fate {
        Fate::Travelling | Fate::Lost | Fate::Cut | Fate::Overflow => None,
        Fate::Waiting => Some("waiting"),
        Fate::Dropped => Some("dropped"),
        Fate::Corrupted => Some("damaged"),
    }
}

fn commonest(flights: &[&Flight]) -> &'static str {
    let mut counts: LiteMap<&'static str, usize> = LiteMap::new();
    for flight in flights {
        *counts.entry(flight.message.kind).or_default() += 1;
    }
    counts.into_iter().max_by_key(|&(_, count)| count).map_or("", |(kind, _)| kind)
}

/// Labels that have their places, and what they name.
#[derive(Default)]
struct Labels {
    taken: Vec<Rect>,
    named: Vec<(NodeId, &'static str, Time)>,
}

impl Labels {
    /// Whether no message that was sent together with this one has its name beside it.
    fn is_new(&mut self, flight: &Flight) -> bool {
        let message = &flight.message;
        let name = (message.from, message.kind, message.sent_at);
        let new = !self.named.contains(&name);
        self.named.push(name);
        new
    }

    fn place(&mut self, ring: &Ring, at: Point, text: String) -> Option<Label> {
        let (label, rect) = free_label(ring, at, text, &self.taken)?;
        self.taken.push(rect);
        Some(label)
    }
}

/// Words over or under a place on a link, if they fit there without lying on a node or its words.
pub fn label_at(ring: &Ring, at: Point, text: String) -> Option<Label> {
    free_label(ring, at, text, &[]).map(|(label, _)| label)
}

fn free_label(ring: &Ring, at: Point, text: String, taken: &[Rect]) -> Option<(Label, Rect)> {
    let half = text.chars().count() as f64 * 3.5 * ring.unit;
    let places = [-14.0, 23.0].map(|below| below * ring.unit);
    let found = places.into_iter().find_map(|below| {
        let base = at.y + below;
        let (top, bottom) = (base - 11.0 * ring.unit, base + 3.0 * ring.unit);
        let rect = Rect { left: at.x - half, top, right: at.x + half, bottom };
        let free = ring.is_free(&rect) && !taken.iter().any(|other| other.meets(&rect));
        free.then_some((below, rect))
    });
    found.map(|(below, rect)| (Label { below, text }, rect))
}

/// Where a message is at a moment; `still` if nothing is to move.
pub fn flight_at(flight: &Flight, ring: &Ring, now: Time, still: bool) -> Point {
    let message = &flight.message;
    let whole = message.arrives_at.since(message.sent_at).us().max(1) as f64;
    let gone = (now.since(message.sent_at).us() as f64 / whole).min(1.0);
    let share = match (flight.fate, still) {
        (Fate::Waiting, _) => 1.0,
        (_, true) => STILL_AT,
        (Fate::Cut, false) => gone.min(CUT_AT - 0.04),
        (Fate::Lost | Fate::Overflow, false) => gone.min(LOST_AT),
        (Fate::Travelling | Fate::Dropped | Fate::Corrupted, false) => gone,
    };
    let (from, to) = way(ring, message.from, message.to);
    from.towards(to, share)
}

/// What became of a message that did not arrive, and how far along its way.
pub fn loss_at(why: Loss) -> (&'static str, f64) {
    match why {
        Loss::Lost => ("lost", LOST_AT),
        Loss::Cut => ("cut off", CUT_AT),
        Loss::Dropped => ("dropped", REFUSED_AT),
        Loss::Corrupted => ("damaged: rejected", REFUSED_AT),
        Loss::Down => ("nobody there", REFUSED_AT),
        Loss::Overflow => ("no room", LOST_AT),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::play::frame::words::tests::scene;

    fn flight(id: u64, from: u8, to: u8, fate: Fate) -> Flight {
        let message = Envelope {
            id: MsgId(id),
            from: NodeId::server(from),
            to: NodeId::server(to),
            kind: "RequestVote",
            text: "term 4".into(),
            part: None,
            sent_at: Time(1_240_000 + id),
            arrives_at: Time(1_260_000),
        };
        Flight { message, fate }
    }

    fn crowd(per_link: &[(u8, u8, u64)]) -> (Scene, Ring) {
        let mut scene = scene(5);
        let mut id = 0;
        for &(from, to, count) in per_link {
            for _ in 0..count {
                scene.messages.push(flight(id, from, to, Fate::Travelling));
                id += 1;
            }
        }
        let ring = Ring::new(&scene.nodes, 720.0, 430.0, 1.0);
        (scene, ring)
    }

    #[test]
    fn a_link_that_carries_many_messages_shows_a_flow_with_their_number() {
        let (scene, ring) = crowd(&[(1, 2, 9), (2, 1, 2)]);
        let shown = traffic(&scene, &ring, Some(MsgId(3)), false);
        let (from, to) = (NodeId::server(1), NodeId::server(2));
        assert_eq!(shown.flows, [Flow { from, to, count: 9, kind: "RequestVote" }]);
        let singles: Vec<u64> = shown.singles.iter().map(|single| single.id.0).collect();
        assert_eq!(singles, [3, 9, 10], "the chosen one, and those of the quiet direction");
    }

    #[test]
    fn words_stand_beside_a_message_only_where_they_lie_on_nothing() {
        let (scene, ring) = crowd(&[(1, 2, 1), (1, 3, 1), (3, 4, 1), (5, 2, 1)]);
        for width in [320.0, 390.0, 720.0] {
            let ring = Ring::new(&scene.nodes, width, 300.0, 1.0);
            for flight in &scene.messages {
                for ms in 0..20 {
                    let at = flight_at(flight, &ring, Time(1_240_000 + ms * 1_000), false);
                    let Some(label) = label_at(&ring, at, "RequestVote".into()) else { continue };
                    let y = at.y + label.below;
                    let rect =
                        Rect { left: at.x - 38.0, top: y - 11.0, right: at.x + 38.0, bottom: y };
                    assert!(ring.is_free(&rect), "{width}: {label:?}");
                }
            }
        }
        let labels = |moving| {
            let shown = traffic(&scene, &ring, None, moving).singles;
            shown.iter().filter(|single| single.label.is_some()).count()
        };
        assert!(labels(false) > 0);
        assert_eq!(labels(true), 0, "nothing flickers while time runs");
    }

    #[test]
    fn what_is_sent_into_a_cut_dies_halfway_and_a_lost_message_a_little_later() {
        let (_, ring) = crowd(&[]);
        let end = Time(1_259_999);
        let way = way(&ring, NodeId::server(1), NodeId::server(2));
        let share = |fate| {
            let at = flight_at(&flight(0, 1, 2, fate), &ring, end, false);
            (way.0.distance(at) / way.0.distance(way.1) * 100.0) as u64
        };
        assert_eq!([share(Fate::Cut), share(Fate::Lost)], [46, 80]);
        assert!(share(Fate::Travelling) >= 99);
    }
}
