//! What this machine can do: the benchmarks, and whether it computes what every other one does.
//!
//! The work is done in slices, so that the page does not freeze.

use gloo_timers::callback::Timeout;
use markup::html;
use yew::prelude::{Component, Context, Html, Properties};

use faultline::labs::Lab;
use faultline::play::bench::{WORKLOADS, Workload};
use faultline::play::selftest;

use super::browser;
use super::chunk::chunk;
use super::number::decimal;

/// How long one workload is measured, in milliseconds.
const MEASURE_MS: f64 = 1_500.0;
/// At least so many iterations, and at most so many.
const ITERATIONS: (usize, usize) = (5, 2_000);

chunk! {
    /// Draws the self-test (`true`) or the benchmarks, over these labs.
    pub MACHINE: fn(bool, Vec<&'static Lab>) -> Html = draw, in machine
}

fn draw(test: bool, labs: Vec<&'static Lab>) -> Html {
    yew::html! { <Machine key={test.to_string()} {test} {labs} /> }
}

/// Does its work slice by slice, and shows what came of it.
struct Machine {
    lines: Vec<String>,
    /// The next slice, soon.
    next: Option<Timeout>,
}

#[derive(Properties, PartialEq)]
struct MachineProps {
    /// The self-test, or else the benchmarks.
    pub test: bool,
    pub labs: Vec<&'static Lab>,
}

impl MachineProps {
    fn slices(&self) -> usize {
        if self.test { selftest::RUNS as usize } else { WORKLOADS.len() }
    }

    fn slice(&self, place: usize) -> String {
        if self.test {
            digest(place as u64, &self.labs)
        } else {
            let workload = &WORKLOADS[place];
            let lab = self.labs.iter().find(|lab| lab.id == workload.lab);
            lab.map_or_else(String::new, |lab| measure(workload, lab))
        }
    }
}

impl Component for Machine {
    /// A slice is to be done.
    type Message = ();
    type Properties = MachineProps;

    fn create(ctx: &Context<Machine>) -> Machine {
        let mut machine = Machine { lines: Vec::new(), next: None };
        machine.ask(ctx);
        machine
    }

    fn update(&mut self, ctx: &Context<Machine>, (): ()) -> bool {
        self.lines.push(ctx.props().slice(self.lines.len()));
        self.ask(ctx);
        true
    }

    fn view(&self, ctx: &Context<Machine>) -> Html {
        let props = ctx.props();
        let done = (self.lines.len() == props.slices()).to_string();
        let progress = format!("{} of {}", self.lines.len(), props.slices());
        let lines = self.lines.join(",\n");
        if props.test {
            html! {
                <main class="page">
                    <h1>{ "Self-test" }</h1>
                    <p>{ progress }{ " runs. Each line must be the same on every machine." }</p>
                    <pre id="selftest-result" class="code" data-done={done}>{ format!("[\n{lines}\n]") }</pre>
                </main>
            }
        } else {
            html! {
                <main class="page">
                    <h1>{ "Benchmarks" }</h1>
                    <p>{ progress }{ " measured." }</p>
                    <pre id="bench-result" class="code" data-done={done}>{ format!("{{\"results\": [\n{lines}\n]}}") }</pre>
                </main>
            }
        }
    }
}

impl Machine {
    /// Lets the page be drawn before the next slice.
    fn ask(&mut self, ctx: &Context<Machine>) {
        let link = ctx.link().clone();
        let more = self.lines.len() < ctx.props().slices();
        self.next = more.then(|| Timeout::new(20, move || link.send_message(())));
    }
}

/// One of the runs whose digests must be the same everywhere, as a JSON object.
fn digest(place: u64, labs: &[&'static Lab]) -> String {
    let selftest::Outcome { setup, steps, digest } = selftest::run(place, labs);
    format!("{{\"setup\": \"{setup}\", \"steps\": {steps}, \"digest\": \"{digest}\"}}")
}

/// The median time of one iteration, as a JSON object.
fn measure(workload: &Workload, lab: &'static Lab) -> String {
    let mut iteration = (workload.prepare)(lab);
    iteration();
    let mut times = Vec::new();
    let started = browser::now_ms();
    while times.len() < ITERATIONS.0
        || browser::now_ms() - started < MEASURE_MS && times.len() < ITERATIONS.1
    {
        let before = browser::now_ms();
        iteration();
        let time = browser::now_ms() - before;
        let place = times.partition_point(|known| *known < time);
        times.insert(place, time);
    }
    let ns = times[times.len() / 2] * 1e6;
    let Workload { id, elements, .. } = workload;
    let (each, ns) = (decimal(ns / *elements as f64, 1), decimal(ns, 0));
    format!("{{\"id\": \"{id}\", \"ns\": {ns}, \"elements\": {elements}, \"ns_each\": {each}}}")
}
