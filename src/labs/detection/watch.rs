//! Any of the detectors as one: what has been heard, and how long the silence may last.
//!
//! Every detector that listens for heartbeats comes down to the same act: at each one it decides how long
//! it will be patient, and if nothing comes until then, it suspects. So a protocol that watches a leader
//! can take any of them in place of its fixed timeout.

use crate::sim::{Span, Time};

use super::phi::{Phi, Settings, Shape};

/// Which detector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detector {
    /// A fixed timeout.
    Timeout,
    /// Chen, Toueg and Aguilera (2002), NFD-E: the expected arrival, estimated from the last ones, and a
    /// fixed margin.
    Expected,
    /// Phi accrual: a patience that also learns how irregular the arrivals are.
    Phi(Shape),
}

/// The words for the detectors, in the order of [`Detector::ALL`], for a parameter of choices.
pub const DETECTORS: &[&str] =
    &["timeout", "expected-arrival", "phi-logistic", "phi-normal", "phi-exponential"];

impl Detector {
    pub const ALL: [Detector; 5] = [
        Detector::Timeout,
        Detector::Expected,
        Detector::Phi(Shape::Logistic),
        Detector::Phi(Shape::Normal),
        Detector::Phi(Shape::Exponential),
    ];

    /// Its word, as in [`DETECTORS`].
    pub fn word(self) -> &'static str {
        let place = Detector::ALL.iter().position(|detector| *detector == self);
        DETECTORS[place.expect("all are in the list")]
    }
}

/// How patient the detectors are. Each looks at what concerns it.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// [`Detector::Timeout`]: the whole silence.
    pub timeout: Span,
    /// [`Detector::Expected`]: what is added to the expected arrival.
    pub margin: Span,
    /// [`Detector::Phi`]: the phi from which on a node is suspected.
    pub threshold: f64,
    /// The window of [`Detector::Expected`] and of [`Detector::Phi`], and what is learnt from it. The
    /// shape is that of the detector.
    pub phi: Settings,
}

/// What one node has heard of another.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    heard: Phi,
}

impl Watch {
    /// A heartbeat arrived. `outage`: the node was suspected until now.
    pub fn beat(&mut self, now: Time, outage: bool, patience: &Patience) {
        self.heard.beat(now, outage, &patience.phi);
    }

    /// When it last heard a heartbeat, if it ever did.
    pub fn last(&self) -> Option<Time> {
        self.heard.last()
    }

    /// What phi looks at.
    pub fn phi(&self) -> &Phi {
        &self.heard
    }

    /// How long a detector waits for the next heartbeat before it suspects.
    pub fn patience(&self, detector: Detector, patience: &Patience) -> Span {
        match detector {
            Detector::Timeout => patience.timeout,
            Detector::Expected => {
                let mean = Span(self.heard.mean_us() as u64);
                mean.max(Span::from_us(1)) + patience.margin
            }
            Detector::Phi(shape) => {
                let settings = Settings { shape, ..patience.phi };
                self.heard.patience(patience.threshold, &settings)
            }
        }
    }

    /// The longest that a detector can be patient, whatever it has heard.
    pub fn patience_max(detector: Detector, patience: &Patience) -> Span {
        match detector {
            Detector::Timeout => patience.timeout,
            Detector::Expected => {
                let settings = &patience.phi;
                settings.longest.max(Span(settings.estimate.0 / 4 * 5)) + patience.margin
            }
            Detector::Phi(shape) => {
                Phi::patience_max(patience.threshold, &Settings { shape, ..patience.phi })
            }
        }
    }
}
