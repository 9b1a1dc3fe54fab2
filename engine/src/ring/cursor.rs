//! A position in the stream that one party moves and others watch.

use crossbeam_utils::CachePadded;

use super::bell::Bell;
use super::signal::Alarm;
use crate::sync::{Arc, AtomicU64, Line, ord};
use std::sync::atomic::Ordering::Relaxed;

/// A count of events, moved forward by its one owner.
///
/// The position has a pair of cache lines to itself (128 bytes: some processors fetch lines in
/// pairs), so watching it disturbs nobody but its owner.
#[derive(Debug)]
pub(crate) struct Cursor {
    position: CachePadded<AtomicU64>,
    bell: Bell,
}

/// The position of a reader that left: it holds nobody back any more.
pub(super) const DETACHED: u64 = u64::MAX;

impl Cursor {
    pub(crate) fn new() -> Self {
        Self { position: CachePadded::new(AtomicU64::new(0)), bell: Bell::new() }
    }

    /// Sets who is woken when this position moves; see [`Bell::wire`].
    ///
    /// # Panics
    /// If called twice.
    pub(crate) fn wire(&self, alarms: Vec<Arc<Alarm>>) {
        self.bell.wire(alarms);
    }

    /// The writer's move: events before `to` are visible.
    #[inline]
    pub(crate) fn publish(&self, to: u64) {
        self.position.store(to, ord::publish()); // pairs with `observe`
        self.bell.announce(to);
    }

    /// As `publish`, for a position that several move: it never goes back.
    pub(crate) fn raise(&self, to: u64) {
        if self.position.fetch_max(to, Relaxed) < to {
            self.bell.announce(to);
        }
    }

    /// A reader's move: it is done with events before `to`.
    #[inline]
    pub(crate) fn release(&self, to: u64) {
        self.position.store(to, ord::release()); // pairs with `gate` and `observe`
        self.bell.announce(to);
    }

    /// A reader's last move: it holds nobody back any more.
    pub(crate) fn detach(&self) {
        self.release(DETACHED);
    }

    /// Whether its reader holds nobody back, and reads nothing, any more.
    pub(crate) fn is_detached(&self) -> bool {
        self.observe() == DETACHED
    }

    /// Read by those downstream.
    #[inline]
    pub(crate) fn observe(&self) -> u64 {
        self.position.load(ord::observe()) // pairs with `publish` and `release`
    }

    /// Read by the writer, before it uses slots again.
    #[inline]
    pub(crate) fn gate(&self) -> u64 {
        self.position.load(ord::gate()) // pairs with `release`
    }

    /// Where the position lies.
    pub(crate) fn line(&self) -> Line<'_> {
        Line::of(&*self.position)
    }
}
