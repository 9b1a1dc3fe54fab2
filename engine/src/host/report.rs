//! What the system granted.

use std::fmt;
use std::io;

/// What became of the wishes for cores, priority and memory, as [`Running::host`] found it.
///
/// [`Running::host`]: crate::Running::host
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct HostReport {
    /// One entry per thread; at the end those of stages that were attached later, while they last.
    /// These are never given the priority of the pipeline, which is reported as refused.
    pub threads: Vec<ThreadReport>,
    /// One entry per ring, in the order in which they were added; empty if nothing was asked for.
    pub memory: Vec<MemoryReport>,
    /// Whether the real-time priority was taken away again, by its own limit or by the system's.
    pub demoted: bool,
}

impl HostReport {
    /// All that the system refused.
    pub fn refusals(&self) -> impl Iterator<Item = &Refusal> {
        let threads = self.threads.iter().flat_map(|thread| &thread.refusals);
        threads.chain(self.memory.iter().flat_map(|memory| &memory.refusals))
    }
}

/// One thread as the system has it. The waits, cores and policies are asked for, not remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ThreadReport {
    /// Its name: those of its stages.
    pub name: String,
    /// How it waits.
    pub wait: String,
    /// The core it was to be bound to.
    pub core_wanted: Option<usize>,
    /// The cores it may use, ascending; empty once it has ended.
    pub cores: Vec<usize>,
    /// How it is scheduled; `None` once it has ended.
    pub policy: Option<Policy>,
    /// What it was refused.
    pub refusals: Vec<Refusal>,
}

/// How the system schedules a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Policy {
    /// With all other threads (SCHED_OTHER).
    Normal,
    /// Before all threads of a lower level, until it blocks (SCHED_FIFO).
    Fifo {
        /// 1 to 99.
        level: u8,
    },
    /// In a way that nobody asked the engine for.
    Other,
}

/// What became of the wishes for one ring's memory. Every slot was written once before the start,
/// so no page fault is left for later in any case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemoryReport {
    /// The size of the ring's memory.
    pub bytes: usize,
    /// Of these, the bytes that the system keeps in memory.
    pub locked: usize,
    /// Of these, the bytes for which it was advised to use huge pages.
    pub huge_advised: usize,
    /// Of these, the bytes that it moved to huge pages before the start.
    pub huge: usize,
    /// What was refused.
    pub refusals: Vec<Refusal>,
}

/// Something the system, or the engine on its behalf, did not do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// What was asked for.
    pub what: String,
    /// Why it was refused: the system's own words if it was the system.
    pub why: String,
}

impl Refusal {
    pub(crate) fn new(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self { what: what.into(), why: why.into() }
    }

    pub(crate) fn by_system(what: impl Into<String>, error: &io::Error) -> Self {
        Self::new(what, error.to_string())
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.why)
    }
}
