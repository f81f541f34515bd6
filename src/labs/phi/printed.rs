//! The detector as the course prints it, flaws included.
//!
//! What the print leaves undefined, and what stands in for it here:
//!
//! * `time.time()` is the monitor's clock plus the parameter `epoch_s`.
//! * `cdf` is that of the normal distribution, by `erf`, if the parameter `cdf` is on. If it is off, the
//!   call raises an AttributeError, as the print does.
//! * Nothing in the print calls `is_available`. Here a loop asks it of every node once an interval. What
//!   is raised in the loop ends the loop, as in a thread in Python.
//! * What Python raises is a value here: a division by zero, the logarithm of zero.

use std::collections::VecDeque;
use std::f64::consts::SQRT_2;

use crate::labs::detection::pairs::Verdict;
use crate::sim::{Cx, NodeId, exactly};

use super::config::Config;
use super::message::Timer;
use super::node::Part;
use super::rules::Rule;

/// A `PhiAccrualFailureDetector` object and the loop that asks it.
#[derive(Clone, Debug)]
pub struct Printed {
    /// `arrival_intervals`, by node.
    pub entries: Vec<Entry>,
    /// What ended the loop.
    pub ended: Option<&'static str>,
}

/// One key of `arrival_intervals`.
#[derive(Clone, Debug)]
pub struct Entry {
    pub node: NodeId,
    /// Whether the key is there.
    pub known: bool,
    /// In seconds, as the print has them.
    pub intervals: VecDeque<f64>,
    pub suspected: bool,
    /// What `phi` last returned.
    pub phi: f64,
}

impl Printed {
    pub fn start(cx: &mut Cx<'_, Part>) -> Printed {
        let entry = |&node: &NodeId| Entry {
            node,
            known: false,
            intervals: VecDeque::new(),
            suspected: false,
            phi: 0.0,
        };
        let entries = cx.all('n').iter().map(entry).collect();
        let me = cx.me();
        cx.fire(Rule::BeginListening, || format!("{me} has heard of nobody yet"));
        cx.set_timer(Timer::Poll, exactly(cx.config().interval));
        Printed { entries, ended: None }
    }

    pub fn of(&self, node: NodeId) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.node == node)
    }

    pub fn heartbeat(&mut self, from: NodeId, cx: &mut Cx<'_, Part>) {
        let now = time(cx);
        let window = cx.config().settings.window;
        let entry = self.entries.iter_mut().find(|entry| entry.node == from);
        let entry = entry.expect("only nodes of the list send heartbeats");
        if !entry.known {
            entry.known = true;
            return cx.fire(Rule::PrintedFirst, || format!("arrival_intervals[{from}] = []"));
        }
        // The flaw: the last entry is an interval, and is read as a time stamp.
        let last_time = entry.intervals.back().copied().unwrap_or(now);
        let interval = now - last_time;
        entry.intervals.push_back(interval);
        cx.fire(Rule::PrintedInterval, || {
            let (now, last) = (number(now), number(last_time));
            format!("interval = {now} − {last} = {}", number(interval))
        });
        if entry.intervals.len() > window {
            entry.intervals.pop_front();
        }
    }

    /// Asks `is_available` of every node.
    pub fn poll(&mut self, cx: &mut Cx<'_, Part>) {
        let now = time(cx);
        for entry in &mut self.entries {
            let phi = match entry.phi(now, cx.config()) {
                Ok(phi) => phi,
                Err(exception) => {
                    self.ended = Some(exception);
                    return cx.fire(Rule::PrintedRaises, || {
                        format!("phi({}) raises {exception}, and the loop ends", entry.node)
                    });
                }
            };
            entry.phi = phi;
            let suspected = phi >= cx.config().threshold;
            if suspected != entry.suspected {
                entry.suspected = suspected;
                let node = entry.node;
                if suspected {
                    cx.suspect(node);
                    cx.fire(Rule::Suspect, || format!("phi of {node} is over the threshold"));
                } else {
                    cx.trust(node);
                    cx.fire(Rule::TrustAgain, || format!("phi of {node} is below the threshold"));
                }
            }
        }
        cx.fire(Rule::PrintedPoll, || "is_available was asked of every node".into());
        cx.set_timer(Timer::Poll, exactly(cx.config().interval));
    }
}

impl Entry {
    pub fn verdict(&self) -> Verdict {
        Verdict { suspected: self.suspected, newest: None }
    }

    /// `phi` as printed: its result, or what it raises.
    pub fn phi(&self, now: f64, config: &Config) -> Result<f64, &'static str> {
        if self.intervals.len() < 2 {
            return Ok(0.0);
        }
        let count = self.intervals.len() as f64;
        let mean = self.intervals.iter().sum::<f64>() / count;
        let variance = self.intervals.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / count;
        let std_dev = libm::sqrt(variance);
        let last_heartbeat = self.intervals.back().copied().unwrap_or(now);
        let time_since_last = now - last_heartbeat;
        if !config.cdf {
            return Err("AttributeError: no attribute 'cdf'");
        }
        let survives = 1.0 - cdf(time_since_last, mean, std_dev)?;
        if survives <= 0.0 {
            return Err("ValueError: math domain error");
        }
        Ok(-libm::log10(survives))
    }
}

/// The normal distribution's, as one would supply it.
fn cdf(x: f64, mean: f64, std_dev: f64) -> Result<f64, &'static str> {
    if std_dev == 0.0 {
        return Err("ZeroDivisionError");
    }
    Ok(0.5 * (1.0 + libm::erf((x - mean) / (std_dev * SQRT_2))))
}

/// `time.time()`
fn time(cx: &Cx<'_, Part>) -> f64 {
    (cx.config().epoch.0 + cx.now().0) as f64 / 1e6
}

/// Seconds with three decimals.
fn number(seconds: f64) -> String {
    let ms = libm::round(seconds * 1_000.0) as i64;
    format!("{}.{:03}", ms / 1_000, (ms % 1_000).abs())
}
