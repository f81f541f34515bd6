//! A node on the stage: its shape, its icon, its words.

use crate::ui::dom::classes;
use markup::html;
use yew::prelude::Html;

use crate::ui::piece::Piece;

use faultline::play::frame::{Seat, Side};
use faultline::sim::{Condition, Look, NodeId};

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
    /// What is out of the ordinary, in words.
    pub states: Vec<String>,
    /// How many others take it for failed.
    pub suspected: usize,
    /// What waits because it is paused.
    pub waiting: u64,
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
        classes!(
            "node",
            look,
            condition,
            self.selected.then_some("selected"),
            self.lit.then_some("lit")
        )
    }

    fn icon(&self) -> Icon {
        match self.condition {
            Condition::Down => Icon::Cross,
            Condition::Paused => Icon::Pause,
            Condition::Up => Icon::of_look(self.look),
        }
    }
}

#[derive(PartialEq)]
pub struct NodePicture {
    pub face: Face,
    pub radius: f64,
}

impl Piece for NodePicture {
    fn html(&self) -> Html {
        view(self)
    }
}

fn view(props: &NodePicture) -> Html {
    let NodePicture { face, radius } = props;
    let r = *radius;
    let at = face.seat.at;
    let transform = format!("translate({} {})", px(at.x), px(at.y));
    html! {
        <g class={face.class()} {transform}>
            if face.selected || face.lit { <circle class="glow" r={px(r + 14.0)} /> }
            { arc(face, r) }
            { shape(face, r) }
            { inside(face, r) }
            { words(face, r) }
            { marks(face, r) }
        </g>
    }
}

fn arc(face: &Face, r: f64) -> Html {
    if !face.timer || face.look == Look::Client {
        return html! {};
    }
    let ring = px(r + 6.5);
    html! {
        <>
            <circle class="arc-track" r={ring.clone()} />
            <circle class="arc" r={ring} pathLength="1" transform="rotate(-90)"
                data-arc={face.id.to_string()} />
        </>
    }
}

fn shape(face: &Face, r: f64) -> Html {
    let down = face.condition == Condition::Down;
    if face.look == Look::Client {
        let (start, side) = (px(-r * 0.86), px(r * 1.72));
        let square = |class: &'static str, fill: Option<&'static str>| {
            html! {
                <rect {class} {fill} x={start.clone()} y={start.clone()} width={side.clone()}
                    height={side.clone()} rx={px(r * 0.28)} />
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

fn inside(face: &Face, r: f64) -> Html {
    let badge = face.badge.clone().filter(|badge| fits(badge, r));
    let (icon_y, id_y) = if badge.is_some() { (-r * 0.5, r * 0.16) } else { (-r * 0.42, r * 0.38) };
    html! {
        <>
            { face.icon().at(0.0, icon_y, (r * 0.52).max(12.0)) }
            <text class="node-id" y={px(id_y)} font-size={px((r * 0.5).max(13.0))}>
                { face.id.to_string() }
            </text>
            if let Some(badge) = badge {
                <text class="node-badge" y={px(r * 0.56)} font-size={px(badge_size(r))}>
                    { badge }
                </text>
            }
        </>
    }
}

/// Whether a badge can stand inside the node; else it stands among the words.
fn fits(badge: &str, r: f64) -> bool {
    r >= 20.0 && badge.len() as f64 * badge_size(r) * 0.58 <= 1.6 * r
}

fn badge_size(r: f64) -> f64 {
    (r * 0.31).clamp(9.5, 13.0)
}

/// Role and states, away from the middle of the ring.
fn words(face: &Face, r: f64) -> Html {
    let role = match face.condition {
        Condition::Down => "crashed".to_string(),
        Condition::Paused if face.waiting > 0 => format!("paused, {} waiting", face.waiting),
        Condition::Paused => "paused".to_string(),
        Condition::Up => face.role.to_string(),
    };
    let ordinary = |state: &&String| !matches!(state.as_str(), "paused" | "crashed");
    let mut lines = vec![role];
    if let Some(badge) = face.badge.as_ref().filter(|badge| !fits(badge, r)) {
        lines.push(badge.clone());
    }
    lines.extend(face.states.iter().filter(ordinary).cloned());
    if face.suspected > 0 {
        lines.push(format!("suspected by {}", face.suspected));
    }
    if face.seat.words == Side::Above {
        lines.reverse();
    }
    let step = 15.0;
    let first = match face.seat.words {
        Side::Above => -r - 15.0 - step * (lines.len() as f64 - 1.0),
        Side::Below => r + 23.0,
    };
    html! {
        { for lines.into_iter().enumerate().map(|(place, line)| html! {
            <text class="node-words" y={px(first + step * place as f64)}>{ line }</text>
        }) }
    }
}

/// Small signs on the rim: suspected, slow, in a group.
fn marks(face: &Face, r: f64) -> Html {
    let rim = r * 0.78;
    // The button for killing stands at one side; the signs take the other.
    let side = if face.seat.button.x > face.seat.at.x { -1.0 } else { 1.0 };
    let slow = face.states.iter().any(|state| state.starts_with("slow"));
    let skewed = face.states.iter().any(|state| state.starts_with("clock"));
    html! {
        <>
            if face.suspected > 0 { { sign("suspect", Icon::Question, side * rim, -rim) } }
            if slow { { sign("slow", Icon::Snail, side * rim, rim) } }
            if skewed { { sign("skewed", Icon::Clock, -side * rim, rim) } }
            if let Some(letter) = face.group {
                <g class={classes!("group", format!("group-{}", letter.to_ascii_lowercase()))}
                    transform={format!("translate({} {})", px(-side * rim), px(rim))}>
                    <rect x="-12" y="-12" width="24" height="24" rx="5" />
                    <text y="5.5">{ letter.to_string() }</text>
                </g>
            }
        </>
    }
}

fn sign(class: &'static str, icon: Icon, x: f64, y: f64) -> Html {
    html! {
        <g class={classes!("sign", class)} transform={format!("translate({} {})", px(x), px(y))}>
            <circle r="11" />
            { icon.at(0.0, 0.0, 14.0) }
        </g>
    }
}
