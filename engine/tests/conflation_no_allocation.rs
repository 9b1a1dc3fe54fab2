//! A conflator allocates when it is made and never again, however its keys come and go. Alone in
//! its file, since the counting allocator is the whole program's.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use tourbillon_engine::{Capacity, Conflator, Graph};

struct Counting;

thread_local! {
    /// Allocations and frees of this thread.
    static COUNT: Cell<u64> = const { Cell::new(0) };
}

#[allow(unsafe_code)] // An allocator cannot be written without it.
// SAFETY: every call is passed on to the system allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        COUNT.set(COUNT.get() + 1);
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn keys_that_come_and_go_cost_no_allocation() {
    for keys in [1, 2, 3, 7, 14, 28, 56, 100, 448] {
        let (producer, mut graph) = Graph::<u64>::single(Capacity::at_least(8));
        let mut poller = graph.poller(&[]);
        let _running = graph.start().expect("starts");
        let mut conflator = Conflator::new(producer, keys, |event: &u64| *event);
        let before = COUNT.get();
        // Every event has a key of its own, so that each of them comes once and goes for good.
        for event in 0..200_000 {
            if conflator.pending() == keys {
                poller.poll(1 + event as usize % 8, |_| ()).expect("open");
            }
            conflator.publish(event).expect("open");
        }
        assert_eq!(COUNT.get(), before, "with {keys} keys");
    }
}
