//! What is going to happen, earliest first.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use crate::sim::time::Time;
use crate::sim::view::{Condition, Fate};

use super::core::{Core, Pending, Slot};

/// Something that is due. Events at one time happen in the order of their numbers.
#[derive(Clone, Copy, Debug)]
pub struct Event {
    pub time: Time,
    pub seq: u64,
    pub what: What,
}

#[derive(Clone, Copy, Debug)]
pub enum What {
    /// The node in this slot starts.
    Start(u16),
    /// A timer of the node in this slot comes due: the one that was set with the event's number.
    Timer(u16),
    /// The message at this place arrives.
    Deliver(u32),
}

#[derive(Clone, Debug, Default)]
pub struct Queue {
    heap: BinaryHeap<Reverse<Event>>,
    next_seq: u64,
}

impl Queue {
    /// Schedules something and tells the number that it got. Numbers are never used twice.
    pub fn push(&mut self, time: Time, what: What) -> u64 {
        let seq = self.number();
        self.heap.push(Reverse(Event { time, seq, what }));
        seq
    }

    /// The next number, for an event that is scheduled later.
    pub fn number(&mut self) -> u64 {
        let seq = self.next_seq;
        self.next_seq += 1;
        seq
    }

    /// Schedules an event with a number that it has already.
    pub fn push_again(&mut self, event: Event) {
        self.heap.push(Reverse(event));
    }

    pub fn peek(&self) -> Option<&Event> {
        self.heap.peek().map(|Reverse(event)| event)
    }

    pub fn pop(&mut self) -> Option<Event> {
        self.heap.pop().map(|Reverse(event)| event)
    }
}

impl PartialEq for Event {
    fn eq(&self, other: &Event) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Event {}

impl PartialOrd for Event {
    fn partial_cmp(&self, other: &Event) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Event {
    fn cmp(&self, other: &Event) -> Ordering {
        (self.time, self.seq).cmp(&(other.time, other.seq))
    }
}

impl Core {
    /// Takes outdated events from the front of the queue, and lets those that find their node busy
    /// wait, so that the front is always what happens next.
    pub fn refresh_queue(&mut self) {
        while let Some(event) = self.queue.peek() {
            let (time, seq, what) = (event.time, event.seq, event.what);
            let slot = match what {
                What::Start(slot) => {
                    let slot = usize::from(slot);
                    (!self.slots[slot].started && self.slots[slot].condition == Condition::Up)
                        .then_some(slot)
                }
                What::Timer(slot) => {
                    let timers = &mut self.slots[usize::from(slot)].timers;
                    let pending = timers.iter_mut().find(|pending| pending.event.1 == seq);
                    match pending {
                        Some(pending) if pending.seq == seq => Some(usize::from(slot)),
                        Some(pending) => {
                            let Pending { due: time, seq, .. } = *pending;
                            pending.event = (time, seq);
                            self.queue.pop();
                            self.queue.push_again(Event { time, seq, what });
                            continue;
                        }
                        None => None,
                    }
                }
                What::Deliver(place) => self
                    .flights
                    .get(place)
                    .filter(|flight| flight.seq == seq && flight.fate != Fate::Waiting)
                    .map(|flight| usize::from(flight.to_slot)),
            };
            let Some(slot) = slot else {
                self.queue.pop();
                continue;
            };
            let Slot { busy_until, condition, .. } = self.slots[slot];
            if busy_until <= time || condition != Condition::Up {
                return;
            }
            self.queue.pop();
            self.queue.push_again(Event { time: busy_until, seq, what });
            match what {
                What::Start(_) => {}
                What::Timer(slot) => {
                    let timers = &mut self.slots[usize::from(slot)].timers;
                    if let Some(pending) = timers.iter_mut().find(|pending| pending.seq == seq) {
                        pending.due = busy_until;
                        pending.event = (busy_until, seq);
                    }
                }
                What::Deliver(place) => {
                    if let Some(flight) = self.flights.get_mut(place) {
                        flight.arrives_at = busy_until;
                    }
                }
            }
        }
    }
}
