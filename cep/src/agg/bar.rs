//! Bars: open, high, low, close, and what was traded.

use super::{Aggregate, Sample, Vwap};

/// Open, high, low and close of the values, and their volume. Of no sample, all 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bar {
    /// The first value.
    pub open: i64,
    /// The largest.
    pub high: i64,
    /// The least.
    pub low: i64,
    /// The last.
    pub close: i64,
    /// How many samples.
    pub count: u64,
    /// Their volume, and their average price.
    pub vwap: Vwap,
}

impl Aggregate for Bar {
    fn add(&mut self, sample: &Sample) {
        let value = sample.value;
        if self.count == 0 {
            (self.open, self.high, self.low) = (value, value, value);
        }
        self.high = self.high.max(value);
        self.low = self.low.min(value);
        self.close = value;
        self.count += 1;
        self.vwap.add(sample);
    }
}
