//! How a ring ends: closed by its producer, halted from outside, or poisoned by a failed stage.

use std::fmt;

use crossbeam_utils::CachePadded;

use super::signal::Parker;
use crate::sync::{self, Arc, AtomicU32, Mutex, ord};

/// How far along its life the ring is. It only ever moves down this list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u32)]
pub(crate) enum Phase {
    /// Events may be published.
    Open = 0,
    /// The last event has been published; stages finish what is there.
    Closed = 1,
    /// Stages stop after the batch in hand.
    Halted = 2,
    /// A stage failed; as halted, and the failure is recorded.
    Poisoned = 3,
}

/// What failed, where, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// The name of the stage whose handler failed.
    pub stage: String,
    /// The event at fault if the handler named it, otherwise the first event of the failing
    /// batch; `None` if no batch was in hand.
    pub sequence: Option<u64>,
    /// The fault's message, or that of the panic.
    pub message: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "stage `{}` failed", self.stage)?;
        if let Some(sequence) = self.sequence {
            write!(f, " at or after sequence {sequence}")?;
        }
        write!(f, ": {}", self.message)
    }
}

/// The phase, the first failure, and all who must wake up when the phase changes.
#[derive(Debug)]
pub(crate) struct Lifecycle {
    phase: CachePadded<AtomicU32>,
    failure: Mutex<Option<Failure>>,
    parkers: Mutex<Vec<Arc<Parker>>>,
}

impl Lifecycle {
    pub(crate) fn new() -> Self {
        Self {
            phase: CachePadded::new(AtomicU32::new(Phase::Open as u32)),
            failure: Mutex::new(None),
            parkers: Mutex::new(Vec::new()),
        }
    }

    /// Names a sleeper to wake when the phase changes. Must precede its first sleep.
    pub(crate) fn register(&self, parker: Arc<Parker>) {
        sync::lock(&self.parkers).push(parker);
    }

    #[inline]
    pub(crate) fn phase(&self) -> Phase {
        match self.phase.load(ord::phase()) {
            0 => Phase::Open,
            1 => Phase::Closed,
            2 => Phase::Halted,
            _ => Phase::Poisoned,
        }
    }

    /// Whether stages no longer work off what is there.
    #[inline]
    pub(crate) fn is_stopped(&self) -> bool {
        self.phase() >= Phase::Halted
    }

    /// No more events. To be called after the last publication.
    pub(crate) fn close(&self) {
        self.advance(Phase::Closed);
    }

    /// Stop after the batch in hand.
    pub(crate) fn halt(&self) {
        self.advance(Phase::Halted);
    }

    /// Stop because of `failure`. The first failure is kept, later ones are consequences.
    pub(crate) fn poison(&self, failure: Failure) {
        sync::lock(&self.failure).get_or_insert(failure);
        self.advance(Phase::Poisoned);
    }

    /// The first failure.
    pub(crate) fn failure(&self) -> Option<Failure> {
        sync::lock(&self.failure).clone()
    }

    fn advance(&self, phase: Phase) {
        self.phase.fetch_max(phase as u32, ord::end()); // pairs with `phase`
        // No fence: a sleeper looks at the phase while it holds its parker's lock, and `wake`
        // passes through that lock after the change above.
        for parker in sync::lock(&self.parkers).iter() {
            parker.wake();
        }
    }
}
