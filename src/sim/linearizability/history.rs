//! The history of one object, kept as all the configurations that its answers allow.

use std::fmt::{Debug, Display};

use super::OpId;

/// At most so many operations of one object are under way, abandoned ones included.
pub const UNDER_WAY_MAX: usize = 32;

/// At most so many configurations are kept of one object, and explored at one response.
pub const CONFIGURATIONS_MAX: usize = 1_024;

/// The last so many operations that were answered are named in an explanation.
const REMEMBERED: usize = 4;

/// What an object does when operations reach it one at a time.
pub trait Object: Clone + Debug {
    type State: Clone + Debug + Default + PartialEq;
    type Act: Clone + Debug + Display;
    type Answer: Clone + Debug + Display + PartialEq;

    /// The state after an operation, and its answer.
    fn apply(state: &Self::State, act: &Self::Act) -> (Self::State, Self::Answer);

    /// Whether it never changes the state.
    fn only_reads(act: &Self::Act) -> bool;

    /// Whether the state before makes no difference, neither to its answer nor to the state after.
    fn only_writes(act: &Self::Act) -> bool;
}

/// What is known of an object's history so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Some order explains all answers.
    Explained,
    /// No order does. It was said when it happened; what comes later is not judged.
    Broken,
    /// Too much was under way at once; what comes later is not judged.
    Unknown,
}

/// The operations on one object.
#[derive(Clone, Debug)]
pub struct History<O: Object> {
    verdict: Verdict,
    /// The operations under way. An operation keeps its place, for which a bit stands in `abandoned`
    /// and [`Configuration::taken`].
    under_way: Vec<Option<UnderWay<O>>>,
    /// Those whose client gave up.
    abandoned: Set,
    /// All that the answers so far allow, none of which makes another one superfluous.
    configurations: Vec<Configuration<O>>,
    /// The newest operations that were answered, oldest first.
    answered: Vec<(OpId, O::Act, O::Answer)>,
}

/// A set of places in [`History::under_way`].
type Set = u32;

#[derive(Clone, Debug)]
struct UnderWay<O: Object> {
    op: OpId,
    act: O::Act,
}

/// One way in which things may stand.
#[derive(Clone, Debug)]
struct Configuration<O: Object> {
    state: O::State,
    /// The operations under way that have taken effect.
    taken: Set,
    /// The answers of those, except of the abandoned ones, by place.
    answers: Vec<(u8, O::Answer)>,
}

impl<O: Object> Default for History<O> {
    fn default() -> History<O> {
        let start = Configuration { state: O::State::default(), taken: 0, answers: Vec::new() };
        History {
            verdict: Verdict::Explained,
            under_way: Vec::new(),
            abandoned: 0,
            configurations: vec![start],
            answered: Vec::new(),
        }
    }
}

impl<O: Object> History<O> {
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// An operation begins. One that is under way already is ignored.
    pub fn invoke(&mut self, op: OpId, act: O::Act) {
        if self.verdict != Verdict::Explained || self.place(op).is_some() {
            return;
        }
        let begun = Some(UnderWay { op, act });
        match self.under_way.iter().position(Option::is_none) {
            Some(place) => self.under_way[place] = begun,
            None if self.under_way.len() < UNDER_WAY_MAX => self.under_way.push(begun),
            None => self.close(Verdict::Unknown),
        }
    }

    /// The client of an operation gave up.
    pub fn abandon(&mut self, op: OpId) {
        let Some(place) = self.place(op) else { return };
        let UnderWay { act, .. } = self.under_way[place].as_ref().expect("it is under way");
        if O::only_reads(act) {
            self.forget(place);
        } else {
            self.abandoned |= bit(place);
            for configuration in &mut self.configurations {
                configuration.answers.retain(|(answered, _)| usize::from(*answered) != place);
            }
        }
        self.tidy();
    }

    /// An operation is answered. `object` is what the explanation calls the object.
    pub fn respond(
        &mut self,
        op: OpId,
        answer: &O::Answer,
        object: &impl Display,
    ) -> Result<(), String> {
        let place = self.place(op).filter(|&place| self.abandoned & bit(place) == 0);
        let Some(place) = place else { return Ok(()) };
        let Some(reached) = self.reached(place, answer) else {
            self.close(Verdict::Unknown);
            return Ok(());
        };
        if reached.is_empty() {
            let why = self.explain(place, answer, object);
            self.close(Verdict::Broken);
            return Err(why);
        }
        self.configurations = reached;
        let UnderWay { act, .. } = self.under_way[place].clone().expect("it is under way");
        if self.answered.len() == REMEMBERED {
            self.answered.remove(0);
        }
        self.answered.push((op, act, answer.clone()));
        self.forget(place);
        self.tidy();
        Ok(())
    }

    /// The newest operations that were answered, oldest first, and those under way, without an answer.
    pub fn operations(&self) -> Vec<(OpId, O::Act, Option<O::Answer>)> {
        let answered = self.answered.iter();
        let answered = answered.map(|(op, act, answer)| (*op, act.clone(), Some(answer.clone())));
        let begun = self.under_way.iter().flatten();
        answered.chain(begun.map(|begun| (begun.op, begun.act.clone(), None))).collect()
    }

    /// How many operations are under way, and how many configurations are kept: what it costs.
    pub fn width(&self) -> (usize, usize) {
        (self.under_way.iter().flatten().count(), self.configurations.len())
    }

    // ---- searching ----

    /// Every configuration in which the operation at `place` has taken effect with this answer; `None`
    /// if there are too many to look at.
    fn reached(&self, place: usize, answer: &O::Answer) -> Option<Vec<Configuration<O>>> {
        let mut reached = Vec::new();
        let UnderWay { act, .. } = self.under_way[place].as_ref().expect("it is under way");
        self.explore(place, |configuration| {
            let fits = configuration.answer(place).is_some_and(|given| given == answer);
            if fits {
                self.add(&mut reached, configuration.clone());
            }
            // Whatever could come before a read that fits already can as well come after it.
            !(fits && O::only_reads(act))
        })?;
        Some(reached)
    }

    /// Visits the configurations in which the operation at `place` has taken effect, leaving out those
    /// that another one makes superfluous. `visit` says whether to look at what else could have come
    /// before it. `None` if there are too many.
    fn explore(
        &self,
        place: usize,
        mut visit: impl FnMut(&Configuration<O>) -> bool,
    ) -> Option<()> {
        let UnderWay { act, .. } = self.under_way[place].as_ref().expect("it is under way");
        let mut open = self.configurations.clone();
        let mut next = 0;
        while let Some(configuration) = open.get(next).cloned() {
            next += 1;
            if configuration.taken & bit(place) != 0 {
                visit(&configuration);
                continue;
            }
            let go_on = visit(&self.take(&configuration, place));
            if !go_on || (O::only_writes(act) && self.alone(&configuration, place)) {
                continue;
            }
            for other in self.waiting(&configuration).filter(|&other| other != place) {
                self.add(&mut open, self.take(&configuration, other));
            }
            if open.len() > CONFIGURATIONS_MAX {
                return None;
            }
        }
        Some(())
    }

    /// Whether nobody else waits for an answer that what took effect before could change.
    fn alone(&self, configuration: &Configuration<O>, place: usize) -> bool {
        self.waiting(configuration).all(|other| other == place || self.abandoned & bit(other) != 0)
    }

    /// The operations under way that have not taken effect.
    fn waiting(&self, configuration: &Configuration<O>) -> impl Iterator<Item = usize> {
        let taken = configuration.taken;
        let places = self.under_way.iter().enumerate();
        places
            .filter(move |(place, begun)| begun.is_some() && taken & bit(*place) == 0)
            .map(|(place, _)| place)
    }

    /// What becomes of a configuration when the operation at `place` takes effect next.
    fn take(&self, before: &Configuration<O>, place: usize) -> Configuration<O> {
        let UnderWay { act, .. } = self.under_way[place].as_ref().expect("it is under way");
        let (state, answer) = O::apply(&before.state, act);
        let mut answers = before.answers.clone();
        if self.abandoned & bit(place) == 0 {
            let at = answers.partition_point(|(other, _)| usize::from(*other) < place);
            answers.insert(at, (place as u8, answer));
        }
        Configuration { state, taken: before.taken | bit(place), answers }
    }

    /// Adds a configuration, unless one that is there already makes it superfluous.
    fn add(&self, to: &mut Vec<Configuration<O>>, configuration: Configuration<O>) {
        if !to.iter().any(|other| self.covers(other, &configuration)) {
            to.push(configuration);
        }
    }

    /// Whether all that can follow on `b` can follow on `a` too: they differ at most in abandoned
    /// operations that `a` still has before it, and need never take.
    fn covers(&self, a: &Configuration<O>, b: &Configuration<O>) -> bool {
        let asked = !self.abandoned;
        a.taken & asked == b.taken & asked
            && a.taken & !b.taken == 0
            && a.state == b.state
            && a.answers == b.answers
    }

    // ---- keeping ----

    fn place(&self, op: OpId) -> Option<usize> {
        let is_it = |begun: &Option<UnderWay<O>>| begun.as_ref().is_some_and(|b| b.op == op);
        self.under_way.iter().position(is_it)
    }

    /// An operation is under way no more.
    fn forget(&mut self, place: usize) {
        self.under_way[place] = None;
        self.abandoned &= !bit(place);
        for configuration in &mut self.configurations {
            configuration.taken &= !bit(place);
            configuration.answers.retain(|(answered, _)| usize::from(*answered) != place);
        }
    }

    /// Leaves out superfluous configurations, and abandoned operations that have taken effect in all.
    fn tidy(&mut self) {
        let settled = self.configurations.iter().fold(self.abandoned, |set, c| set & c.taken);
        for place in (0..self.under_way.len()).filter(|&place| settled & bit(place) != 0) {
            self.forget(place);
        }
        if self.configurations.len() < 2 {
            return;
        }
        let mut kept: Vec<Configuration<O>> = Vec::new();
        for configuration in std::mem::take(&mut self.configurations) {
            if kept.iter().any(|other| self.covers(other, &configuration)) {
                continue;
            }
            kept.retain(|other| !self.covers(&configuration, other));
            kept.push(configuration);
        }
        self.configurations = kept;
    }

    fn close(&mut self, verdict: Verdict) {
        *self = History { verdict, configurations: Vec::new(), ..History::default() };
    }

    // ---- explaining ----

    fn explain(&self, place: usize, answer: &O::Answer, object: &impl Display) -> String {
        let mut possible: Vec<String> = Vec::new();
        // That it was explored once already shows that there are not too many.
        let _ = self.explore(place, |configuration| {
            let answer = configuration.answer(place).map(O::Answer::to_string);
            if let Some(answer) = answer.filter(|answer| !possible.contains(answer)) {
                possible.push(answer);
            }
            true
        });
        let UnderWay { op, act } = self.under_way[place].as_ref().expect("it is under way");
        let done = self.answered.iter().map(|(op, act, answer)| name(*op, act) + &gave(answer));
        let others = self.under_way.iter().enumerate().filter(|(other, _)| *other != place);
        let others = others.filter_map(|(_, begun)| begun.as_ref());
        let others = others.map(|UnderWay { op, act }| name(*op, act));
        format!(
            "no order of the operations on {object} explains that {} answered {answer}: it could \
             only answer {} (done before: {}; under way: {})",
            name(*op, act),
            possible.join(" or "),
            list(done),
            list(others),
        )
    }
}

impl<O: Object> Configuration<O> {
    /// The answer that the operation at `place` has been given here.
    fn answer(&self, place: usize) -> Option<&O::Answer> {
        self.answers.iter().find(|(other, _)| usize::from(*other) == place).map(|(_, a)| a)
    }
}

fn bit(place: usize) -> Set {
    1 << place
}

fn name(op: OpId, act: &impl Display) -> String {
    format!("{}'s {act}", op.client)
}

fn gave(answer: &impl Display) -> String {
    format!(" → {answer}")
}

fn list(parts: impl Iterator<Item = String>) -> String {
    let parts = parts.collect::<Vec<_>>().join(", ");
    if parts.is_empty() { "none".into() } else { parts }
}
