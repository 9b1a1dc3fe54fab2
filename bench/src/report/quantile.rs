//! The percentiles that a report shows, and when one may be believed.
//!
//! The p99.9 of 500 samples is their maximum under a prouder name: a percentile needs at least
//! [`NEEDED_BEYOND`] samples beyond it, or it is shown as not available.

use super::model::Percentiles;

/// Samples that must lie beyond a percentile for it to be believed.
pub const NEEDED_BEYOND: u64 = 10;

/// What stands in the place of a percentile with too few samples beyond it.
pub const TOO_FEW: &str = "n/a (too few samples)";

/// One percentile of a [`Percentiles`].
#[derive(Debug, Clone, Copy)]
pub struct Quantile {
    /// Such as `p99.9`.
    pub name: &'static str,
    /// One sample in so many lies beyond.
    pub one_in: u64,
    value: fn(&Percentiles) -> u64,
}

/// Median.
pub const P50: Quantile = Quantile { name: "p50", one_in: 2, value: |p| p.p50 };
/// 90th percentile.
pub const P90: Quantile = Quantile { name: "p90", one_in: 10, value: |p| p.p90 };
/// 99th percentile.
pub const P99: Quantile = Quantile { name: "p99", one_in: 100, value: |p| p.p99 };
/// 99.9th percentile.
pub const P99_9: Quantile = Quantile { name: "p99.9", one_in: 1_000, value: |p| p.p99_9 };
/// 99.99th percentile.
pub const P99_99: Quantile = Quantile { name: "p99.99", one_in: 10_000, value: |p| p.p99_99 };

/// All of them, rising.
pub const ALL: [Quantile; 5] = [P50, P90, P99, P99_9, P99_99];

impl Quantile {
    /// The recorded value in nanoseconds, believable or not.
    #[must_use]
    pub fn recorded(&self, percentiles: &Percentiles) -> u64 {
        (self.value)(percentiles)
    }

    /// The value in nanoseconds, or `None` with too few samples beyond it.
    #[must_use]
    pub fn of(&self, percentiles: &Percentiles) -> Option<u64> {
        let beyond = percentiles.samples / self.one_in;
        (beyond >= NEEDED_BEYOND).then(|| self.recorded(percentiles))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_samples_beyond_are_needed_and_enough() {
        for quantile in ALL {
            let mut percentiles =
                Percentiles { p50: 1, p90: 2, p99: 3, p99_9: 4, p99_99: 5, max: 6, samples: 0 };
            assert_eq!(quantile.of(&percentiles), None);
            percentiles.samples = quantile.one_in * 10 - 1;
            assert_eq!(quantile.of(&percentiles), None, "{}", quantile.name);
            percentiles.samples += 1;
            assert_eq!(quantile.of(&percentiles), Some(quantile.recorded(&percentiles)));
        }
    }

    #[test]
    fn each_reads_its_own_field() {
        let percentiles =
            Percentiles { p50: 1, p90: 2, p99: 3, p99_9: 4, p99_99: 5, max: 6, samples: 7 };
        assert_eq!(ALL.map(|q| q.recorded(&percentiles)), [1, 2, 3, 4, 5]);
    }
}
