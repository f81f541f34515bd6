//! The page in a frame of somebody else's: on another origin, sandboxed, without storage, under the
//! strict policy; in both browsers.

use browser::{Browser, Page, Storage};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

const SANDBOX: &str = "sandbox=\"allow-scripts\"";

/// A frame, as an element.
fn frame(hash: &str, attributes: &str) -> String {
    let url = format!("{}#{hash}", browser::address()).replace('&', "&amp;");
    format!(
        "<iframe src=\"{url}\" title=\"lab\" {attributes} width=\"100%\" height=\"600\"></iframe>"
    )
}

/// A page on another origin that has a lab in a frame and keeps what the frame says. `ask` sends a
/// request, and the answer comes into `answers`.
fn host(page: &Page, body: &str) {
    let html = format!(
        r#"<!doctype html><title>host</title>
{body}
<script>
  const frame = (window.frame = document.querySelector("iframe"));
  // Of the window, so that a test can reach them in every browser.
  const heard = (window.heard = []), answers = (window.answers = {{}});
  addEventListener("message", (event) => {{
    heard.push(event.data);
    answers[event.data.id] = event.data;
  }});
  window.count = (type) => heard.filter((said) => said.type === type).length;
  const post = (window.post = (message) => frame.contentWindow.postMessage(message, "*"));
  window.ask = (id, request) => post({{ ns: "faultline", v: 1, id, ...request }});
</script>"#
    );
    page.goto_url(&serve(html));
}

/// Serves one page on a port, and so an origin, of its own.
fn serve(html: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port can be opened");
    let url = format!("http://{}/", listener.local_addr().expect("it has an address"));
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let html = html.clone();
            // One thread each: a browser opens connections before it has anything to ask.
            thread::spawn(move || {
                // All requests are answered alike; what they ask need only be taken from the line.
                let _ = stream.read(&mut [0; 4096]);
                let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n";
                let _ = write!(stream, "{head}Content-Length: {}\r\n\r\n{html}", html.len());
            });
        }
    });
    url
}

/// Asks, and waits for the answer.
fn ask(page: &Page, id: &str, request: Value) -> Value {
    page.eval(&format!("ask('{id}', {request})"));
    page.wait_until(&format!("an answer to {request}"), &format!("!!answers['{id}']"));
    page.eval(&format!("answers['{id}']"))
}

fn greet(page: &Page) {
    page.wait_until("the lab is there", "count('ready') > 0");
    assert_eq!(ask(page, "hello", json!({ "type": "hello" }))["type"], "done");
}

fn greeted(hash: &str) -> Page {
    let page = Page::blank();
    host(&page, &frame(hash, SANDBOX));
    greet(&page);
    page
}

/// Waits until something that is counted stands still over thirty looks in a row.
fn stands_still(page: &Page, counted: &str) {
    page.eval("(window.still = 0, window.before = -1)");
    page.wait_until(
        &format!("{counted} stands still"),
        &format!("(window.still = before === {counted} ? still + 1 : 0, window.before = {counted}, still >= 30)"),
    );
}

/// All that a host can ask for and be told, as issue after issue of a course would do it.
fn talks(browser: Browser, storage: Storage, attributes: &str) {
    let page = Page::blank_in(browser, storage);
    let acts = "k5@1000~3s_expect_not_agreed~5s_expect_agreed~6s_stop";
    host(&page, &frame(&format!("/embed/lab/bully?seed=1&f={acts}&ui=min&id=one"), attributes));
    greet(&page);
    assert_eq!(page.eval("heard[0].id"), "one");
    page.wait_until("its height", "heard.some((said) => said.type === 'height' && said.px > 300)");

    ask(&page, "sub", json!({ "type": "subscribe", "to": ["event", "stage", "check", "xapi"] }));
    ask(&page, "play", json!({ "type": "play" }));
    page.wait_until("time runs", "count('event') > 5");
    ask(&page, "pause", json!({ "type": "pause" }));
    stands_still(&page, "count('event')");

    assert_eq!(ask(&page, "act", json!({ "type": "inject", "act": "crash n4" }))["type"], "done");
    page.wait_until(
        "it is told",
        "heard.some(({ type, text }) => type === 'event' && /crash/.test(text))",
    );
    page.wait_until("the fault, too", "heard.some((said) => said.stage === 'introduced')");

    let state = ask(&page, "out", json!({ "type": "getState" }))["state"].clone();
    let state = state.as_str().expect("a state is a text").to_string();
    assert!(state.starts_with("/lab/bully?seed=1&f="), "{state}");
    ask(&page, "step", json!({ "type": "step" }));
    ask(&page, "back", json!({ "type": "back" }));
    ask(&page, "in", json!({ "type": "setState", "state": state }));
    page.wait_until("it begins anew", "count('ready') === 2");
    let again = ask(&page, "out again", json!({ "type": "getState" }))["state"].clone();
    let run = |state: &str| state.split("&at=").next().map(str::to_string);
    assert_eq!(again.as_str().and_then(run), run(&state));

    page.eval(&format!(
        "frame.src = {}",
        page.eval("JSON.stringify(frame.src + '&answers=show')").as_str().unwrap_or_default()
    ));
    page.wait_until("the exercise anew", "count('ready') === 3");
    let grade = ask(&page, "none yet", json!({ "type": "getGrade" }));
    assert_eq!((&grade["met"], &grade["of"]), (&json!(0), &json!(2)));
    ask(&page, "sub again", json!({ "type": "subscribe", "to": ["check", "xapi"] }));
    ask(&page, "seek", json!({ "type": "seek", "t": 7000 }));
    let grade = ask(&page, "graded", json!({ "type": "getGrade" }));
    assert_eq!(
        (&grade["met"], &grade["of"]),
        (&json!(1), &json!(2)),
        "all have long agreed by 3 s"
    );
    page.wait_until(
        "the end is told",
        "heard.some(({ type, met }) => type === 'completed' && met === 1)",
    );
    page.wait_until(
        "and as a statement without an actor",
        "heard.some(({ statement }) => statement?.verb.id.endsWith('/failed') && !statement.actor)",
    );

    for (id, request, reason) in [
        ("a", json!({ "type": "explode" }), "unknown variant `explode`"),
        ("b", json!({ "type": "seek" }), "`seek` takes `t`"),
        ("c", json!({ "type": "inject", "act": "crash everybody" }), "everybody"),
        ("d", json!({ "type": "setState", "state": "https://example.org" }), "begins with"),
        ("e", json!({ "type": "setLang", "lang": "xx" }), "there is en"),
    ] {
        let answer = ask(&page, id, request);
        let why = answer["why"].as_str().unwrap_or_default();
        assert!(answer["type"] == "error" && why.contains(reason), "{answer}");
    }
    // What is not of this protocol is passed over in silence.
    page.eval("(post('hello'), post({ ns: 'other', type: 'play' }), post(null))");
    let count = page.eval("heard.length");
    ask(&page, "last", json!({ "type": "getGrade" }));
    assert_eq!(page.eval("heard.length"), json!(count.as_u64().map(|count| count + 1)));
    assert_eq!(page.console_errors(), [""; 0]);
}

#[test]
fn a_sandboxed_frame_without_an_origin_does_what_its_host_asks() {
    talks(Browser::Chromium, Storage::Blocked, SANDBOX);
}

#[test]
fn a_sandboxed_frame_without_an_origin_does_the_same_in_firefox() {
    talks(Browser::Firefox, Storage::Blocked, SANDBOX);
}

#[test]
fn a_frame_whose_storage_is_blocked_does_what_its_host_asks() {
    let page = Page::blank_in(Browser::Chromium, Storage::Blocked);
    page.goto("#/embed/lab/bully?seed=1");
    let blocked = page.eval(
        "(() => { try { return localStorage.length } catch (error) { return error.name } })()",
    );
    assert_eq!(blocked, "SecurityError", "storage is blocked");
    drop(page);
    talks(Browser::Chromium, Storage::Blocked, "");
}

#[test]
fn what_is_not_allowed_is_answered_with_the_reason() {
    let page = greeted("/embed/lab/raft?seed=42&lock=1");
    let answer = ask(&page, "a", json!({ "type": "inject", "act": "crash n1" }));
    assert!(answer["why"].as_str().is_some_and(|why| why.contains("open it in a page of its own")));
    let page = greeted("/embed/lab/raft?seed=42&actions=cut,msg");
    let answer = ask(&page, "a", json!({ "type": "inject", "act": "crash n1" }));
    assert!(answer["why"].as_str().is_some_and(|why| why.contains("“kill” are switched off")));
    let answer = ask(&page, "b", json!({ "type": "inject", "act": "cut n1 n2" }));
    assert_eq!(answer["type"], "done");
    let answer = ask(&page, "c", json!({ "type": "inject", "act": "partition n1 | n2" }));
    assert_eq!(answer["type"], "done", "two nodes cut off from each other are a cut link");
}

#[test]
fn only_that_it_is_there_and_how_high_it_is_goes_to_a_host_that_has_not_said_hello() {
    let page = Page::blank();
    host(&page, &frame("/embed/lab/bully?seed=1&origin=https://lms.example.org", SANDBOX));
    page.wait_until("its height", "count('height') > 0");
    page.eval("(ask('x', { type: 'hello' }), ask('y', { type: 'getState' }))");
    // The frame answers in order, so a ready of a second frame comes after anything the first would say.
    page.eval("frame.src = frame.src + '&id=second'");
    page.wait_until("the second", "heard.some((said) => said.id === 'second')");
    let types = page.eval("[...new Set(heard.map((said) => said.type))].sort()");
    assert_eq!(types, json!(["height", "ready"]));
}

#[test]
fn of_several_frames_on_a_page_only_those_in_view_fetch_their_program() {
    let page = Page::blank();
    let frames: Vec<String> = ["one", "two", "three"]
        .iter()
        .map(|id| {
            let hash = format!("/embed/lab/raft?seed=1&id={id}");
            format!("<p style=\"height: 3000px\">{id}</p>{}", frame(&hash, SANDBOX))
        })
        .collect();
    host(&page, &frames.concat());
    page.eval("(window.loaded = 0, document.querySelectorAll('iframe').forEach((frame) => frame.addEventListener('load', () => loaded += 1)))");
    page.eval(
        "document.querySelectorAll('iframe').forEach((frame) => frame.src = frame.src + '&v=1')",
    );
    page.wait_until("the still pictures", "loaded === 3");
    assert_eq!(page.eval("heard.length"), 0, "none of the three is in view");
    page.eval("document.querySelectorAll('iframe')[1].scrollIntoView()");
    page.wait_until("the second", "count('ready') === 1");
    assert_eq!(page.eval("heard[0].id"), "two");
    stands_still(&page, "heard.length");
}

#[test]
fn out_of_sight_a_lab_that_plays_rests() {
    let page = Page::blank();
    let hash = "/embed/lab/bully?seed=1";
    host(&page, &format!("{}<p style=\"height: 5000px\">below</p>", frame(hash, SANDBOX)));
    greet(&page);
    ask(&page, "sub", json!({ "type": "subscribe", "to": ["event"] }));
    ask(&page, "play", json!({ "type": "play" }));
    page.wait_until("time runs", "count('event') > 5");
    page.eval("scrollTo(0, 4000)");
    stands_still(&page, "count('event')");
}

#[test]
fn the_wheel_over_a_lab_scrolls_the_page_of_the_host() {
    let page = Page::blank();
    let hash = "/embed/lab/raft?seed=1&ui=min";
    host(&page, &format!("{}<p style=\"height: 5000px\">below</p>", frame(hash, SANDBOX)));
    greet(&page);
    let wheel = json!({ "type": "mouseWheel", "x": 300, "y": 250, "deltaX": 0, "deltaY": 200 });
    page.cdp("Input.dispatchMouseEvent", wheel);
    page.wait_until("the host has scrolled", "scrollY > 100");
}

#[test]
fn keys_are_the_hosts_until_the_lab_has_the_focus_and_again_after_escape() {
    let page = Page::blank();
    host(&page, &frame("/embed/lab/raft?seed=1&actions=kill", ""));
    greet(&page);
    page.eval("(window.keys = [], addEventListener('keydown', ({ key }) => keys.push(key)))");
    let state = || page.eval("answers.state?.state");
    ask(&page, "before", json!({ "type": "getState" }));
    page.press("k");
    page.wait_until("the host has the key", "keys.join() === 'k'");

    ask(&page, "focus", json!({ "type": "focus" }));
    page.press("1");
    page.press("k");
    page.wait_until(
        "the lab has them: a node is killed",
        "(ask('state', { type: 'getState' }), /f=k1@/.test(answers.state?.state))",
    );
    assert_eq!(page.eval("keys.join()"), "k", "{}", state());

    // From the stage to the transport, and from there out.
    page.press("Escape");
    page.press("Escape");
    page.wait_until("the lab lets go", "count('focusExit') === 1");
    page.press("j");
    page.wait_until("the host has the keys again", "keys.at(-1) === 'j'");
}

#[test]
fn an_embedded_lab_keeps_nothing_and_asks_nobody_else() {
    let page = Page::open("#/embed/lab/raft?seed=1");
    page.click("Step");
    page.press("Shift+Tab");
    let kept = page.eval_async(
        "Promise.all([indexedDB.databases(), caches.keys(), navigator.serviceWorker.getRegistrations()]) \
         .then((lists) => done([localStorage.length, sessionStorage.length, document.cookie.length, ...lists.map((list) => list.length)]))",
    );
    assert_eq!(kept, json!([0, 0, 0, 0, 0, 0]));
    let asked = page.eval("performance.getEntriesByType('resource').map(({ name }) => name)");
    let asked: Vec<&str> =
        asked.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let own = browser::address();
    assert!(asked.len() > 5 && asked.iter().all(|url| url.starts_with(&own)), "{asked:#?}");
}

#[test]
fn a_lab_plays_at_the_speed_and_until_the_moment_that_its_address_says() {
    let page = Page::open("#/embed/lab/bully?seed=1&play=1&speed=500&until=1500");
    page.wait_until("it plays", "document.querySelector('.play').textContent.includes('Pause')");
    page.wait_until("it stops", "document.querySelector('.play').textContent.includes('Play')");
    let clock = page.text_of("[data-clock]");
    assert!(clock.starts_with("1.5") || clock.starts_with("1.6"), "{clock}");
    assert!(page.has("combobox:Speed: 1 s on screen = 500 ms in the cluster"));
}

#[test]
fn a_lab_moves_as_its_address_says_whatever_the_system_prefers() {
    let page = Page::blank();
    page.set_media("prefers-reduced-motion", "reduce");
    page.goto("#/embed/lab/bully?seed=1&play=1");
    assert_eq!(
        page.eval("document.documentElement.dataset.motion ?? 'as the system says'"),
        "as the system says"
    );
    assert!(page.has("Play"), "it does not play by itself where motion is not welcome");
    page.goto_url("about:blank");
    page.goto("#/embed/lab/bully?seed=1&play=1&motion=full");
    page.wait_until("it plays", "document.querySelector('.play').textContent.includes('Pause')");
    page.goto_url("about:blank");
    page.goto("#/embed/lab/bully?seed=1&play=1&motion=reduce");
    page.control("Play");
    assert_eq!(page.eval("document.documentElement.dataset.motion"), "reduce");
}

#[test]
fn only_the_acts_that_are_allowed_have_buttons() {
    let page = Page::open("#/embed/lab/raft?seed=1");
    page.control("Partition");
    assert!(page.has("Kill node 1"));
    page.goto("#/embed/lab/raft?seed=1&actions=kill");
    page.control("Kill node 1");
    assert!(!page.has("Partition"));
    page.goto("#/embed/lab/raft?seed=1&actions=part,cut");
    page.control("Partition");
    assert!(!page.has("Kill node 1"));
    page.goto("#/embed/lab/raft?seed=1&lock=1");
    page.control("Step");
    assert!(!page.has("Partition") && !page.has("Kill node 1"));
}

#[test]
fn in_the_smallest_frame_stage_and_controls_fit_without_scrolling() {
    for (width, height) in [(320, 480), (800, 600)] {
        let page = Page::blank();
        page.set_size(width, height);
        page.goto("#/embed/lab/raft?seed=1");
        page.control("Step");
        let overflows = page.eval(
            "['.stage', '.tray', '.transport', '.play'].filter((part) => { \
               const { left, right, top, bottom, height } = document.querySelector(part).getBoundingClientRect(); \
               return left < 0 || right > innerWidth || top < 0 || bottom > innerHeight || height < 24; })",
        );
        assert_eq!(overflows, json!([]), "at {width} by {height}");
        let scrolls = "document.documentElement.scrollWidth > innerWidth || document.documentElement.scrollHeight > innerHeight";
        assert_eq!(page.eval(scrolls), false, "at {width} by {height}");
        assert_eq!(page.eval("innerWidth"), width);
        page.click("Play");
        page.click("Pause");
    }
}

#[test]
fn what_an_embedded_address_cannot_mean_is_told_and_the_lab_is_there() {
    let page = Page::open("#/embed/lab/raft?seed=1&ui=huge&speed=never");
    page.wait_for_text("`ui` is one of");
    page.wait_for_text("`speed` is a number");
    page.click("Step");
}

#[test]
fn a_link_that_was_damaged_opens_the_lab_and_says_so() {
    let page = Page::open("#/lab/raft?seed=7&z=AAAA&colour=red");
    page.wait_for_text("damaged");
    page.wait_for_text("no `colour`");
    page.click("Step");
}

#[test]
fn the_element_is_as_high_as_its_lab_and_its_methods_give_promises() {
    let page = Page::blank();
    let script = format!("{}embed.js", browser::address());
    let body = format!(
        "<script type=\"module\" src=\"{script}\"></script>\
         <fault-line lab=\"bully\" run=\"seed=1\" ui=\"min\" actions=\"kill\" title=\"Bully\" id=\"one\"></fault-line>"
    );
    page.goto_url(&serve(format!("<!doctype html><title>host</title>{body}")));
    page.wait_until("the element", "!!document.querySelector('fault-line iframe')");
    let told = page.eval_async(
        "const lab = document.getElementById('one'); \
         const crashed = new Promise((keep) => lab.addEventListener('faultline-event', ({ detail }) => /crash/.test(detail.text) && keep(detail.text))); \
         lab.subscribe(['event']) \
           .then(() => lab.inject('crash n1')) \
           .then(() => Promise.all([lab.getState(), crashed, lab.inject('cut n1 n2').catch((error) => error.message)])) \
           .then(done, (error) => done(String(error)));",
    );
    assert!(told[0].as_str().is_some_and(|state| state.contains("f=k1@")), "{told}");
    assert!(told[2].as_str().is_some_and(|why| why.contains("switched off")), "{told}");
    assert_eq!(page.eval("document.querySelector('fault-line iframe').clientHeight"), 440);
    let packed = browser::dist().join("embed.js.br");
    let bytes = std::fs::metadata(packed).expect("it was compressed").len();
    assert!(bytes <= 3_000, "{bytes} bytes");
}

/// What an embedded lab may weigh until the still picture is there, as it goes over the wire.
const FIRST_PAINT: f64 = 20_000.0;

#[test]
fn the_first_paint_of_an_embedded_lab_is_light() {
    let page = Page::blank();
    // Any page of the same origin, so that the frame's own count can be read.
    page.goto_url(&format!("{}lab/raft/rules.rs.txt", browser::address()));
    for lab in faultline::labs::LISTING {
        let url = format!("{}?of={}#/embed/lab/{1}", browser::address(), lab.id);
        page.eval(&format!(
            "(() => {{ document.querySelector('iframe')?.remove(); const frame = document.createElement('iframe'); \
              frame.src = '{url}'; frame.style.marginTop = '99999px'; \
              window.there = false; frame.onload = () => window.there = true; document.body.append(frame); }})()"
        ));
        page.wait_until(
            "the still picture",
            "there && frames[0].document.querySelector('.poster img')?.complete",
        );
        let weight = page.eval(
            "['navigation', 'resource'].flatMap((type) => frames[0].performance.getEntriesByType(type)) \
             .reduce((sum, entry) => sum + entry.transferSize, 0)",
        );
        let weight = weight.as_f64().expect("the browser counts bytes");
        println!("{}: {weight} bytes until the first paint", lab.id);
        assert!(weight > 5_000.0 && weight <= FIRST_PAINT, "{}: {weight} bytes", lab.id);
        assert_eq!(
            page.eval("frames[0].document.querySelector('.poster img').naturalWidth > 0"),
            true
        );
    }
    // A text names no icon, so the browser may ask the host for one.
    let errors = page.console_errors();
    assert!(errors.iter().all(|error| error.contains("/favicon.ico")), "{errors:#?}");
}
