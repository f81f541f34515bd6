//! The toggles wired into the path: the gateway puts pages together, the services do the features, and
//! the bank charges.

use crate::labs::path::shares::Ended;
use crate::labs::path::{
    At, CallId, Job, Load, Mechanism, Nature, Nothing, Outcome, Over, Request, Rule as PathRule,
    Step, Timer, Turned, Verdict,
};
use crate::sim::{Field, NodeId, Panel, Span, Time, exactly};

use super::bank::Bank;
use super::config::{BUY, Config, Flaw};
use super::feature::{ALL, BARE, FEATURES, Feature, PAGE, PURCHASE, WHOLE};
use super::mechanism::{Dim, Dimmer, Health, Order, Ruling, Ticket, Toggle, Way, Why};
use super::message::{Command, Name};
use super::printed::{Fallback, Printed};
use super::rules::Rule;
use super::view;

pub const GATEWAY: NodeId = NodeId::new('g', 1);
pub const BANK: NodeId = NodeId::new('d', 1);

/// A part of the shop. Each has all of it and uses what its place on the path needs.
#[derive(Clone, Debug)]
pub struct Shop {
    pub me: NodeId,
    pub gateway: Gateway,
    pub bank: Bank,
    /// At the client, how its users fared; at the gateway, what the pages had. See [`QUICK`].
    pub counts: Ended,
}

/// Places in [`Shop::counts`]. The first are the features: in full, and in the simple form.
///
/// The worth of what was served, in points.
pub const WORTH: usize = FEATURES;
/// Users who were served quickly, and those who were not.
pub const QUICK: usize = FEATURES + 1;
/// The worth of what was asked for.
pub const POSSIBLE: usize = FEATURES + 2;

/// Whoever is served within this is served quickly.
pub const QUICK_SPAN: Span = Span::from_ms(300);

#[derive(Clone, Debug)]
pub struct Gateway {
    pub toggles: [Toggle; FEATURES],
    /// The course's manager, in its variant.
    pub printed: Option<Printed>,
    pub dimmer: Dimmer,
    /// Whether its timer runs.
    looks: bool,
    /// How the last call of each feature that failed ended.
    pub causes: [Option<Outcome>; FEATURES],
    /// So many products have their stars cached.
    pub stars: u32,
    /// What those who watch know in any variant: what the operator said last, how many calls failed since
    /// the feature was last switched on, the one that was switched off in this step, and the pages that
    /// ended with an error.
    pub wanted: [bool; FEATURES],
    pub failures: [u32; FEATURES],
    pub switched_off: Option<Feature>,
    pub page_errors: u64,
}

/// What is remembered of a request at the gateway, or at the wallet.
#[derive(Clone, Debug, Default)]
pub struct Note {
    begun: bool,
    /// The next feature of the page.
    next: usize,
    worth: u64,
    /// Whether something is in its simple form.
    simple: bool,
    /// Whether the wallet has failed and the card is next.
    card: bool,
}

/// What a call was for.
#[derive(Clone, Copy, Debug)]
pub enum Pass {
    Plain,
    Feature(Feature, Ticket),
    Card,
}

/// The dimmer looks once in so long.
pub const PERIOD: Span = Span::from_secs(1);

/// At most so many products have their stars cached.
const STARS_MAX: u32 = 100;

pub fn own(cx: At<Shop>, rule: Rule, because: impl FnOnce() -> String) {
    cx.fire(PathRule::Own(rule), because);
}

fn call(to: NodeId, timeout: Option<Span>, ticket: Pass) -> Step<Pass> {
    Step::Call { to, timeout, left: timeout, ticket, again: None }
}

impl Mechanism for Shop {
    type Config = Config;
    type Rule = Rule;
    type Command = Command;
    type Fault = Nothing;
    type Ticket = Pass;
    type Note = Note;

    fn new(me: NodeId, config: &Config, _: Time) -> Shop {
        let printed = (config.printed && me == GATEWAY).then(printed_at_start);
        let gateway = Gateway {
            toggles: ALL.map(|_| Toggle::new()),
            printed,
            dimmer: Dimmer::default(),
            looks: false,
            causes: [None; FEATURES],
            stars: 0,
            wanted: [true; FEATURES],
            failures: [0; FEATURES],
            switched_off: None,
            page_errors: 0,
        };
        Shop { me, gateway, bank: Bank::default(), counts: Ended::default() }
    }

    fn before(&mut self, job: &mut Job<Note>, cx: At<Self>) -> Step<Pass> {
        let config = cx.config();
        match (self.me.letter(), Feature::of_service(self.me)) {
            ('c', _) => call(GATEWAY, Some(config.patience), Pass::Plain),
            ('g', _) if job.class == BUY => self.buy(job, cx),
            ('g', _) => self.page(job, cx),
            (_, Some(Feature::Recommendations | Feature::Wallet))
                if job.nature == Nature::Invalid =>
            {
                Step::Answer(Outcome::Invalid)
            }
            (_, Some(Feature::Wallet)) => call(BANK, Some(config.bank_timeout), Pass::Plain),
            (_, Some(_)) => Step::Answer(Outcome::Ok),
            (_, None) => self.bank.charge(job, cx),
        }
    }

    fn after(&mut self, job: &mut Job<Note>, over: Over<Pass>, cx: At<Self>) -> Verdict {
        match over.ticket {
            Pass::Plain if self.me.letter() == 'c' => Verdict::Answer(over.outcome),
            // The wallet: whatever the bank did, it fails unless it knows that all went well.
            Pass::Plain if over.outcome.is_good() => Verdict::Answer(Outcome::Ok),
            Pass::Plain => Verdict::Answer(Outcome::Failed),
            Pass::Card if over.outcome.is_good() => Verdict::Answer(Outcome::Degraded),
            Pass::Card => Verdict::Answer(Outcome::Failed),
            Pass::Feature(feature, ticket) => {
                self.record(feature, ticket, &over, job, cx);
                if over.outcome.is_good() {
                    self.in_full(feature, job);
                    return match feature {
                        Feature::Wallet => Verdict::Answer(Outcome::Ok),
                        _ => Verdict::Again(Span::ZERO),
                    };
                }
                match self.in_simple_form(feature, job, Some(over.outcome), cx) {
                    Ok(()) => Verdict::Again(Span::ZERO),
                    Err(outcome) => Verdict::Answer(outcome),
                }
            }
        }
    }

    fn arrive(&mut self, _: &Request, load: Load, cx: At<Self>) -> Result<(), Turned> {
        let Load { busy, room, waiting } = load;
        if self.me == GATEWAY && cx.config().order != Order::Never && !cx.config().printed {
            let refused = busy >= room.threads && waiting >= room.queue;
            self.gateway.dimmer.came(busy, room.threads, waiting, refused);
            if !std::mem::replace(&mut self.gateway.looks, true) {
                cx.set_timer(Timer::Own, exactly(PERIOD));
            }
        }
        Ok(())
    }

    fn wake(&mut self, _: Vec<CallId>, cx: At<Self>) -> Vec<CallId> {
        if self.me == GATEWAY {
            self.dim(cx);
            cx.set_timer(Timer::Own, exactly(PERIOD));
        }
        Vec::new()
    }

    fn left(&mut self, job: &Job<Note>, outcome: Outcome, cx: At<Self>) {
        let whole = if job.class == BUY { PURCHASE } else { WHOLE };
        if job.caller.is_none() {
            self.counts.good[POSSIBLE] += whole;
            let quick = cx.now().since(job.came) <= QUICK_SPAN;
            self.counts.count(QUICK as u8, outcome.is_good() && quick);
        }
        if self.me != GATEWAY || !job.note.begun {
            return;
        }
        if outcome.is_good() && !job.is_expired(cx.now()) {
            let bare = if job.class == BUY { 0 } else { BARE };
            self.counts.good[WORTH] += bare + job.note.worth;
        }
        self.gateway.page_errors += u64::from(job.class != BUY && !outcome.is_good());
    }

    fn command(&mut self, command: Command, _: Vec<CallId>, cx: At<Self>) -> Vec<CallId> {
        if self.me == GATEWAY {
            let (Command::Off(name) | Command::On(name) | Command::Register(name)) = &command;
            match (Feature::named(&name.0), self.gateway.printed.is_some()) {
                (None, false) => {
                    let Name(name) = name;
                    own(cx, Rule::RefuseUnknown, || format!("there is no feature `{name}`"));
                }
                (Some(feature), false) => self.operator(&command, feature, cx),
                (feature, true) => self.operator_printed(&command, feature, cx),
            }
        }
        Vec::new()
    }

    fn fault(&mut self, fault: Nothing, _: At<Self>) {
        match fault {}
    }

    fn role(&self) -> Option<&'static str> {
        let bank = (self.me == BANK).then_some("bank");
        Feature::of_service(self.me).map(Feature::name).or(bank)
    }

    fn fields(&self) -> Vec<Field> {
        view::fields(self)
    }

    fn panels(&self) -> Vec<Panel> {
        view::panels(self)
    }

    fn class_word(class: crate::labs::path::Class) -> &'static str {
        if class == BUY { "purchase" } else { "page" }
    }
}

impl Shop {
    // ---- requests ----

    /// Fetches what the page still lacks, one feature after the other.
    fn page(&mut self, job: &mut Job<Note>, cx: At<Self>) -> Step<Pass> {
        job.note.begun = true;
        while let Some(feature) = PAGE.get(job.note.next).copied() {
            match self.ask(feature, job, cx) {
                Ok(Some(step)) => return step,
                Ok(None) => {}
                Err(outcome) => return Step::Answer(outcome),
            }
        }
        Step::Answer(if job.note.simple { Outcome::Degraded } else { Outcome::Ok })
    }

    /// Pays with the wallet, or with the card.
    fn buy(&mut self, job: &mut Job<Note>, cx: At<Self>) -> Step<Pass> {
        job.note.begun = true;
        if !job.note.card {
            match self.ask(Feature::Wallet, job, cx) {
                Ok(Some(step)) => return step,
                Ok(None) => {}
                Err(outcome) => return Step::Answer(outcome),
            }
        }
        if cx.config().has(Flaw::NewKey) {
            let old = job.key;
            job.key = Bank::other_key(old);
            own(cx, Rule::NewKey, || format!("{old} goes on as {}", job.key));
        }
        let timeout = (!cx.config().printed).then_some(cx.config().patience);
        call(BANK, timeout, Pass::Card)
    }

    /// How this feature is had for this request: by a call, in its simple form, or not at all.
    fn ask(
        &mut self,
        feature: Feature,
        job: &mut Job<Note>,
        cx: At<Self>,
    ) -> Result<Option<Step<Pass>>, Outcome> {
        let ticket = match &self.gateway.printed {
            Some(printed) => self.ask_printed(printed.is_enabled(feature.name()), feature, cx),
            None => self.ask_toggle(feature, cx),
        };
        let Some(ticket) = ticket else {
            return self.in_simple_form(feature, job, None, cx).map(|()| None);
        };
        let timeout = (!cx.config().printed).then_some(cx.config().timeout);
        Ok(Some(call(feature.service(), timeout, Pass::Feature(feature, ticket))))
    }

    fn ask_toggle(&mut self, feature: Feature, cx: At<Self>) -> Option<Ticket> {
        let (now, settings, name) = (cx.now(), cx.config().settings, feature.name());
        let toggle = &mut self.gateway.toggles[feature.place()];
        let (rule, why) = match toggle.ask(now, &settings) {
            Way::Primary(ticket) => {
                let crowd = matches!(toggle.health, Health::Trying { under_way: 2.., .. });
                let rule = match (ticket.trial, crowd) {
                    (false, _) => Rule::CallPrimary,
                    (true, false) => Rule::TryAgain,
                    (true, true) => Rule::TrialsUnbounded,
                };
                own(cx, rule, || format!("{name}: wanted, {}", view::health(toggle.health)));
                return Some(ticket);
            }
            Way::Fallback(Why::Operator) => (Rule::OperatorsOff, "the operator's off".to_string()),
            Way::Fallback(Why::Dimmed) => (Rule::OffForRoom, "given up for want of room".into()),
            Way::Fallback(Why::Tried) => (Rule::OffForHealth, "somebody is trying it".into()),
            Way::Fallback(Why::Sick(Span::ZERO)) if settings.flaw == Some(Flaw::NoWayBack) => {
                (Rule::NoWayBack, "off for good".into())
            }
            Way::Fallback(Why::Sick(left)) => {
                (Rule::OffForHealth, format!("off for another {left}"))
            }
        };
        own(cx, rule, || format!("{name}: {why}"));
        None
    }

    fn in_full(&mut self, feature: Feature, job: &mut Job<Note>) {
        self.counts.good[feature.place()] += 1;
        job.note.worth += feature.worth().0;
        job.note.next += 1;
        if feature == Feature::Reviews {
            self.gateway.stars = (self.gateway.stars + 1).min(STARS_MAX);
            if let Some(printed) = &mut self.gateway.printed {
                let cache = Fallback::Cache(self.gateway.stars);
                printed.fallback_behaviors.insert(feature.name(), cache);
            }
        }
    }

    /// This request has the feature in its simple form, because its call `failed` or without one. As
    /// printed there may be none.
    fn in_simple_form(
        &mut self,
        feature: Feature,
        job: &mut Job<Note>,
        failed: Option<Outcome>,
        cx: At<Self>,
    ) -> Result<(), Outcome> {
        let (key, name, simple) = (job.key, feature.name(), feature.looks().1);
        if let Some(printed) = &self.gateway.printed {
            if !printed.falls_back(name) {
                own(cx, Rule::PrintedFalsy, || {
                    format!("{key}: FeatureUnavailableError, {name} has an empty cache")
                });
                return Err(Outcome::Failed);
            }
            own(cx, Rule::PrintedFallback, || format!("{key}: {simple}"));
        } else if let Some(outcome) = failed {
            own(cx, Rule::FallBack, || format!("{key}: {name} {}, so {simple}", outcome.word()));
        }
        self.counts.bad[feature.place()] += 1;
        job.note.worth += feature.worth().1;
        job.note.simple = true;
        job.note.card = feature == Feature::Wallet;
        job.note.next += 1;
        Ok(())
    }

    // ---- how calls went ----

    fn record(
        &mut self,
        feature: Feature,
        ticket: Ticket,
        over: &Over<Pass>,
        job: &Job<Note>,
        cx: At<Self>,
    ) {
        let failed = match over.outcome {
            Outcome::Ok | Outcome::Degraded => Some(false),
            Outcome::Invalid | Outcome::Cancelled => None,
            Outcome::Failed
            | Outcome::Refused
            | Outcome::Expired
            | Outcome::Conflict
            | Outcome::TimedOut => Some(true),
        };
        self.gateway.failures[feature.place()] += u32::from(failed == Some(true));
        if self.gateway.printed.is_some() {
            return self.record_printed(feature, over, job, cx);
        }
        if failed == Some(true) {
            self.gateway.causes[feature.place()] = Some(over.outcome);
        }
        let (now, settings) = (cx.now(), cx.config().settings);
        let toggle = &mut self.gateway.toggles[feature.place()];
        let ruling = toggle.record(now, ticket, failed, &settings);
        let (key, name, word) = (job.key, feature.name(), over.outcome.word());
        match ruling {
            Ruling::Counted | Ruling::OneMore(_) if failed == Some(false) => {}
            Ruling::Counted | Ruling::OneMore(_) => {
                own(cx, Rule::RecordFailure, || format!("{key}: {name} {word}"));
            }
            Ruling::Ignored => {
                own(cx, Rule::IgnoreOutcome, || format!("{key}: {word} says nothing about {name}"))
            }
            Ruling::Stale => own(cx, Rule::StaleOutcome, || {
                format!("{key}: {name} {word}, but was called before the last change")
            }),
            Ruling::Off { failed, calls } => {
                let few = failed < settings.failures_needed();
                let rule = if few { Rule::OneFailure } else { Rule::SwitchOff };
                own(cx, rule, || format!("{name}: {failed} of the last {calls} calls failed"));
                self.gateway.switched_off = Some(feature);
                cx.suspect(feature.service());
            }
            Ruling::StillOff => own(cx, Rule::StillOff, || format!("{name}: the trial {word}")),
            Ruling::On => {
                own(cx, Rule::SwitchOn, || format!("{name}: {} trials succeeded", settings.trials));
                self.gateway.failures[feature.place()] = 0;
                cx.trust(feature.service());
            }
        }
    }

    // ---- the operator ----

    fn operator(&mut self, command: &Command, feature: Feature, cx: At<Self>) {
        let (now, settings, name) = (cx.now(), cx.config().settings, feature.name());
        let toggle = &mut self.gateway.toggles[feature.place()];
        let wanted = match command {
            Command::Off(_) => false,
            Command::On(_) => true,
            Command::Register(_) => {
                let word = if toggle.wanted { "on" } else { "off" };
                own(cx, Rule::RegisterAgain, || format!("{name} stays {word}"));
                return;
            }
        };
        toggle.set_wanted(wanted, now, &settings);
        self.gateway.wanted[feature.place()] = wanted;
        let rule = match (settings.flaw == Some(Flaw::OneSwitch), wanted) {
            (true, _) => Rule::OneSwitch,
            (false, true) => Rule::SetOn,
            (false, false) => Rule::SetOff,
        };
        own(cx, rule, || format!("{name}: {}", if wanted { "on" } else { "off" }));
    }

    // ---- room ----

    /// A period is over: one feature less, one more, or as it is.
    fn dim(&mut self, cx: At<Self>) {
        let (config, gateway) = (cx.config(), &mut self.gateway);
        let sorted = config.order.sorted();
        let best_first = config.has(Flaw::BestFirst);
        let order = |place: usize| sorted[if best_first { PAGE.len() - 1 - place } else { place }];
        let level = gateway.dimmer.level;
        let shown = |feature: &Feature| !gateway.toggles[feature.place()].dimmed;
        let page = config.page_time(PAGE.into_iter().filter(shown));
        let back = level.checked_sub(1).map(|last| config.added(order(last)));
        match gateway.dimmer.look(page, back) {
            Dim::Same => {}
            Dim::Less => {
                let feature = order(level);
                gateway.toggles[feature.place()].dimmed = true;
                let rule = if best_first { Rule::BestFirst } else { Rule::GiveUp };
                let (name, saved) = (feature.name(), config.added(feature));
                own(cx, rule, || format!("{name}: a page takes {saved} less of a thread"));
            }
            Dim::More => {
                let feature = order(level - 1);
                gateway.toggles[feature.place()].dimmed = false;
                own(cx, Rule::TakeBack, || format!("{}: there is room again", feature.name()));
            }
        }
    }

    // ---- as printed ----

    fn ask_printed(&self, enabled: bool, feature: Feature, cx: At<Self>) -> Option<Ticket> {
        let ticket = Ticket { generation: 0, trial: false };
        if enabled {
            own(cx, Rule::PrintedPrimary, || format!("{} is enabled", feature.name()));
        }
        enabled.then_some(ticket)
    }

    fn record_printed(
        &mut self,
        feature: Feature,
        over: &Over<Pass>,
        job: &Job<Note>,
        cx: At<Self>,
    ) {
        let (took, limit) = (over.took, cx.config().timeout);
        let (key, name, word) = (job.key, feature.name(), over.outcome.word());
        if took > limit {
            own(cx, Rule::PrintedWaits, || format!("{key}: {name} took {took}"));
        }
        if over.outcome.is_good() {
            return;
        }
        let Some(printed) = &mut self.gateway.printed else { return };
        if printed.is_enabled(name) {
            self.gateway.switched_off = Some(feature);
            cx.suspect(feature.service());
        }
        printed.disable_feature(name);
        own(cx, Rule::PrintedException, || format!("{key}: one exception, {name} is off"));
        own(cx, Rule::PrintedCauseLost, || format!("that {name} {word} is written nowhere"));
    }

    fn operator_printed(&mut self, command: &Command, feature: Option<Feature>, cx: At<Self>) {
        let Some(printed) = &mut self.gateway.printed else { return };
        let (Command::Off(name) | Command::On(name) | Command::Register(name)) = command;
        let Name(name) = name;
        let wanted = match (command, feature) {
            (Command::Off(_), None) => {
                printed.disable_feature(name);
                return own(cx, Rule::PrintedGhost, || format!("toggles[\"{name}\"] = False"));
            }
            (Command::Off(_), Some(_)) => {
                printed.disable_feature(name);
                own(cx, Rule::PrintedDisable, || format!("toggles[\"{name}\"] = False"));
                false
            }
            (Command::On(_), _) => {
                own(cx, Rule::PrintedNoEnable, || format!("nothing enables {name}"));
                true
            }
            (Command::Register(_), Some(feature)) => {
                let fallback = printed.fallback_behaviors.get(feature.name()).copied();
                printed.register_feature(feature.name(), fallback.unwrap_or(Fallback::Function));
                return own(cx, Rule::PrintedRegister, || format!("toggles[\"{name}\"] = True"));
            }
            // Nobody deploys what nobody has written.
            (Command::Register(_), None) => return,
        };
        if let Some(feature) = feature {
            self.gateway.wanted[feature.place()] = wanted;
        }
    }
}

/// What the shop registers when it starts.
fn printed_at_start() -> Printed {
    let mut printed = Printed::default();
    for feature in ALL {
        let fallback = match feature {
            Feature::Reviews => Fallback::Cache(0),
            Feature::Recommendations | Feature::Delivery | Feature::Wallet => Fallback::Function,
        };
        printed.register_feature(feature.name(), fallback);
    }
    printed
}
