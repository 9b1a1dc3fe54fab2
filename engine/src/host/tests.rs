//! The parts on their own. What they do for a pipeline is tested from outside, in `tests/host.rs`.

use std::time::Duration;

use super::belt::{Belt, Place};
use super::report::Policy;
use super::system::{self, RealTimeLimit};
use super::*;
use crate::cores;
use crate::ring::Writer;
use crate::wait::{Backoff, Strategy, Wait};

const FIFO: Priority = Priority::Fifo { level: 10, limit: Duration::from_secs(60) };

/// In a thread of its own, so that nothing the test changes outlives it.
fn apart<T: Send + 'static>(test: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::spawn(test).join().expect("no panic")
}

/// One test, because the limit belongs to the process and may never be raised again.
#[test]
fn the_belt_holds_whoever_is_not_supervised() {
    the_longest_limit_counts_and_the_last_belt_takes_it_away();
    the_system_stops_a_thread_that_nobody_supervises();
}

fn the_longest_limit_counts_and_the_last_belt_takes_it_away() {
    let seconds = |s: u64| Duration::from_secs(s);
    let limit = || system::real_time_limit().expect("Linux has it");
    let of = |s: u64| RealTimeLimit { signal: s * 1_000_000, kill: (s + 2) * 1_000_000 };
    let before = limit();
    let long = Belt::fasten(seconds(99)).expect("nothing in the way");
    assert_eq!(limit(), of(100));
    let short = Belt::fasten(seconds(9)).expect("nothing in the way");
    assert_eq!(limit(), of(100));
    drop(long);
    assert_eq!(limit(), of(10));
    drop(short);
    assert_eq!(limit().signal, before.signal.min(limit().kill));
    if limit() != before {
        let error = Belt::fasten(seconds(99)).expect_err("not without CAP_SYS_RESOURCE");
        assert!(error.why.contains("earlier"), "{error}");
    }
}

fn the_system_stops_a_thread_that_nobody_supervises() {
    let _belt = Belt::fasten(Duration::ZERO).expect("nothing in the way");
    apart(|| {
        let thread = system::current();
        let place = Place::take(thread).expect("there is room");
        if let Err(refused) = system::raise(thread, 10) {
            eprintln!("SKIPPED: SCHED_FIFO is refused here: {refused}");
            return;
        }
        assert_eq!(system::policy(thread).expect("it lives"), Policy::Fifo { level: 10 });
        // If the signal did not come the system would end the process 2 s later.
        while !place.is_vacant() {
            std::hint::spin_loop();
        }
        assert_eq!(system::policy(thread).expect("it lives"), Policy::Normal);
    });
}

#[test]
fn priority_is_refused_where_it_would_do_harm() {
    let spin = |core| (core, Strategy::Spin);
    let park = (None, Wait::Park.resolve(false));
    let no_sleep = Backoff { min_park: Duration::ZERO, ..Backoff::default() };
    let check = |priority, threads: &[_], cpus| check(priority, threads, cpus, false);
    for level in [0, 99, 255] {
        let priority = Priority::Fifo { level, limit: Duration::ZERO };
        let error = check(priority, &[park], 2).expect_err("no such level");
        assert_eq!(error, PriorityError::Level { level });
    }
    for never_blocks in
        [Strategy::Spin, Strategy::BusySpin, Strategy::Yield, Strategy::Nap(no_sleep)]
    {
        let threads = [(None, never_blocks), park, (None, never_blocks)];
        let error = check(FIFO, &threads, 2).expect_err("no processor is left");
        assert_eq!(error, PriorityError::EveryCpu { threads: 2, cpus: 2 });
        assert!(super::check(FIFO, &threads, 2, true).expect("forced").is_some());
        assert!(check(Priority::Normal, &threads, 2).expect("no priority").is_none());
        assert!(check(FIFO, &threads, 3).expect("one is left").is_some());
    }
    assert!(check(FIFO, &[park; 9], 2).expect("they block").is_some());
    apart(move || {
        let core = *cores::usable().first().expect("a core");
        cores::pin(core).expect("a usable core");
        let error = check(FIFO, &[spin(Some(core))], 2).expect_err("the caller needs the core");
        assert_eq!(error, PriorityError::Starter { cores: vec![core] });
        assert!(check(FIFO, &[spin(Some(core + 1))], 2).expect("another core").is_some());
    });
}

#[test]
fn a_caller_with_real_time_priority_is_refused() {
    apart(|| {
        if let Err(refused) = system::raise(system::current(), 10) {
            eprintln!("SKIPPED: SCHED_FIFO is refused here: {refused}");
            return;
        }
        let error = check(FIFO, &[], 2, false).expect_err("threads would inherit it");
        assert_eq!(error, PriorityError::StarterIsRealTime);
        let inherited = apart(|| system::policy(system::current()).expect("it lives"));
        assert_eq!(inherited, Policy::Normal, "what we raise does not hand it on");
        system::demote(system::current()).expect("always allowed");
    });
}

#[test]
fn a_small_ring_is_told_that_it_fills_no_huge_page() {
    let writer = Writer::<u64>::new(512);
    let memory = Memory { lock: false, huge_pages: true };
    let report = memory.request(&writer.roster().addresses());
    assert_eq!((report.bytes, report.huge_advised, report.huge), (4096, 0, 0));
    assert_eq!(report.refusals.len(), 1);
    let nothing = Memory::default().request(&writer.roster().addresses());
    assert_eq!(nothing, MemoryReport { bytes: 4096, ..MemoryReport::default() });
}

#[test]
fn memory_that_is_not_there_is_a_refusal() {
    let nowhere = (1 << 46)..(1 << 46) + (4 << 20);
    let report = Memory { lock: true, huge_pages: true }.request(&nowhere);
    assert_eq!((report.locked, report.huge_advised, report.huge), (0, 0, 0));
    assert_eq!(report.refusals.len(), 2, "{report:?}");
}
