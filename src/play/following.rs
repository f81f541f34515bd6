//! A session's side of following a script: where the script stood at every place of the run, so that
//! it goes on from there when a new run begins in the past.

use std::rc::Rc;

use crate::labs::Run;
use crate::sim::{SharedVec, Step, StepIndex, Time};

use super::conductor::{Conductor, Problem, State};
use super::script::Script;

/// The script that a run follows.
#[derive(Clone)]
pub(super) struct Following {
    /// As it stands at the end of the run.
    pub conductor: Conductor,
    /// Every change of its state, in order.
    changes: SharedVec<StateAt>,
    problems: SharedVec<Problem>,
}

#[derive(Clone)]
struct StateAt {
    position: StepIndex,
    time: Time,
    state: Rc<State>,
}

impl Following {
    /// At the beginning of a run.
    pub fn new(script: Script, run: &dyn Run) -> Following {
        let conductor = Conductor::new(Rc::new(script), run);
        let state = Rc::new(conductor.state().clone());
        let mut changes = SharedVec::default();
        changes.push(StateAt { position: 0, time: Time::ZERO, state });
        Following { conductor, changes, problems: SharedVec::default() }
    }

    /// The position at which a line, counted from 0, was behind; `None` if it is still to be done.
    pub fn passed(&self, line: usize) -> Option<StepIndex> {
        let behind = |change: &&StateAt| change.state.line() > line;
        self.changes.iter().find(behind).map(|change| change.position)
    }

    pub fn problems(&self) -> impl Iterator<Item = &Problem> {
        self.problems.iter()
    }

    pub fn tell(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// Takes back that a line, counted from 0, was refused at that time. False if it was not.
    pub fn forget(&mut self, line: usize, time: Time) -> bool {
        let number = self.conductor.script().lines[line].number;
        let meant = |problem: &&Problem| (problem.line, problem.time) == (number, time);
        let Some(place) = self.problems.iter().position(|problem| meant(&problem)) else {
            return false;
        };
        let later: Vec<Problem> = self.problems.iter().skip(place + 1).cloned().collect();
        self.problems.truncate(place);
        later.into_iter().for_each(|problem| self.problems.push(problem));
        true
    }

    /// Remembers where the script stands, if it has moved. `run` is at its end.
    pub fn remember(&mut self, run: &dyn Run) {
        let state = self.conductor.state();
        let known = self.changes.last().map(|change| change.state.version());
        if known != Some(state.version()) {
            let (position, time) = (run.next_step(), run.now());
            self.changes.push(StateAt { position, time, state: Rc::new(state.clone()) });
        }
    }

    /// The script as it stood at a place of the past. `run` is there, and `last` is the step before.
    pub fn fork(&self, run: &dyn Run, last: Option<&Step>) -> Following {
        let here = (run.next_step(), run.now());
        let past = |change: &StateAt| (change.position, change.time) <= here;
        let mut changes = self.changes.clone();
        changes.truncate(changes.partition_point(past));
        let change = changes.last().expect("the first one is at the very beginning");
        let last = last.filter(|_| change.position < here.0);
        let conductor = self.conductor.resumed(&change.state, last, run);
        let told = |problem: &Problem| (problem.step, problem.time) <= here;
        let mut problems = self.problems.clone();
        problems.truncate(problems.partition_point(told));
        Following { conductor, changes, problems }
    }
}
