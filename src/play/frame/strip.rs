//! The fault strip: one fault on its way from cause to recovery.

use crate::sim::faults::{FaultRecord, Reached, Stage};
use crate::sim::{Span, Time};

/// One fault, drawn as six stages and at most one side exit.
#[derive(Clone, Debug, PartialEq)]
pub struct StripRow {
    pub cells: Vec<Cell>,
    /// Latent, masked or a false alarm, if that is what became of it.
    pub exit: Option<Cell>,
}

/// A stage of a fault.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    pub stage: Stage,
    pub state: CellState,
    /// When and by whom it was reached.
    pub reached: Option<Reached>,
    /// The time from the stage before it that was reached.
    pub gap: Option<Span>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellState {
    /// Not reached, as far as has been seen.
    Ahead,
    /// Passed.
    Done,
    /// Where the fault stands now.
    Now,
}

/// The main line, in its order.
const LINE: [Stage; 6] = [
    Stage::Introduced,
    Stage::Activated,
    Stage::Error,
    Stage::Failure,
    Stage::Detected,
    Stage::Recovered,
];

/// Every stage, the side exits last.
pub const STAGES: [Stage; 9] = [
    Stage::Introduced,
    Stage::Activated,
    Stage::Error,
    Stage::Failure,
    Stage::Detected,
    Stage::Recovered,
    Stage::Latent,
    Stage::Masked,
    Stage::FalseAlarm,
];

/// What a stage means, after Avizienis, Laprie, Randell and Landwehr (2004).
pub fn stage_meaning(stage: Stage) -> &'static str {
    match stage {
        Stage::Introduced => "The fault is there: a cause that may do harm.",
        Stage::Activated => "The fault has had its first effect.",
        Stage::Error => "Something is wrong inside the system.",
        Stage::Failure => "Users notice: the service is not what it should be.",
        Stage::Detected => "A part of the system has noticed.",
        Stage::Recovered => "The service is right again.",
        Stage::Latent => "The fault is there and has had no effect so far.",
        Stage::Masked => "The fault had an effect, and users never noticed.",
        Stage::FalseAlarm => "Somebody was taken for failed who was not.",
    }
}

/// The row of one fault; with no fault, the six stages that one would go through.
pub fn strip_row(fault: Option<&FaultRecord>) -> StripRow {
    let current = fault.map(FaultRecord::stage);
    let mut cells: Vec<Cell> = LINE
        .into_iter()
        .map(|stage| {
            let reached = fault.and_then(|fault| current_round(fault, stage)).cloned();
            let state = match (&reached, current) {
                (None, _) => CellState::Ahead,
                (Some(_), Some(now)) if now == stage => CellState::Now,
                (Some(_), _) => CellState::Done,
            };
            Cell { stage, state, reached, gap: None }
        })
        .collect();
    let times: Vec<Option<Time>> =
        cells.iter().map(|cell| cell.reached.as_ref().map(|reached| reached.time)).collect();
    for (place, cell) in cells.iter_mut().enumerate() {
        let before = times[..place].iter().flatten().max();
        cell.gap = match (times[place], before) {
            (Some(time), Some(&before)) if time >= before => Some(time.since(before)),
            _ => None,
        };
    }
    let exit = fault.and_then(exit);
    StripRow { cells, exit }
}

/// At most so many faults are shown at once.
pub const ROWS_MAX: usize = 3;

/// The faults that are shown, by their places, oldest first: the chosen one, then those that still go
/// on, then the newest.
pub fn strip_faults(faults: &[FaultRecord], chosen: Option<usize>) -> Vec<usize> {
    let mut shown: Vec<usize> = chosen.filter(|&place| place < faults.len()).into_iter().collect();
    for over in [false, true] {
        for place in (0..faults.len()).rev() {
            let same = is_over(&faults[place]) == over;
            if same && shown.len() < ROWS_MAX && !shown.contains(&place) {
                shown.push(place);
            }
        }
    }
    (0..faults.len()).filter(|place| shown.contains(place)).collect()
}

/// Whether nothing more is expected of a fault.
fn is_over(fault: &FaultRecord) -> bool {
    !fault.present && matches!(fault.stage(), Stage::Recovered | Stage::Masked | Stage::Latent)
}

fn exit(fault: &FaultRecord) -> Option<Cell> {
    let reached = fault.history.iter().rev().find(|reached| {
        matches!(reached.stage, Stage::Latent | Stage::Masked | Stage::FalseAlarm)
    })?;
    let now = fault.stage() == reached.stage;
    // A fault that was latent for a while and then did harm is no longer latent.
    if !now && reached.stage != Stage::FalseAlarm {
        return None;
    }
    let state = if now { CellState::Now } else { CellState::Done };
    Some(Cell { stage: reached.stage, state, reached: Some(reached.clone()), gap: None })
}

/// The stage as last reached, unless it belongs to trouble that was over before the present one began.
fn current_round(fault: &FaultRecord, stage: Stage) -> Option<&Reached> {
    if matches!(stage, Stage::Introduced | Stage::Activated) {
        return fault.reached(stage);
    }
    let mut round: Vec<&Reached> = Vec::new();
    for reached in &fault.history {
        let recovered = round.last().is_some_and(|last| last.stage == Stage::Recovered);
        if recovered && matches!(reached.stage, Stage::Error | Stage::Failure) {
            round.clear();
        }
        round.push(reached);
    }
    round.into_iter().rev().find(|reached| reached.stage == stage)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::FaultId;

    fn fault(history: &[(Stage, u64)]) -> FaultRecord {
        let history = history.iter().map(|&(stage, ms)| Reached {
            stage,
            time: Time(ms * 1_000),
            step: ms,
            by: None,
            note: String::new(),
        });
        FaultRecord {
            id: FaultId(1),
            what: "crash n1".into(),
            present: true,
            ended: None,
            history: history.collect(),
        }
    }

    fn states(row: &StripRow) -> Vec<CellState> {
        row.cells.iter().map(|cell| cell.state).collect()
    }

    #[test]
    fn three_faults_are_shown_those_that_go_on_before_those_that_are_over() {
        let over =
            FaultRecord { present: false, ..fault(&[(Stage::Introduced, 1), (Stage::Masked, 2)]) };
        let on = fault(&[(Stage::Introduced, 1)]);
        let faults = [on.clone(), over.clone(), on, over.clone(), over];
        assert_eq!(strip_faults(&faults, None), [0, 2, 4]);
        assert_eq!(strip_faults(&faults, Some(1)), [0, 1, 2]);
        assert_eq!(strip_faults(&faults, Some(9)), [0, 2, 4]);
        assert_eq!(strip_faults(&[], None), [0; 0]);
    }

    #[test]
    fn without_a_fault_all_stages_lie_ahead() {
        let row = strip_row(None);
        assert_eq!(states(&row), [CellState::Ahead; 6]);
        assert_eq!(row.exit, None);
    }

    #[test]
    fn gaps_are_measured_from_the_stage_before() {
        use CellState::{Ahead, Done, Now};
        let row = strip_row(Some(&fault(&[
            (Stage::Introduced, 100),
            (Stage::Activated, 130),
            (Stage::Error, 130),
            (Stage::Failure, 400),
        ])));
        assert_eq!(states(&row), [Done, Done, Done, Now, Ahead, Ahead]);
        let gaps: Vec<_> = row.cells.iter().map(|cell| cell.gap).collect();
        let ms = |ms| Some(Span::from_ms(ms));
        assert_eq!(gaps, [None, ms(30), ms(0), ms(270), None, None]);
    }

    #[test]
    fn trouble_that_comes_back_is_shown_from_its_new_beginning() {
        let row = strip_row(Some(&fault(&[
            (Stage::Introduced, 100),
            (Stage::Activated, 130),
            (Stage::Error, 130),
            (Stage::Failure, 140),
            (Stage::Recovered, 200),
            (Stage::Error, 300),
        ])));
        assert_eq!(row.cells[2].reached.as_ref().unwrap().time, Time(300_000));
        assert_eq!(row.cells[3].reached, None, "the failure belongs to the trouble before");
        assert_eq!(row.cells[5].reached, None);
    }

    #[test]
    fn a_side_exit_is_shown_while_it_is_where_the_fault_stands() {
        let masked = fault(&[(Stage::Introduced, 1), (Stage::Activated, 2), (Stage::Masked, 9)]);
        assert_eq!(strip_row(Some(&masked)).exit.unwrap().stage, Stage::Masked);
        let awake = fault(&[(Stage::Introduced, 1), (Stage::Latent, 2), (Stage::Activated, 9)]);
        assert_eq!(strip_row(Some(&awake)).exit, None);
    }
}
