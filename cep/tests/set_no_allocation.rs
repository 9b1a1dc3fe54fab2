//! Events allocate nothing in a set of patterns, whichever matchers run them; what is removed is
//! given back.

mod oracle;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use oracle::random::{Case, Features};
use oracle::typed::{Plain, schema, typed};
use tourbillon_cep::matching::{Found, Limits};
use tourbillon_cep::set::PatternSet;

/// Counts the allocations of this thread, and the bytes that it holds.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
    static HELD: Cell<i64> = const { Cell::new(0) };
}

// SAFETY: every call is passed on to the system allocator as it came.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        HELD.set(HELD.get() + layout.size() as i64);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.set(HELD.get() - layout.size() as i64);
        // SAFETY: `pointer` came from `alloc` above, that is, from the system allocator.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn events_allocate_nothing_and_removal_gives_memory_back() {
    let schema = schema();
    let limits = Limits {
        partial: 256,
        partial_per_key: 64,
        bound: 256,
        keys: 8,
        matches: 256,
        ..Limits::default()
    };
    let none = HELD.get();
    let mut set = PatternSet::<Plain>::new(&schema).with_batches(1_000, 100_000);
    let add = |set: &mut PatternSet<Plain>, seeds: std::ops::Range<u64>| -> Vec<_> {
        let shared = Features { loops: true, partition: true, ..Features::NONE };
        let mut ids = Vec::new();
        for seed in seeds {
            let forked = seed % 2 == 1;
            let case = Case::new(seed, if forked { Features::ALL } else { shared });
            let Some(mut ir) = typed(&case.pattern, &schema) else { continue };
            ir.emit_timeouts = forked;
            ids.push(set.add(&ir, limits).expect("a pattern that runs"));
        }
        ids
    };
    add(&mut set, 0..40);
    let before = HELD.get();
    let more = add(&mut set, 40..80);
    // Compiled patterns and names are not counted, matchers to the byte.
    let (held, counted) = ((HELD.get() - none) as usize, set.memory());
    assert!(counted <= held && 10 * counted > 9 * held, "{counted} of {held} bytes");
    assert!(more.len() > 30);
    let mut found = 0_u64;
    let mut push = |set: &mut PatternSet<Plain>, from: u64| {
        let allocations = ALLOCATIONS.get();
        let event = |at: u64| {
            let mixed = at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
            let kind = u32::from(b"aabcx"[mixed as usize % 5]);
            let (key, value) = (mixed as u32 / 5 % 12, i64::from(mixed as u32 / 60 % 4));
            Plain { time: 2 * at, value, key, kind }
        };
        let mut sink = |_, _: &Found<'_>| found += 1;
        for at in from..from + 4_000 {
            set.push(at, &event(at), &mut sink);
        }
        let batch: [Plain; 1_000] = std::array::from_fn(|at| event(from + 4_000 + at as u64));
        set.apply(from + 4_000, &batch).expect("room");
        set.commit(&mut sink);
        set.advance_to(2 * from + 10_000, &mut |_, _| found += 1);
        assert_eq!(ALLOCATIONS.get(), allocations);
    };
    push(&mut set, 0);
    let with_all = HELD.get();
    more.into_iter().for_each(|id| assert!(set.remove(id)));
    // Lists of patterns and atoms keep their room; the matchers are what takes memory.
    let left = HELD.get() - before;
    assert!(10 * left < with_all - before, "{left} of {} bytes", with_all - before);
    push(&mut set, 10_000);
    assert!(found > 1_000, "{found} outputs");
}
