//! A run allocates before its first event and after its last one, and never in between: three times
//! the events take no more allocations, on whatever thread.
// A counting allocator can only be written by implementing the unsafe trait `GlobalAlloc`.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tourbillon_bench::feed::{Feed, Request};
use tourbillon_bench::measure::clock::Clock;
use tourbillon_bench::patterns;
use tourbillon_bench::pipeline::{self, Mode, Setup};
use tourbillon_engine::Wait;
use tourbillon_feeds::MarketEvent;

/// Allocations of all threads: this file has one test.
static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

/// Allocations that depend on how threads meet, and on which run is the first: far fewer than
/// batches or matches.
const THREADS: u64 = 8;

struct Counting;

// SAFETY: every call is passed on to the system allocator unchanged; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
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

#[test]
fn events_are_reordered_widened_and_matched_without_allocating() {
    let request = Request { events: Some(60_000), ..Request::default() };
    let feed = Feed::load("reference", &request).expect("a built-in feed needs no file");
    let mut events = feed.events.clone();
    events.sort_by_key(|event| event.ts_event + u64::from(event.instrument % 3) * 50_000);
    let names = ["reference", "reference-leftmost", "vwap-deviation", "ohlc-breakout"];
    let build = |name: &&str| patterns::build(name, &feed.instruments).expect("it fits");
    let patterns: Vec<_> = names.iter().map(build).collect();
    let clock = Clock::calibrate().clock;
    let allocations = |events: &[MarketEvent], mode, reorder| {
        let before = ALLOCATIONS.load(Ordering::Relaxed);
        let setup = Setup {
            mode,
            patterns: &patterns,
            events,
            schedule: None,
            cores: None,
            wait: Wait::Yield,
            keep: false,
            poison_every: None,
            reorder,
            counters: None,
            clock,
        };
        let outcome = pipeline::run(&setup).expect("nothing fails");
        let allocations = ALLOCATIONS.load(Ordering::Relaxed) - before;
        (allocations, outcome.gathered.tallies)
    };
    let batches = Mode::MicroBatch { max_events: 1_000, interval: Duration::ZERO };
    for mode in [Mode::RealTime, batches] {
        for reorder in [None, Some(100_000)] {
            let (few, _) = allocations(&events[..20_000], mode, reorder);
            let (many, found) = allocations(&events, mode, reorder);
            let all = found.iter().all(|tally| tally.matches > 0);
            assert!(reorder.is_none() || all, "this tests too little: {found:?}");
            let said = format!("{few} and {many} allocations, {mode:?}, reordered: {reorder:?}");
            assert!(many <= few + THREADS, "{said}");
        }
    }
}
