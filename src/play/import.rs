//! A run that somebody brings along: a script, or the JSON lines of a run.

use serde::Deserialize;

use crate::labs::LISTING;

use super::script::TEXT_MAX;

/// No file is larger than this, in bytes: what a run of a few hundred thousand steps takes as JSON.
pub const FILE_MAX: usize = 256 << 20;

/// What was brought along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The id of the lab that it is for. There is such a lab.
    pub lab: &'static str,
    /// The script, not yet checked against the lab.
    pub script: String,
}

/// Reads a file's text. What is wrong with it is told in one sentence that says what would be right.
pub fn import(text: &str) -> Result<Import, String> {
    if text.len() > FILE_MAX {
        return Err("the file is too large: at most 256 MiB".into());
    }
    let script = match text.trim_start().starts_with('{') {
        true => of_json_lines(text)?,
        false => text.to_string(),
    };
    if script.len() > TEXT_MAX {
        return Err("the script is too long: at most 1 MiB".into());
    }
    let lines = script.lines().map(str::trim);
    let first = lines.clone().find(|line| !line.is_empty() && !line.starts_with('#'));
    let mut words = first.unwrap_or_default().split_whitespace();
    let (Some("lab"), Some(id)) = (words.next(), words.next()) else {
        return Err("this is not a script: its first line should be like `lab raft seed=42`".into());
    };
    let known = LISTING.iter().find(|lab| lab.id == id);
    let lab = known.map(|lab| lab.id).ok_or_else(|| {
        let ids: Vec<&str> = LISTING.iter().map(|lab| lab.id).collect();
        format!("there is no lab `{}`; there are {}", shortened(id), ids.join(", "))
    })?;
    Ok(Import { lab, script })
}

/// The last line of a run as JSON, as far as it is needed.
#[derive(Deserialize)]
struct LastLine {
    end: End,
}

#[derive(Deserialize)]
struct End {
    script: String,
}

fn of_json_lines(text: &str) -> Result<String, String> {
    let last = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let read = serde_json::from_str::<LastLine>(last);
    read.map(|last| last.end.script).map_err(|_| {
        "this is not a whole run as JSON lines: the last line should be like \
         {\"end\": {\"script\": …}}"
            .into()
    })
}

/// A word of a stranger's file, short enough for a sentence.
fn shortened(word: &str) -> String {
    word.chars().take(30).collect()
}
