use super::*;
use crate::sim::rng::{Purpose, Rng};

/// What happens to one key, in order.
#[derive(Clone, Copy, Debug)]
enum Event {
    Invoke(u8, Act),
    Respond(u8, Answer),
    GiveUp(u8),
}

use Act::{Cas, Get, Put};
use Answer::{Done, Swapped, Value};
use Event::{GiveUp, Invoke, Respond};

/// Plays a history of the key `x`, in which each client has one operation under way at a time.
fn play(events: &[Event]) -> (Store<char>, Result<(), String>) {
    let mut store = Store::default();
    let mut numbers = [0; 256];
    for event in events {
        let outcome = match *event {
            Invoke(client, act) => {
                numbers[usize::from(client)] += 1;
                store.invoke(id(client, &numbers), 'x', act);
                Ok(())
            }
            Respond(client, answer) => store.respond(id(client, &numbers), 'x', answer),
            GiveUp(client) => {
                store.abandon(id(client, &numbers), 'x');
                Ok(())
            }
        };
        if outcome.is_err() {
            return (store, outcome);
        }
    }
    (store, Ok(()))
}

fn id(client: u8, numbers: &[u64; 256]) -> OpId {
    OpId { client: NodeId::client(client), number: numbers[usize::from(client)] }
}

#[track_caller]
fn explained(events: &[Event]) {
    let (store, outcome) = play(events);
    assert_eq!(outcome, Ok(()));
    assert_eq!(store.verdict(&'x'), Verdict::Explained);
}

#[track_caller]
fn broken(events: &[Event]) -> String {
    let (store, outcome) = play(events);
    assert_eq!(store.verdict(&'x'), Verdict::Broken);
    outcome.unwrap_err()
}

fn put(client: u8, value: u64) -> [Event; 2] {
    [Invoke(client, Put(value)), Respond(client, Done)]
}

fn get(client: u8, value: u64) -> [Event; 2] {
    [Invoke(client, Get), Respond(client, Value(Some(value)))]
}

#[test]
fn one_after_another_is_explained() {
    explained(&[put(1, 1), get(2, 1), put(2, 2), get(1, 2)].concat());
}

#[test]
fn a_concurrent_read_may_see_either_value() {
    for seen in [1, 2] {
        let read = [Invoke(1, Put(2)), Invoke(2, Get), Respond(2, Value(Some(seen)))];
        explained(&[&put(1, 1)[..], &read, &[Respond(1, Done)]].concat());
    }
}

#[test]
fn a_read_begun_before_a_write_may_answer_the_old_value_after_it() {
    let events = [Invoke(2, Get), Respond(2, Value(Some(1)))];
    explained(&[&put(1, 1)[..], &events[..1], &put(1, 2), &events[1..]].concat());
}

#[test]
fn a_stale_read_is_told() {
    let why = broken(&[put(1, 1), put(1, 2), get(2, 1)].concat());
    assert_eq!(
        why,
        "no order of the operations on x explains that c2's get answered 1: it could only answer 2 \
         (done before: c1's put 1 → done, c1's put 2 → done; under way: none)"
    );
}

#[test]
fn a_lost_write_is_told() {
    broken(&[put(1, 1), [Invoke(2, Get), Respond(2, Value(None))]].concat());
}

#[test]
fn two_winners_of_one_swap_are_told() {
    let swap = |client, new| [Invoke(client, Cas { expected: Some(1), new })];
    let won = |client| [Respond(client, Swapped(true))];
    let asked = [&put(1, 1)[..], &swap(1, 2), &swap(2, 3)].concat();
    explained(&[&asked[..], &won(1), &[Respond(2, Swapped(false))]].concat());
    let why = broken(&[&asked[..], &won(1), &won(2)].concat());
    assert!(
        why.contains("c2's cas 1 3 answered swapped: it could only answer not swapped"),
        "{why}"
    );
}

#[test]
fn concurrent_reads_that_flip_back_are_told() {
    let begin = [put(1, 1).to_vec(), vec![Invoke(1, Put(2))]].concat();
    explained(&[&begin[..], &get(2, 1), &get(3, 2), &get(2, 2)].concat());
    broken(&[&begin[..], &get(2, 2), &get(3, 1)].concat());
}

#[test]
fn reads_may_not_see_two_writes_in_different_orders() {
    let writes = [Invoke(1, Put(1)), Invoke(2, Put(2))];
    explained(&[&writes[..], &get(3, 1), &get(4, 2)].concat());
    broken(&[&writes[..], &get(3, 1), &get(4, 2), &get(3, 1)].concat());
}

#[test]
fn an_abandoned_write_may_take_effect_much_later_or_never_but_once() {
    let begin = [&put(1, 1)[..], &[Invoke(2, Put(2)), GiveUp(2)]].concat();
    explained(&[&begin[..], &get(1, 1), &put(1, 3), &get(1, 3), &get(1, 2)].concat());
    explained(&[&begin[..], &get(1, 1), &put(1, 3), &get(1, 3), &get(1, 3)].concat());
    broken(&[&begin[..], &get(1, 2), &put(1, 3), &get(1, 2)].concat());
}

#[test]
fn an_abandoned_read_constrains_nothing() {
    let history = [&put(1, 1)[..], &[Invoke(2, Get), GiveUp(2)], &put(1, 2), &get(2, 2)].concat();
    explained(&history);
    let (store, _) = play(&history);
    assert_eq!(store.keys[0].1.width(), (0, 1));
}

#[test]
fn keys_are_judged_apart() {
    let mut store = Store::default();
    let op = |number| OpId { client: NodeId::client(1), number };
    store.invoke(op(1), 'x', Put(1));
    store.respond(op(1), 'x', Done).unwrap();
    store.invoke(op(2), 'y', Get);
    store.respond(op(2), 'y', Value(None)).unwrap();
    store.invoke(op(3), 'y', Get);
    store.respond(op(3), 'y', Value(Some(1))).unwrap_err();
    assert_eq!((store.verdict(&'x'), store.verdict(&'y')), (Verdict::Explained, Verdict::Broken));
}

#[test]
fn a_retry_is_the_same_operation_and_a_second_answer_is_ignored() {
    let mut store = Store::default();
    let op = OpId { client: NodeId::client(1), number: 1 };
    store.invoke(op, 'x', Put(1));
    store.invoke(op, 'x', Put(1));
    store.respond(op, 'x', Done).unwrap();
    store.respond(op, 'x', Value(Some(9))).unwrap();
    assert_eq!(store.verdict(&'x'), Verdict::Explained);
}

#[test]
fn too_much_under_way_is_given_up_and_never_called_a_violation() {
    let give_up = |client| [Invoke(client, Put(u64::from(client))), GiveUp(client)];
    let most: Vec<Event> = (1..=UNDER_WAY_MAX as u8).flat_map(give_up).collect();
    let (store, _) = play(&most[2..]);
    assert_eq!(store.verdict(&'x'), Verdict::Explained);
    let (store, outcome) = play(&[&most[..], &get(200, 99), &get(200, 98)].concat());
    assert_eq!((store.verdict(&'x'), outcome), (Verdict::Unknown, Ok(())));
    assert_eq!(store.given_up().collect::<Vec<_>>(), [&'x']);
}

#[test]
fn many_abandoned_writes_cost_no_configurations_until_one_is_seen() {
    let give_up = |client| [Invoke(client, Put(u64::from(client))), GiveUp(client)];
    let mut events: Vec<Event> = (1..30).flat_map(give_up).collect();
    for value in 100..200 {
        events.extend([put(50, value), get(51, value)].concat());
    }
    let (store, outcome) = play(&events);
    assert_eq!((outcome, store.keys[0].1.width()), (Ok(()), (29, 1)));
    // What was seen has taken effect, and is under way no more.
    let (store, outcome) = play(&[&events[..], &get(51, 7), &get(51, 9)].concat());
    assert_eq!((outcome, store.keys[0].1.width()), (Ok(()), (27, 1)));
}

// ---- against an exhaustive search ----

/// One operation of a history: when it was invoked, and when and how it was answered, if it was.
#[derive(Clone, Copy, Debug)]
struct Whole {
    act: Act,
    begun: usize,
    answered: Option<(usize, Answer)>,
}

fn whole(events: &[Event]) -> Vec<Whole> {
    let mut all: Vec<(u8, Whole)> = Vec::new();
    for (time, event) in events.iter().enumerate() {
        match *event {
            Invoke(client, act) => {
                all.push((client, Whole { act, begun: time, answered: None }));
            }
            Respond(client, answer) => {
                let newest = all.iter_mut().rfind(|(of, _)| *of == client).unwrap();
                newest.1.answered = Some((time, answer));
            }
            GiveUp(_) => {}
        }
    }
    all.into_iter().map(|(_, whole)| whole).collect()
}

/// Tries every order (Wing & Gong 1993): next comes any operation that began before every remaining
/// one was answered; those without an answer may stay out.
fn some_order_explains(state: Option<u64>, left: &[Whole]) -> bool {
    if left.iter().all(|whole| whole.answered.is_none()) {
        return true;
    }
    let first_answer = left.iter().filter_map(|whole| whole.answered).map(|(time, _)| time).min();
    left.iter().enumerate().any(|(place, whole)| {
        let (next, gives) = Register::apply(&state, &whole.act);
        let fits = whole.answered.is_none_or(|(_, answer)| answer == gives);
        let in_time = first_answer.is_none_or(|first| whole.begun < first);
        let rest = [&left[..place], &left[place + 1..]].concat();
        fits && in_time && some_order_explains(next, &rest)
    })
}

/// A history of a few clients on one key. Answers are mostly those of a register that takes effect at
/// the response, sometimes at the invocation, and sometimes made up.
fn random_history(seed: u64) -> Vec<Event> {
    let mut rng = Rng::new(seed, Purpose::Outside(17), 0);
    let mut state = None;
    let mut under_way: [Option<(Act, Option<Answer>)>; 4] = [None; 4];
    let mut events = Vec::new();
    let clients = 2 + rng.below(3);
    while events.len() < 14 {
        let at = rng.below(clients) as usize;
        let client = at as u8 + 1;
        match under_way[at] {
            None => {
                let act = match rng.below(6) {
                    0 | 1 => Put(rng.below(3)),
                    2 | 3 => Get,
                    4 => Act::Delete,
                    _ => Cas { expected: Some(rng.below(3)), new: rng.below(3) },
                };
                let early = rng.below(3) == 0;
                let answer = early.then(|| take_effect(&mut state, act));
                under_way[at] = Some((act, answer));
                events.push(Invoke(client, act));
            }
            Some(_) if rng.below(8) == 0 => {
                events.push(GiveUp(client));
                under_way[at] = None;
            }
            Some((act, answer)) => {
                let answer = answer.unwrap_or_else(|| take_effect(&mut state, act));
                let made_up = rng.below(12) == 0;
                let answer = match answer {
                    Value(_) if made_up => Value(Some(rng.below(3))),
                    Swapped(swapped) if made_up => Swapped(!swapped),
                    Value(_) | Done | Swapped(_) => answer,
                };
                events.push(Respond(client, answer));
                under_way[at] = None;
            }
        }
    }
    events
}

fn take_effect(state: &mut Option<u64>, act: Act) -> Answer {
    let (next, answer) = Register::apply(state, &act);
    *state = next;
    answer
}

#[test]
fn it_agrees_with_an_exhaustive_search_at_every_answer() {
    let (mut linearizable, mut not) = (0, 0);
    for seed in 0..4_000 {
        let events = random_history(seed);
        for end in 1..=events.len() {
            let prefix = &events[..end];
            let (store, outcome) = play(prefix);
            let expected = some_order_explains(None, &whole(prefix));
            assert_eq!(outcome.is_ok(), expected, "seed {seed}: {prefix:?}");
            assert_ne!(store.verdict(&'x'), Verdict::Unknown, "seed {seed}");
            if outcome.is_err() {
                not += 1;
                break;
            }
        }
        linearizable += u32::from(play(&events).1.is_ok());
    }
    assert!(linearizable > 500 && not > 500, "{linearizable} and {not}");
}
