//! Several runs beside each other: where they part, and what is counted of them.

use faultline::labs::{self, PAIRS, Setup, VariantKind, find_pair};
use faultline::play::compare::{Comparison, Figure, Kind, Request, Sweep};
use faultline::play::script::read_act;
use faultline::play::{Limits, Script, Session, run_script};
use faultline::sim::{Input, NodeId, Time};

const SLICE: u64 = 5_000;

fn ms(ms: u64) -> Time {
    Time(ms * 1_000)
}

fn ready(request: &Request) -> Comparison {
    let mut comparison = Comparison::new(request.kind, &request.parts).expect("it starts");
    while !comparison.prepare(SLICE) {}
    comparison
}

fn read(what: &str, query: &[(&str, &str)]) -> Request {
    let query: Vec<_> = query.iter().map(|(n, v)| (n.to_string(), v.to_string())).collect();
    Request::read(what, &query, labs::ALL).unwrap_or_else(|why| panic!("{why}"))
}

fn figure(comparison: &Comparison, name: &str) -> Figure {
    let mut all = comparison.figures().into_iter().chain(comparison.verdicts());
    all.find(|figure| figure.name == name).unwrap_or_else(|| panic!("there is no figure {name}"))
}

fn texts(figure: &Figure) -> Vec<&str> {
    figure.cells.iter().map(|cell| cell.text.as_str()).collect()
}

fn clocks(comparison: &Comparison) -> Vec<Time> {
    comparison.sides().iter().map(|side| side.session().clock()).collect()
}

/// A session of Raft with several runs: each crashes another node at the same place, and goes on.
fn forks(count: u8) -> Session {
    let mut session = Session::new(Setup::new(labs::find("raft").unwrap(), 5)).unwrap();
    session.seek_time(ms(1_000));
    let place = session.position();
    for node in 1..=count {
        session.seek_step(place);
        session.act(Input::Crash(NodeId::server(6 - node))).unwrap();
        session.seek_time(ms(3_000));
    }
    session
}

#[test]
fn runs_that_parted_differ_first_at_the_act_that_parted_them() {
    let mut session = forks(2);
    let acted = session.inputs().next().unwrap().clone();
    let request = Request::of_runs(&mut session).expect("there are two runs");
    let comparison = ready(&request);
    let difference = comparison.sides()[1].differs().expect("they differ");
    assert_eq!((difference.step, difference.time), (acted.step, acted.time));
    let sentence = difference.sentence("Run A", "Run B");
    let begins = format!("First difference: step {} at 0.9", acted.step);
    assert!(sentence.starts_with(&begins), "{sentence}");
    assert!(sentence.contains(" Run A: n5 crashes."), "{sentence}");
    assert!(sentence.contains(" Run B: n4 crashes."), "{sentence}");
}

#[test]
fn four_runs_are_compared_with_the_first_and_keep_their_names() {
    let request = Request::of_runs(&mut forks(4)).unwrap();
    let comparison = ready(&request);
    let names: Vec<&str> = comparison.sides().iter().map(|side| side.name.as_str()).collect();
    assert_eq!(names, ["Run A", "Run B", "Run C", "Run D"]);
    assert!(comparison.sides()[1..].iter().all(|side| side.differs().is_some()));
    let cells = figure(&comparison, "Without a leader").cells;
    assert!(cells[0].difference.is_none() && cells[1].difference.is_some(), "{cells:?}");
}

#[test]
fn the_same_run_twice_does_not_differ() {
    let raft = labs::find("raft").unwrap();
    let script: Script = raft.scenario("leader-crash").unwrap().script.parse().unwrap();
    let setups = [script.setup.clone(), script.setup.clone()];
    let comparison = ready(&Request::of_setups(&script, &setups));
    assert_eq!((comparison.sides()[1].differs(), comparison.parting()), (None, None));
    assert!(comparison.figures().iter().chain(&comparison.verdicts()).all(|f| !f.differs));
}

#[test]
fn with_other_luck_the_first_difference_tells_what_each_does_at_that_time() {
    let comparison = ready(&read("raft", &[("b", "seed=9")]));
    let difference = comparison.sides()[1].differs().expect("the luck is another");
    assert_eq!(difference.acts.iter().filter(|acts| **acts).count(), 1, "{difference:?}");
    let idle =
        difference.told.iter().filter(|told| told.starts_with("Nothing happens then")).count();
    assert_eq!(idle, 1, "{difference:?}");
}

#[test]
fn one_clock_drives_all_whatever_the_move() {
    let mut comparison = ready(&read("bully-raft", &[("story", "leader-crash")]));
    let end = comparison.clock();
    assert_eq!(clocks(&comparison), [end, end]);
    comparison.seek(ms(2_100), SLICE);
    assert_eq!(clocks(&comparison), [ms(2_100), ms(2_100)]);
    let mut seen = Vec::new();
    for _ in 0..10 {
        assert!(comparison.step());
        seen.push(comparison.clock());
        assert_eq!(clocks(&comparison), [comparison.clock(); 2]);
    }
    assert!(seen.windows(2).all(|pair| pair[0] < pair[1]), "{seen:?}");
    comparison.back();
    assert_eq!(comparison.clock(), seen[8]);
    comparison.next_change();
    assert!(comparison.clock() >= seen[9]);
    assert_eq!(clocks(&comparison), [comparison.clock(); 2]);
}

#[test]
fn figures_at_a_time_are_the_same_when_one_comes_back_to_it() {
    let mut comparison = ready(&read("bully-raft", &[("story", "minority-cut")]));
    comparison.seek(ms(3_000), SLICE);
    let (figures, verdicts) = (comparison.figures(), comparison.verdicts());
    comparison.seek(ms(6_000), SLICE);
    assert_ne!(comparison.figures(), figures);
    comparison.seek(ms(500), SLICE);
    comparison.seek(ms(3_000), SLICE);
    assert_eq!((comparison.figures(), comparison.verdicts()), (figures, verdicts));
}

#[test]
fn a_cut_makes_two_bosses_in_bully_and_one_leader_in_raft() {
    let mut comparison = ready(&read("bully-raft", &[("story", "minority-cut")]));
    comparison.seek(ms(4_900), SLICE);
    assert_eq!(texts(&figure(&comparison, "Most leaders at once")), ["2", "1"]);
    let leaders: Vec<u32> = comparison.sides().iter().map(|s| s.outcome().leaders).collect();
    assert_eq!(leaders, [2, 1]);
    assert_eq!(texts(&figure(&comparison, "Writes lost")), ["not applicable", "0"]);
    let parting = comparison.parting().expect("they fare differently");
    assert!((ms(2_000)..ms(3_000)).contains(&parting.time), "{parting:?}");
    assert_eq!(parting.outcomes[0].words(true), "two leaders, service fails");
}

#[test]
fn what_is_counted_is_what_the_run_did() {
    let script = "lab bully seed=1 nodes=5\n2s crash n5\n";
    let mut comparison = ready(&read("bully", &[("script", script), ("b", "seed=2")]));
    comparison.seek(ms(2_500), SLICE);
    let mut session = Session::play_script(&script.parse().unwrap()).unwrap();
    session.seek_time(ms(2_500));
    let sent: usize = session.steps(0..session.position()).iter().map(|step| step.sent.len()).sum();
    assert_eq!(figure(&comparison, "Messages").cells[0].text, sent.to_string());
    // The lab counts the same from within.
    let own = figure(&comparison, "Lab: time without a leader").cells[0].text.clone();
    assert_eq!(figure(&comparison, "Without a leader").cells[0].text, own);
}

#[test]
fn an_act_is_done_in_all_and_where_it_makes_no_sense_it_is_refused_with_its_reason() {
    let mut comparison = ready(&read("bully-raft", &[("story", "leader-crash")]));
    comparison.seek(ms(1_500), SLICE);
    let acted = comparison.act(&Input::Pause(NodeId::server(2)));
    assert!(acted.told.iter().all(Result::is_ok) && acted.changed_past);
    assert_eq!(comparison.end(), ms(1_500), "another future begins");
    let put = Input::Command(NodeId::client(1), "put x 1".into());
    let acted = comparison.act(&put);
    let refused = acted.told[0].as_ref().expect_err("Bully has no clients");
    assert!(refused.0.contains("put") || refused.0.contains("c1"), "{refused}");
    assert!(acted.told[1].is_ok() && !acted.is_refused());
    assert!(comparison.act(&Input::Crash(NodeId::server(9))).is_refused());
    comparison.seek(ms(4_000), SLICE);
    let paused = |side: usize| comparison.sides()[side].session().scene().nodes[1].condition;
    assert_eq!((paused(0).word(), paused(1).word()), ("paused", "paused"));
}

#[test]
fn an_act_in_the_past_makes_the_difference_anew() {
    let mut comparison = ready(&Request::of_runs(&mut forks(2)).unwrap());
    assert!(comparison.sides()[1].differs().is_some());
    comparison.seek(ms(500), SLICE);
    comparison.act(&Input::Pause(NodeId::server(1)));
    assert!(comparison.sides()[1].differs().is_none());
    comparison.seek(ms(3_000), SLICE);
    assert!(comparison.sides()[1].differs().is_some(), "the scripts go on");
}

#[test]
fn every_lab_can_be_compared_as_printed_and_corrected_on_the_witness_that_tells_them() {
    for lab in labs::ALL {
        let request = read(lab.id, &[]);
        assert_eq!((request.kind == Kind::Setups, request.parts.len()), (true, 2), "{}", lab.id);
        ready(&request);
        let printed = lab.variants.iter().find(|v| v.kind == VariantKind::AsPrinted);
        let Some(variant) = printed.filter(|variant| !variant.witnesses.is_empty()) else {
            continue;
        };
        let witness = format!("{}:1", variant.name);
        let with = format!("variant={}", variant.name);
        let comparison = ready(&read(lab.id, &[("witness", &witness), ("a", ""), ("b", &with)]));
        let breaks = variant.witnesses[0].breaks;
        let verdicts = comparison.verdicts();
        let told =
            verdicts.iter().find(|figure| match lab.goals.iter().any(|g| g.name == breaks) {
                true => figure.name == format!("Goal {breaks}"),
                false => figure.name == "Invariants",
            });
        let told = told.unwrap_or_else(|| panic!("{}: nothing is said of {breaks}", lab.id));
        let run = comparison.sides()[1].session();
        let known = run.scene().violations.iter().any(|v| v.invariant == breaks);
        assert!(told.differs || known, "{}: {told:?}", lab.id);
    }
}

#[test]
fn an_address_says_all_that_is_compared() {
    let raft = labs::find("raft").unwrap();
    let script: Script = raft.scenario("leader-crash").unwrap().script.parse().unwrap();
    let mut other = script.setup.clone();
    other.seed = 9;
    other.set_variant("as-printed").unwrap();
    other.set_param("heartbeat_ms", 20).unwrap();
    let setups = Request::of_setups(&script, &[script.setup.clone(), other]);
    assert_eq!(setups.parts[1].name, "as-printed, Heartbeat interval 20 ms, seed 9");
    for request in [setups, Request::of_runs(&mut forks(3)).unwrap()] {
        let (what, query) = &request.address;
        let again = Request::read(what, query, labs::ALL).unwrap();
        assert!(again.kind == request.kind && again.notices.is_empty());
        let scripts = |request: &Request| {
            request
                .parts
                .iter()
                .map(|part| (part.name.clone(), part.script.to_string()))
                .collect::<Vec<_>>()
        };
        assert_eq!(scripts(&again), scripts(&request));
    }
}

#[test]
fn an_address_that_makes_no_sense_says_what_there_is() {
    let none = Vec::new();
    let why = Request::read("nothing", &none, labs::ALL).err().expect("there is no such lab");
    assert!(why.contains("raft") && why.contains("bully-raft"), "{why}");
    let notices = read("raft", &[("b", "variant=none"), ("scenario", "none"), ("at", "x")]).notices;
    assert_eq!(notices.len(), 3, "{notices:?}");
    assert!(notices.iter().any(|notice| notice.contains("has no variant `none`")), "{notices:?}");
    let notices = read("bully-raft", &[("story", "none")]).notices;
    assert!(notices[0].contains("minority-cut"), "{notices:?}");
}

#[test]
fn a_line_that_one_lab_does_not_know_is_left_out_there_and_told() {
    let script = "2s crash n5\n2500ms command c1 put x 1\n4s stop\n";
    let request = read("bully-raft", &[("script", script)]);
    assert_eq!(
        request.parts.iter().map(|part| part.script.lines.len()).collect::<Vec<_>>(),
        [2, 3]
    );
    assert_eq!(request.notices.len(), 1, "{:?}", request.notices);
    assert!(request.notices[0].contains("left out in Bully"), "{:?}", request.notices);
}

#[test]
fn every_pair_names_what_its_labs_have() {
    for pair in PAIRS {
        let both =
            pair.both(labs::ALL).unwrap_or_else(|| panic!("{}: a lab is not there", pair.id));
        for (lab, writes) in both.into_iter().zip(pair.writes) {
            for name in writes.unwrap_or_default() {
                assert!(
                    lab.invariants.iter().any(|claim| claim.name == *name),
                    "{}: {name}",
                    lab.id
                );
            }
            assert!(read_act("crash leader", lab).is_ok(), "{}", lab.id);
        }
        for story in pair.stories {
            let request = read(pair.id, &[("story", story.id)]);
            assert_eq!(request.notices, Vec::<String>::new(), "{}", story.id);
            let comparison = ready(&request);
            let script = figure(&comparison, "Script");
            assert_eq!(texts(&script), ["as it says"; 2], "{}", story.id);
        }
    }
}

#[test]
fn the_stories_of_bully_and_raft_show_what_they_say() {
    let at = |story: &str, time: u64| {
        let mut comparison = ready(&read("bully-raft", &[("story", story)]));
        comparison.seek(ms(time), SLICE);
        let sides = comparison.sides();
        let find = |side: usize| sides[side].session().find("leader").map(|n| n.to_string());
        ([sides[0].outcome().leaders, sides[1].outcome().leaders], [find(0), find(1)])
    };
    assert_eq!(at("leader-crash", 1_990).1, [Some("n5".into()), Some("n5".into())]);
    assert_eq!(at("leader-crash", 5_000).0, [1, 1]);
    assert_eq!(at("leader-cut-off", 4_900).0, [2, 2]);
    assert_eq!(at("leader-cut-off", 8_000).0, [1, 1]);
    let (_, leaders) = at("flapping-top-node", 14_000);
    assert_eq!(leaders[0].as_deref(), Some("n5"));
    assert_ne!(leaders[1].as_deref(), Some("n5"));
    let agreed = |time: u64| {
        let mut comparison = ready(&read("bully-raft", &[("story", "majority-gone")]));
        comparison.seek(ms(time), SLICE);
        let holds = |side: usize| comparison.sides()[side].session().holds("agreed").unwrap();
        [holds(0), holds(1)]
    };
    assert_eq!(agreed(8_900), [true, false]);
    assert_eq!(agreed(12_000), [true, true]);
}

#[test]
fn the_courses_table_is_filled_from_runs_that_anybody_can_repeat() {
    let mut sweep = Sweep::new(find_pair("bully-raft").unwrap(), labs::ALL).unwrap();
    while sweep.run_next().unwrap() {}
    let (done, all) = sweep.progress();
    assert!(done == all && all > 200, "{done} of {all}");
    let table = sweep.table();
    let row = |name: &str| table.iter().find(|row| row.name == name).unwrap();
    assert_eq!(row("Use Cases").words, ["Simple coordination", "Critical consensus"]);
    assert!(row("Use Cases").measured.is_empty());
    let cuts = &row("Consistency").measured[0];
    assert_eq!(cuts.figures[0], "two leaders in 10 of 10");
    assert_ne!(cuts.figures[1], cuts.figures[0]);
    assert_eq!(row("Fault Tolerance").measured[0].figures, ["4 of 5", "2 of 5"]);
    let seven = &row("Network Messages").measured[2];
    assert!(seven.figures[0].starts_with("41 "), "{:?}", seven.figures);
    for (lab, runs) in seven.runs.iter().enumerate() {
        assert_eq!(runs.len(), 20, "{lab}");
        let outcome = run_script(&runs[0].script.parse().unwrap(), Limits::default()).unwrap();
        assert!(outcome.holds("agreed") && outcome.problems.is_empty());
    }
    let recovery = &row("Recovery Time").measured[0];
    let script: Script = recovery.runs[0][0].script.parse().unwrap();
    let took = run_script(&script, Limits::default()).unwrap().time.since(ms(2_000)).us() / 1_000;
    assert_eq!(recovery.runs[0][0].gave, format!("{took} ms"));
}
