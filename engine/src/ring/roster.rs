//! The way in for readers, at any time.

use std::ops::Range;

use super::cursor::Cursor;
use super::front::Front;
use super::gates::{Followed, Gatekeeper, Gates, Node};
use super::lifecycle::Lifecycle;
use super::reader::{Hold, Reader, Tap};
use super::share::Share;
use super::slots::Slots;
use crate::sync::Arc;

/// All that the parties of a ring share, and who they are. A handle: clones are the same roster.
pub(crate) struct Roster<E> {
    slots: Arc<Slots<E>>,
    lifecycle: Arc<Lifecycle>,
    front: Front,
    demand: Arc<Cursor>,
    gates: Arc<Gates>,
}

impl<E> Clone for Roster<E> {
    fn clone(&self) -> Self {
        Self {
            slots: Arc::clone(&self.slots),
            lifecycle: Arc::clone(&self.lifecycle),
            front: self.front.clone(),
            demand: Arc::clone(&self.demand),
            gates: Arc::clone(&self.gates),
        }
    }
}

impl<E: Copy + Default> Roster<E> {
    /// A ring of `capacity` slots without readers.
    ///
    /// # Panics
    /// If `capacity` is not a power of two.
    pub(super) fn new(capacity: usize, front: Front) -> Self {
        Self {
            slots: Arc::new(Slots::new(capacity)),
            lifecycle: Arc::new(Lifecycle::new()),
            front,
            demand: Arc::new(Cursor::new()),
            gates: Arc::new(Gates::new()),
        }
    }
}

impl<E> Roster<E> {
    /// Keeps all events from the first on. To be called before the first publication.
    ///
    /// # Panics
    /// If an event has been published already.
    pub(crate) fn hold(&self) -> Hold<E> {
        assert_eq!(self.front.published(), 0, "the first event is still to come");
        Hold::new(self.tap(&[Node::HEAD]).expect("the writing side is always there"))
    }

    /// Adds a reader that sees every event, from the first on, once all of `after` have released
    /// it. Those it follows need not be looked at by the writers any more.
    ///
    /// # Panics
    /// If `after` is empty or one of it has left.
    pub(crate) fn reader(&self, after: &[Node], _all_is_kept: &Hold<E>) -> Reader<E> {
        self.relieving(after)
    }

    /// As `reader`, for tests and models, which publish nothing before they have their readers.
    #[cfg(any(test, loom))]
    pub(crate) fn early(&self, after: &[Node]) -> (Node, Reader<E>) {
        let reader = self.relieving(after);
        (reader.node(), reader)
    }

    /// Adds a reader at the first event, which must still be there.
    fn relieving(&self, after: &[Node]) -> Reader<E> {
        self.join(after, Followed::Relieved, || 0).expect("a reader follows who is there")
    }

    /// As `reader`, and leaves when it is dropped; those it follows go on holding the writers back.
    ///
    /// # Panics
    /// As `reader`.
    pub(crate) fn first_tap(&self, after: &[Node], _all_is_kept: &Hold<E>) -> Tap<E> {
        let reader = self.join(after, Followed::Hold, || 0);
        Tap::new(reader.expect("a reader follows who is there"))
    }

    /// Adds `workers` readers, at the first event, which must still be there, of which each event
    /// goes to exactly one. Who follows the group names all of them. A worker takes at most `chunk` events
    /// at a time.
    ///
    /// # Panics
    /// As `reader`, or if `chunk` is 0.
    pub(crate) fn workers(
        &self,
        after: &[Node],
        workers: usize,
        chunk: usize,
        _all_is_kept: &Hold<E>,
    ) -> Vec<Reader<E>> {
        assert!(chunk > 0, "a worker takes events");
        let shares = Share::group(workers, 0, chunk);
        shares
            .map(|share| {
                let mut reader = self.relieving(after);
                reader.set_share(share);
                reader
            })
            .collect()
    }

    /// Adds a reader at any time. It starts at the number of events published by now, and sees,
    /// from there on, every event once all of `after` have released it; `None` if one of these has
    /// left.
    ///
    /// # Panics
    /// If `after` is empty.
    pub(crate) fn attach(&self, after: &[Node]) -> Option<Reader<E>> {
        self.join(after, Followed::Hold, || self.front.published())
    }

    /// As `attach`, and leaves when it is dropped.
    ///
    /// # Panics
    /// As `attach`.
    pub(crate) fn tap(&self, after: &[Node]) -> Option<Tap<E>> {
        self.attach(after).map(Tap::new)
    }

    /// Removes a reader that has never begun, and will not; false if others follow it.
    pub(crate) fn dismiss(&self, reader: Node) -> bool {
        self.gates.leave(reader)
    }

    fn join(
        &self,
        after: &[Node],
        followed: Followed,
        start: impl FnOnce() -> u64,
    ) -> Option<Reader<E>> {
        assert!(!after.is_empty(), "a reader follows something");
        let place = self.gates.join(after, followed, start)?;
        Some(Reader::new(self.clone(), place))
    }

    pub(super) fn gatekeeper(&self) -> Gatekeeper {
        Gatekeeper::new(Arc::clone(&self.gates))
    }

    pub(super) fn gates(&self) -> &Gates {
        &self.gates
    }

    pub(crate) fn capacity(&self) -> usize {
        self.slots.capacity()
    }

    /// Where the slots lie, on pages of their own.
    pub(crate) fn addresses(&self) -> Range<usize> {
        self.slots.addresses()
    }

    pub(super) fn slots(&self) -> &Slots<E> {
        &self.slots
    }

    /// What the readers watch that follow the writing side.
    pub(crate) fn front(&self) -> &Front {
        &self.front
    }

    pub(crate) fn lifecycle(&self) -> &Arc<Lifecycle> {
        &self.lifecycle
    }

    /// The cursor of the demand.
    pub(crate) fn demand(&self) -> &Arc<Cursor> {
        &self.demand
    }
}
