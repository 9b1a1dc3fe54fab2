//! What can be aggregated, and the sums.

use super::Sample;

/// A value over samples.
pub trait Aggregate: Clone {
    /// Takes in the next sample.
    fn add(&mut self, sample: &Sample);
}

/// An aggregate that also forgets, so that it can follow a window.
pub trait Slide: Aggregate {
    /// Makes room for a window of `samples`. Nothing is allocated afterwards.
    fn reserve(&mut self, samples: usize) {
        _ = samples;
    }

    /// Takes out the sample that was added first of those still in.
    fn remove(&mut self, oldest: &Sample);

    /// Bytes allocated, besides the value itself.
    fn memory(&self) -> usize {
        0
    }
}

/// How many samples there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count(pub u64);

impl Aggregate for Count {
    fn add(&mut self, _: &Sample) {
        self.0 += 1;
    }
}

impl Slide for Count {
    fn remove(&mut self, _: &Sample) {
        self.0 -= 1;
    }
}

/// The sum of the values. Exact: 2^64 samples fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sum(pub i128);

impl Aggregate for Sum {
    fn add(&mut self, sample: &Sample) {
        self.0 += i128::from(sample.value);
    }
}

impl Slide for Sum {
    fn remove(&mut self, oldest: &Sample) {
        self.0 -= i128::from(oldest.value);
    }
}

/// The average value, weighted by weight: of prices and quantities, the volume-weighted average
/// price. Exact: 2^32 samples fit, whatever their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Vwap {
    /// The sum of value times weight.
    pub turnover: i128,
    /// The sum of weights.
    pub volume: u128,
}

impl Vwap {
    /// The average, rounded down; `None` if there is no weight.
    #[must_use]
    pub fn floor(&self) -> Option<i64> {
        let volume = i128::try_from(self.volume).ok().filter(|volume| *volume > 0)?;
        // An average lies between the values.
        Some(self.turnover.div_euclid(volume) as i64)
    }

    /// The average in `f64`; `None` if there is no weight.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        (self.volume > 0).then(|| self.turnover as f64 / self.volume as f64)
    }
}

fn turnover(sample: &Sample) -> i128 {
    i128::from(sample.value) * i128::from(sample.weight)
}

impl Aggregate for Vwap {
    fn add(&mut self, sample: &Sample) {
        self.turnover += turnover(sample);
        self.volume += u128::from(sample.weight);
    }
}

impl Slide for Vwap {
    fn remove(&mut self, oldest: &Sample) {
        self.turnover -= turnover(oldest);
        self.volume -= u128::from(oldest.weight);
    }
}

/// Two aggregates over the same samples.
impl<A: Aggregate, B: Aggregate> Aggregate for (A, B) {
    fn add(&mut self, sample: &Sample) {
        self.0.add(sample);
        self.1.add(sample);
    }
}

impl<A: Slide, B: Slide> Slide for (A, B) {
    fn reserve(&mut self, samples: usize) {
        self.0.reserve(samples);
        self.1.reserve(samples);
    }

    fn remove(&mut self, oldest: &Sample) {
        self.0.remove(oldest);
        self.1.remove(oldest);
    }

    fn memory(&self) -> usize {
        self.0.memory() + self.1.memory()
    }
}
