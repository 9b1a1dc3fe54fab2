//! Asking for a cache line before it is needed.
#![allow(unsafe_code)] // The intrinsic takes any address.

/// Asks for the line of `target`, about to be written. Only a hint.
///
/// In assembly, because the intrinsic asks for the line to be *read* unless everything is compiled
/// for processors with `prfchw`; those of x86-64 that lack it pass over the instruction.
#[cfg(all(target_arch = "x86_64", not(any(loom, miri))))]
#[inline(always)]
pub(super) fn for_write<T>(target: *const T) {
    use std::arch::asm;
    // SAFETY: a prefetch reads and writes nothing that the program can see, at any address.
    unsafe { asm!("prefetchw [{}]", in(reg) target, options(nostack, preserves_flags)) };
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
#[cfg(not(all(target_arch = "x86_64", not(any(loom, miri)))))]
#[inline(always)]
pub(super) fn for_write<T>(_target: *const T) {}

/// Elsewhere there is no stable way to ask.
#[cfg(not(all(target_arch = "x86_64", not(loom))))]
#[inline(always)]
pub(super) fn for_read<T>(_target: *const T) {}
