use crate::labs::Rulebook;

use super::Rule;

#[test]
fn the_rules_and_their_texts_agree() {
    let book = Rulebook::parse(include_str!("rules.txt")).unwrap();
    let texts: Vec<&str> = book.rules.iter().map(|rule| rule.name.as_str()).collect();
    assert_eq!(texts, Rule::ALL.map(<&str>::from));
}
