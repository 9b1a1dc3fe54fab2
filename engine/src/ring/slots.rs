//! The memory of the ring: `capacity` events side by side, so that any range of sequences is at
//! most two slices.
#![allow(unsafe_code)] // The one place where an event's memory is shared between threads.

use std::cell::UnsafeCell;
use std::ops::Range;

use super::block::Block;
use super::prefetch;
use crate::sync::{Access, AccessLog};

/// Dense storage addressed by sequence.
///
/// It checks nothing itself: who may touch which sequences is the protocol of the ring.
pub(crate) struct Slots<E> {
    cells: Block<E>,
    log: AccessLog,
}

// SAFETY: events are read and written through `&Slots` only under the contracts of the `unsafe`
// methods, which exclude a write beside any other access; `Send` lets them be written by another
// thread, `Sync` lets several threads read them at once.
unsafe impl<E: Send + Sync> Sync for Slots<E> {}

/// A range of events in sequence order, borrowed from the ring.
pub(crate) struct View<'a, E> {
    pub(crate) front: &'a [E],
    pub(crate) back: &'a [E],
    _access: Access,
}

/// A range of free slots in sequence order, borrowed from the ring.
pub(crate) struct ViewMut<'a, E> {
    pub(crate) front: &'a mut [E],
    pub(crate) back: &'a mut [E],
    _access: Access,
}

impl<E: Copy> ViewMut<'_, E> {
    /// Copies as many events as the view has slots.
    pub(crate) fn copy_from(self, events: &[E]) {
        let (front, back) = events.split_at(self.front.len());
        self.front.copy_from_slice(front);
        self.back.copy_from_slice(back);
    }
}

impl<E: Copy + Default> Slots<E> {
    /// Allocates `capacity` slots and touches them, so that no page fault is left for later.
    ///
    /// # Panics
    /// If `capacity` is not a power of two.
    pub(crate) fn new(capacity: usize) -> Self {
        assert!(capacity.is_power_of_two(), "capacity {capacity} is not a power of two");
        Self { cells: Block::new(capacity), log: AccessLog::new(capacity) }
    }
}

impl<E> Slots<E> {
    pub(crate) fn capacity(&self) -> usize {
        self.cells.len()
    }

    /// Where the slots lie, on pages of their own.
    pub(crate) fn addresses(&self) -> Range<usize> {
        self.cells.addresses()
    }

    #[inline]
    fn index(&self, sequence: u64) -> usize {
        // The capacity is a power of two; the cut to usize keeps the low bits, all that count.
        sequence as usize & (self.cells.len() - 1)
    }

    /// Splits `len` sequences from `first` on into (start, length) of the part before the end of
    /// the storage and the length of the part that wraps to its beginning.
    #[inline]
    fn split(&self, first: u64, len: usize) -> (usize, usize, usize) {
        let start = self.index(first);
        let unwrapped = len.min(self.cells.len() - start);
        (start, unwrapped, len - unwrapped)
    }

    /// Asks for a slot that will be read soon, whatever it holds now: for its first line and, if
    /// it may lie across two, for its last.
    #[inline]
    pub(super) fn prefetch_to_read(&self, sequence: u64) {
        let cell = &raw const self.cells[self.index(sequence)];
        prefetch::for_read(cell);
        if size_of::<E>() > align_of::<E>() {
            prefetch::for_read(cell.cast::<u8>().wrapping_add(size_of::<E>() - 1));
        }
    }

    /// Asks for the line of a slot that will be written soon.
    #[inline]
    pub(crate) fn prefetch(&self, sequence: u64) {
        prefetch::for_write(&self.cells[self.index(sequence)]);
    }

    /// Writes one event.
    ///
    /// # Safety
    /// Nobody else may access the slot of `sequence` during the call.
    #[inline]
    pub(crate) unsafe fn write(&self, sequence: u64, event: E) {
        let _access = self.log.write(sequence, 1);
        // SAFETY: the caller has the slot to itself; the old event is overwritten without a drop,
        // and events are `Copy`.
        unsafe { self.cells[self.index(sequence)].get().write(event) };
    }

    /// Borrows `len` events from `first` on.
    ///
    /// # Safety
    /// `len <= capacity`, and nobody may write these slots while the view lives.
    #[inline]
    pub(crate) unsafe fn view(&self, first: u64, len: usize) -> View<'_, E> {
        let _access = self.log.read(first, len);
        let (start, unwrapped, wrapped) = self.split(first, len);
        let cells = self.cells.as_ptr().cast::<E>();
        // SAFETY: `start` is an index into the cells; `UnsafeCell<E>` is laid out as `E`.
        let from = unsafe { cells.add(start) };
        // SAFETY: `start + unwrapped <= capacity`, all of it initialised by `new`; no writer.
        let front = unsafe { std::slice::from_raw_parts(from, unwrapped) };
        // SAFETY: `wrapped <= capacity` because `len` is, all initialised; no writer.
        let back = unsafe { std::slice::from_raw_parts(cells, wrapped) };
        View { front, back, _access }
    }

    /// Borrows `len` slots from `first` on for writing.
    ///
    /// # Safety
    /// `len <= capacity`, and nobody else may access these slots while the view lives.
    #[inline]
    pub(crate) unsafe fn view_mut(&self, first: u64, len: usize) -> ViewMut<'_, E> {
        let _access = self.log.write(first, len);
        let (start, unwrapped, wrapped) = self.split(first, len);
        let cells = UnsafeCell::raw_get(self.cells.as_ptr());
        // SAFETY: `start` is an index into the cells; `UnsafeCell<E>` is laid out as `E`.
        let from = unsafe { cells.add(start) };
        // SAFETY: `start + unwrapped <= capacity`; the caller has these slots to itself.
        let front = unsafe { std::slice::from_raw_parts_mut(from, unwrapped) };
        // SAFETY: as `len <= capacity`, the wrapped part ends before `start`: no overlap.
        let back = unsafe { std::slice::from_raw_parts_mut(cells, wrapped) };
        ViewMut { front, back, _access }
    }
}
