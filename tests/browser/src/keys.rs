//! Keys by name: `a`, `Enter`, `Shift+Tab`, `Control+Shift+ArrowLeft`.

use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::key::Key;

/// The key events of one chord: all down in order, all up in reverse.
pub fn chord(chord: &str) -> KeyActions {
    // "+" alone is the key; else it stands between keys.
    let keys: Vec<char> = match chord {
        "+" => vec!['+'],
        _ => chord.split('+').map(key).collect(),
    };
    let down = keys.iter().map(|&value| KeyAction::Down { value });
    let up = keys.iter().rev().map(|&value| KeyAction::Up { value });
    down.chain(up).fold(KeyActions::new("keyboard".into()), |actions, action| actions.then(action))
}

/// The key events of a text, one key after the other.
pub fn text(text: &str) -> KeyActions {
    text.chars()
        .flat_map(|value| [KeyAction::Down { value }, KeyAction::Up { value }])
        .fold(KeyActions::new("keyboard".into()), |actions, action| actions.then(action))
}

/// The names are those of `KeyboardEvent.key`.
fn key(name: &str) -> char {
    let key = match name {
        "Shift" => Key::Shift,
        "Control" => Key::Control,
        "Alt" => Key::Alt,
        "Meta" => Key::Meta,
        "Enter" => Key::Enter,
        "Tab" => Key::Tab,
        "Escape" => Key::Escape,
        "Backspace" => Key::Backspace,
        "Delete" => Key::Delete,
        "Home" => Key::Home,
        "End" => Key::End,
        "PageUp" => Key::PageUp,
        "PageDown" => Key::PageDown,
        "ArrowLeft" => Key::Left,
        "ArrowRight" => Key::Right,
        "ArrowUp" => Key::Up,
        "ArrowDown" => Key::Down,
        "F1" => Key::F1,
        "F6" => Key::F6,
        "Space" => return ' ',
        _ => {
            let mut chars = name.chars();
            return match (chars.next(), chars.next()) {
                (Some(one), None) => one,
                _ => panic!("no key is called \"{name}\""),
            };
        }
    };
    key.into()
}
