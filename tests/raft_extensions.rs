//! The extensions of Raft, rule by rule, each with the sentence that it comes from.

mod story;

use faultline::labs::{self, Setup, VariantKind};
use faultline::play::{Limits, Script, run_script};
use faultline::sim::{Panel, Span, Value};
use story::{sends, sets, tell, text};

/// Five servers with this switched on, n1 in the lead of term 1.
fn five(switches: &str) -> String {
    format!(
        "lab raft seed=1 nodes=5 clients=0 {switches}\n1ms fire n1 election\n150ms expect leader n1\n+0ms "
    )
}

// ---- PreVote (dissertation §9.6) ----

/// "In the Pre-Vote algorithm, a candidate only increments its term if it first learns from a majority of
/// the cluster that they would be willing to grant the candidate their votes."
#[test]
fn a_server_without_a_majority_never_raises_its_term() {
    let story = tell(&five("pre_vote=on"), "partition n4 n5 | n1 n2 n3; +3s expect leader n1");
    assert!(story.firings("n5", "start_pre_vote").len() > 5);
    assert!(story.firings("n5", "start_election").is_empty());
    assert_eq!(story.field("n5", "term"), Value::Number(1));
}

/// "… (if the candidate's log is sufficiently up-to-date, …)"
#[test]
fn a_pre_vote_is_refused_to_an_older_log() {
    let story = tell(
        &five("pre_vote=on"),
        "partition n5 | n1 n2 n3 n4; +0ms command n1 put x 1; +100ms crash n1; +0ms heal n5 n2; \
         +160ms fire n5 election",
    );
    let (_, because) = story.first("n2", "refuse_pre_vote_log_behind");
    assert_eq!(because, "my log ends with 2 of term 1, that of n5 with 1 of term 1");
}

/// "… and the voters have not received heartbeats from a valid leader for at least a baseline election
/// timeout)."
#[test]
fn a_pre_vote_is_refused_by_who_hears_a_leader() {
    let story = tell(&five("pre_vote=on"), "fire n5 election; +1s expect leader n1");
    for node in ["n1", "n2", "n3", "n4"] {
        assert_eq!(story.firings(node, "refuse_pre_vote_led").len(), 1, "{node}");
    }
    assert_eq!(story.field("n1", "term"), Value::Number(1));
}

/// A pre-vote is a question: neither vote nor term nor timer of who answers changes.
#[test]
fn a_granted_pre_vote_promises_nothing() {
    let story = tell(
        "lab raft seed=1 nodes=3 clients=0 pre_vote=on\n1ms fire n1 election\n",
        "+0ms fire n3 election; +1s expect agreed",
    );
    let (step, _) = story.first("n2", "grant_pre_vote");
    assert!(!step.saved && !sets(step, "election"), "{step:#?}");
    assert_eq!(story.firings("n2", "grant_pre_vote").len(), 2);
}

/// "… from a majority of the cluster": the term begins with the answer that makes the majority.
#[test]
fn a_term_begins_with_the_answer_that_makes_a_majority() {
    let story = tell(&five("pre_vote=on"), "crash n1; +2s expect agreed");
    let won: Vec<_> = story
        .steps
        .iter()
        .filter(|step| step.fired.iter().any(|firing| firing.rule == "start_election"))
        .filter(|step| step.index > story.after("crash n1")[0].index)
        .collect();
    let rules: Vec<&str> = won[0].fired.iter().map(|firing| firing.rule).collect();
    assert_eq!(rules, ["count_pre_vote", "start_election"]);
    assert!(won[0].fired[0].because.split(", ").count() == 3, "{:?}", won[0].fired);
}

/// A yes to an earlier question, which comes while the server asks about a later term, does not count.
#[test]
fn an_answer_about_an_earlier_term_counts_for_nothing() {
    let story = tell(
        "lab raft seed=1 nodes=3 clients=0 pre_vote=on\n0s cut n3 n2\n",
        "1ms fire n3 election; when sent PreVoteReply n1 n3: delay it 200ms; +30ms fire n1 election; \
         +60ms expect leader n1; +105ms fire n3 election; +15ms stop",
    );
    let (late, because) = story.first("n3", "ignore_pre_vote");
    assert_eq!(because, "it is about term 1; I am pre-candidate, next is 2");
    assert!(late.sent.is_empty() && late.changes.is_empty());
    assert!(story.firings("n3", "start_election").is_empty());
}

/// A server that was away asks about a term that has begun meanwhile, and learns of it from the answer.
#[test]
fn a_pre_vote_for_a_term_of_the_past_is_refused() {
    let story = tell(
        &five("pre_vote=on"),
        "partition n5 | n1 n2 n3 n4; +0ms crash n1; +2s expect agreed; \
         +0ms heal n5 n4; +0ms fire n5 election; +100ms stop",
    );
    let (step, because) = story.first("n4", "refuse_pre_vote_stale");
    assert_eq!(because, "n5 asks about term 2, and I am in term 2");
    assert_eq!(text(step, "PreVoteReply"), "term 2, would not vote so in term 2");
}

// ---- CheckQuorum (dissertation §6.2, §4.2.3) ----

/// "A leader in Raft steps down if an election timeout elapses without a successful round of heartbeats
/// to a majority of its cluster" (§6.2).
#[test]
fn a_leader_whom_no_majority_answers_resigns_in_its_own_term() {
    let story =
        tell(&five("check_quorum=on"), "partition n1 n2 | n3 n4 n5; +1s expect not leader n1");
    let (step, because) = story.first("n1", "resign");
    assert!(because.ends_with("more than 300 ms"), "{because}");
    assert!(step.changes.iter().any(|it| it.field == "role" && it.new == "follower".into()));
    assert!(step.changes.iter().all(|it| it.field != "term"));
}

/// A minority of silent followers is no reason to resign.
#[test]
fn a_leader_with_a_majority_stays() {
    let story = tell(&five("check_quorum=on"), "partition n1 n2 n3 | n4 n5; +3s expect leader n1");
    assert!(story.firings("n1", "resign").is_empty());
}

/// "If a server receives a RequestVote request within the minimum election timeout of hearing from a
/// current leader, it does not update its term or grant its vote" (§4.2.3).
#[test]
fn a_candidate_is_not_listened_to_while_there_is_a_leader() {
    let story = tell(&five("check_quorum=on"), "cut n1 n5; +2s expect leader n1");
    let (step, _) = story.first("n2", "refuse_vote_led");
    assert!(step.sent.is_empty() && step.changes.is_empty() && !step.saved);
    assert_eq!(story.field("n2", "term"), Value::Number(1));
    assert!(matches!(story.field("n5", "term"), Value::Number(term) if term > 3));
}

/// A server that comes back may have answered a leader just before: it waits as if it had.
#[test]
fn a_restarted_server_withholds_its_vote_for_a_while() {
    let story = tell(
        &five("check_quorum=on"),
        "partition n1 n2 n3 | n4 n5; +160ms crash n4; +0ms restart n4; +1ms fire n5 election",
    );
    let (_, because) = story.first("n4", "refuse_vote_led");
    assert!(because.contains("I started"), "{because}");
}

/// An election that somebody fires by hand waits, too: the server has answered its leader.
#[test]
fn nobody_stands_for_election_who_has_just_heard_a_leader() {
    let story = tell(&five("check_quorum=on"), "fire n3 election; +1s expect leader n1");
    let (step, _) = story.first("n3", "hold_election");
    assert!(step.sent.is_empty() && sets(step, "election"));
}

// ---- Reads (dissertation §6.4) ----

/// Two clients, one of them at n1, which leads.
fn reading(reads: &str) -> String {
    format!(
        "lab raft seed=1 nodes=5 clients=2 load=0 {reads}\n1ms fire n1 election\n150ms expect leader n1\n+0ms "
    )
}

/// "This approach is more efficient than committing read-only queries as new entries in the log."
#[test]
fn a_read_by_read_index_leaves_the_log_alone() {
    let story = tell(
        &reading("reads=read-index"),
        "command c1 put x 1; +200ms command c1 get x; +200ms expect nobody-waits",
    );
    assert_eq!(story.field("c1", "last answer"), Value::Text("get x → 1".into()));
    assert_eq!(story.field("n1", "last index"), Value::Number(2));
}

/// "The leader needs to make sure it has not been superseded by a newer leader …: it issues a new round
/// of heartbeats and waits for their acknowledgments from a majority of the cluster."
#[test]
fn a_read_is_answered_after_a_round_that_began_after_it() {
    let story = tell(
        &reading("reads=read-index"),
        "command c1 put x 1; +200ms command c1 get x; +200ms expect nobody-waits",
    );
    let (asked, _) = story.first("n1", "read_index");
    assert_eq!(sends(asked, "Heartbeat"), ["n2", "n3", "n4", "n5"]);
    let (answered, _) = story.first("n1", "answer_read");
    let acks = story.steps.iter().filter(|step| {
        step.index > asked.index && step.index <= answered.index && {
            let node = step.node.map(|node| node.to_string());
            node.as_deref() == Some("n1")
        }
    });
    assert!(acks.count() >= 2, "two followers and the leader are a majority");
}

/// "If the leader has not yet marked an entry from its current term committed, it waits until it has done
/// so."
#[test]
fn a_new_leader_lets_reads_wait_for_its_first_commit() {
    let story = tell(
        "lab raft seed=1 nodes=3 clients=1 load=0 reads=read-index\n1ms fire n1 election\n",
        "when leader n1: partition n1 c1 | n2 n3; +0ms command c1 get x; +50ms heal all; \
         +500ms expect nobody-waits",
    );
    let (waits, _) = story.first("n1", "read_waits");
    let (committed, _) = story.first("n1", "commit");
    let (answered, _) = story.first("n1", "answer_read");
    assert!(waits.index < committed.index && committed.index < answered.index);
}

/// "… the leader would then … reply to read-only queries without any communication" while the lease lasts
/// (§6.4.1).
#[test]
fn a_read_by_lease_costs_no_message_between_servers() {
    let story = tell(
        &reading("reads=lease check_quorum=on"),
        "command c1 put x 1; +200ms command c1 get x; +200ms expect nobody-waits",
    );
    let (step, because) = story.first("n1", "answer_by_lease");
    assert_eq!(step.sent.len(), 1);
    assert_eq!(text(step, "ClientReply"), "#2 answer: 1");
    assert!(because.contains("nobody else can be elected"), "{because}");
}

/// "The lease … start + election timeout / clock drift bound" (§6.4.1): with 20% either way, 100 ms of 150.
#[test]
fn a_lease_ends_before_anybody_may_be_elected() {
    let story = tell(
        &reading("reads=lease check_quorum=on"),
        "partition n1 c1 | n2 n3 n4 n5 c2; +130ms command c1 get x; +60ms expect one-leader; +0ms stop",
    );
    let (step, because) = story.first("n1", "lease_over");
    assert!(because.starts_with("my lease ended"), "{because}");
    assert!(sends(step, "ClientReply").is_empty());
    let cut = story.after("partition n1 c1 | n2 n3 n4 n5 c2")[0].time;
    assert!(step.time.since(cut) < Span::from_ms(150));
}

/// "The leader would … extend its lease to start + election timeout / clock drift bound", where start is
/// when the round began, not when it was answered (§6.4.1).
#[test]
fn a_lease_is_counted_from_when_its_round_was_sent() {
    let story = tell(
        "lab raft seed=1 nodes=3 clients=0 reads=lease check_quorum=on latency_ms_min=30 latency_ms_max=30\n",
        "1ms fire n1 election; 175ms expect leader n1; +0ms stop",
    );
    let lease = story.scene.panels.iter().find(|panel| panel.title() == "lease of the leader");
    let Some(Panel::Gauge { value, .. }) = lease else { panic!("there is a lease: {lease:?}") };
    // Sent at 111 ms and answered at 171: of the 100 ms 36 are left.
    assert!((30_000..40_000).contains(value), "{value} µs");
}

/// A violation of linearizability shows the operations that no order explains, the answer that does not
/// fit as the last, in the words of the clients.
#[test]
fn a_stale_answer_is_shown_with_the_operations_that_no_order_explains() {
    let text = labs::find("raft").unwrap().variants.iter().find(|it| it.name == "stale-reads");
    let script = text.unwrap().witnesses[0].script;
    let mut script: Script = script.parse().unwrap();
    let panel = |script: &Script| {
        let outcome = run_script(script, Limits::default()).unwrap();
        let panels = outcome.scene().panels;
        let found = panels.into_iter().find(|it| it.title() == "operations that no order explains");
        (found, outcome.violations)
    };
    assert_eq!(panel(&script), (None, Vec::new()), "nothing to explain");
    script.setup.set_variant("stale-reads").unwrap();
    let (shown, violations) = panel(&script);
    let table = shown.expect("it is shown").table();
    let rows: Vec<String> = table
        .rows
        .iter()
        .map(|row| row.iter().map(Value::to_string).collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(rows, ["c1 put 1 done", "c2 put 2 done", "c1 get 1"]);
    assert_eq!(violations[0].invariant, "linearizable");
    let why =
        "no order of the operations on x explains that c1's get answered 1: it could only answer 2";
    assert!(violations[0].why.starts_with(why), "{}", violations[0].why);
}

// ---- Pipelining (dissertation §10.2.1) ----

/// Entries far apart, one in a message; `pipeline=on` or not.
fn far_apart(switches: &str) -> String {
    format!(
        "lab raft seed=1 nodes=3 clients=0 batch_max=1 latency_ms_min=100 latency_ms_max=100 \
         election_ms_min=1000 election_ms_max=2000 heartbeat_ms=200 {switches}\n\
         1ms fire n1 election\n600ms expect leader n1\n+0ms "
    )
}

const FOUR_WRITES: &str = "command n1 put a 1; +0ms command n1 put b 2; +0ms command n1 put c 3; \
                           +0ms command n1 put d 4; ";

/// "The leader [does] not wait for a response from one AppendEntries request before sending the next":
/// four entries are committed in one round trip, and without it in as many as there are entries.
#[test]
fn pipelined_entries_are_committed_in_one_round_trip() {
    let commits = |pipeline: &str| {
        let story = tell(&far_apart(pipeline), &format!("{FOUR_WRITES}+3s expect all-committed"));
        let (accepted, _) = story.first("n1", "accept_command");
        let (last, _) = story.firings("n1", "commit").pop().unwrap();
        last.time.since(accepted.time)
    };
    assert_eq!(commits("pipeline=on"), Span::from_ms(200));
    assert!(commits("pipeline=off") >= Span::from_ms(800));
}

/// "Limits on … the number of outstanding AppendEntries": no more than the window is on its way.
#[test]
fn no_more_than_the_window_is_on_its_way() {
    let story =
        tell(&far_apart("pipeline=on window=3"), &format!("{FOUR_WRITES}+2s expect all-committed"));
    let (_, because) = story.first("n1", "window_full");
    assert_eq!(because, "n2 has not acknowledged entry 2, and 3 are on their way");
}

/// "If a request is lost … the consistency check fails, and the leader … retries" from the gap on.
#[test]
fn what_follows_a_lost_entry_is_refused_and_sent_again() {
    let story = tell(
        &far_apart("pipeline=on"),
        &format!(
            "command n1 put x 0; when sent AppendEntries n1 n2: drop it; +0ms {FOUR_WRITES}\
             +3s expect all-committed"
        ),
    );
    assert!(story.first("n2", "refuse_gap").1.contains("ends with 1 of term 1"));
    assert_eq!(story.first("n1", "back_up").1, "the log of n2 ends before 2: 7 → 2");
}

// ---- Leadership transfer (dissertation §3.10) ----

/// "1. The prior leader stops accepting new client requests. 2. [It] fully updates the target server's log
/// to match its own … 3. [It] sends a TimeoutNow request to the target server."
#[test]
fn the_target_gets_all_entries_before_it_is_told_to_stand() {
    let story = tell(
        &five("transfer=on"),
        "partition n2 | n1 n3 n4 n5; +0ms command n1 put x 1; +100ms heal all; \
         +0ms command n1 transfer n2; +10ms command n1 put x 2; +300ms expect leader n2",
    );
    assert!(story.first("n1", "hold_during_transfer").0.sent.is_empty());
    let (told, because) = story.first("n1", "send_timeout_now");
    assert_eq!(because, "the log of n2 equals mine up to 2");
    let (took, _) = story.first("n2", "take_over");
    assert!(took.time.since(told.time) <= Span::from_ms(15));
}

/// "This request has the same effect as the target server's election timer firing": no timeout is waited
/// for, and who hears the old leader votes nevertheless (§4.2.3).
#[test]
fn the_target_is_elected_in_a_round_trip_in_spite_of_pre_vote_and_check_quorum() {
    let story = tell(
        &five("transfer=on pre_vote=on check_quorum=on"),
        "command n1 transfer n4; +100ms expect leader n4",
    );
    assert!(story.firings("n4", "start_pre_vote").is_empty());
    let (started, _) = story.first("n1", "start_transfer");
    let (elected, _) = story.first("n4", "become_leader");
    assert!(elected.time.since(started.time) <= Span::from_ms(60));
}

/// "If leadership transfer does not complete after about an election timeout, the prior leader aborts the
/// transfer and resumes accepting client requests."
#[test]
fn a_transfer_that_does_not_succeed_is_given_up() {
    let story = tell(
        &five("transfer=on"),
        "crash n2; +0ms command n1 transfer n2; +100ms command n1 put x 1; +400ms command n1 put x 2; \
         +200ms expect leader n1",
    );
    assert_eq!(story.firings("n1", "abort_transfer").len(), 1);
    assert_eq!(story.firings("n1", "hold_during_transfer").len(), 1);
    assert!(story.firings("n3", "apply").iter().any(|(_, why)| why.contains("put x 2")));
}

/// "TimeoutNow" is of a term as every message (§5.1): one of a leader whose term is over orders nothing.
#[test]
fn an_order_to_stand_that_comes_too_late_is_ignored() {
    let story = tell(
        &five("transfer=on"),
        "command n1 transfer n2; when sent TimeoutNow n1 n2: delay it 80ms; +0ms fire n3 election; \
         +60ms expect leader n3; +200ms expect leader n3",
    );
    let (late, because) = story.first("n2", "ignore_timeout_now");
    assert!(because.contains("term 1") && late.sent.is_empty(), "{because}");
    assert!(story.firings("n2", "take_over").is_empty());
}

/// A leader that has told another to stand relies on its lease no more (§6.4.1 rests on nobody standing).
#[test]
fn a_leader_that_hands_over_gives_up_its_lease() {
    let story = tell(
        &reading("reads=lease check_quorum=on transfer=on"),
        "command n1 transfer n2; when sent TimeoutNow n1 n2: drop it; +400ms command c1 get x; \
         +200ms expect nobody-waits",
    );
    assert_eq!(story.first("n1", "lease_over").1, "I have no lease");
    assert!(story.firings("n1", "answer_by_lease").is_empty());
}

/// Whoever does not lead, or is asked for something that makes no sense, says why it does nothing.
#[test]
fn orders_that_make_no_sense_are_refused() {
    let story = tell(
        &five("transfer=on"),
        "command n2 transfer n3; +0ms command n1 transfer n1; +0ms command n1 transfer n9",
    );
    let why =
        |node| story.firings(node, "refuse_order").into_iter().map(|it| it.1).collect::<Vec<_>>();
    assert_eq!(why("n2"), ["`transfer n3`: I am follower in term 1"]);
    assert_eq!(why("n1"), ["`transfer n1`: I lead already", "`transfer n9`: n9 has no vote"]);
    let off = tell(&five(""), "command n1 transfer n2");
    assert!(off.first("n1", "refuse_order").1.ends_with("leadership transfer is switched off"));
}

// ---- What is broken on purpose ----

/// Each extension is broken once, at least, by a mutation whose witness has it switched on.
#[test]
fn each_extension_is_broken_by_a_mutation() {
    let lab = labs::find("raft").unwrap();
    let mutations = lab.variants.iter().filter(|it| it.kind == VariantKind::Mutation);
    let witnesses = mutations.flat_map(|variant| variant.witnesses);
    let setups: Vec<Setup> =
        witnesses.map(|it| it.script.parse::<Script>().unwrap().setup).collect();
    assert!(setups.len() >= 14, "{}", setups.len());
    for extension in ["pre_vote", "check_quorum", "transfer", "pipeline", "snapshots"] {
        assert!(setups.iter().any(|it| it.param(extension) == 1), "{extension} is never broken");
    }
    for choice in ["membership", "reads"] {
        for value in 0..3 {
            assert!(setups.iter().any(|it| it.param(choice) == value), "{choice} {value}");
        }
    }
}
