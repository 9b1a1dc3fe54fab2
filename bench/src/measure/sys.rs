//! The operating system and processor calls that need `unsafe`, and nothing else.
// Each has no safe equivalent in the standard library, and a wider wrapper crate would bring far
// more unsafe code than these few lines.
#![allow(unsafe_code)]

/// Reads a POSIX clock, in nanoseconds (`clock_gettime(2)`).
#[inline]
pub(super) fn clock_ns(clock: libc::clockid_t) -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a live, writable timespec; the call keeps no reference to it.
    let status = unsafe { libc::clock_gettime(clock, &raw mut time) };
    assert_eq!(status, 0, "the kernel does not offer clock {clock}");
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// Voluntary and involuntary context switches of the calling thread (`getrusage(2)`).
pub(super) fn thread_switches() -> (u64, u64) {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: the pointer is to a live, writable rusage; the call keeps no reference to it.
    let status = unsafe { libc::getrusage(libc::RUSAGE_THREAD, usage.as_mut_ptr()) };
    assert_eq!(status, 0, "the kernel does not count per thread");
    // SAFETY: rusage is plain integers, for which all zeroes is a value, and it was zeroed.
    let usage = unsafe { usage.assume_init() };
    (usage.ru_nvcsw as u64, usage.ru_nivcsw as u64)
}

/// Puts the calling thread into the real-time class `SCHED_FIFO` (`sched_setscheduler(2)`); whether
/// the system allowed it.
pub(super) fn real_time(priority: i32) -> bool {
    let parameters = libc::sched_param { sched_priority: priority };
    // SAFETY: `parameters` is live for the call, which keeps no reference to it; 0 is this thread.
    unsafe { libc::sched_setscheduler(0, libc::SCHED_FIFO, &raw const parameters) == 0 }
}

/// The time-stamp counter.
#[cfg(target_arch = "x86_64")]
#[inline]
pub(super) fn tsc() -> u64 {
    // SAFETY: every x86-64 processor has the instruction, and Linux lets user code execute it.
    unsafe { core::arch::x86_64::_rdtsc() }
}

/// The time-stamp counter, read after everything before it and before anything after it.
///
/// `rdtsc` alone may execute before an earlier load has delivered its value: Intel SDM, volume 2B,
/// RDTSC, gives this pair of fences as the remedy. AMD's LFENCE serialises dispatch likewise (APM
/// volume 3, LFENCE; Linux sets the bit it depends on).
#[cfg(target_arch = "x86_64")]
#[inline]
pub(super) fn tsc_ordered() -> u64 {
    // SAFETY: LFENCE belongs to SSE2, which is part of x86-64.
    unsafe { core::arch::x86_64::_mm_lfence() };
    let ticks = tsc();
    // SAFETY: as above.
    unsafe { core::arch::x86_64::_mm_lfence() };
    ticks
}

/// Whether the time-stamp counter runs at one rate in every power state (CPUID leaf 8000_0007,
/// EDX bit 8: Intel SDM volume 3B, "Invariant TSC").
#[cfg(target_arch = "x86_64")]
pub(super) fn tsc_is_invariant() -> bool {
    const HIGHEST_EXTENDED_LEAF: u32 = 0x8000_0000;
    const POWER_LEAF: u32 = 0x8000_0007;
    let cpuid = core::arch::x86_64::__cpuid;
    cpuid(HIGHEST_EXTENDED_LEAF).eax >= POWER_LEAF && cpuid(POWER_LEAF).edx & (1 << 8) != 0
}

// Elsewhere the kernel's clock is the only source, and `tsc_is_invariant` keeps it so.
#[cfg(not(target_arch = "x86_64"))]
#[inline]
pub(super) fn tsc() -> u64 {
    clock_ns(libc::CLOCK_MONOTONIC)
}

#[cfg(not(target_arch = "x86_64"))]
#[inline]
pub(super) fn tsc_ordered() -> u64 {
    tsc()
}

#[cfg(not(target_arch = "x86_64"))]
pub(super) fn tsc_is_invariant() -> bool {
    false
}
