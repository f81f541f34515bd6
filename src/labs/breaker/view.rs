//! What the gateway shows of its breaker.

use crate::sim::panel::{Mark, Scale};
use crate::sim::{Field, Panel, Value};

use super::guard::{Gate, Guard, Why};
use super::mechanism::{Ruling, State};
use super::printed::Word;

impl Word {
    pub fn text(self) -> &'static str {
        match self {
            Word::Closed => "closed",
            Word::Open => "open",
            Word::HalfOpen => "half open",
        }
    }
}

pub fn fields(guard: &Guard) -> Vec<Field> {
    let Some(word) = guard.word() else { return Vec::new() };
    let failed = match &guard.gate {
        Gate::None => 0,
        Gate::Corrected(breaker) => breaker.window.last_rates().failed.into(),
        Gate::Printed { breaker, .. } => breaker.failure_count.into(),
    };
    vec![
        Field::notable("breaker", Value::Word(word.text())),
        Field::new("failures counted", failed),
        Field::new("refused at once", guard.refused),
    ]
}

pub fn panels(guard: &Guard) -> Vec<Panel> {
    let Some(word) = guard.word() else { return Vec::new() };
    let mut panels = vec![Panel::Switch {
        title: "Circuit breaker",
        states: vec!["closed", "open", "half open"],
        now: word as usize,
        since: guard.turned.0,
        note: why(guard.turned.1),
    }];
    if let Gate::Corrected(breaker) = &guard.gate {
        let rates = breaker.window.last_rates();
        panels.push(share("Failed in the window", rates.failed_percent()));
        panels.push(share("Slow in the window", rates.slow_percent()));
        if let State::HalfOpen(probes) = breaker.state {
            panels.push(Panel::Gauge {
                title: "Permits given",
                scale: Scale::whole("permits"),
                value: (probes.in_flight + probes.judged).into(),
                max: (probes.free + probes.in_flight + probes.judged).into(),
                marks: Vec::new(),
            });
        }
    }
    panels
}

fn share(title: &'static str, percent: u64) -> Panel {
    let marks = Vec::<Mark>::new();
    Panel::Gauge { title, scale: Scale::whole("%"), value: percent, max: 100, marks }
}

/// Why the breaker is in its state, in a clause.
pub fn why(why: Why) -> String {
    match why {
        Why::Start => "as it began".into(),
        Why::WaitOver => "the wait is over".into(),
        Why::Printed(why) => why.into(),
        Why::Ruled(ruling) => match ruling {
            Ruling::TooManyFailed(rates) => {
                format!("{} of {} calls failed", rates.failed, rates.calls)
            }
            Ruling::TooManySlow(rates) => {
                format!("{} of {} calls were slow", rates.slow, rates.calls)
            }
            Ruling::InARow(count) => format!("{count} calls in a row failed"),
            Ruling::ProbesSucceeded => "the probes succeeded".into(),
            Ruling::ProbesFailed => "the probes failed".into(),
            Ruling::Counted | Ruling::Ignored | Ruling::Stale => String::new(),
        },
    }
}
