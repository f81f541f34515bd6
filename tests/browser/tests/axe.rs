//! What axe, the usual checker of accessibility, finds: nothing, on any place of the page.
//!
//! Each place is looked at in five pairs of theme and size, another five for the next place: so every
//! place is seen in every theme and in every size, and every theme in every size.

use browser::Page;
use faultline::labs::LISTING;

const THEMES: [&str; 5] = ["auto", "light", "dark", "projector", "contrast"];
const SIZES: [(u32, u32); 5] = [(1440, 900), (1024, 768), (800, 600), (390, 844), (320, 568)];

/// A browser, and what has been found so far.
struct Look {
    page: Page,
    places: usize,
    found: Vec<String>,
}

impl Look {
    fn new() -> Look {
        Look { page: Page::blank(), places: 0, found: Vec::new() }
    }

    /// Looks at what is on the page now, which is called so, in every theme and every size.
    fn at(&mut self, place: &str) {
        for (turn, theme) in THEMES.into_iter().enumerate() {
            let (width, height) = SIZES[(turn + self.places) % SIZES.len()];
            // What the computer prefers decides on "auto", and on black or white where contrast is high.
            self.page.set_theme(if self.places.is_multiple_of(2) { "dark" } else { "light" });
            self.page.eval(&match theme {
                "auto" => "delete document.documentElement.dataset.theme".to_string(),
                theme => format!("document.documentElement.dataset.theme = '{theme}'"),
            });
            self.page.set_size(width, height);
            self.page.next_frame();
            if width < 600 {
                // What lies under the bar at the foot of a phone can be scrolled out from under it.
                let whole = self.page.eval("document.documentElement.scrollHeight");
                self.page.set_size(width, whole.as_u64().expect("it is a height") as u32 + 200);
            }
            self.page.next_frame();
            self.page.next_frame();
            let found = self.page.axe();
            self.found
                .extend(found.iter().map(|what| format!("{place}, {theme}, {width}: {what}")));
        }
        self.places += 1;
        // Everything has a place of its own on a large page.
        self.page.set_size(SIZES[0].0, SIZES[0].1);
        self.page.next_frame();
    }

    fn at_route(&mut self, route: &str) {
        self.page.goto(route);
        self.page.wait_until("the place to be drawn", "document.querySelector('main')");
        self.at(route);
    }

    fn assert_nothing(self) {
        assert!(
            self.found.is_empty(),
            "axe finds {}:\n{}",
            self.found.len(),
            self.found.join("\n")
        );
    }
}

#[test]
fn axe_finds_nothing_on_the_places_that_are_no_lab() {
    let mut look = Look::new();
    for route in ["#/", "#/keys", "#/about", "#/bench", "#/selftest", "#/nowhere", "#/lab/nope"] {
        look.at_route(route);
    }
    look.at_route("#/compare/bully-raft?story=minority-cut&at=4900");
    look.at_route("#/embed/lab/raft?ui=std");
    look.page.goto("");
    look.page.goto("#/lab/raft?seed=7&fail=0");
    look.page.wait_for_text("The simulation stopped");
    look.at("the page of a failure");
    look.page.console_errors();
    look.assert_nothing();
}

#[test]
fn axe_finds_nothing_on_any_lab() {
    let mut look = Look::new();
    for lab in LISTING {
        look.at_route(&format!("#/lab/{}", lab.id));
    }
    look.assert_nothing();
}

/// What lies over a lab, or stands in its panel, and the clicks that lead there.
const OVER: &[(&str, &[&str])] = &[
    ("help", &["Keys and help"]),
    ("share", &["Share"]),
    ("tables", &["Tables"]),
    ("set-up", &["Set-up…"]),
    ("compare with", &["Compare with…"]),
    ("many seeds", &["Run many seeds"]),
    ("partition", &["Partition", "Leader alone"]),
    ("the form of a node", &["Node 1…", "More…"]),
    ("the form of a link", &["Link 1 to 2, open", "More…"]),
    ("a request", &["Node 1…", "Request of node 1…"]),
    ("all faults", &["Kill node 1", "crash n1 fault 1 of 1…"]),
    ("a new chip", &["Add an act"]),
    ("a chip", &["Kill node 1", "crash n1 at…"]),
    ("rules", &["tab:Rules"]),
    ("rules in Rust", &["tab:Rules", "Rust source"]),
    ("log", &["tab:Log"]),
    ("why", &["Kill node 1", "Next change", "tab:Why?"]),
    ("script", &["tab:Script"]),
    ("a fork", &["Kill node 1", "Next change", "Step back", "Kill node 2"]),
];

fn over(all: &[(&str, &[&str])]) {
    let mut look = Look::new();
    for (what, clicks) in all {
        look.page.goto("");
        look.page.goto("#/lab/raft?seed=1");
        look.page.control("Play");
        clicks.iter().for_each(|name| look.page.click(name));
        look.at(what);
    }
    look.assert_nothing();
}

#[test]
fn axe_finds_nothing_in_dialogs() {
    over(&OVER[..OVER.len() / 2]);
}

#[test]
fn axe_finds_nothing_in_forms_and_panels() {
    over(&OVER[OVER.len() / 2..]);
}
