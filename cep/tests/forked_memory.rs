//! All memory of the matcher of runs is allocated when it is built, and reported to the byte.

#[path = "text/schemas.rs"]
mod schemas;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use bytemuck::Zeroable;
use schemas::{Market, market};
use tourbillon_cep::forked::{Kind, Limits, Matcher, Policies};
use tourbillon_cep::ir::Ir;
use tourbillon_cep::lang::compile;
use tourbillon_cep::{Measures, Overflow, Value};

/// Counts what this thread allocates, and how many bytes of it are not freed.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
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

const PATTERNS: [&str; 4] = [
    // Loops with aggregates, by key, leftmost.
    "PARTITION BY sym MEASURES MAX(up.price) AS peak, AVG(up.qty) AS mean, MATCH_NUMBER() AS n
     PATTERN ( base -> up{2,} -> down ) WITHIN 600 NS
     DEFINE up AS price > PREV(price), down AS price < base.price AND COUNT(up.*) > 2",
    // Negation, timers at the end, time-outs.
    "PARTITION BY acct, sym MEASURES o.oid AS oid ALL MATCHES ON TIMEOUT EMIT
     PATTERN ( o -> NOT x -> p -> NOT f FOR 15 NS ) WITHIN 50 NS
     DEFINE o AS kind = 'ADD', x AS kind = 'CANCEL' AND price = o.price, p AS price > o.price,
            f AS kind = 'EXEC' AND qty > p.qty",
    // Every count, permuted parts, gaps, events counted, one for each start.
    "LONGEST MATCH PER START
     PATTERN ( PERMUTE(a, b) -> GAP 9 NS c+ EACH ) WITHIN 9 EVENTS CONSUME PARTITION
     DEFINE a AS side = 'B', b AS side = 'S' AND price = a.price, c AS qty > a.qty",
    // Rows before, a leading absence.
    "PARTITION BY sym AFTER MATCH SKIP TO NEXT ROW EAGER
     PATTERN ( NOT x FOR 5 NS -> a -> b ) WITHIN 30 NS
     DEFINE x AS kind = 'CANCEL', a AS price > LAG(price, 2), b AS price < LAG(price)",
];

fn patterns() -> Vec<Ir> {
    let ir = |text: &&str| {
        let text = format!("FROM mkt MATCH_RECOGNIZE ( {text} )");
        compile("memory.sql", &text, &[market()]).expect("a sound text").patterns[0].ir.clone()
    };
    PATTERNS.iter().map(ir).collect()
}

/// Far too little for the stream: limits are reached all the time.
fn limits(overflow: Overflow) -> Limits {
    let overflow = Policies::all(overflow);
    Limits { runs: 300, runs_per_key: 6, bound: 200, keys: 11, matches: 16, overflow }
}

fn stream(events: u64) -> impl Iterator<Item = Market> {
    let mut x = 88_172_645_463_325_252_u64;
    (0..events).map(move |at| {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        Market {
            ts: 3 * at,
            oid: at,
            price: (x >> 8 & 15) as i64,
            acct: (x >> 16 & 3) as u32,
            qty: (x >> 20 & 7) as u32,
            sym: (x >> 24) as u16 % 12,
            kind: 1 + (x >> 32) as u8 % 5,
            side: 1 + (x >> 40 & 1) as u8,
            ..Market::zeroed()
        }
    })
}

#[test]
fn events_watermarks_and_measures_allocate_nothing() {
    for ir in patterns() {
        for overflow in [Overflow::DropOldest, Overflow::DropNewest] {
            let measures = Measures::new(&ir);
            let keys = if ir.partition_by.len() > 1 { 3 } else { 11 };
            let limits = Limits { keys, ..limits(overflow) };
            let mut matcher = Matcher::<Market>::new(&ir, limits).expect("it runs");
            let (mut matches, mut late, mut values) = (0_u64, 0_u64, 0_u64);
            let before = (ALLOCATIONS.get(), BYTES.get(), matcher.memory());
            let mut sink = |found: &tourbillon_cep::forked::Found<'_, Market>| {
                *(if found.kind() == Kind::Match { &mut matches } else { &mut late }) += 1;
                for at in 0..measures.len() {
                    values +=
                        u64::from(measures.value(at, found, found.match_number()) != Value::Null);
                }
            };
            for (id, event) in (0..).zip(stream(250_000)) {
                matcher.push(id, &event, &mut sink).expect("something is dropped");
                if id % 7 == 0 {
                    matcher.advance_to(event.ts + 2, &mut sink).expect("something is dropped");
                }
            }
            matcher.finish(&mut sink).expect("something is dropped");
            assert_eq!((ALLOCATIONS.get(), BYTES.get(), matcher.memory()), before, "{ir}");
            assert!(matches > 100, "{matches} matches of {ir}");
            assert_eq!(late > 0, ir.emit_timeouts);
            assert_eq!(values > 0, !measures.is_empty());
            assert!(matcher.dropped().total() > 0, "{ir}");
        }
    }
}

#[test]
fn memory_is_what_the_limits_ask_for() {
    let wide = Limits::default();
    let others = [
        Limits { runs: 777, ..wide },
        Limits { bound: 99, ..wide },
        Limits { keys: 1_000, ..wide },
        Limits { matches: 3, ..wide },
        limits(Overflow::Stop),
    ];
    for ir in patterns() {
        // What the pattern itself takes is the same each time.
        let built = |limits| {
            let before = BYTES.get();
            let matcher = Matcher::<Market>::new(&ir, limits).expect("it runs");
            BYTES.get() - before - matcher.memory()
        };
        let pattern = built(wide);
        assert!(pattern < 32_768, "{pattern} bytes of {ir}");
        for limits in others {
            assert_eq!(built(limits), pattern, "{limits:?}");
        }
    }
}
