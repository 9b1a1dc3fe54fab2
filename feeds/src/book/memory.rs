//! What the processor and the system are told about memory.

#![allow(unsafe_code)] // A prefetch is offered for raw pointers only, advice as a system call.

use bytemuck::Pod;

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
