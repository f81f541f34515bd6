//! A server: pages for the client, and answers about itself.

use crate::sim::{Cx, NodeId, Span, Time, exactly};

use super::message::{Command, Fault, Msg, Page, Probe, Timer, answer};
use super::node::{BALANCER, DATABASE, OPTIONAL, Part};
use super::rules::Rule;
use super::variants::Flaw;

/// A server and the machine that it runs on.
#[derive(Clone, Debug)]
pub struct Server {
    pub me: NodeId,
    pub state: State,
    /// In percent.
    pub cpu: u64,
    /// As printed: `get_cpu_usage()` raises.
    pub raises: bool,
    since: Time,
    /// The newest order to restart.
    restarted: u64,
    works: Vec<Work>,
    tokens: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Starting,
    Well,
    /// It answers, and the answers are wrong.
    Zombie,
    Hangs,
}

/// Something that it can only answer when others have answered.
#[derive(Clone, Copy, Debug)]
struct Work {
    token: u64,
    for_what: What,
    since: Time,
    /// How many answers are missing, and whether one was bad.
    missing: u64,
    bad: bool,
    /// Whether the database has answered, as far as it is needed.
    database: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Page { number: u64 },
    Check { round: u64, probe: Probe },
    Health { from: NodeId, token: u64, depth: u64 },
}

/// A check that passes checks on goes at most so deep, so that a run ends.
const DEPTH_MAX: u64 = 8;

impl Server {
    pub fn start(cx: &mut Cx<'_, Part>) -> Server {
        let (me, since) = (cx.me(), cx.now());
        cx.fire(Rule::ComeUp, || format!("{me} comes up"));
        cx.set_timer(Timer::Up, exactly(cx.config().start));
        let (state, cpu, raises) = (State::Starting, 40, false);
        Server { me, state, cpu, raises, since, restarted: 0, works: Vec::new(), tokens: 0 }
    }

    /// Whether one of the lab's faults is still in it.
    pub fn ails(&self) -> bool {
        matches!(self.state, State::Zombie | State::Hangs) || self.raises
    }

    pub fn up(&mut self, cx: &mut Cx<'_, Part>) {
        let (passed, takes) = (cx.now().since(self.since), cx.config().start);
        if passed < takes {
            cx.fire(Rule::NotYet, || format!("{passed} are less than {takes}"));
            return cx.set_timer(Timer::Up, exactly(Span(takes.0 - passed.0)));
        }
        let me = self.me;
        self.state = State::Well;
        cx.fire(Rule::BeUp, || format!("{me} can serve"));
    }

    pub fn on_message(&mut self, from: NodeId, msg: Msg, cx: &mut Cx<'_, Part>) {
        if let Msg::Restart { number } = msg {
            return self.restart(number, cx);
        }
        if matches!(self.state, State::Starting | State::Hangs) {
            return cx.fire(Rule::SayNothing, || "no process is there to answer".into());
        }
        match msg {
            Msg::Request { number, fresh } => self.on_request(number, fresh, cx),
            Msg::Check { round, probe } => self.on_check(round, probe, cx),
            Msg::Rows { token, ok } => self.on_rows(token, ok, cx),
            Msg::Health { token, depth } => self.on_health(from, token, depth, cx),
            Msg::Status { token, code } => self.on_status(token, code, cx),
            Msg::Usage { token } => {
                let cpu = (!self.raises).then_some(self.cpu);
                cx.fire(Rule::PrintedUsage, || {
                    cpu.map_or("it raises".into(), |it| format!("{it} %"))
                });
                cx.send(from, Msg::Used { token, cpu });
            }
            Msg::Reply { .. }
            | Msg::Checked { .. }
            | Msg::Query { .. }
            | Msg::Used { .. }
            | Msg::Restart { .. }
            | Msg::Alert { .. } => panic!("this is never sent to a server"),
        }
    }

    fn restart(&mut self, number: u64, cx: &mut Cx<'_, Part>) {
        if number <= self.restarted {
            let newest = self.restarted;
            return cx.fire(Rule::RefuseOldRestart, || format!("restart {newest} was newer"));
        }
        for work in std::mem::take(&mut self.works) {
            cx.cancel_timer(Timer::Work(work.token));
        }
        (self.restarted, self.state, self.since) = (number, State::Starting, cx.now());
        self.raises = false;
        cx.fire(Rule::Restart, || "the process is started anew".into());
        cx.set_timer(Timer::Up, exactly(cx.config().start));
    }

    // ---- pages ----

    fn on_request(&mut self, number: u64, fresh: bool, cx: &mut Cx<'_, Part>) {
        if fresh {
            cx.fire(Rule::AskDatabase, || format!("page {number} is not in the cache"));
            let token = self.begin(What::Page { number }, true, cx);
            return cx.send(DATABASE, Msg::Query { token });
        }
        cx.fire(Rule::ServePage, || format!("page {number} is in the cache"));
        self.reply(number, cx);
    }

    fn reply(&self, number: u64, cx: &mut Cx<'_, Part>) {
        let page = if self.state == State::Zombie { Page::Wrong } else { Page::Right };
        cx.send(BALANCER, Msg::Reply { number, page });
    }

    // ---- checks ----

    fn on_check(&mut self, round: u64, probe: Probe, cx: &mut Cx<'_, Part>) {
        let deep = match probe {
            Probe::Live => cx.config().has(Flaw::LivenessIsDeep),
            Probe::Ready => cx.config().deep,
        };
        if !deep {
            cx.fire(Rule::AnswerShallow, || format!("round {round}: it speaks for itself only"));
            return self.say(round, probe, true, cx);
        }
        cx.fire(Rule::CheckDatabase, || {
            format!("round {round}: without it, half of the pages fail")
        });
        let token = self.begin(What::Check { round, probe }, true, cx);
        cx.send(DATABASE, Msg::Query { token });
    }

    fn say(&self, round: u64, probe: Probe, ok: bool, cx: &mut Cx<'_, Part>) {
        let zombie = u64::from(self.state == State::Zombie);
        let answer = answer(round) + zombie;
        cx.send(BALANCER, Msg::Checked { round, probe, ok, answer });
    }

    fn on_rows(&mut self, token: u64, ok: bool, cx: &mut Cx<'_, Part>) {
        let Some(place) = self.works.iter().position(|work| work.token == token) else {
            return self.too_late(cx);
        };
        self.works[place].database = ok;
        if !ok {
            return self.conclude(place, cx);
        }
        match self.works[place].for_what {
            What::Page { number } => {
                self.end(place, cx);
                cx.fire(Rule::ServePage, || format!("page {number} came from the database"));
                self.reply(number, cx);
            }
            What::Check { round, probe: Probe::Live } => {
                self.end(place, cx);
                self.say(round, Probe::Live, true, cx);
            }
            What::Check { probe: Probe::Ready, .. } => self.ask_others(place, 1, cx),
            What::Health { .. } => self.too_late(cx),
        }
    }

    /// Who else should be there? They are optional, so they are told apart from what is needed.
    fn ask_others(&mut self, place: usize, depth: u64, cx: &mut Cx<'_, Part>) {
        let token = self.works[place].token;
        let others = self.others(cx);
        self.works[place].missing = others.len() as u64;
        cx.fire(Rule::AskOthers, || "what is optional is asked for its own state only".into());
        for other in others {
            cx.send(other, Msg::Health { token, depth });
        }
    }

    fn others(&self, cx: &Cx<'_, Part>) -> Vec<NodeId> {
        let mut others = vec![OPTIONAL];
        if cx.config().mutual {
            let servers = cx.all('s');
            others.push(servers[usize::from(self.me.number()) % servers.len()]);
        }
        others
    }

    fn on_health(&mut self, from: NodeId, token: u64, depth: u64, cx: &mut Cx<'_, Part>) {
        let passes_on = cx.config().printed || cx.config().has(Flaw::PassesChecksOn);
        if !passes_on || depth >= DEPTH_MAX {
            cx.fire(Rule::AnswerForItself, || {
                format!("{from} asks; nobody else is asked for that")
            });
            return cx.send(from, Msg::Status { token, code: 200 });
        }
        cx.fire(Rule::PassCheckOn, || format!("{from} asks, so it asks others, {depth} deep"));
        let own = self.begin(What::Health { from, token, depth }, false, cx);
        let others = self.others(cx);
        if let Some(work) = self.works.iter_mut().find(|work| work.token == own) {
            work.missing = others.len() as u64;
        }
        for other in others {
            cx.send(other, Msg::Health { token: own, depth: depth + 1 });
        }
    }

    fn on_status(&mut self, token: u64, code: u64, cx: &mut Cx<'_, Part>) {
        let Some(place) = self.works.iter().position(|work| work.token == token) else {
            return self.too_late(cx);
        };
        let work = &mut self.works[place];
        // Every code from 200 to 299 is a success (RFC 9110, §15.3).
        work.bad |= !(200..300).contains(&code);
        work.missing = work.missing.saturating_sub(1);
        if work.missing > 0 {
            return cx.fire(Rule::WaitForOthers, || "one has answered, and one has not".into());
        }
        self.conclude(place, cx);
    }

    /// Time is up for a work.
    pub fn overdue(&mut self, token: u64, cx: &mut Cx<'_, Part>) {
        let Some(place) = self.works.iter().position(|work| work.token == token) else { return };
        let (passed, most) = (cx.now().since(self.works[place].since), cx.config().query);
        if passed < most {
            cx.fire(Rule::NotYet, || format!("{passed} are less than {most}"));
            return cx.set_timer(Timer::Work(token), exactly(Span(most.0 - passed.0)));
        }
        self.works[place].bad = true;
        self.conclude(place, cx);
    }

    /// All answers that will come have come.
    fn conclude(&mut self, place: usize, cx: &mut Cx<'_, Part>) {
        let work = self.end(place, cx);
        match work.for_what {
            What::Page { number } => {
                cx.fire(Rule::FailPage, || format!("page {number}: the database does not answer"));
                cx.send(BALANCER, Msg::Reply { number, page: Page::Failed });
            }
            What::Check { round, probe: Probe::Live } => self.say(round, Probe::Live, false, cx),
            What::Check { round, probe: Probe::Ready } => {
                let ok = match (work.database, work.bad) {
                    (false, _) => {
                        cx.fire(Rule::NotReady, || "the database does not answer".into());
                        false
                    }
                    (true, true) => {
                        cx.fire(Rule::Degraded, || "something optional does not answer".into());
                        !cx.config().has(Flaw::OptionalIsNeeded)
                    }
                    (true, false) => {
                        cx.fire(Rule::Ready, || "all that it needs answers".into());
                        true
                    }
                };
                self.say(round, Probe::Ready, ok, cx);
            }
            What::Health { from, token, .. } => {
                let code = if work.bad { 503 } else { 200 };
                cx.fire(Rule::PassAnswerOn, || format!("{from} is told {code}"));
                cx.send(from, Msg::Status { token, code });
            }
        }
    }

    fn begin(&mut self, for_what: What, needs_database: bool, cx: &mut Cx<'_, Part>) -> u64 {
        self.tokens += 1;
        let token = self.tokens;
        let (since, database) = (cx.now(), !needs_database);
        self.works.push(Work { token, for_what, since, missing: 0, bad: false, database });
        cx.set_timer(Timer::Work(token), exactly(cx.config().query));
        token
    }

    fn end(&mut self, place: usize, cx: &mut Cx<'_, Part>) -> Work {
        let work = self.works.remove(place);
        cx.cancel_timer(Timer::Work(work.token));
        work
    }

    fn too_late(&self, cx: &mut Cx<'_, Part>) {
        cx.fire(Rule::IgnoreLate, || "nobody waits for that any more".into());
    }

    // ---- people ----

    pub fn on_command(&mut self, command: Command, cx: &mut Cx<'_, Part>) {
        let me = self.me;
        match command {
            Command::Load(percent) => {
                self.cpu = percent;
                cx.fire(Rule::TakeLoad, || format!("{percent} % of its processor are in use"));
            }
            Command::Check => cx.fire(Rule::NotItsBusiness, || format!("{me} checks nobody")),
        }
    }

    pub fn suffer(&mut self, fault: Fault, cx: &mut Cx<'_, Part>) {
        match fault {
            Fault::Zombie => {
                self.state = State::Zombie;
                cx.cancel_timer(Timer::Up);
                cx.fire(Rule::TurnZombie, || "it answers, and the answers are wrong".into());
            }
            Fault::Hang => {
                self.state = State::Hangs;
                cx.cancel_timer(Timer::Up);
                cx.fire(Rule::Hang, || "it does nothing any more".into());
            }
            Fault::Raise => {
                self.raises = true;
                cx.fire(Rule::Raise, || "get_cpu_usage() raises from now on".into());
            }
            Fault::Refuse => cx.fire(Rule::NotItsBusiness, || "it is no database".into()),
        }
    }
}
