//! The monitor: one pair of ears, and all judges behind it.

use crate::labs::detection::beat::{Beat, News};
use crate::sim::{Cx, NodeId, Span, Time, exactly};

use super::judges::{Bench, Judges};
use super::message::{Msg, Timer};
use super::node::Part;
use super::rules::Rule;
use super::variants::Flaw;

/// What all detectors hear of all nodes.
#[derive(Clone, Debug)]
pub struct Monitor {
    pub watched: Vec<Watched>,
    ticked: Time,
    period: u64,
    period_began: Time,
    /// What this step began, for those who check: of whom, and which judges.
    pub began: Vec<(NodeId, Bench)>,
    /// Whether it watches nobody whom it has once trusted again (a mutation).
    deaf: bool,
}

/// What is known of one node.
#[derive(Clone, Debug)]
pub struct Watched {
    pub node: NodeId,
    pub newest: Option<Beat>,
    pub judges: Judges,
    /// Whether the probe of this period was answered.
    answered: bool,
}

impl Watched {
    /// Whether the detector that speaks suspects it.
    pub fn is_suspected(&self, config: &super::config::Config) -> bool {
        self.judges.suspect().has(config.kind, config.setting)
    }
}

impl Monitor {
    pub fn start(cx: &mut Cx<'_, Part>) -> Monitor {
        let (me, now) = (cx.me(), cx.now());
        let watched = |&node: &NodeId| Watched {
            node,
            newest: None,
            judges: Judges::new(),
            // Nobody was asked yet.
            answered: true,
        };
        let watched = cx.all('n').iter().map(watched).collect();
        cx.fire(Rule::BeginListening, || format!("{me} has heard of nobody yet"));
        let every = exactly(cx.config().interval);
        cx.set_timer(Timer::Tick, every.clone());
        cx.set_timer(Timer::Period, every);
        // Periods go on growing after a crash, by the clock.
        let (ticked, period, period_began) = (now, now.0, now);
        Monitor { watched, ticked, period, period_began, began: Vec::new(), deaf: false }
    }

    pub fn of(&self, node: NodeId) -> Option<&Watched> {
        self.watched.iter().find(|watched| watched.node == node)
    }

    fn place(&self, node: NodeId) -> usize {
        let place = self.watched.iter().position(|watched| watched.node == node);
        place.expect("only nodes of the list speak to the monitor")
    }

    // ---- heartbeats ----

    pub fn on_beat(&mut self, from: NodeId, beat: Beat, cx: &mut Cx<'_, Part>) {
        self.began.clear();
        let place = self.place(from);
        let watched = &mut self.watched[place];
        if beat.news(watched.newest) == News::Old && !cx.config().has(Flaw::TakesOldBeats) {
            return cx.fire(Rule::RefuseOldBeat, || format!("{beat} is not newer than the newest"));
        }
        watched.newest = Some(beat);
        let (interval, longest) = (cx.config().interval, cx.config().longest());
        cx.fire(Rule::HearHeartbeat, || format!("{from} is up: {beat}"));
        let trust = watched.judges.beat(cx.now(), interval, longest);
        self.speak(place, Bench::default(), trust, cx);
        self.wait_for(place, cx);
    }

    /// Sets the timer to the next deadline.
    fn wait_for(&self, place: usize, cx: &mut Cx<'_, Part>) {
        let watched = &self.watched[place];
        match watched.judges.next().filter(|_| !self.deaf) {
            Some(next) => {
                let left = next.since(cx.now()).max(Span::from_us(1));
                cx.set_timer(Timer::Silent(watched.node), exactly(left));
            }
            None => cx.cancel_timer(Timer::Silent(watched.node)),
        }
    }

    pub fn silent(&mut self, node: NodeId, cx: &mut Cx<'_, Part>) {
        self.began.clear();
        let place = self.place(node);
        let (interval, longest) = (cx.config().interval, cx.config().longest());
        let due = self.watched[place].judges.due(cx.now(), interval, longest);
        if due.is_empty() {
            cx.fire(Rule::NotYet, || format!("nobody has waited long enough for {node}"));
        }
        self.speak(place, due, Bench::default(), cx);
        self.wait_for(place, cx);
    }

    /// The course's loop, on the same heartbeats.
    pub fn tick(&mut self, cx: &mut Cx<'_, Part>) {
        self.began.clear();
        let (now, interval) = (cx.now(), cx.config().interval);
        let passed = now.since(self.ticked);
        if passed < interval {
            cx.fire(Rule::NotYet, || format!("{passed} are less than {interval}"));
            return cx.set_timer(Timer::Tick, exactly(Span(interval.0 - passed.0)));
        }
        self.ticked = now;
        cx.fire(Rule::Tick, || "the course's loop counts who is late".into());
        for place in 0..self.watched.len() {
            let new = self.watched[place].judges.tick(now, interval);
            self.speak(place, new, Bench::default(), cx);
            let (node, config) = (self.watched[place].node, cx.config());
            if config.has(Flaw::DeclaresAgain) && self.watched[place].is_suspected(config) {
                cx.fire(Rule::Suspect, || format!("{node}, once more"));
            }
        }
        cx.set_timer(Timer::Tick, exactly(interval));
    }

    // ---- probes ----

    /// A period ends: who has not answered? The next one begins: ask everybody.
    pub fn period(&mut self, cx: &mut Cx<'_, Part>) {
        self.began.clear();
        let (now, interval) = (cx.now(), cx.config().interval);
        let passed = now.since(self.period_began);
        if passed < interval {
            cx.fire(Rule::NotYet, || format!("{passed} are less than {interval}"));
            return cx.set_timer(Timer::Period, exactly(Span(interval.0 - passed.0)));
        }
        for place in 0..self.watched.len() {
            if !std::mem::take(&mut self.watched[place].answered) {
                let new = self.watched[place].judges.unanswered();
                self.speak(place, new, Bench::default(), cx);
            }
        }
        self.period += 1;
        self.period_began = now;
        let period = self.period;
        cx.fire(Rule::Probe, || format!("period {period}: everybody is asked"));
        for watched in &self.watched {
            cx.send(watched.node, Msg::Ping { period });
        }
        cx.set_timer(Timer::Indirect, exactly(Span(interval.0 / 3)));
        cx.set_timer(Timer::Period, exactly(interval));
    }

    /// Who has not answered is asked by others.
    pub fn ask_helpers(&mut self, cx: &mut Cx<'_, Part>) {
        self.began.clear();
        let (period, helpers) = (self.period, cx.config().helpers as usize);
        let silent = self.watched.iter().filter(|watched| !watched.answered);
        let silent: Vec<NodeId> = silent.map(|watched| watched.node).collect();
        if silent.is_empty() {
            return cx.fire(Rule::AllAnswered, || "nobody's help is needed".into());
        }
        let count = self.watched.len();
        for of in silent {
            let place = self.place(of);
            // Those after it in the list, in a circle.
            let others = (1..count).map(|step| self.watched[(place + step) % count].node);
            let others: Vec<NodeId> = others.take(helpers).collect();
            cx.fire(Rule::AskHelpers, || {
                format!("{of} has not answered; {} are asked", others.len())
            });
            for helper in others {
                cx.send(helper, Msg::PingReq { of, period });
            }
        }
    }

    pub fn on_ack(&mut self, from: NodeId, of: NodeId, period: u64, cx: &mut Cx<'_, Part>) {
        self.began.clear();
        self.first_word(self.place(from), cx);
        let place = self.place(of);
        if period != self.period {
            return cx.fire(Rule::IgnoreAck, || format!("period {period} is over"));
        }
        self.watched[place].answered = true;
        cx.fire(Rule::HearAck, || format!("{of} is up"));
        let trust = self.watched[place].judges.answered();
        self.speak(place, Bench::default(), trust, cx);
    }

    /// Whoever has spoken at all is waited for: until its first heartbeat, an answer counts as one.
    fn first_word(&mut self, place: usize, cx: &mut Cx<'_, Part>) {
        let (interval, longest) = (cx.config().interval, cx.config().longest());
        let watched = &mut self.watched[place];
        if watched.newest.is_none() {
            let trust = watched.judges.beat(cx.now(), interval, longest);
            self.speak(place, Bench::default(), trust, cx);
            self.wait_for(place, cx);
        }
    }

    // ---- verdicts ----

    /// Tells what the detector that speaks has come to, and how many others have.
    fn speak(&mut self, place: usize, new: Bench, trust: Bench, cx: &mut Cx<'_, Part>) {
        let node = self.watched[place].node;
        let (kind, setting) = (cx.config().kind, cx.config().setting);
        if !new.is_empty() {
            self.began.push((node, new));
            let own = new.has(kind, setting);
            if own {
                cx.suspect(node);
                cx.fire(Rule::Suspect, || {
                    format!("{} has waited long enough for {node}", kind.word())
                });
            }
            let others = new.count() - u32::from(own);
            if others > 0 {
                cx.fire(Rule::OthersSuspect, || format!("{others} other judges suspect {node}"));
            }
        }
        if trust.has(kind, setting) {
            cx.trust(node);
            self.deaf = cx.config().has(Flaw::WatchesOnce);
            cx.fire(Rule::TrustAgain, || format!("{node} was heard again"));
        }
    }
}
