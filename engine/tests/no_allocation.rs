//! In steady state the engine neither allocates nor frees: a counting allocator watches one
//! million events. Alone in its file, since the allocator is the whole program's.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tourbillon_engine::{Batch, Capacity, Coalesce, Graph, Wait};

struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

#[allow(unsafe_code)] // An allocator cannot be written without it.
// SAFETY: every call is passed on to the system allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const EVENTS: u64 = 1_000_000;

/// A pipeline of two stages and a poller, the second stage gathering batches, fed one by one, by
/// slices and by claims.
fn allocations_with(wait: Wait) -> u64 {
    let (mut producer, mut graph) = Graph::<u64>::single(Capacity::at_least(1024));
    graph.threads(1).producer_wait(wait);
    let mut sum = 0_u64;
    let first = graph.stage("first").wait(wait).handle(move |batch: &Batch<'_, u64>| {
        sum = sum.wrapping_add(batch.iter().map(|(_, event)| event).sum());
        Ok(())
    });
    graph
        .stage("second")
        .after(&[first])
        .wait(wait)
        .coalesce(Coalesce { max_events: 64, interval: Duration::from_micros(50) })
        .handle(|_: &Batch<'_, u64>| Ok(()));
    let mut poller = graph.poller(&[]);
    let running = graph.start().expect("starts");
    let mut publish = |events: u64| {
        let mut published = 0;
        while published < events {
            producer.publish(published).expect("nobody fails");
            producer.publish_batch(&[7; 40]).expect("nobody fails");
            let mut claim = producer.claim(59).expect("nobody fails");
            claim.slots_mut().0.fill(9);
            claim.commit(59);
            published += 100;
            while poller.poll(100, |batch| batch.len()).expect("open").is_some() {}
        }
    };
    publish(EVENTS / 10);
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    publish(EVENTS);
    let after = ALLOCATIONS.load(Ordering::Relaxed);
    producer.close();
    let summary = running.join().expect("ends well");
    assert_eq!(summary.stage("second").expect("the stage").events, EVENTS + EVENTS / 10);
    after - before
}

#[test]
fn a_million_events_cost_no_allocation() {
    // The test harness has a thread of its own that may allocate now and then: one clean run of
    // a million events is enough, for the engine would allocate in every one.
    for wait in [Wait::Auto, Wait::Yield, Wait::Park] {
        let fewest = (0..5).map(|_| allocations_with(wait)).find(|&count| count == 0);
        assert_eq!(fewest, Some(0), "{wait:?} allocates in steady state");
    }
}
