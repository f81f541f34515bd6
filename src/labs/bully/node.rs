//! The corrected node: a state machine with three roles and four timers.
//!
//! Every role has a timer that ends it if nothing else does, so nobody can wait for ever: a follower
//! waits for a heartbeat, a candidate for an OK or a COORDINATOR, a leader for its own next heartbeat.

use std::fmt;

use crate::labs::detection::watch::Watch;
use crate::labs::jobs::Office;
use crate::sim::{Cx, NodeId, Span, Time, exactly};

use super::config::Flaw;
use super::message::{Command, Epoch, Fault, Kind, Msg, Timer};
use super::part::Part;
use super::rules::Rule;

/// A node that elects as it should, or with one decision broken on purpose.
#[derive(Clone, Debug)]
pub struct Node {
    pub me: NodeId,
    /// The newest epoch that it knows of. Never goes back, not even over a crash.
    pub epoch: Epoch,
    /// The last epoch in which it held an election.
    pub held: Epoch,
    pub role: Role,
    /// What it knows of the leader's job. Kept in memory only.
    pub office: Office,
    /// It takes everybody for higher (the fault `ask-all`).
    asks_all: bool,
    /// Its next message is going to be refused (the fault `send-error`).
    send_fails: bool,
}

/// What a node is now.
#[derive(Clone, Debug)]
pub enum Role {
    /// Waits for the heartbeats of a leader.
    Follower {
        leader: NodeId,
        /// What it has heard of the leader, on its own clock.
        heard: Watch,
    },
    /// Holds an election, and follows nobody.
    Candidate {
        /// Those to whom it sent ELECTION.
        asked: Vec<NodeId>,
        /// Those of them who answered OK. If there is one, it waits for a COORDINATOR.
        answered: Vec<NodeId>,
    },
    /// Announced itself.
    Leader {
        /// When each follower last acknowledged it, where a quorum counts.
        acks: Vec<(NodeId, Time)>,
        /// Whether it may act as leader: always, unless a quorum counts.
        leads: bool,
        /// When it last told all lower nodes, on its own clock.
        announced: Time,
    },
}

/// What survives a crash.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Durable {
    /// So that a node which comes back does not take an old epoch for a new one.
    pub epoch: Epoch,
}

impl Node {
    pub fn start(durable: Durable, cx: &mut Cx<'_, Part>) -> Node {
        let mut node = Node {
            me: cx.me(),
            epoch: durable.epoch,
            held: durable.epoch,
            role: Role::Candidate { asked: Vec::new(), answered: Vec::new() },
            office: Office::default(),
            asks_all: false,
            send_fails: false,
        };
        cx.fire(Rule::StartWithElection, || format!("{} starts and knows no leader", node.me));
        node.hold_election_anew(cx);
        node
    }

    pub fn on_message(&mut self, from: NodeId, msg: Msg, cx: &mut Cx<'_, Part>) {
        cx.trust(from);
        match msg.kind {
            Kind::Election => self.on_election(from, msg.epoch, cx),
            Kind::Ok => self.on_ok(from, msg.epoch, cx),
            Kind::Coordinator => self.on_coordinator(from, msg.epoch, cx),
            Kind::Heartbeat => self.on_heartbeat(from, msg.epoch, cx),
            Kind::Ack => self.on_ack(from, cx),
            Kind::Job(job) => self.on_job(from, job, cx),
        }
    }

    pub fn on_timer(&mut self, timer: Timer, cx: &mut Cx<'_, Part>) {
        match timer {
            Timer::Heartbeat => self.heartbeat_due(cx),
            Timer::Silence => self.leader_silent(cx),
            Timer::Ok => self.ok_overdue(cx),
            Timer::Coordinator => self.coordinator_overdue(cx),
            Timer::Job(timer) => panic!("{} has the timer {timer} of an outsider", self.me),
        }
    }

    pub fn on_command(&mut self, command: Command, cx: &mut Cx<'_, Part>) {
        match command {
            Command::Election => self.asked_to_elect(cx),
        }
    }

    pub fn on_fault(&mut self, fault: Fault, cx: &mut Cx<'_, Part>) {
        match fault {
            Fault::SendError => self.send_fails = true,
            Fault::Claim => self.claim(cx),
            Fault::AskAll => {
                self.asks_all = true;
                let me = self.me;
                cx.fire(Rule::AskEverybody, || format!("{me} takes every other node for higher"));
            }
        }
    }

    // ---- holding an election ----

    /// Holds an election in an epoch of its own making.
    fn hold_election_anew(&mut self, cx: &mut Cx<'_, Part>) {
        self.enter(self.epoch.next(), cx);
        self.hold_election(cx);
    }

    /// Asks all higher nodes whether they are there. With nobody above, it leads at once.
    fn hold_election(&mut self, cx: &mut Cx<'_, Part>) {
        self.held = self.epoch;
        for timer in [Timer::Heartbeat, Timer::Silence, Timer::Ok, Timer::Coordinator] {
            cx.cancel_timer(timer);
        }
        let (me, epoch, all) = (self.me, self.epoch, self.asks_all);
        let asked: Vec<NodeId> =
            cx.peers().iter().copied().filter(|&peer| all || peer > me).collect();
        cx.fire(Rule::HoldElection, || match asked.as_slice() {
            [] => format!("{me} holds an election in {epoch}; nobody is above it"),
            asked => format!("{me} holds an election in {epoch}; above it are {}", Names(asked)),
        });
        self.role = Role::Candidate { asked: asked.clone(), answered: Vec::new() };
        if asked.is_empty() {
            return self.lead(cx);
        }
        for &higher in &asked {
            self.send(higher, Kind::Election, cx);
        }
        cx.set_timer(Timer::Ok, exactly(cx.config().ok_timeout));
    }

    fn asked_to_elect(&mut self, cx: &mut Cx<'_, Part>) {
        let (me, held) = (self.me, self.held);
        if let Role::Candidate { .. } = self.role {
            return cx.fire(Rule::RefuseSecondElection, || {
                format!("{me} holds an election already, in {held}")
            });
        }
        cx.fire(Rule::AskedToElect, || format!("somebody asks {me} to hold an election"));
        self.hold_election_anew(cx);
    }

    /// ELECTION: somebody wants to know whether this node is there.
    fn on_election(&mut self, from: NodeId, theirs: Epoch, cx: &mut Cx<'_, Part>) {
        let me = self.me;
        if from > me {
            if !cx.config().has(Flaw::OkToAnyone) {
                return cx
                    .fire(Rule::RefuseOk, || format!("{from} > {me}, so {from} outranks {me}"));
            }
            cx.fire(Rule::OkToAnyone, || format!("{me} answers OK although {from} > {me}"));
        } else {
            cx.fire(Rule::AnswerOk, || format!("{from} < {me}, so {me} outranks {from}"));
        }
        let mine = self.epoch;
        self.enter(theirs, cx);
        self.send(from, Kind::Ok, cx);
        match self.role {
            Role::Leader { .. } => self.asked_while_leading(from, theirs, mine, cx),
            Role::Follower { .. } | Role::Candidate { .. } => self.join(from, theirs, mine, cx),
        }
    }

    /// After its OK, a node that does not lead holds an election of its own: one an epoch.
    fn join(&mut self, from: NodeId, theirs: Epoch, mine: Epoch, cx: &mut Cx<'_, Part>) {
        let (me, held) = (self.me, self.held);
        let follows = match self.role {
            Role::Follower { leader, .. } => Some(leader),
            Role::Candidate { .. } | Role::Leader { .. } => None,
        };
        if theirs > mine || (theirs == mine && held < mine && follows.is_none()) {
            cx.fire(Rule::JoinElection, || {
                format!("{from} holds an election in {theirs}, and {me} has not held one in it")
            });
            self.hold_election(cx);
        } else if cx.config().has(Flaw::ElectionForEach) {
            cx.fire(Rule::ElectionForEach, || {
                format!(
                    "{me} was sent an ELECTION, and so it holds an election, whatever the epoch"
                )
            });
            self.hold_election(cx);
        } else if let Some(leader) = follows {
            cx.fire(Rule::EpochDecided, || {
                format!("{leader} leads, and {theirs} is not a new one")
            });
        } else {
            cx.fire(Rule::OneElectionAnEpoch, || {
                format!("{me} holds one already, in {held}, and {theirs} is not a new one")
            });
        }
    }

    /// A leader that is asked tells everybody again in a new epoch, and one that lags behind alone.
    fn asked_while_leading(
        &mut self,
        from: NodeId,
        theirs: Epoch,
        mine: Epoch,
        cx: &mut Cx<'_, Part>,
    ) {
        let me = self.me;
        if theirs > mine {
            cx.fire(Rule::RemindOfLeader, || format!("{me} leads, in {theirs} as in {mine}"));
            self.announce(cx);
        } else if theirs < mine {
            cx.fire(Rule::RemindOfLeader, || {
                format!("{from} knows {theirs} only, and {me} leads in {mine}")
            });
            self.send(from, Kind::Coordinator, cx);
        } else if cx.config().has(Flaw::ElectionForEach) {
            cx.fire(Rule::ElectionForEach, || {
                format!(
                    "{me} was sent an ELECTION, and so it holds an election, whatever the epoch"
                )
            });
            self.hold_election(cx);
        } else {
            cx.fire(Rule::OneElectionAnEpoch, || {
                format!("{me} has announced itself in {mine} already")
            });
        }
    }

    /// OK: a higher node is there and takes over.
    fn on_ok(&mut self, from: NodeId, theirs: Epoch, cx: &mut Cx<'_, Part>) {
        let (me, held) = (self.me, self.held);
        let Role::Candidate { asked, answered } = &mut self.role else {
            return cx.fire(Rule::IgnoreOk, || format!("{me} holds no election any more"));
        };
        if theirs < held || !asked.contains(&from) || answered.contains(&from) {
            return cx.fire(Rule::IgnoreOk, || {
                format!("this OK of {from} is of {theirs}, or a copy; {me} is in {held}")
            });
        }
        answered.push(from);
        let first = answered.len() == 1;
        cx.fire(Rule::HearOk, || {
            format!("{from} is there and outranks {me}, so {me} will not lead")
        });
        self.enter(theirs, cx);
        if !first {
            return;
        }
        if cx.config().has(Flaw::WaitsForEver) {
            return cx.fire(Rule::WaitForEver, || {
                format!("{me} waits for a COORDINATOR, however long it takes")
            });
        }
        cx.set_timer(Timer::Coordinator, cx.config().coordinator_wait());
    }

    /// Whoever has not answered by now is taken for failed. If nobody has, this node leads.
    fn ok_overdue(&mut self, cx: &mut Cx<'_, Part>) {
        let Role::Candidate { asked, answered } = &self.role else {
            panic!("only a candidate waits for an OK");
        };
        let silent: Vec<NodeId> =
            asked.iter().copied().filter(|node| !answered.contains(node)).collect();
        let nobody = answered.is_empty();
        for &node in &silent {
            cx.suspect(node);
        }
        if !silent.is_empty() {
            let waited = cx.config().ok_timeout;
            cx.fire(Rule::TakeSilentForFailed, || {
                format!("no OK from {} in {waited}", Names(&silent))
            });
        }
        if nobody {
            self.lead(cx);
        }
    }

    /// A higher node said OK, and then nothing came of it: it failed, or its word was lost.
    fn coordinator_overdue(&mut self, cx: &mut Cx<'_, Part>) {
        let (me, held) = (self.me, self.held);
        cx.fire(Rule::RetryInNewEpoch, || {
            format!("{me} was answered OK in {held}, but no COORDINATOR came")
        });
        self.hold_election_anew(cx);
    }

    // ---- leading ----

    /// Nobody above answers, so this node leads.
    fn lead(&mut self, cx: &mut Cx<'_, Part>) {
        let (me, epoch) = (self.me, self.epoch);
        cx.fire(Rule::BecomeLeader, || format!("nobody above {me} has answered in {epoch}"));
        self.take_office(cx);
        self.announce(cx);
    }

    /// Becomes leader in its own eyes.
    fn take_office(&mut self, cx: &mut Cx<'_, Part>) {
        let leads = !cx.config().quorum;
        self.role = Role::Leader { acks: Vec::new(), leads, announced: cx.now() };
        for timer in [Timer::Silence, Timer::Ok, Timer::Coordinator] {
            cx.cancel_timer(timer);
        }
        cx.set_timer(Timer::Heartbeat, exactly(cx.config().heartbeat));
    }

    /// Tells all lower nodes who leads.
    fn announce(&mut self, cx: &mut Cx<'_, Part>) {
        let me = self.me;
        if let Role::Leader { announced, .. } = &mut self.role {
            *announced = cx.now();
        }
        let lower: Vec<NodeId> = cx.peers().iter().copied().filter(|&peer| peer < me).collect();
        for node in lower {
            self.send(node, Kind::Coordinator, cx);
        }
    }

    fn heartbeat_due(&mut self, cx: &mut Cx<'_, Part>) {
        let (me, epoch, every) = (self.me, self.epoch, cx.config().heartbeat);
        self.recount(cx);
        cx.fire(Rule::SendHeartbeat, || {
            format!("{me} leads in {epoch}, and says so every {every}")
        });
        let peers = cx.peers().to_vec();
        for peer in peers {
            self.send(peer, Kind::Heartbeat, cx);
        }
        cx.set_timer(Timer::Heartbeat, exactly(cx.config().heartbeat));
    }

    /// The fault `claim`: it announces itself to everybody, without having asked anybody.
    fn claim(&mut self, cx: &mut Cx<'_, Part>) {
        let me = self.me;
        cx.fire(Rule::ClaimLeadership, || format!("somebody made {me} leader by hand"));
        self.take_office(cx);
        let peers = cx.peers().to_vec();
        for peer in peers {
            self.send(peer, Kind::Coordinator, cx);
        }
    }

    // ---- following ----

    /// COORDINATOR: somebody says that it leads.
    fn on_coordinator(&mut self, from: NodeId, theirs: Epoch, cx: &mut Cx<'_, Part>) {
        let (me, mine) = (self.me, self.epoch);
        self.enter(theirs, cx);
        if from < me {
            return self.coordinator_from_below(from, cx);
        }
        match self.role {
            Role::Follower { leader, .. } if from < leader && theirs <= mine => {
                cx.fire(Rule::RefuseOutrankedCoordinator, || {
                    format!("{from} < {leader}, whom {me} follows, and {theirs} is not a new one")
                });
            }
            Role::Follower { .. } | Role::Candidate { .. } | Role::Leader { .. } => {
                cx.fire(Rule::FollowCoordinator, || {
                    format!("{from} > {me}, so {from} outranks {me}")
                });
                self.follow(from, cx);
            }
        }
    }

    /// A leader below this node: one that did not know of it, or whose word is old.
    fn coordinator_from_below(&mut self, from: NodeId, cx: &mut Cx<'_, Part>) {
        let me = self.me;
        if cx.config().has(Flaw::AdoptsLower) {
            cx.fire(Rule::AdoptLower, || format!("{me} follows {from} although {from} < {me}"));
            return self.follow(from, cx);
        }
        cx.fire(Rule::RefuseLowerCoordinator, || {
            format!("{from} < {me}, so {me} outranks {from} and does not follow it")
        });
        match self.role {
            // It is holding one.
            Role::Candidate { .. } => {}
            Role::Follower { .. } | Role::Leader { .. } => self.hold_election_anew(cx),
        }
    }

    fn follow(&mut self, leader: NodeId, cx: &mut Cx<'_, Part>) {
        let mut heard = Watch::default();
        heard.beat(cx.now(), false, &cx.config().patience());
        let silence = cx.config().silence(&heard);
        self.role = Role::Follower { leader, heard };
        for timer in [Timer::Heartbeat, Timer::Ok, Timer::Coordinator] {
            cx.cancel_timer(timer);
        }
        cx.set_timer(Timer::Silence, silence);
        self.acknowledge(leader, cx);
    }

    /// HEARTBEAT: somebody still leads.
    fn on_heartbeat(&mut self, from: NodeId, theirs: Epoch, cx: &mut Cx<'_, Part>) {
        let me = self.me;
        match &mut self.role {
            Role::Candidate { .. } => cx.fire(Rule::IgnoreHeartbeat, || {
                format!("{me} holds an election, which only a COORDINATOR ends")
            }),
            Role::Follower { leader, heard } if *leader == from => {
                heard.beat(cx.now(), false, &cx.config().patience());
                let silence = cx.config().silence(heard);
                cx.fire(Rule::HearHeartbeat, || format!("{from}, whom {me} follows, is there"));
                cx.set_timer(Timer::Silence, silence);
                self.enter(theirs, cx);
                self.acknowledge(from, cx);
            }
            Role::Follower { leader, .. } if from < *leader => {
                let leader = *leader;
                cx.fire(Rule::IgnoreHeartbeat, || {
                    format!("{from} < {leader}, whom {me} follows and who will hear it too")
                });
            }
            Role::Follower { .. } | Role::Leader { .. } => self.second_leader(from, theirs, cx),
        }
    }

    /// There are two leaders, as when a partition has healed. The higher one is to win.
    fn second_leader(&mut self, from: NodeId, theirs: Epoch, cx: &mut Cx<'_, Part>) {
        let me = self.me;
        if cx.config().has(Flaw::DeafToRivals) {
            return cx.fire(Rule::DeafToRivals, || format!("{me} does not care that {from} leads"));
        }
        self.enter(theirs, cx);
        if let Role::Leader { announced, .. } = self.role
            && from < me
        {
            return self.outrank(from, announced, cx);
        }
        let taken = self.followed().unwrap_or(me);
        cx.fire(Rule::MeetRival, || {
            format!("{from} leads, and {from} > {taken}, which led for {me}")
        });
        self.hold_election_anew(cx);
    }

    /// Tells a lower leader, and those who follow it; but not for each of its heartbeats anew.
    fn outrank(&mut self, from: NodeId, announced: Time, cx: &mut Cx<'_, Part>) {
        let (me, ago) = (self.me, cx.now().since(announced));
        if ago < cx.config().heartbeat {
            return cx.fire(Rule::IgnoreHeartbeat, || {
                format!("{from} < {me}, and {me} has announced itself {ago} ago")
            });
        }
        cx.fire(Rule::OutrankRival, || format!("{from} < {me}, and both lead"));
        self.announce(cx);
    }

    fn leader_silent(&mut self, cx: &mut Cx<'_, Part>) {
        let Role::Follower { leader, heard } = &self.role else {
            panic!("only a follower waits for heartbeats");
        };
        let leader = *leader;
        let silence = heard.last().map_or(Span::ZERO, |last| cx.now().since(last));
        cx.suspect(leader);
        cx.fire(Rule::SuspectLeader, || format!("nothing of {leader} in {silence}"));
        self.hold_election_anew(cx);
    }

    // ---- small things ----

    /// Whom it takes for leader, itself included.
    pub fn followed(&self) -> Option<NodeId> {
        match self.role {
            Role::Follower { leader, .. } => Some(leader),
            Role::Candidate { .. } => None,
            Role::Leader { .. } => Some(self.me),
        }
    }

    /// Learns of an epoch, and keeps it if it is newer.
    fn enter(&mut self, epoch: Epoch, cx: &mut Cx<'_, Part>) {
        if epoch > self.epoch {
            self.epoch = epoch;
            cx.save(Durable { epoch });
        }
    }

    /// Sends a message, unless the operating system refuses it. Every wait has a timer, so a message
    /// that was never sent is no worse than one that was lost: nothing has to be cleaned up.
    pub(super) fn send(&mut self, to: NodeId, kind: Kind, cx: &mut Cx<'_, Part>) {
        let me = self.me;
        if std::mem::take(&mut self.send_fails) {
            return cx
                .fire(Rule::SendFailed, || format!("the system of {me} refused to send to {to}"));
        }
        cx.send(to, Msg { kind, epoch: self.epoch });
    }
}

/// `n3, n4 and n5`.
pub struct Names<'a>(pub &'a [NodeId]);

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, node) in self.0.iter().enumerate() {
            let before = match place {
                0 => "",
                _ if place + 1 == self.0.len() => " and ",
                _ => ", ",
            };
            write!(f, "{before}{node}")?;
        }
        Ok(())
    }
}
