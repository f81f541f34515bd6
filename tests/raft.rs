//! Raft, sentence by sentence: one test for each thing that Figure 2 of the paper (Ongaro and Ousterhout
//! 2014) tells a server to do, and for those of §5 and §8 that stand in the text only.

mod story;

use faultline::sim::{Cause, Input, Span, Step, Value};
use story::{FIVE, THREE, sends, sets, tell, text};

// ---- State ----

/// "Persistent state on all servers (updated on stable storage before responding to RPCs)."
#[test]
fn term_vote_and_log_are_saved_before_they_are_told() {
    let story = tell(THREE, "command n1 put x 1; +100ms crash n2; +0ms restart n2; +0ms stop");
    for step in &story.steps {
        let promises = step.fired.iter().any(|firing| {
            ["grant_vote", "append_entries", "adopt_term", "start_election", "accept_command"]
                .contains(&firing.rule)
        });
        assert!(!promises || step.saved, "{step:#?}");
    }
    let (_, because) = story.firings("n2", "begin_as_follower")[1];
    assert_eq!(because, "on disk: term 1, a vote for n1, 2 log entries");
}

/// "… before responding to RPCs": whoever crashes as soon as it has answered knows what it has promised.
#[test]
fn a_promise_is_on_disk_when_it_is_told() {
    let vote = tell(
        "lab raft seed=1 nodes=3 clients=0\n1ms fire n1 election\n",
        "when sent RequestVoteReply n2 n1: crash n2; +0ms restart n2; +0ms stop",
    );
    let (_, because) = vote.firings("n2", "begin_as_follower")[1];
    assert_eq!(because, "on disk: term 1, a vote for n1, 0 log entries");
    let term = tell(
        THREE,
        "partition n1 n2 | n3; +0ms command n1 put x 1; +100ms heal all; +0ms fire n3 election; \
         when sent RequestVoteReply n2 n3: crash n2; +0ms restart n2; +0ms stop",
    );
    let (_, because) = term.firings("n2", "begin_as_follower")[1];
    assert_eq!(because, "on disk: term 2, no vote, 2 log entries");
    let entry = tell(
        THREE,
        "command n1 put x 1; when sent AppendEntriesReply n2 n1: crash n2; +0ms restart n2; +0ms stop",
    );
    let (_, because) = entry.firings("n2", "begin_as_follower")[1];
    assert_eq!(because, "on disk: term 1, a vote for n1, 2 log entries");
}

/// "Volatile state on all servers: commitIndex … (initialized to 0)."
#[test]
fn a_restarted_server_does_not_know_what_is_committed() {
    let story = tell(THREE, "command n1 put x 1; +200ms crash n2; +0ms restart n2; +0ms stop");
    assert_eq!(story.field("n2", "committed"), Value::Number(0));
    assert_eq!(story.field("n2", "last index"), Value::Number(2));
}

/// "nextIndex[] (initialized to leader last log index + 1)."
#[test]
fn a_new_leader_begins_to_send_after_its_own_last_entry() {
    let story = tell(THREE, "command n1 put x 1; +100ms fire n2 election");
    let (step, _) = story.first("n2", "become_leader");
    assert!(text(step, "AppendEntries").starts_with("term 2, after 2 of term 1: 3:no-op"));
}

// ---- AppendEntries RPC, receiver ----

/// "1. Reply false if term < currentTerm (§5.1)."
#[test]
fn a_leader_of_the_past_is_refused() {
    let story =
        tell(THREE, "cut n2 n1; +0ms cut n3 n1; +0ms fire n2 election; +300ms expect leader n2");
    let (step, because) = story.first("n2", "refuse_append_stale_term");
    assert_eq!(because, "n1 leads term 1 < 2");
    assert_eq!(text(step, "AppendEntriesReply"), "term 2, your term is over");
}

/// "2. Reply false if log doesn't contain an entry at prevLogIndex whose term matches prevLogTerm
/// (§5.3)."
#[test]
fn entries_after_a_gap_are_refused() {
    let story = tell(
        THREE,
        "partition n1 n2 | n3; +0ms command n1 put x 1; +100ms fire n2 election; \
         when leader n2: command n2 put x 2; +50ms heal all",
    );
    let (step, because) = story.first("n3", "refuse_gap");
    assert!(because.ends_with("is not in my log, which ends with 1 of term 1"), "{because}");
    assert!(text(step, "AppendEntriesReply").contains("the log ends before 2"));
}

/// "3. If an existing entry conflicts with a new one (same index but different terms), delete the
/// existing entry and all that follow it (§5.3)."
#[test]
fn entries_that_conflict_are_deleted_with_all_that_follow() {
    let story = tell(
        THREE,
        "partition n1 | n2 n3; +0ms command n1 put x 1; +0ms command n1 put x 2; \
         +0ms fire n2 election; when leader n2: expect leader n2; +100ms heal all",
    );
    let (_, because) = story.first("n1", "truncate_conflict");
    assert_eq!(because, "entry 2 was of term 1, is of term 2: 2 to 3 go");
}

/// "4. Append any new entries not already in the log." An old message that comes late, or twice,
/// takes nothing away.
#[test]
fn entries_that_are_there_already_are_left_alone() {
    let story = tell(
        THREE,
        "command n1 put x 1; when sent AppendEntries n1 n2: delay it 60ms; \
         +1ms command n1 put x 2",
    );
    let (step, because) = story.first("n2", "already_there");
    assert_eq!(because, "my log has entry 2 already");
    assert!(!step.saved && step.changes.iter().all(|change| change.field != "last index"));
    assert_eq!(story.field("n2", "last index"), Value::Number(3));
}

/// "5. If leaderCommit > commitIndex, set commitIndex = min(leaderCommit, index of last new entry)."
#[test]
fn a_follower_commits_no_further_than_its_log_is_known_to_match() {
    let story = tell(
        "lab raft seed=1 nodes=3 clients=0 batch_max=1\n1ms fire n1 election\n150ms expect leader n1\n+0ms ",
        "partition n1 n2 | n3; +0ms command n1 put x 1; +0ms command n1 put x 2; \
         +100ms command n1 put x 3; +100ms heal all",
    );
    let limits = story.firings("n3", "follow_commit").into_iter().map(|(_, because)| because);
    let limited: Vec<&str> = limits.filter(|it| it.contains("committed up to 4")).collect();
    assert!(limited[0].ends_with("my log equals its up to 2"), "{limited:?}");
    let commits = story.steps.iter().filter(|step| step.node.is_some_and(|id| id.number() == 3));
    let commits = commits.flat_map(|step| &step.changes).filter(|it| it.field == "committed");
    let commits: Vec<String> = commits.map(|change| change.new.to_string()).collect();
    assert_eq!(commits, ["1", "2", "3", "4"]);
}

// ---- RequestVote RPC, receiver ----

/// "1. Reply false if term < currentTerm (§5.1)."
#[test]
fn a_candidate_of_the_past_gets_no_vote() {
    let story = tell(
        THREE,
        "fire n3 election; when sent RequestVote n3 n1: delay it 60ms; \
         when sent RequestVote n3 n2: delay it 60ms; +0ms fire n2 election; \
         +1ms fire n2 election; +300ms expect leader n2",
    );
    let (step, because) = story.first("n1", "refuse_vote_stale_term");
    assert_eq!(because, "n3 asks in term 2 < 3");
    assert_eq!(text(step, "RequestVoteReply"), "term 3, refused");
}

/// "2. If votedFor is null or candidateId … grant vote (§5.2, §5.4)": first come, first served.
#[test]
fn a_server_votes_once_a_term() {
    let story = tell(
        "lab raft seed=1 nodes=3 clients=0\n1ms fire n1 election\n",
        "+0ms fire n3 election; +100ms expect agreed",
    );
    let votes =
        story.firings("n2", "grant_vote").len() + story.firings("n2", "refuse_vote_taken").len();
    assert_eq!((story.firings("n2", "grant_vote").len(), votes), (1, 2));
}

/// "votedFor is … candidateId": a candidate that asks twice is answered twice.
#[test]
fn the_same_candidate_gets_the_same_vote_again() {
    let story = tell(
        "lab raft seed=1 nodes=3 clients=0\n1ms fire n1 election\n",
        "when sent RequestVote n1 n2: duplicate it; +100ms expect leader n1",
    );
    let grants = story.firings("n2", "grant_vote");
    assert_eq!(grants.len(), 2);
    assert!(grants[1].1.starts_with("again term 1"));
    // One voter is one vote, however often it says so.
    assert!(story.firings("n1", "become_leader")[0].1.ends_with("of 3"));
}

/// "If the logs have last entries with different terms, then the log with the later term is more
/// up-to-date. If the logs end with the same term, then whichever log is longer" (§5.4.1).
#[test]
fn a_candidate_whose_log_is_behind_gets_no_vote() {
    let longer = tell(
        THREE,
        "partition n1 n2 | n3; +0ms command n1 put x 1; +100ms heal all; +0ms fire n3 election",
    );
    let (_, because) = longer.first("n2", "refuse_vote_log_behind");
    assert_eq!(because, "my log ends with 2 of term 1, that of n3 with 1 of term 1");

    let later = tell(
        THREE,
        "partition n1 | n2 n3; +0ms command n1 put x 1; +0ms command n1 put x 2; \
         +0ms crash n1; +0ms fire n2 election; +100ms heal all; +0ms restart n1; \
         +0ms fire n1 election; +0ms fire n1 election",
    );
    let (_, because) = later.first("n3", "refuse_vote_log_behind");
    assert_eq!(because, "my log ends with 2 of term 2, that of n1 with 3 of term 1");
}

// ---- Rules for all servers ----

/// "If commitIndex > lastApplied: increment lastApplied, apply log[lastApplied] to state machine."
#[test]
fn what_is_committed_is_applied_in_order() {
    let story = tell(THREE, "command n1 put x 1; +0ms command n1 put x 2; +0ms command n1 get x");
    for node in ["n1", "n2", "n3"] {
        let applied: Vec<&str> =
            story.firings(node, "apply").into_iter().map(|(_, because)| because).collect();
        let wanted = [
            "entry 1: no-op",
            "entry 2: put x 1 → done",
            "entry 3: put x 2 → done",
            "entry 4: get x → 2",
        ];
        assert_eq!(applied, wanted, "{node}");
    }
}

/// "If RPC request or response contains term T > currentTerm: set currentTerm = T, convert to
/// follower (§5.1)."
#[test]
fn a_higher_term_is_adopted_from_requests_and_from_responses() {
    let story = tell(
        THREE,
        "partition n3 | n1 n2; +0ms fire n3 election; +0ms fire n3 election; +100ms heal all; \
         +1s expect agreed",
    );
    let adopted = story.firings("n1", "adopt_term");
    let by_response = adopted.iter().find(|(step, _)| match &step.cause {
        Cause::Deliver(message) => message.kind == "AppendEntriesReply",
        _ => false,
    });
    let (step, because) = by_response.expect("n3 answers the leader with its higher term");
    assert_eq!(*because, "n3 is in term 3 > 1, so I am no longer leader");
    assert!(step.changes.iter().any(|it| it.field == "role" && it.new == "follower".into()));
    let by_request = adopted.iter().any(|(step, _)| match &step.cause {
        Cause::Deliver(message) => message.kind == "RequestVote",
        _ => false,
    });
    assert!(by_request || !story.firings("n2", "adopt_term").is_empty());
}

// ---- Followers ----

/// "If election timeout elapses without receiving AppendEntries RPC from current leader or granting
/// vote to candidate: convert to candidate."
#[test]
fn the_leader_and_a_granted_vote_keep_a_follower_quiet_and_a_refused_one_does_not() {
    let story = tell(
        THREE,
        "partition n1 n2 | n3; +0ms command n1 put x 1; +100ms heal all; +0ms fire n3 election; \
         +0ms expect leader n1",
    );
    let (granted, _) = story.first("n2", "grant_vote");
    let (heard, _) = story.first("n2", "heartbeat_heard");
    let (refused, _) = story.first("n2", "refuse_vote_log_behind");
    assert!(sets(granted, "election") && sets(heard, "election"));
    assert!(!sets(refused, "election"), "{refused:#?}");
}

// ---- Candidates ----

/// "On conversion to candidate, start election: increment currentTerm, vote for self, reset election
/// timer, send RequestVote RPCs to all other servers."
#[test]
fn a_candidate_votes_for_itself_and_asks_all_others() {
    let story = tell(FIVE, "expect leader n1");
    let (step, _) = story.first("n1", "start_election");
    assert_eq!(sends(step, "RequestVote"), ["n2", "n3", "n4", "n5"]);
    assert!(step.saved && sets(step, "election"));
    let change = |field| step.changes.iter().find(|it| it.field == field).unwrap().new.to_string();
    assert_eq!((change("term"), change("voted for")), ("1".into(), "n1".into()));
}

/// "If votes received from majority of servers: become leader." Of all servers, not of those alive.
#[test]
fn a_minority_elects_nobody_however_few_are_alive() {
    let story = tell(
        FIVE,
        "crash n1; +0ms crash n3; +0ms crash n4; +3s expect no-leader; +0ms restart n3; \
         +1s expect agreed",
    );
    let restart = Input::Restart("n3".parse().unwrap());
    let back = story.after(&restart.to_string())[0].time;
    let elected: Vec<&Step> = story
        .steps
        .iter()
        .filter(|it| it.fired.iter().any(|f| f.rule == "become_leader"))
        .collect();
    assert_eq!(elected.len(), 2);
    assert!(elected[1].time > back);
}

/// "If AppendEntries RPC received from new leader: convert to follower."
#[test]
fn a_candidate_gives_way_to_the_leader_of_its_term() {
    let story = tell(
        "lab raft seed=1 nodes=3 clients=0\n1ms fire n1 election\n",
        "+0ms fire n3 election; +200ms expect one-leader",
    );
    let yields = ["n1", "n3"].map(|node| story.firings(node, "yield_to_leader").len());
    assert_eq!(yields.iter().sum::<usize>(), 1, "{yields:?}");
}

/// "If election timeout elapses: start new election", with a timeout drawn anew (§5.2).
#[test]
fn a_candidate_that_does_not_win_tries_again_after_another_random_time() {
    let story = tell(FIVE, "partition n5 | n1 n2 n3 n4; +4s expect leader n1");
    let waits: Vec<Span> = story
        .firings("n5", "start_election")
        .iter()
        .flat_map(|(step, _)| step.timers.iter().map(|set| set.drawn))
        .collect();
    assert!(waits.len() > 10, "{waits:?}");
    assert!(waits.iter().all(|wait| (Span::from_ms(150)..=Span::from_ms(300)).contains(wait)));
    assert!(waits.windows(2).all(|pair| pair[0] != pair[1]), "{waits:?}");
}

/// A vote counts "while it is still candidate in the same term" (§5.2).
#[test]
fn a_late_vote_of_an_earlier_term_does_not_count() {
    let story = tell(
        "lab raft seed=1 nodes=3 clients=0\n0s partition n1 | n3\n",
        "1ms fire n1 election; when sent RequestVoteReply n2 n1: delay it 100ms; +0ms cut n1 n2; \
         +1ms fire n1 election; +150ms expect not leader n1; +0ms stop",
    );
    let (_, because) = story.first("n1", "ignore_vote");
    assert_eq!(because, "it is of term 1; I am candidate in term 2");
}

// ---- Leaders ----

/// "Upon election: send initial empty AppendEntries RPCs (heartbeat) to each server; repeat during
/// idle periods to prevent election timeouts (§5.2)."
#[test]
fn a_leader_is_heard_at_once_and_ever_after() {
    let story = tell(FIVE, "expect leader n1; +5s expect leader n1");
    let (elected, _) = story.first("n1", "become_leader");
    assert_eq!(sends(elected, "AppendEntries"), ["n2", "n3", "n4", "n5"]);
    let beats = story.firings("n1", "send_heartbeats");
    assert!(beats.windows(2).all(|two| two[1].0.time.since(two[0].0.time) == Span::from_ms(50)));
    assert_eq!(story.field("n5", "term"), Value::Number(1));
}

/// "If command received from client: append entry to local log, respond after entry applied to state
/// machine (§5.3)."
#[test]
fn a_client_is_answered_when_its_command_is_applied_and_not_before() {
    let story = tell(
        "lab raft seed=1 nodes=3 clients=1 load=0\n1ms fire n1 election\n150ms expect leader n1\n+0ms ",
        "partition n1 c1 | n2 n3; +0ms command c1 put x 1; +100ms expect not nobody-waits; \
         +0ms heal all; +500ms expect nobody-waits",
    );
    let (accepted, _) = story.first("n1", "accept_command");
    assert!(sends(accepted, "ClientReply").is_empty());
    let (answered, _) = story.first("n1", "answer_client");
    let rules: Vec<&str> = answered.fired.iter().map(|firing| firing.rule).collect();
    let place = |rule| rules.iter().position(|fired| *fired == rule).unwrap();
    assert!(place("commit") < place("apply") && place("apply") < place("answer_client"));
}

/// "If last log index ≥ nextIndex for a follower: send AppendEntries RPC with log entries starting at
/// nextIndex."
#[test]
fn a_follower_is_sent_all_that_it_lacks() {
    let story = tell(
        THREE,
        "partition n3 | n1 n2; +0ms command n1 put x 1; +0ms command n1 put x 2; +100ms heal all",
    );
    let (_, because) = story
        .firings("n3", "append_entries")
        .into_iter()
        .find(|(step, _)| step.time.since(story.after("heal all")[0].time) > Span::ZERO)
        .unwrap();
    assert_eq!(because, "entries 2 to 3");
}

/// "If successful: update nextIndex and matchIndex for follower. If AppendEntries fails because of log
/// inconsistency: decrement nextIndex and retry (§5.3)", by whole terms.
#[test]
fn a_leader_goes_back_by_whole_terms() {
    let story = tell(
        THREE,
        "partition n1 | n2 n3; +0ms command n1 put x 1; +0ms command n1 put x 2; \
         +0ms command n1 put x 3; +0ms fire n2 election; when leader n2: command n2 put x 4; \
         +0ms command n2 put x 5; +100ms fire n3 election; +100ms heal all",
    );
    let backs = story.firings("n3", "back_up");
    assert_eq!(backs.len(), 1, "{backs:?}");
    assert_eq!(backs[0].1, "entry 4 of n1 is of term 1: 5 → 2");
    assert!(story.firings("n3", "advance_match").iter().any(|(_, why)| why.contains("of n1")));
}

/// "If there exists an N such that N > commitIndex, a majority of matchIndex[i] ≥ N, and log[N].term
/// == currentTerm: set commitIndex = N (§5.3, §5.4)."
#[test]
fn a_leader_commits_what_a_majority_holds_and_no_more() {
    let story = tell(FIVE, "partition n1 n2 | n3 n4 n5; +0ms command n1 put x 1; +60ms stop");
    let (_, because) = story.firings("n1", "wait_for_majority").pop().unwrap();
    assert_eq!(because, "entry 2 is on 2 servers; 3 are a majority");
    assert_eq!(story.field("n1", "committed"), Value::Number(1));
}

/// "Raft never commits log entries from previous terms by counting replicas" (§5.4.2).
#[test]
fn an_entry_of_an_earlier_term_is_committed_only_with_one_of_the_leaders_own() {
    let story = tell(
        "lab raft seed=1 nodes=3 clients=0 batch_max=1\n1ms fire n1 election\n150ms expect leader n1\n+0ms ",
        "partition n1 n2 | n3; +0ms command n1 put x 1; +20ms crash n1; +0ms heal all; \
         +0ms fire n2 election; +1s expect agreed; +0ms expect leader n2",
    );
    let (held, because) = story.first("n2", "hold_old_term");
    assert_eq!(because, "entry 2 is on a majority, but of term 1 < 2");
    let (committed, _) = story.first("n2", "commit");
    assert!(held.index < committed.index);
    assert_eq!(story.field("n2", "committed"), Value::Number(3));
}

// ---- Clients (§8) ----

/// "If the client's first choice is not the leader, that server will reject the client's request and
/// supply information about the most recent leader it has heard from."
#[test]
fn a_client_is_sent_to_the_leader() {
    let story = tell(
        "lab raft seed=1 nodes=3 clients=1 load=0\n1ms fire n3 election\n150ms expect leader n3\n+0ms ",
        "command c1 put x 1; +200ms expect nobody-waits",
    );
    assert_eq!(story.first("n1", "refuse_not_leader").1, "I am follower in term 1; n3 leads");
    assert_eq!(story.first("c1", "client_follow_hint").1, "n1 says that n3 leads");
    assert_eq!(story.field("c1", "leader"), Value::Node("n3".parse().unwrap()));
}

/// "If the leader crashes, client requests will time out; clients then try again."
#[test]
fn a_client_asks_another_server_when_the_leader_is_silent() {
    let story = tell(
        "lab raft seed=1 nodes=3 clients=1 load=0\n1ms fire n1 election\n150ms expect leader n1\n+0ms ",
        "crash n1; +0ms command c1 put x 1; +2s expect nobody-waits",
    );
    assert_eq!(story.first("c1", "client_retry").1, "n1 is silent: #1 goes to n2 after 1 try");
}

/// "If it receives a command whose serial number has already been executed, it responds immediately
/// without re-executing the request."
#[test]
fn a_repeated_request_takes_effect_once() {
    let story = tell(
        "lab raft seed=1 nodes=3 clients=1 load=0\n1ms fire n1 election\n150ms expect leader n1\n+0ms ",
        "command c1 put x 1; when sent ClientReply n1 c1: drop it; +1s expect nobody-waits",
    );
    assert_eq!(story.first("n1", "answer_repeat").1, "c1#1 has taken effect already");
    let puts = story.firings("n2", "apply").into_iter().filter(|(_, why)| why.contains("put x 1"));
    assert_eq!(puts.count(), 1);
}

/// "Each leader [has to] commit a blank no-op entry into the log at the start of its term."
#[test]
fn a_new_leader_commits_a_no_op_and_with_it_all_before() {
    let story = tell(
        THREE,
        "command n1 put x 1; +20ms crash n1; +2s expect agreed; +0ms expect all-committed",
    );
    let elected = story.steps.iter().filter(|it| it.fired.iter().any(|f| f.rule == "append_no_op"));
    assert_eq!(elected.count(), 2);
    assert_eq!(story.firings("n2", "apply")[2].1, "entry 3: no-op");
}
