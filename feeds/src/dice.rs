//! Random numbers from a seed: xoshiro256++ (Blackman and Vigna, 2018), seeded through
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
        let u = self.place() as f64 / PLACES as f64;
        let value = mean / 4.0 / (u.sqrt() * u.sqrt().sqrt());
        (value as u64).min(most)
    }

    /// An exponential variate with that mean, by inversion.
    pub(crate) fn exponential(&mut self, mean: f64) -> f64 {
        mean * minus_log(self.place())
    }

    /// One of [`PLACES`] places, from 1: 0 has no logarithm.
    fn place(&mut self) -> u64 {
        (self.bits() >> 11) + 1
    }
}

/// How many numbers an `f64` tells apart between 0 and 1, evenly.
const PLACES: u64 = 1 << 53;

/// The natural logarithm of `PLACES / place`, within a few units of its last digit.
///
/// The place is a power of two times a rest between 2/3 and 4/3; the logarithm of the rest is the
/// series of the inverse hyperbolic tangent of `(rest - 1) / (rest + 1)`, at most 1/5.
fn minus_log(place: u64) -> f64 {
    /// Terms of the series; the next one is below a tenth of the last digit.
    const TERMS: u32 = 11;
    let exponent = (place + place / 2).ilog2();
    let power = (1u64 << exponent) as f64;
    let part = (place as f64 - power) / (place as f64 + power);
    let square = part * part;
    let sum = (0..TERMS).rev().fold(0.0, |sum, term| sum * square + 1.0 / f64::from(2 * term + 1));
    f64::from(53 - exponent) * std::f64::consts::LN_2 - 2.0 * part * sum
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
    fn logarithms_are_those_of_the_library() {
        let mut dice = Dice::new(4);
        let any = std::iter::repeat_with(move || dice.place() >> dice.below(53));
        let edges = [1, 2, 3, 4, 5, 6, 7, PLACES / 3 * 2, PLACES / 3 * 4, PLACES - 1, PLACES];
        for place in edges.into_iter().chain(any.filter(|&place| place > 0).take(100_000)) {
            let log = (PLACES as f64 / place as f64).ln();
            // The division rounds too, which near 1 is all there is to its logarithm.
            let off = (minus_log(place) - log).abs();
            assert!(
                off <= 4.0 * f64::EPSILON * log.max(1.0),
                "{place}: {} {log}",
                minus_log(place)
            );
        }
    }

    /// To the last bit: a schedule of a seed is the same on every machine.
    #[test]
    fn logarithms_are_the_same_everywhere() {
        let places = [1, 2, 3, 1_000_003, PLACES / 3, PLACES / 7 * 5, PLACES - 1, PLACES];
        assert_eq!(
            places.map(|place| minus_log(place).to_bits()),
            [
                4_630_367_062_351_886_330,
                4_630_269_510_558_633_746,
                4_630_212_446_417_702_881,
                4_627_144_986_409_930_292,
                4_607_626_529_066_517_260,
                4_599_732_964_875_777_176,
                4_368_491_638_549_381_120,
                0
            ]
        );
        let mut dice = Dice::new(5);
        let sum = (0..DRAWS).fold(0.0, |sum, _| sum + dice.exponential(1_000.0));
        assert_eq!(sum.to_bits(), 4_741_677_177_174_814_262, "{sum}");
    }

    #[test]
    fn geometric_counts_have_their_mean() {
        let mut dice = Dice::new(3);
        let sum: u64 = (0..DRAWS).map(|_| u64::from(dice.geometric(9, 10))).sum();
        assert!((sum as f64 / DRAWS as f64 - 0.9).abs() < 0.01, "{sum}");
    }
}
