//! When a batch is closed: by count, by time, because the ring fills up, or at the end.
//!
//! The events stay in the ring meanwhile; only the decision is made here, from counts and a
//! clock that are handed in. Knows no ring and no thread. Where events are held back, it also
//! records for how long.

mod added_delay;
mod poll_groups;

use std::time::{Duration, Instant};

pub use added_delay::AddedDelay;

use crate::batch::BatchCause;
use poll_groups::PollGroups;

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
    /// Events behind the producer at which the ring counts as filling up.
    pressure: usize,
    /// `None` with natural batching, which holds nothing back.
    gathering: Option<Gathering>,
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
    /// Allocates all it will need.
    pub(crate) fn new(coalesce: Coalesce, capacity: usize) -> Self {
        let Coalesce { max_events, interval } = coalesce;
        Self {
            max_events,
            pressure: capacity - capacity / 4,
            gathering: (!interval.is_zero()).then(|| Gathering::new(interval)),
        }
    }

    /// The number of events that certainly closes the batch.
    pub(crate) fn target(&self) -> usize {
        self.max_events.min(self.pressure)
    }

    /// Whether it holds events back.
    pub(crate) fn gathers(&self) -> bool {
        self.gathering.is_some()
    }

    /// The delay added to the events delivered so far; `None` with natural batching.
    pub(crate) fn into_added_delay(self) -> Option<AddedDelay> {
        self.gathering.map(|gathering| gathering.added)
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
        let Some(gathering) = &mut self.gathering else {
            return if pending < self.max_events {
                Decision::Deliver(pending, BatchCause::Available)
            } else {
                Decision::Deliver(self.max_events, BatchCause::Count)
            };
        };
        let now = now();
        let until = gathering.look(pending, now);
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
        gathering.deliver(len, pending, now);
        Decision::Deliver(len, cause)
    }
}

/// Events that are held back, and what that costs them.
#[derive(Debug)]
struct Gathering {
    interval: Duration,
    /// When the first undelivered event was first seen.
    opened: Option<Instant>,
    /// The last look at the ring since the last delivery.
    looked: Option<Instant>,
    groups: PollGroups,
    added: AddedDelay,
}

impl Gathering {
    fn new(interval: Duration) -> Self {
        Self {
            // Far enough for anybody, near enough to be added to any time.
            interval: interval.min(Duration::from_secs(86_400)),
            opened: None,
            looked: None,
            groups: PollGroups::new(),
            added: AddedDelay::new(),
        }
    }

    /// There are `pending` events now; until when they may wait.
    fn look(&mut self, pending: usize, now: Instant) -> Instant {
        // What was not there at the last look may have come right after it.
        let since = self.looked.replace(now).unwrap_or(now);
        self.groups.find(pending, since);
        *self.opened.get_or_insert(now) + self.interval
    }

    /// The first `len` of the `pending` events are handed over.
    fn deliver(&mut self, len: usize, pending: usize, now: Instant) {
        self.opened = (len < pending).then_some(now);
        // What comes while the handler is at work cannot be seen before it is done.
        self.looked = None;
        self.groups.leave(len, now, |delay, events| self.added.record(delay, events));
    }
}

#[cfg(test)]
mod tests;
