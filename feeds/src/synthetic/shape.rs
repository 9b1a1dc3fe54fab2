//! How busy the market is at which time of the day.
//!
//! The first ten minutes are those of Nasdaq on 2023-08-22, from sequence numbers and exchange
//! times of captured packets: 887 k messages/s for the first 7.66 ms, then 126.7 k up to 24.5 s,
//! 79.3 k up to 39 s, 28.9 k up to 09:39:23. For the rest only the sum is known (269 million
//! messages a day): it is spread in the usual U, high after the open and before the close.

/// Regular trading starts and ends, in nanoseconds since midnight.
pub(super) const OPEN: u64 = 34_200 * SECOND;
pub(super) const CLOSE: u64 = 57_600 * SECOND;
pub(super) const SECOND: u64 = 1_000_000_000;

/// Until so many nanoseconds after the open: so many messages a second.
const DAY: [(u64, f64); 11] = [
    (7_660_000, 887_000.0),
    (24_500_000_000, 126_700.0),
    (39_000_000_000, 79_300.0),
    (563 * SECOND, 28_900.0),
    (3_600 * SECOND, 16_000.0),
    (9_000 * SECOND, 10_000.0),
    (16_200 * SECOND, 7_000.0),
    (21_600 * SECOND, 9_000.0),
    (23_390 * SECOND, 17_000.0),
    (23_399 * SECOND, 60_000.0),
    (23_400 * SECOND, 120_000.0),
];

/// A part of the session with one mean rate, in messages a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Period {
    pub(super) from: u64,
    pub(super) until: u64,
    pub(super) rate: f64,
}

/// Mean rates over a session.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    /// Ends of periods (nanoseconds since midnight) and their rates a second, in order.
    periods: Vec<(u64, f64)>,
    /// Index of the current period.
    current: usize,
}

impl Shape {
    /// The same rate from the open on.
    pub(super) fn steady(rate: f64) -> Self {
        Self { periods: vec![(CLOSE, rate)], current: 0 }
    }

    /// The measured day at its own rates.
    pub(super) fn day() -> Self {
        let periods = DAY.map(|(end, rate)| (OPEN + end, rate)).to_vec();
        Self { periods, current: 0 }
    }

    /// The period at `time`, which must not fall from call to call.
    pub(super) fn at(&mut self, time: u64) -> Period {
        while self.current + 1 < self.periods.len() && time >= self.periods[self.current].0 {
            self.current += 1;
        }
        let (until, rate) = self.periods[self.current];
        let from = self.current.checked_sub(1).map_or(OPEN, |before| self.periods[before].0);
        Period { from, until, rate }
    }

    /// Messages to expect from `time` (in the current period) to the close.
    pub(super) fn expected_after(&self, time: u64) -> f64 {
        let mut from = time;
        let mut sum = 0.0;
        for &(until, rate) in &self.periods[self.current..] {
            sum += until.saturating_sub(from) as f64 / SECOND as f64 * rate;
            from = from.max(until);
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_adds_up_to_what_was_counted() {
        let mut day = Shape::day();
        // 34.1 of 268.7 million came before 09:39:23, some of them before the open.
        let all = day.expected_after(OPEN);
        assert_eq!(day.at(OPEN + 563 * SECOND).rate, 16_000.0);
        let rest = day.expected_after(OPEN + 563 * SECOND);
        assert!((rest / 234.6e6 - 1.0).abs() < 0.02, "{rest}");
        assert!((all - rest - 19.4e6).abs() < 0.2e6, "{}", all - rest);
    }
}
