use super::*;
use crate::play::frame::words::tests::node;
use crate::sim::Look;

fn ring(members: u8, clients: u8, width: f64, height: f64) -> Ring {
    let members = (1..=members).map(|n| node(NodeId::server(n), Look::Follower));
    let clients = (1..=clients).map(|n| node(NodeId::client(n), Look::Client));
    Ring::new(&members.chain(clients).collect::<Vec<_>>(), width, height, 1.0)
}

/// The stage as it comes out on screens of 1440, 1024, 800, 390 and 320 pixels.
const SIZES: [(f64, f64); 8] = [
    (1046.0, 400.0),
    (1016.0, 430.0),
    (720.0, 430.0),
    (632.0, 300.0),
    (800.0, 210.0),
    (390.0, 330.0),
    (390.0, 300.0),
    (320.0, 300.0),
];

/// Every pair of boxes of two different nodes, and of one node's own, that overlap.
fn overlaps(ring: &Ring) -> Vec<String> {
    let all: Vec<(NodeId, Rect)> = ring
        .seats
        .iter()
        .flat_map(|seat| ring.boxes(seat).into_iter().map(|rect| (seat.id, rect)))
        .collect();
    let mut found = Vec::new();
    for (place, (id, rect)) in all.iter().enumerate() {
        if !rect.is_within(ring.width, ring.height) {
            found.push(format!("{id} leaves the stage: {rect:?}"));
        }
        for (other, theirs) in &all[place + 1..] {
            if rect.meets(theirs) {
                found.push(format!("{id} {rect:?} meets {other} {theirs:?}"));
            }
        }
    }
    found
}

#[test]
fn nothing_overlaps_at_three_to_nine_nodes_with_up_to_four_clients_on_every_stage() {
    for (width, height) in SIZES {
        for members in 3..=9 {
            for clients in 0..=4 {
                let ring = ring(members, clients, width, height);
                let found = overlaps(&ring);
                let what = format!("{width}×{height}, {members} + {clients}, {:?}", ring.detail);
                assert!(found.is_empty(), "{what}: {found:#?}");
            }
        }
    }
}

/// Nine voters and three learners, with those who ask.
#[test]
fn nothing_overlaps_with_twelve_nodes_and_their_clients() {
    for (width, height) in SIZES.into_iter().filter(|(_, height)| *height >= 300.0) {
        for clients in [0, 2, 4] {
            let ring = ring(12, clients, width, height);
            assert!(overlaps(&ring).is_empty(), "{width}×{height}, {clients}: {:?}", ring.detail);
        }
    }
}

#[test]
fn nothing_overlaps_when_the_text_is_a_quarter_larger() {
    for (width, height) in [(1046.0, 400.0), (632.0, 400.0), (390.0, 330.0)] {
        for members in 3..=7 {
            let nodes = (1..=members).map(|n| node(NodeId::server(n), Look::Follower));
            let ring = Ring::new(&nodes.collect::<Vec<_>>(), width, height, 1.25);
            assert!(overlaps(&ring).is_empty(), "{width}×{height}, {members}");
        }
    }
}

#[test]
fn five_nodes_show_all_their_words_on_a_desk_and_a_button_on_a_phone() {
    assert_eq!(ring(5, 2, 1046.0, 400.0).detail, Detail::Full);
    assert_eq!(ring(5, 2, 632.0, 300.0).detail, Detail::Full);
    assert!(ring(5, 2, 390.0, 330.0).seats.iter().all(|seat| seat.button.is_some()));
}

#[test]
fn services_stand_in_columns_from_those_who_ask_to_those_who_keep() {
    let looks = [Look::Store, Look::Server, Look::Server, Look::Relay];
    let members = (1_u8..).zip(looks).map(|(n, look)| node(NodeId::server(n), look));
    let clients = (1..=2).map(|n| node(NodeId::client(n), Look::Client));
    let nodes: Vec<SceneNode> = members.chain(clients).collect();
    for (width, height) in SIZES {
        let ring = Ring::new(&nodes, width, height, 1.0);
        assert!(overlaps(&ring).is_empty(), "{width}×{height}: {:?}", overlaps(&ring));
        // Two clients to the relay, the relay to two servers, both servers to the store.
        assert_eq!(ring.ties.len(), 2 + 2 + 2);
        let order = [NodeId::client(1), NodeId::server(4), NodeId::server(2), NodeId::server(1)];
        let xs = order.map(|id| ring.at(id)).map(|at| if width > height { at.x } else { at.y });
        assert!(xs.is_sorted(), "{width}×{height}: {xs:?}");
    }
}

#[test]
fn every_pair_of_the_ring_has_a_handle_off_the_nodes() {
    for (width, height) in SIZES {
        for members in 2..=9 {
            let ring = ring(members, 0, width, height);
            assert_eq!(ring.ties.len(), usize::from(members) * usize::from(members - 1) / 2);
            for tie in &ring.ties {
                let near = ring.seats.iter().map(|seat| seat.at.distance(tie.handle));
                let near = near.fold(f64::MAX, f64::min);
                assert!(near > ring.radius, "{width}×{height}, {members}: {tie:?}");
            }
        }
    }
}

#[test]
fn a_seat_does_not_move_while_a_node_changes() {
    let mut nodes =
        vec![node(NodeId::server(1), Look::Follower), node(NodeId::server(2), Look::Follower)];
    let before = Ring::new(&nodes, 700.0, 400.0, 1.0);
    nodes[1].view.look = Look::Leader;
    nodes[0].condition = crate::sim::Condition::Down;
    assert_eq!(Ring::new(&nodes, 700.0, 400.0, 1.0), before);
}

#[test]
fn messages_in_opposite_directions_pass_each_other() {
    let ring = ring(3, 0, 700.0, 400.0);
    let (a, b) = (NodeId::server(1), NodeId::server(2));
    let (there, back) = (way(&ring, a, b), way(&ring, b, a));
    let meet = |way: (Point, Point)| way.0.towards(way.1, 0.5);
    assert!(meet(there).distance(meet(back)) > 9.0);
}

#[test]
fn more_room_never_shows_less() {
    let rank = |detail| match detail {
        Detail::Full => 3,
        Detail::Words => 2,
        Detail::Bare => 1,
        Detail::Dots => 0,
    };
    for (members, clients) in [(3, 0), (5, 2), (7, 3), (9, 4)] {
        let small = rank(ring(members, clients, 640.0, 300.0).detail);
        let large = rank(ring(members, clients, 1280.0, 600.0).detail);
        assert!(large >= small, "{members} + {clients}");
    }
}
