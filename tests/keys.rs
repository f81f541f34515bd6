//! The keyboard map: what the help dialog prints is what the handler does.

#[path = "../src/ui/keys.rs"]
#[allow(dead_code, reason = "the page uses the rest")]
mod keys;

use keys::{Binding, Chord, Command, MAP, Place, Press, Scope, command};

/// A place at which the keys of a scope count.
fn place(scope: Scope) -> Place {
    match scope {
        Scope::Lab => Place::Elsewhere,
        Scope::Views | Scope::Stage => Place::Stage,
        Scope::Diagram => Place::Diagram,
        Scope::Script => Place::Script,
    }
}

fn press(chord: &Chord, place: Place) -> Press<'_> {
    let code = chord.key.starts_with(char::is_uppercase);
    Press {
        key: if code { "" } else { chord.key },
        code: if code { chord.key } else { "" },
        shift: chord.shift,
        control: chord.control,
        alt: chord.alt,
        place,
        typing: false,
        letters: true,
    }
}

fn chords() -> impl Iterator<Item = (&'static Binding, &'static Chord)> {
    MAP.iter().flat_map(|binding| binding.keys.iter().map(move |chord| (binding, chord)))
}

#[test]
fn every_key_of_the_help_does_what_its_line_says_and_nothing_else() {
    for (binding, chord) in chords() {
        let does = command(&press(chord, place(binding.scope)));
        assert_eq!(does, Some(chord.command), "{} ({})", binding.shown, binding.does);
    }
}

#[test]
fn the_help_names_each_key_as_it_is_printed_on_the_keyboard() {
    for binding in MAP {
        let shown = binding.shown.to_ascii_lowercase();
        for chord in binding.keys {
            let key = chord.key.to_ascii_lowercase();
            let name = match key.as_str() {
                " " => "space",
                "period" => ".",
                "comma" => ",",
                "escape" => "esc",
                key if key.starts_with("arrow") && shown == "arrows" => "arrows",
                key if key.starts_with("digit") => "1 to 9",
                key => key.trim_start_matches("arrow").trim_start_matches("key"),
            };
            assert!(shown.contains(name), "{} does not name {name}", binding.shown);
            let modifiers = [(chord.control, "ctrl"), (chord.alt, "alt")];
            for (needed, name) in modifiers {
                assert_eq!(needed, shown.contains(name), "{}: {name}", binding.shown);
            }
            // The question mark is printed with Shift on some keyboards and without on others.
            assert!(
                !chord.shift || shown.contains("shift") || chord.key == "?",
                "{}",
                binding.shown
            );
        }
        assert!(!binding.does.is_empty() && !binding.does.ends_with('.'), "{}", binding.does);
    }
}

#[test]
fn no_key_is_taken_twice_where_it_counts() {
    let all: Vec<_> = chords().collect();
    for (i, (one, chord)) in all.iter().enumerate() {
        for (two, other) in &all[i + 1..] {
            let same = (chord.key, chord.shift, chord.control, chord.alt)
                == (other.key, other.shift, other.control, other.alt);
            let places = [Place::Stage, Place::Diagram, Place::Script, Place::Elsewhere];
            let both = |&at: &Place| {
                command(&press(chord, at)) == Some(chord.command)
                    && command(&press(other, at)) == Some(other.command)
                    && chord.command != other.command
            };
            let clash = same && places.iter().any(both);
            assert!(!clash, "{} and {}", one.does, two.does);
        }
    }
}

#[test]
fn the_browsers_own_keys_are_left_alone() {
    for (binding, chord) in chords() {
        let key = chord.key.to_ascii_lowercase();
        let taken = chord.alt && key.starts_with("arrow")
            || chord.control
                && (key.starts_with("digit") || key.chars().all(|c| c.is_ascii_digit()))
            || key == "backspace"
            || key == "tab"
            || chord.control
                && matches!(key.as_str(), "c" | "v" | "x" | "t" | "w" | "n" | "r" | "l");
        assert!(!taken, "{}", binding.shown);
    }
}

#[test]
fn characters_count_only_in_the_views_and_can_be_switched_off() {
    for (binding, chord) in chords().filter(|(_, chord)| chord.is_character()) {
        if chord.control || chord.alt {
            continue;
        }
        let here = place(binding.scope);
        let off = Press { letters: false, ..press(chord, here) };
        assert_eq!(command(&off), None, "{}", binding.shown);
        let typing = Press { typing: true, ..press(chord, here) };
        assert_eq!(command(&typing), None, "{}", binding.shown);
        if chord.command != Command::Help {
            assert_eq!(command(&press(chord, Place::Elsewhere)), None, "{}", binding.shown);
        }
    }
}

#[test]
fn what_the_letters_do_is_reached_without_them() {
    let reached = |wanted: Command| {
        chords().any(|(_, chord)| chord.command == wanted && !chord.is_character())
    };
    // Enter leads to the acts of what is selected, and F6 to the transport with all its buttons.
    for wanted in [Command::Acts, Command::NextRegion, Command::Choose, Command::PlayPause] {
        assert!(reached(wanted), "{wanted:?}");
    }
}
