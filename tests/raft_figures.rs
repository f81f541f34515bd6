//! The figures of the paper (Ongaro and Ousterhout 2014), from scripts that only crash, cut, drop and ask.

use faultline::labs;
use faultline::play::{Limits, Script, watch_script};
use faultline::sim::{Panel, Scene, Step};

/// The terms of a server's log, entry by entry.
fn terms(scene: &Scene, node: &str) -> Vec<u64> {
    let node = scene.nodes.iter().find(|it| it.id.to_string() == node).unwrap();
    let log = node.panels.iter().find_map(|panel| match panel {
        Panel::Log { first: 1, entries, .. } => Some(entries.iter().map(|it| it.term).collect()),
        _ => None,
    });
    log.unwrap_or_else(|| panic!("the whole log of {} is shown", node.id))
}

fn scenario(id: &str) -> String {
    labs::find("raft").unwrap().scenario(id).unwrap().script.to_string()
}

/// Plays a script, and gives all its steps and the scene at its end.
fn play(text: &str) -> (Vec<Step>, Scene) {
    let script: Script = text.parse().unwrap_or_else(|error| panic!("{error}"));
    let mut steps = Vec::new();
    let outcome =
        watch_script(&script, Limits::default(), &mut |step, _| steps.push(step.clone())).unwrap();
    assert_eq!(outcome.problems, []);
    assert_eq!(outcome.violations, []);
    (steps, outcome.scene())
}

/// The scenario, cut off before the line that begins so, and stopped there.
fn until(id: &str, line: &str) -> String {
    let script = scenario(id);
    let end = script.find(line).unwrap_or_else(|| panic!("{id} has a line {line}"));
    format!("{}+0ms stop\n", &script[..end])
}

const LEADER: [u64; 10] = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6];

/// Figure 7: "When the leader at the top comes to power, it is possible that any of scenarios (a–f) could
/// occur in follower logs."
#[test]
fn the_seven_logs_of_figure_7_come_about() {
    let (_, scene) = play(&until("figure-7", "# It brings every log to its own"));
    assert_eq!(terms(&scene, "n1")[..10], LEADER);
    assert_eq!(terms(&scene, "n2"), [1, 1, 1, 4, 4, 5, 5, 6, 6], "(a)");
    assert_eq!(terms(&scene, "n3"), [1, 1, 1, 4], "(b)");
    assert_eq!(terms(&scene, "n4"), [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6], "(c)");
    assert_eq!(terms(&scene, "n5"), [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7], "(d)");
    assert_eq!(terms(&scene, "n6"), [1, 1, 1, 4, 4, 4, 4], "(e)");
    assert_eq!(terms(&scene, "n7"), [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3], "(f)");
    // And they stand beside each other, as in the figure.
    let logs = scene.panels.iter().find(|panel| panel.title() == "logs").unwrap().table().rows;
    let shown: Vec<String> = logs.iter().map(|row| row[1].to_string()).collect();
    assert_eq!(shown[5].replace(" |", ""), "1 1 1 4 4 4 4", "(e)");
    assert_eq!(shown[6].replace(" |", ""), "1 1 1 2 2 2 3 3 3 3 3", "(f)");
    assert_eq!(shown[0], "1 1 1 4 4 5 5 6 6 | 6 8", "a bar behind what is known to be committed");
}

/// §5.4.1: "if the logs have last entries with different terms, then the log with the later term is more
/// up-to-date"; else the longer one. So (a), (b), (e) and (f) vote for the leader of term 8, (c) and (d) do not.
#[test]
fn the_leader_of_figure_7_gets_the_votes_of_a_b_e_and_f() {
    let (steps, _) = play(&scenario("figure-7"));
    let voted = |rule: &str| -> Vec<String> {
        let fired = |step: &&Step| {
            step.fired.iter().any(|it| it.rule == rule)
                && step.changes.iter().any(|it| it.field == "term" && it.new.to_string() == "8")
        };
        let mut nodes: Vec<String> =
            steps.iter().filter(fired).map(|step| step.node.unwrap().to_string()).collect();
        nodes.sort();
        nodes
    };
    assert_eq!(voted("grant_vote"), ["n2", "n3", "n6", "n7"]);
    assert_eq!(voted("refuse_vote_log_behind"), ["n4", "n5"]);
}

/// §5.3: "In Raft, the leader handles inconsistencies by forcing the followers' logs to duplicate its own."
#[test]
fn every_log_of_figure_7_is_repaired() {
    let (steps, scene) = play(&scenario("figure-7"));
    let mut whole = LEADER.to_vec();
    whole.push(8);
    for node in ["n1", "n2", "n3", "n4", "n5", "n6", "n7"] {
        assert_eq!(terms(&scene, node), whole, "{node}");
    }
    // The extra entries of (c), (d), (e) and (f) gave way; (a) and (b) only lacked some.
    let mut truncated: Vec<String> = steps
        .iter()
        .filter(|step| step.fired.iter().any(|it| it.rule == "truncate_conflict"))
        .map(|step| step.node.unwrap().to_string())
        .collect();
    truncated.dedup();
    truncated.sort();
    assert_eq!(truncated, ["n4", "n5", "n6", "n7"]);
}

/// Figure 8 (a) to (c): entry 2 of term 1 comes to be on a majority in term 3, and is not committed.
#[test]
fn figure_8_brings_an_old_entry_to_a_majority_without_committing_it() {
    let (steps, scene) = play(&until("figure-8", "# Though on a majority"));
    assert!(terms(&scene, "n1").starts_with(&[1, 1, 3]));
    for node in ["n2", "n3"] {
        assert!(terms(&scene, node).starts_with(&[1, 1]), "{node}");
    }
    assert_eq!(terms(&scene, "n4"), [1]);
    assert!(steps.iter().any(|step| step.fired.iter().any(|it| it.rule == "hold_old_term")));
}

/// Figure 8 (d): "S5 … could … overwrite the entry with its own entry from term" 2 (3 in the paper).
#[test]
fn figure_8_d_overwrites_it() {
    let (_, scene) = play(&scenario("figure-8"));
    for node in ["n1", "n2", "n3", "n4", "n5"] {
        assert_eq!(terms(&scene, node)[..2], [1, 2], "{node}");
    }
}

/// Figure 8 (e): "if S1 replicates an entry from its current term on a majority of the servers before
/// crashing, … S5 cannot win an election."
#[test]
fn figure_8_e_makes_it_safe() {
    let (steps, scene) = play(&scenario("figure-8-e"));
    for node in ["n1", "n2", "n3", "n4", "n5"] {
        assert_eq!(terms(&scene, node)[..3], [1, 1, 3], "{node}");
    }
    let refused = |step: &&Step| step.fired.iter().any(|it| it.rule == "refuse_vote_log_behind");
    assert!(steps.iter().filter(refused).count() >= 3);
}

/// Without the rule of §5.4.2 the entry of Figure 8 is committed in (c), and lost in (d).
#[test]
fn figure_8_without_the_rule_loses_a_committed_entry() {
    let mut script: Script = scenario("figure-8").parse().unwrap();
    script.setup.set_variant("count-old-terms").unwrap();
    let outcome = watch_script(&script, Limits::default(), &mut |_, _| {}).unwrap();
    assert!(outcome.has_broken("leader-completeness"));
}
