//! Does what a script says, while its run goes on.

use std::collections::VecDeque;
use std::rc::Rc;

use serde::Serialize;

use crate::labs::Run;
use crate::sim::{Cause, Input, LinkSettings, MsgId, NodeId, Step, StepIndex, Time};

use super::script::{Act, Condition, Line, Names, Party, Script, Template, Trigger};

/// The `every` lines of a script act at most so often, all together.
pub const FIRINGS_MAX: u32 = 10_000;

/// Carries a script out. It only reads the run; whoever owns the run does what it [says](Cue).
#[derive(Clone)]
pub(super) struct Conductor {
    script: Rc<Script>,
    state: State,
    /// Whether some line waits for messages.
    listens: bool,
}

/// How far a script has come.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    /// The line that is next.
    line: usize,
    /// When the one before it was done.
    done_at: Time,
    /// Whether what the next line waits for holds now.
    ready: bool,
    /// The `every` lines passed so far.
    armed: Vec<Armed>,
    /// What they have to do before anything else happens.
    pending: VecDeque<Firing>,
    /// The messages that were just sent, and that no line has taken yet.
    fresh: Vec<Fresh>,
    firings: u32,
    stopped: bool,
    /// The lines that are not to act when their turn comes next.
    passed_over: Vec<usize>,
    /// Whether there has been such a line.
    altered: bool,
    /// Counts what has changed here, apart from what can be seen of the run.
    version: u32,
}

#[derive(Clone, Copy, Debug)]
struct Armed {
    line: usize,
    /// Whether its condition held when it was last looked at.
    held: bool,
}

#[derive(Clone, Copy, Debug)]
struct Firing {
    line: usize,
    it: Option<MsgId>,
}

#[derive(Clone, Copy, Debug)]
struct Fresh {
    id: MsgId,
    kind: &'static str,
    from: NodeId,
    to: NodeId,
}

/// What the script wants done now.
pub(super) enum Cue {
    /// Apply this input. If it is refused, say so with [`Conductor::refused`].
    Input { line: usize, input: Input },
    /// End the run here.
    Stop,
    /// Something is wrong; go on.
    Problem(Problem),
    /// Nothing that shows.
    Nothing,
}

/// Something that did not go as the script says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Problem {
    pub kind: ProblemKind,
    /// The line of the text, from 1 upward; the digest's line is told as 0.
    pub line: usize,
    /// Where in the run.
    pub step: StepIndex,
    #[serde(rename = "time_us")]
    pub time: Time,
    pub message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProblemKind {
    /// An act that makes no sense at that moment. It was left out.
    Refused,
    /// An `expect` that does not hold.
    Expectation,
    /// A line whose moment never came.
    NeverReached,
    /// The same inputs no longer give the run that was recorded.
    Digest,
}

impl State {
    /// Differs between two states of one script, unless they differ only by what can be seen of the
    /// run.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// The line that is next, counted from 0.
    pub fn line(&self) -> usize {
        self.line
    }
}

impl Conductor {
    pub fn new(script: Rc<Script>, run: &dyn Run) -> Conductor {
        let listens = script.lines.iter().any(|line| match &line.trigger {
            Trigger::When(condition) | Trigger::Every(condition) => {
                matches!(condition, Condition::Sent { .. })
            }
            Trigger::At(_) | Trigger::After(_) | Trigger::Before(_) => false,
        });
        let mut conductor = Conductor { script, state: State::default(), listens };
        conductor.look(run);
        conductor
    }

    /// The same script, come so far. `last` is the step before, if it may still be listened to.
    pub fn resumed(&self, state: &State, last: Option<&Step>, run: &dyn Run) -> Conductor {
        let mut conductor = self.clone();
        conductor.state = state.clone();
        if let Some(last) = last {
            conductor.state.fresh.clear();
            conductor.listen(last);
        }
        conductor.look(run);
        conductor
    }

    /// What it carries out.
    pub fn script(&self) -> &Script {
        &self.script
    }

    pub fn state(&self) -> &State {
        &self.state
    }

    /// Whether it must see every step recorded.
    pub fn listens(&self) -> bool {
        self.listens
    }

    /// The line that it waits for, unless all are done.
    pub fn waits_for(&self) -> Option<&Line> {
        if self.state.stopped { None } else { self.script.lines.get(self.state.line) }
    }

    /// The lines that are done, or were left out because they made no sense.
    pub fn behind(&self) -> &[Line] {
        self.lines().0
    }

    /// The lines that it has passed, and those that are left.
    pub fn lines(&self) -> (&[Line], &[Line]) {
        self.script.lines.split_at(self.state.line)
    }

    /// When the last line was done.
    pub fn done_at(&self) -> Time {
        self.state.done_at
    }

    /// When something is to be done before the next event; `None` if an event comes first, or
    /// nothing is left to do.
    pub fn due(&self, run: &dyn Run) -> Option<Time> {
        let now = run.now();
        if self.state.stopped {
            return None;
        }
        if !self.state.pending.is_empty() {
            return Some(now);
        }
        // A moment comes when all that is due until then is done.
        let moment = |time: Time| {
            let idle = run.next_at().is_none_or(|next| next > time);
            idle.then_some(time.max(now))
        };
        match &self.waits_for()?.trigger {
            Trigger::At(time) => moment(*time),
            Trigger::After(span) => moment(self.state.done_at + *span),
            Trigger::Before(step) => (run.next_step() >= *step).then_some(now),
            Trigger::When(_) => self.state.ready.then_some(now),
            Trigger::Every(_) => Some(now),
        }
    }

    /// Takes what is due. The run's clock must stand where [`due`](Conductor::due) said.
    pub fn take(&mut self, run: &dyn Run) -> Cue {
        self.state.version += 1;
        if let Some(firing) = self.state.pending.pop_front() {
            return self.fire(firing, run);
        }
        let place = self.state.line;
        self.state.line += 1;
        self.state.done_at = run.now();
        self.state.ready = false;
        let script = Rc::clone(&self.script);
        match &script.lines[place].trigger {
            Trigger::Every(condition) => {
                self.arm(place, condition, run);
                self.look(run);
                Cue::Nothing
            }
            Trigger::When(condition) => {
                let it = self.take_fresh(condition, run);
                self.act(place, it, run)
            }
            Trigger::At(_) | Trigger::After(_) | Trigger::Before(_) => self.act(place, None, run),
        }
    }

    /// Takes a line for done when its turn comes next, without doing it. The lines are counted from 0.
    pub fn pass_over(&mut self, line: usize) {
        self.state.passed_over.push(line);
        self.state.altered = true;
        self.state.version += 1;
    }

    /// Whether some line was, or is to be, passed over.
    pub fn is_altered(&self) -> bool {
        self.state.altered
    }

    /// Looks at what a step did. Unless it [listens](Conductor::listens), it need not see it.
    pub fn observe(&mut self, step: Option<&Step>, run: &dyn Run) {
        if self.state.stopped {
            return;
        }
        if let Some(step) = step {
            self.listen(step);
        }
        if self.look_at_armed(step, run) {
            self.state.version += 1;
        }
        self.look(run);
    }

    /// What to say of an input that was refused; nothing for an `every` line, which tries often.
    pub fn refused(&mut self, line: usize, why: &str, run: &dyn Run) -> Option<Problem> {
        self.observe(None, run);
        let line = &self.script.lines[line];
        if let Trigger::Every(_) = line.trigger {
            return None;
        }
        let message = format!("`{}` was refused: {why}", line.act);
        Some(problem(ProblemKind::Refused, line.number, message, run))
    }

    /// What is wrong at the end of the run, if anything: a line that was never reached, another
    /// digest.
    pub fn at_end(&self, run: &dyn Run) -> Option<Problem> {
        if let Some(line) = self.waits_for() {
            let message = format!("`{line}` never came to be done");
            return Some(problem(ProblemKind::NeverReached, line.number, message, run));
        }
        let recorded = self.script.digest.as_ref()?;
        let digest = run.digest();
        let message = || format!("the run is not the recorded one: its digest is {digest}");
        (digest != *recorded).then(|| problem(ProblemKind::Digest, 0, message(), run))
    }

    // ---- inside ----

    fn arm(&mut self, place: usize, condition: &Condition, run: &dyn Run) {
        let mut armed = Armed { line: place, held: false };
        if let Condition::Sent { .. } = condition {
            for fresh in &self.state.fresh {
                if fresh.is(condition, run) {
                    self.state.pending.push_back(Firing { line: place, it: Some(fresh.id) });
                }
            }
        } else if holds(condition, run) {
            armed.held = true;
            self.state.pending.push_back(Firing { line: place, it: None });
        }
        self.state.armed.push(armed);
    }

    fn fire(&mut self, firing: Firing, run: &dyn Run) -> Cue {
        if self.state.firings >= FIRINGS_MAX {
            return Cue::Nothing;
        }
        self.state.firings += 1;
        match self.act(firing.line, firing.it, run) {
            // It tries often; that it makes no sense now and then is no fault of the script.
            Cue::Problem(Problem { kind: ProblemKind::Refused, .. }) => Cue::Nothing,
            cue => cue,
        }
    }

    fn act(&mut self, place: usize, it: Option<MsgId>, run: &dyn Run) -> Cue {
        if let Some(passed) = self.state.passed_over.iter().position(|&line| line == place) {
            self.state.passed_over.remove(passed);
            self.look(run);
            return Cue::Nothing;
        }
        let script = Rc::clone(&self.script);
        let Line { number, act, .. } = &script.lines[place];
        match act {
            Act::Stop => {
                self.state.stopped = true;
                Cue::Stop
            }
            Act::Expect(condition) if holds(condition, run) => {
                self.look(run);
                Cue::Nothing
            }
            Act::Expect(condition) => {
                self.look(run);
                let message = format!("expected `{condition}`, {}", but(condition, run));
                Cue::Problem(problem(ProblemKind::Expectation, *number, message, run))
            }
            Act::Input(template) => match template.input(&Now { run, it }) {
                Ok(input) => Cue::Input { line: place, input },
                Err(why) => {
                    self.look(run);
                    let message = format!("`{template}` makes no sense now: {why}");
                    Cue::Problem(problem(ProblemKind::Refused, *number, message, run))
                }
            },
        }
    }

    /// Sees whether the next line's condition holds.
    fn look(&mut self, run: &dyn Run) {
        let script = Rc::clone(&self.script);
        self.state.ready = match script.lines.get(self.state.line).map(|line| &line.trigger) {
            Some(Trigger::When(condition @ Condition::Sent { .. })) => {
                self.state.fresh.iter().any(|fresh| fresh.is(condition, run))
            }
            Some(Trigger::When(condition)) => holds(condition, run),
            Some(Trigger::At(_) | Trigger::After(_) | Trigger::Before(_) | Trigger::Every(_))
            | None => false,
        };
    }

    /// Takes in what a step sent. What an input sends comes on top of what the last event sent.
    fn listen(&mut self, step: &Step) {
        if !self.listens {
            return;
        }
        let by_input = matches!(step.cause, Cause::Input { .. });
        if !by_input {
            self.state.fresh.clear();
        }
        self.state.fresh.extend(sent(step));
    }

    fn look_at_armed(&mut self, step: Option<&Step>, run: &dyn Run) -> bool {
        // What will not be done need not be remembered.
        if self.state.firings >= FIRINGS_MAX {
            return false;
        }
        let script = Rc::clone(&self.script);
        let State { armed, pending, .. } = &mut self.state;
        let mut changed = false;
        for armed in armed {
            let Trigger::Every(condition) = &script.lines[armed.line].trigger else { continue };
            if let Condition::Sent { .. } = condition {
                for fresh in step.into_iter().flat_map(sent) {
                    if fresh.is(condition, run) {
                        pending.push_back(Firing { line: armed.line, it: Some(fresh.id) });
                        changed = true;
                    }
                }
                continue;
            }
            let held = std::mem::replace(&mut armed.held, holds(condition, run));
            changed |= held != armed.held;
            if armed.held && !held {
                pending.push_back(Firing { line: armed.line, it: None });
            }
        }
        changed
    }

    fn take_fresh(&mut self, condition: &Condition, run: &dyn Run) -> Option<MsgId> {
        let Condition::Sent { .. } = condition else { return None };
        let place = self.state.fresh.iter().position(|fresh| fresh.is(condition, run))?;
        Some(self.state.fresh.remove(place).id)
    }
}

/// The messages of a step that a script may take hold of: not the copies that somebody made, or
/// duplicating each would never end.
fn sent(step: &Step) -> impl Iterator<Item = Fresh> {
    let by_input = matches!(step.cause, Cause::Input { .. });
    let own = move |sent: &&crate::sim::Sent| !(by_input && sent.copy_of.is_some());
    step.sent.iter().filter(own).map(|sent| {
        let crate::sim::view::Envelope { id, from, to, kind, .. } = sent.message;
        Fresh { id, kind, from, to }
    })
}

impl Fresh {
    fn is(&self, condition: &Condition, run: &dyn Run) -> bool {
        let Condition::Sent { kind, from, to } = condition else { return false };
        let fits = |party: &Party, node: NodeId| match party {
            Party::Anybody => true,
            Party::Node(known) => *known == node,
            Party::Selector(selector) => run.find(selector) == Some(node),
        };
        kind == self.kind && fits(from, self.from) && fits(to, self.to)
    }
}

/// Whether a condition on the state holds now.
pub(super) fn holds(condition: &Condition, run: &dyn Run) -> bool {
    match condition {
        Condition::Sent { .. } => false,
        Condition::Means(selector, node) => run.find(selector) == Some(*node),
        Condition::MeansSome(selector) => run.find(selector).is_some(),
        Condition::Goal(goal) => run.holds(goal) == Some(true),
        Condition::Not(condition) => !holds(condition, run),
    }
}

/// What is so instead.
fn but(condition: &Condition, run: &dyn Run) -> String {
    match condition {
        Condition::Means(selector, _) | Condition::MeansSome(selector) => {
            match run.find(selector) {
                Some(node) => format!("but `{selector}` is {node}"),
                None => format!("but there is no `{selector}`"),
            }
        }
        Condition::Sent { .. } | Condition::Goal(_) => "but it does not hold".into(),
        Condition::Not(condition) => match **condition {
            Condition::MeansSome(selector) => but(&Condition::MeansSome(selector), run),
            _ => "but it holds".into(),
        },
    }
}

fn problem(kind: ProblemKind, line: usize, message: String, run: &dyn Run) -> Problem {
    Problem { kind, line, step: run.next_step(), time: run.now(), message }
}

/// The input that an act means now.
pub(super) fn input_now(said: &Template, run: &dyn Run) -> Result<Input, String> {
    said.input(&Now { run, it: None })
}

/// The names of a running lab.
struct Now<'a> {
    run: &'a dyn Run,
    it: Option<MsgId>,
}

impl Names for Now<'_> {
    fn node(&self, word: &str) -> Result<NodeId, String> {
        match word.parse() {
            Ok(node) => Ok(node),
            Err(_) => self.run.find(word).ok_or_else(|| format!("there is no {word} now")),
        }
    }

    fn message(&self, word: &str) -> Result<MsgId, String> {
        match (word, self.it) {
            ("it", Some(it)) => Ok(it),
            _ => word.parse(),
        }
    }

    fn link(&self) -> LinkSettings {
        self.run.scene().default_link
    }

    // These were checked when the script was read.
    fn request(&self, _: &str, _: bool) -> Result<(), String> {
        Ok(())
    }

    fn set(&self, _: &str, _: u64) -> Result<(), String> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::play::testing::{ms, script};
    use crate::play::{Limits, Outcome, ProblemKind, watch_script};
    use crate::sim::{Cause, Step, Time};

    use std::rc::Rc;

    use super::{Conductor, FIRINGS_MAX};
    use crate::play::runner::{Turn, start, turn};

    /// Plays a script of the test lab; returns its inputs, each with its step and time.
    fn play(text: &str) -> (Vec<(u64, Time, String)>, Vec<Step>, Outcome) {
        let script = script(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let (mut inputs, mut steps) = (Vec::new(), Vec::new());
        let outcome = watch_script(&script, Limits::default(), &mut |step, _| {
            if let Cause::Input { input, .. } = &step.cause {
                inputs.push((step.index, step.time, input.to_string()));
            }
            steps.push(step.clone());
        });
        (inputs, steps, outcome.expect("the setup is right"))
    }

    #[test]
    fn an_absolute_time_waits_for_all_that_is_due_until_then() {
        let (inputs, steps, _) = play("lab ring\n500ms crash n1\n200ms crash n2\n1s stop\n");
        let (at, time, _) = inputs[0];
        assert_eq!(time, ms(500));
        assert!(steps[..at as usize].iter().all(|step| step.time <= ms(500)));
        assert!(steps[at as usize..].iter().all(|step| step.time >= ms(500)));
        assert_eq!((inputs[1].0, inputs[1].1), (at + 1, ms(500)), "its time has passed: at once");
    }

    #[test]
    fn a_wait_begins_when_the_line_before_is_done() {
        let (inputs, ..) = play("lab ring\nwhen first: crash n1\n+250ms crash n2\n+1s stop\n");
        assert_eq!(inputs[1].1.since(inputs[0].1), crate::sim::Span::from_ms(250));
    }

    #[test]
    fn a_position_is_exact_and_does_not_move_the_clock() {
        let (inputs, steps, outcome) = play("lab ring\n@17 cut n1 n2\n@18 cut n2 n1\n@25 stop\n");
        let places: Vec<u64> = inputs.iter().map(|(at, ..)| *at).collect();
        assert_eq!((places, outcome.steps), (vec![17, 18], 25));
        assert!(inputs.iter().all(|(_, time, _)| *time == steps[16].time));
        assert_eq!(outcome.time, steps[24].time);
    }

    #[test]
    fn a_condition_is_met_at_the_very_step() {
        let (inputs, steps, _) = play("lab ring\nwhen first n2: crash n2\n+1s stop\n");
        let (at, ..) = inputs[0];
        let last = &steps[at as usize - 1];
        assert!(last.changes.iter().any(|change| change.field == "answers"), "{last:?}");
    }

    #[test]
    fn every_begins_anew_each_time_and_holds_nobody_up() {
        let text = "lab ring\nevery not first: command n3 add 1\n\
                    200ms fault n1 forget\n+0ms fault n2 forget\n+0ms fault n3 forget\n1s stop\n";
        let (inputs, ..) = play(text);
        let added: Vec<&Time> = inputs
            .iter()
            .filter(|(.., act)| act == "command n3 add 1")
            .map(|(_, t, _)| t)
            .collect();
        // At the very beginning the nodes have not started; a refusal of `every` is not told.
        assert_eq!(added, [&ms(200)]);
    }

    #[test]
    fn it_is_each_message_of_its_kind() {
        let text = "lab ring\nevery sent Hi * n1: drop it\n2s stop\n";
        let (inputs, steps, outcome) = play(text);
        let sent = steps.iter().flat_map(|step| &step.sent).map(|sent| &sent.message);
        let his = sent.filter(|message| message.kind == "Hi" && message.to.number() == 1);
        let dropped: Vec<String> = his.map(|message| format!("drop {}", message.id)).collect();
        assert!(dropped.len() > 10);
        assert_eq!(inputs.iter().map(|(.., act)| act.clone()).collect::<Vec<_>>(), dropped);
        let view = &outcome.scene().nodes[0].view;
        assert_eq!(view.fields[0].value, crate::sim::Value::Number(0));
    }

    #[test]
    fn doubling_every_message_comes_to_an_end() {
        let (inputs, steps, _) = play("lab ring\nevery sent Hello * *: duplicate it\n1s stop\n");
        let hellos = |step: &&Step| step.sent.iter().any(|sent| sent.message.kind == "Hello");
        let own = steps.iter().filter(hellos).filter(|step| matches!(step.cause, Cause::Timer(_)));
        assert_eq!(inputs.len(), own.count());
    }

    #[test]
    fn each_message_is_taken_by_one_line_only() {
        let text = "lab ring\n\
                    when sent Hello n1 *: delay it 1s\nwhen sent Hello n1 *: drop it\n1s stop\n";
        let (inputs, ..) = play(text);
        let message = |act: &str| act.split(' ').nth(1).map(str::to_string);
        assert_eq!(inputs.len(), 2);
        assert_ne!(message(&inputs[0].2), message(&inputs[1].2));
    }

    #[test]
    fn an_expectation_that_fails_says_what_is_so_instead() {
        let text = "lab ring\n500ms crash n1\n+0ms crash n2\n+0ms crash n3\n\
                    +1s expect first\n+0ms expect first n2\n+0ms expect not first\n+0ms expect warm\n";
        let (.., outcome) = play(text);
        let told: Vec<_> = outcome.problems.iter().map(|p| (p.line, p.message.as_str())).collect();
        assert_eq!(
            told,
            [
                (5, "expected `first`, but there is no `first`"),
                (6, "expected `first n2`, but there is no `first`"),
                (8, "expected `warm`, but it does not hold"),
            ]
        );
        assert!(outcome.problems.iter().all(|p| p.kind == ProblemKind::Expectation));
    }

    #[test]
    fn what_is_refused_is_told_and_the_script_goes_on() {
        let (inputs, _, outcome) =
            play("lab ring\n1s restart n1\n1s crash first\n2s pause first\n");
        assert_eq!(inputs.len(), 2);
        let [problem] = &outcome.problems[..] else { panic!("{:?}", outcome.problems) };
        assert_eq!((problem.kind, problem.line), (ProblemKind::Refused, 2));
        assert_eq!(problem.message, "`restart n1` was refused: n1 is not down");
    }

    #[test]
    fn a_line_that_never_comes_ends_the_script_in_time_and_is_told() {
        let (.., outcome) = play("lab ring\nwhen sent Bye * *: stop\n");
        let [problem] = &outcome.problems[..] else { panic!("{:?}", outcome.problems) };
        assert_eq!((problem.kind, problem.line), (ProblemKind::NeverReached, 2));
        assert_eq!(outcome.time, Time::ZERO + Limits::default().wait);
    }

    #[test]
    fn lines_that_set_each_other_off_are_bounded() {
        let text = "lab ring\nevery first n1: fault n1 forget\nevery not first n1: command n1 add 50\n\
                    1s stop\n";
        let (inputs, _, outcome) = play(text);
        let bound = FIRINGS_MAX as usize;
        assert!((bound - 10..=bound).contains(&inputs.len()), "{}", inputs.len());
        assert_eq!(outcome.time, ms(1_000));
    }

    #[test]
    fn lines_that_act_no_more_leave_no_trace() {
        let script = script("lab ring greet_ms=1\nevery sent Hello * *: delay it 1ms\n").unwrap();
        let mut run = start(&script).unwrap();
        let mut conductor = Conductor::new(Rc::new(script), run.as_ref());
        let mut sent = 0;
        while sent < 2 * FIRINGS_MAX {
            let turn = turn(run.as_mut(), Some(&mut conductor), Time(u64::MAX), true);
            if let Turn::Step { step, .. } = turn {
                sent += step.sent.iter().filter(|sent| sent.message.kind == "Hello").count() as u32;
            }
        }
        let version = conductor.state().version();
        assert!(version <= 3 * FIRINGS_MAX, "{version}");
    }

    #[test]
    fn a_run_that_differs_from_the_recorded_one_is_told() {
        let (.., outcome) = play("lab ring\n1s stop\ndigest 0123456789abcdef\n");
        let [problem] = &outcome.problems[..] else { panic!("{:?}", outcome.problems) };
        assert_eq!(problem.kind, ProblemKind::Digest);
        let good = format!("lab ring\n1s stop\ndigest {}\n", outcome.digest);
        assert!(play(&good).2.problems.is_empty());
    }

    #[test]
    fn the_same_script_on_another_variant_breaks_its_invariant() {
        let good = script("lab ring\n1s stop\n").unwrap();
        let bad = good.with_variant("double").unwrap();
        let run = |script| crate::play::run_script(script, Limits::default()).unwrap();
        assert!(run(&good).is_well() && run(&bad).has_broken("even-handed"));
        assert!(good.with_variant("none").is_err());
    }
}
