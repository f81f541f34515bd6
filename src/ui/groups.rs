//! Groups of a partition that is being put together.

use faultline::sim::view::SceneNode;
use faultline::sim::{Condition, Look, NodeId, Scene};

use super::state::{Groups, Preset};

fn members(scene: &Scene) -> Vec<NodeId> {
    let member = |node: &&SceneNode| node.view.look != Look::Client;
    scene.nodes.iter().filter(member).map(|node| node.id).collect()
}

/// All members in one group.
pub fn one_group(scene: &Scene) -> Groups {
    Groups::new(members(scene).into_iter().map(|id| (id, 0)))
}

/// A partition that is often wanted.
pub fn preset(scene: &Scene, preset: Preset) -> Groups {
    let members = members(scene);
    let leader = scene
        .nodes
        .iter()
        .find(|node| node.view.look == Look::Leader && node.condition != Condition::Down);
    let half = members.len() / 2;
    let apart: Vec<NodeId> = match preset {
        Preset::Leader | Preset::Deaf => leader.map(|node| node.id).into_iter().collect(),
        Preset::Minority => {
            // With the node in charge among the few: the case that teaches most.
            let count = members.len().saturating_sub(1) / 2;
            let first = leader.map(|node| node.id);
            let others = members.iter().copied().filter(|&id| Some(id) != first);
            first.into_iter().chain(others).take(count.max(1)).collect()
        }
        Preset::Halves | Preset::Bridge => members[..half].to_vec(),
    };
    let bridge = (preset == Preset::Bridge).then(|| members.get(half).copied()).flatten();
    let group = |id: NodeId| match bridge {
        Some(bridge) if bridge == id => Groups::BRIDGE,
        Some(_) | None => u8::from(!apart.contains(&id)),
    };
    let mut groups = Groups::new(members.iter().map(|&id| (id, group(id))));
    groups.one_way = preset == Preset::Deaf;
    groups
}
