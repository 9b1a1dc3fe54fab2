//! Aggregates against a plain recomputation over all history.

use proptest::prelude::*;
use tourbillon_cep::Overflow;
use tourbillon_cep::agg::{
    Aggregate, AggregateError, Bar, Closed, Count, Dropped, Ewma, Limits, Max, Min, Reading,
    Running, Sample, Slide, Sliding, Sum, Tumble, Tumbling, Vwap, Window,
};

/// Three keys, many ties, and extreme values now and then.
fn samples() -> impl Strategy<Value = Vec<Sample>> {
    let value = prop_oneof![8 => -5..6_i64, 1 => Just(i64::MIN), 1 => Just(i64::MAX)];
    let weight = prop_oneof![8 => 0..4_u32, 1 => Just(u32::MAX)];
    prop::collection::vec((0..3_u64, 0..7_u64, value, weight), 0..80).prop_map(|rows| {
        let mut time = 0;
        let sample = |(key, after, value, weight)| {
            time += after;
            Sample { key, time, value, weight }
        };
        rows.into_iter().map(sample).collect()
    })
}

fn window() -> impl Strategy<Value = Window> {
    prop_oneof![(1..30_u64).prop_map(Window::Time), (1..9_u32).prop_map(Window::Events)]
}

fn limits(keys: usize, events: usize, overflow: Overflow) -> Limits {
    Limits { keys, events, overflow }
}

fn roomy() -> Limits {
    limits(3, 80, Overflow::Stop)
}

/// The samples of the window that ends at `at`, by its definition.
fn covered(samples: &[Sample], at: usize, window: Window) -> Vec<Sample> {
    let now = samples[at];
    let own = samples[..=at].iter().filter(|sample| sample.key == now.key);
    match window {
        Window::Time(span) => own.filter(|sample| now.time - sample.time < span).copied().collect(),
        Window::Events(events) => {
            let own: Vec<_> = own.copied().collect();
            own[own.len().saturating_sub(events as usize)..].to_vec()
        }
    }
}

/// What a fresh aggregate makes of `samples`.
fn folded<A: Aggregate>(mut start: A, samples: &[Sample]) -> A {
    samples.iter().for_each(|sample| start.add(sample));
    start
}

/// The readings of a sliding window at each sample.
fn slide<A: Slide, R>(
    samples: &[Sample],
    window: Window,
    start: A,
    read: impl Fn(&A) -> R,
) -> Vec<R> {
    let derive = |_: &Sample, reading: Reading<'_, A>| {
        assert!(!reading.truncated);
        read(reading.aggregate)
    };
    let mut operator = Sliding::new(window, start, roomy(), |s: &Sample| *s, derive).unwrap();
    samples.iter().map(|sample| operator.push(sample).unwrap().unwrap()).collect()
}

fn vwap(samples: &[Sample]) -> (i128, u128) {
    let turnover = |s: &Sample| i128::from(s.value) * i128::from(s.weight);
    (samples.iter().map(turnover).sum(), samples.iter().map(|s| u128::from(s.weight)).sum())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn sliding_windows_are_what_they_cover(samples in samples(), window in window()) {
        let start = ((Count(0), Sum(0)), (Vwap::default(), (Min::default(), Max::default())));
        let seen = slide(&samples, window, start, |((count, sum), (vwap, (min, max)))| {
            (count.0, sum.0, (vwap.turnover, vwap.volume), min.value(), max.value())
        });
        for (at, seen) in seen.into_iter().enumerate() {
            let covered = covered(&samples, at, window);
            let values = || covered.iter().map(|sample| sample.value);
            let sum = values().map(i128::from).sum();
            let count = covered.len() as u64;
            let expected = (count, sum, vwap(&covered), values().min(), values().max());
            prop_assert_eq!(seen, expected, "at {}", at);
        }
    }

    #[test]
    fn averages_lie_where_they_should(samples in samples()) {
        for sample in samples.chunks(7) {
            let average = folded(Vwap::default(), sample);
            let (turnover, volume) = vwap(sample);
            let Some(floor) = average.floor() else {
                prop_assert_eq!(volume, 0);
                prop_assert_eq!(average.value(), None);
                continue;
            };
            let volume = volume as i128;
            prop_assert!(i128::from(floor) * volume <= turnover);
            prop_assert!(turnover < (i128::from(floor) + 1) * volume);
        }
    }

    /// Windows of time hold the samples between two multiples; of each key there is one.
    #[test]
    fn bars_of_time_are_what_lies_between(samples in samples(), length in 1..40_u64) {
        let mut bars = tumble(&samples, Tumble::Time(length));
        prop_assert!(bars.is_sorted_by_key(|bar| bar.end), "in order of time");
        let mut expected = Vec::new();
        for key in 0..3 {
            let own = samples.iter().filter(|sample| sample.key == key).copied();
            let own: Vec<_> = own.collect();
            for part in own.chunk_by(|one, other| one.time / length == other.time / length) {
                let start = part[0].time / length * length;
                expected.push(OneBar { key, start, end: start + length, bar: bar(part) });
            }
        }
        let order = |bar: &OneBar| (bar.key, bar.start);
        bars.sort_by_key(order);
        expected.sort_by_key(order);
        prop_assert_eq!(bars, expected);
    }

    #[test]
    fn bars_of_events_and_of_volume_hold_as_much_as_they_say(
        samples in samples(),
        size in 1..12_u64,
        by_volume: bool,
    ) {
        let window = if by_volume { Tumble::Volume(size) } else { Tumble::Events(size) };
        let mut bars = tumble(&samples, window);
        let mut expected = Vec::new();
        let last = samples.last().map_or(0, |sample| sample.time);
        for key in 0..3 {
            let mut part = Vec::new();
            for sample in samples.iter().filter(|sample| sample.key == key) {
                part.push(*sample);
                let filled: u64 =
                    part.iter().map(|s: &Sample| if by_volume { s.weight.into() } else { 1 }).sum();
                if filled >= size {
                    let (start, end) = (part[0].time, sample.time);
                    expected.push(OneBar { key, start, end, bar: bar(&part) });
                    part.clear();
                }
            }
            if !part.is_empty() {
                expected.push(OneBar { key, start: part[0].time, end: last, bar: bar(&part) });
            }
        }
        bars.sort_by_key(|bar| bar.key);
        prop_assert_eq!(bars, expected);
    }

    #[test]
    fn moving_averages_weigh_by_age(samples in samples(), half_life in 1..20_u64) {
        let close = |one: f64, other: f64| (one - other).abs() <= 1e-9 * other.abs().max(1.0);
        let small = |sample: &Sample| Sample { value: sample.value % 1_000, ..*sample };
        let samples: Vec<_> = samples.iter().map(small).collect();
        let derive = |_: &Sample, reading: Reading<'_, Ewma>| reading.aggregate.value().unwrap();
        let start = Ewma::half_life(half_life);
        let mut timed = Running::new(start, roomy(), |s: &Sample| *s, derive).unwrap();
        let start = Ewma::per_event(0.25);
        let mut stepped = Running::new(start, roomy(), |s: &Sample| *s, derive).unwrap();
        for (at, sample) in samples.iter().enumerate() {
            let own = covered(&samples, at, Window::Time(u64::MAX));
            let weight =
                |s: &Sample| 0.5_f64.powf((sample.time - s.time) as f64 / half_life as f64);
            let total: f64 = own.iter().map(weight).sum();
            let expected = own.iter().map(|s| weight(s) * s.value as f64).sum::<f64>() / total;
            prop_assert!(close(timed.push(sample).unwrap().unwrap(), expected));
            let values = own.iter().map(|s| s.value as f64);
            let expected = values.reduce(|average, v| 0.25 * v + 0.75 * average).unwrap();
            prop_assert!(close(stepped.push(sample).unwrap().unwrap(), expected));
        }
    }

    /// A ring too small gives the same as one that is large enough, or says that it does not.
    #[test]
    fn what_does_not_fit_is_counted_and_marked(
        samples in samples(),
        span in 1..30_u64,
        keys in 1..4_usize,
        events in 1..5_usize,
        newest: bool,
    ) {
        let overflow = if newest { Overflow::DropNewest } else { Overflow::DropOldest };
        let limits = limits(keys, events, overflow);
        let derive = |_: &Sample, r: Reading<'_, Sum>| (r.aggregate.0, r.truncated);
        let window = Window::Time(span);
        let mut operator =
            Sliding::new(window, Sum(0), limits, |s: &Sample| *s, derive).unwrap();
        let mut unmarked = 0;
        for (at, sample) in samples.iter().enumerate() {
            let before = operator.dropped();
            match operator.push(sample).unwrap() {
                Some((_, true)) => {}
                Some((sum, false)) => {
                    let covered = covered(&samples, at, window);
                    let expected = covered.iter().map(|s| i128::from(s.value)).sum();
                    prop_assert_eq!(sum, expected, "at {}", at);
                    unmarked += 1;
                }
                None => {
                    prop_assert!(newest);
                    prop_assert_ne!(before, operator.dropped());
                }
            }
        }
        if operator.dropped() == Dropped::default() {
            prop_assert_eq!(unmarked, samples.len());
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct OneBar {
    key: u64,
    start: u64,
    end: u64,
    bar: Bar,
}

fn tumble(samples: &[Sample], window: Tumble) -> Vec<OneBar> {
    let derive = |closed: Closed<'_, Bar>| {
        assert!(!closed.truncated);
        OneBar { key: closed.key, start: closed.start, end: closed.end, bar: *closed.aggregate }
    };
    let mut operator =
        Tumbling::new(window, Bar::default(), roomy(), |s: &Sample| *s, derive).unwrap();
    let mut bars = Vec::new();
    samples.iter().for_each(|s| operator.push(s, &mut |bar| bars.push(bar)).unwrap());
    operator.finish(&mut |bar| bars.push(bar));
    bars
}

/// The bar of `samples`, which are some, by its definition.
fn bar(samples: &[Sample]) -> Bar {
    let values = || samples.iter().map(|sample| sample.value);
    let (turnover, volume) = vwap(samples);
    Bar {
        open: samples[0].value,
        high: values().max().unwrap(),
        low: values().min().unwrap(),
        close: samples[samples.len() - 1].value,
        count: samples.len() as u64,
        vwap: Vwap { turnover, volume },
    }
}

fn at(key: u64, time: u64, value: i64) -> Sample {
    Sample { key, time, value, weight: 1 }
}

#[test]
fn a_watermark_closes_what_ends_by_then() {
    let derive = |closed: Closed<'_, Bar>| (closed.key, closed.end);
    let window = Tumble::Time(10);
    let mut operator =
        Tumbling::new(window, Bar::default(), roomy(), |s: &Sample| *s, derive).unwrap();
    let mut closed = Vec::new();
    operator.push(&at(7, 3, 1), &mut |bar| closed.push(bar)).unwrap();
    operator.push(&at(5, 9, 1), &mut |bar| closed.push(bar)).unwrap();
    operator.advance_to(9, &mut |bar| closed.push(bar));
    assert_eq!(closed, []);
    operator.advance_to(10, &mut |bar| closed.push(bar));
    assert_eq!(closed, [(7, 10), (5, 10)], "in the order of their first events");
    let late = operator.push(&at(5, 9, 1), &mut |bar| closed.push(bar));
    assert_eq!(late, Err(AggregateError::OutOfOrder { time: 9, now: 10 }));
}

#[test]
fn windows_of_keys_give_way_as_told() {
    let run = |overflow| {
        let derive = |closed: Closed<'_, Bar>| (closed.key, closed.truncated);
        let window = Tumble::Events(2);
        let limits = limits(1, 1, overflow);
        let mut operator =
            Tumbling::new(window, Bar::default(), limits, |s: &Sample| *s, derive).unwrap();
        let mut closed = Vec::new();
        let results = [at(1, 0, 1), at(2, 1, 1), at(1, 2, 1)]
            .map(|sample| operator.push(&sample, &mut |bar| closed.push(bar)).is_ok());
        (results, closed, operator.dropped().keys)
    };
    assert_eq!(
        run(Overflow::DropOldest),
        ([true, true, true], vec![(1, true), (2, true)], 2),
        "a window is closed early, and what opens after it may lack an event"
    );
    assert_eq!(run(Overflow::DropNewest), ([true, true, true], vec![(1, false)], 1));
    assert_eq!(run(Overflow::Stop), ([true, false, true], vec![(1, false)], 0));
}

#[test]
fn a_running_aggregate_that_starts_again_says_so() {
    let derive = |_: &Sample, r: Reading<'_, Count>| (r.aggregate.0, r.truncated);
    let limits = limits(1, 1, Overflow::DropOldest);
    let mut operator = Running::new(Count(0), limits, |s: &Sample| *s, derive).unwrap();
    let mut push = |key, time| operator.push(&at(key, time, 0)).unwrap().unwrap();
    assert_eq!([push(1, 0), push(1, 1)], [(1, false), (2, false)]);
    assert_eq!([push(2, 2), push(1, 3)], [(1, true), (1, true)]);
}

#[test]
fn a_stopped_operator_names_what_was_too_small() {
    let derive = |_: &Sample, _: Reading<'_, Count>| ();
    let limits = limits(1, 2, Overflow::Stop);
    let window = Window::Time(10);
    let mut operator = Sliding::new(window, Count(0), limits, |s: &Sample| *s, derive).unwrap();
    let mut push = |key, time| operator.push(&at(key, time, 0)).map_err(|error| error.to_string());
    assert_eq!([push(7, 1), push(7, 2)], [Ok(Some(())), Ok(Some(()))]);
    let full =
        "no room in the window of key 7 at 3 ns, which holds 2 events; raise the limit 'events'";
    assert_eq!(push(7, 3), Err(full.to_owned()));
    let keys = "no room for key 8 at 4 ns, 1 keys have open windows; raise the limit 'keys'";
    assert_eq!(push(8, 4), Err(keys.to_owned()));
    assert_eq!(push(8, 12), Ok(Some(())), "the window of the other key has passed");
    let zero = Sliding::new(Window::Events(0), Count(0), limits, |s: &Sample| *s, derive);
    let most = 1 << 30;
    let expected = AggregateError::Size { what: "the window", value: 0, most };
    assert_eq!(zero.map(|_| ()), Err(expected));
}
