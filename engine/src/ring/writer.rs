//! The producer's half of the ring.
#![allow(unsafe_code)] // Writes slots; the arguments rest on the module's invariants.

use super::cursor::Cursor;
use super::front::Front;
use super::gates::Gatekeeper;
use super::lane::Lane;
use super::lifecycle::Lifecycle;
#[cfg(loom)]
use super::reader::Tap;
use super::roster::Roster;
use super::slots::ViewMut;
#[cfg(any(test, loom))]
use super::{gates::Node, reader::Reader};
use crate::sync::Arc;
use bytemuck::Pod;

/// The one writer of a ring. Dropping it closes the ring.
///
/// It never waits: whoever finds no room decides what to do. It shares no cache line with anything
/// else, as a [`Reader`](super::reader::Reader) does not.
#[repr(align(128))]
pub(crate) struct Writer<E> {
    roster: Roster<E>,
    outlet: Outlet,
    gatekeeper: Gatekeeper,
    /// Events published: a private copy of the head.
    next: u64,
    /// Sequences below this may be written: the slowest gate, when last looked at, plus capacity.
    limit: u64,
    /// The position that the writer waits, or last waited, for every reader to reach: a private
    /// copy of the demand.
    demanded: u64,
}

/// Where the published count goes.
enum Outlet {
    Cursor(Arc<Cursor>),
    Lane(Arc<Lane>),
}

impl<E: Copy + Default> Writer<E> {
    /// A ring of `capacity` slots without readers.
    ///
    /// # Panics
    /// If `capacity` is not a power of two.
    pub(crate) fn new(capacity: usize) -> Self {
        Self::with_outlet(capacity, Outlet::Cursor(Arc::new(Cursor::new())))
    }

    fn with_outlet(capacity: usize, outlet: Outlet) -> Self {
        let roster = Roster::new(capacity, outlet.front());
        let gatekeeper = roster.gatekeeper();
        Self { roster, outlet, gatekeeper, next: 0, limit: 0, demanded: 0 }
    }
}

impl<E: Copy + Default + Pod> Writer<E> {
    /// As `new`, with a copy of the newest event beside the published count.
    ///
    /// # Panics
    /// As `new`.
    pub(crate) fn inline(capacity: usize) -> Self {
        Self::with_outlet(capacity, Outlet::Lane(Arc::new(Lane::new::<E>())))
    }
}

impl<E> Writer<E> {
    /// All that the parties share, for those who join later.
    pub(crate) fn roster(&self) -> &Roster<E> {
        &self.roster
    }

    /// The cursors that hold the writer back, when last looked at.
    pub(crate) fn gates(&self) -> &[Arc<Cursor>] {
        self.gatekeeper.known()
    }

    pub(crate) fn lifecycle(&self) -> &Arc<Lifecycle> {
        self.roster.lifecycle()
    }

    pub(crate) fn capacity(&self) -> usize {
        self.roster.slots().capacity()
    }

    /// The sequence of the next event, which is the number of events published.
    #[inline]
    pub(crate) fn next(&self) -> u64 {
        self.next
    }

    /// Free slots, as far as known without another look at the readers.
    #[inline]
    pub(crate) fn room(&self) -> usize {
        (self.limit - self.next) as usize
    }

    /// Looks at the readers again and returns the free slots; all of them if every reader left.
    pub(crate) fn refresh(&mut self) -> usize {
        self.limit = self.gatekeeper.slowest(self.next) + self.capacity() as u64;
        self.room()
    }

    /// The position every reader must reach before the next `room` events fit.
    pub(crate) fn awaited(&self, room: usize) -> u64 {
        (self.next + room as u64).saturating_sub(self.capacity() as u64)
    }

    /// Tells the readers that hold events back on purpose that they keep `room` events from
    /// fitting. Costs nothing the second time.
    pub(crate) fn demand(&mut self, room: usize) {
        let awaited = self.awaited(room);
        // A larger demand that was given up is left standing: it includes the smaller one.
        if awaited > self.demanded {
            self.demanded = awaited;
            self.roster.demand().publish(awaited);
        }
    }

    /// Borrows the next `len` slots, to be written and then published by `commit`.
    ///
    /// # Panics
    /// If there is less known room.
    #[inline]
    pub(crate) fn slots_mut(&mut self, len: usize) -> ViewMut<'_, E> {
        assert!(len <= self.room(), "claimed {len} slots, {} are free", self.room());
        // SAFETY: the range is in `head .. limit` and not longer than the ring: no reader reads
        // these slots (invariants 2, 3), and the view borrows `self` mutably.
        unsafe { self.roster.slots().view_mut(self.next, len) }
    }

    /// Publishes the next `count` slots as they are.
    ///
    /// # Panics
    /// If there is less known room.
    #[inline]
    pub(crate) fn commit(&mut self, count: usize) {
        assert!(count <= self.room(), "committed {count} slots, {} are free", self.room());
        let first = self.next;
        self.next += count as u64;
        match &self.outlet {
            Outlet::Cursor(head) => head.publish(self.next),
            Outlet::Lane(lane) if count == 1 => {
                // SAFETY: written and not published: the slot is the writer's alone (invariant 1).
                let newest = unsafe { self.roster.slots().view(first, 1) };
                // SAFETY: a writer's lane is made for its events.
                unsafe { lane.publish(self.next, &newest.front[0]) };
            }
            Outlet::Lane(lane) => lane.publish_slots(self.next),
        }
    }
}

impl<E: Copy> Writer<E> {
    /// Publishes one event if there is known room, and returns its sequence.
    #[inline]
    pub(crate) fn try_push(&mut self, event: E) -> Option<u64> {
        (self.room() > 0).then(|| self.push(event))
    }

    /// Publishes one event and returns its sequence.
    ///
    /// # Panics
    /// If there is no known room.
    #[inline(always)]
    pub(crate) fn push(&mut self, event: E) -> u64 {
        let sequence = self.next;
        assert!(sequence < self.limit, "the ring is full");
        // SAFETY: `sequence` is in `head .. limit`: no reader reads this slot (invariants 2, 3),
        // and `&mut self` excludes another write.
        unsafe { self.roster.slots().write(sequence, event) };
        self.next += 1;
        match &self.outlet {
            Outlet::Cursor(head) => head.publish(self.next),
            // SAFETY: a writer's lane is made for its events.
            Outlet::Lane(lane) => unsafe { lane.publish(self.next, &event) },
        }
        sequence
    }

    /// Publishes, at once, as many of `events` as there is known room for; returns how many.
    pub(crate) fn try_fill(&mut self, events: &[E]) -> usize {
        let count = events.len().min(self.room());
        if count > 0 {
            self.slots_mut(count).copy_from(&events[..count]);
            self.commit(count);
        }
        count
    }
}

/// Shorthands for tests and models, which add their readers before anything is published.
#[cfg(any(test, loom))]
impl<E> Writer<E> {
    pub(crate) fn reader(&mut self, after: &[Node]) -> (Node, Reader<E>) {
        assert_eq!(self.next, 0, "readers are added before the first publication");
        let reader = self.roster.early(after);
        self.gatekeeper.look();
        reader
    }

    #[cfg(loom)]
    pub(crate) fn tap(&mut self, after: &[Node]) -> Tap<E> {
        assert_eq!(self.next, 0, "readers are added before the first publication");
        let tap = self.roster.tap(after).expect("a reader follows who is there");
        self.gatekeeper.look();
        tap
    }
}

impl Outlet {
    fn front(&self) -> Front {
        match self {
            Self::Cursor(head) => Front::Head(Arc::clone(head)),
            Self::Lane(lane) => Front::Lane(Arc::clone(lane)),
        }
    }
}

impl<E> Drop for Writer<E> {
    fn drop(&mut self) {
        self.lifecycle().close();
    }
}
