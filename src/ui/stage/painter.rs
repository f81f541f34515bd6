//! Moves what moves between two events: messages and timer arcs, by attribute on existing elements.

use std::cell::RefCell;

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use faultline::play::frame::{Ring, clock_words, flight_at};
use faultline::sim::view::Flight;
use faultline::sim::{Scene, Time};

use crate::ui::browser;
use crate::ui::number::decimal;
use crate::ui::shared::Shared;

/// What moves on the stage and in the diagram. Filled after each rendering.
#[derive(Default)]
pub struct Painter {
    flights: RefCell<Vec<Mover>>,
    arcs: RefCell<Vec<Arc>>,
    clocks: RefCell<Vec<Element>>,
    sweep: RefCell<Option<Sweep>>,
}

/// Shows a moment in the diagram.
pub type Sweep = Box<dyn Fn(Time)>;

/// A message and the elements that show it.
struct Mover {
    picture: Element,
    /// The button over it.
    hit: HtmlElement,
    flight: Flight,
    ring: Shared<Ring>,
}

/// The arc of a node's next timer.
struct Arc {
    element: Element,
    set_at: Time,
    due: Time,
}

impl Painter {
    /// Takes hold of the elements that the stage has just rendered.
    pub fn attach(&self, root: &Element, scene: &Scene, ring: &Shared<Ring>) {
        let pictures = all(root, "[data-mover]");
        let hits = all(root, "[data-hit]");
        // Both lists are in the order of the messages, of which those in a flow are left out.
        let mut flights = scene.messages.iter();
        let shown = pictures.into_iter().zip(hits).filter_map(|(picture, hit)| {
            let id = picture.get_attribute("data-mover")?;
            let flight = flights.find(|flight| flight.message.id.0.to_string() == id)?.clone();
            Some(Mover { picture, hit: hit.dyn_into().ok()?, flight, ring: ring.clone() })
        });
        *self.flights.borrow_mut() = shown.collect();
        *self.arcs.borrow_mut() = all(root, "[data-arc]")
            .into_iter()
            .filter_map(|element| {
                let id = element.get_attribute("data-arc")?;
                let node = scene.nodes.iter().find(|node| node.id.to_string() == id)?;
                let timer = node.timers.iter().min_by_key(|timer| timer.due)?;
                Some(Arc { element, set_at: timer.set_at, due: timer.due })
            })
            .collect();
        *self.clocks.borrow_mut() = all(&browser::body(), "[data-clock]");
    }

    /// The diagram gives what it has to do when time passes.
    pub fn attach_sweep(&self, sweep: Sweep) {
        *self.sweep.borrow_mut() = Some(sweep);
    }

    /// Shows the moment `now`.
    pub fn paint(&self, now: Time) {
        let still = browser::prefers_less_motion();
        for mover in self.flights.borrow().iter() {
            mover.paint(now, still);
        }
        for arc in self.arcs.borrow().iter() {
            arc.paint(now);
        }
        for clock in self.clocks.borrow().iter() {
            clock.set_text_content(Some(&clock_words(now)));
        }
        if let Some(sweep) = self.sweep.borrow().as_ref() {
            sweep(now);
        }
    }
}

impl Mover {
    fn paint(&self, now: Time, still: bool) {
        let at = flight_at(&self.flight, &self.ring, now, still);
        let (x, y) = (decimal(at.x, 1), decimal(at.y, 1));
        let place = format!("translate({x} {y})");
        let _ = self.picture.set_attribute("transform", &place);
        let place = format!("translate({x}px,{y}px)");
        let _ = self.hit.style().set_property("transform", &place);
    }
}

impl Arc {
    fn paint(&self, now: Time) {
        let whole = self.due.since(self.set_at).us().max(1) as f64;
        let left = (self.due.since(now).us() as f64 / whole).min(1.0);
        let _ = self.element.set_attribute("stroke-dasharray", &format!("{} 2", decimal(left, 3)));
    }
}

fn all(root: &Element, selector: &str) -> Vec<Element> {
    let Ok(list) = root.query_selector_all(selector) else { return Vec::new() };
    (0..list.length()).filter_map(|i| list.get(i)?.dyn_into().ok()).collect()
}
