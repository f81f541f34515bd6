//! Find me a failure, and shrink it.
//!
//! An *adversary* is a learner with bad luck and no mercy: it looks at the scene, picks an act that
//! makes sense now, and acts, again and again. Everything it does follows from a seed, so a failure
//! that it finds is a script. [`shrink`] then takes away what the failure does not need.
//!
//! Every adversary has a taste: it knows only some kinds of acts. One that does everything undoes its
//! own work too soon, and many that each do little find more (swarm testing, Groce et al. 2012).

use crate::labs::{Lab, Run, Setup};
use crate::sim::rng::{Purpose, Rng};
use crate::sim::view::{Fate, SceneNode};
use crate::sim::{Condition, Input, Latency, NodeId, Ppm, Scene, Span, Time, Violation};

/// How long and how hard an adversary tries.
#[derive(Clone, Copy, Debug)]
pub struct Attack {
    /// How much simulated time it has.
    pub time: Span,
    /// The mean time between two acts.
    pub pace: Span,
    /// Whether it may also lose disks, which most protocols do not claim to survive.
    pub wipe: bool,
}

/// An act at a time.
#[derive(Clone, Debug, PartialEq)]
pub struct Act {
    pub at: Time,
    pub input: Input,
}

/// A run that breaks an invariant.
#[derive(Clone, Debug)]
pub struct Failure {
    pub setup: Setup,
    pub acts: Vec<Act>,
    pub violation: Violation,
}

impl Failure {
    /// The failure as a script, which anybody can play.
    pub fn script(&self) -> String {
        let mut script = format!("{}\n", self.setup);
        for Act { at, input } in &self.acts {
            script.push_str(&format!("{} {input}\n", at.to_script()));
        }
        script.push_str(&format!("{} stop\n", self.violation.time.to_script()));
        script
    }
}

/// What an adversary did, and what came of it.
pub struct Attacked {
    pub acts: Vec<Act>,
    /// The run at its end: at the first violation, or when the time was up.
    pub run: Box<dyn Run>,
    pub failure: Option<Failure>,
}

/// Lets an adversary loose on a fresh run. The luck of its acts comes from `seed`; that of the world
/// from the setup. Fails only if the setup does.
pub fn attack(setup: &Setup, seed: u64, attack: Attack) -> Result<Attacked, String> {
    let mut run = setup.start()?;
    let mut adversary = Adversary::new(setup.lab(), seed, attack);
    let mut acts = Vec::new();
    let end = Time::ZERO + attack.time;
    let mut at = Time::ZERO;
    loop {
        at = at + adversary.pause();
        run_until(&mut *run, at.min(end));
        if let Some(violation) = run.violations().first().cloned() {
            let failure = Failure { setup: setup.clone(), acts: acts.clone(), violation };
            return Ok(Attacked { acts, run, failure: Some(failure) });
        }
        if at >= end {
            return Ok(Attacked { acts, run, failure: None });
        }
        if let Some(input) = adversary.choose(&run.scene())
            && run.apply(&input).is_ok()
        {
            acts.push(Act { at, input });
        }
    }
}

/// Ends every fault that can be ended: brings all nodes up, heals all links, sets all clocks right.
pub fn heal_everything(run: &mut dyn Run) {
    let scene = run.scene();
    let mut inputs = vec![Input::HealAll];
    for node in &scene.nodes {
        let id = node.id;
        inputs.extend([
            Input::Restart(id),
            Input::Resume(id),
            Input::Slow(id, Span::ZERO),
            Input::SlowDisk(id, Span::ZERO),
            Input::Skew(id, 0),
        ]);
    }
    for input in inputs {
        // What is not broken refuses to be mended.
        let _ = run.apply(&input);
    }
}

/// Plays acts on a fresh run, up to `end` or the first violation. Acts that are refused are left
/// out. Fails only if the setup does.
pub fn replay(setup: &Setup, acts: &[Act], end: Time) -> Result<Box<dyn Run>, String> {
    let mut run = setup.start()?;
    for Act { at, input } in acts {
        run_until(&mut *run, *at);
        // An act may make no sense any more when an earlier one has been taken away.
        let _ = run.apply(input);
    }
    run_until(&mut *run, end);
    Ok(run)
}

/// Takes away every act that the violation does not need: halves, quarters, and so on down to single
/// acts, until nothing more can go (delta debugging, Zeller and Hildebrandt 2002).
pub fn shrink(failure: &Failure) -> Failure {
    let mut best = failure.clone();
    let mut size = best.acts.len().div_ceil(2).max(1);
    loop {
        let mut start = 0;
        let mut smaller = false;
        while start < best.acts.len() {
            let mut acts = best.acts.clone();
            acts.drain(start..(start + size).min(acts.len()));
            match violation_of(&best, &acts) {
                Some(violation) => {
                    (best.acts, best.violation, smaller) = (acts, violation, true);
                }
                None => start += size,
            }
        }
        if size == 1 && !smaller {
            return best;
        }
        size = (size / 2).max(1);
    }
}

/// Whether these acts still break the same invariant.
fn violation_of(failure: &Failure, acts: &[Act]) -> Option<Violation> {
    // Fewer acts may need a little longer.
    let end = failure.violation.time + Span::from_secs(1);
    let run = replay(&failure.setup, acts, end).ok()?;
    let same = |violation: &&Violation| violation.invariant == failure.violation.invariant;
    run.violations().iter().find(same).cloned()
}

/// Lets everything happen that is due up to `time`, or until an invariant breaks.
pub fn run_until(run: &mut dyn Run, time: Time) {
    while run.next_at().is_some_and(|next| next <= time) {
        if !run.violations().is_empty() {
            return;
        }
        run.skip();
    }
    run.wait_until(time);
}

struct Adversary {
    lab: &'static Lab,
    seed: u64,
    draws: u64,
    attack: Attack,
    /// What it knows to do; the kinds that it does more often stand there more often.
    tastes: Vec<Kind>,
    /// What it has decided to do next.
    then: Option<Input>,
}

/// A kind of act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Crash, pause, restart, resume, wipe.
    Condition,
    /// Crash a node and restart it at once.
    Bounce,
    Cut,
    Partition,
    HealAll,
    Message,
    Link,
    /// Fire a timer, and often the same one of another node too: rivals at once.
    Timer,
    Skew,
    Slow,
    SlowDisk,
    Command,
}

/// All kinds, and how often each is done by somebody who knows them all.
const KINDS: [(Kind, usize); 12] = [
    (Kind::Condition, 5),
    (Kind::Bounce, 2),
    (Kind::Cut, 2),
    (Kind::Partition, 2),
    (Kind::HealAll, 2),
    (Kind::Message, 6),
    (Kind::Link, 1),
    (Kind::Timer, 3),
    (Kind::Skew, 1),
    (Kind::Slow, 1),
    (Kind::SlowDisk, 1),
    (Kind::Command, 2),
];

impl Adversary {
    /// Every third one knows everything, the others about half.
    fn new(lab: &'static Lab, seed: u64, attack: Attack) -> Adversary {
        let mut new = Adversary { lab, seed, draws: 0, attack, tastes: Vec::new(), then: None };
        let all = new.below(3) == 0;
        for (kind, times) in KINDS {
            if new.below(2) == 0 || all {
                new.tastes.extend(std::iter::repeat_n(kind, times));
            }
        }
        new
    }

    fn below(&mut self, n: u64) -> u64 {
        self.draws += 1;
        Rng::new(self.seed, Purpose::Outside(1), self.draws).below(n)
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let place = self.below(from.len() as u64);
        from.get(place as usize)
    }

    /// Up to a certain span, in a spread that reaches over several orders of magnitude.
    fn span(&mut self, up_to: Span) -> Span {
        let scale = [1, 4, 20, 100][self.below(4) as usize];
        Span(1 + self.below(up_to.0 / scale))
    }

    fn pause(&mut self) -> Span {
        if self.then.is_some() {
            return Span(1 + self.below(1_000));
        }
        Span(1 + self.below(2 * self.attack.pace.0))
    }

    /// An act that makes sense now, most of the time.
    fn choose(&mut self, scene: &Scene) -> Option<Input> {
        if let Some(decided) = self.then.take() {
            return Some(decided);
        }
        let node = self.pick(&scene.nodes)?;
        let other = self.pick(&scene.nodes)?.id;
        let id = node.id;
        let place = self.below(self.tastes.len() as u64);
        Some(match self.tastes.get(place as usize)? {
            Kind::Condition => self.condition(node),
            Kind::Bounce => {
                self.then = Some(Input::Restart(id));
                Input::Crash(id)
            }
            Kind::Cut => cut_or_heal(scene, id, other),
            Kind::Partition => self.partition(scene),
            Kind::HealAll => Input::HealAll,
            Kind::Message => self.message(scene)?,
            Kind::Link => self.link(scene, id, other),
            Kind::Timer => {
                let timer = self.pick(&node.timers)?.name.clone();
                if self.below(2) == 0 {
                    self.then = Some(Input::FireTimer(other, timer.clone()));
                }
                Input::FireTimer(id, timer)
            }
            Kind::Skew => Input::Skew(id, self.below(400_001) as i32 - 200_000),
            Kind::Slow => Input::Slow(id, self.small_or_none(node.slow)),
            Kind::SlowDisk => Input::SlowDisk(id, self.small_or_none(node.slow_disk)),
            Kind::Command => Input::Command(id, self.command()?),
        })
    }

    /// Lets a node fail, or brings one back: the second more often, so that something goes on.
    fn condition(&mut self, node: &SceneNode) -> Input {
        let id = node.id;
        match (node.condition, self.below(4)) {
            (Condition::Down, 0) if self.attack.wipe => Input::Wipe(id),
            (Condition::Down, _) => Input::Restart(id),
            (Condition::Paused, 0) | (Condition::Up, 1..) => Input::Crash(id),
            (Condition::Paused, _) => Input::Resume(id),
            (Condition::Up, 0) => Input::Pause(id),
        }
    }

    fn partition(&mut self, scene: &Scene) -> Input {
        let mut groups = vec![Vec::new(), Vec::new()];
        for node in &scene.nodes {
            match self.below(5) {
                0..=1 => groups[0].push(node.id),
                2..=3 => groups[1].push(node.id),
                _ => {}
            }
        }
        Input::Partition(groups)
    }

    fn message(&mut self, scene: &Scene) -> Option<Input> {
        let flight = self.pick(&scene.messages)?;
        if flight.fate == Fate::Waiting {
            return None;
        }
        let id = flight.message.id;
        Some(match self.below(6) {
            0..=1 => Input::Drop(id),
            2 => Input::Duplicate(id),
            3 => Input::Corrupt(id),
            4 => Input::Hurry(id),
            _ => Input::Delay(id, self.span(Span::from_ms(800))),
        })
    }

    fn link(&mut self, scene: &Scene, from: NodeId, to: NodeId) -> Input {
        let mut settings = scene.default_link;
        match self.below(4) {
            0 => settings.loss = Ppm::percent(self.below(60) as u32),
            1 => settings.duplication = Ppm::percent(self.below(60) as u32),
            2 => settings.corruption = Ppm::percent(self.below(30) as u32),
            _ => settings.latency = Latency::Constant(self.span(Span::from_ms(300))),
        }
        Input::Link(from, to, settings)
    }

    fn small_or_none(&mut self, now: Span) -> Span {
        if now > Span::ZERO { Span::ZERO } else { self.span(Span::from_ms(60)) }
    }

    /// One of the lab's commands, with small words in place of the capital ones.
    fn command(&mut self) -> Option<String> {
        let form = self.pick(self.lab.commands)?.name;
        let words = form.split(' ').map(|word| match word {
            "KEY" => ["x", "y"][self.below(2) as usize].to_string(),
            "VALUE" => self.below(10).to_string(),
            "SERVERS" => {
                let first = 1 + self.below(5);
                (first..first + 1 + self.below(5))
                    .map(|it| format!("n{it}"))
                    .collect::<Vec<_>>()
                    .join(" ")
            }
            "SERVER" => format!("n{}", 1 + self.below(5)),
            word if word.contains('|') => {
                let these: Vec<&str> = word.split('|').collect();
                these[self.below(these.len() as u64) as usize].to_string()
            }
            word => word.to_string(),
        });
        Some(words.collect::<Vec<_>>().join(" "))
    }
}

fn cut_or_heal(scene: &Scene, from: NodeId, to: NodeId) -> Input {
    let is_cut = scene.links.iter().any(|link| link.cut && (link.from, link.to) == (from, to));
    if is_cut { Input::Heal(from, to) } else { Input::Cut(from, to) }
}
