//! The parts that touch the machine: only what must hold on any machine, however busy.

use proptest::prelude::*;
use std::io::Write as _;
use std::{
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};
use tourbillon_bench::measure::{
    clock::{Calibration, Clock},
    cpu::{self, PinError, ThreadUsage},
    cross_core,
    floor::{self, Class},
    gap,
};

static CALIBRATION: LazyLock<Calibration> = LazyLock::new(Clock::calibrate);

/// Relative error granted to a calibration of 100 ms: far above what it has, far below a mistake.
const TOLERANCE: f64 = 1e-3;

fn burn() {
    for n in 0..200_000_u64 {
        std::hint::black_box(n);
    }
}

/// What lies inside cannot take longer than what lies around it, whichever clock is inside.
#[test]
fn the_clock_agrees_with_the_kernels() {
    let clock = CALIBRATION.clock;
    for _ in 0..100 {
        let around = Instant::now();
        let start = clock.now_ordered();
        burn();
        let inside = clock.ns(clock.now_ordered() - start) as f64;
        assert!(inside <= around.elapsed().as_nanos() as f64 * (1.0 + TOLERANCE));

        let around = clock.now_ordered();
        let start = Instant::now();
        burn();
        let inside = start.elapsed().as_nanos() as f64;
        let around = clock.ns(clock.now_ordered() - around) as f64;
        assert!(inside <= around * (1.0 + TOLERANCE) + 1.0);
    }
}

proptest! {
    #[test]
    fn conversions_are_inverse(ns in 0..1_u64 << 53) {
        for clock in [CALIBRATION.clock, Clock::monotonic()] {
            let there_and_back = clock.ns(clock.ticks(ns));
            let tick_ns = clock.ns(1) + 1;
            let error = there_and_back.abs_diff(ns);
            prop_assert!(error <= tick_ns + ns / 1_000_000_000, "{ns} became {there_and_back}");
        }
    }

    #[test]
    fn ticks_of_the_kernels_clock_are_nanoseconds(ns in any::<u64>()) {
        prop_assert_eq!((Clock::monotonic().ns(ns), Clock::monotonic().ticks(ns)), (ns, ns));
    }
}

#[test]
fn the_card_tells_all_it_measured() {
    let mut calibration = CALIBRATION.clone();
    assert!(calibration.frequency_hz > 0.0 && calibration.resolution_ns > 0.0);
    assert!(calibration.read_ns > 0.0 && calibration.stamp_and_record_ns > 0.0);
    assert_eq!(calibration.sentences().len(), 3);
    calibration.finish();
    assert!(calibration.drift_ppm.is_some_and(f64::is_finite));
    assert_eq!(calibration.sentences().len(), 4);
}

/// Runs `check` with two cores of this machine, or says that it could not.
fn with_two_cores(check: impl FnOnce((usize, usize))) {
    match *cpu::cores() {
        [first, second, ..] => check((first, second)),
        _ => {
            // Not `eprintln!`, which the test runner swallows for a test that passes.
            let _ = writeln!(std::io::stderr(), "SKIPPED: fewer than two cores");
        }
    }
}

#[test]
fn a_probe_measures_and_leaves_the_caller_where_it_was() {
    with_two_cores(|cores| {
        let before = core_affinity::get_core_ids();
        let floor = floor::probe(CALIBRATION.clock, cores, 2_000);
        assert!(floor.p50 > 0 && floor.p50 <= floor.p90 && floor.p90 <= floor.p99);
        assert_ne!(floor.class, Class::SingleCore);
        assert_eq!(core_affinity::get_core_ids(), before);
    });
}

#[test]
fn one_core_or_one_that_is_not_there_gives_single_core() {
    let core = cpu::cores()[0];
    for cores in [(core, core), (core, 1_000_000), (1_000_000, core)] {
        let floor = floor::probe(CALIBRATION.clock, cores, 1_000);
        assert_eq!((floor.class, floor.p50), (Class::SingleCore, 0));
        assert_eq!(cross_core::offset(CALIBRATION.clock, cores), None);
    }
}

#[test]
fn a_bracket_runs_its_trial_once() {
    let runs = AtomicU32::new(0);
    let core = cpu::cores()[0];
    let trial = || runs.fetch_add(1, Ordering::Relaxed) + 41;
    let bracketed = floor::bracket(CALIBRATION.clock, (core, core), trial);
    assert_eq!((bracketed.result, bracketed.class), (41, Class::SingleCore));
    assert_eq!(runs.into_inner(), 1);
}

/// Whatever the offset is, asking from the other side gives its opposite, within both bounds.
#[test]
fn the_offset_of_two_cores_turns_round_with_them() {
    with_two_cores(|cores| {
        let clock = CALIBRATION.clock;
        let there = cross_core::offset(clock, cores).expect("both cores are usable");
        let back = cross_core::offset(clock, (cores.1, cores.0)).expect("both cores are usable");
        let slack = there.bound_ns + back.bound_ns + 1.0;
        assert!((there.offset_ns + back.offset_ns).abs() <= slack, "{there:?} {back:?}");
        let mut calibration = CALIBRATION.clone();
        calibration.measure_cross_core(cores);
        assert_eq!(calibration.sentences().len(), 4);
    });
}

#[test]
fn two_closures_meet_on_two_cores() {
    with_two_cores(|cores| {
        let where_am_i = || core_affinity::get_core_ids().map(|ids| ids[0].id);
        let places = cpu::on_two_cores(cores, where_am_i, where_am_i);
        assert_eq!(places, Some((Some(cores.0), Some(cores.1))));
    });
}

#[test]
fn a_core_that_is_not_there_is_refused_with_a_choice() {
    let error = cpu::pin(1_000_000).unwrap_err();
    assert_eq!(error, PinError { core: 1_000_000 });
    assert!(error.to_string().contains(&format!("choose one of {}", cpu::cores()[0])));
    let refused = gap::watch(CALIBRATION.clock, 1_000_000, Duration::ZERO);
    assert_eq!(refused.unwrap_err(), error);
}

#[test]
fn a_watch_lasts_as_long_as_asked_for() {
    let length = Duration::from_millis(5);
    let meter = gap::watch(CALIBRATION.clock, cpu::cores()[0], length).expect("the core is ours");
    assert!(meter.watched_ns() + 1 >= length.as_nanos() as u64);
    assert!(meter.lost_ns() <= meter.watched_ns() + meter.gaps().len());
    assert!((0.0..=1.001).contains(&meter.lost_share()));
}

#[test]
fn processor_time_is_counted_per_thread_and_for_all() {
    let (before, process_before) = (ThreadUsage::now(), cpu::process_cpu_ns());
    burn();
    let (used, process_used) =
        (ThreadUsage::now().since(before), cpu::process_cpu_ns() - process_before);
    assert!(used.cpu_ns > 0 && process_used > 0);
    let idle = std::thread::spawn(|| ThreadUsage::now().since(ThreadUsage::default()));
    assert!(idle.join().unwrap().cpu_ns < cpu::process_cpu_ns());
}
