//! Memory of the books, and what the processor and the system are told about it.

#![allow(unsafe_code)] // A prefetch and a mapping are raw pointers, advice is a system call.

use bytemuck::Pod;
use memmap2::MmapMut;
use std::alloc::{Layout, handle_alloc_error};
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

/// Records that begin as zeros, at the start of a page. One whose size divides a line of memory is
/// then in one line; where the allocator puts them, every other one of 32 bytes is in two. The
/// system backs what is touched.
#[derive(Debug)]
pub(super) struct Records<T> {
    map: MmapMut,
    length: usize,
    records: PhantomData<T>,
}

impl<T: Pod> Records<T> {
    /// Without so much address space the program ends, as it does in the allocator.
    pub(super) fn zeroed(length: usize) -> Self {
        const { assert!(align_of::<T>() <= 4096 && size_of::<T>() > 0) };
        let layout = Layout::array::<T>(length).expect("limits are of 32 bits");
        let map = MmapMut::map_anon(layout.size().max(1));
        let map = map.unwrap_or_else(|_| handle_alloc_error(layout));
        Self { map, length, records: PhantomData }
    }
}

impl<T: Pod> Deref for Records<T> {
    type Target = [T];

    #[inline(always)]
    fn deref(&self) -> &[T] {
        // SAFETY: the mapping begins at a page, is at least so long, lives as long as `self`, and
        // any bytes are a record.
        unsafe { std::slice::from_raw_parts(self.map.as_ptr().cast(), self.length) }
    }
}

impl<T: Pod> DerefMut for Records<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as above, and `self` is borrowed exclusively.
        unsafe { std::slice::from_raw_parts_mut(self.map.as_mut_ptr().cast(), self.length) }
    }
}

/// Asks for the line of `place`; nothing on processors other than x86-64.
#[inline(always)]
pub(super) fn prefetch<T>(place: &T) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch changes nothing and faults nowhere, and the place is a live reference.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(place).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = place;
}

/// Writes zeros, before which it asks the system for large pages: random places of a table of
/// hundreds of megabytes miss the processor's small table of pages on nearly every access.
pub(super) fn touch<T: Pod>(items: &mut [T]) {
    let items = bytemuck::cast_slice_mut::<T, u8>(items);
    let start = items.as_ptr().align_offset(LARGE_PAGE).min(items.len());
    let length = (items.len() - start) / LARGE_PAGE * LARGE_PAGE;
    if length > 0 {
        let range = &mut items[start..start + length];
        // SAFETY: the range is whole pages of a live, exclusive borrow, and this advice changes
        // no content. That it may be refused is why the result does not matter.
        unsafe { libc::madvise(range.as_mut_ptr().cast(), length, libc::MADV_HUGEPAGE) };
    }
    items.fill(0);
}

const LARGE_PAGE: usize = 2 << 20;
