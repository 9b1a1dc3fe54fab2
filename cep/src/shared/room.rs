//! Room for what the next event may add, where the newest gives way or matching stops.
//!
//! Nodes and bound events are overwritten in their order, so there is room if the oldest are of no
//! use to any match. Once they are, they stay so: nothing is looked at twice.
//!
//! An event without room still ends what it ends and completes what it completes. What it binds
//! is written behind the newest nodes, where room for one event is always left, and is taken back
//! when its matches are out.

use bytemuck::Pod;

use super::{Bound, SharedMatcher};
use crate::overflow::Overflow;

/// The most that one event adds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Most {
    /// Nodes of bound events.
    pub(super) binds: usize,
    /// All nodes.
    pub(super) nodes: usize,
    /// Bound events.
    pub(super) events: usize,
}

impl Most {
    /// Fewest nodes and events to be kept, so that there is room to begin with.
    pub(super) fn fewest(self) -> (usize, usize) {
        (4 * (self.nodes + self.binds), 4 * self.events)
    }
}

/// What was there before an event that nothing is kept of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Before {
    node: u64,
    event: u64,
}

impl<E: Pod> SharedMatcher<E> {
    /// Is there room for all that `event` may add?
    ///
    /// An event without room is refused with [`Overflow::Stop`]: it is counted, and nothing else
    /// changes. With [`Overflow::DropNewest`] nothing is kept of it. Always true with
    /// [`Overflow::DropOldest`].
    pub fn has_room(&mut self, event: &E) -> bool {
        self.lacks(event).is_none()
    }

    /// The limit that has no room for all that `event` may add.
    pub(super) fn lacks(&mut self, event: &E) -> Option<&'static str> {
        if self.overflow == Overflow::DropOldest {
            return None;
        }
        // Windows that count events of several keys are refused with these policies.
        let (_, oldest) = self.scope.window(event, self.partitions[0].events);
        let needed = self.scope.needed(oldest);
        self.arena.needed = needed;
        let Most { binds, nodes, events } = self.most;
        let scope = &self.scope;
        let start = |bound: &Bound<E>| scope.window(&bound.event, bound.position).0;
        if !self.arena.has_room(nodes + binds) {
            return Some("nodes");
        }
        let has_room = self.ring.has_room(2 * events, |bound| start(bound) >= needed);
        (!has_room).then_some("events")
    }

    /// Refuses the event in hand.
    pub(super) fn refuse(&mut self, limit: &'static str) {
        self.counts.events_refused += 1;
        self.refusal = Some(limit);
    }

    /// The limit for want of which the last event was refused, if it was.
    #[inline]
    pub(crate) fn take_refusal(&mut self) -> Option<&'static str> {
        self.refusal.take()
    }

    /// To go back to with [`take_back`](Self::take_back).
    pub(super) fn before(&self) -> Before {
        Before { node: self.arena.head(), event: self.ring.head }
    }

    /// Forgets what was bound since; what starts at `start` or before is no longer complete.
    pub(super) fn take_back(&mut self, before: Before, start: u64) {
        self.arena.take_back(before.node);
        self.ring.head = before.event;
        self.numbers.fill(0);
        self.arena.mark(start);
        self.counts.events_dropped += 1;
    }
}
