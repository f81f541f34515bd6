//! `faultline compare`: plays several runs beside each other and tells where they part.

use std::io::{self, Write};

use crate::labs::{ALL, PAIRS, find_pair};
use crate::play::compare::{Comparison, Figure, Request, Sweep};

use super::{Code, CompareArgs, text_of};

/// Steps between two looks at whether all is played.
const SLICE: u64 = 100_000;

pub(super) fn compare(args: &CompareArgs, out: &mut impl Write) -> io::Result<Code> {
    let done = if args.table { table(args, out) } else { runs(args, out) };
    match done {
        Ok(written) => written.map(|()| Code::Well),
        Err(wrong) => {
            eprintln!("{wrong}");
            Ok(Code::Wrong)
        }
    }
}

/// The outer error is the user's, the inner one the output's.
type Written = Result<io::Result<()>, String>;

fn runs(args: &CompareArgs, out: &mut impl Write) -> Written {
    let request = Request::read(&args.what, &query(args)?, ALL)?;
    for notice in &request.notices {
        eprintln!("{notice}");
    }
    let mut comparison = Comparison::new(request.kind, &request.parts)?;
    while !comparison.prepare(SLICE) {}
    Ok(tell(&comparison, out))
}

fn query(args: &CompareArgs) -> Result<Vec<(String, String)>, String> {
    let mut query = Vec::new();
    let mut add = |name: &str, value: String| query.push((name.to_string(), value));
    if let Some(file) = &args.script {
        add("script", text_of(file)?);
    }
    let named = [("scenario", &args.scenario), ("witness", &args.witness), ("story", &args.story)];
    for (name, value) in named {
        if let Some(value) = value {
            add(name, value.clone());
        }
    }
    if let Some(seed) = args.seed {
        add("seed", seed.to_string());
    }
    if !args.with.is_empty() {
        add("a", String::new());
    }
    for (words, side) in args.with.iter().zip(["b", "c", "d"]) {
        add(side, words.clone());
    }
    Ok(query)
}

fn tell(comparison: &Comparison, out: &mut impl Write) -> io::Result<()> {
    let sides = comparison.sides();
    for side in sides {
        writeln!(out, "{}: {}", side.name, side.session().setup())?;
    }
    writeln!(out)?;
    for side in &sides[1..] {
        if let Some(difference) = side.differs() {
            writeln!(out, "{}", difference.sentence(&sides[0].name, &side.name))?;
        }
    }
    if let Some(parting) = comparison.parting() {
        let fares = sides.iter().zip(&parting.outcomes);
        let led = comparison.is_led();
        let fares: Vec<String> =
            fares.map(|(side, fate)| format!("{}: {}", side.name, fate.words(led))).collect();
        writeln!(out, "From {} on they fare differently. {}.", parting.time, fares.join("; "))?;
    }
    let names: Vec<&str> = sides.iter().map(|side| side.name.as_str()).collect();
    writeln!(out, "\nUp to {}:", comparison.clock())?;
    for figure in comparison.figures().iter().chain(&comparison.verdicts()) {
        tell_figure(figure, &names, out)?;
    }
    Ok(())
}

fn tell_figure(figure: &Figure, names: &[&str], out: &mut impl Write) -> io::Result<()> {
    let sign = if figure.differs { '≠' } else { ' ' };
    let cells = names.iter().zip(&figure.cells).map(|(name, cell)| match &cell.difference {
        Some(difference) => format!("{name}: {} ({difference})", cell.text),
        None => format!("{name}: {}", cell.text),
    });
    writeln!(out, "  {sign} {:<32} {}", figure.name, cells.collect::<Vec<_>>().join("   "))
}

fn table(args: &CompareArgs, out: &mut impl Write) -> Written {
    let pair = find_pair(&args.what).ok_or_else(|| {
        let pairs: Vec<&str> = PAIRS.iter().map(|pair| pair.id).collect();
        format!("`{}` has no table; {} has", args.what, pairs.join(", "))
    })?;
    let mut sweep = Sweep::new(pair, ALL)?;
    while sweep.run_next()? {}
    Ok(tell_table(&sweep, pair.labs, pair.source, out))
}

fn tell_table(
    sweep: &Sweep,
    labs: [&str; 2],
    source: &str,
    out: &mut impl Write,
) -> io::Result<()> {
    writeln!(out, "The words in quotes are those of {source}; the rest is measured.")?;
    for row in sweep.table() {
        writeln!(out, "\n{}", row.name)?;
        for (lab, words) in labs.iter().zip(row.words) {
            writeln!(out, "  {lab:<6} “{words}”")?;
        }
        if row.measured.is_empty() {
            writeln!(out, "  Not measured: it is a matter of judgement.")?;
        }
        for measured in &row.measured {
            writeln!(out, "  {}", measured.what)?;
            for ((lab, figure), runs) in labs.iter().zip(&measured.figures).zip(&measured.runs) {
                writeln!(out, "    {lab:<6} {figure}   [{} runs]", runs.len())?;
            }
        }
    }
    writeln!(out, "\n{} runs in all.", sweep.progress().1)
}
