//! What is believed of each pair of nodes beside what is true, and the claims that every detector makes.
//!
//! This is for specs: it sees the truth, which no node can.

use std::ops::Range;

use crate::labs::Claim;
use crate::sim::world::Happening;
use crate::sim::{Belief, Broken, Condition, NodeId, Protocol, Span, Time, World};

use super::beat::Beat;

/// Completeness, with a bound.
pub const SUSPECTS_THE_DEAD: Claim = Claim {
    name: "suspects-the-dead",
    means: "A node that is down, paused or cut off is suspected by everybody who watches it within the \
            stated time after it was last heard, and stays suspected.",
};

pub const OLD_BEATS_REVIVE_NOBODY: Claim = Claim {
    name: "old-beats-revive-nobody",
    means: "A suspected node is trusted again only for something newer than all that was heard of it.",
};

pub const ONE_EVENT_A_CHANGE: Claim = Claim {
    name: "one-event-a-change",
    means: "A suspicion is declared once, when it begins, and taken back once, when it ends.",
};

pub const KEEPS_JUDGING: Claim = Claim {
    name: "keeps-judging",
    means: "A watcher that is up goes on judging: no error ends it.",
};

/// The goal of every lab about detectors.
pub const ALL_JUDGED_RIGHT: Claim = Claim {
    name: "all-judged-right",
    means: "Every watcher that is up has the right opinion of every node that it watches.",
};

/// What a watcher shows of its opinion of one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub suspected: bool,
    /// The newest that it has taken for news; nothing if it looks at no numbers.
    pub newest: Option<Beat>,
}

/// All pairs of a watcher and a watched node.
#[derive(Clone)]
pub struct Pairs {
    list: Vec<Pair>,
    tally: Tally,
    /// How many suspicions the last step began, and how many it ended.
    turned: (u32, u32),
    /// The node of whom the last step began a suspicion.
    began: Option<NodeId>,
    /// How many pairs each watcher has; they stand together, in the order of the watchers.
    each: usize,
    watchers: char,
}

#[derive(Clone, Debug)]
struct Pair {
    watcher: NodeId,
    of: NodeId,
    suspected: bool,
    newest: Option<Beat>,
    /// Since when the watched node cannot be heard: it is not up, or the link from it is cut.
    gone: Option<Time>,
    /// Since when the watcher could have been patient in vain: it was last heard then, or the watcher
    /// began then.
    silent: Option<Time>,
}

/// What the detectors came to so far, counted against the truth.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Suspicions of a node that could be heard.
    pub false_alarms: u64,
    /// Suspicions of a node that could not.
    pub detections: u64,
    /// From when it could not be heard to the suspicion: the last one, the longest, and all together.
    pub last: Span,
    pub longest: Span,
    pub total: Span,
}

impl Tally {
    /// The mean time to detection, or nothing before the first.
    pub fn mean(&self) -> Option<Span> {
        (self.detections > 0).then(|| Span(self.total.0 / self.detections))
    }
}

impl Pairs {
    /// Every node of one letter watched by every one of another; none watches itself.
    pub fn new<P: Protocol>(world: &World<P>, watchers: char, watched: char) -> Pairs {
        let roster = world.roster();
        let pair = |watcher: NodeId| {
            let others = roster.all(watched).iter().filter(move |of| **of != watcher);
            others.map(move |&of| Pair {
                watcher,
                of,
                suspected: false,
                newest: None,
                gone: None,
                silent: None,
            })
        };
        let list: Vec<Pair> = roster.all(watchers).iter().copied().flat_map(pair).collect();
        let each = list.len() / roster.all(watchers).len().max(1);
        Pairs { list, tally: Tally::default(), turned: (0, 0), began: None, each, watchers }
    }

    /// Where the pairs of a watcher stand; nowhere if it is none.
    fn range(&self, watcher: NodeId) -> Range<usize> {
        if watcher.letter() != self.watchers {
            return 0..0;
        }
        let first = (usize::from(watcher.number()) - 1) * self.each;
        first..first + self.each
    }

    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Looks at the world after a step. `verdict` is what a watcher thinks of a node; `None` while it has
    /// no opinion. `bound` is how long the patience of a watcher may last; `None`: nothing is promised.
    pub fn observe<P: Protocol>(
        &mut self,
        world: &World<P>,
        bound: Option<Span>,
        verdict: impl Fn(&P, NodeId) -> Option<Verdict>,
    ) -> Result<(), Broken> {
        let last = world.last();
        let now = world.now();
        match last.happening {
            Happening::Disturbed | Happening::Start | Happening::Asked => {
                self.look_at_truth(world, last.node);
            }
            Happening::Deliver { from, .. } => self.heard(last.node, from, now),
            Happening::Timer | Happening::Undelivered | Happening::Held => {}
        }
        let mut broken = Ok(());
        (self.turned, self.began) = ((0, 0), None);
        let Some(id) = last.node else { return self.check_bound(world, bound) };
        if let Some(node) = world.node(id) {
            let prompt = world.is_prompt(id);
            let own = self.range(id);
            for pair in &mut self.list[own] {
                let Some(verdict) = verdict(node, pair.of) else { continue };
                if !prompt {
                    // What is due may wait for as long as it is behind.
                    pair.silent = pair.silent.map(|_| now);
                }
                let before = pair.suspected;
                broken = broken.and(pair.turn(verdict, now, &mut self.tally));
                if !before && pair.suspected {
                    self.turned.0 += 1;
                    self.began = Some(pair.of);
                }
                self.turned.1 += u32::from(before && !pair.suspected);
            }
        }
        broken.and_then(|()| self.check_bound(world, bound))
    }

    /// The node of whom the last step began a suspicion, if it began one.
    pub fn just_suspected(&self) -> Option<NodeId> {
        self.began
    }

    /// Whether the last step declared as many suspicions as it began, and took back as many as it ended.
    pub fn check_events(&self, declared: usize, taken_back: usize) -> Result<(), Broken> {
        let (began, ended) = (self.turned.0 as usize, self.turned.1 as usize);
        // One message may bring news that begins a suspicion and news that ends it.
        if declared >= began && declared - began == taken_back.saturating_sub(ended) {
            return Ok(());
        }
        let why = format!(
            "{declared} declared for {began} that began, {taken_back} taken back for {ended} that ended"
        );
        Err(Broken { invariant: ONE_EVENT_A_CHANGE.name, why })
    }

    /// Somebody did something to the world, or a node began.
    fn look_at_truth<P: Protocol>(&mut self, world: &World<P>, touched: Option<NodeId>) {
        let now = world.now();
        for pair in &mut self.list {
            let lost = world.condition(pair.of) != Some(Condition::Up)
                || world.is_cut(pair.of, pair.watcher);
            pair.gone = match (lost, pair.gone) {
                (true, since) => since.or(Some(now)),
                (false, _) => None,
            };
            if touched == Some(pair.watcher) {
                pair.silent = pair.silent.map(|_| now);
                if world.node(pair.watcher).is_none() || world.last().happening == Happening::Start
                {
                    (pair.suspected, pair.newest, pair.silent) = (false, None, None);
                }
            }
        }
    }

    fn heard(&mut self, to: Option<NodeId>, from: NodeId, now: Time) {
        let own = to.map_or(0..0, |to| self.range(to));
        if let Some(pair) = self.list[own].iter_mut().find(|pair| pair.of == from) {
            pair.silent = Some(now);
        }
    }

    /// Whoever cannot be heard and has not been for longer than the bound is suspected.
    fn check_bound<P: Protocol>(
        &self,
        world: &World<P>,
        bound: Option<Span>,
    ) -> Result<(), Broken> {
        let Some(bound) = bound else { return Ok(()) };
        let now = world.now();
        let missed = |pair: &&Pair| {
            let over = |since: Time| now.since(since) > bound;
            let silent = pair.silent.is_some_and(over);
            !pair.suspected
                && silent
                && pair.gone.is_some_and(over)
                && world.condition(pair.watcher) == Some(Condition::Up)
        };
        // Of a watcher that acts, its own; if anybody else does, all of them.
        let own = world.last().node.map_or(0..0, |id| self.range(id));
        let looked_at = if own.is_empty() { &self.list[..] } else { &self.list[own] };
        match looked_at.iter().find(missed) {
            None => Ok(()),
            Some(Pair { watcher, of, .. }) => {
                let why =
                    format!("{of} has been silent for more than {bound}, and {watcher} trusts it");
                Err(Broken { invariant: SUSPECTS_THE_DEAD.name, why })
            }
        }
    }

    /// Whether each watcher that is up has the right opinion of each node that it has heard of.
    pub fn all_right<P: Protocol>(&self, world: &World<P>) -> bool {
        self.wrong(world).0 == 0
    }

    /// How many opinions of watchers that are up are wrong now, and how many there are.
    pub fn wrong<P: Protocol>(&self, world: &World<P>) -> (u32, u32) {
        let up = |pair: &&Pair| world.condition(pair.watcher) == Some(Condition::Up);
        let all = self.list.iter().filter(up);
        let wrong = all.clone().filter(|pair| pair.is_wrong()).count();
        (wrong as u32, all.count() as u32)
    }

    /// A wrong opinion, in a clause.
    pub fn an_error<P: Protocol>(&self, world: &World<P>) -> Option<String> {
        let up = |pair: &&Pair| world.condition(pair.watcher) == Some(Condition::Up);
        let pair = self.list.iter().filter(up).find(|pair| pair.is_wrong())?;
        let Pair { watcher, of, .. } = pair;
        Some(match pair.suspected {
            true => format!("{watcher} takes {of} for failed, and it is there"),
            false => format!("{watcher} takes {of} for up, and it cannot be heard"),
        })
    }

    /// The first pair that is suspected, by any watcher or by one.
    pub fn suspected(&self) -> Option<NodeId> {
        self.list.iter().find(|pair| pair.suspected).map(|pair| pair.of)
    }

    /// What one node believes of those that it watches, beside what is so.
    pub fn beliefs<P: Protocol>(
        &self,
        world: &World<P>,
        watcher: NodeId,
        note: impl Fn(&P, NodeId) -> String,
    ) -> Vec<Belief> {
        let Some(node) = world.node(watcher) else { return Vec::new() };
        let own = self.list[self.range(watcher)].iter();
        own.map(|pair| Belief {
            about: name(pair.of),
            believes: if pair.suspected { "failed" } else { "up" }.into(),
            truth: truth(world, pair.of, watcher).into(),
            right: !pair.is_wrong(),
            note: note(node, pair.of),
        })
        .collect()
    }
}

impl Pair {
    fn is_wrong(&self) -> bool {
        self.suspected != self.gone.is_some()
    }

    /// The watcher has acted: has its opinion changed?
    fn turn(&mut self, verdict: Verdict, now: Time, tally: &mut Tally) -> Result<(), Broken> {
        let Verdict { suspected, newest } = verdict;
        let before = std::mem::replace(&mut self.suspected, suspected);
        let newer = newest > self.newest;
        let revived = before && !suspected;
        let stale = revived && newest.is_some() && !newer;
        if newer {
            self.newest = newest;
        }
        match (before, suspected, self.gone) {
            (false, true, Some(gone)) => {
                let took = now.since(gone);
                tally.detections += 1;
                (tally.last, tally.longest) = (took, tally.longest.max(took));
                tally.total += took;
            }
            (false, true, None) => tally.false_alarms += 1,
            (true, _, _) | (false, false, _) => {}
        }
        if stale {
            let Pair { watcher, of, .. } = self;
            let why = format!("{watcher} trusts {of} again, for nothing that is newer than before");
            return Err(Broken { invariant: OLD_BEATS_REVIVE_NOBODY.name, why });
        }
        Ok(())
    }
}

/// What is so: whether a node is up, and whether a watcher can hear it.
pub fn truth<P: Protocol>(world: &World<P>, of: NodeId, watcher: NodeId) -> &'static str {
    match world.condition(of) {
        Some(Condition::Down) | None => "down",
        Some(Condition::Paused) => "paused",
        Some(Condition::Up) => match (world.is_cut(of, watcher), world.is_cut(watcher, of)) {
            (true, true) => "up, cut off",
            (true, false) => "up, cannot be heard",
            (false, true) => "up, hears nothing",
            (false, false) => "up",
        },
    }
}

/// A node's name where a belief wants one that lasts for ever. Nodes beyond the fiftieth share one.
pub fn name(node: NodeId) -> &'static str {
    const NAMES: [&str; 50] = [
        "n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8", "n9", "n10", "n11", "n12", "n13", "n14",
        "n15", "n16", "n17", "n18", "n19", "n20", "n21", "n22", "n23", "n24", "n25", "n26", "n27",
        "n28", "n29", "n30", "n31", "n32", "n33", "n34", "n35", "n36", "n37", "n38", "n39", "n40",
        "n41", "n42", "n43", "n44", "n45", "n46", "n47", "n48", "n49", "n50",
    ];
    NAMES.get(usize::from(node.number()) - 1).copied().unwrap_or("another node")
}
