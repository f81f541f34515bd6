//! Heartbeats: which of them is news.

use std::fmt;

/// "I am up": the number of the node's life, and of the heartbeat within it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Beat {
    /// Which life of the node this is, from 1 upward. It survives a crash on disk, so that a new life is
    /// told from the echo of an old one.
    pub incarnation: u64,
    /// The number of the heartbeat within the life, from 1 upward.
    pub number: u64,
}

impl fmt::Display for Beat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "life {}, beat {}", self.incarnation, self.number)
    }
}

/// What a heartbeat tells to somebody who has heard others before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// The first one ever.
    First,
    /// The one after the last.
    Next,
    /// Of the same life, but so many before it never came (or have not come yet).
    Missed(u64),
    /// Of a later life: in between, the node was down.
    NewLife,
    /// Older than what was heard already, or the same: nothing.
    Old,
}

impl Beat {
    /// The one after this.
    pub fn next(self) -> Beat {
        Beat { number: self.number + 1, ..self }
    }

    /// What it tells to somebody whose newest was `heard`.
    pub fn news(self, heard: Option<Beat>) -> News {
        let Some(heard) = heard else { return News::First };
        if self.incarnation > heard.incarnation {
            return News::NewLife;
        }
        if self <= heard {
            return News::Old;
        }
        match self.number - heard.number - 1 {
            0 => News::Next,
            missed => News::Missed(missed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_beat_is_no_news_and_a_new_life_is() {
        let at = |incarnation, number| Beat { incarnation, number };
        assert_eq!(at(1, 1).news(None), News::First);
        assert_eq!(at(1, 5).news(Some(at(1, 4))), News::Next);
        assert_eq!(at(1, 7).news(Some(at(1, 4))), News::Missed(2));
        assert_eq!(at(1, 4).news(Some(at(1, 4))), News::Old);
        assert_eq!(at(1, 900).news(Some(at(2, 1))), News::Old);
        assert_eq!(at(2, 1).news(Some(at(1, 900))), News::NewLife);
    }
}
