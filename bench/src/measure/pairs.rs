//! Is one configuration better than another? Interleaved trials, ratios within a round, and a
//! verdict that may be "cannot tell".
//!
//! A noisy host is slow for seconds at a time. Trials of A followed by trials of B then measure the
//! host; trials of both side by side meet the same host, and the *ratio* within one round is what
//! survives. Each second round runs in reverse order (A B, B A, ...), which cancels a steady drift.
//! The median ratio is robust against the rounds that were disturbed, and a bootstrap over
//! rounds says how well it is known (Efron, "Bootstrap methods: another look at the jackknife",
//! Annals of Statistics 7, 1979; the percentile interval).

use crate::report::model::PairedRatio;
use rand_xoshiro::{
    Xoshiro256PlusPlus,
    rand_core::{Rng, SeedableRng},
};
use std::fmt;

/// Pairs below which there is never a verdict.
///
/// Not even the whole range of `n` pairs is a 95 % interval for the median before `n = 6`: all of
/// them lie on one side of it with probability `2^(1 - n)`.
pub const FEWEST_PAIRS: usize = 6;

const RESAMPLES: usize = 10_000;
/// 2.5 % of the resamples, cut off at either end.
const CUT: usize = RESAMPLES / 40;
/// Fixed, so that the same measurements always get the same verdict.
const SEED: u64 = 0x746f_7572_6269_6c6c;

/// One trial of an interleaved experiment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trial {
    /// Round, from 0.
    pub round: usize,
    /// Configuration, from 0.
    pub configuration: usize,
}

/// The order of trials: every configuration once a round, each second round reversed.
pub fn abba(configurations: usize, rounds: usize) -> impl Iterator<Item = Trial> {
    (0..rounds).flat_map(move |round| {
        (0..configurations).map(move |place| {
            let reversed = round % 2 == 1;
            let configuration = if reversed { configurations - 1 - place } else { place };
            Trial { round, configuration }
        })
    })
}

/// What a paired comparison says of the second configuration against the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// The whole interval lies below 1.
    Lower,
    /// The whole interval lies above 1.
    Higher,
    /// The whole interval lies within the tolerance of 1, on either or both sides: a difference
    /// too small to matter, whether or not it is there.
    Same,
    /// None of these, or fewer than [`FEWEST_PAIRS`] pairs.
    CannotTell,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lower => "lower",
            Self::Higher => "higher",
            Self::Same => "same",
            Self::CannotTell => "cannot tell",
        })
    }
}

/// The ratio of two configurations, and how well it is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// Median over rounds of `candidate / base`; 1 without pairs.
    pub ratio: f64,
    /// Lower end of the 95 % bootstrap interval; 0 without pairs.
    pub low: f64,
    /// Upper end; infinite without pairs.
    pub high: f64,
    /// Rounds in which both values were positive and finite; the others have no ratio.
    pub pairs: usize,
    /// The verdict.
    pub verdict: Verdict,
}

/// Compares two configurations measured in the same rounds.
///
/// `base[i]` and `candidate[i]` are one figure of round `i`, where less may be better or worse;
/// `same_within` is the relative difference that does not matter, such as 0.01.
///
/// # Panics
///
/// Unless both have the same number of rounds.
pub fn compare(base: &[f64], candidate: &[f64], same_within: f64) -> Comparison {
    assert_eq!(base.len(), candidate.len(), "a pair takes both values of a round");
    let usable = |value: f64| value.is_finite() && value > 0.0;
    let logs: Vec<f64> = base
        .iter()
        .zip(candidate)
        .filter(|&(&base, &candidate)| usable(base) && usable(candidate))
        .map(|(base, candidate)| (candidate / base).ln())
        .collect();
    let (low, high) = bootstrap(&logs);
    Comparison {
        ratio: median(&mut logs.clone()).exp(),
        low: low.exp(),
        high: high.exp(),
        pairs: logs.len(),
        verdict: verdict(logs.len(), low, high, same_within.ln_1p()),
    }
}

fn verdict(pairs: usize, low: f64, high: f64, same_within: f64) -> Verdict {
    if pairs < FEWEST_PAIRS {
        Verdict::CannotTell
    } else if -same_within <= low && high <= same_within {
        Verdict::Same
    } else if high < 0.0 {
        Verdict::Lower
    } else if low > 0.0 {
        Verdict::Higher
    } else {
        Verdict::CannotTell
    }
}

/// The 95 % interval of the median: of many samples drawn from `logs` with replacement, the
/// middle 95 % of the medians.
fn bootstrap(logs: &[f64]) -> (f64, f64) {
    if logs.is_empty() {
        return (f64::NEG_INFINITY, f64::INFINITY);
    }
    let mut random = Xoshiro256PlusPlus::seed_from_u64(SEED);
    let mut sample = vec![0.0; logs.len()];
    let mut medians: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            sample.fill_with(|| logs[below(logs.len(), &mut random)]);
            median(&mut sample)
        })
        .collect();
    medians.sort_unstable_by(f64::total_cmp);
    (medians[CUT - 1], medians[RESAMPLES - CUT])
}

/// A uniform index: the high half of a product, whose bias is under `length / 2^64`.
fn below(length: usize, random: &mut impl Rng) -> usize {
    ((u128::from(random.next_u64()) * length as u128) >> 64) as usize
}

/// The median, 0 of nothing.
pub fn median_of(values: &[f64]) -> f64 {
    median(&mut values.to_vec())
}

/// The median, 0 of nothing; reorders `values`.
fn median(values: &mut [f64]) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    let middle = values.len() / 2;
    let even = values.len().is_multiple_of(2);
    let (lower, &mut upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    match lower.iter().copied().max_by(f64::total_cmp) {
        Some(lower) if even => f64::midpoint(lower, upper),
        _ => upper,
    }
}

impl Comparison {
    /// The object of a report.
    pub fn report(&self, label: impl Into<String>, metric: impl Into<String>) -> PairedRatio {
        PairedRatio {
            label: label.into(),
            metric: metric.into(),
            ratio: self.ratio,
            low: self.low,
            high: self.high,
            pairs: self.pairs as u32,
            verdict: self.verdict.to_string(),
        }
    }
}
