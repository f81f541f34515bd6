//! A run's metrics as a table: one row for each moment that was looked at, one column for each metric.

use crate::play::Session;
use crate::sim::Metric;

use super::quoted;

/// At most so many moments of a run are looked at, evenly spread over its steps.
const ROWS_MAX: u64 = 1_000;

/// The table as comma-separated values (RFC 4180), with a line of column names. A row in which nothing
/// differs from the one before is left out, but for the last. The session stays where it is.
pub fn metrics(session: &mut Session) -> String {
    let here = (session.position(), session.clock());
    let end = session.end().0;
    let stride = end.div_ceil(ROWS_MAX).max(1);
    let mut table = head(&session.scene().metrics);
    let mut last = String::new();
    for position in (0..end).step_by(stride as usize).chain([end]) {
        session.seek_step(position);
        let scene = session.scene();
        let values: Vec<String> =
            scene.metrics.iter().map(|metric| metric.value.to_string()).collect();
        let values = values.join(",");
        if values != last || position == end {
            table.push_str(&format!("{position},{},{values}\r\n", scene.time.0));
            last = values;
        }
    }
    session.back_to(here);
    table
}

fn head(metrics: &[Metric]) -> String {
    let mut head = String::from("step,time_us");
    for metric in metrics {
        let name = match metric.unit {
            "" => metric.name.to_string(),
            unit => format!("{} ({unit})", metric.name),
        };
        head.push(',');
        head.push_str(&quoted(&name));
    }
    head + "\r\n"
}
