//! A consumer's half of the ring.
#![allow(unsafe_code)] // Reads slots; the arguments rest on the module's invariants.

use super::cursor::Cursor;
use super::lifecycle::{Lifecycle, Phase};
use super::slots::{Slots, View};
use crate::sync::Arc;

/// One reader, at its own position. It sees every event from the first on.
///
/// Dropping it does not move its position: what it has not released stays there, and holds the
/// writer back, until somebody poisons or halts the ring.
pub(crate) struct Reader<E> {
    slots: Arc<Slots<E>>,
    lifecycle: Arc<Lifecycle>,
    head: Arc<Cursor>,
    demand: Arc<Cursor>,
    upstream: Vec<Arc<Cursor>>,
    own: Arc<Cursor>,
    /// Events released: a private copy of the own position.
    next: u64,
    /// The slowest upstream position when last looked at.
    seen: u64,
}

impl<E> Reader<E> {
    pub(super) fn new(
        slots: Arc<Slots<E>>,
        lifecycle: Arc<Lifecycle>,
        head: Arc<Cursor>,
        demand: Arc<Cursor>,
        upstream: Vec<Arc<Cursor>>,
        own: Arc<Cursor>,
    ) -> Self {
        Self { slots, lifecycle, head, demand, upstream, own, next: 0, seen: 0 }
    }

    pub(crate) fn lifecycle(&self) -> &Arc<Lifecycle> {
        &self.lifecycle
    }

    pub(crate) fn cursor(&self) -> &Arc<Cursor> {
        &self.own
    }

    pub(crate) fn capacity(&self) -> usize {
        self.slots.capacity()
    }

    /// The sequence of the next event to read, which is the number of events released.
    #[inline]
    pub(crate) fn next(&self) -> u64 {
        self.next
    }

    /// Looks upstream and returns how many events can be read.
    #[inline]
    pub(crate) fn available(&mut self) -> usize {
        self.seen = self.upstream.iter().map(|cursor| cursor.observe()).min().unwrap_or(0);
        (self.seen - self.next) as usize
    }

    /// Events published but not released by this reader: those it may read and those that are
    /// still upstream. When it reaches the capacity, the writer is held back by this reader.
    pub(crate) fn lag(&self) -> usize {
        (self.head.observe() - self.next) as usize
    }

    /// Whether the writer waits for this reader to release its next event.
    #[inline]
    pub(crate) fn is_awaited(&self) -> bool {
        self.next < self.demand.observe()
    }

    /// Whether the ring is closed and this reader has released the very last event.
    #[inline]
    pub(crate) fn has_ended(&self) -> bool {
        // The phase first: a head that is read after `Closed` was seen is final. The other way
        // round, an event published in between would be lost.
        self.lifecycle.phase() >= Phase::Closed && self.head.observe() == self.next
    }

    /// Borrows the next `len` events.
    ///
    /// # Panics
    /// If fewer were available when last looked.
    #[inline]
    pub(crate) fn view(&self, len: usize) -> View<'_, E> {
        self.check(len);
        // SAFETY: the range is in `next .. seen` and so at most one ring long; the writer stays
        // out of it until `release`, which the borrow of `self` excludes (invariants 1, 3).
        unsafe { self.slots.view(self.next, len) }
    }

    /// Gives the next `len` events back: they may be overwritten, and those downstream may read
    /// them.
    ///
    /// # Panics
    /// If fewer were available when last looked.
    #[inline]
    pub(crate) fn release(&mut self, len: usize) {
        self.check(len);
        self.next += len as u64;
        self.own.release(self.next);
    }

    #[inline]
    fn check(&self, len: usize) {
        let available = self.seen - self.next;
        assert!(len as u64 <= available, "asked for {len} events, {available} are available");
    }
}

/// A reader that nobody can follow. Dropping it stops it holding the writer back.
///
/// A type of its own, because a follower of a detached position would read slots that nobody
/// keeps for it.
pub(crate) struct Tap<E> {
    reader: Reader<E>,
}

impl<E> Tap<E> {
    pub(super) fn new(reader: Reader<E>) -> Self {
        Self { reader }
    }

    pub(crate) fn reader(&self) -> &Reader<E> {
        &self.reader
    }

    pub(crate) fn reader_mut(&mut self) -> &mut Reader<E> {
        &mut self.reader
    }
}

impl<E> Drop for Tap<E> {
    fn drop(&mut self) {
        self.reader.own.detach();
    }
}
