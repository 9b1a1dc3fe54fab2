//! What streams and users do when they are not kind: silent keys, falling times, panicking sinks.

mod common;

use std::panic::{AssertUnwindSafe, catch_unwind};

use common::{Event, KEY, KIND, TIME, VALUE, one_by_one};
use tourbillon_cep::first::{AfterMatch, Limits, Linear, Match, Matcher, Pattern};

fn event(time: u64, key: u32, kind: u8) -> Event {
    Event { time, value: 0, key, kind, pad: [0; 3] }
}

/// Kind 1, then kind 2 of the same key.
fn pair(window: u64, after_match: AfterMatch) -> Pattern<Event> {
    Pattern::builder("pair", TIME)
        .partition_by(KEY)
        .step("a", KIND.eq(1))
        .then("b", KIND.eq(2))
        .within(window)
        .after_match(after_match)
        .build()
        .unwrap()
}

/// Every key starts once and falls silent; some are answered within the window of 10.
fn short_lived(keys: u32) -> Vec<Event> {
    let spread = |key: u32| key.wrapping_mul(2_654_435_761);
    let of_key = |key: u32| {
        let start = event(3 * u64::from(key), spread(key), 1);
        let answer = event(3 * u64::from(key) + 2, spread(key), 2);
        if key.is_multiple_of(7) { vec![start, answer] } else { vec![start] }
    };
    (0..keys).flat_map(of_key).collect()
}

#[test]
fn keys_that_fall_silent_give_their_place_to_others() {
    for after_match in [AfterMatch::NoSkip, AfterMatch::PastLastLeftmost] {
        let pattern = pair(10, after_match);
        let events = short_lived(20_000);
        let limits = Limits { runs: 64, keys: 64, batch: 100, matches: 5_000 };
        let mut matcher = Matcher::new(&pattern, limits).unwrap();
        let expected = one_by_one(&mut matcher, &events);
        assert_eq!(expected.len(), 20_000_usize.div_ceil(7));
        assert_eq!(matcher.counts().truncated, 0);

        // Batches far larger than the limits, each rolled back once, do no worse.
        for length in [1, 10, 50, 3_000] {
            let mut matcher = Matcher::new(&pattern, Limits { batch: 20, ..limits }).unwrap();
            let mut seen = Vec::new();
            let mut sink = |m: Match<'_>| seen.push((m.emitted_at(), m.sequences().to_vec()));
            for (i, batch) in events.chunks(length).enumerate() {
                let first = (i * length) as u64;
                let before = (matcher.live(), matcher.counts());
                matcher.apply(first, batch).unwrap();
                matcher.rollback();
                assert_eq!((matcher.live(), matcher.counts()), before);
                matcher.apply(first, batch).unwrap();
                matcher.commit(&mut sink);
            }
            matcher.finish(&mut sink);
            assert_eq!(matcher.counts().truncated, 0, "batches of {length}");
            assert_eq!(seen, expected, "batches of {length}");
        }
    }
}

#[test]
fn a_limit_that_is_really_reached_is_counted() {
    let mut matcher =
        Matcher::new(&pair(1 << 40, AfterMatch::NoSkip), Limits { keys: 16, ..Limits::default() })
            .unwrap();
    for key in 0..20 {
        matcher.push(key, &event(key, 1 << 20 | key as u32, 1), &mut |_| {});
    }
    assert_eq!((matcher.live(), matcher.counts().truncated), (16, 4));
}

#[test]
fn no_match_is_longer_than_the_window_even_if_times_fall() {
    let mut matcher = Matcher::new(&pair(60, AfterMatch::NoSkip), Limits::default()).unwrap();
    let events = [event(100, 0, 1), event(0, 0, 1), event(120, 0, 2)];
    let seen = one_by_one(&mut matcher, &events);
    assert_eq!(seen, [(2, vec![0, 2])]);
    assert_eq!(matcher.counts().out_of_order, 1);
}

#[test]
fn a_sink_that_panics_sees_no_match_twice() {
    let events = [event(1, 0, 1), event(2, 0, 1), event(3, 0, 2)];
    let pattern = pair(60, AfterMatch::NoSkip);
    let mut matcher = Matcher::new(&pattern, Limits::default().with_batches()).unwrap();
    let mut seen = Vec::new();
    let mut sink = |m: Match<'_>| {
        seen.push(m.first());
        assert_ne!(m.first(), 0, "planted");
    };
    matcher.push(0, &events[0], &mut sink);
    matcher.push(1, &events[1], &mut sink);
    assert!(catch_unwind(AssertUnwindSafe(|| matcher.push(2, &events[2], &mut sink))).is_err());
    matcher.apply(3, &events).unwrap();
    matcher.commit(&mut sink);
    assert_eq!(seen, [0, 3, 4]);
}

#[test]
fn an_open_batch_must_be_ended_first() {
    let pattern = pair(60, AfterMatch::NoSkip);
    let mut matcher = Matcher::new(&pattern, Limits::default().with_batches()).unwrap();
    matcher.apply(0, &[event(1, 0, 1), event(2, 0, 2)]).unwrap();
    let pushed = catch_unwind(AssertUnwindSafe(|| matcher.push(9, &event(3, 0, 1), &mut |_| {})));
    assert!(pushed.is_err());
    assert!(catch_unwind(AssertUnwindSafe(|| matcher.finish(&mut |_| {}))).is_err());
    matcher.rollback();
    matcher.finish(&mut |_| unreachable!("nothing was committed"));
}

#[test]
fn numbers_beyond_exact_arithmetic_are_refused_at_either_end() {
    for number in [i64::MIN, i64::MAX] {
        let beyond: Linear<Event> = Linear::from(number) * i64::MAX * i64::MAX;
        let built = Pattern::builder("p", TIME).step("a", VALUE.gt(beyond)).within(5).build();
        assert!(built.is_err());
    }
}
