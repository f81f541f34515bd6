//! Speed and memory, natively. `cargo xtask bench` also runs the same workloads in a browser.

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use criterion::{Criterion, Throughput};
use faultline::labs;
use faultline::play::bench::{LAB, LONG_RUN, WORKLOADS, long_session};

/// Counts the bytes that are in use, for the memory figure.
struct Counting;

static IN_USE: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        IN_USE.fetch_add(layout.size(), Relaxed);
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        IN_USE.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    for workload in WORKLOADS {
        let (group, name) = workload.id.split_once('/').expect("an id is group/name");
        let mut group = criterion.benchmark_group(group);
        group.throughput(Throughput::Elements(workload.elements));
        group.sample_size(20);
        let mut iteration = (workload.prepare)(lab(workload.lab));
        group.bench_function(name, |bencher| bencher.iter(&mut iteration));
        group.finish();
    }
    criterion.final_summary();
    print_memory();
}

fn lab(id: &str) -> &'static labs::Lab {
    labs::find(id).expect("it is in the catalogue")
}

fn print_memory() {
    let before = IN_USE.load(Relaxed);
    let session = black_box(long_session(lab(LAB)));
    let bytes = IN_USE.load(Relaxed) - before;
    drop(session);
    let mib = bytes as f64 / (1 << 20) as f64;
    let each = bytes as u64 / LONG_RUN;
    println!("history of {LONG_RUN} steps: {mib:.1} MiB, {each} bytes a step");
}
