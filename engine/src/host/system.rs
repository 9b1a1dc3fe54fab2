//! The system calls of Linux, each behind a function that cannot be misused.
#![allow(unsafe_code)] // Calls into libc.

use std::collections::BTreeSet;
use std::io::{Error, Result};
use std::mem::{size_of, zeroed};
use std::ops::Range;

use super::report::Policy;
use crate::sync::{self, Mutex, OnceLock};

/// A thread as the system names it.
pub(crate) type Tid = u32;

/// What `prlimit` calls RLIMIT_RTTIME, in microseconds of processor time: first a signal, then
/// the end of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RealTimeLimit {
    pub(crate) signal: u64,
    pub(crate) kill: u64,
}

/// No such limit.
pub(crate) const UNLIMITED: u64 = libc::RLIM_INFINITY;

/// Children of a thread with this flag start out without its priority.
const RESET_ON_FORK: libc::c_int = libc::SCHED_RESET_ON_FORK;

fn check(outcome: libc::c_int) -> Result<()> {
    if outcome == 0 { Ok(()) } else { Err(Error::last_os_error()) }
}

/// The calling thread.
pub(crate) fn current() -> Tid {
    // SAFETY: it has no arguments and cannot fail.
    let tid = unsafe { libc::gettid() };
    tid.cast_unsigned()
}

/// Binds the calling thread to a core.
pub(crate) fn pin(core: usize) -> Result<()> {
    if core >= libc::CPU_SETSIZE as usize {
        return Err(Error::from_raw_os_error(libc::EINVAL));
    }
    // SAFETY: a set of cores is plain bits, and none of them set is the empty set.
    let mut cores: libc::cpu_set_t = unsafe { zeroed() };
    // SAFETY: `core` was checked to lie within the set.
    unsafe { libc::CPU_SET(core, &mut cores) };
    // SAFETY: the set is as large as we say; 0 is the calling thread.
    check(unsafe { libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &raw const cores) })
}

/// The cores that a thread may use.
pub(crate) fn allowed(thread: Tid) -> Result<BTreeSet<usize>> {
    // SAFETY: as in `pin`.
    let mut cores: libc::cpu_set_t = unsafe { zeroed() };
    let size = size_of::<libc::cpu_set_t>();
    // SAFETY: the set is as large as we say, and ours to write.
    check(unsafe { libc::sched_getaffinity(thread.cast_signed(), size, &raw mut cores) })?;
    // SAFETY: only numbers below the size of the set are asked for.
    let holds = |&core: &usize| unsafe { libc::CPU_ISSET(core, &cores) };
    Ok((0..libc::CPU_SETSIZE as usize).filter(holds).collect())
}

/// Gives a thread of ours the real-time priority `level`, which its own children do not inherit.
pub(crate) fn raise(thread: Tid, level: u8) -> Result<()> {
    set_policy(thread, libc::SCHED_FIFO, level.into())
}

/// Takes a thread's real-time priority away. May be called by a signal handler.
pub(crate) fn demote(thread: Tid) -> Result<()> {
    // The flag stays: without privileges it can be set but not cleared.
    set_policy(thread, libc::SCHED_OTHER, 0)
}

fn set_policy(thread: Tid, policy: libc::c_int, level: libc::c_int) -> Result<()> {
    let level = libc::sched_param { sched_priority: level };
    let policy = policy | RESET_ON_FORK;
    // SAFETY: reads `level`, which outlives the call.
    check(unsafe { libc::sched_setscheduler(thread.cast_signed(), policy, &raw const level) })
}

/// How a thread is scheduled.
pub(crate) fn policy(thread: Tid) -> Result<Policy> {
    // SAFETY: takes a number and touches no memory.
    let policy = unsafe { libc::sched_getscheduler(thread.cast_signed()) };
    if policy < 0 {
        return Err(Error::last_os_error());
    }
    let mut level = libc::sched_param { sched_priority: 0 };
    // SAFETY: writes `level`, which is ours.
    check(unsafe { libc::sched_getparam(thread.cast_signed(), &raw mut level) })?;
    Ok(match policy & !RESET_ON_FORK {
        libc::SCHED_OTHER => Policy::Normal,
        libc::SCHED_FIFO => Policy::Fifo { level: level.sched_priority.clamp(0, 99) as u8 },
        _ => Policy::Other,
    })
}

/// The process's limit on uninterrupted processor time under a real-time priority.
pub(crate) fn real_time_limit() -> Result<RealTimeLimit> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: writes `limit`, which is ours.
    check(unsafe { libc::getrlimit(libc::RLIMIT_RTTIME, &raw mut limit) })?;
    Ok(RealTimeLimit { signal: limit.rlim_cur, kill: limit.rlim_max })
}

/// Sets that limit.
pub(crate) fn limit_real_time(limit: RealTimeLimit) -> Result<()> {
    let limit = libc::rlimit { rlim_cur: limit.signal, rlim_max: limit.kill };
    // SAFETY: reads `limit`, which outlives the call.
    check(unsafe { libc::setrlimit(libc::RLIMIT_RTTIME, &raw const limit) })
}

/// Asks for huge pages where these addresses are next populated, and by and by where they are.
pub(crate) fn advise_huge_pages(addresses: &Range<usize>) -> Result<()> {
    advise(addresses, libc::MADV_HUGEPAGE)
}

/// Moves what lies at these addresses to huge pages, now. Linux 6.1 and later.
pub(crate) fn collapse(addresses: &Range<usize>) -> Result<()> {
    advise(addresses, libc::MADV_COLLAPSE)
}

fn advise(addresses: &Range<usize>, advice: libc::c_int) -> Result<()> {
    let start = std::ptr::without_provenance_mut(addresses.start);
    // SAFETY: neither advice changes what the memory holds, whatever lies at the addresses.
    check(unsafe { libc::madvise(start, addresses.len(), advice) })
}

/// Keeps these addresses in memory, until they are given back to the system.
pub(crate) fn lock(addresses: &Range<usize>) -> Result<()> {
    // SAFETY: locking changes nothing that the memory holds, whatever lies at the addresses.
    check(unsafe { libc::mlock(std::ptr::without_provenance(addresses.start), addresses.len()) })
}

/// Lets sleeps of the calling thread end when asked, not when it suits the system: by default it
/// may add 50 us to each in order to wake several threads at once (PR_SET_TIMERSLACK in prctl(2)).
pub(crate) fn sharpen_timers() {
    const NANOSECOND: libc::c_ulong = 1;
    // SAFETY: this option takes a number, touches no memory and cannot fail.
    unsafe { libc::prctl(libc::PR_SET_TIMERSLACK, NANOSECOND) };
}

/// Runs `rescue` when the process gets the signal that a limit on processor time was exceeded. If
/// it returns false, the signal was not for us: whoever handled it before gets it.
///
/// `rescue` must do nothing that a signal handler must not.
pub(crate) fn on_cpu_time_signal(rescue: fn() -> bool) -> Result<()> {
    static INSTALLED: Mutex<bool> = Mutex::new(false);
    let mut installed = sync::lock(&INSTALLED);
    if *installed {
        return Ok(());
    }
    // SAFETY: all zeros are a valid value: no handler, no flags, an empty mask.
    let mut before: libc::sigaction = unsafe { zeroed() };
    // SAFETY: only asks; writes `before`, which is ours.
    check(unsafe { libc::sigaction(libc::SIGXCPU, std::ptr::null(), &raw mut before) })?;
    // What it needs must be there before the handler is. A second try sets the same values.
    BEFORE.get_or_init(|| before);
    RESCUE.get_or_init(|| rescue);
    // SAFETY: as above.
    let mut ours: libc::sigaction = unsafe { zeroed() };
    ours.sa_sigaction = on_signal as *const () as usize;
    ours.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART;
    // SAFETY: the handler has the signature that SA_SIGINFO asks for and is async-signal-safe.
    check(unsafe { libc::sigaction(libc::SIGXCPU, &raw const ours, std::ptr::null_mut()) })?;
    *installed = true;
    Ok(())
}

static RESCUE: OnceLock<fn() -> bool> = OnceLock::new();
static BEFORE: OnceLock<libc::sigaction> = OnceLock::new();

extern "C" fn on_signal(
    signal: libc::c_int,
    info: *mut libc::siginfo_t,
    context: *mut libc::c_void,
) {
    // SAFETY: it has no arguments and cannot fail.
    let errno = unsafe { libc::__errno_location() };
    // SAFETY: points to the errno of the calling thread, which the interrupted code may be using.
    let kept = unsafe { errno.read() };
    if !RESCUE.get().is_some_and(|rescue| rescue()) {
        pass_on(signal, info, context);
    }
    // SAFETY: as above.
    unsafe { errno.write(kept) };
}

fn pass_on(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    type Plain = extern "C" fn(libc::c_int);
    type Informed = extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void);
    let Some(before) = BEFORE.get() else { return };
    match before.sa_sigaction {
        libc::SIG_IGN => {}
        libc::SIG_DFL => {
            // SAFETY: sets the default action, which ends the process when the signal comes again.
            unsafe { libc::signal(signal, libc::SIG_DFL) };
            // SAFETY: takes a number; the signal comes when this handler returns.
            unsafe { libc::raise(signal) };
        }
        handler if before.sa_flags & libc::SA_SIGINFO != 0 => {
            // SAFETY: whoever installed it said by this flag that it is such a function.
            let handler = unsafe { std::mem::transmute::<usize, Informed>(handler) };
            handler(signal, info, context);
        }
        handler => {
            // SAFETY: without the flag it is a function of the signal alone.
            let handler = unsafe { std::mem::transmute::<usize, Plain>(handler) };
            handler(signal);
        }
    }
}
