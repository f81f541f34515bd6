//! The state machine: a small key–value store with client sessions (Raft §8).
//!
//! A client numbers its requests and has one under way at a time. The store remembers for each client
//! the newest number that took effect and its answer, so that a request which the client repeated
//! takes effect once, however often it stands in the log.

use std::fmt;
use std::str::FromStr;

use crate::sim::NodeId;

/// A name in the store: one to eight lower-case letters or digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key([u8; 8]);

/// What may be asked of the store: `put x 1`, `get x`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Command {
    Put { key: Key, value: u64 },
    Get { key: Key },
}

/// One request of one client, the same in every repetition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequestId {
    /// Who asks.
    pub client: NodeId,
    /// Counts the client's requests, from 1 upward.
    pub number: u32,
}

/// What a command gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// A write was done.
    Done,
    /// A read found this value, or none.
    Value(Option<u64>),
}

/// The store of one server, after all that it has applied.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Store {
    /// In the order of the keys. Few, since people type them.
    values: Vec<(Key, u64)>,
    /// In the order of the clients.
    sessions: Vec<Session>,
    /// How many commands of clients took effect so far.
    effects: u64,
}

/// What the store remembers of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Session {
    /// The newest request that took effect.
    pub newest: RequestId,
    /// What it gave.
    pub answer: Answer,
}

/// One piece of a store, as it travels in a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Item {
    Value {
        key: Key,
        value: u64,
    },
    Session(Session),
    /// How many commands of clients took effect.
    Effects(u64),
}

/// What the sessions know of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// It has not taken effect.
    New,
    /// It has, and this is what it gave.
    Done(Answer),
    /// A later request of that client has; the client waits for this one no more.
    Outdated { newest: u32 },
}

impl Store {
    /// Carries out a command, and remembers its request if it has one.
    pub fn carry_out(&mut self, command: Command, request: Option<RequestId>) -> Answer {
        let answer = match command {
            Command::Put { key, value } => {
                self.put(key, value);
                Answer::Done
            }
            Command::Get { key } => Answer::Value(self.get(key)),
        };
        if let Some(request) = request {
            self.effects += 1;
            let session = Session { newest: request, answer };
            match self.session_place(request.client) {
                Ok(place) => self.sessions[place] = session,
                Err(place) => self.sessions.insert(place, session),
            }
        }
        answer
    }

    /// What the sessions know of a request.
    pub fn known(&self, request: RequestId) -> Known {
        let Ok(place) = self.session_place(request.client) else {
            return Known::New;
        };
        let Session { newest, answer } = self.sessions[place];
        match request.number.cmp(&newest.number) {
            std::cmp::Ordering::Greater => Known::New,
            std::cmp::Ordering::Equal => Known::Done(answer),
            std::cmp::Ordering::Less => Known::Outdated { newest: newest.number },
        }
    }

    /// The value of a key, if it was ever written.
    pub fn get(&self, key: Key) -> Option<u64> {
        let place = self.values.binary_search_by_key(&key, |(key, _)| *key).ok()?;
        Some(self.values[place].1)
    }

    /// Every key and its value, in the order of the keys.
    pub fn values(&self) -> &[(Key, u64)] {
        &self.values
    }

    /// Every client's session, in the order of the clients.
    pub fn sessions(&self) -> &[Session] {
        &self.sessions
    }

    /// How many commands of clients took effect so far.
    pub fn effects(&self) -> u64 {
        self.effects
    }

    /// All that the store holds, piece by piece.
    pub fn items(&self) -> Vec<Item> {
        let values = self.values.iter().map(|&(key, value)| Item::Value { key, value });
        let sessions = self.sessions.iter().copied().map(Item::Session);
        values.chain(sessions).chain([Item::Effects(self.effects)]).collect()
    }

    /// The store that holds these pieces.
    pub fn from_items(items: &[Item]) -> Store {
        let mut store = Store::default();
        for item in items {
            match *item {
                Item::Value { key, value } => store.put(key, value),
                Item::Session(session) => store.sessions.push(session),
                Item::Effects(effects) => store.effects = effects,
            }
        }
        store
    }

    fn put(&mut self, key: Key, value: u64) {
        match self.values.binary_search_by_key(&key, |(key, _)| *key) {
            Ok(place) => self.values[place].1 = value,
            Err(place) => self.values.insert(place, (key, value)),
        }
    }

    fn session_place(&self, client: NodeId) -> Result<usize, usize> {
        self.sessions.binary_search_by_key(&client, |session| session.newest.client)
    }
}

impl Item {
    /// Whether it is a client's session.
    pub fn is_session(&self) -> bool {
        matches!(self, Item::Session(_))
    }
}

/// `x=5`, `c1#7 done`.
impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Item::Value { key, value } => write!(f, "{key}={value}"),
            Item::Session(Session { newest, answer }) => write!(f, "{newest} {answer}"),
            Item::Effects(effects) => write!(f, "({effects} effects)"),
        }
    }
}

impl Key {
    /// A key of one letter, which the clients use by themselves.
    pub const fn letter(letter: char) -> Key {
        assert!(letter.is_ascii_lowercase());
        Key([letter as u8, 0, 0, 0, 0, 0, 0, 0])
    }

    /// Its bytes in one number.
    pub(super) fn bits(self) -> u64 {
        u64::from_le_bytes(self.0)
    }
}

impl RequestId {
    /// Both parts in one number, for fingerprints. Never 0.
    pub(super) fn key(self) -> u64 {
        let letter = u64::from(self.client.letter() as u32);
        letter << 40 | u64::from(self.client.number()) << 32 | u64::from(self.number)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letters = self.0.iter().take_while(|byte| **byte != 0);
        letters.into_iter().try_for_each(|byte| write!(f, "{}", *byte as char))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Key {
    type Err = String;

    fn from_str(text: &str) -> Result<Key, String> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        if text.is_empty() || text.len() > 8 || !text.bytes().all(plain) {
            return Err(format!(
                "`{text}` is not a key; a key is one to eight small letters or digits, like x"
            ));
        }
        let mut key = [0; 8];
        key[..text.len()].copy_from_slice(text.as_bytes());
        Ok(Key(key))
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Command::Put { key, value } => write!(f, "put {key} {value}"),
            Command::Get { key } => write!(f, "get {key}"),
        }
    }
}

impl FromStr for Command {
    type Err = String;

    fn from_str(text: &str) -> Result<Command, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        match words[..] {
            ["put", key, value] => {
                let wrong = || format!("`{value}` is not a value; a value is a number like 1");
                let plain = value.bytes().all(|byte| byte.is_ascii_digit());
                let value = value.parse().ok().filter(|_| plain).ok_or_else(wrong)?;
                Ok(Command::Put { key: key.parse()?, value })
            }
            ["get", key] => Ok(Command::Get { key: key.parse()? }),
            _ => Err(format!("`{text}` is not a command; ask `put x 1` or `get x`")),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Answer::Done => f.write_str("done"),
            Answer::Value(Some(value)) => write!(f, "{value}"),
            Answer::Value(None) => f.write_str("nothing"),
        }
    }
}

/// `c1#7`.
impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.client, self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(key: char, value: u64) -> Command {
        Command::Put { key: Key::letter(key), value }
    }

    fn request(client: u8, number: u32) -> RequestId {
        RequestId { client: NodeId::client(client), number }
    }

    #[test]
    fn the_sessions_know_what_took_effect() {
        let mut store = Store::default();
        assert_eq!(store.known(request(1, 1)), Known::New);
        store.carry_out(put('x', 5), Some(request(1, 1)));
        let answer = store.carry_out(Command::Get { key: Key::letter('x') }, Some(request(1, 2)));
        assert_eq!(answer, Answer::Value(Some(5)));
        assert_eq!(store.known(request(1, 2)), Known::Done(answer));
        assert_eq!(store.known(request(1, 1)), Known::Outdated { newest: 2 });
        assert_eq!(store.known(request(2, 1)), Known::New);
        assert_eq!(store.effects(), 2);
    }

    #[test]
    fn a_store_survives_being_taken_to_pieces() {
        let mut store = Store::default();
        store.carry_out(put('y', 5), Some(request(2, 1)));
        store.carry_out(put('x', 7), Some(request(1, 3)));
        assert_eq!(store.items().len(), 5);
        assert_eq!(Store::from_items(&store.items()), store);
    }

    #[test]
    fn a_key_that_was_never_written_has_no_value() {
        assert_eq!(Store::default().get(Key::letter('x')), None);
    }

    #[test]
    fn commands_are_read_back_as_they_are_written() {
        for text in ["put x 1", "get x", "put balance7 18446744073709551615"] {
            let command: Command = text.parse().unwrap();
            assert_eq!(command.to_string(), text);
        }
    }

    #[test]
    fn what_is_not_a_command_is_refused_with_an_example() {
        for text in ["", "put", "put x", "put x y", "put x -1", "put x +1", "get", "get X"] {
            assert!(text.parse::<Command>().is_err(), "{text}");
        }
        assert!("delete x".parse::<Command>().unwrap_err().contains("put x 1"));
        assert!("get ninechars".parse::<Command>().is_err());
    }
}
