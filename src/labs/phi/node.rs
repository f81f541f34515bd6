//! The nodes: those that beat, and the monitor that listens.
//!
//! The monitor polls nothing. At each heartbeat it computes how long phi will stay below the threshold if
//! nothing more comes, and sets a timer to that moment.

use crate::labs::detection::beat::{Beat, News};
use crate::labs::detection::pairs::Verdict;
use crate::labs::detection::phi::Phi;
use crate::sim::{Cx, NodeId, NodeView, Protocol, Span, exactly};

use super::config::Config;
use super::message::{Command, Fault, Heartbeat, Timer};
use super::printed::Printed;
use super::rules::Rule;
use super::variants::Flaw;
use super::view;

/// A node of this lab.
#[derive(Clone, Debug)]
pub enum Part {
    Beater(Beater),
    Monitor(Monitor),
    Printed(Printed),
}

/// A node that says that it is up.
#[derive(Clone, Debug)]
pub struct Beater {
    pub me: NodeId,
    pub last: Beat,
}

/// A node that listens.
#[derive(Clone, Debug)]
pub struct Monitor {
    /// In the order of their ids.
    pub watched: Vec<Watched>,
}

/// What the monitor knows of one node.
#[derive(Clone, Debug)]
pub struct Watched {
    pub node: NodeId,
    pub newest: Option<Beat>,
    pub phi: Phi,
    pub suspected: bool,
    /// Whether the twin with the fixed timeout suspects it.
    pub twin_suspects: bool,
    /// The exception that ended the thread which judges this node, in a mutation.
    pub ended: Option<&'static str>,
}

/// What survives a crash: the number of the node's lives.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Durable {
    pub incarnation: u64,
}

impl Protocol for Part {
    type Config = Config;
    type Msg = Heartbeat;
    type Timer = Timer;
    type Command = Command;
    type Fault = Fault;
    type Durable = Durable;
    type Rule = Rule;

    fn start(durable: Durable, cx: &mut Cx<'_, Part>) -> Part {
        match cx.me().letter() {
            'n' => Part::Beater(Beater::start(durable, cx)),
            _ if cx.config().printed => Part::Printed(Printed::start(cx)),
            _ => Part::Monitor(Monitor::start(cx)),
        }
    }

    fn on_message(&mut self, from: NodeId, msg: Heartbeat, cx: &mut Cx<'_, Part>) {
        match self {
            Part::Beater(_) => panic!("nobody sends a heartbeat to a node"),
            Part::Monitor(monitor) => monitor.on_beat(from, msg.0, cx),
            Part::Printed(printed) => printed.heartbeat(from, cx),
        }
    }

    fn on_timer(&mut self, timer: Timer, cx: &mut Cx<'_, Part>) {
        match (self, timer) {
            (Part::Beater(beater), Timer::Beat) => beater.beat(cx),
            (Part::Monitor(monitor), Timer::Suspect(node)) => monitor.suspect(node, cx),
            (Part::Monitor(monitor), Timer::Fixed(node)) => monitor.twin_suspects(node, cx),
            (Part::Printed(printed), Timer::Poll) => printed.poll(cx),
            (Part::Beater(_) | Part::Monitor(_) | Part::Printed(_), _) => {
                panic!("a part sets only timers of its own")
            }
        }
    }

    fn on_command(&mut self, command: Command, cx: &mut Cx<'_, Part>) {
        match (self, command) {
            (Part::Beater(beater), Command::Beat) => beater.beat(cx),
            (Part::Monitor(_) | Part::Printed(_), Command::Beat) => {
                cx.fire(Rule::OnlyListens, || "a monitor sends no heartbeats".into());
            }
        }
    }

    fn on_fault(&mut self, fault: Fault, cx: &mut Cx<'_, Part>) {
        let Fault::Stall(span) = fault;
        match self {
            Part::Beater(beater) => {
                let me = beater.me;
                cx.fire(Rule::Stall, || format!("{me} sends nothing for {span}"));
                cx.set_timer(Timer::Beat, exactly(span));
            }
            Part::Monitor(_) | Part::Printed(_) => {
                cx.fire(Rule::OnlyListens, || "a monitor sends no heartbeats".into());
            }
        }
    }

    fn view(&self) -> NodeView {
        view::part(self)
    }

    fn set_param(config: &mut Config, name: &str, value: u64) -> Result<(), String> {
        config.set(name, value)
    }
}

impl Beater {
    fn start(durable: Durable, cx: &mut Cx<'_, Part>) -> Beater {
        let me = cx.me();
        let incarnation = durable.incarnation + 1;
        cx.save(Durable { incarnation });
        cx.fire(Rule::BeginLife, || format!("{me} starts its life {incarnation}"));
        let every = cx.config().interval;
        cx.set_timer(Timer::Beat, Span::ZERO..every);
        Beater { me, last: Beat { incarnation, number: 0 } }
    }

    fn beat(&mut self, cx: &mut Cx<'_, Part>) {
        self.last = self.last.next();
        let (me, last) = (self.me, self.last);
        cx.fire(Rule::SendHeartbeat, || format!("{me} says that it is up: {last}"));
        for monitor in cx.all('m').to_vec() {
            cx.send(monitor, Heartbeat(last));
        }
        let wait = wait(cx);
        cx.set_timer(Timer::Beat, exactly(wait));
    }
}

/// The time until the next heartbeat: about normal around the interval (the sum of four even draws).
fn wait(cx: &mut Cx<'_, Part>) -> Span {
    let Config { interval, jitter, .. } = *cx.config();
    if jitter == Span::ZERO {
        return interval;
    }
    let sum: u64 = (0..4).map(|_| cx.pick(1_001)).sum();
    // Its mean is 2000, its deviation 578.
    let wait = interval.0 as i64 + jitter.0 as i64 * (sum as i64 - 2_000) / 578;
    Span(wait.max(1) as u64)
}

impl Monitor {
    fn start(cx: &mut Cx<'_, Part>) -> Monitor {
        let watched = |&node: &NodeId| Watched {
            node,
            newest: None,
            phi: Phi::default(),
            suspected: false,
            twin_suspects: false,
            ended: None,
        };
        let monitor = Monitor { watched: cx.all('n').iter().map(watched).collect() };
        let me = cx.me();
        cx.fire(Rule::BeginListening, || format!("{me} has heard of nobody yet"));
        monitor
    }

    /// What it thinks of a node, in this way and in that of its twin.
    pub fn of(&self, node: NodeId) -> Option<&Watched> {
        self.watched.iter().find(|watched| watched.node == node)
    }

    fn of_mut(&mut self, node: NodeId) -> &mut Watched {
        let found = self.watched.iter_mut().find(|watched| watched.node == node);
        found.expect("only nodes of the list send heartbeats")
    }

    fn on_beat(&mut self, from: NodeId, beat: Beat, cx: &mut Cx<'_, Part>) {
        let watched = self.of_mut(from);
        let news = beat.news(watched.newest);
        if news == News::Old && !cx.config().has(Flaw::TakesOldBeats) {
            let newest = watched.newest.expect("it is older than something");
            return cx.fire(Rule::RefuseOldBeat, || format!("{beat} is not newer than {newest}"));
        }
        watched.newest = Some(beat);
        let outage = watched.suspected;
        if outage {
            watched.trust_again(news, cx);
        }
        watched.record(outage, cx);
        watched.be_patient(cx);
    }

    fn suspect(&mut self, node: NodeId, cx: &mut Cx<'_, Part>) {
        let watched = self.of_mut(node);
        let (threshold, now) = (cx.config().threshold, cx.now());
        let silence = watched.phi.last().map_or(Span::ZERO, |last| now.since(last));
        watched.suspected = true;
        cx.suspect(node);
        cx.fire(Rule::Suspect, || {
            format!("phi of {node} has reached {threshold} after {silence} of silence")
        });
        if cx.config().has(Flaw::DeclaresAgain) {
            cx.set_timer(Timer::Suspect(node), exactly(cx.config().interval));
        }
    }

    fn twin_suspects(&mut self, node: NodeId, cx: &mut Cx<'_, Part>) {
        let fixed = cx.config().fixed;
        self.of_mut(node).twin_suspects = true;
        cx.fire(Rule::TwinSuspects, || format!("nothing of {node} in {fixed}"));
    }
}

impl Watched {
    pub fn verdict(&self) -> Verdict {
        Verdict { suspected: self.suspected, newest: self.newest }
    }

    /// What the twin with the fixed timeout thinks.
    pub fn twin_verdict(&self) -> Verdict {
        Verdict { suspected: self.twin_suspects, newest: self.newest }
    }

    fn trust_again(&mut self, news: News, cx: &mut Cx<'_, Part>) {
        let node = self.node;
        self.suspected = false;
        cx.trust(node);
        cx.fire(Rule::TrustAgain, || match news {
            News::NewLife => format!("{node} beats in a new life: it had crashed"),
            News::Missed(missed) => format!("{node} is there; {missed} of its beats never came"),
            News::First | News::Next => {
                format!("{node} is there; it missed no beat, so it stood still")
            }
            News::Old => format!("an old beat of {node} has come"),
        });
    }

    /// Takes the interval into the window, unless it says nothing of the rhythm.
    fn record(&mut self, outage: bool, cx: &mut Cx<'_, Part>) {
        let (node, now, config) = (self.node, cx.now(), cx.config().clone());
        let mut settings = config.settings;
        let Some(last) = self.phi.last() else {
            let estimate = settings.estimate;
            if config.has(Flaw::NoFirstEstimate) {
                settings.window = 0;
            }
            cx.fire(Rule::FirstHeartbeat, || {
                format!("{node} is heard for the first time; its interval is guessed at {estimate}")
            });
            return self.phi.beat(now, outage, &settings);
        };
        let interval = now.since(last);
        let counts = config.has(Flaw::CountsOutages);
        if counts {
            settings.longest = Span(u64::MAX);
        }
        let skip = !counts && (outage || interval > settings.longest);
        if skip {
            cx.fire(Rule::SkipOutage, || format!("{interval} of silence are no interval"));
        } else {
            cx.fire(Rule::RecordInterval, || format!("{interval} since the last one of {node}"));
        }
        self.phi.beat(now, outage && !counts, &settings);
    }

    /// Computes when phi will reach the threshold, and waits for that.
    fn be_patient(&mut self, cx: &mut Cx<'_, Part>) {
        let (node, config) = (self.node, cx.config().clone());
        self.twin_suspects = false;
        cx.set_timer(Timer::Fixed(node), exactly(config.fixed));
        let settings = config.phi_settings();
        if config.has(Flaw::NoLeastDeviation) && self.phi.deviation_us() == 0.0 {
            self.ended = Some("ZeroDivisionError");
            cx.cancel_timer(Timer::Suspect(node));
            return cx.fire(Rule::DivideByZero, || {
                format!("the intervals of {node} are all the same, so y = (x − mean) / 0")
            });
        }
        if config.has(Flaw::NoFirstEstimate) && self.phi.intervals().count() < 2 {
            cx.cancel_timer(Timer::Suspect(node));
            return cx.fire(Rule::NoOpinion, || {
                format!("fewer than two intervals of {node}, so phi is 0 however long it takes")
            });
        }
        if config.has(Flaw::OneMinusCdf) && config.threshold > CDF_PHI_MAX {
            cx.cancel_timer(Timer::Suspect(node));
            self.ended = Some("ValueError: math domain error");
            return cx.fire(Rule::LogOfZero, || {
                format!("1 − cdf is 0 before phi is {}: log10(0)", config.threshold)
            });
        }
        let patience = self.phi.patience(config.threshold, &settings);
        cx.set_timer(Timer::Suspect(node), exactly(patience));
    }
}

/// The greatest phi that `−log10(1 − cdf)` can take in double precision: the step below 1 is 2⁻⁵³.
const CDF_PHI_MAX: f64 = 15.95;
