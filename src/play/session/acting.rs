//! Acting: now, in the past (which makes a new run), taking an act back, and doing it again.

use crate::sim::{Cause, Input, InputError, StepIndex, Time};

use super::{Acted, Changed, Fork, Kept, Left, Origin, RUNS_MAX, RunId, Session, Undone};
use crate::play::conductor;
use crate::play::history::Recorded;
use crate::play::runner::is_crowded;
use crate::play::script::{self, Act, Template};

impl Session {
    /// Does something to the world now. In the past this makes a new run, and the old one is kept. A
    /// refused input changes nothing.
    pub fn act(&mut self, input: Input) -> Result<Acted, InputError> {
        // What a script cannot say is not done: every session can be shared.
        self.act_in_words(&input.to_string())
    }

    /// Does what the words say: `crash n3`, or, by what a node is now, `crash leader`.
    pub fn act_in_words(&mut self, words: &str) -> Result<Acted, InputError> {
        let said = self.read_input(words)?;
        let acted = self.do_act(&said)?;
        self.redo.clear();
        Ok(acted)
    }

    /// What the words would do now, without doing it.
    pub fn input_of(&self, words: &str) -> Result<Input, InputError> {
        conductor::input_now(&self.read_input(words)?, self.run.as_ref()).map_err(InputError)
    }

    /// Takes the learner's last act before the present back, or, if it came later, the last fault of the
    /// script. If that act, or a change of the script, is what made this run a run of its own, and
    /// nothing was done since, it is left for the one that it came from.
    pub fn undo(&mut self) -> Result<Undone, InputError> {
        let (here, clock) = self.here();
        let undone = match self.run_before() {
            Some(run) => self.go_over(run, clock),
            None => {
                let past: Vec<Recorded> =
                    self.inputs().take_while(|recorded| recorded.step < here).cloned().collect();
                let last = past.into_iter().rev().find(|recorded| self.can_be_taken_back(recorded));
                let Some(last) = last else {
                    return Err(InputError("there is nothing to take back".into()));
                };
                let place = self.chip_of(last.step).expect("every input has its chip");
                let Changed { kept, refused, .. } = self.take_back(place)?;
                Undone { what: last.input.to_string(), kept, refused }
            }
        };
        self.redo.push(undone.kept);
        Ok(undone)
    }

    /// Does again what was taken back last: shows the run that still has it. Tells which.
    pub fn redo(&mut self) -> Result<RunId, InputError> {
        let clock = self.clock();
        let run = self.redo.pop().filter(|run| self.runs.iter().any(|kept| kept.id == *run));
        let run = run.ok_or_else(|| InputError("there is nothing to do again".into()))?;
        self.go_over(run, clock);
        Ok(run)
    }

    /// Whether [`Session::redo`] has something to do.
    pub fn can_redo(&self) -> bool {
        self.redo.last().is_some_and(|run| self.runs.iter().any(|kept| kept.id == *run))
    }

    /// Whether [`Session::undo`] may have something to take back.
    pub fn can_undo(&self) -> bool {
        let here = self.position();
        let mut past = self.inputs().take_while(|recorded| recorded.step < here);
        self.run_before().is_some() || past.any(|made| !made.is_scripted() || made.input.is_fault())
    }

    /// Whether the learner has done any harm in the shown run.
    pub fn has_own_faults(&self) -> bool {
        self.inputs().any(|made| !made.is_scripted() && made.input.is_fault())
    }

    /// The run without anything that the learner did, at its beginning. If there was something, this is
    /// a new run, and the old one is told.
    pub fn start_over(&mut self) -> Option<RunId> {
        let touched = self.inputs().any(|made| !made.is_scripted())
            || self.runs[self.current].origin.is_some()
            || !self.runs[self.current].refused.is_empty();
        self.redo.clear();
        self.place_until(0, Time::ZERO);
        if !touched {
            return None;
        }
        let fork = self.fork_of((0, Time::ZERO));
        let what = "as it was at first".to_string();
        let kept = self.show_fork(fork, (0, Time::ZERO), what);
        let shown = &mut self.runs[self.current];
        shown.refused.clear();
        shown.left = Some(Left { run: kept, since: 0, chip: None });
        Some(kept)
    }

    // ---- inside ----

    pub(super) fn read_input(&self, words: &str) -> Result<Template, InputError> {
        match script::read_act(words, self.lab()).map_err(InputError)? {
            Act::Input(said) => Ok(said),
            Act::Expect(_) | Act::Stop => Err(InputError(format!("`{words}` is not an input"))),
        }
    }

    pub(super) fn do_act(&mut self, said: &Template) -> Result<Acted, InputError> {
        let input = conductor::input_now(said, self.run.as_ref()).map_err(InputError)?;
        let at = self.here();
        let recorded = self.recorded(input.clone());
        let past = (at.0 < self.end().0).then(|| self.fork_of(at));
        let step = self.run.apply(&input)?;
        let kept = past.map(|past| self.show_fork(past, at, input.to_string()));
        self.push(step, Some(recorded));
        let step = self.step_at(at.0).expect("it was just done");
        let Kept { following, left, .. } = &mut self.runs[self.current];
        if let Some(following) = following {
            following.conductor.observe(Some(&step), self.run.as_ref());
            following.remember(self.run.as_ref());
        }
        if let Some(run) = kept {
            *left = Some(Left { run, since: at.0 + 1, chip: None });
        }
        Ok(Acted { step, kept })
    }

    /// The run that this one left, while nothing else was done in it since.
    fn run_before(&self) -> Option<RunId> {
        let left = self.runs[self.current].left.as_ref()?;
        let since = self.inputs().any(|made| made.step >= left.since && !made.is_scripted());
        let there = self.runs.iter().any(|kept| kept.id == left.run);
        (there && !since).then_some(left.run)
    }

    /// Shows another run at the present clock.
    fn go_over(&mut self, run: RunId, clock: Time) -> Undone {
        let kept = &self.runs[self.current];
        let what = kept.origin.as_ref().map_or_else(String::new, |origin| origin.what.clone());
        let undone = Undone { what, kept: kept.id, refused: Vec::new() };
        self.switch_run(run);
        self.seek_time(clock);
        undone
    }

    /// What the learner did, and faults that the script made.
    fn can_be_taken_back(&mut self, recorded: &Recorded) -> bool {
        !recorded.is_scripted() || self.was_fault(recorded)
    }

    /// Whether something that was done got an entry in the fault ledger.
    pub(super) fn was_fault(&mut self, recorded: &Recorded) -> bool {
        let step = recorded.input.is_fault().then(|| self.step_at(recorded.step)).flatten();
        step.is_some_and(|step| matches!(step.cause, Cause::Input { fault: Some(_), .. }))
    }

    fn recorded(&self, input: Input) -> Recorded {
        let (step, time) = self.here();
        Recorded { step, time, input, crowded: is_crowded(self.run.as_ref()), line: None }
    }

    /// The past of the shown run up to the present, to go on from in another way.
    pub(super) fn fork_of(&mut self, (step, time): (StepIndex, Time)) -> Fork {
        let last = step.checked_sub(1).and_then(|last| self.step_at(last));
        let kept = &self.runs[self.current];
        let following = kept.following.as_ref();
        let following =
            following.map(|following| following.fork(self.run.as_ref(), last.as_deref()));
        let refused = kept.refused.iter().filter(|refused| refused.time <= time).cloned().collect();
        Fork { history: kept.history.fork(step, time), following, refused }
    }

    /// Keeps a new run and shows it. Returns the old one.
    pub(super) fn show_fork(
        &mut self,
        fork: Fork,
        (step, time): (StepIndex, Time),
        what: String,
    ) -> RunId {
        let Fork { history, following, refused } = fork;
        let old = &mut self.runs[self.current];
        let from = old.id;
        old.left_at = (step, time);
        let id = RunId(self.made);
        self.made += 1;
        if self.runs.len() == RUNS_MAX {
            let oldest = (0..RUNS_MAX).find(|&place| place != self.current);
            self.runs.remove(oldest.expect("there are several"));
        }
        let origin = Some(Origin { from, step, time, what });
        let left_at = (step, time);
        self.runs.push(Kept { id, history, following, origin, left_at, refused, left: None });
        self.current = self.runs.len() - 1;
        from
    }
}
