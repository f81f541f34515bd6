//! The links on the stage: faint while they work, with a bar where they are cut.

use crate::ui::dom::classes;
use markup::html;
use yew::prelude::Html;

use crate::ui::piece::{Piece, keyed};

use faultline::play::frame::{Point, Ring, SceneExt, line as rim_to_rim};
use faultline::sim::network::LinkSettings;
use faultline::sim::{NodeId, Ppm, Scene};

use crate::ui::parts::{Icon, px};
use crate::ui::shared::Shared;
use crate::ui::state::{Groups, Selection};

#[derive(PartialEq)]
pub struct Ties {
    pub scene: Shared<Scene>,
    pub ring: Shared<Ring>,
    pub selection: Selection,
    pub groups: Option<Shared<Groups>>,
}

impl Piece for Ties {
    fn html(&self) -> Html {
        ties(self)
    }
}

fn ties(props: &Ties) -> Html {
    let pairs = pairs(&props.scene, &props.ring);
    html! {
        <g class="ties">
            { for pairs.into_iter().map(|(a, b)| keyed(format!("{a}-{b}"), tie(props, a, b))) }
        </g>
    }
}

/// Every pair of the ring, and whichever other link is not as it should be.
fn pairs(scene: &Scene, ring: &Ring) -> Vec<(NodeId, NodeId)> {
    let mut pairs: Vec<(NodeId, NodeId)> = ring.ties.iter().map(|tie| (tie.a, tie.b)).collect();
    for link in &scene.links {
        let known = pairs
            .iter()
            .any(|&(a, b)| (a, b) == (link.from, link.to) || (b, a) == (link.from, link.to));
        if !known {
            pairs.push((link.from, link.to));
        }
    }
    pairs
}

fn tie(props: &Ties, a: NodeId, b: NodeId) -> TiePicture {
    let Ties { scene, ring, selection, groups } = props;
    let apart = groups.as_ref().is_some_and(|groups| groups.are_apart(a, b));
    let words = |from, to| {
        let link = scene.links.iter().find(|link| link.from == from && link.to == to)?;
        Some(differences(link.settings.as_ref()?, &scene.default_link))
    };
    let (there, back) = (words(a, b), words(b, a));
    let words = match (there, back) {
        (Some(there), Some(back)) if there == back => Some(there),
        (Some(there), _) => Some(format!("{a}→{b} {there}")),
        (None, Some(back)) => Some(format!("{b}→{a} {back}")),
        (None, None) => None,
    };
    let handle = ring.ties.iter().find(|tie| (tie.a, tie.b) == (a, b)).map(|tie| tie.handle);
    TiePicture {
        way: rim_to_rim(ring, a, b),
        handle,
        cut: (scene.is_cut(a, b), scene.is_cut(b, a)),
        selected: *selection == Selection::Link(a, b) || *selection == Selection::Link(b, a),
        apart,
        words,
    }
}

fn differences(settings: &LinkSettings, default: &LinkSettings) -> String {
    let mut parts = Vec::new();
    if settings.latency != default.latency {
        parts.push(settings.latency.to_string());
    }
    for (name, share, usual) in [
        ("loss", settings.loss, default.loss),
        ("twice", settings.duplication, default.duplication),
        ("damage", settings.corruption, default.corruption),
    ] {
        if share != usual && (share != Ppm::NEVER || usual != Ppm::NEVER) {
            parts.push(format!("{name} {share}"));
        }
    }
    parts.join(", ")
}

#[derive(PartialEq)]
struct TiePicture {
    way: (Point, Point),
    handle: Option<Point>,
    /// Whether it is cut from the first to the second, and back.
    cut: (bool, bool),
    selected: bool,
    /// Whether the partition that is being put together would cut it.
    apart: bool,
    /// Settings of its own, in words.
    words: Option<String>,
}

impl Piece for TiePicture {
    fn html(&self) -> Html {
        tie_picture(self)
    }
}

fn tie_picture(props: &TiePicture) -> Html {
    let TiePicture { way: (a, b), handle, cut, selected, apart, words } = props;
    let class = classes!(
        "tie",
        selected.then_some("selected"),
        apart.then_some("apart"),
        (*cut != (false, false)).then_some("half"),
        words.is_some().then_some("altered")
    );
    html! {
        <g {class}>
            if *cut != (true, true) { { line("open", *a, *b) } }
            if cut.0 { { stump(*a, *b) } }
            if cut.1 { { stump(*b, *a) } }
            if *cut == (true, false) { { arrow(*b, *a) } }
            if *cut == (false, true) { { arrow(*a, *b) } }
            if let (Some(words), Some(at)) = (words, handle) {
                <text class="tie-words" x={px(at.x)} y={px(at.y - 12.0)}>{ words }</text>
            }
            if *selected && let Some(at) = handle {
                <circle class="handle" cx={px(at.x)} cy={px(at.y)} r="13" />
                { Icon::Link.at(at.x, at.y, 15.0) }
            }
        </g>
    }
}

fn line(class: &'static str, a: Point, b: Point) -> Html {
    html! { <line {class} x1={px(a.x)} y1={px(a.y)} x2={px(b.x)} y2={px(b.y)} /> }
}

/// What is left of a direction that is cut: it ends at a bar, halfway.
fn stump(from: Point, to: Point) -> Html {
    let length = from.distance(to).max(1.0);
    let end = from.towards(to, 0.5 - (5.0 / length).min(0.1));
    let (dx, dy) = ((to.y - from.y) / length * 9.0, (from.x - to.x) / length * 9.0);
    let left = Point { x: end.x + dx, y: end.y + dy };
    let right = Point { x: end.x - dx, y: end.y - dy };
    html! { <>{ line("stump", from, end) }{ line("bar", left, right) }</> }
}

/// An arrow head in the direction that still works.
fn arrow(from: Point, to: Point) -> Html {
    let length = from.distance(to).max(1.0);
    let tip = from.towards(to, 0.72);
    let (ux, uy) = ((to.x - from.x) / length, (to.y - from.y) / length);
    let wing = |side: f64| {
        let (x, y) = (tip.x - ux * 11.0 - uy * 6.0 * side, tip.y - uy * 11.0 + ux * 6.0 * side);
        format!("{} {}", px(x), px(y))
    };
    let d = format!("M{} L{} {} L{}", wing(1.0), px(tip.x), px(tip.y), wing(-1.0));
    html! { <path class="way-open" {d} /> }
}
