//! The histogram against the sorted list of everything it was told.

use proptest::{collection::vec, prelude::*};
use tourbillon_bench::measure::histogram::{HIGHEST_NS, Histogram};

fn of(values: &[u64]) -> Histogram {
    let mut histogram = Histogram::new();
    values.iter().for_each(|&value| histogram.record(value));
    histogram
}

/// Values of every order of magnitude, some of them above the highest bucket.
fn latencies() -> impl Strategy<Value = Vec<u64>> {
    vec((0..36_u32, any::<u64>()).prop_map(|(bits, value)| value & ((1 << bits) - 1)), 1..400)
}

proptest! {
    #[test]
    fn percentiles_are_those_of_the_sorted_values(mut values in latencies(), q in 0.0..=1.0_f64) {
        let histogram = of(&values);
        values.sort_unstable();
        let rank = ((q * values.len() as f64).ceil() as usize).clamp(1, values.len());
        let truth = values[rank - 1];
        let measured = histogram.value_at(q);
        prop_assert!(measured <= histogram.max());
        if truth <= HIGHEST_NS {
            prop_assert!(measured >= truth, "{measured} is below {truth}");
            prop_assert!(measured - truth < histogram.bucket_width(truth));
            prop_assert!(histogram.bucket_width(truth) as f64 <= (truth as f64 / 1024.0).max(1.0));
        } else {
            prop_assert!(measured >= HIGHEST_NS);
        }
    }

    #[test]
    fn a_merge_equals_recording_everything_in_one(left in latencies(), right in latencies()) {
        let mut merged = of(&left);
        merged.merge(&of(&right));
        let together = of(&[left, right].concat());
        prop_assert_eq!(merged.percentiles(), together.percentiles());
        prop_assert_eq!(merged.above(), together.above());
    }

    #[test]
    fn the_maximum_and_the_count_are_exact(values in latencies()) {
        let histogram = of(&values);
        prop_assert_eq!(histogram.max(), values.iter().copied().max().unwrap_or(0));
        prop_assert_eq!(histogram.len(), values.len() as u64);
        let above = values.iter().filter(|&&value| value > HIGHEST_NS).count();
        prop_assert_eq!(histogram.above(), above as u64);
    }

    #[test]
    fn a_cleared_histogram_is_a_new_one(before in latencies(), after in latencies()) {
        let mut histogram = of(&before);
        histogram.clear();
        after.iter().for_each(|&value| histogram.record(value));
        prop_assert_eq!(histogram.percentiles(), of(&after).percentiles());
        prop_assert_eq!(histogram.above(), of(&after).above());
    }
}

#[test]
fn an_empty_histogram_has_no_percentiles() {
    let histogram = Histogram::new();
    assert!(histogram.is_empty());
    assert_eq!(histogram.percentiles(), Default::default());
    assert!(!histogram.supported(0.5));
}

#[test]
fn a_percentile_needs_ten_samples_above_it() {
    for (q, least) in [(0.5, 20), (0.9, 100), (0.99, 1_000), (0.999, 10_000), (0.9999, 100_000)] {
        let enough = of(&vec![1; least]);
        let too_few = of(&vec![1; least - 1]);
        assert!(enough.supported(q), "{least} samples support {q}");
        assert!(!too_few.supported(q), "{} samples do not support {q}", least - 1);
    }
}
