//! Scripts of every lab: they are printed as they were read, and whatever a learner does is printed as
//! a script that gives the same run.

use faultline::labs::{ALL, Lab, Param, Run, Setup};
use faultline::play::{Halt, Limits, Script, Session, run_script, script};
use faultline::sim::rng::{Purpose, Rng};
use faultline::sim::{Input, Latency, LinkSettings, MsgId, NodeId, Ppm, Scene, Span, Time};

/// Every script that comes with a lab, each with a name.
fn own_scripts(lab: &Lab) -> Vec<(String, Script)> {
    let scenarios = lab.scenarios.iter().map(|scenario| (scenario.id, scenario.script));
    let witnesses = lab.variants.iter().flat_map(|variant| variant.witnesses);
    let witnesses = witnesses.map(|witness| (witness.flaw, witness.script));
    let read = |(name, text): (&str, &str)| {
        let name = format!("{}/{name}", lab.id);
        let script: Script = text.parse().unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, script)
    };
    scenarios.chain(witnesses).map(read).collect()
}

#[test]
fn every_script_is_printed_as_it_was_read() {
    for (name, script) in ALL.iter().flat_map(|lab| own_scripts(lab)) {
        let text = script.to_string();
        let again: Script = text.parse().unwrap_or_else(|error| panic!("{name}: {error}\n{text}"));
        assert_eq!(again, script, "{name}");
    }
}

#[test]
fn the_example_in_the_documentation_goes_as_it_says() {
    let readme = include_str!("../README.md");
    let (_, example) = readme.split_once("```text\nlab ").expect("there is an example");
    let (example, _) = example.split_once("```").expect("it has an end");
    let script: Script = format!("lab {example}").parse().expect("the example reads well");
    let outcome = run_script(&script, Limits::default()).expect("the setup is right");
    assert!(outcome.is_well(), "{:#?}", outcome.problems);
    let lines: Vec<String> =
        format!("lab {example}").lines().map(|l| format!("//! {l}\n")).collect();
    let page = include_str!("../src/play/script/mod.rs");
    assert!(page.contains(&lines.concat()), "the module shows the same example");
}

#[test]
fn every_script_makes_sense_in_its_lab() {
    for (name, read) in ALL.iter().flat_map(|lab| own_scripts(lab)) {
        assert_eq!(script::check(&read), [], "{name}");
    }
}

#[test]
fn a_session_that_follows_a_scenario_does_what_the_scenario_does_alone() {
    for (name, script) in ALL.iter().flat_map(|lab| own_scripts(lab)) {
        let limits = Limits { settle: Span::ZERO, ..Limits::default() };
        let alone = run_script(&script, limits).expect("the setup is right");
        let mut session = Session::play_script(&script).expect("the setup is right");
        while session.position() < alone.steps {
            let moved = session.step();
            let ended = matches!(moved.halt, Halt::Quiet | Halt::Full);
            assert!(!ended, "{name} ends early: {:?}", moved.halt);
        }
        assert_eq!(session.digest(), alone.digest, "{name}");
        let recording = session.script();
        let again = run_script(&recording, Limits::default()).expect("the setup is right");
        assert!(again.problems.is_empty(), "{name}: {:?}\n{recording}", again.problems);
        assert_eq!(again.digest, session.digest(), "{name}");
    }
}

/// An act that may make sense now; many do not.
fn some_act(lab: &Lab, scene: &Scene, rng: &mut Rng) -> String {
    let some_node = |rng: &mut Rng| {
        let place = rng.below(scene.nodes.len() as u64) as usize;
        scene.nodes.get(place).map_or("n1".into(), |node| node.id.to_string())
    };
    let (one, other) = (some_node(rng), some_node(rng));
    let count = scene.messages.len() as u64;
    let message = scene.messages.get(rng.below(count) as usize);
    let message = message.map_or("m1".into(), |flight| flight.message.id.to_string());
    let selector = lab.selectors[rng.below(lab.selectors.len() as u64) as usize].name;
    let timers: Vec<String> = scene
        .nodes
        .iter()
        .flat_map(|node| node.timers.iter().map(|timer| format!("{} {}", node.id, timer.name)))
        .collect();
    let timer = timers.get(rng.below(timers.len() as u64) as usize);
    match rng.below(18) {
        0 => format!("crash {selector}"),
        1 => format!("restart {one}"),
        2 => format!("pause {one}"),
        3 => format!("resume {one}"),
        4 => format!("cut {one} {other}"),
        5 => format!("heal {one} {other}"),
        6 => "heal all".into(),
        7 => format!("partition {one} | {other}"),
        8 => format!("partition {selector} | {other}"),
        9 => format!("slow {one} {}ms", rng.below(40)),
        10 => format!("slow-disk {one} {}ms", rng.below(40)),
        11 => format!("skew {one} {:+}ppm", rng.below(100_000)),
        12 => format!("link {one} {other} loss=20% duplication=10%"),
        13 => timer.map_or("heal all".into(), |timer| format!("fire {timer}")),
        14 => format!("duplicate {message}"),
        15 => format!("delay {message} {}ms", rng.below(500)),
        16 => format!("corrupt {message}"),
        _ => format!("drop {message}"),
    }
}

/// One thing that a learner may do: move, act, take back, look at another run. Tells whether it was an
/// act that was not refused.
fn wander(session: &mut Session, rng: &mut Rng) -> bool {
    let (end, end_time) = session.end();
    match rng.below(14) {
        0 => drop(session.seek_time(Time(rng.below(end_time.0 + 1)))),
        1 => drop(session.seek_step(rng.below(end + 1))),
        2 => drop(session.step_back()),
        3 => drop(session.step_to_delivery(None)),
        4 => drop(session.step_to_change()),
        5 => drop(session.undo()),
        6 => {
            let tabs = session.runs();
            session.switch_run(tabs[rng.below(tabs.len() as u64) as usize].id);
        }
        7 | 8 => drop(session.play_for(Span(rng.below(800_000)), 2_000)),
        _ => {
            let act = some_act(session.lab(), &session.scene(), rng);
            return session.act_in_words(&act).is_ok();
        }
    }
    false
}

fn assert_reproducible(session: &Session) {
    for recording in [session.script(), session.script_to_here()] {
        let text = recording.to_string();
        let read: Script = text.parse().unwrap_or_else(|error| panic!("{error}\n{text}"));
        let outcome = run_script(&read, Limits::default()).expect("the setup is right");
        assert!(outcome.problems.is_empty(), "{:?}\n{text}", outcome.problems);
    }
}

#[test]
fn whatever_a_learner_does_the_printed_script_gives_the_same_run() {
    for lab in ALL {
        let mut acts = 0;
        for seed in 0..6 {
            let variant = &lab.variants[seed as usize % lab.variants.len()];
            let mut setup = Setup::new(lab, seed);
            setup.set_variant(variant.name).expect("it is in the table");
            let mut rng = Rng::new(seed, Purpose::Outside(3), 0);
            let mut session = Session::new(setup).expect("the defaults make sense");
            for _ in 0..10 {
                acts += (0..15).filter(|_| wander(&mut session, &mut rng)).count();
                assert_reproducible(&session);
            }
        }
        // A learner who is refused everything proves nothing.
        assert!(acts > 100, "{}: only {acts} acts", lab.id);
    }
}

#[test]
fn a_learner_may_meddle_with_a_scenario_and_the_recording_is_still_exact() {
    for (seed, (_, script)) in ALL.iter().flat_map(|lab| own_scripts(lab)).enumerate() {
        let mut rng = Rng::new(seed as u64, Purpose::Outside(4), 0);
        let mut session = Session::play_script(&script).expect("the setup is right");
        for _ in 0..30 {
            wander(&mut session, &mut rng);
        }
        assert_reproducible(&session);
    }
}

#[test]
fn going_to_any_place_shows_what_was_there() {
    for lab in ALL {
        let mut session = Session::new(Setup::new(lab, 9)).expect("the defaults make sense");
        let mut seen = Vec::new();
        let mut rng = Rng::new(9, Purpose::Outside(5), 0);
        for _ in 0..400 {
            session.step();
            if rng.below(20) == 0 && session.is_at_end() {
                let act = some_act(lab, &session.scene(), &mut rng);
                let _ = session.act_in_words(&act);
            }
            seen.push((session.position(), session.digest(), session.scene()));
        }
        for _ in 0..100 {
            let (position, digest, scene) = &seen[rng.below(seen.len() as u64) as usize];
            session.seek_step(*position);
            assert_eq!((&session.digest(), &session.scene()), (digest, scene), "{}", lab.id);
        }
    }
}

#[test]
fn no_text_makes_the_reader_panic() {
    let mut lines: Vec<String> = vec!["lab raft seed=1".into(), "1s link n1 n2 loss=20%".into()];
    for (_, script) in ALL.iter().flat_map(|lab| own_scripts(lab)) {
        lines.extend(script.to_string().lines().map(str::to_string));
    }
    let pieces: Vec<char> = " :#@+|=.,*%mn0159sxé\u{1F4A5}\t\r\u{0}-".chars().collect();
    let mut read = 0;
    for round in 0..30_000 {
        let mut rng = Rng::new(round, Purpose::Outside(6), 0);
        let mut text = String::new();
        for _ in 0..=rng.below(3) {
            let line = &lines[rng.below(lines.len() as u64) as usize];
            let mut line: Vec<char> = line.chars().collect();
            for _ in 0..rng.below(4) {
                let place = rng.below(line.len() as u64 + 1) as usize;
                match rng.below(3) {
                    0 => line.insert(place, pieces[rng.below(pieces.len() as u64) as usize]),
                    1 => drop(line.drain(..place)),
                    _ => line.truncate(place),
                }
            }
            text.extend(line);
            text.push('\n');
        }
        if let Ok(script) = text.parse::<Script>() {
            read += 1;
            assert_eq!(script.to_string().parse(), Ok(script), "{text}");
        }
    }
    assert!(read > 100, "only {read} were read at all");
}

/// What there is to see in a run that is played from the beginning: every act that was done so far,
/// each before its step.
fn from_the_beginning(session: &Session) -> Box<dyn Run> {
    let mut run = session.setup().start().expect("it started once");
    let acts = session.inputs().take_while(|act| act.step < session.position());
    for act in acts {
        while run.next_step() < act.step {
            assert!(run.skip());
        }
        run.wait_until(act.time);
        run.apply(&act.input).expect("it was accepted the first time");
    }
    while run.next_step() < session.position() {
        assert!(run.skip());
    }
    run.wait_until(session.clock());
    run
}

#[test]
fn what_a_session_shows_is_what_a_run_from_the_beginning_shows() {
    for lab in ALL {
        for seed in 0..8 {
            let mut rng = Rng::new(seed, Purpose::Outside(6), 0);
            let mut session = Session::new(Setup::new(lab, seed)).expect("the defaults make sense");
            for _ in 0..80 {
                wander(&mut session, &mut rng);
                let naive = from_the_beginning(&session);
                assert_eq!(session.digest(), naive.digest(), "{} {seed}", lab.id);
                assert_eq!(session.scene(), naive.scene(), "{} {seed}", lab.id);
                let marks = session.marks();
                assert_eq!(marks.len(), session.end().0);
                assert!(
                    session.clock()
                        >= marks
                            .get(session.position().saturating_sub(1))
                            .map_or(Time::ZERO, |m| m.time)
                );
                assert!(session.inputs().is_sorted_by_key(|act| act.step));
            }
        }
    }
}

fn some_input(lab: &Lab, rng: &mut Rng) -> Input {
    let node = |rng: &mut Rng| NodeId::server(1 + rng.below(255) as u8);
    let span = |rng: &mut Rng| {
        let scale = [1, 1_000, 1_000_000][rng.below(3) as usize];
        Span(rng.below(600) * scale)
    };
    let share = |rng: &mut Rng| Ppm(rng.below(1_000_001) as u32);
    let settings = |rng: &mut Rng| LinkSettings {
        latency: match rng.below(4) {
            0 => Latency::Constant(Span(rng.below(60_000_001))),
            1 => {
                Latency::Uniform { min: Span(rng.below(9_999)), max: Span(10_000 + rng.below(99)) }
            }
            2 => Latency::LogNormal { median: Span(7_001), sigma: rng.below(5_001) as u32 },
            _ => Latency::Pareto { min: Span(1), alpha: 100 + rng.below(99_901) as u32 },
        },
        loss: share(rng),
        duplication: share(rng),
        corruption: share(rng),
    };
    let message = MsgId(rng.below(u64::MAX));
    let (one, other) = (node(rng), node(rng));
    match rng.below(20) {
        0 => Input::Crash(one),
        1 => Input::Restart(one),
        2 => Input::Wipe(one),
        3 => Input::Pause(one),
        4 => Input::Resume(one),
        5 => Input::Slow(one, span(rng)),
        6 => Input::SlowDisk(one, span(rng)),
        7 => Input::Skew(one, rng.below(1_000_001) as i32 - 500_000),
        8 => Input::Cut(one, other),
        9 => Input::Heal(one, other),
        10 => Input::HealAll,
        11 => Input::Partition(vec![vec![one], vec![other, node(rng)], vec![node(rng)]]),
        12 => Input::Link(one, other, settings(rng)),
        13 => Input::Drop(message),
        14 => Input::Duplicate(message),
        15 => Input::Delay(message, span(rng)),
        16 => Input::Hurry(message),
        17 => Input::Corrupt(message),
        18 => Input::FireTimer(one, "election".into()),
        _ => {
            let live: Vec<&Param> = lab.params.iter().filter(|param| param.live).collect();
            // Not every lab has something that can be set while it runs.
            let Some(param) = live.get(rng.below(live.len() as u64) as usize) else {
                return Input::HealAll;
            };
            let (least, greatest) = param.range;
            Input::Set(param.name.into(), least + rng.below(greatest - least + 1))
        }
    }
}

#[test]
fn every_input_is_read_back_as_it_is_printed() {
    for lab in ALL {
        for place in 0..2_000 {
            let input = some_input(lab, &mut Rng::new(1, Purpose::Outside(7), place));
            let text = format!("lab {}\n1s {input}\n", lab.id);
            let read: Script = text.parse().unwrap_or_else(|error| panic!("{error}\n{text}"));
            let script::Act::Input(template) = &read.lines[0].act else { panic!("{text}") };
            assert_eq!(template.fixed(), Some(&input), "{text}");
        }
    }
}

#[test]
fn no_parameter_within_its_range_makes_a_run_panic() {
    for lab in ALL {
        for variant in lab.variants {
            for place in 0..12 {
                let mut rng = Rng::new(place, Purpose::Outside(8), 0);
                let mut text = format!("lab {} seed={place} variant={}", lab.id, variant.name);
                for param in lab.params {
                    if rng.below(3) > 0 {
                        continue;
                    }
                    let value = [param.range.0, param.range.1][rng.below(2) as usize];
                    text.push_str(&format!(" {}={value}", param.name));
                }
                let live: Vec<&Param> = lab.params.iter().filter(|param| param.live).collect();
                for second in 1..6 {
                    let Some(param) = live.get(rng.below(live.len() as u64) as usize) else {
                        break;
                    };
                    let value = [param.range.0, param.range.1][rng.below(2) as usize];
                    text.push_str(&format!("\n{second}s set {} {value}", param.name));
                }
                let script: Script = text.parse().unwrap_or_else(|error| panic!("{error}\n{text}"));
                // Two bounds that cross are refused; whatever starts goes on.
                let limits = Limits { steps: 5_000, ..Limits::default() };
                let _ = run_script(&script, limits);
            }
        }
    }
}

#[test]
fn why_is_told_in_few_links_however_long_the_run_is() {
    for lab in ALL {
        let mut session = Session::new(Setup::new(lab, 3)).expect("the defaults make sense");
        session.play_for(Span::from_secs(60), 50_000);
        let end = session.position();
        for step in (end - 100)..end {
            let chain = session.why(step);
            assert!(chain.len() <= 16, "{}: {chain:#?}", lab.id);
            let last = chain.last().expect("the step itself is told");
            // It goes back to the start, or to a round that came again so often that this says enough.
            let enough = ["starts", "times before"].iter().any(|end| last.sentence.contains(end));
            assert!(enough, "{}: {chain:#?}", lab.id);
        }
    }
}
