//! A quorum, where one counts: followers acknowledge, and a leader leads only while a majority does.
//!
//! This is not Bully. It is the least that keeps a partition from having two leaders (BU-6).

use crate::sim::{Cx, NodeId};

use super::message::Kind;
use super::node::{Node, Role};
use super::part::Part;
use super::rules::Rule;

impl Node {
    /// A follower tells its leader that it follows.
    pub(super) fn acknowledge(&mut self, leader: NodeId, cx: &mut Cx<'_, Part>) {
        if cx.config().quorum {
            let me = self.me;
            cx.fire(Rule::Acknowledge, || format!("{me} follows {leader}, and a quorum counts"));
            self.send(leader, Kind::Ack, cx);
        }
    }

    /// ACK: somebody follows this node.
    pub(super) fn on_ack(&mut self, from: NodeId, cx: &mut Cx<'_, Part>) {
        let (me, now) = (self.me, cx.now());
        let Role::Leader { acks, .. } = &mut self.role else {
            return cx.fire(Rule::IgnoreAck, || format!("{me} leads no more"));
        };
        acks.retain(|(node, _)| *node != from);
        acks.push((from, now));
        cx.fire(Rule::CountAck, || format!("{from} follows {me}"));
        self.recount(cx);
    }

    /// Counts those who acknowledged lately, itself included, and leads or not accordingly.
    pub(super) fn recount(&mut self, cx: &mut Cx<'_, Part>) {
        let Role::Leader { acks, leads, .. } = &mut self.role else { return };
        if !cx.config().quorum {
            return;
        }
        let (me, now, lately) = (self.me, cx.now(), cx.config().timeout_min);
        acks.retain(|(_, time)| now.since(*time) < lately);
        let (count, all) = (acks.len() + 1, cx.peers().len() + 1);
        let enough = count > all / 2;
        if enough == std::mem::replace(leads, enough) {
            return;
        }
        let rule = if enough { Rule::GainQuorum } else { Rule::LoseQuorum };
        cx.fire(rule, || format!("{count} of {all} acknowledge {me}, itself included"));
    }
}
