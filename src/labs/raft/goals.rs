//! Whether a goal holds at a moment, and which server a word stands for.

use crate::sim::{Condition, NodeId, World};

use super::node::{Part, Role, Server};
use super::spec::RaftSpec;

/// The live servers, in order. A paused one is not alive.
fn live(world: &World<Part>) -> impl Iterator<Item = (NodeId, &Server)> {
    world
        .nodes()
        .filter(|(_, condition, _)| *condition == Condition::Up)
        .filter_map(|(id, _, part)| Some((id, part.server()?)))
}

pub(super) fn holds(spec: &RaftSpec, goal: &str, world: &World<Part>) -> Option<bool> {
    let leaders = || live(world).filter(|(_, server)| server.leads()).count();
    Some(match goal {
        "agreed" => spec.agreed(),
        "one-leader" => leaders() == 1,
        "no-leader" => leaders() == 0,
        "two-believe" => leaders() > 1,
        "split-vote" => split_vote(world),
        "same-term" => same_term(world),
        "patient" => spec.is_patient(world.now()),
        "first-leader" => spec.first_leader().is_some_and(|(term, first)| {
            live(world).any(|(id, server)| id == first && server.leads() && server.term() == term)
        }),
        "same-logs" => same_logs(spec, world),
        "all-committed" => {
            let committed = |server: &Server| server.commit == server.log().last_index();
            same_logs(spec, world)
                && live(world).all(|(id, it)| !spec.is_member(id) || committed(it))
        }
        "nobody-waits" => !world.living().any(|(_, part)| match part {
            Part::Client(client) => client.under_way.is_some(),
            Part::Server(_) | Part::Printed(_) | Part::Outsider(_) | Part::Storage(_) => false,
        }),
        _ => return spec.account().holds(goal, world),
    })
}

fn split_vote(world: &World<Part>) -> bool {
    let Some(term) = live(world).map(|(_, server)| server.term()).max() else {
        return false;
    };
    let of_term = || live(world).filter(|(_, server)| server.term() == term);
    let candidate = |server: &Server| matches!(server.role, Role::Candidate { .. });
    of_term().filter(|(_, server)| candidate(server)).count() > 1
        && !of_term().any(|(_, server)| server.leads())
}

fn same_term(world: &World<Part>) -> bool {
    let mut terms = live(world).map(|(_, server)| server.term());
    let Some(first) = terms.next() else { return true };
    terms.all(|term| term == first)
}

fn same_logs(spec: &RaftSpec, world: &World<Part>) -> bool {
    let members = live(world).filter(|(id, _)| spec.is_member(*id));
    let mut logs = members.map(|(_, server)| server.log());
    let Some(first) = logs.next() else { return true };
    logs.all(|log| log == first)
}

pub(super) fn find(spec: &RaftSpec, selector: &str, world: &World<Part>) -> Option<NodeId> {
    let first = |found: Option<(NodeId, &Server)>| found.map(|(id, _)| id);
    let follower = |(_, server): &(NodeId, &Server)| server.role == Role::Follower;
    let candidate = |(_, server): &(NodeId, &Server)| matches!(server.role, Role::Candidate { .. });
    match selector {
        "leader" => spec.leader(),
        "old-leader" => {
            let leaders = || live(world).filter(|(_, server)| server.leads());
            let oldest = leaders().min_by_key(|(_, server)| server.term())?;
            (leaders().count() > 1).then_some(oldest.0)
        }
        "follower" => first(live(world).find(follower)),
        "other-follower" => first(live(world).filter(follower).nth(1)),
        "candidate" => first(live(world).filter(candidate).max_by_key(|(_, server)| server.term())),
        "lowest-live" => first(live(world).next()),
        "highest-live" => first(live(world).last()),
        "behind" => first(live(world).min_by_key(|(_, server)| server.log().last_index())),
        _ => None,
    }
}
