//! `faultline run`: plays a script and tells what happens.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use crate::play::export::{Exporter, FORMATS};
use crate::play::narrate::Narrator;
use crate::play::script;
use crate::play::{Limits, Outcome, Problem, ProblemKind, Script, watch_script};
use crate::sim::{Scene, Step, StepIndex, Time, Violation};

use super::{Code, RunArgs, placed, script_of};

pub(super) fn run(args: &RunArgs, out: &mut impl Write) -> io::Result<Code> {
    let script = match script_of(&args.script).and_then(|script| chosen(script, args)) {
        Ok(script) => script,
        Err(wrong) => {
            eprintln!("{wrong}");
            return Ok(Code::Wrong);
        }
    };
    if let Some(seeds) = args.seeds {
        return super::seeds::run(script, seeds, args, out);
    }
    let narrator = Narrator::new(script.setup.lab());
    let mut exporter = exporter(&script, args);
    let mut written = Ok(());
    if let Some(exporter) = &exporter {
        out.write_all(exporter.head().as_bytes())?;
    }
    let limits = Limits { steps: args.max_steps, ..Limits::default() };
    let outcome = watch_script(&script, limits, &mut |step, _| {
        if written.is_ok() {
            written = match &mut exporter {
                Some(exporter) => out.write_all(exporter.step(step).as_bytes()),
                None => tell(step, &narrator, args, out),
            };
        }
    });
    written?;
    match outcome {
        Ok(outcome) => {
            if exporter.is_none() {
                tell_end(&outcome, &script, args, out)?;
            }
            Ok(code(&outcome))
        }
        Err(error) => {
            eprintln!("{}", placed(&args.script, &error));
            Ok(Code::Wrong)
        }
    }
}

fn exporter(script: &Script, args: &RunArgs) -> Option<Exporter> {
    let name = args.export.as_deref()?;
    let (_, format) = FORMATS.iter().find(|(known, _)| *known == name)?;
    Some(Exporter::new(*format, script.setup.lab()))
}

/// The script with what the arguments change.
fn chosen(script: Script, args: &RunArgs) -> Result<Script, String> {
    let mut script = match &args.variant {
        Some(variant) => script.with_variant(variant)?,
        None => script,
    };
    for choice in &args.set {
        script::change_setup(&mut script.setup, choice)?;
    }
    if let Some(seed) = args.seed {
        script.setup.seed = seed;
    }
    if args.seed.is_some() || !args.set.is_empty() {
        script.digest = None;
    }
    Ok(script)
}

fn code(outcome: &Outcome) -> Code {
    let failed = |problem: &Problem| match problem.kind {
        ProblemKind::Expectation | ProblemKind::NeverReached | ProblemKind::Digest => true,
        ProblemKind::Refused => false,
    };
    if !outcome.violations.is_empty() || outcome.problems.iter().any(failed) {
        Code::Failed
    } else if outcome.problems.is_empty() {
        Code::Well
    } else {
        Code::Wrong
    }
}

fn tell(step: &Step, narrator: &Narrator, args: &RunArgs, out: &mut impl Write) -> io::Result<()> {
    if args.json {
        serde_json::to_writer(&mut *out, step)?;
        return writeln!(out);
    }
    if args.changes && !step.is_turning_point() {
        return Ok(());
    }
    writeln!(out, "{:>12}  @{:<5} {}", step.time.to_string(), step.index, narrator.sentence(step))
}

/// The last line of the JSON form.
#[derive(Serialize)]
struct End<'a> {
    #[serde(rename = "time_us")]
    time: Time,
    steps: StepIndex,
    digest: &'a str,
    scene: Scene,
    violations: &'a [Violation],
    problems: &'a [Problem],
    /// Plays the run again.
    script: String,
    goals: BTreeMap<&'static str, bool>,
}

fn tell_end(
    outcome: &Outcome,
    script: &Script,
    args: &RunArgs,
    out: &mut impl Write,
) -> io::Result<()> {
    let Outcome { steps, time, digest, violations, problems, goals, .. } = outcome;
    if args.json {
        let end = End {
            time: *time,
            steps: *steps,
            digest,
            scene: outcome.scene(),
            violations,
            problems,
            script: script.to_string(),
            goals: goals.iter().copied().collect(),
        };
        serde_json::to_writer(&mut *out, &BTreeMap::from([("end", end)]))?;
        return writeln!(out);
    }
    writeln!(out, "\nThe run ends at {time} after {steps} steps; digest {digest}.")?;
    for (goal, holds) in goals {
        writeln!(out, "  {} {goal}", if *holds { "holds:         " } else { "does not hold: " })?;
    }
    for Violation { invariant, why, step, time } in violations {
        writeln!(out, "Violated at {time}, @{step}: {invariant} ({why}).")?;
    }
    for Problem { line, time, message, .. } in problems {
        match line {
            0 => writeln!(out, "At {time}: {message}.")?,
            _ => writeln!(out, "Line {line}, at {time}: {message}.")?,
        }
    }
    Ok(())
}
