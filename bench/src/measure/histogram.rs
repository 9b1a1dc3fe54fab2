//! Latencies counted in fixed memory: one histogram a thread, merged when the run is over.
//!
//! Three significant digits over 1 ns to 10 s: buckets are exact up to 2,047 ns and from there on
//! never wider than a 1,024th of their value. A value above 10 s is counted in
//! [`Histogram::above`] too, and percentiles may show it smaller, though never below 10 s; the
//! maximum is exact. The memory is taken at the start, so recording allocates nothing.
//!
//! Percentiles of several threads or rounds come from [`Histogram::merge`]. Averaging percentiles
//! gives a number that is a percentile of nothing.

use crate::report::model::Percentiles;

/// Largest value that is certain to have a bucket of its own: 10 s.
pub const HIGHEST_NS: u64 = 10_000_000_000;

const SIGNIFICANT_DIGITS: u8 = 3;

/// Samples that must lie above a percentile for it to be worth printing.
const TAIL_SAMPLES: f64 = 10.0;

/// A histogram of nanoseconds.
#[derive(Debug, Clone)]
pub struct Histogram {
    counts: hdrhistogram::Histogram<u64>,
    above: u64,
    max: u64,
}

impl Histogram {
    /// An empty histogram, about 200 KiB, all of it allocated here.
    ///
    /// # Panics
    ///
    /// Never: the bounds are constants and valid.
    pub fn new() -> Self {
        let counts = hdrhistogram::Histogram::new_with_bounds(1, HIGHEST_NS, SIGNIFICANT_DIGITS)
            .expect("the bounds are valid");
        Self { counts, above: 0, max: 0 }
    }

    /// Counts one value.
    #[inline]
    pub fn record(&mut self, ns: u64) {
        self.above += u64::from(ns > HIGHEST_NS);
        self.max = self.max.max(ns);
        self.counts.saturating_record(ns);
    }

    /// Adds all that `other` has counted.
    ///
    /// # Panics
    ///
    /// Never: all histograms have the same bounds.
    pub fn merge(&mut self, other: &Self) {
        self.counts.add(&other.counts).expect("the bounds are equal");
        self.above += other.above;
        self.max = self.max.max(other.max);
    }

    /// Forgets everything, keeping the memory: for the end of a warm-up.
    pub fn clear(&mut self) {
        self.counts.reset();
        self.above = 0;
        self.max = 0;
    }

    /// Values counted.
    pub fn len(&self) -> u64 {
        self.counts.len()
    }

    /// Has nothing been counted?
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// Values above [`HIGHEST_NS`].
    pub fn above(&self) -> u64 {
        self.above
    }

    /// Largest value, exactly; 0 when empty.
    pub fn max(&self) -> u64 {
        self.max
    }

    /// The value that a share `q` (0 to 1) of all values does not exceed, as the upper end of its
    /// bucket; 0 when empty.
    pub fn value_at(&self, q: f64) -> u64 {
        self.counts.value_at_quantile(q).min(self.max)
    }

    /// Width of the bucket that `ns` falls into: how far a percentile may be off.
    pub fn bucket_width(&self, ns: u64) -> u64 {
        self.counts.equivalent_range(ns)
    }

    /// Whether percentile `q` (0 to 1) rests on enough samples: at least ten lie above it.
    ///
    /// With fewer, the next run prints something else; such a figure is to be shown as missing.
    pub fn supported(&self, q: f64) -> bool {
        // `1 - q` is rounded: without the slack, 100 samples would not support p90.
        const ROUNDING: f64 = 1e-6;
        self.len() as f64 * (1.0 - q) + ROUNDING >= TAIL_SAMPLES
    }

    /// The percentiles of a report.
    pub fn percentiles(&self) -> Percentiles {
        Percentiles {
            samples: self.len(),
            p50: self.value_at(0.5),
            p90: self.value_at(0.9),
            p99: self.value_at(0.99),
            p99_9: self.value_at(0.999),
            p99_99: self.value_at(0.9999),
            max: self.max(),
        }
    }
}

impl Default for Histogram {
    fn default() -> Self {
        Self::new()
    }
}
