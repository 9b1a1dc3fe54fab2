//! The only door to shared-memory primitives.
//!
//! The engine builds on the standard library's types. Under `cfg(loom)`, which only the crate
//! `loom-tests` sets and only for itself, the same names are loom's, so that the protocol that
//! ships is the protocol that is explored. Nothing else in the engine names an atomic type.
//!
//! Reference counts and write-once wiring are no part of the protocol: `Arc` and `OnceLock` are
//! the standard library's in both builds.

#[cfg(race_detector)]
#[path = "sync/seen.rs"] // so that the models find it too
mod seen;

pub(crate) use std::sync::{Arc, OnceLock};

#[cfg(not(loom))]
pub(crate) use std::sync::atomic::{AtomicU32, AtomicU64, fence};

#[cfg(not(any(loom, race_detector)))]
pub(crate) use std::sync::{Condvar, Mutex, MutexGuard};

#[cfg(race_detector)]
pub(crate) use seen::{Condvar, Mutex, lock, wait};

#[cfg(loom)]
pub(crate) use loom::sync::{
    Condvar, Mutex, MutexGuard,
    atomic::{AtomicU32, AtomicU64},
};

use std::marker::PhantomData;
#[cfg(not(race_detector))]
use std::sync::PoisonError;
#[cfg(not(race_detector))]
use std::time::Duration;

/// Locks, whatever happened to the threads that held the lock before: what the engine guards by
/// a lock is never left half changed.
#[cfg(not(race_detector))]
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits until notified or, if a limit is given, for that long at most; spurious returns happen.
#[cfg(not(any(loom, race_detector)))]
pub(crate) fn wait<'a, T>(
    condvar: &Condvar,
    guard: MutexGuard<'a, T>,
    limit: Option<Duration>,
) -> MutexGuard<'a, T> {
    match limit {
        None => condvar.wait(guard).unwrap_or_else(PoisonError::into_inner),
        Some(limit) => condvar.wait_timeout(guard, limit).unwrap_or_else(PoisonError::into_inner).0,
    }
}

/// The model ignores the limit, so that a lost wake-up is a deadlock and no timer hides it.
#[cfg(loom)]
pub(crate) fn wait<'a, T>(
    condvar: &Condvar,
    guard: MutexGuard<'a, T>,
    _limit: Option<Duration>,
) -> MutexGuard<'a, T> {
    condvar.wait(guard).unwrap_or_else(PoisonError::into_inner)
}

/// The cache line of something that others write, for a processor that can watch one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'a> {
    address: *const (),
    _valid: PhantomData<&'a ()>,
}

impl<'a> Line<'a> {
    pub(crate) fn of<T>(word: &'a T) -> Self {
        Self { address: std::ptr::from_ref(word).cast(), _valid: PhantomData }
    }

    /// Valid for reads for as long as the borrow lasts.
    pub(crate) fn address(self) -> *const () {
        self.address
    }
}

/// A fence of the model. One that was weakened is none at all.
#[cfg(loom)]
pub(crate) fn fence(order: std::sync::atomic::Ordering) {
    if order != std::sync::atomic::Ordering::Relaxed {
        loom::sync::atomic::fence(order);
    }
}

/// Every memory ordering of the protocol by its name.
///
/// A model can weaken one of them and must then fail: that is what shows the ordering is needed
/// and the model sees it.
pub(crate) mod ord {
    use std::sync::atomic::Ordering;

    macro_rules! orderings {
        ($($(#[$doc:meta])* $name:ident = $order:ident;)*) => {$(
            $(#[$doc])*
            #[cfg(not(loom))]
            #[inline(always)]
            pub(crate) const fn $name() -> Ordering {
                Ordering::$order
            }
            $(#[$doc])*
            #[cfg(loom)]
            pub(crate) fn $name() -> Ordering {
                weaken::resolve(stringify!($name), Ordering::$order)
            }
        )*
            /// All the names, for the models to weaken one after the other.
            #[cfg(loom)]
            pub(crate) const NAMES: &[&str] = &[$(stringify!($name)),*];
        };
    }

    orderings! {
        /// The producer moves the head: its slots become visible. Pairs with `observe`.
        publish = Release;
        /// A reader loads an upstream position. Pairs with `publish` and `release`.
        observe = Acquire;
        /// A reader moves its own position: done with the slots. Pairs with `gate` and `observe`.
        release = Release;
        /// The producer loads a reader's position before it writes a slot again.
        gate = Acquire;
        /// A change of phase, after the last publication. Pairs with `phase`.
        end = Release;
        /// A load of the phase. Pairs with `end`.
        phase = Acquire;
        /// The writer marks the copy of the newest event as being overwritten; the slots before it
        /// stay visible. Pairs with `observe`.
        reopen = Release;
        /// Fence between the mark that words are being overwritten and what goes there. Pairs with
        /// `recheck`.
        overwrite = Release;
        /// Fence between copying words and the second look at their stamp. Pairs with `overwrite`.
        recheck = Acquire;
        /// A worker claims events that it has seen. Pairs with `claimed`.
        claim = Release;
        /// A worker reads how far events are claimed, before it looks upstream. Pairs with `claim`.
        claimed = Acquire;
        /// One of several producers is gone; the last one closes the ring. Pairs with itself.
        depart = AcqRel;
        /// Fence after a tally is marked as changing, before it does. Pairs with `reread_tally`.
        tally = Release;
        /// The changed tally is marked as whole. Pairs with `read_tally`.
        tallied = Release;
        /// Load of a tally's mark before it is copied. Pairs with `tallied`.
        read_tally = Acquire;
        /// Fence after a tally was copied, before its mark is looked at again. Pairs with `tally`.
        reread_tally = Acquire;
        /// Fence between moving a position and looking for sleepers. Pairs with `sleep`.
        wake = SeqCst;
        /// Fence between setting an alarm and looking at positions again. Pairs with `wake`.
        sleep = SeqCst;
        /// Fence between joining the gates and looking at what is published. Pairs with `refresh`.
        attach = SeqCst;
        /// Fence between publishing and looking at the gates. Pairs with `attach`.
        refresh = SeqCst;
    }

    /// Lets a model weaken one ordering by name.
    #[cfg(loom)]
    pub(crate) mod weaken {
        use std::cell::Cell;
        use std::sync::atomic::Ordering;

        // All of a model's threads run on the one thread of its test.
        thread_local!(static WEAKENED: Cell<Option<&'static str>> = const { Cell::new(None) });

        /// Weakens the named ordering until the guard is dropped.
        #[must_use]
        pub(crate) fn weaken(name: &'static str) -> Guard {
            WEAKENED.set(Some(name));
            Guard
        }

        /// Restores the ordering.
        #[derive(Debug)]
        pub(crate) struct Guard;

        impl Drop for Guard {
            fn drop(&mut self) {
                WEAKENED.set(None);
            }
        }

        pub(super) fn resolve(name: &str, order: Ordering) -> Ordering {
            if WEAKENED.get() != Some(name) {
                return order;
            }
            // Sequential consistency is more than acquiring and releasing: take that alone away.
            if order == Ordering::SeqCst { Ordering::AcqRel } else { Ordering::Relaxed }
        }
    }
}

/// Reports reads and writes of plain memory to the race detector of the model; free otherwise.
///
/// One entry for each slot. The slots themselves stay ordinary contiguous memory in both builds.
#[cfg(not(loom))]
#[derive(Debug)]
pub(crate) struct AccessLog;

/// A read or write in progress.
#[cfg(not(loom))]
#[derive(Debug)]
pub(crate) struct Access;

#[cfg(not(loom))]
impl AccessLog {
    pub(crate) const fn new(_slots: usize) -> Self {
        Self
    }

    #[inline(always)]
    pub(crate) const fn read(&self, _first: u64, _len: usize) -> Access {
        Access
    }

    #[inline(always)]
    pub(crate) const fn write(&self, _first: u64, _len: usize) -> Access {
        Access
    }
}

#[cfg(loom)]
pub(crate) use log::{Access, AccessLog};

#[cfg(loom)]
mod log {
    use loom::cell::{ConstPtr, MutPtr, UnsafeCell};

    #[derive(Debug)]
    pub(crate) struct AccessLog(Box<[UnsafeCell<()>]>);

    /// Held for as long as the slots are borrowed.
    #[derive(Debug)]
    #[expect(dead_code, reason = "the guards act when they are dropped")]
    pub(crate) enum Access {
        Read(Vec<ConstPtr<()>>),
        Write(Vec<MutPtr<()>>),
    }

    impl AccessLog {
        pub(crate) fn new(slots: usize) -> Self {
            Self((0..slots).map(|_| UnsafeCell::new(())).collect())
        }

        pub(crate) fn read(&self, first: u64, len: usize) -> Access {
            Access::Read(self.slots(first, len).map(UnsafeCell::get).collect())
        }

        pub(crate) fn write(&self, first: u64, len: usize) -> Access {
            Access::Write(self.slots(first, len).map(UnsafeCell::get_mut).collect())
        }

        fn slots(&self, first: u64, len: usize) -> impl Iterator<Item = &UnsafeCell<()>> {
            (first..first + len as u64).map(|sequence| &self.0[sequence as usize % self.0.len()])
        }
    }
}
