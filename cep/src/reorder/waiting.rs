//! An event that waits for its turn.

use std::cmp::Ordering;

/// Ordered so that the greatest is the next to go.
#[derive(Debug)]
pub(super) struct Waiting<E> {
    pub(super) time: u64,
    /// How many events came to wait before it.
    pub(super) arrived: u64,
    pub(super) event: E,
}

impl<E> Waiting<E> {
    fn rank(&self) -> (u64, u64) {
        (self.time, self.arrived)
    }
}

impl<E> Ord for Waiting<E> {
    fn cmp(&self, other: &Self) -> Ordering {
        other.rank().cmp(&self.rank())
    }
}

impl<E> PartialOrd for Waiting<E> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> PartialEq for Waiting<E> {
    fn eq(&self, other: &Self) -> bool {
        self.rank() == other.rank()
    }
}

impl<E> Eq for Waiting<E> {}
