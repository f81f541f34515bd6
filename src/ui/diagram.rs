//! The space–time diagram. Time runs to the right; on a narrow screen it runs down.

mod marks;

use yew::prelude::*;

use faultline::play::WhyLink;
use faultline::play::frame::Diagram;
use faultline::sim::{StepIndex, Time};

use super::browser::{self, SizeWatch};
use super::lab_page::{diagram_from, zoom_span};
use super::parts::Icon;
use super::shared::Shared;
use super::stage::SharedPainter;
use super::state::{Msg, Selection};

use marks::{Axes, picture};

#[derive(Properties, PartialEq)]
pub struct DiagramProps {
    pub diagram: Shared<Diagram>,
    /// The size of its surface in pixels.
    pub size: (f64, f64),
    pub zoom: usize,
    pub selection: Selection,
    pub lit: Option<StepIndex>,
    /// The causal chain that is shown, if one is.
    pub chain: Shared<Vec<WhyLink>>,
    pub painter: SharedPainter,
    pub dispatch: Callback<Msg>,
}

#[component]
pub fn DiagramView(props: &DiagramProps) -> Html {
    let surface = use_node_ref();
    use_size_watch(surface.clone(), props.dispatch.clone());
    use_sweep(surface.clone(), props);
    let dragging = use_state(|| false);
    let seek = {
        let (diagram, dispatch, size) = (props.diagram.clone(), props.dispatch.clone(), props.size);
        let surface = surface.clone();
        move |event: &PointerEvent| {
            let Some(element) = surface.cast::<web_sys::Element>() else { return };
            let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
            let (x, y) = browser::share_in(&element, x, y);
            let share = Axes::new(&diagram, size).share_at(x * size.0, y * size.1);
            dispatch.emit(Msg::SeekTime(diagram.time_at(share)));
        }
    };
    let onpointerdown = {
        let (seek, dragging) = (seek.clone(), dragging.clone());
        Callback::from(move |event: PointerEvent| {
            dragging.set(true);
            seek(&event);
        })
    };
    let onpointermove = {
        let dragging = dragging.clone();
        Callback::from(move |event: PointerEvent| {
            if *dragging && event.buttons() & 1 == 1 {
                seek(&event);
            }
        })
    };
    let onpointerup = Callback::from(move |_: PointerEvent| dragging.set(false));
    html! {
        <>
            { head(props) }
            <div class="diagram-surface" ref={surface} {onpointerdown} {onpointermove} {onpointerup}>
                { picture(props) }
            </div>
        </>
    }
}

#[hook]
fn use_size_watch(root: NodeRef, dispatch: Callback<Msg>) {
    use_effect_with((), move |()| {
        let watch = root.cast::<web_sys::Element>().map(|element| {
            SizeWatch::new(&element, move |width, height| {
                dispatch.emit(Msg::DiagramSize(width, height));
            })
        });
        move || drop(watch)
    });
}

/// Between two events only the diagram's window moves: tells the painter how.
#[hook]
fn use_sweep(surface: NodeRef, props: &DiagramProps) {
    let (painter, diagram) = (props.painter.clone(), props.diagram.clone());
    let (size, zoom) = (props.size, props.zoom);
    use_effect(move || {
        let find = |selector: &str| {
            let root = surface.cast::<web_sys::Element>()?;
            root.query_selector(selector).ok().flatten()
        };
        let (moving, present) = (find("[data-moving]"), find("[data-present]"));
        let axes = Axes::new(&diagram, size);
        let now = diagram.now;
        let sweep = move |now: Time| {
            let from = diagram_from(now, diagram.from, zoom_span(zoom));
            let gone = diagram.share(from);
            let here = diagram.share(now) - gone;
            if let Some(moving) = &moving {
                let _ = moving.set_attribute("transform", &axes.shift(-gone));
            }
            if let Some(present) = &present {
                let _ = present.set_attribute("transform", &axes.shift(here));
            }
        };
        sweep(now);
        painter.attach_sweep(Some(Box::new(sweep)));
    });
}

fn head(props: &DiagramProps) -> Html {
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
            <p class="small soft diagram-hint">{ "Drag to move through time." }</p>
            <span class="small soft number">{ format!("{} wide", zoom_span(props.zoom)) }</span>
            { zoom(-1, Icon::Plus, "Zoom in") }
            { zoom(1, Icon::Minus, "Zoom out") }
        </div>
    }
}
