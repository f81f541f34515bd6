//! What a run begins with: a lab, a seed, a variant and parameters.

use litemap::LiteMap;
use std::fmt;

use super::{Lab, Param, Run, Variant};

/// How a run begins. Every value has been checked against the lab's tables. `Display` is the first
/// line of a script: `lab raft seed=42 nodes=5 variant=corrected`.
#[derive(Clone)]
pub struct Setup {
    lab: &'static Lab,
    pub seed: u64,
    variant: &'static Variant,
    /// The parameters that differ from their default.
    chosen: LiteMap<&'static str, u64>,
}

impl Setup {
    /// The lab's corrected variant with its default parameters.
    pub fn new(lab: &'static Lab, seed: u64) -> Setup {
        Setup { lab, seed, variant: &lab.variants[0], chosen: LiteMap::new() }
    }

    pub fn lab(&self) -> &'static Lab {
        self.lab
    }

    pub fn variant(&self) -> &'static Variant {
        self.variant
    }

    /// Chooses a variant by its name.
    pub fn set_variant(&mut self, name: &str) -> Result<(), String> {
        self.variant = self.lab.variant(name).ok_or_else(|| {
            let names = self.lab.variants.iter().map(|variant| variant.name);
            let names = names.collect::<Vec<_>>().join(", ");
            format!("{} has no variant `{name}`; it has {names}", self.lab.id)
        })?;
        Ok(())
    }

    /// Chooses a parameter's value. `value` is in the parameter's own unit.
    pub fn set_param(&mut self, name: &str, value: u64) -> Result<(), String> {
        let param = check(self.lab.id, self.lab.params, name, value)?;
        if value == param.default {
            self.chosen.remove(param.name);
        } else {
            self.chosen.insert(param.name, value);
        }
        Ok(())
    }

    /// A parameter's value. Panics if the lab has no such parameter.
    pub fn param(&self, name: &str) -> u64 {
        let default = || match self.lab.param(name) {
            Some(param) => param.default,
            None => panic!("{} has no parameter {name}", self.lab.id),
        };
        self.chosen.get(name).copied().unwrap_or_else(default)
    }

    /// Starts the run.
    pub fn start(&self) -> Result<Box<dyn Run>, String> {
        (self.lab.start)(self)
    }
}

impl fmt::Display for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "lab {} seed={}", self.lab.id, self.seed)?;
        for (name, value) in &self.chosen {
            let param = self.lab.param(name).expect("only parameters of the lab are chosen");
            write!(f, " {name}={}", param.text(*value))?;
        }
        write!(f, " variant={}", self.variant.name)
    }
}

impl fmt::Debug for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl PartialEq for Setup {
    fn eq(&self, other: &Setup) -> bool {
        self.lab == other.lab
            && self.seed == other.seed
            && self.variant.name == other.variant.name
            && self.chosen == other.chosen
    }
}

/// Whether a parameter may be set to `value` while `lab` runs.
pub fn check_live_param(lab: &Lab, name: &str, value: u64) -> Result<(), String> {
    let param = check(lab.id, lab.params, name, value)?;
    if param.live {
        return Ok(());
    }
    Err(format!("`{name}` can only be chosen at the start"))
}

fn check(
    lab: &str,
    params: &'static [Param],
    name: &str,
    value: u64,
) -> Result<&'static Param, String> {
    let Some(param) = params.iter().find(|param| param.name == name) else {
        let names = params.iter().map(|param| param.name).collect::<Vec<_>>().join(", ");
        return Err(format!("{lab} has no parameter `{name}`; it has {names}"));
    };
    let (least, greatest) = param.range;
    if !(least..=greatest).contains(&value) {
        return Err(match param.choices {
            [] => format!("`{name}` goes from {least} to {greatest}, so it cannot be {value}"),
            words => format!("`{name}` is one of {}, so it cannot be {value}", words.join(", ")),
        });
    }
    Ok(param)
}
