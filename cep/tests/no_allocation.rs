//! Nothing is allocated after a matcher is built: neither by events nor by batches.

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use common::{Event, KEY, KIND, TIME, VALUE};
use tourbillon_cep::first::{AfterMatch, Condition, Limits, Matcher, Pattern, of};

/// Counts the allocations of this thread.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: every call is passed on to the system allocator as it came.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: `pointer` came from `alloc` above, that is, from the system allocator.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn stream(events: u64) -> Vec<Event> {
    let mut x = 88_172_645_463_325_252_u64;
    let mut random = move || {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        x
    };
    let event = |i| Event {
        time: 3 * i,
        value: (random() % 100) as i64,
        key: (random() % 5_000) as u32,
        kind: (random() % 3) as u8,
        pad: [0; 3],
    };
    (0..events).map(event).collect()
}

fn matcher(after_match: AfterMatch) -> Matcher<Event> {
    let odd = Condition::opaque("odd", |event: &Event| event.value % 2 == 1);
    let pattern = Pattern::builder("p", TIME)
        .partition_by(KEY)
        .step("a", KIND.eq(1))
        .then("b", VALUE.gt(of("a", VALUE)))
        .then("c", VALUE.lt(of("a", VALUE)).or(odd))
        .within(100_000)
        .after_match(after_match)
        .build()
        .unwrap();
    // Fewer keys than the stream has: sweeping must not allocate either.
    let limits = Limits { keys: 3_000, ..Limits::default().with_batches() };
    Matcher::new(&pattern, limits).unwrap()
}

#[test]
fn a_million_events_allocate_nothing() {
    let events = stream(1_000_000);
    for mode in [AfterMatch::NoSkip, AfterMatch::PastLastEager, AfterMatch::PastLastLeftmost] {
        let mut matcher = matcher(mode);
        let mut matches = 0_u64;
        let before = ALLOCATIONS.get();
        for (sequence, event) in events.iter().enumerate() {
            matcher.push(sequence as u64, event, &mut |_| matches += 1);
        }
        matcher.finish(&mut |_| matches += 1);
        assert_eq!(ALLOCATIONS.get() - before, 0, "{mode:?}");
        assert!(matches > 1_000, "the workload must do work");
        assert_eq!(matcher.counts().matches, matches);
    }
}

#[test]
fn batches_allocate_nothing_committed_or_rolled_back() {
    let events = stream(1_000_000);
    let mut matcher = matcher(AfterMatch::NoSkip);
    let mut matches = 0_u64;
    let before = ALLOCATIONS.get();
    for (i, batch) in events.chunks(10_000).enumerate() {
        let first = 10_000 * i as u64;
        if i % 3 == 0 {
            matcher.apply(first, batch).unwrap();
            matcher.rollback();
        }
        matcher.apply(first, batch).unwrap();
        matcher.commit(&mut |_| matches += 1);
    }
    assert_eq!(ALLOCATIONS.get() - before, 0);
    assert!(matches > 1_000, "the workload must do work");
}

#[test]
fn memory_is_what_was_allocated() {
    let before = ALLOCATIONS.get();
    let small = matcher(AfterMatch::NoSkip).memory();
    assert!(ALLOCATIONS.get() > before, "the counter counts");
    let pattern = Pattern::builder("p", TIME).step("a", KIND.eq(1)).within(1).build().unwrap();
    let least = Limits { runs: 1, keys: 1, batch: 0, matches: 0 };
    assert!(Matcher::new(&pattern, least).unwrap().memory() < 1_000);
    assert!(small > 65_536 * 8);
}
