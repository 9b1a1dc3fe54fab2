use super::super::series::{Sample, Series};
use super::*;
use crate::rings::trial::{Latency, Outcome, Paced, Rate};

fn series(
    scenario: &'static str,
    peer: &'static str,
    variant: &'static str,
    outcomes: impl IntoIterator<Item = Outcome>,
) -> Series {
    let sample =
        |(round, outcome)| Sample { round, class: Class::Near, floor: 100, load: 0.0, outcome };
    let bytes = match peer {
        "floor" => 8,
        "inline" => 56,
        _ => 64,
    };
    let samples = outcomes.into_iter().enumerate().map(sample).collect();
    Series { scenario, peer, bytes, variant, samples, dropped: 0 }
}

fn latency(p50: u64) -> Outcome {
    let paced = Some(Paced { gap_p99_9: 20_000, kept: 1.0 });
    let (p99, p99_9) = (Some(2 * p50), Some(100 * p50));
    Outcome::Latency(Latency { samples: 1_000_000, p50, p90: p50, p99, p99_9, paced })
}

fn rate(per_second: f64) -> Outcome {
    Outcome::Rate(Rate { per_second, overall_per_second: None, mean_batch: None })
}

/// The goals of that name that were measured.
fn judged(all: &[Series], what: &str) -> Vec<(GoalVerdict, String, u32)> {
    let of_that_name = judge(all).into_iter().filter(|goal| goal.goal == what);
    let found = of_that_name.filter_map(|goal| {
        let hardest = goal.hardest?;
        Some((goal.verdict, hardest.label, hardest.pairs))
    });
    found.collect()
}

const AGAINST_THE_FLOOR: &str = "round trip p50 against the floor";

fn against_the_floor(p50: u64, rounds: usize) -> GoalVerdict {
    let all = [
        series(ping_pong::NAME, "floor", ping_pong::PAUSE, vec![latency(100); rounds]),
        series(ping_pong::NAME, "inline", ping_pong::PAUSE, vec![latency(p50); rounds]),
    ];
    let [(verdict, _, pairs)] = &judged(&all, AGAINST_THE_FLOOR)[..] else {
        panic!("one size, one variant, one class");
    };
    assert_eq!(*pairs as usize, rounds);
    *verdict
}

#[test]
fn a_goal_is_met_or_missed_only_with_pairs_enough() {
    assert_eq!(against_the_floor(119, 6), GoalVerdict::Met);
    assert_eq!(against_the_floor(122, 6), GoalVerdict::Missed);
    assert_eq!(against_the_floor(119, 5), GoalVerdict::CannotTell);
    assert_eq!(against_the_floor(122, 5), GoalVerdict::CannotTell);
}

#[test]
fn an_interval_across_the_limit_decides_nothing() {
    let noisy = [100, 140].into_iter().cycle().take(12).map(latency);
    let all = [
        series(ping_pong::NAME, "floor", ping_pong::PAUSE, vec![latency(100); 12]),
        series(ping_pong::NAME, "inline", ping_pong::PAUSE, noisy),
    ];
    assert_eq!(judged(&all, AGAINST_THE_FLOOR)[0].0, GoalVerdict::CannotTell);
}

#[test]
fn the_peer_that_is_hardest_to_beat_counts() {
    let all = [
        series(throughput::SINGLES, "single", "", vec![rate(60e6); 8]),
        series(throughput::SINGLES, "disruptor", "", vec![rate(50e6); 8]),
        series(throughput::SINGLES, "rtrb", "", vec![rate(70e6); 8]),
        series(throughput::SINGLES, "kanal", "", vec![rate(99e6); 8]),
    ];
    let judged = judged(&all, "rate one by one");
    assert_eq!(judged, [(GoalVerdict::Missed, "single / rtrb".to_owned(), 8)]);
}

#[test]
fn rounds_of_different_placement_are_no_pairs() {
    let mut far = series(ping_pong::NAME, "inline", ping_pong::PAUSE, vec![latency(50); 8]);
    far.samples.iter_mut().for_each(|sample| sample.class = Class::Far);
    let near = series(ping_pong::NAME, "floor", ping_pong::PAUSE, vec![latency(100); 8]);
    assert_eq!(judged(&[near, far], AGAINST_THE_FLOOR), []);
}

#[test]
fn tails_are_held_against_the_gaps_of_their_own_trial() {
    let tail = "one-way p99.9 against the gaps + 5 µs";
    let all = |p50| [series(one_way::NAME, "inline", one_way::RATES[1].1, vec![latency(p50); 6])];
    // 25 µs are allowed.
    assert_eq!(judged(&all(249), tail)[0].0, GoalVerdict::Met);
    assert_eq!(judged(&all(251), tail)[0].0, GoalVerdict::Missed);
}

#[test]
fn what_nobody_measured_is_open() {
    let goals = judge(&[]);
    assert!(goals.len() >= PROMISES.len());
    assert!(goals.iter().all(|goal| goal.verdict == GoalVerdict::CannotTell));
}

#[test]
fn everybody_means_everybody_elses() {
    let variant = one_way::RATES[0].1;
    let mut all = [("inline", 100), ("single", 90), ("kanal", 120), ("rtrb", 105)]
        .map(|(peer, p50)| series(one_way::NAME, peer, variant, vec![latency(p50); 6]));
    all.iter_mut().for_each(|series| series.bytes = 56);
    let judged = judged(&all, "one-way p50");
    assert_eq!(judged, [(GoalVerdict::Met, "inline / rtrb".to_owned(), 6)]);
}
