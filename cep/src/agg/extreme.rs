//! Least and largest value of a sliding window.

use std::collections::VecDeque;

use super::{Aggregate, Sample, Slide};

/// Values that may still become the extreme one, oldest first: each is at least as extreme as
/// those after it. A value is removed when its turn comes, or before by a more extreme one; equal
/// ones stay, so that the oldest value to remove is the first of them whenever it is still there.
#[derive(Debug, Clone, Default)]
struct Monotone {
    values: VecDeque<i64>,
}

impl Monotone {
    fn reserve(&mut self, samples: usize) {
        self.values.reserve_exact(samples);
    }

    fn add(&mut self, value: i64, yields: impl Fn(i64) -> bool) {
        while self.values.back().is_some_and(|last| yields(*last)) {
            self.values.pop_back();
        }
        self.values.push_back(value);
    }

    fn remove(&mut self, value: i64) {
        if self.values.front() == Some(&value) {
            self.values.pop_front();
        }
    }

    fn memory(&self) -> usize {
        self.values.capacity() * size_of::<i64>()
    }
}

macro_rules! extreme {
    ($(#[$doc:meta])* $name:ident, $beats:tt) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default)]
        pub struct $name(Monotone);

        impl $name {
            /// The value; `None` of no sample.
            #[must_use]
            pub fn value(&self) -> Option<i64> {
                self.0.values.front().copied()
            }
        }

        impl Aggregate for $name {
            fn add(&mut self, sample: &Sample) {
                self.0.add(sample.value, |last| sample.value $beats last);
            }
        }

        impl Slide for $name {
            fn reserve(&mut self, samples: usize) {
                self.0.reserve(samples);
            }

            fn remove(&mut self, oldest: &Sample) {
                self.0.remove(oldest.value);
            }

            fn memory(&self) -> usize {
                self.0.memory()
            }
        }
    };
}

extreme! {
    /// The least value of a sliding window. It takes eight bytes for each of the window's
    /// samples; over tumbling windows, [`Bar`](super::Bar) needs none.
    Min, <
}
extreme! {
    /// The largest value of a sliding window. It takes eight bytes for each of the window's
    /// samples; over tumbling windows, [`Bar`](super::Bar) needs none.
    Max, >
}
