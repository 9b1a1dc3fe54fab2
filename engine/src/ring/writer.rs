//! The producer's half of the ring. It also hands out the readers, because only it knows on whom
//! it must gate.
#![allow(unsafe_code)] // Writes slots; the arguments rest on the module's invariants.

use super::cursor::Cursor;
use super::lifecycle::Lifecycle;
use super::reader::{Reader, Tap};
use super::slots::{Slots, ViewMut};
use crate::sync::Arc;

/// The one writer of a ring. Dropping it closes the ring.
///
/// It never waits: whoever finds no room decides what to do.
pub(crate) struct Writer<E> {
    slots: Arc<Slots<E>>,
    lifecycle: Arc<Lifecycle>,
    head: Arc<Cursor>,
    /// The position that the writer waits, or last waited, for every reader to reach.
    demand: Arc<Cursor>,
    /// The head, then every reader that others may follow.
    nodes: Vec<Arc<Cursor>>,
    /// The readers that hold the writer back: those that no reader follows, and all taps.
    gates: Vec<Arc<Cursor>>,
    /// Events published: a private copy of the head.
    next: u64,
    /// Sequences below this may be written: the slowest gate, when last looked at, plus capacity.
    limit: u64,
    /// A private copy of the demand.
    demanded: u64,
}

/// What a reader can follow: the writer itself, or an earlier reader of the same ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Node(usize);

impl Node {
    /// The writer.
    pub(crate) const HEAD: Node = Node(0);
}

impl<E: Copy + Default> Writer<E> {
    /// A ring of `capacity` slots without readers.
    ///
    /// # Panics
    /// If `capacity` is not a power of two.
    pub(crate) fn new(capacity: usize) -> Self {
        let head = Arc::new(Cursor::new());
        Self {
            slots: Arc::new(Slots::new(capacity)),
            lifecycle: Arc::new(Lifecycle::new()),
            nodes: vec![Arc::clone(&head)],
            head,
            demand: Arc::new(Cursor::new()),
            gates: Vec::new(),
            next: 0,
            limit: 0,
            demanded: 0,
        }
    }
}

impl<E> Writer<E> {
    /// Adds a reader that sees an event once all of `after` have released it.
    ///
    /// # Panics
    /// If an event has been published already, `after` is empty or names an unknown node.
    pub(crate) fn reader(&mut self, after: &[Node]) -> (Node, Reader<E>) {
        let upstream = self.upstream(after);
        // Whoever is followed is never behind its follower, so the follower's gate is enough.
        self.gates.retain(|gate| !upstream.iter().any(|followed| Arc::ptr_eq(gate, followed)));
        let own = Arc::new(Cursor::new());
        self.gates.push(Arc::clone(&own));
        self.nodes.push(Arc::clone(&own));
        (Node(self.nodes.len() - 1), self.attach(upstream, own))
    }

    /// Adds a reader that nobody can follow and that may therefore detach at any time.
    ///
    /// Those it follows keep their own gates, or none would be left when it detaches.
    ///
    /// # Panics
    /// As `reader`.
    pub(crate) fn tap(&mut self, after: &[Node]) -> Tap<E> {
        let upstream = self.upstream(after);
        let own = Arc::new(Cursor::new());
        self.gates.push(Arc::clone(&own));
        Tap::new(self.attach(upstream, own))
    }

    fn upstream(&self, after: &[Node]) -> Vec<Arc<Cursor>> {
        assert_eq!(self.next, 0, "readers are added before the first publication");
        assert!(!after.is_empty(), "a reader follows something");
        after.iter().map(|node| Arc::clone(&self.nodes[node.0])).collect()
    }

    fn attach(&self, upstream: Vec<Arc<Cursor>>, own: Arc<Cursor>) -> Reader<E> {
        Reader::new(
            Arc::clone(&self.slots),
            Arc::clone(&self.lifecycle),
            Arc::clone(&self.head),
            Arc::clone(&self.demand),
            upstream,
            own,
        )
    }

    /// The cursor of a node.
    pub(crate) fn cursor(&self, node: Node) -> &Arc<Cursor> {
        &self.nodes[node.0]
    }

    /// The cursors that hold the writer back.
    pub(crate) fn gates(&self) -> &[Arc<Cursor>] {
        &self.gates
    }

    /// The cursor of the demand.
    pub(crate) fn demand_cursor(&self) -> &Arc<Cursor> {
        &self.demand
    }

    pub(crate) fn lifecycle(&self) -> &Arc<Lifecycle> {
        &self.lifecycle
    }

    pub(crate) fn capacity(&self) -> usize {
        self.slots.capacity()
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
        let slowest = self.gates.iter().map(|gate| gate.gate()).fold(self.next, u64::min);
        self.limit = slowest + self.capacity() as u64;
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
            self.demand.publish(awaited);
        }
    }

    /// Publishes one event if there is known room, and returns its sequence.
    #[inline]
    pub(crate) fn try_push(&mut self, event: E) -> Option<u64> {
        let sequence = self.next;
        if sequence == self.limit {
            return None;
        }
        // SAFETY: `sequence` is in `head .. limit`: no reader reads this slot (invariants 2, 3),
        // and `&mut self` excludes another write.
        unsafe { self.slots.write(sequence, event) };
        self.advance(1);
        Some(sequence)
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
        unsafe { self.slots.view_mut(self.next, len) }
    }

    /// Publishes the next `count` slots as they are.
    ///
    /// # Panics
    /// If there is less known room.
    #[inline]
    pub(crate) fn commit(&mut self, count: usize) {
        assert!(count <= self.room(), "committed {count} slots, {} are free", self.room());
        self.advance(count as u64);
    }

    #[inline]
    fn advance(&mut self, count: u64) {
        self.next += count;
        self.head.publish(self.next);
    }
}

impl<E: Copy> Writer<E> {
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

impl<E> Drop for Writer<E> {
    fn drop(&mut self) {
        self.lifecycle.close();
    }
}
