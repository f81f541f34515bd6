//! The names of things on the stage, as a screen reader says them and a tooltip shows them.

use crate::play::narrate::capital;

use super::traffic::kind_words;
use crate::sim::view::{Fate, Flight, SceneNode};
use crate::sim::{Condition, NodeId, Scene, Span, Time};

/// Questions to a scene that more than one view asks.
pub trait SceneExt {
    fn node(&self, id: NodeId) -> Option<&SceneNode>;
    /// Whether nothing that one node sends gets to the other.
    fn is_cut(&self, from: NodeId, to: NodeId) -> bool;
    /// The nodes that take this one for failed.
    fn suspected_by(&self, id: NodeId) -> Vec<NodeId>;
}

impl SceneExt for Scene {
    fn node(&self, id: NodeId) -> Option<&SceneNode> {
        self.nodes.iter().find(|node| node.id == id)
    }

    fn is_cut(&self, from: NodeId, to: NodeId) -> bool {
        self.links.iter().any(|link| link.cut && link.from == from && link.to == to)
    }

    fn suspected_by(&self, id: NodeId) -> Vec<NodeId> {
        let suspects =
            |node: &&SceneNode| node.condition != Condition::Down && node.suspects.contains(&id);
        self.nodes.iter().filter(suspects).map(|node| node.id).collect()
    }
}

/// `node 3` or `client 1`.
pub fn plain(id: NodeId) -> String {
    let word = if id.letter() == 'c' { "client" } else { "node" };
    match id.letter() {
        'n' | 'c' => format!("{word} {}", id.number()),
        _ => format!("node {id}"),
    }
}

/// The node's badge with its name: `term 4`.
pub fn role_badge(node: &SceneNode) -> Option<String> {
    let field = node.view.fields.iter().find(|field| field.name == node.view.badge)?;
    Some(format!("{} {}", field.name, field.value))
}

/// What is out of the ordinary with a node, a word or two each: `paused`, `slow by 50 ms`.
pub fn node_states(node: &SceneNode) -> Vec<String> {
    let mut states = Vec::new();
    match node.condition {
        Condition::Up => {}
        Condition::Paused => states.push("paused".to_string()),
        Condition::Down => states.push("crashed".to_string()),
    }
    if node.slow > Span::ZERO {
        states.push(format!("slow by {}", node.slow));
    }
    if node.slow_disk > Span::ZERO {
        states.push(format!("slow disk, {}", node.slow_disk));
    }
    if node.skew_ppm != 0 {
        states.push(format!("clock {:+} %", f64::from(node.skew_ppm) / 10_000.0));
    }
    states
}

/// A node's whole name: "Node 3, candidate, term 4, up, cut from n1 and n2".
pub fn node_name(scene: &Scene, node: &SceneNode) -> String {
    let mut name = capital(&plain(node.id));
    let mut add = |part: &str| {
        name.push_str(", ");
        name.push_str(part);
    };
    add(node.view.role);
    if let Some(badge) = role_badge(node) {
        add(&badge);
    }
    if let Some(standing) = node.standing {
        add(standing.word());
    }
    match node.condition {
        Condition::Up => add("up"),
        Condition::Paused => add("paused"),
        Condition::Down => add("crashed"),
    }
    for state in node_states(node).iter().filter(|s| !matches!(s.as_str(), "paused" | "crashed")) {
        add(state);
    }
    let others = scene.nodes.iter().map(|other| other.id).filter(|&id| id != node.id);
    let cut: Vec<NodeId> =
        others.filter(|&id| scene.is_cut(node.id, id) && scene.is_cut(id, node.id)).collect();
    if !cut.is_empty() {
        add(&format!("cut from {}", list(&cut)));
    }
    let suspecting = scene.suspected_by(node.id);
    if !suspecting.is_empty() {
        add(&format!("suspected by {}", list(&suspecting)));
    }
    name
}

/// A link's whole name: "Link 1 to 2, cut from 1 to 2".
pub fn link_name(scene: &Scene, a: NodeId, b: NodeId) -> String {
    let state = match (scene.is_cut(a, b), scene.is_cut(b, a)) {
        (false, false) => "open".to_string(),
        (true, true) => "cut both ways".to_string(),
        (true, false) => format!("cut from {} to {}", short(a), short(b)),
        (false, true) => format!("cut from {} to {}", short(b), short(a)),
    };
    let altered = scene
        .links
        .iter()
        .filter(|link| (link.from, link.to) == (a, b) || (link.from, link.to) == (b, a));
    let settings: Vec<String> = altered
        .filter_map(|link| {
            let settings = link.settings.as_ref()?;
            Some(format!(", {} to {}: {settings}", short(link.from), short(link.to)))
        })
        .collect();
    format!("Link {} to {}, {state}{}", short(a), short(b), settings.concat())
}

/// `3` for a server, `c1` for a client: as it stands in "Cut link 1 to 2".
pub fn short(id: NodeId) -> String {
    if id.letter() == 'n' { id.number().to_string() } else { id.to_string() }
}

/// A message's whole name: "Message 17, RequestVote from n1 to n3, travelling".
pub fn flight_name(flight: &Flight) -> String {
    let message = &flight.message;
    let fate = match flight.fate {
        // Whether the link loses it is not known to anybody while it travels.
        Fate::Travelling | Fate::Lost | Fate::Cut | Fate::Overflow => "on its way",
        Fate::Waiting => "waiting at a paused node",
        Fate::Dropped => "dropped",
        Fate::Corrupted => "damaged",
    };
    let number = message.id.0;
    let kind = kind_words(message);
    format!("Message {number}, {kind} from {} to {}, {fate}", message.from, message.to)
}

/// A kind of message in two or three letters: `RV` for `RequestVote`.
pub fn initials(kind: &str) -> String {
    let capitals: String = kind.chars().filter(char::is_ascii_uppercase).take(3).collect();
    if capitals.len() >= 2 {
        return capitals;
    }
    kind.chars()
        .filter(char::is_ascii_alphanumeric)
        .take(2)
        .collect::<String>()
        .to_ascii_uppercase()
}

/// As much of a text as fits into so many letters; what is missing ends in `…`.
pub fn cropped(text: &str, letters: usize) -> String {
    match text.char_indices().nth(letters) {
        None => text.to_string(),
        Some(_) => {
            let kept: String = text.chars().take(letters.saturating_sub(1)).collect();
            format!("{}…", kept.trim_end())
        }
    }
}

/// What the stage shows, in two sentences, for "where am I".
pub fn summary(scene: &Scene) -> String {
    let up = scene.nodes.iter().filter(|node| node.condition == Condition::Up).count();
    let service = &scene.service;
    let served = match service.failing {
        0 => format!("all {} {} are served", service.total, service.users),
        failing => format!("{failing} of {} {} fail", service.total, service.users),
    };
    let error = match &scene.error {
        Some(error) => format!(" Error: {error}."),
        None => String::new(),
    };
    let flying = match scene.messages.len() {
        1 => "1 message is on its way".to_string(),
        count => format!("{count} messages are on their way"),
    };
    format!(
        "{}: {up} of {} nodes up, {served}. {flying}.{error}",
        clock_words(scene.time),
        scene.nodes.len()
    )
}

/// A time with milliseconds: `0.407 s`.
pub fn clock_words(time: Time) -> String {
    format!("{}.{:03} s", time.0 / 1_000_000, time.0 / 1_000 % 1_000)
}

/// A length of time in three digits at most: `199 ms`, `1.2 s`; `at once` if it is nothing.
pub fn brief(span: Span) -> String {
    match span.us() {
        0 => "at once".to_string(),
        us if us < 1_000 => format!("{us} µs"),
        us if us < 10_000 => format!("{}.{} ms", us / 1_000, us % 1_000 / 100),
        us if us < 1_000_000 => format!("{} ms", us / 1_000),
        us if us < 100_000_000 => format!("{}.{} s", us / 1_000_000, us % 1_000_000 / 100_000),
        us => format!("{} s", us / 1_000_000),
    }
}

fn list(nodes: &[NodeId]) -> String {
    let names: Vec<String> = nodes.iter().map(|&id| id.to_string()).collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::sim::view::{Field, NodeView};
    use crate::sim::{Latency, LinkSettings, Look, Service};

    pub fn node(id: NodeId, look: Look) -> SceneNode {
        let fields = vec![Field::notable("term", 4)];
        let role = if look == Look::Leader { "leader" } else { "follower" };
        SceneNode {
            id,
            condition: Condition::Up,
            slow: Span::ZERO,
            slow_disk: Span::ZERO,
            skew_ppm: 0,
            view: NodeView { role, look, badge: "term", fields },
            panels: Vec::new(),
            timers: Vec::new(),
            beliefs: Vec::new(),
            standing: None,
            suspects: Vec::new(),
            waiting: 0,
        }
    }

    pub fn scene(count: u8) -> Scene {
        Scene {
            time: Time(1_250_000),
            next_step: 12,
            nodes: (1..=count).map(|n| node(NodeId::server(n), Look::Follower)).collect(),
            messages: Vec::new(),
            links: Vec::new(),
            default_link: LinkSettings::reliable(Latency::Constant(Span::from_ms(10))),
            faults: Vec::new(),
            false_alarms: Vec::new(),
            error: None,
            service: Service { users: "clients", failing: 0, total: 2, failed: false },
            violations: Vec::new(),
            metrics: Vec::new(),
            panels: Vec::new(),
        }
    }

    fn cut(scene: &mut Scene, from: u8, to: u8) {
        let (from, to) = (NodeId::server(from), NodeId::server(to));
        scene.links.push(crate::sim::view::SceneLink { from, to, cut: true, settings: None });
    }

    #[test]
    fn a_node_says_what_it_is_and_what_is_wrong_with_it() {
        let mut scene = scene(3);
        cut(&mut scene, 3, 1);
        cut(&mut scene, 1, 3);
        scene.nodes[2].condition = Condition::Paused;
        scene.nodes[2].skew_ppm = 5_000;
        scene.nodes[0].suspects = vec![NodeId::server(3)];
        assert_eq!(
            node_name(&scene, &scene.nodes[2]),
            "Node 3, follower, term 4, paused, clock +0.5 %, cut from n1, suspected by n1"
        );
        assert_eq!(node_name(&scene, &scene.nodes[1]), "Node 2, follower, term 4, up");
    }

    #[test]
    fn a_link_says_in_which_direction_it_is_cut() {
        let mut scene = scene(3);
        let (a, b) = (NodeId::server(1), NodeId::server(2));
        assert_eq!(link_name(&scene, a, b), "Link 1 to 2, open");
        cut(&mut scene, 2, 1);
        assert_eq!(link_name(&scene, a, b), "Link 1 to 2, cut from 2 to 1");
        cut(&mut scene, 1, 2);
        assert_eq!(link_name(&scene, a, b), "Link 1 to 2, cut both ways");
    }

    #[test]
    fn times_are_as_long_as_they_need_to_be() {
        let brief = |us| brief(Span(us));
        assert_eq!(brief(0), "at once");
        assert_eq!(brief(198_690), "198 ms");
        assert_eq!(brief(8_420), "8.4 ms");
        assert_eq!(brief(1_250_000), "1.2 s");
        assert_eq!(clock_words(Time(407_274)), "0.407 s");
    }

    #[test]
    fn what_does_not_fit_is_cropped_and_says_so() {
        assert_eq!(cropped("suspected by 2", 14), "suspected by 2");
        assert_eq!(cropped("suspected by 12", 14), "suspected by…");
        assert_eq!(cropped("größer", 4), "grö…");
    }

    #[test]
    fn kinds_are_short_and_not_empty() {
        assert_eq!(initials("RequestVote"), "RV");
        assert_eq!(initials("Heartbeat"), "HE");
        assert_eq!(initials("ok"), "OK");
        assert_eq!(initials("ELECTION"), "ELE");
    }
}
