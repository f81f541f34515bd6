//! A suspicion that others may confirm (Das, Gupta and Motivala 2002, §4.2; Dadgar, Phillips and Currey,
//! "Lifeguard", 2018, §III-B; memberlist, `suspicion.go`).
//!
//! Alone, a node waits long before it declares a suspect failed, so that the suspect has time to refute.
//! Each other node that says the same independently makes it wait less.

use crate::sim::{NodeId, Span, Time};

/// One suspicion, from its beginning.
#[derive(Clone, Debug, PartialEq)]
pub struct Suspicion {
    /// When it began, on the clock of the node that has it.
    pub since: Time,
    /// Who said so: the first, and those who confirmed it.
    pub by: Vec<NodeId>,
}

impl Suspicion {
    pub fn new(by: NodeId, since: Time) -> Suspicion {
        Suspicion { since, by: vec![by] }
    }

    /// Somebody says the same. True if that is news that counts: from another node than before, and not
    /// beyond the `needed` confirmations.
    pub fn confirm(&mut self, by: NodeId, needed: u32) -> bool {
        let news = self.confirmations() < needed && !self.by.contains(&by);
        if news {
            self.by.push(by);
        }
        news
    }

    /// How many have confirmed it.
    pub fn confirmations(&self) -> u32 {
        self.by.len() as u32 - 1
    }

    /// How long it may last in all, with the confirmations that there are.
    pub fn lasts(&self, needed: u32, least: Span, most: Span) -> Span {
        let lasts = |count: u32| Span(whole_us(count, needed, least, most));
        lasts(self.confirmations())
    }
}

/// `most − (most − least) · log(n + 1) / log(k + 1)`, not below `least`; to the millisecond, downward, as
/// memberlist has it.
fn whole_us(count: u32, needed: u32, least: Span, most: Span) -> u64 {
    if needed == 0 {
        return least.0;
    }
    let share = libm::log(f64::from(count) + 1.0) / libm::log(f64::from(needed) + 1.0);
    let (least_s, most_s) = (least.0 as f64 / 1e6, most.0 as f64 / 1e6);
    let ms = libm::floor(1_000.0 * (most_s - share * (most_s - least_s)));
    ((ms.max(0.0) as u64) * 1_000).max(least.0)
}

/// The shortest time that a suspicion lasts among so many nodes: it grows with the number of rounds that
/// news needs to reach everybody (memberlist, `util.go`, `suspicionTimeout`).
pub fn least(mult: u64, nodes: u64, period: Span) -> Span {
    let scale = libm::log10(nodes.max(1) as f64).max(1.0);
    // In thousandths, as memberlist does.
    let thousandths = (scale * 1_000.0) as u64;
    Span(mult * thousandths * period.0 / 1_000)
}

/// How often a piece of news is passed on (memberlist, `util.go`, `retransmitLimit`).
pub fn retransmissions(mult: u64, nodes: u64) -> u64 {
    mult * libm::ceil(libm::log10(nodes as f64 + 1.0)) as u64
}
