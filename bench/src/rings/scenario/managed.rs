//! Help for trials whose consumer runs on a thread that a library made.

use std::sync::{Arc, Mutex, PoisonError};

use super::received::Received;
use crate::rings::endpoint::Consumer;
use crate::rings::event::Event;

/// A place for one result, left by another thread when it is done: never in a timed loop.
#[derive(Debug, Default)]
pub(super) struct Shared<T>(Arc<Mutex<T>>);

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Default> Shared<T> {
    pub(super) fn set(&self, value: T) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = value;
    }

    pub(super) fn take(&self) -> T {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Counts on the library's thread, and leaves the result after the last event.
pub(super) struct Count {
    pub(super) received: Received,
    pub(super) result: Shared<Option<Received>>,
}

impl<E: Event> Consumer<E> for Count {
    #[inline]
    fn event(&mut self, event: &E) {
        self.received.event(event);
    }

    #[inline]
    fn end_of_batch(&mut self) {
        self.received.end_of_batch();
        if self.received.is_complete() {
            self.result.set(Some(self.received.clone()));
        }
    }
}
