//! What the columns of one window amount to.

use super::super::{Aggregate, Bar, Max, Min, Sample, Slide, Vwap};
use crate::ir::WindowAggregate;

/// Of a window that slides, what its columns ask for.
#[derive(Debug, Clone, Default)]
pub(super) struct SlidingValues {
    count: u64,
    totals: Vwap,
    last: i64,
    min: Option<Min>,
    max: Option<Max>,
}

impl SlidingValues {
    /// Ready for these aggregates. The others are not kept.
    pub(super) fn of(aggregates: impl Iterator<Item = WindowAggregate>) -> Self {
        let mut values = Self::default();
        for aggregate in aggregates {
            match aggregate {
                WindowAggregate::Min(_) => values.min = Some(Min::default()),
                WindowAggregate::Max(_) => values.max = Some(Max::default()),
                _ => {}
            }
        }
        values
    }

    pub(super) fn value(&self, aggregate: WindowAggregate) -> Option<i64> {
        match aggregate {
            WindowAggregate::Count => Some(saturated(self.count.into())),
            WindowAggregate::Sum(_) => Some(saturated(self.totals.turnover)),
            WindowAggregate::Min(_) => self.min.as_ref()?.value(),
            WindowAggregate::Max(_) => self.max.as_ref()?.value(),
            WindowAggregate::Last(_) => Some(self.last),
            WindowAggregate::Avg(_) | WindowAggregate::Vwap { .. } => self.totals.floor(),
            // Of other windows.
            WindowAggregate::First(_) | WindowAggregate::Ewma(..) => None,
        }
    }
}

impl Aggregate for SlidingValues {
    fn add(&mut self, sample: &Sample) {
        self.count += 1;
        self.totals.add(sample);
        self.last = sample.value;
        self.min.iter_mut().for_each(|min| min.add(sample));
        self.max.iter_mut().for_each(|max| max.add(sample));
    }
}

impl Slide for SlidingValues {
    fn reserve(&mut self, samples: usize) {
        self.min.iter_mut().for_each(|min| min.reserve(samples));
        self.max.iter_mut().for_each(|max| max.reserve(samples));
    }

    fn remove(&mut self, oldest: &Sample) {
        self.count -= 1;
        self.totals.remove(oldest);
        self.min.iter_mut().for_each(|min| min.remove(oldest));
        self.max.iter_mut().for_each(|max| max.remove(oldest));
    }

    fn memory(&self) -> usize {
        let min = self.min.as_ref().map_or(0, Slide::memory);
        min + self.max.as_ref().map_or(0, Slide::memory)
    }
}

/// Of a window that only grows, or has closed.
pub(super) fn bar_value(bar: &Bar, aggregate: WindowAggregate) -> Option<i64> {
    match aggregate {
        WindowAggregate::Count => Some(saturated(bar.count.into())),
        WindowAggregate::Sum(_) => Some(saturated(bar.vwap.turnover)),
        WindowAggregate::Min(_) => Some(bar.low),
        WindowAggregate::Max(_) => Some(bar.high),
        WindowAggregate::First(_) => Some(bar.open),
        WindowAggregate::Last(_) => Some(bar.close),
        WindowAggregate::Avg(_) | WindowAggregate::Vwap { .. } => bar.vwap.floor(),
        WindowAggregate::Ewma(..) => None,
    }
}

fn saturated(sum: i128) -> i64 {
    sum.clamp(i64::MIN.into(), i64::MAX.into()) as i64
}
