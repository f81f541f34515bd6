//! What can be done with what is selected.

use markup::html;
use yew::prelude::{Callback, Html, MouseEvent};

use crate::ui::piece::Piece;

use faultline::play::embed::options::Action;
use faultline::play::frame::{SceneExt, brief};
use faultline::sim::view::SceneNode;
use faultline::sim::{Condition, Input, LinkSettings, MsgId, NodeId, Ppm, Scene, Span};

use crate::ui::parts::{Icon, act_button, plain, short};
use crate::ui::shared::Shared;
use crate::ui::state::{Go, GroupEdit, Groups, Msg, Preset, Selection, Sheet};

#[derive(PartialEq)]
pub struct Tray {
    pub scene: Shared<Scene>,
    pub selection: Selection,
    pub groups: Option<Shared<Groups>>,
    /// Whether the lab has anything that nodes can be asked.
    pub commands: bool,
    /// The node in charge, if one is.
    pub leader: Option<NodeId>,
    /// Whether nobody has done anything yet.
    pub untouched: bool,
    /// Nothing is to be seen for so long: only a timer can end it.
    pub quiet: Option<Span>,
    pub dispatch: Callback<Msg>,
}

impl Piece for Tray {
    fn html(&self) -> Html {
        view(self)
    }
}

fn view(props: &Tray) -> Html {
    let acts = match (&props.groups, props.selection) {
        (Some(groups), _) => partition(props, groups),
        (None, Selection::Nothing) => nothing(props),
        (None, Selection::Node(id)) => node(props, id),
        (None, Selection::Link(a, b)) => link(props, a, b),
        (None, Selection::Message(id)) => message(props, id),
    };
    html! {
        <div class="tray" data-tray="" data-stage="" role="toolbar" aria-label="Acts">{ acts }</div>
    }
}

fn button(
    props: &Tray,
    icon: Icon,
    (verb, object): (&str, &str),
    (harm, kind): (bool, &'static str),
    msg: impl Fn() -> Msg + 'static,
) -> Html {
    act_button(icon, verb, object, harm, kind, props.dispatch.reform(move |_: MouseEvent| msg()))
}

fn act(props: &Tray, icon: Icon, words: (&str, &str), input: Input) -> Html {
    let kind = (input.is_fault(), Action::of(&input).class());
    button(props, icon, words, kind, move || Msg::Act(input.clone()))
}

fn acts(props: &Tray, icon: Icon, words: (&str, &str), inputs: Vec<Input>) -> Html {
    let harm = inputs.iter().any(Input::is_fault);
    let kind = inputs.first().map_or("", |input| Action::of(input).class());
    button(props, icon, words, (harm, kind), move || Msg::ActAll(inputs.clone()))
}

fn nothing(props: &Tray) -> Html {
    let cut = props.scene.links.iter().any(|link| link.cut || link.settings.is_some());
    let down = |node: &&SceneNode| node.condition == Condition::Down;
    let first_down = props.scene.nodes.iter().find(down);
    let all_down = props.scene.nodes.iter().all(|node| node.condition == Condition::Down);
    let restart = first_down.filter(|_| all_down).map(|node| node.id);
    html! {
        <>
            { start(props, restart) }
            <span class="spread" />
            { button(props, Icon::Split, ("Partition", ""), (true, Action::Partition.class()), || Msg::Groups(GroupEdit::Toggle)) }
            if cut { { heal_all(props) } }
        </>
    }
}

/// The one thing that is most worth doing while nothing is selected.
fn start(props: &Tray, restart: Option<NodeId>) -> Html {
    let invite = |icon: Icon, words: String, msg: Msg| {
        let msg = std::cell::Cell::new(Some(msg));
        let onclick = Callback::from({
            let dispatch = props.dispatch.clone();
            move |_: MouseEvent| msg.take().into_iter().for_each(|msg| dispatch.emit(msg))
        });
        html! {
            <button type="button" class="button main invite act-kill" {onclick}>{ icon.html() }<span>{ words }</span></button>
        }
    };
    match (restart, props.quiet, props.leader) {
        (Some(node), _, _) => invite(
            Icon::Restart,
            format!("Restart {}", plain(node)),
            Msg::Act(Input::Restart(node)),
        ),
        (None, _, Some(leader)) if props.untouched => invite(
            Icon::Power,
            format!("Kill the leader, {leader}"),
            Msg::Act(Input::Crash(leader)),
        ),
        (None, Some(quiet), _) => html! {
            <>
                <p class="tray-hint soft">{ format!("Quiet: next timer in {}.", brief(quiet)) }</p>
                { button(props, Icon::Step, ("Go on to it", ""), (false, ""), || Msg::Go(Go::Step)) }
            </>
        },
        (None, None, _) => html! {
            <p class="tray-hint soft">{ "Select a node, a link or a message." }</p>
        },
    }
}

/// Opens all that needs a number.
fn more(props: &Tray) -> Html {
    button(props, Icon::Sliders, ("More…", ""), (false, ""), || Msg::Open(Some(Sheet::More)))
}

fn heal_all(props: &Tray) -> Html {
    act(props, Icon::Link, ("Heal all", ""), Input::HealAll)
}

fn node(props: &Tray, id: NodeId) -> Html {
    let Some(node) = props.scene.node(id) else { return html! {} };
    let name = plain(id);
    let ask = props.commands.then(|| {
        button(
            props,
            Icon::Speech,
            ("Request", &format!("of {name}…")),
            (false, Action::Load.class()),
            move || Msg::Open(Some(Sheet::Ask(id))),
        )
    });
    let now = match node.condition {
        Condition::Up => node.view.role,
        Condition::Paused => "paused",
        Condition::Down => "crashed",
    };
    let cut = isolation(&props.scene, id);
    let isolated = cut.is_empty();
    html! {
        <>
            { title(format!("{name}, {now}")) }
            { match node.condition {
                Condition::Down => html! { <>
                    { act(props, Icon::Restart, ("Restart", &name), Input::Restart(id)) }
                    { act(props, Icon::Broken, ("Wipe disk", &format!("of {name}")), Input::Wipe(id)) }
                </> },
                Condition::Paused => html! { <>
                    { act(props, Icon::Play, ("Resume", &name), Input::Resume(id)) }
                    { act(props, Icon::Power, ("Kill", &name), Input::Crash(id)) }
                </> },
                Condition::Up => html! { <>
                    { act(props, Icon::Power, ("Kill", &name), Input::Crash(id)) }
                    { act(props, Icon::Pause, ("Pause", &name), Input::Pause(id)) }
                </> },
            } }
            if !isolated { { acts(props, Icon::Cut, ("Cut off", &name), cut) } }
            if isolated || props.scene.links.iter().any(|link| link.cut) { { heal_all(props) } }
            { ask }
            { more(props) }
        </>
    }
}

/// What cuts a node off from all others. One act if it can be: it is then one fault to undo.
pub fn isolation(scene: &Scene, id: NodeId) -> Vec<Input> {
    let others = scene.nodes.iter().map(|node| node.id).filter(|&other| other != id);
    let others: Vec<NodeId> = others.collect();
    let joined = |&&other: &&NodeId| !(scene.is_cut(id, other) && scene.is_cut(other, id));
    let open: Vec<NodeId> = others.iter().filter(joined).copied().collect();
    let elsewhere = scene.links.iter().any(|link| link.cut && link.from != id && link.to != id);
    if open.is_empty() {
        Vec::new()
    } else if elsewhere {
        // A partition would mend the cuts among the others.
        open.into_iter().map(|other| Input::Partition(vec![vec![id], vec![other]])).collect()
    } else {
        vec![Input::Partition(vec![vec![id], others])]
    }
}

fn title(words: String) -> Html {
    html! { <p class="tray-title">{ words }</p> }
}

fn link(props: &Tray, a: NodeId, b: NodeId) -> Html {
    let (there, back) = (props.scene.is_cut(a, b), props.scene.is_cut(b, a));
    let (first, second) = (short(a), short(b));
    let own = |link: &&faultline::sim::view::SceneLink| {
        (link.from, link.to) == (a, b) || (link.from, link.to) == (b, a)
    };
    let altered = props.scene.links.iter().filter(own).any(|link| link.settings.is_some());
    let default = props.scene.default_link;
    let set = |change: &dyn Fn(&mut LinkSettings)| {
        let mut settings = default;
        change(&mut settings);
        vec![Input::Link(a, b, settings), Input::Link(b, a, settings)]
    };
    let lossy = set(&|settings| settings.loss = Ppm::percent(30));
    let usual = vec![Input::Link(a, b, default), Input::Link(b, a, default)];
    let cut = cut_both(&props.scene, a, b);
    let mend: Vec<Input> = [(there, a, b), (back, b, a)]
        .into_iter()
        .filter(|(cut, ..)| *cut)
        .map(|(_, from, to)| Input::Heal(from, to))
        .collect();
    html! {
        <>
            { title(format!("link {first} to {second}")) }
            if let Some(cut) = cut {
                { act(props, Icon::Cut, ("Cut", &format!("link {first} to {second}")), cut) }
            }
            if !there && !back {
                { act(props, Icon::Cut, (&format!("Cut only {first} → {second}"), ""), Input::Cut(a, b)) }
                { act(props, Icon::Cut, (&format!("Cut only {second} → {first}"), ""), Input::Cut(b, a)) }
            }
            if !mend.is_empty() {
                { acts(props, Icon::Link, ("Mend", &format!("link {first} to {second}")), mend) }
            }
            if altered {
                { acts(props, Icon::Link, ("Usual settings", ""), usual) }
            } else {
                { acts(props, Icon::Broken, ("Lose 30 %", ""), lossy) }
            }
            { more(props) }
        </>
    }
}

/// What cuts a link both ways, as one fault; `None` if it is cut already.
pub fn cut_both(scene: &Scene, a: NodeId, b: NodeId) -> Option<Input> {
    match (scene.is_cut(a, b), scene.is_cut(b, a)) {
        (false, false) => Some(Input::Partition(vec![vec![a], vec![b]])),
        (false, true) => Some(Input::Cut(a, b)),
        (true, false) => Some(Input::Cut(b, a)),
        (true, true) => None,
    }
}

fn message(props: &Tray, id: MsgId) -> Html {
    let number = id.0;
    let kind = props.scene.messages.iter().find(|flight| flight.message.id == id);
    let kind = kind.map_or("", |flight| flight.message.kind);
    html! {
        <>
            { title(format!("message {number}, {kind}")) }
            { act(props, Icon::Cross, ("Drop", &format!("message {number}")), Input::Drop(id)) }
            { act(props, Icon::Snail, ("Delay by 50 ms", ""), Input::Delay(id, Span::from_ms(50))) }
            { act(props, Icon::Twice, ("Duplicate", &format!("message {number}")), Input::Duplicate(id)) }
            { act(props, Icon::Broken, ("Damage", &format!("message {number}")), Input::Corrupt(id)) }
            { act(props, Icon::Fast, ("Deliver now", ""), Input::Hurry(id)) }
            { more(props) }
        </>
    }
}

fn partition(props: &Tray, groups: &Groups) -> Html {
    let ready = !groups.inputs().is_empty();
    let preset = |words: &str, preset| {
        button(props, Icon::Split, (words, ""), (false, ""), move || {
            Msg::Groups(GroupEdit::Preset(preset))
        })
    };
    let one_way = props.dispatch.reform(|_: MouseEvent| Msg::Groups(GroupEdit::OneWay));
    let apply = props.dispatch.reform(|_: MouseEvent| Msg::Groups(GroupEdit::Apply));
    let cancel = props.dispatch.reform(|_: MouseEvent| Msg::Groups(GroupEdit::Toggle));
    html! {
        <>
            <button type="button" class="button main" disabled={!ready} onclick={apply}>{ "Apply partition" }</button>
            <button type="button" class="button" onclick={cancel}>{ "Cancel" }</button>
            <p class="tray-hint">{ "Click nodes: A, B, C, or – for a bridge." }</p>
            { preset("Leader alone", Preset::Leader) }
            { preset("Leader in a minority", Preset::Minority) }
            { preset("Halves", Preset::Halves) }
            { preset("Bridge", Preset::Bridge) }
            { preset("Leader hears nobody", Preset::Deaf) }
            <button type="button" class="button" aria-pressed={groups.one_way.to_string()} onclick={one_way}>{ "One way: A is heard" }</button>
        </>
    }
}
