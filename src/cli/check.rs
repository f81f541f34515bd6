//! `faultline check`: is a script well, without playing it?

use std::io::{self, Write};

use crate::labs::{self, Lab, Rulebook};
use crate::play::{Script, script};

use super::{CheckArgs, Code, name, placed, text_of};

pub(super) fn check(args: &CheckArgs, out: &mut impl Write) -> io::Result<Code> {
    let mut errors = Vec::new();
    let mut well = 0;
    let mut add = |found: Vec<String>| match found.is_empty() {
        true => well += 1,
        false => errors.extend(found),
    };
    for file in &args.files {
        add(match text_of(file) {
            Ok(text) if is_rulebook(&text) => Rulebook::parse(&text)
                .err()
                .map(|error| format!("{}: {error}", name(file)))
                .into_iter()
                .collect(),
            Ok(text) => errors_in(file, &text),
            Err(error) => vec![error],
        });
    }
    if args.files.is_empty() {
        for lab in labs::ALL {
            for (name, text) in own_scripts(lab) {
                add(errors_in(&name, text));
            }
        }
    }
    for error in &errors {
        eprintln!("{error}");
    }
    match (&args.files[..], well) {
        ([one], 1) => writeln!(out, "{} is well", name(one))?,
        _ => writeln!(out, "{well} scripts are well")?,
    }
    Ok(if errors.is_empty() { Code::Well } else { Code::Wrong })
}

/// Whether a text is rules in words rather than a script: it begins with the name of a rule.
fn is_rulebook(text: &str) -> bool {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    lines.next().is_some_and(|line| line.starts_with('['))
}

/// Every script that a lab brings along, by a name that tells where it stands.
fn own_scripts(lab: &'static Lab) -> impl Iterator<Item = (String, &'static str)> {
    let scenarios = lab
        .scenarios
        .iter()
        .map(|scenario| (format!("{}/{}", lab.id, scenario.id), scenario.script));
    let witnesses = lab.variants.iter().flat_map(move |variant| {
        let name = |flaw| format!("{}/{}/{flaw}", lab.id, variant.name);
        variant.witnesses.iter().map(move |witness| (name(witness.flaw), witness.script))
    });
    scenarios.chain(witnesses)
}

fn errors_in(name: &str, text: &str) -> Vec<String> {
    match text.parse::<Script>() {
        Ok(read) => script::check(&read).iter().map(|error| placed(name, error)).collect(),
        Err(error) => vec![placed(name, &error)],
    }
}
