//! Every act upon the world, each by pointer, by finger and by keys: it becomes a chip of the script.

use browser::{Control, Page};

/// One act, and the ways to it. A name that ends in … is a beginning; `go:NAME` presses Tab until that
/// control has the focus.
struct Act {
    /// How its chip begins.
    chip: &'static str,
    /// What is clicked or tapped, one after the other.
    taps: &'static [&'static str],
    /// What is pressed, with the focus on the stage.
    keys: &'static [&'static str],
}

const ACTS: &[Act] = &[
    Act { chip: "crash n1", taps: &["Kill node 1"], keys: &["1", "k"] },
    Act { chip: "restart n1", taps: &["Kill node 1", "Restart node 1"], keys: &["1", "k", "k"] },
    Act {
        chip: "wipe n1",
        taps: &["Kill node 1", "Node 1…", "Wipe disk of node 1"],
        keys: &["1", "k", "Enter", "go:Wipe disk of node 1", "Enter"],
    },
    Act { chip: "pause n1", taps: &["Node 1…", "Pause node 1"], keys: &["1", "x"] },
    Act {
        chip: "resume n1",
        taps: &["Node 1…", "Pause node 1", "Resume node 1"],
        keys: &["1", "x", "x"],
    },
    Act {
        chip: "slow n1 50ms",
        taps: &["Node 1…", "More…", "Slow node 1"],
        keys: &["1", "Enter", "go:More…", "Enter", "go:Slow node 1", "Enter"],
    },
    Act {
        chip: "slow-disk n1 50ms",
        taps: &["Node 1…", "More…", "Slow disk of node 1"],
        keys: &["1", "Enter", "go:More…", "Enter", "go:Slow disk of node 1", "Enter"],
    },
    Act {
        chip: "skew n1 +50000ppm",
        taps: &["Node 1…", "More…", "Skew clock of node 1"],
        keys: &["1", "Enter", "go:More…", "Enter", "go:Skew clock of node 1", "Enter"],
    },
    Act {
        chip: "fire n1 election",
        taps: &["Node 1…", "More…", "Fire election timer of node 1"],
        keys: &["1", "Enter", "go:More…", "Enter", "go:Fire election timer of node 1", "Enter"],
    },
    Act { chip: "partition n1 | n2 ", taps: &["Node 1…", "Cut off node 1"], keys: &["1", "c"] },
    Act {
        chip: "partition n1 | n2",
        taps: &["Link 1 to 2, open", "Cut link 1 to 2"],
        keys: &["1", "l", "c"],
    },
    Act {
        chip: "heal n2 n1",
        taps: &["Link 1 to 2, open", "Cut link 1 to 2", "Mend link 1 to 2"],
        keys: &["1", "l", "c", "c"],
    },
    Act {
        chip: "cut n1 n2",
        taps: &["Link 1 to 2, open", "Cut only 1 → 2"],
        keys: &["1", "l", "Enter", "go:Cut only 1 → 2", "Enter"],
    },
    Act {
        chip: "link n2 n1 latency=5ms..15ms loss=30%",
        taps: &["Link 1 to 2, open", "More…", "30%", "Apply to the link"],
        keys: &[
            "1",
            "l",
            "Enter",
            "go:More…",
            "Enter",
            "go:30%",
            "Enter",
            "go:Apply to the link",
            "Enter",
        ],
    },
    Act {
        chip: "link n2 n1 latency=1s",
        taps: &["Link 1 to 2, open", "More…", "1s", "Apply to the link"],
        keys: &[
            "1",
            "l",
            "Enter",
            "go:More…",
            "Enter",
            "go:1s",
            "Enter",
            "go:Apply to the link",
            "Enter",
        ],
    },
    Act {
        chip: "partition n3 n4 n5 | n1 n2",
        taps: &["Partition", "Node 1…", "Node 2…", "Apply partition"],
        keys: &["1", "p", "2", "p", "Shift+P"],
    },
    Act {
        chip: "partition n4 | n1 n2 n3 n5",
        taps: &["Partition", "Leader alone", "Apply partition"],
        keys: &["1", "p", "2", "p", "3", "p", "5", "p", "Shift+P"],
    },
    Act {
        chip: "partition n1 n4 | n2 n3 n5",
        taps: &["Partition", "Leader in a minority", "Apply partition"],
        keys: &["2", "p", "3", "p", "5", "p", "Shift+P"],
    },
    Act {
        chip: "partition n1 n2 | n4 n5",
        taps: &["Partition", "Bridge", "Apply partition"],
        keys: &["4", "p", "5", "p", "3", "p", "p", "p", "Shift+P"],
    },
    Act {
        chip: "cut n5 n4",
        taps: &["Partition", "Leader hears nobody", "Apply partition"],
        keys: &["1", "p", "go:Leader hears nobody", "Enter", "Shift+P"],
    },
    Act {
        chip: "heal all",
        taps: &["Node 1…", "Cut off node 1", "Heal all"],
        keys: &["1", "c", "h"],
    },
    Act {
        chip: "command n1 put x 1",
        taps: &["Node 1…", "Request of node 1…", "Ask"],
        keys: &["1", "r", "go:Ask", "Enter"],
    },
    Act { chip: "drop m", taps: &["MESSAGE", "Drop message…"], keys: &["m", "d"] },
    Act {
        chip: "duplicate m",
        taps: &["MESSAGE", "Duplicate message…"],
        keys: &["m", "Enter", "go:Duplicate message…", "Enter"],
    },
    Act {
        chip: "corrupt m",
        taps: &["MESSAGE", "Damage message…"],
        keys: &["m", "Enter", "go:Damage message…", "Enter"],
    },
    Act {
        chip: "hurry m",
        taps: &["MESSAGE", "Deliver now"],
        keys: &["m", "Enter", "go:Deliver now", "Enter"],
    },
    Act {
        chip: "delay m",
        taps: &["MESSAGE", "Delay by 50 ms"],
        keys: &["m", "Enter", "go:Delay by 50 ms", "Enter"],
    },
];

/// The words of the chips.
fn chips(page: &Page) -> Vec<String> {
    let all = page.eval("[...document.querySelectorAll('.act-chip code')].map(c => c.textContent)");
    let all = all.as_array().unwrap().iter().map(|chip| chip.as_str().unwrap().to_string());
    all.collect()
}

fn assert_done(page: &Page, act: &Act, way: &str) {
    let chips = chips(page);
    let last = chips.last().cloned().unwrap_or_default();
    assert!(last.starts_with(act.chip), "{way}: {} is not in {chips:?}", act.chip);
}

/// A lab as it opens, with nothing done yet.
fn afresh(page: &Page) {
    page.goto("");
    page.goto("#/lab/raft?seed=1");
    page.control("Play");
}

/// A message on the stage over which nothing else lies.
fn free_message(page: &Page) -> String {
    let name = page.eval(
        "[...document.querySelectorAll('[data-hit]')].find(spot => {
            spot.scrollIntoView({ block: 'center' });
            const box = spot.getBoundingClientRect();
            return document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2) === spot;
        }).getAttribute('aria-label')",
    );
    name.as_str().expect("some message lies free").to_string()
}

fn by_taps(page: &Page, way: &str, tap: impl Fn(&Page, &str)) {
    for act in ACTS {
        afresh(page);
        for name in act.taps {
            match *name {
                "MESSAGE" => tap(page, &free_message(page)),
                name => tap(page, name),
            }
        }
        assert_done(page, act, way);
    }
}

#[test]
fn every_act_is_done_by_pointer() {
    let page = Page::open("#/lab/raft?seed=1");
    by_taps(&page, "pointer", |page, name| page.click(name));
}

#[test]
fn every_act_is_done_by_finger() {
    let page = Page::blank();
    page.set_size(390, 844);
    page.goto("#/lab/raft?seed=1");
    by_taps(&page, "finger", |page, name| page.touch_tap(name));
}

/// Whether the control that has the focus is the one of this name.
fn has_focus(page: &Page, name: &str) -> bool {
    let fits = |control: &Control| match name.strip_suffix('…') {
        Some(beginning) => control.name.starts_with(beginning),
        None => control.name == name,
    };
    page.focused().is_some_and(|control| fits(&control))
}

#[test]
fn every_act_is_done_by_keys() {
    let page = Page::open("#/lab/raft?seed=1");
    for act in ACTS {
        afresh(&page);
        page.tab_to("Node 1…");
        for key in act.keys {
            match key.strip_prefix("go:") {
                Some(name) if has_focus(&page, name) => {}
                Some(name) => page.tab_to(name),
                None => page.press(key),
            }
        }
        assert_done(&page, act, "keys");
    }
}

fn text(page: &Page, css: &str) -> String {
    let text = page.eval(&format!("document.querySelector({css:?})?.textContent ?? ''"));
    text.as_str().unwrap().to_string()
}

/// The time on a chip, in milliseconds.
fn time_of(page: &Page, place: usize) -> f64 {
    let shown = text(page, &format!("[data-chip='{place}'] .number"));
    shown.trim_start_matches("at ").trim_end_matches(" s").parse::<f64>().unwrap() * 1_000.0
}

/// The clock, in milliseconds.
fn time_on(page: &Page) -> f64 {
    text(page, ".clock").trim_end_matches(" s").parse::<f64>().unwrap() * 1_000.0
}

/// A run in which the leader crashed and time went on.
fn crashed(page: &Page) {
    afresh(page);
    page.click("Kill node 4");
    page.click("Next change");
    page.click("Next change");
}

#[test]
fn a_message_is_chosen_in_the_diagram_and_dropped() {
    let page = Page::open("#/lab/raft?seed=1");
    crashed(&page);
    page.click("Zoom in");
    page.click("Zoom in");
    // One that has ended: time goes back to when it was on its way.
    let at = page.eval(
        "(() => { for (const line of [...document.querySelectorAll('.slant.arrived .reach')].reverse()) {
            for (let share = 0.1; share < 1; share += 0.05) {
                const at = line.getPointAtLength(line.getTotalLength() * share).matrixTransform(line.getScreenCTM());
                if (line.parentNode.contains(document.elementFromPoint(at.x, at.y))) return [at.x, at.y];
            }
        } })()",
    );
    let at = (at[0].as_f64().expect("a slant lies free"), at[1].as_f64().unwrap());
    page.mouse("mousePressed", at);
    page.mouse("mouseReleased", at);
    page.wait_until(
        "the acts of the message",
        "document.querySelector('.tray-title')?.textContent.startsWith('message')",
    );
    page.click("Drop message…");
    assert!(chips(&page).iter().any(|chip| chip.starts_with("drop m")), "{:?}", chips(&page));
    page.wait_for_text("The old future is kept as Run A");
}

#[test]
fn a_chip_is_moved_by_dragging_it_in_the_diagram() {
    let page = Page::open("#/lab/raft?seed=1");
    crashed(&page);
    let (clock, before) = (text(&page, ".clock"), time_of(&page, 0));
    let (x, y) = page.middle("document.querySelector('.point.input')");
    page.mouse("mousePressed", (x, y));
    page.mouse("mouseMoved", (x + 30.0, y));
    page.mouse("mouseMoved", (x + 60.0, y));
    page.wait_until("the line where it would be", "document.querySelector('.dragged-line')");
    page.mouse("mouseReleased", (x + 60.0, y));
    page.control("Run A");
    assert!(time_of(&page, 0) > before + 5.0, "{} → {}", before, time_of(&page, 0));
    assert_eq!(text(&page, ".clock"), clock, "the page lands at the same time");
}

#[test]
fn a_chip_is_moved_by_a_finger() {
    let page = Page::blank();
    page.set_size(390, 844);
    page.goto("#/lab/raft?seed=1");
    page.touch_tap("Kill node 4");
    page.touch_tap("Next change");
    page.touch_tap("tab:Space–time");
    page.wait_until("the act", "document.querySelector('.point.input')");
    page.eval("document.querySelector('.diagram-surface').scrollIntoView({ block: 'center' })");
    let before = time_of(&page, 0);
    let (x, y) = page.middle("document.querySelector('.point.input')");
    page.touch("touchStart", &[(x, y)]);
    for by in [10.0, 20.0, 30.0, 40.0] {
        page.touch("touchMove", &[(x, y - by)]);
    }
    page.touch("touchEnd", &[]);
    page.control("Run A");
    assert!(time_of(&page, 0) < before - 5.0, "{} → {}", before, time_of(&page, 0));
}

#[test]
fn a_chip_is_moved_changed_and_deleted_by_keys_and_each_plays_the_run_anew() {
    let page = Page::open("#/lab/raft?seed=1");
    crashed(&page);
    let (clock, before) = (text(&page, ".clock"), time_of(&page, 0));
    page.tab_to("crash n4 at…");
    for _ in 0..3 {
        page.press("Shift+ArrowRight");
    }
    assert_eq!(time_of(&page, 0), before + 15.0);
    assert!(page.focused().unwrap().name.starts_with("crash n4 at"), "the focus stays on the chip");
    assert_eq!(text(&page, ".clock"), clock);
    let runs = page.eval("document.querySelectorAll('.run').length");
    assert_eq!(runs, 2, "many moves of one chip leave one run behind");
    page.press("Delete");
    assert_eq!(chips(&page), Vec::<String>::new());
    assert!(page.control("Node 4,…").name.contains(", up"));
    page.press("Control+z");
    assert_eq!(chips(&page), ["crash n4"]);
    page.press("Control+Shift+Z");
    assert_eq!(chips(&page), Vec::<String>::new());
}

#[test]
fn a_chip_is_changed_by_form_and_by_text() {
    let page = Page::open("#/lab/raft?seed=1");
    crashed(&page);
    page.click("crash n4 at…");
    page.set_value("Node", "n1");
    page.click("Change");
    assert_eq!(chips(&page), ["crash n1"]);
    page.set_value("As text", "0.150s pause n2");
    page.click("Change to this");
    assert_eq!((chips(&page), time_of(&page, 0)), (vec!["pause n2".to_string()], 150.0));
    page.set_value("As text", "soon pause n2");
    page.click("Change to this");
    page.wait_for_text("is not a time");
    assert_eq!(chips(&page), ["pause n2"], "nothing is lost");
    page.click("Delete");
    assert_eq!(chips(&page), Vec::<String>::new());
}

#[test]
fn an_act_that_no_longer_makes_sense_says_why_on_its_chip() {
    let page = Page::open("#/lab/raft?seed=1");
    crashed(&page);
    page.click("Restart node 4");
    page.tab_to("crash n4 at…");
    page.press("Delete");
    page.control("restart n4 at…");
    assert!(page.control("restart n4 at…").name.ends_with("not done: n4 is not down"));
}

#[test]
fn an_act_is_added_at_any_time() {
    let page = Page::open("#/lab/raft?seed=1");
    page.click("Add an act");
    page.set_value("At, time", "0.1s");
    page.click("Add");
    assert!(page.control("crash leader at 0.100 s…").name.contains("not done"), "nobody leads yet");
    page.click("Add an act");
    page.set_value("Do", "crash n2");
    page.set_value("At, time", "0.1");
    page.click("Add");
    assert!(chips(&page).contains(&"crash n2".to_string()), "{:?}", chips(&page));
    assert!(page.control("Node 2,…").name.contains("crashed"));
}

#[test]
fn the_ways_back_are_three_different_things() {
    let page = Page::open("#/lab/raft?seed=1");
    crashed(&page);
    page.click("Kill node 1");
    page.click("Undo");
    assert_eq!(chips(&page), ["crash n4"]);
    page.click("Redo");
    assert_eq!(chips(&page), ["crash n4", "crash n1"]);
    let clock = text(&page, ".clock");
    page.click("Clear my faults");
    assert_eq!((chips(&page), text(&page, ".clock")), (Vec::new(), clock.clone()));
    page.click("Undo");
    assert_eq!(chips(&page), ["crash n4", "crash n1"]);
    page.click("Reset scenario");
    assert_eq!(chips(&page), Vec::<String>::new());
    assert_ne!(text(&page, ".clock"), clock);
    page.wait_for_text("What you did is kept as");
}

#[test]
fn a_newcomer_needs_no_text_to_cause_the_first_failure() {
    let page = Page::open("#/lab/raft?seed=1");
    page.click("Kill the leader, n4");
    page.click("Next change");
    page.control("crash n4 fault 1 of 1…");
    page.wait_until("the error", "document.querySelector('.stage-cell.error:is(.done, .now)')");
}

#[test]
fn with_everybody_down_the_page_says_so_and_offers_the_way_out() {
    let page = Page::open("#/lab/raft?seed=1&nodes=3&clients=1");
    for node in ["Kill node 1", "Kill node 2", "Kill node 3"] {
        page.click(node);
    }
    page.click("Kill client 1");
    page.click("Play");
    page.wait_for_text("All nodes are down. Nothing can happen. Restart one (K)");
    page.press("Escape");
    page.tab_to("Node 1…");
    page.press("k");
    assert!(page.control("Node 1,…").name.contains(", up"));
}

#[test]
fn a_quiet_moment_says_when_the_next_timer_fires() {
    let page = Page::open("#/lab/raft?seed=1&load=0&at=7");
    page.wait_for_text("Quiet: next timer in");
    page.click("Go on to it");
    assert!(time_on(&page) > 100.0, "the first election timer has fired");
}

#[test]
fn why_leads_from_two_leaders_in_bully_to_the_cut_that_made_them() {
    let page = Page::open("#/lab/bully?seed=1");
    page.click("Partition");
    page.click("Halves");
    page.click("Apply partition");
    let leaders = || {
        page.controls()
            .iter()
            .filter(|c| c.name.contains(", leader,") || c.name.contains(", coordinator,"))
            .count()
    };
    for _ in 0..12 {
        if leaders() >= 2 {
            break;
        }
        page.click("Next change");
    }
    assert!(leaders() >= 2, "each side has a leader of its own");
    page.click("tab:Why?");
    page.wait_until(
        "the cut at the end of the chain",
        "[...document.querySelectorAll('#panel li')].at(-1)?.textContent.includes('partition')",
    );
    let drawn = page.eval("document.querySelectorAll(':is(.slant, .point).chain').length");
    assert!(drawn.as_u64().unwrap() >= 1, "the chain is drawn in the diagram");
}

#[test]
fn the_diagram_is_gone_through_by_keys() {
    let page = Page::open("#/lab/raft?seed=1");
    crashed(&page);
    page.tab_to("Events…");
    let clock = || text(&page, ".clock");
    page.press("ArrowDown");
    let there = clock();
    page.press("ArrowLeft");
    assert!(clock() < there, "{} is before {there}", clock());
    page.wait_until(
        "the ring around the event",
        "document.querySelector('.diagram-picture .cursor')",
    );
    page.press("ArrowRight");
    assert_eq!(clock(), there);
    page.press("Home");
    assert_eq!(clock(), "0.000 s");
    page.press("End");
    // Enter at a message that arrived: it can be dropped, in the past.
    for _ in 0..30 {
        if text(&page, ".caption").contains(" gets ") {
            break;
        }
        page.press("ArrowLeft");
    }
    page.press("Enter");
    assert!(page.focused().unwrap().name.starts_with("Drop message"), "{:?}", page.focused());
    page.press("Enter");
    assert!(chips(&page).iter().any(|chip| chip.starts_with("drop m")));
}
