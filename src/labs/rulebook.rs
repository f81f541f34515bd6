//! The rules of a lab in words: `rules.txt`, read.
//!
//! One section a rule; the sections in order are the pseudo-code on the page.
//!
//! ```text
//! [grant_vote]
//! cite: Raft §5.2, §5.4.1
//! code:
//!   if votedFor ∈ {nil, candidate} and the candidate's log is at least as up to date:
//!       votedFor ← candidate; reply granted
//! why: One vote a term, so two leaders in one term would need a common voter.
//! say: grants its vote
//! ```

/// A lab's rules by name: `enum Rule`, each with its word in `rules.txt`, where the rest is said.
macro_rules! rules {
    ($($name:ident $word:literal)*) => {
        /// A decision of a node, refusals included. What each says, where it stands and why is in
        /// `rules.txt`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Rule {
            $(#[doc = $word] $name,)*
        }

        impl From<Rule> for &'static str {
            fn from(rule: Rule) -> &'static str {
                match rule {
                    $(Rule::$name => $word,)*
                }
            }
        }
    };
}
pub(super) use rules;

/// The rules of one lab, in the order of the pseudo-code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rulebook {
    pub rules: Vec<RuleText>,
}

/// One rule in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleText {
    /// Its label, the same as in the lab's `enum Rule`.
    pub name: String,
    /// Where it stands in the literature, or which flaw of the course's print it is.
    pub cite: String,
    /// Its lines of pseudo-code, without the common indentation.
    pub code: Vec<String>,
    /// Why it is so.
    pub why: String,
    /// What to say of a node when it fires, to stand after the node: `grants its vote`. May be empty;
    /// then the rule is told by its name.
    pub say: String,
}

impl Rulebook {
    /// Reads a `rules.txt`; errors name the line.
    pub fn parse(text: &str) -> Result<Rulebook, String> {
        let mut rules: Vec<RuleText> = Vec::new();
        let mut in_code = false;
        for (number, line) in text.lines().enumerate() {
            let wrong = |what: &str| format!("line {}: {what}", number + 1);
            if let Some(name) = line.strip_prefix('[') {
                let name = name.strip_suffix(']').ok_or_else(|| wrong("`]` is missing"))?;
                if rules.iter().any(|rule| rule.name == name) {
                    return Err(wrong(&format!("[{name}] is there twice")));
                }
                rules.push(RuleText { name: name.to_string(), ..RuleText::default() });
                in_code = false;
                continue;
            }
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let rule = rules.last_mut().ok_or_else(|| wrong("text before the first [rule]"))?;
            if let Some(cite) = line.strip_prefix("cite: ") {
                rule.cite = cite.to_string();
            } else if let Some(why) = line.strip_prefix("why: ") {
                rule.why = why.to_string();
                in_code = false;
            } else if let Some(say) = line.strip_prefix("say: ") {
                rule.say = say.to_string();
                in_code = false;
            } else if line == "code:" {
                in_code = true;
            } else if let (true, Some(code)) = (in_code, line.strip_prefix("  ")) {
                rule.code.push(code.to_string());
            } else {
                return Err(wrong(
                    "expected `[rule]`, `cite: `, `code:`, `why: `, `say: ` or indented code",
                ));
            }
        }
        let incomplete =
            |rule: &&RuleText| rule.cite.is_empty() || rule.code.is_empty() || rule.why.is_empty();
        match rules.iter().find(incomplete) {
            Some(rule) => Err(format!("[{}] lacks its cite, code or why", rule.name)),
            None => Ok(Rulebook { rules }),
        }
    }

    pub fn get(&self, name: &str) -> Option<&RuleText> {
        self.rules.iter().find(|rule| rule.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_read_whole() {
        let text = "[a_rule]\ncite: Raft §5.2\ncode:\n  if x:\n      y\nwhy: So.\nsay: does it\n";
        let book = Rulebook::parse(text).unwrap();
        let rule = book.get("a_rule").unwrap();
        assert_eq!(rule.code, ["if x:", "    y"]);
        assert_eq!((rule.cite.as_str(), rule.why.as_str()), ("Raft §5.2", "So."));
        assert_eq!(rule.say, "does it");
    }

    #[test]
    fn a_malformed_book_is_refused_with_its_line() {
        assert!(Rulebook::parse("[a\n").unwrap_err().starts_with("line 1"));
        assert!(Rulebook::parse("x\n").unwrap_err().starts_with("line 1"));
        assert!(Rulebook::parse("[a]\ncite: x\n").unwrap_err().contains("[a]"));
        let twice = "[a]\ncite: x\ncode:\n  y\nwhy: z\n[a]\n";
        assert!(Rulebook::parse(twice).unwrap_err().contains("twice"));
    }
}
