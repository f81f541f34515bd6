//! Snapshots and membership changes of Raft, rule by rule, each with the sentence that it comes from; and
//! a cluster of 25.

mod story;

use faultline::labs::{self, Setup};
use faultline::play::frame::{NodeCard, kind_words, node_name, tag};
use faultline::play::search::{Attack, attack, heal_everything, run_until};
use faultline::sim::{Condition, Panel, Span, Value};
use story::{Story, sends, tell};

// ---- Snapshots (Raft §7, Figure 13; dissertation §5) ----

/// Three servers that take a snapshot every three entries, n1 in the lead.
const COMPACTING: &str = "lab raft seed=1 nodes=3 clients=0 snapshots=on snapshot_every=3 chunk_items=1\n\
                          1ms fire n1 election\n150ms expect leader n1\n+0ms ";

/// Four writes while n3 is away, so that it lacks entries that are gone.
const N3_AWAY: &str = "crash n3; +0ms command n1 put a 1; +0ms command n1 put b 2; +0ms command n1 put c 3; \
                       +0ms command n1 put d 4; +200ms restart n3; ";

/// "Once a server completes writing a snapshot, it may delete all log entries up through the last included
/// index."
#[test]
fn a_snapshot_takes_the_place_of_the_entries_that_it_holds() {
    let story =
        tell(COMPACTING, "command n1 put a 1; +0ms command n1 put b 2; +200ms command n1 put c 3");
    let (step, because) = story.first("n1", "take_snapshot");
    assert_eq!(because, "entries 1 to 3 give way to 3 pieces of state");
    assert!(step.saved);
    let node = story.scene.nodes.iter().find(|it| it.id.to_string() == "n1").unwrap();
    let first = node.panels.iter().find_map(|panel| match panel {
        Panel::Log { first, .. } => Some(*first),
        _ => None,
    });
    assert_eq!(first, Some(4));
}

/// "[A restarted server] resets its state machine using snapshot contents."
#[test]
fn a_restarted_server_goes_on_from_its_snapshot() {
    let story = tell(
        COMPACTING,
        "command n1 put a 1; +0ms command n1 put b 2; +200ms crash n2; +0ms restart n2; +0ms stop",
    );
    assert_eq!(story.field("n2", "applied"), Value::Number(3));
}

/// The sessions are part of the state (dissertation §6.3): a snapshot has them, so that a request that took
/// effect before it does not take effect again.
#[test]
fn a_snapshot_remembers_which_requests_took_effect() {
    let story = tell(
        "lab raft seed=1 nodes=3 clients=1 load=0 snapshots=on snapshot_every=2 client_timeout_ms=400\n\
         1ms fire n1 election\n150ms expect leader n1\n+0ms ",
        "command c1 put x 1; when sent ClientReply n1 c1: drop it; +0ms crash n1; \
         +50ms restart n1; +0ms fire n1 election; +2s expect nobody-waits",
    );
    assert!(!story.firings("n1", "take_snapshot").is_empty());
    assert_eq!(story.first("n1", "answer_repeat").1, "c1#1 has taken effect already");
}

/// "The leader must … send snapshots to followers that lag behind … when the leader has already discarded
/// the next log entry that it needs to send to a follower": in order, chunk by chunk.
#[test]
fn a_follower_that_lacks_what_is_gone_is_sent_the_snapshot_in_chunks() {
    let story = tell(COMPACTING, &format!("{N3_AWAY}+1s expect all-committed"));
    let (chunk, _) = story.first("n1", "send_chunk");
    assert_eq!(sends(chunk, "InstallSnapshot"), ["n3"]);
    let taken: Vec<&str> = story.firings("n3", "take_chunk").into_iter().map(|it| it.1).collect();
    assert_eq!(taken[0], "1 of 3 pieces of the snapshot up to 3 of term 1");
    assert_eq!(taken.len(), 3);
    let (_, because) = story.first("n3", "install_snapshot");
    assert!(because.contains("in place of my whole log, which ended with 1"), "{because}");
    let (arrived, because) = story.first("n1", "snapshot_arrived");
    assert_eq!((because, arrived.sent.len()), ("the log of n3 equals mine up to 3", 1));
    assert_eq!(story.field("n3", "applied"), Value::Number(5));
}

/// A chunk on its way says how far the snapshot has come with it.
#[test]
fn a_chunk_shows_which_part_of_the_snapshot_it_brings() {
    let story = tell(COMPACTING, &format!("{N3_AWAY}when sent InstallSnapshot n1 n3: stop"));
    let chunk = story.scene.messages.iter().find(|it| it.message.kind == "InstallSnapshot");
    let message = &chunk.expect("it is on its way").message;
    assert_eq!((tag(message), kind_words(message)), ("1/3".into(), "InstallSnapshot 1/3".into()));
}

/// Figure 13, 2 to 4: a chunk that is lost, doubled or overtaken is noticed by its offset.
#[test]
fn chunks_may_be_lost_doubled_and_late() {
    let story = tell(
        COMPACTING,
        &format!(
            "{N3_AWAY}when sent InstallSnapshot n1 n3: drop it; when sent InstallSnapshot n1 n3: duplicate it; \
             when sent InstallSnapshotReply n3 n1: duplicate it; when sent InstallSnapshot n1 n3: delay it 120ms; \
             +2s expect all-committed"
        ),
    );
    assert!(!story.firings("n3", "refuse_chunk").is_empty());
    assert_eq!(story.firings("n3", "install_snapshot").len(), 1);
}

/// "If instead the follower receives a snapshot that describes a prefix of its log …, then log entries
/// covered by the snapshot are deleted but entries following the snapshot are still valid and must be
/// retained."
#[test]
fn an_old_snapshot_takes_nothing_back() {
    let story = tell(
        COMPACTING,
        &format!(
            "{N3_AWAY}when sent InstallSnapshot n1 n3: duplicate it; \
                  every sent InstallSnapshot n1 n3: duplicate it; +2s expect all-committed"
        ),
    );
    let applied = story.firings("n3", "install_snapshot")[0].0.index;
    let known = story.firings("n3", "snapshot_known");
    assert!(known.iter().all(|(step, _)| step.index > applied && step.changes.is_empty()));
    assert!(!known.is_empty());
}

// ---- Membership changes (Raft §6; dissertation §4) ----

/// `voters` servers and two outside, n1 in the lead.
fn cluster(voters: u8, membership: &str) -> String {
    format!(
        "lab raft seed=1 nodes={} spares=2 clients=0 check_quorum=on membership={membership}\n\
         1ms fire n1 election\n200ms expect leader n1\n+0ms ",
        voters + 2
    )
}

fn cluster_panel(story: &Story) -> Vec<String> {
    let panel = story.scene.panels.iter().find(|panel| panel.title() == "cluster").unwrap();
    panel.table().rows.iter().map(|row| format!("{} {}", row[0], row[1])).collect()
}

/// "A server always uses the latest configuration in its log, regardless of whether the entry is committed"
/// (§6).
#[test]
fn a_configuration_counts_from_when_it_is_appended() {
    let story = tell(
        &cluster(3, "single"),
        "command n1 learn n4; +200ms partition n1 | n2 n3 n4 n5; +0ms command n1 add n4; +50ms stop",
    );
    assert_eq!(
        cluster_panel(&story),
        ["n1 votes", "n2 votes", "n3 votes", "n4 votes", "n5 outside"]
    );
    assert_eq!(story.field("n1", "committed"), Value::Number(2));
}

/// "New servers join the cluster as non-voting members (the leader replicates log entries to them, but they
/// are not considered for majorities)" (§6; dissertation §4.2.1).
#[test]
fn a_newcomer_learns_the_log_before_it_votes() {
    let story = tell(&cluster(3, "single"), "command n1 add n4; +300ms expect leader n1");
    let appended: Vec<&str> =
        story.firings("n1", "append_members").into_iter().map(|it| it.1).collect();
    assert!(appended[0].contains("n1, n2, n3, learning: n4;"), "{appended:?}");
    assert!(appended[1].contains("n1, n2, n3, n4;"), "{appended:?}");
    let (caught_up, _) = story.first("n1", "caught_up");
    assert!(caught_up.index <= story.firings("n1", "append_members")[1].0.index);
}

/// "The replication of entries to the new server is split into rounds. … If the last round lasts less than
/// an election timeout, then the leader adds the new server" (dissertation §4.2.1).
#[test]
fn a_newcomer_that_takes_long_gets_another_round() {
    let story = tell(
        &cluster(3, "single"),
        "link n1 n4 latency=170ms; +0ms command n1 add n4; +100ms command n1 put x 1; \
         +240ms command n1 put x 2; +60ms link n1 n4 latency=5ms; +1s expect leader n1",
    );
    let (slow, because) = story.first("n1", "catch_up_round");
    assert!(because.starts_with("round 1 took "), "{because}");
    let (quick, because) = story.first("n1", "caught_up");
    assert!(because.starts_with("n4: in round 2"), "{because}");
    assert!(story.first("n1", "catch_up_first").0.index < slow.index && slow.index < quick.index);
}

/// A newcomer that has everything has caught up, however long its round took.
#[test]
fn a_slow_newcomer_that_lacks_nothing_is_let_in() {
    let story = tell(
        &cluster(3, "single"),
        "link n1 n4 latency=170ms; +0ms command n1 add n4; +100ms command n1 put x 1; \
         +1s expect leader n1",
    );
    let (_, because) = story.first("n1", "caught_up");
    assert!(because.starts_with("n4: in round 1"), "{because}");
    assert_eq!(cluster_panel(&story)[3], "n4 votes");
}

/// "If the new server is unavailable … [the leader] should abort the change" (dissertation §4.2.1).
#[test]
fn a_newcomer_that_is_down_is_given_up_and_does_not_count() {
    let story = tell(
        &cluster(3, "single"),
        "crash n4; +0ms command n1 add n4; +4s expect leader n1; +0ms command n1 put x 1; \
         +200ms expect leader n1",
    );
    assert_eq!(story.firings("n1", "give_up_change").len(), 1);
    assert_eq!(cluster_panel(&story)[3], "n4 learns");
}

/// "Only one server can be added or removed from the cluster at a time" (dissertation §4.1).
#[test]
fn single_changes_are_one_server_and_one_change_at_a_time() {
    let story = tell(
        &cluster(3, "single"),
        "command n1 voters n1 n2; +0ms command n1 remove n2; +200ms command n1 voters n1 n2 n3; \
         +0ms command n1 remove n7; +200ms expect leader n1",
    );
    let why: Vec<&str> = story.firings("n1", "refuse_order").into_iter().map(|it| it.1).collect();
    assert!(why[0].contains("is not committed yet"), "{why:?}");
    let two = tell(&cluster(3, "single"), "command n1 voters n1 n4 n5");
    assert!(two.first("n1", "refuse_order").1.contains("one server at a time"));
}

/// "A leader … must [not] append a new configuration entry until it has committed an entry from its current
/// term" (Ongaro on raft-dev, 2015).
#[test]
fn a_leader_changes_nothing_before_its_first_commit() {
    let story = tell(
        "lab raft seed=1 nodes=5 spares=2 clients=0 check_quorum=on membership=single\n1ms fire n1 election\n",
        "when leader n1: command n1 remove n3; +300ms expect leader n1",
    );
    assert!(story.first("n1", "refuse_order").1.ends_with("nothing of term 1 is committed yet"));
}

/// "Once Cold,new has been committed, neither Cold nor Cnew can make decisions without approval of the
/// other, [and] it is now safe for the leader to create a log entry describing Cnew" (§6).
#[test]
fn a_joint_change_commits_both_configurations_one_after_the_other() {
    let story = tell(&cluster(3, "joint"), "command n1 voters n3 n4 n5; +2s expect agreed");
    let appended: Vec<&str> =
        story.firings("n1", "append_members").into_iter().map(|it| it.1).collect();
    assert!(appended[1].contains("n3, n4, n5 (before: n1, n2, n3)"), "{appended:?}");
    assert!(appended[2].contains("n3, n4, n5;"), "{appended:?}");
    assert_eq!(story.firings("n1", "leave_joint").len(), 1);
}

/// "Agreement requires separate majorities from both the old and new configurations" (§6).
#[test]
fn in_a_joint_configuration_the_new_servers_cannot_commit_alone() {
    let story = tell(
        &cluster(3, "joint"),
        "command n1 learn n4; +100ms command n1 learn n5; +200ms partition n1 n4 n5 | n2 n3; \
         +0ms command n1 voters n1 n4 n5; +100ms stop",
    );
    assert_eq!(story.field("n1", "last index"), Value::Number(4));
    assert_eq!(story.field("n1", "committed"), Value::Number(3));
}

/// Both majorities can be seen while two sets of voters count, and who is in which: by a word on each node.
#[test]
fn a_joint_configuration_is_drawn_with_both_its_halves() {
    let story = tell(
        &cluster(3, "joint"),
        "command n1 learn n4; +100ms command n1 learn n5; +200ms partition n1 n4 n5 | n2 n3; \
         +0ms command n1 voters n1 n4 n5; +100ms stop",
    );
    let card = |node| NodeCard::new(&story.scene, node);
    let halves: Vec<_> = story.scene.nodes.iter().map(|node| card(node).half.unwrap()).collect();
    assert_eq!(halves, ["both", "old", "old", "new", "new"]);
    let panel = story.scene.panels.iter().find(|panel| panel.title() == "majority").unwrap();
    let rows: Vec<String> = panel.table().rows.iter().map(|row| line(row)).collect();
    assert_eq!(rows, ["old | n1, n2, n3 | 2 of 3 | n1", "new | n1, n4, n5 | 2 of 3 | n1, n4, n5"]);
    let (_, because) = story.firings("n1", "wait_for_majority").pop().unwrap();
    assert!(because.ends_with("it takes 2 of n1, n2, n3 and 2 of n1, n4, n5"), "{because}");
}

fn line(row: &[Value]) -> String {
    row.iter().map(Value::to_string).collect::<Vec<_>>().join(" | ")
}

/// Who learns, who is outside and who votes is told apart on the stage, in words, and to a screen reader.
#[test]
fn who_is_in_the_cluster_is_drawn_on_the_stage() {
    let story = tell(&cluster(3, "single"), "command n1 learn n4; +100ms stop");
    let said = |number: usize| {
        let node = &story.scene.nodes[number - 1];
        (NodeCard::new(&story.scene, node).role, node_name(&story.scene, node))
    };
    assert_eq!(said(1), ("leader".into(), "Node 1, leader, term 1, votes, up".into()));
    assert_eq!(said(4), ("learner".into(), "Node 4, follower, term 1, learns, up".into()));
    assert_eq!(said(5), ("outside".into(), "Node 5, follower, term 0, outside, up".into()));
    let fixed = tell("lab raft seed=1 nodes=3 clients=0\n", "50ms stop");
    assert!(fixed.scene.nodes.iter().all(|node| node.standing.is_none()), "nothing changes there");
}

/// "The cluster leader may not be part of the new configuration. In this case, the leader steps down …
/// once it has committed the Cnew log entry" (§6), and is "managing a cluster that does not include itself".
#[test]
fn a_leader_that_removes_itself_leads_until_that_is_committed() {
    let story = tell(
        &cluster(3, "single"),
        "command n1 remove n1; +1s expect agreed; +0ms expect not leader n1",
    );
    let (asked, _) = story.first("n1", "append_members");
    let (gone, because) = story.first("n1", "step_down_removed");
    assert!(asked.index < gone.index && because.contains("n2, n3 without me"), "{because}");
    assert!(gone.fired.iter().any(|it| it.rule == "commit"));
}

/// "Removed servers (those not in Cnew) can disrupt the cluster. … To prevent this problem, servers disregard
/// RequestVote RPCs when they believe a current leader exists" (§6).
#[test]
fn a_removed_server_disturbs_nobody() {
    let story = tell(
        &cluster(4, "single"),
        "cut n1 n4; +0ms command n1 remove n4; +3s expect leader n1; +0ms expect first-leader",
    );
    assert!(story.firings("n4", "start_election").len() > 5);
    assert!(story.firings("n2", "refuse_vote_led").len() > 5);
}

/// Learners and servers outside do not stand for election.
#[test]
fn who_has_no_vote_does_not_stand() {
    let story = tell(
        &cluster(3, "single"),
        "command n1 learn n4; +200ms crash n1; +0ms crash n2; +0ms crash n3; +2s expect no-leader",
    );
    assert!(!story.firings("n4", "no_vote").is_empty());
    assert!(story.firings("n4", "start_election").is_empty());
}

/// Membership without a remedy against removed servers is refused, with a way out.
#[test]
fn changing_the_cluster_needs_a_remedy_against_removed_servers() {
    let mut setup = Setup::new(labs::find("raft").unwrap(), 1);
    setup.set_param("membership", 1).unwrap();
    let error = setup.start().err().unwrap();
    assert!(error.contains("check_quorum=on or pre_vote=on"), "{error}");
}

// ---- Scale ----

/// 25 voters: twelve may be gone, thirteen decide.
#[test]
fn twenty_five_voters_elect_and_commit_with_twelve_of_them_down() {
    let crashes: Vec<String> = (14..=25).map(|number| format!("+0ms crash n{number}")).collect();
    let story = tell(
        "lab raft seed=1 nodes=25 clients=2 pipeline=on pre_vote=on\n1s expect agreed\n",
        &format!("{}; +3s expect agreed; +1s expect agreed", crashes.join("; ")),
    );
    let committed = story
        .scene
        .nodes
        .iter()
        .filter(|it| it.condition == Condition::Up && it.view.role == "leader")
        .map(|leader| {
            let field = leader.view.fields.iter().find(|it| it.name == "committed").unwrap();
            field.value.clone()
        });
    let committed: Vec<Value> = committed.collect();
    assert!(matches!(committed[..], [Value::Number(index)] if index > 5), "{committed:?}");
}

#[test]
fn twenty_five_voters_survive_an_adversary() {
    for seed in 0..3 {
        let mut setup = Setup::new(labs::find("raft").unwrap(), seed);
        setup.set_param("nodes", 25).unwrap();
        let plan = Attack { time: Span::from_secs(4), pace: Span::from_ms(30), wipe: false };
        let attacked = attack(&setup, seed, plan).unwrap();
        let mut run = attacked.run;
        heal_everything(&mut *run);
        let end = run.now() + Span::from_secs(20);
        run_until(&mut *run, end);
        assert_eq!(run.violations(), [], "{setup}");
        assert_eq!(run.holds("agreed"), Some(true), "{setup}");
    }
}
