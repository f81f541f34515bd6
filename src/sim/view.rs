//! What can be seen of a world, as plain data. Views are never read by a protocol.

use std::fmt;

use serde::Serialize;

use super::faults::{Alarm, FaultRecord};
use super::id::{MsgId, NodeId, StepIndex};
use super::network::LinkSettings;
use super::panel::Panel;
use super::spec::{Service, Violation};
use super::time::{Span, Time};

/// What a node shows of itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NodeView {
    /// The protocol's own word for what the node is now: `leader`, `candidate`.
    pub role: &'static str,
    /// How that role is drawn.
    pub look: Look,
    /// The name of the field that is shown on the node itself, such as `term`.
    pub badge: &'static str,
    pub fields: Vec<Field>,
}

/// How a role is drawn: a shape, an icon and a colour, the same in all labs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Look {
    /// In charge.
    Leader,
    /// Trying to be in charge.
    Candidate,
    /// Following somebody.
    Follower,
    /// Outside the protocol, asking something of it.
    Client,
    /// Does work for others: a service, a worker.
    Server,
    /// Keeps data for others: a database, a disk.
    Store,
    /// Passes requests on: a gateway, a load balancer, a supervisor.
    Relay,
}

/// What a node is to the group that decides, where that can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It votes.
    Votes,
    /// Two sets of voters count for a while: it is in both.
    VotesInBoth,
    /// Of two sets of voters it is in the new one only.
    VotesInNew,
    /// Of two sets of voters it is in the old one only, and is about to leave.
    VotesInOld,
    /// It gets everything and does not count.
    Learns,
    /// It is not in the group.
    Outside,
}

impl Standing {
    /// `votes in the old`.
    pub fn word(self) -> &'static str {
        match self {
            Standing::Votes => "votes",
            Standing::VotesInBoth => "votes in both",
            Standing::VotesInNew => "votes in the new",
            Standing::VotesInOld => "votes in the old",
            Standing::Learns => "learns",
            Standing::Outside => "outside",
        }
    }
}

/// One named fact of a node.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Field {
    pub name: &'static str,
    pub value: Value,
    /// Whether its change is one of the turning points of a run ("run to the next change").
    pub notable: bool,
}

impl Field {
    pub fn new(name: &'static str, value: impl Into<Value>) -> Field {
        Field { name, value: value.into(), notable: false }
    }

    /// A field whose change is a turning point: a term, a leader.
    pub fn notable(name: &'static str, value: impl Into<Value>) -> Field {
        Field { name, value: value.into(), notable: true }
    }
}

/// A field's value. Numbers and names stay what they are, so that making a view is cheap.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Value {
    None,
    Flag(bool),
    Number(u64),
    Word(&'static str),
    Node(NodeId),
    Nodes(Vec<NodeId>),
    Text(String),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::None => f.write_str("none"),
            Value::Flag(true) => f.write_str("yes"),
            Value::Flag(false) => f.write_str("no"),
            Value::Number(number) => write!(f, "{number}"),
            Value::Word(word) => f.write_str(word),
            Value::Node(node) => write!(f, "{node}"),
            Value::Nodes(nodes) if nodes.is_empty() => f.write_str("nobody"),
            Value::Nodes(nodes) => {
                for (i, node) in nodes.iter().enumerate() {
                    write!(f, "{}{node}", if i == 0 { "" } else { ", " })?;
                }
                Ok(())
            }
            Value::Text(text) => f.write_str(text),
        }
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Value {
        Value::Flag(flag)
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Value {
        Value::Number(number)
    }
}

impl From<&'static str> for Value {
    fn from(word: &'static str) -> Value {
        Value::Word(word)
    }
}

impl From<NodeId> for Value {
    fn from(node: NodeId) -> Value {
        Value::Node(node)
    }
}

impl From<Option<NodeId>> for Value {
    fn from(node: Option<NodeId>) -> Value {
        node.map_or(Value::None, Value::Node)
    }
}

impl From<Vec<NodeId>> for Value {
    fn from(nodes: Vec<NodeId>) -> Value {
        Value::Nodes(nodes)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(text)
    }
}

/// What a node believes of the world, beside what is so.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Belief {
    /// What the belief is about: `leader`.
    pub about: &'static str,
    pub believes: Value,
    pub truth: Value,
    pub right: bool,
    /// One clause: "n5 is down".
    pub note: String,
}

/// A figure of the run so far.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Metric {
    pub name: &'static str,
    /// The unit in words: `messages`, `µs`.
    pub unit: &'static str,
    pub value: u64,
}

/// Whether a node can act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    Up,
    /// Stopped and able to go on: its timers and messages wait.
    Paused,
    Down,
}

impl Condition {
    pub fn word(self) -> &'static str {
        match self {
            Condition::Up => "up",
            Condition::Paused => "paused",
            Condition::Down => "down",
        }
    }
}

/// The whole world at one moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Scene {
    pub time: Time,
    /// The index that the next step will have.
    pub next_step: StepIndex,
    pub nodes: Vec<SceneNode>,
    pub messages: Vec<Flight>,
    /// Every link that is cut or has settings of its own; all others are as `default_link`.
    pub links: Vec<SceneLink>,
    pub default_link: LinkSettings,
    pub faults: Vec<FaultRecord>,
    /// Suspicions of nodes that were in fact up and reachable.
    pub false_alarms: Vec<Alarm>,
    /// What is wrong inside, before or beyond what users notice.
    pub error: Option<String>,
    pub service: Service,
    pub violations: Vec<Violation>,
    pub metrics: Vec<Metric>,
    /// What the lab shows of the run as a whole.
    pub panels: Vec<Panel>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SceneNode {
    pub id: NodeId,
    pub condition: Condition,
    /// Processing time added to every event that it handles.
    pub slow: Span,
    /// Time that each write to its disk takes.
    pub slow_disk: Span,
    /// How fast its clock runs, in parts per million above or below the world's.
    pub skew_ppm: i32,
    /// Its last view, which a node that is down keeps.
    pub view: NodeView,
    pub panels: Vec<Panel>,
    pub timers: Vec<SceneTimer>,
    pub beliefs: Vec<Belief>,
    /// What it is to the group that decides; nothing where the group is always the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standing: Option<Standing>,
    /// Those that it takes for failed.
    pub suspects: Vec<NodeId>,
    /// Messages and timers that wait because it is paused.
    pub waiting: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SceneTimer {
    pub name: String,
    /// The range that the wait was drawn from, on the node's own clock.
    pub range: (Span, Span),
    pub set_at: Time,
    pub due: Time,
}

/// A message between its sending and its arrival.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Flight {
    pub message: Envelope,
    pub fate: Fate,
}

/// One message, as plain data.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Envelope {
    pub id: MsgId,
    pub from: NodeId,
    pub to: NodeId,
    /// The message's type: `RequestVote`.
    pub kind: &'static str,
    /// Its content in one line.
    pub text: String,
    /// How far something larger has come with it, that travels in several messages: 4 of 7 pieces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<(u32, u32)>,
    pub sent_at: Time,
    pub arrives_at: Time,
}

/// What awaits a message at the end of its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// It will be delivered, unless something happens meanwhile.
    Travelling,
    /// It has arrived at a paused node and waits there.
    Waiting,
    /// The link will lose it.
    Lost,
    /// It was sent into a cut.
    Cut,
    /// A learner dropped it.
    Dropped,
    /// It is damaged; the receiver's checksum will find out.
    Corrupted,
    /// The network had no room for it.
    Overflow,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SceneLink {
    pub from: NodeId,
    pub to: NodeId,
    pub cut: bool,
    /// Settings that differ from the default, if they do.
    pub settings: Option<LinkSettings>,
}
