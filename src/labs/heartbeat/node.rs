//! The nodes that beat and own a shard each, the spare that takes over, and the store that both write to.

use crate::labs::detection::beat::Beat;
use crate::sim::{Cx, NodeId, NodeView, Protocol, Span, Time, exactly};

use super::config::Config;
use super::message::{Command, Fault, Msg, Timer, Token};
use super::monitor::Monitor;
use super::printed::Printed;
use super::rules::Rule;
use super::variants::Flaw;
use super::view;

/// A node of this lab.
#[derive(Clone, Debug)]
pub enum Part {
    Owner(Owner),
    Store(Store),
    Monitor(Monitor),
    Printed(Printed),
}

/// A node that is watched, or the spare. It writes for every shard that it holds a token of.
#[derive(Clone, Debug)]
pub struct Owner {
    pub me: NodeId,
    /// The last heartbeat; the spare sends none.
    pub last: Beat,
    pub held: Vec<Holding>,
}

/// A shard and the token under which it is owned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holding {
    pub shard: NodeId,
    pub token: Token,
}

/// What all owners write to.
#[derive(Clone, Debug)]
pub struct Store {
    /// The newest token of each shard that it has seen.
    pub newest: Vec<Holding>,
    /// The last write that it took: the shard, and by whom.
    pub took: Option<(NodeId, NodeId)>,
}

/// What survives a crash.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Durable {
    /// A node's number of lives.
    pub incarnation: u64,
    /// What an owner owns, what the store has seen, or what m1 has given out last.
    pub held: Vec<Holding>,
}

impl Protocol for Part {
    type Config = Config;
    type Msg = Msg;
    type Timer = Timer;
    type Command = Command;
    type Fault = Fault;
    type Durable = Durable;
    type Rule = Rule;

    fn start(durable: Durable, cx: &mut Cx<'_, Part>) -> Part {
        match cx.me().letter() {
            's' => Part::Store(Store { newest: durable.held, took: None }),
            'm' if cx.config().printed => Part::Printed(Printed::start(cx)),
            'm' => Part::Monitor(Monitor::start(durable.held, cx)),
            _ => Part::Owner(Owner::start(durable, cx)),
        }
    }

    fn on_message(&mut self, from: NodeId, msg: Msg, cx: &mut Cx<'_, Part>) {
        match (self, msg) {
            (Part::Owner(owner), Msg::TakeOver { shard, token }) => {
                owner.on_take_over(from, Holding { shard, token }, cx);
            }
            (Part::Owner(owner), Msg::Refused { shard, newest }) => {
                owner.on_refused(shard, newest, cx);
            }
            (Part::Store(store), Msg::Write { shard, token }) => {
                store.on_write(from, Holding { shard, token }, cx);
            }
            (Part::Store(store), Msg::Fence { shard, token }) => {
                store.on_fence(from, Holding { shard, token }, cx);
            }
            (Part::Monitor(monitor), msg) => monitor.on_message(from, msg, cx),
            (Part::Printed(printed), Msg::Heartbeat(beat)) => {
                printed.receive_heartbeat(from, beat, cx);
            }
            // The print sends its take-over and forgets it.
            (Part::Owner(_) | Part::Store(_) | Part::Printed(_), _) => {}
        }
    }

    fn on_timer(&mut self, timer: Timer, cx: &mut Cx<'_, Part>) {
        match (self, timer) {
            (Part::Owner(owner), Timer::Beat) => owner.beat(cx),
            (Part::Monitor(monitor), Timer::Suspect(node)) => monitor.silent(node, cx),
            (Part::Monitor(monitor), Timer::Answer(node)) => monitor.answer_overdue(node, cx),
            (Part::Printed(printed), Timer::Tick) => printed.check_heartbeats(cx),
            (Part::Printed(printed), Timer::Recovered) => printed.go_on(cx),
            (Part::Owner(_) | Part::Store(_) | Part::Monitor(_) | Part::Printed(_), _) => {
                panic!("a part sets only timers of its own")
            }
        }
    }

    fn on_command(&mut self, command: Command, cx: &mut Cx<'_, Part>) {
        match (self, command) {
            (Part::Owner(owner), Command::Beat) => owner.beat(cx),
            (Part::Monitor(monitor), Command::Add(node)) => monitor.add(node, cx),
            (Part::Printed(printed), Command::Add(node)) => printed.add(node, cx),
            (Part::Owner(_) | Part::Store(_) | Part::Monitor(_) | Part::Printed(_), _) => {
                let me = cx.me();
                cx.fire(Rule::NotItsBusiness, || format!("{me} cannot do that"));
            }
        }
    }

    fn on_fault(&mut self, fault: Fault, cx: &mut Cx<'_, Part>) {
        match self {
            Part::Printed(printed) => printed.suffer(fault, cx),
            Part::Monitor(_) => cx.fire(Rule::MonotonicClock, || {
                "it measures by the monotonic clock, and one thread does everything".into()
            }),
            Part::Owner(_) | Part::Store(_) => {
                let me = cx.me();
                cx.fire(Rule::NotItsBusiness, || format!("{me} is no monitor"));
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

/// The one store.
pub const STORE: NodeId = NodeId::new('s', 1);
/// The one spare.
pub const SPARE: NodeId = NodeId::new('r', 1);

/// Puts a token where the shard's is, if it is newer. True if it is.
pub fn raise(held: &mut Vec<Holding>, new: Holding) -> bool {
    match held.binary_search_by_key(&new.shard, |holding| holding.shard) {
        Ok(place) if held[place].token >= new.token => return false,
        Ok(place) => held[place] = new,
        Err(place) => held.insert(place, new),
    }
    true
}

/// The token of a shard, 0 if there is none.
pub fn token_of(held: &[Holding], shard: NodeId) -> Token {
    held.iter().find(|holding| holding.shard == shard).map_or(0, |holding| holding.token)
}

impl Owner {
    fn start(durable: Durable, cx: &mut Cx<'_, Part>) -> Owner {
        let me = cx.me();
        let (incarnation, mut held) = (durable.incarnation + 1, durable.held);
        if cx.config().printed && me != SPARE {
            // The print knows no tokens: whoever runs, owns.
            held = vec![Holding { shard: me, token: 0 }];
        }
        cx.save(Durable { incarnation, held: held.clone() });
        cx.fire(Rule::BeginLife, || format!("{me} starts its life {incarnation}"));
        let every = cx.config().interval;
        cx.set_timer(Timer::Beat, Span::ZERO..every);
        Owner { me, last: Beat { incarnation, number: 0 }, held }
    }

    fn beat(&mut self, cx: &mut Cx<'_, Part>) {
        let me = self.me;
        if me != SPARE {
            self.last = self.last.next();
            let last = self.last;
            cx.fire(Rule::SendHeartbeat, || format!("{me} says that it is up: {last}"));
            for monitor in cx.all('m').to_vec() {
                cx.send(monitor, Msg::Heartbeat(last));
            }
        }
        for &Holding { shard, token } in &self.held {
            cx.fire(Rule::WriteShard, || format!("{me} owns shard {shard} under token {token}"));
            cx.send(STORE, Msg::Write { shard, token });
        }
        cx.set_timer(Timer::Beat, exactly(cx.config().interval));
    }

    fn on_take_over(&mut self, from: NodeId, new: Holding, cx: &mut Cx<'_, Part>) {
        let (me, Holding { shard, token }) = (self.me, new);
        let printed = cx.config().printed && !self.held.contains(&new);
        if printed || raise(&mut self.held, new) {
            if printed {
                self.held.push(new);
            }
            cx.save(Durable { incarnation: self.last.incarnation, held: self.held.clone() });
            cx.fire(Rule::TakeOver, || format!("{me} owns shard {shard} under token {token} now"));
        } else {
            let mine = token_of(&self.held, shard);
            cx.fire(Rule::RefuseOldToken, || format!("token {token} is not newer than {mine}"));
        }
        if token_of(&self.held, shard) == token && !cx.config().printed {
            cx.send(from, Msg::Took { shard, token });
        }
    }

    fn on_refused(&mut self, shard: NodeId, newest: Token, cx: &mut Cx<'_, Part>) {
        let (me, mine) = (self.me, token_of(&self.held, shard));
        if mine >= newest {
            return cx.fire(Rule::RefuseOldToken, || {
                format!("that was an older write; {me} has token {mine} by now")
            });
        }
        self.held.retain(|holding| holding.shard != shard);
        cx.save(Durable { incarnation: self.last.incarnation, held: self.held.clone() });
        cx.fire(Rule::StepDown, || {
            format!("shard {shard} has been given away: token {newest} > {mine}")
        });
    }
}

impl Store {
    fn on_write(&mut self, from: NodeId, write: Holding, cx: &mut Cx<'_, Part>) {
        let Holding { shard, token } = write;
        let newest = token_of(&self.newest, shard);
        if token < newest && !cx.config().has(Flaw::TakesAnyToken) {
            cx.fire(Rule::RefuseWrite, || {
                format!("{from} has token {token}, and shard {shard} has seen {newest}")
            });
            return cx.send(from, Msg::Refused { shard, newest });
        }
        self.see(write, cx);
        self.took = Some((shard, from));
        cx.fire(Rule::AcceptWrite, || format!("{from} writes to shard {shard} with token {token}"));
    }

    fn on_fence(&mut self, from: NodeId, fence: Holding, cx: &mut Cx<'_, Part>) {
        let Holding { shard, token } = fence;
        cx.fire(Rule::FenceOff, || format!("shard {shard}: nothing below token {token} any more"));
        self.see(fence, cx);
        cx.send(from, Msg::Fenced { shard, token });
    }

    fn see(&mut self, new: Holding, cx: &mut Cx<'_, Part>) {
        if raise(&mut self.newest, new) {
            cx.save(Durable { incarnation: 0, held: self.newest.clone() });
        }
    }
}

/// How long ago something was, for the words of a rule.
pub fn ago(now: Time, then: Time) -> Span {
    now.since(then)
}
