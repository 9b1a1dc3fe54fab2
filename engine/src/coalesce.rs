//! When a batch is closed: by count, by time, because the ring fills up, or at the end.
//!
//! The events stay in the ring meanwhile; only the decision is made here, from counts and a
//! clock that are handed in. Knows no ring and no thread.

use std::time::{Duration, Instant};

use crate::batch::BatchCause;

/// How a stage gathers events into batches.
///
/// The events wait in the ring, so a batch is closed early ([`BatchCause::Capacity`]) when the stage
/// falls three quarters of a ring behind, so that the producer need not wait, and at once when the
/// producer finds no room all the same: for a large claim, or because a stage that follows others
/// slept while the ring filled up. A batch is never held against a waiting producer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coalesce {
    /// A batch of this many events is closed at once.
    pub max_events: usize,
    /// How long the first event of a batch waits, from when the stage could see it; zero takes
    /// what there is (natural batching). Events left over from a full batch wait from then on.
    pub interval: Duration,
}

/// The batch in the making.
#[derive(Debug)]
pub(crate) struct Coalescer {
    max_events: usize,
    interval: Duration,
    /// Events behind the producer at which the ring counts as filling up.
    pressure: usize,
    /// When the first undelivered event was first seen.
    opened: Option<Instant>,
}

/// What to do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Deliver that many events.
    Deliver(usize, BatchCause),
    /// Wait for more events, until this time at most.
    Hold(Instant),
    /// There is nothing.
    Nothing,
}

impl Coalescer {
    pub(crate) fn new(coalesce: Coalesce, capacity: usize) -> Self {
        Self {
            max_events: coalesce.max_events,
            // Far enough for anybody, near enough to be added to any time.
            interval: coalesce.interval.min(Duration::from_secs(86_400)),
            pressure: capacity - capacity / 4,
            opened: None,
        }
    }

    /// The number of events that certainly closes the batch.
    pub(crate) fn target(&self) -> usize {
        self.max_events.min(self.pressure)
    }

    /// Decides over `pending` events. `closed` says that the producer is gone, `pressed` whether
    /// the stage is that many events behind the producer, or makes it wait; `pressed` and `now`
    /// are asked only where it matters.
    #[inline]
    pub(crate) fn decide(
        &mut self,
        pending: usize,
        closed: bool,
        pressed: impl FnOnce(usize) -> bool,
        now: impl FnOnce() -> Instant,
    ) -> Decision {
        if pending == 0 {
            return Decision::Nothing;
        }
        if self.interval.is_zero() {
            return if pending < self.max_events {
                Decision::Deliver(pending, BatchCause::Available)
            } else {
                Decision::Deliver(self.max_events, BatchCause::Count)
            };
        }
        self.decide_timed(pending, closed, pressed, now())
    }

    fn decide_timed(
        &mut self,
        pending: usize,
        closed: bool,
        pressed: impl FnOnce(usize) -> bool,
        now: Instant,
    ) -> Decision {
        let until = *self.opened.get_or_insert(now) + self.interval;
        let cause = if pending >= self.max_events {
            BatchCause::Count
        } else if closed {
            BatchCause::Drain
        } else if now >= until {
            BatchCause::Interval
        } else if pressed(self.pressure) {
            BatchCause::Capacity
        } else {
            return Decision::Hold(until);
        };
        let len = pending.min(self.max_events);
        self.opened = (len < pending).then_some(now);
        Decision::Deliver(len, cause)
    }
}

#[cfg(test)]
mod tests;
