//! A matcher behind the reorder stage finds in a shuffled stream what it finds in the sorted one;
//! and the stage allocates nothing after it is built.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;

use proptest::prelude::*;
use tourbillon_cep::lang::compile;
use tourbillon_cep::reorder::{self, Full, Late, Released, Reorder, Watermarks};
use tourbillon_cep::schema::{FieldType, Schema, SchemaField};
use tourbillon_cep::{Found, Limits, Matcher, Pattern};

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

const LAG: u64 = 15;

/// Time, kind, place in the stream.
type Event = [u64; 3];

fn schema() -> Arc<Schema> {
    Schema::builder::<Event>("s")
        .field(SchemaField::new("ts", FieldType::U64, 0))
        .field(SchemaField::new("kind", FieldType::U64, 8))
        .time("ts")
        .build()
        .expect("a sound schema")
}

/// One that is shared, one run by run, and one that waits for time to pass.
const PATTERNS: [&str; 3] = [
    "ALL MATCHES PATTERN ( a ->> b ->> c ) WITHIN 40 NS",
    "PATTERN ( a -> b+ -> c ) WITHIN 40 NS",
    "AFTER MATCH SKIP NONE PATTERN ( a -> NOT b FOR 9 NS )",
];

fn matcher(pattern: &str) -> Matcher<Event> {
    let text = format!(
        "FROM s MATCH_RECOGNIZE ( {pattern} DEFINE a AS kind = 0, b AS kind = 1, c AS kind = 2 )"
    );
    let compiled = compile("p.sql", &text, &[schema()]).expect("a sound pattern");
    Matcher::new(&Pattern::from_ir(compiled.patterns[0].ir.clone()), Limits::default())
        .expect("a runnable pattern")
}

/// Times and kinds in the order of arrival, each delayed by no more than [`LAG`].
fn delayed() -> impl Strategy<Value = Vec<Event>> {
    prop::collection::vec((0..6_u64, 0..3_u64, 0..=LAG), 0..50).prop_map(|rows| {
        let mut time = 0;
        let event = |(step, kind, delay)| {
            time += step;
            (time + delay, [time, kind, 0])
        };
        let mut arrivals: Vec<(u64, Event)> = rows.into_iter().map(event).collect();
        arrivals.sort_by_key(|(arrival, _)| *arrival);
        let place = |(place, (_, event)): (usize, (u64, Event))| [event[0], event[1], place as u64];
        arrivals.into_iter().enumerate().map(place).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_shuffled_stream_gives_the_matches_of_the_sorted_one(events in delayed()) {
        for pattern in PATTERNS {
            let mut sorted = events.clone();
            sorted.sort_by_key(|event| event[0]);
            let (mut expected, mut seen) = (Vec::new(), Vec::new());
            let mut plain = matcher(pattern);
            let mut sink = |it: &Found<'_>| expected.push(it.sequences().collect::<Vec<_>>());
            sorted.iter().for_each(|event| plain.push(event[2], event, &mut sink).expect("room"));
            plain.finish(&mut sink).expect("room");

            let limits = reorder::Limits::default();
            let time = |event: &Event| event[0];
            let mut reorder = Reorder::new(Watermarks::Lag(LAG), limits, time).unwrap();
            let mut behind = matcher(pattern);
            let mut sink = |it: &Found<'_>| seen.push(it.sequences().collect::<Vec<_>>());
            for event in &events {
                reorder.push(event, &mut |out| match out {
                    Released::InOrder(event) => {
                        behind.push(event[2], &event, &mut sink).expect("room");
                    }
                    late @ Released::Late { .. } => panic!("{late:?}"),
                }).unwrap();
                behind.advance_to(reorder.watermark(), &mut sink).expect("room");
            }
            reorder.finish(&mut |out| {
                if let Released::InOrder(event) = out {
                    behind.push(event[2], &event, &mut sink).expect("room");
                }
            });
            behind.finish(&mut sink).expect("room");
            prop_assert_eq!(&seen, &expected, "{}", pattern);
        }
    }
}

#[test]
fn the_stage_allocates_when_built_and_never_after() {
    for full in [Full::ReleaseEarliest, Full::DropNewest, Full::Stop] {
        let limits = reorder::Limits { capacity: 50, full, late: Late::Emit };
        let mut reorder =
            Reorder::new(Watermarks::Lag(300), limits, |event: &Event| event[0]).unwrap();
        let before = ALLOCATIONS.get();
        let (mut out, mut x) = (0, 88_172_645_463_325_252_u64);
        for i in 0..200_000 {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            let stopped = reorder.push(&[3 * i + x % 400, 0, i], &mut |_| out += 1).is_err();
            assert!(full == Full::Stop || !stopped);
        }
        reorder.finish(&mut |_| out += 1);
        assert_eq!(ALLOCATIONS.get(), before);
        let counts = reorder.counts();
        assert_eq!(counts.released + counts.late, out);
        assert!(counts.late > 0 && counts.released > 10_000, "{counts:?}");
    }
}
