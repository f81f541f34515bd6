//! One plain sentence for each step: for the log, for "why?" and for the announcer.
//!
//! A sentence has three parts: what happened, from the step's cause; what the node did, in the words
//! that the lab's rule book has for its rules (`say:`); and what differs since, from the changes that
//! are turning points. What became of a fault, or a broken invariant, follows as a sentence of its own.

use litemap::LiteMap;

use crate::labs::Lab;
use crate::sim::faults::{Stage, StageChange};
use crate::sim::view::Envelope;
use crate::sim::{
    Cause, Change, Held, Input, Latency, LinkSettings, Loss, NodeId, Ppm, Span, Step, Value,
};

/// What a node did is told in at most so many words; the rules that fired after that are left out.
const WORDS_MAX: usize = 10;

/// Tells steps of one lab.
#[derive(Clone, Debug)]
pub struct Narrator {
    /// What to say of a node when a rule fired, by the rule's name.
    says: LiteMap<String, String>,
}

impl Narrator {
    pub fn new(lab: &Lab) -> Narrator {
        let rules = lab.rulebook().rules.into_iter();
        let says = rules.filter(|rule| !rule.say.is_empty()).map(|rule| (rule.name, rule.say));
        // One by one: to collect them at once would bring a sorting routine of its own.
        let mut narrator = Narrator { says: LiteMap::new() };
        for (name, say) in says {
            narrator.says.insert(name, say);
        }
        narrator
    }

    /// What a step did.
    pub fn sentence(&self, step: &Step) -> String {
        let mut sentence = event(step);
        sentence.push_str(&self.deed(step));
        let facts = facts(step, &sentence);
        if !facts.is_empty() {
            sentence.push_str(&format!(" ({})", facts.join(", ")));
        }
        sentence.push('.');
        if let Some(violation) = &step.violation {
            let (invariant, why) = (violation.invariant, &violation.why);
            sentence.push_str(&format!(" This breaks {invariant}: {why}."));
        } else if let Some(change) = weightiest(&step.faults) {
            sentence.push_str(&stage(change));
        }
        capitalized(&sentence)
    }

    /// What the node did, to stand after what happened.
    fn deed(&self, step: &Step) -> String {
        let says = self.says(step);
        let by_timer = matches!(
            step.cause,
            Cause::Timer(_) | Cause::Input { input: Input::FireTimer(..), .. }
        );
        if !says.is_empty() {
            let told = listed(&says);
            return match (by_timer, says.len()) {
                (true, _) => format!(": it {told}"),
                (false, 1) => format!(" and {told}"),
                (false, _) => format!(", {told}"),
            };
        }
        let names = rule_names(step);
        if !names.is_empty() {
            return format!(": {}", names.join(", "));
        }
        match (sent(step), &step.cause) {
            (Some(sent), _) if by_timer => format!(": it sends {sent}"),
            (Some(sent), _) => format!(" and sends {sent}"),
            (None, Cause::Deliver(_)) if step.changes.is_empty() => "; nothing changes".into(),
            (None, _) => String::new(),
        }
    }

    /// What the lab says of the rules that fired, each once, within the bound.
    fn says(&self, step: &Step) -> Vec<&str> {
        let mut says: Vec<&str> = Vec::new();
        let mut words = 0;
        for firing in &step.fired {
            let Some(say) = self.says.get(firing.rule) else { continue };
            if says.contains(&say.as_str()) {
                continue;
            }
            words += say.split(' ').count();
            if words > WORDS_MAX && !says.is_empty() {
                break;
            }
            says.push(say);
        }
        says
    }
}

/// What happened, without what the node then did.
fn event(step: &Step) -> String {
    let node = || step.node.map_or_else(String::new, |node| node.to_string());
    match &step.cause {
        Cause::Start => format!("{} starts", node()),
        Cause::Deliver(Envelope { kind, from, to, .. }) => format!("{to} gets {kind} from {from}"),
        Cause::Timer(timer) => format!("{}'s {timer} timer fires", node()),
        Cause::Input { input, message, .. } => {
            let message = message.as_ref();
            let words = message
                .map(|Envelope { kind, from, to, .. }| format!("{kind} from {from} to {to}"));
            act(input, words.as_deref().unwrap_or("a message"))
        }
        Cause::Undelivered { message, why } => lost(message, *why),
        Cause::Held(Held::Message(Envelope { kind, from, to, .. })) => {
            format!("{kind} from {from} waits at {to}, which is paused")
        }
        Cause::Held(Held::Timer(timer)) => {
            format!("{}'s {timer} timer is due, but {0} is paused", node())
        }
    }
}

fn lost(Envelope { kind, from, to, .. }: &Envelope, why: Loss) -> String {
    match why {
        Loss::Lost => format!("{kind} from {from} to {to} is lost on the way"),
        Loss::Cut => format!("{kind} from {from} to {to} dies at the cut"),
        Loss::Dropped => format!("{kind} from {from} to {to} was dropped and never arrives"),
        Loss::Corrupted => {
            format!("{kind} from {from} arrives damaged; {to} sees it by the checksum and drops it")
        }
        Loss::Down => format!("{kind} from {from} finds {to} down"),
        Loss::Overflow => format!("{kind} from {from} to {to} finds the network full"),
    }
}

/// What was done; `message` is the message that it was done to, in words.
fn act(input: &Input, message: &str) -> String {
    match input {
        Input::Crash(node) => format!("{node} crashes"),
        Input::Restart(node) => format!("{node} restarts"),
        Input::Wipe(node) => format!("{node} loses what it had on disk"),
        Input::Pause(node) => format!("{node} is paused"),
        Input::Resume(node) => format!("{node} goes on"),
        Input::Slow(node, Span::ZERO) => format!("{node} is as fast as usual again"),
        Input::Slow(node, span) => format!("{node} slows down: each event takes it {span}"),
        Input::SlowDisk(node, Span::ZERO) => format!("the disk of {node} is fast again"),
        Input::SlowDisk(node, span) => {
            format!("the disk of {node} slows down: each write takes {span}")
        }
        Input::Skew(node, 0) => format!("the clock of {node} runs right again"),
        Input::Skew(node, ppm) => {
            let way = if *ppm > 0 { "fast" } else { "slow" };
            format!("the clock of {node} runs {} ppm too {way}", ppm.unsigned_abs())
        }
        Input::Cut(from, to) => format!("the link from {from} to {to} is cut"),
        Input::Heal(from, to) => format!("the link from {from} to {to} is mended"),
        Input::HealAll => "all links are mended".into(),
        Input::Partition(groups) => {
            let groups: Vec<String> = groups.iter().map(|group| listed(group)).collect();
            format!("the network is partitioned: {}", groups.join(" apart from "))
        }
        Input::Link(from, to, settings) => {
            format!("the link from {from} to {to} now {}", link(settings))
        }
        Input::Drop(_) => format!("{message} is dropped"),
        Input::Duplicate(_) => format!("{message} is doubled"),
        Input::Delay(_, span) => format!("{message} is delayed by {span}"),
        Input::Hurry(_) => format!("{message} is hurried along"),
        Input::Corrupt(_) => format!("{message} is damaged"),
        Input::FireTimer(node, timer) => format!("{node}'s {timer} timer is fired by hand"),
        Input::Command(node, command) => format!("{node} is told `{command}`"),
        Input::Fault(node, fault) => format!("{node} suffers `{fault}`"),
        Input::Set(param, value) => format!("{param} is now {value}"),
    }
}

/// What a link does with its settings: `takes 5 ms to 15 ms and loses 20%`.
fn link(settings: &LinkSettings) -> String {
    let takes = match settings.latency {
        Latency::Constant(span) => format!("takes {span}"),
        Latency::Uniform { min, max } => format!("takes {min} to {max}"),
        Latency::LogNormal { median, .. } => format!("takes about {median}"),
        Latency::Pareto { min, .. } => format!("takes {min} or longer"),
    };
    let shares = [
        ("loses", settings.loss),
        ("doubles", settings.duplication),
        ("damages", settings.corruption),
    ];
    let does = shares.into_iter().filter(|(_, share)| *share != Ppm::NEVER);
    let does = does.map(|(verb, share)| format!("{verb} {share}"));
    listed(&[takes].into_iter().chain(does).collect::<Vec<_>>())
}

/// The rules that fired, each once, by their names.
fn rule_names(step: &Step) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for firing in &step.fired {
        let name = firing.rule.replace('_', " ");
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// What was sent, and to whom.
fn sent(step: &Step) -> Option<String> {
    let originals = || step.sent.iter().filter(|sent| sent.copy_of.is_none());
    let kind = originals().next()?.message.kind;
    let of_kind = originals().filter(|sent| sent.message.kind == kind);
    let to: Vec<NodeId> = of_kind.map(|sent| sent.message.to).collect();
    Some(format!("{kind} to {}", listed(&to)))
}

/// The turning points among the changes, unless the sentence says them already.
fn facts(step: &Step, so_far: &str) -> Vec<String> {
    let said =
        |word: &str| so_far.split(|c: char| !c.is_ascii_alphanumeric()).any(|known| known == word);
    let fact = |change: &Change| match (change.field, &change.new) {
        // What an input did to the node is what happened.
        ("condition" | "disk", _) => None,
        ("role", Value::Word(role)) => (!said(role)).then(|| role.to_string()),
        (_, Value::Node(node)) if Some(*node) == step.node => None,
        (field, Value::None) => Some(format!("no {field}")),
        (field, new) => Some(format!("{field} {new}")),
    };
    step.changes.iter().filter(|change| change.notable).filter_map(fact).collect()
}

/// The stage change that matters most to somebody who hears of one only.
fn weightiest(changes: &[StageChange]) -> Option<&StageChange> {
    let weight = |change: &&StageChange| match change.stage {
        Stage::Failure => 8,
        Stage::Error => 7,
        Stage::Recovered => 6,
        Stage::FalseAlarm => 5,
        Stage::Detected => 4,
        Stage::Masked => 3,
        Stage::Latent => 2,
        Stage::Activated => 1,
        Stage::Introduced => 0,
    };
    changes.iter().filter(|change| weight(change) > 0).max_by_key(weight)
}

fn stage(change: &StageChange) -> String {
    let StageChange { fault, stage, note, .. } = change;
    match (fault, note.as_str()) {
        (Some(fault), "") => format!(" {}: {fault}.", capitalized(stage.word())),
        _ => format!(" {}: {note}.", capitalized(stage.word())),
    }
}

/// `n1`, `n1 and n2`, `n1, n2 and n3`.
fn listed<T: ToString>(things: &[T]) -> String {
    let words: Vec<String> = things.iter().map(T::to_string).collect();
    match &words[..] {
        [] => "nobody".into(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Nodes, messages and parameters keep their small letters.
fn capitalized(text: &str) -> String {
    let is_name = |word: &str| word.contains(|c: char| c.is_ascii_digit() || c == '_');
    let first = text.split(' ').next().unwrap_or_default();
    if is_name(first) { text.to_string() } else { capital(text) }
}

/// The text with a capital letter at its front.
pub fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_ascii_uppercase().to_string());
    first.unwrap_or_default() + chars.as_str()
}

#[cfg(test)]
mod tests {
    use crate::play::testing::script;
    use crate::play::{Limits, watch_script};
    use crate::sim::{Cause, Step};

    use super::Narrator;

    /// The sentences of the steps that `choose` chooses.
    fn told(text: &str, choose: impl Fn(&Step) -> bool) -> Vec<String> {
        let script = script(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let narrator = Narrator::new(script.setup.lab());
        let mut told = Vec::new();
        watch_script(&script, Limits::default(), &mut |step, _| {
            if choose(step) {
                told.push(narrator.sentence(step));
            }
        })
        .unwrap();
        told
    }

    #[test]
    fn every_act_is_told_in_plain_words() {
        let text = "lab ring
300ms partition n1 n2 | n3
+0ms heal all
+0ms cut n1 n2
+0ms heal n1 n2
+0ms link n1 n2 loss=20%
+0ms slow n1 50ms
+0ms slow n1 0s
+0ms slow-disk n1 50ms
+0ms slow-disk n1 0s
+0ms skew n1 +500ppm
+0ms skew n1 -500ppm
+0ms skew n1 +0ppm
+0ms fire n1 greet
+0ms command n1 add 2
+0ms fault n1 forget
+0ms set greet_ms 90
+0ms pause n1
+0ms resume n1
+0ms crash n1
+0ms restart n1
when sent Hello n2 *: drop it
when sent Hello n2 *: duplicate it
when sent Hello n2 *: delay it 5ms
when sent Hello n2 *: hurry it
when sent Hello n2 *: corrupt it
+0ms stop
";
        let acts = told(text, |step| matches!(step.cause, Cause::Input { .. }));
        let expected = [
            "The network is partitioned: n1 and n2 apart from n3.",
            "All links are mended.",
            "The link from n1 to n2 is cut.",
            "The link from n1 to n2 is mended.",
            "The link from n1 to n2 now takes 5 ms to 15 ms and loses 20%.",
            "n1 slows down: each event takes it 50 ms.",
            "n1 is as fast as usual again.",
            "The disk of n1 slows down: each write takes 50 ms.",
            "The disk of n1 is fast again.",
            "The clock of n1 runs 500 ppm too fast.",
            "The clock of n1 runs 500 ppm too slow.",
            "The clock of n1 runs right again.",
            "n1's greet timer is fired by hand: it greets a neighbour.",
            "n1 is told `add 2`.",
            "n1 suffers `forget`. Activated: it took effect at once.",
            "greet_ms is now 90.",
            "n1 is paused.",
            "n1 goes on.",
            "n1 crashes. Error: a node is down.",
            "n1 restarts.",
        ];
        assert_eq!(acts[..expected.len()], expected);
        let to_messages = &acts[expected.len()..];
        assert!(to_messages.iter().all(|told| told.starts_with("Hello from n2 to n")), "{acts:#?}");
        let place = "Hello from n2 to n1 ".len();
        let verbs: Vec<&str> = to_messages.iter().map(|told| &told[place..]).collect();
        assert_eq!(
            verbs,
            [
                "is dropped.",
                "is doubled.",
                "is delayed by 5 ms.",
                "is hurried along.",
                "is damaged."
            ]
        );
    }

    #[test]
    fn what_happens_by_itself_is_told_in_the_words_of_the_rule_book() {
        let steps = told("lab ring\n120ms stop\n", |_| true);
        let first = |part: &str| {
            let found = steps.iter().find(|told| told.contains(part));
            found.unwrap_or_else(|| panic!("no {part} in {steps:#?}")).clone()
        };
        assert_eq!(steps[0], "n1 starts.");
        assert_eq!(first("n1's greet timer"), "n1's greet timer fires: it greets a neighbour.");
        assert!(first("gets Hello").ends_with("and answers."), "{steps:#?}");
        assert!(first("gets Hi").ends_with("and counts the answer."), "{steps:#?}");
    }

    #[test]
    fn a_turning_point_is_named() {
        let steps = told("lab ring\n2s stop\n", Step::is_turning_point);
        assert_eq!(steps.len(), 3, "{steps:#?}");
        assert!(steps.iter().all(|told| told.ends_with("counts the answer (warm).")), "{steps:#?}");
    }

    #[test]
    fn a_loss_says_why() {
        let losses = |text: &str| {
            let lost = told(text, |step| matches!(step.cause, Cause::Undelivered { .. }));
            lost.into_iter().next().expect("something is lost")
        };
        let lost = losses("lab ring nodes=2\n300ms crash n2\n+1s stop\n");
        assert!(lost.starts_with("Hello from n1 finds n2 down."), "{lost}");
        let lost = losses("lab ring nodes=2\n300ms cut n1 n2\n+1s stop\n");
        assert!(lost.starts_with("Hello from n1 to n2 dies at the cut."), "{lost}");
        let lost = losses("lab ring nodes=2\n300ms link n1 n2 loss=100%\n+1s stop\n");
        assert!(lost.starts_with("Hello from n1 to n2 is lost on the way."), "{lost}");
        let lost = losses("lab ring nodes=2\nwhen sent Hello n1 *: drop it\n+1s stop\n");
        assert!(lost.starts_with("Hello from n1 to n2 was dropped and never arrives."), "{lost}");
        let lost = losses("lab ring nodes=2\nwhen sent Hello n1 *: corrupt it\n+1s stop\n");
        assert!(lost.contains("n2 sees it by the checksum and drops it"), "{lost}");
    }

    #[test]
    fn what_waits_at_a_paused_node_is_told() {
        let text = "lab ring nodes=2\n300ms pause n2\n+1s stop\n";
        let held = told(text, |step| matches!(step.cause, Cause::Held(_)));
        let timer =
            held.iter().any(|told| told.starts_with("n2's greet timer is due, but n2 is paused"));
        let message =
            held.iter().any(|told| told.starts_with("Hello from n1 waits at n2, which is paused."));
        assert!(timer && message, "{held:#?}");
    }

    #[test]
    fn a_broken_invariant_is_told_with_the_step_that_broke_it() {
        let text = "lab ring variant=double\n1s stop\n";
        let [broken] = &told(text, |step| step.violation.is_some())[..] else { panic!() };
        assert!(broken.contains("This breaks even-handed: n"), "{broken}");
        assert!(broken.ends_with("times and counts 2."), "{broken}");
    }
}
