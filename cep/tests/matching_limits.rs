//! Limits of the one matcher, whichever matcher does the work: what gives way is counted, what may
//! lack others because of it is marked, and where nothing may give way matching stops and says so.

mod oracle;

use oracle::typed::{Plain, schema};
use proptest::prelude::*;
use tourbillon_cep::lang::compile;
use tourbillon_cep::{Found, Full, Limits, Matcher, Overflow, Pattern};

/// One pattern for each matcher.
const PATTERNS: [(&str, &str); 3] = [
    ("shared", "ALL MATCHES AFTER MATCH SKIP NONE PATTERN ( a ->> c )"),
    ("registers", "AFTER MATCH SKIP NONE PATTERN ( a -> b )"),
    ("forked", "AFTER MATCH SKIP NONE PATTERN ( a -> b -> NOT d FOR 3 NS )"),
];

fn pattern(clauses: &str) -> Pattern<Plain> {
    let text = format!(
        "FROM plain MATCH_RECOGNIZE ( PARTITION BY key {clauses} WITHIN 40 NS
            DEFINE a AS kind = 0, b AS kind = 1 AND value > a.value, c AS kind = 2,
                   d AS kind = 1 AND value = 0 )"
    );
    Pattern::from_ir(compile("p", &text, &[schema()]).expect("a sound text").patterns.remove(0).ir)
}

fn tight(overflow: Overflow) -> Limits {
    let limits =
        Limits { partial: 16, partial_per_key: 4, bound: 16, keys: 2, ..Limits::default() };
    limits.with_overflow(overflow)
}

fn events() -> impl Strategy<Value = Vec<Plain>> {
    let event = (0..3_u64, 0..8_i64, 0..4_u32, 0..3_u32);
    prop::collection::vec(event, 0..120).prop_map(|events| {
        let mut time = 0;
        let event = |(step, value, key, kind)| {
            time += step;
            Plain { time, value, key, kind }
        };
        events.into_iter().map(event).collect()
    })
}

#[derive(Debug, PartialEq)]
struct Ran {
    /// Of each match, the event that let it out, its sequences, and whether it is marked.
    found: Vec<(Option<u64>, Vec<u64>, bool)>,
    full: Option<Full>,
    truncated: u64,
}

fn run(pattern: &Pattern<Plain>, limits: Limits, events: &[Plain]) -> Ran {
    let mut matcher = Matcher::new(pattern, limits).expect("it runs");
    let mut found = Vec::new();
    let mut sink = |it: &Found<'_>| {
        found.push((it.released_by(), it.sequences().collect(), it.is_truncated()));
    };
    let mut full = None;
    for (sequence, event) in (0..).zip(events) {
        let pushed = matcher.push(sequence, event, &mut sink);
        assert!(full.is_none() || pushed.err() == full, "it has stopped for good");
        full = pushed.err();
    }
    assert_eq!((matcher.stopped(), matcher.finish(&mut sink).err()), (full, full));
    Ran { found, full, truncated: matcher.counts().truncated() }
}

/// The same in batches.
fn run_batches(pattern: &Pattern<Plain>, limits: Limits, events: &[Plain]) -> Ran {
    let mut matcher = Matcher::new(pattern, limits.with_batches(7)).expect("it runs");
    let mut found = Vec::new();
    let mut sink = |it: &Found<'_>| {
        found.push((it.released_by(), it.sequences().collect(), it.is_truncated()));
    };
    let mut full = None;
    for (batch, first) in events.chunks(7).zip((0..).step_by(7)) {
        matcher.apply(first, batch).expect("room for the batch");
        let committed = matcher.commit(&mut sink);
        assert!(full.is_none() || committed.err() == full, "it has stopped for good");
        full = committed.err();
    }
    assert_eq!(matcher.finish(&mut sink).err(), full);
    Ran { found, full, truncated: matcher.counts().truncated() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_cut_silently(events in events()) {
        for (name, clauses) in PATTERNS {
            let pattern = pattern(clauses);
            let all = run(&pattern, Limits::default(), &events);
            prop_assert_eq!((all.full, all.truncated), (None, 0));
            for overflow in [Overflow::DropOldest, Overflow::DropNewest] {
                let some = run(&pattern, tight(overflow), &events);
                prop_assert_eq!(some.full, None);
                // What comes out is out at the same events, and is some of what there is.
                let mut left = all.found.iter();
                for (by, sequences, _) in &some.found {
                    let known = left.any(|other| (&other.0, &other.1) == (by, sequences));
                    prop_assert!(known, "{name} {overflow:?}: {sequences:?}");
                }
                if some.truncated == 0 {
                    prop_assert_eq!(&some.found, &all.found, "{} {:?}", name, overflow);
                }
            }
        }
    }

    /// Until it stops, it finds everything; and it stops before it would lose anything.
    #[test]
    fn stopping_loses_nothing_before(events in events()) {
        for (name, clauses) in PATTERNS {
            let pattern = pattern(clauses);
            let all = run(&pattern, Limits::default(), &events);
            let limits = tight(Overflow::Stop);
            let some = run(&pattern, limits, &events);
            prop_assert_eq!(&run_batches(&pattern, limits, &events), &some);
            let end = some.full.map_or(u64::MAX, |full| full.sequence);
            let before = |ran: &Ran| -> Vec<_> {
                let early = ran.found.iter().filter(|(by, ..)| by.is_some_and(|by| by < end));
                early.map(|(by, sequences, _)| (*by, sequences.clone())).collect()
            };
            prop_assert_eq!(before(&some), before(&all), "{} stops at {}", name, end);
        }
    }
}

/// So many events begin partial matches of so many keys, before one is completed.
fn starts(keys: u32, of_each: u64) -> Vec<Plain> {
    let starts = (0..of_each).flat_map(|_| 0..keys);
    let start = |(at, key): (u64, u32)| Plain { time: at / 8, value: 0, key, kind: 0 };
    let mut events: Vec<_> = (0..).zip(starts).map(start).collect();
    let time = events.len() as u64 / 8;
    events.extend((0..keys).map(|key| Plain { time, value: 1, key, kind: 1 }));
    events.extend((0..keys).map(|key| Plain { time, value: 1, key, kind: 2 }));
    events.extend((0..keys).map(|key| Plain { time: time + 4, value: 1, key, kind: 3 }));
    events
}

#[test]
fn at_every_limit_something_gives_way_or_it_stops() {
    let wide = Limits::default();
    let cases: [(&str, Limits, u32, u64); 4] = [
        // Room is given by the block, which holds dozens for each key.
        ("partial", Limits { partial: 64, keys: 6, ..wide }, 4, 75),
        ("partial_per_key", Limits { partial_per_key: 2, ..wide }, 2, 5),
        ("bound", Limits { bound: 64, ..wide }, 10, 30),
        ("keys", Limits { keys: 3, ..wide }, 9, 2),
    ];
    for (limit, limits, keys, of_each) in cases {
        for (name, clauses) in PATTERNS {
            // Partial matches that are shared have no limit of their own for a key.
            if (name, limit) == ("shared", "partial_per_key") {
                continue;
            }
            let (pattern, events) = (pattern(clauses), starts(keys, of_each));
            for overflow in [Overflow::DropOldest, Overflow::DropNewest] {
                let ran = run(&pattern, limits.with_overflow(overflow), &events);
                let told = format!("{name} {limit} {overflow:?}: {ran:?}");
                assert!(ran.truncated > 0, "{told}");
                // Keys that have room lack nothing where others have none.
                let apart = (limit, overflow) == ("keys", Overflow::DropNewest);
                assert!(apart || ran.found.iter().any(|(.., marked)| *marked), "{told}");
            }
            let ran = run(&pattern, limits.with_overflow(Overflow::Stop), &events);
            let full = ran.full.unwrap_or_else(|| panic!("{name} does not stop at {limit}"));
            assert_eq!(full.limit, limit, "{name}");
            let text = full.to_string();
            let begin = format!("matching has stopped at event {}: {} ", full.sequence, full.most);
            assert!(text.starts_with(&begin), "{text}");
            assert!(text.contains(&format!("raise the limit `{limit}`")), "{text}");
        }
    }
}

#[test]
fn which_gives_way_is_as_said() {
    // Key 1 comes when there is room for key 0 alone.
    let event = |time, key, kind| Plain { time, value: i64::from(kind), key, kind };
    let events = [(0, 0, 0), (1, 1, 0), (2, 1, 1), (2, 1, 2), (3, 0, 1), (3, 0, 2), (9, 2, 3)];
    let events = events.map(|(time, key, kind)| event(time, key, kind));
    for (name, clauses) in PATTERNS {
        let firsts = |overflow| {
            let limits = Limits { keys: 1, ..Limits::default() }.with_overflow(overflow);
            let ran = run(&pattern(clauses), limits, &events);
            ran.found.iter().map(|(_, sequences, _)| sequences[0]).collect::<Vec<_>>()
        };
        assert_eq!(firsts(Overflow::DropOldest), [1], "{name}");
        assert_eq!(firsts(Overflow::DropNewest), [0], "{name}");
    }
}
