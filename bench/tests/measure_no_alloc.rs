//! Recording must not allocate: an allocation can take a lock or a page fault, and would then be
//! measured as latency of the engine.
// A counting allocator can only be written by implementing the unsafe trait `GlobalAlloc`.
#![allow(unsafe_code)]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};
use tourbillon_bench::measure::{
    clock::Clock, cpu::ThreadUsage, gap::GapMeter, histogram::Histogram, pacer::Pacer,
    schedule::Schedule, validity::SequenceCheck,
};

thread_local! {
    /// Allocations by this thread: other tests of this program must not be counted.
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: every call is passed on to the system allocator unchanged; counting touches only a
// constant-initialised thread-local, which itself never allocates.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller keeps the contract of `alloc`, which is the one asked for here.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: `block` came from `System` by way of `alloc`, with this layout.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations_of(work: impl FnOnce()) -> u64 {
    let before = ALLOCATIONS.get();
    work();
    ALLOCATIONS.get() - before
}

#[test]
fn the_counter_counts() {
    let allocations = allocations_of(|| drop(std::hint::black_box(vec![1_u8])));
    assert_eq!(allocations, 1);
}

#[test]
fn a_histogram_records_in_fixed_memory() {
    let mut histogram = Histogram::new();
    let other = histogram.clone();
    let allocations = allocations_of(|| {
        for shift in 0..64 {
            histogram.record(u64::MAX >> shift);
        }
        histogram.merge(&other);
        std::hint::black_box(histogram.percentiles());
        histogram.clear();
    });
    assert_eq!(allocations, 0);
}

#[test]
fn pacing_allocates_nothing_early_late_or_polled() {
    let schedule = Schedule::fixed(10_000_000, 20_000).unwrap();
    let clock = Clock::calibrate().clock;
    let now = clock.now();
    let half = schedule.len() / 2;
    // The first half is overdue from the start, the second lies ahead.
    let start = now.saturating_sub(clock.ticks(schedule.due(half)));
    let mut pacer = Pacer::new(clock, &schedule, start);
    let allocations = allocations_of(|| {
        std::hint::black_box(pacer.poll(now));
        while let Some(due) = pacer.wait() {
            std::hint::black_box(due);
        }
    });
    assert_eq!(allocations, 0);
    assert_eq!(pacer.finish().events, schedule.len());
}

#[test]
fn gaps_sequences_and_usage_allocate_nothing() {
    let mut meter = GapMeter::new(Clock::monotonic(), 1_000);
    let mut sequence = SequenceCheck::new();
    let allocations = allocations_of(|| {
        meter.resume(0);
        for turn in 1..1_000 {
            meter.observe(turn * 2_000);
            sequence.observe(turn * 2);
        }
        std::hint::black_box(ThreadUsage::now().since(ThreadUsage::default()));
    });
    assert_eq!(allocations, 0);
    assert_eq!(meter.gaps().len(), 999);
}
