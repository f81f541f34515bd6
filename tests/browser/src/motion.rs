//! How smoothly a five-node Raft plays, and how soon the page answers a hand; and how much work a frame
//! is with a thousand requests a second.

use crate::Page;
use serde_json::Value;

/// For how long frames are counted, in milliseconds.
const MEASURE_MS: u32 = 5_000;

/// How often "Play" and "Pause" are pressed to see how soon the page is drawn again.
const PRESSES: u32 = 30;

/// The place of "1 s on screen = 1 s in the cluster" among the speeds.
const REAL_TIME: &str = "9";

/// Times of frames and answers with a processor that is `slower` times as slow, as `(name, nanoseconds)`:
/// the mean and the longest frame while it plays, and the time from a press to the next picture that 95
/// of 100 presses do not exceed.
pub fn measure(slower: u32) -> Vec<(String, f64)> {
    let page = Page::open("#/lab/raft");
    page.slow_down(f64::from(slower));
    page.click("Play");
    let frames = page.eval_async(&format!(
        "const frames = []; let last; const end = performance.now() + {MEASURE_MS};
         const frame = now => {{
           if (last !== undefined) frames.push(now - last);
           last = now;
           if (now < end) requestAnimationFrame(frame); else done(frames);
         }};
         requestAnimationFrame(frame);"
    ));
    let answers = page.eval_async(&format!(
        "const times = [];
         const button = () => [...document.querySelectorAll('button')]
           .find(button => /^(Play|Pause)/.test(button.getAttribute('aria-label') ?? button.textContent.trim()));
         const press = () => {{
           const begin = performance.now();
           button().click();
           requestAnimationFrame(() => {{
             const port = new MessageChannel();
             port.port1.onmessage = () => {{
               times.push(performance.now() - begin);
               if (times.length < {PRESSES}) setTimeout(press, 100); else done(times);
             }};
             port.port2.postMessage(null);
           }});
         }};
         press();"
    ));
    let (frames, mut answers) = (numbers(&frames), numbers(&answers));
    answers.sort_by(f64::total_cmp);
    let mean = frames.iter().sum::<f64>() / frames.len() as f64;
    let longest = frames.iter().copied().fold(0.0, f64::max);
    let answer = answers[answers.len() * 95 / 100];
    [("frame", mean), ("longest-frame", longest), ("press-to-picture", answer)]
        .map(|(name, ms)| (format!("page/{slower}x-slower/{name}"), ms * 1e6))
        .to_vec()
}

/// A breaker with a thousand requests a second: the work of a frame while it is played as fast as the clock
/// on the wall, and that of ten simulated minutes without pictures, as `(name, nanoseconds)`. Work is the
/// processor's time of the page's thread, so that others on this machine do not count.
pub fn busy() -> Vec<(String, f64)> {
    let script = "lab breaker seed=1 rate=1000 threads=100\n60s stop\n";
    let page =
        Page::open("#/lab/breaker?script=lab%20breaker%20seed%3D1%20rate%3D1000%20threads%3D100");
    page.set_value("Speed…", REAL_TIME);
    page.click("Play");
    page.count_work();
    page.eval_async("setTimeout(done, 2000)");
    let parts = ["TaskDuration", "ScriptDuration", "RecalcStyleDuration", "LayoutDuration"];
    let work = || parts.map(|part| page.metric(part));
    let before = work();
    let frames = page.eval_async(&format!(
        "const end = performance.now() + {MEASURE_MS}; let frames = 0;
         const frame = now => {{
           frames += 1;
           if (now < end) requestAnimationFrame(frame); else done(frames);
         }};
         requestAnimationFrame(frame);"
    ));
    let after = work();
    let frames = frames.as_f64().expect("a number of frames");
    let name = |what: &str| format!("page/1000-requests-a-second/{what}");
    let mut all = vec![(name("frame"), f64::from(MEASURE_MS) * 1e6 / frames)];
    for (place, part) in ["work", "of-it-script", "of-it-style", "of-it-layout"].iter().enumerate()
    {
        all.push((name(part), (after[place] - before[place]) * 1e9 / frames));
    }
    page.click("Pause");
    page.click("Run many seeds");
    page.set_value("Script that is played with each seed", script);
    page.set_value("Seeds", "10");
    let before = page.metric("TaskDuration");
    page.set_patience(std::time::Duration::from_secs(120));
    page.click("Run them");
    page.wait_for_text("All 10 runs are played.");
    all.push((name("ten-minutes"), (page.metric("TaskDuration") - before) * 1e9));
    all
}

fn numbers(list: &Value) -> Vec<f64> {
    list.as_array().into_iter().flatten().filter_map(Value::as_f64).collect()
}
