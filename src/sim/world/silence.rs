//! Suspicions: whether one is right, and what has kept the suspect silent.

use crate::sim::faults::{Alarm, Moment};
use crate::sim::id::{FaultId, NodeId, StepIndex};
use crate::sim::view::Condition;

use super::core::Core;

impl Core {
    /// A node tells that it takes another for failed, or no longer does.
    pub fn suspicion(&mut self, slot: usize, of: NodeId, suspected: bool) {
        let suspects = &mut self.slots[slot].suspects;
        let place = suspects.binary_search(&of);
        match (suspected, place) {
            (true, Err(place)) => suspects.insert(place, of),
            (false, Ok(place)) => {
                suspects.remove(place);
                return;
            }
            (true, Ok(_)) | (false, Err(_)) => return,
        }
        let Some(suspect) = self.roster.slot(of) else { return };
        let by = self.slots[slot].id;
        let moment = self.moment();
        let (fault, step) = self.silence(slot, suspect);
        if let Some(record) = &mut self.record {
            record.blames = record.blames.or(step);
        }
        let from_there = self.links[self.link(suspect, slot)].cut_by;
        let to_there = self.links[self.link(slot, suspect)].cut_by;
        let out_of_reach = self.slots[suspect].condition != Condition::Up
            || self.slots[suspect].ails_by.is_some()
            || from_there.is_some()
            || to_there.is_some();
        if !out_of_reach {
            let Moment { time, step, .. } = moment;
            self.ledger.false_alarm(Alarm { by, of, time, step, fault }, moment);
        } else if let Some(fault) = fault {
            self.ledger.detect(fault, by, moment, &|| format!("{by} suspects {of}"));
        }
    }

    /// What has kept one node from hearing another: the fault, and the step to which "why?" leads.
    fn silence(&self, slot: usize, suspect: usize) -> (Option<FaultId>, Option<StepIndex>) {
        let there = &self.slots[suspect];
        let from_there = &self.links[self.link(suspect, slot)];
        let to_there = &self.links[self.link(slot, suspect)];
        let begun = |fault: FaultId| (Some(fault), self.introduced(fault));
        let present = there.down_by.or(there.ails_by).or(from_there.cut_by).or(to_there.cut_by);
        if let Some(fault) = present {
            return begun(fault);
        }
        for link in [from_there, to_there] {
            match link.silenced {
                Some((_, Some(fault))) => return begun(fault),
                Some((step, None)) => return (None, Some(step)),
                None => {}
            }
        }
        if let Some((fault, ended)) = there.excuse
            && ended >= from_there.heard
        {
            return begun(fault);
        }
        let lasting = there.slow_by.or(there.slow_disk_by).or(there.skew_by);
        let altered = self.settings(suspect, slot).1.or(self.settings(slot, suspect).1);
        match lasting.or(altered).or(self.slots[slot].skew_by) {
            Some(fault) => begun(fault),
            None => (None, None),
        }
    }

    /// The step in which a fault was injected, while the ledger knows it.
    fn introduced(&self, fault: FaultId) -> Option<StepIndex> {
        let record = self.ledger.faults().find(|record| record.id == fault);
        record.map(|record| record.introduced().step)
    }

    /// Lets "why?" lead from this step to a fault.
    pub fn blame(&mut self, fault: FaultId) {
        if self.record.is_none() {
            return;
        }
        let step = self.introduced(fault);
        if let Some(record) = &mut self.record {
            record.blames = record.blames.or(step);
        }
    }
}
