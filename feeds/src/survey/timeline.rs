//! Events by interval, in intervals that double when there are too many.

use serde::Serialize;

/// Most intervals.
const MOST: usize = 1_024;
/// The first length of an interval, in nanoseconds.
const SHORTEST: u64 = 1_000;

#[derive(Clone, Debug)]
pub(super) struct Timeline {
    start: Option<u64>,
    interval: u64,
    counts: Vec<u64>,
}

impl Default for Timeline {
    fn default() -> Self {
        Self { start: None, interval: SHORTEST, counts: Vec::new() }
    }
}

impl Timeline {
    /// An event at `time`, which must not be before the first one.
    pub(super) fn add(&mut self, time: u64) {
        let start = *self.start.get_or_insert(time);
        while ((time - start) / self.interval) as usize >= MOST {
            self.counts = self.counts.chunks(2).map(|pair| pair.iter().sum()).collect();
            self.interval *= 2;
        }
        let at = ((time - start) / self.interval) as usize;
        if self.counts.len() <= at {
            self.counts.resize(at + 1, 0);
        }
        self.counts[at] += 1;
    }

    pub(super) fn summary(&self) -> Option<TimelineSummary> {
        let (interval_ns, counts) = (self.interval, self.counts.clone());
        self.start.map(|start_ns| TimelineSummary { start_ns, interval_ns, counts })
    }
}

/// Events by interval, from the first event on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TimelineSummary {
    /// When the first interval begins.
    pub start_ns: u64,
    /// Length of an interval.
    pub interval_ns: u64,
    /// Events in each; at most 1,024 intervals.
    pub counts: Vec<u64>,
}

impl TimelineSummary {
    /// The same in at most `most` longer intervals.
    ///
    /// # Panics
    /// If `most` is 0.
    #[must_use]
    pub fn in_at_most(&self, most: usize) -> Self {
        let together = self.counts.len().div_ceil(most).max(1);
        Self {
            interval_ns: self.interval_ns * together as u64,
            counts: self.counts.chunks(together).map(|chunk| chunk.iter().sum()).collect(),
            ..*self
        }
    }
}
