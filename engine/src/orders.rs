//! What a running stage is told from outside.

use crate::sync::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;

/// Whether a stage is to leave its ring at the next event boundary.
#[derive(Debug)]
pub(crate) struct Orders(AtomicU32);

impl Orders {
    pub(crate) fn new() -> Self {
        Self(AtomicU32::new(0))
    }

    pub(crate) fn leave(&self) {
        self.0.store(1, Relaxed); // no data goes with it
    }

    #[inline]
    pub(crate) fn is_to_leave(&self) -> bool {
        self.0.load(Relaxed) != 0
    }
}
