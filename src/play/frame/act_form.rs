//! An act as the fields of a form: one for each word that can be changed.

/// One word, or a few, of an act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActField {
    /// What it is, in a word or two.
    pub label: String,
    pub value: String,
    pub kind: FieldKind,
}

/// What can stand in a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// What is done: the first word. It keeps its place.
    Verb,
    /// A node.
    Node,
    /// Whatever the act understands.
    Text,
    /// A setting of a link, such as `loss=20%`; the label is its name.
    Setting,
    /// The group of a partition that a node belongs to: a letter, or nothing. The label is the node.
    Group,
}

/// The groups of a partition that a form offers.
pub const GROUPS: [&str; 3] = ["A", "B", "C"];

/// The fields of an act such as `link n1 n2 loss=20%`. `nodes` are all that there are.
pub fn act_fields(words: &str, nodes: &[String]) -> Vec<ActField> {
    let (verb, rest) = words.split_once(' ').unwrap_or((words, ""));
    let mut fields = vec![field("Act", verb, FieldKind::Verb)];
    if verb == "partition" {
        let group_of = |node: &String| {
            let place = rest.split('|').position(|group| group.split(' ').any(|word| word == node));
            place.and_then(|place| GROUPS.get(place)).copied().unwrap_or_default()
        };
        fields.extend(nodes.iter().map(|node| field(node, group_of(node), FieldKind::Group)));
        return fields;
    }
    let mut rest = rest;
    while !rest.is_empty() {
        let (word, after) = rest.split_once(' ').unwrap_or((rest, ""));
        let is_node = nodes.iter().any(|node| node == word);
        let own = fields.len() == 1;
        match (verb, word.split_once('=')) {
            ("link", Some((name, value))) => fields.push(field(name, value, FieldKind::Setting)),
            (_, _) if is_node && (own || matches!(verb, "cut" | "heal" | "link")) => {
                let label = if own { "Node" } else { "To node" };
                fields.push(field(label, word, FieldKind::Node));
            }
            // The rest is in the lab's own words, or a single value.
            (_, _) if !own || verb == "set" || after.is_empty() => {
                fields.push(field(value_label(verb, own), rest, FieldKind::Text));
                return fields;
            }
            (_, _) => fields.push(field("Message", word, FieldKind::Text)),
        }
        rest = after;
    }
    fields
}

/// The act that the fields say with these values, one for each.
pub fn act_words(fields: &[ActField], values: &[String]) -> String {
    let of_kind =
        |kind: FieldKind| fields.iter().zip(values).filter(move |(field, _)| field.kind == kind);
    let mut words: Vec<String> = Vec::new();
    for (field, value) in fields.iter().zip(values) {
        match field.kind {
            FieldKind::Verb | FieldKind::Node | FieldKind::Text => {
                words.push(value.trim().to_string());
            }
            FieldKind::Setting => words.push(format!("{}={}", field.label, value.trim())),
            FieldKind::Group => {}
        }
    }
    let mut first = true;
    for group in GROUPS {
        let members = of_kind(FieldKind::Group).filter(|(_, value)| value.as_str() == group);
        let members: Vec<&str> = members.map(|(field, _)| field.label.as_str()).collect();
        if !members.is_empty() {
            if !std::mem::take(&mut first) {
                words.push("|".to_string());
            }
            words.extend(members.into_iter().map(str::to_string));
        }
    }
    words.join(" ")
}

fn field(label: &str, value: &str, kind: FieldKind) -> ActField {
    ActField { label: label.to_string(), value: value.to_string(), kind }
}

fn value_label(verb: &str, own: bool) -> &'static str {
    match verb {
        "slow" => "Each event takes",
        "slow-disk" => "Each write takes",
        "skew" => "Clock off by",
        "delay" if !own => "Later by",
        "fire" => "Timer",
        "command" => "Command",
        "fault" => "Fault",
        "set" => "Parameter and value",
        _ if own => "Message",
        _ => "Value",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nodes() -> Vec<String> {
        ["n1", "n2", "n3", "c1"].map(String::from).to_vec()
    }

    fn kinds(words: &str) -> Vec<(String, String)> {
        let fields = act_fields(words, &nodes());
        fields.into_iter().skip(1).map(|field| (field.label, field.value)).collect()
    }

    #[test]
    fn a_form_says_the_act_that_it_was_made_from() {
        for words in [
            "crash n1",
            "heal all",
            "cut n1 n2",
            "slow n3 50ms",
            "skew n1 +500ppm",
            "link n1 n2 latency=5ms..15ms loss=20%",
            "partition n1 n2 | n3",
            "drop m17",
            "delay m17 200ms",
            "fire n1 election",
            "command c1 put x 1",
            "set heartbeat_ms 50",
        ] {
            let fields = act_fields(words, &nodes());
            let values: Vec<String> = fields.iter().map(|field| field.value.clone()).collect();
            assert_eq!(act_words(&fields, &values), words, "{fields:?}");
        }
    }

    #[test]
    fn each_word_that_can_be_changed_has_a_field_of_its_own() {
        let pair = |label: &str, value: &str| (label.to_string(), value.to_string());
        assert_eq!(kinds("slow n3 50ms"), [pair("Node", "n3"), pair("Each event takes", "50ms")]);
        assert_eq!(kinds("delay m17 20ms"), [pair("Message", "m17"), pair("Later by", "20ms")]);
        assert_eq!(kinds("command c1 put x 1"), [pair("Node", "c1"), pair("Command", "put x 1")]);
        let link = kinds("link n1 n2 loss=20%");
        assert_eq!(link, [pair("Node", "n1"), pair("To node", "n2"), pair("loss", "20%")]);
        let groups = kinds("partition n1 | n2 n3");
        assert_eq!(groups[..3], [pair("n1", "A"), pair("n2", "B"), pair("n3", "B")]);
        assert_eq!(groups[3], pair("c1", ""));
    }

    #[test]
    fn a_partition_is_regrouped_by_its_letters() {
        let fields = act_fields("partition n1 | n2 n3", &nodes());
        let values = ["partition", "A", "A", "C", ""].map(String::from);
        assert_eq!(act_words(&fields, &values), "partition n1 n2 | n3");
    }
}
