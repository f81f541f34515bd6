//! What an embedded page and its host say to each other, by `postMessage`.
//!
//! Every message is an object `{ns: "faultline", v: 1, id, type, …}`. A host speaks [`Request`]s, and
//! the page answers with a [`Notice`] that bears the same `id`. What is malformed is answered with an
//! `error` that says what was wrong; nothing else happens. `getState`, `setState` and `getGrade` are
//! the three functions that Open edX's JSInput calls. An `xapi` statement has verb, object and result
//! but no actor: that is the host's to add, and nothing is sent anywhere else.
//!
//! ```js
//! frame.contentWindow.postMessage({ns: "faultline", v: 1, id: "1", type: "hello"}, "https://…");
//! frame.contentWindow.postMessage({ns: "faultline", v: 1, id: "2", type: "inject", act: "crash leader"}, "https://…");
//! ```

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::sim::{StepIndex, Time};

/// The name that tells these messages from all others that pass between windows.
pub const NAMESPACE: &str = "faultline";

/// The version of this protocol.
pub const VERSION: u64 = 1;

/// No message is longer than this, in characters.
pub const LENGTH_MAX: usize = 1 << 20;

/// What a host asks.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum Request {
    /// The first message: from now on the page answers to this origin.
    Hello,
    Play,
    Pause,
    /// On by one event.
    Step,
    /// Back by one event.
    Back,
    /// To a moment in simulated milliseconds, or to a position.
    Seek {
        #[serde(default)]
        t: Option<f64>,
        #[serde(default)]
        step: Option<StepIndex>,
    },
    /// The run begins again without the learner's acts.
    Reset,
    /// An act as in a script: `crash leader`.
    Inject {
        act: String,
    },
    GetState,
    /// What `getState` gave.
    SetState {
        state: String,
    },
    GetGrade,
    /// The kinds of notices that the host wants to hear of: `event`, `stage`, `check`, `xapi`, `key`.
    Subscribe {
        to: Vec<Topic>,
    },
    SetTheme {
        theme: String,
    },
    SetLang {
        lang: String,
    },
    /// Gives the page the focus.
    Focus,
}

/// A kind of notice that is only sent to those who ask for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Topic {
    Event,
    Stage,
    Check,
    Xapi,
    Key,
}

/// A request with the name that the answer bears.
#[derive(Clone, Debug, PartialEq)]
pub struct Letter {
    pub id: String,
    pub request: Request,
}

/// Why a message is not understood.
#[derive(Clone, Debug, PartialEq)]
pub enum Unread {
    /// It is not meant for the page: some other program's message, to be passed over in silence.
    NotOurs,
    /// It is, and it is malformed.
    Malformed {
        id: String,
        /// What is wrong, and what is expected.
        why: String,
    },
}

impl Letter {
    /// Reads a message, given as JSON.
    pub fn read(text: &str) -> Result<Letter, Unread> {
        if text.len() > LENGTH_MAX {
            return Err(Unread::NotOurs);
        }
        let Ok(Value::Object(mut fields)) = serde_json::from_str::<Value>(text) else {
            return Err(Unread::NotOurs);
        };
        if fields.remove("ns").as_ref().and_then(Value::as_str) != Some(NAMESPACE) {
            return Err(Unread::NotOurs);
        }
        let id = match fields.remove("id") {
            Some(Value::String(id)) if id.len() <= 64 => id,
            Some(Value::Number(id)) => id.to_string(),
            None | Some(Value::Null) => String::new(),
            Some(_) => {
                let why = "`id` is a text of at most 64 characters, or a number".to_string();
                return Err(Unread::Malformed { id: String::new(), why });
            }
        };
        match fields.remove("v").as_ref().and_then(Value::as_u64) {
            Some(VERSION) => {}
            _ => {
                let why = format!("`v` is the version of this protocol, {VERSION}");
                return Err(Unread::Malformed { id, why });
            }
        }
        match serde_json::from_value(Value::Object(fields)) {
            Ok(request) => Ok(Letter { id, request }),
            Err(error) => Err(Unread::Malformed { id, why: error.to_string() }),
        }
    }
}

/// What the page says.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Notice {
    /// The page is there. Says nothing about the learner, so that it may be said to anybody.
    Ready {
        version: &'static str,
        lab: String,
    },
    /// How high the page would like to be, in CSS pixels. May be said to anybody, too.
    Height {
        px: u32,
    },
    /// A request was carried out.
    Done,
    /// A step was taken.
    Event {
        index: StepIndex,
        #[serde(rename = "timeUs")]
        time: Time,
        text: String,
    },
    /// A fault came to another stage.
    Stage {
        fault: String,
        stage: String,
        #[serde(rename = "timeUs")]
        time: Time,
    },
    /// What `setState` takes.
    State {
        state: String,
    },
    /// How much of what the script expects has come true.
    Grade(Grade),
    /// An expectation of the script was tried.
    Check {
        line: u64,
        pass: bool,
        #[serde(flatten)]
        grade: Grade,
    },
    /// The script has come to its end.
    Completed(Grade),
    /// A statement for a learning record store, without its actor.
    Xapi {
        statement: Value,
    },
    /// A key that the host wants to hear of.
    Key {
        key: String,
    },
    /// The learner leaves the page by Escape; the host takes the focus.
    FocusExit,
    Error {
        why: String,
    },
}

impl Notice {
    /// Whether it may be sent to anybody: it tells nothing about what the learner did.
    pub fn is_public(&self) -> bool {
        matches!(self, Notice::Ready { .. } | Notice::Height { .. })
    }

    /// The topic that one must have asked for to hear it, if there is one.
    pub fn topic(&self) -> Option<Topic> {
        match self {
            Notice::Event { .. } => Some(Topic::Event),
            Notice::Stage { .. } => Some(Topic::Stage),
            Notice::Check { .. } | Notice::Completed(_) => Some(Topic::Check),
            Notice::Xapi { .. } => Some(Topic::Xapi),
            Notice::Key { .. } => Some(Topic::Key),
            Notice::Ready { .. }
            | Notice::Height { .. }
            | Notice::Done
            | Notice::State { .. }
            | Notice::Grade(_)
            | Notice::FocusExit
            | Notice::Error { .. } => None,
        }
    }

    /// The message as JSON. `id` is that of the request, or the frame's own name.
    pub fn write(&self, id: &str) -> String {
        let mut message = serde_json::to_value(self).expect("a notice is plain data");
        message["ns"] = NAMESPACE.into();
        message["v"] = VERSION.into();
        message["id"] = id.into();
        message.to_string()
    }
}

/// How much of what a run's script expects has come true: the grade of an exercise that is given as a
/// link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Grade {
    /// The expectations that were met.
    pub met: u64,
    /// All expectations of the script.
    pub of: u64,
}

impl Grade {
    /// From 0 to 100; an exercise that expects nothing is worth nothing.
    pub fn percent(self) -> u64 {
        (self.met.min(self.of) * 100).checked_div(self.of).unwrap_or(0)
    }
}

/// What a statement says that the learner did (<http://adlnet.gov/expapi/verbs>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    Initialized,
    Interacted,
    Answered,
    Passed,
    Failed,
    Completed,
}

impl Verb {
    pub fn word(self) -> &'static str {
        match self {
            Verb::Initialized => "initialized",
            Verb::Interacted => "interacted",
            Verb::Answered => "answered",
            Verb::Passed => "passed",
            Verb::Failed => "failed",
            Verb::Completed => "completed",
        }
    }
}

/// A statement in the form of the Experience API (xAPI 1.0.3 §2.4), without its actor.
pub fn statement(verb: Verb, object: &str, name: &str, grade: Option<Grade>) -> Value {
    let word = verb.word();
    let mut statement = json!({
        "verb": {
            "id": format!("http://adlnet.gov/expapi/verbs/{word}"),
            "display": { "en": word },
        },
        "object": { "id": object, "definition": { "name": { "en": name } } },
    });
    if let Some(grade) = grade {
        statement["result"] = json!({
            "score": { "raw": grade.met, "min": 0, "max": grade.of },
            "success": grade.of > 0 && grade.met == grade.of,
        });
    }
    statement
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<Request, String> {
        let text = format!(r#"{{"ns":"faultline","v":1,"id":"7",{body}}}"#);
        match Letter::read(&text) {
            Ok(letter) => {
                assert_eq!(letter.id, "7");
                Ok(letter.request)
            }
            Err(Unread::Malformed { id, why }) => {
                assert_eq!(id, "7");
                Err(why)
            }
            Err(Unread::NotOurs) => panic!("{text}"),
        }
    }

    #[test]
    fn a_host_can_ask_for_everything_that_the_protocol_knows() {
        for (body, request) in [
            (r#""type":"hello""#, Request::Hello),
            (r#""type":"seek","t":1250"#, Request::Seek { t: Some(1250.0), step: None }),
            (r#""type":"seek","step":54"#, Request::Seek { t: None, step: Some(54) }),
            (r#""type":"inject","act":"crash n1""#, Request::Inject { act: "crash n1".into() }),
            (r#""type":"getState""#, Request::GetState),
            (r#""type":"setState","state":"x""#, Request::SetState { state: "x".into() }),
            (
                r#""type":"subscribe","to":["event","stage"]"#,
                Request::Subscribe { to: vec![Topic::Event, Topic::Stage] },
            ),
        ] {
            assert_eq!(read(body), Ok(request), "{body}");
        }
    }

    #[test]
    fn what_is_malformed_is_told_with_what_is_expected() {
        for (body, expected) in [
            (r#""type":"explode""#, "unknown variant `explode`, expected one of `hello`"),
            (r#""type":"inject""#, "missing field `act`"),
            (r#""type":"seek","t":"soon""#, "invalid type"),
            (r#""kind":"play""#, "missing field `type`"),
            (r#""type":"subscribe","to":["all"]"#, "unknown variant `all`"),
        ] {
            let why = read(body).expect_err(body);
            assert!(why.contains(expected), "{body}: {why}");
        }
        let old = r#"{"ns":"faultline","v":2,"id":"7","type":"hello"}"#;
        assert!(matches!(Letter::read(old), Err(Unread::Malformed { .. })));
        let deep = r#"{"ns":"faultline","v":1,"id":{"a":1},"type":"hello"}"#;
        assert!(matches!(Letter::read(deep), Err(Unread::Malformed { .. })));
    }

    #[test]
    fn messages_of_others_are_passed_over() {
        for text in ["", "1", "null", "{}", "[]", r#"{"ns":"other","type":"play"}"#, "{\"ns\":1}"] {
            assert_eq!(Letter::read(text), Err(Unread::NotOurs), "{text}");
        }
    }

    #[test]
    fn a_notice_bears_namespace_version_and_id() {
        let notice = Notice::Grade(Grade { met: 2, of: 3 });
        let message: Value = serde_json::from_str(&notice.write("9")).unwrap();
        let expected = json!({
            "ns": "faultline", "v": 1, "id": "9", "type": "grade", "met": 2, "of": 3
        });
        assert_eq!(message, expected);
    }

    #[test]
    fn only_that_the_page_is_there_and_how_high_it_is_may_be_told_to_anybody() {
        assert!(Notice::Ready { version: "0.1.0", lab: "raft".into() }.is_public());
        assert!(Notice::Height { px: 600 }.is_public());
        assert!(!Notice::State { state: "x".into() }.is_public());
        assert!(!Notice::Grade(Grade::default()).is_public());
    }

    #[test]
    fn a_grade_is_a_share_of_what_was_expected() {
        assert_eq!(Grade { met: 2, of: 3 }.percent(), 66);
        assert_eq!(Grade { met: 0, of: 0 }.percent(), 0);
    }

    #[test]
    fn a_statement_has_verb_object_and_result_but_no_actor() {
        let said =
            statement(Verb::Passed, "https://x/#/lab/raft", "Raft", Some(Grade { met: 3, of: 3 }));
        assert_eq!(said["verb"]["id"], "http://adlnet.gov/expapi/verbs/passed");
        assert_eq!(said["result"]["success"], true);
        assert!(said.get("actor").is_none());
    }

    const PAGE: &str = include_str!("../../docs/embedding.md");

    /// The messages in the tables of the page of examples, below a heading.
    fn examples(heading: &str) -> Vec<&'static str> {
        let (_, below) = PAGE.split_once(heading).expect("the page has this heading");
        let part = below.split("\n#").next().unwrap_or_default();
        let rows = part.lines().filter_map(|line| line.strip_prefix("| `{"));
        rows.map(|row| {
            let (example, _) = row.split_once("` |").expect("a row has two cells");
            let start = PAGE.find(example).expect("it is from there") - 1;
            &PAGE[start..start + example.len() + 1]
        })
        .collect()
    }

    #[test]
    fn the_page_of_examples_shows_every_request_that_there_is() {
        let asked: Vec<Letter> = examples("### What a host may ask")
            .into_iter()
            .map(|example| Letter::read(example).unwrap_or_else(|why| panic!("{example}: {why:?}")))
            .collect();
        let unknown = read(r#""type":"explode""#).expect_err("there is no such request");
        let (_, known) = unknown.split_once("expected one of ").expect("it tells what there is");
        for word in known.split(", ").map(|word| word.trim_matches('`')) {
            let shown = PAGE.contains(&format!("\"type\":\"{word}\""));
            assert!(shown, "{word} has no example");
        }
        assert!(asked.len() >= 15);
    }

    #[test]
    fn the_page_of_examples_shows_what_is_said_word_for_word() {
        let grade = |met| Grade { met, of: 3 };
        let time = Time(1_250_000);
        let passed =
            statement(Verb::Passed, "https://HOST/#/lab/raft?seed=42", "Raft", Some(grade(3)));
        let said = [
            ("one", Notice::Ready { version: "0.1.0", lab: "raft".into() }),
            ("one", Notice::Height { px: 600 }),
            ("9", Notice::Done),
            ("10", Notice::State { state: "/lab/raft?seed=42&f=k1@1000&at=54".into() }),
            ("12", Notice::Grade(grade(2))),
            ("one", Notice::Event { index: 54, time, text: "n1 crashed".into() }),
            (
                "one",
                Notice::Stage {
                    fault: "f1".into(),
                    stage: "detected".into(),
                    time: Time(1_400_000),
                },
            ),
            ("one", Notice::Check { line: 1, pass: true, grade: grade(1) }),
            ("one", Notice::Completed(grade(3))),
            ("one", Notice::Key { key: "PageDown".into() }),
            ("one", Notice::FocusExit),
            ("7", Notice::Error { why: "`seek` takes `t` in milliseconds, or `step`".into() }),
        ];
        let json = |text: &str| serde_json::from_str::<Value>(text).expect("it is JSON");
        let shown: Vec<Value> = examples("### What a lab tells").into_iter().map(json).collect();
        let said: Vec<Value> = said.iter().map(|(id, notice)| json(&notice.write(id))).collect();
        assert_eq!(shown, said);
        let (_, block) = PAGE.split_once("```json\n").expect("there is a statement");
        let shown = json(block.lines().next().unwrap_or_default());
        assert_eq!(shown, json(&Notice::Xapi { statement: passed }.write("one")));
    }
}
