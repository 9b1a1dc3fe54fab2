//! The matcher with registers at its limits, and what it allocates: nothing, once it is built.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::mem::offset_of;
use std::sync::Arc;

use tourbillon_cep::Overflow;
use tourbillon_cep::ir::Ir;
use tourbillon_cep::lang::compile;
use tourbillon_cep::registers::{Counts, Full, Limit, Limits, Matcher, accepts};
use tourbillon_cep::schema::{FieldType, Schema, SchemaField};

/// Counts the allocations of this thread, and their bytes.
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

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Tick {
    ts: u64,
    price: i64,
    key: u32,
    kind: u32,
}

fn schema() -> Arc<Schema> {
    use FieldType::{I64, U32, U64};
    let field = SchemaField::new;
    Schema::builder::<Tick>("ticks")
        .field(field("ts", U64, offset_of!(Tick, ts)))
        .field(field("price", I64, offset_of!(Tick, price)))
        .field(field("key", U32, offset_of!(Tick, key)))
        .field(field("kind", U32, offset_of!(Tick, kind)).symbols([("A", 0), ("B", 1), ("N", 2)]))
        .time("ts")
        .kind("kind")
        .build()
        .expect("a sound schema")
}

fn pattern(clauses: &str) -> Ir {
    let text = format!("FROM ticks MATCH_RECOGNIZE ( PARTITION BY key {clauses} )");
    let compiled = compile("test.sql", &text, &[schema()]);
    compiled.unwrap_or_else(|errors| panic!("{errors}")).patterns.remove(0).ir
}

fn stream(events: u64, keys: u64) -> Vec<Tick> {
    let mut x = 88_172_645_463_325_252_u64;
    let mut random = move || {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        x
    };
    let tick = |i| Tick {
        ts: 3 * i,
        price: (random() % 100) as i64,
        key: (random() % keys) as u32,
        kind: (random() % 3) as u32,
    };
    (0..events).map(tick).collect()
}

const LIMITS: Limits = Limits {
    runs: Limit::most(512),
    runs_per_key: Limit::most(32),
    bound: Limit::most(1_024),
    keys: Limit::most(100),
    matches: Limit::most(256),
};

#[test]
fn a_million_events_allocate_nothing() {
    let loops = "PATTERN ( a -> b{2,} -> NOT n -> c ) WITHIN 3 US
         DEFINE a AS kind = 'A', b AS price > PREV(price), n AS kind = 'N' AND price = a.price,
                c AS price <= FIRST(a.price) AND COUNT(b.price) < 9";
    let any = "PATTERN ( (a | c) -> b -> c ) WITHIN 1 US
         DEFINE a AS kind = 'A', b AS price > PREV(price), c AS kind = 'B'";
    for (mode, shape) in [
        ("ALL MATCHES", loops),
        ("AFTER MATCH SKIP PAST LAST ROW EAGER", loops),
        ("AFTER MATCH SKIP PAST LAST ROW", loops),
        ("AFTER MATCH SKIP TO NEXT ROW CONSUME ALL", loops),
        ("MEASURES SUM(b.price) AS total", loops),
        ("FIRST MATCH PER START LIMIT 2", any),
        ("ALL MATCHES", any),
    ] {
        let events = stream(1_000_000, 300);
        let mut matcher = Matcher::<Tick>::new(&pattern(&format!("{mode} {shape}")), LIMITS)
            .unwrap_or_else(|why| panic!("{why}"));
        let (mut matches, before) = (0_u64, ALLOCATIONS.get());
        for (sequence, event) in events.iter().enumerate() {
            let pushed = matcher.push(sequence as u64, event, &mut |_| matches += 1);
            pushed.expect("nothing is refused");
        }
        matcher.finish(&mut |_| matches += 1);
        assert_eq!(ALLOCATIONS.get() - before, 0, "{mode} {shape}");
        assert!(matches > 1_000, "{mode} {shape}: {matches}");
        assert_eq!(matcher.counts().matches, matches);
        assert!(matcher.memory() > 512 * 32);
    }
}

/// `a -> b` on one key: sequences of the matches, whether the last is truncated, the counts, and
/// what was refused.
fn pairs(limits: Limits, events: &[Tick]) -> (Vec<Vec<u64>>, bool, Counts, Vec<Full>) {
    let ir =
        pattern("ALL MATCHES PATTERN ( a -> b ) WITHIN 1 MS DEFINE a AS kind='A', b AS kind='B'");
    let mut matcher = Matcher::<Tick>::new(&ir, limits).expect("a pattern for it");
    let (mut out, mut truncated, mut refused) = (Vec::new(), false, Vec::new());
    for (sequence, event) in events.iter().enumerate() {
        let pushed = matcher.push(sequence as u64, event, &mut |found| {
            out.push(found.bindings().map(|(_, sequence)| sequence).collect());
            truncated = found.truncated();
        });
        refused.extend(pushed.err());
    }
    (out, truncated, matcher.counts(), refused)
}

fn ticks(what: &[(u32, u32)]) -> Vec<Tick> {
    let tick = |(at, &(key, kind))| Tick { ts: at as u64, price: 0, key, kind };
    what.iter().enumerate().map(tick).collect()
}

const A: u32 = 0;
const B: u32 = 1;

#[test]
fn of_the_runs_of_a_key_the_oldest_or_the_newest_gives_way_or_the_event_is_refused() {
    let events = ticks(&[(1, A), (1, A), (1, A), (1, B)]);
    let limit = |overflow| Limits { runs_per_key: Limit { most: 2, overflow }, ..LIMITS };
    let (out, truncated, counts, _) = pairs(limit(Overflow::DropOldest), &events);
    assert_eq!((out, truncated, counts.runs_lost), (vec![vec![1, 3], vec![2, 3]], true, 1));
    let (out, truncated, counts, _) = pairs(limit(Overflow::DropNewest), &events);
    assert_eq!((out, truncated, counts.runs_lost), (vec![vec![0, 3], vec![1, 3]], true, 1));
    let (out, truncated, counts, refused) = pairs(limit(Overflow::Stop), &events);
    assert_eq!((out, truncated, counts.runs_lost), (vec![vec![0, 3], vec![1, 3]], false, 0));
    assert_eq!(refused, [Full { sequence: 2, limit: "runs_per_key", most: 2 }]);
}

#[test]
fn of_the_bound_events_the_oldest_or_the_newest_gives_way_or_the_event_is_refused() {
    // 256 links at least: 300 starts in 300 keys, then a `b` for the first and for the last.
    let mut what: Vec<_> = (0..300).map(|key| (key, A)).collect();
    what.extend([(0, B), (299, B)]);
    let events = ticks(&what);
    let wide = Limits { keys: Limit::most(400), ..LIMITS };
    let limit = |overflow| Limits { bound: Limit { most: 256, overflow }, ..wide };
    let (out, _, counts, _) = pairs(limit(Overflow::DropOldest), &events);
    assert_eq!((out, counts.runs_lost), (vec![vec![299, 301]], 45));
    let (out, _, counts, _) = pairs(limit(Overflow::DropNewest), &events);
    assert_eq!((out.len(), counts.runs_lost), (0, 45));
    let (_, _, counts, refused) = pairs(limit(Overflow::Stop), &events);
    assert_eq!((counts.runs_lost, refused[0].sequence, refused[0].limit), (0, 256, "bound"));
}

#[test]
fn of_the_keys_the_oldest_or_the_newest_gives_way_or_the_event_is_refused() {
    let events = ticks(&[(1, A), (2, A), (3, A), (1, B), (3, B)]);
    let limit = |overflow| Limits { keys: Limit { most: 2, overflow }, ..LIMITS };
    let (out, _, counts, _) = pairs(limit(Overflow::DropOldest), &events);
    assert_eq!((out, counts.runs_lost, counts.events_lost), (vec![vec![2, 4]], 1, 0));
    let (out, _, counts, _) = pairs(limit(Overflow::DropNewest), &events);
    assert_eq!((out, counts.runs_lost, counts.events_lost), (vec![vec![0, 3]], 0, 1));
    let (out, _, _, refused) = pairs(limit(Overflow::Stop), &events);
    assert_eq!((out, refused[0].sequence, refused[0].limit), (vec![vec![0, 3]], 2, "keys"));
}

#[test]
fn a_storm_of_starts_stays_within_the_limits_and_finds_what_is_recent() {
    let ir =
        pattern("ALL MATCHES PATTERN ( a -> b ) WITHIN 1 H DEFINE a AS kind='A', b AS kind='B'");
    let mut matcher = Matcher::<Tick>::new(&ir, LIMITS).expect("a pattern for it");
    let mut events = stream(100_000, 1_000);
    events.iter_mut().for_each(|event| event.kind = A);
    let last = events[99_999];
    events.push(Tick { kind: B, ..last });
    let mut out = Vec::new();
    for (sequence, event) in events.iter().enumerate() {
        let pushed = matcher.push(sequence as u64, event, &mut |found| {
            assert!(found.truncated());
            out.push(found.bindings().map(|(_, sequence)| sequence).collect::<Vec<_>>());
        });
        pushed.expect("nothing is refused");
    }
    assert_eq!(out.last(), Some(&vec![99_999, 100_000]));
    assert!(matcher.counts().runs_lost > 90_000);
}

#[test]
fn what_it_leaves_to_others_is_said_in_words() {
    let why = |clauses: &str| accepts(&pattern(clauses)).expect_err("not for it").to_string();
    let pair = "DEFINE a AS kind='A', b AS kind='B'";
    assert_eq!(
        why(&format!("PATTERN ( a -> NOT b FOR 1 MS ) WITHIN 1 S {pair}")),
        "an absence for a time is not kept in registers"
    );
    assert_eq!(
        why(&format!("LONGEST MATCH PER START PATTERN ( a -> b ) WITHIN 1 S {pair}")),
        "the longest match per start is not kept in registers"
    );
    assert_eq!(
        why("PATTERN ( a -> b ) WITHIN 1 S DEFINE a AS kind='A', b AS price > AVG(a.price)"),
        "step 'b' reads bound events in more than sums of fields"
    );
}
