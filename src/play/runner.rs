//! Plays a script from beginning to end, without a learner.

use std::rc::Rc;

use crate::labs::{Claim, Run};
use crate::sim::{Input, Scene, Span, Step, StepIndex, Time, Violation};

use super::conductor::{Conductor, Cue, Problem};
use super::script::{Script, ScriptError, Trigger};

/// How far a script is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// At most so many steps.
    pub steps: StepIndex,
    /// So long goes a run on after its last line, if the script does not say where it stops.
    pub settle: Span,
    /// So long does a line wait for its condition.
    pub wait: Span,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { steps: 2_000_000, settle: Span::from_secs(10), wait: Span::from_secs(300) }
    }
}

/// What came of playing a script.
pub struct Outcome {
    /// How many steps there were.
    pub steps: StepIndex,
    /// Where the clock stood at the end.
    pub time: Time,
    pub digest: String,
    /// The invariants that were broken, each with its first time.
    pub violations: Vec<Violation>,
    /// What did not go as the script says, in order.
    pub problems: Vec<Problem>,
    /// Each goal of the lab, and whether it held at the end.
    pub goals: Vec<(&'static str, bool)>,
    /// The run at its end.
    pub run: Box<dyn Run>,
}

impl Outcome {
    pub fn scene(&self) -> Scene {
        self.run.scene()
    }

    /// Whether everything went as the script says and no invariant was broken.
    pub fn is_well(&self) -> bool {
        self.problems.is_empty() && self.violations.is_empty()
    }

    pub fn holds(&self, goal: &str) -> bool {
        self.goals.iter().any(|(name, holds)| *name == goal && *holds)
    }

    pub fn has_broken(&self, invariant: &str) -> bool {
        self.violations.iter().any(|violation| violation.invariant == invariant)
    }
}

/// Plays a script to its end, as fast as it goes. Refused if the setup makes no sense as a whole.
pub fn run_script(script: &Script, limits: Limits) -> Result<Outcome, ScriptError> {
    play(script, limits, None)
}

/// Plays a script to its end and shows every step to `observer`, with the run just after it.
pub fn watch_script(
    script: &Script,
    limits: Limits,
    observer: &mut dyn FnMut(&Step, &dyn Run),
) -> Result<Outcome, ScriptError> {
    play(script, limits, Some(observer))
}

type Observer<'a> = Option<&'a mut dyn FnMut(&Step, &dyn Run)>;

fn play(
    script: &Script,
    limits: Limits,
    mut observer: Observer<'_>,
) -> Result<Outcome, ScriptError> {
    let mut player = Player::new(script, limits, observer.is_some())?;
    while let Some(turn) = player.turn() {
        if let (Some(observer), Turn::Step { step, .. }) = (&mut observer, &turn) {
            observer(step, player.run());
        }
    }
    Ok(player.finish())
}

/// A script that is being played, a turn at a time.
pub(super) struct Player {
    run: Box<dyn Run>,
    conductor: Conductor,
    limits: Limits,
    recording: bool,
    problems: Vec<Problem>,
    goals: &'static [Claim],
}

impl Player {
    /// At the beginning. Refused if the setup makes no sense as a whole.
    pub fn new(script: &Script, limits: Limits, recording: bool) -> Result<Player, ScriptError> {
        let run = start(script)?;
        let conductor = Conductor::new(Rc::new(script.clone()), run.as_ref());
        let recording = recording || conductor.listens();
        let goals = script.setup.lab().goals;
        Ok(Player { run, conductor, limits, recording, problems: Vec::new(), goals })
    }

    pub fn run(&self) -> &dyn Run {
        self.run.as_ref()
    }

    /// Does the one next thing; `None` at the end.
    pub fn turn(&mut self) -> Option<Turn> {
        if self.run.next_step() >= self.limits.steps {
            return None;
        }
        let until = until(&self.conductor, self.limits);
        let turn = turn(self.run.as_mut(), Some(&mut self.conductor), until, self.recording);
        match &turn {
            Turn::Problem(problem) => self.problems.push(problem.clone()),
            Turn::Stop | Turn::Quiet => return None,
            Turn::Step { .. } | Turn::Skipped | Turn::Nothing => {}
        }
        Some(turn)
    }

    /// What came of it.
    pub fn finish(mut self) -> Outcome {
        let run = self.run;
        self.problems.extend(self.conductor.at_end(run.as_ref()));
        let holds = |goal: &Claim| (goal.name, run.holds(goal.name) == Some(true));
        Outcome {
            steps: run.next_step(),
            time: run.now(),
            digest: run.digest(),
            violations: run.violations().to_vec(),
            problems: self.problems,
            goals: self.goals.iter().map(holds).collect(),
            run,
        }
    }
}

pub(super) fn start(script: &Script) -> Result<Box<dyn Run>, ScriptError> {
    script.setup.start().map_err(|message| ScriptError { line: 1, column: 1, message })
}

/// When the run ends by itself, unless a line is done before.
fn until(conductor: &Conductor, limits: Limits) -> Time {
    match conductor.waits_for().map(|line| &line.trigger) {
        None => conductor.done_at() + limits.settle,
        Some(Trigger::When(_) | Trigger::Before(_)) => conductor.done_at() + limits.wait,
        Some(Trigger::At(_) | Trigger::After(_) | Trigger::Every(_)) => Time(u64::MAX),
    }
}

/// What happened next.
pub(super) enum Turn {
    /// A step, recorded, and what of the script did it, if it did.
    Step { step: Box<Step>, scripted: Option<Scripted> },
    /// A step, not recorded.
    Skipped,
    /// A line of the script did not go well.
    Problem(Problem),
    /// A line of the script that does not show.
    Nothing,
    /// The script said `stop`.
    Stop,
    /// Nothing is going to happen until that time; the clock stands there.
    Quiet,
}

/// What a line of a script did.
pub(super) struct Scripted {
    /// Which line, counted from 0.
    pub line: usize,
    pub input: Input,
    /// Whether something else was due at that same time.
    pub crowded: bool,
}

/// Lets a run, and the script that it follows, do the one next thing that is due until `until`.
pub(super) fn turn(
    run: &mut dyn Run,
    conductor: Option<&mut Conductor>,
    until: Time,
    recording: bool,
) -> Turn {
    let Some(conductor) = conductor else { return event(run, None, until, recording) };
    match conductor.due(run) {
        Some(due) if due <= until => {
            run.wait_until(due);
            cue(run, conductor)
        }
        Some(_) | None => event(run, Some(conductor), until, recording),
    }
}

fn cue(run: &mut dyn Run, conductor: &mut Conductor) -> Turn {
    match conductor.take(run) {
        Cue::Nothing => Turn::Nothing,
        Cue::Stop => Turn::Stop,
        Cue::Problem(problem) => Turn::Problem(problem),
        Cue::Input { line, input } => {
            let crowded = is_crowded(run);
            match run.apply(&input) {
                Ok(step) => {
                    conductor.observe(Some(&step), run);
                    Turn::Step { step, scripted: Some(Scripted { line, input, crowded }) }
                }
                Err(error) => match conductor.refused(line, &error.0, run) {
                    Some(problem) => Turn::Problem(problem),
                    None => Turn::Nothing,
                },
            }
        }
    }
}

/// Whether something is due at the present time still, so that the time does not tell the place.
pub(super) fn is_crowded(run: &dyn Run) -> bool {
    run.next_at().is_some_and(|next| next <= run.now())
}

fn event(
    run: &mut dyn Run,
    conductor: Option<&mut Conductor>,
    until: Time,
    recording: bool,
) -> Turn {
    if run.next_at().is_none_or(|due| due > until) {
        if until < Time(u64::MAX) {
            run.wait_until(until);
        }
        return Turn::Quiet;
    }
    let step = if recording {
        run.step()
    } else {
        run.skip();
        None
    };
    if let Some(conductor) = conductor {
        conductor.observe(step.as_deref(), run);
    }
    step.map_or(Turn::Skipped, |step| Turn::Step { step, scripted: None })
}
