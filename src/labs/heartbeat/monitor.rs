//! The corrected monitor: one timer for each node, set anew at each heartbeat; and m1's recovery, which
//! asks for a second opinion and fences the old owner off before there is a new one.

use crate::labs::detection::beat::{Beat, News};
use crate::labs::detection::pairs::Verdict;
use crate::sim::{Cx, NodeId, Span, Time, exactly};

use super::message::{Msg, Timer, Token};
use super::node::{Durable, Holding, Part, SPARE, STORE, ago, raise, token_of};
use super::rules::Rule;
use super::variants::Flaw;

/// A node that listens.
#[derive(Clone, Debug)]
pub struct Monitor {
    pub me: NodeId,
    pub watched: Vec<Watched>,
    /// The newest token of each shard that it has given out (m1 only).
    pub given: Vec<Holding>,
}

/// What a monitor knows of one node.
#[derive(Clone, Debug)]
pub struct Watched {
    pub node: NodeId,
    pub newest: Option<Beat>,
    /// When it was last heard, on the monitor's clock, or when the watch began.
    pub heard: Time,
    /// How long it may be silent, as it was when the timer was set.
    pub patience: Span,
    pub suspected: bool,
    pub learnt: Learnt,
    pub recovery: Recovery,
}

/// What can be known of a node beside whether it is suspected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Learnt {
    /// Nothing in particular.
    Nothing,
    /// It was silent, and another monitor hears it: the way to here is cut, or loses.
    HeardElsewhere(NodeId),
    /// It came back in a new life.
    HadCrashed,
    /// It came back, and so many of its beats never came.
    WasCutOff(u64),
    /// It came back and had missed no beat.
    StoodStill,
}

/// How far m1 has come with giving a shard to somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// Whoever owned it, owns it; before the first heartbeat, nobody may.
    Idle,
    /// The others are asked whether they hear the node. Those in the list have said that they do not.
    /// `rounds`: how often they were asked.
    Asking { silent: Vec<NodeId>, rounds: u32 },
    /// The store is told to refuse older owners.
    Fencing { to: NodeId, token: Token },
    /// The new owner is told.
    Handing { to: NodeId, token: Token },
    /// The new owner has said that it has taken over.
    Done { to: NodeId },
}

/// How often the others are asked before their silence counts as an answer.
const ROUNDS: u32 = 5;

impl Monitor {
    pub fn start(given: Vec<Holding>, cx: &mut Cx<'_, Part>) -> Monitor {
        let me = cx.me();
        let listed = cx.all('n').len().saturating_sub(cx.config().unlisted as usize);
        let nodes = cx.all('n')[..listed].to_vec();
        let mut monitor = Monitor { me, watched: Vec::new(), given };
        cx.fire(Rule::BeginListening, || format!("{me} has heard of nobody yet"));
        for node in nodes {
            monitor.watch(node, cx);
        }
        monitor
    }

    pub fn of(&self, node: NodeId) -> Option<&Watched> {
        self.watched.iter().find(|watched| watched.node == node)
    }

    fn place(&self, node: NodeId) -> Option<usize> {
        self.watched.iter().position(|watched| watched.node == node)
    }

    fn in_charge(&self) -> bool {
        self.me.number() == 1
    }

    /// The watch over a node begins, as if it had been heard just now.
    fn watch(&mut self, node: NodeId, cx: &mut Cx<'_, Part>) {
        let patience = cx.config().patience();
        self.watched.push(Watched {
            node,
            newest: None,
            heard: cx.now(),
            patience,
            suspected: false,
            learnt: Learnt::Nothing,
            recovery: Recovery::Idle,
        });
        cx.set_timer(Timer::Suspect(node), exactly(patience));
    }

    pub fn add(&mut self, node: NodeId, cx: &mut Cx<'_, Part>) {
        if self.of(node).is_some() || !cx.all('n').contains(&node) {
            return cx.fire(Rule::NotItsBusiness, || {
                format!("{node} is on the list already, or is no node")
            });
        }
        cx.fire(Rule::AddToList, || format!("{node} is on the list from now on"));
        self.watch(node, cx);
    }

    pub fn on_message(&mut self, from: NodeId, msg: Msg, cx: &mut Cx<'_, Part>) {
        match msg {
            Msg::Heartbeat(beat) => self.on_beat(from, beat, cx),
            Msg::DoYouHear { node } => self.on_do_you_hear(from, node, cx),
            Msg::Opinion { node, hears } => self.on_opinion(from, node, hears, cx),
            Msg::Fenced { shard, token } => self.on_fenced(shard, token, cx),
            Msg::Took { shard, token } => self.on_took(from, shard, token, cx),
            Msg::Write { .. } | Msg::Refused { .. } | Msg::Fence { .. } | Msg::TakeOver { .. } => {
                panic!("this is never sent to a monitor")
            }
        }
    }

    // ---- listening ----

    fn on_beat(&mut self, from: NodeId, beat: Beat, cx: &mut Cx<'_, Part>) {
        let Some(place) = self.place(from) else {
            return cx.fire(Rule::RefuseUnknown, || format!("{from} is not on the list"));
        };
        let watched = &mut self.watched[place];
        let news = beat.news(watched.newest);
        if news == News::Old && !cx.config().has(Flaw::TakesOldBeats) {
            let newest = watched.newest.expect("it is older than something");
            return cx.fire(Rule::RefuseOldBeat, || format!("{beat} is not newer than {newest}"));
        }
        (watched.newest, watched.heard) = (Some(beat), cx.now());
        watched.patience = cx.config().patience();
        cx.fire(Rule::HearHeartbeat, || format!("{from} is up: {beat}"));
        cx.set_timer(Timer::Suspect(from), exactly(watched.patience));
        if watched.suspected {
            watched.trust_again(news, cx);
        }
        if self.in_charge() {
            self.give_back(place, cx);
        }
    }

    pub fn silent(&mut self, node: NodeId, cx: &mut Cx<'_, Part>) {
        let place = self.place(node).expect("only watched nodes have timers");
        let watched = &mut self.watched[place];
        let (silence, patience) = (ago(cx.now(), watched.heard), watched.patience);
        if silence < patience {
            cx.fire(Rule::NotYet, || format!("{silence} of silence are less than {patience}"));
            return cx.set_timer(Timer::Suspect(node), exactly(Span(patience.0 - silence.0)));
        }
        watched.suspected = true;
        watched.learnt = Learnt::Nothing;
        cx.suspect(node);
        cx.fire(Rule::Suspect, || format!("nothing of {node} in {silence}"));
        if cx.config().has(Flaw::DeclaresAgain) {
            cx.set_timer(Timer::Suspect(node), exactly(cx.config().interval));
        }
        if self.in_charge() {
            self.ask_around(place, cx);
        }
    }

    // ---- a second opinion ----

    fn ask_around(&mut self, place: usize, cx: &mut Cx<'_, Part>) {
        let node = self.watched[place].node;
        let others = cx.peers().to_vec();
        if others.is_empty() || cx.config().has(Flaw::AsksNobody) {
            return self.give(place, SPARE, cx);
        }
        cx.fire(Rule::AskAround, || format!("somebody else may hear {node}"));
        self.watched[place].recovery = Recovery::Asking { silent: Vec::new(), rounds: 0 };
        self.ask(place, cx);
    }

    /// Asks those who have not answered yet.
    fn ask(&mut self, place: usize, cx: &mut Cx<'_, Part>) {
        let node = self.watched[place].node;
        let Recovery::Asking { silent, rounds } = &mut self.watched[place].recovery else { return };
        *rounds += 1;
        for &other in cx.peers().to_vec().iter().filter(|other| !silent.contains(other)) {
            cx.send(other, Msg::DoYouHear { node });
        }
        cx.set_timer(Timer::Answer(node), exactly(cx.config().answer));
    }

    fn on_do_you_hear(&mut self, from: NodeId, node: NodeId, cx: &mut Cx<'_, Part>) {
        let hears = self.of(node).is_some_and(|watched| !watched.suspected);
        cx.fire(Rule::GiveOpinion, || {
            format!("{node} {}", if hears { "is heard here" } else { "is silent here, too" })
        });
        cx.send(from, Msg::Opinion { node, hears });
    }

    fn on_opinion(&mut self, from: NodeId, node: NodeId, hears: bool, cx: &mut Cx<'_, Part>) {
        let others = cx.peers().len();
        let Some(place) = self.place(node) else { return };
        let watched = &mut self.watched[place];
        let Recovery::Asking { silent, .. } = &mut watched.recovery else {
            return cx.fire(Rule::IgnoreAnswer, || format!("the question about {node} is settled"));
        };
        if hears {
            watched.learnt = Learnt::HeardElsewhere(from);
            cx.fire(Rule::HeardElsewhere, || {
                format!("{from} hears {node}: it is the way from {node} to here that is broken")
            });
            // It is asked again, for the other may be slower to notice.
            return cx.set_timer(Timer::Answer(node), exactly(cx.config().patience()));
        }
        if !silent.contains(&from) {
            silent.push(from);
        }
        let all = silent.len() == others;
        cx.fire(Rule::SilentElsewhere, || format!("{from} does not hear {node} either"));
        if all {
            self.give(place, SPARE, cx);
        }
    }

    // ---- a new owner ----

    /// Gives a shard to somebody: first the store is told, so that the old owner can do no harm.
    fn give(&mut self, place: usize, to: NodeId, cx: &mut Cx<'_, Part>) {
        let shard = self.watched[place].node;
        let token = token_of(&self.given, shard) + 1;
        raise(&mut self.given, Holding { shard, token });
        cx.save(Durable { incarnation: 0, held: self.given.clone() });
        cx.fire(Rule::FenceFirst, || format!("shard {shard} goes to {to} under token {token}"));
        self.watched[place].recovery = Recovery::Fencing { to, token };
        self.say(place, cx);
    }

    /// A node that is heard owns its shard.
    fn give_back(&mut self, place: usize, cx: &mut Cx<'_, Part>) {
        let node = self.watched[place].node;
        match &self.watched[place].recovery {
            Recovery::Fencing { to, .. } | Recovery::Handing { to, .. } | Recovery::Done { to }
                if *to == node => {}
            Recovery::Idle
            | Recovery::Asking { .. }
            | Recovery::Fencing { .. }
            | Recovery::Handing { .. }
            | Recovery::Done { .. } => self.give(place, node, cx),
        }
    }

    /// Says what is to be said next, and waits for the answer.
    fn say(&mut self, place: usize, cx: &mut Cx<'_, Part>) {
        let shard = self.watched[place].node;
        match self.watched[place].recovery {
            Recovery::Fencing { token, .. } => cx.send(STORE, Msg::Fence { shard, token }),
            Recovery::Handing { to, token } => cx.send(to, Msg::TakeOver { shard, token }),
            Recovery::Idle | Recovery::Asking { .. } | Recovery::Done { .. } => return,
        }
        cx.set_timer(Timer::Answer(shard), exactly(cx.config().answer));
    }

    pub fn answer_overdue(&mut self, node: NodeId, cx: &mut Cx<'_, Part>) {
        let place = self.place(node).expect("only watched nodes have timers");
        match &self.watched[place].recovery {
            Recovery::Asking { silent, rounds } => {
                let (heard, silent, rounds) = (self.watched[place].learnt, silent.len(), *rounds);
                if let Learnt::HeardElsewhere(_) = heard {
                    self.watched[place].learnt = Learnt::Nothing;
                    return self.ask_around(place, cx);
                }
                if rounds < ROUNDS {
                    cx.fire(Rule::SayAgain, || {
                        format!("not all have said whether they hear {node}")
                    });
                    return self.ask(place, cx);
                }
                cx.fire(Rule::NobodyHears, || {
                    format!("{silent} do not hear {node}, and the others do not answer")
                });
                self.give(place, SPARE, cx);
            }
            Recovery::Fencing { .. } | Recovery::Handing { .. } => {
                cx.fire(Rule::SayAgain, || format!("no answer about shard {node} yet"));
                self.say(place, cx);
            }
            Recovery::Idle | Recovery::Done { .. } => {}
        }
    }

    fn on_fenced(&mut self, shard: NodeId, answered: Token, cx: &mut Cx<'_, Part>) {
        let Some(place) = self.place(shard) else { return };
        match self.watched[place].recovery {
            Recovery::Fencing { to, token } if token == answered => {
                cx.fire(Rule::HandOver, || {
                    format!("older owners are fenced off, so {to} may begin")
                });
                self.watched[place].recovery = Recovery::Handing { to, token };
                self.say(place, cx);
            }
            _ => cx.fire(Rule::IgnoreAnswer, || format!("token {answered} is settled")),
        }
    }

    fn on_took(&mut self, from: NodeId, shard: NodeId, answered: Token, cx: &mut Cx<'_, Part>) {
        let Some(place) = self.place(shard) else { return };
        match self.watched[place].recovery {
            Recovery::Handing { to, token } if (to, token) == (from, answered) => {
                cx.fire(Rule::Recovered, || format!("{from} owns shard {shard}"));
                self.watched[place].recovery = Recovery::Done { to };
                cx.cancel_timer(Timer::Answer(shard));
            }
            _ => cx.fire(Rule::IgnoreAnswer, || format!("token {answered} is settled")),
        }
    }
}

impl Watched {
    pub fn verdict(&self) -> Verdict {
        Verdict { suspected: self.suspected, newest: self.newest }
    }

    fn trust_again(&mut self, news: News, cx: &mut Cx<'_, Part>) {
        let node = self.node;
        self.suspected = false;
        cx.trust(node);
        self.learnt = match news {
            News::NewLife => Learnt::HadCrashed,
            News::Missed(missed) => Learnt::WasCutOff(missed),
            News::First | News::Next | News::Old => Learnt::StoodStill,
        };
        let words = self.learnt.words();
        cx.fire(Rule::TrustAgain, || format!("{node} is heard again: {words}"));
    }
}

impl Learnt {
    /// One clause.
    pub fn words(self) -> String {
        match self {
            Learnt::Nothing => "silence tells no more".into(),
            Learnt::HeardElsewhere(by) => format!("{by} hears it: the way to here is broken"),
            Learnt::HadCrashed => "it lives a new life, so it had crashed".into(),
            Learnt::WasCutOff(missed) => {
                format!("{missed} of its beats never came, so it was cut off")
            }
            Learnt::StoodStill => "no beat is missing, so it had stood still".into(),
        }
    }
}
