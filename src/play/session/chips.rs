//! The script bar: everything that was done in the shown run, to be changed afterwards.
//!
//! A change plays the run anew from the first moment that it touches: what the learner did after that is
//! done again at the same times, and a followed script goes on by itself. What no longer makes sense is
//! kept, with the reason, and tried again at the next change.

use std::cmp::Reverse;

use crate::sim::view::Envelope;
use crate::sim::{Cause, InputError, MsgId, StepIndex, Time};

use super::moving::{Go, STEPS_MAX};
use super::{Changed, Chip, ChipEdit, Halt, Left, Refused, RunId, Session};
use crate::play::history::Recorded;
use crate::play::script::{Act, TIME_MAX, Template};
use crate::play::{Problem, ProblemKind};

/// One chip with what it takes to do it again.
struct Entry {
    /// Where it was done; `None` if it was refused.
    step: Option<StepIndex>,
    time: Time,
    words: String,
    /// The line of the followed script that did it.
    line: Option<usize>,
    /// The message that it was done to.
    message: Option<Envelope>,
    why: Option<String>,
}

/// Why a run is played anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// The learner changes something; an undo leads back to the old run.
    Onward,
    /// This is an undo itself.
    Back,
}

/// What is to be done again, and when.
struct Deed {
    time: Time,
    words: String,
    message: Option<Envelope>,
}

impl Session {
    /// What was done in the shown run and what was refused, by the learner and by the script, in order.
    pub fn chips(&self) -> Vec<Chip> {
        let here = self.here();
        let chip = |entry: Entry| Chip {
            time: entry.time,
            step: entry.step,
            ahead: entry.step.map_or(entry.time > here.1, |step| step >= here.0),
            words: entry.words,
            scripted: entry.line.is_some(),
            refused: entry.why,
        };
        self.entries().into_iter().map(chip).collect()
    }

    /// Changes a chip, by its place in [`Session::chips`]: a new run, up to the present clock. The old one
    /// is kept, unless this is one more change of the same chip. Words that say nothing are refused and
    /// change nothing; an act that makes no sense at its time becomes a refused chip.
    pub fn edit_chip(&mut self, place: usize, edit: &ChipEdit) -> Result<Changed, InputError> {
        let mut entries = self.entries();
        if place >= entries.len() {
            return Err(InputError(format!("there is no chip {}", place + 1)));
        }
        let old = entries.swap_remove(place);
        let what = format!("without {}", old.words);
        let ChipEdit::Change { time, words } = edit else {
            return self.rerun(&[place], None, what, Way::Onward);
        };
        self.read_input(words)?;
        let message = old.message.or_else(|| self.message_of_step(old.step?));
        let same_message = message.filter(|_| message_of(&old.words) == message_of(words));
        // Where only the words change, the place among what happens at that moment does not.
        let at = old.step.filter(|_| *time == old.time);
        let deed = Deed { time: *time, words: words.clone(), message: same_message };
        self.rerun(&[place], Some((deed, at)), format!("{words} at {time}"), Way::Onward)
    }

    /// Does something at any time of the run, as if it had been done then.
    pub fn add_chip(&mut self, time: Time, words: &str) -> Result<Changed, InputError> {
        self.read_input(words)?;
        let deed = Deed { time, words: words.to_string(), message: None };
        self.rerun(&[], Some((deed, None)), format!("{words} at {time}"), Way::Onward)
    }

    /// Plays the run anew without any fault of the learner's, up to the present clock.
    pub fn clear_faults(&mut self) -> Result<Changed, InputError> {
        let made: Vec<Recorded> =
            self.inputs().filter(|made| !made.is_scripted()).cloned().collect();
        let faults = made.into_iter().filter(|made| self.was_fault(made)).collect::<Vec<_>>();
        let places: Vec<usize> =
            faults.iter().filter_map(|fault| self.chip_of(fault.step)).collect();
        if places.is_empty() {
            return Err(InputError("there is no fault of yours in this run".into()));
        }
        self.rerun(&places, None, "without the faults".into(), Way::Onward)
    }

    /// Plays the run anew without a chip, as an undo does.
    pub(super) fn take_back(&mut self, place: usize) -> Result<Changed, InputError> {
        let what = format!("without {}", self.entries()[place].words);
        let redo = std::mem::take(&mut self.redo);
        let changed = self.rerun(&[place], None, what, Way::Back);
        self.redo = redo;
        changed
    }

    /// The place of the chip that stands for a step.
    pub(super) fn chip_of(&self, step: StepIndex) -> Option<usize> {
        self.entries().iter().position(|entry| entry.step == Some(step))
    }

    // ---- inside ----

    fn entries(&self) -> Vec<Entry> {
        let kept = &self.runs[self.current];
        let mut entries: Vec<Entry> = self.inputs().map(|made| self.entry(made)).collect();
        let by_learner = kept.refused.iter().map(|refused| Entry {
            step: None,
            time: refused.time,
            words: refused.words.clone(),
            line: None,
            message: refused.message.clone(),
            why: Some(refused.why.clone()),
        });
        let by_script = self.problems().filter_map(|problem| self.refused_line(problem));
        let mut refused: Vec<Entry> = by_learner.collect();
        refused.extend(by_script);
        for entry in refused {
            // Few are refused: each is put where its time says.
            let place = entries.iter().position(|other| other.time > entry.time);
            entries.insert(place.unwrap_or(entries.len()), entry);
        }
        entries
    }

    fn entry(&self, made: &Recorded) -> Entry {
        Entry {
            step: Some(made.step),
            time: made.time,
            words: made.input.to_string(),
            line: made.line,
            message: None,
            why: None,
        }
    }

    /// A line of the script that made no sense when its turn came.
    fn refused_line(&self, problem: &Problem) -> Option<Entry> {
        let script = self.following()?.conductor.script();
        let line = script.lines.iter().position(|line| line.number == problem.line)?;
        let Act::Input(words) = &script.lines[line].act else { return None };
        (problem.kind == ProblemKind::Refused).then(|| Entry {
            step: None,
            time: problem.time,
            words: words.to_string(),
            line: Some(line),
            message: None,
            why: Some(problem.message.clone()),
        })
    }

    /// Plays the run anew: without the chips at `dropped`, and with `added`, which is done just before the
    /// step that is given with it or else at its time.
    fn rerun(
        &mut self,
        dropped: &[usize],
        added: Option<(Deed, Option<StepIndex>)>,
        what: String,
        way: Way,
    ) -> Result<Changed, InputError> {
        if added.as_ref().is_some_and(|(deed, _)| deed.time > TIME_MAX) {
            return Err(InputError(format!("no act is later than {TIME_MAX}")));
        }
        let here = self.here();
        let clock = here.1;
        let again = self.same_chip_again(dropped);
        let from = self.fork_point(dropped, added.as_ref());
        let mut deeds = self.deeds_after(from.0, from.1, dropped);
        let own = added.map(|(deed, at)| (put(&mut deeds, deed, at.is_some()), at.is_some()));
        let passed = self.lines_of(dropped);

        self.place_until(from.0, from.1);
        self.run.wait_until(from.1);
        let fork = self.fork_of(from);
        let refused_before = |entry: &Refused| entry.time < from.1;
        let left_run = self.runs[self.current].id;
        self.show_fork(fork, from, what);
        let old = self.runs.iter_mut().find(|run| run.id == left_run);
        old.expect("it was just left").left_at = here;
        self.runs[self.current].refused.retain(refused_before);
        self.pass_over(passed);
        let mut refused = Vec::new();
        let mut own_time = None;
        for (place, deed) in deeds.into_iter().enumerate() {
            let is_own = own.map(|(own, _)| own) == Some(place);
            if !(is_own && own.is_some_and(|(_, exact)| exact)) {
                self.run_to(deed.time);
            }
            own_time = own_time.or(is_own.then(|| (self.position(), deed.time)));
            if let Err(why) = self.do_again(&deed) {
                refused.push((deed.words.clone(), why.0.clone()));
                let Deed { time, words, message } = deed;
                self.runs[self.current].refused.push(Refused { time, words, message, why: why.0 });
            }
        }
        self.run_to(clock.max(self.clock()));
        let chip = own_time.and_then(|(step, time)| self.chip_at(step, time));
        let kept = again.unwrap_or(left_run);
        match way {
            Way::Onward => self.land(left_run, kept, chip),
            Way::Back => self.land_back(left_run, from.0),
        }
        self.seek_time(clock);
        self.redo.clear();
        Ok(Changed { kept, refused, chip })
    }

    /// Remembers which run an undo leads back to. A chip that is changed again and again leaves one run
    /// behind, not one for each change.
    fn land(&mut self, old: RunId, kept: RunId, chip: Option<usize>) {
        let since = self.end().0;
        if old != kept
            && let Some(place) = self.runs.iter().position(|run| run.id == old)
        {
            let between = self.runs.remove(place);
            self.current -= usize::from(place < self.current);
            if let (Some(origin), Some(earlier)) =
                (&mut self.runs[self.current].origin, between.origin)
            {
                origin.from = kept;
                (origin.step, origin.time) =
                    (origin.step, origin.time).min((earlier.step, earlier.time));
            }
        }
        self.runs[self.current].left = Some(Left { run: kept, since, chip });
    }

    /// After an undo: what the old run came from, this one comes from.
    fn land_back(&mut self, old: RunId, from: StepIndex) {
        let left = self.runs.iter().find(|run| run.id == old).and_then(|run| run.left.clone());
        self.runs[self.current].left = left.filter(|left| left.since <= from);
    }

    /// The run before the last change, if that was a change of this very chip and nothing was done since.
    fn same_chip_again(&self, dropped: &[usize]) -> Option<RunId> {
        let left = self.runs[self.current].left.as_ref()?;
        let same = left.chip.is_some() && dropped == left.chip.as_slice();
        let since = self.inputs().any(|made| made.step >= left.since && !made.is_scripted());
        let there = self.runs.iter().any(|kept| kept.id == left.run);
        (same && !since && there).then_some(left.run)
    }

    /// The first moment that a change touches.
    fn fork_point(
        &self,
        dropped: &[usize],
        added: Option<&(Deed, Option<StepIndex>)>,
    ) -> (StepIndex, Time) {
        let end = self.end();
        let at = |step: Option<StepIndex>, time: Time| {
            let time = time.min(end.1);
            (step.unwrap_or_else(|| self.marks().after(time)), time)
        };
        let entries = self.entries();
        let places = dropped.iter().map(|&place| at(entries[place].step, entries[place].time));
        let own = added.map(|(deed, step)| at(*step, deed.time));
        places.chain(own).min().unwrap_or(end)
    }

    /// What the learner did from a moment on, apart from what is dropped.
    fn deeds_after(&mut self, step: StepIndex, time: Time, dropped: &[usize]) -> Vec<Deed> {
        let mut deeds = Vec::new();
        for (place, entry) in self.entries().into_iter().enumerate() {
            let later = entry.step.map_or(entry.time >= time, |own| own >= step);
            if dropped.contains(&place) || entry.line.is_some() || !later {
                continue;
            }
            let message = entry.message.or_else(|| self.message_of_step(entry.step?));
            deeds.push(Deed { time: entry.time, words: entry.words, message });
        }
        deeds
    }

    /// The message that an act was done to.
    fn message_of_step(&mut self, step: StepIndex) -> Option<Envelope> {
        match &self.step_at(step)?.cause {
            Cause::Input { message, .. } => message.clone(),
            Cause::Start | Cause::Deliver(_) | Cause::Timer(_) => None,
            Cause::Undelivered { .. } | Cause::Held(_) => None,
        }
    }

    /// Lets the followed script take the lines that these chips stand for for done: when their turn comes,
    /// or, if that is over and they were refused, as if they had not been.
    fn pass_over(&mut self, dropped: Vec<(usize, Time)>) {
        let Session { runs, current, run, .. } = self;
        let Some(following) = &mut runs[*current].following else { return };
        for (line, time) in dropped {
            if !following.forget(line, time) {
                following.conductor.pass_over(line);
            }
        }
        following.remember(run.as_ref());
    }

    /// The lines of the script that these chips stand for, each with its time.
    fn lines_of(&self, places: &[usize]) -> Vec<(usize, Time)> {
        let entries = self.entries();
        let line = |&place: &usize| Some((entries[place].line?, entries[place].time));
        places.iter().filter_map(line).collect()
    }

    /// Goes on to a time, whatever the script says.
    fn run_to(&mut self, time: Time) {
        while self.forward_until(time, STEPS_MAX, |_| Go::On).halt == Halt::Stop {}
    }

    /// Does what was done in another run, to the message that corresponds to the one of then.
    fn do_again(&mut self, deed: &Deed) -> Result<(), InputError> {
        let template = match &deed.message {
            Some(message) => self.like(&deed.words, message)?,
            None => self.read_input(&deed.words)?,
        };
        self.do_act(&template).map(|_| ())
    }

    /// The act for the message on its way that is of the same kind, from and to the same nodes, and was
    /// sent at the nearest time.
    fn like(&self, words: &str, then: &Envelope) -> Result<Template, InputError> {
        let scene = self.run.scene();
        let alike =
            scene.messages.iter().map(|flight| &flight.message).filter(|other| {
                (other.kind, other.from, other.to) == (then.kind, then.from, then.to)
            });
        let apart = |other: &&Envelope| {
            (other.sent_at.0.abs_diff(then.sent_at.0), Reverse(other.id == then.id))
        };
        let Some(now) = alike.min_by_key(apart) else {
            let Envelope { kind, from, to, .. } = then;
            return Err(InputError(format!("no {kind} from {from} to {to} is on its way then")));
        };
        let old = message_of(words).map_or_else(String::new, |id| id.to_string());
        let word = |word: &str| if word == old { now.id.to_string() } else { word.to_string() };
        let words: Vec<String> = words.split(' ').map(word).collect();
        self.read_input(&words.join(" "))
    }

    /// The chip of what was done as this step, or was refused at this time.
    fn chip_at(&self, step: StepIndex, time: Time) -> Option<usize> {
        let entries = self.entries();
        let made =
            entries.iter().position(|entry| entry.step == Some(step) && entry.line.is_none());
        let refused = |entry: &Entry| entry.why.is_some() && entry.time == time;
        made.filter(|&place| entries[place].time == time)
            .or_else(|| entries.iter().rposition(refused))
    }
}

/// Puts a deed where its time says: before all others of that time if it keeps its place, or else after.
fn put(deeds: &mut Vec<Deed>, deed: Deed, first: bool) -> usize {
    let place = deeds
        .iter()
        .position(|other| if first { other.time >= deed.time } else { other.time > deed.time });
    let place = place.unwrap_or(deeds.len());
    deeds.insert(place, deed);
    place
}

/// The message that the words of an act name.
fn message_of(words: &str) -> Option<MsgId> {
    let verbs = ["drop", "duplicate", "delay", "hurry", "corrupt"];
    let (verb, rest) = words.split_once(' ')?;
    verbs.contains(&verb).then(|| rest.split(' ').next()?.parse().ok()).flatten()
}
