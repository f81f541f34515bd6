//! `faultline labs`: what there is to play with.

use std::io::{self, Write};

use serde::Serialize;

use crate::labs::{self, Claim, Lab, VariantKind};
use crate::play::script::ACTS;

use super::{Code, LabsArgs};

pub(super) fn labs(args: &LabsArgs, out: &mut impl Write) -> io::Result<Code> {
    let shown: Vec<&Lab> = match &args.lab {
        None => labs::ALL.to_vec(),
        Some(id) => match labs::find(id) {
            Some(lab) => vec![lab],
            None => {
                let ids: Vec<&str> = labs::ALL.iter().map(|lab| lab.id).collect();
                eprintln!("there is no lab `{id}`; there are {}", ids.join(", "));
                return Ok(Code::Wrong);
            }
        },
    };
    if args.json {
        let labs = shown.into_iter().map(LabEntry::new).collect();
        serde_json::to_writer_pretty(&mut *out, &Catalogue { labs, inputs: named(ACTS) })?;
        writeln!(out)?;
    } else if args.lab.is_some() {
        shown.into_iter().try_for_each(|lab| tell(lab, out))?;
    } else {
        for lab in shown {
            writeln!(out, "{:<12} {}: {}", lab.id, lab.title, lab.summary)?;
        }
        tell_claims(out, "Acts, the same in every lab", ACTS)?;
        writeln!(out, "\n`faultline labs LAB` shows one lab with all that belongs to it.")?;
    }
    Ok(Code::Well)
}

fn tell(lab: &Lab, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}: {}", lab.title, lab.summary)?;
    writeln!(out, "\nParameters (`lab {} NAME=VALUE …`):", lab.id)?;
    for param in lab.params {
        let (least, greatest) = param.range;
        let live = if param.live { "; `set` may change it" } else { "" };
        let name = param.name;
        let default = param.default;
        let default = param.text(default);
        match param.choices {
            [] => writeln!(out, "  {name:<24} {least} to {greatest}, {default} unless said{live}")?,
            words => {
                writeln!(out, "  {name:<24} {}; {default} unless said{live}", words.join(" | "))?;
            }
        }
        writeln!(out, "  {:24} {}", "", param.meaning)?;
    }
    writeln!(out, "\nVariants:")?;
    for variant in lab.variants {
        writeln!(out, "  {:<24} {}", variant.name, variant.what)?;
    }
    tell_claims(out, "Invariants", lab.invariants)?;
    tell_claims(out, "Goals", lab.goals)?;
    tell_claims(out, "Words for a node", lab.selectors)?;
    tell_claims(out, "Commands", lab.commands)?;
    tell_claims(out, "Faults of its own", lab.faults)?;
    writeln!(out, "\nRules:")?;
    for rule in &lab.rulebook().rules {
        writeln!(out, "  {:<24} {}", rule.name, rule.cite)?;
    }
    writeln!(out, "\nScenarios:")?;
    for scenario in lab.scenarios {
        writeln!(out, "  {:<24} {}", scenario.id, scenario.title)?;
    }
    Ok(())
}

fn tell_claims(out: &mut impl Write, title: &str, claims: &[Claim]) -> io::Result<()> {
    if claims.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{title}:")?;
    for claim in claims {
        writeln!(out, "  {:<24} {}", claim.name, claim.means)?;
    }
    Ok(())
}

#[derive(Serialize)]
struct Catalogue {
    labs: Vec<LabEntry>,
    /// What every lab understands.
    inputs: Vec<Named>,
}

#[derive(Serialize)]
struct LabEntry {
    id: &'static str,
    title: &'static str,
    summary: &'static str,
    params: Vec<ParamEntry>,
    variants: Vec<VariantEntry>,
    rules: Vec<RuleEntry>,
    invariants: Vec<Named>,
    goals: Vec<Named>,
    selectors: Vec<Named>,
    commands: Vec<Named>,
    faults: Vec<Named>,
    scenarios: Vec<ScenarioEntry>,
}

#[derive(Serialize)]
struct Named {
    name: &'static str,
    means: &'static str,
}

#[derive(Serialize)]
struct ParamEntry {
    name: &'static str,
    label: &'static str,
    unit: &'static str,
    /// The words for the values from `min` to `max`, if it is a choice.
    choices: &'static [&'static str],
    min: u64,
    max: u64,
    default: u64,
    live: bool,
    meaning: &'static str,
}

#[derive(Serialize)]
struct VariantEntry {
    name: &'static str,
    kind: &'static str,
    what: &'static str,
    witnesses: Vec<WitnessEntry>,
}

#[derive(Serialize)]
struct WitnessEntry {
    flaw: &'static str,
    shows: &'static str,
    breaks: &'static str,
    script: &'static str,
}

#[derive(Serialize)]
struct RuleEntry {
    name: String,
    cite: String,
    code: Vec<String>,
    why: String,
}

#[derive(Serialize)]
struct ScenarioEntry {
    id: &'static str,
    title: &'static str,
    shows: &'static str,
    script: &'static str,
}

fn named(claims: &'static [Claim]) -> Vec<Named> {
    claims.iter().map(|&Claim { name, means }| Named { name, means }).collect()
}

impl LabEntry {
    fn new(lab: &Lab) -> LabEntry {
        let params = lab.params.iter().map(|param| ParamEntry {
            name: param.name,
            label: param.label,
            unit: param.unit,
            choices: param.choices,
            min: param.range.0,
            max: param.range.1,
            default: param.default,
            live: param.live,
            meaning: param.meaning,
        });
        let rules = lab.rulebook().rules.into_iter().map(|rule| RuleEntry {
            name: rule.name,
            cite: rule.cite,
            code: rule.code,
            why: rule.why,
        });
        let scenarios = lab.scenarios.iter().map(|scenario| ScenarioEntry {
            id: scenario.id,
            title: scenario.title,
            shows: scenario.shows,
            script: scenario.script,
        });
        LabEntry {
            id: lab.id,
            title: lab.title,
            summary: lab.summary,
            params: params.collect(),
            variants: lab.variants.iter().map(VariantEntry::new).collect(),
            rules: rules.collect(),
            invariants: named(lab.invariants),
            goals: named(lab.goals),
            selectors: named(lab.selectors),
            commands: named(lab.commands),
            faults: named(lab.faults),
            scenarios: scenarios.collect(),
        }
    }
}

impl VariantEntry {
    fn new(variant: &'static labs::Variant) -> VariantEntry {
        let kind = match variant.kind {
            VariantKind::Corrected => "corrected",
            VariantKind::AsPrinted => "as-printed",
            VariantKind::Mutation => "mutation",
        };
        let witnesses = variant.witnesses.iter().map(|witness| WitnessEntry {
            flaw: witness.flaw,
            shows: witness.shows,
            breaks: witness.breaks,
            script: witness.script,
        });
        let (name, what) = (variant.name, variant.what);
        VariantEntry { name, kind, what, witnesses: witnesses.collect() }
    }
}
