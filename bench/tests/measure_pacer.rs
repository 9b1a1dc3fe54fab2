//! The pacer in virtual time: intended times stay put, lateness is caught up and accounted for.

use proptest::{collection::vec, prelude::*};
use tourbillon_bench::{
    measure::{
        clock::Clock,
        pacer::{Due, Paced, Pacer},
        schedule::Schedule,
        validity::Validity,
    },
    report::model::Status,
};

const START: u64 = 1_000_000;

/// Sends everything; `held_up(n)` is how long the caller is busy after event `n`.
fn walk(schedule: &Schedule, held_up: impl Fn(u64) -> u64) -> (Vec<Due>, Paced) {
    let mut pacer = Pacer::new(Clock::monotonic(), schedule, START);
    let mut sent = Vec::new();
    let mut now = 0;
    while !pacer.is_done() {
        now = now.max(pacer.next_intended());
        let due = pacer.poll(now).expect("its time has come");
        now += held_up(due.sequence);
        sent.push(due);
    }
    (sent, pacer.finish())
}

fn status(paced: &Paced) -> Status {
    let mut validity = Validity::new();
    validity.pace(paced);
    validity.status()
}

proptest! {
    #[test]
    fn intended_times_never_move(busy in vec(0..5_000_u64, 1..300), rate in 1_000..2_000_000_u64) {
        let schedule = Schedule::fixed(rate, busy.len() as u64).unwrap();
        let (sent, paced) = walk(&schedule, |n| busy[n as usize]);
        for (n, due) in (0..).zip(&sent) {
            prop_assert_eq!(due.sequence, n);
            prop_assert_eq!(due.intended, START + schedule.due(n));
            prop_assert!(due.sent >= due.intended);
        }
        let worst = sent.iter().map(|due| due.sent - due.intended).max();
        prop_assert_eq!(Some(paced.slip.max()), worst);
        prop_assert_eq!(paced.slip.len(), busy.len() as u64);
    }
}

#[test]
fn nothing_goes_before_its_time() {
    let schedule = Schedule::fixed(1_000_000, 2).unwrap();
    let mut pacer = Pacer::new(Clock::monotonic(), &schedule, START);
    assert_eq!(pacer.poll(START - 1), None);
    assert!(pacer.poll(START).is_some());
    assert_eq!(pacer.poll(START + 999), None);
    assert!(pacer.poll(START + 1_000).is_some());
    assert_eq!(pacer.poll(u64::MAX), None);
    assert!(pacer.is_done() && pacer.wait().is_none());
}

#[test]
fn overdue_events_go_back_to_back() {
    let schedule = Schedule::fixed(1_000_000, 10).unwrap();
    let (sent, _) = walk(&schedule, |n| if n == 2 { 4_500 } else { 0 });
    let times: Vec<u64> = sent.iter().map(|due| due.sent - START).collect();
    assert_eq!(times, [0, 1_000, 2_000, 6_500, 6_500, 6_500, 6_500, 7_000, 8_000, 9_000]);
}

#[test]
fn one_stall_at_the_very_end_does_not_spoil_a_run() {
    let schedule = Schedule::fixed(100_000, 100_000).unwrap();
    let (_, paced) = walk(&schedule, |n| if n == 99_000 { 16_000_000 } else { 0 });
    assert!(paced.achieved_eps < 0.999 * 100_000.0, "events over time would call it too slow");
    assert_eq!(paced.kept_share(), 1.0);
    assert_eq!(status(&paced), Status::Valid);
}

#[test]
fn only_the_last_tenth_speaks_for_the_end() {
    let schedule = Schedule::fixed(1_000_000, 100).unwrap();
    let mut pacer = Pacer::new(Clock::monotonic(), &schedule, START);
    for n in 0..100 {
        let late = if n < 90 { 0 } else { 20_000 };
        assert!(pacer.poll(pacer.next_intended() + late).is_some());
    }
    let paced = pacer.finish();
    assert_eq!((paced.closest_slip_ns(), status(&paced)), (20_000, Status::Invalid));
}

#[test]
fn a_generator_always_too_slow_is_found_out() {
    let schedule = Schedule::fixed(100_000, 100_000).unwrap();
    // 10,020 ns an event where 10,000 are allowed: 0.2 % too slow.
    let (_, paced) = walk(&schedule, |_| 10_020);
    assert!((paced.kept_share() - 1.0 / 1.002).abs() < 1e-6);
    assert_eq!(status(&paced), Status::Invalid);
    let (_, paced) = walk(&schedule, |_| 10_000);
    assert_eq!((paced.kept_share(), status(&paced)), (1.0, Status::Valid));
}

#[test]
fn a_run_cut_short_is_judged_by_its_last_event() {
    let schedule = Schedule::fixed(1_000_000, 1_000_000).unwrap();
    let mut pacer = Pacer::new(Clock::monotonic(), &schedule, 0);
    for n in 0..1_000 {
        assert!(pacer.poll(2 * schedule.due(n)).is_some());
    }
    let paced = pacer.finish();
    assert_eq!((paced.events, paced.kept_share()), (1_000, 0.5));
    assert_eq!((paced.target_eps, paced.achieved_eps), (Some(1e6), 5e5));
}

#[test]
fn a_very_short_run_is_not_condemned_for_a_cache_miss() {
    let schedule = Schedule::fixed(1_000_000, 100).unwrap();
    let always_late_by = |ns| {
        let mut pacer = Pacer::new(Clock::monotonic(), &schedule, START);
        while !pacer.is_done() {
            assert!(pacer.poll(pacer.next_intended() + ns).is_some());
        }
        status(&pacer.finish())
    };
    assert_eq!(always_late_by(10_000), Status::Valid);
    assert_eq!(always_late_by(10_001), Status::Invalid);
}

#[test]
fn no_events_and_one_event_are_runs_too() {
    for events in [0, 1] {
        let schedule = Schedule::fixed(1_000, events).unwrap();
        let (_, paced) = walk(&schedule, |_| 0);
        assert_eq!((paced.events, paced.target_eps, paced.achieved_eps), (events, None, 0.0));
        assert_eq!(status(&paced), Status::Valid);
    }
}

#[test]
fn in_real_time_everything_goes_once_and_not_early() {
    let clock = Clock::calibrate().clock;
    let schedule = Schedule::poisson(500_000, 3, 5_000).unwrap();
    let start = clock.now() + clock.ticks(200_000_000); // ample, so that there is waiting to do
    let mut pacer = Pacer::new(clock, &schedule, start);
    let mut next = 0;
    while let Some(due) = pacer.wait() {
        assert_eq!(due.sequence, next);
        assert_eq!(due.intended, start + clock.ticks(schedule.due(next)));
        assert!(due.sent >= due.intended);
        next += 1;
    }
    assert_eq!(next, schedule.len());
    assert!(pacer.finish().gaps.watched_ns() > 0, "waiting feeds the gap meter");
}
