//! Acting: now, in the past (which makes a new run), and taking an act back.

use crate::sim::{Cause, Input, InputError, StepIndex, Time};

use super::moving::{Go, STEPS_MAX};
use super::{Acted, Halt, Kept, Origin, RUNS_MAX, RunId, Session, Undone};
use crate::play::conductor;
use crate::play::following::Following;
use crate::play::history::{History, Recorded};
use crate::play::runner::is_crowded;
use crate::play::script::{self, Act, Template};

impl Session {
    /// Does something to the world now. In the past this makes a new run, and the old one is kept. A
    /// refused input changes nothing.
    pub fn act(&mut self, input: Input) -> Result<Acted, InputError> {
        // What a script cannot say is not done: every session can be shared.
        let said = script::read_act(&input.to_string(), self.lab()).map_err(InputError)?;
        let Act::Input(said) = said else { unreachable!("an input reads back as an input") };
        self.do_act(&said)
    }

    /// Does what the words say: `crash n3`, or, by what a node is now, `crash leader`.
    pub fn act_in_words(&mut self, words: &str) -> Result<Acted, InputError> {
        match script::read_act(words, self.lab()).map_err(InputError)? {
            Act::Input(said) => self.do_act(&said),
            Act::Expect(_) | Act::Stop => Err(InputError(format!("`{words}` is not an input"))),
        }
    }

    fn do_act(&mut self, said: &Template) -> Result<Acted, InputError> {
        let input = conductor::input_now(said, self.run.as_ref()).map_err(InputError)?;
        let at = self.here();
        let recorded = self.recorded(input.clone());
        let past = (at.0 < self.end().0).then(|| self.fork_of(at));
        let step = self.run.apply(&input)?;
        let kept = past.map(|past| self.show_fork(past, at, input.to_string()));
        self.push(step, Some(recorded));
        let step = self.step_at(at.0).expect("it was just done");
        let Kept { following, .. } = &mut self.runs[self.current];
        if let Some(following) = following {
            following.conductor.observe(Some(&step), self.run.as_ref());
            following.remember(self.run.as_ref());
        }
        Ok(Acted { step, kept })
    }

    /// Takes the last fault before the present back: a new run without it, up to the present clock.
    /// What the learner did later is done again at the same times.
    pub fn undo_fault(&mut self) -> Result<Undone, InputError> {
        let (here, clock) = self.here();
        let past: Vec<Recorded> = self.inputs().take_while(|r| r.step < here).cloned().collect();
        let Some(place) = (0..past.len()).rev().find(|&place| self.was_fault(&past[place])) else {
            return Err(InputError("there is no fault to take back".into()));
        };
        let fault = &past[place];
        self.place(fault.step);
        self.run.wait_until(fault.time);
        let at = self.here();
        let fork = self.fork_of(at);
        let kept = self.show_fork(fork, at, format!("without {}", fault.input));
        if fault.scripted {
            self.pass_over_line();
        }
        let mut left_out = Vec::new();
        for recorded in past[place + 1..].iter().filter(|recorded| !recorded.scripted) {
            self.run_to(recorded.time);
            if self.act(recorded.input.clone()).is_err() {
                left_out.push(recorded.input.clone());
            }
        }
        self.run_to(clock);
        Ok(Undone { input: fault.input.clone(), kept, left_out })
    }

    /// Whether something that was done got an entry in the fault ledger.
    fn was_fault(&mut self, recorded: &Recorded) -> bool {
        let step = recorded.input.is_fault().then(|| self.step_at(recorded.step)).flatten();
        step.is_some_and(|step| matches!(step.cause, Cause::Input { fault: Some(_), .. }))
    }

    /// Goes on to a time, whatever the script says.
    fn run_to(&mut self, time: Time) {
        while self.forward_until(time, STEPS_MAX, |_| Go::On).halt == Halt::Stop {}
    }

    /// Lets the followed script take the line that is due for done.
    fn pass_over_line(&mut self) {
        let Session { runs, current, run, .. } = self;
        let Some(following) = &mut runs[*current].following else { return };
        following.conductor.take(run.as_ref());
        following.conductor.observe(None, run.as_ref());
        following.remember(run.as_ref());
    }

    // ---- inside ----

    fn recorded(&self, input: Input) -> Recorded {
        let (step, time) = self.here();
        Recorded { step, time, input, crowded: is_crowded(self.run.as_ref()), scripted: false }
    }

    /// The past of the shown run up to the present, to go on from in another way.
    fn fork_of(&mut self, (step, time): (StepIndex, Time)) -> (History, Option<Following>) {
        let last = step.checked_sub(1).and_then(|last| self.step_at(last));
        let kept = &self.runs[self.current];
        let following = kept.following.as_ref();
        let following =
            following.map(|following| following.fork(self.run.as_ref(), last.as_deref()));
        (kept.history.fork(step, time), following)
    }

    /// Keeps a new run and shows it. Returns the old one.
    fn show_fork(
        &mut self,
        (history, following): (History, Option<Following>),
        (step, time): (StepIndex, Time),
        what: String,
    ) -> RunId {
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
        self.runs.push(Kept { id, history, following, origin, left_at: (step, time) });
        self.current = self.runs.len() - 1;
        from
    }
}
