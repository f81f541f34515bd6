//! One plain sentence for each step: for the log and for the announcer.

use crate::sim::{Cause, Held, Step};

/// What a step did, in a sentence.
pub fn sentence(step: &Step) -> String {
    match &step.cause {
        Cause::Start => format!("{} starts.", step.node.map_or("?".into(), |n| n.to_string())),
        Cause::Deliver(message) => {
            format!("{} reaches {} from {}.", message.kind, message.to, message.from)
        }
        Cause::Timer(timer) => {
            format!(
                "The {timer} timer of {} fires.",
                step.node.map_or("?".into(), |n| n.to_string())
            )
        }
        Cause::Input { input, .. } => format!("You: {input}."),
        Cause::Undelivered { message, .. } => {
            format!("{} from {} to {} is lost.", message.kind, message.from, message.to)
        }
        Cause::Held(Held::Message(message)) => {
            format!("{} waits at {}, which is paused.", message.kind, message.to)
        }
        Cause::Held(Held::Timer(timer)) => format!("The {timer} timer waits: its node is paused."),
    }
}
