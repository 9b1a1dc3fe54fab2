//! When messages come: bursts of geometric length, short gaps inside, heavy-tailed gaps between.

use super::dice::Dice;

/// Gaps inside a burst lie in this range, in nanoseconds; the short ones are more likely.
const INSIDE: std::ops::Range<u64> = 60..1_000;
/// Mean of a gap inside a burst: a third of the way, as for the lesser of two uniform draws.
const INSIDE_MEAN: f64 = 373.0;
/// No silence is longer, in nanoseconds.
const LONGEST: u64 = 1_000_000_000;

/// A clock that moves on from message to message.
#[derive(Clone, Debug)]
pub(super) struct Arrivals {
    now: u64,
    /// The clock stops one nanosecond before.
    end: u64,
    burst_length: u64,
    between_mean: f64,
}

impl Arrivals {
    /// From `start` to before `end` (nanoseconds), `rate` messages a second in bursts of
    /// `burst_length` on average.
    pub(super) fn new(start: u64, end: u64, rate: f64, burst_length: u32) -> Self {
        let length = f64::from(burst_length);
        let between = length * 1e9 / rate - (length - 1.0) * INSIDE_MEAN;
        Self {
            now: start,
            end,
            burst_length: u64::from(burst_length),
            between_mean: between.max(INSIDE_MEAN),
        }
    }

    /// Moves on to the next message: its time, and whether it starts a burst.
    #[inline]
    pub(super) fn next(&mut self, dice: &mut Dice) -> (u64, bool) {
        let starts = dice.chance(1, self.burst_length);
        let gap = if starts {
            dice.pareto(self.between_mean, LONGEST)
        } else {
            let bits = dice.bits();
            let lesser = (bits >> 32).min(bits & 0xFFFF_FFFF);
            INSIDE.start + ((lesser * (INSIDE.end - INSIDE.start)) >> 32)
        };
        self.now = (self.now + gap).min(self.end - 1);
        (self.now, starts)
    }
}
