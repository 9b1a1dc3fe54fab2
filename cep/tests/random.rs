//! Random patterns on random streams: the matcher against the oracle, batches against events.

mod common;

use common::{Event, case, one_by_one, sorted};
use proptest::prelude::*;
use tourbillon_cep::first::{Limits, Match, Matcher};

const LIMITS: Limits = Limits { runs: 64, keys: 4, batch: 7, matches: 64 };

proptest! {
    #![proptest_config(ProptestConfig { cases: 50_000, ..ProptestConfig::default() })]

    /// One event at a time finds what the definition says, and emits in the order of events.
    #[test]
    fn finds_what_the_definition_says(case in case()) {
        let mut matcher = case.matcher(LIMITS);
        let seen = one_by_one(&mut matcher, &case.events);
        prop_assert_eq!(matcher.counts().truncated, 0);
        prop_assert_eq!(matcher.counts().matches, seen.len() as u64);
        prop_assert_eq!(matcher.live(), 0);
        let order: Vec<_> = seen.iter().map(|(at, sequences)| (*at, sequences[0])).collect();
        prop_assert!(order.is_sorted());
        prop_assert_eq!(sorted(seen), case.expected());
    }

    /// Batches cut anywhere, some of them rolled back first, find the same in the same order.
    #[test]
    fn batches_find_the_same_wherever_they_end(
        case in case(),
        cuts in prop::collection::vec((1..12_usize, any::<bool>(), 0..12_usize), 40),
    ) {
        let expected = one_by_one(&mut case.matcher(LIMITS), &case.events);
        let mut matcher = case.matcher(LIMITS);
        let mut seen = Vec::new();
        let mut sink = |m: Match<'_>| seen.push((m.emitted_at(), m.sequences().to_vec()));
        let mut first = 0;
        for (length, undone, partly) in cuts {
            let batch = &case.events[first..case.events.len().min(first + length)];
            if undone {
                // A failed attempt, after all or part of the batch, leaves no trace.
                let before = (matcher.live(), matcher.counts());
                matcher.apply(first as u64, &batch[..partly.min(batch.len())]).unwrap();
                matcher.rollback();
                prop_assert_eq!((matcher.live(), matcher.counts()), before);
            }
            // A batch may come in two slices, as a ring that wraps gives it.
            let (head, tail) = batch.split_at(partly.min(batch.len()));
            matcher.apply(first as u64, head).unwrap();
            matcher.apply((first + head.len()) as u64, tail).unwrap();
            matcher.commit(&mut sink);
            first += batch.len();
        }
        prop_assert_eq!(first, case.events.len());
        matcher.finish(&mut sink);
        prop_assert_eq!(matcher.counts().truncated, 0);
        prop_assert_eq!(matcher.live(), 0);
        prop_assert_eq!(seen, expected);
    }

    /// Nothing but differences of time matters.
    #[test]
    fn shifting_all_times_changes_nothing(case in case(), shift in 0..1_u64 << 60) {
        let shifted = |event: &Event| Event { time: event.time + shift, ..*event };
        let later: Vec<_> = case.events.iter().map(shifted).collect();
        let seen = one_by_one(&mut case.matcher(LIMITS), &later);
        prop_assert_eq!(seen, one_by_one(&mut case.matcher(LIMITS), &case.events));
    }

    /// At a limit matches may be missing, and then the count says so; none is ever invented.
    #[test]
    fn limits_lose_only_what_they_count(case in case(), runs in 1..4_usize, keys in 1..3_usize) {
        let limits = Limits { runs, keys, batch: 5, matches: 2 };
        let mut matcher = case.matcher(limits);
        let seen = one_by_one(&mut matcher, &case.events);
        if matcher.counts().truncated == 0 {
            prop_assert_eq!(sorted(seen), case.expected());
        } else if case.after_match == tourbillon_cep::first::AfterMatch::NoSkip {
            let expected = case.expected();
            for found in sorted(seen) {
                prop_assert!(expected.contains(&found));
            }
        }
        apply_in_parts(&mut case.matcher(limits), 0, &case.events);
    }
}

/// Halves a batch until its matches fit; a single event always does.
fn apply_in_parts(matcher: &mut Matcher<Event>, first: u64, events: &[Event]) {
    match matcher.apply(first, events) {
        Ok(()) => matcher.commit(&mut |_| {}),
        Err(_) => {
            assert!(events.len() > 1, "one event always fits");
            matcher.rollback();
            let (head, tail) = events.split_at(events.len() / 2);
            apply_in_parts(matcher, first, head);
            apply_in_parts(matcher, first + head.len() as u64, tail);
        }
    }
}
