//! One script over many seeds: from one story to a distribution.
//!
//! The runs are played in slices between frames, so that the page stays awake and the work can be
//! stopped. What is shown grows with it.

use gloo_timers::callback::Timeout;
use markup::html;
use yew::prelude::{
    Callback, Component, Context, Event, Html, MouseEvent, Properties, SubmitEvent,
};

use faultline::labs::{Lab, Setup};
use faultline::play::batch::{
    Batch, Chart, Curve, Curves, Measure, SIDE, Shape, Spread, Sweep, Tick, figures,
};
use faultline::play::narrate::capital;
use faultline::play::{Limits, script};

use super::browser;
use super::chunk::chunk;
use super::route::script_hash;
use super::state::Msg;

/// A slice ends after so many milliseconds.
const SLICE_MS: f64 = 12.0;
/// So many steps are played between two looks at the clock.
const STEPS: u64 = 500;
/// At most so many set-ups are shown beside each other.
const SETUPS_MAX: usize = 6;
/// The table of runs has at most so many rows.
const ROWS_MAX: usize = 400;

#[derive(Properties, PartialEq)]
pub struct SeedsProps {
    /// What is played with each seed, at first.
    pub story: String,
    pub lab: &'static Lab,
    pub dispatch: Callback<Msg>,
}

chunk! {
    /// Fetched when the dialog is first opened.
    pub SEEDS: fn(String, &'static Lab, Callback<Msg>) -> Html = view, in seeds
}

fn view(story: String, lab: &'static Lab, dispatch: Callback<Msg>) -> Html {
    yew::html! { <Seeds {story} {lab} {dispatch} /> }
}

/// The dialog's body.
pub struct Seeds {
    batch: Option<Box<Batch>>,
    /// Which of the batch's measures is shown.
    measure: usize,
    /// The next slice, soon. None when all is played, or was stopped.
    next: Option<Timeout>,
}

pub enum SeedsMsg {
    Start(Box<Batch>),
    Slice,
    Stop,
    Measure(usize),
}

impl Component for Seeds {
    type Message = SeedsMsg;
    type Properties = SeedsProps;

    fn create(_ctx: &Context<Seeds>) -> Seeds {
        Seeds { batch: None, measure: 0, next: None }
    }

    fn update(&mut self, ctx: &Context<Seeds>, msg: SeedsMsg) -> bool {
        match msg {
            SeedsMsg::Start(batch) => {
                self.measure = self.measure_like(&batch);
                self.batch = Some(batch);
                self.ask(ctx);
            }
            SeedsMsg::Slice => {
                if self.slice() {
                    self.ask(ctx);
                } else {
                    self.next = None;
                }
            }
            SeedsMsg::Stop => self.next = None,
            SeedsMsg::Measure(measure) => self.measure = measure,
        }
        true
    }

    fn view(&self, ctx: &Context<Seeds>) -> Html {
        html! {
            <>
                { self.form(ctx) }
                if let Some(batch) = &self.batch {
                    { self.progress(ctx, batch) }
                    { self.result(ctx, batch) }
                }
            </>
        }
    }
}

impl Seeds {
    /// Lets the page be drawn before the next slice.
    fn ask(&mut self, ctx: &Context<Seeds>) {
        let link = ctx.link().clone();
        self.next = Some(Timeout::new(0, move || link.send_message(SeedsMsg::Slice)));
    }

    /// Plays for a little while. False when all is played.
    fn slice(&mut self) -> bool {
        let Some(batch) = &mut self.batch else { return false };
        let end = browser::now_ms() + SLICE_MS;
        while batch.advance(STEPS) {
            if browser::now_ms() > end {
                return true;
            }
        }
        false
    }

    /// The measure that was shown before, or else the one that tells most: how long it takes until
    /// somebody has the first part of the lab again, or until a failure is over.
    fn measure_like(&self, batch: &Batch) -> usize {
        let shown = self.batch.as_ref().map(|old| &old.measures()[self.measure]);
        let same = batch.measures().iter().position(|measure| Some(measure) == shown);
        same.unwrap_or(FIRST_SHOWN)
    }

    fn form(&self, ctx: &Context<Seeds>) -> Html {
        let SeedsProps { story, lab, dispatch } = ctx.props();
        let (link, lab, dispatch) = (ctx.link().clone(), *lab, dispatch.clone());
        let onsubmit = Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            match read(&event, lab) {
                Ok(batch) => link.send_message(SeedsMsg::Start(Box::new(batch))),
                Err(why) => dispatch.emit(Msg::Complain(why)),
            }
        });
        let lines = story.lines().count();
        html! {
            <form class="stack" {onsubmit}>
                <p>{ "One run is one piece of luck. The same acts with other seeds show what is usual, what is rare, and how bad it gets." }</p>
                <div class="row seeds-fields">
                    <label class="field">
                        <span>{ "Seeds" }</span>
                        <input class="number" type="text" inputmode="numeric" name="seeds" ~defaultValue="100" />
                    </label>
                    <label class="field grow">
                        <span>{ "Other set-ups on the same luck, each after a semicolon" }</span>
                        <input type="text" name="versus" placeholder="election_ms_max=155; nodes=7" autocomplete="off" />
                    </label>
                    <label class="field">
                        <span>{ "Over a parameter" }</span>
                        <input type="text" name="across" placeholder="rate=10,20,50" autocomplete="off" />
                    </label>
                    <button type="submit" class="button main">{ "Run them" }</button>
                </div>
                <details open={lines < 2}>
                    <summary>{ "What is done in each run" }</summary>
                    <textarea class="code seeds-script" name="script" rows="6" spellcheck="false"
                        aria-label="Script that is played with each seed" ~defaultValue={story.clone()} />
                </details>
            </form>
        }
    }

    fn progress(&self, ctx: &Context<Seeds>, batch: &Batch) -> Html {
        let (done, all) = (batch.played().len(), batch.all());
        let stop = ctx.link().callback(|_: MouseEvent| SeedsMsg::Stop);
        let words = match (done == all, self.next.is_some()) {
            (true, _) => format!("All {all} runs are played."),
            (false, true) => format!("{done} of {all} runs"),
            (false, false) => format!("Stopped after {done} of {all} runs."),
        };
        html! {
            <div class="row">
                <progress value={done.to_string()} max={all.to_string()} aria-label="Runs that are played" />
                // Before the words, whose length changes: it must not move under a finger.
                if self.next.is_some() {
                    <button type="button" class="button small" onclick={stop}>{ "Stop" }</button>
                }
                <span role="status" class="number">{ words }</span>
            </div>
        }
    }

    fn result(&self, ctx: &Context<Seeds>, batch: &Batch) -> Html {
        let measure = &batch.measures()[self.measure];
        if let Some(curves) = Curves::new(batch, self.measure) {
            return html! {
                <section class="stack">
                    { self.menu(ctx, batch) }
                    { curves_picture(batch, &curves, measure) }
                    { curves_table(batch, &curves, measure) }
                </section>
            };
        }
        let setups = 0..batch.setups().len();
        let spreads: Vec<Spread> = setups.map(|setup| batch.spread(setup, self.measure)).collect();
        let chart = Chart::new(&spreads, measure);
        let done = self.next.is_none();
        html! {
            <section class="stack">
                { self.menu(ctx, batch) }
                { picture(&chart, measure) }
                { summary(batch, &spreads, measure) }
                if done { { runs(batch, self.measure) } }
            </section>
        }
    }

    fn menu(&self, ctx: &Context<Seeds>, batch: &Batch) -> Html {
        let onchange = ctx.link().callback(|event: Event| {
            SeedsMsg::Measure(browser::value_of(&event).parse().unwrap_or(0))
        });
        let option = |(place, measure): (usize, &Measure)| {
            html! {
                <option value={place.to_string()} selected={place == self.measure}>
                    { capital(&measure.to_string()) }
                </option>
            }
        };
        html! {
            <label class="field">
                <span>{ "Measure" }</span>
                <select {onchange}>{ for batch.measures().iter().enumerate().map(option) }</select>
            </label>
        }
    }
}

/// Where the time to the first word of the lab (`leader`) stands among the measures on offer.
const FIRST_SHOWN: usize = 3;

/// The batch that the form asks for.
fn read(event: &Event, lab: &'static Lab) -> Result<Batch, String> {
    let seeds = browser::field(event, "seeds");
    let seeds = seeds.trim().parse();
    let seeds = seeds.map_err(|_| "the number of seeds is a whole number".to_string())?;
    let script = script::read_with(&browser::field(event, "script"), &[lab]);
    let script = script.map_err(|why| format!("{why}"))?;
    let mut others: Vec<Setup> = Vec::new();
    for text in browser::field(event, "versus").split(';').filter(|text| !text.trim().is_empty()) {
        let mut setup = script.setup.clone();
        script::change_setup(&mut setup, text)?;
        others.push(setup);
    }
    if others.len() >= SETUPS_MAX {
        return Err(format!("at most {SETUPS_MAX} set-ups fit beside each other"));
    }
    let measures = Measure::offered(&script, &figures(&script.setup)?);
    let across = browser::field(event, "across");
    let batch = if across.trim().is_empty() {
        Batch::new(script, others, measures, seeds, Limits::default())
    } else {
        let sweep = Sweep::read(&across, lab)?;
        Batch::swept(script, others, sweep, measures, seeds, Limits::default())
    };
    batch.map_err(|why| why.message)
}

/// The medians over the swept parameter, a line for each set-up. The table below says the same.
fn curves_picture(batch: &Batch, curves: &Curves, measure: &Measure) -> Html {
    let (box_, what) = (format!("0 0 {SIDE} {SIDE}"), capital(&measure.to_string()));
    let label = batch.sweep().map_or("", |sweep| sweep.param().label);
    let share = |at: u32| format!("{}.{}%", at / 10, at % 10);
    let rows: String = curves.up.iter().map(|tick| format!("M0 {}H{SIDE}", tick.at)).collect();
    let line = |(place, curve): (usize, &Curve)| {
        html! {
            <g class={format!("set-{place}")}><path class="spread-line" d={curve.path.clone()} /></g>
        }
    };
    html! {
        <figure class="spread">
            <svg class="spread-heights soft" aria-hidden="true">
                { for curves.up.iter().map(|tick| html! {
                    <text x="100%" y={share(tick.at)} dy="0.3em">{ &tick.label }</text>
                }) }
            </svg>
            <svg class="spread-plot" viewBox={box_} preserveAspectRatio="none" role="img"
                aria-label={format!("{what}, medians over {label}; the table says the same")}>
                <path class="spread-grid" d={format!("{rows}{}", grid(&curves.across))} />
                { for curves.lines.iter().enumerate().map(line) }
            </svg>
            <svg class="spread-across soft" aria-hidden="true">
                { for curves.across.iter().map(|tick| html! {
                    <text x={share(tick.at)} y="1em">{ &tick.label }</text>
                }) }
            </svg>
            <figcaption class="soft small">{ format!("{what}: medians over {label}.") }</figcaption>
        </figure>
    }
}

/// A row for each value, a column for each set-up.
fn curves_table(batch: &Batch, curves: &Curves, measure: &Measure) -> Html {
    let Some(sweep) = batch.sweep() else { return html! {} };
    let values = sweep.values();
    let head = |place: usize| {
        html! {
            <th><span class={format!("swatch set-{place}")} />{ name(batch, place * values.len()) }</th>
        }
    };
    let row = |(at, value): (usize, &u64)| {
        let cell = |curve: &Curve| {
            let median = curve.medians[at].map(|median| measure.words(median));
            html! { <td class="number">{ median.unwrap_or_else(|| "never".to_string()) }</td> }
        };
        html! {
            <tr>
                <th scope="row">{ sweep.param().text(*value) }</th>
                { for curves.lines.iter().map(cell) }
            </tr>
        }
    };
    html! {
        <div class="scroll" tabindex="0">
            <table class="table spread-table">
                <thead><tr><th>{ sweep.param().label }</th>{ for (0..curves.lines.len()).map(head) }</tr></thead>
                <tbody>{ for values.iter().enumerate().map(row) }</tbody>
            </table>
        </div>
    }
}

/// Bars and the line of the share so far, over one axis. The table below says the same.
fn picture(chart: &Chart, measure: &Measure) -> Html {
    let (side, box_) = (SIDE.to_string(), format!("0 0 {SIDE} {SIDE}"));
    let what = capital(&measure.to_string());
    if chart.shapes.is_empty() {
        return html! { <p class="soft">{ "No run has come so far." }</p> };
    }
    html! {
        <figure class="spread">
            <div class="spread-up soft" aria-hidden="true"><span>{ "100 %" }</span><span>{ "50 %" }</span><span>{ "0" }</span></div>
            <svg class="spread-plot" viewBox={box_} preserveAspectRatio="none" role="img"
                aria-label={format!("{what}: how many runs, and the share of runs so far; the table says the same")}>
                <path class="spread-grid" d={format!("M0 0H{side}M0 500H{side}M0 {side}H{side}{}", grid(&chart.ticks))} />
                { for chart.shapes.iter().enumerate().map(|(place, shape)| drawn(place, shape)) }
            </svg>
            <svg class="spread-across soft" aria-hidden="true">
                { for chart.ticks.iter().map(|tick| html! {
                    <text x={format!("{}.{}%", tick.at / 10, tick.at % 10)} y="1em">{ &tick.label }</text>
                }) }
            </svg>
            <figcaption class="soft small">
                { "Bars: how many runs, at most " }{ chart.tallest as u64 }{ ". Line: the share of runs so far." }
                if chart.logarithmic { { " Equal steps to the right are equal ratios." } }
            </figcaption>
        </figure>
    }
}

fn grid(ticks: &[Tick]) -> String {
    ticks.iter().map(|tick| format!("M{} 0V{SIDE}", tick.at)).collect()
}

fn drawn(place: usize, shape: &Shape) -> Html {
    let median = shape
        .median
        .map(|at| html! { <path class="spread-median" d={format!("M{at} 0V{SIDE}")} /> });
    html! {
        <g class={format!("set-{place}")}>
            <path class="spread-bars" d={shape.bars.clone()} />
            { median }
            <path class="spread-line" d={shape.line.clone()} />
        </g>
    }
}

/// The figures of each set-up.
fn summary(batch: &Batch, spreads: &[Spread], measure: &Measure) -> Html {
    let words =
        |value: Option<u64>| value.map_or("never".to_string(), |value| measure.words(value));
    let row = |(place, spread): (usize, &Spread)| {
        let own = batch.played().iter().filter(|run| run.setup == place);
        let wrong =
            own.filter(|run| !(run.violations.is_empty() && run.problems.is_empty())).count();
        html! {
            <tr>
                <th scope="row">
                    <span class={format!("swatch set-{place}")} />{ name(batch, place) }
                </th>
                <td class="number">{ spread.runs() as u64 }</td>
                <td class="number">{ spread.never() as u64 }</td>
                { for [0, 50, 90, 99, 100].map(|percent| html! {
                    <td class="number">{ words(spread.quantile(percent)) }</td>
                }) }
                <td class="number">{ wrong as u64 }</td>
            </tr>
        }
    };
    html! {
        <div class="scroll" tabindex="0">
            <table class="table spread-table">
                <thead><tr>
                    <th>{ "Set-up" }</th><th>{ "Runs" }</th><th>{ "Never" }</th><th>{ "Least" }</th>
                    <th>{ "Median" }</th><th>{ "90 %" }</th><th>{ "99 %" }</th><th>{ "Most" }</th>
                    <th>{ "Went wrong" }</th>
                </tr></thead>
                <tbody>{ for spreads.iter().enumerate().map(row) }</tbody>
            </table>
        </div>
    }
}

/// What sets a set-up apart.
fn name(batch: &Batch, place: usize) -> String {
    let words = |setup: &Setup| setup.to_string();
    let (all, own) = (words(&batch.setups()[place]), words(&batch.setups()[0]));
    let known: Vec<&str> = own.split(' ').collect();
    let apart: Vec<&str> = all.split(' ').filter(|word| !known.contains(word)).collect();
    if apart.is_empty() { "as it is".to_string() } else { apart.join(" ") }
}

/// Every run, the one with the greatest value first; each opens by itself.
fn runs(batch: &Batch, measure: usize) -> Html {
    let mut order: Vec<usize> = Vec::new();
    let value = |place: usize| batch.played()[place].values[measure].unwrap_or(u64::MAX);
    for place in 0..batch.played().len() {
        let at = order.partition_point(|&known| value(known) >= value(place));
        order.insert(at, place);
    }
    let left_out = order.len().saturating_sub(ROWS_MAX);
    order.truncate(ROWS_MAX);
    html! {
        <details>
            <summary>{ "The runs, one by one" }</summary>
            <div class="scroll runs-list" tabindex="0">
                <table class="table">
                    <thead><tr><th>{ "Run" }</th><th>{ "Set-up" }</th><th>{ "Value" }</th><th>{ "What went wrong" }</th></tr></thead>
                    <tbody>{ for order.into_iter().map(|place| run(batch, place, measure)) }</tbody>
                </table>
            </div>
            if left_out > 0 {
                <p class="soft small">{ format!("And {left_out} with lesser values.") }</p>
            }
        </details>
    }
}

fn run(batch: &Batch, place: usize, measure: usize) -> Html {
    let played = &batch.played()[place];
    let script = batch.script(played.setup, played.seed);
    let href = format!("#{}", script_hash(script.setup.lab(), &script.to_string()));
    let value = played.values[measure];
    let value = value.map_or("never".to_string(), |value| batch.measures()[measure].words(value));
    let wrong = played.violations.first().map(|broken| format!("broke {broken}"));
    let wrong = wrong.or(played.problems.first().cloned()).unwrap_or_default();
    html! {
        <tr>
            <td><a href={href}>{ format!("Seed {}", played.seed) }</a></td>
            <td>{ name(batch, played.setup) }</td>
            <td class="number">{ value }</td>
            <td>{ wrong }</td>
        </tr>
    }
}
