//! What is sent, and what becomes of it on its way: fates are drawn when a message leaves.

use std::hash::Hasher;

use crate::sim::id::{FaultId, MsgId, NodeId};
use crate::sim::network::LinkSettings;
use crate::sim::rng::{Purpose, Rng};
use crate::sim::time::{Span, Time};
use crate::sim::trace::Sent;
use crate::sim::view::Fate;

use super::IN_FLIGHT_MAX;
use super::core::{Core, Flight};
use super::nodes::Nodes;
use super::queue::{Event, What};

/// A message that leaves, and its second copy if the link makes one.
pub struct Sending {
    pub first: Flight,
    pub copy: Option<Flight>,
}

impl Core {
    /// When what a node sends in this step leaves. A slow node is busy until then; `saved` tells
    /// whether it wrote to its disk.
    pub fn departs(&mut self, slot: usize, saved: bool) -> Time {
        let mut busy = self.slots[slot].slow;
        if busy > Span::ZERO {
            self.activate_slow(self.slots[slot].slow_by, busy);
        }
        if saved {
            let disk = self.slots[slot].slow_disk;
            if disk > Span::ZERO {
                self.activate_slow(self.slots[slot].slow_disk_by, disk);
                busy += disk;
            }
            if let Some(record) = &mut self.record {
                record.saved = true;
            }
        }
        // What is asked by hand of a node that is busy takes its turn.
        let departs = self.slots[slot].busy_until.max(self.now) + busy;
        if busy > Span::ZERO {
            self.slots[slot].busy_until = departs;
        }
        departs
    }

    fn activate_slow(&mut self, fault: Option<FaultId>, by: Span) {
        let moment = self.moment();
        if let Some(fault) = fault {
            self.ledger.activate(fault, moment, &|| format!("one event took {by} longer"));
        }
    }

    /// Draws what becomes of a message that a node sends.
    pub fn send(&mut self, from: usize, to: NodeId, departs: Time) -> Sending {
        let sender = self.slots[from].id;
        let Some(to_slot) = self.roster.slot(to) else {
            panic!("{sender} sends to {to}, which is not of this world");
        };
        assert_ne!(from, to_slot, "{sender} sends a message to itself");
        let link = self.link(from, to_slot);
        let mut rng = self.link_luck(link, sender, to);
        let (settings, altered_by) = self.settings(from, to_slot);
        // The order of these draws is part of every shared link: do not change it.
        let lost = rng.chance(settings.loss);
        let corrupted = rng.chance(settings.corruption);
        let duplicated = rng.chance(settings.duplication);
        let latency = settings.latency.draw(&mut rng);
        let mut fate = Fate::Travelling;
        let mut fault = None;
        if let Some(cut) = self.links[link].cut_by {
            (fate, fault) = (Fate::Cut, Some(cut));
        } else if lost {
            (fate, fault) = (Fate::Lost, altered_by);
        } else if corrupted {
            (fate, fault) = (Fate::Corrupted, altered_by);
        } else if altered_by.is_some() && settings.latency != self.default_link.latency {
            fault = altered_by;
        }
        let mut flight = Flight { fate, fault, ..self.flight(from, to_slot, departs, latency) };
        let first = flight.clone();
        let copy = duplicated.then(|| {
            flight.id = self.next_msg();
            flight.arrives_at = departs + settings.latency.draw(&mut rng);
            (flight.fault, flight.copy_of) = (altered_by, Some(first.id));
            flight
        });
        Sending { first, copy }
    }

    /// A second copy of a message that is on its way, as somebody outside makes one.
    pub fn duplicate(&mut self, place: u32, fault: Option<FaultId>) -> Flight {
        let original = self.flights.get(place).expect("it was checked").clone();
        let Flight { id, from, to, fate, .. } = original;
        let (from_slot, to_slot) = original.slots();
        let mut rng = self.link_luck(self.link(from_slot, to_slot), from, to);
        let latency = self.settings(from_slot, to_slot).0.latency.draw(&mut rng);
        let copy = self.flight(from_slot, to_slot, self.now, latency);
        Flight { fate, fault, tampered: true, copy_of: Some(id), ..copy }
    }

    fn flight(&mut self, from: usize, to: usize, sent_at: Time, latency: Span) -> Flight {
        Flight {
            id: self.next_msg(),
            from: self.slots[from].id,
            to: self.slots[to].id,
            sent_at,
            arrives_at: sent_at + latency,
            fate: Fate::Travelling,
            from_slot: from as u16,
            to_slot: to as u16,
            seq: 0,
            fault: None,
            tampered: false,
            copy_of: None,
            parent: self.last.index,
        }
    }

    fn next_msg(&mut self) -> MsgId {
        let id = MsgId(self.next_msg);
        self.next_msg += 1;
        id
    }

    /// Puts a message on its way and tells the place at which its content must be put. The content
    /// goes into the digest next.
    pub fn launch(&mut self, mut flight: Flight) -> u32 {
        if self.flights.len() >= IN_FLIGHT_MAX && flight.fate == Fate::Travelling {
            flight.fate = Fate::Overflow;
        }
        let arrives_at = flight.arrives_at;
        self.digest.write_u64(arrives_at.0);
        self.digest.write_u8(flight.to_slot as u8);
        flight.seq = self.queue.number();
        let (seq, place) = (flight.seq, self.flights.put(flight));
        self.queue.push_again(Event { time: arrives_at, seq, what: What::Deliver(place) });
        self.last.sent.push(place);
        place
    }

    /// Tells of a message that was just put on its way.
    pub fn record_sent(&mut self, place: u32, nodes: &dyn Nodes) {
        let Some(flight) = self.flights.get(place) else { return };
        let sent = Sent {
            message: flight.envelope(place, nodes),
            fate: flight.fate,
            copy_of: flight.copy_of,
        };
        if let Some(record) = &mut self.record {
            record.sent.push(sent);
        }
    }

    /// The luck of the next message on a link.
    fn link_luck(&mut self, link: usize, from: NodeId, to: NodeId) -> Rng {
        let place = self.links[link].sent;
        self.links[link].sent += 1;
        Rng::new(self.seed, Purpose::Link(from, to), place)
    }

    pub fn settings(&self, from: usize, to: usize) -> (LinkSettings, Option<FaultId>) {
        let link = self.link(from, to);
        if !self.links[link].altered {
            return (self.default_link, None);
        }
        let place = self.altered_place(link).expect("an altered link has its settings");
        let altered = &self.altered[place];
        (altered.settings, Some(altered.fault))
    }

    /// Where the settings of a link are, or would stand.
    pub fn altered_place(&self, link: usize) -> Result<usize, usize> {
        self.altered.binary_search_by_key(&link, |altered| altered.link)
    }
}
