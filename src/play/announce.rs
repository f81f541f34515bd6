//! What is said aloud of a run, and when: the one voice of the page.
//!
//! What the learner does is answered at once. While time runs by itself, two sentences stand at least
//! [`PAUSE_MS`] apart; what happens in between is put together, and the newest of it is told. No utterance
//! has more than [`WORDS_MAX`] words.

/// While time runs, so long passes between two utterances.
pub const PAUSE_MS: u64 = 2_000;

/// No utterance has more words.
pub const WORDS_MAX: usize = 20;

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Nothing, ever.
    Off,
    /// What the learner does, and turning points.
    KeyEvents,
    /// Every event.
    All,
}

impl Level {
    pub const ALL: [Level; 3] = [Level::Off, Level::KeyEvents, Level::All];

    /// Its name in storage and in fields.
    pub fn id(self) -> &'static str {
        match self {
            Level::Off => "off",
            Level::KeyEvents => "key-events",
            Level::All => "all",
        }
    }

    /// Its name on the page.
    pub fn word(self) -> &'static str {
        match self {
            Level::Off => "Off",
            Level::KeyEvents => "Key events",
            Level::All => "All events",
        }
    }

    pub fn read(id: &str) -> Option<Level> {
        Level::ALL.into_iter().find(|level| level.id() == id)
    }
}

/// Decides what is said and when. Times are milliseconds on any clock that never runs back.
#[derive(Clone, Debug, Default)]
pub struct Announcer {
    said_at: Option<u64>,
    /// What has not been said yet: the newest, and how many came before it.
    waiting: Option<(String, u64)>,
}

impl Announcer {
    /// An answer to what the learner did: said at once, in place of all that waits.
    pub fn answer(&mut self, text: &str, now: u64) -> String {
        self.waiting = None;
        self.said_at = Some(now);
        brief(text)
    }

    /// `count` things happened while time ran, the newest of which is `text`. Gives what is to be said
    /// now, if it is time.
    pub fn happened(&mut self, text: String, count: u64, now: u64) -> Option<String> {
        let before = self.waiting.take().map_or(0, |(_, count)| count);
        self.waiting = Some((text, before + count));
        self.due(now)
    }

    /// What is to be said now, if something waits and it is time.
    pub fn due(&mut self, now: u64) -> Option<String> {
        if self.said_at.is_some_and(|said| now < said + PAUSE_MS) {
            return None;
        }
        let (text, count) = self.waiting.take()?;
        self.said_at = Some(now);
        let text = match count {
            0 | 1 => text,
            count => format!("{count} events. Last: {text}"),
        };
        Some(brief(&text))
    }
}

/// The whole sentences of a text that stay within [`WORDS_MAX`] words; of a longer first one, its
/// beginning.
fn brief(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.len() <= WORDS_MAX {
        return words.join(" ");
    }
    let ends = |word: &&str| word.ends_with(['.', '!', '?']);
    match words[..WORDS_MAX].iter().rposition(ends) {
        Some(last) if last >= WORDS_MAX / 2 => words[..=last].join(" "),
        Some(_) | None => format!("{} …", words[..WORDS_MAX - 1].join(" ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_learner_does_is_answered_at_once() {
        let mut voice = Announcer::default();
        assert_eq!(voice.answer("n1 crashes.", 0), "n1 crashes.");
        assert_eq!(voice.answer("n1 restarts.", 1), "n1 restarts.");
    }

    #[test]
    fn while_time_runs_two_utterances_stand_two_seconds_apart() {
        let mut voice = Announcer::default();
        let mut said = Vec::new();
        for now in (0..10_000).step_by(16) {
            said.extend(voice.happened("n2 becomes leader.".into(), 1, now).map(|_| now));
        }
        assert!(
            said.len() == 5 && said.windows(2).all(|pair| pair[1] - pair[0] >= PAUSE_MS),
            "{said:?}"
        );
    }

    #[test]
    fn what_waits_is_told_by_its_newest_and_their_number() {
        let mut voice = Announcer::default();
        voice.answer("Playing.", 0);
        assert_eq!(voice.happened("n2 stands.".into(), 1, 100), None);
        assert_eq!(voice.happened("n2 leads.".into(), 3, 200), None);
        assert_eq!(voice.due(1_999), None);
        assert_eq!(voice.due(2_000).as_deref(), Some("4 events. Last: n2 leads."));
        assert_eq!(voice.due(9_000), None, "nothing is said twice");
    }

    #[test]
    fn an_answer_takes_the_place_of_what_waits() {
        let mut voice = Announcer::default();
        voice.answer("Playing.", 0);
        voice.happened("n2 stands.".into(), 1, 100);
        voice.answer("Paused.", 200);
        assert_eq!(voice.due(9_000), None);
    }

    #[test]
    fn no_utterance_has_more_than_twenty_words() {
        let words = |count: usize| vec!["word"; count].join(" ");
        let mut voice = Announcer::default();
        for text in
            [words(19), words(20), words(21), words(400), format!("{}. {}.", words(15), words(15))]
        {
            let said = voice.answer(&text, 0);
            assert!(said.split_whitespace().count() <= WORDS_MAX, "{said}");
        }
        let said = voice.answer(&format!("{}. {}.", words(15), words(15)), 0);
        assert_eq!(said, format!("{}.", words(15)), "whole sentences, if there are some");
    }
}
