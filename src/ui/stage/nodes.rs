//! A node on the stage: its shape, its icon, its words.

use crate::ui::dom::classes;
use markup::html;
use yew::prelude::Html;

use crate::ui::piece::Piece;

use faultline::play::frame::{
    BeliefCrown, Detail, Newest, NodeCard, Seat, Side, StripEntry, cropped,
};
use faultline::sim::{Condition, Look, NodeId, Standing};

use crate::ui::parts::{Icon, px};

/// All that is drawn of a node. One renders again only when its own face changed.
#[derive(Clone, PartialEq)]
pub struct Face {
    pub id: NodeId,
    pub seat: Seat,
    pub look: Look,
    pub role: &'static str,
    pub badge: Option<String>,
    pub condition: Condition,
    pub standing: Option<Standing>,
    /// What is out of the ordinary, in words.
    pub states: Vec<String>,
    /// Whether others take it for failed.
    pub suspected: bool,
    /// What stands beside it, and the one word where there is no room for more.
    pub card: NodeCard,
    pub word: String,
    /// Whether it has a timer to draw.
    pub timer: bool,
    pub selected: bool,
    pub lit: bool,
    /// Its group, while a partition is put together.
    pub group: Option<char>,
    /// What a screen reader says.
    pub name: String,
}

impl Face {
    fn class(&self) -> String {
        let look = match self.look {
            Look::Leader => "leader",
            Look::Candidate => "candidate",
            Look::Follower => "follower",
            Look::Client => "client",
            Look::Server => "server",
            Look::Store => "store",
            Look::Relay => "relay",
        };
        let condition = match self.condition {
            Condition::Up => "up",
            Condition::Paused => "paused",
            Condition::Down => "down",
        };
        let standing = match self.standing {
            Some(Standing::Learns) => "learns",
            Some(Standing::Outside) => "outside",
            Some(Standing::VotesInOld) => "leaving",
            Some(Standing::Votes | Standing::VotesInBoth | Standing::VotesInNew) | None => "",
        };
        classes!(
            "node",
            look,
            condition,
            standing,
            self.selected.then_some("selected"),
            self.lit.then_some("lit")
        )
    }

    fn icon(&self) -> Icon {
        match self.condition {
            Condition::Down => Icon::Cross,
            Condition::Paused => Icon::Pause,
            Condition::Up => match (self.standing, self.look) {
                (Some(Standing::Learns), Look::Follower) => Icon::Learner,
                (Some(Standing::Outside), Look::Follower) => Icon::Outside,
                _ => Icon::of_look(self.look),
            },
        }
    }
}

#[derive(PartialEq)]
pub struct NodePicture {
    pub face: Face,
    /// As in [`Ring`](faultline::play::frame::Ring).
    pub radius: f64,
    pub unit: f64,
    pub detail: Detail,
}

impl Piece for NodePicture {
    fn html(&self) -> Html {
        view(self)
    }
}

fn view(props: &NodePicture) -> Html {
    let NodePicture { face, radius, unit, .. } = props;
    let (r, u) = (*radius, *unit);
    let at = face.seat.at;
    let transform = format!("translate({} {})", px(at.x), px(at.y));
    html! {
        <g class={face.class()} {transform}>
            if face.selected || face.lit { <circle class="glow" r={px(r + 11.0 * u)} /> }
            { arc(face, r + 6.0 * u) }
            { shape(face, r) }
            { inside(props) }
            { card(props) }
            { marks(face, r, u) }
        </g>
    }
}

fn arc(face: &Face, r: f64) -> Html {
    if !face.timer || face.look == Look::Client {
        return html! {};
    }
    let ring = px(r);
    html! {
        <>
            <circle class="arc-track" r={ring.clone()} />
            <circle class="arc" r={ring} pathLength="1" transform="rotate(-90)"
                data-arc={face.id.to_string()} />
        </>
    }
}

/// Round for those who decide together, six corners for who only learns, square for those who ask or serve, flat on top for stores.
fn shape(face: &Face, r: f64) -> Html {
    let down = face.condition == Condition::Down;
    if face.standing == Some(Standing::Learns) {
        let (x, y) = (px(r * 0.9), px(r * 0.52));
        let six = |class: &'static str, fill: Option<&'static str>| {
            let d = format!("M0 -{r}L{x} -{y}V{y}L0 {r}L-{x} {y}V-{y}z", r = px(r));
            html! { <path {class} {fill} {d} /> }
        };
        return html! {
            <>{ six("body", None) } if down { { six("hatched", Some("url(#hatch)")) } }</>
        };
    }
    let round = match face.look {
        Look::Leader | Look::Candidate | Look::Follower => None,
        Look::Client => Some(0.28),
        Look::Server => Some(0.12),
        Look::Relay => Some(0.7),
        Look::Store => Some(0.0),
    };
    if let Some(corner) = round {
        let (start, side) = (px(-r * 0.88), px(r * 1.76));
        let square = |class: &'static str, fill: Option<&'static str>| {
            html! {
                <rect {class} {fill} x={start.clone()} y={start.clone()} width={side.clone()}
                    height={side.clone()} rx={px(r * corner)} />
            }
        };
        return html! {
            <>{ square("body", None) } if down { { square("hatched", Some("url(#hatch)")) } }</>
        };
    }
    html! {
        <>
            <circle class="body" r={px(r)} />
            if down { <circle class="hatched" r={px(r)} fill="url(#hatch)" /> }
            if face.look == Look::Leader && !down { <circle class="inner" r={px(r - 4.5)} /> }
        </>
    }
}

fn inside(props: &NodePicture) -> Html {
    let NodePicture { face, radius, unit, .. } = props;
    let (r, u) = (*radius, *unit);
    let badge = face.badge.clone().filter(|badge| fits(badge, r, u));
    let (icon_y, id_y) = if badge.is_some() { (-r * 0.5, r * 0.16) } else { (-r * 0.42, r * 0.38) };
    html! {
        <>
            { face.icon().at(0.0, icon_y, (r * 0.52).max(12.0 * u)) }
            <text class="node-id" y={px(id_y)} font-size={px((r * 0.5).max(13.0 * u))}>
                { face.id.to_string() }
            </text>
            if let Some(badge) = badge {
                <text class="node-badge" y={px(r * 0.56)} font-size={px(badge_size(r, u))}>
                    { badge }
                </text>
            }
        </>
    }
}

/// Whether a badge can stand inside the node; else it stands among the words.
fn fits(badge: &str, r: f64, u: f64) -> bool {
    r >= 20.0 * u && badge.len() as f64 * badge_size(r, u) * 0.58 <= 1.6 * r
}

/// Whether a badge, `leader n5`, is about this.
fn is_about(badge: &str, about: &str) -> bool {
    badge.split(' ').next() == Some(about)
}

fn badge_size(r: f64, u: f64) -> f64 {
    (r * 0.31).clamp(9.5 * u, 13.0 * u)
}

/// How many letters of a line fit into a pixel of a card, at the usual text size.
const LETTERS: f64 = 1.0 / 7.5;

/// What stands beside the node, in as many lines as there is room for.
fn card(props: &NodePicture) -> Html {
    let NodePicture { face, radius, unit, detail } = props;
    let (seat, u) = (face.seat, *unit);
    // The barest words are smaller.
    let smaller = if *detail == Detail::Bare { 12.5 / 11.0 } else { 1.0 };
    let letters = (seat.card.width / u * LETTERS * smaller) as usize;
    let (left, top) = (seat.card.left - seat.at.x, seat.card.top - seat.at.y);
    let x = match seat.card.side {
        Side::Left => left + seat.card.width,
        Side::Right => left,
        Side::Above | Side::Below => left + seat.card.width / 2.0,
    };
    let side = match seat.card.side {
        Side::Left => "left",
        Side::Right => "right",
        Side::Above | Side::Below => "middle",
    };
    let line = |class: &'static str, y: f64, words: &str| {
        html! { <text {class} x={px(x)} y={px(top + y * u)}>{ cropped(words, letters) }</text> }
    };
    let body = match detail {
        Detail::Dots => return html! {},
        // Its letters are smaller.
        Detail::Bare => {
            let letters = letters * 5 / 4;
            html! { <text class="node-words bare" x={px(x)} y={px(top + 11.0 * u)}>{ cropped(&face.word, letters) }</text> }
        }
        Detail::Words => line("node-words", 13.0, &face.word),
        Detail::Full => {
            // What the crown says already need not be said twice.
            let told = face.card.crown.as_ref().map_or("", |crown| crown.about);
            let badge = face.badge.iter();
            let badge = badge.filter(|badge| !fits(badge, *radius, u) && !is_about(badge, told));
            let states: Vec<String> = badge.chain(&face.card.states).cloned().collect();
            html! {
                <>
                    { line("node-words role", 13.0, &face.card.role) }
                    if !states.is_empty() { { line("node-words", 28.0, &states.join(", ")) } }
                    if seat.card.height > 40.0 * u { { third_line(props, x, top + 34.0 * u) } }
                </>
            }
        }
    };
    html! { <g class={classes!("card-words", side)}>{ body }</g> }
}

/// The belief crown, then the newest of what the node keeps.
fn third_line(props: &NodePicture, x: f64, y: f64) -> Html {
    let NodeCard { crown, strip, .. } = &props.face.card;
    let u = props.unit;
    let first = crown.as_ref().map_or(0.0, |crown| crown_width(crown, u) + 4.0 * u);
    let strip = &fitting(strip, props.face.seat.card.width - first, u);
    let whole = first + strip_width(strip, u);
    let left = match props.face.seat.card.side {
        Side::Left => x - whole,
        Side::Right => x,
        Side::Above | Side::Below => x - whole / 2.0,
    };
    html! {
        <>
            if let Some(crown) = crown { { belief(crown, left, y, u) } }
            { newest(strip, left + first, y, u) }
        </>
    }
}

fn crown_width(crown: &BeliefCrown, u: f64) -> f64 {
    let letters = cropped(&crown.believes, 6).chars().count() as f64;
    (32.0 + letters * 7.6) * u
}

/// Whom the node believes in, with a tick if that is so and a cross if it is not.
fn belief(crown: &BeliefCrown, x: f64, y: f64, u: f64) -> Html {
    let (icon, verdict, class) = match (crown.about == "leader", crown.right) {
        (true, true) => (Icon::Crown, Icon::Check, "belief right"),
        (true, false) => (Icon::Crown, Icon::Cross, "belief wrong"),
        (false, true) => (Icon::Eye, Icon::Check, "belief right"),
        (false, false) => (Icon::Eye, Icon::Cross, "belief wrong"),
    };
    let (width, middle) = (crown_width(crown, u), y + 9.0 * u);
    html! {
        <g {class}>
            <rect x={px(x)} y={px(y)} width={px(width)} height={px(18.0 * u)} rx={px(9.0 * u)} />
            { icon.at(x + 10.0 * u, middle, 11.0 * u) }
            <text x={px(x + 17.0 * u)} y={px(y + 13.0 * u)}>{ cropped(&crown.believes, 6) }</text>
            { verdict.at(x + width - 9.0 * u, middle, 10.0 * u) }
        </g>
    }
}

const CELL: f64 = 14.0;
const LEVEL: f64 = 40.0;

fn strip_width(strip: &Newest, u: f64) -> f64 {
    match strip {
        Newest::Nothing => 0.0,
        Newest::Log(entries) => entries.len() as f64 * CELL * u,
        Newest::Level { .. } => LEVEL * u,
        Newest::State(state) => state.chars().count() as f64 * 7.5 * u,
    }
}

/// As much of a log as there is room for, its newest entries.
fn fitting(strip: &Newest, width: f64, u: f64) -> Newest {
    match strip {
        Newest::Log(entries) => {
            let room = (width / (CELL * u)).max(1.0) as usize;
            Newest::Log(entries[entries.len().saturating_sub(room)..].to_vec())
        }
        Newest::Nothing | Newest::Level { .. } | Newest::State(_) => strip.clone(),
    }
}

fn newest(strip: &Newest, x: f64, y: f64, u: f64) -> Html {
    match strip {
        Newest::Nothing => html! {},
        Newest::Log(entries) => log_strip(entries, x, y, u),
        Newest::Level { percent, text } => html! {
            <g class="level">
                <rect class="level-track" x={px(x)} y={px(y + 3.0 * u)} width={px(LEVEL * u)} height={px(12.0 * u)} rx={px(3.0 * u)} />
                <rect class={classes!("level-bar", (*percent >= 90).then_some("full"))} x={px(x)} y={px(y + 3.0 * u)}
                    width={px(LEVEL * u * *percent as f64 / 100.0)} height={px(12.0 * u)} rx={px(3.0 * u)} />
                <text class="strip-words" x={px(x + LEVEL * u / 2.0)} y={px(y + 13.0 * u)}>{ cropped(text, 8) }</text>
            </g>
        },
        Newest::State(state) => html! {
            <text class="node-words state" x={px(x)} y={px(y + 13.0 * u)}>{ *state }</text>
        },
    }
}

/// The last entries by their terms: full if they are committed, and a bar where that ends.
fn log_strip(entries: &[StripEntry], x: f64, y: f64, u: f64) -> Html {
    let committed = entries.iter().filter(|entry| entry.committed).count();
    let cell = CELL * u;
    let end = x + committed as f64 * cell;
    html! {
        <g class="log-strip">
            { for entries.iter().enumerate().map(|(place, entry)| {
                let left = x + place as f64 * cell;
                let class = if entry.committed { "cell committed" } else { "cell" };
                html! {
                    <>
                        <rect {class} x={px(left + 0.5)} y={px(y + u)} width={px(cell - 1.0)} height={px(16.0 * u)} />
                        <text class="strip-words" x={px(left + cell / 2.0)} y={px(y + 13.0 * u)}>{ entry.term }</text>
                    </>
                }
            }) }
            if committed > 0 { <line class="commit" x1={px(end)} y1={px(y - u)} x2={px(end)} y2={px(y + 19.0 * u)} /> }
        </g>
    }
}

/// Small signs on the rim: suspected, slow, in a group. They stand towards the middle of the stage or
/// away from the words.
fn marks(face: &Face, r: f64, u: f64) -> Html {
    let rim = r * 0.76;
    let side = if face.seat.card.side == Side::Left { 1.0 } else { -1.0 };
    let slow = face.states.iter().any(|state| state.starts_with("slow"));
    let skewed = face.states.iter().any(|state| state.starts_with("clock"));
    html! {
        <>
            if let Some(half) = face.card.half { { half_word(half, r, u) } }
            if face.suspected { { sign("suspect", Icon::Question, side * rim, -rim, u) } }
            if slow { { sign("slow", Icon::Snail, side * rim, rim, u) } }
            if skewed { { sign("skewed", Icon::Clock, -side * rim, rim, u) } }
            if let Some(letter) = face.group {
                <g class={classes!("group", format!("group-{}", letter.to_ascii_lowercase()))}
                    transform={format!("translate({} {})", px(-side * rim), px(rim))}>
                    <rect x={px(-12.0 * u)} y={px(-12.0 * u)} width={px(24.0 * u)} height={px(24.0 * u)} rx="5" />
                    <text y={px(5.5 * u)}>{ letter.to_string() }</text>
                </g>
            }
        </>
    }
}

/// In which set of voters a node is, on its lower rim.
fn half_word(half: &'static str, r: f64, u: f64) -> Html {
    html! {
        <g class={classes!("half", half)} transform={format!("translate(0 {})", px(r + 2.5 * u))}>
            <rect x={px(-15.0 * u)} y={px(-6.5 * u)} width={px(30.0 * u)} height={px(13.0 * u)} rx={px(3.0 * u)} />
            <text y={px(3.5 * u)}>{ half }</text>
        </g>
    }
}

fn sign(class: &'static str, icon: Icon, x: f64, y: f64, u: f64) -> Html {
    html! {
        <g class={classes!("sign", class)} transform={format!("translate({} {})", px(x), px(y))}>
            <circle r={px(10.0 * u)} />
            { icon.at(0.0, 0.0, 13.0 * u) }
        </g>
    }
}
