//! The stage as a small picture without words: for the catalogue.
//!
//! It is what stands inside an `svg` of [`WIDTH`] by [`HEIGHT`]. Colours are those of the page around it,
//! or, where there is none, the usual ones. Shape and outline say the role besides.

use std::fmt::Write;

use crate::labs::{Lab, Setup};
use crate::play::Session;
use crate::play::frame::{Point, Ring};
use crate::sim::{Condition, Look, Scene, Time};

pub const WIDTH: i64 = 320;
pub const HEIGHT: i64 = 180;

/// How long after its beginning a lab is shown.
pub const BEGIN: Time = Time(600_000);

/// At most so many messages are drawn.
const MESSAGES_MAX: usize = 12;

/// A lab soon after its beginning; nothing if it cannot begin.
pub fn first(lab: &'static Lab) -> String {
    let Ok(mut session) = Session::new(Setup::new(lab, 1)) else { return String::new() };
    session.seek_time(BEGIN);
    picture(&session.scene())
}

/// The picture as a file of its own, from which a page can take it by the name `card`.
pub fn file(lab: &'static Lab) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\"><g id=\"card\">{}</g></svg>\n",
        first(lab)
    )
}

/// Links, messages where they are, and nodes.
pub fn picture(scene: &Scene) -> String {
    let ring = Ring::small(&scene.nodes, WIDTH as f64, HEIGHT as f64);
    let mut svg = String::from("<path stroke=\"var(--link,#b4bac3)\" d=\"");
    for tie in &ring.ties {
        let ((x1, y1), (x2, y2)) = (whole(ring.at(tie.a)), whole(ring.at(tie.b)));
        put(&mut svg, format_args!("M{x1} {y1}L{x2} {y2}"));
    }
    svg.push_str("\"/>");
    for flight in scene.messages.iter().take(MESSAGES_MAX) {
        let message = &flight.message;
        let way = message.arrives_at.since(message.sent_at).us().max(1) as f64;
        let gone = scene.time.since(message.sent_at).us() as f64 / way;
        let at = ring.at(message.from).towards(ring.at(message.to), gone.clamp(0.15, 0.85));
        let (x, y) = whole(at);
        let (x, y) = (x - 6, y - 4);
        put(
            &mut svg,
            format_args!(
                "<rect fill=\"var(--ink,#1a1a1a)\" x=\"{x}\" y=\"{y}\" width=\"12\" height=\"8\" rx=\"4\"/>"
            ),
        );
    }
    let size = ring.radius as i64;
    for node in &scene.nodes {
        let fill = match (node.condition, node.view.look) {
            (Condition::Down, _) => "var(--down,#d9dce0)",
            (_, Look::Leader) => "var(--leader,#0072b2)",
            (_, Look::Candidate) => "var(--candidate,#e69f00)",
            (_, Look::Follower) => "var(--follower,#8ccbf0)",
            (_, Look::Client) => "var(--client,#e3e6ea)",
            (_, Look::Server | Look::Store | Look::Relay) => "var(--server,#d5e8f5)",
        };
        // Who asks and who answers is no peer: a square.
        let round = match node.view.look {
            Look::Leader | Look::Candidate | Look::Follower => size,
            Look::Client | Look::Server | Look::Store | Look::Relay => size / 3,
        };
        let (x, y) = whole(ring.at(node.id));
        let (left, top, wide) = (x - size, y - size, 2 * size);
        put(
            &mut svg,
            format_args!(
                "<rect fill=\"{fill}\" stroke=\"var(--outline,#1a1a1a)\" stroke-width=\"1.5\" x=\"{left}\" y=\"{top}\" width=\"{wide}\" height=\"{wide}\" rx=\"{round}\""
            ),
        );
        svg.push_str(match node.view.look {
            Look::Candidate => " stroke-dasharray=\"4 3\"/>",
            Look::Leader
            | Look::Follower
            | Look::Client
            | Look::Server
            | Look::Store
            | Look::Relay => "/>",
        });
        if node.view.look == Look::Leader {
            crown(&mut svg, x, y, size / 2);
        }
    }
    svg
}

/// The sign of who is in charge.
fn crown(svg: &mut String, x: i64, y: i64, half: i64) {
    let (left, right, high, low) = (x - half, x + half, y - half * 2 / 3, y + half * 2 / 3);
    let (a, b) = (x - half / 2, x + half / 2);
    put(
        svg,
        format_args!(
            "<path fill=\"var(--on-leader,#fff)\" d=\"M{left} {high}L{a} {y}L{x} {high}L{b} {y}L{right} {high}V{low}H{left}Z\"/>"
        ),
    );
}

fn whole(at: Point) -> (i64, i64) {
    (at.x as i64, at.y as i64)
}

fn put(svg: &mut String, part: std::fmt::Arguments<'_>) {
    // Writing into a text cannot fail.
    let _ = svg.write_fmt(part);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::ALL;

    #[test]
    fn every_lab_has_a_small_picture_with_all_its_nodes() {
        for lab in ALL {
            let file = file(lab);
            let picture = roxmltree::Document::parse(&file).unwrap();
            let nodes = picture.descendants().filter(|part| part.has_attribute("stroke-width"));
            let mut session = Session::new(Setup::new(lab, 1)).unwrap();
            session.seek_time(BEGIN);
            assert_eq!(nodes.count(), session.scene().nodes.len(), "{}", lab.id);
            assert!(file.len() < 6_000, "{}: {} bytes", lab.id, file.len());
        }
    }
}
