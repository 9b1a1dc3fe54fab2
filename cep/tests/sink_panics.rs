//! A sink that panics: the matcher is done with what it was given before the panic goes on, so that
//! nothing but what the sink had not seen yet is missing, and that is counted.

mod oracle;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use oracle::typed::{Plain, schema};
use proptest::prelude::*;
use tourbillon_cep::ir::Ir;
use tourbillon_cep::lang::compile;
use tourbillon_cep::set::{PatternId, PatternSet};
use tourbillon_cep::{Counts, Found, Limits, Matcher, Overflow, Pattern};

/// For each matcher what a panic could leave undone: a skip, the end of partial matches, outputs
/// that are kept until their turn.
const PATTERNS: [(&str, &str); 9] = [
    ("shared", "ALL MATCHES AFTER MATCH SKIP NONE PATTERN ( a ->> c )"),
    ("shared", "ALL MATCHES LIMIT 2 AFTER MATCH SKIP NONE PATTERN ( a ->> c )"),
    ("shared", "AFTER MATCH SKIP PAST LAST ROW EAGER PATTERN ( a ->> c )"),
    ("registers", "AFTER MATCH SKIP NONE PATTERN ( a -> b )"),
    ("registers", "PATTERN ( a -> b+ -> c )"),
    ("registers", "FIRST MATCH PER START PATTERN ( a -> b ) CONSUME ALL"),
    ("forked", "ON TIMEOUT EMIT AFTER MATCH SKIP NONE PATTERN ( a -> b -> NOT d FOR 3 NS )"),
    ("forked", "PATTERN ( a -> b -> NOT d FOR 3 NS ) CONSUME PARTITION"),
    ("forked", "LONGEST MATCH PER START PATTERN ( a -> b+ EACH -> NOT d FOR 3 NS )"),
];

fn ir(clauses: &str) -> Ir {
    let text = format!(
        "FROM plain MATCH_RECOGNIZE ( PARTITION BY key {clauses} WITHIN 20 NS
            DEFINE a AS kind = 0, b AS kind = 1 AND value >= a.value, c AS kind = 2,
                   d AS kind = 1 AND value = 0 )"
    );
    let compiled = compile("p", &text, &[schema()]);
    compiled.unwrap_or_else(|errors| panic!("{errors}")).patterns.remove(0).ir
}

/// What a matcher is given.
#[derive(Debug, Clone)]
enum Call {
    Push(u64, Plain),
    Batch(u64, Vec<Plain>),
    Watermark(u64),
    Finish,
}

fn calls() -> impl Strategy<Value = Vec<Call>> {
    let event = (0..3_u64, 0..4_i64, 0..2_u32, 0..3_u32);
    let call = (prop::collection::vec(event, 1..6), 0..8_u8);
    prop::collection::vec(call, 0..30).prop_map(|parts| {
        let (mut time, mut sequence, mut calls) = (0, 0, Vec::new());
        for (events, how) in parts {
            let event = |(step, value, key, kind)| {
                time += step;
                Plain { time, value, key, kind }
            };
            let events: Vec<_> = events.into_iter().map(event).collect();
            let first = sequence;
            sequence += events.len() as u64;
            match how {
                0 => {
                    time += 3;
                    calls.push(Call::Watermark(time));
                }
                1..4 => calls.push(Call::Batch(first, events)),
                _ => calls.extend((first..).zip(events).map(|(at, it)| Call::Push(at, it))),
            }
        }
        calls.push(Call::Watermark(time + 100));
        calls.push(Call::Finish);
        calls
    })
}

/// A match or time-out: of which pattern, and of which events.
type Output = (usize, Vec<u64>);

/// Gives each call to `make` with a sink that panics at the outputs whose numbers are in `panics`;
/// the outputs call by call.
fn run(
    calls: &[Call],
    panics: &[usize],
    mut make: impl FnMut(&Call, &mut dyn FnMut(Output)),
) -> Vec<Vec<Output>> {
    let (mut outputs, mut seen) = (Vec::new(), 0);
    for call in calls {
        let mut of_call = Vec::new();
        let mut sink = |output| {
            of_call.push(output);
            seen += 1;
            if panics.contains(&seen) {
                resume_unwind(Box::new("the sink"));
            }
        };
        let made = catch_unwind(AssertUnwindSafe(|| make(call, &mut sink)));
        if let Err(panic) = made {
            assert_eq!(panic.downcast_ref(), Some(&"the sink"));
        }
        outputs.push(of_call);
    }
    outputs
}

/// How the same calls differ: in what follows within a call after a panic. Says how much.
fn unseen(all: &[Vec<Output>], some: &[Vec<Output>]) -> u64 {
    let missing = |(all, some): (&Vec<Output>, &Vec<Output>)| {
        assert_eq!(all[..some.len()], some[..]);
        (all.len() - some.len()) as u64
    };
    assert_eq!(all.len(), some.len());
    all.iter().zip(some).map(missing).sum()
}

fn limits(tight: bool) -> Limits {
    let (partial, keys) = if tight { (16, 1) } else { (1_024, 2) };
    let limits = Limits { partial, bound: partial, keys, matches: 1_024, ..Limits::default() };
    limits.with_batches(64).with_overflow(Overflow::DropNewest)
}

fn alone(
    pattern: &Pattern<Plain>,
    tight: bool,
    calls: &[Call],
    panics: &[usize],
) -> (Vec<Vec<Output>>, Counts) {
    let mut matcher = Matcher::new(pattern, limits(tight)).expect("it runs");
    let outputs = run(calls, panics, |call, sink| {
        let sink = &mut |it: &Found<'_>| sink((0, it.sequences().collect()));
        let made = match call {
            Call::Push(sequence, event) => matcher.push(*sequence, event, sink),
            Call::Batch(first, events) => {
                matcher.apply(*first, events).expect("room");
                matcher.commit(sink)
            }
            Call::Watermark(time) => matcher.advance_to(*time, sink),
            Call::Finish => matcher.finish(sink),
        };
        made.expect("no limit stops it");
    });
    (outputs, matcher.counts())
}

fn together(
    irs: &[Ir],
    tight: bool,
    calls: &[Call],
    panics: &[usize],
) -> (Vec<Vec<Output>>, Vec<Counts>) {
    let mut set = PatternSet::<Plain>::new(&schema()).with_batches(64, 1_000);
    let ids: Vec<_> = irs.iter().map(|ir| set.add(ir, limits(tight)).expect("it runs")).collect();
    let outputs = run(calls, panics, |call, sink| {
        let sink =
            &mut |id: PatternId, it: &Found<'_>| sink((id.index(), it.sequences().collect()));
        match call {
            Call::Push(sequence, event) => set.push(*sequence, event, sink),
            Call::Batch(first, events) => {
                set.apply(*first, events).expect("room");
                set.commit(sink);
            }
            Call::Watermark(time) => set.advance_to(*time, sink),
            Call::Finish => set.finish(sink),
        }
    });
    (outputs, ids.iter().map(|id| set.counts(*id).expect("it is there")).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn nothing_else_is_missing(
        calls in calls(),
        tight in any::<bool>(),
        panics in prop::collection::vec(1..40_usize, 1..6),
    ) {
        for (name, clauses) in PATTERNS {
            let pattern = Pattern::from_ir(ir(clauses));
            let planned = Matcher::new(&pattern, limits(false)).expect("it runs");
            prop_assert_eq!(planned.plan().choice().name(), name, "{}", clauses);
            let (all, right) = alone(&pattern, tight, &calls, &[]);
            let (some, counts) = alone(&pattern, tight, &calls, &panics);
            let unseen = unseen(&all, &some);
            prop_assert_eq!(counts, Counts { unseen, ..right }, "{}", clauses);
        }
    }

    #[test]
    fn of_a_set_nothing_else_is_missing(
        calls in calls(),
        tight in any::<bool>(),
        panics in prop::collection::vec(1..80_usize, 1..9),
    ) {
        // Two of the first, so that a matcher is of several patterns.
        let irs = PATTERNS.map(|(_, clauses)| ir(clauses));
        let unpartitioned = Ir { partition_by: vec![], ..irs[0].clone() };
        let irs: Vec<_> = irs.into_iter().chain([unpartitioned.clone(), unpartitioned]).collect();
        let (all, right) = together(&irs, tight, &calls, &[]);
        let (some, counts) = together(&irs, tight, &calls, &panics);
        let unseen = unseen(&all, &some);
        prop_assert_eq!(counts.iter().map(|counts| counts.unseen).sum::<u64>(), unseen);
        for (counts, right) in counts.into_iter().zip(right) {
            prop_assert_eq!(Counts { unseen: 0, ..counts }, right);
        }
    }
}
