//! The system calls, each behind a function that cannot be misused.
#![allow(unsafe_code)] // Calls into libc.

/// Lets sleeps of the calling thread end when asked, not when it suits the system: by default it
/// may add 50 us to each in order to wake several threads at once (PR_SET_TIMERSLACK in prctl(2)).
///
/// Harmless where the system has no such setting.
pub(crate) fn sharpen_timers() {
    const NANOSECOND: libc::c_ulong = 1;
    #[cfg(target_os = "linux")]
    // SAFETY: this option takes a number, touches no memory and cannot fail.
    unsafe {
        libc::prctl(libc::PR_SET_TIMERSLACK, NANOSECOND);
    }
}
