//! Random whole numbers from a seed: xoshiro256++ (Blackman and Vigna, 2018), seeded through
//! splitmix64.
//!
//! Only whole numbers and correctly rounded square roots are used, so a seed gives the same bytes
//! everywhere.

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

    /// A Pareto variate with exponent 4/3 and that mean, cut at `most`. The exponent makes the
    /// inverse of the distribution two square roots, which every machine rounds alike.
    pub(crate) fn pareto(&mut self, mean: f64, most: u64) -> u64 {
        let u = ((self.bits() >> 11) + 1) as f64 / (1u64 << 53) as f64;
        let value = mean / 4.0 / (u.sqrt() * u.sqrt().sqrt());
        (value as u64).min(most)
    }
}
