//! The larger things that a node shows: its log, its tables.

use crate::ui::dom::classes;
use markup::html;
use yew::prelude::Html;

use faultline::sim::Panel;
use faultline::sim::panel::{LogEntry, PanelTable};

/// All panels of a node.
pub fn node_panels(panels: &[Panel]) -> Html {
    html! { <>{ for panels.iter().map(panel) }</> }
}

fn panel(panel: &Panel) -> Html {
    match panel {
        Panel::Log { title, first, entries, committed, applied } => html! {
            <section class="facts">
                <h2>{ *title }</h2>
                if entries.is_empty() { <p class="soft small">{ "It is empty." }</p> }
                <ol class="entries">
                    { for entries.iter().zip(*first..).map(|(entry, index)| {
                        log_entry(entry, index, *committed, *applied)
                    }) }
                </ol>
            </section>
        },
        Panel::Table { .. }
        | Panel::Gauge { .. }
        | Panel::Queue { .. }
        | Panel::Histogram { .. }
        | Panel::Series { .. }
        | Panel::Switch { .. }
        | Panel::Curve { .. } => table(panel),
    }
}

fn table(panel: &Panel) -> Html {
    let PanelTable { columns, rows } = panel.table();
    html! {
        <section class="facts">
            <h2>{ panel.title() }</h2>
            <div class="scroll" tabindex="0">
                <table class="table">
                    <thead><tr>{ for columns.iter().map(|column| html! { <th>{ *column }</th> }) }</tr></thead>
                    <tbody>
                        { for rows.iter().map(|row| html! {
                            <tr>{ for row.iter().map(|value| html! { <td>{ value.to_string() }</td> }) }</tr>
                        }) }
                    </tbody>
                </table>
            </div>
        </section>
    }
}

fn log_entry(entry: &LogEntry, index: u64, committed: u64, applied: u64) -> Html {
    let (state, class) = match () {
        () if index <= applied => ("applied", "applied"),
        () if index <= committed => ("committed", "committed"),
        () => ("not committed", "open"),
    };
    let title = format!("entry {index}, term {}, {state}: {}", entry.term, entry.text);
    html! {
        <li class={classes!("entry", class)} title={title.clone()}>
            <span class="unseen">{ title }</span>
            <span aria-hidden="true" class="entry-place">{ index }</span>
            <span aria-hidden="true">{ entry.text.clone() }</span>
            <span aria-hidden="true" class="entry-term">{ format!("t{}", entry.term) }</span>
        </li>
    }
}
