//! Changing one act of the script, or adding one: by form and by text.

use markup::html;
use yew::prelude::{Callback, Html, MouseEvent, SubmitEvent};

use faultline::play::frame::{ActField, FieldKind, GROUPS, act_fields, act_words};
use faultline::play::script::ACTS;
use faultline::play::{Chip, ChipEdit};
use faultline::sim::{Span, Time};

use crate::ui::browser;
use crate::ui::piece::Piece;
use crate::ui::state::{ChipMsg, Msg};

use super::Icon;

#[derive(Clone, PartialEq)]
pub struct ChipForm {
    /// The chip and its place; `None` for a new act.
    pub chip: Option<(usize, Chip)>,
    /// All nodes.
    pub nodes: Vec<String>,
    pub now: Time,
    pub dispatch: Callback<Msg>,
}

impl Piece for ChipForm {
    fn html(&self) -> Html {
        match &self.chip {
            Some((place, chip)) => change(self, *place, chip),
            None => add(self),
        }
    }
}

fn change(props: &ChipForm, place: usize, chip: &Chip) -> Html {
    let act = |words: &'static str, icon: Icon, msg: ChipAct| {
        let onclick = props.dispatch.reform(move |_: MouseEvent| msg.msg(place));
        html! {
            <button type="button" class="button" {onclick}>{ icon.html() }{ words }</button>
        }
    };
    html! {
        <div class="stack" key={format!("{} {}", chip.words, chip.time)}>
            if let Some(why) = &chip.refused {
                <p class="notice">{ format!("Not done: {why}.") }</p>
            }
            if chip.scripted {
                <p class="soft">{ "A line of the scenario did this. Changed, it is yours." }</p>
            }
            <div class="row">
                { act("Earlier", Icon::Back, ChipAct::Move(-1)) }
                { act("Later", Icon::Step, ChipAct::Move(1)) }
                { act("Go there", Icon::Flag, ChipAct::GoTo) }
                { act("Delete", Icon::Cross, ChipAct::Delete) }
            </div>
            { by_form(props, place, chip) }
            { by_text(props, place, chip) }
        </div>
    }
}

/// What a button does to the chip.
#[derive(Clone, Copy)]
enum ChipAct {
    Move(i8),
    GoTo,
    Delete,
}

impl ChipAct {
    fn msg(self, place: usize) -> Msg {
        Msg::Chip(match self {
            ChipAct::Move(by) => ChipMsg::Move(place, by),
            ChipAct::GoTo => ChipMsg::GoTo(place),
            ChipAct::Delete => ChipMsg::Change(place, ChipEdit::Delete),
        })
    }
}

/// A time such as `1.25s` or `1.25`, in seconds.
fn time(text: &str) -> Result<Time, String> {
    let text = text.trim().replace(' ', "");
    let bare = text.ends_with(|c: char| c.is_ascii_digit());
    let span: Result<Span, String> = if bare { format!("{text}s").parse() } else { text.parse() };
    span.map(|span| Time::ZERO + span)
}

fn by_form(props: &ChipForm, place: usize, chip: &Chip) -> Html {
    let fields = act_fields(&chip.words, &props.nodes);
    let all = fields.clone();
    let onsubmit = props.dispatch.reform(move |event: SubmitEvent| {
        event.prevent_default();
        let value = |place: usize| browser::field(&event, &format!("field{place}"));
        let mut values = Vec::new();
        for place in 0..all.len() {
            values.push(value(place));
        }
        let words = act_words(&all, &values);
        match time(&browser::field(&event, "time")) {
            Ok(time) => Msg::Chip(ChipMsg::Change(place, ChipEdit::Change { time, words })),
            Err(why) => Msg::Complain(why),
        }
    });
    html! {
        <form class="stack" {onsubmit}>
            <div class="row act-fields">
                <label class="field"><span>{ "At" }</span>
                    <input type="text" class="number" name="time" aria-label="At, time" ~defaultValue={chip.time.to_script()} autofocus=true />
                </label>
                { for fields.iter().enumerate().map(|(place, field)| entry(props, place, field)) }
                <button type="submit" class="button main">{ "Change" }</button>
            </div>
        </form>
    }
}

fn entry(props: &ChipForm, place: usize, field: &ActField) -> Html {
    let name = format!("field{place}");
    let choice = |options: &[&str]| {
        html! {
            <select name={name.clone()}>
                { for options.iter().map(|option| html! {
                    <option value={option.to_string()} selected={*option == field.value}>
                        { if option.is_empty() { "–" } else { option } }
                    </option>
                }) }
            </select>
        }
    };
    let entry = match field.kind {
        FieldKind::Verb => choice(&alike(&field.value)),
        FieldKind::Node => choice(&props.nodes.iter().map(String::as_str).collect::<Vec<_>>()),
        FieldKind::Group => choice(&[GROUPS[0], GROUPS[1], GROUPS[2], ""]),
        FieldKind::Text | FieldKind::Setting => html! {
            <input type="text" name={name.clone()} ~defaultValue={field.value.clone()} />
        },
    };
    html! { <label class="field"><span>{ &field.label }</span>{ entry }</label> }
}

/// The acts that take the same words as this one, it included.
fn alike(verb: &str) -> Vec<&str> {
    const ALIKE: [&[&str]; 4] = [
        &["crash", "restart", "wipe", "pause", "resume"],
        &["slow", "slow-disk"],
        &["cut", "heal"],
        &["drop", "duplicate", "hurry", "corrupt"],
    ];
    let group = ALIKE.iter().find(|group| group.contains(&verb));
    group.map_or_else(|| vec![verb], |group| group.to_vec())
}

fn by_text(props: &ChipForm, place: usize, chip: &Chip) -> Html {
    let line = format!("{} {}", chip.time.to_script(), chip.words);
    let onsubmit = props.dispatch.reform(move |event: SubmitEvent| {
        event.prevent_default();
        let line = browser::field(&event, "line");
        match read(&line) {
            Ok((time, words)) => {
                Msg::Chip(ChipMsg::Change(place, ChipEdit::Change { time, words }))
            }
            Err(why) => Msg::Complain(why),
        }
    });
    html! {
        <form class="acts-form wide" {onsubmit}>
            <label class="field"><span>{ "As text" }</span>
                <input type="text" name="line" ~defaultValue={line} />
            </label>
            <button type="submit" class="button">{ "Change to this" }</button>
        </form>
    }
}

/// A line such as `1.250s crash n1`.
fn read(line: &str) -> Result<(Time, String), String> {
    let (at, words) =
        line.trim().split_once(' ').ok_or("write a time and an act: 1.25s crash n1")?;
    Ok((time(at)?, words.trim().to_string()))
}

fn add(props: &ChipForm) -> Html {
    let onsubmit = props.dispatch.reform(move |event: SubmitEvent| {
        event.prevent_default();
        let words = browser::field(&event, "words").trim().to_string();
        match time(&browser::field(&event, "time")) {
            Ok(time) => Msg::Chip(ChipMsg::Add(time, words)),
            Err(why) => Msg::Complain(why),
        }
    });
    html! {
        <>
            <form class="row act-fields" {onsubmit}>
                <label class="field"><span>{ "At" }</span>
                    <input type="text" class="number" name="time" aria-label="At, time" ~defaultValue={props.now.to_script()} />
                </label>
                <label class="field"><span>{ "Do" }</span>
                    <input type="text" name="words" ~defaultValue={"crash leader".to_string()} autofocus=true />
                </label>
                <button type="submit" class="button main">{ "Add" }</button>
            </form>
            <details>
                <summary>{ "What can be done" }</summary>
                <dl class="claims">
                    { for ACTS.iter().map(|act| html! {
                        <div><dt><code>{ act.name }</code></dt><dd>{ act.means }</dd></div>
                    }) }
                </dl>
            </details>
        </>
    }
}
