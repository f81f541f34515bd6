//! The larger things that a node or a lab shows, drawn; each can also be read as a table.

use crate::ui::dom::classes;
use markup::html;
use yew::prelude::Html;

use faultline::play::frame::{
    CHART_WIDTH, Chart, Ink, Polyline, Rule, brief, chart, chart_name, clock_words,
};
use faultline::sim::Panel;
use faultline::sim::panel::{LogEntry, PanelTable};

use super::icon::px;

/// All panels of a node or of a lab.
pub fn node_panels(panels: &[Panel]) -> Html {
    html! { <>{ for panels.iter().map(panel) }</> }
}

fn panel(panel: &Panel) -> Html {
    if let Panel::Table { title, .. } = panel {
        return html! { <section class="facts"><h2>{ *title }</h2>{ table(panel) }</section> };
    }
    html! {
        <section class="facts">
            <h2>{ panel.title() }</h2>
            { drawn(panel) }
            <details class="as-table">
                <summary>{ "As a table" }</summary>
                { table(panel) }
            </details>
        </section>
    }
}

fn drawn(panel: &Panel) -> Html {
    match panel {
        Panel::Log { first, entries, committed, applied, .. } => html! {
            <>
                if entries.is_empty() { <p class="soft small">{ "It is empty." }</p> }
                <ol class="entries">
                    { for entries.iter().zip(*first..).map(|(entry, index)| {
                        log_entry(entry, index, *committed, *applied)
                    }) }
                </ol>
            </>
        },
        Panel::Switch { states, now, since, note, .. } => html! {
            <>
                <ol class="switch">
                    { for states.iter().enumerate().map(|(place, state)| html! {
                        <li class={classes!("switch-state", (place == *now).then_some("now"))}
                            aria-current={(place == *now).then_some("true")}>{ state.replace(['-', '_'], " ") }</li>
                    }) }
                </ol>
                <p class="small soft">{ format!("Since {}. {note}", clock_words(*since)) }</p>
            </>
        },
        Panel::Queue { deadline, items, .. } => html! {
            <>
                { chart_picture(panel) }
                <p class="small soft">
                    { match (items.first(), deadline) {
                        (None, _) => "Nobody waits.".to_string(),
                        (Some(first), None) => format!("The oldest waits {}.", brief(first.age)),
                        (Some(first), Some(deadline)) => format!(
                            "The oldest waits {}. Hollow: older than {}, nobody wants it any more.",
                            brief(first.age), brief(*deadline),
                        ),
                    } }
                </p>
            </>
        },
        Panel::Table { .. } => table(panel),
        Panel::Gauge { .. }
        | Panel::Histogram { .. }
        | Panel::Series { .. }
        | Panel::Curve { .. } => chart_picture(panel),
    }
}

/// A panel as a chart with its accessible name; nothing for one that is none.
fn chart_picture(panel: &Panel) -> Html {
    let Some(chart) = chart(panel) else { return html! {} };
    let view = format!("0 0 {} {}", px(CHART_WIDTH), px(chart.height));
    html! {
        <svg class="chart" viewBox={view} role="img" aria-label={chart_name(panel)}>
            { axes(&chart) }
            { for chart.bars.iter().map(|bar| {
                let class = match bar.ink {
                    Ink::Full => "bar full",
                    Ink::Fresh => "bar fresh",
                    Ink::Middling => "bar middling",
                    Ink::Old => "bar old",
                    Ink::Hollow => "bar hollow",
                    Ink::Free => "bar free",
                };
                html! {
                    <rect {class} x={px(bar.at.0)} y={px(bar.at.1)} width={px(bar.size.0)} height={px(bar.size.1)} />
                }
            }) }
            { for chart.lines.iter().enumerate().map(|(place, line)| curve(place, line)) }
            { for chart.marks.iter().map(|mark| rule(&chart, mark)) }
        </svg>
    }
}

/// Only the line of a series, as small as a word.
pub fn spark(panel: &Panel) -> Html {
    let Some(chart) = chart(panel) else { return html! {} };
    html! {
        <svg class="spark" viewBox="38 6 292 108" preserveAspectRatio="none" aria-hidden="true">
            { for chart.lines.iter().enumerate().map(|(place, line)| curve(place, line)) }
        </svg>
    }
}

fn axes(chart: &Chart) -> Html {
    let foot = chart.height - 5.0;
    html! {
        <g class="axes">
            { for chart.up.iter().map(|tick| html! {
                <>
                    <line x1="38" y1={px(tick.at)} x2={px(CHART_WIDTH - 8.0)} y2={px(tick.at)} />
                    <text class="up" x="33" y={px(tick.at + 4.0)}>{ &tick.text }</text>
                </>
            }) }
            { for chart.across.iter().map(|tick| html! {
                <text class={if tick.at > CHART_WIDTH - 34.0 { "end" } else { "" }} x={px(tick.at.min(CHART_WIDTH - 4.0))} y={px(foot)}>{ &tick.text }</text>
            }) }
        </g>
    }
}

/// A line; several differ by their texture. Its name stands at its end.
fn curve(place: usize, line: &Polyline) -> Html {
    let mut d = String::new();
    for (x, y) in &line.points {
        d.push(if d.is_empty() { 'M' } else { 'L' });
        d.push_str(&px(*x));
        d.push(' ');
        d.push_str(&px(*y));
    }
    let class = ["curve first", "curve second", "curve third", "curve fourth"][place % 4];
    html! {
        <g {class}>
            <path {d} />
            <text x={px(CHART_WIDTH - 10.0)} y={px(line.name_at)}>{ line.name }</text>
        </g>
    }
}

/// A line right through, with its name at its end.
fn rule(chart: &Chart, rule: &Rule) -> Html {
    let at = px(rule.at);
    if !rule.upright {
        return html! {
            <g class="limit">
                <line x1="38" y1={at.clone()} x2={px(CHART_WIDTH - 8.0)} y2={at} />
                <text x="42" y={px(rule.at - 3.0)}>{ &rule.text }</text>
            </g>
        };
    }
    let class = if rule.at > CHART_WIDTH * 0.6 { "limit before" } else { "limit" };
    let aside = if rule.at > CHART_WIDTH * 0.6 { -4.0 } else { 4.0 };
    html! {
        <g {class}>
            <line x1={at.clone()} y1="2" x2={at} y2={px(chart.height - 18.0)} />
            <text x={px(rule.at + aside)} y="11">{ &rule.text }</text>
        </g>
    }
}

fn table(panel: &Panel) -> Html {
    let PanelTable { columns, rows } = panel.table();
    html! {
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
