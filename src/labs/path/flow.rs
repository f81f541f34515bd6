//! What goes through a path, counted from outside: offered, served, not served, and what reaches the
//! last server. A lab's spec has one and asks it.

use std::rc::Rc;

use crate::sim::panel::{Line, Mark, Scale};
use crate::sim::world::World;
use crate::sim::{Broken, Condition, NodeId, Panel, Service, Span, Time};

use super::mechanism::Mechanism;
use super::meter::Tally;
use super::part::Part;

/// What happened in a span of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requests of users.
    pub offered: u64,
    /// Users' requests that ended, well or not.
    pub good: u64,
    pub bad: u64,
    /// Requests that reached the last servers of the path, retries included.
    pub reached: u64,
}

/// Counts of one tenth of a second each.
const TENTH: Span = Span::from_ms(100);

/// So many tenths are looked back upon.
const RECENT: usize = 10;

/// At most so many points has the course of a run; then each stands for twice the time.
const POINTS_MAX: usize = 120;

#[derive(Clone, Debug)]
pub struct Flow {
    /// The letter of the path's last servers.
    last: char,
    seen: Vec<Tally>,
    /// The newest tenths, each with its number.
    recent: [(u64, Counts); RECENT],
    course: Rc<Course>,
    pub total: Counts,
    /// Calls of callers, and those that were not the first for their request.
    pub called: u64,
    pub again: u64,
}

/// The whole run in few points.
#[derive(Clone, Debug)]
struct Course {
    width: Span,
    points: Vec<Counts>,
}

impl Flow {
    /// `last` is the letter of those servers that call nobody.
    pub fn new<M: Mechanism>(world: &World<Part<M>>, last: char) -> Flow {
        Flow {
            last,
            seen: vec![Tally::default(); world.roster().ids().len()],
            recent: [(0, Counts::default()); RECENT],
            course: Rc::new(Course { width: TENTH, points: Vec::new() }),
            total: Counts::default(),
            called: 0,
            again: 0,
        }
    }

    /// Keeps account of the part that acted.
    pub fn observe<M: Mechanism>(&mut self, world: &World<Part<M>>) {
        let Some(id) = world.last().node else { return };
        let (Some(slot), Some(part)) = (world.roster().slot(id), world.node(id)) else { return };
        let now = part.tally;
        let before = std::mem::replace(&mut self.seen[slot], now);
        if now == before {
            return;
        }
        // A part that has started again counts from nothing.
        let before = if now.issued < before.issued
            || now.called < before.called
            || now.arrived < before.arrived
        {
            Tally::default()
        } else {
            before
        };
        self.called += now.called - before.called;
        self.again += now.again - before.again;
        let mut counts = Counts::default();
        if part.is_client() {
            counts.offered = now.issued - before.issued;
            counts.good = (now.ok + now.degraded) - (before.ok + before.degraded);
            counts.bad = now.bad - before.bad;
        }
        if id.letter() == self.last {
            counts.reached = now.arrived - before.arrived;
        }
        if counts != Counts::default() {
            self.add(world.now(), counts);
        }
    }

    fn add(&mut self, now: Time, counts: Counts) {
        self.total.add(&counts);
        let tenth = now.0 / TENTH.us();
        let place = &mut self.recent[(tenth % RECENT as u64) as usize];
        if place.0 != tenth {
            *place = (tenth, Counts::default());
        }
        place.1.add(&counts);
        Rc::make_mut(&mut self.course).add(now, &counts);
    }

    /// The last second, up to now.
    pub fn last_second(&self, now: Time) -> Counts {
        let tenth = now.0 / TENTH.us();
        let mut sum = Counts::default();
        for (number, counts) in &self.recent {
            if number + RECENT as u64 > tenth {
                sum.add(counts);
            }
        }
        sum
    }

    /// Whether users are served: nine of ten in the last second, and not nobody while some ask.
    pub fn serves(&self, now: Time) -> bool {
        let Counts { offered, good, bad, .. } = self.last_second(now);
        bad * 10 <= good + bad && (good > 0 || offered == 0)
    }

    /// How users fare: those of the last second.
    pub fn service(&self, now: Time) -> Service {
        let Counts { good, bad, .. } = self.last_second(now);
        Service {
            users: "requests of the last second",
            failing: bad as u32,
            total: (good + bad) as u32,
            failed: !self.serves(now),
        }
    }

    /// Offered and served over the run, a second's worth each, and what reached the last servers.
    pub fn panel(&self) -> Panel {
        let course = &self.course;
        let line = |name, of: fn(&Counts) -> u64| {
            let value = |counts| of(counts) * 1_000_000 / course.width.us();
            let points = course.points.iter().zip(0_u64..);
            let points = points.map(|(counts, n)| (Time(n * course.width.us()), value(counts)));
            Line { name, points: points.collect() }
        };
        Panel::Series {
            title: "Requests a second",
            scale: Scale::whole("requests a second"),
            lines: vec![
                line("offered", |counts| counts.offered),
                line("served", |counts| counts.good),
                line("calls that reach the last server", |counts| counts.reached),
            ],
            marks: Vec::<Mark>::new(),
        }
    }
}

impl Counts {
    fn add(&mut self, other: &Counts) {
        self.offered += other.offered;
        self.good += other.good;
        self.bad += other.bad;
        self.reached += other.reached;
    }
}

impl Course {
    fn add(&mut self, now: Time, counts: &Counts) {
        let place = |width: Span| (now.0 / width.us()) as usize;
        while place(self.width) >= POINTS_MAX {
            self.width = self.width + self.width;
            let pairs = self.points.chunks(2).map(|pair| {
                let mut sum = pair[0];
                pair.get(1).iter().for_each(|second| sum.add(second));
                sum
            });
            self.points = pairs.collect();
        }
        let place = place(self.width);
        if self.points.len() <= place {
            self.points.resize(place + 1, Counts::default());
        }
        self.points[place].add(counts);
    }
}

/// The part that acted, if it is not down.
pub fn acting<M: Mechanism>(world: &World<Part<M>>) -> Option<(NodeId, &Part<M>)> {
    let id = world.last().node?;
    Some((id, world.node(id)?))
}

/// A part that is up and not well.
pub fn ailing<M: Mechanism>(world: &World<Part<M>>) -> Option<NodeId> {
    let ill = |(id, condition, part): (NodeId, Condition, &Part<M>)| {
        (condition != Condition::Up || !part.health.is_well()).then_some(id)
    };
    world.nodes().find_map(ill)
}

/// What holds of every server: no more threads than there are, no longer queue than allowed.
pub fn rooms_hold<M: Mechanism>(world: &World<Part<M>>) -> Result<(), Broken> {
    let Some((id, part)) = acting(world) else { return Ok(()) };
    for pool in &part.pools {
        if pool.busy > pool.room.threads {
            let why = format!("{id} uses {} of {} threads", pool.busy, pool.room.threads);
            return Err(Broken { invariant: "threads-within-pool", why });
        }
        if pool.queue.len() > pool.room.queue as usize {
            let why = format!(
                "{} wait at {id}, which has room for {}",
                pool.queue.len(),
                pool.room.queue
            );
            return Err(Broken { invariant: "queue-within-bound", why });
        }
    }
    Ok(())
}
