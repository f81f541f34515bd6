//! The Rust source of each rule, cut from the files of its lab, at `lab/NAME/rules.rs.txt`.
//!
//! The page fetches it when somebody asks for it. It is cut out anew at every build, so that it is never
//! other than what runs.

use anyhow::{Context, Result, bail};
use faultline::labs::{self, Lab};
use faultline::play::sources::{self, Source};
use std::fs;
use std::path::{Path, PathBuf};

use crate::{shell, stubs};

/// Of a longer handler, so many lines before and after the rule are shown.
const LINES_ABOUT: usize = 28;

/// Writes them all into the built page.
pub fn write(dist: &Path) -> Result<()> {
    for lab in labs::ALL {
        let folder = dist.join(stubs::FOLDER).join(lab.id);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("rules.rs.txt"), sources::write(&of(lab)?))?;
    }
    Ok(())
}

/// The source of every rule of a lab.
fn of(lab: &Lab) -> Result<Vec<Source>> {
    let all = shell::root().join("src/labs");
    let mut files = Vec::new();
    // Labs that share a part find its rules beside them.
    read(&all.join(lab.id), &mut files)?;
    read(&all, &mut files)?;
    let mut found = Vec::new();
    for rule in lab.rulebook().rules {
        let source = named(&rule.name, &files).and_then(|(folder, variant)| {
            // Two parts may have rules of one name: the part that names this one goes first.
            let near: Vec<_> =
                files.iter().filter(|(path, _)| path.starts_with(folder)).cloned().collect();
            find(&rule.name, variant, &near).or_else(|| find(&rule.name, variant, &files))
        });
        let Some(source) = source else {
            bail!("{}: no handler fires the rule {}", lab.id, rule.name)
        };
        found.push(source);
    }
    Ok(found)
}

/// The folder and the variant of the enum that has this label: `Rule::GrantVote => "grant_vote"`, or
/// `GrantVote "grant_vote"` in a table.
fn named<'a>(label: &str, files: &'a [(PathBuf, String)]) -> Option<(&'a Path, &'a str)> {
    let label = format!("\"{label}\"");
    files.iter().filter(|(path, _)| only_names(path)).find_map(|(path, text)| {
        let line = text.lines().find(|line| line.contains(&label))?;
        let (before, _) = line.split_once(&label)?;
        let before = before.trim_end().trim_end_matches("=>").trim_end();
        let variant = before.rsplit(|letter: char| !letter.is_alphanumeric()).next()?;
        Some((path.parent()?, variant)).filter(|_| !variant.is_empty())
    })
}

/// Every Rust file under a folder.
fn read(folder: &Path, files: &mut Vec<(PathBuf, String)>) -> Result<()> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("{}", folder.display()))? {
        entries.push(entry?.path());
    }
    entries.sort();
    for path in entries {
        if path.is_dir() {
            read(&path, files)?;
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            let text = fs::read_to_string(&path)?;
            files.push((path, text));
        }
    }
    Ok(())
}

/// Whether a file only names, lists or checks the rules.
fn only_names(path: &Path) -> bool {
    let names = ["rules", "rule", "spec", "tests", "variants", "scenarios"];
    path.iter().any(|part| {
        let stem = Path::new(part).file_stem().unwrap_or_default().to_string_lossy();
        names.contains(&stem.as_ref())
    })
}

/// The first function that names a rule's variant.
fn find(rule: &str, variant: &str, files: &[(PathBuf, String)]) -> Option<Source> {
    let variant = format!("::{variant}");
    files.iter().filter(|(path, _)| !only_names(path)).find_map(|(path, text)| {
        let lines: Vec<&str> = text.lines().collect();
        let at = lines.iter().position(|line| names(line, &variant))?;
        let (start, end) = function(&lines, at)?;
        // Of a long function, the part about the rule.
        let (start, end) = match end - start > 2 * LINES_ABOUT {
            true => (start.max(at.saturating_sub(LINES_ABOUT)), end.min(at + LINES_ABOUT)),
            false => (start, end),
        };
        let shown = &lines[start..end];
        let indent = shown.iter().filter(|line| !line.trim().is_empty());
        let indent = indent.map(|line| line.len() - line.trim_start().len()).min().unwrap_or(0);
        let marks = (0..shown.len()).filter(|&line| names(shown[line], &variant));
        let root = shell::root();
        let path = path.strip_prefix(root).unwrap_or(path);
        Some(Source {
            rule: rule.to_string(),
            at: format!("{}:{}", path.display(), start + 1),
            marks: marks.collect(),
            lines: shown.iter().map(|line| line.get(indent..).unwrap_or("").to_string()).collect(),
        })
    })
}

/// Whether a line names the variant and not one that only begins like it.
fn names(line: &str, variant: &str) -> bool {
    let after = line.match_indices(variant).map(|(place, _)| &line[place + variant.len()..]);
    let mut after = after.map(|rest| rest.chars().next());
    after.any(|next| !next.is_some_and(|next| next.is_alphanumeric() || next == '_'))
}

/// From where to where the function around a line goes, its comments included.
fn function(lines: &[&str], at: usize) -> Option<(usize, usize)> {
    let is_fn = |line: &&str| {
        let words = line.trim_start();
        words.find("fn ").is_some_and(|place| {
            let before = words[..place].trim_end();
            before.is_empty() || before.starts_with("pub") || before == "const"
        })
    };
    let head = lines[..=at].iter().rposition(is_fn)?;
    let indent = lines[head].len() - lines[head].trim_start().len();
    let close = format!("{}}}", " ".repeat(indent));
    let end = head + lines[head..].iter().position(|line| *line == close)? + 1;
    let comment = |line: &&str| line.trim_start().starts_with("///");
    let comments = lines[..head].iter().rev().take_while(|line| comment(line)).count();
    (end > at).then_some((head - comments, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_of_every_lab_finds_the_handler_that_fires_it() {
        for lab in labs::ALL {
            let sources = of(lab).unwrap();
            assert_eq!(sources.len(), lab.rulebook().rules.len());
            for source in sources {
                assert!(!source.marks.is_empty(), "{}: {source:#?}", lab.id);
                assert!(source.lines.len() > 1, "{}: {source:#?}", lab.id);
            }
        }
    }

    #[test]
    fn a_function_goes_from_its_comment_to_its_closing_brace() {
        let text = "/// a\nfn a() {\n    x\n}\n\n/// b\n/// b\nfn b() {\n    Rule::B;\n}\n";
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(function(&lines, 8), Some((5, 10)));
        assert!(names("cx.fire(Rule::GrantVote, ||", "::GrantVote"));
        assert!(!names("cx.fire(Rule::GrantVoteLate, ||", "::GrantVote"));
    }
}
