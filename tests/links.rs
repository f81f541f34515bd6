//! The link is the experiment: what a link says is what it was made from, and every text is some link.

use faultline::labs::{ALL, Lab, Setup};
use faultline::play::link::{self, HASH_MAX, Link, Reading};
use faultline::play::script::read_line;
use faultline::play::search::{Attack, attack};
use faultline::play::{Limits, Script, Session, run_script};
use faultline::sim::rng::{Purpose, Rng};
use faultline::sim::{Span, Time};

fn read(lab: &'static Lab, hash: &str) -> Reading {
    let (path, query) = hash.split_once('?').unwrap_or((hash, ""));
    assert_eq!(path, format!("/lab/{}", lab.id));
    let (query, damaged) = link::unpack(&link::pairs(query));
    assert_eq!(damaged, Vec::<String>::new(), "{hash}");
    Link::read(lab, &query)
}

/// Asserts that a link is read back as it was, in both forms, and gives the short one.
fn there_and_back(link: &Link) -> String {
    for hash in [link.hash(), link.short_hash()] {
        let reading = read(link.setup.lab(), &hash);
        assert_eq!(reading.notices, Vec::<String>::new(), "{hash}");
        assert_eq!(&reading.link, link, "{hash}");
    }
    link.short_hash()
}

fn script(text: &str) -> Script {
    text.parse().unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// A set-up of any lab: variant and parameters drawn from their ranges.
fn some_setup(lab: &'static Lab, rng: &mut Rng) -> Setup {
    let mut setup = Setup::new(lab, rng.below(1 << 40));
    let variant = &lab.variants[rng.below(lab.variants.len() as u64) as usize];
    setup.set_variant(variant.name).expect("it is in the table");
    for param in lab.params {
        if rng.below(3) == 0 {
            let (least, greatest) = param.range;
            let value = least + rng.below(greatest - least + 1);
            setup.set_param(param.name, value).expect("it is in its range");
        }
    }
    setup
}

#[test]
fn every_script_of_every_lab_survives_its_link() {
    for lab in ALL {
        let scenarios = lab.scenarios.iter().map(|scenario| scenario.script.to_string());
        let witnesses = lab.variants.iter().flat_map(|variant| variant.witnesses);
        let texts = scenarios.chain(witnesses.map(|witness| witness.script.to_string()));
        for text in texts {
            there_and_back(&Link::of_script(&script(&text), None));
        }
        for scenario in lab.scenarios {
            there_and_back(&Link::of_scenario(lab, scenario));
        }
    }
}

#[test]
fn every_setup_survives_its_link() {
    for lab in ALL {
        for place in 0..200 {
            let setup = some_setup(lab, &mut Rng::new(2, Purpose::Outside(11), place));
            there_and_back(&Link { at: Some(place), ..Link::new(setup) });
        }
    }
}

#[test]
fn a_recorded_run_comes_out_the_same_from_its_link_alone() {
    for lab in ALL {
        for seed in 0..12 {
            let plan = Attack { time: Span::from_secs(3), pace: Span::from_ms(80), wipe: true };
            let attacked = attack(&Setup::new(lab, seed), seed, plan).expect("it starts");
            let mut text = format!("{}\n", Setup::new(lab, seed));
            for act in &attacked.acts {
                text.push_str(&format!("{} {}\n", act.at.to_script(), act.input));
            }
            text.push_str(&format!("{} stop\n", attacked.run.now().to_script()));
            text.push_str(&format!("digest {}\n", attacked.run.digest()));
            let hash = there_and_back(&Link::of_script(&script(&text), Some(3)));
            let again = read(lab, &hash).link.script().expect("it has acts");
            let outcome = run_script(&again, Limits::default()).expect("it starts");
            assert_eq!(outcome.run.digest(), attacked.run.digest(), "{hash}");
        }
    }
}

#[test]
fn a_link_is_as_short_as_a_person_can_still_read() {
    let lab = &faultline::labs::raft::LAB;
    let hash = |acts: usize| {
        let mut text = String::from("lab raft seed=42\n");
        let acts_in_turn = ["crash n1", "restart n1", "partition n1 n2 | n3 n4 n5", "heal all"];
        for (place, act) in acts_in_turn.iter().cycle().take(acts).enumerate() {
            text.push_str(&format!("{}ms {act}\n", 1_000 + 350 * place));
        }
        text.push_str("digest 0123456789abcdef\n");
        there_and_back(&Link::of_script(&script(&text), None))
    };
    assert_eq!(Link::new(Setup::new(lab, 42)).hash(), "/lab/raft?seed=42");
    assert!(hash(6).len() <= 150, "{}", hash(6));
    assert!(hash(20).len() <= 300, "{}", hash(20));
    assert!(hash(20).contains("f=k1@1000~r1@1350~p12-345@1700~h@2050"), "{}", hash(20));
    assert!(hash(60).len() <= 600, "{}", hash(60));
    assert!(hash(60).contains("&z="), "{}", hash(60));
    assert!(hash(200).len() <= HASH_MAX);
}

#[test]
fn what_makes_no_sense_in_a_link_is_told_and_the_rest_is_played() {
    let lab = &faultline::labs::raft::LAB;
    let told = |query: &str| {
        let Reading { link, notices } = read(lab, &format!("/lab/raft?{query}"));
        assert!(link.setup.start().is_ok(), "{query}");
        (link, notices)
    };
    let (link, notices) = told("seed=7&nodes=99&colour=red&f=k1@1000~1s_crash_everybody~h@2000");
    assert_eq!(link.setup.seed, 7);
    let lines: Vec<String> = link.lines.iter().map(|line| line.to_string()).collect();
    assert_eq!(lines, ["1.000s crash n1", "2.000s heal all"]);
    assert_eq!(notices.len(), 3, "{notices:?}");
    assert!(notices[0].contains("`nodes` goes from"), "{notices:?}");
    assert!(notices[1].contains("no `colour`"), "{notices:?}");
    assert!(notices[2].starts_with("act 2 of the link, `1s crash everybody`"), "{notices:?}");

    let (link, notices) = told("at=x&d=short&scenario=none");
    assert_eq!(link, Link::new(Setup::new(lab, 1)));
    assert_eq!(notices.len(), 3, "{notices:?}");

    for damaged in ["z=AAAA", "z=%00", "z=ü"] {
        let (query, notices) = link::unpack(&link::pairs(&format!("seed=4&{damaged}")));
        assert_eq!(query, link::pairs("seed=4"), "{damaged}");
        assert!(notices[0].contains("damaged"), "{damaged}");
    }
}

#[test]
fn a_small_text_that_unfolds_without_end_is_refused() {
    // Two MiB of the same byte come to some two kilobytes.
    let bomb = miniz_oxide::deflate::compress_to_vec(&vec![b'~'; 2 << 20], 9);
    let text = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, bomb);
    assert!(text.len() < 4_000);
    assert_eq!(link::unpack(&link::pairs(&format!("z={text}"))).1.len(), 1);
}

/// How many arbitrary texts are read: 20,000, or what `FAULTLINE_LINKS` says.
fn texts() -> u64 {
    match std::env::var("FAULTLINE_LINKS") {
        Ok(text) => text.parse().expect("FAULTLINE_LINKS is a number"),
        Err(_) => 20_000,
    }
}

#[test]
fn every_text_is_some_link() {
    let bits = [
        "&",
        "=",
        "~",
        "_",
        "!",
        "@",
        "%",
        "%2",
        "%7e",
        "+",
        "-",
        ".",
        "f=",
        "z=",
        "d=",
        "at=",
        "seed=",
        "nodes=",
        "variant=",
        "scenario=",
        "scenario=leader-crash&",
        "script=",
        "k1@1000",
        "p12-345@s9",
        "x1c1.2@+5",
        "h",
        "e@",
        "d17",
        "when_leader:_crash_leader",
        "every_",
        "lab raft\n",
        "1s",
        "18446744073709551616",
        "\u{0}",
        "ü",
        "🦀",
        "stop",
        "digest",
        "#",
        "c255",
        "n0",
        "|",
        " ",
        "\n",
        "999999999999s",
        "1us",
    ];
    let mut readable = 0;
    for place in 0..texts() {
        let mut rng = Rng::new(3, Purpose::Outside(12), place);
        let lab = ALL[rng.below(ALL.len() as u64) as usize];
        let mut text = String::new();
        for _ in 0..rng.below(14) {
            text.push_str(bits[rng.below(bits.len() as u64) as usize]);
        }
        let (query, _) = link::unpack(&link::pairs(&text));
        let Reading { link, notices } = Link::read(lab, &query);
        // Whatever was read can be said again, and then makes sense.
        let again = read(lab, &link.hash());
        assert_eq!(again, Reading { link, notices: Vec::new() }, "{text}");
        readable += u64::from(notices.is_empty());
    }
    assert!(readable > 0, "some of the texts make sense");
}

#[test]
fn a_line_is_read_alone_as_in_a_script() {
    let lab = &faultline::labs::raft::LAB;
    assert_eq!(read_line("1s crash n1", lab).unwrap().to_string(), "1.000s crash n1");
    assert!(read_line("", lab).unwrap_err().contains("1s crash n1"));
}

#[test]
fn an_exercise_is_graded_by_what_its_link_expects() {
    let lab = &faultline::labs::bully::LAB;
    let hash = "/lab/bully?seed=1&f=k5@1000~3s_expect_not_agreed~5s_expect_agreed~6s_stop";
    let script = read(lab, hash).link.script().expect("it has acts");
    let mut session = Session::play_script(&script).expect("it starts");
    assert_eq!(session.expectations(), (0, 2));
    session.seek_time(Time::ZERO + Span::from_ms(5_500));
    assert_eq!(session.expectations(), (1, 2), "by then, all have long agreed");
}

#[test]
fn an_exercise_that_is_taken_up_again_keeps_its_acts_its_grade_and_what_is_still_to_come() {
    let lab = &faultline::labs::bully::LAB;
    for acts in [
        "k5@1000~3s_expect_not_agreed~5s_expect_agreed~6s_restart_n5~9s_expect_agreed~10s_stop",
        "k5@1000~+2s_expect_not_agreed~+2s_expect_agreed~when_agreed:_restart_n5~+3s_expect_agreed~+1s_stop",
    ] {
        let script = read(lab, &format!("/lab/bully?seed=1&f={acts}")).link.script().unwrap();
        let mut session = Session::play_script(&script).expect("it starts");
        session.seek_time(Time::ZERO + Span::from_ms(3_500));
        let act = session.input_of("crash n1").expect("it is an act");
        session.act(act).expect("n1 is up");
        session.seek_time(Time::ZERO + Span::from_ms(4_200));
        let position = session.position();
        let hash = there_and_back(&Link::of_script(&session.resumable(), Some(position)));

        let taken_up = read(lab, &hash).link.script().expect("it has acts");
        let mut again = Session::play_script(&taken_up).expect("it starts");
        again.seek_step(position);
        again.seek_time(session.clock());
        assert_eq!(again.digest(), session.digest(), "{hash}");
        assert_eq!(again.expectations(), session.expectations(), "{hash}");
        assert_eq!(session.expectations(), (0, 3), "{hash}");
        for session in [&mut session, &mut again] {
            session.seek_time(Time::ZERO + Span::from_secs(12));
        }
        assert_eq!(again.expectations(), session.expectations(), "{hash}");
        assert!(session.expectations().0 >= 1, "{hash}");
        let script = |session: &Session| session.script().digest;
        assert_eq!(script(&again), script(&session), "{hash}");
    }
}
