//! Locks for the race detector, which must see every step by which one thread waits for another.
//!
//! The standard library comes without instrumentation: where a thread waits inside it, for a lock
//! or a notification, the detector misses the order that this makes and reports what the lock
//! guards. So under the detector nobody waits there: a lock is tried until it is free, and who
//! waits to be notified gives it up for a moment and looks again.

use std::ops::{Deref, DerefMut};
use std::sync::{self, TryLockError};
use std::thread;
use std::time::Duration;

/// How long the lock is given up at a time.
const MOMENT: Duration = Duration::from_micros(100);

#[derive(Debug)]
pub(crate) struct Mutex<T>(sync::Mutex<T>);

#[derive(Debug)]
pub(crate) struct MutexGuard<'a, T> {
    mutex: &'a Mutex<T>,
    guard: sync::MutexGuard<'a, T>,
}

/// Nobody waits on it, so nobody need be woken.
#[derive(Debug)]
pub(crate) struct Condvar;

impl<T> Mutex<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(sync::Mutex::new(value))
    }
}

impl Condvar {
    pub(crate) const fn new() -> Self {
        Self
    }

    pub(crate) fn notify_all(&self) {}
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.guard
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.guard
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    loop {
        match mutex.0.try_lock() {
            Ok(guard) => return MutexGuard { mutex, guard },
            Err(TryLockError::Poisoned(poisoned)) => {
                return MutexGuard { mutex, guard: poisoned.into_inner() };
            }
            Err(TryLockError::WouldBlock) => thread::yield_now(),
        }
    }
}

pub(crate) fn wait<'a, T>(
    _condvar: &Condvar,
    guard: MutexGuard<'a, T>,
    limit: Option<Duration>,
) -> MutexGuard<'a, T> {
    let MutexGuard { mutex, guard } = guard;
    drop(guard);
    thread::sleep(limit.map_or(MOMENT, |limit| limit.min(MOMENT)));
    lock(mutex)
}
