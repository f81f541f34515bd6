//! The space–time diagram as a picture that stands alone: for slides, for paper, for a preview.
//!
//! Everything is inside: no style sheet, no script, no font. On paper and in black and white it still
//! says all, since every state has a texture and every end a shape of its own. A *blank* diagram has the
//! life lines and the acts, but no messages: a worksheet to draw on.

use litemap::LiteMap;
use std::collections::BTreeSet;

use crate::play::Session;
use crate::play::frame::{Diagram, Lane, LaneState, PointKind, Slant, SlantEnd};
use crate::sim::view::Fate;
use crate::sim::{Cause, Look, NodeId, Span, StepIndex, Time, Value};

/// The width of the picture, in its own units.
pub const WIDTH: i64 = 1_200;

/// Room for the nodes' names at the left.
const LEFT: i64 = 56;
/// Room for the title above, and for the times below.
const TOP: i64 = 44;
const BOTTOM: i64 = 40;
/// From life line to life line.
const LANE: i64 = 58;

/// At most so many steps of a run are drawn.
const STEPS_MAX: u64 = 4_000;

/// What a picture shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    pub title: String,
    /// The part of the run.
    pub from: Time,
    pub to: Time,
    /// Life lines and acts only, to draw the messages by hand.
    pub blank: bool,
}

/// The picture of a part of a session's run. The session stays where it is.
pub fn diagram(session: &mut Session, sheet: &Sheet) -> String {
    let mut steps = session.marks().between(sheet.from, sheet.to);
    steps.start = steps.start.max(steps.end.saturating_sub(STEPS_MAX));
    let here = (session.position(), session.clock());
    let diagram = drawn(session, steps, sheet);
    session.back_to(here);
    picture(&diagram, sheet)
}

fn drawn(session: &mut Session, range: std::ops::Range<StepIndex>, sheet: &Sheet) -> Diagram {
    let steps = session.steps(range.clone());
    let mut looks: LiteMap<&'static str, Look> = LiteMap::new();
    // How a role is drawn is in the scene: look at the moment after a node took it.
    for step in &steps {
        let role = step.changes.iter().find_map(|change| match (change.field, &change.new) {
            ("role", Value::Word(role)) => Some(*role),
            _ => None,
        });
        if role.is_some_and(|role| !looks.contains_key(role)) {
            session.seek_step(step.index + 1);
            for node in &session.scene().nodes {
                looks.insert(node.view.role, node.view.look);
            }
        }
    }
    session.seek_step(range.end);
    Diagram::new(sheet.from, sheet.to, &session.scene(), &steps, &looks)
}

/// Places on the sheet.
struct Axes {
    from: Time,
    span: Span,
    height: i64,
}

impl Axes {
    /// How far right a moment is, in tenths.
    fn x(&self, time: Time) -> i64 {
        let along = time.0 as i128 - self.from.0 as i128;
        let room = i128::from((WIDTH - LEFT - 16) * 10);
        let x = along * room / i128::from(self.span.us().max(1));
        LEFT * 10 + x.clamp(-400, room + 400) as i64
    }

    fn y(row: usize) -> i64 {
        (TOP + LANE / 2 + LANE * row as i64) * 10
    }
}

/// Tenths as the number that they are.
fn px(tenths: i64) -> String {
    let sign = if tenths < 0 { "-" } else { "" };
    let (whole, rest) = (tenths.abs() / 10, tenths.abs() % 10);
    if rest == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{rest}") }
}

fn picture(diagram: &Diagram, sheet: &Sheet) -> String {
    let height = TOP + BOTTOM + LANE * diagram.lanes.len().max(1) as i64;
    let axes = Axes { from: diagram.from, span: diagram.to.since(diagram.from), height };
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
         height=\"{height}\" role=\"img\" font-family=\"system-ui,sans-serif\" font-size=\"13\" \
         fill=\"#1a1a1a\">\n<title>{}</title>\n<rect width=\"{WIDTH}\" height=\"{height}\" \
         fill=\"#fff\"/>\n<text x=\"16\" y=\"26\" font-size=\"17\" font-weight=\"600\">{}</text>\n",
        escaped(&sheet.title),
        escaped(&sheet.title),
    );
    failing(diagram, &axes, &mut svg);
    times(&axes, &mut svg);
    for (row, lane) in diagram.lanes.iter().enumerate() {
        life_line(lane, row, &axes, &mut svg);
    }
    if !sheet.blank {
        // One word for all copies of a broadcast.
        let mut named: BTreeSet<(NodeId, &'static str, Time)> = BTreeSet::new();
        let wordy = diagram.slants.len() <= 80;
        for slant in &diagram.slants {
            let first = named.insert((slant.from, slant.kind, slant.sent_at));
            message(slant, diagram, &axes, wordy && first, &mut svg);
        }
    }
    points(diagram, &axes, &mut svg);
    svg.push_str("</svg>\n");
    svg
}

/// The time in which users were failed, shaded and named.
fn failing(diagram: &Diagram, axes: &Axes, svg: &mut String) {
    for stretch in &diagram.failing {
        let (from, to) = (axes.x(stretch.from), axes.x(stretch.to));
        let height = axes.height - TOP - BOTTOM;
        svg.push_str(&format!(
            "<rect x=\"{}\" y=\"{TOP}\" width=\"{}\" height=\"{height}\" fill=\"#d55e00\" \
             fill-opacity=\"0.14\"/>\n<text x=\"{}\" y=\"{}\" font-size=\"12\" \
             fill=\"#8a3d00\">{}</text>\n",
            px(from),
            px((to - from).max(10)),
            px(from + 40),
            TOP - 4,
            escaped(&stretch.text),
        ));
    }
}

/// Round moments along the foot, at most a dozen.
fn times(axes: &Axes, svg: &mut String) {
    let round = [1_u64, 2, 5];
    let tick = (0..12)
        .flat_map(|power| round.map(|digit| digit * 10_u64.pow(power)))
        .find(|tick| axes.span.us() / tick <= 12)
        .unwrap_or(u64::MAX);
    let foot = axes.height - BOTTOM;
    let mut time = axes.from.0.div_ceil(tick) * tick;
    while time <= axes.from.0 + axes.span.us() {
        let x = px(axes.x(Time(time)));
        svg.push_str(&format!(
            "<path d=\"M{x} {TOP}V{foot}\" stroke=\"#e1e4e8\"/>\n<text x=\"{x}\" y=\"{}\" \
             text-anchor=\"middle\" font-size=\"12\" fill=\"#4b5159\">{}</text>\n",
            foot + 20,
            Time(time),
        ));
        time = time.saturating_add(tick);
    }
}

fn life_line(lane: &Lane, row: usize, axes: &Axes, svg: &mut String) {
    let y = Axes::y(row);
    svg.push_str(&format!(
        "<text x=\"{}\" y=\"{}\" text-anchor=\"end\" font-weight=\"600\">{}</text>\n",
        LEFT - 12,
        px(y + 45),
        lane.id,
    ));
    for (from, to, state) in &lane.states {
        let start = axes.x(*from);
        let (from, to) = (px(start), px(axes.x(*to)));
        let mut line = |y: i64, style: &str| {
            svg.push_str(&format!("<path d=\"M{from} {}H{to}\" {style}/>\n", px(y)));
        };
        match state {
            LaneState::Role(Look::Leader) => {
                line(y - 26, "stroke=\"#0072b2\" stroke-width=\"2.6\"");
                line(y + 26, "stroke=\"#0072b2\" stroke-width=\"2.6\"");
            }
            LaneState::Role(Look::Candidate) => {
                line(y, "stroke=\"#b37a00\" stroke-width=\"5\" stroke-dasharray=\"7 5\"");
            }
            LaneState::Role(Look::Follower | Look::Server | Look::Store | Look::Relay) => {
                line(y, "stroke=\"#4b5159\" stroke-width=\"2\"");
            }
            LaneState::Role(Look::Client) => line(y, "stroke=\"#767d87\" stroke-width=\"1.5\""),
            LaneState::Paused => {
                line(y, "stroke=\"#767d87\" stroke-width=\"2\" stroke-dasharray=\"2 5\"");
            }
            LaneState::Down => {
                line(y, "stroke=\"#b4bac3\" stroke-width=\"1\" stroke-dasharray=\"1 7\"");
                svg.push_str(&cross(start, y, 7));
            }
        }
    }
    let busy = lane.badges.len() > 20;
    for (time, badge) in lane.badges.iter().filter(|_| !busy) {
        let (x, y) = (px(axes.x(*time) + 30), px(y - 80));
        svg.push_str(&format!(
            "<text x=\"{x}\" y=\"{y}\" font-size=\"11\" fill=\"#4b5159\">{}</text>\n",
            escaped(badge)
        ));
    }
}

fn message(slant: &Slant, diagram: &Diagram, axes: &Axes, wordy: bool, svg: &mut String) {
    let (x1, y1) = (axes.x(slant.sent_at), Axes::y(diagram.row(slant.from)));
    let (mut x2, mut y2) = (axes.x(slant.ends_at), Axes::y(diagram.row(slant.to)));
    let dead = match slant.end {
        SlantEnd::Arrived => false,
        SlantEnd::Lost(_) => true,
        SlantEnd::Flying(fate) => !matches!(fate, Fate::Travelling | Fate::Waiting),
    };
    if dead {
        // It never got there.
        (x2, y2) = (x1 + (x2 - x1) * 8 / 10, y1 + (y2 - y1) * 8 / 10);
    }
    let stroke = if dead { "#b34e00" } else { "#4b5159" };
    svg.push_str(&format!(
        "<g><title>{} {} to {}: {}</title><path d=\"M{} {}L{} {}\" stroke=\"{stroke}\"/>",
        slant.kind,
        slant.from,
        slant.to,
        escaped(&slant.text),
        px(x1),
        px(y1),
        px(x2),
        px(y2),
    ));
    if dead {
        svg.push_str(&cross(x2, y2, 5));
    } else {
        svg.push_str(&format!("<circle cx=\"{}\" cy=\"{}\" r=\"2.5\"/>", px(x2), px(y2)));
    }
    if wordy {
        let (x, y) = (x1 + (x2 - x1) * 3 / 10, y1 + (y2 - y1) * 3 / 10);
        svg.push_str(&format!(
            "<text x=\"{}\" y=\"{}\" font-size=\"10\" stroke=\"#fff\" stroke-width=\"3\" \
             paint-order=\"stroke\">{}</text>",
            px(x + 30),
            px(y),
            slant.kind,
        ));
    }
    svg.push_str("</g>\n");
}

/// What was done, and what broke: a mark at the node, or a line across all of them.
fn points(diagram: &Diagram, axes: &Axes, svg: &mut String) {
    let foot = axes.height - BOTTOM;
    for point in &diagram.points {
        let fill = match point.kind {
            PointKind::Input => "#d55e00",
            PointKind::Violation => "#b3002d",
            PointKind::Timer | PointKind::Start | PointKind::Held | PointKind::Arrival => continue,
        };
        let x = px(axes.x(point.time));
        let (mark, words) = match point.node {
            Some(node) => {
                let y = Axes::y(diagram.row(node));
                let top = px(y - 60);
                (format!("M{x} {top}l6 6l-6 6l-6 -6z\" fill=\"{fill}"), y + 200)
            }
            None => (format!("M{x} {TOP}V{foot}\" stroke-dasharray=\"5 4"), foot * 10 - 40),
        };
        svg.push_str(&format!(
            "<g><title>{}: {}</title><path d=\"{mark}\" stroke=\"{fill}\"/><text x=\"{}\" y=\"{}\" \
             font-size=\"11\" fill=\"#8a3d00\" stroke=\"#fff\" stroke-width=\"3\" \
             paint-order=\"stroke\">{}</text></g>\n",
            point.time,
            escaped(&point.text),
            px(axes.x(point.time) + 40),
            px(words),
            escaped(&point.text),
        ));
    }
}

/// A cross about a point, each arm so long.
fn cross(x: i64, y: i64, arm: i64) -> String {
    let (left, top) = (px(x - arm * 10), px(y - arm * 10));
    let right = px(x + arm * 10);
    let across = 2 * arm;
    format!(
        "<path d=\"M{left} {top}l{across} {across}M{right} {top}l-{across} {across}\" \
         stroke=\"#1a1a1a\" stroke-width=\"2\"/>"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

/// The part of a run that says most in one picture: around its first fault, or its beginning.
pub fn telling_part(session: &mut Session, span: Span) -> (Time, Time) {
    let end = session.position();
    let steps = session.steps(0..end);
    let fault = steps.iter().find(|step| match &step.cause {
        Cause::Input { fault, .. } => fault.is_some(),
        Cause::Start
        | Cause::Deliver(_)
        | Cause::Timer(_)
        | Cause::Undelivered { .. }
        | Cause::Held(_) => false,
    });
    let from = fault.map_or(Time::ZERO, |step| Time(step.time.0.saturating_sub(span.us() / 5)));
    (from, from + span)
}
