//! A member: probes one other each period, asks others to try, suspects, refutes, and passes news on.

use crate::labs::detection::beat::Beat;
use crate::labs::detection::pairs::Verdict;
use crate::labs::detection::suspicion::Suspicion;
use crate::sim::{Cx, Field, Look, NodeId, NodeView, Protocol, Span, Time, exactly, sorting};

use super::config::Config;
use super::message::{Command, Fault, Kind, Msg, Status, Timer, Update};
use super::rules::Rule;
use super::variants::Flaw;

/// A node of the cluster.
#[derive(Clone, Debug)]
pub struct Node {
    pub me: NodeId,
    /// The number of its newest statement about itself.
    pub incarnation: u64,
    /// All others, in the order of their ids.
    pub members: Vec<Member>,
    /// Those to be probed in this round, the next one last.
    round: Vec<NodeId>,
    /// The probe of this period, until it is answered.
    probe: Option<Probe>,
    /// Probes on behalf of others: the own number, who asked, and his number.
    relayed: Vec<(u64, NodeId, u64)>,
    /// The number of the last ping.
    pings: u64,
    /// Periods since the last knock.
    since_knock: u64,
    /// News to pass on, and how often each was.
    pub news: Vec<(Update, u64)>,
    /// How long the last node that it declared failed by itself had had to refute.
    pub last_wait: Option<Span>,
}

/// What is held of another node.
#[derive(Clone, Debug)]
pub struct Member {
    pub node: NodeId,
    pub status: Status,
    pub incarnation: u64,
    suspicion: Option<Suspicion>,
    /// All-to-all: when it was last heard.
    heard: Time,
}

#[derive(Clone, Copy, Debug)]
struct Probe {
    target: NodeId,
    number: u64,
}

/// What survives a crash: the incarnation, so that a new life outranks what was said of the old one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Durable {
    pub incarnation: u64,
}

/// At most so many pieces of news ride on one message.
const NEWS_MAX: usize = 8;
/// At most so many probes for others are remembered.
const RELAYED_MAX: usize = 32;
/// A node that is held for failed is knocked at once in so many periods.
const KNOCK_EVERY: u64 = 5;

impl Protocol for Node {
    type Config = Config;
    type Msg = Msg;
    type Timer = Timer;
    type Command = Command;
    type Fault = Fault;
    type Durable = Durable;
    type Rule = Rule;

    fn start(durable: Durable, cx: &mut Cx<'_, Node>) -> Node {
        let (me, now, incarnation) = (cx.me(), cx.now(), durable.incarnation + 1);
        cx.save(Durable { incarnation });
        let member = |&node: &NodeId| Member {
            node,
            status: Status::Alive,
            incarnation: 0,
            suspicion: None,
            heard: now,
        };
        let mut node = Node {
            me,
            incarnation,
            members: cx.peers().iter().map(member).collect(),
            round: Vec::new(),
            probe: None,
            relayed: Vec::new(),
            pings: 0,
            since_knock: 0,
            news: Vec::new(),
            last_wait: None,
        };
        cx.fire(Rule::Join, || format!("{me} joins in incarnation {incarnation}"));
        node.spread(Update { node: me, status: Status::Alive, incarnation, by: me });
        if cx.config().all_to_all {
            for other in cx.peers().to_vec() {
                cx.set_timer(Timer::Suspect(other), exactly(cx.config().suspicion().1));
            }
        }
        cx.set_timer(Timer::Period, exactly(cx.config().period));
        node
    }

    fn on_message(&mut self, from: NodeId, msg: Msg, cx: &mut Cx<'_, Node>) {
        // Whoever speaks is alive in his incarnation: news as good as any.
        self.hear(
            Update { node: from, status: Status::Alive, incarnation: msg.incarnation, by: from },
            false,
            cx,
        );
        for update in msg.news {
            self.hear(update, true, cx);
        }
        match msg.kind {
            Kind::Ping(number) => self.on_ping(from, number, cx),
            Kind::Ack(number) => self.on_ack(from, number, cx),
            Kind::PingReq(number, target) => self.on_ping_req(from, number, target, cx),
            Kind::Heartbeat => self.on_heartbeat(from, cx),
        }
    }

    fn on_timer(&mut self, timer: Timer, cx: &mut Cx<'_, Node>) {
        match timer {
            Timer::Period => self.period(cx),
            Timer::Answer => self.answer_overdue(cx),
            Timer::Suspect(node) => self.time_is_up(node, cx),
        }
    }

    fn on_command(&mut self, Command::Probe: Command, cx: &mut Cx<'_, Node>) {
        self.period(cx);
    }

    fn on_fault(&mut self, Fault::Slander(node): Fault, cx: &mut Cx<'_, Node>) {
        let (me, incarnation) = (self.me, self.member(node).map_or(0, |member| member.incarnation));
        cx.fire(Rule::Slander, || format!("{me} says that {node} has failed, and knows nothing"));
        self.spread(Update { node, status: Status::Failed, incarnation, by: me });
    }

    /// Numbers and names only, because it is made at every step.
    fn view(&self) -> NodeView {
        let of = |status| -> Vec<NodeId> {
            let members = self.members.iter().filter(|member| member.status == status);
            members.map(|member| member.node).collect()
        };
        let failed = of(Status::Failed);
        NodeView {
            role: "member",
            look: Look::Server,
            badge: "incarnation",
            fields: vec![
                Field::notable("incarnation", self.incarnation),
                Field::notable("suspects", of(Status::Suspect)),
                Field::notable("failed", failed),
                Field::new("probes", self.probe.map(|probe| probe.target)),
                Field::new("news to pass on", self.news.len() as u64),
            ],
        }
    }

    fn set_param(config: &mut Config, name: &str, value: u64) -> Result<(), String> {
        config.set(name, value)
    }
}

impl Node {
    pub fn member(&self, node: NodeId) -> Option<&Member> {
        let place = self.members.binary_search_by_key(&node, |member| member.node);
        place.ok().map(|place| &self.members[place])
    }

    fn place(&self, node: NodeId) -> Option<usize> {
        self.members.binary_search_by_key(&node, |member| member.node).ok()
    }

    pub fn verdict(&self, of: NodeId) -> Option<Verdict> {
        let member = self.member(of)?;
        let newest = Some(Beat { incarnation: member.incarnation, number: 0 });
        Some(Verdict { suspected: member.status == Status::Failed, newest })
    }

    // ---- probing ----

    fn period(&mut self, cx: &mut Cx<'_, Node>) {
        let period = cx.config().period;
        cx.set_timer(Timer::Period, exactly(period));
        if cx.config().all_to_all {
            let (me, incarnation) = (self.me, self.incarnation);
            cx.fire(Rule::SendHeartbeat, || format!("{me} tells everybody that it is up"));
            return cx.broadcast(Msg { kind: Kind::Heartbeat, incarnation, news: Vec::new() });
        }
        if let Some(Probe { target, .. }) = self.probe.take() {
            self.suspect(target, cx);
        }
        if let Some(target) = self.next_target(cx) {
            self.pings += 1;
            let number = self.pings;
            self.probe = Some(Probe { target, number });
            cx.fire(Rule::Probe, || format!("{target} is the next one"));
            self.send(target, Kind::Ping(number), cx);
            cx.set_timer(Timer::Answer, exactly(cx.config().timeout));
        }
        self.knock(cx);
    }

    /// The next one to probe: each in turn in a shuffled order, or anybody.
    fn next_target(&mut self, cx: &mut Cx<'_, Node>) -> Option<NodeId> {
        let known = |status: Status| status != Status::Failed;
        if self.round.is_empty() || cx.config().random {
            let alive = self.members.iter().filter(|member| known(member.status));
            self.round = alive.map(|member| member.node).collect();
            if cx.config().random {
                let place = cx.pick(self.round.len().max(1) as u64) as usize;
                return self.round.get(place).copied();
            }
            for last in (1..self.round.len()).rev() {
                let other = cx.pick(last as u64 + 1) as usize;
                self.round.swap(last, other);
            }
        }
        while let Some(node) = self.round.pop() {
            if self.member(node).is_some_and(|member| known(member.status)) {
                return Some(node);
            }
        }
        None
    }

    /// Once in a while: is one of those that are held for failed there after all?
    fn knock(&mut self, cx: &mut Cx<'_, Node>) {
        self.since_knock += 1;
        if self.since_knock < KNOCK_EVERY {
            return;
        }
        self.since_knock = 0;
        let failed = self.members.iter().filter(|member| member.status == Status::Failed);
        let failed: Vec<NodeId> = failed.map(|member| member.node).collect();
        if failed.is_empty() {
            return;
        }
        let place = cx.pick(failed.len() as u64) as usize;
        let target = failed[place];
        self.pings += 1;
        cx.fire(Rule::Knock, || format!("{target} may be there again"));
        self.send(target, Kind::Ping(self.pings), cx);
    }

    fn on_ping(&mut self, from: NodeId, number: u64, cx: &mut Cx<'_, Node>) {
        cx.fire(Rule::Answer, || format!("{from} asks"));
        self.send(from, Kind::Ack(number), cx);
    }

    fn on_ack(&mut self, from: NodeId, number: u64, cx: &mut Cx<'_, Node>) {
        if self.probe.is_some_and(|probe| probe.number == number) {
            self.probe = None;
            cx.cancel_timer(Timer::Answer);
            return cx.fire(Rule::HearAnswer, || format!("{from} answers no. {number}"));
        }
        let relayed = self.relayed.iter().position(|(own, ..)| *own == number);
        let Some(place) = relayed else {
            return cx
                .fire(Rule::IgnoreAnswer, || format!("nobody waits for no. {number} any more"));
        };
        let (_, asker, theirs) = self.relayed.remove(place);
        cx.fire(Rule::PassOn, || format!("{from} is there, which {asker} wants to know"));
        self.send(asker, Kind::Ack(theirs), cx);
    }

    fn answer_overdue(&mut self, cx: &mut Cx<'_, Node>) {
        let Some(Probe { target, number }) = self.probe else { return };
        if cx.config().has(Flaw::AsksNobody) {
            return;
        }
        let alive = |member: &&Member| member.node != target && member.status == Status::Alive;
        let mut others: Vec<NodeId> =
            self.members.iter().filter(alive).map(|member| member.node).collect();
        let mut helpers = Vec::new();
        while helpers.len() < cx.config().helpers as usize && !others.is_empty() {
            let place = cx.pick(others.len() as u64) as usize;
            helpers.push(others.swap_remove(place));
        }
        let count = helpers.len();
        cx.fire(Rule::AskHelpers, || {
            format!("{target} has not answered; {count} others are to try")
        });
        for helper in helpers {
            self.send(helper, Kind::PingReq(number, target), cx);
        }
    }

    fn on_ping_req(&mut self, from: NodeId, theirs: u64, target: NodeId, cx: &mut Cx<'_, Node>) {
        self.pings += 1;
        let number = self.pings;
        if self.relayed.len() == RELAYED_MAX {
            self.relayed.remove(0);
        }
        self.relayed.push((number, from, theirs));
        cx.fire(Rule::Help, || format!("{from} has no answer from {target}"));
        self.send(target, Kind::Ping(number), cx);
    }

    // ---- all to all ----

    fn on_heartbeat(&mut self, from: NodeId, cx: &mut Cx<'_, Node>) {
        let place = self.place(from).expect("only members send heartbeats");
        let member = &mut self.members[place];
        if member.status == Status::Failed {
            // Its incarnation is not newer, so this is an old one, or it does not know. It will be told.
            let update = Update {
                node: from,
                status: Status::Failed,
                incarnation: member.incarnation,
                by: self.me,
            };
            cx.fire(Rule::IgnoreOldNews, || {
                format!("{from} was declared failed, and must refute it")
            });
            let (incarnation, news) = (self.incarnation, vec![update]);
            return cx.send(from, Msg { kind: Kind::Ping(0), incarnation, news });
        }
        member.heard = cx.now();
        cx.fire(Rule::HearHeartbeat, || format!("{from} is up"));
        cx.set_timer(Timer::Suspect(from), exactly(cx.config().suspicion().1));
    }

    // ---- opinions ----

    /// Nobody got an answer from it in the whole period.
    fn suspect(&mut self, target: NodeId, cx: &mut Cx<'_, Node>) {
        let Some(member) = self.member(target) else { return };
        let (me, incarnation) = (self.me, member.incarnation);
        let status = Status::Suspect;
        if cx.config().has(Flaw::NoSuspicion) {
            let update = Update { node: target, status: Status::Failed, incarnation, by: me };
            if member.status != Status::Failed {
                cx.fire(Rule::DeclareAtOnce, || format!("{target} has not answered once"));
                self.last_wait = Some(Span::ZERO);
                self.fail(update, Rule::Declare, cx);
            }
            return;
        }
        self.hear(Update { node: target, status, incarnation, by: me }, true, cx);
    }

    /// A piece of news: is it any? `told`: whether it was said, and not only seen.
    fn hear(&mut self, update: Update, told: bool, cx: &mut Cx<'_, Node>) {
        if update.node == self.me {
            return self.hear_of_me(update, cx);
        }
        let Some(place) = self.place(update.node) else { return };
        let (status, known) = (self.members[place].status, self.members[place].incarnation);
        let Update { node, incarnation, .. } = update;
        match (update.status, status) {
            (Status::Alive, _) if incarnation > known => self.revive(place, update, cx),
            (Status::Alive, Status::Failed)
                if told && cx.config().has(Flaw::OldNewsRevives) && incarnation > 0 =>
            {
                cx.fire(Rule::ReviveByOldNews, || format!("somebody has heard {node} once"));
                self.revive(place, update, cx);
            }
            (Status::Suspect, Status::Alive) if incarnation >= known => {
                self.begin_suspicion(place, update, cx);
            }
            (Status::Suspect, Status::Suspect) if incarnation >= known => {
                self.confirm(place, update, cx);
            }
            (Status::Failed, Status::Alive | Status::Suspect) if incarnation >= known => {
                self.fail(update, Rule::HearDeclared, cx);
            }
            (Status::Alive, _) => {}
            (Status::Suspect | Status::Failed, _) if incarnation < known => {
                cx.fire(Rule::IgnoreOldNews, || {
                    format!("{update}, and {node} has said something newer: {known}")
                });
            }
            (Status::Suspect | Status::Failed, _) => {}
        }
    }

    /// Somebody says something about this node itself.
    fn hear_of_me(&mut self, update: Update, cx: &mut Cx<'_, Node>) {
        let (me, by) = (self.me, update.by);
        if update.status == Status::Alive {
            return;
        }
        if cx.config().has(Flaw::DoesNotRefute) {
            return cx.fire(Rule::DoNotRefute, || format!("{by} says: {update}"));
        }
        if update.incarnation >= self.incarnation {
            self.incarnation = update.incarnation + 1;
            cx.save(Durable { incarnation: self.incarnation });
        }
        let incarnation = self.incarnation;
        cx.fire(Rule::Refute, || format!("{by} says: {update}; {me} is alive ({incarnation})"));
        self.spread(Update { node: me, status: Status::Alive, incarnation, by: me });
    }

    fn revive(&mut self, place: usize, update: Update, cx: &mut Cx<'_, Node>) {
        let member = &mut self.members[place];
        let (node, incarnation) = (member.node, update.incarnation);
        let before = std::mem::replace(&mut member.status, Status::Alive);
        (member.incarnation, member.suspicion) = (incarnation, None);
        if cx.config().all_to_all {
            cx.set_timer(Timer::Suspect(node), exactly(cx.config().suspicion().1));
            self.members[place].heard = cx.now();
        } else {
            cx.cancel_timer(Timer::Suspect(node));
        }
        if before == Status::Failed {
            cx.trust(node);
            cx.fire(Rule::TrustAgain, || format!("{node} is alive ({incarnation})"));
        }
        self.spread(update);
    }

    fn begin_suspicion(&mut self, place: usize, update: Update, cx: &mut Cx<'_, Node>) {
        let suspicion = Suspicion::new(update.by, cx.now());
        let ((least, most), needed) = (cx.config().suspicion(), cx.config().confirmations());
        let lasts = suspicion.lasts(needed, least, most);
        let member = &mut self.members[place];
        member.status = Status::Suspect;
        member.incarnation = update.incarnation;
        member.suspicion = Some(suspicion);
        let (node, by) = (update.node, update.by);
        cx.fire(Rule::Suspect, || {
            format!("{by} got no answer from {node}, which has {lasts} to refute")
        });
        cx.set_timer(Timer::Suspect(node), exactly(lasts));
        self.spread(update);
    }

    fn confirm(&mut self, place: usize, update: Update, cx: &mut Cx<'_, Node>) {
        let ((least, most), needed) = (cx.config().suspicion(), cx.config().confirmations());
        let member = &mut self.members[place];
        member.incarnation = update.incarnation;
        let suspicion = member.suspicion.as_mut().expect("it is suspected");
        if !suspicion.confirm(update.by, needed) {
            return;
        }
        let (lasts, over) = (suspicion.lasts(needed, least, most), cx.now().since(suspicion.since));
        let (node, by) = (update.node, update.by);
        cx.fire(Rule::Confirm, || format!("{by} has no answer from {node} either: {lasts} in all"));
        cx.set_timer(Timer::Suspect(node), exactly(Span(lasts.0.saturating_sub(over.0).max(1))));
        self.spread(update);
    }

    /// A suspect has not refuted in time; all-to-all: no heartbeat came in time.
    fn time_is_up(&mut self, node: NodeId, cx: &mut Cx<'_, Node>) {
        let ((least, most), needed) = (cx.config().suspicion(), cx.config().confirmations());
        let Some(member) = self.member(node) else { return };
        let (over, lasts) = match (&member.suspicion, cx.config().all_to_all) {
            (Some(suspicion), false) => {
                (cx.now().since(suspicion.since), suspicion.lasts(needed, least, most))
            }
            (_, true) if member.status == Status::Alive => (cx.now().since(member.heard), most),
            (None, false) | (_, true) => return,
        };
        if over < lasts {
            cx.fire(Rule::NotYet, || format!("{over} are less than {lasts}"));
            return cx.set_timer(Timer::Suspect(node), exactly(Span(lasts.0 - over.0)));
        }
        let (by, incarnation) = (self.me, member.incarnation);
        self.last_wait = Some(over);
        self.fail(Update { node, status: Status::Failed, incarnation, by }, Rule::Declare, cx);
    }

    fn fail(&mut self, update: Update, rule: Rule, cx: &mut Cx<'_, Node>) {
        let Some(place) = self.place(update.node) else { return };
        let member = &mut self.members[place];
        (member.status, member.suspicion) = (Status::Failed, None);
        member.incarnation = update.incarnation;
        let (node, by) = (update.node, update.by);
        cx.cancel_timer(Timer::Suspect(node));
        cx.suspect(node);
        cx.fire(rule, || format!("{node} has not refuted what {by} says"));
        if !cx.config().all_to_all {
            self.spread(update);
        }
    }

    // ---- news ----

    /// From now on this rides on messages, in place of what was said of that node before.
    fn spread(&mut self, update: Update) {
        self.news.retain(|(known, _)| known.node != update.node);
        self.news.push((update, 0));
    }

    /// Sends a message with the news that was passed on least often; first of all what is held against
    /// the receiver itself, so that it can refute.
    fn send(&mut self, to: NodeId, kind: Kind, cx: &mut Cx<'_, Node>) {
        let most = cx.config().retransmissions();
        let mut news = Vec::new();
        if let Some(member) = self.member(to)
            && member.status != Status::Alive
        {
            let Member { node, status, incarnation, .. } = *member;
            news.push(Update { node, status, incarnation, by: self.me });
        }
        sorting::sort_by(&mut self.news, |(_, one), (_, other)| one.cmp(other));
        for (update, passed) in self.news.iter_mut().take(NEWS_MAX) {
            *passed += 1;
            news.push(*update);
        }
        self.news.retain(|(_, passed)| *passed < most);
        cx.send(to, Msg { kind, incarnation: self.incarnation, news });
    }
}
