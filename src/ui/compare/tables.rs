//! Figures and verdicts beside each other, and the measured table of a pair.

use markup::html;
use yew::prelude::{Html, MouseEvent};

use faultline::play::compare::{AspectRow, Figure, Kind, Measured, RunBehind};

use crate::ui::browser;
use crate::ui::dom::classes;
use crate::ui::parts::prose;

use super::{CompareMsg, ComparePage};

impl ComparePage {
    pub fn tables(&self) -> Html {
        let Ok(comparison) = &self.comparison else { return html! {} };
        let until = format!("Up to {}", comparison.clock());
        html! {
            <div class="compare-tables">
                { self.figures_table("Figures", &until, &self.figures) }
                { self.figures_table("Verdicts", "At this moment", &self.verdicts) }
                { self.measured() }
            </div>
        }
    }

    fn figures_table(&self, title: &'static str, about: &str, figures: &[Figure]) -> Html {
        let Ok(comparison) = &self.comparison else { return html! {} };
        html! {
            <section class="stack compare-table">
                <h2>{ title }<span class="soft small">{ format!(" {about}") }</span></h2>
                <div class="scroll" tabindex="0" role="region" aria-label={title}><table class="table">
                    <thead><tr>
                        <th scope="col">{ "" }<span class="unseen">{ "What" }</span></th>
                        { for comparison.sides().iter().map(|side| html! { <th scope="col">{ &side.name }</th> }) }
                    </tr></thead>
                    <tbody>{ for figures.iter().map(figure) }</tbody>
                </table></div>
            </section>
        }
    }

    // ---- the table of a pair ----

    fn measured(&self) -> Html {
        let Ok(comparison) = &self.comparison else { return html! {} };
        let Kind::Labs(pair) = comparison.kind else { return html! {} };
        let onclick = self.dispatch.reform(|_: MouseEvent| CompareMsg::Measure);
        let progress = self.sweep.as_ref().map(|sweep| sweep.progress());
        html! {
            <section class="stack compare-table compare-measured" id="measured">
                <h2>{ "The course’s table, measured" }</h2>
                <p class="soft">{ format!("The words in quotation marks are those of {}. The figures are measured on runs that are made here and now.", pair.source) }</p>
                <div class="row">
                    <button type="button" class="button main" {onclick}>{ "Measure it" }</button>
                    if let Some((done, all)) = progress {
                        <progress max={all.to_string()} value={done.to_string()} aria-label="Runs that are done" />
                        <span class="number">{ format!("{done} of {all} runs") }</span>
                    }
                </div>
                if let Some(sweep) = &self.sweep {
                    { table(comparison.sides().iter().map(|side| side.name.as_str()), &sweep.table()) }
                }
            </section>
        }
    }
}

fn figure(figure: &Figure) -> Html {
    html! {
        <tr class={classes!("figure", figure.differs.then_some("differs"))} title={figure.means.clone()}>
            <th scope="row">
                <span class="differs-sign" aria-hidden="true">{ if figure.differs { "≠" } else { "" } }</span>
                { &figure.name }
                if figure.differs { <span class="unseen">{ ", not the same" }</span> }
            </th>
            { for figure.cells.iter().map(|cell| html! {
                <td class="number">
                    { &cell.text }
                    if let Some(difference) = &cell.difference {
                        <span class="soft small">{ format!(" ({difference})") }</span>
                    }
                </td>
            }) }
        </tr>
    }
}

fn table<'a>(titles: impl Iterator<Item = &'a str>, rows: &[AspectRow]) -> Html {
    html! {
        <div class="scroll" tabindex="0" role="region" aria-label="The measured table"><table class="table">
            <thead><tr>
                <th scope="col">{ "Aspect" }</th>
                { for titles.map(|title| html! { <th scope="col">{ title }</th> }) }
            </tr></thead>
            { for rows.iter().map(aspect) }
        </table></div>
    }
}

fn aspect(row: &AspectRow) -> Html {
    html! {
        <tbody>
            <tr class="aspect">
                <th scope="rowgroup">{ row.name }</th>
                { for row.words.iter().map(|words| html! { <td class="quoted">{ format!("“{words}”") }</td> }) }
            </tr>
            if row.measured.is_empty() {
                <tr><td colspan="3" class="soft small">{ "Quoted only: it is a matter of judgement, and nothing here measures it." }</td></tr>
            }
            { for row.measured.iter().map(measured) }
        </tbody>
    }
}

fn measured(measured: &Measured) -> Html {
    html! {
        <tr class="measure">
            <th scope="row" class="small">{ prose(&measured.what) }</th>
            { for measured.figures.iter().zip(&measured.runs).map(|(figure, runs)| html! {
                <td>
                    <strong class="number">{ figure }</strong>
                    { behind(runs) }
                </td>
            }) }
        </tr>
    }
}

/// The runs behind a figure: each opens as itself.
fn behind(runs: &[RunBehind]) -> Html {
    if runs.is_empty() {
        return html! {};
    }
    let count = if runs.len() == 1 { "1 run".to_string() } else { format!("{} runs", runs.len()) };
    html! {
        <details class="small">
            <summary>{ count }</summary>
            <ol class="runs-behind">
                { for runs.iter().enumerate().map(|(place, run)| {
                    let lab = run.script.split(' ').nth(1).unwrap_or_default();
                    let hash = format!("#/lab/{lab}?script={}", browser::encode(&run.script));
                    let name = format!("Run {}: {}", place + 1, run.gave);
                    html! { <li><a href={hash} title={run.script.clone()}>{ name }</a></li> }
                }) }
            </ol>
        </details>
    }
}
