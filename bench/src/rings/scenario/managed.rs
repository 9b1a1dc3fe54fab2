//! Help for trials whose consumer runs on a thread that a library made.

use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crate::measure::cpu;
use crate::rings::trial::Fault;

/// A place for one result, left by another thread when it is done: never in a timed loop.
#[derive(Debug, Default)]
pub(super) struct Shared<T>(Arc<Mutex<T>>);

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Copy> Shared<T> {
    pub(super) fn set(&self, value: T) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = value;
    }

    pub(super) fn take(&self) -> T {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs `work` on a fresh thread bound to `core`. The calling thread keeps its affinity, which
/// the next ring's threads inherit.
pub(super) fn on_core<T: Send>(core: usize, work: impl FnOnce() -> T + Send) -> Result<T, Fault> {
    let bound = || cpu::pin(core).is_ok().then(work);
    let result = thread::scope(|scope| scope.spawn(bound).join());
    result.unwrap_or_else(|panic| resume_unwind(panic)).ok_or(Fault::Cores)
}
