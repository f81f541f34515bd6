//! Sharing a run: as a link, as a frame in another page, as a picture for phones, as a file.

mod file;
mod png;

use gloo_events::EventListener;
use markup::html;
use qrcodegen::{QrCode, QrCodeEcc};
use yew::prelude::{Callback, Component, Context, Event, Html, InputEvent, MouseEvent, Properties};

use faultline::play::embed::options::{Action, Part, Theme};
use faultline::play::embed::{Embed, Frame, SNIPPETS, Ui};
use faultline::play::link::{HASH_MAX, Link};
use faultline::sim::StepIndex;

use super::browser;
use super::chunk::chunk;
use super::state::Msg;

/// An address up to so long passes everywhere.
const SHORT: usize = 500;

chunk! {
    /// Draws the dialog.
    pub SHARE: fn(Share) -> Html = draw, in share
}

/// What can be shared.
#[derive(Clone, PartialEq)]
pub struct Share {
    /// The whole run, with everything that was done.
    pub whole: Link,
    /// Where it stands.
    pub position: StepIndex,
    /// The run as it would be without the learner's acts.
    pub begun: Link,
    /// What it is called: the lab, and the story.
    pub title: String,
    pub dispatch: Callback<Msg>,
}

fn draw(share: Share) -> Html {
    yew::html! { <Sheet {share} /> }
}

#[derive(Properties, PartialEq)]
struct SheetProps {
    share: Share,
}

/// Which part of the run the link leads to.
#[derive(Clone, Copy, PartialEq)]
enum What {
    Moment,
    Faults,
    Start,
    Empty,
}

impl What {
    const ALL: [(What, &'static str); 4] = [
        (What::Moment, "This moment: the run with all that was done, opened here"),
        (What::Faults, "With my acts: the same run, opened at its beginning"),
        (What::Start, "From the start: the story without my acts"),
        (What::Empty, "Empty: the same set-up, and nothing done to it"),
    ];

    fn link(self, share: &Share) -> Link {
        match self {
            What::Moment => Link { at: Some(share.position), ..share.whole.clone() },
            What::Faults => share.whole.clone(),
            What::Start => share.begun.clone(),
            What::Empty => Link::new(share.whole.setup.clone()),
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Tab {
    Link,
    Embed,
    Qr,
    File,
}

impl Tab {
    const ALL: [(Tab, &'static str); 4] =
        [(Tab::Link, "Link"), (Tab::Embed, "Embed"), (Tab::Qr, "QR code"), (Tab::File, "File")];
}

/// The dialog, and what was chosen in it.
struct Sheet {
    tab: Tab,
    what: What,
    embed: Embed,
    /// The place to paste the frame into.
    place: usize,
    height: u32,
    _drops: [EventListener; 2],
}

enum SheetMsg {
    Show(Tab),
    Choose(What),
    Ui(usize),
    Theme(usize),
    Part(usize, bool),
    Action(usize, bool),
    Lock(bool),
    Place(usize),
    Height(u32),
}

impl Component for Sheet {
    type Message = SheetMsg;
    type Properties = SheetProps;

    fn create(ctx: &Context<Sheet>) -> Sheet {
        Sheet {
            tab: Tab::Link,
            what: What::Moment,
            embed: Embed::default(),
            place: 0,
            height: 600,
            _drops: file::drops(&ctx.props().share.dispatch),
        }
    }

    fn update(&mut self, _ctx: &Context<Sheet>, msg: SheetMsg) -> bool {
        match msg {
            SheetMsg::Show(tab) => self.tab = tab,
            SheetMsg::Choose(what) => self.what = what,
            SheetMsg::Ui(place) => {
                let usual = Embed::of(Ui::ALL[place].0);
                self.embed = Embed {
                    ui: usual.ui,
                    panels: usual.panels,
                    controls: usual.controls,
                    ..self.embed.clone()
                };
            }
            SheetMsg::Theme(place) => self.embed.theme = Theme::ALL[place].0,
            SheetMsg::Part(place, on) => toggle(&mut self.embed.panels, Part::ALL, place, on),
            SheetMsg::Action(place, on) => toggle(&mut self.embed.actions, Action::ALL, place, on),
            SheetMsg::Lock(on) => self.embed.lock = on,
            SheetMsg::Place(place) => self.place = place,
            SheetMsg::Height(height) => self.height = height.clamp(480, 2_000),
        }
        true
    }

    fn view(&self, ctx: &Context<Sheet>) -> Html {
        let share = &ctx.props().share;
        html! {
            <div class="share stack">
                <div class="tab-list" role="tablist" aria-label="Ways to share">
                    { for Tab::ALL.into_iter().map(|(tab, word)| {
                        let onclick = ctx.link().callback(move |_: MouseEvent| SheetMsg::Show(tab));
                        html! {
                            <button type="button" role="tab" class="tab" aria-selected={(tab == self.tab).to_string()} {onclick}>{ word }</button>
                        }
                    }) }
                </div>
                if self.tab != Tab::File { { self.whats(ctx) } }
                { match self.tab {
                    Tab::Link => self.link(share),
                    Tab::Embed => self.frame(ctx, share),
                    Tab::Qr => self.qr(share),
                    Tab::File => file::files(share),
                } }
            </div>
        }
    }
}

/// Puts a value into a list, in the order of all values, or takes it out.
fn toggle<T: Copy + PartialEq>(list: &mut Vec<T>, all: &[(T, &str)], place: usize, on: bool) {
    let value = all[place].0;
    let wanted = |other: &T| if *other == value { on } else { list.contains(other) };
    let kept: Vec<T> = all.iter().map(|(value, _)| *value).filter(wanted).collect();
    *list = kept;
}

impl Sheet {
    fn whats(&self, ctx: &Context<Sheet>) -> Html {
        html! {
            <fieldset class="stack">
                <legend>{ "What to share" }</legend>
                { for What::ALL.into_iter().map(|(what, words)| {
                    let onchange = ctx.link().callback(move |_: Event| SheetMsg::Choose(what));
                    html! {
                        <label class="check">
                            <input type="radio" name="what" checked={what == self.what} {onchange} />{ words }
                        </label>
                    }
                }) }
            </fieldset>
        }
    }

    fn link(&self, share: &Share) -> Html {
        let url = browser::address(&self.what.link(share).short_hash());
        html! {
            <>
                { text("Link", &url) }
                { length(url.len()) }
                <div class="row">{ copier(share, url, "The link") }</div>
            </>
        }
    }

    fn qr(&self, share: &Share) -> Html {
        let url = browser::address(&self.what.link(share).short_hash());
        match QrCode::encode_text(&url, QrCodeEcc::Low) {
            Ok(code) => html! {
                <>
                    <svg class="qr" role="img" aria-label="QR code of the link" viewBox={format!("-4 -4 {0} {0}", code.size() + 8)}>
                        <rect x="-4" y="-4" width="100%" height="100%" fill="#ffffff" />
                        <path d={modules(&code)} fill="#000000" />
                    </svg>
                    { length(url.len()) }
                </>
            },
            Err(_) => html! {
                <p role="status">{ "This link is too long for a QR code. Share the story or the set-up alone, or take a file." }</p>
            },
        }
    }

    fn frame(&self, ctx: &Context<Sheet>, share: &Share) -> Html {
        let mut hash = format!("/embed{}", self.what.link(share).short_hash());
        for (name, value) in self.embed.query() {
            hash.push_str(&format!("&{name}={}", browser::encode(&value)));
        }
        let url = browser::address(&hash);
        let snippet = &SNIPPETS[self.place];
        let frame = Frame { url: url.clone(), title: share.title.clone(), height: self.height };
        let code = (snippet.write)(&frame);
        let height = ctx.link().callback(|event: InputEvent| {
            SheetMsg::Height(browser::value_of(&event).parse().unwrap_or(600))
        });
        let lock = ctx.link().callback(|event: Event| SheetMsg::Lock(browser::checked(&event)));
        html! {
            <>
                <div class="share-options">
                    { choice(ctx, "How much of the page", (Ui::ALL, amount), self.embed.ui, SheetMsg::Ui) }
                    { choice(ctx, "Colours", (Theme::ALL, colours), self.embed.theme, SheetMsg::Theme) }
                    <label class="field"><span>{ "Height in pixels" }</span>
                        <input type="number" class="number" min="480" max="2000" value={self.height.to_string()} oninput={height} />
                    </label>
                </div>
                { checks(ctx, "Parts", (Part::ALL, part), &self.embed.panels, SheetMsg::Part) }
                { checks(ctx, "Acts that are allowed", (Action::ALL, acts), &self.embed.actions, SheetMsg::Action) }
                <label class="check">
                    <input type="checkbox" checked={self.embed.lock} onchange={lock} />{ "To look at only" }
                </label>
                { self.places(ctx) }
                <p class="soft small">{ snippet.how }</p>
                { text("Lines to paste", &code) }
                { length(url.len()) }
                <div class="row">{ copier(share, code, "The frame") }{ file::package(share, hash) }</div>
                <iframe class="share-preview" title="Preview" src={url} loading="lazy" />
            </>
        }
    }

    fn places(&self, ctx: &Context<Sheet>) -> Html {
        let onchange = ctx.link().callback(|event: Event| {
            SheetMsg::Place(browser::value_of(&event).parse().unwrap_or_default())
        });
        html! {
            <label class="field"><span>{ "Where to" }</span>
                <select {onchange}>
                    { for SNIPPETS.iter().enumerate().map(|(place, snippet)| html! {
                        <option value={place.to_string()} selected={place == self.place}>{ snippet.place }</option>
                    }) }
                </select>
            </label>
        }
    }
}

/// What can be chosen, with its word in addresses, and what the dialog calls it.
type Choices<T> = (&'static [(T, &'static str)], fn(T) -> &'static str);

// What an address says in one word, as the dialog says it.

fn amount(ui: Ui) -> &'static str {
    match ui {
        Ui::Std => "The usual",
        Ui::Full => "Everything",
        Ui::Min => "Stage and controls",
        Ui::None => "The stage alone",
    }
}

fn colours(theme: Theme) -> &'static str {
    match theme {
        Theme::Auto => "As the reader's system",
        Theme::Light => "Light",
        Theme::Dark => "Dark",
        Theme::Projector => "Projector",
        Theme::Contrast => "High contrast",
    }
}

fn part(part: Part) -> &'static str {
    match part {
        Part::Stage => "Stage",
        Part::Space => "Space–time diagram",
        Part::Strip => "Fault strip",
        Part::Rules => "Rules",
        Part::State => "Inspector",
        Part::Log => "Log",
        Part::Metrics => "Metrics",
    }
}

fn acts(action: Action) -> &'static str {
    match action {
        Action::Kill => "Nodes",
        Action::Cut => "Links",
        Action::Partition => "Partitions",
        Action::Message => "Messages and timers",
        Action::Load => "Requests and parameters",
    }
}

fn choice<T: Copy + PartialEq + 'static>(
    ctx: &Context<Sheet>,
    name: &'static str,
    (all, words): Choices<T>,
    chosen: T,
    msg: fn(usize) -> SheetMsg,
) -> Html {
    let onchange = ctx
        .link()
        .callback(move |event: Event| msg(browser::value_of(&event).parse().unwrap_or_default()));
    html! {
        <label class="field"><span>{ name }</span>
            <select {onchange}>
                { for all.iter().enumerate().map(|(place, (value, _))| html! {
                    <option value={place.to_string()} selected={*value == chosen}>{ words(*value) }</option>
                }) }
            </select>
        </label>
    }
}

fn checks<T: Copy + PartialEq + 'static>(
    ctx: &Context<Sheet>,
    name: &'static str,
    (all, words): Choices<T>,
    chosen: &[T],
    msg: fn(usize, bool) -> SheetMsg,
) -> Html {
    html! {
        <fieldset class="row">
            <legend>{ name }</legend>
            { for all.iter().enumerate().map(|(place, (value, _))| {
                let onchange = ctx.link().callback(move |event: Event| msg(place, browser::checked(&event)));
                html! {
                    <label class="check"><input type="checkbox" checked={chosen.contains(value)} {onchange} />{ words(*value) }</label>
                }
            }) }
        </fieldset>
    }
}

fn text(name: &'static str, text: &str) -> Html {
    html! {
        <label class="field"><span>{ name }</span>
            <textarea class="share-text" readonly=true rows="3" value={text.to_string()} />
        </label>
    }
}

/// How long an address is, and what that means.
fn length(length: usize) -> Html {
    let words = match length {
        0..SHORT => "short enough for everywhere",
        SHORT..HASH_MAX => "some programs cut links that are so long",
        _ => "too long for most programs: share a file instead",
    };
    html! { <p class="soft small number" role="status">{ format!("{length} characters: {words}.") }</p> }
}

fn copier(share: &Share, text: String, what: &'static str) -> Html {
    let onclick = share.dispatch.reform(move |_: MouseEvent| Msg::Copy(text.clone(), what));
    html! { <button type="button" class="button main" {onclick}>{ "Copy" }</button> }
}

/// The dark modules of a code as one path.
fn modules(code: &QrCode) -> String {
    let mut path = String::new();
    for y in 0..code.size() {
        for x in 0..code.size() {
            if code.get_module(x, y) {
                path.push_str(&format!("M{x} {y}h1v1h-1z"));
            }
        }
    }
    path
}
