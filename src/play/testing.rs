//! A lab for tests of the session alone: nodes that greet their neighbour and count the answers.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use crate::labs::{Claim, Lab, Param, Run, Running, Setup, Variant, VariantKind};
use crate::sim::{
    Belief, Broken, Cx, Field, Latency, LinkSettings, Look, Message, Metric, NodeId, NodeView,
    Protocol, Roster, Service, Span, Spec, Time, World, exactly,
};

use super::script::{Script, ScriptError};

pub static RING: Lab = Lab {
    id: "ring",
    title: "Ring",
    summary: "Nodes that greet their neighbours.",
    params: &[
        Param {
            name: "nodes",
            label: "Nodes",
            unit: "",
            choices: &[],
            range: (2, 9),
            default: 3,
            live: false,
            meaning: "How many nodes there are.",
        },
        Param {
            name: "greet_ms",
            label: "Time between greetings",
            unit: "ms",
            choices: &[],
            range: (1, 10_000),
            default: 100,
            live: true,
            meaning: "How long a node waits before it greets again.",
        },
    ],
    variants: &[
        Variant {
            name: "corrected",
            kind: VariantKind::Corrected,
            what: "Counts each answer once.",
            witnesses: &[],
        },
        Variant {
            name: "double",
            kind: VariantKind::Mutation,
            what: "Counts each answer twice.",
            witnesses: &[],
        },
    ],
    rules: "\
[greet]
cite: this test
code:
  on greet: send Hello
why: To have something to do.
say: greets a neighbour
[answer]
cite: this test
code:
  on Hello: send Hi
why: To be polite.
say: answers
[count]
cite: this test
code:
  on Hi: answers ← answers + 1
why: To see something change.
say: counts the answer
",
    invariants: &[Claim { name: "even-handed", means: "No node counts more than it asked." }],
    goals: &[Claim { name: "warm", means: "Every node has had ten answers." }],
    recovers_to: "warm",
    selectors: &[Claim { name: "first", means: "The node with the most answers." }],
    commands: &[Claim { name: "add NUMBER", means: "Counts so many more." }],
    faults: &[Claim { name: "forget", means: "Counts from zero again." }],
    scenarios: &[],
    start,
};

/// Reads a script of the test lab.
pub fn script(text: &str) -> Result<Script, ScriptError> {
    super::script::read_with(text, &[&RING])
}

fn start(setup: &Setup) -> Result<Box<dyn Run>, String> {
    let config = Config {
        greet: Span::from_ms(setup.param("greet_ms")),
        weight: if setup.variant().name == "double" { 2 } else { 1 },
    };
    let roster = Roster::new(&[('n', setup.param("nodes") as u8)]);
    let latency = Latency::Uniform { min: Span::from_ms(5), max: Span::from_ms(15) };
    let link = LinkSettings::reliable(latency);
    let world = World::<Node>::new(setup.seed, roster, config, link);
    Ok(Box::new(Running::<Node, Watch>::new(world)))
}

#[derive(Clone)]
pub struct Config {
    greet: Span,
    weight: u64,
}

#[derive(Clone, Debug)]
pub struct Node {
    asked: u64,
    answers: u64,
}

#[derive(Clone, Debug, PartialEq, Hash)]
pub enum Msg {
    Hello(u64),
    Hi(u64),
}

impl fmt::Display for Msg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Msg::Hello(count) | Msg::Hi(count) => write!(f, "count={count}"),
        }
    }
}

impl Message for Msg {
    fn kind(&self) -> &'static str {
        match self {
            Msg::Hello(_) => "Hello",
            Msg::Hi(_) => "Hi",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    Greet,
}

impl fmt::Display for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("greet")
    }
}

#[derive(Debug)]
pub struct Add(u64);

impl FromStr for Add {
    type Err = String;
    fn from_str(text: &str) -> Result<Add, String> {
        let number = text.strip_prefix("add ").and_then(|number| number.parse().ok());
        number.map(Add).ok_or_else(|| "expected `add NUMBER`".into())
    }
}

#[derive(Debug)]
pub struct Forget;

impl FromStr for Forget {
    type Err = String;
    fn from_str(text: &str) -> Result<Forget, String> {
        if text == "forget" { Ok(Forget) } else { Err("expected `forget`".into()) }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Hash)]
pub enum Rule {
    Greet,
    Answer,
    Count,
}

impl From<Rule> for &'static str {
    fn from(rule: Rule) -> &'static str {
        match rule {
            Rule::Greet => "greet",
            Rule::Answer => "answer",
            Rule::Count => "count",
        }
    }
}

impl Protocol for Node {
    type Config = Config;
    type Msg = Msg;
    type Timer = Timer;
    type Command = Add;
    type Fault = Forget;
    type Durable = u64;
    type Rule = Rule;

    fn start(durable: u64, cx: &mut Cx<'_, Self>) -> Node {
        cx.set_timer(Timer::Greet, Span::ZERO..cx.config().greet);
        Node { asked: durable, answers: durable }
    }

    fn on_message(&mut self, from: NodeId, msg: Msg, cx: &mut Cx<'_, Self>) {
        match msg {
            Msg::Hello(count) => {
                cx.fire(Rule::Answer, || format!("{from} greets"));
                cx.send(from, Msg::Hi(count));
            }
            Msg::Hi(_) => {
                cx.fire(Rule::Count, || format!("{from} answers"));
                self.answers += cx.config().weight;
                cx.save(self.answers);
            }
        }
    }

    fn on_timer(&mut self, _: Timer, cx: &mut Cx<'_, Self>) {
        cx.fire(Rule::Greet, || "it is time".into());
        let peers = cx.peers().len() as u64;
        let place = cx.pick(peers) as usize;
        let peer = cx.peers()[place];
        self.asked += 1;
        cx.send(peer, Msg::Hello(self.asked));
        let greet = cx.config().greet;
        cx.set_timer(Timer::Greet, exactly(greet));
    }

    fn on_command(&mut self, Add(number): Add, _: &mut Cx<'_, Self>) {
        self.asked += number;
        self.answers += number;
    }

    fn on_fault(&mut self, _: Forget, _: &mut Cx<'_, Self>) {
        self.answers = 0;
    }

    fn view(&self) -> NodeView {
        let (role, look) =
            if self.answers >= 10 { ("warm", Look::Leader) } else { ("cold", Look::Follower) };
        let fields = vec![Field::new("answers", self.answers), Field::new("asked", self.asked)];
        NodeView { role, look, badge: "answers", fields }
    }

    fn set_param(config: &mut Config, name: &str, value: u64) -> Result<(), String> {
        if name != "greet_ms" {
            return Err(format!("`{name}` cannot change"));
        }
        config.greet = Span::from_ms(value);
        Ok(())
    }
}

#[derive(Clone)]
pub struct Watch;

impl Spec<Node> for Watch {
    fn new(_: &World<Node>) -> Watch {
        Watch
    }

    fn observe(&mut self, world: &World<Node>) -> Result<(), Broken> {
        let Some((id, node)) = world.last().node.and_then(|id| Some((id, world.node(id)?))) else {
            return Ok(());
        };
        if node.answers <= node.asked {
            return Ok(());
        }
        let why = format!("{id} asked {} times and counts {}", node.asked, node.answers);
        Err(Broken { invariant: "even-handed", why })
    }

    fn error(&self, world: &World<Node>) -> Option<Cow<'static, str>> {
        let all = world.nodes().count();
        (world.living().count() < all).then_some(Cow::Borrowed("a node is down"))
    }

    fn service(&self, world: &World<Node>) -> Service {
        let total = world.nodes().count() as u32;
        let failing = total - world.living().count() as u32;
        Service { users: "nodes", failing, total, failed: failing * 2 > total }
    }

    fn settle(&self, _: &World<Node>) -> Span {
        Span::from_secs(1)
    }

    fn holds(&self, goal: &str, world: &World<Node>) -> Option<bool> {
        let warm = || world.nodes().count() > 0 && world.nodes().all(|(.., n)| n.answers >= 10);
        (goal == "warm").then(warm)
    }

    fn find(&self, selector: &str, world: &World<Node>) -> Option<NodeId> {
        if selector != "first" {
            return None;
        }
        let most = world.living().filter(|(_, node)| node.answers > 0);
        most.max_by_key(|(id, node)| (node.answers, std::cmp::Reverse(*id))).map(|(id, _)| id)
    }

    fn beliefs(&self, _: &World<Node>, _: NodeId) -> Vec<Belief> {
        Vec::new()
    }

    fn metrics(&self, _: &World<Node>) -> Vec<Metric> {
        Vec::new()
    }
}

/// The time in milliseconds.
pub fn ms(ms: u64) -> Time {
    Time(ms * 1_000)
}
