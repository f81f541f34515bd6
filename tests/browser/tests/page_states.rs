//! The page where something is missing or other than usual: no storage, a hidden tab, paper, larger
//! text, less motion, a run of 100,000 steps.

use browser::Page;
use serde_json::json;

/// A page on which a script has run before its own.
fn after(script: &str) -> Page {
    let page = Page::blank();
    page.cdp("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script }));
    page
}

#[test]
fn where_storage_is_blocked_everything_works_and_nothing_is_said_of_it() {
    let page = after(
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('blocked', 'SecurityError'); } });",
    );
    page.goto("#/");
    page.set_value("Theme", "dark");
    page.wait_until("the theme", "document.documentElement.dataset.theme === 'dark'");
    page.goto("#/lab/raft?seed=1");
    page.click("Kill node 4");
    page.control("crash n4 fault 1 of 1…");
}

#[test]
fn where_storage_is_full_a_choice_holds_for_this_visit() {
    let page = after(
        "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };",
    );
    page.goto("#/");
    page.set_value("Theme", "contrast");
    page.wait_until("the theme", "document.documentElement.dataset.theme === 'contrast'");
    page.goto("#/about");
    assert_eq!(page.eval("document.documentElement.dataset.theme"), "contrast");
}

/// Counts what asks for frames and timers.
const COUNT: &str = "globalThis.asked = 0;
    for (const name of ['requestAnimationFrame', 'setTimeout', 'setInterval']) {
        const own = globalThis[name];
        globalThis[name] = (...given) => { asked += 1; return own(...given); };
    }";

/// Waits until, but for the waiting itself, nothing asks for a frame or a timer any more.
fn comes_to_rest(page: &Page) {
    page.eval("(globalThis.quiet = 0, globalThis.before = 0)");
    page.wait_until(
        "nothing is asked for any more",
        "(quiet = asked - before === 1 ? quiet + 1 : 0, before = asked, quiet >= 30)",
    );
}

#[test]
fn a_hidden_tab_pauses_says_so_and_rests() {
    for (route, said) in
        [("#/lab/raft?seed=1", true), ("#/compare/bully-raft?story=minority-cut&at=2000", false)]
    {
        let page = after(COUNT);
        page.goto(route);
        page.wait_until("it to be ready", "!document.querySelector('.play')?.disabled");
        page.click("Play");
        page.wait_until("frames", "asked > 20");
        page.eval(
            "(Object.defineProperty(document, 'hidden', { value: true }),
              document.dispatchEvent(new Event('visibilitychange')))",
        );
        page.control("Play");
        assert!(!said || page.text().contains("Paused because the page was hidden"));
        comes_to_rest(&page);
    }
}

#[test]
fn what_nobody_touches_rests() {
    for route in
        ["#/", "#/lab/breaker", "#/compare/bully-raft?story=minority-cut&at=2000", "#/about"]
    {
        let page = after(COUNT);
        page.goto(route);
        page.wait_until("it to be ready", "!document.querySelector('.play')?.disabled");
        comes_to_rest(&page);
    }
}

#[test]
fn the_catalogue_has_three_doors_and_a_picture_of_each_lab_that_moves_when_pointed_at() {
    let page = Page::open("#/");
    assert_eq!(page.eval("document.querySelectorAll('.door').length"), 3);
    let labs = faultline::labs::LISTING.len();
    page.wait_until(
        "every picture",
        &format!(
            "(all => all.length === {labs} && all.every(use => use.getBBox().width > 100))
             ([...document.querySelectorAll('.card-picture use')])"
        ),
    );
    let at = page.middle("document.querySelector('.card-picture')");
    page.mouse("mouseMoved", at);
    let picture = "document.querySelector('.card-picture').innerHTML";
    page.wait_until("the lab", &format!("!{picture}.includes('<use')"));
    page.eval(&format!("globalThis.before = {picture}"));
    page.wait_until("it to move", &format!("{picture} !== before"));
    // It rests when nobody points at it.
    page.mouse("mouseMoved", (2.0, 300.0));
    page.wait_until(
        "it to rest",
        &format!("(now => {{ globalThis.same = now === before ? (globalThis.same ?? 0) + 1 : 0; before = now; return same > 20; }})({picture})"),
    );
}

#[test]
fn from_the_door_to_the_first_failure_it_takes_three_acts() {
    let page = Page::open("#/");
    page.click("Play now…");
    page.click("Kill the leader…");
    page.click("Play");
    page.wait_until("the failure", "document.querySelector('.stage-cell.failure:is(.done, .now)')");
}

#[test]
fn on_paper_the_lab_is_its_tables() {
    let page = Page::open("#/lab/raft?seed=1");
    page.click("Kill node 4");
    page.eval("dispatchEvent(new Event('beforeprint'))");
    page.wait_until("the tables", "document.querySelector('dialog[open] table')");
    page.cdp("Emulation.setEmulatedMedia", json!({ "media": "print" }));
    page.next_frame();
    let seen = page.eval(
        "[...document.querySelectorAll('.bar, .strip, .stage, .diagram-surface, .transport, .side, dialog .button')]
            .filter(part => part.checkVisibility()).map(part => part.className)",
    );
    assert_eq!(seen, json!([]), "only the tables are printed");
    let titles = page.eval("[...document.querySelectorAll('dialog h3')].map(h => h.textContent)");
    assert_eq!(titles.as_array().unwrap().len(), 4, "{titles}");
    let cut = page.eval(
        "[...document.querySelectorAll('dialog .scroll')].filter(part => part.scrollWidth > part.clientWidth + 1 && getComputedStyle(part).overflowX !== 'visible').length",
    );
    assert_eq!(cut, 0, "nothing is cut off at the edge of the paper");
    page.cdp("Emulation.setEmulatedMedia", json!({ "media": "" }));
    page.eval("dispatchEvent(new Event('afterprint'))");
    page.wait_until("the stage", "!document.querySelector('dialog')");
    page.control("Play");
}

#[test]
fn the_tables_have_every_node_link_message_and_event_and_their_acts() {
    let page = Page::open("#/lab/raft?seed=1");
    page.click("Next message");
    page.click("Tables");
    let text = page.text_of("dialog");
    for part in ["Nodes", "Links", "Messages on their way", "Kill n1"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    page.click("Kill n1");
    page.control("Restart n1");
    page.wait_until(
        "the event",
        "document.querySelector('dialog').innerText.includes('n1 crashes')",
    );
}

#[test]
fn the_words_of_the_strip_are_explained() {
    let page = Page::open("#/lab/raft?seed=1");
    page.click("Nothing is broken yet…");
    for word in ["latent", "masked", "false alarm", "failure", "Users notice"] {
        page.wait_for_text(word);
    }
}

#[test]
fn where_less_motion_is_wanted_messages_do_not_travel_but_the_diagram_goes_on() {
    let page = Page::blank();
    page.set_media("prefers-reduced-motion", "reduce");
    page.goto("#/lab/raft?seed=1");
    page.click("Next message");
    let places = "JSON.stringify([...document.querySelectorAll('[data-mover]')].map(m => [m.dataset.mover, m.getAttribute('transform')]))";
    page.eval(&format!("(globalThis.seen = {{}}, globalThis.moved = 0, globalThis.look = () => {{
        for (const [id, at] of JSON.parse({places})) {{ if (seen[id] && seen[id] !== at) moved += 1; seen[id] = at; }}
        requestAnimationFrame(look); }}, look())"));
    let shift = "document.querySelector('[data-moving]').getAttribute('transform') + document.querySelector('[data-present]').getAttribute('transform')";
    page.eval(&format!("globalThis.before = {shift}"));
    page.click("Play");
    page.wait_until("the diagram to move", &format!("{shift} !== before"));
    page.wait_until("some messages", "Object.keys(seen).length > 5");
    page.click("Pause");
    assert_eq!(page.eval("moved"), 0, "a message is where it is going, or where it came from");
}

#[test]
fn with_the_text_spacing_of_wcag_nothing_is_cut_off() {
    let page = Page::blank();
    for (width, height) in [(1440, 900), (390, 844)] {
        page.set_size(width, height);
        page.goto("");
        page.goto("#/lab/raft?seed=1");
        page.click("Kill node 4");
        page.eval(
            "(() => { const sheet = new CSSStyleSheet();
                sheet.replaceSync('* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }');
                document.adoptedStyleSheets = [sheet]; })()",
        );
        page.next_frame();
        assert_eq!(
            page.eval("document.documentElement.scrollWidth <= innerWidth"),
            true,
            "{width}"
        );
        let cut = page.eval(
            "[...document.querySelectorAll('button:not(.spot), .tab, .stage-word, h2')]
                .filter(part => part.checkVisibility() && part.scrollHeight > part.clientHeight + 4 && getComputedStyle(part).overflowY === 'hidden')
                .map(part => part.textContent)",
        );
        assert_eq!(cut, json!([]), "{width}");
    }
}

#[test]
fn a_run_of_100_000_steps_is_stepped_and_scrubbed_smoothly() {
    let page = Page::open("#/lab/raft?seed=1&at=50000");
    page.set_patience(std::time::Duration::from_secs(60));
    // As fast as it goes; a link opens at no later place.
    page.set_value("Speed…", "11");
    page.click("Play");
    page.wait_until("100,000 steps", "Number(document.querySelector('.slider').max) >= 100000");
    page.click("Pause");
    let times = page.eval_async(
        "const slider = document.querySelector('.slider');
         const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set;
         const times = [];
         const places = [99000, 98000, 50000, 50100, 1000, 75000, 99900, 12345, 67890, 100000];
         const next = () => {
           if (!places.length) return done(times);
           const begin = performance.now();
           set.call(slider, places.shift());
           slider.dispatchEvent(new Event('input', { bubbles: true }));
           requestAnimationFrame(() => setTimeout(() => { times.push(performance.now() - begin); next(); }));
         };
         next();",
    );
    let mut times: Vec<f64> = times.as_array().unwrap().iter().filter_map(|t| t.as_f64()).collect();
    times.sort_by(f64::total_cmp);
    eprintln!("a seek among 100,000 steps, in ms: {times:.0?}");
    assert!(times[times.len() / 2] < 250.0, "{times:?}");
}
