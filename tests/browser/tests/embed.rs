//! The page in a frame of somebody else's: on another origin, sandboxed, without storage, under the
//! strict policy.

use browser::Page;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

/// A page on another origin that has a lab in a frame and keeps what the frame says. `ask` sends a
/// request, and the answer comes into `answers`.
fn host(hash: &str, sandbox: &str) -> Page {
    let frame = format!("{}#{hash}", browser::address());
    let html = format!(
        r#"<!doctype html><title>host</title>
<iframe src="{}" title="lab" {sandbox} width="100%" height="600"></iframe>
<script>
  const frame = document.querySelector("iframe");
  const heard = [], answers = {{}};
  addEventListener("message", (event) => {{
    heard.push(event.data);
    answers[event.data.id] = event.data;
  }});
  const post = (message) => frame.contentWindow.postMessage(message, "*");
  const ask = (id, request) => post({{ ns: "faultline", v: 1, id, ...request }});
</script>"#,
        frame.replace('&', "&amp;")
    );
    let page = Page::blank();
    page.goto_url(&serve(html));
    page
}

/// Serves one page on a port, and so an origin, of its own.
fn serve(html: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port can be opened");
    let url = format!("http://{}/", listener.local_addr().expect("it has an address"));
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            // All requests are answered alike; what they ask need only be taken from the line.
            let _ = stream.read(&mut [0; 4096]);
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n";
            let _ = write!(stream, "{head}Content-Length: {}\r\n\r\n{html}", html.len());
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

fn greeted(hash: &str, sandbox: &str) -> Page {
    let page = host(hash, sandbox);
    page.wait_until("the lab is there", "heard.some((said) => said.type === 'ready')");
    assert_eq!(ask(&page, "hello", json!({ "type": "hello" }))["type"], "done");
    page
}

const SANDBOX: &str = "sandbox=\"allow-scripts\"";

#[test]
fn a_sandboxed_frame_on_another_origin_does_what_its_host_asks() {
    let page = greeted("/embed/lab/raft?seed=42&ui=min&id=one", SANDBOX);
    assert_eq!(page.eval("heard[0].id"), "one");
    page.wait_until("its height", "heard.some((said) => said.type === 'height' && said.px > 300)");

    ask(&page, "sub", json!({ "type": "subscribe", "to": ["event", "stage"] }));
    assert_eq!(ask(&page, "1", json!({ "type": "inject", "act": "crash leader" }))["type"], "done");
    page.wait_until(
        "the crash is told",
        "heard.some((said) => said.type === 'event' && /crash/.test(said.text))",
    );
    page.wait_until(
        "the fault is told",
        "heard.some((said) => said.type === 'stage' && said.stage === 'introduced')",
    );

    let state = ask(&page, "2", json!({ "type": "getState" }))["state"].clone();
    let state = state.as_str().expect("a state is a text").to_string();
    assert!(state.starts_with("/lab/raft?seed=42&f=k"), "{state}");
    ask(&page, "3", json!({ "type": "step" }));
    ask(&page, "4", json!({ "type": "setState", "state": state }));
    page.wait_until("it begins anew", "heard.filter((said) => said.type === 'ready').length === 2");
    let again = ask(&page, "5", json!({ "type": "getState" }))["state"].clone();
    let run = |state: &str| state.split("&at=").next().map(str::to_string);
    assert_eq!(again.as_str().and_then(run), run(&state));
    assert_eq!(page.console_errors(), [""; 0]);
}

#[test]
fn playing_goes_on_until_the_host_says_pause() {
    let page = greeted("/embed/lab/bully?seed=1", SANDBOX);
    ask(&page, "sub", json!({ "type": "subscribe", "to": ["event"] }));
    ask(&page, "1", json!({ "type": "play" }));
    page.wait_until("time runs", "heard.filter((said) => said.type === 'event').length > 5");
    ask(&page, "2", json!({ "type": "pause" }));
    let count = page.eval("heard.filter((said) => said.type === 'event').length");
    ask(&page, "3", json!({ "type": "getGrade" }));
    assert_eq!(page.eval("heard.filter((said) => said.type === 'event').length"), count);
}

#[test]
fn a_grade_is_how_much_of_the_links_expectations_came_true() {
    let acts = "k5@1000~3s_expect_not_agreed~5s_expect_agreed~6s_stop";
    let page = greeted(&format!("/embed/lab/bully?seed=1&f={acts}"), SANDBOX);
    let grade = ask(&page, "1", json!({ "type": "getGrade" }));
    assert_eq!((&grade["met"], &grade["of"]), (&json!(0), &json!(2)));
    ask(&page, "2", json!({ "type": "seek", "t": 5500 }));
    let grade = ask(&page, "3", json!({ "type": "getGrade" }));
    assert_eq!(grade["of"], 2);
    assert!(grade["met"].as_u64() >= Some(1), "{grade}");
}

#[test]
fn what_is_malformed_or_not_allowed_is_answered_with_the_reason() {
    let page = greeted("/embed/lab/raft?seed=42&lock=1", SANDBOX);
    for (id, request, reason) in [
        ("a", json!({ "type": "explode" }), "unknown variant `explode`"),
        ("b", json!({ "type": "seek" }), "`seek` takes `t`"),
        ("c", json!({ "type": "inject", "act": "crash n1" }), "open it in a page of its own"),
        ("d", json!({ "type": "inject", "act": "crash everybody" }), "everybody"),
        ("e", json!({ "type": "setState", "state": "https://example.org" }), "begins with"),
        ("f", json!({ "type": "setLang", "lang": "xx" }), "there is en"),
    ] {
        let answer = ask(&page, id, request);
        let why = answer["why"].as_str().unwrap_or_default();
        assert!(answer["type"] == "error" && why.contains(reason), "{answer}");
    }
    // What is not of this protocol is passed over in silence.
    page.eval("post('hello'), post({ ns: 'other', type: 'play' }), post(null)");
    let count = page.eval("heard.length");
    ask(&page, "g", json!({ "type": "getGrade" }));
    assert_eq!(page.eval("heard.length"), json!(count.as_u64().map(|count| count + 1)));
}

#[test]
fn only_that_it_is_there_and_how_high_it_is_goes_to_a_host_that_has_not_said_hello() {
    let page = host("/embed/lab/bully?seed=1&origin=https://lms.example.org", SANDBOX);
    page.wait_until("its height", "heard.some((said) => said.type === 'height')");
    page.eval("ask('x', { type: 'hello' }), ask('y', { type: 'getState' })");
    // The frame answers in order, so a ready of a second frame comes after anything the first would say.
    page.eval("frame.src = frame.src + '&id=second'");
    page.wait_until("the second", "heard.some((said) => said.id === 'second')");
    let types = page.eval("[...new Set(heard.map((said) => said.type))].sort()");
    assert_eq!(types, json!(["height", "ready"]));
}

#[test]
fn a_frame_out_of_sight_is_a_still_picture_until_it_comes_into_view() {
    let page = host("/embed/lab/raft?seed=1", SANDBOX);
    page.wait_until("it is there", "heard.some((said) => said.type === 'ready')");
    page.eval(
        "heard.length = 0, frame.remove(), document.body.style.paddingTop = '5000px', \
         window.loaded = false, frame.addEventListener('load', () => window.loaded = true), \
         document.body.append(frame)",
    );
    page.wait_until("the still picture", "loaded");
    assert_eq!(page.eval("heard.length"), 0);
    page.eval("frame.scrollIntoView()");
    page.wait_until("the lab", "heard.some((said) => said.type === 'ready')");
}

#[test]
fn a_link_that_was_damaged_opens_the_lab_and_says_so() {
    let page = Page::open("#/lab/raft?seed=7&z=AAAA&colour=red");
    page.wait_for_text("damaged");
    page.wait_for_text("no `colour`");
    page.click("Step");
}
