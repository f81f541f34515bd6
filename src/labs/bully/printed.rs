//! The node as the course prints it, flaws included.
//!
//! The print is blocking code: `send_election_message` is a remote call whose *return value* is
//! compared with `"OK"`, and the handler at the other end runs a whole election of its own before it
//! returns. A node of this world handles one event at a time, so each running `start_election` is a
//! [`Thread`]: where it stands in the code, what it waits for, and which call it owes an answer. Threads
//! of one node share `leader_id` and `election_in_progress`, as they do in the print.
//!
//! What the print leaves undefined, and what stands in for it here:
//!
//! * `send_election_message`, `send_coordinator_message`: a request and a `RETURN`. A call that has not
//!   returned after the OK timeout raises `NodeUnavailableError`, as a call to a node that is down does.
//! * `send_ok_response`: a message `OK` of its own. No method of the print receives it; what counts is
//!   the value that the call returns.
//! * A handler that raises an exception answers nothing. Calls run in threads, so that a node can be
//!   called while it waits for a call of its own; without that, two nodes that call each other would
//!   hang for ever.
//! * `election_timeout` is the COORDINATOR timeout of the lab (the print says 5 s). `time.sleep(0.1)` is
//!   a timer. The `print`s are the rules that fire.
//! * [`Round`] is a tag on each call, as of a tracing tool; no decision reads it.

mod message;

use crate::sim::{Cx, NodeId, NodeView, Protocol, Span, Time, exactly};

use super::config::Config;
use super::message::{Command, Fault};
use super::rules::Rule;
use super::view;
pub use message::{Call, Msg, Round, Timer};

/// At most so many elections of one node run at once; further calls find it too busy to answer.
const THREADS_MAX: usize = 64;

/// `time.sleep(0.1)`.
const POLL: Span = Span::from_ms(100);

/// A `BullyElection` object and the threads that run in it.
#[derive(Clone, Debug)]
pub struct Printed {
    pub me: NodeId,
    pub leader_id: Option<NodeId>,
    pub election_in_progress: bool,
    pub threads: Vec<Thread>,
    /// The round of the last election that it began.
    pub round: Round,
    next_call: u32,
    next_round: u32,
    /// Its list of higher nodes holds everybody (the fault `ask-all`).
    asks_all: bool,
    /// Its next message raises an `OSError` (the fault `send-error`).
    send_fails: bool,
}

/// A running `start_election`, or the `become_leader` at its end.
#[derive(Clone, Debug)]
pub struct Thread {
    begun: Begun,
    at: At,
}

/// What is known of a thread from its beginning.
#[derive(Clone, Copy, Debug)]
struct Begun {
    /// Its number among the threads of the node, for its timers.
    id: u8,
    /// The call that it answers at its end, if it began as the handler of one.
    caller: Option<(NodeId, Call)>,
    round: Round,
}

/// Where a thread stands, which is always where it waits for something.
#[derive(Clone, Debug)]
enum At {
    /// `response = self.send_election_message(node)`
    Asking { to: NodeId, call: Call, left: Vec<NodeId>, oks: u32 },
    /// `time.sleep(0.1)` in `wait_for_coordinator`
    Waiting { since: Time },
    /// `self.send_coordinator_message(node)` in `become_leader`
    Telling { to: NodeId, call: Call, left: Vec<NodeId> },
}

/// `OSError`: the operating system refused to send.
struct OsError;

impl Protocol for Printed {
    type Config = Config;
    type Msg = Msg;
    type Timer = Timer;
    type Command = Command;
    type Fault = Fault;
    type Durable = ();
    type Rule = Rule;

    /// `__init__`: sets four fields, and starts nothing.
    fn start((): (), cx: &mut Cx<'_, Printed>) -> Printed {
        let me = cx.me();
        cx.fire(Rule::PrintedIdleStart, || {
            format!("{me} is constructed; nothing holds an election or watches the leader")
        });
        Printed {
            me,
            leader_id: None,
            election_in_progress: false,
            threads: Vec::new(),
            round: Round::default(),
            next_call: 1,
            next_round: 1,
            asks_all: false,
            send_fails: false,
        }
    }

    fn on_message(&mut self, from: NodeId, msg: Msg, cx: &mut Cx<'_, Printed>) {
        cx.trust(from);
        match msg {
            Msg::Election { call, round } => self.handle_election(from, call, round, cx),
            Msg::Ok => cx.fire(Rule::PrintedOkUnheard, || {
                format!("no method receives the OK of {from}; only what a call returns counts")
            }),
            Msg::Coordinator { call, leader } => self.handle_coordinator(from, call, leader, cx),
            Msg::Return { call, ok } => self.handle_return(from, call, ok, cx),
        }
    }

    fn on_timer(&mut self, timer: Timer, cx: &mut Cx<'_, Printed>) {
        let (Timer::Deadline(id) | Timer::Sleep(id)) = timer;
        let place = self.threads.iter().position(|thread| thread.begun.id == id);
        let thread = self.threads.remove(place.expect("a timer belongs to a thread"));
        match thread.at {
            At::Asking { to, left, oks, .. } => {
                self.unavailable(to, cx);
                self.ask(thread.begun, left, oks, cx);
            }
            At::Telling { to, left, .. } => {
                self.unavailable(to, cx);
                self.tell(thread.begun, left, cx);
            }
            At::Waiting { since } => self.wait_on(thread.begun, since, cx),
        }
    }

    fn on_command(&mut self, command: Command, cx: &mut Cx<'_, Printed>) {
        match command {
            Command::Election => {
                let Some(id) = self.free_thread() else { return };
                let round = self.new_round();
                self.start_election(Begun { id, caller: None, round }, cx);
            }
        }
    }

    fn on_fault(&mut self, fault: Fault, cx: &mut Cx<'_, Printed>) {
        let me = self.me;
        match fault {
            Fault::SendError => self.send_fails = true,
            Fault::AskAll => {
                self.asks_all = true;
                cx.fire(Rule::AskEverybody, || format!("{me} takes every other node for higher"));
            }
            Fault::Claim => {
                cx.fire(Rule::ClaimLeadership, || format!("somebody made {me} leader by hand"));
                self.leader_id = Some(me);
                let Some(id) = self.free_thread() else { return };
                let begun = Begun { id, caller: None, round: self.new_round() };
                self.tell(begun, cx.peers().to_vec(), cx);
            }
        }
    }

    fn view(&self) -> NodeView {
        view::printed(self)
    }

    fn set_param(config: &mut Config, name: &str, value: u64) -> Result<(), String> {
        config.set(name, value)
    }
}

impl Printed {
    /// `start_election`. Calls itself, through `wait_for_coordinator`, while the flag is still set.
    fn start_election(&mut self, begun: Begun, cx: &mut Cx<'_, Printed>) {
        let me = self.me;
        if self.election_in_progress {
            self.return_at_once(cx);
            return self.finish(begun, cx);
        }
        self.election_in_progress = true;
        self.round = begun.round;
        cx.fire(Rule::PrintedStartElection, || format!("{me} has no election in progress"));
        if let Some(leader) = self.leader_id {
            cx.fire(Rule::PrintedKeepLeader, || {
                format!("{me} elects a new leader, and leader_id is still {leader}")
            });
        }
        let all = self.asks_all;
        let higher: Vec<NodeId> =
            cx.peers().iter().copied().filter(|&peer| all || peer > me).collect();
        self.ask(begun, higher, 0, cx);
    }

    /// `if self.election_in_progress: return`
    fn return_at_once(&self, cx: &mut Cx<'_, Printed>) {
        let me = self.me;
        if self.threads.iter().any(Thread::elects) {
            cx.fire(Rule::PrintedInProgress, || {
                format!("another thread of {me} is in an election already")
            });
        } else {
            cx.fire(Rule::PrintedStuck, || {
                format!("election_in_progress of {me} is still true, though no election goes on")
            });
        }
    }

    /// The loop over the higher nodes, one call after the other.
    fn ask(&mut self, begun: Begun, mut left: Vec<NodeId>, oks: u32, cx: &mut Cx<'_, Printed>) {
        if left.is_empty() {
            return if oks == 0 { self.become_leader(begun, cx) } else { self.wait(begun, cx) };
        }
        let to = left.remove(0);
        let (call, me, round) = (self.new_call(), self.me, begun.round);
        cx.fire(Rule::PrintedAsk, || format!("{me} calls {to} and waits for what it returns"));
        match self.send(to, Msg::Election { call, round }, cx) {
            Ok(()) => self.block(begun, At::Asking { to, call, left, oks }, cx),
            Err(OsError) => self.raise(cx),
        }
    }

    /// `handle_election_message`
    fn handle_election(
        &mut self,
        from: NodeId,
        call: Call,
        round: Round,
        cx: &mut Cx<'_, Printed>,
    ) {
        let me = self.me;
        if from > me {
            cx.fire(Rule::PrintedOkToHigher, || {
                format!("{from} > {me}, and {me} returns OK all the same")
            });
            return self.return_ok(from, call, cx);
        }
        if let Err(OsError) = self.send(from, Msg::Ok, cx) {
            return self.raise(cx);
        }
        if self.election_in_progress {
            cx.fire(Rule::PrintedOkAtOnce, || {
                format!("{me} is in an election already, so it returns OK at once")
            });
            return self.return_ok(from, call, cx);
        }
        let Some(id) = self.free_thread() else { return };
        cx.fire(Rule::PrintedNestedElection, || {
            format!("{me} holds a whole election before the call of {from} returns")
        });
        self.start_election(Begun { id, caller: Some((from, call)), round }, cx);
    }

    /// `become_leader`
    fn become_leader(&mut self, begun: Begun, cx: &mut Cx<'_, Printed>) {
        let me = self.me;
        self.leader_id = Some(me);
        self.election_in_progress = false;
        cx.fire(Rule::PrintedBecomeLeader, || {
            format!("no call of {me} returned OK; how many can hear it is not asked")
        });
        let lower = cx.peers().iter().copied().filter(|&peer| peer < me).collect();
        self.tell(begun, lower, cx);
    }

    /// The loop over the lower nodes.
    fn tell(&mut self, begun: Begun, mut left: Vec<NodeId>, cx: &mut Cx<'_, Printed>) {
        if left.is_empty() {
            return self.finish(begun, cx);
        }
        let to = left.remove(0);
        let (call, leader) = (self.new_call(), self.me);
        cx.fire(Rule::PrintedAnnounce, || {
            format!("{leader} tells {to} and waits until it returns")
        });
        match self.send(to, Msg::Coordinator { call, leader }, cx) {
            Ok(()) => self.block(begun, At::Telling { to, call, left }, cx),
            Err(OsError) => self.raise(cx),
        }
    }

    /// `handle_coordinator_message`
    fn handle_coordinator(
        &mut self,
        from: NodeId,
        call: Call,
        leader: NodeId,
        cx: &mut Cx<'_, Printed>,
    ) {
        let me = self.me;
        if leader < me {
            cx.fire(Rule::PrintedAdoptLower, || {
                format!("{leader} says so, although {leader} < {me}")
            });
        } else {
            cx.fire(Rule::PrintedAdopt, || format!("{leader} says so"));
        }
        self.leader_id = Some(leader);
        self.election_in_progress = false;
        if let Err(OsError) = self.send(from, Msg::Return { call, ok: false }, cx) {
            self.raise(cx);
        }
    }

    /// `wait_for_coordinator`, at its beginning.
    fn wait(&mut self, begun: Begun, cx: &mut Cx<'_, Printed>) {
        let me = self.me;
        if !self.election_in_progress {
            return self.wait_over(begun, cx);
        }
        cx.fire(Rule::PrintedWait, || {
            format!("a higher node returned OK, so {me} waits for its COORDINATOR")
        });
        let since = cx.now();
        self.sleep(begun, since, cx);
    }

    /// `wait_for_coordinator`, after each sleep: first the time is looked at, then the flag.
    fn wait_on(&mut self, mut begun: Begun, since: Time, cx: &mut Cx<'_, Printed>) {
        if cx.now().since(since) >= cx.config().coordinator_timeout {
            if !self.election_in_progress {
                begun.round = self.new_round();
            }
            return self.start_election(begun, cx);
        }
        if !self.election_in_progress {
            return self.wait_over(begun, cx);
        }
        self.sleep(begun, since, cx);
    }

    fn wait_over(&mut self, begun: Begun, cx: &mut Cx<'_, Printed>) {
        let me = self.me;
        cx.fire(Rule::PrintedWaitOver, || {
            format!("election_in_progress of {me} is false: a COORDINATOR has come")
        });
        self.finish(begun, cx);
    }

    /// A call returned.
    fn handle_return(&mut self, from: NodeId, call: Call, ok: bool, cx: &mut Cx<'_, Printed>) {
        let me = self.me;
        let Some(place) = self.threads.iter().position(|thread| thread.waits_for(from, call))
        else {
            return cx.fire(Rule::PrintedLateReturn, || {
                format!("{me} gave up on {from} before its answer came")
            });
        };
        let Thread { begun, at } = self.threads.remove(place);
        cx.cancel_timer(Timer::Deadline(begun.id));
        match at {
            At::Asking { left, oks, .. } => {
                cx.fire(Rule::PrintedCountOk, || format!("the call of {from} returned OK in time"));
                self.ask(begun, left, oks + u32::from(ok), cx);
            }
            At::Telling { left, .. } => self.tell(begun, left, cx),
            At::Waiting { .. } => panic!("a thread that sleeps waits for no call"),
        }
    }

    /// The end of a thread. If it is the handler of a call, the call returns only now.
    fn finish(&mut self, begun: Begun, cx: &mut Cx<'_, Printed>) {
        let Some((caller, call)) = begun.caller else { return };
        let me = self.me;
        cx.fire(Rule::PrintedAnswerLast, || {
            format!("the election of {me} is over, so the call of {caller} returns")
        });
        self.return_ok(caller, call, cx);
    }

    fn return_ok(&mut self, to: NodeId, call: Call, cx: &mut Cx<'_, Printed>) {
        if let Err(OsError) = self.send(to, Msg::Return { call, ok: true }, cx) {
            self.raise(cx);
        }
    }

    /// `except NodeUnavailableError: continue`
    fn unavailable(&mut self, node: NodeId, cx: &mut Cx<'_, Printed>) {
        let waited = cx.config().ok_timeout;
        cx.suspect(node);
        cx.fire(Rule::PrintedUnavailable, || {
            format!("the call of {node} has not returned in {waited}")
        });
    }

    /// An exception that nobody catches ends the thread where it stands, and tidies nothing.
    fn raise(&mut self, cx: &mut Cx<'_, Printed>) {
        let (me, flag) = (self.me, self.election_in_progress);
        cx.fire(Rule::PrintedErrorEscapes, || {
            format!("{me} raises OSError, which nothing catches; election_in_progress stays {flag}")
        });
    }

    // ---- small things ----

    fn send(&mut self, to: NodeId, msg: Msg, cx: &mut Cx<'_, Printed>) -> Result<(), OsError> {
        if std::mem::take(&mut self.send_fails) {
            return Err(OsError);
        }
        cx.send(to, msg);
        Ok(())
    }

    /// Lets a thread wait for its call.
    fn block(&mut self, begun: Begun, at: At, cx: &mut Cx<'_, Printed>) {
        cx.set_timer(Timer::Deadline(begun.id), exactly(cx.config().ok_timeout));
        self.threads.push(Thread { begun, at });
    }

    fn sleep(&mut self, begun: Begun, since: Time, cx: &mut Cx<'_, Printed>) {
        cx.set_timer(Timer::Sleep(begun.id), exactly(POLL));
        self.threads.push(Thread { begun, at: At::Waiting { since } });
    }

    /// The smallest free number; `None` if too much goes on.
    fn free_thread(&self) -> Option<u8> {
        let taken = |id: &u8| self.threads.iter().any(|thread| thread.begun.id == *id);
        (1..=THREADS_MAX as u8).find(|id| !taken(id))
    }

    fn new_call(&mut self) -> Call {
        let call = Call(self.next_call);
        self.next_call = self.next_call.wrapping_add(1);
        call
    }

    fn new_round(&mut self) -> Round {
        let round = Round(u64::from(self.next_round) << 8 | u64::from(self.me.number()));
        self.next_round = self.next_round.wrapping_add(1);
        round
    }
}

impl Thread {
    /// Whether it is in an election, not announcing its result.
    fn elects(&self) -> bool {
        match self.at {
            At::Asking { .. } | At::Waiting { .. } => true,
            At::Telling { .. } => false,
        }
    }

    fn waits_for(&self, from: NodeId, number: Call) -> bool {
        match self.at {
            At::Asking { to, call, .. } | At::Telling { to, call, .. } => {
                (to, call) == (from, number)
            }
            At::Waiting { .. } => false,
        }
    }

    /// The node whose answer it waits for.
    pub fn blocked_on(&self) -> Option<NodeId> {
        match self.at {
            At::Asking { to, .. } | At::Telling { to, .. } => Some(to),
            At::Waiting { .. } => None,
        }
    }
}
