//! Times between neighbours: mean, variation, percentiles.

use serde::Serialize;

/// Buckets of a power of two: a percentile is too high by at most a sixteenth.
const FINE: u64 = 16;
/// Buckets up to the largest number.
const BUCKETS: usize = 61 * FINE as usize;

#[derive(Clone, Debug)]
pub(super) struct Silences {
    buckets: Vec<u64>,
    count: u64,
    /// Mean and sum of squared deviations, as they are now (Welford, 1962).
    mean: f64,
    squares: f64,
    longest: u64,
    longest_until: u64,
}

impl Default for Silences {
    fn default() -> Self {
        let buckets = vec![0; BUCKETS];
        Self { buckets, count: 0, mean: 0.0, squares: 0.0, longest: 0, longest_until: 0 }
    }
}

/// Numbers below 16 have a bucket each; above, sixteen buckets share a power of two.
fn bucket(value: u64) -> usize {
    if value < FINE {
        return value as usize;
    }
    let power = u64::from(value.ilog2());
    ((power - 3) * FINE + ((value >> (power - 4)) % FINE)) as usize
}

/// The highest number in a bucket.
fn highest(bucket: usize) -> u64 {
    let (bucket, power) = (bucket as u64, bucket as u64 / FINE + 3);
    if bucket < FINE {
        return bucket;
    }
    let step = 1_u64 << (power - 4);
    (FINE + bucket % FINE) * step + (step - 1)
}

impl Silences {
    /// A silence that ended at `time`.
    pub(super) fn add(&mut self, silence: u64, time: u64) {
        self.buckets[bucket(silence)] += 1;
        self.count += 1;
        let off = silence as f64 - self.mean;
        self.mean += off / self.count as f64;
        self.squares += off * (silence as f64 - self.mean);
        if silence > self.longest {
            (self.longest, self.longest_until) = (silence, time);
        }
    }

    /// No more than the part `q` of all silences is longer.
    fn quantile(&self, q: f64) -> u64 {
        let rank = (q * self.count as f64).ceil().max(1.0) as u64;
        let mut seen = 0;
        let reached = self.buckets.iter().position(|&count| {
            seen += count;
            seen >= rank
        });
        reached.map_or(self.longest, highest).min(self.longest)
    }

    pub(super) fn summary(&self) -> Option<SilenceSummary> {
        (self.count > 0).then(|| SilenceSummary {
            mean_ns: self.mean,
            variation: (self.mean > 0.0)
                .then(|| (self.squares / self.count as f64).sqrt() / self.mean),
            zero_share: self.buckets[0] as f64 / self.count as f64,
            p50_ns: self.quantile(0.5),
            p90_ns: self.quantile(0.9),
            p99_ns: self.quantile(0.99),
            max_ns: self.longest,
            max_until_ns: self.longest_until,
        })
    }
}

/// Times between neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SilenceSummary {
    /// Their mean.
    pub mean_ns: f64,
    /// Their standard deviation in terms of their mean; 1 if events are independent.
    pub variation: Option<f64>,
    /// The share of neighbours at the same time.
    pub zero_share: f64,
    /// Median, too high by at most a sixteenth.
    pub p50_ns: u64,
    /// 90th percentile.
    pub p90_ns: u64,
    /// 99th percentile.
    pub p99_ns: u64,
    /// The longest.
    pub max_ns: u64,
    /// When the longest ended.
    pub max_until_ns: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_holds_what_is_near() {
        let mut value = 0_u64;
        while value < u64::MAX / 3 {
            let (at, top) = (bucket(value), highest(bucket(value)));
            assert!(at < BUCKETS && value <= top && top - value <= value / 16, "{value} {top}");
            assert_eq!((bucket(top), bucket(top + 1)), (at, at + 1));
            value += value / 8 + 1;
        }
        assert_eq!((bucket(u64::MAX), highest(BUCKETS - 1)), (BUCKETS - 1, u64::MAX));
    }
}
