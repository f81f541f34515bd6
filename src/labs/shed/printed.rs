//! The load shedder as the course prints it.
//!
//! `get_cpu_usage` is not defined there. Here it is what operating systems tell: how busy the threads
//! were over the last whole second, in percent. `process_request` is called by the thread that takes a
//! request from the listen queue, so that what waits there is not seen.

/// What `should_shed_request` says, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Admit,
    /// `current_queue_size > max_queue_size`
    Size,
    /// `priority < 5 and random() < shed_probability`
    Priority,
    /// `random() < (cpu_usage - 80) / 20`
    Cpu,
    /// `None < 5` raises a TypeError.
    TypeError,
}

/// `LoadShedder(max_queue_size, shed_probability=0.1)`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Printed {
    pub current_queue_size: u32,
    pub total_requests: u64,
}

/// A request whose priority is None.
pub const NONE: u8 = 255;

/// A request without the attribute.
pub const MISSING: u8 = 0;

impl Printed {
    /// `chance(p)` is true with p in millionths.
    pub fn should_shed_request(
        &mut self,
        priority: u8,
        max_queue_size: u32,
        cpu_usage: u64,
        chance: &mut dyn FnMut(u64) -> bool,
    ) -> Verdict {
        self.total_requests += 1;
        if self.current_queue_size > max_queue_size {
            return Verdict::Size;
        }
        if priority == NONE {
            return Verdict::TypeError;
        }
        if priority != MISSING && priority < 5 && chance(100_000) {
            return Verdict::Priority;
        }
        if cpu_usage > 80 && chance((cpu_usage - 80) * 1_000_000 / 20) {
            return Verdict::Cpu;
        }
        Verdict::Admit
    }
}
