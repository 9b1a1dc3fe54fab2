//! Which cores there are, which one a thread runs on, and what processor time it has used.

use super::sys;
use std::{
    panic::resume_unwind,
    sync::{
        Barrier, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

/// A thread could not be bound to a core.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cannot pin a thread to core {core}: choose one of {}", list(cores()))]
pub struct PinError {
    /// The core that was asked for.
    pub core: usize,
}

fn list(cores: &[usize]) -> String {
    let names: Vec<String> = cores.iter().map(usize::to_string).collect();
    names.join(", ")
}

/// The cores this process may use, in rising order, as its affinity mask had them at the first
/// call (of this function or of any that pins).
///
/// A thread that pins itself narrows its own mask; asking once keeps the answer that of the
/// process. Empty only where the platform cannot tell.
pub fn cores() -> &'static [usize] {
    static CORES: OnceLock<Vec<usize>> = OnceLock::new();
    CORES.get_or_init(|| {
        let ids = core_affinity::get_core_ids().unwrap_or_default();
        ids.into_iter().map(|core| core.id).collect()
    })
}

/// Binds the calling thread to one core, for good.
///
/// # Errors
///
/// [`PinError`] when the core is not one of [`cores`] or the kernel refuses.
pub fn pin(core: usize) -> Result<(), PinError> {
    let allowed = cores().contains(&core);
    if allowed && core_affinity::set_for_current(core_affinity::CoreId { id: core }) {
        Ok(())
    } else {
        Err(PinError { core })
    }
}

/// Lets the calling thread, and threads that it starts from now on, run before all others of the
/// system (`SCHED_FIFO`); whether the system allows it.
///
/// For short trials of threads that have a core each, and only once both are bound to them: until it
/// sleeps or ends, nothing else runs on its core.
#[must_use = "without the permission, nothing has changed"]
pub fn real_time() -> bool {
    /// In the middle of 1 to 99: below what the kernel itself needs.
    const PRIORITY: i32 = 50;
    sys::real_time(PRIORITY)
}

/// Runs two closures at the same time on two fresh threads, pinned to the two cores.
///
/// The calling thread waits and keeps its own affinity. Neither closure starts before both threads
/// are in place, so they may spin on each other; a panic of either is passed on, once the other
/// has returned too. `None`, with nothing run, when the cores are the same or one of them cannot be
/// had: the two would then wait for each other's time slices.
///
/// # Panics
///
/// When a closure does.
pub fn on_two_cores<A: Send, B: Send>(
    cores: (usize, usize),
    first: impl FnOnce() -> A + Send,
    second: impl FnOnce() -> B + Send,
) -> Option<(A, B)> {
    if cores.0 == cores.1 {
        return None;
    }
    let barrier = Barrier::new(2);
    let refused = AtomicBool::new(false);
    let in_place = |core| {
        if pin(core).is_err() {
            // The barrier that follows makes it visible to the other thread.
            refused.store(true, Ordering::Relaxed);
        }
        barrier.wait();
        !refused.load(Ordering::Relaxed)
    };
    thread::scope(|scope| {
        let first = scope.spawn(|| in_place(cores.0).then(first));
        let second = scope.spawn(|| in_place(cores.1).then(second));
        let first = first.join().unwrap_or_else(|panic| resume_unwind(panic));
        let second = second.join().unwrap_or_else(|panic| resume_unwind(panic));
        first.zip(second)
    })
}

/// Processor time used by the whole process, in nanoseconds.
pub fn process_cpu_ns() -> u64 {
    sys::clock_ns(libc::CLOCK_PROCESS_CPUTIME_ID)
}

/// Processor time used by the calling thread, in nanoseconds.
pub fn thread_cpu_ns() -> u64 {
    sys::clock_ns(libc::CLOCK_THREAD_CPUTIME_ID)
}

/// What the calling thread has used of the machine.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ThreadUsage {
    /// Processor time, in nanoseconds.
    pub cpu_ns: u64,
    /// Times it gave the processor up: it slept or waited.
    pub voluntary_switches: u64,
    /// Times the processor was taken from it. For a thread that spins, each is a stall.
    pub involuntary_switches: u64,
}

impl ThreadUsage {
    /// The use of the calling thread since it began.
    pub fn now() -> Self {
        let (voluntary_switches, involuntary_switches) = sys::thread_switches();
        Self { cpu_ns: thread_cpu_ns(), voluntary_switches, involuntary_switches }
    }

    /// What was used between `earlier` and this, both taken on one thread.
    pub fn since(self, earlier: Self) -> Self {
        Self {
            cpu_ns: self.cpu_ns.saturating_sub(earlier.cpu_ns),
            voluntary_switches: self.voluntary_switches.saturating_sub(earlier.voluntary_switches),
            involuntary_switches: self
                .involuntary_switches
                .saturating_sub(earlier.involuntary_switches),
        }
    }
}
