//! Raw memory for the slots, on pages of its own.
#![allow(unsafe_code)] // An allocation that is aligned more than its type asks for.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::cell::UnsafeCell;
use std::ops::{Deref, Range};
use std::ptr::NonNull;

/// The usual page. Where pages are larger, the block only shares its first and last with others.
const PAGE: usize = 4 << 10;
/// A huge page of x86-64, and of ARM with pages of 4 KiB.
const HUGE_PAGE: usize = 2 << 20;

/// A fixed number of cells, side by side.
///
/// The block starts and ends on the bounds of pages, of huge ones if it fills one: so the system
/// can be told to lock it or to put it on huge pages, and nothing else is meant by that.
pub(crate) struct Block<E> {
    cells: NonNull<UnsafeCell<E>>,
    len: usize,
    layout: Layout,
}

// SAFETY: a block owns its cells as a box would, and a box of cells is `Send` if `E` is.
unsafe impl<E: Send> Send for Block<E> {}

impl<E: Copy + Default> Block<E> {
    /// Allocates `len` cells and touches them all, so that no page fault is left for later.
    ///
    /// # Panics
    /// If they exceed the address space. Too little memory ends the process.
    pub(crate) fn new(len: usize) -> Self {
        let cells = Layout::array::<UnsafeCell<E>>(len).expect("the ring fits the address space");
        let bound = if cells.size() >= HUGE_PAGE { HUGE_PAGE } else { PAGE };
        // Not of size zero either, whatever `E` is.
        let size = cells.size().max(1).next_multiple_of(bound);
        let layout = Layout::from_size_align(size, bound.max(cells.align()));
        let layout = layout.expect("the ring fits the address space");
        // SAFETY: the size is not zero.
        let start = unsafe { alloc(layout) };
        let Some(start) = NonNull::new(start.cast::<UnsafeCell<E>>()) else {
            handle_alloc_error(layout)
        };
        for index in 0..len {
            // SAFETY: `index < len`, and the allocation holds `len` cells.
            let cell = unsafe { start.add(index) };
            // SAFETY: the cell lies within the allocation, is aligned and ours alone. Volatile, or
            // defaults of all zeros might become memory that is promised but not there yet.
            unsafe { cell.write_volatile(UnsafeCell::new(E::default())) };
        }
        Self { cells: start, len, layout }
    }
}

impl<E> Block<E> {
    /// The addresses of the whole block, to tell the system about.
    pub(crate) fn addresses(&self) -> Range<usize> {
        let start = self.cells.as_ptr().addr();
        start..start + self.layout.size()
    }
}

impl<E> Deref for Block<E> {
    type Target = [UnsafeCell<E>];

    #[inline]
    fn deref(&self) -> &[UnsafeCell<E>] {
        // SAFETY: `new` initialised `len` cells, which live as long as the block.
        unsafe { std::slice::from_raw_parts(self.cells.as_ptr(), self.len) }
    }
}

impl<E> Drop for Block<E> {
    fn drop(&mut self) {
        // Events are `Copy`: there is nothing to drop in the cells.
        // SAFETY: allocated by `new` with this layout, and nobody can reach it any more.
        unsafe { dealloc(self.cells.as_ptr().cast(), self.layout) };
    }
}
