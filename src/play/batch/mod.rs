//! One script over many seeds: from one story to a distribution.
//!
//! A [`Batch`] plays a script with one seed after another, perhaps under several set-ups on the same
//! luck, and keeps the [`Measure`]s of each run. It goes on [a slice at a time](Batch::advance), so
//! that a page stays awake and may stop it.

mod chart;
mod measure;
mod spread;
mod sweep;

use serde::Serialize;

use crate::labs::Setup;
use crate::sim::view::Metric;
use crate::sim::{StepIndex, Time};

use super::runner::{Limits, Player, Turn};
use super::script::{Script, ScriptError};

pub use chart::{Chart, SIDE, Shape, Tick};
use measure::{End, Watch};
pub use measure::{Measure, Moment};
pub use spread::{Buckets, Spread};
pub use sweep::{Curve, Curves, Sweep};

/// A batch has at most so many seeds.
pub const SEEDS_MAX: u64 = 100_000;

/// A script over many seeds and one or more set-ups.
pub struct Batch {
    script: Script,
    setups: Vec<Setup>,
    sweep: Option<Sweep>,
    measures: Vec<Measure>,
    first_seed: u64,
    seeds: u64,
    limits: Limits,
    /// For each seed in order, for each set-up in order.
    played: Vec<Played>,
    playing: Option<(Player, Watch)>,
}

/// What came of one run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Played {
    /// Which of the set-ups, from 0 upward.
    pub setup: usize,
    pub seed: u64,
    /// The value of each measure, in their order; none if what it waits for never came.
    pub values: Vec<Option<u64>>,
    /// The invariants that were broken.
    pub violations: Vec<&'static str>,
    /// What did not go as the script says.
    pub problems: Vec<String>,
    pub steps: StepIndex,
    #[serde(rename = "time_us")]
    pub time: Time,
}

/// The lab's own figures under a set-up, as they are at the beginning of a run.
pub fn figures(setup: &Setup) -> Result<Vec<Metric>, String> {
    Ok(setup.start()?.scene().metrics)
}

impl Batch {
    /// Nothing is played yet. `others` are further set-ups of the same lab; all are played with the
    /// same seeds, from that of the script on. Refused if a set-up makes no sense.
    pub fn new(
        script: Script,
        others: Vec<Setup>,
        measures: Vec<Measure>,
        seeds: u64,
        limits: Limits,
    ) -> Result<Batch, ScriptError> {
        let refuse = |message| ScriptError { line: 1, column: 1, message };
        if seeds == 0 || seeds > SEEDS_MAX {
            return Err(refuse(format!("the number of seeds goes from 1 to {SEEDS_MAX}")));
        }
        let mut setups = vec![script.setup.clone()];
        setups.extend(others);
        for setup in &setups {
            setup.start().map_err(refuse)?;
        }
        let first_seed = script.setup.seed;
        let script = Script { digest: None, ..script };
        let (played, playing) = (Vec::new(), None);
        Ok(Batch {
            script,
            setups,
            sweep: None,
            measures,
            first_seed,
            seeds,
            limits,
            played,
            playing,
        })
    }

    /// The same with each set-up at each value of a sweep: [`Batch::setups`] are then the first set-up
    /// with each of the values, then the second, and so on.
    pub fn swept(
        script: Script,
        others: Vec<Setup>,
        sweep: Sweep,
        measures: Vec<Measure>,
        seeds: u64,
        limits: Limits,
    ) -> Result<Batch, ScriptError> {
        let mut setups = vec![script.setup.clone()];
        setups.extend(others);
        let all = sweep.setups(&setups);
        let mut all = all.map_err(|message| ScriptError { line: 1, column: 1, message })?;
        let others = all.split_off(1);
        let script = Script { setup: all.swap_remove(0), ..script };
        let batch = Batch::new(script, others, measures, seeds, limits)?;
        Ok(Batch { sweep: Some(sweep), ..batch })
    }

    /// Plays on over about so many steps. False when all is played.
    pub fn advance(&mut self, steps: u64) -> bool {
        let mut left = steps;
        while left > 0 {
            let Some((mut player, mut watch)) = self.playing.take().or_else(|| self.next()) else {
                return false;
            };
            loop {
                let Some(turn) = player.turn() else {
                    self.keep(player, &watch);
                    left -= 1;
                    break;
                };
                let acted = matches!(turn, Turn::Step { scripted: Some(_), .. });
                watch.look(player.run(), acted);
                left -= 1;
                if left == 0 {
                    self.playing = Some((player, watch));
                    break;
                }
            }
        }
        self.played.len() < self.all()
    }

    /// How many runs there will be.
    pub fn all(&self) -> usize {
        self.seeds as usize * self.setups.len()
    }

    /// The runs that were played so far: each seed in order, under each set-up in order.
    pub fn played(&self) -> &[Played] {
        &self.played
    }

    /// The set-ups, the script's own first. Their seeds do not count.
    pub fn setups(&self) -> &[Setup] {
        &self.setups
    }

    /// What is swept, if something is.
    pub fn sweep(&self) -> Option<&Sweep> {
        self.sweep.as_ref()
    }

    pub fn measures(&self) -> &[Measure] {
        &self.measures
    }

    /// How the values of a measure are spread under a set-up so far.
    pub fn spread(&self, setup: usize, measure: usize) -> Spread {
        let under = self.played.iter().filter(|played| played.setup == setup);
        Spread::new(under.map(|played| played.values[measure]))
    }

    /// The script of one run, to play it alone.
    pub fn script(&self, setup: usize, seed: u64) -> Script {
        let mut script = self.script.clone();
        script.setup = self.setups[setup].clone();
        script.setup.seed = seed;
        script
    }

    /// The place of the run that comes next: its set-up and its seed.
    fn place(&self) -> (usize, u64) {
        let (done, setups) = (self.played.len(), self.setups.len());
        (done % setups, self.first_seed.wrapping_add((done / setups) as u64))
    }

    fn next(&self) -> Option<(Player, Watch)> {
        if self.played.len() == self.all() {
            return None;
        }
        let (setup, seed) = self.place();
        let player = Player::new(&self.script(setup, seed), self.limits, false);
        let player = player.expect("the set-up starts with one seed, so it does with another");
        Some((player, Watch::new(&self.measures)))
    }

    fn keep(&mut self, player: Player, watch: &Watch) {
        let outcome = player.finish();
        let (setup, seed) = self.place();
        let end = End { figures: outcome.run.scene().metrics, faults: outcome.run.faults() };
        let values = self.measures.iter();
        let values = values.map(|measure| watch.value(measure, outcome.run.as_ref(), &end));
        self.played.push(Played {
            setup,
            seed,
            values: values.collect(),
            violations: outcome.violations.iter().map(|broken| broken.invariant).collect(),
            problems: outcome.problems.into_iter().map(|problem| problem.message).collect(),
            steps: outcome.steps,
            time: outcome.time,
        });
    }
}
