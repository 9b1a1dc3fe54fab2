//! Which runs are believed, and that the harness as a whole proves itself.

use proptest::prelude::*;
use tourbillon_bench::{
    measure::{
        clock::Clock,
        fake::{FakeEngine, Fault},
        histogram::Histogram,
        schedule::Schedule,
        self_test,
        validity::{SequenceCheck, Validity},
    },
    report::model::Status,
};

#[test]
fn the_self_test_passes_the_same_way_twice() {
    let checks = self_test::run();
    for check in &checks {
        assert!(check.passed, "{}: {}", check.name, check.detail);
    }
    assert_eq!(checks, self_test::run());
}

proptest! {
    /// Whatever the place of the fault, exactly it is found, and without a fault nothing is.
    #[test]
    fn faults_are_counted(events in 2..2_000_u64, place in 0..2_000_u64, kind in 0..4) {
        let place = place % (events - 1);
        let (fault, missing, stale) = match kind {
            0 => (None, 0, 0),
            1 => (Some(Fault::Lose(place)), 1, 0),
            2 => (Some(Fault::Repeat(place)), 0, 1),
            _ => (Some(Fault::Swap(place)), 1, 1),
        };
        let schedule = Schedule::fixed(1_000_000, events).unwrap();
        let run = FakeEngine { fault, ..FakeEngine::default() }.run(&schedule);
        prop_assert_eq!((run.sequence.missing(), run.sequence.stale()), (missing, stale));
        let expected = if fault.is_some() { Status::Invalid } else { Status::Valid };
        prop_assert_eq!(run.validity().status(), expected);
    }
}

#[test]
fn events_that_never_came_are_missing_when_the_run_closes() {
    let mut check = SequenceCheck::new();
    check.observe(0);
    check.finish(5);
    assert_eq!((check.missing(), check.stale()), (4, 0));
    let mut validity = Validity::new();
    validity.sequence(&check);
    assert_eq!(validity.reasons(), ["4 events went in and never came out in their turn"]);
}

fn of(ns: u64) -> Histogram {
    let mut histogram = Histogram::new();
    histogram.record(ns);
    histogram
}

#[test]
fn a_late_generator_is_pointed_out_and_does_not_invalidate() {
    let judged = |slip, response| {
        let mut validity = Validity::new();
        validity.slip(&of(slip), &of(response));
        assert_eq!(validity.status(), Status::Valid);
        validity.warnings().len()
    };
    assert_eq!(judged(100, 1_000), 0);
    assert_eq!(judged(101, 1_000), 1);
}

#[test]
fn nothing_recorded_is_no_reason_to_warn() {
    let mut validity = Validity::new();
    validity.slip(&Histogram::new(), &Histogram::new());
    assert_eq!(validity, Validity::new());
}

#[test]
fn a_clock_that_drifted_or_was_not_checked_is_told() {
    let mut calibration = Clock::calibrate();
    let judged = |calibration: &_| {
        let mut validity = Validity::new();
        validity.clock(calibration);
        (validity.status(), validity.warnings().len())
    };
    assert_eq!(judged(&calibration), (Status::Valid, 1));
    for (ppm, expected) in [
        (0.0, Status::Valid),
        (-50.0, Status::Valid),
        (50.1, Status::Invalid),
        (-51.0, Status::Invalid),
    ] {
        calibration.drift_ppm = Some(ppm);
        assert_eq!(judged(&calibration), (expected, 0), "{ppm} ppm");
    }
}

#[test]
fn a_reason_of_the_callers_own_invalidates() {
    let mut validity = Validity::new();
    validity.warn("the host is shared");
    assert_eq!(validity.status(), Status::Valid);
    validity.invalid("the two modes found different matches");
    assert_eq!(validity.status(), Status::Invalid);
    assert_eq!(validity.reasons(), ["the two modes found different matches"]);
    assert_eq!(validity.warnings(), ["the host is shared"]);
}
