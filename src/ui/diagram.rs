//! The space–time diagram. Time runs to the right; on a narrow screen it runs down.

mod axes;
mod hold;
mod marks;
mod slants;

use markup::html;
use yew::prelude::{Callback, Html, MouseEvent, NodeRef, PointerEvent};

use crate::ui::piece::Piece;

use faultline::play::WhyLink;
use faultline::play::frame::{Cursor, Diagram};
use faultline::sim::{StepIndex, Time};

use super::browser;
use super::lab_page::{diagram_from, zoom_span};
use super::parts::Icon;
use super::shared::Shared;
use super::stage::Sweep;
use super::state::{Msg, Selection};

use axes::Axes;
use marks::picture;

#[derive(PartialEq)]
pub struct DiagramView {
    pub diagram: Shared<Diagram>,
    /// The size of its surface in pixels.
    pub size: (f64, f64),
    pub zoom: usize,
    pub selection: Selection,
    pub lit: Option<StepIndex>,
    /// The causal chain that is shown, if one is.
    pub chain: Shared<Vec<WhyLink>>,
    /// The place that keys go from.
    pub cursor: Option<Cursor>,
    /// A chip that is being dragged: its words, and where it is now.
    pub drag: Option<(String, Time)>,
    /// What it says to a screen reader.
    pub about: String,
    /// Where its surface is, for the painter.
    pub place: NodeRef,
    pub dispatch: Callback<Msg>,
}

impl Piece for DiagramView {
    fn html(&self) -> Html {
        view(self)
    }
}

fn view(props: &DiagramView) -> Html {
    let seek = seek(props);
    let drag = seek.clone();
    let onpointerdown = Callback::from(move |event: PointerEvent| seek(&event));
    let onpointermove = Callback::from(move |event: PointerEvent| {
        if event.buttons() & 1 == 1 {
            drag(&event);
        }
    });
    let onpointerup = props.dispatch.reform(|_: PointerEvent| Msg::Release);
    let onpointercancel = onpointerup.clone();
    html! {
        <>
            { head(props) }
            <div class="diagram-surface" ref={props.place.clone()} tabindex="0" role="application" data-plot=""
                aria-label={props.about.clone()} {onpointerdown} {onpointermove} {onpointerup} {onpointercancel}>
                { picture(props) }
            </div>
        </>
    }
}

/// Goes to the moment at which a pointer is.
fn seek(props: &DiagramView) -> impl Fn(&PointerEvent) + Clone + 'static {
    let (diagram, dispatch) = (props.diagram.clone(), props.dispatch.clone());
    let (place, size) = (props.place.clone(), props.size);
    move |event: &PointerEvent| {
        let Some(element) = place.cast::<web_sys::Element>() else { return };
        let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
        let (x, y) = browser::share_in(&element, x, y);
        let share = Axes::new(&diagram, size).share_at(x * size.0, y * size.1);
        dispatch.emit(Msg::SeekTime(diagram.time_at(share)));
    }
}

/// What the painter has to do as time passes: between two events only the diagram's window moves.
pub fn sweep(
    surface: &web_sys::Element,
    diagram: Shared<Diagram>,
    size: (f64, f64),
    zoom: usize,
) -> Sweep {
    let find = |selector: &str| surface.query_selector(selector).ok().flatten();
    let (moving, present) = (find("[data-moving]"), find("[data-present]"));
    let axes = Axes::new(&diagram, size);
    Box::new(move |now: Time| {
        let from = diagram_from(now, diagram.from, zoom_span(zoom));
        let gone = axes.along(from);
        let here = axes.along(now) - gone;
        if let Some(moving) = &moving {
            let _ = moving.set_attribute("transform", &axes.shift(-gone));
        }
        if let Some(present) = &present {
            let _ = present.set_attribute("transform", &axes.shift(here));
        }
    })
}

fn head(props: &DiagramView) -> Html {
    let zoom = |by: i32, icon: Icon, name: &'static str| {
        let onclick = props.dispatch.reform(move |_: MouseEvent| Msg::Zoom(by));
        html! {
            <button type="button" class="button small square quiet" aria-label={name} title={name} {onclick}>
                { icon.html() }
            </button>
        }
    };
    html! {
        <div class="diagram-head">
            <h2>{ "Space–time" }</h2>
            <p class="small soft diagram-hint" title="Drag to move through time.">
                { for props.diagram.kinds().into_iter().map(|(letters, kind)| html! {
                    <span class="kind"><b>{ letters }</b>{ " " }{ kind }</span>
                }) }
            </p>
            <span class="small soft number">{ format!("{} wide", zoom_span(props.zoom)) }</span>
            { zoom(-1, Icon::Plus, "Zoom in") }
            { zoom(1, Icon::Minus, "Zoom out") }
        </div>
    }
}
