//! A stage for which the system has no thread holds nobody up.
//!
//! Alone in its process, whose memory it limits: no thread may have ended before, or its stack
//! would be there to be used again.
#![cfg(target_os = "linux")]
#![allow(unsafe_code)] // Limits come from the system.

mod common;

use common::{must_end, nothing, publish};
use tourbillon_engine::{BuildError, Capacity, Graph};

/// Less than the stack of a thread, 2 MiB, and more than anything else that is allocated here.
const SLACK: u64 = 1 << 20;

/// Runs `code` while the process can get no more memory than that.
fn short_of_memory<T>(code: impl FnOnce() -> T) -> T {
    let mut before = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the limit is written to a place of its own.
    assert_eq!(unsafe { libc::getrlimit(libc::RLIMIT_AS, &raw mut before) }, 0);
    let size = std::fs::read_to_string("/proc/self/statm").expect("Linux tells");
    let pages: u64 = size.split(' ').next().and_then(|size| size.parse().ok()).expect("a number");
    // SAFETY: a question without arguments.
    let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) } as u64;
    set(libc::rlimit { rlim_cur: pages * page + SLACK, ..before });
    let result = code();
    set(before);
    result
}

fn set(limit: libc::rlimit) {
    // SAFETY: the limit is read from where it lies.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_AS, &raw const limit) }, 0);
}

#[test]
fn a_stage_without_a_thread_does_not_hold_the_producer() {
    must_end(|| {
        let (mut producer, mut graph) = Graph::<u64>::single(Capacity::at_least(4));
        graph.stage("first").handle(nothing);
        let hub = graph.hub();
        let running = graph.start().expect("starts");
        let refused = short_of_memory(|| hub.stage("late").handle(nothing));
        assert!(matches!(refused, Err(BuildError::Spawn { .. })), "{refused:?}");
        publish(&mut producer, 0..100);
        hub.stage("late").handle(nothing).expect("the name is free").detach().expect("alone");
        producer.close();
        running.join().expect("nobody complains");
    });
}
