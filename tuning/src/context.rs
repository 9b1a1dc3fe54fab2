//! What the caller knows about itself, and the doctor cannot see from outside.

use crate::CpuTimes;

/// The workload to examine the host for. The default is a program that does nothing special:
/// no spinning thread, no hot core, nothing known of the build, nothing measured.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// How many threads busy-wait instead of sleeping.
    pub spinning_threads: usize,
    /// The cores that those threads are, or will be, pinned to. Empty: they are not pinned.
    pub hot_cores: Vec<usize>,
    /// The global allocator: `"mimalloc"`, `"system"`, ...; empty when unknown.
    pub allocator: &'static str,
    /// How the program was compiled.
    pub profile: BuildProfile,
    /// Whether any thread asks for the real-time policy `SCHED_FIFO` or `SCHED_RR`.
    pub real_time_threads: bool,
    /// How many bytes the program wants to lock into memory; `None` when it locks nothing.
    pub locked_bytes: Option<u64>,
    /// The longest gap, in nanoseconds, that the caller measured between two polls of a spinning
    /// thread on this host; `None` when it measured none.
    pub max_gap_ns: Option<u64>,
    /// The 99.9th percentile of the same gaps, in nanoseconds.
    pub p999_gap_ns: Option<u64>,
    /// An earlier reading of the CPU times, so that recent stolen time can be told from old. The
    /// natural moment is just before the caller measures `max_gap_ns`.
    pub earlier_cpu_times: Option<CpuTimes>,
}

/// How the program was compiled. A library cannot see most of this, so the caller tells;
/// `None` means that the caller does not know either.
#[derive(Debug, Clone, Default)]
pub struct BuildProfile {
    /// Whether debug assertions are compiled in: `cfg!(debug_assertions)` in the caller.
    pub debug_assertions: bool,
    /// Cargo's `opt-level`: `"0"` to `"3"`, `"s"` or `"z"`.
    pub opt_level: Option<&'static str>,
    /// Cargo's `lto`: `"fat"`, `"thin"` or `"off"`.
    pub lto: Option<&'static str>,
}
