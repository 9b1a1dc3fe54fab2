//! Streams out of order, put into order.

mod reorder_cases;

use proptest::prelude::*;
use reorder_cases::{Item, definition, run};
use tourbillon_cep::reorder::{Full, Late, Limits, Released, Reorder, ReorderError, Watermarks};

const LAG: u64 = 12;

/// Events with their places in the stream, in the order of their time, many at the same.
fn in_order() -> impl Strategy<Value = Vec<u64>> {
    prop::collection::vec(0..4_u64, 0..60).prop_map(|steps| {
        let mut time = 0;
        let step = |step| {
            time += step;
            time
        };
        steps.into_iter().map(step).collect()
    })
}

/// The same, each event delayed by up to [`LAG`].
fn delayed() -> impl Strategy<Value = Vec<u64>> {
    in_order()
        .prop_flat_map(|times| {
            let delays = prop::collection::vec(0..=LAG, times.len());
            (Just(times), delays)
        })
        .prop_map(|(times, delays)| {
            let mut arrivals: Vec<_> = times.into_iter().zip(delays).collect();
            arrivals.sort_by_key(|(time, delay)| time + delay);
            arrivals.into_iter().map(|(time, _)| time).collect()
        })
}

/// Any events, and watermarks between them now and then.
fn items() -> impl Strategy<Value = Vec<Item>> {
    let item = prop_oneof![4 => (0..50_u64).prop_map(Item::Event), 1 => (0..50_u64).prop_map(Item::Watermark)];
    prop::collection::vec(item, 0..60)
}

fn watermarks() -> impl Strategy<Value = Watermarks> {
    prop_oneof![Just(Watermarks::Explicit), (0..20_u64).prop_map(Watermarks::Lag)]
}

/// Nothing waits for room.
fn roomy() -> Limits {
    Limits { capacity: 64, full: Full::Stop, late: Late::Emit }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn what_is_shuffled_within_the_lag_comes_out_sorted_and_complete(times in delayed()) {
        let items: Vec<_> = times.iter().copied().map(Item::Event).collect();
        let seen = run(Watermarks::Lag(LAG), roomy(), &items);
        let mut expected: Vec<_> = times.into_iter().enumerate().map(|(at, time)| (time, at)).collect();
        expected.sort();
        prop_assert_eq!(seen.in_order, expected);
        prop_assert_eq!(seen.late, []);
    }

    /// Late by definition: before the latest watermark, or further than the lag behind the latest
    /// event. All others come out sorted, as soon as the watermark reaches them and not before.
    #[test]
    fn what_is_late_is_named_and_the_rest_is_sorted(items in items(), watermarks in watermarks()) {
        let expected = definition(watermarks, &items);
        let seen = run(watermarks, roomy(), &items);
        prop_assert_eq!(&seen.late, &expected.late);
        prop_assert_eq!(&seen.in_order, &expected.in_order);
        prop_assert_eq!(&seen.released_with, &expected.released_with);
        let behind = expected.late.iter().map(|late| late.1).max();
        prop_assert_eq!(seen.counts.late, expected.late.len() as u64);
        prop_assert_eq!(seen.counts.most_behind, behind.unwrap_or(0));
        prop_assert_eq!(seen.counts.released, expected.in_order.len() as u64);
        prop_assert_eq!((seen.counts.dropped, seen.counts.hurried), (0, 0));
    }

    /// Without room it is still in order, and every event is accounted for.
    #[test]
    fn without_room_every_event_is_accounted_for(
        items in items(),
        watermarks in watermarks(),
        capacity in 1..6_usize,
        full in prop_oneof![Just(Full::ReleaseEarliest), Just(Full::DropNewest), Just(Full::Stop)],
        late in prop_oneof![Just(Late::Drop), Just(Late::Emit), Just(Late::Error)],
    ) {
        let seen = run(watermarks, Limits { capacity, full, late }, &items);
        let events = items.iter().filter(|item| matches!(item, Item::Event(_))).count();
        let counts = seen.counts;
        prop_assert!(seen.in_order.is_sorted());
        prop_assert_eq!(seen.in_order.len() as u64, counts.released);
        let side = if late == Late::Emit { counts.late } else { 0 };
        prop_assert_eq!(seen.late.len() as u64, side);
        let refused = if late == Late::Error { counts.late } else { 0 };
        prop_assert_eq!(seen.late_errors, refused);
        prop_assert_eq!(counts.dropped > 0 && full != Full::DropNewest, false);
        prop_assert_eq!(counts.hurried > 0 && full != Full::ReleaseEarliest, false);
        prop_assert_eq!(seen.full_errors > 0 && full != Full::Stop, false);
        let lost = counts.late + counts.dropped + seen.full_errors;
        prop_assert_eq!(counts.released + lost, events as u64);
        prop_assert!(seen.most_waiting <= capacity);
        // With room enough nothing else would have been in its place.
        if full == Full::ReleaseEarliest && counts.hurried == 0 {
            prop_assert_eq!(seen.in_order, definition(watermarks, &items).in_order);
        }
    }
}

#[test]
fn ties_leave_in_the_order_of_arrival() {
    let items = [(5, 0), (9, 1), (5, 2), (9, 3), (5, 4)].map(|(time, _)| Item::Event(time));
    let seen = run(Watermarks::Explicit, roomy(), &items);
    assert_eq!(seen.in_order, [(5, 0), (5, 2), (5, 4), (9, 1), (9, 3)]);
}

#[test]
fn an_event_at_the_watermark_is_not_late_and_does_not_wait() {
    let mut reorder = Reorder::new(Watermarks::Explicit, roomy(), |time: &u64| *time).unwrap();
    let mut seen = Vec::new();
    reorder.advance_to(10, &mut |out| seen.push(out));
    reorder.push(&10, &mut |out| seen.push(out)).unwrap();
    reorder.push(&9, &mut |out| seen.push(out)).unwrap();
    assert_eq!(seen, [Released::InOrder(10), Released::Late { event: 9, behind: 1 }]);
    assert_eq!((reorder.waiting(), reorder.watermark()), (0, 10));
}

#[test]
fn errors_say_what_and_where() {
    let limits = Limits { capacity: 1, full: Full::Stop, late: Late::Error };
    let mut reorder = Reorder::new(Watermarks::Lag(5), limits, |time: &u64| *time).unwrap();
    let mut push = |time| reorder.push(&time, &mut |_| {}).map_err(|error| error.to_string());
    assert_eq!(push(10), Ok(()));
    let late = "the event at 4 ns is late, the watermark is 5 ns; let it lag more";
    assert_eq!(push(4), Err(late.to_owned()));
    let full = "no room for the event at 12 ns, 1 wait; raise the capacity, or let watermarks come earlier";
    assert_eq!(push(12), Err(full.to_owned()));
    assert_eq!(push(15), Ok(()), "the first event has gone");
    let none = Reorder::new(Watermarks::Explicit, Limits { capacity: 0, ..limits }, |t: &u64| *t);
    assert!(matches!(none, Err(ReorderError::Capacity { capacity: 0, .. })));
}
