//! Reading a script.

use crate::labs::{Claim, Lab, Setup, check_live_param};
use crate::sim::{Latency, LinkSettings, MsgId, NodeId, Span, StepIndex, Time};

use super::act::{Names, Read, Template, Word, Wrong, at, words};
use super::{
    Act, Condition, LINES_MAX, Line, Party, Script, ScriptError, TEXT_MAX, TIME_MAX, Trigger,
};

pub(super) fn script(text: &str, labs: &[&'static Lab]) -> Result<Script, ScriptError> {
    if text.len() > TEXT_MAX || text.lines().count() > LINES_MAX {
        let message = format!("the script is too long: at most {LINES_MAX} lines and 1 MiB");
        return Err(ScriptError { line: 1, column: 1, message });
    }
    let numbered = text.lines().enumerate();
    let in_words = numbered.map(|(i, line)| (i + 1, words(without_comment(line), 1)));
    let mut lines = in_words.filter(|(_, words)| !words.is_empty());
    let example = "expected a first line such as `lab raft seed=42`";
    let Some((number, first)) = lines.next() else {
        return Err(ScriptError { line: 1, column: 1, message: example.to_string() });
    };
    let setup = setup(&first, labs).map_err(|wrong| wrong.on(number))?;
    let mut script = Script { setup, lines: Vec::new(), digest: None };
    while let Some((number, words)) = lines.next() {
        if words[0].text == "digest" {
            script.digest = Some(digest(&words).map_err(|wrong| wrong.on(number))?);
            return match lines.next() {
                None => Ok(script),
                Some((line, words)) => {
                    let message = "nothing may follow the digest".to_string();
                    Err(ScriptError { line, column: words[0].column, message })
                }
            };
        }
        let (trigger, act) = line(&words, script.setup.lab()).map_err(|wrong| wrong.on(number))?;
        script.lines.push(Line { number, trigger, act });
    }
    Ok(script)
}

pub(super) fn single_act(text: &str, lab: &'static Lab) -> Result<Act, String> {
    let words = words(without_comment(text), 1);
    if words.is_empty() {
        return Err("expected an act such as `crash n1`".into());
    }
    act(&words, lab, false).map_err(|wrong| wrong.message)
}

pub(super) fn single_line(text: &str, lab: &'static Lab) -> Result<Line, String> {
    let words = words(without_comment(text), 1);
    if words.is_empty() {
        return Err("expected a line such as `1s crash n1`".into());
    }
    let (trigger, act) = line(&words, lab).map_err(|wrong| wrong.message)?;
    Ok(Line { number: 1, trigger, act })
}

pub(super) fn single_condition(text: &str, lab: &'static Lab) -> Result<Condition, String> {
    condition(&words(text, 1), 1, lab).map_err(|wrong| wrong.message)
}

/// Sets what stands before the `=`: a parameter, `seed` or `variant`.
pub(super) fn single_choice(setup: &mut Setup, text: &str) -> Result<(), String> {
    let pair = text.split_once('=');
    let (name, value) = pair.ok_or_else(|| format!("expected name=value, not `{text}`"))?;
    choose(setup, name, value)
}

impl Wrong {
    fn on(self, line: usize) -> ScriptError {
        ScriptError { line, column: self.column, message: self.message }
    }
}

/// A `#` begins a comment at the start of a line or after a space.
fn without_comment(line: &str) -> &str {
    let begins = |&(place, _): &(usize, &str)| {
        line[..place].chars().next_back().is_none_or(char::is_whitespace)
    };
    let comment = line.match_indices('#').find(begins);
    comment.map_or(line, |(place, _)| &line[..place])
}

fn wrong<T>(column: usize, message: impl Into<String>) -> Read<T> {
    Err(Wrong { column, message: message.into() })
}

/// The column after the last word.
fn end(words: &[Word<'_>]) -> usize {
    words.last().map_or(1, |word| word.column + word.text.chars().count() + 1)
}

fn setup(words: &[Word<'_>], labs: &[&'static Lab]) -> Read<Setup> {
    if words[0].text != "lab" {
        return wrong(words[0].column, "expected a first line such as `lab raft seed=42`");
    }
    let known = || labs.iter().map(|lab| lab.id).collect::<Vec<_>>().join(", ");
    let Some(name) = words.get(1) else {
        return wrong(end(words), format!("expected a lab: {}", known()));
    };
    let Some(lab) = labs.iter().copied().find(|lab| lab.id == name.text) else {
        let message = format!("there is no lab `{}`; there are {}", name.text, known());
        return wrong(name.column, message);
    };
    let mut setup = Setup::new(lab, 1);
    let mut seen: Vec<&str> = Vec::new();
    for &word in &words[2..] {
        let Some((name, value)) = word.text.split_once('=') else {
            return wrong(word.column, format!("expected name=value, not `{}`", word.text));
        };
        if seen.contains(&name) {
            return wrong(word.column, format!("`{name}` is there twice"));
        }
        seen.push(name);
        at(word, choose(&mut setup, name, value))?;
    }
    Ok(setup)
}

fn choose(setup: &mut Setup, name: &str, value: &str) -> Result<(), String> {
    if name == "variant" {
        return setup.set_variant(value);
    }
    let number = |what: &str| {
        let digits = value.bytes().all(|byte| byte.is_ascii_digit());
        let number = value.parse::<u64>().ok().filter(|_| digits);
        number.ok_or_else(|| format!("{what} is a whole number, not `{value}`"))
    };
    if name == "seed" {
        setup.seed = number("a seed")?;
        return Ok(());
    }
    match setup.lab().param(name) {
        Some(param) => setup.set_param(name, param.read(value)?),
        None => {
            let names = setup.lab().params.iter().map(|param| param.name);
            let names: Vec<&str> = ["seed", "variant"].into_iter().chain(names).collect();
            Err(format!("{} has no `{name}`; it has {}", setup.lab().id, names.join(", ")))
        }
    }
}

fn digest(words: &[Word<'_>]) -> Read<String> {
    let expected = "expected 16 hexadecimal digits";
    let Some(hex) = words.get(1) else { return wrong(end(words), expected) };
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if hex.text.len() != 16 || !hex.text.bytes().all(is_hex) {
        return wrong(hex.column, expected);
    }
    nothing_after(words, 2)?;
    Ok(hex.text.to_string())
}

fn nothing_after(words: &[Word<'_>], count: usize) -> Read<()> {
    match words.get(count) {
        None => Ok(()),
        Some(word) => wrong(word.column, format!("`{}` is too much here", word.text)),
    }
}

fn line(words: &[Word<'_>], lab: &'static Lab) -> Read<(Trigger, Act)> {
    let first = words[0];
    let (trigger, rest) = match first.text {
        "when" => {
            let (condition, rest) = condition_and_rest(words, lab)?;
            (Trigger::When(condition), rest)
        }
        "every" => {
            let (condition, rest) = condition_and_rest(words, lab)?;
            (Trigger::Every(condition), rest)
        }
        _ => (at(first, moment(first.text))?, words[1..].to_vec()),
    };
    if rest.is_empty() {
        return wrong(end(words), "expected an act such as `crash n1`");
    }
    let (Trigger::When(condition) | Trigger::Every(condition)) = &trigger else {
        return Ok((trigger, act(&rest, lab, false)?));
    };
    let message = matches!(condition, Condition::Sent { .. });
    let act = act(&rest, lab, message)?;
    Ok((trigger, act))
}

fn moment(word: &str) -> Result<Trigger, String> {
    if let Some(step) = word.strip_prefix('@') {
        let digits = step.bytes().all(|byte| byte.is_ascii_digit());
        let step = step.parse::<StepIndex>().ok().filter(|_| digits);
        return step
            .map(Trigger::Before)
            .ok_or_else(|| format!("`{word}` is not a position such as @54"));
    }
    let bounded = |text: &str| {
        let span: Span = text.parse()?;
        if Time(span.0) > TIME_MAX {
            return Err(format!("`{word}` is too late; at most a day"));
        }
        Ok(span)
    };
    if let Some(wait) = word.strip_prefix('+') {
        return bounded(wait).map(Trigger::After);
    }
    if word.starts_with(|c: char| c.is_ascii_digit()) {
        return bounded(word).map(|span| Trigger::At(Time(span.0)));
    }
    Err(format!(
        "`{word}` is not a trigger; expected a time such as 1.250s, +200ms or @54, or `when …:` or \
         `every …:`"
    ))
}

/// The condition after the first word, up to the colon, and the words after it.
fn condition_and_rest<'a>(
    words: &[Word<'a>],
    lab: &'static Lab,
) -> Read<(Condition, Vec<Word<'a>>)> {
    let Some(last) = words.iter().position(|word| word.text.contains(':')) else {
        return wrong(end(words), "expected a `:` after the condition");
    };
    let colon = words[last];
    let (before, after) = colon.text.split_once(':').expect("it contains one");
    let mut inside = words[1..last.max(1)].to_vec();
    if last > 0 && !before.is_empty() {
        inside.push(Word { column: colon.column, text: before });
    }
    let mut rest = Vec::new();
    if !after.is_empty() {
        let column = colon.column + before.chars().count() + 1;
        rest.push(Word { column, text: after });
    }
    rest.extend_from_slice(&words[last + 1..]);
    let column = words[0].column + words[0].text.chars().count() + 1;
    Ok((condition(&inside, column, lab)?, rest))
}

/// A condition that takes all of these words, the first of which is expected at `column`.
fn condition(words: &[Word<'_>], column: usize, lab: &'static Lab) -> Read<Condition> {
    let Some(&first) = words.first() else {
        return wrong(column, format!("expected a condition: {}", conditions(lab)));
    };
    match first.text {
        "not" => match condition(&words[1..], end(&words[..1]), lab)? {
            Condition::Sent { .. } | Condition::Not(_) => {
                wrong(words[1].column, "expected a goal or a selector after `not`")
            }
            inner @ (Condition::Means(..) | Condition::MeansSome(_) | Condition::Goal(_)) => {
                Ok(Condition::Not(Box::new(inner)))
            }
        },
        "sent" => {
            let Some(kind) = words.get(1) else {
                return wrong(end(words), "expected a kind of message, a sender and a receiver");
            };
            let from = party(words, 2, "a sender", lab)?;
            let to = party(words, 3, "a receiver", lab)?;
            nothing_after(words, 4)?;
            Ok(Condition::Sent { kind: kind.text.to_string(), from, to })
        }
        name => {
            if let Some(selector) = claim(lab.selectors, name) {
                nothing_after(words, 2)?;
                return match words.get(1) {
                    None => Ok(Condition::MeansSome(selector)),
                    Some(&node) => Ok(Condition::Means(selector, at(node, node.text.parse())?)),
                };
            }
            let Some(goal) = claim(lab.goals, name) else {
                let message = format!("`{name}` is not a condition; expected {}", conditions(lab));
                return wrong(first.column, message);
            };
            nothing_after(words, 1)?;
            Ok(Condition::Goal(goal))
        }
    }
}

/// What may stand as a condition in scripts of this lab.
fn conditions(lab: &Lab) -> String {
    let mut names = vec!["`sent KIND FROM TO`".to_string()];
    names.extend(lab.selectors.iter().map(|claim| format!("`{}`", claim.name)));
    names.extend(lab.goals.iter().map(|claim| format!("`{}`", claim.name)));
    names.join(", ")
}

fn claim(claims: &'static [Claim], name: &str) -> Option<&'static str> {
    claims.iter().map(|claim| claim.name).find(|known| *known == name)
}

fn party(words: &[Word<'_>], place: usize, what: &str, lab: &'static Lab) -> Read<Party> {
    let Some(&word) = words.get(place) else {
        return wrong(end(words), format!("expected {what}: a node, a selector or *"));
    };
    if word.text == "*" {
        return Ok(Party::Anybody);
    }
    match claim(lab.selectors, word.text) {
        Some(selector) => Ok(Party::Selector(selector)),
        None => Ok(Party::Node(at(word, node(lab, word.text))?)),
    }
}

fn node(lab: &Lab, word: &str) -> Result<NodeId, String> {
    word.parse().map_err(|wrong: String| match lab.selectors {
        [] => wrong,
        selectors => {
            let names: Vec<&str> = selectors.iter().map(|claim| claim.name).collect();
            format!("{wrong}; or by what they are: {}", names.join(", "))
        }
    })
}

fn act(words: &[Word<'_>], lab: &'static Lab, message: bool) -> Read<Act> {
    match words[0].text {
        "stop" => {
            nothing_after(words, 1)?;
            Ok(Act::Stop)
        }
        "expect" => {
            let condition = condition(&words[1..], end(&words[..1]), lab)?;
            if let Condition::Sent { .. } = condition {
                return wrong(words[1].column, "expected a goal or a selector after `expect`");
            }
            Ok(Act::Expect(condition))
        }
        _ => Template::read(words, &Unknown { lab, message }).map(Act::Input),
    }
}

/// The names of a lab that does not run: whatever could mean something will do.
struct Unknown {
    lab: &'static Lab,
    /// Whether there is a message that `it` means.
    message: bool,
}

impl Names for Unknown {
    fn node(&self, word: &str) -> Result<NodeId, String> {
        match claim(self.lab.selectors, word) {
            Some(_) => Ok(NodeId::new('z', u8::MAX)),
            None => node(self.lab, word),
        }
    }

    fn message(&self, word: &str) -> Result<MsgId, String> {
        match (word, self.message) {
            ("it", true) => Ok(MsgId(0)),
            ("it", false) => Err("`it` means a message only after `sent …:`".into()),
            _ => word.parse(),
        }
    }

    fn link(&self) -> LinkSettings {
        LinkSettings::reliable(Latency::Constant(Span::from_ms(1)))
    }

    fn request(&self, text: &str, fault: bool) -> Result<(), String> {
        let (forms, what) =
            if fault { (self.lab.faults, "fault") } else { (self.lab.commands, "command") };
        let verb = |text: &str| text.split_whitespace().next().map(str::to_string);
        if forms.iter().any(|form| verb(form.name) == verb(text)) {
            return Ok(());
        }
        let id = self.lab.id;
        Err(match forms {
            [] => format!("{id} has no {what}s of its own"),
            _ => {
                let names: Vec<String> =
                    forms.iter().map(|form| format!("`{}`", form.name)).collect();
                format!("{id} has no {what} `{text}`; it has {}", names.join(", "))
            }
        })
    }

    fn set(&self, param: &str, value: u64) -> Result<(), String> {
        check_live_param(self.lab, param, value)
    }
}

#[cfg(test)]
mod tests {
    use crate::play::testing;
    use crate::sim::rng::{Purpose, Rng};

    /// A line of every form, as it is printed.
    const ALL_FORMS: &str = "\
lab ring seed=7 greet_ms=50 variant=double
1.250s crash n1
+200ms restart n1
@54 cut n2 n3
when first n3: wipe n3
when first: crash first
when not first: command n2 add 4
when not first n1: pause n1
every warm: resume n1
every not warm: expect not warm
when sent Hello n1 *: drop it
every sent Hi first n2: delay it 20ms
every sent Hi * *: duplicate it
0.000s slow n1 50ms
0.000001s slow-disk n1 0s
1.000s skew n1 +500ppm
1.000s heal n1 n2
1.000s heal all
1.000s partition n1 n2 | n3
1.000s partition first | n2 n3
1.000s link n1 n2 latency=5ms..15ms loss=20%
1.000s link n1 n2 loss=20%
1.000s hurry m17
1.000s corrupt m17
1.000s fire n1 greet
1.000s fault n1 forget
1.000s set greet_ms 50
1.000s expect first n2
1.000s expect first
8.000s stop
digest 0123456789abcdef
";

    #[test]
    fn every_form_is_read_and_printed_alike() {
        let script = testing::script(ALL_FORMS).unwrap();
        assert_eq!(script.to_string(), ALL_FORMS);
        assert_eq!(testing::script(&script.to_string()), Ok(script));
    }

    #[test]
    fn comments_and_spaces_do_not_matter() {
        let text = "# A story.\n\n  lab  ring # three nodes\n 1s   partition n1|n2  n3 #so\n";
        let script = testing::script(text).unwrap();
        assert_eq!(
            script.to_string(),
            "lab ring seed=1 variant=corrected\n1.000s partition n1 | n2 n3\n"
        );
        assert_eq!(script.lines[0].number, 4);
    }

    #[test]
    fn an_error_names_its_place_and_what_was_expected() {
        let lines = [
            ("crash n1", 1, "trigger"),
            ("1s", 4, "expected an act"),
            ("1s crash", 10, "expected a node"),
            ("1s crash n0", 10, "nodes are written like n3"),
            ("1s crash n0", 10, "first"),
            ("1s crash n1 n2", 13, "too much"),
            ("1s explode n1", 4, "`explode` is not an act"),
            ("1s slow n1 soon", 12, "50ms"),
            ("1s skew n1 500", 12, "+500ppm"),
            ("1s partition n1 n2", 20, "groups"),
            ("1s link n1 n2 loss=200%", 15, "100%"),
            ("1s drop it", 9, "sent"),
            ("1s command n1 fly", 15, "`add NUMBER`"),
            ("1s set nodes 4", 8, "at the start"),
            ("1s set greet_ms 0", 8, "from 1 to 10000"),
            ("@x crash n1", 1, "@54"),
            ("2d crash n1", 1, "1.25s"),
            ("90000s crash n1", 1, "a day"),
            ("when hot: crash n1", 6, "`warm`"),
            ("when warm crash n1", 20, "`:`"),
            ("when : crash n1", 6, "expected a condition"),
            ("when sent Hello n1: crash n1", 20, "a receiver"),
            ("when not sent Hello * *: crash n1", 10, "after `not`"),
            ("1s expect sent Hello * *", 11, "after `expect`"),
            ("digest 123", 8, "16 hexadecimal"),
        ];
        for (line, column, expected) in lines {
            let error = testing::script(&format!("lab ring\n{line}\n")).unwrap_err();
            assert_eq!((error.line, error.column), (2, column), "{line}: {error}");
            assert!(error.message.contains(expected), "{line}: {error}");
        }
    }

    #[test]
    fn an_error_in_the_first_line_says_what_there_is() {
        let texts = [
            ("", 1, "lab raft"),
            ("1s crash n1", 1, "lab raft"),
            ("lab", 5, "ring"),
            ("lab rong", 5, "ring"),
            ("lab ring seed", 10, "name=value"),
            ("lab ring seed=x", 10, "whole number"),
            ("lab ring seed=1 seed=2", 17, "twice"),
            ("lab ring nodes=99", 10, "from 2 to 9"),
            ("lab ring speed=1", 10, "greet_ms"),
            ("lab ring variant=none", 10, "corrected, double"),
        ];
        for (text, column, expected) in texts {
            let error = testing::script(text).unwrap_err();
            assert_eq!((error.line, error.column), (1, column), "{text}: {error}");
            assert!(error.message.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn what_follows_a_digest_is_refused() {
        let text = "lab ring\ndigest 0123456789abcdef\n1s stop\n";
        assert_eq!(testing::script(text).unwrap_err().line, 3);
    }

    #[test]
    fn no_text_makes_the_reader_panic() {
        let lines: Vec<&str> = ALL_FORMS.lines().collect();
        let pieces: Vec<char> = " :#@+|=.,*mn190sxé%\u{1F4A5}\t".chars().collect();
        for round in 0..20_000 {
            let mut rng = Rng::new(1, Purpose::Outside(0), round);
            let mut line: Vec<char> = lines[rng.below(30) as usize].chars().collect();
            for _ in 0..=rng.below(4) {
                let place = rng.below(line.len() as u64 + 1) as usize;
                let piece = pieces[rng.below(pieces.len() as u64) as usize];
                match rng.below(3) {
                    0 => line.insert(place, piece),
                    1 if place < line.len() => line[place] = piece,
                    _ => line.truncate(place),
                }
            }
            let line: String = line.into_iter().collect();
            let text = format!("lab ring\n{line}\n");
            if let Ok(script) = testing::script(&text) {
                let again = testing::script(&script.to_string());
                assert_eq!(again.as_ref(), Ok(&script), "{text}");
            }
            let _ = testing::script(&line);
        }
    }
}
