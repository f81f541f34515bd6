//! What this machine can do: the benchmarks, and whether it computes what every other one does.
//!
//! The work is done in slices, so that the page does not freeze.

use yew::prelude::*;

use faultline::play::bench::{WORKLOADS, Workload};
use faultline::play::selftest;

use super::browser;
use super::number::decimal;

/// How long one workload is measured, in milliseconds.
const MEASURE_MS: f64 = 1_500.0;
/// At least so many iterations, and at most so many.
const ITERATIONS: (usize, usize) = (5, 2_000);

/// Calls `slice` once a turn for each number below `count`; returns what they gave so far.
#[hook]
fn use_sliced(count: usize, slice: fn(usize) -> String) -> UseStateHandle<Vec<String>> {
    let done = use_state(Vec::<String>::new);
    {
        let state = done.clone();
        use_effect_with(done.len(), move |&place| {
            let turn = (place < count).then(|| {
                gloo_timers::callback::Timeout::new(20, move || {
                    let mut all = (*state).clone();
                    all.push(slice(place));
                    state.set(all);
                })
            });
            move || drop(turn)
        });
    }
    done
}

/// Measures every workload in this browser.
#[component]
pub fn Bench() -> Html {
    let results = use_sliced(WORKLOADS.len(), |place| measure(&WORKLOADS[place]));
    let done = results.len() == WORKLOADS.len();
    let text = format!("{{\"results\": [\n  {}\n]}}", results.join(",\n  "));
    html! {
        <main class="page">
            <h1>{ "Benchmarks" }</h1>
            <p>{ if done { "Done." } else { "Measuring…" } }</p>
            <pre id="bench-result" class="code" data-done={done.to_string()}>{ text }</pre>
        </main>
    }
}

/// The median time of one iteration, as a JSON object.
fn measure(workload: &Workload) -> String {
    let mut iteration = (workload.prepare)();
    iteration();
    let mut times = Vec::new();
    let started = browser::now_ms();
    while times.len() < ITERATIONS.0
        || browser::now_ms() - started < MEASURE_MS && times.len() < ITERATIONS.1
    {
        let before = browser::now_ms();
        iteration();
        times.push(browser::now_ms() - before);
    }
    times.sort_by(f64::total_cmp);
    let ns = times[times.len() / 2] * 1e6;
    let Workload { id, elements, .. } = workload;
    let (each, ns) = (decimal(ns / *elements as f64, 1), decimal(ns, 0));
    format!("{{\"id\": \"{id}\", \"ns\": {ns}, \"elements\": {elements}, \"ns_each\": {each}}}")
}

/// Plays the runs whose digests must be the same everywhere, as JSON.
#[component]
pub fn SelfTest() -> Html {
    let lines = use_sliced(selftest::RUNS as usize, |place| {
        let outcome = selftest::run(place as u64);
        let selftest::Outcome { setup, steps, digest } = outcome;
        format!("{{\"setup\": \"{setup}\", \"steps\": {steps}, \"digest\": \"{digest}\"}}")
    });
    let done = lines.len() as u64 == selftest::RUNS;
    html! {
        <main class="page">
            <h1>{ "Self-test" }</h1>
            <p>{ format!("{} of {} runs. Each line must be the same on every machine.", lines.len(), selftest::RUNS) }</p>
            <pre id="selftest-result" class="code" data-done={done.to_string()}>{ format!("[\n{}\n]", lines.join(",\n")) }</pre>
        </main>
    }
}
