//! Sleeping until a position is reached, without a wake-up ever being lost.
//!
//! A sleeper states the position it waits for, so a stage that gathers a batch of 64 is woken
//! once and not 64 times. The order of steps is what makes it right:
//!
//! ```text
//! sleeper, holding the lock                mover
//!   alarm = wanted position                  position.store(new)
//!   fence                                    fence
//!   look at the position again               alarm <= new ?  -> disarm, lock, notify
//!   still not there: wait (frees the lock)
//! ```
//!
//! Of the two fences one comes first: either the sleeper's second look sees the new position, or
//! the mover sees the alarm. And a mover that has seen the alarm takes the lock before it
//! notifies, so it cannot notify between the second look and the wait.

use std::time::Duration;

use crossbeam_utils::CachePadded;

use crate::sync::{self, Arc, AtomicU64, Condvar, Mutex, fence, ord};
use std::sync::atomic::Ordering::Relaxed;

/// Where a thread sleeps, or several that are woken together.
#[derive(Debug)]
pub(crate) struct Parker {
    lock: Mutex<()>,
    woken: Condvar,
}

impl Parker {
    pub(crate) fn new() -> Self {
        Self { lock: Mutex::new(()), woken: Condvar::new() }
    }

    /// Sleeps until woken, at most `limit`, unless `still_idle` says no.
    ///
    /// `still_idle` must first set the sleeper's alarms and then look, once more, at everything
    /// that could make it get up. Returns early at times: look again.
    pub(crate) fn sleep(&self, limit: Option<Duration>, still_idle: impl FnOnce() -> bool) {
        let guard = sync::lock(&self.lock);
        if still_idle() {
            drop(sync::wait(&self.woken, guard, limit));
        }
    }

    pub(crate) fn wake(&self) {
        // Passing through the lock waits for a sleeper that is between its look and its wait.
        drop(sync::lock(&self.lock));
        self.woken.notify_all(); // one thread sleeps here, or all the producers of a ring
    }
}

/// The position a sleeper waits for.
#[derive(Debug)]
pub(crate) struct Alarm {
    at: CachePadded<AtomicU64>,
    parker: Arc<Parker>,
}

/// No position reaches it but that of a reader that left, and then a spurious wake-up is harmless.
const UNSET: u64 = u64::MAX;

impl Alarm {
    pub(crate) fn new(parker: Arc<Parker>) -> Self {
        Self { at: CachePadded::new(AtomicU64::new(UNSET)), parker }
    }

    /// Asks to be woken at `position`. Look at the position again after this, before the wait.
    pub(crate) fn set(&self, position: u64) {
        self.at.store(position, Relaxed);
        fence(ord::sleep()); // pairs with the fence in `Cursor::announce`
    }

    /// As `set`, for an alarm that several sleepers share, with one parker. It stays set until it
    /// is rung: who clears it might clear another's.
    pub(crate) fn set_earliest(&self, position: u64) {
        self.at.fetch_min(position, Relaxed);
        fence(ord::sleep()); // pairs with the fence in `Bell::announce`
    }

    pub(crate) fn clear(&self) {
        self.at.store(UNSET, Relaxed);
    }

    /// Wakes the sleeper if it waits for `position` or an earlier one.
    #[inline]
    pub(crate) fn ring_if_due(&self, position: u64) {
        if self.at.load(Relaxed) <= position {
            self.ring();
        }
    }

    #[cold]
    fn ring(&self) {
        // Disarming spares the following moves the lock. It may undo an alarm that was set anew
        // meanwhile, but then the wake comes after that sleeper's wait has begun, as it takes the
        // lock under which the alarm was set; and who is woken looks, and sets it, again.
        self.at.store(UNSET, Relaxed);
        self.parker.wake();
    }
}
