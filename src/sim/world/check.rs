//! Checking an input before anything is done: a refused one changes nothing.

use crate::sim::id::{MsgId, NodeId};
use crate::sim::input::{DELAY_MAX, Input, InputError, SKEW_MAX_PPM};
use crate::sim::network::LinkSettings;
use crate::sim::time::Span;
use crate::sim::view::{Condition, Fate};

use super::core::{Core, Link};
use super::nodes::Nodes;

type Refusal<T> = Result<T, InputError>;

fn refuse<T>(why: impl Into<String>) -> Refusal<T> {
    Err(InputError(why.into()))
}

/// An input that was checked, with what the check found. Carrying it out cannot fail.
pub enum Checked {
    Crash(usize),
    Restart(usize),
    Wipe(usize),
    Pause(usize),
    Resume(usize),
    Slow(usize, Span),
    SlowDisk(usize, Span),
    Skew(usize, i32),
    /// Links to cut, and links to mend.
    Rewire(Vec<(usize, usize)>, Vec<(usize, usize)>),
    HealAll,
    Link(usize, usize, LinkSettings),
    Message(u32, Tamper),
    Timer(usize, usize),
    /// The nodes have read what is asked, and keep it until then.
    Ask(usize),
    /// The same, for a fault that only the lab knows.
    Fault(usize),
    /// The same, for a parameter.
    Set,
}

pub enum Tamper {
    Drop,
    Duplicate,
    Delay(Span),
    Hurry,
    Corrupt,
}

impl Core {
    /// What an input would do, if it is allowed. The nodes read what only the protocol understands.
    pub fn check(&self, nodes: &mut dyn Nodes, input: &Input) -> Refusal<Checked> {
        match input {
            Input::Crash(node) => {
                let slot = self.known(*node)?;
                if self.slots[slot].condition == Condition::Down {
                    return refuse(format!("{node} is down already"));
                }
                Ok(Checked::Crash(slot))
            }
            Input::Restart(node) => Ok(Checked::Restart(self.down(*node)?)),
            Input::Wipe(node) => {
                let slot = self.down(*node)?;
                if nodes.disk_is_empty(slot) {
                    return refuse(format!("{node} has nothing on its disk"));
                }
                Ok(Checked::Wipe(slot))
            }
            Input::Pause(node) => Ok(Checked::Pause(self.up(*node)?)),
            Input::Resume(node) => {
                let slot = self.known(*node)?;
                if self.slots[slot].condition != Condition::Paused {
                    return refuse(format!("{node} is not paused"));
                }
                Ok(Checked::Resume(slot))
            }
            Input::Slow(node, span) => {
                let slot = self.known(*node)?;
                changed(*span, self.slots[slot].slow, || format!("{node} is that slow already"))?;
                Ok(Checked::Slow(slot, bounded(*span)?))
            }
            Input::SlowDisk(node, span) => {
                let slot = self.known(*node)?;
                let disk = self.slots[slot].slow_disk;
                changed(*span, disk, || format!("the disk of {node} is that slow already"))?;
                Ok(Checked::SlowDisk(slot, bounded(*span)?))
            }
            Input::Skew(node, ppm) => {
                let slot = self.known(*node)?;
                if ppm.unsigned_abs() > SKEW_MAX_PPM.unsigned_abs() {
                    return refuse(format!("a clock runs at most {SKEW_MAX_PPM} ppm off"));
                }
                let now = self.slots[slot].clock.ppm;
                changed(*ppm, now, || format!("the clock of {node} runs like that already"))?;
                Ok(Checked::Skew(slot, *ppm))
            }
            Input::Cut(from, to) => {
                let link = self.known_link(*from, *to)?;
                if self.is_cut(*from, *to) {
                    return refuse(format!("the link from {from} to {to} is cut already"));
                }
                Ok(Checked::Rewire(vec![link], Vec::new()))
            }
            Input::Heal(from, to) => {
                let link = self.known_link(*from, *to)?;
                if !self.is_cut(*from, *to) {
                    return refuse(format!("the link from {from} to {to} is not cut"));
                }
                Ok(Checked::Rewire(Vec::new(), vec![link]))
            }
            Input::HealAll => {
                let healthy = |link: &Link| link.cut_by.is_none() && !link.altered;
                if self.links.iter().all(healthy) {
                    return refuse("no link is cut or altered");
                }
                Ok(Checked::HealAll)
            }
            Input::Partition(groups) => self.check_partition(groups),
            Input::Link(from, to, settings) => {
                let (from_slot, to_slot) = self.known_link(*from, *to)?;
                let now = self.settings(from_slot, to_slot).0;
                changed(*settings, now, || {
                    format!("the link from {from} to {to} is like that already")
                })?;
                Ok(Checked::Link(from_slot, to_slot, *settings))
            }
            Input::Drop(msg) => self.check_message(*msg, Tamper::Drop),
            Input::Duplicate(msg) => self.check_message(*msg, Tamper::Duplicate),
            Input::Delay(msg, span) => {
                if *span == Span::ZERO {
                    return refuse("a delay of nothing changes nothing");
                }
                self.check_message(*msg, Tamper::Delay(bounded(*span)?))
            }
            Input::Hurry(msg) => self.check_message(*msg, Tamper::Hurry),
            Input::Corrupt(msg) => self.check_message(*msg, Tamper::Corrupt),
            Input::FireTimer(node, name) => self.check_timer(nodes, *node, name),
            Input::Command(node, _) => {
                let slot = self.up(*node)?;
                nodes.read(input).map_err(InputError)?;
                Ok(Checked::Ask(slot))
            }
            Input::Fault(node, _) => {
                let slot = self.up(*node)?;
                nodes.read(input).map_err(InputError)?;
                Ok(Checked::Fault(slot))
            }
            Input::Set(..) => {
                nodes.read(input).map_err(InputError)?;
                Ok(Checked::Set)
            }
        }
    }

    fn check_partition(&self, groups: &[Vec<NodeId>]) -> Refusal<Checked> {
        if groups.iter().filter(|group| !group.is_empty()).count() < 2 {
            return refuse("a partition has at least two groups: partition n1 n2 | n3");
        }
        let mut members: Vec<(usize, usize)> = Vec::new();
        for (group, nodes) in groups.iter().enumerate() {
            for &node in nodes {
                let slot = self.known(node)?;
                if members.iter().any(|&(other, _)| other == slot) {
                    return refuse(format!("{node} is in the partition twice"));
                }
                members.push((slot, group));
            }
        }
        let (mut cut, mut mend) = (Vec::new(), Vec::new());
        for &(from, from_group) in &members {
            for &(to, to_group) in members.iter().filter(|&&(to, _)| to != from) {
                let is_cut = self.links[self.link(from, to)].cut_by.is_some();
                match (from_group == to_group, is_cut) {
                    (true, true) => mend.push((from, to)),
                    (false, false) => cut.push((from, to)),
                    (true, false) | (false, true) => {}
                }
            }
        }
        if cut.is_empty() && mend.is_empty() {
            return refuse("the network is partitioned like that already");
        }
        Ok(Checked::Rewire(cut, mend))
    }

    fn check_message(&self, msg: MsgId, tamper: Tamper) -> Refusal<Checked> {
        let Some(place) = self.flights.find(msg) else {
            return refuse(if msg.0 >= self.next_msg || msg.0 == 0 {
                format!("{msg} has not been sent yet")
            } else {
                format!("{msg} is no longer on its way")
            });
        };
        let flight = self.flights.get(place).expect("it was just found");
        match (flight.fate, &tamper) {
            (Fate::Waiting, _) => refuse(format!("{msg} has arrived and waits at {}", flight.to)),
            (Fate::Dropped, Tamper::Drop) => refuse(format!("{msg} is dropped already")),
            (Fate::Dropped | Fate::Lost | Fate::Cut | Fate::Overflow, _) => {
                refuse(format!("{msg} will not arrive, whatever is done to it"))
            }
            (Fate::Corrupted, Tamper::Corrupt) => refuse(format!("{msg} is damaged already")),
            _ => Ok(Checked::Message(place, tamper)),
        }
    }

    fn check_timer(&self, nodes: &dyn Nodes, node: NodeId, name: &str) -> Refusal<Checked> {
        let slot = self.up(node)?;
        let places = 0..self.slots[slot].timers.len();
        let names: Vec<String> = places.map(|at| nodes.timer(slot, at).to_string()).collect();
        match names.iter().position(|pending| pending == name) {
            Some(place) => Ok(Checked::Timer(slot, place)),
            None if names.is_empty() => refuse(format!("{node} has no timer pending")),
            None => {
                refuse(format!("{node} has no `{name}` timer pending; it has {}", names.join(", ")))
            }
        }
    }

    fn known(&self, node: NodeId) -> Refusal<usize> {
        self.roster.slot(node).ok_or_else(|| {
            let ids = self.roster.ids().iter().map(NodeId::to_string).collect::<Vec<_>>();
            InputError(format!("there is no {node} here; there are {}", ids.join(", ")))
        })
    }

    fn down(&self, node: NodeId) -> Refusal<usize> {
        let slot = self.known(node)?;
        match self.slots[slot].condition {
            Condition::Down => Ok(slot),
            Condition::Up | Condition::Paused => refuse(format!("{node} is not down")),
        }
    }

    fn up(&self, node: NodeId) -> Refusal<usize> {
        let slot = self.known(node)?;
        match self.slots[slot].condition {
            Condition::Up if !self.slots[slot].started => {
                refuse(format!("{node} has not started yet"))
            }
            Condition::Up => Ok(slot),
            Condition::Paused => refuse(format!("{node} is paused")),
            Condition::Down => refuse(format!("{node} is down")),
        }
    }

    fn known_link(&self, from: NodeId, to: NodeId) -> Refusal<(usize, usize)> {
        if from == to {
            return refuse(format!("{from} has no link to itself"));
        }
        Ok((self.known(from)?, self.known(to)?))
    }
}

fn changed<T: PartialEq>(new: T, old: T, why: impl FnOnce() -> String) -> Refusal<()> {
    if new == old { refuse(why()) } else { Ok(()) }
}

fn bounded(span: Span) -> Refusal<Span> {
    if span > DELAY_MAX {
        return refuse(format!("{span} is too long; at most {DELAY_MAX}"));
    }
    Ok(span)
}
