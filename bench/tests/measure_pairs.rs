//! Paired comparisons: the order of trials, the interval, the verdict.

use proptest::{collection::vec, prelude::*};
use tourbillon_bench::measure::pairs::{FEWEST_PAIRS, Trial, Verdict, abba, compare};

#[test]
fn each_second_round_is_reversed() {
    let order: Vec<usize> = abba(3, 3).map(|trial| trial.configuration).collect();
    assert_eq!(order, [0, 1, 2, 2, 1, 0, 0, 1, 2]);
    assert_eq!(abba(2, 2).last(), Some(Trial { round: 1, configuration: 0 }));
    assert_eq!(abba(0, 5).count() + abba(5, 0).count(), 0);
}

/// One part of a drift that is steady over time falls on either configuration alike.
#[test]
fn a_steady_drift_cancels() {
    let mut measured = [vec![0.0; 20], vec![0.0; 20]];
    for (time, trial) in (0..).zip(abba(2, 20)) {
        measured[trial.configuration][trial.round] = (f64::from(time) * 0.05).exp();
    }
    let comparison = compare(&measured[0], &measured[1], 0.01);
    assert!((comparison.ratio - 1.0).abs() < 1e-9, "{comparison:?}");
}

proptest! {
    /// A round at any speed of the host, however different from the last, has the same ratio.
    #[test]
    fn only_ratios_count(
        ratios in vec(0.5..2.0, FEWEST_PAIRS..40), scale in vec(1e-6..1e6, 40),
    ) {
        let ones = vec![1.0; ratios.len()];
        let base = &scale[..ratios.len()];
        let scaled: Vec<f64> = base.iter().zip(&ratios).map(|(base, ratio)| base * ratio).collect();
        let plain = compare(&ones, &ratios, 0.01);
        let other = compare(base, &scaled, 0.01);
        for (left, right) in [
            (plain.ratio, other.ratio), (plain.low, other.low), (plain.high, other.high),
        ] {
            prop_assert!((left / right - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn the_interval_holds_the_ratio_and_lies_within_the_pairs(
        ratios in vec(0.5..2.0_f64, 1..40),
    ) {
        let comparison = compare(&vec![1.0; ratios.len()], &ratios, 0.01);
        let least = ratios.iter().copied().fold(f64::MAX, f64::min) * (1.0 - 1e-9);
        let most = ratios.iter().copied().fold(0.0, f64::max) * (1.0 + 1e-9);
        prop_assert!(least <= comparison.low && comparison.high <= most);
        prop_assert!(comparison.low <= comparison.ratio && comparison.ratio <= comparison.high);
        prop_assert_eq!(comparison.pairs, ratios.len());
    }

    #[test]
    fn swapping_the_two_turns_everything_round(ratios in vec(0.9..1.2_f64, 1..40)) {
        let ones = vec![1.0; ratios.len()];
        let there = compare(&ones, &ratios, 0.01);
        let back = compare(&ratios, &ones, 0.01);
        prop_assert!((there.ratio * back.ratio - 1.0).abs() < 1e-9);
        prop_assert!((there.low * back.high - 1.0).abs() < 1e-9);
        let turned = match there.verdict {
            Verdict::Lower => Verdict::Higher,
            Verdict::Higher => Verdict::Lower,
            neither => neither,
        };
        prop_assert_eq!(back.verdict, turned);
    }
}

fn verdict_of(ratios: &[f64]) -> Verdict {
    compare(&vec![1.0; ratios.len()], ratios, 0.01).verdict
}

#[test]
fn verdicts() {
    assert_eq!(verdict_of(&[0.9; 10]), Verdict::Lower);
    assert_eq!(verdict_of(&[1.1; 10]), Verdict::Higher);
    assert_eq!(verdict_of(&[1.0; 10]), Verdict::Same);
    // Certain, but too small to matter.
    assert_eq!(verdict_of(&[1.005; 10]), Verdict::Same);
    let torn: Vec<f64> = [0.8, 1.2].repeat(8);
    assert_eq!(verdict_of(&torn), Verdict::CannotTell);
}

#[test]
fn too_few_pairs_never_have_a_verdict() {
    assert_eq!(verdict_of(&[2.0; FEWEST_PAIRS - 1]), Verdict::CannotTell);
    assert_eq!(verdict_of(&[2.0; FEWEST_PAIRS]), Verdict::Higher);
    let none = compare(&[], &[], 0.01);
    assert_eq!((none.ratio, none.low, none.high), (1.0, 0.0, f64::INFINITY));
    assert_eq!((none.pairs, none.verdict), (0, Verdict::CannotTell));
}

#[test]
fn rounds_without_a_ratio_are_left_out() {
    let base = [1.0, 0.0, 1.0, f64::NAN, 1.0, -1.0];
    let candidate = [2.0, 2.0, f64::INFINITY, 2.0, 2.0, 2.0];
    let comparison = compare(&base, &candidate, 0.01);
    assert_eq!((comparison.pairs, comparison.ratio), (2, 2.0));
}

#[test]
#[should_panic(expected = "both values of a round")]
fn unequal_rounds_are_a_mistake() {
    compare(&[1.0], &[], 0.01);
}

#[test]
fn a_report_carries_the_verdict_in_words() {
    let paired = compare(&[1.0; 8], &[0.5; 8], 0.01).report("b / a", "p50");
    assert_eq!((paired.label.as_str(), paired.metric.as_str()), ("b / a", "p50"));
    assert_eq!((paired.ratio, paired.pairs, paired.verdict.as_str()), (0.5, 8, "lower"));
    let words = [Verdict::Higher, Verdict::Same, Verdict::CannotTell].map(|v| v.to_string());
    assert_eq!(words, ["higher", "same", "cannot tell"]);
}
