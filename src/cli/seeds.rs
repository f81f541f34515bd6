//! `faultline run --seeds`: one script over many seeds, and how what was measured is spread.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};

use serde::Serialize;

use crate::labs::Setup;
use crate::play::batch::{Batch, Buckets, Curves, Measure, Played, Spread, Sweep, figures};
use crate::play::{Limits, Script, script};

use super::{Code, RunArgs, placed};

/// A slice of the work, after which it is told how far it is.
const SLICE: u64 = 200_000;

/// A histogram has at most so many lines.
const LINES_MAX: usize = 24;

/// Its longest bar, in characters.
const BAR: usize = 40;

pub(super) fn run(
    script: Script,
    seeds: u64,
    args: &RunArgs,
    out: &mut impl Write,
) -> io::Result<Code> {
    match planned(script, seeds, args) {
        Ok(mut batch) => play(&mut batch, args, out),
        Err(wrong) => {
            eprintln!("{wrong}");
            Ok(Code::Wrong)
        }
    }
}

fn planned(script: Script, seeds: u64, args: &RunArgs) -> Result<Batch, String> {
    let lab = script.setup.lab();
    let figures = figures(&script.setup)?;
    let mut measures = Vec::new();
    for text in &args.measure {
        measures.push(Measure::read(text, lab, &figures)?);
    }
    if measures.is_empty() {
        measures = Measure::offered(&script, &figures);
    }
    let mut others = Vec::new();
    for text in &args.versus {
        let mut setup = script.setup.clone();
        script::change_setup(&mut setup, text)?;
        others.push(setup);
    }
    let limits = Limits { steps: args.max_steps, ..Limits::default() };
    let batch = match &args.across {
        None => Batch::new(script, others, measures, seeds, limits),
        Some(text) => {
            let sweep = Sweep::read(text, lab)?;
            Batch::swept(script, others, sweep, measures, seeds, limits)
        }
    };
    batch.map_err(|error| placed(&args.script, &error))
}

fn play(batch: &mut Batch, args: &RunArgs, out: &mut impl Write) -> io::Result<Code> {
    let watched = io::stderr().is_terminal();
    let mut told = 0;
    loop {
        let more = batch.advance(SLICE);
        if args.json {
            for played in &batch.played()[told..] {
                line(out, "run", played)?;
            }
        }
        told = batch.played().len();
        if watched {
            eprint!("\r{told} of {} runs", batch.all());
        }
        if !more {
            break;
        }
    }
    if watched {
        eprintln!();
    }
    match (args.json, &args.measure[..]) {
        (true, _) => line(out, "end", &End::of(batch))?,
        (false, _) if batch.sweep().is_some() => tell_curves(batch, out)?,
        (false, []) => tell_all(batch, out)?,
        (false, _) => {
            (0..batch.measures().len()).try_for_each(|measure| tell(batch, measure, out))?;
        }
    }
    let failed = |played: &Played| !played.violations.is_empty() || !played.problems.is_empty();
    let failed = batch.played().iter().any(failed);
    if !args.json {
        tell_failed(batch, out)?;
    }
    Ok(if failed { Code::Failed } else { Code::Well })
}

fn line(out: &mut impl Write, name: &str, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, &BTreeMap::from([(name, value)]))?;
    writeln!(out)
}

/// The last line of the JSON form.
#[derive(Serialize)]
struct End {
    setups: Vec<String>,
    measures: Vec<MeasureEntry>,
    /// For each measure, for each set-up.
    spreads: Vec<Vec<SpreadEntry>>,
}

#[derive(Serialize)]
struct MeasureEntry {
    name: String,
    unit: &'static str,
}

#[derive(Serialize)]
struct SpreadEntry {
    runs: usize,
    never: usize,
    least: Option<u64>,
    p50: Option<u64>,
    p90: Option<u64>,
    p99: Option<u64>,
    most: Option<u64>,
    buckets: Buckets,
    counts: Vec<usize>,
    beyond: usize,
}

impl End {
    fn of(batch: &Batch) -> End {
        let mut end = End { setups: Vec::new(), measures: Vec::new(), spreads: Vec::new() };
        end.setups.extend(batch.setups().iter().map(Setup::to_string));
        for (place, measure) in batch.measures().iter().enumerate() {
            let (name, unit) = (measure.to_string(), measure.unit());
            end.measures.push(MeasureEntry { name, unit });
            end.spreads.push(spreads(batch, place).iter().map(SpreadEntry::of).collect());
        }
        end
    }
}

impl SpreadEntry {
    fn of(spread: &Spread) -> SpreadEntry {
        let buckets = Buckets::fitting(spread, LINES_MAX);
        let (counts, beyond) = spread.counts(buckets);
        SpreadEntry {
            runs: spread.runs(),
            never: spread.never(),
            least: spread.values().first().copied(),
            p50: spread.quantile(50),
            p90: spread.quantile(90),
            p99: spread.quantile(99),
            most: spread.values().last().copied(),
            buckets,
            counts,
            beyond,
        }
    }
}

fn spreads(batch: &Batch, measure: usize) -> Vec<Spread> {
    (0..batch.setups().len()).map(|setup| batch.spread(setup, measure)).collect()
}

/// Every measure in one line for each set-up.
fn tell_all(batch: &Batch, out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "{:<28} {:>6} {:>6} {:>12} {:>12} {:>12} {:>12}",
        "measure", "runs", "never", "least", "median", "90 %", "most"
    )?;
    for (place, measure) in batch.measures().iter().enumerate() {
        let spreads = spreads(batch, place);
        // What never came, or came at once in every run, has nothing to tell.
        let tells = |spread: &Spread| spread.values().iter().any(|value| *value > 0);
        if matches!(measure, Measure::Between(..)) && !spreads.iter().any(tells) {
            continue;
        }
        for spread in spreads {
            let words = |value: Option<u64>| match value {
                Some(value) => measure.words(value),
                None => "never".to_string(),
            };
            let (least, most) = (spread.values().first(), spread.values().last());
            writeln!(
                out,
                "{:<28} {:>6} {:>6} {:>12} {:>12} {:>12} {:>12}",
                measure.to_string(),
                spread.runs(),
                spread.never(),
                words(least.copied()),
                words(spread.quantile(50)),
                words(spread.quantile(90)),
                words(most.copied()),
            )?;
        }
    }
    Ok(())
}

/// Every measure as a table of medians: a row for each value of the sweep, a column for each set-up.
fn tell_curves(batch: &Batch, out: &mut impl Write) -> io::Result<()> {
    let Some(sweep) = batch.sweep() else { return Ok(()) };
    let values = sweep.values();
    for (place, measure) in batch.measures().iter().enumerate() {
        let Some(curves) = Curves::new(batch, place) else { continue };
        // What never came has nothing to tell.
        if curves.lines.iter().all(|line| line.medians.iter().all(Option::is_none)) {
            continue;
        }
        writeln!(out, "{measure}, medians over {}", sweep.param().name)?;
        for (number, setup) in batch.setups().iter().step_by(values.len()).enumerate() {
            let words = match number {
                0 => without_seed(setup),
                _ => apart(setup, &batch.setups()[0]),
            };
            writeln!(out, "  {}: {words}", number + 1)?;
        }
        write!(out, "{:>10}", sweep.param().name)?;
        (1..=curves.lines.len()).try_for_each(|number| write!(out, " {number:>14}"))?;
        writeln!(out)?;
        for (row, value) in values.iter().enumerate() {
            write!(out, "{:>10}", sweep.param().text(*value))?;
            for line in &curves.lines {
                let words = line.medians[row].map(|median| measure.words(median));
                write!(out, " {:>14}", words.unwrap_or_else(|| "never".into()))?;
            }
            writeln!(out)?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// One measure as a histogram with the cumulative share, for each set-up on its own scale.
fn tell(batch: &Batch, measure: usize, out: &mut impl Write) -> io::Result<()> {
    let name = &batch.measures()[measure];
    let spreads = spreads(batch, measure);
    for (setup, spread) in batch.setups().iter().zip(&spreads) {
        writeln!(out, "{name}, {} runs of {}", spread.runs(), without_seed(setup))?;
        let words = |percent| match spread.quantile(percent) {
            Some(value) => name.words(value),
            None => "never".to_string(),
        };
        writeln!(
            out,
            "  least {}, median {}, 90 % {}, 99 % {}, most {}",
            words(0),
            words(50),
            words(90),
            words(99),
            words(100)
        )?;
        bars(name, spread, out)?;
        writeln!(out)?;
    }
    Ok(())
}

fn bars(name: &Measure, spread: &Spread, out: &mut impl Write) -> io::Result<()> {
    let buckets = Buckets::fitting(spread, LINES_MAX);
    let (counts, beyond) = spread.counts(buckets);
    let longest = counts.iter().copied().max().unwrap_or(0).max(beyond).max(spread.never()).max(1);
    let bar = |count: usize| "█".repeat((count * BAR).div_ceil(longest));
    let row = |out: &mut _, from: String, count: usize, until: Option<u64>| {
        let percent = until.map_or(String::new(), |value| {
            let share = spread.share_until(value);
            format!("{:>4} %", share / 10)
        });
        let bar = bar(count);
        writeln!(out as &mut dyn Write, "  {from:>14} {count:>5} {percent:>6} {bar}")
    };
    for (place, count) in counts.iter().enumerate() {
        let end = buckets.start(place + 1) - 1;
        row(out, name.words(buckets.start(place)), *count, Some(end))?;
    }
    if beyond > 0 {
        row(out, format!("{} …", name.words(buckets.end())), beyond, Some(u64::MAX))?;
    }
    if spread.never() > 0 {
        row(out, "never".to_string(), spread.never(), None)?;
    }
    Ok(())
}

/// A set-up in the words of a script, but for the seed, of which there were many.
fn without_seed(setup: &Setup) -> String {
    let text = setup.to_string();
    let words: Vec<&str> = text.split(' ').filter(|word| !word.starts_with("seed=")).collect();
    words.join(" ")
}

/// What a set-up says that another one does not.
fn apart(setup: &Setup, other: &Setup) -> String {
    let (own, other) = (setup.to_string(), other.to_string());
    let known: Vec<&str> = other.split(' ').collect();
    let apart: Vec<&str> = own.split(' ').filter(|word| !known.contains(word)).collect();
    // A value that is the default is not said.
    if apart.is_empty() { without_seed(setup) } else { apart.join(" ") }
}

fn tell_failed(batch: &Batch, out: &mut impl Write) -> io::Result<()> {
    for played in batch.played() {
        let setup = if batch.setups().len() > 1 {
            format!(", set-up {}", played.setup + 1)
        } else {
            String::new()
        };
        let place = format!("Seed {}{setup}", played.seed);
        for invariant in &played.violations {
            writeln!(out, "{place} violates {invariant}.")?;
        }
        for problem in &played.problems {
            writeln!(out, "{place}: {problem}.")?;
        }
    }
    Ok(())
}
