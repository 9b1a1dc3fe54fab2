//! The turns of a receiver that never waits, and those that the host tore apart.
//!
//! [`crate::measure::gap`] watches loops that do nothing; here each turn takes packets or finds none.

use crate::measure::clock::Clock;
use crate::measure::histogram::Histogram;

/// A packet takes less, and so does looking for one, in nanoseconds.
pub(super) const GAP_NS: u64 = 5_000;

/// Watches turns.
#[derive(Debug)]
pub(super) struct Turns {
    clock: Clock,
    /// When the latest turn ended.
    last: u64,
    /// The latest gap is not caught up with yet.
    behind: bool,
    /// From the beginning of a torn turn to the end of the next one that found nothing left to take.
    gaps: Vec<(u64, u64)>,
    /// Nanoseconds of the torn turns themselves.
    pub(super) lengths: Histogram,
}

impl Turns {
    /// The first turn begins now.
    pub(super) fn new(clock: Clock) -> Self {
        let (gaps, lengths) = (Vec::with_capacity(1 << 16), Histogram::new());
        Self { clock, last: clock.now(), behind: false, gaps, lengths }
    }

    /// A turn ended at `now` (ticks) that took so many packets; another begins.
    #[inline]
    pub(super) fn end(&mut self, now: u64, taken: u64) {
        let ns = self.clock.ns(now.saturating_sub(self.last));
        let torn = ns > GAP_NS * taken.max(1);
        if torn {
            self.lengths.record(ns);
        }
        match self.gaps.last_mut().filter(|_| self.behind) {
            Some(gap) => gap.1 = now,
            None if torn => self.gaps.push((self.last, now)),
            None => {}
        }
        // After a turn without packets nothing is left of what waited, unless they came meanwhile.
        self.behind = torn || self.behind && taken > 0;
        self.last = now;
    }

    /// Whether a gap lies between `from` and `until` (ticks), in part or as a whole.
    pub(super) fn overlaps(&self, from: u64, until: u64) -> bool {
        let next = self.gaps.partition_point(|gap| gap.1 <= from);
        self.gaps.get(next).is_some_and(|gap| gap.0 < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_lasts_until_nothing_is_left_to_take() {
        let clock = Clock::monotonic();
        let mut turns = Turns { last: 1_000, ..Turns::new(clock) };
        // Idle; torn; catching up; idle; work that is as long as it may be.
        for (now, taken) in [(2_000, 0), (50_000, 0), (80_000, 32), (81_000, 1), (81_500, 0)] {
            turns.end(now, taken);
        }
        turns.end(100_000, 4);
        assert_eq!((turns.gaps.as_slice(), turns.lengths.len()), (&[(2_000, 81_500)][..], 1));
        let overlaps = |from, until| turns.overlaps(from, until);
        assert!(overlaps(500, 2_001) && overlaps(40_000, 41_000) && overlaps(81_499, 90_000));
        assert!(!overlaps(500, 2_000) && !overlaps(81_500, 99_000));
    }
}
