//! Raft, sentence by sentence, continued: what §5 of the paper (Ongaro and Ousterhout 2014) says beyond
//! Figure 2, and the smaller print of the figure itself.
//!
//! Which sentence is held by which test, here and in `raft.rs`, stands in `raft-sentences.txt`; that the
//! list is whole is a test, too.

mod story;

use std::collections::{BTreeMap, BTreeSet};

use faultline::labs;
use faultline::sim::{Cause, Condition, Panel, Span, Step, Value};
use story::{FIVE, Story, THREE, sends, sets, tell, text};

/// The list of sentences, and the tests that hold them.
const SENTENCES: &str = include_str!("raft-sentences.txt");
const TESTS: [&str; 2] = [include_str!("raft.rs"), include_str!("raft_paper.rs")];
const TESTS_OF_EXTENSIONS: [&str; 2] =
    [include_str!("raft_extensions.rs"), include_str!("raft_cluster.rs")];

/// The functions of a source that are tests.
fn tests_of(source: &str) -> Vec<&str> {
    let after = source.split("#[test]\nfn ").skip(1);
    after.map(|rest| rest.split('(').next().unwrap()).collect()
}

#[test]
fn every_sentence_has_its_test_and_every_test_its_sentence() {
    let there: BTreeSet<&str> = TESTS.iter().flat_map(|source| tests_of(source)).collect();
    let lists: BTreeSet<&str> = TESTS_OF_EXTENSIONS.iter().flat_map(|it| tests_of(it)).collect();
    let mut named = BTreeSet::new();
    let mut sentence = "";
    for line in SENTENCES.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if line.starts_with('"') {
            assert!(sentence.is_empty(), "no test holds {sentence}");
            sentence = line;
        } else if let Some(test) = line.strip_prefix("= ") {
            assert!(there.contains(test) || lists.contains(test), "there is no test {test}");
            named.insert(test);
            sentence = "";
        }
    }
    assert!(sentence.is_empty(), "no test holds {sentence}");
    let about_the_list = |test: &&&str| test.starts_with("every_");
    let unnamed: Vec<_> = there.difference(&named).filter(|it| !about_the_list(it)).collect();
    assert!(unnamed.is_empty(), "they hold no sentence of the list: {unnamed:?}");
}

/// The rules of the book are the sentences of the extensions: each says its source.
#[test]
fn every_rule_of_an_extension_is_in_a_test() {
    let book = include_str!("../src/labs/raft/extensions.txt");
    let rules = book.lines().filter_map(|line| line.strip_prefix('[')?.strip_suffix(']'));
    let untested: Vec<&str> = rules
        .filter(|rule| {
            let quoted = format!("\"{rule}\"");
            !TESTS_OF_EXTENSIONS.iter().any(|source| source.contains(&quoted))
        })
        .collect();
    assert!(untested.is_empty(), "{untested:?}");
}

/// The values that a field of a node's view took, one after the other.
fn values(story: &Story, node: &str, field: &str) -> Vec<Value> {
    let own = story.steps.iter().filter(|step| step.node.is_some_and(|id| id.to_string() == node));
    let changes = own.flat_map(|step| &step.changes).filter(|change| change.field == field);
    changes.map(|change| change.new.clone()).collect()
}

fn numbers(story: &Story, node: &str, field: &str) -> Vec<u64> {
    let number = |value: Value| match value {
        Value::Number(number) => number,
        other => panic!("{field} of {node} is {other}"),
    };
    values(story, node, field).into_iter().map(number).collect()
}

/// The log of a server: the terms and the words of its entries.
fn log(story: &Story, node: &str) -> Vec<(u64, String)> {
    let node = story.scene.nodes.iter().find(|it| it.id.to_string() == node).unwrap();
    let log = node.panels.iter().find_map(|panel| match panel {
        Panel::Log { first: 1, entries, .. } => Some(entries),
        _ => None,
    });
    let entries = log.expect("the whole log is shown");
    entries.iter().map(|entry| (entry.term, entry.text.clone())).collect()
}

/// What the leader knows of its followers: next index and match index.
fn followers(story: &Story, leader: &str) -> Vec<(String, u64, u64)> {
    let node = story.scene.nodes.iter().find(|it| it.id.to_string() == leader).unwrap();
    let table = node.panels.iter().find(|panel| panel.title() == "followers");
    let rows = table.unwrap_or_else(|| panic!("{leader} leads")).table().rows;
    let number = |value: &Value| value.to_string().parse().unwrap();
    rows.iter().map(|row| (row[0].to_string(), number(&row[1]), number(&row[2]))).collect()
}

/// The kind and the sender of the message that a step delivers.
fn delivered(step: &Step) -> Option<(&'static str, String)> {
    match &step.cause {
        Cause::Deliver(message) => Some((message.kind, message.from.to_string())),
        _ => None,
    }
}

/// Two leaders one after the other, a follower with entries of its own, and a crash: much of Raft.
const EVENTFUL: &str = "partition n1 | n2 n3; +0ms command n1 put x 1; +0ms command n1 put x 2; \
     +0ms fire n2 election; when leader n2: command n2 put x 3; +100ms heal all; \
     +100ms crash n2; +1s restart n2; +1s expect agreed";

// ---- Figure 2, State ----

/// "currentTerm: latest term server has seen (initialized to 0 on first boot, increases monotonically)."
#[test]
fn a_term_begins_at_0_and_only_grows() {
    let story = tell(THREE, EVENTFUL);
    for node in ["n1", "n2", "n3"] {
        let (_, because) = story.first(node, "begin_as_follower");
        assert_eq!(because, "on disk: term 0, no vote, 0 log entries");
        let terms = numbers(&story, node, "term");
        assert!(terms.len() >= 3 && terms.is_sorted(), "{node}: {terms:?}");
    }
}

/// "votedFor: candidateId that received vote in current term (or null if none)."
#[test]
fn a_new_term_begins_without_a_vote() {
    let story = tell(
        THREE,
        "partition n1 n2 | n3; +0ms command n1 put x 1; +100ms heal all; +0ms fire n3 election; \
         when sent RequestVoteReply n2 n3: stop",
    );
    let (refused, _) = story.first("n2", "refuse_vote_log_behind");
    let change = |field| refused.changes.iter().find(|it| it.field == field).unwrap();
    assert_eq!((&change("term").new, &change("voted for").new), (&2_u64.into(), &Value::None));
}

/// "log[]: log entries; each entry contains command for state machine, and term when entry was received
/// by leader (first index is 1)"; and "log entries retain their original term numbers when a leader
/// replicates entries from previous terms" (§5.4.2).
#[test]
fn an_entry_keeps_its_index_and_the_term_in_which_a_leader_took_it() {
    let story = tell(
        THREE,
        "partition n1 n2 | n3; +0ms command n1 put x 1; +100ms fire n2 election; \
         when leader n2: command n2 put x 2; +50ms heal all",
    );
    let wanted = [(1, "no-op"), (1, "put x 1"), (2, "no-op"), (2, "put x 2")];
    let wanted: Vec<(u64, String)> = wanted.iter().map(|it| (it.0, it.1.to_string())).collect();
    for node in ["n1", "n2", "n3"] {
        assert_eq!(log(&story, node), wanted, "{node}");
    }
}

/// "commitIndex … lastApplied (initialized to 0, increases monotonically)." A message that comes late
/// takes nothing back.
#[test]
fn what_is_committed_and_applied_only_grows() {
    let story = tell(
        THREE,
        "command n1 put x 1; when sent AppendEntries n1 n2: delay it 90ms; +1ms command n1 put x 2; \
         +200ms expect all-committed",
    );
    let late = story.firings("n2", "already_there");
    assert!(!late.is_empty(), "the delayed message arrives after what it says is known");
    for field in ["committed", "applied"] {
        let marks = numbers(&story, "n2", field);
        assert!(marks.is_sorted() && marks.last() == Some(&3), "{field}: {marks:?}");
    }
}

/// "nextIndex[] (initialized to leader last log index + 1), matchIndex[] (initialized to 0)",
/// "reinitialized after election."
#[test]
fn a_new_leader_supposes_equal_logs_and_knows_of_none() {
    let story = tell(THREE, "command n1 put x 1; +100ms fire n2 election; when leader n2: stop");
    let wanted = [("n1".to_string(), 3, 0), ("n3".to_string(), 3, 0)];
    assert_eq!(followers(&story, "n2"), wanted);
}

/// "matchIndex[] … increases monotonically"; and "if successful: update nextIndex and matchIndex for
/// follower."
#[test]
fn an_answer_moves_next_and_match_and_a_late_one_does_not_move_them_back() {
    let story = tell(
        THREE,
        "command n1 put x 1; when sent AppendEntriesReply n2 n1: delay it 90ms; \
         +1ms command n1 put x 2; +200ms stop",
    );
    let moved = story.firings("n1", "advance_match");
    let of_n2: Vec<&str> =
        moved.iter().map(|it| it.1).filter(|because| because.contains("of n2")).collect();
    assert_eq!(of_n2[1], "the log of n2 equals mine up to 3; next is 4", "{of_n2:?}");
    let late = story.firings("n1", "confirm_match");
    assert!(late.iter().any(|(_, why)| *why == "I knew that the log of n2 equals mine up to 3"));
    assert_eq!(followers(&story, "n1")[0], ("n2".to_string(), 4, 3));
}

// ---- Figure 2, the RPCs ----

/// "entries[]: log entries to store (empty for heartbeat …)": where a follower lacks nothing, nothing is
/// sent; "leaders send periodic heartbeats (AppendEntries RPCs that carry no log entries) to all followers
/// in order to maintain their authority" (§5.2).
#[test]
fn a_heartbeat_carries_no_entries() {
    let story = tell(THREE, "command n1 put x 1; +500ms expect leader n1");
    let beats = story.firings("n1", "send_heartbeats");
    let quiet = &beats[beats.len() - 5..];
    for (step, _) in quiet {
        assert_eq!(sends(step, "Heartbeat"), ["n2", "n3"]);
        let said = text(step, "Heartbeat");
        assert_eq!(said, "term 1, after 2 of term 1: nothing new; committed up to 2");
    }
}

/// "leaderCommit: leader's commitIndex": an entry that is not committed yet is kept, and not applied.
#[test]
fn a_follower_applies_nothing_before_the_leader_says_that_it_is_committed() {
    let story = tell(THREE, "command n1 put x 1; +100ms stop");
    let (_, because) = story.firings("n2", "append_entries")[1];
    assert_eq!(because, "entry 2");
    let (appended, _) = story.firings("n2", "append_entries")[1];
    assert!(appended.fired.iter().all(|firing| firing.rule != "apply"), "{appended:#?}");
    let committed = story.firings("n1", "commit")[1].0;
    let (applied, _) = story.firings("n2", "apply")[1];
    assert!(committed.index < applied.index);
}

/// "term: currentTerm, for candidate to update itself."
#[test]
fn a_candidate_learns_of_a_later_term_from_a_refusal() {
    let story = tell(
        THREE,
        "cut n2 n3; +0ms cut n1 n3; +0ms fire n2 election; +0ms fire n2 election; +60ms heal n1 n3; \
         +0ms fire n3 election; +0ms expect leader n2; +100ms stop",
    );
    let (step, because) = story.firings("n3", "adopt_term")[1];
    assert_eq!(delivered(step), Some(("RequestVoteReply", "n1".into())));
    assert_eq!(because, "n1 is in term 3 > 2, so I am no longer candidate");
}

// ---- Figure 2, Rules for Servers ----

/// "Followers: respond to RPCs from candidates and leaders", to each and whatever the answer; and
/// "followers are passive: they issue no requests on their own" (§5.1).
#[test]
fn a_follower_answers_every_request_and_makes_none() {
    let story = tell(FIVE, "partition n4 n5 | n1 n2 n3; +2s heal all; +0ms expect agreed");
    let requests = ["RequestVote", "AppendEntries", "Heartbeat"];
    let (mut answered, mut role) = (0, Value::from("follower"));
    for step in story.steps.iter().filter(|step| step.node.is_some_and(|id| id.number() == 2)) {
        let asked = delivered(step).filter(|(kind, _)| requests.contains(kind));
        let told = sends(step, "RequestVoteReply").into_iter();
        let told: Vec<String> = told.chain(sends(step, "AppendEntriesReply")).collect();
        assert_eq!(told, asked.map(|(_, from)| from).into_iter().collect::<Vec<_>>());
        answered += told.len();
        let change = step.changes.iter().find(|change| change.field == "role");
        role = change.map_or(role, |change| change.new.clone());
        let asks = requests.iter().any(|kind| !sends(step, kind).is_empty());
        assert!(!asks || role != "follower".into(), "{step:#?}");
    }
    assert!(answered > 40, "{answered}");
}

// ---- §5.1 ----

/// "Time is divided into terms … numbered with consecutive integers. Each term begins with an election."
#[test]
fn every_term_begins_with_an_election_and_is_one_more_than_the_last() {
    let story = tell(THREE, EVENTFUL);
    let mut begun = BTreeSet::from([0]);
    for step in &story.steps {
        let Some(term) = step.changes.iter().find(|change| change.field == "term") else {
            continue;
        };
        let (Value::Number(old), Value::Number(new)) = (&term.old, &term.new) else { continue };
        if step.fired.iter().any(|firing| firing.rule == "start_election") {
            assert_eq!(*new, old + 1, "{step:#?}");
            begun.insert(*new);
        }
        assert!(begun.contains(new), "term {new} has begun without an election: {step:#?}");
    }
    assert!(begun.len() > 3, "{begun:?}");
}

/// "Servers retry RPCs if they do not receive a response in a timely manner."
#[test]
fn an_entry_that_nobody_acknowledges_is_sent_again() {
    let story = tell(
        THREE,
        "command n1 put x 0; when sent AppendEntries n1 n2: drop it; +100ms expect all-committed",
    );
    let all = story.steps.iter().flat_map(|step| &step.sent);
    let to_n2 = all.filter(|sent| sent.message.to.number() == 2);
    let with_entry = to_n2.filter(|sent| sent.message.text.contains("put x 0"));
    assert_eq!(with_entry.count(), 2, "once lost, once again");
}

/// "… and they issue RPCs in parallel for best performance"; "the leader appends the command to its log as
/// a new entry, then issues AppendEntries RPCs in parallel to each of the other servers" (§5.3).
#[test]
fn a_new_entry_goes_to_all_others_at_once() {
    let story = tell(FIVE, "command n1 put x 1");
    let (accepted, _) = story.first("n1", "accept_command");
    assert!(accepted.saved);
    assert_eq!(sends(accepted, "AppendEntries"), ["n2", "n3", "n4", "n5"]);
}

/// "In some situations an election will result in a split vote. In this case the term will end with no
/// leader; a new term (with a new election) will begin shortly."
#[test]
fn a_split_vote_ends_its_term_and_the_next_begins() {
    let script = labs::find("raft").unwrap().scenario("split-vote").unwrap().script;
    let story = tell("", script.trim_end());
    let elected: Vec<&Step> = story
        .steps
        .iter()
        .filter(|step| step.fired.iter().any(|firing| firing.rule == "become_leader"))
        .collect();
    assert_eq!(elected.len(), 1);
    let begins = |step: &&Step, term: u64| {
        let raised = step.changes.iter().any(|it| it.field == "term" && it.new == term.into());
        raised && step.fired.iter().any(|firing| firing.rule == "start_election")
    };
    let first = story.steps.iter().filter(|step| begins(step, 1)).collect::<Vec<_>>();
    let next = story.steps.iter().find(|step| begins(step, 2)).unwrap();
    assert_eq!(first.len(), 2, "two candidates in term 1");
    assert!(next.time.since(first[0].time) <= Span::from_ms(300) && next.index < elected[0].index);
}

// ---- §5.2 ----

/// "When servers start up, they begin as followers": also one that was leader when it crashed.
#[test]
fn a_server_starts_as_a_follower_whatever_it_was() {
    let story = tell(THREE, "crash n1; +50ms restart n1; +0ms stop");
    let (_, because) = story.firings("n1", "begin_as_follower")[1];
    assert_eq!(because, "on disk: term 1, a vote for n1, 1 log entries");
    let n1 = &story.scene.nodes[0];
    assert_eq!((n1.view.role, n1.condition), ("follower", Condition::Up));
}

/// "If the term in the RPC is smaller than the candidate's current term, then the candidate rejects the RPC
/// and continues in candidate state."
#[test]
fn a_candidate_refuses_a_leader_of_the_past_and_stays_candidate() {
    let story = tell(
        THREE,
        "cut n2 n1; +0ms cut n2 n3; +0ms fire n2 election; +70ms expect candidate n2; +0ms stop",
    );
    let (step, because) = story.first("n2", "refuse_append_stale_term");
    assert_eq!(because, "n1 leads term 1 < 2");
    assert!(step.changes.is_empty() && !sets(step, "election"), "{step:#?}");
    assert_eq!(text(step, "AppendEntriesReply"), "term 2, your term is over");
}

/// "Election timeouts are chosen randomly from a fixed interval (e.g., 150–300ms)", whenever a server
/// begins to wait.
#[test]
fn every_election_timeout_is_drawn_from_the_interval() {
    let story = tell(FIVE, "crash n1; +2s restart n1; +1s expect agreed");
    let drawn: Vec<Span> = story
        .steps
        .iter()
        .flat_map(|step| &step.timers)
        .filter(|set| set.name == "election")
        .map(|set| set.drawn)
        .collect();
    assert!(drawn.iter().all(|wait| (Span::from_ms(150)..=Span::from_ms(300)).contains(wait)));
    let different: BTreeSet<&Span> = drawn.iter().collect();
    assert!(different.len() > drawn.len() * 9 / 10, "{} of {}", different.len(), drawn.len());
}

// ---- §5.3 ----

/// "If followers crash or run slowly, or if network packets are lost, the leader retries AppendEntries RPCs
/// indefinitely (even after it has responded to the client) until all followers eventually store all log
/// entries"; and "if the crashed server restarts, then the RPC will complete successfully" (§5.5).
#[test]
fn a_leader_goes_on_until_every_follower_has_everything() {
    let story = tell(
        "lab raft seed=1 nodes=3 clients=1 load=0\n1ms fire n1 election\n150ms expect leader n1\n+0ms ",
        "crash n3; +0ms command c1 put x 1; +5s expect nobody-waits; +0ms restart n3; \
         +100ms expect all-committed",
    );
    let (answered, _) = story.first("n1", "answer_client");
    let sent = |step: &&Step| sends(step, "AppendEntries").contains(&"n3".to_string());
    let after = story.steps.iter().filter(|step| step.index > answered.index).filter(sent);
    assert!(after.count() > 50, "one for each heartbeat of five seconds");
    assert_eq!(story.field("n3", "last index"), Value::Number(2));
}

/// "The leader keeps track of the highest index it knows to be committed, and it includes that index in
/// future AppendEntries RPCs (including heartbeats) so that the other servers eventually find out. Once a
/// follower learns that a log entry is committed, it applies the entry."
#[test]
fn a_heartbeat_tells_what_is_committed() {
    let story = tell(THREE, "expect leader n1; +20ms command n1 put x 1; +100ms stop");
    let (told, because) = story.firings("n3", "follow_commit")[1];
    assert_eq!(delivered(told), Some(("Heartbeat", "n1".into())));
    assert_eq!(because, "the leader has committed up to 2; my log equals its up to 2");
    assert!(told.fired.iter().any(|firing| firing.because == "entry 2: put x 1 → done"));
}

/// "A leader never overwrites or deletes entries in its own log" (Leader Append-Only), whatever its
/// followers have.
#[test]
fn a_leader_only_appends() {
    let story = tell(
        THREE,
        "partition n1 | n2 n3; +0ms command n1 put x 1; +0ms command n1 put x 2; \
         +0ms command n1 put x 3; +0ms command n1 put x 4; +0ms fire n2 election; \
         when leader n2: command n2 put x 5; +100ms fire n3 election; +100ms expect leader n3; \
         +0ms heal all; +300ms expect all-committed",
    );
    assert_eq!(story.firings("n3", "back_up").len(), 1, "it met another log, longer than its own");
    assert_eq!(story.firings("n1", "truncate_conflict").len(), 1);
    assert!(numbers(&story, "n3", "last index").is_sorted());
    assert_eq!(log(&story, "n3"), log(&story, "n1"));
}

/// "In the normal case a new entry can be replicated with a single round of RPCs to a majority of the
/// cluster; and a single slow follower will not impact performance."
#[test]
fn one_slow_follower_holds_nobody_up() {
    let story = tell(
        FIVE,
        "link n1 n5 latency=120ms; +100ms command n1 put x 1; +50ms command n1 put x 2; +1s expect leader n1",
    );
    let accepted = story.firings("n1", "accept_command");
    let commits: BTreeMap<&str, &Step> =
        story.firings("n1", "commit").into_iter().map(|(step, why)| (why, step)).collect();
    for ((asked, _), index) in accepted.iter().zip(2..) {
        let entry = format!("entry {index} of");
        let (_, done) = commits.iter().find(|(why, _)| why.starts_with(&entry)).unwrap();
        assert!(done.time.since(asked.time) <= Span::from_ms(30), "{index}");
    }
}

// ---- §5.5 ----

/// "If a server crashes after completing an RPC but before responding, then it will receive the same RPC
/// again after it restarts. Raft RPCs are idempotent, so this causes no harm."
#[test]
fn an_rpc_that_was_carried_out_and_not_answered_does_no_harm_again() {
    let story = tell(
        THREE,
        "command n1 put x 1; when sent AppendEntriesReply n2 n1: drop it; +0ms crash n2; \
         +10ms restart n2; +200ms expect all-committed",
    );
    let (_, because) = story.firings("n2", "begin_as_follower")[1];
    assert!(because.ends_with("2 log entries"), "{because}");
    let (again, _) = story.first("n2", "already_there");
    assert!(!again.saved);
    assert_eq!(story.field("n2", "last index"), Value::Number(2));
}

// ---- §5.6 ----

/// "Safety must not depend on timing … Raft will be able to elect and maintain a steady leader as long as
/// the system satisfies: broadcastTime ≪ electionTimeout ≪ MTBF."
#[test]
fn without_time_for_a_round_trip_nobody_leads_and_nothing_breaks() {
    let story = tell(
        "lab raft seed=1 nodes=5 clients=2 latency_ms_min=40 latency_ms_max=60 election_ms_min=20 \
         election_ms_max=40 heartbeat_ms=10\n",
        "3s expect no-leader; +0ms set election_ms_max 400; +0ms set election_ms_min 250; \
         +3s expect agreed; +1s expect agreed",
    );
    let healed = story.after("set election_ms_min 250")[0].time;
    let first = story
        .steps
        .iter()
        .find(|step| step.fired.iter().any(|firing| firing.rule == "become_leader"));
    assert!(first.unwrap().time > healed);
}
