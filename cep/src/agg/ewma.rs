//! Exponentially weighted moving averages.

use super::{Aggregate, Sample};

/// A moving average in which older values weigh less and less. In `f64`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ewma {
    decay: Decay,
    /// Weighted sum of the values, and of what they weigh.
    sum: f64,
    weight: f64,
    last: u64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Decay {
    PerEvent { newest: f64 },
    HalfLife { nanoseconds: f64 },
}

impl Ewma {
    /// `newest * value + (1 - newest) * average before`, starting at the first value: as `EWMA`
    /// in the text language.
    ///
    /// # Panics
    ///
    /// If `newest` is not above 0 and at most 1.
    #[must_use]
    pub fn per_event(newest: f64) -> Self {
        assert!(newest > 0.0 && newest <= 1.0, "a weight above 0 and at most 1");
        Self::new(Decay::PerEvent { newest })
    }

    /// The average of all values, each weighted by `0.5 ^ (age / half_life)`. Values of one
    /// moment weigh the same.
    ///
    /// # Panics
    ///
    /// If `half_life`, in nanoseconds, is 0.
    #[must_use]
    pub fn half_life(half_life: u64) -> Self {
        assert!(half_life > 0, "a half-life above 0");
        Self::new(Decay::HalfLife { nanoseconds: half_life as f64 })
    }

    fn new(decay: Decay) -> Self {
        Self { decay, sum: 0.0, weight: 0.0, last: 0 }
    }

    /// The average; `None` of no sample.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        (self.weight > 0.0).then(|| self.sum / self.weight)
    }
}

impl Aggregate for Ewma {
    fn add(&mut self, sample: &Sample) {
        let value = sample.value as f64;
        match self.decay {
            Decay::PerEvent { newest } => {
                let before = if self.weight > 0.0 { self.sum } else { value };
                self.sum = newest * value + (1.0 - newest) * before;
                self.weight = 1.0;
            }
            Decay::HalfLife { nanoseconds } => {
                let age = sample.time.saturating_sub(self.last) as f64;
                let kept = (-age / nanoseconds).exp2();
                self.sum = self.sum * kept + value;
                self.weight = self.weight * kept + 1.0;
                self.last = sample.time;
            }
        }
    }
}
