//! Random whole numbers from a seed: xoshiro256++ (Blackman and Vigna, 2018), seeded through
//! splitmix64.
//!
//! Only whole numbers, and of real ones only the four operations and square roots that IEEE 754
//! rounds correctly, so a seed gives the same bytes everywhere. No function of a mathematical
//! library is called: their last digits differ from machine to machine.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

#[derive(Clone, Debug)]
pub(crate) struct Dice(Xoshiro256PlusPlus);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    #[inline]
    pub(crate) fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number below `n`, by multiplication: the bias is below n / 2^64.
    #[inline]
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(n)) >> 64) as u64
    }

    /// Whether something happens that happens `part` times in `whole`.
    #[inline]
    pub(crate) fn chance(&mut self, part: u64, whole: u64) -> bool {
        self.below(whole) < part
    }

    /// Failures before the first success of a fair coin: mean 1.
    #[inline]
    pub(crate) fn coin_run(&mut self) -> u32 {
        self.bits().trailing_ones()
    }

    /// Failures before the first success, on average `part` in `whole`: geometric.
    pub(crate) fn geometric(&mut self, part: u64, whole: u64) -> u32 {
        let mut count = 0;
        while self.chance(part, part + whole) {
            count += 1;
        }
        count
    }

    /// A Pareto variate with exponent 4/3 and that mean, cut at `most`. The exponent makes the
    /// inverse of the distribution two square roots, which every machine rounds alike.
    pub(crate) fn pareto(&mut self, mean: f64, most: u64) -> u64 {
        let u = ((self.bits() >> 11) + 1) as f64 / (1u64 << 53) as f64;
        let value = mean / 4.0 / (u.sqrt() * u.sqrt().sqrt());
        (value as u64).min(most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRAWS: u64 = 1_000_000;

    /// The share of draws above `x` times the mean.
    fn above(draws: &[u64], mean: f64, x: f64) -> f64 {
        draws.iter().filter(|&&draw| draw as f64 > mean * x).count() as f64 / draws.len() as f64
    }

    #[test]
    fn pareto_tails_fall_by_a_power() {
        let mut dice = Dice::new(2);
        let draws: Vec<u64> = (0..DRAWS).map(|_| dice.pareto(1e6, u64::MAX)).collect();
        for x in [0.5_f64, 2.0, 8.0] {
            let share = above(&draws, 1e6, x) / (0.25 / x).powf(4.0 / 3.0);
            assert!((share - 1.0).abs() < 0.04, "{share} of the tail above {x}");
        }
    }

    #[test]
    fn geometric_counts_have_their_mean() {
        let mut dice = Dice::new(3);
        let sum: u64 = (0..DRAWS).map(|_| u64::from(dice.geometric(9, 10))).sum();
        assert!((sum as f64 / DRAWS as f64 - 0.9).abs() < 0.01, "{sum}");
    }
}
