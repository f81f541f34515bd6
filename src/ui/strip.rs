//! The fault strip: how far one fault has come, from the ledger of the run.

use crate::ui::dom::classes;
use markup::html;
use yew::prelude::{Callback, Html, MouseEvent};

use crate::ui::piece::Piece;

use faultline::play::frame::{
    Cell, CellState, brief, clock_words, stage_meaning, strip_faults, strip_row,
};
use faultline::sim::faults::{FaultRecord, Stage};
use faultline::sim::{Scene, Service, Span};

use super::parts::Icon;
use super::state::{Msg, Sheet};

#[derive(PartialEq)]
pub struct Strip {
    /// The faults that are shown, each with its place among all.
    faults: Vec<(FaultRecord, usize)>,
    /// The one that was chosen, or else the newest.
    first: usize,
    count: usize,
    service: Service,
    error: Option<String>,
    dispatch: Callback<Msg>,
}

impl Strip {
    /// The strip of a few faults, a chosen one among them.
    pub fn new(scene: &Scene, chosen: Option<usize>, dispatch: Callback<Msg>) -> Strip {
        let faults = &scene.faults;
        let chosen = chosen.filter(|&place| place < faults.len());
        let places = strip_faults(faults, chosen);
        let shown = places.into_iter().map(|place| (faults[place].clone(), place));
        Strip {
            faults: shown.collect(),
            first: chosen.unwrap_or(faults.len().saturating_sub(1)),
            count: faults.len(),
            service: scene.service.clone(),
            error: scene.error.clone(),
            dispatch,
        }
    }
}

impl Piece for Strip {
    fn html(&self) -> Html {
        view(self)
    }
}

fn view(props: &Strip) -> Html {
    let rows = match props.faults.len() {
        0 => "nothing",
        1 => "something",
        _ => "something many",
    };
    html! {
        <section class={classes!("strip", rows)} id="region-strip" tabindex="-1" aria-label="Fault strip">
            <div class="strip-rows">
                if props.faults.is_empty() {
                    <div class="strip-row first">
                        { nothing(props) }
                        { stages(props, None) }
                    </div>
                }
                { for props.faults.iter().map(|(fault, place)| html! {
                    <div class={classes!("strip-row", (*place == props.first).then_some("first"))}>
                        { which(props, fault, *place) }
                        { stages(props, Some(fault)) }
                    </div>
                }) }
            </div>
            { service(&props.service, props.error.as_deref()) }
        </section>
    }
}

fn stages(props: &Strip, fault: Option<&FaultRecord>) -> Html {
    let row = strip_row(fault);
    html! {
        <ol class="stages">
            { for row.cells.iter().map(|cell| stage(props, cell)) }
            if let Some(exit) = &row.exit { { stage(props, exit) } }
        </ol>
    }
}

/// In place of a fault. It leads to what the words mean.
fn nothing(props: &Strip) -> Html {
    let open = props.dispatch.reform(|_: MouseEvent| Msg::Open(Some(Sheet::Faults)));
    html! {
        <button type="button" class="strip-which soft" onclick={open} title="What the words mean">
            { "Nothing is broken yet. Kill a node." }
        </button>
    }
}

/// A fault, and the way to all of them.
fn which(props: &Strip, fault: &FaultRecord, place: usize) -> Html {
    let count = props.count;
    let open = props.dispatch.reform(|_: MouseEvent| Msg::Open(Some(Sheet::Faults)));
    html! {
        <button type="button" class="strip-which" onclick={open} title="Show all faults">
            <span class="strip-icon">{ Icon::Bolt.html() }</span>
            <span class="strip-words">
                <span class="strip-what">{ fault.what.clone() }</span>
                <span class="small soft number">
                    { format!("fault {} of {count}", place + 1) }
                    { if fault.present { "" } else { ", over" } }
                </span>
            </span>
        </button>
    }
}

fn stage(props: &Strip, cell: &Cell) -> Html {
    let word = cell.stage.word();
    let state = match cell.state {
        CellState::Ahead => "ahead",
        CellState::Done => "done",
        CellState::Now => "now",
    };
    let exit = matches!(cell.stage, Stage::Latent | Stage::Masked | Stage::FalseAlarm);
    let class = classes!("stage-cell", state, exit.then_some("exit"), word.replace(' ', "-"));
    let Some(reached) = &cell.reached else {
        return html! {
            <li {class}>
                <span class="stage-body" title={stage_meaning(cell.stage)}>
                    <span class="stage-icon">{ Icon::of_stage(cell.stage).html() }</span>
                    <span class="stage-word">{ word }<span class="unseen">{ ": not reached" }</span></span>
                </span>
            </li>
        };
    };
    let position = reached.step + 1;
    let seek = props.dispatch.reform(move |_: MouseEvent| Msg::SeekStep(position));
    let by = reached.by.map(|by| format!(" by {by}")).unwrap_or_default();
    let gap = cell.gap.map(|gap| match gap {
        Span::ZERO => brief(gap),
        gap => format!("+{}", brief(gap)),
    });
    let time = reached.time;
    html! {
        <li {class}>
            <button type="button" class="stage-body" onclick={seek} data-step={reached.step.to_string()}
                title={format!("{} {}", stage_meaning(cell.stage), reached.note)}>
                <span class="stage-icon">{ Icon::of_stage(cell.stage).html() }</span>
                <span class="stage-text">
                    <span class="stage-word">{ word }</span>
                    <span class="stage-when number">
                        { gap.unwrap_or_else(|| clock_words(time)) }{ by }
                    </span>
                    <span class="unseen">{ format!(". {}. Go there", reached.note) }</span>
                </span>
            </button>
        </li>
    }
}

fn service(service: &Service, error: Option<&str>) -> Html {
    let Service { users, failing, total, failed } = *service;
    let (icon, class) = match (failed, error) {
        (true, _) => (Icon::Failure, "failing"),
        (false, Some(_)) => (Icon::Warning, "error"),
        (false, None) => (Icon::Check, "well"),
    };
    let words = match failing {
        0 => format!("{total} of {total} well"),
        failing => format!("{failing} of {total} failing"),
    };
    html! {
        <p class={classes!("service", class)}>
            <span class="stage-icon">{ icon.html() }</span>
            <span>
                <span class="service-users">{ users }{ ": " }<strong>{ words }</strong></span>
                <span class="small soft service-error">{ error.unwrap_or("no error inside").to_string() }</span>
            </span>
        </p>
    }
}
