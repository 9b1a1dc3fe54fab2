//! Intended send times: exact, never falling, the same for the same arguments.

use proptest::{collection::vec, prelude::*};
use tourbillon_feeds::replay::schedule::{Arrival, Schedule, ScheduleError};

fn times(schedule: &Schedule) -> Vec<u64> {
    (0..schedule.len()).map(|n| schedule.due(n)).collect()
}

fn any_schedule() -> impl Strategy<Value = Schedule> {
    let rate = 1..50_000_000_u64;
    prop_oneof![
        (rate.clone(), 0..500_u64).prop_map(|(rate, n)| Schedule::fixed(rate, n)),
        (rate.clone(), 1..40_u64, 0..500_u64).prop_map(|(rate, s, n)| Schedule::burst(rate, s, n)),
        (rate, any::<u64>(), 0..500_u64).prop_map(|(rate, s, n)| Schedule::poisson(rate, s, n)),
        (vec(0..1_u64 << 46, 0..500), 0.01..100.0).prop_map(|(t, x)| Schedule::replay(&t, x)),
    ]
    .prop_map(|schedule| schedule.expect("the arguments are valid"))
}

proptest! {
    #[test]
    fn every_schedule_starts_at_zero_and_never_falls(schedule in any_schedule()) {
        let times = times(&schedule);
        prop_assert!(times.first().is_none_or(|&first| first == 0));
        prop_assert!(times.is_sorted());
    }

    /// The n-th time is the exact quotient, whatever came before: rounding never adds up. Times
    /// beyond 584 years stay there.
    #[test]
    fn a_fixed_rate_does_not_drift(rate in 1..u64::MAX, n in 0..u64::MAX - 1) {
        let exact = u128::from(n) * 1_000_000_000 / u128::from(rate);
        let due = Schedule::fixed(rate, n + 1).unwrap().due(n);
        prop_assert_eq!(u128::from(due), exact.min(u128::from(u64::MAX)));
    }

    #[test]
    fn a_burst_is_due_at_once_when_its_first_event_would_be(
        rate in 1..50_000_000_u64, size in 1..100_u64, n in 0..1_000_000_u64,
    ) {
        let bursts = Schedule::burst(rate, size, n + 1).unwrap();
        let even = Schedule::fixed(rate, n + 1).unwrap();
        prop_assert_eq!(bursts.due(n), even.due(n / size * size));
    }

    #[test]
    fn a_replay_keeps_the_gaps_of_a_recording_in_order(
        gaps in vec(0..1_u64 << 30, 1..200), first in 0..1_u64 << 46,
    ) {
        let mut now = first;
        let recorded: Vec<u64> = gaps.iter().map(|gap| { now += gap; now }).collect();
        let replayed = times(&Schedule::replay(&recorded, 1.0).unwrap());
        let expected: Vec<u64> = recorded.iter().map(|time| time - recorded[0]).collect();
        prop_assert_eq!(replayed, expected);
    }
}

#[test]
fn a_replay_divides_by_its_speed_and_never_steps_back() {
    let schedule = Schedule::replay(&[1_000, 9_000, 5_000, 17_000], 8.0).unwrap();
    assert_eq!(times(&schedule), [0, 1_000, 1_000, 2_000]);
}

#[test]
fn poisson_gaps_are_exponential() {
    let schedule = Schedule::poisson(1_000_000, 7, 1_000_000).unwrap();
    let times = times(&schedule);
    let gaps: Vec<u64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    // Of an exponential distribution with mean 1 µs: the share above x µs is exp(-x).
    for x in [1.0_f64, 2.0, 4.0] {
        let above = gaps.iter().filter(|&&gap| gap as f64 > x * 1e3).count();
        let share = above as f64 / gaps.len() as f64;
        assert!((share / (-x).exp() - 1.0).abs() < 0.03, "{share} above {x} µs");
    }
    let offered = schedule.offered_eps(schedule.len()).unwrap();
    assert!((offered / 1e6 - 1.0).abs() < 0.005, "offered {offered}/s");
}

#[test]
fn a_poisson_schedule_is_its_seed() {
    let drawn = |seed| times(&Schedule::poisson(1_000_000, seed, 100).unwrap());
    assert_eq!(drawn(1), drawn(1));
    assert_ne!(drawn(1), drawn(2));
    // On every machine, and for ever.
    let few = times(&Schedule::poisson(1_000_000, 1, 8).unwrap());
    assert_eq!(few, [0, 208, 500, 2801, 3094, 4783, 5310, 5323]);
    let many = Schedule::poisson(1_000, 3, 1_000_000).unwrap();
    assert_eq!(many.due(999_999), 1_001_701_502_369);
}

#[test]
fn the_offered_rate_is_gaps_over_time() {
    let schedule = Schedule::fixed(2_000_000, 1_001).unwrap();
    assert_eq!(schedule.offered_eps(1_001), Some(2e6));
    assert_eq!(schedule.offered_eps(101), Some(2e6));
    let at_once = Schedule::burst(1_000, 50, 50).unwrap();
    assert_eq!([at_once.offered_eps(50), at_once.offered_eps(0)], [None, None]);
}

#[test]
fn numbers_that_make_no_schedule_are_refused() {
    assert_eq!(Schedule::fixed(0, 1).unwrap_err(), ScheduleError::ZeroRate);
    assert_eq!(Schedule::poisson(0, 1, 1).unwrap_err(), ScheduleError::ZeroRate);
    assert_eq!(Schedule::burst(0, 1, 1).unwrap_err(), ScheduleError::ZeroRate);
    assert_eq!(Schedule::burst(1, 0, 1).unwrap_err(), ScheduleError::EmptyBurst);
    for speed in [0.0, -1.0, f64::INFINITY, f64::NAN] {
        assert!(matches!(Schedule::replay(&[1], speed), Err(ScheduleError::Speed(_))));
    }
}

#[test]
fn arrivals_have_the_names_of_the_command_line() {
    let arrivals = [
        Arrival::Fixed,
        Arrival::Poisson { seed: 1 },
        Arrival::Burst { size: 2 },
        Arrival::Replay { speed: 8.0 },
    ];
    let names = arrivals.map(|arrival| arrival.to_string());
    assert_eq!(names, ["fixed", "poisson", "burst", "replay"]);
}
