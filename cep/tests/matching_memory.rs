//! The one matcher allocates nothing after it is built, whichever matcher does the work.

mod oracle;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use oracle::typed::{Plain, schema};
use tourbillon_cep::lang::compile;
use tourbillon_cep::{Found, Limits, Matcher, Pattern};

/// Counts the allocations of this thread.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
    /// Bytes that are allocated now.
    static BYTES: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call is passed on to the system allocator as it came.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        BYTES.set(BYTES.get().wrapping_add(layout.size()));
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        BYTES.set(BYTES.get().wrapping_sub(layout.size()));
        // SAFETY: `pointer` came from `alloc` above, that is, from the system allocator.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const EVENTS: u64 = 200_000;

fn event(at: u64) -> Plain {
    let mixed = at.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let (key, kind) = ((mixed >> 40) as u32 % 16, (mixed >> 50) as u32 % 4);
    Plain { time: 3 * at, value: (mixed >> 20) as i64 % 100, key, kind }
}

fn pattern(clauses: &str) -> Pattern<Plain> {
    let text = format!(
        "FROM plain MATCH_RECOGNIZE ( PARTITION BY key MEASURES SUM(value) AS total {clauses}
            WITHIN 600 NS
            DEFINE a AS kind = 0, b AS kind = 1 AND value > PREV(value), c AS kind = 2,
                   d AS kind = 1 )"
    );
    Pattern::from_ir(compile("p", &text, &[schema()]).expect("a sound text").patterns.remove(0).ir)
}

#[test]
fn nothing_is_allocated_after_it_is_built() {
    let patterns = [
        ("shared", "ALL MATCHES PATTERN ( a ->> d+ -> c )"),
        ("registers", "PATTERN ( a -> b+ -> c )"),
        ("forked", "PATTERN ( a -> b -> NOT c FOR 20 NS )"),
    ];
    for (name, clauses) in patterns {
        let pattern = pattern(clauses);
        let limits = Limits { partial: 512, bound: 512, keys: 12, ..Limits::default() };
        let mut matcher = Matcher::<Plain>::new(&pattern, limits.with_batches(64)).expect("runs");
        assert_eq!(matcher.plan().choice().name(), name);
        let events: Vec<_> = (0..EVENTS).map(event).collect();
        let (mut matches, mut sum) = (0_u64, 0.0);
        let mut sink = |it: &Found<'_>| {
            matches += 1;
            sum += it.value("total").and_then(|total| total.float()).unwrap_or(0.0);
        };
        let before = ALLOCATIONS.get();
        for (at, batch) in (0..).step_by(64).zip(events.chunks(64)) {
            if at / 64 % 2 == 0 {
                for (sequence, event) in (at..).zip(batch) {
                    matcher.push(sequence, event, &mut sink).expect("room");
                }
            } else {
                matcher.apply(at, &batch[..20]).expect("room");
                matcher.rollback();
                matcher.apply(at, batch).expect("room");
                matcher.commit(&mut sink).expect("room");
            }
        }
        matcher.finish(&mut sink).expect("room");
        assert_eq!(ALLOCATIONS.get() - before, 0, "{name}");
        assert!(matches > 1_000 && sum > 0.0, "{name}: {matches} matches");
        assert!(matcher.memory() > size_of::<Plain>() * 64, "{name}");
    }
}

/// What is allocated when it is built is what it says, to the byte; but for the compiled pattern,
/// which takes the same whatever the limits are.
#[test]
fn memory_is_exact() {
    let wide = Limits { partial: 4_096, bound: 2_000, keys: 300, ..Limits::default() };
    let narrow = Limits { partial: 64, partial_per_key: 8, bound: 32, keys: 5, ..wide };
    let by_event = [wide, narrow, Limits { matches: 7, ..narrow }];
    let in_batches = [wide.with_batches(5_000), narrow.with_batches(2_000)];
    for clauses in [
        "ALL MATCHES PATTERN ( a ->> d+ -> c )",
        "PATTERN ( a -> b+ -> c )",
        "PATTERN ( a -> b -> NOT c FOR 20 NS )",
    ] {
        let pattern = pattern(clauses);
        let compiled = |limits: &[Limits]| -> Vec<usize> {
            let of_pattern = |limits: &Limits| {
                let before = BYTES.get();
                let matcher = Matcher::new(&pattern, *limits).expect("it runs");
                let bytes = BYTES.get() - before;
                bytes.checked_sub(matcher.memory()).expect("no more than there is")
            };
            limits.iter().map(of_pattern).collect()
        };
        for limits in [&by_event[..], &in_batches] {
            let compiled = compiled(limits);
            assert!(compiled.iter().all(|bytes| *bytes == compiled[0]), "{clauses}: {compiled:?}");
            assert!(compiled[0] < 8_192, "{clauses}: {compiled:?}");
        }
    }
}
