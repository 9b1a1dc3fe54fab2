//! Reading events on a thread of one's own.

use std::fmt;

use crate::batch::{Batch, BatchCause};
use crate::error::PollError;
use crate::ring::{Phase, Tap};

/// A reader without a stage: its owner asks for events when it suits.
///
/// It holds the producer back like any stage, until it is dropped.
pub struct Poller<E> {
    tap: Tap<E>,
}

impl<E> Poller<E> {
    pub(crate) fn new(tap: Tap<E>) -> Self {
        Self { tap }
    }

    /// Reads up to `limit` events, if there are any, and returns what `read` made of them; `None`
    /// if there are none at the moment. Never waits.
    ///
    /// The events are released when `read` returns; if it panics, they will be read again.
    ///
    /// # Errors
    /// If there will be no more events: the producer is gone and all of them were read, or the
    /// pipeline was halted or failed.
    ///
    /// # Panics
    /// If `limit` is zero.
    #[inline]
    pub fn poll<R>(
        &mut self,
        limit: usize,
        read: impl FnOnce(&Batch<'_, E>) -> R,
    ) -> Result<Option<R>, PollError> {
        assert!(limit > 0, "a poll of 0 events would never see any");
        let reader = self.tap.reader_mut();
        let pending = reader.available();
        if pending == 0 {
            return self.why_empty().map(|()| None);
        }
        let len = pending.min(limit);
        let cause = if len < limit { BatchCause::Available } else { BatchCause::Count };
        let result = if let Some(event) = reader.newest() {
            read(&Batch::new(reader.next(), &[event], &[], cause))
        } else {
            let view = reader.view(len);
            read(&Batch::new(reader.next(), view.front, view.back, cause))
        };
        reader.release(len);
        Ok(Some(result))
    }

    /// Whether a poll would find an event.
    #[inline]
    pub fn has_available(&mut self) -> bool {
        self.tap.reader_mut().available() > 0
    }

    #[inline]
    fn why_empty(&self) -> Result<(), PollError> {
        let reader = self.tap.reader();
        match reader.lifecycle().phase() {
            Phase::Open => Ok(()),
            Phase::Closed if reader.has_ended() => Err(PollError::Closed),
            Phase::Closed => Ok(()),
            Phase::Halted | Phase::Poisoned => {
                Err(reader.lifecycle().failure().map_or(PollError::Closed, PollError::Poisoned))
            }
        }
    }
}

impl<E> fmt::Debug for Poller<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Poller").field("read", &self.tap.reader().next()).finish_non_exhaustive()
    }
}
