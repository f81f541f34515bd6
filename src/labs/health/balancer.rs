//! The balancer: sends requests to those in rotation, and decides who that is.

use crate::sim::{Cx, NodeId, Span, Time, exactly};

use super::message::{Command, Msg, Page, Probe, Timer, answer};
use super::node::{CLIENT, OPERATOR, Part};
use super::rules::Rule;
use super::variants::Flaw;

/// A load balancer with its health checks.
#[derive(Clone, Debug)]
pub struct Balancer {
    pub servers: Vec<Judged>,
    pub waiting: Vec<Asked>,
    /// What this step came to, for those who check.
    pub results: Vec<(NodeId, Probe, bool)>,
    next: usize,
    round: u64,
    restarts: u64,
}

/// What it knows of one server.
#[derive(Clone, Debug)]
pub struct Judged {
    pub node: NodeId,
    pub live: Verdict,
    pub ready: Verdict,
    /// Whether it gets no requests.
    pub out: bool,
    /// Until when it stays out for failed requests.
    pub ejected: Option<Time>,
    /// Failed requests in a row.
    bad: u64,
    /// The round whose answers are awaited, since when, and which of the two are missing.
    round: u64,
    asked: Time,
    missing: [bool; 2],
}

/// What the last checks of one kind come to.
#[derive(Clone, Copy, Debug)]
pub struct Verdict {
    pub good: bool,
    /// When it was last confirmed or contradicted: its age counts from here.
    pub at: Time,
    /// How many results in a row contradict it.
    against: u64,
}

/// A request that was passed on.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    pub number: u64,
    pub server: NodeId,
    at: Time,
}

impl Verdict {
    fn new(now: Time) -> Verdict {
        Verdict { good: true, at: now, against: 0 }
    }

    /// A result. True if it turns the verdict, which takes so many in a row.
    fn take(&mut self, good: bool, now: Time, needed: u64) -> bool {
        self.at = now;
        if good == self.good {
            self.against = 0;
            return false;
        }
        self.against += 1;
        if self.against < needed {
            return false;
        }
        (self.good, self.against) = (good, 0);
        true
    }
}

impl Balancer {
    pub fn start(cx: &mut Cx<'_, Part>) -> Balancer {
        let (me, now) = (cx.me(), cx.now());
        cx.fire(Rule::BeginChecking, || format!("{me} takes everybody for well until it knows"));
        let every = cx.config().check;
        let judged = |&node: &NodeId| Judged {
            node,
            live: Verdict::new(now),
            ready: Verdict::new(now),
            out: false,
            ejected: None,
            bad: 0,
            round: 0,
            asked: now,
            missing: [false; 2],
        };
        let servers: Vec<Judged> = cx.all('s').iter().map(judged).collect();
        for judged in &servers {
            // Not all at once, so that the checks are no wave.
            cx.set_timer(Timer::Check(judged.node), Span::ZERO..every);
        }
        cx.set_timer(Timer::Sweep, exactly(cx.config().timeout));
        // Numbers go on growing after a crash, by the clock.
        let (round, restarts) = (now.0, now.0);
        let (waiting, results) = (Vec::new(), Vec::new());
        Balancer { servers, waiting, results, next: 0, round, restarts }
    }

    fn place(&self, node: NodeId) -> usize {
        let place = self.servers.iter().position(|judged| judged.node == node);
        place.expect("only servers are checked")
    }

    // ---- checks ----

    pub fn check(&mut self, node: NodeId, cx: &mut Cx<'_, Part>) {
        self.results.clear();
        let place = self.place(node);
        cx.set_timer(Timer::Check(node), exactly(cx.config().check));
        let judged = &mut self.servers[place];
        if judged.missing != [false; 2] {
            return cx.fire(Rule::StillWaiting, || format!("{node} still has time to answer"));
        }
        self.round += 1;
        let (round, now) = (self.round, cx.now());
        (judged.round, judged.asked, judged.missing) = (round, now, [true; 2]);
        cx.fire(Rule::Check, || format!("{node}: round {round}"));
        for probe in [Probe::Live, Probe::Ready] {
            cx.send(node, Msg::Check { round, probe });
        }
        cx.set_timer(Timer::Overdue(node), exactly(cx.config().timeout));
    }

    pub fn checked(
        &mut self,
        from: NodeId,
        round: u64,
        probe: Probe,
        said: (bool, u64),
        cx: &mut Cx<'_, Part>,
    ) {
        self.results.clear();
        let place = self.place(from);
        let judged = &mut self.servers[place];
        if judged.round != round || !judged.missing[probe as usize] {
            return cx.fire(Rule::IgnoreLate, || format!("round {round} of {from} is over"));
        }
        judged.missing[probe as usize] = false;
        if judged.missing == [false; 2] {
            cx.cancel_timer(Timer::Overdue(from));
        }
        let (ok, said) = said;
        let right = said == answer(round) || cx.config().has(Flaw::TakesAnyAnswer);
        if !right {
            cx.fire(Rule::WrongAnswer, || {
                format!("{from} answers {said}, and it should be {}", answer(round))
            });
        }
        self.result(place, probe, ok && right, cx);
    }

    pub fn overdue(&mut self, node: NodeId, cx: &mut Cx<'_, Part>) {
        self.results.clear();
        let place = self.place(node);
        let (passed, most) = (cx.now().since(self.servers[place].asked), cx.config().timeout);
        if passed < most {
            cx.fire(Rule::NotYet, || format!("{passed} are less than {most}"));
            return cx.set_timer(Timer::Overdue(node), exactly(Span(most.0 - passed.0)));
        }
        self.overdue_answers(place, cx);
    }

    /// What has not come is a bad result.
    fn overdue_answers(&mut self, place: usize, cx: &mut Cx<'_, Part>) {
        let node = self.servers[place].node;
        for probe in [Probe::Live, Probe::Ready] {
            if std::mem::take(&mut self.servers[place].missing[probe as usize]) {
                cx.fire(Rule::NoAnswer, || {
                    format!("{node} does not say whether it is {}", probe.word())
                });
                self.result(place, probe, false, cx);
            }
        }
    }

    fn result(&mut self, place: usize, probe: Probe, good: bool, cx: &mut Cx<'_, Part>) {
        let node = self.servers[place].node;
        self.results.push((node, probe, good));
        let (now, thresholds) = (cx.now(), !cx.config().has(Flaw::NoThresholds));
        let needed = match (thresholds, good) {
            (false, _) => 1,
            (true, true) => cx.config().up_after,
            (true, false) => cx.config().down_after,
        };
        let judged = &mut self.servers[place];
        let verdict = match probe {
            Probe::Live => &mut judged.live,
            Probe::Ready => &mut judged.ready,
        };
        let turned = verdict.take(good, now, needed);
        let word = probe.word();
        if !turned {
            cx.fire(Rule::KeepVerdict, || {
                let result = if good { "good" } else { "bad" };
                format!("a {result} result: is {node} {word}? That stays as it was")
            });
            if cx.config().has(Flaw::AlertsEachTime) && !good {
                cx.send(OPERATOR, Msg::Alert { server: node, healthy: good });
            }
            return;
        }
        cx.fire(if good { Rule::TurnGood } else { Rule::TurnBad }, || {
            let not = if good { "" } else { "not " };
            format!("{needed} in a row: {node} is {not}{word}")
        });
        cx.send(OPERATOR, Msg::Alert { server: node, healthy: good });
        match (probe, good) {
            (Probe::Live, true) => cx.trust(node),
            (Probe::Live, false) => {
                cx.suspect(node);
                self.restart(place, cx);
            }
            (Probe::Ready, _) => {}
        }
        self.rotate(cx);
    }

    /// A process that does not work is started anew. What it needs may be down all the same.
    fn restart(&mut self, place: usize, cx: &mut Cx<'_, Part>) {
        self.restarts += 1;
        let (node, number) = (self.servers[place].node, self.restarts);
        cx.fire(Rule::OrderRestart, || format!("{node} is not live"));
        cx.send(node, Msg::Restart { number });
    }

    // ---- who is in rotation ----

    /// Takes in whoever may come in, and out whoever should be out, as far as the floor allows.
    fn rotate(&mut self, cx: &mut Cx<'_, Part>) {
        for judged in self.servers.iter_mut().filter(|judged| judged.out && judged.is_well()) {
            judged.out = false;
            let node = judged.node;
            cx.fire(Rule::TakeIn, || format!("{node} gets requests again"));
        }
        let all = self.servers.len() as u64;
        let floor = if cx.config().has(Flaw::NoFloor) { 0 } else { cx.config().floor };
        for place in 0..self.servers.len() {
            let judged = &self.servers[place];
            if judged.out || judged.is_well() {
                continue;
            }
            let node = judged.node;
            let inside = self.servers.iter().filter(|judged| !judged.out).count() as u64;
            if (inside - 1) * 100 < floor * all {
                cx.fire(Rule::KeepFloor, || {
                    format!(
                        "{node} stays in: {inside} of {all} are left, and {floor} % are the floor"
                    )
                });
                continue;
            }
            self.servers[place].out = true;
            cx.fire(Rule::TakeOut, || format!("{node} gets no more requests"));
        }
    }

    pub fn back(&mut self, node: NodeId, cx: &mut Cx<'_, Part>) {
        let place = self.place(node);
        let Some(until) = self.servers[place].ejected else { return };
        if cx.now() < until {
            let left = until.since(cx.now());
            cx.fire(Rule::NotYet, || format!("{left} are left"));
            return cx.set_timer(Timer::Back(node), exactly(left));
        }
        self.servers[place].ejected = None;
        cx.fire(Rule::EndEjection, || format!("{node} is tried again, if the checks agree"));
        self.rotate(cx);
    }

    // ---- requests ----

    pub fn on_request(&mut self, number: u64, fresh: bool, cx: &mut Cx<'_, Part>) {
        let count = self.servers.len();
        let order = (self.next..self.next + count).map(|place| place % count);
        let Some(place) = order.into_iter().find(|place| !self.servers[*place].out) else {
            cx.fire(Rule::NobodyThere, || "nobody is in rotation".into());
            return cx.send(CLIENT, Msg::Reply { number, page: Page::Failed });
        };
        self.next = place + 1;
        let server = self.servers[place].node;
        cx.fire(Rule::PassOn, || format!("request {number} is {server}'s"));
        self.waiting.push(Asked { number, server, at: cx.now() });
        cx.send(server, Msg::Request { number, fresh });
    }

    pub fn on_reply(&mut self, from: NodeId, number: u64, page: Page, cx: &mut Cx<'_, Part>) {
        let place = self.waiting.iter().position(|asked| asked.number == number);
        let Some(place) = place else {
            return cx
                .fire(Rule::IgnoreLate, || format!("nobody waits for page {number} any more"));
        };
        self.waiting.remove(place);
        cx.fire(Rule::PassBack, || format!("page {number} came from {from}"));
        cx.send(CLIENT, Msg::Reply { number, page });
        self.count(from, page != Page::Failed, cx);
    }

    /// Requests that have waited for too long have failed.
    pub fn sweep(&mut self, cx: &mut Cx<'_, Part>) {
        let (now, most) = (cx.now(), cx.config().timeout);
        let late = self.waiting.iter().position(|asked| now.since(asked.at) < most);
        let late: Vec<Asked> = self.waiting.drain(..late.unwrap_or(self.waiting.len())).collect();
        cx.fire(Rule::Sweep, || format!("{} requests have waited for too long", late.len()));
        for Asked { number, server, .. } in late {
            cx.send(CLIENT, Msg::Reply { number, page: Page::Failed });
            self.count(server, false, cx);
        }
        cx.set_timer(Timer::Sweep, exactly(Span(most.0 / 2 + 1)));
    }

    /// Counts failed requests in a row, and ejects (Envoy, "Outlier detection").
    fn count(&mut self, server: NodeId, good: bool, cx: &mut Cx<'_, Part>) {
        let place = self.place(server);
        let judged = &mut self.servers[place];
        judged.bad = if good { 0 } else { judged.bad + 1 };
        let bad = judged.bad;
        if bad < cx.config().eject_after || judged.ejected.is_some() {
            return;
        }
        let lasts = cx.config().eject;
        judged.bad = 0;
        judged.ejected = Some(cx.now() + lasts);
        cx.fire(Rule::Eject, || format!("{bad} requests in a row have failed at {server}"));
        cx.set_timer(Timer::Back(server), exactly(lasts));
        self.rotate(cx);
    }

    pub fn on_command(&mut self, command: Command, cx: &mut Cx<'_, Part>) {
        match command {
            Command::Check => {
                let nodes: Vec<NodeId> = self.servers.iter().map(|judged| judged.node).collect();
                for node in nodes {
                    self.check(node, cx);
                }
            }
            Command::Load(_) => cx.fire(Rule::NotItsBusiness, || "it is no server".into()),
        }
    }
}

impl Judged {
    pub fn is_well(&self) -> bool {
        self.live.good && self.ready.good && self.ejected.is_none()
    }
}
