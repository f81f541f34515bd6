//! The toggle itself: what the operator wants, how the feature is, and whether there is room for it. No
//! messages, no clock of its own.

use std::collections::VecDeque;

use crate::sim::{Span, Time};

use super::config::Flaw;
use super::feature::{Feature, PAGE};

/// How toggles are set.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// So many calls are looked back upon, and with fewer there is no judgement.
    pub window: u32,
    /// Health switches a feature off when so many of a hundred calls failed, or more.
    pub failure_percent: u32,
    /// It stays off for so long.
    pub off_for: Span,
    /// So many trials in a row must succeed.
    pub trials: u32,
    pub flaw: Option<Flaw>,
}

impl Settings {
    /// So many failures there are at the least when health switches a feature off.
    pub fn failures_needed(&self) -> u32 {
        (self.window * self.failure_percent).div_ceil(100)
    }
}

/// One feature's toggle: three reasons to be off, kept apart. It is on when none of them holds.
#[derive(Clone, Debug)]
pub struct Toggle {
    /// What the operator wants. Nothing else changes it.
    pub wanted: bool,
    /// Whether there is no room for it now.
    pub dimmed: bool,
    pub health: Health,
    /// Whether the last calls failed.
    recent: VecDeque<bool>,
    generation: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    Well,
    /// Too much of it failed.
    Sick {
        since: Time,
    },
    /// One at a time tries whether it is well again.
    Trying {
        under_way: u32,
        succeeded: u32,
    },
}

/// What an admitted call brings back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    pub generation: u32,
    pub trial: bool,
}

/// How a feature is had for one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Primary(Ticket),
    Fallback(Why),
}

/// Why a feature is had in its simple form without asking its service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    Operator,
    /// Off for so long still.
    Sick(Span),
    /// Somebody else is trying it.
    Tried,
    Dimmed,
}

/// What an outcome led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ruling {
    Counted,
    /// It says nothing about the service.
    Ignored,
    /// It was let through before the last change.
    Stale,
    /// So many of so many calls failed: off.
    Off {
        failed: u32,
        calls: u32,
    },
    /// A trial succeeded, and another one follows.
    OneMore(u32),
    /// Enough trials succeeded: on.
    On,
    /// A trial failed: off for as long again.
    StillOff,
}

impl Toggle {
    pub fn new() -> Toggle {
        Toggle {
            wanted: true,
            dimmed: false,
            health: Health::Well,
            recent: VecDeque::new(),
            generation: 1,
        }
    }

    pub fn is_on(&self) -> bool {
        self.wanted && !self.dimmed && self.health == Health::Well
    }

    /// Somebody needs the feature. The operator's word comes first.
    pub fn ask(&mut self, now: Time, settings: &Settings) -> Way {
        if !self.wanted {
            return Way::Fallback(Why::Operator);
        }
        if self.dimmed {
            return Way::Fallback(Why::Dimmed);
        }
        if let Health::Sick { since } = self.health {
            let until = since + settings.off_for;
            if now <= until || settings.flaw == Some(Flaw::NoWayBack) {
                return Way::Fallback(Why::Sick(until.since(now)));
            }
            self.turn(Health::Trying { under_way: 0, succeeded: 0 });
        }
        let mut ticket = Ticket { generation: self.generation, trial: false };
        if let Health::Trying { under_way, .. } = &mut self.health {
            if *under_way > 0 && settings.flaw != Some(Flaw::TrialsUnbounded) {
                return Way::Fallback(Why::Tried);
            }
            *under_way += 1;
            ticket.trial = true;
        }
        Way::Primary(ticket)
    }

    /// A call of the service is over. `failed` is nothing if it says nothing about the service.
    pub fn record(
        &mut self,
        now: Time,
        ticket: Ticket,
        failed: Option<bool>,
        settings: &Settings,
    ) -> Ruling {
        if ticket.generation != self.generation {
            return Ruling::Stale;
        }
        if let Health::Trying { under_way, .. } = &mut self.health {
            *under_way -= 1;
        }
        let Some(failed) = failed else { return Ruling::Ignored };
        match self.health {
            Health::Well => self.judge(now, failed, settings),
            Health::Sick { .. } => Ruling::Stale,
            Health::Trying { .. } if failed => {
                self.turn(Health::Sick { since: now });
                Ruling::StillOff
            }
            Health::Trying { under_way, succeeded } => {
                let succeeded = succeeded + 1;
                if succeeded < settings.trials {
                    self.health = Health::Trying { under_way, succeeded };
                    return Ruling::OneMore(settings.trials - succeeded);
                }
                self.turn(Health::Well);
                Ruling::On
            }
        }
    }

    fn judge(&mut self, now: Time, failed: bool, settings: &Settings) -> Ruling {
        self.recent.push_back(failed);
        if self.recent.len() > settings.window as usize {
            self.recent.pop_front();
        }
        let calls = self.recent.len() as u32;
        let failed = self.recent.iter().filter(|failed| **failed).count() as u32;
        let one_is_enough = settings.flaw == Some(Flaw::OneFailure) && failed > 0;
        let enough = calls >= settings.window && failed * 100 >= settings.failure_percent * calls;
        if !enough && !one_is_enough {
            return Ruling::Counted;
        }
        self.turn(Health::Sick { since: now });
        Ruling::Off { failed, calls }
    }

    fn turn(&mut self, health: Health) {
        self.health = health;
        self.recent.clear();
        self.generation += 1;
    }

    /// The operator speaks.
    pub fn set_wanted(&mut self, wanted: bool, now: Time, settings: &Settings) {
        if settings.flaw != Some(Flaw::OneSwitch) {
            self.wanted = wanted;
        } else if wanted {
            self.turn(Health::Well);
        } else {
            self.turn(Health::Sick { since: now });
        }
    }
}

/// In which order features are given up when there is too little room for all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Nothing is given up: whoever finds no room is refused.
    Never,
    /// What is worth least goes first, whatever it costs.
    Worth,
    /// What loses least for each millisecond that it saves goes first.
    WorthPerMs,
}

impl Order {
    /// The features of a page, the first to go first.
    pub fn sorted(self) -> [Feature; 3] {
        let mut features = PAGE;
        match self {
            Order::Never => {}
            Order::Worth => features.sort_by_key(|feature| feature.worth().0),
            Order::WorthPerMs => features.sort_by_key(|feature| feature.loss_per_ms()),
        }
        features
    }
}

/// Gives features up while there is too little room, and takes them back: a *brownout* (Klein et al.
/// 2014). It looks once a period at what those who came have found.
#[derive(Clone, Copy, Debug, Default)]
pub struct Dimmer {
    /// So many features of the order are given up.
    pub level: usize,
    came: u64,
    busy: u64,
    waiting: u64,
    threads: u32,
    refused: bool,
    /// Periods in a row with room for one more.
    calm: u32,
}

/// What a look of the dimmer led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dim {
    Same,
    /// One feature less.
    Less,
    /// One feature more.
    More,
}

/// A feature is taken back after so many periods with room for it.
const CALM: u32 = 3;

impl Dimmer {
    /// Somebody comes and finds so many threads taken of so many, and so many who wait.
    pub fn came(&mut self, busy: u32, threads: u32, waiting: u32, refused: bool) {
        self.came += 1;
        self.busy += u64::from(busy);
        self.waiting += u64::from(waiting);
        self.threads = threads;
        self.refused |= refused;
    }

    /// A period is over. `costs` is how long a page takes now, and what the feature that would be next
    /// to come back adds to it.
    pub fn look(&mut self, page: Span, back: Option<Span>) -> Dim {
        let Dimmer { came, busy, waiting, threads, refused, .. } = *self;
        let threads = u64::from(threads);
        *self = Dimmer { level: self.level, calm: self.calm, ..Dimmer::default() };
        let pressed = refused || waiting * 2 > came * threads;
        if pressed {
            self.calm = 0;
            let less = self.level < PAGE.len();
            self.level += usize::from(less);
            return if less { Dim::Less } else { Dim::Same };
        }
        let Some(back) = back else { return Dim::Same };
        // With it, threads would be taken in the proportion of the times (Little's law).
        let with = busy * (page + back).us() / page.us().max(1);
        let room = with * 10 <= 9 * came * threads;
        self.calm = if room { self.calm + 1 } else { 0 };
        if self.calm < CALM {
            return Dim::Same;
        }
        self.calm = 0;
        self.level -= 1;
        Dim::More
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: Settings = Settings {
        window: 10,
        failure_percent: 50,
        off_for: Span::from_secs(2),
        trials: 2,
        flaw: None,
    };

    fn primary(way: Way) -> Ticket {
        match way {
            Way::Primary(ticket) => ticket,
            Way::Fallback(why) => panic!("{why:?}"),
        }
    }

    /// A toggle that health has switched off at this time.
    fn sick(at: Time) -> Toggle {
        let mut toggle = Toggle::new();
        for n in 0..10 {
            let ticket = primary(toggle.ask(at, &SETTINGS));
            let ruling = toggle.record(at, ticket, Some(true), &SETTINGS);
            assert_eq!(ruling == Ruling::Off { failed: 10, calls: 10 }, n == 9, "{n}: {ruling:?}");
        }
        toggle
    }

    #[test]
    fn it_is_on_when_the_operator_wants_it_and_it_is_well_and_there_is_room() {
        let mut toggle = Toggle::new();
        assert!(toggle.is_on());
        toggle.set_wanted(false, Time(1), &SETTINGS);
        assert_eq!(toggle.ask(Time(2), &SETTINGS), Way::Fallback(Why::Operator));
        toggle.set_wanted(true, Time(3), &SETTINGS);
        toggle.dimmed = true;
        assert_eq!(toggle.ask(Time(4), &SETTINGS), Way::Fallback(Why::Dimmed));
        toggle.dimmed = false;
        assert!(toggle.is_on());
        assert!(!sick(Time(5)).is_on());
    }

    #[test]
    fn the_operators_off_wins_over_a_trial_that_succeeds() {
        let mut toggle = sick(Time::ZERO);
        let later = Time(2_000_001);
        for _ in 0..SETTINGS.trials {
            let ticket = primary(toggle.ask(later, &SETTINGS));
            toggle.set_wanted(false, later, &SETTINGS);
            toggle.record(later, ticket, Some(false), &SETTINGS);
            assert_eq!(toggle.ask(later, &SETTINGS), Way::Fallback(Why::Operator));
            toggle.set_wanted(true, later, &SETTINGS);
        }
        assert!(toggle.is_on());
    }

    #[test]
    fn one_at_a_time_tries_after_the_wait_and_no_earlier() {
        let mut toggle = sick(Time::ZERO);
        let end = Time(2_000_000);
        assert_eq!(toggle.ask(end, &SETTINGS), Way::Fallback(Why::Sick(Span::ZERO)));
        let first = primary(toggle.ask(end + Span(1), &SETTINGS));
        assert!(first.trial);
        assert_eq!(toggle.ask(end + Span(2), &SETTINGS), Way::Fallback(Why::Tried));
        // A request that is wrong in itself gives its place back and tells nothing.
        let ruling = toggle.record(end + Span(3), first, None, &SETTINGS);
        assert_eq!(ruling, Ruling::Ignored);
        let second = primary(toggle.ask(end + Span(4), &SETTINGS));
        let ruling = toggle.record(end + Span(5), second, Some(false), &SETTINGS);
        assert_eq!(ruling, Ruling::OneMore(1));
        let third = primary(toggle.ask(end + Span(6), &SETTINGS));
        assert_eq!(toggle.record(end + Span(7), third, Some(true), &SETTINGS), Ruling::StillOff);
        assert_eq!(toggle.record(end + Span(8), first, Some(false), &SETTINGS), Ruling::Stale);
    }

    #[test]
    fn what_loses_least_for_what_it_saves_goes_first() {
        use Feature::{Delivery, Recommendations, Reviews};
        assert_eq!(Order::WorthPerMs.sorted(), [Recommendations, Reviews, Delivery]);
        assert_eq!(Order::Worth.sorted(), [Reviews, Delivery, Recommendations]);
    }

    #[test]
    fn the_dimmer_gives_up_under_pressure_and_takes_back_when_there_is_room_for_it() {
        let page = Span::from_ms(50);
        let mut dimmer = Dimmer::default();
        dimmer.came(10, 10, 9, false);
        assert_eq!(dimmer.look(page, None), Dim::Less);
        // Half of the threads are taken: with half as much again there is room.
        for period in 0..3 {
            dimmer.came(5, 10, 0, false);
            let back = dimmer.look(page, Some(Span::from_ms(25)));
            assert_eq!(back, if period == 2 { Dim::More } else { Dim::Same });
        }
        dimmer.came(0, 10, 0, true);
        assert_eq!(dimmer.look(page, None), Dim::Less, "somebody was refused");
        for _ in 0..5 {
            // With twice as much there would not be.
            dimmer.came(5, 10, 0, false);
            assert_eq!(dimmer.look(page, Some(page)), Dim::Same);
        }
    }
}
