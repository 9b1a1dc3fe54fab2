//! How long events waited for their batch to be closed.

use std::fmt;
use std::time::Duration;

use hdrhistogram::Histogram;

/// Nanoseconds; what waited longer is counted as the longest.
const LONGEST_NS: u64 = 100_000_000_000;

/// The delay that gathering batches added to each event: from when the stage could see it to when
/// its batch was handed over.
///
/// The stage notes times only when it looks. An event that it finds counts as there since the look
/// before, so the figures err towards longer: by a poll while the stage's thread spins, by a nap
/// where it slept, and by more where a batch took hundreds of looks to gather, whose times are then
/// kept in pairs, in fours and so on. Three significant digits, from 1 ns to 100 s.
#[derive(Clone, PartialEq)]
pub struct AddedDelay {
    nanoseconds: Histogram<u64>,
}

/// Counts compare as integers do.
impl Eq for AddedDelay {}

impl AddedDelay {
    pub(crate) fn new() -> Self {
        let nanoseconds = Histogram::new_with_bounds(1, LONGEST_NS, 3);
        Self { nanoseconds: nanoseconds.expect("the bounds are in order") }
    }

    pub(super) fn record(&mut self, delay: Duration, events: usize) {
        let nanoseconds = u64::try_from(delay.as_nanos()).unwrap_or(u64::MAX);
        self.nanoseconds.saturating_record_n(nanoseconds, events as u64);
    }

    /// The number of events.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.nanoseconds.len()
    }

    /// The delay that this part of the events, from 0 to 1, did not exceed; zero without events.
    #[must_use]
    pub fn quantile(&self, part: f64) -> Duration {
        Duration::from_nanos(self.nanoseconds.value_at_quantile(part))
    }

    /// The longest delay.
    #[must_use]
    pub fn max(&self) -> Duration {
        Duration::from_nanos(self.nanoseconds.max())
    }
}

impl fmt::Debug for AddedDelay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AddedDelay")
            .field("count", &self.count())
            .field("median", &self.quantile(0.5))
            .field("max", &self.max())
            .finish()
    }
}
