//! Asking for a cache line before it is needed.
#![allow(unsafe_code)] // The intrinsic takes any address.

/// Asks for the line of `target`, about to be written. Only a hint: compiled for processors that
/// may lack `prfchw`, it asks for the line to be read.
#[cfg(all(target_arch = "x86_64", not(loom)))]
#[inline(always)]
pub(super) fn for_write<T>(target: *const T) {
    use std::arch::x86_64::{_MM_HINT_ET0, _mm_prefetch};
    // SAFETY: a prefetch reads and writes nothing that the program can see, at any address.
    unsafe { _mm_prefetch::<_MM_HINT_ET0>(target.cast()) };
}

/// Asks for the line of `target`, about to be read. Only a hint.
#[cfg(all(target_arch = "x86_64", not(loom)))]
#[inline(always)]
pub(super) fn for_read<T>(target: *const T) {
    use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
    // SAFETY: a prefetch reads and writes nothing that the program can see, at any address.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(target.cast()) };
}

/// Elsewhere there is no stable way to ask.
#[cfg(not(all(target_arch = "x86_64", not(loom))))]
#[inline(always)]
pub(super) fn for_write<T>(_target: *const T) {}

/// Elsewhere there is no stable way to ask.
#[cfg(not(all(target_arch = "x86_64", not(loom))))]
#[inline(always)]
pub(super) fn for_read<T>(_target: *const T) {}
