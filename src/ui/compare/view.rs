//! The page as a whole: where the runs part, the twin stages and diagrams, the tables.

use markup::html;
use yew::prelude::{AttrValue, Context, Html, MouseEvent};

use faultline::play::compare::{Kind, Side, story_for};
use faultline::play::frame::{clock_words, summary};
use faultline::sim::Time;

use crate::ui::diagram::DiagramView;
use crate::ui::dom::classes;
use crate::ui::light;
use crate::ui::parts::{Icon, prose};
use crate::ui::piece::piece;
use crate::ui::stage::{Stage, Tray};
use crate::ui::state::{Msg, Selection};

use super::{CompareMsg, ComparePage};

impl ComparePage {
    pub fn page(&self, ctx: &Context<ComparePage>) -> Html {
        let sides = match &self.comparison {
            Ok(comparison) => comparison.sides(),
            Err(_) => &[],
        };
        html! {
            <div class="compare lab" data-layout={self.layout.id()} data-count={sides.len().to_string()}>
                { self.bar(ctx) }
                <main class="compare-main">
                    if let Err(why) = &self.comparison { <p class="notice">{ why.clone() }</p> }
                    { self.head(ctx) }
                    <div class="compare-sides">
                        { for sides.iter().enumerate().map(|(place, side)| self.side(place, side)) }
                    </div>
                    { self.tray() }
                    { self.tables() }
                </main>
                { self.transport() }
                { self.toast() }
            </div>
        }
    }

    /// Where the runs part, in words; each place can be gone to.
    fn head(&self, ctx: &Context<ComparePage>) -> Html {
        let Ok(comparison) = &self.comparison else { return html! {} };
        let request = &ctx.props().request;
        let about = match comparison.kind {
            Kind::Labs(pair) => match request.story {
                Some(id) => story_for(pair, Some(id)).shows,
                None => pair.summary,
            },
            Kind::Setups => {
                "One script and one luck, several set-ups. What you do is done in all of them."
            }
            Kind::Runs => "Your runs, from the same beginning. What you do is done in all of them.",
        };
        let parting = self.parting.as_ref().map(|parting| {
            let led = comparison.is_led();
            let fares = comparison.sides().iter().zip(&parting.outcomes);
            let fares: Vec<String> = fares
                .map(|(side, outcome)| format!("{}: {}", side.name, outcome.words(led)))
                .collect();
            let when = clock_words(parting.time);
            (parting.time, format!("From {when} on they fare differently. {}.", fares.join("; ")))
        });
        html! {
            <section class="compare-head" aria-label="Where the runs part">
                <p>{ about }</p>
                if self.preparing { <p role="status">{ "Playing the runs…" }</p> }
                <ul class="partings">
                    { for self.differences.iter().flatten().map(|(time, words)| self.place(*time, words, "Go to the first difference")) }
                    { for parting.iter().map(|(time, words)| self.place(*time, words, "Go to where they fare differently")) }
                </ul>
                <p class="caption" role="status"><span key={self.said.0}>{ &self.said.1 }</span></p>
            </section>
        }
    }

    fn place(&self, time: Time, words: &str, name: &'static str) -> Html {
        // Just before it, so that it can be seen to come.
        let onclick =
            self.dispatch.reform(move |_: MouseEvent| CompareMsg::Side(0, Msg::SeekTime(time)));
        html! {
            <li>
                <button type="button" class="button small" {onclick} aria-label={format!("{name}, {}", clock_words(time))}>
                    { Icon::Flag.html() }{ clock_words(time) }
                </button>
                <span>{ words.to_string() }</span>
            </li>
        }
    }

    fn side(&self, place: usize, side: &Side) -> Html {
        let shown = &self.shown[place];
        let selection = match self.selection {
            // Names of messages are told apart by run; those of nodes are the same in all.
            Selection::Message(_) if self.chosen != place => Selection::Nothing,
            other => other,
        };
        let who = AttrValue::from(side.name.clone());
        let stage = piece(Stage {
            who: who.clone(),
            scene: shown.scene.clone(),
            ring: shown.ring.clone(),
            recent: shown.recent.clone(),
            selection,
            groups: self.groups.clone(),
            lit: shown.lit_node(side.session()),
            pointed: false,
            moving: self.is_playing(),
            place: shown.places.0.clone(),
            dispatch: self.sides[place].clone(),
        });
        let differs = side.differs().map(|difference| difference.step);
        let diagram = piece(DiagramView {
            diagram: shown.diagram.clone(),
            size: shown.diagram_size,
            zoom: self.zoom,
            selection,
            lit: shown.lit.or(differs),
            chain: shown.chain.clone(),
            cursor: None,
            drag: None,
            about: format!("Space–time diagram of {}", side.name),
            place: shown.places.1.clone(),
            dispatch: self.sides[place].clone(),
        });
        let led = self.comparison.as_ref().is_ok_and(|comparison| comparison.is_led());
        let outcome = side.outcome();
        let (onpointerover, onfocusin) = light::listeners(&self.sides[place]);
        let well = if outcome.failed || outcome.broken > 0 { "ill" } else { "well" };
        html! {
            <section class="compare-side" aria-label={side.name.clone()} data-side={place.to_string()} {onpointerover} {onfocusin}>
                <header class="compare-side-head">
                    <h2>{ &side.name }</h2>
                    <p class="small soft">{ prose(&side.what) }</p>
                    <p class="chip compare-outcome" data-fate={well}>{ outcome.words(led) }</p>
                </header>
                { self.counters(place) }
                <p class="unseen">{ summary(&shown.scene) }</p>
                <div class="compare-stage">{ stage }</div>
                <div class="diagram-region compare-diagram" role="group" aria-label={format!("{}, space–time diagram", side.name)}>
                    { diagram }
                </div>
            </section>
        }
    }

    /// The figures that say most, beside the run that they are of.
    fn counters(&self, place: usize) -> Html {
        html! {
            <dl class="counters">
                { for self.figures.iter().filter(|figure| figure.main).map(|figure| {
                    let cell = figure.cells.get(place);
                    html! {
                        <div class={if figure.differs { "differs" } else { "same" }} title={figure.means.clone()}>
                            <dt>{ &figure.name }</dt>
                            <dd class="number">
                                { cell.map(|cell| &cell.text) }
                                if let Some(difference) = cell.and_then(|cell| cell.difference.as_ref()).filter(|_| figure.differs) {
                                    <span class="soft small">{ format!(" {difference}") }</span>
                                }
                            </dd>
                        </div>
                    }
                }) }
            </dl>
        }
    }

    fn tray(&self) -> Html {
        let Some(shown) = self.shown.get(self.chosen) else { return html! {} };
        // It lies over the page only while something is to be done.
        let idle = self.selection == Selection::Nothing && self.groups.is_none();
        let tray = piece(Tray {
            scene: shown.scene.clone(),
            selection: self.selection,
            groups: self.groups.clone(),
            commands: false,
            leader: None,
            untouched: false,
            quiet: None,
            dispatch: self.sides[self.chosen].clone(),
        });
        html! {
            <section class={classes!("compare-tray", idle.then_some("idle"))} aria-label="Acts in all runs">{ tray }</section>
        }
    }

    fn toast(&self) -> Html {
        let close = self.dispatch.reform(|_: MouseEvent| CompareMsg::Dismiss);
        html! {
            <div class="toasts" role="status">
                if let Some(text) = &self.toast {
                    <div class="notice plain">
                        <p>{ text }</p>
                        <button type="button" class="button small quiet square" aria-label="Dismiss" onclick={close}>
                            { Icon::Cross.html() }
                        </button>
                    </div>
                }
            </div>
        }
    }
}
