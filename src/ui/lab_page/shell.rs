//! The lab page as a whole: where each view stands, and what each is given.

use yew::prelude::*;

use faultline::labs::VariantKind;
use faultline::play::frame::summary;

use crate::ui::diagram::DiagramView;
use crate::ui::panels::{Inspector, Log, Rules, Script, Why};
use crate::ui::parts::{Ask, Dialog, FaultList, Help, Icon, SetupSheet, TableSheet, Toasts};
use crate::ui::shared::Shared;
use crate::ui::stage::{SharedPainter, Stage, Tray};
use crate::ui::state::{Msg, Sheet, Tab};
use crate::ui::strip::Strip;
use crate::ui::transport::Transport;

use super::LabPage;

impl LabPage {
    pub fn shell(&self, ctx: &Context<LabPage>) -> Html {
        let side = if self.side_open { "open" } else { "closed" };
        html! {
            <div class="lab" data-layout={self.layout.id()} data-tab={self.tab.id()} data-side={side}>
                { self.bar(ctx) }
                <main>
                    <h1 class="unseen">{ self.session.lab().title }</h1>
                    <Strip scene={self.scene.clone()} chosen={self.chosen_fault} dispatch={self.dispatch.clone()} />
                    { self.stage() }
                    { self.diagram() }
                    { self.transport() }
                </main>
                { self.side() }
                <Toasts toast={self.toast.clone()} dispatch={self.dispatch.clone()} />
                { self.sheet(ctx) }
            </div>
        }
    }

    fn painter(&self) -> SharedPainter {
        SharedPainter(self.painter.clone())
    }

    fn stage(&self) -> Html {
        let last = self.recent.last();
        let lit = match self.lit {
            Some(step) => self.session.marks().get(step).and_then(|mark| mark.node),
            None => last.and_then(|step| step.node),
        };
        let about = format!("{} {}", self.session.lab().summary, summary(&self.scene));
        html! {
            <section class="stage-region" id="region-stage" tabindex="-1" aria-label="Stage and acts"
                aria-describedby="stage-about">
                <p class="unseen" id="stage-about">{ about }</p>
                { self.caption() }
                <Stage scene={self.scene.clone()} ring={self.ring.clone()} recent={self.recent.clone()}
                    selection={self.selection} groups={self.groups.clone()} {lit}
                    painter={self.painter()} dispatch={self.dispatch.clone()} />
                <Tray scene={self.scene.clone()} selection={self.selection} groups={self.groups.clone()}
                    commands={!self.session.lab().commands.is_empty()} dispatch={self.dispatch.clone()} />
            </section>
        }
    }

    /// What happened last, over the stage; the same words go to a screen reader.
    fn caption(&self) -> Html {
        let (number, said) = &self.said;
        html! {
            <p class="caption" role="status"><span key={*number}>{ said }</span></p>
        }
    }

    fn diagram(&self) -> Html {
        let chain = if self.tab == Tab::Why { self.why.clone() } else { self.no_chain.clone() };
        html! {
            <section class="diagram-region" id="region-diagram" tabindex="-1" aria-label="Space–time diagram">
                <DiagramView diagram={self.diagram.clone()} size={self.diagram_size} zoom={self.zoom}
                    selection={self.selection} lit={self.lit} {chain} painter={self.painter()}
                    dispatch={self.dispatch.clone()} />
            </section>
        }
    }

    fn side(&self) -> Html {
        let toggle = self.dispatch.reform(|_: MouseEvent| Msg::ToggleSide);
        html! {
            <aside class="side" id="region-side" tabindex="-1" aria-label="Panels">
                <div class="tabs">
                    <div class="tab-list" role="tablist" aria-label="Panels">
                        { for Tab::ALL.into_iter().map(|tab| self.tab_button(tab)) }
                    </div>
                    <button type="button" class="button quiet square side-close" onclick={toggle}
                        aria-label="Close the panels">{ Icon::Cross.html() }</button>
                </div>
                <div class="panel" role="tabpanel" id="panel" tabindex="0"
                    aria-labelledby={format!("tab-{}", self.tab.id())}>
                    { self.panel() }
                </div>
            </aside>
        }
    }

    fn tab_button(&self, tab: Tab) -> Html {
        let chosen = self.tab == tab;
        let onclick = self.dispatch.reform(move |_: MouseEvent| Msg::ShowTab(tab));
        let dispatch = self.dispatch.clone();
        let onkeydown = Callback::from(move |event: KeyboardEvent| {
            let by = match event.key().as_str() {
                "ArrowLeft" => -1,
                "ArrowRight" => 1,
                _ => return,
            };
            event.prevent_default();
            let count = Tab::ALL.len() as isize;
            let place = Tab::ALL.iter().position(|&other| other == tab).unwrap_or(0) as isize;
            let next = Tab::ALL[(place + by).rem_euclid(count) as usize];
            dispatch.emit(Msg::ShowTab(next));
            crate::ui::browser::focus(&format!("#tab-{}", next.id()));
        });
        html! {
            <button type="button" role="tab" id={format!("tab-{}", tab.id())} class={classes!("tab", format!("tab-{}", tab.id()))}
                aria-selected={chosen.to_string()} aria-controls="panel" {onclick} {onkeydown}
                tabindex={if chosen { "0" } else { "-1" }}>{ tab.word() }</button>
        }
    }

    fn panel(&self) -> Html {
        let (scene, dispatch, lab) =
            (self.scene.clone(), self.dispatch.clone(), self.session.lab());
        let inspector = || {
            html! {
                <Inspector scene={scene.clone()} selection={self.selection} {lab} dispatch={dispatch.clone()} />
            }
        };
        let printed = self.session.setup().variant().kind == VariantKind::AsPrinted;
        match self.tab {
            Tab::Diagram | Tab::Inspector => inspector(),
            Tab::Rules => html! {
                <Rules book={self.rulebook.clone()} fired={self.fired.clone()} clock={self.scene.time} {printed} {dispatch} />
            },
            Tab::Log => html! {
                <Log rows={self.log.clone()} filter={self.filter} lit={self.lit} {dispatch}
                    nodes={scene.nodes.iter().map(|node| node.id).collect::<Vec<_>>()} />
            },
            Tab::Why => html! {
                <Why chain={self.why.clone()} position={self.session.position()}
                    chosen={self.why_of.is_some()} {dispatch} />
            },
            Tab::Script => html! { <Script script={self.script.clone()} {lab} /> },
        }
    }

    fn transport(&self) -> Html {
        let last = match (self.is_playing(), self.recent.last()) {
            (false, Some(step)) => self.session.sentence(step).into(),
            (true, _) | (false, None) => AttrValue::default(),
        };
        html! {
            <Transport playing={self.is_playing()} position={self.session.position()}
                end={self.session.end().0} clock={self.scene.time} {last} speed={self.speed}
                faults={!self.scene.faults.is_empty()} dispatch={self.dispatch.clone()} />
        }
    }

    fn sheet(&self, ctx: &Context<LabPage>) -> Html {
        let Some(sheet) = self.sheet else { return html! {} };
        let onclose = self.dispatch.reform(|()| Msg::Open(None));
        let dispatch = self.dispatch.clone();
        let (title, body) = match sheet {
            Sheet::Help => {
                let props = ctx.props();
                let (settings, set_settings) = (props.settings.clone(), props.set_settings.clone());
                ("Keys", html! { <Help {settings} {set_settings} /> })
            }
            Sheet::Setup => {
                let setup = self.session.setup().clone();
                ("Set-up", html! { <SetupSheet {setup} {dispatch} /> })
            }
            Sheet::Table => (
                "Everything as tables",
                html! { <TableSheet scene={self.scene.clone()} {dispatch} /> },
            ),
            Sheet::Ask(node) => {
                ("Ask a node", html! { <Ask lab={self.session.lab()} {node} {dispatch} /> })
            }
            Sheet::Faults => (
                "Faults of this run",
                html! { <FaultList scene={self.scene.clone()} {dispatch} /> },
            ),
        };
        html! { <Dialog {title} {onclose}>{ body }</Dialog> }
    }
}

/// Nothing to mark in the diagram.
pub fn no_chain() -> Shared<Vec<faultline::play::WhyLink>> {
    Shared::new(Vec::new())
}
