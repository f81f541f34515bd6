//! What a part shows of itself.

use crate::sim::panel::{Mark, Scale, Waiting};
use crate::sim::{Field, Look, NodeView, Panel, Value};

use super::mechanism::Mechanism;
use super::meter::{WAITS_WIDTH, Window};
use super::part::{Part, Pool};

/// A panel shows so many who wait, the oldest.
const QUEUE_SHOWN: usize = 60;

pub fn node<M: Mechanism>(part: &Part<M>) -> NodeView {
    let (role, look, badge) = match part.me.letter() {
        'c' => ("client", Look::Client, "waiting"),
        'g' => ("gateway", Look::Relay, "threads"),
        'd' => ("database", Look::Store, "threads"),
        _ => ("service", Look::Server, "threads"),
    };
    let tally = &part.tally;
    let mut fields = if part.is_client() {
        vec![
            Field::new("waiting", part.jobs.len() as u64),
            Field::new("served", tally.ok + tally.degraded),
            Field::new("not served", tally.bad),
        ]
    } else {
        let waiting = part.pools.iter().map(|pool| pool.queue.len() as u64).sum::<u64>();
        vec![
            Field::new("threads", part.pools.iter().map(|p| u64::from(p.busy)).sum::<u64>()),
            Field::new("in the queue", waiting),
            Field::notable("health", part.health.word()),
        ]
    };
    fields.extend(part.mech.fields());
    NodeView { role: part.mech.role().unwrap_or(role), look, badge, fields }
}

pub fn panels<M: Mechanism>(part: &Part<M>) -> Vec<Panel> {
    let mut panels = part.mech.panels();
    if part.is_client() {
        panels.push(waits(part));
        return panels;
    }
    for (place, pool) in part.pools.iter().enumerate() {
        let (of_threads, of_queue) = part.mech.pool_words(place);
        panels.push(threads(of_threads, part, pool));
        panels.push(queue(of_queue, part, pool));
    }
    panels.push(memory(part));
    panels.push(little(&part.meter.last));
    panels
}

/// How long users waited for a good answer.
fn waits<M: Mechanism>(part: &Part<M>) -> Panel {
    Panel::Histogram {
        title: "Waits of users",
        scale: Scale::whole("ms"),
        first: 0,
        width: WAITS_WIDTH.us() / 1_000,
        counts: part.meter.waits.iter().map(|count| u64::from(*count)).collect(),
        marks: Vec::new(),
    }
}

fn threads<M: Mechanism>(title: &'static str, part: &Part<M>, pool: &Pool) -> Panel {
    let left = part.health.threads(pool.room.threads);
    let short = (left < pool.room.threads).then(|| Mark { name: "left", at: left.into() });
    Panel::Gauge {
        title,
        scale: Scale::whole("threads"),
        value: pool.busy.into(),
        max: pool.room.threads.into(),
        marks: short.into_iter().collect(),
    }
}

fn queue<M: Mechanism>(title: &'static str, part: &Part<M>, pool: &Pool) -> Panel {
    let waiting = pool.queue.iter().take(QUEUE_SHOWN).filter_map(|id| part.jobs.get(id));
    let patience = waiting.clone().find_map(|job| Some(job.deadline?.since(job.came)));
    let items = waiting
        .map(|job| Waiting { age: part.clock.since(job.came), class: M::class_word(job.class) })
        .collect();
    Panel::Queue { title, capacity: Some(pool.room.queue.into()), deadline: patience, items }
}

/// What a request holds while it is in hand, in kB: its buffers and its thread's stack.
const REQUEST_KB: u64 = 64;

fn memory<M: Mechanism>(part: &Part<M>) -> Panel {
    let most: u64 =
        part.pools.iter().map(|p| u64::from(p.room.threads) + u64::from(p.room.queue)).sum();
    Panel::Gauge {
        title: "Memory",
        scale: Scale::whole("kB"),
        value: part.jobs.len() as u64 * REQUEST_KB,
        max: most * REQUEST_KB,
        marks: vec![Mark {
            name: "all threads",
            at: part.pools.iter().map(|p| u64::from(p.room.threads) * REQUEST_KB).sum(),
        }],
    }
}

/// L = λW over the last whole second.
fn little(last: &Window) -> Panel {
    let product = last.left * last.stay().us() / 10_000;
    let hundredths = Scale { unit: "", decimals: 2 };
    let row = |what, value: String| vec![Value::Word(what), Value::Text(value)];
    Panel::Table {
        title: "Little's law, last second",
        columns: vec!["what", "value"],
        rows: vec![
            row("came", last.came.to_string()),
            row("left (λ)", last.left.to_string()),
            row("inside for (W)", last.stay().to_string()),
            row("λ × W", hundredths.text(product)),
            row("inside on average (L)", hundredths.text(last.inside())),
        ],
    }
}
