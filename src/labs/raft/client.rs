//! A client: asks one thing at a time, and looks for the leader until it is answered (Raft §8).
//!
//! A request keeps its number in every repetition. While a client waits it knows nothing of what
//! became of its request; that is why the servers' sessions exist.

use std::collections::VecDeque;

use crate::sim::{Cx, NodeId, exactly};

use super::config::Config;
use super::kv::{Answer, Command, Key};
use super::message::{ClientReply, ClientRequest, Msg, Outcome};
use super::node::{Durable, Part, Servers, Timer};
use super::order::{Ask, refuse_order};
use super::rules::Rule;

/// At most so many commands wait for their turn; more are refused.
pub const QUEUE_MAX: usize = 8;

/// The keys that clients use by themselves.
const KEYS: [Key; 3] = [Key::letter('x'), Key::letter('y'), Key::letter('z')];

/// The state of one client.
#[derive(Clone, Debug)]
pub struct Client {
    disk: Durable,
    /// What it waits for.
    pub under_way: Option<UnderWay>,
    /// What it was told to ask next.
    queue: VecDeque<Command>,
    /// The server that it asks first: the last one that answered, or was named as the leader.
    pub leader: NodeId,
    /// The servers that did not answer in time when they were last asked.
    suspects: Servers,
    /// The last request that was answered.
    pub finished: Option<Finished>,
    /// How many requests were answered.
    pub done: u64,
}

/// A request without an answer yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnderWay {
    /// The same in each repetition.
    pub number: u32,
    /// What was asked.
    pub command: Command,
    /// The server that was asked last.
    pub server: NodeId,
    /// How often it was asked, over all servers.
    pub tries: u32,
    /// How often in a row a server has named another as the leader.
    hints: u32,
    /// Whether the server that was asked last has answered, though not with a result.
    heard: bool,
}

/// A request and its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finished {
    /// Which request it was.
    pub number: u32,
    /// What was asked.
    pub command: Command,
    /// What it gave.
    pub answer: Answer,
}

impl Client {
    pub(super) fn start(durable: Durable, cx: &mut Cx<'_, Part>) -> Client {
        let servers = cx.all('n');
        let leader = servers[(usize::from(cx.me().number()) - 1) % servers.len()];
        let client = Client {
            disk: durable,
            under_way: None,
            queue: VecDeque::new(),
            leader,
            suspects: Servers::default(),
            finished: None,
            done: 0,
        };
        client.think(cx);
        client
    }

    /// A request was answered; this many are behind it in the client's own count.
    pub fn requests(&self) -> u32 {
        self.disk.requests
    }

    pub(super) fn on_command(&mut self, ask: Ask, cx: &mut Cx<'_, Part>) {
        let command = match ask {
            Ask::Store(command) => command,
            Ask::Order(order) => {
                return refuse_order(order, cx, || "that is for the leader".into());
            }
        };
        if self.under_way.is_none() {
            self.ask(command, cx);
        } else if self.queue.len() < QUEUE_MAX {
            self.queue.push_back(command);
            let ahead = self.queue.len();
            cx.fire(Rule::ClientWait, || format!("{ahead} before `{command}` has its turn"));
        } else {
            cx.fire(Rule::ClientWait, || {
                format!("`{command}` is refused: {QUEUE_MAX} wait already")
            });
        }
    }

    pub(super) fn on_timer(&mut self, timer: Timer, cx: &mut Cx<'_, Part>) {
        match timer {
            Timer::Think if self.under_way.is_none() => {
                let command = self.think_of_something(cx);
                self.ask(command, cx);
            }
            // It was told to ask something meanwhile; it thinks again after that.
            Timer::Think => {}
            Timer::Reply => self.ask_another(cx),
            Timer::Election
            | Timer::Heartbeat
            | Timer::VoteCall
            | Timer::HeartbeatCall
            | Timer::Job(_) => {
                panic!("{} has a timer of a server", cx.me())
            }
        }
    }

    pub(super) fn on_message(&mut self, from: NodeId, msg: Msg, cx: &mut Cx<'_, Part>) {
        if self.suspects.remove(from) {
            cx.trust(from);
        }
        match msg {
            Msg::ClientReply(reply) => self.on_reply(from, reply, cx),
            Msg::RequestVote(_)
            | Msg::RequestVoteReply(_)
            | Msg::PreVote(_)
            | Msg::PreVoteReply(_)
            | Msg::AppendEntries(_)
            | Msg::AppendEntriesReply(_)
            | Msg::InstallSnapshot(_)
            | Msg::InstallSnapshotReply(_)
            | Msg::TimeoutNow(_)
            | Msg::Printed(_)
            | Msg::Job(_)
            | Msg::ClientRequest(_) => panic!("{from} takes {} for a server", cx.me()),
        }
    }

    fn on_reply(&mut self, from: NodeId, reply: ClientReply, cx: &mut Cx<'_, Part>) {
        let Some(mut request) = self.under_way.filter(|request| request.number == reply.number)
        else {
            let number = reply.number;
            return cx.fire(Rule::ClientIgnoreReply, || format!("I do not wait for #{number}"));
        };
        match reply.outcome {
            Outcome::Done(answer) => self.finish(from, request, answer, cx),
            Outcome::NotLeader(_) if from != request.server => {
                cx.fire(Rule::ClientIgnoreReply, || {
                    format!("{from} is late: I have asked {} meanwhile", request.server)
                });
            }
            Outcome::NotLeader(Some(leader))
                if leader != from
                    && !self.suspects.contains(leader)
                    && request.hints < cx.all('n').len() as u32 =>
            {
                cx.fire(Rule::ClientFollowHint, || format!("{from} says that {leader} leads"));
                request.hints += 1;
                self.send(UnderWay { server: leader, ..request }, cx);
            }
            Outcome::NotLeader(hint) => {
                cx.fire(Rule::ClientPause, || match hint {
                    Some(leader) => format!("{from} names {leader}, which I have tried"),
                    None => format!("{from} knows of no leader"),
                });
                self.under_way = Some(UnderWay { heard: true, ..request });
                cx.set_timer(Timer::Reply, exactly(cx.config().heartbeat));
            }
            Outcome::Outdated(newest) => {
                // Only a client that has lost its disk can be behind its own session.
                cx.fire(Rule::ClientSkipAhead, || format!("#{newest} is done already"));
                self.disk.requests = self.disk.requests.max(newest);
                let command = request.command;
                self.ask(command, cx);
            }
        }
    }

    fn finish(&mut self, from: NodeId, request: UnderWay, answer: Answer, cx: &mut Cx<'_, Part>) {
        let UnderWay { number, command, .. } = request;
        cx.fire(Rule::ClientAnswered, || format!("{from} answers #{number} {command}: {answer}"));
        cx.cancel_timer(Timer::Reply);
        self.under_way = None;
        self.leader = from;
        self.finished = Some(Finished { number, command, answer });
        self.done += 1;
        match self.queue.pop_front() {
            Some(next) => self.ask(next, cx),
            None => self.think(cx),
        }
    }

    /// Asks something new. The number is on disk before it is used.
    fn ask(&mut self, command: Command, cx: &mut Cx<'_, Part>) {
        self.disk.requests += 1;
        cx.save(self.disk.clone());
        let (number, server) = (self.disk.requests, self.leader);
        cx.fire(Rule::ClientAsk, || format!("#{number} {command}, of {server}"));
        let fresh = UnderWay { number, command, server, tries: 0, hints: 0, heard: false };
        self.send(fresh, cx);
    }

    /// "If the leader crashes, client requests will time out; clients then try again with
    /// randomly-chosen servers" (§8); here with the next one, so that all get their turn.
    fn ask_another(&mut self, cx: &mut Cx<'_, Part>) {
        let Some(request) = self.under_way else { return };
        let silent = request.server;
        if !request.heard {
            self.suspects.insert(silent);
            cx.suspect(silent);
        }
        let servers = cx.all('n');
        let place = usize::from(silent.number()) % servers.len();
        let server = servers[place];
        cx.fire(Rule::ClientRetry, || {
            let tries = match request.tries {
                1 => "1 try".to_string(),
                tries => format!("{tries} tries"),
            };
            let why = if request.heard { "does not lead" } else { "is silent" };
            format!("{silent} {why}: #{} goes to {server} after {tries}", request.number)
        });
        self.send(UnderWay { server, hints: 0, ..request }, cx);
    }

    fn send(&mut self, request: UnderWay, cx: &mut Cx<'_, Part>) {
        let UnderWay { number, command, server, tries, .. } = request;
        self.under_way = Some(UnderWay { tries: tries + 1, heard: false, ..request });
        cx.send(server, Msg::ClientRequest(ClientRequest { number, command }));
        cx.set_timer(Timer::Reply, exactly(cx.config().client_timeout));
    }

    fn think(&self, cx: &mut Cx<'_, Part>) {
        let config: &Config = cx.config();
        if config.load {
            cx.set_timer(Timer::Think, config.thinking());
        }
    }

    /// What a client asks by itself. It writes no value twice, so that an answer tells which write
    /// it saw.
    fn think_of_something(&self, cx: &mut Cx<'_, Part>) -> Command {
        let key = KEYS[cx.pick(KEYS.len() as u64) as usize];
        if cx.pick(100) < cx.config().reads_percent {
            return Command::Get { key };
        }
        let value = u64::from(self.disk.requests + 1) * 10 + u64::from(cx.me().number());
        Command::Put { key, value }
    }
}
