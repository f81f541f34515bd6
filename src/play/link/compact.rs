//! The lines of a script in a form that needs few characters and no escapes in an address.
//!
//! The acts that are frequent have a letter: `k1@1000` is `1s crash n1`. After the letter stand nodes
//! (`1` is n1, others by name: `c1`, `n12`; a `.` between them where they would run together) or a
//! message (`17` is m17), after the `@` the moment: milliseconds, `+` milliseconds after the line
//! before, or `s54`, the position. Every other line is written as it is, with `_` for the space.
//!
//! | form | act | form | act |
//! |---|---|---|---|
//! | `k1` | crash n1 | `p12-345` | partition n1 n2 \| n3 n4 n5 |
//! | `r1` | restart n1 | `d17` | drop m17 |
//! | `w1` | wipe n1 | `u17` | duplicate m17 |
//! | `z1` | pause n1 | `q17` | hurry m17 |
//! | `y1` | resume n1 | `b17` | corrupt m17 |
//! | `x12` | cut n1 n2 | `h12` | heal n1 n2 |
//! | `e` | stop | `h` | heal all |

use crate::labs::Lab;
use crate::play::script::{Act, LINES_MAX, Line, Trigger, read_line};
use crate::sim::{Input, MsgId, NodeId, Span, Time};

/// The lines, with `~` between them.
pub fn write(lines: &[Line]) -> String {
    let pieces: Vec<String> =
        lines.iter().map(|line| short(line).unwrap_or_else(|| in_full(line))).collect();
    pieces.join("~")
}

/// The lines that make sense, and a sentence for each that does not.
pub fn read(text: &str, lab: &'static Lab) -> (Vec<Line>, Vec<String>) {
    let (mut lines, mut notices) = (Vec::new(), Vec::new());
    for (place, piece) in pieces(text).into_iter().enumerate() {
        if place == LINES_MAX {
            notices.push(format!("the link has more than {LINES_MAX} acts; the rest is left out"));
            break;
        }
        let written = expand(&piece).unwrap_or_else(|| plain(&piece));
        match read_line(&written, lab) {
            // The first line of the script that this becomes is its set-up.
            Ok(line) => lines.push(Line { number: lines.len() + 2, ..line }),
            Err(why) => notices.push(format!("act {} of the link, `{written}`: {why}", place + 1)),
        }
    }
    (lines, notices)
}

// ---- writing ----

fn in_full(line: &Line) -> String {
    let mut piece = String::new();
    for c in line.to_string().chars() {
        match c {
            ' ' => piece.push('_'),
            '_' | '~' | '!' => piece.extend(['!', c]),
            _ => piece.push(c),
        }
    }
    piece
}

fn short(line: &Line) -> Option<String> {
    let moment = match &line.trigger {
        Trigger::At(time) => ms(time.0),
        Trigger::After(span) => format!("+{}", ms(span.0)),
        Trigger::Before(step) => format!("s{step}"),
        Trigger::When(_) | Trigger::Every(_) => return None,
    };
    let act = match &line.act {
        Act::Stop => "e".to_string(),
        Act::Input(template) => short_input(template.fixed()?)?,
        Act::Expect(_) => return None,
    };
    Some(format!("{act}@{moment}"))
}

fn short_input(input: &Input) -> Option<String> {
    let of_nodes = |letter: char, list: &[NodeId]| Some(format!("{letter}{}", nodes(list)));
    let of_message = |letter: char, msg: &MsgId| Some(format!("{letter}{}", &msg.to_string()[1..]));
    match input {
        Input::Crash(node) => of_nodes('k', &[*node]),
        Input::Restart(node) => of_nodes('r', &[*node]),
        Input::Wipe(node) => of_nodes('w', &[*node]),
        Input::Pause(node) => of_nodes('z', &[*node]),
        Input::Resume(node) => of_nodes('y', &[*node]),
        Input::Cut(from, to) => of_nodes('x', &[*from, *to]),
        Input::Heal(from, to) => of_nodes('h', &[*from, *to]),
        Input::HealAll => Some("h".into()),
        Input::Partition(groups) => {
            let groups: Vec<String> = groups.iter().map(|group| nodes(group)).collect();
            Some(format!("p{}", groups.join("-")))
        }
        Input::Drop(msg) => of_message('d', msg),
        Input::Duplicate(msg) => of_message('u', msg),
        Input::Hurry(msg) => of_message('q', msg),
        Input::Corrupt(msg) => of_message('b', msg),
        Input::Slow(..)
        | Input::SlowDisk(..)
        | Input::Skew(..)
        | Input::Link(..)
        | Input::Delay(..)
        | Input::FireTimer(..)
        | Input::Command(..)
        | Input::Fault(..)
        | Input::Set(..) => None,
    }
}

/// Microseconds as milliseconds, with as many decimals as are needed.
fn ms(us: u64) -> String {
    let (whole, rest) = (us / 1_000, us % 1_000);
    if rest == 0 {
        return whole.to_string();
    }
    let decimals = format!("{rest:03}");
    format!("{whole}.{}", decimals.trim_end_matches('0'))
}

fn nodes(list: &[NodeId]) -> String {
    let mut text = String::new();
    for node in list {
        let name = node.to_string();
        let bare = name.strip_prefix('n').filter(|digits| digits.len() == 1);
        let runs_on = bare.is_some() && after_a_name(&text);
        if runs_on {
            text.push('.');
        }
        text.push_str(bare.unwrap_or(&name));
    }
    text
}

/// Whether a text ends with a node by its name, whose number a further digit would lengthen.
fn after_a_name(text: &str) -> bool {
    let before = text.trim_end_matches(|c: char| c.is_ascii_digit());
    before.len() < text.len() && before.ends_with(|c: char| c.is_ascii_lowercase())
}

// ---- reading ----

/// The pieces between the `~`, escapes still in them.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let piece = pieces.last_mut().expect("there is a first one");
        match c {
            '~' => pieces.push(String::new()),
            '!' => {
                piece.push('!');
                piece.extend(chars.next());
            }
            _ => piece.push(c),
        }
    }
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

/// A line that was written in full.
fn plain(piece: &str) -> String {
    let mut line = String::new();
    let mut chars = piece.chars();
    while let Some(c) = chars.next() {
        match c {
            '_' => line.push(' '),
            '!' => line.extend(chars.next()),
            _ => line.push(c),
        }
    }
    line
}

/// The line of a piece in the short form; `None` if it is not in that form.
fn expand(piece: &str) -> Option<String> {
    let (act, moment) = piece.split_once('@')?;
    let mut chars = act.chars();
    let letter = chars.next()?;
    let rest = chars.as_str();
    let one_word = |word: &str| Some(format!("{word} {}", names(rest)?));
    let message = |word: &str| {
        let digits = !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| format!("{word} m{rest}"))
    };
    let act = match (letter, rest) {
        ('e', "") => "stop".to_string(),
        ('h', "") => "heal all".to_string(),
        ('k', _) => one_word("crash")?,
        ('r', _) => one_word("restart")?,
        ('w', _) => one_word("wipe")?,
        ('z', _) => one_word("pause")?,
        ('y', _) => one_word("resume")?,
        ('x', _) => one_word("cut")?,
        ('h', _) => one_word("heal")?,
        ('p', _) => {
            let groups: Option<Vec<String>> = rest.split('-').map(names).collect();
            format!("partition {}", groups?.join(" | "))
        }
        ('d', _) => message("drop")?,
        ('u', _) => message("duplicate")?,
        ('q', _) => message("hurry")?,
        ('b', _) => message("corrupt")?,
        _ => return None,
    };
    Some(format!("{} {act}", trigger(moment)?))
}

/// Nodes that were written one after the other, in words.
fn names(text: &str) -> Option<String> {
    let mut names: Vec<String> = Vec::new();
    let mut open = false;
    for c in text.chars() {
        match c {
            'a'..='z' => {
                names.push(c.to_string());
                open = true;
            }
            '0'..='9' if open => names.last_mut()?.push(c),
            '0'..='9' => names.push(format!("n{c}")),
            '.' => open = false,
            _ => return None,
        }
    }
    (!names.is_empty()).then(|| names.join(" "))
}

fn trigger(moment: &str) -> Option<String> {
    if let Some(step) = moment.strip_prefix('s') {
        return Some(format!("@{step}"));
    }
    let (sign, number) = match moment.strip_prefix('+') {
        Some(number) => ("+", number),
        None => ("", moment),
    };
    let us = format!("{number}ms").parse::<Span>().ok()?.0;
    Some(match sign {
        "" => Time(us).to_script(),
        _ => format!("+{}", Span(us).to_script()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_run_together_only_where_they_can_be_told_apart() {
        let list: Vec<NodeId> =
            ["n1", "c1", "n2", "n12", "n3", "n4"].map(|name| name.parse().unwrap()).to_vec();
        assert_eq!(nodes(&list), "1c1.2n12.34");
        assert_eq!(names("1c1.2n12.34").unwrap(), "n1 c1 n2 n12 n3 n4");
    }

    #[test]
    fn the_short_form_reads_as_the_line_that_it_stands_for() {
        for (piece, line) in [
            ("k1@1000", "1.000s crash n1"),
            ("p12-345c1@1700.5", "1.700500s partition n1 n2 | n3 n4 n5 c1"),
            ("h@+50", "+50ms heal all"),
            ("x12@s54", "@54 cut n1 n2"),
            ("d17@0", "0.000s drop m17"),
            ("e@2000", "2.000s stop"),
        ] {
            assert_eq!(expand(piece).as_deref(), Some(line));
        }
        for piece in ["", "k", "k1", "k@1000", "k1@", "g1@1000", "d@5", "1s_crash_n1"] {
            assert_eq!(expand(piece), None, "{piece}");
        }
    }

    #[test]
    fn what_separates_can_also_be_said() {
        assert_eq!(plain("1s_set_heartbeat!_ms_50"), "1s set heartbeat_ms 50");
        assert_eq!(pieces("a!~b~c!!~d"), ["a!~b", "c!!", "d"]);
        assert_eq!(plain("a!~b"), "a~b");
    }
}
