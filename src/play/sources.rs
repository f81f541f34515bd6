//! The Rust source behind each rule of a lab, as the build cuts it from the files themselves.
//!
//! One section a rule: `[grant_vote]`, `at: FILE:LINE`, `marks: 4 9` (the lines that name the rule,
//! counted from 0), then the lines, each after two spaces.

/// The handler in which a rule fires.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    pub rule: String,
    /// The file and the line of the first line: `src/labs/raft/election.rs:42`.
    pub at: String,
    pub lines: Vec<String>,
    /// Which lines name the rule, from 0.
    pub marks: Vec<usize>,
}

/// Writes sections in the form above.
pub fn write(sources: &[Source]) -> String {
    let mut text = String::new();
    for source in sources {
        let marks: Vec<String> = source.marks.iter().map(usize::to_string).collect();
        text.push_str(&format!(
            "[{}]\nat: {}\nmarks: {}\n",
            source.rule,
            source.at,
            marks.join(" ")
        ));
        for line in &source.lines {
            text.push_str("  ");
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

/// Reads what [`write()`] wrote. What is none of it is passed over.
pub fn parse(text: &str) -> Vec<Source> {
    let mut sources: Vec<Source> = Vec::new();
    for line in text.lines() {
        if let Some(rule) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            sources.push(Source { rule: rule.to_string(), ..Source::default() });
            continue;
        }
        let Some(source) = sources.last_mut() else { continue };
        if let Some(code) = line.strip_prefix("  ") {
            source.lines.push(code.to_string());
        } else if let Some(at) = line.strip_prefix("at: ") {
            source.at = at.to_string();
        } else if let Some(marks) = line.strip_prefix("marks: ") {
            source.marks.extend(marks.split(' ').filter_map(|mark| mark.parse::<usize>().ok()));
        }
    }
    sources
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_read_as_they_were_written() {
        let source = |rule: &str| Source {
            rule: rule.to_string(),
            at: "src/labs/raft/election.rs:42".into(),
            lines: vec!["fn f() {".into(), "    [x]".into(), String::new(), "}".into()],
            marks: vec![1, 2],
        };
        let both = [source("a"), source("b")];
        assert_eq!(parse(&write(&both)), both);
        assert_eq!(parse("<!doctype html>"), []);
    }
}
