//! Moves what moves between two events: messages and timer arcs, by attribute on existing elements.

use std::cell::RefCell;

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use faultline::play::frame::{Point, Ring, clock_words, way};
use faultline::sim::view::Fate;
use faultline::sim::{Scene, Time};

use crate::ui::browser;
use crate::ui::number::decimal;

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
    way: (Point, Point),
    sent_at: Time,
    arrives_at: Time,
    fate: Fate,
}

/// The arc of a node's next timer.
struct Arc {
    element: Element,
    set_at: Time,
    due: Time,
}

/// How far along its way a message gets that meets a cut, or that the link loses.
pub const CUT_AT: f64 = 0.5;
pub const LOST_AT: f64 = 0.8;

impl Painter {
    /// Takes hold of the elements that the stage has just rendered.
    pub fn attach(&self, root: &Element, scene: &Scene, ring: &Ring) {
        let pictures = all(root, "[data-mover]");
        let hits = all(root, "[data-hit]");
        let flights = scene.messages.iter().zip(pictures).zip(hits);
        *self.flights.borrow_mut() = flights
            .filter_map(|((flight, picture), hit)| {
                let message = &flight.message;
                Some(Mover {
                    picture,
                    hit: hit.dyn_into().ok()?,
                    way: way(ring, message.from, message.to),
                    sent_at: message.sent_at,
                    arrives_at: message.arrives_at,
                    fate: flight.fate,
                })
            })
            .collect();
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
        let at = self.at(now, still);
        let (x, y) = (decimal(at.x, 1), decimal(at.y, 1));
        let place = format!("translate({x} {y})");
        let _ = self.picture.set_attribute("transform", &place);
        let place = format!("translate({x}px,{y}px)");
        let _ = self.hit.style().set_property("transform", &place);
    }

    fn at(&self, now: Time, still: bool) -> Point {
        let whole = self.arrives_at.since(self.sent_at).us().max(1) as f64;
        let gone = (now.since(self.sent_at).us() as f64 / whole).min(1.0);
        let share = match (self.fate, still) {
            (Fate::Waiting, _) => 1.0,
            (_, true) => 0.42,
            (Fate::Cut, false) => gone.min(CUT_AT - 0.04),
            (Fate::Lost | Fate::Overflow, false) => gone.min(LOST_AT),
            (Fate::Travelling | Fate::Dropped | Fate::Corrupted, false) => gone,
        };
        self.way.0.towards(self.way.1, share)
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
