//! The manager as the course prints it, line by line.
//!
//! What the print leaves out, this stubs: `FeatureUnavailableError` is not defined there, and neither are
//! the functions that it registers. A fallback is a Python callable, which may have a length; one of
//! length 0 is false.

use std::collections::BTreeMap;

/// `FeatureToggleManager()`.
#[derive(Clone, Debug, Default)]
pub struct Printed {
    pub toggles: BTreeMap<String, bool>,
    pub fallback_behaviors: BTreeMap<&'static str, Fallback>,
}

/// A callable, as `if fallback:` sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fallback {
    /// A function: always true.
    Function,
    /// A callable with a `__len__`: a cache, true while there is something in it.
    Cache(u32),
}

impl Printed {
    pub fn register_feature(&mut self, feature_name: &'static str, fallback: Fallback) {
        self.toggles.insert(feature_name.to_string(), true);
        self.fallback_behaviors.insert(feature_name, fallback);
    }

    pub fn disable_feature(&mut self, feature_name: &str) {
        self.toggles.insert(feature_name.to_string(), false);
    }

    pub fn is_enabled(&self, feature_name: &str) -> bool {
        self.toggles.get(feature_name).copied().unwrap_or(false)
    }

    /// The last lines of `execute_with_fallback`: false raises `FeatureUnavailableError`.
    pub fn falls_back(&self, feature_name: &str) -> bool {
        match self.fallback_behaviors.get(feature_name) {
            None | Some(Fallback::Cache(0)) => false,
            Some(Fallback::Function | Fallback::Cache(_)) => true,
        }
    }
}
