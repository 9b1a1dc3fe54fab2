//! What limits cost shared matching is counted, and nothing is allocated after it is built.

mod oracle;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use oracle::typed::{Plain, schema};
use tourbillon_cep::Overflow;
use tourbillon_cep::ir::Ir;
use tourbillon_cep::lang::compile;
use tourbillon_cep::shared::{SharedError, SharedLimits, SharedMatcher};

/// Counts the allocations of this thread, and the bytes that are not freed yet.
struct Counting;

thread_local! {
    static ALLOCATED: Cell<(u64, usize)> = const { Cell::new((0, 0)) };
}

// SAFETY: every call is passed on to the system allocator as it came.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let (count, bytes) = ALLOCATED.get();
        ALLOCATED.set((count + 1, bytes.wrapping_add(layout.size())));
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        let (count, bytes) = ALLOCATED.get();
        ALLOCATED.set((count, bytes.wrapping_sub(layout.size())));
        // SAFETY: `pointer` came from `alloc` above, that is, from the system allocator.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const LOOP: &str = "PATTERN ( a ->> b+? -> c ) WITHIN 60 NS";
const ANY: &str = "PATTERN ( a ->> b ->> c ) WITHIN 200 NS";

fn pattern(clauses: &str) -> Ir {
    let text = format!(
        "PATTERN p FROM plain MATCH_RECOGNIZE ( ALL MATCHES {clauses}
            DEFINE a AS kind = 0, b AS kind = 1, c AS kind = 2 );"
    );
    compile("p", &text, &[schema()]).expect("a sound text").patterns.remove(0).ir
}

fn matcher(clauses: &str, limits: SharedLimits) -> Result<SharedMatcher<Plain>, SharedError> {
    SharedMatcher::new(&pattern(clauses), limits)
}

fn event(at: u64) -> Plain {
    let mixed = at.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    Plain { time: 3 * at, value: 0, key: (mixed >> 40) as u32 % 8, kind: (mixed >> 50) as u32 % 4 }
}

#[test]
fn nothing_is_allocated_after_it_is_built() {
    for clauses in [LOOP, "PARTITION BY key PATTERN ( a ->> b ->> c ) WITHIN 90 NS"] {
        let mut matcher = matcher(clauses, SharedLimits::default()).expect("a sound pattern");
        let before = ALLOCATED.get();
        for at in 0..200_000 {
            matcher.push(at, &event(at), |_| {});
        }
        assert_eq!(ALLOCATED.get(), before, "{clauses}");
        assert!(matcher.counts().matches > 1_000, "{clauses}");
    }
}

#[test]
fn the_reported_memory_is_what_is_allocated() {
    let counted = "PARTITION BY key PATTERN ( a (b | c){2,3} ->> a ) WITHIN 9 EVENTS";
    let limited = "LIMIT 7 PATTERN ( a ->> b ->> c ) WITHIN 9 NS";
    let added_up = "PATTERN ( a ->> b ->> c ) WITHIN 9 NS EMIT SUM(b.value)";
    for clauses in [LOOP, ANY, counted, limited, added_up] {
        let ir = pattern(clauses);
        let limits = SharedLimits { nodes: 1_000, events: 10, keys: 70, ..SharedLimits::default() };
        let before = ALLOCATED.get().1;
        let matcher = SharedMatcher::<Plain>::new(&ir, limits).expect("a sound pattern");
        assert_eq!(matcher.memory(), ALLOCATED.get().1.wrapping_sub(before), "{clauses}");
    }
}

#[test]
fn matches_beyond_the_limit_are_left_out_and_counted() {
    let all = &mut matcher(ANY, SharedLimits::default()).expect("a sound pattern");
    let limits = SharedLimits { matches: 2, ..SharedLimits::default() };
    let some = &mut matcher(ANY, limits).expect("a sound pattern");
    let (mut cut, mut expected) = (0, 0);
    for at in 0..60 {
        let mut count = 0;
        all.push(at, &event(at), |_| count += 1);
        some.push(at, &event(at), |_| {});
        cut += u64::from(count > 2);
        expected += 2.min(count);
    }
    assert!(cut > 0);
    assert_eq!((some.counts().events_cut, some.counts().matches), (cut, expected));
}

#[test]
fn a_key_without_room_gives_way_or_makes_another() {
    let run = |overflow, window| {
        let limits = SharedLimits { keys: 2, overflow, ..SharedLimits::default() };
        let clauses = format!("PARTITION BY key PATTERN ( a -> b ) WITHIN {window}");
        let mut matcher = matcher(&clauses, limits).expect("a sound pattern");
        let mut found = Vec::new();
        for (at, key) in [0, 1, 2, 0, 1, 2].into_iter().enumerate() {
            let event = Plain { time: at as u64, value: 0, key, kind: (at / 3) as u32 };
            matcher.push(at as u64, &event, |it| found.push((key, it.is_truncated())));
        }
        let counts = matcher.counts();
        (found, [counts.keys_dropped, counts.keys_refused, counts.events_refused])
    };
    // The second event of a key without room begins nothing, so it is no loss.
    let (marked, last) = (vec![(1, true), (2, true)], vec![(0, true), (1, true)]);
    assert_eq!(run(Overflow::DropOldest, "9 NS"), (marked.clone(), [1, 0, 0]));
    assert_eq!(run(Overflow::DropOldest, "9 EVENTS"), (marked, [1, 0, 0]));
    assert_eq!(run(Overflow::DropNewest, "9 NS"), (last, [0, 1, 0]));
    assert_eq!(run(Overflow::Stop, "9 NS"), (vec![(0, false), (1, false)], [0, 0, 1]));
}

/// Each key is there for three events, and nine of them at a time.
fn short_lived_keys(clauses: &str, kinds: [u32; 3]) -> (u64, u64) {
    let limits = SharedLimits { keys: 16, ..SharedLimits::default() };
    let clauses = format!("PARTITION BY key {clauses}");
    let mut matcher = matcher(&clauses, limits).expect("a sound pattern");
    let mut found = 0;
    let before = ALLOCATED.get();
    for at in 0..30_000_u64 {
        for (age, kind) in kinds.into_iter().enumerate() {
            let Some(key) = at.checked_sub(4 * age as u64) else { continue };
            let event = Plain { time: 3 * at, value: 0, key: key as u32, kind };
            matcher.push(3 * at + age as u64, &event, |_| found += 1);
        }
    }
    assert_eq!(ALLOCATED.get(), before);
    let counts = matcher.counts();
    (found, counts.keys_refused + counts.keys_dropped)
}

#[test]
fn keys_whose_matches_are_complete_make_room() {
    let expected = (30_000 - 8, 0);
    assert_eq!(short_lived_keys("PATTERN ( a -> b -> c ) WITHIN 99 NS", [0, 1, 2]), expected);
    assert_eq!(short_lived_keys("PATTERN ( a -> b -> c ) WITHIN 9 EVENTS", [0, 1, 2]), expected);
}

#[test]
fn keys_whose_window_has_closed_make_room() {
    // No `b` comes, and the `c` of a key comes 24 ns after its `a`: too late.
    let clauses = "PATTERN ( a -> b? -> c ) WITHIN 20 NS";
    assert_eq!(short_lived_keys(clauses, [0, 3, 2]), (0, 0));
}

#[test]
fn keys_that_still_wait_give_way_one_for_one() {
    let (_, dropped) = short_lived_keys("PATTERN ( a -> b ) WITHIN 1 S", [0, 3, 3]);
    assert_eq!(dropped, 30_000 - 16);
}

/// Windows move on over a stream that completes more matches at an event than could be given.
#[test]
fn totals_take_no_enumeration() {
    let clauses = "PATTERN ( a ->> b+ EACH ANY ->> c ) WITHIN 420 NS EMIT COUNT";
    let mut matcher = matcher(clauses, SharedLimits::default()).expect("a sound pattern");
    let (mut most, before) = (0, ALLOCATED.get());
    for at in 0..50_000 {
        matcher.push(at, &event(at), |it| most = most.max(it.totals().expect("totals").count));
    }
    assert_eq!(ALLOCATED.get(), before);
    assert!(most > 1 << 30, "{most}");
    assert_eq!(matcher.counts().nodes_lost, 0);
}

#[test]
fn refuses_what_it_cannot_do() {
    let refused = |clauses, limits| matcher(clauses, limits).err().map(|error| error.to_string());
    let limits = SharedLimits::default();
    let timer = "PATTERN ( a -> NOT b FOR 5 NS -> c ) WITHIN 9 NS";
    assert!(refused(timer, limits).expect("an error").contains("timers"));
    let gap = "PATTERN ( a -> b ->> c ) WITHIN 9 NS GAP 5 NS";
    assert!(refused(gap, limits).expect("an error").contains("gap"));
    let tiny = SharedLimits { states: 2, ..limits };
    assert!(refused(ANY, tiny).expect("an error").contains("2 states"));
    let none = SharedLimits { nodes: 0, ..limits };
    assert!(refused(ANY, none).expect("an error").contains("nodes"));
}
